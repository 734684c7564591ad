//! Steps over the bytes of a line: UTF-8, Windows-1252 and ASCII alike.

/// ASCII letters and all bytes above 127: an umlaut is a letter in UTF-8 and in Windows-1252.
pub(super) const fn is_letter(b: u8) -> bool {
    b.is_ascii_alphabetic() || b >= 0x80
}

/// Whether a letter may be a capital. UTF-8 capitals with marks start with C3 to C5 and end even or below 9F;
/// for the rest the lead byte does not say, and they count as capitals.
pub(super) fn is_capital(line: &[u8], at: usize) -> bool {
    match line.get(at) {
        Some(b'A'..=b'Z') => true,
        Some(0xc3) => line.get(at + 1).is_none_or(|b| !(0xa0..=0xbf).contains(b)),
        Some(0xe0..=0xff) => line.get(at + 1).is_some_and(|b| *b >= 0x80),
        Some(b) => *b >= 0x80,
        None => false,
    }
}

/// The byte at a place, 0 outside the line.
pub(super) fn at(line: &[u8], ix: usize) -> u8 {
    line.get(ix).copied().unwrap_or(0)
}

/// The byte before a place, 0 at the start of the line.
pub(super) fn before(line: &[u8], ix: usize) -> u8 {
    ix.checked_sub(1).map_or(0, |ix| at(line, ix))
}

/// The end of the bytes from `from` on that are `inside`.
pub(super) fn end_of(line: &[u8], from: usize, inside: impl Fn(u8) -> bool) -> usize {
    let rest = line.get(from..).unwrap_or(&[]);
    from + rest.iter().position(|b| !inside(*b)).unwrap_or(rest.len())
}

/// The start of the bytes up to `to` that are `inside`.
pub(super) fn start_of(line: &[u8], to: usize, inside: impl Fn(u8) -> bool) -> usize {
    let head = line.get(..to).unwrap_or(line);
    head.iter()
        .rposition(|b| !inside(*b))
        .map_or(0, |ix| ix + 1)
}

/// The word of letters that starts at a place.
pub(super) fn word_from(line: &[u8], from: usize) -> Option<(usize, usize)> {
    let end = end_of(line, from, is_letter);
    (end > from).then_some((from, end))
}

/// The word of letters that ends at a place.
pub(super) fn word_to(line: &[u8], to: usize) -> Option<(usize, usize)> {
    let start = start_of(line, to, is_letter);
    (start < to).then_some((start, to))
}

/// Skips blanks.
pub(super) fn blanks(line: &[u8], from: usize) -> usize {
    end_of(line, from, |b| b == b' ' || b == b'\t')
}

/// Whether a place is followed by this text, case aside (ASCII).
pub(super) fn follows(line: &[u8], from: usize, text: &str) -> bool {
    line.get(from..from + text.len())
        .is_some_and(|s| s.eq_ignore_ascii_case(text.as_bytes()))
}

/// A value from `from` on: in quotes up to the quote, else up to a blank or a delimiter. Without the quotes.
pub(super) fn value(line: &[u8], from: usize) -> (usize, usize) {
    let quote = at(line, from);
    if quote == b'"' || quote == b'\'' {
        let end = end_of(line, from + 1, |b| b != quote);
        if end < line.len() {
            return (from + 1, end);
        }
        return (from + 1, end_of(line, from + 1, |b| !b" \t;,".contains(&b)));
    }
    let mut end = end_of(line, from, |b| !b" \t;,&\"<>\r\n".contains(&b));
    while end > from && b".:)]}'".contains(&line[end - 1]) {
        end -= 1;
    }
    (from, end)
}
