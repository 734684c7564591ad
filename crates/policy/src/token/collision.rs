//! Whether two values got the same shortened token.

use std::collections::HashMap;

use zeroize::Zeroize;

use super::{FULL, Token};

/// Looks for collisions of tokens that were shortened for a narrow field (cli.md 4 "Tokens").
///
/// It compares the full tokens of those that look alike. Memory is bounded: beyond
/// `limit` different tokens it stops learning new ones and says so.
pub struct Collisions {
    full: HashMap<(u32, Token), [u8; FULL + 1]>,
    limit: usize,
    seen: Seen,
}

/// What the check has seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Values whose shortened token had stood for another value before.
    pub collisions: u64,
    /// Values that were not checked, because there were too many.
    pub unchecked: u64,
}

impl Collisions {
    /// A check that remembers at most `limit` different tokens, about 64 bytes each.
    pub fn new(limit: usize) -> Self {
        Self {
            full: HashMap::new(),
            limit,
            seen: Seen::default(),
        }
    }

    /// Notes that `short` stands for the value whose full token is `full`, under the key with this id.
    pub fn note(&mut self, key: u32, short: Token, full: Token) {
        if short.len == full.len {
            return;
        }
        match self.full.get(&(key, short)) {
            Some(known) if *known == full.bytes => {}
            Some(_) => self.seen.collisions += 1,
            None if self.full.len() < self.limit => {
                self.full.insert((key, short), full.bytes);
            }
            None => self.seen.unchecked += 1,
        }
    }

    /// What it has seen so far.
    pub const fn seen(&self) -> Seen {
        self.seen
    }

    /// Adds what the check of another thread has met.
    pub fn merge(&mut self, other: Self) {
        for (&(key, short), &bytes) in &other.full {
            let full = Token {
                len: FULL as u8 + 1,
                bytes,
            };
            self.note(key, short, full);
        }
        self.seen.collisions += other.seen.collisions;
        self.seen.unchecked += other.seen.unchecked;
    }
}

impl Drop for Collisions {
    fn drop(&mut self) {
        for bytes in self.full.values_mut() {
            bytes.zeroize();
        }
    }
}

impl std::fmt::Debug for Collisions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Collisions({:?})", self.seen)
    }
}
