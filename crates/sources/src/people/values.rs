//! Accounts, secrets and ids: a word says what the value behind it is.

use super::bytes::{
    at, before, blanks, end_of, follows, is_letter, start_of, value, word_from, word_to,
};
use super::words::{Cues, Word};
use super::{Kind, RuleId, Scan};

/// How a value hangs on its word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Link {
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
            Link::Pair => kind == Kind::Password || text.len() >= 6,
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

    /// `user=jdoe`, `Benutzer jdoe`, `user 'jdoe'`.
    fn account_value(&mut self, from: usize, link: Link, cue: usize) {
        let line = self.line;
        let (start, _) = value(line, from);
        let quoted = start > from;
        let mut end = end_of(line, start, |b| account_byte(b) || quoted && b == b' ');
        while end > start && b".-@\\".contains(&line[end - 1]) {
            end -= 1;
        }
        let text = &line[start..end];
        if text.len() < 2
            || text.len() > 64
            || text
                .iter()
                .all(|b| b.is_ascii_digit() || b"+-. ".contains(b))
        {
            return;
        }
        let lower = text.to_ascii_lowercase();
        let site = &self.detector.site;
        if site.services.contains(&lower) || at(line, end) == b'(' && !quoted && link == Link::Blank
        {
            return;
        }
        let known = site.accounts.contains(lower.as_slice());
        let fits = known
            || match link {
                Link::Pair => {
                    // `Benutzer: Anna Beispiel` is a name, `uid=0` no account, `user: no mapping` a sentence
                    let name = line[start].is_ascii_uppercase()
                        && at(line, end) == b' '
                        && is_letter(at(line, end + 1));
                    !name
                        && !site.stop.contains(&lower)
                        && (at(line, from.wrapping_sub(1)) != b' '
                            || self.detector.words.cues(line, start, end).0 == 0)
                }
                Link::Quote => !text.contains(&b' '),
                Link::Copula => false,
                Link::Blank => {
                    let plain = text.iter().all(|b| is_letter(*b));
                    let word = self.detector.words.find(line, start, end).is_some();
                    let opened = before(line, cue) != b'/' && before(line, cue) != b'\\';
                    // a plain word is an account where a sentence about one goes on
                    let told = !plain || self.sentence_about_account(cue, end);
                    opened
                        && !site.stop.contains(&lower)
                        && !word
                        && told
                        && !line[start].is_ascii_uppercase()
                }
            };
        if fits {
            let rule = if link == Link::Blank {
                RuleId::AccountSentence
            } else {
                RuleId::AccountKey
            };
            self.hit(start, end, rule, Kind::Account);
        }
    }

    /// `by user jdoe`, `user jdoe logged in`, `Benutzer jdoe hat …`, and the end of a clause.
    fn sentence_about_account(&self, cue: usize, end: usize) -> bool {
        let line = self.line;
        let verbs = &self.detector.site.verb;
        let is = |word: Option<(usize, usize)>, more: &[&[u8]]| {
            word.is_some_and(|(s, e)| {
                let text = line[s..e].to_ascii_lowercase();
                verbs.contains(&text) || more.contains(&text.as_slice())
            })
        };
        let before_it = word_before(line, cue, b" ");
        is(
            before_it,
            &[
                b"by",
                b"for",
                b"invalid",
                b"illegal",
                b"authenticating",
                b"von",
                b"durch",
                b"of",
            ],
        ) || is(word_from(line, blanks(line, end)), &[])
            || b",;)'\"".contains(&at(line, end))
            || at(line, end) == 0
            || b" ([0123456789".contains(&at(line, end))
                && b"([0123456789".contains(&at(line, end + 1))
    }

    /// An account of the site, wherever it stands as a whole.
    pub(super) fn account_at(&mut self, word: &Word, start: usize) {
        let line = self.line;
        if matches!(before(line, start), b'_' | b'-' | b'.' | b'@')
            || before(line, start).is_ascii_alphanumeric()
        {
            return;
        }
        let end = end_of(line, start, |b| {
            b.is_ascii_alphanumeric() || b"._-".contains(&b) || b >= 0x80
        });
        let mut ends = [end; 2];
        while ends[1] > start && b"._-".contains(&line[ends[1] - 1]) {
            ends[1] -= 1;
        }
        for end in ends {
            let text = line[start..end].to_ascii_lowercase();
            let hit = self.detector.site.accounts.contains(text.as_slice());
            // an account that is a name or a word of its own is found where the text says account
            let plain = !word.surnames.is_empty() || !word.givens.is_empty() || word.cues.0 != 0;
            let capital =
                line[start].is_ascii_uppercase() && at(line, start + 1).is_ascii_lowercase();
            if hit && !(plain && text.iter().all(|b| is_letter(*b))) && !capital {
                self.hit(start, end, RuleId::AccountSite, Kind::Account);
                return;
            }
        }
    }

    /// `C:\Users\jdoe\`, `/home/jdoe/`.
    fn home_of(&mut self, start: usize, end: usize) {
        let line = self.line;
        let slash = at(line, end);
        let root = start
            .checked_sub(2)
            .is_none_or(|i| !line[i].is_ascii_alphanumeric() && !b"._-".contains(&line[i]));
        if (slash != b'/' && slash != b'\\') || before(line, start) != slash || !root {
            return;
        }
        let name = end + 1;
        let stop = end_of(line, name, account_byte_of_path);
        let text = line[name..stop].to_ascii_lowercase();
        let folder = at(line, stop) == slash || stop == line.len() || at(line, stop) == b' ';
        if folder && text.len() >= 2 && !self.detector.site.services.contains(&text) {
            self.hit(name, stop, RuleId::AccountPath, Kind::Account);
        }
    }

    /// `api2hipath … -l jdoe -p Geheim!1 …` (formats-other-sources 5.5).
    fn command(&mut self, end: usize) {
        let line = self.line;
        let mut ix = end;
        while let Some(found) = memchr::memmem::find(&line[ix.min(line.len())..], b" -") {
            let flag = ix + found + 2;
            ix = flag;
            let (rule, kind) = match at(line, flag) {
                b'p' => (RuleId::PasswordCommand, Kind::Password),
                b'l' | b'u' | b'U' => (RuleId::AccountCommand, Kind::Account),
                _ => continue,
            };
            if !matches!(at(line, flag + 1), b' ' | b'"' | b'\'') {
                continue;
            }
            let (start, stop) = value(line, blanks(line, flag + 1));
            // a command line does not end a value with a full stop or a bracket
            let stop = if at(line, start.wrapping_sub(1)) == b'"' {
                stop
            } else {
                end_of(line, start, |b| b != b' ' && b != b'"')
            };
            let service = kind == Kind::Account
                && self
                    .detector
                    .site
                    .services
                    .contains(&line[start..stop].to_ascii_lowercase());
            if stop > start && at(line, start) != b'-' && !service {
                self.hit(start, stop, rule, kind);
                self.figures = self.figures.max(stop);
            }
            ix = stop.max(flag);
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

fn account_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"._-\\$".contains(&b) || b >= 0x80
}

fn account_byte_of_path(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"._-".contains(&b) || b >= 0x80
}

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
