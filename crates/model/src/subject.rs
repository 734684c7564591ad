//! The nouns of subject access: who is meant, and which number was whose when.
//!
//! Values of persons stand here on purpose: these documents are the answer to a person.
//! They are printed or written where the user asks for them, and kept nowhere.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Somebody that a query may mean (cli.md 3, `subject find`).
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Candidate {
    /// Id of the person: stable as long as its first evidence stands.
    pub person: String,
    /// Name to tell candidates apart, the latest one known.
    pub label: String,
    /// How well the query fits, 1 to 100.
    pub score: u8,
    /// Names over time, the latest last.
    pub names: Vec<String>,
    /// Numbers over time.
    pub numbers: Vec<NumberSpan>,
    /// Kinds of sources that say so.
    pub sources: Vec<String>,
}

/// One number of a person for one uninterrupted time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NumberSpan {
    /// Station number.
    pub number: String,
    /// Node, empty for the default one.
    pub node: String,
    /// First day that is certainly the person's.
    pub from: NaiveDate,
    /// Last day that is certainly the person's; none while it lasts.
    pub to: Option<NaiveDate>,
    /// First day that may be the person's; none where nothing is known before.
    pub maybe_from: Option<NaiveDate>,
    /// Last day that may be the person's; none while it lasts.
    pub maybe_to: Option<NaiveDate>,
    /// Kinds of evidence.
    pub evidence: Vec<String>,
}
