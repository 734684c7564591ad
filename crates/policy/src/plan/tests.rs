//! Plans: examples as snapshots, and the laws that every plan keeps.

use super::*;
use chrono::{Duration, NaiveDate};
use gdpr4k_model::period::Period;
use gdpr4k_model::retention::{Bucket, Suspension, Treatment};
use gdpr4k_model::site::Override;
use proptest::prelude::*;
use std::sync::LazyLock;

use crate::treat::{Events, Scope};

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::builtin);

static POLICY: LazyLock<Policy> =
    LazyLock::new(|| Policy::resolve(&CATALOGUE, "de-business-only", &[]).unwrap());

const OUTGOING: &str = "call-detail-outgoing";
const INCOMING: &str = "call-detail-incoming";

const LIMITS: Limits = Limits {
    max_share: 0.25,
    max_count: None,
};

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

fn census(path: &str, buckets: Vec<Bucket>) -> Census {
    Census {
        path: path.to_owned(),
        kind: "cdr".to_owned(),
        digest: format!("blake3:{path}"),
        day: buckets.first().map_or(day("2026-11-22"), |b| b.day),
        records: buckets.iter().map(|b| b.records).sum(),
        by_record: true,
        buckets,
        ..Census::default()
    }
}

fn made(censuses: &[Census], suspensions: &[Suspension], lang: Lang) -> Plan {
    let mut events = Events::default();
    events.add(
        "statement-released",
        Scope::Month(2026, 7),
        day("2026-08-10"),
    );
    let rules = Rules::compile(&POLICY, day("2026-11-22"), events);
    let holds = Holds::on(suspensions, rules.as_of()).unwrap();
    let head = Head {
        site: "Beispiel GmbH".to_owned(),
        lang,
        ..Head::default()
    };
    plan(&head, censuses, &rules, &holds, LIMITS, &CATALOGUE)
}

/// The plan as lines that a person can check.
fn told(plan: &Plan) -> String {
    let mut out = String::new();
    for f in &plan.files {
        out += &format!(
            "file {} {} quarantine {}\n",
            f.path, f.records, f.quarantine
        );
    }
    for i in &plan.items {
        out += &format!(
            "item {} {} {} {} {}..{} {}: {}\n",
            i.path,
            i.cluster,
            i.stage,
            i.action.id(),
            i.day_from,
            i.day_to,
            i.records,
            i.reason
        );
    }
    for s in &plan.suspended {
        out += &format!("held {} {} {} {}\n", s.path, s.cluster, s.hold, s.records);
    }
    for a in &plan.attention {
        out += &format!(
            "look {} {} {} {}: {}\n",
            a.code, a.path, a.cluster, a.records, a.message
        );
    }
    for c in &plan.clusters {
        out += &format!(
            "sum  {} {} = {} due + {} kept + {} held + {} waiting, oldest {}\n",
            c.cluster,
            c.records,
            c.due,
            c.kept,
            c.suspended,
            c.attention,
            c.oldest.unwrap()
        );
    }
    for o in &plan.over_limit {
        out += &format!(
            "over {} {}: {} of {}, allowed {}\n",
            o.cluster, o.limit, o.due, o.records, o.allowed
        );
    }
    out
}

fn example() -> Vec<Census> {
    let mut damaged = census("cdr/b.txt", vec![bucket(INCOMING, "2026-11-20", 0, 900)]);
    damaged.damaged = 3;
    damaged.day = day("2026-11-01");
    let mut growing = census("cdr/today.txt", vec![bucket(INCOMING, "2026-01-01", 0, 5)]);
    growing.left_alone = Some("G4K-801".to_owned());
    let mut trace = census(
        "trace/1.log",
        vec![
            bucket("trace", "2026-11-01", 1, 40),
            bucket("trace", "2026-11-20", 1, 2),
        ],
    );
    trace.by_record = false;
    let mut recording = census("rec/1.wav", vec![bucket("trace", "2026-11-01", 0, 1)]);
    recording.by_record = false;
    let mut undated = bucket(INCOMING, "2026-11-02", 0, 7);
    undated.dated = false;
    let mut protected = bucket(OUTGOING, "2026-11-21", 0b1001, 4);
    protected.protected = true;
    let mut erased = bucket(OUTGOING, "2026-11-21", 0b1100, 2);
    erased.erase = true;
    vec![
        trace,
        recording,
        growing,
        damaged,
        census(
            "cdr/a.txt",
            vec![
                bucket(OUTGOING, "2026-04-01", 0b1100, 10),
                bucket(OUTGOING, "2026-07-15", 0b1100, 20),
                bucket(OUTGOING, "2026-08-15", 0b1000, 30),
                bucket(OUTGOING, "2026-11-01", 0b1100, 40),
                bucket(OUTGOING, "2026-11-02", 0b1000, 50),
                bucket(OUTGOING, "2026-11-21", 0b1100, 500),
                protected,
                erased,
                undated,
            ],
        ),
        census(
            "cdr/old.txt",
            vec![
                bucket(INCOMING, "2026-10-01", 0, 11),
                bucket(OUTGOING, "2026-04-02", 0, 12),
            ],
        ),
    ]
}

#[test]
fn a_plan_says_what_is_due_and_why() {
    insta::assert_snapshot!(told(&made(&example(), &[], Lang::En)));
    insta::assert_snapshot!("german", told(&made(&example(), &[], Lang::De)));
}

#[test]
fn suspensions_hold_files_records_and_damaged_lines() {
    let hold = |id: &str| Suspension {
        id: id.to_owned(),
        ..Suspension::default()
    };
    let holds = [
        Suspension {
            cluster: Some(OUTGOING.to_owned()),
            to: Some(day("2026-10-31")),
            ..hold("H1")
        },
        Suspension {
            path: Some("rec/**".to_owned()),
            ..hold("H2")
        },
        Suspension {
            path: Some("cdr/b.txt".to_owned()),
            from: Some(day("2026-10-01")),
            to: Some(day("2026-11-10")),
            ..hold("H3")
        },
        Suspension {
            by_number: true,
            ..hold("H4")
        },
    ];
    let mut censuses = example();
    censuses[3]
        .buckets
        .push(bucket(INCOMING, "2026-11-11", 0, 8));
    censuses[4].buckets[3].held = vec!["H4".to_owned()];
    insta::assert_snapshot!(told(&made(&censuses, &holds, Lang::En)));
}

#[test]
fn a_plan_has_one_id_for_one_content_whatever_the_order_of_the_files() {
    let mut censuses = example();
    let first = made(&censuses, &[], Lang::En);
    assert_eq!(first.plan.len(), 16);
    assert_eq!(first.plan, plan_id(&first));
    censuses.reverse();
    assert_eq!(made(&censuses, &[], Lang::En), first);
    let read: Plan = serde_json::from_str(&serde_json::to_string(&first).unwrap()).unwrap();
    assert_eq!(plan_id(&read), first.plan);
    let mut altered = first.clone();
    altered.items[0].records += 1;
    assert_ne!(plan_id(&altered), first.plan);
}

#[test]
fn limits_count_all_that_is_touched() {
    let censuses = [census(
        "a",
        vec![
            bucket(INCOMING, "2026-11-01", 0, 250),
            bucket(INCOMING, "2026-11-20", 0, 750),
        ],
    )];
    assert!(made(&censuses, &[], Lang::En).over_limit.is_empty());
    let rules = Rules::compile(&POLICY, day("2026-11-22"), Events::default());
    let with = |max_share: f64, max_count: Option<u64>| {
        let limits = Limits {
            max_share,
            max_count,
        };
        let plan = plan(
            &Head::default(),
            &censuses,
            &rules,
            &Holds::default(),
            limits,
            &CATALOGUE,
        );
        let over = plan
            .over_limit
            .iter()
            .map(|o| format!("{} {}", o.limit, o.allowed));
        over.collect::<Vec<_>>().join(", ")
    };
    assert_eq!(with(0.249, None), "max_share 249");
    assert_eq!(with(1.0, Some(250)), "");
    assert_eq!(with(0.0, Some(9)), "max_share 0, max_count 9");
}

#[test]
fn the_digest_of_the_policy_changes_with_every_rule() {
    let digest = policy_digest(&POLICY);
    assert!(digest.starts_with("sha256:") && digest.len() == 71);
    let mut other = POLICY.clone();
    other.rules[3].delete_after = Period::of_days(6);
    assert_ne!(policy_digest(&other), digest);
    assert_eq!(policy_digest(&POLICY), digest);
}

fn any_bucket() -> impl Strategy<Value = Bucket> {
    let clusters = POLICY.rules.iter().map(|r| r.cluster.clone());
    let clusters: Vec<String> = clusters.chain(["technical-data".to_owned()]).collect();
    let held = prop::collection::vec(prop::sample::select(vec!["H1", "H2", "H9"]), 0..2);
    (
        prop::sample::select(clusters),
        (-2i64..1500, any::<bool>()),
        0u16..16,
        (prop::bool::weighted(0.1), prop::bool::weighted(0.1)),
        held,
        1u64..1000,
    )
        .prop_map(
            |(cluster, (age, dated), pending, (protected, erase), held, records)| Bucket {
                cluster,
                day: day("2026-11-22") - Duration::days(age),
                dated,
                pending,
                protected,
                held: held.into_iter().map(str::to_owned).collect(),
                erase,
                records,
            },
        )
}

fn any_census() -> impl Strategy<Value = Census> {
    let buckets = prop::collection::vec(any_bucket(), 0..8);
    (
        buckets,
        0i64..900,
        prop_oneof![3 => Just(0u64), 1 => 1u64..9],
        any::<bool>(),
        prop::bool::weighted(0.1),
    )
        .prop_map(|(buckets, age, damaged, by_record, left)| Census {
            day: day("2026-11-22") - Duration::days(age),
            damaged,
            by_record,
            left_alone: left.then(|| "G4K-801".to_owned()),
            ..census("", buckets)
        })
}

fn any_site() -> impl Strategy<Value = Vec<Census>> {
    prop::collection::vec(any_census(), 0..5).prop_map(|all| {
        all.into_iter()
            .zip(0..)
            .map(|(c, i)| Census {
                path: format!("cdr/{i}.txt"),
                ..c
            })
            .collect()
    })
}

fn any_hold() -> impl Strategy<Value = Suspension> {
    (
        prop::option::of(prop::sample::select(vec![OUTGOING, INCOMING, "trace"])),
        prop::option::of(prop::sample::select(vec!["cdr/0.txt", "cdr/*.txt", "x/**"])),
        prop::option::of(0i64..1500),
        any::<bool>(),
    )
        .prop_map(|(cluster, path, from, by_number)| Suspension {
            cluster: cluster.map(str::to_owned),
            path: path.map(str::to_owned),
            from: from.map(|age| day("2026-11-22") - Duration::days(age)),
            by_number,
            ..Suspension::default()
        })
}

fn with_rules(
    censuses: &[Census],
    holds: &[Suspension],
    policy: &Policy,
    as_of: NaiveDate,
) -> Plan {
    let rules = Rules::compile(policy, as_of, Events::default());
    let holds = Holds::on(holds, as_of).unwrap();
    plan(
        &Head::default(),
        censuses,
        &rules,
        &holds,
        LIMITS,
        &CATALOGUE,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_record_is_due_kept_suspended_or_waiting(site in any_site(), mut holds in prop::collection::vec(any_hold(), 0..3)) {
        for (hold, i) in holds.iter_mut().zip(1..) {
            hold.id = format!("H{i}");
        }
        let plan = with_rules(&site, &holds, &POLICY, day("2026-11-22"));
        let counted = site.iter().filter(|c| c.left_alone.is_none());
        let records: u64 = counted.flat_map(|c| &c.buckets).map(|b| b.records).sum();
        let t = plan.totals;
        prop_assert_eq!(t.records, records);
        prop_assert_eq!(t.records, t.due + t.kept + t.suspended + t.attention);
        prop_assert_eq!(t.due, plan.items.iter().map(|i| i.records).sum::<u64>());
        prop_assert_eq!(t.suspended, plan.suspended.iter().map(|s| s.records).sum::<u64>());
        prop_assert_eq!(t.attention, plan.attention.iter().map(|a| a.records).sum::<u64>());
        prop_assert_eq!(t.kept, plan.kept.records);
        for c in &plan.clusters {
            prop_assert_eq!(c.records, c.due + c.kept + c.suspended + c.attention);
            let items = plan.items.iter().filter(|i| i.cluster == c.cluster);
            prop_assert_eq!(c.due, items.map(|i| i.records).sum::<u64>());
        }
        for item in &plan.items {
            prop_assert!(plan.files.iter().any(|f| f.path == item.path));
            prop_assert!(!item.reason.is_empty());
        }
        // a file that goes as a whole has nothing else in the plan
        for gone in plan.items.iter().filter(|i| i.action == Treatment::DeleteFile) {
            let others = plan.items.iter().filter(|i| i.path == gone.path);
            prop_assert!(others.into_iter().all(|i| i.action == Treatment::DeleteFile));
            prop_assert!(plan.suspended.iter().all(|s| s.path != gone.path));
        }
    }

    #[test]
    fn a_suspension_wins_over_everything(site in any_site(), cluster in prop::sample::select(vec![OUTGOING, INCOMING])) {
        let everything = Suspension { id: "H1".to_owned(), ..Suspension::default() };
        let held = with_rules(&site, std::slice::from_ref(&everything), &POLICY, day("2026-11-22"));
        prop_assert_eq!((held.totals.due, held.items.len(), held.files.len()), (0, 0, 0));
        let free = with_rules(&site, &[], &POLICY, day("2026-11-22"));
        prop_assert_eq!(held.totals.suspended, free.totals.due + free.totals.attention);
        prop_assert_eq!(held.totals.kept, free.totals.kept);
        // one of a cluster never makes more due anywhere, and nothing in that cluster
        let one = Suspension { cluster: Some(cluster.to_owned()), ..everything };
        let held = with_rules(&site, &[one], &POLICY, day("2026-11-22"));
        prop_assert!(held.items.iter().all(|i| i.cluster != cluster));
        prop_assert!(held.totals.due <= free.totals.due);
    }

    #[test]
    fn what_is_due_stays_due_on_later_days(site in any_site(), later in 0i64..500) {
        // of files that are treated record by record; others go when their last record is due
        let site: Vec<Census> = site.into_iter().map(|c| Census { by_record: true, ..c }).collect();
        let (now, then) = (day("2026-11-22"), day("2026-11-22") + Duration::days(later));
        let (first, second) = (with_rules(&site, &[], &POLICY, now), with_rules(&site, &[], &POLICY, then));
        prop_assert!(first.totals.due <= second.totals.due);
        prop_assert!(first.totals.kept >= second.totals.kept);
    }

    #[test]
    fn shortening_a_period_never_makes_less_due(site in any_site(), days in 0u32..90, cluster in prop::sample::select(vec![OUTGOING, INCOMING, "login-log"])) {
        let site: Vec<Census> = site.into_iter().map(|c| Census { by_record: true, ..c }).collect();
        let change = Override {
            cluster: cluster.to_owned(),
            delete_after: Some(Period::of_days(days)),
            ..Override::default()
        };
        let Ok(shorter) = Policy::resolve(&CATALOGUE, "de-business-only", &[change]) else {
            return Ok(());
        };
        let deleted = |p: &Plan| -> u64 {
            let gone = |a: Treatment| matches!(a, Treatment::Delete | Treatment::DeleteFile);
            p.items.iter().filter(|i| gone(i.action)).map(|i| i.records).sum()
        };
        let long = with_rules(&site, &[], &POLICY, day("2026-11-22"));
        let short = with_rules(&site, &[], &shorter, day("2026-11-22"));
        prop_assert!(deleted(&long) <= deleted(&short));
        prop_assert!(long.totals.due <= short.totals.due);
    }
}
