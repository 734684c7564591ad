//! Damaged lines that leave a file: kept private, with a deletion date of their own.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::mark_in_work;
use crate::Error;
use crate::effects::Effects;
use crate::journal::Begun;
use crate::keys::private_folder;
use crate::place::Folder;

/// The quarantine file of one job; made with its first line.
///
/// It holds the lines byte for byte, with their line ends, in the order in which they come.
#[derive(Debug)]
pub struct Quarantine {
    folder: PathBuf,
    temporary: String,
    name: String,
    open: Mutex<Option<Open>>,
    effects: Effects,
}

#[derive(Debug)]
struct Open {
    file: File,
    lines: u64,
    bytes: u64,
}

/// A quarantine file that is on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeptLines {
    pub(crate) file: String,
    pub(crate) lines: u64,
    pub(crate) bytes: u64,
}

impl Quarantine {
    pub(super) fn new(folder: &Path, begun: &Begun, effects: &Effects) -> Self {
        Self {
            folder: folder.to_owned(),
            temporary: begun.temporary.clone(),
            name: begun.quarantine.clone(),
            open: Mutex::new(None),
            effects: effects.clone(),
        }
    }

    /// Keeps a damaged line, with its line end.
    ///
    /// # Errors
    /// The quarantine folder cannot be written.
    pub fn keep(&self, line: &[u8]) -> Result<(), Error> {
        let mut open = self
            .open
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let open = match &mut *open {
            Some(open) => open,
            none => none.insert(self.create()?),
        };
        let mut file = &open.file;
        self.effects
            .write(line, |bytes| file.write_all(bytes))
            .map_err(Error::file(
                self.folder.join(&self.temporary),
                "cannot write",
                "write",
            ))?;
        open.lines += 1;
        open.bytes += line.len() as u64;
        Ok(())
    }

    fn create(&self) -> Result<Open, Error> {
        self.effects.run(|| Ok(())).map_err(Error::file(
            &self.folder,
            "cannot make the folder",
            "write",
        ))?;
        private_folder(&self.folder)?;
        let folder = self.folder()?;
        let file = self
            .effects
            .run(|| folder.create_private(&self.temporary))
            .and_then(|file| mark_in_work(&file).map(|()| file))
            .map_err(Error::file(
                self.folder.join(&self.temporary),
                "cannot make the quarantine file",
                "write",
            ))?;
        Ok(Open {
            file,
            lines: 0,
            bytes: 0,
        })
    }

    fn folder(&self) -> Result<Folder, Error> {
        Folder::root(&self.folder).map_err(Error::file(
            &self.folder,
            "cannot open the quarantine",
            "write",
        ))
    }

    /// Brings the lines to the disk under their final name.
    pub(super) fn settle(&self) -> Result<Option<KeptLines>, Error> {
        let open = self
            .open
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let Some(open) = &*open else {
            return Ok(None);
        };
        let folder = self.folder()?;
        self.effects
            .run(|| open.file.sync_all())
            .and_then(|()| {
                self.effects
                    .run(|| folder.rename(&self.temporary, &self.name))
            })
            .and_then(|()| self.effects.run(|| folder.sync()))
            .map_err(Error::file(
                self.folder.join(&self.name),
                "cannot keep the damaged lines",
                "write",
            ))?;
        Ok(Some(KeptLines {
            file: self.name.clone(),
            lines: open.lines,
            bytes: open.bytes,
        }))
    }

    /// Removes the lines again, because they are still in the file that they came from.
    pub(super) fn discard(&self) -> Result<(), Error> {
        let open = self
            .open
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if open.is_none() && !self.folder.join(&self.temporary).exists() {
            return Ok(());
        }
        remove(&self.folder, &[&self.temporary, &self.name], &self.effects)
    }
}

/// Removes files of a folder; those that do not exist are no failure.
pub(super) fn remove(folder: &Path, names: &[&str], effects: &Effects) -> Result<(), Error> {
    let failed = || Error::file(folder, "cannot remove what an earlier run left", "write");
    let opened = match Folder::root(folder) {
        Ok(opened) => opened,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(failed()(e)),
    };
    for name in names {
        match effects.run(|| opened.unlink(name)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(failed()(e)),
            _ => {}
        }
    }
    effects.run(|| opened.sync()).map_err(failed())
}
