//! Call records of Nord: fixed width, with the planted cases.

use chrono::{Datelike, Days, NaiveDate};

use crate::DemoFile;
use crate::amo::end_of;
use crate::calls::{Call, Kind, Traffic, calls_of};
use crate::doc::{Doc, Form};
use crate::number::{Party, fixed};
use crate::people::Company;
use crate::truth::{Book, COUNTED, Counts, Element, FileTruth};

/// Bytes of a record of Nord without its record end; the columns stand in `files/cdr-werk-nord.toml`.
const WIDTH: usize = 150;

/// What is planted in the call records of Nord.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plant {
    Garbage,
    RunTogether,
    Future,
    Year1970,
    Withheld,
    Dummy,
    Midnight,
    Forwarded,
    Protected,
    ClockJump,
}

/// The files of Nord: what lies in which.
#[derive(Debug)]
pub(crate) struct Nord<'a> {
    company: &'a Company,
    traffic: Traffic,
    plants: Vec<(NaiveDate, Plant)>,
    cut: NaiveDate,
    calls: Vec<Call>,
}

impl<'a> Nord<'a> {
    pub(crate) fn new(company: &'a Company, traffic: Traffic) -> Self {
        let span = (company.end - company.start).num_days() as u64;
        let day = |percent: u64| company.start + Days::new(span * percent / 100);
        let mut plants = vec![
            (day(10), Plant::Withheld),
            (day(15), Plant::Dummy),
            (day(20), Plant::Garbage),
            (day(25), Plant::Midnight),
            (day(30), Plant::Forwarded),
            (day(40), Plant::Protected),
            (day(50), Plant::RunTogether),
            (day(60), Plant::Future),
            (day(65), Plant::Year1970),
        ];
        plants.extend(repeated_hours(company.start, company.end).map(|d| (d, Plant::ClockJump)));
        Self {
            company,
            traffic,
            plants,
            cut: day(35),
            calls: Vec::new(),
        }
    }

    /// One file with the calls of some days; `None` for accounting, else the folder of performance files.
    pub(crate) fn file(
        &mut self,
        book: &mut Book,
        from: NaiveDate,
        to: NaiveDate,
        performance: bool,
    ) -> DemoFile {
        let folder = if performance { "pm-cdr" } else { "cdr/nord" };
        let path = format!("{folder}/cdr-{to}.txt");
        let mut file = File::new(path, self.company);
        let mut calls = std::mem::take(&mut self.calls);
        let mut day = from;
        while day <= to {
            calls_of(self.company, self.traffic, 0, day, &mut calls);
            let today = Today::new(day);
            let mut skip = 0;
            if performance {
                // performance files go without the credentials
                for call in &mut calls {
                    (call.pin, call.account) = (0, 0);
                }
            } else {
                let planted: Vec<Plant> = self
                    .plants
                    .iter()
                    .filter(|p| p.0 == day)
                    .map(|p| p.1)
                    .collect();
                for plant in planted {
                    skip = skip.max(file.plant(book, &today, plant, &calls, to));
                }
            }
            file.bytes.reserve(calls.len() * (WIDTH + 2));
            for call in &calls[skip..] {
                file.record(book, &today, call);
            }
            day = day + Days::new(1);
        }
        if !performance
            && (from..=to).contains(&self.cut)
            && let Some(call) = calls.last()
        {
            file.line(&Today::new(to), call);
            let keep = file.bytes.len() - WIDTH - 2 + 41;
            file.bytes.truncate(keep);
            file.reject(book, "line-cut", "cut last line of a closed file");
        }
        self.calls = calls;
        file.close(book, to)
    }
}

/// The last Sundays in October, on which the clock goes back from 03:00 to 02:00.
fn repeated_hours(start: NaiveDate, end: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    (start.year()..=end.year())
        .filter_map(|year| NaiveDate::from_ymd_opt(year, 10, 31))
        .map(|d| d - Days::new(u64::from(d.weekday().num_days_from_sunday())))
        .filter(move |d| (start..=end).contains(d))
}

/// A day with its text.
struct Today {
    day: NaiveDate,
    text: String,
}

impl Today {
    fn new(day: NaiveDate) -> Self {
        Self {
            day,
            text: day.format("%d.%m.%Y").to_string(),
        }
    }
}

struct File<'a> {
    company: &'a Company,
    truth: FileTruth,
    counts: Counts,
    bytes: Vec<u8>,
    scratch: Vec<u8>,
}

impl<'a> File<'a> {
    fn new(path: String, company: &'a Company) -> Self {
        let truth = FileTruth {
            path,
            kind: "cdr",
            ..FileTruth::default()
        };
        Self {
            company,
            truth,
            counts: [0; COUNTED],
            bytes: Vec::new(),
            scratch: Vec::with_capacity(32),
        }
    }

    /// Writes the bytes of a call, without any account.
    fn line(&mut self, today: &Today, call: &Call) {
        let mut r = [b' '; WIDTH + 2];
        r[WIDTH] = b'\r';
        r[WIDTH + 1] = b'\n';
        let mut second = call.start;
        if second < 0 {
            second += 86_400;
            let before = (today.day - Days::new(1)).format("%d.%m.%Y").to_string();
            r[..10].copy_from_slice(before.as_bytes());
        } else {
            r[..10].copy_from_slice(today.text.as_bytes());
        }
        clock(&mut r[11..19], second as u32);
        clock(&mut r[20..28], call.duration);
        two(&mut r[29..31], call.ring / 60);
        r[31] = b':';
        two(&mut r[32..34], call.ring % 60);
        let nodes = &self.company.nodes;
        let out = &mut self.scratch;
        out.clear();
        match call.charged.as_station() {
            Some((_, n)) => crate::number::digits(n, out),
            None => out.extend_from_slice(b"999999"),
        }
        r[41 - out.len()..41].copy_from_slice(out);
        out.clear();
        nodes.delivered(0, call.calling, out);
        r[42..42 + out.len()].copy_from_slice(out);
        out.clear();
        nodes.dialled(0, call.called, out);
        r[65..65 + out.len()].copy_from_slice(out);
        out.clear();
        nodes.dialled(0, call.destination, out);
        r[88..88 + out.len()].copy_from_slice(out);
        if call.trunk > 0 {
            out.clear();
            fixed(call.trunk, 3, out);
            r[114..117].copy_from_slice(out);
            r[123] = b'1';
        }
        r[120] = b'0' + call.kind as u8;
        if call.pin > 0 {
            out.clear();
            fixed(call.pin, 5, out);
            r[125..130].copy_from_slice(out);
        }
        if call.account > 0 {
            out.clear();
            fixed(call.account, 6, out);
            r[138..144].copy_from_slice(out);
        }
        self.bytes.extend_from_slice(&r);
    }

    /// Counts the values of a call.
    fn count(&mut self, book: &mut Book, today: &Today, call: &Call) {
        let counts = &mut self.counts;
        book.time(counts, Element::Start, today.day, i64::from(call.start));
        book.number(counts, Element::Duration, i64::from(call.duration));
        book.number(counts, Element::Ring, i64::from(call.ring));
        book.number(counts, Element::ConnType, call.kind as i64);
        book.party(counts, Element::Charged, call.charged);
        book.party(counts, Element::Calling, call.calling);
        book.party(counts, Element::Called, call.called);
        book.party(counts, Element::Destination, call.destination);
        if call.pin > 0 {
            Book::secret(counts, Element::CdrPin);
        }
        if call.account > 0 {
            book.number(counts, Element::Account, i64::from(call.account));
        }
        self.truth.add_line();
        self.truth.records += 1;
    }

    fn record(&mut self, book: &mut Book, today: &Today, call: &Call) {
        self.line(today, call);
        self.count(book, today, call);
        // no call of the day ends after midnight, save planted ones that end on the day they stand in
        self.newest(today.day);
    }

    fn newest(&mut self, day: NaiveDate) {
        self.truth.oldest = Some(self.truth.oldest.map_or(day, |d| d.min(day)));
        self.truth.newest = Some(self.truth.newest.map_or(day, |d| d.max(day)));
    }

    fn reject(&mut self, book: &mut Book, kind: &'static str, what: &str) {
        self.truth.add_line();
        self.truth.rejected += 1;
        book.plant(what, &self.truth.path, self.truth.lines);
        book.find(kind, &self.truth.path, self.truth.lines);
    }

    /// Writes a planted case at the head of its day; gives how many ordinary calls it has used up.
    fn plant(
        &mut self,
        book: &mut Book,
        today: &Today,
        plant: Plant,
        calls: &[Call],
        file_day: NaiveDate,
    ) -> usize {
        let Some(&model) = calls.first() else {
            return 0;
        };
        let company = self.company;
        let me = Party::station(0, company.number_of(company.cast.forwarder));
        let outside = Party::external(1);
        let incoming = Call {
            start: 21_600,
            duration: 75,
            ring: 6,
            kind: Kind::Incoming,
            charged: me,
            calling: outside,
            called: me,
            destination: me,
            trunk: 3,
            pin: 0,
            account: 0,
        };
        let planted = |s: &Self, book: &mut Book, what: &str| {
            book.plant(what, &s.truth.path, s.truth.lines);
        };
        match plant {
            Plant::Withheld => {
                self.record(
                    book,
                    today,
                    &Call {
                        calling: Party::NOBODY,
                        ..incoming
                    },
                );
                planted(self, book, "withheld caller (CLIR): calling party blank");
            }
            Plant::Dummy => {
                self.record(
                    book,
                    today,
                    &Call {
                        charged: Party::NOBODY,
                        ..incoming
                    },
                );
                planted(self, book, "999999 as charged party: nobody");
            }
            Plant::Midnight => {
                self.record(
                    book,
                    today,
                    &Call {
                        start: -100,
                        duration: 300,
                        ..incoming
                    },
                );
                planted(self, book, "call over midnight: the day of its end counts");
            }
            Plant::Forwarded => {
                let mobile = company.private_mobile();
                self.record(
                    book,
                    today,
                    &Call {
                        destination: mobile,
                        ..incoming
                    },
                );
                planted(self, book, "call forwarded to the private mobile");
            }
            Plant::Protected => {
                let council = Party::station(0, company.lines[0].number);
                self.record(
                    book,
                    today,
                    &Call {
                        charged: council,
                        called: council,
                        destination: council,
                        ..incoming
                    },
                );
                planted(self, book, "call to a protected number");
                let doctor = Party::station(0, company.lines[1].number);
                let call = Call {
                    kind: Kind::Internal,
                    trunk: 0,
                    calling: me,
                    called: doctor,
                    destination: doctor,
                    ..incoming
                };
                self.record(book, today, &call);
                planted(self, book, "internal call to a protected number");
            }
            Plant::ClockJump => {
                self.record(
                    book,
                    today,
                    &Call {
                        start: 9610,
                        ..incoming
                    },
                );
                planted(self, book, "repeated hour in October: first pass");
                self.record(
                    book,
                    today,
                    &Call {
                        start: 7530,
                        ..incoming
                    },
                );
                planted(
                    self,
                    book,
                    "repeated hour in October: second pass, the clock went back",
                );
                book.find("clock-jump", &self.truth.path, self.truth.lines);
            }
            Plant::Garbage => {
                self.bytes.push(0x8A);
                self.record(book, today, &model);
                planted(self, book, "garbage byte before a record: repairable");
                book.find("garbage-before-record", &self.truth.path, self.truth.lines);
                return 1;
            }
            Plant::RunTogether => {
                self.line(today, &incoming);
                let end = self.bytes.len() - 2;
                self.bytes.truncate(end);
                self.line(
                    today,
                    &Call {
                        calling: Party::external(3),
                        ..incoming
                    },
                );
                self.reject(
                    book,
                    "lines-run-together",
                    "two records run together: not repairable",
                );
            }
            Plant::Future | Plant::Year1970 => {
                let year = if plant == Plant::Future { 2099 } else { 1970 };
                let day = NaiveDate::from_ymd_opt(year, 1, 4).unwrap_or(today.day);
                let far = Today::new(day);
                self.line(&far, &incoming);
                self.count(book, &far, &incoming);
                // an implausible start falls back to the day of the file
                self.newest(file_day);
                let (kind, what) = match plant {
                    Plant::Future => ("future-date", "record dated in the future"),
                    _ => ("implausible-date", "record of the year 1970"),
                };
                planted(self, book, what);
                book.find(kind, &self.truth.path, self.truth.lines);
            }
        }
        0
    }

    fn close(self, book: &mut Book, day: NaiveDate) -> DemoFile {
        let path = self.truth.path.clone();
        book.file(self.truth, &self.counts, self.bytes.len());
        DemoFile {
            path,
            bytes: self.bytes,
            modified: end_of(day),
        }
    }
}

fn two(out: &mut [u8], n: u32) {
    out[0] = b'0' + (n / 10 % 10) as u8;
    out[1] = b'0' + (n % 10) as u8;
}

fn clock(out: &mut [u8], seconds: u32) {
    two(&mut out[0..2], seconds / 3600);
    out[2] = b':';
    two(&mut out[3..5], seconds / 60 % 60);
    out[5] = b':';
    two(&mut out[6..8], seconds % 60);
}

pub(crate) fn clock_text(seconds: u32) -> String {
    format!(
        "{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// An output file of zero bytes: unknown, not "no calls".
pub(crate) fn empty(company: &Company, book: &mut Book) -> DemoFile {
    let day = company.start - Days::new(1);
    let path = format!("cdr/nord/cdr-{day}.txt");
    book.plant("empty file", &path, None);
    book.find("empty-file", &path, None);
    Doc::new(path, "cdr", Form::Unix).close(book, end_of(day))
}
