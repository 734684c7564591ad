//! Text without a form: every line that is not blank is a record (notepads, text traces, members nobody knows).

use chrono::NaiveDate;
use gdpr4k_model::Finding;
use gdpr4k_model::catalogue::ElementIx;
use gdpr4k_model::finding::Arg;

use crate::knowledge::TableKnowledge;
use crate::lines::{Line, Lines, MAX_LINE, decode};
use crate::origin::Origin;
use crate::record::{Account, Reader, Record, Sink, Value};
use crate::table::Unicode;
use crate::when::When;

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
    text: ElementIx,
    when: When,
    /// Day of a line without a time: that of the file.
    day: Option<NaiveDate>,
    account: Account,
}

impl FreeLines {
    /// `day`: the day of the file, for lines without a time stamp of their own.
    pub fn new(knowledge: &TableKnowledge, text: Text, day: Option<NaiveDate>) -> Self {
        let core = Core {
            text: knowledge.texts.of(text).text,
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
        let day = self.leading_day(clean).or(self.day);
        sink.record(&Record {
            line: line.number,
            day,
            cluster: None,
            values: &[Value::new(self.text, clean.as_bytes())],
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
