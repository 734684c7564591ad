//! What is missing to make the document complete, in sentences.

use gdpr4k_model::Severity;
use gdpr4k_model::inventory::HolderState;

use super::{DataMap, Note};
use crate::i18n;

pub(super) fn build(map: &DataMap) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut note = |id: &str, severity, args: &[(&str, u64)], words: &[(&str, &str)]| {
        notes.push(Note {
            id: id.to_owned(),
            severity,
            text: i18n::both(&format!("note-{id}"), args, words),
        });
    };
    let head = &map.head;
    for (id, value) in [
        ("controller", &head.controller.name),
        ("contact", &head.controller.contact),
        ("dpo", &head.controller.dpo),
        ("policy-reference", &head.policy_reference),
    ] {
        if value.trim().is_empty() {
            note(id, Severity::Attention, &[], &[]);
        }
    }
    match &head.pack {
        None => note("no-pack", Severity::Error, &[], &[]),
        Some(pack) if pack.review_overdue => {
            let day = pack.review_by.to_string();
            let words = [("pack", pack.id.as_str()), ("day", day.as_str())];
            note("pack-review", Severity::Attention, &[], &words);
        }
        Some(_) => {}
    }
    let figures = &map.figures;
    let found = || map.kinds.iter().filter(|k| k.time.records > 0);
    let proposed = found()
        .filter_map(|k| k.rule.as_ref())
        .filter(|r| !r.mark.starts_with('V') && !r.mark.starts_with('S'))
        .count() as u64;
    let fallback = found()
        .filter_map(|k| k.rule.as_ref())
        .filter(|r| r.judged_by_fallback)
        .count() as u64;
    let undated: u64 = found().map(|k| k.time.undated).sum();
    let unverified: u64 = found()
        .flat_map(|k| &k.found.elements)
        .map(|e| e.unverified)
        .sum();
    let absent = map
        .holders
        .iter()
        .filter(|h| h.state == HolderState::DeclaredAbsent)
        .count() as u64;
    for (id, severity, count) in [
        ("no-rule", Severity::Error, figures.kinds_without_rule),
        ("files-unread", Severity::Error, figures.files_unread),
        ("lines-rejected", Severity::Error, figures.lines_rejected),
        (
            "not-searched",
            Severity::Attention,
            figures.systems_not_searched,
        ),
        (
            "declared-only",
            Severity::Attention,
            figures.systems_declared,
        ),
        (
            "undeclared",
            Severity::Attention,
            figures.systems_undeclared,
        ),
        ("fallback", Severity::Attention, fallback),
        ("undated", Severity::Attention, undated),
        ("proposed", Severity::Info, proposed),
        ("unverified", Severity::Info, unverified),
        ("absent", Severity::Info, absent),
    ] {
        if count > 0 {
            note(id, severity, &[("count", count)], &[]);
        }
    }
    notes.sort_by_key(|n| std::cmp::Reverse(n.severity));
    notes
}
