//! Finding codes: each is documented, each is used, none twice.

use std::collections::{BTreeMap, BTreeSet};

use gdpr4k_model::Catalogue;
use regex::Regex;

fn used() -> BTreeMap<String, String> {
    let code = Regex::new(r"\bG4K-\d{3}\b").unwrap();
    let mut used = BTreeMap::new();
    for file in crate::files::below("crates", &["rs", "toml"]) {
        let text = crate::files::text(&file);
        // tests may name codes that do not exist
        let own = text
            .split("#[cfg(test)]\nmod tests {")
            .next()
            .unwrap_or_default();
        if file.ends_with("tests.rs") || file.components().any(|c| c.as_os_str() == "tests") {
            continue;
        }
        for found in code.find_iter(own) {
            used.entry(found.as_str().to_owned())
                .or_insert_with(|| file.display().to_string());
        }
    }
    assert!(used.len() > 50, "only {} codes", used.len());
    used
}

#[test]
fn every_code_that_is_used_is_documented() {
    let catalogue = Catalogue::builtin();
    let bad: Vec<String> = used()
        .into_iter()
        .filter(|(c, _)| catalogue.finding(c).is_none())
        .map(|(c, f)| format!("{c} in {f}"))
        .collect();
    assert!(
        bad.is_empty(),
        "not in schemas/findings: {}",
        bad.join(", ")
    );
}

#[test]
fn every_code_that_is_documented_is_used() {
    let used = used();
    let catalogue = Catalogue::builtin();
    let bad: Vec<&str> = catalogue
        .findings()
        .iter()
        .map(|f| f.code.as_str())
        .filter(|c| !used.contains_key(*c))
        .collect();
    assert!(
        bad.is_empty(),
        "in schemas/findings, but nothing reports them: {}",
        bad.join(", ")
    );
}

#[test]
fn codes_are_unique_and_their_texts_complete() {
    let catalogue = Catalogue::builtin();
    let mut seen = BTreeSet::new();
    let argument = Regex::new(r"\{[a-z_]*\}").unwrap();
    for text in catalogue.findings() {
        assert!(seen.insert(text.code.as_str()), "{} twice", text.code);
        for (en, de, what) in [
            (&text.title.en, &text.title.de, "title"),
            (&text.message.en, &text.message.de, "message"),
            (&text.help.en, &text.help.de, "help"),
        ] {
            assert!(
                !en.trim().is_empty() && !de.trim().is_empty(),
                "{}: {what}",
                text.code
            );
            assert!(
                !en.ends_with('.') && !de.ends_with('.'),
                "{}: {what} ends with a full stop",
                text.code
            );
            let args = |t: &str| {
                argument
                    .find_iter(t)
                    .map(|m| m.as_str().to_owned())
                    .collect::<BTreeSet<_>>()
            };
            assert_eq!(
                args(en),
                args(de),
                "{}: the {what} has other arguments in German",
                text.code
            );
        }
    }
}
