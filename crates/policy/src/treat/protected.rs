//! Numbers whose calls lose their parties first: works council, company doctor, counselling (law.md 3.9).

use std::collections::HashSet;

use gdpr4k_model::Finding;
use gdpr4k_model::finding::Arg;
use gdpr4k_model::number::{Access, Digits, NumberPlans, Party};

/// The protected numbers of a site.
#[derive(Clone, Default)]
pub struct Protected {
    stations: HashSet<(u8, Digits)>,
    outside: HashSet<Digits>,
    /// Digits of a station by node, for calls between nodes by the short number.
    lengths: Vec<u8>,
}

impl Protected {
    /// Takes in numbers in any notation, as seen from the default node; what is no number is a finding.
    pub fn new<'a>(
        plans: &NumberPlans,
        numbers: impl IntoIterator<Item = &'a str>,
    ) -> (Self, Vec<Finding>) {
        let nodes = (0..plans.len() as u8).filter_map(|n| plans.plan(n));
        let mut set = Self {
            lengths: nodes.map(|p| p.extension_length).collect(),
            ..Self::default()
        };
        let mut found = Vec::new();
        for number in numbers {
            match plans.normalise(0, number.trim().as_bytes(), Access::Plain) {
                Party::Internal(node, digits) => drop(set.stations.insert((node, digits))),
                Party::External(digits) => drop(set.outside.insert(digits)),
                // a service number is no person's, and its calls are not hidden by it
                _ => found.push(Finding::new("G4K-825").with("number", Arg::shape(number))),
            }
        }
        (set, found)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.stations.is_empty() && self.outside.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.stations.len() + self.outside.len()
    }

    /// Whether a party of a call is protected.
    ///
    /// A station of another length than those of its node belongs to another node,
    /// which closed numbering reaches by the short number.
    pub fn hits(&self, party: &Party) -> bool {
        match party {
            Party::Internal(node, digits) => {
                self.stations.contains(&(*node, *digits)) || {
                    let own = self.lengths.get(*node as usize).copied();
                    own != Some(digits.as_bytes().len() as u8)
                        && self.stations.iter().any(|(_, d)| d == digits)
                }
            }
            Party::External(digits) => self.outside.contains(digits),
            _ => false,
        }
    }
}

impl std::fmt::Debug for Protected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Protected({} numbers)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gdpr4k_model::number::NumberPlan;

    #[test]
    fn a_protected_number_is_found_in_every_notation() {
        let node = |area: &str, main: &str, extension_length| NumberPlan {
            country: "49".into(),
            area: area.into(),
            main: main.into(),
            extension_length,
            trunk_prefix: "0".into(),
        };
        let plans = NumberPlans::new([node("30", "23125", 4), node("40", "66969", 3)]);
        let (set, found) = Protected::new(
            &plans,
            ["2100", "+49 40 66969-123", "089 99998 777", "doctor", ""],
        );
        assert_eq!((set.len(), found.len()), (3, 2));
        let hits = |node, number: &str| {
            set.hits(&plans.normalise(node, number.as_bytes(), Access::Dialled))
        };
        for (node, number) in [
            (0, "2100"),
            (0, "0030231252100"),
            (1, "0030231252100"),
            (1, "2100"),
            (1, "123"),
            (0, "004066969123"),
            (0, "008999998777"),
        ] {
            assert!(hits(node, number), "{node} {number}");
        }
        for (node, number) in [
            (0, "2101"),
            (1, "210"),
            (0, "008999998778"),
            (0, ""),
            (0, "0112"),
        ] {
            assert!(!hits(node, number), "{node} {number}");
        }
        assert!(Protected::default().is_empty());
    }
}
