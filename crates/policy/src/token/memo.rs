//! Tokens of outside numbers that a thread has met lately.

use zeroize::Zeroize;

use super::Token;

/// A fixed table of the last results: one place per hash, the newer entry wins.
///
/// Its size does not depend on how many numbers there are. Wiped when dropped.
pub struct Memo {
    entries: Vec<Entry>,
    shift: u32,
}

#[derive(Clone, Copy)]
struct Entry {
    /// The digits with a one before them, so that `0049` and `49` differ; 0 is empty.
    digits: u64,
    key: u32,
    token: Token,
}

const EMPTY: Entry = Entry {
    digits: 0,
    key: 0,
    token: Token::marked(),
};

impl Memo {
    /// A table of 2^`bits` places of 32 bytes, 4 to 20 bits.
    pub fn new(bits: u32) -> Self {
        let bits = bits.clamp(4, 20);
        Self {
            entries: vec![EMPTY; 1 << bits],
            shift: 64 - bits,
        }
    }

    /// The token remembered for a number under a key, else the one that `make` gives.
    pub(super) fn get_or(
        &mut self,
        key: u32,
        digits: &[u8],
        make: impl FnOnce() -> Token,
    ) -> Token {
        let Some(packed) = pack(digits) else {
            return make();
        };
        let mixed = (packed ^ (u64::from(key) << 40)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let entry = &mut self.entries[(mixed >> self.shift) as usize];
        if entry.digits != packed || entry.key != key {
            *entry = Entry {
                digits: packed,
                key,
                token: make(),
            };
        }
        entry.token
    }
}

impl Drop for Memo {
    fn drop(&mut self) {
        for entry in &mut self.entries {
            entry.digits.zeroize();
            entry.token.bytes.zeroize();
        }
    }
}

impl std::fmt::Debug for Memo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Memo({} places)", self.entries.len())
    }
}

/// Up to 18 digits as one number; longer and cut ones are not remembered.
fn pack(digits: &[u8]) -> Option<u64> {
    if digits.len() > 18 {
        return None;
    }
    digits.iter().try_fold(1u64, |v, d| {
        d.is_ascii_digit().then(|| v * 10 + u64::from(d - b'0'))
    })
}
