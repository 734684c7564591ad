//! Start day and cluster of a record: what decides about its retention.

use std::sync::Arc;

use chrono::NaiveDate;
use gdpr4k_model::catalogue::ClusterIx;
use gdpr4k_model::number::{Access, NumberPlans, Party};

use super::cells::Cells;
use super::cut::trim;
use super::fit::Times;
use super::layout::{Clusters, Direction, Fold, Layout, Variant};
use super::quick::Quick;
use super::reader::{Context, Purpose};
use super::stamp::{At, Calendar, Read, Zones};

/// Decides about the records of one file.
#[derive(Debug)]
pub(super) struct Judge {
    clusters: Clusters,
    purpose: Purpose,
    plans: Arc<NumberPlans>,
    node: u8,
    calendar: Calendar,
    /// Of a site whose zone is known.
    zones: Option<Zones>,
    marks: bool,
    sides: Sides,
}

/// The start day of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StartDay {
    /// The site-local day.
    Known(NaiveDate),
    /// The record has no stamp.
    Missing,
    /// The stamp is none of the calendar, or not believed (cli.md 4, "Due").
    Odd,
}

impl Judge {
    pub(super) fn new(layout: &Layout, context: &Context) -> Self {
        Self {
            clusters: layout.clusters,
            purpose: context.purpose,
            plans: Arc::clone(&context.plans),
            node: context.node,
            calendar: Calendar::new(context.today),
            zones: context.zone.map(|site| Zones {
                stamps: layout.zone().unwrap_or(site),
                site,
                fold: layout.dst_fold,
            }),
            marks: layout.dst_fold == Fold::Mark,
            sides: Sides::default(),
        }
    }

    /// The site-local day of the end of the call (cli.md 4, "Due").
    #[inline]
    pub(super) fn day(&mut self, times: &Times) -> StartDay {
        let start = match times.start {
            Some(Read::At(at)) => Some(at),
            _ => None,
        };
        let day = match (times.end, start) {
            (Some(Read::At(mut end)), _) => {
                if let Some(from) = start
                    && end.year == 0
                {
                    // the name of the end year is not known: a layout may lack it
                    end.year = from.year + u16::from(end.month < from.month);
                }
                match self.elsewhere(&end) {
                    Some(zones) => self.calendar.elsewhere(&end, &zones, 0),
                    None => self.calendar.day(end.year, end.month, end.day),
                }
            }
            (Some(Read::Impossible), None) => None,
            (_, Some(from)) => {
                let duration = times.duration.unwrap_or(0);
                match self.elsewhere(&from) {
                    Some(zones) => self.calendar.elsewhere(&from, &zones, duration),
                    None => {
                        let first = self.calendar.day(from.year, from.month, from.day);
                        let seconds = from.seconds.saturating_add(duration);
                        first.and_then(|d| self.calendar.later(d, seconds))
                    }
                }
            }
            _ if times.start == Some(Read::Impossible) => None,
            _ => return StartDay::Missing,
        };
        day.map_or(StartDay::Odd, StartDay::Known)
    }

    /// The zones to change between; none where the stamp is wall clock of the site.
    #[inline]
    fn elsewhere(&self, at: &At) -> Option<Zones> {
        self.zones
            .filter(|z| at.offset.is_some() || z.stamps != z.site)
    }

    /// Whether the layout asks to mark records in the hour that comes twice, and this is one.
    #[inline]
    pub(super) fn repeats(&self, times: &Times) -> bool {
        self.marks
            && self
                .zones
                .is_some_and(|zones| [times.start, times.end].iter().any(|t| zones.repeats(t)))
    }

    /// The cluster of a record, and whether its direction code is one that the layout does not list.
    #[inline]
    pub(super) fn cluster<'a>(
        &mut self,
        variant: &Variant,
        quick: &Quick,
        cells: impl Cells<'a>,
        times: &Times,
    ) -> (Option<ClusterIx>, bool) {
        if self.purpose == Purpose::Performance {
            return (self.clusters.performance, false);
        }
        let answered = quick
            .answered
            .as_ref()
            .and_then(|codes| codes.get(trim(cells.get(codes.span()))))
            .unwrap_or_else(|| variant.duration.is_none() || times.duration.is_some_and(|s| s > 0));
        if !answered {
            return (self.clusters.failed, false);
        }
        let private = |codes: &super::quick::Codes<bool>| codes.get(trim(cells.get(codes.span())));
        if quick.private.as_ref().and_then(private) == Some(true) {
            return (self.clusters.private, false);
        }
        let (direction, unknown) = self.direction(variant, quick, cells);
        let cluster = match direction {
            Direction::Outgoing => self.clusters.outgoing,
            Direction::Incoming => self.clusters.incoming,
            Direction::Internal => self.clusters.internal,
        };
        (cluster, unknown)
    }

    #[inline]
    fn direction<'a>(
        &mut self,
        variant: &Variant,
        quick: &Quick,
        cells: impl Cells<'a>,
    ) -> (Direction, bool) {
        if let Some(direction) = variant.direction {
            return (direction, false);
        }
        let mut unknown = false;
        for codes in &quick.directions {
            let code = trim(cells.get(codes.span()));
            if let Some(direction) = codes.get(code) {
                return (direction, unknown);
            }
            // of several lists, each may know only some of its codes
            unknown |= !code.is_empty() && quick.directions.len() == 1;
        }
        (self.by_parties(variant, cells), unknown)
    }

    fn by_parties<'a>(&mut self, variant: &Variant, cells: impl Cells<'a>) -> Direction {
        let mut inside = |role: usize| {
            let (span, access) = variant.parties[role]?;
            let number = trim(cells.get(span));
            let (plans, node) = (&self.plans, self.node);
            self.sides.get_or(number, access, || {
                match plans.normalise(node, number, access) {
                    Party::Internal(..) | Party::Site => Some(true),
                    Party::External(_) | Party::Service | Party::Masked => Some(false),
                    Party::Token | Party::Nobody => None,
                }
            })
        };
        let (caller, called) = (inside(1), inside(2).or_else(|| inside(3)));
        match (caller.or_else(|| inside(0)), called) {
            (Some(true), Some(true)) if caller.is_none() && same(variant, cells) => {
                Direction::Incoming
            }
            (Some(true), Some(true)) => Direction::Internal,
            (Some(false) | None, Some(true)) => Direction::Incoming,
            _ => Direction::Outgoing,
        }
    }
}

/// Whether the party that pays is the one called: then somebody outside called.
fn same<'a>(variant: &Variant, cells: impl Cells<'a>) -> bool {
    match (variant.parties[0], variant.parties[2]) {
        (Some((own, _)), Some((to, _))) => trim(cells.get(own)) == trim(cells.get(to)),
        _ => false,
    }
}

/// On which side of the site numbers met lately are.
struct Sides {
    places: Vec<Side>,
}

#[derive(Clone, Copy)]
struct Side {
    number: [u8; 16],
    dialled: bool,
    inside: Option<bool>,
}

/// Numbers that are remembered, 20 bytes each.
const SIDES: usize = 1 << 11;

impl Default for Sides {
    fn default() -> Self {
        let empty = Side {
            number: [0; 16],
            dialled: false,
            inside: None,
        };
        Self {
            places: vec![empty; SIDES],
        }
    }
}

impl Sides {
    /// The side remembered for a number, else the one that `look` gives.
    fn get_or(
        &mut self,
        number: &[u8],
        access: Access,
        look: impl FnOnce() -> Option<bool>,
    ) -> Option<bool> {
        let mut key = [0; 16];
        // no number starts or ends with a NUL, so that the padding does not make two of them equal
        let Some(room) = key.get_mut(..number.len()) else {
            return look();
        };
        if number.is_empty() || number.contains(&0) {
            return look();
        }
        room.copy_from_slice(number);
        let dialled = access == Access::Dialled;
        let mixed = (u128::from_le_bytes(key) ^ (u128::from(dialled) << 127))
            .wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        let place = &mut self.places[(mixed >> 117) as usize];
        if place.number != key || place.dialled != dialled {
            *place = Side {
                number: key,
                dialled,
                inside: look(),
            };
        }
        place.inside
    }
}

impl std::fmt::Debug for Sides {
    /// Numbers belong to people.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sides({} places)", self.places.len())
    }
}
