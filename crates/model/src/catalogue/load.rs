//! Reading the catalogue: every problem at once, each with file, line and help.

use std::{collections::HashMap, fmt};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::each::{Fault, every_fault};
use super::{
    Catalogue, Cluster, ClusterIx, ElementIx, Entry, FindingText, Kind, StandardPeriod, StartEvent,
    Subject, Term, TermKind, packs::PackPlaces,
};
use crate::Text;

/// One problem of a catalogue, layout, mapping or site file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Path of the file, relative to its folder.
    pub path: String,
    /// Line, 1-based.
    pub line: usize,
    /// What is wrong (found, expected).
    pub what: String,
    /// What to do.
    pub help: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{} - {} - {}",
            self.path, self.line, self.what, self.help
        )
    }
}

/// All problems of a set of files, sorted by place.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// The line of a byte offset, 1-based.
pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    1 + text.as_bytes()[..offset.min(text.len())]
        .iter()
        .filter(|b| **b == b'\n')
        .count()
}

/// The first line of an error text of the TOML reader, without its picture of the source.
pub(crate) fn first_line(error: &toml::de::Error) -> String {
    error
        .message()
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned()
}

impl Catalogue {
    /// Reads and checks a catalogue: `(path below schemas/, text)` of its files.
    ///
    /// Layouts, source definitions and AMO orders are read by the crate that uses
    /// them and are left out here.
    ///
    /// # Errors
    /// Every problem of every file at once.
    pub fn load(files: &[(&str, &str)]) -> Result<Self, Problems> {
        let mut loader = Loader::default();
        for (path, text) in files {
            let folder = path.split('/').next().unwrap_or_default();
            match folder {
                "systems" | "elements" => loader.tables(path, text, Loader::entry),
                "clusters" => loader.tables(path, text, Loader::cluster),
                "packs" => loader.pack(path, text),
                "findings" => loader.tables(path, text, Loader::finding),
                "vocabulary.toml" => loader.tables(path, text, Loader::term),
                "deletion.toml" => loader.tables(path, text, Loader::deletion),
                _ => {}
            }
        }
        loader.finish(files)
    }
}

/// Where an id was declared.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) path: String,
    pub(super) line: usize,
}

#[derive(Default)]
pub(super) struct Loader {
    pub(super) catalogue: Catalogue,
    problems: Vec<Problem>,
    places: Vec<Place>,
    cluster_places: Vec<Place>,
    term_places: Vec<Place>,
    deletion_places: Vec<Place>,
    pub(super) packs: Vec<PackPlaces>,
    finding_places: HashMap<String, Place>,
}

impl Loader {
    pub(super) fn problem(
        &mut self,
        place: &Place,
        what: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.problems.push(Problem {
            path: place.path.clone(),
            line: place.line,
            what: what.into(),
            help: help.into(),
        });
    }

    /// Gives every `[[table]]` of a file to `each`, so that one bad entry does not hide the next.
    fn tables(
        &mut self,
        path: &str,
        text: &str,
        each: impl Fn(&mut Self, &str, ValueDeserializer<'_>, Place) -> Result<(), Fault>,
    ) {
        let at = |offset: usize| Place {
            path: path.to_owned(),
            line: line_of(text, offset),
        };
        let (table, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            for error in errors {
                let place = at(error.span().map_or(0, |s| s.start));
                self.problem(&place, first_line(&error), "mend the TOML syntax");
            }
            return;
        }
        for (key, value) in table.into_inner() {
            let name = key.get_ref().to_string();
            let start = value.span().start;
            let DeValue::Array(items) = value.into_inner() else {
                self.problem(
                    &at(start),
                    format!("key {name:?} (expected [[{name}]])"),
                    "write entries as [[table]]",
                );
                continue;
            };
            for item in items {
                let start = item.span().start;
                let (_, faults) = every_fault(item, |item| {
                    each(self, &name, ValueDeserializer::from(item), at(start))
                });
                for fault in faults {
                    self.problem(
                        &at(fault.at.unwrap_or(start)),
                        fault.what,
                        "see the other entries of the file for the form",
                    );
                }
            }
        }
    }

    fn entry(
        &mut self,
        table: &str,
        value: ValueDeserializer<'_>,
        place: Place,
    ) -> Result<(), Fault> {
        let mut entry = Entry::read(table, value)
            .ok_or_else(|| format!("table {table:?} is not one of the catalogue"))??;
        if let Entry::Field(e) = &mut entry {
            e.index = ElementIx(self.catalogue.elements.len() as u16);
            self.catalogue.elements.push(self.catalogue.entries.len());
        }
        let id = entry.id().to_owned();
        if let Some(first) = self.catalogue.by_id.get(&id) {
            let first = &self.places[*first];
            let what = format!(
                "{id} is there twice (first in {}:{})",
                first.path, first.line
            );
            self.problem(&place, what, "give every entry its own id");
        }
        self.catalogue
            .by_id
            .insert(id, self.catalogue.entries.len());
        self.catalogue.entries.push(entry);
        self.places.push(place);
        Ok(())
    }

    fn cluster(
        &mut self,
        table: &str,
        value: ValueDeserializer<'_>,
        place: Place,
    ) -> Result<(), Fault> {
        let cluster: Cluster = read(table, "cluster", value)?;
        if self.catalogue.clusters.iter().any(|c| c.id == cluster.id) {
            return Err(format!("cluster {} is there twice", cluster.id).into());
        }
        self.catalogue.clusters.push(cluster);
        self.cluster_places.push(place);
        Ok(())
    }

    fn finding(
        &mut self,
        table: &str,
        value: ValueDeserializer<'_>,
        place: Place,
    ) -> Result<(), Fault> {
        let text: FindingText = read(table, "finding", value)?;
        if self.finding_places.contains_key(&text.code) {
            return Err(format!("finding {} is there twice", text.code).into());
        }
        self.finding_places.insert(text.code.clone(), place);
        self.catalogue.findings.push(text);
        Ok(())
    }

    fn term(
        &mut self,
        table: &str,
        value: ValueDeserializer<'_>,
        place: Place,
    ) -> Result<(), Fault> {
        let term: Term = read(table, "term", value)?;
        if self.catalogue.term(term.kind, &term.id).is_some() {
            return Err(format!("term {} is there twice", term.id).into());
        }
        self.catalogue.terms.push(term);
        self.term_places.push(place);
        Ok(())
    }

    fn deletion(
        &mut self,
        table: &str,
        value: ValueDeserializer<'_>,
        place: Place,
    ) -> Result<(), Fault> {
        match table {
            "standard_period" => {
                let period = StandardPeriod::deserialize(value)?;
                if self.catalogue.standard_periods.contains(&period) {
                    return Err(format!("standard period {} is there twice", period.period).into());
                }
                self.catalogue.standard_periods.push(period);
            }
            _ => {
                let event: StartEvent = read(table, "start_event", value)?;
                if self.catalogue.start_event(&event.id).is_some() {
                    return Err(format!("start event {} is there twice", event.id).into());
                }
                self.catalogue.start_events.push(event);
                self.deletion_places.push(place);
            }
        }
        Ok(())
    }

    fn finish(mut self, files: &[(&str, &str)]) -> Result<Catalogue, Problems> {
        self.check_references();
        self.check_texts();
        self.check_clusters();
        self.check_packs();
        self.check_words();
        self.check_vocabulary();
        self.catalogue.findings.sort_by(|a, b| a.code.cmp(&b.code));
        self.catalogue.packs.sort_by(|a, b| a.id.cmp(&b.id));
        self.catalogue.digest = digest(files);
        if self.problems.is_empty() {
            Ok(self.catalogue)
        } else {
            self.problems.sort();
            Err(Problems(self.problems))
        }
    }

    fn check_references(&mut self) {
        let mut found = Vec::new();
        let mut clusters = Vec::new();
        for (i, entry) in self.catalogue.entries.iter().enumerate() {
            let mut refer = |key: &str, id: &str, tables: &[&str]| {
                let ok = self
                    .catalogue
                    .entry(id)
                    .is_some_and(|e| tables.contains(&e.table().name()));
                if !ok {
                    found.push((
                        i,
                        format!(
                            "{key} {id:?} of {} (expected the id of a {})",
                            entry.id(),
                            tables.join(" or ")
                        ),
                    ));
                }
            };
            for document in entry.documents() {
                refer("document", document, &["document"]);
            }
            match entry {
                Entry::System(e) => {
                    refer("document", &e.document, &["document"]);
                    e.covers
                        .iter()
                        .for_each(|s| refer("covers", s, &["system"]));
                }
                Entry::Store(e) => refer("system", &e.system, &["system"]),
                Entry::Field(e) => {
                    match (&e.store, &e.system) {
                        (Some(store), _) => refer("store", store, &["store"]),
                        (None, Some(system)) => refer("system", system, &["system"]),
                        (None, None) => {
                            found.push((i, format!("{} names neither store nor system", e.id)))
                        }
                    }
                    match self.catalogue.cluster(&e.cluster) {
                        Some(cluster) => clusters.push(cluster),
                        None => {
                            clusters.push(ClusterIx(0));
                            found.push((
                                i,
                                format!(
                                    "cluster {:?} of {} (expected the id of a cluster)",
                                    e.cluster, e.id
                                ),
                            ));
                        }
                    }
                }
                Entry::Flow(e) => {
                    refer("from", &e.from, &["system", "store"]);
                    refer("to", &e.to, &["system", "store"]);
                }
                Entry::Use(e) => refer("system", &e.system, &["system"]),
                Entry::Export(e) => {
                    refer("system", &e.system, &["system"]);
                    e.to_store
                        .iter()
                        .for_each(|s| refer("to_store", s, &["store"]));
                }
                Entry::Backup(e) => {
                    refer("system", &e.system, &["system"]);
                    e.to_store
                        .iter()
                        .for_each(|s| refer("to_store", s, &["store"]));
                }
                Entry::Retention(e) => {
                    e.store.iter().for_each(|s| refer("store", s, &["store"]));
                    e.system
                        .iter()
                        .for_each(|s| refer("system", s, &["system"]));
                }
                Entry::Measure(e) => refer("system", &e.system, &["system"]),
                Entry::PasswordRule(e) => refer("system", &e.system, &["system"]),
                Entry::DefaultAccount(e) => refer("system", &e.system, &["system"]),
                Entry::Port(e) => refer("system", &e.system, &["system"]),
                Entry::Document(_) | Entry::Requirement(_) => {}
            }
        }
        self.catalogue.element_clusters = clusters;
        for (i, what) in found {
            let place = self.places[i].clone();
            self.problem(
                &place,
                what,
                "correct the id, or add the entry that it names",
            );
        }
    }

    /// Every text has every language, and our own elements say where they come from.
    fn check_texts(&mut self) {
        let mut found = Vec::new();
        for (i, entry) in self.catalogue.entries.iter().enumerate() {
            let text: Option<&Text> = match entry {
                Entry::System(e) => Some(&e.name),
                Entry::Store(e) => Some(&e.what),
                Entry::Field(e) => {
                    if e.documents.is_empty() && e.basis.is_empty() {
                        found.push((i, format!("{} has neither documents nor a basis", e.id)));
                    }
                    Some(&e.name)
                }
                Entry::Flow(e) => Some(&e.data),
                Entry::Use(e) => Some(&e.purpose),
                Entry::Export(e) => Some(&e.what),
                Entry::Backup(e) => Some(&e.how),
                Entry::Retention(e) => Some(&e.rule),
                Entry::Measure(e) => Some(&e.title),
                Entry::PasswordRule(e) => Some(&e.rule),
                Entry::DefaultAccount(e) => Some(&e.description),
                Entry::Port(e) => Some(&e.purpose),
                Entry::Requirement(e) => Some(&e.text),
                Entry::Document(_) => None,
            };
            if text.is_some_and(|t| t.en.trim().is_empty() || t.de.trim().is_empty()) {
                found.push((
                    i,
                    format!("{} lacks a text in English or German", entry.id()),
                ));
            }
        }
        for (i, what) in found {
            let place = self.places[i].clone();
            self.problem(&place, what, "fill it in");
        }
    }

    fn check_clusters(&mut self) {
        let mut found = Vec::new();
        for (i, c) in self.catalogue.clusters.iter().enumerate() {
            let mut term = |kind: TermKind, id: &str| {
                if self.catalogue.term(kind, id).is_none() {
                    found.push((
                        i,
                        format!(
                            "{} {id:?} of cluster {} (expected a word of the vocabulary)",
                            kind.id(),
                            c.id
                        ),
                    ));
                }
            };
            c.purposes.iter().for_each(|p| term(TermKind::Purpose, p));
            c.recipients
                .iter()
                .for_each(|r| term(TermKind::Recipient, r));
            term(TermKind::Protection, &c.protection);
            term(TermKind::Role, &c.owner);
            if c.personal && c.purposes.is_empty() {
                found.push((
                    i,
                    format!("cluster {} has no purpose (R-30b: at least one)", c.id),
                ));
            }
        }
        for (i, what) in found {
            let place = self.cluster_places[i].clone();
            self.problem(
                &place,
                what,
                "use a word of schemas/vocabulary.toml, or add it there",
            );
        }
    }

    /// Every word that documents print is there in every language.
    fn check_words(&mut self) {
        let mut found = Vec::new();
        let mut texts = |place: &Place, of: &str, texts: &[&Text]| {
            if texts
                .iter()
                .any(|t| t.en.trim().is_empty() || t.de.trim().is_empty())
            {
                found.push((
                    place.clone(),
                    format!("{of} lacks a text in English or German"),
                ));
            }
        };
        let catalogue = &self.catalogue;
        for (c, place) in catalogue.clusters.iter().zip(&self.cluster_places) {
            let all = [&c.name, &c.description, &c.legal_basis, &c.collected_from];
            texts(place, &format!("cluster {}", c.id), &all);
        }
        for (t, place) in catalogue.terms.iter().zip(&self.term_places) {
            let of = format!("{} {}", t.kind.id(), t.id);
            texts(place, &of, &[&t.name, &t.description]);
        }
        for (e, place) in catalogue.start_events.iter().zip(&self.deletion_places) {
            texts(place, &format!("start event {}", e.id), &[&e.name]);
        }
        for f in &catalogue.findings {
            let place = &self.finding_places[&f.code];
            texts(place, &f.code, &[&f.title, &f.message, &f.help]);
        }
        for f in &catalogue.findings {
            let (en, de) = (arguments(&f.message.en), arguments(&f.message.de));
            if en != de {
                found.push((
                    self.finding_places[&f.code].clone(),
                    format!(
                        "arguments of {}: {} in English, {} in German",
                        f.code,
                        en.join(" "),
                        de.join(" ")
                    ),
                ));
            }
        }
        for (place, what) in found {
            self.problem(
                &place,
                what,
                "fill in both languages, with the same arguments",
            );
        }
    }

    /// The closed sets of the code and the words of the vocabulary are the same.
    fn check_vocabulary(&mut self) {
        let place = Place {
            path: "vocabulary.toml".to_owned(),
            line: 1,
        };
        let kinds = Kind::ALL.iter().map(|k| (TermKind::Category, k.id()));
        let subjects = Subject::ALL.iter().map(|s| (TermKind::Subject, s.id()));
        let missing: Vec<String> = kinds
            .chain(subjects)
            .filter(|(kind, id)| self.catalogue.term(*kind, id).is_none())
            .map(|(kind, id)| format!("{} {id:?} is not explained", kind.id()))
            .collect();
        for what in missing {
            self.problem(&place, what, "add a [[term]] with name and description");
        }
    }
}

/// The `{arguments}` of a message, sorted, each once.
fn arguments(message: &str) -> Vec<&str> {
    let mut names: Vec<&str> = message
        .split('{')
        .skip(1)
        .filter_map(|part| part.split_once('}').map(|p| p.0))
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// SHA-256 over paths and texts, each with its length, so that no two sets of files are alike.
fn digest(files: &[(&str, &str)]) -> String {
    let mut hash = Sha256::new();
    for part in files.iter().flat_map(|(path, text)| [path, text]) {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

pub(super) fn read<T: DeserializeOwned>(
    table: &str,
    expected: &str,
    value: ValueDeserializer<'_>,
) -> Result<T, Fault> {
    if table != expected {
        return Err(format!("table {table:?} (expected [[{expected}]])").into());
    }
    Ok(T::deserialize(value)?)
}
