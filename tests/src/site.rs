//! Site folders for tests.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::{Call, gdpr4k};

/// The head of a small site: one node, a controller, a written policy.
pub const HEAD: &str = r#"
[site]
name = "Test"
timezone = "Europe/Berlin"
pack = "de-business-only"
policy_reference = "GBV 1"
[controller]
name = "Beispiel GmbH"
contact = "datenschutz@beispiel.example"
dpo = "Dana Schutz"
[number_plan]
country = "49"
area = "30"
main = "23125"
extension_length = 4
trunk_prefix = "0"
"#;

/// A folder that is deleted after the test.
#[derive(Debug)]
pub struct Folder(TempDir);

impl Folder {
    /// An empty folder.
    ///
    /// # Panics
    /// The system gives none.
    pub fn empty() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    /// A site with these sources: kind, pattern, further keys as TOML.
    pub fn site(sources: &[(&str, &str, &str)]) -> Self {
        let folder = Self::empty();
        let mut text = HEAD.to_owned();
        for (kind, pattern, more) in sources {
            text.push_str(&format!(
                "[[source]]\nkind = \"{kind}\"\npaths = [\"{pattern}\"]\n{more}\n"
            ));
        }
        folder.write("site.toml", text);
        folder
    }

    /// The invented site of `gdpr4k demo`.
    pub fn demo(persons: u32, days: u32) -> Self {
        Self::demo_with(persons, days, &[])
    }

    /// The same with more options, for example `--seed 7`.
    pub fn demo_with(persons: u32, days: u32, more: &[&str]) -> Self {
        let folder = Self::empty();
        let (persons, days) = (persons.to_string(), days.to_string());
        let size = ["demo", "-q", ".", "--persons", &persons, "--days", &days];
        gdpr4k(size.iter().chain(more).copied())
            .dir(folder.path())
            .run()
            .exits(0);
        folder
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// A path in it.
    pub fn join(&self, path: &str) -> PathBuf {
        self.path().join(path)
    }

    /// Writes a file, with its folders.
    ///
    /// # Panics
    /// It cannot be written.
    pub fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, bytes).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    }

    /// A call of `gdpr4k` in this folder.
    pub fn call(&self, args: &[&str]) -> Call {
        gdpr4k(args).dir(self.path())
    }

    /// `gdpr4k scan --format json`, judged on 22 November 2026.
    pub fn scan(&self) -> Call {
        self.call(&["scan", "--format", "json", "-q", "--as-of", "2026-11-22"])
    }

    /// Every file below a folder, in order.
    pub fn files(&self, below: &str) -> Vec<PathBuf> {
        let mut files = Vec::new();
        collect(&self.join(below), &mut files);
        files.sort();
        files
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(t) if t.is_dir() => collect(&entry.path(), files),
            _ => files.push(entry.path()),
        }
    }
}
