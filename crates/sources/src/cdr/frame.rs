//! Records that follow each other without a record end.

use super::cut::Cut;
use super::fit::{Miss, one};
use super::layout::{Layout, Variant};
use super::lines::{Core, found};
use crate::Sink;
use gdpr4k_model::Finding;

/// Finds records by their length and content.
#[derive(Debug, Default)]
pub(super) struct Framer {
    carry: Vec<u8>,
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
        layout: &Layout,
        core: &mut Core,
        sink: &mut dyn Sink,
    ) {
        // what is carried over was not looked at with this block
        core.clean = core.clean && self.carry.is_empty();
        self.carry.extend_from_slice(block);
        let bytes = std::mem::take(&mut self.carry);
        let taken = take(&bytes, false, layout, core, sink);
        self.carry = bytes[taken..].to_vec();
    }

    pub(super) fn finish(
        &mut self,
        growing: bool,
        layout: &Layout,
        core: &mut Core,
        sink: &mut dyn Sink,
    ) {
        core.clean = false;
        let bytes = std::mem::take(&mut self.carry);
        let taken = take(&bytes, true, layout, core, sink);
        let rest = &bytes[taken..];
        if rest.is_empty() {
            return;
        }
        if growing {
            core.pending();
        } else if rest.iter().all(|b| *b <= b' ') {
            core.account.lines += 1;
            core.account.noise += 1;
        } else {
            core.account.lines += 1;
            let expected = longest(layout);
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

fn longest(layout: &Layout) -> usize {
    layout
        .variants
        .iter()
        .filter_map(Variant::width)
        .max()
        .unwrap_or(1)
        .max(1)
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

/// Takes whole records; gives the number of bytes used. Between records, bytes up to the next one are one rejected line.
fn take(bytes: &[u8], last: bool, layout: &Layout, core: &mut Core, sink: &mut dyn Sink) -> usize {
    let longest = longest(layout);
    let mut places = Vec::new();
    let mut at = 0;
    'records: while at < bytes.len() {
        for (i, variant) in layout.variants.iter().enumerate() {
            let Some(line) = variant.width().and_then(|n| bytes.get(at..at + n)) else {
                continue;
            };
            if let Ok(times) = one(layout, variant, line, &mut places) {
                core.account.lines += 1;
                core.give(layout, i, &Cut { line, columns: &[] }, times, sink);
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
        core.account.lines += 1;
        if bytes[at..at + skipped].iter().all(|b| *b <= b' ') {
            core.account.noise += 1;
        } else {
            core.reject(Finding::new("G4K-109").with("bytes", skipped), sink);
        }
        at += skipped;
    }
    at
}
