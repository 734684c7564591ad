//! One pass over a block that finds its separators and line ends.

use wide::u8x16;

const LANES: usize = 16;
const STRIDE: usize = 64;

/// Where separators and line feeds stand in a block.
#[derive(Debug, Default)]
pub(super) struct Index {
    separators: Offsets,
    feeds: Vec<u32>,
    /// Whether every carriage return stands before a line feed, and there are no other
    /// control bytes but tabs.
    pub(super) plain: bool,
}

impl Index {
    /// Offsets of the separators, where one was asked for.
    pub(super) fn separators(&self) -> &[u32] {
        &self.separators.list[..self.separators.len]
    }

    /// Offsets of the line feeds.
    pub(super) fn feeds(&self) -> &[u32] {
        &self.feeds
    }

    /// Looks at `text[from..to]`; offsets count from the start of `text`.
    pub(super) fn read(&mut self, text: &[u8], from: usize, to: usize, separator: Option<u8>) {
        self.separators.len = 0;
        self.feeds.clear();
        self.plain = true;
        let text = &text[..to];
        let (whole, rest) = text[from..].as_chunks::<STRIDE>();
        for (i, part) in whole.iter().enumerate() {
            self.stride(text, from + i * STRIDE, part, separator);
        }
        if !rest.is_empty() {
            // no separator and no control byte follows
            let mut part = [if separator == Some(b' ') { b'.' } else { b' ' }; STRIDE];
            part[..rest.len()].copy_from_slice(rest);
            self.stride(text, to - rest.len(), &part, separator);
        }
    }

    #[inline(always)]
    fn stride(&mut self, text: &[u8], base: usize, part: &[u8; STRIDE], separator: Option<u8>) {
        let needle = u8x16::splat(separator.unwrap_or(b'\n'));
        let (low, delete) = (u8x16::splat(0x1f), u8x16::splat(0x7f));
        let (mut separators, mut controls) = (0, 0);
        let (lanes, _) = part.as_chunks::<LANES>();
        for (i, lane) in lanes.iter().enumerate() {
            let x = u8x16::new(*lane);
            let bits = |v: u8x16| u64::from(v.to_bitmask()) << (i * LANES);
            separators |= bits(x.simd_eq(needle));
            controls |= bits(x.min(low).simd_eq(x) | x.simd_eq(delete));
        }
        if separator.is_some() {
            self.separators.add(separators, base);
        }
        // one or two in a line
        while controls != 0 {
            let at = base + controls.trailing_zeros() as usize;
            controls &= controls - 1;
            match text[at] {
                b'\n' => self.feeds.push(at as u32),
                b'\r' => self.plain &= text.get(at + 1) == Some(&b'\n'),
                b'\t' => {}
                _ => self.plain = false,
            }
        }
    }
}

/// Offsets with room for those that a stride may add.
#[derive(Debug, Default)]
struct Offsets {
    list: Vec<u32>,
    len: usize,
}

impl Offsets {
    /// Appends the offset of every bit.
    #[inline(always)]
    fn add(&mut self, mut mask: u64, base: usize) {
        if self.list.len() < self.len + STRIDE {
            self.list.resize(2 * self.list.len() + 2 * STRIDE, 0);
        }
        let Some(room) = self.list[self.len..].first_chunk_mut::<STRIDE>() else {
            return;
        };
        let mut count = 0;
        while mask != 0 {
            room[count % STRIDE] = base as u32 + mask.trailing_zeros();
            mask &= mask - 1;
            count += 1;
        }
        self.len += count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn naive(text: &[u8], from: usize, to: usize, separator: u8) -> (Vec<u32>, Vec<u32>, bool) {
        let at = |b: u8| {
            let places = (from..to).filter(|i| text[*i] == b);
            places.map(|i| i as u32).collect()
        };
        let plain = (from..to).all(|i| match text[i] {
            b'\r' => i + 1 < to && text[i + 1] == b'\n',
            b'\n' | b'\t' => true,
            b => b >= b' ' && b != 0x7f,
        });
        (at(separator), at(b'\n'), plain)
    }

    proptest! {
        #[test]
        fn the_index_is_what_a_plain_loop_finds(
            text in proptest::collection::vec(prop_oneof![
                20 => Just(b'a'), 4 => Just(b';'), 2 => Just(b'\n'), 1 => Just(b'\r'), 1 => Just(b'\t'), 1 => any::<u8>(),
            ], 0..400),
            from in 0usize..70,
            cut in 0usize..70,
            crlf in any::<bool>(),
        ) {
            let mut text = text;
            if crlf {
                // long runs without an odd byte, so that `plain` is met both ways
                text.retain(|b| matches!(b, b'a' | b';' | b'\n' | b'\t'));
                text = text.iter().flat_map(|b| if *b == b'\n' { vec![b'\r', b'\n'] } else { vec![*b] }).collect();
            }
            let to = text.len().saturating_sub(cut);
            let from = from.min(to);
            let mut index = Index::default();
            index.read(&text, from, to, Some(b';'));
            let (separators, feeds, plain) = naive(&text, from, to, b';');
            prop_assert_eq!(index.separators(), separators.as_slice());
            prop_assert_eq!(index.feeds(), feeds.as_slice());
            prop_assert_eq!(index.plain, plain);
            index.read(&text, from, to, None);
            prop_assert!(index.separators().is_empty());
            prop_assert_eq!(index.feeds(), feeds.as_slice());
            prop_assert_eq!(index.plain, plain);
        }
    }
}
