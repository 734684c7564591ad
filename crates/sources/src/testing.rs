//! Runs a reader and sums up what it gave, without a value: the form of all snapshots here.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use gdpr4k_model::number::{NumberPlan, NumberPlans};
use gdpr4k_model::{Catalogue, Finding};

use crate::knowledge::TableKnowledge;
use crate::people::search::{Eyes, Finds, Found, Search};
use crate::people::{Detector, Options, SitePeople};
use crate::record::{Account, Fact, Reader, Record, Sink, Value};

pub(crate) static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::builtin);
pub(crate) static KNOWLEDGE: LazyLock<TableKnowledge> =
    LazyLock::new(|| TableKnowledge::new(&CATALOGUE).unwrap_or_else(|p| panic!("{p}")));

/// A detector that knows the number plan of the fixtures and nobody by name.
static DETECTOR: LazyLock<Detector> = LazyLock::new(|| {
    let plan = NumberPlan {
        country: "49".to_owned(),
        area: "30".to_owned(),
        main: "23125".to_owned(),
        ..NumberPlan::default()
    };
    let options = Options {
        services: vec!["engr".to_owned(), "xieapi".to_owned()],
        ..Options::default()
    };
    Detector::new(
        &NumberPlans::new([plan]),
        0,
        &SitePeople::default(),
        &options,
    )
});

/// What a reader gave, and what was found in its texts. Values are kept for tests that look for one; [`Given::summary`] shows none.
#[derive(Default)]
pub(crate) struct Given {
    pub(crate) account: Account,
    pub(crate) values: Vec<(String, String)>,
    pub(crate) facts: Vec<Fact>,
    pub(crate) findings: Vec<Finding>,
    clusters: BTreeMap<String, u64>,
    pub(crate) days: BTreeMap<String, u64>,
    pub(crate) lines: Vec<u64>,
    pub(crate) damaged: Vec<u64>,
}

impl Sink for Given {
    fn record(&mut self, record: &Record<'_>) {
        let cluster = record
            .cluster
            .map_or("of its elements", |c| &CATALOGUE.cluster_entry(c).id);
        *self.clusters.entry(cluster.to_owned()).or_default() += 1;
        *self
            .days
            .entry(record.day.map_or("none".into(), |d| d.to_string()))
            .or_default() += 1;
        self.lines.push(record.line);
        let origin = record.origin;
        for value in record.values {
            if origin.last > 0 {
                assert!(origin.last >= record.line);
                let lines = origin.text.lines().count() as u64;
                assert!(lines <= origin.last - record.line + 1);
                // a text whose passwords were taken out is a copy without a place
                let masked = value.text.windows(3).any(|w| w == b"***");
                assert!(
                    masked || origin.range(value.text).is_some(),
                    "a value has no place"
                );
            }
            self.value(value);
        }
    }

    fn fact(&mut self, fact: Fact) {
        self.facts.push(fact);
    }

    fn damaged(&mut self, line: u64) {
        self.damaged.push(line);
    }

    fn finding(&mut self, finding: Finding) {
        assert!(
            CATALOGUE.finding(finding.code).is_some(),
            "{} is not in schemas/findings",
            finding.code
        );
        self.findings.push(finding);
    }
}

impl Finds for Given {
    fn found(&mut self, record: &Record<'_>, found: &[Found<'_>]) {
        self.record(record);
        found.iter().for_each(|f| self.value(&f.value));
    }
}

impl Given {
    fn value(&mut self, value: &Value<'_>) {
        let id = CATALOGUE.element_entry(value.element).id.clone();
        let text = String::from_utf8(value.text.to_vec()).expect("values are UTF-8");
        assert!(!text.is_empty(), "empty values are not reported");
        self.values.push((id, text));
    }

    /// Feeds a whole file at once.
    pub(crate) fn read(reader: impl Reader, bytes: &[u8]) -> Self {
        Self::read_in_blocks(reader, bytes, bytes.len(), false)
    }

    /// Feeds a file in blocks of a few bytes.
    pub(crate) fn read_in_blocks(
        mut reader: impl Reader,
        bytes: &[u8],
        size: usize,
        growing: bool,
    ) -> Self {
        let mut given = Self::default();
        let eyes = Eyes {
            detector: &DETECTOR,
            texts: KNOWLEDGE.texts(),
            node: 0,
        };
        let mut search = Search::new(eyes, &mut given);
        for block in bytes.chunks(size.max(1)) {
            reader.feed(block, &mut search);
        }
        let account = reader.finish(growing, &mut search);
        search.done();
        given.account = account;
        given
    }

    /// The values of one element.
    pub(crate) fn of(&self, element: &str) -> Vec<&str> {
        self.values
            .iter()
            .filter(|(id, _)| id == element)
            .map(|(_, v)| v.as_str())
            .collect()
    }

    /// Codes of the findings, with their lines.
    pub(crate) fn codes(&self) -> Vec<(&'static str, Option<u64>)> {
        self.findings.iter().map(|f| (f.code, f.line)).collect()
    }

    /// Counts, ids, lines and findings: no value.
    pub(crate) fn summary(&self) -> String {
        let mut out = format!("{:?}\n", self.account);
        let mut elements: BTreeMap<&str, u64> = BTreeMap::new();
        for (id, _) in &self.values {
            *elements.entry(id).or_default() += 1;
        }
        let mut facts: BTreeMap<String, u64> = BTreeMap::new();
        for fact in &self.facts {
            let name = match fact {
                Fact::Refers { from, .. } => format!("Refers {from}"),
                Fact::NotPersonal { from, .. } => format!("NotPersonal {from}"),
                Fact::Seen {
                    kind,
                    name,
                    records,
                } => format!("Seen {kind} {name} {records}"),
                other => format!("{other:?}")
                    .split(' ')
                    .next()
                    .unwrap_or_default()
                    .to_owned(),
            };
            *facts.entry(name).or_default() += 1;
        }
        let _ = writeln!(out, "clusters {:?}\ndays {:?}", self.clusters, self.days);
        for (id, n) in elements {
            let _ = writeln!(out, "{id} {n}");
        }
        for (name, n) in facts {
            let _ = writeln!(out, "fact {name} {n}");
        }
        for finding in &self.findings {
            let text = CATALOGUE
                .finding(finding.code)
                .map(|t| t.message(finding, gdpr4k_model::Lang::En));
            let line = finding.line.map_or(String::new(), |l| format!(" line {l}"));
            let _ = writeln!(out, "{}{line}: {}", finding.code, text.unwrap_or_default());
        }
        out
    }
}

/// The bytes of a fixture.
pub(crate) fn fixture(path: &str) -> Vec<u8> {
    let path = format!("{}/../../tests/fixtures/{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}
