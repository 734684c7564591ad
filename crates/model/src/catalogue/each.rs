//! Reading one TOML table so that one wrong key does not hide the next.

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeValue, ValueDeserializer};

use super::load::first_line;

/// What is wrong in a table, and where: byte offset in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) at: Option<usize>,
    pub(crate) what: String,
}

impl From<String> for Fault {
    fn from(what: String) -> Self {
        Self { at: None, what }
    }
}

impl From<toml::de::Error> for Fault {
    fn from(error: toml::de::Error) -> Self {
        Self {
            at: error.span().map(|s| s.start),
            what: first_line(&error),
        }
    }
}

/// More wrong keys than this in one table are not worth reading.
const MOST: usize = 50;

/// Tries a table again without what was wrong in it, until it is right or nothing more can be left out.
///
/// Gives what it is without the wrong keys, and every fault in the order met. A key that is
/// missing only because it was left out is no second fault.
pub(crate) fn every_fault<'a, T>(
    mut item: Spanned<DeValue<'a>>,
    mut read: impl FnMut(Spanned<DeValue<'a>>) -> Result<T, Fault>,
) -> (Option<T>, Vec<Fault>) {
    let mut faults = Vec::new();
    let mut left_out: Vec<(String, usize)> = Vec::new();
    while faults.len() < MOST {
        match read(item.clone()) {
            Ok(value) => return (Some(value), faults),
            Err(fault) => {
                let again = missing(&fault.what)
                    .zip(fault.at)
                    .is_some_and(|(key, at)| left_out.iter().any(|l| l.0 == key && l.1 == at));
                let left = fault.at.and_then(|at| leave_out(&mut item, at));
                if !again {
                    faults.push(fault);
                }
                match left {
                    Some(key) => left_out.push(key),
                    None => break,
                }
            }
        }
    }
    (None, faults)
}

/// Reads a table into a type, with every fault.
pub(crate) fn read_every<T: DeserializeOwned>(
    item: Spanned<DeValue<'_>>,
) -> (Option<T>, Vec<Fault>) {
    every_fault(item, |item| {
        T::deserialize(ValueDeserializer::from(item)).map_err(Fault::from)
    })
}

/// The key of `missing field ...`.
fn missing(what: &str) -> Option<&str> {
    what.strip_prefix("missing field `")?.strip_suffix('`')
}

/// Whether an offset lies in a value. The span of a table is that of its header alone.
fn covers(item: &Spanned<DeValue<'_>>, at: usize) -> bool {
    item.span().contains(&at)
        || match item.get_ref() {
            DeValue::Table(table) => table
                .iter()
                .any(|(k, v)| k.span().contains(&at) || covers(v, at)),
            DeValue::Array(items) => items.iter().any(|i| covers(i, at)),
            _ => false,
        }
}

/// Removes the key, or the item of a list of tables, that stands at an offset; gives the name of
/// the key and where its table begins.
fn leave_out(item: &mut Spanned<DeValue<'_>>, at: usize) -> Option<(String, usize)> {
    let start = item.span().start;
    match item.get_mut() {
        DeValue::Table(table) => {
            let (key, inner) = table
                .iter_mut()
                .find(|(k, v)| k.span().contains(&at) || covers(v, at))
                .map(|(k, v)| {
                    (
                        k.get_ref().to_string(),
                        (!k.span().contains(&at)).then_some(v),
                    )
                })?;
            if let Some(value) = inner
                && !value.get_ref().is_str()
                && let Some(inner) = leave_out(value, at)
            {
                return Some(inner);
            }
            table.remove(key.as_str());
            Some((key, start))
        }
        DeValue::Array(items) => {
            let i = items.iter().position(|i| covers(i, at))?;
            let item: &mut Spanned<DeValue<'_>> = items.get_mut(i)?;
            if !item.get_ref().is_table() {
                return None;
            }
            if let Some(inner) = leave_out(item, at) {
                return Some(inner);
            }
            let kept = items.iter().enumerate().filter(|(n, _)| *n != i);
            *items = kept.map(|(_, item)| item.clone()).collect();
            Some((String::new(), start))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use toml::de::DeTable;

    #[derive(Debug, Default, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "read only")]
    struct Outer {
        name: String,
        size: u8,
        #[serde(default)]
        inner: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "read only")]
    struct Inner {
        id: String,
        #[serde(default)]
        on: bool,
    }

    fn faults(text: &str) -> (bool, Vec<String>) {
        let table = DeTable::parse(text).unwrap();
        let span = table.span();
        let item = Spanned::new(span, DeValue::Table(table.into_inner()));
        let (value, faults) = read_every::<Outer>(item);
        let line = |at: Option<usize>| at.map_or(0, |at| super::super::line_of(text, at));
        let faults = faults.iter().map(|f| format!("{}: {}", line(f.at), f.what));
        (value.is_some(), faults.collect())
    }

    #[test]
    fn every_wrong_key_is_named_once() {
        let (read, found) = faults(
            "name = 5\nsize = 300\ncolour = 'x'\n[[inner]]\nid = 7\n[[inner]]\nid = 'a'\non = 'yes'\nmore = 1\n[[inner]]\non = true\n",
        );
        assert!(!read);
        let lines: Vec<&str> = found.iter().map(|f| f.split(':').next().unwrap()).collect();
        let mut sorted = lines.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, ["1", "10", "2", "3", "5", "8", "9"], "{found:#?}");
    }

    #[test]
    fn what_is_right_is_read_without_the_rest() {
        let (read, found) = faults("name = 'a'\nsize = 3\ncolour = 'x'\n");
        assert!(read);
        assert_eq!(found.len(), 1);
    }
}
