//! From catalogue, inventory, site and rules to the data map.

use std::collections::HashMap;

use chrono::{Datelike, Days, NaiveDate};
use gdpr4k_model::catalogue::{Document, Entry, Kind, Store, Subject, System, Table, TermKind};
use gdpr4k_model::inventory::{HolderState, Inventory};
use gdpr4k_model::period::Period;
use gdpr4k_model::site::Site;
use gdpr4k_model::{Catalogue, Severity, Text};

use super::{
    Controller, DataMap, DocumentRow, Figures, Head, HolderRow, Named, PackHead, PackSourceRow,
    SCHEMA, Secret, Status,
};
use super::{drift, findings, kinds, notes, picture};

/// What a data map is made from.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// The catalogue.
    pub catalogue: &'a Catalogue,
    /// What the scan found.
    pub inventory: &'a Inventory,
    /// The site file.
    pub site: &'a Site,
    /// The rule of each cluster, as the policy decides it.
    pub rules: &'a [RuleText],
    /// The scan before, for drift.
    pub previous: Option<&'a Inventory>,
    /// Version of gdpr4k.
    pub tool_version: &'a str,
    /// When the document is made, RFC 3339.
    pub generated_at: &'a str,
    /// When the files were read, RFC 3339.
    pub scanned_at: &'a str,
}

/// The rule of one cluster in words, with what it means on the day of the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleText {
    /// Cluster id.
    pub cluster: String,
    /// The rule as one sentence.
    pub sentence: Text,
    /// Id of the start event.
    pub starts_with: String,
    /// Period from the start to deletion.
    pub delete_after: Period,
    /// Steps before deletion, as sentences; empty where `sentence` names them.
    pub stages: Vec<Text>,
    /// Why this period.
    pub reason: Text,
    /// Where the rule comes from: id of a pack, or `site.toml`.
    pub source: String,
    /// Legal reference.
    pub legal_ref: String,
    /// Evidence mark.
    pub mark: String,
    /// Why longer than the pack; else empty.
    pub justification: String,
    /// First day of a record that may still be here; none where no day of a record tells. See [`RuleText::kept_from`].
    pub kept_from: Option<NaiveDate>,
    /// Days by which the oldest record is past its limit; 0 or less: within it; none: not judged.
    pub overdue_days: Option<i64>,
    /// The start event is unknown here: judged by the fallback of the rule.
    pub judged_by_fallback: bool,
}

impl RuleText {
    /// The first start day that is not yet due on `as_of`.
    ///
    /// With `from_year_end` the period counts from 31 December of the start day's year.
    pub fn kept_from(period: Period, from_year_end: bool, as_of: NaiveDate) -> Option<NaiveDate> {
        let due = period.latest_due_start(as_of)?;
        if from_year_end {
            let ended = due.checked_add_days(Days::new(1))?.year();
            NaiveDate::from_ymd_opt(ended, 1, 1)
        } else {
            due.checked_add_days(Days::new(1))
        }
    }
}

impl DataMap {
    /// Builds the data map. Pure: the same inputs give the same document.
    pub fn build(inputs: &Inputs<'_>) -> Self {
        let book = Book::new(inputs);
        let holders = holders(&book);
        let kinds = kinds::build(&book);
        let findings = findings::build(&book);
        let secrets = secrets(&book);
        let figures = figures(&book, &kinds, &findings, &secrets);
        let mut map = Self {
            schema: SCHEMA.to_owned(),
            tool_version: inputs.tool_version.to_owned(),
            generated_at: inputs.generated_at.to_owned(),
            head: head(&book),
            figures,
            picture: picture::build(&book),
            kinds,
            holders,
            findings,
            totals: inputs.inventory.totals.clone(),
            secrets,
            files: inputs.inventory.files.clone(),
            monitoring: inputs.inventory.monitoring.clone(),
            drift: inputs.previous.map(|p| drift::build(&book, p)),
            notes: Vec::new(),
            documents: documents(inputs.catalogue),
        };
        map.notes = notes::build(&map);
        map
    }
}

/// The inputs with what every part looks up in them.
pub(super) struct Book<'a> {
    pub(super) inputs: &'a Inputs<'a>,
    pub(super) catalogue: &'a Catalogue,
    pub(super) inventory: &'a Inventory,
    states: HashMap<&'a str, HolderState>,
}

impl<'a> Book<'a> {
    fn new(inputs: &'a Inputs<'a>) -> Self {
        Self {
            inputs,
            catalogue: inputs.catalogue,
            inventory: inputs.inventory,
            states: inputs
                .inventory
                .holders
                .iter()
                .map(|h| (h.system.as_str(), h.state))
                .collect(),
        }
    }

    /// What is known about a system; a system that the inventory does not name is undeclared.
    pub(super) fn state(&self, system: &str) -> HolderState {
        self.states
            .get(system)
            .copied()
            .unwrap_or(HolderState::Undeclared)
    }

    /// Whether a system belongs to this site as far as anybody knows: searched, declared present, or expected.
    pub(super) fn relevant(&self, system: &str) -> bool {
        matches!(
            self.state(system),
            HolderState::Searched | HolderState::DeclaredPresent | HolderState::NotSearched
        )
    }

    /// Whether data of a system were met: files read, or declared present.
    pub(super) fn present(&self, system: &str) -> bool {
        matches!(
            self.state(system),
            HolderState::Searched | HolderState::DeclaredPresent
        )
    }

    pub(super) fn system(&self, id: &str) -> Option<&'a System> {
        match self.catalogue.entry(id) {
            Some(Entry::System(s)) => Some(s),
            _ => None,
        }
    }

    pub(super) fn store(&self, id: &str) -> Option<&'a Store> {
        match self.catalogue.entry(id) {
            Some(Entry::Store(s)) => Some(s),
            _ => None,
        }
    }

    /// A system or store, by the name that documents print.
    pub(super) fn named(&self, id: &str) -> Named {
        match self.catalogue.entry(id) {
            Some(Entry::System(s)) => Named::new(id, &s.name),
            Some(Entry::Store(s)) => Named::new(id, &s.what),
            Some(Entry::Field(e)) => Named::new(id, &e.name),
            _ => Named::new(id, &Text::same(id)),
        }
    }

    /// The system of a system or store.
    pub(super) fn system_of<'b>(&'b self, id: &'b str) -> &'b str {
        self.store(id).map_or(id, |s| s.system.as_str())
    }

    pub(super) fn cluster(&self, id: &str) -> Named {
        match self.catalogue.cluster(id) {
            Some(ix) => Named::new(id, &self.catalogue.cluster_entry(ix).name),
            None => Named::new(id, &Text::same(id)),
        }
    }

    pub(super) fn term(&self, kind: TermKind, id: &str) -> Named {
        match self.catalogue.term(kind, id) {
            Some(t) => Named::new(id, &t.name),
            None => Named::new(id, &Text::same(id)),
        }
    }

    pub(super) fn category(&self, kind: Kind) -> Named {
        self.term(TermKind::Category, kind.id())
    }

    pub(super) fn subject(&self, subject: Subject) -> Named {
        self.term(TermKind::Subject, subject.id())
    }

    /// `O4K 3.1`: document and section; empty for our own additions.
    pub(super) fn evidence(documents: &[String], section: &str) -> String {
        let Some(first) = documents.first() else {
            return String::new();
        };
        format!("{first} {section}").trim_end().to_owned()
    }
}

fn head(book: &Book<'_>) -> Head {
    let site = book.inputs.site;
    let as_of = book.inventory.as_of;
    let controller = &site.controller;
    Head {
        site: site.head.name.clone(),
        timezone: site.head.timezone.name().to_owned(),
        controller: Controller {
            name: controller.name.clone(),
            contact: controller.contact.clone(),
            address: controller.address.clone(),
            representative: controller.representative.clone(),
            dpo: controller.dpo.clone(),
        },
        policy_reference: site.head.policy_reference.clone(),
        as_of,
        scanned_at: book.inputs.scanned_at.to_owned(),
        catalogue: book.inventory.catalogue.clone(),
        pack: book.catalogue.pack(&site.head.pack).map(|p| PackHead {
            id: p.id.clone(),
            version: p.version.clone(),
            jurisdiction: p.jurisdiction.clone(),
            name: p.name.clone(),
            description: p.description.clone(),
            review_by: p.review_by,
            review_overdue: p.review_by < as_of,
            conditions: p.conditions.clone(),
            sources: p
                .sources
                .iter()
                .map(|s| PackSourceRow {
                    title: s.title.clone(),
                    url: s.url.clone(),
                    mark: s.mark.clone(),
                })
                .collect(),
        }),
    }
}

fn holders(book: &Book<'_>) -> Vec<HolderRow> {
    let mut stores: HashMap<&str, Vec<Named>> = HashMap::new();
    for entry in book.catalogue.entries() {
        if let Entry::Store(s) = entry {
            stores
                .entry(&s.system)
                .or_default()
                .push(Named::new(&s.id, &s.what));
        }
    }
    let mut rows: Vec<HolderRow> = book
        .inventory
        .holders
        .iter()
        .map(|h| {
            let system = book.system(&h.system);
            HolderRow {
                system: book.named(&h.system),
                role: system.map(|s| s.role.clone()).unwrap_or_default(),
                state: h.state,
                files: h.files,
                note: h.note.clone(),
                personal: system.is_none_or(|s| s.personal_data),
                reads: system.map(|s| s.reads.clone()).unwrap_or_default(),
                stores: stores.get(h.system.as_str()).cloned().unwrap_or_default(),
                document: system.map(|s| s.document.clone()).unwrap_or_default(),
            }
        })
        .collect();
    rows.sort_by(|a, b| {
        (state_order(a.state), &a.document, &a.system.id).cmp(&(
            state_order(b.state),
            &b.document,
            &b.system.id,
        ))
    });
    rows
}

/// The order of holders in documents: what nobody looked into stands beside what was found.
pub(super) const fn state_order(state: HolderState) -> u8 {
    match state {
        HolderState::Searched => 0,
        HolderState::DeclaredPresent => 1,
        HolderState::NotSearched => 2,
        HolderState::Undeclared => 3,
        HolderState::DeclaredAbsent => 4,
    }
}

fn secrets(book: &Book<'_>) -> Vec<Secret> {
    let mut rows: Vec<Secret> = book
        .inventory
        .elements
        .iter()
        .filter(|e| e.secret && e.records > 0)
        .map(|e| Secret {
            element: book.named(&e.element),
            cluster: book.cluster(&e.cluster),
            records: e.records,
            files: e.files,
            kinds: e.by_kind.clone(),
        })
        .collect();
    rows.sort_by(|a, b| {
        b.records
            .cmp(&a.records)
            .then_with(|| a.element.id.cmp(&b.element.id))
    });
    rows
}

fn figures(
    book: &Book<'_>,
    kinds: &[super::DataKind],
    findings: &[super::FindingGroup],
    secrets: &[Secret],
) -> Figures {
    let count = |status: Status| kinds.iter().filter(|k| k.status == status).count() as u64;
    let systems = |state: HolderState| {
        book.inventory
            .holders
            .iter()
            .filter(|h| h.state == state)
            .filter(|h| book.system(&h.system).is_none_or(|s| s.personal_data))
            .count() as u64
    };
    let spots = |severity: Severity| {
        findings
            .iter()
            .filter(|g| g.severity == severity)
            .map(|g| g.spots.len() as u64)
            .sum()
    };
    let totals = &book.inventory.totals;
    let overdue = count(Status::Overdue);
    let without = count(Status::NoRule);
    let open = count(Status::NotJudged);
    Figures {
        persons: totals.subjects,
        externals: totals.externals,
        assignments: totals.assignments,
        kinds: overdue + without + open + count(Status::Within),
        kinds_overdue: overdue,
        kinds_without_rule: without,
        kinds_not_judged: open,
        overdue_records: kinds.iter().filter_map(|k| k.time.overdue_records).sum(),
        elements: book.inventory.elements.len() as u64,
        secrets: secrets.len() as u64,
        secret_values: secrets.iter().map(|s| s.records).sum(),
        systems_searched: systems(HolderState::Searched),
        systems_declared: systems(HolderState::DeclaredPresent),
        systems_not_searched: systems(HolderState::NotSearched),
        systems_undeclared: systems(HolderState::Undeclared),
        files_unread: book.inventory.files.iter().filter(|f| !f.read).count() as u64,
        lines_rejected: totals.rejected,
        errors: spots(Severity::Error),
        attentions: spots(Severity::Attention),
        infos: spots(Severity::Info),
    }
}

fn documents(catalogue: &Catalogue) -> Vec<DocumentRow> {
    catalogue
        .entries()
        .iter()
        .filter_map(|e| match e {
            Entry::Document(d) if e.table() == Table::Document => Some(row(d)),
            _ => None,
        })
        .collect()
}

fn row(d: &Document) -> DocumentRow {
    DocumentRow {
        id: d.id.clone(),
        title: d.title.clone(),
        version: d.version.clone(),
        date: d.date.clone(),
        publisher: d.publisher.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_limit_is_the_day_after_the_last_due_start() {
        let as_of = day("2026-11-22");
        assert_eq!(
            RuleText::kept_from(Period::of_days(90), false, as_of),
            Some(day("2026-08-25"))
        );
        assert_eq!(
            RuleText::kept_from(Period::of_months(3), true, as_of),
            Some(day("2026-01-01"))
        );
        // 31 December 2025 + 12 months is still to come.
        assert_eq!(
            RuleText::kept_from(Period::of_months(12), true, as_of),
            Some(day("2025-01-01"))
        );
        assert_eq!(
            RuleText::kept_from(Period::ZERO, false, as_of),
            Some(day("2026-11-23"))
        );
    }
}
