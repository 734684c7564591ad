//! How many different values: exact up to a limit, then estimated with bounded memory.

use std::hash::{BuildHasherDefault, Hasher};

use hashbrown::HashSet;

/// Up to this many different values are counted exactly (4.5 MiB).
pub(super) const EXACT: usize = 1 << 18;

/// 2^14 registers: standard error 0.8 %.
const BITS: u32 = 14;

/// The keys are hashes already.
#[derive(Default, Clone)]
pub(super) struct Same(u64);

impl Hasher for Same {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, _: &[u8]) {}
    fn write_u64(&mut self, n: u64) {
        self.0 = n;
    }
}

/// A counter of different values; it holds hashes only, and only in memory.
#[derive(Clone)]
pub(super) enum Distinct {
    Exact(HashSet<u64, BuildHasherDefault<Same>>, usize),
    /// HyperLogLog registers.
    Estimate(Box<[u8]>),
}

impl Default for Distinct {
    fn default() -> Self {
        Self::up_to(EXACT)
    }
}

impl Distinct {
    /// Exact up to `limit` values.
    pub(super) fn up_to(limit: usize) -> Self {
        Self::Exact(HashSet::default(), limit)
    }

    /// Counts one value by its 64-bit hash; `false` where it has been counted before for certain.
    #[inline]
    pub(super) fn insert(&mut self, hash: u64) -> bool {
        match self {
            Self::Exact(set, limit) => {
                let new = set.insert(hash);
                if new && set.len() > *limit {
                    *self = Self::Estimate(registers(set.iter().copied()));
                }
                new
            }
            Self::Estimate(registers) => {
                note(registers, hash);
                true
            }
        }
    }

    /// Adds what another counter has seen.
    pub(super) fn merge(&mut self, other: &Self) {
        match (&mut *self, other) {
            (Self::Exact(..), Self::Exact(theirs, _)) => theirs.iter().for_each(|h| {
                self.insert(*h);
            }),
            (Self::Exact(ours, _), Self::Estimate(theirs)) => {
                let mut merged = theirs.clone();
                ours.iter().for_each(|h| note(&mut merged, *h));
                *self = Self::Estimate(merged);
            }
            (Self::Estimate(ours), Self::Exact(theirs, _)) => {
                theirs.iter().for_each(|h| note(ours, *h))
            }
            (Self::Estimate(ours), Self::Estimate(theirs)) => {
                for (o, t) in ours.iter_mut().zip(theirs.iter()) {
                    *o = (*o).max(*t);
                }
            }
        }
    }

    /// The number of different values.
    pub(super) fn count(&self) -> u64 {
        match self {
            Self::Exact(set, _) => set.len() as u64,
            Self::Estimate(registers) => estimate(registers),
        }
    }

    /// Whether the number is an estimate.
    pub(super) const fn is_estimate(&self) -> bool {
        matches!(self, Self::Estimate(_))
    }
}

fn registers(hashes: impl Iterator<Item = u64>) -> Box<[u8]> {
    let mut registers = vec![0u8; 1 << BITS].into_boxed_slice();
    hashes.for_each(|h| note(&mut registers, h));
    registers
}

#[inline]
fn note(registers: &mut [u8], hash: u64) {
    let slot = (hash >> (64 - BITS)) as usize;
    let rank = ((hash << BITS) | 1 << (BITS - 1)).leading_zeros() as u8 + 1;
    if registers[slot] < rank {
        registers[slot] = rank;
    }
}

/// Flajolet et al. 2007, with linear counting where registers are still empty.
fn estimate(registers: &[u8]) -> u64 {
    let m = registers.len() as f64;
    let alpha = 0.7213 / (1.0 + 1.079 / m);
    let sum: f64 = registers.iter().map(|r| 2f64.powi(-i32::from(*r))).sum();
    let raw = alpha * m * m / sum;
    let empty = registers.iter().filter(|r| **r == 0).count();
    if raw <= 2.5 * m && empty > 0 {
        return (m * (m / empty as f64).ln()).round() as u64;
    }
    raw.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use xxhash_rust::xxh3::xxh3_64;

    fn counted(n: u64, limit: usize) -> Distinct {
        let mut d = Distinct::up_to(limit);
        for i in 0..n {
            d.insert(xxh3_64(&i.to_le_bytes()));
            d.insert(xxh3_64(&(i / 2).to_le_bytes()));
        }
        d
    }

    #[test]
    fn exact_below_the_limit_and_close_above_it() {
        assert_eq!(counted(1000, 1000).count(), 1000);
        assert!(!counted(1000, 1000).is_estimate());
        for n in [20_000u64, 300_000, 1_000_000] {
            let d = counted(n, 1000);
            assert!(d.is_estimate());
            let error = (d.count() as f64 - n as f64).abs() / n as f64;
            assert!(error < 0.03, "{n}: {error}");
        }
    }

    #[test]
    fn merging_is_the_same_as_counting_together() {
        for (a, b) in [(10, 1000), (1000, 10), (10, 10), (1000, 1000)] {
            let (mut left, right) = (counted(5000, a), counted(9000, b));
            left.merge(&right);
            let error = (left.count() as f64 - 9000.0).abs() / 9000.0;
            assert!(error < 0.03, "{a} {b}: {error}");
        }
    }
}
