//! The pseudonymisation keys: one for each domain, calendar quarter and generation.

use std::fmt;

use gdpr4k_model::retention::Quarter;
use hmac::{Hmac, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::hex;

/// The key of one domain, quarter and generation.
#[derive(Clone)]
pub struct PeriodKey {
    pub(super) id: KeyId,
    pub(super) bytes: Zeroizing<[u8; 32]>,
}

impl PeriodKey {
    /// The key itself: only for deriving subkeys from it.
    pub fn expose(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// Its generation, from 1.
    pub const fn generation(&self) -> u32 {
        self.id.generation
    }

    /// Its public label: domain, quarter, generation.
    pub fn label(&self) -> String {
        self.id.label()
    }

    /// Tells whether a file is this key, without telling anything about it.
    pub(super) fn check(&self) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.bytes.as_ref()) else {
            return String::new();
        };
        mac.update(b"gdpr4k key check ");
        mac.update(self.label().as_bytes());
        hex(&mac.finalize().into_bytes()[..16]).to_string()
    }
}

impl fmt::Debug for PeriodKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PeriodKey({}, sealed)", self.id.label())
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct KeyId {
    pub(super) domain: String,
    pub(super) quarter: Quarter,
    pub(super) generation: u32,
}

impl KeyId {
    pub(super) fn fingerprint(&self) -> String {
        let digest = Sha256::digest(format!("gdpr4k key {}", self.label()));
        hex(&digest).to_string()
    }

    pub(super) fn label(&self) -> String {
        format!("{} {} {}", self.domain, self.quarter, self.generation)
    }

    pub(super) fn file(&self, ending: &str) -> String {
        format!(
            "{}-{}.{}.{ending}",
            self.domain, self.quarter, self.generation
        )
    }

    /// Reads the name of a key file or of the record of a destroyed one.
    pub(super) fn of_file(name: &str, ending: &str) -> Option<Self> {
        let stem = name.strip_suffix(ending)?.strip_suffix('.')?;
        let (rest, generation) = stem.rsplit_once('.')?;
        let at = rest
            .len()
            .checked_sub(7)
            .filter(|at| rest.is_char_boundary(*at))?;
        let (domain, quarter) = rest.split_at(at);
        let id = Self {
            domain: domain.strip_suffix('-')?.to_owned(),
            quarter: quarter.parse().ok()?,
            generation: generation.parse().ok()?,
        };
        // one spelling for each key: `01` is none
        (id.file(ending) == name && domain_is_plain(&id.domain)).then_some(id)
    }
}

pub(super) fn domain_is_plain(domain: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    !domain.is_empty() && domain.len() <= 32 && domain.bytes().all(plain)
}

/// What a key file holds.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyFile {
    pub(super) made_at: String,
    pub(super) check: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<Zeroizing<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sealed: Option<String>,
}

/// A key, as `key status` shows it; nothing secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyStatus {
    /// The domain.
    pub domain: String,
    /// The quarter, `2026-Q4`.
    pub period: String,
    /// The generation, from 1.
    pub generation: u32,
    /// Whether new tokens are made with it.
    pub current: bool,
    /// When it was made, RFC 3339; empty where the file cannot be read.
    pub made_at: String,
    /// Whether a passphrase seals it.
    pub sealed: bool,
    /// SHA-256 of the public label.
    pub fingerprint: String,
    /// First half of the HMAC-SHA-256 of the public label under the key: tells whether a copy is this key.
    pub check: String,
    /// Why it cannot be used, where it cannot.
    pub problem: Option<String>,
    /// When it was destroyed, RFC 3339.
    pub destroyed_at: Option<String>,
}

impl KeyStatus {
    pub(super) fn of(id: &KeyId) -> Self {
        Self {
            domain: id.domain.clone(),
            period: id.quarter.to_string(),
            generation: id.generation,
            current: false,
            made_at: String::new(),
            sealed: false,
            fingerprint: id.fingerprint(),
            check: String::new(),
            problem: None,
            destroyed_at: None,
        }
    }
}

/// The record of a destroyed key. It says nothing about the key but which one it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Destruction {
    /// The domain.
    pub domain: String,
    /// The quarter, `2026-Q4`.
    pub period: String,
    /// The generation.
    pub generation: u32,
    /// When, RFC 3339.
    pub destroyed_at: String,
    /// SHA-256 of the public label.
    pub fingerprint: String,
    /// Keyed check value of the label, empty where the file could not be read.
    pub check: String,
}
