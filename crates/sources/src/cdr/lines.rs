//! From one line to one record, or to its finding.

use chrono::NaiveDate;
use gdpr4k_model::Finding;
use gdpr4k_model::catalogue::ClusterIx;
use gdpr4k_model::number::Party;

use super::cut::{Cut, trim};
use super::encoding::Encoding;
use super::fit::{Miss, Times, fit};
use super::layout::{Clusters, Direction, Emit, FieldType, Justify, Layout, Variant};
use super::reader::{Context, Part, Purpose};
use super::stamp::{Calendar, Read, number};
use super::tally::Tallies;
use crate::{Account, Record, Sink, Value};

/// What stays between two lines.
pub(super) struct Core {
    pub(super) encoding: Encoding,
    pub(super) account: Account,
    /// Whether the block holds nothing but printable ASCII and record ends.
    pub(super) clean: bool,
    before_clean: bool,
    context: Context,
    part: Part,
    calendar: Calendar,
    tallies: Tallies,
    places: Vec<(u32, u32)>,
    values: Vec<Value<'static>>,
    /// Values that had to be rewritten, one after the other, and which they are.
    room: Vec<u8>,
    rewritten: Vec<(usize, usize, usize)>,
    last_number: Option<u64>,
    /// Whether a record may start with text, and so with a letter beyond ASCII.
    text_first: bool,
    /// How many records each variant had.
    pub(super) by_variant: Vec<u64>,
}

impl Core {
    pub(super) fn new(layout: &Layout, context: Context, part: Part) -> Self {
        Self {
            encoding: layout.encoding,
            account: Account::default(),
            clean: false,
            before_clean: true,
            calendar: Calendar::new(context.today),
            context,
            part,
            tallies: Tallies::default(),
            places: Vec::new(),
            values: Vec::new(),
            room: Vec::new(),
            rewritten: Vec::new(),
            last_number: None,
            text_first: layout.variants.iter().any(|v| {
                v.fields
                    .first()
                    .is_some_and(|f| matches!(f.kind, FieldType::Text | FieldType::Code))
            }),
            by_variant: vec![0; layout.variants.len()],
        }
    }

    pub(super) fn translate(&self, bytes: &mut [u8]) {
        if let Some(table) = self.encoding.table() {
            for b in bytes {
                *b = table[usize::from(*b)];
            }
        }
    }

    /// Looks at a whole block once, so that its lines need not be looked at one by one.
    pub(super) fn look(&mut self, block: &[u8]) {
        let odd = block.iter().fold(0u8, |odd, b| {
            odd | u8::from(
                !matches!(b, b' '..=b'~') & (*b != b'\n') & (*b != b'\r') & (*b != b'\t'),
            )
        });
        // the first line may have begun in blocks before
        let now = odd == 0;
        self.clean = now && self.before_clean;
        self.before_clean =
            now && (self.before_clean || memchr::memchr2(b'\n', b'\r', block).is_some());
    }

    /// The unfinished last line of a file that still grows.
    pub(super) const fn pending(&mut self) {
        self.account.lines += 1;
        self.account.pending += 1;
    }

    /// Takes one line without its record end.
    #[inline]
    pub(super) fn line(
        &mut self,
        layout: &Layout,
        line: &[u8],
        too_long: bool,
        sink: &mut dyn Sink,
    ) {
        self.account.lines += 1;
        let mut line = line;
        if self.account.lines == 1 && self.part == Part::First {
            line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        }
        if too_long {
            let most = crate::lines::MAX_LINE;
            self.reject(Finding::new("G4K-107").with("expected", most), sink);
            return;
        }
        // record_end = "lf" in a file with CR LF
        line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.iter().all(|b| *b <= b' ')
            || (self.part == Part::First && self.account.lines <= layout.skip_first)
        {
            self.account.noise += 1;
            return;
        }
        if let [0x0c, rest @ ..] = line
            && self.record(layout, rest, sink).is_ok()
        {
            // a form feed before the first record of a page is no damage
            return;
        }
        if layout.skip.hits(line) {
            self.account.noise += 1;
            return;
        }
        if !self.clean && self.suspect(line) && self.repaired(layout, line, sink) {
            return;
        }
        if let Err(miss) = self.record(layout, line, sink) {
            if line[0] >= 0x7f && self.repaired(layout, line, sink) {
                return;
            }
            self.reject(found(miss), sink);
        }
    }

    /// Whether the line holds bytes that no record of the layout starts with or contains.
    fn suspect(&self, line: &[u8]) -> bool {
        (line[0] >= 0x7f && !self.text_first)
            || line
                .iter()
                .any(|b| (*b < b' ' && *b != b'\t') || *b == 0x7f)
    }

    /// Tries the line without the bytes that a serial line adds (formats-cdr.md 3, garbage).
    fn repaired(&mut self, layout: &Layout, line: &[u8], sink: &mut dyn Sink) -> bool {
        let garbage = |b: &u8| *b < b' ' || *b >= 0x7f;
        let lead = line.iter().take_while(|b| garbage(b)).count();
        let mut without = line[lead..].to_vec();
        if layout.strip_control {
            without.retain(|b| *b >= b' ' && *b != 0x7f);
        }
        let dropped = line.len() - without.len();
        if dropped == 0
            || layout.skip.hits(&without)
            || self.record(layout, &without, sink).is_err()
        {
            return false;
        }
        sink.finding(
            Finding::new("G4K-110")
                .at(self.account.lines)
                .with("bytes", dropped),
        );
        true
    }

    pub(super) fn reject(&mut self, finding: Finding, sink: &mut dyn Sink) {
        self.account.rejected += 1;
        sink.finding(finding.at(self.account.lines));
    }

    /// Reads a line as a record and gives it away.
    #[inline]
    fn record(&mut self, layout: &Layout, line: &[u8], sink: &mut dyn Sink) -> Result<(), Miss> {
        let mut places = std::mem::take(&mut self.places);
        let result = fit(layout, line, &mut places);
        if let Ok((i, times)) = result {
            self.give(
                layout,
                i,
                &Cut {
                    line,
                    columns: &places,
                },
                times,
                sink,
            );
        }
        self.places = places;
        result.map(|_| ())
    }

    pub(super) fn give(
        &mut self,
        layout: &Layout,
        i: usize,
        cut: &Cut<'_>,
        times: Times,
        sink: &mut dyn Sink,
    ) {
        let variant = &layout.variants[i];
        self.by_variant[i] += 1;
        if variant.noise {
            self.account.noise += 1;
            return;
        }
        self.account.records += 1;
        let line = self.account.lines;
        let day = self.day(&times);
        let cluster = self.cluster(layout.clusters, variant, cut, &times);
        if let Some((span, width)) = variant.counter {
            self.count_on(trim(cut.get(span)), width);
        }
        for (span, fill) in &variant.blanks {
            if cut.get(*span).iter().any(|b| b != fill && *b != b' ') {
                self.tallies.filler.add(line);
            }
        }
        let plain = self.clean || cut.line.is_ascii();
        let mut room = std::mem::take(&mut self.room);
        let mut rewritten = std::mem::take(&mut self.rewritten);
        let mut values: Vec<Value<'_>> = recycle(std::mem::take(&mut self.values));
        for emit in &variant.emits {
            if let Some(text) = text(emit, cut) {
                let quote = emit.quote.filter(|q| memchr::memchr(*q, text).is_some());
                if quote.is_some() || !(plain || text.is_ascii()) {
                    let from = room.len();
                    self.rewrite(text, quote, &mut room);
                    rewritten.push((values.len(), from, room.len()));
                }
                values.push(Value {
                    element: emit.element,
                    text,
                    access: emit.access,
                    unverified: emit.unverified,
                });
            }
        }
        for (i, from, to) in &rewritten {
            values[*i].text = &room[*from..*to];
        }
        sink.record(&Record {
            line,
            day,
            cluster,
            values: &values,
        });
        self.values = recycle(values);
        room.clear();
        rewritten.clear();
        (self.room, self.rewritten) = (room, rewritten);
    }

    /// A value in UTF-8 and without doubled quotes.
    fn rewrite(&mut self, text: &[u8], quote: Option<u8>, room: &mut Vec<u8>) {
        let (decoded, known) = self.encoding.decode(text);
        if !known {
            self.tallies.code_page.add(self.account.lines);
        }
        let mut rest = decoded.as_bytes();
        if let Some(q) = quote {
            while let Some(at) = memchr::memchr(q, rest) {
                room.extend_from_slice(&rest[..=at]);
                rest = &rest[at + 1..];
                rest = rest.strip_prefix(&[q]).unwrap_or(rest);
            }
        }
        room.extend_from_slice(rest);
    }

    /// The site-local day of the end of the call (cli.md 4, "Due").
    fn day(&mut self, times: &Times) -> Option<NaiveDate> {
        let line = self.account.lines;
        let start = match times.start {
            Some(Read::At {
                year,
                month,
                day,
                seconds,
            }) => Some((year, month, day, seconds)),
            _ => None,
        };
        let day = match (times.end, start) {
            (
                Some(Read::At {
                    year, month, day, ..
                }),
                _,
            ) => {
                let year = match start {
                    // the name of the end year is not known: a layout may lack it
                    Some((from, m, ..)) if year == 0 => from + u16::from(month < m),
                    _ => year,
                };
                self.calendar.day(year, month, day)
            }
            (Some(Read::Impossible), None) => None,
            (_, Some((year, month, day, seconds))) => {
                let first = self.calendar.day(year, month, day);
                first.and_then(|d| {
                    self.calendar
                        .later(d, seconds.saturating_add(times.duration.unwrap_or(0)))
                })
            }
            _ if times.start == Some(Read::Impossible) => None,
            _ => {
                self.tallies.no_day.add(line);
                return None;
            }
        };
        if day.is_none() {
            self.tallies.odd_day.add(line);
        }
        day
    }

    #[inline]
    fn cluster(
        &mut self,
        clusters: Clusters,
        variant: &Variant,
        cut: &Cut<'_>,
        times: &Times,
    ) -> Option<ClusterIx> {
        if self.context.purpose == Purpose::Performance {
            return clusters.performance;
        }
        let answered = variant
            .answered_map
            .as_ref()
            .and_then(|map| map.get(trim(cut.get(map.span))))
            .unwrap_or_else(|| variant.duration.is_none() || times.duration.is_some_and(|s| s > 0));
        if !answered {
            return clusters.failed;
        }
        match self.direction(variant, cut) {
            Direction::Outgoing => clusters.outgoing,
            Direction::Incoming => clusters.incoming,
            Direction::Internal => clusters.internal,
        }
    }

    fn direction(&mut self, variant: &Variant, cut: &Cut<'_>) -> Direction {
        if let Some(direction) = variant.direction {
            return direction;
        }
        for map in &variant.direction_maps {
            let code = trim(cut.get(map.span));
            if let Some(direction) = map.get(code) {
                return direction;
            }
            // of several lists, each may know only some of its codes
            if !code.is_empty() && variant.direction_maps.len() == 1 {
                self.tallies.direction.add(self.account.lines);
            }
        }
        let inside = |role: usize| {
            let (span, access) = variant.parties[role]?;
            match self
                .context
                .plans
                .normalise(self.context.node, trim(cut.get(span)), access)
            {
                Party::Internal(..) | Party::Site => Some(true),
                Party::External(_) | Party::Service | Party::Masked => Some(false),
                Party::Token | Party::Nobody => None,
            }
        };
        let (caller, called) = (inside(1), inside(2).or_else(|| inside(3)));
        match (caller.or_else(|| inside(0)), called) {
            (Some(true), Some(true)) if caller.is_none() && self.same(variant, cut) => {
                Direction::Incoming
            }
            (Some(true), Some(true)) => Direction::Internal,
            (Some(false) | None, Some(true)) => Direction::Incoming,
            _ => Direction::Outgoing,
        }
    }

    /// Whether the party that pays is the one called: then somebody outside called.
    fn same(&self, variant: &Variant, cut: &Cut<'_>) -> bool {
        match (variant.parties[0], variant.parties[2]) {
            (Some((own, _)), Some((to, _))) => trim(cut.get(own)) == trim(cut.get(to)),
            _ => false,
        }
    }

    /// Watches a running number: a jump forward is a possible loss, a step back is a resent record.
    fn count_on(&mut self, text: &[u8], width: usize) {
        let Some(now) = number(text) else { return };
        if let Some(last) = self.last_number {
            if now == last + 1 {
                self.last_number = Some(now);
                return;
            }
            let modulus = 10u64.pow(width as u32);
            let step = (now + modulus - last % modulus) % modulus;
            if step > 1 && step <= modulus / 2 {
                self.tallies.gaps.add(self.account.lines);
                self.tallies.missing += step - 1;
            }
            if step > modulus / 2 {
                return;
            }
        }
        self.last_number = Some(now);
    }

    pub(super) fn finish(&mut self, layout: &Layout, sink: &mut dyn Sink) -> Account {
        self.tallies.report(layout, self.account.records, sink);
        self.account
    }
}

/// The value of a field without padding; none where it is empty or means nobody.
#[inline]
fn text<'a>(emit: &Emit, cut: &Cut<'a>) -> Option<&'a [u8]> {
    let mut text = trim(cut.get(emit.span));
    if let Some((side, fill)) = emit.fill {
        match side {
            Justify::Right => {
                while let [b, rest @ ..] = text
                    && *b == fill
                {
                    text = rest
                }
            }
            Justify::Left | Justify::None => {
                while let [rest @ .., b] = text
                    && *b == fill
                {
                    text = rest
                }
            }
        }
    }
    (!text.is_empty() && !emit.null.iter().any(|n| n == text)).then_some(text)
}

/// Hands the room of an empty list on to another lifetime: collecting in place keeps the allocation.
fn recycle<'b>(mut values: Vec<Value<'_>>) -> Vec<Value<'b>> {
    values.clear();
    values
        .into_iter()
        .map(|v| Value { text: &[], ..v })
        .collect()
}

pub(super) fn found(miss: Miss) -> Finding {
    let counts = |code, found: usize, expected: usize| {
        Finding::new(code)
            .with("found", found)
            .with("expected", expected)
    };
    match miss {
        Miss::Short { found, expected } => counts("G4K-101", found, expected),
        Miss::Long { found, expected } => counts("G4K-102", found, expected),
        Miss::Count { found, expected } => counts("G4K-103", found, expected),
        Miss::Literal { position } => Finding::new("G4K-104").with("position", position),
        Miss::Stamp => Finding::new("G4K-105"),
        Miss::Test => Finding::new("G4K-106"),
        Miss::Quote => Finding::new("G4K-108"),
    }
}
