//! Every source that has a reader has fixtures and snapshots.

use std::path::Path;

use gdpr4k_model::site::SourceKind;

/// The kinds that the engine plans a reader for, read from its code.
fn with_reader() -> Vec<&'static str> {
    let plan = crate::files::text(Path::new("crates/engine/src/inventory/readers.rs"));
    let kinds: Vec<&str> = SourceKind::ALL
        .iter()
        .filter(|k| {
            plan.contains(&format!("SourceKind::{k:?} =>"))
                || plan.contains(&format!("SourceKind::{k:?} |"))
        })
        .map(|k| k.id())
        .collect();
    assert!(kinds.len() >= 8, "{kinds:?}");
    kinds
}

#[test]
fn every_source_with_a_reader_has_fixtures() {
    let files = crate::files::all();
    let mut bad = Vec::new();
    for kind in with_reader() {
        let names: Vec<String> = files
            .iter()
            .filter(|f| f.starts_with(format!("tests/fixtures/{kind}")))
            .filter_map(|f| Some(f.file_name()?.to_string_lossy().into_owned()))
            .collect();
        for word in ["basic", "dirty", "empty"] {
            if !names
                .iter()
                .any(|n| n.starts_with(&format!("{word}.")) || n.contains(&format!(".{word}.")))
            {
                bad.push(format!("tests/fixtures/{kind}: no {word} among {names:?}"));
            }
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[test]
fn every_source_with_a_reader_has_snapshots() {
    let snapshots: Vec<String> = crate::files::below("crates", &["snap"])
        .iter()
        .map(|f| f.display().to_string())
        .collect();
    let inline: String = crate::files::below("crates/sources/src", &["rs"])
        .iter()
        .map(|f| crate::files::text(f))
        .collect();
    let mut bad = Vec::new();
    for kind in with_reader() {
        // the name of the reader's module, as it stands in the names of its snapshots
        let word = match kind {
            "amo-regen" => "regen_",
            "amo-session" => "session_",
            "amo-logbk" => "logbk_",
            "assistant-log" => "log_",
            "call-journal" => "journal_",
            other => other,
        };
        let shown = snapshots
            .iter()
            .any(|s| s.contains(&format!("__{word}")) || s.contains(&format!("__{word}__")));
        let inline = inline.contains(&format!("fixture(\"{kind}/basic"));
        if !shown
            && !inline
            && !snapshots
                .iter()
                .any(|s| s.contains(&format!("/{}/", kind.replace('-', "_"))))
        {
            bad.push(kind);
        }
    }
    assert!(
        bad.is_empty(),
        "no snapshot for {bad:?} among\n{}",
        snapshots.join("\n")
    );
}

/// A snapshot that was not accepted, or that nothing checks any more, is left over.
#[test]
fn no_snapshot_waits_for_a_decision() {
    let waiting: Vec<_> = crate::files::all()
        .into_iter()
        .filter(|f| f.to_string_lossy().ends_with(".snap.new"))
        .collect();
    assert!(waiting.is_empty(), "{waiting:?}");
}
