//! The catalogue: the built-in knowledge about systems, data and rules, checked as strictly as code.

mod each;
mod entry;
mod load;
mod packs;
mod rule;

use std::collections::HashMap;

pub(crate) use each::read_every;
pub(crate) use entry::words;
pub use entry::{
    Backup, DefaultAccount, Document, Element, Entry, Export, Flow, Kind, Measure, PasswordRule,
    Port, Reading, Requirement, Retention, Store, Subject, System, Table, Texts, Use,
};
pub use load::{Problem, Problems};
pub(crate) use load::{first_line, line_of};
pub use packs::stage_problems;
pub use rule::{
    Action, Cluster, Fallback, FindingText, Grain, Masking, Pack, PackRule, PackSource, Selector,
    Stage, StandardPeriod, StartEvent, StartingPoint, Term, TermKind,
};

/// An element of the catalogue: one kind of value, for example `O4K-FLD-CDR-CALLED`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ElementIx(pub u16);

/// A cluster of PII (*Datenart*), for example `call-detail-outgoing`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClusterIx(pub u16);

/// The validated catalogue. Every reference in it resolves.
#[derive(Debug, Default)]
pub struct Catalogue {
    entries: Vec<Entry>,
    by_id: HashMap<String, usize>,
    /// Position in `entries` of each element, by its index.
    elements: Vec<usize>,
    /// The cluster of each element.
    element_clusters: Vec<ClusterIx>,
    clusters: Vec<Cluster>,
    packs: Vec<Pack>,
    terms: Vec<Term>,
    start_events: Vec<StartEvent>,
    standard_periods: Vec<StandardPeriod>,
    findings: Vec<FindingText>,
    /// SHA-256 of all texts, in hex: which catalogue a run was made with.
    digest: String,
}

impl Catalogue {
    /// The catalogue that is built into the binary.
    ///
    /// # Panics
    /// Never in a released binary: a test loads it.
    pub fn builtin() -> Self {
        match Self::load(&crate::schemas::files("")) {
            Ok(catalogue) => catalogue,
            Err(problems) => panic!("the built-in catalogue is broken:\n{problems}"),
        }
    }

    /// Looks up an element by its id.
    pub fn element(&self, id: &str) -> Option<ElementIx> {
        match &self.entries[*self.by_id.get(id)?] {
            Entry::Field(e) => Some(e.index),
            _ => None,
        }
    }

    /// What is known about an element.
    pub fn element_entry(&self, ix: ElementIx) -> &Element {
        match &self.entries[self.elements[ix.0 as usize]] {
            Entry::Field(e) => e,
            _ => unreachable!("the index of elements holds elements only"),
        }
    }

    /// All elements, in the order of their index.
    pub fn elements(&self) -> impl ExactSizeIterator<Item = &Element> {
        (0..self.elements.len()).map(|i| self.element_entry(ElementIx(i as u16)))
    }

    /// The cluster of an element.
    pub fn cluster_of(&self, ix: ElementIx) -> ClusterIx {
        self.element_clusters[ix.0 as usize]
    }

    /// Looks up a cluster by its id.
    pub fn cluster(&self, id: &str) -> Option<ClusterIx> {
        self.clusters
            .iter()
            .position(|c| c.id == id)
            .map(|i| ClusterIx(i as u16))
    }

    /// What is known about a cluster.
    pub fn cluster_entry(&self, ix: ClusterIx) -> &Cluster {
        &self.clusters[ix.0 as usize]
    }

    /// All clusters, in the order of their index.
    pub fn clusters(&self) -> &[Cluster] {
        &self.clusters
    }

    /// The entry with this id.
    pub fn entry(&self, id: &str) -> Option<&Entry> {
        self.by_id.get(id).map(|i| &self.entries[*i])
    }

    /// All entries, in the order of the files.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// A legal pack by its id.
    pub fn pack(&self, id: &str) -> Option<&Pack> {
        self.packs.iter().find(|p| p.id == id)
    }

    /// All legal packs.
    pub fn packs(&self) -> &[Pack] {
        &self.packs
    }

    /// The word of the vocabulary with this id.
    pub fn term(&self, kind: TermKind, id: &str) -> Option<&Term> {
        self.terms.iter().find(|t| t.kind == kind && t.id == id)
    }

    /// All words of one kind.
    pub fn terms(&self, kind: TermKind) -> impl Iterator<Item = &Term> {
        self.terms.iter().filter(move |t| t.kind == kind)
    }

    /// A start event by its id.
    pub fn start_event(&self, id: &str) -> Option<&StartEvent> {
        self.start_events.iter().find(|e| e.id == id)
    }

    /// All start events.
    pub fn start_events(&self) -> &[StartEvent] {
        &self.start_events
    }

    /// The standard periods: columns of the DIN 66398 matrix.
    pub fn standard_periods(&self) -> &[StandardPeriod] {
        &self.standard_periods
    }

    /// What a finding code means.
    pub fn finding(&self, code: &str) -> Option<&FindingText> {
        self.findings.iter().find(|f| f.code == code)
    }

    /// All finding codes, sorted.
    pub fn findings(&self) -> &[FindingText] {
        &self.findings
    }

    /// SHA-256 over all texts, in hex.
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_catalogue_is_valid() {
        let start = std::time::Instant::now();
        let catalogue = Catalogue::builtin();
        eprintln!("{:?}", start.elapsed());
        let called = catalogue.element("O4K-FLD-CDR-CALLED").unwrap();
        assert_eq!(catalogue.element_entry(called).kind, Kind::StationNumber);
    }
}
