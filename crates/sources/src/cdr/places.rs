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
use super::layout::{Cell, Layout, RecordEnd, Shape};
use super::lines::found;
use super::quick::{Form, Line as Bare};
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
    Mended(Form, Bare<'a>, &'a [(u32, u32)], &'a [u32]),
}

impl<'a> Placed<'a> {
    /// The bytes of a field, without quotes, in the code of [`Places::text`].
    #[inline]
    pub fn text(&self, cell: &Cell) -> &'a [u8] {
        match self.view {
            View::Columns(cells) => cells.get(cell.span),
            View::Separated(cells) => cells.get(cell.span),
            View::Paired(cells) => cells.get(cell.span),
            View::Mended(Form::Columns, line, ..) => line.columns().get(cell.span),
            View::Mended(_, line, pairs, _) => line.paired(pairs).get(cell.span),
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
            View::Mended(form, line, pairs, map) => {
                let (from, to) = match form {
                    Form::Columns => line.columns().place(cell.span),
                    _ => line.paired(pairs).place(cell.span),
                };
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
            if index.plain && (ends != Ends::CrLf || closed(text, &index.feeds)) {
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
        let (mut start, mut first, mut count) = (from, 0, 0);
        let separators = index.separators.as_slice();
        for feed in &index.feeds {
            let feed = *feed as usize;
            let back = feed > start && text[feed - 1] == b'\r';
            // mostly as many separators as in the line before
            let inside = |n: usize| separators.get(n).is_some_and(|s| (*s as usize) < feed);
            if inside(first + count) || (count > 0 && !inside(first + count - 1)) {
                count = separators[first..]
                    .iter()
                    .take_while(|s| (**s as usize) < feed)
                    .count();
            }
            let line = Bare {
                text,
                start,
                end: feed - usize::from(back),
                separators: self
                    .separator
                    .map(|b| (b, &separators[first..first + count])),
            };
            self.clean(line, feed + 1, each);
            first += count;
            start = feed + 1;
        }
        start
    }

    /// Gives a line without control bytes.
    #[inline]
    fn clean(&mut self, line: Bare<'_>, to: usize, each: &mut impl FnMut(&[u8], Line<'_>)) {
        let (from, text) = (line.start, line.text);
        let bytes = line.bytes();
        // blanks, marks of the layout and letters beyond ASCII in front are rare
        let first = bytes.first().copied().unwrap_or(b' ');
        if first > b' '
            && first < 0x7f
            && bytes.len() <= MAX_LINE
            && !self.form.layout.skip.hits(bytes)
        {
            let layout = Arc::clone(&self.form.layout);
            for (i, variant) in layout.variants.iter().enumerate() {
                let quick = &self.classifier.quick[i];
                let Some((form, times)) = quick.fit(variant, line, &mut self.classifier.pairs)
                else {
                    continue;
                };
                let kind = match form {
                    _ if variant.noise => LineKind::Noise,
                    Form::Columns => {
                        let cells = line.columns();
                        self.record(i, View::Columns(cells), cells, &times)
                    }
                    Form::Separated(fields) => {
                        let cells = line.separated(fields);
                        self.record(i, View::Separated(cells), cells, &times)
                    }
                    Form::Paired => {
                        let pairs = std::mem::take(&mut self.classifier.pairs);
                        let cells = line.paired(&pairs);
                        let kind = self.record(i, View::Paired(cells), cells, &times);
                        each(text, Line { from, to, kind });
                        self.classifier.pairs = pairs;
                        return;
                    }
                };
                each(text, Line { from, to, kind });
                return;
            }
        }
        self.whole(line, line.start, to, each);
    }

    #[inline]
    fn record<'a>(
        &mut self,
        variant: usize,
        view: View<'a>,
        cells: impl Cells<'a>,
        times: &Times,
    ) -> LineKind<'a> {
        let quick = &self.classifier.quick[variant];
        let of = &self.classifier.layout.variants[variant];
        let day = match self.judge.day(times) {
            StartDay::Known(day) => Some(day),
            StartDay::Missing | StartDay::Odd => None,
        };
        let (cluster, _) = self.judge.cluster(of, quick, cells, times);
        LineKind::Record(Placed {
            variant,
            day,
            cluster,
            view,
        })
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
        let pairs = std::mem::take(&mut self.classifier.pairs);
        let mended = std::mem::take(&mut self.classifier.mended);
        let mut map = std::mem::take(&mut self.map);
        let kind = match fits.text {
            Text::From(lead) => {
                let end = line.start + bytes.strip_suffix(b"\r").unwrap_or(bytes).len();
                let line = Bare {
                    start: line.start + lead,
                    end,
                    ..line
                };
                match fits.form {
                    Form::Columns => {
                        let cells = line.columns();
                        self.record(fits.variant, View::Columns(cells), cells, &fits.times)
                    }
                    _ => {
                        let cells = line.paired(&pairs);
                        self.record(fits.variant, View::Paired(cells), cells, &fits.times)
                    }
                }
            }
            Text::Mended(_) => {
                map.clear();
                let places = self
                    .classifier
                    .places_of_mended(bytes.strip_suffix(b"\r").unwrap_or(bytes));
                map.extend(places.map(|i| (line.start + i) as u32));
                let clean = Bare {
                    text: &mended,
                    start: 0,
                    end: mended.len(),
                    separators: None,
                };
                let view = View::Mended(fits.form, clean, &pairs, &map);
                match fits.form {
                    Form::Columns => self.record(fits.variant, view, clean.columns(), &fits.times),
                    _ => self.record(fits.variant, view, clean.paired(&pairs), &fits.times),
                }
            }
        };
        give(kind);
        self.map = map;
        self.classifier.mended = mended;
        self.classifier.pairs = pairs;
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
                    self.record(variant, View::Columns(cells), cells, &times)
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
