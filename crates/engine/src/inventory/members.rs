//! Files inside of archives, and files that are looked at without reading their lines.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Seek, SeekFrom};

use chrono::NaiveDate;
use gdpr4k_model::Finding;
use gdpr4k_model::finding::Arg;
use gdpr4k_model::site::{Site, SourceKind};
use gdpr4k_sources::container::{self, Limits};
use gdpr4k_sources::record::{Account, Sink};
use gdpr4k_store::files::{SiteFile, SiteFolder, Source};

use super::discover::{Assigned, day_in_name};
use super::readers::{Plan, Readers};
use super::scan::Job;

/// A member without lines (a workbook, a recording) is kept in memory up to this size.
const MAX_MEMBER: u64 = 64 << 20;

impl Assigned {
    /// Whether its members are read in its place: a zip that is neither a workbook nor a backup.
    pub(super) fn is_archive(&self) -> bool {
        self.archive
    }
}

/// Puts the members of every archive behind it, and says what a set of backups is.
pub(crate) fn expand(
    files: Vec<Assigned>,
    site: &Site,
    folder: &SiteFolder,
) -> (Vec<Assigned>, Vec<Finding>) {
    let mut findings = generations(&files, site);
    for source in &site.sources {
        if source.kind == SourceKind::Sql && source.paths.iter().any(|p| p.contains("://")) {
            findings.push(Finding::new("G4K-670"));
        }
    }
    let mut out = Vec::with_capacity(files.len());
    for mut assigned in files {
        let source = &site.sources[assigned.source];
        let opaque = matches!(source.kind, SourceKind::Backup | SourceKind::Trace);
        let workbook = assigned.file.path.to_lowercase().ends_with(".xlsx");
        if opaque || workbook || !container::is_zip(&head(folder, &assigned, 4)) {
            out.push(assigned);
            continue;
        }
        assigned.archive = true;
        let path = assigned.file.path.clone();
        let mut members = Vec::new();
        if let Ok(opened) = folder.read(&assigned.file) {
            let limits = Limits::default();
            let found =
                container::members(&mut At::new(&opened), &limits, &mut |m| members.push(m));
            findings.extend(found.into_iter().map(|f| f.path(path.clone())));
        }
        if source.writable && !members.is_empty() {
            findings.push(Finding::new("G4K-618").path(path.clone()));
        }
        let inside = members.into_iter().map(|member| Assigned {
            file: SiteFile {
                path: format!("{path}!/{}", member.name),
                bytes: member.bytes,
                modified: member.modified.unwrap_or(assigned.file.modified),
                age_seconds: assigned.file.age_seconds,
                obstacle: None,
            },
            source: assigned.source,
            member: Some(member),
            archive: false,
        });
        let inside: Vec<Assigned> = inside.collect();
        out.push(assigned);
        out.extend(inside);
    }
    (out, findings)
}

/// Number and age of the backups in each folder (formats-other-sources 7.1).
fn generations(files: &[Assigned], site: &Site) -> Vec<Finding> {
    // number, oldest day, newest day with its file
    let mut folders: BTreeMap<&str, (u64, NaiveDate, (NaiveDate, &str))> = BTreeMap::new();
    for it in files {
        if site.sources[it.source].kind != SourceKind::Backup {
            continue;
        }
        let folder = it.file.path.rsplit_once('/').map_or("", |(f, _)| f);
        let day = day_in_name(&it.file.path).unwrap_or(it.file.modified.date());
        let newest = (day, it.file.path.as_str());
        let entry = folders.entry(folder).or_insert((0, day, newest));
        *entry = (entry.0 + 1, entry.1.min(day), entry.2.max(newest));
    }
    let said = folders
        .into_values()
        .map(|(count, oldest, (newest, path))| {
            Finding::new("G4K-651")
                .path(path)
                .with("count", count)
                .with("oldest", Arg::day(oldest))
                .with("newest", Arg::day(newest))
        });
    said.collect()
}

/// The first bytes of a file or of a member; fewer where it cannot be read.
pub(super) fn head(folder: &SiteFolder, assigned: &Assigned, most: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let path = assigned.file.path.split("!/").next().unwrap_or_default();
    match &assigned.member {
        None => {
            bytes.resize(most, 0);
            let source = folder.read(&assigned.file);
            let n = source.and_then(|f| f.read_at(0, &mut bytes)).unwrap_or(0);
            bytes.truncate(n);
        }
        Some(member) => {
            if let Ok(source) = folder.read(&folder.file(path)) {
                // damage is reported when the member is read
                let _ = container::read(
                    &mut At::new(&source),
                    member,
                    Limits::default().nested,
                    &mut |b| {
                        bytes.extend_from_slice(&b[..b.len().min(most - bytes.len())]);
                        bytes.len() < most
                    },
                );
            }
        }
    }
    bytes
}

/// Reads a member of an archive, or a file without lines. The account of a file without lines stays
/// empty, so that lines and records of a site close; what it holds stands with the elements.
///
/// # Errors
/// It could not be read to its end; what is wrong with an archive is a finding as well.
pub(crate) fn read(
    folder: &SiteFolder,
    readers: &Readers<'_>,
    job: &Job,
    account: &mut Account,
    sink: &mut dyn Sink,
) -> Result<(), ()> {
    let path = job.file.path.split("!/").next().unwrap_or_default();
    let file = match job.member {
        Some(_) => folder.file(path),
        None => job.file.clone(),
    };
    let source = folder.read(&file).map_err(|_| ())?;
    let mut at = At::new(&source);
    let limits = Limits::default();
    let Some(member) = &job.member else {
        if matches!(job.plan, Plan::Archive) {
            return container::count(&mut at, &limits).map(drop).ok_or(());
        }
        readers.look(&job.plan, &job.file, &mut at, sink);
        return Ok(());
    };
    let outcome = if job.plan.is_whole() {
        container::whole(&mut at, member, MAX_MEMBER).map(|bytes| {
            let mut bytes = Cursor::new(bytes);
            readers.look(&job.plan, &job.file, &mut bytes, sink);
        })
    } else {
        let mut reader = readers.reader(&job.plan, &job.file, false);
        let outcome = container::read(&mut at, member, limits.nested, &mut |block| {
            reader.feed(block, sink);
            true
        });
        *account = reader.finish(false, sink);
        outcome
    };
    outcome.map_err(|damage| sink.finding(damage.finding()))
}

/// A file of the site as something to read and to move in.
pub(super) struct At<'s> {
    source: &'s Source,
    at: u64,
}

impl<'s> At<'s> {
    pub(super) const fn new(source: &'s Source) -> Self {
        Self { source, at: 0 }
    }
}

impl Read for At<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self
            .source
            .read_at(self.at, buffer)
            .map_err(std::io::Error::other)?;
        self.at += n as u64;
        Ok(n)
    }
}

impl Seek for At<'_> {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.source.bytes().checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| std::io::Error::other("a place before the start"))?;
        Ok(self.at)
    }
}
