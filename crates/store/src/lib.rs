//! Every effect of gdpr4k lives here: reading site files, the state database, keys.
//!
//! Nothing in this crate decides anything; it is told what to read and what to keep.

pub mod approve;
pub mod census;
pub mod effects;
pub mod files;
pub mod guard;
pub mod holds;
pub mod journal;
pub mod keys;
pub mod ledger;
mod place;
pub mod quarantine;
pub mod rewrite;
pub mod runs;
pub mod signing;
pub mod standing;
pub mod state;
pub mod stop;

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
    /// Something is not as it has to be, and nothing was done.
    #[error("{path} - {why}")]
    Refused {
        /// The file or folder.
        path: PathBuf,
        /// What is not as it has to be.
        why: Refusal,
    },
    /// The passphrase of the keys is missing or wrong.
    #[error(
        "keys - passphrase missing or wrong (expected the one that they were made with) - give the passphrase of the keys"
    )]
    Passphrase,
    /// What is sealed in the state database cannot be opened.
    #[error(
        "{path} - {rows} sealed {what} cannot be opened (expected the key that sealed them) - restore the keys folder from its own backup"
    )]
    Unsealable {
        /// The database.
        path: PathBuf,
        /// What is sealed.
        what: &'static str,
        /// How many.
        rows: usize,
    },
    /// Another gdpr4k works on this site.
    #[error("{path} - another gdpr4k is working on this site - wait until it has finished")]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
}

/// Why an effect was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not the name of a run.
    #[error("id of a run (expected letters, digits and -, at most 64) - use another id")]
    Name,
    /// The path leads out of the site folder.
    #[error(
        "the path leads out of the site folder or is empty (expected folders and a name) - make the plan again"
    )]
    LeadsOut,
    /// A link stands where a file or a folder of the site was expected.
    #[error(
        "a link (expected a regular file in folders of the site) - put the file itself there, then make the plan again"
    )]
    Link,
    /// The file has further names: rewriting one would leave the content under the others.
    #[error(
        "a file with {names} names (expected 1) - remove the other names, then make the plan again"
    )]
    HardLinked {
        /// Names found.
        names: u64,
    },
    /// The content is not the one that the plan was made for.
    #[error("the file has changed since the plan was made (size or digest) - make the plan again")]
    Changed,
    /// Another file was put in its place, or it was written to, while it was being rewritten.
    #[error(
        "the file was replaced or written to while it was being rewritten; it is as it was found - make sure that nobody writes it, then run again"
    )]
    Replaced,
    /// The new file would not belong to the same owner with the same rights.
    #[error(
        "cannot {step} the new file ({cause}) - run as the owner of the file or as root, on a file system that keeps owners and rights"
    )]
    Owner {
        /// What failed.
        step: &'static str,
        /// The cause.
        cause: String,
    },
    /// The keys lie in the state folder.
    #[error(
        "the keys folder lies in the state folder (expected apart from it) - name another folder as keys in site.toml and move the keys there"
    )]
    KeysInState,
    /// Others than the owner may use a secret.
    #[error("mode {mode:03o} (expected no right for group and others) - chmod go-rwx")]
    OpenToOthers {
        /// Mode found.
        mode: u32,
    },
    /// Not the name of a domain.
    #[error(
        "name of a key domain (expected lower-case letters, digits and -, at most 32) - use another name"
    )]
    Domain,
    /// A passphrase for keys that were made without one.
    #[error(
        "the keys were made without a passphrase - leave the passphrase out, or start with an empty keys folder"
    )]
    PassphraseTooLate,
    /// The name of an approver has characters that its place cannot hold.
    #[error(
        "name of an approver (expected letters, digits and . _ + @ -, at most 128) - use another name"
    )]
    ApproverName,
    /// The key of an approver cannot be used.
    #[error(
        "{problem} - use an ed25519, ecdsa-nistp256 or rsa key in OpenSSH format, or its public half with an ssh-agent"
    )]
    Key {
        /// What is wrong with it.
        problem: String,
    },
    /// The key does not belong to that approver.
    #[error(
        "the key is not one of this approver (expected a valid line in allowed_signers) - add it with: gdpr4k approver add"
    )]
    NotAnApprover,
    /// The approver is already there.
    #[error("the approver already has this key - nothing to do")]
    ApproverThere,
    /// There is no such approver.
    #[error("no approver of this name - list them with: gdpr4k approver list")]
    NoApprover,
    /// A line of the list of approvers cannot be read.
    #[error("line {line}: {problem} - correct it as in ssh-keygen(1), ALLOWED SIGNERS")]
    SignersLine {
        /// Line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// There is no such suspension.
    #[error("no suspension of this id - list them with: gdpr4k hold list")]
    NoHold,
    /// The suspension was released already.
    #[error("the suspension was released already - nothing to do")]
    HoldReleased,
    /// What was written is not what the caller says it wrote: a defect.
    #[error(
        "the new file has {found} bytes (expected {expected}) - this is a defect, please report it"
    )]
    WrittenLength {
        /// Bytes found.
        found: u64,
        /// Bytes expected.
        expected: u64,
    },
}

impl Error {
    /// Whether it is a refusal (exit code 6) and not a failure of the environment (exit code 7).
    pub const fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused { .. })
    }

    pub(crate) fn refused(path: impl Into<PathBuf>, why: Refusal) -> Self {
        Self::Refused {
            path: path.into(),
            why,
        }
    }

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

/// Digest of a document, `blake3:` and 64 hexadecimal digits.
pub fn digest(document: &[u8]) -> String {
    format!("blake3:{}", blake3::hash(document).to_hex())
}
