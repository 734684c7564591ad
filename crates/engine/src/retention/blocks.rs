//! A file as blocks of whole lines, read by all threads at once.
//!
//! A line belongs to the block that it starts in. Every block is read, hashed and given
//! away by one thread; memory does not depend on the size of the file or of its lines.

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use gdpr4k_sources::cdr::{Block, FileForm, Tail};
use gdpr4k_sources::lines::MAX_LINE;
use gdpr4k_store::files::Source;
use gdpr4k_store::rewrite::Content;

use super::Error;
use super::digest::Tree;
use crate::inventory::Progress;

/// Bytes of a block as a rule: it stays in the cache of a core while it is worked on.
pub(super) const BLOCK: usize = 512 << 10;
/// What is read beyond a block at first: the rest of its last line.
const BEYOND: usize = 2 << 10;
/// Zeros behind what was read, so that a field may be loaded with what follows it.
const PADDING: usize = 64;
/// Bytes before a block that tell whether a line starts with it.
const BEFORE: u64 = 2;

/// Lines to be worked on.
pub(super) struct Lines<'a> {
    /// The lines in their bytes, with zeros behind.
    pub(super) block: Block<'a>,
    /// Number of the block, from 0.
    pub(super) turn: u64,
    /// Whether it is the last one.
    pub(super) last: bool,
    /// A line too long to be kept that follows these lines, as a place in the file.
    pub(super) long: Option<Range<u64>>,
}

/// A file to be read.
pub(super) struct Reading<'a> {
    pub(super) source: &'a Source,
    pub(super) form: &'a FileForm,
    /// Whether it is still being written.
    pub(super) growing: bool,
    pub(super) progress: Progress<'a>,
    /// Bytes of a block: 2^n KiB.
    pub(super) block: usize,
}

impl Reading<'_> {
    /// Gives every block to one of the workers that `make` makes; gives the content read, and the workers.
    ///
    /// `each` gives the place up to which lines were whole: the end of the block, but for
    /// records that nothing ends. `give_up` is called when a block will not come any more.
    ///
    /// # Errors
    /// The file cannot be read to its end, or what `each` returns.
    pub(super) fn run<W: Send>(
        &self,
        make: impl Fn() -> W + Sync,
        each: impl Fn(&mut W, Lines<'_>) -> Result<usize, Error> + Sync,
        give_up: impl Fn() + Sync,
    ) -> Result<(Content, Vec<W>), Error> {
        let digest = Mutex::new(Tree::new());
        let workers = Mutex::new(Vec::new());
        let skip_to = self.skip_to()?;
        let blocks = self.source.bytes().div_ceil(self.block as u64);
        if self.form.is_framed() {
            let mut worker = make();
            self.in_order(&digest, &mut worker, &each)?;
            lock(&workers).push(worker);
        } else {
            let shared = Shared {
                reading: self,
                blocks,
                skip_to,
                next: AtomicU64::new(0),
                stopped: AtomicBool::new(false),
                failure: Mutex::new(None),
                digest: &digest,
                give_up: &give_up,
            };
            let threads = rayon::current_num_threads().min(blocks as usize);
            if threads <= 1 {
                let mut worker = make();
                shared.work(&mut worker, &each);
                lock(&workers).push(worker);
            } else {
                rayon::scope(|scope| {
                    for _ in 0..threads {
                        scope.spawn(|_| {
                            let mut worker = make();
                            shared.work(&mut worker, &each);
                            lock(&workers).push(worker);
                        });
                    }
                });
            }
            if let Some(error) = into_inner(shared.failure) {
                return Err(error);
            }
        }
        Ok((into_inner(digest).finish(), into_inner(workers)))
    }

    /// Where the first lines end that the layout skips.
    fn skip_to(&self) -> Result<u64, Error> {
        let (mut head, mut size) = (Vec::new(), 64 << 10);
        if self.form.layout().skip_first == 0 {
            return Ok(0);
        }
        loop {
            head.resize(size, 0);
            let n = self.source.read_at(0, &mut head)?;
            let last = n as u64 == self.source.bytes();
            match self.form.skipped(&head[..n], last) {
                Some(to) => return Ok(to as u64),
                // so many bytes without a line end are no header
                None if last || size > 64 << 20 => return Ok(n as u64),
                None => size *= 4,
            }
        }
    }

    fn add(&self, digest: &Mutex<Tree>, offset: u64, bytes: &[u8]) {
        if self.source.bytes() <= self.block as u64 {
            lock(digest).whole(bytes);
        } else {
            let piece = Tree::hash(self.block, offset, bytes);
            lock(digest).add(piece);
        }
    }

    const fn tail(&self) -> Tail {
        if self.growing {
            Tail::Growing
        } else {
            Tail::End
        }
    }

    /// Reads records that nothing ends, from the start of the file on.
    fn in_order<W>(
        &self,
        digest: &Mutex<Tree>,
        worker: &mut W,
        each: &impl Fn(&mut W, Lines<'_>) -> Result<usize, Error>,
    ) -> Result<(), Error> {
        let (total, size) = (self.source.bytes(), self.block);
        let (mut raw, mut kept, mut at) = (Vec::new(), 0, 0u64);
        for turn in 0.. {
            raw.resize(kept + size + PADDING, 0);
            let room = size.min((total - at) as usize);
            let n = self.source.read_at(at, &mut raw[kept..kept + room])?;
            whole(self.source, n, room)?;
            self.add(digest, at, &raw[kept..kept + n]);
            (self.progress)(n as u64);
            let start = (at == kept as u64).then_some(0);
            at += n as u64;
            let to = kept + n;
            raw[to..].fill(0);
            let last = at == total;
            let lines = Lines {
                block: Block {
                    raw: &raw,
                    from: 0,
                    to,
                    start,
                    skip_to: 0,
                    tail: if last { self.tail() } else { Tail::More },
                },
                turn,
                last,
                long: None,
            };
            let used = each(worker, lines)?;
            if last {
                break;
            }
            raw.copy_within(used..to, 0);
            kept = to - used;
        }
        Ok(())
    }
}

/// What the threads share.
struct Shared<'a> {
    reading: &'a Reading<'a>,
    blocks: u64,
    skip_to: u64,
    next: AtomicU64,
    stopped: AtomicBool,
    failure: Mutex<Option<Error>>,
    digest: &'a Mutex<Tree>,
    give_up: &'a (dyn Fn() + Sync),
}

/// Tells the other threads that a block will not come, also after a panic.
struct GiveUp<'a>(&'a (dyn Fn() + Sync), bool);

impl Drop for GiveUp<'_> {
    fn drop(&mut self) {
        if self.1 {
            (self.0)();
        }
    }
}

impl Shared<'_> {
    /// Takes block after block, until there is none or a thread has failed.
    fn work<W>(&self, worker: &mut W, each: &impl Fn(&mut W, Lines<'_>) -> Result<usize, Error>) {
        let mut raw = Vec::new();
        let mut guard = GiveUp(self.give_up, true);
        while !self.stopped.load(Ordering::Relaxed) {
            let turn = self.next.fetch_add(1, Ordering::Relaxed);
            if turn >= self.blocks {
                break;
            }
            let done = self
                .load(turn, &mut raw)
                .and_then(|lines| each(worker, lines).map(|_| ()));
            if let Err(error) = done {
                self.stopped.store(true, Ordering::Relaxed);
                lock(&self.failure).get_or_insert(error);
                return;
            }
        }
        guard.1 = false;
    }

    /// Reads a block up to the end of the last line that starts in it.
    fn load<'b>(&self, turn: u64, raw: &'b mut Vec<u8>) -> Result<Lines<'b>, Error> {
        let (source, form) = (self.reading.source, self.reading.form);
        let (total, size) = (source.bytes(), self.reading.block);
        let start = turn * size as u64;
        let before = BEFORE.min(start);
        let base = start - before;
        let (lead, body) = (before as usize, size.min((total - start) as usize));
        // the first read; what lies beyond the block is read again with the next one
        let mut filled = fill(source, base, raw, 0, lead + body + BEYOND)?;
        whole(source, filled, lead + body)?;
        self.reading
            .add(self.digest, start, &raw[lead..lead + body]);
        (self.reading.progress)(body as u64);
        let last = start + body as u64 == total;
        let ends = |filled: usize| base + filled as u64 == total;

        let from = match turn {
            0 => Some(0),
            _ => form.next_line(&raw[..filled], lead, ends(filled)),
        };
        // no line starts here: it is all of one that started before
        let from = from.unwrap_or(lead + body).min(lead + body);
        let (mut to, mut long) = (lead + body, None);
        if !last && from < to {
            to = loop {
                if let Some(next) = form.next_line(&raw[..filled], lead + body, ends(filled)) {
                    break next;
                }
                if ends(filled) {
                    break filled;
                }
                if filled > lead + body + MAX_LINE + BEYOND {
                    // the last line is longer than any record: it is not kept, only its place
                    let line = last_line(form, &raw[..filled], from, lead + body);
                    long = Some(base + line as u64..self.line_end(base + filled as u64)?);
                    break line;
                }
                let more = (filled - lead - body).max(BEYOND) * 4;
                filled = fill(source, base, raw, filled, filled + more)?;
            };
        }
        if from >= lead + body {
            to = from;
        }
        let reaches = base + to as u64 == total && long.is_none();
        Ok(Lines {
            block: Block {
                raw: &raw[..filled + PADDING],
                from,
                to,
                start: (turn == 0).then_some(0),
                skip_to: self.skip_to.saturating_sub(base).min(to as u64) as usize,
                tail: if reaches {
                    self.reading.tail()
                } else {
                    Tail::More
                },
            },
            turn,
            last: turn + 1 == self.blocks,
            long,
        })
    }

    /// The end of a line that goes on at `at`.
    fn line_end(&self, at: u64) -> Result<u64, Error> {
        let (source, form) = (self.reading.source, self.reading.form);
        let (mut window, mut at) = (Vec::new(), at);
        loop {
            let base = at - BEFORE;
            let filled = fill(source, base, &mut window, 0, BEFORE as usize + BLOCK)?;
            let last = base + filled as u64 >= source.bytes();
            let found = form.next_line(&window[..filled], BEFORE as usize, last);
            match found {
                Some(next) => return Ok(base + next as u64),
                None if last => return Ok(source.bytes()),
                // a last byte may start a line or not: it is looked at again
                None => at = base + filled as u64 - 1,
            }
        }
    }
}

/// Reads on from what is there up to a length, as far as the file goes; zeros follow.
fn fill(
    source: &Source,
    base: u64,
    raw: &mut Vec<u8>,
    filled: usize,
    to: usize,
) -> Result<usize, Error> {
    if raw.len() < to + PADDING {
        raw.resize(to + PADDING, 0);
    }
    let n = source.read_at(base + filled as u64, &mut raw[filled..to])?;
    let filled = filled + n;
    raw[filled..filled + PADDING].fill(0);
    Ok(filled)
}

/// Refuses a file that has become shorter.
fn whole(source: &Source, found: usize, expected: usize) -> Result<(), Error> {
    if found < expected {
        return Err(source.shortened().into());
    }
    Ok(())
}

/// The start of the last line that starts before `before`.
fn last_line(form: &FileForm, raw: &[u8], from: usize, before: usize) -> usize {
    let mut start = from;
    while let Some(next) = form
        .next_line(raw, start + 1, false)
        .filter(|n| *n < before)
    {
        start = next;
    }
    start
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

pub(super) fn into_inner<T>(mutex: Mutex<T>) -> T {
    mutex
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
