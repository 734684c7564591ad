//! One line -> cells.

use std::borrow::Cow;
use std::ops::Range;

/// A way to protect a delimiter inside of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quoting {
    /// None: what `api2hipath` writes, as far as known.
    None,
    /// RFC 4180: `"a;b"`, a quote inside is doubled.
    Rfc4180,
    /// `a\;b`, as Informix unloads tables.
    Backslash,
}

/// The outcome.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Split<'a> {
    Cells(Vec<Cow<'a, str>>),
    /// A quoted cell is open at the end.
    Open,
    /// Characters follow a closing quote.
    Broken,
}

/// Splits a line. Quotes around a whole cell are taken off in every way of quoting.
pub(crate) fn split(text: &str, delimiter: char, quoting: Quoting) -> Split<'_> {
    match quoting {
        Quoting::None => Split::Cells(text.split(delimiter).map(unquote).collect()),
        Quoting::Rfc4180 => rfc4180(text, delimiter),
        Quoting::Backslash => backslash(text, delimiter),
    }
}

/// The bytes of each cell as they stand in the line, in the order and the way of [`split`].
pub(crate) fn places(text: &str, delimiter: char, quoting: Quoting) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let (len, quotes) = match quoting {
            Quoting::None => {
                let len = rest.find(delimiter).unwrap_or(rest.len());
                let cell = &rest[..len];
                let quoted = len > 1 && cell.starts_with('"') && cell.ends_with('"');
                (len, usize::from(quoted))
            }
            Quoting::Rfc4180 => match rest.strip_prefix('"') {
                Some(quoted) => (closing_quote(quoted).map_or(rest.len(), |e| e + 2), 1),
                None => (rest.find(delimiter).unwrap_or(rest.len()), 0),
            },
            Quoting::Backslash => (unescaped(rest, delimiter), 0),
        };
        places.push(at + quotes..(at + len).saturating_sub(quotes).max(at + quotes));
        at += len;
        match text[at..].strip_prefix(delimiter) {
            Some(_) => at += delimiter.len_utf8(),
            None => return places,
        }
    }
}

/// Where the first delimiter stands that no backslash takes away; else the end.
fn unescaped(text: &str, delimiter: char) -> usize {
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == '\\' {
            chars.next();
        } else if c == delimiter {
            return at;
        }
    }
    text.len()
}

fn unquote(cell: &str) -> Cow<'_, str> {
    match cell.strip_prefix('"').and_then(|c| c.strip_suffix('"')) {
        Some(inner) if inner.contains("\"\"") => Cow::Owned(inner.replace("\"\"", "\"")),
        Some(inner) => Cow::Borrowed(inner),
        None => Cow::Borrowed(cell),
    }
}

fn rfc4180(text: &str, delimiter: char) -> Split<'_> {
    let mut cells = Vec::new();
    let mut rest = text;
    loop {
        let Some(quoted) = rest.strip_prefix('"') else {
            match rest.split_once(delimiter) {
                Some((cell, tail)) => {
                    cells.push(Cow::Borrowed(cell));
                    rest = tail;
                    continue;
                }
                None => {
                    cells.push(Cow::Borrowed(rest));
                    return Split::Cells(cells);
                }
            }
        };
        let Some(end) = closing_quote(quoted) else {
            return Split::Open;
        };
        let cell = &quoted[..end];
        cells.push(if cell.contains('"') {
            Cow::Owned(cell.replace("\"\"", "\""))
        } else {
            Cow::Borrowed(cell)
        });
        let tail = &quoted[end + 1..];
        if tail.is_empty() {
            return Split::Cells(cells);
        }
        match tail.strip_prefix(delimiter) {
            Some(next) => rest = next,
            None => return Split::Broken,
        }
    }
}

/// Where the quote stands that closes the cell: the first one that is not doubled.
fn closing_quote(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(hit) = memchr::memchr(b'"', &bytes[at..]) {
        let hit = at + hit;
        if bytes.get(hit + 1) != Some(&b'"') {
            return Some(hit);
        }
        at = hit + 2;
    }
    None
}

fn backslash(text: &str, delimiter: char) -> Split<'_> {
    let mut cells = Vec::new();
    let mut cell = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\\' {
            match chars.next() {
                Some(next) if next == delimiter || next == '\\' => cell.push(next),
                Some(next) => {
                    cell.push(c);
                    cell.push(next);
                }
                None => cell.push(c),
            }
        } else if c == delimiter {
            cells.push(Cow::Owned(std::mem::take(&mut cell)));
        } else {
            cell.push(c);
        }
    }
    cells.push(Cow::Owned(cell));
    Split::Cells(cells)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cells(text: &str, quoting: Quoting) -> Vec<String> {
        match split(text, ';', quoting) {
            Split::Cells(c) => c.into_iter().map(Cow::into_owned).collect(),
            other => vec![format!("{other:?}")],
        }
    }

    #[test]
    fn each_way_of_quoting_splits_its_own_lines() {
        assert_eq!(cells("a;\"b\";", Quoting::None), ["a", "b", ""]);
        assert_eq!(
            cells("a;\"b;\"\"c\"\"\";d", Quoting::Rfc4180),
            ["a", "b;\"c\"", "d"]
        );
        assert_eq!(
            cells("a;b\\;c;d\\\\", Quoting::Backslash),
            ["a", "b;c", "d\\"]
        );
        assert_eq!(cells("a;\"b", Quoting::Rfc4180), ["Open"]);
        assert_eq!(cells("a;\"b\"c;d", Quoting::Rfc4180), ["Broken"]);
    }

    proptest! {
        #[test]
        fn every_cell_has_its_place(text in "[ab;\"\\\\é]{0,16}") {
            for quoting in [Quoting::None, Quoting::Rfc4180, Quoting::Backslash] {
                let Split::Cells(cells) = split(&text, ';', quoting) else { continue };
                let places = places(&text, ';', quoting);
                prop_assert_eq!(cells.len(), places.len());
                for (cell, place) in cells.iter().zip(places) {
                    let raw = &text[place];
                    let same = match quoting {
                        Quoting::Backslash => split(raw, ';', quoting) == Split::Cells(vec![cell.clone()]),
                        _ => cell == raw || *cell == raw.replace("\"\"", "\""),
                    };
                    prop_assert!(same);
                }
            }
        }
    }
}
