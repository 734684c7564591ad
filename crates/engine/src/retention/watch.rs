//! Parties that suspensions and erasure orders name, with the days for which they count.

use std::collections::HashMap;

use chrono::NaiveDate;
use gdpr4k_model::number::{Access, NumberPlans, Party};
use gdpr4k_store::guard::{Guard, GuardKey};

/// What is asked about the parties of a record.
#[derive(Default)]
pub(crate) struct Watch {
    held: HashMap<Party, Vec<Held>>,
    erased: Option<(Guard, GuardKey)>,
}

/// A suspension of a number for some days; open where a side has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    /// Id of the suspension.
    pub(crate) id: String,
    /// First start day.
    pub(crate) from: Option<NaiveDate>,
    /// Last start day.
    pub(crate) to: Option<NaiveDate>,
}

impl Watch {
    /// Takes in a suspension of a number, as the store keeps it (see [`canonical`]).
    pub(crate) fn hold(&mut self, number: &str, held: Held) {
        if let Some(party) = party(number) {
            self.held.entry(party).or_default().push(held);
        }
    }

    /// Takes in the erasure orders of the site.
    pub(crate) fn erase(&mut self, guard: Guard, key: GuardKey) {
        self.erased = (!guard.is_empty()).then_some((guard, key));
    }

    /// Whether no record has to be asked about.
    pub(crate) fn is_empty(&self) -> bool {
        self.held.is_empty() && self.erased.is_none()
    }

    /// Whether a party is suspended or was erased on some day.
    pub(crate) fn knows(&self, party: &Party) -> bool {
        let erased = |(guard, key): &(Guard, GuardKey)| {
            canonical(party).is_some_and(|text| guard.knows(&key.token(&text)))
        };
        self.held.contains_key(party) || self.erased.as_ref().is_some_and(erased)
    }

    /// Adds the suspensions of a party on a day; a record without a day may lie in any window.
    pub(crate) fn held(&self, party: &Party, day: Option<NaiveDate>, ids: &mut Vec<String>) {
        for held in self.held.get(party).into_iter().flatten() {
            let within = day
                .is_none_or(|d| held.from.is_none_or(|f| f <= d) && held.to.is_none_or(|t| d <= t));
            if within && !ids.contains(&held.id) {
                ids.push(held.id.clone());
            }
        }
    }

    /// Whether a party was erased for a day.
    pub(crate) fn erased(&self, party: &Party, day: NaiveDate) -> bool {
        let Some((guard, key)) = &self.erased else {
            return false;
        };
        canonical(party).is_some_and(|text| guard.holds(&key.token(&text), day))
    }
}

/// One text for a party in whatever notation: node and station, or E.164; none for what is no number of a person.
pub fn canonical(party: &Party) -> Option<String> {
    match party {
        Party::Internal(node, digits) => Some(format!("{node}:{}", digits.as_str())),
        Party::External(digits) => Some(format!("+{}", digits.as_str())),
        _ => None,
    }
}

/// The party that a canonical text stands for.
fn party(text: &str) -> Option<Party> {
    // a plan of nobody: only the digits are taken over
    let plain = NumberPlans::default();
    if let Some((node, digits)) = text.split_once(':') {
        let node: u8 = node.parse().ok()?;
        return match plain.normalise(node, digits.as_bytes(), Access::Plain) {
            Party::Internal(_, d) | Party::External(d) => Some(Party::Internal(node, d)),
            _ => None,
        };
    }
    match plain.normalise(0, text.strip_prefix('+')?.as_bytes(), Access::Plain) {
        Party::Internal(_, d) | Party::External(d) => Some(Party::External(d)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use gdpr4k_model::number::NumberPlan;

    use super::*;

    #[test]
    fn every_notation_is_one_party_and_comes_back() {
        let plans = NumberPlans::new([NumberPlan {
            country: "49".into(),
            area: "30".into(),
            main: "23125".into(),
            extension_length: 4,
            trunk_prefix: "0".into(),
        }]);
        for number in ["4711", "+49 30 23125-4711", "030 22222 014", "110", "0171"] {
            let found = plans.normalise(0, number.as_bytes(), Access::Plain);
            let text = canonical(&found);
            assert_eq!(text.as_deref().and_then(party).or(Some(found)), Some(found));
        }
        let day = |d: &str| Some(d.parse().unwrap());
        let mut watch = Watch::default();
        assert!(watch.is_empty());
        let held = |id: &str, from, to| Held {
            id: id.to_owned(),
            from,
            to,
        };
        watch.hold("0:4711", held("H1", day("2026-03-01"), day("2026-03-31")));
        watch.hold("0:4711", held("H2", None, None));
        let ids = |number: &str, on| {
            let mut ids = Vec::new();
            watch.held(
                &plans.normalise(0, number.as_bytes(), Access::Plain),
                on,
                &mut ids,
            );
            ids.join(" ")
        };
        assert_eq!(ids("030 23125 4711", day("2026-03-31")), "H1 H2");
        assert_eq!(ids("4711", day("2026-04-01")), "H2");
        assert_eq!(ids("4711", None), "H1 H2");
        assert_eq!(ids("4712", None), "");
    }
}
