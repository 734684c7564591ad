//! Carrying out what was decided about the rows of a report: in text, in HTML, in a workbook.

use std::collections::BTreeMap;
use std::ops::Range;

use gdpr4k_sources::container::book::{Book, CellEdit, RowEdit};
use gdpr4k_sources::lines::decode;
use gdpr4k_sources::marks::Marks;
use gdpr4k_sources::pm::{Markup, Report, Row, plain_text};

use super::Act;

/// Bytes that are replaced, in order and apart.
type Pieces = Vec<(Range<usize>, Vec<u8>)>;

/// The report after the acts, and what goes to the quarantine.
pub(super) fn applied(
    markup: Markup,
    bytes: &[u8],
    report: &Report,
    acts: &BTreeMap<usize, Act>,
    marks: &Marks,
) -> (Vec<u8>, Vec<u8>) {
    let mut pieces: Pieces = Vec::new();
    let mut apart = Vec::new();
    for (at, act) in acts {
        let row = &report.rows[*at];
        match act {
            Act::Remove => pieces.push((row.place.clone(), Vec::new())),
            Act::Damaged => {
                apart.extend_from_slice(&bytes[row.place.clone()]);
                if markup == Markup::Html {
                    apart.push(b'\n');
                }
                pieces.push((row.place.clone(), Vec::new()));
            }
            Act::Cells(cells) | Act::Sum(cells) => {
                let all = matches!(act, Act::Sum(_));
                let new = cells_of(markup, bytes, row, cells, all);
                let left = markup == Markup::Html && {
                    let mut row_text = Vec::new();
                    splice(bytes, row.place.clone(), &new, &mut row_text);
                    tags_hold(&row_text, row, cells, all, marks)
                };
                if left {
                    pieces.push((row.place.clone(), plain_row(row, cells, all)));
                } else {
                    pieces.extend(new);
                }
            }
        }
    }
    let mut out = Vec::with_capacity(bytes.len());
    splice(bytes, 0..bytes.len(), &pieces, &mut out);
    (out, apart)
}

fn splice(bytes: &[u8], range: Range<usize>, pieces: &Pieces, out: &mut Vec<u8>) {
    let mut at = range.start;
    for (place, new) in pieces {
        out.extend_from_slice(&bytes[at..place.start]);
        out.extend_from_slice(new);
        at = place.end;
    }
    out.extend_from_slice(&bytes[at..range.end]);
}

/// New values of the cells of a row; a cell without bytes stays without.
fn cells_of(
    markup: Markup,
    bytes: &[u8],
    row: &Row,
    cells: &[(usize, String)],
    all: bool,
) -> Pieces {
    let mut pieces = Vec::new();
    for (ix, cell) in row.cells.iter().enumerate() {
        let new = cells
            .iter()
            .find(|(at, _)| *at == ix)
            .map(|(_, text)| text.as_str());
        let Some(new) = new.or(all.then_some("")) else {
            continue;
        };
        let mut rest = Some(written(markup, bytes, row, new));
        for place in &cell.places {
            let raw = &bytes[place.clone()];
            let blank = |b: &u8| b.is_ascii_whitespace();
            let from = raw.iter().take_while(|b| blank(b)).count();
            let to = raw.len() - raw[from..].iter().rev().take_while(|b| blank(b)).count();
            if from < to || markup == Markup::Text {
                let place = place.start + from..place.start + to.max(from);
                pieces.push((place, rest.take().unwrap_or_default()));
            }
        }
    }
    pieces
}

/// A value as it is written in this kind of report.
fn written(markup: Markup, bytes: &[u8], row: &Row, new: &str) -> Vec<u8> {
    if markup == Markup::Html {
        return escaped(new).into_bytes();
    }
    let line = &bytes[row.place.clone()];
    let new = if line.windows(2).any(|w| w == b"\"\"") {
        new.replace('"', "\"\"")
    } else {
        new.to_owned()
    };
    match std::str::from_utf8(line) {
        Ok(_) => new.into_bytes(),
        Err(_) => encoding_rs::WINDOWS_1252.encode(&new).0.into_owned(),
    }
}

/// Text in HTML, whatever the code of the page.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c if c.is_ascii() => out.push(c),
            c => out.push_str(&format!("&#{};", u32::from(c))),
        }
    }
    out
}

/// Whether a value that went still stands in the tags of the new row (links, titles). Values that stay do not count.
fn tags_hold(new: &[u8], row: &Row, cells: &[(usize, String)], all: bool, marks: &Marks) -> bool {
    let mut gone = Marks::default();
    for (ix, cell) in row.cells.iter().enumerate() {
        if all || cells.iter().any(|(at, _)| *at == ix) {
            gone.add(&cell.text);
        }
    }
    let text = decode(new);
    let tags: String = text
        .split('<')
        .skip(1)
        .filter_map(|t| t.split('>').next())
        .collect::<Vec<_>>()
        .join("\n");
    let tags = plain_text(tags.as_bytes());
    gone.are_in(&tags) || all && marks.are_in(&tags)
}

/// A row without attributes.
fn plain_row(row: &Row, cells: &[(usize, String)], all: bool) -> Vec<u8> {
    let mut out = String::from("<tr>");
    for (ix, cell) in row.cells.iter().enumerate() {
        let new = cells
            .iter()
            .find(|(at, _)| *at == ix)
            .map(|(_, text)| text.as_str());
        let text = new.unwrap_or(if all { "" } else { cell.text.as_str() });
        out.push_str(&format!("<td>{}</td>", escaped(text)));
    }
    out.push_str("</tr>");
    out.into_bytes()
}

/// Whether one of the values stands outside of rows: in a heading, a script, a comment.
pub(super) fn stands_elsewhere(
    markup: Markup,
    bytes: &[u8],
    report: &Report,
    marks: &Marks,
) -> bool {
    let mut at = 0;
    let mut outside = Vec::new();
    for row in &report.rows {
        outside.extend_from_slice(&bytes[at..row.place.start]);
        outside.push(b'\n');
        at = row.place.end;
    }
    outside.extend_from_slice(&bytes[at..]);
    let text = decode(&outside);
    marks.are_in(&text) || markup == Markup::Html && marks.are_in(&plain_text(&outside))
}

/// The acts as edits of a workbook, and what goes to the quarantine.
pub(super) fn book_edits(
    book: &Book,
    report: &Report,
    acts: &BTreeMap<usize, Act>,
) -> (BTreeMap<(usize, usize), RowEdit>, String) {
    let (mut edits, mut apart) = (BTreeMap::new(), String::new());
    for (at, act) in acts {
        let row = &report.rows[*at];
        let cells = |cells: &[(usize, String)]| -> Vec<CellEdit> {
            let edit = |(ix, text): &(usize, String)| {
                Some(CellEdit {
                    place: row.cells[*ix].places.first()?.clone(),
                    number: is_number(text),
                    text: text.clone(),
                })
            };
            cells.iter().filter_map(edit).collect()
        };
        let edit = match act {
            Act::Remove => RowEdit::Remove,
            Act::Damaged => {
                apart.push_str(&book.row_text(row.part, row.index));
                apart.push('\n');
                RowEdit::Remove
            }
            Act::Cells(new) => RowEdit::Change(cells(new)),
            Act::Sum(new) => RowEdit::Replace(cells(new)),
        };
        edits.insert((row.part, row.index), edit);
    }
    (edits, apart)
}

/// Whether a value is written as a number in a workbook.
fn is_number(text: &str) -> bool {
    !text.is_empty()
        && text.parse::<f64>().is_ok_and(f64::is_finite)
        && !text.starts_with(['+', 'i', 'n'])
        && (text.len() <= 1 || !text.starts_with('0') || text.starts_with("0."))
}
