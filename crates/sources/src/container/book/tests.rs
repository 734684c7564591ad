use std::collections::BTreeMap;
use std::io::Cursor;

use super::*;
use crate::container::{self, Limits};
use crate::pm::{Class, Column, Report};
use crate::testing::{KNOWLEDGE, fixture};

/// Opens a workbook of the fixtures with the rows of its reports.
fn open(name: &str) -> (Vec<u8>, Book, Report) {
    let bytes = fixture(&format!("pm-report/{name}"));
    let book = Book::open(&mut Cursor::new(&bytes)).unwrap_or_else(|o| panic!("{o:?}"));
    let report = Report::workbook(&book, &KNOWLEDGE, name);
    (bytes, book, report)
}

/// The parts of a workbook, unpacked.
fn parts(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut file = Cursor::new(bytes);
    let mut members = Vec::new();
    let findings = container::members(&mut file, &Limits::default(), &mut |m| members.push(m));
    assert!(findings.is_empty(), "{findings:?}");
    let read = |m: &container::Member| {
        container::whole(&mut Cursor::new(bytes), m, 1 << 30).unwrap_or_else(|d| panic!("{d:?}"))
    };
    members.iter().map(|m| (m.name.clone(), read(m))).collect()
}

/// Takes persons out of a workbook: every row of theirs, or the first one becomes a sum.
fn without_persons(name: &str, sum: bool) -> (Vec<u8>, Vec<u8>, Vec<String>) {
    let (bytes, mut book, report) = open(name);
    let (mut edits, mut marks, mut values) = (BTreeMap::new(), Marks::default(), Vec::new());
    for row in report.rows.iter().filter(|r| r.class == Class::Person) {
        for cell in &row.cells {
            if matches!(cell.column, Column::Key | Column::Name | Column::Called) {
                marks.add(&cell.text);
                values.push(cell.text.clone());
            }
        }
        let edit = if sum && edits.is_empty() {
            let cell = |ix: usize, text: &str, number| CellEdit {
                place: row.cells[ix].places[0].clone(),
                text: text.to_owned(),
                number,
            };
            RowEdit::Replace(vec![cell(0, "sum(6)", false), cell(3, "57", true)])
        } else {
            RowEdit::Remove
        };
        edits.insert((row.part, row.index), edit);
    }
    book.rewrite(&edits, &marks)
        .unwrap_or_else(|o| panic!("{o:?}"));
    let out = book.write(&mut Cursor::new(&bytes), Vec::new());
    let out = out.unwrap_or_else(|e| panic!("{e:?}"));
    (bytes, out, values)
}

#[test]
fn the_rows_are_those_that_a_scan_reads() {
    for name in ["basic.xlsx", "rich.xlsx"] {
        let (bytes, _, report) = open(name);
        let mut given = crate::testing::Given::default();
        crate::pm::workbook_report(&mut Cursor::new(&bytes), &KNOWLEDGE, name, &mut given);
        let lines: Vec<u64> = report
            .rows
            .iter()
            .filter(|r| matches!(r.class, Class::Person | Class::Plain | Class::Sum))
            .map(|r| r.line)
            .collect();
        assert_eq!(lines, given.lines, "{name}");
        let values: Vec<&str> = report
            .rows
            .iter()
            .flat_map(|r| &r.cells)
            .filter(|c| c.element.is_some())
            .map(|c| c.text.as_str())
            .collect();
        let scanned: Vec<&str> = given.values.iter().map(|(_, v)| v.as_str()).collect();
        assert_eq!(values, scanned, "{name}");
    }
}

#[test]
fn a_row_goes_with_every_copy_of_its_values() {
    for sum in [false, true] {
        let (before, after, values) = without_persons("rich.xlsx", sum);
        let (old, new) = (parts(&before), parts(&after));
        assert!(values.contains(&"Koch, Anna".to_owned()));
        for (name, bytes) in &new {
            let text = String::from_utf8_lossy(bytes);
            for value in values
                .iter()
                .map(String::as_str)
                .chain(["joerg.berg", "00:34:10"])
            {
                assert!(!text.contains(value), "a value is left in {name}");
            }
        }
        let changed: Vec<&str> = new
            .iter()
            .filter(|(name, bytes)| old[*name] != **bytes)
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(
            changed,
            [
                "xl/charts/chart1.xml",
                "xl/comments1.xml",
                "xl/sharedStrings.xml",
                "xl/worksheets/_rels/sheet1.xml.rels",
                "xl/worksheets/sheet1.xml",
                "xl/worksheets/sheet2.xml",
            ]
        );
        assert_eq!(old.len(), new.len());
        let name = if sum { "with_a_sum" } else { "without_rows" };
        let show = |part: &str| String::from_utf8_lossy(&new[part]).replace("><", ">\n<");
        insta::assert_snapshot!(
            name,
            [
                "xl/worksheets/sheet1.xml",
                "xl/worksheets/sheet2.xml",
                "xl/comments1.xml",
                "xl/sharedStrings.xml"
            ]
            .map(show)
            .join("\n\n")
        );
    }
}

#[test]
fn what_was_written_is_read_again_and_stays_as_it_is() {
    let (_, after, _) = without_persons("rich.xlsx", true);
    let mut book = Book::open(&mut Cursor::new(&after)).unwrap_or_else(|o| panic!("{o:?}"));
    let report = Report::workbook(&book, &KNOWLEDGE, "rich.xlsx");
    let classes: Vec<Class> = report.rows.iter().map(|r| r.class).collect();
    assert_eq!(classes, [Class::Sum, Class::Total, Class::Plain]);
    book.rewrite(&BTreeMap::new(), &Marks::default())
        .unwrap_or_else(|o| panic!("{o:?}"));
    let again = book
        .write(&mut Cursor::new(&after), Vec::new())
        .unwrap_or_else(|e| panic!("{e:?}"));
    assert_eq!(parts(&after), parts(&again));
    assert_eq!(after, again);
}

/// A workbook of a few parts, in the order given.
fn made(extra: &[(&str, &str)]) -> Vec<u8> {
    let sheet = r#"<worksheet><sheetData><row r="1"><c t="inlineStr"><is><t>Extension</t></is></c><c t="inlineStr"><is><t>Calls</t></is></c></row><row r="2"><c r="A2"><v>2504</v></c><c r="B2"><v>7</v></c></row></sheetData></worksheet>"#;
    let mut all = vec![
        ("xl/workbook.xml", "<workbook><sheets/></workbook>"),
        ("xl/worksheets/sheet1.xml", sheet),
    ];
    for part in extra {
        all.retain(|(n, _)| n != &part.0);
        all.push(*part);
    }
    let mut packer = Packer::new(Vec::new());
    for (name, text) in all {
        let entry = Entry::named(name);
        packer
            .put(&entry, text.as_bytes())
            .unwrap_or_else(|e| panic!("{e:?}"));
    }
    packer.finish().unwrap_or_else(|e| panic!("{e:?}"))
}

/// What stands in the way of taking the only person out.
fn obstacle(extra: &[(&str, &str)]) -> Option<Obstacle> {
    let bytes = made(extra);
    let mut book = match Book::open(&mut Cursor::new(&bytes)) {
        Ok(book) => book,
        Err(obstacle) => return Some(obstacle),
    };
    let report = Report::workbook(&book, &KNOWLEDGE, "x.xlsx");
    let mut marks = Marks::default();
    marks.add("2504");
    marks.add("Koch, Anna");
    let rows = report.rows.iter().filter(|r| r.class == Class::Person);
    let edits = rows.map(|r| ((r.part, r.index), RowEdit::Remove)).collect();
    book.rewrite(&edits, &marks).err()
}

#[test]
fn a_copy_that_cannot_be_taken_out_is_an_obstacle() {
    assert_eq!(obstacle(&[]), None);
    let value = Some(Obstacle::Value);
    assert_eq!(
        obstacle(&[(
            "xl/workbook.xml",
            r#"<workbook><sheets><sheet name="Koch, Anna"/></sheets></workbook>"#
        )]),
        value
    );
    assert_eq!(
        obstacle(&[(
            "xl/workbook.xml",
            r#"<workbook><sheets><sheet name="2504"/></sheets></workbook>"#
        )]),
        value
    );
    assert_eq!(
        obstacle(&[(
            "docProps/custom.xml",
            "<p><lpwstr>of Koch, Anna</lpwstr></p>"
        )]),
        value
    );
    assert_eq!(
        obstacle(&[("xl/drawings/drawing1.xml", "<d><t>Station 2504</t></d>")]),
        value
    );
    assert_eq!(
        obstacle(&[(
            "xl/drawings/drawing1.xml",
            r#"<d><off x="2504" name="2504"/></d>"#
        )]),
        None
    );
    assert_eq!(
        obstacle(&[("xl/drawings/drawing1.xml", "<d><!-- Koch, Anna --></d>")]),
        value
    );
    assert_eq!(
        obstacle(&[("xl/pivotCache/pivotCacheRecords1.xml", "<r/>")]),
        Some(Obstacle::Copies)
    );
    assert_eq!(
        obstacle(&[("xl/vbaProject.bin", "x")]),
        Some(Obstacle::Closed)
    );
    assert_eq!(obstacle(&[("xl/media/image1.png", "x")]), None);
    let sheet = |data: &str, rest: &str| {
        format!(
            "<worksheet><sheetData><row r=\"1\"><c t=\"str\"><v>Extension</v></c><c t=\"str\"><v>Calls</v></c></row>{data}</sheetData>{rest}</worksheet>"
        )
    };
    let person = r#"<row r="2"><c r="A2"><v>2504</v></c><c r="B2"><v>7</v></c></row>"#;
    let with =
        |data: &str, rest: &str| obstacle(&[("xl/worksheets/sheet1.xml", &sheet(data, rest))]);
    assert_eq!(
        with(person, r#"<autoFilter><filter val="2504"/></autoFilter>"#),
        value
    );
    assert_eq!(
        with(
            person,
            "<headerFooter><oddHeader>Koch, Anna</oddHeader></headerFooter>"
        ),
        value
    );
    let total = r#"<row r="9"><c r="A9" t="str"><v>Total</v></c><c r="B9"><f>SUMIF(A:A,"2504",B:B)</f><v>7</v></c></row>"#;
    assert_eq!(with(&format!("{person}{total}"), ""), value);
    let shared = r#"<row r="2"><c r="A2"><v>2504</v></c><c r="B2"><f t="shared" ref="B2:B9" si="0">1+1</f><v>2</v></c></row>"#;
    assert_eq!(with(shared, ""), Some(Obstacle::Formula));
}

#[test]
fn damaged_workbooks_are_no_books() {
    let sheet = "<worksheet><sheetData><row r=\"1\"><c></row></sheetData></worksheet>";
    let bytes = made(&[("xl/worksheets/sheet1.xml", sheet)]);
    assert!(matches!(
        Book::open(&mut Cursor::new(&bytes)),
        Err(Obstacle::Damaged(_))
    ));
    let bytes = fixture("pm-report/dirty.xlsx");
    assert!(
        Book::open(&mut Cursor::new(&bytes)).is_ok()
            || Book::open(&mut Cursor::new(&bytes)).is_err()
    );
    assert!(matches!(
        Book::open(&mut Cursor::new(b"PK")),
        Err(Obstacle::Damaged(_))
    ));
    let whole = fixture("pm-report/rich.xlsx");
    for len in (0..whole.len()).step_by(97) {
        assert!(
            Book::open(&mut Cursor::new(&whole[..len])).is_err(),
            "{len}"
        );
    }
}

#[test]
fn results_of_formulas_go_and_formulas_stay() {
    let xml = r#"<w><c r="A1"><f>B1+1</f><v>8</v></c><c r="A2"><v>7</v></c><c r="A3" t="str"><f>X</f><v>Koch</v></c></w>"#;
    let (text, any) = sheet::without_results(xml).unwrap_or_else(|d| panic!("{d:?}"));
    assert!(any);
    assert_eq!(
        text,
        r#"<w><c r="A1"><f>B1+1</f></c><c r="A2"><v>7</v></c><c r="A3" t="str"><f>X</f></c></w>"#
    );
    let none = r#"<w><c r="A2"><v>7</v></c></w>"#;
    assert_eq!(
        sheet::without_results(none).ok(),
        Some((none.to_owned(), false))
    );
}
