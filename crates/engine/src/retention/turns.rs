//! Blocks that were worked on side by side, written in their order.
//!
//! A block waits for its turn only to learn where it goes; hashing and writing happen
//! side by side again. What is written are whole pieces of the digest tree, so that no
//! two threads ever write to the same page; the rest is carried over to the next block.

use std::ops::Range;
use std::sync::{Condvar, Mutex};

use gdpr4k_store::files::Source;
use gdpr4k_store::rewrite::{Content, Output, Quarantine};

use super::Error;
use super::blocks::{Lines, into_inner, lock};
use super::digest::Tree;
use super::left::{Left, PIECE, Run, RunKind};

/// After so many bytes the system is asked to bring them to the disk.
const WRITE_BACK: u64 = 8 << 20;
/// Headers that wait for a record of their block, at most.
const LONGEST_HEADER: usize = 1 << 20;
/// Damaged lines whose place is told.
const TOLD: usize = 1_000;

/// A damaged line that was put aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Aside {
    /// Its number in the file that was read, from 1.
    pub(crate) line: u64,
    /// Its length in bytes, with its end.
    pub(crate) bytes: u64,
    /// Code of the finding.
    pub(crate) code: &'static str,
}

/// The turns of a file.
#[derive(Debug)]
pub(super) struct Turns<'a> {
    output: &'a Output,
    quarantine: &'a Quarantine,
    source: &'a Source,
    state: Mutex<State>,
    changed: Condvar,
    tree: Mutex<Tree>,
}

#[derive(Debug, Default)]
struct State {
    /// Whose turn it is; none any more after a failure.
    turn: u64,
    failed: bool,
    /// Where the carried bytes go.
    offset: u64,
    carry: Vec<u8>,
    header: Header,
    lines: u64,
    aside: Vec<Aside>,
    damaged: u64,
    /// Up to here the system was asked to write.
    asked: u64,
}

/// Lines that stay only if a record of their block does (cli.md 4, "Files").
#[derive(Debug, Default)]
struct Header {
    bytes: Vec<u8>,
    /// Whether the block had records, none of which stays so far.
    had: bool,
}

impl<'a> Turns<'a> {
    pub(super) fn new(source: &'a Source, output: &'a Output, quarantine: &'a Quarantine) -> Self {
        Self {
            output,
            quarantine,
            source,
            state: Mutex::default(),
            changed: Condvar::new(),
            tree: Mutex::new(Tree::new()),
        }
    }

    /// Waits for the turn of a block, then writes what is left of it.
    ///
    /// # Errors
    /// The file or the quarantine cannot be written, or another block failed; then no block is written any more.
    pub(super) fn write(&self, lines: &Lines<'_>, left: &mut Left) -> Result<(), Error> {
        let Some((offset, range)) = self.take_turn(lines, left)? else {
            return Ok(());
        };
        let bytes = &left.bytes[range];
        let written = self.put(offset, bytes, lines.last);
        if written.is_err() {
            self.fail();
        }
        written
    }

    /// So that nobody waits for a block that will not come.
    pub(super) fn fail(&self) {
        lock(&self.state).failed = true;
        self.changed.notify_all();
    }

    /// What was written, the damaged lines put aside, and how many there were.
    pub(super) fn finish(self) -> (Content, Vec<Aside>, u64) {
        let state = into_inner(self.state);
        (into_inner(self.tree).finish(), state.aside, state.damaged)
    }

    /// Where the block goes, and which of its bytes; none after the failure of another one.
    fn take_turn(
        &self,
        lines: &Lines<'_>,
        left: &mut Left,
    ) -> Result<Option<(u64, Range<usize>)>, Error> {
        let mut state = lock(&self.state);
        while state.turn != lines.turn && !state.failed {
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(std::sync::PoisonError::into_inner);
        }
        if state.failed {
            return Ok(None);
        }
        let taken = self.settle(&mut state, lines, left);
        state.failed |= taken.is_err();
        state.turn += 1;
        drop(state);
        self.changed.notify_all();
        taken.map(Some)
    }

    fn settle(
        &self,
        state: &mut State,
        lines: &Lines<'_>,
        left: &mut Left,
    ) -> Result<(u64, Range<usize>), Error> {
        for (place, number, code) in &left.damaged {
            self.quarantine.keep(&lines.block.raw[place.clone()])?;
            state.aside(state.lines + number, place.len() as u64, code);
        }
        state.lines += left.lines;
        if let Some(place) = &lines.long {
            self.keep_long(place.clone())?;
            state.lines += 1;
            state.aside(state.lines, place.end - place.start, "G4K-107");
            left.runs.push(Run {
                kind: RunKind::Gone,
                end: left.end,
            });
        }
        state.header.settle(left, lines.last);
        let from = PIECE - state.carry.len();
        left.bytes[from..PIECE].copy_from_slice(&state.carry);
        let whole = match lines.last {
            true => left.end - from,
            false => (left.end - from) / PIECE * PIECE,
        };
        let range = from..from + whole;
        state.carry.clear();
        state
            .carry
            .extend_from_slice(&left.bytes[range.end..left.end]);
        let offset = state.offset;
        state.offset += whole as u64;
        Ok((offset, range))
    }

    fn put(&self, offset: u64, bytes: &[u8], last: bool) -> Result<(), Error> {
        if last && offset == 0 && bytes.len() <= PIECE {
            lock(&self.tree).whole(bytes);
        } else {
            for (i, piece) in bytes.chunks(PIECE).enumerate() {
                let piece = Tree::hash(PIECE, offset + (i * PIECE) as u64, piece);
                lock(&self.tree).add(piece);
            }
        }
        if bytes.is_empty() {
            return Ok(());
        }
        self.output.write_at(offset, bytes)?;
        let mut state = lock(&self.state);
        // blocks of other threads may lie behind and not be written yet: the next time reaches them
        let (from, to) = (state.asked, offset);
        if to >= from + WRITE_BACK {
            state.asked = to;
            drop(state);
            self.output.start_writing(from, to - from);
        }
        Ok(())
    }

    /// Puts a line aside that is too long to be kept in memory, piece by piece.
    fn keep_long(&self, place: Range<u64>) -> Result<(), Error> {
        let mut piece = vec![0; PIECE];
        let mut at = place.start;
        while at < place.end {
            let room = PIECE.min((place.end - at) as usize);
            let n = self.source.read_at(at, &mut piece[..room])?;
            if n < room {
                return Err(self.source.shortened().into());
            }
            self.quarantine.keep(&piece[..n])?;
            at += n as u64;
        }
        Ok(())
    }
}

impl State {
    fn aside(&mut self, line: u64, bytes: u64, code: &'static str) {
        self.damaged += 1;
        if self.aside.len() < TOLD {
            self.aside.push(Aside { line, bytes, code });
        }
    }
}

impl Header {
    /// Takes the headers out of what is left of a block whose records are gone, and puts in those that waited.
    fn settle(&mut self, left: &mut Left, last: bool) {
        let headers = |r: &Run| matches!(r.kind, RunKind::Header);
        if self.bytes.is_empty() && !left.runs.iter().any(headers) {
            return;
        }
        let mut out = vec![0; PIECE];
        let mut from = PIECE;
        for run in std::mem::take(&mut left.runs) {
            let bytes = &left.bytes[from..run.end];
            from = run.end;
            match run.kind {
                RunKind::Stays => {
                    out.append(&mut self.bytes);
                    self.had = false;
                    out.extend_from_slice(bytes);
                }
                RunKind::Gone => {
                    // a byte order mark stays
                    out.extend_from_slice(bytes);
                    self.had = true;
                }
                RunKind::Header => {
                    if self.had {
                        self.bytes.clear();
                        self.had = false;
                    }
                    self.bytes.extend_from_slice(bytes);
                }
                // a blank line stays with the header before it
                RunKind::Blank if self.bytes.is_empty() => out.extend_from_slice(bytes),
                RunKind::Blank => self.bytes.extend_from_slice(bytes),
            }
            if self.bytes.len() > LONGEST_HEADER {
                // no header is that long
                out.append(&mut self.bytes);
            }
        }
        if last && !self.had {
            // what stands at the end belongs to the file
            out.append(&mut self.bytes);
        }
        left.end = out.len();
        left.bytes = out;
    }
}
