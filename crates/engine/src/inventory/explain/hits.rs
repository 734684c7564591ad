//! What a reader gives and a search finds, with its place in the file.

use std::cell::RefCell;
use std::rc::Rc;

use chrono::NaiveDate;
use gdpr4k_model::Finding;
use gdpr4k_model::catalogue::{Catalogue, ClusterIx, ElementIx, Kind as Category};
use gdpr4k_model::number::{Access, NumberPlans};
use gdpr4k_sources::people::search::{Eyes, Finds, Found, Place};
use gdpr4k_sources::people::{Kind, RuleId};
use gdpr4k_sources::record::{Fact, Record, Sink, Value};

use super::kinds::{name_in, of_field};
use super::window::{How, Window, width};

/// A value of a record is looked for in so many lines of it at most.
const MAX_LINES: usize = 4096;

/// The rule that a value was found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// The field of a record says what it is.
    Field {
        /// The meaning of the position is not proven.
        unverified: bool,
    },
    /// A rule of the search in texts.
    Text(RuleId),
}

/// A hit, without its value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    pub(super) line: u64,
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) kind: Kind,
    pub(super) element: ElementIx,
    pub(super) cluster: ClusterIx,
    pub(super) rule: Rule,
    pub(super) day: Option<NaiveDate>,
}

/// The windows that readers have been given: the last two, since a record may be given late.
#[derive(Default)]
pub(super) struct Windows {
    pub(super) now: Rc<Window>,
    pub(super) before: Rc<Window>,
}

/// Takes records and keeps where their values stand.
pub(super) struct Collector<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) plans: &'a NumberPlans,
    pub(super) eyes: Eyes<'a>,
    /// Service accounts, lower case: not persons.
    pub(super) services: &'a [String],
    pub(super) windows: &'a RefCell<Windows>,
    /// Lines that are asked for; empty: all.
    pub(super) only: &'a [u64],
    pub(super) most: usize,
    pub(super) spots: Vec<Spot>,
    /// Values whose place could not be told.
    pub(super) unplaced: u64,
    /// More hits than `most`.
    pub(super) more: u64,
}

/// Where a text starts: line, column (1-based) and how the line stands in the file.
#[derive(Clone, Copy)]
struct At {
    line: u64,
    column: usize,
    how: How,
}

impl At {
    fn pack(self) -> u64 {
        self.line << 26 | (self.column as u64 & 0xff_ffff) << 2 | self.how as u64
    }

    const fn unpack(place: u64) -> Self {
        Self {
            line: place >> 26,
            column: (place >> 2 & 0xff_ffff) as usize,
            how: match place & 3 {
                0 => How::Same,
                1 => How::Single,
                _ => How::Wide,
            },
        }
    }
}

/// Where the search for values of a record goes on: line of the window and place in its text.
#[derive(Clone, Copy)]
struct Cursor {
    from: usize,
    line: usize,
    at: usize,
}

impl Collector<'_> {
    fn wanted(&self, line: u64) -> bool {
        self.only.is_empty() || self.only.contains(&line)
    }

    fn keep(&mut self, spot: Spot) {
        if !self.wanted(spot.line) {
            return;
        }
        if self.spots.len() < self.most {
            self.spots.push(spot);
        } else {
            self.more += 1;
        }
    }

    /// Where these bytes stand, by their address.
    fn at_address(&self, bytes: &[u8]) -> Option<At> {
        let windows = self.windows.borrow();
        let window = &windows.now;
        let offset = window.offset_of(bytes)?;
        let line = window.line_of(offset)?;
        Some(At {
            line: line.number,
            column: window.width(line, line.start, offset) + 1,
            how: line.how,
        })
    }

    /// The window that holds a line.
    fn window_of(&self, line: u64) -> Option<Rc<Window>> {
        let windows = self.windows.borrow();
        [&windows.now, &windows.before]
            .into_iter()
            .find(|w| w.index_of(line).is_some())
            .map(Rc::clone)
    }

    /// The values of the fields of a record.
    fn fields(&mut self, record: &Record<'_>) {
        let mut cursor: Option<(Rc<Window>, Cursor)> = None;
        let mut last: Option<&[u8]> = None;
        for value in record.values {
            let element = self.catalogue.element_entry(value.element);
            let plain = matches!(element.kind, Category::FreeText | Category::Audit);
            if plain && self.eyes.texts.is_text(value.element) {
                continue;
            }
            let access = if element.dialled {
                Access::Dialled
            } else {
                value.access
            };
            let kind = of_field(element, value.text, access, self.plans, self.eyes.node)
                .filter(|_| element.kind != Category::Account || !self.is_service(value.text));
            let at = self.at_address(value.text).or_else(|| {
                if cursor.is_none() {
                    let window = self.window_of(record.line)?;
                    let line = window.index_of(record.line)?;
                    let at = window.lines[line].start;
                    cursor = Some((
                        window,
                        Cursor {
                            from: line,
                            line,
                            at,
                        },
                    ));
                }
                let (window, cursor) = cursor.as_mut()?;
                let again = last == Some(value.text);
                look_for(window, cursor, value.text, again)
            });
            last = Some(value.text);
            let Some(kind) = kind else { continue };
            let Some(at) = at else {
                self.unplaced += u64::from(self.wanted(record.line));
                continue;
            };
            self.field(record, value, kind, at);
        }
    }

    fn field(&mut self, record: &Record<'_>, value: &Value<'_>, kind: Kind, at: At) {
        let text = value.text;
        let part = match kind {
            Kind::Name => name_in(self.eyes.detector, text),
            _ => 0..text.len(),
        };
        let start = at.column + width(at.how, &text[..part.start]);
        let end = start + width(at.how, &text[part.clone()]);
        if part.is_empty() {
            return;
        }
        let own = self.catalogue.cluster_of(value.element);
        let element = self.catalogue.element_entry(value.element);
        let fixed = element.secret || element.kind == Category::None;
        self.keep(Spot {
            line: at.line,
            start: start as u32,
            end: end as u32 - 1,
            kind,
            element: value.element,
            cluster: if fixed {
                own
            } else {
                record.cluster.unwrap_or(own)
            },
            rule: Rule::Field {
                unverified: value.unverified,
            },
            day: record.day,
        });
    }

    fn is_service(&self, text: &[u8]) -> bool {
        let text = String::from_utf8_lossy(text).to_lowercase();
        self.services.contains(&text)
    }

    /// What was found in the texts of a record.
    fn texts(&mut self, record: &Record<'_>, found: &[Found<'_>]) {
        let window = found
            .iter()
            .any(|f| f.place.is_none())
            .then(|| self.window_of(record.line))
            .flatten();
        for f in found {
            let at = f.place.map(At::unpack).or_else(|| {
                let window = window.as_deref()?;
                in_text(window, record.line, f)
            });
            let Some(at) = at else {
                self.unplaced += u64::from(self.wanted(record.line));
                continue;
            };
            let element = self.catalogue.element_entry(f.value.element);
            self.keep(Spot {
                line: at.line,
                start: at.column as u32,
                end: (at.column + width(at.how, f.value.text)) as u32 - 1,
                kind: f.hit.kind,
                element: f.value.element,
                cluster: if element.secret {
                    self.catalogue.cluster_of(f.value.element)
                } else {
                    f.cluster
                },
                rule: Rule::Text(f.hit.rule),
                day: record.day,
            });
        }
    }
}

impl Sink for Collector<'_> {
    fn record(&mut self, record: &Record<'_>) {
        self.fields(record);
    }

    fn fact(&mut self, _fact: Fact) {}

    fn finding(&mut self, _finding: Finding) {}
}

impl Finds for Collector<'_> {
    fn found(&mut self, record: &Record<'_>, found: &[Found<'_>]) {
        self.fields(record);
        self.texts(record, found);
    }

    fn place(&self, bytes: &[u8]) -> Place {
        self.at_address(bytes).map(At::pack)
    }
}

/// Looks for a value that the reader has copied: behind the value before it, then anywhere in the record.
fn look_for(window: &Window, cursor: &mut Cursor, value: &[u8], again: bool) -> Option<At> {
    if value.is_empty() {
        return None;
    }
    let from = if again { cursor.at + 1 } else { cursor.at };
    let found = find(window, cursor.line, from, value, true)
        .or_else(|| find(window, cursor.from, 0, value, true))
        .or_else(|| find(window, cursor.line, from, value, false))?;
    (cursor.line, cursor.at) = found;
    let line = &window.lines[found.0];
    Some(At {
        line: line.number,
        column: window.width(line, line.start, found.1) + 1,
        how: line.how,
    })
}

/// The first place of a value from a line on: line and offset in the text. `whole`: not a part of a longer word.
fn find(
    window: &Window,
    line: usize,
    from: usize,
    value: &[u8],
    whole: bool,
) -> Option<(usize, usize)> {
    let text = window.text();
    let german = seven_bit(value);
    for (ix, at) in window.lines.iter().enumerate().skip(line).take(MAX_LINES) {
        let mut start = at.start.max(from.min(at.end));
        if ix > line {
            start = at.start;
        }
        for form in [Some(value), german.as_deref()].into_iter().flatten() {
            for place in memchr::memmem::find_iter(&text[start..at.end], form) {
                let (b, e) = (start + place, start + place + form.len());
                let word = |i: Option<usize>| {
                    i.and_then(|i| text.get(i))
                        .is_some_and(|b| b.is_ascii_alphanumeric() || *b >= 0x80)
                };
                let edge = |inner: u8| inner.is_ascii_alphanumeric() || inner >= 0x80;
                let left = !edge(form[0]) || b == at.start || !word(b.checked_sub(1));
                let right = !edge(form[form.len() - 1]) || e == at.end || !word(Some(e));
                if !whole || left && right {
                    return Some((ix, b));
                }
            }
        }
    }
    None
}

/// A name with umlauts as 7-bit German writes it (ISO 646-DE).
fn seven_bit(value: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(value).ok().filter(|t| !t.is_ascii())?;
    let form: String = text
        .chars()
        .map(|c| match c {
            'Ä' => '[',
            'Ö' => '\\',
            'Ü' => ']',
            'ä' => '{',
            'ö' => '|',
            'ü' => '}',
            'ß' => '~',
            c => c,
        })
        .collect();
    form.is_ascii().then(|| form.into_bytes())
}

/// Looks for a hit by the text around it, which may go over several lines.
fn in_text(window: &Window, line: u64, f: &Found<'_>) -> Option<At> {
    let first = window.index_of(line)?;
    let start = f.hit.range().start;
    let before = &f.text[..start.min(f.text.len())];
    let row = before.iter().filter(|b| **b == b'\n').count();
    let piece_start = memchr::memrchr(b'\n', before).map_or(0, |i| i + 1);
    let piece_end = memchr::memchr(b'\n', &f.text[start..]).map_or(f.text.len(), |i| start + i);
    let piece = &f.text[piece_start..piece_end];
    let at = window.lines.get(first + row)?;
    let text = window.text();
    let place = memchr::memmem::find(&text[at.start..at.end], piece);
    let offset = match place {
        Some(place) => at.start + place + start - piece_start,
        // quotes that were taken off, or a line that was put together
        None => find(window, first, 0, f.value.text, true)?.1,
    };
    let at = window.line_of(offset)?;
    Some(At {
        line: at.number,
        column: window.width(at, at.start, offset) + 1,
        how: at.how,
    })
}

/// One kind per place: of spots that overlap the more specific one stays, then the longer one.
pub(super) fn settle(spots: &mut Vec<Spot>) {
    let key = |s: &Spot| {
        (
            s.line,
            std::cmp::Reverse(s.kind.rank()),
            std::cmp::Reverse(s.end - s.start),
            s.start,
        )
    };
    // a whole name before its parts, whatever else stands there
    spots.sort_by_key(key);
    let mut kept: Vec<Spot> = Vec::with_capacity(spots.len());
    let mut line_from = 0;
    for spot in spots.drain(..) {
        if kept.last().is_some_and(|k| k.line != spot.line) {
            line_from = kept.len();
        }
        let free = |k: &Spot| spot.end < k.start || spot.start > k.end;
        if kept[line_from..].iter().all(free) {
            kept.push(spot);
        }
    }
    kept.sort_by_key(|s| (s.line, s.start));
    *spots = kept;
}
