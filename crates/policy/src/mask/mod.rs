//! What takes the place of a value: steps of a rule on the bytes of a field (cli.md 4).
//!
//! A value tells by itself what was done to it, so a step that was carried out
//! changes nothing when it comes again.

mod coarse;
mod inside;
mod number;
mod place;

pub use coarse::{Length, Written};
pub use number::{CLASSES, Form, Known, Numbers};
pub use place::{Place, Side};

use gdpr4k_model::catalogue::{Action, Grain, Selector, Stage};

use crate::selector::{Selectors, Sort};
use crate::token::{Collisions, Memo, Token, TokenKeys, is_text_token};
use inside::Within;

/// What a stage does with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Replaces the last digits of a number by `x`.
    Cut(u8),
    /// Writes the class of a number.
    Class,
    /// Writes a keyed token.
    Token,
    /// Coarsens a time, a duration or an address.
    Coarsen(Grain),
    /// Empties the value.
    Blank,
}

/// A stage, ready to be carried out: which values, and what happens to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mask {
    /// Which values.
    pub fields: Selectors,
    /// What happens.
    pub step: Step,
}

impl Mask {
    /// The mask of a stage; `None` for actions that end a whole record.
    pub fn of(stage: &Stage) -> Option<Self> {
        let step = match stage.action {
            Action::Cut => Step::Cut(stage.digits?),
            Action::Class => Step::Class,
            Action::Pseudonymise => Step::Token,
            Action::Generalise => Step::Coarsen(stage.to.unwrap_or(Grain::Hour)),
            Action::Blank => Step::Blank,
            Action::Aggregate | Action::Block | Action::Delete => return None,
        };
        Some(Self {
            fields: Selectors::new(&stage.fields),
            step,
        })
    }

    /// Whether it may change values of a sort; where not, they need not be looked at.
    pub fn may_take(&self, sort: Sort) -> bool {
        let takes = |selector| self.fields.contains(selector);
        match sort {
            Sort::Plain => false,
            Sort::Number | Sort::Device => self.fields.numbers(),
            Sort::Text(own) => takes(own),
            Sort::Speaking(own) => takes(own) || self.fields.numbers(),
            Sort::Secret => takes(Selector::Credential),
            Sort::Time(_) => takes(Selector::Time),
            Sort::Duration(_) => takes(Selector::Duration),
            Sort::Ip => takes(Selector::Ip),
        }
    }

    /// What blanks secrets, in whatever cluster (cli.md 4 "At once").
    pub fn secrets() -> Self {
        Self {
            fields: Selectors::new(&[Selector::Credential]),
            step: Step::Blank,
        }
    }
}

/// What writing needs besides the value.
pub struct Masker<'a> {
    /// The number plans.
    pub numbers: &'a Numbers,
    /// The keys of the domain and of the quarter of the start day.
    pub keys: &'a TokenKeys,
    /// Tokens met lately.
    pub memo: &'a mut Memo,
    /// The check of shortened tokens.
    pub collisions: &'a mut Collisions,
}

/// What became of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing: the step does not take it, or was carried out before. Nothing was written.
    Same,
    /// The new field was written.
    Written,
    /// Emptied, because what should stand there does not fit or the value could not be read.
    Emptied,
}

/// Whether a mask would still change a field.
///
/// `field` is the whole field with its padding; the answer is the same as whether
/// [`apply`] writes something.
pub fn pending(mask: Mask, sort: Sort, field: &[u8], place: &Place, numbers: &Numbers) -> bool {
    !matches!(todo(mask, sort, field, place, numbers), Todo::Nothing)
}

/// Which of several masks would still change a field, as a set of their bits.
///
/// The same as asking [`pending`] for each, with the number read once.
pub fn pending_of(
    masks: &[(u8, Mask)],
    sort: Sort,
    field: &[u8],
    place: &Place,
    numbers: &Numbers,
) -> u16 {
    let value = &field[place.value(field)];
    if value.is_empty() || sort == Sort::Plain {
        return 0;
    }
    let known = (sort == Sort::Number).then(|| numbers.whose(value, place));
    let due = |mask: Mask| match known {
        Some(known) => todo_number(mask, known, value, place, numbers),
        None => todo(mask, sort, field, place, numbers),
    };
    masks
        .iter()
        .filter(|(_, mask)| !matches!(due(*mask), Todo::Nothing))
        .fold(0, |bits, (bit, _)| bits | 1 << bit)
}

/// Writes what a mask makes of a field to the end of `out`; nothing where it changes nothing.
pub fn apply(
    mask: Mask,
    sort: Sort,
    field: &[u8],
    place: &Place,
    masker: &mut Masker<'_>,
    out: &mut Vec<u8>,
) -> Outcome {
    let todo = todo(mask, sort, field, place, masker.numbers);
    if matches!(todo, Todo::Nothing) {
        return Outcome::Same;
    }
    if mask.step == Step::Blank && !matches!(todo, Todo::Inside) {
        place.blank(field, out);
        return Outcome::Written;
    }
    let written = match todo {
        Todo::Nothing => false,
        Todo::Number(known) => number(mask.step, &known, field, place, masker, out),
        Todo::Inside => inside(mask, sort, field, place, masker, out),
        Todo::Whole => whole(mask.step, sort, field, place, masker, out),
    };
    if written {
        Outcome::Written
    } else {
        place.blank(field, out);
        Outcome::Emptied
    }
}

/// Whether a party of a call still stands in a field: to be blanked where a protected number takes part.
///
/// Numbers of all kinds count, tokens and dummies do not; of texts those that name
/// a party or hold a number.
pub fn party_stands(sort: Sort, field: &[u8], place: &Place, numbers: &Numbers) -> bool {
    let value = &field[place.value(field)];
    match sort {
        Sort::Number => {
            let site = |k| matches!(k, Known::NoPerson) && !is_nobody(value, place, numbers);
            !value.is_empty() && {
                let known = numbers.whose(value, place);
                known.selector().is_some() || site(known)
            }
        }
        Sort::Speaking(Selector::Name) => !value.is_empty() && !is_text_token(value, place.width),
        Sort::Speaking(_) | Sort::Device => inside::numbers(value, place, numbers, within(sort))
            .next()
            .is_some(),
        _ => false,
    }
}

/// Empties a field.
pub fn blank(field: &[u8], place: &Place, out: &mut Vec<u8>) {
    place.blank(field, out);
}

/// Tokens, dummies and class words: no party stands there.
fn is_nobody(value: &[u8], place: &Place, numbers: &Numbers) -> bool {
    use gdpr4k_model::number::Party;
    let party = numbers.plans().normalise(place.node, value, place.access);
    matches!(party, Party::Token | Party::Nobody)
}

/// What is to be done to a field.
enum Todo {
    Nothing,
    /// A number that fills the field.
    Number(Known),
    /// Numbers among other signs.
    Inside,
    /// The whole value.
    Whole,
}

fn todo(mask: Mask, sort: Sort, field: &[u8], place: &Place, numbers: &Numbers) -> Todo {
    let value = &field[place.value(field)];
    if value.is_empty() {
        return Todo::Nothing;
    }
    let takes = |selector| mask.fields.contains(selector);
    let whole = |due: bool| if due { Todo::Whole } else { Todo::Nothing };
    match sort {
        Sort::Plain => Todo::Nothing,
        Sort::Number => todo_number(mask, numbers.whose(value, place), value, place, numbers),
        Sort::Secret => whole(takes(Selector::Credential) && mask.step == Step::Blank),
        Sort::Text(own) => whole(takes(own) && text_due(mask.step, value, place)),
        Sort::Speaking(own) => {
            if takes(own) && text_due(mask.step, value, place) {
                Todo::Whole
            } else if is_text_token(value, place.width) {
                Todo::Nothing
            } else {
                found(mask, value, place, numbers, within(sort))
            }
        }
        Sort::Device => found(mask, value, place, numbers, within(sort)),
        Sort::Time(written) => match mask.step {
            Step::Coarsen(grain) if takes(Selector::Time) => {
                whole(!matches!(coarse::time(value, written, grain), Ok(None)))
            }
            Step::Blank => whole(takes(Selector::Time)),
            _ => Todo::Nothing,
        },
        Sort::Duration(length) => match mask.step {
            Step::Coarsen(_) if takes(Selector::Duration) => {
                whole(!matches!(coarse::duration(value, length), Ok(None)))
            }
            Step::Blank => whole(takes(Selector::Duration)),
            _ => Todo::Nothing,
        },
        Sort::Ip if !takes(Selector::Ip) => Todo::Nothing,
        Sort::Ip => match mask.step {
            Step::Coarsen(_) => whole(
                !is_text_token(value, place.width) && !matches!(coarse::network(value), Ok(None)),
            ),
            step => whole(text_due(step, value, place)),
        },
    }
}

fn todo_number(mask: Mask, known: Known, value: &[u8], place: &Place, numbers: &Numbers) -> Todo {
    let takes = |selector| mask.fields.contains(selector);
    if matches!(known, Known::Within) {
        return match found(mask, value, place, numbers, Within::Number) {
            Todo::Inside if mask.step == Step::Blank => Todo::Whole,
            other => other,
        };
    }
    if !known.selector().is_some_and(takes) {
        return Todo::Nothing;
    }
    match (mask.step, known) {
        (Step::Blank, known) => Todo::Number(known),
        (Step::Cut(n), known) if number::would_cut(value, n.into()) => Todo::Number(known),
        (Step::Class | Step::Token, known) if replaceable(&known) => Todo::Number(known),
        _ => Todo::Nothing,
    }
}

const fn within(sort: Sort) -> Within {
    match sort {
        Sort::Number => Within::Number,
        Sort::Device => Within::Device,
        _ => Within::Words,
    }
}

/// Numbers among other signs, where there is one that the mask takes and would change.
fn found(mask: Mask, value: &[u8], place: &Place, numbers: &Numbers, within: Within) -> Todo {
    if !mask.fields.numbers() {
        return Todo::Nothing;
    }
    let due = |f: inside::Found| takes_inside(mask, &value[f.range.clone()], &f.known);
    if inside::numbers(value, place, numbers, within).any(due) {
        Todo::Inside
    } else {
        Todo::Nothing
    }
}

fn takes_inside(mask: Mask, value: &[u8], known: &Known) -> bool {
    known.selector().is_some_and(|s| mask.fields.contains(s))
        && match mask.step {
            Step::Cut(n) => number::would_cut(value, n.into()),
            Step::Class | Step::Token => replaceable(known),
            Step::Blank => true,
            Step::Coarsen(_) => false,
        }
}

/// Whether enough of a number is left for a token or a class.
fn replaceable(known: &Known) -> bool {
    !matches!(known, Known::Cut(form) if !form.has_digits())
}

/// Whether a step changes a text that its selector takes.
fn text_due(step: Step, value: &[u8], place: &Place) -> bool {
    if is_text_token(value, place.width) {
        return false;
    }
    match step {
        Step::Blank | Step::Token => true,
        Step::Cut(n) => number::would_cut(value, n.into()),
        Step::Class | Step::Coarsen(_) => false,
    }
}

fn number(
    step: Step,
    known: &Known,
    field: &[u8],
    place: &Place,
    masker: &mut Masker<'_>,
    out: &mut Vec<u8>,
) -> bool {
    match step {
        Step::Cut(n) => {
            cut_in_place(field, place, n.into(), out);
            true
        }
        Step::Class => {
            let Some(word) = masker.numbers.class(known, place.node) else {
                return false;
            };
            let room = place.width.unwrap_or(word.len()).min(word.len());
            place.write(field, &word.as_bytes()[..room], out)
        }
        Step::Token => match number_token(known, place.width, masker) {
            Some(token) => place.write(field, token.as_bytes(), out),
            None => false,
        },
        Step::Coarsen(_) | Step::Blank => false,
    }
}

fn number_token(known: &Known, width: Option<usize>, masker: &mut Masker<'_>) -> Option<Token> {
    let keys = masker.keys;
    let (token, full) = match known {
        Known::Station(digits) => {
            let digits = digits.as_bytes();
            if digits.len() <= masker.numbers.longest_station() {
                return keys.station(digits, width);
            }
            (keys.station(digits, width)?, keys.station(digits, None)?)
        }
        Known::Outside(digits) => {
            let digits = digits.as_bytes();
            let full = keys.outside_with(masker.memo, digits, None)?;
            (full.shortened(width)?, full)
        }
        Known::Cut(form) => {
            let full = keys.outside(form.as_bytes(), None)?;
            (full.shortened(width)?, full)
        }
        Known::Within | Known::NoPerson => return None,
    };
    masker.collisions.note(keys.id(), token, full);
    Some(token)
}

fn inside(
    mask: Mask,
    sort: Sort,
    field: &[u8],
    place: &Place,
    masker: &mut Masker<'_>,
    out: &mut Vec<u8>,
) -> bool {
    let range = place.value(field);
    let value = &field[range.clone()];
    let mut text = Vec::with_capacity(value.len() + 16);
    let mut at = 0;
    let numbers = masker.numbers;
    let free = Place {
        width: None,
        ..*place
    };
    for found in inside::numbers(value, place, numbers, within(sort)) {
        let old = &value[found.range.clone()];
        if !takes_inside(mask, old, &found.known) {
            continue;
        }
        text.extend_from_slice(&value[at..found.range.start]);
        at = found.range.end;
        if mask.step != Step::Blank
            && !number(mask.step, &found.known, old, &free, masker, &mut text)
        {
            return false;
        }
    }
    text.extend_from_slice(&value[at..]);
    if text.len() == value.len() {
        // the same length: padding stays as it is
        out.extend_from_slice(&field[..range.start]);
        out.extend_from_slice(&text);
        out.extend_from_slice(&field[range.end..]);
        return true;
    }
    place.write(field, &text, out)
}

fn whole(
    step: Step,
    sort: Sort,
    field: &[u8],
    place: &Place,
    masker: &mut Masker<'_>,
    out: &mut Vec<u8>,
) -> bool {
    let value = &field[place.value(field)];
    let selector = match sort {
        Sort::Text(own) | Sort::Speaking(own) => own,
        Sort::Ip => Selector::Ip,
        _ => Selector::Time,
    };
    match (step, sort) {
        (Step::Cut(n), _) => {
            cut_in_place(field, place, n.into(), out);
            true
        }
        (Step::Token, _) => {
            let (Some(token), Some(full)) = (
                masker.keys.text(selector, value, place.width),
                masker.keys.text(selector, value, None),
            ) else {
                return false;
            };
            masker.collisions.note(masker.keys.id(), token, full);
            place.write(field, token.as_bytes(), out)
        }
        (Step::Coarsen(grain), sort) => {
            let coarse = match sort {
                Sort::Time(written) => coarse::time(value, written, grain),
                Sort::Duration(length) => coarse::duration(value, length),
                _ => coarse::network(value),
            };
            matches!(&coarse, Ok(Some(text)) if place.write(field, text, out))
        }
        (Step::Class | Step::Blank, _) => false,
    }
}

fn cut_in_place(field: &[u8], place: &Place, n: usize, out: &mut Vec<u8>) {
    let range = place.value(field);
    let from = out.len();
    out.extend_from_slice(field);
    number::cut(&mut out[from + range.start..from + range.end], n);
}

#[cfg(test)]
mod tests;
