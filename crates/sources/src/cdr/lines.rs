//! From one line to one record, or to its finding.

use chrono::NaiveDate;
use gdpr4k_model::Finding;

use super::classify::{Class, Classifier, Text};
use super::cut::{Cut, trim};
use super::encoding::Encoding;
use super::fit::{Miss, Times};
use super::judge::{Judge, StartDay};
use super::layout::{Emit, Justify, Layout, OnError, RecordEnd};
use super::reader::{Context, Part};
use super::stamp::number;
use super::tally::Tallies;
use crate::{Account, Record, Sink, Value};

/// What stays between two lines.
pub(super) struct Core {
    pub(super) encoding: Encoding,
    pub(super) account: Account,
    /// Whether the block holds nothing but printable ASCII and record ends.
    pub(super) clean: bool,
    before_clean: bool,
    part: Part,
    judge: Judge,
    tallies: Tallies,
    values: Vec<Value<'static>>,
    /// Values that had to be rewritten, one after the other, and which they are.
    room: Vec<u8>,
    rewritten: Vec<(usize, usize, usize)>,
    last_number: Option<u64>,
    /// Whether the first and the last line of a whole file were met.
    opened: bool,
    closed: bool,
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
            judge: Judge::new(layout, &context),
            part,
            tallies: Tallies::default(),
            values: Vec::new(),
            room: Vec::new(),
            rewritten: Vec::new(),
            last_number: None,
            opened: false,
            closed: false,
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
    pub(super) fn look(&mut self, layout: &Layout, block: &[u8]) {
        let odd = block.iter().fold(0u8, |odd, b| {
            odd | u8::from(
                !matches!(b, b' '..=b'~') & (*b != b'\n') & (*b != b'\r') & (*b != b'\t'),
            )
        });
        // the first line may have begun in blocks before
        let now = odd == 0 && !breaks(layout, block);
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
        classifier: &mut Classifier,
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
        if self.part == Part::First && self.account.lines <= classifier.layout.skip_first {
            self.account.noise += 1;
            return;
        }
        match classifier.classify(line, self.clean) {
            Class::Noise => {
                self.account.noise += 1;
                if let Some((opens, closes)) = &classifier.layout.frame {
                    self.opened |= opens.hits(line);
                    self.closed |= closes.hits(line);
                }
            }
            Class::Miss(miss) => self.reject(found(miss), sink),
            Class::Fits(fits) => {
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                let (line, dropped) = match fits.text {
                    Text::From(lead) => (&line[lead..], 0),
                    Text::Mended(dropped) => (classifier.mended.as_slice(), dropped),
                };
                let columns = classifier.pairs.as_slice();
                let cut = Cut { line, columns };
                self.give(classifier, fits.variant, &cut, fits.times, sink);
                if dropped > 0 {
                    let line = self.account.lines;
                    sink.finding(Finding::new("G4K-110").at(line).with("bytes", dropped));
                }
            }
        }
    }

    pub(super) fn reject(&mut self, finding: Finding, sink: &mut dyn Sink) {
        self.account.rejected += 1;
        sink.finding(finding.at(self.account.lines));
    }

    pub(super) fn give(
        &mut self,
        classifier: &Classifier,
        i: usize,
        cut: &Cut<'_>,
        times: Times,
        sink: &mut dyn Sink,
    ) {
        let variant = &classifier.layout.variants[i];
        self.by_variant[i] += 1;
        if variant.noise {
            self.account.noise += 1;
            return;
        }
        self.account.records += 1;
        let line = self.account.lines;
        let day = self.day(&times);
        let (cluster, unknown) = self
            .judge
            .cluster(variant, &classifier.quick[i], *cut, &times);
        if unknown {
            self.tallies.direction.add(line);
        }
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
            if let Some(text) = text(emit, cut.get(emit.span)) {
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
            origin: crate::Origin::default(),
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

    fn day(&mut self, times: &Times) -> Option<NaiveDate> {
        if self.judge.repeats(times) {
            self.tallies.repeated.add(self.account.lines);
        }
        match self.judge.day(times) {
            StartDay::Known(day) => return Some(day),
            StartDay::Missing => self.tallies.no_day.add(self.account.lines),
            StartDay::Odd => self.tallies.odd_day.add(self.account.lines),
        }
        None
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

    pub(super) fn finish(
        &mut self,
        layout: &Layout,
        growing: bool,
        sink: &mut dyn Sink,
    ) -> Account {
        if self.opened && !self.closed && !growing {
            sink.finding(Finding::new("G4K-121"));
        }
        if layout.on_error == OnError::Fail && self.account.rejected > 0 {
            sink.finding(Finding::new("G4K-123").with("count", self.account.rejected));
        }
        self.tallies.report(layout, self.account.records, sink);
        self.account
    }
}

/// Whether CR or LF may stand inside a line, where only some of them end one.
fn breaks(layout: &Layout, block: &[u8]) -> bool {
    let pairs = |odd: fn(u8, u8) -> bool| {
        let next = block.get(1..).unwrap_or_default();
        let found = block.iter().zip(next);
        // without a way out on the first one the loop is made for many bytes at once
        found.fold(false, |any, (a, b)| any | odd(*a, *b))
    };
    match layout.record_end {
        RecordEnd::Auto | RecordEnd::None => false,
        RecordEnd::Lf => block.last() == Some(&b'\r') || pairs(|a, b| (a == b'\r') & (b != b'\n')),
        RecordEnd::CrLf => {
            block.first() == Some(&b'\n')
                || block.last() == Some(&b'\r')
                || pairs(|a, b| (a == b'\r') != (b == b'\n'))
        }
        RecordEnd::Cr => memchr::memchr(b'\n', block).is_some(),
    }
}

/// The value of a field without padding; none where it is empty or means nobody.
#[inline]
pub(super) fn text<'a>(emit: &Emit, field: &'a [u8]) -> Option<&'a [u8]> {
    let mut text = trim(field);
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
