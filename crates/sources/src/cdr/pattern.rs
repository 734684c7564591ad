//! Stamps of one fixed length, compared eight bytes at a time.

use super::stamp::{Digit, Format, Pieces, Step};

const ZEROS: u64 = 0x3030_3030_3030_3030;
const HIGH: u64 = 0x8080_8080_8080_8080;
/// Added to a digit (0 to 9) it stays below 0x80, to anything above 9 it does not.
const ABOVE_NINE: u64 = 0x7676_7676_7676_7676;
const SHORTEST: usize = 4;
const LONGEST: usize = 32;

/// The form that a format has when every number is written with all its digits.
///
/// A text that has it is read as [`Format::read`] reads it; any other text is left to that.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    len: usize,
    words: Vec<Word>,
    numbers: Vec<(Digit, u8, u8)>,
}

/// Eight bytes of a text: where they start, and what they must be.
#[derive(Clone, Copy, Debug)]
struct Word {
    at: usize,
    /// All bits of the bytes that are fixed.
    fixed: u64,
    bytes: u64,
    /// All bits of the bytes that are digits.
    digits: u64,
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
                Step::Digits(digit, width) => {
                    numbers.push((digit, form.len() as u8, width));
                    form.extend(std::iter::repeat_n(None, usize::from(width)));
                }
                Step::Fraction | Step::Zone | Step::Word => return None,
            }
        }
        let len = form.len();
        if !(SHORTEST..=LONGEST).contains(&len) {
            return None;
        }
        let mut starts: Vec<usize> = (0..len / 8).map(|i| i * 8).collect();
        if len % 8 != 0 {
            starts.push(len.saturating_sub(8));
        }
        let words = starts.into_iter().map(|at| Word::of(&form, at)).collect();
        Some(Self {
            len,
            words,
            numbers,
        })
    }

    /// Reads a text that has exactly this form; false, and nothing read, for any other.
    #[inline]
    pub(super) fn read(&self, text: &[u8], into: &mut Pieces) -> bool {
        if text.len() != self.len || !self.words.iter().all(|w| w.holds(text)) {
            return false;
        }
        let figure = |i: usize| u16::from(text[i] & 0x0f);
        for (digit, at, width) in &self.numbers {
            let at = usize::from(*at);
            let value = match width {
                2 => figure(at) * 10 + figure(at + 1),
                _ => (at..at + usize::from(*width)).fold(0, |n, i| n * 10 + figure(i)),
            };
            into.set(*digit, value, *width);
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
        };
        for (k, i) in places(form.len(), at).enumerate() {
            let mask = 0xff << (8 * k);
            match form.get(i) {
                Some(Some(b)) => {
                    word.fixed |= mask;
                    word.bytes |= u64::from(*b) << (8 * k);
                }
                Some(None) => word.digits |= mask,
                None => {}
            }
        }
        word
    }

    #[inline]
    fn holds(&self, text: &[u8]) -> bool {
        let word = load(text, self.at);
        let x = (word ^ ZEROS) & self.digits;
        word & self.fixed == self.bytes
            && (x.wrapping_add(ABOVE_NINE & self.digits) | x) & HIGH == 0
    }
}

/// The places of the text that the bytes of a word come from.
fn places(len: usize, at: usize) -> impl Iterator<Item = usize> {
    (0..8).map(move |k| match k {
        _ if len >= 8 => at + k,
        0..4 => k,
        // a short text is read as its first and its last four bytes
        _ => len + k - 8,
    })
}

#[inline]
fn load(text: &[u8], at: usize) -> u64 {
    if let Some(Ok(eight)) = text.get(at..at + 8).map(<[u8; 8]>::try_from) {
        return u64::from_le_bytes(eight);
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
        "yyyymmddhhmmss",
    ];

    fn shown(pieces: Pieces) -> String {
        format!("{pieces:?}")
    }

    #[test]
    fn formats_of_any_length_have_none() {
        for (format, has) in [
            ("%a %d.%m.%Y", false),
            ("%H:%M:%S.%f %d", false),
            ("%H", false),
        ] {
            assert_eq!(Pattern::of(&Format::parse(format).unwrap()).is_some(), has);
        }
        for format in FORMATS {
            assert!(
                Pattern::of(&Format::parse(format).unwrap()).is_some(),
                "{format}"
            );
        }
    }

    proptest! {
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
