//! The lines of a file that no record has been made of yet, with their bytes.
//!
//! A reader takes the bytes first and tells what it made of which lines; the tape then gives these lines back,
//! byte for byte. Lines that no record and no damage claims pass as they are.

use std::collections::VecDeque;
use std::ops::Range;

use gdpr4k_sources::lines::{decode, raw_range};

use super::Failure;
use crate::retention::edit::Piece;

/// More bytes than this are not kept back for a record to end.
const MAX_HELD: usize = 64 << 20;

/// Bytes from the first line that has not been given back.
#[derive(Default)]
pub(super) struct Tape {
    bytes: Vec<u8>,
    /// Ends of whole lines in `bytes`, behind their line ends.
    ends: VecDeque<usize>,
    /// Bytes that have been looked through for line ends.
    seen: usize,
    /// Lines that have been given back.
    done: u64,
    /// Bytes of `bytes` that have been given back.
    gone: usize,
}

impl Tape {
    /// Takes the next bytes of the file.
    pub(super) fn feed(&mut self, block: &[u8]) -> Result<(), Failure> {
        self.shrink();
        self.bytes.extend_from_slice(block);
        self.look(false);
        if self.bytes.len() > MAX_HELD {
            return Err(Failure::TooWide);
        }
        Ok(())
    }

    /// The file has ended: what is left is a line too.
    pub(super) fn end(&mut self) {
        self.look(true);
        if self.ends.back().map_or(self.gone, |e| *e) < self.bytes.len() {
            self.ends.push_back(self.bytes.len());
        }
    }

    fn look(&mut self, ended: bool) {
        while let Some(at) = memchr::memchr2(b'\n', b'\r', &self.bytes[self.seen..]) {
            let at = self.seen + at;
            let end = match (self.bytes[at], self.bytes.get(at + 1)) {
                (b'\r', Some(b'\n')) => at + 2,
                // a LF may follow in the next block
                (b'\r', None) if !ended => return,
                _ => at + 1,
            };
            self.ends.push_back(end);
            self.seen = end;
        }
        self.seen = self.bytes.len();
    }

    /// Whether a line is here, whole.
    pub(super) fn has(&self, line: u64) -> bool {
        line <= self.done + self.ends.len() as u64
    }

    /// The lines up to this one, byte for byte; they are given back.
    pub(super) fn take_to(&mut self, line: u64) -> &[u8] {
        let count = line.saturating_sub(self.done).min(self.ends.len() as u64);
        let from = self.gone;
        for _ in 0..count {
            if let Some(end) = self.ends.pop_front() {
                self.gone = end;
            }
        }
        self.done += count;
        &self.bytes[from..self.gone]
    }

    /// Drops what was given back, when it is most of what is held.
    fn shrink(&mut self) {
        if self.gone * 2 > self.bytes.len() {
            self.bytes.drain(..self.gone);
            self.seen -= self.gone;
            self.ends.iter_mut().for_each(|e| *e -= self.gone);
            self.gone = 0;
        }
    }
}

/// The bytes of a record with pieces of its text replaced. `raw`: its lines with their line ends.
pub(super) fn replaced(raw: &[u8], pieces: &[Piece]) -> Vec<u8> {
    let lines = Lines::of(raw);
    let mut out = Vec::with_capacity(raw.len() + 64);
    let mut at = 0;
    for piece in pieces {
        let place = lines.raw(&piece.range);
        out.extend_from_slice(&raw[at..place.start]);
        lines.write(&piece.range, &piece.new, &mut out);
        at = place.end;
    }
    out.extend_from_slice(&raw[at..]);
    out
}

/// The lines of a record: bytes, and the text that a reader makes of them.
struct Lines<'r> {
    raw: &'r [u8],
    /// By line: its bytes without line end, its line end, its part of the text.
    lines: Vec<(Range<usize>, Range<usize>, Range<usize>)>,
}

impl<'r> Lines<'r> {
    fn of(raw: &'r [u8]) -> Self {
        let mut lines = Vec::new();
        let (mut at, mut text) = (0, 0);
        while at < raw.len() {
            let end = memchr::memchr2(b'\n', b'\r', &raw[at..]).map_or(raw.len(), |e| at + e);
            let after = match (raw.get(end), raw.get(end + 1)) {
                (Some(b'\r'), Some(b'\n')) => end + 2,
                (Some(_), _) => end + 1,
                (None, _) => end,
            };
            let len = decode(&raw[at..end]).len();
            lines.push((at..end, end..after, text..text + len));
            // readers join lines by LF
            text += len + 1;
            at = after;
        }
        Self { raw, lines }
    }

    fn line(&self, text: usize) -> &(Range<usize>, Range<usize>, Range<usize>) {
        let at = self.lines.partition_point(|l| l.2.start <= text);
        &self.lines[at.saturating_sub(1)]
    }

    /// The bytes of a part of the text.
    fn raw(&self, text: &Range<usize>) -> Range<usize> {
        let place = |at: usize| {
            let (bytes, _, of) = self.line(at);
            let within = raw_range(&self.raw[bytes.clone()], at - of.start..at - of.start);
            bytes.start + within.start
        };
        place(text.start)..place(text.end)
    }

    /// Writes a text in the characters and with the line ends of a part of the record.
    fn write(&self, text: &Range<usize>, new: &str, out: &mut Vec<u8>) {
        let (bytes, end, _) = self.line(text.start);
        let utf8 = std::str::from_utf8(&self.raw[bytes.clone()]).is_ok();
        for (n, part) in new.split('\n').enumerate() {
            if n > 0 {
                out.extend_from_slice(&self.raw[end.clone()]);
            }
            if utf8 {
                out.extend_from_slice(part.as_bytes());
            } else {
                out.extend_from_slice(&encoding_rs::WINDOWS_1252.encode(part).0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_come_back_as_they_were() {
        let mut tape = Tape::default();
        tape.feed(b"a\r\nb\rc\r").unwrap();
        assert!(tape.has(2) && !tape.has(3));
        assert_eq!(tape.take_to(1), b"a\r\n");
        tape.feed(b"\nd").unwrap();
        assert!(tape.has(3) && !tape.has(4));
        assert_eq!(tape.take_to(3), b"b\rc\r\n");
        tape.end();
        assert!(tape.has(4));
        assert_eq!(tape.take_to(9), b"d");
        assert_eq!(tape.take_to(9), b"");
    }

    #[test]
    fn a_line_without_end_is_not_held_for_ever() {
        let mut tape = Tape::default();
        let block = vec![b'x'; MAX_HELD / 2];
        assert!(tape.feed(&block).is_ok() && tape.feed(&block).is_ok());
        assert!(matches!(tape.feed(b"x"), Err(Failure::TooWide)));
    }

    #[test]
    fn pieces_are_replaced_in_the_characters_of_their_line() {
        let cases: [(&[u8], &str, &[u8]); 4] = [
            ("Müller;2504\r\n".as_bytes(), "Öz", "Öz;2504\r\n".as_bytes()),
            (b"M\xfcller;2504\n", "Öz", b"\xd6z;2504\n"),
            (
                b"\xef\xbb\xbfM\xfcller;2504\n",
                "Öz",
                b"\xef\xbb\xbf\xd6z;2504\n",
            ),
            (b"M\xfcller;2504", "", b";2504"),
        ];
        for (raw, new, want) in cases {
            let text = decode(raw.trim_ascii_end()).into_owned();
            let piece = Piece {
                range: 0..text.find(';').unwrap(),
                new: new.to_owned(),
            };
            assert_eq!(replaced(raw, &[piece]), want);
        }
        let raw = b"1;\"M\xfcller\r\nzwei\r\n drei\";4\r\n";
        let text = "1;\"Müller\nzwei\n drei\";4";
        let at = |from: &str, to: &str| text.find(from).unwrap()..text.find(to).unwrap() + to.len();
        let piece = |range, new: &str| Piece {
            range,
            new: new.to_owned(),
        };
        let out = replaced(
            raw,
            &[
                piece(at("Müller", "zwei"), "ä\nö"),
                piece(at("drei", "drei"), "x"),
            ],
        );
        assert_eq!(out, b"1;\"\xe4\r\n\xf6\r\n x\";4\r\n");
    }

    proptest! {
        #[test]
        fn nothing_is_lost(text in "[ab\r\n]{0,60}", cut in 0usize..60, steps in proptest::collection::vec(0u64..70, 0..9)) {
            let bytes = text.as_bytes();
            let cut = cut.min(bytes.len());
            let mut tape = Tape::default();
            let mut out = Vec::new();
            tape.feed(&bytes[..cut]).unwrap();
            for line in &steps {
                out.extend_from_slice(tape.take_to(*line));
            }
            tape.feed(&bytes[cut..]).unwrap();
            tape.end();
            out.extend_from_slice(tape.take_to(u64::MAX));
            prop_assert_eq!(out, bytes);
        }
    }
}
