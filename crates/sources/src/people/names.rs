//! Names: the site's own people in every spelling, and others where the text says that a name follows.

use super::bytes::{
    at, before, end_of, follows, is_capital, is_letter, start_of, word_from, word_to,
};
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
            let found = self
                .double_name(s, start, end)
                .or_else(|| self.whole_name(s, name, start, end));
            if let Some(found) = found {
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
        let capital = self.capital(start, end);
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
        if !capital {
            let file = before(line, start) == b'_' || at(line, end) == b'_';
            return (file && !name.ordinary).then_some((start, end, RuleId::NameSurname));
        }
        if self.refused(start, end) {
            return None;
        }
        let star = at(line, end) == b'*';
        if let Some((mark, (e, false))) = behind
            && (star || ahead.is_none() && mark == Mark::Turned && !name.ordinary)
        {
            return Some((start, e, RuleId::NameGiven));
        }
        if star && let Some(e) = self.any_given(end + 1) {
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

    /// Whether one of the words of a surname starts with a capital: `van der Meer`.
    fn capital(&self, start: usize, end: usize) -> bool {
        let line = self.line;
        // the first word may touch a quote, which is made of letters by its bytes
        let first = |i: &usize| !is_letter(before(line, *i)) && is_letter(line[*i]);
        is_capital(line, start) || (start + 1..end).filter(first).any(|i| is_capital(line, i))
    }

    /// A surname of the site that another one follows behind a dash, with the given name of either.
    fn double_name(&self, s: u32, start: usize, end: usize) -> Option<(usize, usize, RuleId)> {
        let line = self.line;
        if at(line, end) != b'-' || !is_capital(line, start) || !is_capital(line, end + 1) {
            return None;
        }
        let (b, e) = word_from(line, end + 1)?;
        let ix = self.detector.words.find(line, b, e)?;
        let others = &self.detector.words.get(ix).surnames;
        if others.is_empty() || at(line, e) == b'-' || at(line, e).is_ascii_digit() {
            return None;
        }
        let pairs = &self.detector.site.pairs;
        let pair =
            |g: u32| pairs.contains(&(s, g)) || others.iter().any(|o| pairs.contains(&(*o, g)));
        let behind = self
            .right(e)
            .and_then(|(_, from)| self.given_from(from, pair));
        if let Some((stop, _)) = behind {
            return Some((start, stop, RuleId::NameGiven));
        }
        let ahead = self.left(start).and_then(|(_, to)| self.given_to(to, pair));
        if let Some((from, _)) = ahead {
            return Some((from, e, RuleId::NameGiven));
        }
        Some((start, e, RuleId::NameSurname))
    }

    /// Whatever stands behind `Surname*`: a word, with what a dash joins to it.
    fn any_given(&self, from: usize) -> Option<usize> {
        let line = self.line;
        let (s, mut e) = word_from(line, from)?;
        if !is_capital(line, s) {
            return None;
        }
        while at(line, e) == b'-' && is_capital(line, e + 1) {
            e = word_from(line, e + 1)?.1;
        }
        if at(line, e) == b'.' && e == s + 1 {
            e += 1;
        }
        Some(e)
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
        if !one_letter || !is_capital(line, b) {
            return None;
        }
        let text = crate::lines::decode(&line[b..e]);
        let letter = super::words::canonical(&text).bytes().next()?;
        if !self.detector.site.initials.contains(&(s, letter)) {
            return None;
        }
        if at(line, e) != b'.' {
            // `SCHAEFER D` of a display ends there
            let ends = matches!(
                at(line, e),
                0 | b'\'' | b'"' | b'|' | b';' | b',' | b')' | b'>'
            ) || at(line, e) == b' '
                && matches!(at(line, e + 1), 0 | b' ' | b'|' | b'(' | b'<');
            return ends.then_some(e);
        }
        // `K.-H.`, `H. P.`
        let mut end = e + 1;
        loop {
            let next = if matches!(at(line, end), b'-' | b' ') {
                end + 1
            } else {
                end
            };
            let more = at(line, next).is_ascii_uppercase() && at(line, next + 1) == b'.';
            if !more {
                return Some(end);
            }
            end = next + 2;
        }
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
        // a station beside it: `Koch (4711)`, `Koch, App. 4711`, `Koch 4711`, `4711 Koch`
        let from = end_of(line, end, |b| b" (,:".contains(&b));
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
        let gap = start_of(line, start, |b| b" ,:;-(/=>".contains(&b));
        let left = start_of(line, gap, |b| b.is_ascii_digit());
        if gap < start
            && left < gap
            && !before(line, left).is_ascii_alphanumeric()
            && self.detector.site.stations.contains(&line[left..gap])
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
        if self.says(word, Cues::ARTICLE) {
            return false;
        }
        let own = self.detector.words.cues(line, start, end);
        let solid = !own.has(Cues::THING);
        let near = before(line, start) == b' ' || before(line, start) == b'.';
        if solid && near && self.says(word, Cues::BEFORE_NAME) {
            return true;
        }
        if self.in_list(start, end, solid) {
            return true;
        }
        let inside = before(line, start) == b' '
            && word.is_some_and(|(s, e)| e + 1 == start && line[s].is_ascii_lowercase());
        // `…, Bishop takes the call`
        let clause = start >= 3 && line[start - 2] == b',' && line[start - 3].is_ascii_alphabetic();
        if inside && own.has(Cues::ADJECTIVE) || (inside || clause) && self.is_english() {
            return true;
        }
        if self.says(word, Cues::WEAK) {
            word = word.and_then(|(s, _)| word_before(line, s, b" "));
            return self.says(word, Cues::CALL);
        }
        // a note that starts with whom it is about
        if solid && start == 0 && follows(line, end, ": ") {
            return true;
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

impl Scan<'_, '_> {
    /// Whether the line is English: there a noun inside of a sentence has no capital, unless it is a name.
    fn is_english(&self) -> bool {
        const ENGLISH: [&[u8]; 14] = [
            b"the", b"is", b"has", b"was", b"with", b"of", b"and", b"please", b"not", b"are",
            b"to", b"for", b"from", b"by",
        ];
        const GERMAN: [&[u8]; 20] = [
            b"der", b"die", b"das", b"den", b"dem", b"und", b"ist", b"hat", b"mit", b"von",
            b"nicht", b"bitte", b"auf", b"im", b"zu", b"wird", b"bei", b"ein", b"eine", b"am",
        ];
        let line = &self.line[..self.line.len().min(1024)];
        let mut english = false;
        for word in line.split(|b| !is_letter(*b)) {
            if GERMAN.contains(&word) || word.iter().any(|b| *b >= 0x80) {
                return false;
            }
            english |= ENGLISH.contains(&word);
        }
        english
    }

    /// Whether another name of the site stands beside it in a list: `Koch, Berg und Stein`.
    fn in_list(&self, start: usize, end: usize, solid: bool) -> bool {
        const JOINTS: [&str; 11] = [
            ", ", "/", " / ", " und ", " and ", " & ", " oder ", " or ", " u. ", " sowie ", "; ",
        ];
        let line = self.line;
        let words = &self.detector.words;
        let fits = |word: Option<(usize, usize)>| {
            word.is_some_and(|(s, e)| {
                is_capital(line, s)
                    && words.find(line, s, e).is_some_and(|ix| {
                        let word = words.get(ix);
                        !word.surnames.is_empty() && (solid || !word.cues.has(Cues::THING))
                    })
            })
        };
        JOINTS.iter().any(|j| {
            let behind = follows(line, end, j) && fits(word_from(line, end + j.len()));
            let head = line.get(..start).is_some_and(|l| {
                l.len() >= j.len() && l[l.len() - j.len()..].eq_ignore_ascii_case(j.as_bytes())
            });
            behind || head && fits(word_to(line, start - j.len()))
        })
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
