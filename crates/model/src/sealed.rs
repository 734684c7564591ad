//! A value of a person that cannot be printed by accident.

use std::fmt;

/// Wraps every value that belongs to a person: a name, a number, an address.
///
/// `Debug` and `Display` print a placeholder, so no log line, error or panic can
/// carry the value. [`Sealed::expose`] is the only way out and easy to search for.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Sealed<T>(T);

impl<T> Sealed<T> {
    /// Seals a value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. Every call is a place where personal data comes into the open.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Sealed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(sealed)")
    }
}

impl<T> fmt::Display for Sealed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(sealed)")
    }
}

/// The shape of a value: how many digits, letters and other characters it has.
///
/// This is what messages show instead of the value: `7 digits and 1 letter`.
pub fn shape(value: &str) -> String {
    let (mut digits, mut letters, mut others) = (0usize, 0usize, 0usize);
    for c in value.chars() {
        if c.is_ascii_digit() {
            digits += 1;
        } else if c.is_alphabetic() {
            letters += 1;
        } else {
            others += 1;
        }
    }
    let parts: Vec<String> = [
        (digits, "digit", "digits"),
        (letters, "letter", "letters"),
        (others, "other character", "other characters"),
    ]
    .into_iter()
    .filter(|(n, ..)| *n > 0)
    .map(|(n, one, many)| format!("{n} {}", if n == 1 { one } else { many }))
    .collect();
    match parts.as_slice() {
        [] => "nothing".to_owned(),
        [only] => only.clone(),
        [init @ .., last] => format!("{} and {last}", init.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_prints_as_a_placeholder() {
        let name = Sealed::new("Erika Muster");
        assert_eq!(format!("{name} {name:?}"), "(sealed) (sealed)");
        assert_eq!(*name.expose(), "Erika Muster");
    }

    #[test]
    fn a_shape_counts_and_never_quotes() {
        assert_eq!(shape(""), "nothing");
        assert_eq!(shape("2312504x"), "7 digits and 1 letter");
        assert_eq!(shape("a-1"), "1 digit, 1 letter and 1 other character");
    }
}
