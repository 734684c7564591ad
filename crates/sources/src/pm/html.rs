//! Reports as HTML: the rows of all tables, as far as they can be told apart.
//!
//! A row begins at `<tr` and ends where the next one begins, whatever the tags between say. Nothing
//! is loaded and nothing is run. Lines are accounted for by what begins on them.

use std::borrow::Cow;
use std::ops::Range;

use gdpr4k_model::Finding;

use super::rows::Trail;
use super::{Tables, Taken};
use crate::knowledge::TableKnowledge;
use crate::linebook::{Class, LineBook};
use crate::lines::decode;
use crate::record::{Account, Reader, Sink};
use crate::table::Unicode;

/// Bytes of a cell or a heading that are kept.
const MAX_TEXT: usize = 1 << 16;
/// Bytes of a tag that are looked at.
const MAX_TAG: usize = 1 << 10;
/// Cells of a row that are kept.
const MAX_CELLS: usize = 1024;

/// Reads a report in HTML.
pub struct HtmlReport<'k> {
    unicode: Unicode,
    tables: Tables<'k>,
    state: State,
    tag: Vec<u8>,
    /// Text of the cell, or of a heading outside of tables.
    text: Vec<u8>,
    cells: Vec<String>,
    in_cell: bool,
    /// Line of the row that is open.
    row: Option<u64>,
    depth: usize,
    lines: LineBook,
    broken: Option<u64>,
    after_cr: bool,
    places: Places,
}

/// Where things stand in the bytes that were fed.
#[derive(Default)]
struct Places {
    /// The byte at hand.
    at: usize,
    /// The `<` of the tag at hand.
    tag: usize,
    /// Start of the row that is open.
    row: usize,
    /// Texts of the cell that is open, and of the cells before.
    cell: Vec<Range<usize>>,
    cells: Vec<Vec<Range<usize>>>,
    /// Whether a table stands inside of another one.
    nested: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Text,
    Tag,
    /// Inside a quoted attribute.
    Quote(u8),
    Comment(u8),
    /// Inside `script` or `style`.
    Raw,
}

impl<'k> HtmlReport<'k> {
    /// `path`: a name such as `trunk-groups.html` tells the measuring object where the text does not.
    pub fn new(knowledge: &'k TableKnowledge, path: &str) -> Self {
        Self {
            unicode: Unicode::default(),
            tables: Tables::new(knowledge, path),
            state: State::Text,
            tag: Vec::new(),
            text: Vec::new(),
            cells: Vec::new(),
            in_cell: false,
            row: None,
            depth: 0,
            lines: LineBook::default(),
            broken: None,
            after_cr: false,
            places: Places::default(),
        }
    }

    /// Keeps the rows with their places.
    pub(super) fn follow(&mut self) {
        self.tables.trail = Some(Trail::default());
    }

    /// The rows that were kept.
    pub(super) fn trail(self) -> Trail {
        self.tables.trail.unwrap_or_default()
    }

    /// Whether rows cannot be cut out: tables inside of tables, or tags that do not fit.
    pub(super) const fn is_tangled(&self) -> bool {
        self.places.nested || self.broken.is_some()
    }

    fn bytes(&mut self, bytes: &[u8], sink: &mut dyn Sink) {
        for b in bytes {
            self.byte(*b, sink);
            self.places.at += 1;
        }
    }

    fn byte(&mut self, b: u8, sink: &mut dyn Sink) {
        if b == b'\n' && self.after_cr {
            self.after_cr = false;
            return;
        }
        self.after_cr = b == b'\r';
        let newline = matches!(b, b'\n' | b'\r');
        self.lines.begun |= !newline;
        match self.state {
            State::Text if b == b'<' => {
                self.state = State::Tag;
                self.places.tag = self.places.at;
                self.tag.clear();
            }
            State::Text => self.keep(if newline { b' ' } else { b }),
            State::Tag if b == b'>' => {
                self.state = State::Text;
                self.tag(sink);
            }
            // a lone `<` in a text
            State::Tag
                if self.tag.is_empty() && !(b.is_ascii_alphabetic() || b"/!?".contains(&b)) =>
            {
                self.state = State::Text;
                self.places.at -= 1;
                self.keep(b'<');
                self.places.at += 1;
                self.keep(b);
            }
            State::Tag if b == b'<' => {
                self.places.tag = self.places.at;
                self.tag.clear();
            }
            State::Tag if matches!(b, b'"' | b'\'') && self.tag.ends_with(b"=") => {
                self.state = State::Quote(b);
            }
            State::Tag => {
                if self.tag.len() < MAX_TAG {
                    self.tag.push(b);
                }
                if self.tag == b"!--" {
                    self.state = State::Comment(0);
                }
            }
            // a quote that never closes must not swallow the file
            State::Quote(quote) if b == quote => self.state = State::Tag,
            State::Quote(_) if newline => {
                self.state = State::Tag;
                self.broken.get_or_insert(self.lines.line());
            }
            State::Quote(_) => {}
            State::Comment(n) => {
                self.state = match (b, n) {
                    (b'-', n) => State::Comment((n + 1).min(2)),
                    (b'>', 2) => State::Text,
                    _ => State::Comment(0),
                };
            }
            State::Raw => {
                if b == b'<' {
                    self.tag.clear();
                } else if b == b'>' {
                    let tag = self.tag.to_ascii_lowercase();
                    if tag.starts_with(b"/script") || tag.starts_with(b"/style") {
                        self.state = State::Text;
                    }
                } else if self.tag.len() < MAX_TAG {
                    self.tag.push(b);
                }
            }
        }
        if newline {
            self.lines.end(self.row.is_some());
        }
    }

    fn keep(&mut self, b: u8) {
        if self.in_cell && self.tables.trail.is_some() {
            let at = self.places.at;
            match self.places.cell.last_mut() {
                Some(piece) if piece.end == at => piece.end += 1,
                _ => self.places.cell.push(at..at + 1),
            }
        }
        self.add(b);
    }

    fn add(&mut self, b: u8) {
        if self.text.len() < MAX_TEXT && (self.in_cell || self.row.is_none()) {
            self.text.push(b);
        }
    }

    fn tag(&mut self, sink: &mut dyn Sink) {
        let end = |b: &u8| b.is_ascii_whitespace() || *b == b'>';
        let name = self.tag.split(end).next().unwrap_or_default();
        let name = name.strip_suffix(b"/").unwrap_or(name).to_ascii_lowercase();
        match name.as_slice() {
            b"tr" => {
                self.close_row(self.places.tag, sink);
                self.heading();
                self.open_row();
            }
            b"td" | b"th" => {
                self.close_cell();
                if self.row.is_none() {
                    self.heading();
                    self.open_row();
                }
                self.in_cell = true;
            }
            b"/td" | b"/th" => self.close_cell(),
            b"/tr" => self.close_row(self.places.at + 1, sink),
            b"table" => {
                self.places.nested |= self.depth > 0;
                self.close_row(self.places.tag, sink);
                self.heading();
                self.tables.next_table(sink);
                self.depth += 1;
            }
            b"/table" => {
                self.close_row(self.places.tag, sink);
                if self.depth == 0 {
                    self.broken.get_or_insert(self.lines.line());
                }
                self.depth = self.depth.saturating_sub(1);
            }
            b"script" | b"style" => self.state = State::Raw,
            b"br" | b"p" | b"/p" => self.add(b' '),
            n if n.len() >= 2 && (n[0] == b'h' || n.starts_with(b"/h")) || n == b"/title" => {
                self.heading();
            }
            _ => {}
        }
    }

    /// Text outside of tables may name the measuring object.
    fn heading(&mut self) {
        if self.row.is_none() && !self.text.is_empty() {
            let text = plain(&self.text);
            if !text.trim().is_empty() {
                self.tables.heading(&text);
            }
        }
        self.text.clear();
    }

    fn close_cell(&mut self) {
        if self.in_cell {
            if self.cells.len() < MAX_CELLS {
                self.cells.push(plain(&self.text).trim().to_owned());
                self.places
                    .cells
                    .push(std::mem::take(&mut self.places.cell));
            }
            self.in_cell = false;
        }
        self.places.cell.clear();
        self.text.clear();
    }

    fn open_row(&mut self) {
        self.row = Some(self.lines.line());
        self.places.row = self.places.tag;
    }

    /// `end`: the place behind the row.
    fn close_row(&mut self, end: usize, sink: &mut dyn Sink) {
        let Some(line) = self.row else {
            return;
        };
        self.close_cell();
        self.row = None;
        let kept = self.tables.trail.as_ref().map_or(0, |t| t.rows.len());
        let taken = self.tables.take(line, &self.cells, sink);
        let cells = std::mem::take(&mut self.places.cells);
        if let Some(trail) = &mut self.tables.trail
            && let Some(row) = trail.rows.get_mut(kept)
        {
            row.place = self.places.row..end;
            for (cell, places) in row.cells.iter_mut().zip(cells) {
                cell.places = places;
            }
        }
        let class = match taken {
            Taken::Record => Class::Record,
            // tables that only lay out the page
            Taken::Noise | Taken::Headless => Class::Noise,
            Taken::Misfit { found, expected } => {
                let finding = Finding::new("G4K-302").at(line).with("found", found);
                sink.finding(finding.with("expected", expected));
                Class::Rejected
            }
        };
        self.lines.row(class);
        self.cells.clear();
    }
}

impl Reader for HtmlReport<'_> {
    fn feed(&mut self, block: &[u8], sink: &mut dyn Sink) {
        let mut unicode = std::mem::take(&mut self.unicode);
        let bytes: Cow<'_, [u8]> = unicode.block(block);
        self.bytes(&bytes, sink);
        self.unicode = unicode;
    }

    fn finish(&mut self, growing: bool, sink: &mut dyn Sink) -> Account {
        let rest = self.unicode.rest();
        self.bytes(&rest, sink);
        if self.depth > 0 || self.row.is_some() || !matches!(self.state, State::Text | State::Tag) {
            self.broken.get_or_insert(self.lines.line());
        }
        if growing && self.lines.begun {
            // what stands on the unfinished line is read next time
            if self.row.take().is_some() {
                self.lines.row(Class::Noise);
            }
            self.lines.account.lines += 1;
            self.lines.account.pending += 1;
        } else {
            self.close_row(self.places.at, sink);
            if self.lines.begun {
                self.lines.end(false);
            }
        }
        if self.lines.account.lines == 0 {
            sink.finding(Finding::new("G4K-305"));
        }
        self.tables.next_table(sink);
        if let Some(line) = self.broken.filter(|_| !growing) {
            sink.finding(Finding::new("G4K-627").at(line));
        }
        self.tables.report(sink);
        self.lines.account
    }
}

/// The text of a cell: entities resolved, blanks as they are.
pub fn plain(bytes: &[u8]) -> String {
    let text = decode(bytes);
    let mut out = String::with_capacity(text.len());
    let mut rest: &str = &text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(12).position(|b| b == b';');
        let entity = end.and_then(|e| Some((e, entity(&rest[1..e])?)));
        match entity {
            Some((e, c)) => {
                out.push(c);
                rest = &rest[e + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<char> {
    if let Some(code) = name.strip_prefix('#') {
        let code = match code.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => code.parse().ok()?,
        };
        return char::from_u32(code);
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "auml" => 'ä',
        "ouml" => 'ö',
        "uuml" => 'ü',
        "Auml" => 'Ä',
        "Ouml" => 'Ö',
        "Uuml" => 'Ü',
        "szlig" => 'ß',
        _ => return None,
    })
}
