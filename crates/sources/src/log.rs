//! Activity, error and logbook exports of the Assistant and of the Manager.
//!
//! What is recorded is known, the layout is not (formats-other-sources 5.3): columns are
//! found by German and English names or by a mapping. A file without such a header is
//! free text, line by line.

use std::borrow::Cow;

use chrono::NaiveDate;
use gdpr4k_model::catalogue::ElementIx;

use crate::freetext::FreeText;
use crate::knowledge::TableKnowledge;
use crate::mapping::Mapping;
use crate::origin::Origin;
use crate::record::{Account, Reader, Record, Sink, Value};
use crate::table::{Column, Columns, Kernel, Loose, Meaning, Row, Rows, Unmapped, normalise};
use crate::when::When;

/// Reads one log export.
pub struct AssistantLogReader<'k> {
    table: Kernel<LogRows<'k>>,
}

impl<'k> AssistantLogReader<'k> {
    /// `file_name` tells an error log apart; `non_personal`: the site's accounts that are no person.
    pub fn new(
        knowledge: &'k TableKnowledge,
        mapping: Option<&'k Mapping>,
        file_name: &str,
        non_personal: &[String],
    ) -> Self {
        let log = &knowledge.log;
        let file_name = file_name.to_lowercase();
        let formats = mapping.map(|m| &m.date_formats).filter(|f| !f.is_empty());
        let rows = LogRows {
            knowledge,
            mapping,
            error_file: log
                .error_file
                .iter()
                .any(|w| file_name.contains(w.as_str())),
            columns: Columns::default(),
            roles: Vec::new(),
            free: FreeText::new(knowledge, non_personal),
            when: When::new(formats.unwrap_or(&log.date_formats)),
        };
        Self {
            table: Kernel::new(mapping, rows),
        }
    }
}

impl Reader for AssistantLogReader<'_> {
    fn feed(&mut self, block: &[u8], sink: &mut dyn Sink) {
        self.table.feed(block, sink);
    }

    fn finish(&mut self, growing: bool, sink: &mut dyn Sink) -> Account {
        self.table.finish(growing, sink)
    }
}

/// What a column is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    User,
    Time,
    Date,
    Clock,
    Level,
    Action,
    /// May hold names, addresses, commands.
    Text,
    Other,
}

struct LogRows<'k> {
    knowledge: &'k TableKnowledge,
    mapping: Option<&'k Mapping>,
    error_file: bool,
    columns: Columns,
    roles: Vec<Role>,
    free: FreeText<'k>,
    when: When,
}

impl LogRows<'_> {
    fn canonical(&self, name: &str) -> Option<&str> {
        match self.mapping {
            Some(mapping) => mapping.field(name).map(|f| f.canonical.as_str()),
            None => {
                let log = &self.knowledge.log;
                log.columns.get(name).map(|ix| log.canonical[ix].as_str())
            }
        }
    }

    fn meaning(&self, name: &str) -> Meaning {
        let unknown = || Meaning::Unknown {
            element: self.knowledge.log.text,
            seen: Default::default(),
        };
        match self.mapping {
            Some(mapping) => mapping
                .meaning(name)
                .unwrap_or_else(|| match mapping.unmapped {
                    Unmapped::Ignore => Meaning::Technical,
                    _ => unknown(),
                }),
            None => self
                .canonical(name)
                .and_then(|c| self.knowledge.canonical("", c, false))
                .map_or_else(unknown, |element| Meaning::Element {
                    element,
                    unverified: true,
                }),
        }
    }

    fn day(&mut self, cells: &[Cow<'_, str>]) -> Option<NaiveDate> {
        let cell = |role: Role| {
            let ix = self.roles.iter().position(|r| *r == role)?;
            cells.get(ix).map(|c| c.trim()).filter(|c| !c.is_empty())
        };
        let text: Cow<'_, str> = match (cell(Role::Time), cell(Role::Date), cell(Role::Clock)) {
            (Some(time), ..) => time.into(),
            (None, Some(date), Some(clock)) => format!("{date} {clock}").into(),
            (None, Some(one), None) | (None, None, Some(one)) => one.into(),
            (None, None, None) => return None,
        };
        self.when.read(&text).map(|t| t.date())
    }

    /// A time stamp at the start of a line: one or two words, with or without brackets.
    fn leading_day(&mut self, text: &str) -> Option<NaiveDate> {
        let text = text.trim_start_matches(['[', '<', '(']);
        let end = |c: char| matches!(c, ']' | '>' | ')' | ';' | '|');
        let mut spaces = text.match_indices([' ', '\t']).map(|(i, _)| i);
        let (one, two) = (
            spaces.next().unwrap_or(text.len()),
            spaces.next().unwrap_or(text.len()),
        );
        [two, one].iter().find_map(|at| {
            let stamp = text[..*at].split(end).next().unwrap_or_default();
            self.when
                .read(stamp.trim_end_matches([',', ':']))
                .map(|t| t.date())
        })
    }
}

impl Rows for LogRows<'_> {
    fn knows(&self, name: &str) -> bool {
        self.canonical(name).is_some()
    }

    fn header(&mut self, names: &[String], sink: &mut dyn Sink) -> bool {
        let plain: Vec<String> = names.iter().map(|n| normalise(n)).collect();
        let roles: Vec<Role> = plain
            .iter()
            .map(|name| match self.canonical(name) {
                Some("acct.user") => Role::User,
                Some("audit.time") => Role::Time,
                Some("audit.date") => Role::Date,
                Some("audit.clock") => Role::Clock,
                Some("audit.level") => Role::Level,
                Some("audit.action") => Role::Action,
                Some("audit.text" | "audit.entry" | "audit.error" | "free.text") | None => {
                    Role::Text
                }
                Some(_) => Role::Other,
            })
            .collect();
        let known = plain.iter().filter(|n| self.knows(n)).count();
        let timed = roles
            .iter()
            .any(|r| matches!(r, Role::Time | Role::Date | Role::Clock));
        match self.mapping {
            Some(mapping) if !mapping.accepts(&plain) => return false,
            Some(mapping) if !mapping.verified => mapping.not_verified(sink),
            Some(_) => {}
            None if known >= 2 && timed => {}
            None => return false,
        }
        self.roles = roles;
        self.columns.all = names
            .iter()
            .zip(&plain)
            .map(|(name, plain)| Column {
                name: name.clone(),
                meaning: self.meaning(plain),
            })
            .collect();
        true
    }

    fn row(&mut self, row: &Row<'_>, sink: &mut dyn Sink) {
        let (line, cells) = (row.line, row.cells);
        let day = self.day(cells);
        if day.is_none() {
            self.free.timeless.add(line);
        }
        let mut values: Vec<Value<'_>> = Vec::with_capacity(cells.len());
        self.columns.values(cells, &mut values);
        let (mut action, mut text, mut error) = ("", "", self.error_file);
        for (role, cell) in self.roles.iter().zip(cells) {
            let cell = cell.trim();
            match role {
                Role::User => {
                    let personal = self.knowledge.log.user;
                    let element: ElementIx = self.free.account_element(cell, personal);
                    for value in values
                        .iter_mut()
                        .filter(|v| v.element == personal && v.text == cell.as_bytes())
                    {
                        value.element = element;
                    }
                }
                Role::Level => error |= self.free.is_error(cell),
                Role::Action => action = cell,
                Role::Text if text.is_empty() => text = cell,
                _ => {}
            }
        }
        let by = if action.is_empty() { text } else { action };
        error |= self.free.is_error(action);
        let cluster = Some(self.free.cluster(by, error));
        sink.record(&Record {
            line,
            day,
            cluster,
            values: &values,
            origin: row.origin,
        });
    }

    fn loose(&mut self, line: u64, text: &str, sink: &mut dyn Sink) -> Loose {
        let day = self.leading_day(text);
        self.free.loose.add(line);
        let origin = Origin::line(line, text);
        let text = text.trim();
        let error = self.error_file || self.free.is_error(text);
        let cluster = Some(self.free.cluster(text, error));
        sink.record(&Record {
            line,
            day,
            cluster,
            values: &[Value::new(self.knowledge.log.text, text.as_bytes())],
            origin,
        });
        Loose::Record
    }

    fn done(&mut self, sink: &mut dyn Sink) {
        self.columns
            .report(self.mapping.map_or(Unmapped::Report, |m| m.unmapped), sink);
        self.free.report(sink);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{CATALOGUE, Given, KNOWLEDGE, fixture};
    use proptest::prelude::*;

    fn read(bytes: &[u8]) -> Given {
        let services = ["engr".to_owned(), "xieapi".to_owned()];
        Given::read(
            AssistantLogReader::new(&KNOWLEDGE, None, "activity.csv", &services),
            bytes,
        )
    }

    #[test]
    fn fixtures_are_read_as_they_were() {
        for file in ["basic", "german", "dirty", "empty"] {
            let given = read(&fixture(&format!("assistant-log/{file}.csv")));
            assert!(given.account.closes());
            insta::assert_snapshot!(format!("log_{file}"), given.summary());
        }
    }

    #[test]
    fn a_service_account_is_no_person_and_a_password_is_only_present() {
        let given = read(&fixture("assistant-log/german.csv"));
        assert_eq!(given.of("O4K-FLD-LOG-USER"), ["jdoe", "jdoe"]);
        assert_eq!(given.of("O4K-FLD-LOG-SERVICE"), ["xieapi"]);
        assert_eq!(given.of("O4K-FLD-LOG-CLPASSWORD").len(), 1);
        let leaks = given
            .values
            .iter()
            .filter(|(id, v)| !id.ends_with("CLPASSWORD") && v.contains("Geheim1!"));
        assert_eq!(leaks.count(), 0, "the password stands in another value");
    }

    #[test]
    fn an_example_mapping_reads_the_same_days() {
        let text = gdpr4k_model::schemas::text("mappings/assistant-log.example.toml")
            .expect("it is built in");
        let mapping =
            Mapping::parse("m", text, &KNOWLEDGE, &CATALOGUE).unwrap_or_else(|p| panic!("{p}"));
        let bytes = fixture("assistant-log/basic.csv");
        let services = ["engr".to_owned()];
        let given = Given::read(
            AssistantLogReader::new(&KNOWLEDGE, Some(&mapping), "a", &services),
            &bytes,
        );
        assert!(given.values == read(&bytes).values);
        assert_eq!(given.days, read(&bytes).days);
    }

    proptest! {
        #[test]
        fn any_bytes_are_accounted_for(
            bytes in proptest::collection::vec(any::<u8>(), 0..300), headed: bool, size in 1usize..50, growing: bool,
        ) {
            let mut bytes = bytes;
            if headed {
                bytes.splice(0..0, *b"user;time;text\n");
            }
            let reader = AssistantLogReader::new(&KNOWLEDGE, None, "a", &[]);
            let given = Given::read_in_blocks(reader, &bytes, size, growing);
            prop_assert!(given.account.closes());
        }
    }
}
