//! What the rules leave on future days, and what another policy would change.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use gdpr4k_model::retention::{Bucket, Census};
use serde::Serialize;

use crate::holds::{HeldUntil, Holds, Subject};
use crate::treat::{AT_ONCE, Rules};

/// Future days to look at.
#[derive(Clone, Copy, Debug)]
pub struct Horizon {
    /// The last day.
    pub until: NaiveDate,
    /// Days from one look to the next, at least 1.
    pub step: u64,
    /// Whether new records come in as they did lately.
    pub inflow: bool,
}

/// Records that are left on each day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Simulation {
    /// The days looked at; the first one is today, with what is due done.
    pub days: Vec<NaiveDate>,
    /// One entry per cluster, in the order of their names.
    pub clusters: Vec<Course>,
    /// Whether records that are still to come are counted, by the mean of the last 28 days.
    pub inflow: bool,
}

/// The course of one cluster; every list has one entry for each day.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize)]
pub struct Course {
    /// The cluster.
    pub cluster: String,
    /// Records today, before anything is done.
    pub records: u64,
    /// Records in which no stage has changed a value yet.
    pub whole: Vec<u64>,
    /// Records in which values were cut, pseudonymised, coarsened or blanked.
    pub reduced: Vec<u64>,
    /// How many of both only a suspension keeps.
    pub suspended: Vec<u64>,
}

/// How many records another policy keeps more or less on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The cluster.
    pub cluster: String,
    /// The day.
    pub day: NaiveDate,
    /// Records that the one keeps.
    pub before: u64,
    /// Records that the other keeps.
    pub after: u64,
}

/// Days whose mean stands for the records to come.
const LATELY: u64 = 28;

/// What is left on each day if every run is carried out on its day.
///
/// Records are those of the censuses, files that are left alone included. Suspensions
/// hold as long as is known today; start events that are not known are not guessed,
/// the fallback counts.
pub fn simulate(censuses: &[Census], rules: &Rules, holds: &Holds, horizon: Horizon) -> Simulation {
    let today = rules.as_of();
    let step = usize::try_from(horizon.step.max(1)).unwrap_or(1);
    let days = today.iter_days().take_while(|d| *d <= horizon.until);
    let days: Vec<NaiveDate> = days.step_by(step).collect();
    let mut courses: BTreeMap<String, Course> = BTreeMap::new();
    for census in censuses {
        let lives = lives(census, rules, holds);
        for (bucket, life) in census.buckets.iter().zip(&lives) {
            let course = course(&mut courses, &bucket.cluster, days.len());
            course.records += bucket.records;
            course.add(&days, life, bucket.records);
        }
    }
    if horizon.inflow {
        for (cluster, (pending, perday)) in inflow(censuses, today) {
            let course = course(&mut courses, &cluster, days.len());
            for day in today
                .iter_days()
                .skip(1)
                .take_while(|d| *d <= horizon.until)
            {
                let life = Life {
                    from: day,
                    reduced: reduced_from(rules, &cluster, day, pending),
                    due: rules.gone_day(&cluster, day, true, day, ""),
                    held: HeldUntil::Free,
                };
                course.add(&days, &life, perday);
            }
        }
    }
    Simulation {
        days,
        clusters: courses.into_values().collect(),
        inflow: horizon.inflow,
    }
}

/// Where two simulations of the same days differ.
pub fn differences(before: &Simulation, after: &Simulation) -> Vec<Difference> {
    let mut found = Vec::new();
    let kept = |s: &Simulation, cluster: &str, i: usize| {
        let course = s.clusters.iter().find(|c| c.cluster == cluster);
        course.map_or(0, |c| c.kept(i))
    };
    for course in &before.clusters {
        for (i, day) in before.days.iter().enumerate() {
            let Some(at) = after.days.iter().position(|d| d == day) else {
                continue;
            };
            let (old, new) = (course.kept(i), kept(after, &course.cluster, at));
            if old != new {
                found.push(Difference {
                    cluster: course.cluster.clone(),
                    day: *day,
                    before: old,
                    after: new,
                });
            }
        }
    }
    found
}

impl Course {
    /// Records that are left on the day with this index.
    pub fn kept(&self, day: usize) -> u64 {
        self.whole.get(day).unwrap_or(&0) + self.reduced.get(day).unwrap_or(&0)
    }

    fn add(&mut self, days: &[NaiveDate], life: &Life, records: u64) {
        for (i, day) in days.iter().enumerate() {
            let due = life.due.is_some_and(|due| due <= *day);
            let held = match life.held {
                HeldUntil::Free => false,
                HeldUntil::Day(last) => *day <= last,
                HeldUntil::Released => true,
            };
            if *day < life.from || due && !held {
                continue;
            }
            // what is held stays whole; what is not is reduced on its day
            let reduced = life.reduced.is_some_and(|from| from <= *day);
            if reduced && !(held && life.reduced > Some(NaiveDate::MIN)) {
                self.reduced[i] += records;
            } else {
                self.whole[i] += records;
            }
            if due {
                self.suspended[i] += records;
            }
        }
    }
}

/// What happens to the records of a bucket, and when.
struct Life {
    from: NaiveDate,
    /// When a stage changes them first; the first of all days where it has happened.
    reduced: Option<NaiveDate>,
    due: Option<NaiveDate>,
    held: HeldUntil,
}

fn lives(census: &Census, rules: &Rules, holds: &Holds) -> Vec<Life> {
    let within = holds.of_file(&census.path);
    let life = |bucket: &Bucket| {
        let Bucket {
            cluster,
            day,
            dated,
            ..
        } = bucket;
        let subject = Subject {
            cluster,
            day: *day,
            dated: *dated,
            held: &bucket.held,
        };
        Life {
            from: NaiveDate::MIN,
            reduced: if census.by_record {
                reduced_from(rules, cluster, *day, bucket.pending)
            } else {
                None
            },
            due: rules.gone_day(cluster, *day, *dated, census.day, &census.node),
            held: within.until(&subject),
        }
    };
    let mut lives: Vec<Life> = census.buckets.iter().map(life).collect();
    if !census.by_record {
        // the file goes as a whole, with the last of its records
        let due = lives.iter().map(|l| l.due).collect::<Option<Vec<_>>>();
        let due = due.and_then(|days| days.into_iter().max());
        let held = lives
            .iter()
            .map(|l| l.held)
            .max()
            .unwrap_or(HeldUntil::Free);
        for life in &mut lives {
            (life.due, life.held) = (due, held);
        }
    }
    lives
}

/// When the first stage changes a record: its first day if all have, never if none is to come or has.
fn reduced_from(rules: &Rules, cluster: &str, day: NaiveDate, pending: u16) -> Option<NaiveDate> {
    let rule = rules.cluster(cluster)?;
    let all = rule.masks().iter().fold(0, |bits, (n, _)| bits | 1 << n) & !AT_ONCE;
    if all != 0 && pending & all == 0 {
        return Some(NaiveDate::MIN);
    }
    rules.stage_day(cluster, day, pending & all)
}

/// Mean of the last days by cluster, and what is pending in the youngest records.
fn inflow(censuses: &[Census], today: NaiveDate) -> BTreeMap<String, (u16, u64)> {
    let mut sums: BTreeMap<String, (NaiveDate, u16, u64)> = BTreeMap::new();
    let first = today - Days::new(LATELY);
    let buckets = censuses.iter().flat_map(|c| &c.buckets);
    for bucket in buckets.filter(|b| b.dated && b.day > first && b.day <= today) {
        let (youngest, pending, records) = sums.entry(bucket.cluster.clone()).or_default();
        if bucket.day >= *youngest {
            (*youngest, *pending) = (bucket.day, bucket.pending);
        }
        *records += bucket.records;
    }
    sums.into_iter()
        .map(|(cluster, (_, pending, records))| {
            (cluster, (pending, (records + LATELY / 2) / LATELY))
        })
        .collect()
}

fn course<'a>(all: &'a mut BTreeMap<String, Course>, cluster: &str, days: usize) -> &'a mut Course {
    all.entry(cluster.to_owned()).or_insert_with(|| Course {
        cluster: cluster.to_owned(),
        whole: vec![0; days],
        reduced: vec![0; days],
        suspended: vec![0; days],
        ..Course::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Head, Limits, plan};
    use crate::resolve::Policy;
    use crate::treat::Events;
    use gdpr4k_model::Catalogue;
    use gdpr4k_model::period::Period;
    use gdpr4k_model::retention::{Suspension, Treatment};
    use gdpr4k_model::site::Override;
    use proptest::prelude::*;
    use std::sync::LazyLock;

    const OUTGOING: &str = "call-detail-outgoing";
    const INCOMING: &str = "call-detail-incoming";

    static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::builtin);

    static POLICIES: LazyLock<[Policy; 2]> = LazyLock::new(|| {
        let shorter = Override {
            cluster: OUTGOING.to_owned(),
            delete_after: Some(Period::of_days(30)),
            starts_with: Some("call-end".to_owned()),
            ..Override::default()
        };
        [&[][..], std::slice::from_ref(&shorter)]
            .map(|o| Policy::resolve(&CATALOGUE, "de-business-only", o).unwrap())
    });

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn bucket(cluster: &str, on: NaiveDate, pending: u16, records: u64) -> Bucket {
        Bucket {
            cluster: cluster.to_owned(),
            day: on,
            dated: true,
            pending,
            protected: false,
            held: Vec::new(),
            erase: false,
            records,
        }
    }

    fn census(buckets: Vec<Bucket>) -> Census {
        Census {
            path: "a".to_owned(),
            day: day("2026-11-22"),
            by_record: true,
            buckets,
            ..Census::default()
        }
    }

    fn run(policy: usize, censuses: &[Census], holds: &[Suspension], inflow: bool) -> Simulation {
        let rules = Rules::compile(&POLICIES[policy], day("2026-11-22"), Events::default());
        let holds = Holds::on(holds, rules.as_of()).unwrap();
        let horizon = Horizon {
            until: day("2027-05-31"),
            step: 30,
            inflow,
        };
        simulate(censuses, &rules, &holds, horizon)
    }

    /// One line for each cluster: whole+reduced on every day.
    fn told(simulation: &Simulation) -> String {
        let course = |c: &Course| {
            let days = 0..simulation.days.len();
            let days = days.map(|i| format!("{}+{}/{}", c.whole[i], c.reduced[i], c.suspended[i]));
            format!("{}: {}\n", c.cluster, days.collect::<Vec<_>>().join(" "))
        };
        simulation.clusters.iter().map(course).collect()
    }

    #[test]
    fn records_are_reduced_and_go_on_their_day() {
        let mut held = bucket(OUTGOING, day("2026-11-20"), 0b1100, 3);
        held.held = vec!["H1".to_owned()];
        let files = [census(vec![
            bucket(OUTGOING, day("2026-11-20"), 0b1100, 100),
            bucket(OUTGOING, day("2026-09-01"), 0b1000, 20),
            bucket(OUTGOING, day("2026-06-01"), 0, 7),
            held,
            bucket(INCOMING, day("2026-11-20"), 0, 50),
        ])];
        let hold = Suspension {
            id: "H1".to_owned(),
            by_number: true,
            until: Some(day("2027-05-30")),
            ..Suspension::default()
        };
        let simulation = run(0, &files, &[hold], false);
        insta::assert_snapshot!(told(&simulation), @"
        call-detail-incoming: 50+0/0 0+0/0 0+0/0 0+0/0 0+0/0 0+0/0 0+0/0
        call-detail-outgoing: 123+7/0 3+120/0 3+120/0 3+120/0 3+100/0 3+100/0 3+0/3
        ");
        let shorter = run(1, &files, &[], false);
        let found: Vec<String> = differences(&simulation, &shorter)
            .iter()
            .map(|d| format!("{} {} {} -> {}", d.cluster, d.day, d.before, d.after))
            .collect();
        insta::assert_snapshot!(found.join("\n"));
        assert!(differences(&shorter, &shorter).is_empty());
    }

    #[test]
    fn a_file_that_goes_as_a_whole_goes_with_its_last_record() {
        let mut file = census(vec![
            bucket(INCOMING, day("2026-11-20"), 0, 5),
            bucket(INCOMING, day("2026-12-20"), 0, 6),
        ]);
        file.by_record = false;
        insta::assert_snapshot!(told(&run(0, &[file], &[], false)), @"call-detail-incoming: 11+0/0 11+0/0 0+0/0 0+0/0 0+0/0 0+0/0 0+0/0");
    }

    #[test]
    fn records_to_come_are_the_mean_of_the_last_four_weeks() {
        let start = day("2026-10-26");
        let buckets = start
            .iter_days()
            .take(28)
            .map(|d| bucket(INCOMING, d, 0, 10));
        insta::assert_snapshot!(told(&run(0, &[census(buckets.collect())], &[], true)), @"call-detail-incoming: 70+0/0 70+0/0 70+0/0 70+0/0 70+0/0 70+0/0 70+0/0");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn what_is_kept_never_grows_and_agrees_with_the_plan(
            ages in prop::collection::vec((0u64..400, 0u16..16, 1u64..50, any::<bool>()), 1..8), later in 0usize..190
        ) {
            let today = day("2026-11-22");
            let buckets = ages.into_iter().map(|(age, pending, records, incoming)| {
                bucket(if incoming { INCOMING } else { OUTGOING }, today - Days::new(age), pending, records)
            });
            let files = [census(buckets.collect())];
            let rules = Rules::compile(&POLICIES[0], today, Events::default());
            let horizon = Horizon { until: day("2027-05-31"), step: 1, inflow: false };
            let simulation = simulate(&files, &rules, &Holds::default(), horizon);
            for course in &simulation.clusters {
                for i in 1..simulation.days.len() {
                    prop_assert!(course.kept(i) <= course.kept(i - 1));
                    prop_assert!(course.whole[i] <= course.whole[i - 1]);
                }
            }
            let as_of = simulation.days[later];
            let rules = Rules::compile(&POLICIES[0], as_of, Events::default());
            let limits = Limits { max_share: 1.0, max_count: None };
            let plan = plan(&Head::default(), &files, &rules, &Holds::default(), limits, &CATALOGUE);
            let gone = |a: Treatment| matches!(a, Treatment::Delete | Treatment::DeleteFile);
            let deleted: u64 = plan.items.iter().filter(|i| gone(i.action)).map(|i| i.records).sum();
            let kept: u64 = simulation.clusters.iter().map(|c| c.kept(later)).sum();
            prop_assert_eq!(plan.totals.records - deleted, kept);
        }
    }
}
