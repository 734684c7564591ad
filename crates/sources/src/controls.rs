//! Answers to the security checklist: `[[answer]]` tables of a TOML file.
//!
//! Form: schemas/sources/controls.toml. Who answered is a contact and stands in the inventory; the
//! answers themselves are read by [`answers`].

use std::collections::HashSet;

use chrono::NaiveDate;
use gdpr4k_model::Finding;
use gdpr4k_model::finding::Arg;
use serde::Deserialize;

use crate::knowledge::TableKnowledge;
use crate::linebook::Class;
use crate::origin::Origin;
use crate::record::{Account, Reader, Record, Sink, Value};

/// Larger files are no answers.
const MAX_FILE: usize = 4 << 20;

/// One answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Answer {
    /// Id of a measure of the catalogue.
    pub id: String,
    /// `yes`, `no`, `partly`, `not-applicable`, `open`.
    pub answer: String,
    /// In words.
    pub comment: String,
    /// Who answered.
    pub responsible: String,
    /// Day of the answer.
    pub date: Option<toml::value::Datetime>,
}

#[derive(Deserialize)]
struct AnswerFile {
    #[serde(default)]
    answer: Vec<toml::Spanned<Answer>>,
}

/// The answers of a file, with the byte where each begins.
///
/// # Errors
/// The byte where the file stops being TOML of this form.
pub fn answers(text: &str) -> Result<Vec<(usize, Answer)>, usize> {
    let file: AnswerFile = toml::from_str(text).map_err(|e| e.span().map_or(0, |s| s.start))?;
    let answers = file.answer.into_iter();
    Ok(answers.map(|a| (a.span().start, a.into_inner())).collect())
}

/// Reads a file of answers.
pub struct ControlsReader<'k> {
    knowledge: &'k TableKnowledge,
    text: Vec<u8>,
    cut: bool,
}

impl<'k> ControlsReader<'k> {
    /// For one file.
    pub fn new(knowledge: &'k TableKnowledge) -> Self {
        Self {
            knowledge,
            text: Vec::new(),
            cut: false,
        }
    }
}

impl Reader for ControlsReader<'_> {
    fn feed(&mut self, block: &[u8], _sink: &mut dyn Sink) {
        let room = MAX_FILE - self.text.len();
        self.cut |= block.len() > room;
        self.text.extend_from_slice(&block[..block.len().min(room)]);
    }

    fn finish(&mut self, growing: bool, sink: &mut dyn Sink) -> Account {
        let text = crate::lines::decode(&self.text).into_owned();
        let mut lines: Vec<(Class, &str)> = text.lines().map(|l| (Class::Noise, l)).collect();
        let mut account = Account {
            lines: lines.len() as u64,
            ..Account::default()
        };
        if growing && !lines.is_empty() {
            // a file of answers is read when nobody writes it any more
            account.noise = account.lines - 1;
            account.pending = 1;
            return account;
        }
        match answers(&text).ok().filter(|_| !self.cut) {
            Some(answers) => {
                self.check(&text, &answers, &mut lines, sink);
            }
            None => {
                for (number, line) in (1u64..).zip(&mut lines) {
                    if !line.1.trim().is_empty() && !line.1.trim_start().starts_with('#') {
                        line.0 = Class::Rejected;
                        sink.finding(Finding::new("G4K-662").at(number));
                    }
                }
            }
        }
        for (class, _) in lines {
            match class {
                Class::Noise => account.noise += 1,
                Class::Continuation => account.continuation += 1,
                Class::Rejected => account.rejected += 1,
                Class::Record => account.records += 1,
            }
        }
        account
    }
}

impl ControlsReader<'_> {
    fn check(
        &self,
        text: &str,
        answers: &[(usize, Answer)],
        lines: &mut [(Class, &str)],
        sink: &mut dyn Sink,
    ) {
        let controls = &self.knowledge.controls;
        let mut seen = HashSet::new();
        for (at, answer) in answers {
            let line = text.as_bytes()[..*at]
                .iter()
                .filter(|b| **b == b'\n')
                .count();
            // from [[answer]] to the line before the next table
            if let Some(first) = lines.get_mut(line) {
                first.0 = Class::Record;
            }
            for more in lines.iter_mut().skip(line + 1) {
                let clean = more.1.trim();
                if clean.starts_with('[') && clean.ends_with(']') {
                    break;
                }
                if !clean.is_empty() && !clean.starts_with('#') {
                    more.0 = Class::Continuation;
                }
            }
            let number = line as u64 + 1;
            let date = answer.date.as_ref().map(ToString::to_string);
            let values: Vec<Value<'_>> = [
                (controls.name, answer.responsible.trim()),
                (controls.comment, answer.comment.trim()),
                (controls.date, date.as_deref().unwrap_or_default()),
            ]
            .into_iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(element, text)| Value::new(element, text.as_bytes()))
            .collect();
            let day = date
                .as_deref()
                .and_then(|d| d.get(..10)?.parse::<NaiveDate>().ok());
            sink.record(&Record {
                line: number,
                day,
                cluster: None,
                values: &values,
                origin: Origin::default(),
            });
            let mut find = |finding: Finding| sink.finding(finding.at(number));
            if !controls.measures.contains(&answer.id) {
                find(Finding::new("G4K-660"));
            } else if !seen.insert(&answer.id) {
                find(Finding::new("G4K-663"));
            }
            if !controls.answers.contains(&answer.answer) {
                let finding = Finding::new("G4K-661").with("shape", Arg::shape(&answer.answer));
                find(finding.with("expected", Arg::declared(controls.answers.join(", "))));
            }
            for (what, missing) in [
                ("date", day.is_none()),
                ("responsible", answer.responsible.trim().is_empty()),
            ] {
                if missing {
                    find(Finding::new("G4K-664").with("what", Arg::declared(what)));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Given, KNOWLEDGE, fixture};
    use proptest::prelude::*;

    #[test]
    fn fixtures_are_read_as_they_were() {
        for file in ["basic", "dirty", "broken", "empty"] {
            let given = Given::read(
                ControlsReader::new(&KNOWLEDGE),
                &fixture(&format!("controls/{file}.toml")),
            );
            assert!(given.account.closes());
            insta::assert_snapshot!(format!("controls_{file}"), given.summary());
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_accounted_for(
            bytes in proptest::collection::vec(any::<u8>(), 0..300), headed: bool, size in 1usize..50, growing: bool,
        ) {
            let mut bytes = bytes;
            if headed {
                bytes.splice(0..0, *b"[[answer]]\nid = \"x\"\n");
            }
            let given = Given::read_in_blocks(ControlsReader::new(&KNOWLEDGE), &bytes, size, growing);
            prop_assert!(given.account.closes());
        }
    }
}
