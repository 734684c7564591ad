//! Numbers: whose they are, and what is left of them when they are cut or classed.

use gdpr4k_model::catalogue::Selector;
use gdpr4k_model::number::{Digits, NumberPlan, NumberPlans, Party};

use super::place::Place;

/// The number plans of the site, and what is read off them once.
#[derive(Clone, Debug, Default)]
pub struct Numbers {
    plans: NumberPlans,
    longest: usize,
}

/// Whose a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// An own station.
    Station(Digits),
    /// An outside number in E.164 digits.
    Outside(Digits),
    /// A number that was cut or withheld in part.
    Cut(Form),
    /// Signs of a feature code with an outside number among them.
    Within,
    /// A token, a class, a number without a digit left, a service, the site itself, nobody.
    NoPerson,
}

impl Known {
    /// The selector that takes it.
    pub const fn selector(&self) -> Option<Selector> {
        match self {
            Self::Station(_) => Some(Selector::OwnStation),
            Self::Outside(_) | Self::Within => Some(Selector::ExternalNumber),
            Self::Cut(form) if form.own => Some(Selector::OwnStation),
            Self::Cut(_) => Some(Selector::ExternalNumber),
            Self::NoPerson => None,
        }
    }
}

/// A cut number in its canonical form, `x` in the place of every digit that is gone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Form {
    /// Whether it is an own station.
    pub own: bool,
    len: u8,
    chars: [u8; 32],
}

impl Form {
    /// Digits and `x`.
    pub fn as_bytes(&self) -> &[u8] {
        &self.chars[..self.len as usize]
    }

    /// Whether a digit of the number itself is left; those of the way to it do not tell a person.
    pub fn has_digits(&self) -> bool {
        self.as_bytes().iter().any(u8::is_ascii_digit)
    }
}

impl std::fmt::Debug for Form {
    /// Numbers belong to people: only the length is shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "({} characters)", self.len)
    }
}

impl Numbers {
    /// Takes over the plans of a site.
    pub fn new(plans: NumberPlans) -> Self {
        let nodes = (0..plans.len() as u8).filter_map(|n| plans.plan(n));
        let longest = nodes.map(|p| p.extension_length as usize).max();
        Self {
            longest: longest.unwrap_or(0).max(1),
            plans,
        }
    }

    /// The longest station number that the plans know, in digits.
    pub const fn longest_station(&self) -> usize {
        self.longest
    }

    /// The plans.
    pub const fn plans(&self) -> &NumberPlans {
        &self.plans
    }

    /// Whose a number is; `value` without padding.
    pub fn whose(&self, value: &[u8], place: &Place) -> Known {
        match self.plans.normalise(place.node, value, place.access) {
            Party::Internal(_, digits) => Known::Station(digits),
            Party::External(digits) => Known::Outside(digits),
            // signs of other kinds: what is cut is a part of it, as before the cut
            Party::Masked if !value.iter().all(|b| is_written(*b)) => {
                if has_long_run(value) {
                    Known::Within
                } else {
                    Known::NoPerson
                }
            }
            Party::Masked if value.iter().any(u8::is_ascii_digit) => {
                Known::Cut(self.cut_form(value, place))
            }
            Party::Nobody if has_long_run(value) => Known::Within,
            Party::Service | Party::Site | Party::Token | Party::Masked | Party::Nobody => {
                Known::NoPerson
            }
        }
    }

    /// The canonical form of a cut number: as if zeros stood for what is gone.
    fn cut_form(&self, value: &[u8], place: &Place) -> Form {
        // longer than any number: the front of it tells it apart well enough
        let value = &value[..value.len().min(32)];
        let mut whole = [0; 32];
        for (to, from) in whole.iter_mut().zip(value) {
            *to = if is_gone(*from) { b'0' } else { *from };
        }
        let whole = &whole[..value.len()];
        let mut chars = [0; 32];
        let (own, len) = match self.plans.normalise(place.node, whole, place.access) {
            party @ (Party::Internal(_, digits) | Party::External(digits)) => {
                let len = digits.as_bytes().len();
                chars[..len].copy_from_slice(digits.as_bytes());
                (matches!(party, Party::Internal(..)), len)
            }
            // with zeros it would be a service or the site: it stays as it is written
            _ => {
                let digits = whole.iter().filter(|b| b.is_ascii_digit());
                let len = chars.iter_mut().zip(digits).map(|(to, d)| *to = *d).count();
                (false, len)
            }
        };
        // what stands in front may have changed; from the end the places are the same
        let from_end = value.iter().rev().filter(|b| is_place(**b));
        for (to, from) in chars[..len].iter_mut().rev().zip(from_end) {
            if is_gone(*from) {
                *to = b'x';
            }
        }
        Form {
            own,
            len: len as u8,
            chars,
        }
    }

    /// The class of a number, as seen from a node.
    pub fn class(&self, known: &Known, node: u8) -> Option<&'static str> {
        let e164 = match known {
            Known::Station(_) => return Some("internal"),
            Known::Cut(form) if form.own => return Some("internal"),
            Known::Cut(form) => form.as_bytes(),
            Known::Outside(digits) => digits.as_bytes(),
            Known::Within | Known::NoPerson => return None,
        };
        Some(match self.plans.plan(node) {
            Some(plan) => class_of(plan, e164),
            None => "national",
        })
    }
}

/// The words of the classes; the same in every language, since other programs read them.
pub const CLASSES: [&str; 5] = ["internal", "local", "national", "mobile", "international"];

fn class_of(plan: &NumberPlan, e164: &[u8]) -> &'static str {
    if plan.country.is_empty() {
        return "national";
    }
    let Some(national) = e164.strip_prefix(plan.country.as_bytes()) else {
        return "international";
    };
    let starts = |prefix: &&str| national.starts_with(prefix.as_bytes());
    if mobile(&plan.country).iter().any(starts) {
        "mobile"
    } else if !plan.area.is_empty() && starts(&plan.area.as_str()) {
        "local"
    } else {
        "national"
    }
}

/// First digits of mobile numbers by country, after the country code (national numbering plans, ITU-T E.129).
fn mobile(country: &str) -> &'static [&'static str] {
    match country {
        "49" => &["15", "16", "17"],
        "43" => &["65", "66", "67", "68", "69"],
        "41" => &["75", "76", "77", "78", "79"],
        "33" | "34" => &["6", "7"],
        "39" => &["3"],
        "44" => &["71", "72", "73", "74", "75", "77", "78", "79"],
        _ => &[],
    }
}

/// Whether a character is a place of a number: a digit, or what stands for one.
const fn is_place(b: u8) -> bool {
    b.is_ascii_digit() || is_gone(b)
}

/// Whether a character stands for a digit that is gone.
const fn is_gone(b: u8) -> bool {
    matches!(b, b'x' | b'X' | b'?')
}

/// Whether a character may stand in a number that fills its field.
const fn is_written(b: u8) -> bool {
    is_place(b) || matches!(b, b'+' | b' ' | b'-' | b'/' | b'(' | b')' | b'.' | b'\t')
}

/// The digits that a cut takes: those among the last `n` places.
fn cut_places(value: &[u8], n: usize) -> impl Iterator<Item = usize> {
    let places = (0..value.len()).rev().filter(|i| is_place(value[*i]));
    places.take(n).filter(|i| value[*i].is_ascii_digit())
}

/// Whether a cut would still change a number.
pub(super) fn would_cut(value: &[u8], n: usize) -> bool {
    cut_places(value, n).next().is_some()
}

/// Replaces the last `n` digits by `x`; `?` and signs between digits stay.
pub(super) fn cut(value: &mut [u8], n: usize) {
    let places: Vec<usize> = cut_places(value, n).collect();
    for i in places {
        value[i] = b'x';
    }
}

/// Whether seven digits or more stand together, cut ones included: a number behind a feature code such as `*31#`.
fn has_long_run(value: &[u8]) -> bool {
    let mut run = 0;
    value.iter().any(|b| {
        run = if is_place(*b) { run + 1 } else { 0 };
        run >= LONG_RUN
    })
}

/// Digits of the shortest outside number that is looked for among other signs.
pub(super) const LONG_RUN: usize = 7;
