//! Workbooks that are rewritten: rows taken out or changed, and every copy of their values with them.
//!
//! A workbook holds a value more than once: in the shared texts, in the cached results of formulas, in
//! charts, comments, links, filters. Parts that are known are cleaned; whatever is not known to be clean
//! makes the workbook one that stays or goes as a whole (Office Open XML, ECMA-376 part 1).

mod clean;
mod part;
mod sheet;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::ops::Range;

use super::pack::Packer;
use super::zip::{self, Entry};
use super::{Bytes, Damage, PackError, read};
use crate::marks::Marks;

pub use clean::Obstacle;
pub(crate) use sheet::SheetRow;

/// Expanded bytes of all parts that are looked at.
const MAX_EXPANDED: u64 = 64 << 20;
/// Most parts.
const MAX_PARTS: usize = 10_000;

/// A workbook with its parts in memory.
pub struct Book {
    parts: Vec<Part>,
    /// Indexes of the sheets in `parts`, in the order of reading.
    sheets: Vec<usize>,
    rows: Vec<Vec<SheetRow>>,
    changed: BTreeSet<usize>,
    gone: BTreeSet<usize>,
}

/// A part of a workbook.
struct Part {
    entry: Entry,
    /// Its text; none for parts that are no XML.
    text: Option<String>,
}

/// What happens to a row of a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowEdit {
    /// It goes.
    Remove,
    /// Cells get new values; the others stay.
    Change(Vec<CellEdit>),
    /// Cells get new values; all others lose theirs.
    Replace(Vec<CellEdit>),
}

/// A new value of a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellEdit {
    /// The bytes of the cell in its sheet.
    pub place: Range<usize>,
    /// The value; empty: none.
    pub text: String,
    /// Whether it is a number.
    pub number: bool,
}

impl Book {
    /// Reads a workbook.
    ///
    /// # Errors
    /// It is damaged or no workbook, or one that cannot be rewritten.
    pub fn open(file: &mut dyn Bytes) -> Result<Self, Obstacle> {
        let listed = zip::list(file, MAX_PARTS).map_err(Obstacle::Damaged)?;
        let mut names = BTreeSet::new();
        let mut left = MAX_EXPANDED;
        let mut parts = Vec::new();
        if listed.more > 0 {
            return Err(Obstacle::TooLarge);
        }
        for entry in listed.entries {
            if entry.encrypted || !entry.method_known() {
                return Err(Obstacle::Damaged(Damage::List));
            }
            // two parts of one name are read differently by different programs
            if !names.insert(entry.name.to_lowercase()) {
                return Err(Obstacle::Damaged(Damage::List));
            }
            let text = if clean::is_xml(&entry.name) {
                left = left.checked_sub(entry.size).ok_or(Obstacle::TooLarge)?;
                let mut bytes = Vec::new();
                read::entry(file, &entry, &mut |block| {
                    bytes.extend_from_slice(block);
                    true
                })
                .map_err(Obstacle::Damaged)?;
                Some(String::from_utf8(bytes).map_err(|_| Obstacle::Closed)?)
            } else {
                None
            };
            parts.push(Part { entry, text });
        }
        let mut sheets: Vec<usize> = (0..parts.len())
            .filter(|i| {
                let name = &parts[*i].entry.name;
                name.starts_with("xl/worksheets/") && name.ends_with(".xml")
            })
            .collect();
        if sheets.is_empty() {
            return Err(Obstacle::Damaged(Damage::List));
        }
        sheets.sort_by_key(|i| {
            let name = &parts[*i].entry.name;
            (name.len(), name.clone())
        });
        let mut book = Self {
            parts,
            sheets,
            rows: Vec::new(),
            changed: BTreeSet::new(),
            gone: BTreeSet::new(),
        };
        book.read_rows().map_err(Obstacle::Damaged)?;
        Ok(book)
    }

    fn read_rows(&mut self) -> Result<(), Damage> {
        let texts = match self.part(sheet::TEXTS) {
            Some(at) => sheet::texts(self.text(at))?,
            None => Vec::new(),
        };
        let rows = self
            .sheets
            .iter()
            .map(|at| sheet::rows(self.text(*at), &texts));
        self.rows = rows.collect::<Result<_, _>>()?;
        Ok(())
    }

    /// The rows of every sheet.
    pub(crate) fn rows(&self) -> &[Vec<SheetRow>] {
        &self.rows
    }

    /// The values of a row, for a quarantine.
    pub fn row_text(&self, sheet: usize, row: usize) -> String {
        let row = self.rows.get(sheet).and_then(|s| s.get(row));
        row.map_or_else(String::new, |r| r.texts().join(";"))
    }

    fn part(&self, name: &str) -> Option<usize> {
        self.parts
            .iter()
            .position(|p| p.entry.name.eq_ignore_ascii_case(name))
    }

    fn text(&self, at: usize) -> &str {
        self.parts[at].text.as_deref().unwrap_or_default()
    }

    fn set(&mut self, at: usize, text: String) {
        if self.text(at) != text {
            self.parts[at].text = Some(text);
            self.changed.insert(at);
        }
    }

    /// Carries out edits, by sheet and number of the row as a sheet counts it, and takes out every copy of
    /// what they take out.
    ///
    /// # Errors
    /// A copy of one of the values stands where it cannot be taken out; nothing may be written then.
    pub fn rewrite(
        &mut self,
        edits: &BTreeMap<(usize, usize), RowEdit>,
        marks: &Marks,
    ) -> Result<(), Obstacle> {
        if edits.is_empty() {
            return Ok(());
        }
        for (of, row) in edits.keys() {
            let (sheet, row) = (self.text(self.sheets[*of]), &self.rows[*of][*row]);
            if sheet::is_leaned_on(sheet, row).map_err(Obstacle::Damaged)? {
                return Err(Obstacle::Formula);
            }
        }
        for sheet in 0..self.sheets.len() {
            let of_sheet = |row| edits.get(&(sheet, row));
            let at = self.sheets[sheet];
            let text = sheet::edited(self.text(at), &self.rows[sheet], of_sheet);
            self.set(at, text);
        }
        self.clean(edits, marks)
    }

    /// Writes the workbook; parts that did not change keep their bytes.
    ///
    /// # Errors
    /// The old one cannot be read or the new one cannot be written.
    pub fn write<W: Write>(&self, file: &mut dyn Bytes, out: W) -> Result<W, PackError> {
        let mut packer = Packer::new(out);
        for (at, part) in self.parts.iter().enumerate() {
            if self.gone.contains(&at) {
                continue;
            }
            match &part.text {
                Some(text) if self.changed.contains(&at) => {
                    packer.put(&part.entry, text.as_bytes())?
                }
                _ => packer.copy(file, &part.entry)?,
            }
        }
        packer.finish()
    }
}

#[cfg(test)]
mod tests;
