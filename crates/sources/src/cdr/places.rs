//! Every physical line of a file: what it is, and where its fields stand.
//!
//! The same decisions as [`super::CdrReader`], for whoever has to write the file anew:
//! every byte belongs to exactly one line, and every field has its place.

use std::ops::Range;
use std::sync::Arc;

use chrono::NaiveDate;
use gdpr4k_model::catalogue::ClusterIx;

use super::cells::{Cells, Columns, Paired, Separated};
use super::classify::{Class, Classifier, Text};
use super::encoding::Encoding;
use super::ends::Ends;
use super::fit::Times;
use super::frame::{self, Frame, Framer, frames};
use super::index::Index;
use super::judge::{Judge, StartDay};
use super::layout::{Cell, Layout, RecordEnd, Shape, Variant};
use super::lines::found;
use super::quick::{Form, Line as Bare, Quick};
use super::reader::Context;
use crate::lines::MAX_LINE;

/// How one file of a layout is written: its code page and what ends its records.
#[derive(Clone, Debug)]
pub struct FileForm {
    layout: Arc<Layout>,
    context: Context,
    encoding: Encoding,
    /// None where records follow each other without an end.
    ends: Option<Ends>,
}

/// So many bytes of a file decide about its form; a shorter file as a whole.
pub const HEAD: usize = 8_192;

/// A byte order mark.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Whole lines of a file.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    /// Bytes of the file; may be more than the lines.
    pub raw: &'a [u8],
    /// Where the lines start.
    pub from: usize,
    /// Where they end.
    pub to: usize,
    /// Where the file starts in `raw`, if it does.
    pub start: Option<usize>,
    /// Lines before this place are none of records, because the layout skips the first ones.
    pub skip_to: usize,
    /// What comes after them.
    pub tail: Tail,
}

/// What comes after the lines of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    /// More lines of the file.
    More,
    /// Nothing; a last line without record end is whole.
    End,
    /// Nothing yet: the file is still being written, and a last line without record end is not whole.
    Growing,
}

/// One physical line.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// Where it starts in the bytes of the block.
    pub from: usize,
    /// Where the next one starts: its record end belongs to it.
    pub to: usize,
    /// What it is.
    pub kind: LineKind<'a>,
}

/// What a line is.
#[derive(Clone, Copy, Debug)]
pub enum LineKind<'a> {
    /// A record.
    Record(Placed<'a>),
    /// Nothing but blanks.
    Blank,
    /// A header, a footer or another line that the layout declares to be no record.
    Noise,
    /// It cannot be read; the code of the finding.
    Damaged(&'static str),
    /// The last line of a file that still grows.
    Pending,
}

/// A record and the places of its fields.
#[derive(Clone, Copy, Debug)]
pub struct Placed<'a> {
    /// Index of the `[[record]]` of the layout.
    pub variant: usize,
    /// Site-local start day; none where the record has none or one that is not believed.
    pub day: Option<NaiveDate>,
    /// The cluster.
    pub cluster: Option<ClusterIx>,
    view: View<'a>,
}

#[derive(Clone, Copy, Debug)]
enum View<'a> {
    Columns(Columns<'a>),
    Separated(Separated<'a>),
    Paired(Paired<'a>),
    /// A line that was mended: the line without its odd bytes, and where each byte stands in the block.
    Mended(Paired<'a>, &'a [u32]),
}

impl<'a> Placed<'a> {
    /// The bytes of a field, without quotes, in the code of the lines.
    #[inline]
    pub fn text(&self, cell: &Cell) -> &'a [u8] {
        match self.view {
            View::Columns(cells) => cells.get(cell.span),
            View::Separated(cells) => cells.get(cell.span),
            View::Paired(cells) => cells.get(cell.span),
            View::Mended(cells, _) => cells.get(cell.span),
        }
    }

    /// Where the field stands in the block; an empty place where the line has none.
    ///
    /// In a mended line bytes that do not belong to the field may lie inside.
    #[inline]
    pub fn place(&self, cell: &Cell) -> Range<usize> {
        let (from, to) = match self.view {
            View::Columns(cells) => cells.place(cell.span),
            View::Separated(cells) => cells.place(cell.span),
            View::Paired(cells) => cells.place(cell.span),
            View::Mended(cells, map) => {
                let (from, to) = cells.place(cell.span);
                let at = |i: usize| map.get(i).map(|p| *p as usize);
                let end = at(map.len().wrapping_sub(1)).map_or(0, |p| p + 1);
                let start = at(from).unwrap_or(end);
                let stop = match to.checked_sub(1).filter(|last| *last >= from) {
                    Some(last) => at(last).map_or(end, |p| p + 1),
                    None => start,
                };
                (start, stop)
            }
        };
        from..to
    }

    /// Whether the line has bytes that do not belong to the record.
    #[inline]
    pub const fn is_mended(&self) -> bool {
        matches!(self.view, View::Mended(..))
    }
}

impl FileForm {
    /// The form of a file, by its first bytes: at least [`HEAD`] of them, or all.
    pub fn of(layout: Arc<Layout>, context: Context, head: &[u8]) -> Self {
        let encoding = layout.encoding.settle(&head[..head.len().min(HEAD)]);
        let mut form = Self {
            encoding,
            ends: Some(Ends::of(layout.record_end)),
            context,
            layout,
        };
        let mut text = head[..head.len().min(HEAD)].to_vec();
        form.translate(&mut text);
        let framed = match form.layout.record_end {
            RecordEnd::None => true,
            RecordEnd::Auto => {
                form.layout.frameable()
                    && memchr::memchr2(b'\n', b'\r', &text).is_none()
                    && Framer::starts(&form.layout, &text)
            }
            _ => false,
        };
        if framed {
            form.ends = None;
        }
        form
    }

    /// The layout.
    pub const fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// What the site says about the file.
    pub const fn context(&self) -> &Context {
        &self.context
    }

    /// Whether the lines can only be found from the start of the file on, because nothing ends them.
    pub const fn is_framed(&self) -> bool {
        self.ends.is_none()
    }

    /// The first line that starts at or after `at`, which is not the start of the file.
    ///
    /// `raw` begins at the start of the file or at least two bytes before `at`; `last`: it
    /// goes up to the end of the file. None where `raw` does not tell, or nothing ends lines.
    pub fn next_line(&self, raw: &[u8], at: usize, last: bool) -> Option<usize> {
        let ends = self.ends?;
        if self.encoding.table().is_none() {
            return ends.next_start(raw, at, last);
        }
        let from = at.saturating_sub(2);
        let mut text = raw.get(from..)?.to_vec();
        self.translate(&mut text);
        ends.next_start(&text, at - from, last).map(|s| s + from)
    }

    /// Where the first lines end that the layout skips; none where `raw`, the start of the file, does not tell.
    pub fn skipped(&self, raw: &[u8], last: bool) -> Option<usize> {
        let mut at = 0;
        for _ in 0..self.layout.skip_first {
            if self.ends.is_none() || (last && at == raw.len()) {
                break;
            }
            at = match self.next_line(raw, at + 1, last) {
                Some(next) => next,
                None if last => raw.len(),
                None => return None,
            };
        }
        Some(at)
    }

    /// Whether the lines are read in another code than that of the file.
    pub const fn is_translated(&self) -> bool {
        self.encoding.table().is_some()
    }

    /// Puts ASCII text into the code page of the file.
    pub fn encode(&self, text: &mut [u8]) {
        let Some(table) = self.encoding.table() else {
            return;
        };
        for b in text {
            // of several codes of one character, the one of the fewest surprises is the highest
            if let Some(code) = table.iter().rposition(|to| to == b) {
                *b = code as u8;
            }
        }
    }

    /// A reader of lines; every thread takes its own.
    pub fn places(&self) -> Places {
        let separator = self.layout.variants.iter().find_map(|v| match v.shape {
            Shape::Delimited { separator, .. } => Some(separator),
            Shape::Fixed { .. } => None,
        });
        Places {
            form: self.clone(),
            classifier: Classifier::new(Arc::clone(&self.layout)),
            judge: Judge::new(&self.layout, &self.context),
            separator,
            indexable: self.ends.is_some_and(|e| e != Ends::Cr),
            index: Index::default(),
            room: Vec::new(),
            map: Vec::new(),
        }
    }

    fn translate(&self, bytes: &mut [u8]) {
        if let Some(table) = self.encoding.table() {
            for b in bytes {
                *b = table[usize::from(*b)];
            }
        }
    }
}

/// Reads the lines of blocks.
#[derive(Debug)]
pub struct Places {
    form: FileForm,
    classifier: Classifier,
    judge: Judge,
    separator: Option<u8>,
    /// Whether lines can be told by an index of line feeds.
    indexable: bool,
    index: Index,
    /// The block in the code that is read, where that is another one.
    room: Vec<u8>,
    map: Vec<u32>,
}

impl Places {
    /// The form of the file.
    pub const fn form(&self) -> &FileForm {
        &self.form
    }

    /// Gives every line of a block in its order, with the bytes of the block in the code that
    /// is read (ASCII where the file is EBCDIC). Gives the place up to which lines were whole:
    /// the end of the block, but for records without an end.
    pub fn read<'b>(&mut self, block: &Block<'b>, mut each: impl FnMut(&[u8], Line<'_>)) -> usize {
        let mut room = std::mem::take(&mut self.room);
        let text: &[u8] = if self.form.encoding.table().is_some() {
            room.clear();
            room.extend_from_slice(block.raw);
            self.form.translate(&mut room);
            &room
        } else {
            block.raw
        };
        let used = match self.form.ends {
            None => self.framed(text, block, &mut each),
            Some(ends) => {
                self.lines(text, block, ends, &mut each);
                block.to
            }
        };
        self.room = room;
        used
    }

    fn lines(
        &mut self,
        text: &[u8],
        block: &Block<'_>,
        ends: Ends,
        each: &mut impl FnMut(&[u8], Line<'_>),
    ) {
        let mut at = block.from;
        // the first lines of a file are looked at one by one
        while at < block.to && (at < block.skip_to || block.start == Some(at)) {
            at = self.one(text, block, ends, at, each);
        }
        let mut index = std::mem::take(&mut self.index);
        if self.indexable {
            index.read(text, at, block.to, self.separator);
            if index.plain && (ends != Ends::CrLf || closed(text, index.feeds())) {
                at = self.indexed(text, at, &index, each);
            }
        }
        self.index = index;
        while at < block.to {
            at = self.one(text, block, ends, at, each);
        }
    }

    /// Gives the lines that an index tells; gives the start of the first one that has no end.
    fn indexed(
        &mut self,
        text: &[u8],
        from: usize,
        index: &Index,
        each: &mut impl FnMut(&[u8], Line<'_>),
    ) -> usize {
        let layout = Arc::clone(&self.form.layout);
        let separators = index.separators();
        let (mut start, mut first, mut count) = (from, 0, 0);
        for feed in index.feeds() {
            let feed = *feed as usize;
            let back = feed > start && text[feed - 1] == b'\r';
            // mostly as many separators as in the line before
            let inside = |n: usize| separators.get(n).is_some_and(|s| (*s as usize) < feed);
            if inside(first + count) || (count > 0 && !inside(first + count - 1)) {
                let own = separators[first..].iter();
                count = own.take_while(|s| (**s as usize) < feed).count();
            }
            let line = Bare {
                text,
                start,
                end: feed - usize::from(back),
                separators: self
                    .separator
                    .map(|b| (b, &separators[first..first + count])),
            };
            if !self.clean(&layout, line, feed + 1, each) {
                self.whole(line, line.start, feed + 1, each);
            }
            first += count;
            start = feed + 1;
        }
        start
    }

    /// Gives a line without control bytes, if it is a record and nothing needs a closer look.
    #[inline(always)]
    fn clean(
        &mut self,
        layout: &Layout,
        line: Bare<'_>,
        to: usize,
        each: &mut impl FnMut(&[u8], Line<'_>),
    ) -> bool {
        let bytes = line.bytes();
        // blanks, marks of the layout and letters beyond ASCII in front are rare
        let Some(b'!'..=b'~') = bytes.first() else {
            return false;
        };
        if bytes.len() > MAX_LINE || layout.skip.hits(bytes) {
            return false;
        }
        let Self {
            classifier, judge, ..
        } = self;
        let mut variants = layout.variants.iter().zip(&classifier.quick).enumerate();
        let pairs = &mut classifier.pairs;
        let found = variants.find_map(|(i, (variant, quick))| {
            let (form, times) = quick.fit(variant, line, pairs)?;
            Some((i, variant, quick, form, times))
        });
        let Some((i, variant, quick, form, times)) = found else {
            return false;
        };
        let kind = match form {
            _ if variant.noise => LineKind::Noise,
            Form::Columns => {
                let cells = line.columns();
                let decided = decide(judge, variant, quick, cells, &times);
                placed(i, decided, View::Columns(cells))
            }
            Form::Separated(fields) => {
                let cells = line.separated(fields);
                let decided = decide(judge, variant, quick, cells, &times);
                placed(i, decided, View::Separated(cells))
            }
            Form::Paired => {
                let cells = line.paired(&classifier.pairs);
                let decided = decide(judge, variant, quick, cells, &times);
                placed(i, decided, View::Paired(cells))
            }
        };
        let from = line.start;
        each(line.text, Line { from, to, kind });
        true
    }

    /// Gives one line of any form; gives the start of the next one.
    fn one(
        &mut self,
        text: &[u8],
        block: &Block<'_>,
        ends: Ends,
        from: usize,
        each: &mut impl FnMut(&[u8], Line<'_>),
    ) -> usize {
        let to = block.to;
        let found = ends.find(&text[..to], from);
        let (end, next) = found.unwrap_or((to, to));
        if found.is_none() && block.tail == Tail::Growing {
            let kind = LineKind::Pending;
            each(text, Line { from, to, kind });
            return to;
        }
        let mut start = from;
        if block.start == Some(from) && text[from..end].starts_with(MARK) {
            start += MARK.len();
        }
        let line = Bare {
            text,
            start,
            end,
            separators: None,
        };
        if from < block.skip_to && end - start <= MAX_LINE {
            let kind = noise(line.bytes());
            let to = next;
            each(text, Line { from, to, kind });
        } else {
            self.whole(line, from, next, each);
        }
        next
    }

    /// Gives a line that may need mending. `from` may lie before its text: a byte order mark.
    fn whole(
        &mut self,
        line: Bare<'_>,
        from: usize,
        to: usize,
        each: &mut impl FnMut(&[u8], Line<'_>),
    ) {
        let (text, bytes) = (line.text, line.bytes());
        let mut give = |kind| each(text, Line { from, to, kind });
        if bytes.len() > MAX_LINE {
            return give(LineKind::Damaged("G4K-107"));
        }
        let fits = match self.classifier.classify(bytes, false) {
            Class::Noise => return give(noise(bytes)),
            Class::Miss(miss) => return give(LineKind::Damaged(found(miss).code)),
            Class::Fits(fits) => fits,
        };
        if self.classifier.layout.variants[fits.variant].noise {
            return give(LineKind::Noise);
        }
        let stripped = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        let Self {
            classifier,
            judge,
            map,
            ..
        } = self;
        let variant = &classifier.layout.variants[fits.variant];
        let quick = &classifier.quick[fits.variant];
        let kind = match fits.text {
            Text::From(lead) => {
                let line = Bare {
                    start: line.start + lead,
                    end: line.start + stripped.len(),
                    ..line
                };
                let cells = line.paired(&classifier.pairs);
                let decided = decide(judge, variant, quick, cells, &fits.times);
                placed(fits.variant, decided, View::Paired(cells))
            }
            Text::Mended(_) => {
                map.clear();
                let places = classifier.places_of_mended(stripped);
                map.extend(places.map(|i| (line.start + i) as u32));
                let text = classifier.mended.as_slice();
                let clean = Paired {
                    text,
                    start: 0,
                    end: text.len(),
                    fields: &classifier.pairs,
                };
                let decided = decide(judge, variant, quick, clean, &fits.times);
                placed(fits.variant, decided, View::Mended(clean, map))
            }
        };
        give(kind);
    }

    /// Gives records that nothing ends; gives the place up to which they were whole.
    fn framed(
        &mut self,
        text: &[u8],
        block: &Block<'_>,
        each: &mut impl FnMut(&[u8], Line<'_>),
    ) -> usize {
        let layout = Arc::clone(&self.form.layout);
        let base = block.from;
        let bytes = &text[base..block.to];
        let last = block.tail != Tail::More;
        let used = frames(&layout, bytes, last, |from, to, frame| {
            let (from, to) = (base + from, base + to);
            let kind = match frame {
                Frame::Record(variant, _) if layout.variants[variant].noise => LineKind::Noise,
                Frame::Record(variant, times) => {
                    let cells = Columns {
                        text,
                        start: from,
                        end: to,
                    };
                    let (of, quick) = (&layout.variants[variant], &self.classifier.quick[variant]);
                    let decided = decide(&mut self.judge, of, quick, cells, &times);
                    placed(variant, decided, View::Columns(cells))
                }
                Frame::Blank => LineKind::Blank,
                Frame::Lost => LineKind::Damaged("G4K-109"),
            };
            each(text, Line { from, to, kind });
        });
        let from = base + used;
        if !last || from == block.to {
            return from;
        }
        let kind = match block.tail {
            Tail::Growing => LineKind::Pending,
            _ if frame::is_blank(&text[from..block.to]) => LineKind::Blank,
            _ => LineKind::Damaged("G4K-101"),
        };
        let to = block.to;
        each(text, Line { from, to, kind });
        to
    }
}

type Decided = (Option<NaiveDate>, Option<ClusterIx>);

#[inline]
fn decide<'a>(
    judge: &mut Judge,
    variant: &Variant,
    quick: &Quick,
    cells: impl Cells<'a>,
    times: &Times,
) -> Decided {
    let day = match judge.day(times) {
        StartDay::Known(day) => Some(day),
        StartDay::Missing | StartDay::Odd => None,
    };
    (day, judge.cluster(variant, quick, cells, times).0)
}

#[inline]
const fn placed<'a>(variant: usize, (day, cluster): Decided, view: View<'a>) -> LineKind<'a> {
    LineKind::Record(Placed {
        variant,
        day,
        cluster,
        view,
    })
}

fn noise(bytes: &[u8]) -> LineKind<'static> {
    if frame::is_blank(bytes) {
        LineKind::Blank
    } else {
        LineKind::Noise
    }
}

/// Whether every line feed follows a carriage return.
fn closed(text: &[u8], feeds: &[u32]) -> bool {
    feeds
        .iter()
        .all(|f| *f > 0 && text[*f as usize - 1] == b'\r')
}
