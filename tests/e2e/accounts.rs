//! Every line of every fixture is accounted for, in whatever blocks it is read.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gdpr4k_model::number::{NumberPlan, NumberPlans};
use gdpr4k_model::{Catalogue, Finding};
use gdpr4k_sources::amo::{AmoKnowledge, AmoReader, Mode};
use gdpr4k_sources::cdr::{CdrReader, Context, Presets, Purpose};
use gdpr4k_sources::directory::DirectoryReader;
use gdpr4k_sources::journal::JournalReader;
use gdpr4k_sources::knowledge::TableKnowledge;
use gdpr4k_sources::log::AssistantLogReader;
use gdpr4k_sources::syslog::SyslogReader;
use gdpr4k_sources::xie::XieReader;
use gdpr4k_sources::{Account, Fact, Reader, Record, Sink};
use gdpr4k_tests::repository;

/// Counts what a reader gives.
#[derive(Default)]
struct Count {
    records: u64,
    values: u64,
    lines: Vec<u64>,
    codes: Vec<(&'static str, Option<u64>)>,
}

impl Sink for Count {
    fn record(&mut self, record: &Record<'_>) {
        self.records += 1;
        self.values += record.values.len() as u64;
        self.lines.push(record.line);
    }
    fn fact(&mut self, _: Fact) {}
    fn finding(&mut self, finding: Finding) {
        self.codes.push((finding.code, finding.line));
    }
}

struct Known {
    catalogue: Catalogue,
    amo: AmoKnowledge,
    tables: TableKnowledge,
    presets: Presets,
}

impl Known {
    fn new() -> Self {
        let catalogue = Catalogue::builtin();
        Self {
            amo: AmoKnowledge::new(&catalogue, &[])
                .unwrap_or_else(|p| panic!("{} problems", p.len())),
            tables: TableKnowledge::new(&catalogue).unwrap_or_else(|p| panic!("{p}")),
            presets: Presets::load(&catalogue).unwrap_or_else(|p| panic!("{} problems", p.len())),
            catalogue,
        }
    }

    /// The reader for a fixture; none for files that are no data of a source.
    fn reader(&self, kind: &str, file: &Path) -> Option<Box<dyn Reader + '_>> {
        let name = file.file_name()?.to_str()?;
        Some(match kind {
            "amo-regen" => Box::new(AmoReader::new(&self.amo, Mode::Regen, name)),
            "amo-session" => Box::new(AmoReader::new(&self.amo, Mode::Session, name)),
            "amo-logbk" => Box::new(AmoReader::new(&self.amo, Mode::Logbk, name)),
            "xie" => Box::new(XieReader::new(&self.tables, name)),
            "directory" => Box::new(DirectoryReader::new(&self.tables, None)),
            "call-journal" => Box::new(JournalReader::new(&self.tables, None, None)),
            "assistant-log" => Box::new(AssistantLogReader::new(&self.tables, None, name, &[])),
            "syslog" => Box::new(SyslogReader::new(
                &self.tables,
                "2026-10-31".parse().ok(),
                Some("Europe/Berlin".parse().ok()?),
                &[],
            )),
            // a listing that layouts are compiled from
            "cdr" if name == "regenerate-ftbl.txt" => {
                Box::new(AmoReader::new(&self.amo, Mode::Session, name))
            }
            "cdr" => {
                let layout = self.presets.get(name.split('.').next()?);
                Box::new(CdrReader::new(
                    Arc::clone(layout.unwrap_or_else(|| panic!("{name}: no preset"))),
                    context(),
                ))
            }
            _ => return None,
        })
    }
}

fn context() -> Context {
    let plan = NumberPlan {
        country: "49".into(),
        area: "30".into(),
        main: "23125".into(),
        extension_length: 4,
        trunk_prefix: "0".into(),
    };
    Context {
        purpose: Purpose::Accounting,
        plans: Arc::new(NumberPlans::new([plan])),
        node: 0,
        today: "2026-11-22".parse().unwrap_or_default(),
        zone: Some("Europe/Berlin".parse().unwrap()),
    }
}

fn fixtures() -> Vec<(String, PathBuf)> {
    let mut out = Vec::new();
    for folder in std::fs::read_dir(repository().join("tests/fixtures"))
        .unwrap()
        .flatten()
    {
        let kind = folder.file_name().into_string().unwrap();
        for file in std::fs::read_dir(folder.path()).unwrap().flatten() {
            out.push((kind.clone(), file.path()));
        }
    }
    out.sort();
    out
}

fn read(mut reader: Box<dyn Reader + '_>, bytes: &[u8], block: usize) -> (Account, Count) {
    let mut count = Count::default();
    bytes.chunks(block).for_each(|b| reader.feed(b, &mut count));
    let account = reader.finish(false, &mut count);
    (account, count)
}

#[test]
fn the_account_of_every_fixture_closes() {
    let known = Known::new();
    let (mut files, mut kinds) = (0, std::collections::BTreeSet::new());
    for (kind, path) in fixtures() {
        let Some(reader) = known.reader(&kind, &path) else {
            continue;
        };
        let name = format!("{kind}/{}", path.file_name().unwrap().to_string_lossy());
        let bytes = std::fs::read(&path).unwrap();
        let (account, count) = read(reader, &bytes, usize::MAX);
        assert!(account.closes(), "{name}: {account:?}");
        assert_eq!(
            account.pending, 0,
            "{name}: nothing is pending in a closed file"
        );
        assert_eq!(account.lines == 0, bytes.is_empty(), "{name}: {account:?}");
        // every rejected line has its own finding, with a line inside the file
        let severe = |code: &str| {
            known
                .catalogue
                .finding(code)
                .is_some_and(|t| t.severity == gdpr4k_model::Severity::Error)
        };
        let rejected = count
            .codes
            .iter()
            .filter(|(c, line)| severe(c) && line.is_some())
            .count() as u64;
        assert!(
            rejected >= account.rejected,
            "{name}: {account:?}, but errors {:?}",
            count.codes
        );
        assert!(
            count
                .codes
                .iter()
                .all(|(_, l)| l.is_none_or(|l| l >= 1 && l <= account.lines)),
            "{name}: {:?}",
            count.codes
        );
        assert!(
            count.lines.iter().all(|l| *l >= 1 && *l <= account.lines),
            "{name}: a record outside the file"
        );
        assert!(
            count.records >= u64::from(account.records > 0),
            "{name}: {account:?} and no record"
        );
        for block in [1, 5, 4096] {
            let Some(again) = known.reader(&kind, &path) else {
                continue;
            };
            let (other, seen) = read(again, &bytes, block);
            assert_eq!(
                (other, seen.values, &seen.codes),
                (account, count.values, &count.codes),
                "{name} in blocks of {block}"
            );
        }
        files += 1;
        kinds.insert(kind);
    }
    assert!(
        files >= 50 && kinds.len() >= 9,
        "only {files} fixtures of {kinds:?}"
    );
}

/// A fixture cut at every byte and with every byte damaged in turn, as long as it is small.
#[test]
fn the_account_closes_wherever_a_file_is_cut() {
    let known = Known::new();
    for (kind, path) in fixtures() {
        let bytes = std::fs::read(&path).unwrap();
        for cut in (0..bytes.len().min(4000)).step_by(37) {
            let Some(mut reader) = known.reader(&kind, &path) else {
                continue;
            };
            let mut count = Count::default();
            reader.feed(&bytes[..cut], &mut count);
            let account = reader.finish(cut % 2 == 0, &mut count);
            assert!(
                account.closes(),
                "{} cut at {cut}: {account:?}",
                path.display()
            );
        }
    }
}
