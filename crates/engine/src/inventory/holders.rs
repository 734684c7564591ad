//! Systems of the catalogue: searched, declared, or left in the dark.

use std::collections::BTreeMap;

use gdpr4k_model::Finding;
use gdpr4k_model::catalogue::{Catalogue, Entry, Reading};
use gdpr4k_model::finding::Arg;
use gdpr4k_model::inventory::{FileEntry, Holder, HolderState};
use gdpr4k_model::site::Site;

/// The state of every system that holds personal data according to the vendor documents.
///
/// Systems of the neighbouring products (OpenScape Business, Concierge, CLS) are left out
/// unless the site declares one of them: most sites have none.
pub(super) fn holders(
    catalogue: &Catalogue,
    site: &Site,
    files: &[FileEntry],
) -> (Vec<Holder>, Vec<Finding>) {
    let mut by_kind: BTreeMap<&str, u64> = BTreeMap::new();
    for file in files.iter().filter(|f| f.read && f.bytes > 0) {
        *by_kind.entry(file.kind.as_str()).or_default() += 1;
    }
    // a statement about all phones is one about every kind of phone, unless that has its own
    let all_of = |id: &str| {
        catalogue.entries().iter().find_map(|e| match e {
            Entry::System(s) if s.covers.iter().any(|c| c == id) => {
                site.declared.iter().find(|d| d.system == s.id)
            }
            _ => None,
        })
    };
    let declared = |id: &str| {
        let own = site.declared.iter().find(|d| d.system == id);
        own.or_else(|| all_of(id))
    };
    let mut holders = Vec::new();
    for entry in catalogue.entries() {
        let Entry::System(system) = entry else {
            continue;
        };
        if !system.covers.is_empty() {
            continue;
        }
        let mine = declared(&system.id);
        if !system.personal_data || system.reading == Reading::Context && mine.is_none() {
            continue;
        }
        if system.document != "O4K" && mine.is_none() {
            continue;
        }
        let read: u64 = system
            .reads
            .iter()
            .filter_map(|k| by_kind.get(k.as_str()))
            .sum();
        let state = match (read, mine) {
            (1.., _) => HolderState::Searched,
            (0, Some(d)) if !d.present => HolderState::DeclaredAbsent,
            (0, Some(_)) => HolderState::DeclaredPresent,
            (0, None) if system.reading == Reading::File => HolderState::NotSearched,
            (0, None) => HolderState::Undeclared,
        };
        holders.push(Holder {
            system: system.id.clone(),
            state,
            files: read,
            note: mine.map(|d| d.note.clone()).unwrap_or_default(),
        });
    }
    let mut findings = Vec::new();
    for d in &site.declared {
        if holders.iter().any(|h| h.system == d.system) {
            continue;
        }
        let entry = catalogue.entry(&d.system);
        if matches!(entry, Some(Entry::System(s)) if !s.covers.is_empty()) {
            continue;
        }
        if entry.is_none() {
            findings.push(Finding::new("G4K-027").with("system", Arg::declared(&d.system)));
        }
        holders.push(Holder {
            system: d.system.clone(),
            state: if d.present {
                HolderState::DeclaredPresent
            } else {
                HolderState::DeclaredAbsent
            },
            files: 0,
            note: d.note.clone(),
        });
    }
    let open = holders
        .iter()
        .filter(|h| matches!(h.state, HolderState::NotSearched | HolderState::Undeclared))
        .count();
    if open > 0 {
        findings.push(Finding::new("G4K-016").with("count", open));
    }
    (holders, findings)
}
