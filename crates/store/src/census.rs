//! The cache of censuses: a file that has not changed is not read again.

use gdpr4k_model::retention::Census;
use rusqlite::{OptionalExtension as _, params};

use crate::Error;
use crate::files::Stamp;
use crate::journal::signed;
use crate::state::State;

impl State {
    /// The census of a file, if it still is the one that was read and what decides is the same.
    ///
    /// `context` is the digest of what decided besides the bytes: rules, catalogue,
    /// protected numbers, suspensions, key generations.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn census(&self, path: &str, stamp: Stamp, context: &str) -> Result<Option<Census>, Error> {
        let sql = "SELECT census FROM census
                   WHERE path = ?1 AND bytes = ?2 AND modified_ns = ?3 AND inode = ?4 AND context = ?5";
        let values = params![
            path,
            signed(stamp.bytes),
            stamp.modified_ns,
            stamp.inode.cast_signed(),
            context
        ];
        let json: Option<String> = self
            .database()
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_row(values, |r| r.get(0)).optional())
            .map_err(self.failed())?;
        // a census of an older form is no census: the file is read again
        Ok(json.and_then(|json| serde_json::from_str(&json).ok()))
    }

    /// Keeps censuses with the stamps that the files had before they were read, in one transaction.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn keep_censuses<'a>(
        &self,
        censuses: impl IntoIterator<Item = (&'a Census, Stamp)>,
        context: &str,
    ) -> Result<(), Error> {
        let transaction = self
            .database()
            .unchecked_transaction()
            .map_err(self.failed())?;
        for (census, stamp) in censuses {
            let json = serde_json::to_string(census)
                .map_err(|e| self.failed()(rusqlite::Error::ToSqlConversionFailure(e.into())))?;
            let sql =
                "INSERT OR REPLACE INTO census (path, bytes, modified_ns, inode, context, census)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            let values = params![
                census.path,
                signed(stamp.bytes),
                stamp.modified_ns,
                stamp.inode.cast_signed(),
                context,
                json
            ];
            transaction
                .prepare_cached(sql)
                .and_then(|mut statement| statement.execute(values))
                .map_err(self.failed())?;
        }
        transaction.commit().map_err(self.failed())
    }

    /// Forgets the census of files that are gone or were rewritten.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn forget_censuses<'a>(
        &self,
        paths: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), Error> {
        let transaction = self
            .database()
            .unchecked_transaction()
            .map_err(self.failed())?;
        for path in paths {
            transaction
                .execute("DELETE FROM census WHERE path = ?1", [path])
                .map_err(self.failed())?;
        }
        transaction.commit().map_err(self.failed())
    }

    /// Paths that have a census.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn census_paths(&self) -> Result<Vec<String>, Error> {
        let mut statement = self
            .database()
            .prepare("SELECT path FROM census ORDER BY path")
            .map_err(self.failed())?;
        statement
            .query_map([], |r| r.get(0))
            .and_then(Iterator::collect)
            .map_err(self.failed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_census_counts_for_its_file_and_context_only() {
        let dir = tempfile::tempdir().unwrap();
        let state = State::open(dir.path()).unwrap();
        let census = Census {
            path: "cdr/a.txt".to_owned(),
            records: 7,
            ..Census::default()
        };
        let stamp = Stamp {
            bytes: 10,
            modified_ns: -5,
            inode: u64::MAX,
        };
        state.keep_censuses([(&census, stamp)], "c1").unwrap();
        assert_eq!(
            state.census("cdr/a.txt", stamp, "c1").unwrap(),
            Some(census.clone())
        );
        let others = [
            Stamp { bytes: 11, ..stamp },
            Stamp {
                modified_ns: 5,
                ..stamp
            },
            Stamp { inode: 1, ..stamp },
        ];
        for other in others {
            assert_eq!(state.census("cdr/a.txt", other, "c1").unwrap(), None);
        }
        assert_eq!(state.census("cdr/a.txt", stamp, "c2").unwrap(), None);
        assert_eq!(state.census("cdr/b.txt", stamp, "c1").unwrap(), None);
        state.keep_censuses([(&census, others[0])], "c2").unwrap();
        assert_eq!(
            state.census("cdr/a.txt", stamp, "c1").unwrap(),
            None,
            "replaced"
        );
        state
            .forget_censuses(state.census_paths().unwrap().iter().map(String::as_str))
            .unwrap();
        assert!(state.census_paths().unwrap().is_empty());
    }
}
