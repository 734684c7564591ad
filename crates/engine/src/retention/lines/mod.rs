//! Files that are read line by line: journals, logs, syslog, text traces, notepads, records of Performance
//! Management with a mapping.
//!
//! The readers of a scan read them; records that are due are taken out with all their lines, values are
//! replaced byte by byte, and everything else stays as it is.

mod tape;
#[cfg(test)]
mod tests;
pub(crate) mod wide;

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::sync::Arc;

use chrono::NaiveDate;
use gdpr4k_model::Finding;
use gdpr4k_model::catalogue::ElementIx;
use gdpr4k_model::number::Access;
use gdpr4k_model::retention::{Census, Treatment};
use gdpr4k_policy::cells::Threshold;
use gdpr4k_policy::holds::FileHolds;
use gdpr4k_policy::mask::{Masker, Place, Side, Step};
use gdpr4k_policy::token::{Collisions, Memo, TokenKeys};
use gdpr4k_policy::treat::{ClusterRule, Order};
use gdpr4k_sources::people::Hit;
use gdpr4k_sources::people::search::Found;
use gdpr4k_sources::record::Account;
use gdpr4k_sources::{Fact, Reader, Record, Sink};

use super::Error;
use super::counts::Counts;
use super::edit::{Editor, Piece, Placed};
use super::facts::{Buckets, Fate, FileContext, Judge, RecordFacts};
use super::turns::Aside;
use tape::{Tape, replaced};
use wide::{Narrow, Widen};

/// Damaged lines whose place is told.
const TOLD: usize = 1_000;
/// Different shortened tokens that are compared with each other.
const COLLISIONS: usize = 1 << 16;

/// What stops the treatment of one file; the file stays as it was.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// It cannot be read.
    #[error("it cannot be read")]
    Read(#[source] std::io::Error),
    /// The new one cannot be written.
    #[error("the new file cannot be written")]
    Write(#[source] std::io::Error),
    /// A key is not there.
    #[error(transparent)]
    Key(Box<Error>),
    /// A record or a damaged stretch is too long to be kept in memory.
    #[error("a record is longer than 64 MiB")]
    TooWide,
    /// It is UTF-16 with half characters, which would not come out as they went in.
    #[error("it is UTF-16 with half characters")]
    Characters,
    /// The plan says that it is rewritten, and it cannot be.
    #[error("it cannot be rewritten record by record")]
    NotByRecord,
}

/// Gives the key of the quarter of a start day, for the domain of the file.
pub(crate) type Keys<'k> = &'k dyn Fn(NaiveDate) -> Result<Arc<TokenKeys>, Error>;

/// What a file holds, and what has to be said about it.
pub(crate) struct Taken {
    pub(crate) census: Census,
    pub(crate) findings: Vec<Finding>,
}

/// Reads a file and says what it holds.
///
/// `growing`: it is still being written. Digest and size are the caller's.
///
/// # Errors
/// It cannot be read.
pub(crate) fn census(
    file: FileContext<'_>,
    reader: &mut dyn Reader,
    input: &mut dyn Read,
    growing: bool,
) -> Result<Taken, Failure> {
    let mut counter = Counter::new(file);
    let mut narrow = Narrow::new(input, false);
    let mut block = Vec::new();
    narrow.next(&mut block)?;
    while !block.is_empty() {
        reader.feed(&block, &mut counter);
        narrow.next(&mut block)?;
    }
    let half = narrow.lost;
    let account = reader.finish(growing, &mut counter);
    let Counter {
        records,
        buckets,
        whole,
    } = counter;
    let by_record = !whole && !half;
    let mut findings = Vec::new();
    let told = |code| Finding::new(code).path(file.path);
    if whole {
        findings.push(told("G4K-780"));
    }
    if half {
        findings.push(told("G4K-781"));
    }
    if records.unplaced > 0 {
        findings.push(told("G4K-782").with("count", records.unplaced));
    }
    Ok(Taken {
        census: buckets.census(&records.judge, account.rejected, by_record),
        findings,
    })
}

/// What a file is rewritten with.
pub(crate) struct Tools<'t> {
    /// The suspensions that may concern the file.
    pub(crate) holds: &'t FileHolds<'t>,
    /// Keys of tokens.
    pub(crate) keys: Keys<'t>,
    /// What figures about groups need so that they may be said.
    pub(crate) threshold: Threshold,
}

/// Writes a file anew: without what is due for deletion, with new values where stages are due.
///
/// Damaged lines go to the quarantine with their line ends. Everything else is written byte for byte.
///
/// # Errors
/// It cannot be read or written, or a key is missing; what was written so far is of no use.
pub(crate) fn rewrite(
    file: FileContext<'_>,
    tools: &Tools<'_>,
    reader: &mut dyn Reader,
    input: &mut dyn Read,
    output: &mut dyn Write,
    quarantine: &mut dyn Write,
) -> Result<Counts, Failure> {
    let mut narrow = Narrow::new(input, true);
    let mut block = Vec::new();
    narrow.next(&mut block)?;
    let mut writer = Writer {
        tape: Tape::default(),
        output: Widen::new(output, narrow.width),
        quarantine: Widen::new(quarantine, narrow.width),
    };
    let mut treater = Treater {
        records: Parts::new(file),
        holds: tools.holds,
        pen: Pen::new(tools.keys),
        acts: VecDeque::new(),
        settled: 0,
        counts: Counts::default(),
        damaged: 0,
        aside: Vec::new(),
        failure: None,
    };
    while !block.is_empty() {
        writer.tape.feed(&block)?;
        reader.feed(&block, &mut treater);
        treater.write(&mut writer, false)?;
        narrow.next(&mut block)?;
    }
    let _: Account = reader.finish(false, &mut treater);
    writer.tape.end();
    treater.write(&mut writer, true)?;
    let mut counts = std::mem::take(&mut treater.counts);
    let aside = std::mem::take(&mut treater.aside);
    treater.pen.count(&mut counts, treater.damaged, aside);
    Ok(counts)
}

/// The values of records, as stages see them.
struct Parts<'a> {
    judge: Judge<'a>,
    hits: Vec<Hit>,
    /// Values whose place cannot be told, so that nothing can be done to them.
    unplaced: u64,
}

impl<'a> Parts<'a> {
    fn new(file: FileContext<'a>) -> Self {
        Self {
            judge: Judge::new(file),
            hits: Vec::new(),
            unplaced: 0,
        }
    }

    /// Facts and values of a record.
    fn of<'r>(&mut self, record: &Record<'r>) -> (RecordFacts, Vec<Placed<'r>>) {
        let eyes = self.judge.file.eyes;
        let mut found: Vec<Found<'r>> = Vec::new();
        for value in record
            .values
            .iter()
            .filter(|v| eyes.texts.is_text(v.element))
        {
            let catalogue = self.judge.file.book.catalogue;
            let cluster = record
                .cluster
                .unwrap_or_else(|| catalogue.cluster_of(value.element));
            eyes.look(
                value.text,
                Some(value.element),
                cluster,
                &mut self.hits,
                &mut found,
            );
        }
        let values = record
            .values
            .iter()
            .copied()
            .chain(found.iter().map(|f| f.value));
        let cells = record.origin.cells();
        let mut placed = Vec::new();
        for value in values {
            match record.origin.range(value.text) {
                Some(range) => {
                    let place = self.placed(
                        record,
                        &cells,
                        (value.element, value.access),
                        value.text,
                        range,
                    );
                    placed.extend(place);
                }
                None => self.unplaced += u64::from(record.origin.last > 0),
            }
        }
        let elements = record.values.iter().map(|v| v.element);
        let parts: Vec<_> = placed.iter().map(|p| p.part.clone()).collect();
        let facts = self
            .judge
            .facts(record.cluster, elements, record.day, &parts);
        (facts, placed)
    }

    fn placed<'r>(
        &self,
        record: &Record<'r>,
        cells: &[std::ops::Range<usize>],
        (element, access): (ElementIx, Access),
        value: &'r [u8],
        range: std::ops::Range<usize>,
    ) -> Option<Placed<'r>> {
        let origin = &record.origin;
        let cell = cells
            .iter()
            .find(|c| c.start <= range.start && range.end <= c.end);
        let escaping = origin.escaping(&range);
        let unit = cell.cloned().unwrap_or(0..origin.text.len());
        // a field of fixed width keeps it
        let fills =
            cell.is_some_and(|c| origin.text[c.clone()].trim() == &origin.text[range.clone()]);
        let (field, range, width) = if origin.is_fixed() && fills {
            let field = origin.text[unit.clone()].as_bytes();
            let side = if field.first() == Some(&b' ') {
                Side::Right
            } else {
                Side::Left
            };
            let place = Place {
                width: Some(field.len()),
                side,
                ..Place::default()
            };
            (field, unit.clone(), Some(place))
        } else {
            (value, range, None)
        };
        Some(Placed {
            part: self.judge.part(element, field, access, width)?,
            range,
            escaping,
            unit,
        })
    }
}

/// Counts records.
pub(crate) struct Counter<'a> {
    records: Parts<'a>,
    buckets: Buckets,
    /// Whether lines and records do not go together, as in XML.
    whole: bool,
}

impl<'a> Counter<'a> {
    pub(crate) fn new(file: FileContext<'a>) -> Self {
        Self {
            records: Parts::new(file),
            buckets: Buckets::default(),
            whole: false,
        }
    }

    /// The census of a file that stays or goes with all its records; `unread`: members and lines without one.
    pub(crate) fn whole_file(self, unread: u64) -> Taken {
        let judge = &self.records.judge;
        let census = self.buckets.census(judge, 0, false);
        let path = judge.file.path;
        let findings =
            (unread > 0).then(|| Finding::new("G4K-788").path(path).with("count", unread));
        Taken {
            census,
            findings: findings.into_iter().collect(),
        }
    }
}

impl Sink for Counter<'_> {
    fn record(&mut self, record: &Record<'_>) {
        self.whole |= record.origin.last == 0;
        let (facts, _) = self.records.of(record);
        self.buckets.add(facts);
    }
    fn fact(&mut self, _: Fact) {}
    fn finding(&mut self, _: Finding) {}
}

/// What happens to some lines.
enum Act {
    /// They go.
    Drop(u64, u64),
    /// Pieces of their text are replaced.
    Edit(u64, u64, Vec<Piece>),
    /// It goes to the quarantine.
    Damaged(u64),
}

/// Decides about records.
struct Treater<'t, 'a> {
    records: Parts<'a>,
    holds: &'t FileHolds<'t>,
    pen: Pen<'t>,
    acts: VecDeque<Act>,
    /// Lines up to this one have been decided about.
    settled: u64,
    counts: Counts,
    damaged: u64,
    aside: Vec<Aside>,
    failure: Option<Failure>,
}

impl Sink for Treater<'_, '_> {
    fn record(&mut self, record: &Record<'_>) {
        if self.failure.is_some() {
            return;
        }
        let (first, last) = (record.line, record.origin.last);
        if last == 0 {
            self.failure = Some(Failure::NotByRecord);
            return;
        }
        let (facts, mut placed) = self.records.of(record);
        self.settled = last;
        let fate = self.records.judge.fate(&facts, self.holds);
        let judge = &self.records.judge;
        let cluster = judge.file.book.cluster(facts.cluster);
        match fate {
            Fate::Keep | Fate::Wait => self.counts.stays(cluster, false),
            Fate::Held => self.counts.stays(cluster, true),
            Fate::Treat(order) => {
                self.counts.treated(cluster, &order, facts.day);
                if order.action == Treatment::Delete {
                    self.acts.push_back(Act::Drop(first, last));
                    return;
                }
                let text = record.origin.text;
                match self.pen.record(judge, text, &mut placed, &facts, &order) {
                    Ok(pieces) => self.acts.push_back(Act::Edit(first, last, pieces)),
                    Err(failure) => self.failure = Some(failure),
                }
            }
        }
    }

    fn fact(&mut self, _: Fact) {}

    fn finding(&mut self, finding: Finding) {
        // the finding of a damaged line comes behind it
        let of_it = |a: &&mut Aside| Some(a.line) == finding.line && a.code.is_empty();
        if let Some(aside) = self.aside.last_mut().filter(of_it) {
            aside.code = finding.code;
        }
    }

    fn damaged(&mut self, line: u64) {
        self.settled = line;
        self.damaged += 1;
        self.acts.push_back(Act::Damaged(line));
        if self.aside.len() < TOLD {
            self.aside.push(Aside {
                line,
                bytes: 0,
                code: "",
            });
        }
    }
}

impl Treater<'_, '_> {
    /// Writes what has been decided.
    fn write(&mut self, writer: &mut Writer<'_>, ended: bool) -> Result<(), Failure> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        while let Some(act) = self.acts.front() {
            let (first, last) = match act {
                Act::Drop(first, last) | Act::Edit(first, last, _) => (*first, *last),
                Act::Damaged(line) => (*line, *line),
            };
            if !writer.tape.has(last) {
                return Ok(());
            }
            writer.output.write(writer.tape.take_to(first - 1))?;
            let lines = writer.tape.take_to(last);
            match act {
                Act::Drop(..) => {}
                Act::Edit(_, _, pieces) => writer.output.write(&replaced(lines, pieces))?,
                Act::Damaged(line) => {
                    if let Some(aside) = self.aside.iter_mut().find(|a| a.line == *line) {
                        aside.bytes = lines.len() as u64;
                    }
                    writer.quarantine.write(lines)?;
                }
            }
            self.acts.pop_front();
        }
        let settled = if ended { u64::MAX } else { self.settled };
        writer.output.write(writer.tape.take_to(settled))
    }
}

/// Where lines go.
struct Writer<'w> {
    tape: Tape,
    output: Widen<'w>,
    quarantine: Widen<'w>,
}

/// Writes new values, with the key of the quarter of each record.
pub(super) struct Pen<'t> {
    keys: Keys<'t>,
    /// Stands in where no token is written.
    none: TokenKeys,
    memo: Memo,
    collisions: Collisions,
    pub(super) emptied: u64,
}

impl<'t> Pen<'t> {
    pub(super) fn new(keys: Keys<'t>) -> Self {
        Self {
            keys,
            none: TokenKeys::new(u32::MAX, &unused_key(), 1),
            memo: Memo::new(8),
            collisions: Collisions::new(COLLISIONS),
            emptied: 0,
        }
    }

    /// Adds what happened to values, and the damaged lines that were put aside.
    pub(super) fn count(&self, counts: &mut Counts, damaged: u64, mut aside: Vec<Aside>) {
        aside.truncate(TOLD);
        counts.put_aside(damaged, aside, self.collisions.seen());
        counts.emptied = self.emptied;
    }

    /// The pieces of a record that an order changes.
    fn record(
        &mut self,
        judge: &Judge<'_>,
        text: &str,
        placed: &mut [Placed<'_>],
        facts: &RecordFacts,
        order: &Order,
    ) -> Result<Vec<Piece>, Failure> {
        self.with(judge, facts, order, |editor| {
            editor.record(text, placed, facts, order)
        })
    }

    /// Lends an editor for one record.
    pub(super) fn with<T>(
        &mut self,
        judge: &Judge<'_>,
        facts: &RecordFacts,
        order: &Order,
        edit: impl FnOnce(&mut Editor<'_, '_>) -> T,
    ) -> Result<T, Failure> {
        let book = judge.file.book;
        let Some(rule) = book.rules.cluster(book.cluster(facts.cluster)) else {
            return Err(Failure::NotByRecord);
        };
        let keys = match writes_tokens(rule, order) {
            true => Some((self.keys)(facts.day).map_err(|e| Failure::Key(Box::new(e)))?),
            false => None,
        };
        let mut editor = Editor {
            judge,
            rule,
            masker: Masker {
                numbers: &book.numbers,
                keys: keys.as_deref().unwrap_or(&self.none),
                memo: &mut self.memo,
                collisions: &mut self.collisions,
            },
            emptied: 0,
        };
        let out = edit(&mut editor);
        self.emptied += editor.emptied;
        Ok(out)
    }
}

/// Whether an order writes tokens.
fn writes_tokens(rule: &ClusterRule, order: &Order) -> bool {
    let due = |bit: u8| order.stages & (1 << bit) != 0;
    rule.masks()
        .iter()
        .any(|(bit, mask)| due(*bit) && mask.step == Step::Token)
}

/// A key that nobody knows: were a token ever written with it, nobody could tell whose it is.
fn unused_key() -> [u8; 32] {
    use std::hash::{BuildHasher, RandomState};
    let mut key = [0; 32];
    for part in key.chunks_mut(8) {
        part.copy_from_slice(&RandomState::new().hash_one(0).to_le_bytes());
    }
    key
}
