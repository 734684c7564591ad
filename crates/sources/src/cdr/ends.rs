//! Where lines start, seen from any place of a file.

use super::layout::RecordEnd;

/// What ends a line. Unlike [`super::boundary`] it allows a cut at every line, whatever the file looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    /// LF, CR LF, or CR alone.
    Auto,
    /// CR LF.
    CrLf,
    /// LF.
    Lf,
    /// CR.
    Cr,
}

impl Ends {
    pub(super) const fn of(end: RecordEnd) -> Self {
        match end {
            RecordEnd::Auto | RecordEnd::None => Self::Auto,
            RecordEnd::CrLf => Self::CrLf,
            RecordEnd::Lf => Self::Lf,
            RecordEnd::Cr => Self::Cr,
        }
    }

    /// End of the text of the line that starts at `from`, and start of the next one.
    #[inline]
    pub(super) fn find(self, text: &[u8], from: usize) -> Option<(usize, usize)> {
        let rest = text.get(from..)?;
        match self {
            Self::Lf => memchr::memchr(b'\n', rest).map(|i| (from + i, from + i + 1)),
            Self::Cr => memchr::memchr(b'\r', rest).map(|i| (from + i, from + i + 1)),
            Self::Auto => {
                let i = from + memchr::memchr2(b'\n', b'\r', rest)?;
                let pair = text[i] == b'\r' && text.get(i + 1) == Some(&b'\n');
                Some((i, i + 1 + usize::from(pair)))
            }
            Self::CrLf => {
                let feeds = memchr::memchr_iter(b'\n', rest).map(|i| from + i);
                feeds
                    .filter(|i| *i > from && text[*i - 1] == b'\r')
                    .map(|i| (i - 1, i + 1))
                    .next()
            }
        }
    }

    /// The first start of a line at or after `at`, which is not the start of the file.
    ///
    /// `text` begins at the start of the file or at least two bytes before `at`. `last`:
    /// it goes up to the end of the file; else its last byte may start a line or not, and
    /// that is left open.
    pub(super) fn next_start(self, text: &[u8], at: usize, last: bool) -> Option<usize> {
        let from = at.checked_sub(1)?;
        match self {
            Self::Lf | Self::Cr => self.find(text, from).map(|(_, next)| next),
            Self::CrLf => self
                .find(text, from.saturating_sub(1))
                .map(|(_, next)| next),
            Self::Auto => {
                let (end, next) = self.find(text, from)?;
                // a line feed may follow
                let open = next == text.len() && text[end] == b'\r' && next == end + 1 && !last;
                (!open).then_some(next)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The starts of all lines, from the first byte on.
    fn starts(ends: Ends, text: &[u8]) -> Vec<usize> {
        let (mut starts, mut at) = (vec![0], 0);
        while let Some((end, next)) = ends.find(text, at) {
            assert!(end < next);
            starts.push(next);
            at = next;
        }
        starts
    }

    proptest! {
        #[test]
        fn a_line_starts_at_the_same_place_from_wherever_one_looks(
            text in "[ab\r\n]{0,40}", at in 1usize..42, before in 2usize..5, seen in 0usize..42,
        ) {
            for ends in [Ends::Auto, Ends::CrLf, Ends::Lf, Ends::Cr] {
                let text = text.as_bytes();
                if at > text.len() {
                    continue;
                }
                let want = starts(ends, text).into_iter().find(|s| *s >= at);
                let from = at.saturating_sub(before);
                let whole = ends.next_start(&text[from..], at - from, true).map(|s| s + from);
                prop_assert_eq!(whole, want, "{:?}", ends);
                // a window that ends earlier gives the same place or none
                let to = (at + seen).min(text.len());
                let part = ends.next_start(&text[from..to], at - from, to == text.len()).map(|s| s + from);
                if let Some(part) = part {
                    prop_assert_eq!(Some(part), want, "{:?}", ends);
                } else {
                    prop_assert!(want.is_none_or(|w| w >= to), "{:?}", ends);
                }
            }
        }
    }
}
