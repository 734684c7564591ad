//! Values met lately, by the hash of their text: most values come again soon.

/// Places of an element with very many different texts (512 KiB).
const LARGEST: usize = 1 << 15;

/// Places once the values of an element are estimated: only the most frequent ones are worth keeping.
const SMALL: usize = 1 << 11;

/// Of the values of such an element so many are passed over for one that is kept: stamps and running
/// numbers, which never come again, would otherwise crowd out what does. Every 17th and not every
/// 16th: a prime number meets every column of a record in turn.
const PASSED: u8 = 16;

/// Hashes that share a place.
const WAYS: usize = 4;

/// Hashes forgotten per look-up of the queue that a larger table is made for.
const OFTEN: u64 = 1;

/// The hashes met lately of one element. What it forgets is only counted once more.
///
/// The tables of all elements together should stay in the memory that is near, so of a hash only
/// half is kept; the other half decides about the place. That a new value is taken for one of the
/// up to four in its place, and not counted, happens once in 2^30 new values.
///
/// The four are looked at with one access to memory and without a branch.
pub(super) struct Seen {
    places: Box<[[u32; WAYS]]>,
    /// Hashes forgotten since the table has its size, or since it was found large enough.
    forgotten: usize,
    /// Look-ups of the queue until then.
    since: u64,
    most: usize,
    /// How many values are passed over for one that is kept, and how many still are.
    passed: (u8, u8),
}

impl Default for Seen {
    fn default() -> Self {
        Self::of(1, LARGEST)
    }
}

/// What is kept of a hash; 0 stands for none.
#[inline]
const fn half(hash: u64) -> u32 {
    let half = hash as u32;
    half | (half == 0) as u32
}

impl Seen {
    fn of(places: usize, most: usize) -> Self {
        Self {
            places: vec![[0; WAYS]; places].into_boxed_slice(),
            forgotten: 0,
            since: 0,
            most,
            passed: (0, 0),
        }
    }

    /// The other half of the hash, as a share of all places.
    #[inline]
    fn place(&self, hash: u64) -> usize {
        (((hash >> 32) * self.places.len() as u64) >> 32) as usize
    }

    /// Whether the hash was added lately.
    #[inline]
    pub(super) fn has(&self, hash: u64) -> bool {
        let half = half(hash);
        let [a, b, c, d] = self.places[self.place(hash)];
        (a == half) | (b == half) | (c == half) | (d == half)
    }

    /// Adds a hash; the oldest one of its place is forgotten. `now` counts the look-ups of the queue.
    #[inline]
    pub(super) fn add(&mut self, hash: u64, now: u64) {
        if self.passed.1 > 0 {
            self.passed.1 -= 1;
            return;
        }
        self.passed.1 = self.passed.0;
        if self.forgotten >= WAYS * self.places.len() {
            self.judge(now);
        }
        let place = self.place(hash);
        let [a, b, c, d] = self.places[place];
        self.places[place] = [half(hash), a, b, c];
        self.forgotten += usize::from(d != 0);
    }

    /// Grows a table that forgets too often. It begins empty: what comes again fills it soon.
    #[cold]
    fn judge(&mut self, now: u64) {
        let often = self.forgotten as u64 >= OFTEN * (now - self.since);
        if often && self.places.len() < self.most {
            let places = (self.places.len() * 2).clamp(16, self.most);
            *self = Self::of(places, self.most);
        }
        (self.forgotten, self.since) = (0, now);
    }

    /// The element has so many values that few come again: from now on only frequent ones are kept.
    #[cold]
    pub(super) fn shrink(&mut self) {
        *self = Self::of(SMALL, SMALL);
        self.passed = (PASSED, PASSED);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use xxhash_rust::xxh3::xxh3_64;

    fn hash(n: u64) -> u64 {
        xxh3_64(&n.to_le_bytes())
    }

    /// How many of so many values are not found, each looked up once and added; 32 in a look-up of the queue.
    fn missed(seen: &mut Seen, values: u64) -> u64 {
        let (mut missed, start) = (0, seen.since);
        for n in 0..values {
            if !seen.has(hash(n)) {
                missed += 1;
                seen.add(hash(n), start + n / 32);
            }
        }
        missed
    }

    #[test]
    fn nothing_is_found_that_was_not_added() {
        let mut seen = Seen::default();
        assert!(!seen.has(0) && !seen.has(1 << 32) && !seen.has(u64::MAX));
        assert_eq!(missed(&mut seen, 200_000), 200_000);
        seen = Seen::default();
        seen.add(0, 0);
        assert!(seen.has(0) && !seen.has(2));
    }

    #[test]
    fn few_values_are_all_remembered_and_memory_is_bounded() {
        let mut seen = Seen::default();
        for _ in 0..100 {
            missed(&mut seen, 5_000);
        }
        assert!(missed(&mut seen, 5_000) < 250);
        for _ in 0..8 {
            missed(&mut seen, 500_000);
        }
        assert_eq!(seen.places.len(), LARGEST);
    }

    #[test]
    fn of_an_estimated_element_the_frequent_values_are_remembered() {
        let mut seen = Seen::default();
        seen.shrink();
        let mut missed = 0;
        for n in 0..400_000u64 {
            // every other value is one of 100, the others never come again
            let value = if n % 2 == 0 { n / 2 % 100 } else { 1_000 + n };
            if !seen.has(hash(value)) {
                missed += u64::from(n % 2 == 0);
                seen.add(hash(value), n / 32);
            }
        }
        assert!(missed < 20_000, "{missed}");
        assert_eq!(seen.places.len(), SMALL);
    }
}
