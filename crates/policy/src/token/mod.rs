//! Keyed tokens that take the place of values (cli.md 4 "Tokens"): `z` and base 36.
//!
//! Whoever holds the key of the quarter can tell that two tokens stand for the same
//! value; without it nothing can be enumerated. Tokens are pseudonyms, so the data
//! stay personal data (GDPR Art. 4(5)).

mod collision;
mod memo;
mod permutation;
mod prf;

pub use collision::{Collisions, Seen};
pub use memo::Memo;
pub use permutation::{MAX_STATION, Permutation};
pub use prf::Prf;

use std::sync::OnceLock;

use gdpr4k_model::catalogue::Selector;

/// The marker: no dialled number starts with it.
pub const MARKER: u8 = b'z';
/// What texts carry instead, so that no name or account that starts with `z` passes for a token.
pub const TEXT_MARKER: &[u8] = b"z0z";
/// Characters after the marker where there is room.
pub const FULL: usize = 13;

const BASE36: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// A token on the stack.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Token {
    len: u8,
    bytes: [u8; FULL + 1],
}

impl Token {
    /// The characters, the marker included.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len as usize]
    }

    /// As much of a token as a field of `width` bytes has room for; `None` under two bytes.
    pub fn shortened(mut self, width: Option<usize>) -> Option<Self> {
        let room = width.unwrap_or(usize::MAX);
        if room < 2 {
            return None;
        }
        let len = room.min(self.len as usize);
        self.bytes[len..].fill(0);
        self.len = len as u8;
        Some(self)
    }

    const fn marked() -> Self {
        let mut bytes = [0; FULL + 1];
        bytes[0] = MARKER;
        Self { len: 1, bytes }
    }

    fn extend(&mut self, chars: &[u8]) {
        let from = self.len as usize;
        self.bytes[from..from + chars.len()].copy_from_slice(chars);
        self.len += chars.len() as u8;
    }
}

impl std::fmt::Debug for Token {
    /// A token is a pseudonym of a person: only its length is shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "(token of {} characters)", self.len)
    }
}

/// The keys of one domain and quarter, made ready: subkeys by purpose, permutations on first use.
///
/// Everything is wiped when it is dropped.
pub struct TokenKeys {
    id: u32,
    longest: usize,
    stations: Prf,
    permutations: [OnceLock<Permutation>; MAX_STATION],
    outside: Prf,
    long_station: Prf,
    texts: [Prf; Selector::ALL.len()],
}

impl TokenKeys {
    /// Makes a key ready.
    ///
    /// `id` tells the keys of one run apart in a [`Memo`]; `longest` is the longest
    /// station number of the site in digits, 1 to 10.
    pub fn new(id: u32, key: &[u8; 32], longest: usize) -> Self {
        let root = Prf::new(key);
        let sub = |label: &str| Prf::new(&root.mac(label.as_bytes()));
        let text = |i: usize| sub(&format!("gdpr4k text {}", Selector::ALL[i].id()));
        Self {
            id,
            longest: longest.clamp(1, MAX_STATION),
            stations: sub("gdpr4k own-station"),
            permutations: std::array::from_fn(|_| OnceLock::new()),
            outside: sub("gdpr4k external-number"),
            long_station: sub("gdpr4k own-station beyond the plan"),
            texts: std::array::from_fn(text),
        }
    }

    /// What tells this key from the others of the run.
    pub const fn id(&self) -> u32 {
        self.id
    }

    /// The token of an own station in a field of `width` bytes; `None` where none fits.
    ///
    /// `digits` are one or more ASCII digits. A station longer than the plan knows is
    /// not in the domain of the permutation and gets a token of the long kind.
    pub fn station(&self, digits: &[u8], width: Option<usize>) -> Option<Token> {
        if digits.len() > self.longest {
            return long_token(&self.long_station.mac(digits), width);
        }
        let room = width.unwrap_or(usize::MAX);
        // the longest length that fits: in a field of 3 bytes or more that is the contract's L
        let length = (digits.len()..=self.longest.min(room))
            .rev()
            .find(|l| permutation::chars(*l) < room)?;
        let permutation = self.permutation(length);
        let rank = permutation::rank(digits)?;
        Some(base36_token(permutation.forward(rank), permutation.chars()))
    }

    /// The token of an outside number, given as E.164 digits without `+`; cut digits are `x`.
    pub fn outside(&self, digits: &[u8], width: Option<usize>) -> Option<Token> {
        long_token(&self.outside.mac(digits), width)
    }

    /// Like [`Self::outside`], with the results of this thread remembered.
    pub fn outside_with(
        &self,
        memo: &mut Memo,
        digits: &[u8],
        width: Option<usize>,
    ) -> Option<Token> {
        let full = memo.get_or(self.id, digits, || full_token(&self.outside.mac(digits)));
        full.shortened(width)
    }

    /// The token of a text: a name, an account, a code.
    ///
    /// Texts carry [`TEXT_MARKER`]; in a field of fewer than 6 bytes the plain marker,
    /// and the token then fills the field. `None` where not even that fits.
    pub fn text(&self, selector: Selector, value: &[u8], width: Option<usize>) -> Option<Token> {
        let at = Selector::ALL.iter().position(|s| *s == selector)?;
        let mac = self.texts[at].mac(value);
        let room = width.map_or(FULL + 1, |w| w.min(FULL + 1));
        if room < 6 {
            return long_token(&mac, width);
        }
        let mut token = Token::marked();
        token.extend(&TEXT_MARKER[1..]);
        token.extend(&characters(&mac)[..room - TEXT_MARKER.len()]);
        Some(token)
    }

    /// The stations that a token may stand for: one for every plan length that writes tokens so long.
    pub fn stations_of(&self, token: &[u8]) -> Vec<String> {
        let Some(body) = token.strip_prefix(&[MARKER]) else {
            return Vec::new();
        };
        let Some(rank) = from_base36(body) else {
            return Vec::new();
        };
        (1..=self.longest)
            .rev()
            .map(|length| self.permutation(length))
            .filter(|p| p.chars() == body.len() && rank < p.size())
            .map(|p| permutation::unrank(p.backward(rank)))
            .collect()
    }

    fn permutation(&self, length: usize) -> &Permutation {
        self.permutations[length - 1].get_or_init(|| Permutation::new(&self.stations, length))
    }
}

impl std::fmt::Debug for TokenKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TokenKeys({})", self.id)
    }
}

/// Whether a value of a number field is a token: the marker, and base 36 after it.
pub fn is_token(value: &[u8]) -> bool {
    value.len() > 1 && value[0] == MARKER && value[1..].iter().all(|b| is_base36(*b))
}

/// Whether a value of a text field is a token; `width` is that of a fixed field.
pub fn is_text_token(value: &[u8], width: Option<usize>) -> bool {
    let full = width.map_or(FULL + 1, |w| w.min(FULL + 1));
    let marked = if full < 6 {
        is_token(value)
    } else {
        value.starts_with(TEXT_MARKER) && is_token(value)
    };
    marked && value.len() == full
}

const fn is_base36(b: u8) -> bool {
    b.is_ascii_digit() || b.is_ascii_lowercase()
}

/// `z` and as many of the 13 characters as the field has room for.
fn long_token(mac: &[u8; 32], width: Option<usize>) -> Option<Token> {
    full_token(mac).shortened(width)
}

fn full_token(mac: &[u8; 32]) -> Token {
    let mut token = Token::marked();
    token.extend(&characters(mac));
    token
}

/// 13 characters of base 36 from 128 bits: 7 from the first half, 6 from the second.
///
/// The bias of the remainders is below 2^-27.
fn characters(mac: &[u8; 32]) -> [u8; FULL] {
    let half = |at: usize| {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&mac[at..at + 8]);
        u64::from_be_bytes(bytes)
    };
    let mut out = [0; FULL];
    write_base36(half(0) % 36u64.pow(7), &mut out[..7]);
    write_base36(half(8) % 36u64.pow(6), &mut out[7..]);
    out
}

fn base36_token(value: u64, chars: usize) -> Token {
    let mut token = Token::marked();
    let mut out = [0; FULL];
    write_base36(value, &mut out[..chars]);
    token.extend(&out[..chars]);
    token
}

fn write_base36(mut value: u64, out: &mut [u8]) {
    for place in out.iter_mut().rev() {
        *place = BASE36[(value % 36) as usize];
        value /= 36;
    }
}

fn from_base36(chars: &[u8]) -> Option<u64> {
    if chars.is_empty() || chars.len() > 12 {
        return None;
    }
    chars.iter().try_fold(0u64, |value, c| {
        let digit = BASE36.iter().position(|b| b == c)?;
        Some(value * 36 + digit as u64)
    })
}

#[cfg(test)]
mod tests;
