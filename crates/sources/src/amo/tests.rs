//! The reader as a whole.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use gdpr4k_model::Finding;
use gdpr4k_model::catalogue::ElementIx;

use super::{AmoKnowledge, AmoReader, Mode};
use crate::record::{Account, Fact, Reader, Record, Sink};

thread_local! {
    static IDS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// The built-in knowledge over a stand-in for the catalogue that knows every id.
pub(crate) fn knowledge() -> AmoKnowledge {
    let find = |id: &str| {
        IDS.with_borrow_mut(|ids| {
            let at = ids.iter().position(|i| i == id).unwrap_or_else(|| {
                ids.push(id.to_owned());
                ids.len() - 1
            });
            Some(ElementIx(at as u16))
        })
    };
    AmoKnowledge::with(&find, &[]).unwrap()
}

fn id(e: ElementIx) -> String {
    IDS.with_borrow(|ids| ids[e.0 as usize].trim_start_matches("O4K-FLD-").to_owned())
}

#[derive(Default)]
pub(crate) struct Found {
    /// line, day, values as `element=value`, `?` where unverified.
    records: Vec<(u64, String, Vec<String>)>,
    facts: Vec<Fact>,
    findings: Vec<Finding>,
}

impl Sink for Found {
    fn record(&mut self, r: &Record<'_>) {
        let day = r.day.map_or(String::new(), |d| d.to_string());
        let values = r.values.iter();
        let values = values.map(|v| format!("{}{}={}", id(v.element), if v.unverified { "?" } else { "" }, String::from_utf8_lossy(v.text)));
        self.records.push((r.line, day, values.collect()));
    }
    fn fact(&mut self, fact: Fact) {
        self.facts.push(fact);
    }
    fn finding(&mut self, finding: Finding) {
        self.findings.push(finding);
    }
}

pub(crate) fn read(mode: Mode, bytes: &[u8], growing: bool) -> (Account, Found) {
    let know = knowledge();
    let mut reader = AmoReader::new(&know, mode, "x.txt");
    let mut found = Found::default();
    for block in bytes.chunks(7919) {
        reader.feed(block, &mut found);
    }
    let account = reader.finish(growing, &mut found);
    assert!(account.closes(), "{account:?}");
    assert_eq!(account.records, found.records.len() as u64, "one record each");
    assert!(found.records.windows(2).all(|w| w[0].0 < w[1].0), "file order");
    (account, found)
}

/// The values of a single command.
fn values(text: &str) -> Vec<String> {
    let (_, found) = read(Mode::Session, text.as_bytes(), false);
    found.records.into_iter().flat_map(|r| r.2).collect()
}

/// Element ids, counts, facts and findings, without a value.
fn summary(mode: Mode, bytes: &[u8]) -> String {
    let (a, found) = read(mode, bytes, false);
    let mut out = format!("{} lines = {} + {} + {} + {} + {}\n", a.lines, a.records, a.continuation, a.noise, a.rejected, a.pending);
    let mut elements: BTreeMap<String, u64> = BTreeMap::new();
    let mut facts: BTreeMap<String, u64> = BTreeMap::new();
    for value in found.records.iter().flat_map(|r| &r.2) {
        *elements.entry(value.split('=').next().unwrap_or("").to_owned()).or_default() += 1;
    }
    for fact in &found.facts {
        let name = match fact {
            Fact::Refers { from, .. } => format!("Refers from {from}"),
            Fact::NotPersonal { from, .. } => format!("NotPersonal from {from}"),
            Fact::Monitoring { feature, .. } => format!("Monitoring {feature}"),
            Fact::Seen { kind, name, records } => format!("Seen {kind} {name} {records}"),
            other => format!("{other:?}").split(' ').next().unwrap_or("").to_owned(),
        };
        *facts.entry(name).or_default() += 1;
    }
    for (name, n) in elements.iter().chain(&facts) {
        let _ = writeln!(out, "{n:>4} {name}");
    }
    for f in &found.findings {
        let _ = write!(out, "{}", f.code);
        if let Some(line) = f.line {
            let _ = write!(out, " line {line}");
        }
        for (name, arg) in &f.args {
            let _ = write!(out, " {name}={arg}");
        }
        out.push('\n');
    }
    out
}

#[test]
fn the_record_of_a_person_is_read_by_position_and_by_keyword() {
    let want = [
        "CORE-STATION=7801",
        "CORE-DISPLAYNAME=Beispiel*Erika",
        "CORE-SURNAME=Beispiel",
        "CORE-FIRSTNAME=Erika",
        "CORE-ORGUNIT=VERTRIEB2",
        "CORE-PIN=48213",
    ];
    assert_eq!(values("ADD-PERSI:STN,7801,\"Beispiel*Erika\",\"VERTRIEB2\",,,48213;\n"), want);
    assert_eq!(values("ADD-PERSI:TYPE=STN,STNO=7801,NAME=\"Beispiel*Erika\",ORG=\"VERTRIEB2\",PIN1=48213;\n"), want);
    assert_eq!(values("M2 1 EINRICHTEN-PERSI:TYP=TLN,TLNNU=7801,NAME=\"Beispiel*Erika\",\n  ORG=\"VERTRIEB2\",PIN1=48213;\n"), want);
    assert_eq!(values("add-persi:stn,7801,name=\"Beispiel*Erika\",org=\"VERTRIEB2\",pin1=48213;"), want);
}
