//! Text in which people are planted: what is written is counted and its place noted while it is written.

use crate::number::Party;
use crate::truth::{Book, Counts, Element};

/// What a piece of a text is, in the words of `gdpr4k explain` (cli.md 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Name,
    Number,
    Extension,
    Email,
    Ip,
    Mac,
    Iban,
    Account,
    Pin,
    Password,
    Personnel,
    Location,
}

impl Kind {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Number => "number",
            Self::Extension => "extension",
            Self::Email => "email",
            Self::Ip => "ip",
            Self::Mac => "mac",
            Self::Iban => "iban",
            Self::Account => "account",
            Self::Pin => "pin",
            Self::Password => "password",
            Self::Personnel => "personnel-id",
            Self::Location => "location",
        }
    }

    /// The element of a value of this kind in a text.
    const fn element(self, place: Place) -> Element {
        match (place, self) {
            (Place::Log, Self::Account) => Element::LogUser,
            (Place::Log, Self::Ip) => Element::LogIp,
            (Place::Trace, Self::Ip) => Element::TraceIp,
            (Place::Trace, Self::Number | Self::Extension) => Element::TraceNumber,
            (Place::Notepad, Self::Number | Self::Extension) => Element::NotedNumber,
            (_, Self::Name) => Element::TextName,
            (_, Self::Number) => Element::TextNumber,
            (_, Self::Extension) => Element::TextExtension,
            (_, Self::Email) => Element::TextEmail,
            (_, Self::Ip) => Element::TextIp,
            (_, Self::Mac) => Element::TextMac,
            (_, Self::Iban) => Element::TextIban,
            (_, Self::Account) => Element::TextAccount,
            (_, Self::Pin) => Element::TextPin,
            (_, Self::Password) => Element::CommandPassword,
            (_, Self::Personnel) => Element::TextPersonnel,
            (_, Self::Location) => Element::TextLocation,
        }
    }
}

/// What kind of text it is: a source has elements of its own for some values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Log,
    Trace,
    Notepad,
    Info,
}

/// A value in a line.
#[derive(Clone, Debug)]
struct Mark {
    kind: Kind,
    /// First byte and end in the line as UTF-8.
    start: usize,
    end: usize,
    party: Option<Party>,
    /// A field of its own has its own element, and is counted there.
    counted: bool,
}

/// A line under construction.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) text: String,
    place: Place,
    marks: Vec<Mark>,
}

impl Told {
    pub(crate) const fn new(place: Place) -> Self {
        Self {
            text: String::new(),
            place,
            marks: Vec::new(),
        }
    }

    /// Words that are nobody's.
    pub(crate) fn say(mut self, text: &str) -> Self {
        self.text.push_str(text);
        self
    }

    fn mark(mut self, kind: Kind, text: &str, party: Option<Party>, counted: bool) -> Self {
        let start = self.text.len();
        self.text.push_str(text);
        if !text.is_empty() {
            self.marks.push(Mark {
                kind,
                start,
                end: self.text.len(),
                party,
                counted,
            });
        }
        self
    }

    /// A value.
    pub(crate) fn tell(self, kind: Kind, text: &str) -> Self {
        self.mark(kind, text, None, true)
    }

    /// A value in a column of its own.
    pub(crate) fn field(self, kind: Kind, text: &str) -> Self {
        self.mark(kind, text, None, false)
    }

    /// A station of Nord.
    pub(crate) fn station(self, number: u32) -> Self {
        let party = Party::station(0, number);
        self.mark(Kind::Extension, &number.to_string(), Some(party), true)
    }

    /// A number in any notation.
    pub(crate) fn number(self, text: &str, party: Party) -> Self {
        self.mark(Kind::Number, text, Some(party), true)
    }

    /// Counts the values in the texts of the line.
    pub(crate) fn count(&self, book: &mut Book, counts: &mut Counts) {
        for mark in self.marks.iter().filter(|m| m.counted) {
            let element = mark.kind.element(self.place);
            let text = &self.text[mark.start..mark.end];
            match (mark.kind, mark.party) {
                (Kind::Pin | Kind::Password, _) => Book::secret(counts, element),
                (_, Some(party)) => book.party(counts, element, party),
                (Kind::Name | Kind::Email | Kind::Account, None) => {
                    book.text(counts, element, &text.to_lowercase());
                }
                (_, None) => book.text(counts, element, text),
            }
        }
    }

    /// Kind, first and last column (1-based, inclusive) of every value; `wide`: bytes of a character in the file.
    pub(crate) fn spans(&self, wide: impl Fn(char) -> usize) -> Vec<(&'static str, usize, usize)> {
        let bytes = |to: usize| self.text[..to].chars().map(&wide).sum::<usize>();
        let span = |m: &Mark| (m.kind.word(), bytes(m.start) + 1, bytes(m.end));
        self.marks.iter().map(span).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_bytes_of_the_file() {
        let told = Told::new(Place::Log)
            .say("für ")
            .tell(Kind::Name, "Jörg Weiß")
            .say(" an ")
            .station(2201);
        assert_eq!(told.text, "für Jörg Weiß an 2201");
        let western = told.spans(|_| 1);
        assert_eq!(western, [("name", 5, 13), ("extension", 18, 21)]);
        let utf8 = told.spans(char::len_utf8);
        assert_eq!(utf8, [("name", 6, 16), ("extension", 21, 24)]);
    }
}
