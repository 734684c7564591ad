//! Reads a mapping file key by key, so that every problem is found at once, with its line.

use std::collections::HashSet;

use gdpr4k_model::catalogue::{Catalogue, ElementIx, Problem};
use toml::de::{DeTable, DeValue};

use super::{Field, Mapping};
use crate::knowledge::TableKnowledge;
use crate::table::{Format, Names, Quoting, Unmapped, normalise};
use crate::xml::Path;

const KINDS: [&str; 15] = [
    "NAME",
    "PHONE",
    "EMAIL",
    "ORG",
    "LOCATION",
    "FINANCE",
    "HRID",
    "NETID",
    "DEVICEID",
    "ACCOUNT",
    "CREDENTIAL",
    "TRAFFIC",
    "AUDIT",
    "CONTENT",
    "FREETEXT",
];
const SUBJECTS: [&str; 5] = ["SUB", "EXT", "ADM", "ATT", "CUST"];
const FLAGS: [&str; 4] = ["D", "i", "S", "C"];
/// The canonical name of a column without a person in it.
const IGNORE: &str = "ignore";

/// So many problems of a file are told.
const MOST_PROBLEMS: usize = 500;

/// A table of TOML with the places of its values.
type Value<'a> = toml::Spanned<DeValue<'a>>;

pub(super) struct Check<'a> {
    pub(super) path: &'a str,
    pub(super) text: &'a str,
    pub(super) problems: Vec<Problem>,
}

impl Check<'_> {
    pub(super) fn problem(&mut self, at: usize, what: impl Into<String>, help: &str) {
        // finding the line of each takes time: a file with more problems is no mapping
        if self.problems.len() >= MOST_PROBLEMS {
            return;
        }
        let line = 1 + self.text.bytes().take(at).filter(|b| *b == b'\n').count();
        let (path, what) = (self.path.to_owned(), what.into());
        self.problems.push(Problem {
            path,
            line,
            what,
            help: help.to_owned(),
        });
    }

    fn known(&mut self, table: &DeTable<'_>, keys: &[&str]) {
        for key in table
            .keys()
            .filter(|k| !keys.contains(&k.get_ref().as_ref()))
        {
            let what = format!(
                "key {:?} (expected one of: {})",
                key.get_ref(),
                keys.join(", ")
            );
            self.problem(key.span().start, what, "correct or remove the key");
        }
    }

    fn string(&mut self, table: &DeTable<'_>, key: &str) -> Option<String> {
        let value = table.get(key)?;
        match value.get_ref() {
            DeValue::String(s) => Some(s.to_string()),
            _ => {
                self.problem(
                    value.span().start,
                    format!("{key} (expected a text)"),
                    "put it in quotes",
                );
                None
            }
        }
    }

    fn boolean(&mut self, table: &DeTable<'_>, key: &str) -> Option<bool> {
        let value = table.get(key)?;
        match value.get_ref() {
            DeValue::Boolean(b) => Some(*b),
            _ => {
                let what = format!("{key} (expected true or false)");
                self.problem(value.span().start, what, "write true or false");
                None
            }
        }
    }

    fn number(&mut self, table: &DeTable<'_>, key: &str) -> Option<u64> {
        let value = table.get(key)?;
        let number = match value.get_ref() {
            DeValue::Integer(n) => n.as_str().parse().ok(),
            _ => None,
        };
        if number.is_none() {
            let what = format!("{key} (expected a whole number)");
            self.problem(value.span().start, what, "write the number without quotes");
        }
        number
    }

    fn strings(&mut self, table: &DeTable<'_>, key: &str) -> Vec<String> {
        let Some(value) = table.get(key) else {
            return Vec::new();
        };
        let DeValue::Array(items) = value.get_ref() else {
            let what = format!("{key} (expected a list of texts)");
            self.problem(value.span().start, what, "write [\"a\", \"b\"]");
            return Vec::new();
        };
        let mut out = Vec::new();
        for item in items.iter() {
            match item.get_ref() {
                DeValue::String(s) => out.push(s.to_string()),
                _ => {
                    let what = format!("{key} (expected a list of texts)");
                    self.problem(item.span().start, what, "put it in quotes");
                }
            }
        }
        out
    }

    /// A word out of a closed list.
    fn word(&mut self, table: &DeTable<'_>, key: &str, words: &[&str]) -> Option<String> {
        let word = self.string(table, key)?;
        if words.contains(&word.as_str()) {
            return Some(word);
        }
        let at = table.get(key).map_or(0, |v| v.span().start);
        self.problem(
            at,
            format!("{key} {word:?} (expected one of: {})", words.join(", ")),
            "correct the word",
        );
        None
    }

    fn table<'v, 'a>(&mut self, table: &'v DeTable<'a>, key: &str) -> Option<&'v DeTable<'a>> {
        let value = table.get(key)?;
        match value.get_ref() {
            DeValue::Table(t) => Some(t),
            _ => {
                self.problem(
                    value.span().start,
                    format!("{key} (expected a table)"),
                    "write [name]",
                );
                None
            }
        }
    }

    fn list<'v, 'a>(&mut self, table: &'v DeTable<'a>, key: &str) -> Vec<(usize, &'v DeTable<'a>)> {
        let Some(value) = table.get(key) else {
            return Vec::new();
        };
        let items: &[Value<'a>] = match value.get_ref() {
            DeValue::Array(items) => items,
            _ => &[],
        };
        let tables: Vec<_> = items
            .iter()
            .filter_map(|v| v.get_ref().as_table().map(|t| (v.span().start, t)))
            .collect();
        if tables.len() != items.len() || items.is_empty() {
            let what = format!("{key} (expected a list of tables)");
            self.problem(value.span().start, what, "write [[field]] or [{ ... }]");
        }
        tables
    }

    pub(super) fn mapping(
        &mut self,
        t: &DeTable<'_>,
        knowledge: &TableKnowledge,
        catalogue: &Catalogue,
    ) -> Mapping {
        self.known(
            t,
            &[
                "mapping",
                "source",
                "verified",
                "note",
                "unmapped",
                "record_key",
                "match",
                "read",
                "field",
                "retention",
                "record_xpath",
            ],
        );
        let name = self.string(t, "mapping").unwrap_or_default();
        let source = self.string(t, "source").unwrap_or_default();
        for (key, value) in [("mapping", &name), ("source", &source)] {
            if value.is_empty() {
                self.problem(
                    0,
                    format!("{key} is missing"),
                    "name the mapping and what it describes",
                );
            }
        }
        let _ = self.string(t, "note");
        let unmapped = match self
            .word(t, "unmapped", &["report", "ignore", "fail"])
            .as_deref()
        {
            Some("ignore") => Unmapped::Ignore,
            Some("fail") => Unmapped::Fail,
            _ => Unmapped::Report,
        };
        let (mut file_globs, mut header_any) = (Vec::new(), Vec::new());
        if let Some(m) = self.table(t, "match") {
            self.known(m, &["file_glob", "header_any"]);
            file_globs = self.strings(m, "file_glob");
            header_any = self.strings(m, "header_any");
        }
        let mut retention = (String::new(), String::new());
        if let Some(r) = self.table(t, "retention") {
            self.known(r, &["field", "rule"]);
            retention.0 = self.string(r, "field").unwrap_or_default();
            retention.1 = self.string(r, "rule").unwrap_or_default();
        }
        let (mut format, mut date_formats) = (Format::default(), Vec::new());
        if let Some(read) = self.table(t, "read") {
            (format, date_formats) = self.read(read);
        }
        let record_path = self.path(t, "record_xpath");
        let mut mapping = Mapping {
            name,
            verified: self.boolean(t, "verified").unwrap_or(false),
            record_key: self.strings(t, "record_key"),
            file_globs,
            retention,
            header_any,
            unmapped,
            format,
            date_formats,
            record_path,
            fields: Vec::new(),
            by_name: Names::default(),
            source,
        };
        self.fields(t, &mut mapping, knowledge, catalogue);
        mapping
    }

    fn path(&mut self, t: &DeTable<'_>, key: &str) -> Option<Path> {
        let text = self.string(t, key)?;
        match Path::parse(&text) {
            Ok(path) => Some(path),
            Err(what) => {
                let at = t.get(key).map_or(0, |v| v.span().start);
                self.problem(
                    at,
                    format!("{key}: {what}"),
                    "write element names with / and at most one @attribute at the end",
                );
                None
            }
        }
    }

    fn read(&mut self, t: &DeTable<'_>) -> (Format, Vec<String>) {
        self.known(
            t,
            &[
                "encoding",
                "delimiter",
                "quoting",
                "header_row",
                "skip_rows",
                "comment_prefix",
                "columns",
                "date_formats",
                "fixed",
            ],
        );
        // the encoding is found line by line; the key says what the site expects
        let _ = self.word(t, "encoding", &["auto", "utf-8", "windows-1252"]);
        let delimiter = match self.string(t, "delimiter").as_deref() {
            None | Some("auto") => None,
            Some("tab" | "\\t") => Some('\t'),
            Some(d) if d.chars().count() == 1 => d.chars().next(),
            Some(_) => {
                let at = t.get("delimiter").map_or(0, |v| v.span().start);
                self.problem(
                    at,
                    "delimiter (expected one character, tab or auto)",
                    "write for example \";\"",
                );
                None
            }
        };
        let quoting = self.word(t, "quoting", &["auto", "none", "rfc4180", "backslash"]);
        let columns = self.strings(t, "columns");
        let header = self.number(t, "header_row");
        let skip = self.number(t, "skip_rows").unwrap_or(0)
            + match header {
                // declared names replace the header line that is there
                Some(row) if !columns.is_empty() => row,
                row => row.unwrap_or(1).saturating_sub(1),
            };
        let mut fixed = Vec::new();
        if t.contains_key("fixed") {
            for (at, f) in self.list(t, "fixed") {
                self.known(f, &["column", "start", "len"]);
                let column = self.string(f, "column").unwrap_or_default();
                let start = self.number(f, "start").unwrap_or(0) as usize;
                let len = self.number(f, "len").unwrap_or(0) as usize;
                if column.is_empty() || start == 0 || len == 0 || start + len > 65536 {
                    self.problem(
                        at,
                        "fixed (expected column, start from 1, len from 1)",
                        "complete the entry",
                    );
                }
                fixed.push((column, start, len));
            }
        }
        let format = Format {
            delimiter,
            quoting: match quoting.as_deref() {
                Some("none") => Some(Quoting::None),
                Some("rfc4180") => Some(Quoting::Rfc4180),
                Some("backslash") => Some(Quoting::Backslash),
                _ => None,
            },
            skip,
            comment: self.string(t, "comment_prefix").unwrap_or_default(),
            columns,
            fixed,
        };
        (format, self.strings(t, "date_formats"))
    }

    fn fields(
        &mut self,
        t: &DeTable<'_>,
        mapping: &mut Mapping,
        knowledge: &TableKnowledge,
        catalogue: &Catalogue,
    ) {
        if !t.contains_key("field") {
            self.problem(0, "no [[field]]", "describe at least one column");
            return;
        }
        let mut seen = HashSet::new();
        for (at, f) in self.list(t, "field") {
            self.known(
                f,
                &[
                    "column",
                    "aliases",
                    "xpath",
                    "kind",
                    "subject",
                    "flag",
                    "canonical",
                    "element",
                ],
            );
            let column = self.string(f, "column").unwrap_or_default();
            let path = self.path(f, "xpath");
            if column.is_empty() && path.is_none() {
                self.problem(at, "field without column or xpath", "name the column");
            }
            if path.is_some() != mapping.record_path.is_some() {
                let what = "xpath and record_xpath (expected both or none)";
                self.problem(at, what, "give record_xpath and an xpath for every field");
            }
            let column = match self.string(f, "xpath") {
                Some(xpath) if column.is_empty() => xpath,
                _ => column,
            };
            let _ = self.word(f, "kind", &KINDS);
            let subject = self.word(f, "subject", &SUBJECTS);
            let _ = self.word(f, "flag", &FLAGS);
            let canonical = self.string(f, "canonical").unwrap_or_default();
            let element = self.element(
                at,
                f,
                &canonical,
                subject.as_deref(),
                mapping,
                knowledge,
                catalogue,
            );
            let ix = mapping.fields.len();
            for name in std::iter::once(column.clone()).chain(self.strings(f, "aliases")) {
                if name.is_empty() {
                    continue;
                }
                if !seen.insert(normalise(&name)) {
                    self.problem(
                        at,
                        format!("column {name:?} is there twice"),
                        "keep one of them",
                    );
                }
                mapping.by_name.add(&name, ix);
            }
            let external = matches!(subject.as_deref(), Some("EXT" | "CUST"));
            mapping.fields.push(Field {
                canonical,
                external,
                element,
                column,
                path,
            });
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one place decides what a field means"
    )]
    fn element(
        &mut self,
        at: usize,
        f: &DeTable<'_>,
        canonical: &str,
        subject: Option<&str>,
        mapping: &Mapping,
        knowledge: &TableKnowledge,
        catalogue: &Catalogue,
    ) -> Option<ElementIx> {
        if let Some(id) = self.string(f, "element") {
            let found = catalogue.element(&id);
            if found.is_none() {
                self.problem(
                    at,
                    format!("element {id:?} (expected an id of the catalogue)"),
                    "see gdpr4k catalogue list",
                );
            }
            return found;
        }
        if canonical == IGNORE {
            return None;
        }
        let external = matches!(subject, Some("EXT" | "CUST"));
        let found = knowledge.canonical(mapping.family(), canonical, external);
        if found.is_none() {
            let what = format!("canonical {canonical:?} (expected a canonical name)");
            self.problem(
                at,
                what,
                "see schemas/sources/directory.toml for the names, or write ignore",
            );
        }
        found
    }
}
