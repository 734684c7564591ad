//! What fields met lately became: a fixed table, one for each thread.
//!
//! Most numbers of call records come again soon, and a token costs more than looking.
//! The table has a fixed size, so memory does not depend on how many numbers there are;
//! the newer entry wins. It is wiped when it is dropped.

use zeroize::Zeroize;

/// Longest field that is remembered.
pub(super) const FIELD: usize = 32;
/// Longest result that is remembered, without fill.
pub(super) const RESULT: usize = 24;

/// Results by field and context.
pub(super) struct Memo {
    entries: Vec<Entry>,
    shift: u32,
}

/// A field and what became of it; one line of the cache of a core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, align(64))]
pub(super) struct Entry {
    field: [u8; FIELD],
    /// The new field without the fill around it.
    core: [u8; RESULT],
    /// What else decides about the result; 0: the entry is empty.
    context: u16,
    /// What the field says about the record.
    pub(super) bits: u16,
    length: u8,
    core_length: u8,
    /// Fill in front of the core.
    lead: u8,
    /// Bytes of the new field, [`SAME`] where it is the old one.
    total: u8,
}

const SAME: u8 = u8::MAX;

const EMPTY: Entry = Entry {
    field: [0; FIELD],
    core: [0; RESULT],
    context: 0,
    bits: 0,
    length: 0,
    core_length: 0,
    lead: 0,
    total: SAME,
};

/// What takes the place of a field.
#[derive(Clone, Copy, Debug)]
pub(super) enum New<'a> {
    /// The first bytes of these.
    Short(&'a [u8; RESULT], usize),
    /// Some of the first bytes, with fill in front and behind.
    Filled {
        /// The bytes, and how many of them.
        core: (&'a [u8; RESULT], usize),
        /// Fill in front.
        lead: usize,
        /// Bytes in all.
        total: usize,
        /// Fill byte.
        fill: u8,
    },
    /// All of them.
    Long(&'a [u8]),
}

/// All bits of the first bytes.
static MASKS: [[u8; FIELD]; FIELD + 1] = {
    let mut masks = [[0; FIELD]; FIELD + 1];
    let mut length = 0;
    while length <= FIELD {
        let mut i = 0;
        while i < length {
            masks[length][i] = 0xff;
            i += 1;
        }
        length += 1;
    }
    masks
};

/// A field to be looked up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    field: [u8; FIELD],
    context: u16,
    length: u8,
}

impl Key {
    /// The bytes from `from` to `to`; none where they are too many to be remembered.
    #[inline]
    pub(super) fn of(context: u16, bytes: &[u8], from: usize, to: usize) -> Option<Self> {
        let length = to - from;
        let mask = MASKS.get(length)?;
        let mut field = [0; FIELD];
        match bytes.get(from..).and_then(|b| b.first_chunk::<FIELD>()) {
            Some(chunk) => {
                for ((to, from), mask) in field.iter_mut().zip(chunk).zip(mask) {
                    *to = from & mask;
                }
            }
            None => field[..length].copy_from_slice(bytes.get(from..to)?),
        }
        Some(Self {
            field,
            context,
            length: length as u8,
        })
    }

    #[inline]
    fn hash(&self) -> u64 {
        let (words, _) = self.field.as_chunks::<8>();
        let word = |i: usize| u64::from_le_bytes(words[i]);
        let seed = u64::from(self.context) << 8 | u64::from(self.length);
        let low = fold(
            word(0) ^ 0xa076_1d64_78bd_642f,
            word(1) ^ seed ^ 0xe703_7ed1_a0b4_28db,
        );
        if self.length <= 16 {
            return low;
        }
        low ^ fold(
            word(2) ^ 0x8ebc_6af0_9c88_c6e3,
            word(3) ^ 0x5899_65cc_7537_4cc3,
        )
    }
}

/// Both halves of a product, as in the hash function of wyhash.
#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

impl Memo {
    /// A table of 2^`bits` entries of 64 bytes.
    pub(super) fn new(bits: u32) -> Self {
        Self {
            entries: vec![EMPTY; 1 << bits],
            shift: 64 - bits,
        }
    }

    /// The entry of a field, and whether it holds its result.
    ///
    /// One that does not is made that of the field: the caller fills it, or empties it again.
    #[inline]
    pub(super) fn entry(&mut self, key: &Key) -> (&mut Entry, bool) {
        let at = (key.hash() >> self.shift) as usize;
        let entry = &mut self.entries[at];
        let known =
            entry.field == key.field && entry.context == key.context && entry.length == key.length;
        if !known {
            *entry = Entry {
                field: key.field,
                context: key.context,
                length: key.length,
                ..EMPTY
            };
        }
        (entry, known)
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.entries.fill(EMPTY);
    }
}

impl Entry {
    /// Remembers a result; false where it is too long, and then nothing is remembered.
    pub(super) fn keep(&mut self, bits: u16, changed: Option<&[u8]>, fill: u8) -> bool {
        self.bits = bits;
        let Some(new) = changed else {
            self.total = SAME;
            return true;
        };
        let (mut core, mut lead) = (new, 0);
        if new.len() > RESULT {
            // only a fixed field is that long, and most of it is fill
            lead = new.iter().take_while(|b| **b == fill).count();
            core = &new[lead..];
            while let [rest @ .., last] = core
                && *last == fill
            {
                core = rest;
            }
        }
        match self.core.get_mut(..core.len()) {
            Some(room) if new.len() < usize::from(SAME) => {
                room.copy_from_slice(core);
                self.core_length = core.len() as u8;
                self.lead = lead as u8;
                self.total = new.len() as u8;
                true
            }
            _ => {
                *self = EMPTY;
                false
            }
        }
    }

    /// The new field; none where it is the old one. `fill` is that of [`Entry::keep`].
    #[inline]
    pub(super) fn new_field(&self, fill: u8) -> Option<New<'_>> {
        let (core, total) = (usize::from(self.core_length), usize::from(self.total));
        if self.total == SAME {
            None
        } else if core == total {
            Some(New::Short(&self.core, core))
        } else {
            Some(New::Filled {
                core: (&self.core, core),
                lead: usize::from(self.lead),
                total,
                fill,
            })
        }
    }
}

impl Drop for Memo {
    fn drop(&mut self) {
        for entry in &mut self.entries {
            entry.field.zeroize();
            entry.core.zeroize();
        }
    }
}

impl std::fmt::Debug for Memo {
    /// Fields belong to people.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Memo({} entries)", self.entries.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    #[test]
    fn an_entry_is_one_line_of_the_cache() {
        assert_eq!(size_of::<Entry>(), 64);
    }

    fn shown(entry: &Entry) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        match entry.new_field(b' ')? {
            New::Short(bytes, n) => out.extend_from_slice(&bytes[..n]),
            New::Filled {
                core,
                lead,
                total,
                fill,
            } => {
                out.resize(total, fill);
                out[lead..lead + core.1].copy_from_slice(&core.0[..core.1]);
            }
            New::Long(bytes) => out.extend_from_slice(bytes),
        }
        Some(out)
    }

    #[test]
    fn a_result_that_is_too_long_is_not_remembered() {
        let mut memo = Memo::new(4);
        let key = Key::of(1, b"4711", 0, 4).unwrap();
        assert!(!memo.entry(&key).0.keep(1, Some(&[b'x'; RESULT + 1]), b' '));
        assert!(!memo.entry(&key).1);
        let mut long = vec![b' '; RESULT + 1];
        long[3] = b'z';
        assert!(memo.entry(&key).0.keep(1, Some(&long), b' '));
        assert!(memo.entry(&key).1);
        assert_eq!(shown(memo.entry(&key).0), Some(long));
        assert!(memo.entry(&key).0.keep(0, None, b' '));
        assert_eq!(shown(memo.entry(&key).0), None);
        assert!(Key::of(1, &[b'x'; 40], 0, FIELD + 1).is_none());
    }

    proptest! {
        #[test]
        fn what_is_remembered_is_what_was_kept(
            fields in proptest::collection::vec(("[0-9 ]{0,34}", 1u16..3, 0usize..3, "[ z0-9]{0,30}"), 1..200),
        ) {
            let mut memo = Memo::new(5);
            let mut truth: HashMap<(String, u16), String> = HashMap::new();
            for (i, (field, context, before, new)) in fields.iter().enumerate() {
                // what stands around the field does not count
                let mut bytes = vec![b'a'; *before];
                bytes.extend_from_slice(field.as_bytes());
                bytes.extend(vec![b'0' + i as u8 % 10; i % 40]);
                let Some(key) = Key::of(*context, &bytes, *before, before + field.len()) else {
                    prop_assert!(field.len() > FIELD);
                    continue;
                };
                let (entry, known) = memo.entry(&key);
                if known {
                    let want = truth[&(field.clone(), *context)].clone().into_bytes();
                    prop_assert_eq!(shown(entry), Some(want));
                } else if entry.keep(i as u16, Some(new.as_bytes()), b' ') {
                    prop_assert_eq!(shown(entry), Some(new.clone().into_bytes()));
                    truth.insert((field.clone(), *context), new.clone());
                }
            }
        }
    }
}
