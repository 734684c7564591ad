//! What messages of logs have in common: which log they belong to, accounts of services, counts that become findings.

use std::collections::HashSet;
use std::net::IpAddr;

use gdpr4k_model::Finding;
use gdpr4k_model::catalogue::{ClusterIx, ElementIx};
use regex::Regex;

use crate::knowledge::{Log, TableKnowledge};
use crate::record::Sink;

/// Judges messages; counts what becomes a finding at the end of the file.
pub(crate) struct FreeText<'k> {
    log: &'k Log,
    services: HashSet<String>,
    login: Option<Regex>,
    error: Option<Regex>,
    pub(crate) loose: Tally,
    pub(crate) timeless: Tally,
}

/// A count with the first line.
#[derive(Default)]
pub(crate) struct Tally {
    count: u64,
    first: u64,
}

impl Tally {
    pub(crate) const fn add(&mut self, line: u64) {
        if self.count == 0 {
            self.first = line;
        }
        self.count += 1;
    }

    /// One finding for all lines, with the limit that they break.
    pub(crate) fn report_limit(&self, code: &'static str, limit: usize, sink: &mut dyn Sink) {
        if self.count > 0 {
            let finding = Finding::new(code).at(self.first);
            sink.finding(finding.with("count", self.count).with("limit", limit));
        }
    }

    /// One finding for all lines.
    pub(crate) fn report(&self, code: &'static str, sink: &mut dyn Sink) {
        if self.count > 0 {
            let finding = Finding::new(code).at(self.first);
            sink.finding(finding.with("count", self.count).with("first", self.first));
        }
    }
}

impl<'k> FreeText<'k> {
    /// `services`: accounts of the site that are no person.
    pub(crate) fn new(knowledge: &'k TableKnowledge, services: &[String]) -> Self {
        let words = |list: &[String]| {
            let words: Vec<String> = list.iter().map(|w| regex::escape(w)).collect();
            Regex::new(&format!("(?i){}", words.join("|"))).ok()
        };
        Self {
            log: &knowledge.log,
            services: services.iter().map(|s| s.to_lowercase()).collect(),
            login: words(&knowledge.log.login_words),
            error: words(&knowledge.log.error_words),
            loose: Tally::default(),
            timeless: Tally::default(),
        }
    }

    /// The element of an account: `personal`, unless the site lists it as a service.
    pub(crate) fn account_element(&self, name: &str, personal: ElementIx) -> ElementIx {
        if self.services.contains(&name.to_lowercase()) {
            self.log.service
        } else {
            personal
        }
    }

    /// Which log a message belongs to: sessions, errors, or activities.
    pub(crate) fn cluster(&self, message: &str, is_error: bool) -> ClusterIx {
        if self.login.as_ref().is_some_and(|w| w.is_match(message)) {
            self.log.login
        } else if is_error {
            self.log.error
        } else {
            self.log.activity
        }
    }

    /// Whether a level or a message names an error.
    pub(crate) fn is_error(&self, text: &str) -> bool {
        self.error.as_ref().is_some_and(|w| w.is_match(text))
    }

    /// Reports what was counted.
    pub(crate) fn report(&self, sink: &mut dyn Sink) {
        self.timeless.report("G4K-323", sink);
        self.loose.report("G4K-330", sink);
    }
}

/// Whether a whole text is an IP address.
pub(crate) fn is_address(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
}
