//! How many different values: exact up to a limit, then estimated with bounded memory.

use std::hash::{BuildHasherDefault, Hasher};

use hashbrown::HashSet;

/// Up to this many different values are counted exactly (4.5 MiB).
pub(super) const EXACT: usize = 1 << 18;

/// The mark of an outside number among the hashes: their lowest bit.
pub(super) const OUTSIDE: u64 = 1;

/// 2^14 registers: standard error 0.8 %.
const BITS: u32 = 14;

/// The keys are hashes already; the mark must not decide where they lie.
#[derive(Default, Clone)]
pub(super) struct Same(u64);

impl Hasher for Same {
    fn finish(&self) -> u64 {
        self.0.rotate_right(1)
    }
    fn write(&mut self, _: &[u8]) {}
    fn write_u64(&mut self, n: u64) {
        self.0 = n;
    }
}

/// Hashes, each once.
pub(super) type Hashes = HashSet<u64, BuildHasherDefault<Same>>;

/// A counter of different values; it holds hashes only, and only in memory.
#[derive(Clone)]
pub(super) enum Distinct {
    /// The hashes, up to a limit.
    Exact(Hashes, usize),
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

    /// Counts one value by its 64-bit hash. `lost` is told the hashes that are not kept as such.
    #[inline]
    pub(super) fn insert(&mut self, hash: u64, lost: &mut impl FnMut(u64)) {
        match self {
            Self::Exact(set, limit) => {
                if set.insert(hash) && set.len() > *limit {
                    self.spill(lost);
                }
            }
            Self::Estimate(registers) => {
                note(registers, hash);
                lost(hash);
            }
        }
    }

    /// From now on the values are estimated.
    #[cold]
    fn spill(&mut self, lost: &mut impl FnMut(u64)) {
        if let Self::Exact(set, _) = self {
            let mut registers = vec![0u8; 1 << BITS].into_boxed_slice();
            for hash in set.iter() {
                note(&mut registers, *hash);
                lost(*hash);
            }
            *self = Self::Estimate(registers);
        }
    }

    /// Adds what another counter has seen.
    pub(super) fn merge(&mut self, other: &Self, lost: &mut impl FnMut(u64)) {
        match other {
            Self::Exact(theirs, _) => {
                if let Self::Exact(ours, _) = self {
                    // in the order of one table a smaller one fills badly
                    ours.reserve(theirs.len());
                }
                theirs.iter().for_each(|h| self.insert(*h, lost));
            }
            Self::Estimate(theirs) => {
                self.spill(lost);
                if let Self::Estimate(ours) = self {
                    for (o, t) in ours.iter_mut().zip(theirs.iter()) {
                        *o = (*o).max(*t);
                    }
                }
            }
        }
    }

    /// Counts one value without keeping it: what others have lost.
    #[inline]
    pub(super) fn estimate(&mut self, hash: u64) {
        self.spill(&mut |_| {});
        if let Self::Estimate(registers) = self {
            note(registers, hash);
        }
    }

    /// The hashes, as long as they are kept.
    pub(super) fn kept(&self) -> impl Iterator<Item = u64> {
        match self {
            Self::Exact(set, _) => Some(set.iter().copied()),
            Self::Estimate(_) => None,
        }
        .into_iter()
        .flatten()
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

    fn counted(n: u64) -> Distinct {
        let mut d = Distinct::default();
        for i in 0..n {
            d.insert(xxh3_64(&i.to_le_bytes()), &mut |_| {});
            d.insert(xxh3_64(&(i / 2).to_le_bytes()), &mut |_| {});
        }
        d
    }

    #[test]
    fn exact_below_the_limit_and_close_above_it() {
        let exact = counted(EXACT as u64);
        assert_eq!((exact.count(), exact.is_estimate()), (EXACT as u64, false));
        for n in [EXACT as u64 + 1, 300_000, 1_000_000] {
            let d = counted(n);
            assert!(d.is_estimate());
            let error = (d.count() as f64 - n as f64).abs() / n as f64;
            assert!(error < 0.03, "{n}: {error}");
        }
    }

    #[test]
    fn merging_is_the_same_as_counting_together() {
        for (a, b) in [
            (10, 300_000),
            (300_000, 10),
            (200_000, 250_000),
            (300_000, 400_000),
            (20, 30),
        ] {
            let (mut left, right) = (counted(a), counted(b));
            left.merge(&right, &mut |_| {});
            let n = a.max(b) as f64;
            let error = (left.count() as f64 - n).abs() / n;
            assert!(error < 0.03, "{a} {b}: {error}");
            assert_eq!(left.is_estimate(), a.max(b) > EXACT as u64);
        }
    }

    #[test]
    fn what_is_not_kept_is_told() {
        let (mut d, mut lost) = (Distinct::default(), Distinct::default());
        for i in 0..300_000u64 {
            d.insert(xxh3_64(&i.to_le_bytes()), &mut |h| lost.estimate(h));
        }
        assert_eq!(lost.count(), d.count());
        assert_eq!((d.kept().count(), counted(7).kept().count()), (0, 7));
    }
}
