//! A text file under construction: every line goes into its account when it is written.

use chrono::{NaiveDate, NaiveDateTime};

use crate::DemoFile;
use crate::names::windows_1252;
use crate::number::Party;
use crate::told::Told;
use crate::truth::{Book, COUNTED, Counts, Element, FileTruth, Span};

/// How the text becomes bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Windows-1252 with CR LF: the switch, `api2hipath`.
    Windows,
    /// UTF-8 with LF.
    Unix,
}

/// One file of a declared source.
#[derive(Debug)]
pub(crate) struct Doc {
    text: String,
    form: Form,
    pub(crate) truth: FileTruth,
    pub(crate) counts: Counts,
}

impl Doc {
    pub(crate) fn new(path: impl Into<String>, kind: &'static str, form: Form) -> Self {
        let truth = FileTruth {
            path: path.into(),
            kind,
            ..FileTruth::default()
        };
        Self {
            text: String::new(),
            form,
            truth,
            counts: [0; COUNTED],
        }
    }

    pub(crate) fn path(&self) -> String {
        self.truth.path.clone()
    }

    /// Number of the line written last.
    pub(crate) fn line(&self) -> Option<u64> {
        self.truth.lines
    }

    /// Number of the first line that holds a text.
    pub(crate) fn line_of(&self, text: &str) -> Option<u64> {
        self.text
            .lines()
            .position(|l| l.contains(text))
            .map(|at| at as u64 + 1)
    }

    fn push(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push_str(if self.form == Form::Windows {
            "\r\n"
        } else {
            "\n"
        });
        self.truth.add_line();
    }

    pub(crate) fn record(&mut self, line: &str) {
        self.push(line);
        self.truth.records += 1;
    }

    /// A record with a day.
    pub(crate) fn dated(&mut self, day: NaiveDate, line: &str) {
        self.record(line);
        self.day(day);
    }

    pub(crate) fn day(&mut self, day: NaiveDate) {
        self.truth.oldest = Some(self.truth.oldest.map_or(day, |d| d.min(day)));
        self.truth.newest = Some(self.truth.newest.map_or(day, |d| d.max(day)));
    }

    /// A record of text, with the people in it.
    pub(crate) fn told(&mut self, book: &mut Book, day: Option<NaiveDate>, told: &Told) {
        self.record(&told.text);
        if let Some(day) = day {
            self.day(day);
        }
        self.note(book, told);
    }

    /// Counts what the line written last tells, and notes where it stands.
    pub(crate) fn note(&mut self, book: &mut Book, told: &Told) {
        told.count(book, &mut self.counts);
        let spans = match self.form {
            Form::Windows => told.spans(|_| 1),
            Form::Unix => told.spans(char::len_utf8),
        };
        let line = self.line().unwrap_or(0);
        let path = self.path();
        for (kind, start, end) in spans {
            book.spans.push(Span {
                path: path.clone(),
                line,
                start,
                end,
                kind,
            });
        }
    }

    pub(crate) fn more(&mut self, line: &str) {
        self.push(line);
        self.truth.continuation += 1;
    }

    pub(crate) fn noise(&mut self, line: &str) {
        self.push(line);
        self.truth.noise += 1;
    }

    /// A command on one line, or on several of at most `width` characters, broken after commas outside quotes.
    pub(crate) fn command(&mut self, command: &str, width: Option<usize>) {
        let Some(width) = width else {
            self.record(command);
            return;
        };
        let (mut start, mut comma, mut quoted, mut first) = (0, None, false, true);
        for (at, c) in command.char_indices() {
            if at - start >= width
                && let Some(end) = comma.take()
            {
                let part = &command[start..end];
                if first {
                    self.record(part)
                } else {
                    self.more(part)
                }
                (first, start) = (false, end);
            }
            match c {
                '"' => quoted = !quoted,
                ',' if !quoted => comma = Some(at + 1),
                _ => {}
            }
        }
        let part = &command[start..];
        if first {
            self.record(part)
        } else {
            self.more(part)
        }
    }

    pub(crate) fn text(&mut self, book: &mut Book, element: Element, value: &str) {
        book.text(&mut self.counts, element, value);
    }

    pub(crate) fn party(&mut self, book: &mut Book, element: Element, party: Party) {
        book.party(&mut self.counts, element, party);
    }

    pub(crate) fn secret(&mut self, element: Element) {
        Book::secret(&mut self.counts, element);
    }

    /// The finished member of an archive, with its name there; its account goes into the book.
    pub(crate) fn member(self, book: &mut Book) -> (String, Vec<u8>) {
        let name = self.truth.path.rsplit("!/").next().unwrap_or_default();
        let member = (name.to_owned(), self.text.into_bytes());
        book.file(self.truth, &self.counts, member.1.len());
        member
    }

    /// The finished file; its account goes into the book.
    pub(crate) fn close(self, book: &mut Book, modified: NaiveDateTime) -> DemoFile {
        let bytes = match self.form {
            Form::Windows => windows_1252(&self.text),
            Form::Unix => self.text.into_bytes(),
        };
        let path = self.truth.path.clone();
        book.file(self.truth, &self.counts, bytes.len());
        DemoFile {
            path,
            bytes,
            modified,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrapped_command_is_one_record() {
        let mut doc = Doc::new("x", "amo-regen", Form::Unix);
        doc.command("ADD-X:AAAA,\"B,B\",CCCC,DDDD;", Some(8));
        assert_eq!(doc.text, "ADD-X:AAAA,\n\"B,B\",\nCCCC,\nDDDD;\n");
        assert_eq!(
            (doc.truth.records, doc.truth.continuation, doc.truth.lines),
            (1, 3, Some(4))
        );
    }
}
