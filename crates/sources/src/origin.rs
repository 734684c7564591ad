//! Where a record stands in its file, so that single values of it can be replaced.
//!
//! Values are slices of the lines that they were read from; their place is worked out from that, as
//! `str::substr_range` does. Where a reader had to copy a text (quotes, escapes), it says from
//! where, and the place is worked out through the copy.

use std::borrow::Cow;
use std::ops::Range;

use crate::table::{Quoting, Split, places, split};

/// The physical lines that a record was read from.
#[derive(Clone, Copy, Default)]
pub struct Origin<'a> {
    /// Last physical line, 1-based; 0 where the reader gives no origin.
    pub last: u64,
    /// The lines as text, joined by LF, without a byte order mark; empty where the reader gives no origin.
    pub text: &'a str,
    /// Texts that the reader made out of parts of `text`.
    pub(crate) copies: &'a [Copied<'a>],
    pub(crate) division: Division<'a>,
}

/// How a record is divided into cells.
#[derive(Clone, Copy, Default)]
pub(crate) enum Division<'a> {
    /// Not at all: free text.
    #[default]
    Text,
    /// By a delimiter.
    Delimited(char, Quoting),
    /// By position.
    Fixed(&'a [Range<usize>]),
}

/// How signs are protected in a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escaping {
    /// Not at all.
    None,
    /// A quote is doubled.
    Quotes,
    /// A backslash stands before a delimiter and before a backslash.
    Backslash(char),
}

impl Escaping {
    /// The value of a piece of a line.
    pub fn read(self, raw: &str) -> Cow<'_, str> {
        match self {
            Self::Quotes if raw.contains("\"\"") => Cow::Owned(raw.replace("\"\"", "\"")),
            Self::Backslash(delimiter) if raw.contains('\\') => {
                match split(raw, delimiter, Quoting::Backslash) {
                    Split::Cells(cells) => Cow::Owned(cells.concat()),
                    _ => Cow::Borrowed(raw),
                }
            }
            _ => Cow::Borrowed(raw),
        }
    }

    /// The piece of a line that stands for a value.
    pub fn write(self, value: &str) -> Cow<'_, str> {
        match self {
            Self::Quotes if value.contains('"') => Cow::Owned(value.replace('"', "\"\"")),
            Self::Backslash(delimiter) if value.contains(['\\', delimiter]) => {
                let mut raw = String::with_capacity(value.len() + 4);
                for c in value.chars() {
                    if c == '\\' || c == delimiter {
                        raw.push('\\');
                    }
                    raw.push(c);
                }
                Cow::Owned(raw)
            }
            _ => Cow::Borrowed(value),
        }
    }
}

/// A text that was made out of a part of a line.
#[derive(Clone, Copy)]
pub(crate) struct Copied<'a> {
    pub(crate) made: &'a str,
    /// The part of the line.
    pub(crate) from: &'a str,
    pub(crate) escaping: Escaping,
}

impl<'a> Origin<'a> {
    /// One line that is a record.
    pub(crate) const fn line(number: u64, text: &'a str) -> Self {
        Self {
            last: number,
            text,
            copies: &[],
            division: Division::Text,
        }
    }

    /// The cells of the record, without quotes around them; none where it is free text.
    pub fn cells(&self) -> Vec<Range<usize>> {
        match self.division {
            Division::Text => Vec::new(),
            Division::Delimited(delimiter, way) => places(self.text, delimiter, way),
            Division::Fixed(cells) => cells.to_vec(),
        }
    }

    /// Whether cells have a fixed width.
    pub const fn is_fixed(&self) -> bool {
        matches!(self.division, Division::Fixed(_))
    }

    /// How signs are protected in a part of the text.
    pub fn escaping(&self, part: &Range<usize>) -> Escaping {
        let raw = self.text[part.clone()].as_bytes();
        let of = |c: &&Copied<'_>| within(raw, c.from.as_bytes()).is_some();
        self.copies
            .iter()
            .find(of)
            .map_or(Escaping::None, |c| c.escaping)
    }

    /// Where a value stands in [`Self::text`]; none where that cannot be said to the byte.
    pub fn range(&self, value: &[u8]) -> Option<Range<usize>> {
        if let Some(range) = within(value, self.text.as_bytes()) {
            return Some(range);
        }
        let copy = |c: &Copied<'a>| Some((*c, within(value, c.made.as_bytes())?));
        let (copy, range) = self.copies.iter().find_map(copy)?;
        let part = &copy.from[copy.original(range)?];
        within(part.as_bytes(), self.text.as_bytes())
    }
}

impl Copied<'_> {
    /// The part of `from` that a part of `made` was made of.
    fn original(&self, part: Range<usize>) -> Option<Range<usize>> {
        match self.escaping {
            Escaping::None => Some(part),
            Escaping::Quotes => self.walk(part, |rest| usize::from(rest.starts_with("\"\""))),
            Escaping::Backslash(delimiter) => self.walk(part, |rest| {
                let escaped = rest
                    .strip_prefix('\\')
                    .is_some_and(|r| r.starts_with([delimiter, '\\']));
                usize::from(escaped)
            }),
        }
    }

    /// Goes through both texts; `skipped`: bytes of `from` that have no counterpart at this place.
    fn walk(&self, part: Range<usize>, skipped: impl Fn(&str) -> usize) -> Option<Range<usize>> {
        let (mut made, mut at, mut start) = (0, 0, None);
        loop {
            if made == part.start && start.is_none() {
                start = Some(at);
            }
            if made == part.end {
                return Some(start?..at);
            }
            let skip = skipped(&self.from[at..]);
            let c = self.from[at + skip..].chars().next()?;
            at += skip + c.len_utf8();
            made += c.len_utf8();
        }
    }
}

/// Where a part stands in the whole that it is a slice of; none for a slice of something else.
pub(crate) fn within(part: &[u8], whole: &[u8]) -> Option<Range<usize>> {
    let start = part.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
    let end = start + part.len();
    (end <= whole.len()).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn copy<'a>(made: &'a str, from: &'a str, escaping: Escaping) -> Copied<'a> {
        Copied {
            made,
            from,
            escaping,
        }
    }

    #[test]
    fn a_slice_has_a_place_and_a_stranger_has_none() {
        let text = String::from("a;bé;c");
        let origin = Origin::line(1, &text);
        assert_eq!(origin.range(&text.as_bytes()[2..5]), Some(2..5));
        assert_eq!(origin.range(String::from("bé").as_bytes()), None);
    }

    #[test]
    fn a_copy_leads_back_to_the_line() {
        let text = r#"x;"say ""jdoe"" now";y"#;
        let from = &text[3..text.len() - 3];
        let made = from.replace("\"\"", "\"");
        let copies = [copy(&made, from, Escaping::Quotes)];
        let origin = Origin {
            last: 1,
            text,
            copies: &copies,
            division: Division::Text,
        };
        let find = |whole: &str, part: &str| {
            let at = whole.find(part).expect("it is there");
            origin
                .range(&whole.as_bytes()[at..at + part.len()])
                .map(|r| &text[r])
        };
        assert_eq!(find(&made, "jdoe"), Some("jdoe"));
        assert_eq!(find(&made, &made.clone()), Some(from));
    }

    fn range_of(text: &str) -> Range<usize> {
        0..text.len()
    }

    proptest! {
        #[test]
        fn backslashes_and_quotes_are_walked_over(cell in "[a;\\\\\"é]{0,12}", start in 0usize..12, len in 0usize..12) {
            let chars: Vec<char> = cell.chars().collect();
            let start = start.min(chars.len());
            let end = (start + len).min(chars.len());
            let offset = |n: usize| chars[..n].iter().map(|c| c.len_utf8()).sum::<usize>();
            let escape = |s: &str| s.replace('\\', "\\\\").replace(';', "\\;");
            let (from, doubled) = (escape(&cell), cell.replace('"', "\"\""));
            let copies = [copy(&cell, &from, Escaping::Backslash(';'))];
            let origin = Origin { copies: &copies, ..Origin::line(1, &from) };
            let part = &cell[offset(start)..offset(end)];
            if !part.is_empty() {
                let range = origin.range(part.as_bytes()).expect("it has a place");
                prop_assert_eq!(&from[range], escape(part));
                prop_assert_eq!(origin.escaping(&range_of(&from)), Escaping::Backslash(';'));
                let copies = [copy(&cell, &doubled, Escaping::Quotes)];
                let origin = Origin { copies: &copies, ..Origin::line(1, &doubled) };
                let range = origin.range(part.as_bytes()).expect("it has a place");
                prop_assert_eq!(&doubled[range], part.replace('"', "\"\""));
                for escaping in [Escaping::None, Escaping::Quotes, Escaping::Backslash(';')] {
                    let written = escaping.write(part);
                    prop_assert_eq!(escaping.read(&written), part);
                }
            }
        }
    }
}
