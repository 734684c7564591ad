//! The text of one command: head, arguments, lists (formats-amo.md, section 1).

use std::borrow::Cow;

/// The beginning of a command: `M2 1 ADD-PERSI:` or `<REG-NAVAR;`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Head<'a> {
    pub(crate) verb: Cow<'a, str>,
    pub(crate) noun: Cow<'a, str>,
    /// Whether the prompt stands in front: it was typed.
    pub(crate) typed: bool,
    /// What follows the colon, or from the semicolon on.
    pub(crate) rest: &'a str,
}

/// Reads the head of a command, if the text begins with one.
pub(crate) fn head(text: &str) -> Option<Head<'_>> {
    let mut at = text.trim_start_matches([' ', '\t']);
    let typed = at.starts_with('<');
    if typed {
        at = at[1..].trim_start();
    }
    at = skip_prefix(at);
    let b = at.as_bytes();
    let verb = b.iter().take_while(|c| c.is_ascii_alphanumeric()).count();
    if !(2..=12).contains(&verb) || b.get(verb) != Some(&b'-') || !b[0].is_ascii_alphabetic() || !b[1].is_ascii_alphabetic() {
        return None;
    }
    let noun = b[verb + 1..].iter().take_while(|c| c.is_ascii_alphanumeric()).count();
    if !(2..=8).contains(&noun) || !b[verb + 1].is_ascii_alphabetic() {
        return None;
    }
    let after = at[verb + 1 + noun..].trim_start_matches([' ', '\t']);
    let rest = match after.as_bytes().first() {
        Some(b':') => &after[1..],
        Some(b';') => after,
        _ => return None,
    };
    Some(Head { verb: upper(&at[..verb]), noun: upper(&at[verb + 1..verb + 1 + noun]), typed, rest })
}

/// `M2 1 `: letter, digit, blank, number, blank. What it means is not documented.
fn skip_prefix(text: &str) -> &str {
    let b = text.as_bytes();
    if b.len() < 5 || !b[0].is_ascii_alphabetic() || !b[1].is_ascii_digit() || b[2] != b' ' {
        return text;
    }
    let rest = text[2..].trim_start_matches(' ');
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    match rest[digits..].strip_prefix(' ') {
        Some(after) if digits > 0 => after.trim_start_matches(' '),
        _ => text,
    }
}

/// In upper case; input is case-insensitive, REGEN output is upper case already.
pub(crate) fn upper(word: &str) -> Cow<'_, str> {
    if word.bytes().any(|b| b.is_ascii_lowercase()) {
        Cow::Owned(word.to_ascii_uppercase())
    } else {
        Cow::Borrowed(word)
    }
}

/// What was typed in lower case, in upper case outside quotes.
pub(crate) fn upper_outside_quotes(body: &str) -> String {
    let mut quoted = false;
    let up = |c: char| {
        quoted ^= c == '"';
        if quoted { c } else { c.to_ascii_uppercase() }
    };
    body.chars().map(up).collect()
}

/// Where the command ends: the first `;` outside double quotes. `quoted` is kept from piece to piece.
pub(crate) fn end(piece: &str, quoted: &mut bool) -> Option<usize> {
    let b = piece.as_bytes();
    let mut from = 0;
    loop {
        let found = if *quoted { memchr::memchr(b'"', &b[from..]) } else { memchr::memchr2(b'"', b';', &b[from..]) };
        let at = from + found?;
        if b[at] == b';' {
            return Some(at);
        }
        *quoted = !*quoted;
        from = at + 1;
    }
}

/// One argument.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Arg<'a> {
    /// In upper case, where it was written with one.
    pub(crate) keyword: Option<Cow<'a, str>>,
    /// Without blanks around it; quotes stay.
    pub(crate) value: &'a str,
}

/// Splits at commas outside quotes; an empty position is an empty value.
pub(crate) fn arguments<'a>(text: &'a str, out: &mut Vec<Arg<'a>>) {
    if text.trim().is_empty() {
        return;
    }
    for part in split(text, b',') {
        let part = part.trim();
        out.push(match part.split_once('=') {
            Some((word, value)) if is_keyword(word.trim_end()) => {
                Arg { keyword: Some(upper(word.trim_end())), value: value.trim_start() }
            }
            _ => Arg { keyword: None, value: part },
        });
    }
}

/// `^[A-Z][A-Z0-9]{0,11}$` (formats-amo.md 1.1), and `-` as in `ASSET-ID`.
fn is_keyword(word: &str) -> bool {
    let b = word.as_bytes();
    (1..=12).contains(&b.len()) && b[0].is_ascii_alphabetic() && b.iter().all(|c| c.is_ascii_alphanumeric() || *c == b'-')
}

/// One member of a list: a single value or a closed range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item<'a> {
    One(&'a str),
    Range(&'a str, &'a str),
}

/// The members of `a&b&&c&d`: `&&` binds closer than `&`.
pub(crate) fn items(value: &str) -> impl Iterator<Item = Item<'_>> {
    let mut parts = split(value, b'&').peekable();
    std::iter::from_fn(move || {
        let one = parts.next()?.trim();
        if parts.peek().is_some_and(|p| p.is_empty()) {
            parts.next();
            return Some(parts.next().map_or(Item::One(one), |to| Item::Range(one, to.trim())));
        }
        Some(Item::One(one))
    })
}

/// Pieces between separators outside double quotes.
fn split(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let b = text.as_bytes();
        let (mut from, mut quoted) = (0, false);
        loop {
            let found = if quoted { memchr::memchr(b'"', &b[from..]) } else { memchr::memchr2(b'"', separator, &b[from..]) };
            let Some(at) = found.map(|f| f + from) else {
                rest = None;
                return Some(text);
            };
            if b[at] == separator && !quoted {
                rest = Some(&text[at + 1..]);
                return Some(&text[..at]);
            }
            quoted = !quoted;
            from = at + 1;
        }
    })
}

/// A value without its quotes and without padding (formats-amo.md, G12).
pub(crate) fn plain(value: &str) -> &str {
    let v = value.trim();
    let v = v.strip_prefix('"').map_or(v, |v| v.strip_suffix('"').unwrap_or(v));
    v.trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(text: &str) -> Vec<(String, String)> {
        let mut out = Vec::new();
        arguments(text, &mut out);
        out.iter().map(|a| (a.keyword.as_deref().unwrap_or("").to_owned(), a.value.to_owned())).collect()
    }

    #[test]
    fn heads_of_every_kind_are_found_and_other_lines_are_not() {
        for (text, verb, noun, rest) in [
            ("ADD-PERSI:STN,7801;", "ADD", "PERSI", "STN,7801;"),
            ("M2 1 ADD-SCSU:3651;", "ADD", "SCSU", "3651;"),
            ("<dis-sbcsu:all;", "DIS", "SBCSU", "all;"),
            ("< REG-NAVAR;", "REG", "NAVAR", ";"),
            ("AD-DCIC:,2101,N;", "AD", "DCIC", ",2101,N;"),
            ("AENDERN-SA :X;", "AENDERN", "SA", "X;"),
        ] {
            let h = head(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((&*h.verb, &*h.noun, h.rest), (verb, noun, rest));
        }
        for text in ["AMO-SDSU -111       STATUS", "H500:  AMO SDSU  STARTED", "A-B:1;", "1-2-3-4;", "", "M2 1", "ADD-PERSI", "-X:", "Ä-Ö:"] {
            assert_eq!(head(text), None, "{text}");
        }
    }

    #[test]
    fn empty_positions_quotes_and_mixed_forms_are_kept() {
        let s = |v: &[(&str, &str)]| v.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Vec<_>>();
        assert_eq!(args("22,,30,"), s(&[("", "22"), ("", ""), ("", "30"), ("", "")]));
        assert_eq!(args(",2101,N"), s(&[("", ""), ("", "2101"), ("", "N")]));
        assert_eq!(args(r#"15,"a, b; c",TYP = X, name="Y=1""#), s(&[("", "15"), ("", r#""a, b; c""#), ("TYP", "X"), ("NAME", r#""Y=1""#)]));
        assert!(args(" ").is_empty());
    }

    #[test]
    fn ranges_bind_closer_than_lists() {
        let got: Vec<_> = items(r#"1&2&&4&"a&b""#).collect();
        assert_eq!(got, [Item::One("1"), Item::Range("2", "4"), Item::One(r#""a&b""#)]);
        assert_eq!(items("5&&").collect::<Vec<_>>(), [Item::Range("5", "")]);
    }

    #[test]
    fn the_end_is_a_semicolon_outside_quotes() {
        let mut q = false;
        assert_eq!(end(r#"1,"a;b";x"#, &mut q), Some(7));
        assert_eq!(end(r#"1,"a;b"#, &mut q), None);
        assert!(q);
        assert_eq!(end(r#"c";"#, &mut q), Some(2));
    }
}
