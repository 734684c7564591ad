//! Call records: what is decided about one of them.

use std::ops::Range;
use std::sync::Arc;

use chrono::NaiveDate;
use gdpr4k_model::catalogue::ClusterIx;
use gdpr4k_model::number::Party;
use gdpr4k_model::retention::{Bucket, Census};
use gdpr4k_policy::Sort;
use gdpr4k_policy::holds::{Asked, FileHolds, Subject};
use gdpr4k_policy::mask::{self, Masker, Outcome};
use gdpr4k_policy::treat::{Decision, Order, State, Value, decide, state};
use gdpr4k_sources::cdr::places::HEAD;
use gdpr4k_sources::cdr::{Context, FileForm, Layout, Placed};
use gdpr4k_store::files::Source;
use gdpr4k_store::rewrite::{Output, Quarantine, Streamed};

use super::blocks::BLOCK;
use super::counts::Counts;
use super::fields::{Field, fields};
use super::rulebook::Rulebook;
use super::{Error, census, keys::TokenRing, rewrite};
use crate::inventory::Progress;

/// A file of call records.
pub(crate) struct Calls<'a> {
    pub(crate) book: &'a Rulebook<'a>,
    pub(crate) layout: Arc<Layout>,
    pub(crate) context: Context,
    pub(crate) path: &'a str,
    pub(crate) node: &'a str,
    /// The day of the file.
    pub(crate) day: NaiveDate,
    /// The fields that stages may take, by kind of record.
    pub(crate) fields: Vec<Vec<Field>>,
    /// Bytes of a block.
    pub(crate) block: usize,
}

/// What a record says.
pub(crate) struct Said<'a> {
    pub(crate) cluster: &'a str,
    pub(crate) day: NaiveDate,
    dated: bool,
    state: State,
    held: Vec<String>,
}

impl Said<'_> {
    /// The bucket that it is counted in.
    pub(crate) fn bucket(self) -> Bucket {
        Bucket {
            cluster: self.cluster.to_owned(),
            day: self.day,
            dated: self.dated,
            pending: self.state.pending,
            protected: self.state.protected,
            held: self.held,
            erase: self.state.erase,
            records: 0,
        }
    }
}

impl<'a> Calls<'a> {
    pub(crate) fn new(
        book: &'a Rulebook<'a>,
        layout: Arc<Layout>,
        context: Context,
        (path, node): (&'a str, &'a str),
        day: NaiveDate,
    ) -> Self {
        let variants = layout.variants.iter();
        Self {
            fields: variants.map(|v| fields(book, v, context.node)).collect(),
            book,
            layout,
            context,
            path,
            node,
            day,
            block: BLOCK,
        }
    }

    /// How the file is written.
    pub(crate) fn form(&self, source: &Source) -> Result<FileForm, Error> {
        let mut head = vec![0; HEAD];
        let n = source.read_at(0, &mut head)?;
        Ok(FileForm::of(
            Arc::clone(&self.layout),
            self.context.clone(),
            &head[..n],
        ))
    }

    /// Counts what the file holds.
    pub(crate) fn census(
        &self,
        source: &Source,
        growing: bool,
        progress: Progress<'_>,
    ) -> Result<Census, Error> {
        census::census(self, source, growing, progress)
    }

    /// Writes what is left of the file.
    pub(crate) fn rewrite(
        &self,
        keys: &TokenRing<'_>,
        source: &Source,
        output: &Output,
        quarantine: &Quarantine,
        progress: Progress<'_>,
    ) -> Result<Streamed<Counts>, Error> {
        rewrite::rewrite(self, keys, source, output, quarantine, progress)
    }

    /// What is decided about a record; none where a suspension holds it.
    pub(crate) fn decision(&self, holds: &FileHolds<'_>, said: &Said<'_>) -> Option<Decision> {
        let subject = Subject {
            cluster: said.cluster,
            day: said.day,
            dated: said.dated,
            held: &said.held,
        };
        let rule = self.book.rules.cluster(said.cluster)?;
        let verdict =
            self.book
                .rules
                .verdict(said.cluster, said.day, said.dated, self.day, self.node);
        match holds.ask(&subject) {
            Asked::Free(cleared) => Some(decide(rule, verdict, said.state, cleared)),
            Asked::Held(_) => None,
        }
    }

    pub(crate) fn said(&self, placed: &Placed<'_>) -> Said<'a> {
        let book = self.book;
        let cluster: ClusterIx = placed.cluster.unwrap_or(ClusterIx(0));
        let cluster = book.cluster(cluster);
        let day = placed.day.unwrap_or(self.day);
        let fields = &self.fields[placed.variant];
        let (mut protected, mut erase, mut held) = (false, false, Vec::new());
        for party in self.parties(placed, fields) {
            protected |= book.protected.hits(&party);
            book.watch.held(&party, placed.day, &mut held);
            erase |= book.watch.erased(&party, day);
        }
        let values = fields.iter().map(|f| Value {
            sort: f.sort,
            field: placed.text(&f.cell),
            place: f.place,
        });
        let state = match book.rules.cluster(cluster) {
            Some(rule) => state(rule, values, protected, erase, &book.numbers),
            None => State::default(),
        };
        Said {
            cluster,
            day,
            dated: placed.day.is_some(),
            state,
            held,
        }
    }

    /// The parties of a record.
    fn parties<'p>(
        &'p self,
        placed: &'p Placed<'_>,
        fields: &'p [Field],
    ) -> impl Iterator<Item = Party> + 'p {
        let numbers = fields.iter().filter(|f| f.sort == Sort::Number);
        numbers.map(|f| self.party(f, placed.text(&f.cell)))
    }

    pub(crate) fn party(&self, field: &Field, text: &[u8]) -> Party {
        let value = &text[field.place.value(text)];
        self.book
            .plans
            .normalise(field.place.node, value, field.place.access)
    }

    /// What changes in a record: places in the block, in their order, and what takes them.
    pub(crate) fn edits(
        &self,
        placed: &Placed<'_>,
        said: &Said<'_>,
        order: &Order,
        masker: &mut Masker<'_>,
    ) -> Vec<(Range<usize>, Vec<u8>)> {
        let Some(rule) = self.book.rules.cluster(said.cluster) else {
            return Vec::new();
        };
        let mut edits = Vec::new();
        for f in &self.fields[placed.variant] {
            let text = placed.text(&f.cell);
            let mut now = text.to_vec();
            let mut changed = false;
            let protected =
                order.protected && mask::party_stands(f.sort, &now, &f.place, masker.numbers);
            let erased = || {
                order.erase
                    && f.sort == Sort::Number
                    && self.book.watch.erased(&self.party(f, text), said.day)
            };
            if protected || erased() {
                let mut new = Vec::new();
                mask::blank(&now, &f.place, &mut new);
                (now, changed) = (new, true);
            }
            for (bit, step) in rule.masks() {
                if order.stages & (1 << bit) == 0 {
                    continue;
                }
                let mut new = Vec::new();
                if mask::apply(*step, f.sort, &now, &f.place, masker, &mut new) != Outcome::Same {
                    (now, changed) = (new, true);
                }
            }
            if changed {
                edits.push((placed.place(&f.cell), now));
            }
        }
        edits.sort_by_key(|(place, _)| place.start);
        edits
    }
}
