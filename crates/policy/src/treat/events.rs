//! Start events that no record holds: `event,key,date` (cli.md 1, `[[event]]`).

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use gdpr4k_model::Finding;
use gdpr4k_model::catalogue::{Catalogue, StartEvent, StartingPoint};
use gdpr4k_model::finding::Arg;
use serde::Serialize;

/// What an event concerns.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// The whole site: `*`.
    Site,
    /// One node, by its id.
    Node(String),
    /// Calls of one month: `2026-08`.
    Month(i32, u32),
    /// One person, by the id that `subject find` prints.
    Person(String),
}

/// The start events of a site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Events {
    days: BTreeMap<String, Vec<(Scope, NaiveDate)>>,
}

/// What the keys of events can name.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// Start events.
    pub catalogue: &'a Catalogue,
    /// Ids of the nodes.
    pub nodes: &'a [String],
    /// Whether a text is the id of a person of the site.
    pub person: &'a dyn Fn(&str) -> bool,
}

impl Events {
    /// Adds the lines of one file; `path` stands in findings.
    ///
    /// A first line `event,key,date`, empty lines and lines that start with `#` are
    /// skipped. A line that says nothing usable is a finding, and the rule falls back:
    /// nothing is kept for ever because of it.
    pub fn read(&mut self, path: &str, text: &str, known: Known<'_>) -> Vec<Finding> {
        let mut found = Vec::new();
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .comment(Some(b'#'))
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        for row in reader.records() {
            let Ok(row) = row else {
                found.push(
                    Finding::new("G4K-821")
                        .path(path)
                        .with("what", Arg::declared("no text")),
                );
                break;
            };
            let line = row.position().map_or(0, csv::Position::line);
            let fields: Vec<&str> = row.iter().collect();
            if fields == ["event", "key", "date"] {
                continue;
            }
            if let Err(finding) = self.line(&fields, known) {
                found.push(finding.path(path).at(line));
            }
        }
        for days in self.days.values_mut() {
            days.sort();
            days.dedup();
        }
        found
    }

    fn line(&mut self, fields: &[&str], known: Known<'_>) -> Result<(), Finding> {
        let unread = |what: &str| Finding::new("G4K-821").with("what", Arg::declared(what));
        let [event, key, date] = fields else {
            return Err(unread(&format!("{} fields", fields.len())));
        };
        let event = match known.catalogue.start_event(event) {
            Some(event) if !event.in_record => event,
            Some(event) => {
                return Err(unread(&format!(
                    "{} is in the records themselves",
                    event.id
                )));
            }
            None => return Err(unread("an unknown event")),
        };
        let date = date.parse().map_err(|_| unread("no date"))?;
        let scope = scope(event, key, known).ok_or_else(|| {
            Finding::new("G4K-822")
                .with("event", Arg::declared(&event.id))
                .with("key", Arg::shape(key))
        })?;
        self.days
            .entry(event.id.clone())
            .or_default()
            .push((scope, date));
        Ok(())
    }

    /// Notes an event that is known from elsewhere, such as the end of an assignment.
    pub fn add(&mut self, event: &str, scope: Scope, day: NaiveDate) {
        let days = self.days.entry(event.to_owned()).or_default();
        days.push((scope, day));
        days.sort();
        days.dedup();
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.days.is_empty()
    }

    /// The days of an event that concern a record.
    ///
    /// The nearest statement counts: one about the person goes before one about the
    /// month of the record, that before one about its node, that before one about the site.
    pub fn days(
        &self,
        event: &str,
        node: &str,
        day: NaiveDate,
        person: Option<&str>,
    ) -> Vec<NaiveDate> {
        let Some(all) = self.days.get(event) else {
            return Vec::new();
        };
        let of = |wanted: &dyn Fn(&Scope) -> bool| -> Vec<NaiveDate> {
            let days = all.iter().filter(|(scope, _)| wanted(scope));
            days.map(|(_, day)| *day).collect()
        };
        let month = Scope::Month(day.year(), day.month());
        let steps: [&dyn Fn(&Scope) -> bool; 4] = [
            &|s| matches!((s, person), (Scope::Person(p), Some(of)) if p == of),
            &|s| *s == month,
            &|s| matches!(s, Scope::Node(n) if n == node),
            &|s| *s == Scope::Site,
        ];
        steps
            .into_iter()
            .map(of)
            .find(|days| !days.is_empty())
            .unwrap_or_default()
    }
}

fn scope(event: &StartEvent, key: &str, known: Known<'_>) -> Option<Scope> {
    if key == "*" {
        return Some(Scope::Site);
    }
    if let Some((year, month)) = key.split_once('-')
        && let (Ok(year), Ok(month)) = (year.parse(), month.parse())
        && key.len() == 7
        && NaiveDate::from_ymd_opt(year, month, 1).is_some()
    {
        return (event.starting_point == StartingPoint::EndOfProcess)
            .then_some(Scope::Month(year, month));
    }
    if !key.is_empty() && known.nodes.iter().any(|n| n == key) {
        return Some(Scope::Node(key.to_owned()));
    }
    let of_person = event.starting_point == StartingPoint::EndOfRelationship;
    (of_person && (known.person)(key)).then(|| Scope::Person(key.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use gdpr4k_model::Lang;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn every_line_is_an_event_or_a_finding() {
        let catalogue = Catalogue::builtin();
        let nodes = ["".to_owned(), "west".to_owned()];
        let known = Known {
            catalogue: &catalogue,
            nodes: &nodes,
            person: &|p| p == "P-0007",
        };
        let text = "event,key,date\n# statements\nstatement-released, *, 2026-08-31\n\
            statement-released,2026-07,2026-09-15\nstatement-released,west,2026-09-01\n\
            employment-ended,P-0007,2026-05-31\n\nemployment-ended,P-0008,2026-05-31\n\
            employment-ended,2026-05,2026-05-31\nstatement-released,2026-13,2026-05-31\n\
            full-moon,*,2026-05-31\ncall-end,*,2026-05-31\nstatement-released,*,soon\nstatement-released,*\n";
        let mut events = Events::default();
        let found = events.read("events.csv", text, known);
        let said: Vec<String> = found
            .iter()
            .map(|f| {
                let text = catalogue.finding(f.code).unwrap();
                format!(
                    "{}:{} {}",
                    f.path,
                    f.line.unwrap(),
                    text.message(f, Lang::En)
                )
            })
            .collect();
        insta::assert_snapshot!(said.join("\n"));
        insta::assert_snapshot!("events", serde_json::to_string_pretty(&events).unwrap());
    }

    #[test]
    fn the_nearest_statement_counts() {
        let mut events = Events::default();
        let event = "statement-released";
        events.add(event, Scope::Site, day("2026-08-31"));
        events.add(event, Scope::Node("west".to_owned()), day("2026-09-01"));
        events.add(event, Scope::Month(2026, 7), day("2026-09-15"));
        let days = |node: &str, on: &str| events.days(event, node, day(on), None);
        assert_eq!(days("", "2026-08-03"), [day("2026-08-31")]);
        assert_eq!(days("west", "2026-08-03"), [day("2026-09-01")]);
        assert_eq!(days("west", "2026-07-03"), [day("2026-09-15")]);
        assert!(
            events
                .days("dispute-closed", "", day("2026-07-03"), None)
                .is_empty()
        );
        events.add(
            "employment-ended",
            Scope::Person("P-1".to_owned()),
            day("2026-05-31"),
        );
        let left = |person| events.days("employment-ended", "", day("2026-07-03"), person);
        assert_eq!(left(Some("P-1")), [day("2026-05-31")]);
        assert!(left(Some("P-2")).is_empty() && left(None).is_empty());
    }
}
