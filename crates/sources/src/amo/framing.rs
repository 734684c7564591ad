//! Lines that are not commands: what a session, a table or the log book prints around them
//! (formats-amo.md 1.4 and 1.6, formats-other-sources.md 5.1).

use std::sync::LazyLock;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use regex::Regex;

use super::knowledge::AmoKnowledge;
use super::orders::Action;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    Partly,
    Not,
}

/// What a line of framing is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Frame<'a> {
    /// Nothing, a ruler, a bare prompt.
    Blank,
    /// `H500: AMO PERSI STARTED`.
    Started(&'a str),
    /// `AMO-PERSI-152   TITLE`.
    Title(&'a str),
    /// `ADD NOT COMPLETED;`.
    Ended(Option<Action>, Outcome),
    /// `F01: ...`; the letter.
    Message(char),
    /// `12 MATCHES`, the end of a log book.
    Matches,
}

/// Recognises framing.
pub(crate) fn frame<'a>(text: &'a str, know: &AmoKnowledge) -> Option<Frame<'a>> {
    let t = text.trim();
    if t.chars().all(|c| matches!(c, '-' | '+' | '=' | '_' | '|' | '.' | ':' | '*' | '<' | '>' | ' ' | '\t' | '~')) {
        return Some(Frame::Blank);
    }
    if let Some(message) = message(t) {
        return Some(message);
    }
    if let Some(rest) = t.strip_prefix("AMO-") {
        let noun = rest.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("");
        if (2..=8).contains(&noun.len()) {
            return Some(Frame::Title(noun));
        }
    }
    if t.ends_with("MATCHES") && t.split_whitespace().next().is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit())) {
        return Some(Frame::Matches);
    }
    ended(t, know)
}

fn message(t: &str) -> Option<Frame<'_>> {
    let (label, rest) = t.split_once(':')?;
    let b = label.as_bytes();
    if !(2..=5).contains(&b.len()) || !b[0].is_ascii_uppercase() || !b[1..].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let mut words = rest.split_whitespace();
    if label == "H500" && words.next() == Some("AMO") {
        return Some(Frame::Started(words.next().unwrap_or("")));
    }
    Some(Frame::Message(b[0] as char))
}

/// `VERB [NOT|PARTIALLY] COMPLETED|PERFORMED|EXECUTED`, English and German.
fn ended<'a>(t: &str, know: &AmoKnowledge) -> Option<Frame<'a>> {
    let t = t.trim_end_matches(';').trim_end();
    if t.len() > 60 {
        return None;
    }
    let mut words = t.split_whitespace();
    let verb = words.next()?;
    let last = t.rsplit(' ').next()?;
    if !matches!(last, "COMPLETED" | "PERFORMED" | "EXECUTED" | "EXEC'D" | "DURCHGEFUEHRT" | "DURCHGEFÜHRT" | "AUSGEFUEHRT" | "AUSGEFÜHRT") {
        return None;
    }
    let outcome = match (words.next()?, words.next(), words.next()) {
        (w, None, None) if w == last => Outcome::Done,
        ("NOT" | "NICHT", Some(_), None) => Outcome::Not,
        ("PARTIALLY" | "TEILWEISE", Some(_), None) => Outcome::Partly,
        _ => return None,
    };
    Some(Frame::Ended(know.verb(verb, "").map(|(a, _)| a), outcome))
}

/// What a unit of the log book is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnitKind {
    /// The command as it was entered.
    Start,
    /// The command once more, corrected.
    Continue,
    /// How it ended.
    End,
    /// Messages and anything else.
    Other,
}

/// The header line of a unit of the log book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogHeader<'a> {
    pub(crate) number: u64,
    pub(crate) terminal: &'a str,
    pub(crate) session: &'a str,
    pub(crate) uid: &'a str,
    pub(crate) noun: &'a str,
    pub(crate) kind: UnitKind,
    /// As it stands in the file.
    pub(crate) time: &'a str,
    /// None for a day or time that does not exist.
    pub(crate) at: Option<NaiveDateTime>,
}

/// Labels are taken by place: a German system may print other words.
static LOG_HEADER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^P(\d{1,12})\s+\w+[:=](\S+)\s+\w+[:=](\S+)\s+\w+[:=](\S+)\s+\w+[:=](\S+)\s+\w+[:=](\S+)\s+\w+[:=](\d{2,4}-\d\d-\d\d\s+\d\d:\d\d:\d\d)\s*$").ok()
});

/// Whether a line begins like the header of a unit.
pub(crate) fn looks_like_log_header(text: &str) -> bool {
    let b = text.as_bytes();
    b.len() > 30 && b[0] == b'P' && b[1].is_ascii_digit() && text.contains("DEV") && text.contains("TSN")
}

/// Reads the header of a unit.
pub(crate) fn log_header(text: &str) -> Option<LogHeader<'_>> {
    let b = text.as_bytes();
    if b.len() < 30 || b[0] != b'P' || !b[1].is_ascii_digit() {
        return None;
    }
    let c = LOG_HEADER.as_ref()?.captures(text)?;
    let get = |i: usize| c.get(i).map_or("", |m| m.as_str());
    let kind = match get(6) {
        k if k.starts_with("START") => UnitKind::Start,
        k if k.starts_with("CONT") => UnitKind::Continue,
        k if k.starts_with("END") => UnitKind::End,
        _ => UnitKind::Other,
    };
    Some(LogHeader {
        number: get(1).parse().ok()?,
        terminal: get(2),
        session: get(3),
        uid: get(4),
        noun: get(5),
        kind,
        time: get(7),
        at: time(get(7)),
    })
}

/// `YY-MM-DD HH:MM:SS`; 70 to 99 are 19xx (formats-other-sources.md 1, rule 9).
fn time(text: &str) -> Option<NaiveDateTime> {
    let (day, clock) = text.split_once(char::is_whitespace)?;
    let mut parts = day.split('-');
    let year = parts.next()?;
    let short: i32 = year.parse().ok()?;
    let year = match year.len() {
        2 if short >= 70 => 1900 + short,
        2 => 2000 + short,
        4 => short,
        _ => return None,
    };
    let date = NaiveDate::from_ymd_opt(year, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?)?;
    Some(date.and_time(NaiveTime::parse_from_str(clock.trim(), "%H:%M:%S").ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amo::tests::knowledge;

    #[test]
    fn framing_is_told_from_text() {
        let k = knowledge();
        for (text, want) in [
            ("H500:  AMO SDSU  STARTED", Some(Frame::Started("SDSU"))),
            ("AMO-SDSU -111       STATUS DISPLAY", Some(Frame::Title("SDSU"))),
            ("DISPLAY COMPLETED;", Some(Frame::Ended(Some(Action::Display), Outcome::Done))),
            ("ADD NOT COMPLETED;", Some(Frame::Ended(Some(Action::Add), Outcome::Not))),
            ("EINRICHTEN NICHT DURCHGEFUEHRT;", Some(Frame::Ended(Some(Action::Add), Outcome::Not))),
            ("CHANGE PARTIALLY PERFORMED", Some(Frame::Ended(Some(Action::Change), Outcome::Partly))),
            ("F01: TGRP 22 ALREADY EXISTS", Some(Frame::Message('F'))),
            ("+------+-----+", Some(Frame::Blank)),
            ("2 MATCHES", Some(Frame::Matches)),
            ("| 7801 | EXEC |", None),
            ("THE TEST WAS COMPLETED", None),
        ] {
            assert_eq!(frame(text, &k), want, "{text}");
        }
    }

    #[test]
    fn log_headers_are_read_with_either_mark_and_either_year() {
        let h = log_header("P0816 DEV:CON3 TSN:4711 UID=7 NOUN:PERSI TYPE:END TIME:26-02-03 08:14:11").unwrap();
        assert_eq!((h.number, h.uid, h.kind), (816, "7", UnitKind::End));
        assert_eq!(h.at.unwrap().to_string(), "2026-02-03 08:14:11");
        let h = log_header("P4713 DEV=CON1 TSN=1234 UID:1 NOUN=BUEND TYPE=CONTINUE TIME=96-07-10 11:56:59").unwrap();
        assert_eq!(h.at.unwrap().to_string(), "1996-07-10 11:56:59");
        let h = log_header("P1 DEV:C TSN:1 UID=1 NOUN:BUEND TYPE:START TIME:2026-13-03 08:14:11").unwrap();
        assert_eq!(h.at, None);
        assert_eq!(log_header("P4713 DEV:CON1 TSN:1234 UID=1 NOUN:BU"), None);
    }
}
