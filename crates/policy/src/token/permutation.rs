//! A keyed permutation over all digit strings of up to L digits.
//!
//! Station numbers are a short closed set: a general format-preserving cipher has a
//! minimum domain that they do not reach (NIST SP 800-38G, 5: one million). This one
//! is an unbalanced Feistel network (Black and Rogaway, Ciphers with Arbitrary Finite
//! Domains, 2002) with modular addition over a grid just larger than the domain,
//! walked until the result lies in the domain, so that no two stations share a token.
//! The round functions are HMAC-SHA-256, tabulated: a side has as few values as the
//! square root of the domain. Nothing is stored; the key alone gives both directions.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use zeroize::Zeroize;

use super::prf::Prf;

/// The longest station number that has a domain of its own, in digits.
pub const MAX_STATION: usize = 10;

/// Rounds, half of them for each side. Attacks on small domains gain with few rounds
/// (Bellare, Hoang, Tessaro, 2016, recover messages below about ten); rounds cost
/// little here, so there are twice as many.
const ROUNDS: usize = 20;

/// The permutation of one key and one length.
pub struct Permutation {
    size: u64,
    chars: usize,
    /// Values of the two sides.
    sides: [u64; 2],
    /// Sums of all rounds, one after the other.
    sums: Vec<u32>,
    /// Images that were asked for, plus one; only for small domains.
    met: Vec<AtomicU32>,
}

/// Up to this size images are remembered: all stations of up to five digits, 444 KiB.
const REMEMBERED: u64 = 111_110;

impl Permutation {
    /// The permutation over all strings of 1 to `length` digits, 1 to 10.
    pub(super) fn new(prf: &Prf, length: usize) -> Self {
        let size = domain(length);
        let mut left = size.isqrt();
        left += u64::from(left * left < size);
        let sides = [left, size.div_ceil(left)];
        let mut sums = Vec::with_capacity(ROUNDS / 2 * (sides[0] + sides[1]) as usize);
        for round in 0..ROUNDS {
            // an even round changes the left side by the right one, an odd round the other way
            let (modulus, count) = (sides[round % 2], sides[(round + 1) % 2]);
            let end = sums.len() + count as usize;
            for group in 0.. {
                if sums.len() == end {
                    break;
                }
                let mut message = [0; 16];
                message[0] = length as u8;
                message[1] = round as u8;
                message[8..].copy_from_slice(&u64::to_be_bytes(group));
                let mut mac = prf.mac(&message);
                for word in mac.chunks_exact(8).take(end - sums.len()) {
                    let mut bytes = [0; 8];
                    bytes.copy_from_slice(word);
                    sums.push((u64::from_be_bytes(bytes) % modulus) as u32);
                }
                mac.zeroize();
            }
        }
        Self {
            size,
            chars: chars(length),
            sides,
            sums,
            met: std::iter::repeat_with(AtomicU32::default)
                .take(if size <= REMEMBERED { size as usize } else { 0 })
                .collect(),
        }
    }

    /// Number of strings: (10^(L+1) - 10) / 9.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Characters of base 36 that every value of the domain fits in.
    pub const fn chars(&self) -> usize {
        self.chars
    }

    /// Where a value goes; both are below [`Self::size`].
    pub fn forward(&self, value: u64) -> u64 {
        let Some(met) = usize::try_from(value).ok().and_then(|v| self.met.get(v)) else {
            return self.encrypt(value);
        };
        // whoever else works it out at the same time writes the same
        match met.load(Relaxed) {
            0 => {
                let image = self.encrypt(value);
                met.store(image as u32 + 1, Relaxed);
                image
            }
            image => u64::from(image - 1),
        }
    }

    fn encrypt(&self, mut value: u64) -> u64 {
        loop {
            let mut side = [value / self.sides[1], value % self.sides[1]];
            let mut at = 0;
            for round in 0..ROUNDS {
                let (turn, other) = (round % 2, (round + 1) % 2);
                let sum = u64::from(self.sums[at + side[other] as usize]);
                let moved = side[turn] + sum;
                side[turn] = moved
                    - if moved >= self.sides[turn] {
                        self.sides[turn]
                    } else {
                        0
                    };
                at += self.sides[other] as usize;
            }
            value = side[0] * self.sides[1] + side[1];
            if value < self.size {
                return value;
            }
        }
    }

    /// Where a value comes from.
    pub fn backward(&self, mut value: u64) -> u64 {
        loop {
            let mut side = [value / self.sides[1], value % self.sides[1]];
            let mut at = self.sums.len();
            for round in (0..ROUNDS).rev() {
                let (turn, other) = (round % 2, (round + 1) % 2);
                at -= self.sides[other] as usize;
                let sum = u64::from(self.sums[at + side[other] as usize]);
                side[turn] += if side[turn] < sum {
                    self.sides[turn]
                } else {
                    0
                };
                side[turn] -= sum;
            }
            value = side[0] * self.sides[1] + side[1];
            if value < self.size {
                return value;
            }
        }
    }
}

impl Drop for Permutation {
    fn drop(&mut self) {
        self.sums.zeroize();
        for image in &mut self.met {
            image.get_mut().zeroize();
        }
    }
}

/// How many strings of 1 to `length` digits there are.
const fn domain(length: usize) -> u64 {
    (10u64.pow(length as u32 + 1) - 10) / 9
}

/// The place of a digit string: short strings first, then by value; `0815` and `815` are two strings.
pub(super) fn rank(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || digits.len() > MAX_STATION {
        return None;
    }
    let value = digits.iter().try_fold(0u64, |v, d| {
        d.is_ascii_digit().then(|| v * 10 + u64::from(d - b'0'))
    })?;
    Some(domain(digits.len() - 1) + value)
}

/// The digit string at a place.
pub(super) fn unrank(rank: u64) -> String {
    let length = (1..=MAX_STATION)
        .find(|l| rank < domain(*l))
        .unwrap_or(MAX_STATION);
    format!("{:0length$}", rank - domain(length - 1))
}

/// Characters of base 36 that all strings of up to `length` digits need.
pub(super) fn chars(length: usize) -> usize {
    let size = domain(length);
    (1..).find(|c| 36u64.pow(*c) >= size).unwrap_or(1) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permutation(key: u8, length: usize) -> Permutation {
        Permutation::new(&Prf::new(&[key; 32]), length)
    }

    #[test]
    fn it_is_a_bijection_that_can_be_turned_round() {
        for length in 1..=5 {
            let p = permutation(3, length);
            let mut met = vec![false; p.size() as usize];
            for value in 0..p.size() {
                let to = p.forward(value);
                assert!(!std::mem::replace(&mut met[to as usize], true), "{length}");
                assert_eq!((p.backward(to), p.forward(value)), (value, to));
            }
            assert!(met.iter().all(|m| *m));
        }
        for length in 6..=8 {
            let p = permutation(4, length);
            for value in (0..p.size()).step_by(997) {
                assert_eq!(p.backward(p.forward(value)), value);
            }
        }
    }

    #[test]
    fn every_digit_string_has_its_own_place() {
        assert_eq!(
            (1..=4).map(domain).collect::<Vec<_>>(),
            [10, 110, 1110, 11110]
        );
        for place in 0..11110 {
            assert_eq!(rank(unrank(place).as_bytes()), Some(place));
        }
        assert_eq!(rank(b"0"), Some(0));
        assert_eq!(rank(b"0815"), Some(1110 + 815));
        assert_eq!(rank(b"12a"), None);
        assert_eq!(rank(b""), None);
        assert_eq!((1..=6).map(chars).collect::<Vec<_>>(), [1, 2, 2, 3, 4, 4]);
    }

    #[test]
    fn images_lie_everywhere_and_depend_on_the_key() {
        // Of two random permutations over n values one value is expected to agree.
        let (a, b) = (permutation(1, 4), permutation(2, 4));
        let same = (0..a.size())
            .filter(|v| a.forward(*v) == b.forward(*v))
            .count();
        assert!(same < 12, "{same}");
        let fixed = (0..a.size()).filter(|v| a.forward(*v) == *v).count();
        assert!(fixed < 12, "{fixed}");
        // The images of neighbours: sixteen equal bins of 694 images each, within five deviations.
        let mut bins = [0i64; 16];
        for value in 1110..11110 {
            bins[(a.forward(value) * 16 / a.size()) as usize] += 1;
        }
        assert!(bins.iter().all(|n| (n - 625).abs() < 130), "{bins:?}");
        let close = (0..11109)
            .filter(|v| a.forward(*v).abs_diff(a.forward(v + 1)) <= 5)
            .count();
        assert!(close < 40, "{close}");
    }
}
