//! Job 2: what is due is deleted, cut or pseudonymised, after it was shown and approved, and proved afterwards.

mod apply;
mod blocks;
mod calls;
mod census;
mod counts;
mod digest;
pub(crate) mod edit;
mod facts;
mod fields;
mod gather;
mod keys;
mod left;
mod lines;
mod memo;
mod others;
mod outlook;
mod plans;
mod prepare;
mod reports;
mod rewrite;
mod rulebook;
mod targets;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod turns;
mod watch;
mod whole;

pub use apply::{Execution, Refused, apply, heal, refusal, verify};
pub use outlook::{Standing, simulate, status};
pub(crate) use prepare::assignments;
pub use watch::canonical;

use chrono::NaiveDate;
use gdpr4k_model::Lang;
use gdpr4k_model::catalogue::{Catalogue, Problem, Problems};
use gdpr4k_model::retention::Plan;
use gdpr4k_model::site::Site;
use gdpr4k_policy::Policy;
use gdpr4k_policy::plan::{Head, Limits};
use gdpr4k_store::files::SiteFolder;
use gdpr4k_store::state::State;

/// A site, its rules and its state, on a day.
#[derive(Clone, Copy)]
pub struct Job<'a> {
    /// The catalogue.
    pub catalogue: &'a Catalogue,
    /// The site.
    pub site: &'a Site,
    /// Its folder.
    pub folder: &'a SiteFolder,
    /// Its rules.
    pub policy: &'a Policy,
    /// Its state; holding it holds the lock.
    pub state: &'a State,
    /// The day that ages are judged by, site-local.
    pub as_of: NaiveDate,
    /// Language of reasons and messages.
    pub lang: Lang,
    /// Told about every block read.
    pub progress: crate::inventory::Progress<'a>,
}

/// Why a job of retention could not be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Site file, layouts, rules.
    #[error(transparent)]
    Invalid(#[from] Problems),
    /// An effect failed or was refused.
    #[error(transparent)]
    Store(#[from] gdpr4k_store::Error),
    /// A kind of file that has no way to be rewritten.
    #[error("{path} - files of this kind are not rewritten record by record - make the plan again")]
    Kind {
        /// The file.
        path: String,
    },
    /// A file could not be treated; it stays as it was.
    #[error("{path} - {why}; nothing was changed - make the plan again")]
    Untreated {
        /// The file.
        path: String,
        /// Why.
        why: String,
    },
    /// Counts differ from the plan although the file is the same: a defect.
    #[error(
        "{path} - what would be done is not what the plan says; nothing was changed - this is a defect, please report it"
    )]
    Disagrees {
        /// The file.
        path: String,
    },
    /// A suspension cannot be asked.
    #[error(
        "suspension {id} - its path is no pattern, so nothing may be changed - release it and enter it again"
    )]
    Hold {
        /// Id.
        id: String,
    },
}

impl From<Vec<Problem>> for Error {
    fn from(problems: Vec<Problem>) -> Self {
        Self::Invalid(Problems(problems))
    }
}

/// What is due on the day of the job; changes no file of the site.
///
/// # Errors
/// The site cannot be read, or what decides is invalid.
pub fn plan(job: &Job<'_>) -> Result<Plan, Error> {
    let prepared = prepare::prepare(job)?;
    let gathered = gather::gather(job, &prepared, gather::Reading::Cached)?;
    Ok(plan_of(job, &prepared, &gathered))
}

fn plan_of(
    job: &Job<'_>,
    prepared: &prepare::Prepared<'_>,
    gathered: &gather::Gathered<'_>,
) -> Plan {
    let head = Head {
        site: job.site.head.name.clone(),
        lang: job.lang,
        policy: prepared.policy.clone(),
        catalogue: job.catalogue.digest().to_owned(),
        context: prepared.context.clone(),
    };
    let book = &prepared.book;
    gdpr4k_policy::plan::plan(
        &head,
        &gathered.censuses,
        &book.rules,
        &book.holds,
        limits(job),
        job.catalogue,
    )
}

/// The limits that hold now.
fn limits(job: &Job<'_>) -> Limits {
    Limits {
        max_share: job.site.retention.max_share,
        max_count: job.site.retention.max_count,
    }
}
