//! When a record is due: one addition from its start, in days of the site's time zone.

use chrono::{Datelike, NaiveDate};
use gdpr4k_model::catalogue::{Stage, StartingPoint};
use gdpr4k_model::period::Period;
use serde::Serialize;

use crate::resolve::EffectiveRule;

/// What is known about a record. All days are days of the site's time zone.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The day of the record itself: end of the call, entry, measurement. None where the stamp is missing or implausible.
    pub record_day: Option<NaiveDate>,
    /// The day of the file: date in its name, else of its last change.
    pub file_day: NaiveDate,
    /// Days on which the start event of the rule happened and may concern the record, in any order.
    pub events: &'a [NaiveDate],
    /// Whether it is known that the relationship or case still lasts.
    pub open: bool,
}

/// The day from which a record is due, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DueDay {
    /// Due when as-of is this day or later; none while the relationship lasts.
    pub day: Option<NaiveDate>,
    /// What it was counted from.
    pub basis: Basis,
}

/// What a due day was counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// The start event.
    Start,
    /// The fallback, because the start is not known.
    Fallback,
    /// The ceiling, which comes before the end of the period.
    Ceiling,
    /// Nothing: the relationship or case still lasts.
    Open,
}

/// The day from which a record is due (cli.md 4 "Due"): pure, one addition.
///
/// Of the events of a process the first one on or after the record counts (the
/// statement that covers a call comes after it), of a relationship the last one.
/// An unknown start falls back, so that nothing is kept for ever. `at_latest` caps
/// every outcome. The due day never comes before the start that it is counted from.
pub fn due(rule: &EffectiveRule, facts: &Facts<'_>) -> DueDay {
    let base = facts.record_day.unwrap_or(facts.file_day);
    let start = match (rule.starts_with.id.as_str(), rule.starts_with.in_record) {
        ("file-day", _) => Some(facts.file_day),
        (_, true) => facts.record_day,
        (_, false) if rule.starts_with.starting_point == StartingPoint::EndOfRelationship => {
            facts.events.iter().max().copied().filter(|_| !facts.open)
        }
        (_, false) => facts.events.iter().filter(|e| **e >= base).min().copied(),
    };
    let from = if rule.fallback_start.id == "file-day" {
        facts.file_day
    } else {
        base
    };
    let fallback = end(
        rule.fallback.delete_after,
        rule.fallback.from_year_end,
        from,
    );
    let (day, basis) = match start.map(|s| end(rule.delete_after, rule.from_year_end, s)) {
        Some(day) if rule.fallback.at_latest && fallback < day => (Some(fallback), Basis::Ceiling),
        Some(day) => (Some(day), Basis::Start),
        None if facts.open && !rule.fallback.at_latest => (None, Basis::Open),
        None => (Some(fallback), Basis::Fallback),
    };
    DueDay { day, basis }
}

/// The day from which a stage is due: counted from the day of the record, else of the file.
pub fn stage_day(stage: &Stage, facts: &Facts<'_>) -> NaiveDate {
    stage
        .after
        .after(facts.record_day.unwrap_or(facts.file_day))
}

/// A start day that can be believed: from 1980 on and at most two days in the future (cli.md 4 "Due").
pub fn plausible(day: NaiveDate, as_of: NaiveDate) -> bool {
    day.year() >= 1980 && (day - as_of).num_days() <= 2
}

/// How far the oldest record of a cluster is past its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Overdue {
    /// Days since the due day, at least 1.
    pub days: i64,
    /// The day from which it was due.
    pub due: NaiveDate,
    /// `Start`, or `Fallback` where the rule starts with an event that the record does not hold.
    pub basis: Basis,
}

/// Judges the oldest record of a cluster; none where it is not past its limit.
///
/// Where the rule starts with an event outside the record, the fallback is the
/// yardstick, and `basis` says so.
pub fn overdue(rule: &EffectiveRule, oldest: NaiveDate, as_of: NaiveDate) -> Option<Overdue> {
    let facts = Facts {
        record_day: Some(oldest),
        file_day: oldest,
        events: &[],
        open: false,
    };
    let found = due(rule, &facts);
    let day = found.day?;
    let days = (as_of - day).num_days();
    (days > 0).then_some(Overdue {
        days,
        due: day,
        basis: found.basis,
    })
}

/// The end of a period: from the start, or from 31 December of its year.
pub(crate) fn end(period: Period, from_year_end: bool, start: NaiveDate) -> NaiveDate {
    let start = match NaiveDate::from_ymd_opt(start.year(), 12, 31) {
        Some(last) if from_year_end => last,
        _ => start,
    };
    period.after(start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolve::Policy;
    use chrono::Days;
    use gdpr4k_model::Catalogue;
    use gdpr4k_model::site::Override;
    use proptest::prelude::*;
    use std::sync::LazyLock;

    static POLICIES: LazyLock<Vec<Policy>> = LazyLock::new(|| {
        let catalogue = Catalogue::builtin();
        catalogue
            .packs()
            .iter()
            .map(|p| Policy::resolve(&catalogue, &p.id, &[]).unwrap())
            .collect()
    });

    fn rule(pack: &str, cluster: &str) -> &'static EffectiveRule {
        POLICIES
            .iter()
            .find(|p| p.pack.id == pack)
            .unwrap()
            .rule(cluster)
            .unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn facts<'a>(record: &str, events: &'a [NaiveDate]) -> Facts<'a> {
        Facts {
            record_day: Some(day(record)),
            file_day: day("2026-09-01"),
            events,
            open: false,
        }
    }

    fn judged(rule: &EffectiveRule, facts: &Facts<'_>) -> (String, Basis) {
        let found = due(rule, facts);
        (
            found.day.map_or("never".to_owned(), |d| d.to_string()),
            found.basis,
        )
    }

    #[test]
    fn a_call_is_due_three_months_after_the_statement_that_covers_it() {
        let outgoing = rule("de-business-only", "call-detail-outgoing");
        let statements = [day("2026-09-30"), day("2026-07-31"), day("2026-08-31")];
        let found = judged(outgoing, &facts("2026-08-15", &statements));
        assert_eq!(found, ("2026-11-30".to_owned(), Basis::Start));
        let none = judged(outgoing, &facts("2026-08-31", &[]));
        assert_eq!(none, ("2027-02-28".to_owned(), Basis::Fallback));
        let late = judged(outgoing, &facts("2026-01-10", &[day("2026-06-30")]));
        assert_eq!(late, ("2026-07-10".to_owned(), Basis::Ceiling));
    }

    #[test]
    fn a_missing_stamp_falls_back_to_the_day_of_the_file() {
        let mut undated = facts("2026-01-01", &[]);
        undated.record_day = None;
        let incoming = rule("de-business-only", "call-detail-incoming");
        assert_eq!(
            judged(incoming, &undated),
            ("2026-09-08".to_owned(), Basis::Fallback)
        );
        let outgoing = rule("de-business-only", "call-detail-outgoing");
        assert_eq!(
            judged(outgoing, &undated),
            ("2027-03-01".to_owned(), Basis::Fallback)
        );
    }

    #[test]
    fn a_relationship_that_lasts_is_not_due_and_its_end_counts() {
        let entry = rule("eu-base", "directory-entry");
        let mut known = facts("2026-09-01", &[]);
        known.open = true;
        assert_eq!(judged(entry, &known), ("never".to_owned(), Basis::Open));
        let left = [day("2026-05-31")];
        assert_eq!(
            judged(entry, &facts("2026-09-01", &left)),
            ("2026-06-30".to_owned(), Basis::Start)
        );
        // A ceiling holds whatever is said to be open.
        known.record_day = Some(day("2026-01-10"));
        let outgoing = rule("eu-base", "call-detail-outgoing");
        assert_eq!(
            judged(outgoing, &known),
            ("2026-07-10".to_owned(), Basis::Fallback)
        );
    }

    #[test]
    fn a_year_end_period_counts_from_31_december() {
        let totals = rule("de-business-only", "charge-totals");
        let sent = [day("2026-02-03")];
        assert_eq!(judged(totals, &facts("2026-01-31", &sent)).0, "2034-12-31");
        assert_eq!(judged(totals, &facts("2026-01-31", &[])).0, "2034-12-31");
    }

    #[test]
    fn overdue_counts_the_days_past_the_limit_and_names_the_yardstick() {
        let incoming = rule("de-business-only", "call-detail-incoming");
        assert_eq!(
            overdue(incoming, day("2026-11-15"), day("2026-11-22")),
            None
        );
        let late = overdue(incoming, day("2026-11-14"), day("2026-11-22")).unwrap();
        assert_eq!((late.days, late.basis), (1, Basis::Start));
        let outgoing = rule("de-business-only", "call-detail-outgoing");
        let late = overdue(outgoing, day("2026-05-01"), day("2026-11-22")).unwrap();
        assert_eq!((late.days, late.basis), (21, Basis::Fallback));
        assert!(plausible(day("1980-01-01"), day("2026-11-22")));
        assert!(!plausible(day("1979-12-31"), day("2026-11-22")));
        assert!(!plausible(day("2026-11-25"), day("2026-11-22")));
    }

    fn any_rule() -> impl Strategy<Value = &'static EffectiveRule> {
        let all: Vec<&EffectiveRule> = POLICIES.iter().flat_map(|p| &p.rules).collect();
        prop::sample::select(all)
    }

    fn from_2020(days: u64) -> NaiveDate {
        day("2020-01-01") + Days::new(days)
    }

    proptest! {
        #[test]
        fn due_never_before_the_start(
            rule in any_rule(), record in 0u64..4000, file in 0u64..60, event in prop::option::of(0u64..900)
        ) {
            let event = event.map(|e| from_2020(record + e));
            let facts = Facts {
                record_day: Some(from_2020(record)),
                file_day: from_2020(record + file),
                events: event.as_slice(),
                open: false,
            };
            let found = due(rule, &facts);
            let day = found.day.unwrap();
            prop_assert!(day >= from_2020(record));
            if found.basis == Basis::Start && !rule.starts_with.in_record {
                prop_assert!(day >= event.unwrap());
            }
        }

        #[test]
        fn due_is_monotone_in_the_start(rule in any_rule(), record in 0u64..4000, step in 0u64..400, delay in prop::option::of(0u64..300)) {
            let on = |shift: u64| {
                let event = delay.map(|d| from_2020(record + shift + d));
                due(rule, &Facts {
                    record_day: Some(from_2020(record + shift)),
                    file_day: from_2020(record + shift),
                    events: event.as_slice(),
                    open: false,
                }).day
            };
            prop_assert!(on(0) <= on(step));
        }

        #[test]
        fn shortening_a_period_never_moves_a_due_day_later(
            rule in any_rule(), months in 0u32..40, days in 0u32..60, record in 0u64..4000, delay in prop::option::of(0u64..500)
        ) {
            let catalogue = CATALOGUE.with(|c| c.clone());
            let change = Override {
                cluster: rule.cluster.clone(),
                delete_after: Some(Period { months, days }),
                ..Override::default()
            };
            // What resolves without a justification is a shortening.
            let pack = POLICIES.iter().find(|p| p.rules.iter().any(|r| std::ptr::eq(r, rule))).unwrap();
            if let Ok(policy) = Policy::resolve(&catalogue, &pack.pack.id, &[change]) {
                let event = delay.map(|d| from_2020(record + d));
                let facts = Facts {
                    record_day: Some(from_2020(record)),
                    file_day: from_2020(record),
                    events: event.as_slice(),
                    open: false,
                };
                let shorter = policy.rule(&rule.cluster).unwrap();
                prop_assert!(due(shorter, &facts).day <= due(rule, &facts).day);
            }
        }
    }

    thread_local! {
        static CATALOGUE: std::rc::Rc<Catalogue> = std::rc::Rc::new(Catalogue::builtin());
    }
}
