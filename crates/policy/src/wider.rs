//! Whether a changed rule keeps something longer than the rule it replaces.
//!
//! Two periods are compared by what they do, not by a rough length: 90 days and
//! 3 months take turns in being longer, so the due days of both are compared over
//! every start day of five years, one of them a leap year.

use chrono::{Days, NaiveDate};
use gdpr4k_model::catalogue::{Action, Selector, Stage};
use gdpr4k_model::period::Period;

use crate::due::{Facts, due, end};
use crate::resolve::EffectiveRule;

/// Says how `new` is weaker than `old`; none where it is nowhere weaker.
pub(crate) fn longer(old: &EffectiveRule, new: &EffectiveRule) -> Option<String> {
    if let Some((before, after)) = later(old, new) {
        return Some(format!("due on {after} (expected {before} or earlier)"));
    }
    old.stages
        .iter()
        .flat_map(|stage| stage.fields.iter().map(move |f| (stage, *f)))
        .find(|(stage, field)| !met(stage, *field, new))
        .map(|(stage, field)| {
            format!(
                "{} is no longer {} after {}",
                field.id(),
                past(stage.action),
                stage.after
            )
        })
}

/// How many days after the record an event may come; `None`: never.
const DELAYS: [Option<u64>; 7] = [
    Some(0),
    Some(1),
    Some(31),
    Some(92),
    Some(200),
    Some(400),
    None,
];

fn later(old: &EffectiveRule, new: &EffectiveRule) -> Option<(NaiveDate, NaiveDate)> {
    let same = old.starts_with.id == new.starts_with.id;
    for day in start_days() {
        for a in DELAYS {
            for b in DELAYS {
                if same && a != b {
                    continue;
                }
                for dated in [true, false] {
                    let on = |rule: &EffectiveRule, delay: Option<u64>| {
                        let event = delay.map(|d| day + Days::new(d));
                        let facts = Facts {
                            record_day: dated.then_some(day),
                            file_day: day,
                            events: event.as_slice(),
                            open: false,
                        };
                        due(rule, &facts).day
                    };
                    if let (Some(before), Some(after)) = (on(old, a), on(new, b))
                        && after > before
                    {
                        return Some((before, after));
                    }
                }
            }
        }
    }
    None
}

/// Whether a step of the old rule still happens, as strongly and as early.
fn met(old: &Stage, field: Selector, new: &EffectiveRule) -> bool {
    let step = new.stages.iter().any(|s| {
        (s.fields.contains(&field))
            && s.strength() >= old.strength()
            && start_days().all(|d| s.after.after(d) <= old.after.after(d))
    });
    let gone = new.starts_with.in_record
        && start_days().all(|d| end(new.delete_after, new.from_year_end, d) <= old.after.after(d));
    step || gone
}

/// A step that can never take effect, because every record is gone by its day.
///
/// Known only where the record itself starts the period, or where there is a ceiling.
pub(crate) fn too_late(rule: &EffectiveRule) -> Option<&Stage> {
    let last = |day: NaiveDate| {
        let regular = rule
            .starts_with
            .in_record
            .then(|| end(rule.delete_after, rule.from_year_end, day));
        let f = &rule.fallback;
        let ceiling = f
            .at_latest
            .then(|| end(f.delete_after, f.from_year_end, day));
        regular.into_iter().chain(ceiling).min()
    };
    let late = |s: &&Stage| start_days().all(|d| last(d).is_some_and(|l| s.after.after(d) >= l));
    rule.stages
        .iter()
        .filter(|s| s.after != Period::ZERO)
        .find(late)
}

fn past(action: Action) -> &'static str {
    match action {
        Action::Cut => "cut",
        Action::Class => "replaced by its class",
        Action::Pseudonymise => "pseudonymised",
        Action::Generalise => "generalised",
        Action::Aggregate => "aggregated",
        Action::Blank => "blanked",
        Action::Block => "blocked",
        Action::Delete => "deleted",
    }
}

fn start_days() -> impl Iterator<Item = NaiveDate> {
    NaiveDate::from_ymd_opt(2027, 1, 1)
        .into_iter()
        .flat_map(|first| first.iter_days().take(5 * 366))
}
