//! Records that follow each other without a record end.

use super::classify::Classifier;
use super::cut::Cut;
use super::fit::{Miss, Times, one};
use super::layout::{Layout, Variant};
use super::lines::{Core, found};
use crate::Sink;
use gdpr4k_model::Finding;

/// Finds records by their length and content.
#[derive(Debug, Default)]
pub(super) struct Framer {
    carry: Vec<u8>,
}

/// What stands in a run of bytes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Frame {
    /// A record of a variant.
    Record(usize, Times),
    /// Blanks between records.
    Blank,
    /// Something else between records.
    Lost,
}

impl Framer {
    /// Whether the bytes begin with a record of the layout, and another one after it.
    pub(super) fn starts(layout: &Layout, bytes: &[u8]) -> bool {
        let mut at = 0;
        for _ in 0..2 {
            match whole(layout, &bytes[at..]) {
                Some(len) => at += len,
                None => return false,
            }
        }
        true
    }

    pub(super) fn feed(
        &mut self,
        block: &[u8],
        classifier: &Classifier,
        core: &mut Core,
        sink: &mut dyn Sink,
    ) {
        // what is carried over was not looked at with this block
        core.clean = core.clean && self.carry.is_empty();
        self.carry.extend_from_slice(block);
        let bytes = std::mem::take(&mut self.carry);
        let taken = take(&bytes, false, classifier, core, sink);
        self.carry = bytes[taken..].to_vec();
    }

    pub(super) fn finish(
        &mut self,
        growing: bool,
        classifier: &Classifier,
        core: &mut Core,
        sink: &mut dyn Sink,
    ) {
        core.clean = false;
        let bytes = std::mem::take(&mut self.carry);
        let taken = take(&bytes, true, classifier, core, sink);
        let rest = &bytes[taken..];
        if rest.is_empty() {
            return;
        }
        if growing {
            core.pending();
        } else if is_blank(rest) {
            core.account.lines += 1;
            core.account.noise += 1;
        } else {
            core.account.lines += 1;
            let expected = longest(&classifier.layout);
            core.reject(
                found(Miss::Short {
                    found: rest.len(),
                    expected,
                }),
                sink,
            );
        }
    }
}

pub(super) fn longest(layout: &Layout) -> usize {
    layout
        .variants
        .iter()
        .filter_map(Variant::width)
        .max()
        .unwrap_or(1)
        .max(1)
}

pub(super) fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(|b| *b <= b' ')
}

/// Length of the record that the bytes begin with.
fn whole(layout: &Layout, bytes: &[u8]) -> Option<usize> {
    let mut places = Vec::new();
    layout.variants.iter().find_map(|v| {
        let len = v.width()?;
        one(layout, v, bytes.get(..len)?, &mut places)
            .ok()
            .map(|_| len)
    })
}

/// Takes whole records and counts what lies between them; gives the number of bytes used.
fn take(
    bytes: &[u8],
    last: bool,
    classifier: &Classifier,
    core: &mut Core,
    sink: &mut dyn Sink,
) -> usize {
    frames(&classifier.layout, bytes, last, |from, to, frame| {
        core.account.lines += 1;
        match frame {
            Frame::Record(variant, times) => {
                let line = &bytes[from..to];
                let cut = Cut { line, columns: &[] };
                core.give(classifier, variant, &cut, times, sink);
            }
            Frame::Blank => core.account.noise += 1,
            Frame::Lost => core.reject(Finding::new("G4K-109").with("bytes", to - from), sink),
        }
    })
}

/// Gives whole records with their start and end; gives the number of bytes used. Between records, bytes up to the next one are one line.
pub(super) fn frames(
    layout: &Layout,
    bytes: &[u8],
    last: bool,
    mut each: impl FnMut(usize, usize, Frame),
) -> usize {
    let longest = longest(layout);
    let mut places = Vec::new();
    let mut at = 0;
    'records: while at < bytes.len() {
        for (i, variant) in layout.variants.iter().enumerate() {
            let Some(line) = variant.width().and_then(|n| bytes.get(at..at + n)) else {
                continue;
            };
            if let Ok(times) = one(layout, variant, line, &mut places) {
                each(at, at + line.len(), Frame::Record(i, times));
                at += line.len();
                continue 'records;
            }
        }
        // nothing starts here: look for the next start in a bounded window
        if bytes.len() - at < 4 * longest && !last {
            break;
        }
        let window = (4 * longest).min(bytes.len() - at);
        let next = (1..window).find(|k| whole(layout, &bytes[at + k..]).is_some());
        let skipped = match next {
            Some(k) => k,
            None if last && window == bytes.len() - at => break,
            None => 3 * longest,
        };
        let frame = if is_blank(&bytes[at..at + skipped]) {
            Frame::Blank
        } else {
            Frame::Lost
        };
        each(at, at + skipped, frame);
        at += skipped;
    }
    at
}
