//! Reports as delimited text, with headings above and between the tables.

use gdpr4k_model::Finding;

use super::{Tables, Taken};
use crate::knowledge::TableKnowledge;
use crate::lines::{Line, Lines, MAX_LINE, decode};
use crate::record::{Account, Reader, Sink};
use crate::table::{Quoting, Split, Unicode, split};

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
            self.account.rejected += 1;
            let finding = Finding::new("G4K-301").at(line.number);
            sink.finding(finding.with("limit", MAX_LINE));
            return;
        }
        let text = decode(line.bytes);
        let text = text.trim_matches(['\0', '\u{1a}']);
        if text.trim().is_empty() {
            self.account.noise += 1;
            return;
        }
        if self.delimiter.is_none() {
            self.delimiter = [';', ',', '\t', '|']
                .into_iter()
                .find(|d| self.tables.header(&cells(text, *d)));
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
        match self.tables.take(line.number, &cells(text, delimiter), sink) {
            Taken::Record => self.account.records += 1,
            Taken::Noise => self.account.noise += 1,
            Taken::Headless => self.reject(Finding::new("G4K-303").at(line.number), sink),
            Taken::Misfit { found, expected } => {
                let finding = Finding::new("G4K-302").at(line.number).with("found", found);
                self.reject(finding.with("expected", expected), sink);
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
        sink.finding(finding);
    }
}

fn cells(text: &str, delimiter: char) -> Vec<String> {
    let cells = match split(text, delimiter, Quoting::Rfc4180) {
        Split::Cells(cells) => cells,
        _ => match split(text, delimiter, Quoting::None) {
            Split::Cells(cells) => cells,
            _ => Vec::new(),
        },
    };
    let mut cells: Vec<String> = cells.into_iter().map(|c| c.trim().to_owned()).collect();
    if cells.len() > 1 && cells.last().is_some_and(String::is_empty) {
        cells.pop();
    }
    cells
}
