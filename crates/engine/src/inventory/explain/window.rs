//! A file in whole lines, as text, with the way back to the bytes of the file.

use std::borrow::Cow;

use gdpr4k_sources::amo;
use gdpr4k_sources::cdr::Boundary;
use gdpr4k_sources::lines::{MAX_LINE, decode};

/// How the bytes of a file are text.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    /// UTF-8 or Windows-1252 line by line; UTF-16 by its mark.
    Text,
    /// The same, and the DOS code page of captures.
    Amo,
    /// Call records: bytes as they are, by the table of their code page.
    Records(Boundary, Option<&'static [u8; 256]>),
}

/// How the text of a line stands in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// Byte for byte.
    Same,
    /// One byte for each character.
    Single,
    /// Two bytes for each unit of UTF-16.
    Wide,
}

/// One physical line: where its text is in [`Window::text`].
#[derive(Clone, Copy, Debug)]
pub(super) struct LineAt {
    /// 1-based number.
    pub(super) number: u64,
    /// First byte of its text.
    pub(super) start: usize,
    /// End of its text, without the line end.
    pub(super) end: usize,
    pub(super) how: How,
}

/// Some whole lines.
#[derive(Debug, Default)]
pub(super) struct Window {
    /// What the reader gets.
    pub(super) fed: Vec<u8>,
    /// The same as text, where that is something else (a translated code page).
    translated: Option<Vec<u8>>,
    pub(super) lines: Vec<LineAt>,
}

impl Window {
    pub(super) fn text(&self) -> &[u8] {
        self.translated.as_deref().unwrap_or(&self.fed)
    }

    /// The line that a place of the text is in.
    pub(super) fn line_of(&self, at: usize) -> Option<&LineAt> {
        let after = self.lines.partition_point(|l| l.start <= at);
        let line = self.lines.get(after.checked_sub(1)?)?;
        (at <= line.end).then_some(line)
    }

    /// The index of a line by its number.
    pub(super) fn index_of(&self, number: u64) -> Option<usize> {
        let first = self.lines.first()?.number;
        let ix = usize::try_from(number.checked_sub(first)?).ok()?;
        (ix < self.lines.len()).then_some(ix)
    }

    /// Where in the fed bytes a slice lies, if it is a part of them.
    pub(super) fn offset_of(&self, bytes: &[u8]) -> Option<usize> {
        let from = bytes
            .as_ptr()
            .addr()
            .checked_sub(self.fed.as_ptr().addr())?;
        (from + bytes.len() <= self.fed.len()).then_some(from)
    }

    /// Bytes of the file that this part of the text of a line takes.
    pub(super) fn width(&self, line: &LineAt, from: usize, to: usize) -> usize {
        width(line.how, &self.text()[from..to])
    }
}

/// Bytes of the file that a text takes.
pub(super) fn width(how: How, text: &[u8]) -> usize {
    match how {
        How::Same => text.len(),
        How::Single | How::Wide => String::from_utf8_lossy(text)
            .chars()
            .map(|c| match (how, c) {
                (How::Wide, c) => 2 * c.len_utf16(),
                // a mark at the start of a line that is not UTF-8
                (_, '\u{feff}') => 3,
                _ => 1,
            })
            .sum(),
    }
}

/// Cuts blocks into windows of whole lines.
#[derive(Debug)]
pub(super) struct Cutter {
    form: Form,
    rest: Vec<u8>,
    /// Lines so far.
    lines: u64,
    /// Bytes so far that are in no window's rest.
    begun: bool,
    /// Little or big end first, for UTF-16.
    wide: Option<bool>,
    /// Inside a line that is too long to be kept.
    skipping: bool,
}

impl Cutter {
    pub(super) const fn new(form: Form) -> Self {
        Self {
            form,
            rest: Vec::new(),
            lines: 0,
            begun: false,
            wide: None,
            skipping: false,
        }
    }

    /// The whole lines so far; `last`: nothing follows.
    pub(super) fn cut(&mut self, block: &[u8], last: bool) -> Window {
        self.rest.extend_from_slice(block);
        let mut window = Window::default();
        if !self.begun && (self.rest.len() >= 2 || last) {
            self.begun = true;
            if matches!(self.form, Form::Text) {
                self.wide = match self.rest.as_slice() {
                    [0xff, 0xfe, ..] => Some(true),
                    [0xfe, 0xff, ..] => Some(false),
                    _ => None,
                };
            }
        }
        let rest = std::mem::take(&mut self.rest);
        let mut at = 0;
        while let Some((end, next)) = self.line_end(&rest, at, last) {
            self.line(&rest[at..end], &rest[end..next], &mut window);
            at = next;
        }
        if rest.len() - at > 2 * MAX_LINE {
            // its reader rejects it, and nothing of it is a hit
            window.fed.extend_from_slice(&rest[at..]);
            self.skipping = true;
            at = rest.len();
        }
        self.rest = rest[at..].to_vec();
        if let Form::Records(_, Some(table)) = self.form {
            let text = window.fed.iter().map(|b| table[usize::from(*b)]);
            window.translated = Some(text.collect());
        }
        window
    }

    /// The end of the line that starts at a place, and the start of the next one.
    fn line_end(&self, bytes: &[u8], from: usize, last: bool) -> Option<(usize, usize)> {
        let rest = &bytes[from..];
        if rest.is_empty() {
            return None;
        }
        let all = (bytes.len(), bytes.len());
        match (self.form, self.wide) {
            (Form::Records(Boundary::After(byte), _), _) => match memchr::memchr(byte, rest) {
                Some(end) => Some((from + end, from + end + 1)),
                None => last.then_some(all),
            },
            (Form::Records(Boundary::Multiple(n), _), _) => {
                if rest.len() >= n.max(1) {
                    Some((from + n.max(1), from + n.max(1)))
                } else {
                    last.then_some(all)
                }
            }
            (Form::Records(Boundary::Nowhere, _), _) => last.then_some(all),
            (_, Some(little)) => {
                let unit = |at: usize| {
                    let pair = [*bytes.get(at)?, *bytes.get(at + 1)?];
                    Some(if little {
                        u16::from_le_bytes(pair)
                    } else {
                        u16::from_be_bytes(pair)
                    })
                };
                let ends = (from..bytes.len()).step_by(2);
                let mut ends = ends.filter(|at| matches!(unit(*at), Some(0x0a | 0x0d)));
                match ends.next() {
                    Some(end) if unit(end) == Some(0x0a) => Some((end, end + 2)),
                    Some(end) => match unit(end + 2) {
                        Some(0x0a) => Some((end, end + 4)),
                        None if !last => None,
                        _ => Some((end, end + 2)),
                    },
                    None => last.then_some(all),
                }
            }
            (_, None) => match memchr::memchr2(b'\n', b'\r', rest) {
                Some(end) if rest[end] == b'\n' => Some((from + end, from + end + 1)),
                Some(end) => match rest.get(end + 1) {
                    Some(b'\n') => Some((from + end, from + end + 2)),
                    None if !last => None,
                    _ => Some((from + end, from + end + 1)),
                },
                None => last.then_some(all),
            },
        }
    }

    fn line(&mut self, bytes: &[u8], line_end: &[u8], window: &mut Window) {
        self.lines += 1;
        if std::mem::take(&mut self.skipping) {
            window.fed.extend_from_slice(bytes);
            window.fed.extend_from_slice(line_end);
            return;
        }
        let start = window.fed.len();
        let how = match (self.form, self.wide) {
            (Form::Records(..), _) => {
                window.fed.extend_from_slice(bytes);
                How::Same
            }
            (_, Some(little)) => {
                window.fed.extend_from_slice(wide(bytes, little).as_bytes());
                How::Wide
            }
            _ if std::str::from_utf8(bytes).is_ok() => {
                window.fed.extend_from_slice(bytes);
                How::Same
            }
            (form, None) => {
                let (mark, rest) = match bytes.strip_prefix(b"\xef\xbb\xbf") {
                    Some(rest) => (&bytes[..3], rest),
                    None => (&bytes[..0], bytes),
                };
                window.fed.extend_from_slice(mark);
                let text: Cow<'_, str> = match form {
                    Form::Amo => amo::text(rest),
                    _ => decode(rest),
                };
                window.fed.extend_from_slice(text.as_bytes());
                How::Single
            }
        };
        let end = window.fed.len();
        match self.wide {
            Some(_) if !line_end.is_empty() => window.fed.push(b'\n'),
            Some(_) => {}
            None => window.fed.extend_from_slice(line_end),
        }
        window.lines.push(LineAt {
            number: self.lines,
            start,
            end,
            how,
        });
    }
}

/// UTF-16 as text; a mark at the start stays in it, so that columns count from the start of the file.
fn wide(bytes: &[u8], little: bool) -> String {
    let units = bytes.chunks_exact(2).map(|pair| {
        let pair = [pair[0], pair[1]];
        if little {
            u16::from_le_bytes(pair)
        } else {
            u16::from_be_bytes(pair)
        }
    });
    char::decode_utf16(units)
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Line number, text, and column in the file of every `x`.
    fn lines(form: Form, blocks: &[&[u8]]) -> Vec<(u64, String, Vec<usize>)> {
        let mut cutter = Cutter::new(form);
        let mut out = Vec::new();
        for (i, block) in blocks.iter().enumerate() {
            let window = cutter.cut(block, i + 1 == blocks.len());
            for line in &window.lines {
                let text = &window.text()[line.start..line.end];
                let columns = text
                    .iter()
                    .enumerate()
                    .filter(|(_, b)| **b == b'x')
                    .map(|(i, _)| window.width(line, line.start, line.start + i) + 1);
                let columns = columns.collect();
                out.push((
                    line.number,
                    String::from_utf8_lossy(text).into_owned(),
                    columns,
                ));
            }
        }
        out
    }

    #[test]
    fn columns_are_those_of_the_file_in_every_code() {
        let want = |columns: [usize; 2]| {
            vec![
                (1, "äx".to_owned(), vec![columns[0]]),
                (2, "b €x".to_owned(), vec![columns[1]]),
            ]
        };
        let utf8 = "äx\r\nb €x".as_bytes();
        assert_eq!(lines(Form::Text, &[utf8]), want([3, 6]));
        assert_eq!(lines(Form::Text, &[&utf8[..4], &utf8[4..]]), want([3, 6]));
        assert_eq!(lines(Form::Text, &[b"\xe4x\nb \x80x\n"]), want([2, 4]));
        let units: Vec<u8> = "\u{feff}äx\nb €x"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let wide = lines(Form::Text, &[&units[..7], &units[7..]]);
        assert_eq!(wide[0].2, [5]);
        assert_eq!(wide[1], (2, "b €x".to_owned(), vec![7]));
        assert_eq!(
            lines(Form::Amo, &[b"M\x81llerx\n"]),
            [(1, "Müllerx".to_owned(), vec![7])]
        );
    }

    #[test]
    fn records_of_a_length_and_lines_without_end_are_lines() {
        let multiple = Form::Records(Boundary::Multiple(3), None);
        let found = lines(multiple, &[b"abxcd", b"xe"]);
        let texts: Vec<&str> = found.iter().map(|l| l.1.as_str()).collect();
        assert_eq!(texts, ["abx", "cdx", "e"]);
        let mut cutter = Cutter::new(Form::Text);
        let long = vec![b'y'; 3 * MAX_LINE];
        assert!(cutter.cut(&long, false).lines.is_empty());
        assert!(cutter.rest.is_empty());
        let window = cutter.cut(b"end\nnext\n", true);
        assert_eq!(window.lines.len(), 1);
        assert_eq!(window.lines[0].number, 2);
    }
}
