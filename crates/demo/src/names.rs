//! Invented names: common words and common names, put together by count, so no two are alike by chance.

const SURNAMES: [&str; 126] = [
    "Koch",
    "Berg",
    "Müller",
    "Weiß",
    "Schäfer",
    "Wolf",
    "Stein",
    "Sommer",
    "Winter",
    "König",
    "Kaiser",
    "Vogel",
    "Fuchs",
    "Busch",
    "Baum",
    "Bach",
    "Brunnen",
    "Acker",
    "Kraut",
    "Pfeffer",
    "Salz",
    "Zucker",
    "Bäcker",
    "Metzger",
    "Schneider",
    "Schuster",
    "Weber",
    "Fischer",
    "Jäger",
    "Förster",
    "Gärtner",
    "Richter",
    "Schreiber",
    "Lehrer",
    "Pfeiffer",
    "Trommler",
    "Geiger",
    "Sänger",
    "Kranz",
    "Krone",
    "Engel",
    "Teufel",
    "Herbst",
    "Lenz",
    "Morgen",
    "Abend",
    "Montag",
    "Freitag",
    "Feiertag",
    "Groß",
    "Klein",
    "Lang",
    "Kurz",
    "Dick",
    "Dünn",
    "Grün",
    "Braun",
    "Schwarz",
    "Roth",
    "Blau",
    "Gelb",
    "Silber",
    "Gold",
    "Eisen",
    "Kupfer",
    "Nagel",
    "Hammer",
    "Säge",
    "Feile",
    "Keil",
    "Brück",
    "Tor",
    "Thür",
    "Fenster",
    "Dach",
    "Keller",
    "Hof",
    "Garten",
    "Wiese",
    "Feld",
    "Wald",
    "Teich",
    "See",
    "Strand",
    "Düne",
    "Moor",
    "Heide",
    "Hügel",
    "Thal",
    "Fels",
    "Kiesel",
    "Sand",
    "Lehm",
    "Regen",
    "Schnee",
    "Hagel",
    "Sturm",
    "Wind",
    "Nebel",
    "Sonne",
    "Mond",
    "Stern",
    "Himmel",
    "Öhler",
    "Überall",
    "Ähre",
    "Nowak",
    "Kowalska",
    "Demir",
    "Öztürk",
    "Petrov",
    "Ivanova",
    "García",
    "Núñez",
    "Rossi",
    "Bianchi",
    "Dubois",
    "Lefèvre",
    "Nguyen",
    "Okafor",
    "Hansen",
    "Sørensen",
    "Šimek",
    "Novák",
    "Singh",
    "Tanaka",
];

const GIVEN: [&str; 83] = [
    "Anna", "Bernd", "Clara", "Dieter", "Eva", "Frank", "Gisela", "Hans", "Ines", "Jörg", "Käthe",
    "Lars", "Maria", "Nils", "Olga", "Peter", "Quirin", "Rita", "Stefan", "Tanja", "Uwe", "Vera",
    "Walter", "Xenia", "Yvonne", "Zoe", "Aylin", "Björn", "Cem", "Doris", "Elif", "Fiona", "Götz",
    "Heike", "Ilse", "Jürgen", "Karin", "Luis", "Mehmet", "Nadja", "Oskar", "Pia", "Rolf",
    "Sabine", "Tim", "Ute", "Viktor", "Wiebke", "Andrea", "Birgit", "Chloé", "David", "Erika",
    "Felix", "Gerd", "Hanna", "Ivan", "Jana", "Kai", "Lena", "Max", "Nora", "Otto", "Paula",
    "Ralf", "Sofia", "Theo", "Ulla", "Wanda", "Anke", "Boris", "Carla", "Dario", "Emil", "Frieda",
    "Günter", "Hülya", "Jonas", "Klara", "Linh", "Mio", "Noël", "Oriana",
];

const TITLES: [(u32, &str); 3] = [(11, "Dr."), (37, "Prof. Dr."), (23, "Dipl.-Ing.")];

/// Parts of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) title: &'static str,
    pub(crate) surname: String,
    pub(crate) given: &'static str,
}

impl Name {
    /// The name of a count; every count has another one, whatever the title.
    pub(crate) fn of(seed: u64, count: u32) -> Self {
        let plain = (SURNAMES.len() * GIVEN.len()) as u32;
        let at = (u64::from(count % plain) * 4729 + seed % u64::from(plain)) % u64::from(plain);
        let (surname, given) = (at as usize / GIVEN.len(), GIVEN[at as usize % GIVEN.len()]);
        let mut surname_text = SURNAMES[surname].to_owned();
        // a second surname when the plain ones are used up, and now and then before
        let round = count / plain;
        if round > 0 || count % 29 == 13 {
            let shift = 1 + 2 * round as usize + surname % 3;
            surname_text.push('-');
            surname_text.push_str(SURNAMES[(surname + shift) % SURNAMES.len()]);
        }
        let title = TITLES
            .iter()
            .find(|(every, _)| count % every == every - 1)
            .map_or("", |t| t.1);
        Self {
            title,
            surname: surname_text,
            given,
        }
    }

    /// The name as the switch shows it: `Dr. Surname*Given`.
    pub(crate) fn display(&self) -> String {
        match self.title {
            "" => format!("{}*{}", self.surname, self.given),
            title => format!("{title} {}*{}", self.surname, self.given),
        }
    }

    /// The part of an e-mail address before the `@`, in plain letters.
    pub(crate) fn mailbox(&self) -> String {
        format!(
            "{}.{}",
            plain_letters(self.given),
            plain_letters(&self.surname)
        )
    }
}

/// Small letters without marks; `ß` becomes `ss`, umlauts get an `e`.
pub(crate) fn plain_letters(text: &str) -> String {
    let mut out = String::new();
    for c in text.to_lowercase().chars() {
        match c {
            'ä' | 'æ' => out.push_str("ae"),
            'ö' | 'ø' => out.push_str("oe"),
            'ü' => out.push_str("ue"),
            'ß' => out.push_str("ss"),
            'á' | 'à' => out.push('a'),
            'é' | 'è' | 'ë' => out.push('e'),
            'í' | 'ı' => out.push('i'),
            'ñ' => out.push('n'),
            'ú' => out.push('u'),
            'š' => out.push('s'),
            c if c.is_ascii_alphanumeric() || c == '-' => out.push(c),
            _ => {}
        }
    }
    out
}

/// Windows-1252, in which the switch and `api2hipath` write (formats-other-sources 1, rule 1).
pub(crate) fn windows_1252(text: &str) -> Vec<u8> {
    let byte = |c| match c {
        'Š' => 0x8A,
        'š' => 0x9A,
        'Ž' => 0x8E,
        'ž' => 0x9E,
        c if u32::from(c) < 0x100 => c as u8,
        _ => b'?',
    };
    text.chars().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_two_names_are_alike() {
        let mut seen = HashSet::new();
        for count in 0..30_000 {
            let name = Name::of(4000, count);
            assert!(
                seen.insert((plain_letters(&name.surname), name.given)),
                "{count}"
            );
            assert!(!windows_1252(&name.display()).contains(&b'?'), "{count}");
        }
        assert!(seen.iter().all(|(s, g)| !s.eq_ignore_ascii_case(g)));
    }
}
