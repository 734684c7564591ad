//! Values met lately, by the hash of their text: most values come again soon.

/// Places of an element with this many different texts and more (512 KiB).
const LARGEST: usize = 1 << 15;

/// Places once the values of an element are estimated: only the most frequent ones are worth keeping.
const SMALL: usize = 1 << 12;

/// The hashes met lately of one element. What it forgets is only counted once more.
///
/// Two hashes share a place, so both are looked at with one access to memory and without a branch.
pub(super) struct Seen {
    places: Box<[[u64; 2]]>,
    /// Hashes added since the table has its size.
    added: usize,
    most: usize,
}

impl Default for Seen {
    fn default() -> Self {
        Self {
            places: empty(1),
            added: 0,
            most: LARGEST,
        }
    }
}

/// Places that hold nothing: what lies in each belongs elsewhere, so no hash is found there.
fn empty(places: usize) -> Box<[[u64; 2]]> {
    (0..places as u64).map(|i| [!i; 2]).collect()
}

impl Seen {
    #[inline]
    fn place(&self, hash: u64) -> usize {
        hash as usize & (self.places.len() - 1)
    }

    /// Whether the hash was added lately.
    #[inline]
    pub(super) fn has(&self, hash: u64) -> bool {
        let [a, b] = self.places[self.place(hash)];
        (a == hash) | (b == hash)
    }

    /// Adds a hash; the older one of its place is forgotten.
    #[inline]
    pub(super) fn add(&mut self, hash: u64) {
        if self.most == 0 {
            return;
        }
        if self.added >= self.places.len() && self.places.len() < self.most {
            self.grow();
        }
        self.added += 1;
        let place = self.place(hash);
        let [newer, older] = &mut self.places[place];
        *older = std::mem::replace(newer, hash);
    }

    #[cold]
    fn grow(&mut self) {
        let larger = empty((self.places.len() * 4).clamp(64, self.most));
        let smaller = std::mem::replace(&mut self.places, larger);
        for (i, [newer, older]) in smaller.iter().enumerate() {
            for hash in [*older, *newer] {
                if hash as usize & (smaller.len() - 1) == i {
                    let place = self.place(hash);
                    let [a, b] = &mut self.places[place];
                    *b = std::mem::replace(a, hash);
                }
            }
        }
        self.added = 0;
    }

    /// The element has so many values that few come again: `worth` says whether it pays to
    /// remember some, because working out what a value means costs more than looking it up.
    #[cold]
    pub(super) fn shrink(&mut self, worth: bool) {
        let most = if worth { SMALL } else { 0 };
        *self = Self {
            places: empty(most.max(1)),
            added: 0,
            most,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use xxhash_rust::xxh3::xxh3_64;

    fn hash(n: u64) -> u64 {
        xxh3_64(&n.to_le_bytes())
    }

    #[test]
    fn nothing_is_found_that_was_not_added() {
        let mut seen = Seen::default();
        for n in 0..200_000 {
            assert!(!seen.has(hash(n)), "{n}");
            seen.add(hash(n));
            assert!(seen.has(hash(n)), "{n}");
        }
        // what an empty place holds is no hash of its own
        assert!(!Seen::default().has(0) && !Seen::default().has(u64::MAX));
        let mut small = Seen::default();
        small.add(hash(1));
        assert!((0..64).all(|n| !small.has(n) && !small.has(!n)));
    }

    #[test]
    fn few_values_are_all_remembered_and_memory_is_bounded() {
        let mut seen = Seen::default();
        let missed = |seen: &mut Seen, values: u64| {
            let mut missed = 0;
            for n in 0..values {
                if !seen.has(hash(n)) {
                    missed += 1;
                    seen.add(hash(n));
                }
            }
            missed
        };
        for _ in 0..8 {
            missed(&mut seen, 5_000);
        }
        assert!(missed(&mut seen, 5_000) < 250);
        for _ in 0..8 {
            missed(&mut seen, 500_000);
        }
        assert_eq!(seen.places.len(), LARGEST);
        seen.shrink(true);
        missed(&mut seen, 500_000);
        assert_eq!(seen.places.len(), SMALL);
        seen.shrink(false);
        assert_eq!((missed(&mut seen, 9), missed(&mut seen, 9)), (9, 9));
    }
}
