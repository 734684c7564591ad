//! Carrying out a plan: file by file, each whole or not at all, and proved by reading afresh.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use chrono::{Days, NaiveDate};
use gdpr4k_model::Finding;
use gdpr4k_model::finding::Arg;
use gdpr4k_model::retention::{
    ApprovalMark, DueLeft, FileState, Plan, PlannedFile, Run, RunFile, RunFinding, RunOutcome,
    Treatment, Verify,
};
use gdpr4k_policy::plan::plan_id;
use gdpr4k_store::effects::Effects;
use gdpr4k_store::keys::KeyRing;
use gdpr4k_store::rewrite::{self, Content, Rewriter, Streamed, recover};
use gdpr4k_store::runs::new_id;
use gdpr4k_store::stop;

use super::counts::Counts;
use super::gather::{Gathered, Reading, calls, gather, other};
use super::keys::TokenRing;
use super::prepare::{Prepared, prepare};
use super::targets::Target;
use super::{Error, Job, plan_of};
use crate::inventory::in_words;

/// How a plan is carried out.
pub struct Execution<'a> {
    /// The keys of tokens.
    pub ring: &'a KeyRing,
    /// The gate that effects pass.
    pub effects: &'a Effects,
    /// Who approved; empty: nobody, and nothing is carried out.
    pub approvals: Vec<ApprovalMark>,
    /// `apply` or `run`.
    pub word: &'static str,
}

/// Why a plan is not carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The id is not that of the content.
    #[error("plan - its content is not what its id says - make the plan again; nobody may edit it")]
    Altered,
    /// The rules are others now.
    #[error("plan - the rules have changed since it was made - make the plan again")]
    Policy,
    /// The catalogue is another one now.
    #[error("plan - the catalogue has changed since it was made - make the plan again")]
    Catalogue,
    /// Suspensions, events, protected numbers or erasure orders are others now.
    #[error(
        "plan - suspensions, start events, protected numbers or erasure orders have changed since it was made - make the plan again"
    )]
    Context,
    /// It exceeds a limit.
    #[error(
        "plan - {due} of {records} records of {cluster} are due (expected at most {allowed} by {limit}) - check why; raise the limit in [retention] of site.toml if it is right"
    )]
    Limit {
        /// Cluster.
        cluster: String,
        /// Due.
        due: u64,
        /// Records.
        records: u64,
        /// Allowed.
        allowed: u64,
        /// Key of the limit.
        limit: String,
    },
    /// Too few signatures.
    #[error(
        "plan - {found} valid signatures (expected {needed}){why} - gdpr4k retention approve FILE --as NAME --key KEY"
    )]
    Approval {
        /// Valid ones.
        found: usize,
        /// Needed.
        needed: usize,
        /// Why others do not count.
        why: String,
    },
    /// No standing approval for the rules that hold now.
    #[error(
        "standing approval - none fits the rules and limits that hold now{why} - gdpr4k retention approve --standing --as NAME --key KEY"
    )]
    Standing {
        /// Why others do not count.
        why: String,
    },
    /// The stop switch is set.
    #[error("stop switch - it is set - gdpr4k retention stop --release allows runs again")]
    Stopped,
    /// A file of the plan is another one now.
    #[error("{path} - the file has changed since the plan was made - make the plan again")]
    Stale {
        /// The file.
        path: String,
    },
}

/// Whether a plan still holds; asked before anything is touched.
///
/// # Errors
/// The site cannot be read.
pub fn refusal(job: &Job<'_>, plan: &Plan) -> Result<Option<Refused>, Error> {
    if plan_id(plan) != plan.plan {
        return Ok(Some(Refused::Altered));
    }
    if stop::is_set(&job.folder.root().join(&job.site.head.state)) {
        return Ok(Some(Refused::Stopped));
    }
    let then = Job {
        as_of: plan.as_of,
        ..*job
    };
    let prepared = prepare(&then)?;
    if prepared.policy != plan.policy {
        return Ok(Some(Refused::Policy));
    }
    if plan.catalogue != job.catalogue.digest() {
        return Ok(Some(Refused::Catalogue));
    }
    if prepared.context != plan.context {
        return Ok(Some(Refused::Context));
    }
    // the limits of today count, not those of the day of the plan
    let limits = gdpr4k_policy::plan::over_limit(plan, super::limits(job));
    if let Some(l) = limits.first().or(plan.over_limit.first()) {
        return Ok(Some(Refused::Limit {
            cluster: l.cluster.clone(),
            due: l.due,
            records: l.records,
            allowed: l.allowed,
            limit: l.limit.clone(),
        }));
    }
    // only files that have changed since the plan was made are read again
    let gathered = gather(&then, &prepared, Reading::Cached)?;
    let now: BTreeMap<&str, &str> = gathered
        .censuses
        .iter()
        .map(|c| (c.path.as_str(), c.digest.as_str()))
        .collect();
    for file in &plan.files {
        let same = now
            .get(file.path.as_str())
            .is_some_and(|d| d.is_empty() || *d == file.digest);
        if !same {
            return Ok(Some(Refused::Stale {
                path: file.path.clone(),
            }));
        }
    }
    Ok(None)
}

/// Heals what an interrupted run left; to be called before anything else.
///
/// # Errors
/// A left-over cannot be removed.
pub fn heal(job: &Job<'_>, effects: &Effects) -> Result<Vec<Finding>, Error> {
    let root = job.folder.root();
    let recovery = recover(
        job.state,
        root,
        &root.join(&job.site.head.quarantine),
        effects,
    )?;
    let mut findings = Vec::new();
    if !recovery.operations.is_empty() {
        findings.push(Finding::new("G4K-806").with("count", recovery.operations.len()));
    }
    if !recovery.strays.is_empty() {
        findings.push(Finding::new("G4K-812").with("count", recovery.strays.len()));
    }
    Ok(findings)
}

/// Carries out exactly a plan, then reads the files afresh.
///
/// The caller has asked [`refusal`] and checked the approvals.
///
/// # Errors
/// The site or the state cannot be used. What concerns one file is in the answer.
pub fn apply(job: &Job<'_>, plan: &Plan, execution: &Execution<'_>) -> Result<Run, Error> {
    let planned_for = Job {
        as_of: plan.as_of,
        ..*job
    };
    let job = &planned_for;
    let prepared = prepare(job)?;
    let id = new_id()?;
    let mut run = Run {
        run: id.clone(),
        plan: plan.plan.clone(),
        as_of: plan.as_of,
        started_at: now(),
        approvals: execution.approvals.clone(),
        policy: plan.policy.clone(),
        catalogue: plan.catalogue.clone(),
        ..Run::default()
    };
    job.state.begin_run(&id, execution.word, Some(&plan.plan))?;
    let mut findings = Vec::new();
    expire(job, execution, &mut run)?;
    if plan.files.is_empty() {
        run.outcome = RunOutcome::NothingDue;
    } else {
        let gathered = gather(job, &prepared, Reading::Cached)?;
        carry_out(
            job,
            plan,
            execution,
            &prepared,
            &gathered,
            &mut run,
            &mut findings,
        )?;
    }
    let kept = plan.totals.kept + plan.totals.attention;
    let suspended = plan.totals.suspended;
    // records of files that were not touched stay too
    run.totals.kept = kept.max(run.totals.kept);
    run.totals.suspended = suspended.max(run.totals.suspended);
    run.verify = verify_of(job, Some(plan))?;
    if run.verify.due_left > 0 && run.outcome == RunOutcome::Done {
        run.outcome = RunOutcome::Partial;
    }
    run.findings = findings.iter().map(|f| said(job, f)).collect();
    run.finished_at = now();
    Ok(run)
}

/// Carries out the items of every file.
fn carry_out(
    job: &Job<'_>,
    plan: &Plan,
    execution: &Execution<'_>,
    prepared: &Prepared<'_>,
    gathered: &Gathered<'_>,
    run: &mut Run,
    findings: &mut Vec<Finding>,
) -> Result<(), Error> {
    let root = job.folder.root();
    let state = root.join(&job.site.head.state);
    let rewriter = Rewriter::new(
        job.state,
        root,
        root.join(&job.site.head.quarantine),
        &run.run,
        execution.effects,
    )?;
    let longest = prepared.book.numbers.longest_station();
    let mut rings: BTreeMap<&'static str, TokenRing<'_>> = BTreeMap::new();
    let by_path: BTreeMap<&str, &Target> = gathered
        .targets
        .iter()
        .map(|t| (t.file.path.as_str(), t))
        .collect();
    run.outcome = RunOutcome::Done;
    for (begun, file) in plan.files.iter().enumerate() {
        if stop::is_set(&state) {
            let count = plan.files.len() - begun;
            findings.push(Finding::new("G4K-807").with("count", count));
            run.outcome = RunOutcome::Partial;
            break;
        }
        let Some(target) = by_path.get(file.path.as_str()) else {
            left(
                run,
                findings,
                file,
                "it is not there any more, or no writable source names it",
            );
            continue;
        };
        let domain = target.purpose.id();
        let ring = rings
            .entry(domain)
            .or_insert_with(|| TokenRing::new(execution.ring, domain, longest));
        match treat(
            job,
            plan,
            (prepared, gathered),
            &rewriter,
            ring,
            target,
            file,
        ) {
            Ok((counts, after)) => {
                counts.add_to(&mut run.totals, &mut run.clusters);
                run.files.push(RunFile {
                    path: file.path.clone(),
                    before: FileState {
                        bytes: file.bytes,
                        records: file.records,
                        digest: file.digest.clone(),
                    },
                    deleted: after.is_none(),
                    after: after.map(|c| FileState {
                        bytes: c.bytes,
                        records: counts.left(),
                        digest: c.digest,
                    }),
                    left: String::new(),
                });
            }
            Err(error) => {
                let refused = matches!(&error, Error::Store(e) if e.is_refusal());
                left(run, findings, file, &error.to_string());
                run.refused_files += u64::from(refused);
            }
        }
    }
    job.state.forget_censuses(
        run.files
            .iter()
            .filter(|f| f.left.is_empty())
            .map(|f| f.path.as_str()),
    )?;
    Ok(())
}

fn left(run: &mut Run, findings: &mut Vec<Finding>, file: &PlannedFile, why: &str) {
    findings.push(
        Finding::new("G4K-805")
            .path(file.path.clone())
            .with("why", Arg::declared(why)),
    );
    run.outcome = RunOutcome::Partial;
    run.files.push(RunFile {
        path: file.path.clone(),
        before: FileState {
            bytes: file.bytes,
            records: file.records,
            digest: file.digest.clone(),
        },
        left: why.to_owned(),
        ..RunFile::default()
    });
}

/// Treats one file: deletes it, or puts what is left of it in its place.
fn treat(
    job: &Job<'_>,
    plan: &Plan,
    (prepared, gathered): (&Prepared<'_>, &Gathered<'_>),
    rewriter: &Rewriter<'_>,
    keys: &TokenRing<'_>,
    target: &Target,
    file: &PlannedFile,
) -> Result<(Counts, Option<Content>), Error> {
    let expected = Content {
        bytes: file.bytes,
        digest: file.digest.clone(),
    };
    let work = rewrite::Job {
        path: &file.path,
        expected: &expected,
        quarantine_until: quarantine_until(job, prepared, target),
    };
    let mut items = plan.items.iter().filter(|i| i.path == file.path);
    if items.all(|i| i.action == Treatment::DeleteFile) {
        let done = rewriter.delete(&work, |source, _| {
            let mut counts = Counts::default();
            counts.with_file(plan, &file.path);
            Ok::<_, Error>(Streamed {
                read: rewrite::content(source)?,
                written: None,
                report: counts,
            })
        })?;
        return Ok((done.report, None));
    }
    let (started, mut streaming) = (Instant::now(), Duration::ZERO);
    let done = rewriter.replace(&work, |source, output, quarantine| {
        let streamed = match calls(job.site, &prepared.book, target) {
            Some(calls) => calls.rewrite(keys, source, output, quarantine, job.progress)?,
            None => match other(gathered, job.site, job.folder, &prepared.book, target) {
                Some(other) => other.rewrite(keys, source, output, quarantine, job.progress)?,
                None => {
                    return Err(Error::Kind {
                        path: file.path.clone(),
                    });
                }
            },
        };
        streaming = started.elapsed();
        // a plan is carried out exactly or not at all; digests are compared by the store
        if streamed.read == expected && !streamed.report.agrees(plan, &file.path) {
            return Err(Error::Disagrees {
                path: file.path.clone(),
            });
        }
        Ok(streamed)
    })?;
    tracing::info!(
        path = file.path,
        bytes = done.before.bytes,
        left = done.after.as_ref().map(|c| c.bytes),
        streamed = streaming.as_secs_f64(),
        on_disk = started.elapsed().as_secs_f64(),
        "rewritten"
    );
    Ok((done.report, done.after))
}

/// The day on which damaged lines of a file are deleted in the quarantine: when the file is due by its own
/// day, and not before somebody could look at them for 30 days.
fn quarantine_until(job: &Job<'_>, prepared: &Prepared<'_>, target: &Target) -> NaiveDate {
    let node = &job.site.sources[target.source].node;
    let rules = &prepared.book.rules;
    let due = rules.end_day("call-detail-outgoing", target.day, false, target.day, node);
    let look = job.as_of + Days::new(30);
    due.map_or(look, |d| d.max(look))
}

/// Deletes what is due in the quarantine.
fn expire(job: &Job<'_>, execution: &Execution<'_>, run: &mut Run) -> Result<(), Error> {
    let folder = job.folder.root().join(&job.site.head.quarantine);
    let gone = job
        .state
        .delete_quarantined(&folder, job.as_of, execution.effects)?;
    run.quarantine_deleted = gone.len() as u64;
    Ok(())
}

/// What a fresh reading finds: records that are due on the day of the job.
///
/// # Errors
/// The site cannot be read.
pub fn verify(job: &Job<'_>) -> Result<Verify, Error> {
    verify_of(job, None)
}

/// Reads afresh: all files, or those that a plan touched.
fn verify_of(job: &Job<'_>, plan: Option<&Plan>) -> Result<Verify, Error> {
    let prepared = prepare(job)?;
    let mut gathered = gather(
        job,
        &prepared,
        if plan.is_some() {
            Reading::Cached
        } else {
            Reading::Fresh
        },
    )?;
    if let Some(plan) = plan {
        let touched: BTreeSet<&str> = plan.files.iter().map(|f| f.path.as_str()).collect();
        gathered
            .censuses
            .retain(|c| touched.contains(c.path.as_str()));
    }
    let again = plan_of(job, &prepared, &gathered);
    let mut files: BTreeMap<String, u64> = BTreeMap::new();
    for item in &again.items {
        *files.entry(item.path.clone()).or_default() += item.records;
    }
    Ok(Verify {
        at: now(),
        due_left: again.totals.due,
        files: files
            .into_iter()
            .map(|(path, due_left)| DueLeft { path, due_left })
            .collect(),
    })
}

fn said(job: &Job<'_>, finding: &Finding) -> RunFinding {
    let words = in_words(job.catalogue, finding, job.lang);
    RunFinding {
        code: words.code,
        path: words.path,
        message: words.message,
    }
}

/// Time of the run, RFC 3339 in UTC.
fn now() -> String {
    chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}
