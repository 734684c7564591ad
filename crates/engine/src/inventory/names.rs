//! Names as the identity model compares them.

/// A name, made comparable: lower case, without titles, umlauts and ß written out.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Name {
    pub(crate) surname: String,
    pub(crate) given: String,
}

/// Titles and salutations that are not part of a name.
const TITLES: [&str; 14] = [
    "dr", "prof", "dipl", "ing", "hr", "fr", "herr", "frau", "mr", "mrs", "ms", "mag", "med", "jur",
];

impl Name {
    /// Reads `Surname*First, title, dept`, `Surname, First` or `First Surname`.
    ///
    /// None where the text is not the name of a person: empty, or a room or a
    /// function (no separator and a digit in it).
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (surname, given) = if let Some((surname, rest)) = text.split_once('*') {
            (
                fold(surname),
                fold(rest.split([',', ';']).next().unwrap_or_default()),
            )
        } else if let Some((surname, rest)) = text.split_once(',') {
            (
                fold(surname),
                fold(rest.split([',', ';']).next().unwrap_or_default()),
            )
        } else {
            if text.chars().any(|c| c.is_ascii_digit()) {
                return None;
            }
            let words = fold(text);
            match words.rsplit_once(' ') {
                Some((given, surname)) => (surname.to_owned(), given.to_owned()),
                None => (words, String::new()),
            }
        };
        (!surname.is_empty()).then_some(Self { surname, given })
    }

    /// Whether a change from one to the other is a new name of the same person:
    /// the given name stays, or the surname stays and the given name is written out or shortened.
    pub(crate) fn may_be_renamed_to(&self, new: &Self) -> bool {
        let given = !self.given.is_empty() && self.given == new.given;
        let spelling = self.surname == new.surname
            && (self.given.starts_with(&new.given) || new.given.starts_with(&self.given));
        given || spelling
    }
}

fn fold(text: &str) -> String {
    let mut plain = String::with_capacity(text.len() + 4);
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            'ä' => plain.push_str("ae"),
            'ö' => plain.push_str("oe"),
            'ü' => plain.push_str("ue"),
            'ß' => plain.push_str("ss"),
            c if c.is_alphanumeric() || c == '-' || c == '\'' => plain.push(c),
            _ => plain.push(' '),
        }
    }
    let words: Vec<&str> = plain
        .split_whitespace()
        .map(|w| w.trim_matches('-'))
        .filter(|w| !w.is_empty() && !TITLES.contains(w) && !w.starts_with("dipl-"))
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_in_every_spelling() {
        let want = Name {
            surname: "mueller".into(),
            given: "anna".into(),
        };
        for text in [
            "Dr. Müller*Anna",
            "MUELLER*ANNA",
            "Müller, Anna",
            "Anna Müller",
            "Müller*Anna, Dr., EK 3",
            "Fr. Müller*Anna",
        ] {
            assert_eq!(Name::read(text), Some(want.clone()), "{text}");
        }
        assert_eq!(Name::read("Raum 4.17"), None);
        assert_eq!(Name::read("  "), None);
    }

    #[test]
    fn a_marriage_is_a_rename_and_a_successor_is_not() {
        let name = |t| Name::read(t).unwrap();
        assert!(name("Beispiel*Anna").may_be_renamed_to(&name("Muster*Anna")));
        assert!(name("Beispiel*A").may_be_renamed_to(&name("Beispiel*Anna")));
        assert!(!name("Beispiel*Anna").may_be_renamed_to(&name("Muster*Erika")));
    }
}
