//! What free text says by its form alone: accounts, IP addresses, passwords on a command line.

use std::borrow::Cow;
use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;
use std::sync::LazyLock;

use gdpr4k_model::Finding;
use gdpr4k_model::catalogue::{ClusterIx, ElementIx};
use regex::Regex;

use crate::knowledge::{Log, TableKnowledge};
use crate::record::{Sink, Value};

/// The password stands behind `-p` (formats-other-sources 5.5).
static COMMAND: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?i)api2hipath(?:\.exe)?["']?\s(?:[^\n]*?\s)?-p\s*("[^"\n]*"|\S+)"#).ok()
});
/// `for jdoe from 192.0.2.1`, `for user jdoe`, `invalid user jdoe`.
static SENTENCE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\bfor (?:(?:invalid|illegal) )?(?:user )?([\w.@\\-]+) from\b|\b(?:for|invalid|illegal) user ([\w.@\\-]+)|\bby ([\w.@\\-]+)\(uid=",
    )
    .ok()
});

/// What stands in for a password, in memory and, after a run of retention, in the file.
pub(crate) const MASK: &str = "***";

/// Looks through messages; counts what becomes a finding at the end of the file.
pub(crate) struct FreeText<'k> {
    log: &'k Log,
    user_keys: &'k [String],
    services: HashSet<String>,
    login: Option<Regex>,
    error: Option<Regex>,
    pub(crate) secrets: Tally,
    pub(crate) loose: Tally,
    pub(crate) timeless: Tally,
}

/// A count with the first line.
#[derive(Default)]
pub(crate) struct Tally {
    count: u64,
    first: u64,
}

impl Tally {
    pub(crate) const fn add(&mut self, line: u64) {
        if self.count == 0 {
            self.first = line;
        }
        self.count += 1;
    }

    /// One finding for all lines, with the limit that they break.
    pub(crate) fn report_limit(&self, code: &'static str, limit: usize, sink: &mut dyn Sink) {
        if self.count > 0 {
            let finding = Finding::new(code).at(self.first);
            sink.finding(finding.with("count", self.count).with("limit", limit));
        }
    }

    /// One finding for all lines.
    pub(crate) fn report(&self, code: &'static str, sink: &mut dyn Sink) {
        if self.count > 0 {
            let finding = Finding::new(code).at(self.first);
            sink.finding(finding.with("count", self.count).with("first", self.first));
        }
    }
}

impl<'k> FreeText<'k> {
    /// `services`: accounts of the site that are no person.
    pub(crate) fn new(knowledge: &'k TableKnowledge, services: &[String]) -> Self {
        let words = |list: &[String]| {
            let words: Vec<String> = list.iter().map(|w| regex::escape(w)).collect();
            Regex::new(&format!("(?i){}", words.join("|"))).ok()
        };
        Self {
            log: &knowledge.log,
            user_keys: &knowledge.user_keys,
            services: services.iter().map(|s| s.to_lowercase()).collect(),
            login: words(&knowledge.log.login_words),
            error: words(&knowledge.log.error_words),
            secrets: Tally::default(),
            loose: Tally::default(),
            timeless: Tally::default(),
        }
    }

    /// Takes passwords out of a text: the text with [`MASK`] in their place, and where they stood.
    pub(crate) fn without_secrets<'a>(
        &mut self,
        line: u64,
        text: &'a str,
    ) -> (Cow<'a, str>, Vec<Range<usize>>) {
        let mut secrets = Vec::new();
        let Some(command) = COMMAND.as_ref() else {
            return (Cow::Borrowed(text), secrets);
        };
        let mut masked = String::new();
        let mut done = 0;
        let found = command.captures_iter(text).filter_map(|c| c.get(1));
        // a mask stands where a password was
        for found in found.filter(|f| f.as_str() != MASK) {
            masked.push_str(&text[done..found.start()]);
            masked.push_str(MASK);
            done = found.end();
            secrets.push(found.range());
        }
        if secrets.is_empty() {
            return (Cow::Borrowed(text), secrets);
        }
        self.secrets.add(line);
        masked.push_str(&text[done..]);
        (Cow::Owned(masked), secrets)
    }

    /// A password, for presence only.
    pub(crate) fn secret<'a>(&self, text: &'a str) -> Value<'a> {
        Value::new(self.log.password, text.as_bytes())
    }

    /// An account: a person's, or one that the site lists as a service.
    pub(crate) fn account<'a>(&self, name: &'a str) -> Value<'a> {
        Value::new(self.account_element(name, self.log.user), name.as_bytes())
    }

    /// The element of an account: `personal`, unless the site lists it as a service.
    pub(crate) fn account_element(&self, name: &str, personal: ElementIx) -> ElementIx {
        if self.services.contains(&name.to_lowercase()) {
            self.log.service
        } else {
            personal
        }
    }

    /// Accounts and addresses in a text. Each one is reported once per text.
    pub(crate) fn values<'a>(&self, text: &'a str, values: &mut Vec<Value<'a>>) {
        let mut names: Vec<&str> = Vec::new();
        if text.contains('=') {
            self.pairs(text, &mut names);
        }
        if let Some(sentence) = SENTENCE.as_ref() {
            for found in sentence.captures_iter(text) {
                let name = (1..4).find_map(|i| found.get(i));
                names.extend(
                    name.map(|n| n.as_str().trim_end_matches('.'))
                        .filter(|n| !n.is_empty()),
                );
            }
        }
        names.sort_unstable();
        names.dedup();
        values.extend(names.into_iter().map(|n| self.account(n)));
        values.extend(
            addresses(text)
                .into_iter()
                .map(|a| Value::new(self.log.ip, a.as_bytes())),
        );
    }

    /// `user=jdoe`, `user="j doe"`.
    fn pairs<'a>(&self, text: &'a str, names: &mut Vec<&'a str>) {
        for (at, _) in text.match_indices('=') {
            let key_start = text[..at]
                .rfind(|c: char| !(c.is_alphanumeric() || c == '_'))
                .map_or(0, |i| {
                    i + text[i..].chars().next().map_or(1, char::len_utf8)
                });
            let key = &text[key_start..at];
            if !self.user_keys.iter().any(|k| k.eq_ignore_ascii_case(key)) {
                continue;
            }
            let rest = &text[at + 1..];
            let value = match rest.strip_prefix('"') {
                Some(quoted) => quoted.split('"').next(),
                None => rest
                    .split([' ', ',', ';', ')', ']', '\t', '"', '\n'])
                    .next(),
            };
            names.extend(value.map(str::trim).filter(|v| !v.is_empty() && *v != "-"));
        }
    }

    /// Which log a message belongs to: sessions, errors, or activities.
    pub(crate) fn cluster(&self, message: &str, is_error: bool) -> ClusterIx {
        if self.login.as_ref().is_some_and(|w| w.is_match(message)) {
            self.log.login
        } else if is_error {
            self.log.error
        } else {
            self.log.activity
        }
    }

    /// Whether a level or a message names an error.
    pub(crate) fn is_error(&self, text: &str) -> bool {
        self.error.as_ref().is_some_and(|w| w.is_match(text))
    }

    /// Reports what was counted.
    pub(crate) fn report(&self, sink: &mut dyn Sink) {
        self.secrets.report("G4K-331", sink);
        self.timeless.report("G4K-323", sink);
        self.loose.report("G4K-330", sink);
    }
}

/// IP addresses in a text, each once.
pub(crate) fn addresses(text: &str) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    let part = |c: char| !(c.is_ascii_hexdigit() || c == ':' || c == '.');
    for token in text.split(part) {
        if token.len() < 3 || !token.contains(['.', ':']) {
            continue;
        }
        let token = token.trim_matches('.');
        let host = if token.matches(':').count() == 1 {
            // an address with a port
            token.split(':').next().unwrap_or(token)
        } else {
            token
        };
        let is_address = host.parse::<Ipv4Addr>().is_ok()
            || host.parse::<Ipv6Addr>().is_ok_and(|a| !a.is_unspecified());
        if is_address && !found.contains(&host) && found.len() < 64 {
            found.push(host);
        }
    }
    found
}

/// Whether a whole text is an IP address.
pub(crate) fn is_address(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{CATALOGUE, KNOWLEDGE};

    fn found(text: &str) -> Vec<(String, String)> {
        let free = FreeText::new(&KNOWLEDGE, &["engr".to_owned()]);
        let mut values = Vec::new();
        free.values(text, &mut values);
        let show = |v: &Value<'_>| {
            let id = CATALOGUE
                .element_entry(v.element)
                .id
                .trim_start_matches("O4K-FLD-LOG-")
                .to_owned();
            (id, String::from_utf8_lossy(v.text).into_owned())
        };
        values.iter().map(show).collect()
    }

    #[test]
    fn accounts_and_addresses_are_found_in_sentences_and_pairs() {
        let is = |text: &str, want: &[(&str, &str)]| {
            let want: Vec<_> = want
                .iter()
                .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
                .collect();
            assert_eq!(found(text), want);
        };
        is(
            "Accepted password for jdoe from 10.20.30.9 port 51514 ssh2",
            &[("USER", "jdoe"), ("IP", "10.20.30.9")],
        );
        is(
            "Failed password for invalid user jdoe from 2001:db8::7 port 1",
            &[("USER", "jdoe"), ("IP", "2001:db8::7")],
        );
        is(
            "auth failure; ruser=jdoe user=\"j doe\" rhost=192.0.2.9:22.",
            &[("USER", "j doe"), ("USER", "jdoe"), ("IP", "192.0.2.9")],
        );
        is(
            "session opened for user engr by (uid=0) at 08:14:09",
            &[("SERVICE", "engr")],
        );
        is("release 10.2 build 3.1.4", &[]);
    }

    #[test]
    fn a_password_on_a_command_line_is_taken_out() {
        let mut free = FreeText::new(&KNOWLEDGE, &[]);
        let text =
            r#"cmd "C:\x\api2hipath.exe" -l xieapi -p Geheim1! -h 192.0.2.5 -o PORT out.csv"#;
        let (masked, secrets) = free.without_secrets(7, text);
        let secrets: Vec<&str> = secrets.iter().map(|r| &text[r.clone()]).collect();
        assert_eq!(secrets, ["Geheim1!"]);
        assert!(free.without_secrets(8, &masked).1.is_empty());
        assert!(!masked.contains("Geheim1!") && masked.contains("-p *** -h"));
        assert!(
            free.without_secrets(8, "api2hipath -l xieapi -h host")
                .1
                .is_empty()
        );
    }
}
