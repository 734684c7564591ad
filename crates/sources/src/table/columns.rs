//! Columns with their meaning: cells -> values; what nobody knows is counted, never shown.

use std::borrow::Cow;

use gdpr4k_model::Finding;
use gdpr4k_model::catalogue::ElementIx;
use gdpr4k_model::finding::Arg;

use crate::record::{Sink, Value};

/// Longest column name that a finding shows.
const MAX_NAME: usize = 60;
/// More unknown columns than this are summed up.
const MAX_LISTED: usize = 200;

/// What to do about columns without a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum Unmapped {
    /// Report name, fill count and shape.
    #[default]
    Report,
    /// Say nothing and take no value.
    Ignore,
    /// An error per column.
    Fail,
}

/// What a column means.
pub(crate) enum Meaning {
    /// Known, no person in it.
    Technical,
    /// Values of an element.
    Element {
        element: ElementIx,
        unverified: bool,
    },
    /// Nobody knows; personal until somebody says otherwise.
    Unknown { element: ElementIx, seen: Seen },
}

/// A column of the file.
pub(crate) struct Column {
    /// Name as in the header.
    pub(crate) name: String,
    /// What it means.
    pub(crate) meaning: Meaning,
}

/// What an unknown column looks like: counts only.
#[derive(Default)]
pub(crate) struct Seen {
    filled: u64,
    shapes: [u64; 6],
}

const SHAPES: [&str; 6] = [
    "e-mail",
    "IP address",
    "date",
    "phone number",
    "number",
    "text",
];

/// All columns of a table.
#[derive(Default)]
pub(crate) struct Columns {
    pub(crate) all: Vec<Column>,
}

impl Columns {
    /// Gives every filled cell that has an element to `values`, and notes unknown ones.
    pub(crate) fn values<'a>(&mut self, cells: &'a [Cow<'_, str>], values: &mut Vec<Value<'a>>) {
        for (column, cell) in self.all.iter_mut().zip(cells) {
            let text = cell.trim();
            if text.is_empty() {
                continue;
            }
            match &mut column.meaning {
                Meaning::Technical => {}
                Meaning::Element {
                    element,
                    unverified,
                } => {
                    let mut value = Value::new(*element, text.as_bytes());
                    value.unverified = *unverified;
                    values.push(value);
                }
                Meaning::Unknown { element, seen } => {
                    seen.filled += 1;
                    seen.shapes[shape(text)] += 1;
                    let mut value = Value::new(*element, text.as_bytes());
                    value.unverified = true;
                    values.push(value);
                }
            }
        }
    }

    /// Position of a column, by its name in any notation.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        let name = super::normalise(name);
        self.all
            .iter()
            .position(|c| super::normalise(&c.name) == name)
    }

    /// Reports the unknown columns.
    pub(crate) fn report(&self, unmapped: Unmapped, sink: &mut dyn Sink) {
        let code = match unmapped {
            Unmapped::Report => "G4K-307",
            Unmapped::Fail => "G4K-308",
            Unmapped::Ignore => return,
        };
        let unknown = self.all.iter().filter_map(|c| match &c.meaning {
            Meaning::Unknown { seen, .. } => Some((c, seen)),
            _ => None,
        });
        let mut count = 0usize;
        for (column, seen) in unknown {
            count += 1;
            if count > MAX_LISTED {
                continue;
            }
            let name: String = column.name.chars().take(MAX_NAME).collect();
            let best = (0..SHAPES.len()).max_by_key(|i| (seen.shapes[*i], SHAPES.len() - i));
            let word = best
                .filter(|_| seen.filled > 0)
                .map_or("nothing", |i| SHAPES[i]);
            let name = if name.is_empty() || is_value(&name) {
                "(no name)".to_owned()
            } else {
                name
            };
            sink.finding(
                Finding::new(code)
                    .with("column", Arg::declared(name))
                    .with("filled", seen.filled)
                    .with("shape", Arg::declared(word)),
            );
        }
        if count > MAX_LISTED {
            sink.finding(Finding::new("G4K-309").with("count", count - MAX_LISTED));
        }
    }
}

/// Whether what stands in the header is a number or an address: a row, in a file without a header.
fn is_value(name: &str) -> bool {
    let number = SHAPES.iter().position(|s| *s == "number");
    Some(shape(name)) < number || name.bytes().filter(u8::is_ascii_digit).count() >= 5
}

/// A guess at what a value is, as an index of [`SHAPES`].
fn shape(text: &str) -> usize {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let only = |set: &str| {
        text.bytes()
            .all(|b| b.is_ascii_digit() || set.as_bytes().contains(&b))
    };
    let separators = text.bytes().filter(|b| b"-./".contains(b)).count();
    if text.contains('@') && text.rsplit('@').next().is_some_and(|d| d.contains('.')) {
        0
    } else if text.parse::<std::net::IpAddr>().is_ok() {
        1
    } else if (6..=8).contains(&digits) && separators == 2 && only("-./") {
        2
    } else if digits >= 5 && only("+-/() ") {
        3
    } else if digits > 0 && only("") {
        4
    } else {
        5
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_in_place_of_the_header_is_not_shown() {
        for value in [
            "015550987654",
            "anna@werk.example",
            "192.0.2.7",
            "03.02.1980",
        ] {
            assert!(is_value(value));
        }
        for name in ["column 12", "cust1", "Nachname", "e164_num", ""] {
            assert!(!is_value(name), "{name}");
        }
    }

    #[test]
    fn shapes_are_guessed_from_the_form_alone() {
        for (text, want) in [
            ("anna@werk.example", "e-mail"),
            ("192.0.2.7", "IP address"),
            ("03.02.1980", "date"),
            ("+49 30 23125 711", "phone number"),
            ("417", "number"),
            ("4.17 links", "text"),
        ] {
            assert_eq!(SHAPES[shape(text)], want);
        }
    }
}
