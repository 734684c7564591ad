//! XML dumps, read through a mapping (`record_xpath`, `xpath` per field).
//!
//! The vendor publishes no XML layout, so the mapping says what a record is. No
//! document type, no entity, no external resource is ever read; depth and size are
//! limited. Lines of a damaged record are rejected, and reading goes on at the next record.

mod path;

use std::borrow::Cow;
use std::collections::BTreeMap;

use gdpr4k_model::Finding;
use gdpr4k_model::finding::Arg;
use quick_xml::Reader as Xml;
use quick_xml::events::{BytesStart, Event};

use crate::lines::MAX_LINE;
use crate::origin::Origin;
use crate::record::{Account, Reader, Sink};
use crate::table::{Row, Rows, Unicode, Unmapped};

pub(crate) use path::Path;

/// Elements inside of elements.
const MAX_DEPTH: usize = 64;
/// An element may stand this often in a record; further ones share the last cell.
const REPEAT: usize = 4;
/// Elements without a meaning that are counted by name.
const MAX_UNKNOWN: usize = 200;

/// Reads records out of XML and gives them as rows.
pub(crate) struct XmlTable<R> {
    unicode: Unicode,
    record: Path,
    /// Name, place.
    fields: Vec<(String, Path)>,
    unmapped: Unmapped,
    rows: R,
    names_given: bool,
    buffer: Vec<u8>,
    bytes: bool,
    stack: Vec<String>,
    current: Option<Current>,
    broken: Option<Broken>,
    unknown: BTreeMap<String, u64>,
    lines: LineCount,
    account: Account,
    /// First line that is not in the account yet.
    next: u64,
}

/// The record that is being read.
struct Current {
    line: u64,
    depth: usize,
    cells: Vec<Vec<String>>,
    /// Text of the elements that are open, innermost last.
    texts: Vec<String>,
    bytes: usize,
}

/// Why and since which line nothing can be read.
struct Broken {
    line: u64,
    finding: Finding,
}

/// Counts physical lines: LF, CR LF, CR.
struct LineCount {
    line: u64,
    after_cr: bool,
    at_start: bool,
}

impl LineCount {
    fn advance(&mut self, bytes: &[u8]) {
        for b in bytes {
            match b {
                b'\n' if self.after_cr => self.after_cr = false,
                b'\n' | b'\r' => {
                    self.line += 1;
                    self.after_cr = *b == b'\r';
                    self.at_start = true;
                }
                _ => {
                    self.after_cr = false;
                    self.at_start = false;
                }
            }
        }
    }

    /// Number of physical lines so far.
    const fn total(&self) -> u64 {
        if self.at_start {
            self.line - 1
        } else {
            self.line
        }
    }
}

impl<R: Rows> XmlTable<R> {
    /// `fields`: name of the column and its place below the record.
    pub(crate) fn new(
        record: Path,
        fields: Vec<(String, Path)>,
        unmapped: Unmapped,
        rows: R,
    ) -> Self {
        Self {
            unicode: Unicode::default(),
            record,
            fields,
            unmapped,
            rows,
            names_given: false,
            buffer: Vec::new(),
            bytes: false,
            stack: Vec::new(),
            current: None,
            broken: None,
            unknown: BTreeMap::new(),
            lines: LineCount {
                line: 1,
                after_cr: false,
                at_start: true,
            },
            account: Account::default(),
            next: 1,
        }
    }

    fn pump(&mut self, last: bool, sink: &mut dyn Sink) {
        while !self.buffer.is_empty() {
            if self.broken.is_some() && !self.resume(last, sink) {
                return;
            }
            let cut = if last {
                self.buffer.len()
            } else {
                memchr::memrchr(b'>', &self.buffer).map_or(0, |i| i + 1)
            };
            let buffer = std::mem::take(&mut self.buffer);
            let read = self.events(&buffer[..cut], sink);
            self.buffer = buffer[read..].to_vec();
            let stuck = last || self.buffer.len() > MAX_LINE;
            if self.broken.is_none() {
                if !stuck || self.buffer.is_empty() {
                    return;
                }
                if self.buffer.iter().all(u8::is_ascii_whitespace) {
                    let rest = std::mem::take(&mut self.buffer);
                    self.lines.advance(&rest);
                    return;
                }
                self.fail(self.lines.line, Finding::new("G4K-340"));
            }
            // whatever could not be read, the next look starts behind its first byte
            if !self.buffer.is_empty() {
                let first = self.buffer.remove(0);
                self.lines.advance(&[first]);
            }
        }
    }

    /// Reads events as far as they are whole; how many bytes that were.
    fn events(&mut self, bytes: &[u8], sink: &mut dyn Sink) -> usize {
        // UTF-8, else Windows-1252, where a character is a byte
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => {
                encoding_rs::WINDOWS_1252
                    .decode_without_bom_handling(bytes)
                    .0
            }
        };
        let place = |at: usize| match &text {
            Cow::Borrowed(_) => at,
            Cow::Owned(text) => text
                .get(..at)
                .map_or(at, |t| t.chars().count())
                .min(bytes.len()),
        };
        let mut xml = Xml::from_str(&text);
        let config = xml.config_mut();
        // a block may start inside of any element: the stack is ours
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        config.allow_dangling_amp = true;
        let mut at = 0;
        while self.broken.is_none() {
            let line = self.lines.line;
            match xml.read_event() {
                Ok(Event::Eof) => {
                    self.lines.advance(&text.as_bytes()[at..]);
                    return bytes.len();
                }
                Ok(event) => {
                    let to = (xml.buffer_position() as usize).clamp(at, text.len());
                    self.lines.advance(&text.as_bytes()[at..to]);
                    at = to;
                    self.event(event, line, sink);
                }
                Err(_) => return place(at),
            }
        }
        place(at)
    }

    fn event(&mut self, event: Event<'_>, line: u64, sink: &mut dyn Sink) {
        match event {
            Event::Start(start) => self.open(&start, line, sink),
            Event::Empty(start) => {
                self.open(&start, line, sink);
                if self.broken.is_none() {
                    self.close(&local(start.name().as_ref()), sink);
                }
            }
            Event::End(end) => self.close(&local(end.name().as_ref()), sink),
            Event::Text(text) => self.text(&text),
            Event::CData(text) => self.text(&text),
            Event::GeneralRef(name) => {
                let whole = format!("&{};", &*name);
                let text =
                    quick_xml::escape::unescape(&whole).map_or(whole.clone(), Cow::into_owned);
                self.text(&text);
            }
            Event::DocType(_) => self.reject(line, self.lines.line, &Finding::new("G4K-341"), sink),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::Eof => {}
        }
    }

    fn open(&mut self, start: &BytesStart<'_>, line: u64, sink: &mut dyn Sink) {
        if self.stack.len() >= MAX_DEPTH {
            let finding = Finding::new("G4K-342").with("limit", MAX_DEPTH);
            self.fail(line, finding.with("what", Arg::declared("levels")));
            return;
        }
        self.stack.push(local(start.name().as_ref()));
        if self.current.is_none() && self.record.is(&self.stack) {
            if !self.names_given {
                self.names_given = true;
                let names: Vec<String> = self
                    .fields
                    .iter()
                    .flat_map(|(n, _)| std::iter::repeat_n(n.clone(), REPEAT))
                    .collect();
                self.rows.header(&names, sink);
            }
            let cells = vec![Vec::new(); self.fields.len()];
            let depth = self.stack.len();
            self.current = Some(Current {
                line,
                depth,
                cells,
                texts: Vec::new(),
                bytes: 0,
            });
        }
        let Some(current) = &mut self.current else {
            return;
        };
        current.texts.push(String::new());
        let below = &self.stack[current.depth..];
        for attribute in start.attributes().with_checks(false).flatten() {
            let name = local(attribute.key.as_ref());
            let raw = attribute.value.into_owned();
            let value =
                quick_xml::escape::unescape(&raw).map_or_else(|_| raw.clone(), Cow::into_owned);
            current.bytes += value.len();
            let field = self
                .fields
                .iter()
                .position(|(_, p)| p.attribute.as_ref() == Some(&name) && p.steps == below);
            match field {
                Some(ix) => current.add(ix, value),
                None => note(&mut self.unknown, below, Some(&name), &value),
            }
        }
        self.check_size();
    }

    fn close(&mut self, name: &str, sink: &mut dyn Sink) {
        if self.stack.last().is_none_or(|open| open != name) {
            let line = self.lines.line;
            self.fail(line, Finding::new("G4K-340"));
            return;
        }
        if let Some(current) = &mut self.current {
            let text = current.texts.pop().unwrap_or_default();
            let below = &self.stack[current.depth..];
            let field = self
                .fields
                .iter()
                .position(|(_, p)| p.attribute.is_none() && p.steps == below);
            match field {
                Some(ix) => current.add(ix, text),
                None => note(&mut self.unknown, below, None, &text),
            }
            if self.stack.len() == current.depth {
                self.finish_record(sink);
            }
        }
        self.stack.pop();
    }

    fn finish_record(&mut self, sink: &mut dyn Sink) {
        let Some(current) = self.current.take() else {
            return;
        };
        let mut cells: Vec<Cow<'_, str>> = Vec::with_capacity(current.cells.len() * REPEAT);
        for mut found in current.cells {
            if found.len() > REPEAT {
                let rest = found.split_off(REPEAT - 1).join("\n");
                found.push(rest);
            }
            found.resize(REPEAT, String::new());
            cells.extend(found.into_iter().map(Cow::Owned));
        }
        let (first, last) = (current.line, self.lines.line);
        self.noise_before(first);
        self.account.records += 1;
        if first < self.next {
            // a further record on a line that is taken: its end tag is its record end
            self.account.lines += 1;
            self.account.continuation += (last + 1).saturating_sub(self.next);
        } else {
            self.account.continuation += last - first;
        }
        self.next = self.next.max(last + 1);
        let row = Row {
            line: first,
            origin: Origin::default(),
            cells: &cells,
        };
        self.rows.row(&row, sink);
    }

    fn noise_before(&mut self, line: u64) {
        if line > self.next {
            self.account.noise += line - self.next;
            self.next = line;
        }
    }

    fn text(&mut self, text: &str) {
        let Some(current) = &mut self.current else {
            return;
        };
        current.bytes += text.len();
        if let Some(open) = current.texts.last_mut() {
            open.push_str(text);
        }
        self.check_size();
    }

    fn check_size(&mut self) {
        if self.current.as_ref().is_some_and(|c| c.bytes > MAX_LINE) {
            let finding = Finding::new("G4K-342").with("limit", MAX_LINE);
            self.fail(
                self.lines.line,
                finding.with("what", Arg::declared("bytes")),
            );
        }
    }

    /// Nothing can be read until the next record starts.
    fn fail(&mut self, line: u64, finding: Finding) {
        let line = self.current.take().map_or(line, |c| c.line);
        self.broken = Some(Broken { line, finding });
    }

    /// Looks for the start of the next record. False: it is not in the buffer.
    fn resume(&mut self, last: bool, sink: &mut dyn Sink) -> bool {
        let name = self.record.steps.last().map_or("", String::as_str);
        let tag = format!("<{name}");
        let found = memchr::memmem::find_iter(&self.buffer, tag.as_bytes()).find(|at| {
            let behind = self.buffer.get(at + tag.len());
            behind.is_some_and(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/'))
        });
        let Some(at) = found.filter(|_| !name.is_empty()) else {
            let keep = if last {
                0
            } else {
                (tag.len() + 1).min(self.buffer.len())
            };
            let gone = self.buffer.len() - keep;
            self.lines.advance(&self.buffer[..gone]);
            self.buffer.drain(..gone);
            return false;
        };
        self.lines.advance(&self.buffer[..at]);
        self.buffer.drain(..at);
        if let Some(broken) = self.broken.take() {
            let to = self.lines.line.saturating_sub(1).max(broken.line);
            self.reject(broken.line, to, &broken.finding, sink);
        }
        self.stack = self.record.steps[..self.record.steps.len() - 1].to_vec();
        true
    }

    /// Rejects lines that are not in the account yet; at least one.
    fn reject(&mut self, from: u64, to: u64, finding: &Finding, sink: &mut dyn Sink) {
        self.noise_before(from);
        if to < self.next {
            self.account.lines += 1;
            self.account.rejected += 1;
            sink.finding(finding.clone().at(to));
        }
        for line in self.next..=to {
            self.account.rejected += 1;
            sink.finding(finding.clone().at(line));
        }
        self.next = self.next.max(to + 1);
    }
}

impl Current {
    fn add(&mut self, field: usize, text: String) {
        let text = text.trim();
        if !text.is_empty() {
            self.cells[field].push(text.to_owned());
        }
    }
}

/// Counts an element or attribute without a meaning, if it holds something.
fn note(
    unknown: &mut BTreeMap<String, u64>,
    below: &[String],
    attribute: Option<&str>,
    text: &str,
) {
    if text.trim().is_empty() {
        return;
    }
    let mut name = below.join("/");
    if let Some(attribute) = attribute {
        name = if name.is_empty() {
            format!("@{attribute}")
        } else {
            format!("{name}/@{attribute}")
        };
    }
    if name.is_empty() {
        name = ".".to_owned();
    }
    if unknown.len() < MAX_UNKNOWN || unknown.contains_key(&name) {
        *unknown.entry(name).or_default() += 1;
    }
}

/// The name without its namespace prefix.
fn local(name: &str) -> String {
    name.rsplit(':')
        .next()
        .unwrap_or_default()
        .chars()
        .take(100)
        .collect()
}

impl<R: Rows> Reader for XmlTable<R> {
    fn feed(&mut self, block: &[u8], sink: &mut dyn Sink) {
        self.bytes |= !block.is_empty();
        // a block may be large: what is kept stays small
        for part in block.chunks(1 << 16) {
            let part = self.unicode.block(part);
            self.buffer.extend_from_slice(&part);
            self.pump(false, sink);
        }
    }

    fn finish(&mut self, growing: bool, sink: &mut dyn Sink) -> Account {
        self.buffer.extend_from_slice(&self.unicode.rest());
        let open_before = self.current.as_ref().map(|c| c.line);
        if growing && self.broken.is_none() && (open_before.is_some() || !self.buffer.is_empty()) {
            let from = open_before.unwrap_or(self.lines.line);
            let rest = std::mem::take(&mut self.buffer);
            self.lines.advance(&rest);
            let total = self.lines.total().max(from);
            self.noise_before(from);
            if from < self.next {
                self.account.lines += 1;
            }
            self.account.pending = 1;
            self.account.continuation += (total + 1).saturating_sub(self.next.max(from + 1));
            self.next = self.next.max(total + 1);
        } else {
            self.pump(true, sink);
            let total = self.lines.total().max(1);
            if self.broken.is_none() && !self.stack.is_empty() && !growing {
                self.fail(total, Finding::new("G4K-340"));
            }
            if let Some(broken) = self.broken.take() {
                self.reject(broken.line.min(total), total, &broken.finding, sink);
            }
        }
        let total = self.lines.total();
        self.noise_before(total + 1);
        self.account.lines += total;
        if !self.bytes {
            sink.finding(Finding::new("G4K-305"));
        } else if self.account.records + self.account.pending + self.account.rejected == 0 {
            sink.finding(Finding::new("G4K-343"));
        }
        let code = match self.unmapped {
            Unmapped::Report => Some("G4K-307"),
            Unmapped::Fail => Some("G4K-308"),
            Unmapped::Ignore => None,
        };
        if let Some(code) = code {
            for (name, filled) in &self.unknown {
                let finding = Finding::new(code).with("column", Arg::declared(name.clone()));
                sink.finding(
                    finding
                        .with("filled", *filled)
                        .with("shape", Arg::declared("text")),
                );
            }
        }
        self.rows.done(sink);
        self.account
    }
}

#[cfg(test)]
mod tests;
