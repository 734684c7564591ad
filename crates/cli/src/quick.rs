//! `gdpr4k scan PATH` without a site: recognise the formats, count, keep nothing.

use std::path::{Path, PathBuf};

use gdpr4k_engine::inventory::{self, Request, quick};
use gdpr4k_model::site::Site;
use gdpr4k_model::{Catalogue, Lang};
use gdpr4k_store::files::SiteFolder;

use crate::args::Common;
use crate::output::{Exit, Failure};
use crate::scan::{Bar, answer};

pub(crate) fn run(common: &Common, paths: &[PathBuf]) -> Result<Exit, Failure> {
    let catalogue = Catalogue::builtin();
    let full = paths
        .iter()
        .map(|p| {
            p.canonicalize().map_err(|e| {
                Failure::usage(format!(
                    "{} - cannot open ({e}) - check the path",
                    p.display()
                ))
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    let root = common_folder(&full);
    let folder = SiteFolder::open(&root, chrono_tz::Tz::UTC)?;
    let only: Vec<String> = full
        .iter()
        .map(|p| {
            p.strip_prefix(&root)
                .unwrap_or(p)
                .components()
                .map(|c| c.as_os_str().to_string_lossy())
                .collect::<Vec<_>>()
                .join("/")
        })
        .collect();
    let files: Vec<_> = folder
        .walk(&[])
        .into_iter()
        .filter(|f| {
            only.iter()
                .any(|o| o.is_empty() || f.path == *o || f.path.starts_with(&format!("{o}/")))
        })
        .collect();
    let kinds = quick::kinds(&catalogue, &folder, &files)?;
    let mut text = format!(
        "[site]\nname = \"quick look at {} files\"\ntimezone = \"UTC\"\npack = \"eu-base\"\n",
        files.len()
    );
    for (path, kind) in &kinds {
        let layout = if kind.id() == "cdr" {
            "layout = \"auto\"\n"
        } else {
            ""
        };
        text.push_str(&format!(
            "[[source]]\nkind = \"{}\"\n{layout}paths = [{}]\n",
            kind.id(),
            serde_json::Value::String(literal(path))
        ));
    }
    let site = Site::parse("quick look", &text)?;
    if !common.quiet {
        eprintln!(
            "no site file {}: a quick look, nothing is kept; numbers are judged without a number plan",
            common.site.display()
        );
    }
    let today = chrono::Utc::now().date_naive();
    let bar = Bar::new(common);
    let outcome = inventory::scan(&Request {
        catalogue: &catalogue,
        site: &site,
        folder: &folder,
        policy: None,
        previous: None,
        as_of: common.as_of.unwrap_or(today),
        only: &only,
        lang: Lang::En,
        progress: &|bytes| bar.add(bytes),
    })?;
    bar.done();
    answer(
        common,
        &outcome,
        "gdpr4k init DIR, then put the files into its folders and scan them as a site",
    )
}

/// A path as a pattern that matches only itself.
fn literal(path: &str) -> String {
    path.chars()
        .map(|c| {
            if matches!(c, '*' | '?' | '[' | ']' | '{' | '}' | '\\') {
                format!("[{c}]")
            } else {
                c.to_string()
            }
        })
        .collect()
}

/// The folder that holds all paths.
fn common_folder(paths: &[PathBuf]) -> PathBuf {
    let mut root = match paths.first() {
        Some(first) if first.is_dir() => first.clone(),
        Some(first) => first
            .parent()
            .unwrap_or_else(|| Path::new("/"))
            .to_path_buf(),
        None => PathBuf::from("."),
    };
    while !paths.iter().all(|p| p.starts_with(&root)) && root.pop() {}
    root
}
