//! The site file `site.toml`: what the controller says about the site.

mod parse;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::Lang;
use crate::catalogue::{Problems, words};
use crate::number::{NumberPlan, NumberPlans};
use crate::period::Period;

/// A site, as its file describes it. Paths are relative to the folder of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// Name, time zone, folders.
    pub head: Head,
    /// Art. 30(1)(a).
    pub controller: Controller,
    /// Number plans: the default node first, then those of `[[node]]`.
    pub nodes: Vec<Node>,
    /// Protected numbers.
    pub protected: Protected,
    /// Accounts that are not persons.
    pub accounts: Accounts,
    /// Lines that are not one person's.
    pub lines: Vec<Line>,
    /// Files with start events.
    pub events: Vec<EventFile>,
    /// Who signs.
    pub approvals: Approvals,
    /// Sources, in the order of the file.
    pub sources: Vec<Source>,
    /// Declared holders.
    pub declared: Vec<Declared>,
    /// Limits and overrides of retention.
    pub retention: Retention,
}

/// `[site]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Name of the site, as documents print it.
    pub name: String,
    /// IANA time zone; days of this tool are days of this zone.
    pub timezone: Tz,
    /// Default language of documents.
    #[serde(default)]
    pub language: Lang,
    /// Id of the legal pack.
    pub pack: String,
    /// Line of `pack` in the site file, 1-based; 0 where it is not known.
    #[serde(skip)]
    pub pack_line: usize,
    /// Folder of the state database and the ledger.
    #[serde(default = "state")]
    pub state: String,
    /// Folder of keys; must not lie inside `state`.
    #[serde(default = "keys")]
    pub keys: String,
    /// Folder of damaged lines.
    #[serde(default = "quarantine")]
    pub quarantine: String,
    /// Reference of the written policy or works agreement on the use of the telephone system (R-PACK-2).
    #[serde(default)]
    pub policy_reference: String,
}

fn state() -> String {
    "state".to_owned()
}

fn keys() -> String {
    "keys".to_owned()
}

fn quarantine() -> String {
    "quarantine".to_owned()
}

/// `[controller]`: empty fields are reported as incomplete.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Controller {
    /// Name of the controller.
    pub name: String,
    /// Contact.
    pub contact: String,
    /// Postal address.
    pub address: String,
    /// Representative in the Union, where there is one.
    pub representative: String,
    /// Data protection officer.
    pub dpo: String,
}

/// A node of the telephone network with its number plan; the default node has the id `""`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Id, as sources name it.
    pub id: String,
    /// Its numbers.
    pub plan: NumberPlan,
}

/// `[protected]`: works council, company doctor, counselling.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Protected {
    /// Numbers in any notation.
    pub numbers: Vec<String>,
    /// A file with one number per line (first column).
    pub file: Option<String>,
}

/// `[accounts]`
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Accounts {
    /// Service accounts: not persons.
    pub non_personal: Vec<String>,
}

words! {
    /// What kind of line a number is, if it is not one person's.
    LineType {
        /// Several persons use it.
        Shared = "shared",
        /// Whoever sits there.
        HotDesk = "hot-desk",
        /// A function: reception, lift, door.
        Function = "function",
        /// An attendant console.
        Attendant = "attendant",
    }
}

/// `[[line]]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The number.
    pub number: String,
    /// Its type.
    #[serde(rename = "type")]
    pub line_type: LineType,
    /// The node, where it is not the default one.
    #[serde(default)]
    pub node: String,
}

/// `[[event]]`: a CSV file `event,key,date`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventFile {
    /// Path.
    pub file: String,
}

/// `[approvals]`
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Approvals {
    /// File in OpenSSH `allowed_signers` format.
    pub signers: Option<String>,
}

words! {
    /// The kind of a source: which reader takes its files.
    SourceKind {
        /// AMO REGEN text export.
        AmoRegen = "amo-regen",
        /// Terminal captures and macros.
        AmoSession = "amo-session",
        /// LOGBK captures.
        AmoLogbk = "amo-logbk",
        /// XIE table exports.
        Xie = "xie",
        /// Any person table, through a mapping.
        Directory = "directory",
        /// Call records.
        Cdr = "cdr",
        /// Performance management records.
        Pm = "pm",
        /// Performance management reports.
        PmReport = "pm-report",
        /// Call journals.
        CallJournal = "call-journal",
        /// iDTB zip export.
        Idtb = "idtb",
        /// Assistant activity, error and logbook exports.
        AssistantLog = "assistant-log",
        /// Syslog.
        Syslog = "syslog",
        /// Traces.
        Trace = "trace",
        /// DS-Win text export.
        DsWin = "ds-win",
        /// Live database, read only.
        Sql = "sql",
        /// AC-Win folder.
        AcWin = "ac-win",
        /// CATool export.
        Catool = "catool",
        /// Backup sets, opaque.
        Backup = "backup",
        /// Answers to the security checklist.
        Controls = "controls",
    }
}

words! {
    /// What call records are kept for.
    Purpose {
        /// Cost accounting.
        Accounting = "accounting",
        /// Performance management.
        Performance = "performance",
    }
}

/// The date of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum AsOf {
    /// In the name of the file, else its modification time.
    #[default]
    FileName,
    /// Modification time.
    Mtime,
    /// A fixed day.
    Day(chrono::NaiveDate),
}

impl<'de> Deserialize<'de> for AsOf {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        match text.as_str() {
            "file-name" => Ok(Self::FileName),
            "mtime" => Ok(Self::Mtime),
            day => day.parse().map(Self::Day).map_err(|_| {
                serde::de::Error::custom(format!(
                    "as_of {day:?} (expected file-name, mtime or a day such as 2026-10-01)"
                ))
            }),
        }
    }
}

/// `[[source]]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Which reader.
    pub kind: SourceKind,
    /// Globs, relative to the site folder.
    pub paths: Vec<String>,
    /// Layout file, name of a preset, or `auto`.
    #[serde(default)]
    pub layout: Option<String>,
    /// Mapping file.
    #[serde(default)]
    pub mapping: Option<String>,
    /// Node that the numbers belong to.
    #[serde(default)]
    pub node: String,
    /// Date of a snapshot.
    #[serde(default)]
    pub as_of: AsOf,
    /// What call records are kept for.
    #[serde(default = "accounting")]
    pub purpose: Purpose,
    /// Whether retention may rewrite or delete the files.
    #[serde(default)]
    pub writable: bool,
    /// Files that changed more recently are still being written.
    #[serde(default)]
    pub settle: Option<Settle>,
    /// Release that the journal limits follow.
    #[serde(default)]
    pub journal_release: Option<String>,
    /// Line of the entry in the site file, 1-based; 0 where it is not known.
    #[serde(skip)]
    pub line: usize,
}

impl Source {
    /// A source of a kind that names no file: for files that somebody names one by one.
    pub fn of(kind: SourceKind) -> Self {
        Self {
            kind,
            paths: Vec::new(),
            layout: None,
            mapping: None,
            node: String::new(),
            as_of: AsOf::default(),
            purpose: Purpose::Accounting,
            writable: false,
            settle: None,
            journal_release: None,
            line: 0,
        }
    }
}

const fn accounting() -> Purpose {
    Purpose::Accounting
}

/// A short time span: `90s`, `15m`, `2h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settle {
    /// Seconds.
    pub seconds: u64,
}

impl<'de> Deserialize<'de> for Settle {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        let unit = |u: char| match u {
            's' => Some(1),
            'm' => Some(60),
            'h' => Some(3600),
            _ => None,
        };
        let mut chars = text.chars();
        chars
            .next_back()
            .and_then(unit)
            .and_then(|unit| {
                Some(Self {
                    seconds: chars.as_str().parse::<u64>().ok()?.checked_mul(unit)?,
                })
            })
            .ok_or_else(|| {
                serde::de::Error::custom(format!(
                    "settle {text:?} (expected a span such as 90s, 15m or 2h)"
                ))
            })
    }
}

/// `[[declared]]`: a holder that nobody can export, confirmed by a person.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declared {
    /// Id of a system of the catalogue.
    pub system: String,
    /// Whether the site has it.
    pub present: bool,
    /// Remark.
    #[serde(default)]
    pub note: String,
}

/// `[retention]`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// A run that would touch more than this share of a cluster is refused.
    pub max_share: f64,
    /// A run that would touch more than this many records of a cluster is refused.
    pub max_count: Option<u64>,
    /// Signatures a plan needs.
    pub approvals: u8,
    /// Persons that a figure about a group needs at least, 3 or more.
    pub small_cell_k: u64,
    /// Share of a figure that one person may have at most, above 0 and up to 1.
    pub dominance: f64,
    /// Overrides of the pack.
    #[serde(rename = "override")]
    pub overrides: Vec<Override>,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            max_share: 0.25,
            max_count: None,
            approvals: 1,
            small_cell_k: 5,
            dominance: 0.85,
            overrides: Vec::new(),
        }
    }
}

/// `[[retention.override]]`: stricter than the pack is free; longer needs a justification.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// The cluster.
    pub cluster: String,
    /// Period to deletion.
    #[serde(default)]
    pub delete_after: Option<Period>,
    /// Start event.
    #[serde(default)]
    pub starts_with: Option<String>,
    /// Steps before deletion.
    #[serde(default)]
    pub stages: Option<Vec<crate::catalogue::Stage>>,
    /// Whether the period counts from the end of the calendar year; absent: as in the pack.
    #[serde(default)]
    pub from_year_end: Option<bool>,
    /// Another period of the fallback, from the fallback event of the pack.
    #[serde(default)]
    pub fallback: Option<Period>,
    /// Why longer than the pack.
    #[serde(default)]
    pub justification: Option<String>,
    /// Line of the entry in the site file, 1-based; 0 where it is not known.
    #[serde(skip)]
    pub line: usize,
}

impl Site {
    /// Reads and checks a site file; `path` stands in messages.
    ///
    /// # Errors
    /// Every problem at once.
    pub fn parse(path: &str, text: &str) -> Result<Self, Problems> {
        parse::site(path, text)
    }

    /// The number plans, in the order of [`Site::nodes`].
    pub fn plans(&self) -> NumberPlans {
        NumberPlans::new(self.nodes.iter().map(|n| n.plan.clone()))
    }

    /// The index of a node; the default node where the id is not known.
    pub fn node(&self, id: &str) -> u8 {
        self.nodes.iter().position(|n| n.id == id).unwrap_or(0) as u8
    }
}
