use std::io::Cursor;

use super::*;
use crate::retention::testing::{Bench, TABLES, fixture};

/// A report on the stations of six persons and two days.
const REPORT: &str = "Performance Management;;\nReport: Extensions;;\n\n\
    Nebenstelle;Name;Datum;Gespräche;Dauer;Durchschnitt\n\
    2501;Koch, Anna;01.10.2026;12;00:34:10;2.8\n\
    2502;\"Berg, \"\"Jörg\"\"\";01.10.2026;7;00:11:00;1.5\n\
    2503;Amsel, Eva;01.10.2026;9;00:20:30;2.2\n\
    2504;Dorn, Ute;01.10.2026;11;00:31:00;2.8\n\
    2505;Ernst, Max;01.10.2026;8;00:15:20;1.9\n\
    2506;Falk, Ida;01.10.2026;10;00:25:00;2.5\n\
    2501;Koch, Anna;02.10.2026;3;00:04:10;1.4\n\
    2502;Berg, Jörg;02.10.2026;4;00:11:00;2.7\n\
    2503;Amsel, Eva;30.10.2026;4;00:11:00;2.7\n\
    Total;;;68;02:42:10;2.4\n\n\
    Trunk groups\nTrunk group;Date;Calls\n1;2026-10-01;412\n";

#[test]
fn figures_about_a_group_take_the_place_of_persons() {
    let done =
        Bench::on("2026-11-04").report("r.csv", "2026-10-31", REPORT.as_bytes(), Markup::Text);
    insta::assert_snapshot!("text", done.show());
    let text = done.text();
    for gone in ["Koch", "Berg", "Ernst", "2501", "2506", "00:34:10"] {
        assert!(!text.contains(gone), "{gone}");
    }
    assert!(
        text.contains("Amsel, Eva;30.10.2026;4"),
        "her day has not come"
    );
    // later the last one goes too, and what was summed stays
    let later =
        Bench::on("2026-12-04").report("r.csv", "2026-10-31", text.as_bytes(), Markup::Text);
    assert!(later.text().contains("sum(6)") && !later.text().contains("Amsel"));
    let never = Bench::on("2027-12-04").report(
        "r.csv",
        "2026-10-31",
        later.text().as_bytes(),
        Markup::Text,
    );
    let buckets = &never.taken.census.buckets;
    assert!(never.plan.items.is_empty());
    assert!(buckets.iter().all(|b| b.cluster == "technical-data"));
}

#[test]
fn a_total_does_not_give_away_who_was_left_out() {
    let of = |rows: &[(&str, u32)]| {
        let mut text = String::from("Extension;Date;Calls\n");
        rows.iter()
            .for_each(|(no, n)| text.push_str(&format!("{no};2026-10-01;{n}\n")));
        text.push_str("2509;2026-11-02;1\nTotal;;99\n");
        let done = Bench::on("2026-11-04").report(
            "extensions.csv",
            "2026-10-31",
            text.as_bytes(),
            Markup::Text,
        );
        done.text()
    };
    let five = [
        ("2501", 1),
        ("2502", 2),
        ("2503", 3),
        ("2504", 4),
        ("2505", 5),
    ];
    assert_eq!(
        of(&five),
        "Extension;Date;Calls\nsum(5);2026-10-01;15\n2509;2026-11-02;1\nTotal;;99\n"
    );
    assert_eq!(
        of(&five[..4]),
        "Extension;Date;Calls\n2509;2026-11-02;1\nTotal;;\n"
    );
    let one_makes_all = [
        ("2501", 1),
        ("2502", 0),
        ("2503", 0),
        ("2504", 4),
        ("2505", 500),
    ];
    assert_eq!(
        of(&one_makes_all),
        "Extension;Date;Calls\n2509;2026-11-02;1\nTotal;;\n"
    );
}

#[test]
fn a_report_that_says_nothing_more_goes_as_a_whole() {
    let of = |persons: u32| {
        let mut text = String::from("Extension;Date;Hour;Calls\n");
        (0..persons).for_each(|n| {
            text.push_str(&format!("{};2026-10-01;{}:00;{n}\n", 2501 + n, n % 2));
        });
        Bench::on("2026-11-04").report(
            "extensions.csv",
            "2026-10-31",
            text.as_bytes(),
            Markup::Text,
        )
    };
    assert_eq!(of(4).plan.items[0].action, Treatment::DeleteFile);
    let five = of(5);
    assert_eq!(five.plan.items[0].action, Treatment::Delete);
    // an hour that is not that of all is not said
    assert_eq!(
        five.text(),
        "Extension;Date;Hour;Calls\nsum(5);2026-10-01;;10\n"
    );
}

#[test]
fn stages_come_before_the_end() {
    let bench = || {
        Bench::on("2026-10-20").stages(
            "performance-station",
            &["P7D own-station pseudonymise", "P7D name blank"],
        )
    };
    let done = bench().report("r.csv", "2026-10-31", REPORT.as_bytes(), Markup::Text);
    insta::assert_snapshot!("text_stages", done.show());
    let page = fixture("pm-report/basic.html");
    let done = bench().report("r.html", "2026-10-31", &page, Markup::Html);
    insta::assert_snapshot!("html_stages", done.show());
    let book = fixture("pm-report/rich.xlsx");
    let done = bench().report("r.xlsx", "2026-10-31", &book, Markup::Workbook);
    let (out, ..) = done.new.as_ref().expect("it was rewritten");
    insta::assert_snapshot!("workbook_stages", sheets(out));
}

#[test]
fn the_characters_of_a_report_make_no_difference() {
    let bench = Bench::on("2026-11-04");
    let run = |bytes: &[u8]| {
        bench
            .report("r.csv", "2026-10-31", bytes, Markup::Text)
            .new
            .expect("it was rewritten")
            .0
    };
    let plain = String::from_utf8(run(REPORT.as_bytes())).unwrap();
    let western = |t: &str| encoding_rs::WINDOWS_1252.encode(t).0.into_owned();
    let wide = |t: &str| -> Vec<u8> {
        let units = [0xfeff].into_iter().chain(t.encode_utf16());
        units.flat_map(|u: u16| u.to_be_bytes()).collect()
    };
    assert!(run(&western(REPORT)) == western(&plain));
    assert!(run(&wide(REPORT)) == wide(&plain));
    assert_eq!(
        run(format!("\u{feff}{REPORT}").as_bytes()),
        format!("\u{feff}{plain}").into_bytes()
    );
}

/// A page with six persons, links and attributes.
fn page() -> String {
    let mut rows = String::new();
    for (no, name, calls) in [
        ("2501", "Koch, Anna", 12),
        ("2502", "K&ouml;hler, Uwe", 7),
        ("2503", "Amsel, Eva", 9),
        ("2504", "Dorn, Ute", 11),
        ("2505", "Ernst, Max", 8),
        ("2506", "Falk, Ida", 10),
    ] {
        rows.push_str(&format!(
            "<tr title=\"{name}\"><td><a href=\"tel:{no}\">{no}</a></td><td>{name}</td><td>01.10.2026</td>\n  <td><b>{calls}</b></td></tr>\n"
        ));
    }
    format!(
        "<html><body><h1>Extensions</h1>\n<table>\n<tr><th>Extension</th><th>Name</th><th>Date</th><th>Calls</th></tr>\n{rows}<tr><td>Total</td><td></td><td></td><td>57</td></tr>\n</table>\n<p>end</p></body></html>\n"
    )
}

#[test]
fn pages_lose_rows_with_their_links() {
    let done =
        Bench::on("2026-11-04").report("r.html", "2026-10-31", page().as_bytes(), Markup::Html);
    insta::assert_snapshot!("html", done.show());
    for gone in ["Koch", "hler", "2501", "tel:"] {
        assert!(!done.text().contains(gone), "{gone}");
    }
    for file in ["basic", "dirty", "empty"] {
        let bytes = fixture(&format!("pm-report/{file}.html"));
        let done = Bench::on("2026-11-04").report("r.html", "2026-10-31", &bytes, Markup::Html);
        insta::assert_snapshot!(format!("html_{file}"), done.show());
    }
    for file in ["basic", "dirty", "empty", "headless"] {
        let bytes = fixture(&format!("pm-report/{file}.csv"));
        let done = Bench::on("2026-11-04").report("r.csv", "2026-10-31", &bytes, Markup::Text);
        insta::assert_snapshot!(format!("text_{file}"), done.show());
    }
}

#[test]
fn what_stands_elsewhere_keeps_a_report_whole() {
    let whole = |text: &str, markup| {
        let done = Bench::on("2026-11-04").report("r", "2026-10-31", text.as_bytes(), markup);
        (
            done.taken.census.by_record,
            done.taken.findings.first().map(|f| f.code),
        )
    };
    let page = page();
    assert_eq!(whole(&page, Markup::Html), (true, None));
    for elsewhere in [
        "<h1>Extensions, Koch, Anna</h1>",
        "<h1>K&#246;hler, Uwe</h1>",
        "<script>var s=[2501]</script>",
        "<!-- 2501 -->",
    ] {
        let changed = page.replace("<h1>Extensions</h1>", elsewhere);
        assert_eq!(
            whole(&changed, Markup::Html),
            (false, Some("G4K-786")),
            "{elsewhere}"
        );
    }
    let nested = page.replace(
        "<td><b>12</b></td>",
        "<td><table><tr><td>12</td></tr></table></td>",
    );
    assert_eq!(whole(&nested, Markup::Html), (false, Some("G4K-784")));
    let heading = REPORT.replace("Report: Extensions", "Report: 2501");
    assert_eq!(whole(&heading, Markup::Text), (false, Some("G4K-786")));
    let about = REPORT.replace("Report: Extensions", "Period: 01.10.2026 - 31.10.2026");
    assert_eq!(whole(&about, Markup::Text), (true, None));
}

/// The sheets and texts of a workbook.
fn sheets(bytes: &[u8]) -> String {
    use gdpr4k_sources::container::{Limits, members, whole};
    let mut found = Vec::new();
    members(&mut Cursor::new(bytes), &Limits::default(), &mut |m| {
        found.push(m)
    });
    let mut out = String::new();
    for member in found
        .iter()
        .filter(|m| m.name.contains("sheet") && m.name.ends_with(".xml"))
    {
        let text =
            whole(&mut Cursor::new(bytes), member, 1 << 20).unwrap_or_else(|d| panic!("{d:?}"));
        out.push_str(&format!(
            "{}\n{}\n",
            member.name,
            String::from_utf8_lossy(&text).replace("<row", "\n<row")
        ));
    }
    out
}

/// Every part of a workbook, one after the other.
fn parts(bytes: &[u8]) -> Vec<u8> {
    use gdpr4k_sources::container::{Limits, members, whole};
    let mut found = Vec::new();
    members(&mut Cursor::new(bytes), &Limits::default(), &mut |m| {
        found.push(m)
    });
    let read = |m| whole(&mut Cursor::new(bytes), m, 1 << 20).unwrap_or_else(|d| panic!("{d:?}"));
    found.iter().flat_map(read).collect()
}

#[test]
fn workbooks_lose_rows_with_every_copy() {
    let bytes = fixture("pm-report/rich.xlsx");
    let done = Bench::on("2026-11-04").report("r.xlsx", "2026-10-31", &bytes, Markup::Workbook);
    let (out, ..) = done.new.as_ref().expect("it was rewritten");
    let all = parts(out);
    for value in [
        "Koch",
        "Berg",
        "Ernst",
        "2501",
        "2506",
        "00:34:10",
        "joerg.berg",
    ] {
        assert!(
            memchr::memmem::find(&all, value.as_bytes()).is_none(),
            "{value}"
        );
    }
    let mut said = done.show();
    said.truncate(said.find("---").unwrap_or(said.len()));
    insta::assert_snapshot!("workbook", said + &sheets(out));
    for file in ["basic", "dirty", "empty"] {
        let bytes = fixture(&format!("pm-report/{file}.xlsx"));
        let done = Bench::on("2026-11-04").report("r.xlsx", "2026-10-31", &bytes, Markup::Workbook);
        let mut said = done.show();
        said.truncate(said.find("---").unwrap_or(said.len()));
        let sheets = done.new.as_ref().map(|n| sheets(&n.0)).unwrap_or_default();
        insta::assert_snapshot!(
            format!("workbook_{file}"),
            said + &sheets.chars().take(2000).collect::<String>()
        );
    }
}

#[test]
fn damaged_rows_go_to_the_quarantine() {
    let text =
        "Extension;Date;Calls\n2501;2026-10-01;3\n2502;2026-11-01;3\n2503;2026-10-01;3;4;5\n";
    let done = Bench::on("2026-11-04").report("r.csv", "2026-10-31", text.as_bytes(), Markup::Text);
    let (out, apart, counts) = done.new.expect("it was rewritten");
    assert_eq!(
        String::from_utf8_lossy(&out),
        "Extension;Date;Calls\n2502;2026-11-01;3\n"
    );
    assert_eq!(String::from_utf8_lossy(&apart), "2503;2026-10-01;3;4;5\n");
    assert_eq!((counts.quarantined, counts.left(), counts.sums), (1, 1, 0));
}

#[test]
fn a_closed_report_goes_by_the_day_of_the_file() {
    let taken = |bytes: &[u8]| {
        Bench::on("2026-11-04").report("r.xlsx", "2026-10-31", bytes, Markup::Workbook)
    };
    let early = taken(b"PK\x03\x04 damaged");
    assert!(!early.taken.census.by_record && early.plan.items.is_empty());
    assert_eq!(early.taken.census.records, 1);
    let late = Bench::on("2026-12-04").report(
        "r.xlsx",
        "2026-10-31",
        b"PK\x03\x04 damaged",
        Markup::Workbook,
    );
    assert_eq!(late.plan.items[0].action, Treatment::DeleteFile);
    let _ = &TABLES;
}
