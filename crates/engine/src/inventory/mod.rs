//! Job 1: what lies where, since when, and what is wrong with it.

mod counts;
mod crosscheck;
pub(crate) mod discover;
mod distinct;
mod drift;
pub mod explain;
mod holders;
mod identity;
pub(crate) mod members;
pub(crate) mod names;
pub(crate) mod people;
mod queue;
pub mod quick;
pub(crate) mod readers;
pub(crate) mod scan;
mod seen;
mod shapes;
mod tally;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use gdpr4k_model::catalogue::{Catalogue, Problem};
use gdpr4k_model::finding::Arg;
use gdpr4k_model::inventory::{
    ClusterEntry, ClusterShare, Counted, ElementEntry, FileEntry, FindingEntry, Inventory, Totals,
};
use gdpr4k_model::site::{Site, SourceKind};
use gdpr4k_model::{Finding, Lang, Severity};
use gdpr4k_policy::Policy;
use gdpr4k_store::files::SiteFolder;

pub use identity::Assignment;
pub use scan::Progress;

/// What a scan is asked for.
pub struct Request<'a> {
    /// The catalogue.
    pub catalogue: &'a Catalogue,
    /// The site.
    pub site: &'a Site,
    /// Its folder.
    pub folder: &'a SiteFolder,
    /// The rules of the site; none for a quick look without a site.
    pub policy: Option<&'a Policy>,
    /// The inventory of the last scan, for drift.
    pub previous: Option<&'a Inventory>,
    /// The day that ages are judged by, site-local.
    pub as_of: NaiveDate,
    /// Paths below which files are read; empty for all.
    pub only: &'a [String],
    /// Language of messages.
    pub lang: Lang,
    /// Told about every block read.
    pub progress: Progress<'a>,
}

/// What a scan gives.
pub struct Outcome {
    /// Counts, dates and findings; no value of a person.
    pub inventory: Inventory,
    /// Who had which number when; to be sealed.
    pub assignments: Vec<Assignment>,
    /// Problems of layout and mapping files of the site.
    pub problems: Vec<Problem>,
}

/// Whether every path pattern of the site file is one; to be asked before anything is written.
///
/// # Errors
/// The patterns that are none.
pub fn check_patterns(site: &Site) -> Result<(), Vec<Problem>> {
    let problems: Vec<Problem> = site
        .sources
        .iter()
        .filter_map(|s| {
            let what = gdpr4k_store::files::globs(s.paths.iter().map(String::as_str)).err()?;
            Some(Problem {
                line: s.line.max(1),
                ..pattern_problem(what)
            })
        })
        .collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

fn pattern_problem(what: String) -> Problem {
    Problem {
        path: "site.toml".to_owned(),
        line: 1,
        what,
        help: "correct the pattern; * stays inside a folder, ** does not".to_owned(),
    }
}

/// Reads everything that the site names, once.
///
/// # Errors
/// Problems of the site file or of the built-in data that leave nothing to read with.
pub fn scan(request: &Request<'_>) -> Result<Outcome, Vec<Problem>> {
    let Request {
        catalogue,
        site,
        folder,
        ..
    } = *request;
    let found = discover::discover(site, folder, request.only)
        .map_err(|what| vec![pattern_problem(what)])?;
    let mut findings = found.findings;
    let mut readers = readers::Readers::new(catalogue, site, folder, request.as_of)?;
    let (mut jobs, mut entries, mut days) = (Vec::new(), Vec::new(), Vec::new());
    let (files, more) = members::expand(found.files, site, folder);
    findings.extend(more);
    for assigned in files {
        let source = &site.sources[assigned.source];
        let mut entry = FileEntry {
            path: assigned.file.path.clone(),
            kind: source.kind.id().to_owned(),
            bytes: assigned.file.bytes,
            purpose: (source.kind == SourceKind::Cdr).then(|| source.purpose.id().to_owned()),
            node: source.node.clone(),
            writable: source.writable && assigned.member.is_none(),
            ..FileEntry::default()
        };
        match readers.plan(source, &assigned) {
            Ok((plan, layout)) => {
                entry.layout = layout;
                entry.read = true;
                let (day, named) = discover::snapshot_day(source, &assigned.file);
                if !named && is_snapshot(source.kind) && assigned.member.is_none() {
                    findings.push(Finding::new("G4K-025").path(entry.path.clone()));
                }
                days.push(day);
                jobs.push(scan::Job::new(site, assigned, plan));
                entries.push((entry, Some(jobs.len() - 1)));
            }
            Err(not_read) => {
                findings.push(not_read.0.path(entry.path.clone()));
                entries.push((entry, None));
            }
        }
    }
    findings.append(&mut readers.notes);
    let plans = site.plans();
    let knowledge = tally::Knowledge::new(catalogue, &plans, &site.accounts.non_personal);
    let rest = people::rest(site, folder, request.only, &mut readers);
    let met = people::met(catalogue, &plans, folder, &readers, &[&jobs, &rest]);
    let detector = people::detector(site, &plans, met);
    let (tally, results) = scan::read_all(
        folder,
        &readers,
        &detector,
        &knowledge,
        &jobs,
        request.progress,
    );

    let facts: Vec<crosscheck::FileFacts<'_>> = jobs
        .iter()
        .zip(&results)
        .zip(&days)
        .map(|((job, result), day)| crosscheck::FileFacts {
            path: &job.file.path,
            kind: SourceKind::ALL[job.kind].id(),
            node: job.node,
            day: *day,
            facts: &result.notes.facts,
        })
        .collect();
    let mut history = identity::History::default();
    for line in &site.lines {
        history.not_personal(site.node(&line.node), &line.number);
    }
    crosscheck::evidence(&facts, &plans, &mut history);
    let resolved = history.resolve();
    if request.only.is_empty() {
        findings.extend(crosscheck::orphans(&facts, &plans));
    }
    let doubtful = identity::doubtful(&resolved.assignments);
    if doubtful > 0 {
        findings.push(Finding::new("G4K-020").with("count", doubtful));
    }
    let monitoring = crosscheck::monitoring(&facts);
    for feature in &monitoring {
        findings.push(
            Finding::new("G4K-019")
                .with("feature", Arg::declared(&feature.name))
                .with("count", feature.count),
        );
    }
    let tables = crosscheck::tables(&facts);
    if !tables.is_empty() {
        for table in readers.expected_tables().filter(|t| !tables.contains(*t)) {
            findings.push(Finding::new("G4K-015").with("table", Arg::declared(table)));
        }
    }

    let clusters = clusters_of_files(catalogue, &tally, jobs.len());
    let mut files = Vec::with_capacity(entries.len());
    for (mut entry, job) in entries {
        if let Some(job) = job {
            let result = &results[job];
            let account = &result.account;
            debug_assert!(account.closes(), "the account of a file closes");
            entry.lines = result.has_lines.then_some(account.lines);
            entry.records = account.records;
            entry.continuation = account.continuation;
            entry.noise = account.noise;
            entry.rejected = account.rejected;
            entry.pending = account.pending;
            entry.oldest = result.notes.span.oldest;
            entry.newest = result.notes.span.newest;
            entry.read = result.read;
            entry.clusters.clone_from(&clusters[job]);
            findings.extend(result.findings.iter().cloned());
        }
        files.push(entry);
    }
    let elements = element_entries(catalogue, &tally);
    for e in elements.iter().filter(|e| e.secret) {
        findings.push(
            Finding::new("G4K-013")
                .with("count", e.records)
                .with("element", Arg::declared(&e.element))
                .with("files", e.files),
        );
    }
    let mut holders = Vec::new();
    if request.only.is_empty() {
        let (all, open) = holders::holders(catalogue, site, &files);
        holders = all;
        findings.extend(open);
        findings.extend(incomplete(site));
    }
    let mut inventory = Inventory {
        as_of: request.as_of,
        site: site.head.name.clone(),
        catalogue: catalogue.digest().to_owned(),
        clusters: cluster_entries(catalogue, &tally),
        elements,
        holders,
        monitoring,
        totals: Totals {
            subjects: resolved.persons,
            externals: tally.externals(),
            assignments: resolved.assignments.len() as u64,
            ..totals(&files)
        },
        files,
        findings: Vec::new(),
    };
    if let Some(policy) = request.policy {
        findings.extend(judged(catalogue, policy, site, &inventory));
    }
    if let Some(previous) = request.previous
        && request.only.is_empty()
    {
        findings.extend(drift::drift(previous, &inventory));
    }
    findings.sort();
    findings.dedup();
    let mut per_file: BTreeMap<&str, u64> = BTreeMap::new();
    for finding in &findings {
        *per_file.entry(finding.path.as_str()).or_default() += 1;
    }
    for file in &mut inventory.files {
        file.findings = per_file.get(file.path.as_str()).copied().unwrap_or(0);
    }
    inventory.findings = findings
        .iter()
        .map(|f| in_words(catalogue, f, request.lang))
        .collect();
    Ok(Outcome {
        inventory,
        assignments: resolved.assignments,
        problems: readers.problems,
    })
}

/// A finding as documents and JSON print it.
pub fn in_words(catalogue: &Catalogue, finding: &Finding, lang: Lang) -> FindingEntry {
    let text = catalogue.finding(finding.code);
    debug_assert!(text.is_some(), "finding {} has a text", finding.code);
    FindingEntry {
        code: finding.code.to_owned(),
        severity: text.map_or(Severity::Attention, |t| t.severity),
        path: finding.path.clone(),
        line: finding.line,
        message: text.map_or_else(String::new, |t| t.message(finding, lang)),
        help: text.map_or_else(String::new, |t| t.help.get(lang).to_owned()),
        args: finding
            .args
            .iter()
            .map(|(k, v)| ((*k).to_owned(), v.to_string()))
            .collect(),
    }
}

/// What the rules say about the site and about the age of what was found.
fn judged(
    catalogue: &Catalogue,
    policy: &Policy,
    site: &Site,
    inventory: &Inventory,
) -> Vec<Finding> {
    let as_of = inventory.as_of;
    let mut findings = gdpr4k_policy::policy_findings(
        catalogue,
        policy,
        as_of,
        !inventory.files.is_empty(),
        &site.head.policy_reference,
    );
    let found: Vec<_> = inventory
        .clusters
        .iter()
        .filter_map(|c| catalogue.cluster(&c.cluster))
        .collect();
    findings.extend(gdpr4k_policy::missing_rules(catalogue, policy, found));
    for cluster in &inventory.clusters {
        if let (Some(rule), Some(oldest)) = (policy.rule(&cluster.cluster), cluster.oldest) {
            findings.extend(gdpr4k_policy::overdue_finding(
                rule,
                cluster.records,
                oldest,
                as_of,
            ));
        }
    }
    findings
}

const fn is_snapshot(kind: SourceKind) -> bool {
    matches!(
        kind,
        SourceKind::AmoRegen
            | SourceKind::Xie
            | SourceKind::Directory
            | SourceKind::DsWin
            | SourceKind::Idtb
            | SourceKind::Sql
    )
}

fn incomplete(site: &Site) -> Vec<Finding> {
    let controller = &site.controller;
    [
        ("name", &controller.name),
        ("contact", &controller.contact),
        ("dpo", &controller.dpo),
    ]
    .into_iter()
    .filter(|(_, value)| value.trim().is_empty())
    .map(|(field, _)| Finding::new("G4K-022").with("field", Arg::declared(field)))
    .collect()
}

fn totals(files: &[FileEntry]) -> Totals {
    let mut t = Totals {
        files: files.len() as u64,
        ..Totals::default()
    };
    for f in files {
        t.bytes += f.bytes;
        t.lines += f.lines.unwrap_or(0);
        t.records += f.records;
        t.continuation += f.continuation;
        t.noise += f.noise;
        t.rejected += f.rejected;
        t.pending += f.pending;
        t.unread += u64::from(!f.read);
    }
    t
}

fn distinct_files(mut files: Vec<u32>) -> u64 {
    files.sort_unstable();
    files.dedup();
    files.len() as u64
}

/// Of every file that was read: the clusters of its records.
fn clusters_of_files(
    catalogue: &Catalogue,
    tally: &tally::Tally<'_>,
    files: usize,
) -> Vec<Vec<String>> {
    let mut of = vec![Vec::new(); files];
    for (cluster, count) in catalogue.clusters().iter().zip(&tally.clusters) {
        for file in &count.files {
            let of: &mut Vec<String> = &mut of[*file as usize];
            if of.last() != Some(&cluster.id) {
                of.push(cluster.id.clone());
            }
        }
    }
    of
}

fn element_entries(catalogue: &Catalogue, tally: &tally::Tally<'_>) -> Vec<ElementEntry> {
    let mut entries: Vec<ElementEntry> = counts::counted(tally)
        .map(|(ix, count)| {
            let element = catalogue.element_entry(ix);
            let mut by_cluster: Vec<ClusterShare> = count
                .shares
                .iter()
                .enumerate()
                .filter(|(_, s)| s.records > 0)
                .map(|(c, s)| ClusterShare {
                    cluster: catalogue.clusters()[c].id.clone(),
                    records: s.records,
                    oldest: s.span.oldest,
                    newest: s.span.newest,
                })
                .collect();
            by_cluster.sort_by(|a, b| {
                b.records
                    .cmp(&a.records)
                    .then_with(|| a.cluster.cmp(&b.cluster))
            });
            let mut span = counts::Span::default();
            count.shares.iter().for_each(|s| span.merge(&s.span));
            ElementEntry {
                element: element.id.clone(),
                cluster: by_cluster[0].cluster.clone(),
                category: element.kind.id().to_owned(),
                subject: element.subject.id().to_owned(),
                secret: element.secret,
                files: distinct_files(count.files.clone()),
                records: by_cluster.iter().map(|s| s.records).sum(),
                distinct: if element.secret {
                    0
                } else {
                    count.distinct.count()
                },
                distinct_estimated: count.distinct.is_estimate(),
                oldest: span.oldest,
                newest: span.newest,
                unverified: count.unverified,
                by_cluster,
                by_kind: SourceKind::ALL
                    .iter()
                    .zip(&count.kinds)
                    .filter(|(_, n)| **n > 0)
                    .map(|(kind, n)| Counted {
                        name: kind.id().to_owned(),
                        count: *n,
                    })
                    .collect(),
            }
        })
        .collect();
    entries.sort_by(|a, b| a.element.cmp(&b.element));
    entries
}

fn cluster_entries(catalogue: &Catalogue, tally: &tally::Tally<'_>) -> Vec<ClusterEntry> {
    let entries = catalogue.clusters().iter().zip(&tally.clusters);
    entries
        .filter(|(_, count)| count.records > 0)
        .map(|(cluster, count)| {
            let mut months = count.months.clone();
            months.sort_unstable();
            ClusterEntry {
                cluster: cluster.id.clone(),
                records: count.records,
                files: distinct_files(count.files.clone()),
                oldest: count.span.oldest,
                newest: count.span.newest,
                undated: count.undated,
                months: months
                    .into_iter()
                    .map(|(m, n)| Counted {
                        name: format!("{:04}-{:02}", m / 12, m % 12 + 1),
                        count: n,
                    })
                    .collect(),
            }
        })
        .collect()
}
