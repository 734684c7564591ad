//! The site's own people: names, numbers and accounts out of its directory sources, for the search in texts.
//!
//! They are needed before the texts are read, so these sources are read twice. Nothing of it is kept.

use std::collections::BTreeSet;

use gdpr4k_model::Finding;
use gdpr4k_model::catalogue::{Catalogue, Kind, Subject};
use gdpr4k_model::number::{Access, NumberPlans, Party};
use gdpr4k_model::site::{Site, SourceKind};
use gdpr4k_sources::people::{Detector, Options, SitePeople};
use gdpr4k_sources::record::{Account, Fact, Record, Sink};
use gdpr4k_store::files::SiteFolder;
use rayon::prelude::*;

use super::discover::{Assigned, discover};
use super::members;
use super::readers::{Plan, Readers};
use super::scan::Job;

/// More of a kind than this are not remembered: no site has so many.
const MOST: usize = 2_000_000;

/// Whether files of a kind say who is on which number.
const fn names_people(kind: SourceKind) -> bool {
    matches!(
        kind,
        SourceKind::AmoRegen
            | SourceKind::AmoSession
            | SourceKind::AmoLogbk
            | SourceKind::Xie
            | SourceKind::Directory
            | SourceKind::DsWin
            | SourceKind::Sql
            | SourceKind::Idtb
            | SourceKind::Catool
    )
}

impl Job {
    /// Whether the file says who is on which number, or who has an account.
    pub(super) fn names_people(&self) -> bool {
        let kind = names_people(SourceKind::ALL[self.kind]);
        let lines = !self.plan.is_whole() || self.member.is_some();
        lines && kind || matches!(self.plan, Plan::Form("accounts", _))
    }
}

/// Directory sources of the site that a scan of some paths leaves out: their people are looked for all the same.
pub(super) fn rest(
    site: &Site,
    folder: &SiteFolder,
    only: &[String],
    readers: &mut Readers<'_>,
) -> Vec<Job> {
    if only.is_empty() {
        return Vec::new();
    }
    let read = |path: &str| {
        let below = |o: &String| path == o || path.starts_with(&format!("{o}/"));
        only.iter().any(below)
    };
    sources(site, folder, readers, read)
}

/// The directory sources of the site, but those to leave out.
pub(crate) fn sources(
    site: &Site,
    folder: &SiteFolder,
    readers: &mut Readers<'_>,
    leave_out: impl Fn(&str) -> bool,
) -> Vec<Job> {
    let found = discover(site, folder, &[]).unwrap_or_default();
    let (files, _) = members::expand(found.files, site, folder);
    let mut jobs = Vec::new();
    for assigned in files {
        let kind = site.sources[assigned.source].kind;
        let wanted = names_people(kind) || kind == SourceKind::AssistantLog;
        if wanted && !leave_out(&assigned.file.path) {
            jobs.extend(job(site, readers, assigned));
        }
    }
    // what is to say about these files is said when they are scanned
    readers.notes.clear();
    jobs
}

/// The way to read a file, if there is one.
pub(super) fn job(site: &Site, readers: &mut Readers<'_>, assigned: Assigned) -> Option<Job> {
    let source = &site.sources[assigned.source];
    let (plan, _) = readers.plan(source, &assigned).ok()?;
    Some(Job::new(site, assigned, plan))
}

/// The people that these files name.
pub(crate) fn met<'a>(
    catalogue: &'a Catalogue,
    plans: &'a NumberPlans,
    folder: &SiteFolder,
    readers: &Readers<'_>,
    jobs: &[&[Job]],
) -> Met<'a> {
    jobs.par_iter()
        .flat_map(|jobs| jobs.par_iter())
        .filter(|j| j.names_people())
        .map(|job| {
            let mut met = Met::new(catalogue, plans, job.node);
            read(folder, readers, job, &mut met);
            met
        })
        .reduce(|| Met::new(catalogue, plans, 0), Met::with)
}

/// A detector that knows these people.
pub(crate) fn detector(site: &Site, plans: &NumberPlans, met: Met<'_>) -> Detector {
    let options = Options {
        services: site.accounts.non_personal.clone(),
        ..Options::default()
    };
    Detector::new(plans, 0, &met.people(site), &options)
}

/// Reads a file for the sake of its names; what is wrong with it is told when it is read for good.
fn read(folder: &SiteFolder, readers: &Readers<'_>, job: &Job, met: &mut Met<'_>) {
    if job.member.is_some() {
        let mut account = Account::default();
        if members::read(folder, readers, job, &mut account, met).is_err() {
            tracing::debug!("a member could not be read for its names");
        }
        return;
    }
    let mut reader = readers.reader(&job.plan, &job.file, false);
    let mut buffer = Vec::new();
    let outcome = folder.read(&job.file).and_then(|source| {
        source.blocks(0, job.file.bytes, &mut buffer, |block| {
            reader.feed(block, met);
            true
        })
    });
    if outcome.is_err() {
        tracing::debug!("a file could not be read for its names");
    }
    reader.finish(false, met);
}

/// Names, numbers and accounts met.
pub(crate) struct Met<'a> {
    catalogue: &'a Catalogue,
    plans: &'a NumberPlans,
    node: u8,
    /// Node, station and name as written.
    names: BTreeSet<(u8, String, String)>,
    numbers: BTreeSet<String>,
    accounts: BTreeSet<String>,
    /// Lines that are nobody's own.
    shared: BTreeSet<(u8, String)>,
}

impl<'a> Met<'a> {
    pub(super) const fn new(catalogue: &'a Catalogue, plans: &'a NumberPlans, node: u8) -> Self {
        Self {
            catalogue,
            plans,
            node,
            names: BTreeSet::new(),
            numbers: BTreeSet::new(),
            accounts: BTreeSet::new(),
            shared: BTreeSet::new(),
        }
    }

    pub(super) fn with(mut self, mut other: Self) -> Self {
        self.names.append(&mut other.names);
        self.numbers.append(&mut other.numbers);
        self.accounts.append(&mut other.accounts);
        self.shared.append(&mut other.shared);
        self
    }

    fn person(&mut self, number: &str, name: &str) {
        if self.names.len() < MOST {
            let number = number.trim().to_owned();
            self.number(number.as_bytes(), Access::Plain);
            self.names
                .insert((self.node, number, name.trim().to_owned()));
        }
    }

    fn number(&mut self, text: &[u8], access: Access) {
        if self.numbers.len() >= MOST {
            return;
        }
        match self.plans.normalise(self.node, text, access) {
            Party::Internal(_, digits) => self.numbers.insert(digits.as_str().to_owned()),
            Party::External(digits) => self.numbers.insert(format!("+{}", digits.as_str())),
            _ => false,
        };
    }

    fn people(self, site: &Site) -> SitePeople {
        // what stands on such a line may be the name of a function
        let mut shared = self.shared;
        for line in &site.lines {
            shared.insert((site.node(&line.node), line.number.clone()));
        }
        let mut people = SitePeople {
            numbers: self.numbers.into_iter().collect(),
            accounts: self.accounts.into_iter().collect(),
            ..SitePeople::default()
        };
        for (node, number, name) in self.names {
            people.add(&name, !shared.contains(&(node, number)));
        }
        people
    }
}

impl Sink for Met<'_> {
    fn record(&mut self, record: &Record<'_>) {
        for value in record.values {
            let element = self.catalogue.element_entry(value.element);
            let own = matches!(
                element.subject,
                Subject::Subscriber | Subject::Attendant | Subject::Agent | Subject::Admin
            );
            if element.secret || !own || value.text.len() > 64 {
                continue;
            }
            if element.kind.is_number() {
                let access = if element.dialled {
                    Access::Dialled
                } else {
                    value.access
                };
                self.number(value.text, access);
            } else if element.kind == Kind::Account && self.accounts.len() < MOST {
                let text = String::from_utf8_lossy(value.text);
                self.accounts.insert(text.into_owned());
            }
        }
    }

    fn fact(&mut self, fact: Fact) {
        match fact {
            Fact::Holds { number, name, .. } | Fact::Assigned { number, name, .. } => {
                self.person(number.expose(), name.expose());
            }
            Fact::Renamed {
                number, old, new, ..
            } => {
                if let Some(old) = old {
                    self.person(number.expose(), old.expose());
                }
                self.person(number.expose(), new.expose());
            }
            Fact::Station { number, .. } => self.number(number.expose().as_bytes(), Access::Plain),
            Fact::NotPersonal { number, from } if !matches!(from, "SA" | "HUNTGRP") => {
                self.shared.insert((self.node, number.expose().clone()));
            }
            _ => {}
        }
    }

    fn finding(&mut self, _finding: Finding) {}
}
