//! Job 3: what is known about one person, and nothing about anyone else.

mod people;

pub use people::{Owned, Person, Span, certain_from, persons};

use std::path::Path;

use gdpr4k_model::number::{Access, Party};
use gdpr4k_model::site::Site;
use gdpr4k_store::guard::GuardKey;
use gdpr4k_store::keys::SealingKey;
use gdpr4k_store::state::State;

use crate::inventory::names::Name;

/// The id of a person as `find` prints it: keyed, so that it tells nothing by itself.
pub fn person_id(key: &GuardKey, apart: &[u8]) -> String {
    let text = [b"person\0", apart].concat();
    let token = key.token(&String::from_utf8_lossy(&text));
    let hex: String = token[..5].iter().map(|b| format!("{b:02x}")).collect();
    format!("P-{hex}")
}

/// The id of the one person that a query means: an id that `find` prints, or a name or number of one person.
///
/// # Errors
/// Nobody, or more than one; the state cannot be read.
pub fn person_of(
    state: &State,
    keys: &Path,
    sealing: &SealingKey,
    site: &Site,
    query: &str,
) -> Result<String, Error> {
    let guard = GuardKey::open_or_create(keys)?;
    let assignments = crate::retention::assignments(state, sealing)?;
    let all = persons(&assignments, |apart| person_id(&guard, apart));
    if let Some(person) = all.iter().find(|p| p.id == query) {
        return Ok(person.id.clone());
    }
    let party = site
        .plans()
        .normalise(0, query.trim().as_bytes(), Access::Plain);
    let name = Name::read(query);
    let meant: Vec<&Person> = all
        .iter()
        .filter(|p| match (&party, &name) {
            (Party::Internal(node, digits), _) => p
                .spans
                .iter()
                .any(|s| s.node == *node && s.number == digits.as_str()),
            (_, Some(name)) => p
                .names
                .iter()
                .any(|(surname, given)| *surname == name.surname && *given == name.given),
            _ => p.identity.as_deref() == Some(query),
        })
        .collect();
    match meant.as_slice() {
        [one] => Ok(one.id.clone()),
        [] => Err(Error::Nobody),
        many => Err(Error::Several {
            ids: many
                .iter()
                .map(|p| p.id.clone())
                .collect::<Vec<_>>()
                .join(", "),
        }),
    }
}

/// Why a person could not be told.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody answers to the query.
    #[error("nobody answers to this query - scan the site first, or ask gdpr4k subject find")]
    Nobody,
    /// More than one person does.
    #[error("more than one person answers to this query: {ids} - name one of these ids")]
    Several {
        /// Ids of the candidates.
        ids: String,
    },
    /// The state or a key could not be used.
    #[error(transparent)]
    Store(#[from] gdpr4k_store::Error),
}
