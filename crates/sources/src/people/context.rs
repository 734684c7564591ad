//! What stands around figures: the word that they belong to, and whether the text carries a station.

use super::Scan;
use super::bytes::{at, before, blanks, end_of, follows, is_letter, start_of, word_from, word_to};
use super::words::Cues;

/// What stands before figures.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Governor {
    pub(super) cues: Cues,
    /// The start of the word.
    pub(super) start: usize,
    /// `=` or `:` between the word and the figures.
    pub(super) pair: bool,
    /// A word stands directly before the figures.
    pub(super) word: bool,
}

impl Scan<'_, '_> {
    /// Whether the site's directory holds this station.
    pub(super) fn known(&self, start: usize, end: usize) -> bool {
        self.detector.site.stations.contains(&self.line[start..end])
    }

    /// Whether figures have the form of a station of this site.
    pub(super) fn station_like(&self, start: usize, end: usize) -> bool {
        let len = end - start;
        self.line[start] != b'0'
            && (self.detector.site.lengths >> len.min(15) & 1 == 1 || self.known(start, end))
            || (self.detector.site.lengths == 0 && (3..=6).contains(&len))
    }

    pub(super) fn year(&self, start: usize, end: usize) -> bool {
        end - start == 4 && matches!(&self.line[start..start + 2], b"19" | b"20")
    }

    /// Whether figures that look like a year call a number: `2015 -> 030…`, not `2015 to 2026`.
    pub(super) fn year_in_call(&self, end: usize) -> bool {
        let other = joint(self.line, end)
            .map(|from| (from, end_of(self.line, from, |b| b.is_ascii_digit())));
        arrow(self.line, end) && !other.is_some_and(|(from, to)| self.year(from, to))
    }

    /// Whether a count of something is meant: `25037 bytes`, `12 of 25`.
    pub(super) fn counted(&self, end: usize) -> bool {
        let line = self.line;
        let from = blanks(line, end);
        from > end
            && word_from(line, from).is_some_and(|(s, e)| {
                let part = ["of", "von", "x"]
                    .iter()
                    .any(|w| line[s..e].eq_ignore_ascii_case(w.as_bytes()));
                self.detector.words.cues(line, s, e).has(Cues::UNIT)
                    && (!part || at(line, blanks(line, e)).is_ascii_digit())
            })
    }

    /// `430 of 460`: the figures are a part or a whole.
    pub(super) fn shared_out(&self, governor: &Governor) -> bool {
        let line = self.line;
        let head = start_of(line, governor.start, |b| b == b' ');
        let word = &line[governor.start..end_of(line, governor.start, is_letter)];
        let first = start_of(line, head, |b| b.is_ascii_digit());
        let service = matches!(&line[first..head], b"110" | b"112" | b"115");
        governor.word
            && head > first
            && !service
            && (word.eq_ignore_ascii_case(b"of") || word.eq_ignore_ascii_case(b"von"))
    }

    /// Whether the words around figures are about stations and calls, or name somebody of the site.
    pub(super) fn about_telephony(&mut self, at_: usize) -> bool {
        const REACH: usize = 240;
        if let Some((range, yes)) = &self.telephony
            && range.contains(&at_)
        {
            return *yes;
        }
        let line = self.line;
        let mut from = at_.saturating_sub(REACH);
        let to = (at_ + REACH).min(line.len());
        let reach = from..to + 1;
        let speaks = Cues::EXTENSION
            .with(Cues::NUMBER)
            .with(Cues::CALL)
            .with(Cues::TELEPHONY);
        let mut yes = false;
        while from < to && !yes {
            let Some((s, e)) = word_from(line, from) else {
                from += 1;
                continue;
            };
            from = e;
            yes = self.command_at(s, e);
            if let Some(ix) = self.detector.words.find(line, s, e) {
                let word = self.detector.words.get(ix);
                let cues = word.cues;
                let name = !word.surnames.is_empty() && !cues.has(Cues::ORDINARY);
                let unit = cues.has(Cues::UNIT.with(Cues::DENY).with(Cues::VERSION));
                yes |= cues.has(speaks) && !unit || name && super::bytes::is_capital(line, s);
            }
        }
        self.telephony = Some((reach, yes));
        yes
    }

    /// An AMO command: `ADD-SA:`, `LOE-SBCSU:`.
    fn command_at(&self, start: usize, end: usize) -> bool {
        let line = self.line;
        let noun = end_of(line, end + 1, |b| {
            b.is_ascii_uppercase() || b.is_ascii_digit()
        });
        at(line, end) == b'-'
            && matches!(at(line, noun), b':' | b';')
            && (2..=6).contains(&(noun - end - 1))
            && (2..=12).contains(&(end - start))
            && line[start..end].iter().all(u8::is_ascii_uppercase)
    }

    /// Whether figures that are a station of the site stand alone in a text about telephony.
    pub(super) fn stands_alone(&mut self, start: usize, end: usize, governor: &Governor) -> bool {
        let line = self.line;
        let (last, next) = (before(line, start), at(line, end));
        let (far, after) = (before(line, start.saturating_sub(1)), at(line, end + 1));
        let open = matches!(
            last,
            0 | b' '
                | b'\t'
                | b','
                | b';'
                | b'|'
                | b'('
                | b'"'
                | b'\''
                | b'='
                | b':'
                | b'&'
                | b'<'
                | b'>'
                | b'/'
        );
        let closed = match next {
            0 | b' ' | b'\t' | b',' | b';' | b'|' | b')' | b'"' | b'\'' | b'&' | b'>' | b'!'
            | b'?' => true,
            b'.' | b':' | b'/' => !after.is_ascii_digit() && !is_letter(after),
            _ => false,
        };
        let row =
            last == b' ' && far.is_ascii_digit() || last == b'/' && far.is_ascii_alphanumeric();
        let refused = governor
            .cues
            .has(Cues::UNIT.with(Cues::VERSION).with(Cues::DENY))
            && !governor.cues.has(Cues::WEAK);
        open && closed
            && !row
            && !refused
            && !self.year(start, end)
            && !self.hex_dump(start)
            && !self.counted(end)
            && self.about_telephony(start)
    }

    /// `from 4711 to 4712`, `von 4711 an 030…`: two ends of a call.
    pub(super) fn pair_of_stations(&self, start: usize, end: usize) -> bool {
        if !self.station_like(start, end) || self.year(start, end) {
            return false;
        }
        joint(self.line, end).is_some_and(|from| {
            let other = end_of(self.line, from, |b| b.is_ascii_digit());
            other - from == end - start || (self.line[from] == b'0' && other - from >= 6)
        })
    }

    /// Whether the text around a station that the site knows carries it, without a word for stations before it.
    pub(super) fn carried(&self, start: usize, end: usize, governor: &Governor) -> bool {
        let line = self.line;
        let (last, next) = (before(line, start), at(line, end));
        if self.hex_dump(start) || governor.pair || self.year(start, end) && !self.year_in_call(end)
        {
            return false;
        }
        if last == b'_' || next == b'_' || last == b'\\' {
            // a part of a file name
            return !is_letter(next) && (next == b'_' || next == b'.' || next == 0);
        }
        if last == b'(' && next == b')' || last == b'<' && next == b'>' {
            return true;
        }
        if arrow(line, end) {
            return true;
        }
        let head = &line[..start];
        if head.ends_with(b"-> ") || head.ends_with(b"=> ") || head.ends_with(b"->") {
            return true;
        }
        // behind a name of the site, or first in the line before a word of calls
        let (s, e) = match word_to(line, start_of(line, start, |b| b" ,;/:".contains(&b))) {
            Some(word) => word,
            None => return self.call_follows(end) && (last == 0 || last == b' ' || last == b';'),
        };
        let ix = self.detector.words.find(line, s, e);
        let name = ix.is_some_and(|ix| {
            let word = self.detector.words.get(ix);
            !word.surnames.is_empty() || !word.givens.is_empty()
        });
        name || (!governor.word && self.call_follows(end))
    }

    /// Whether a word of calls follows: `4711 ruft 4712`.
    pub(super) fn call_follows(&self, end: usize) -> bool {
        let from = blanks(self.line, end);
        from > end
            && word_from(self.line, from).is_some_and(|(s, e)| {
                let cues = self.detector.words.cues(self.line, s, e);
                cues.has(Cues::CALL) || (cues.has(Cues::NUMBER) && !cues.has(Cues::UNIT))
            })
    }

    /// Whether pairs of hexadecimal figures stand before: `00 1A 4F 0815`.
    pub(super) fn hex_dump(&self, start: usize) -> bool {
        let line = self.line;
        let pair = |end: usize| {
            end >= 3
                && line[end - 1] == b' '
                && line[end - 2].is_ascii_hexdigit()
                && line[end - 3].is_ascii_hexdigit()
                && !before(line, end - 3).is_ascii_alphanumeric()
        };
        pair(start) && (pair(start - 3) || line[..start].windows(3).any(|w| w == b" FF"))
            || self.hex_groups(start)
    }

    /// Whether groups of four hexadecimal figures stand before, one of them with a letter: `4a7b 2019 0815`.
    fn hex_groups(&self, start: usize) -> bool {
        let line = self.line;
        let mut to = start;
        for _ in 0..4 {
            let Some(from) = to.checked_sub(5) else {
                return false;
            };
            let group = &line[from..to - 1];
            let hex = line[to - 1] == b' '
                && group.iter().all(u8::is_ascii_hexdigit)
                && !before(line, from).is_ascii_alphanumeric();
            if !hex {
                return false;
            }
            if group.iter().any(u8::is_ascii_alphabetic) {
                return true;
            }
            to = from;
        }
        false
    }

    /// `sip:host:5060` and `sip:4711@host:5060`: the figures behind the second colon are a port.
    pub(super) fn sip_port(&self, governor: &Governor, start: usize) -> bool {
        governor.pair && self.line[governor.start..start].contains(&b'@')
    }

    /// The word that figures belong to: directly before them, over marks and words such as `Nr.`.
    pub(super) fn governor(&self, start: usize) -> Governor {
        let line = self.line;
        let mut to = start;
        let mut found = Governor::default();
        for _ in 0..3 {
            let mut gap = start_of(line, to, |b| b" \t:=.\"'<>(+[".contains(&b));
            if gap == to && before(line, to) == b'/' {
                // `/subscribers/4711/reset`
                gap -= 1;
            }
            let between = &line[gap..to];
            if between.len() > 6
                || between.contains(&b'(') && !between.ends_with(b"(") && found.word
            {
                return found;
            }
            found.pair |= between.iter().any(|b| *b == b'=' || *b == b':');
            let mut end = gap;
            if between.contains(&b'=') || between.contains(&b':') {
                // PIN1=, KY08=
                while end > 0 && gap - end < 2 && line[end - 1].is_ascii_digit() {
                    end -= 1;
                }
            }
            let Some((s, e)) = word_to(line, end) else {
                return found;
            };
            found.word = true;
            let cues = self.with_earlier(s, e);
            found.cues = found.cues.with(cues);
            found.start = s;
            let goes_on = cues.has(Cues::FILLER) && !cues.has(PHONE.with(Cues::DENY).with(IDS));
            if !goes_on {
                return found;
            }
            to = s;
        }
        found
    }

    /// What a word says, alone or as the end of a phrase.
    pub(super) fn with_earlier(&self, start: usize, end: usize) -> Cues {
        let line = self.line;
        let words = &self.detector.words;
        let Some(ix) = words.find(line, start, end) else {
            return Cues::default();
        };
        let own = words.get(ix).cues;
        let gap = start_of(line, start, |b| b" -_.".contains(&b));
        if !words.get(ix).tail || gap == start || start - gap > 2 {
            return own;
        }
        let Some((s, e)) = word_to(line, gap) else {
            return own;
        };
        let Some(first) = words.find(line, s, e) else {
            return own;
        };
        let phrase = words
            .get(first)
            .phrases
            .iter()
            .find(|(rest, _)| **rest == [ix]);
        phrase.map_or(own, |(_, cues)| *cues)
    }
}

pub(super) const PHONE: Cues = Cues::EXTENSION.with(Cues::NUMBER).with(Cues::CALL);
pub(super) const IDS: Cues = Cues::PIN
    .with(Cues::PASSWORD)
    .with(Cues::PERSONNEL)
    .with(Cues::AGENT)
    .with(Cues::DEVICE)
    .with(Cues::LOCATION)
    .with(Cues::SECRET);

/// What joins two stations: the place of the second one.
pub(super) fn joint(line: &[u8], end: usize) -> Option<usize> {
    const JOINTS: [&str; 22] = [
        "&&", "&", ", ", ",", " / ", "/", " - ", "-", " -> ", "->", " => ", " und ", " and ",
        " bis ", " to ", " or ", " oder ", " nach ", " an ", " auf ", " & ", "; ",
    ];
    if !matches!(
        at(line, end),
        b' ' | b',' | b'&' | b'/' | b'-' | b'=' | b';'
    ) {
        return None;
    }
    let joints = JOINTS.iter().filter(|j| follows(line, end, j));
    joints
        .map(|j| end + j.len())
        .find(|i| at(line, *i).is_ascii_digit())
}

/// Whether an arrow or a word of direction and a number follow.
pub(super) fn arrow(line: &[u8], end: usize) -> bool {
    let mut arrows = [" -> ", "->", " => ", " an ", " nach ", " to "].iter();
    arrows.any(|a| {
        follows(line, end, a) && {
            let next = at(line, end + a.len());
            next.is_ascii_digit() || next == b'+' || next == b'('
        }
    })
}
