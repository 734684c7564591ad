//! Mapping files: a site's own description of a format that the vendor does not publish.
//!
//! Form: formats-other-sources 1.1. A mapping says where a column is and what it
//! means; it never changes the value.

mod check;

use gdpr4k_model::Finding;
use gdpr4k_model::catalogue::{Catalogue, ElementIx, Problems};
use gdpr4k_model::finding::Arg;
use toml::de::DeTable;

use crate::knowledge::TableKnowledge;
use crate::record::Sink;
use crate::table::{Format, Meaning, Names, Unmapped, normalise};
use crate::xml::Path;
use check::Check;

/// A mapping file that has been checked.
#[derive(Debug)]
pub struct Mapping {
    /// Name of the mapping.
    pub name: String,
    /// What it describes, for example `dswin.directory`; the word before the dot is the system.
    pub source: String,
    /// Whether somebody has compared it with a real file.
    pub verified: bool,
    /// Columns that identify a record, for duplicates.
    pub record_key: Vec<String>,
    /// File names that it is meant for.
    pub file_globs: Vec<String>,
    /// Column whose date starts the retention, and the name of the rule.
    pub retention: (String, String),
    pub(crate) header_any: Vec<String>,
    pub(crate) unmapped: Unmapped,
    pub(crate) format: Format,
    pub(crate) date_formats: Vec<String>,
    pub(crate) record_path: Option<Path>,
    pub(crate) fields: Vec<Field>,
    by_name: Names<usize>,
}

/// A column and its meaning.
#[derive(Debug)]
pub(crate) struct Field {
    /// Canonical name, for example `person.surname`.
    pub(crate) canonical: String,
    /// An outside contact and no subscriber.
    pub(crate) external: bool,
    /// None: no person in it.
    pub(crate) element: Option<ElementIx>,
    /// Name of the column, or of the place in XML.
    column: String,
    /// Place in an XML record.
    path: Option<Path>,
}

impl Mapping {
    /// Reads a mapping file. `path` is only used to name the file in problems.
    ///
    /// # Errors
    /// Every problem at once, each with its line.
    pub fn parse(
        path: &str,
        text: &str,
        knowledge: &TableKnowledge,
        catalogue: &Catalogue,
    ) -> Result<Self, Problems> {
        let mut check = Check {
            path,
            text,
            problems: Vec::new(),
        };
        let mapping = match DeTable::parse(text) {
            Ok(table) => Some(check.mapping(table.get_ref(), knowledge, catalogue)),
            Err(error) => {
                let at = error.span().map_or(0, |s| s.start);
                let what = error
                    .message()
                    .lines()
                    .next()
                    .unwrap_or_default()
                    .to_owned();
                check.problem(at, what, "mend the TOML syntax");
                None
            }
        };
        match mapping {
            Some(mapping) if check.problems.is_empty() => Ok(mapping),
            _ => {
                check.problems.sort_by_key(|p| p.line);
                Err(Problems(check.problems))
            }
        }
    }

    /// Whether it describes an XML file and not a table.
    pub fn is_xml(&self) -> bool {
        self.record_path.is_some()
    }

    /// The system that the mapping describes: `dswin` of `dswin.directory`.
    pub(crate) fn family(&self) -> &str {
        self.source.split('.').next().unwrap_or_default()
    }

    /// The field of a column, by its name in the form of `normalise`.
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.by_name.get(name).map(|ix| &self.fields[ix])
    }

    /// The meaning of a column, by its name in the form of `normalise`.
    pub(crate) fn meaning(&self, name: &str) -> Option<Meaning> {
        self.field(name).map(|field| match field.element {
            Some(element) => Meaning::Element {
                element,
                unverified: !self.verified,
            },
            None => Meaning::Technical,
        })
    }

    /// The fields that have a place in XML, by the names of their columns.
    pub(crate) fn places(&self) -> Vec<(String, Path)> {
        self.fields
            .iter()
            .filter_map(|f| Some((f.column.clone(), f.path.clone()?)))
            .collect()
    }

    /// Whether a header (names in the form of `normalise`) is one that the mapping is meant for.
    pub(crate) fn accepts(&self, names: &[String]) -> bool {
        let known = names.iter().any(|n| self.by_name.get(n).is_some());
        let wanted = &self.header_any;
        known && (wanted.is_empty() || wanted.iter().any(|w| names.contains(&normalise(w))))
    }

    /// Says that nobody has compared the mapping with a real file.
    pub(crate) fn not_verified(&self, sink: &mut dyn Sink) {
        sink.finding(Finding::new("G4K-314").with("mapping", Arg::declared(self.name.clone())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{CATALOGUE, KNOWLEDGE};

    #[test]
    fn every_example_is_good_and_says_that_nobody_verified_it() {
        let files = gdpr4k_model::schemas::files("mappings");
        assert!(files.len() >= 5);
        for (path, text) in files {
            let mapping = Mapping::parse(path, text, &KNOWLEDGE, &CATALOGUE);
            let mapping = mapping.unwrap_or_else(|p| panic!("{p}"));
            assert!(!mapping.verified, "{path}");
        }
    }

    #[test]
    fn all_problems_are_reported_at_once_with_their_lines() {
        let text = "mapping = \"m\"\nsorce = \"x\"\nunmapped = \"maybe\"\n\n[read]\ndelimiter = \"||\"\nheader_row = \"one\"\n\n[[field]]\ncolumn = \"Name\"\nkind = \"NAMES\"\ncanonical = \"person.sirname\"\n\n[[field]]\ncolumn = \"NAME\"\nelement = \"O4K-FLD-NO\"\n\n[[field]]\ncanonical = \"ignore\"\nxpath = \"a[1]\"\n";
        let problems = Mapping::parse("m.toml", text, &KNOWLEDGE, &CATALOGUE).err();
        insta::assert_snapshot!(problems.map(|p| p.to_string()).unwrap_or_default());
        let broken = Mapping::parse("m.toml", "a = \n", &KNOWLEDGE, &CATALOGUE).err();
        assert_eq!(broken.map(|p| p.0.len()), Some(1));
    }
}
