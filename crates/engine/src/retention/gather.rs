//! The censuses of all writable files: from the cache where a file has not changed, else by reading it.

use std::sync::Arc;

use gdpr4k_model::Finding;
use gdpr4k_model::retention::Census;
use gdpr4k_model::site::Site;
use gdpr4k_store::files::{SiteFolder, Stamp};
use rayon::prelude::*;

use super::calls::Calls;
use super::prepare::Prepared;
use super::rulebook::Rulebook;
use super::targets::{Target, Targets, targets};
use super::{Error, Job};
use crate::inventory::Progress;
use crate::inventory::readers::{Plan, Readers};

/// Whether censuses of earlier runs count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// A file that has not changed is not read again.
    Cached,
    /// Every file is read.
    Fresh,
}

/// What the writable files hold.
#[derive(Default)]
pub(crate) struct Gathered {
    pub(crate) targets: Vec<Target>,
    pub(crate) censuses: Vec<Census>,
    /// Files that were read; the others came from the cache.
    pub(crate) read: u64,
    pub(crate) findings: Vec<Finding>,
}

/// Reads what has to be read.
pub(crate) fn gather(
    job: &Job<'_>,
    prepared: &Prepared<'_>,
    reading: Reading,
) -> Result<Gathered, Error> {
    let mut readers = Readers::new(job.catalogue, job.site, job.folder, job.as_of)?;
    let Targets { files, findings } = targets(job.site, job.folder, &mut readers)?;
    if !readers.problems.is_empty() {
        return Err(std::mem::take(&mut readers.problems).into());
    }
    let mut out = Gathered {
        findings,
        ..Gathered::default()
    };
    let mut wanted: Vec<(usize, Stamp, String)> = Vec::new();
    let mut censuses: Vec<Option<Census>> = Vec::new();
    for (i, target) in files.iter().enumerate() {
        if target.plan.is_none() {
            censuses.push(Some(left_alone(target)));
            continue;
        }
        let stamp = job.folder.stamp(&target.file)?;
        let context = context(prepared, job, target);
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
    let read: Vec<Result<Census, Error>> = wanted
        .par_iter()
        .map(|(i, ..)| census(site, folder, progress, book, &files[*i]))
        .collect();
    for ((i, stamp, context), census) in wanted.into_iter().zip(read) {
        let census = census?;
        job.state.keep_censuses([(&census, stamp)], &context)?;
        censuses[i] = Some(census);
    }
    out.censuses = censuses.into_iter().flatten().collect();
    out.targets = files;
    Ok(out)
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
    site: &Site,
    folder: &SiteFolder,
    progress: Progress<'_>,
    book: &Rulebook<'_>,
    target: &Target,
) -> Result<Census, Error> {
    let started = std::time::Instant::now();
    let source = folder.read(&target.file)?;
    let mut census = match calls(site, book, target) {
        Some(calls) => calls.census(&source, false, progress)?,
        None => Census {
            left_alone: Some("G4K-813".to_owned()),
            path: target.file.path.clone(),
            day: target.day,
            ..Census::default()
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
    Ok(census)
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
