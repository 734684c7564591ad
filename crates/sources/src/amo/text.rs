//! The text of a line: UTF-8, Windows-1252, or the DOS code page of German captures.

use std::borrow::Cow;

use crate::lines::decode;

/// Decides line by line and remembers what it has seen.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    /// Lines with characters outside ASCII.
    pub(crate) beyond_ascii: u64,
    /// Lines read as code page 850.
    pub(crate) code_page_850: u64,
}

/// Ä Ö Ü ä ö ü in code page 850; in Windows-1252 these bytes are rare signs or nothing.
const CP850: [(u8, char); 6] = [(0x8e, 'Ä'), (0x99, 'Ö'), (0x9a, 'Ü'), (0x84, 'ä'), (0x94, 'ö'), (0x81, 'ü')];

impl Decoder {
    /// The text of a line. No byte is lost.
    pub(crate) fn text<'a>(&mut self, bytes: &'a [u8]) -> Cow<'a, str> {
        let text = decode(bytes);
        if bytes.is_ascii() {
            return text;
        }
        self.beyond_ascii += 1;
        if matches!(text, Cow::Borrowed(_)) || !is_850(bytes) {
            return text;
        }
        self.code_page_850 += 1;
        let one = |b: &u8| match b {
            0xe1 => 'ß',
            b => CP850.iter().find(|(c, _)| c == b).map_or(*b as char, |(_, u)| *u),
        };
        Cow::Owned(bytes.iter().map(one).collect())
    }
}

/// An umlaut of code page 850 touches a letter, and no umlaut of Windows-1252 is there.
fn is_850(bytes: &[u8]) -> bool {
    let letter = |i: Option<usize>| i.and_then(|i| bytes.get(i)).is_some_and(u8::is_ascii_alphabetic);
    let umlaut = |b: &u8| CP850.iter().any(|(c, _)| c == b);
    !bytes.iter().any(|b| matches!(b, 0xc4 | 0xd6 | 0xdc | 0xe4 | 0xf6 | 0xfc))
        && bytes.iter().enumerate().any(|(i, b)| umlaut(b) && (letter(i.checked_sub(1)) || letter(Some(i + 1))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn umlauts_of_three_code_pages_are_one_text() {
        let mut d = Decoder::default();
        assert_eq!(d.text("Müller".as_bytes()), "Müller");
        assert_eq!(d.text(b"M\xfcller"), "Müller");
        assert_eq!(d.text(b"M\x81ller Stra\xe1e"), "Müller Straße");
        assert_eq!(d.text(b"\x8490\x94"), "„90”");
        assert_eq!((d.beyond_ascii, d.code_page_850), (4, 1));
    }
}
