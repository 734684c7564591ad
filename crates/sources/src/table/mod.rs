//! Delimited and fixed-width tables with a header: the kernel that knows shapes, not meanings.
//!
//! Rules: formats-other-sources, section 1. Column order is whatever the exporting
//! site asked for, so a [`Rows`] implementation decides by the names of the header.

mod columns;
mod names;
mod shape;
mod split;
mod unicode;

use std::borrow::Cow;
use std::ops::Range;

use gdpr4k_model::Finding;

use crate::lines::{Line, Lines, MAX_LINE, decode};
use crate::mapping::Mapping;
use crate::origin::{Copied, Division, Escaping, Origin};
use crate::record::{Account, Reader, Sink};
use crate::xml::XmlTable;

pub(crate) use columns::{Column, Columns, Meaning, Unmapped};
pub(crate) use names::{Names, clean as clean_name, normalise};
use shape::{Fit, Shape};
pub(crate) use split::{Quoting, Split, places, split};
pub(crate) use unicode::Unicode;

/// A quoted cell may run over this many further lines before the first line is given up.
const MAX_CONTINUATION: usize = 100;
/// A header may have this many lines above it: a title, the period, who made the export.
const MAX_TITLES: u64 = 20;
/// More columns than this are no table.
const MAX_COLUMNS: usize = 4096;
/// Delimiters that are tried where nobody names one.
const DELIMITERS: [char; 4] = ['|', ';', ',', '\t'];

/// How a table sits in its file; a mapping file may fix what is otherwise found out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Format {
    /// None: the one that gives the most known column names.
    pub(crate) delimiter: Option<char>,
    /// None: no quoting, then RFC 4180, then backslash, line by line.
    pub(crate) quoting: Option<Quoting>,
    /// Lines before the header that are not read.
    pub(crate) skip: u64,
    /// Lines that start with this are noise; empty: none.
    pub(crate) comment: String,
    /// Names in order, where the file has no header line.
    pub(crate) columns: Vec<String>,
    /// Columns by position: name, first character (1-based), number of characters.
    pub(crate) fixed: Vec<(String, usize, usize)>,
}

/// What a table means: the part that differs from source to source.
pub(crate) trait Rows {
    /// Whether a column name (in the form of [`normalise`]) is known: decides the delimiter.
    fn knows(&self, name: &str) -> bool;

    /// Takes the names of the columns. False: not this kind of table, nothing of it can be read.
    fn header(&mut self, names: &[String], sink: &mut dyn Sink) -> bool;

    /// Takes a row; it has as many cells as the header has names.
    fn row(&mut self, row: &Row<'_>, sink: &mut dyn Sink);

    /// Takes a line of a file without a recognised header. False: the line is rejected.
    fn loose(&mut self, _line: u64, _text: &str, _sink: &mut dyn Sink) -> Loose {
        Loose::Rejected
    }

    /// The file has ended.
    fn done(&mut self, sink: &mut dyn Sink);
}

/// A row of a table.
pub(crate) struct Row<'r> {
    /// First physical line.
    pub(crate) line: u64,
    /// Where it stands; nothing is said of rows of an XML dump.
    pub(crate) origin: Origin<'r>,
    /// The cells.
    pub(crate) cells: &'r [Cow<'r, str>],
}

/// What became of a line outside of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loose {
    /// A record of free text.
    Record,
    /// A ruler or a block mark.
    Noise,
    /// Not readable.
    Rejected,
}

/// Reads a table line by line.
pub(crate) struct Table<R> {
    unicode: Unicode,
    lines: Lines,
    core: Core<R>,
}

/// What has been seen of the table so far.
enum State {
    Start,
    Rows {
        delimiter: char,
        width: usize,
        trailing: bool,
    },
    Fixed,
    Loose,
}

/// A delimited table or an XML dump, as the mapping says.
pub(crate) enum Kernel<R> {
    Table(Box<Table<R>>),
    Xml(Box<XmlTable<R>>),
}

impl<R: Rows> Kernel<R> {
    pub(crate) fn new(mapping: Option<&Mapping>, rows: R) -> Self {
        match mapping.and_then(|m| Some((m, m.record_path.clone()?))) {
            Some((mapping, record)) => {
                let table = XmlTable::new(record, mapping.places(), mapping.unmapped, rows);
                Self::Xml(Box::new(table))
            }
            None => {
                let format = mapping.map_or_else(Format::default, |m| m.format.clone());
                Self::Table(Box::new(Table::new(format, rows)))
            }
        }
    }
}

impl<R: Rows> Reader for Kernel<R> {
    fn feed(&mut self, block: &[u8], sink: &mut dyn Sink) {
        match self {
            Self::Table(table) => table.feed(block, sink),
            Self::Xml(xml) => xml.feed(block, sink),
        }
    }

    fn finish(&mut self, growing: bool, sink: &mut dyn Sink) -> Account {
        match self {
            Self::Table(table) => table.finish(growing, sink),
            Self::Xml(xml) => xml.finish(growing, sink),
        }
    }
}

struct Core<R> {
    format: Format,
    rows: R,
    state: State,
    account: Account,
    skipped: u64,
    bytes: bool,
    /// Lines of a quoted cell that is still open, with the number of the first.
    open: Vec<String>,
    open_at: u64,
    open_bytes: usize,
    /// Whether the last row ended with the delimiter.
    row_ends: bool,
    /// Lines that were no header.
    titles: u64,
}

impl<R: Rows> Table<R> {
    pub(crate) fn new(format: Format, rows: R) -> Self {
        let core = Core {
            format,
            rows,
            state: State::Start,
            account: Account::default(),
            skipped: 0,
            bytes: false,
            open: Vec::new(),
            open_at: 0,
            open_bytes: 0,
            row_ends: true,
            titles: 0,
        };
        Self {
            unicode: Unicode::default(),
            lines: Lines::default(),
            core,
        }
    }
}

impl<R: Rows> Reader for Table<R> {
    fn feed(&mut self, block: &[u8], sink: &mut dyn Sink) {
        let Self {
            unicode,
            lines,
            core,
        } = self;
        core.bytes |= !block.is_empty();
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
        while !core.open.is_empty() {
            core.close_open(sink);
        }
        if !core.bytes || (matches!(core.state, State::Start) && core.account.pending == 0) {
            if core.account.rejected == 0 {
                sink.finding(Finding::new("G4K-305"));
            }
        } else if !matches!(core.state, State::Start | State::Loose)
            && core.account.records + core.account.rejected + core.account.pending == 0
        {
            sink.finding(Finding::new("G4K-304"));
        }
        core.rows.done(sink);
        core.account
    }
}

impl<R: Rows> Core<R> {
    fn line(&mut self, line: &Line<'_>, sink: &mut dyn Sink) {
        self.account.lines += 1;
        if line.too_long {
            while !self.open.is_empty() {
                self.close_open(sink);
            }
            self.reject(
                Finding::new("G4K-301")
                    .at(line.number)
                    .with("limit", MAX_LINE),
                sink,
            );
            return;
        }
        let text = decode(line.bytes);
        // where rows end with the delimiter, a last line without it is cut
        if !line.ended
            && let State::Rows {
                delimiter,
                width,
                trailing: true,
            } = self.state
            && self.open.is_empty()
            && self.row_ends
            && !text.trim().is_empty()
            && !text.trim_end().ends_with(delimiter)
        {
            let shape = Shape {
                delimiter,
                width,
                trailing: true,
            };
            let found = text.split(delimiter).count();
            self.wrong(line.number, found, shape, sink);
            return;
        }
        self.text(line.number, &text, sink);
    }

    /// A line whose physical line has been counted already.
    fn text(&mut self, number: u64, text: &str, sink: &mut dyn Sink) {
        if !self.open.is_empty() {
            self.go_on(text, sink);
            return;
        }
        let comment = &self.format.comment;
        let blank = text
            .chars()
            .all(|c| c.is_whitespace() || c == '\u{1a}' || c == '\0');
        if blank || (!comment.is_empty() && text.starts_with(comment.as_str())) {
            self.account.noise += 1;
            return;
        }
        match self.state {
            State::Start if self.skipped < self.format.skip => {
                self.skipped += 1;
                self.account.noise += 1;
            }
            State::Start => self.start(number, text, sink),
            State::Rows {
                delimiter,
                width,
                trailing,
            } => {
                self.row(
                    number,
                    text,
                    Shape {
                        delimiter,
                        width,
                        trailing,
                    },
                    true,
                    sink,
                );
            }
            State::Fixed => self.fixed(number, text, sink),
            State::Loose => self.loose(number, text, sink),
        }
    }

    /// The first line that counts: the header, or the first row where the names are declared.
    fn start(&mut self, number: u64, text: &str, sink: &mut dyn Sink) {
        if !self.format.fixed.is_empty() {
            let names: Vec<String> = self.format.fixed.iter().map(|f| f.0.clone()).collect();
            if self.rows.header(&names, sink) {
                self.state = State::Fixed;
                self.fixed(number, text, sink);
            } else {
                self.state = State::Loose;
                self.loose(number, text, sink);
            }
            return;
        }
        let (delimiter, names, trailing) = self.sniff(text);
        let declared = &self.format.columns;
        let is_header = declared.is_empty()
            || (declared.len() == names.len()
                && declared
                    .iter()
                    .zip(&names)
                    .all(|(a, b)| normalise(a) == normalise(b)));
        let names = if declared.is_empty() {
            names
        } else {
            declared.clone()
        };
        let width = names.len();
        let fits = width <= MAX_COLUMNS && (width > 1 || !declared.is_empty());
        if !fits || !self.rows.header(&names, sink) {
            self.state = State::Loose;
            self.loose(number, text, sink);
            return;
        }
        if is_header {
            self.state = State::Rows {
                delimiter,
                width,
                trailing,
            };
            self.account.noise += 1;
        } else {
            let trailing = text.ends_with(delimiter);
            self.state = State::Rows {
                delimiter,
                width,
                trailing,
            };
            self.row(
                number,
                text,
                Shape {
                    delimiter,
                    width,
                    trailing,
                },
                true,
                sink,
            );
        }
    }

    /// The delimiter that gives the most known names; of several the one with the most columns.
    fn sniff(&self, text: &str) -> (char, Vec<String>, bool) {
        let fixed = self.format.delimiter.map(|d| [d]);
        let tried: &[char] = fixed.as_ref().map_or(&DELIMITERS, |d| d.as_slice());
        let mut best: Option<(usize, usize, char, Vec<String>, bool)> = None;
        for &delimiter in tried {
            let mut names: Vec<String> = match split(text, delimiter, Quoting::Rfc4180) {
                Split::Cells(cells) => cells.iter().map(|c| names::clean(c)).collect(),
                _ => text.split(delimiter).map(names::clean).collect(),
            };
            let trailing = names.len() > 1 && names.last().is_some_and(String::is_empty);
            if trailing {
                names.pop();
            }
            let wanted = &self.format.columns;
            let known = if wanted.is_empty() {
                names
                    .iter()
                    .filter(|n| self.rows.knows(&normalise(n)))
                    .count()
            } else {
                // without a header the width decides
                usize::from(names.len() == wanted.len())
            };
            if best
                .as_ref()
                .is_none_or(|b| (known, names.len()) > (b.0, b.1))
            {
                best = Some((known, names.len(), delimiter, names, trailing));
            }
        }
        best.map_or((';', Vec::new(), false), |(_, _, d, n, t)| (d, n, t))
    }

    /// One line as a row. `may_open`: a quoted cell may run on into the next lines.
    fn row(&mut self, number: u64, text: &str, shape: Shape, may_open: bool, sink: &mut dyn Sink) {
        match shape.cells(text, self.format.quoting) {
            Fit::Cells(cells, way) => {
                self.account.records += 1;
                self.row_ends = text.ends_with(shape.delimiter);
                self.give((number, number), text, &cells, (shape.delimiter, way), sink);
            }
            Fit::Open if may_open => {
                self.open_at = number;
                self.open_bytes = text.len();
                self.open.push(text.to_owned());
            }
            Fit::Open => self.misfit(number, text, shape, sink),
            Fit::Wrong(found) => self.wrong(number, found, shape, sink),
        }
    }

    /// A line with a quote that never closes: as it stands, where the number of cells fits.
    fn misfit(&mut self, number: u64, text: &str, shape: Shape, sink: &mut dyn Sink) {
        match shape.cells(text, Some(Quoting::None)) {
            Fit::Cells(cells, way) => {
                self.account.records += 1;
                self.give((number, number), text, &cells, (shape.delimiter, way), sink);
            }
            Fit::Wrong(found) => self.wrong(number, found, shape, sink),
            Fit::Open => self.wrong(number, 0, shape, sink),
        }
    }

    /// Gives a row with its place: cells that are no slices of the line are copies of parts of it.
    fn give(
        &mut self,
        (line, last): (u64, u64),
        text: &str,
        cells: &[Cow<'_, str>],
        (delimiter, way): (char, Quoting),
        sink: &mut dyn Sink,
    ) {
        let mut copies = Vec::new();
        if cells.iter().any(|c| matches!(c, Cow::Owned(_))) {
            let escaping = match way {
                Quoting::Backslash => Escaping::Backslash(delimiter),
                Quoting::None | Quoting::Rfc4180 => Escaping::Quotes,
            };
            let pairs = cells.iter().zip(places(text, delimiter, way));
            copies.extend(pairs.map(|(made, place)| Copied {
                made,
                from: &text[place],
                escaping,
            }));
        }
        let origin = Origin {
            last,
            text,
            copies: &copies,
            division: Division::Delimited(delimiter, way),
        };
        let row = Row {
            line,
            origin,
            cells,
        };
        self.rows.row(&row, sink);
    }

    fn wrong(&mut self, number: u64, found: usize, shape: Shape, sink: &mut dyn Sink) {
        let finding = Finding::new("G4K-302")
            .at(number)
            .with("found", found)
            .with("expected", shape.width);
        self.reject(finding, sink);
    }

    /// The next line of a quoted cell.
    fn go_on(&mut self, text: &str, sink: &mut dyn Sink) {
        let State::Rows {
            delimiter,
            width,
            trailing,
        } = self.state
        else {
            return;
        };
        let shape = Shape {
            delimiter,
            width,
            trailing,
        };
        self.open_bytes += text.len() + 1;
        self.open.push(text.to_owned());
        // only a line with a quote can close the cell
        if text.contains('"') {
            let joined = self.open.join("\n");
            match shape.cells(&joined, Some(Quoting::Rfc4180)) {
                Fit::Cells(cells, way) => {
                    let more = self.open.len() as u64 - 1;
                    self.account.records += 1;
                    self.account.continuation += more;
                    let lines = (self.open_at, self.open_at + more);
                    self.give(lines, &joined, &cells, (delimiter, way), sink);
                    self.open.clear();
                    return;
                }
                Fit::Open => {}
                Fit::Wrong(_) => {
                    self.close_open(sink);
                    return;
                }
            }
        }
        if self.open.len() > MAX_CONTINUATION || self.open_bytes > MAX_LINE {
            self.close_open(sink);
        }
    }

    /// Gives up on an open quote: the first line stands alone, the others are read again.
    fn close_open(&mut self, sink: &mut dyn Sink) {
        let State::Rows {
            delimiter,
            width,
            trailing,
        } = self.state
        else {
            return;
        };
        let shape = Shape {
            delimiter,
            width,
            trailing,
        };
        let lines = std::mem::take(&mut self.open);
        let first = self.open_at;
        for (number, text) in (first..).zip(&lines) {
            if number == first {
                self.row(number, text, shape, false, sink);
            } else {
                self.text(number, text, sink);
            }
        }
    }

    fn fixed(&mut self, number: u64, text: &str, sink: &mut dyn Sink) {
        let last = self.format.fixed.iter().map(|f| f.1).max().unwrap_or(1);
        let count = text.chars().count();
        if count < last {
            let finding = Finding::new("G4K-306")
                .at(number)
                .with("found", count)
                .with("expected", last);
            self.reject(finding, sink);
            return;
        }
        let byte = |chars: usize| {
            text.char_indices()
                .nth(chars)
                .map_or(text.len(), |(i, _)| i)
        };
        let places: Vec<Range<usize>> = self
            .format
            .fixed
            .iter()
            .map(|(_, start, len)| {
                let from = start.saturating_sub(1);
                byte(from)..byte(from.saturating_add(*len))
            })
            .collect();
        let cells: Vec<Cow<'_, str>> = places.iter().map(|p| text[p.clone()].into()).collect();
        self.account.records += 1;
        let row = Row {
            line: number,
            origin: Origin {
                division: Division::Fixed(&places),
                ..Origin::line(number, text)
            },
            cells: &cells,
        };
        self.rows.row(&row, sink);
    }

    fn loose(&mut self, number: u64, text: &str, sink: &mut dyn Sink) {
        self.titles += 1;
        if (2..=MAX_TITLES).contains(&self.titles) && self.late_header(text, sink) {
            self.account.noise += 1;
            return;
        }
        match self.rows.loose(number, text, sink) {
            Loose::Record => self.account.records += 1,
            Loose::Noise => self.account.noise += 1,
            Loose::Rejected => self.reject(Finding::new("G4K-303").at(number), sink),
        }
    }

    /// Whether this is the header after all, below a title.
    fn late_header(&mut self, text: &str, sink: &mut dyn Sink) -> bool {
        if !(self.format.columns.is_empty() && self.format.fixed.is_empty()) {
            return false;
        }
        let (delimiter, names, trailing) = self.sniff(text);
        let known = names.iter().filter(|n| self.rows.knows(&normalise(n)));
        if names.len() > MAX_COLUMNS || known.count() < 2 || !self.rows.header(&names, sink) {
            return false;
        }
        self.state = State::Rows {
            delimiter,
            width: names.len(),
            trailing,
        };
        true
    }

    fn reject(&mut self, finding: Finding, sink: &mut dyn Sink) {
        self.account.rejected += 1;
        if let Some(line) = finding.line {
            sink.damaged(line);
        }
        sink.finding(finding);
    }
}
