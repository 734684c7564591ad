//! Where a record stands in its file, so that single values of it can be replaced.
//!
//! Values are slices of the lines that they were read from; their place is worked out from that, as
//! `str::substr_range` does. Where a reader had to copy a text (quotes, escapes, masked passwords), it
//! says from where, and the place is worked out through the copy.

use std::ops::Range;

/// The physical lines that a record was read from.
#[derive(Clone, Copy, Default)]
pub struct Origin<'a> {
    /// Last physical line, 1-based; 0 where the reader gives no origin.
    pub last: u64,
    /// The lines as text, joined by LF, without a byte order mark; empty where the reader gives no origin.
    pub text: &'a str,
    /// Texts that the reader made out of parts of `text`.
    pub(crate) copies: &'a [Copied<'a>],
}

/// A text that was made out of a part of a line.
#[derive(Clone, Copy)]
pub(crate) struct Copied<'a> {
    pub(crate) made: &'a str,
    /// The part of the line, or of another copy.
    pub(crate) from: &'a str,
    pub(crate) how: How,
}

/// What was done to it.
#[derive(Clone, Copy)]
pub(crate) enum How {
    /// `""` became `"`.
    Quotes,
    /// `\;` became `;` and `\\` became `\`.
    Backslash(char),
}

impl<'a> Origin<'a> {
    /// One line that is a record.
    pub(crate) const fn line(number: u64, text: &'a str) -> Self {
        Self {
            last: number,
            text,
            copies: &[],
        }
    }

    /// Where a value stands in [`Self::text`]; none where that cannot be said to the byte.
    pub fn range(&self, value: &[u8]) -> Option<Range<usize>> {
        let mut part = value;
        // a copy is made of the text or of a copy that was made before
        for _ in 0..=self.copies.len() {
            if let Some(range) = within(part, self.text.as_bytes()) {
                return Some(range);
            }
            let (copy, range) = self
                .copies
                .iter()
                .find_map(|c| Some((c, within(part, c.made.as_bytes())?)))?;
            part = &copy.from.as_bytes()[copy.original(range)?];
        }
        None
    }
}

impl Copied<'_> {
    /// The part of `from` that a part of `made` was made of.
    fn original(&self, part: Range<usize>) -> Option<Range<usize>> {
        match self.how {
            How::Quotes => self.walk(part, |rest| if rest.starts_with("\"\"") { 1 } else { 0 }),
            How::Backslash(delimiter) => self.walk(part, |rest| {
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

    fn copy<'a>(made: &'a str, from: &'a str, how: How) -> Copied<'a> {
        Copied { made, from, how }
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
        let copies = [copy(&made, from, How::Quotes)];
        let origin = Origin {
            last: 1,
            text,
            copies: &copies,
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

    proptest! {
        #[test]
        fn backslashes_and_quotes_are_walked_over(cell in "[a;\\\\\"é]{0,12}", start in 0usize..12, len in 0usize..12) {
            let chars: Vec<char> = cell.chars().collect();
            let start = start.min(chars.len());
            let end = (start + len).min(chars.len());
            let offset = |n: usize| chars[..n].iter().map(|c| c.len_utf8()).sum::<usize>();
            let escape = |s: &str| s.replace('\\', "\\\\").replace(';', "\\;");
            let (from, doubled) = (escape(&cell), cell.replace('"', "\"\""));
            let copies = [copy(&cell, &from, How::Backslash(';'))];
            let origin = Origin { last: 1, text: &from, copies: &copies };
            let part = &cell[offset(start)..offset(end)];
            if !part.is_empty() {
                let range = origin.range(part.as_bytes()).expect("it has a place");
                prop_assert_eq!(&from[range], escape(part));
                let copies = [copy(&cell, &doubled, How::Quotes)];
                let origin = Origin { last: 1, text: &doubled, copies: &copies };
                let range = origin.range(part.as_bytes()).expect("it has a place");
                prop_assert_eq!(&doubled[range], part.replace('"', "\"\""));
            }
        }
    }
}
