//! Accounts, secrets and ids: a word says what the value behind it is.

use super::bytes::{
    at, before, blanks, end_of, follows, is_letter, start_of, value, word_from, word_to,
};
use super::words::Cues;
use super::{Kind, RuleId, Scan};

/// How a value hangs on its word.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    /// `=` or `:`.
    Pair,
    /// A quote.
    Quote,
    /// `is`, `lautet`.
    Copula,
    /// A blank.
    Blank,
}

impl Scan<'_, '_> {
    /// The value behind a word that announces one.
    pub(super) fn value_after(&mut self, cues: Cues, start: usize, end: usize) {
        let line = self.line;
        if cues.has(Cues::PATH) {
            self.home_of(start, end);
        }
        if cues.has(Cues::COMMAND) {
            self.command(end);
        }
        if cues.has(Cues::ADDRESS) {
            self.address_after(end);
        }
        if cues.has(Cues::ACCOUNT) && is_address_of_sender(line, start) {
            return;
        }
        if cues.has(Cues::ACCOUNT_FOR) && self.account_for(start, end) {
            return;
        }
        if cues.has(Cues::PIN.with(Cues::PASSWORD)) && self.told_later(end, cues) {
            return;
        }
        let Some((from, link)) = self.linked(end, cues) else {
            return;
        };
        if cues.has(Cues::PASSWORD) || cues.has(Cues::SECRET) {
            self.secret(from, link, cues);
        } else if cues.has(Cues::PIN) {
            let stop = end_of(line, from, |b| b.is_ascii_digit());
            if (3..=12).contains(&(stop - from))
                && !is_letter(at(line, stop))
                && !self.counted(stop)
            {
                self.hit(from, stop, RuleId::PinKey, Kind::Pin);
                self.figures = self.figures.max(stop);
            }
        } else if cues.has(Cues::ACCOUNT) {
            self.account_value(from, link, start);
        } else if cues.has(ID_CUES) {
            self.id(from, link, cues, start);
        }
    }

    /// Where the value starts: over `Nr.`, `=`, `:`, `ist`, quotes and one or two figures of the key (`PIN1=`).
    fn linked(&self, end: usize, cues: Cues) -> Option<(usize, Link)> {
        let line = self.line;
        let figures = end_of(line, end, |b| b.is_ascii_digit());
        let mut ix = end;
        if figures > end && figures <= end + 2 && matches!(at(line, figures), b'=' | b':') {
            ix = figures;
        }
        let mut link = Link::Blank;
        for _ in 0..6 {
            match at(line, ix) {
                b'=' | b':' => {
                    // `::`, `://`, `==` announce nothing
                    if follows(line, ix, "::")
                        || follows(line, ix, "://")
                        || follows(line, ix, "==")
                    {
                        return None;
                    }
                    // `ruser= rhost=`: nothing behind it, unless there are blanks on both sides
                    let empty = at(line, ix) == b'='
                        && at(line, ix + 1) == b' '
                        && before(line, ix) != b' ';
                    if empty {
                        return None;
                    }
                    link = Link::Pair;
                    ix += 1;
                }
                b' ' | b'\t' => ix = blanks(line, ix),
                b'.' | b'-' | b'_' | b'#'
                    if link == Link::Blank
                        && (cues.has(ID_CUES.with(Cues::PIN))
                            || is_letter(at(line, ix + 1)) && at(line, ix) == b'_') =>
                {
                    ix += 1
                }
                b'"' | b'\'' => {
                    let link = if link == Link::Pair {
                        link
                    } else {
                        Link::Quote
                    };
                    return Some((ix, link));
                }
                _ => {
                    let Some((s, e)) = word_from(line, ix) else {
                        break;
                    };
                    let says = self.detector.words.cues(line, s, e);
                    let joined = says.has(Cues::FILLER)
                        && link != Link::Pair
                        && !is_letter(at(line, e))
                        && at(line, e) != b'@';
                    if !joined {
                        break;
                    }
                    let copula = ["is", "ist", "lautet", "war", "was"]
                        .iter()
                        .any(|w| line[s..e].eq_ignore_ascii_case(w.as_bytes()));
                    if copula {
                        link = Link::Copula;
                    }
                    ix = e;
                }
            }
        }
        // `user_macros.cpp`: a name of its own, unless an id stands there
        if link == Link::Blank && before(line, ix) == b'_' && !cues.has(ID_CUES.with(Cues::PIN)) {
            return None;
        }
        (ix > end && ix < line.len()).then_some((ix, link))
    }

    /// `PIN von Anna Beispiel ist 4812`, `Kennwort Notebook Empfang: Deich-99`: some words stand between.
    fn told_later(&mut self, end: usize, cues: Cues) -> bool {
        let line = self.line;
        let mut ix = end;
        let mut words = 0;
        while words < 6 {
            let from = blanks(line, ix);
            if from == ix && words > 0 || from > ix + 1 {
                return false;
            }
            let Some((_, e)) = word_from(line, from) else {
                return false;
            };
            let e = end_of(line, e, |b| is_letter(b) || b"-'".contains(&b));
            let copula = words > 0
                && ["is", "ist", "lautet", "lauten"]
                    .iter()
                    .any(|w| line[from..e].eq_ignore_ascii_case(w.as_bytes()));
            let colon = at(line, e) == b':' && at(line, e + 1) == b' ';
            if copula || colon && words > 0 {
                let value_at = if colon { e + 2 } else { blanks(line, e) };
                return self.told_value(value_at, cues);
            }
            if at(line, e) == b'.' && at(line, e + 1) == b' ' && e - from <= 3 {
                // `Hr.`, `Dr.`
                ix = e + 1;
            } else {
                ix = e;
            }
            words += 1;
        }
        false
    }

    fn told_value(&mut self, from: usize, cues: Cues) -> bool {
        let line = self.line;
        let (start, end) = value(line, from);
        let text = &line[start..end];
        let figures = text.iter().filter(|b| b.is_ascii_digit()).count();
        if cues.has(Cues::PIN) {
            let whole = figures == text.len() && (3..=12).contains(&figures);
            if whole && !self.counted(end) {
                self.hit(start, end, RuleId::PinKey, Kind::Pin);
                self.figures = self.figures.max(end);
                return true;
            }
            return false;
        }
        let letters = text.iter().filter(|b| is_letter(**b)).count();
        let mixed = letters > 0 && letters < text.len() && figures > 0 || text.contains(&b'!');
        if mixed && text.len() >= 4 && !text.contains(&b'@') && !text.contains(&b'/') {
            self.hit(start, end, RuleId::PasswordKey, Kind::Password);
            self.figures = self.figures.max(end);
            return true;
        }
        false
    }

    fn secret(&mut self, from: usize, link: Link, cues: Cues) {
        let line = self.line;
        let (start, end) = value(line, from);
        let text = &line[start..end];
        let strong = text.iter().any(|b| !is_letter(*b));
        let (rule, kind) = if cues.has(Cues::SECRET) {
            (RuleId::SecretKey, Kind::Secret)
        } else {
            (RuleId::PasswordKey, Kind::Password)
        };
        let fits = match link {
            Link::Pair => kind == Kind::Password || text.len() >= 6 && strong,
            Link::Quote | Link::Copula => strong && text.len() >= 4,
            // `Bearer eyJ…`, `password Geheim!1`: figures and letters in one word
            Link::Blank => {
                text.len() >= 6
                    && text.iter().any(u8::is_ascii_digit)
                    && text.iter().any(|b| is_letter(*b))
            }
        };
        // PWD of a shell is a folder
        let folder = text.first() == Some(&b'/') && memchr::memchr(b'/', &text[1..]).is_some()
            || text.starts_with(b"/home")
            || text == b"/";
        let masked = folder
            || text.iter().all(|b| b"*x.X-".contains(b))
            || matches!(
                &text[..text.len().min(6)],
                b"(null)" | b"<none>" | b"none" | b"null" | b"hidden"
            );
        if fits && text.len() >= 3 && !masked {
            self.hit(start, end, rule, kind);
            self.figures = self.figures.max(end);
        }
    }

    /// Personnel number, agent, device, room.
    fn id(&mut self, from: usize, link: Link, cues: Cues, cue: usize) {
        let line = self.line;
        let (start, _) = value(line, from);
        let end = end_of(line, start, |b| {
            b.is_ascii_alphanumeric() || b"./-".contains(&b)
        });
        let end = start
            + line[start..end]
                .iter()
                .rposition(|b| b.is_ascii_alphanumeric())
                .map_or(0, |i| i + 1);
        // `Raum_412.docx`: the ending of a file is no part of it
        let ending = memchr::memrchr(b'.', &line[start..end]).filter(|dot| {
            let ending = &line[start + dot + 1..end];
            ending.len() >= 3 && ending[0].is_ascii_alphabetic()
        });
        let end = ending.map_or(end, |dot| start + dot);
        let text = &line[start..end];
        let figures = text.iter().filter(|b| b.is_ascii_digit()).count();
        let letters = text.iter().filter(|b| is_letter(**b)).count();
        if figures == 0 || is_letter(at(line, end)) && at(line, end) < 0x80 {
            return;
        }
        let (rule, kind, fits, end) = if cues.has(Cues::PERSONNEL) {
            (
                RuleId::PersonnelKey,
                Kind::PersonnelId,
                figures >= 3 && text.len() <= 16,
                end,
            )
        } else if cues.has(Cues::AGENT) {
            let user_agent = before(line, cue) == b'-';
            let all = end_of(line, start, |b| b.is_ascii_digit());
            (
                RuleId::AgentKey,
                Kind::AgentId,
                !user_agent && all == end && (2..=8).contains(&figures),
                end,
            )
        } else if cues.has(Cues::DEVICE) {
            let end = self.groups(start, end);
            (RuleId::DeviceKey, Kind::DeviceId, end - start >= 8, end)
        } else {
            let room = text.len() <= 10 && letters <= 3 && figures <= 6;
            // `Office 365`, `Büro 2026`: a sentence; `Raum 3 Tage`: a count
            let counted = self.counted(end) || link == Link::Copula;
            (
                RuleId::LocationKey,
                Kind::Location,
                room && !counted && !letter_first_word(text),
                end,
            )
        };
        if fits {
            self.hit(start, end, rule, kind);
            self.figures = self.figures.max(end);
        }
    }

    /// The end of a device id in groups: `00077 0123456 7`.
    fn groups(&self, start: usize, end: usize) -> usize {
        let line = self.line;
        let mut end = end;
        for _ in 0..3 {
            let next = end_of(line, end + 1, |b| b.is_ascii_digit());
            let joined =
                at(line, end) == b' ' && next > end + 1 && next - start <= 20 && end - start >= 5;
            if !joined || is_letter(at(line, next)) || b":.-/".contains(&at(line, next)) {
                break;
            }
            end = next;
        }
        end
    }
}

const ID_CUES: Cues = Cues::PERSONNEL
    .with(Cues::AGENT)
    .with(Cues::DEVICE)
    .with(Cues::LOCATION);

/// `;user=phone` of a SIP address says how the number is written.
fn is_address_of_sender(line: &[u8], start: usize) -> bool {
    before(line, start) == b';' && follows(line, start, "user=phone")
}

/// Whether letters stand first and are a word, as in `Sub1`.
fn letter_first_word(text: &[u8]) -> bool {
    text.iter().take_while(|b| is_letter(**b)).count() > 2
}

/// The word before a place, over blanks and the marks of titles.
pub(super) fn word_before(line: &[u8], start: usize, marks: &[u8]) -> Option<(usize, usize)> {
    word_to(line, start_of(line, start, |b| marks.contains(&b)))
}
