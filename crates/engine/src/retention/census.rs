//! What a file of call records holds, counted by all threads at once.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use gdpr4k_model::catalogue::ClusterIx;
use gdpr4k_model::retention::{Bucket, Census};
use gdpr4k_policy::treat::{ClusterRule, Stages};
use gdpr4k_sources::cdr::{FileForm, LineKind, Placed, Places};
use gdpr4k_store::files::Source;

use super::Error;
use super::blocks::{Lines, Reading};
use super::calls::Calls;
use super::plans::{FieldPlan, Looking};
use crate::inventory::Progress;

/// Counts what a file holds.
///
/// # Errors
/// The file cannot be read to its end.
pub(super) fn census(
    calls: &Calls<'_>,
    source: &Source,
    growing: bool,
    progress: Progress<'_>,
) -> Result<Census, Error> {
    let form = calls.form(source)?;
    let reading = Reading {
        source,
        form: &form,
        growing,
        progress,
        block: calls.block,
    };
    let open_end = growing.then_some(source.bytes());
    let (content, desks) = reading.run(
        || Desk::new(calls, &form, open_end),
        |desk, lines| Ok(desk.block(&lines)),
        || (),
    )?;
    let mut census = Census {
        path: calls.path.to_owned(),
        node: calls.node.to_owned(),
        bytes: content.bytes,
        digest: content.digest,
        day: calls.day,
        by_record: true,
        ..Census::default()
    };
    let mut buckets: BTreeMap<Bucket, u64> = BTreeMap::new();
    for desk in desks {
        let work = desk.work.end();
        census.records += work.records;
        census.damaged += work.damaged;
        for ((cluster, day, pending), records) in work.counted {
            let bucket = Bucket {
                cluster: calls.book.cluster(cluster).to_owned(),
                day: day.unwrap_or(calls.day),
                dated: day.is_some(),
                pending,
                protected: false,
                held: Vec::new(),
                erase: false,
                records: 0,
            };
            *buckets.entry(bucket).or_default() += records;
        }
        for (bucket, records) in work.watched {
            *buckets.entry(bucket).or_default() += records;
        }
    }
    let sum = buckets
        .into_iter()
        .map(|(b, records)| Bucket { records, ..b });
    census.buckets = sum.collect();
    Ok(census)
}

/// Where one thread works.
struct Desk<'c> {
    places: Places,
    work: Work<'c>,
}

/// What a thread has counted.
struct Work<'c> {
    calls: &'c Calls<'c>,
    looking: Looking<'c>,
    /// Plans and the day at hand, by cluster.
    days: Vec<Option<Box<Day<'c>>>>,
    counted: HashMap<(ClusterIx, Option<NaiveDate>, Stages), u64>,
    /// Records with a number that is protected, suspended or erased.
    watched: BTreeMap<Bucket, u64>,
    records: u64,
    damaged: u64,
    /// The end of a file that grows: a line that reaches it is not whole.
    open_end: Option<u64>,
}

/// The records of a cluster on the day at hand, by the stages that would still change something.
struct Day<'c> {
    rule: Option<&'c ClusterRule>,
    plan: Option<FieldPlan<'c>>,
    at: Option<NaiveDate>,
    pending: Vec<(Stages, u64)>,
}

impl<'c> Desk<'c> {
    fn new(calls: &'c Calls<'c>, form: &FileForm, open_end: Option<u64>) -> Self {
        Self {
            places: form.places(),
            work: Work {
                calls,
                looking: Looking::new(calls),
                days: Vec::new(),
                counted: HashMap::new(),
                watched: BTreeMap::new(),
                records: 0,
                damaged: 0,
                open_end,
            },
        }
    }

    fn block(&mut self, lines: &Lines<'_>) -> usize {
        let Self { places, work } = self;
        if let Some(place) = &lines.long {
            work.damaged += u64::from(work.open_end != Some(place.end));
        }
        places.read(&lines.block, |text, line| match line.kind {
            LineKind::Record(placed) => work.record(text, &placed),
            LineKind::Damaged(_) => work.damaged += 1,
            LineKind::Noise | LineKind::Blank | LineKind::Pending => {}
        })
    }
}

impl<'c> Work<'c> {
    #[inline]
    fn record(&mut self, text: &[u8], placed: &Placed<'_>) {
        self.records += 1;
        if self.looking.is_watched(text, placed) {
            let bucket = self.calls.said(placed).bucket();
            *self.watched.entry(bucket).or_default() += 1;
            return;
        }
        let cluster = placed.cluster.unwrap_or(ClusterIx(0));
        let at = usize::from(cluster.0);
        let current = self.days.get(at).and_then(|d| d.as_deref());
        if current.is_none_or(|d| d.at != placed.day) {
            self.turn_to(cluster, placed.day);
        }
        let Some(Some(day)) = self.days.get_mut(at) else {
            return;
        };
        let pending = match &day.plan {
            Some(plan) => self.looking.look(plan, text, placed, |_, _, _| {}),
            None => 0,
        };
        match day.pending.iter_mut().find(|p| p.0 == pending) {
            Some((_, records)) => *records += 1,
            None => day.pending.push((pending, 1)),
        }
    }

    /// Makes the day of a record the one at hand.
    fn turn_to(&mut self, cluster: ClusterIx, day: Option<NaiveDate>) {
        let at = usize::from(cluster.0);
        if self.days.len() <= at {
            self.days.resize_with(at + 1, || None);
        }
        let mut of = match self.days[at].take() {
            Some(mut of) => {
                of.settle(cluster, &mut self.counted);
                of
            }
            None => {
                let rule = self
                    .calls
                    .book
                    .rules
                    .cluster(self.calls.book.cluster(cluster));
                Box::new(Day {
                    rule,
                    plan: None,
                    at: None,
                    pending: Vec::new(),
                })
            }
        };
        if let (Some(rule), None) = (of.rule, &of.plan) {
            of.plan = Some(self.looking.plan(rule, Stages::MAX, None));
        }
        of.at = day;
        self.days[at] = Some(of);
    }

    /// What was counted, the day at hand included.
    fn end(mut self) -> Self {
        for (i, day) in self.days.iter_mut().enumerate() {
            if let Some(day) = day {
                day.settle(ClusterIx(i as u16), &mut self.counted);
            }
        }
        self
    }
}

impl Day<'_> {
    fn settle(
        &mut self,
        cluster: ClusterIx,
        counted: &mut HashMap<(ClusterIx, Option<NaiveDate>, Stages), u64>,
    ) {
        for (pending, records) in self.pending.drain(..) {
            *counted.entry((cluster, self.at, pending)).or_default() += records;
        }
    }
}
