//! Workbooks (Office Open XML, ECMA-376 part 1, 18.3 and 18.4): the filled cells of all sheets, row by row.
//!
//! Only cells with a value are kept, so a sheet of a million empty cells costs no memory. Links to other
//! files, macros and pictures are never followed or opened.

use std::io::{BufReader, Read};

use gdpr4k_model::Finding;
use quick_xml::Reader as Xml;
use quick_xml::events::{BytesStart, Event};

use super::read::unpacked;
use super::zip::{self, Entry};
use super::{Bytes, Damage};

/// Most columns that are kept.
pub(crate) const MAX_COLUMNS: usize = 1024;
/// Most sheets that are read.
const MAX_SHEETS: usize = 256;
/// Expanded bytes of one part that are read.
const MAX_PART: u64 = 512 << 20;
/// Bytes of all shared texts together.
const MAX_TEXTS: usize = 64 << 20;
/// Bytes of one cell that are kept.
const MAX_CELL: usize = 1 << 16;

/// A row with a value: number in its sheet, cells by column.
pub(crate) type Row<'r> = (u64, &'r [String]);

/// Gives the rows of every sheet; `sheet` is called before the rows of each.
///
/// # Errors
/// It is no workbook, or its list or a part of it is damaged; the rows before that have been given.
pub(crate) fn rows(
    file: &mut dyn Bytes,
    findings: &mut Vec<Finding>,
    sheet: &mut dyn FnMut(),
    row: &mut dyn FnMut(Row<'_>),
) -> Result<(), Damage> {
    let entries = zip::list(file, 10_000)?.entries;
    let links = entries
        .iter()
        .filter(|e| e.name.starts_with("xl/externalLinks/") && e.name.ends_with(".xml"))
        .count();
    if links > 0 {
        findings.push(Finding::new("G4K-624").with("count", links));
    }
    if entries.iter().any(|e| e.encrypted) {
        return Err(Damage::List);
    }
    let mut sheets: Vec<&Entry> = entries
        .iter()
        .filter(|e| e.name.starts_with("xl/worksheets/") && e.name.ends_with(".xml"))
        .collect();
    if sheets.is_empty() {
        return Err(Damage::List);
    }
    sheets.sort_by_key(|e| (e.name.len(), e.name.clone()));
    if sheets.len() > MAX_SHEETS {
        findings.push(limit("sheets", MAX_SHEETS));
        sheets.truncate(MAX_SHEETS);
    }
    let texts = match entries.iter().find(|e| e.name == "xl/sharedStrings.xml") {
        Some(entry) => shared(file, entry, findings)?,
        None => Vec::new(),
    };
    for entry in sheets {
        sheet();
        let wide = part(file, entry, &texts, row)?;
        if wide > 0 {
            findings.push(limit("columns", MAX_COLUMNS));
        }
    }
    Ok(())
}

fn limit(what: &str, limit: usize) -> Finding {
    Finding::new("G4K-625")
        .with("limit", limit)
        .with("what", gdpr4k_model::finding::Arg::declared(what))
}

fn xml<'f>(
    file: &'f mut dyn Bytes,
    entry: &Entry,
) -> Result<Xml<BufReader<Box<dyn Read + 'f>>>, Damage> {
    let source: Box<dyn Read + 'f> = Box::new(unpacked(file, entry)?.take(MAX_PART));
    let mut xml = Xml::from_reader(BufReader::new(source));
    xml.config_mut().check_end_names = false;
    Ok(xml)
}

/// The texts that cells refer to.
fn shared(
    file: &mut dyn Bytes,
    entry: &Entry,
    findings: &mut Vec<Finding>,
) -> Result<Vec<String>, Damage> {
    let mut xml = xml(file, entry)?;
    let (mut texts, mut bytes) = (Vec::new(), 0);
    let (mut text, mut inside, mut phonetic) = (String::new(), false, false);
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match xml.read_event_into(&mut buffer).map_err(|_| Damage::Cut)? {
            Event::Start(e) if e.local_name().as_ref() == "si" => text.clear(),
            Event::Start(e) if e.local_name().as_ref() == "rPh" => phonetic = true,
            Event::End(e) if e.local_name().as_ref() == "rPh" => phonetic = false,
            Event::Start(e) if e.local_name().as_ref() == "t" => inside = !phonetic,
            Event::End(e) if e.local_name().as_ref() == "t" => inside = false,
            Event::End(e) if e.local_name().as_ref() == "si" => {
                bytes += text.len() + size_of::<String>();
                if bytes > MAX_TEXTS {
                    findings.push(limit("bytes of shared texts", MAX_TEXTS));
                    return Ok(texts);
                }
                texts.push(std::mem::take(&mut text));
            }
            event if inside => add(&mut text, &event),
            Event::Eof => return Ok(texts),
            _ => {}
        }
    }
}

/// Adds the text of an event; entities are the five of XML and character numbers.
fn add(text: &mut String, event: &Event<'_>) {
    if text.len() > MAX_CELL {
        return;
    }
    match event {
        Event::Text(t) => text.push_str(t),
        Event::CData(t) => text.push_str(t),
        Event::GeneralRef(r) => match &**r {
            "amp" => text.push('&'),
            "lt" => text.push('<'),
            "gt" => text.push('>'),
            "quot" => text.push('"'),
            "apos" => text.push('\''),
            _ => text.extend(r.resolve_char_ref().ok().flatten()),
        },
        _ => {}
    }
}

/// Rows of one sheet; gives the number of cells beyond the columns that are kept.
fn part(
    file: &mut dyn Bytes,
    entry: &Entry,
    texts: &[String],
    row: &mut dyn FnMut(Row<'_>),
) -> Result<u64, Damage> {
    let mut xml = xml(file, entry)?;
    let mut buffer = Vec::new();
    let mut cells: Vec<String> = Vec::new();
    let (mut number, mut column, mut next, mut wide) = (0u64, 0usize, 0usize, 0u64);
    let (mut is_shared, mut inside, mut text) = (false, false, String::new());
    loop {
        buffer.clear();
        match xml.read_event_into(&mut buffer).map_err(|_| Damage::Cut)? {
            Event::Start(e) => match e.local_name().as_ref() {
                "row" => {
                    number = attribute(&e, "r")
                        .and_then(|r| r.parse().ok())
                        .unwrap_or(number + 1);
                    cells.clear();
                    next = 0;
                }
                "c" => {
                    column = attribute(&e, "r").map_or(next, |r| column_of(&r));
                    next = column + 1;
                    is_shared = attribute(&e, "t").as_deref() == Some("s");
                    text.clear();
                }
                "v" | "t" => inside = true,
                _ => {}
            },
            Event::End(e) => match e.local_name().as_ref() {
                "v" | "t" => inside = false,
                "c" => {
                    let value = if is_shared {
                        text.trim()
                            .parse()
                            .ok()
                            .and_then(|i: usize| texts.get(i))
                            .cloned()
                    } else {
                        Some(std::mem::take(&mut text))
                    };
                    let value = value.filter(|v| !v.trim().is_empty());
                    if column >= MAX_COLUMNS {
                        wide += u64::from(value.is_some());
                    } else if let Some(value) = value {
                        if cells.len() <= column {
                            cells.resize(column + 1, String::new());
                        }
                        cells[column] = value;
                    }
                }
                "row" => {
                    if !cells.is_empty() {
                        row((number, &cells));
                    }
                    cells.clear();
                }
                _ => {}
            },
            // an empty cell or row
            Event::Empty(e) if e.local_name().as_ref() == "c" => {
                next = attribute(&e, "r").map_or(next, |r| column_of(&r)) + 1;
            }
            Event::Eof => return Ok(wide),
            event if inside => add(&mut text, &event),
            _ => {}
        }
    }
}

fn attribute(e: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = e.attributes().flatten().find(|a| a.key.as_ref() == name)?;
    Some(found.value.into_owned())
}

/// `C7` -> 2.
pub(crate) fn column_of(place: &str) -> usize {
    let letters = place.bytes().take_while(u8::is_ascii_alphabetic).take(4);
    let n = letters.fold(0usize, |n, b| {
        n * 26 + usize::from(b.to_ascii_uppercase() - b'A') + 1
    });
    n.saturating_sub(1)
}
