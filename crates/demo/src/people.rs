//! Who works at the invented site, on which number, from when to when, and what the records show of it.

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, Weekday};

use crate::Options;
use crate::names::Name;
use crate::number::{Nodes, Party};
use crate::rng::Rng;

/// A moment of the real story, and whether the LOGBK capture holds its command.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) at: NaiveDateTime,
    pub(crate) logged: bool,
}

/// One person of the site.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    /// Personnel number and key of the truth: `P00012`.
    pub(crate) key: String,
    pub(crate) name: Name,
    /// The surname from a marriage on.
    pub(crate) married: Option<(NaiveDateTime, String)>,
    /// Separates the e-mail addresses of twins.
    pub(crate) twin: u8,
    pub(crate) org: &'static str,
}

impl Person {
    /// The name shown at the end of a day.
    pub(crate) fn name_on(&self, day: NaiveDate) -> Name {
        match &self.married {
            Some((at, surname)) if at.date() <= day => Name {
                surname: surname.clone(),
                ..self.name.clone()
            },
            _ => self.name.clone(),
        }
    }
}

/// One person on one number for one uninterrupted time.
#[derive(Clone, Debug)]
pub(crate) struct Holding {
    pub(crate) person: usize,
    pub(crate) node: u8,
    pub(crate) number: u32,
    /// None: since before the records begin.
    pub(crate) from: Option<Moment>,
    /// None: still at the end.
    pub(crate) to: Option<Moment>,
    /// The station is gone from this day on, and the name stays: orphan personal data.
    pub(crate) orphan_from: Option<NaiveDate>,
}

impl Holding {
    /// Whether the name is on the number at the end of the day.
    pub(crate) fn holds(&self, day: NaiveDate) -> bool {
        self.from.is_none_or(|m| m.at.date() <= day) && self.to.is_none_or(|m| m.at.date() > day)
    }

    /// Whether there is a telephone at the end of the day.
    pub(crate) fn has_station(&self, day: NaiveDate) -> bool {
        self.holds(day) && self.orphan_from.is_none_or(|from| day < from)
    }
}

/// What a line is when it is not one person's (`[[line]]` of `site.toml`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SharedLine {
    pub(crate) number: u32,
    pub(crate) kind: &'static str,
    pub(crate) name: &'static str,
}

/// Persons whose story is planted, by their place in [`Site::persons`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cast {
    pub(crate) twins: [usize; 2],
    pub(crate) bride: usize,
    pub(crate) reuse_logged: [usize; 2],
    pub(crate) reuse_unlogged: [usize; 2],
    pub(crate) leaver: usize,
    pub(crate) mover: usize,
    pub(crate) orphan: usize,
    pub(crate) forwarder: usize,
    pub(crate) home_office: usize,
    pub(crate) joiner: usize,
    pub(crate) joiner_unlogged: usize,
}

/// The invented company.
#[derive(Debug)]
pub(crate) struct Company {
    pub(crate) seed: u64,
    pub(crate) start: NaiveDate,
    pub(crate) end: NaiveDate,
    pub(crate) nodes: Nodes,
    pub(crate) persons: Vec<Person>,
    pub(crate) holdings: Vec<Holding>,
    pub(crate) lines: Vec<SharedLine>,
    pub(crate) cast: Cast,
    /// Days of the REGEN snapshots of Nord; the last is the end.
    pub(crate) snapshots: Vec<NaiveDate>,
}

/// Persons on the first day whose stories are planted, on both nodes: no site has fewer.
pub(crate) const CAST: u32 = 14;

const ORGS: [&str; 8] = [
    "VERTRIEB", "EINKAUF", "EK 3", "IT", "PERSONAL", "LAGER", "TECHNIK", "RECHT",
];
const LINES: [(u32, &str, &str); 8] = [
    (2100, "function", "Betriebsrat"),
    (2101, "function", "Betriebsarzt"),
    (2500, "shared", "Labor"),
    (2510, "hot-desk", "Wechselplatz 1"),
    (2511, "hot-desk", "Wechselplatz 2"),
    (2520, "function", "Besprechung 1"),
    (2590, "function", "Fax Einkauf"),
    (2600, "attendant", "Empfang"),
];

impl Company {
    pub(crate) fn new(options: &Options) -> Self {
        let persons = options.persons.max(CAST);
        let days = options.days.clamp(1, 3660);
        let end = options.end;
        let start = end - Days::new(u64::from(days) - 1);
        let west = (persons / 10).max(2);
        let nord = persons - west;
        let nodes = Nodes::new(
            if nord > 7000 { 5 } else { 4 },
            if west > 600 { 4 } else { 3 },
        );
        let lines = LINES.map(|(n, kind, name)| SharedLine {
            number: nord_scale(&nodes) * n,
            kind,
            name,
        });
        let mut company = Self {
            seed: options.seed,
            start,
            end,
            nodes,
            persons: Vec::new(),
            holdings: Vec::new(),
            lines: lines.to_vec(),
            cast: Cast {
                twins: [0, 1],
                bride: 2,
                reuse_logged: [3, 0],
                reuse_unlogged: [4, 0],
                leaver: 5,
                mover: 6,
                orphan: 7,
                forwarder: 8,
                home_office: 9,
                joiner: 0,
                joiner_unlogged: 0,
            },
            snapshots: snapshots(start, end, persons > 500),
        };
        for i in 0..nord {
            let person = company.hire();
            company.place(person, 0, company.nord_number(i), None);
        }
        for i in 0..west {
            let person = company.hire();
            let first = if nodes.0[1].digits == 3 { 201 } else { 2001 };
            company.place(person, 1, first + i, None);
        }
        company.stage(nord);
        company
    }

    /// The story: what the README of the site lists as planted, and changes in proportion for large sites.
    fn stage(&mut self, nord: u32) {
        let mut free = nord;
        self.persons[1].name = self.persons[0].name.clone();
        self.persons[1].twin = 2;

        let married = format!("{}-Lindner", self.persons[2].name.surname);
        self.persons[2].married = Some((self.moment(40, 9, 12), married));

        let number = self.leave(
            3,
            Moment {
                at: self.moment(30, 8, 31),
                logged: true,
            },
        );
        let successor = self.hire();
        let at = Moment {
            at: self.moment(37, 16, 14),
            logged: true,
        };
        self.place(successor, 0, number, Some(at));
        self.cast.reuse_logged[1] = successor;

        let number = self.leave(
            4,
            Moment {
                at: self.moment(55, 8, 2),
                logged: false,
            },
        );
        let successor = self.hire();
        let at = Moment {
            at: self.moment(60, 16, 40),
            logged: false,
        };
        self.place(successor, 0, number, Some(at));
        self.cast.reuse_unlogged[1] = successor;

        self.leave(
            5,
            Moment {
                at: self.moment(70, 14, 5),
                logged: true,
            },
        );

        let at = Moment {
            at: self.moment(50, 10, 22),
            logged: true,
        };
        self.leave(6, at);
        self.place(6, 0, self.nord_number(free), Some(at));
        free += 1;

        self.holdings[7].orphan_from = Some(self.moment(45, 8, 0).date());

        for logged in [true, false] {
            let person = self.hire();
            let at = Moment {
                at: self.moment(if logged { 25 } else { 65 }, 8, 51),
                logged,
            };
            self.place(person, 0, self.nord_number(free), Some(at));
            free += 1;
            if logged {
                self.cast.joiner = person
            } else {
                self.cast.joiner_unlogged = person
            }
        }

        // three in a hundred leave in a year, half of them with a command in the logbook
        let days = (self.end - self.start).num_days() as u32 + 1;
        let turnover = nord.saturating_sub(60) * 3 / 100 * days / 365;
        let mut rng = Rng::new(self.seed, 3);
        for i in 0..turnover {
            let person = (20 + i * 2) as usize;
            if person >= nord as usize {
                break;
            }
            let logged = i % 2 == 0;
            let percent = 5 + rng.below(70);
            let number = self.leave(
                person,
                Moment {
                    at: self.moment(percent, 8, i % 60),
                    logged,
                },
            );
            if i % 3 == 0 {
                let successor = self.hire();
                let at = Moment {
                    at: self.moment(percent + 12, 15, i % 60),
                    logged,
                };
                self.place(successor, 0, number, Some(at));
            }
        }
    }

    fn hire(&mut self) -> usize {
        let count = self.persons.len() as u32;
        self.persons.push(Person {
            key: format!("P{:05}", count + 1),
            name: Name::of(self.seed, count),
            married: None,
            twin: 1,
            org: ORGS[(count % ORGS.len() as u32) as usize],
        });
        self.persons.len() - 1
    }

    fn place(&mut self, person: usize, node: u8, number: u32, from: Option<Moment>) {
        self.holdings.push(Holding {
            person,
            node,
            number,
            from,
            to: None,
            orphan_from: None,
        });
    }

    /// Ends the first holding of a person; gives the number.
    fn leave(&mut self, person: usize, at: Moment) -> u32 {
        let holding = &mut self.holdings[person];
        holding.to = Some(at);
        holding.number
    }

    /// A time in the period: percent of its days, on a working day.
    fn moment(&self, percent: u32, hour: u32, minute: u32) -> NaiveDateTime {
        let days = (self.end - self.start).num_days() as u64;
        let mut day = self.start + Days::new(days * u64::from(percent) / 100);
        while matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && day < self.end {
            day = day + Days::new(1);
        }
        day.and_hms_opt(hour, minute, 9).unwrap_or_default()
    }

    /// The i-th number for people: from 2200 on, without 25xx to 27xx; one digit more for large sites.
    fn nord_number(&self, i: u32) -> u32 {
        let scale = nord_scale(&self.nodes);
        let below = 300 * scale;
        if i < below {
            2200 * scale + i
        } else {
            2800 * scale + i - below
        }
    }

    /// A number of the site that the tables need: hunt group, mailbox access.
    pub(crate) fn special(&self, number: u32) -> u32 {
        nord_scale(&self.nodes) * number
    }

    pub(crate) fn holding_of(&self, person: usize, day: NaiveDate) -> Option<&Holding> {
        self.holdings
            .iter()
            .find(|h| h.person == person && h.holds(day))
    }

    /// First number of a planted person.
    pub(crate) fn number_of(&self, person: usize) -> u32 {
        self.holdings
            .iter()
            .find(|h| h.person == person)
            .map_or(0, |h| h.number)
    }

    /// The private mobile number to which the planted person forwards.
    pub(crate) fn private_mobile(&self) -> Party {
        Party::private(self.seed as u32 % 500)
    }

    /// What the records show of a holding, or none when no record shows it.
    pub(crate) fn shown(&self, holding: &Holding) -> Option<Shown> {
        let seen: Vec<NaiveDate> = if holding.node == 0 {
            self.snapshots
                .iter()
                .copied()
                .filter(|d| holding.holds(*d))
                .collect()
        } else {
            vec![self.snapshots[0], self.end]
        };
        let logged = |m: Option<Moment>| m.filter(|m| m.logged).map(|m| m.at);
        let from = logged(holding.from);
        if from.is_none() && seen.is_empty() {
            return None;
        }
        Some(Shown {
            from,
            from_snapshot: seen.first().copied(),
            to: logged(holding.to),
            to_snapshot: holding.to.and(seen.last().copied()),
            open: holding.to.is_none(),
        })
    }
}

/// The time of a holding as the records tell it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown {
    /// Exact begin from LOGBK.
    pub(crate) from: Option<NaiveDateTime>,
    /// First snapshot that shows it.
    pub(crate) from_snapshot: Option<NaiveDate>,
    /// Exact end from LOGBK.
    pub(crate) to: Option<NaiveDateTime>,
    /// Last snapshot that shows it, for one that has ended.
    pub(crate) to_snapshot: Option<NaiveDate>,
    /// Still there in the last snapshot.
    pub(crate) open: bool,
}

const fn nord_scale(nodes: &Nodes) -> u32 {
    if nodes.0[0].digits == 5 { 10 } else { 1 }
}

/// The day before the records begin, every month (or quarter) end, the last day.
fn snapshots(start: NaiveDate, end: NaiveDate, quarterly: bool) -> Vec<NaiveDate> {
    let mut days = vec![start - Days::new(1)];
    let mut day = start;
    while day < end {
        let next = day + Days::new(1);
        if next.day() == 1 && (!quarterly || next.month() % 3 == 1) {
            days.push(day);
        }
        day = next;
    }
    days.push(end);
    days
}
