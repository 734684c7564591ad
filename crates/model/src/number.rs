//! Telephone numbers: the site's plan, and one canonical form for every notation.

use serde::{Deserialize, Serialize};

/// The longest number that is kept: E.164 has at most 15 digits, dialled destinations at most 22.
const MAX_DIGITS: usize = 24;

/// Whether a field holds what was dialled, with the trunk access code in front.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// As dialled: an outside number starts with the trunk access code, anything else is inside.
    Dialled,
    /// As a subscriber number: no trunk access code.
    #[default]
    Plain,
}

/// A digit string on the stack.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digits {
    len: u8,
    bytes: [u8; MAX_DIGITS],
}

impl Digits {
    const EMPTY: Self = Self {
        len: 0,
        bytes: [0; MAX_DIGITS],
    };

    fn push(&mut self, byte: u8) {
        if (self.len as usize) < MAX_DIGITS {
            self.bytes[self.len as usize] = byte;
            self.len += 1;
        }
    }

    fn extend(&mut self, bytes: &[u8]) {
        let from = self.len as usize;
        let taken = bytes.len().min(MAX_DIGITS - from);
        self.bytes[from..from + taken].copy_from_slice(&bytes[..taken]);
        self.len += taken as u8;
    }

    /// The digits as ASCII bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len as usize]
    }

    /// The digits as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or("")
    }
}

impl std::fmt::Debug for Digits {
    /// Numbers belong to people: only the length is shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "({} digits)", self.len)
    }
}

/// Whom a number stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Party {
    /// A station of the site: index of the node, station number.
    Internal(u8, Digits),
    /// A number outside the site, in E.164 digits without `+`.
    External(Digits),
    /// A service or emergency number (110, 112, 116117, 11833): no person.
    Service,
    /// The site itself: its main number without a station.
    Site,
    /// Withheld, cut or masked (`?`, `x`): still personal, but not a whole number.
    Masked,
    /// A token of gdpr4k (`z...`): already pseudonymised.
    Token,
    /// Nobody: empty, the dummy numbers 999999 and 000000, a feature code.
    Nobody,
}

/// The numbers of one node of the site, as `[number_plan]` and `[[node]]` of `site.toml` give them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NumberPlan {
    /// Country code without `+`, for example `49`.
    #[serde(default)]
    pub country: String,
    /// Area code without the national prefix, for example `30`.
    #[serde(default)]
    pub area: String,
    /// Main number of the site without the station.
    #[serde(default)]
    pub main: String,
    /// Digits of a station number.
    #[serde(default)]
    pub extension_length: u8,
    /// Trunk access code that callers dial first, for example `0`.
    #[serde(default)]
    pub trunk_prefix: String,
}

impl Default for NumberPlan {
    fn default() -> Self {
        Self {
            country: String::new(),
            area: String::new(),
            main: String::new(),
            extension_length: 4,
            trunk_prefix: "0".to_owned(),
        }
    }
}

/// The plans of all nodes; index 0 is the default node.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct NumberPlans {
    nodes: Vec<Node>,
}

/// One node, with what is compared for every number made ready.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Node {
    plan: NumberPlan,
    /// country + area + main: what stands before a station in E.164.
    prefix: Vec<u8>,
}

impl NumberPlans {
    /// The plans of a site: the default node first.
    pub fn new(plans: impl IntoIterator<Item = NumberPlan>) -> Self {
        let nodes = plans
            .into_iter()
            .map(|plan| {
                let prefix = format!("{}{}{}", plan.country, plan.area, plan.main).into_bytes();
                Node { plan, prefix }
            })
            .collect();
        Self { nodes }
    }

    /// The plan of a node.
    pub fn plan(&self, node: u8) -> Option<&NumberPlan> {
        self.nodes.get(node as usize).map(|n| &n.plan)
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no plan at all.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// One canonical form for a number in any notation, as seen from a node.
    ///
    /// `0049 30 23125-4711`, `+49302312 54711`, `030231254711` and the dialled
    /// `0030231254711` are the same station 4711 of the node 030 23125.
    pub fn normalise(&self, node: u8, raw: &[u8], access: Access) -> Party {
        let mut digits = Digits::EMPTY;
        let mut plus = false;
        // nearly every number is digits alone
        let plain = raw.iter().take_while(|b| b.is_ascii_digit()).count();
        digits.extend(&raw[..plain]);
        for (i, &b) in raw.iter().enumerate().skip(plain) {
            match b {
                b'0'..=b'9' => digits.push(b),
                b'+' if digits.len == 0 => plus = true,
                b' ' | b'-' | b'/' | b'(' | b')' | b'.' | b'\t' => {}
                b'x' | b'X' | b'?' => return Party::Masked,
                b'z' if i == 0 => return Party::Token,
                // the key that sends the number: seen at the end of dialled digits
                b'#' if i > 0 && i + 1 == raw.len() => {}
                _ => return Party::Nobody,
            }
        }
        let d = digits.as_bytes();
        if d.is_empty() || d == b"999999" || d == b"000000" {
            return Party::Nobody;
        }
        let Some(plan) = self.plan(node) else {
            return if d.len() > 6 {
                Party::External(digits)
            } else {
                Party::Internal(node, digits)
            };
        };
        if plus {
            return self.outside(node, plan, d, true);
        }
        match access {
            Access::Dialled => {
                let trunk = plan.trunk_prefix.as_bytes();
                match d.strip_prefix(trunk) {
                    // ten digits and no prefix are no local number: the 0 was the national prefix
                    // of a caller, and there was no access code
                    Some(rest) if trunk == b"0" && rest.len() >= 10 && rest[0] != b'0' => {
                        self.outside(node, plan, d, false)
                    }
                    Some(rest) if !trunk.is_empty() && !rest.is_empty() => {
                        self.outside(node, plan, rest, false)
                    }
                    _ => self.inside(node, plan, d),
                }
            }
            Access::Plain => self.inside(node, plan, d),
        }
    }

    /// A number that may be a station: by its length, else an outside number without access code.
    fn inside(&self, node: u8, plan: &NumberPlan, d: &[u8]) -> Party {
        let station = plan.extension_length.max(1) as usize;
        if d.len() == station || (d.len() <= 6 && d[0] != b'0' && !is_service(d)) {
            let mut digits = Digits::EMPTY;
            digits.extend(d);
            return Party::Internal(node, digits);
        }
        if d[0] != b'0'
            && !plan.country.is_empty()
            && d.starts_with(plan.country.as_bytes())
            && d.len() >= 10
        {
            return self.outside(node, plan, d, true);
        }
        self.outside(node, plan, d, false)
    }

    /// An outside number: `00` + country, `0` + area, or a local subscriber number.
    fn outside(&self, node: u8, plan: &NumberPlan, d: &[u8], e164: bool) -> Party {
        let mut full = Digits::EMPTY;
        if e164 {
            full.extend(d);
        } else if let Some(rest) = d.strip_prefix(b"00") {
            full.extend(rest);
        } else if let Some(rest) = d.strip_prefix(b"0") {
            full.extend(plan.country.as_bytes());
            full.extend(rest);
        } else if is_service(d) {
            return Party::Service;
        } else {
            full.extend(plan.country.as_bytes());
            full.extend(plan.area.as_bytes());
            full.extend(d);
        }
        // the asking node first, then the others: a call to another node by its full number stays inside
        let own = std::iter::once(node).chain((0..self.nodes.len() as u8).filter(|n| *n != node));
        for n in own {
            let Some(at) = self.nodes.get(n as usize) else {
                continue;
            };
            if at.plan.main.is_empty() {
                continue;
            }
            if let Some(rest) = full.as_bytes().strip_prefix(at.prefix.as_slice()) {
                if rest.len() == at.plan.extension_length as usize {
                    let mut station = Digits::EMPTY;
                    station.extend(rest);
                    return Party::Internal(n, station);
                }
                if rest.is_empty() || rest == b"0" {
                    return Party::Site;
                }
            }
        }
        if full.len == 0 {
            Party::Nobody
        } else {
            Party::External(full)
        }
    }
}

/// Short codes that no person answers as a private party: emergency, 115, 116xxx, 118xx.
fn is_service(d: &[u8]) -> bool {
    matches!(d, b"110" | b"112" | b"115" | b"911" | b"999")
        || (d.len() == 6 && d.starts_with(b"116"))
        || (d.len() == 5 && d.starts_with(b"118"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plans() -> NumberPlans {
        let node = |area: &str, main: &str, extension_length| NumberPlan {
            country: "49".into(),
            area: area.into(),
            main: main.into(),
            extension_length,
            trunk_prefix: "0".into(),
        };
        NumberPlans::new([node("30", "23125", 4), node("40", "66969", 3)])
    }

    fn show(node: u8, raw: &str, access: Access) -> String {
        match plans().normalise(node, raw.as_bytes(), access) {
            Party::Internal(n, d) => format!("{n}:{}", d.as_str()),
            Party::External(d) => d.as_str().to_owned(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn every_notation_of_one_number_is_one_number() {
        use Access::{Dialled, Plain};
        for (raw, access) in [
            ("003022222014", Dialled),
            ("03022222014", Plain),
            ("004930 22222-014", Plain),
            ("00049 30 22222014", Dialled),
            ("+49 (30) 22222 014", Plain),
            ("4930 22222014", Plain),
            ("03022222014", Dialled),
            ("22222014", Plain),
        ] {
            assert_eq!(show(0, raw, access), "493022222014", "{access:?}");
        }
    }

    #[test]
    fn own_stations_are_found_in_full_numbers_of_every_node() {
        assert_eq!(show(0, "4711", Access::Plain), "0:4711");
        assert_eq!(show(0, "4711", Access::Dialled), "0:4711");
        assert_eq!(show(0, "0030231254711", Access::Dialled), "0:4711");
        assert_eq!(show(0, "04066969123", Access::Plain), "1:123");
        assert_eq!(show(1, "030231254711", Access::Plain), "0:4711");
        assert_eq!(show(0, "030231250", Access::Plain), "Site");
    }

    #[test]
    fn nobody_withheld_and_tokens_are_kept_apart() {
        for (raw, what) in [
            ("", "Nobody"),
            ("999999", "Nobody"),
            ("000000", "Nobody"),
            ("*550", "Nobody"),
            ("#21#", "Nobody"),
            ("0112#", "Service"),
            ("0171392????", "Masked"),
            ("0302312xxx", "Masked"),
            ("z4k9", "Token"),
            ("0112", "Service"),
        ] {
            assert_eq!(show(0, raw, Access::Dialled), what, "{raw}");
        }
    }
}
