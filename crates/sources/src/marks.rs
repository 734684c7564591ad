//! Values that were taken out of a file, and whether a text still holds one of them.
//!
//! What is taken out of rows may stand elsewhere in the same file: in a heading, a script, a comment, a
//! chart. Values are compared as whole words; a number inside of a date, a time or a decimal is none.

use std::collections::HashSet;

/// Values to look for. They are never shown.
#[derive(Default)]
pub struct Marks {
    /// Values with a letter or a sign.
    words: HashSet<String>,
    /// Values of digits alone.
    numbers: HashSet<String>,
}

impl Marks {
    /// Adds a value. One character says nothing about a person.
    pub fn add(&mut self, value: &str) {
        let value = value.trim();
        if value.chars().count() < 2 {
            return;
        }
        if value.bytes().all(|b| b.is_ascii_digit()) {
            self.numbers.insert(value.to_owned());
        } else {
            self.words.insert(value.to_owned());
        }
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty() && self.numbers.is_empty()
    }

    /// Whether a text holds one of the values as a word of its own.
    pub fn are_in(&self, text: &str) -> bool {
        self.words_are_in(text) || self.numbers_are_in(text)
    }

    /// Whether a text holds one of the values that are more than digits.
    pub fn words_are_in(&self, text: &str) -> bool {
        self.words.iter().any(|word| {
            memchr::memmem::find_iter(text.as_bytes(), word.as_bytes())
                .any(|at| is_free(text, at, at + word.len()))
        })
    }

    fn numbers_are_in(&self, text: &str) -> bool {
        if self.numbers.is_empty() {
            return false;
        }
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(from) = bytes[at..].iter().position(u8::is_ascii_digit) {
            let from = at + from;
            let len = bytes[from..]
                .iter()
                .take_while(|b| b.is_ascii_digit())
                .count();
            at = from + len;
            let joined = |sign: Option<&u8>, behind: Option<&u8>| {
                sign.is_some_and(|s| b".,:-/".contains(s)) && behind.is_some_and(u8::is_ascii_digit)
            };
            let before = from.checked_sub(1).map(|i| &bytes[i]);
            let before_that = from.checked_sub(2).map(|i| &bytes[i]);
            if !joined(before, before_that)
                && !joined(bytes.get(at), bytes.get(at + 1))
                && is_free(text, from, at)
                && self.numbers.contains(&text[from..at])
            {
                return true;
            }
        }
        false
    }
}

/// Whether no letter or digit touches a part of a text.
pub fn is_free(text: &str, from: usize, to: usize) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    !text[..from].chars().next_back().is_some_and(word)
        && !text[to..].chars().next().is_some_and(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_as_words_of_their_own() {
        let mut marks = Marks::default();
        for value in ["2504", "Koch, Anna", "A101", "x", "Öz"] {
            marks.add(value);
        }
        for text in [
            "ext 2504",
            "<2504>",
            "Koch, Anna!",
            "(A101)",
            "tel:2504",
            "von Öz",
        ] {
            assert!(marks.are_in(text), "{text}");
        }
        for text in [
            "",
            "25041",
            "x2504",
            "1.2504",
            "31-12-2504",
            "2504:12",
            "2504,5",
            "Koch, Annabel",
            "XÖz",
            "x",
        ] {
            assert!(!marks.are_in(text), "{text}");
        }
        assert!(!marks.words_are_in("2504"));
    }
}
