//! Findings: gaps and defects that a person has to know about.

use serde::{Deserialize, Serialize};

use crate::sealed::shape;

/// How much a finding matters; it decides the exit code (see `spec`: 3 for an error, 4 for attention).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Severity {
    /// Good to know, nothing to do.
    Info,
    /// Somebody has to decide or to act.
    Attention,
    /// Data could not be read: the picture is not whole.
    Error,
}

/// One argument of a finding's text.
///
/// There is no way to put a person's value in: a text argument is either a name
/// that the catalogue, the layout or the site file declares, or a shape.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(untagged)]
pub enum Arg {
    /// A count.
    Count(u64),
    /// A declared name, a shape, a date or a path.
    Word(String),
}

impl Arg {
    /// A name declared in catalogue, layout or site file: an id, a column of a known header, an AMO.
    pub fn declared(name: impl Into<String>) -> Self {
        Self::Word(name.into())
    }

    /// The shape of a value, never the value.
    pub fn shape(value: &str) -> Self {
        Self::Word(shape(value))
    }

    /// A calendar day.
    pub fn day(day: chrono::NaiveDate) -> Self {
        Self::Word(day.to_string())
    }
}

impl From<u64> for Arg {
    fn from(n: u64) -> Self {
        Self::Count(n)
    }
}

impl From<usize> for Arg {
    fn from(n: usize) -> Self {
        Self::Count(n as u64)
    }
}

impl std::fmt::Display for Arg {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Count(n) => n.fmt(f),
            Self::Word(w) => w.fmt(f),
        }
    }
}

/// A gap or a defect: a stable code, the place, and arguments for the text of the catalogue.
///
/// The severity, the sentence and the advice belong to the code and stand in
/// `schemas/findings.toml`; `gdpr4k explain CODE` prints them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Stable code, for example `G4K-012`.
    pub code: &'static str,
    /// Path relative to the site folder, with `/`; empty for the site as a whole.
    pub path: String,
    /// Physical line, 1-based.
    pub line: Option<u64>,
    /// Arguments of the text, by name.
    pub args: Vec<(&'static str, Arg)>,
}

impl Finding {
    /// A finding without a place; readers leave the path to the engine.
    pub const fn new(code: &'static str) -> Self {
        Self {
            code,
            path: String::new(),
            line: None,
            args: Vec::new(),
        }
    }

    /// Names the physical line, 1-based.
    #[must_use]
    pub const fn at(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }

    /// Names the path.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// Adds an argument of the text.
    #[must_use]
    pub fn with(mut self, name: &'static str, arg: impl Into<Arg>) -> Self {
        self.args.push((name, arg.into()));
        self
    }
}
