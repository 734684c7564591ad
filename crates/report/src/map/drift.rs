//! What changed since the previous scan (law.md 7, CHK-INV-DRIFT).

use std::collections::{BTreeMap, BTreeSet};

use gdpr4k_model::inventory::Inventory;

use super::build::Book;
use super::{Drift, DriftKind};

pub(super) fn build(book: &Book<'_>, previous: &Inventory) -> Drift {
    let paths =
        |i: &Inventory| -> BTreeSet<String> { i.files.iter().map(|f| f.path.clone()).collect() };
    let elements = |i: &Inventory| -> BTreeSet<String> {
        i.elements.iter().map(|e| e.element.clone()).collect()
    };
    let (now, before) = (paths(book.inventory), paths(previous));
    let (elements_now, elements_before) = (elements(book.inventory), elements(previous));
    let named = |a: &BTreeSet<String>, b: &BTreeSet<String>| {
        a.difference(b).map(|id| book.named(id)).collect()
    };
    Drift {
        since: previous.as_of,
        new_files: now.difference(&before).cloned().collect(),
        gone_files: before.difference(&now).cloned().collect(),
        new_elements: named(&elements_now, &elements_before),
        gone_elements: named(&elements_before, &elements_now),
        kinds: kinds(book, previous),
    }
}

fn kinds(book: &Book<'_>, previous: &Inventory) -> Vec<DriftKind> {
    let mut counts: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for c in &previous.clusters {
        counts.entry(&c.cluster).or_default().0 = c.records;
    }
    for c in &book.inventory.clusters {
        counts.entry(&c.cluster).or_default().1 = c.records;
    }
    counts
        .into_iter()
        .filter(|(_, (before, now))| before != now)
        .map(|(id, (before, now))| DriftKind {
            kind: book.cluster(id),
            before,
            now,
        })
        .collect()
}
