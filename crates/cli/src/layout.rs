//! `gdpr4k layout`

use std::path::Path;
use std::sync::Arc;

use gdpr4k_engine::inventory::in_words;
use gdpr4k_model::inventory::FindingEntry;
use gdpr4k_model::number::{NumberPlan, NumberPlans};
use gdpr4k_model::{Catalogue, Lang, Severity};
use gdpr4k_sources::Reader as _;
use gdpr4k_sources::cdr::{self, CdrReader, Check, Context, Presets, Purpose};
use gdpr4k_store::files::SiteFolder;
use serde::Serialize;

use crate::args::{Common, Format, Layout, LayoutCommand};
use crate::output::{Exit, Failure, grouped, say, say_json, table, wrapped};
use crate::site;

pub(crate) fn run(common: &Common, args: &Layout) -> Result<Exit, Failure> {
    match &args.command {
        LayoutCommand::List => list(common),
        LayoutCommand::Detect { file } => detect(common, file),
        LayoutCommand::Check { file, layout } => check(common, file, layout),
        LayoutCommand::FromFtbl { file, out } => from_ftbl(file, out.as_deref()),
    }
}

/// The layouts at hand: the built-in ones, and those of the site if there is one.
struct Known {
    catalogue: Catalogue,
    presets: Presets,
    own: Vec<(String, Arc<cdr::Layout>)>,
    context: Context,
}

fn known(common: &Common) -> Result<Known, Failure> {
    let catalogue = Catalogue::builtin();
    let presets = Presets::load(&catalogue)?;
    let mut own = Vec::new();
    let mut plans = NumberPlans::new([NumberPlan::default()]);
    let mut today = common
        .as_of
        .unwrap_or_else(|| chrono::Utc::now().date_naive());
    let mut zone = None;
    if common.site.exists() {
        let opened = site::open(common)?;
        zone = Some(opened.site.head.timezone);
        plans = opened.site.plans();
        today = opened.as_of;
        for file in opened
            .folder
            .walk(&[])
            .into_iter()
            .filter(|f| f.path.starts_with("layouts/") && f.path.ends_with(".toml"))
        {
            let text = opened.folder.read_text(&file.path)?;
            match cdr::Layout::parse(&file.path, &text, &catalogue) {
                Ok(layout) => own.push((file.path, Arc::new(layout))),
                Err(problems) => problems.iter().for_each(|p| eprintln!("{p}")),
            }
        }
    }
    let context = Context {
        purpose: Purpose::Accounting,
        plans: Arc::new(plans),
        node: 0,
        today,
        zone,
    };
    Ok(Known {
        catalogue,
        presets,
        own,
        context,
    })
}

#[derive(Serialize)]
struct Listed {
    name: String,
    file: Option<String>,
    verified: bool,
    records: usize,
}

#[derive(Serialize)]
struct List {
    layouts: Vec<Listed>,
}

fn list(common: &Common) -> Result<Exit, Failure> {
    let known = known(common)?;
    let row = |layout: &cdr::Layout, file: Option<&String>| Listed {
        name: layout.name.clone(),
        file: file.cloned(),
        verified: layout.verified,
        records: layout.variants.len(),
    };
    let layouts: Vec<Listed> = known
        .presets
        .all()
        .iter()
        .map(|l| row(l, None))
        .chain(known.own.iter().map(|(path, l)| row(l, Some(path))))
        .collect();
    match common.format {
        Format::Json => say_json("layouts", &List { layouts })?,
        Format::Text => {
            let rows: Vec<Vec<String>> = layouts
                .iter()
                .map(|l| {
                    vec![
                        l.name.clone(),
                        l.file.clone().unwrap_or_else(|| "built in".to_owned()),
                        if l.verified { "yes" } else { "no" }.to_owned(),
                        l.records.to_string(),
                    ]
                })
                .collect();
            say(&table(
                &["layout", "file", "verified", "record forms"],
                &rows,
                &[3],
            ))?;
            say("\nnext: gdpr4k layout detect FILE")?;
        }
    }
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct Scored {
    layout: String,
    score: f64,
    records: u64,
    rejected: u64,
    reasons: Vec<String>,
}

#[derive(Serialize)]
struct Detected {
    file: String,
    chosen: Option<String>,
    scores: Vec<Scored>,
}

/// Opens one file outside a site: its folder, and itself.
fn open(file: &Path) -> Result<(SiteFolder, gdpr4k_store::files::SiteFile), Failure> {
    let full = file.canonicalize().map_err(|e| {
        Failure::usage(format!(
            "{} - cannot open ({e}) - check the path",
            file.display()
        ))
    })?;
    let dir = full.parent().unwrap_or_else(|| Path::new("/"));
    let folder = SiteFolder::open(dir, chrono_tz::Tz::UTC)?;
    let name = full
        .file_name()
        .map(|n| n.to_string_lossy().into_owned())
        .unwrap_or_default();
    let found = folder.file(&name);
    Ok((folder, found))
}

fn detect(common: &Common, file: &Path) -> Result<Exit, Failure> {
    let known = known(common)?;
    let (folder, found) = open(file)?;
    let mut sample = vec![0; cdr::detect::SAMPLE];
    let n = folder.read(&found)?.read_at(0, &mut sample)?;
    let layouts: Vec<Arc<cdr::Layout>> = known
        .own
        .iter()
        .map(|l| &l.1)
        .chain(known.presets.all())
        .cloned()
        .collect();
    let scores = cdr::detect::score(&layouts, &sample[..n], &known.context);
    let chosen = cdr::detect::choose(&scores).ok().map(|l| l.name.clone());
    let detected = Detected {
        file: file.display().to_string(),
        chosen,
        scores: scores
            .into_iter()
            .map(|s| Scored {
                layout: s.layout.name.clone(),
                score: s.score,
                records: s.records,
                rejected: s.rejected,
                reasons: s.reasons,
            })
            .collect(),
    };
    match common.format {
        Format::Json => say_json("layout-scores", &detected)?,
        Format::Text => {
            for s in detected.scores.iter().filter(|s| s.score > 0.0) {
                say(&format!(
                    "{:>4.0} %  {} ({} records, {} lines do not fit)",
                    s.score * 100.0,
                    s.layout,
                    grouped(s.records),
                    grouped(s.rejected)
                ))?;
                for reason in &s.reasons {
                    say(&wrapped(reason, 80, "          "))?;
                }
            }
            say(&match &detected.chosen {
                Some(name) => format!("\nnext: gdpr4k layout check {} --layout {name}", file.display()),
                None => "\nno layout fits clearly; next: gdpr4k layout from-ftbl LISTING, or write a layout by hand".to_owned(),
            })?;
        }
    }
    Ok(if detected.chosen.is_some() {
        Exit::Done
    } else {
        Exit::Attention
    })
}

#[derive(Serialize)]
struct Checked {
    file: String,
    layout: String,
    lines: u64,
    records: u64,
    continuation: u64,
    noise: u64,
    rejected: u64,
    pending: u64,
    variants: Vec<(String, u64)>,
    findings: Vec<FindingEntry>,
}

fn check(common: &Common, file: &Path, name: &str) -> Result<Exit, Failure> {
    let known = known(common)?;
    let own = known
        .own
        .iter()
        .find(|(path, l)| path == name || l.name == name)
        .map(|l| &l.1);
    let layout = match known.presets.get(name).or(own) {
        Some(layout) => Arc::clone(layout),
        None => {
            let text = std::fs::read_to_string(name).map_err(|e| {
                Failure::usage(format!("{name:?} - no built-in layout and no readable file ({e}) - see gdpr4k layout list"))
            })?;
            Arc::new(cdr::Layout::parse(name, &text, &known.catalogue)?)
        }
    };
    let (folder, found) = open(file)?;
    let source = folder.read(&found)?;
    let mut check = Check::default();
    let mut reader = CdrReader::new(Arc::clone(&layout), known.context.clone());
    source.blocks(0, source.bytes(), &mut Vec::new(), |block| {
        reader.feed(block, &mut check);
        true
    })?;
    let account = reader.finish(false, &mut check);
    let findings: Vec<FindingEntry> = check
        .findings
        .iter()
        .map(|f| in_words(&known.catalogue, f, Lang::En))
        .collect();
    let worst = findings.iter().map(|f| f.severity).max();
    let checked = Checked {
        file: file.display().to_string(),
        layout: layout.name.clone(),
        lines: account.lines,
        records: account.records,
        continuation: account.continuation,
        noise: account.noise,
        rejected: account.rejected,
        pending: account.pending,
        variants: layout
            .variants
            .iter()
            .map(|v| v.id.clone())
            .zip(reader.by_variant().iter().copied())
            .collect(),
        findings,
    };
    match common.format {
        Format::Json => say_json("layout-check", &checked)?,
        Format::Text => {
            say(&format!(
                "{}: {} lines = {} records + {} continuation + {} noise + {} rejected + {} pending",
                checked.file,
                grouped(checked.lines),
                grouped(checked.records),
                grouped(checked.continuation),
                grouped(checked.noise),
                grouped(checked.rejected),
                grouped(checked.pending)
            ))?;
            for (id, n) in &checked.variants {
                say(&format!("  {} records of form {id}", grouped(*n)))?;
            }
            for f in checked.findings.iter().take(20) {
                let line = f.line.map_or_else(String::new, |l| format!("line {l}: "));
                say(&wrapped(
                    &format!("{} {line}{}", f.code, f.message),
                    80,
                    "  ",
                ))?;
            }
            if checked.findings.len() > 20 {
                say(&format!(
                    "  and {} more; --format json lists all",
                    grouped(checked.findings.len() as u64 - 20)
                ))?;
            }
        }
    }
    Ok(match worst {
        Some(Severity::Attention) => Exit::Attention,
        Some(Severity::Error) => Exit::Unreadable,
        _ if checked.rejected > 0 => Exit::Unreadable,
        _ => Exit::Done,
    })
}

fn from_ftbl(file: &Path, out: Option<&Path>) -> Result<Exit, Failure> {
    let bytes = std::fs::read(file).map_err(|e| {
        Failure::usage(format!(
            "{} - cannot read ({e}) - check the path",
            file.display()
        ))
    })?;
    let text = gdpr4k_sources::lines::decode(&bytes);
    let compiled = cdr::ftbl::compile(&file.display().to_string(), &text)?;
    for note in &compiled.notes {
        eprintln!("{note}");
    }
    match out {
        None => say(compiled.toml.trim_end())?,
        Some(out) => {
            std::fs::write(out, &compiled.toml).map_err(|e| {
                Failure::environment(format!(
                    "{} - cannot write ({e}) - check the rights",
                    out.display()
                ))
            })?;
            say(&format!(
                "{} written\nnext: gdpr4k layout check FILE --layout {}",
                out.display(),
                out.display()
            ))?;
        }
    }
    Ok(Exit::Done)
}
