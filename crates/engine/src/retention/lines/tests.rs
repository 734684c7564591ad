use gdpr4k_sources::forms::FormReader;
use gdpr4k_sources::freelines::{FreeLines, Text};
use gdpr4k_sources::journal::JournalReader;
use gdpr4k_sources::log::AssistantLogReader;
use gdpr4k_sources::mapping::Mapping;
use gdpr4k_sources::syslog::SyslogReader;
use proptest::prelude::*;

use super::*;
use crate::retention::testing::{Bench, CATALOGUE, TABLES, day, fixture};
use gdpr4k_model::retention::Suspension;

fn journal() -> Box<dyn Reader> {
    Box::new(JournalReader::new(&TABLES, None, None))
}

fn log() -> Box<dyn Reader> {
    Box::new(AssistantLogReader::new(
        &TABLES,
        None,
        "activity.csv",
        &["xieapi".to_owned()],
    ))
}

fn syslog() -> Box<dyn Reader> {
    Box::new(SyslogReader::new(
        &TABLES,
        Some(day("2026-02-10")),
        Some(chrono_tz::Europe::Berlin),
        &[],
    ))
}

fn trace() -> Box<dyn Reader> {
    Box::new(FreeLines::new(
        &TABLES,
        Text::Trace,
        Some(day("2026-11-01")),
    ))
}

fn form(id: &'static str) -> Box<dyn Reader> {
    Box::new(FormReader::new(&TABLES, id, None).expect("the form exists"))
}

/// A journal with all that a row may have.
const JOURNAL: &str = "subscriber;direction;number;number_e164;name;timestamp;state;duration\r\n\
    2504;in;08999998123;498999998123;Muster Handel;2026-01-03 08:14:09;busy;\r\n\
    2504;out;2505;;Müster Jörg;2026-02-03 09:02:55;free;00:03:12\r\n\
    \r\n\
    2506;in;004069000123;;\"Probe; \"\"Eva\"\"\";2026-02-10 17:00:00;free;00:01:00\r\n\
    2506;in;030231252506;;Müller;2026-02-20 17:00:00;free;00:01:00\r\n";

/// Every stage that a journal can have.
fn stages(as_of: &str) -> Bench {
    Bench::on(as_of).stages(
        "call-journal",
        &[
            "P3D name pseudonymise",
            "P7D external-number cut 3",
            "P10D time generalise",
            "P14D own-station pseudonymise",
            "P20D duration blank",
        ],
    )
}

#[test]
fn a_journal_loses_what_is_due_and_nothing_else() {
    let bench = stages("2026-02-24");
    insta::assert_snapshot!(
        "journal",
        bench
            .lines("j.csv", "2026-02-28", JOURNAL.as_bytes(), &journal)
            .show()
    );
    for file in ["basic", "dirty", "empty"] {
        let bytes = fixture(&format!("call-journal/{file}.csv"));
        let done = stages("2026-03-04").lines("j.csv", "2026-02-28", &bytes, &journal);
        insta::assert_snapshot!(format!("journal_{file}"), done.show());
    }
}

#[test]
fn the_characters_of_a_file_make_no_difference() {
    let bench = stages("2026-02-24");
    let run = |bytes: &[u8]| {
        let done = bench.lines("j.csv", "2026-02-28", bytes, &journal);
        (done.taken.census, done.new.expect("it was rewritten").0)
    };
    let (census, plain) = run(JOURNAL.as_bytes());
    let plain = String::from_utf8(plain).unwrap();
    let marked = |text: &str| [b"\xef\xbb\xbf", text.as_bytes()].concat();
    let western = |text: &str| encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
    let wide = |text: &str, big: bool| -> Vec<u8> {
        let units = [0xfeff].into_iter().chain(text.encode_utf16());
        units
            .flat_map(|u: u16| {
                if big {
                    u.to_be_bytes()
                } else {
                    u.to_le_bytes()
                }
            })
            .collect()
    };
    for code in 0..4 {
        let coded = |text: &str| match code {
            0 => marked(text),
            1 => western(text),
            2 => wide(text, false),
            _ => wide(text, true),
        };
        let (of_code, out) = run(&coded(JOURNAL));
        assert_eq!(of_code.buckets, census.buckets);
        // a name has one token, however its letters are written
        assert!(out == coded(&plain), "{code}");
    }
}

#[test]
fn the_whole_file_goes_when_all_of_it_is_due() {
    let done = Bench::on("2026-06-01").lines("j.csv", "2026-02-28", JOURNAL.as_bytes(), &journal);
    assert!(done.new.is_none());
    assert_eq!(done.plan.items[0].action, Treatment::DeleteFile);
    assert_eq!(done.plan.items[0].records, 4);
}

#[test]
fn suspensions_and_protected_numbers_come_first() {
    let held = Bench::on("2026-02-24")
        .hold_number("0:2504")
        .protect("2506");
    insta::assert_snapshot!(
        "journal_held",
        held.lines("j.csv", "2026-02-28", JOURNAL.as_bytes(), &journal)
            .show()
    );
    let by_path = Bench::on("2026-02-24").hold(Suspension {
        id: "H1".to_owned(),
        path: Some("journals/*".to_owned()),
        ..Suspension::default()
    });
    let done = by_path.lines("journals/j.csv", "2026-02-28", JOURNAL.as_bytes(), &journal);
    assert!(done.new.is_none() && done.plan.items.is_empty());
    assert_eq!(done.plan.totals.suspended, 1);
}

#[test]
fn logs_lose_secrets_at_once_and_accounts_in_time() {
    let bench = |as_of: &str| {
        let stages = [
            "P0D credential blank",
            "P7D account pseudonymise",
            "P7D ip generalise",
        ];
        ["admin-audit-log", "login-log", "error-log"]
            .iter()
            .fold(Bench::on(as_of), |b, c| b.stages(c, &stages))
    };
    for file in ["basic", "german", "dirty", "empty"] {
        let bytes = fixture(&format!("assistant-log/{file}.csv"));
        let done = bench("2026-02-11").lines("a.csv", "2026-02-28", &bytes, &log);
        insta::assert_snapshot!(format!("log_{file}"), done.show());
        if file == "german" {
            assert!(!done.text().contains("Geheim1!") && done.text().contains("-p *** -h"));
        }
    }
    for file in ["basic", "dirty", "empty"] {
        let bytes = fixture(&format!("syslog/{file}.log"));
        let done = bench("2026-02-11").lines("s.log", "2026-02-10", &bytes, &syslog);
        insta::assert_snapshot!(format!("syslog_{file}"), done.show());
    }
    // a month later the errors go, with the lines that belong to them
    let bytes = fixture("syslog/dirty.log");
    let done = Bench::on("2026-03-20").lines("s.log", "2026-02-10", &bytes, &syslog);
    insta::assert_snapshot!("syslog_due", done.show());
}

#[test]
fn an_account_goes_wherever_it_stands_in_its_line() {
    let bench = Bench::on("2026-02-11").stages("login-log", &["P1D account blank"]);
    let text = "<38>Feb  3 08:14:09 os4k sshd[1]: session opened for user jdoe by jdoe(uid=7) home /home/jdoe x-jdoe jdoes\n";
    let done = bench.lines("s.log", "2026-02-10", text.as_bytes(), &syslog);
    assert_eq!(
        done.text(),
        "<38>Feb  3 08:14:09 os4k sshd[1]: session opened for user *** by ***(uid=7) home /home/*** x-*** jdoes\n"
    );
}

#[test]
fn traces_notes_and_small_tables() {
    let stages = |cluster: &str| {
        Bench::on("2026-10-25").stages(
            cluster,
            &[
                "P1D external-number cut 4",
                "P1D own-station pseudonymise",
                "P1D ip,name blank",
                "P1D time,duration generalise",
            ],
        )
    };
    let bytes = fixture("trace/basic.txt");
    let cut = Bench::on("2026-11-05").stages(
        "trace",
        &[
            "P1D external-number cut 4",
            "P1D own-station pseudonymise",
            "P1D ip generalise",
        ],
    );
    insta::assert_snapshot!(
        "trace",
        cut.lines("t.txt", "2026-11-01", &bytes, &trace).show()
    );
    let bytes = fixture("trace/dirty.txt");
    let old = || -> Box<dyn Reader> {
        Box::new(FreeLines::new(
            &TABLES,
            Text::Trace,
            Some(day("2026-10-22")),
        ))
    };
    insta::assert_snapshot!(
        "trace_dirty",
        stages("trace")
            .lines("t.txt", "2026-10-22", &bytes, &old)
            .show()
    );
    for (id, file, cluster) in [
        ("acwin-calllog", "ac-win/calllog.csv", "call-journal"),
        ("acwin-keys", "ac-win/speeddials.csv", "attendant-contacts"),
    ] {
        let done = stages(cluster).lines("a.csv", "2026-10-01", &fixture(file), &|| form(id));
        insta::assert_snapshot!(id, done.show());
    }
    let notes = || -> Box<dyn Reader> {
        Box::new(FreeLines::new(
            &TABLES,
            Text::Notepad,
            Some(day("2026-10-20")),
        ))
    };
    let whole = Bench::on("2026-10-25").stages("attendant-contacts", &["P1D free-text blank"]);
    let done = whole.lines(
        "n.txt",
        "2026-10-20",
        &fixture("ac-win/notepad.txt"),
        &notes,
    );
    assert_eq!(done.text(), "***\n\n***\n");
    let done = stages("attendant-contacts").lines(
        "n.txt",
        "2026-10-20",
        &fixture("ac-win/notepad.txt"),
        &notes,
    );
    insta::assert_snapshot!("notepad", done.show());
}

#[test]
fn records_of_performance_management_go_by_a_mapping() {
    let path = "mappings/pm.example.toml";
    let text = gdpr4k_model::schemas::text(path).expect("it is built in");
    let mapping = Mapping::parse(path, text, &TABLES, &CATALOGUE).unwrap_or_else(|p| panic!("{p}"));
    let mapping: &'static Mapping = Box::leak(Box::new(mapping));
    let reader = || -> Box<dyn Reader> {
        Box::new(FormReader::new(&TABLES, "pm", Some(mapping)).expect("the form exists"))
    };
    let bytes = b"Call time;Extension;Destination number;Call type;Ring duration;Call duration\n\
        2026-10-01 08:14:09;2504;03023125999;1;5;62\n\
        2026-10-06 08:20:00;2505;2504;0;3;10\n\
        2026-10-06 08:20:00;2505\n";
    let bench = Bench::on("2026-10-09").stages(
        "performance-call-detail",
        &["P1D own-station,external-number class"],
    );
    insta::assert_snapshot!(
        "pm_records",
        bench.lines("p.csv", "2026-10-07", bytes, &reader).show()
    );
}

#[test]
fn cells_of_fixed_width_keep_their_width() {
    let text = "mapping='f'\nsource='x.y'\nunmapped='ignore'\n[read]\nskip_rows=1\ndate_formats=['%Y-%m-%d %H:%M:%S']\n\
        fixed=[{column='stno',start=1,len=6},{column='name',start=7,len=16},{column='no',start=23,len=14},{column='time',start=37,len=19}]\n\
        [[field]]\ncolumn='stno'\ncanonical='call.owner'\n[[field]]\ncolumn='name'\ncanonical='call.peer_name'\n\
        [[field]]\ncolumn='no'\ncanonical='call.peer_no'\n[[field]]\ncolumn='time'\ncanonical='call.time'\n";
    let mapping = Mapping::parse("m", text, &TABLES, &CATALOGUE).unwrap_or_else(|p| panic!("{p}"));
    let mapping: &'static Mapping = Box::leak(Box::new(mapping));
    let reader =
        || -> Box<dyn Reader> { Box::new(JournalReader::new(&TABLES, Some(mapping), None)) };
    let row = |no: &str, name: &str, peer: &str, time: &str| {
        format!("{no:<6}{name:<16}{peer:>14}{time:<19}\n")
    };
    let file = format!(
        "STNO  NAME\n{}{}{}short\n",
        row("2504", "Müller Jörg", "08999998123", "2026-01-03 08:14:09"),
        row("2505", "Müller Jörg", "08999998123", "2026-02-03 08:14:09"),
        row("", "", "2506", "2026-02-23 08:14:09"),
    );
    let done = stages("2026-02-24").lines("j.txt", "2026-02-28", file.as_bytes(), &reader);
    insta::assert_snapshot!("fixed", done.show());
    let width = |line: &str| line.chars().count();
    let rows = done.text();
    assert!(rows.lines().skip(1).all(|l| width(l) == 55), "{rows}");
    let western = encoding_rs::WINDOWS_1252.encode(&file).0.into_owned();
    let other = stages("2026-02-24").lines("j.txt", "2026-02-28", &western, &reader);
    assert_eq!(
        other.new.unwrap().0,
        encoding_rs::WINDOWS_1252.encode(&rows).0.into_owned()
    );
}

#[test]
fn xml_stays_or_goes_as_a_whole() {
    let text = "mapping='f'\nsource='x.y'\nunmapped='ignore'\nrecord_xpath='/d/r'\n\
        [[field]]\nxpath='no'\ncolumn='no'\ncanonical='call.peer_no'\n[[field]]\nxpath='time'\ncolumn='time'\ncanonical='call.time'\n";
    let mapping = Mapping::parse("m", text, &TABLES, &CATALOGUE).unwrap_or_else(|p| panic!("{p}"));
    let mapping: &'static Mapping = Box::leak(Box::new(mapping));
    let reader =
        || -> Box<dyn Reader> { Box::new(JournalReader::new(&TABLES, Some(mapping), None)) };
    let file = "<d><r><no>08999998123</no><time>2026-01-03 08:14:09</time></r>\n<r><no>2504</no><time>2026-02-03 08:14:09</time></r></d>";
    let early = Bench::on("2026-02-24").lines("j.xml", "2026-02-28", file.as_bytes(), &reader);
    assert!(!early.taken.census.by_record && early.new.is_none() && early.plan.items.is_empty());
    assert_eq!(early.plan.attention[0].code, "G4K-824");
    let late = Bench::on("2026-06-24").lines("j.xml", "2026-02-28", file.as_bytes(), &reader);
    assert_eq!(late.plan.items[0].action, Treatment::DeleteFile);
}

#[test]
fn half_characters_are_not_written_back() {
    let mut bytes = vec![0xff, 0xfe];
    bytes.extend(JOURNAL.encode_utf16().flat_map(u16::to_le_bytes));
    bytes.extend([0x00, 0xd8, b'\n', 0]);
    let done = Bench::on("2026-02-24").lines("j.csv", "2026-02-28", &bytes, &journal);
    assert!(!done.taken.census.by_record && done.new.is_none());
    assert_eq!(done.taken.findings[0].code, "G4K-781");
}

#[test]
fn a_missing_key_stops_the_file_and_only_where_a_token_is_due() {
    let run = |bench: Bench| {
        let done = bench
            .without_keys()
            .lines("j.csv", "2026-02-28", JOURNAL.as_bytes(), &journal);
        (done.failure.map(|f| f.to_string()), done.new.is_some())
    };
    assert_eq!(
        run(stages("2026-02-24")),
        (
            Some(" - no key; nothing was changed - make the plan again".to_owned()),
            false
        )
    );
    assert_eq!(run(Bench::on("2026-02-24")), (None, true));
}

/// Lines of a journal, good and bad.
fn any_journal() -> impl Strategy<Value = Vec<u8>> {
    let row = prop_oneof![
        4 => (1u32..29, 2500u32..2510, "(0899999812[0-9]|0302312[0-9]{4}|2[0-9]{3}|)", "(Müller|Koch, Anna|\"a;b\"|)")
            .prop_map(|(d, no, peer, name)| format!("{no};in;{peer};;{name};2026-02-{d:02} 08:14:09;free;00:01:00")),
        1 => "[a-z;\"\\\\]{0,20}",
    ];
    let end = prop_oneof![Just("\n"), Just("\r\n"), Just("\r")];
    proptest::collection::vec((row, end), 0..20).prop_map(|rows| {
        let mut text =
            String::from("subscriber;direction;number;number_e164;name;timestamp;state;duration\n");
        rows.iter()
            .for_each(|(row, end)| text.push_str(&format!("{row}{end}")));
        text.into_bytes()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_plan_is_carried_out_to_the_record_and_leaves_nothing_due(bytes in any_journal(), age in 0u64..60) {
        let as_of = day("2026-02-10") + chrono::Days::new(age);
        let done = stages(&as_of.to_string()).lines("j.csv", "2026-02-28", &bytes, &journal);
        // what is not touched stays, in its order
        if let Some((out, apart, counts)) = &done.new {
let edited = counts.left() - counts.kept - counts.suspended;
            let lines = |b: &[u8]| {
                let lines = b.split(|c| matches!(c, b'\n' | b'\r')).map(<[u8]>::to_vec);
                lines.collect::<Vec<_>>()
            };
            let old = lines(&bytes);
            let strange = lines(out).iter().filter(|l| !old.contains(l)).count() as u64;
            prop_assert!(strange <= edited, "{strange} lines are new, {edited} records were edited");
            prop_assert!(counts.quarantined > 0 || apart.is_empty());
        }
    }

    #[test]
    fn a_value_of_a_deleted_record_is_nowhere(bytes in any_journal()) {
        let bench = Bench::on("2026-03-20");
        let mut marked = bytes;
        marked.extend_from_slice(b"2599;in;06990009777;;Canary, Zoe;2026-01-01 08:14:09;free;00:01:00\n");
        let done = bench.lines("j.csv", "2026-02-28", &marked, &journal);
        if let Some((out, apart, _)) = &done.new {
            for value in ["06990009777", "Canary"] {
                let holds = |b: &[u8]| memchr::memmem::find(b, value.as_bytes()).is_some();
                prop_assert!(!holds(out) && !holds(apart));
            }
        }
    }
}
