//! Presets against the sample lines of formats-cdr.md, damage, and hostile input.

mod own;

use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

use gdpr4k_model::Catalogue;
use gdpr4k_model::number::{NumberPlan, NumberPlans};
use proptest::prelude::*;

use super::*;
use crate::{Account, Fact, Reader, Record, Sink};

pub(super) static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::builtin);
pub(super) static PRESETS: LazyLock<Presets> = LazyLock::new(|| match Presets::load(&CATALOGUE) {
    Ok(presets) => presets,
    Err(problems) => panic!(
        "{}",
        problems
            .iter()
            .map(|p| format!("{p}\n"))
            .collect::<String>()
    ),
});

pub(super) fn context() -> Context {
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
        today: "2026-11-22".parse().unwrap(),
        zone: Some(chrono_tz::Europe::Berlin),
    }
}

/// What a sink saw: counts, days, clusters and element ids, never a value.
#[derive(Default)]
struct Seen {
    text: String,
    values: Vec<(String, Vec<u8>)>,
    findings: Vec<gdpr4k_model::Finding>,
}

impl Sink for Seen {
    fn record(&mut self, record: &Record<'_>) {
        let cluster = record
            .cluster
            .map_or("-", |c| CATALOGUE.cluster_entry(c).id.as_str());
        let day = record.day.map_or_else(|| "-".to_owned(), |d| d.to_string());
        let _ = write!(self.text, "{} {day} {cluster}:", record.line);
        for v in record.values {
            let id = &CATALOGUE.element_entry(v.element).id;
            assert!(std::str::from_utf8(v.text).is_ok());
            assert!(!v.text.is_empty());
            let short = id.strip_prefix("O4K-FLD-").unwrap_or(id);
            let _ = write!(
                self.text,
                " {}",
                short.strip_prefix("CDR-").unwrap_or(short)
            );
            self.values.push((id.clone(), v.text.to_vec()));
        }
        self.text.push('\n');
    }

    fn fact(&mut self, _fact: Fact) {}

    fn finding(&mut self, finding: gdpr4k_model::Finding) {
        self.findings.push(finding);
    }
}

fn read(layout: &Arc<Layout>, bytes: &[u8], block: usize, growing: bool) -> (Seen, Account) {
    let mut seen = Seen::default();
    let mut reader = CdrReader::new(Arc::clone(layout), context());
    for part in bytes.chunks(block.max(1)) {
        reader.feed(part, &mut seen);
    }
    let account = reader.finish(growing, &mut seen);
    (seen, account)
}

/// Text of an account and the records and findings: fit for a snapshot.
fn told(layout: &Arc<Layout>, bytes: &[u8]) -> String {
    let (seen, a) = read(layout, bytes, usize::MAX, false);
    assert!(a.closes());
    for block in [1, 7, 64] {
        let (again, b) = read(layout, bytes, block, false);
        assert_eq!(
            (&seen.text, a, &seen.findings),
            (&again.text, b, &again.findings),
            "blocks of {block}"
        );
    }
    let mut out = seen.text;
    for f in seen.findings {
        assert!(
            CATALOGUE.finding(f.code).is_some(),
            "{} is not declared",
            f.code
        );
        let line = f.line.map_or_else(|| "-".to_owned(), |l| l.to_string());
        let args: Vec<String> = f.args.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let _ = writeln!(out, "{} at {line} {}", f.code, args.join(" "));
    }
    let _ = writeln!(
        out,
        "lines {} = {} records + {} noise + {} rejected + {} pending",
        a.lines, a.records, a.noise, a.rejected, a.pending
    );
    out
}

pub(super) fn preset(name: &str) -> Arc<Layout> {
    Arc::clone(
        PRESETS
            .get(name)
            .unwrap_or_else(|| panic!("no preset {name}")),
    )
}

pub(super) fn fixture(name: &str) -> Vec<u8> {
    let path = format!(
        "{}/../../tests/fixtures/cdr/{name}",
        env!("CARGO_MANIFEST_DIR")
    );
    std::fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

#[test]
fn presets_load_and_have_their_names() {
    let names: Vec<&str> = PRESETS.all().iter().map(|l| l.name.as_str()).collect();
    for name in [
        "ftbl-example-a",
        "ftbl-example-b",
        "dp-system",
        "hicom-300-serial",
        "openscape-business",
        "openscape-voice-bf",
        "hipath-3000",
        "hipath-3000-long",
        "hipath-5000",
        "hicom-100e",
        "asterisk-csv",
    ] {
        assert!(names.contains(&name), "{name}");
    }
}

#[test]
fn every_fixture_reads_as_its_snapshot_says() {
    let folder = format!("{}/../../tests/fixtures/cdr", env!("CARGO_MANIFEST_DIR"));
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|n| !n.starts_with("regenerate"))
        .collect();
    names.sort();
    assert!(names.len() > 15);
    for name in names {
        let layout = preset(name.split('.').next().unwrap());
        insta::assert_snapshot!(name.replace('.', "-"), told(&layout, &fixture(&name)));
    }
}

#[test]
fn values_are_cut_out_of_the_record_without_padding() {
    let (seen, _) = read(
        &preset("ftbl-example-a"),
        &fixture("ftbl-example-a.basic.txt"),
        5,
        false,
    );
    let first: Vec<(&str, &str)> = seen.values[..7]
        .iter()
        .map(|(id, text)| (id.as_str(), std::str::from_utf8(text).unwrap()))
        .collect();
    assert_eq!(
        first,
        [
            ("O4K-FLD-CDR-START", "14.03.2025 09:12:44"),
            ("O4K-FLD-CDR-DURATION", "00:03:27"),
            ("O4K-FLD-CDR-CHARGED", "4711"),
            ("O4K-FLD-CDR-DESTINATION", "003023125014"),
            ("O4K-FLD-CDR-OTHER", "12"),
            ("O4K-FLD-CDR-CONNTYPE", "2"),
            ("O4K-FLD-CDR-OTHER", "1"),
        ]
    );
    let (seen, _) = read(
        &preset("asterisk-csv"),
        &fixture("asterisk-csv.basic.csv"),
        5,
        false,
    );
    let name = seen
        .values
        .iter()
        .find(|(id, _)| id == "O4K-FLD-CDR-PARTYNAME")
        .unwrap();
    assert_eq!(name.1, b"\"Demo User\" <4711>");
    let (seen, _) = read(
        &preset("dp-system"),
        &fixture("dp-system.ebcdic.bin"),
        5,
        false,
    );
    assert!(
        seen.values
            .iter()
            .any(|(id, v)| id == "O4K-FLD-CDR-DESTINATION" && v == b"003023125014")
    );
    assert_eq!(
        seen.values
            .iter()
            .filter(|(id, _)| id == "O4K-FLD-CDR-PIN")
            .count(),
        1
    );
}

#[test]
fn the_last_line_of_a_growing_file_is_pending() {
    let layout = preset("hicom-300-serial");
    let bytes = fixture("hicom-300-serial.dirty.txt");
    let (_, closed) = read(&layout, &bytes, 9, false);
    let (seen, growing) = read(&layout, &bytes, 9, true);
    assert_eq!((closed.rejected, closed.pending), (1, 0));
    assert_eq!((growing.rejected, growing.pending), (0, 1));
    assert!(seen.findings.iter().all(|f| f.code == "G4K-110"));
    // whole but without a record end: a record in a closed file
    let whole = &fixture("hicom-300-serial.basic.txt")[..66];
    assert_eq!(read(&layout, whole, 9, false).1.records, 1);
    assert_eq!(read(&layout, whole, 9, true).1.pending, 1);
}

#[test]
fn parts_add_up_to_the_whole() {
    let layout = preset("asterisk-csv");
    let one = fixture("asterisk-csv.basic.csv");
    let bytes = one.repeat(50);
    let border = boundary(&layout, &bytes);
    assert_eq!(border, Boundary::After(b'\n'));
    let from = bytes.len() as u64 / 2;
    let cut = border.next(&layout, from, &bytes[from as usize..]).unwrap() as usize;
    let (mut sum, mut sink) = (Account::default(), Seen::default());
    for (bytes, part) in [(&bytes[..cut], Part::First), (&bytes[cut..], Part::Later)] {
        let mut reader = CdrReader::part(Arc::clone(&layout), context(), part);
        reader.feed(bytes, &mut sink);
        sum.add(&reader.finish(false, &mut sink));
    }
    assert_eq!(sum, read(&layout, &bytes, 4096, false).1);
    assert_eq!(sum.records, 100);
    let hipath = preset("hipath-3000");
    let record = fixture("hipath-3000.basic.txt");
    let record = &record[..memchr::memchr(b'\r', &record).unwrap()];
    let mut whole = record.to_vec();
    whole.resize(112, b' ');
    assert_eq!(boundary(&hipath, &whole.repeat(3)), Boundary::Multiple(112));
    // a line longer than the head is one line, not records by their length
    assert_eq!(
        boundary(&hipath, &b"0123456789;".repeat(900)),
        Boundary::Nowhere
    );
    let (border, bytes) = (Boundary::Multiple(112), whole.repeat(20));
    let next = |bytes: &[u8], from: usize| border.next(&hipath, from as u64, &bytes[from..]);
    assert_eq!(next(&bytes, 113), Some(224));
    assert_eq!(next(&[b"lost", bytes.as_slice()].concat(), 113), Some(116));
    assert_eq!(next(&[0; 2240], 113), None);
}

#[test]
fn performance_records_have_their_own_cluster() {
    let mut seen = Seen::default();
    let context = Context {
        purpose: Purpose::Performance,
        ..context()
    };
    let mut reader = CdrReader::new(preset("hipath-5000"), context);
    reader.feed(&fixture("hipath-5000.basic.txt"), &mut seen);
    reader.finish(false, &mut seen);
    assert!(seen.text.contains("performance-call-detail"));
    assert!(!seen.text.contains("call-detail-outgoing"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_in_any_blocks_are_accounted_for(
        bytes in proptest::collection::vec(prop_oneof![3 => any::<u8>(), 1 => Just(b'\n'), 1 => Just(b'|'), 1 => Just(b'"')], 0..3000),
        block in 1usize..500,
        growing in any::<bool>(),
    ) {
        for layout in PRESETS.all() {
            let (seen, account) = read(layout, &bytes, block, growing);
            prop_assert!(account.closes());
            let rejections = seen.findings.iter()
                .filter(|f| matches!(f.code, "G4K-101" | "G4K-102" | "G4K-103" | "G4K-104" | "G4K-105" | "G4K-106" | "G4K-107" | "G4K-108" | "G4K-109"))
                .count() as u64;
            prop_assert_eq!(rejections, account.rejected);
        }
    }

    #[test]
    fn damaged_fixtures_are_accounted_for(at in 0usize..2000, byte in any::<u8>(), block in 1usize..200) {
        for layout in PRESETS.all() {
            let folder = format!("{}/../../tests/fixtures/cdr", env!("CARGO_MANIFEST_DIR"));
            for entry in std::fs::read_dir(folder).unwrap().flatten() {
                let mut bytes = std::fs::read(entry.path()).unwrap();
                if bytes.is_empty() || !entry.file_name().to_string_lossy().starts_with(&layout.name) { continue }
                let i = at % bytes.len();
                bytes[i] = byte;
                prop_assert!(read(layout, &bytes, block, false).1.closes());
            }
        }
    }
}

#[test]
fn the_right_preset_is_detected_or_none_is_taken() {
    for (file, want) in [
        ("ftbl-example-a.basic.txt", "ftbl-example-a"),
        ("ftbl-example-a.dirty.txt", ""),
        ("dp-system.basic.txt", "dp-system"),
        ("dp-system.ebcdic.bin", "dp-system"),
        ("hicom-300-serial.basic.txt", "hicom-300-serial"),
        ("openscape-business.basic.txt", "openscape-business"),
        ("openscape-voice-bf.basic.bf", "openscape-voice-bf"),
        ("hipath-3000.basic.txt", "hipath-3000"),
        ("hipath-3000-long.basic.txt", "hipath-3000-long"),
        ("hipath-5000.basic.txt", "hipath-5000"),
        ("hicom-100e.basic.txt", "hicom-100e"),
        ("asterisk-csv.basic.csv", "asterisk-csv"),
        ("regenerate-ftbl.txt", ""),
        ("ftbl-example-a.empty.txt", ""),
    ] {
        let scores = detect::score(PRESETS.all(), &fixture(file), &context());
        let chosen = detect::choose(&scores)
            .map(|l| l.name.clone())
            .unwrap_or_default();
        let shown: Vec<_> = scores
            .iter()
            .take(3)
            .map(|s| format!("{} {:.2} {:?}", s.layout.name, s.score, s.reasons))
            .collect();
        assert_eq!(chosen, want, "{file}: {shown:#?}");
        for s in &scores {
            assert!((0.0..=1.0).contains(&s.score));
        }
    }
}

#[test]
fn the_example_of_the_specification_is_a_layout() {
    let text = r#"
name        = "site-a outgoing+incoming"
version     = 1
encoding    = "ascii"
record_end  = "auto"
record_len  = 0
strip       = ["control", "trailing-blank"]
skip        = ["^FILENAME:", "^CLOSE:", "^Datum\\|", "^\\f"]
skip_first  = 0
min_len     = 60
on_error    = "quarantine"
timezone    = "Europe/Berlin"
dst_fold    = "first"
century_pivot = 80

[[record]]
id    = "out"
kind  = "fixed"
match = { cols = [22, 24], regex = "^ *2$" }
date_order = "end"

  [[record.field]]
  name    = "date"
  cols    = [1, 10]
  type    = "date"
  format  = "%d.%m.%Y"

  [[record.field]]
  name    = "charged"
  element = "CHRGEE"
  cols    = [11, 20]
  justify = "right"
  fill    = " "
  type    = "number"
  format  = ""
  map     = {}
  null    = ["999999", ""]
  party   = "employee"
  treat   = "token"

  [[record.field]]
  cols    = [21, 21]
  literal = " "

  [[record.field]]
  name    = "kind"
  cols    = [22, 24]
  type    = "code"
  party   = "none"
"#;
    let layout = Layout::parse("x", text, &CATALOGUE).unwrap();
    let layout = Arc::new(layout);
    let (seen, account) = read(
        &layout,
        b"14.03.2025      4711   2\r\n14.03.2025    999999   2\r\n14.03.2025      4711   1\r\n",
        9,
        false,
    );
    assert_eq!((account.records, account.rejected), (2, 1));
    assert_eq!(
        seen.text,
        "1 2025-03-14 call-detail-outgoing: END CHARGED OTHER\n2 2025-03-14 call-detail-outgoing: END OTHER\n"
    );
}

fn problems(text: &str) -> Vec<String> {
    Layout::parse("l.toml", text, &CATALOGUE)
        .unwrap_err()
        .iter()
        .map(|p| format!("{}: {}", p.line, p.what))
        .collect()
}

#[test]
fn every_problem_of_a_layout_is_told_at_once_with_its_line() {
    let text = r#"name = "x"
colour = "red"
encoding = "klingon"
timezone = "Mars/Base"
skip = ["("]
[[record]]
id = "a"
kind = "fixed"
  [[record.field]]
  name = "one"
  cols = [1, 4]
  element = "NOSUCHTHING"
  treat = "burn"
  [[record.field]]
  name = "one"
  cols = [4, 6]
  element = "O4K-FLD-CDR-NOPE"
  [[record.field]]
  name = "date"
  cols = [9, 16]
  type = "date"
  [[record.field]]
  cols = [17, 17]
  literal = "ab"
[[record]]
id = "b"
kind = "delimited"
  [[record.field]]
  name = "x"
  index = 0
"#;
    insta::assert_snapshot!("layout-problems", problems(text).join("\n"));
}

#[test]
fn hostile_layouts_are_refused_quickly() {
    let start = std::time::Instant::now();
    let fields: String = (1..=10_000)
        .map(|i| format!("[[record.field]]\nname = \"f{i}\"\nindex = {i}\n"))
        .collect();
    let many =
        format!("name = \"x\"\n[[record]]\nkind = \"delimited\"\nseparator = \";\"\n{fields}");
    assert!(problems(&many)[0].contains("10000 fields"));
    let huge = "name = \"x\"\n[[record]]\nkind = \"fixed\"\n[[record.field]]\nname = \"a\"\ncols = [1, 99999999999999999999999]\n";
    assert!(!problems(huge).is_empty());
    let bomb = "name = \"x\"\nskip = [\"(a{1000}){1000}\"]\n[[record]]\nkind = \"fixed\"\n[[record.field]]\nname = \"a\"\ncols = [1, 4]\n";
    assert!(problems(bomb)[0].contains("too big"));
    assert!(!problems(&"[".repeat(500_000)).is_empty());
    assert!(!problems(&format!("a = {}", "[".repeat(100_000))).is_empty());
    assert!(!problems(&"x".repeat(2 << 20)).is_empty());
    assert!(!problems("\u{0}").is_empty());
    assert!(start.elapsed().as_secs() < 10);
}

#[test]
fn records_that_look_alike_are_refused_with_the_place() {
    let record = |id: &str, more: &str, literal: &str| {
        format!(
            "[[record]]\nid = \"{id}\"\nkind = \"fixed\"\n{more}\n[[record.field]]\nname = \"n\"\ncols = [1, 4]\nelement = \"CHRGEE\"\n[[record.field]]\ncols = [5, 5]\nliteral = \"{literal}\"\n"
        )
    };
    let text = |a: &str, b: &str| format!("name = \"x\"\n{a}{b}");
    let alike = problems(&text(&record("a", "", "x"), &record("b", "", "x")));
    assert_eq!(alike.len(), 1);
    assert!(
        alike[0].starts_with("13: record \"b\" cannot be told apart from record \"a\" in line 2"),
        "{alike:?}"
    );
    for (a, b) in [
        (record("a", "", "x"), record("b", "", "y")),
        (
            record("a", "match = { cols = [1, 1], equals = \"7\" }", "x"),
            record("b", "", "x"),
        ),
    ] {
        assert!(Layout::parse("l", &text(&a, &b), &CATALOGUE).is_ok());
    }
    let same = "match = { cols = [1, 1], equals = \"7\" }";
    assert_eq!(
        problems(&text(&record("a", same, "x"), &record("b", same, "x"))).len(),
        1
    );
}

#[test]
fn any_text_as_a_layout_is_answered() {
    let base = Presets::text("openscape-business").unwrap();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(200));
    runner
        .run(
            &(0..base.len(), "\\PC{0,8}", 0usize..30),
            |(at, text, cut)| {
                let mut broken = base.to_owned();
                let at = (0..=at)
                    .rev()
                    .find(|i| base.is_char_boundary(*i))
                    .unwrap_or(0);
                let end = (at + cut).min(base.len());
                if base.is_char_boundary(end) {
                    broken.replace_range(at..end, &text);
                }
                let _ = Layout::parse("x", &broken, &CATALOGUE);
                Ok(())
            },
        )
        .unwrap();
}

#[test]
fn records_without_an_end_are_found_again_after_lost_bytes() {
    let listing = "ADD-FTBL:1,B,FORM,1,Y,\"#@.#@.#@@@ #@@@@@ #@@@@@@@@@@@\";\n\
        ADD-FTBL:1,B,FIELD,1,STDAY,CHAR,\"0\",R;ADD-FTBL:1,B,FIELD,2,STMONTH,CHAR,\"0\",R;\n\
        ADD-FTBL:1,B,FIELD,3,STYEAR,CHAR,\"0\",R;ADD-FTBL:1,B,FIELD,4,CHRGEE,CHAR,\" \",R;\n\
        ADD-FTBL:1,B,FIELD,5,DESTPTY,CHAR,\" \",L;";
    let toml = ftbl::compile("x", listing).unwrap().toml;
    let layout = Arc::new(Layout::parse("x", &toml, &CATALOGUE).unwrap());
    assert_eq!(layout.record_len, 30);
    assert_eq!(boundary(&layout, b""), Boundary::Multiple(30));
    let one = "14.03.2025   4711 003023125014";
    assert_eq!(one.len(), 30);
    let bytes = format!("{one}{one}{}{one}{one}{}", &one[9..], &one[..12]);
    insta::assert_snapshot!("record-end-none", told(&layout, bytes.as_bytes()));
    let (_, growing) = read(&layout, bytes.as_bytes(), 11, true);
    assert_eq!((growing.records, growing.pending), (4, 1));
}

#[test]
fn a_line_without_end_does_not_fill_the_memory() {
    for name in ["openscape-business", "ftbl-example-a", "dp-system"] {
        let mut seen = Seen::default();
        let mut reader = CdrReader::new(preset(name), context());
        for _ in 0..40 {
            reader.feed(&[b'x'; 1 << 16], &mut seen);
        }
        let account = reader.finish(false, &mut seen);
        assert_eq!((account.lines, account.rejected), (1, 1), "{name}");
        assert_eq!(seen.findings[0].code, "G4K-107");
    }
}

#[test]
fn a_strange_first_byte_is_garbage_unless_text_may_start_there() {
    let layout = |kind: &str| {
        let text = format!(
            "name = \"x\"\n[[record]]\nkind = \"delimited\"\nseparator = \";\"\n[[record.field]]\nname = \"a\"\nindex = 1\n{kind}\n[[record.field]]\nname = \"b\"\nindex = 2\nelement = \"DESTPTY\"\n"
        );
        Arc::new(Layout::parse("x", &text, &CATALOGUE).unwrap())
    };
    let (seen, account) = read(
        &layout("element = \"CHRGEE\""),
        b"\xfe4711;0112\n",
        3,
        false,
    );
    assert_eq!(
        (account.records, seen.values[0].1.as_slice()),
        (1, &b"4711"[..])
    );
    assert_eq!(seen.findings[0].code, "G4K-110");
    let (seen, _) = read(
        &layout("element = \"PARTYNAME\""),
        b"\xd6zt\xfcrk;0112\n",
        3,
        false,
    );
    assert_eq!(seen.values[0].1, "\u{d6}zt\u{fc}rk".as_bytes());
}
