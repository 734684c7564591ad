//! Entries that say why data are kept, for whom and how long: clusters, packs, vocabulary, finding texts.

use serde::{Deserialize, Serialize};

use super::entry::words;
use crate::{Severity, Text, period::Period};

/// A cluster of PII (ISO/IEC 27555): data used for one purpose, wherever they lie. It has exactly one deletion rule.
#[doc(alias = "Datenart")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cluster {
    /// Stable id.
    pub id: String,
    /// Name.
    pub name: Text,
    /// What it is, in one sentence.
    pub description: Text,
    /// Purposes, ids of the vocabulary.
    pub purposes: Vec<String>,
    /// Proposal for the legal basis; the controller decides.
    pub legal_basis: Text,
    /// From whom the data are collected.
    pub collected_from: Text,
    /// Recipients, ids of the vocabulary.
    pub recipients: Vec<String>,
    /// Protection class, id of the vocabulary.
    pub protection: String,
    /// Who answers for it at the site, a role of the vocabulary.
    pub owner: String,
    /// Whether it holds data of persons; `false` only for technical data.
    #[serde(default = "yes")]
    pub personal: bool,
}

const fn yes() -> bool {
    true
}

words! {
    /// The three abstract starting points of DIN 66398 (*abstrakter Startzeitpunkt*).
    StartingPoint {
        /// Collection or creation of the data object.
        Collection = "collection",
        /// End of the process that the data were needed for.
        EndOfProcess = "end-of-process",
        /// End of the relationship with the person.
        EndOfRelationship = "end-of-relationship",
    }
}

/// A concrete start event of a period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartEvent {
    /// Stable id, for example `call-end`, `statement-released`.
    pub id: String,
    /// Name, as it stands in a sentence after "after".
    pub name: Text,
    /// The abstract starting point it belongs to.
    pub starting_point: StartingPoint,
    /// Whether the record itself holds the date; else it comes from `events.csv`.
    pub in_record: bool,
}

/// A standard period: a column of the matrix of deletion classes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandardPeriod {
    /// ISO 8601.
    pub period: Period,
    /// Whether it counts from the end of the calendar year.
    #[serde(default)]
    pub from_year_end: bool,
}

words! {
    /// What kind of word a term is.
    TermKind {
        /// Data category: the ids of [`super::Kind`].
        Category = "category",
        /// Category of persons: the ids of [`super::Subject`].
        Subject = "subject",
        /// Purpose of processing.
        Purpose = "purpose",
        /// Category of recipients.
        Recipient = "recipient",
        /// Protection class.
        Protection = "protection",
        /// Role of a person at the site.
        Role = "role",
    }
}

/// A word of the vocabulary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// Stable id.
    pub id: String,
    /// Kind.
    pub kind: TermKind,
    /// Name.
    pub name: Text,
    /// What it means, in one sentence.
    pub description: Text,
}

words! {
    /// What a stage does with a value or a record (GDPR Art. 4(5), 17).
    Action {
        /// Replace the last digits by `x`.
        Cut = "cut",
        /// Replace a number by its class.
        Class = "class",
        /// Replace by a keyed token.
        Pseudonymise = "pseudonymise",
        /// Coarsen: time to the hour or day, duration to a bucket, IP to its network.
        Generalise = "generalise",
        /// Aggregate into figures about groups.
        Aggregate = "aggregate",
        /// Empty the value.
        Blank = "blank",
        /// Block: keep for authorities only (Art. 32 LOPDGDD).
        Block = "block",
        /// Delete the record.
        Delete = "delete",
    }
}

words! {
    /// Which values of a record a stage takes.
    Selector {
        /// Numbers of outside parties.
        ExternalNumber = "external-number",
        /// Station numbers of the site.
        OwnStation = "own-station",
        /// Names.
        Name = "name",
        /// PINs, passwords and other credentials.
        Credential = "credential",
        /// Account and project codes.
        AccountCode = "account-code",
        /// Agent and personnel ids.
        PersonId = "person-id",
        /// Clock times.
        Time = "time",
        /// Durations.
        Duration = "duration",
        /// IP addresses.
        Ip = "ip",
        /// User accounts.
        Account = "account",
        /// Free text.
        FreeText = "free-text",
        /// The whole record.
        Record = "record",
    }
}

words! {
    /// How coarse a time becomes.
    Grain {
        /// The hour stays.
        Hour = "hour",
        /// The day stays.
        Day = "day",
    }
}

/// One implementation step of a rule (*Umsetzungsvorgabe*).
///
/// Its period counts from the day of the record (call, entry, measurement), also
/// where deletion counts from a later event: that day is always known.
#[doc(alias = "Umsetzungsvorgabe")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// After which period from the day of the record.
    pub after: Period,
    /// Which values.
    pub fields: Vec<Selector>,
    /// What happens.
    pub action: Action,
    /// Digits of a cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digits: Option<u8>,
    /// How coarse clock times become; the hour where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Grain>,
}

impl Stage {
    /// How little the stage leaves of a value: the more, the less is left.
    ///
    /// A number that is cut tells more than its pseudonym, that more than its class.
    pub const fn strength(&self) -> u16 {
        match (self.action, self.digits, self.to) {
            (Action::Generalise, _, Some(Grain::Day)) => 2,
            (Action::Generalise, ..) => 1,
            (Action::Cut, Some(digits), _) => 3 + digits as u16,
            (Action::Cut, None, _) => 3,
            (Action::Pseudonymise, ..) => 300,
            (Action::Class, ..) => 301,
            (Action::Block | Action::Aggregate, ..) => 302,
            (Action::Blank | Action::Delete, ..) => 303,
        }
    }
}

/// One row of a legal pack: the rule for one cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackRule {
    /// The cluster.
    pub cluster: String,
    /// Start event.
    pub starts_with: String,
    /// Period from the start to `action`; `P0D`: at once after the start.
    pub delete_after: Period,
    /// Whether the period counts from the end of the calendar year of the start.
    #[serde(default)]
    pub from_year_end: bool,
    /// Rule where the start event is unknown: event and period, so that nothing is kept for ever.
    pub fallback: Fallback,
    /// Steps before deletion.
    #[serde(default)]
    pub stages: Vec<Stage>,
    /// What happens at the end: delete, aggregate or block.
    #[serde(default = "delete")]
    pub action: Action,
    /// How long blocked data stay until they are destroyed; with `action = "block"` only (Art. 32 LOPDGDD).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked_for: Option<Period>,
    /// Why this period.
    pub reason: Text,
    /// Legal reference, as printed in documents.
    pub legal_ref: String,
    /// Ids of sources of the pack.
    pub sources: Vec<String>,
    /// Evidence mark: `V/H`, `S/M`, `P` ... (law.md, section 0).
    pub mark: String,
}

const fn delete() -> Action {
    Action::Delete
}

/// What holds where a start event is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fallback {
    /// Start event that every record has.
    pub starts_with: String,
    /// Period from it.
    pub delete_after: Period,
    /// Whether the period counts from the end of the calendar year of the event.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub from_year_end: bool,
    /// Whether it is a hard ceiling too, also where the start is known ("at the latest 6 months after the call").
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub at_latest: bool,
}

/// A source of a pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackSource {
    /// Id inside the pack.
    pub id: String,
    /// Title: statute, judgment, guide.
    pub title: String,
    /// Where to read it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// Evidence mark.
    pub mark: String,
}

/// How many digits reports hide (law.md, section 3.10).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Masking {
    /// Digits cut from called numbers.
    pub outgoing: u8,
    /// Digits cut from callers.
    pub incoming: u8,
    /// Whether the person sees the numbers that he or she dialled in full.
    pub own_outgoing_full: bool,
    /// Evidence mark.
    pub mark: String,
}

/// A legal pack: the default rules of one jurisdiction. A starting point, no legal advice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    /// Stable id, for example `de-business-only`.
    pub id: String,
    /// Version of the rows.
    pub version: String,
    /// Jurisdiction: `EU`, `DE`, `AT` ...
    pub jurisdiction: String,
    /// Name.
    pub name: Text,
    /// When to use it and what to decide before.
    pub description: Text,
    /// The day by which somebody has to look at it again.
    pub review_by: chrono::NaiveDate,
    /// A pack whose rules hold for every cluster that this one does not name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extends: Option<String>,
    /// What the controller has to settle before person-level reports (works agreement, union agreement ...).
    #[serde(default)]
    pub conditions: Vec<Text>,
    /// Masking in reports.
    pub masking: Masking,
    /// Rows.
    #[serde(rename = "rule", default)]
    pub rules: Vec<PackRule>,
    /// Sources.
    #[serde(rename = "source", default)]
    pub sources: Vec<PackSource>,
}

/// What a finding code means, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingText {
    /// Stable code, for example `G4K-101`.
    pub code: String,
    /// Severity.
    pub severity: Severity,
    /// Title.
    pub title: Text,
    /// The sentence, with `{argument}` in braces.
    pub message: Text,
    /// What to do.
    pub help: Text,
}

impl FindingText {
    /// The sentence with its arguments.
    pub fn message(&self, finding: &crate::Finding, lang: crate::Lang) -> String {
        let mut text = self.message.get(lang).to_owned();
        for (name, arg) in &finding.args {
            text = text.replace(&format!("{{{name}}}"), &arg.to_string());
        }
        text
    }
}
