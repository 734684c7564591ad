//! Persons over time, out of the sealed assignment history.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime};
use gdpr4k_model::site::Site;
use gdpr4k_model::subject::NumberSpan;

use crate::inventory::Assignment;

/// A person with names and numbers over time.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// Id, as `find` prints it.
    pub id: String,
    /// Names as compared (surname, given name), the latest last.
    pub names: Vec<(String, String)>,
    /// Personnel number, where a person table gives one.
    pub identity: Option<String>,
    /// Numbers over time, in order.
    pub spans: Vec<Span>,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Person({}, {} numbers)", self.id, self.spans.len())
    }
}

/// One number of a person for one uninterrupted time.
#[derive(Clone, PartialEq, Eq)]
pub struct Span {
    /// Index of the node.
    pub node: u8,
    /// Station number.
    pub number: String,
    /// The last moment without and the first moment with this person; equal where it is exact.
    pub from: (Option<NaiveDateTime>, NaiveDateTime),
    /// The last moment with and the first moment without; none while it lasts.
    pub to: Option<(NaiveDateTime, NaiveDateTime)>,
    /// Kinds of evidence.
    pub evidence: Vec<String>,
}

/// Whose a call at some moment on some number was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owned {
    /// Certainly not this person's.
    No,
    /// Between two snapshots that differ, or before the first evidence.
    Doubtful,
    /// This person's.
    Yes,
}

impl Span {
    /// Whose the number was at a moment, as far as the evidence goes.
    ///
    /// Snapshots describe the end of their day, so ownership is certain from the first snapshot
    /// that has the person to the last one; in between two that differ it is doubtful.
    pub fn at(&self, moment: NaiveDateTime) -> Owned {
        let after_start = if moment >= self.from.1 {
            Owned::Yes
        } else if self.from.0.is_none_or(|last_without| moment > last_without) {
            Owned::Doubtful
        } else {
            Owned::No
        };
        let before_end = match self.to {
            None => Owned::Yes,
            Some((last_with, _)) if moment <= last_with => Owned::Yes,
            Some((_, first_without)) if moment < first_without => Owned::Doubtful,
            Some(_) => Owned::No,
        };
        after_start.min(before_end)
    }

    /// The span in days, for people.
    pub fn shown(&self, site: &Site) -> NumberSpan {
        let end = NaiveTime::from_hms_opt(23, 59, 59).unwrap_or_default();
        // a snapshot at the end of a day is certain from the next day on, an exact command on its day
        let certain_from = if self.from.1.time() == end {
            self.from.1.date() + Days::new(1)
        } else {
            self.from.1.date()
        };
        NumberSpan {
            number: self.number.clone(),
            node: site
                .nodes
                .get(usize::from(self.node))
                .map_or_else(String::new, |n| n.id.clone()),
            from: if self.from.0 == Some(self.from.1) {
                self.from.1.date()
            } else {
                certain_from.min(self.from.1.date() + Days::new(1))
            },
            to: self.to.map(|(last, _)| last.date()),
            maybe_from: self.from.0.map(|m| m.date()),
            maybe_to: self.to.map(|(_, first)| first.date()),
            evidence: self.evidence.clone(),
        }
    }
}

/// The persons of an assignment history; `id` gives the id of a person from what tells it apart.
pub fn persons(assignments: &[Assignment], id: impl Fn(&[u8]) -> String) -> Vec<Person> {
    let mut by_person: BTreeMap<u32, Vec<&Assignment>> = BTreeMap::new();
    for a in assignments {
        by_person.entry(a.person).or_default().push(a);
    }
    let mut persons: Vec<Person> = by_person
        .into_values()
        .map(|mut spells| {
            spells.sort_by_key(|a| a.from.1);
            let identity = spells.iter().rev().find_map(|a| a.identity.clone());
            let mut names: Vec<(String, String)> = Vec::new();
            for name in spells.iter().flat_map(|a| &a.names) {
                if names.last() != Some(name) {
                    names.push(name.clone());
                }
            }
            let first = spells[0];
            // what tells a person apart and does not change when a later scan adds evidence
            let apart = match &identity {
                Some(identity) => format!("identity\0{identity}"),
                None => format!(
                    "number\0{}\0{}\0{}\0{}",
                    first.node, first.number, first.names[0].0, first.names[0].1
                ),
            };
            Person {
                id: id(apart.as_bytes()),
                names,
                identity,
                spans: spells
                    .iter()
                    .map(|a| Span {
                        node: a.node,
                        number: a.number.clone(),
                        from: a.from,
                        to: a.to,
                        evidence: a.evidence.clone(),
                    })
                    .collect(),
            }
        })
        .collect();
    persons.sort_by(|a, b| a.id.cmp(&b.id));
    persons
}

/// The first day of a span that is certain.
pub fn certain_from(span: &Span) -> NaiveDate {
    span.from.1.date()
}
