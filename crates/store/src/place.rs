//! A folder that is held open, so that nobody can put another one in its place.
//!
//! On Unix every step goes from folder to folder by handle and follows no link
//! (openat with O_NOFOLLOW, POSIX.1-2024); elsewhere by path.

use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use crate::effects::Effects;

/// A folder of the site, held open.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    #[cfg(unix)]
    handle: std::os::fd::OwnedFd,
}

/// What tells one file from another one of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) device: u64,
    pub(crate) inode: u64,
    pub(crate) bytes: u64,
    pub(crate) modified_ns: i128,
}

/// Splits a relative path into its folders and its name; `None` where it leads out or is empty.
pub(crate) fn split(relative: &str) -> Option<(Vec<&str>, &str)> {
    let mut parts: Vec<_> = relative.split('/').collect();
    let plain = |p: &&str| {
        !p.is_empty()
            && *p != "."
            && *p != ".."
            && !p.contains('\0')
            && !(cfg!(windows) && p.contains(['\\', ':']))
    };
    if !parts.iter().all(plain) {
        return None;
    }
    let name = parts.pop()?;
    Some((parts, name))
}

impl Folder {
    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The identity of the file of this name, without following a link.
    pub(crate) fn identity(&self, name: &str) -> io::Result<Identity> {
        let file = self.open_file(name)?;
        identity(&file)
    }

    /// Writes a private file: whole or not at all, and on the disk, in place of an older one.
    pub(crate) fn put_private(
        &self,
        name: &str,
        bytes: &[u8],
        effects: &Effects,
    ) -> io::Result<()> {
        self.put(name, bytes, effects, false)
    }

    /// The same for a file that everybody may read, unless the older one says otherwise.
    pub(crate) fn put_public(&self, name: &str, bytes: &[u8], effects: &Effects) -> io::Result<()> {
        self.put(name, bytes, effects, true)
    }

    fn put(&self, name: &str, bytes: &[u8], effects: &Effects, public: bool) -> io::Result<()> {
        let new = format!(".{name}.new");
        match self.unlink(&new) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        let file = effects.run(|| self.create_private(&new))?;
        effects
            .write(bytes, |bytes| write_at(&file, bytes, 0))
            .and_then(|()| {
                if public {
                    self.publish(&file, name)
                } else {
                    Ok(())
                }
            })
            .and_then(|()| effects.run(|| file.sync_all()))
            .and_then(|()| effects.run(|| self.rename(&new, name)))
            .and_then(|()| effects.run(|| self.sync()))
    }
}

impl Folder {
    /// Gives a new file the rights of the one that it replaces, or those of a public one.
    fn publish(&self, new: &File, name: &str) -> io::Result<()> {
        match self.open_file(name) {
            Ok(old) => take_after(new, &old).map_err(|(_, cause)| cause),
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                #[cfg(unix)]
                new.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
                Ok(())
            }
            Err(e) => Err(e),
        }
    }
}

/// Refuses what is not a regular file.
fn regular(file: File) -> io::Result<File> {
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "no regular file",
        ))
    }
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::MetadataExt as _;

    use rustix::fs::{AtFlags, Mode, OFlags, openat, renameat, unlinkat};

    use super::{File, Folder, Identity, Metadata, Path, io, regular};

    const FOLDER: OFlags = OFlags::DIRECTORY.union(OFlags::CLOEXEC);

    impl Folder {
        /// Opens a folder, following links.
        pub(crate) fn root(path: &Path) -> io::Result<Self> {
            let handle = rustix::fs::open(path, FOLDER, Mode::empty())?;
            Ok(Self {
                path: path.to_owned(),
                handle,
            })
        }

        /// Opens a folder in this one, following no link.
        pub(crate) fn enter(&self, name: &str) -> io::Result<Self> {
            let handle = openat(&self.handle, name, FOLDER | OFlags::NOFOLLOW, Mode::empty())?;
            Ok(Self {
                path: self.path.join(name),
                handle,
            })
        }

        /// Opens a regular file for reading, following no link and not waiting on a pipe.
        pub(crate) fn open_file(&self, name: &str) -> io::Result<File> {
            let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
            let handle = openat(&self.handle, name, flags, Mode::empty())?;
            regular(File::from(handle))
        }

        /// Opens a regular file whose bytes are to be overwritten, following no link.
        pub(crate) fn open_to_overwrite(&self, name: &str) -> io::Result<File> {
            let flags = OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
            regular(File::from(openat(
                &self.handle,
                name,
                flags,
                Mode::empty(),
            )?))
        }

        /// Makes a new file that only its owner may read and write.
        pub(crate) fn create_private(&self, name: &str) -> io::Result<File> {
            let flags =
                OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let handle = openat(&self.handle, name, flags, Mode::RUSR | Mode::WUSR)?;
            Ok(File::from(handle))
        }

        /// Gives a file of this folder another name, in place of the file that had it.
        pub(crate) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
            Ok(renameat(&self.handle, from, &self.handle, to)?)
        }

        /// Removes a name.
        pub(crate) fn unlink(&self, name: &str) -> io::Result<()> {
            Ok(unlinkat(&self.handle, name, AtFlags::empty())?)
        }

        /// Waits until the names are on the disk.
        pub(crate) fn sync(&self) -> io::Result<()> {
            Ok(rustix::fs::fsync(&self.handle)?)
        }
    }

    pub(crate) fn identity(file: &File) -> io::Result<Identity> {
        let meta = file.metadata()?;
        Ok(Identity {
            device: meta.dev(),
            inode: meta.ino(),
            bytes: meta.len(),
            modified_ns: i128::from(meta.mtime()) * 1_000_000_000 + i128::from(meta.mtime_nsec()),
        })
    }

    /// Names that the file has.
    pub(crate) fn links(_: &File, meta: &Metadata) -> io::Result<u64> {
        Ok(meta.nlink())
    }

    /// Whether opening failed because the name is a link.
    pub(crate) fn is_link(error: &io::Error) -> bool {
        error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
    }

    /// Gives a new file the owner, the mode and the extended attributes (access lists among them) of another.
    ///
    /// The error names the step.
    pub(crate) fn take_after(new: &File, old: &File) -> Result<(), (&'static str, io::Error)> {
        let was = old.metadata().map_err(|e| ("look at", e))?;
        let is = new.metadata().map_err(|e| ("look at", e))?;
        if (was.uid(), was.gid()) != (is.uid(), is.gid()) {
            std::os::unix::fs::fchown(new, Some(was.uid()), Some(was.gid()))
                .map_err(|e| ("give to its owner", e))?;
        }
        new.set_permissions(was.permissions())
            .map_err(|e| ("set the mode of", e))?;
        attributes(new, old).map_err(|e| ("copy the extended attributes of", e))
    }

    fn attributes(new: &File, old: &File) -> io::Result<()> {
        use rustix::fs::{XattrFlags, fgetxattr, flistxattr, fsetxattr};
        let mut names = vec![0u8; 64 * 1024];
        let length = match flistxattr(old, &mut names[..]) {
            Ok(length) => length,
            Err(rustix::io::Errno::NOTSUP | rustix::io::Errno::NOSYS) => return Ok(()),
            Err(e) => return Err(e.into()),
        };
        let (mut value, mut present) = (vec![0u8; 64 * 1024], vec![0u8; 64 * 1024]);
        for name in names[..length].split(|b| *b == 0).filter(|n| !n.is_empty()) {
            let n = fgetxattr(old, name, &mut value[..])?;
            // a security label that the system has already set need not be set, and often may not be
            let same =
                fgetxattr(new, name, &mut present[..]).is_ok_and(|m| present[..m] == value[..n]);
            if !same {
                fsetxattr(new, name, &value[..n], XattrFlags::empty())?;
            }
        }
        Ok(())
    }

    /// Asks the system to start writing a range; what is not dirty may leave its memory.
    ///
    /// Linux starts the write-back of dirty pages on POSIX_FADV_DONTNEED and does not wait
    /// (mm/fadvise.c, `__filemap_fdatawrite_range` with `WB_SYNC_NONE`).
    pub(crate) fn start_writing(file: &File, offset: u64, bytes: u64) {
        #[cfg(target_os = "linux")]
        if let Some(bytes) = std::num::NonZeroU64::new(bytes) {
            // a hint: where it fails, fsync does all the work
            let _ = rustix::fs::fadvise(file, offset, Some(bytes), rustix::fs::Advice::DontNeed);
        }
        #[cfg(not(target_os = "linux"))]
        let _ = (file, offset, bytes);
    }

    pub(crate) fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
    }
}

#[cfg(unix)]
pub(crate) use unix::{identity, is_link, links, start_writing, take_after, write_at};

#[cfg(windows)]
mod windows {
    use super::{File, Folder, Identity, Metadata, Path, io, regular};

    impl Folder {
        pub(crate) fn root(path: &Path) -> io::Result<Self> {
            if path.metadata()?.is_dir() {
                Ok(Self {
                    path: path.to_owned(),
                })
            } else {
                Err(io::ErrorKind::NotADirectory.into())
            }
        }

        pub(crate) fn enter(&self, name: &str) -> io::Result<Self> {
            let path = self.path.join(name);
            if path.symlink_metadata()?.is_dir() {
                Ok(Self { path })
            } else {
                Err(io::ErrorKind::NotADirectory.into())
            }
        }

        pub(crate) fn open_file(&self, name: &str) -> io::Result<File> {
            let path = self.path.join(name);
            if path.symlink_metadata()?.is_symlink() {
                return Err(io::Error::new(io::ErrorKind::InvalidInput, LINK));
            }
            regular(File::open(path)?)
        }

        pub(crate) fn open_to_overwrite(&self, name: &str) -> io::Result<File> {
            regular(File::options().write(true).open(self.path.join(name))?)
        }

        pub(crate) fn create_private(&self, name: &str) -> io::Result<File> {
            File::options()
                .read(true)
                .write(true)
                .create_new(true)
                .open(self.path.join(name))
        }

        pub(crate) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
            std::fs::rename(self.path.join(from), self.path.join(to))
        }

        pub(crate) fn unlink(&self, name: &str) -> io::Result<()> {
            std::fs::remove_file(self.path.join(name))
        }

        /// NTFS journals names by itself; a folder cannot be flushed without elevated rights.
        pub(crate) fn sync(&self) -> io::Result<()> {
            Ok(())
        }
    }

    const LINK: &str = "a link";

    pub(crate) fn identity(file: &File) -> io::Result<Identity> {
        let info = winapi_util::file::information(file)?;
        let modified = file.metadata()?.modified()?;
        let since = modified
            .duration_since(std::time::UNIX_EPOCH)
            .map_err(io::Error::other)?;
        Ok(Identity {
            device: info.volume_serial_number(),
            inode: info.file_index(),
            bytes: info.file_size(),
            modified_ns: i128::try_from(since.as_nanos()).map_err(io::Error::other)?,
        })
    }

    pub(crate) fn links(file: &File, _: &Metadata) -> io::Result<u64> {
        Ok(winapi_util::file::information(file)?.number_of_links())
    }

    pub(crate) fn is_link(error: &io::Error) -> bool {
        error.kind() == io::ErrorKind::InvalidInput && error.to_string() == LINK
    }

    /// A new file takes the access list of its folder; only the read-only mark is carried over.
    pub(crate) fn take_after(new: &File, old: &File) -> Result<(), (&'static str, io::Error)> {
        let was = old.metadata().map_err(|e| ("look at", e))?;
        new.set_permissions(was.permissions())
            .map_err(|e| ("set the mode of", e))
    }

    pub(crate) fn start_writing(_: &File, _: u64, _: u64) {}

    pub(crate) fn write_at(file: &File, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
        while !bytes.is_empty() {
            let n = std::os::windows::fs::FileExt::seek_write(file, bytes, offset)?;
            if n == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            bytes = &bytes[n..];
            offset += n as u64;
        }
        Ok(())
    }
}

#[cfg(windows)]
pub(crate) use windows::{identity, is_link, links, start_writing, take_after, write_at};
