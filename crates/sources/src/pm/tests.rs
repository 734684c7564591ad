use proptest::prelude::*;

use super::*;
use crate::forms::FormReader;
use crate::mapping::Mapping;
use crate::testing::{CATALOGUE, Given, KNOWLEDGE, fixture};

fn workbook(name: &str) -> Given {
    let mut given = Given::default();
    let mut file = std::io::Cursor::new(fixture(name));
    given.account.records = workbook_report(&mut file, &KNOWLEDGE, name, &mut given);
    given
}

#[test]
fn fixtures_are_read_as_they_were() {
    for file in ["basic", "dirty", "empty", "headless"] {
        let reader = TextReport::new(&KNOWLEDGE, "report.csv");
        let given = Given::read(reader, &fixture(&format!("pm-report/{file}.csv")));
        assert!(given.account.closes());
        insta::assert_snapshot!(format!("pm-report_csv_{file}"), given.summary());
    }
    for file in ["basic", "dirty", "empty"] {
        let reader = HtmlReport::new(&KNOWLEDGE, "report.html");
        let given = Given::read(reader, &fixture(&format!("pm-report/{file}.html")));
        assert!(given.account.closes());
        insta::assert_snapshot!(format!("pm-report_html_{file}"), given.summary());
        let given = workbook(&format!("pm-report/{file}.xlsx"));
        insta::assert_snapshot!(format!("pm-report_xlsx_{file}"), given.summary());
    }
}

#[test]
fn records_of_performance_management_are_read_through_a_mapping() {
    let path = "mappings/pm.example.toml";
    let text = gdpr4k_model::schemas::text(path).expect("it is built in");
    let mapping =
        Mapping::parse(path, text, &KNOWLEDGE, &CATALOGUE).unwrap_or_else(|p| panic!("{p}"));
    for file in ["basic", "dirty", "empty"] {
        let reader = FormReader::new(&KNOWLEDGE, "pm", Some(&mapping)).expect("the form exists");
        let given = Given::read(reader, &fixture(&format!("pm/{file}.csv")));
        assert!(given.account.closes());
        insta::assert_snapshot!(format!("pm_{file}"), given.summary());
    }
}

#[test]
fn the_object_decides_and_where_it_does_not_the_row_key() {
    let read = |text: &str| Given::read(TextReport::new(&KNOWLEDGE, "x.csv"), text.as_bytes());
    let lines = read("Trunk group;Calls\n1;412\n");
    assert_eq!(lines.of("O4K-FLD-PM-TRUNKGROUPS"), ["1", "412"]);
    assert_eq!(lines.of("O4K-FLD-PM-STATION").len(), 0);
    // a heading that names a group does not hide stations
    let stations = read("Trunk groups\nExtension;Calls\n2504;412\n");
    assert_eq!(stations.of("O4K-FLD-PM-STATION"), ["2504"]);
    let features =
        read("Feature utilization\nFeature;Count\nCall forwarding;4\n2504;4\nKoch, Anna;1\n");
    assert_eq!(features.of("O4K-FLD-PM-STATION"), ["2504"]);
    assert_eq!(features.of("O4K-FLD-PM-NAME"), ["Koch, Anna"]);
    assert_eq!(features.of("O4K-FLD-PM-FEATURES"), ["4", "1"]);
    let by_station = read("Feature;Extension;Count\nCall forwarding;2504;4\n");
    assert_eq!(by_station.of("O4K-FLD-PM-STATION"), ["2504"]);
    let members = read("Hunt group;Extension;Count\n71;2504;4\n");
    assert_eq!(members.of("O4K-FLD-PM-STATION"), ["71", "2504"]);
    let load = read("Date;Load\n2026-10-01;0.7\n");
    assert_eq!(load.of("O4K-FLD-PM-LOAD"), ["0.7"]);
    assert_eq!(load.of("O4K-FLD-PM-STATION").len(), 0);
    let calls = read("Subscriber calls\nExtension;Called number;Duration\n2504;03023125999;12\n");
    assert_eq!(calls.of("O4K-FLD-PM-CALLED"), ["03023125999"]);
    assert_eq!(calls.of("O4K-FLD-PM-SUBSCRIBERCALLS"), ["12"]);
}

proptest! {
    #[test]
    fn rows_are_apart_and_hold_their_cells(text in "(Extension;Calls\n|2504;3\n|\"a;b\";1|\r\n|\r|;| |é|Total;3\n|x\n|<tr>|<td>|</td>|</tr>|<table>|</table>|<th>|Extension|Calls|2504|<b>|<){0,40}") {
        let bytes = text.as_bytes();
        for report in [Report::text(bytes, &KNOWLEDGE, "x"), Report::html(bytes, &KNOWLEDGE, "x")] {
            let mut end = 0;
            for row in &report.rows {
                prop_assert!(row.place.start >= end && row.place.end <= bytes.len());
                end = row.place.end;
                for place in row.cells.iter().flat_map(|c| &c.places) {
                    prop_assert!(row.place.start <= place.start && place.end <= row.place.end);
                }
            }
        }
    }

    #[test]
    fn any_bytes_are_accounted_for(
        bytes in proptest::collection::vec(any::<u8>(), 0..300), headed: bool, size in 1usize..50, growing: bool,
    ) {
        let mut bytes = bytes;
        if headed {
            bytes.splice(0..0, *b"Extension;Calls\n");
        }
        let given = Given::read_in_blocks(TextReport::new(&KNOWLEDGE, "x"), &bytes, size, growing);
        prop_assert!(given.account.closes());
        let given = Given::read_in_blocks(HtmlReport::new(&KNOWLEDGE, "x"), &bytes, size, growing);
        prop_assert!(given.account.closes());
    }

    #[test]
    fn any_tags_are_accounted_for(text in "(<tr>|<td>|</td>|</tr>|<table>|</table>|<th>|Extension|Calls|2504|<!--|-->|\n|\r\n|<script>|</script>|<a b=\"|\"|>|<| ){0,60}", size in 1usize..50, growing: bool) {
        let given = Given::read_in_blocks(HtmlReport::new(&KNOWLEDGE, "x"), text.as_bytes(), size, growing);
        prop_assert!(given.account.closes());
        let lines = text.replace("\r\n", "\n").lines().count() as u64;
        prop_assert_eq!(given.account.lines, lines);
    }
}

/// Every row with its class and the bytes of its cells.
fn rows(report: &Report, bytes: &[u8]) -> String {
    let mut out = format!("unread {} tangled {}\n", report.unread, report.tangled);
    for row in &report.rows {
        let day = row.day.map_or(String::new(), |d| d.to_string());
        let shape =
            |r: &std::ops::Range<usize>| String::from_utf8_lossy(&bytes[r.clone()]).into_owned();
        let cells: Vec<String> = row
            .cells
            .iter()
            .map(|c| {
                format!(
                    "{:?} {:?}",
                    c.column,
                    c.places.iter().map(shape).collect::<Vec<_>>()
                )
            })
            .collect();
        out.push_str(&format!(
            "table {} line {} {:?} {day}\n  {:?}\n  {}\n",
            row.table,
            row.line,
            row.class,
            shape(&row.place),
            cells.join(" | ")
        ));
    }
    out
}

#[test]
fn rows_have_their_places() {
    for file in ["basic.csv", "dirty.csv", "empty.csv", "headless.csv"] {
        let bytes = fixture(&format!("pm-report/{file}"));
        let report = Report::text(&bytes, &KNOWLEDGE, "report.csv");
        insta::assert_snapshot!(format!("pm-report_rows_{file}"), rows(&report, &bytes));
    }
    for file in ["basic.html", "dirty.html", "empty.html"] {
        let bytes = fixture(&format!("pm-report/{file}"));
        let report = Report::html(&bytes, &KNOWLEDGE, "report.html");
        insta::assert_snapshot!(format!("pm-report_rows_{file}"), rows(&report, &bytes));
    }
}

#[test]
fn a_sum_that_gdpr4k_wrote_is_about_nobody() {
    let text = "Nebenstelle;Name;Datum;Gespräche\nsum(7);;01.10.2026;84\n2504;;02.10.2026;3\n";
    let given = Given::read(TextReport::new(&KNOWLEDGE, "x.csv"), text.as_bytes());
    assert_eq!(given.of("O4K-FLD-PM-STATION"), ["2504"]);
    assert_eq!(given.of("O4K-FLD-PM-EXTENSIONS"), ["3"]);
    let report = Report::text(text.as_bytes(), &KNOWLEDGE, "x.csv");
    let classes: Vec<Class> = report.rows.iter().map(|r| r.class).collect();
    assert_eq!(classes, [Class::Sum, Class::Person]);
    assert!(is_sum(&sum_key(7)) && !is_sum("sum") && !is_sum("sum(x)"));
}
