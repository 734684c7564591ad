//! Accounts: behind a word, in a folder, on a command line, or known to the site.

use super::bytes::{at, before, blanks, end_of, follows, is_letter, start_of, value, word_from};
use super::values::{Link, word_before};
use super::words::Word;
use super::{Kind, RuleId, Scan};

impl Scan<'_, '_> {
    /// `user=jdoe`, `Benutzer jdoe`, `user 'jdoe'`.
    pub(super) fn account_value(&mut self, from: usize, link: Link, cue: usize) {
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
            if before(line, cue) == b'/' {
                self.password_of_net_use(end);
            }
        }
    }

    /// `net use Z: \\\\server\\share /user:WERK\\jdoe Geheim!1`: the password stands behind the account.
    fn password_of_net_use(&mut self, end: usize) {
        let line = self.line;
        if at(line, end) != b' ' || memchr::memmem::find(&line[..end], b"net use").is_none() {
            return;
        }
        let (start, stop) = value(line, end + 1);
        if stop > start && at(line, start) != b'/' {
            self.hit(start, stop, RuleId::PasswordCommand, Kind::Password);
            self.figures = self.figures.max(stop);
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
            || b" ([".contains(&at(line, end)) && b"([".contains(&at(line, end + 1))
    }

    /// `password for jdoe from`, `sudo: jdoe :`, `by jdoe(uid=0)`, `uid=jdoe,ou=`.
    pub(super) fn account_for(&mut self, start: usize, end: usize) -> bool {
        let line = self.line;
        if line[start..end].eq_ignore_ascii_case(b"uid") {
            let from = match (before(line, start), at(line, end)) {
                (b'(', b'=') => start_of(line, start - 1, account_byte),
                (_, b'=') if is_letter(at(line, end + 1)) => end + 1,
                _ => return false,
            };
            return self.plain_account(from);
        }
        if line[start..end].eq_ignore_ascii_case(b"sudo") {
            let from = blanks(line, end_of(line, end, |b| b != b':' && b != b' ') + 1);
            let stop = end_of(line, from, account_byte);
            return follows(line, stop, " : ") && self.plain_account(from);
        }
        if !follows(line, end, " for ") {
            return false;
        }
        let mut from = end + 5;
        for more in ["invalid user ", "illegal user ", "user "] {
            if follows(line, from, more) {
                from += more.len();
            }
        }
        let stop = end_of(line, from, account_byte);
        (follows(line, stop, " from ") || stop == line.len()) && self.plain_account(from)
    }

    /// An account that nothing but its place speaks for.
    fn plain_account(&mut self, from: usize) -> bool {
        let line = self.line;
        let mut stop = end_of(line, from, account_byte);
        while stop > from && b".-".contains(&line[stop - 1]) {
            stop -= 1;
        }
        let text = line[from..stop].to_ascii_lowercase();
        let site = &self.detector.site;
        let letters = text.iter().any(|b| is_letter(*b));
        if text.len() < 2 || !letters || site.services.contains(&text) || site.stop.contains(&text)
        {
            return false;
        }
        self.hit(from, stop, RuleId::AccountSentence, Kind::Account);
        true
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
    pub(super) fn home_of(&mut self, start: usize, end: usize) {
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
    pub(super) fn command(&mut self, end: usize) {
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
            let login = line[start..stop].iter().position(|b| *b == b':');
            if let Some(colon) = login.filter(|_| at(line, flag) == b'u') {
                // curl takes both in one word
                let colon = start + colon;
                self.hit(start, colon, RuleId::AccountCommand, Kind::Account);
                self.hit(colon + 1, stop, RuleId::PasswordCommand, Kind::Password);
                self.figures = self.figures.max(stop);
            } else if stop > start && at(line, start) != b'-' && !service {
                self.hit(start, stop, rule, kind);
                self.figures = self.figures.max(stop);
            }
            ix = stop.max(flag);
        }
    }
}

fn account_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"._-\\$".contains(&b) || b >= 0x80
}

fn account_byte_of_path(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"._-".contains(&b) || b >= 0x80
}
