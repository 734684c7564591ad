//! The data map: what a data protection officer lays on the table (law.md 1.2, R-MAP).
//!
//! [`DataMap`] is the document behind `gdpr4k report map`. It is complete in
//! itself: HTML, CSV and JSON are written from it and from nothing else.
//! [`DataMap::build`] makes it from catalogue, inventory, site and rules, without
//! clock, file or query. It holds counts, days and declared names, never a value
//! of a person.

mod build;
mod drift;
mod findings;
mod kinds;
mod notes;
mod picture;
pub(crate) mod places;

use chrono::NaiveDate;
use gdpr4k_model::inventory::{Counted, FileEntry, HolderState, Totals};
use gdpr4k_model::{Severity, Text};
use serde::{Deserialize, Serialize};

pub use build::{Inputs, RuleText};
#[cfg(test)]
pub(crate) use kinds::OWN_KIND;

/// `$id` of the JSON Schema of this document.
pub const SCHEMA: &str = "https://gdpr4k.example/schemas/data-map.schema.json";

/// Everything that is known about personal data at one site on one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DataMap {
    /// `$id` of the schema of this document.
    pub schema: String,
    /// Version of gdpr4k.
    pub tool_version: String,
    /// When the document was made, RFC 3339.
    pub generated_at: String,
    /// Site, controller, legal pack.
    pub head: Head,
    /// The figures of the verdict.
    pub figures: Figures,
    /// Data kinds, most urgent first; those that were only described by the vendor come last.
    pub kinds: Vec<DataKind>,
    /// Systems of the vendor documents and what is known about them here.
    pub holders: Vec<HolderRow>,
    /// Systems and flows that matter at this site, for the picture.
    pub picture: Picture,
    /// Findings, errors first, by code.
    pub findings: Vec<FindingGroup>,
    /// Sums over the files.
    pub totals: Totals,
    /// Credentials that lie in clear: counts only.
    pub secrets: Vec<Secret>,
    /// Every file.
    pub files: Vec<FileEntry>,
    /// Monitoring features met in the configuration, in the vendor's words.
    pub monitoring: Vec<Counted>,
    /// What changed since the previous scan; none for the first one.
    pub drift: Option<Drift>,
    /// What is missing to make this document complete.
    pub notes: Vec<Note>,
    /// Vendor documents behind the descriptions.
    pub documents: Vec<DocumentRow>,
}

/// An id with its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Named {
    /// Stable id of the catalogue.
    pub id: String,
    /// Name.
    pub name: Text,
}

impl Named {
    /// An id with the name that the catalogue gives it.
    pub fn new(id: &str, name: &Text) -> Self {
        Self {
            id: id.to_owned(),
            name: name.clone(),
        }
    }
}

/// Who, where, when, under which rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Head {
    /// Name of the site.
    pub site: String,
    /// IANA time zone of its days.
    pub timezone: String,
    /// Art. 30(1)(a); empty fields are missing.
    pub controller: Controller,
    /// Written policy or works agreement on the use of the telephone system; empty when missing.
    pub policy_reference: String,
    /// The day that ages are judged by.
    pub as_of: NaiveDate,
    /// When the files were read, RFC 3339.
    pub scanned_at: String,
    /// Digest of the catalogue.
    pub catalogue: String,
    /// The legal pack; none where the site names one that the catalogue does not have.
    pub pack: Option<PackHead>,
}

/// Art. 30(1)(a).
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Controller {
    /// Name.
    pub name: String,
    /// Contact.
    pub contact: String,
    /// Postal address.
    pub address: String,
    /// Representative in the Union.
    pub representative: String,
    /// Data protection officer.
    pub dpo: String,
}

/// The legal pack: default rules of a jurisdiction. A starting point, no legal advice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PackHead {
    /// Id.
    pub id: String,
    /// Version of its rows.
    pub version: String,
    /// Jurisdiction.
    pub jurisdiction: String,
    /// Name.
    pub name: Text,
    /// When to use it.
    pub description: Text,
    /// The day by which somebody has to look at it again.
    pub review_by: NaiveDate,
    /// Whether that day has passed.
    pub review_overdue: bool,
    /// What the controller settles before person-level reports.
    pub conditions: Vec<Text>,
    /// Statutes, judgments and guides behind it.
    pub sources: Vec<PackSourceRow>,
}

/// A source of the legal pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PackSourceRow {
    /// Title.
    pub title: String,
    /// Where to read it.
    pub url: String,
    /// Evidence mark.
    pub mark: String,
}

/// The figures of the verdict.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Figures {
    /// Persons of the site: twins are two, a rename is one.
    pub persons: u64,
    /// Distinct outside numbers.
    pub externals: u64,
    /// One person on one number for one uninterrupted time.
    pub assignments: u64,
    /// Data kinds about persons that were found.
    pub kinds: u64,
    /// Of these: past their limit.
    pub kinds_overdue: u64,
    /// Of these: without a rule.
    pub kinds_without_rule: u64,
    /// Of these: with a rule whose start is not known here.
    pub kinds_not_judged: u64,
    /// Records past their limit, where they could be counted.
    pub overdue_records: u64,
    /// Kinds of values found.
    pub elements: u64,
    /// Credentials in clear: kinds of values.
    pub secrets: u64,
    /// Credentials in clear: values.
    pub secret_values: u64,
    /// Systems with personal data of which files were read.
    pub systems_searched: u64,
    /// Systems that a person declared present and that cannot be searched.
    pub systems_declared: u64,
    /// Systems whose files can be read and of which none was given.
    pub systems_not_searched: u64,
    /// Systems that nobody has declared.
    pub systems_undeclared: u64,
    /// Files that could not be read to their end.
    pub files_unread: u64,
    /// Lines that could not be read.
    pub lines_rejected: u64,
    /// Findings of severity error.
    pub errors: u64,
    /// Findings of severity attention.
    pub attentions: u64,
    /// Findings of severity info.
    pub infos: u64,
}

/// The verdict on one data kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Status {
    /// The oldest record is past its limit.
    Overdue,
    /// No rule holds it.
    NoRule,
    /// A rule holds it, but no record tells when its period starts.
    NotJudged,
    /// Every record is within its limit.
    Within,
    /// No data of a person.
    NoPerson,
    /// Described by the vendor for a system of this site; no record was found or searched.
    NotFound,
}

impl Status {
    /// Every verdict, most urgent first.
    pub const ALL: [Self; 6] = [
        Self::Overdue,
        Self::NoRule,
        Self::NotJudged,
        Self::Within,
        Self::NoPerson,
        Self::NotFound,
    ];

    /// The word as it stands in JSON.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Overdue => "overdue",
            Self::NoRule => "no-rule",
            Self::NotJudged => "not-judged",
            Self::Within => "within",
            Self::NoPerson => "no-person",
            Self::NotFound => "not-found",
        }
    }
}

/// One cluster of PII with the whole chain of R-MAP.
#[doc(alias = "Datenart")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DataKind {
    /// Cluster id.
    pub id: String,
    /// Name.
    pub name: Text,
    /// What it is.
    pub description: Text,
    /// Whether it holds data of persons.
    pub personal: bool,
    /// Verdict.
    pub status: Status,
    /// Protection class.
    pub protection: Named,
    /// Who answers for it at the site.
    pub owner: Named,
    /// Whose data.
    pub subjects: Vec<Named>,
    /// From whom they were collected.
    pub collected_from: Text,
    /// Purposes.
    pub purposes: Vec<Named>,
    /// Legal basis: a proposal, the controller decides.
    pub legal_basis: Text,
    /// Recipients.
    pub recipients: Vec<Named>,
    /// What this site has.
    pub found: Found,
    /// What the vendor documents say about systems of this site.
    pub declared: Declared,
    /// Copies: exports, backups, the same data in a further place.
    pub copies: Vec<CopyRow>,
    /// Interfaces over which it travels.
    pub interfaces: Vec<FlowRow>,
    /// The rule; none is a gap.
    pub rule: Option<Rule>,
    /// Measured ages.
    pub time: Time,
}

/// What was found at this site.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Found {
    /// Systems whose files hold it.
    pub systems: Vec<Named>,
    /// Files, by source kind and folder.
    pub places: Vec<Place>,
    /// Kinds of values, most frequent first.
    pub elements: Vec<ElementRow>,
}

/// Files of one source kind in one folder.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Place {
    /// Source kind.
    pub kind: String,
    /// Folder, relative to the site folder; a single file by its path.
    pub folder: String,
    /// Files.
    pub files: u64,
    /// Bytes.
    pub bytes: u64,
    /// Physical lines.
    pub lines: u64,
    /// Records in these files, of every data kind.
    pub records: u64,
    /// Lines that could not be read.
    pub rejected: u64,
    /// Files that could not be read to their end.
    pub unread: u64,
    /// Findings.
    pub findings: u64,
    /// Formats: names of layouts, mappings, tables.
    pub layouts: Vec<String>,
    /// Whether retention may write these files.
    pub writable: bool,
    /// First day of the records in these files.
    pub oldest: Option<NaiveDate>,
    /// Last day of the records in these files.
    pub newest: Option<NaiveDate>,
}

/// One kind of value in a data kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ElementRow {
    /// Catalogue id.
    pub id: String,
    /// What it means.
    pub name: Text,
    /// Data category.
    pub category: Named,
    /// Whose data.
    pub subject: Named,
    /// Credential: presence only.
    pub secret: bool,
    /// Values in this data kind.
    pub records: u64,
    /// Different values in the whole site; 0 for secrets.
    pub distinct: u64,
    /// Whether that is an estimate.
    pub distinct_estimated: bool,
    /// Values whose position in a command is not proven.
    pub unverified: u64,
    /// First day.
    pub oldest: Option<NaiveDate>,
    /// Last day.
    pub newest: Option<NaiveDate>,
    /// Values by source kind, in the whole site.
    pub kinds: Vec<Counted>,
    /// Where the vendor documents place it.
    pub store: Option<Named>,
}

/// What the vendor documents say about systems of this site.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Declared {
    /// Places where it lies.
    pub stores: Vec<StoreRow>,
    /// Statements on how long it stays.
    pub retention: Vec<Statement>,
    /// Statements on what it is used for.
    pub uses: Vec<Statement>,
    /// Further stores of systems that nobody has declared for this site.
    pub elsewhere: u64,
}

/// A store of the vendor documents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StoreRow {
    /// Catalogue id.
    pub id: String,
    /// What lies there.
    pub what: Text,
    /// Where.
    pub location: Text,
    /// Its system.
    pub system: Named,
    /// What is known about that system here.
    pub state: HolderState,
    /// Document and section.
    pub evidence: String,
}

/// A statement of the vendor documents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Statement {
    /// Catalogue id.
    pub id: String,
    /// What they say, in our words.
    pub text: Text,
    /// The store or system that it is about.
    pub about: Named,
    /// For retention: whether data go without an administrator's act.
    pub automatic: Option<bool>,
    /// Document and section.
    pub evidence: String,
}

/// What sort of copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum CopyKind {
    /// The same data kind in files of a further source kind.
    Twin,
    /// An export.
    Export,
    /// A backup.
    Backup,
}

/// A copy of a data kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CopyRow {
    /// Sort.
    pub kind: CopyKind,
    /// Met at this site; otherwise described by the vendor.
    pub found: bool,
    /// What and how.
    pub what: Text,
    /// Where it ends up.
    pub location: Text,
    /// System; none for files of this site.
    pub system: Option<Named>,
    /// Document and section, or the folder.
    pub evidence: String,
}

/// How well a flow is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum FlowState {
    /// Data were found at both ends.
    BothEnds,
    /// Data were found at one end.
    OneEnd,
    /// Described by the vendor; nothing was searched at either end.
    Described,
}

/// A data flow of the vendor documents between systems of this site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FlowRow {
    /// Catalogue id.
    pub id: String,
    /// From which system.
    pub from: Named,
    /// To which system.
    pub to: Named,
    /// What flows.
    pub data: Text,
    /// How.
    pub protocol: Text,
    /// Port, where documented.
    pub port: Option<String>,
    /// Encryption, where documented.
    pub encryption: Option<Text>,
    /// How well it is known.
    pub state: FlowState,
    /// Document and section.
    pub evidence: String,
}

/// The deletion rule of a data kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Rule {
    /// The rule as one sentence.
    pub sentence: Text,
    /// Start event.
    pub starts_with: Named,
    /// ISO 8601 period from the start to deletion.
    pub delete_after: String,
    /// The same period in words.
    pub allowed: Text,
    /// Steps before deletion, as sentences.
    pub stages: Vec<Text>,
    /// Why this period.
    pub reason: Text,
    /// Where the rule comes from: a pack or an override of the site.
    pub source: String,
    /// Legal reference.
    pub legal_ref: String,
    /// Evidence mark.
    pub mark: String,
    /// Why longer than the pack.
    pub justification: String,
    /// The start event is unknown here: the limit was judged by the fallback of the rule.
    pub judged_by_fallback: bool,
}

/// Measured ages against the limit.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Time {
    /// Records.
    pub records: u64,
    /// Files.
    pub files: u64,
    /// Records without a usable day.
    pub undated: u64,
    /// First day.
    pub oldest: Option<NaiveDate>,
    /// Last day.
    pub newest: Option<NaiveDate>,
    /// Records by month.
    pub months: Vec<Counted>,
    /// First day of a record that may still be here.
    pub kept_from: Option<NaiveDate>,
    /// Days by which the oldest record is past its limit; 0 or less: within it; none: not judged.
    pub overdue_days: Option<i64>,
    /// Records past the limit, as far as whole months tell.
    pub overdue_records: Option<u64>,
}

/// A system of the vendor documents at this site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct HolderRow {
    /// System.
    pub system: Named,
    /// What it is for.
    pub role: Text,
    /// What is known about it.
    pub state: HolderState,
    /// Files read.
    pub files: u64,
    /// Remark of the person who declared it.
    pub note: String,
    /// Whether personal data are in it.
    pub personal: bool,
    /// Source kinds that would be read.
    pub reads: Vec<String>,
    /// What it holds by the vendor documents.
    pub stores: Vec<Named>,
    /// Id of the document that describes it.
    pub document: String,
}

/// Systems and flows that matter at this site.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Picture {
    /// Boxes, by column and from top to bottom.
    pub boxes: Vec<PictureBox>,
    /// Lines between them, numbered from 1.
    pub flows: Vec<PictureFlow>,
    /// Systems of this site that did not fit.
    pub left_out: Vec<Named>,
}

/// A box of the picture: one system, or several that have the same state and the same flows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PictureBox {
    /// Systems in it; at least one.
    pub systems: Vec<Named>,
    /// State.
    pub state: HolderState,
    /// Files read.
    pub files: u64,
    /// Column, from 0.
    pub column: u8,
}

/// A line of the picture: all flows from one box to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PictureFlow {
    /// Number at the line and in the table.
    pub number: u32,
    /// Index of the box it starts from.
    pub from: usize,
    /// Index of the box it leads to.
    pub to: usize,
    /// How well it is known.
    pub state: FlowState,
    /// The flows behind the line.
    pub flows: Vec<FlowRow>,
}

/// All findings of one code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FindingGroup {
    /// Stable code.
    pub code: String,
    /// Severity.
    pub severity: Severity,
    /// Title.
    pub title: Text,
    /// What to do.
    pub help: Text,
    /// Where.
    pub spots: Vec<Spot>,
}

/// The place of one finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Spot {
    /// Path; empty for the site as a whole.
    pub path: String,
    /// Line, 1-based.
    pub line: Option<u64>,
    /// What (found, expected).
    pub message: Text,
}

/// A credential that lies in clear.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Secret {
    /// Element.
    pub element: Named,
    /// Data kind.
    pub cluster: Named,
    /// Values met.
    pub records: u64,
    /// Files.
    pub files: u64,
    /// Values by source kind.
    pub kinds: Vec<Counted>,
}

/// What changed since the previous scan (CHK-INV-DRIFT).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Drift {
    /// Day of the previous scan.
    pub since: NaiveDate,
    /// Paths that are new.
    pub new_files: Vec<String>,
    /// Paths that are gone.
    pub gone_files: Vec<String>,
    /// Kinds of values that are new.
    pub new_elements: Vec<Named>,
    /// Kinds of values that are gone.
    pub gone_elements: Vec<Named>,
    /// Data kinds whose number of records changed.
    pub kinds: Vec<DriftKind>,
}

/// Records of a data kind, before and now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DriftKind {
    /// Data kind.
    pub kind: Named,
    /// Records in the previous scan.
    pub before: u64,
    /// Records now.
    pub now: u64,
}

/// Something that is missing to make the document complete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Note {
    /// Id of the sentence.
    pub id: String,
    /// How much it matters.
    pub severity: Severity,
    /// The sentence.
    pub text: Text,
}

/// A vendor document behind the descriptions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DocumentRow {
    /// Id.
    pub id: String,
    /// Title.
    pub title: String,
    /// Version as printed.
    pub version: String,
    /// Date as printed.
    pub date: String,
    /// Publisher.
    pub publisher: String,
}
