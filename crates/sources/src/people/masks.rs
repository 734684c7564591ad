//! Which bytes of 64 are letters, figures or marks: one bit per byte.

use wide::u8x16;

/// One bit per byte of a block of 64, lowest bit first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Masks {
    /// ASCII letters and every byte above 127 (letters of UTF-8 and Windows-1252).
    pub(super) letters: u64,
    /// `0` to `9`.
    pub(super) digits: u64,
    /// `@`.
    pub(super) ats: u64,
    /// `:`.
    pub(super) colons: u64,
    /// `.`.
    pub(super) dots: u64,
    /// `-`.
    pub(super) dashes: u64,
    /// `+`.
    pub(super) pluses: u64,
}

impl Masks {
    /// The masks without the first bytes; nothing stands behind the last one.
    #[inline]
    pub(super) const fn behind(self, bytes: usize) -> Self {
        Self {
            letters: self.letters >> bytes,
            digits: self.digits >> bytes,
            ats: self.ats >> bytes,
            colons: self.colons >> bytes,
            dots: self.dots >> bytes,
            dashes: self.dashes >> bytes,
            pluses: self.pluses >> bytes,
        }
    }
}

/// The masks of a block.
#[inline]
pub(super) fn classify(block: &[u8; 64]) -> Masks {
    let mut masks = Masks::default();
    for (i, part) in block.as_chunks::<16>().0.iter().enumerate() {
        let x = u8x16::new(*part);
        let folded = (x | u8x16::splat(0x20)) - u8x16::splat(b'a');
        let letter = folded.min(u8x16::splat(25)).simd_eq(folded);
        let figure = x - u8x16::splat(b'0');
        let digit = figure.min(u8x16::splat(9)).simd_eq(figure);
        let bits = |v: u8x16| u64::from(v.to_bitmask()) << (i * 16);
        // the bit that the mask takes is the sign: bytes above 127 need no comparison
        masks.letters |= bits(letter | x);
        masks.digits |= bits(digit);
        masks.ats |= bits(x.simd_eq(u8x16::splat(b'@')));
        masks.colons |= bits(x.simd_eq(u8x16::splat(b':')));
        masks.dots |= bits(x.simd_eq(u8x16::splat(b'.')));
        masks.dashes |= bits(x.simd_eq(u8x16::splat(b'-')));
        masks.pluses |= bits(x.simd_eq(u8x16::splat(b'+')));
    }
    masks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::bytes::is_letter;

    /// The same, byte by byte.
    fn plain(block: &[u8; 64]) -> Masks {
        let mut masks = Masks::default();
        for (i, &b) in block.iter().enumerate() {
            let bit = |is: bool| u64::from(is) << i;
            masks.letters |= bit(is_letter(b));
            masks.digits |= bit(b.is_ascii_digit());
            masks.ats |= bit(b == b'@');
            masks.colons |= bit(b == b':');
            masks.dots |= bit(b == b'.');
            masks.dashes |= bit(b == b'-');
            masks.pluses |= bit(b == b'+');
        }
        masks
    }

    #[test]
    fn every_byte_value_is_classified_as_byte_by_byte() {
        for first in 0..=255_u8 {
            let block: [u8; 64] =
                std::array::from_fn(|i| first.wrapping_add((i as u8).wrapping_mul(37)));
            assert_eq!(classify(&block), plain(&block));
        }
    }
}
