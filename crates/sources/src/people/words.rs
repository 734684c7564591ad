//! The words that carry something: one table from a folded word to what it means.

use std::collections::HashMap;

/// What a word says about what stands beside it; a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cues(pub(super) u32);

macro_rules! cues {
    ($($name:ident = $bit:literal $word:literal),* $(,)?) => {
        impl Cues {
            $(pub(super) const $name: Self = Self(1 << $bit);)*

            /// The set of one list of `people.toml`.
            pub(super) fn of(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$name),)* _ => None }
            }
        }
    };
}

cues! {
    EXTENSION = 0 "extension", NUMBER = 1 "number", WEAK = 2 "weak", FILLER = 3 "filler", DENY = 4 "deny",
    VERSION = 5 "version", ACCOUNT = 6 "account", PASSWORD = 7 "password", PIN = 8 "pin", SECRET = 9 "secret",
    PERSONNEL = 10 "personnel", AGENT = 11 "agent", DEVICE = 12 "device", LOCATION = 13 "location",
    COURTESY = 14 "courtesy", TITLE = 15 "title", NAME_KEY = 16 "name_key", CALL = 17 "call",
    COMMAND = 18 "command", PATH = 19 "path", COMPANY = 20 "company", ADDRESS = 21 "address", UNIT = 22 "unit",
    GIVEN = 23 "given", ORDINARY = 24 "ordinary", TELEPHONY = 25 "telephony", ARTICLE = 26 "article",
    BEFORE_NAME = 27 "before_name", THING = 28 "thing", ADJECTIVE = 29 "adjective", ACCOUNT_FOR = 30 "account_for", MAC = 31 "mac",
}

impl Cues {
    pub(super) const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Index of a word in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct WordIx(pub(super) u32);

/// A word: what it says, and the names and accounts that it is part of.
#[derive(Debug, Default)]
pub(super) struct Word {
    pub(super) cues: Cues,
    /// Further words and what the phrase says.
    pub(super) phrases: Vec<(Box<[WordIx]>, Cues)>,
    /// Surnames whose first word of two letters or more this is.
    pub(super) surnames: Vec<u32>,
    /// Given names whose first word this is.
    pub(super) givens: Vec<u32>,
    /// Given names whose last word this is.
    pub(super) givens_end: Vec<u32>,
    /// The last word of a phrase.
    pub(super) tail: bool,
    /// Accounts start with these letters.
    pub(super) account: bool,
}

impl Word {
    /// Whether a value or a name may start here or follow.
    fn leads(&self) -> bool {
        let announces = |cues: Cues| cues.has(super::VALUE_CUES.with(super::NAME_CUES));
        announces(self.cues)
            || self.phrases.iter().any(|(_, cues)| announces(*cues))
            || self.account
            || !self.surnames.is_empty()
    }
}

/// From the letters of a word to what is known of it.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// Two bits per word, in one place: most words of a log are not in the table.
    filter: Vec<u64>,
    /// The same for words that something follows from when they are met; the others are only looked back at.
    leading: Vec<u64>,
    /// Hash and index + 1, at the place of the hash or the next free one.
    slots: Vec<(u64, u32)>,
    pub(super) entries: Vec<Word>,
    building: HashMap<u64, u32>,
    shift: u32,
}

const K1: u64 = 0x9e37_79b9_7f4a_7c15;
const K2: u64 = 0xc2b2_ae3d_27d4_eb4f;
const FOLD: u64 = 0x2020_2020_2020_2020;

/// The hash of a word of any case. Bit 5 makes ASCII letters, Windows-1252 and UTF-8 umlauts lower case.
/// The first and the last eight bytes are taken without asking how long the word is: lengths cannot be foretold.
#[inline]
pub(super) fn hash(line: &[u8], start: usize, end: usize) -> u64 {
    let len = end - start;
    if len > 16 {
        return long(&line[start..end]);
    }
    let missing = 8 * 8_usize.saturating_sub(len) as u32;
    let (first, last) = match (line.get(start..start + 8), end.checked_sub(8)) {
        (Some(first), Some(tail)) => (
            load(first) & (u64::MAX >> missing),
            load(&line[tail..end]) >> missing,
        ),
        // at the edges of the line
        _ => (
            short(&line[start..end.min(start + 8)]),
            short(&line[start.max(end.saturating_sub(8))..end]),
        ),
    };
    // zero bytes behind a short word are folded as well: they are alike for alike lengths
    mix((first | FOLD) ^ (last | FOLD).rotate_left(23) ^ (len as u64) << 56)
}

fn long(word: &[u8]) -> u64 {
    let (eights, _) = word.as_chunks::<8>();
    let sum = eights.iter().fold(word.len() as u64, |sum, eight| {
        mix(sum ^ (u64::from_le_bytes(*eight) | FOLD)).rotate_left(29)
    });
    mix(sum ^ (load(&word[word.len() - 8..]) | FOLD))
}

#[inline]
fn load(eight: &[u8]) -> u64 {
    eight.try_into().map_or(0, u64::from_le_bytes)
}

fn short(word: &[u8]) -> u64 {
    word.iter().rev().fold(0, |sum, b| sum << 8 | u64::from(*b))
}

#[inline]
const fn mix(x: u64) -> u64 {
    let x = x.wrapping_mul(K1);
    (x ^ x >> 32).wrapping_mul(K2)
}

/// The bits of a word at its place in the filter.
const fn two_bits(hash: u64) -> u64 {
    1 << (hash & 63) | 1 << (hash >> 6 & 63)
}

impl Words {
    /// The index of a canonical word (`canonical`), made if it is new; its other spellings lead to it as well.
    pub(super) fn add(&mut self, canonical: &str, spellings: &[Vec<u8>]) -> WordIx {
        let key = hash(canonical.as_bytes(), 0, canonical.len());
        let next = self.entries.len() as u32;
        let ix = *self.building.entry(key).or_insert(next);
        if ix == next {
            self.entries.push(Word::default());
        }
        for spelling in spellings.iter().filter(|s| !s.is_empty()) {
            let key = hash(spelling, 0, spelling.len());
            self.building.entry(key).or_insert(ix);
        }
        WordIx(ix)
    }

    pub(super) fn entry(&mut self, ix: WordIx) -> &mut Word {
        &mut self.entries[ix.0 as usize]
    }

    /// Makes the table ready to be asked.
    pub(super) fn finish(&mut self) {
        let building = std::mem::take(&mut self.building);
        let size = (building.len() * 2).next_power_of_two().max(64);
        self.slots = vec![(0, 0); size];
        let bits = (building.len() * 16).next_power_of_two().max(1 << 12);
        self.shift = 64 - (bits / 64).trailing_zeros();
        self.filter = vec![0; bits / 64];
        self.leading = vec![0; bits / 64];
        for (hash, ix) in building {
            let place = (hash >> self.shift) as usize;
            self.filter[place] |= two_bits(hash);
            if self.entries[ix as usize].leads() {
                self.leading[place] |= two_bits(hash);
            }
            let mut at = hash as usize & (size - 1);
            while self.slots[at].1 != 0 {
                at = (at + 1) & (size - 1);
            }
            self.slots[at] = (hash, ix + 1);
        }
    }

    /// What is known of a word of the line.
    #[inline]
    pub(super) fn find(&self, line: &[u8], start: usize, end: usize) -> Option<WordIx> {
        // a quote alone, taken off a word, leaves nothing
        if end <= start {
            return None;
        }
        let hash = hash(line, start, end);
        let bits = two_bits(hash);
        if self.filter[(hash >> self.shift) as usize] & bits != bits {
            return None;
        }
        self.probe(hash)
    }

    /// The same, for the words of which `leads` is true and few others.
    #[inline]
    pub(super) fn leading(&self, line: &[u8], start: usize, end: usize) -> Option<WordIx> {
        let hash = hash(line, start, end);
        let bits = two_bits(hash);
        if self.leading[(hash >> self.shift) as usize] & bits != bits {
            return None;
        }
        self.probe(hash)
    }

    fn probe(&self, hash: u64) -> Option<WordIx> {
        let mut at = hash as usize & (self.slots.len() - 1);
        loop {
            let (key, ix) = self.slots[at];
            if ix == 0 {
                return None;
            }
            if key == hash {
                return Some(WordIx(ix - 1));
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    pub(super) fn get(&self, ix: WordIx) -> &Word {
        &self.entries[ix.0 as usize]
    }

    /// What a word of the line says; nothing when it is unknown.
    pub(super) fn cues(&self, line: &[u8], start: usize, end: usize) -> Cues {
        self.find(line, start, end)
            .map_or(Cues::default(), |ix| self.get(ix).cues)
    }
}

/// Lower case, without marks, ä ö ü ß as two letters: the spelling that all others lead to.
pub(super) fn canonical(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 4);
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            'ä' | 'æ' => out.push_str("ae"),
            'ö' | 'ø' | 'œ' => out.push_str("oe"),
            'ü' => out.push_str("ue"),
            'ß' => out.push_str("ss"),
            'å' => out.push_str("aa"),
            c => out.push(plain(c)),
        }
    }
    out
}

/// A letter without its mark.
fn plain(c: char) -> char {
    match c {
        'à'..='å' | 'ā' | 'ă' | 'ą' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'ď' | 'đ' => 'd',
        'è'..='ë' | 'ē' | 'ę' | 'ě' => 'e',
        'ğ' => 'g',
        'ì'..='ï' | 'ı' | 'ī' => 'i',
        'ł' => 'l',
        'ñ' | 'ń' | 'ň' => 'n',
        'ò'..='ö' | 'ő' | 'ø' => 'o',
        'ř' => 'r',
        'ś' | 'š' | 'ş' | 'ș' => 's',
        'ť' | 'ţ' | 'ț' => 't',
        'ù'..='ü' | 'ű' | 'ů' => 'u',
        'ý' | 'ÿ' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        c => c,
    }
}

/// The spellings of a word in files: UTF-8, Windows-1252, two letters for one, no marks, and capitals of ß.
pub(super) fn spellings(word: &str) -> Vec<Vec<u8>> {
    let lower = word.to_lowercase();
    let upper = word.to_uppercase();
    let bare: String = lower
        .chars()
        .flat_map(|c| {
            if c == 'ß' {
                ['s', 's'].to_vec()
            } else {
                vec![plain(c)]
            }
        })
        .collect();
    // Ć, Ł, Š: the capital differs from the small letter in another bit than the one that is folded
    let mut letters = lower.chars();
    let first: String = letters
        .by_ref()
        .take(1)
        .flat_map(char::to_uppercase)
        .collect();
    let capital = format!("{first}{}", letters.as_str());
    let mut out = vec![bare.into_bytes(), lower.replace('ß', "ss").into_bytes()];
    for text in [&lower, &upper, &capital, &lower.replace('ß', "ss")] {
        out.push(text.as_bytes().to_vec());
        let (bytes, _, bad) = encoding_rs::WINDOWS_1252.encode(text);
        if !bad {
            out.push(bytes.into_owned());
        }
    }
    out
}
