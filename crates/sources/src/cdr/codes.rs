//! What the codes in a layout mean: `schemas/sources/cdr.toml`.

use std::sync::LazyLock;

use gdpr4k_model::number::Access;
use serde::Deserialize;

const TEXT: &str = include_str!("../../../../schemas/sources/cdr.toml");

/// What a field does in its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The party that pays: a station of the site.
    Own,
    /// The calling party.
    From,
    /// The called party.
    To,
    /// The party outside, whoever called.
    Outside,
    /// Start of the connection.
    Start,
    /// End of the connection.
    End,
    /// The one stamp there is; `date_order` says what it means.
    Stamp,
    /// Duration of the connection.
    Duration,
    /// A running number: gaps are a possible loss.
    Counter,
    /// Nothing that this reader works with.
    Plain,
}

impl Role {
    /// Whether the field is a stamp, a duration, or a piece of one.
    pub const fn is_timed(self) -> bool {
        matches!(self, Self::Start | Self::End | Self::Stamp | Self::Duration)
    }
}

/// The piece of a stamp or of a duration that a vendor code stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// Day of the month.
    Day,
    /// Month.
    Month,
    /// Year, of two or four digits.
    Year,
    /// Hours.
    Hour,
    /// Minutes.
    Minute,
    /// Seconds.
    Second,
    /// Tenths of a second.
    Tenth,
}

/// One code: vendor element or meaning without a vendor code.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// As written in `element` of a layout.
    pub code: String,
    /// Id of the catalogue element.
    pub element: String,
    /// What the field does.
    pub role: Role,
    /// The piece of a stamp or duration.
    #[serde(default)]
    pub part: Option<Part>,
    /// Whether the trunk access code stands in front.
    #[serde(default)]
    pub access: Access,
    /// Whether vendor text or a sample shows the code.
    #[serde(default = "yes")]
    pub proven: bool,
    /// Evidence in words.
    pub source: String,
}

const fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    unknown: String,
    code: Vec<Code>,
}

static CODES: LazyLock<File> = LazyLock::new(|| {
    // Embedded and parsed by a test: a broken file cannot be built into a release.
    toml::from_str(TEXT).unwrap_or(File {
        unknown: String::new(),
        code: Vec::new(),
    })
});

/// The meaning of a code; none if nobody has declared one.
pub fn find(code: &str) -> Option<&'static Code> {
    CODES
        .code
        .iter()
        .find(|c| c.code.eq_ignore_ascii_case(code))
}

/// The code that a catalogue id in `element` stands for, where the field does more than hold a value.
pub(super) fn by_element(id: &str) -> Option<&'static Code> {
    let works = |c: &&Code| c.part.is_none() && !matches!(c.role, Role::Plain | Role::Stamp);
    CODES.code.iter().filter(works).find(|c| c.element == id)
}

/// All codes, in the order of the file.
pub fn all() -> &'static [Code] {
    &CODES.code
}

/// Element of everything without a declared meaning: it counts as personal.
pub fn unknown() -> &'static str {
    &CODES.unknown
}

/// The code that the type of a field stands for, where the layout names no `element`.
pub(super) fn by_type(kind: &str, party: &str) -> Option<&'static Code> {
    match (kind, party) {
        ("date" | "time" | "datetime", _) => find("DATE"),
        ("duration", _) => find("DURATION"),
        ("number", "employee") => find("STATION"),
        ("number", "external") => find("OUTSIDE"),
        ("number", "by-direction") => find("CALLED"),
        (_, "none") => find("TECHNICAL"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_file_parses_and_every_code_stands_once() {
        let file: File = toml::from_str(TEXT).unwrap();
        assert_eq!(file.unknown, "O4K-FLD-COL-EXTENSION");
        for (i, c) in file.code.iter().enumerate() {
            assert!(
                file.code[..i].iter().all(|o| o.code != c.code),
                "{} twice",
                c.code
            );
            assert!(!c.source.is_empty());
            let timed = matches!(
                c.role,
                Role::Start | Role::End | Role::Stamp | Role::Duration
            );
            assert!(c.part.is_none() || timed, "{}", c.code);
        }
    }

    #[test]
    fn every_element_of_the_area_is_declared() {
        let own: toml::Table =
            toml::from_str(include_str!("../../../../schemas/elements/cdr.toml")).unwrap();
        let own: Vec<&str> = own["field"]
            .as_array()
            .unwrap()
            .iter()
            .map(|f| f["id"].as_str().unwrap())
            .collect();
        let coverage = [
            "AGENT", "ATTGROUP", "CALLED", "CALLING", "UNITS", "DURATION", "CONNTYPE", "COST",
            "START", "END", "ORIG-IP", "TERM-IP", "RING", "OTHER",
        ];
        for c in all() {
            let short = c.element.strip_prefix("O4K-FLD-CDR-").unwrap();
            assert!(
                coverage.contains(&short) || own.contains(&c.element.as_str()),
                "{}",
                c.element
            );
        }
        for id in own {
            assert!(
                all().iter().any(|c| c.element == id),
                "{id} is not used by any code"
            );
        }
    }
}
