//! What one line is: a record of a variant, noise, or neither.

use std::sync::Arc;

use super::fit::{Miss, Times, fit};
use super::layout::{FieldType, Layout};
use super::quick::{Line, Quick};

/// What a line is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Class {
    /// Blank, or of a kind that the layout declares to be no record.
    Noise,
    /// It fits a variant; [`Classifier::pairs`] holds its fields where separators end them.
    Fits(Fits),
    /// It fits none.
    Miss(Miss),
}

/// A line that fits a variant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fits {
    /// Index of the variant.
    pub(super) variant: usize,
    pub(super) times: Times,
    pub(super) text: Text,
}

/// Which bytes of a line the record consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Text {
    /// The line from this byte on.
    From(usize),
    /// [`Classifier::mended`]: the line without so many bytes that a serial line added.
    Mended(usize),
}

/// Tells what lines are, by a layout.
#[derive(Debug)]
pub(super) struct Classifier {
    pub(super) layout: Arc<Layout>,
    pub(super) quick: Vec<Quick>,
    /// Start and end of the fields of the last line that was cut at separators.
    pub(super) pairs: Vec<(u32, u32)>,
    /// The last line that was mended.
    pub(super) mended: Vec<u8>,
    /// Whether a record may start with text, and so with a letter beyond ASCII.
    text_first: bool,
}

impl Classifier {
    pub(super) fn new(layout: Arc<Layout>) -> Self {
        Self {
            quick: layout
                .variants
                .iter()
                .map(|v| Quick::of(&layout, v))
                .collect(),
            pairs: Vec::new(),
            mended: Vec::new(),
            text_first: layout.variants.iter().any(|v| {
                v.fields
                    .first()
                    .is_some_and(|f| matches!(f.kind, FieldType::Text | FieldType::Code))
            }),
            layout,
        }
    }

    /// What a line without its record end is. `clean`: it holds nothing but printable ASCII and tabs.
    #[inline]
    pub(super) fn classify(&mut self, line: &[u8], clean: bool) -> Class {
        // record_end = "lf" in a file with CR LF
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.iter().all(|b| *b <= b' ') {
            return Class::Noise;
        }
        if let [0x0c, rest @ ..] = line
            && let Some(fits) = self.fits(rest, Text::From(1))
        {
            // a form feed before the first record of a page is no damage
            return Class::Fits(fits);
        }
        if self.layout.skip.hits(line) {
            return Class::Noise;
        }
        if !clean
            && self.suspect(line)
            && let Some(fits) = self.mend(line)
        {
            return Class::Fits(fits);
        }
        if let Some(fits) = self.fits(line, Text::From(0)) {
            return Class::Fits(fits);
        }
        if line[0] >= 0x7f
            && let Some(fits) = self.mend(line)
        {
            return Class::Fits(fits);
        }
        Class::Miss(
            fit(&self.layout, line, &mut self.pairs)
                .err()
                .unwrap_or(Miss::Test),
        )
    }

    /// The first variant that a text fits, where there is one.
    #[inline]
    fn fits(&mut self, line: &[u8], text: Text) -> Option<Fits> {
        self.pairs.clear();
        let line = Line {
            text: line,
            start: 0,
            end: line.len(),
            separators: None,
        };
        let variants = self.layout.variants.iter().zip(&self.quick).enumerate();
        for (variant, (v, quick)) in variants {
            if let Some((_, times)) = quick.fit(v, line, &mut self.pairs) {
                return Some(Fits {
                    variant,
                    times,
                    text,
                });
            }
        }
        None
    }

    /// Whether the line holds bytes that no record of the layout starts with or contains.
    pub(super) fn suspect(&self, line: &[u8]) -> bool {
        (line[0] >= 0x7f && !self.text_first)
            || line
                .iter()
                .any(|b| (*b < b' ' && *b != b'\t') || *b == 0x7f)
    }

    /// Tries the line without the bytes that a serial line adds (formats-cdr.md 3, garbage).
    fn mend(&mut self, line: &[u8]) -> Option<Fits> {
        let lead = lead(line);
        let mut without = std::mem::take(&mut self.mended);
        without.clear();
        without.extend_from_slice(&line[lead..]);
        if self.layout.strip_control {
            without.retain(|b| !is_control(*b));
        }
        let dropped = line.len() - without.len();
        let fits = if dropped == 0 || self.layout.skip.hits(&without) {
            None
        } else {
            self.fits(&without, Text::Mended(dropped))
        };
        self.mended = without;
        fits
    }

    /// Where each byte of the last mended line stands in the line that it was made of.
    pub(super) fn places_of_mended<'l>(&self, line: &'l [u8]) -> impl Iterator<Item = usize> + 'l {
        let strips = self.layout.strip_control;
        (lead(line)..line.len()).filter(move |i| !(strips && is_control(line[*i])))
    }
}

/// How many bytes in front of a line no record starts with.
fn lead(line: &[u8]) -> usize {
    let garbage = |b: &&u8| **b < b' ' || **b >= 0x7f;
    line.iter().take_while(garbage).count()
}

const fn is_control(b: u8) -> bool {
    b < b' ' || b == 0x7f
}
