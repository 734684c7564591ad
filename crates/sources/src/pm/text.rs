//! Reports as delimited text, with headings above and between the tables.

use std::borrow::Cow;

use gdpr4k_model::Finding;

use super::rows::Trail;
use super::{Tables, Taken};
use crate::knowledge::TableKnowledge;
use crate::lines::{Line, Lines, MAX_LINE, decode, raw_range};
use crate::origin::within;
use crate::record::{Account, Reader, Sink};
use crate::table::{Quoting, Split, Unicode, places, split};

/// So many lines may stand above the first header.
const MAX_HEADING: usize = 50;

/// Reads a report in CSV.
pub struct TextReport<'k> {
    unicode: Unicode,
    lines: Lines,
    core: Core<'k>,
}

struct Core<'k> {
    tables: Tables<'k>,
    delimiter: Option<char>,
    account: Account,
    /// Lines above the first header: noise as soon as one comes, else not readable.
    above: Vec<u64>,
}

impl<'k> TextReport<'k> {
    /// `path`: a name such as `trunk-groups.csv` tells the measuring object where the text does not.
    pub fn new(knowledge: &'k TableKnowledge, path: &str) -> Self {
        Self {
            unicode: Unicode::default(),
            lines: Lines::default(),
            core: Core {
                tables: Tables::new(knowledge, path),
                delimiter: None,
                account: Account::default(),
                above: Vec::new(),
            },
        }
    }

    /// Keeps the rows with their places.
    pub(super) fn follow(&mut self) {
        self.core.tables.trail = Some(Trail::default());
    }

    /// The rows that were kept.
    pub(super) fn trail(self) -> Trail {
        self.core.tables.trail.unwrap_or_default()
    }
}

impl Reader for TextReport<'_> {
    fn feed(&mut self, block: &[u8], sink: &mut dyn Sink) {
        let Self {
            unicode,
            lines,
            core,
        } = self;
        lines.feed(&unicode.block(block), |line| core.line(&line, sink));
    }

    fn finish(&mut self, growing: bool, sink: &mut dyn Sink) -> Account {
        let Self {
            unicode,
            lines,
            core,
        } = self;
        lines.feed(&unicode.rest(), |line| core.line(&line, sink));
        lines.finish(|line| {
            if growing {
                core.account.lines += 1;
                core.account.pending += 1;
            } else {
                core.line(&line, sink);
            }
        });
        if !core.above.is_empty() {
            core.give_up(sink);
        } else if core.account.lines == core.account.noise + core.account.pending
            && core.delimiter.is_none()
        {
            sink.finding(Finding::new("G4K-305"));
        }
        core.tables.report(sink);
        core.account
    }
}

impl Core<'_> {
    fn line(&mut self, line: &Line<'_>, sink: &mut dyn Sink) {
        self.account.lines += 1;
        if line.too_long {
            let finding = Finding::new("G4K-301").at(line.number);
            self.reject(finding.with("limit", MAX_LINE), sink);
            return;
        }
        let whole = decode(line.bytes);
        let text = whole.trim_matches(['\0', '\u{1a}']);
        if text.trim().is_empty() {
            self.account.noise += 1;
            return;
        }
        if self.delimiter.is_none() {
            self.delimiter = [';', ',', '\t', '|']
                .into_iter()
                .find(|d| self.tables.header(&cells(text, *d).0));
            if self.delimiter.is_some() {
                self.account.noise += 1 + self.above.len() as u64;
                self.above.clear();
            } else {
                self.tables.heading(text);
                self.above.push(line.number);
                if self.above.len() > MAX_HEADING {
                    self.give_up(sink);
                }
            }
            return;
        }
        let delimiter = self.delimiter.unwrap_or(';');
        let (cells, way) = cells(text, delimiter);
        let taken = self.tables.take(line.number, &cells, sink);
        self.place(line, &whole, text, (delimiter, way));
        match taken {
            Taken::Record => self.account.records += 1,
            Taken::Noise => self.account.noise += 1,
            Taken::Headless => self.reject(Finding::new("G4K-303").at(line.number), sink),
            Taken::Misfit { found, expected } => {
                let finding = Finding::new("G4K-302").at(line.number).with("found", found);
                self.reject(finding.with("expected", expected), sink);
            }
        }
    }

    /// Notes where the cells of the row of this line stand in it, if somebody wants to know.
    fn place(
        &mut self,
        line: &Line<'_>,
        whole: &str,
        text: &str,
        (delimiter, way): (char, Quoting),
    ) {
        let rows = self.tables.trail.as_mut().map(|t| &mut t.rows);
        let Some(row) = rows
            .and_then(|r| r.last_mut())
            .filter(|r| r.line == line.number)
        else {
            return;
        };
        for (cell, place) in row.cells.iter_mut().zip(places(text, delimiter, way)) {
            let value = text[place].trim();
            if let Some(range) = within(value.as_bytes(), whole.as_bytes()) {
                cell.places = vec![raw_range(line.bytes, range)];
            }
        }
    }

    /// No header has come: what stands there cannot be read.
    fn give_up(&mut self, sink: &mut dyn Sink) {
        let above = std::mem::take(&mut self.above);
        if let Some(first) = above.first() {
            let finding = Finding::new("G4K-620").at(*first);
            sink.finding(finding.with("count", above.len()));
        }
        for number in above {
            self.reject(Finding::new("G4K-303").at(number), sink);
        }
    }

    fn reject(&mut self, finding: Finding, sink: &mut dyn Sink) {
        self.account.rejected += 1;
        if let (Some(trail), Some(line)) = (&mut self.tables.trail, finding.line) {
            trail.damaged(line);
        }
        sink.finding(finding);
    }
}

/// The cells of a line, and the way of quoting that fits.
fn cells(text: &str, delimiter: char) -> (Vec<Cow<'_, str>>, Quoting) {
    let (mut cells, way) = match split(text, delimiter, Quoting::Rfc4180) {
        Split::Cells(cells) => (cells, Quoting::Rfc4180),
        _ => match split(text, delimiter, Quoting::None) {
            Split::Cells(cells) => (cells, Quoting::None),
            _ => (Vec::new(), Quoting::None),
        },
    };
    if cells.len() > 1 && cells.last().is_some_and(|c| c.trim().is_empty()) {
        cells.pop();
    }
    (cells, way)
}
