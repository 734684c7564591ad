//! What is in the quarantine, and its deletion.
//!
//! A quarantine file is named after the day on which it is deleted, so that it is deleted
//! then even if the state database that knew it is lost.

use std::path::Path;

use chrono::NaiveDate;
use rusqlite::params;
use serde::Serialize;

use crate::Error;
use crate::effects::Effects;
use crate::journal::now;
use crate::place::Folder;
use crate::state::State;

/// Damaged lines of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Quarantined {
    /// Name in the quarantine folder.
    pub file: String,
    /// The file that they were in, relative to the site folder; empty where the state no longer knows.
    pub path: String,
    /// The run that took them out.
    pub run: String,
    /// Lines.
    pub lines: u64,
    /// Bytes.
    pub bytes: u64,
    /// The day on which they are deleted.
    pub until: NaiveDate,
}

impl State {
    /// What the quarantine holds, the earliest deletion first.
    ///
    /// # Errors
    /// The database or the folder cannot be read.
    pub fn quarantined(&self, folder: &Path) -> Result<Vec<Quarantined>, Error> {
        let mut all = Vec::new();
        for (name, until) in dated_files(folder)? {
            let known = self.known_quarantine(&name)?;
            all.push(known.unwrap_or_else(|| unknown(folder, name, until)));
        }
        all.sort_by(|a, b| (a.until, &a.file).cmp(&(b.until, &b.file)));
        Ok(all)
    }

    /// Deletes what is due in the quarantine on a day, and says what it was.
    ///
    /// # Errors
    /// A file cannot be deleted; call it again.
    pub fn delete_quarantined(
        &self,
        folder: &Path,
        as_of: NaiveDate,
        effects: &Effects,
    ) -> Result<Vec<Quarantined>, Error> {
        let mut due = self.quarantined(folder)?;
        due.retain(|q| q.until <= as_of);
        if due.is_empty() {
            return Ok(due);
        }
        let failed = || Error::file(folder, "cannot delete from the quarantine", "write");
        let opened = Folder::root(folder).map_err(failed())?;
        for quarantined in &due {
            effects
                .run(|| opened.unlink(&quarantined.file))
                .map_err(failed())?;
        }
        effects.run(|| opened.sync()).map_err(failed())?;
        for quarantined in &due {
            self.database()
                .execute(
                    "UPDATE quarantine SET deleted_at = ?2 WHERE file = ?1",
                    params![quarantined.file, now()],
                )
                .map_err(self.failed())?;
        }
        Ok(due)
    }

    fn known_quarantine(&self, file: &str) -> Result<Option<Quarantined>, Error> {
        use rusqlite::OptionalExtension as _;
        let row = self
            .database()
            .query_row(
                "SELECT path, run, lines, bytes, until FROM quarantine WHERE file = ?1",
                [file],
                |r| {
                    let until: String = r.get(4)?;
                    let known = Quarantined {
                        file: file.to_owned(),
                        path: r.get(0)?,
                        run: r.get(1)?,
                        lines: r.get::<_, i64>(2)?.unsigned_abs(),
                        bytes: r.get::<_, i64>(3)?.unsigned_abs(),
                        until: until.parse().unwrap_or(NaiveDate::MIN),
                    };
                    Ok(known)
                },
            )
            .optional()
            .map_err(self.failed())?;
        Ok(row)
    }
}

fn unknown(folder: &Path, file: String, until: NaiveDate) -> Quarantined {
    // a file that vanishes meanwhile has nothing in it
    let bytes = std::fs::read(folder.join(&file)).unwrap_or_default();
    Quarantined {
        path: String::new(),
        run: String::new(),
        lines: bytes.split_inclusive(|b| *b == b'\n').count() as u64,
        bytes: bytes.len() as u64,
        file,
        until,
    }
}

/// Files whose name begins with a day, as ours do; a folder that does not exist holds none.
fn dated_files(folder: &Path) -> Result<Vec<(String, NaiveDate)>, Error> {
    let failed = || Error::file(folder, "cannot list the quarantine", "read");
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(failed()(e)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed())?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let day = name
            .strip_suffix(".lines")
            .and_then(|n| n.split_once('.')?.0.parse().ok());
        let regular = entry.file_type().is_ok_and(|t| t.is_file());
        if let (Some(day), true) = (day, regular) {
            files.push((name, day));
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_deleted_on_their_day_also_when_the_state_is_lost() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("quarantine");
        let state = State::open(&dir.path().join("state")).unwrap();
        let day = |d| NaiveDate::from_ymd_opt(2027, 2, d).unwrap();
        assert!(state.quarantined(&folder).unwrap().is_empty());
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("2027-02-22.r1-1.lines"), "!a\n!b\n").unwrap();
        std::fs::write(folder.join("2027-02-23.r1-2.lines"), "!c").unwrap();
        std::fs::write(folder.join("notes.txt"), "ours").unwrap();
        let all = state.quarantined(&folder).unwrap();
        let seen: Vec<_> = all.iter().map(|q| (q.lines, q.bytes, q.until)).collect();
        assert_eq!(seen, [(2, 6, day(22)), (1, 2, day(23))]);
        let real = Effects::real();
        assert!(
            state
                .delete_quarantined(&folder, day(21), &real)
                .unwrap()
                .is_empty()
        );
        assert!(
            state
                .delete_quarantined(&folder, day(22), &Effects::failing_at(1))
                .is_err()
        );
        assert_eq!(
            state
                .delete_quarantined(&folder, day(22), &real)
                .unwrap()
                .len(),
            1
        );
        assert!(folder.join("2027-02-23.r1-2.lines").exists() && folder.join("notes.txt").exists());
    }
}
