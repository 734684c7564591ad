//! Call records that the Collecting Agent has extended by personal data (formats-cdr 2.6).

use std::collections::BTreeMap;
use std::sync::Arc;

use gdpr4k_model::number::NumberPlans;
use gdpr4k_model::{Catalogue, Finding};
use gdpr4k_sources::cdr::{CdrReader, Context, Layout, Purpose};
use gdpr4k_sources::{Account, Fact, Reader, Record, Sink};

struct Counts<'c> {
    catalogue: &'c Catalogue,
    elements: BTreeMap<String, u64>,
    findings: Vec<&'static str>,
}

impl Sink for Counts<'_> {
    fn record(&mut self, record: &Record<'_>) {
        for value in record.values {
            let id = self.catalogue.element_entry(value.element).id.clone();
            *self.elements.entry(id).or_default() += 1;
        }
    }

    fn fact(&mut self, _: Fact) {}

    fn finding(&mut self, finding: Finding) {
        self.findings.push(finding.code);
    }
}

fn read(file: &str) -> (BTreeMap<String, u64>, Vec<&'static str>, Account) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/col/");
    let catalogue = Catalogue::builtin();
    let text = std::fs::read_to_string(format!("{folder}layout.toml")).unwrap();
    let layout = Layout::parse("layout.toml", &text, &catalogue);
    let layout = layout.unwrap_or_else(|p| panic!("{}", p[0]));
    let context = Context {
        purpose: Purpose::Accounting,
        plans: Arc::new(NumberPlans::default()),
        node: 0,
        today: "2026-11-22".parse().unwrap(),
        zone: None,
    };
    let mut counts = Counts {
        catalogue: &catalogue,
        elements: BTreeMap::new(),
        findings: Vec::new(),
    };
    let mut reader = CdrReader::new(Arc::new(layout), context);
    reader.feed(
        &std::fs::read(format!("{folder}{file}")).unwrap(),
        &mut counts,
    );
    let account = reader.finish(false, &mut counts);
    assert!(account.closes());
    (counts.elements, counts.findings, account)
}

#[test]
fn a_column_that_nobody_knows_is_personal() {
    let (elements, findings, account) = read("basic.csv");
    assert_eq!((account.records, account.noise), (2, 1));
    // two names, two cost centres, two units, one room, one that nobody knows
    assert_eq!(elements["O4K-FLD-COL-EXTENSION"], 8);
    assert_eq!(elements["O4K-FLD-CDR-CHARGED"], 2);
    // the columns are told, so that somebody gives them a meaning
    assert_eq!(findings, ["G4K-117"]);
}

#[test]
fn a_short_record_is_rejected_and_an_empty_file_says_nothing() {
    let (elements, findings, account) = read("dirty.csv");
    assert_eq!((account.records, account.rejected), (1, 1));
    assert_eq!(elements["O4K-FLD-COL-EXTENSION"], 4);
    assert_eq!(findings, ["G4K-103", "G4K-117"]);
    let (elements, _, account) = read("empty.csv");
    assert!(elements.is_empty() && account.lines == 0);
}
