//! Values on their way to be looked up, many at once.

use gdpr4k_model::catalogue::ElementIx;
use gdpr4k_model::number::Access;

use super::seen::Seen;

/// Values that are looked up together. One after another, each would wait for memory where all of
/// them can wait at once; more would not stay in the first cache.
const VALUES: usize = 512;

/// Bytes of texts that may wait.
const BYTES: usize = 64 << 10;

/// A value that waits.
#[derive(Clone, Copy)]
pub(super) struct Waiting {
    /// Hash of its text as it stands.
    pub(super) hash: u64,
    pub(super) element: ElementIx,
    pub(super) access: Access,
}

/// The values that wait, with their texts where these are needed.
#[derive(Default)]
pub(super) struct Queue {
    values: Vec<(Waiting, u32)>,
    /// The texts, one after the other; each value knows where its text ends.
    texts: Vec<u8>,
    missed: Vec<u32>,
}

impl Queue {
    #[inline]
    pub(super) fn put(&mut self, waiting: Waiting, text: &[u8], keep: bool) {
        if keep {
            self.texts.extend_from_slice(text);
        }
        self.values.push((waiting, self.texts.len() as u32));
    }

    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.values.len() >= VALUES || self.texts.len() >= BYTES
    }

    pub(super) fn clear(&mut self) {
        self.values.clear();
        self.texts.clear();
    }

    /// The values that were not met lately, with their texts.
    pub(super) fn missed<'q>(
        &'q mut self,
        seen: &[Seen],
    ) -> impl Iterator<Item = (Waiting, &'q [u8])> + use<'q> {
        self.missed.resize(self.values.len(), 0);
        let mut n = 0;
        for (i, (waiting, _)) in self.values.iter().enumerate() {
            // nothing branches here, so that the next look-up need not wait for this one
            self.missed[n] = i as u32;
            n += usize::from(!seen[waiting.element.0 as usize].has(waiting.hash));
        }
        self.missed[..n].iter().map(|at| {
            let at = *at as usize;
            let from = if at == 0 { 0 } else { self.values[at - 1].1 };
            let (waiting, to) = self.values[at];
            (waiting, &self.texts[from as usize..to as usize])
        })
    }
}
