//! `gdpr4k report`

use std::path::Path;

use gdpr4k_engine::data_map::{Material, data_map};
use gdpr4k_model::{Catalogue, Lang};
use gdpr4k_report::{DataMap, csv, html, json};
use gdpr4k_store::files::write_document;
use gdpr4k_store::state::State;

use crate::args::{Common, DocumentLang, Report, ReportForm, ReportKind};
use crate::output::{Exit, Failure, VERSION, now, say};
use crate::{scan, site};

pub(crate) fn run(common: &Common, args: &Report) -> Result<Exit, Failure> {
    let catalogue = Catalogue::builtin();
    let opened = site::open(common)?;
    let head = &opened.site.head;
    let policy = site::policy(common, &catalogue, &opened)?;
    if args.scan {
        let outcome = scan::read(common, &catalogue, &opened, &[])?;
        outcome.problems.iter().for_each(|p| eprintln!("{p}"));
    }
    let state = State::open(&opened.folder.root().join(&head.state))?;
    let mut scans = state.last_two_inventories()?.into_iter();
    let Some((scanned_at, inventory)) = scans.next() else {
        return Err(Failure::usage(format!(
            "{} - nothing has been scanned yet - run gdpr4k scan --site {} first",
            common.site.display(),
            common.site.display()
        )));
    };
    if inventory.catalogue != catalogue.digest() {
        eprintln!(
            "the last scan was made with another catalogue; scan again for a report that fits this version"
        );
    }
    let previous = scans.next().map(|(_, i)| i);
    let map = data_map(&Material {
        catalogue: &catalogue,
        site: &opened.site,
        policy: &policy,
        inventory: &inventory,
        previous: previous.as_ref(),
        scanned_at: &scanned_at,
        generated_at: &now(),
        tool_version: VERSION,
    });
    let langs: Vec<Lang> = if args.lang.is_empty() {
        vec![head.language]
    } else {
        args.lang
            .iter()
            .map(|l| {
                if *l == DocumentLang::De {
                    Lang::De
                } else {
                    Lang::En
                }
            })
            .collect()
    };
    let written = write(&map, args, &langs)?;
    for path in &written {
        say(path)?;
    }
    if let Some(page) = written.iter().find(|p| p.ends_with(".html")) {
        say(&format!("next: open {page} in a browser"))?;
    }
    Ok(Exit::Done)
}

/// Writes every form in every language; the default language carries no suffix only where there is one.
fn write(map: &DataMap, args: &Report, langs: &[Lang]) -> Result<Vec<String>, Failure> {
    let failed = |e: gdpr4k_report::Error| {
        Failure::environment(format!("report - {e} - please report this"))
    };
    let name = match args.kind {
        ReportKind::Map => "data-map",
        ReportKind::Findings => "findings",
    };
    let mut files: Vec<(String, String)> = Vec::new();
    for form in &args.forms {
        match (form, args.kind) {
            (ReportForm::Html, kind) => {
                for lang in langs {
                    let page = match kind {
                        ReportKind::Map => html::map(map, *lang),
                        ReportKind::Findings => html::findings(map, *lang),
                    };
                    files.push((
                        format!("{name}.{}.html", lang.code()),
                        page.map_err(failed)?,
                    ));
                }
            }
            (ReportForm::Json, _) => files.push((
                "data-map.json".to_owned(),
                json::data_map(map).map_err(failed)?,
            )),
            (ReportForm::Csv, kind) => {
                for lang in langs {
                    if kind == ReportKind::Map {
                        files.push((
                            format!("data-map.{}.csv", lang.code()),
                            csv::data_map(map, *lang).map_err(failed)?,
                        ));
                    }
                    files.push((
                        format!("findings.{}.csv", lang.code()),
                        csv::findings(map, *lang).map_err(failed)?,
                    ));
                }
                if kind == ReportKind::Map {
                    files.push(("files.csv".to_owned(), csv::files(map).map_err(failed)?));
                }
            }
        }
    }
    files
        .iter()
        .map(|(file, text)| put(&args.out, file, text))
        .collect()
}

fn put(dir: &Path, file: &str, text: &str) -> Result<String, Failure> {
    let path = dir.join(file);
    write_document(&path, text.as_bytes())?;
    Ok(path.display().to_string())
}
