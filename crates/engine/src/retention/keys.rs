//! The keys of a run, made ready when the first record of their quarter comes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use gdpr4k_model::retention::Quarter;
use gdpr4k_policy::token::TokenKeys;
use gdpr4k_store::keys::KeyRing;

use super::Error;

/// The keys of one domain.
pub(crate) struct TokenRing<'a> {
    ring: &'a KeyRing,
    domain: &'static str,
    /// Digits of the longest station number of the site.
    longest: usize,
    ready: Mutex<HashMap<Quarter, Arc<TokenKeys>>>,
}

impl<'a> TokenRing<'a> {
    pub(crate) fn new(ring: &'a KeyRing, domain: &'static str, longest: usize) -> Self {
        Self {
            ring,
            domain,
            longest,
            ready: Mutex::default(),
        }
    }

    /// The newest key of a quarter; made where there is none yet.
    pub(crate) fn of(&self, quarter: Quarter) -> Result<Arc<TokenKeys>, Error> {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(keys) = ready.get(&quarter) {
            return Ok(Arc::clone(keys));
        }
        let key = self.ring.key(self.domain, quarter)?;
        let id = ready.len() as u32 + 1;
        let keys = Arc::new(TokenKeys::new(id, key.expose(), self.longest));
        ready.insert(quarter, Arc::clone(&keys));
        Ok(keys)
    }
}
