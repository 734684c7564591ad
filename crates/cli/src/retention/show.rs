//! Plans and runs as text for people, 80 columns wide.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use gdpr4k_model::retention::{Plan, Run, RunOutcome};

use crate::output::{grouped, table, wrapped};

/// A plan: what is due and why, what holds, what stands in the way.
pub(super) fn plan(plan: &Plan, written: Option<&str>) -> String {
    let t = &plan.totals;
    let mut out = vec![wrapped(
        &format!(
            "{}, as of {}: plan {} over {} records; nothing has been changed",
            plan.site,
            plan.as_of,
            plan.plan,
            grouped(t.records)
        ),
        80,
        "",
    )];
    out.push(format!(
        "{} due, {} kept, {} suspended, {} need attention",
        grouped(t.due),
        grouped(t.kept),
        grouped(t.suspended),
        grouped(t.attention)
    ));
    if !plan.items.is_empty() {
        out.push(String::new());
        out.push(items(plan));
        out.push(String::new());
        for reason in reasons(plan) {
            out.push(wrapped(&reason, 80, "- "));
        }
    }
    let quarantine: u64 = plan.files.iter().map(|f| f.quarantine).sum();
    if quarantine > 0 {
        out.push(wrapped(
            &format!(
                "{} damaged lines stand in files that are rewritten; they go to the quarantine",
                grouped(quarantine)
            ),
            80,
            "- ",
        ));
    }
    out.extend(notes(plan));
    out.push(String::new());
    out.push(format!("next: {}", next(plan, written)));
    out.join("\n")
}

/// Items summed over files: one row per kind of data, stage and treatment.
fn items(plan: &Plan) -> String {
    type Row = (u64, u64, NaiveDate, NaiveDate);
    let mut rows: BTreeMap<(&str, &str, &'static str), Row> = BTreeMap::new();
    for item in &plan.items {
        let row = rows
            .entry((&item.cluster, &item.stage, item.action.id()))
            .or_insert((0, 0, item.day_from, item.day_to));
        row.0 += item.records;
        row.1 += 1;
        row.2 = row.2.min(item.day_from);
        row.3 = row.3.max(item.day_to);
    }
    let rows: Vec<Vec<String>> = rows
        .into_iter()
        .map(|((cluster, _, action), (records, files, from, to))| {
            vec![
                cluster.to_owned(),
                action.to_owned(),
                grouped(records),
                grouped(files),
                from.to_string(),
                to.to_string(),
            ]
        })
        .collect();
    table(
        &[
            "kind of data",
            "treatment",
            "records",
            "files",
            "from",
            "to",
        ],
        &rows,
        &[2, 3],
    )
}

/// Every reason once.
fn reasons(plan: &Plan) -> Vec<String> {
    let mut seen = Vec::new();
    for item in &plan.items {
        let reason = format!("{}: {}", item.cluster, item.reason);
        if !seen.contains(&reason) {
            seen.push(reason);
        }
    }
    seen
}

fn notes(plan: &Plan) -> Vec<String> {
    let mut out = Vec::new();
    if !plan.suspended.is_empty() {
        let mut holds: BTreeMap<&str, u64> = BTreeMap::new();
        for s in &plan.suspended {
            *holds.entry(&s.hold).or_default() += s.records;
        }
        for (hold, records) in holds {
            out.push(wrapped(
                &format!(
                    "suspension {hold} holds {} records that would be due",
                    grouped(records)
                ),
                80,
                "- ",
            ));
        }
    }
    if !plan.attention.is_empty() || !plan.over_limit.is_empty() {
        out.push(String::new());
    }
    for a in &plan.attention {
        let place = if a.path.is_empty() {
            String::new()
        } else {
            format!("{}: ", a.path)
        };
        out.push(wrapped(
            &format!("{} {place}{}", a.code, a.message),
            80,
            "! ",
        ));
    }
    for l in &plan.over_limit {
        out.push(wrapped(
            &format!(
                "OVER THE LIMIT: {} of {} records of {} are due, {} allows {}; apply will refuse this plan",
                grouped(l.due),
                grouped(l.records),
                l.cluster,
                l.limit,
                grouped(l.allowed)
            ),
            80,
            "! ",
        ));
    }
    out
}

fn next(plan: &Plan, written: Option<&str>) -> String {
    match written {
        _ if plan.totals.due == 0 => "nothing to do".to_owned(),
        _ if !plan.over_limit.is_empty() => {
            "check the numbers; if they are right, raise the limit in [retention] of site.toml"
                .to_owned()
        }
        Some(file) => format!("gdpr4k retention approve {file} --as NAME --key KEY"),
        None => "gdpr4k retention plan -o FILE, then have it approved".to_owned(),
    }
}

/// What a run did, and what a fresh reading found.
pub(super) fn run(run: &Run) -> String {
    let t = &run.totals;
    let mut out = Vec::new();
    let head = match run.outcome {
        RunOutcome::Done => format!(
            "run {}: everything that plan {} names is done",
            run.run, run.plan
        ),
        RunOutcome::Partial => format!(
            "run {}: a part of plan {} is done, see below",
            run.run, run.plan
        ),
        RunOutcome::Refused => "refused: nothing was touched".to_owned(),
        RunOutcome::NothingDue => "nothing is due".to_owned(),
    };
    out.push(head);
    if t.treated() > 0 {
        out.push(wrapped(
            &format!(
                "{} records deleted, {} pseudonymised, {} cut, {} generalised, {} blanked; {} kept, {} suspended",
                grouped(t.deleted),
                grouped(t.pseudonymised),
                grouped(t.cut),
                grouped(t.generalised),
                grouped(t.blanked),
                grouped(t.kept),
                grouped(t.suspended)
            ),
            80,
            "",
        ));
        let deleted = run.files.iter().filter(|f| f.deleted).count() as u64;
        let rewritten = run.files.iter().filter(|f| f.after.is_some()).count() as u64;
        out.push(format!(
            "{} files rewritten, {} deleted",
            grouped(rewritten),
            grouped(deleted)
        ));
    }
    if t.quarantined > 0 {
        out.push(format!(
            "{} damaged lines put into the quarantine",
            grouped(t.quarantined)
        ));
    }
    for f in run.files.iter().filter(|f| !f.left.is_empty()) {
        out.push(wrapped(
            &format!("{} left as it was: {}", f.path, f.left),
            80,
            "! ",
        ));
    }
    for f in &run.findings {
        let place = if f.path.is_empty() {
            String::new()
        } else {
            format!("{}: ", f.path)
        };
        out.push(wrapped(
            &format!("{} {place}{}", f.code, f.message),
            80,
            "! ",
        ));
    }
    if !run.verify.at.is_empty() {
        out.push(verified(run));
    }
    out.join("\n")
}

/// The answer of a fresh reading.
pub(super) fn verified(run: &Run) -> String {
    let v = &run.verify;
    if v.due_left == 0 {
        return "verified by reading the files afresh: nothing that is due is left".to_owned();
    }
    let mut out = vec![format!(
        "READ AFRESH: {} records that are due are still there",
        grouped(v.due_left)
    )];
    for f in &v.files {
        out.push(format!("! {}: {}", f.path, grouped(f.due_left)));
    }
    out.join("\n")
}
