//! The rows of a report with their places, for those who rewrite it.
//!
//! A report is small: the whole of it is in memory here. What stands outside of rows (headings, headers,
//! scripts) has no place; whoever rewrites looks through it for what it took out.

use std::ops::Range;

use chrono::NaiveDate;
use gdpr4k_model::Finding;
use gdpr4k_model::catalogue::ElementIx;

use super::{HtmlReport, Tables, TextReport};
use crate::container::book::Book;
use crate::knowledge::TableKnowledge;
use crate::record::{Fact, Reader, Record, Sink};

/// The rows of a report.
#[derive(Default)]
pub struct Report {
    /// Rows of tables that were understood, in order, and rows that were not readable.
    pub rows: Vec<Row>,
    /// Rows of tables whose header was not understood.
    pub unread: u64,
    /// Whether tables stand inside of each other or are broken, so that no row can be cut out.
    pub tangled: bool,
}

/// A row of a report.
pub struct Row {
    /// Number of its table, from 1.
    pub table: u32,
    /// First physical line, 1-based; in a workbook the number of the row in its sheet.
    pub line: u64,
    /// The sheet, from 0; always 0 where the report is one text.
    pub part: usize,
    /// Its position among the rows of its sheet; 0 where the report is one text.
    pub index: usize,
    /// Its bytes in the text or the sheet, with the line end where rows are lines.
    pub place: Range<usize>,
    /// What it is about.
    pub class: Class,
    /// The day of the measurement.
    pub day: Option<NaiveDate>,
    /// Its cells; none where it could not be read.
    pub cells: Vec<Cell>,
}

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Figures of a person.
    Person,
    /// Figures about nobody: of a trunk group, a system.
    Plain,
    /// A sum over the rows above that the report came with.
    Total,
    /// A sum over persons that gdpr4k has put in their place.
    Sum,
    /// Not readable: more cells than columns, no header.
    Damaged,
}

/// A cell of a row. It may hold a value of a person and is never shown.
pub struct Cell {
    /// The value, without blanks around it.
    pub text: String,
    /// What it is; none for empty cells, times and figures about nobody.
    pub element: Option<ElementIx>,
    /// What its column is.
    pub column: Column,
    /// The bytes of the value. In HTML a value may stand in several pieces; in a workbook it is the whole cell.
    pub places: Vec<Range<usize>>,
}

/// What a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// Whom or what the row is about.
    Key,
    /// A name.
    Name,
    /// A number that was called.
    Called,
    /// When it was measured.
    Time,
    /// A figure that can be added up.
    Figure,
    /// A figure that means nothing when it is added up: a mean, a share, a peak.
    Average,
}

/// What writes rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Markup {
    /// Delimited text.
    Text,
    /// HTML.
    Html,
    /// A workbook.
    Workbook,
}

/// The key of a row that sums up so many persons; no station, name or id looks like it.
pub fn sum_key(persons: usize) -> String {
    format!("sum({persons})")
}

/// Whether a key is one of [`sum_key`].
pub fn is_sum(key: &str) -> bool {
    key.strip_prefix("sum(")
        .and_then(|k| k.strip_suffix(')'))
        .is_some_and(|n| !n.is_empty() && n.len() < 10 && n.bytes().all(|b| b.is_ascii_digit()))
}

/// Collects rows while a reader goes through a report.
#[derive(Default)]
pub(super) struct Trail {
    pub(super) rows: Vec<Row>,
    pub(super) unread: u64,
    pub(super) table: u32,
    /// Which columns of the table at hand cannot be added up.
    pub(super) averages: Vec<bool>,
}

impl Trail {
    pub(super) fn push(
        &mut self,
        line: u64,
        class: Class,
        day: Option<NaiveDate>,
        cells: Vec<Cell>,
    ) {
        self.rows.push(Row {
            table: self.table,
            line,
            part: 0,
            index: 0,
            place: 0..0,
            class,
            day,
            cells,
        });
    }

    /// A line that is no row of a table that was understood.
    pub(super) fn damaged(&mut self, line: u64) {
        if self.rows.last().is_none_or(|r| r.line != line) {
            self.push(line, Class::Damaged, None, Vec::new());
        }
    }

    pub(super) fn report(self) -> Report {
        Report {
            rows: self.rows,
            unread: self.unread,
            tangled: false,
        }
    }
}

impl Report {
    /// The rows of a report in delimited text: UTF-8, or Windows-1252 line by line.
    pub fn text(bytes: &[u8], knowledge: &TableKnowledge, path: &str) -> Self {
        let mut reader = TextReport::new(knowledge, path);
        reader.follow();
        reader.feed(bytes, &mut Nothing);
        reader.finish(false, &mut Nothing);
        let mut report = reader.trail().report();
        let starts = line_starts(bytes);
        for row in &mut report.rows {
            let at = row.line as usize;
            let from = starts[at - 1];
            row.place = from..starts.get(at).copied().unwrap_or(bytes.len());
            for place in row.cells.iter_mut().flat_map(|c| &mut c.places) {
                *place = place.start + from..place.end + from;
            }
        }
        report
    }

    /// The rows of a report in HTML: UTF-8, or Windows-1252 cell by cell.
    pub fn html(bytes: &[u8], knowledge: &TableKnowledge, path: &str) -> Self {
        let mut reader = HtmlReport::new(knowledge, path);
        reader.follow();
        reader.feed(bytes, &mut Nothing);
        reader.finish(false, &mut Nothing);
        let tangled = reader.is_tangled();
        Self {
            tangled,
            ..reader.trail().report()
        }
    }

    /// The rows of a report in a workbook; parts are its sheets in the order of reading.
    pub fn workbook(book: &Book, knowledge: &TableKnowledge, path: &str) -> Self {
        let mut tables = Tables::new(knowledge, path);
        tables.trail = Some(Trail::default());
        for (part, sheet) in book.rows().iter().enumerate() {
            tables.next_table(&mut Nothing);
            for (index, row) in sheet.iter().enumerate() {
                let texts = row.texts();
                if texts.is_empty() {
                    continue;
                }
                let kept = tables.trail.as_ref().map_or(0, |t| t.rows.len());
                tables.take(row.number, &texts, &mut Nothing);
                let rows = tables.trail.as_mut().map(|t| &mut t.rows);
                if let Some(taken) = rows.and_then(|r| r.get_mut(kept)) {
                    taken.part = part;
                    taken.index = index;
                    taken.place = row.place.clone();
                    for (column, cell) in taken.cells.iter_mut().enumerate() {
                        cell.places = row.place_of(column).into_iter().collect();
                    }
                }
            }
        }
        tables.next_table(&mut Nothing);
        tables.trail.unwrap_or_default().report()
    }
}

/// Where physical lines begin: after LF, CR LF or a lone CR.
fn line_starts(bytes: &[u8]) -> Vec<usize> {
    let mut starts = vec![0];
    for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
        if !(bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n')) {
            starts.push(at + 1);
        }
    }
    starts
}

/// Findings and values are for a scan.
struct Nothing;

impl Sink for Nothing {
    fn record(&mut self, _: &Record<'_>) {}
    fn fact(&mut self, _: Fact) {}
    fn finding(&mut self, _: Finding) {}
}
