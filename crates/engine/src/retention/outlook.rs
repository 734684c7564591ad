//! Where retention stands, and what a policy will keep: from the censuses, without changing anything.

use chrono::NaiveDate;
use gdpr4k_model::retention::Suspension;
use gdpr4k_policy::simulate::{Horizon, Simulation, simulate as run};
use gdpr4k_policy::status::{ClusterStatus, status as stand};

use super::gather::{Reading, gather};
use super::prepare::prepare;
use super::{Error, Job};

/// Where retention stands on the day of the job.
pub struct Standing {
    /// One entry per cluster with records.
    pub clusters: Vec<ClusterStatus>,
    /// Suspensions that hold.
    pub suspensions: Vec<Suspension>,
    /// Files of writable sources.
    pub files: u64,
    /// Those that are left alone.
    pub left_alone: u64,
}

/// Where retention stands.
///
/// # Errors
/// The site cannot be read.
pub fn status(job: &Job<'_>) -> Result<Standing, Error> {
    let prepared = prepare(job)?;
    let gathered = gather(job, &prepared, Reading::Cached)?;
    let book = &prepared.book;
    let holds =
        |s: &Suspension| s.released_at.is_none() && s.until.is_none_or(|until| job.as_of <= until);
    Ok(Standing {
        clusters: stand(&gathered.censuses, &book.rules, &book.holds),
        suspensions: prepared
            .suspensions
            .iter()
            .filter(|s| holds(s))
            .cloned()
            .collect(),
        files: gathered.censuses.len() as u64,
        left_alone: gathered
            .censuses
            .iter()
            .filter(|c| c.left_alone.is_some())
            .count() as u64,
    })
}

/// What the rules keep of today's records until a day, in steps of `step` days.
///
/// # Errors
/// The site cannot be read.
pub fn simulate(job: &Job<'_>, until: NaiveDate, step: u64) -> Result<Simulation, Error> {
    let prepared = prepare(job)?;
    let gathered = gather(job, &prepared, Reading::Cached)?;
    let book = &prepared.book;
    let horizon = Horizon {
        until,
        step,
        inflow: false,
    };
    Ok(run(&gathered.censuses, &book.rules, &book.holds, horizon))
}
