//! Small tables that differ only in the names of their columns: name keys, settings, call logs, handsets, accounts.
//!
//! No layout of these is published. A form of `schemas/sources` lists names that a column may have
//! and what it then is; what no form and no alias group knows is personal until somebody says otherwise.

use std::borrow::Cow;
use std::collections::HashMap;

use chrono::NaiveDate;
use gdpr4k_model::Sealed;
use gdpr4k_model::catalogue::ElementIx;
use serde::Deserialize;

use crate::knowledge::{Ids, TableKnowledge};
use crate::lines::decode;
use crate::mapping::Mapping;
use crate::record::{Account, Fact, Reader, Record, Sink};
use crate::table::{
    Column, Columns, Kernel, Meaning, Names, Row, Rows, Unmapped, clean_name, normalise,
};
use crate::when::When;

/// Reads one table through a form or through a mapping.
pub struct FormReader<'k> {
    table: Kernel<FormRows<'k>>,
}

impl<'k> FormReader<'k> {
    /// `form`: the id of a form of `schemas/sources`, for example `catool`; none if there is no such form.
    pub fn new(
        knowledge: &'k TableKnowledge,
        form: &str,
        mapping: Option<&'k Mapping>,
    ) -> Option<Self> {
        let form = knowledge.forms.get(form)?;
        let formats = mapping.map(|m| &m.date_formats).filter(|f| !f.is_empty());
        let rows = FormRows {
            knowledge,
            form,
            mapping,
            columns: Columns::default(),
            roles: Vec::new(),
            when: When::new(formats.unwrap_or(&knowledge.log.date_formats)),
        };
        Some(Self {
            table: Kernel::new(mapping, rows),
        })
    }
}

impl Reader for FormReader<'_> {
    fn feed(&mut self, block: &[u8], sink: &mut dyn Sink) {
        self.table.feed(block, sink);
    }

    fn finish(&mut self, growing: bool, sink: &mut dyn Sink) -> Account {
        self.table.finish(growing, sink)
    }
}

/// What a column is used for, besides its element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    /// A number.
    Number,
    /// A name, or its first part.
    Name,
    /// A given name.
    Given,
    /// Date and time.
    Time,
    /// Date alone.
    Date,
    /// Time of day alone.
    Clock,
    /// Something that only this form has.
    Mark,
    /// Nothing.
    Plain,
}

/// A table that is known by the names of its columns.
#[derive(Debug)]
pub(crate) struct Form {
    columns: Names<usize>,
    meanings: Vec<(Option<ElementIx>, Role)>,
    /// One column of each of these roles must be there.
    needs: Vec<Vec<Role>>,
    /// The system, for elements of the alias groups.
    family: String,
    unknown: ElementIx,
    holds: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FormFile {
    pub(crate) id: String,
    needs: Vec<Vec<Role>>,
    #[serde(default)]
    family: String,
    unknown: String,
    #[serde(default)]
    holds: bool,
    column: Vec<ColumnFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnFile {
    #[serde(default)]
    element: String,
    #[serde(default = "plain")]
    role: Role,
    aliases: Vec<String>,
}

const fn plain() -> Role {
    Role::Plain
}

/// The forms of one file of `schemas/sources`.
#[derive(Deserialize)]
pub(crate) struct FormsFile {
    #[serde(default)]
    pub(crate) form: Vec<FormFile>,
}

impl Form {
    pub(crate) fn new(file: FormFile, ids: &mut Ids<'_>) -> Self {
        let mut columns = Names::default();
        let mut meanings = Vec::new();
        for (ix, column) in file.column.into_iter().enumerate() {
            for alias in &column.aliases {
                columns.add(alias, ix);
            }
            let element = (!column.element.is_empty()).then(|| ids.element(&column.element));
            meanings.push((element, column.role));
        }
        Self {
            columns,
            meanings,
            needs: file.needs,
            family: file.family,
            unknown: ids.element(&file.unknown),
            holds: file.holds,
        }
    }

    fn role(&self, name: &str) -> Option<Role> {
        self.columns.get(name).map(|ix| self.meanings[ix].1)
    }

    /// Whether a header (names in the form of `normalise`) is one of this form.
    pub(crate) fn fits(&self, names: &[String]) -> bool {
        let roles: Vec<Role> = names.iter().filter_map(|n| self.role(n)).collect();
        roles.len() >= 2
            && self
                .needs
                .iter()
                .all(|one_of| one_of.iter().any(|r| roles.contains(r)))
    }
}

/// The first of the given forms that the first line of a file fits.
pub fn recognise<'f>(
    knowledge: &TableKnowledge,
    forms: &[&'f str],
    head: &[u8],
) -> Option<&'f str> {
    let text = decode(head);
    let first = text
        .split(['\n', '\r'])
        .find(|l| !l.trim().is_empty())
        .filter(|l| l.len() < 1 << 16)?;
    let headers: Vec<Vec<String>> = ['|', ';', ',', '\t']
        .iter()
        .map(|d| first.split(*d).map(|n| normalise(&clean_name(n))).collect())
        .collect();
    forms.iter().copied().find(|id| {
        knowledge
            .forms
            .get(*id)
            .is_some_and(|form| headers.iter().any(|names| form.fits(names)))
    })
}

pub(crate) type Forms = HashMap<String, Form>;

struct FormRows<'k> {
    knowledge: &'k TableKnowledge,
    form: &'k Form,
    mapping: Option<&'k Mapping>,
    columns: Columns,
    roles: Vec<Role>,
    when: When,
}

impl FormRows<'_> {
    fn meaning(&self, name: &str) -> Meaning {
        let unknown = || Meaning::Unknown {
            element: self.form.unknown,
            seen: Default::default(),
        };
        if let Some(mapping) = self.mapping {
            return mapping
                .meaning(name)
                .unwrap_or_else(|| match mapping.unmapped {
                    Unmapped::Ignore => Meaning::Technical,
                    _ => unknown(),
                });
        }
        if let Some(ix) = self.form.columns.get(name) {
            return self.form.meanings[ix]
                .0
                .map_or(Meaning::Technical, unverified);
        }
        if self.knowledge.ignored.get(name).is_some() {
            return Meaning::Technical;
        }
        let group = self.knowledge.aliases.get(name);
        group
            .map(|ix| self.knowledge.groups[ix].canonical.as_str())
            .and_then(|c| self.knowledge.canonical(&self.form.family, c, false))
            .map_or_else(unknown, unverified)
    }

    fn role(&self, name: &str) -> Role {
        let Some(mapping) = self.mapping else {
            return self.form.role(name).unwrap_or(Role::Plain);
        };
        match mapping.field(name).map(|f| f.canonical.as_str()) {
            Some("phone.extension") => Role::Number,
            Some("person.surname" | "person.display_name") => Role::Name,
            Some("person.given_name") => Role::Given,
            Some("call.time" | "audit.time") => Role::Time,
            Some("call.date" | "audit.date") => Role::Date,
            Some("call.clock" | "audit.clock") => Role::Clock,
            _ => Role::Plain,
        }
    }

    fn cell<'c>(&self, cells: &'c [Cow<'_, str>], role: Role) -> Option<&'c str> {
        let ix = self.roles.iter().position(|r| *r == role)?;
        cells.get(ix).map(|c| c.trim()).filter(|c| !c.is_empty())
    }

    fn day(&mut self, cells: &[Cow<'_, str>]) -> Option<NaiveDate> {
        let time = self.cell(cells, Role::Time);
        let date = self.cell(cells, Role::Date);
        let text: Cow<'_, str> = match (time, date, self.cell(cells, Role::Clock)) {
            (Some(time), ..) => time.into(),
            (None, Some(date), Some(clock)) => format!("{date} {clock}").into(),
            (None, Some(date), None) => date.into(),
            (None, None, _) => return None,
        };
        self.when.read(&text).map(|t| t.date())
    }
}

const fn unverified(element: ElementIx) -> Meaning {
    Meaning::Element {
        element,
        unverified: true,
    }
}

impl Rows for FormRows<'_> {
    fn knows(&self, name: &str) -> bool {
        match self.mapping {
            Some(mapping) => mapping.field(name).is_some(),
            None => {
                self.form.columns.get(name).is_some() || self.knowledge.aliases.get(name).is_some()
            }
        }
    }

    fn header(&mut self, names: &[String], sink: &mut dyn Sink) -> bool {
        let plain: Vec<String> = names.iter().map(|n| normalise(n)).collect();
        match self.mapping {
            Some(mapping) if !mapping.accepts(&plain) => return false,
            Some(mapping) if !mapping.verified => mapping.not_verified(sink),
            Some(_) => {}
            None if self.form.fits(&plain) => {}
            None => return false,
        }
        self.roles = plain.iter().map(|n| self.role(n)).collect();
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
        let mut values = Vec::with_capacity(cells.len());
        self.columns.values(cells, &mut values);
        sink.record(&Record {
            line,
            day,
            cluster: None,
            values: &values,
            origin: row.origin,
        });
        if self.form.holds
            && let (Some(number), Some(name)) =
                (self.cell(cells, Role::Number), self.cell(cells, Role::Name))
        {
            let name = match self.cell(cells, Role::Given) {
                Some(given) => format!("{name}*{given}"),
                None => name.to_owned(),
            };
            sink.fact(Fact::Holds {
                line,
                number: Sealed::new(number.to_owned()),
                name: Sealed::new(name),
                identity: None,
            });
        }
    }

    fn done(&mut self, sink: &mut dyn Sink) {
        self.columns
            .report(self.mapping.map_or(Unmapped::Report, |m| m.unmapped), sink);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{CATALOGUE, Given, KNOWLEDGE, fixture};
    use proptest::prelude::*;

    fn read(form: &str, path: &str) -> Given {
        let reader = FormReader::new(&KNOWLEDGE, form, None).expect("the form exists");
        let given = Given::read(reader, &fixture(path));
        assert!(given.account.closes());
        given
    }

    #[test]
    fn fixtures_are_read_as_they_were() {
        for file in ["basic", "dirty", "empty"] {
            let given = read("catool", &format!("catool/{file}.csv"));
            insta::assert_snapshot!(format!("catool_{file}"), given.summary());
        }
        insta::assert_snapshot!(
            "accounts_basic",
            read("accounts", "assistant-log/accounts.csv").summary()
        );
        insta::assert_snapshot!(
            "ac-win_keys",
            read("acwin-keys", "ac-win/speeddials.csv").summary()
        );
        insta::assert_snapshot!(
            "ac-win_calllog",
            read("acwin-calllog", "ac-win/calllog.csv").summary()
        );
    }

    #[test]
    fn a_pin_of_a_handset_is_present_and_nothing_more() {
        let given = read("catool", "catool/basic.csv");
        assert_eq!(given.of("O4K-FLD-CORDLESS-PIN").len(), 2);
        assert_eq!(given.of("O4K-FLD-CORDLESS-IPUI").len(), 3);
        assert!(
            given.facts.is_empty(),
            "a name of ten characters is no evidence"
        );
    }

    #[test]
    fn a_mapping_comes_before_the_form() {
        for (form, path, bytes) in [
            ("catool", "mappings/catool.example.toml", "catool/basic.csv"),
            (
                "acwin-keys",
                "mappings/ac-win.example.toml",
                "ac-win/speeddials.csv",
            ),
        ] {
            let text = gdpr4k_model::schemas::text(path).expect("it is built in");
            let mapping = Mapping::parse(path, text, &KNOWLEDGE, &CATALOGUE)
                .unwrap_or_else(|p| panic!("{p}"));
            let bytes = fixture(bytes);
            let mapped = Given::read(
                FormReader::new(&KNOWLEDGE, form, Some(&mapping)).expect("the form exists"),
                &bytes,
            );
            let plain = Given::read(
                FormReader::new(&KNOWLEDGE, form, None).expect("the form exists"),
                &bytes,
            );
            assert_eq!(mapped.values, plain.values, "{path}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_accounted_for(
            bytes in proptest::collection::vec(any::<u8>(), 0..300), headed: bool, size in 1usize..50, growing: bool,
        ) {
            let mut bytes = bytes;
            if headed {
                bytes.splice(0..0, *b"ipui;name;pin\n");
            }
            let reader = FormReader::new(&KNOWLEDGE, "catool", None).expect("the form exists");
            let given = Given::read_in_blocks(reader, &bytes, size, growing);
            prop_assert!(given.account.closes());
        }
    }
}
