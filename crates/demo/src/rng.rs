//! Random numbers that are the same on every machine: integers only, no floating point.

/// SplitMix64 (Steele, Lea, Flood 2014): 64 bits of state, any seed is a good one.
#[derive(Clone, Debug)]
pub(crate) struct Rng(u64);

impl Rng {
    /// A stream of its own for each purpose, so that a change in one file leaves the others alone.
    pub(crate) fn new(seed: u64, purpose: u64) -> Self {
        let mut mixed = Self(seed ^ purpose.wrapping_mul(0xA24B_AED4_963E_E407));
        let state = mixed.next() ^ purpose;
        Self(state)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from 0 to `n - 1`; 0 for an empty range.
    pub(crate) fn below(&mut self, n: u32) -> u32 {
        ((u64::from(self.next() as u32) * u64::from(n)) >> 32) as u32
    }

    /// True in `percent` of 100 cases.
    pub(crate) fn percent(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// A rank from 0 to `n - 1` whose frequency falls with the rank as in Zipf's law:
    /// every doubling of the rank is as likely as the one before.
    pub(crate) fn rank(&mut self, n: u32) -> u32 {
        let octaves = n.max(2).ilog2();
        let octave = self.below(octaves);
        (1 << octave) + self.below(1 << octave) - 1
    }

    /// One of a list.
    pub(crate) fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len() as u32) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_fixed_for_all_time() {
        let mut rng = Rng::new(1, 2);
        let first: Vec<u32> = (0..4).map(|_| rng.below(1000)).collect();
        let mut again = Rng::new(1, 2);
        assert_eq!(first, (0..4).map(|_| again.below(1000)).collect::<Vec<_>>());
        let mut other = Rng::new(1, 3);
        assert_ne!(first, (0..4).map(|_| other.below(1000)).collect::<Vec<_>>());
    }

    #[test]
    fn low_ranks_are_frequent_and_none_is_outside() {
        let mut rng = Rng::new(7, 0);
        let mut first = 0;
        for _ in 0..10_000 {
            let rank = rng.rank(1024);
            assert!(rank < 1024);
            first += u32::from(rank == 0);
        }
        assert!((800..1200).contains(&first), "{first}");
    }
}
