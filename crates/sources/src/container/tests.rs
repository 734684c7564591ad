use std::io::Cursor;

use proptest::prelude::*;

use super::*;
use crate::testing::{CATALOGUE, fixture};

/// Names, sizes, damage and findings; no byte of a member.
fn summary(bytes: Vec<u8>) -> String {
    let mut file = Cursor::new(bytes);
    let limits = Limits::default();
    let mut found = Vec::new();
    let findings = members(&mut file, &limits, &mut |m| found.push(m));
    let mut out = String::new();
    for member in found {
        let mut bytes = 0;
        let outcome = read(&mut file, &member, limits.nested, &mut |b| {
            bytes += b.len() as u64;
            true
        });
        out += &format!(
            "{} {} of {} {outcome:?}\n",
            member.name, bytes, member.bytes
        );
    }
    for f in findings {
        let text = CATALOGUE.finding(f.code).expect("it is listed");
        out += &format!("{}: {}\n", f.code, text.message(&f, gdpr4k_model::Lang::En));
    }
    out
}

#[test]
fn what_does_harm_is_left_out_and_the_rest_is_read() {
    for file in [
        "basic",
        "directory-only",
        "empty",
        "dirty",
        "truncated",
        "overlap",
        "lying",
    ] {
        insta::assert_snapshot!(
            format!("idtb_{file}"),
            summary(fixture(&format!("idtb/{file}.zip")))
        );
    }
}

#[test]
fn limits_hold() {
    let run = |limits: Limits| {
        let mut count = 0;
        let mut file = Cursor::new(fixture("idtb/basic.zip"));
        let findings = members(&mut file, &limits, &mut |_| count += 1);
        (count, findings.iter().map(|f| f.code).collect::<Vec<_>>())
    };
    let some = Limits::default();
    assert_eq!(run(Limits { members: 2, ..some }), (2, vec!["G4K-601"]));
    let (count, codes) = run(Limits {
        expanded: 200,
        ..some
    });
    assert!(count < 5 && codes.iter().all(|c| *c == "G4K-609"));
}

#[test]
fn names_are_relative_or_refused() {
    for bad in [
        "/a",
        "../a",
        "a/../../b",
        "C:/a",
        "C:\\a",
        "",
        "a//b",
        "a!/b",
        "a\0b",
        "..\\a",
    ] {
        assert_eq!(super::zip::clean_name(bad), None, "{bad:?}");
    }
    assert_eq!(
        super::zip::clean_name("./a\\b.csv").as_deref(),
        Some("a/b.csv")
    );
}

proptest! {
    #[test]
    fn damaged_archives_end(at in 0usize..4000, with in any::<u8>(), cut in 0usize..4000, which in 0usize..2) {
        let mut bytes = fixture(["idtb/basic.zip", "pm-report/basic.xlsx"][which]);
        let at = at % bytes.len();
        bytes[at] = with;
        bytes.truncate(bytes.len() - cut % 64);
        summary(bytes.clone());
        let _ = workbook::rows(&mut Cursor::new(bytes), &mut Vec::new(), &mut || {}, &mut |_| {});
    }

    #[test]
    fn any_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        summary(bytes.clone());
        tar_members(&mut Cursor::new(bytes), 1 << 20);
    }
}
