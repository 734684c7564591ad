//! From lines to records: which line belongs to which command.

use std::borrow::Cow;

use chrono::NaiveDate;
use gdpr4k_model::Finding;
use gdpr4k_model::finding::Arg;
use gdpr4k_model::number::Access;

use super::batch::Batch;
use super::command::{Head, arguments, end, head, plain, upper_outside_quotes};
use super::complete::{Hint, Seen, judge};
use super::facts::{Moment, facts};
use super::framing::{Frame, LogHeader, Outcome, frame, log_header, looks_like_log_header};
use super::free;
use super::knowledge::{AmoInfo, AmoKnowledge};
use super::logbook::{Logbook, Unit};
use super::meaning::{Command, Plan, Reading};
use super::orders::Action;
use super::text::Decoder;
use super::{MAX_COMMAND, Mode};
use crate::lines::{Line, Lines};
use crate::record::{Account, Fact, Reader, Sink};

/// A unit of the log book with more values than this is given in several records.
const MAX_UNIT: usize = 4 * MAX_COMMAND;

/// Reads one file of AMO text.
pub struct AmoReader<'k> {
    lines: Lines,
    state: State<'k>,
}

impl<'k> AmoReader<'k> {
    /// A reader for one file; `name` is its path, whose end tells the scope of a REGEN (`.../RE/SWU`).
    pub fn new(know: &'k AmoKnowledge, mode: Mode, name: &str) -> Self {
        let mut state = State {
            know,
            mode,
            hint: Hint::of(name),
            account: Account::default(),
            decoder: Decoder::default(),
            batch: Batch::default(),
            record: None,
            pending: None,
            skipping: false,
            comment: false,
            unit: None,
            unit_goes_on: false,
            log: Logbook::default(),
            block: None,
            held: Vec::new(),
            held_action: None,
            plan: Plan::default(),
            seen: Seen::default(),
            counts: Counts::default(),
            wrap: Wrap::default(),
        };
        state.batch.seven_bit = true;
        state.seen.by_amo = vec![0; know.amos().count() + 1];
        Self {
            lines: Lines::default(),
            state,
        }
    }
}

impl Reader for AmoReader<'_> {
    fn feed(&mut self, block: &[u8], sink: &mut dyn Sink) {
        let Self { lines, state } = self;
        lines.feed(block, |line| state.line(&line, sink));
    }

    fn finish(&mut self, growing: bool, sink: &mut dyn Sink) -> Account {
        let Self { lines, state } = self;
        let mut cut = false;
        lines.finish(|line| {
            if growing {
                state.account.lines += 1;
                state.account.pending += 1;
                cut = true;
            } else {
                state.line(&line, sink);
            }
        });
        state.end(growing, sink);
        state.account
    }
}

/// What a line has turned out to be; a later command on the same line may raise it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Noise,
    Continuation,
    Record,
    /// The header of a unit of the log book.
    Header,
    Rejected,
}

impl Class {
    /// What the further lines of a command are.
    const fn further(self) -> Self {
        match self {
            Self::Noise => Self::Noise,
            _ => Self::Continuation,
        }
    }
}

/// A command that has not ended yet.
struct Pending {
    first: u64,
    /// What the first line is without this command.
    first_class: Class,
    /// Its further lines; blank ones are not kept.
    further: Vec<u64>,
    /// Without the blanks at its end, unless they stand in quotes.
    text: String,
    quoted: bool,
    /// Characters of its last line so far.
    width: usize,
}

/// How the lines of a file are broken: a terminal cuts at a width, wherever that is; a person
/// or a page breaks at a blank.
#[derive(Default)]
struct Wrap {
    /// Characters of the lines that were broken so far.
    width: Option<usize>,
    /// Lines of other lengths were broken too.
    mixed: bool,
}

/// Line widths of terminals and printers.
const TERMINALS: [usize; 13] = [72, 76, 78, 79, 80, 100, 120, 128, 131, 132, 160, 255, 256];

impl Wrap {
    /// Whether a line of this width was cut, so that its end and the next line are one text;
    /// otherwise a blank stood between them.
    fn cuts(&mut self, width: usize, quoted: bool, before: &str, after: &str) -> bool {
        let cut = match self.width {
            _ if !quoted => false,
            _ if self.mixed => false,
            Some(known) => known == width,
            // the first broken line of the file: a usual width, or the break is inside a word
            None => {
                let lower = |c: Option<char>| c.is_some_and(char::is_lowercase);
                TERMINALS.contains(&width)
                    || lower(before.chars().next_back()) && lower(after.chars().next())
            }
        };
        self.mixed |= self.width.is_some_and(|known| known != width);
        self.width = Some(width);
        cut
    }
}

/// Things that are counted and told once per file.
#[derive(Default)]
struct Counts {
    unknown_verbs: u64,
    extra: u64,
    mismatches: u64,
    too_large: u64,
    no_person: u64,
    controls: u64,
    mixed_seven_bit: u64,
}

struct State<'k> {
    know: &'k AmoKnowledge,
    mode: Mode,
    hint: Hint,
    account: Account,
    decoder: Decoder,
    batch: Batch,
    /// Line and day of the record whose values are in `batch`.
    record: Option<(u64, Option<NaiveDate>)>,
    pending: Option<Pending>,
    /// Inside a command that was given up.
    skipping: bool,
    /// Inside a comment.
    comment: bool,
    unit: Option<Unit>,
    /// The unit was too large: the next record line is one.
    unit_goes_on: bool,
    log: Logbook,
    /// The AMO whose output runs.
    block: Option<&'k AmoInfo>,
    /// Facts of the last command of a session: its trailer may take them back.
    held: Vec<Fact>,
    held_action: Option<Action>,
    plan: Plan,
    seen: Seen,
    counts: Counts,
    wrap: Wrap,
}

impl<'k> State<'k> {
    fn line(&mut self, line: &Line<'_>, sink: &mut dyn Sink) {
        self.account.lines += 1;
        let n = line.number;
        let binary = memchr::memchr(0, line.bytes).is_some();
        if line.too_long || binary {
            self.break_off(sink);
            let code = if binary { "G4K-232" } else { "G4K-231" };
            return self.reject(n, code, sink);
        }
        let text = self.decoder.text(line.bytes);
        if self.batch.seven_bit && self.decoder.beyond_ascii > 0 {
            self.batch.seven_bit = false;
            self.counts.mixed_seven_bit = self.batch.seven_bit_names;
        }
        let control = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_control() && *b != b'\t');
        let clean = if control(text.as_bytes().first()) || control(text.as_bytes().last()) {
            text.trim_matches(|c: char| c.is_control() && c != '\t')
        } else {
            &text
        };
        self.counts.controls += u64::from(clean.len() != text.len());
        self.text(n, clean, sink);
    }

    fn text(&mut self, n: u64, mut text: &str, sink: &mut dyn Sink) {
        if self.comment {
            match text.find("*/") {
                Some(at) => {
                    self.comment = false;
                    self.remark(n, &text[..at], sink);
                    text = &text[at + 2..];
                }
                None if self.begins_something(text) => self.comment = false,
                None => {
                    let class = self.remark(n, text, sink);
                    return self.count(class);
                }
            }
        }
        if self.skipping {
            if !self.begins_something(text) {
                self.skipping = !text.trim_end().ends_with(';');
                return self.reject(n, "G4K-202", sink);
            }
            self.skipping = false;
        }
        if self.pending.is_some() {
            if text.trim().is_empty() {
                return self.count(Class::Noise);
            }
            if !self.begins_something(text) {
                return self.go_on(n, text, sink);
            }
            self.break_off(sink);
        }
        let class = self.commands(n, text, Class::Noise, sink);
        if let Some(class) = class {
            self.count(class);
        }
    }

    /// Whether a line cannot be the continuation of a command.
    fn begins_something(&self, text: &str) -> bool {
        if let Some(h) = head(text) {
            return self.know.verb(&h.verb, &h.noun).is_some();
        }
        log_header(text).is_some()
            || matches!(
                frame(text, self.know),
                Some(Frame::Started(_) | Frame::Ended(..) | Frame::Matches)
            )
    }

    /// Reads the commands of a line; gives the class of the line, or nothing if a command goes on.
    fn commands(
        &mut self,
        n: u64,
        text: &str,
        mut class: Class,
        sink: &mut dyn Sink,
    ) -> Option<Class> {
        let mut rest = text;
        let mut first = class == Class::Noise;
        loop {
            let Some(h) = head(rest) else {
                let found = if first {
                    self.other(n, rest, sink)?
                } else {
                    self.after_end(n, rest, sink)?
                };
                return Some(class.max(found));
            };
            let mut quoted = false;
            let Some(at) = end(h.rest, &mut quoted) else {
                let command = without_comment(rest, false);
                let command = if quoted { command } else { command.trim_end() };
                self.pending = Some(Pending {
                    first: n,
                    first_class: class,
                    further: Vec::new(),
                    text: command.to_owned(),
                    quoted,
                    width: text.chars().count(),
                });
                return None;
            };
            class = class.max(self.command(n, &h, &h.rest[..at], false, sink));
            rest = &h.rest[at + 1..];
            first = false;
            if rest.trim().is_empty() {
                return Some(class);
            }
        }
    }

    /// The next line of a command that has not ended.
    fn go_on(&mut self, n: u64, text: &str, sink: &mut dyn Sink) {
        let Some(mut p) = self.pending.take() else {
            return;
        };
        let mut piece = without_comment(text, p.quoted);
        let cut = self.wrap.cuts(p.width, p.quoted, &p.text, piece);
        if !(p.quoted && cut) {
            piece = piece.trim_start();
            if p.quoted {
                p.text.truncate(p.text.trim_end().len());
                p.text.push(' ');
            }
        }
        let end = end(piece, &mut p.quoted);
        if !p.quoted {
            piece = piece.trim_end();
        }
        p.text.push_str(end.map_or(piece, |at| &piece[..at]));
        p.width = text.chars().count();
        if p.text.len() > MAX_COMMAND {
            self.reject_command(&p, "G4K-202", sink);
            self.skipping = !piece.trim_end().ends_with(';');
            return self.reject(n, "G4K-202", sink);
        }
        let Some(at) = end else {
            p.further.push(n);
            self.pending = Some(p);
            return;
        };
        let Some(first) = self.whole(&p, false, sink) else {
            return self.reject(n, "G4K-200", sink);
        };
        let rest = &piece[at + 1..];
        let further = first.further();
        let class = if rest.trim().is_empty() {
            Some(further)
        } else {
            self.commands(n, rest, further, sink)
        };
        if let Some(class) = class {
            self.count(class);
        }
    }

    /// Reads a command that stood on several lines and counts all but its last line.
    fn whole(&mut self, p: &Pending, repaired: bool, sink: &mut dyn Sink) -> Option<Class> {
        let Some(h) = head(&p.text) else {
            self.reject_command(p, "G4K-200", sink);
            return None;
        };
        let class = self.command(p.first, &h, h.rest, repaired, sink);
        self.count(p.first_class.max(class));
        for _ in &p.further {
            self.count(class.further());
        }
        Some(class)
    }

    /// A command was not ended: a quote that is missing can be repaired, a missing end cannot.
    fn break_off(&mut self, sink: &mut dyn Sink) {
        let Some(mut p) = self.pending.take() else {
            return;
        };
        let open = p.text.rfind('"').filter(|_| p.quoted);
        let end = open.and_then(|open| {
            let ends = |at: &usize| {
                p.text[at + 1..].trim().is_empty() || head(&p.text[at + 1..]).is_some()
            };
            memchr::memchr_iter(b';', &p.text.as_bytes()[open..])
                .map(|at| at + open)
                .find(ends)
        });
        let Some(end) = end else {
            return self.reject_command(&p, "G4K-200", sink);
        };
        let rest = p.text.split_off(end + 1);
        p.text.truncate(end);
        p.text.push('"');
        sink.finding(Finding::new("G4K-203").at(p.first));
        if self.whole(&p, true, sink).is_some() && !rest.trim().is_empty() {
            // the line has been counted; what follows on it adds its values
            self.commands(p.first, &rest, Class::Continuation, sink);
            if self.pending.take().is_some() {
                sink.finding(Finding::new("G4K-200").at(p.first));
            }
        }
    }

    /// A whole command. `body` is what stands between colon and semicolon.
    ///
    /// A query that was typed is an echo, and so noise: what it asked for follows it.
    fn command(
        &mut self,
        line: u64,
        h: &Head<'_>,
        body: &str,
        repaired: bool,
        sink: &mut dyn Sink,
    ) -> Class {
        if h.typed && self.unit.is_some() {
            self.close_unit(None, sink);
        }
        let (action, language) = match self.know.verb(&h.verb, &h.noun) {
            Some((action, language)) => (action, Some(language)),
            None => (Action::Other, None),
        };
        self.counts.unknown_verbs += u64::from(language.is_none());
        let echo = matches!(action, Action::Regenerate | Action::Display) && self.unit.is_none();
        if !echo {
            self.begin(line, sink);
        }
        self.seen.commands += 1;
        if let Some(language) = language.filter(|_| self.unit.is_none()) {
            self.seen.language(language);
        }
        let known = self.know.amo(&h.noun);
        match known {
            Some(info) => self.seen.by_amo[info.at] += 1,
            None => self.seen.unknown_amo(&h.noun),
        }
        let mut args = Vec::with_capacity(20);
        let typed_small = matches!(h.verb, Cow::Owned(_));
        let body = if typed_small {
            Cow::Owned(upper_outside_quotes(body))
        } else {
            Cow::Borrowed(body)
        };
        arguments(body.trim_start_matches(';'), &mut args);
        if matches!(action, Action::Regenerate | Action::Display)
            && args.iter().any(|a| !a.value.is_empty())
        {
            self.seen.filtered += u64::from(self.mode == Mode::Regen);
        }
        if echo {
            return Class::Noise;
        }
        let info = known.unwrap_or_else(|| self.know.unknown_amo());
        let command = Command {
            line,
            action,
            info,
            known: known.is_some(),
            args: &args,
            repaired,
        };
        let reading = Reading::of(&command);
        if let Some(unit) = &mut self.unit {
            unit.commands += 1;
            self.batch.push(
                self.know.ids.amo_use,
                &format!("{}-{}", h.verb, h.noun),
                Access::Plain,
                false,
            );
        }
        self.counts.extra += u64::from(reading.extra > 0);
        self.counts.mismatches += u64::from(reading.mismatch);
        self.counts.too_large += reading.report(&command, self.know, &self.plan, &mut self.batch);
        let moment = match self.unit.as_ref().map(|u| u.at) {
            None => Moment::Snapshot,
            Some(Some(at)) => Moment::Logged(at),
            Some(None) => return Class::Record,
        };
        let found = facts(
            &command,
            &reading,
            moment,
            &mut self.plan,
            &mut self.batch,
            &mut self.counts.no_person,
        );
        if let Some(unit) = &mut self.unit {
            unit.facts.extend(found);
        } else if self.mode == Mode::Regen {
            found.into_iter().for_each(|f| sink.fact(f));
        } else {
            self.release(sink);
            self.held = found;
            self.held_action = Some(action);
        }
        Class::Record
    }

    /// A line that does not begin like a command.
    fn other(&mut self, n: u64, text: &str, sink: &mut dyn Sink) -> Option<Class> {
        let t = text.trim();
        if t.is_empty() {
            return Some(Class::Noise);
        }
        if let Some(comment) = t.strip_prefix("/*") {
            let (inside, rest) = comment.split_once("*/").unwrap_or((comment, ""));
            self.comment = !comment.contains("*/");
            let class = self.remark(n, inside, sink);
            if rest.trim().is_empty() {
                return Some(class);
            }
            return self.commands(n, rest, class, sink);
        }
        if let Some(h) = log_header(t) {
            self.open_unit(n, &h, sink);
            return Some(Class::Header);
        }
        if looks_like_log_header(t) {
            self.close_unit(None, sink);
            sink.finding(Finding::new("G4K-225").at(n));
            return Some(Class::Rejected);
        }
        if let Some(frame) = frame(t, self.know) {
            return Some(self.framing(n, t, &frame, sink));
        }
        if self.unit.is_some() {
            return Some(self.free_text(n, t, sink).max(Class::Continuation));
        }
        if let Some(account) = t.strip_prefix("PASSW:").and_then(|r| r.strip_suffix(';')) {
            self.begin(n, sink);
            self.batch
                .push(self.know.ids.account, plain(account), Access::Plain, false);
            return Some(Class::Record);
        }
        if self.is_damaged(t) {
            sink.finding(Finding::new("G4K-201").at(n));
            return Some(Class::Rejected);
        }
        if self.mode == Mode::Regen && self.seen.commands == 0 && self.account.rejected == 0 {
            self.seen.header_line(t);
            return Some(Class::Noise);
        }
        Some(self.free_text(n, t, sink))
    }

    /// Ends like a command, or begins like one and stops.
    fn is_damaged(&self, t: &str) -> bool {
        if t.ends_with(';') {
            return t.contains([',', '=', ':']);
        }
        let Some((verb, noun)) = t.trim_start_matches('<').split_once('-') else {
            return false;
        };
        let word = |w: &str| {
            (1..=8).contains(&w.len())
                && w.bytes()
                    .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        };
        let verb = verb.rsplit(' ').next().unwrap_or(verb);
        word(noun) && verb.len() >= 2 && word(verb) && self.know.verb(verb, noun).is_some()
    }

    fn framing(&mut self, n: u64, t: &str, frame: &Frame<'_>, sink: &mut dyn Sink) -> Class {
        let inside = if self.unit.is_some() {
            Class::Continuation
        } else {
            Class::Noise
        };
        match frame {
            Frame::Blank => return Class::Noise,
            Frame::Started(noun) => {
                self.seen.started += u64::from(self.unit.is_none());
                self.block = self.know.amo(noun);
            }
            Frame::Title(noun) => {
                if *noun == "LOGBK" && self.unit.is_some() {
                    self.close_unit(None, sink);
                    self.log.end_of_capture();
                    return Class::Noise;
                }
            }
            Frame::Ended(action, outcome) => {
                if let Some(unit) = &mut self.unit {
                    unit.outcome.get_or_insert(*outcome);
                    return inside;
                }
                self.seen.ended += u64::from(self.seen.started > self.seen.ended);
                self.seen.not_done += u64::from(*outcome != Outcome::Done);
                if *outcome != Outcome::Done && *action == self.held_action {
                    self.held.clear();
                }
                self.block = None;
            }
            Frame::Message(letter) => {
                self.seen.errors += u64::from(*letter == 'F' && self.unit.is_none());
                return self.free_text(n, t, sink).max(inside);
            }
            Frame::Matches => {
                self.close_unit(None, sink);
                self.log.end_of_capture();
                return Class::Noise;
            }
        }
        inside
    }

    /// A line of free text: a record if it holds a value.
    fn free_text(&mut self, n: u64, t: &str, sink: &mut dyn Sink) -> Class {
        let room = self.unit.is_some() && self.make_room(n, sink);
        if self.unit.is_none() && self.record.is_some_and(|(line, _)| line != n) {
            self.give(sink);
        }
        let before = self.batch.len();
        let info = self.block.unwrap_or_else(|| self.know.unknown_amo());
        free::scan(t, info, self.know, &self.plan, &mut self.batch);
        let element = info.text.unwrap_or(self.know.ids.unknown);
        let found = sink.text(n, element, t, &self.batch.texts(before));
        match self.unit {
            Some(_) if room => Class::Record,
            Some(_) => Class::Continuation,
            None if self.batch.len() + found == before => Class::Noise,
            None => {
                self.record = self.record.or(Some((n, None)));
                Class::Record
            }
        }
    }

    /// A comment: noise, and a record where somebody is named in it.
    fn remark(&mut self, n: u64, text: &str, sink: &mut dyn Sink) -> Class {
        if self.unit.is_none() && self.record.is_some_and(|(line, _)| line != n) {
            self.give(sink);
        }
        if sink.text(n, self.know.ids.unknown, text, &[]) == 0 || self.unit.is_some() {
            return Class::Noise;
        }
        self.record = self.record.or(Some((n, None)));
        Class::Record
    }

    /// What stands on a line behind a command.
    fn after_end(&mut self, n: u64, rest: &str, sink: &mut dyn Sink) -> Option<Class> {
        let t = rest.trim();
        if let Some(comment) = t.strip_prefix("/*") {
            let (inside, after) = comment.split_once("*/").unwrap_or((comment, ""));
            self.comment = !comment.contains("*/");
            let class = self.remark(n, inside, sink);
            if !after.trim().is_empty() {
                return self.commands(n, after, Class::Record, sink);
            }
            return Some(class);
        }
        if t.chars().any(char::is_alphanumeric) {
            sink.finding(Finding::new("G4K-209").at(n));
            free::scan(
                t,
                self.know.unknown_amo(),
                self.know,
                &self.plan,
                &mut self.batch,
            );
        }
        Some(Class::Noise)
    }

    fn open_unit(&mut self, n: u64, h: &LogHeader<'_>, sink: &mut dyn Sink) {
        self.close_unit(Some(h), sink);
        self.give(sink);
        if h.at.is_none() {
            sink.finding(Finding::new("G4K-226").at(n));
        }
        self.unit = Some(Unit::new(h));
        self.block = self.know.amo(h.noun);
        self.record = Some((n, h.at.map(|t| t.date())));
        let ids = &self.know.ids;
        for (element, text) in [
            (ids.uid, h.uid),
            (ids.terminal, h.terminal),
            (ids.session, h.session),
            (ids.time, h.time),
        ] {
            self.batch.push(element, text, Access::Plain, false);
        }
    }

    fn close_unit(&mut self, next: Option<&LogHeader<'_>>, sink: &mut dyn Sink) {
        if let Some(unit) = self.unit.take() {
            self.log
                .unit(unit, next)
                .into_iter()
                .for_each(|f| sink.fact(f));
            self.give(sink);
            self.block = None;
        }
    }

    /// A record begins on this line; a unit of the log book is one record however many commands it has.
    fn begin(&mut self, line: u64, sink: &mut dyn Sink) {
        if self.unit.is_some() {
            self.make_room(line, sink);
        } else if self.record.is_none_or(|(at, _)| at != line) {
            self.give(sink);
            self.record = Some((line, None));
        }
    }

    /// A unit that is too large goes on in another record, which begins on this line.
    fn make_room(&mut self, line: u64, sink: &mut dyn Sink) -> bool {
        let full = self.batch.size() > MAX_UNIT;
        if full {
            let day = self.record.and_then(|(_, day)| day);
            self.give(sink);
            self.record = Some((line, day));
            self.unit_goes_on = true;
        }
        full
    }

    /// Gives the record that is open.
    fn give(&mut self, sink: &mut dyn Sink) {
        if let Some((line, day)) = self.record.take() {
            let cluster = day.and(self.know.ids.audit);
            self.batch.give(line, day, cluster, sink);
        }
    }

    /// The command before was carried out, as far as can be seen.
    fn release(&mut self, sink: &mut dyn Sink) {
        self.held.drain(..).for_each(|f| sink.fact(f));
    }

    fn reject_command(&mut self, p: &Pending, code: &'static str, sink: &mut dyn Sink) {
        if p.first_class == Class::Noise {
            self.reject(p.first, code, sink);
        } else {
            self.count(p.first_class);
            sink.finding(Finding::new(code).at(p.first));
        }
        for line in &p.further {
            self.reject(*line, code, sink);
        }
    }

    fn reject(&mut self, line: u64, code: &'static str, sink: &mut dyn Sink) {
        self.count(Class::Rejected);
        sink.finding(Finding::new(code).at(line));
    }

    fn count(&mut self, class: Class) {
        match class {
            Class::Noise => self.account.noise += 1,
            Class::Continuation => self.account.continuation += 1,
            Class::Record if self.unit.is_some() && !std::mem::take(&mut self.unit_goes_on) => {
                self.account.continuation += 1
            }
            Class::Record | Class::Header => self.account.records += 1,
            Class::Rejected => self.account.rejected += 1,
        }
    }

    fn end(&mut self, growing: bool, sink: &mut dyn Sink) {
        match self.pending.take() {
            Some(p) if growing => {
                if p.first_class == Class::Noise {
                    self.account.pending += 1;
                } else {
                    self.count(p.first_class);
                }
                self.account.pending += p.further.len() as u64;
            }
            Some(p) => {
                self.seen.cut = true;
                self.pending = Some(p);
                self.break_off(sink);
            }
            None => {}
        }
        self.close_unit(None, sink);
        self.log.end_of_capture();
        self.release(sink);
        self.give(sink);
        self.tell(sink);
    }

    /// Everything that is told once per file.
    fn tell(&mut self, sink: &mut dyn Sink) {
        let know = self.know;
        let known = know.amos().map(|a| (&*a.name, self.seen.by_amo[a.at]));
        for (name, records) in known
            .chain(self.seen.unknown.iter().map(|(n, c)| (n.as_str(), *c)))
            .filter(|(_, n)| *n > 0)
        {
            sink.fact(Fact::Seen {
                kind: "amo",
                name: name.to_owned(),
                records,
            });
        }
        if let Some(system) = &self.seen.system {
            sink.fact(Fact::Seen {
                kind: "amo-system",
                name: system.clone(),
                records: 1,
            });
            sink.finding(
                Finding::new("G4K-227")
                    .with("system", Arg::declared(system))
                    .with("lines", self.seen.header),
            );
        }
        let c = &self.counts;
        for (code, count) in [
            ("G4K-205", c.unknown_verbs),
            ("G4K-206", c.extra),
            ("G4K-207", self.batch.unverified),
            ("G4K-208", c.mismatches),
            ("G4K-218", self.batch.seven_bit_names),
            ("G4K-219", self.decoder.code_page_850),
            ("G4K-220", c.mixed_seven_bit),
            ("G4K-221", c.too_large),
            ("G4K-222", c.no_person),
            ("G4K-223", self.log.open),
            ("G4K-224", self.log.failed),
            ("G4K-233", c.controls),
        ] {
            if count > 0 {
                sink.finding(Finding::new(code).with("count", count));
            }
        }
        let account = &self.account;
        let nothing = self.seen.commands + self.seen.started == 0
            && account.records + account.rejected + account.pending == 0;
        if nothing && account.lines > 0 {
            sink.finding(Finding::new("G4K-234").with("lines", account.lines));
        }
        judge(&self.seen, self.hint, self.mode, know)
            .into_iter()
            .for_each(|f| sink.finding(f));
    }
}

/// The text without a comment in it, where none of it is quoted.
fn without_comment(text: &str, quoted: bool) -> &str {
    match text.split_once("/*") {
        Some((before, comment))
            if !quoted
                && comment.trim_end().ends_with("*/")
                && before.matches('"').count() % 2 == 0 =>
        {
            before
        }
        _ => text,
    }
}
