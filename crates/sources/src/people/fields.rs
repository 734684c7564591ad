//! Names that the site may not know: behind a courtesy or a title, and in fields for names.

use super::bytes::{at, end_of, follows, is_capital, is_letter, word_from};
use super::words::Cues;
use super::{Kind, RuleId, Scan};

/// Words that belong to the surname behind them.
const PARTICLES: [&[u8]; 12] = [
    b"von", b"van", b"vom", b"zu", b"zur", b"de", b"der", b"den", b"di", b"da", b"le", b"la",
];
/// What a word may say that is a name.
const NAME_LIKE: Cues = Cues::GIVEN
    .with(Cues::ORDINARY)
    .with(Cues::THING)
    .with(Cues::ADJECTIVE);

impl Scan<'_, '_> {
    /// A name behind `Herr`, `Dr.`, `NAME=`, `Anrufer:`, which the site may not know.
    pub(super) fn name_after(&mut self, cues: Cues, start: usize, end: usize) {
        let line = self.line;
        if cues.has(Cues::COURTESY.with(Cues::TITLE)) {
            self.courtesy(cues, start, end);
            return;
        }
        let digits = end_of(line, end, |b| b.is_ascii_digit());
        let mark = end_of(line, digits, |b| b == b' ');
        let mark = if matches!(at(line, mark), b'=' | b':') {
            mark
        } else {
            end
        };
        let pair = matches!(at(line, mark), b'=' | b':');
        let from = end_of(line, if pair { mark + 1 } else { end }, |b| b == b' ');
        if at(line, from) == b'"' || at(line, from) == b'\'' {
            let quote = at(line, from);
            let stop = end_of(line, from + 1, |b| b != quote);
            if stop < line.len() {
                self.field(from + 1, stop);
            }
        }
    }

    /// The text of a field for names, without titles: a name when it has the form of one.
    pub(super) fn field(&mut self, start: usize, end: usize) {
        let line = self.line;
        let mut start = start;
        while let Some((s, e)) = word_from(line, start).filter(|w| w.1 < end) {
            if !self.detector.words.cues(line, s, e).has(Cues::TITLE) {
                break;
            }
            start = end_of(line, e, |b| b". -".contains(&b));
        }
        let Some(text) = line.get(start..end) else {
            return;
        };
        let star = text.iter().filter(|b| **b == b'*').count() == 1;
        let fine = text.iter().all(|b| is_letter(*b) || b" *,-.'".contains(b));
        if !fine || text.len() < 4 || text.len() > 60 || !is_capital(line, start) {
            return;
        }
        let mut given = false;
        let mut denied = false;
        let mut words = 0;
        let mut at_ = start;
        while at_ < end {
            let Some((s, e)) = word_from(line, at_).filter(|w| w.1 <= end) else {
                at_ += 1;
                continue;
            };
            let ix = self.detector.words.find(line, s, e);
            if let Some(ix) = ix {
                let word = self.detector.words.get(ix);
                given |= word.cues.has(Cues::GIVEN) || !word.givens.is_empty();
                denied |= word.cues.0 & !(NAME_LIKE.with(Cues::TITLE).0) != 0;
            }
            words += 1;
            at_ = e;
        }
        if (2..=5).contains(&words) && (star || (given && !denied)) {
            self.hit(start, end, RuleId::NameField, Kind::Name);
        }
    }

    /// `Frau Schmidt`, `Herrn Dr. Hans Schmidt`, `Dr. Schmidt`.
    fn courtesy(&mut self, cues: Cues, start: usize, end: usize) {
        let line = self.line;
        let mut ix = end;
        let title = cues.has(Cues::TITLE);
        if at(line, ix) == b'.' {
            ix += 1;
        } else if title
            || end - start < 3 && line[start..end].iter().all(u8::is_ascii_uppercase)
            || line[start..end].eq_ignore_ascii_case(b"fr")
        {
            return;
        }
        if !is_capital(line, start) {
            return;
        }
        let mut name: Option<(usize, usize)> = None;
        for _ in 0..6 {
            let from = end_of(line, ix, |b| b == b' ');
            if from > ix + 1 || (from == ix && ix == end) {
                break;
            }
            let Some((s, e)) = word_from(line, from) else {
                break;
            };
            let whole = end_of(line, e, |b| is_letter(b) || b == b'-');
            let whole = if line[whole - 1] == b'-' {
                whole - 1
            } else {
                whole
            };
            let particle = name.is_none_or(|(_, e)| e + 1 == s)
                && at(line, e) == b' '
                && PARTICLES.contains(&&line[s..e]);
            if particle {
                let (first, _) = name.unwrap_or((s, e));
                name = Some((first, e));
                ix = e;
                continue;
            }
            let ix_of = self.detector.words.find(line, s, e);
            let says = ix_of.map_or(Cues::default(), |ix| self.detector.words.get(ix).cues);
            if name.is_none() && says.has(Cues::TITLE.with(Cues::COURTESY)) {
                ix = if at(line, e) == b'.' { e + 1 } else { e };
                continue;
            }
            if !is_capital(line, s) || e - s < 2 || says.0 & !NAME_LIKE.0 != 0 {
                break;
            }
            let (first, _) = name.unwrap_or((s, e));
            name = Some((first, whole));
            // a given name: the surname follows
            if !says.has(Cues::GIVEN) || at(line, whole) != b' ' {
                break;
            }
            ix = whole;
        }
        // particles alone are no name
        let whole = |(s, e): &(usize, usize)| {
            !PARTICLES.contains(
                &line[*s..*e]
                    .rsplit(|b| *b == b' ')
                    .next()
                    .unwrap_or_default(),
            )
        };
        let Some((s, e)) = name.filter(whole) else {
            return;
        };
        if at(line, e).is_ascii_digit() || follows(line, e, "@") {
            return;
        }
        self.hit(s, e, RuleId::NameCourtesy, Kind::Name);
    }
}
