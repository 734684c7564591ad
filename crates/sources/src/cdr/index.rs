//! One pass over a block that finds its separators and line ends.

use wide::u8x16;

const LANES: usize = 16;
const STRIDE: usize = 64;

/// Where separators and line feeds stand in a block.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Offsets of the separators, where one was asked for.
    pub(super) separators: Vec<u32>,
    /// Offsets of the line feeds.
    pub(super) feeds: Vec<u32>,
    /// Whether every carriage return stands before a line feed, and there are no other
    /// control bytes but tabs.
    pub(super) plain: bool,
}

impl Index {
    /// Looks at `text[from..to]`; offsets count from the start of `text`.
    pub(super) fn read(&mut self, text: &[u8], from: usize, to: usize, separator: Option<u8>) {
        self.separators.clear();
        self.feeds.clear();
        let needles = Needles::new(separator);
        let mut odd = u8x16::splat(0);
        let (mut lone, mut after_back) = (0u64, 0u64);
        let mut take = |part: &[u8; STRIDE], base: usize, within: u64| {
            let found = needles.look(part);
            odd |= found.odd;
            if separator.is_some() {
                spread(found.separators & within, base, &mut self.separators);
            }
            spread(found.feeds & within, base, &mut self.feeds);
            let backs = found.backs & within;
            lone |= ((backs << 1) | after_back) & !found.feeds & within;
            after_back = backs >> (STRIDE - 1);
        };
        let body = text.get(from..to).unwrap_or_default();
        let (whole, rest) = body.as_chunks::<STRIDE>();
        for (i, part) in whole.iter().enumerate() {
            take(part, from + i * STRIDE, u64::MAX);
        }
        if !rest.is_empty() {
            let mut part = [b' '; STRIDE];
            part[..rest.len()].copy_from_slice(rest);
            take(&part, to - rest.len(), (1 << rest.len()) - 1);
        }
        self.plain = lone == 0 && body.last() != Some(&b'\r') && odd == u8x16::splat(0);
    }
}

/// What is looked for.
struct Needles {
    separator: u8x16,
    feed: u8x16,
    back: u8x16,
    tab: u8x16,
    low: u8x16,
    delete: u8x16,
}

/// What a stride holds: one bit for each byte, and the control bytes among them.
struct Masks {
    separators: u64,
    feeds: u64,
    backs: u64,
    odd: u8x16,
}

impl Needles {
    fn new(separator: Option<u8>) -> Self {
        Self {
            separator: u8x16::splat(separator.unwrap_or(b'\n')),
            feed: u8x16::splat(b'\n'),
            back: u8x16::splat(b'\r'),
            tab: u8x16::splat(b'\t'),
            low: u8x16::splat(0x1f),
            delete: u8x16::splat(0x7f),
        }
    }

    #[inline(always)]
    fn look(&self, part: &[u8; STRIDE]) -> Masks {
        let (mut separators, mut feeds, mut backs) = (0, 0, 0);
        let mut odd = u8x16::splat(0);
        let (lanes, _) = part.as_chunks::<LANES>();
        for (i, lane) in lanes.iter().enumerate() {
            let x = u8x16::new(*lane);
            let bits = |v: u8x16| u64::from(v.to_bitmask()) << (i * LANES);
            let (feed, back) = (x.simd_eq(self.feed), x.simd_eq(self.back));
            separators |= bits(x.simd_eq(self.separator));
            feeds |= bits(feed);
            backs |= bits(back);
            let control = x.min(self.low).simd_eq(x) | x.simd_eq(self.delete);
            // the known ones are a part of the control bytes
            odd |= control ^ (feed | back | x.simd_eq(self.tab));
        }
        Masks {
            separators,
            feeds,
            backs,
            odd,
        }
    }
}

/// Appends the offset of every bit.
#[inline(always)]
fn spread(mut mask: u64, base: usize, out: &mut Vec<u32>) {
    while mask != 0 {
        out.push(base as u32 + mask.trailing_zeros());
        mask &= mask - 1;
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
            prop_assert_eq!(&index.separators, &separators);
            prop_assert_eq!(&index.feeds, &feeds);
            prop_assert_eq!(index.plain, plain);
            index.read(&text, from, to, None);
            prop_assert!(index.separators.is_empty());
            prop_assert_eq!(&index.feeds, &feeds);
            prop_assert_eq!(index.plain, plain);
        }
    }
}
