//! Records that hold the same elements are counted together: one count per record instead of one per value.

use std::hash::BuildHasherDefault;

use chrono::{Datelike as _, NaiveDate};
use gdpr4k_model::catalogue::ClusterIx;
use hashbrown::HashMap;

use super::counts::{ClusterCount, ElementCount, Place, Span, add_file, add_month};
use super::distinct::Same;

/// Shapes that are kept apart; the files of a site have a handful each.
pub(super) const MOST: usize = 512;

/// The elements of a record, by a sum over them in any order, with the cluster that the record decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sum(u64);

impl Sum {
    /// Of a record without values.
    #[inline]
    pub(super) const fn of(cluster: Option<ClusterIx>) -> Self {
        Self(match cluster {
            Some(ClusterIx(c)) => mix(1 << 32 | c as u64),
            None => 0,
        })
    }

    /// With one more value.
    #[inline]
    pub(super) const fn add(&mut self, mark: u64) {
        self.0 = self.0.wrapping_add(mark);
    }
}

impl Sum {
    /// With one more value, in a cluster of its own.
    pub(super) const fn add_in(&mut self, mark: u64, cluster: ClusterIx) {
        self.add(mix(mark ^ (cluster.0 as u64 + 1)));
    }
}

/// What a value of an element adds to the sum: numbers without any relation to each other, so that
/// two different sets of elements have the same sum as hardly as two values have the same hash.
pub(super) const fn mark(element: u16, unverified: bool) -> u64 {
    mix((element as u64) << 1 | unverified as u64)
}

/// splitmix64 (Steele, Lea, Flood 2014).
const fn mix(n: u64) -> u64 {
    let n = n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}

/// Records with the same elements.
struct Shape {
    places: Vec<Place>,
    /// Day of the last records, and how many of them in a row.
    day: Option<NaiveDate>,
    run: u64,
    records: u64,
    undated: u64,
    span: Span,
    months: Vec<(u32, u64)>,
}

impl Shape {
    /// Another day begins.
    fn turn(&mut self, day: Option<NaiveDate>) {
        self.records += self.run;
        match self.day {
            Some(d) if self.run > 0 => {
                self.span.note(d);
                let month = d.year().max(0) as u32 * 12 + d.month0();
                add_month(&mut self.months, month, self.run);
            }
            Some(_) => {}
            None => self.undated += self.run,
        }
        (self.day, self.run) = (day, 0);
    }
}

/// The shapes of a part of a file.
#[derive(Default)]
pub(super) struct Shapes {
    by_sum: HashMap<u64, u32, BuildHasherDefault<Same>>,
    all: Vec<Shape>,
}

impl Shapes {
    /// Counts a record; false where none of its shape was met before.
    #[inline]
    pub(super) fn count(&mut self, sum: Sum, day: Option<NaiveDate>) -> bool {
        let Some(shape) = self
            .by_sum
            .get(&sum.0)
            .and_then(|at| self.all.get_mut(*at as usize))
        else {
            return false;
        };
        if shape.day != day {
            shape.turn(day);
        }
        shape.run += 1;
        true
    }

    /// Whether there is no room for another shape.
    pub(super) fn is_full(&self) -> bool {
        self.all.len() >= MOST
    }

    /// Counts the first record of a shape.
    pub(super) fn begin(&mut self, sum: Sum, day: Option<NaiveDate>, places: Vec<Place>) {
        self.by_sum.insert(sum.0, self.all.len() as u32);
        self.all.push(Shape {
            places,
            day,
            run: 1,
            records: 0,
            undated: 0,
            span: Span::default(),
            months: Vec::new(),
        });
    }

    /// Adds everything to the counts of elements and clusters, and gives the days met.
    pub(super) fn end(
        &mut self,
        file: u32,
        kind: usize,
        elements: &mut [ElementCount],
        clusters: &mut [ClusterCount],
    ) -> Span {
        self.by_sum.clear();
        let mut days = Span::default();
        let mut met: Vec<ClusterIx> = Vec::new();
        for mut shape in self.all.drain(..) {
            shape.turn(None);
            days.merge(&shape.span);
            met.clear();
            for place in &shape.places {
                let count = &mut elements[place.element.0 as usize];
                count.add(place, shape.records, &shape.span, kind, file);
                if !met.contains(&place.cluster) {
                    met.push(place.cluster);
                }
            }
            for cluster in &met {
                let count = &mut clusters[cluster.0 as usize];
                count.records += shape.records;
                count.undated += shape.undated;
                count.span.merge(&shape.span);
                for (month, n) in &shape.months {
                    add_month(&mut count.months, *month, *n);
                }
                add_file(&mut count.files, file);
            }
        }
        days
    }
}
