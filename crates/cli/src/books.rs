//! The books of a site that a command writes into: state, key of the site, ledger.

use std::path::{Path, PathBuf};

use gdpr4k_store::effects::Effects;
use gdpr4k_store::keys::apart;
use gdpr4k_store::ledger::{Entry, Ledger};
use gdpr4k_store::signing::SiteKey;
use gdpr4k_store::state::State;
use serde_json::Value;

use crate::keys::passphrase;
use crate::output::Failure;
use crate::site::Opened;

/// State and key, open; holding them holds the lock of the site.
pub(crate) struct Books {
    pub(crate) state: State,
    pub(crate) key: SiteKey,
    pub(crate) keys: PathBuf,
}

impl Books {
    /// Opens the books; makes state and key where there are none.
    pub(crate) fn open(opened: &Opened, passphrase_file: Option<&Path>) -> Result<Self, Failure> {
        let head = &opened.site.head;
        let root = opened.folder.root();
        let (keys, folder) = (root.join(&head.keys), root.join(&head.state));
        apart(&keys, &folder)?;
        let state = State::open(&folder)?;
        let secret = passphrase(passphrase_file)?;
        let key = SiteKey::open_or_create(
            &keys,
            secret.as_deref().map(String::as_str),
            &Effects::real(),
        )?;
        Ok(Self { state, key, keys })
    }

    /// The ledger, open for appending.
    pub(crate) fn ledger(&self) -> Result<Ledger<'_>, Failure> {
        Ok(Ledger::open(
            &self.state,
            &self.keys,
            &self.key,
            &Effects::real(),
        )?)
    }

    /// Adds one entry.
    pub(crate) fn append(&self, kind: &str, body: Value) -> Result<Entry, Failure> {
        Ok(self.ledger()?.append(kind, body)?)
    }
}
