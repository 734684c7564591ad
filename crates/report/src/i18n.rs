//! One message catalogue for every document: `i18n/de.ftl` and `i18n/en.ftl`, and numbers and days by language.

use chrono::NaiveDate;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use gdpr4k_model::{Lang, Text};
use unic_langid::LanguageIdentifier;

use crate::Error;

const EN: &str = include_str!("../i18n/en.ftl");
const DE: &str = include_str!("../i18n/de.ftl");

/// The text of the message file of one language.
pub(crate) const fn source(lang: Lang) -> &'static str {
    match lang {
        Lang::En => EN,
        Lang::De => DE,
    }
}

/// The messages of one language.
pub(crate) struct Messages {
    bundle: FluentBundle<FluentResource>,
}

impl Messages {
    pub(crate) fn new(lang: Lang) -> Result<Self, Error> {
        let broken = |what: &str| Error::Messages(format!("{}.ftl: {what}", lang.code()));
        let id: LanguageIdentifier = lang
            .code()
            .parse()
            .map_err(|_| broken("no such language"))?;
        let resource = FluentResource::try_new(source(lang).to_owned())
            .map_err(|(_, e)| broken(&format!("{e:?}")))?;
        let mut bundle = FluentBundle::new_concurrent(vec![id]);
        // Isolation marks would show up as stray characters in copied text and in CSV.
        bundle.set_use_isolating(false);
        bundle.set_formatter(Some(match lang {
            Lang::En => |v: &FluentValue<'_>, _: &_| number_of(v, Lang::En),
            Lang::De => |v: &FluentValue<'_>, _: &_| number_of(v, Lang::De),
        }));
        bundle
            .add_resource(resource)
            .map_err(|e| broken(&format!("{e:?}")))?;
        Ok(Self { bundle })
    }

    /// A message with its arguments.
    ///
    /// # Errors
    /// No such message, or a message that asks for an argument that was not given.
    pub(crate) fn get(&self, id: &str, args: &FluentArgs<'_>) -> Result<String, Error> {
        let pattern = self
            .bundle
            .get_message(id)
            .and_then(|m| m.value())
            .ok_or_else(|| Error::Messages(format!("no message {id}")))?;
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(args), &mut errors);
        match errors.first() {
            Some(error) => Err(Error::Messages(format!("{id}: {error}"))),
            None => Ok(text.into_owned()),
        }
    }

    /// A message without arguments, or its id.
    pub(crate) fn word(&self, id: &str) -> String {
        self.get(id, &FluentArgs::new())
            .unwrap_or_else(|_| id.to_owned())
    }
}

/// One message in every language; its id where it is missing.
pub(crate) fn both(id: &str, args: &[(&str, u64)], words: &[(&str, &str)]) -> Text {
    let one = |lang| {
        let mut all = FluentArgs::new();
        for (name, n) in args {
            all.set(*name, *n);
        }
        for (name, word) in words {
            all.set(*name, *word);
        }
        Messages::new(lang)
            .and_then(|m| m.get(id, &all))
            .unwrap_or_else(|_| id.to_owned())
    };
    Text {
        en: one(Lang::En),
        de: one(Lang::De),
    }
}

fn number_of(value: &FluentValue<'_>, lang: Lang) -> Option<String> {
    match value {
        FluentValue::Number(n) => Some(number(n.value as i64, lang)),
        _ => None,
    }
}

/// A whole number with its thousands parted: `12.345` in German, with a narrow space in English.
pub(crate) fn number(n: i64, lang: Lang) -> String {
    let digits = n.unsigned_abs().to_string();
    let gap = match lang {
        Lang::De => '.',
        Lang::En => '\u{202f}',
    };
    let mut out = String::from(if n < 0 { "\u{2212}" } else { "" });
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(gap);
        }
        out.push(digit);
    }
    out
}

/// A day: `22.11.2026` in German, `2026-11-22` in English.
pub(crate) fn day(day: NaiveDate, lang: Lang) -> String {
    match lang {
        Lang::De => day.format("%d.%m.%Y").to_string(),
        Lang::En => day.to_string(),
    }
}

/// A size in the unit that suits it.
pub(crate) fn bytes(n: u64, lang: Lang) -> String {
    let (mut value, mut unit) = (n as f64, "B");
    for next in ["kB", "MB", "GB", "TB"] {
        if value < 1000.0 {
            break;
        }
        (value, unit) = (value / 1000.0, next);
    }
    let text = if unit == "B" || value >= 100.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.1}")
    };
    let text = match lang {
        Lang::De => text.replace('.', ","),
        Lang::En => text,
    };
    format!("{text}\u{a0}{unit}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use gdpr4k_model::site::SourceKind;

    use super::*;
    use crate::map::Status;

    #[test]
    fn numbers_and_days_follow_the_language() {
        assert_eq!(number(1_234_567, Lang::De), "1.234.567");
        assert_eq!(number(-1234, Lang::En), "\u{2212}1\u{202f}234");
        assert_eq!(number(999, Lang::De), "999");
        assert_eq!(bytes(1_234_567, Lang::De), "1,2\u{a0}MB");
        assert_eq!(bytes(999, Lang::En), "999\u{a0}B");
        let christmas = NaiveDate::from_ymd_opt(2026, 12, 24).unwrap();
        assert_eq!(day(christmas, Lang::De), "24.12.2026");
        assert_eq!(day(christmas, Lang::En), "2026-12-24");
    }

    fn ids(lang: Lang) -> BTreeSet<&'static str> {
        source(lang)
            .lines()
            .filter(|l| l.starts_with(|c: char| c.is_ascii_lowercase()))
            .filter_map(|l| l.split_once(" ="))
            .map(|(id, _)| id)
            .collect()
    }

    /// Everything that asks for messages.
    const USERS: [&str; 10] = [
        include_str!("../templates/certificate.html"),
        include_str!("../templates/page.html"),
        include_str!("../templates/parts.html"),
        include_str!("../templates/kind.html"),
        include_str!("../templates/map.html"),
        include_str!("../templates/findings.html"),
        include_str!("html/ages.rs"),
        include_str!("html/picture.rs"),
        include_str!("html/mod.rs"),
        include_str!("map/notes.rs"),
    ];

    /// Words behind a prefix that a template puts together: `t("status-" ~ k.status)`.
    fn families() -> Vec<(&'static str, Vec<&'static str>)> {
        let states = vec![
            "searched",
            "declared-present",
            "not-searched",
            "undeclared",
            "declared-absent",
        ];
        let status: Vec<_> = Status::ALL.iter().map(|s| s.id()).collect();
        let severity = vec!["error", "attention", "info"];
        let outcomes = vec!["done", "partial", "refused", "nothing-due"];
        let words = vec![
            "kind",
            "persons",
            "externals",
            "values",
            "fallback",
            "mark",
            "described",
        ];
        let mut sources: Vec<_> = SourceKind::ALL.iter().map(|k| k.id()).collect();
        sources.extend([crate::map::OWN_KIND, "unknown"]);
        vec![
            ("cert-outcome-", outcomes),
            ("state-", states.clone()),
            ("state-head-", states.clone()),
            ("state-short-", states),
            ("status-", status.clone()),
            ("status-means-", status),
            ("severity-", severity.clone()),
            ("severity-head-", severity),
            ("word-", words.clone()),
            ("word-means-", words),
            ("limit-", vec!["copies", "values", "described", "switch"]),
            ("copy-", vec!["twin", "export", "backup"]),
            ("flow-", vec!["both-ends", "one-end", "described"]),
            ("picture-column-", vec!["0", "1", "2", "3"]),
            ("source-kind-", sources),
            (
                "note-",
                vec![
                    "controller",
                    "contact",
                    "dpo",
                    "policy-reference",
                    "no-pack",
                    "pack-review",
                    "no-rule",
                    "files-unread",
                    "lines-rejected",
                    "not-searched",
                    "declared-only",
                    "undeclared",
                    "fallback",
                    "undated",
                    "proposed",
                    "unverified",
                    "absent",
                ],
            ),
        ]
    }

    #[test]
    fn both_languages_have_the_same_messages() {
        let (de, en) = (ids(Lang::De), ids(Lang::En));
        assert_eq!(de.difference(&en).collect::<Vec<_>>(), Vec::<&&str>::new());
        assert_eq!(en.difference(&de).collect::<Vec<_>>(), Vec::<&&str>::new());
        assert!(de.len() > 200);
    }

    #[test]
    fn every_message_is_used_and_every_use_has_its_message() {
        let have = ids(Lang::De);
        let mut used = BTreeSet::new();
        let mut prefixes = BTreeSet::new();
        for text in USERS {
            for call in ["t(\"", ".word(\"", ".get(\"", "format!(\""] {
                for (at, _) in text.match_indices(call) {
                    // `args.set("` ends like a call of t.
                    if text[..at].ends_with(|c: char| c.is_alphanumeric()) && call == "t(\"" {
                        continue;
                    }
                    let Some((id, after)) = text[at + call.len()..].split_once('"') else {
                        continue;
                    };
                    if after.starts_with(" ~") {
                        prefixes.insert(id.to_owned());
                    } else if let Some(at) = id.find('{') {
                        prefixes.insert(id[..at].to_owned());
                    } else if call != "format!(\"" {
                        used.insert(id.to_owned());
                    }
                }
            }
        }
        for (prefix, words) in families() {
            assert!(prefixes.contains(prefix), "nothing asks for {prefix}*");
            used.extend(words.iter().map(|w| format!("{prefix}{w}")));
        }
        let missing: Vec<_> = used
            .iter()
            .filter(|id| !have.contains(id.as_str()))
            .collect();
        assert_eq!(missing, Vec::<&String>::new(), "no such message");
        let unused: Vec<_> = have.iter().filter(|id| !used.contains(**id)).collect();
        assert_eq!(unused, Vec::<&&str>::new(), "nobody asks for these");
    }

    /// A plural or an argument that only one language has is a slip of the translator.
    #[test]
    fn both_languages_ask_for_the_same_arguments() {
        let arguments = |lang: Lang| {
            let mut all: Vec<(String, BTreeSet<String>)> = Vec::new();
            for line in source(lang).lines() {
                if let Some((id, _)) = line.split_once(" =")
                    && line.starts_with(|c: char| c.is_ascii_lowercase())
                {
                    all.push((id.to_owned(), BTreeSet::new()));
                }
                let Some((_, found)) = all.last_mut() else {
                    continue;
                };
                for part in line.split('$').skip(1) {
                    let end = part
                        .find(|c: char| !c.is_alphanumeric() && c != '_')
                        .unwrap_or(part.len());
                    found.insert(part[..end].to_owned());
                }
            }
            all.sort();
            all
        };
        for (de, en) in arguments(Lang::De).iter().zip(&arguments(Lang::En)) {
            assert_eq!(de, en);
        }
    }

    #[test]
    fn a_message_without_its_argument_is_an_error() {
        let messages = Messages::new(Lang::De).unwrap();
        assert!(messages.get("verdict-who", &FluentArgs::new()).is_err());
        assert!(messages.get("no-such-message", &FluentArgs::new()).is_err());
    }
}
