//! What becomes of one file: its records, its damaged lines, the file itself.

use std::collections::BTreeMap;

use gdpr4k_model::Finding;
use gdpr4k_model::finding::Arg;
use gdpr4k_model::retention::{Bucket, Census, Treatment};

use crate::due::Basis;
use crate::holds::{Asked, Cleared, FileHolds, Holds, Subject};
use crate::treat::{Decision, End, Forecast, Rules, StageName, State, decide, forecast};

use super::build::Builder;

/// What decides about a bucket.
pub(super) struct Judged<'a> {
    pub(super) bucket: &'a Bucket,
    pub(super) basis: Basis,
    /// What would be done; `None` for a cluster without a rule.
    pub(super) forecast: Forecast,
    /// What is done, or the suspensions that hold.
    pub(super) outcome: Result<Decision, String>,
}

impl Judged<'_> {
    fn deletes(&self) -> bool {
        self.forecast == Forecast::Treat(StageName::End, Treatment::Delete)
    }
}

/// One file with the judgement of all its buckets.
pub(super) struct File<'a> {
    census: &'a Census,
    judged: Vec<Judged<'a>>,
    damaged: Damaged,
}

/// What becomes of the damaged lines of a file.
enum Damaged {
    None,
    /// They stay as long as nothing else is due in the file.
    Stay,
    /// They are due by the day of the file.
    Due(Cleared),
    /// These suspensions hold them.
    Held(String),
}

impl<'a> File<'a> {
    pub(super) fn new(census: &'a Census, rules: &Rules, holds: &Holds) -> Self {
        let holds = holds.of_file(&census.path);
        let judged = census
            .buckets
            .iter()
            .map(|b| judge(census, b, rules, &holds));
        Self {
            census,
            judged: judged.collect(),
            damaged: damaged(census, rules, &holds),
        }
    }

    pub(super) fn add_to(self, builder: &mut Builder<'_>) {
        for judged in &self.judged {
            builder.count(judged.bucket);
        }
        if self.census.by_record {
            self.records(builder);
        } else {
            self.whole_file(builder);
        }
    }

    /// A file that is rewritten record by record.
    fn records(self, builder: &mut Builder<'_>) {
        let census = self.census;
        let due = |j: &&Judged<'_>| matches!(j.outcome, Ok(Decision::Treat(_)));
        let touched = self.judged.iter().any(|j| due(&j));
        if let (true, Damaged::Held(ids)) = (touched, &self.damaged) {
            let records = self
                .judged
                .iter()
                .filter(due)
                .map(|j| j.bucket.records)
                .sum();
            for judged in &self.judged {
                match &judged.outcome {
                    Ok(Decision::Treat(_)) => builder.suspend(census, judged.bucket, ids),
                    _ => builder.add(census, judged, false),
                }
            }
            let finding = Finding::new("G4K-829")
                .with("records", Arg::Count(records))
                .with("damaged", census.damaged)
                .with("hold", Arg::declared(ids));
            builder.note(finding.path(&census.path));
            return;
        }
        let gone = !self.judged.is_empty()
            && !census.sums
            && self.judged.iter().all(|j| due(&j) && j.deletes())
            && matches!(self.damaged, Damaged::None | Damaged::Due(_));
        for judged in &self.judged {
            builder.add(census, judged, gone);
        }
        let alone = matches!(self.damaged, Damaged::Due(_)) && !gone;
        if touched || alone {
            builder.touch(census, if gone { 0 } else { census.damaged });
        }
    }

    /// A file that stays or goes as a whole.
    fn whole_file(self, builder: &mut Builder<'_>) {
        let census = self.census;
        let all_due = !self.judged.is_empty() && self.judged.iter().all(Judged::deletes);
        let mut held: Vec<String> = self
            .judged
            .iter()
            .filter_map(|j| j.outcome.as_ref().err())
            .flat_map(|ids| ids.split(", ").map(str::to_owned))
            .collect();
        held.sort();
        held.dedup();
        for judged in &self.judged {
            match judged.forecast {
                // what one suspension holds, it holds with the whole file
                Forecast::Treat(..) if all_due && !held.is_empty() => {
                    builder.suspend(census, judged.bucket, &held.join(", "));
                }
                Forecast::Treat(..) if !all_due && judged.outcome.is_ok() => {
                    builder.wait("G4K-824", census, judged.bucket);
                }
                _ => builder.add(census, judged, true),
            }
        }
        if all_due && held.is_empty() {
            builder.touch(census, 0);
        }
    }
}

fn judge<'a>(
    census: &Census,
    bucket: &'a Bucket,
    rules: &Rules,
    holds: &FileHolds<'_>,
) -> Judged<'a> {
    let cluster = &bucket.cluster;
    let Some(rule) = rules.cluster(cluster) else {
        return Judged {
            bucket,
            basis: Basis::Open,
            forecast: Forecast::Keep,
            outcome: Ok(Decision::Keep),
        };
    };
    let verdict = rules.verdict(cluster, bucket.day, bucket.dated, census.day, &census.node);
    let state = State {
        pending: bucket.pending,
        protected: bucket.protected,
        erase: bucket.erase,
    };
    let subject = Subject {
        cluster,
        day: bucket.day,
        dated: bucket.dated,
        held: &bucket.held,
    };
    Judged {
        bucket,
        basis: verdict.basis,
        forecast: forecast(rule, verdict, state),
        outcome: match holds.ask(&subject) {
            Asked::Held(ids) => Err(ids.join(", ")),
            Asked::Free(cleared) => Ok(decide(rule, verdict, state, cleared)),
        },
    }
}

/// Damaged lines are due by the day of the file and the rule of most of its records.
fn damaged(census: &Census, rules: &Rules, holds: &FileHolds<'_>) -> Damaged {
    if census.damaged == 0 {
        return Damaged::None;
    }
    let cluster = main_cluster(census);
    let subject = Subject {
        cluster: &cluster,
        day: census.day,
        dated: true,
        held: &[],
    };
    match holds.ask(&subject) {
        Asked::Held(ids) => Damaged::Held(ids.join(", ")),
        Asked::Free(cleared) => {
            let verdict = rules.verdict(&cluster, census.day, false, census.day, &census.node);
            if verdict.end == End::Delete {
                Damaged::Due(cleared)
            } else {
                Damaged::Stay
            }
        }
    }
}

/// The cluster with most records of a file; of equal ones the first by name.
pub fn main_cluster(census: &Census) -> String {
    let mut records: BTreeMap<&str, u64> = BTreeMap::new();
    for bucket in &census.buckets {
        *records.entry(&bucket.cluster).or_default() += bucket.records;
    }
    let most = records.into_iter().rev().max_by_key(|(_, n)| *n);
    most.map_or("call-detail-outgoing", |(cluster, _)| cluster)
        .to_owned()
}
