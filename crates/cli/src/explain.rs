//! `gdpr4k explain`: what a finding means, or why a place in a file is personal data and until when it stays.

use std::path::{Path, PathBuf};

use gdpr4k_engine::inventory::explain::{Asked, Question, explain};
use gdpr4k_model::catalogue::FindingText;
use gdpr4k_model::explained::{Explained, Hit};
use gdpr4k_model::site::Site;
use gdpr4k_model::{Catalogue, Lang};
use gdpr4k_policy::{Policy, sentence};
use gdpr4k_store::files::SiteFolder;
use serde::Serialize;

use crate::args::{Common, Explain, Format};
use crate::output::{Exit, Failure, grouped, say, say_json, wrapped};
use crate::site::{self, Opened};

/// The pack whose rules are shown where there is no site.
const PACK: &str = "eu-base";

#[derive(Serialize)]
struct Codes<'a> {
    codes: Vec<&'a FindingText>,
}

#[derive(Serialize)]
struct Files<'a> {
    files: &'a [Explained],
}

pub(crate) fn run(common: &Common, args: &Explain) -> Result<Exit, Failure> {
    let catalogue = Catalogue::builtin();
    if args.list {
        return findings(
            common,
            &catalogue.findings().iter().collect::<Vec<_>>(),
            true,
        );
    }
    let places: Vec<Place> = args
        .what
        .iter()
        .map(|text| place(text, &catalogue))
        .collect::<Result<_, _>>()?;
    let codes: Vec<&str> = places
        .iter()
        .filter_map(|p| match p {
            Place::Code(code) => Some(code.as_str()),
            Place::File(..) => None,
        })
        .collect();
    if codes.is_empty() {
        return files(common, &catalogue, places);
    }
    if codes.len() < places.len() {
        return Err(Failure::usage(
            "files and finding codes in one command - ask for them one after the other",
        ));
    }
    let texts = codes.iter().filter_map(|c| catalogue.finding(c));
    findings(common, &texts.collect::<Vec<_>>(), false)
}

/// What an argument means.
enum Place {
    Code(String),
    /// File and line.
    File(PathBuf, Option<u64>),
}

/// A file that is there, `FILE:LINE`, or the code of a finding.
fn place(text: &str, catalogue: &Catalogue) -> Result<Place, Failure> {
    let there = |text: &str| Path::new(text.split("!/").next().unwrap_or(text)).exists();
    if there(text) {
        return Ok(Place::File(PathBuf::from(text), None));
    }
    let code = text.to_uppercase();
    if catalogue.finding(&code).is_some() {
        return Ok(Place::Code(code));
    }
    if let Some((file, line)) = text.rsplit_once(':')
        && let Ok(line) = line.parse::<u64>()
        && there(file)
    {
        return Ok(Place::File(PathBuf::from(file), Some(line)));
    }
    let looks_like_code = code.starts_with("G4K") && !text.contains(['/', '\\', '.']);
    Err(Failure::usage(if looks_like_code {
        format!("{text:?} - no finding has this code - see gdpr4k explain --list")
    } else {
        format!(
            "{text:?} - no such file, and no code of a finding - check the path, or see gdpr4k explain --list"
        )
    }))
}

fn files(common: &Common, catalogue: &Catalogue, places: Vec<Place>) -> Result<Exit, Failure> {
    let opened = if common.site.exists() {
        Some(site::open(common)?)
    } else {
        None
    };
    let quick = match opened {
        Some(_) => None,
        None => Some(Site::parse(
            "no site",
            &format!("[site]\nname = \"no site\"\ntimezone = \"UTC\"\npack = \"{PACK}\"\n"),
        )?),
    };
    let without_site = || {
        let today = common.as_of.unwrap_or(chrono::Utc::now().date_naive());
        (quick.as_ref(), None, today)
    };
    let (the_site, folder, as_of) = match &opened {
        Some(Opened {
            site,
            folder,
            as_of,
        }) => (Some(site), Some(folder), *as_of),
        None => without_site(),
    };
    let Some(the_site) = the_site else {
        return Err(Failure::usage("no site - name one with --site"));
    };
    if folder.is_none() && !common.quiet {
        eprintln!(
            "no site file {}: nobody is known by name, numbers are judged without a number plan, rules are those of the pack {PACK}",
            common.site.display()
        );
    }
    let policy = Policy::resolve(
        catalogue,
        &the_site.head.pack,
        &the_site.retention.overrides,
    )?;
    let meant = meant(places, folder, the_site)?;
    let asked: Vec<Asked<'_>> = meant
        .iter()
        .map(|m| Asked {
            folder: m
                .own
                .as_ref()
                .or(folder)
                .unwrap_or_else(|| unreachable!("a file lies in a folder")),
            path: m.path.clone(),
            shown: m.shown.clone(),
            lines: m.lines.clone(),
        })
        .collect();
    let question = Question {
        catalogue,
        site: the_site,
        folder,
        policy: &policy,
        as_of,
    };
    let found = explain(&question, &asked)?;
    match common.format {
        Format::Json => say_json("explain", &Files { files: &found })?,
        Format::Text => {
            for file in &found {
                say(&text(file, catalogue, &policy))?;
            }
        }
    }
    Ok(if found.iter().all(|f| f.read) && !found.is_empty() {
        Exit::Done
    } else {
        Exit::Unreadable
    })
}

/// A file with the lines that are meant.
struct Meant {
    /// Its folder, where that is not the site's.
    own: Option<SiteFolder>,
    path: String,
    shown: String,
    lines: Vec<u64>,
}

/// Puts the lines of each file together, and finds its folder.
fn meant(
    places: Vec<Place>,
    folder: Option<&SiteFolder>,
    the_site: &Site,
) -> Result<Vec<Meant>, Failure> {
    let mut out: Vec<Meant> = Vec::new();
    for place in places {
        let Place::File(path, line) = place else {
            continue;
        };
        let text = path.to_string_lossy().into_owned();
        let (outer, member) = match text.split_once("!/") {
            Some((outer, member)) => (PathBuf::from(outer), Some(member)),
            None => (path.clone(), None),
        };
        let full = outer.canonicalize().map_err(|e| {
            Failure::usage(format!(
                "{} - cannot open ({e}) - check the path",
                outer.display()
            ))
        })?;
        let slashes = |p: &Path| {
            let parts = p.components().map(|c| c.as_os_str().to_string_lossy());
            parts.collect::<Vec<_>>().join("/")
        };
        let inside = folder.and_then(|f| full.strip_prefix(f.root()).ok());
        let (own, mut path, mut shown) = match inside {
            Some(inside) => (None, slashes(inside), slashes(inside)),
            None => {
                let dir = if full.is_dir() {
                    Some(full.as_path())
                } else {
                    full.parent()
                };
                let root = dir.unwrap_or_else(|| Path::new("."));
                let own = SiteFolder::open(root, the_site.head.timezone)?;
                let inside = full.strip_prefix(root).unwrap_or(&full);
                (
                    Some(own),
                    slashes(inside),
                    outer.to_string_lossy().into_owned(),
                )
            }
        };
        if let Some(member) = member {
            path = format!("{path}!/{member}");
            shown = format!("{shown}!/{member}");
        }
        match out.iter_mut().find(|m| m.shown == shown) {
            Some(known) => match line {
                Some(line) if !known.lines.is_empty() => known.lines.push(line),
                _ => known.lines.clear(),
            },
            None => out.push(Meant {
                own,
                path,
                shown,
                lines: line.into_iter().collect(),
            }),
        }
    }
    Ok(out)
}

/// The chain of every hit; hits with the same chain stand together.
fn text(file: &Explained, catalogue: &Catalogue, policy: &Policy) -> String {
    let mut out = vec![format!(
        "{} (read as {}): {} places with personal data",
        file.path,
        file.kind,
        grouped((file.hits.len() + file.name_hits.len()) as u64)
    )];
    let mut chains: Vec<(&Hit, Vec<&Hit>)> = Vec::new();
    for hit in file.name_hits.iter().chain(&file.hits) {
        let same = |(first, _): &&mut (&Hit, Vec<&Hit>)| {
            (
                first.kind,
                first.rule,
                &first.element,
                &first.cluster,
                first.due,
            ) == (hit.kind, hit.rule, &hit.element, &hit.cluster, hit.due)
        };
        match chains.iter_mut().find(same) {
            Some((_, hits)) => hits.push(hit),
            None => chains.push((hit, vec![hit])),
        }
    }
    for (hit, places) in chains {
        out.push(String::new());
        out.push(wrapped(
            &where_(&places),
            100,
            &format!("  {:<12} ", hit.kind),
        ));
        let name = catalogue
            .element(&hit.element)
            .map_or("", |ix| catalogue.element_entry(ix).name.get(Lang::En));
        out.push(format!("    rule       {} (score {})", hit.rule, hit.score));
        out.push(format!("    element    {} {name}", hit.element));
        out.push(format!("    cluster    {} ({})", hit.cluster, hit.category));
        let rule = policy.rule(&hit.cluster).map_or_else(
            || "no rule holds it".to_owned(),
            |rule| sentence(rule, Lang::En),
        );
        out.push(wrapped(&rule, 100, "    deletion   "));
        out.push(match hit.due {
            Some(day) => format!("    due        {day}"),
            None => "    due        not while it lasts: the end is not known".to_owned(),
        });
    }
    if file.unplaced > 0 {
        out.push(String::new());
        out.push(format!(
            "{} values were read whose place in the line cannot be told",
            grouped(file.unplaced)
        ));
    }
    if file.more > 0 {
        out.push(format!(
            "{} further places are not listed; name lines",
            grouped(file.more)
        ));
    }
    if !file.read {
        out.push("NOT READ to its end".to_owned());
    }
    out.push(String::new());
    out.join("\n")
}

/// Lines with columns; a long list is cut.
fn where_(hits: &[&Hit]) -> String {
    const SHOWN: usize = 12;
    let place = |h: &&Hit| match h.line {
        0 => format!("file name:{}-{}", h.start, h.end),
        line => format!("{line}:{}-{}", h.start, h.end),
    };
    let shown: Vec<String> = hits.iter().take(SHOWN).map(place).collect();
    let more = hits.len().saturating_sub(SHOWN);
    if more == 0 {
        shown.join(", ")
    } else {
        format!("{} and {} more", shown.join(", "), grouped(more as u64))
    }
}

fn findings(common: &Common, codes: &[&FindingText], short: bool) -> Result<Exit, Failure> {
    match common.format {
        Format::Json => say_json(
            "findings",
            &Codes {
                codes: codes.to_vec(),
            },
        )?,
        Format::Text if short => {
            let lines: Vec<String> = codes
                .iter()
                .map(|t| format!("{}  {:<9}  {}", t.code, word(t), t.title.en))
                .collect();
            say(&lines.join("\n"))?;
        }
        Format::Text => {
            for text in codes {
                say(&format!(
                    "{} ({}): {}",
                    text.code,
                    word(text),
                    text.title.en
                ))?;
                say(&wrapped(&text.message.en, 80, "  what  "))?;
                say(&wrapped(&text.help.en, 80, "  do    "))?;
            }
        }
    }
    Ok(Exit::Done)
}

const fn word(text: &FindingText) -> &'static str {
    match text.severity {
        gdpr4k_model::Severity::Info => "info",
        gdpr4k_model::Severity::Attention => "attention",
        gdpr4k_model::Severity::Error => "error",
    }
}
