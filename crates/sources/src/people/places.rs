//! Bank accounts and postal addresses.

use super::bytes::{
    at, before, blanks, end_of, follows, is_capital, is_letter, start_of, value, word_from,
};
use super::words::{Cues, canonical};
use super::{Kind, RuleId, Scan};

impl Scan<'_, '_> {
    /// Two letters and a figure: a bank account when country, length and check sum are right.
    pub(super) fn iban_at(&mut self, start: usize) {
        let line = self.line;
        if before(line, start).is_ascii_alphanumeric()
            || !line[start].is_ascii_uppercase()
            || !line[start + 1].is_ascii_uppercase()
        {
            return;
        }
        let mut text = [0; 34];
        let mut len = 0;
        let mut ix = start;
        let mut best = None;
        while len < text.len() {
            let b = at(line, ix);
            if b.is_ascii_digit() || b.is_ascii_uppercase() {
                text[len] = b;
                len += 1;
                ix += 1;
                let whole = !at(line, ix).is_ascii_alphanumeric();
                if whole && len >= 15 && check_sum(&text[..len]) == 1 {
                    best = Some(ix);
                }
            } else if b == b' ' && len % 4 == 0 && len > 0 {
                ix += 1;
            } else {
                break;
            }
        }
        if let Some(end) = best {
            self.hit(start, end, RuleId::Iban, Kind::Iban);
            self.figures = self.figures.max(end);
        }
    }

    /// Figures behind a word with the ending of a street.
    #[inline]
    pub(super) fn house_number(&mut self, start: usize) {
        let line = self.line;
        let far = at(line, start.wrapping_sub(2));
        // the last letters of the endings
        if before(line, start) != b' '
            || !matches!(
                far,
                b'e' | b'g' | b'z' | b'm' | b'r' | b't' | b'.' | b'd' | b'n' | b'k' | b'h'
            )
        {
            return;
        }
        let end = end_of(line, start, |b| b.is_ascii_digit());
        if end - start > 4 {
            return;
        }
        if let Some(street) = self.street(start - 1) {
            let end = self.rest_of_address(end);
            self.hit(street, end, RuleId::AddressStreet, Kind::Address);
            self.figures = self.figures.max(end);
        }
    }

    /// The start of the street name that ends at a place.
    fn street(&self, to: usize) -> Option<usize> {
        let line = self.line;
        let site = &self.detector.site;
        let start = start_of(line, to, |b| is_letter(b) || b == b'-' || b == b'.');
        let ends = |s: &Vec<u8>| {
            let tail = line[start..to]
                .len()
                .checked_sub(s.len())
                .map(|i| &line[start + i..to]);
            tail.is_some_and(|t| t.eq_ignore_ascii_case(s))
        };
        if !is_capital(line, start) || !site.street_bytes.iter().any(ends) {
            return None;
        }
        let word = canonical(&crate::lines::decode(&line[start..to]));
        let ending = site.street.iter().find(|s| word.ends_with(s.as_str()))?;
        if !is_capital(line, start) || site.not_street.contains(word.as_bytes()) && word != *ending
        {
            return None;
        }
        let last = word.rsplit('-').next().unwrap_or("");
        if word != *ending && last != ending.as_str() {
            // `Steckplatz`, `Monitoring`: no streets
            let stem = word.len() - ending.len();
            return (stem >= 3 && !site.not_street.contains(word.as_bytes())).then_some(start);
        }
        if word.len() > ending.len() {
            return Some(start);
        }
        // `Lange Str. 5`
        let gap = start.checked_sub(1).filter(|g| line[*g] == b' ')?;
        let first = start_of(line, gap, |b| is_letter(b) || b == b'-');
        (first < gap && is_capital(line, first) && !site.not_street.contains(word.as_bytes()))
            .then_some(first)
    }

    /// `Am Bahnhof 4a` behind a word such as `wohnt` or before a post code: called for the word before.
    pub(super) fn address_after(&mut self, end: usize) {
        let line = self.line;
        if at(line, end) == b'=' {
            // `STRNAME="Musterweg",STRNUM=7`
            let (start, stop) = value(line, end + 1);
            self.hit(start, stop, RuleId::AddressStreet, Kind::Address);
            self.figures = self.figures.max(stop);
            return;
        }
        let start = blanks(line, end_of(line, end, |b| b == b':' || b == b' '));
        let mut at_ = start;
        let mut words = 0;
        while let Some((s, e)) = word_from(line, at_) {
            let e = end_of(line, e, |b| is_letter(b) || b == b'-' || b == b'.');
            let known = self
                .detector
                .site
                .joining
                .contains(&line[s..e].to_ascii_lowercase());
            if words == 5 || !(is_capital(line, s) || known) {
                return;
            }
            words += 1;
            at_ = e + 1;
            if at(line, e) != b' ' {
                return;
            }
        }
        let number = end_of(line, at_, |b| b.is_ascii_digit());
        if words > 0 && number > at_ && number - at_ <= 4 {
            let end = self.rest_of_address(number);
            self.hit(start, end, RuleId::AddressStreet, Kind::Address);
        }
    }

    /// Letter of the house number, post code and city.
    fn rest_of_address(&self, end: usize) -> usize {
        let line = self.line;
        let mut end = end;
        if at(line, end).is_ascii_lowercase() && !is_letter(at(line, end + 1)) {
            end += 1;
        } else if at(line, end) == b'-' && at(line, end + 1).is_ascii_digit() {
            end = end_of(line, end + 1, |b| b.is_ascii_digit());
        }
        let code = [", D-", ", ", " "]
            .iter()
            .find(|s| follows(line, end, s))
            .map(|s| end + s.len());
        let Some(code) = code else { return end };
        let city = end_of(line, code, |b| b.is_ascii_digit());
        if !(4..=5).contains(&(city - code))
            || at(line, city) != b' '
            || !is_capital(line, city + 1)
        {
            return end;
        }
        let mut at_ = end_of(line, city + 1, |b| is_letter(b) || b == b'-');
        // Frankfurt am Main, Bad Homburg vor der Höhe
        loop {
            let mut next = at_;
            while let Some((s, e)) = word_from(line, next + 1) {
                if at(line, next) != b' ' || !self.detector.site.joining.contains(&line[s..e]) {
                    break;
                }
                next = e;
            }
            if next == at_ || at(line, next) != b' ' || !is_capital(line, next + 1) {
                return at_;
            }
            at_ = end_of(line, next + 1, |b| is_letter(b) || b == b'-');
        }
    }

    /// Whether a word of the line has one of these meanings.
    pub(super) fn says(&self, word: Option<(usize, usize)>, cues: Cues) -> bool {
        word.is_some_and(|(s, e)| self.detector.words.cues(self.line, s, e).has(cues))
    }
}

/// The number of an account with its first four places last, modulo 97 (ISO 13616): 1 when it is right.
fn check_sum(text: &[u8]) -> u32 {
    let (head, tail) = text.split_at(4);
    tail.iter().chain(head).fold(0, |sum, b| {
        if b.is_ascii_digit() {
            (sum * 10 + u32::from(b - b'0')) % 97
        } else {
            (sum * 100 + u32::from(b - b'A') + 10) % 97
        }
    })
}
