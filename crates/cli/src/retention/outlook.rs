//! Where retention stands, what it will keep, and the figures for monitoring.

use std::path::Path;

use chrono::NaiveDate;
use gdpr4k_engine::retention::{self as job, Job, Standing};
use gdpr4k_model::Lang;
use gdpr4k_policy::Policy;
use gdpr4k_policy::simulate::{Difference, Simulation, differences};
use gdpr4k_policy::status::ClusterStatus;
use gdpr4k_report::future::{Course, Future, draw};
use gdpr4k_store::files::write_document;
use gdpr4k_store::runs::Run;
use serde::Serialize;

use super::{Desk, approve};
use crate::args::retention::Metrics;
use crate::args::{Common, Format};
use crate::books::Books;
use crate::output::{Exit, Failure, grouped, say, say_json, table, wrapped};
use crate::{ledger, site};

/// `retention status --format json`
#[derive(Serialize)]
struct Status<'a> {
    site: &'a str,
    as_of: NaiveDate,
    clusters: &'a [ClusterStatus],
    files: u64,
    left_alone: u64,
    suspensions: usize,
    standing_approval: bool,
    ledger_intact: bool,
    last_run: Option<&'a Run>,
    last_success: Option<&'a str>,
    next_due: Option<NaiveDate>,
}

pub(super) fn status(desk: &Desk<'_>) -> Result<Exit, Failure> {
    let books = desk.books()?;
    let standing = desk.with(&books, job::status)?;
    let runs = books.state.runs(50)?;
    let approved = approve::standing_of(desk, &books)?.is_ok();
    let intact = ledger::check(&desk.opened, &books.state)?.faults.is_empty();
    let success = last_success(&runs);
    let next = standing.clusters.iter().filter_map(|c| c.next).min();
    let overdue: u64 = standing.clusters.iter().map(|c| c.overdue).sum();
    match desk.common.format {
        Format::Json => say_json(
            "retention-status",
            &Status {
                site: &desk.opened.site.head.name,
                as_of: desk.opened.as_of,
                clusters: &standing.clusters,
                files: standing.files,
                left_alone: standing.left_alone,
                suspensions: standing.suspensions.len(),
                standing_approval: approved,
                ledger_intact: intact,
                last_run: runs.first(),
                last_success: success.and_then(|r| r.finished_at.as_deref()),
                next_due: next,
            },
        )?,
        Format::Text => say(&text(desk, &standing, &runs, (approved, intact, next)))?,
    }
    Ok(if overdue > 0 || !intact || !approved {
        Exit::Attention
    } else {
        Exit::Done
    })
}

fn last_success(runs: &[Run]) -> Option<&Run> {
    runs.iter()
        .find(|r| matches!(r.outcome.as_deref(), Some("done" | "nothing-due")))
}

fn text(
    desk: &Desk<'_>,
    standing: &Standing,
    runs: &[Run],
    (approved, intact, next): (bool, bool, Option<NaiveDate>),
) -> String {
    let mut out = vec![wrapped(
        &format!(
            "{}, as of {}: {} files of writable sources, {} of them left alone",
            desk.opened.site.head.name,
            desk.opened.as_of,
            grouped(standing.files),
            grouped(standing.left_alone)
        ),
        80,
        "",
    )];
    let day = |d: Option<NaiveDate>| d.map_or_else(|| "-".to_owned(), |d| d.to_string());
    let rows: Vec<Vec<String>> = standing
        .clusters
        .iter()
        .map(|c| {
            vec![
                c.cluster.clone(),
                grouped(c.records),
                day(c.oldest),
                day(c.limit),
                grouped(c.overdue),
                grouped(c.due),
                grouped(c.suspended),
            ]
        })
        .collect();
    out.push(String::new());
    if rows.is_empty() {
        out.push("no records in writable sources".to_owned());
    } else {
        let head = [
            "kind of data",
            "records",
            "oldest",
            "limit",
            "overdue",
            "due",
            "held",
        ];
        out.push(table(&head, &rows, &[1, 4, 5, 6]));
    }
    out.push(String::new());
    out.push(match runs.first() {
        Some(run) => format!(
            "last run {}: {}",
            run.id,
            run.outcome.as_deref().unwrap_or("cut off")
        ),
        None => "no run yet".to_owned(),
    });
    if let Some(run) = last_success(runs) {
        out.push(format!(
            "last success {}",
            run.finished_at.as_deref().unwrap_or("-")
        ));
    }
    out.push(format!(
        "next record due for something after today: {}",
        day(next)
    ));
    out.push(format!(
        "standing approval: {}; suspensions: {}; ledger: {}",
        if approved {
            "yes"
        } else {
            "NONE FOR THESE RULES"
        },
        standing.suspensions.len(),
        if intact { "intact" } else { "NOT INTACT" }
    ));
    let due: u64 = standing.clusters.iter().map(|c| c.overdue + c.due).sum();
    out.push(String::new());
    out.push(
        match (due, approved) {
            (0, true) => "next: gdpr4k schedule systemd",
            (0, false) => "next: gdpr4k retention approve --standing --as NAME --key KEY",
            (_, true) => "next: gdpr4k retention run",
            (_, false) => "next: gdpr4k retention plan -o FILE",
        }
        .to_owned(),
    );
    out.join("\n")
}

/// `retention simulate --format json`
#[derive(Serialize)]
struct Simulated<'a> {
    site: &'a str,
    as_of: NaiveDate,
    days: Vec<Day>,
    clusters: &'a [gdpr4k_policy::simulate::Course],
    #[serde(skip_serializing_if = "Option::is_none")]
    differences: Option<Vec<Difference>>,
}

#[derive(Serialize)]
struct Day {
    day: NaiveDate,
    records: u64,
    whole: u64,
    reduced: u64,
    suspended: u64,
}

pub(super) fn simulate(
    desk: &Desk<'_>,
    until: NaiveDate,
    compare: Option<&Path>,
    svg: Option<&Path>,
) -> Result<Exit, Failure> {
    let as_of = desk.opened.as_of;
    if until <= as_of {
        return Err(Failure::usage(format!(
            "--until {until} - no future day (expected later than {as_of}) - correct it"
        )));
    }
    let books = desk.books()?;
    // at most 60 looks, on the last day too
    let length = (until - as_of).num_days().unsigned_abs();
    let step = length.div_ceil(60).max(1);
    let run = |job: &Job<'_>| job::simulate(job, until, step);
    let simulation = desk.with(&books, run)?;
    let other = match compare {
        Some(file) => Some(compared(desk, &books, file, until, step)?),
        None => None,
    };
    let changes = other.as_ref().map(|o| differences(&simulation, o));
    let days = days(&simulation);
    if let Some(path) = svg {
        write_document(path, picture(desk, &simulation).as_bytes())?;
    }
    match desk.common.format {
        Format::Json => say_json(
            "retention-simulation",
            &Simulated {
                site: &desk.opened.site.head.name,
                as_of,
                days,
                clusters: &simulation.clusters,
                differences: changes,
            },
        )?,
        Format::Text => {
            say(
                "records of today that are left on each day if every run is carried out;\nnew records are not guessed\n",
            )?;
            say(&courses(&simulation))?;
            if let Some(changes) = &changes {
                say(&told(changes))?;
            }
            if let Some(path) = svg {
                say(&format!("\nnext: open {} in a browser", path.display()))?;
            }
        }
    }
    Ok(Exit::Done)
}

/// The same records under the rules of another site file.
fn compared(
    desk: &Desk<'_>,
    books: &Books,
    file: &Path,
    until: NaiveDate,
    step: u64,
) -> Result<Simulation, Failure> {
    let opened = site::open_at(desk.common, file)?;
    let policy = Policy::resolve(
        &desk.catalogue,
        &opened.site.head.pack,
        &opened.site.retention.overrides,
    )?;
    desk.with(books, |job| {
        job::simulate(
            &Job {
                policy: &policy,
                ..*job
            },
            until,
            step,
        )
    })
}

fn days(simulation: &Simulation) -> Vec<Day> {
    let sum = |part: &dyn Fn(&gdpr4k_policy::simulate::Course) -> u64| -> u64 {
        simulation.clusters.iter().map(part).sum()
    };
    simulation
        .days
        .iter()
        .enumerate()
        .map(|(i, day)| Day {
            day: *day,
            records: sum(&|c| c.kept(i)),
            whole: sum(&|c| c.whole[i]),
            reduced: sum(&|c| c.reduced[i]),
            suspended: sum(&|c| c.suspended[i]),
        })
        .collect()
}

/// Six days across, one line per kind of data.
fn courses(simulation: &Simulation) -> String {
    let last = simulation.days.len().saturating_sub(1);
    let mut at: Vec<usize> = (0..=4).map(|n| last * n / 4).collect();
    at.dedup();
    let day = |i: &usize| {
        simulation
            .days
            .get(*i)
            .map_or_else(String::new, |d| d.format("%y-%m-%d").to_string())
    };
    let head: Vec<String> = std::iter::once("kind of data".to_owned())
        .chain(at.iter().map(day))
        .collect();
    let rows: Vec<Vec<String>> = simulation
        .clusters
        .iter()
        .map(|c| {
            std::iter::once(c.cluster.clone())
                .chain(at.iter().map(|i| grouped(c.kept(*i))))
                .collect()
        })
        .collect();
    let right: Vec<usize> = (1..head.len()).collect();
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    table(&head, &rows, &right)
}

fn told(changes: &[Difference]) -> String {
    if changes.is_empty() {
        return "\nthe other rules keep the same records on every day looked at".to_owned();
    }
    let mut out = vec![String::new(), "under the other rules:".to_owned()];
    let mut clusters: Vec<&str> = changes.iter().map(|d| d.cluster.as_str()).collect();
    clusters.dedup();
    for cluster in clusters {
        let of: Vec<&Difference> = changes.iter().filter(|d| d.cluster == cluster).collect();
        if let Some(most) = of.iter().max_by_key(|d| d.before.abs_diff(d.after)) {
            let (n, word) = if most.after > most.before {
                (most.after - most.before, "more")
            } else {
                (most.before - most.after, "fewer")
            };
            out.push(wrapped(
                &format!("{cluster}: {} records {word} on {}", grouped(n), most.day),
                80,
                "- ",
            ));
        }
    }
    out.join("\n")
}

fn picture(desk: &Desk<'_>, simulation: &Simulation) -> String {
    let lang = desk.opened.site.head.language;
    let name = |id: &str| {
        let ix = desk.catalogue.cluster(id);
        ix.map_or_else(
            || id.to_owned(),
            |ix| desk.catalogue.cluster_entry(ix).name.get(lang).to_owned(),
        )
    };
    let future = Future {
        days: simulation.days.clone(),
        courses: simulation
            .clusters
            .iter()
            .map(|c| Course {
                name: name(&c.cluster),
                kept: (0..simulation.days.len()).map(|i| c.kept(i)).collect(),
            })
            .collect(),
    };
    draw(&future, if lang == Lang::De { Lang::De } else { Lang::En })
}

/// `gdpr4k metrics`
pub(crate) fn metrics(common: &Common, args: &Metrics) -> Result<Exit, Failure> {
    let desk = Desk::open(common)?;
    let books = desk.books()?;
    let standing = desk.with(&books, job::status)?;
    let runs = books.state.runs(200)?;
    let check = ledger::check(&desk.opened, &books.state)?;
    let mut page = Page::default();
    let as_of = desk.opened.as_of;
    let by = |name: &dyn Fn(&ClusterStatus) -> Option<u64>| -> Vec<(String, u64)> {
        standing
            .clusters
            .iter()
            .filter_map(|c| Some((format!("{{cluster=\"{}\"}}", c.cluster), name(c)?)))
            .collect()
    };
    let age = |c: &ClusterStatus| {
        c.oldest
            .map(|d| (as_of - d).num_days().max(0).unsigned_abs())
    };
    page.gauge(
        "gdpr4k_oldest_record_age_days",
        "Age of the oldest record that no suspension holds",
        by(&age),
    );
    page.gauge(
        "gdpr4k_records",
        "Records in writable sources",
        by(&|c| Some(c.records)),
    );
    page.gauge(
        "gdpr4k_overdue_records",
        "Records that had to go by now",
        by(&|c| Some(c.overdue)),
    );
    page.gauge(
        "gdpr4k_due_records",
        "Records that are due for a step before the end",
        by(&|c| Some(c.due)),
    );
    page.gauge(
        "gdpr4k_suspended_records",
        "Records that suspensions hold",
        by(&|c| Some(c.suspended)),
    );
    page.one(
        "gdpr4k_suspensions",
        "Suspensions that hold",
        standing.suspensions.len() as u64,
    );
    page.one(
        "gdpr4k_files_left_alone",
        "Files that are left alone",
        standing.left_alone,
    );
    page.one(
        "gdpr4k_ledger_entries",
        "Entries of the ledger",
        check.entries,
    );
    page.one(
        "gdpr4k_ledger_intact",
        "1 where the whole ledger was checked and is intact",
        u64::from(check.faults.is_empty()),
    );
    page.one(
        "gdpr4k_standing_approval",
        "1 where a standing approval fits the rules",
        u64::from(approve::standing_of(&desk, &books)?.is_ok()),
    );
    let stamp = |r: Option<&Run>| {
        let at = r.and_then(|r| r.finished_at.as_deref())?;
        let at = chrono::DateTime::parse_from_rfc3339(at).ok()?;
        u64::try_from(at.timestamp()).ok()
    };
    page.one(
        "gdpr4k_last_run_timestamp_seconds",
        "End of the last run, 0 where there was none",
        stamp(runs.first()).unwrap_or(0),
    );
    page.one(
        "gdpr4k_last_success_timestamp_seconds",
        "End of the last run that did everything, 0 where there was none",
        stamp(last_success(&runs)).unwrap_or(0),
    );
    let text = page.0 + "# EOF";
    match &args.textfile {
        Some(path) => write_document(path, (text + "\n").as_bytes())?,
        None => say(&text)?,
    }
    Ok(Exit::Done)
}

/// Gauges in the text format that Prometheus and OpenMetrics share.
#[derive(Default)]
struct Page(String);

impl Page {
    fn one(&mut self, name: &str, help: &str, value: u64) {
        self.gauge(name, help, vec![(String::new(), value)]);
    }

    fn gauge(&mut self, name: &str, help: &str, values: Vec<(String, u64)>) {
        self.0 += &format!("# HELP {name} {help}\n# TYPE {name} gauge\n");
        for (labels, value) in values {
            self.0 += &format!("{name}{labels} {value}\n");
        }
    }
}
