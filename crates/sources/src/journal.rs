//! Call journals: what the system keeps per subscriber, from an export in the site's own layout.
//!
//! Fields and limits: formats-other-sources 4.1. No export file is documented by the
//! vendor, so columns are found by name or by a mapping, and are marked as unverified.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use gdpr4k_model::Finding;

use crate::freetext::Tally;
use crate::knowledge::TableKnowledge;
use crate::mapping::Mapping;
use crate::record::{Account, Reader, Record, Sink};
use crate::table::{Column, Columns, Kernel, Meaning, Row, Rows, Unmapped, normalise};
use crate::when::When;

/// More subscribers than this are not counted one by one.
const MAX_OWNERS: usize = 1 << 20;

/// Reads one export of call journals.
pub struct JournalReader<'k> {
    table: Kernel<JournalRows<'k>>,
}

impl<'k> JournalReader<'k> {
    /// `release`: `V10` or `V11R1`, as `journal_release` of the source says; none or another one
    /// allows the most entries.
    pub fn new(
        knowledge: &'k TableKnowledge,
        mapping: Option<&'k Mapping>,
        release: Option<&str>,
    ) -> Self {
        let formats = mapping.map(|m| &m.date_formats).filter(|f| !f.is_empty());
        let rows = JournalRows {
            knowledge,
            mapping,
            columns: Columns::default(),
            roles: Roles::default(),
            when: When::new(formats.unwrap_or(&knowledge.journal.date_formats)),
            limit: knowledge
                .journal_limit(release)
                .map_or(u32::MAX, |l| l.total),
            owners: HashMap::new(),
            hasher: RandomState::new(),
            long_numbers: Tally::default(),
            long_names: Tally::default(),
            timeless: Tally::default(),
        };
        Self {
            table: Kernel::new(mapping, rows),
        }
    }
}

impl Reader for JournalReader<'_> {
    fn feed(&mut self, block: &[u8], sink: &mut dyn Sink) {
        self.table.feed(block, sink);
    }

    fn finish(&mut self, growing: bool, sink: &mut dyn Sink) -> Account {
        self.table.finish(growing, sink)
    }
}

struct JournalRows<'k> {
    knowledge: &'k TableKnowledge,
    mapping: Option<&'k Mapping>,
    columns: Columns,
    roles: Roles,
    when: When,
    limit: u32,
    /// Entries per subscriber; by a keyed hash, so no number is held.
    owners: HashMap<u64, u32>,
    hasher: RandomState,
    long_numbers: Tally,
    long_names: Tally,
    timeless: Tally,
}

/// Where the columns stand that rules look at.
#[derive(Default)]
struct Roles {
    owner: Option<usize>,
    numbers: Vec<usize>,
    names: Vec<usize>,
    time: Option<usize>,
    date: Option<usize>,
    clock: Option<usize>,
}

impl JournalRows<'_> {
    /// The canonical name of a column.
    fn canonical(&self, name: &str) -> Option<&str> {
        let journal = &self.knowledge.journal;
        let canonical = match self.mapping {
            Some(mapping) => mapping.field(name)?.canonical.as_str(),
            None => journal.canonical[journal.columns.get(name)?].as_str(),
        };
        Some(
            journal
                .also
                .get(canonical)
                .map_or(canonical, String::as_str),
        )
    }

    fn meaning(&self, name: &str) -> Meaning {
        let unknown = || Meaning::Unknown {
            element: self.knowledge.xie_unknown,
            seen: Default::default(),
        };
        if let Some(mapping) = self.mapping {
            let explicit = mapping.meaning(name);
            let call = self.canonical(name).filter(|c| c.starts_with("call."));
            return match (
                explicit,
                call.and_then(|c| self.knowledge.canonical("", c, false)),
            ) {
                (Some(Meaning::Element { unverified, .. }), Some(element)) => Meaning::Element {
                    element,
                    unverified,
                },
                (Some(meaning), _) => meaning,
                (None, _) if mapping.unmapped == Unmapped::Ignore => Meaning::Technical,
                (None, _) => unknown(),
            };
        }
        let element = self
            .canonical(name)
            .and_then(|c| self.knowledge.canonical("", c, false));
        element.map_or_else(unknown, |element| Meaning::Element {
            element,
            unverified: true,
        })
    }

    fn day(&mut self, cells: &[Cow<'_, str>]) -> Option<chrono::NaiveDate> {
        let cell = |ix: Option<usize>| cells.get(ix?).map(|c| c.trim()).filter(|c| !c.is_empty());
        let Roles {
            time, date, clock, ..
        } = self.roles;
        let text: Cow<'_, str> = match (cell(time), cell(date), cell(clock)) {
            (Some(time), ..) => time.into(),
            (None, Some(date), Some(clock)) => format!("{date} {clock}").into(),
            (None, Some(one), None) | (None, None, Some(one)) => one.into(),
            (None, None, None) => return None,
        };
        self.when.read(&text).map(|t| t.date())
    }
}

impl Rows for JournalRows<'_> {
    fn knows(&self, name: &str) -> bool {
        self.canonical(name).is_some()
    }

    fn header(&mut self, names: &[String], sink: &mut dyn Sink) -> bool {
        let plain: Vec<String> = names.iter().map(|n| normalise(n)).collect();
        let canonical: Vec<String> = plain
            .iter()
            .map(|n| self.canonical(n).unwrap_or_default().to_owned())
            .collect();
        let find = |name: &str| canonical.iter().position(|c| c == name);
        let all = |wanted: &[&str]| {
            (0..canonical.len())
                .filter(|ix| wanted.contains(&canonical[*ix].as_str()))
                .collect()
        };
        self.roles = Roles {
            owner: find("call.owner"),
            numbers: all(&["call.peer_no", "call.peer_e164"]),
            names: all(&["call.peer_name"]),
            time: find("call.time"),
            date: find("call.date"),
            clock: find("call.clock"),
        };
        let timed = self
            .roles
            .time
            .or(self.roles.date)
            .or(self.roles.clock)
            .is_some();
        let party = !self.roles.numbers.is_empty() || !self.roles.names.is_empty();
        match self.mapping {
            Some(mapping) if !mapping.accepts(&plain) => return false,
            Some(mapping) if !mapping.verified => mapping.not_verified(sink),
            Some(_) => {}
            None if timed && party => {}
            None => return false,
        }
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
            self.timeless.add(line);
        }
        let cell = |ix: usize| cells.get(ix).map_or("", |c| c.trim());
        if let Some(owner) = self.roles.owner.map(cell).filter(|o| !o.is_empty()) {
            let key = self.hasher.hash_one(owner);
            if self.owners.len() < MAX_OWNERS || self.owners.contains_key(&key) {
                let count = self.owners.entry(key).or_default();
                *count = count.saturating_add(1);
            }
        }
        let digits = |ix: &usize| cell(*ix).bytes().filter(u8::is_ascii_digit).count();
        if self
            .roles
            .numbers
            .iter()
            .any(|ix| digits(ix) > self.knowledge.journal.number_digits)
        {
            self.long_numbers.add(line);
        }
        let long = self.knowledge.journal.name_characters;
        if self
            .roles
            .names
            .iter()
            .any(|ix| cell(*ix).chars().count() > long)
        {
            self.long_names.add(line);
        }
        let mut values = Vec::with_capacity(cells.len());
        self.columns.values(cells, &mut values);
        sink.record(&Record {
            line,
            day,
            cluster: None,
            values: &values,
            origin: row.origin,
        });
    }

    fn done(&mut self, sink: &mut dyn Sink) {
        self.columns
            .report(self.mapping.map_or(Unmapped::Report, |m| m.unmapped), sink);
        let over = self.owners.values().filter(|n| **n > self.limit).count();
        if over > 0 {
            let finding = Finding::new("G4K-320").with("count", over);
            sink.finding(finding.with("limit", u64::from(self.limit)));
        }
        let journal = &self.knowledge.journal;
        self.long_numbers
            .report_limit("G4K-321", journal.number_digits, sink);
        self.long_names
            .report_limit("G4K-322", journal.name_characters, sink);
        self.timeless.report("G4K-323", sink);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{CATALOGUE, Given, KNOWLEDGE, fixture};
    use proptest::prelude::*;

    #[test]
    fn fixtures_are_read_as_they_were() {
        for file in ["basic", "dirty", "empty"] {
            let bytes = fixture(&format!("call-journal/{file}.csv"));
            let given = Given::read(JournalReader::new(&KNOWLEDGE, None, None), &bytes);
            assert!(given.account.closes());
            insta::assert_snapshot!(format!("journal_{file}"), given.summary());
        }
    }

    #[test]
    fn a_header_may_stand_below_a_title() {
        let text =
            "Call log of MUC1\n\nsubscriber;number;timestamp\n2504;2505;2026-02-03 08:14:09\n";
        let given = Given::read(JournalReader::new(&KNOWLEDGE, None, None), text.as_bytes());
        let account = given.account;
        assert_eq!(
            (account.records, account.noise, account.rejected),
            (1, 2, 1)
        );
        assert_eq!(given.of("O4K-FLD-JRN-OWNER"), ["2504"]);
        assert_eq!(given.codes(), [("G4K-303", Some(1))]);
        let late = format!("{}{}", "nothing known\n".repeat(20), &text[18..]);
        let given = Given::read(JournalReader::new(&KNOWLEDGE, None, None), late.as_bytes());
        assert_eq!(given.account.records, 0);
    }

    #[test]
    fn the_mapping_and_the_known_names_give_the_same() {
        let text = gdpr4k_model::schemas::text("mappings/call-journal.example.toml")
            .expect("it is built in");
        let mapping =
            Mapping::parse("m", text, &KNOWLEDGE, &CATALOGUE).unwrap_or_else(|p| panic!("{p}"));
        let bytes = fixture("call-journal/basic.csv");
        let plain = Given::read(JournalReader::new(&KNOWLEDGE, None, None), &bytes);
        let mapped = Given::read(JournalReader::new(&KNOWLEDGE, Some(&mapping), None), &bytes);
        assert!(plain.values == mapped.values && !plain.values.is_empty());
        assert_eq!(plain.days, mapped.days);
        assert_eq!(mapped.of("O4K-FLD-JRN-E164").len(), 1);
    }

    #[test]
    fn the_limit_is_the_one_of_the_release() {
        let rows = |n: usize| {
            let mut text = String::from("subscriber;direction;number;timestamp\n");
            for i in 0..n {
                text.push_str(&format!("2504;in;2505;2026-02-03 08:14:{:02}\n", i % 60));
            }
            text
        };
        for (n, release, over) in [
            (30, Some("V10"), false),
            (31, Some("V10"), true),
            (70, Some("V11R1"), false),
            (71, Some("V11R1"), true),
            (70, None, false),
            (71, None, true),
            (31, Some("V99"), false),
        ] {
            let given = Given::read(
                JournalReader::new(&KNOWLEDGE, None, release),
                rows(n).as_bytes(),
            );
            assert_eq!(
                given.codes() == [("G4K-320", None)],
                over,
                "{n} rows in {release:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_accounted_for(
            bytes in proptest::collection::vec(any::<u8>(), 0..300), size in 1usize..50, growing: bool,
        ) {
            let mut bytes = bytes;
            bytes.splice(0..0, *b"subscriber;number;timestamp\n");
            let given = Given::read_in_blocks(JournalReader::new(&KNOWLEDGE, None, None), &bytes, size, growing);
            prop_assert!(given.account.closes());
        }
    }
}
