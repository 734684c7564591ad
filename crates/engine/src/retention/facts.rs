//! What one record says about itself, wherever it was read from: cluster, day, what a rule would still change.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use gdpr4k_model::catalogue::{ClusterIx, ElementIx, Selector, Subject as Whose};
use gdpr4k_model::number::{Access, Party};
use gdpr4k_model::retention::{Bucket, Census};
use gdpr4k_policy::holds::{Asked, FileHolds, Subject};
use gdpr4k_policy::mask::{Length, Place, Written};
use gdpr4k_policy::treat::{self, DayTable, Decision, Forecast, Order, State, decide, forecast};
use gdpr4k_policy::{Sort, plausible};
use gdpr4k_sources::people::search::{Eyes, MASK};

use super::rulebook::Rulebook;

/// Clusters whose records are calls: a protected number takes the parties out of them (cli.md 4 "At once").
const CALLS: [&str; 4] = [
    "call-journal",
    "misuse-case",
    "performance-call-detail",
    "trace",
];

/// One file, as far as its records are concerned.
#[derive(Clone, Copy)]
pub(crate) struct FileContext<'a> {
    pub(crate) book: &'a Rulebook<'a>,
    /// What looks through texts.
    pub(crate) eyes: Eyes<'a>,
    /// Relative to the site folder, with `/`.
    pub(crate) path: &'a str,
    /// Source kind.
    pub(crate) kind: &'a str,
    /// Number plan of its numbers, and the id of its node.
    pub(crate) node: (u8, &'a str),
    /// Date in its name, else of its last change.
    pub(crate) day: NaiveDate,
}

/// One value of a record.
#[derive(Clone)]
pub(crate) struct Part<'r> {
    pub(crate) sort: Sort,
    /// The value, or the whole field where it has a fixed width; UTF-8.
    pub(crate) field: &'r [u8],
    pub(crate) place: Place,
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RecordFacts {
    pub(crate) cluster: ClusterIx,
    /// The start day: of the record, else of the file.
    pub(crate) day: NaiveDate,
    /// Whether the record itself gives it.
    pub(crate) dated: bool,
    pub(crate) pending: u16,
    pub(crate) protected: bool,
    pub(crate) erase: bool,
    pub(crate) held: Vec<String>,
}

impl RecordFacts {
    const fn state(&self) -> State {
        State {
            pending: self.pending,
            protected: self.protected,
            erase: self.erase,
        }
    }
}

/// What becomes of a record.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Its time has not come.
    Keep,
    /// A suspension holds what would be due.
    Held,
    /// It waits for somebody.
    Wait,
    /// It is treated.
    Treat(Order),
}

/// Looks at the records of one file.
pub(crate) struct Judge<'a> {
    pub(crate) file: FileContext<'a>,
    /// By cluster: the day on which a record of the day of the file ends, for records of several clusters.
    rank: Vec<NaiveDate>,
    technical: ClusterIx,
    days: Vec<Option<DayTable<'a>>>,
}

impl<'a> Judge<'a> {
    pub(crate) fn new(file: FileContext<'a>) -> Self {
        let book = file.book;
        let clusters = book.catalogue.clusters();
        let end = |id: &str| {
            book.rules
                .end_day(id, file.day, true, file.day, file.node.1)
        };
        let technical = clusters.iter().position(|c| !c.personal).unwrap_or(0);
        Self {
            rank: clusters
                .iter()
                .map(|c| end(&c.id).unwrap_or(NaiveDate::MAX))
                .collect(),
            technical: ClusterIx(technical as u16),
            days: clusters.iter().map(|_| None).collect(),
            file,
        }
    }

    /// A value as a stage sees it; none where nothing is ever done to it.
    pub(crate) fn part<'r>(
        &self,
        element: ElementIx,
        field: &'r [u8],
        access: Access,
        width: Option<Place>,
    ) -> Option<Part<'r>> {
        let book = self.file.book;
        let entry = book.catalogue.element_entry(element);
        // a value that was emptied inside of a text
        if field == MASK {
            return None;
        }
        let sort = match book.sort(element) {
            // texts are looked through: what is found there is a value of its own
            Sort::Speaking(Selector::FreeText) if self.file.eyes.texts.is_text(element) => {
                Sort::Text(Selector::FreeText)
            }
            // a column may hold days alone, or seconds without a colon
            Sort::Time(Written::Clock) if !field.contains(&b':') => Sort::Time(Written::Day),
            Sort::Duration(Length::Clock) if !field.contains(&b':') => {
                Sort::Duration(Length::Seconds)
            }
            sort => sort,
        };
        // service accounts and figures about nobody
        if entry.subject == Whose::None && sort != Sort::Secret {
            return None;
        }
        let access = if entry.dialled {
            Access::Dialled
        } else {
            access
        };
        Some(Part {
            sort,
            field,
            place: Place {
                node: self.file.node.0,
                access,
                ..width.unwrap_or_default()
            },
        })
    }

    /// The party that a part names.
    fn party(&self, part: &Part<'_>) -> Option<Party> {
        let value = &part.field[part.place.value(part.field)];
        (part.sort == Sort::Number && !value.is_empty()).then(|| {
            self.file
                .book
                .plans
                .normalise(part.place.node, value, part.place.access)
        })
    }

    /// Whether an erasure order finds a part.
    pub(crate) fn is_erased(&self, part: &Part<'_>, day: NaiveDate) -> bool {
        let watch = &self.file.book.watch;
        !watch.is_empty() && self.party(part).is_some_and(|p| watch.erased(&p, day))
    }

    /// What a record says. `cluster`: where the record decides it; `elements`: of all its values.
    pub(crate) fn facts(
        &self,
        cluster: Option<ClusterIx>,
        elements: impl Iterator<Item = ElementIx>,
        day: Option<NaiveDate>,
        parts: &[Part<'_>],
    ) -> RecordFacts {
        let book = self.file.book;
        let cluster = cluster.unwrap_or_else(|| self.cluster(elements));
        let believed = day.filter(|d| plausible(*d, book.rules.as_of()));
        let (dated, day) = (believed.is_some(), believed.unwrap_or(self.file.day));
        let mut held = Vec::new();
        let (mut erase, mut protected) = (false, false);
        if !book.watch.is_empty() || !book.protected.is_empty() {
            for party in parts.iter().filter_map(|p| self.party(p)) {
                book.watch.held(&party, dated.then_some(day), &mut held);
                erase |= book.watch.erased(&party, day);
                protected |= book.protected.hits(&party);
            }
        }
        held.sort();
        let id = book.cluster(cluster);
        protected &= id.starts_with("call-detail-") || CALLS.contains(&id);
        let state = match book.rules.cluster(id) {
            Some(rule) => {
                let values = parts.iter().map(|p| treat::Value {
                    sort: p.sort,
                    field: p.field,
                    place: p.place,
                });
                treat::state(rule, values, protected, erase, &book.numbers)
            }
            None => State::default(),
        };
        RecordFacts {
            cluster,
            day,
            dated,
            pending: state.pending,
            protected: state.protected,
            erase: state.erase,
            held,
        }
    }

    /// The cluster of a record whose values belong to several: the one whose data end first, so that none of
    /// them stays too long. Secrets are blanked whatever their cluster, and do not count.
    fn cluster(&self, elements: impl Iterator<Item = ElementIx>) -> ClusterIx {
        let book = self.file.book;
        let of = |e: ElementIx| {
            let cluster = book.catalogue.cluster_of(e);
            let personal = book.rules.cluster(book.cluster(cluster)).is_some();
            (personal && !book.catalogue.element_entry(e).secret).then_some(cluster)
        };
        let end = |c: &ClusterIx| (self.rank[c.0 as usize], *c);
        elements
            .filter_map(of)
            .min_by_key(end)
            .unwrap_or(self.technical)
    }

    /// The day on which a record of a cluster and of the day of the file ends.
    pub(crate) fn rank(&self, cluster: ClusterIx) -> NaiveDate {
        self.rank[cluster.0 as usize]
    }

    /// Whether a record is about nobody.
    pub(crate) fn is_technical(&self, facts: &RecordFacts) -> bool {
        let book = self.file.book;
        book.rules.cluster(book.cluster(facts.cluster)).is_none()
    }

    /// What becomes of a record.
    pub(crate) fn fate(&mut self, facts: &RecordFacts, holds: &FileHolds<'_>) -> Fate {
        let (book, file) = (self.file.book, self.file);
        let id = book.cluster(facts.cluster);
        let table = self.days[facts.cluster.0 as usize]
            .get_or_insert_with(|| book.rules.days(id, file.day, file.node.1));
        let Some(rule) = book.rules.cluster(id) else {
            return Fate::Keep;
        };
        let verdict = if facts.dated {
            table.dated(facts.day)
        } else {
            table.undated()
        };
        let subject = Subject {
            cluster: id,
            day: facts.day,
            dated: facts.dated,
            held: &facts.held,
        };
        match holds.ask(&subject) {
            Asked::Held(_) => match forecast(rule, verdict, facts.state()) {
                Forecast::Keep => Fate::Keep,
                Forecast::Treat(..) | Forecast::Wait(_) => Fate::Held,
            },
            Asked::Free(cleared) => match decide(rule, verdict, facts.state(), cleared) {
                Decision::Keep => Fate::Keep,
                Decision::Wait(_) => Fate::Wait,
                Decision::Treat(order) => Fate::Treat(order),
            },
        }
    }
}

/// Gathers what the records of a file say.
#[derive(Default)]
pub(crate) struct Buckets {
    records: BTreeMap<RecordFacts, u64>,
}

impl Buckets {
    pub(crate) fn add(&mut self, facts: RecordFacts) {
        *self.records.entry(facts).or_default() += 1;
    }

    /// The census of a file; size and digest are the caller's.
    ///
    /// Records about nobody keep a file from being deleted as a whole. Where it stays or goes as a whole they do
    /// not count: it goes with the persons in it.
    pub(crate) fn census(self, judge: &Judge<'_>, damaged: u64, by_record: bool) -> Census {
        let file = &judge.file;
        let listed = |f: &RecordFacts| by_record || !judge.is_technical(f);
        let mut buckets: Vec<Bucket> = self
            .records
            .into_iter()
            .filter(|(facts, _)| listed(facts))
            .map(|(facts, records)| Bucket {
                cluster: file.book.cluster(facts.cluster).to_owned(),
                day: facts.day,
                dated: facts.dated,
                pending: facts.pending,
                protected: facts.protected,
                held: facts.held,
                erase: facts.erase,
                records,
            })
            .collect();
        buckets.sort();
        Census {
            path: file.path.to_owned(),
            kind: file.kind.to_owned(),
            node: file.node.1.to_owned(),
            day: file.day,
            records: buckets.iter().map(|b| b.records).sum(),
            damaged,
            by_record,
            buckets,
            ..Census::default()
        }
    }
}
