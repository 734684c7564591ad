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
    /// An exact command changed the name: new and, where the command says it, former name.
    Renamed(Name, Option<Name>),
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
    people: Unnumbered,
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

    /// A row of a person table without a station number; `file` tells files apart.
    pub(super) fn person(&mut self, file: usize, name: &str, identity: Option<&str>) {
        if let Some(name) = Name::read(name) {
            self.people.add(file, name, identity);
        }
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
            persons: persons + self.people.beyond(&spells),
            assignments: spells,
        }
    }

    fn add_renumberings(&mut self) {
        let mut renumbered = std::mem::take(&mut self.renumbered);
        renumbered.sort();
        for (at, old, new) in renumbered {
            let known = || {
                self.numbers
                    .get(&old)
                    .into_iter()
                    .flatten()
                    .filter(|e| e.at < at)
            };
            let last = known().map(|e| e.at).max();
            let names: Vec<Name> = known()
                .filter(|e| Some(e.at) == last)
                .filter_map(|e| match &e.says {
                    Says::Holds(name, _) | Says::Assigned(name) | Says::Renamed(name, _) => {
                        Some(name.clone())
                    }
                    Says::Free => None,
                })
                .collect();
            self.command(old.0, &old.1, at, Says::Free);
            for name in names {
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

/// Changes of ownership that lie somewhere between two snapshots: coming, leaving, or both at once.
pub(super) fn doubtful(assignments: &[Assignment]) -> usize {
    let mut windows = BTreeSet::new();
    for a in assignments {
        let came = a.from.0.map(|before| (before, a.from.1));
        for (before, after) in came.into_iter().chain(a.to) {
            if before.date() < after.date() {
                windows.insert((a.node, &a.number, after));
            }
        }
    }
    windows.len()
}

/// The uninterrupted times of one number, in order. Several persons at once are several spells.
fn spells_of(node: u8, number: &str, evidence: &[Evidence]) -> Vec<Assignment> {
    let mut line = Line {
        node,
        number,
        done: Vec::new(),
        open: Vec::new(),
        last: None,
    };
    // a source that lacks the number says nothing against another that still has it later
    let last_seen_by: HashMap<&str, NaiveDateTime> = evidence
        .iter()
        .filter(|e| e.says != Says::Free)
        .map(|e| (e.source, e.at))
        .collect();
    let mut rest = evidence;
    while let Some(first) = rest.first() {
        let moment = rest.partition_point(|e| e.at <= first.at);
        let (now, later) = rest.split_at(moment);
        rest = later;
        let mut sources: Vec<&'static str> = now.iter().map(|e| e.source).collect();
        sources.sort_unstable();
        sources.dedup();
        for source in sources {
            line.names(first.at, source, now.iter().filter(|e| e.source == source));
        }
        for e in now {
            match &e.says {
                Says::Renamed(name, old) => line.renamed(e.at, name, old.as_ref()),
                Says::Free => {
                    let contradicted = e.source != LOGGED
                        && last_seen_by
                            .iter()
                            .any(|(s, at)| *s != e.source && *at >= e.at);
                    if !contradicted {
                        line.close(e.at, e.source, |_| true);
                    }
                }
                Says::Holds(..) | Says::Assigned(_) => {}
            }
        }
        line.last = Some(first.at);
    }
    line.finish()
}

/// The source of exact evidence.
const LOGGED: &str = "amo-logbk";

/// One number while its evidence is read in the order of time.
struct Line<'a> {
    node: u8,
    number: &'a str,
    done: Vec<Assignment>,
    /// Who is on it, and when that was last seen.
    open: Vec<(Assignment, NaiveDateTime)>,
    /// The last evidence before.
    last: Option<NaiveDateTime>,
}

impl Line<'_> {
    /// What one source says at one moment about who is on the number: one name or several.
    fn names<'e>(
        &mut self,
        at: NaiveDateTime,
        source: &'static str,
        evidence: impl Iterator<Item = &'e Evidence>,
    ) {
        let mut given_away = false;
        let mut new: Vec<(&Name, Option<&String>)> = Vec::new();
        let mut met: Vec<usize> = Vec::new();
        for e in evidence {
            let (name, identity) = match &e.says {
                Says::Holds(name, identity) => (name, identity.as_ref()),
                Says::Assigned(name) => {
                    given_away = true;
                    (name, None)
                }
                Says::Renamed(..) | Says::Free => continue,
            };
            match self
                .open
                .iter()
                .position(|(s, _)| is_same(s, name, identity))
            {
                Some(ix) => {
                    self.see(ix, name, identity, source, at);
                    met.push(ix);
                }
                None => new.push((name, identity)),
            }
        }
        if new.is_empty() && met.is_empty() {
            return;
        }
        // somebody on the number who is not named now has another name, unless the number was given away
        new.retain(|(name, identity)| {
            let renamed = self.open.iter().enumerate().position(|(ix, (s, _))| {
                !given_away && !met.contains(&ix) && may_be_renamed(s, name, *identity)
            });
            if let Some(ix) = renamed {
                self.see(ix, name, *identity, source, at);
                met.push(ix);
            }
            renamed.is_none()
        });
        // a source that never named somebody says nothing by not naming them beside others
        let replaced = !new.is_empty();
        let met: BTreeSet<usize> = met.into_iter().collect();
        let mut ix = 0;
        self.close(at, source, |spell| {
            let this = ix;
            ix += 1;
            !met.contains(&this) && (replaced || spell.evidence.iter().any(|s| s == source))
        });
        for (name, identity) in new {
            let spell = Assignment {
                node: self.node,
                number: self.number.to_owned(),
                person: 0,
                names: vec![key(name)],
                identity: identity.cloned(),
                from: (
                    if source == LOGGED {
                        Some(at)
                    } else {
                        self.last
                    },
                    at,
                ),
                to: None,
                evidence: vec![source.to_owned()],
            };
            self.open.push((spell, at));
        }
    }

    /// An exact command changed a name: of whoever had the former one, else of whoever may have become this one.
    fn renamed(&mut self, at: NaiveDateTime, name: &Name, old: Option<&Name>) {
        let find = |test: &dyn Fn(&Assignment) -> bool| self.open.iter().position(|(s, _)| test(s));
        let ix = old
            .filter(|old| old.may_be_renamed_to(name))
            .and_then(|old| find(&|s| is_same(s, old, None)))
            .or_else(|| find(&|s| is_same(s, name, None)))
            .or_else(|| find(&|s| may_be_renamed(s, name, None)));
        if let Some(ix) = ix {
            return self.see(ix, name, None, LOGGED, at);
        }
        // another person under the name of a rename: the number was given away
        let says = Says::Assigned(name.clone());
        let evidence = Evidence {
            at,
            says,
            source: LOGGED,
        };
        self.names(at, LOGGED, std::iter::once(&evidence));
    }

    /// Notes that somebody on the number was seen.
    fn see(
        &mut self,
        ix: usize,
        name: &Name,
        identity: Option<&String>,
        source: &str,
        at: NaiveDateTime,
    ) {
        let (spell, seen) = &mut self.open[ix];
        if spell.names.last() != Some(&key(name)) {
            spell.names.push(key(name));
        }
        if identity.is_some() {
            spell.identity = identity.cloned();
        }
        if !spell.evidence.iter().any(|s| s == source) {
            spell.evidence.push(source.to_owned());
        }
        *seen = at;
    }

    /// Ends the times of some of those on the number; asked in their order.
    fn close(
        &mut self,
        at: NaiveDateTime,
        source: &str,
        mut ends: impl FnMut(&Assignment) -> bool,
    ) {
        let open = std::mem::take(&mut self.open);
        for (mut spell, seen) in open {
            if ends(&spell) {
                spell.to = Some((if source == LOGGED { at } else { seen }, at));
                self.done.push(spell);
            } else {
                self.open.push((spell, seen));
            }
        }
    }

    fn finish(mut self) -> Vec<Assignment> {
        self.done
            .extend(self.open.drain(..).map(|(spell, _)| spell));
        self.done
    }
}

fn key(name: &Name) -> (String, String) {
    (name.surname.clone(), name.given.clone())
}

/// Whether the evidence speaks of this person by number or by a name it has or had.
fn is_same(spell: &Assignment, name: &Name, identity: Option<&String>) -> bool {
    match (&spell.identity, identity) {
        (Some(ours), Some(theirs)) => ours == theirs,
        _ => spell
            .names
            .iter()
            .any(|(s, g)| *s == name.surname && *g == name.given),
    }
}

/// Whether the name may be a new one of this person.
fn may_be_renamed(spell: &Assignment, name: &Name, identity: Option<&String>) -> bool {
    if spell.identity.is_some() && identity.is_some() {
        return false;
    }
    spell.names.last().is_some_and(|(surname, given)| {
        let now = Name {
            surname: surname.clone(),
            given: given.clone(),
        };
        now.may_be_renamed_to(name)
    })
}

/// Gives every spell its person: the same personnel number is one person, and so is
/// the same name that leaves one number while it comes to another, or comes back to its number.
/// Returns how many persons there are.
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

/// Whether the person of `a` went to `b`: the windows of leaving and coming meet, or it is the same number later on,
/// and no personnel number speaks against it.
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
    if (a.node, &a.number) == (b.node, &b.number) {
        return left_first <= came_last;
    }
    came_first <= left_last && left_first <= came_last
}

/// Rows of person tables without a station number.
#[derive(Default)]
struct Unnumbered {
    /// By personnel number: the names.
    known: BTreeMap<String, BTreeSet<(String, String)>>,
    /// Without one: by file, how often a name stands in it.
    named: BTreeMap<usize, BTreeMap<(String, String), u64>>,
}

impl Unnumbered {
    fn add(&mut self, file: usize, name: Name, identity: Option<&str>) {
        let name = key(&name);
        match identity {
            Some(identity) => {
                self.known
                    .entry(identity.to_owned())
                    .or_default()
                    .insert(name);
            }
            None => *self.named.entry(file).or_default().entry(name).or_default() += 1,
        }
    }

    /// How many persons these are beyond those who have a number.
    ///
    /// A personnel number is one person. Without one, a name stands for as many persons as
    /// the table that has it most often says, or as have it on a number.
    fn beyond(&self, spells: &[Assignment]) -> u64 {
        let identities: BTreeSet<&str> = spells
            .iter()
            .filter_map(|s| s.identity.as_deref())
            .collect();
        let mut by_name: BTreeMap<&(String, String), BTreeSet<u32>> = BTreeMap::new();
        let identified: BTreeSet<u32> = spells
            .iter()
            .filter(|s| s.identity.is_some())
            .map(|s| s.person)
            .collect();
        for spell in spells {
            for name in &spell.names {
                by_name.entry(name).or_default().insert(spell.person);
            }
        }
        let mut taken: BTreeSet<u32> = BTreeSet::new();
        let mut new = 0;
        let mut new_by_name: BTreeMap<&(String, String), u64> = BTreeMap::new();
        for (identity, names) in &self.known {
            if identities.contains(identity.as_str()) {
                continue;
            }
            let free = names
                .iter()
                .filter_map(|n| by_name.get(n))
                .flatten()
                .find(|p| !identified.contains(p) && !taken.contains(p));
            if let Some(person) = free {
                taken.insert(*person);
                continue;
            }
            new += 1;
            for name in names {
                *new_by_name.entry(name).or_default() += 1;
            }
        }
        let mut most: BTreeMap<&(String, String), u64> = BTreeMap::new();
        for (name, n) in self.named.values().flatten() {
            let most = most.entry(name).or_default();
            *most = (*most).max(*n);
        }
        for (name, n) in most {
            let known = by_name.get(name).map_or(0, |p| p.len() as u64)
                + new_by_name.get(name).copied().unwrap_or(0);
            new += n.saturating_sub(known);
        }
        new
    }
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

    #[test]
    fn two_names_on_one_station_are_two_persons_at_once_and_stay_so() {
        let mut h = History::default();
        for d in ["2026-01-31", "2026-02-28", "2026-03-31"] {
            for name in ["Muster*Jan", "Beispiel*Anna"] {
                h.holds(
                    Some("amo-regen"),
                    "amo-regen",
                    0,
                    day(d),
                    "4711",
                    name,
                    None,
                );
            }
        }
        // the other source names the first only
        h.holds(
            Some("xie"),
            "xie",
            0,
            day("2026-02-15"),
            "4711",
            "Muster*Jan",
            None,
        );
        let r = h.resolve();
        assert_eq!(
            show(&r),
            ["4711 p1 1 2026-01-31 -", "4711 p2 1 2026-01-31 -"]
        );
        assert!(r.assignments.iter().all(|a| a.to.is_none()));
    }

    #[test]
    fn who_comes_back_to_the_number_is_the_same_person() {
        let mut h = History::default();
        for (d, name) in [
            ("2026-01-31", "Beispiel*Anna"),
            ("2026-02-28", "Berg*Jan"),
            ("2026-03-31", "Beispiel*Anna"),
        ] {
            h.holds(
                Some("amo-regen"),
                "amo-regen",
                0,
                day(d),
                "4711",
                name,
                None,
            );
        }
        let r = h.resolve();
        assert_eq!((r.persons, r.assignments.len()), (2, 3));
    }

    #[test]
    fn rows_without_a_number_add_only_who_is_not_known_yet() {
        let mut h = History::default();
        for (n, name) in [
            ("4711", "Beispiel*Anna"),
            ("4713", "Zwilling*Kim"),
            ("4714", "Zwilling*Kim"),
        ] {
            h.holds(Some("xie:PORT"), "xie", 0, day("2026-01-31"), n, name, None);
        }
        // a table with personnel numbers: the three on numbers, and one more
        for (id, name) in [
            ("P1", "Beispiel*Anna"),
            ("P2", "Zwilling*Kim"),
            ("P3", "Zwilling*Kim"),
            ("P4", "Neu*Eva"),
        ] {
            h.person(0, name, Some(id));
        }
        // the same person under a new name, in a later table
        h.person(1, "Ehe*Eva", Some("P4"));
        // a table without them: three of one name are one more, and one is new
        for name in [
            "Zwilling*Kim",
            "Zwilling*Kim",
            "Zwilling*Kim",
            "Ehe*Eva",
            "Still*Ole",
        ] {
            h.person(2, name, None);
        }
        h.person(3, "Still*Ole", None);
        let r = h.resolve();
        assert_eq!((r.persons, r.assignments.len()), (6, 3));
    }
}
