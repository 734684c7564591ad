//! The key that seals what the state database keeps about persons.

use std::path::Path;

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use super::{fill, plain_key};
use crate::Error;

/// The key that seals the assignment history and the suspensions in the state database.
pub struct SealingKey {
    cipher: XChaCha20Poly1305,
}

impl std::fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealingKey(sealed)")
    }
}

impl SealingKey {
    /// Opens the key, or makes a new one from the random source of the operating system.
    ///
    /// # Errors
    /// The folder cannot be written, others may read the key, or the file is not a key.
    pub fn open_or_create(folder: &Path) -> Result<Self, Error> {
        let bytes = plain_key(folder, "assignment-history.key")?;
        Ok(Self::of(&bytes))
    }

    /// A key from its 32 bytes.
    pub(super) fn of(bytes: &[u8; 32]) -> Self {
        Self {
            cipher: XChaCha20Poly1305::new(bytes.into()),
        }
    }

    /// Encrypts and authenticates (XChaCha20-Poly1305); a fresh nonce stands in front.
    ///
    /// # Errors
    /// The operating system gives no random bytes.
    pub fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, Error> {
        self.seal_for(plain, b"")
    }

    /// Opens what [`SealingKey::seal`] made; `None` where the key is another one or a byte was changed.
    pub fn open(&self, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        self.open_for(sealed, b"")
    }

    /// Seals for one purpose: it opens only under the same label.
    pub(crate) fn seal_for(&self, plain: &[u8], label: &[u8]) -> Result<Vec<u8>, Error> {
        let mut nonce = [0u8; 24];
        fill(&mut nonce)?;
        let payload = Payload {
            msg: plain,
            aad: label,
        };
        let sealed = self
            .cipher
            .encrypt(XNonce::from_slice(&nonce), payload)
            .map_err(|e| {
                Error::file("sealing", "cannot seal", "read")(std::io::Error::other(e.to_string()))
            })?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// Opens what [`SealingKey::seal_for`] made under the same label.
    pub(crate) fn open_for(&self, sealed: &[u8], label: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, body) = sealed.split_at_checked(24)?;
        let payload = Payload {
            msg: body,
            aad: label,
        };
        self.cipher
            .decrypt(XNonce::from_slice(nonce), payload)
            .ok()
            .map(Zeroizing::new)
    }
}

#[cfg(test)]
mod tests {
    use super::super::write_private;
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
        write_private(&dir.path().join("assignment-history.key"), b"not a key").unwrap();
        assert!(matches!(
            SealingKey::open_or_create(dir.path()),
            Err(Error::Key { .. })
        ));
    }
}
