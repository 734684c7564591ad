//! The state database: counts, dates and findings of every scan, and the sealed assignment history.

mod tables;

use std::fs::File;
use std::path::{Path, PathBuf};

use gdpr4k_model::inventory::Inventory;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::Error;
use crate::keys::{SealingKey, private_folder};
use tables::MIGRATIONS;

/// An opened row; wiped from memory when it goes out of use.
pub type Opened = zeroize::Zeroizing<Vec<u8>>;

/// Version of the tables.
const VERSION: i64 = MIGRATIONS.len() as i64;

/// The open state of a site. Holding it holds the lock: one gdpr4k at a time.
#[derive(Debug)]
pub struct State {
    path: PathBuf,
    database: Connection,
    _lock: File,
}

impl State {
    /// Opens the state of a site, makes it where there is none.
    ///
    /// # Errors
    /// Another gdpr4k works on the site; the folder or the database cannot be used.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        private_folder(folder)?;
        let lock_path = folder.join("lock");
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&lock_path)
            .map_err(Error::file(&lock_path, "cannot open the lock", "write"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => {
                return Err(Error::Locked { path: lock_path });
            }
            Err(std::fs::TryLockError::Error(e)) => {
                return Err(Error::file(&lock_path, "cannot lock", "write")(e));
            }
        }
        let path = folder.join("state.sqlite");
        let database = prepare(&path)?;
        Ok(Self {
            path,
            database,
            _lock: lock,
        })
    }

    /// The inventory of the last scan, and when it was finished (RFC 3339).
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn last_inventory(&self) -> Result<Option<(String, Inventory)>, Error> {
        let row: Option<(String, String)> = self
            .database
            .query_row(
                "SELECT finished_at, inventory FROM scan ORDER BY id DESC LIMIT 1",
                [],
                |r| Ok((r.get(0)?, r.get(1)?)),
            )
            .optional()
            .map_err(self.failed())?;
        Ok(row.and_then(|(at, json)| Some((at, serde_json::from_str(&json).ok()?))))
    }

    /// The two latest inventories, the newest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn last_two_inventories(&self) -> Result<Vec<(String, Inventory)>, Error> {
        let mut statement = self
            .database
            .prepare("SELECT finished_at, inventory FROM scan ORDER BY id DESC LIMIT 2")
            .map_err(self.failed())?;
        let rows = statement
            .query_map([], |r| Ok((r.get::<_, String>(0)?, r.get::<_, String>(1)?)))
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(self.failed())?;
        Ok(rows
            .into_iter()
            .filter_map(|(at, json)| Some((at, serde_json::from_str(&json).ok()?)))
            .collect())
    }

    /// Keeps the inventory of a scan and replaces the assignment history, in one transaction.
    ///
    /// Only the last twelve inventories stay. Every assignment is sealed on its own.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn keep_scan(
        &mut self,
        finished_at: &str,
        tool_version: &str,
        inventory: &Inventory,
        assignments: &[Vec<u8>],
        key: &SealingKey,
    ) -> Result<(), Error> {
        let path = self.path.clone();
        let failed = |source| Error::State {
            path: path.clone(),
            source,
        };
        let json = serde_json::to_string(inventory)
            .map_err(|e| failed(rusqlite::Error::ToSqlConversionFailure(e.into())))?;
        let transaction = self.database.transaction().map_err(failed)?;
        transaction
            .execute(
                "INSERT INTO scan (finished_at, as_of, tool_version, catalogue, inventory) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![finished_at, inventory.as_of.to_string(), tool_version, inventory.catalogue, json],
            )
            .map_err(failed)?;
        transaction
            .execute(
                "DELETE FROM scan WHERE id <= (SELECT max(id) FROM scan) - 12",
                [],
            )
            .map_err(failed)?;
        transaction
            .execute("DELETE FROM assignment", [])
            .map_err(failed)?;
        {
            let mut insert = transaction
                .prepare("INSERT INTO assignment (sealed) VALUES (?1)")
                .map_err(failed)?;
            for assignment in assignments {
                insert.execute([key.seal(assignment)?]).map_err(failed)?;
            }
        }
        transaction.commit().map_err(failed)?;
        self.checkpoint()
    }

    /// Empties the write-ahead log: what was deleted must not stay readable in it. Call it after every run.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn checkpoint(&self) -> Result<(), Error> {
        self.database
            .pragma_update(None, "wal_checkpoint", "TRUNCATE")
            .map_err(self.failed())
    }

    /// The assignment history, opened with its key; rows of another key are counted, not guessed.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn assignments(&self, key: &SealingKey) -> Result<(Vec<Opened>, usize), Error> {
        let mut statement = self
            .database
            .prepare("SELECT sealed FROM assignment ORDER BY id")
            .map_err(self.failed())?;
        let rows = statement
            .query_map([], |r| r.get::<_, Vec<u8>>(0))
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(self.failed())?;
        let opened: Vec<_> = rows.iter().filter_map(|sealed| key.open(sealed)).collect();
        let lost = rows.len() - opened.len();
        Ok((opened, lost))
    }

    pub(crate) const fn database(&self) -> &Connection {
        &self.database
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn failed(&self) -> impl Fn(rusqlite::Error) -> Error + use<> {
        let path = self.path.clone();
        move |source| Error::State {
            path: path.clone(),
            source,
        }
    }
}

fn prepare(path: &Path) -> Result<Connection, Error> {
    let failed = |source| Error::State {
        path: path.to_owned(),
        source,
    };
    let database = Connection::open(path).map_err(failed)?;
    // FAST would leave deleted values in the free pages (sqlite.org/pragma.html#pragma_secure_delete)
    database
        .execute_batch("PRAGMA secure_delete = ON; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")
        .map_err(failed)?;
    let version: i64 = database
        .query_row("PRAGMA user_version", [], |r| r.get(0))
        .map_err(failed)?;
    let known = usize::try_from(version)
        .ok()
        .and_then(|version| MIGRATIONS.get(version..));
    let Some(missing) = known else {
        return Err(Error::NewerState {
            path: path.to_owned(),
            found: version,
            expected: VERSION,
        });
    };
    if !missing.is_empty() {
        let steps = missing.concat();
        database
            .execute_batch(&format!(
                "BEGIN; {steps} PRAGMA user_version = {VERSION}; COMMIT;"
            ))
            .map_err(failed)?;
    }
    Ok(database)
}

#[cfg(test)]
mod tests {
    use super::tables::SCAN;
    use super::*;

    fn files(folder: &Path) -> Vec<u8> {
        std::fs::read_dir(folder)
            .unwrap()
            .flat_map(|e| std::fs::read(e.unwrap().path()).unwrap_or_default())
            .collect()
    }

    #[test]
    fn the_assignment_history_is_sealed_and_gone_when_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let (state_dir, keys) = (dir.path().join("state"), dir.path().join("keys"));
        let key = SealingKey::open_or_create(&keys).unwrap();
        let mut state = State::open(&state_dir).unwrap();
        assert!(matches!(State::open(&state_dir), Err(Error::Locked { .. })));
        let inventory = Inventory {
            site: "Beispiel".into(),
            ..Inventory::default()
        };
        let canary = b"canary-4711-Muster".to_vec();
        state
            .keep_scan(
                "2026-11-22T03:00:00Z",
                "0",
                &inventory,
                std::slice::from_ref(&canary),
                &key,
            )
            .unwrap();
        assert_eq!(state.assignments(&key).unwrap().0[0].as_slice(), canary);
        let contains = |bytes: &[u8]| bytes.windows(canary.len()).any(|w| w == canary);
        assert!(!contains(&files(&state_dir)), "sealed at rest");
        let other = SealingKey::open_or_create(&dir.path().join("other")).unwrap();
        assert_eq!(
            state.assignments(&other).unwrap().1,
            1,
            "another key reads nothing"
        );
        state
            .keep_scan("2026-11-23T03:00:00Z", "0", &inventory, &[], &key)
            .unwrap();
        assert!(state.assignments(&key).unwrap().0.is_empty());
        assert_eq!(state.last_inventory().unwrap().unwrap().1.site, "Beispiel");
    }

    #[test]
    fn a_state_of_the_first_version_keeps_what_it_has() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state.sqlite");
        let old = Connection::open(&path).unwrap();
        old.execute_batch(&format!("{SCAN} PRAGMA user_version = 1;"))
            .unwrap();
        old.execute("INSERT INTO assignment (sealed) VALUES (x'00')", [])
            .unwrap();
        drop(old);
        let state = State::open(dir.path()).unwrap();
        let rows: i64 = state
            .database()
            .query_row("SELECT count(*) FROM assignment", [], |r| r.get(0))
            .unwrap();
        assert_eq!(rows, 1);
        state.begin_run("r1", "run", None).unwrap();
        drop(state);
        assert_eq!(
            State::open(dir.path())
                .unwrap()
                .unfinished_runs()
                .unwrap()
                .len(),
            1
        );
    }

    #[test]
    fn a_state_of_a_newer_gdpr4k_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        drop(State::open(dir.path()).unwrap());
        let newer = Connection::open(dir.path().join("state.sqlite")).unwrap();
        newer.execute_batch("PRAGMA user_version = 99;").unwrap();
        drop(newer);
        let opened = State::open(dir.path());
        assert!(matches!(
            opened,
            Err(Error::NewerState {
                found: 99,
                expected: 2,
                ..
            })
        ));
    }
}
