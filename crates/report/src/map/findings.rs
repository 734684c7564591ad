//! Findings by severity and code, in every language.

use std::collections::BTreeMap;

use gdpr4k_model::Text;
use gdpr4k_model::inventory::FindingEntry;

use super::build::Book;
use super::{FindingGroup, Spot};

pub(super) fn build(book: &Book<'_>) -> Vec<FindingGroup> {
    let mut groups: BTreeMap<&str, FindingGroup> = BTreeMap::new();
    for finding in &book.inventory.findings {
        groups
            .entry(&finding.code)
            .or_insert_with(|| group(book, finding))
            .spots
            .push(Spot {
                path: finding.path.clone(),
                line: finding.line,
                message: message(book, finding),
            });
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    groups.sort_by(|a, b| {
        b.severity
            .cmp(&a.severity)
            .then_with(|| a.code.cmp(&b.code))
    });
    groups
}

fn group(book: &Book<'_>, finding: &FindingEntry) -> FindingGroup {
    let text = book.catalogue.finding(&finding.code);
    FindingGroup {
        code: finding.code.clone(),
        severity: finding.severity,
        title: text.map_or_else(|| Text::same(&finding.code), |t| t.title.clone()),
        help: text.map_or_else(|| Text::same(&finding.help), |t| t.help.clone()),
        spots: Vec::new(),
    }
}

/// The sentence from the catalogue with the arguments of the finding; the recorded one for a code that the catalogue lacks.
fn message(book: &Book<'_>, finding: &FindingEntry) -> Text {
    let Some(text) = book.catalogue.finding(&finding.code) else {
        return Text::same(&finding.message);
    };
    let fill = |sentence: &str| {
        finding
            .args
            .iter()
            .fold(sentence.to_owned(), |s, (name, value)| {
                s.replace(&format!("{{{name}}}"), value)
            })
    };
    Text {
        en: fill(&text.message.en),
        de: fill(&text.message.de),
    }
}
