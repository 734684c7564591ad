//! The reader as a whole.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use gdpr4k_model::catalogue::ElementIx;
use gdpr4k_model::{Catalogue, Finding};

use super::{AmoKnowledge, AmoReader, Mode};
use crate::record::{Account, Fact, Reader, Record, Sink};

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::builtin);
static KNOWLEDGE: LazyLock<AmoKnowledge> =
    LazyLock::new(|| AmoKnowledge::new(&CATALOGUE, &[]).unwrap());

pub(crate) fn knowledge() -> &'static AmoKnowledge {
    &KNOWLEDGE
}

fn id(e: ElementIx) -> String {
    CATALOGUE
        .element_entry(e)
        .id
        .trim_start_matches("O4K-FLD-")
        .to_owned()
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
        let values = values.map(|v| {
            format!(
                "{}{}={}",
                id(v.element),
                if v.unverified { "?" } else { "" },
                String::from_utf8_lossy(v.text)
            )
        });
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
    let mut reader = AmoReader::new(knowledge(), mode, "x.txt");
    let mut found = Found::default();
    for block in bytes.chunks(1 + bytes.len() % 37) {
        reader.feed(block, &mut found);
    }
    let account = reader.finish(growing, &mut found);
    assert!(account.closes(), "{account:?}");
    assert_eq!(
        account.records,
        found.records.len() as u64,
        "one record each"
    );
    assert!(
        found.records.windows(2).all(|w| w[0].0 < w[1].0),
        "file order"
    );
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
    let mut out = format!(
        "{} lines = {} + {} + {} + {} + {}\n",
        a.lines, a.records, a.continuation, a.noise, a.rejected, a.pending
    );
    let mut elements: BTreeMap<String, u64> = BTreeMap::new();
    let mut facts: BTreeMap<String, u64> = BTreeMap::new();
    for value in found.records.iter().flat_map(|r| &r.2) {
        *elements
            .entry(value.split('=').next().unwrap_or("").to_owned())
            .or_default() += 1;
    }
    for fact in &found.facts {
        let name = match fact {
            Fact::Refers { from, .. } => format!("Refers from {from}"),
            Fact::NotPersonal { from, .. } => format!("NotPersonal from {from}"),
            Fact::Monitoring { feature, .. } => format!("Monitoring {feature}"),
            Fact::Seen {
                kind,
                name,
                records,
            } => format!("Seen {kind} {name} {records}"),
            other => format!("{other:?}")
                .split(' ')
                .next()
                .unwrap_or("")
                .to_owned(),
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
    assert_eq!(
        values("ADD-PERSI:STN,7801,\"Beispiel*Erika\",\"VERTRIEB2\",,,48213;\n"),
        want
    );
    assert_eq!(
        values(
            "ADD-PERSI:TYPE=STN,STNO=7801,NAME=\"Beispiel*Erika\",ORG=\"VERTRIEB2\",PIN1=48213;\n"
        ),
        want
    );
    assert_eq!(
        values(
            "M2 1 EINRICHTEN-PERSI:TYP=TLN,TLNNU=7801,NAME=\"Beispiel*Erika\",\n  ORG=\"VERTRIEB2\",PIN1=48213;\n"
        ),
        want
    );
    assert_eq!(
        values("add-persi:stn,7801,name=\"Beispiel*Erika\",org=\"VERTRIEB2\",pin1=48213;"),
        want
    );
}

macro_rules! fixture {
    ($name:ident, $mode:expr, $path:literal) => {
        #[test]
        fn $name() {
            let bytes = include_bytes!(concat!("../../../../tests/fixtures/", $path));
            insta::assert_snapshot!(summary($mode, bytes));
        }
    };
}

fixture!(regen_basic, Mode::Regen, "amo-regen/basic.txt");
fixture!(regen_dirty, Mode::Regen, "amo-regen/dirty.txt");
fixture!(regen_empty, Mode::Regen, "amo-regen/empty.txt");
fixture!(session_basic, Mode::Session, "amo-session/basic.txt");
fixture!(session_macro, Mode::Session, "amo-session/macro.mac");
fixture!(session_dirty, Mode::Session, "amo-session/dirty.txt");
fixture!(logbk_basic, Mode::Logbk, "amo-logbk/basic.txt");
fixture!(logbk_dirty, Mode::Logbk, "amo-logbk/dirty.txt");

/// Facts about persons in the open: only for invented ones.
fn open(fact: &Fact) -> Option<String> {
    let time = |t: &chrono::NaiveDateTime| t.format("%H:%M").to_string();
    Some(match fact {
        Fact::Holds { number, name, .. } => format!("{} holds {}", name.expose(), number.expose()),
        Fact::Assigned {
            at, number, name, ..
        } => format!("{} {} gets {}", time(at), name.expose(), number.expose()),
        Fact::Renamed {
            at,
            number,
            old,
            new,
            ..
        } => {
            let old = old.as_ref().map_or("?", |o| o.expose());
            format!(
                "{} {old} on {} becomes {}",
                at.as_ref().map_or_else(String::new, time),
                number.expose(),
                new.expose()
            )
        }
        Fact::Released { at, number, .. } => format!("{} {} is free", time(at), number.expose()),
        Fact::Renumbered { at, old, new, .. } => {
            format!(
                "{} {} becomes {}",
                at.as_ref().map_or_else(String::new, time),
                old.expose(),
                new.expose()
            )
        }
        _ => return None,
    })
}

fn story(mode: Mode, bytes: &[u8]) -> Vec<String> {
    let (_, found) = read(mode, bytes, false);
    let mut facts: Vec<_> = found.facts.iter().filter_map(open).collect();
    facts.sort();
    facts
}

#[test]
fn the_log_book_tells_the_same_story_in_either_direction() {
    let want = [
        "08:14 Beispiel*Anna gets 7801",
        "08:16 Beispiel*Anna on 7801 becomes Muster*Anna",
        "08:18 7801 becomes 7811",
        "08:19 7811 is free",
    ];
    let forward = include_bytes!("../../../../tests/fixtures/amo-logbk/basic.txt");
    let backward = include_bytes!("../../../../tests/fixtures/amo-logbk/backward.txt");
    assert_eq!(story(Mode::Logbk, forward), want);
    assert_eq!(story(Mode::Logbk, backward), want);
    assert_eq!(
        story(Mode::Session, backward),
        want,
        "units are found in a session too"
    );
    let values = |bytes| {
        let (_, found) = read(Mode::Logbk, bytes, false);
        let mut all: Vec<_> = found.records.into_iter().flat_map(|r| r.2).collect();
        all.sort();
        all
    };
    assert_eq!(values(forward), values(backward));
}

#[test]
fn a_unit_of_the_log_book_is_one_record_with_its_day() {
    let (_, found) = read(
        Mode::Logbk,
        include_bytes!("../../../../tests/fixtures/amo-logbk/basic.txt"),
        false,
    );
    let unit = found
        .records
        .iter()
        .find(|r| r.2.iter().any(|v| v.contains("Beispiel*Anna")))
        .unwrap();
    assert_eq!(unit.1, "2026-02-03");
    assert_eq!(
        unit.2[..5],
        [
            "AUD-UID=7",
            "AUD-TERMINAL=CON3",
            "AUD-SESSION=4711",
            "AUD-TIME=26-02-03 08:14:05",
            "AUD-AMO-USE=ADD-PERSI"
        ]
    );
}

#[test]
fn a_session_takes_back_what_failed() {
    let basic = include_bytes!("../../../../tests/fixtures/amo-session/basic.txt");
    assert_eq!(
        story(Mode::Session, basic),
        [
            " Erfolg*Eva on 7803 becomes Neu*Eva",
            "Beispiel*Erika holds 7801",
            "Erfolg*Eva holds 7803"
        ]
    );
}

#[test]
fn values_get_their_elements() {
    for (text, want) in [
        // a gap in the order is not guessed
        (
            "ADD-SBCSU:7801,OPTI,DIR,1-1-49-3;",
            &["CORE-STATION=7801", "CORE-PORT=1-1-49-3"][..],
        ),
        (
            "ADD-AUN:12,,,7801&7810&&7812;",
            &[
                "CORE-GROUP=12",
                "CORE-STATION=7801",
                "CORE-STATION=7810",
                "CORE-STATION=7811",
                "CORE-STATION=7812",
            ],
        ),
        (
            "ADD-SA:VCE,7700,,,CYC,0801&0004915550123457;",
            &[
                "CORE-GROUP=7700",
                "CORE-STATION=0801",
                "CORE-FWDDEST=0004915550123457",
            ],
        ),
        (
            "ADD-CHESE:GRNO=20,EXEC=7001,REP=000000&7013;",
            &["CORE-GROUP=20", "CORE-STATION=7001", "CORE-STATION=7013"],
        ),
        (
            "ADD-KDEV:U,ORG,EA21,PIN,48213;",
            &["CORE-CHARGINGTREE=EA21", "CORE-PIN=48213"],
        ),
        (
            "AE-KDEV:POSITION=U,IDALT=ORG,NAMEALT=EA2,IDNEU=STN,NAMENEU=103;",
            &["CORE-CHARGINGTREE=EA2", "CORE-STATION=103"],
        ),
        (
            "DELETE-SELL:DNOTBL1,003023125042;",
            &["CORE-SELECTEDNUMBER=003023125042"],
        ),
        (
            "ADD-LAUTH:4,1,ENCRYPT,72JQD2520J;",
            &["CORE-AUTHCODE=72JQD2520J"],
        ),
        ("ADD-DPLN:DGTS=7801,DAR=STN;", &["CORE-STATION=7801"]),
        (
            "CHANGE-PASSW:OLDONE,NEWONE,3;",
            &["ACC-PASSWORD?=OLDONE", "ACC-PASSWORD?=NEWONE"],
        ),
        (
            "CHANGE-PERSI:TYPE=MB,STNO=7801,MBCODE=1234;",
            &["CORE-STATION=7801", "CORE-PIN?=1234"],
        ),
        ("ADD-WABE:CD=0,DAR=CO;", &["CORE-ORGNUMBER=0"]),
        (
            "ADD-ZIEL:TYPE=SNR,SRCNO=7801,DESTNOX=003023125042;",
            &["CORE-STATION=7801", "CORE-REDIAL?=003023125042"],
        ),
        (
            "ADD-ACTDA:STN,7801,FWD,VOICE;",
            &["CORE-STATION?=7801", "CORE-STATE?=FWD"],
        ),
        (
            "ADD-QQQQQ:NAME=\"Muster*Max\",SECRETPW=x,IPA=192.0.2.7;",
            &[
                "CORE-DISPLAYNAME?=Muster*Max",
                "CORE-PASSWORD?=x",
                "CORE-IP?=192.0.2.7",
            ],
        ),
        (
            "CHANGE-LIN:STNO,7801,,,12345,\"Musterweg\",7;",
            &[
                "CORE-STATION=7801",
                "CORE-ADDRESS=12345",
                "CORE-ADDRESS=Musterweg",
                "CORE-ADDRESS=7",
            ],
        ),
        (
            "CHA-LIN:TYPE=STNO,STNO=7801,STRNAME=Sesam Street;",
            &["CORE-STATION=7801", "CORE-ADDRESS=Sesam Street"],
        ),
        ("AD-DCIC:,2101,N;", &["CORE-STATION=2101"]),
        ("ADD-TINFO:15,12,96,N,\"a, b; c\";", &["CORE-NOTES=a, b; c"]),
        ("REG-NAVAR;", &[]),
    ] {
        assert_eq!(values(text), want, "{text}");
    }
}

#[test]
fn cells_of_a_table_are_read_by_their_key() {
    let text = "H500:  AMO SBCSU STARTED\n| EXTEN : 7801 | IPADDR : 192.0.2.7 | ASSET-ID : 47 11A  X |\nSTNO =7802   PEN =1-1-49-3 OPT=OPTI\nTIME 11:57:03 96-07-10\n";
    assert_eq!(
        values(text),
        [
            "CORE-STATION?=7801",
            "CORE-IP?=192.0.2.7",
            "CORE-DEVICEDATA?=47 11A",
            "CORE-STATION?=7802",
            "CORE-PORT?=1-1-49-3"
        ]
    );
}

#[test]
#[ignore = "a measurement: cargo test --release -p gdpr4k-sources amo -- --ignored --nocapture"]
fn throughput() {
    let mut text = String::new();
    for n in 0..300_000u32 {
        let s = 10_000 + n % 90_000;
        let _ = writeln!(
            text,
            "M2 1 ADD-SBCSU:{s},OPTI,DIR,1-1-{}-{},OPTISET,0,0,1,6,1,1,1,1;",
            n % 99,
            n % 24
        );
        let _ = writeln!(
            text,
            "M2 1 ADD-PERSI:STN,{s},\"Beispiel{n}*Erika\",\"VERTRIEB{}\",,,48213;",
            n % 40
        );
        let _ = writeln!(text, "M2 1 CHANGE-SDAT:{s},ATTRIBUT,DSSDEST&AGENT,,;");
    }
    struct Nothing(u64);
    impl Sink for Nothing {
        fn record(&mut self, r: &Record<'_>) {
            self.0 += r.values.len() as u64;
        }
        fn fact(&mut self, _: Fact) {}
        fn finding(&mut self, _: Finding) {}
    }
    let know = knowledge();
    let start = std::time::Instant::now();
    let mut reader = AmoReader::new(know, Mode::Regen, "x");
    let mut sink = Nothing(0);
    for block in text.as_bytes().chunks(1 << 20) {
        reader.feed(block, &mut sink);
    }
    reader.finish(false, &mut sink);
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{} MB, {} values, {:.0} MB/s",
        text.len() / 1_000_000,
        sink.0,
        text.len() as f64 / 1e6 / seconds
    );
}

#[test]
fn one_value_that_does_not_fit_makes_the_whole_line_doubtful() {
    let got = values("ADD-PERSI:STN,1-1-49-3,\"Shift*Otto\",\"EK\";");
    assert!(got.iter().all(|v| v.contains("?=")), "{got:?}");
    let (_, found) = read(
        Mode::Regen,
        b"ADD-PERSI:STN,1-1-49-3,\"Shift*Otto\";\n",
        false,
    );
    assert!(!found.facts.iter().any(|f| matches!(f, Fact::Holds { .. })));
}

#[test]
fn the_last_command_waits_only_in_a_file_that_grows() {
    let text = b"ADD-PERSI:STN,7801,\"A*B\";\nADD-PERSI:STN,7802";
    let (growing, _) = read(Mode::Regen, text, true);
    assert_eq!(
        (growing.records, growing.pending, growing.rejected),
        (1, 1, 0)
    );
    let (closed, _) = read(Mode::Regen, text, false);
    assert_eq!((closed.records, closed.pending, closed.rejected), (1, 0, 1));
    let (complete, _) = read(Mode::Regen, b"ADD-PERSI:STN,7801,\"A*B\";", false);
    assert_eq!((complete.records, complete.rejected), (1, 0));
}

#[test]
fn a_command_without_end_is_given_up_and_memory_stays_bounded() {
    let mut text = b"ADD-PERSI:STN,7801,\"A\n".to_vec();
    for _ in 0..40_000 {
        text.extend_from_slice(b"0123456789,0123456789\n");
    }
    text.extend_from_slice(b"ADD-PERSI:STN,7802,\"B*C\";\n");
    let (account, found) = read(Mode::Regen, &text, false);
    assert_eq!((account.records, account.rejected), (1, 40_001));
    assert_eq!(
        found
            .findings
            .iter()
            .filter(|f| f.code == "G4K-202")
            .count(),
        40_001
    );
}

#[test]
fn a_unit_that_is_too_large_goes_on_in_another_record() {
    let mut text =
        b"P0815 DEV:CON3 TSN:4711 UID=7 NOUN:PERSI TYPE:START TIME:26-02-03 08:14:09\n".to_vec();
    for n in 0..20_000 {
        text.extend_from_slice(
            format!("ADD-PERSI:STN,{n:05},\"Beispiel{n}*Erika\",\"VERTRIEB\";\nF01: {n:05} X\n")
                .as_bytes(),
        );
    }
    let (account, found) = read(Mode::Logbk, &text, false);
    assert!((2..10).contains(&account.records), "{account:?}");
    assert!(found.records.iter().all(|r| r.1 == "2026-02-03"));
}

#[test]
fn every_code_that_is_used_is_explained_and_the_other_way_round() {
    let mut used: Vec<String> = Vec::new();
    for source in [include_str!("reader.rs"), include_str!("complete.rs")] {
        used.extend(
            source
                .match_indices("\"G4K-")
                .map(|(at, _)| source[at + 1..at + 8].to_owned()),
        );
    }
    used.sort();
    used.dedup();
    let listed: Vec<_> = CATALOGUE
        .findings()
        .iter()
        .map(|f| f.code.clone())
        .filter(|c| c.starts_with("G4K-2"))
        .collect();
    assert_eq!(used, listed);
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_accounted_for(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400), growing: bool) {
        read(Mode::Session, &bytes, growing);
    }

    #[test]
    fn any_mixture_of_real_pieces_is_accounted_for(
        pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..30),
        growing: bool,
        mode in proptest::sample::select(&[Mode::Regen, Mode::Session, Mode::Logbk][..]),
    ) {
        read(mode, pieces.concat().as_bytes(), growing);
    }
}

const PIECES: &[&str] = &[
    "ADD-PERSI:STN,7801,",
    "\"Muster*Max\"",
    "\"",
    ";",
    ";\n",
    "\n",
    ",",
    "&&",
    "&",
    "=",
    "M2 1 ",
    "ADD-SA:VCE,7700,,,CYC,",
    "7801&&7899",
    "/*",
    "*/",
    "P0816 DEV:CON3 TSN:4711 UID=7 NOUN:PERSI TYPE:END TIME:26-02-03 08:14:11\n",
    "ADD PERFORMED;\n",
    "2 MATCHES\n",
    "P0815 DEV:CON3 TSN:4711 UID=7 NOUN:PERSI TYPE:START TIME:26-02-03 08:14:09\n",
    "H500: AMO PERSI STARTED\n",
    "F01: 7801 X\n",
    "<",
    "ü",
    "M}ller",
    "P0815 DEV:CON3 TSN:4711 UID=7 NOUN\n",
    "PASSW:X;",
    "TYPE=",
    "\r",
    "\0",
    "|7801|",
    "ADD-PER",
];

#[test]
fn a_text_that_a_terminal_cut_is_one_text_and_a_page_breaks_at_a_blank() {
    let names = |lines: &[&str]| {
        let (_, found) = read(Mode::Regen, lines.join("\n").as_bytes(), false);
        let values = found.records.into_iter().flat_map(|r| r.2);
        values
            .filter_map(|v| v.strip_prefix("CORE-DISPLAYNAME=").map(str::to_owned))
            .collect::<Vec<_>>()
    };
    let first = "ADD-PERSI:TYPE=STN,STNO=7801,NAME=\"Muste";
    for cut in [
        [first, "rmann*Erika\";"],
        // the width is known from a break outside of quotes
        [&first.to_uppercase(), "RMANN*Erika\";"],
    ] {
        let other = "ADD-SCSU:STNO=3651,PEN=1-2-121-5,DVCFIG=ANATE,";
        let known = [
            &other[..first.len()],
            &format!("{};", &other[first.len()..]),
        ];
        let all: Vec<&str> = known.into_iter().chain(cut).collect();
        assert_eq!(names(&all).len(), 1);
        assert_eq!(names(&all)[0].to_lowercase(), "mustermann*erika");
    }
    assert_eq!(
        names(&[
            "ADD-PERSI:TYPE=STN,STNO=7801,NAME=\"Muster*Erika,",
            "  Dr.\";"
        ]),
        ["Muster*Erika, Dr."]
    );
    // a blank where the terminal cut stays one
    let padded = format!("{:<80}", "ADD-PERSI:TYPE=STN,STNO=7801,NAME=\"Muster*Erika");
    assert_eq!(names(&[&padded, "EK\";"]).len(), 1);
}

#[test]
fn a_file_without_a_command_is_not_passed_over() {
    for mode in [Mode::Regen, Mode::Session] {
        let (account, found) = read(mode, b"Sehr geehrte Damen und Herren,\n\n", false);
        assert_eq!((account.noise, account.records), (2, 0));
        assert_eq!(
            found.findings.iter().map(|f| f.code).collect::<Vec<_>>(),
            ["G4K-234"]
        );
    }
}
