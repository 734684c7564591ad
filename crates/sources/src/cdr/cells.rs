//! A line with its fields, however they are told apart.

use super::cut::{Cut, Span};

/// Where the fields of one line stand in a text.
pub(super) trait Cells<'a>: Copy {
    /// The text that the places count in.
    fn text(self) -> &'a [u8];

    /// Start and end of a field; both the same where the line has none.
    fn place(self, span: Span) -> (usize, usize);

    /// The bytes of a field.
    #[inline]
    fn get(self, span: Span) -> &'a [u8] {
        let (from, to) = self.place(span);
        self.text().get(from..to).unwrap_or_default()
    }
}

/// A line of fixed columns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Columns<'a> {
    pub(super) text: &'a [u8],
    pub(super) start: usize,
    pub(super) end: usize,
}

impl<'a> Cells<'a> for Columns<'a> {
    #[inline]
    fn text(self) -> &'a [u8] {
        self.text
    }

    #[inline]
    fn place(self, span: Span) -> (usize, usize) {
        match span {
            Span::Bytes(from, to) => (
                (self.start + from).min(self.end),
                (self.start + to).min(self.end),
            ),
            Span::Columns(..) => (self.end, self.end),
        }
    }
}

/// A line cut at separators without quotes: the separators are all that is kept of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Separated<'a> {
    pub(super) text: &'a [u8],
    pub(super) start: usize,
    pub(super) end: usize,
    /// Offsets of all separators of the line.
    pub(super) separators: &'a [u32],
    /// Number of fields: one more than separators, or as many where one follows the last field.
    pub(super) fields: usize,
}

impl Separated<'_> {
    #[inline]
    fn start_of(self, field: usize) -> usize {
        match field.checked_sub(1).and_then(|i| self.separators.get(i)) {
            Some(before) => *before as usize + 1,
            None => self.start,
        }
    }

    #[inline]
    fn end_of(self, field: usize) -> usize {
        self.separators.get(field).map_or(self.end, |s| *s as usize)
    }
}

impl<'a> Cells<'a> for Separated<'a> {
    #[inline]
    fn text(self) -> &'a [u8] {
        self.text
    }

    #[inline]
    fn place(self, span: Span) -> (usize, usize) {
        match span {
            Span::Columns(from, to) if from < self.fields => {
                let last = if to <= self.fields { to - 1 } else { from };
                (self.start_of(from), self.end_of(last))
            }
            Span::Columns(..) => (self.end, self.end),
            Span::Bytes(from, to) => (
                (self.start + from).min(self.end),
                (self.start + to).min(self.end),
            ),
        }
    }
}

/// A line with start and end of every field, for instance inside quotes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paired<'a> {
    pub(super) text: &'a [u8],
    pub(super) start: usize,
    pub(super) end: usize,
    /// Start and end of every field, from the start of the line.
    pub(super) fields: &'a [(u32, u32)],
}

impl<'a> Cells<'a> for Paired<'a> {
    #[inline]
    fn text(self) -> &'a [u8] {
        self.text
    }

    #[inline]
    fn place(self, span: Span) -> (usize, usize) {
        match span {
            Span::Columns(from, to) => {
                let Some(first) = self.fields.get(from) else {
                    return (self.end, self.end);
                };
                let last = self.fields.get(to - 1).unwrap_or(first);
                (self.start + first.0 as usize, self.start + last.1 as usize)
            }
            Span::Bytes(from, to) => (
                (self.start + from).min(self.end),
                (self.start + to).min(self.end),
            ),
        }
    }
}

impl<'a> Cells<'a> for Cut<'a> {
    #[inline]
    fn text(self) -> &'a [u8] {
        self.line
    }

    #[inline]
    fn place(self, span: Span) -> (usize, usize) {
        let line = Paired {
            text: self.line,
            start: 0,
            end: self.line.len(),
            fields: self.columns,
        };
        line.place(span)
    }

    #[inline]
    fn get(self, span: Span) -> &'a [u8] {
        Cut::get(&self, span)
    }
}

#[cfg(test)]
mod tests {
    use super::super::cut::columns;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn all_forms_of_a_line_give_the_same_fields(
            before in "[a;]{0,5}", line in "[ab;]{0,30}", from in 0usize..12, more in 1usize..4,
        ) {
            let text = format!("{before}{line}\n");
            let (text, start, end) = (text.as_bytes(), before.len(), before.len() + line.len());
            let mut pairs = Vec::new();
            columns(&text[start..end], b';', &mut pairs);
            let separators: Vec<u32> = (start..end).filter(|i| text[*i] == b';').map(|i| i as u32).collect();
            let cut = Cut { line: &text[start..end], columns: &pairs };
            let fields = separators.len() + 1;
            for span in [Span::Columns(from, from + more), Span::Bytes(from, from + more)] {
                prop_assert_eq!(cut.get(span), Separated { text, start, end, separators: &separators, fields }.get(span));
                prop_assert_eq!(cut.get(span), Paired { text, start, end, fields: &pairs }.get(span));
            }
            let span = Span::Bytes(from, from + more);
            prop_assert_eq!(cut.get(span), Columns { text, start, end }.get(span));
            // with a separator after the last field
            pairs.pop();
            let cut = Cut { line: &text[start..end], columns: &pairs };
            let span = Span::Columns(from, from + more);
            prop_assert_eq!(cut.get(span), Separated { text, start, end, separators: &separators, fields: fields - 1 }.get(span));
        }
    }
}
