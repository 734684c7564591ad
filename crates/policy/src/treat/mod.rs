//! What a day makes of a record: which steps of its rule are due, and what is ordered.

mod events;
mod protected;

pub use events::{Events, Known as KnownKeys, Scope};
pub use protected::Protected;

use std::collections::HashMap;
use std::fmt;

use chrono::{Days, NaiveDate};
use gdpr4k_model::catalogue::{Action, Grain, Selector};
use gdpr4k_model::period::Period;
use gdpr4k_model::retention::Treatment;

use crate::due::{Basis, Facts, due, end, stage_day};
use crate::holds::Cleared;
use crate::mask::{Mask, Numbers, Place, Step, party_stands, pending_of};
use crate::resolve::{EffectiveRule, Policy};
use crate::selector::Sort;

/// Stages that are due or pending: bit 0 stands for what is done at once in every cluster
/// (secrets), bit `n` for stage `n` of the rule, counted from 1.
pub type Stages = u16;

/// The bit of what is done at once.
pub const AT_ONCE: Stages = 1;

/// The rules of a site on one day.
#[derive(Debug)]
pub struct Rules {
    as_of: NaiveDate,
    rules: Vec<ClusterRule>,
    by_cluster: HashMap<String, usize>,
    events: Events,
}

/// The rule of one cluster, ready to be carried out.
#[derive(Debug)]
pub struct ClusterRule {
    rule: EffectiveRule,
    /// The masks with their bits, in the order in which they are carried out.
    masks: Vec<(u8, Mask)>,
}

/// What a day makes of a record, whatever its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Stages whose time has come.
    pub due: Stages,
    /// What the end of the rule makes of it.
    pub end: End,
    /// What the end was counted from.
    pub basis: Basis,
}

/// Whether the end of a rule has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum End {
    /// Not yet.
    Open,
    /// It is to be blocked: out of reach for everybody but authorities (Art. 32 LOPDGDD).
    Block,
    /// It is to be deleted; where the rule aggregates, the figures about groups take its place.
    Delete,
}

/// What the values of a record say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct State {
    /// Stages that would still change a value, were they due.
    pub pending: Stages,
    /// Whether a party still stands in a call with a protected number.
    pub protected: bool,
    /// Whether an erasure order still finds something.
    pub erase: bool,
}

/// What becomes of a record.
#[derive(Debug, PartialEq, Eq)]
pub enum Decision {
    /// It stays as it is.
    Keep,
    /// It is treated.
    Treat(Order),
    /// It waits for somebody: the code of the finding.
    Wait(&'static str),
}

/// What is to be done to a record; exists only where no suspension holds it.
#[derive(Debug, PartialEq, Eq)]
pub struct Order {
    /// Which part of the rule names it.
    pub stage: StageName,
    /// The furthest treatment.
    pub action: Treatment,
    /// The stages that are carried out, in their order.
    pub stages: Stages,
    /// Whether the parties are blanked, because a protected number takes part.
    pub protected: bool,
    /// Whether the erased person's side is blanked.
    pub erase: bool,
    /// That the suspensions were asked.
    pub cleared: Cleared,
}

/// Which part of a rule an order rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StageName {
    /// Whatever the age: secrets, calls with protected numbers.
    AtOnce,
    /// A stage, counted from 1.
    Stage(u8),
    /// An erasure order of a person.
    Erasure,
    /// The end of the rule.
    End,
}

impl fmt::Display for StageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtOnce => f.write_str("at-once"),
            Self::Stage(n) => n.fmt(f),
            Self::Erasure => f.write_str("erasure"),
            Self::End => f.write_str("end"),
        }
    }
}

impl Rules {
    /// The rules of a policy for one day.
    pub fn compile(policy: &Policy, as_of: NaiveDate, events: Events) -> Self {
        let rules: Vec<ClusterRule> = policy.rules.iter().map(ClusterRule::new).collect();
        let named = rules.iter().zip(0..);
        Self {
            as_of,
            by_cluster: named.map(|(r, i)| (r.rule.cluster.clone(), i)).collect(),
            rules,
            events,
        }
    }

    /// The day.
    pub const fn as_of(&self) -> NaiveDate {
        self.as_of
    }

    /// The start events that are known.
    pub const fn events(&self) -> &Events {
        &self.events
    }

    /// The rule of a cluster; none for technical data.
    pub fn cluster(&self, id: &str) -> Option<&ClusterRule> {
        self.by_cluster.get(id).map(|i| &self.rules[*i])
    }

    /// All rules, in the order of the catalogue.
    pub fn iter(&self) -> impl Iterator<Item = &ClusterRule> {
        self.rules.iter()
    }

    /// What the day makes of a record of a cluster; a cluster without a rule is kept.
    ///
    /// `day` is the start day, `dated` whether the record itself gives it, `file_day`
    /// the day of the file.
    pub fn verdict(
        &self,
        cluster: &str,
        day: NaiveDate,
        dated: bool,
        file_day: NaiveDate,
        node: &str,
    ) -> Verdict {
        match self.cluster(cluster) {
            Some(rule) => rule.verdict(self, dated.then_some(day), file_day, node),
            None => KEPT,
        }
    }

    /// The verdicts for the records of one cluster in one file, each worked out once.
    pub fn days<'a>(&'a self, cluster: &str, file_day: NaiveDate, node: &'a str) -> DayTable<'a> {
        DayTable {
            rules: self,
            rule: self.cluster(cluster),
            file_day,
            node,
            first: self.as_of - Days::new(TABLE - 3),
            known: vec![None; TABLE as usize],
            undated: None,
        }
    }

    /// The day on which a record goes; none where it lasts. Where the rule blocks, that is the end of the blocking.
    pub fn gone_day(
        &self,
        cluster: &str,
        day: NaiveDate,
        dated: bool,
        file_day: NaiveDate,
        node: &str,
    ) -> Option<NaiveDate> {
        let last = self.end_day(cluster, day, dated, file_day, node)?;
        let blocked = self.cluster(cluster)?.rule.blocked_for;
        Some(blocked.map_or(last, |period| end(period, false, last)))
    }

    /// The day on which the first of the pending stages of a record comes, what is done at once left out.
    pub fn stage_day(&self, cluster: &str, day: NaiveDate, pending: Stages) -> Option<NaiveDate> {
        let stages = self.cluster(cluster)?.rule.stages.iter().zip(1..16);
        stages
            .filter(|(_, n)| pending & (1 << n) != 0)
            .map(|(s, _)| s.after.after(day))
            .min()
    }

    /// The day on which a record is deleted, or blocked where the rule blocks; none where it lasts.
    pub fn end_day(
        &self,
        cluster: &str,
        day: NaiveDate,
        dated: bool,
        file_day: NaiveDate,
        node: &str,
    ) -> Option<NaiveDate> {
        let rule = self.cluster(cluster)?;
        let events = rule.events(self, day, node);
        due(
            &rule.rule,
            &rule.facts(dated.then_some(day), file_day, &events),
        )
        .day
    }
}

const KEPT: Verdict = Verdict {
    due: 0,
    end: End::Open,
    basis: Basis::Open,
};

impl ClusterRule {
    fn new(rule: &EffectiveRule) -> Self {
        let mut masks = vec![(0, Mask::secrets())];
        let at_once = |s: &gdpr4k_model::catalogue::Stage| {
            s.after == Period::ZERO && s.fields == [Selector::Credential]
        };
        let numbered = rule.stages.iter().zip(1u8..).take(15);
        masks.extend(
            numbered
                .filter(|(s, _)| !at_once(s))
                .filter_map(|(s, n)| Some((n, Mask::of(s)?))),
        );
        Self {
            rule: rule.clone(),
            masks,
        }
    }

    /// The rule.
    pub const fn rule(&self) -> &EffectiveRule {
        &self.rule
    }

    /// The masks with the bit of their stage, in the order in which they are carried out.
    pub fn masks(&self) -> &[(u8, Mask)] {
        &self.masks
    }

    /// What a stage does, for plans.
    pub fn treatment(&self, stage: u8) -> Treatment {
        let stage = usize::from(stage).checked_sub(1);
        stage
            .and_then(|i| self.rule.stages.get(i))
            .and_then(|s| Treatment::of_stage(s.action))
            .unwrap_or(Treatment::Blank)
    }

    /// How coarse the rule makes times sooner or later.
    ///
    /// Where a layout has no end of the call, a start that becomes coarser can move
    /// the day of the end across midnight: readers of such layouts take the start as
    /// coarse from the beginning, so that a treated record keeps its day.
    pub fn time_grain(&self) -> Option<Grain> {
        let coarse = self
            .masks
            .iter()
            .filter(|(_, m)| m.fields.contains(Selector::Time));
        coarse
            .filter_map(|(_, m)| match m.step {
                Step::Coarsen(grain) => Some(grain),
                _ => None,
            })
            .max()
    }

    /// Whether the rule makes durations coarser sooner or later.
    pub fn coarse_durations(&self) -> bool {
        let mut masks = self.masks.iter();
        masks.any(|(_, m)| {
            m.fields.contains(Selector::Duration) && matches!(m.step, Step::Coarsen(_))
        })
    }

    fn events(&self, rules: &Rules, day: NaiveDate, node: &str) -> Vec<NaiveDate> {
        if self.rule.starts_with.in_record {
            return Vec::new();
        }
        rules
            .events
            .days(&self.rule.starts_with.id, node, day, None)
    }

    const fn facts<'a>(
        &self,
        record_day: Option<NaiveDate>,
        file_day: NaiveDate,
        events: &'a [NaiveDate],
    ) -> Facts<'a> {
        Facts {
            record_day,
            file_day,
            events,
            open: false,
        }
    }

    fn verdict(
        &self,
        rules: &Rules,
        record_day: Option<NaiveDate>,
        file_day: NaiveDate,
        node: &str,
    ) -> Verdict {
        let as_of = rules.as_of;
        let events = self.events(rules, record_day.unwrap_or(file_day), node);
        let facts = self.facts(record_day, file_day, &events);
        let stages = self.rule.stages.iter().zip(1..16);
        let due_stages = stages
            .filter(|(s, _)| stage_day(s, &facts) <= as_of)
            .fold(AT_ONCE, |bits, (_, n)| bits | 1 << n);
        let last = due(&self.rule, &facts);
        let over = |day: NaiveDate| match (self.rule.action, self.rule.blocked_for) {
            _ if day > as_of => End::Open,
            (Action::Block, Some(period)) if end(period, false, day) > as_of => End::Block,
            _ => End::Delete,
        };
        Verdict {
            due: due_stages,
            end: last.day.map_or(End::Open, over),
            basis: last.basis,
        }
    }
}

/// Days of a table: seven years and the two days in the future that are still believed.
const TABLE: u64 = 7 * 366;

/// The verdicts for the records of one cluster in one file.
#[derive(Debug)]
pub struct DayTable<'a> {
    rules: &'a Rules,
    rule: Option<&'a ClusterRule>,
    file_day: NaiveDate,
    node: &'a str,
    first: NaiveDate,
    known: Vec<Option<Verdict>>,
    undated: Option<Verdict>,
}

impl DayTable<'_> {
    /// For a record with this start day.
    pub fn dated(&mut self, day: NaiveDate) -> Verdict {
        let at = usize::try_from((day - self.first).num_days()).ok();
        let Some(rule) = self.rule else {
            return KEPT;
        };
        let work_out = || rule.verdict(self.rules, Some(day), self.file_day, self.node);
        match at.and_then(|i| self.known.get_mut(i)) {
            Some(known) => *known.get_or_insert_with(work_out),
            None => work_out(),
        }
    }

    /// For a record without a start day of its own.
    pub fn undated(&mut self) -> Verdict {
        let Some(rule) = self.rule else {
            return KEPT;
        };
        *self
            .undated
            .get_or_insert_with(|| rule.verdict(self.rules, None, self.file_day, self.node))
    }

    /// The rule.
    pub const fn rule(&self) -> Option<&ClusterRule> {
        self.rule
    }
}

/// What becomes of a record that no suspension holds.
///
/// Deletion goes before everything. Of the rest all is carried out that is due and
/// still changes something; the erasure of a person names the order, else the last
/// stage, else what is done at once.
pub fn decide(rule: &ClusterRule, verdict: Verdict, state: State, cleared: Cleared) -> Decision {
    match forecast(rule, verdict, state) {
        Forecast::Keep => Decision::Keep,
        Forecast::Wait(code) => Decision::Wait(code),
        Forecast::Treat(stage, action) => Decision::Treat(Order {
            stage,
            action,
            stages: verdict.due & state.pending,
            protected: state.protected,
            erase: state.erase,
            cleared,
        }),
    }
}

/// What would become of a record if no suspension held it; nothing can be done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forecast {
    /// It stays as it is.
    Keep,
    /// It would be treated.
    Treat(StageName, Treatment),
    /// It would wait for somebody: the code of the finding.
    Wait(&'static str),
}

/// What would become of a record if no suspension held it.
pub fn forecast(rule: &ClusterRule, verdict: Verdict, state: State) -> Forecast {
    if verdict.end == End::Delete {
        return Forecast::Treat(StageName::End, Treatment::Delete);
    }
    if state.erase {
        return Forecast::Treat(StageName::Erasure, Treatment::Blank);
    }
    let stages = verdict.due & state.pending;
    let last = Stages::BITS - 1 - (stages | AT_ONCE).leading_zeros();
    let at_once = stages & AT_ONCE != 0 || state.protected;
    match (last as u8, at_once, verdict.end) {
        (0, true, _) => Forecast::Treat(StageName::AtOnce, Treatment::Blank),
        (0, false, End::Block) => Forecast::Wait("G4K-823"),
        (0, false, _) => Forecast::Keep,
        (n, ..) => Forecast::Treat(StageName::Stage(n), rule.treatment(n)),
    }
}

/// One value of a record, as far as stages are concerned.
#[derive(Clone, Copy, Debug)]
pub struct Value<'a> {
    /// What it is.
    pub sort: Sort,
    /// The field with its padding.
    pub field: &'a [u8],
    /// Where it stands.
    pub place: Place,
}

/// Which stages of a rule would still change a record, were they due.
///
/// Where a protected number takes part, its parties are blanked first; what remains
/// of them is nothing that a stage changes.
pub fn state<'a>(
    rule: &ClusterRule,
    values: impl IntoIterator<Item = Value<'a>>,
    protected: bool,
    erase: bool,
    numbers: &Numbers,
) -> State {
    let mut state = State {
        erase,
        ..State::default()
    };
    for value in values {
        let Value { sort, field, place } = value;
        if protected && party_stands(sort, field, &place, numbers) {
            state.protected = true;
            continue;
        }
        state.pending |= pending_of(rule.masks(), sort, field, &place, numbers);
    }
    state
}

#[cfg(test)]
mod tests;
