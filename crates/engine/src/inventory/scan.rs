//! Reading every file once, in parallel over files and inside large ones.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use gdpr4k_model::Finding;
use gdpr4k_model::site::{Site, SourceKind};
use gdpr4k_sources::container::Member;
use gdpr4k_sources::people::Detector;
use gdpr4k_sources::people::search::{Eyes, Search};
use gdpr4k_sources::record::{Account, Sink};
use gdpr4k_sources::unreadable::UnreadableLines;
use gdpr4k_store::Error;
use gdpr4k_store::files::{SiteFile, SiteFolder, Source};

use super::discover::Assigned;
use super::members;
use super::readers::{Plan, Readers, file_day};
use super::tally::{Knowledge, PartNotes, Tally};

/// Large files are read in parts of about this size.
const PART: u64 = 16 << 20;

/// A file with the way to read it.
pub(crate) struct Job {
    pub(crate) file: SiteFile,
    /// The member, where the file lies in an archive.
    pub(super) member: Option<Member>,
    pub(super) plan: Plan,
    /// Index of the source kind in `SourceKind::ALL`.
    pub(super) kind: usize,
    pub(super) node: u8,
    /// A file that changed less than so many seconds ago is still being written.
    pub(super) settle: u64,
}

impl Job {
    /// A file of a source with the way to read it.
    pub(crate) fn new(site: &Site, assigned: Assigned, plan: Plan) -> Self {
        let source = &site.sources[assigned.source];
        Self {
            kind: SourceKind::ALL
                .iter()
                .position(|k| *k == source.kind)
                .unwrap_or(0),
            file: assigned.file,
            member: assigned.member,
            plan,
            node: site.node(&source.node),
            settle: source.settle.map_or(0, |s| s.seconds),
        }
    }
}

/// What reading one file gave.
#[derive(Default)]
pub(super) struct FileResult {
    pub(super) account: Account,
    pub(super) notes: PartNotes,
    pub(super) findings: Vec<Finding>,
    pub(super) read: bool,
    /// Whether it is text; a recording has none.
    pub(super) has_lines: bool,
    /// Parts that it was read in.
    parts: u32,
}

/// A part of a file.
struct Task {
    job: usize,
    from: u64,
    to: u64,
    last: bool,
}

struct Part {
    job: usize,
    from: u64,
    account: Account,
    notes: PartNotes,
    failed: bool,
    grown: bool,
    /// What the file looks like, if it is no text.
    form: Option<&'static str>,
}

/// Progress of a scan: called with the bytes just read.
pub type Progress<'a> = &'a (dyn Fn(u64) + Sync);

/// Reads all files and counts; the result has one entry per job.
pub(super) fn read_all<'k>(
    folder: &SiteFolder,
    readers: &Readers<'_>,
    detector: &Detector,
    knowledge: &'k Knowledge<'k>,
    jobs: &[Job],
    progress: Progress<'_>,
) -> (Tally<'k>, Vec<FileResult>) {
    let tasks: Vec<Task> = jobs
        .iter()
        .enumerate()
        .flat_map(|(i, job)| tasks_of(folder, readers, i, job))
        .collect();
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<Part>> = Mutex::new(Vec::new());
    let tallies: Mutex<Vec<Tally<'k>>> = Mutex::new(Vec::new());
    rayon::scope(|scope| {
        for _ in 0..rayon::current_num_threads().min(tasks.len()) {
            scope.spawn(|_| {
                let mut tally = Tally::new(knowledge);
                let mut buffer = Vec::new();
                while let Some(task) = tasks.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let job = &jobs[task.job];
                    let part = read_part(
                        folder,
                        readers,
                        readers.eyes(detector, job.node),
                        job,
                        task,
                        &mut tally,
                        &mut buffer,
                        progress,
                    );
                    lock(&done).push(part);
                }
                lock(&tallies).push(tally);
            });
        }
    });
    let mut sum = Tally::new(knowledge);
    for tally in tallies
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
    {
        sum.merge(&tally);
    }
    let parts = done
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    (sum, results(jobs, parts))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// The parts of a file, cut at record ends.
fn tasks_of(folder: &SiteFolder, readers: &Readers<'_>, job: usize, it: &Job) -> Vec<Task> {
    let bytes = it.file.bytes;
    let mut cuts = vec![0];
    if bytes > 2 * PART
        && it.member.is_none()
        && !it.plan.is_whole()
        && let Ok(source) = folder.read(&it.file)
    {
        let mut head = vec![0; 64 << 10];
        let n = source.read_at(0, &mut head).unwrap_or(0);
        if let Some(boundary) = readers.boundary(&it.plan, &head[..n]) {
            let mut window = vec![0; 1 << 20];
            let mut at = PART;
            while at + PART < bytes {
                let n = source.read_at(at, &mut window).unwrap_or(0);
                match readers.cut(&it.plan, boundary, at, &window[..n]) {
                    Some(cut) if cut < bytes => {
                        cuts.push(cut);
                        at = cut + PART;
                    }
                    _ => at += PART,
                }
            }
        }
    }
    let ends = cuts.iter().skip(1).copied().chain([bytes]);
    let last = cuts.len() - 1;
    cuts.iter()
        .zip(ends)
        .enumerate()
        .map(|(i, (from, to))| Task {
            job,
            from: *from,
            to,
            last: i == last,
        })
        .collect()
}

#[allow(
    clippy::too_many_arguments,
    reason = "one part of a file, with all that reads and counts it"
)]
fn read_part(
    folder: &SiteFolder,
    readers: &Readers<'_>,
    eyes: Eyes<'_>,
    job: &Job,
    task: &Task,
    tally: &mut Tally<'_>,
    buffer: &mut Vec<u8>,
    progress: Progress<'_>,
) -> Part {
    tally.begin(task.job as u32, job.kind, job.node);
    let mut part = Part {
        job: task.job,
        from: task.from,
        account: Account::default(),
        notes: PartNotes::default(),
        failed: false,
        grown: false,
        form: None,
    };
    let whole = job.plan.is_whole() || job.member.is_some();
    if job.plan.is_searched(eyes.texts) {
        let mut search = Search::new(eyes, tally);
        let sink: &mut dyn Sink = &mut search;
        if whole {
            read_whole(folder, readers, job, &mut part, sink);
        } else {
            read_lines(
                folder, readers, job, task, &mut part, sink, buffer, progress,
            );
        }
        search.done();
    } else if whole {
        read_whole(folder, readers, job, &mut part, tally);
    } else {
        read_lines(
            folder, readers, job, task, &mut part, tally, buffer, progress,
        );
    }
    if whole {
        progress(job.file.bytes);
    }
    if task.from == 0 {
        name_of(eyes, job, tally);
    }
    part.notes = tally.end();
    part
}

/// Reads a file without lines, or a member of an archive.
fn read_whole(
    folder: &SiteFolder,
    readers: &Readers<'_>,
    job: &Job,
    part: &mut Part,
    sink: &mut dyn Sink,
) {
    part.failed = members::read(folder, readers, job, &mut part.account, sink).is_err();
}

/// Reads a part of a file block by block.
#[allow(
    clippy::too_many_arguments,
    reason = "the parts of one task, apart so that they can be borrowed one by one"
)]
fn read_lines(
    folder: &SiteFolder,
    readers: &Readers<'_>,
    job: &Job,
    task: &Task,
    part: &mut Part,
    sink: &mut dyn Sink,
    buffer: &mut Vec<u8>,
    progress: Progress<'_>,
) {
    let mut reader = readers.reader(&job.plan, &job.file, task.from > 0);
    let outcome = folder.read(&job.file).and_then(|source: Source| {
        let mut first = task.from == 0;
        source.blocks(task.from, task.to, buffer, |block| {
            if std::mem::take(&mut first) {
                part.form = not_text(block);
                // call records are bytes by a layout: their reader rejects what does not fit
                if part.form.is_some() && !job.plan.has_layout() {
                    reader = Box::new(UnreadableLines::default());
                }
            }
            reader.feed(block, sink);
            progress(block.len() as u64);
            true
        })?;
        part.grown = source.has_grown();
        Ok::<(), Error>(())
    });
    if let Err(error) = outcome {
        tracing::warn!(%error, "file not read to its end");
        part.failed = true;
    }
    let young = job.settle > 0 && job.file.age_seconds < job.settle as i64;
    let growing = task.last && (part.grown || young);
    part.account = reader.finish(growing, sink);
}

/// Looks for people in the name of a file; of a member of an archive only in its own part of the name.
/// What is found belongs to the cluster of the first record of the file.
fn name_of(eyes: Eyes<'_>, job: &Job, tally: &mut Tally<'_>) {
    let path = job.file.path.as_str();
    let name = path.rsplit_once("!/").map_or(path, |(_, member)| member);
    let mut found = Vec::new();
    let cluster = tally.main().unwrap_or(eyes.texts.fallback());
    eyes.look(name.as_bytes(), None, cluster, &mut Vec::new(), &mut found);
    if !found.is_empty() {
        let day = file_day(&job.file);
        tally.name(day, &found);
    }
}

/// First bytes of files that are no text, whatever their name says.
const FORMS: [(&[u8], &str); 12] = [
    (b"PK\x03\x04", "a zip archive or an Office document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a rar archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"%PDF-", "a PDF document"),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "an old Office document",
    ),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\x89PNG", "a picture"),
    (b"\x7fELF", "a program"),
];

/// What a file looks like that is no text, by its first block.
///
/// Only what no reader can make sense of: call records may be EBCDIC, exports may be UTF-16.
fn not_text(block: &[u8]) -> Option<&'static str> {
    let head = &block[..block.len().min(64 << 10)];
    let nul = head.iter().filter(|b| **b == 0).count();
    let control = head
        .iter()
        .filter(|b| matches!(b, 1..=8 | 14..=25 | 27..=31))
        .count();
    let wide = head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff");
    match FORMS.iter().find(|(start, _)| head.starts_with(start)) {
        Some((_, form)) => Some(form),
        None if nul * 10 > head.len() * 9 => Some("NUL bytes, as after a crash"),
        // in UTF-16 every other byte is 0; EBCDIC digits and letters lie above 0x80, its blank is 0x40
        None if !wide && nul > 0 && control * 20 > head.len() => Some("binary data"),
        None => None,
    }
}

/// Puts the parts of each file together: line numbers count from the start of the file.
fn results(jobs: &[Job], mut parts: Vec<Part>) -> Vec<FileResult> {
    parts.sort_by_key(|p| (p.job, p.from));
    let mut results: Vec<FileResult> = jobs
        .iter()
        .map(|_| FileResult {
            read: true,
            has_lines: true,
            ..FileResult::default()
        })
        .collect();
    for part in parts {
        let result = &mut results[part.job];
        let path = &jobs[part.job].file.path;
        result.parts += 1;
        result.has_lines = !jobs[part.job].plan.is_whole();
        let before = result.account.lines;
        result.account.add(&part.account);
        result.notes.span.merge(&part.notes.span);
        for mut finding in part.notes.findings {
            finding.line = finding.line.map(|l| l + before);
            result.findings.push(finding.path(path.clone()));
        }
        for (code, count) in part.notes.codes {
            match result.notes.codes.iter_mut().find(|c| c.0 == code) {
                Some(known) => known.1 += count,
                None => result.notes.codes.push((code, count)),
            }
        }
        // facts of parts keep their own line numbers: only files that are never cut have facts
        result.notes.facts.extend(part.notes.facts);
        if part.failed {
            result.read = false;
            let lines = result.account.lines;
            let finding = match lines {
                0 => Finding::new("G4K-001"),
                _ => Finding::new("G4K-004").with("lines", lines),
            };
            result.findings.push(finding.path(path.clone()));
        }
        if let Some(form) = part.form {
            result.findings.push(
                Finding::new("G4K-026")
                    .path(path.clone())
                    .with("form", gdpr4k_model::finding::Arg::declared(form)),
            );
        }
        if part.grown {
            result
                .findings
                .push(Finding::new("G4K-005").path(path.clone()));
        }
    }
    for (job, result) in jobs.iter().zip(&mut results) {
        if result.parts > 1 {
            gather(&mut result.findings);
        }
        fold(result, &job.file.path);
        if job.file.bytes == 0 && result.findings.iter().all(|f| f.code != "G4K-023") {
            result
                .findings
                .push(Finding::new("G4K-023").path(job.file.path.clone()));
        }
    }
    results
}

/// Findings that a reader gives once per file come once per part of a file that was cut:
/// of those with the same code and the same words, the counts are added up.
fn gather(findings: &mut Vec<Finding>) {
    use gdpr4k_model::finding::Arg;
    let is_sum = |name: &str| matches!(name, "count" | "missing");
    let is_count = |arg: &Arg| matches!(arg, Arg::Count(_));
    let mut gathered: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings.drain(..) {
        let summed = finding.line.is_some()
            && finding
                .args
                .iter()
                .any(|(name, arg)| *name == "count" && is_count(arg));
        let same = |f: &&mut Finding| {
            f.code == finding.code
                && f.args.len() == finding.args.len()
                && f.args
                    .iter()
                    .zip(&finding.args)
                    .all(|(a, b)| a.0 == b.0 && (is_sum(a.0) || a.1 == b.1))
        };
        match gathered.iter_mut().find(same).filter(|_| summed) {
            Some(first) => {
                for ((name, a), (_, b)) in first.args.iter_mut().zip(&finding.args) {
                    if let (true, Arg::Count(a), Arg::Count(b)) = (is_sum(name), a, b) {
                        *a += b;
                    }
                }
            }
            None => gathered.push(finding),
        }
    }
    *findings = gathered;
}

/// Keeps the first 1,000 findings of a code in a file; one finding sums up the rest.
fn fold(result: &mut FileResult, path: &str) {
    use super::tally::KEPT_FINDINGS;
    use gdpr4k_model::finding::Arg;
    let mut seen: Vec<(&'static str, usize)> = Vec::new();
    result.findings.retain(|f| {
        let n = match seen.iter_mut().find(|s| s.0 == f.code) {
            Some(known) => {
                known.1 += 1;
                known.1
            }
            None => {
                seen.push((f.code, 1));
                1
            }
        };
        n <= KEPT_FINDINGS
    });
    for (code, count) in &result.notes.codes {
        if let Some(more) = count.checked_sub(KEPT_FINDINGS as u64).filter(|m| *m > 0) {
            result.findings.push(
                Finding::new("G4K-006")
                    .path(path.to_owned())
                    .with("count", more)
                    .with("code", Arg::declared(*code)),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_no_text_are_told_from_texts() {
        assert_eq!(
            not_text(b"PK\x03\x04abc"),
            Some("a zip archive or an Office document")
        );
        assert!(not_text(&[0; 100]).is_some());
        assert!(not_text(&(0..=255).collect::<Vec<u8>>()).is_some());
        for text in [
            &b""[..],
            b"31.10.26 10:11:12 2201 0023125\r\n",
            b"\x10\x02 31.10.26 2201\r\n",
            b"\xff\xfea\0;\0b\0\n\0",
            b"a\0;\0b\0\n\0",
            b"\xf2\xf2\xf0\xf1\x40\x40\x15",
            b"M\xfcller;2201\n",
        ] {
            assert_eq!(not_text(text), None, "{text:?}");
        }
    }
}
