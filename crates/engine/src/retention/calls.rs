//! Call records: what a file holds, and what is left of it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use chrono::NaiveDate;
use gdpr4k_model::catalogue::ClusterIx;
use gdpr4k_model::number::Party;
use gdpr4k_model::retention::{Bucket, Census, Quarter};
use gdpr4k_policy::Sort;
use gdpr4k_policy::holds::{Asked, FileHolds, Subject};
use gdpr4k_policy::mask::{self, Masker, Outcome, Place, Side};
use gdpr4k_policy::token::{Collisions, Memo, TokenKeys};
use gdpr4k_policy::treat::{Decision, Order, State, Value, decide, state};
use gdpr4k_sources::cdr::layout::{FieldType, Justify};
use gdpr4k_sources::cdr::places::HEAD;
use gdpr4k_sources::cdr::{Block, Cell, Context, FileForm, Layout, Line, LineKind, Placed, Tail};
use gdpr4k_store::files::Source;
use gdpr4k_store::rewrite::{Content, Output, Quarantine, Streamed};

use super::counts::Counts;
use super::rulebook::Rulebook;
use super::{Error, keys::TokenRing};

/// A file of call records.
pub(crate) struct Calls<'a> {
    pub(crate) book: &'a Rulebook<'a>,
    pub(crate) layout: Arc<Layout>,
    pub(crate) context: Context,
    pub(crate) path: &'a str,
    pub(crate) node: &'a str,
    /// The day of the file.
    pub(crate) day: NaiveDate,
    cells: Vec<Vec<Field>>,
}

/// A place of a record with what stages need to know about it.
struct Field {
    cell: Cell,
    sort: Sort,
    place: Place,
}

/// What a record says.
struct Said<'a> {
    cluster: &'a str,
    day: NaiveDate,
    dated: bool,
    state: State,
    held: Vec<String>,
}

impl<'a> Calls<'a> {
    pub(crate) fn new(
        book: &'a Rulebook<'a>,
        layout: Arc<Layout>,
        context: Context,
        (path, node): (&'a str, &'a str),
        day: NaiveDate,
    ) -> Self {
        let cells = layout
            .variants
            .iter()
            .map(|variant| {
                let fields = variant.cells().into_iter().map(|cell| {
                    let field = &variant.fields[cell.field];
                    let sort = match (field.kind, field.element) {
                        (FieldType::Filler, _) | (_, None) => Sort::Plain,
                        (_, Some(element)) => book.sort(element),
                    };
                    Field {
                        sort,
                        place: Place {
                            width: cell.width,
                            fill: field.fill,
                            side: if field.justify == Justify::Right {
                                Side::Right
                            } else {
                                Side::Left
                            },
                            node: context.node,
                            access: field.access,
                        },
                        cell,
                    }
                });
                fields.filter(|f| f.sort != Sort::Plain).collect()
            })
            .collect();
        Self {
            book,
            layout,
            context,
            path,
            node,
            day,
            cells,
        }
    }

    /// Counts what the file holds.
    pub(crate) fn census(
        &self,
        source: &Source,
        growing: bool,
        progress: &dyn Fn(u64),
    ) -> Result<Census, Error> {
        let mut buckets: BTreeMap<Bucket, u64> = BTreeMap::new();
        let (mut records, mut damaged) = (0, 0);
        let content = self.lines(source, growing, progress, |_, _, line| {
            match line.kind {
                LineKind::Record(placed) => {
                    records += 1;
                    let said = self.said(&placed);
                    let bucket = Bucket {
                        cluster: said.cluster.to_owned(),
                        day: said.day,
                        dated: said.dated,
                        pending: said.state.pending,
                        protected: said.state.protected,
                        held: said.held,
                        erase: said.state.erase,
                        records: 0,
                    };
                    *buckets.entry(bucket).or_default() += 1;
                }
                LineKind::Damaged(_) => damaged += 1,
                _ => {}
            }
            Ok(())
        })?;
        Ok(Census {
            path: self.path.to_owned(),
            node: self.node.to_owned(),
            bytes: content.bytes,
            digest: content.digest,
            day: self.day,
            records,
            damaged,
            by_record: true,
            buckets: buckets
                .into_iter()
                .map(|(b, n)| Bucket { records: n, ..b })
                .collect(),
            ..Census::default()
        })
    }

    /// Writes what is left of the file.
    pub(crate) fn rewrite(
        &self,
        keys: &TokenRing<'_>,
        source: &Source,
        output: &Output,
        quarantine: &Quarantine,
        progress: &dyn Fn(u64),
    ) -> Result<Streamed<Counts>, Error> {
        let holds = self.book.holds.of_file(self.path);
        let mut counts = Counts::default();
        let mut out = Writer::new(output);
        let (mut memo, mut collisions) = (Memo::new(16), Collisions::new(1 << 20));
        // headers wait until a record of their block stays
        let mut header: Vec<u8> = Vec::new();
        let mut block_had = false;
        let read = self.lines(source, false, progress, |raw, form, line| {
            let bytes = &raw[line.from..line.to];
            match line.kind {
                LineKind::Damaged(_) => {
                    quarantine.keep(bytes)?;
                    counts.quarantined += 1;
                }
                LineKind::Noise => {
                    if block_had {
                        header.clear();
                        block_had = false;
                    }
                    header.extend_from_slice(bytes);
                }
                LineKind::Blank | LineKind::Pending => {
                    out.put(&header)?;
                    header.clear();
                    out.put(bytes)?;
                }
                LineKind::Record(placed) => {
                    block_had = true;
                    let said = self.said(&placed);
                    match self.decision(&holds, &said) {
                        Some(Decision::Treat(order)) => {
                            counts.treated(said.cluster, &order, said.day);
                            if order.action == gdpr4k_model::retention::Treatment::Delete {
                                return Ok(());
                            }
                            out.put(&header)?;
                            header.clear();
                            let quarter = Quarter::of(said.day);
                            let tokens = keys.of(quarter)?;
                            let mut masker = Masker {
                                numbers: &self.book.numbers,
                                keys: &tokens,
                                memo: &mut memo,
                                collisions: &mut collisions,
                            };
                            let edits = self.edits(&placed, &said, &order, &mut masker);
                            let mut at = line.from;
                            for (place, mut new) in edits {
                                form.encode(&mut new);
                                out.put(&raw[at..place.start])?;
                                out.put(&new)?;
                                at = place.end;
                            }
                            out.put(&raw[at..line.to])?;
                        }
                        decision => {
                            counts.stays(said.cluster, decision.is_none());
                            out.put(&header)?;
                            header.clear();
                            out.put(bytes)?;
                        }
                    }
                }
            }
            Ok(())
        })?;
        if !block_had {
            out.put(&header)?;
        }
        Ok(Streamed {
            read,
            written: Some(out.finish()?),
            report: counts,
        })
    }

    /// What is decided about a record; none where a suspension holds it.
    fn decision(&self, holds: &FileHolds<'_>, said: &Said<'_>) -> Option<Decision> {
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

    fn said(&self, placed: &Placed<'_>) -> Said<'a> {
        let book = self.book;
        let cluster: ClusterIx = placed.cluster.unwrap_or(ClusterIx(0));
        let cluster = book.cluster(cluster);
        let day = placed.day.unwrap_or(self.day);
        let fields = &self.cells[placed.variant];
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

    fn party(&self, field: &Field, text: &[u8]) -> Party {
        let value = &text[field.place.value(text)];
        self.book
            .plans
            .normalise(field.place.node, value, field.place.access)
    }

    /// What changes in a record: places in the block, in their order, and what takes them.
    fn edits(
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
        for f in &self.cells[placed.variant] {
            let text = placed.text(&f.cell);
            let mut now = text.to_vec();
            let mut changed = false;
            if order.protected && mask::party_stands(f.sort, &now, &f.place, masker.numbers) {
                let mut new = Vec::new();
                mask::blank(&now, &f.place, &mut new);
                (now, changed) = (new, true);
            } else if order.erase
                && f.sort == Sort::Number
                && self.book.watch.erased(&self.party(f, text), said.day)
            {
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

    /// Gives every line of the file in its order; gives what was read.
    fn lines(
        &self,
        source: &Source,
        growing: bool,
        progress: &dyn Fn(u64),
        mut each: impl FnMut(&[u8], &FileForm, Line<'_>) -> Result<(), Error>,
    ) -> Result<Content, Error> {
        const STEP: usize = 4 << 20;
        let total = source.bytes();
        let mut head = vec![0; HEAD.min(total as usize)];
        let n = source.read_at(0, &mut head)?;
        let form = FileForm::of(Arc::clone(&self.layout), self.context.clone(), &head[..n]);
        let mut places = form.places();
        let mut hasher = blake3::Hasher::new();
        let (mut raw, mut at, mut first) = (Vec::new(), 0u64, true);
        loop {
            let kept = raw.len();
            raw.resize(kept + STEP, 0);
            let n = source.read_at(at, &mut raw[kept..])?;
            raw.truncate(kept + n);
            hasher.update(&raw[kept..]);
            progress(n as u64);
            at += n as u64;
            let last = at >= total || n == 0;
            let to = match last {
                true => raw.len(),
                false if form.is_framed() => raw.len(),
                false => match last_start(&form, &raw) {
                    Some(to) => to,
                    None => continue,
                },
            };
            let skip_to = match first {
                true => form.skipped(&raw, last).unwrap_or(0),
                false => 0,
            };
            let block = Block {
                raw: &raw,
                from: 0,
                to,
                start: first.then_some(0),
                skip_to,
                tail: match (last, growing) {
                    (false, _) => Tail::More,
                    (true, false) => Tail::End,
                    (true, true) => Tail::Growing,
                },
            };
            let mut outcome = Ok(());
            let used = places.read(&block, |_, line| {
                if outcome.is_ok() {
                    outcome = each(&raw, &form, line);
                }
            });
            outcome?;
            if last {
                return Ok(Content::of(&hasher));
            }
            raw.drain(..used);
            first = first && used == 0;
        }
    }
}

/// The start of the last line that begins in the bytes.
fn last_start(form: &FileForm, raw: &[u8]) -> Option<usize> {
    let mut back = 4096;
    loop {
        let from = raw.len().saturating_sub(back).max(2);
        let mut found = form.next_line(raw, from, false);
        if let Some(mut start) = found {
            while let Some(next) = form
                .next_line(raw, start + 1, false)
                .filter(|n| *n < raw.len())
            {
                start = next;
            }
            found = Some(start);
            return found.filter(|s| *s > 0);
        }
        if from <= 2 {
            return None;
        }
        back *= 4;
    }
}

/// Writes one after the other.
struct Writer<'o> {
    output: &'o Output,
    buffer: Vec<u8>,
    at: u64,
    hasher: blake3::Hasher,
}

impl<'o> Writer<'o> {
    fn new(output: &'o Output) -> Self {
        Self {
            output,
            buffer: Vec::with_capacity(1 << 20),
            at: 0,
            hasher: blake3::Hasher::new(),
        }
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= 1 << 20 {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Error> {
        if !self.buffer.is_empty() {
            self.output.write_at(self.at, &self.buffer)?;
            self.output.start_writing(self.at, self.buffer.len() as u64);
            self.hasher.update(&self.buffer);
            self.at += self.buffer.len() as u64;
            self.buffer.clear();
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Content, Error> {
        self.flush()?;
        Ok(Content::of(&self.hasher))
    }
}

/// Tokens of a quarter, for whoever asks first.
pub(crate) type Tokens = Arc<TokenKeys>;
