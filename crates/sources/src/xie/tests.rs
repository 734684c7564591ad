//! Tests of the reader.

use super::*;
use crate::testing::{CATALOGUE, Given, KNOWLEDGE, fixture};
use proptest::prelude::*;

fn read(path: &str) -> Given {
    let name = path.rsplit('/').next().unwrap_or(path);
    Given::read(
        XieReader::new(&KNOWLEDGE, name),
        &fixture(&format!("xie/{path}")),
    )
}

#[test]
fn fixtures_are_read_as_they_were() {
    for file in [
        "basic.csv",
        "dirty.csv",
        "empty.csv",
        "cfw.csv",
        "pen.csv",
        "OS4K-HUNTGRP-2026-03-01.csv",
        "action_control.csv",
        "request.txt",
        "persons.csv",
    ] {
        let given = read(file);
        assert!(given.account.closes(), "{file}");
        insta::assert_snapshot!(
            format!("xie_{}", file.split('.').next().unwrap_or(file)),
            given.summary()
        );
    }
}

#[test]
fn the_same_rows_in_every_spelling_give_the_same_values() {
    let base = read("basic.csv");
    let bytes = fixture("xie/basic.csv");
    let text = crate::lines::decode(&bytes).into_owned();
    let upper_head = |t: &str| {
        let (head, rest) = t.split_once("\r\n").expect("a head");
        format!("{}\r\n{rest}", head.to_uppercase())
    };
    let spellings = [
        text.clone(),
        format!("\u{feff}{text}"),
        text.replace('|', ";"),
        text.replace('|', ","),
        text.replace('|', "\t"),
        text.replace("|\r\n", "\r\n"),
        text.replace("\r\n", "\n"),
        text.replace("\r\n", "\r"),
        format!("*{text}"),
        upper_head(&text),
    ];
    for (i, spelling) in spellings.iter().enumerate() {
        let given = Given::read(XieReader::new(&KNOWLEDGE, "x.csv"), spelling.as_bytes());
        assert!(
            given.values == base.values,
            "spelling {i} gives other values"
        );
        assert_eq!(given.account.records, 3, "spelling {i}");
    }
    assert!(
        base.of("O4K-FLD-CM-STATION").contains(&"00042"),
        "leading zeros stay"
    );
    assert!(
        base.of("O4K-FLD-XIE-DISPLAYNAME")
            .contains(&"Dr. Müster*Jörg")
    );
}

#[test]
fn utf_16_is_read_in_blocks_of_any_size() {
    let base = read("basic.csv");
    let bytes = fixture("xie/basic.csv");
    let text = crate::lines::decode(&bytes).into_owned();
    let units = || "\u{feff}".encode_utf16().chain(text.encode_utf16());
    let little: Vec<u8> = units().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = units().flat_map(u16::to_be_bytes).collect();
    for (wide, size) in [(&little, 1), (&little, 3), (&big, 1), (&big, 4096)] {
        let reader = XieReader::new(&KNOWLEDGE, "x.csv");
        let given = Given::read_in_blocks(reader, wide, size, false);
        assert!(given.values == base.values);
    }
    let half = Given::read_in_blocks(XieReader::new(&KNOWLEDGE, "x.csv"), b"\xff", 1, false);
    assert!(half.account.closes() && half.account.rejected == 1);
}

#[test]
fn reordered_columns_and_columns_of_a_mapping_mean_the_same() {
    let given = Given::read(
        XieReader::new(&KNOWLEDGE, "x.csv"),
        b"displayname;extension;sip_secret\nBeispiel*Anna;2504;geheim\n",
    );
    assert_eq!(given.of("O4K-FLD-CM-STATION"), ["2504"]);
    assert_eq!(given.of("O4K-FLD-XIE-SIPSECRET").len(), 1);
    let mapping = "mapping='m'\nsource='xie'\n[read]\ndelimiter='|'\ncolumns=['domain','switch_name','extension','displayname']\n[[field]]\ncolumn='x'\ncanonical='ignore'";
    let mapping =
        Mapping::parse("m.toml", mapping, &KNOWLEDGE, &CATALOGUE).expect("a good mapping");
    for text in [
        "WERK|0001|2504|Beispiel*Anna|\n",
        "domain|switch_name|extension|displayname|\nWERK|0001|2504|Beispiel*Anna|\n",
    ] {
        let given = Given::read(
            XieReader::with_mapping(&KNOWLEDGE, "x.csv", &mapping),
            text.as_bytes(),
        );
        assert_eq!(given.account.records, 1);
        assert_eq!(given.of("O4K-FLD-XIE-DISPLAYNAME"), ["Beispiel*Anna"]);
    }
}

#[test]
fn a_file_that_is_no_table_is_rejected_line_by_line() {
    let given = Given::read(
        XieReader::new(&KNOWLEDGE, "x.csv"),
        b"Anna;Beispiel;2504\nJan;Muster;2505\n",
    );
    assert_eq!(given.codes(), [("G4K-303", Some(1)), ("G4K-303", Some(2))]);
    assert_eq!(given.account.rejected, 2);
    let given = Given::read(XieReader::new(&KNOWLEDGE, "PORT.csv"), b"");
    assert_eq!(given.codes(), [("G4K-305", None)]);
}

#[test]
fn an_unfinished_last_line_is_pending_only_while_the_file_grows() {
    let text = b"extension|displayname|\n2504|Beispiel*Anna|\n2505|M\xfcs";
    let given = Given::read_in_blocks(XieReader::new(&KNOWLEDGE, "PORT.csv"), text, 7, true);
    assert_eq!((given.account.pending, given.account.rejected), (1, 0));
    let given = Given::read_in_blocks(XieReader::new(&KNOWLEDGE, "PORT.csv"), text, 7, false);
    assert_eq!((given.account.pending, given.account.rejected), (0, 1));
}

/// Not part of the suite: `cargo test --release -p gdpr4k-sources speed -- --ignored --nocapture`.
#[test]
#[ignore = "prints figures"]
fn speed() {
    struct Nothing(u64);
    impl Sink for Nothing {
        fn record(&mut self, record: &Record<'_>) {
            self.0 += record.values.len() as u64;
        }
        fn fact(&mut self, _: Fact) {}
        fn finding(&mut self, _: Finding) {}
    }
    let run = |what: &str, mut reader: Box<dyn Reader>, head: &[u8], body: &[u8]| {
        let mut sink = Nothing(0);
        let start = std::time::Instant::now();
        reader.feed(head, &mut sink);
        let block = body.repeat((1 << 20) / body.len());
        for _ in 0..64 {
            reader.feed(&block, &mut sink);
        }
        let account = reader.finish(false, &mut sink);
        let seconds = start.elapsed().as_secs_f64();
        let megabytes = (64 * block.len()) as f64 / 1e6;
        println!(
            "{what}: {:.0} MB/s, {:.0} records/s",
            megabytes / seconds,
            account.records as f64 / seconds
        );
    };
    let split = |path: &str| {
        let bytes = fixture(path);
        let at = bytes.iter().position(|b| *b == b'\n').map_or(0, |i| i + 1);
        (bytes[..at].to_vec(), bytes[at..].to_vec())
    };
    let (head, body) = split("xie/basic.csv");
    run(
        "xie",
        Box::new(XieReader::new(&KNOWLEDGE, "PORT.csv")),
        &head,
        &body,
    );
    let (head, body) = split("call-journal/basic.csv");
    run(
        "journal",
        Box::new(crate::journal::JournalReader::new(&KNOWLEDGE, None, None)),
        &head,
        &body,
    );
    let (head, body) = split("assistant-log/basic.csv");
    run(
        "log",
        Box::new(crate::log::AssistantLogReader::new(
            &KNOWLEDGE,
            None,
            "x",
            &[],
        )),
        &head,
        &body,
    );
    let body = fixture("syslog/basic.log");
    run(
        "syslog",
        Box::new(crate::syslog::SyslogReader::new(
            &KNOWLEDGE,
            None,
            None,
            &[],
        )),
        b"",
        &body,
    );
}

proptest! {
    #[test]
    fn any_bytes_are_accounted_for(
        bytes in proptest::collection::vec(any::<u8>(), 0..400), size in 1usize..50, growing: bool,
    ) {
        let given = Given::read_in_blocks(XieReader::new(&KNOWLEDGE, "x"), &bytes, size, growing);
        prop_assert!(given.account.closes());
    }

    #[test]
    fn any_table_like_text_is_accounted_for(
        text in "(extension\\|displayname\\|\n)?([a\"\\\\|;\n\r#]|ab\\|){0,80}", size in 1usize..50,
    ) {
        let one = Given::read(XieReader::new(&KNOWLEDGE, "PORT"), text.as_bytes());
        let many = Given::read_in_blocks(XieReader::new(&KNOWLEDGE, "PORT"), text.as_bytes(), size, false);
        prop_assert!(one.account.closes());
        prop_assert_eq!(one.summary(), many.summary());
        prop_assert_eq!(one.account.rejected as usize, one.findings.iter().filter(|f| f.line.is_some() && f.code < "G4K-304").count());
    }
}
