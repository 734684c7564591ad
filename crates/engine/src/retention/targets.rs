//! Which files retention looks at, and which it leaves alone.

use chrono::NaiveDate;
use gdpr4k_model::Finding;
use gdpr4k_model::catalogue::Problem;
use gdpr4k_model::finding::Arg;
use gdpr4k_model::site::{Purpose, Site, Source, SourceKind};
use gdpr4k_store::files::{SiteFile, SiteFolder, Tie};

use crate::inventory::discover::{self, Assigned};
use crate::inventory::members;
use crate::inventory::readers::{Plan, Readers, file_day};
use crate::inventory::scan::Job;

/// A file of a writable source.
pub(crate) struct Target {
    pub(crate) file: SiteFile,
    /// Index in [`Site::sources`].
    pub(crate) source: usize,
    pub(crate) kind: SourceKind,
    /// Index of its number plan.
    pub(crate) node: u8,
    /// What its records are kept for; the domain of its keys.
    pub(crate) purpose: Purpose,
    /// The day of the file: date in its name, else of its last change.
    pub(crate) day: NaiveDate,
    /// How it is read; none where it is left alone.
    pub(crate) plan: Option<Plan>,
    /// Layout or mapping, for the digest of what decides.
    pub(crate) layout: Option<String>,
    /// Why it is left alone.
    pub(crate) left_alone: Option<Finding>,
    /// The members of an archive, each with the way to read it.
    pub(crate) members: Vec<Job>,
}

/// The files of writable sources.
#[derive(Default)]
pub(crate) struct Targets {
    pub(crate) files: Vec<Target>,
    /// What concerns the site and no file that is treated.
    pub(crate) findings: Vec<Finding>,
}

/// Finds the files of writable sources, and why some of them are left alone.
///
/// # Errors
/// Patterns of the site file that are none.
pub(crate) fn targets(
    site: &Site,
    folder: &SiteFolder,
    readers: &mut Readers<'_>,
) -> Result<Targets, Vec<Problem>> {
    let found = discover::discover(site, folder, &[]).map_err(|what| {
        vec![Problem {
            path: "site.toml".to_owned(),
            line: 1,
            what,
            help: "correct the pattern; * stays inside a folder, ** does not".to_owned(),
        }]
    })?;
    // what a link or a missing right hides is said once, for files that a writable source names
    let hidden = |f: &Finding| matches!(f.code, "G4K-001" | "G4K-002" | "G4K-003");
    let mut out = Targets {
        findings: found.findings.into_iter().filter(hidden).collect(),
        ..Targets::default()
    };
    let writable = |a: &Assigned| site.sources[a.source].writable;
    let files = found.files.into_iter().filter(writable).collect();
    let (files, _) = members::expand(files, site, folder);
    for assigned in files {
        let source = &site.sources[assigned.source];
        match out.files.last_mut() {
            // members follow their archive
            Some(archive) if assigned.member.is_some() => member(archive, site, assigned, readers),
            _ => out
                .files
                .push(target(site, folder, source, assigned, readers)),
        }
    }
    Ok(out)
}

/// Adds a member to its archive; one that nothing reads tells nothing about the archive.
fn member(archive: &mut Target, site: &Site, assigned: Assigned, readers: &mut Readers<'_>) {
    let source = &site.sources[assigned.source];
    if archive.left_alone.is_none()
        && let Ok((plan, _)) = readers.plan(source, &assigned)
    {
        archive.members.push(Job::new(site, assigned, plan));
    }
}

fn target(
    site: &Site,
    folder: &SiteFolder,
    source: &Source,
    assigned: Assigned,
    readers: &mut Readers<'_>,
) -> Target {
    let (mut plan, mut layout, mut left_alone) = (None, None, None);
    let settle = source.settle.map_or(0, |s| s.seconds);
    if let Some(finding) = unsettled(&assigned.file, settle) {
        left_alone = Some(finding);
    } else if let Some(tie) = folder.tie(&assigned.file) {
        left_alone = Some(match tie {
            Tie::Link => Finding::new("G4K-804"),
            Tie::Names(names) => Finding::new("G4K-803").with("names", names),
        });
    } else if configuration(source.kind) {
        left_alone = Some(Finding::new("G4K-802").with("kind", Arg::declared(source.kind.id())));
    } else {
        match readers.plan(source, &assigned) {
            Ok((how, name)) => (plan, layout) = (Some(how), name),
            Err(not_read) => left_alone = Some(not_read.0),
        }
    }
    Target {
        day: file_day(&assigned.file),
        node: site.node(&source.node),
        purpose: source.purpose,
        kind: source.kind,
        source: assigned.source,
        plan,
        layout,
        left_alone: left_alone.map(|f| f.path(assigned.file.path.clone())),
        members: Vec::new(),
        file: assigned.file,
    }
}

/// A file that changed too recently is still being written (cli.md 1, `settle`).
fn unsettled(file: &SiteFile, settle: u64) -> Option<Finding> {
    let age = u64::try_from(file.age_seconds).unwrap_or(0);
    (settle > 0 && age < settle).then(|| Finding::new("G4K-801").with("seconds", settle))
}

/// Sources that mirror the configuration of the switch: what is wrong in them is mended there.
const fn configuration(kind: SourceKind) -> bool {
    matches!(
        kind,
        SourceKind::AmoRegen
            | SourceKind::AmoSession
            | SourceKind::AmoLogbk
            | SourceKind::Xie
            | SourceKind::Directory
            | SourceKind::DsWin
            | SourceKind::Catool
            | SourceKind::Sql
            | SourceKind::Controls
            | SourceKind::Idtb
    )
}
