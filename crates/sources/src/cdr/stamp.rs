//! Dates, times and durations as layouts write them.

use chrono::{
    Datelike, Days, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, Offset as _, TimeDelta,
    TimeZone as _,
};
use chrono_tz::Tz;

use super::cut::{Cut, Span, trim};
use super::layout::Fold;

/// What a run of digits is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Digit {
    /// Year; two digits or fewer go through the century pivot.
    Year,
    /// Month, 1 to 12.
    Month,
    /// Day of the month.
    Day,
    /// Hours.
    Hour,
    /// Minutes.
    Minute,
    /// Seconds.
    Second,
    /// Tenths of a second.
    Tenth,
}

/// One step of reading a stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Digits, at most so many.
    Digits(Digit, u8),
    /// This byte.
    Byte(u8),
    /// `.1` or `,123`, or nothing.
    Fraction,
    /// `Z`, `+0100`, `+01:00`, or nothing.
    Zone,
    /// A word of letters: a weekday.
    Word,
}

/// How a stamp or duration is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Format {
    steps: Vec<Step>,
    /// From here on the text may end early (`hh:mm` where `hh:mm:ss` is possible).
    optional_from: usize,
    /// The first unit may have more digits than the pattern.
    open: bool,
}

impl Format {
    /// The steps that a text without optional end goes through.
    pub(super) fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Reads a pattern: `%d.%m.%Y %H:%M:%S`, or letters as in `DD.MM.YY`, `hh:mm:ss`, `yymmddhhmmsst`.
    ///
    /// `mm` is the minute after an hour and the month elsewhere; a small `t` is a tenth of a second.
    pub(super) fn parse(pattern: &str) -> Result<Self, String> {
        let steps = if pattern.contains('%') {
            percent(pattern)?
        } else {
            letters(pattern)?
        };
        if !steps.iter().any(|s| matches!(s, Step::Digits(..))) {
            return Err(format!(
                "pattern {pattern:?} has no digits (expected for example %d.%m.%Y or hh:mm:ss)"
            ));
        }
        let optional_from = steps.len();
        Ok(Self {
            steps,
            optional_from,
            open: false,
        })
    }

    /// One piece of a stamp, as the vendor's single elements are.
    pub(super) fn piece(digit: Digit, width: usize) -> Self {
        Self {
            steps: vec![Step::Digits(digit, width.clamp(1, 4) as u8)],
            optional_from: 1,
            open: false,
        }
    }

    /// `hh:mm` with or without seconds and a fraction.
    pub(super) fn clock() -> Self {
        use Digit::{Hour, Minute, Second};
        let steps = vec![
            Step::Digits(Hour, 2),
            Step::Byte(b':'),
            Step::Digits(Minute, 2),
            Step::Byte(b':'),
            Step::Digits(Second, 2),
            Step::Fraction,
        ];
        Self {
            steps,
            optional_from: 3,
            open: false,
        }
    }

    /// The first unit may have more digits than the pattern: between separators, 100 hours are `100:00:00`.
    fn open(mut self) -> Self {
        self.open = matches!(self.steps.as_slice(), [Step::Digits(..), Step::Byte(_), ..]);
        self
    }

    /// Reads a text into the pieces; false where it does not fit.
    #[inline]
    pub(super) fn read(&self, text: &[u8], into: &mut Pieces) -> bool {
        // the usual piece of a vendor layout
        if let ([Step::Digits(digit, 2)], [a @ b'0'..=b'9', b @ b'0'..=b'9']) =
            (self.steps.as_slice(), text)
        {
            into.set(*digit, u16::from(a - b'0') * 10 + u16::from(b - b'0'), 2);
            return true;
        }
        let mut at = 0;
        for (i, step) in self.steps.iter().enumerate() {
            if at == text.len() && i >= self.optional_from {
                return true;
            }
            match *step {
                Step::Byte(b) => {
                    if text.get(at) != Some(&b) {
                        return false;
                    }
                    at += 1;
                }
                Step::Digits(digit, width) => {
                    let width = if self.open && i == 0 { 4 } else { width };
                    let end = (at + usize::from(width)).min(text.len());
                    let (mut value, mut n) = (0u16, 0u8);
                    while at < end {
                        match text[at] {
                            d @ b'0'..=b'9' => {
                                value = value * 10 + u16::from(d - b'0');
                                n += 1;
                            }
                            b' ' if n == 0 => {}
                            _ => break,
                        }
                        at += 1;
                    }
                    if n == 0 {
                        return false;
                    }
                    into.set(digit, value, n);
                }
                Step::Fraction => {
                    if matches!(text.get(at), Some(b'.' | b',')) {
                        at += 1;
                        at += text[at..].iter().take_while(|b| b.is_ascii_digit()).count();
                    }
                }
                Step::Zone => match text.get(at) {
                    Some(b'Z') => {
                        at += 1;
                        into.offset = Some(0);
                    }
                    Some(sign @ (b'+' | b'-')) => {
                        at += 1;
                        let digits = text[at..]
                            .iter()
                            .take_while(|b| b.is_ascii_digit() || **b == b':')
                            .count();
                        into.offset = offset(*sign, &text[at..at + digits]);
                        at += digits;
                    }
                    _ => {}
                },
                Step::Word => {
                    at += text[at..]
                        .iter()
                        .take_while(|b| b.is_ascii_alphabetic())
                        .count()
                }
            }
        }
        at == text.len()
    }
}

/// Minutes east of Greenwich, of `0100`, `01:00` or `01`; none where it is no offset of this earth.
fn offset(sign: u8, text: &[u8]) -> Option<i16> {
    let digits: Vec<u8> = text.iter().copied().filter(|b| *b != b':').collect();
    let (hours, minutes) = match digits.len() {
        2 => (number(&digits)?, 0),
        4 => (number(&digits[..2])?, number(&digits[2..])?),
        _ => return None,
    };
    if hours > 14 || minutes > 59 {
        return None;
    }
    let total = (hours * 60 + minutes) as i16;
    Some(if sign == b'-' { -total } else { total })
}

fn percent(pattern: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    let mut rest = pattern.bytes();
    while let Some(b) = rest.next() {
        if b != b'%' {
            steps.push(Step::Byte(b));
            continue;
        }
        let two = |d| Step::Digits(d, 2);
        match rest.next() {
            Some(b'd' | b'e') => steps.push(two(Digit::Day)),
            Some(b'm') => steps.push(two(Digit::Month)),
            Some(b'Y') => steps.push(Step::Digits(Digit::Year, 4)),
            Some(b'y') => steps.push(two(Digit::Year)),
            Some(b'H') => steps.push(two(Digit::Hour)),
            Some(b'M') => steps.push(two(Digit::Minute)),
            Some(b'S') => steps.push(two(Digit::Second)),
            Some(b'T') => steps.extend([
                two(Digit::Hour),
                Step::Byte(b':'),
                two(Digit::Minute),
                Step::Byte(b':'),
                two(Digit::Second),
            ]),
            Some(b'f') => {
                // the point belongs to the fraction, which may be missing as a whole
                if matches!(steps.last(), Some(Step::Byte(b'.' | b','))) {
                    steps.pop();
                }
                steps.push(Step::Fraction);
            }
            Some(b'z') => steps.push(Step::Zone),
            Some(b'a') => steps.push(Step::Word),
            Some(b'%') => steps.push(Step::Byte(b'%')),
            other => {
                let other = other.map_or(String::new(), |b| char::from(b).to_string());
                return Err(format!(
                    "%{other} (expected %d %m %Y %y %H %M %S %T %f %z %a)"
                ));
            }
        }
    }
    Ok(steps)
}

fn letters(pattern: &str) -> Result<Vec<Step>, String> {
    let bytes = pattern.as_bytes();
    let dated = bytes.iter().any(|b| matches!(b, b'd' | b'D' | b'y' | b'Y'));
    let mut steps = Vec::new();
    let mut seen = Pieces::default();
    let mut at = 0;
    while at < bytes.len() {
        let b = bytes[at];
        let run = bytes[at..]
            .iter()
            .take_while(|x| x.eq_ignore_ascii_case(&b))
            .count();
        let hour_seen = seen.has(Digit::Hour);
        let digit = match b {
            b'd' | b'D' => Digit::Day,
            b'y' | b'Y' => Digit::Year,
            b'h' | b'H' => Digit::Hour,
            b's' | b'S' => Digit::Second,
            b't' => Digit::Tenth,
            b'm' | b'M' if !dated || (hour_seen && !seen.has(Digit::Minute)) => Digit::Minute,
            b'm' | b'M' => Digit::Month,
            b'T' | b' ' | b'.' | b':' | b'-' | b'/' | b',' => {
                steps.push(Step::Byte(b));
                at += 1;
                continue;
            }
            _ => {
                return Err(format!(
                    "pattern {pattern:?} has {:?} (expected letters d m y h s t and . : - / between them)",
                    char::from(b)
                ));
            }
        };
        let width = run.min(if digit == Digit::Year { 4 } else { 2 });
        if seen.has(digit) {
            return Err(format!(
                "pattern {pattern:?} names a piece twice (expected each once)"
            ));
        }
        seen.set(digit, 0, 2);
        steps.push(Step::Digits(digit, width as u8));
        at += width;
    }
    Ok(steps)
}

/// The pieces of one stamp while it is read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pieces {
    values: [u16; 7],
    have: u8,
    short_year: bool,
    /// Minutes east of Greenwich, where the stamp says it.
    offset: Option<i16>,
}

impl Pieces {
    #[inline]
    pub(super) fn set(&mut self, digit: Digit, value: u16, digits: u8) {
        self.values[digit as usize] = value;
        self.have |= 1 << digit as u8;
        if digit == Digit::Year {
            self.short_year = digits <= 2;
        }
    }

    /// Puts a piece in its place; [`Self::mark`] says that it is there.
    #[inline]
    pub(super) const fn put(&mut self, digit: Digit, value: u16) {
        self.values[digit as usize] = value;
    }

    /// Says which pieces are there, one bit each, and whether the year among them has two digits.
    #[inline]
    pub(super) const fn mark(&mut self, have: u8, short_year: bool) {
        self.have |= have;
        self.short_year |= short_year;
    }

    pub(super) const fn has(&self, digit: Digit) -> bool {
        self.have & (1 << digit as u8) != 0
    }

    pub(super) const fn get(&self, digit: Digit) -> u16 {
        self.values[digit as usize]
    }

    /// The stamp that the pieces make. Years of two digits up to `pivot` are 20yy (formats-cdr.md 2.4).
    #[inline]
    pub(super) fn stamp(&self, pivot: u8) -> Read {
        if !self.has(Digit::Day) || !self.has(Digit::Month) {
            return Read::Missing;
        }
        let [hour, minute, second] =
            [Digit::Hour, Digit::Minute, Digit::Second].map(|d| self.get(d));
        if hour > 24 || minute > 59 || second > 60 {
            return Read::Impossible;
        }
        let mut year = self.get(Digit::Year);
        if self.has(Digit::Year) && self.short_year {
            year += if year <= u16::from(pivot) { 2000 } else { 1900 };
        }
        Read::At(At {
            year,
            month: self.get(Digit::Month),
            day: self.get(Digit::Day),
            seconds: self.seconds(),
            offset: self.offset,
        })
    }

    /// Seconds since the start of the day; tenths are cut.
    pub(super) fn seconds(&self) -> u64 {
        u64::from(self.get(Digit::Hour)) * 3600
            + u64::from(self.get(Digit::Minute)) * 60
            + u64::from(self.get(Digit::Second))
    }
}

/// What a stamp says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// Nothing but blanks.
    Missing,
    /// Bytes that no stamp of this format has.
    Bad,
    /// Digits in place, but no time of day (hour 99).
    Impossible,
    /// A moment, not checked against the calendar.
    At(At),
}

/// Year (0 where the record has none), month, day and seconds of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct At {
    pub(super) year: u16,
    pub(super) month: u16,
    pub(super) day: u16,
    pub(super) seconds: u64,
    /// Minutes east of Greenwich, where the stamp says it.
    pub(super) offset: Option<i16>,
}

/// A stamp in one or several fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Fields and how each is written.
    pub(super) pieces: Vec<(Span, Format)>,
}

impl Stamp {
    /// Reads the stamp of a record.
    #[inline]
    pub(super) fn read(&self, cut: &Cut<'_>, pivot: u8) -> Read {
        let mut pieces = Pieces::default();
        let (mut blank, mut bad) = (0, false);
        for (span, format) in &self.pieces {
            let text = cut.get(*span);
            if !format.read(text, &mut pieces) {
                let text = trim(text);
                if text.is_empty() {
                    blank += 1;
                } else if !format.read(text, &mut pieces) {
                    bad = true;
                }
            }
        }
        if bad {
            return Read::Bad;
        }
        if blank == self.pieces.len() {
            return Read::Missing;
        }
        pieces.stamp(pivot)
    }
}

/// How a duration is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// Pieces in one or several fields.
    Pieces(Vec<(Span, Format)>),
    /// A whole number; so many are one second (1, 10, 1000), or -60 for minutes.
    Units(Span, i32),
    /// `h:mm:ss`, `mm:ss`, or seconds.
    Any(Span),
}

impl Length {
    /// A duration in one field, by its `format`.
    pub(super) fn parse(span: Span, format: &str) -> Result<Self, String> {
        Ok(match format {
            "" => Self::Any(span),
            "seconds" | "s" => Self::Units(span, 1),
            "tenths" => Self::Units(span, 10),
            "milliseconds" | "ms" => Self::Units(span, 1000),
            "minutes" => Self::Units(span, -60),
            pattern => {
                let format = Format::parse(pattern)?;
                Self::Pieces(vec![(
                    span,
                    match span {
                        Span::Columns(..) => format.open(),
                        Span::Bytes(..) => format,
                    },
                )])
            }
        })
    }

    /// Seconds, rounded up so that a short call is not "no call"; `Ok(None)` where the field is blank.
    pub(super) fn read(&self, cut: &Cut<'_>) -> Result<Option<u64>, ()> {
        match self {
            Self::Units(span, per_second) => {
                let text = trim(cut.get(*span));
                if text.is_empty() {
                    return Ok(None);
                }
                let n = number(text).ok_or(())?;
                Ok(Some(if *per_second < 0 {
                    n.saturating_mul(u64::from(per_second.unsigned_abs()))
                } else {
                    n.div_ceil(u64::from(per_second.unsigned_abs().max(1)))
                }))
            }
            Self::Pieces(list) => {
                let mut pieces = Pieces::default();
                let mut blank = 0;
                for (span, format) in list {
                    let text = cut.get(*span);
                    if !format.read(text, &mut pieces) {
                        if !trim(text).is_empty() {
                            return Err(());
                        }
                        blank += 1;
                    }
                }
                if blank == list.len() {
                    return Ok(None);
                }
                Ok(Some(
                    pieces.seconds() + u64::from(pieces.get(Digit::Tenth) > 0),
                ))
            }
            Self::Any(span) => {
                let text = trim(cut.get(*span));
                if text.is_empty() {
                    return Ok(None);
                }
                sexagesimal(text).map(Some)
            }
        }
    }
}

/// `h:mm:ss`, `mm:ss` or seconds.
pub(super) fn sexagesimal(text: &[u8]) -> Result<u64, ()> {
    let mut seconds = 0u64;
    for (i, part) in text.split(|b| *b == b':').enumerate() {
        if i > 2 {
            return Err(());
        }
        seconds = seconds
            .saturating_mul(60)
            .saturating_add(number(part).ok_or(())?);
    }
    Ok(seconds)
}

/// A whole number of at most 12 digits.
pub(super) fn number(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 12 {
        return None;
    }
    text.iter().try_fold(0u64, |n, b| {
        b.is_ascii_digit().then(|| n * 10 + u64::from(b - b'0'))
    })
}

/// Turns stamps into days; remembers the last one, since a file is mostly in order.
#[derive(Debug)]
pub(super) struct Calendar {
    today: NaiveDate,
    last: (u16, u16, u16),
    day: Option<NaiveDate>,
}

impl Calendar {
    pub(super) const fn new(today: NaiveDate) -> Self {
        Self {
            today,
            last: (0, 0, 0),
            day: None,
        }
    }

    /// The day, if it exists and is plausible: from 1980 to two days after today (cli.md 4, "Due").
    #[inline]
    pub(super) fn day(&mut self, year: u16, month: u16, day: u16) -> Option<NaiveDate> {
        if self.last != (year, month, day) {
            self.last = (year, month, day);
            self.day = NaiveDate::from_ymd_opt(i32::from(year), u32::from(month), u32::from(day))
                .filter(|d| self.plausible(*d));
        }
        self.day
    }

    /// A day so many seconds after the start of another.
    pub(super) fn later(&self, day: NaiveDate, seconds: u64) -> Option<NaiveDate> {
        if seconds < 86_400 {
            return Some(day);
        }
        day.checked_add_days(Days::new(seconds / 86_400))
            .filter(|d| self.plausible(*d))
    }

    /// The day in the zone of the site, of a moment in the zone of the layout or with its own offset.
    pub(super) fn elsewhere(&self, at: &At, zones: &Zones, more: u64) -> Option<NaiveDate> {
        let day = NaiveDate::from_ymd_opt(at.year.into(), at.month.into(), at.day.into())?;
        let local = day.and_time(NaiveTime::MIN) + seconds(at.seconds)?;
        let utc = match at.offset {
            Some(minutes) => local.checked_sub_signed(TimeDelta::minutes(minutes.into()))?,
            None => zones.to_utc(local),
        };
        let utc = utc.checked_add_signed(seconds(more)?)?;
        let day = zones.site.from_utc_datetime(&utc).date_naive();
        self.plausible(day).then_some(day)
    }

    fn plausible(&self, day: NaiveDate) -> bool {
        day.year() >= 1980
            && day
                .checked_sub_days(Days::new(2))
                .is_some_and(|d| d <= self.today)
    }
}

fn seconds(n: u64) -> Option<TimeDelta> {
    TimeDelta::try_seconds(i64::try_from(n).ok()?)
}

/// The zone that stamps are written in, and that of the site.
#[derive(Clone, Copy, Debug)]
pub(super) struct Zones {
    pub(super) stamps: Tz,
    pub(super) site: Tz,
    pub(super) fold: Fold,
}

impl Zones {
    /// Whether a stamp lies in the hour that comes twice, and does not say which of the two it means.
    pub(super) fn repeats(&self, read: &Option<Read>) -> bool {
        let Some(Read::At(at)) = read else {
            return false;
        };
        let day = NaiveDate::from_ymd_opt(at.year.into(), at.month.into(), at.day.into());
        let local = day.zip(seconds(at.seconds));
        at.offset.is_none()
            && local.is_some_and(|(day, time)| {
                let local = day.and_time(NaiveTime::MIN) + time;
                matches!(
                    self.stamps.from_local_datetime(&local),
                    LocalResult::Ambiguous(..)
                )
            })
    }

    fn to_utc(self, local: NaiveDateTime) -> NaiveDateTime {
        match self.stamps.from_local_datetime(&local) {
            LocalResult::Single(t) => t.naive_utc(),
            LocalResult::Ambiguous(first, second) => match self.fold {
                Fold::Second => second.naive_utc(),
                Fold::First | Fold::Mark => first.naive_utc(),
            },
            // an hour that the clock left out: the clock was not put forward yet
            LocalResult::None => {
                let before = self
                    .stamps
                    .offset_from_local_datetime(&(local - TimeDelta::hours(3)));
                let offset = before.earliest().map_or(0, |o| o.fix().local_minus_utc());
                local - TimeDelta::seconds(offset.into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pattern: &str, text: &str) -> Read {
        let stamp = Stamp {
            pieces: vec![(Span::Bytes(0, 99), Format::parse(pattern).unwrap())],
        };
        stamp.read(
            &Cut {
                line: text.as_bytes(),
                columns: &[],
            },
            80,
        )
    }

    #[test]
    fn patterns_of_the_documented_layouts() {
        let at = |seconds, offset| {
            Read::At(At {
                year: 2025,
                month: 3,
                day: 14,
                seconds,
                offset,
            })
        };
        for (pattern, text, seconds) in [
            ("%d.%m.%Y", "14.03.2025", 0),
            ("DD/MM/YY", "14/03/25", 0),
            ("%Y-%m-%d %H:%M:%S", "2025-03-14 09:12:44", 33164),
            ("%Y-%d-%mT%H:%M:%S.%f%z", "2025-14-03T09:12:44", 33164),
            ("yymmddhhmmsst", "2503140912440", 33164),
            ("dd.mm.yy hh:mm", "14.03.25 09:12", 33120),
            ("%d.%m.%Y", " 14.3.2025 ", 0),
        ] {
            assert_eq!(read(pattern, text), at(seconds, None), "{pattern}");
        }
        for (zone, offset) in [
            ("+0100", Some(60)),
            ("+01:00", Some(60)),
            ("-0330", Some(-210)),
            ("Z", Some(0)),
            ("+99", None),
        ] {
            let text = format!("2025-14-03T09:12:44.0{zone}");
            let found = read("%Y-%d-%mT%H:%M:%S.%f%z", &text);
            assert_eq!(found, at(33164, offset), "{zone}");
        }
        assert_eq!(read("%d.%m.%Y", "          "), Read::Missing);
        assert_eq!(read("%d.%m.%Y", "14.03.20x5"), Read::Bad);
        assert_eq!(read("%d.%m.%Y", "14.03.20251"), Read::Bad);
        assert!(matches!(
            read("%d.%m.%y", "01.01.81"),
            Read::At(At { year: 1981, .. })
        ));
        assert!(matches!(
            read("%d.%m.%y", "01.01.80"),
            Read::At(At { year: 2080, .. })
        ));
        for bad in ["%q", "quack", "", "..", "dd.dd.yy"] {
            assert!(Format::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn durations_in_every_unit() {
        let read = |format: &str, text: &str| {
            Length::parse(Span::Bytes(0, 99), format)
                .unwrap()
                .read(&Cut {
                    line: text.as_bytes(),
                    columns: &[],
                })
        };
        for (format, text) in [
            ("hh:mm:ss", "00:03:27"),
            ("", "00:03:27"),
            ("", "3:27"),
            ("", "207"),
            ("mm:ss", "03:27"),
            ("tenths", "2070"),
            ("tenths", "2061"),
            ("milliseconds", "206400"),
            ("hhmmsst", "0003270"),
        ] {
            assert_eq!(read(format, text), Ok(Some(207)), "{format} {text}");
        }
        assert_eq!(read("minutes", "3"), Ok(Some(180)));
        assert_eq!(read("hh:mm:ss", "        "), Ok(None));
        assert_eq!(read("seconds", "12a"), Err(()));
        assert_eq!(read("", "1:2:3:4"), Err(()));
    }

    #[test]
    fn days_before_1980_and_after_the_day_after_tomorrow_are_not_believed() {
        let mut calendar = Calendar::new(NaiveDate::from_ymd_opt(2026, 11, 22).unwrap());
        assert!(calendar.day(1980, 1, 1).is_some());
        assert!(calendar.day(1979, 12, 31).is_none());
        assert!(calendar.day(2026, 11, 24).is_some());
        assert!(calendar.day(2026, 11, 25).is_none());
        assert!(calendar.day(2025, 2, 30).is_none());
        let eve = calendar.day(2025, 12, 31).unwrap();
        assert_eq!(
            calendar.later(eve, 86_400).unwrap().to_string(),
            "2026-01-01"
        );
    }
}
