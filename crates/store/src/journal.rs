//! The journal: what is about to be done to a file is on the disk before it is done.

use chrono::{SecondsFormat, Utc};
use rusqlite::{OptionalExtension as _, Row, params};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::effects::Effects;
use crate::rewrite::{Content, Job, KeptLines, temporary};
use crate::state::State;

/// What is done to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A new file takes its place.
    Replace,
    /// It is deleted.
    Delete,
}

impl Kind {
    const fn id(self) -> &'static str {
        match self {
            Self::Replace => "replace",
            Self::Delete => "delete",
        }
    }
}

/// How far an operation got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Progress {
    /// The new file is being prepared; the old one is whole.
    Begun,
    /// The new file is on the disk; the rename or deletion comes next.
    Ready,
    /// Done, and on the disk.
    Done,
    /// Taken back; the old file is whole.
    Undone,
    /// After a crash the file is neither the old nor the new one: somebody else has changed it.
    Unclear,
}

const PROGRESS: [(Progress, &str); 5] = [
    (Progress::Begun, "begun"),
    (Progress::Ready, "ready"),
    (Progress::Done, "done"),
    (Progress::Undone, "undone"),
    (Progress::Unclear, "unclear"),
];

impl Progress {
    /// The word in journal, ledger and reports.
    pub fn id(self) -> &'static str {
        PROGRESS
            .iter()
            .find(|(p, _)| *p == self)
            .map_or("", |(_, id)| id)
    }
}

/// One entry of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// Running number.
    pub id: i64,
    /// The run.
    pub run: String,
    /// The file, relative to the site folder.
    pub path: String,
    /// What is done to it.
    pub kind: Kind,
    /// How far it got.
    pub progress: Progress,
    /// The content before.
    pub before: Content,
    /// The content after, once it is known.
    pub after: Option<Content>,
    /// What the caller reported, as JSON; counts only.
    pub report: Option<String>,
    /// Temporary file beside it.
    pub(crate) temporary: String,
    /// Quarantine file, should a damaged line come up.
    pub(crate) quarantine: String,
}

/// An operation that has an open entry.
#[derive(Debug)]
pub(crate) struct Begun {
    pub(crate) id: i64,
    pub(crate) kind: Kind,
    pub(crate) temporary: String,
    pub(crate) quarantine: String,
    path: String,
    run: String,
    until: String,
}

/// Writes the journal of one run.
#[derive(Debug)]
pub(crate) struct Journal<'s> {
    state: &'s State,
    effects: Effects,
}

impl<'s> Journal<'s> {
    pub(crate) fn new(state: &'s State, effects: &Effects) -> Self {
        Self {
            state,
            effects: effects.clone(),
        }
    }

    pub(crate) fn begin(&self, run: &str, job: &Job<'_>, kind: Kind) -> Result<Begun, Error> {
        let until = job.quarantine_until.to_string();
        let (mut quarantine, mut temp) = (String::new(), String::new());
        let id = self.write(|database| {
            let transaction = database.unchecked_transaction()?;
            transaction.execute(
                "INSERT INTO operation (run, path, kind, before_bytes, before_digest, progress, begun_at, temporary, quarantine)
                 VALUES (?1, ?2, ?3, ?4, ?5, 'begun', ?6, '', '')",
                params![run, job.path, kind.id(), signed(job.expected.bytes), job.expected.digest, now()],
            )?;
            let id = transaction.last_insert_rowid();
            temp = temporary(run, id);
            quarantine = format!("{until}.{run}-{id}.lines");
            transaction.execute(
                "UPDATE operation SET temporary = ?2, quarantine = ?3 WHERE id = ?1",
                params![id, temp, quarantine],
            )?;
            transaction.commit()?;
            Ok(id)
        })?;
        Ok(Begun {
            id,
            kind,
            temporary: temp,
            quarantine,
            path: job.path.to_owned(),
            run: run.to_owned(),
            until,
        })
    }

    pub(crate) fn ready<T: Serialize>(
        &self,
        begun: &Begun,
        after: Option<&Content>,
        report: &T,
        kept: Option<&KeptLines>,
    ) -> Result<(), Error> {
        let report = serde_json::to_string(report)
            .map_err(|e| self.state.failed()(rusqlite::Error::ToSqlConversionFailure(e.into())))?;
        self.write(|database| {
            let transaction = database.unchecked_transaction()?;
            transaction.execute(
                "UPDATE operation SET progress = 'ready', after_bytes = ?2, after_digest = ?3, report = ?4 WHERE id = ?1",
                params![begun.id, after.map(|a| signed(a.bytes)), after.map(|a| &a.digest), report],
            )?;
            if let Some(kept) = kept {
                transaction.execute(
                    "INSERT INTO quarantine (file, path, run, lines, bytes, until, kept_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                    params![kept.file, begun.path, begun.run, signed(kept.lines), signed(kept.bytes), begun.until, now()],
                )?;
            }
            transaction.commit()
        })
    }

    pub(crate) fn done(&self, begun: &Begun) -> Result<(), Error> {
        self.close(begun.id, &begun.quarantine, Progress::Done)
    }

    pub(crate) fn undone(&self, begun: &Begun) -> Result<(), Error> {
        self.close(begun.id, &begun.quarantine, Progress::Undone)
    }

    /// Ends an entry; of one that is undone the quarantine is forgotten too.
    pub(crate) fn close(&self, id: i64, quarantine: &str, progress: Progress) -> Result<(), Error> {
        self.write(|database| {
            let transaction = database.unchecked_transaction()?;
            transaction.execute(
                "UPDATE operation SET progress = ?2, ended_at = ?3 WHERE id = ?1",
                params![id, progress.id(), now()],
            )?;
            if progress == Progress::Undone {
                transaction.execute("DELETE FROM quarantine WHERE file = ?1", [quarantine])?;
            }
            transaction.commit()
        })
    }

    pub(crate) fn is_ready(&self, begun: &Begun) -> bool {
        let read = self.state.database().query_row(
            "SELECT progress FROM operation WHERE id = ?1",
            [begun.id],
            |r| r.get::<_, String>(0),
        );
        // in doubt the entry stays open, and the next start looks at the file itself
        read.optional()
            .map_or(true, |p| p.is_some_and(|p| p == Progress::Ready.id()))
    }

    fn write<T>(
        &self,
        act: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        self.effects.run(|| Ok(())).map_err(Error::file(
            self.state.path(),
            "cannot write the journal",
            "write",
        ))?;
        act(self.state.database()).map_err(self.state.failed())
    }
}

impl State {
    /// The operations of a run, in their order.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn operations(&self, run: &str) -> Result<Vec<Operation>, Error> {
        self.operations_where("run = ?1", run)
    }

    /// Operations that a crash left open.
    pub(crate) fn open_operations(&self) -> Result<Vec<Operation>, Error> {
        self.operations_where("progress IN ('begun', 'ready') AND ?1 = ''", "")
    }

    fn operations_where(&self, condition: &str, value: &str) -> Result<Vec<Operation>, Error> {
        let sql = format!(
            "SELECT id, run, path, kind, progress, before_bytes, before_digest, after_bytes, after_digest, report, temporary, quarantine
             FROM operation WHERE {condition} ORDER BY id"
        );
        let mut statement = self.database().prepare(&sql).map_err(self.failed())?;
        statement
            .query_map([value], operation)
            .and_then(Iterator::collect)
            .map_err(self.failed())
    }
}

fn operation(row: &Row<'_>) -> rusqlite::Result<Operation> {
    let kind: String = row.get(3)?;
    let progress: String = row.get(4)?;
    let after = match (
        row.get::<_, Option<i64>>(7)?,
        row.get::<_, Option<String>>(8)?,
    ) {
        (Some(bytes), Some(digest)) => Some(Content {
            bytes: bytes.unsigned_abs(),
            digest,
        }),
        _ => None,
    };
    Ok(Operation {
        id: row.get(0)?,
        run: row.get(1)?,
        path: row.get(2)?,
        kind: if kind == Kind::Delete.id() {
            Kind::Delete
        } else {
            Kind::Replace
        },
        progress: PROGRESS
            .iter()
            .find(|(_, id)| *id == progress)
            .map_or(Progress::Unclear, |(p, _)| *p),
        before: Content {
            bytes: row.get::<_, i64>(5)?.unsigned_abs(),
            digest: row.get(6)?,
        },
        after,
        report: row.get(9)?,
        temporary: row.get(10)?,
        quarantine: row.get(11)?,
    })
}

/// SQLite has signed numbers only; no file is that large.
pub(crate) fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// The time for journal and runs: UTC, RFC 3339, to the second.
pub(crate) fn now() -> String {
    Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true)
}
