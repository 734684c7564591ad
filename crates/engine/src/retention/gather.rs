//! The censuses of all writable files: from the cache where a file has not changed, else by reading it.

use std::sync::Arc;

use gdpr4k_model::Finding;
use gdpr4k_model::retention::Census;
use gdpr4k_model::site::Site;
use gdpr4k_sources::people::Detector;
use gdpr4k_store::files::{SiteFolder, Stamp};
use rayon::prelude::*;

use super::calls::Calls;
use super::others::{self, Other};
use super::prepare::Prepared;
use super::rulebook::Rulebook;
use super::targets::{Target, Targets, targets};
use super::{Error, Job};
use crate::inventory::readers::{Plan, Readers};
use crate::inventory::{Progress, people};

/// Whether censuses of earlier runs count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// A file that has not changed is not read again.
    Cached,
    /// Every file is read.
    Fresh,
}

/// What the writable files hold.
pub(crate) struct Gathered<'a> {
    readers: Readers<'a>,
    /// Finds people in texts; none where no file has texts.
    detector: Option<Detector>,
    pub(crate) targets: Vec<Target>,
    pub(crate) censuses: Vec<Census>,
    /// Files that were read; the others came from the cache.
    pub(crate) read: u64,
    pub(crate) findings: Vec<Finding>,
}

/// Reads what has to be read.
pub(crate) fn gather<'a>(
    job: &Job<'a>,
    prepared: &Prepared<'_>,
    reading: Reading,
) -> Result<Gathered<'a>, Error> {
    let mut readers = Readers::new(job.catalogue, job.site, job.folder, job.as_of)?;
    let Targets { files, findings } = targets(job.site, job.folder, &mut readers)?;
    if !readers.problems.is_empty() {
        return Err(std::mem::take(&mut readers.problems).into());
    }
    let (detector, people) = match files.iter().any(is_other) {
        true => detector(job, &prepared.book, &mut readers),
        false => (None, String::new()),
    };
    let mut out = Gathered {
        readers,
        detector,
        targets: files,
        censuses: Vec::new(),
        read: 0,
        findings,
    };
    let mut wanted: Vec<(usize, Stamp, String)> = Vec::new();
    let mut censuses: Vec<Option<Census>> = Vec::new();
    for (i, target) in out.targets.iter().enumerate() {
        if target.plan.is_none() {
            censuses.push(Some(left_alone(target)));
            continue;
        }
        let stamp = job.folder.stamp(&target.file)?;
        let mut context = context(prepared, job, target);
        if is_other(target) {
            // who is found in a text depends on whom the directory names
            context.push_str(&people);
        }
        let known = match reading {
            Reading::Cached => job
                .state
                .census(&target.file.path, stamp, &context)?
                // a day that is not believed today may be tomorrow
                .filter(|c| c.buckets.iter().all(|b| b.dated)),
            Reading::Fresh => None,
        };
        if known.is_none() {
            wanted.push((i, stamp, context));
        }
        censuses.push(known);
    }
    out.read = wanted.len() as u64;
    // the state stays with this thread
    let (site, folder, progress) = (job.site, job.folder, job.progress);
    let book = &prepared.book;
    let gathered = &out;
    let read: Vec<Result<(Census, Vec<Finding>), Error>> = wanted
        .par_iter()
        .map(|(i, ..)| {
            let target = &gathered.targets[*i];
            census(gathered, site, folder, progress, book, target)
        })
        .collect();
    for ((i, stamp, context), census) in wanted.into_iter().zip(read) {
        let (census, findings) = census?;
        out.findings.extend(findings);
        job.state.keep_censuses([(&census, stamp)], &context)?;
        censuses[i] = Some(census);
    }
    out.censuses = censuses.into_iter().flatten().collect();
    Ok(out)
}

/// Whether a file is one that is treated and not one of call records.
fn is_other(target: &Target) -> bool {
    !matches!(&target.plan, None | Some(Plan::Cdr(..)))
}

/// What finds people in texts, and the state of the files that it learnt them from.
fn detector(
    job: &Job<'_>,
    book: &Rulebook<'_>,
    readers: &mut Readers<'_>,
) -> (Option<Detector>, String) {
    let sources = people::sources(job.site, job.folder, readers, |_| false);
    let met = people::met(
        job.catalogue,
        &book.plans,
        job.folder,
        readers,
        &[sources.as_slice()],
    );
    let mut mark = String::new();
    for source in &sources {
        let file = &source.file;
        mark.push_str(&format!("{} {} {}\0", file.path, file.bytes, file.modified));
    }
    let mark = format!(" {:016x}", xxhash_rust::xxh3::xxh3_64(mark.as_bytes()));
    (Some(people::detector(job.site, &book.plans, met)), mark)
}

/// The way to treat a file that is not one of call records; none for other files.
pub(crate) fn other<'o>(
    gathered: &'o Gathered<'_>,
    site: &'o Site,
    folder: &'o SiteFolder,
    book: &'o Rulebook<'_>,
    target: &'o Target,
) -> Option<Other<'o>> {
    let how = others::Means {
        site,
        folder,
        readers: &gathered.readers,
        detector: gathered.detector.as_ref()?,
    };
    Other::new(how, book, target)
}

/// What decides about a file besides its bytes.
fn context(prepared: &Prepared<'_>, job: &Job<'_>, target: &Target) -> String {
    let source = &job.site.sources[target.source];
    let layout = match &target.plan {
        // a layout that changes changes what is read
        Some(Plan::Cdr(layout, _)) => {
            format!(
                "{:016x}",
                xxhash_rust::xxh3::xxh3_64(format!("{layout:?}").as_bytes())
            )
        }
        _ => target.layout.clone().unwrap_or_default(),
    };
    format!(
        "{} {} {} {} {layout}",
        prepared.context,
        source.kind.id(),
        source.purpose.id(),
        source.node
    )
}

fn left_alone(target: &Target) -> Census {
    Census {
        path: target.file.path.clone(),
        kind: target.kind.id().to_owned(),
        bytes: target.file.bytes,
        day: target.day,
        left_alone: target.left_alone.as_ref().map(|f| f.code.to_owned()),
        ..Census::default()
    }
}

fn census(
    gathered: &Gathered<'_>,
    site: &Site,
    folder: &SiteFolder,
    progress: Progress<'_>,
    book: &Rulebook<'_>,
    target: &Target,
) -> Result<(Census, Vec<Finding>), Error> {
    let started = std::time::Instant::now();
    let source = folder.read(&target.file)?;
    let (mut census, findings) = match calls(site, book, target) {
        Some(calls) => (calls.census(&source, false, progress)?, Vec::new()),
        None => match other(gathered, site, folder, book, target) {
            Some(other) => other.census(&source, progress)?,
            None => {
                let census = Census {
                    left_alone: Some("G4K-813".to_owned()),
                    path: target.file.path.clone(),
                    day: target.day,
                    ..Census::default()
                };
                (census, Vec::new())
            }
        },
    };
    census.kind = target.kind.id().to_owned();
    tracing::info!(
        path = census.path,
        bytes = census.bytes,
        records = census.records,
        seconds = started.elapsed().as_secs_f64(),
        "counted"
    );
    Ok((census, findings))
}

/// The reader of a file of call records; none for another kind of file.
pub(crate) fn calls<'c>(
    site: &'c Site,
    book: &'c Rulebook<'_>,
    target: &'c Target,
) -> Option<Calls<'c>> {
    let Some(Plan::Cdr(layout, context)) = &target.plan else {
        return None;
    };
    let node = &site.sources[target.source].node;
    Some(Calls::new(
        book,
        Arc::clone(layout),
        context.clone(),
        (&target.file.path, node),
        target.day,
    ))
}
