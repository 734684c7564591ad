//! A file that is no text, whatever its source says: every line of it is rejected.

use gdpr4k_model::Finding;
use gdpr4k_model::finding::Arg;

use crate::lines::{Line, Lines, MAX_LINE};
use crate::record::{Account, Reader, Sink};

/// Takes the lines of a file that cannot be read, so that none of them counts as a record.
#[derive(Debug, Default)]
pub struct UnreadableLines {
    lines: Lines,
    account: Account,
}

impl UnreadableLines {
    fn line(account: &mut Account, line: &Line<'_>, sink: &mut dyn Sink) {
        account.lines += 1;
        if line.bytes.iter().all(u8::is_ascii_whitespace) {
            account.noise += 1;
            return;
        }
        account.rejected += 1;
        let finding = if line.too_long {
            Finding::new("G4K-301").with("limit", MAX_LINE)
        } else {
            let shape = format!("{} bytes", line.bytes.len());
            Finding::new("G4K-616").with("shape", Arg::declared(shape))
        };
        sink.finding(finding.at(line.number));
    }
}

impl Reader for UnreadableLines {
    fn feed(&mut self, block: &[u8], sink: &mut dyn Sink) {
        let Self { lines, account } = self;
        lines.feed(block, |line| Self::line(account, &line, sink));
    }

    fn finish(&mut self, growing: bool, sink: &mut dyn Sink) -> Account {
        let Self { lines, account } = self;
        lines.finish(|line| {
            if growing {
                account.lines += 1;
                account.pending += 1;
            } else {
                Self::line(account, &line, sink);
            }
        });
        *account
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Given;

    #[test]
    fn no_line_is_a_record() {
        let given = Given::read(UnreadableLines::default(), b"\x00\x01\n\n\xff\xd8\xff");
        let account = given.account;
        assert_eq!((account.lines, account.noise, account.rejected), (3, 1, 2));
        assert_eq!(given.codes(), [("G4K-616", Some(1)), ("G4K-616", Some(3))]);
        let growing = Given::read_in_blocks(UnreadableLines::default(), b"\x00", 1, true);
        assert_eq!((growing.account.lines, growing.account.pending), (1, 1));
    }
}
