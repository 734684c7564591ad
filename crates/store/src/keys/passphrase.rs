//! The optional passphrase of the key ring.

use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::sealing::SealingKey;
use super::{fill, from_hex_any, hex};
use crate::Error;

/// How the passphrase becomes a key; kept beside the keys, holds nothing secret.
///
/// Argon2id with 64 MiB and 3 passes, the second recommended option of RFC 9106 section 4
/// with one lane.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Derivation {
    salt: String,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    /// An empty text sealed with the key: tells a wrong passphrase.
    check: String,
}

/// File name in the keys folder.
pub(super) const FILE: &str = "passphrase.toml";

impl Derivation {
    /// Chooses a salt and derives the key.
    pub(super) fn new(passphrase: &str) -> Result<(Self, SealingKey), Error> {
        let mut salt = [0u8; 16];
        fill(&mut salt)?;
        let mut derivation = Self {
            salt: hex(&salt).to_string(),
            memory_kib: 64 * 1024,
            passes: 3,
            lanes: 1,
            check: String::new(),
        };
        let key = derivation.key(passphrase).ok_or(Error::Passphrase)?;
        derivation.check = hex(&key.seal_for(b"", CHECK)?).to_string();
        Ok((derivation, key))
    }

    /// Derives the key again and checks it.
    pub(super) fn open(&self, passphrase: &str) -> Result<SealingKey, Error> {
        let key = self.key(passphrase).ok_or(Error::Passphrase)?;
        let check = from_hex_any(&self.check).ok_or(Error::Passphrase)?;
        match key.open_for(&check, CHECK) {
            Some(_) => Ok(key),
            None => Err(Error::Passphrase),
        }
    }

    fn key(&self, passphrase: &str) -> Option<SealingKey> {
        // a changed file must not be able to ask for all memory
        let sane = self.memory_kib <= 1 << 20 && self.passes <= 64 && self.lanes <= 16;
        let salt = from_hex_any(&self.salt).filter(|_| sane)?;
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(32)).ok()?;
        let mut bytes = Zeroizing::new([0u8; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.as_bytes(), &salt, bytes.as_mut())
            .ok()?;
        Some(SealingKey::of(&bytes))
    }
}

const CHECK: &[u8] = b"gdpr4k passphrase check";
