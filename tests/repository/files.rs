//! The files that are part of the repository.

use std::path::{Path, PathBuf};
use std::process::Command;

use gdpr4k_tests::repository;
use regex::Regex;

/// Every tracked file, and every new one that is not ignored: path below the repository.
pub(crate) fn all() -> Vec<PathBuf> {
    let git = Command::new("git")
        .args([
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "-z",
        ])
        .current_dir(repository())
        .output()
        .expect("git lists the files of the repository");
    assert!(
        git.status.success(),
        "{}",
        String::from_utf8_lossy(&git.stderr)
    );
    let names = git.stdout.split(|b| *b == 0).filter(|n| !n.is_empty());
    let files: Vec<PathBuf> = names
        .map(|n| PathBuf::from(String::from_utf8_lossy(n).into_owned()))
        .collect();
    let files: Vec<PathBuf> = files
        .into_iter()
        .filter(|f| repository().join(f).is_file())
        .collect();
    assert!(files.len() > 100, "only {} files", files.len());
    files
}

/// The bytes of a file of the repository.
pub(crate) fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(repository().join(path)).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Its text.
pub(crate) fn text(path: &Path) -> String {
    String::from_utf8_lossy(&bytes(path)).into_owned()
}

/// Files below a folder with one of these extensions.
pub(crate) fn below(folder: &str, extensions: &[&str]) -> Vec<PathBuf> {
    let fits = |f: &PathBuf| {
        f.extension()
            .is_some_and(|e| extensions.iter().any(|x| e == *x))
    };
    all()
        .into_iter()
        .filter(|f| f.starts_with(folder) && fits(f))
        .collect()
}

/// No file tells on which machine it was made.
#[test]
fn no_file_names_a_machine() {
    let mut words = vec![
        r"(?:^|[^a-z0-9./-])/(?:home|Users)/[a-z][a-z0-9_.-]+/".to_owned(),
        r"(?:^|[^a-z0-9./-])/root/".to_owned(),
        r"(?i)\b[a-z]:\\users\\".to_owned(),
    ];
    // the folder that holds this clone, unless it is as short as /work
    if let Some(place) = repository()
        .canonicalize()
        .ok()
        .filter(|p| p.components().count() > 2)
    {
        words.push(regex::escape(&place.display().to_string()));
    }
    if let Ok(name) = std::fs::read_to_string("/proc/sys/kernel/hostname")
        && name.trim().len() >= 6
        && name.trim() != "localhost"
    {
        words.push(format!(r"\b{}\b", regex::escape(name.trim())));
    }
    let pattern = Regex::new(&words.join("|")).unwrap();
    let mut bad = Vec::new();
    for file in all() {
        // this file holds the patterns
        if file.ends_with("repository/files.rs") || file.ends_with("Cargo.lock") {
            continue;
        }
        // invented paths of invented people: what the detector of accounts has to find
        let invented = file.to_string_lossy().contains("tests/corpus/")
            || file.ends_with("people/accounts.rs");
        for (i, line) in text(&file).lines().enumerate() {
            if let Some(found) = pattern.find(line)
                && !(invented && found.as_str().starts_with("C:"))
            {
                bad.push(format!("{}:{}: {}", file.display(), i + 1, found.as_str()));
            }
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}
