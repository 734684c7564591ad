//! Which commands of the log book were carried out: only those change who is where.

use std::collections::HashMap;

use super::framing::{LogHeader, Outcome, UnitKind};
use crate::record::Fact;

/// Sessions that are followed at once; more than any system has terminals.
const MAX_SESSIONS: usize = 10_000;

/// One unit: a header line and its text.
#[derive(Debug)]
pub(crate) struct Unit {
    pub(crate) kind: UnitKind,
    pub(crate) at: Option<chrono::NaiveDateTime>,
    number: u64,
    key: (String, String, String),
    pub(crate) facts: Vec<Fact>,
    pub(crate) commands: u64,
    pub(crate) outcome: Option<Outcome>,
}

impl Unit {
    pub(crate) fn new(h: &LogHeader<'_>) -> Self {
        Self {
            kind: h.kind,
            at: h.at,
            number: h.number,
            key: (h.terminal.to_owned(), h.session.to_owned(), h.noun.to_owned()),
            facts: Vec::new(),
            commands: 0,
            outcome: None,
        }
    }
}

/// Brings commands and their ends together, whichever way the log book is printed.
#[derive(Debug, Default)]
pub(crate) struct Logbook {
    backward: Option<bool>,
    sessions: HashMap<(String, String, String), State>,
    /// Commands that were not carried out.
    pub(crate) failed: u64,
    /// Commands whose end is not in the file.
    pub(crate) open: u64,
}

#[derive(Debug)]
enum State {
    /// Oldest first: the command waits for its end.
    Waits(Vec<Fact>),
    /// Newest first: the end waits for its command.
    Ended(bool),
    /// Newest first: the corrected command has been met, the first try follows.
    Corrected,
}

impl Logbook {
    /// A capture has ended: the next one may be printed the other way round.
    pub(crate) fn end_of_capture(&mut self) {
        self.backward = None;
        let waiting = self.sessions.values().filter(|s| matches!(s, State::Waits(_))).count();
        self.open += waiting as u64;
        self.sessions.clear();
    }

    /// Takes a whole unit; gives the facts of commands that are now known to have been carried out.
    pub(crate) fn unit(&mut self, unit: Unit, next: Option<&LogHeader<'_>>) -> Vec<Fact> {
        if self.backward.is_none() {
            self.backward = next.and_then(|n| match n.at.cmp(&unit.at).then(n.number.cmp(&unit.number)) {
                std::cmp::Ordering::Less => Some(true),
                std::cmp::Ordering::Greater => Some(false),
                std::cmp::Ordering::Equal => None,
            });
        }
        if self.sessions.len() >= MAX_SESSIONS {
            let backward = self.backward;
            self.end_of_capture();
            self.backward = backward;
        }
        let is_command = matches!(unit.kind, UnitKind::Start | UnitKind::Continue) && unit.commands > 0;
        match unit.kind {
            UnitKind::End => self.end(unit),
            _ if !is_command => Vec::new(),
            _ if self.backward == Some(true) => self.command_backward(unit),
            _ => {
                if let Some(State::Waits(_)) = self.sessions.insert(unit.key, State::Waits(unit.facts)) {
                    self.failed += 1;
                }
                Vec::new()
            }
        }
    }

    fn end(&mut self, unit: Unit) -> Vec<Fact> {
        let done = unit.outcome == Some(Outcome::Done);
        if self.backward == Some(true) {
            self.sessions.insert(unit.key, State::Ended(done));
            return Vec::new();
        }
        match self.sessions.remove(&unit.key) {
            Some(State::Waits(facts)) if done => facts,
            Some(State::Waits(_)) => {
                self.failed += 1;
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn command_backward(&mut self, unit: Unit) -> Vec<Fact> {
        let state = self.sessions.remove(&unit.key);
        if unit.kind == UnitKind::Continue && state.is_some() {
            self.sessions.insert(unit.key, State::Corrected);
        }
        match state {
            Some(State::Ended(true)) => return unit.facts,
            Some(_) => self.failed += 1,
            None => self.open += 1,
        }
        Vec::new()
    }
}
