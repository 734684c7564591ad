//! Every effect of gdpr4k lives here: reading site files, the state database, keys.
//!
//! Nothing in this crate decides anything; it is told what to read and what to keep.

pub mod files;
pub mod keys;
pub mod state;

use std::path::PathBuf;

/// Why an effect failed. No variant carries a value of a person: paths, shapes and causes only.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder could not be used.
    #[error(
        "{path} - {doing}: {source} - check that it exists, that this user may {need} it, and that the disk has room"
    )]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What was tried.
        doing: &'static str,
        /// The right that is needed.
        need: &'static str,
        /// The cause.
        source: std::io::Error,
    },
    /// The state database could not be used.
    #[error("{path} - state database: {source} - if it is damaged, move it away and scan again")]
    State {
        /// The database.
        path: PathBuf,
        /// The cause.
        source: rusqlite::Error,
    },
    /// The state database is from a newer gdpr4k.
    #[error(
        "{path} - state database of version {found} (expected at most {expected}) - use the newer gdpr4k that wrote it"
    )]
    NewerState {
        /// The database.
        path: PathBuf,
        /// Version found.
        found: i64,
        /// Version known.
        expected: i64,
    },
    /// A key file is not a key.
    #[error(
        "{path} - key file (expected {expected}) - restore it from its own backup; a new key cannot read the old assignment history"
    )]
    Key {
        /// The key file.
        path: PathBuf,
        /// What was expected.
        expected: &'static str,
    },
    /// Another gdpr4k works on this site.
    #[error("{path} - another gdpr4k is working on this site - wait until it has finished")]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
}

impl Error {
    pub(crate) fn file(
        path: impl Into<PathBuf>,
        doing: &'static str,
        need: &'static str,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File {
            path,
            doing,
            need,
            source,
        }
    }
}
