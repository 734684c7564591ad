//! Syslog of the servers: the envelope by RFC 3164 or RFC 5424, the message as free text.
//!
//! The vendor's message catalogue is not public (formats-other-sources 5.4). Every line
//! that is not blank is a record; indented lines belong to the message before them.

use chrono::{DateTime, Datelike, NaiveDate};
use chrono_tz::Tz;
use gdpr4k_model::Finding;
use gdpr4k_model::catalogue::ElementIx;

use crate::freetext::{FreeText, Tally, is_address};
use crate::knowledge::TableKnowledge;
use crate::lines::{Line, Lines, MAX_LINE, decode};
use crate::origin::Origin;
use crate::record::{Account, Reader, Record, Sink, Value};
use crate::table::Unicode;

/// A message has at most this many further lines.
const MAX_CONTINUATION: u64 = 500;
/// Severities up to this one are errors (RFC 5424, 6.2.1: 3 = error).
const ERROR: u16 = 3;

/// Reads one syslog file.
pub struct SyslogReader<'k> {
    unicode: Unicode,
    lines: Lines,
    core: Core<'k>,
}

struct Core<'k> {
    free: FreeText<'k>,
    time: ElementIx,
    text: ElementIx,
    ip: ElementIx,
    file_day: Option<NaiveDate>,
    zone: Option<Tz>,
    no_year: Tally,
    account: Account,
    /// The message that may go on, with its line.
    held: String,
    held_at: u64,
    held_lines: u64,
}

impl<'k> SyslogReader<'k> {
    /// `file_day`: the day of the newest message (from the file's name or time stamp), for times
    /// without a year; `zone`: the site's time zone, for times with an offset;
    /// `non_personal`: the site's accounts that are no person.
    pub fn new(
        knowledge: &'k TableKnowledge,
        file_day: Option<NaiveDate>,
        zone: Option<Tz>,
        non_personal: &[String],
    ) -> Self {
        let log = &knowledge.log;
        let core = Core {
            free: FreeText::new(knowledge, non_personal),
            time: log.time,
            text: log.text,
            ip: log.ip,
            file_day,
            zone,
            no_year: Tally::default(),
            account: Account::default(),
            held: String::new(),
            held_at: 0,
            held_lines: 0,
        };
        Self {
            unicode: Unicode::default(),
            lines: Lines::default(),
            core,
        }
    }
}

impl Reader for SyslogReader<'_> {
    fn feed(&mut self, block: &[u8], sink: &mut dyn Sink) {
        let Self {
            unicode,
            lines,
            core,
        } = self;
        lines.feed(&unicode.block(block), |line| core.line(&line, sink));
    }

    fn finish(&mut self, growing: bool, sink: &mut dyn Sink) -> Account {
        let Self {
            unicode,
            lines,
            core,
        } = self;
        lines.feed(&unicode.rest(), |line| core.line(&line, sink));
        lines.finish(|line| {
            if growing {
                core.account.lines += 1;
                core.account.pending += 1;
            } else {
                core.line(&line, sink);
            }
        });
        core.flush(sink);
        if core.account.records + core.account.rejected + core.account.pending == 0 {
            sink.finding(Finding::new("G4K-305"));
        }
        core.no_year.report("G4K-332", sink);
        core.free.report(sink);
        core.account
    }
}

impl Core<'_> {
    fn line(&mut self, line: &Line<'_>, sink: &mut dyn Sink) {
        self.account.lines += 1;
        if line.too_long {
            self.flush(sink);
            self.account.rejected += 1;
            sink.damaged(line.number);
            sink.finding(
                Finding::new("G4K-301")
                    .at(line.number)
                    .with("limit", MAX_LINE),
            );
            return;
        }
        let text = decode(line.bytes);
        if text.chars().all(|c| c.is_whitespace() || c == '\0') {
            self.flush(sink);
            self.account.noise += 1;
            return;
        }
        let goes_on = text.starts_with([' ', '\t'])
            && self.held_lines > 0
            && self.held_lines <= MAX_CONTINUATION
            && self.held.len() + text.len() < MAX_LINE;
        if goes_on {
            self.account.continuation += 1;
            self.held_lines += 1;
            self.held.push('\n');
        } else {
            self.flush(sink);
            self.held_at = line.number;
            self.held_lines = 1;
        }
        self.held.push_str(&text);
    }

    /// Gives the message that is held as a record.
    fn flush(&mut self, sink: &mut dyn Sink) {
        if self.held_lines == 0 {
            return;
        }
        let held = std::mem::take(&mut self.held);
        self.message(&held, sink);
        self.held_lines = 0;
        self.held = held;
        self.held.clear();
        self.account.records += 1;
    }

    fn message(&mut self, text: &str, sink: &mut dyn Sink) {
        let (line, whole) = (self.held_at, text.trim());
        let envelope = Envelope::parse(whole);
        let (stamp, host, body, severity) = match &envelope {
            Some(e) => (e.stamp, e.host, e.body, e.severity),
            None => {
                self.free.loose.add(line);
                ("", "", whole, None)
            }
        };
        let day = envelope.as_ref().and_then(|e| self.day(line, e.time));
        let mut values: Vec<Value<'_>> = Vec::with_capacity(8);
        if !stamp.is_empty() {
            values.push(Value::new(self.time, stamp.as_bytes()));
        }
        if is_address(host) {
            values.push(Value::new(self.ip, host.as_bytes()));
        }
        let shown = body.trim();
        if !shown.is_empty() {
            values.push(Value::new(self.text, shown.as_bytes()));
        }
        let error = severity.map_or_else(|| self.free.is_error(shown), |s| s <= ERROR);
        let cluster = Some(self.free.cluster(shown, error));
        sink.record(&Record {
            line,
            day,
            cluster,
            values: &values,
            origin: Origin::line(line + self.held_lines - 1, text),
        });
    }

    fn day(&mut self, line: u64, time: Time) -> Option<NaiveDate> {
        match time {
            Time::None => None,
            Time::Local(day) => Some(day),
            Time::Offset(time) => match self.zone {
                Some(zone) => Some(time.with_timezone(&zone).date_naive()),
                None => Some(time.date_naive()),
            },
            Time::NoYear(month, day) => {
                let found = self.file_day.and_then(|end| latest(month, day, end));
                if found.is_none() {
                    self.no_year.add(line);
                }
                found
            }
        }
    }
}

/// The newest day with this month and day that is not after the file, give or take two days for clocks.
fn latest(month: u32, day: u32, end: NaiveDate) -> Option<NaiveDate> {
    let limit = end.checked_add_days(chrono::Days::new(2)).unwrap_or(end);
    // eight years back: the longest way to the 29th of February before
    (0..9).find_map(|back| {
        NaiveDate::from_ymd_opt(limit.year() - back, month, day).filter(|d| *d <= limit)
    })
}

/// When a message was written.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Time {
    /// RFC 5424 nil value.
    None,
    /// A day without an offset: the sender's.
    Local(NaiveDate),
    Offset(DateTime<chrono::FixedOffset>),
    /// Month and day of RFC 3164.
    NoYear(u32, u32),
}

/// The head of a message, and what follows.
#[derive(Debug, PartialEq)]
struct Envelope<'a> {
    severity: Option<u16>,
    stamp: &'a str,
    time: Time,
    host: &'a str,
    /// Tag and message; in RFC 5424 also the structured data.
    body: &'a str,
}

impl<'a> Envelope<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (priority, rest) = pri(uncounted(text));
        let severity = priority.map(|p| p & 7);
        if let Some(rest) = rest.strip_prefix("1 ")
            && let Some(envelope) = Self::rfc5424(severity, rest)
        {
            return Some(envelope);
        }
        Self::rfc3164(severity, rest)
    }

    /// `TIMESTAMP HOST APP PROCID MSGID STRUCTURED-DATA [MSG]`
    fn rfc5424(severity: Option<u16>, text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ' ');
        let stamp = parts.next()?;
        let time = if stamp == "-" {
            Time::None
        } else {
            iso(stamp)?
        };
        let host = parts.next()?;
        // application, process and message id are no person's
        let (_, _, _) = (parts.next()?, parts.next()?, parts.next()?);
        let body = parts.next()?;
        if !(body.starts_with('[') || body == "-" || body.starts_with("- ")) {
            return None;
        }
        let body = body
            .strip_prefix("- ")
            .unwrap_or(if body == "-" { "" } else { body });
        let body = body.trim_start_matches('\u{feff}');
        let stamp = if stamp == "-" { "" } else { stamp };
        Some(Self {
            severity,
            stamp,
            time,
            host,
            body,
        })
    }

    /// `Mmm dd hh:mm:ss HOST TAG: MSG`, also with a year or with an ISO time stamp.
    fn rfc3164(severity: Option<u16>, text: &'a str) -> Option<Self> {
        let (stamp, time) = bsd(text).or_else(|| {
            let stamp = text.split(' ').next()?;
            let time = iso(stamp).map(|time| (stamp, time));
            time.or_else(|| spaced(text))
        })?;
        let rest = text[stamp.len()..].trim_start_matches([' ', ':']);
        let (host, body) = rest.split_once(' ').unwrap_or(("", rest));
        // without a host the tag comes first: `su: message`
        let (host, body) = if host.ends_with(':') || host.ends_with(']') {
            ("", rest)
        } else {
            (host, body)
        };
        Some(Self {
            severity,
            stamp,
            time,
            host,
            body: body.trim_start_matches('\u{feff}'),
        })
    }
}

/// Whether a line has the head of a syslog message.
pub(crate) fn is_syslog(line: &str) -> bool {
    Envelope::parse(line)
        .is_some_and(|e| e.severity.is_some() || (!e.host.is_empty() && e.body.contains(':')))
}

/// The message without the length in front that a TCP receiver may keep (RFC 6587, octet counting).
fn uncounted(text: &str) -> &str {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    match text[digits..].strip_prefix(" <") {
        Some(_) if (1..=7).contains(&digits) => &text[digits + 1..],
        _ => text,
    }
}

/// The priority `<0>` to `<191>`, if there is one, and the text after it.
///
/// Anything else between the brackets is no priority, and no part of the message either.
fn pri(text: &str) -> (Option<u16>, &str) {
    let Some((inside, rest)) = text.strip_prefix('<').and_then(|t| t.split_once('>')) else {
        return (None, text);
    };
    if inside.len() > 5 || !inside.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return (None, text);
    }
    let digits = inside.len() <= 3 && inside.bytes().all(|b| b.is_ascii_digit());
    let priority = inside.parse().ok().filter(|p| digits && *p <= 191);
    (priority, rest)
}

/// `2026-02-03 08:14:09`, with a blank instead of `T`: the sender's clock.
fn spaced(text: &str) -> Option<(&str, Time)> {
    let stamp = text.get(..19)?;
    let time = chrono::NaiveDateTime::parse_from_str(stamp, "%Y-%m-%d %H:%M:%S").ok()?;
    let fraction = text[19..]
        .bytes()
        .take_while(|b| matches!(b, b'.' | b',' | b'0'..=b'9'));
    Some((&text[..19 + fraction.count()], Time::Local(time.date())))
}

fn iso(stamp: &str) -> Option<Time> {
    let bytes = stamp.as_bytes();
    if bytes.len() < 19 || bytes.get(4) != Some(&b'-') || !matches!(bytes.get(10), Some(b'T')) {
        return None;
    }
    if let Ok(time) = DateTime::parse_from_rfc3339(stamp) {
        return Some(Time::Offset(time));
    }
    if let Ok(time) = DateTime::parse_from_str(stamp, "%Y-%m-%dT%H:%M:%S%.f%z") {
        return Some(Time::Offset(time));
    }
    let time = chrono::NaiveDateTime::parse_from_str(stamp, "%Y-%m-%dT%H:%M:%S%.f").ok()?;
    Some(Time::Local(time.date()))
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// `Feb  3 08:14:09`, `Feb 3 2026 08:14:09`
fn bsd(text: &str) -> Option<(&str, Time)> {
    let month = text
        .get(..3)
        .and_then(|m| MONTHS.iter().position(|x| x.eq_ignore_ascii_case(m)))?;
    let month = month as u32 + 1;
    let mut at = 3;
    let mut words = Vec::with_capacity(3);
    while words.len() < 3 {
        let rest = &text[at..];
        let start = rest.len() - rest.trim_start_matches(' ').len();
        if start == 0 && at < text.len() {
            return None;
        }
        let word = rest[start..].split(' ').next().filter(|w| !w.is_empty())?;
        at += start + word.len();
        words.push(word);
        let time = word.trim_end_matches(':');
        if is_clock(time) {
            let end = at - (word.len() - time.len());
            let day: u32 = words[0].parse().ok().filter(|d| (1..=31).contains(d))?;
            let year = (words.len() == 3).then(|| words[1].parse::<i32>().ok());
            let time = match year {
                None => Time::NoYear(month, day),
                Some(year) => {
                    let year = year.filter(|y| (1970..2200).contains(y))?;
                    Time::Local(NaiveDate::from_ymd_opt(year, month, day)?)
                }
            };
            return Some((&text[..end], time));
        }
    }
    None
}

/// `08:14:09`, also with a fraction.
fn is_clock(text: &str) -> bool {
    let whole = text.split(['.', ',']).next().unwrap_or_default();
    whole.len() == 8
        && whole.bytes().enumerate().all(|(i, b)| {
            if i == 2 || i == 5 {
                b == b':'
            } else {
                b.is_ascii_digit()
            }
        })
}

#[cfg(test)]
mod tests;
