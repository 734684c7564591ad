//! Person tables of any origin: by the names of their columns, or by a mapping of the site.

use std::borrow::Cow;

use gdpr4k_model::Sealed;
use gdpr4k_model::catalogue::ElementIx;

use crate::knowledge::TableKnowledge;
use crate::mapping::Mapping;
use crate::record::{Account, Fact, Reader, Record, Sink};
use crate::table::{Column, Columns, Kernel, Meaning, Rows, Unmapped, normalise};

/// Reads one person table.
pub struct DirectoryReader<'k> {
    table: Kernel<DirectoryRows<'k>>,
}

impl<'k> DirectoryReader<'k> {
    /// Without a mapping a header with two groups of formats-other-sources 2.5 is needed.
    pub fn new(knowledge: &'k TableKnowledge, mapping: Option<&'k Mapping>) -> Self {
        let rows = DirectoryRows {
            knowledge,
            mapping,
            people: People::default(),
            columns: Columns::default(),
        };
        Self {
            table: Kernel::new(mapping, rows),
        }
    }
}

impl Reader for DirectoryReader<'_> {
    fn feed(&mut self, block: &[u8], sink: &mut dyn Sink) {
        self.table.feed(block, sink);
    }

    fn finish(&mut self, growing: bool, sink: &mut dyn Sink) -> Account {
        self.table.finish(growing, sink)
    }
}

struct DirectoryRows<'k> {
    knowledge: &'k TableKnowledge,
    mapping: Option<&'k Mapping>,
    people: People,
    columns: Columns,
}

impl Rows for DirectoryRows<'_> {
    fn knows(&self, name: &str) -> bool {
        match self.mapping {
            Some(mapping) => mapping.field(name).is_some(),
            None => {
                self.knowledge.aliases.get(name).is_some()
                    || self.knowledge.ignored.get(name).is_some()
            }
        }
    }

    fn header(&mut self, names: &[String], sink: &mut dyn Sink) -> bool {
        let plain: Vec<String> = names.iter().map(|n| normalise(n)).collect();
        let family = match self.mapping {
            Some(mapping) => {
                if !mapping.accepts(&plain) {
                    return false;
                }
                if !mapping.verified {
                    mapping.not_verified(sink);
                }
                mapping.family()
            }
            None if person_groups(self.knowledge, &plain) >= 2 => "",
            None => return false,
        };
        let unknown = self.knowledge.directory_unknown;
        self.columns.all =
            self.people
                .columns(self.knowledge, self.mapping, family, unknown, names);
        true
    }

    fn row(&mut self, line: u64, cells: &[Cow<'_, str>], sink: &mut dyn Sink) {
        let mut values = Vec::with_capacity(cells.len());
        self.columns.values(cells, &mut values);
        sink.record(&Record {
            line,
            day: None,
            cluster: None,
            values: &values,
        });
        self.people.fact(line, cells, sink);
    }

    fn done(&mut self, sink: &mut dyn Sink) {
        self.columns
            .report(self.mapping.map_or(Unmapped::Report, |m| m.unmapped), sink);
    }
}

/// How many groups that make a person table a header has (names in the form of `normalise`).
pub(crate) fn person_groups(knowledge: &TableKnowledge, names: &[String]) -> usize {
    let mut found: Vec<usize> = names
        .iter()
        .filter_map(|n| knowledge.aliases.get(n))
        .filter(|ix| knowledge.groups[*ix].person)
        .collect();
    found.sort_unstable();
    found.dedup();
    found.len()
}

/// Where a person table says who is on which number.
#[derive(Debug, Default)]
pub(crate) struct People {
    number: Option<usize>,
    surname: Option<usize>,
    given: Option<usize>,
    identity: Option<usize>,
}

impl People {
    /// The meaning of every column: the mapping first, then the alias groups.
    pub(crate) fn columns(
        &mut self,
        knowledge: &TableKnowledge,
        mapping: Option<&Mapping>,
        family: &str,
        unknown: ElementIx,
        names: &[String],
    ) -> Vec<Column> {
        let mut canonicals = Vec::with_capacity(names.len());
        let mut all: Vec<Column> = names
            .iter()
            .map(|name| {
                let plain = normalise(name);
                let field = mapping.and_then(|m| m.field(&plain));
                // a mapping speaks for the whole table: no alias is guessed beside it
                let group = knowledge.aliases.get(&plain).filter(|_| mapping.is_none());
                let canonical = match (field, group) {
                    // an outside contact is on no number of the site
                    (Some(field), _) if field.external => None,
                    (Some(field), _) => Some(field.canonical.as_str()),
                    (None, Some(ix)) => Some(knowledge.groups[ix].canonical.as_str()),
                    (None, None) => None,
                };
                let meaning = mapping.and_then(|m| m.meaning(&plain)).or_else(|| {
                    let element = knowledge.canonical(family, canonical?, false)?;
                    Some(Meaning::Element {
                        element,
                        unverified: true,
                    })
                });
                let ignored = mapping.is_none() && knowledge.ignored.get(&plain).is_some();
                let meaning =
                    meaning.unwrap_or_else(|| match (ignored, mapping.map(|m| m.unmapped)) {
                        (true, _) | (_, Some(Unmapped::Ignore)) => Meaning::Technical,
                        _ => Meaning::Unknown {
                            element: unknown,
                            seen: Default::default(),
                        },
                    });
                canonicals.push(canonical.unwrap_or_default().to_owned());
                Column {
                    name: name.clone(),
                    meaning,
                }
            })
            .collect();
        let find = |name: &str| canonicals.iter().position(|c| c == name);
        self.number = find("phone.extension")
            .or_else(|| find("phone.external"))
            .or_else(|| find("phone.e164"));
        self.surname = find("person.surname").or_else(|| find("person.display_name"));
        self.given = find("person.given_name").filter(|_| find("person.surname").is_some());
        self.identity = find("person.identity_no");
        if self.identity.is_none() && mapping.is_none() {
            // a row id is the only key of the person where no other one exists (2.5)
            let key = names.iter().position(|n| normalise(n) == "uniquekey");
            if let (Some(key), Some(element)) = (
                key,
                knowledge.canonical(family, "person.identity_no", false),
            ) {
                all[key].meaning = Meaning::Element {
                    element,
                    unverified: true,
                };
            }
        }
        all
    }

    /// Says who is on which number, where the row has both.
    pub(crate) fn fact(&self, line: u64, cells: &[Cow<'_, str>], sink: &mut dyn Sink) {
        let cell = |ix: Option<usize>| cells.get(ix?).map(|c| c.trim()).filter(|c| !c.is_empty());
        let (Some(number), Some(surname)) = (cell(self.number), cell(self.surname)) else {
            return;
        };
        let name = match cell(self.given) {
            Some(given) => format!("{surname}*{given}"),
            None => surname.to_owned(),
        };
        sink.fact(Fact::Holds {
            line,
            number: Sealed::new(number.to_owned()),
            name: Sealed::new(name),
            identity: cell(self.identity).map(|i| Sealed::new(i.to_owned())),
        });
    }
}
