//! The restore guard: an erased person's records that come back are erased again.
//!
//! Kept are keyed tokens of the erased numbers and the days for which they were the
//! person's: HMAC-SHA-256 under a key in the keys folder. Without the key the tokens tell
//! nothing; with it they tell whether a given number is one of them, so they are
//! pseudonymised personal data and have a row in the data map.

use std::collections::HashMap;
use std::path::Path;

use chrono::NaiveDate;
use hmac::{Hmac, Mac as _};
use rusqlite::params;
use sha2::Sha256;

use crate::Error;
use crate::journal::now;
use crate::keys::plain_key;
use crate::state::State;

/// What stands for a value.
pub type Token = [u8; 16];

/// The days of an order, both included; none on a side: open.
type Days = (Option<NaiveDate>, Option<NaiveDate>);

/// The key of the tokens, with its state prepared.
#[derive(Clone)]
pub struct GuardKey {
    mac: Hmac<Sha256>,
}

impl std::fmt::Debug for GuardKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GuardKey(sealed)")
    }
}

impl GuardKey {
    /// Opens the key in the keys folder, or makes one.
    ///
    /// # Errors
    /// The folder cannot be written, others may read the key, or it is no key.
    pub fn open_or_create(folder: &Path) -> Result<Self, Error> {
        let bytes = plain_key(folder, "restore-guard.key")?;
        let mac = Hmac::new_from_slice(&*bytes).map_err(|_| Error::Key {
            path: folder.join("restore-guard.key"),
            expected: "64 hexadecimal digits",
        })?;
        Ok(Self { mac })
    }

    /// The token of a normalised value.
    pub fn token(&self, value: &str) -> Token {
        let mut mac = self.mac.clone();
        mac.update(value.as_bytes());
        let mut token = Token::default();
        token.copy_from_slice(&mac.finalize().into_bytes()[..16]);
        token
    }
}

/// The orders of a site, for asking about every record.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    orders: HashMap<Token, Vec<Days>>,
}

impl Guard {
    /// Whether nothing was ever erased for a person.
    pub fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    /// Whether the value was erased for some day.
    pub fn knows(&self, token: &Token) -> bool {
        self.orders.contains_key(token)
    }

    /// Whether the value was erased for a day.
    pub fn holds(&self, token: &Token, day: NaiveDate) -> bool {
        self.orders.get(token).is_some_and(|all| {
            let within =
                |(from, to): &Days| from.is_none_or(|f| day >= f) && to.is_none_or(|t| day <= t);
            all.iter().any(within)
        })
    }
}

impl State {
    /// Remembers that a value was erased for the days from `from` to `to`, both included.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn remember_erased(
        &self,
        token: &Token,
        from: Option<NaiveDate>,
        to: Option<NaiveDate>,
    ) -> Result<(), Error> {
        self.database()
            .execute(
                "INSERT OR IGNORE INTO erasure (token, from_day, to_day, added_at) VALUES (?1, ?2, ?3, ?4)",
                params![token, from.map(|d| d.to_string()), to.map(|d| d.to_string()), now()],
            )
            .map(|_| ())
            .map_err(self.failed())
    }

    /// How many orders there are and which came last: changes with every new one.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn guard_mark(&self) -> Result<String, Error> {
        self.database()
            .query_row(
                "SELECT count(*), coalesce(max(rowid), 0) FROM erasure",
                [],
                |r| Ok(format!("{} {}", r.get::<_, i64>(0)?, r.get::<_, i64>(1)?)),
            )
            .map_err(self.failed())
    }

    /// The orders of the site.
    ///
    /// # Errors
    /// The database cannot be read, or an order not be understood.
    pub fn guard(&self) -> Result<Guard, Error> {
        let mut statement = self
            .database()
            .prepare("SELECT token, from_day, to_day FROM erasure")
            .map_err(self.failed())?;
        let rows: Vec<(Token, Option<String>, Option<String>)> = statement
            .query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))
            .and_then(Iterator::collect)
            .map_err(self.failed())?;
        let mut guard = Guard::default();
        for (token, from, to) in rows {
            let days = (self.day(from)?, self.day(to)?);
            guard.orders.entry(token).or_default().push(days);
        }
        Ok(guard)
    }

    fn day(&self, text: Option<String>) -> Result<Option<NaiveDate>, Error> {
        let unreadable = |e: chrono::ParseError| {
            self.failed()(rusqlite::Error::FromSqlConversionFailure(
                0,
                rusqlite::types::Type::Text,
                e.into(),
            ))
        };
        text.map(|text| text.parse().map_err(unreadable))
            .transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_erased_number_is_recognised_in_its_days_and_only_with_the_key() {
        let dir = tempfile::tempdir().unwrap();
        let key = GuardKey::open_or_create(&dir.path().join("keys")).unwrap();
        let state = State::open(&dir.path().join("state")).unwrap();
        assert!(state.guard().unwrap().is_empty());
        let day = |d| NaiveDate::from_ymd_opt(2026, 5, d).unwrap();
        let token = key.token("default/2100");
        for _ in 0..2 {
            state
                .remember_erased(&token, Some(day(10)), Some(day(20)))
                .unwrap();
        }
        state
            .remember_erased(&key.token("default/2101"), None, None)
            .unwrap();
        let guard = state.guard().unwrap();
        let held: Vec<_> = [9, 10, 20, 21].map(|d| guard.holds(&token, day(d))).into();
        assert_eq!(held, [false, true, true, false]);
        assert!(guard.holds(&key.token("default/2101"), day(1)));
        assert!(!guard.holds(&key.token("default/2102"), day(15)));
        let again = GuardKey::open_or_create(&dir.path().join("keys")).unwrap();
        assert_eq!(again.token("default/2100"), token);
        let other = GuardKey::open_or_create(&dir.path().join("other")).unwrap();
        assert_ne!(other.token("default/2100"), token);
        let rows: i64 = state
            .database()
            .query_row("SELECT count(*) FROM erasure", [], |r| r.get(0))
            .unwrap();
        assert_eq!(rows, 2, "an order is kept once");
    }
}
