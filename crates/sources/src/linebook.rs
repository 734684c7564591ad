//! The account of lines where records and lines are not the same: HTML, dumps, TOML.

use crate::record::Account;

/// What a line is; a later kind stays when an earlier one comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum Class {
    #[default]
    Noise,
    Continuation,
    Rejected,
    Record,
}

/// The account of lines, where rows and lines are not the same.
#[derive(Default)]
pub(crate) struct LineBook {
    pub(crate) account: Account,
    number: u64,
    /// What is known of the line at hand.
    pub(crate) now: Class,
    /// Whether the line at hand has any byte.
    pub(crate) begun: bool,
    /// Ended lines of the row that is open, and what the first of them was before.
    open: u64,
    first: Class,
}

impl LineBook {
    pub(crate) const fn line(&self) -> u64 {
        self.number + 1
    }

    fn put(&mut self, class: Class) {
        self.account.lines += 1;
        match class {
            Class::Noise => self.account.noise += 1,
            Class::Continuation => self.account.continuation += 1,
            Class::Rejected => self.account.rejected += 1,
            Class::Record => self.account.records += 1,
        }
    }

    /// A line has ended; `in_row`: the row on it goes on.
    pub(crate) fn end(&mut self, in_row: bool) {
        if in_row {
            if self.open == 0 {
                self.first = self.now;
            }
            self.open += 1;
        } else {
            self.put(self.now);
        }
        self.now = Class::Noise;
        self.begun = false;
        self.number += 1;
    }

    /// The open row has ended as this.
    pub(crate) fn row(&mut self, class: Class) {
        if self.open == 0 {
            self.now = self.now.max(class);
            return;
        }
        self.put(self.first.max(class));
        let more = if class == Class::Noise {
            Class::Noise
        } else {
            Class::Continuation
        };
        for _ in 1..self.open {
            self.put(more);
        }
        self.open = 0;
        self.now = self.now.max(more);
    }
}
