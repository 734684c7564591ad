//! Tests of the reader.

use super::*;
use crate::testing::{Given, KNOWLEDGE, fixture};
use proptest::prelude::*;

fn day(text: &str) -> Option<NaiveDate> {
    text.parse().ok()
}

fn reader() -> SyslogReader<'static> {
    SyslogReader::new(
        &KNOWLEDGE,
        day("2026-02-10"),
        Some(chrono_tz::Europe::Berlin),
        &["engr".into()],
    )
}

#[test]
fn fixtures_are_read_as_they_were() {
    for file in ["basic", "dirty", "empty"] {
        let given = Given::read(reader(), &fixture(&format!("syslog/{file}.log")));
        assert!(given.account.closes());
        insta::assert_snapshot!(format!("syslog_{file}"), given.summary());
    }
}

#[test]
fn every_envelope_gives_its_day() {
    for (text, want) in [
        ("<38>Feb  3 08:14:09 os4k sshd[2211]: x", "2026-02-03"),
        ("Feb 3 08:14:09 os4k sshd: x", "2026-02-03"),
        ("Feb 12 08:14:09 os4k sshd: x", "2026-02-12"),
        ("Feb 13 08:14:09 os4k sshd: x", "2025-02-13"),
        ("Dec 31 23:59:59 os4k sshd: x", "2025-12-31"),
        ("Feb 29 08:14:09 os4k sshd: x", "2024-02-29"),
        ("Feb 3 2024 08:14:09: %SYS x", "2024-02-03"),
        (
            "<165>1 2026-02-03T23:30:00.003Z os4k app 12 ID47 [a b=\"c\"] \u{feff}x",
            "2026-02-04",
        ),
        (
            "<165>1 2026-02-03T08:14:09+01:00 os4k app - - - x",
            "2026-02-03",
        ),
        (
            "2026-02-03T08:14:09.123456+01:00 os4k sshd[1]: x",
            "2026-02-03",
        ),
        ("2026-02-03 08:14:09,123 os4k sshd[1]: x", "2026-02-03"),
        ("<999>Feb  3 08:14:09 os4k sshd: x", "2026-02-03"),
        ("<abc>Feb  3 08:14:09 os4k sshd: x", "2026-02-03"),
        ("<>2026-02-03T08:14:09Z os4k sshd: x", "2026-02-03"),
        ("38 <38>Feb  3 08:14:09 os4k sshd: x", "2026-02-03"),
        (
            "61 <165>1 2026-02-03T08:14:09+01:00 os4k app - - - x",
            "2026-02-03",
        ),
        ("<b>Feb 3 is a good day", "none"),
        ("<13>1 - os4k app - - -", "none"),
        ("kernel panic", "none"),
    ] {
        let given = Given::read(reader(), text.as_bytes());
        assert_eq!(
            given.days.keys().next().map(String::as_str),
            Some(want),
            "{text}"
        );
    }
    let given = Given::read(
        SyslogReader::new(&KNOWLEDGE, None, None, &[]),
        b"Feb 3 08:14:09 a b: c\n",
    );
    assert_eq!(given.codes(), [("G4K-332", Some(1))]);
}

#[test]
fn a_message_keeps_its_indented_lines() {
    let given = Given::read(
        reader(),
        b"Feb  3 08:14:09 a b: c\n\tat user=jdoe\n  at 10.1.2.3\nFeb  3 08:14:10 a b: d\n",
    );
    assert_eq!((given.account.records, given.account.continuation), (2, 2));
    assert_eq!(given.lines, [1, 4]);
    assert_eq!(given.of("O4K-FLD-LOG-USER"), ["jdoe"]);
    assert_eq!(given.of("O4K-FLD-LOG-IP"), ["10.1.2.3"]);
}

#[test]
fn a_priority_out_of_range_is_no_part_of_the_message() {
    let given = Given::read(reader(), b"<999>Feb  3 08:14:09 os4k cron: by jdoe\n");
    assert_eq!(given.of("O4K-FLD-LOG-TEXT"), ["cron: by jdoe"]);
    assert!(given.codes().is_empty());
}

proptest! {
    #[test]
    fn any_bytes_are_accounted_for(
        bytes in proptest::collection::vec(any::<u8>(), 0..400), size in 1usize..50, growing: bool,
    ) {
        let given = Given::read_in_blocks(reader(), &bytes, size, growing);
        prop_assert!(given.account.closes());
    }

    #[test]
    fn any_head_like_text_is_accounted_for(text in "(<[0-9]{0,4}>|1 |1234567 |2026-02-03 08:14:09|Feb |2026-02-03T|08:14:09|[ \n:é-]|user=|a){0,30}") {
        let given = Given::read(reader(), text.as_bytes());
        prop_assert!(given.account.closes());
    }
}
