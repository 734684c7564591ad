//! What is counted of elements and clusters.

use chrono::NaiveDate;
use gdpr4k_model::catalogue::{ClusterIx, ElementIx};

use super::distinct::Distinct;
use super::tally::Tally;

/// First and last day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) oldest: Option<NaiveDate>,
    pub(super) newest: Option<NaiveDate>,
}

impl Span {
    #[inline]
    pub(super) fn note(&mut self, day: NaiveDate) {
        if self.oldest.is_none_or(|d| day < d) {
            self.oldest = Some(day);
        }
        if self.newest.is_none_or(|d| day > d) {
            self.newest = Some(day);
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        other
            .oldest
            .into_iter()
            .chain(other.newest)
            .for_each(|d| self.note(d));
    }
}

/// Values of an element in one cluster.
#[derive(Clone, Default)]
pub(super) struct Share {
    pub(super) records: u64,
    pub(super) span: Span,
}

/// A value as it is counted: of which element, in which cluster.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) element: ElementIx,
    pub(super) cluster: ClusterIx,
    pub(super) unverified: bool,
}

/// What is counted of an element.
#[derive(Clone, Default)]
pub(super) struct ElementCount {
    pub(super) unverified: u64,
    pub(super) distinct: Distinct,
    /// By cluster, by its index.
    pub(super) shares: Vec<Share>,
    /// Indexes of files with a value, in the order met, with repetitions across threads.
    pub(super) files: Vec<u32>,
    /// Values by source kind, by its index.
    pub(super) kinds: Vec<u64>,
}

impl ElementCount {
    /// Adds values, one in each of so many records of a source kind in a file, with the days of the records.
    pub(super) fn add(&mut self, place: &Place, records: u64, days: &Span, kind: usize, file: u32) {
        self.unverified += u64::from(place.unverified) * records;
        let share = self.share(place.cluster.0 as usize);
        share.records += records;
        share.span.merge(days);
        self.add_kind(kind, records);
        add_file(&mut self.files, file);
    }

    /// The counts in a cluster.
    fn share(&mut self, cluster: usize) -> &mut Share {
        if self.shares.len() <= cluster {
            self.shares.resize(cluster + 1, Share::default());
        }
        &mut self.shares[cluster]
    }

    /// Adds values of a source kind.
    fn add_kind(&mut self, kind: usize, values: u64) {
        if self.kinds.len() <= kind {
            self.kinds.resize(kind + 1, 0);
        }
        self.kinds[kind] += values;
    }

    /// Adds all but the different values.
    pub(super) fn merge(&mut self, other: &Self) {
        self.unverified += other.unverified;
        self.files.extend(&other.files);
        for (cluster, theirs) in other.shares.iter().enumerate() {
            let ours = self.share(cluster);
            ours.records += theirs.records;
            ours.span.merge(&theirs.span);
        }
        for (kind, values) in other.kinds.iter().enumerate() {
            self.add_kind(kind, *values);
        }
    }
}

/// What is counted of a cluster.
#[derive(Clone, Default)]
pub(super) struct ClusterCount {
    pub(super) records: u64,
    pub(super) undated: u64,
    pub(super) span: Span,
    /// Records by month, from January of year 0.
    pub(super) months: Vec<(u32, u64)>,
    pub(super) files: Vec<u32>,
}

impl ClusterCount {
    pub(super) fn merge(&mut self, other: &Self) {
        self.records += other.records;
        self.undated += other.undated;
        self.span.merge(&other.span);
        self.files.extend(&other.files);
        for (month, n) in &other.months {
            add_month(&mut self.months, *month, *n);
        }
    }
}

/// Records come in the order of time: the month is nearly always the last one.
pub(super) fn add_month(months: &mut Vec<(u32, u64)>, month: u32, n: u64) {
    match months.iter_mut().rev().find(|m| m.0 == month) {
        Some(m) => m.1 += n,
        None => months.push((month, n)),
    }
}

/// Notes a file, once in a row.
pub(super) fn add_file(files: &mut Vec<u32>, file: u32) {
    if files.last() != Some(&file) {
        files.push(file);
    }
}

/// An element by its index, with the counts.
pub(super) fn counted<'t>(
    tally: &'t Tally<'_>,
) -> impl Iterator<Item = (ElementIx, &'t ElementCount)> {
    tally
        .elements
        .iter()
        .enumerate()
        .filter(|(_, e)| e.shares.iter().any(|s| s.records > 0))
        .map(|(i, e)| (ElementIx(i as u16), e))
}
