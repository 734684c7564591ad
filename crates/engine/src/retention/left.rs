//! What a block leaves, before it is known where it goes.

use std::ops::Range;

use gdpr4k_sources::cdr::FileForm;

use super::memo::New;

/// Bytes of a piece of the digest tree; also the room in front of what a block leaves.
pub(super) const PIECE: usize = 64 << 10;
/// Bytes that are copied at once, whatever the length: what is too much is written over.
const STEP: usize = 32;
/// Longer runs are copied as a whole.
const SHORT: usize = 8 * STEP;

/// The bytes and lines that stay, and those that go.
#[derive(Debug, Default)]
pub(super) struct Left {
    /// What stays, behind [`PIECE`] bytes of room.
    pub(super) bytes: Vec<u8>,
    /// End of what stays.
    pub(super) end: usize,
    /// Runs of lines of one kind; the last one is still open.
    pub(super) runs: Vec<Run>,
    /// Damaged lines, as places in the block, with their number in it.
    pub(super) damaged: Vec<(Range<usize>, u64, &'static str)>,
    /// Lines.
    pub(super) lines: u64,
}

/// Lines that belong together until it is known whether a header stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) kind: RunKind,
    /// Where what is left of them ends in [`Left::bytes`].
    pub(super) end: usize,
}

/// Kinds of runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RunKind {
    /// A record stays, maybe among others that do not.
    Stays,
    /// Records of which none stays.
    Gone,
    /// Lines that are no records, with signs in them.
    Header,
    /// Blank lines.
    Blank,
}

impl Left {
    /// Makes room for what a block of so many bytes leaves.
    pub(super) fn begin(&mut self, bytes: usize) {
        // mostly it does not become longer
        let room = PIECE + bytes + bytes / 8 + 4096;
        if self.bytes.len() < room {
            self.bytes.resize(room, 0);
        }
        self.end = PIECE;
        self.runs.clear();
        self.damaged.clear();
        self.lines = 0;
    }

    /// Copies the bytes from `from` to `to`.
    #[inline]
    pub(super) fn copy(&mut self, raw: &[u8], from: usize, to: usize) {
        let length = to - from;
        self.room(length);
        let out = &mut self.bytes[self.end..];
        if length <= SHORT
            && let (Some(out), Some(raw)) = (
                out.get_mut(..length.next_multiple_of(STEP)),
                raw.get(from..from + length.next_multiple_of(STEP)),
            )
        {
            let (out, _) = out.as_chunks_mut::<STEP>();
            let (raw, _) = raw.as_chunks::<STEP>();
            out.iter_mut().zip(raw).for_each(|(to, from)| *to = *from);
        } else {
            out[..length].copy_from_slice(&raw[from..to]);
        }
        self.end += length;
    }

    /// Writes what takes the place of a field.
    #[inline]
    pub(super) fn put(&mut self, new: New<'_>, form: &FileForm) {
        let start = self.end;
        match new {
            New::Short(bytes, length) => {
                self.room(bytes.len());
                if let Some(out) = self.bytes[start..].first_chunk_mut() {
                    *out = *bytes;
                }
                self.end += length;
            }
            New::Filled {
                core: (bytes, length),
                lead,
                total,
                fill,
            } => {
                self.room(total);
                let out = &mut self.bytes[start..start + total];
                out.fill(fill);
                out[lead..lead + length].copy_from_slice(&bytes[..length]);
                self.end += total;
            }
            New::Long(bytes) => {
                self.room(bytes.len());
                self.bytes[start..start + bytes.len()].copy_from_slice(bytes);
                self.end += bytes.len();
            }
        }
        if form.is_translated() {
            form.encode(&mut self.bytes[start..self.end]);
        }
    }

    #[inline]
    fn room(&mut self, more: usize) {
        let needed = self.end + more + 2 * STEP;
        if self.bytes.len() < needed {
            self.bytes.resize(needed + needed / 2, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn copies_are_what_was_there(cuts in proptest::collection::vec(0usize..900, 1..40)) {
            let raw: Vec<u8> = (0..1000u32).map(|i| (i * i % 253) as u8).collect();
            let mut left = Left::default();
            left.begin(0);
            left.bytes.truncate(PIECE + 10);
            let mut want = Vec::new();
            for pair in cuts.windows(2) {
                let (from, to) = (pair[0].min(pair[1]), pair[0].max(pair[1]));
                left.copy(&raw, from, to);
                want.extend_from_slice(&raw[from..to]);
                prop_assert_eq!(&left.bytes[PIECE..left.end], &want[..]);
            }
            // up to the very end of what there is
            left.copy(&raw, 990, 1000);
            want.extend_from_slice(&raw[990..]);
            prop_assert_eq!(&left.bytes[PIECE..left.end], &want[..]);
        }
    }
}
