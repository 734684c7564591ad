//! Stamps of one fixed length, compared eight bytes at a time.

use super::stamp::{Digit, Format, Pieces, Step};

const ZEROS: u64 = 0x3030_3030_3030_3030;
const HIGH: u64 = 0x8080_8080_8080_8080;
/// Added to a digit (0 to 9) it stays below 0x80, to anything above 9 it does not.
const ABOVE_NINE: u64 = 0x7676_7676_7676_7676;
const SHORTEST: usize = 4;
const LONGEST: usize = 32;
const BYTES: usize = 8;

/// The form that a format has when every number is written with all its digits.
///
/// A text that has it is read as [`Format::read`] reads it; any other text is left to that.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    len: usize,
    words: Vec<Word>,
}

/// Eight bytes of a text: where they start, what they must be, and the numbers in them.
#[derive(Clone, Debug)]
struct Word {
    at: usize,
    /// All bits of the bytes that are fixed.
    fixed: u64,
    bytes: u64,
    /// All bits of the bytes that are digits.
    digits: u64,
    numbers: Vec<Number>,
    /// The pieces that its numbers are, one bit each, and whether a year of two digits is among them.
    have: u8,
    short_year: bool,
}

/// A number of one, two or four digits inside a word.
#[derive(Clone, Copy, Debug)]
struct Number {
    digit: Digit,
    /// Bits below it.
    shift: u8,
    width: u8,
}

impl Pattern {
    /// The pattern of a format; none where its texts have no fixed length.
    pub(super) fn of(format: &Format) -> Option<Self> {
        let steps = format.steps();
        let optional = |s: &&Step| matches!(s, Step::Fraction | Step::Zone);
        let tail = steps.iter().rev().take_while(optional).count();
        let (mut form, mut numbers) = (Vec::new(), Vec::new());
        for step in &steps[..steps.len() - tail] {
            match *step {
                Step::Byte(b) => form.push(Some(b)),
                Step::Digits(digit, width @ (1 | 2 | 4)) => {
                    numbers.push((digit, form.len(), width));
                    form.extend(std::iter::repeat_n(None, usize::from(width)));
                }
                Step::Digits(..) | Step::Fraction | Step::Zone | Step::Word => return None,
            }
        }
        let len = form.len();
        if !(SHORTEST..=LONGEST).contains(&len) {
            return None;
        }
        let mut starts: Vec<usize> = (0..len / BYTES).map(|i| i * BYTES).collect();
        if !len.is_multiple_of(BYTES) {
            starts.push(len.saturating_sub(BYTES));
        }
        let mut words: Vec<Word> = starts.iter().map(|at| Word::of(&form, *at)).collect();
        for (digit, at, width) in numbers {
            let within = words
                .iter_mut()
                .find_map(|w| Some((w.bits(len, at, width)?, w)));
            match within {
                Some((shift, word)) => word.add(digit, shift, width),
                // it lies on the border of two words
                None => {
                    let start = at.min(len.checked_sub(BYTES)?);
                    let mut word = Word::of(&form, start);
                    let shift = word.bits(len, at, width)?;
                    word.add(digit, shift, width);
                    words.push(word);
                }
            }
        }
        Some(Self { len, words })
    }

    /// Reads a text that has exactly this form; false, and nothing read, for any other.
    #[inline(always)]
    pub(super) fn read(&self, text: &[u8], into: &mut Pieces) -> bool {
        if text.len() != self.len {
            return false;
        }
        // all bytes first: a text that does not fit must leave nothing behind
        if let [word] = self.words.as_slice() {
            let bytes = load(text, word.at);
            let holds = word.holds(bytes);
            if holds {
                word.read(bytes, into);
            }
            return holds;
        }
        if !self.words.iter().all(|w| w.holds(load(text, w.at))) {
            return false;
        }
        for word in &self.words {
            word.read(load(text, word.at), into);
        }
        true
    }
}

impl Word {
    fn of(form: &[Option<u8>], at: usize) -> Self {
        let mut word = Self {
            at,
            fixed: 0,
            bytes: 0,
            digits: 0,
            numbers: Vec::new(),
            have: 0,
            short_year: false,
        };
        for (k, i) in places(form.len(), at).enumerate() {
            let mask = 0xff << (8 * k);
            match form[i] {
                Some(b) => {
                    word.fixed |= mask;
                    word.bytes |= u64::from(b) << (8 * k);
                }
                None => word.digits |= mask,
            }
        }
        word
    }

    /// The bits below a number of the text, if the word holds all its digits side by side.
    fn bits(&self, len: usize, at: usize, width: u8) -> Option<u8> {
        let held: Vec<usize> = places(len, self.at).collect();
        let width = usize::from(width);
        let found = held
            .windows(width)
            .position(|run| run.iter().copied().eq(at..at + width));
        found.map(|k| 8 * k as u8)
    }

    fn add(&mut self, digit: Digit, shift: u8, width: u8) {
        self.have |= 1 << digit as u8;
        self.short_year |= digit == Digit::Year && width <= 2;
        self.numbers.push(Number {
            digit,
            shift,
            width,
        });
    }

    #[inline(always)]
    fn holds(&self, word: u64) -> bool {
        let x = (word ^ ZEROS) & self.digits;
        let odd = (x.wrapping_add(ABOVE_NINE & self.digits) | x) & HIGH;
        (word & self.fixed == self.bytes) & (odd == 0)
    }

    #[inline(always)]
    fn read(&self, word: u64, into: &mut Pieces) {
        let figures = word & 0x0f0f_0f0f_0f0f_0f0f;
        // the byte of every tens digit becomes the number of two digits that starts there
        let pairs = (figures * 10).wrapping_add(figures >> 8);
        for number in &self.numbers {
            let value = match number.width {
                2 => (pairs >> number.shift) as u16 & 0xff,
                1 => (figures >> number.shift) as u16 & 0xff,
                _ => {
                    let both = pairs >> number.shift;
                    (both as u16 & 0xff) * 100 + ((both >> 16) as u16 & 0xff)
                }
            };
            into.put(number.digit, value);
        }
        into.mark(self.have, self.short_year);
    }
}

/// The places of the text that the bytes of a word come from.
fn places(len: usize, at: usize) -> impl Iterator<Item = usize> {
    (0..BYTES).map(move |k| match k {
        _ if len >= BYTES => at + k,
        0..4 => k,
        // a short text is read as its first and its last four bytes
        _ => len + k - BYTES,
    })
}

#[inline]
fn load(text: &[u8], at: usize) -> u64 {
    if let Some(eight) = text.get(at..).and_then(|t| t.first_chunk::<BYTES>()) {
        return u64::from_le_bytes(*eight);
    }
    match (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        (Some(first), Some(last)) => {
            u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FORMATS: &[&str] = &[
        "%d.%m.%Y",
        "DD/MM/YY",
        "%Y-%m-%d %H:%M:%S",
        "%Y-%d-%mT%H:%M:%S.%f%z",
        "yymmddhhmmsst",
        "dd.mm.yy hh:mm",
        "hh:mm:ss",
        "mm:ss",
        "hhmmss",
        "hhmmsst",
        "yyyymmddhhmmss",
        "dd.mm.yyyy hh:mm:ss",
        "d.m.yyyy",
    ];

    fn shown(pieces: Pieces) -> String {
        format!("{pieces:?}")
    }

    #[test]
    fn formats_of_any_length_have_none() {
        for format in ["%a %d.%m.%Y", "%H:%M:%S.%f %d", "%H"] {
            assert!(
                Pattern::of(&Format::parse(format).unwrap()).is_none(),
                "{format}"
            );
        }
        for format in FORMATS {
            assert!(
                Pattern::of(&Format::parse(format).unwrap()).is_some(),
                "{format}"
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn what_a_pattern_reads_the_format_reads_alike(
            which in 0..FORMATS.len(),
            digits in "[0-9]{32}",
            damage in prop::option::of((0usize..24, any::<u8>())),
            cut in 0usize..3,
        ) {
            let format = Format::parse(FORMATS[which]).unwrap();
            let pattern = Pattern::of(&format).unwrap();
            // a text of the form, out of the steps
            let mut digits = digits.bytes();
            let mut text = Vec::new();
            for step in format.steps() {
                match step {
                    Step::Byte(b) => text.push(*b),
                    Step::Digits(_, n) => text.extend(digits.by_ref().take(usize::from(*n))),
                    _ => {}
                }
            }
            let whole = text.clone();
            if let Some((at, byte)) = damage {
                let at = at % text.len();
                text[at] = byte;
            }
            text.truncate(text.len() - cut.min(text.len()));
            let (mut a, mut b) = (Pieces::default(), Pieces::default());
            let quick = pattern.read(&text, &mut a);
            if quick {
                prop_assert!(format.read(&text, &mut b));
                prop_assert_eq!(shown(a), shown(b));
            } else {
                prop_assert_ne!(&text, &whole);
                prop_assert_eq!(shown(a), shown(Pieces::default()));
            }
        }
    }
}
