//! Suspensions: legal holds and restrictions, sealed in the state database.
//!
//! Whoever reads the database learns how many there are, and nothing else. Where one
//! cannot be opened nothing may be deleted, so that is an error and not a count.

use gdpr4k_model::Sealed;
use gdpr4k_model::retention::Suspension;
use rusqlite::{OptionalExtension as _, params};
use serde::{Deserialize, Serialize};

use crate::keys::SealingKey;
use crate::state::State;
use crate::{Error, Refusal};

/// Whom a suspension is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// A number, normalised.
    Number(Sealed<String>),
    /// A person, by id.
    Person(Sealed<String>),
}

/// A suspension and whom it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// The suspension.
    pub suspension: Suspension,
    /// Whom it is for; none where it is for a path, a cluster or a time, and after its release.
    pub held: Option<Held>,
}

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct Row {
    suspension: Suspension,
    number: Option<String>,
    person: Option<String>,
}

const LABEL: &[u8] = b"gdpr4k suspension";

impl State {
    /// Enters a suspension; its id is `H` and the next number, whatever it came with.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn add_hold(&self, mut hold: Hold, key: &SealingKey) -> Result<Hold, Error> {
        let transaction = self
            .database()
            .unchecked_transaction()
            .map_err(self.failed())?;
        transaction
            .execute("INSERT INTO hold (sealed) VALUES (x'')", [])
            .map_err(self.failed())?;
        let number = transaction.last_insert_rowid();
        hold.suspension.id = format!("H{number}");
        hold.suspension.by_number = hold.held.is_some();
        transaction
            .execute(
                "UPDATE hold SET sealed = ?2 WHERE number = ?1",
                params![number, seal(&hold, key)?],
            )
            .map_err(self.failed())?;
        transaction.commit().map_err(self.failed())?;
        Ok(hold)
    }

    /// Every suspension, also released ones, in the order in which they were entered.
    ///
    /// # Errors
    /// The database cannot be read, or a row not be opened.
    pub fn holds(&self, key: &SealingKey) -> Result<Vec<Hold>, Error> {
        let mut statement = self
            .database()
            .prepare("SELECT sealed FROM hold ORDER BY number")
            .map_err(self.failed())?;
        let rows: Vec<Vec<u8>> = statement
            .query_map([], |r| r.get(0))
            .and_then(Iterator::collect)
            .map_err(self.failed())?;
        let holds: Vec<_> = rows.iter().filter_map(|sealed| open(sealed, key)).collect();
        match rows.len() - holds.len() {
            0 => Ok(holds),
            rows => Err(Error::Unsealable {
                path: self.path().to_owned(),
                what: "suspensions",
                rows,
            }),
        }
    }

    /// Releases a suspension. It stays with who, when and why; whom it was for is forgotten.
    ///
    /// # Errors
    /// There is none of this id, it was released already, or it cannot be opened or written.
    pub fn release_hold(
        &self,
        id: &str,
        at: &str,
        by: &str,
        reason: &str,
        key: &SealingKey,
    ) -> Result<Suspension, Error> {
        let refused = |why| Error::refused(id, why);
        let number: i64 = id
            .strip_prefix('H')
            .and_then(|n| n.parse().ok())
            .ok_or_else(|| refused(Refusal::NoHold))?;
        let sealed: Option<Vec<u8>> = self
            .database()
            .query_row("SELECT sealed FROM hold WHERE number = ?1", [number], |r| {
                r.get(0)
            })
            .optional()
            .map_err(self.failed())?;
        let sealed = sealed.ok_or_else(|| refused(Refusal::NoHold))?;
        let mut hold = open(&sealed, key).ok_or_else(|| Error::Unsealable {
            path: self.path().to_owned(),
            what: "suspensions",
            rows: 1,
        })?;
        if hold.suspension.released_at.is_some() {
            return Err(refused(Refusal::HoldReleased));
        }
        hold.held = None;
        hold.suspension.released_at = Some(at.to_owned());
        hold.suspension.released_by = Some(by.to_owned());
        hold.suspension.released_reason = Some(reason.to_owned());
        self.database()
            .execute(
                "UPDATE hold SET sealed = ?2 WHERE number = ?1",
                params![number, seal(&hold, key)?],
            )
            .map_err(self.failed())?;
        self.checkpoint()?;
        Ok(hold.suspension)
    }
}

fn seal(hold: &Hold, key: &SealingKey) -> Result<Vec<u8>, Error> {
    let (number, person) = match &hold.held {
        None => (None, None),
        Some(Held::Number(n)) => (Some(n.expose().clone()), None),
        Some(Held::Person(p)) => (None, Some(p.expose().clone())),
    };
    let row = Row {
        suspension: hold.suspension.clone(),
        number,
        person,
    };
    let text = serde_json::to_vec(&row)
        .map(zeroize::Zeroizing::new)
        .map_err(|e| {
            Error::file("suspension", "cannot be written down", "write")(std::io::Error::other(
                e.to_string(),
            ))
        })?;
    key.seal_for(&text, LABEL)
}

fn open(sealed: &[u8], key: &SealingKey) -> Option<Hold> {
    let row: Row = serde_json::from_slice(&key.open_for(sealed, LABEL)?).ok()?;
    let held = match (row.number, row.person) {
        (Some(number), _) => Some(Held::Number(Sealed::new(number))),
        (None, Some(person)) => Some(Held::Person(Sealed::new(person))),
        (None, None) => None,
    };
    Some(Hold {
        suspension: row.suspension,
        held,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hold(reason: &str, held: Option<Held>) -> Hold {
        let suspension = Suspension {
            reason: reason.to_owned(),
            case: "AZ 1".to_owned(),
            ..Suspension::default()
        };
        Hold { suspension, held }
    }

    #[test]
    fn holds_are_sealed_overlap_and_stay_after_their_release() {
        let dir = tempfile::tempdir().unwrap();
        let keys = dir.path().join("keys");
        let key = SealingKey::open_or_create(&keys).unwrap();
        let state = State::open(&dir.path().join("state")).unwrap();
        let number = Held::Number(Sealed::new("canary-4711".to_owned()));
        for _ in 0..2 {
            let added = state
                .add_hold(hold("dispute of canary-Muster", Some(number.clone())), &key)
                .unwrap();
            assert!(added.suspension.by_number);
        }
        state.add_hold(hold("a path", None), &key).unwrap();
        let person = Held::Person(Sealed::new("P7".to_owned()));
        state
            .add_hold(hold("restricted", Some(person.clone())), &key)
            .unwrap();
        let holds = state.holds(&key).unwrap();
        let ids: Vec<_> = holds.iter().map(|h| h.suspension.id.as_str()).collect();
        assert_eq!(ids, ["H1", "H2", "H3", "H4"]);
        assert_eq!(holds[1].held, Some(number));
        assert_eq!(holds[3].held, Some(person));

        let released = state
            .release_hold("H1", "2026-11-24T10:00:00Z", "dana", "settled", &key)
            .unwrap();
        assert_eq!(released.released_by.as_deref(), Some("dana"));
        let holds = state.holds(&key).unwrap();
        assert_eq!((holds.len(), &holds[0].held), (4, &None));
        assert_eq!(holds[0].suspension.reason, "dispute of canary-Muster");
        for (id, why) in [
            ("H1", Refusal::HoldReleased),
            ("H9", Refusal::NoHold),
            ("x", Refusal::NoHold),
        ] {
            let again = state.release_hold(id, "", "", "", &key);
            assert!(matches!(again, Err(Error::Refused { why: found, .. }) if found == why));
        }

        let stored: Vec<u8> = std::fs::read_dir(dir.path().join("state"))
            .unwrap()
            .flat_map(|e| std::fs::read(e.unwrap().path()).unwrap_or_default())
            .collect();
        assert!(!stored.windows(6).any(|w| w == b"canary"), "sealed at rest");

        let other = SealingKey::open_or_create(&dir.path().join("other")).unwrap();
        assert!(
            matches!(state.holds(&other), Err(Error::Unsealable { rows: 4, .. })),
            "nothing may be deleted then"
        );
    }
}
