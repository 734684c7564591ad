//! What a run did to the records of a file, to be compared with what the plan said.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use gdpr4k_model::retention::{Plan, RunCluster, RunTotals, Treatment};
use gdpr4k_policy::token::Seen;
use gdpr4k_policy::treat::{Order, StageName};
use serde::Serialize;

use super::turns::Aside;

/// Records by cluster, stage and treatment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Counts {
    done: BTreeMap<String, Done>,
    /// Records that stay because their time has not come, or wait for somebody.
    pub(crate) kept: u64,
    /// Records that a suspension holds.
    pub(crate) suspended: u64,
    /// Damaged lines put aside.
    pub(crate) quarantined: u64,
    /// The first of them: where they stood, how long they are, what is wrong.
    pub(crate) aside: Vec<Aside>,
    /// Values whose token, cut short for a narrow field, had stood for another value before.
    pub(crate) collisions: u64,
    /// Values that were not checked for that, because there were too many.
    pub(crate) unchecked: u64,
    /// Rows with figures about groups that took the place of rows about persons.
    pub(crate) sums: u64,
    /// Values that were emptied because they could not be read or nothing else fits.
    pub(crate) emptied: u64,
    /// The last two by cluster.
    stays: BTreeMap<String, (u64, u64)>,
}

/// Records of one kind and treatment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Done {
    cluster: String,
    stage: String,
    action: Treatment,
    day_from: NaiveDate,
    day_to: NaiveDate,
    records: u64,
}

impl Counts {
    /// Counts a record that was treated.
    pub(crate) fn treated(&mut self, cluster: &str, order: &Order, day: NaiveDate) {
        self.done(cluster, order.stage, order.action, day, 1);
    }

    /// Counts records of one day that were treated alike.
    pub(crate) fn done(
        &mut self,
        cluster: &str,
        stage: StageName,
        action: Treatment,
        day: NaiveDate,
        records: u64,
    ) {
        self.add(cluster, &stage.to_string(), action, day, day, records);
    }

    /// Adds what another thread counted.
    pub(crate) fn merge(&mut self, other: &Self) {
        for d in other.done.values() {
            self.add(
                &d.cluster, &d.stage, d.action, d.day_from, d.day_to, d.records,
            );
        }
        for (cluster, (kept, suspended)) in &other.stays {
            self.stay(cluster, false, *kept);
            self.stay(cluster, true, *suspended);
        }
    }

    /// Notes the damaged lines that were put aside, and what the check of short tokens has seen.
    pub(crate) fn put_aside(&mut self, damaged: u64, aside: Vec<Aside>, seen: Seen) {
        self.quarantined = damaged;
        self.aside = aside;
        self.collisions = seen.collisions;
        self.unchecked = seen.unchecked;
    }

    /// Counts records that went with their file.
    pub(crate) fn with_file(&mut self, plan: &Plan, path: &str) {
        for i in plan.items.iter().filter(|i| i.path == path) {
            self.add(
                &i.cluster, &i.stage, i.action, i.day_from, i.day_to, i.records,
            );
        }
    }

    fn add(
        &mut self,
        cluster: &str,
        stage: &str,
        action: Treatment,
        from: NaiveDate,
        to: NaiveDate,
        records: u64,
    ) {
        let key = format!("{cluster} {stage} {}", action.id());
        let done = self.done.entry(key).or_insert_with(|| Done {
            cluster: cluster.to_owned(),
            stage: stage.to_owned(),
            action,
            day_from: from,
            day_to: to,
            records: 0,
        });
        done.day_from = done.day_from.min(from);
        done.day_to = done.day_to.max(to);
        done.records += records;
    }

    /// Counts a record that stays.
    pub(crate) fn stays(&mut self, cluster: &str, suspended: bool) {
        self.stay(cluster, suspended, 1);
    }

    /// Counts records that stay.
    pub(crate) fn stay(&mut self, cluster: &str, suspended: bool, records: u64) {
        if records == 0 {
            return;
        }
        let by = match self.stays.get_mut(cluster) {
            Some(by) => by,
            None => self.stays.entry(cluster.to_owned()).or_default(),
        };
        if suspended {
            self.suspended += records;
            by.1 += records;
        } else {
            self.kept += records;
            by.0 += records;
        }
    }

    /// Records that are still in the file.
    pub(crate) fn left(&self) -> u64 {
        let changed = self
            .done
            .values()
            .filter(|d| !matches!(d.action, Treatment::Delete | Treatment::DeleteFile));
        self.kept + self.suspended + self.sums + changed.map(|d| d.records).sum::<u64>()
    }

    /// Whether exactly what the plan says about a file was done.
    pub(crate) fn agrees(&self, plan: &Plan, path: &str) -> bool {
        let mut planned: BTreeMap<String, u64> = BTreeMap::new();
        for i in plan.items.iter().filter(|i| i.path == path) {
            let key = format!("{} {} {}", i.cluster, i.stage, i.action.id());
            *planned.entry(key).or_default() += i.records;
        }
        let done = self.done.iter().map(|(k, d)| (k.clone(), d.records));
        planned == done.collect()
    }

    /// Adds the counts to the sums of a run.
    pub(crate) fn add_to(&self, totals: &mut RunTotals, clusters: &mut Vec<RunCluster>) {
        totals.kept += self.kept;
        totals.suspended += self.suspended;
        totals.quarantined += self.quarantined;
        for d in self.done.values() {
            totals.add(d.action, d.records);
            let c = cluster(clusters, &d.cluster);
            c.totals.add(d.action, d.records);
            c.day_from = Some(c.day_from.map_or(d.day_from, |f| f.min(d.day_from)));
            c.day_to = Some(c.day_to.map_or(d.day_to, |t| t.max(d.day_to)));
        }
        for (name, (kept, suspended)) in &self.stays {
            let c = cluster(clusters, name);
            c.totals.kept += kept;
            c.totals.suspended += suspended;
        }
    }
}

fn cluster<'c>(clusters: &'c mut Vec<RunCluster>, name: &str) -> &'c mut RunCluster {
    let at = clusters
        .iter()
        .position(|c| c.cluster == name)
        .unwrap_or_else(|| {
            clusters.push(RunCluster {
                cluster: name.to_owned(),
                ..RunCluster::default()
            });
            clusters.len() - 1
        });
    &mut clusters[at]
}

#[cfg(test)]
impl Counts {
    /// What was done and what stays, for comparison.
    pub(crate) fn shown(&self) -> String {
        format!(
            "{:#?} {:?} {} {}",
            self.done, self.stays, self.kept, self.suspended
        )
    }

    /// All records.
    pub(crate) fn records(&self) -> u64 {
        self.kept + self.suspended + self.done.values().map(|d| d.records).sum::<u64>()
    }
}
