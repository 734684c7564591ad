//! The new file while it is written.

use std::fs::File;
use std::path::PathBuf;

use super::mark_in_work;
use crate::effects::Effects;
use crate::place::{self, Folder};
use crate::{Error, Refusal};

/// A private file beside the old one; may be written from several threads, each at its own place.
#[derive(Debug)]
pub struct Output {
    file: File,
    path: PathBuf,
    effects: Effects,
}

impl Output {
    pub(super) fn create(folder: &Folder, name: &str, effects: &Effects) -> Result<Self, Error> {
        let path = folder.path().join(name);
        let file = effects
            .run(|| folder.create_private(name))
            .and_then(|file| mark_in_work(&file).map(|()| file))
            .map_err(Error::file(&path, "cannot make the new file", "write"))?;
        Ok(Self {
            file,
            path,
            effects: effects.clone(),
        })
    }

    /// Writes bytes at a place.
    ///
    /// # Errors
    /// No room, or the disk fails.
    pub fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<(), Error> {
        self.effects
            .write(bytes, |bytes| place::write_at(&self.file, bytes, offset))
            .map_err(Error::file(&self.path, "cannot write", "write"))
    }

    /// Asks the system to start bringing a written range to the disk, without waiting for it.
    ///
    /// Call it once for every few MiB: the flush at the end then has little left to do.
    pub fn start_writing(&self, offset: u64, bytes: u64) {
        place::start_writing(&self.file, offset, bytes);
    }

    /// Gives the file its owner, mode and attributes and waits until it is on the disk.
    pub(super) fn seal(&self, old: &File, bytes: u64) -> Result<(), Error> {
        let failed = |doing| Error::file(&self.path, doing, "write");
        let length = self
            .file
            .metadata()
            .map_err(failed("cannot look at"))?
            .len();
        if length != bytes {
            return Err(Error::refused(
                &self.path,
                Refusal::WrittenLength {
                    found: length,
                    expected: bytes,
                },
            ));
        }
        let mut step = "";
        self.effects
            .run(|| {
                place::take_after(&self.file, old).map_err(|(what, cause)| {
                    step = what;
                    cause
                })
            })
            .map_err(|cause| {
                Error::refused(
                    &self.path,
                    Refusal::Owner {
                        step,
                        cause: cause.to_string(),
                    },
                )
            })?;
        self.effects
            .run(|| self.file.sync_all())
            .map_err(failed("cannot flush"))
    }
}
