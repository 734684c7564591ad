//! What a scan found: counts, dates and findings. No value of a person.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::Severity;

/// The answer of `gdpr4k scan`: the keys of section 3 of the contract, and more.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Inventory {
    /// The day that ages are judged by.
    pub as_of: NaiveDate,
    /// Name of the site, from its file.
    pub site: String,
    /// Digest of the catalogue.
    pub catalogue: String,
    /// Every file that a source of the site names, and every file that was met and is not named.
    pub files: Vec<FileEntry>,
    /// Every element that has a value somewhere.
    pub elements: Vec<ElementEntry>,
    /// Every cluster that has a record somewhere.
    pub clusters: Vec<ClusterEntry>,
    /// What a person has to know.
    pub findings: Vec<FindingEntry>,
    /// Systems that hold personal data without a file: declared, or expected by the catalogue.
    pub holders: Vec<Holder>,
    /// Monitoring features met in the configuration, in the vendor's words, with the number of places.
    pub monitoring: Vec<Counted>,
    /// Sums.
    pub totals: Totals,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FileEntry {
    /// Relative to the site folder, with `/`; members of an archive as `archive.zip!/member`.
    pub path: String,
    /// Source kind.
    pub kind: String,
    /// Name of the layout, mapping or table, where one was used.
    pub layout: Option<String>,
    /// Size.
    pub bytes: u64,
    /// Physical lines; none for a file without lines. `lines = records + continuation + noise + rejected + pending`.
    pub lines: Option<u64>,
    /// Records; 0 for a file without lines, whose content stands with the elements.
    pub records: u64,
    /// Further lines of records.
    pub continuation: u64,
    /// Declared noise.
    pub noise: u64,
    /// Lines that could not be read.
    pub rejected: u64,
    /// The unfinished last line of a growing file.
    pub pending: u64,
    /// Findings of this file.
    pub findings: u64,
    /// First day of its records.
    pub oldest: Option<NaiveDate>,
    /// Last day of its records.
    pub newest: Option<NaiveDate>,
    /// Whether the file could be read to its end. `false` is not the same as "nothing found".
    pub read: bool,
    /// What records of the file are kept for: accounting or performance.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub purpose: Option<String>,
    /// Node of its numbers.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub node: String,
    /// Whether retention may write it.
    #[serde(default)]
    pub writable: bool,
    /// Clusters of which it holds records.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clusters: Vec<String>,
}

/// One element of the catalogue that has values.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ElementEntry {
    /// Id in the catalogue.
    pub element: String,
    /// Its cluster; where records decide, the one with most values.
    pub cluster: String,
    /// Data category.
    pub category: String,
    /// Category of persons.
    pub subject: String,
    /// Credential: only its presence is counted.
    pub secret: bool,
    /// Number of files with a value.
    pub files: u64,
    /// Values met.
    pub records: u64,
    /// Different normalised values in the whole site; 0 for secrets, which are not compared.
    pub distinct: u64,
    /// Whether `distinct` is an estimate (more than 2^18 values; error about 1 %).
    pub distinct_estimated: bool,
    /// First day of a record with a value.
    pub oldest: Option<NaiveDate>,
    /// Last day of a record with a value.
    pub newest: Option<NaiveDate>,
    /// Values whose position in the command is not proven ("position unverified").
    #[serde(default)]
    pub unverified: u64,
    /// Values by cluster, where records decide.
    #[serde(default)]
    pub by_cluster: Vec<ClusterShare>,
    /// Values by source kind: where it lies.
    #[serde(default)]
    pub by_kind: Vec<Counted>,
}

/// Values of an element in one cluster.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClusterShare {
    /// Cluster id.
    pub cluster: String,
    /// Values.
    pub records: u64,
    /// First day.
    pub oldest: Option<NaiveDate>,
    /// Last day.
    pub newest: Option<NaiveDate>,
}

/// One cluster that has records.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClusterEntry {
    /// Cluster id.
    pub cluster: String,
    /// Records with at least one value of it.
    pub records: u64,
    /// Files.
    pub files: u64,
    /// First day.
    pub oldest: Option<NaiveDate>,
    /// Last day.
    pub newest: Option<NaiveDate>,
    /// Records without a usable day.
    pub undated: u64,
    /// Records by month of their day (`2026-03`), for the picture of ages; sorted.
    pub months: Vec<Counted>,
}

/// A name with a count.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Counted {
    /// Name: a catalogue id, a vendor word, a month.
    pub name: String,
    /// Count.
    pub count: u64,
}

/// One finding, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FindingEntry {
    /// Stable code.
    pub code: String,
    /// Severity.
    pub severity: Severity,
    /// Path, empty for the site as a whole.
    pub path: String,
    /// Line, 1-based.
    pub line: Option<u64>,
    /// What (found, expected).
    pub message: String,
    /// What to do.
    pub help: String,
    /// Arguments of the message: counts, declared names, shapes, days.
    #[serde(default)]
    pub args: Vec<(String, String)>,
}

/// Why a holder is in the inventory without a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum HolderState {
    /// A person has declared that the site has it.
    DeclaredPresent,
    /// A person has declared that the site does not have it.
    DeclaredAbsent,
    /// The vendor documents describe it, files of it are expected, none was given.
    NotSearched,
    /// The vendor documents describe it, nobody can export it, nobody has declared it.
    Undeclared,
    /// Files of it were read.
    Searched,
}

/// A system of the catalogue and what is known about it at this site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Holder {
    /// Id of the system.
    pub system: String,
    /// State.
    pub state: HolderState,
    /// Files read.
    pub files: u64,
    /// Remark of the person who declared it.
    #[serde(default)]
    pub note: String,
}

/// Sums over the site.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Totals {
    /// Files.
    pub files: u64,
    /// Bytes.
    pub bytes: u64,
    /// Physical lines.
    pub lines: u64,
    /// Records; 0 for a file without lines, whose content stands with the elements.
    pub records: u64,
    /// Further lines of records.
    pub continuation: u64,
    /// Noise.
    pub noise: u64,
    /// Rejected lines.
    pub rejected: u64,
    /// Unfinished last lines.
    pub pending: u64,
    /// Persons, as the identity model resolves them: twins are two, a rename is one.
    pub subjects: u64,
    /// Distinct outside numbers.
    pub externals: u64,
    /// One person on one number for one uninterrupted time.
    pub assignments: u64,
    /// Files that could not be read to their end.
    pub unread: u64,
}
