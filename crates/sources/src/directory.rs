//! Person tables of any origin: by the names of their columns, or by a mapping of the site.

use std::borrow::Cow;

use gdpr4k_model::Sealed;
use gdpr4k_model::catalogue::ElementIx;

use crate::knowledge::TableKnowledge;
use crate::mapping::Mapping;
use crate::record::{Account, Fact, Reader, Record, Sink};
use crate::table::{Column, Columns, Kernel, Meaning, Row, Rows, Unmapped, normalise};

/// Reads one person table.
pub struct DirectoryReader<'k> {
    table: Kernel<DirectoryRows<'k>>,
}

impl<'k> DirectoryReader<'k> {
    /// Without a mapping a header with two groups of formats-other-sources 2.5 is needed.
    pub fn new(knowledge: &'k TableKnowledge, mapping: Option<&'k Mapping>) -> Self {
        Self::of(knowledge, mapping, "")
    }

    /// A person table of another system: `dswin`. A name and a number are enough there.
    pub fn of(
        knowledge: &'k TableKnowledge,
        mapping: Option<&'k Mapping>,
        family: &'static str,
    ) -> Self {
        let rows = DirectoryRows {
            knowledge,
            mapping,
            people: People::of(family),
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

impl DirectoryRows<'_> {
    /// In a table that is known to be of a directory application, a name and a number are enough.
    fn names_and_numbers(&self, names: &[String]) -> bool {
        let has = |word: &str| {
            names.iter().any(|n| {
                let group = self.knowledge.aliases.get(n);
                group.is_some_and(|ix| self.knowledge.groups[ix].canonical.starts_with(word))
            })
        };
        !self.people.family.is_empty() && has("person.") && has("phone.")
    }
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
        let guess = match self.mapping {
            Some(mapping) => {
                if !mapping.accepts(&plain) {
                    return false;
                }
                if !mapping.verified {
                    mapping.not_verified(sink);
                }
                // a mapping speaks for the whole table
                Guess::No
            }
            None if person_groups(self.knowledge, &plain) >= 2
                || self.names_and_numbers(&plain) =>
            {
                Guess::Yes
            }
            None => return false,
        };
        let family = self.people.family;
        let unknown = match family {
            "" => self.knowledge.directory_unknown,
            _ => self
                .knowledge
                .canonical(family, "cust.n", false)
                .unwrap_or(self.knowledge.directory_unknown),
        };
        self.columns.all = self
            .people
            .columns(self.knowledge, self.mapping, guess, unknown, names);
        true
    }

    fn row(&mut self, row: &Row<'_>, sink: &mut dyn Sink) {
        let (line, cells) = (row.line, row.cells);
        let mut values = Vec::with_capacity(cells.len());
        self.columns.values(cells, &mut values);
        sink.record(&Record {
            line,
            day: None,
            cluster: None,
            values: &values,
            origin: row.origin,
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

/// Whether columns are also known by the alias groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guess {
    Yes,
    No,
}

/// Where a person table says who is on which number.
#[derive(Debug, Default)]
pub(crate) struct People {
    /// Columns of station numbers, the most certain first.
    numbers: Vec<usize>,
    surname: Option<usize>,
    given: Option<usize>,
    identity: Option<usize>,
    /// The system, for its own elements; empty for any.
    family: &'static str,
}

impl People {
    /// For a system with elements of its own.
    pub(crate) fn of(family: &'static str) -> Self {
        Self {
            family,
            ..Self::default()
        }
    }

    /// The meaning of every column: the mapping first, then the alias groups.
    pub(crate) fn columns(
        &mut self,
        knowledge: &TableKnowledge,
        mapping: Option<&Mapping>,
        guess: Guess,
        unknown: ElementIx,
        names: &[String],
    ) -> Vec<Column> {
        let mut canonicals = Vec::with_capacity(names.len());
        let mut all: Vec<Column> = names
            .iter()
            .map(|name| {
                let plain = normalise(name);
                let field = mapping.and_then(|m| m.field(&plain));
                let group = knowledge
                    .aliases
                    .get(&plain)
                    .filter(|_| guess == Guess::Yes);
                let canonical = match (field, group) {
                    // an outside contact is on no number of the site
                    (Some(field), _) if field.external => None,
                    (Some(field), _) => Some(field.canonical.as_str()),
                    (None, Some(ix)) => Some(knowledge.groups[ix].canonical.as_str()),
                    (None, None) => None,
                };
                let meaning = mapping.and_then(|m| m.meaning(&plain)).or_else(|| {
                    let element = knowledge.canonical(self.family, canonical?, false)?;
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
        self.numbers = ["phone.extension", "phone.external", "phone.e164"]
            .into_iter()
            .filter_map(find)
            .collect();
        self.surname = find("person.surname").or_else(|| find("person.display_name"));
        self.given = find("person.given_name").filter(|_| find("person.surname").is_some());
        self.identity = find("person.identity_no");
        if self.identity.is_none() && mapping.is_none() {
            // a row id is the only key of the person where no other one exists (2.5)
            let key = names.iter().position(|n| normalise(n) == "uniquekey");
            if let (Some(key), Some(element)) = (
                key,
                knowledge.canonical(self.family, "person.identity_no", false),
            ) {
                all[key].meaning = Meaning::Element {
                    element,
                    unverified: true,
                };
            }
        }
        all
    }

    /// Says who is on which number, where the row has both, or who there is.
    ///
    /// A directory application also holds outside contacts: without a number nobody can tell there.
    pub(crate) fn fact(&self, line: u64, cells: &[Cow<'_, str>], sink: &mut dyn Sink) {
        let cell = |ix: Option<usize>| cells.get(ix?).map(|c| c.trim()).filter(|c| !c.is_empty());
        let Some(surname) = cell(self.surname) else {
            return;
        };
        let name = Sealed::new(match cell(self.given) {
            Some(given) => format!("{surname}*{given}"),
            None => surname.to_owned(),
        });
        let identity = cell(self.identity).map(|i| Sealed::new(i.to_owned()));
        match self.numbers.iter().find_map(|ix| cell(Some(*ix))) {
            Some(number) => sink.fact(Fact::Holds {
                line,
                number: Sealed::new(number.to_owned()),
                name,
                identity,
            }),
            None if self.family.is_empty() => sink.fact(Fact::Person {
                line,
                name,
                identity,
            }),
            None => {}
        }
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
            let bytes = fixture(&format!("directory/{file}.csv"));
            let given = Given::read(DirectoryReader::new(&KNOWLEDGE, None), &bytes);
            assert!(given.account.closes());
            insta::assert_snapshot!(format!("directory_{file}"), given.summary());
        }
    }

    #[test]
    fn an_export_of_ds_win_has_elements_of_its_own() {
        for file in ["basic", "dirty", "empty"] {
            let bytes = fixture(&format!("ds-win/{file}.txt"));
            let given = Given::read(DirectoryReader::of(&KNOWLEDGE, None, "dswin"), &bytes);
            assert!(given.account.closes());
            insta::assert_snapshot!(format!("ds-win_{file}"), given.summary());
        }
    }

    #[test]
    fn a_mapping_of_another_system_gives_the_elements_of_that_system() {
        let text =
            gdpr4k_model::schemas::text("mappings/ds-win.example.toml").expect("it is built in");
        let mapping =
            Mapping::parse("m", text, &KNOWLEDGE, &CATALOGUE).unwrap_or_else(|p| panic!("{p}"));
        let given = Given::read(
            DirectoryReader::new(&KNOWLEDGE, Some(&mapping)),
            &fixture("directory/basic.csv"),
        );
        insta::assert_snapshot!(given.summary());
        assert_eq!(given.of("O4K-FLD-DSWIN-EMPLOYEE").len(), 4);
    }

    #[test]
    fn a_number_and_a_name_make_a_holder_and_an_outside_contact_does_not() {
        let table = b"Name;Vorname;Extension;PersNr\nBeispiel;Anna;0042;0815\n";
        let given = Given::read(DirectoryReader::new(&KNOWLEDGE, None), table);
        let [
            Fact::Holds {
                number,
                name,
                identity,
                ..
            },
        ] = &given.facts[..]
        else {
            panic!("one holder")
        };
        assert!(number.expose() == "0042" && name.expose() == "Beispiel*Anna");
        assert!(identity.as_ref().is_some_and(|i| i.expose() == "0815"));
        let text = "mapping='p'\nsource='idtb.private'\n[[field]]\ncolumn='Name'\nsubject='EXT'\ncanonical='person.surname'\n[[field]]\ncolumn='Extension'\nsubject='EXT'\ncanonical='phone.extension'\n[[field]]\ncolumn='Vorname'\ncanonical='ignore'\n[[field]]\ncolumn='PersNr'\ncanonical='ignore'";
        let mapping =
            Mapping::parse("m", text, &KNOWLEDGE, &CATALOGUE).unwrap_or_else(|p| panic!("{p}"));
        let given = Given::read(DirectoryReader::new(&KNOWLEDGE, Some(&mapping)), table);
        assert!(given.facts.is_empty());
        assert_eq!(given.of("O4K-FLD-DIR-EXTNUMBER"), ["0042"]);
    }

    #[test]
    fn columns_by_position_and_columns_that_must_be_mapped() {
        let text = "mapping='f'\nsource='x.y'\nunmapped='fail'\n[read]\nskip_rows=1\nfixed=[{column='stno',start=1,len=6},{column='name',start=7,len=10},{column='rest',start=17,len=4}]\n[[field]]\ncolumn='stno'\ncanonical='phone.extension'\n[[field]]\ncolumn='name'\ncanonical='person.surname'";
        let mapping =
            Mapping::parse("m", text, &KNOWLEDGE, &CATALOGUE).unwrap_or_else(|p| panic!("{p}"));
        let table = "STNO  NAME      REST\n002504Müster    abcd\n2505\n".as_bytes();
        let given = Given::read(DirectoryReader::new(&KNOWLEDGE, Some(&mapping)), table);
        assert_eq!(given.of("O4K-FLD-CM-NAME"), ["Müster"]);
        assert_eq!(given.of("O4K-FLD-CM-STATION"), ["002504"]);
        assert_eq!(
            given.codes(),
            [("G4K-314", None), ("G4K-306", Some(3)), ("G4K-308", None)]
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_accounted_for(
            bytes in proptest::collection::vec(any::<u8>(), 0..300), size in 1usize..50, growing: bool,
        ) {
            let mut bytes = bytes;
            bytes.splice(0..0, *b"Name;Vorname\n");
            let given = Given::read_in_blocks(DirectoryReader::new(&KNOWLEDGE, None), &bytes, size, growing);
            prop_assert!(given.account.closes());
        }
    }
}
