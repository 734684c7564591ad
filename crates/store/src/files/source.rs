//! An open file of the site, read from any place and by any thread.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::BLOCK;
use crate::Error;

/// An open file of the site.
#[derive(Debug)]
pub struct Source {
    path: PathBuf,
    handle: File,
    bytes: u64,
}

impl Source {
    pub(crate) const fn of(path: PathBuf, handle: File, bytes: u64) -> Self {
        Self {
            path,
            handle,
            bytes,
        }
    }

    pub(crate) const fn handle(&self) -> &File {
        &self.handle
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes that will be read.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether the file has grown since it was found.
    pub fn has_grown(&self) -> bool {
        self.handle.metadata().is_ok_and(|m| m.len() > self.bytes)
    }

    /// Fills the buffer from an offset, as far as the file goes.
    ///
    /// # Errors
    /// The file cannot be read there.
    pub fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, Error> {
        let want = buffer.len().min(self.bytes.saturating_sub(offset) as usize);
        let mut done = 0;
        while done < want {
            match read_at(&self.handle, &mut buffer[done..want], offset + done as u64) {
                Ok(0) => break,
                Ok(n) => done += n,
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => return Err(Error::file(&self.path, "cannot read", "read")(e)),
            }
        }
        Ok(done)
    }

    /// The error of a file that ends before its end.
    pub fn shortened(&self) -> Error {
        let cause = std::io::Error::other("it has become shorter while it was read");
        Error::file(&self.path, "cannot read to its end", "read")(cause)
    }

    /// Gives the bytes from `from` to `to`, block by block. `each` returns `false` to stop.
    ///
    /// # Errors
    /// The file cannot be read to its end.
    pub fn blocks(
        &self,
        from: u64,
        to: u64,
        buffer: &mut Vec<u8>,
        mut each: impl FnMut(&[u8]) -> bool,
    ) -> Result<(), Error> {
        buffer.resize(BLOCK, 0);
        let mut at = from;
        while at < to {
            let room = BLOCK.min((to - at) as usize);
            let n = self.read_at(at, &mut buffer[..room])?;
            if n == 0 {
                return Err(self.shortened());
            }
            if !each(&buffer[..n]) {
                break;
            }
            at += n as u64;
        }
        Ok(())
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> std::io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> std::io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}
