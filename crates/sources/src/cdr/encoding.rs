//! Code pages: the bytes of a record to UTF-8 text.

use std::borrow::Cow;

use super::tables;

/// The code page of a layout (formats-cdr.md 2.7 and 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// ASCII; other bytes are read as Windows-1252.
    Ascii,
    /// UTF-8; lines that are not valid are read as Windows-1252.
    Utf8,
    /// ISO 8859-1.
    Latin1,
    /// Windows-1252.
    Windows1252,
    /// DOS, United States.
    Cp437,
    /// DOS, Western Europe.
    Cp850,
    /// EBCDIC, United States.
    Ebcdic037,
    /// EBCDIC, Germany and Austria.
    Ebcdic273,
    /// EBCDIC, Germany and Austria with the euro sign.
    Ebcdic1141,
    /// EBCDIC 273 or ASCII, by the first bytes (DP-system link, formats-cdr.md 2.4).
    Auto,
}

impl Encoding {
    pub(super) const NAMES: &'static [(&'static str, Self)] = &[
        ("ascii", Self::Ascii),
        ("utf-8", Self::Utf8),
        ("latin1", Self::Latin1),
        ("windows-1252", Self::Windows1252),
        ("cp437", Self::Cp437),
        ("cp850", Self::Cp850),
        ("ebcdic-037", Self::Ebcdic037),
        ("ebcdic-273", Self::Ebcdic273),
        ("ebcdic-1141", Self::Ebcdic1141),
        ("auto", Self::Auto),
    ];

    /// Whether the code page does not depend on the file.
    pub(super) fn settled(self) -> bool {
        self != Self::Auto
    }

    /// The code page for this file: `Auto` becomes one of the others.
    pub(super) fn settle(self, sample: &[u8]) -> Self {
        if self != Self::Auto {
            return self;
        }
        // digits and blanks make up most of a call record in either code
        let (mut ascii, mut ebcdic) = (0usize, 0usize);
        for b in sample {
            match b {
                b'0'..=b'9' | b' ' => ascii += 1,
                0xf0..=0xf9 | 0x40 => ebcdic += 1,
                _ => {}
            }
        }
        if ebcdic > ascii {
            Self::Ebcdic273
        } else {
            Self::Ascii
        }
    }

    /// Table to the bytes that the reader works with (Windows-1252), for EBCDIC.
    pub(super) const fn table(self) -> Option<&'static [u8; 256]> {
        match self {
            Self::Ebcdic037 => Some(&tables::EBCDIC_037),
            Self::Ebcdic273 => Some(&tables::EBCDIC_273),
            Self::Ebcdic1141 => Some(&tables::EBCDIC_1141),
            _ => None,
        }
    }

    /// UTF-8 text of bytes (after [`Self::table`]) and whether all of them belong to the code page.
    pub(super) fn decode(self, bytes: &[u8]) -> (Cow<'_, str>, bool) {
        if bytes.is_ascii() {
            return (String::from_utf8_lossy(bytes), true);
        }
        match self {
            Self::Utf8 => match std::str::from_utf8(bytes) {
                Ok(text) => (Cow::Borrowed(text), true),
                Err(_) => (windows(bytes), false),
            },
            Self::Latin1 => (
                Cow::Owned(bytes.iter().map(|b| char::from(*b)).collect()),
                true,
            ),
            Self::Cp437 => (upper(bytes, tables::CP437), true),
            Self::Cp850 => (upper(bytes, tables::CP850), true),
            Self::Ascii | Self::Auto => (windows(bytes), false),
            Self::Windows1252 | Self::Ebcdic037 | Self::Ebcdic273 | Self::Ebcdic1141 => {
                (windows(bytes), true)
            }
        }
    }
}

fn windows(bytes: &[u8]) -> Cow<'_, str> {
    encoding_rs::WINDOWS_1252
        .decode_without_bom_handling(bytes)
        .0
}

fn upper(bytes: &[u8], page: &str) -> Cow<'static, str> {
    let page: Vec<char> = page.chars().collect();
    let one = |b: &u8| match b.checked_sub(0x80) {
        None => char::from(*b),
        Some(i) => page
            .get(usize::from(i))
            .copied()
            .unwrap_or(char::REPLACEMENT_CHARACTER),
    };
    Cow::Owned(bytes.iter().map(one).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_umlaut_is_an_umlaut_in_every_code_page() {
        for (page, bytes) in [
            (Encoding::Utf8, &b"J\xc3\xb6rg"[..]),
            (Encoding::Utf8, b"J\xf6rg"),
            (Encoding::Ascii, b"J\xf6rg"),
            (Encoding::Latin1, b"J\xf6rg"),
            (Encoding::Windows1252, b"J\xf6rg"),
            (Encoding::Cp437, b"J\x94rg"),
            (Encoding::Cp850, b"J\x94rg"),
        ] {
            assert_eq!(page.decode(bytes).0, "J\u{f6}rg", "{page:?}");
        }
        for (page, bytes) in [
            (Encoding::Ebcdic037, [0xd1u8, 0xcc, 0x99, 0x87]),
            (Encoding::Ebcdic273, [0xd1u8, 0x6a, 0x99, 0x87]),
            (Encoding::Ebcdic1141, [0xd1u8, 0x6a, 0x99, 0x87]),
        ] {
            let table = page.table().unwrap();
            let line: Vec<u8> = bytes.iter().map(|b| table[usize::from(*b)]).collect();
            assert_eq!(page.decode(&line).0, "J\u{f6}rg", "{page:?}");
        }
        assert_eq!(tables::CP437.chars().count(), 128);
        assert_eq!(tables::CP850.chars().count(), 128);
    }

    #[test]
    fn ebcdic_is_told_by_its_digits_and_blanks() {
        assert_eq!(Encoding::Auto.settle(b"AI0084 114711  "), Encoding::Ascii);
        assert_eq!(
            Encoding::Auto.settle(b"\xc1\xc9\xf0\xf0\xf8\xf4\x40\xf1"),
            Encoding::Ebcdic273
        );
        assert_eq!(Encoding::Cp850.settle(b"\xf0\xf0"), Encoding::Cp850);
    }
}
