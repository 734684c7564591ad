//! Physical lines out of blocks, with bounded memory.

use std::borrow::Cow;
use std::ops::Range;

/// A line longer than this is not kept: it is reported as too long and skipped to its end.
pub const MAX_LINE: usize = 1 << 20;

/// One physical line, without its line end.
#[derive(Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// 1-based number.
    pub number: u64,
    /// The bytes, or what fits of a line that is too long.
    pub bytes: &'a [u8],
    /// Whether the line end was there; a last line without one may be cut.
    pub ended: bool,
    /// Whether the line is longer than [`MAX_LINE`] and was not kept whole.
    pub too_long: bool,
}

/// Splits blocks into lines at LF, CR LF or a lone CR.
#[derive(Debug, Default)]
pub struct Lines {
    carry: Vec<u8>,
    number: u64,
    too_long: bool,
    /// The block before ended with CR: a LF that follows belongs to it.
    after_cr: bool,
}

impl Lines {
    /// Gives every whole line of the block; keeps the unfinished rest.
    pub fn feed(&mut self, mut block: &[u8], mut each: impl FnMut(Line<'_>)) {
        if self.after_cr && !block.is_empty() {
            self.after_cr = false;
            if block[0] == b'\n' {
                block = &block[1..];
            }
        }
        while let Some(end) = memchr::memchr2(b'\n', b'\r', block) {
            let (head, tail) = (&block[..end], &block[end + 1..]);
            self.number += 1;
            let whole: &[u8] = if self.carry.is_empty() {
                head
            } else {
                self.keep(head);
                &self.carry
            };
            let too_long = self.too_long || whole.len() > MAX_LINE;
            each(Line {
                number: self.number,
                bytes: whole,
                ended: true,
                too_long,
            });
            self.carry.clear();
            self.too_long = false;
            block = if block[end] == b'\r' {
                match tail.first() {
                    Some(b'\n') => &tail[1..],
                    Some(_) => tail,
                    None => {
                        self.after_cr = true;
                        tail
                    }
                }
            } else {
                tail
            };
        }
        self.keep(block);
    }

    /// Gives the last line, if the file does not end with a line end.
    pub fn finish(&mut self, mut each: impl FnMut(Line<'_>)) {
        if !self.carry.is_empty() || self.too_long {
            self.number += 1;
            each(Line {
                number: self.number,
                bytes: &self.carry,
                ended: false,
                too_long: self.too_long,
            });
            self.carry = Vec::new();
            self.too_long = false;
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = MAX_LINE.saturating_sub(self.carry.len());
        if bytes.len() > room {
            self.too_long = true;
        }
        self.carry
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

/// The text of a line: UTF-8 where it is valid UTF-8, else Windows-1252. No byte is lost.
///
/// `api2hipath` writes Windows-1252 (formats-other-sources 1, rule 1). Deciding line
/// by line also reads files that several programs have written to.
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => {
            encoding_rs::WINDOWS_1252
                .decode_without_bom_handling(bytes)
                .0
        }
    }
}

/// Where a part of the text of [`decode`] stands in the bytes of the line.
pub fn raw_range(bytes: &[u8], text: Range<usize>) -> Range<usize> {
    let mark = bytes.len() - bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).len();
    match decode(bytes) {
        Cow::Borrowed(_) => text.start + mark..text.end + mark,
        // in Windows-1252 every byte is a character
        Cow::Owned(all) => {
            let start = all[..text.start].chars().count();
            let len = all[text].chars().count();
            start + mark..start + len + mark
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(blocks: &[&[u8]]) -> Vec<(u64, Vec<u8>, bool)> {
        let mut out = Vec::new();
        let mut lines = Lines::default();
        let mut each = |l: Line<'_>| out.push((l.number, l.bytes.to_vec(), l.ended));
        for b in blocks {
            lines.feed(b, &mut each);
        }
        lines.finish(&mut each);
        out
    }

    #[test]
    fn every_line_end_is_one_line_end() {
        let want = vec![
            (1, b"a".to_vec(), true),
            (2, b"".to_vec(), true),
            (3, b"b".to_vec(), true),
            (4, b"c".to_vec(), false),
        ];
        assert_eq!(split(&[b"a\r\n\r\nb\rc"]), want);
        assert_eq!(split(&[b"a\r", b"\n\r", b"\nb\r", b"c"]), want);
        assert!(split(&[b""]).is_empty());
    }

    #[test]
    fn a_line_that_is_too_long_is_one_line_and_does_not_grow_memory() {
        let mut lines = Lines::default();
        let mut seen = Vec::new();
        let block = vec![b'x'; 1 << 19];
        for _ in 0..8 {
            lines.feed(&block, |_| panic!("no line has ended"));
        }
        assert!(lines.carry.capacity() <= 2 * MAX_LINE);
        lines.feed(b"\nnext\n", |l| seen.push((l.number, l.too_long)));
        assert_eq!(seen, [(1, true), (2, false)]);
    }

    #[test]
    fn a_part_of_the_text_is_found_in_the_bytes() {
        for line in [
            "Müller;2504".as_bytes(),
            b"M\xfcller;2504",
            b"\xef\xbb\xbfM\xfcller;2504",
        ] {
            let text = decode(line);
            let at = text.find("2504").expect("it is there");
            assert_eq!(&line[raw_range(line, at..at + 4)], b"2504");
        }
    }

    proptest! {
        #[test]
        fn where_the_blocks_are_cut_does_not_matter(text in "[ab\r\n]{0,60}", cut in 0usize..60) {
            let bytes = text.as_bytes();
            let cut = cut.min(bytes.len());
            prop_assert_eq!(split(&[bytes]), split(&[&bytes[..cut], &bytes[cut..]]));
        }
    }
}
