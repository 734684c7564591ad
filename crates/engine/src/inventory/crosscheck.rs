//! Checks that need the whole site: references between objects, and what the configuration says about itself.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use gdpr4k_model::Finding;
use gdpr4k_model::finding::Arg;
use gdpr4k_model::inventory::Counted;
use gdpr4k_model::number::{Access, NumberPlans, Party};
use gdpr4k_sources::record::Fact;

use super::identity::{History, Says};
use super::names::Name;

/// A file with its facts.
pub(super) struct FileFacts<'a> {
    pub(super) path: &'a str,
    pub(super) kind: &'static str,
    pub(super) node: u8,
    pub(super) day: NaiveDate,
    pub(super) facts: &'a [Fact],
}

/// References listed one by one, per object that refers; further ones are only counted.
const LISTED: usize = 100;

/// Station numbers as the plan writes them: node and number.
fn station(plans: &NumberPlans, node: u8, number: &str) -> Option<(u8, String)> {
    match plans.normalise(node, number.as_bytes(), Access::Plain) {
        Party::Internal(node, digits) => Some((node, digits.as_str().to_owned())),
        _ => None,
    }
}

/// Gives the evidence of every file to the history of identities.
pub(super) fn evidence(files: &[FileFacts<'_>], plans: &NumberPlans, history: &mut History) {
    for (ix, file) in files.iter().enumerate() {
        let node = file.node;
        let table = file.facts.iter().find_map(|f| match f {
            Fact::Seen {
                kind: "xie-table",
                name,
                ..
            } => Some(name.as_str()),
            _ => None,
        });
        let family = format!(
            "{}{}",
            file.kind,
            table.map(|t| format!(":{t}")).unwrap_or_default()
        );
        let snapshot = file.kind != "amo-session" && file.kind != "amo-logbk";
        let mut holds = false;
        for fact in file.facts {
            match fact {
                Fact::Holds {
                    number,
                    name,
                    identity,
                    ..
                } => {
                    holds = true;
                    let identity = identity.as_ref().map(|i| i.expose().as_str());
                    if let Some((node, number)) = station(plans, node, number.expose()) {
                        let family = snapshot.then_some(family.as_str());
                        history.holds(
                            family,
                            file.kind,
                            node,
                            file.day,
                            &number,
                            name.expose(),
                            identity,
                        );
                    } else if identity.is_some() {
                        // somebody of the site on a number outside of it: a mobile worker
                        history.person(ix, name.expose(), identity);
                    }
                }
                Fact::Assigned {
                    at, number, name, ..
                } => {
                    if let (Some((node, number)), Some(name)) = (
                        station(plans, node, number.expose()),
                        Name::read(name.expose()),
                    ) {
                        history.command(node, &number, *at, Says::Assigned(name));
                    }
                }
                Fact::Person { name, identity, .. } => {
                    let identity = identity.as_ref().map(|i| i.expose().as_str());
                    history.person(ix, name.expose(), identity);
                }
                Fact::Renamed {
                    at: Some(at),
                    number,
                    old,
                    new,
                    ..
                } => {
                    if let (Some((node, number)), Some(name)) = (
                        station(plans, node, number.expose()),
                        Name::read(new.expose()),
                    ) {
                        let old = old.as_ref().and_then(|o| Name::read(o.expose()));
                        history.command(node, &number, *at, Says::Renamed(name, old));
                    }
                }
                Fact::Released { at, number, .. } => {
                    if let Some((node, number)) = station(plans, node, number.expose()) {
                        history.command(node, &number, *at, Says::Free);
                    }
                }
                Fact::Renumbered {
                    at: Some(at),
                    old,
                    new,
                    ..
                } => {
                    if let (Some(old), Some(new)) = (
                        station(plans, node, old.expose()),
                        station(plans, node, new.expose()),
                    ) {
                        history.renumbered(old, new, *at);
                    }
                }
                Fact::NotPersonal { number, from } => {
                    if let Some((node, number)) = station(plans, node, number.expose()) {
                        // the pilot of a group can be the station of a person: a name on it decides
                        let pilot = matches!(*from, "SA" | "HUNTGRP");
                        if !pilot {
                            history.not_personal(node, &number);
                        }
                    }
                }
                _ => {}
            }
        }
        if snapshot && holds {
            history.snapshot_seen(&family, node, file.day);
        }
    }
}

/// References to stations that do not exist, in the latest snapshot of each node.
pub(super) fn orphans(files: &[FileFacts<'_>], plans: &NumberPlans) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut latest: BTreeMap<(&str, u8), NaiveDate> = BTreeMap::new();
    let stations_of =
        |file: &FileFacts<'_>| file.facts.iter().any(|f| matches!(f, Fact::Station { .. }));
    for file in files
        .iter()
        .filter(|f| matches!(f.kind, "amo-regen" | "xie") && stations_of(f))
    {
        let day = latest.entry((file.kind, file.node)).or_insert(file.day);
        *day = (*day).max(file.day);
    }
    let is_latest = |file: &FileFacts<'_>| {
        latest
            .get(&(file.kind, file.node))
            .is_some_and(|d| file.day >= *d)
    };
    let mut known: BTreeSet<(u8, String)> = BTreeSet::new();
    let mut named: BTreeSet<(u8, String)> = BTreeSet::new();
    for file in files.iter().filter(|f| is_latest(f)) {
        for fact in file.facts {
            match fact {
                Fact::Station { number, .. } => {
                    known.extend(station(plans, file.node, number.expose()))
                }
                Fact::Holds { number, .. } => {
                    named.extend(station(plans, file.node, number.expose()))
                }
                _ => {}
            }
        }
    }
    if known.is_empty() {
        return findings;
    }
    for file in files.iter().filter(|f| is_latest(f)) {
        let mut listed: BTreeMap<&str, u64> = BTreeMap::new();
        for fact in file.facts {
            let Fact::Refers { line, from, number } = fact else {
                continue;
            };
            let Some(station) = station(plans, file.node, number.expose()) else {
                continue;
            };
            if known.contains(&station) {
                continue;
            }
            let n = listed.entry(from).or_default();
            *n += 1;
            if *n <= LISTED as u64 {
                findings.push(
                    Finding::new("G4K-014")
                        .path(file.path)
                        .at(*line)
                        .with("from", Arg::declared(*from)),
                );
            }
        }
        for (_, n) in listed {
            if let Some(more) = n.checked_sub(LISTED as u64).filter(|m| *m > 0) {
                findings.push(
                    Finding::new("G4K-006")
                        .path(file.path)
                        .with("count", more)
                        .with("code", Arg::declared("G4K-014")),
                );
            }
        }
    }
    for node in 0..plans.len() as u8 {
        let stations = known.iter().filter(|s| s.0 == node).count();
        let unnamed = known
            .iter()
            .filter(|s| s.0 == node && !named.contains(*s))
            .count();
        if unnamed > 0 {
            findings.push(
                Finding::new("G4K-021")
                    .with("count", unnamed)
                    .with("stations", stations)
                    .with("node", u64::from(node) + 1),
            );
        }
    }
    findings
}

/// Monitoring features met, in the vendor's words, with the number of places in the latest files.
pub(super) fn monitoring(files: &[FileFacts<'_>]) -> Vec<Counted> {
    let mut newest: BTreeMap<(&str, u8), NaiveDate> = BTreeMap::new();
    for file in files {
        let day = newest.entry((file.kind, file.node)).or_insert(file.day);
        *day = (*day).max(file.day);
    }
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for file in files.iter().filter(|f| newest[&(f.kind, f.node)] == f.day) {
        for fact in file.facts {
            if let Fact::Monitoring { feature, .. } = fact {
                *counts.entry(feature).or_default() += 1;
            }
        }
    }
    counts
        .into_iter()
        .map(|(name, count)| Counted {
            name: name.to_owned(),
            count,
        })
        .collect()
}

/// XIE tables that were exported.
pub(super) fn tables(files: &[FileFacts<'_>]) -> BTreeSet<String> {
    files
        .iter()
        .flat_map(|f| f.facts)
        .filter_map(|f| match f {
            Fact::Seen {
                kind: "xie-table",
                name,
                ..
            } => Some(name.clone()),
            _ => None,
        })
        .collect()
}
