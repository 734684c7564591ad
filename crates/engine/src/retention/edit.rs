//! New values for a record: which bytes of its text are replaced, and by what.

use std::ops::Range;

use gdpr4k_policy::mask::{Mask, Masker, Outcome, apply, blank, party_stands};
use gdpr4k_policy::treat::{ClusterRule, Order};
use gdpr4k_sources::Escaping;
use gdpr4k_sources::marks::is_free;
use gdpr4k_sources::people::search::MASK;

use super::facts::{Judge, Part, RecordFacts};

/// A value with its place in the text of a record.
pub(crate) struct Placed<'r> {
    pub(crate) part: Part<'r>,
    /// The bytes of the field in the text.
    pub(crate) range: Range<usize>,
    /// How signs are protected there.
    pub(crate) escaping: Escaping,
    /// What it is a part of: a cell, or the whole record where it has none.
    pub(crate) unit: Range<usize>,
}

impl Placed<'_> {
    /// Whether it fills its cell, so that an empty value leaves an empty cell.
    fn fills(&self, text: &str) -> bool {
        self.part.place.width.is_some()
            || text[self.unit.clone()].trim() == text[self.range.clone()].trim()
                && self.unit != (0..text.len())
    }
}

/// Bytes of a text and what takes their place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) range: Range<usize>,
    pub(crate) new: String,
}

/// Carries an order out on single values.
pub(crate) struct Editor<'e, 'a> {
    pub(crate) judge: &'e Judge<'a>,
    pub(crate) rule: &'e ClusterRule,
    pub(crate) masker: Masker<'e>,
    /// Values that were emptied because what should stand there did not fit or could not be read.
    pub(crate) emptied: u64,
}

impl Editor<'_, '_> {
    /// What the order makes of a value; none where it stays as it is.
    pub(crate) fn value(
        &mut self,
        part: &Part<'_>,
        facts: &RecordFacts,
        order: &Order,
    ) -> Option<Vec<u8>> {
        let numbers = &self.judge.file.book.numbers;
        let is_party = order.protected && party_stands(part.sort, part.field, &part.place, numbers);
        if is_party || order.erase && self.judge.is_erased(part, facts.day) {
            let mut out = Vec::new();
            blank(part.field, &part.place, &mut out);
            return Some(out);
        }
        let mut now: Option<Vec<u8>> = None;
        for (bit, mask) in self.rule.masks() {
            if order.stages & (1 << bit) == 0 {
                continue;
            }
            let field = now.as_deref().unwrap_or(part.field);
            let mut out = Vec::new();
            match self.step(*mask, part, field, &mut out) {
                Outcome::Same => {}
                outcome => {
                    self.emptied += u64::from(outcome == Outcome::Emptied);
                    now = Some(out);
                }
            }
        }
        now
    }

    fn step(&mut self, mask: Mask, part: &Part<'_>, field: &[u8], out: &mut Vec<u8>) -> Outcome {
        // what was emptied a step before stays empty
        if field == MASK || field.is_empty() {
            return Outcome::Same;
        }
        apply(mask, part.sort, field, &part.place, &mut self.masker, out)
    }

    /// The pieces of a record that change, in order and apart.
    pub(crate) fn record(
        &mut self,
        text: &str,
        parts: &mut [Placed<'_>],
        facts: &RecordFacts,
        order: &Order,
    ) -> Vec<Piece> {
        // what stands inside of something else comes first
        parts.sort_by_key(|p| (p.range.len(), p.range.start));
        let mut pieces: Vec<Piece> = Vec::new();
        for placed in parts.iter() {
            let range = &placed.range;
            let inside = |p: &&Piece| range.start <= p.range.start && p.range.end <= range.end;
            let inner: Vec<Piece> = pieces.iter().filter(inside).cloned().collect();
            let changed;
            let mut part = placed.part.clone();
            if !inner.is_empty() {
                let raw = spliced(&text[range.clone()], range.start, &inner);
                changed = placed.escaping.read(&raw).into_owned();
                part.field = changed.as_bytes();
            }
            let Some(new) = self.value(&part, facts, order) else {
                continue;
            };
            let new = written(&part, new, placed.fills(text));
            pieces.retain(|p| !inside(&p));
            let new = placed.escaping.write(&new).into_owned();
            pieces.push(Piece {
                range: range.clone(),
                new: new.clone(),
            });
            if !placed.fills(text) {
                again(text, placed, &new, &mut pieces);
            }
        }
        pieces.sort_by_key(|p| (p.range.start, p.range.end));
        pieces.dedup_by(|b, a| b.range.start < a.range.end);
        pieces
    }
}

/// The same value elsewhere in the same text: it goes too.
fn again(text: &str, placed: &Placed<'_>, new: &str, pieces: &mut Vec<Piece>) {
    let old = &text[placed.range.clone()];
    // two digits may be anything: a port, an hour, a count
    let least = if old.bytes().all(|b| b.is_ascii_digit()) {
        3
    } else {
        2
    };
    if old.chars().count() < least {
        return;
    }
    let unit = &text[placed.unit.clone()];
    for (at, _) in unit.match_indices(old) {
        let range = placed.unit.start + at..placed.unit.start + at + old.len();
        let taken = pieces
            .iter()
            .any(|p| p.range.start < range.end && range.start < p.range.end);
        if !taken && is_free(text, range.start, range.end) && !in_figures(text, &range) {
            pieces.push(Piece {
                range,
                new: new.to_owned(),
            });
        }
    }
}

/// Whether a part that begins or ends with a digit goes on as a date, a time, an address or a decimal.
fn in_figures(text: &str, range: &Range<usize>) -> bool {
    let bytes = text.as_bytes();
    let joined = |sign: Option<&u8>, behind: Option<&u8>| {
        sign.is_some_and(|s| b".,:-/".contains(s)) && behind.is_some_and(u8::is_ascii_digit)
    };
    let before = |n: usize| range.start.checked_sub(n).map(|i| &bytes[i]);
    bytes[range.start].is_ascii_digit() && joined(before(1), before(2))
        || bytes[range.end - 1].is_ascii_digit()
            && joined(bytes.get(range.end), bytes.get(range.end + 1))
}

/// The new value as text: a mask where nothing would be left inside of a text, as many characters as before in a
/// field of fixed width.
fn written(part: &Part<'_>, new: Vec<u8>, fills: bool) -> String {
    let mut new = String::from_utf8_lossy(&new).into_owned();
    if new.is_empty() && !fills {
        return String::from_utf8_lossy(MASK).into_owned();
    }
    if part.place.width.is_some() {
        // padding was counted in bytes
        let want = String::from_utf8_lossy(part.field).chars().count();
        while new.chars().count() > want && (new.ends_with(' ') || new.starts_with(' ')) {
            if new.ends_with(' ') {
                new.pop();
            } else {
                new.remove(0);
            }
        }
    }
    new
}

/// A text with pieces replaced; `from` is the place of the text that the pieces count from.
pub(crate) fn spliced(text: &str, from: usize, pieces: &[Piece]) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut at = 0;
    let mut sorted: Vec<&Piece> = pieces.iter().collect();
    sorted.sort_by_key(|p| p.range.start);
    for piece in sorted {
        out.push_str(&text[at..piece.range.start - from]);
        out.push_str(&piece.new);
        at = piece.range.end - from;
    }
    out.push_str(&text[at..]);
    out
}
