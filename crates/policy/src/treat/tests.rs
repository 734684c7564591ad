//! Verdicts and decisions.

use super::*;
use crate::holds::{Asked, Holds, Subject};
use gdpr4k_model::Catalogue;
use gdpr4k_model::catalogue::Stage;
use gdpr4k_model::number::{NumberPlan, NumberPlans};
use gdpr4k_model::site::Override;
use proptest::prelude::*;
use std::sync::LazyLock;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

static POLICIES: LazyLock<Vec<Policy>> = LazyLock::new(|| {
    let catalogue = Catalogue::builtin();
    let packs = catalogue.packs().iter();
    packs
        .map(|p| Policy::resolve(&catalogue, &p.id, &[]).unwrap())
        .collect()
});

fn policy(pack: &str) -> &'static Policy {
    POLICIES.iter().find(|p| p.pack.id == pack).unwrap()
}

fn rules(pack: &str, as_of: &str, events: Events) -> Rules {
    Rules::compile(policy(pack), day(as_of), events)
}

fn cleared() -> Cleared {
    let subject = Subject {
        cluster: "trace",
        day: day("2026-01-01"),
        dated: true,
        held: &[],
    };
    match Holds::default().of_file("x").ask(&subject) {
        Asked::Free(cleared) => cleared,
        Asked::Held(_) => unreachable!(),
    }
}

/// `end` and the stages that are due, for example `open 0 2`.
fn said(v: Verdict) -> String {
    let bits = (0..16).filter(|n| v.due & (1 << n) != 0);
    let bits: Vec<String> = bits.map(|n| n.to_string()).collect();
    format!("{:?} {}", v.end, bits.join(" ")).to_lowercase()
}

#[test]
fn the_age_of_a_call_decides_which_stages_are_due() {
    let rules = rules("de-business-only", "2026-11-22", Events::default());
    let verdict = |cluster: &str, on: &str| {
        said(rules.verdict(cluster, day(on), true, day("2026-11-22"), ""))
    };
    let outgoing = "call-detail-outgoing";
    // stage 1 is the blanking of secrets: bit 0 stands for it; in due it is there with its number too
    assert_eq!(verdict(outgoing, "2026-11-22"), "open 0 1");
    assert_eq!(verdict(outgoing, "2026-11-16"), "open 0 1");
    assert_eq!(verdict(outgoing, "2026-11-15"), "open 0 1 2");
    assert_eq!(verdict(outgoing, "2026-08-24"), "open 0 1 2 3");
    assert_eq!(verdict(outgoing, "2026-05-23"), "open 0 1 2 3");
    assert_eq!(verdict(outgoing, "2026-05-22"), "delete 0 1 2 3");
    assert_eq!(verdict("call-detail-incoming", "2026-11-15"), "delete 0 1");
    assert_eq!(verdict("technical-data", "2001-01-01"), "open ");
}

#[test]
fn an_event_moves_the_end() {
    let mut events = Events::default();
    events.add(
        "statement-released",
        Scope::Month(2026, 7),
        day("2026-08-10"),
    );
    let rules = rules("de-business-only", "2026-11-22", events);
    let end = |on: &str| rules.end_day("call-detail-outgoing", day(on), true, day(on), "");
    assert_eq!(end("2026-07-31"), Some(day("2026-11-10")));
    assert_eq!(end("2026-08-01"), Some(day("2027-02-01")));
    let basis = |on: &str| {
        rules
            .verdict("call-detail-outgoing", day(on), true, day(on), "")
            .basis
    };
    assert_eq!(
        (basis("2026-07-31"), basis("2026-08-01")),
        (Basis::Start, Basis::Fallback)
    );
}

#[test]
fn a_rule_that_blocks_waits_and_then_deletes() {
    let rules = rules("es-employer", "2030-01-01", Events::default());
    let blocking = policy("es-employer");
    let rule = blocking
        .rules
        .iter()
        .find(|r| r.action == Action::Block)
        .unwrap();
    let verdict = |on: &str| rules.verdict(&rule.cluster, day(on), true, day(on), "").end;
    assert_eq!(verdict("2029-12-31"), End::Open);
    assert_eq!(verdict("2028-01-01"), End::Block);
    assert_eq!(verdict("2024-01-01"), End::Delete);
    let compiled = rules.cluster(&rule.cluster).unwrap();
    let blocked = rules.verdict(
        &rule.cluster,
        day("2028-01-01"),
        true,
        day("2028-01-01"),
        "",
    );
    let state = State::default();
    assert_eq!(
        decide(compiled, blocked, state, cleared()),
        Decision::Wait("G4K-823")
    );
    // what is due inside the record is done all the same
    let secret = State {
        pending: AT_ONCE,
        ..state
    };
    assert!(matches!(
        decide(compiled, blocked, secret, cleared()),
        Decision::Treat(_)
    ));
}

#[test]
fn the_furthest_treatment_names_the_order_and_all_that_is_due_goes_with_it() {
    let rules = rules("de-business-only", "2026-11-22", Events::default());
    let rule = rules.cluster("call-detail-outgoing").unwrap();
    let decided = |on: &str, pending: Stages, protected: bool, erase: bool| {
        let verdict = rules.verdict("call-detail-outgoing", day(on), true, day(on), "");
        let state = State {
            pending,
            protected,
            erase,
        };
        match decide(rule, verdict, state, cleared()) {
            Decision::Treat(o) => format!("{} {} {:b}", o.stage, o.action.id(), o.stages),
            other => format!("{other:?}"),
        }
    };
    let (young, older, old, gone) = ("2026-11-20", "2026-11-01", "2026-08-01", "2026-01-01");
    assert_eq!(decided(young, 0b1100, false, false), "Keep");
    assert_eq!(decided(young, 0b1101, false, false), "at-once blank 1");
    assert_eq!(decided(young, 0b1100, true, false), "at-once blank 0");
    assert_eq!(decided(older, 0b1101, false, false), "2 cut 101");
    assert_eq!(decided(old, 0b1101, false, false), "3 pseudonymise 1101");
    assert_eq!(decided(old, 0b0101, true, false), "2 cut 101");
    assert_eq!(decided(old, 0, false, false), "Keep");
    assert_eq!(decided(young, 0b1101, false, true), "erasure blank 1");
    assert_eq!(decided(gone, 0, true, true), "end delete 0");
}

#[test]
fn secrets_are_blanked_in_every_cluster_also_where_a_site_forgot_the_stage() {
    let change = Override {
        cluster: "login-log".to_owned(),
        stages: Some(vec![Stage {
            after: Period::of_days(7),
            fields: vec![Selector::Ip],
            action: Action::Generalise,
            digits: None,
            to: None,
        }]),
        ..Override::default()
    };
    let policy = Policy::resolve(&Catalogue::builtin(), "de-business-only", &[change]).unwrap();
    let rules = Rules::compile(&policy, day("2026-11-22"), Events::default());
    for rule in rules.iter() {
        assert_eq!(rule.masks()[0], (0, Mask::secrets()));
        let bits: Vec<u8> = rule.masks().iter().map(|m| m.0).collect();
        assert!(bits.is_sorted_by(|a, b| a < b), "{bits:?}");
        let verdict = rules.verdict(
            &rule.rule().cluster,
            day("2026-11-22"),
            true,
            day("2026-11-22"),
            "",
        );
        assert!(verdict.due & AT_ONCE != 0);
    }
    assert_eq!(rules.cluster("login-log").unwrap().masks().len(), 2);
}

#[test]
fn the_state_of_a_record_is_read_off_its_values() {
    let numbers = Numbers::new(NumberPlans::new([NumberPlan {
        country: "49".into(),
        area: "30".into(),
        main: "23125".into(),
        extension_length: 4,
        trunk_prefix: "0".into(),
    }]));
    let rules = rules("de-business-only", "2026-11-22", Events::default());
    let rule = rules.cluster("call-detail-outgoing").unwrap();
    let place = Place {
        access: gdpr4k_model::number::Access::Dialled,
        ..Place::default()
    };
    let read = |fields: &[(Sort, &str)], protected: bool| {
        let values = fields.iter().map(|(sort, field)| Value {
            sort: *sort,
            field: field.as_bytes(),
            place,
        });
        let state = state(rule, values, protected, false, &numbers);
        (state.pending, state.protected)
    };
    let (n, secret) = (Sort::Number, Sort::Secret);
    assert_eq!(
        read(
            &[(n, "4711"), (n, "0015550123456"), (secret, "1234")],
            false
        ),
        (0b1101, false)
    );
    assert_eq!(
        read(&[(n, "4711"), (n, "0015550123xxx")], false),
        (0b1000, false)
    );
    assert_eq!(
        read(&[(n, "z4k9"), (n, "0015550123xxx"), (secret, "")], false),
        (0, false)
    );
    // the parties of a protected call are blanked before anything else
    assert_eq!(
        read(&[(n, "4711"), (n, "0015550123456"), (secret, "1234")], true),
        (1, true)
    );
    assert_eq!(read(&[(n, ""), (n, "z4k9")], true), (0, false));
    assert_eq!(read(&[(n, "0112")], true), (0, true));
}

#[test]
fn a_rule_that_coarsens_times_says_so() {
    let federal = rules("de-federal-authority", "2026-11-22", Events::default());
    let coarse = |rules: &Rules| -> Vec<String> {
        let rules = rules.iter().filter(|r| r.time_grain().is_some());
        rules.map(|r| r.rule().cluster.clone()).collect()
    };
    assert_eq!(coarse(&federal), ["call-detail-outgoing"]);
    assert!(coarse(&rules("eu-base", "2026-11-22", Events::default())).is_empty());
    assert!(federal.iter().all(|r| !r.coarse_durations()));
}

fn any_cluster() -> impl Strategy<Value = (&'static str, String)> {
    let packs = ["de-business-only", "es-employer", "eu-base", "fr-employer"];
    let all: Vec<_> = packs
        .into_iter()
        .flat_map(|p| policy(p).rules.iter().map(move |r| (p, r.cluster.clone())))
        .collect();
    prop::sample::select(all)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_table_says_what_the_rule_says(which in any_cluster(), ages in prop::collection::vec(-2i64..4000, 1..20), file in 0i64..900) {
        let rules = rules(which.0, "2026-11-22", Events::default());
        let file_day = rules.as_of() - chrono::Duration::days(file);
        let mut table = rules.days(&which.1, file_day, "");
        for age in ages.iter().chain(&ages) {
            let day = rules.as_of() - chrono::Duration::days(*age);
            prop_assert_eq!(table.dated(day), rules.verdict(&which.1, day, true, file_day, ""));
        }
        let undated = rules.verdict(&which.1, file_day, false, file_day, "");
        prop_assert_eq!(table.undated(), undated);
        prop_assert_eq!(table.undated(), undated);
    }

    #[test]
    fn what_is_due_stays_due(which in any_cluster(), age in 0i64..4000, later in 0i64..800) {
        let policy = policy(which.0);
        let record = day("2026-11-22") - chrono::Duration::days(age);
        let on = |add: i64| {
            let as_of = day("2026-11-22") + chrono::Duration::days(add);
            Rules::compile(policy, as_of, Events::default()).verdict(&which.1, record, true, record, "")
        };
        let (now, then) = (on(0), on(later));
        prop_assert_eq!(now.due & then.due, now.due);
        prop_assert!(now.end <= then.end);
    }
}
