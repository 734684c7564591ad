//! Data kinds: what was found beside what the vendor documents say.

use std::collections::{BTreeMap, BTreeSet};

use gdpr4k_model::catalogue::{Cluster, Element, Entry, TermKind};
use gdpr4k_model::inventory::{ClusterEntry, ElementEntry, HolderState};
use gdpr4k_model::{Lang, Text};

use super::build::{Book, RuleText, state_order};
use super::picture::{flow_row, hub};
use super::{
    CopyKind, CopyRow, DataKind, Declared, ElementRow, FlowRow, Found, Named, Place, Rule,
    Statement, Status, StoreRow, Time, places,
};

/// The cluster of what gdpr4k itself keeps: who had which number from when to when (R-MAP-2).
const OWN_CLUSTER: &str = "assignment-history";

/// Source kind of the place where gdpr4k keeps it.
pub(crate) const OWN_KIND: &str = "gdpr4k";

pub(super) fn build(book: &Book<'_>) -> Vec<DataKind> {
    let measured: BTreeMap<&str, &ClusterEntry> = book
        .inventory
        .clusters
        .iter()
        .map(|c| (c.cluster.as_str(), c))
        .collect();
    let mut rows: Vec<DataKind> = book
        .catalogue
        .clusters()
        .iter()
        .map(|c| kind(book, c, measured.get(c.id.as_str()).copied()))
        .filter(|k| k.time.records > 0 || (k.personal && !k.declared.stores.is_empty()))
        .collect();
    rows.sort_by(|a, b| {
        (a.status, b.time.overdue_days, b.time.records, &a.id).cmp(&(
            b.status,
            a.time.overdue_days,
            a.time.records,
            &b.id,
        ))
    });
    rows
}

fn kind(book: &Book<'_>, cluster: &Cluster, measured: Option<&ClusterEntry>) -> DataKind {
    let rule = book.inputs.rules.iter().find(|r| r.cluster == cluster.id);
    let mut time = time(measured, rule);
    let mut found = found(book, cluster);
    if cluster.id == OWN_CLUSTER && time.records == 0 && book.inventory.totals.assignments > 0 {
        time.records = book.inventory.totals.assignments;
        time.files = 1;
        found.places.push(Place {
            kind: OWN_KIND.to_owned(),
            folder: book.inputs.site.head.state.clone(),
            files: 1,
            records: time.records,
            writable: true,
            ..Place::default()
        });
    }
    let status = status(cluster.personal, &time, rule);
    time.overdue_records = match status {
        // The oldest one is, even where no whole month is.
        Status::Overdue => time.overdue_records.map(|n| n.max(1)),
        _ => None,
    };
    let reach = Reach::new(book, cluster, &found);
    DataKind {
        id: cluster.id.clone(),
        name: cluster.name.clone(),
        description: cluster.description.clone(),
        personal: cluster.personal,
        status,
        protection: book.term(TermKind::Protection, &cluster.protection),
        owner: book.term(TermKind::Role, &cluster.owner),
        subjects: subjects(book, cluster, &found),
        collected_from: cluster.collected_from.clone(),
        purposes: terms(book, TermKind::Purpose, &cluster.purposes),
        legal_basis: cluster.legal_basis.clone(),
        recipients: terms(book, TermKind::Recipient, &cluster.recipients),
        copies: copies(book, &reach, &found),
        interfaces: interfaces(book, &reach),
        declared: declared(book, &reach),
        rule: rule.map(|r| rule_row(book, cluster, r)),
        found,
        time,
    }
}

fn status(personal: bool, time: &Time, rule: Option<&RuleText>) -> Status {
    match (personal, time.records, rule.map(|r| r.overdue_days)) {
        (_, 0, _) => Status::NotFound,
        (false, ..) => Status::NoPerson,
        (_, _, None) => Status::NoRule,
        (_, _, Some(None)) => Status::NotJudged,
        (_, _, Some(Some(days))) if days > 0 => Status::Overdue,
        _ => Status::Within,
    }
}

fn time(measured: Option<&ClusterEntry>, rule: Option<&RuleText>) -> Time {
    let kept_from = rule.and_then(|r| r.kept_from);
    let overdue_days = rule.and_then(|r| r.overdue_days);
    let Some(c) = measured else {
        return Time {
            kept_from,
            overdue_days,
            ..Time::default()
        };
    };
    // Only whole months before the limit are certain to be past it.
    let overdue_records = kept_from.map(|day| {
        let month = day.format("%Y-%m").to_string();
        c.months
            .iter()
            .filter(|m| m.name < month)
            .map(|m| m.count)
            .sum()
    });
    Time {
        records: c.records,
        files: c.files,
        undated: c.undated,
        oldest: c.oldest,
        newest: c.newest,
        months: c.months.clone(),
        kept_from,
        overdue_days,
        overdue_records,
    }
}

fn rule_row(book: &Book<'_>, cluster: &Cluster, r: &RuleText) -> Rule {
    // Below the heading of the data kind its name need not come again.
    let bare = |lang: Lang| {
        let text = r.sentence.get(lang);
        text.strip_prefix(cluster.name.get(lang))
            .and_then(|t| t.strip_prefix(": "))
            .unwrap_or(text)
            .to_owned()
    };
    let event = book.catalogue.start_event(&r.starts_with);
    Rule {
        sentence: Text {
            en: bare(Lang::En),
            de: bare(Lang::De),
        },
        starts_with: match event {
            Some(e) => Named::new(&e.id, &e.name),
            None => Named::new(&r.starts_with, &Text::same(&r.starts_with)),
        },
        delete_after: r.delete_after.to_string(),
        allowed: Text {
            en: r.delete_after.words(Lang::En),
            de: r.delete_after.words(Lang::De),
        },
        stages: r.stages.clone(),
        reason: r.reason.clone(),
        source: r.source.clone(),
        legal_ref: r.legal_ref.clone(),
        mark: r.mark.clone(),
        justification: r.justification.clone(),
        judged_by_fallback: r.judged_by_fallback,
    }
}

fn terms(book: &Book<'_>, kind: TermKind, ids: &[String]) -> Vec<Named> {
    ids.iter().map(|id| book.term(kind, id)).collect()
}

/// Data subjects by what was found; by the vendor documents where nothing was.
fn subjects(book: &Book<'_>, cluster: &Cluster, found: &Found) -> Vec<Named> {
    let mut ids: BTreeSet<&str> = found
        .elements
        .iter()
        .map(|e| e.subject.id.as_str())
        .collect();
    if ids.is_empty() {
        ids = book
            .catalogue
            .elements()
            .filter(|e| e.cluster == cluster.id)
            .map(|e| e.subject.id())
            .collect();
    }
    ids.remove("none");
    ids.into_iter()
        .map(|id| book.term(TermKind::Subject, id))
        .collect()
}

fn found(book: &Book<'_>, cluster: &Cluster) -> Found {
    let mut elements: Vec<ElementRow> = book
        .inventory
        .elements
        .iter()
        .filter_map(|e| element(book, e, &cluster.id))
        .collect();
    elements.sort_by(|a, b| b.records.cmp(&a.records).then_with(|| a.id.cmp(&b.id)));
    let files = || {
        let all = book.inventory.files.iter();
        all.filter(|f| f.clusters.contains(&cluster.id))
    };
    let kinds: BTreeSet<&str> = files().map(|f| f.kind.as_str()).collect();
    // An element that several data kinds have was met in files of other kinds too.
    for e in &mut elements {
        e.kinds.retain(|k| kinds.contains(k.name.as_str()));
    }
    let places = places::group(files());
    let mut systems: BTreeSet<&str> = elements
        .iter()
        .filter_map(|e| catalogue_element(book, &e.id))
        .filter_map(|e| home(book, e))
        .filter(|s| book.state(s) == HolderState::Searched)
        .collect();
    if systems.is_empty() {
        systems = book
            .inventory
            .holders
            .iter()
            .filter(|h| h.state == HolderState::Searched)
            .filter_map(|h| book.system(&h.system))
            .filter(|s| s.reads.iter().any(|k| kinds.contains(k.as_str())))
            .map(|s| s.id.as_str())
            .collect();
    }
    Found {
        systems: systems.into_iter().map(|s| book.named(s)).collect(),
        places,
        elements,
    }
}

fn catalogue_element<'a>(book: &Book<'a>, id: &str) -> Option<&'a Element> {
    match book.catalogue.entry(id) {
        Some(Entry::Field(e)) => Some(e),
        _ => None,
    }
}

/// The system that an element belongs to.
fn home<'a>(book: &Book<'a>, e: &'a Element) -> Option<&'a str> {
    match (&e.store, &e.system) {
        (Some(store), _) => book.store(store).map(|s| s.system.as_str()),
        (None, Some(system)) => Some(system),
        _ => None,
    }
}

fn element(book: &Book<'_>, e: &ElementEntry, cluster: &str) -> Option<ElementRow> {
    let (records, oldest, newest) = if e.by_cluster.is_empty() {
        (e.cluster == cluster).then_some((e.records, e.oldest, e.newest))?
    } else {
        let share = e.by_cluster.iter().find(|s| s.cluster == cluster)?;
        (share.records, share.oldest, share.newest)
    };
    let entry = catalogue_element(book, &e.element);
    Some(ElementRow {
        id: e.element.clone(),
        name: entry.map_or_else(|| Text::same(&e.element), |x| x.name.clone()),
        category: entry.map_or_else(
            || book.term(TermKind::Category, &e.category),
            |x| book.category(x.kind),
        ),
        subject: entry.map_or_else(
            || book.term(TermKind::Subject, &e.subject),
            |x| book.subject(x.subject),
        ),
        secret: e.secret,
        records,
        distinct: e.distinct,
        distinct_estimated: e.distinct_estimated,
        unverified: e.unverified,
        oldest,
        newest,
        kinds: e.by_kind.clone(),
        store: entry
            .and_then(|x| x.store.as_deref())
            .map(|s| book.named(s)),
    })
}

/// Stores and systems of the vendor documents that hold a data kind.
struct Reach<'a> {
    stores: BTreeSet<&'a str>,
    /// Systems of these stores that belong to the site.
    systems: BTreeSet<&'a str>,
    /// Stores of systems that nobody has declared.
    elsewhere: u64,
}

impl<'a> Reach<'a> {
    fn new(book: &Book<'a>, cluster: &Cluster, found: &Found) -> Self {
        let met: BTreeSet<&str> = found.elements.iter().map(|e| e.id.as_str()).collect();
        let mut reach = Self {
            stores: BTreeSet::new(),
            systems: BTreeSet::new(),
            elsewhere: 0,
        };
        let mut others = BTreeSet::new();
        // Where records decide (the direction of a call), all elements are at home in another data kind.
        let own = book
            .catalogue
            .elements()
            .any(|e| e.cluster == cluster.id && met.contains(e.id.as_str()));
        for e in book.catalogue.elements() {
            if e.cluster != cluster.id && (own || !met.contains(e.id.as_str())) {
                continue;
            }
            let Some(system) = home(book, e) else {
                continue;
            };
            let place = e.store.as_deref().unwrap_or(system);
            if book.relevant(system) {
                reach.stores.insert(place);
                reach.systems.insert(system);
            } else if book.state(system) == HolderState::Undeclared {
                others.insert(place);
            }
        }
        reach.elsewhere = others.len() as u64;
        reach
    }

    fn holds(&self, store: Option<&str>, system: Option<&str>) -> bool {
        match store {
            Some(store) => self.stores.contains(store),
            None => system.is_some_and(|s| self.systems.contains(s)),
        }
    }
}

fn declared(book: &Book<'_>, reach: &Reach<'_>) -> Declared {
    let mut stores: Vec<StoreRow> = reach
        .stores
        .iter()
        .filter_map(|id| store(book, id))
        .collect();
    stores.sort_by(|a, b| (state_order(a.state), &a.id).cmp(&(state_order(b.state), &b.id)));
    let mut out = Declared {
        stores,
        elsewhere: reach.elsewhere,
        ..Declared::default()
    };
    for entry in book.catalogue.entries() {
        match entry {
            Entry::Retention(r) if reach.holds(r.store.as_deref(), r.system.as_deref()) => {
                let about = r.store.as_deref().or(r.system.as_deref()).unwrap_or("");
                out.retention.push(Statement {
                    id: r.id.clone(),
                    text: r.rule.clone(),
                    about: book.named(about),
                    automatic: Some(r.automatic),
                    evidence: Book::evidence(&r.documents, &r.section),
                });
            }
            Entry::Use(u) if reach.systems.contains(u.system.as_str()) => {
                out.uses.push(Statement {
                    id: u.id.clone(),
                    text: u.purpose.clone(),
                    about: book.named(&u.system),
                    automatic: None,
                    evidence: Book::evidence(&u.documents, &u.section),
                });
            }
            _ => {}
        }
    }
    out
}

fn store(book: &Book<'_>, id: &str) -> Option<StoreRow> {
    if let Some(s) = book.store(id) {
        return Some(StoreRow {
            id: s.id.clone(),
            what: s.what.clone(),
            location: s.location.clone(),
            system: book.named(&s.system),
            state: book.state(&s.system),
            evidence: Book::evidence(&s.documents, &s.section),
        });
    }
    let s = book.system(id)?;
    Some(StoreRow {
        id: s.id.clone(),
        what: s.role.clone(),
        location: Text::default(),
        system: Named::new(&s.id, &s.name),
        state: book.state(id),
        evidence: Book::evidence(&s.documents, &s.section),
    })
}

fn copies(book: &Book<'_>, reach: &Reach<'_>, found: &Found) -> Vec<CopyRow> {
    let mut rows = twins(found);
    let location = |store: &Option<String>| match store.as_deref().and_then(|s| book.store(s)) {
        Some(s) => s.location.clone(),
        None => Text::default(),
    };
    for entry in book.catalogue.entries() {
        match entry {
            Entry::Export(e) if reach.systems.contains(e.system.as_str()) => rows.push(CopyRow {
                kind: CopyKind::Export,
                found: false,
                what: join(&[&e.what, &e.format, &e.how]),
                location: location(&e.to_store),
                system: Some(book.named(&e.system)),
                evidence: Book::evidence(&e.documents, &e.section),
            }),
            Entry::Backup(b) if b.included && reach.systems.contains(b.system.as_str()) => {
                rows.push(CopyRow {
                    kind: CopyKind::Backup,
                    found: false,
                    what: b.how.clone(),
                    location: location(&b.to_store),
                    system: Some(book.named(&b.system)),
                    evidence: Book::evidence(&b.documents, &b.section),
                });
            }
            _ => {}
        }
    }
    rows
}

/// Source kinds beyond the one with most records: each has a life of its own.
fn twins(found: &Found) -> Vec<CopyRow> {
    let mut by_kind: BTreeMap<&str, u64> = BTreeMap::new();
    for e in &found.elements {
        for k in &e.kinds {
            *by_kind.entry(&k.name).or_default() += k.count;
        }
    }
    let Some(first) = by_kind.iter().max_by_key(|(_, n)| **n).map(|(k, _)| *k) else {
        return Vec::new();
    };
    found
        .places
        .iter()
        .filter(|p| p.kind != first)
        .map(|p| CopyRow {
            kind: CopyKind::Twin,
            found: true,
            what: Text::same(&p.kind),
            location: Text::same(&p.folder),
            system: None,
            evidence: p.folder.clone(),
        })
        .collect()
}

fn join(texts: &[&Text]) -> Text {
    let one = |lang: Lang| {
        let parts: Vec<&str> = texts
            .iter()
            .map(|t| t.get(lang))
            .filter(|t| !t.is_empty())
            .collect();
        parts.join("; ")
    };
    Text {
        en: one(Lang::En),
        de: one(Lang::De),
    }
}

fn interfaces(book: &Book<'_>, reach: &Reach<'_>) -> Vec<FlowRow> {
    // Flows of the hub carry everything; only those of its stores tell about one data kind.
    let hub = hub(book);
    let touches = |end: &str| {
        reach.stores.contains(end) || (reach.systems.contains(end) && hub.as_deref() != Some(end))
    };
    book.catalogue
        .entries()
        .iter()
        .filter_map(|e| match e {
            Entry::Flow(f) if touches(&f.from) || touches(&f.to) => Some(f),
            _ => None,
        })
        .filter(|f| book.relevant(book.system_of(&f.from)) && book.relevant(book.system_of(&f.to)))
        .map(|f| flow_row(book, f))
        .collect()
}
