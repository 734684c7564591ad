//! The state of retention: the oldest record of each data kind against its limit.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use gdpr4k_model::retention::{Bucket, Census};
use serde::Serialize;

use crate::holds::{HeldUntil, Holds, Subject};
use crate::treat::{Forecast, Rules, StageName, State, forecast};

/// Where one cluster stands on a day.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize)]
pub struct ClusterStatus {
    /// The cluster.
    pub cluster: String,
    /// Records, those in files that are left alone included.
    pub records: u64,
    /// Records in files that are left alone, as far as they were read.
    pub left_alone: u64,
    /// Records without a usable day of their own; the day of their file counts.
    pub undated: u64,
    /// Start day of the oldest record that no suspension holds.
    pub oldest: Option<NaiveDate>,
    /// The day on which that record had or has to go; none where it lasts.
    pub limit: Option<NaiveDate>,
    /// Days that it is past its limit; 0 where it is not.
    pub days_overdue: u64,
    /// Records that had to go today or earlier and that no suspension holds.
    pub overdue: u64,
    /// Records that are due for a step before the end.
    pub due: u64,
    /// Records that suspensions hold, due or not.
    pub suspended: u64,
    /// Start day of the oldest of those.
    pub oldest_suspended: Option<NaiveDate>,
    /// The next day after today on which a record becomes due for something.
    pub next: Option<NaiveDate>,
}

/// Where every cluster with records stands, in the order of their names.
///
/// `oldest` and `limit` are those of the record whose limit comes first: an event
/// can give an older record more time than a younger one.
pub fn status(censuses: &[Census], rules: &Rules, holds: &Holds) -> Vec<ClusterStatus> {
    let mut all: BTreeMap<String, ClusterStatus> = BTreeMap::new();
    for census in censuses {
        let held = holds.of_file(&census.path);
        for bucket in &census.buckets {
            let status = all.entry(bucket.cluster.clone()).or_default();
            status.cluster.clone_from(&bucket.cluster);
            status.records += bucket.records;
            if census.left_alone.is_some() {
                status.left_alone += bucket.records;
            }
            if !bucket.dated {
                status.undated += bucket.records;
            }
            let subject = Subject {
                cluster: &bucket.cluster,
                day: bucket.day,
                dated: bucket.dated,
                held: &bucket.held,
            };
            if held.until(&subject) == HeldUntil::Free {
                status.add(census, bucket, rules);
            } else {
                status.suspended += bucket.records;
                status.oldest_suspended = earlier(status.oldest_suspended, Some(bucket.day));
            }
        }
    }
    all.into_values().collect()
}

impl ClusterStatus {
    fn add(&mut self, census: &Census, bucket: &Bucket, rules: &Rules) {
        let Bucket {
            cluster,
            day,
            dated,
            ..
        } = bucket;
        let limit = rules.gone_day(cluster, *day, *dated, census.day, &census.node);
        let as_of = rules.as_of();
        let first = match (self.limit, limit) {
            _ if self.oldest.is_none() => true,
            (Some(known), Some(new)) => (new, *day) < (known, self.oldest.unwrap_or(*day)),
            (None, Some(_)) => true,
            (Some(_), None) => false,
            (None, None) => self.oldest > Some(*day),
        };
        if first {
            (self.oldest, self.limit) = (Some(*day), limit);
            let late = limit.map_or(0, |l| (as_of - l).num_days());
            self.days_overdue = u64::try_from(late).unwrap_or(0);
        }
        if let Some(rule) = rules.cluster(cluster) {
            let verdict = rules.verdict(cluster, *day, *dated, census.day, &census.node);
            let state = State {
                pending: bucket.pending,
                protected: bucket.protected,
                erase: bucket.erase,
            };
            match forecast(rule, verdict, state) {
                Forecast::Treat(StageName::End, _) => self.overdue += bucket.records,
                Forecast::Treat(..) => self.due += bucket.records,
                Forecast::Keep | Forecast::Wait(_) => {}
            }
        }
        // only stages that are still to come: what is due today is no news
        let stages =
            (1..16).filter_map(|n| rules.stage_day(cluster, *day, bucket.pending & (1 << n)));
        let coming = stages.chain(limit).filter(|d| *d > as_of).min();
        self.next = earlier(self.next, coming);
    }
}

fn earlier(a: Option<NaiveDate>, b: Option<NaiveDate>) -> Option<NaiveDate> {
    a.into_iter().chain(b).min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolve::Policy;
    use crate::treat::{Events, Scope};
    use gdpr4k_model::Catalogue;
    use gdpr4k_model::retention::Suspension;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn bucket(cluster: &str, on: &str, pending: u16, records: u64) -> Bucket {
        Bucket {
            cluster: cluster.to_owned(),
            day: day(on),
            dated: true,
            pending,
            protected: false,
            held: Vec::new(),
            erase: false,
            records,
        }
    }

    #[test]
    fn every_cluster_says_how_old_it_is_and_what_comes_next() {
        let policy = Policy::resolve(&Catalogue::builtin(), "de-business-only", &[]).unwrap();
        let mut events = Events::default();
        events.add(
            "statement-released",
            Scope::Month(2026, 6),
            day("2026-10-20"),
        );
        events.add(
            "statement-released",
            Scope::Month(2026, 7),
            day("2026-08-01"),
        );
        let rules = Rules::compile(&policy, day("2026-11-22"), events);
        let hold = Suspension {
            id: "H1".to_owned(),
            to: Some(day("2026-01-31")),
            ..Suspension::default()
        };
        let holds = Holds::on(&[hold], day("2026-11-22")).unwrap();
        let outgoing = "call-detail-outgoing";
        let mut undated = bucket("call-detail-incoming", "2026-11-16", 0, 3);
        undated.dated = false;
        let censuses = [
            Census {
                path: "a".to_owned(),
                day: day("2026-11-16"),
                buckets: vec![
                    bucket(outgoing, "2026-01-15", 0b1100, 5),
                    // June has until 20 December, July had until 1 November
                    bucket(outgoing, "2026-06-25", 0b1000, 7),
                    bucket(outgoing, "2026-07-01", 0b1000, 11),
                    bucket(outgoing, "2026-11-20", 0b1100, 13),
                    undated,
                ],
                ..Census::default()
            },
            Census {
                path: "b".to_owned(),
                day: day("2026-11-20"),
                left_alone: Some("G4K-801".to_owned()),
                buckets: vec![bucket("call-detail-incoming", "2026-11-20", 0, 100)],
                ..Census::default()
            },
        ];
        insta::assert_snapshot!(
            serde_json::to_string_pretty(&status(&censuses, &rules, &holds)).unwrap()
        );
    }
}
