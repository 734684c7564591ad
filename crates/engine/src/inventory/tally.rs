//! Counting what readers report: the sink of a scan.

use chrono::{Datelike as _, NaiveDate};
use gdpr4k_model::Finding;
use gdpr4k_model::catalogue::{Catalogue, ClusterIx, ElementIx, Kind};
use gdpr4k_model::number::{Access, NumberPlans, Party};
use gdpr4k_sources::people::search::{Finds, Found};
use gdpr4k_sources::record::{Fact, Record, Sink, Value};
use xxhash_rust::xxh3::xxh3_64;

use super::distinct::{Distinct, Hashes, OUTSIDE};

/// Findings of one code that are kept with their line, per part of a file.
pub(super) const KEPT_FINDINGS: usize = 1000;

/// Entries of the memo of a thread (512 KiB: it stays in the cache of the core).
const MEMO: usize = 1 << 16;

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

/// What one part of a file contributes besides counts.
#[derive(Default)]
pub(super) struct PartNotes {
    pub(super) span: Span,
    pub(super) findings: Vec<Finding>,
    /// All findings by code, with those beyond [`KEPT_FINDINGS`].
    pub(super) codes: Vec<(&'static str, u64)>,
    pub(super) facts: Vec<Fact>,
}

/// The counts of one thread.
pub(super) struct Tally<'a> {
    knowledge: &'a Knowledge<'a>,
    pub(super) elements: Vec<ElementCount>,
    pub(super) clusters: Vec<ClusterCount>,
    /// Outside numbers that their elements no longer keep.
    outside: Distinct,
    file: u32,
    kind: usize,
    node: u8,
    notes: PartNotes,
    /// Day of the last record with its month, so that a month is worked out once per day.
    month: (NaiveDate, u32),
    /// Clusters of the record at hand.
    met: Vec<ClusterIx>,
    /// The cluster of the first record of the file: that of its name as well.
    main: Option<ClusterIx>,
    /// Values counted as different lately, by the hash of their text: most values come again soon.
    memo: Box<[u64]>,
    /// Of each value of the record at hand: the hash of its text, and whether it was counted lately.
    seen: Vec<(u64, bool)>,
}

/// What counting needs to know about the site.
pub(super) struct Knowledge<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) plans: &'a NumberPlans,
    /// Service accounts, lower case: not persons.
    pub(super) non_personal: Vec<String>,
    traits: Vec<Trait>,
}

/// What counting needs of an element, in one place.
#[derive(Clone, Copy)]
struct Trait {
    kind: Kind,
    secret: bool,
    dialled: bool,
    cluster: ClusterIx,
    /// Its cluster holds even where the record decides: credentials, technical data.
    fixed: bool,
}

/// Different values of technical data that are counted exactly: they say nothing about persons,
/// and running numbers among them would crowd the rest out of the memory that is near.
const EXACT_TECHNICAL: usize = 1 << 12;

impl Trait {
    /// The counts of an element before any value.
    fn uncounted(&self) -> ElementCount {
        match self.kind {
            Kind::None => ElementCount {
                distinct: Distinct::up_to(EXACT_TECHNICAL),
                ..ElementCount::default()
            },
            _ => ElementCount::default(),
        }
    }

    /// Whether the trunk access code stands in front of a value.
    #[inline]
    fn access(&self, value: &Value<'_>) -> Access {
        if self.dialled {
            Access::Dialled
        } else {
            value.access
        }
    }
}

impl<'a> Knowledge<'a> {
    pub(super) fn new(
        catalogue: &'a Catalogue,
        plans: &'a NumberPlans,
        non_personal: &[String],
    ) -> Self {
        let traits = catalogue
            .elements()
            .map(|e| Trait {
                kind: e.kind,
                secret: e.secret,
                dialled: e.dialled,
                cluster: catalogue.cluster_of(e.index),
                fixed: e.secret || e.kind == Kind::None,
            })
            .collect();
        Self {
            catalogue,
            plans,
            non_personal: non_personal.iter().map(|a| a.to_lowercase()).collect(),
            traits,
        }
    }
}

impl<'a> Tally<'a> {
    pub(super) fn new(knowledge: &'a Knowledge<'a>) -> Self {
        Self {
            knowledge,
            elements: knowledge.traits.iter().map(Trait::uncounted).collect(),
            clusters: vec![ClusterCount::default(); knowledge.catalogue.clusters().len()],
            outside: Distinct::default(),
            file: 0,
            kind: 0,
            node: 0,
            notes: PartNotes::default(),
            month: (NaiveDate::MIN, 0),
            met: Vec::new(),
            main: None,
            memo: vec![0; MEMO].into_boxed_slice(),
            seen: Vec::new(),
        }
    }

    /// Begins a part of a file.
    pub(super) fn begin(&mut self, file: u32, kind: usize, node: u8) {
        (self.file, self.kind, self.node) = (file, kind, node);
        self.main = None;
        self.notes = PartNotes::default();
    }

    /// Ends the part and gives what it contributes besides counts.
    pub(super) fn end(&mut self) -> PartNotes {
        std::mem::take(&mut self.notes)
    }

    /// Adds the counts of another thread.
    pub(super) fn merge(&mut self, other: &Self) {
        for (a, b) in self.elements.iter_mut().zip(&other.elements) {
            a.unverified += b.unverified;
            let outside = &mut self.outside;
            a.distinct
                .merge(&b.distinct, &mut |h| keep_outside(outside, h));
            a.files.extend(&b.files);
            if a.shares.len() < b.shares.len() {
                a.shares.resize(b.shares.len(), Share::default());
            }
            for (x, y) in a.shares.iter_mut().zip(&b.shares) {
                x.records += y.records;
                x.span.merge(&y.span);
            }
            if a.kinds.len() < b.kinds.len() {
                a.kinds.resize(b.kinds.len(), 0);
            }
            a.kinds.iter_mut().zip(&b.kinds).for_each(|(x, y)| *x += y);
        }
        for (a, b) in self.clusters.iter_mut().zip(&other.clusters) {
            a.records += b.records;
            a.undated += b.undated;
            a.span.merge(&b.span);
            a.files.extend(&b.files);
            b.months
                .iter()
                .for_each(|(month, n)| add_month(&mut a.months, *month, *n));
        }
        let lost = &mut |_| {};
        self.outside.merge(&other.outside, lost);
    }

    /// Different outside numbers over all elements.
    pub(super) fn externals(&self) -> u64 {
        let kept = self.elements.iter().flat_map(|e| e.distinct.kept());
        let kept = kept.filter(|h| h & OUTSIDE != 0);
        if !self.outside.is_estimate() {
            return kept.collect::<Hashes>().len() as u64;
        }
        let mut all = self.outside.clone();
        kept.for_each(|h| all.estimate(h));
        all.count()
    }

    #[inline]
    fn value(&mut self, value: &Value<'_>, record: &Record<'_>, seen: (u64, bool)) {
        let t = self.knowledge.traits[value.element.0 as usize];
        if t.kind == Kind::Account
            && !self.knowledge.non_personal.is_empty()
            && self.is_service_account(value.text)
        {
            return;
        }
        let cluster = if t.fixed {
            t.cluster
        } else {
            record.cluster.unwrap_or(t.cluster)
        };
        if !self.met.contains(&cluster) {
            self.met.push(cluster);
        }
        if !t.secret {
            self.distinct(value, t, seen);
        }
        let count = &mut self.elements[value.element.0 as usize];
        count.unverified += u64::from(value.unverified);
        let at = cluster.0 as usize;
        if count.shares.len() <= at {
            count.shares.resize(at + 1, Share::default());
        }
        count.shares[at].records += 1;
        if let Some(day) = record.day {
            count.shares[at].span.note(day);
        }
        if count.files.last() != Some(&self.file) {
            count.files.push(self.file);
        }
        if count.kinds.len() <= self.kind {
            count.kinds.resize(self.kind + 1, 0);
        }
        count.kinds[self.kind] += 1;
    }

    /// Looks every value of a record up in the memo, before any is counted: one after another,
    /// each would wait for memory where all of them can wait at once.
    #[inline]
    fn look_up(&mut self, record: &Record<'_>) {
        self.seen.clear();
        for value in record.values {
            let t = self.knowledge.traits[value.element.0 as usize];
            // for numbers the same text means the same number only at the same node, dialled alike
            let place = if t.kind.is_number() {
                u64::from(self.node) << 1 | u64::from(t.access(value) == Access::Dialled)
            } else {
                0
            };
            let raw = keyed(value.text, u64::from(value.element.0) << 16 | place);
            self.seen.push((raw, self.memo[raw as usize % MEMO] == raw));
        }
    }

    /// Counts the value among the different ones of its element.
    #[inline]
    fn distinct(&mut self, value: &Value<'_>, t: Trait, (raw, seen): (u64, bool)) {
        if seen {
            return;
        }
        let count = &self.elements[value.element.0 as usize].distinct;
        // stamps and running numbers hardly ever come twice in a row
        let rare = t.kind == Kind::Traffic || t.kind == Kind::None && count.is_estimate();
        if !rare {
            self.memo[raw as usize % MEMO] = raw;
        }
        let Some((hash, outside)) = self.hash(value, t, raw) else {
            return;
        };
        let hash = hash & !OUTSIDE | u64::from(outside);
        let outside = &mut self.outside;
        self.elements[value.element.0 as usize]
            .distinct
            .insert(hash, &mut |h| keep_outside(outside, h));
    }

    /// Counts the values of a record.
    #[inline]
    fn values(&mut self, record: &Record<'_>) {
        self.look_up(record);
        for (i, value) in record.values.iter().enumerate() {
            self.value(value, record, self.seen[i]);
        }
    }

    /// Counts the record in the clusters of its values.
    fn close(&mut self, record: &Record<'_>) {
        if let Some(day) = record.day {
            self.notes.span.note(day);
            if day != self.month.0 {
                self.month = (day, day.year().max(0) as u32 * 12 + day.month0());
            }
        }
        self.main = self.main.or(self.met.first().copied());
        for cluster in &self.met {
            let count = &mut self.clusters[cluster.0 as usize];
            count.records += 1;
            match record.day {
                Some(day) => {
                    count.span.note(day);
                    add_month(&mut count.months, self.month.1, 1);
                }
                None => count.undated += 1,
            }
            if count.files.last() != Some(&self.file) {
                count.files.push(self.file);
            }
        }
    }

    /// Counts what was found in a text, each in the cluster of the text.
    fn finds(&mut self, line: u64, day: Option<NaiveDate>, found: &[Found<'_>]) {
        for f in found {
            self.values(&Record {
                line,
                day,
                cluster: Some(f.cluster),
                values: std::slice::from_ref(&f.value),
                origin: gdpr4k_sources::Origin::default(),
            });
        }
    }

    /// Counts what was found in the name of the file; `day` is that of the file.
    pub(super) fn name(&mut self, day: NaiveDate, found: &[Found<'_>]) {
        self.met.clear();
        self.finds(0, Some(day), found);
    }

    /// The cluster that the name of the file belongs to: that of its first record.
    pub(super) const fn main(&self) -> Option<ClusterIx> {
        self.main
    }

    fn is_service_account(&self, text: &[u8]) -> bool {
        std::str::from_utf8(text).is_ok_and(|t| {
            self.knowledge
                .non_personal
                .iter()
                .any(|a| a.eq_ignore_ascii_case(t))
        })
    }

    /// The hash of the normalised value, and whether it is an outside number; none where there is nothing to compare.
    /// `raw` is the hash of the text as it stands.
    #[inline]
    fn hash(&self, value: &Value<'_>, t: Trait, raw: u64) -> Option<(u64, bool)> {
        if t.kind.is_number() {
            let party = self
                .knowledge
                .plans
                .normalise(self.node, value.text, t.access(value));
            return match party {
                Party::Internal(node, digits) => {
                    let hash = keyed(digits.as_bytes(), u64::from(node) + 1);
                    Some((hash, false))
                }
                Party::External(digits) => Some((keyed(digits.as_bytes(), 0), true)),
                Party::Service | Party::Masked | Party::Token => {
                    Some((keyed(value.text, 1000), false))
                }
                Party::Site | Party::Nobody => None,
            };
        }
        let hash = match t.kind {
            Kind::Name | Kind::DisplayName | Kind::Email | Kind::Account => {
                let text = String::from_utf8_lossy(value.text).to_lowercase();
                keyed(text.as_bytes(), 0)
            }
            _ => raw,
        };
        Some((hash, false))
    }
}

impl Sink for Tally<'_> {
    fn record(&mut self, record: &Record<'_>) {
        self.met.clear();
        self.values(record);
        self.close(record);
    }

    fn fact(&mut self, fact: Fact) {
        self.notes.facts.push(fact);
    }

    fn finding(&mut self, finding: Finding) {
        let at = match self.notes.codes.iter().position(|c| c.0 == finding.code) {
            Some(at) => at,
            None => {
                self.notes.codes.push((finding.code, 0));
                self.notes.codes.len() - 1
            }
        };
        self.notes.codes[at].1 += 1;
        if self.notes.codes[at].1 <= KEPT_FINDINGS as u64 {
            self.notes.findings.push(finding);
        }
    }
}

impl Finds for Tally<'_> {
    fn found(&mut self, record: &Record<'_>, found: &[Found<'_>]) {
        self.met.clear();
        self.values(record);
        self.finds(record.line, record.day, found);
        self.close(record);
    }
}

/// The hash of a text among those of its key.
///
/// Not the seed of the hash: for texts of up to 8 bytes another text with another seed often has the same one.
#[inline]
fn keyed(text: &[u8], key: u64) -> u64 {
    xxh3_64(text) ^ key.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Notes the hash of an outside number that its element does not keep.
#[inline]
fn keep_outside(outside: &mut Distinct, hash: u64) {
    if hash & OUTSIDE != 0 {
        outside.estimate(hash);
    }
}

/// Records come in the order of time: the month is nearly always the last one.
fn add_month(months: &mut Vec<(u32, u64)>, month: u32, n: u64) {
    match months.iter_mut().rev().find(|m| m.0 == month) {
        Some(m) => m.1 += n,
        None => months.push((month, n)),
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn short_texts_of_many_keys_do_not_collide() {
        let mut seen = HashSet::new();
        for key in 0..200u64 {
            for n in 0..2000u32 {
                assert!(
                    seen.insert(keyed(n.to_string().as_bytes(), key << 16)),
                    "{n} of {key}"
                );
                assert!(
                    seen.insert(keyed(n.to_string().as_bytes(), (key << 16) + 2)),
                    "{n} of {key}"
                );
            }
        }
    }
}
