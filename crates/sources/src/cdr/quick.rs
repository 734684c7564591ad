//! Whether a line is a record of a variant: the same answer as [`super::fit`], without the reason.

use super::cells::{Cells, Columns, Paired, Separated};
use super::cut::{Span, columns, quoted, trim};
use super::fit::Times;
use super::layout::{CodeMap, Direction, Layout, Shape, Test, Variant};
use super::pattern::Pattern;
use super::stamp::{Digit, Format, Length, Pieces, Read, Stamp, number, sexagesimal};

/// A variant made ready for many lines.
#[derive(Clone, Debug)]
pub(super) struct Quick {
    start: Option<Dial>,
    end: Option<Dial>,
    length: Option<Duration>,
    pub(super) answered: Option<Codes<bool>>,
    pub(super) private: Option<Codes<bool>>,
    pub(super) directions: Vec<Codes<Direction>>,
    pivot: u8,
}

/// How the fields of a line that fits are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// By columns.
    Columns,
    /// By the separators of the line; so many fields.
    Separated(usize),
    /// By the pairs of start and end that were written.
    Paired,
}

/// A line in a text, and what is known about it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    pub(super) text: &'a [u8],
    pub(super) start: usize,
    pub(super) end: usize,
    /// The separator that was looked for, and where it stands in the line.
    pub(super) separators: Option<(u8, &'a [u32])>,
}

impl<'a> Line<'a> {
    #[inline]
    pub(super) fn bytes(self) -> &'a [u8] {
        self.text.get(self.start..self.end).unwrap_or_default()
    }

    #[inline]
    pub(super) const fn columns(self) -> Columns<'a> {
        Columns {
            text: self.text,
            start: self.start,
            end: self.end,
        }
    }

    #[inline]
    pub(super) fn separated(self, fields: usize) -> Separated<'a> {
        Separated {
            text: self.text,
            start: self.start,
            end: self.end,
            separators: self.separators.map_or(&[], |s| s.1),
            fields,
        }
    }

    #[inline]
    pub(super) const fn paired(self, fields: &'a [(u32, u32)]) -> Paired<'a> {
        Paired {
            text: self.text,
            start: self.start,
            end: self.end,
            fields,
        }
    }
}

impl Quick {
    pub(super) fn of(layout: &Layout, variant: &Variant) -> Self {
        Self {
            start: variant.start.as_ref().map(Dial::of),
            end: variant.end.as_ref().map(Dial::of),
            length: variant.duration.as_ref().map(Duration::of),
            answered: variant.answered_map.as_ref().map(Codes::of),
            private: variant.private_map.as_ref().map(Codes::of),
            directions: variant.direction_maps.iter().map(Codes::of).collect(),
            pivot: layout.century_pivot,
        }
    }

    /// How the fields are found and the times, if the line is a record of the variant. `pairs` is room for fields.
    #[inline]
    pub(super) fn fit(
        &self,
        variant: &Variant,
        line: Line<'_>,
        pairs: &mut Vec<(u32, u32)>,
    ) -> Option<(Form, Times)> {
        match &variant.shape {
            Shape::Fixed { len, min } => {
                let cells = line.columns();
                let found = line.end - line.start;
                if found < *min || (found > *len && !trim(&line.bytes()[*len..]).is_empty()) {
                    return None;
                }
                let times = self.times(variant, line, cells)?;
                Some((Form::Columns, times))
            }
            Shape::Delimited {
                separator,
                quote,
                trailing,
                counts,
            } => {
                if line.end - line.start < variant.min_line {
                    return None;
                }
                let quote = quote.filter(|q| memchr::memchr(*q, line.bytes()).is_some());
                let count = match (line.separators, quote) {
                    (Some((b, list)), None) if b == *separator => list.len(),
                    _ => {
                        match quote {
                            Some(q) if !quoted(line.bytes(), *separator, q, pairs) => return None,
                            Some(_) => {}
                            None => columns(line.bytes(), *separator, pairs),
                        }
                        return self.paired(variant, line, *trailing, counts, pairs);
                    }
                };
                let mut fields = count + 1;
                if *trailing {
                    let full = line.separated(fields);
                    fields = count;
                    if !trim(full.get(Span::Columns(count, count + 1))).is_empty() {
                        return None;
                    }
                }
                if !counts.is_empty() && !counts.contains(&fields) {
                    return None;
                }
                let times = self.times(variant, line, line.separated(fields))?;
                Some((Form::Separated(fields), times))
            }
        }
    }

    /// A line with quotes, or with another separator than the one that was looked for.
    fn paired(
        &self,
        variant: &Variant,
        line: Line<'_>,
        trailing: bool,
        counts: &[usize],
        pairs: &mut Vec<(u32, u32)>,
    ) -> Option<(Form, Times)> {
        if trailing {
            let (from, to) = pairs.pop()?;
            if !trim(&line.bytes()[from as usize..to as usize]).is_empty() {
                return None;
            }
        }
        if !counts.is_empty() && !counts.contains(&pairs.len()) {
            return None;
        }
        let times = self.times(variant, line, line.paired(pairs))?;
        Some((Form::Paired, times))
    }

    /// The times of a line that has the right length or number of fields.
    #[inline]
    fn times<'a>(&self, variant: &Variant, line: Line<'a>, cells: impl Cells<'a>) -> Option<Times> {
        if !tested(variant, line, cells) {
            return None;
        }
        for (span, literal) in &variant.literals {
            let text = cells.get(*span);
            // trailing blanks of a literal may have been stripped with those of the line
            if text != literal.as_slice()
                && !(text.len() < literal.len()
                    && literal.starts_with(text)
                    && trim(&literal[text.len()..]).is_empty())
            {
                return None;
            }
        }
        let read = |dial: &Option<Dial>| dial.as_ref().map(|d| d.read(cells, self.pivot));
        let (start, end) = (read(&self.start), read(&self.end));
        if start == Some(Read::Bad) || end == Some(Read::Bad) {
            return None;
        }
        let duration = match &self.length {
            Some(length) => length.read(cells).ok()?,
            None => None,
        };
        Some(Times {
            start,
            end,
            duration,
        })
    }
}

/// The condition of the variant.
#[inline]
fn tested<'a>(variant: &Variant, line: Line<'_>, cells: impl Cells<'a>) -> bool {
    match &variant.test {
        None => true,
        Some(Test::Length(n)) => line.end - line.start == *n,
        Some(Test::Equals(span, want)) => trim(cells.get(*span)) == want.as_slice(),
        Some(Test::Regex(span, regex)) => regex.is_match(cells.get(*span)),
    }
}

/// A piece of a stamp or duration: the field, and how it is written.
#[derive(Clone, Debug)]
struct Piece {
    span: Span,
    format: Format,
    pattern: Option<Pattern>,
}

impl Piece {
    fn of((span, format): &(Span, Format)) -> Self {
        Self {
            span: *span,
            pattern: Pattern::of(format),
            format: format.clone(),
        }
    }

    #[inline]
    fn read(&self, text: &[u8], into: &mut Pieces) -> bool {
        self.pattern.as_ref().is_some_and(|p| p.read(text, into)) || self.format.read(text, into)
    }
}

/// [`Stamp`] made ready.
#[derive(Clone, Debug)]
struct Dial {
    pieces: Vec<Piece>,
}

impl Dial {
    fn of(stamp: &Stamp) -> Self {
        Self {
            pieces: stamp.pieces.iter().map(Piece::of).collect(),
        }
    }

    #[inline]
    fn read<'a>(&self, cells: impl Cells<'a>, pivot: u8) -> Read {
        let mut pieces = Pieces::default();
        let mut blank = 0;
        for piece in &self.pieces {
            let text = cells.get(piece.span);
            if !piece.read(text, &mut pieces) {
                let text = trim(text);
                if text.is_empty() {
                    blank += 1;
                } else if !piece.read(text, &mut pieces) {
                    return Read::Bad;
                }
            }
        }
        if blank == self.pieces.len() {
            return Read::Missing;
        }
        pieces.stamp(pivot)
    }
}

/// [`Length`] made ready.
#[derive(Clone, Debug)]
enum Duration {
    Units(Span, i32),
    Pieces(Vec<Piece>),
    Any(Span, Option<Pattern>),
}

impl Duration {
    fn of(length: &Length) -> Self {
        match length {
            Length::Units(span, unit) => Self::Units(*span, *unit),
            Length::Pieces(list) => Self::Pieces(list.iter().map(Piece::of).collect()),
            Length::Any(span) => Self::Any(
                *span,
                Format::parse("hh:mm:ss").ok().and_then(|f| Pattern::of(&f)),
            ),
        }
    }

    #[inline]
    fn read<'a>(&self, cells: impl Cells<'a>) -> Result<Option<u64>, ()> {
        match self {
            Self::Pieces(list) => {
                let mut pieces = Pieces::default();
                let mut blank = 0;
                for piece in list {
                    let text = cells.get(piece.span);
                    if !piece.read(text, &mut pieces) {
                        if !trim(text).is_empty() {
                            return Err(());
                        }
                        blank += 1;
                    }
                }
                let seconds = pieces.seconds() + u64::from(pieces.get(Digit::Tenth) > 0);
                Ok((blank < list.len()).then_some(seconds))
            }
            Self::Any(span, pattern) => {
                let text = cells.get(*span);
                let mut pieces = Pieces::default();
                if pattern.as_ref().is_some_and(|p| p.read(text, &mut pieces)) {
                    return Ok(Some(pieces.seconds()));
                }
                match trim(text) {
                    [] => Ok(None),
                    text => sexagesimal(text).map(Some),
                }
            }
            Self::Units(span, unit) => {
                let text = trim(cells.get(*span));
                if text.is_empty() {
                    return Ok(None);
                }
                let n = number(text).ok_or(())?;
                let size = u64::from(unit.unsigned_abs());
                Ok(Some(if *unit < 0 {
                    n.saturating_mul(size)
                } else {
                    n.div_ceil(size.max(1))
                }))
            }
        }
    }
}

/// [`CodeMap`] made ready: one letter or two digits are looked up in a table.
#[derive(Clone, Debug)]
pub(super) struct Codes<T> {
    map: CodeMap<T>,
    letters: Box<[Option<T>; 256]>,
    digits: Box<[Option<T>; 100]>,
}

impl<T: Copy> Codes<T> {
    fn of(map: &CodeMap<T>) -> Self {
        let mut codes = Self {
            map: map.clone(),
            letters: Box::new([None; 256]),
            digits: Box::new([None; 100]),
        };
        for (code, value) in &map.codes {
            let place = match code.as_slice() {
                [b] => &mut codes.letters[usize::from(*b)],
                [a, b] if a.is_ascii_digit() && b.is_ascii_digit() => {
                    &mut codes.digits[two(*a, *b)]
                }
                _ => continue,
            };
            place.get_or_insert(*value);
        }
        codes
    }

    pub(super) const fn span(&self) -> Span {
        self.map.span
    }

    #[inline]
    pub(super) fn get(&self, code: &[u8]) -> Option<T> {
        match code {
            [b] => self.letters[usize::from(*b)],
            [a, b] if a.is_ascii_digit() && b.is_ascii_digit() => self.digits[two(*a, *b)],
            _ => self.map.get(code),
        }
    }
}

fn two(a: u8, b: u8) -> usize {
    usize::from(a - b'0') * 10 + usize::from(b - b'0')
}
