//! Whether a line has the cells that the header asks for.

use std::borrow::Cow;

use super::{Quoting, Split, split};

/// Delimiter, number of columns, and whether lines end with the delimiter.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub(super) delimiter: char,
    pub(super) width: usize,
    pub(super) trailing: bool,
}

/// Whether a line fits.
pub(super) enum Fit<'a> {
    /// The cells, with the way of quoting that fitted.
    Cells(Vec<Cow<'a, str>>, Quoting),
    /// A quoted cell is open at the end of the line.
    Open,
    /// Found another number of cells.
    Wrong(usize),
}

impl Shape {
    /// Tries the ways of quoting in turn: none, RFC 4180, backslash (section 1, rule 6).
    pub(super) fn cells(self, text: &str, quoting: Option<Quoting>) -> Fit<'_> {
        let ways: &[Quoting] = match &quoting {
            Some(one) => std::slice::from_ref(one),
            None => &[Quoting::None, Quoting::Rfc4180, Quoting::Backslash],
        };
        let mut found = 0;
        let mut open = false;
        for way in ways {
            match split(text, self.delimiter, *way) {
                Split::Cells(mut cells) => {
                    if *way == Quoting::None || found == 0 {
                        found = cells.len();
                    }
                    if self.fits(&mut cells) {
                        // a cell that starts with a quote and does not end with one may run on
                        let runs_on = quoting.is_none()
                            && *way == Quoting::None
                            && text.contains('"')
                            && matches!(split(text, self.delimiter, Quoting::Rfc4180), Split::Open);
                        return if runs_on {
                            Fit::Open
                        } else {
                            Fit::Cells(cells, *way)
                        };
                    }
                }
                Split::Open => open = true,
                Split::Broken => {}
            }
        }
        if open { Fit::Open } else { Fit::Wrong(found) }
    }

    fn fits(self, cells: &mut Vec<Cow<'_, str>>) -> bool {
        let last_empty = cells.last().is_some_and(|c| c.is_empty());
        if cells.len() == self.width + 1 && last_empty {
            cells.pop();
            return true;
        }
        // where every line ends with the delimiter, one cell less is a short row
        cells.len() == self.width && !(self.trailing && last_empty)
    }
}
