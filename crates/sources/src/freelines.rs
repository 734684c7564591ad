//! Text without a form: every line that is not blank is a record (notepads, text traces, members nobody knows).

use std::sync::LazyLock;

use chrono::NaiveDate;
use gdpr4k_model::Finding;
use gdpr4k_model::catalogue::ElementIx;
use gdpr4k_model::finding::Arg;
use regex::{Match, Regex};

use crate::freetext::addresses;
use crate::knowledge::TableKnowledge;
use crate::lines::{Line, Lines, MAX_LINE, decode};
use crate::origin::Origin;
use crate::record::{Account, Reader, Record, Sink, Value};
use crate::table::Unicode;
use crate::when::When;

/// `sip:2504@192.0.2.7`, `tel:+4915550…`: the part that names somebody.
static URI: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:sips?|tel):(\+?[\w.!~*'()%&=$,;?/-]{1,64}?)(?:@|[;>\s]|$)").ok()
});
/// An outside number in international form.
static E164: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?:\+|\b00)[1-9]\d{7,14}\b").ok());

/// Numbers of a line that are reported.
const MAX_NUMBERS: usize = 64;

/// Which elements the parts of a text are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts {
    /// The line itself.
    pub(crate) text: ElementIx,
    /// An IP address in it.
    pub(crate) ip: ElementIx,
    /// A number in it, or the user of a SIP address.
    pub(crate) number: ElementIx,
}

/// What kind of text it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    /// A trace that is text.
    Trace,
    /// The notepad of an attendant console.
    Notepad,
    /// A member of an iDTB export that nobody knows.
    Idtb,
    /// A file of a directory application that is no table.
    DsWin,
}

/// Reads text line by line.
pub struct FreeLines {
    unicode: Unicode,
    lines: Lines,
    core: Core,
}

struct Core {
    parts: Parts,
    when: When,
    /// Day of a line without a time: that of the file.
    day: Option<NaiveDate>,
    account: Account,
}

impl FreeLines {
    /// `day`: the day of the file, for lines without a time stamp of their own.
    pub fn new(knowledge: &TableKnowledge, text: Text, day: Option<NaiveDate>) -> Self {
        let core = Core {
            parts: knowledge.texts.of(text),
            when: When::new(&knowledge.log.date_formats),
            day,
            account: Account::default(),
        };
        Self {
            unicode: Unicode::default(),
            lines: Lines::default(),
            core,
        }
    }
}

impl Reader for FreeLines {
    fn feed(&mut self, block: &[u8], sink: &mut dyn Sink) {
        let Self {
            unicode,
            lines,
            core,
        } = self;
        lines.feed(&unicode.block(block), |line| core.line(&line, sink));
    }

    fn finish(&mut self, growing: bool, sink: &mut dyn Sink) -> Account {
        let Self {
            unicode,
            lines,
            core,
        } = self;
        lines.feed(&unicode.rest(), |line| core.line(&line, sink));
        lines.finish(|line| {
            if growing {
                core.account.lines += 1;
                core.account.pending += 1;
            } else {
                core.line(&line, sink);
            }
        });
        core.account
    }
}

impl Core {
    fn line(&mut self, line: &Line<'_>, sink: &mut dyn Sink) {
        self.account.lines += 1;
        if line.too_long {
            self.account.rejected += 1;
            sink.damaged(line.number);
            let finding = Finding::new("G4K-301").at(line.number);
            sink.finding(finding.with("limit", MAX_LINE));
            return;
        }
        let text = decode(line.bytes);
        let clean = text.trim_matches(|c: char| c.is_whitespace() || c == '\0' || c == '\u{1a}');
        if clean.is_empty() {
            self.account.noise += 1;
            return;
        }
        if is_binary(line.bytes) {
            self.account.rejected += 1;
            sink.damaged(line.number);
            let finding = Finding::new("G4K-616").at(line.number);
            sink.finding(finding.with(
                "shape",
                Arg::declared(format!("{} bytes", line.bytes.len())),
            ));
            return;
        }
        self.account.records += 1;
        let mut values = vec![Value::new(self.parts.text, clean.as_bytes())];
        values.extend(
            addresses(clean)
                .into_iter()
                .map(|a| Value::new(self.parts.ip, a.as_bytes())),
        );
        values.extend(
            numbers(clean)
                .into_iter()
                .map(|n| Value::new(self.parts.number, n.as_bytes())),
        );
        let day = self.leading_day(clean).or(self.day);
        sink.record(&Record {
            line: line.number,
            day,
            cluster: None,
            values: &values,
            origin: Origin::line(line.number, &text),
        });
    }

    /// A time stamp at the start of a line: one or two words, with or without brackets.
    fn leading_day(&mut self, text: &str) -> Option<NaiveDate> {
        let text = text.trim_start_matches(['[', '<', '(']);
        let mut spaces = text.match_indices([' ', '\t']).map(|(i, _)| i);
        let one = spaces.next().unwrap_or(text.len());
        let two = spaces.next().unwrap_or(text.len());
        [two, one].iter().find_map(|at| {
            let stamp = text[..*at].split([']', '>', ')', ';', '|']).next()?;
            self.when
                .read(stamp.trim_end_matches([',', ':']))
                .map(|t| t.date())
        })
    }
}

/// Control characters that no text has.
pub(crate) fn is_binary(bytes: &[u8]) -> bool {
    let odd = bytes
        .iter()
        .filter(|b| **b < 9 || (14..32).contains(*b) && **b != 0x1b && **b != 0x1a)
        .count();
    odd * 10 > bytes.len()
}

/// Numbers and users in SIP and TEL addresses, and numbers in international form; each once.
fn numbers(text: &str) -> Vec<&str> {
    let mut found: Vec<Match<'_>> = Vec::new();
    let uris = URI
        .iter()
        .flat_map(|r| r.captures_iter(text))
        .filter_map(|c| c.get(1));
    // a host without a user in front is no person
    let uris = uris.filter(|u| u.as_str().parse::<std::net::IpAddr>().is_err());
    let plain = E164.iter().flat_map(|r| r.find_iter(text));
    for n in uris.chain(plain) {
        let known =
            |f: &Match<'_>| f.as_str() == n.as_str() || f.start() < n.end() && n.start() < f.end();
        if found.len() < MAX_NUMBERS && !found.iter().any(known) {
            found.push(n);
        }
    }
    found.iter().map(Match::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Given, KNOWLEDGE, fixture};
    use proptest::prelude::*;

    #[test]
    fn fixtures_are_read_as_they_were() {
        let day = NaiveDate::from_ymd_opt(2026, 11, 1);
        for file in ["basic", "dirty", "empty"] {
            let reader = FreeLines::new(&KNOWLEDGE, Text::Trace, day);
            let given = Given::read(reader, &fixture(&format!("trace/{file}.txt")));
            assert!(given.account.closes());
            insta::assert_snapshot!(format!("trace_{file}"), given.summary());
        }
        let reader = FreeLines::new(&KNOWLEDGE, Text::Notepad, day);
        let given = Given::read(reader, &fixture("ac-win/notepad.txt"));
        insta::assert_snapshot!("ac-win_notepad", given.summary());
    }

    #[test]
    fn addresses_name_a_number_or_a_user() {
        assert_eq!(
            numbers(
                "INVITE sip:2504@192.0.2.7:5060;user=phone From: <sip:+4915550123456@os4k.example>"
            ),
            ["2504", "+4915550123456"]
        );
        assert_eq!(
            numbers("tel:+4915550123456;x=1 and +4915550123456"),
            ["+4915550123456"]
        );
        assert_eq!(
            numbers("OPTIONS sip:192.0.2.7 2026-11-01 12:00:00.123456789"),
            Vec::<&str>::new()
        );
        assert_eq!(numbers("PEN 1-1-49-3 build 00123"), Vec::<&str>::new());
    }

    proptest! {
        #[test]
        fn any_bytes_are_accounted_for(
            bytes in proptest::collection::vec(any::<u8>(), 0..300), size in 1usize..50, growing: bool,
        ) {
            let reader = FreeLines::new(&KNOWLEDGE, Text::Trace, None);
            let given = Given::read_in_blocks(reader, &bytes, size, growing);
            prop_assert!(given.account.closes());
        }
    }
}
