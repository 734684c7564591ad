//! Places in files that hold personal data, without a value: what `gdpr4k explain FILE` gives.

use chrono::NaiveDate;
use serde::Serialize;

/// One file with its hits.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Explained {
    /// Path.
    pub path: String,
    /// Source kind that it was read as.
    pub kind: String,
    /// Hits by line and column.
    pub hits: Vec<Hit>,
    /// Hits in the name of the file: columns of the path, line 0.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub name_hits: Vec<Hit>,
    /// Values that the reader found and whose place in the line could not be told.
    pub unplaced: u64,
    /// Further hits that are not listed.
    pub more: u64,
    /// Whether the file was read to its end.
    pub read: bool,
}

/// A place that holds personal data, without its value.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Hit {
    /// Physical line, 1-based; 0 for the name of a file.
    pub line: u64,
    /// First byte of the line as it is in the file, 1-based.
    pub start: u32,
    /// Last byte, inclusive.
    pub end: u32,
    /// What it is: number, extension, name, email, ip, mac, iban, account, pin, password, secret, device-id,
    /// personnel-id, agent-id, address, location.
    pub kind: &'static str,
    /// Element of the catalogue.
    pub element: String,
    /// Cluster, with exactly one deletion rule.
    pub cluster: String,
    /// Data category.
    pub category: &'static str,
    /// The rule that found it; `field`: the field of a record says what it is.
    pub rule: &'static str,
    /// How sure the rule is, above 0 to 1.
    pub score: f32,
    /// From when it is due; none while a relationship lasts, or without a rule.
    pub due: Option<NaiveDate>,
}
