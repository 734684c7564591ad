//! By when a request of a person has to be answered (GDPR Art. 12(3)).
//!
//! Months count as Regulation (EEC, Euratom) 1182/71 Art. 3 says: the day of receipt is
//! not counted, the period ends with the day of the same number or the last day of the
//! month, and a last day that is a Saturday, Sunday or public holiday moves to the next
//! working day. The extension counts from the receipt too, in one addition.

use chrono::{Days, NaiveDate};
use gdpr4k_model::period::Period;
use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;

/// Which law sets the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Clock {
    /// GDPR Art. 12(3): one month, two more for complex or numerous requests.
    #[default]
    Eu,
    /// UK GDPR Art. 12A: one calendar month from the later of request, identity information and fee, two more; stops while a needed clarification is open.
    Uk,
    /// Swiss DSG Art. 25(7): 30 days as a rule.
    Ch,
}

impl Clock {
    /// The clock of the jurisdiction of a legal pack.
    pub fn of_jurisdiction(jurisdiction: &str) -> Self {
        match jurisdiction {
            "UK" => Self::Uk,
            "CH" => Self::Ch,
            _ => Self::Eu,
        }
    }

    const fn period(self) -> Period {
        match self {
            Self::Eu | Self::Uk => Period::of_months(1),
            Self::Ch => Period::of_days(30),
        }
    }

    const fn extended(self) -> Period {
        match self {
            Self::Eu | Self::Uk => Period::of_months(3),
            // the law names no length: the person is told the new date (DSG Art. 25(7), DSV Art. 18(2))
            Self::Ch => Period::of_days(90),
        }
    }
}

/// Why the clock waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PauseKind {
    /// Who the person is (Art. 12(6)).
    Identity,
    /// A fee that may be asked for; United Kingdom.
    Fee,
    /// What the person is looking for; United Kingdom.
    Clarification,
}

/// A question that is open, or was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pause {
    /// Why.
    pub kind: PauseKind,
    /// The day the person was asked.
    pub asked: NaiveDate,
    /// The day of the answer; none while it is open.
    pub answered: Option<NaiveDate>,
}

/// The days of a request. All days are days of the site's time zone and inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Deadline {
    /// From when the period counts.
    pub counts_from: NaiveDate,
    /// Last day of the period by the calendar alone: aim at this one.
    pub nominal: NaiveDate,
    /// Last day, moved to a working day.
    pub due: NaiveDate,
    /// Last day with an extension by the calendar alone.
    pub extended_nominal: NaiveDate,
    /// Last day with an extension, moved to a working day.
    pub extended_due: NaiveDate,
    /// Own target: at most 28 days.
    pub target: NaiveDate,
    /// Whether the clock waits for the person.
    pub waiting: bool,
    /// Pauses that the law of this clock does not know; they did not count.
    pub pauses_ignored: u32,
}

/// Works out the days of a request that arrived on `receipt`, at whatever channel of the controller.
///
/// A pause that is still open lasts until `as_of`, so its days grow from day to day.
/// A pause counts only where the question was asked inside the period.
pub fn deadline(
    clock: Clock,
    receipt: NaiveDate,
    pauses: &[Pause],
    calendar: &Calendar,
    as_of: NaiveDate,
) -> Deadline {
    let mut counts_from = receipt;
    let mut waiting = false;
    let mut ignored = 0;
    let mut stops: Vec<(NaiveDate, NaiveDate)> = Vec::new();
    for pause in pauses {
        let until = pause.answered.unwrap_or(as_of).max(pause.asked);
        match (clock, pause.kind) {
            (Clock::Uk, PauseKind::Identity | PauseKind::Fee) => {
                counts_from = counts_from.max(until)
            }
            (Clock::Uk, PauseKind::Clarification) | (_, PauseKind::Identity) => {
                stops.push((pause.asked, until))
            }
            _ => {
                ignored += 1;
                continue;
            }
        }
        waiting |= pause.answered.is_none();
    }
    let last = |period: Period| {
        let mut end = period.after(counts_from);
        let mut counted = NaiveDate::MIN;
        let mut stops = stops.clone();
        stops.sort();
        for (asked, until) in stops {
            // overlapping questions stop the clock once; one that was asked too late does not stop it
            let from = asked.max(counted).max(counts_from);
            if asked <= end && until > from {
                end = end + Days::new((until - from).num_days().unsigned_abs());
                counted = until;
            }
        }
        end
    };
    let (nominal, extended_nominal) = (last(clock.period()), last(clock.extended()));
    Deadline {
        counts_from,
        nominal,
        due: calendar.rolled(nominal),
        extended_nominal,
        extended_due: calendar.rolled(extended_nominal),
        target: (receipt + Days::new(28)).min(nominal),
        waiting,
        pauses_ignored: ignored,
    }
}

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Answered in time.
    Answered,
    /// Answered late.
    AnsweredLate,
    /// Open, inside the period.
    Open,
    /// Open, inside the extended period; the notice went out in time.
    Extended,
    /// The clock waits for the person.
    Waiting,
    /// Past its last day, or an extension was announced too late.
    Overdue,
}

/// Judges a request on a day. An extension counts only if its notice with reasons went out by the due day.
pub fn standing(
    deadline: &Deadline,
    extension_notice: Option<NaiveDate>,
    answered: Option<NaiveDate>,
    as_of: NaiveDate,
) -> Standing {
    let extended = extension_notice.is_some_and(|sent| sent <= deadline.due);
    let last = if extended {
        deadline.extended_due
    } else {
        deadline.due
    };
    match answered {
        Some(day) if day <= last => Standing::Answered,
        Some(_) => Standing::AnsweredLate,
        None if deadline.waiting => Standing::Waiting,
        None if as_of > last => Standing::Overdue,
        None if extended => Standing::Extended,
        None => Standing::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn eu(receipt: &str) -> Deadline {
        deadline(
            Clock::Eu,
            day(receipt),
            &[],
            &Calendar::default(),
            day(receipt),
        )
    }

    #[test]
    fn the_worked_examples_hold() {
        for (receipt, nominal, due, extended_nominal, extended) in [
            (
                "2026-08-31",
                "2026-09-30",
                "2026-09-30",
                "2026-11-30",
                "2026-11-30",
            ),
            (
                "2026-11-22",
                "2026-12-22",
                "2026-12-22",
                "2027-02-22",
                "2027-02-22",
            ),
            (
                "2027-01-31",
                "2027-02-28",
                "2027-03-01",
                "2027-04-30",
                "2027-04-30",
            ),
            (
                "2027-03-05",
                "2027-04-05",
                "2027-04-05",
                "2027-06-05",
                "2027-06-07",
            ),
            (
                "2028-01-31",
                "2028-02-29",
                "2028-02-29",
                "2028-04-30",
                "2028-05-01",
            ),
        ] {
            let found = eu(receipt);
            assert_eq!(
                (
                    found.nominal,
                    found.due,
                    found.extended_nominal,
                    found.extended_due
                ),
                (day(nominal), day(due), day(extended_nominal), day(extended)),
                "{receipt}"
            );
        }
        let berlin = Calendar::of("DE-BE", []).unwrap();
        let may = deadline(
            Clock::Eu,
            day("2028-01-31"),
            &[],
            &berlin,
            day("2028-01-31"),
        );
        assert_eq!(may.extended_due, day("2028-05-02"), "1 May is a holiday");
    }

    #[test]
    fn each_law_has_its_clock() {
        let none = Calendar::default();
        let with = |clock, kind, asked: &str, answered: Option<&str>| {
            let pause = Pause {
                kind,
                asked: day(asked),
                answered: answered.map(day),
            };
            deadline(clock, day("2026-11-02"), &[pause], &none, day("2026-11-22"))
        };
        let identity = with(
            Clock::Eu,
            PauseKind::Identity,
            "2026-11-04",
            Some("2026-11-14"),
        );
        assert_eq!(
            (identity.nominal, identity.waiting),
            (day("2026-12-12"), false)
        );
        let open = with(Clock::Eu, PauseKind::Identity, "2026-11-04", None);
        assert_eq!((open.nominal, open.waiting), (day("2026-12-20"), true));
        let late = with(
            Clock::Eu,
            PauseKind::Identity,
            "2026-12-10",
            Some("2026-12-20"),
        );
        assert_eq!(late.nominal, day("2026-12-02"), "asked after the period");
        let asked = with(
            Clock::Eu,
            PauseKind::Clarification,
            "2026-11-04",
            Some("2026-11-14"),
        );
        assert_eq!(
            (asked.nominal, asked.pauses_ignored),
            (day("2026-12-02"), 1),
            "no pause in the Union"
        );
        let uk = with(Clock::Uk, PauseKind::Fee, "2026-11-04", Some("2026-11-14"));
        assert_eq!(
            (uk.counts_from, uk.nominal),
            (day("2026-11-14"), day("2026-12-14"))
        );
        let uk = with(
            Clock::Uk,
            PauseKind::Clarification,
            "2026-11-04",
            Some("2026-11-14"),
        );
        assert_eq!(
            (uk.counts_from, uk.nominal),
            (day("2026-11-02"), day("2026-12-12"))
        );
        let ch = deadline(Clock::Ch, day("2026-11-02"), &[], &none, day("2026-11-22"));
        assert_eq!(ch.nominal, day("2026-12-02"));
    }

    #[test]
    fn overlapping_questions_stop_the_clock_once() {
        let pause = |asked: &str, answered: &str| Pause {
            kind: PauseKind::Identity,
            asked: day(asked),
            answered: Some(day(answered)),
        };
        let pauses = [
            pause("2026-11-08", "2026-11-14"),
            pause("2026-11-04", "2026-11-10"),
        ];
        let found = deadline(
            Clock::Eu,
            day("2026-11-02"),
            &pauses,
            &Calendar::default(),
            day("2026-11-22"),
        );
        assert_eq!(found.nominal, day("2026-12-12"));
    }

    #[test]
    fn an_extension_counts_only_with_a_notice_in_time() {
        let it = eu("2026-11-02");
        let at = |notice: Option<&str>, answered: Option<&str>, as_of: &str| {
            standing(&it, notice.map(day), answered.map(day), day(as_of))
        };
        assert_eq!(at(None, None, "2026-12-02"), Standing::Open);
        assert_eq!(at(None, None, "2026-12-03"), Standing::Overdue);
        assert_eq!(
            at(Some("2026-12-02"), None, "2026-12-03"),
            Standing::Extended
        );
        assert_eq!(
            at(Some("2026-12-03"), None, "2026-12-03"),
            Standing::Overdue
        );
        assert_eq!(
            at(Some("2026-12-02"), Some("2027-02-02"), "2027-02-02"),
            Standing::Answered
        );
        assert_eq!(
            at(Some("2026-12-02"), Some("2027-02-03"), "2027-02-03"),
            Standing::AnsweredLate
        );
    }

    proptest! {
        #[test]
        fn later_receipt_never_means_earlier_deadline(start in 0u64..4000, step in 0u64..90) {
            let calendar = Calendar::of("DE-BE", []).unwrap();
            let on = |n: u64| {
                let receipt = day("2024-01-01") + Days::new(n);
                deadline(Clock::Eu, receipt, &[], &calendar, receipt)
            };
            let (a, b) = (on(start), on(start + step));
            prop_assert!(a.nominal <= b.nominal && a.due <= b.due && a.extended_due <= b.extended_due);
            prop_assert!(a.due >= a.nominal && !calendar.is_free(a.due) && a.target <= a.nominal);
        }
    }
}
