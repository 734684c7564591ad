//! Standing approvals: signatures over the rules themselves, for unattended runs.

use rusqlite::params;

use crate::Error;
use crate::journal::now;
use crate::state::State;

/// A signature over the rules, as it was given. Whether it counts is for [`crate::approve::verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Digest of the rules.
    pub policy: String,
    /// The document that was signed: rules and limits.
    pub document: String,
    /// SSHSIG.
    pub signature: String,
    /// RFC 3339, UTC.
    pub added_at: String,
}

impl State {
    /// Keeps a standing approval.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn keep_standing(
        &self,
        policy: &str,
        document: &str,
        signature: &str,
    ) -> Result<(), Error> {
        self.database()
            .execute(
                "INSERT OR IGNORE INTO standing (policy, document, signature, added_at) VALUES (?1, ?2, ?3, ?4)",
                params![policy, document, signature, now()],
            )
            .map(|_| ())
            .map_err(self.failed())
    }

    /// The standing approvals of rules, by their digest.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn standing(&self, policy: &str) -> Result<Vec<Standing>, Error> {
        let mut statement = self
            .database()
            .prepare("SELECT policy, document, signature, added_at FROM standing WHERE policy = ?1 ORDER BY id")
            .map_err(self.failed())?;
        statement
            .query_map([policy], |r| {
                Ok(Standing {
                    policy: r.get(0)?,
                    document: r.get(1)?,
                    signature: r.get(2)?,
                    added_at: r.get(3)?,
                })
            })
            .and_then(Iterator::collect)
            .map_err(self.failed())
    }

    /// Withdraws every standing approval; gives their number.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn withdraw_standing(&self) -> Result<usize, Error> {
        self.database()
            .execute("DELETE FROM standing", [])
            .map_err(self.failed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standing_approval_is_kept_once_and_for_its_rules() {
        let dir = tempfile::tempdir().unwrap();
        let state = State::open(dir.path()).unwrap();
        for signature in ["s1", "s1", "s2"] {
            state.keep_standing("p1", "rules", signature).unwrap();
        }
        let found: Vec<_> = state
            .standing("p1")
            .unwrap()
            .into_iter()
            .map(|s| s.signature)
            .collect();
        assert_eq!(found, ["s1", "s2"]);
        assert!(
            state.standing("p2").unwrap().is_empty(),
            "changed rules need a new one"
        );
        assert_eq!(state.withdraw_standing().unwrap(), 2);
        assert!(state.standing("p1").unwrap().is_empty());
    }
}
