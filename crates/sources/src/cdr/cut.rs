//! A record cut into its fields: by columns or at separators.

use wide::u8x16;

/// Where a field stands in its record. Positions are 0-based here, 1-based in the layout file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// Bytes `from..to` of the line.
    Bytes(usize, usize),
    /// Columns `from..to` of a delimited line; several are one text with the separators in it.
    Columns(usize, usize),
}

/// A line with the places of its columns.
#[derive(Clone, Copy)]
pub(super) struct Cut<'a> {
    pub(super) line: &'a [u8],
    /// Start and end of every column of a delimited line, without quotes.
    pub(super) columns: &'a [(u32, u32)],
}

impl<'a> Cut<'a> {
    /// The bytes of a field; empty where the line has none.
    #[inline]
    pub(super) fn get(&self, span: Span) -> &'a [u8] {
        match span {
            Span::Bytes(from, to) => {
                let to = to.min(self.line.len());
                self.line.get(from..to).unwrap_or_default()
            }
            Span::Columns(from, to) => {
                let Some(first) = self.columns.get(from) else {
                    return &[];
                };
                let end = if to == from + 1 {
                    first.1
                } else {
                    self.columns.get(to - 1).map_or(first.1, |c| c.1)
                };
                self.line
                    .get(first.0 as usize..end as usize)
                    .unwrap_or_default()
            }
        }
    }
}

/// Bytes without blanks at either end.
#[inline]
pub(super) fn trim(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = text {
        text = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

/// Which of up to 64 bytes are the separator: one bit per byte, lowest bit first.
#[inline]
fn separators(bytes: &[u8], separator: u8) -> u64 {
    let needle = u8x16::splat(separator);
    let (whole, rest) = bytes.as_chunks::<16>();
    let mut bits = 0;
    for (i, part) in whole.iter().enumerate() {
        bits |= u64::from(u8x16::new(*part).simd_eq(needle).to_bitmask()) << (i * 16);
    }
    if !rest.is_empty() {
        let mut part = [0; 16];
        part[..rest.len()].copy_from_slice(rest);
        let last = u8x16::new(part).simd_eq(needle).to_bitmask() & ((1 << rest.len()) - 1);
        bits |= u64::from(last) << (whole.len() * 16);
    }
    bits
}

/// Finds the columns of a line without quotes, 64 bytes at a time.
#[inline]
pub(super) fn columns(line: &[u8], separator: u8, out: &mut Vec<(u32, u32)>) {
    out.clear();
    let (mut start, mut base) = (0u32, 0u32);
    for part in line.chunks(64) {
        let mut bits = separators(part, separator);
        while bits != 0 {
            let at = base + bits.trailing_zeros();
            out.push((start, at));
            start = at + 1;
            bits &= bits - 1;
        }
        base += 64;
    }
    out.push((start, line.len() as u32));
}

/// Finds the columns of a line with quotes; false where a quote is not closed or text follows it.
///
/// A quote counts only at the start of a column; doubled inside it stands for itself.
pub(super) fn quoted(line: &[u8], separator: u8, quote: u8, out: &mut Vec<(u32, u32)>) -> bool {
    out.clear();
    let mut at = 0;
    loop {
        if line.get(at) == Some(&quote) {
            let start = at + 1;
            let mut end = start;
            loop {
                let Some(next) = memchr::memchr(quote, line.get(end..).unwrap_or_default()) else {
                    return false;
                };
                end += next;
                if line.get(end + 1) != Some(&quote) {
                    break;
                }
                end += 2;
            }
            out.push((start as u32, end as u32));
            at = end + 1;
            match line.get(at) {
                None => return true,
                Some(b) if *b == separator => at += 1,
                Some(_) => return false,
            }
        } else {
            match memchr::memchr(separator, line.get(at..).unwrap_or_default()) {
                Some(next) => {
                    out.push((at as u32, (at + next) as u32));
                    at += next + 1;
                }
                None => {
                    out.push((at as u32, line.len() as u32));
                    return true;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(line: &[u8], columns: &[(u32, u32)]) -> Vec<Vec<u8>> {
        columns
            .iter()
            .map(|(a, b)| line[*a as usize..*b as usize].to_vec())
            .collect()
    }

    #[test]
    fn quotes_hide_separators_and_must_be_closed() {
        let mut out = Vec::new();
        let line = br#""a,1","b ""x""",,3"#;
        assert!(quoted(line, b',', b'"', &mut out));
        assert_eq!(texts(line, &out), [&b"a,1"[..], b"b \"\"x\"\"", b"", b"3"]);
        assert!(!quoted(br#""open,1"#, b',', b'"', &mut out));
        assert!(!quoted(br#""a"b,1"#, b',', b'"', &mut out));
    }

    proptest! {
        #[test]
        fn columns_are_what_split_gives(line in proptest::collection::vec(prop_oneof![Just(b';'), any::<u8>()], 0..200)) {
            let mut out = Vec::new();
            columns(&line, b';', &mut out);
            let want: Vec<Vec<u8>> = line.split(|b| *b == b';').map(<[u8]>::to_vec).collect();
            prop_assert_eq!(texts(&line, &out), want);
        }

        #[test]
        fn any_bytes_with_quotes_stay_inside_the_line(line in proptest::collection::vec(prop_oneof![Just(b','), Just(b'"'), any::<u8>()], 0..60)) {
            let mut out = Vec::new();
            quoted(&line, b',', b'"', &mut out);
            for (a, b) in out {
                prop_assert!(a <= b && b as usize <= line.len());
            }
        }
    }
}
