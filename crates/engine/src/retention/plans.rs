//! What stages make of the fields of a record, made ready for many records that are due for the same.

use std::sync::Arc;

use gdpr4k_policy::Sort;
use gdpr4k_policy::mask::{self, Masker, Outcome};
use gdpr4k_policy::token::{Collisions, Memo as TokenMemo, TokenKeys};
use gdpr4k_policy::treat::{ClusterRule, Stages};
use gdpr4k_sources::cdr::Placed;

use super::calls::Calls;
use super::fields::Field;
use super::memo::{Key, Memo, New};

/// The fields that some stages take, by kind of record.
pub(super) struct FieldPlan<'c> {
    rule: &'c ClusterRule,
    stages: Stages,
    fields: Vec<Vec<Planned>>,
    keys: Option<Arc<TokenKeys>>,
}

/// A field that stages take.
struct Planned {
    field: Field,
    /// What tells results for this field and these stages apart; none where they are not remembered.
    context: Option<u16>,
}

impl Planned {
    /// What the field is looked up by.
    #[inline]
    fn key(&self, text: &[u8], placed: &Placed<'_>) -> Option<Key> {
        let context = self.context?;
        if placed.is_mended() {
            let field = self.field.text(placed);
            return Key::of(context, field, 0, field.len());
        }
        let place = placed.place(&self.field.cell);
        Key::of(context, text, place.start, place.end)
    }
}

/// What the values of a record say, and what they become.
pub(super) struct Looking<'c> {
    calls: &'c Calls<'c>,
    /// Numbers by kind of record; none where no number is watched.
    numbers: Vec<Vec<Planned>>,
    memo: Memo,
    contexts: u16,
    tokens: TokenMemo,
    pub(super) collisions: Collisions,
    now: Vec<u8>,
    new: Vec<u8>,
}

/// Entries of the table of a thread: 2 MiB, about what the cache of a core holds.
const MEMO: u32 = 15;
/// Tokens that were cut short and are compared with others, each about 64 bytes.
const COLLISIONS: usize = 1 << 16;

impl<'c> Looking<'c> {
    pub(super) fn new(calls: &'c Calls<'c>) -> Self {
        let mut contexts = 0;
        let watches = calls.book.watches();
        let numbers = calls.fields.iter().map(|fields| {
            let numbers = fields.iter().filter(|f| watches && f.sort == Sort::Number);
            let planned = numbers.map(|field| {
                contexts += 1;
                Planned {
                    field: *field,
                    context: Some(contexts),
                }
            });
            planned.collect()
        });
        Self {
            calls,
            numbers: numbers.collect(),
            memo: Memo::new(MEMO),
            contexts,
            tokens: TokenMemo::new(4),
            collisions: Collisions::new(COLLISIONS),
            now: Vec::new(),
            new: Vec::new(),
        }
    }

    /// Whether a party of a record is protected, suspended or erased on some day.
    #[inline]
    pub(super) fn is_watched(&mut self, text: &[u8], placed: &Placed<'_>) -> bool {
        let mut watched = false;
        for planned in self.numbers.get(placed.variant).into_iter().flatten() {
            let key = planned.key(text, placed);
            let known = key.as_ref().map(|key| self.memo.entry(key));
            if let Some((entry, true)) = known {
                watched |= entry.bits != 0;
                continue;
            }
            let field = planned.field.text(placed);
            let found = self
                .calls
                .book
                .is_watched(&self.calls.party(&planned.field, field));
            watched |= found;
            if let Some(key) = &key {
                self.memo.entry(key).0.keep(found.into(), None, 0);
            }
        }
        watched
    }

    /// Whether contexts are left for another plan.
    pub(super) fn has_room(&self) -> bool {
        let most: usize = self.calls.fields.iter().map(Vec::len).sum();
        usize::from(u16::MAX - self.contexts) > most + 1
    }

    /// Forgets everything that was remembered for plans so far.
    pub(super) fn forget(&mut self) {
        self.memo.clear();
        self.contexts = self.numbers.iter().map(|n| n.len() as u16).sum();
    }

    /// A plan for records of a cluster that are due for some stages.
    ///
    /// Without keys it only tells which of the stages would change something.
    pub(super) fn plan(
        &mut self,
        rule: &'c ClusterRule,
        stages: Stages,
        keys: Option<Arc<TokenKeys>>,
    ) -> FieldPlan<'c> {
        let taken = |f: &&Field| {
            let mut masks = rule.masks().iter();
            masks.any(|(bit, mask)| stages & (1 << bit) != 0 && mask.may_take(f.sort))
        };
        let mut fields = Vec::new();
        for of_variant in &self.calls.fields {
            let planned = of_variant.iter().filter(taken).map(|field| Planned {
                field: *field,
                context: field.comes_again().then(|| {
                    self.contexts += 1;
                    self.contexts
                }),
            });
            fields.push(planned.collect());
        }
        FieldPlan {
            rule,
            stages,
            fields,
            keys,
        }
    }

    /// The stages of the plan that change something in a record. `put` is given every place
    /// that changes, from left to right, with the bytes that go there.
    #[inline]
    pub(super) fn look(
        &mut self,
        plan: &FieldPlan<'c>,
        text: &[u8],
        placed: &Placed<'_>,
        mut put: impl FnMut(usize, usize, New<'_>),
    ) -> Stages {
        let mut bits = 0;
        for planned in &plan.fields[placed.variant] {
            let place = placed.place(&planned.field.cell);
            if place.is_empty() {
                continue;
            }
            let Some(key) = planned.key(text, placed) else {
                let field = planned.field.text(placed);
                let (own, changed) = self.work_out(plan, &planned.field, field);
                bits |= own;
                if changed {
                    put(place.start, place.end, New::Long(&self.now));
                }
                continue;
            };
            let (entry, known) = self.memo.entry(&key);
            if known {
                bits |= entry.bits;
                if let Some(new) = entry.new_field(planned.field.place.fill) {
                    put(place.start, place.end, new);
                }
                continue;
            }
            let field = planned.field.text(placed);
            let (own, changed) = self.work_out(plan, &planned.field, field);
            bits |= own;
            let (entry, _) = self.memo.entry(&key);
            let new = changed.then_some(self.now.as_slice());
            entry.keep(own, new, planned.field.place.fill);
            if changed {
                put(place.start, place.end, New::Long(&self.now));
            }
        }
        bits
    }

    /// The stages of the plan that change a field, and whether [`Self::now`] is what it becomes.
    fn work_out(&mut self, plan: &FieldPlan<'c>, field: &Field, text: &[u8]) -> (Stages, bool) {
        let numbers = &self.calls.book.numbers;
        let due = |bit: &u8| plan.stages & (1 << *bit) != 0;
        let masks = plan.rule.masks().iter().filter(|(bit, _)| due(bit));
        let mut bits = 0;
        for (bit, mask) in masks.clone() {
            if mask::pending(*mask, field.sort, text, &field.place, numbers) {
                bits |= 1 << bit;
            }
        }
        let Some(keys) = plan.keys.as_deref().filter(|_| bits != 0) else {
            return (bits, false);
        };
        let mut masker = Masker {
            numbers,
            keys,
            memo: &mut self.tokens,
            collisions: &mut self.collisions,
        };
        self.now.clear();
        self.now.extend_from_slice(text);
        let mut changed = false;
        for (_, mask) in masks {
            self.new.clear();
            let outcome = mask::apply(
                *mask,
                field.sort,
                &self.now,
                &field.place,
                &mut masker,
                &mut self.new,
            );
            if outcome != Outcome::Same {
                std::mem::swap(&mut self.now, &mut self.new);
                changed = true;
            }
        }
        (bits, changed)
    }
}
