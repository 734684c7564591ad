//! How a telephone number is written: the figures and marks that belong to it.

use super::bytes::{at, before, is_letter};

/// The longest number that is looked for: 15 of E.164 with `00` and a trunk code.
const MOST: usize = 18;

/// A number as it is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written {
    pub(super) start: usize,
    pub(super) end: usize,
    /// `+` in front.
    pub(super) plus: bool,
    /// Blanks, dashes, slashes or brackets between the figures.
    pub(super) marked: bool,
    digits: [u8; MOST],
    len: usize,
}

impl Written {
    /// The figures, without a zero in brackets behind the country code.
    pub(super) fn digits(&self) -> &[u8] {
        &self.digits[..self.len]
    }

    fn push(&mut self, digits: &[u8]) -> bool {
        if self.len + digits.len() > MOST {
            return false;
        }
        self.digits[self.len..self.len + digits.len()].copy_from_slice(digits);
        self.len += digits.len();
        true
    }
}

/// What is known of the figures so far.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// Nothing may follow.
    Whole,
    /// Figures are missing.
    Cut,
    /// Either may be.
    Open,
}

/// Reads the number whose first figures start at `from`; `extent` says whether more figures are missing.
pub(super) fn read(
    line: &[u8],
    from: usize,
    extent: impl Fn(&[u8], bool) -> Extent,
) -> Option<Written> {
    let mut number = Written {
        start: from,
        end: from,
        plus: false,
        marked: false,
        digits: [0; MOST],
        len: 0,
    };
    let mut open = false;
    match before(line, from) {
        b'+' => {
            number.plus = true;
            number.start -= 1;
        }
        b'(' => open = true,
        _ => {}
    }
    if number.plus && before(line, number.start) == b'(' {
        open = true;
    }
    let mut at_ = group(line, from);
    if !number.push(&line[from..at_]) {
        return None;
    }
    number.end = at_;
    let first = at_ - from;
    if open && at(line, at_) == b')' {
        // (030) 23125471, (+49) 30 ...
        at_ += 1;
    }
    let bracket = at_ > number.end;
    let mut last = first;
    let mut slashes = 0;
    let mut dashes = 0;
    // with `00` and the country two figures more make a whole number
    let full = if line[from..].starts_with(b"00") {
        13
    } else {
        11
    };
    while number.len < MOST {
        // behind a bracket the figures may follow without a blank
        let (next, mark) = if at_ > number.end && at(line, at_).is_ascii_digit() {
            (at_, b'(')
        } else if let Some(found) = separator(line, at_) {
            found
        } else {
            break;
        };
        let end = group(line, next);
        let figures = &line[next..end];
        let trunk = figures == b"0" && before(line, next) == b'(' && at(line, end) == b')';
        if trunk && number.plus && number.len <= 3 {
            number.marked = true;
            at_ = end + 1;
            continue;
        }
        slashes += usize::from(mark == b'/');
        dashes += usize::from(mark == b'-');
        let lone = figures.len() == 1 && mark != b'-' && !number.plus;
        // in pairs a number is longer than it looks: 0155 50-44 55 66
        let pairs = figures.len() == 2 && (last == 2 || dashes > 0) && number.len < 13;
        let extent = extent(number.digits(), number.plus);
        let cut = extent == Extent::Cut;
        let refused = lone
            || slashes > 1
            || (mark == b'/' && (first > 6 || number.marked && !number.plus))
            || (mark == b' ' && dashes > 0 && !number.plus && !(pairs && number.len < 11) && !cut)
            || (mark == b' '
                && (first >= 9 || number.len >= full)
                && !(pairs && last == 2)
                && !cut)
            || (mark == b'.' && !number.plus && first < 3)
            || is_letter(at(line, end))
            || at(line, end) == b':'
            || date(line, next, end)
            || extent == Extent::Whole;
        if refused || !number.push(figures) {
            break;
        }
        number.marked = true;
        number.end = end;
        last = figures.len();
        at_ = end;
        if at(line, end) == b')' && before(line, next) == b'(' {
            at_ += 1;
        }
    }
    if bracket && number.marked {
        number.start -= 1;
    }
    Some(number)
}

/// The end of a group of figures.
fn group(line: &[u8], from: usize) -> usize {
    super::bytes::end_of(line, from, |b| b.is_ascii_digit())
}

/// What may stand between two groups: the start of the next group and the kind of mark.
fn separator(line: &[u8], from: usize) -> Option<(usize, u8)> {
    let rest = line.get(from..)?;
    let forms: [(&[u8], u8); 13] = [
        (b" / ", b'/'),
        (b"/ ", b'/'),
        (b" /", b'/'),
        (b"/", b'/'),
        (b" - ", b'-'),
        (b" -", b'-'),
        (b"-", b'-'),
        (b" (", b'('),
        (b"(", b'('),
        (b") ", b' '),
        (b" ", b' '),
        (b".", b'.'),
        (b"\xc2\xa0", b' '),
    ];
    for (text, mark) in forms {
        if rest.starts_with(text) && rest.get(text.len()).is_some_and(u8::is_ascii_digit) {
            return Some((from + text.len(), mark));
        }
    }
    None
}

/// Whether the figures open a date: `2026-02-03`, `03.02.2026`.
fn date(line: &[u8], start: usize, end: usize) -> bool {
    let mark = at(line, end);
    let len = end - start;
    (len == 4 || len <= 2)
        && b"-./".contains(&mark)
        && at(line, end + 1).is_ascii_digit()
        && (end + 2..end + 4).any(|i| at(line, i) == mark && at(line, i + 1).is_ascii_digit())
}

/// Whether the figures at a place are part of a date or a time that is written with figures only or with marks.
pub(super) fn is_date(line: &[u8], start: usize, end: usize) -> bool {
    let figures = &line[start..end];
    let two = |i: usize| {
        figures
            .get(i..i + 2)
            .map_or(99, |d| u32::from(d[0] - b'0') * 10 + u32::from(d[1] - b'0'))
    };
    let day = |m: usize, d: usize| (1..=12).contains(&two(m)) && (1..=31).contains(&two(d));
    match figures.len() {
        4 => {
            let behind = at(line, end);
            let dashed = b"-/.".contains(&behind)
                && line
                    .get(end + 1..end + 3)
                    .is_some_and(|d| d.iter().all(u8::is_ascii_digit))
                && at(line, end + 3) == behind
                && at(line, end + 4).is_ascii_digit();
            let mark = before(line, start);
            dashed
                || (b"./-".contains(&mark) && start >= 3 && line[start - 2].is_ascii_digit() && {
                    let early =
                        super::bytes::start_of(line, start, |b| b.is_ascii_digit() || b == mark);
                    let parts = line[early..start].iter().filter(|b| **b == mark).count();
                    parts == 2 && start - early <= 6
                })
        }
        8 => {
            (matches!(&figures[..2], b"19" | b"20") && day(4, 6))
                || (two(0) <= 31 && day(2, 0) && matches!(&figures[4..6], b"19" | b"20"))
        }
        10 | 12 | 14 => matches!(&figures[..2], b"19" | b"20") && day(4, 6),
        _ => false,
    }
}
