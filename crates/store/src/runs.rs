//! The history of runs: counts, never values.

use chrono::Utc;
use rusqlite::{Row, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Error;
use crate::journal::now;
use crate::keys::{fill, hex};
use crate::state::State;

/// One run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Id.
    pub id: String,
    /// What was asked for: `apply`, `run`, `verify`, `erase`.
    pub job: String,
    /// Id of the plan, where there was one.
    pub plan: Option<String>,
    /// RFC 3339, UTC.
    pub started_at: String,
    /// RFC 3339, UTC; none while it works or where it was cut off.
    pub finished_at: Option<String>,
    /// How it ended: `done`, `partial`, `refused`, `nothing-due`, `interrupted`.
    pub outcome: Option<String>,
    /// Counts by cluster and treatment, digests, approvers.
    pub report: Option<Value>,
}

/// A new id: sorts by time, and is unique without asking anybody.
///
/// # Errors
/// The operating system gives no random bytes.
pub fn new_id() -> Result<String, Error> {
    let mut random = [0u8; 4];
    fill(&mut random)?;
    Ok(format!(
        "{}-{}",
        Utc::now().format("%Y%m%dT%H%M%SZ"),
        *hex(&random)
    ))
}

impl State {
    /// Enters a run before it does anything.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn begin_run(&self, id: &str, job: &str, plan: Option<&str>) -> Result<(), Error> {
        self.database()
            .execute(
                "INSERT INTO run (id, job, plan, started_at) VALUES (?1, ?2, ?3, ?4)",
                params![id, job, plan, now()],
            )
            .map(|_| ())
            .map_err(self.failed())
    }

    /// Says how a run ended, and empties the write-ahead log.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn finish_run(&self, id: &str, outcome: &str, report: &Value) -> Result<(), Error> {
        self.database()
            .execute(
                "UPDATE run SET finished_at = ?2, outcome = ?3, report = ?4 WHERE id = ?1",
                params![id, now(), outcome, report.to_string()],
            )
            .map_err(self.failed())?;
        self.checkpoint()
    }

    /// The latest runs, the newest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn runs(&self, at_most: u32) -> Result<Vec<Run>, Error> {
        self.runs_where("1 = 1", at_most)
    }

    /// Runs that were cut off: begun and never finished. Of a run that works now it lists the run too.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn unfinished_runs(&self) -> Result<Vec<Run>, Error> {
        self.runs_where("finished_at IS NULL", u32::MAX)
    }

    /// One run.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn run(&self, id: &str) -> Result<Option<Run>, Error> {
        Ok(self.runs(u32::MAX)?.into_iter().find(|run| run.id == id))
    }

    fn runs_where(&self, condition: &str, at_most: u32) -> Result<Vec<Run>, Error> {
        let sql = format!(
            "SELECT id, job, plan, started_at, finished_at, outcome, report
             FROM run WHERE {condition} ORDER BY number DESC LIMIT ?1"
        );
        let mut statement = self.database().prepare(&sql).map_err(self.failed())?;
        statement
            .query_map([at_most], run)
            .and_then(Iterator::collect)
            .map_err(self.failed())
    }
}

fn run(row: &Row<'_>) -> rusqlite::Result<Run> {
    let report: Option<String> = row.get(6)?;
    Ok(Run {
        id: row.get(0)?,
        job: row.get(1)?,
        plan: row.get(2)?,
        started_at: row.get(3)?,
        finished_at: row.get(4)?,
        outcome: row.get(5)?,
        report: report.and_then(|json| serde_json::from_str(&json).ok()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_kept_with_their_end() {
        let dir = tempfile::tempdir().unwrap();
        let state = State::open(dir.path()).unwrap();
        let (first, second) = (new_id().unwrap(), new_id().unwrap());
        assert_ne!(first, second);
        state.begin_run(&first, "run", None).unwrap();
        state.begin_run(&second, "apply", Some("p1")).unwrap();
        let report = serde_json::json!({ "deleted": 3 });
        state.finish_run(&second, "done", &report).unwrap();
        let runs = state.runs(10).unwrap();
        assert_eq!(
            (runs[0].id.as_str(), runs[1].id.as_str()),
            (second.as_str(), first.as_str())
        );
        assert_eq!(
            (runs[0].outcome.as_deref(), &runs[0].report),
            (Some("done"), &Some(report))
        );
        assert_eq!(state.run(&second).unwrap().as_ref(), Some(&runs[0]));
        let cut: Vec<_> = state
            .unfinished_runs()
            .unwrap()
            .into_iter()
            .map(|r| r.id)
            .collect();
        assert_eq!(cut, [first]);
    }
}
