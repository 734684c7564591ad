//! Names: the site's own people in every spelling, and others where the text says that a name follows.

use super::bytes::{at, before, end_of, is_capital, is_letter, start_of, word_from, word_to};
use super::site::Name;
use super::values::word_before;
use super::words::{Cues, Word, WordIx};
use super::{Kind, RuleId, Scan};

/// What stands between two names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Blank,
    /// `, ` or `*`: the given name follows.
    Turned,
    /// `_`, `-`, `.`: file names and log-on names.
    Joint,
}

impl Scan<'_, '_> {
    /// A word that a surname of the site starts with.
    pub(super) fn surname_at(&mut self, word: &Word, at_: usize) {
        let mut best: Option<(usize, usize, RuleId)> = None;
        for &s in &word.surnames {
            let name = &self.detector.site.surnames[s as usize];
            let Some((start, end)) = self.surname(name, at_) else {
                continue;
            };
            if let Some(found) = self.whole_name(s, name, start, end) {
                let longer = best.is_none_or(|b| found.1 - found.0 > b.1 - b.0);
                if longer {
                    best = Some(found);
                }
            }
        }
        if let Some((start, end, rule)) = best {
            self.hit(start, end, rule, Kind::Name);
        }
    }

    /// The place of a surname whose anchor word starts here.
    fn surname(&self, name: &Name, anchor: usize) -> Option<(usize, usize)> {
        let line = self.line;
        let (_, mut end) = word_from(line, anchor)?;
        for want in &name.words[name.anchor + 1..] {
            (_, end) = self.next_word(end, *want)?;
        }
        let mut start = anchor;
        for want in name.words[..name.anchor].iter().rev() {
            start = self.earlier_word(start, *want)?;
        }
        let (end, word) = (unquoted_end(line, end), |b: u8| b.is_ascii_alphanumeric());
        (!word(before(line, start)) && !word(at(line, end))).then_some((start, end))
    }

    fn next_word(&self, end: usize, want: WordIx) -> Option<(usize, usize)> {
        let from = end_of(self.line, end, |b| b" -_'.".contains(&b));
        if from == end || from > end + 2 {
            return None;
        }
        let (s, e) = word_from(self.line, from)?;
        let e = unquoted_end(self.line, e);
        (self.detector.words.find(self.line, s, e) == Some(want)).then_some((s, e))
    }

    fn earlier_word(&self, start: usize, want: WordIx) -> Option<usize> {
        let to = start_of(self.line, start, |b| b" -_'.".contains(&b));
        if to == start || to + 2 < start {
            return None;
        }
        let (s, e) = word_to(self.line, to)?;
        (self.detector.words.find(self.line, s, e) == Some(want)).then_some(s)
    }

    /// A surname with what belongs to it. None: the text does not carry it.
    fn whole_name(
        &self,
        s: u32,
        name: &Name,
        start: usize,
        end: usize,
    ) -> Option<(usize, usize, RuleId)> {
        let line = self.line;
        let site = &self.detector.site;
        let right = self.right(end);
        let left = self.left(start);
        let pair = |g: u32| site.pairs.contains(&(s, g));
        let capital = is_capital(line, start);
        let behind = right.and_then(|(mark, from)| Some((mark, self.given_from(from, pair)?)));
        let ahead = left.and_then(|(mark, to)| Some((mark, self.given_to(to, pair)?)));
        if let Some((Mark::Turned, (e, true))) = behind {
            return Some((start, e, RuleId::NamePair));
        }
        if let Some((_, (b, true))) = ahead {
            return Some((b, end, RuleId::NamePair));
        }
        if let Some((_, (e, true))) = behind {
            return Some((start, e, RuleId::NamePair));
        }
        if !capital || self.refused(start, end) {
            return None;
        }
        let star = at(line, end) == b'*';
        if let Some((mark, (e, false))) = behind
            && (star || ahead.is_none() && mark == Mark::Turned && !name.ordinary)
        {
            return Some((start, e, RuleId::NameGiven));
        }
        if let Some((Mark::Blank, (b, false))) = ahead
            && is_capital(line, b)
        {
            return Some((b, end, RuleId::NameGiven));
        }
        if let Some((Mark::Joint, (b, false))) = ahead
            && is_capital(line, b)
            && before(line, start) != b'.'
            && !name.ordinary
        {
            return Some((b, end, RuleId::NameGiven));
        }
        if let Some(b) = self.initial_before(s, name, start) {
            return Some((b, end, RuleId::NameInitial));
        }
        if let Some(e) = self.initial_behind(s, end) {
            return Some((start, e, RuleId::NameInitial));
        }
        if !name.ordinary {
            return (!self.in_domain(start, end)).then_some((start, end, RuleId::NameSurname));
        }
        (before(line, start) != b'-' && at(line, end) != b'-' && self.carried_name(start, end))
            .then_some((start, end, RuleId::NameOrdinary))
    }

    /// What follows a surname: the mark and where the next word starts.
    fn right(&self, end: usize) -> Option<(Mark, usize)> {
        let line = self.line;
        let (mark, from) = match at(line, end) {
            b'*' => (Mark::Turned, end + 1),
            b',' if at(line, end + 1) == b' ' => (Mark::Turned, end + 2),
            b',' => (Mark::Turned, end + 1),
            b' ' => (Mark::Blank, end + 1),
            b'_' | b'-' | b'.' => (Mark::Joint, end + 1),
            _ => return None,
        };
        // titles stand between, too: `Beispiel, Dr. Anna`
        is_letter(at(line, from)).then_some((mark, from))
    }

    fn left(&self, start: usize) -> Option<(Mark, usize)> {
        let line = self.line;
        let to = start.checked_sub(1)?;
        match line[to] {
            b' ' => {
                // a middle initial: `Anna M. Beispiel`
                let middle = to >= 3
                    && line[to - 1] == b'.'
                    && line[to - 2].is_ascii_uppercase()
                    && line[to - 3] == b' ';
                let to = if middle { to - 3 } else { to };
                Some((Mark::Blank, start_of(line, to, |b| b == b' ')))
            }
            b'_' | b'-' | b'.' => Some((Mark::Joint, to)),
            _ => None,
        }
    }

    /// A given name that starts here: its end, and whether it is that of the pair.
    fn given_from(&self, from: usize, pair: impl Fn(u32) -> bool) -> Option<(usize, bool)> {
        let line = self.line;
        let (s, e) = word_from(line, from)?;
        let e = unquoted_end(line, e);
        let word = self
            .detector
            .words
            .get(self.detector.words.find(line, s, e)?);
        let mut best = None;
        for &g in &word.givens {
            let name = &self.detector.site.givens[g as usize];
            let end = name.words[1..]
                .iter()
                .try_fold(e, |end, want| self.next_word(end, *want).map(|w| w.1));
            let Some(end) = end.filter(|e| !at(line, *e).is_ascii_alphanumeric()) else {
                continue;
            };
            best = best.max(Some((pair(g), end)));
        }
        if best.is_none() && word.cues.has(Cues::GIVEN) && is_capital(line, s) {
            best = Some((false, e));
        }
        best.map(|(pair, end)| (end, pair))
    }

    /// A given name that ends here: its start, and whether it is that of the pair.
    fn given_to(&self, to: usize, pair: impl Fn(u32) -> bool) -> Option<(usize, bool)> {
        let line = self.line;
        let (s, e) = word_to(line, to)?;
        let s = unquoted_start(line, s, e);
        let word = self
            .detector
            .words
            .get(self.detector.words.find(line, s, e)?);
        let mut best: Option<(bool, std::cmp::Reverse<usize>)> = None;
        for &g in &word.givens_end {
            let name = &self.detector.site.givens[g as usize];
            let earlier = &name.words[..name.words.len() - 1];
            let start = earlier
                .iter()
                .rev()
                .try_fold(s, |start, want| self.earlier_word(start, *want));
            let Some(start) = start.filter(|s| !before(line, *s).is_ascii_alphanumeric()) else {
                continue;
            };
            best = best.max(Some((pair(g), std::cmp::Reverse(start))));
        }
        if best.is_none() && word.cues.has(Cues::GIVEN) && is_capital(line, s) {
            best = Some((false, std::cmp::Reverse(s)));
        }
        best.map(|(pair, start)| (start.0, pair))
    }

    /// `A. Beispiel`, `A.Beispiel`, `H.-P. Beispiel`: the start.
    fn initial_before(&self, s: u32, name: &Name, start: usize) -> Option<usize> {
        let line = self.line;
        let dot = start_of(line, start, |b| b == b' ').checked_sub(1)?;
        if line[dot] != b'.' || start - dot > 2 {
            return None;
        }
        let (mut b, e) = word_to(line, dot)?;
        let one_letter = e - b == 1 || (e - b == 2 && line[b] >= 0x80);
        if !one_letter || !is_capital(line, b) || before(line, b).is_ascii_digit() {
            return None;
        }
        let first = |from: usize, to: usize| {
            let text = crate::lines::decode(&line[from..to]);
            super::words::canonical(&text).bytes().next().unwrap_or(0)
        };
        let mut letter = first(b, e);
        // the first of several initials counts: `H.-P.`, `H. P.`
        let dashed = before(line, b) == b'-' && b >= 3 && line[b - 2] == b'.';
        let blank = before(line, b) == b' '
            && b >= 3
            && line[b - 2] == b'.'
            && (b == 3 || !is_letter(line[b - 4]));
        if (dashed || blank) && line[b - 3].is_ascii_uppercase() {
            b -= 3;
            letter = first(b, b + 1);
        }
        let known = self.detector.site.initials.contains(&(s, letter));
        (known || !name.ordinary).then_some(b)
    }

    /// `Beispiel, A.`, `Beispiel A.`: the end.
    fn initial_behind(&self, s: u32, end: usize) -> Option<usize> {
        let line = self.line;
        let from = match (at(line, end), at(line, end + 1)) {
            (b',', b' ') => end + 2,
            (b',' | b' ' | b'*', _) => end + 1,
            _ => return None,
        };
        let (b, e) = word_from(line, from)?;
        let one_letter = e - b == 1 || (e - b == 2 && line[b] >= 0x80);
        if !one_letter || !is_capital(line, b) || at(line, e) != b'.' {
            return None;
        }
        let text = crate::lines::decode(&line[b..e]);
        let letter = super::words::canonical(&text).bytes().next()?;
        self.detector
            .site
            .initials
            .contains(&(s, letter))
            .then_some(e + 1)
    }

    /// `www.beispiel.example`, `@beispiel`, `beispiel@`: no surname by itself.
    fn in_domain(&self, start: usize, end: usize) -> bool {
        let line = self.line;
        let left = before(line, start);
        let far = start.checked_sub(2).map_or(0, |i| line[i]);
        let right = at(line, end);
        // the name of a file ends with a dot and a known length of letters
        let domain = right == b'.'
            && at(line, end + 1).is_ascii_lowercase()
            && !line[start..end].contains(&b'_')
            && left != b'_'
            && left != b' '
            && left != 0;
        left == b'@' || right == b'@' || (left == b'.' && is_letter(far)) || domain
    }

    /// `Beispiel GmbH`: a company.
    fn refused(&self, start: usize, end: usize) -> bool {
        let line = self.line;
        let _ = start;
        let from = end_of(line, end, |b| b == b' ');
        from == end + 1 && self.says(word_from(line, from), Cues::COMPANY) && is_capital(line, from)
    }

    /// Whether the words around a surname that is an ordinary word make it a name.
    fn carried_name(&self, start: usize, end: usize) -> bool {
        let line = self.line;
        // a station beside it: `Koch (4711)`, `Koch, App. 4711`, `Koch 4711`
        let from = end_of(line, end, |b| b" (,".contains(&b));
        let figures = end_of(line, from, |b| b.is_ascii_digit());
        let bracket = line[end..from].contains(&b'(');
        if figures > from
            && from > end
            && (bracket || self.detector.site.stations.contains(&line[from..figures]))
            && figures - from >= 2
            && !self.counted(figures)
        {
            return true;
        }
        if from > end
            && self.says(word_from(line, from), Cues::EXTENSION)
            && line[end..from].contains(&b',')
        {
            return true;
        }
        let mut word = word_before(line, start, b" .:=\"'");
        let pair = start_of(line, start, |b| b" .:=\"'".contains(&b));
        let pair = line[pair..start].iter().any(|b| *b == b':' || *b == b'=');
        if self.says(word, Cues::COURTESY.with(Cues::TITLE)) {
            return true;
        }
        if pair {
            return self.says(word, Cues::NAME_KEY);
        }
        if self.says(word, Cues::CALL) {
            return true;
        }
        if self.says(word, Cues::WEAK) {
            word = word.and_then(|(s, _)| word_before(line, s, b" "));
            return self.says(word, Cues::CALL);
        }
        // `Koch ruft`, `Koch hat angerufen`
        let next = word_from(line, end_of(line, end, |b| b == b' '));
        let verb = next.is_some_and(|(s, e)| {
            ["ruft", "called", "rief", "calls", "calling", "erreichbar"]
                .iter()
                .any(|v| line[s..e].eq_ignore_ascii_case(v.as_bytes()))
        });
        verb && end + 1 == next.map_or(0, |n| n.0)
    }
}

/// The end of a word without a quote of three bytes.
fn unquoted_end(line: &[u8], end: usize) -> usize {
    match line.get(..end) {
        Some([.., 0xe2, 0x80, _]) => end - 3,
        Some([.., 0xc2, 0xa0..=0xbf]) => end - 2,
        _ => end,
    }
}

fn unquoted_start(line: &[u8], start: usize, end: usize) -> usize {
    match line[start..end] {
        [0xe2, 0x80, _, _, ..] => start + 3,
        _ => start,
    }
}
