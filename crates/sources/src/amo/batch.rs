//! The values and facts of one record while it is being read.

use std::borrow::Cow;

use chrono::NaiveDate;
use gdpr4k_model::catalogue::{ClusterIx, ElementIx};
use gdpr4k_model::number::Access;

use crate::origin::Origin;
use crate::record::{Record, Sink, Value};

/// Values of the record that is being read; their bytes lie in one buffer that is used again.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    bytes: Vec<u8>,
    items: Vec<Item>,
    /// Names and texts are read as 7-bit German (ISO 646-DE).
    pub(crate) seven_bit: bool,
    /// Names that were read so.
    pub(crate) seven_bit_names: u64,
    /// Values of the file whose meaning is not proven.
    pub(crate) unverified: u64,
}

#[derive(Clone, Copy, Debug)]
struct Item {
    element: ElementIx,
    end: usize,
    access: Access,
    unverified: bool,
}

impl Batch {
    /// Adds a value; an empty one is none.
    pub(crate) fn push(
        &mut self,
        element: ElementIx,
        text: &str,
        access: Access,
        unverified: bool,
    ) {
        if !text.is_empty() {
            self.unverified += u64::from(unverified);
            self.bytes.extend_from_slice(text.as_bytes());
            self.items.push(Item {
                element,
                end: self.bytes.len(),
                access,
                unverified,
            });
        }
    }

    /// How many values there are.
    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    /// The values from the `from`th on.
    pub(crate) fn texts(&self, from: usize) -> Vec<&str> {
        let mut start = from
            .checked_sub(1)
            .map_or(0, |before| self.items[before].end);
        let texts = self.items[from..].iter().map(|item| {
            let text = std::str::from_utf8(&self.bytes[start..item.end]).unwrap_or("");
            start = item.end;
            text
        });
        texts.collect()
    }

    /// How many bytes the values take.
    pub(crate) fn size(&self) -> usize {
        self.bytes.len() + self.items.len() * size_of::<Item>()
    }

    /// Everything from the `from`th value on becomes unverified.
    pub(crate) fn doubt(&mut self, from: usize) {
        for item in &mut self.items[from..] {
            self.unverified += u64::from(!item.unverified);
            item.unverified = true;
        }
    }

    /// Gives the record and starts anew.
    pub(crate) fn give(
        &mut self,
        line: u64,
        day: Option<NaiveDate>,
        cluster: Option<ClusterIx>,
        sink: &mut dyn Sink,
    ) {
        let mut from = 0;
        let values: Vec<Value<'_>> = self
            .items
            .iter()
            .map(|i| {
                let text = &self.bytes[from..i.end];
                from = i.end;
                Value {
                    element: i.element,
                    text,
                    access: i.access,
                    unverified: i.unverified,
                }
            })
            .collect();
        sink.record(&Record {
            line,
            day,
            cluster,
            values: &values,
            origin: Origin::default(),
        });
        self.bytes.clear();
        self.items.clear();
    }

    /// A name or text with the umlauts of 7-bit German, where the file is written so.
    pub(crate) fn text<'a>(&mut self, value: &'a str) -> Cow<'a, str> {
        if !self.seven_bit || !is_seven_bit(value) {
            return Cow::Borrowed(value);
        }
        self.seven_bit_names += 1;
        Cow::Owned(
            value
                .chars()
                .map(|c| {
                    UMLAUTS
                        .iter()
                        .find(|(from, _)| *from == c)
                        .map_or(c, |(_, to)| *to)
                })
                .collect(),
        )
    }
}

/// ISO 646-DE: what stands where ASCII has these characters.
const UMLAUTS: [(char, char); 7] = [
    ('[', 'Ä'),
    ('\\', 'Ö'),
    (']', 'Ü'),
    ('{', 'ä'),
    ('|', 'ö'),
    ('}', 'ü'),
    ('~', 'ß'),
];

/// Whether one of the seven characters touches a letter.
fn is_seven_bit(value: &str) -> bool {
    let b = value.as_bytes();
    let letter = |at: Option<usize>| {
        at.and_then(|i| b.get(i))
            .is_some_and(u8::is_ascii_alphabetic)
    };
    b.iter().enumerate().any(|(i, c)| {
        matches!(c, b'['..=b']' | b'{'..=b'~') && (letter(i.checked_sub(1)) || letter(Some(i + 1)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seven_bit_umlauts_are_read_only_where_the_file_is_written_so() {
        let mut b = Batch::default();
        assert_eq!(b.text("M}ller"), "M}ller");
        b.seven_bit = true;
        assert_eq!(b.text("M}ller*J|rg"), "Müller*Jörg");
        assert_eq!(b.text("[rztin"), "Ärztin");
        assert_eq!(b.text("A | 1"), "A | 1");
        assert_eq!(b.seven_bit_names, 2);
    }
}
