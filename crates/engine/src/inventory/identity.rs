//! Who had which number when: persons and assignments out of dated evidence.
//!
//! A LOGBK command with its time is exact. A snapshot describes the end of its day.
//! Between two snapshots that differ, ownership is doubtful (contract, section 4).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use serde::{Deserialize, Serialize};

use super::names::Name;

/// One person on one number for one uninterrupted time. Sealed before it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// Index of the node.
    pub node: u8,
    /// Station number.
    pub number: String,
    /// The person, by number in this history; twins have two.
    pub person: u32,
    /// Names on the number during that time, the latest last, as compared (surname, given name).
    pub names: Vec<(String, String)>,
    /// Personnel number, where a person table gives one.
    pub identity: Option<String>,
    /// From when: the last moment without and the first moment with this person. Equal where it is exact.
    pub from: (Option<NaiveDateTime>, NaiveDateTime),
    /// Until when: the last moment with and the first moment without. None: still there at the last evidence.
    pub to: Option<(NaiveDateTime, NaiveDateTime)>,
    /// Kinds of evidence.
    pub evidence: Vec<String>,
}

/// What a piece of evidence says about a number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Says {
    /// This person is on it; personnel number where known.
    Holds(Name, Option<String>),
    /// An exact command gave it to this person.
    Assigned(Name),
    /// An exact command changed the name.
    Renamed(Name),
    /// An exact command took it away, or a later snapshot of the same kind lacks it.
    Free,
}

/// A dated piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Evidence {
    at: NaiveDateTime,
    says: Says,
    source: &'static str,
}

/// Node and station number.
type Station = (u8, String);

/// Collects evidence, then resolves it.
#[derive(Default)]
pub(super) struct History {
    numbers: BTreeMap<(u8, String), Vec<Evidence>>,
    /// Numbers by snapshot: (family, node) -> day -> numbers. A family is what is exported as one: a REGEN, an XIE table.
    snapshots: BTreeMap<(String, u8), BTreeMap<NaiveDate, BTreeSet<String>>>,
    renumbered: Vec<(NaiveDateTime, Station, Station)>,
    not_personal: BTreeSet<(u8, String)>,
}

/// What the history resolves to.
#[derive(Default)]
pub(super) struct Resolved {
    pub(super) assignments: Vec<Assignment>,
    pub(super) persons: u64,
}

/// Source kinds whose files are snapshots.
const SOURCES: [&str; 4] = ["amo-regen", "xie", "directory", "ds-win"];

/// The end of a day: snapshots describe it.
fn end_of(day: NaiveDate) -> NaiveDateTime {
    day.and_time(NaiveTime::from_hms_opt(23, 59, 59).unwrap_or_default())
}

impl History {
    /// A file says that a number has this name; `family` where the file is a snapshot of all numbers.
    #[allow(
        clippy::too_many_arguments,
        reason = "one statement of a file, with its parts"
    )]
    pub(super) fn holds(
        &mut self,
        family: Option<&str>,
        source: &'static str,
        node: u8,
        day: NaiveDate,
        number: &str,
        name: &str,
        identity: Option<&str>,
    ) {
        if let Some(family) = family {
            self.snapshots
                .entry((family.to_owned(), node))
                .or_default()
                .entry(day)
                .or_default()
                .insert(number.to_owned());
        }
        if let Some(name) = Name::read(name) {
            let says = Says::Holds(name, identity.map(str::to_owned));
            self.add(node, number, end_of(day), says, source);
        }
    }

    /// A snapshot was read, even if it names nobody.
    pub(super) fn snapshot_seen(&mut self, family: &str, node: u8, day: NaiveDate) {
        self.snapshots
            .entry((family.to_owned(), node))
            .or_default()
            .entry(day)
            .or_default();
    }

    /// An exact command gave a station another number: whoever had it keeps it.
    pub(super) fn renumbered(&mut self, old: Station, new: Station, at: NaiveDateTime) {
        self.renumbered.push((at, old, new));
    }

    /// An exact command.
    pub(super) fn command(&mut self, node: u8, number: &str, at: NaiveDateTime, says: Says) {
        self.add(node, number, at, says, "amo-logbk");
    }

    /// The line is not one person's.
    pub(super) fn not_personal(&mut self, node: u8, number: &str) {
        self.not_personal.insert((node, number.to_owned()));
    }

    fn add(&mut self, node: u8, number: &str, at: NaiveDateTime, says: Says, source: &'static str) {
        self.numbers
            .entry((node, number.to_owned()))
            .or_default()
            .push(Evidence { at, says, source });
    }

    /// Works out assignments and persons.
    pub(super) fn resolve(mut self) -> Resolved {
        self.add_absences();
        self.add_renumberings();
        let mut spells = Vec::new();
        for ((node, number), mut evidence) in std::mem::take(&mut self.numbers) {
            if self.not_personal.contains(&(node, number.clone())) {
                continue;
            }
            evidence.sort();
            evidence.dedup();
            spells.extend(spells_of(node, &number, &evidence));
        }
        let persons = link_persons(&mut spells);
        Resolved {
            assignments: spells,
            persons,
        }
    }

    fn add_renumberings(&mut self) {
        let mut renumbered = std::mem::take(&mut self.renumbered);
        renumbered.sort();
        for (at, old, new) in renumbered {
            let before = self
                .numbers
                .get(&old)
                .into_iter()
                .flatten()
                .filter(|e| e.at < at)
                .max();
            let name = before.and_then(|e| match &e.says {
                Says::Holds(name, _) | Says::Assigned(name) | Says::Renamed(name) => {
                    Some(name.clone())
                }
                Says::Free => None,
            });
            self.command(old.0, &old.1, at, Says::Free);
            if let Some(name) = name {
                self.command(new.0, &new.1, at, Says::Assigned(name));
            }
        }
    }

    /// A number that a snapshot had and the next one of the same source lacks is free on that
    /// day; a number that a snapshot has and the one before lacked was free then.
    ///
    /// A snapshot with less than half of the numbers of the one before is taken for
    /// partial: it proves nothing by what it lacks.
    fn add_absences(&mut self) {
        let mut free = Vec::new();
        for ((family, node), days) in &self.snapshots {
            let source = SOURCES
                .iter()
                .find(|s| family.split(':').next() == Some(s))
                .copied()
                .unwrap_or("snapshot");
            let mut before: Option<(&NaiveDate, &BTreeSet<String>)> = None;
            for (day, numbers) in days {
                if let Some((day_before, previous)) = before {
                    if numbers.len() * 2 < previous.len() {
                        continue;
                    }
                    free.extend(
                        previous
                            .difference(numbers)
                            .map(|n| (source, *node, *day, n.clone())),
                    );
                    free.extend(
                        numbers
                            .difference(previous)
                            .map(|n| (source, *node, *day_before, n.clone())),
                    );
                }
                before = Some((day, numbers));
            }
        }
        for (source, node, day, number) in free {
            self.add(node, &number, end_of(day), Says::Free, source);
        }
    }
}

/// The uninterrupted times of one number, in order.
fn spells_of(node: u8, number: &str, evidence: &[Evidence]) -> Vec<Assignment> {
    let mut done: Vec<Assignment> = Vec::new();
    let mut open: Option<(Assignment, NaiveDateTime)> = None;
    let mut last: Option<NaiveDateTime> = None;
    // a source that lacks the number says nothing against another that still has it later
    let last_seen_by: HashMap<&str, NaiveDateTime> = evidence
        .iter()
        .filter(|e| e.says != Says::Free)
        .map(|e| (e.source, e.at))
        .collect();
    for e in evidence {
        let exact = e.source == "amo-logbk";
        let name = match &e.says {
            Says::Free => {
                let contradicted = !exact
                    && last_seen_by
                        .iter()
                        .any(|(s, at)| *s != e.source && *at >= e.at);
                if !contradicted && let Some((mut spell, seen)) = open.take() {
                    spell.to = Some((if exact { e.at } else { seen }, e.at));
                    done.push(spell);
                }
                last = Some(e.at);
                continue;
            }
            Says::Holds(name, _) | Says::Assigned(name) | Says::Renamed(name) => name,
        };
        let identity = match &e.says {
            Says::Holds(_, identity) => identity.clone(),
            _ => None,
        };
        let key = (name.surname.clone(), name.given.clone());
        if let Some((spell, seen)) = &mut open {
            if continues(spell, e, name, identity.as_deref()) {
                if spell.names.last() != Some(&key) {
                    spell.names.push(key);
                }
                if identity.is_some() {
                    spell.identity = identity;
                }
                note_evidence(spell, e.source);
                *seen = e.at;
                last = Some(e.at);
                continue;
            }
            spell.to = Some((if exact { e.at } else { *seen }, e.at));
        }
        done.extend(open.take().map(|(spell, _)| spell));
        let spell = Assignment {
            node,
            number: number.to_owned(),
            person: 0,
            names: vec![key],
            identity,
            from: (if exact { Some(e.at) } else { last }, e.at),
            to: None,
            evidence: vec![e.source.to_owned()],
        };
        open = Some((spell, e.at));
        last = Some(e.at);
    }
    done.extend(open.map(|(spell, _)| spell));
    done
}

fn note_evidence(spell: &mut Assignment, source: &str) {
    if !spell.evidence.iter().any(|s| s == source) {
        spell.evidence.push(source.to_owned());
    }
}

/// Whether the evidence speaks of the person who is on the number already.
fn continues(spell: &Assignment, e: &Evidence, name: &Name, identity: Option<&str>) -> bool {
    if let (Some(ours), Some(theirs)) = (&spell.identity, identity) {
        return ours == theirs;
    }
    let known = spell
        .names
        .iter()
        .any(|(s, g)| *s == name.surname && *g == name.given);
    if known {
        return true;
    }
    let Some((surname, given)) = spell.names.last() else {
        return false;
    };
    let now = Name {
        surname: surname.clone(),
        given: given.clone(),
    };
    match e.says {
        // the number was given away: a new person, even with the same given name
        Says::Assigned(_) => false,
        _ => now.may_be_renamed_to(name),
    }
}

/// Gives every spell its person: the same personnel number is one person, and so is
/// the same name that leaves one number while it comes to another. Returns how many persons there are.
fn link_persons(spells: &mut [Assignment]) -> u64 {
    let mut parent: Vec<usize> = (0..spells.len()).collect();
    fn root(parent: &mut [usize], mut i: usize) -> usize {
        while parent[i] != i {
            parent[i] = parent[parent[i]];
            i = parent[i];
        }
        i
    }
    let mut by_identity: HashMap<&str, usize> = HashMap::new();
    let mut by_name: HashMap<(&str, &str), Vec<usize>> = HashMap::new();
    for (i, spell) in spells.iter().enumerate() {
        if let Some(identity) = &spell.identity {
            match by_identity.get(identity.as_str()) {
                Some(&first) => {
                    let (a, b) = (root(&mut parent, first), root(&mut parent, i));
                    parent[b] = a;
                }
                None => {
                    by_identity.insert(identity, i);
                }
            }
        }
        for (surname, given) in &spell.names {
            by_name.entry((surname, given)).or_default().push(i);
        }
    }
    // more of one name than this is no person who moves: nothing is linked by it
    for same_name in by_name.values().filter(|v| v.len() <= 1000) {
        for &a in same_name {
            for &b in same_name {
                if a != b && moved(&spells[a], &spells[b]) {
                    let (x, y) = (root(&mut parent, a), root(&mut parent, b));
                    parent[y] = x;
                }
            }
        }
    }
    let mut numbers: HashMap<usize, u32> = HashMap::new();
    for (i, spell) in spells.iter_mut().enumerate() {
        let r = root(&mut parent, i);
        let next = numbers.len() as u32 + 1;
        spell.person = *numbers.entry(r).or_insert(next);
    }
    numbers.len() as u64
}

/// Whether the person of `a` went to `b`: the windows of leaving and coming meet, and no personnel number speaks against it.
fn moved(a: &Assignment, b: &Assignment) -> bool {
    if let (Some(x), Some(y)) = (&a.identity, &b.identity)
        && x != y
    {
        return false;
    }
    let Some((left_first, left_last)) = a.to else {
        return false;
    };
    let (Some(came_first), came_last) = b.from else {
        return false;
    };
    (a.node, &a.number) != (b.node, &b.number) && came_first <= left_last && left_first <= came_last
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn show(resolved: &Resolved) -> Vec<String> {
        resolved
            .assignments
            .iter()
            .map(|a| {
                let to = a.to.map_or("-".to_owned(), |t| {
                    format!("{}..{}", t.0.date(), t.1.date())
                });
                format!(
                    "{} p{} {} {} {to}",
                    a.number,
                    a.person,
                    a.names.len(),
                    a.from.1.date()
                )
            })
            .collect()
    }

    #[test]
    fn a_successor_a_marriage_and_twins() {
        let mut h = History::default();
        for (d, on_4711, on_4712) in [
            ("2026-01-31", "Beispiel*Anna", "Koch*Eva"),
            ("2026-02-28", "Berg*Jan", "Roth*Eva"),
        ] {
            h.holds(
                Some("amo-regen"),
                "amo-regen",
                0,
                day(d),
                "4711",
                on_4711,
                None,
            );
            h.holds(
                Some("amo-regen"),
                "amo-regen",
                0,
                day(d),
                "4712",
                on_4712,
                None,
            );
            h.holds(
                Some("amo-regen"),
                "amo-regen",
                0,
                day(d),
                "4713",
                "Zwilling*Kim",
                None,
            );
            h.holds(
                Some("amo-regen"),
                "amo-regen",
                0,
                day(d),
                "4714",
                "Zwilling*Kim",
                None,
            );
        }
        let r = h.resolve();
        assert_eq!(
            show(&r),
            [
                "4711 p1 1 2026-01-31 2026-01-31..2026-02-28",
                "4711 p2 1 2026-02-28 -",
                "4712 p3 2 2026-01-31 -",
                "4713 p4 1 2026-01-31 -",
                "4714 p5 1 2026-01-31 -",
            ]
        );
        assert_eq!(r.persons, 5);
    }

    #[test]
    fn a_move_is_one_person_and_two_assignments() {
        let mut h = History::default();
        h.holds(
            Some("amo-regen"),
            "amo-regen",
            0,
            day("2026-01-31"),
            "4711",
            "Beispiel*Anna",
            None,
        );
        h.holds(
            Some("amo-regen"),
            "amo-regen",
            0,
            day("2026-02-28"),
            "4799",
            "Beispiel*Anna",
            None,
        );
        let r = h.resolve();
        assert_eq!((r.persons, r.assignments.len()), (1, 2));
    }

    #[test]
    fn commands_are_exact_and_shared_lines_are_nobody() {
        let at = |t: &str| NaiveDateTime::parse_from_str(t, "%Y-%m-%d %H:%M:%S").unwrap();
        let mut h = History::default();
        h.holds(
            Some("amo-regen"),
            "amo-regen",
            0,
            day("2026-01-31"),
            "4711",
            "Beispiel*Anna",
            None,
        );
        h.command(0, "4711", at("2026-02-10 09:00:00"), Says::Free);
        h.command(
            0,
            "4711",
            at("2026-02-12 10:00:00"),
            Says::Assigned(Name::read("Neu*Anna").unwrap()),
        );
        h.holds(
            Some("amo-regen"),
            "amo-regen",
            0,
            day("2026-02-28"),
            "4711",
            "Neu*Anna",
            None,
        );
        h.holds(
            Some("amo-regen"),
            "amo-regen",
            0,
            day("2026-02-28"),
            "2500",
            "Lager*Nord",
            None,
        );
        h.not_personal(0, "2500");
        let r = h.resolve();
        assert_eq!(r.persons, 2);
        assert_eq!(r.assignments[0].to.unwrap().1, at("2026-02-10 09:00:00"));
        assert_eq!(
            r.assignments[1].from,
            (Some(at("2026-02-12 10:00:00")), at("2026-02-12 10:00:00"))
        );
    }

    #[test]
    fn a_renumbering_keeps_the_person() {
        let mut h = History::default();
        h.holds(
            Some("amo-regen"),
            "amo-regen",
            0,
            day("2026-01-31"),
            "4711",
            "Beispiel*Anna",
            None,
        );
        h.renumbered(
            (0, "4711".into()),
            (0, "4999".into()),
            day("2026-02-03").and_time(NaiveTime::MIN),
        );
        h.holds(
            Some("amo-regen"),
            "amo-regen",
            0,
            day("2026-02-28"),
            "4999",
            "Beispiel*Anna",
            None,
        );
        let r = h.resolve();
        assert_eq!(
            show(&r),
            [
                "4711 p1 1 2026-01-31 2026-02-03..2026-02-03",
                "4999 p1 1 2026-02-03 -"
            ]
        );
        assert_eq!(r.persons, 1);
    }

    #[test]
    fn what_another_source_lacks_or_a_partial_one_proves_nothing() {
        let mut h = History::default();
        for n in ["4711", "4712", "4713"] {
            h.holds(
                Some("amo-regen"),
                "amo-regen",
                0,
                day("2026-01-31"),
                n,
                "Beispiel*Anna",
                Some(n),
            );
            h.holds(
                Some("amo-regen"),
                "amo-regen",
                0,
                day("2026-03-31"),
                n,
                "Beispiel*Anna",
                Some(n),
            );
        }
        h.holds(
            Some("xie"),
            "xie",
            0,
            day("2026-01-15"),
            "4711",
            "Beispiel*Anna",
            None,
        );
        h.snapshot_seen("xie", 0, day("2026-02-15"));
        h.holds(
            Some("amo-regen"),
            "amo-regen",
            0,
            day("2026-02-28"),
            "4711",
            "Beispiel*Anna",
            None,
        );
        let r = h.resolve();
        assert_eq!((r.persons, r.assignments.len()), (3, 3));
    }
}
