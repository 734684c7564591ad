//! What is left of a file of call records, written by all threads at once.

use chrono::NaiveDate;
use gdpr4k_model::catalogue::ClusterIx;
use gdpr4k_model::retention::{Quarter, Treatment};
use gdpr4k_policy::holds::{Asked, Cleared, FileHolds, Subject};
use gdpr4k_policy::mask::Masker;
use gdpr4k_policy::token::{Collisions, Memo as TokenMemo};
use gdpr4k_policy::treat::{ClusterRule, DayTable, Decision, End, StageName, Stages, Verdict};
use gdpr4k_sources::cdr::{FileForm, Line, LineKind, Placed, Places};
use gdpr4k_store::files::Source;
use gdpr4k_store::rewrite::{Output, Quarantine, Streamed};

use super::Error;
use super::blocks::{Lines, Reading};
use super::calls::Calls;
use super::counts::Counts;
use super::keys::TokenRing;
use super::left::{Left, Run, RunKind};
use super::memo::New;
use super::plans::{FieldPlan, Looking};
use super::turns::Turns;
use crate::inventory::Progress;

/// Writes what is left of a file.
///
/// # Errors
/// The file cannot be read, or the new one cannot be written.
pub(super) fn rewrite(
    calls: &Calls<'_>,
    keys: &TokenRing<'_>,
    source: &Source,
    output: &Output,
    quarantine: &Quarantine,
    progress: Progress<'_>,
) -> Result<Streamed<Counts>, Error> {
    let form = calls.form(source)?;
    let holds = calls.book.holds.of_file(calls.path);
    let turns = Turns::new(source, output, quarantine);
    let reading = Reading {
        source,
        form: &form,
        growing: false,
        progress,
        block: calls.block,
    };
    let (read, desks) = reading.run(
        || Desk::new(calls, keys, &holds, &form),
        |desk, lines| {
            let used = desk.block(&lines)?;
            turns.write(&lines, &mut desk.work.left)?;
            Ok(used)
        },
        || turns.fail(),
    )?;
    let (written, aside, damaged) = turns.finish();
    let mut counts = Counts::default();
    let mut collisions = Collisions::new(1 << 18);
    for desk in desks {
        desk.work.add_to(&mut counts, &mut collisions);
    }
    counts.put_aside(damaged, aside, collisions.seen());
    Ok(Streamed {
        read,
        written: Some(written),
        report: counts,
    })
}

/// Where one thread works.
struct Desk<'c> {
    places: Places,
    work: Work<'c>,
}

/// What a thread knows while it works.
struct Work<'c> {
    calls: &'c Calls<'c>,
    keys: &'c TokenRing<'c>,
    holds: &'c FileHolds<'c>,
    form: &'c FileForm,
    left: Left,
    /// Start of what stays and is not yet copied.
    kept: usize,
    /// Kind of the run of lines that is open.
    run: Option<RunKind>,
    looking: Looking<'c>,
    plans: Vec<FieldPlan<'c>>,
    /// Which plan serves what.
    planned: Vec<(ClusterIx, Stages, Quarter, usize)>,
    /// What the day at hand makes of a record, by cluster.
    days: Vec<Option<Box<Day<'c>>>>,
    /// Records of which a watched number is a party.
    counts: Counts,
    tokens: TokenMemo,
    error: Option<Error>,
}

/// Slots of a count: a stage by its number, and what else can become of a record.
const GONE: usize = Stages::BITS as usize;
const KEPT: usize = GONE + 1;
const HELD: usize = GONE + 2;
const SLOTS: usize = GONE + 3;

/// What a day makes of the records of a cluster.
struct Day<'c> {
    name: &'c str,
    rule: Option<&'c ClusterRule>,
    table: DayTable<'c>,
    /// The day at hand; records without one have none.
    at: Option<NaiveDate>,
    /// Whether the rest has to be worked out again.
    stale: bool,
    verdict: Verdict,
    /// What the suspensions said; none where one holds.
    cleared: Option<Cleared>,
    plan: Option<usize>,
    counts: [u64; SLOTS],
}

impl<'c> Desk<'c> {
    fn new(
        calls: &'c Calls<'c>,
        keys: &'c TokenRing<'c>,
        holds: &'c FileHolds<'c>,
        form: &'c FileForm,
    ) -> Self {
        Self {
            places: form.places(),
            work: Work {
                calls,
                keys,
                holds,
                form,
                left: Left::default(),
                kept: 0,
                run: None,
                looking: Looking::new(calls),
                plans: Vec::new(),
                planned: Vec::new(),
                days: Vec::new(),
                counts: Counts::default(),
                tokens: TokenMemo::new(8),
                error: None,
            },
        }
    }

    /// Works on a block; gives the place up to which its lines were whole.
    fn block(&mut self, lines: &Lines<'_>) -> Result<usize, Error> {
        let Self { places, work } = self;
        let block = &lines.block;
        work.begin(block.from, block.to);
        let used = places.read(block, |text, line| {
            if work.error.is_none() {
                work.line(lines, text, &line);
            }
        });
        work.close(block.raw, used);
        match work.error.take() {
            Some(error) => Err(error),
            None => Ok(used),
        }
    }
}

impl<'c> Work<'c> {
    fn begin(&mut self, from: usize, to: usize) {
        self.left.begin(to - from);
        self.kept = from;
        self.run = None;
    }

    #[inline]
    fn line(&mut self, lines: &Lines<'_>, text: &[u8], line: &Line<'_>) {
        let raw = lines.block.raw;
        self.left.lines += 1;
        match line.kind {
            LineKind::Record(placed) => {
                if matches!(self.run, Some(RunKind::Header | RunKind::Blank)) {
                    self.close(raw, line.from);
                }
                self.record(lines, text, line, &placed);
            }
            LineKind::Damaged(code) => {
                let number = self.left.lines;
                let from = self.remove(lines, line);
                self.left.damaged.push((from..line.to, number, code));
            }
            LineKind::Noise => self.other(raw, line.from, RunKind::Header),
            LineKind::Blank => self.other(raw, line.from, RunKind::Blank),
            LineKind::Pending => self.other(raw, line.from, RunKind::Stays),
        }
    }

    /// A line that is no record.
    fn other(&mut self, raw: &[u8], from: usize, kind: RunKind) {
        if self.run != Some(kind) {
            self.close(raw, from);
            self.run = Some(kind);
        }
    }

    /// Ends the run that is open.
    fn close(&mut self, raw: &[u8], at: usize) {
        self.copy(raw, at);
        if let Some(kind) = self.run.take() {
            let end = self.left.end;
            self.left.runs.push(Run { kind, end });
        }
    }

    /// Copies what stays up to a place.
    #[inline]
    fn copy(&mut self, raw: &[u8], to: usize) {
        let from = self.kept;
        if from < to {
            self.left.copy(raw, from, to);
        }
        self.kept = to;
    }

    #[inline]
    fn stays(&mut self) {
        self.run = Some(RunKind::Stays);
    }

    /// Takes a line out; gives where it starts without a byte order mark, which stays with the file.
    #[inline]
    fn remove(&mut self, lines: &Lines<'_>, line: &Line<'_>) -> usize {
        const MARK: &[u8] = b"\xef\xbb\xbf";
        let mut from = line.from;
        if lines.block.start == Some(from) && lines.block.raw[from..].starts_with(MARK) {
            from += MARK.len();
        }
        if matches!(self.run, Some(RunKind::Header | RunKind::Blank)) {
            self.close(lines.block.raw, from);
        }
        self.run.get_or_insert(RunKind::Gone);
        self.copy(lines.block.raw, from);
        self.kept = line.to;
        from
    }

    #[inline]
    fn record(&mut self, lines: &Lines<'_>, text: &[u8], line: &Line<'_>, placed: &Placed<'_>) {
        let raw = lines.block.raw;
        if self.looking.is_watched(text, placed) {
            return self.watched(lines, line, placed);
        }
        let cluster = placed.cluster.unwrap_or(ClusterIx(0));
        let at = usize::from(cluster.0);
        let current = self.days.get(at).and_then(|d| d.as_deref());
        if current.is_none_or(|d| d.stale || d.at != placed.day) {
            self.turn_to(cluster, placed.day);
        }
        let Some(Some(day)) = self.days.get_mut(at) else {
            return self.stays();
        };
        if day.cleared.is_none() {
            day.counts[HELD] += 1;
            return self.stays();
        }
        if day.verdict.end == End::Delete {
            day.counts[GONE] += 1;
            self.remove(lines, line);
            return;
        }
        let Some(plan) = day.plan.and_then(|p| self.plans.get(p)) else {
            day.counts[KEPT] += 1;
            return self.stays();
        };
        let (left, kept, form) = (&mut self.left, &mut self.kept, self.form);
        let bits = self.looking.look(plan, text, placed, |from, to, new| {
            left.copy(raw, *kept, from);
            left.put(new, form);
            *kept = to;
        });
        // the last stage that changes something names what is done
        let slot = match bits {
            0 => KEPT,
            _ => (Stages::BITS - 1 - bits.leading_zeros()) as usize,
        };
        day.counts[slot] += 1;
        self.stays();
    }

    /// A record with a number that is protected, suspended or erased: asked about on its own.
    fn watched(&mut self, lines: &Lines<'_>, line: &Line<'_>, placed: &Placed<'_>) {
        let raw = lines.block.raw;
        let said = self.calls.said(placed);
        let order = match self.calls.decision(self.holds, &said) {
            Some(Decision::Treat(order)) => order,
            decision => {
                self.counts.stays(said.cluster, decision.is_none());
                return self.stays();
            }
        };
        self.counts.treated(said.cluster, &order, said.day);
        if order.action == Treatment::Delete {
            self.remove(lines, line);
            return;
        }
        self.stays();
        let keys = match self.keys.of(Quarter::of(said.day)) {
            Ok(keys) => keys,
            Err(error) => {
                self.error = Some(error);
                return;
            }
        };
        let mut masker = Masker {
            numbers: &self.calls.book.numbers,
            keys: &keys,
            memo: &mut self.tokens,
            collisions: &mut self.looking.collisions,
        };
        for (place, new) in self.calls.edits(placed, &said, &order, &mut masker) {
            self.copy(raw, place.start);
            self.left.put(New::Long(&new), self.form);
            self.kept = place.end;
        }
    }

    /// Makes the day of a record the one at hand.
    fn turn_to(&mut self, cluster: ClusterIx, day: Option<NaiveDate>) {
        let at = usize::from(cluster.0);
        if self.days.len() <= at {
            self.days.resize_with(at + 1, || None);
        }
        let calls = self.calls;
        let mut of = match self.days[at].take() {
            Some(mut of) => {
                of.settle(calls.day, &mut self.counts);
                of
            }
            None => {
                let name = calls.book.cluster(cluster);
                let mut table = calls.book.rules.days(name, calls.day, calls.node);
                Box::new(Day {
                    name,
                    rule: calls.book.rules.cluster(name),
                    at: None,
                    stale: true,
                    verdict: table.undated(),
                    table,
                    cleared: None,
                    plan: None,
                    counts: [0; SLOTS],
                })
            }
        };
        (of.at, of.stale) = (day, false);
        of.verdict = match day {
            Some(day) => of.table.dated(day),
            None => of.table.undated(),
        };
        let start = day.unwrap_or(calls.day);
        let asked = self.holds.ask(&Subject {
            cluster: of.name,
            day: start,
            dated: day.is_some(),
            held: &[],
        });
        of.cleared = match asked {
            Asked::Free(cleared) => Some(cleared),
            Asked::Held(_) => None,
        };
        let open = of.cleared.is_some() && of.verdict.end != End::Delete;
        of.plan = match of.rule.filter(|_| open) {
            Some(rule) => self.plan(cluster, rule, of.verdict.due, start),
            None => None,
        };
        self.days[at] = Some(of);
    }

    /// The plan for records of a cluster that are due for some stages; none where the keys cannot be had.
    fn plan(
        &mut self,
        cluster: ClusterIx,
        rule: &'c ClusterRule,
        due: Stages,
        day: NaiveDate,
    ) -> Option<usize> {
        let quarter = Quarter::of(day);
        let found = self
            .planned
            .iter()
            .find(|(c, s, q, _)| (*c, *s, *q) == (cluster, due, quarter));
        if let Some((.., plan)) = found {
            return Some(*plan);
        }
        if !self.looking.has_room() {
            self.looking.forget();
            self.plans.clear();
            self.planned.clear();
            for day in self.days.iter_mut().flatten() {
                day.stale = true;
            }
        }
        let keys = match self.keys.of(quarter) {
            Ok(keys) => keys,
            Err(error) => {
                self.error = Some(error);
                return None;
            }
        };
        self.plans.push(self.looking.plan(rule, due, Some(keys)));
        let plan = self.plans.len() - 1;
        self.planned.push((cluster, due, quarter, plan));
        Some(plan)
    }

    /// Adds what this thread counted.
    fn add_to(mut self, counts: &mut Counts, collisions: &mut Collisions) {
        for day in self.days.iter_mut().flatten() {
            day.settle(self.calls.day, &mut self.counts);
        }
        counts.merge(&self.counts);
        collisions.merge(self.looking.collisions);
    }
}

impl Day<'_> {
    /// Hands the counts of the day at hand on.
    fn settle(&mut self, file_day: NaiveDate, counts: &mut Counts) {
        let day = self.at.unwrap_or(file_day);
        for (slot, n) in self.counts.iter_mut().enumerate() {
            let records = std::mem::take(n);
            if records == 0 {
                continue;
            }
            let (stage, action) = match slot {
                KEPT | HELD => {
                    counts.stay(self.name, slot == HELD, records);
                    continue;
                }
                GONE => (StageName::End, Treatment::Delete),
                0 => (StageName::AtOnce, Treatment::Blank),
                n => {
                    let n = n as u8;
                    let treatment = self.rule.map_or(Treatment::Blank, |r| r.treatment(n));
                    (StageName::Stage(n), treatment)
                }
            };
            counts.done(self.name, stage, action, day, records);
        }
    }
}
