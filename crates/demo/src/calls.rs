//! The calls of one day on one node: a function of seed, day and node, so no day has to be kept.

use chrono::{Datelike, NaiveDate, Weekday};

use crate::number::Party;
use crate::people::Company;
use crate::rng::Rng;

/// Direction, as `CONNTYPE` writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Incoming = 1,
    Outgoing = 2,
    Internal = 3,
}

/// One call. Times in seconds; `start` counts from midnight and may be negative for a planted call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    pub(crate) start: i32,
    pub(crate) duration: u32,
    pub(crate) ring: u32,
    pub(crate) kind: Kind,
    pub(crate) charged: Party,
    pub(crate) calling: Party,
    pub(crate) called: Party,
    pub(crate) destination: Party,
    pub(crate) trunk: u32,
    /// 0 = none.
    pub(crate) pin: u32,
    /// 0 = none.
    pub(crate) account: u32,
}

impl Call {
    pub(crate) const fn end(&self) -> i32 {
        self.start + self.duration as i32
    }
}

/// How many calls there are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Traffic {
    /// Calls per person and working day, in tenths.
    rate: u32,
    /// Different outside numbers that calls are drawn from.
    pool: u32,
}

impl Traffic {
    /// Five calls per person and working day; fewer for a small site over a long time, which is to stay small.
    pub(crate) fn of(persons: u32, days: u32) -> Self {
        let rate = if persons < 100 && days > 120 { 12 } else { 50 };
        Self {
            rate,
            pool: (persons * 60).clamp(600, 900_000),
        }
    }
}

/// The calls of a day in the order of their end.
pub(crate) fn calls_of(
    company: &Company,
    traffic: Traffic,
    node: u8,
    day: NaiveDate,
    out: &mut Vec<Call>,
) {
    out.clear();
    let mut rng = Rng::new(
        company.seed,
        (day.num_days_from_ce() as u64) << 8 | u64::from(node),
    );
    let weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    let mut stations: Vec<u32> = company
        .holdings
        .iter()
        .filter(|h| h.node == node && h.has_station(day))
        .map(|h| h.number)
        .collect();
    if node == 0 {
        stations.extend(company.lines.iter().map(|l| l.number));
    }
    let Some(&last) = stations.last() else { return };
    for &own in &stations {
        let calls = if !weekend {
            (rng.below(traffic.rate * 2 + 1) + 5) / 10
        } else {
            // somebody is always on duty: the last line, for Nord the attendant
            u32::from(own == last) + u32::from(rng.percent(2))
        };
        for _ in 0..calls {
            let call = call(company, traffic, node, own, &stations, &mut rng);
            out.push(call);
        }
    }
    out.sort_by_key(|c| (c.end(), c.start, c.charged));
}

fn call(
    company: &Company,
    traffic: Traffic,
    node: u8,
    own: u32,
    stations: &[u32],
    rng: &mut Rng,
) -> Call {
    let me = Party::station(node, own);
    let outside = Party::external(rng.rank(traffic.pool));
    let dice = rng.below(100);
    let answered = !rng.percent(15);
    let mut call = Call {
        // two draws: more calls in the middle of the day
        start: 25_200 + (rng.below(43_200) / 2 + rng.below(43_200) / 2) as i32,
        duration: if answered { rng.rank(2048) + 3 } else { 0 },
        ring: 2 + rng.below(if answered { 20 } else { 50 }),
        kind: Kind::Outgoing,
        charged: me,
        calling: me,
        called: outside,
        destination: outside,
        trunk: 1 + rng.below(30),
        pin: 0,
        account: 0,
    };
    if dice < 42 {
        match rng.below(50) {
            0 => call.pin = 10_000 + rng.below(90_000),
            1 | 2 => call.account = 700_000 + rng.rank(2000),
            3 if node == 0 => {
                let west = company.holdings.iter().rev().find(|h| h.node == 1);
                if let Some(west) = west {
                    call.destination = Party::station(1, west.number);
                    call.called = call.destination;
                }
            }
            _ => {}
        }
    } else if dice < 82 {
        call.kind = Kind::Incoming;
        call.called = if rng.percent(70) { me } else { Party::NOBODY };
        call.destination = me;
        // one caller in 25 withholds the number
        call.calling = if rng.percent(4) {
            Party::NOBODY
        } else {
            outside
        };
    } else {
        let mut at = rng.below(stations.len() as u32) as usize;
        if stations[at] == own {
            at = (at + 1) % stations.len();
        }
        let other = stations[at];
        call.kind = Kind::Internal;
        call.called = Party::station(node, other);
        call.destination = call.called;
        call.trunk = 0;
    }
    call
}
