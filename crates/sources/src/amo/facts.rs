//! What a command says about the site, for the identity model and the cross-checks.

use chrono::NaiveDateTime;
use gdpr4k_model::Sealed;

use super::batch::Batch;
use super::command::{Item, items, plain};
use super::meaning::{Command, MAX_STATION, Plan, Reading, each_number};
use super::orders::{Action, Role};
use super::shape::{is_dialled, is_nobody, may_be_no_person};
use crate::record::Fact;

/// Monitoring features by AMO, parameter and value (formats-amo.md 3, amo-params.md 2).
const MONITORING: [(&str, &str, &str, &str); 16] = [
    ("SCSU", "COTRACE", "YES", "COTRACE"),
    ("SCSU", "COTRACE", "Y", "COTRACE"),
    ("SDAT", "COTRACE", "YES", "COTRACE"),
    ("SDAT", "TRACE", "YES", "TRACE"),
    ("SDAT", "TRACE", "Y", "TRACE"),
    ("SDAT", "AATTR", "CASTMON", "CASTMON"),
    ("SDAT", "AATTR", "CBSTMON", "CBSTMON"),
    ("PERSI", "TRACE", "YES", "COPIN TRACE"),
    ("PERSI", "DISPPIN", "YES", "COPIN DISPPIN"),
    ("WABE", "DAR", "MONSLNT", "MONSLNT"),
    ("WABE", "DAR", "MONTONE", "MONTONE"),
    ("ZAND", "MONSLNT", "YES", "MONSLNT"),
    ("ZANDE", "MONSLNT", "YES", "MONSLNT"),
    ("ZANDE", "MONTONE", "YES", "MONTONE"),
    ("ACDSD", "MONPIN", "NO", "MONPIN"),
    ("BWLST", "BWLIDX", "500", "BWLST 500"),
];

/// AMOs that facts name; another one (of a site's own file) is just an AMO.
const NAMES: [&str; 24] = [
    "PERSI", "SBCSU", "SCSU", "SSCSU", "SXSU", "SDAT", "ZIEL", "ZIELN", "ACTDA", "AUN", "SA",
    "CHESE", "COMGR", "TGER", "NAVAR", "LIN", "AGENT", "ACDGP", "ACSU", "VFGR", "KCSU", "TAPRO",
    "DCIC", "SELL",
];

/// When and whether a command counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// A snapshot: what is written is so.
    Snapshot,
    /// A logged command, with its time.
    Logged(NaiveDateTime),
}

/// What the commands of an AMO can say, looked up once.
#[derive(Debug)]
pub(crate) struct Says {
    kind: Kind,
    /// The name in facts.
    from: &'static str,
    monitoring: Vec<(&'static str, &'static str, &'static str)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Persons,
    /// Station AMOs; whether CHANGE can renumber and DELETE releases.
    Stations,
    StationData,
    NumberPlan,
    Other,
}

impl Says {
    pub(crate) fn of(amo: &str) -> Self {
        let kind = match amo {
            "PERSI" => Kind::Persons,
            "SBCSU" | "SCSU" | "SSCSU" => Kind::Stations,
            "SDAT" => Kind::StationData,
            "WABE" => Kind::NumberPlan,
            _ => Kind::Other,
        };
        let monitoring = MONITORING
            .iter()
            .filter(|(name, ..)| *name == amo)
            .map(|(_, p, v, f)| (*p, *v, *f))
            .collect();
        Self {
            kind,
            from: NAMES.iter().find(|n| **n == amo).copied().unwrap_or("AMO"),
            monitoring,
        }
    }
}

/// The facts of one command; ranges of the number plan also go into `plan`.
pub(crate) fn facts(
    command: &Command<'_>,
    reading: &Reading<'_>,
    moment: Moment,
    plan: &mut Plan,
    out: &mut Batch,
    no_person: &mut u64,
) -> Vec<Fact> {
    let mut facts = Vec::new();
    if matches!(
        command.action,
        Action::Display | Action::Regenerate | Action::Other
    ) {
        return facts;
    }
    identity(command, reading, moment, out, no_person, &mut facts);
    if command.action == Action::Delete {
        return facts;
    }
    monitoring(command, reading, &mut facts);
    if moment == Moment::Snapshot {
        objects(command, reading, plan, &mut facts);
    }
    facts
}

/// Who is on which number, and since when.
fn identity(
    c: &Command<'_>,
    r: &Reading<'_>,
    moment: Moment,
    out: &mut Batch,
    no_person: &mut u64,
    facts: &mut Vec<Fact>,
) {
    let line = c.line;
    let at = match moment {
        Moment::Snapshot => None,
        Moment::Logged(at) => Some(at),
    };
    let number = || {
        r.get("STNO")
            .filter(|v| is_dialled(v) && !is_nobody(v))
            .map(seal)
    };
    match (c.info.says.kind, c.action) {
        (Kind::Persons, Action::Add) => {
            let (Some(number), Some(names)) = (number(), r.raw("NAME")) else {
                return;
            };
            for item in items(names) {
                let Item::One(name) = item else { continue };
                let name = out.text(plain(name)).into_owned();
                if name.is_empty() || r.mismatch {
                    continue;
                }
                if may_be_no_person(&name) {
                    *no_person += 1;
                    continue;
                }
                let (number, name) = (number.clone(), Sealed::new(name));
                facts.push(match at {
                    None => Fact::Holds {
                        line,
                        number,
                        name,
                        identity: None,
                    },
                    Some(at) => Fact::Assigned {
                        line,
                        at,
                        number,
                        name,
                    },
                });
            }
        }
        (Kind::Persons, Action::Change) => {
            let (Some(number), Some(new)) = (number(), r.get("NEWNAME")) else {
                return;
            };
            let old = r
                .get("OLDNAME")
                .map(|n| Sealed::new(out.text(n).into_owned()));
            let new = Sealed::new(out.text(new).into_owned());
            facts.push(Fact::Renamed {
                line,
                at,
                number,
                old,
                new,
            });
        }
        (Kind::Persons | Kind::Stations, Action::Delete) => {
            let Some((at, numbers)) = at.zip(r.get("STNO")) else {
                return;
            };
            for item in items(numbers) {
                each_number(item, true, &mut |v| {
                    if is_dialled(v) && !is_nobody(v) {
                        facts.push(Fact::Released {
                            line,
                            at,
                            number: seal(v),
                        });
                    }
                });
            }
        }
        (Kind::StationData | Kind::Stations, Action::Change) => {
            let Some((old, new)) = number().zip(r.get("NEWNO").filter(|v| is_dialled(v))) else {
                return;
            };
            facts.push(Fact::Renumbered {
                line,
                at,
                old,
                new: seal(new),
            });
        }
        _ => {}
    }
}

fn monitoring(c: &Command<'_>, r: &Reading<'_>, facts: &mut Vec<Fact>) {
    for (param, value, feature) in &c.info.says.monitoring {
        if r.is(c.info, param, value) {
            facts.push(Fact::Monitoring {
                line: c.line,
                feature,
            });
        }
    }
}

/// Stations, references to stations, numbers that are not one person's.
fn objects(c: &Command<'_>, r: &Reading<'_>, plan: &mut Plan, facts: &mut Vec<Fact>) {
    let line = c.line;
    let from = c.info.says.from;
    for n in &r.values {
        let Some(role) = n.meaning.and_then(|m| m.role) else {
            continue;
        };
        let internal = |v: &str| v.len() <= MAX_STATION && is_dialled(v) && !is_nobody(v);
        for item in items(n.value) {
            if role == Role::Range {
                if r.is(c.info, "DAR", "STN") {
                    range(item, plan, facts);
                }
                continue;
            }
            each_number(item, true, &mut |v| {
                if !internal(v) {
                    return;
                }
                let number = seal(v);
                facts.push(match role {
                    Role::Station => Fact::Station { line, number },
                    Role::Attendant | Role::Pilot => Fact::NotPersonal { number, from },
                    Role::Refers | Role::Range => Fact::Refers { line, from, number },
                });
            });
        }
    }
    if c.info.says.kind == Kind::NumberPlan
        && r.get("CD").is_none()
        && r.values.iter().any(|n| c.info.value(n.value) == "STN")
    {
        // the positions are not known: the first number of a station line is the number itself
        let digits = |v: &str| {
            items(v).all(|i| matches!(i, Item::One(v) | Item::Range(v, _) if v.len() > 1 && v.bytes().all(|b| b.is_ascii_digit())))
        };
        if let Some(first) = r.values.first().filter(|n| digits(n.value)) {
            items(first.value).for_each(|i| range(i, plan, facts));
        }
    }
}

fn range(item: Item<'_>, plan: &mut Plan, facts: &mut Vec<Fact>) {
    let (from, to) = match item {
        Item::One(v) => (v, v),
        Item::Range(a, b) if a.len() == b.len() => (a, b),
        Item::Range(a, _) => (a, a),
    };
    if is_dialled(from) && is_dialled(to) {
        plan.add(from, to);
        facts.push(Fact::StationRange {
            from: seal(from),
            to: seal(to),
        });
    }
}

fn seal(v: &str) -> Sealed<String> {
    Sealed::new(v.to_owned())
}
