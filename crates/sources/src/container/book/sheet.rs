//! Rows and cells of a sheet with their places, and the sheet without or with other ones.

use std::ops::Range;

use quick_xml::events::Event;

use super::part::{add_text, attributes, elements, events, spliced};
use super::{CellEdit, RowEdit};
use crate::container::Damage;
use crate::container::workbook::{MAX_COLUMNS, column_of};

/// The part with the texts that cells refer to.
pub(super) const TEXTS: &str = "xl/sharedStrings.xml";

/// A row with a value.
pub(crate) struct SheetRow {
    /// Its number in the sheet.
    pub(crate) number: u64,
    /// Its bytes.
    pub(crate) place: Range<usize>,
    /// Its cells, empty ones too.
    pub(crate) cells: Vec<SheetCell>,
}

/// A cell.
pub(crate) struct SheetCell {
    pub(crate) column: usize,
    pub(crate) place: Range<usize>,
    pub(crate) text: String,
    /// Its start tag without what says how the value is written: `<c r="A1" s="3"`.
    head: String,
}

impl SheetRow {
    /// The texts by column, as a reader of reports takes them.
    pub(crate) fn texts(&self) -> Vec<&str> {
        let mut texts = Vec::new();
        for cell in self.kept() {
            texts.resize(texts.len().max(cell.column + 1), "");
            texts[cell.column] = cell.text.as_str();
        }
        texts
    }

    /// The place of the cell in a column.
    pub(crate) fn place_of(&self, column: usize) -> Option<Range<usize>> {
        let cell = self.kept().find(|c| c.column == column)?;
        Some(cell.place.clone())
    }

    fn kept(&self) -> impl Iterator<Item = &SheetCell> {
        let filled = |c: &&SheetCell| c.column < MAX_COLUMNS && !c.text.trim().is_empty();
        self.cells.iter().filter(filled)
    }
}

/// The texts that cells refer to.
pub(super) fn texts(xml: &str) -> Result<Vec<String>, Damage> {
    let (mut texts, mut text) = (Vec::new(), String::new());
    let (mut inside, mut phonetic) = (false, false);
    events(xml, |event, _| match event {
        Event::Start(e) => match e.local_name().as_ref() {
            "si" => text.clear(),
            "rPh" => phonetic = true,
            "t" => inside = !phonetic,
            _ => {}
        },
        Event::End(e) => match e.local_name().as_ref() {
            "rPh" => phonetic = false,
            "t" => inside = false,
            "si" => texts.push(std::mem::take(&mut text)),
            _ => {}
        },
        Event::Empty(e) if e.local_name().as_ref() == "si" => texts.push(String::new()),
        event if inside => add_text(&mut text, event),
        _ => {}
    })?;
    Ok(texts)
}

/// The rows of a sheet, also those without a value.
pub(super) fn rows(xml: &str, texts: &[String]) -> Result<Vec<SheetRow>, Damage> {
    let mut rows: Vec<SheetRow> = Vec::new();
    let (mut number, mut next, mut inside, mut is_shared) = (0u64, 0usize, false, false);
    let mut open = false;
    events(xml, |event, place| match event {
        Event::Start(e) | Event::Empty(e) => {
            let empty = matches!(event, Event::Empty(_));
            match e.local_name().as_ref() {
                "row" => {
                    let said = attributes(e);
                    let said = said.iter().find(|(n, _)| n == "r");
                    number = said.and_then(|(_, v)| v.parse().ok()).unwrap_or(number + 1);
                    next = 0;
                    open = !empty;
                    rows.push(SheetRow {
                        number,
                        place,
                        cells: Vec::new(),
                    });
                }
                "c" if open => {
                    let said = attributes(e);
                    let get = |name: &str| {
                        said.iter()
                            .find(|(n, _)| n == name)
                            .map(|(_, v)| v.as_str())
                    };
                    let column = get("r").map_or(next, column_of);
                    next = column + 1;
                    is_shared = get("t") == Some("s");
                    let head = head(e.name().as_ref(), &said);
                    if let Some(row) = rows.last_mut() {
                        row.cells.push(SheetCell {
                            column,
                            place,
                            text: String::new(),
                            head,
                        });
                    }
                }
                "v" | "t" => inside = open && !empty,
                _ => {}
            }
        }
        Event::End(e) => {
            let row = rows.last_mut().filter(|_| open);
            match e.local_name().as_ref() {
                "v" | "t" => inside = false,
                "c" => {
                    if let Some(cell) = row.and_then(|r| r.cells.last_mut()) {
                        cell.place.end = place.end;
                        if is_shared {
                            let ix: Option<usize> = cell.text.trim().parse().ok();
                            cell.text = ix.and_then(|i| texts.get(i)).cloned().unwrap_or_default();
                        }
                    }
                }
                "row" => {
                    if let Some(row) = row {
                        row.place.end = place.end;
                    }
                    open = false;
                }
                _ => {}
            }
        }
        event if inside => {
            if let Some(cell) = rows.last_mut().and_then(|r| r.cells.last_mut()) {
                add_text(&mut cell.text, event);
            }
        }
        _ => {}
    })?;
    Ok(rows)
}

/// The start tag of a cell, without its end and without the type of its value.
fn head(name: &str, attributes: &[(String, String)]) -> String {
    let mut out = format!("<{name}");
    for (name, value) in attributes.iter().filter(|(n, _)| n == "r" || n == "s") {
        out.push_str(&format!(
            " {name}=\"{}\"",
            quick_xml::escape::escape(value.as_str())
        ));
    }
    out
}

impl SheetCell {
    /// The cell with a new value.
    fn with(&self, edit: &CellEdit) -> String {
        let name = self.head[1..].split(' ').next().unwrap_or("c");
        let prefix = name.strip_suffix('c').unwrap_or_default();
        let text = quick_xml::escape::escape(edit.text.as_str());
        if edit.text.is_empty() {
            format!("{}/>", self.head)
        } else if edit.number {
            format!("{}><{prefix}v>{text}</{prefix}v></{name}>", self.head)
        } else {
            format!(
                "{} t=\"inlineStr\"><{prefix}is><{prefix}t>{text}</{prefix}t></{prefix}is></{name}>",
                self.head
            )
        }
    }
}

/// The sheet after the edits of its rows.
pub(super) fn edited<'e>(
    xml: &str,
    rows: &[SheetRow],
    edit: impl Fn(usize) -> Option<&'e RowEdit>,
) -> String {
    let mut pieces = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        match edit(at) {
            None => {}
            Some(RowEdit::Remove) => pieces.push((row.place.clone(), String::new())),
            Some(RowEdit::Change(cells) | RowEdit::Replace(cells)) => {
                let all = matches!(edit(at), Some(RowEdit::Replace(_)));
                for cell in &row.cells {
                    let new = cells.iter().find(|c| c.place == cell.place);
                    let new = match new {
                        Some(new) => new.clone(),
                        None if all => CellEdit {
                            place: cell.place.clone(),
                            text: String::new(),
                            number: false,
                        },
                        None => continue,
                    };
                    pieces.push((cell.place.clone(), cell.with(&new)));
                }
            }
        }
    }
    spliced(xml, &pieces)
}

/// The sheet without the results that its formulas had, and whether it has any formula.
pub(super) fn without_results(xml: &str) -> Result<(String, bool), Damage> {
    if memchr::memmem::find(xml.as_bytes(), b"f>").is_none()
        && memchr::memmem::find(xml.as_bytes(), b"<f").is_none()
    {
        return Ok((xml.to_owned(), false));
    }
    let (mut pieces, mut any) = (Vec::new(), false);
    let (mut results, mut formula, mut open): (Vec<Range<usize>>, _, _) = (Vec::new(), false, None);
    events(xml, |event, place| match event {
        Event::Start(e) | Event::Empty(e) => {
            let empty = matches!(event, Event::Empty(_));
            match e.local_name().as_ref() {
                "c" => {
                    results.clear();
                    formula = false;
                }
                "f" => formula = true,
                "v" | "is" if empty => results.push(place),
                "v" | "is" => open = Some(place.start),
                _ => {}
            }
        }
        Event::End(e) => match e.local_name().as_ref() {
            "v" | "is" => {
                if let Some(start) = open.take() {
                    results.push(start..place.end);
                }
            }
            "c" if formula => {
                any = true;
                pieces.extend(results.drain(..).map(|r| (r, String::new())));
                formula = false;
            }
            _ => {}
        },
        _ => {}
    })?;
    Ok((spliced(xml, &pieces), any))
}

/// Whether formulas of other cells lean on one in these rows (shared formulas, arrays, tables of data).
pub(super) fn is_leaned_on(xml: &str, row: &SheetRow) -> Result<bool, Damage> {
    let formulas = elements(&xml[row.place.clone()], &["f"])?;
    let leaned = |e: &super::part::Element| {
        matches!(e.attribute("t"), Some("shared" | "array" | "dataTable"))
            && e.attribute("ref").is_some()
    };
    Ok(formulas.iter().any(leaned))
}

/// Which shared texts the cells of a sheet refer to.
pub(super) fn used_texts(xml: &str, used: &mut [bool]) -> Result<u64, Damage> {
    let mut count = 0;
    let (mut is_shared, mut inside, mut text) = (false, false, String::new());
    events(xml, |event, _| match event {
        Event::Start(e) => match e.local_name().as_ref() {
            "c" => {
                is_shared = attributes(e).iter().any(|(n, v)| n == "t" && v == "s");
                text.clear();
            }
            "v" => inside = is_shared,
            _ => {}
        },
        Event::End(e) => match e.local_name().as_ref() {
            "v" => inside = false,
            "c" if is_shared => {
                is_shared = false;
                if let Some(used) = text
                    .trim()
                    .parse()
                    .ok()
                    .and_then(|i: usize| used.get_mut(i))
                {
                    *used = true;
                    count += 1;
                }
            }
            _ => {}
        },
        event if inside => add_text(&mut text, event),
        _ => {}
    })?;
    Ok(count)
}

/// The shared texts with those emptied that no cell refers to.
pub(super) fn without_unused(xml: &str, used: &[bool], count: u64) -> Result<String, Damage> {
    let mut pieces = Vec::new();
    for (item, used) in elements(xml, &["si"])?.iter().zip(used) {
        let body = &xml[item.place.clone()];
        let inside = item.inside(xml);
        if !used && !inside.is_empty() {
            let name = body[1..]
                .split(|c: char| c.is_whitespace() || c == '>')
                .next();
            let prefix = name.and_then(|n| n.strip_suffix("si")).unwrap_or_default();
            let empty = format!("<{prefix}t/>");
            if body[inside.start - item.place.start..inside.end - item.place.start] != empty {
                pieces.push((inside, empty));
            }
        }
    }
    if pieces.is_empty() {
        return Ok(xml.to_owned());
    }
    // the number of references is said in the first tag
    let root = elements(xml, &["sst"])?;
    if let Some(root) = root.first() {
        let head = &xml[root.head.clone()];
        if let Some(at) = head.find(" count=\"") {
            let from = root.head.start + at + 8;
            let len = xml[from..].find('"').unwrap_or(0);
            pieces.insert(0, (from..from + len, count.to_string()));
        }
    }
    Ok(spliced(xml, &pieces))
}
