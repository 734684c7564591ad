//! Finding and reading the files of a site, without trusting them.

mod source;

pub use source::Source;

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDateTime};
use chrono_tz::Tz;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::Error;
use crate::place;

/// Bytes that are read at once.
pub const BLOCK: usize = 256 << 10;

/// A file of the site folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteFile {
    /// Relative to the site folder, with `/`.
    pub path: String,
    /// Size when it was found; later growth is not read.
    pub bytes: u64,
    /// Modification time in the site's time zone.
    pub modified: NaiveDateTime,
    /// Seconds since the last change when it was found; negative where the clock of the file is ahead.
    pub age_seconds: i64,
    /// Why it must not be read.
    pub obstacle: Option<Obstacle>,
}

/// What tells an unchanged file without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Size in bytes.
    pub bytes: u64,
    /// Time of the last change, nanoseconds since 1970 UTC.
    pub modified_ns: i64,
    /// Number of the file in its file system.
    pub inode: u64,
}

/// Why a file must not be rewritten where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tie {
    /// It is a link, or a folder on the way to it is one.
    Link,
    /// It has so many names (hard links): its old content would stay under the others.
    Names(u64),
}

/// Why a file of a source is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// A link whose target lies outside the site folder.
    LeadsOut,
    /// A link without a target, or in a circle.
    BrokenLink,
    /// A pipe, socket or device.
    NotAFile,
    /// No right to read it.
    Unreadable,
}

/// The site folder.
#[derive(Clone, Debug)]
pub struct SiteFolder {
    root: PathBuf,
    timezone: Tz,
}

impl SiteFolder {
    /// Opens a site folder.
    ///
    /// # Errors
    /// The folder does not exist or cannot be entered.
    pub fn open(root: &Path, timezone: Tz) -> Result<Self, Error> {
        let root = root.canonicalize().map_err(Error::file(
            root,
            "cannot open the site folder",
            "read",
        ))?;
        Ok(Self { root, timezone })
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Every file below the folder, sorted by path; folders in `skip` are left out.
    ///
    /// Links are followed to files inside the folder only, and links to folders not at all.
    pub fn walk(&self, skip: &[&str]) -> Vec<SiteFile> {
        let now = std::time::SystemTime::now();
        let mut files = Vec::new();
        let walk = walkdir::WalkDir::new(&self.root)
            .follow_links(false)
            .sort_by_file_name();
        let entries = walk.into_iter().filter_entry(|e| {
            let relative = self.relative(e.path());
            !(e.file_type().is_dir() && skip.iter().any(|s| *s == relative))
        });
        for entry in entries {
            match entry {
                Ok(entry) if entry.file_type().is_dir() => {}
                Ok(entry) => files.push(self.look(entry.path(), now)),
                Err(error) => {
                    if let Some(path) = error.path() {
                        files.push(SiteFile {
                            path: self.relative(path),
                            bytes: 0,
                            modified: NaiveDateTime::default(),
                            age_seconds: 0,
                            obstacle: Some(Obstacle::Unreadable),
                        });
                    }
                }
            }
        }
        files
    }

    /// One file of the folder, by its relative path.
    pub fn file(&self, path: &str) -> SiteFile {
        self.look(&self.root.join(path), std::time::SystemTime::now())
    }

    fn relative(&self, path: &Path) -> String {
        let relative = path.strip_prefix(&self.root).unwrap_or(path);
        relative
            .components()
            .map(|c| c.as_os_str().to_string_lossy())
            .collect::<Vec<_>>()
            .join("/")
    }

    fn look(&self, path: &Path, now: std::time::SystemTime) -> SiteFile {
        let mut file = SiteFile {
            path: self.relative(path),
            bytes: 0,
            modified: NaiveDateTime::default(),
            age_seconds: 0,
            obstacle: None,
        };
        let target = match path.canonicalize() {
            Ok(target) => target,
            Err(_) => {
                file.obstacle = Some(if path.is_symlink() {
                    Obstacle::BrokenLink
                } else {
                    Obstacle::Unreadable
                });
                return file;
            }
        };
        if !target.starts_with(&self.root) {
            file.obstacle = Some(Obstacle::LeadsOut);
            return file;
        }
        match target.metadata() {
            Ok(meta) if meta.is_file() => {
                file.bytes = meta.len();
                if let Ok(modified) = meta.modified() {
                    file.modified = DateTime::<chrono::Utc>::from(modified)
                        .with_timezone(&self.timezone)
                        .naive_local();
                    file.age_seconds = match now.duration_since(modified) {
                        Ok(age) => age.as_secs() as i64,
                        Err(ahead) => -(ahead.duration().as_secs() as i64),
                    };
                }
            }
            Ok(_) => file.obstacle = Some(Obstacle::NotAFile),
            Err(_) => file.obstacle = Some(Obstacle::Unreadable),
        }
        file
    }

    /// Opens one file for reading, at most as long as it was when it was found.
    ///
    /// # Errors
    /// It is gone, may not be read, or is no longer a regular file.
    pub fn read(&self, file: &SiteFile) -> Result<Source, Error> {
        let path = self.root.join(&file.path);
        let handle = File::open(&path).map_err(Error::file(&path, "cannot open", "read"))?;
        let meta = handle
            .metadata()
            .map_err(Error::file(&path, "cannot look at", "read"))?;
        if !meta.is_file() {
            let cause = std::io::Error::other("no regular file any more");
            return Err(Error::file(&path, "cannot open", "read")(cause));
        }
        Ok(Source::of(path, handle, file.bytes))
    }

    /// Why a file must not be rewritten where it is; none where nothing stands against it.
    ///
    /// The rewriting itself checks again: this is to say it beforehand.
    pub fn tie(&self, file: &SiteFile) -> Option<Tie> {
        let path = self.root.join(&file.path);
        if path.canonicalize().is_ok_and(|real| real != path) {
            return Some(Tie::Link);
        }
        let names = File::open(&path).and_then(|f| place::links(&f, &f.metadata()?));
        names.ok().filter(|n| *n > 1).map(Tie::Names)
    }

    /// The stamp of a file. Take it before reading, so that a change while it is read shows.
    ///
    /// # Errors
    /// It is gone, or may not be read.
    pub fn stamp(&self, file: &SiteFile) -> Result<Stamp, Error> {
        let path = self.root.join(&file.path);
        let identity = File::open(&path).and_then(|file| place::identity(&file));
        let identity = identity.map_err(Error::file(&path, "cannot look at", "read"))?;
        Ok(Stamp {
            bytes: identity.bytes,
            modified_ns: i64::try_from(identity.modified_ns).unwrap_or(i64::MAX),
            inode: identity.inode,
        })
    }

    /// Reads a small file of the site folder whole: layouts, mappings, lists. At most 16 MiB.
    ///
    /// # Errors
    /// It does not exist, may not be read, is too large or leads out of the folder.
    pub fn read_text(&self, path: &str) -> Result<String, Error> {
        let full = self.root.join(path);
        let fail = Error::file(&full, "cannot read", "read");
        let target = match full.canonicalize() {
            Ok(target) => target,
            Err(cause) => return Err(fail(cause)),
        };
        if !target.starts_with(&self.root) {
            return Err(fail(std::io::Error::other(
                "it lies outside the site folder",
            )));
        }
        let mut text = Vec::new();
        match File::open(&target).and_then(|f| f.take((16 << 20) + 1).read_to_end(&mut text)) {
            Ok(n) if n > 16 << 20 => Err(fail(std::io::Error::other("larger than 16 MiB"))),
            Ok(_) => String::from_utf8(text)
                .map_err(|_| std::io::Error::other("not UTF-8"))
                .map_err(fail),
            Err(cause) => Err(fail(cause)),
        }
    }
}

/// Writes a document: whole or not at all, beside an older one until it is on the disk.
///
/// # Errors
/// The folder cannot be made, or the file cannot be written.
pub fn write_document(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    use std::io::Write as _;
    let failed = |p: &Path| Error::file(p.to_path_buf(), "cannot write", "write");
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed(folder))?;
    }
    let mut name = path
        .file_name()
        .map(std::ffi::OsStr::to_os_string)
        .unwrap_or_default();
    name.push(".new");
    let new = path.with_file_name(name);
    File::create(&new)
        .and_then(|mut f| f.write_all(bytes).and_then(|()| f.sync_all()))
        .map_err(failed(&new))?;
    std::fs::rename(&new, path).map_err(failed(path))
}

/// Every TOML file of a folder and its subfolders: path below the folder, with `/`, and text.
///
/// # Errors
/// The folder or a file in it cannot be read.
pub fn read_toml_tree(dir: &Path) -> Result<Vec<(String, String)>, Error> {
    let folder = SiteFolder::open(dir, chrono_tz::UTC)?;
    let files = folder
        .walk(&[])
        .into_iter()
        .filter(|f| f.path.ends_with(".toml") && f.obstacle.is_none());
    files
        .map(|f| Ok((f.path.clone(), folder.read_text(&f.path)?)))
        .collect()
}

/// A set of path patterns: `*` stays inside a folder, `**` does not.
///
/// # Errors
/// A pattern that is not a glob; the text says which.
pub fn globs<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Result<GlobSet, String> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let clean = pattern.strip_prefix("./").unwrap_or(pattern);
        let glob = GlobBuilder::new(clean)
            .literal_separator(true)
            .build()
            .map_err(|e| format!("pattern {pattern:?} ({})", e.kind()))?;
        set.add(glob);
    }
    set.build().map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_that_lead_out_and_things_that_are_no_files_are_named_and_not_read() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("site");
        std::fs::create_dir_all(root.join("cdr")).unwrap();
        std::fs::write(dir.path().join("secret.txt"), "x").unwrap();
        std::fs::write(root.join("cdr/a.txt"), "abc").unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::symlink;
            symlink(dir.path().join("secret.txt"), root.join("cdr/out.txt")).unwrap();
            symlink(root.join("nowhere"), root.join("cdr/broken.txt")).unwrap();
            symlink(root.join("cdr/a.txt"), root.join("cdr/in.txt")).unwrap();
        }
        let folder = SiteFolder::open(&root, chrono_tz::UTC).unwrap();
        let files = folder.walk(&["state"]);
        let seen: Vec<_> = files
            .iter()
            .map(|f| (f.path.as_str(), f.bytes, f.obstacle))
            .collect();
        #[cfg(unix)]
        assert_eq!(
            seen,
            [
                ("cdr/a.txt", 3, None),
                ("cdr/broken.txt", 0, Some(Obstacle::BrokenLink)),
                ("cdr/in.txt", 3, None),
                ("cdr/out.txt", 0, Some(Obstacle::LeadsOut)),
            ]
        );
        let mut got = Vec::new();
        folder
            .read(&files[0])
            .unwrap()
            .blocks(1, 3, &mut Vec::new(), |b| {
                got.extend_from_slice(b);
                true
            })
            .unwrap();
        assert_eq!(got, b"bc");
        assert!(folder.read_text("cdr/out.txt").is_err());
    }

    #[test]
    fn a_star_stays_inside_its_folder() {
        let set = globs(["cdr/**/*.txt", "amo/*.txt"]).unwrap();
        assert!(
            set.is_match("cdr/a.txt") && set.is_match("cdr/x/y/a.txt") && set.is_match("amo/r.txt")
        );
        assert!(!set.is_match("amo/x/r.txt"));
        assert!(globs(["a[b"]).is_err());
    }
}
