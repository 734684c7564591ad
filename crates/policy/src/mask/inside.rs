//! Numbers inside other text: `SIP/4711-0000002a`, `"Name" <4711>`, `*31#0...`.

use std::ops::Range;

use super::number::{Known, LONG_RUN, Numbers};
use super::place::Place;

/// A number found in a text.
pub(super) struct Found {
    /// Where it stands.
    pub(super) range: Range<usize>,
    /// Whose it is.
    pub(super) known: Known,
}

/// What the numbers stand in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Within {
    /// A number field, with signs of feature codes: stations are not told apart from codes.
    Number,
    /// Words.
    Words,
    /// The name of a channel, which may end in a running id of eight hexadecimal digits.
    Device,
}

/// The numbers of persons in a text, from left to right.
///
/// A number stands alone: no letter and no digit touches it, so that tokens, hexadecimal
/// ids and already cut numbers are not taken apart. A short one counts only if it has
/// exactly the length of a station, a long one if it has seven digits or more.
pub(super) fn numbers<'a>(
    text: &'a [u8],
    place: &'a Place,
    numbers: &'a Numbers,
    within: Within,
) -> impl Iterator<Item = Found> + 'a {
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < text.len() {
            let Some(range) = next_run(text, &mut at) else {
                continue;
            };
            let value = &text[range.clone()];
            let known = numbers.whose(value, place);
            let places = value.iter().filter(|b| **b != b'+').count();
            let id = within == Within::Device
                && places == 8
                && range.end == text.len()
                && text[..range.start].ends_with(b"-");
            let stations = within != Within::Number;
            let taken = match &known {
                Known::Station(_) => stations && station_length(numbers, place, places),
                Known::Cut(form) if form.own => stations && station_length(numbers, place, places),
                Known::Outside(_) | Known::Cut(_) => places >= LONG_RUN,
                Known::Within | Known::NoPerson => false,
            };
            if taken && !id {
                return Some(Found { range, known });
            }
        }
        None
    })
}

/// A station stands alone with its own length, or in full with the number of the site before it.
fn station_length(numbers: &Numbers, place: &Place, places: usize) -> bool {
    let plan = numbers.plans().plan(place.node);
    places >= LONG_RUN || plan.is_some_and(|p| p.extension_length as usize == places)
}

/// The next run of digits that stands alone, with `+` before it and `x` or `?` behind it; moves on in any case.
fn next_run(text: &[u8], at: &mut usize) -> Option<Range<usize>> {
    let from = *at;
    if !text[from].is_ascii_digit() {
        *at += 1;
        return None;
    }
    let mut end = from;
    while end < text.len() && text[end].is_ascii_digit() {
        end += 1;
    }
    while end < text.len() && matches!(text[end], b'x' | b'?') {
        end += 1;
    }
    *at = end;
    let free = |b: Option<&u8>| b.is_none_or(|b| !b.is_ascii_alphanumeric() && *b < 0x80);
    let start = from - usize::from(from > 0 && text[from - 1] == b'+');
    let before = start.checked_sub(1).and_then(|i| text.get(i));
    if !free(before) || !free(text.get(end)) {
        // what follows belongs to the same word
        while *at < text.len() && text[*at].is_ascii_alphanumeric() {
            *at += 1;
        }
        return None;
    }
    Some(start..end)
}
