//! The transaction that puts a new file in the place of an old one, or deletes it.
//!
//! Journal -> private temporary file beside it -> the caller streams -> digest of what
//! was read equals the expected one -> fsync -> journal -> rename -> fsync of the folder ->
//! journal. At any moment, also after a power cut, the file is the old one or the new one,
//! whole; what is left beside it is removed by [`recover`] at the next start.

mod output;
mod quarantine;
mod recover;
#[cfg(test)]
mod tests;

pub use output::Output;
pub(crate) use quarantine::KeptLines;
pub use quarantine::Quarantine;
pub use recover::{Recovery, recover};

use std::fs::File;
use std::path::PathBuf;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::effects::Effects;
use crate::files::Source;
use crate::journal::{Begun, Journal, Kind};
use crate::place::{self, Folder, Identity};
use crate::state::State;
use crate::{Error, Refusal};

/// Size and digest of a file's content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// Bytes.
    pub bytes: u64,
    /// `blake3:` and 64 hexadecimal digits.
    pub digest: String,
}

impl Content {
    /// The content whose bytes went through a hasher.
    pub fn of(hasher: &blake3::Hasher) -> Self {
        Self {
            bytes: hasher.count(),
            digest: format!("blake3:{}", hasher.finalize().to_hex()),
        }
    }
}

/// A file that a plan names.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// Relative to the site folder, with `/`.
    pub path: &'a str,
    /// The content that the plan was made for.
    pub expected: &'a Content,
    /// The day on which damaged lines that go to the quarantine are deleted there.
    pub quarantine_until: NaiveDate,
}

/// What the caller did with the bytes of a file.
#[derive(Clone, Debug)]
pub struct Streamed<T> {
    /// What was read, from the first byte to the last.
    pub read: Content,
    /// What was written; `None` for a deletion.
    pub written: Option<Content>,
    /// Counts and whatever else belongs into the journal; no value of a person.
    pub report: T,
}

/// A file that was replaced or deleted.
#[derive(Clone, Debug)]
pub struct Done<T> {
    /// The content before.
    pub before: Content,
    /// The content after; `None` where the file is gone.
    pub after: Option<Content>,
    /// The quarantine file of its damaged lines, where there were any.
    pub quarantine: Option<String>,
    /// What the caller reported.
    pub report: T,
}

/// Replaces and deletes files for one run.
#[derive(Debug)]
pub struct Rewriter<'s> {
    journal: Journal<'s>,
    root: PathBuf,
    quarantine: PathBuf,
    run: String,
    effects: Effects,
}

impl<'s> Rewriter<'s> {
    /// Prepares a run. `run` is its id: letters, digits and `-`; `quarantine` is made when a line goes there.
    ///
    /// # Errors
    /// The id cannot be part of a file name.
    pub fn new(
        state: &'s State,
        root: impl Into<PathBuf>,
        quarantine: impl Into<PathBuf>,
        run: &str,
        effects: &Effects,
    ) -> Result<Self, Error> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        if run.is_empty() || run.len() > 64 || !run.bytes().all(plain) {
            return Err(Error::refused("run", Refusal::Name));
        }
        Ok(Self {
            journal: Journal::new(state, effects),
            root: root.into(),
            quarantine: quarantine.into(),
            run: run.to_owned(),
            effects: effects.clone(),
        })
    }

    /// Puts a new file in the place of an old one.
    ///
    /// `stream` reads the old bytes and writes the new ones, from as many threads as it
    /// likes, and says what it read and wrote. The new file has the owner, mode and
    /// extended attributes (access lists) of the old one; where that cannot be, it is refused.
    ///
    /// # Errors
    /// What `stream` returns; the file is not the expected one, is a link, has further
    /// names, or was replaced meanwhile; a step failed. The old file is whole then, unless
    /// the last step, the flush of the folder, failed: then it is one of the two.
    pub fn replace<T: Serialize, E: From<Error>>(
        &self,
        job: &Job<'_>,
        stream: impl FnOnce(&Source, &Output, &Quarantine) -> Result<Streamed<T>, E>,
    ) -> Result<Done<T>, E> {
        let old = self.open(job)?;
        let begun = self.journal.begin(&self.run, job, Kind::Replace)?;
        let quarantine = self.quarantine(&begun);
        let outcome = self.prepare(job, &old, &begun, &quarantine, stream);
        self.finish(&old, &begun, &quarantine, outcome)
    }

    /// Deletes a file. `read` reads it to its end first and says what it read.
    ///
    /// # Errors
    /// As for [`Rewriter::replace`].
    pub fn delete<T: Serialize, E: From<Error>>(
        &self,
        job: &Job<'_>,
        read: impl FnOnce(&Source, &Quarantine) -> Result<Streamed<T>, E>,
    ) -> Result<Done<T>, E> {
        let old = self.open(job)?;
        let begun = self.journal.begin(&self.run, job, Kind::Delete)?;
        let quarantine = self.quarantine(&begun);
        let outcome = read(&old.source, &quarantine).and_then(|streamed| {
            agree(job, &old, &streamed.read)?;
            self.journalled(&begun, &quarantine, streamed, None)
        });
        self.finish(&old, &begun, &quarantine, outcome)
    }

    /// Opens the file that a job names, and refuses whatever is not simply that file.
    fn open(&self, job: &Job<'_>) -> Result<Old, Error> {
        let path = self.root.join(job.path);
        let refused = |why| Error::refused(&path, why);
        let (folders, name) = place::split(job.path).ok_or_else(|| refused(Refusal::LeadsOut))?;
        let failed = |cause: std::io::Error| {
            if place::is_link(&cause) || cause.kind() == std::io::ErrorKind::NotADirectory {
                refused(Refusal::Link)
            } else {
                Error::file(&path, "cannot open", "read")(cause)
            }
        };
        let mut folder =
            Folder::root(&self.root).map_err(Error::file(&self.root, "cannot open", "read"))?;
        for part in folders {
            folder = folder.enter(part).map_err(failed)?;
        }
        let file = folder.open_file(name).map_err(failed)?;
        let look = Error::file(&path, "cannot look at", "read");
        let facts = file
            .metadata()
            .and_then(|meta| Ok((place::identity(&file)?, place::links(&file, &meta)?)));
        let (identity, links) = facts.map_err(look)?;
        if links != 1 {
            return Err(refused(Refusal::HardLinked { names: links }));
        }
        if identity.bytes != job.expected.bytes {
            return Err(refused(Refusal::Changed));
        }
        let source = Source::of(path, file, job.expected.bytes);
        Ok(Old {
            source,
            folder,
            name: name.to_owned(),
            identity,
        })
    }

    fn quarantine(&self, begun: &Begun) -> Quarantine {
        Quarantine::new(&self.quarantine, begun, &self.effects)
    }

    /// Everything up to the moment before the rename.
    fn prepare<T: Serialize, E: From<Error>>(
        &self,
        job: &Job<'_>,
        old: &Old,
        begun: &Begun,
        quarantine: &Quarantine,
        stream: impl FnOnce(&Source, &Output, &Quarantine) -> Result<Streamed<T>, E>,
    ) -> Result<(Done<T>, Option<Output>), E> {
        let output = Output::create(&old.folder, &begun.temporary, &self.effects)?;
        let streamed = stream(&old.source, &output, quarantine)?;
        agree(job, old, &streamed.read)?;
        let written = streamed.written.clone().unwrap_or(Content {
            bytes: 0,
            digest: String::new(),
        });
        output.seal(old.source.handle(), written.bytes)?;
        Ok(self.journalled(begun, quarantine, streamed, Some(output))?)
    }

    /// The quarantine is on the disk and the journal says what the next step will do.
    fn journalled<T: Serialize, E: From<Error>>(
        &self,
        begun: &Begun,
        quarantine: &Quarantine,
        streamed: Streamed<T>,
        output: Option<Output>,
    ) -> Result<(Done<T>, Option<Output>), E> {
        let kept = quarantine.settle()?;
        let after = streamed.written.filter(|_| output.is_some());
        self.journal
            .ready(begun, after.as_ref(), &streamed.report, kept.as_ref())?;
        let done = Done {
            before: streamed.read,
            after,
            quarantine: kept.map(|k| k.file),
            report: streamed.report,
        };
        Ok((done, output))
    }

    /// The one step that counts, and what follows it; or the way back.
    fn finish<T, E: From<Error>>(
        &self,
        old: &Old,
        begun: &Begun,
        quarantine: &Quarantine,
        outcome: Result<(Done<T>, Option<Output>), E>,
    ) -> Result<Done<T>, E> {
        let stepped = outcome.and_then(|(done, output)| {
            self.step(old, begun, output)?;
            Ok(done)
        });
        match stepped {
            Ok(done) => {
                let path = old.folder.path();
                self.effects.run(|| old.folder.sync()).map_err(Error::file(
                    path,
                    "cannot flush the folder",
                    "write",
                ))?;
                self.journal.done(begun)?;
                Ok(done)
            }
            Err(error) => {
                self.undo(old, begun, quarantine);
                Err(error)
            }
        }
    }

    fn step(&self, old: &Old, begun: &Begun, output: Option<Output>) -> Result<(), Error> {
        let path = old.source.path();
        let now = old.folder.identity(&old.name);
        if !now.is_ok_and(|now| now == old.identity) {
            return Err(Error::refused(path, Refusal::Replaced));
        }
        match output {
            Some(output) => {
                // the temporary file stays open, and so locked, until it has its new name
                let renamed = self
                    .effects
                    .run(|| old.folder.rename(&begun.temporary, &old.name));
                drop(output);
                renamed.map_err(Error::file(
                    path,
                    "cannot put the new file in its place",
                    "write",
                ))
            }
            None => self
                .effects
                .run(|| old.folder.unlink(&old.name))
                .map_err(Error::file(path, "cannot delete", "write")),
        }
    }

    /// Removes what was prepared. Where that fails too, the journal stays open and the next start heals.
    fn undo(&self, old: &Old, begun: &Begun, quarantine: &Quarantine) {
        let removed = match begun.kind {
            Kind::Delete => Ok(()),
            Kind::Replace => match self.effects.run(|| old.folder.unlink(&begun.temporary)) {
                // before `ready` it may not exist yet; after it, a missing file may have been renamed
                Err(e)
                    if e.kind() == std::io::ErrorKind::NotFound
                        && !self.journal.is_ready(begun) =>
                {
                    Ok(())
                }
                other => other,
            },
        };
        if removed.is_ok() && quarantine.discard().is_ok() {
            let _ = self.journal.undone(begun);
        }
    }
}

/// The file as it was when it was opened.
struct Old {
    source: Source,
    folder: Folder,
    name: String,
    identity: Identity,
}

/// Whether what was read is the expected content, and the file is still what was read.
fn agree(job: &Job<'_>, old: &Old, read: &Content) -> Result<(), Error> {
    let unchanged = place::identity(old.source.handle()).is_ok_and(|now| now == old.identity);
    if read == job.expected && unchanged {
        Ok(())
    } else {
        Err(Error::refused(old.source.path(), Refusal::Changed))
    }
}

/// Reads a file to its end.
///
/// # Errors
/// It cannot be read, or has become shorter.
pub fn content(source: &Source) -> Result<Content, Error> {
    let mut hasher = blake3::Hasher::new();
    source.blocks(0, source.bytes(), &mut Vec::new(), |block| {
        hasher.update(block);
        true
    })?;
    Ok(Content::of(&hasher))
}

/// Name of the temporary file of a job.
pub(crate) fn temporary(run: &str, number: i64) -> String {
    format!("{TEMPORARY}{run}-{number}.tmp")
}

/// Whether a name is one that [`temporary`] gives.
pub(crate) fn is_temporary(name: &str) -> bool {
    name.strip_prefix(TEMPORARY)
        .is_some_and(|rest| rest.ends_with(".tmp"))
}

const TEMPORARY: &str = ".gdpr4k-";

/// Takes the lock that tells a file in work from one that was left behind.
fn mark_in_work(file: &File) -> std::io::Result<()> {
    file.try_lock().map_err(std::io::Error::from)
}
