//! `gdpr4k explain FILE`: every planted value in its bytes, nothing else, and never the value itself.

use std::collections::{BTreeMap, BTreeSet};

use gdpr4k_tests::Folder;
use serde_json::Value;

type Place = (u64, u64, u64, String);

/// Line, first and last byte, and kind of every hit or span of a list.
fn places(list: &Value) -> BTreeSet<Place> {
    let place = |hit: &Value| {
        let number = |key: &str| hit[key].as_u64().unwrap_or(0);
        let kind = hit["kind"].as_str().unwrap_or_default().to_owned();
        (number("line"), number("start"), number("end"), kind)
    };
    list.as_array().unwrap().iter().map(place).collect()
}

/// The planted spans by file.
fn planted(folder: &Folder) -> BTreeMap<String, BTreeSet<Place>> {
    let truth = std::fs::read(folder.join("truth.json")).unwrap();
    let truth: Value = serde_json::from_slice(&truth).unwrap();
    let mut by_file: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for span in truth["spans"].as_array().unwrap() {
        let path = span["path"].as_str().unwrap().to_owned();
        by_file.entry(path).or_default().push(span.clone());
    }
    let all = by_file.into_iter();
    all.map(|(path, spans)| (path, places(&Value::Array(spans))))
        .collect()
}

#[test]
fn every_planted_value_is_explained_in_its_bytes_and_nothing_else() {
    let folder = Folder::demo(60, 30);
    let planted = planted(&folder);
    assert!(planted.len() >= 7, "files with planted text");
    for (path, want) in planted {
        let run = folder.call(&["explain", &path, "--format", "json"]).run();
        let answer = run.exits(0).json();
        assert_eq!(answer["files"][0]["path"], *path);
        assert_eq!(answer["files"][0]["unplaced"], 0, "{path}");
        let mut found = places(&answer["files"][0]["hits"]);
        if path.starts_with("amo/") {
            // the commands beside the remark have values of their own
            found.retain(|place| want.iter().any(|w| w.0 == place.0));
        }
        let missed: Vec<_> = want.difference(&found).collect();
        let wrong: Vec<_> = found.difference(&want).collect();
        assert!(
            missed.is_empty() && wrong.is_empty(),
            "{path}: missed {missed:?}, wrong {wrong:?}"
        );
    }
}

#[test]
fn every_hit_has_its_chain_and_no_value() {
    let folder = Folder::demo(20, 30);
    let path = "logs/activity-2026-10-31.csv";
    let text = std::fs::read_to_string(folder.join(path)).unwrap();
    let run = folder
        .call(&["explain", path, "--format", "json", "--as-of", "2026-11-22"])
        .run()
        .exits(0);
    let answer = run.json();
    let hits = answer["files"][0]["hits"].as_array().unwrap();
    assert!(hits.len() > 100);
    for hit in hits {
        for key in ["element", "cluster", "category", "rule", "kind"] {
            assert!(!hit[key].as_str().unwrap().is_empty(), "{key} of {hit}");
        }
        let score = hit["score"].as_f64().unwrap();
        assert!(score > 0.0 && score <= 1.0);
        assert!(hit["due"].is_string(), "a log is due some day");
    }
    let shown = folder.call(&["explain", path]).run().exits(0);
    for hit in hits.iter().filter(|h| h["kind"] == "name") {
        let number = |key: &str| hit[key].as_u64().unwrap() as usize;
        let line = text.lines().nth(number("line") - 1).unwrap();
        let value = &line[number("start") - 1..number("end")];
        for out in [run.out(), shown.out()] {
            assert!(!out.contains(value), "a name stands in the answer");
        }
    }
    assert!(shown.out().contains("O4K-FLD-TEXT-NAME"));
    assert!(shown.out().contains("admin-audit-log"));
}

#[test]
fn lines_are_chosen_and_the_code_of_the_file_counts() {
    let folder = Folder::empty();
    // umlauts in Windows-1252 and in UTF-8, in one file
    let mut bytes = b"Gespr\xe4ch f\xfcr Nst 4711 von Frau M\xfcller\r\n".to_vec();
    bytes.extend("Gespräch für Nst 4711 von Frau Müller\n".as_bytes());
    bytes.extend(b"nothing here\n");
    folder.write("notes.log", &bytes);
    let of = |what: &[&str]| {
        let mut args = vec!["explain"];
        args.extend(what);
        args.extend(["--site", "none.toml", "--format", "json", "-q"]);
        let answer = folder.call(&args).run().exits(0).json();
        places(&answer["files"][0]["hits"])
    };
    let place = |line, start, end, kind: &str| (line, start, end, kind.to_owned());
    let first = [place(1, 18, 21, "extension"), place(1, 32, 37, "name")];
    let second = [place(2, 20, 23, "extension"), place(2, 34, 40, "name")];
    let all: BTreeSet<Place> = first.iter().chain(&second).cloned().collect();
    assert_eq!(of(&["notes.log"]), all);
    assert_eq!(of(&["notes.log:2"]), second.into_iter().collect());
    assert_eq!(
        of(&["notes.log:1", "notes.log:3"]),
        first.into_iter().collect()
    );
    assert!(of(&["notes.log:3"]).is_empty());
}
