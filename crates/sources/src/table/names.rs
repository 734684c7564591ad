//! Names of columns: compared without regard to case, blanks, `_`, `-`, and to how umlauts are written.

use std::collections::HashMap;

/// The name as it stands, without the marker of import files: `*` key field, `-` ignored field.
pub(crate) fn clean(name: &str) -> String {
    let name = name.trim().trim_matches('"').trim();
    name.strip_prefix(['*', '-'])
        .unwrap_or(name)
        .trim()
        .to_owned()
}

/// The form in which names are compared.
pub(crate) fn normalise(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars().flat_map(char::to_lowercase) {
        match c {
            '_' | '-' | ' ' | '\u{a0}' | '/' | '.' => {}
            'ä' => out.push_str("ae"),
            'ö' => out.push_str("oe"),
            'ü' => out.push_str("ue"),
            'ß' => out.push_str("ss"),
            c => out.push(c),
        }
    }
    out
}

/// Looks names up; an alias that ends with `#` stands for the same word with digits.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names<T> {
    whole: HashMap<String, T>,
    numbered: Vec<(String, T)>,
}

impl<T: Copy> Names<T> {
    /// Adds an alias; the first one that is added wins.
    pub(crate) fn add(&mut self, alias: &str, value: T) {
        let alias = normalise(alias);
        match alias.strip_suffix('#') {
            Some(word) => self.numbered.push((word.to_owned(), value)),
            None => {
                self.whole.entry(alias).or_insert(value);
            }
        }
    }

    /// Looks up a name in the form of [`normalise`].
    pub(crate) fn get(&self, name: &str) -> Option<T> {
        self.whole.get(name).copied().or_else(|| {
            let word = name.trim_end_matches(|c: char| c.is_ascii_digit());
            if word.len() == name.len() {
                return None;
            }
            self.numbered
                .iter()
                .find(|(w, _)| w == word)
                .map(|(_, v)| *v)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_name_however_it_is_written() {
        for name in ["e_mail", "E-Mail", "e mail", "EMAIL", "*email"] {
            assert_eq!(normalise(&clean(name)), "email");
        }
        assert_eq!(normalise("Gebäude"), "gebaeude");
    }

    #[test]
    fn numbered_names_need_their_number() {
        let mut names = Names::default();
        names.add("cust#", 1);
        names.add("pin", 2);
        assert_eq!(names.get("cust12"), Some(1));
        assert_eq!(names.get("cust"), None);
        assert_eq!(names.get("pin"), Some(2));
        assert_eq!(
            names.get("pin1"),
            None,
            "pins of the distribution frame are not secrets"
        );
    }
}
