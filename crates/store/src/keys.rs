//! Keys: one private file each, in a folder of their own, never in the state folder.

use std::path::{Path, PathBuf};

use chacha20poly1305::aead::{Aead as _, KeyInit as _};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::Error;

/// The key that seals the assignment history in the state database.
pub struct SealingKey {
    cipher: XChaCha20Poly1305,
}

impl std::fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealingKey(sealed)")
    }
}

const EXPECTED: &str = "64 hexadecimal digits";

impl SealingKey {
    /// Opens the key, or makes a new one from the random source of the operating system.
    ///
    /// # Errors
    /// The folder cannot be written, or the file is not a key.
    pub fn open_or_create(folder: &Path) -> Result<Self, Error> {
        let path = folder.join("assignment-history.key");
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&path, &Zeroizing::new(text)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Self::create(folder, &path),
            Err(e) => Err(Error::file(&path, "cannot read the key", "read")(e)),
        }
    }

    fn create(folder: &Path, path: &PathBuf) -> Result<Self, Error> {
        private_folder(folder)?;
        let mut bytes = Zeroizing::new([0u8; 32]);
        getrandom::fill(bytes.as_mut()).map_err(|e| {
            Error::file(path, "no random source", "read")(std::io::Error::other(e.to_string()))
        })?;
        let text: Zeroizing<String> =
            Zeroizing::new(bytes.iter().map(|b| format!("{b:02x}")).collect());
        write_private(path, text.as_bytes())?;
        Ok(Self {
            cipher: XChaCha20Poly1305::new((&*bytes).into()),
        })
    }

    fn parse(path: &Path, text: &str) -> Result<Self, Error> {
        let text = text.trim_end();
        let mut bytes = Zeroizing::new([0u8; 32]);
        let bad = || Error::Key {
            path: path.to_owned(),
            expected: EXPECTED,
        };
        if text.len() != 64 || !text.is_ascii() {
            return Err(bad());
        }
        for (i, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).map_err(|_| bad())?;
        }
        Ok(Self {
            cipher: XChaCha20Poly1305::new((&*bytes).into()),
        })
    }

    /// Encrypts and authenticates (XChaCha20-Poly1305); a fresh nonce stands in front.
    ///
    /// # Errors
    /// The operating system gives no random bytes.
    pub fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, Error> {
        let fail = |e: String| {
            Error::file("random source", "cannot seal", "read")(std::io::Error::other(e))
        };
        let mut nonce = [0u8; 24];
        getrandom::fill(&mut nonce).map_err(|e| fail(e.to_string()))?;
        let sealed = self
            .cipher
            .encrypt(XNonce::from_slice(&nonce), plain)
            .map_err(|e| fail(e.to_string()))?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// Opens what [`SealingKey::seal`] made; `None` where the key is another one or a byte was changed.
    pub fn open(&self, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, body) = sealed.split_at_checked(24)?;
        self.cipher
            .decrypt(XNonce::from_slice(nonce), body)
            .ok()
            .map(Zeroizing::new)
    }
}

/// Makes a folder that only its owner may enter.
pub(crate) fn private_folder(folder: &Path) -> Result<(), Error> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(folder)
        .map_err(Error::file(folder, "cannot make the folder", "write"))
}

/// Writes a new file that only its owner may read; an existing file is left alone.
fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .and_then(|mut f| f.write_all(bytes).and_then(|()| f.sync_all()))
        .map_err(Error::file(path, "cannot write the key", "write"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_is_private() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("keys");
        let first = SealingKey::open_or_create(&folder).unwrap();
        let sealed = first.seal(b"4711").unwrap();
        let second = SealingKey::open_or_create(&folder).unwrap();
        assert_eq!(second.open(&sealed).unwrap().as_slice(), b"4711");
        let mut changed = sealed;
        *changed.last_mut().unwrap() ^= 1;
        assert!(second.open(&changed).is_none());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |p: &Path| p.metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&folder), 0o700);
            assert_eq!(mode(&folder.join("assignment-history.key")), 0o600);
        }
    }

    #[test]
    fn a_file_that_is_no_key_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("assignment-history.key"), "not a key").unwrap();
        assert!(matches!(
            SealingKey::open_or_create(dir.path()),
            Err(Error::Key { .. })
        ));
    }
}
