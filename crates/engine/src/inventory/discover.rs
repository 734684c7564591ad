//! Which files of the site belong to which source.

use chrono::NaiveDate;
use gdpr4k_model::Finding;
use gdpr4k_model::finding::Arg;
use gdpr4k_model::site::{AsOf, Site, Source};
use gdpr4k_sources::container::Member;
use gdpr4k_store::files::{Obstacle, SiteFile, SiteFolder, globs};

/// A file with the source that names it.
#[derive(Clone, Debug)]
pub(crate) struct Assigned {
    pub(crate) file: SiteFile,
    /// Index in [`Site::sources`].
    pub(crate) source: usize,
    /// The member, where the file lies in an archive; its path is `archive.zip!/member`.
    pub(crate) member: Option<Member>,
    /// An archive whose members are read.
    pub(crate) archive: bool,
}

/// What was found in the folder.
#[derive(Default)]
pub(crate) struct Discovered {
    pub(crate) files: Vec<Assigned>,
    pub(crate) findings: Vec<Finding>,
}

/// File names that public tools for the Export Table client leave on administrators' PCs
/// (formats-other-sources 2.7).
const SHADOW_COPIES: [&str; 9] = [
    "**/OS4K-*-????-??-??.csv",
    "**/OS4K-*-????-??-??.xlsx",
    "**/OS4K-*-????-??-??.log",
    "**/OS4K-NST-DELETE-BACKUP-*.xlsx",
    "**/test_delete_*",
    "**/Loesche-SA-*.mac",
    "**/PORT.csv.bak",
    "**/PORT.csv_*.bak",
    "**/sync_log.txt",
];

/// Files of the site folder that are ours or describe the site.
const OWN: [&str; 12] = [
    "site.toml",
    "truth.json",
    "README*",
    "**/.*",
    ".*/**",
    "layouts/**/*.toml",
    "mappings/**/*.toml",
    "schemas/**/*.toml",
    "report/**",
    "reports/**",
    "**/*.plan.json",
    "LICENSE*",
];

/// Walks the site folder and gives every file its source.
///
/// `only`: paths below which files are read; empty for all.
///
/// # Errors
/// A pattern of the site file that is not a glob.
pub(crate) fn discover(
    site: &Site,
    folder: &SiteFolder,
    only: &[String],
) -> Result<Discovered, String> {
    let head = &site.head;
    let skip = [
        head.state.as_str(),
        head.keys.as_str(),
        head.quarantine.as_str(),
    ]
    .map(|f| f.trim_end_matches('/'));
    let walked = folder.walk(&skip);
    let sets = site
        .sources
        .iter()
        .map(|s| globs(s.paths.iter().map(String::as_str)))
        .collect::<Result<Vec<_>, _>>()?;
    let own = globs(OWN.into_iter().chain(listed(site)))?;
    let shadow = globs(SHADOW_COPIES)?;
    let mut out = Discovered::default();
    let mut matched: Vec<Vec<bool>> = site
        .sources
        .iter()
        .map(|s| vec![false; s.paths.len()])
        .collect();
    for file in walked {
        if !only.is_empty()
            && !only
                .iter()
                .any(|o| file.path == *o || file.path.starts_with(&format!("{o}/")) || o.is_empty())
        {
            continue;
        }
        let sources: Vec<usize> = (0..sets.len())
            .filter(|i| sets[*i].is_match(&file.path))
            .collect();
        if let Some(code) = file.obstacle.map(obstacle_code)
            && (!sources.is_empty() || file.obstacle == Some(Obstacle::LeadsOut))
        {
            sources
                .iter()
                .for_each(|s| mark(&mut matched[*s], &sets[*s], &file.path));
            out.findings.push(Finding::new(code).path(file.path));
            continue;
        }
        if let Some(i) = shadow.matches(&file.path).first() {
            let pattern = SHADOW_COPIES[*i].trim_start_matches("**/");
            out.findings.push(
                Finding::new("G4K-009")
                    .path(file.path.clone())
                    .with("pattern", Arg::declared(pattern)),
            );
        }
        match sources.as_slice() {
            [] => {
                if !own.is_match(&file.path)
                    && shadow.matches(&file.path).is_empty()
                    && file.obstacle.is_none()
                {
                    out.findings.push(Finding::new("G4K-008").path(file.path));
                }
            }
            [first, rest @ ..] => {
                sources
                    .iter()
                    .for_each(|s| mark(&mut matched[*s], &sets[*s], &file.path));
                if let Some(second) = rest.first() {
                    out.findings.push(
                        Finding::new("G4K-024")
                            .path(file.path.clone())
                            .with("first", Arg::declared(site.sources[*first].kind.id()))
                            .with("second", Arg::declared(site.sources[*second].kind.id())),
                    );
                }
                out.files.push(Assigned {
                    file,
                    source: *first,
                    member: None,
                    archive: false,
                });
            }
        }
    }
    if only.is_empty() {
        for (source, patterns) in site.sources.iter().zip(&matched) {
            for (pattern, _) in source.paths.iter().zip(patterns).filter(|(_, hit)| !**hit) {
                out.findings.push(
                    Finding::new("G4K-007")
                        .with("pattern", Arg::declared(pattern))
                        .with("kind", Arg::declared(source.kind.id())),
                );
            }
        }
    }
    Ok(out)
}

fn mark(hits: &mut [bool], set: &globset::GlobSet, path: &str) {
    set.matches(path).into_iter().for_each(|i| hits[i] = true);
}

/// Files that the site file names for another use than as a source.
fn listed(site: &Site) -> impl Iterator<Item = &str> {
    site.events
        .iter()
        .map(|e| e.file.as_str())
        .chain(site.protected.file.as_deref())
        .chain(site.approvals.signers.as_deref())
        .chain(site.sources.iter().flat_map(|s| {
            s.mapping
                .as_deref()
                .into_iter()
                .chain(s.layout.as_deref().filter(|l| l.contains('.')))
        }))
}

const fn obstacle_code(obstacle: Obstacle) -> &'static str {
    match obstacle {
        Obstacle::LeadsOut => "G4K-002",
        Obstacle::BrokenLink | Obstacle::NotAFile => "G4K-003",
        Obstacle::Unreadable => "G4K-001",
    }
}

/// The day that a snapshot describes, and whether the file name gave it.
pub(crate) fn snapshot_day(source: &Source, file: &SiteFile) -> (NaiveDate, bool) {
    match source.as_of {
        AsOf::Day(day) => (day, true),
        AsOf::Mtime => (file.modified.date(), true),
        AsOf::FileName => match day_of_member(&file.path) {
            Some(day) => (day, true),
            None => (file.modified.date(), false),
        },
    }
}

/// The date in the name of a file, or of the archive that it lies in.
fn day_of_member(path: &str) -> Option<NaiveDate> {
    let mut archives = path.rmatch_indices("!/").map(|(at, _)| &path[..at]);
    day_in_name(path).or_else(|| archives.find_map(day_in_name))
}

/// The last date in a file name: `2026-10-31`, `20261031`, `31.10.2026`.
pub(crate) fn day_in_name(path: &str) -> Option<NaiveDate> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let number = |s: &str| {
        s.bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| s.parse::<u32>().ok())
            .flatten()
    };
    let plausible = |y: u32, m: u32, d: u32| {
        NaiveDate::from_ymd_opt(y as i32, m, d).filter(|_| (1980..2100).contains(&y))
    };
    let at = |i: usize, len: usize| name.get(i..i + len);
    (0..name.len()).rev().find_map(|i| {
        let digits_end = |len: usize| !name[i + len..].starts_with(|c: char| c.is_ascii_digit());
        let starts = !name
            .get(..i)
            .is_some_and(|s| s.ends_with(|c: char| c.is_ascii_digit()));
        if let Some(s) = at(i, 10)
            && starts
            && digits_end(10)
        {
            let b = s.as_bytes();
            if matches!(b[4], b'-' | b'_' | b'.') && b[7] == b[4] {
                if let (Some(y), Some(m), Some(d)) =
                    (number(&s[..4]), number(&s[5..7]), number(&s[8..]))
                {
                    return plausible(y, m, d);
                }
            } else if matches!(b[2], b'-' | b'_' | b'.')
                && b[5] == b[2]
                && let (Some(d), Some(m), Some(y)) =
                    (number(&s[..2]), number(&s[3..5]), number(&s[6..]))
            {
                return plausible(y, m, d);
            }
        }
        let s = at(i, 8)?;
        if starts && digits_end(8) && number(s).is_some() {
            return plausible(number(&s[..4])?, number(&s[4..6])?, number(&s[6..])?);
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_of_a_snapshot_stands_in_its_name() {
        let day = |n: &str| day_in_name(n).map(|d| d.to_string());
        assert_eq!(
            day("amo/regen-nord-2026-10-31.txt").as_deref(),
            Some("2026-10-31")
        );
        assert_eq!(day("x/20261031-PORT.csv").as_deref(), Some("2026-10-31"));
        assert_eq!(
            day("Abzug vom 31.10.2026.txt").as_deref(),
            Some("2026-10-31")
        );
        assert_eq!(day("PORT.csv"), None);
        assert_eq!(day("12345678901.txt"), None);
        assert_eq!(day("Ä2026-13-40ß.txt"), None);
    }
}
