//! What is different from the scan before.

use std::collections::BTreeSet;

use gdpr4k_model::Finding;
use gdpr4k_model::finding::Arg;
use gdpr4k_model::inventory::Inventory;

/// Findings about what is new and what is gone since the last scan (CHK-INV-DRIFT).
pub(super) fn drift(before: &Inventory, now: &Inventory) -> Vec<Finding> {
    let files = |i: &Inventory| {
        i.files
            .iter()
            .map(|f| f.path.clone())
            .collect::<BTreeSet<_>>()
    };
    let elements = |i: &Inventory| {
        i.elements
            .iter()
            .map(|e| e.element.clone())
            .collect::<BTreeSet<_>>()
    };
    let (files_before, files_now) = (files(before), files(now));
    let (elements_before, elements_now) = (elements(before), elements(now));
    let mut findings: Vec<Finding> = elements_now
        .difference(&elements_before)
        .map(|e| {
            Finding::new("G4K-017")
                .with("element", Arg::declared(e))
                .with("date", Arg::day(before.as_of))
        })
        .collect();
    let new = files_now.difference(&files_before).count();
    let gone = files_before.difference(&files_now).count();
    let lost = elements_before.difference(&elements_now).count();
    if new + gone + lost > 0 {
        findings.push(
            Finding::new("G4K-018")
                .with("date", Arg::day(before.as_of))
                .with("new", new)
                .with("gone", gone)
                .with("lost", lost),
        );
    }
    findings
}
