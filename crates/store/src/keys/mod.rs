//! Keys: one private file each, in a folder of their own, never in the state folder.

mod passphrase;
mod period;
mod ring;
mod sealing;
#[cfg(test)]
mod tests;

pub use period::{Destruction, KeyStatus, PeriodKey};
pub use ring::KeyRing;
pub use sealing::SealingKey;

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::effects::Effects;
use crate::place::Folder;
use crate::{Error, Refusal};

/// Makes a folder that only its owner may enter, and waits until its name is on the disk:
/// what is flushed in a folder that a power cut takes away is lost all the same.
pub(crate) fn private_folder(folder: &Path) -> Result<(), Error> {
    let failed = || Error::file(folder, "cannot make the folder", "write");
    let absolute = std::path::absolute(folder).map_err(failed())?;
    let missing: Vec<_> = absolute.ancestors().take_while(|p| !p.exists()).collect();
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&absolute).map_err(failed())?;
    for made in missing {
        let parent = made.parent().unwrap_or(made);
        Folder::root(parent)
            .and_then(|parent| parent.sync())
            .map_err(failed())?;
    }
    Ok(())
}

/// Writes a private file: whole or not at all, and on the disk.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let failed = || Error::file(path, "cannot write the key", "write");
    let (folder, name) = (path.parent(), path.file_name().and_then(|n| n.to_str()));
    let (Some(folder), Some(name)) = (folder, name) else {
        return Err(failed()(std::io::ErrorKind::InvalidInput.into()));
    };
    Folder::root(folder)
        .and_then(|folder| folder.put_private(name, bytes, &Effects::real()))
        .map_err(failed())
}

/// Refuses a keys folder that lies in the state folder: whoever has a copy of the state
/// database must not have the keys with it.
///
/// # Errors
/// It lies inside.
pub fn apart(keys: &Path, state: &Path) -> Result<(), Error> {
    if resolved(keys).starts_with(resolved(state)) {
        return Err(Error::refused(keys, Refusal::KeysInState));
    }
    Ok(())
}

/// The path without links, also where its last folders do not exist yet.
fn resolved(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    for ancestor in absolute.ancestors() {
        if let Ok(real) = ancestor.canonicalize() {
            let rest = absolute.strip_prefix(ancestor).unwrap_or(Path::new(""));
            return rest.components().fold(real, |mut path, part| {
                // what does not exist yet is no link, so `..` simply goes back
                if part == std::path::Component::ParentDir {
                    path.pop();
                } else {
                    path.push(part);
                }
                path
            });
        }
    }
    absolute
}

/// Refuses a secret file that others than its owner may read.
pub(crate) fn private(path: &Path) -> Result<(), Error> {
    #[cfg(unix)]
    if let Ok(meta) = path.metadata() {
        let mode = std::os::unix::fs::PermissionsExt::mode(&meta.permissions()) & 0o777;
        if mode & 0o077 != 0 {
            return Err(Error::refused(path, Refusal::OpenToOthers { mode }));
        }
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Opens a key of 64 hexadecimal digits, or makes a new one.
pub(crate) fn plain_key(folder: &Path, name: &str) -> Result<Zeroizing<[u8; 32]>, Error> {
    let path = folder.join(name);
    match std::fs::read_to_string(&path) {
        Ok(text) => {
            private(&path)?;
            from_hex(Zeroizing::new(text).trim_end()).ok_or_else(|| Error::Key {
                path,
                expected: "64 hexadecimal digits",
            })
        }
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            private_folder(folder)?;
            let bytes = random()?;
            write_private(&path, hex(&*bytes).as_bytes())?;
            Ok(bytes)
        }
        Err(e) => Err(Error::file(&path, "cannot read the key", "read")(e)),
    }
}

/// 32 bytes from the random source of the operating system.
pub(crate) fn random() -> Result<Zeroizing<[u8; 32]>, Error> {
    let mut bytes = Zeroizing::new([0u8; 32]);
    fill(bytes.as_mut())?;
    Ok(bytes)
}

/// Fills a buffer from the random source of the operating system.
pub(crate) fn fill(bytes: &mut [u8]) -> Result<(), Error> {
    getrandom::fill(bytes).map_err(|e| {
        Error::file("random source", "cannot read", "read")(std::io::Error::other(e.to_string()))
    })
}

pub(crate) fn hex(bytes: &[u8]) -> Zeroizing<String> {
    use std::fmt::Write as _;
    let mut text = Zeroizing::new(String::with_capacity(bytes.len() * 2));
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

pub(crate) fn from_hex<const N: usize>(text: &str) -> Option<Zeroizing<[u8; N]>> {
    let bytes = from_hex_any(text)?;
    let array: &[u8; N] = bytes.as_slice().try_into().ok()?;
    Some(Zeroizing::new(*array))
}

pub(crate) fn from_hex_any(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    if !text.len().is_multiple_of(2) || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() / 2));
    for pair in text.as_bytes().chunks_exact(2) {
        let digit = |b: u8| char::from(b).to_digit(16);
        let byte = digit(pair[0])? * 16 + digit(pair[1])?;
        bytes.push(u8::try_from(byte).ok()?);
    }
    Some(bytes)
}
