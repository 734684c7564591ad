//! `gdpr4k retention`: plan, approve, apply, verify, and what the timer calls.

mod approve;
mod certificate;
mod outlook;
mod show;

use std::path::Path;

use gdpr4k_engine::retention::{self as job, Execution, Job, Refused};
use gdpr4k_model::retention::{ApprovalMark, Plan, Run, RunOutcome};
use gdpr4k_model::{Catalogue, Lang};
use gdpr4k_policy::Policy;
use gdpr4k_store::effects::Effects;
use gdpr4k_store::files::write_document;
use serde_json::json;

use crate::args::retention::{Retention, RetentionCommand};
use crate::args::{Common, Format};
use crate::books::Books;
use crate::keys;
use crate::output::{Exit, Failure, say, say_json};
use crate::scan::Bar;
use crate::site::{self, Opened};

pub(crate) use outlook::metrics;

pub(crate) fn run(common: &Common, args: &Retention) -> Result<Exit, Failure> {
    let desk = Desk::open(common)?;
    match &args.command {
        RetentionCommand::Plan { output } => plan(&desk, output.as_deref()),
        RetentionCommand::Approve {
            plan,
            name,
            key,
            passphrase_file,
            ..
        } => approve::approve(
            &desk,
            plan.as_deref(),
            name,
            key,
            passphrase_file.as_deref(),
        ),
        RetentionCommand::Apply { plan } => apply(&desk, plan),
        RetentionCommand::Run => unattended(&desk),
        RetentionCommand::Verify => verify(&desk),
        RetentionCommand::Status => outlook::status(&desk),
        RetentionCommand::Simulate {
            until,
            compare,
            svg,
        } => outlook::simulate(&desk, *until, compare.as_deref(), svg.as_deref()),
        RetentionCommand::Certificate { run, out } => certificate::write(&desk, run, out),
        RetentionCommand::Stop { release } => stop(&desk, *release),
    }
}

/// What every command here needs: the site with its rules.
pub(crate) struct Desk<'c> {
    pub(crate) common: &'c Common,
    pub(crate) catalogue: Catalogue,
    pub(crate) opened: Opened,
    pub(crate) policy: Policy,
    bar: Bar,
}

impl<'c> Desk<'c> {
    pub(crate) fn open(common: &'c Common) -> Result<Self, Failure> {
        let catalogue = Catalogue::builtin();
        let opened = site::open(common)?;
        let policy = site::policy(common, &catalogue, &opened)?;
        Ok(Self {
            common,
            catalogue,
            opened,
            policy,
            bar: Bar::new(common),
        })
    }

    pub(crate) fn books(&self) -> Result<Books, Failure> {
        Books::open(&self.opened, None)
    }

    /// Does something with the job of this site.
    pub(crate) fn with<T>(
        &self,
        books: &Books,
        act: impl FnOnce(&Job<'_>) -> Result<T, job::Error>,
    ) -> Result<T, Failure> {
        let outcome = act(&Job {
            catalogue: &self.catalogue,
            site: &self.opened.site,
            folder: &self.opened.folder,
            policy: &self.policy,
            state: &books.state,
            as_of: self.opened.as_of,
            lang: Lang::En,
            progress: &|n| self.bar.add(n),
        });
        self.bar.done();
        outcome.map_err(Failure::from)
    }

    fn tell(&self, what: &str) {
        if !self.common.quiet {
            eprintln!("{what}");
        }
    }
}

impl From<job::Error> for Failure {
    fn from(error: job::Error) -> Self {
        match error {
            job::Error::Invalid(problems) => problems.into(),
            job::Error::Store(error) => error.into(),
            other => Self::refused(other.to_string()),
        }
    }
}

fn plan(desk: &Desk<'_>, output: Option<&Path>) -> Result<Exit, Failure> {
    let books = desk.books()?;
    desk.tell(&format!(
        "planning for {}; no file of the site is changed",
        desk.opened.folder.root().display()
    ));
    let plan = desk.with(&books, job::plan)?;
    if let Some(path) = output {
        let mut text = serde_json::to_vec_pretty(&plan).map_err(Failure::environment)?;
        text.push(b'\n');
        write_document(path, &text)?;
    }
    match desk.common.format {
        Format::Json => say_json("plan", &plan)?,
        Format::Text => {
            let file = output.map(|p| p.display().to_string());
            say(&show::plan(&plan, file.as_deref()))?;
        }
    }
    Ok(exit_of(&plan))
}

/// Attention where somebody has to look at something first, or a limit is exceeded.
fn exit_of(plan: &Plan) -> Exit {
    // a file that is still being written waits for the next run; where a start is not known the fallback decides
    let quiet = |a: &gdpr4k_model::retention::Attention| matches!(&*a.code, "G4K-801" | "G4K-404");
    if plan.totals.attention > 0 || !plan.over_limit.is_empty() || !plan.attention.iter().all(quiet)
    {
        Exit::Attention
    } else {
        Exit::Done
    }
}

/// A plan file: its bytes, as they were signed, and what stands in it.
fn read_plan(path: &Path) -> Result<(Vec<u8>, Plan), Failure> {
    let bytes = std::fs::read(path).map_err(|e| {
        Failure::environment(format!(
            "{} - cannot read the plan ({e}) - make one with gdpr4k retention plan -o FILE",
            path.display()
        ))
    })?;
    let plan = serde_json::from_slice(&bytes).map_err(|e| {
        Failure::refused(format!(
            "{} - no plan of this version (line {}, column {}) - make the plan again",
            path.display(),
            e.line(),
            e.column()
        ))
    })?;
    Ok((bytes, plan))
}

fn apply(desk: &Desk<'_>, path: &Path) -> Result<Exit, Failure> {
    let (bytes, plan) = read_plan(path)?;
    let books = desk.books()?;
    let found = desk.with(&books, |job| {
        job::heal(job, &Effects::real())?;
        job::refusal(job, &plan)
    })?;
    if let Some(refused) = found {
        return refuse(desk, &books, "apply", Some(&plan), &refused);
    }
    let approvals = approve::of_plan(desk, path, &bytes)?;
    match approvals {
        Ok(approvals) => carry_out(desk, &books, &plan, approvals, "apply"),
        Err(refused) => refuse(desk, &books, "apply", Some(&plan), &refused),
    }
}

fn unattended(desk: &Desk<'_>) -> Result<Exit, Failure> {
    let books = desk.books()?;
    desk.with(&books, |job| job::heal(job, &Effects::real()).map(|_| ()))?;
    let approvals = match approve::standing_of(desk, &books)? {
        Ok(approvals) => approvals,
        Err(refused) => return refuse(desk, &books, "run", None, &refused),
    };
    let plan = desk.with(&books, job::plan)?;
    match desk.with(&books, |job| job::refusal(job, &plan))? {
        Some(refused) => refuse(desk, &books, "run", Some(&plan), &refused),
        None => carry_out(desk, &books, &plan, approvals, "run"),
    }
}

fn carry_out(
    desk: &Desk<'_>,
    books: &Books,
    plan: &Plan,
    approvals: Vec<ApprovalMark>,
    word: &'static str,
) -> Result<Exit, Failure> {
    desk.tell(&format!(
        "carrying out plan {}: {} records in {} files",
        plan.plan,
        plan.totals.due,
        plan.files.len()
    ));
    books.append(
        "run-started",
        json!({ "job": word, "plan": plan.plan, "as_of": plan.as_of, "policy": plan.policy,
                "catalogue": plan.catalogue, "due": plan.totals.due, "approvals": approvals }),
    )?;
    let ring = keys::open(&desk.opened, None)?;
    let execution = Execution {
        ring: &ring,
        effects: &Effects::real(),
        approvals,
        word,
    };
    let run = desk.with(books, |job| job::apply(job, plan, &execution))?;
    finish(desk, books, &run)?;
    Ok(match run.outcome {
        RunOutcome::Done | RunOutcome::NothingDue
            if run.findings.is_empty() && exit_of(plan) == Exit::Done =>
        {
            Exit::Done
        }
        RunOutcome::Done | RunOutcome::NothingDue => Exit::Attention,
        RunOutcome::Refused => Exit::Refused,
        RunOutcome::Partial => {
            let left = run.files.iter().filter(|f| !f.left.is_empty()).count() as u64;
            match left > run.refused_files {
                true => Exit::Environment,
                false if left > 0 => Exit::Refused,
                false => Exit::Attention,
            }
        }
    })
}

/// Enters a run into ledger and history and says what it did.
fn finish(desk: &Desk<'_>, books: &Books, run: &Run) -> Result<(), Failure> {
    let files: Vec<_> = run
        .files
        .iter()
        .map(|f| {
            json!({ "path": f.path, "before": f.before.digest, "after": f.after.as_ref().map(|a| &a.digest),
                    "deleted": f.deleted, "left": !f.left.is_empty() })
        })
        .collect();
    let entry = books.append(
        "run-finished",
        json!({ "run": run.run, "plan": run.plan, "outcome": run.outcome.id(), "as_of": run.as_of,
                "totals": run.totals, "due_left": run.verify.due_left, "files": files }),
    )?;
    let mut report = serde_json::to_value(run).map_err(Failure::environment)?;
    report["ledger_entry"] = json!(entry.n);
    report["ledger_hash"] = json!(entry.hash);
    books
        .state
        .finish_run(&run.run, run.outcome.id(), &report)?;
    match desk.common.format {
        Format::Json => say_json("run", run)?,
        Format::Text => {
            say(&show::run(run))?;
            if run.outcome != RunOutcome::NothingDue {
                say(&format!(
                    "\nnext: gdpr4k retention certificate {} --out DIR",
                    run.run
                ))?;
            }
        }
    }
    Ok(())
}

/// Says why nothing was done; the ledger keeps that too.
fn refuse(
    desk: &Desk<'_>,
    books: &Books,
    word: &str,
    plan: Option<&Plan>,
    why: &Refused,
) -> Result<Exit, Failure> {
    books.append(
        "run-refused",
        json!({ "job": word, "plan": plan.map(|p| &p.plan), "why": why.to_string() }),
    )?;
    if desk.common.format == Format::Json {
        say_json(
            "run",
            &Run {
                plan: plan.map(|p| p.plan.clone()).unwrap_or_default(),
                as_of: desk.opened.as_of,
                outcome: RunOutcome::Refused,
                ..Run::default()
            },
        )?;
    }
    Err(Failure::refused(why.to_string()))
}

fn verify(desk: &Desk<'_>) -> Result<Exit, Failure> {
    let books = desk.books()?;
    desk.tell("reading every writable file afresh; nothing is changed");
    let verify = desk.with(&books, job::verify)?;
    let run = Run {
        as_of: desk.opened.as_of,
        outcome: if verify.due_left == 0 {
            RunOutcome::NothingDue
        } else {
            RunOutcome::Partial
        },
        verify,
        ..Run::default()
    };
    books.append(
        "verified",
        json!({ "as_of": run.as_of, "due_left": run.verify.due_left, "files": run.verify.files.len() }),
    )?;
    match desk.common.format {
        Format::Json => say_json("run", &run)?,
        Format::Text => say(&show::verified(&run))?,
    }
    Ok(if run.verify.due_left == 0 {
        Exit::Done
    } else {
        Exit::Attention
    })
}

fn stop(desk: &Desk<'_>, release: bool) -> Result<Exit, Failure> {
    use gdpr4k_store::stop;
    let state = desk.opened.folder.root().join(&desk.opened.site.head.state);
    if release {
        let was = stop::release(&state)?;
        say(if was {
            "runs are allowed again"
        } else {
            "the stop switch was not set; runs are allowed"
        })?;
    } else {
        stop::set(&state)?;
        say(
            "stop switch set: a running job halts after its current file, and none begins\nnext: gdpr4k retention stop --release",
        )?;
    }
    Ok(Exit::Done)
}
