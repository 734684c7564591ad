//! The rewriting of call records against a slow one that is written down here, for every layout.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use chrono::NaiveDate;
use gdpr4k_model::Catalogue;
use gdpr4k_model::catalogue::Stage;
use gdpr4k_model::number::{NumberPlan, NumberPlans};
use gdpr4k_model::retention::{Census, Suspension, Treatment};
use gdpr4k_model::site::Override;
use gdpr4k_policy::Policy;
use gdpr4k_policy::holds::Holds;
use gdpr4k_policy::mask::Masker;
use gdpr4k_policy::token::{Collisions, Memo};
use gdpr4k_policy::treat::{Decision, Events, Protected, Rules};
use gdpr4k_sources::cdr::{Block, Context, Layout, LineKind, Presets, Purpose, Tail};
use gdpr4k_store::effects::Effects;
use gdpr4k_store::files::SiteFolder;
use gdpr4k_store::keys::KeyRing;
use gdpr4k_store::rewrite::{Content, Job, Rewriter};
use gdpr4k_store::state::State;
use proptest::prelude::*;

use super::Error;
use super::calls::Calls;
use super::counts::Counts;
use super::keys::TokenRing;
use super::rulebook::Rulebook;
use super::watch::{Held, Watch};

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::builtin);
static PRESETS: LazyLock<Presets> = LazyLock::new(|| Presets::load(&CATALOGUE).unwrap());

const CLUSTERS: [&str; 5] = [
    "call-detail-outgoing",
    "call-detail-incoming",
    "call-detail-internal",
    "call-detail-failed",
    "call-detail-private",
];

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn plans() -> NumberPlans {
    NumberPlans::new([NumberPlan {
        country: "49".into(),
        area: "30".into(),
        main: "23125".into(),
        extension_length: 4,
        trunk_prefix: "0".into(),
    }])
}

fn stages(text: &str) -> Vec<Stage> {
    #[derive(serde::Deserialize)]
    struct Stages {
        stages: Vec<Stage>,
    }
    toml::from_str::<Stages>(&format!("stages = [{text}]"))
        .unwrap()
        .stages
}

/// What to do with call records.
#[derive(Clone, Debug)]
struct Rule {
    as_of: NaiveDate,
    stages: String,
    delete_after: &'static str,
    watched: bool,
}

fn rule() -> impl Strategy<Value = Rule> {
    let number = prop::sample::select(vec![
        r#"{ after = "P1D", fields = ["external-number"], action = "cut", digits = 3 }"#,
        // not "class": where only the numbers tell the direction, a class word leaves another kind of call (open)
        r#"{ after = "P1D", fields = ["external-number", "own-station"], action = "cut", digits = 2 }"#,
        r#"{ after = "P2D", fields = ["external-number"], action = "blank" }"#,
    ]);
    let token = prop::sample::select(vec![
        r#"{ after = "P3D", fields = ["own-station", "external-number", "name", "account-code", "person-id", "free-text"], action = "pseudonymise" }"#,
        r#"{ after = "P3D", fields = ["own-station", "account-code"], action = "pseudonymise" }"#,
        r#"{ after = "P3D", fields = ["name", "free-text"], action = "blank" }"#,
    ]);
    let coarse = prop::sample::select(vec![
        "",
        r#", { after = "P5D", fields = ["ip"], action = "generalise" }"#,
    ]);
    let as_of = prop::sample::select(vec![
        "2025-03-15",
        "2025-03-18",
        "2025-03-22",
        "2025-04-10",
        "2026-11-22",
    ]);
    let delete = prop::sample::select(vec!["P5D", "P20D", "P60D", "P9Y"]);
    (number, token, coarse, as_of, delete, any::<bool>()).prop_map(
        |(number, token, coarse, as_of, delete_after, watched)| Rule {
            as_of: day(as_of),
            stages: format!("{number}, {token}{coarse}"),
            delete_after,
            watched,
        },
    )
}

fn book(rule: &Rule) -> Rulebook<'static> {
    let overrides = |stages: &[Stage]| -> Vec<Override> {
        CLUSTERS
            .iter()
            .map(|cluster| Override {
                cluster: (*cluster).to_owned(),
                delete_after: Some(rule.delete_after.parse().unwrap()),
                fallback: Some(rule.delete_after.parse().unwrap()),
                starts_with: Some("call-end".to_owned()),
                stages: Some(stages.to_vec()),
                justification: Some("a test".to_owned()),
                ..Override::default()
            })
            .collect()
    };
    // stages that cannot come or that leave more than an earlier one are refused: without the last ones they are a rule
    let mut stages = stages(&rule.stages);
    let policy = loop {
        match Policy::resolve(&CATALOGUE, "de-business-only", &overrides(&stages)) {
            Ok(policy) => break policy,
            Err(problems) => assert!(stages.pop().is_some(), "{problems}"),
        }
    };
    let plans = Arc::new(plans());
    let (protected, _) = Protected::new(
        &plans,
        if rule.watched { &["4712"][..] } else { &[] }
            .iter()
            .copied(),
    );
    let mut watch = Watch::default();
    let mut suspensions = Vec::new();
    if rule.watched {
        watch.hold(
            "+493023125014",
            Held {
                id: "H1".to_owned(),
                from: None,
                to: Some(day("2025-03-14")),
            },
        );
        suspensions.push(Suspension {
            id: "H1".to_owned(),
            by_number: true,
            ..Suspension::default()
        });
        suspensions.push(Suspension {
            id: "H2".to_owned(),
            cluster: Some("call-detail-incoming".to_owned()),
            from: Some(day("2025-03-15")),
            ..Suspension::default()
        });
    }
    Rulebook::new(
        &CATALOGUE,
        plans,
        Rules::compile(&policy, rule.as_of, Events::default()),
        protected,
        watch,
        Holds::on(&suspensions, rule.as_of).unwrap(),
    )
}

/// What became of a file.
#[derive(Debug, PartialEq)]
struct Became {
    bytes: Vec<u8>,
    quarantine: Vec<u8>,
    counts: Counts,
    read: Content,
    written: Content,
}

struct Site {
    dir: tempfile::TempDir,
}

impl Site {
    fn new(bytes: &[u8]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("site")).unwrap();
        std::fs::write(dir.path().join("site/a.txt"), bytes).unwrap();
        Self { dir }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.dir.path().join(name)
    }

    fn ring(&self) -> KeyRing {
        KeyRing::open(
            &self.path("keys"),
            &self.path("state"),
            None,
            &Effects::real(),
        )
        .unwrap()
    }

    fn calls<'b>(&self, book: &'b Rulebook<'b>, layout: &Arc<Layout>, block: usize) -> Calls<'b> {
        let context = Context {
            purpose: Purpose::Accounting,
            plans: Arc::clone(&book.plans),
            node: 0,
            today: book.rules.as_of(),
            zone: None,
        };
        let mut calls = Calls::new(
            book,
            Arc::clone(layout),
            context,
            ("a.txt", ""),
            day("2025-03-16"),
        );
        calls.block = block;
        calls
    }

    fn census(&self, calls: &Calls<'_>) -> Census {
        let folder = SiteFolder::open(&self.path("site"), chrono_tz::Europe::Berlin).unwrap();
        let source = folder.read(&folder.file("a.txt")).unwrap();
        calls.census(&source, false, &|_| {}).unwrap()
    }

    fn rewrite(&self, calls: &Calls<'_>) -> Became {
        let old = std::fs::read(self.path("site/a.txt")).unwrap();
        let state = State::open(&self.path("state")).unwrap();
        let id = gdpr4k_store::runs::new_id().unwrap();
        let rewriter = Rewriter::new(
            &state,
            self.path("site"),
            self.path("quarantine"),
            &id,
            &Effects::real(),
        )
        .unwrap();
        let expected = Content {
            bytes: old.len() as u64,
            digest: format!("blake3:{}", blake3::hash(&old).to_hex()),
        };
        let job = Job {
            path: "a.txt",
            expected: &expected,
            quarantine_until: day("2027-01-01"),
        };
        let ring = self.ring();
        let keys = TokenRing::new(&ring, "accounting", 4);
        let done = rewriter
            .replace(&job, |source, output, quarantine| {
                calls.rewrite(&keys, source, output, quarantine, &|_| {})
            })
            .map_err(|e: Error| e.to_string())
            .unwrap();
        let quarantine = done.quarantine.map_or_else(Vec::new, |q| {
            std::fs::read(self.path("quarantine").join(q)).unwrap()
        });
        Became {
            bytes: std::fs::read(self.path("site/a.txt")).unwrap(),
            quarantine,
            counts: done.report,
            read: done.before,
            written: done.after.unwrap(),
        }
    }
}

/// The same by the slowest way: one line after the other, headers put back by looking ahead.
fn slowly(calls: &Calls<'_>, ring: &KeyRing, bytes: &[u8]) -> (Vec<u8>, Vec<u8>, Counts, u64) {
    enum Left {
        Line(Vec<u8>),
        Gone,
        Header(Vec<u8>),
        Blank(Vec<u8>),
    }
    let keys = TokenRing::new(ring, "accounting", 4);
    let form =
        gdpr4k_sources::cdr::FileForm::of(Arc::clone(&calls.layout), calls.context.clone(), bytes);
    let holds = calls.book.holds.of_file(calls.path);
    let (mut memo, mut collisions) = (Memo::new(4), Collisions::new(1000));
    let (mut left, mut quarantine, mut counts, mut damaged) =
        (Vec::new(), Vec::new(), Counts::default(), 0);
    let block = Block {
        raw: bytes,
        from: 0,
        to: bytes.len(),
        start: Some(0),
        skip_to: form.skipped(bytes, true).unwrap(),
        tail: Tail::End,
    };
    form.places().read(&block, |_, line| {
        let own = &bytes[line.from..line.to];
        let mark = own.strip_prefix(b"\xef\xbb\xbf").filter(|_| line.from == 0);
        let without_mark = mark.unwrap_or(own);
        let placed = match line.kind {
            LineKind::Record(placed) => placed,
            LineKind::Noise => return left.push(Left::Header(own.to_vec())),
            LineKind::Blank => return left.push(Left::Blank(own.to_vec())),
            LineKind::Pending => return left.push(Left::Line(own.to_vec())),
            LineKind::Damaged(_) => {
                quarantine.extend_from_slice(without_mark);
                damaged += 1;
                if mark.is_some() {
                    left.push(Left::Line(b"\xef\xbb\xbf".to_vec()));
                }
                return left.push(Left::Gone);
            }
        };
        let said = calls.said(&placed);
        let order = match calls.decision(&holds, &said) {
            Some(Decision::Treat(order)) => order,
            decision => {
                counts.stays(said.cluster, decision.is_none());
                return left.push(Left::Line(own.to_vec()));
            }
        };
        counts.treated(said.cluster, &order, said.day);
        if order.action == Treatment::Delete {
            if mark.is_some() {
                left.push(Left::Line(b"\xef\xbb\xbf".to_vec()));
            }
            return left.push(Left::Gone);
        }
        let tokens = keys
            .of(gdpr4k_model::retention::Quarter::of(said.day))
            .unwrap();
        let mut masker = Masker {
            numbers: &calls.book.numbers,
            keys: &tokens,
            memo: &mut memo,
            collisions: &mut collisions,
        };
        let mut new = own.to_vec();
        for (place, mut value) in calls
            .edits(&placed, &said, &order, &mut masker)
            .into_iter()
            .rev()
        {
            form.encode(&mut value);
            new.splice(place.start - line.from..place.end - line.from, value);
        }
        left.push(Left::Line(new));
    });
    // a header stays unless its block had records and has none left
    let mut out = Vec::new();
    for (i, l) in left.iter().enumerate() {
        let (bytes, waits) = match l {
            Left::Line(bytes) => (bytes, false),
            Left::Gone => continue,
            Left::Header(bytes) => (bytes, true),
            // a blank line belongs to a header only if one stands before it without a record that stays between
            Left::Blank(bytes) => {
                let before = left[..i]
                    .iter()
                    .rev()
                    .find(|b| matches!(b, Left::Line(_) | Left::Header(_)));
                (bytes, matches!(before, Some(Left::Header(_))))
            }
        };
        let mut stays = true;
        if waits {
            let mut had = matches!(l, Left::Blank(_))
                && gone_before(
                    &left[..i],
                    |b| matches!(b, Left::Gone),
                    |b| matches!(b, Left::Header(_)),
                );
            stays = loop_ahead(&left[i + 1..], &mut had, |b| match b {
                Left::Line(_) => Ahead::Stays,
                Left::Gone => Ahead::Gone,
                Left::Header(_) => Ahead::Header,
                Left::Blank(_) => Ahead::Nothing,
            });
        }
        if stays {
            out.extend_from_slice(bytes);
        }
    }
    (out, quarantine, counts, damaged)
}

enum Ahead {
    Stays,
    Gone,
    Header,
    Nothing,
}

/// Whether a record was lost between the last header and here.
fn gone_before<T>(before: &[T], gone: impl Fn(&T) -> bool, header: impl Fn(&T) -> bool) -> bool {
    before.iter().rev().take_while(|b| !header(b)).any(gone)
}

fn loop_ahead<T>(ahead: &[T], had: &mut bool, kind: impl Fn(&T) -> Ahead) -> bool {
    for l in ahead {
        match kind(l) {
            Ahead::Stays => return true,
            Ahead::Gone => *had = true,
            Ahead::Header if *had => return false,
            Ahead::Header | Ahead::Nothing => {}
        }
    }
    !*had
}

fn in_threads<T: Send>(threads: usize, job: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap();
    pool.install(job)
}

/// Rewrites bytes both ways and compares everything that can be seen; gives what is left.
fn compare(layout: &Arc<Layout>, bytes: &[u8], rule: &Rule, block: usize) -> Vec<u8> {
    compared(layout, bytes, rule, block, true)
}

/// As [`compare`]; `twice`: whether a second run has to change nothing.
///
/// Open: in a file of random damage a record may be read as another kind of call after its numbers were cut.
fn compared(layout: &Arc<Layout>, bytes: &[u8], rule: &Rule, block: usize, twice: bool) -> Vec<u8> {
    let (site, book) = (Site::new(bytes), book(rule));
    let calls = site.calls(&book, layout, block);
    let (census, became) = in_threads(3, || (site.census(&calls), site.rewrite(&calls)));
    let (want, quarantine, counts, damaged) = slowly(&calls, &site.ring(), bytes);
    let shown = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
    assert_eq!(
        shown(&became.bytes),
        shown(&want),
        "{} {rule:?}",
        layout.name
    );
    assert_eq!(became.bytes, want);
    assert_eq!(became.quarantine, quarantine);
    assert_eq!(became.counts.quarantined, damaged);
    assert_eq!(
        became.counts.shown(),
        counts.shown(),
        "{} {rule:?}",
        layout.name
    );
    assert_eq!(census.digest, became.read.digest);
    assert_eq!(
        (census.bytes, became.read.bytes),
        (bytes.len() as u64, bytes.len() as u64)
    );
    assert_eq!(became.written.bytes, want.len() as u64);
    assert_eq!(
        became.written.digest,
        format!("blake3:{}", blake3::hash(&want).to_hex())
    );
    assert_eq!(census.damaged, damaged);
    assert_eq!(census.records, counts.records());

    // the census says what the run does
    let said = slow_census(&calls, bytes);
    assert_eq!(census.buckets, said);

    // twice is once, and nothing that is due is left but what is blocked or suspended
    let again = site.rewrite(&calls);
    assert!(
        !twice || shown(&again.bytes) == shown(&want),
        "twice is once: {} {rule:?}",
        layout.name
    );
    want
}

fn slow_census(calls: &Calls<'_>, bytes: &[u8]) -> Vec<gdpr4k_model::retention::Bucket> {
    let form =
        gdpr4k_sources::cdr::FileForm::of(Arc::clone(&calls.layout), calls.context.clone(), bytes);
    let mut buckets = std::collections::BTreeMap::new();
    let block = Block {
        raw: bytes,
        from: 0,
        to: bytes.len(),
        start: Some(0),
        skip_to: form.skipped(bytes, true).unwrap(),
        tail: Tail::End,
    };
    form.places().read(&block, |_, line| {
        if let LineKind::Record(placed) = line.kind {
            *buckets.entry(calls.said(&placed).bucket()).or_insert(0u64) += 1;
        }
    });
    buckets
        .into_iter()
        .map(|(b, records)| gdpr4k_model::retention::Bucket { records, ..b })
        .collect()
}

fn fixtures() -> Vec<(Arc<Layout>, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/cdr");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    files.sort();
    let layout = |p: &Path| {
        PRESETS
            .get(p.file_name()?.to_str()?.split('.').next()?)
            .map(Arc::clone)
    };
    files
        .iter()
        .filter_map(|p| Some((layout(p)?, std::fs::read(p).unwrap())))
        .filter(|(_, b)| !b.is_empty())
        .collect()
}

#[test]
fn every_fixture_is_rewritten_as_the_slow_way_does_it() {
    let all = fixtures();
    assert!(all.len() > 15);
    let mut changed = 0;
    for (layout, bytes) in all {
        for (i, as_of) in ["2025-03-18", "2025-03-30", "2026-11-22"]
            .into_iter()
            .enumerate()
        {
            let rule = Rule {
                as_of: day(as_of),
                stages: r#"{ after = "P1D", fields = ["external-number"], action = "cut", digits = 3 }, { after = "P3D", fields = ["own-station", "name", "account-code"], action = "pseudonymise" }"#.to_owned(),
                delete_after: ["P3D", "P30D", "P9Y"][i],
                watched: i == 1,
            };
            // many times over, so that there are many blocks
            let bytes = bytes.repeat(20);
            changed += usize::from(compare(&layout, &bytes, &rule, 1 << (10 + i)) != bytes);
        }
    }
    assert!(changed > 20, "{changed}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2500, ..ProptestConfig::default() })]

    #[test]
    fn damaged_files_are_rewritten_as_the_slow_way_does_it(
        which in any::<prop::sample::Index>(),
        times in 1usize..40,
        edits in proptest::collection::vec((any::<prop::sample::Index>(), prop_oneof![
            2 => any::<u8>(), 2 => Just(b'\n'), 1 => Just(b'\r'), 1 => Just(0x10u8), 1 => Just(0x0cu8), 1 => Just(b' '), 2 => b'0'..=b'9', 1 => Just(b'z'),
        ], any::<bool>()), 0..12),
        rule in rule(),
        size in 0u32..4,
        mark in any::<bool>(),
    ) {
        let all = fixtures();
        let (layout, bytes) = &all[which.index(all.len())];
        let mut bytes = bytes.repeat(times);
        for (at, byte, insert) in edits {
            let at = at.index(bytes.len());
            if insert { bytes.insert(at, byte) } else { bytes[at] = byte }
        }
        if mark {
            bytes.splice(0..0, *b"\xef\xbb\xbf");
        }
        compared(layout, &bytes, &rule, 1024 << size, false);
    }
}

#[test]
fn a_large_file_goes_through_many_pieces() {
    let layout = PRESETS.get("ftbl-example-a").unwrap();
    let mut bytes = Vec::new();
    for i in 0..12_000 {
        let line = format!(
            "{:02}.03.2025 09:{:02}:{:02} 00:03:27 {:>10} {:<22} {:>3}   2 1\r\n",
            1 + i % 28,
            i / 60 % 60,
            i % 60,
            4000 + i % 900,
            format!("0030{}", 22_222_000 + i * 7 % 40_000),
            i % 99
        );
        bytes.extend_from_slice(line.as_bytes());
    }
    let rule = Rule {
        as_of: day("2025-04-10"),
        stages: r#"{ after = "P1D", fields = ["own-station", "external-number"], action = "pseudonymise" }"#.to_owned(),
        delete_after: "P30D",
        watched: false,
    };
    for block in [64 << 10, 128 << 10, 1 << 20] {
        let left = compare(layout, &bytes, &rule, block);
        assert!(left.len() > 256 << 10 && left.len() < bytes.len());
        // the width of every record stays
        assert!(left.chunks(74).all(|l| l.ends_with(b"\r\n")));
    }
}

#[test]
fn a_line_longer_than_memory_allows_is_put_aside_whole() {
    let layout = PRESETS.get("openscape-business").unwrap();
    let line = "14.03.25|09:12:44|201|4711|00:06|00:03:27|03023125014||1|||||\r\n";
    let long = "x".repeat((3 << 20) + 17);
    let bytes = format!("{}{long}\r\n{}", line.repeat(900), line.repeat(900));
    let rule = Rule {
        as_of: day("2025-03-18"),
        stages: r#"{ after = "P1D", fields = ["own-station"], action = "pseudonymise" }"#
            .to_owned(),
        delete_after: "P9Y",
        watched: false,
    };
    for block in [1 << 10, 64 << 10, 512 << 10] {
        compare(layout, bytes.as_bytes(), &rule, block);
    }
    // up to the end of the file, and without an end
    for bytes in [
        format!("{line}{long}"),
        long.clone(),
        format!("{line}{long}\r\n"),
    ] {
        compare(layout, bytes.as_bytes(), &rule, 4 << 10);
    }
}

#[test]
fn an_empty_file_stays_empty() {
    let rule = Rule {
        as_of: day("2025-03-18"),
        stages: String::new(),
        delete_after: "P9Y",
        watched: false,
    };
    for (layout, _) in fixtures() {
        assert!(compare(&layout, b"", &rule, 1 << 10).is_empty());
    }
}
