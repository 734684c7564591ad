//! The ledger: every run, hold and key action, in a chain that shows a later change.
//!
//! One JSON object a line. `hash` is the SHA-256 of the object without `hash` and
//! `signature`; `previous` is the hash of the line before; `signature` is an SSHSIG of
//! the site over the hash. How many entries there are and what the last hash is stands in
//! the state database and in the keys folder, so that cutting off the end shows. Whoever
//! has the keys folder and the state folder and the site's signing key can rewrite all
//! of it: keep a copy of the last hash elsewhere (it is printed on every certificate).

mod check;
#[cfg(test)]
mod tests;

pub use check::{Fault, LedgerCheck, check};

use std::fs::File;
use std::path::{Path, PathBuf};

use rusqlite::OptionalExtension as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::Error;
use crate::effects::Effects;
use crate::journal::{now, signed};
use crate::keys::hex;
use crate::place::{Folder, write_at};
use crate::signing::{Namespace, SiteKey};
use crate::state::State;

/// One entry. No value of a person, and no plain hash of one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Running number, from 1.
    pub n: u64,
    /// When, RFC 3339, UTC.
    pub at: String,
    /// What: a word such as `run-finished`, `hold-released`, `key-destroyed`.
    pub kind: String,
    /// The facts.
    pub body: Value,
    /// Hash of the entry before, 64 zeros for the first.
    pub previous: String,
    /// Hash of this entry.
    pub hash: String,
    /// Signature over the hash: the base64 lines of an SSHSIG, joined.
    pub signature: String,
}

/// What is hashed: an entry without its hash and signature.
#[derive(Serialize)]
struct Content<'a> {
    n: u64,
    at: &'a str,
    kind: &'a str,
    body: &'a Value,
    previous: &'a str,
}

impl Entry {
    /// The hash that the entry has to have.
    fn expected_hash(&self) -> String {
        let content = Content {
            n: self.n,
            at: &self.at,
            kind: &self.kind,
            body: &self.body,
            previous: &self.previous,
        };
        let text = serde_json::to_vec(&content).unwrap_or_default();
        hex(&Sha256::digest(&text)).to_string()
    }

    /// The signature as `ssh-keygen -Y verify` reads it.
    pub fn signature_file(&self) -> String {
        let mut text = format!("{BEGIN}\n");
        let mut rest = self.signature.as_str();
        while !rest.is_empty() {
            let (line, more) = rest.split_at_checked(70).unwrap_or((rest, ""));
            text.push_str(line);
            text.push('\n');
            rest = more;
        }
        text.push_str(END);
        text.push('\n');
        text
    }
}

const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";
const END: &str = "-----END SSH SIGNATURE-----";
const FILE: &str = "ledger.jsonl";
const HEAD: &str = "ledger.head";
/// Hash before the first entry.
const NONE: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// Kind of the entry that says that entries before it are missing.
const GAP: &str = "ledger-gap";

/// Where the chain ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Entries.
    pub entries: u64,
    /// Hash of the last one.
    pub hash: String,
}

/// The ledger of a site, open for appending.
#[derive(Debug)]
pub struct Ledger<'s> {
    state: &'s State,
    path: PathBuf,
    keys: PathBuf,
    key: &'s SiteKey,
    effects: Effects,
    head: Head,
}

impl<'s> Ledger<'s> {
    /// Opens the ledger; begins one where there is none.
    ///
    /// An entry whose writing was cut off is completed or removed. Where entries are
    /// missing that the heads know of, an entry says so before anything else is added:
    /// a loss is never healed silently, and never stops an erasure.
    ///
    /// # Errors
    /// The ledger cannot be read or written.
    pub fn open(
        state: &'s State,
        keys: &Path,
        key: &'s SiteKey,
        effects: &Effects,
    ) -> Result<Self, Error> {
        let path = file_beside(state.path());
        let (lines, torn) = read(&path)?;
        let last = lines
            .last()
            .and_then(|line| serde_json::from_str::<Entry>(line).ok());
        let found = Head {
            entries: lines.len() as u64,
            hash: last
                .as_ref()
                .map_or_else(|| none_or_unreadable(&lines), |e| e.hash.clone()),
        };
        let mut ledger = Self {
            state,
            path,
            keys: keys.to_owned(),
            key,
            effects: effects.clone(),
            head: found.clone(),
        };
        if torn {
            ledger.cut(lines.iter().map(|l| l.len() as u64 + 1).sum())?;
        }
        let heads = heads(state, keys)?;
        let known = heads.iter().flatten().max_by_key(|h| h.entries).cloned();
        let behind = heads.iter().any(|h| h.as_ref() != Some(&found));
        let known = known.unwrap_or_else(|| Head {
            entries: 0,
            hash: NONE.to_owned(),
        });
        let whole = known == found || continues(&known, &found, last.as_ref());
        if !whole {
            let gap = serde_json::json!({ "known": known, "found": found });
            ledger.append(GAP, gap)?;
        } else if found.entries == 0 {
            ledger.append(
                "ledger-begun",
                serde_json::json!({ "key": key.public_line() }),
            )?;
        } else if behind {
            ledger.keep_head()?;
        }
        Ok(ledger)
    }

    /// Adds an entry: on the disk when this returns.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub fn append(&mut self, kind: &str, body: Value) -> Result<Entry, Error> {
        let mut entry = Entry {
            n: self.head.entries + 1,
            at: now(),
            kind: kind.to_owned(),
            body,
            previous: self.head.hash.clone(),
            hash: String::new(),
            signature: String::new(),
        };
        entry.hash = entry.expected_hash();
        let signature = self.key.sign(Namespace::Ledger, entry.hash.as_bytes())?;
        entry.signature = signature
            .lines()
            .filter(|l| *l != BEGIN && *l != END)
            .collect();
        let mut line = serde_json::to_vec(&entry).map_err(|e| {
            self.failed("cannot write down an entry")(std::io::Error::other(e.to_string()))
        })?;
        line.push(b'\n');
        self.write(&line)?;
        self.head = Head {
            entries: entry.n,
            hash: entry.hash.clone(),
        };
        self.keep_head()?;
        Ok(entry)
    }

    /// Where the chain ends: to be printed on a certificate.
    pub const fn head(&self) -> &Head {
        &self.head
    }

    fn write(&self, line: &[u8]) -> Result<(), Error> {
        let failed = || self.failed("cannot add an entry");
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let folder = Folder::root(folder).map_err(failed())?;
        let file = match folder.open_to_overwrite(FILE) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => self.effects.run(|| {
                folder
                    .create_private(FILE)
                    .and_then(|f| folder.sync().map(|()| f))
            }),
            other => other,
        };
        let file = file.map_err(failed())?;
        let end = file.metadata().map_err(failed())?.len();
        self.effects
            .write(line, |bytes| write_at(&file, bytes, end))
            .and_then(|()| self.effects.run(|| file.sync_all()))
            .map_err(failed())
    }

    /// Takes an entry off whose writing was cut off: it was never confirmed to anybody.
    fn cut(&self, bytes: u64) -> Result<(), Error> {
        self.effects
            .run(|| {
                let file = File::options().write(true).open(&self.path)?;
                file.set_len(bytes)?;
                file.sync_all()
            })
            .map_err(self.failed("cannot remove an unfinished entry"))
    }

    fn keep_head(&self) -> Result<(), Error> {
        let text = serde_json::to_vec(&self.head).unwrap_or_default();
        let failed = || Error::file(self.keys.join(HEAD), "cannot write", "write");
        let folder = Folder::root(&self.keys).map_err(failed())?;
        folder
            .put_private(HEAD, &text, &self.effects)
            .map_err(failed())?;
        self.effects
            .run(|| Ok(()))
            .map_err(self.failed("cannot keep the head"))?;
        self.state
            .database()
            .execute(
                "INSERT INTO ledger_head (one, entries, hash) VALUES (1, ?1, ?2)
                 ON CONFLICT (one) DO UPDATE SET entries = excluded.entries, hash = excluded.hash",
                rusqlite::params![signed(self.head.entries), self.head.hash],
            )
            .map(|_| ())
            .map_err(self.state.failed())
    }

    fn failed(&self, doing: &'static str) -> impl FnOnce(std::io::Error) -> Error + use<> {
        Error::file(self.path.clone(), doing, "write")
    }
}

/// Every entry that can be read, in the order of the file.
///
/// # Errors
/// The ledger cannot be read.
pub fn entries(state: &State) -> Result<Vec<Entry>, Error> {
    let (lines, _) = read(&file_beside(state.path()))?;
    Ok(lines
        .iter()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect())
}

/// Checks the whole ledger of a site against its public key and both heads.
///
/// # Errors
/// The ledger, a head or the public key cannot be read.
pub fn verify(state: &State, keys: &Path) -> Result<LedgerCheck, Error> {
    let path = file_beside(state.path());
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(e) => return Err(Error::file(&path, "cannot read the ledger", "read")(e)),
    };
    let heads = heads(state, keys)?;
    if text.is_empty() && heads == [None, None] {
        return Ok(LedgerCheck::default());
    }
    let public = crate::signing::site_public(keys)?;
    Ok(check(&text, &public, &heads))
}

/// The heads in the state database and in the keys folder.
fn heads(state: &State, keys: &Path) -> Result<[Option<Head>; 2], Error> {
    let in_state = state
        .database()
        .query_row("SELECT entries, hash FROM ledger_head", [], |r| {
            Ok(Head {
                entries: r.get::<_, i64>(0)?.unsigned_abs(),
                hash: r.get(1)?,
            })
        })
        .optional()
        .map_err(state.failed())?;
    let path = keys.join(HEAD);
    let in_keys = match std::fs::read(&path) {
        // a head that cannot be read is as good as none: the other one still tells
        Ok(text) => serde_json::from_slice(&text).ok(),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
        Err(e) => return Err(Error::file(&path, "cannot read", "read")(e)),
    };
    Ok([in_state, in_keys])
}

/// Whole lines, and whether an unfinished one follows.
fn read(path: &Path) -> Result<(Vec<String>, bool), Error> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(e) => return Err(Error::file(path, "cannot read the ledger", "read")(e)),
    };
    let text = String::from_utf8_lossy(&bytes);
    let torn = !text.is_empty() && !text.ends_with('\n');
    let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
    if torn {
        lines.pop();
    }
    Ok((lines, torn))
}

fn none_or_unreadable(lines: &[String]) -> String {
    // the next entry then continues from the bytes that stand there, whatever they are
    lines.last().map_or_else(
        || NONE.to_owned(),
        |line| hex(&Sha256::digest(line)).to_string(),
    )
}

/// Whether the file has exactly the one entry more that a crash may leave.
fn continues(known: &Head, found: &Head, last: Option<&Entry>) -> bool {
    last.is_some_and(|last| {
        found.entries == known.entries + 1
            && last.previous == known.hash
            && last.expected_hash() == last.hash
    })
}

fn file_beside(database: &Path) -> PathBuf {
    database.with_file_name(FILE)
}
