//! `gdpr4k scan`

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use gdpr4k_engine::inventory::{self, Outcome, Request};
use gdpr4k_model::inventory::{HolderState, Inventory};
use gdpr4k_model::{Catalogue, Lang, Severity};
use gdpr4k_store::keys::SealingKey;
use gdpr4k_store::state::State;

use crate::args::{Common, Format, Scan};
use crate::output::{Exit, Failure, VERSION, grouped, now, say, say_json, table, wrapped};
use crate::site::Opened;
use crate::{quick, site};

pub(crate) fn run(common: &Common, args: &Scan) -> Result<Exit, Failure> {
    if !args.paths.is_empty() && !common.site.exists() {
        return quick::run(common, &args.paths);
    }
    let catalogue = Catalogue::builtin();
    let opened = site::open(common)?;
    let only = relative(&args.paths, opened.folder.root())?;
    let outcome = read(common, &catalogue, &opened, &only)?;
    answer(common, &outcome, "gdpr4k report map --out report")
}

/// Reads the site, or some paths of it; a whole scan is kept in the state.
pub(crate) fn read(
    common: &Common,
    catalogue: &Catalogue,
    opened: &Opened,
    only: &[String],
) -> Result<Outcome, Failure> {
    let head = &opened.site.head;
    let root = opened.folder.root();
    let policy = site::policy(common, catalogue, opened)?;
    let mut state = if only.is_empty() {
        Some(State::open(&root.join(&head.state))?)
    } else {
        None
    };
    let previous = match &state {
        Some(state) => state.last_inventory()?.map(|(_, i)| i),
        None => None,
    };
    if !common.quiet {
        eprintln!(
            "reading the files of {}; nothing is changed in them",
            root.display()
        );
    }
    let bar = Bar::new(common);
    let outcome = inventory::scan(&Request {
        catalogue,
        site: &opened.site,
        folder: &opened.folder,
        policy: Some(&policy),
        previous: previous.as_ref(),
        as_of: opened.as_of,
        only,
        lang: Lang::En,
        progress: &|bytes| bar.add(bytes),
    })?;
    bar.done();
    if let Some(state) = &mut state {
        let key = SealingKey::open_or_create(&root.join(&head.keys))?;
        let assignments: Vec<Vec<u8>> = outcome
            .assignments
            .iter()
            .filter_map(|a| serde_json::to_vec(a).ok())
            .collect();
        state.keep_scan(&now(), VERSION, &outcome.inventory, &assignments, &key)?;
    }
    Ok(outcome)
}

/// Prints the answer and works out the exit code.
pub(crate) fn answer(common: &Common, outcome: &Outcome, next: &str) -> Result<Exit, Failure> {
    match common.format {
        Format::Json => say_json("scan", &outcome.inventory)?,
        Format::Text => say(&text(&outcome.inventory, next))?,
    }
    for problem in &outcome.problems {
        eprintln!("{problem}");
    }
    Ok(exit(&outcome.inventory, !outcome.problems.is_empty()))
}

/// Any rejected line or error: 3; attention: 4; an invalid layout or mapping: 5. The highest counts.
fn exit(inventory: &Inventory, invalid: bool) -> Exit {
    let worst = inventory.findings.iter().map(|f| f.severity).max();
    if invalid {
        Exit::Invalid
    } else if inventory
        .findings
        .iter()
        .any(|f| f.severity == Severity::Attention)
    {
        Exit::Attention
    } else if worst == Some(Severity::Error) || inventory.totals.rejected > 0 {
        Exit::Unreadable
    } else {
        Exit::Done
    }
}

/// Paths of the command line, relative to the site folder.
fn relative(paths: &[PathBuf], root: &std::path::Path) -> Result<Vec<String>, Failure> {
    paths
        .iter()
        .map(|path| {
            let full = path.canonicalize().map_err(|e| {
                Failure::usage(format!(
                    "{} - cannot open ({e}) - name a file or folder of the site",
                    path.display()
                ))
            })?;
            full.strip_prefix(root)
                .map(|p| {
                    p.components()
                        .map(|c| c.as_os_str().to_string_lossy())
                        .collect::<Vec<_>>()
                        .join("/")
                })
                .map_err(|_| {
                    Failure::usage(format!(
                        "{} - lies outside the site folder {}",
                        path.display(),
                        root.display()
                    ))
                })
        })
        .collect()
}

fn text(inventory: &Inventory, next: &str) -> String {
    let t = &inventory.totals;
    let mut out = Vec::new();
    out.push(format!(
        "{}, as of {}: {} files, {} lines, {} records",
        inventory.site,
        inventory.as_of,
        grouped(t.files),
        grouped(t.lines),
        grouped(t.records)
    ));
    out.push(format!(
        "{} persons, {} outside numbers, {} assignments of a number to a person",
        grouped(t.subjects),
        grouped(t.externals),
        grouped(t.assignments)
    ));
    let rows: Vec<Vec<String>> = inventory
        .clusters
        .iter()
        .map(|c| {
            vec![
                c.cluster.clone(),
                grouped(c.records),
                grouped(c.files),
                c.oldest.map_or_else(|| "-".to_owned(), |d| d.to_string()),
                c.newest.map_or_else(|| "-".to_owned(), |d| d.to_string()),
            ]
        })
        .collect();
    if !rows.is_empty() {
        out.push(String::new());
        out.push(table(
            &["kind of data", "records", "files", "oldest", "newest"],
            &rows,
            &[1, 2],
        ));
    }
    let secrets: u64 = inventory
        .elements
        .iter()
        .filter(|e| e.secret)
        .map(|e| e.records)
        .sum();
    let of = |s: Severity| {
        inventory
            .findings
            .iter()
            .filter(|f| f.severity == s)
            .count() as u64
    };
    let unsearched = inventory
        .holders
        .iter()
        .filter(|h| matches!(h.state, HolderState::NotSearched | HolderState::Undeclared))
        .count();
    out.push(String::new());
    if secrets > 0 {
        out.push(format!(
            "{} secrets stand in clear (counted, never shown)",
            grouped(secrets)
        ));
    }
    if t.rejected + t.unread > 0 {
        out.push(format!(
            "NOT READ: {} lines and {} whole files",
            grouped(t.rejected),
            grouped(t.unread)
        ));
    }
    if unsearched > 0 {
        out.push(format!(
            "NOT SEARCHED: {unsearched} systems that hold personal data according to the vendor"
        ));
    }
    out.push(format!(
        "findings: {} errors, {} attention, {} info",
        grouped(of(Severity::Error)),
        grouped(of(Severity::Attention)),
        grouped(of(Severity::Info))
    ));
    let mut codes: Vec<(&str, Severity, u64, &str)> = Vec::new();
    for f in inventory
        .findings
        .iter()
        .filter(|f| f.severity > Severity::Info)
    {
        match codes.iter_mut().find(|c| c.0 == f.code) {
            Some(known) => known.2 += 1,
            None => codes.push((&f.code, f.severity, 1, &f.message)),
        }
    }
    codes.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    for (code, severity, n, message) in codes {
        let mark = if severity == Severity::Error {
            "error"
        } else {
            "attention"
        };
        let times = if n > 1 {
            format!(" ({} times)", grouped(n))
        } else {
            String::new()
        };
        out.push(wrapped(
            &format!("{code} {mark}{times}: {message}"),
            80,
            "  ",
        ));
    }
    out.push(String::new());
    out.push(format!("next: {next}"));
    out.join("\n")
}

/// A progress bar on a terminal, nothing elsewhere.
pub(crate) struct Bar {
    bar: Option<indicatif::ProgressBar>,
    bytes: AtomicU64,
}

impl Bar {
    pub(crate) fn new(common: &Common) -> Self {
        let wanted = !common.no_progress
            && !common.quiet
            && std::io::IsTerminal::is_terminal(&std::io::stderr());
        let bar = wanted.then(|| {
            let bar = indicatif::ProgressBar::new_spinner();
            if let Ok(style) =
                indicatif::ProgressStyle::with_template("{spinner} {bytes} read, {bytes_per_sec}")
            {
                bar.set_style(style);
            }
            bar
        });
        Self {
            bar,
            bytes: AtomicU64::new(0),
        }
    }

    pub(crate) fn add(&self, bytes: u64) {
        let sum = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if let Some(bar) = &self.bar {
            bar.set_position(sum);
        }
    }

    pub(crate) fn done(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
