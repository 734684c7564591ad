//! Where records end in a stream of blocks, and where a big file may be cut into parts.

use super::frame::Framer;
use super::layout::{Layout, RecordEnd};
use crate::lines::MAX_LINE;

/// Splits blocks at the record end of the layout, with bounded memory.
#[derive(Debug)]
pub(super) struct Splitter {
    end: RecordEnd,
    carry: Vec<u8>,
    too_long: bool,
    /// The block before ended with CR: a LF that follows belongs to it.
    after_cr: bool,
}

impl Splitter {
    pub(super) const fn new(end: RecordEnd) -> Self {
        Self {
            end,
            carry: Vec::new(),
            too_long: false,
            after_cr: false,
        }
    }

    /// Gives every whole line and whether it was too long to be kept.
    pub(super) fn feed(&mut self, mut block: &[u8], mut each: impl FnMut(&[u8], bool)) {
        if self.after_cr && !block.is_empty() {
            self.after_cr = false;
            if block[0] == b'\n' {
                block = &block[1..];
            }
        }
        while let Some((end, next)) = self.find(block) {
            let head = &block[..end];
            if self.carry.is_empty() && !self.too_long {
                each(head, head.len() > MAX_LINE);
            } else {
                self.keep(head);
                each(&self.carry, self.too_long);
                self.carry.clear();
                self.too_long = false;
            }
            block = &block[next..];
        }
        self.keep(block);
    }

    /// The unfinished rest and whether it is too long; none where the last line has its end.
    pub(super) fn rest(&mut self) -> Option<(Vec<u8>, bool)> {
        let too_long = std::mem::take(&mut self.too_long);
        let carry = std::mem::take(&mut self.carry);
        (too_long || !carry.is_empty()).then_some((carry, too_long))
    }

    /// End of the first line in the block, and start of the next.
    #[inline]
    fn find(&mut self, block: &[u8]) -> Option<(usize, usize)> {
        match self.end {
            RecordEnd::Auto | RecordEnd::None => {
                let at = memchr::memchr2(b'\n', b'\r', block)?;
                if block[at] == b'\n' {
                    return Some((at, at + 1));
                }
                match block.get(at + 1) {
                    Some(b'\n') => Some((at, at + 2)),
                    Some(_) => Some((at, at + 1)),
                    None => {
                        self.after_cr = true;
                        Some((at, at + 1))
                    }
                }
            }
            RecordEnd::Lf => {
                let at = memchr::memchr(b'\n', block)?;
                Some((at, at + 1))
            }
            RecordEnd::Cr => {
                let at = memchr::memchr(b'\r', block)?;
                Some((at, at + 1))
            }
            RecordEnd::CrLf => {
                let mut from = 0;
                loop {
                    let at = from + memchr::memchr(b'\n', &block[from..])?;
                    if at == 0 {
                        if self.carry.last() == Some(&b'\r') {
                            self.carry.pop();
                            return Some((0, 1));
                        }
                    } else if block[at - 1] == b'\r' {
                        return Some((at - 1, at + 1));
                    }
                    from = at + 1;
                }
            }
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

/// Where a file of this layout may be cut, so that parts can be read on their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Boundary {
    /// After any of these bytes: LF, or CR where the file has no LF.
    After(u8),
    /// Where a record of so many bytes begins: at a multiple of them, as long as no byte is lost.
    Multiple(usize),
    /// Nowhere: records follow each other without an end and with different lengths.
    Nowhere,
}

/// Where a file may be cut, judged by the layout and the first bytes of the file.
///
/// Pass at least a few thousand bytes, or the whole file.
pub fn boundary(layout: &Layout, head: &[u8]) -> Boundary {
    if layout.frame.is_some() {
        // only the whole file knows whether its last line is there
        return Boundary::Nowhere;
    }
    let table = layout.encoding.settle(head).table();
    let raw = |byte: u8| {
        // the byte that stands for a line end in this code page
        table.map_or(Some(byte), |t| {
            head.iter().copied().find(|b| t[usize::from(*b)] == byte)
        })
    };
    let has = |byte: u8| raw(byte).is_some_and(|b| memchr::memchr(b, head).is_some());
    let after = |byte: u8| raw(byte).map_or(Boundary::Nowhere, Boundary::After);
    match layout.record_end {
        RecordEnd::CrLf | RecordEnd::Lf => after(b'\n'),
        RecordEnd::Cr => after(b'\r'),
        RecordEnd::Auto if has(b'\n') => after(b'\n'),
        RecordEnd::Auto if has(b'\r') => after(b'\r'),
        // one line without an end, longer than the head: not records by their length
        RecordEnd::Auto if !frames(layout, head, table) => Boundary::Nowhere,
        RecordEnd::Auto | RecordEnd::None => match layout.variants.as_slice() {
            [only] => only.width().map_or(Boundary::Nowhere, Boundary::Multiple),
            _ => Boundary::Nowhere,
        },
    }
}

/// Whether the reader will find records by their length alone in a file with this head.
fn frames(layout: &Layout, head: &[u8], table: Option<&'static [u8; 256]>) -> bool {
    let mut text = head.to_vec();
    if let Some(table) = table {
        text.iter_mut().for_each(|b| *b = table[usize::from(*b)]);
    }
    layout.frameable() && Framer::starts(layout, &text)
}

impl Boundary {
    /// The first offset at or after `from` where a part may start, given the bytes from `from` on.
    ///
    /// None where the window holds no such place: read on, or make one part of it.
    pub fn next(self, layout: &Layout, from: u64, window: &[u8]) -> Option<u64> {
        match self {
            Self::After(byte) => memchr::memchr(byte, window).map(|i| from + i as u64 + 1),
            Self::Multiple(0) | Self::Nowhere => None,
            Self::Multiple(n) => {
                let mut text = window[..window.len().min(8 * n)].to_vec();
                if let Some(table) = layout.encoding.table() {
                    text.iter_mut().for_each(|b| *b = table[usize::from(*b)]);
                }
                let starts = |at: &usize| {
                    text.get(*at..)
                        .is_some_and(|rest| Framer::starts(layout, rest))
                };
                // lost or added bytes before this place move all records after them
                let aligned = (from.div_ceil(n as u64) * n as u64 - from) as usize;
                let at = std::iter::once(aligned).chain(0..4 * n).find(starts)?;
                Some(from + at as u64)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(end: RecordEnd, blocks: &[&[u8]]) -> Vec<Vec<u8>> {
        let mut out = Vec::new();
        let mut splitter = Splitter::new(end);
        for b in blocks {
            splitter.feed(b, |l, _| out.push(l.to_vec()));
        }
        out.extend(splitter.rest().map(|r| r.0));
        out
    }

    #[test]
    fn only_the_declared_record_end_ends_a_record() {
        let text = b"a\r\nb\nc\rd";
        let v = |list: &[&str]| -> Vec<Vec<u8>> {
            list.iter().map(|s| s.as_bytes().to_vec()).collect()
        };
        assert_eq!(split(RecordEnd::Auto, &[text]), v(&["a", "b", "c", "d"]));
        assert_eq!(split(RecordEnd::CrLf, &[text]), v(&["a", "b\nc\rd"]));
        assert_eq!(split(RecordEnd::Lf, &[text]), v(&["a\r", "b", "c\rd"]));
        assert_eq!(split(RecordEnd::Cr, &[text]), v(&["a", "\nb\nc", "d"]));
    }

    #[test]
    fn memory_does_not_grow_with_a_line() {
        let mut splitter = Splitter::new(RecordEnd::Auto);
        for _ in 0..8 {
            splitter.feed(&vec![b'x'; MAX_LINE / 2], |_, _| {
                panic!("no line has ended")
            });
        }
        assert!(splitter.carry.capacity() <= 2 * MAX_LINE);
    }

    proptest! {
        #[test]
        fn where_blocks_are_cut_does_not_matter(text in "[ab\r\n]{0,40}", cut in 0usize..40) {
            let bytes = text.as_bytes();
            let (a, b) = bytes.split_at(cut.min(bytes.len()));
            for end in [RecordEnd::Auto, RecordEnd::CrLf, RecordEnd::Lf, RecordEnd::Cr] {
                prop_assert_eq!(split(end, &[bytes]), split(end, &[a, b]), "{:?}", end);
            }
        }
    }
}
