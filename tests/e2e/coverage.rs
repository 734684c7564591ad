//! Every entry that the catalogue must hold is shown, in both languages.

use std::collections::HashMap;

use gdpr4k_model::Catalogue;
use gdpr4k_tests::{gdpr4k, repository};
use serde_json::Value;

fn ids() -> Vec<String> {
    let text =
        std::fs::read_to_string(repository().join("tests/catalogue/coverage-ids.txt")).unwrap();
    let ids: Vec<String> = text
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .map(str::to_owned)
        .collect();
    let mut distinct = ids.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(
        (ids.len(), distinct.len()),
        (967, 967),
        "the list of ids is not to be edited"
    );
    ids
}

/// Texts in two languages: `{"en": …, "de": …}`, strings or lists of strings.
fn texts<'v>(value: &'v Value, out: &mut Vec<(&'v Value, &'v Value)>) {
    match value {
        Value::Object(map) => match (map.get("en"), map.get("de")) {
            (None, None) => map.values().for_each(|v| texts(v, out)),
            (en, de) => out.push((en.unwrap_or(&Value::Null), de.unwrap_or(&Value::Null))),
        },
        Value::Array(items) => items.iter().for_each(|v| texts(v, out)),
        _ => {}
    }
}

/// Whether a text says something.
fn says(text: &Value) -> bool {
    match text {
        Value::String(text) => text.chars().any(char::is_alphanumeric),
        Value::Array(items) => !items.is_empty() && items.iter().all(says),
        _ => false,
    }
}

fn problem(entry: &Value) -> Option<&'static str> {
    let mut both = Vec::new();
    texts(entry, &mut both);
    // "-" in both languages: the document says nothing about it
    both.retain(|(en, de)| !(en == de && *en == "-"));
    if both.is_empty() {
        return Some("no text at all");
    }
    if both.iter().any(|(en, _)| !says(en)) {
        return Some("an English text is missing");
    }
    if both.iter().any(|(_, de)| !says(de)) {
        return Some("a German text is missing");
    }
    None
}

#[test]
fn every_id_has_an_english_and_a_german_text() {
    let catalogue = Catalogue::builtin();
    let bad: Vec<String> = ids()
        .iter()
        .filter_map(|id| match catalogue.entry(id) {
            None => Some(format!("{id}: no entry")),
            Some(entry) => {
                problem(&serde_json::to_value(entry).unwrap()).map(|p| format!("{id}: {p}"))
            }
        })
        .collect();
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[test]
fn every_id_is_in_the_list() {
    let list = gdpr4k(["catalogue", "list", "--format", "json"])
        .run()
        .exits(0)
        .json();
    let entries: HashMap<&str, &Value> = list["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| (e["id"].as_str().unwrap(), e))
        .collect();
    let bad: Vec<String> = ids()
        .iter()
        .filter_map(|id| match entries.get(id.as_str()) {
            None => Some(format!("{id}: not in the list")),
            Some(entry) => problem(entry).map(|p| format!("{id}: {p}")),
        })
        .collect();
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[test]
fn one_of_every_table_is_shown_as_text_and_as_json() {
    let mut families: Vec<(String, String)> = Vec::new();
    for id in ids() {
        let family: String = id.split('-').take(2).collect::<Vec<_>>().join("-");
        if families.iter().all(|(f, _)| *f != family) {
            families.push((family, id));
        }
    }
    assert!(families.len() >= 13, "{families:?}");
    for (_, id) in families {
        let text = gdpr4k(["catalogue", "show", &id]).run().exits(0).out();
        assert!(text.contains(&id), "{text}");
        let json = gdpr4k(["catalogue", "show", &id, "--format", "json"])
            .run()
            .exits(0)
            .json();
        assert_eq!(json["id"], id.as_str());
        assert_eq!(problem(&json), None, "{id}");
    }
}
