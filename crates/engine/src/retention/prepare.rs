//! From the site, its state and its keys to the rulebook of a run.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::NaiveDate;
use gdpr4k_model::Finding;
use gdpr4k_model::retention::Suspension;
use gdpr4k_model::site::Site;
use gdpr4k_policy::holds::Holds;
use gdpr4k_policy::plan::policy_digest;
use gdpr4k_policy::treat::{Events, KnownKeys, Protected, Rules};
use gdpr4k_store::files::SiteFolder;
use gdpr4k_store::guard::GuardKey;
use gdpr4k_store::holds::{Held as HeldBy, Hold};
use gdpr4k_store::keys::SealingKey;
use gdpr4k_store::state::State;

use super::rulebook::Rulebook;
use super::watch::{Held, Watch};
use super::{Error, Job};
use crate::inventory::Assignment;
use crate::subject::{Person, person_id, persons};

/// The rulebook of a run with what documents say about it.
pub(crate) struct Prepared<'a> {
    pub(crate) book: Rulebook<'a>,
    /// Every suspension, also released ones.
    pub(crate) suspensions: Vec<Suspension>,
    /// Digest of the rules.
    pub(crate) policy: String,
    /// Keyed digest of what else decides: suspensions, events, protected numbers, erasure orders.
    pub(crate) context: String,
    pub(crate) findings: Vec<Finding>,
}

/// Makes everything ready that decides about records.
pub(crate) fn prepare<'a>(job: &Job<'a>) -> Result<Prepared<'a>, Error> {
    let (site, root) = (job.site, job.folder.root());
    let keys = root.join(&site.head.keys);
    let sealing = SealingKey::open_or_create(&keys)?;
    let guard_key = GuardKey::open_or_create(&keys)?;
    let plans = Arc::new(site.plans());
    let assignments = assignments(job.state, &sealing)?;
    let numbers = protected_numbers(job.site, job.folder)?;
    let (protected, mut findings) = Protected::new(&plans, numbers.iter().map(String::as_str));
    let (events, more) = events(job, &assignments)?;
    findings.extend(more);

    let holds = job.state.holds(&sealing)?;
    let suspensions: Vec<Suspension> = holds.iter().map(|h| h.suspension.clone()).collect();
    let mut watch = Watch::default();
    let persons = persons(&assignments, |apart| person_id(&guard_key, apart));
    watch_holds(&mut watch, &holds, &persons, job.as_of);
    findings.extend(reviews(&suspensions, job.as_of));
    watch.erase(job.state.guard()?, guard_key.clone());

    let orders = job.state.guard_mark()?;
    let context = context(job, &guard_key, &holds, &events, &numbers, &orders);
    let rules = Rules::compile(job.policy, job.as_of, events);
    let asked = Holds::on(&suspensions, job.as_of).map_err(|id| Error::Hold { id })?;
    Ok(Prepared {
        book: Rulebook::new(job.catalogue, plans, rules, protected, watch, asked),
        suspensions,
        policy: policy_digest(job.policy),
        context,
        findings,
    })
}

/// The assignment history of the last scan; empty where there was none.
pub(crate) fn assignments(
    state: &State,
    key: &SealingKey,
) -> Result<Vec<Assignment>, gdpr4k_store::Error> {
    let (rows, _) = state.assignments(key)?;
    Ok(rows
        .iter()
        .filter_map(|row| serde_json::from_slice(row).ok())
        .collect())
}

/// Numbers of `[protected]`, and those of its file: the first column.
fn protected_numbers(site: &Site, folder: &SiteFolder) -> Result<Vec<String>, Error> {
    let mut numbers = site.protected.numbers.clone();
    if let Some(file) = &site.protected.file {
        let text = folder.read_text(file)?;
        let rows = text.lines().map(|l| {
            let first = l.split([',', ';', '\t']).next().unwrap_or_default();
            first.trim().trim_matches('"').to_owned()
        });
        // a heading has no digit; comments start with #
        numbers.extend(
            rows.filter(|n| !n.starts_with('#') && n.contains(|c: char| c.is_ascii_digit())),
        );
    }
    Ok(numbers)
}

fn events(job: &Job<'_>, assignments: &[Assignment]) -> Result<(Events, Vec<Finding>), Error> {
    let nodes: Vec<String> = job.site.nodes.iter().map(|n| n.id.clone()).collect();
    let persons: HashSet<&str> = assignments
        .iter()
        .filter_map(|a| a.identity.as_deref())
        .collect();
    let mut events = Events::default();
    let mut findings = Vec::new();
    for file in &job.site.events {
        let text = job.folder.read_text(&file.file)?;
        let known = KnownKeys {
            catalogue: job.catalogue,
            nodes: &nodes,
            // before the first scan nobody is known, and an event of a person says nothing about calls
            person: &|p| assignments.is_empty() || persons.contains(p),
        };
        findings.extend(events.read(&file.file, &text, known));
    }
    Ok((events, findings))
}

/// Numbers of suspensions, and those that a suspended person has or may have had.
fn watch_holds(watch: &mut Watch, holds: &[Hold], persons: &[Person], as_of: NaiveDate) {
    for hold in holds {
        let s = &hold.suspension;
        if s.released_at.is_some() || s.until.is_some_and(|u| as_of > u) {
            continue;
        }
        let id = || s.id.clone();
        match &hold.held {
            None => {}
            Some(HeldBy::Number(number)) => watch.hold(
                number.expose(),
                Held {
                    id: id(),
                    from: None,
                    to: None,
                },
            ),
            Some(HeldBy::Person(person)) => {
                let person = persons.iter().find(|p| p.id == *person.expose());
                for span in person.into_iter().flat_map(|p| &p.spans) {
                    // doubtful days are held too: nothing of the person may go
                    watch.hold(
                        &format!("{}:{}", span.node, span.number),
                        Held {
                            id: id(),
                            from: span.from.0.map(|m| m.date()),
                            to: span.to.map(|(_, first_without)| first_without.date()),
                        },
                    );
                }
            }
        }
    }
}

/// Suspensions whose review is past: they hold on, and somebody has to look.
fn reviews(suspensions: &[Suspension], as_of: NaiveDate) -> Vec<Finding> {
    let open = suspensions.iter().filter(|s| s.released_at.is_none());
    open.filter_map(|s| {
        let day = s.review.filter(|r| *r < as_of)?;
        Some(
            Finding::new("G4K-810")
                .with("hold", gdpr4k_model::finding::Arg::declared(&s.id))
                .with("day", gdpr4k_model::finding::Arg::day(day)),
        )
    })
    .collect()
}

/// A keyed digest, because a plain one of a protected number could be found by trying all numbers.
fn context(
    job: &Job<'_>,
    key: &GuardKey,
    holds: &[Hold],
    events: &Events,
    numbers: &[String],
    orders: &str,
) -> String {
    let mut text = String::new();
    let mut add = |part: &str| {
        text.push_str(part);
        text.push('\0');
    };
    add(&policy_digest(job.policy));
    add(job.catalogue.digest());
    for node in &job.site.nodes {
        add(&serde_json::to_string(&node.plan).unwrap_or_default());
    }
    for number in numbers {
        add(number);
    }
    for hold in holds {
        add(&serde_json::to_string(&hold.suspension).unwrap_or_default());
        match &hold.held {
            Some(HeldBy::Number(n) | HeldBy::Person(n)) => add(n.expose()),
            None => {}
        }
    }
    add(&serde_json::to_string(events).unwrap_or_default());
    add(orders);
    let token = key.token(&text);
    token.iter().map(|b| format!("{b:02x}")).collect()
}
