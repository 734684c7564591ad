//! Counting what readers report: the sink of a scan.

use chrono::NaiveDate;
use gdpr4k_model::Finding;
use gdpr4k_model::catalogue::{Catalogue, ClusterIx, Kind};
use gdpr4k_model::number::{Access, NumberPlans, Party};
use gdpr4k_sources::people::search::{Finds, Found};
use gdpr4k_sources::record::{Fact, Record, Sink, Value};
use xxhash_rust::xxh3::xxh3_64;

use super::counts::{ClusterCount, ElementCount, Place, Span};
use super::distinct::{Distinct, Hashes, OUTSIDE};
use super::queue::{Queue, Waiting};
use super::seen::Seen;
use super::shapes::{Shapes, Sum, mark};

/// Findings of one code that are kept with their line, per part of a file.
pub(super) const KEPT_FINDINGS: usize = 1000;

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
    /// The cluster of the first record of the file: that of its name as well.
    main: Option<ClusterIx>,
    /// Records of the part, by what they hold.
    shapes: Shapes,
    /// Values counted as different lately, by element.
    seen: Vec<Seen>,
    /// How often the queue was counted.
    counted: u64,
    /// Values that are not looked up yet.
    queue: Queue,
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
    /// Nothing of it depends on the text: not a secret, not a possible service account.
    plain: bool,
    /// Whether two different texts can be the same value.
    normalised: bool,
    /// All bits for a telephone number, none for anything else.
    number: u64,
    /// What it adds to the shape of a record: position proven, and unverified.
    marks: [u64; 2],
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

/// Whether two different texts can be the same value.
const fn normalised(kind: Kind) -> bool {
    kind.is_number()
        || matches!(
            kind,
            Kind::Name | Kind::DisplayName | Kind::Email | Kind::Account
        )
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
                plain: !e.secret && (e.kind != Kind::Account || non_personal.is_empty()),
                normalised: normalised(e.kind),
                number: if e.kind.is_number() { u64::MAX } else { 0 },
                marks: [false, true].map(|u| mark(e.index.0, u)),
            })
            .collect();
        Self {
            catalogue,
            plans,
            non_personal: non_personal.iter().map(|a| a.to_lowercase()).collect(),
            traits,
        }
    }

    fn is_service_account(&self, text: &[u8]) -> bool {
        std::str::from_utf8(text)
            .is_ok_and(|t| self.non_personal.iter().any(|a| a.eq_ignore_ascii_case(t)))
    }

    /// Whether a value is left out: the account of a service is not one of a person.
    fn leaves_out(&self, value: &Value<'_>) -> bool {
        let t = &self.traits[value.element.0 as usize];
        t.kind == Kind::Account && self.is_service_account(value.text)
    }

    /// The hash of the normalised value, and whether it is an outside number; none where there is nothing to compare.
    /// The text is there where it is needed.
    fn hash(&self, node: u8, text: &[u8], t: &Trait, waiting: Waiting) -> Option<(u64, bool)> {
        if t.kind.is_number() {
            let party = self.plans.normalise(node, text, waiting.access);
            return match party {
                Party::Internal(node, digits) => {
                    let hash = keyed(digits.as_bytes(), u64::from(node) + 1);
                    Some((hash, false))
                }
                Party::External(digits) => Some((keyed(digits.as_bytes(), 0), true)),
                Party::Service | Party::Masked | Party::Token => Some((keyed(text, 1000), false)),
                Party::Site => Some((keyed(b"site", 1000), false)),
                Party::Nobody if is_dummy(text) => None,
                // a feature code, or a word such as "anonymous"
                Party::Nobody => Some((keyed(text, 1000), false)),
            };
        }
        let hash = if t.normalised {
            let text = String::from_utf8_lossy(text).to_lowercase();
            keyed(text.as_bytes(), 0)
        } else {
            waiting.hash
        };
        Some((hash, false))
    }

    /// A value as it is counted, in the cluster that its record decides; none where it is left out.
    fn place(&self, value: &Value<'_>, cluster: Option<ClusterIx>) -> Option<Place> {
        let t = &self.traits[value.element.0 as usize];
        (!self.leaves_out(value)).then(|| Place {
            element: value.element,
            cluster: cluster.filter(|_| !t.fixed).unwrap_or(t.cluster),
            unverified: value.unverified,
        })
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
            main: None,
            shapes: Shapes::default(),
            seen: knowledge.traits.iter().map(|_| Seen::default()).collect(),
            counted: 0,
            queue: Queue::default(),
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
        self.count();
        self.fold();
        std::mem::take(&mut self.notes)
    }

    /// Counts the records of the part so far.
    fn fold(&mut self) {
        let days = self
            .shapes
            .end(self.file, self.kind, &mut self.elements, &mut self.clusters);
        self.notes.span.merge(&days);
    }

    /// Adds the counts of another thread.
    pub(super) fn merge(&mut self, other: &Self) {
        for (a, b) in self.elements.iter_mut().zip(&other.elements) {
            let outside = &mut self.outside;
            a.distinct
                .merge(&b.distinct, &mut |h| keep_outside(outside, h));
            a.merge(b);
        }
        for (a, b) in self.clusters.iter_mut().zip(&other.clusters) {
            a.merge(b);
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

    /// Puts a value into the queue; gives what it adds to the shape of a record, none where it is left out.
    #[inline]
    fn put(&mut self, value: &Value<'_>) -> Option<u64> {
        let t = &self.knowledge.traits[value.element.0 as usize];
        if !t.plain && self.knowledge.leaves_out(value) {
            return None;
        }
        if !t.secret {
            let access = t.access(value);
            // for numbers the same text means the same number only at the same node, dialled alike
            let place =
                (u64::from(self.node) << 1 | u64::from(access == Access::Dialled)) & t.number;
            let waiting = Waiting {
                hash: keyed(value.text, place),
                element: value.element,
                access,
            };
            self.queue.put(waiting, value.text, t.normalised);
        }
        Some(t.marks[usize::from(value.unverified)])
    }

    /// Counts a record by its shape, with what was found in its texts, each in the cluster of the text.
    #[inline]
    fn shape(&mut self, record: &Record<'_>, found: &[Found<'_>]) {
        let mut sum = Sum::of(record.cluster);
        for value in record.values {
            if let Some(mark) = self.put(value) {
                sum.add(mark);
            }
        }
        for f in found {
            if let Some(mark) = self.put(&f.value) {
                sum.add_in(mark, f.cluster);
            }
        }
        if self.queue.is_full() {
            self.count();
        }
        if !self.shapes.count(sum, record.day) {
            self.begin_shape(sum, record, found);
        }
    }

    /// Counts the first record of a shape.
    #[cold]
    fn begin_shape(&mut self, sum: Sum, record: &Record<'_>, found: &[Found<'_>]) {
        if self.shapes.is_full() {
            self.fold();
        }
        let own = record.values.iter().map(|v| (v, record.cluster));
        let all = own.chain(found.iter().map(|f| (&f.value, Some(f.cluster))));
        let places: Vec<Place> = all
            .filter_map(|(value, cluster)| self.knowledge.place(value, cluster))
            .collect();
        self.main = self.main.or(places.first().map(|p| p.cluster));
        self.shapes.begin(sum, record.day, places);
    }

    /// Counts what was found in the name of the file; `day` is that of the file.
    pub(super) fn name(&mut self, day: NaiveDate, found: &[Found<'_>]) {
        for f in found {
            let Some(place) = self.knowledge.place(&f.value, Some(f.cluster)) else {
                continue;
            };
            self.put(&f.value);
            let span = Span {
                oldest: Some(day),
                newest: Some(day),
            };
            self.elements[place.element.0 as usize].add(&place, 1, &span, self.kind, self.file);
        }
    }

    /// The cluster that the name of the file belongs to: that of its first record.
    pub(super) const fn main(&self) -> Option<ClusterIx> {
        self.main
    }

    /// Counts the values of the queue that were not counted lately among the different ones of their element.
    fn count(&mut self) {
        self.counted += 1;
        let mut queue = std::mem::take(&mut self.queue);
        for (waiting, text) in queue.missed(&self.seen) {
            let at = waiting.element.0 as usize;
            let t = &self.knowledge.traits[at];
            let seen = &mut self.seen[at];
            seen.add(waiting.hash, self.counted);
            let Some((hash, outside)) = self.knowledge.hash(self.node, text, t, waiting) else {
                continue;
            };
            let hash = hash & !OUTSIDE | u64::from(outside);
            let distinct = &mut self.elements[at].distinct;
            let outside = &mut self.outside;
            let exact = !distinct.is_estimate();
            distinct.insert(hash, &mut |h| keep_outside(outside, h));
            if exact && distinct.is_estimate() {
                seen.shrink();
            }
        }
        queue.clear();
        self.queue = queue;
    }
}

impl Sink for Tally<'_> {
    fn record(&mut self, record: &Record<'_>) {
        self.shape(record, &[]);
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

/// A number that stands for nobody: 999999 and 000000, which the system writes for lines without a number.
fn is_dummy(text: &[u8]) -> bool {
    text.iter().all(|b| matches!(b, b' ' | b'0' | b'9'))
}

impl Finds for Tally<'_> {
    fn found(&mut self, record: &Record<'_>, found: &[Found<'_>]) {
        self.shape(record, found);
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
