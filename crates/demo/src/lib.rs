//! An invented site of any size: every source of an OpenScape 4000, with people, calls and planted cases,
//! and a truth that was counted while the files were written.
//!
//! The same options give the same bytes on every machine. No clock, no file and no network is touched.
//! Call records are made file by file, so memory does not grow with the number of calls.

mod amo;
mod calls;
mod cdr;
mod doc;
mod folder;
mod logbook;
mod logs;
mod names;
mod number;
mod others;
mod people;
mod rng;
mod told;
mod truth;
mod west;
mod xie;
mod zip;

use std::io;

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime};

use calls::Traffic;
use people::Company;
use truth::Book;
pub use truth::{Assignment, ElementTruth, Expected, FileTruth, Planted, Span, Totals, Truth};

/// What the site shall be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Persons on the first day; a site has at least the 14 whose stories are planted.
    pub persons: u32,
    /// Days of call records up to and including `end` (1 to 3660).
    pub days: u32,
    /// Seed: another seed gives other people and other calls.
    pub seed: u64,
    /// Last day of the records, in the time zone of the site.
    pub end: NaiveDate,
}

impl Options {
    /// The site of `gdpr4k demo` without options: 200 persons, 90 days.
    pub const fn new(end: NaiveDate) -> Self {
        Self {
            persons: 200,
            days: 90,
            seed: 1,
            end,
        }
    }
}

/// One file of the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoFile {
    /// Path relative to the site folder, with `/`.
    pub path: String,
    /// Content.
    pub bytes: Vec<u8>,
    /// Modification time to set, in the time zone of the site.
    pub modified: NaiveDateTime,
}

/// A site that is decided but not yet written.
#[derive(Debug)]
pub struct Site {
    options: Options,
    company: Company,
}

/// Decides who works at the site and what happens there.
pub fn site(options: &Options) -> Site {
    Site {
        options: *options,
        company: Company::new(options),
    }
}

impl Site {
    /// Writes every file, one at a time and in a fixed order; `README.md` and `truth.json` come last.
    ///
    /// # Errors
    /// Those of `put`.
    pub fn write(self, put: &mut dyn FnMut(DemoFile) -> io::Result<()>) -> io::Result<Truth> {
        let company = &self.company;
        let mut book = Book::new(company.start);
        for file in folder::fixed(company) {
            put(file)?;
        }
        for index in 0..company.snapshots.len() {
            put(amo::regen_nord(company, &mut book, index))?;
        }
        for day in [company.snapshots[0], company.end] {
            put(amo::regen_west(company, &mut book, day))?;
        }
        put(amo::session(company, &mut book))?;
        put(amo::ftbl(company, &mut book))?;
        put(logbook::logbook(company, &mut book))?;
        for file in xie::tables(company, &mut book) {
            put(file)?;
        }
        put(xie::telephone_list(company, &mut book))?;
        put(xie::shadow(company, &mut book))?;
        put(logs::journals(company, &mut book))?;
        put(logs::activity(company, &mut book))?;
        put(logs::protocol(company, &mut book))?;
        put(logs::errors(company, &mut book))?;
        put(logs::syslog(company, &mut book))?;
        for file in others::files(company, &mut book) {
            put(file)?;
        }
        self.calls(&mut book, put)?;
        let truth = self.truth(book);
        put(folder::readme(company, &truth))?;
        let mut json = serde_json::to_vec_pretty(&truth)?;
        json.push(b'\n');
        put(DemoFile {
            path: "truth.json".to_owned(),
            bytes: json,
            modified: amo::end_of(company.end),
        })?;
        Ok(truth)
    }

    /// Call records: a file a day, or a month for a small site.
    fn calls(
        &self,
        book: &mut Book,
        put: &mut dyn FnMut(DemoFile) -> io::Result<()>,
    ) -> io::Result<()> {
        let company = &self.company;
        let days = (company.end - company.start).num_days() as u32 + 1;
        let traffic = Traffic::of(self.options.persons.max(people::CAST), days);
        put(cdr::empty(company, book))?;
        let mut nord = cdr::Nord::new(company, traffic);
        let months = months(company.start, company.end);
        if self.options.persons < 100 {
            for &(from, to) in &months {
                put(nord.file(book, from, to, false))?;
            }
        } else {
            for day in company.start.iter_days().take_while(|d| *d <= company.end) {
                put(nord.file(book, day, day, false))?;
            }
        }
        let recent = company.end - Days::new(u64::from(days.min(14)) - 1);
        for day in recent.iter_days().take_while(|d| *d <= company.end) {
            put(nord.file(book, day, day, true))?;
        }
        for &(from, to) in &months {
            put(west::west(company, traffic, book, from, to))?;
        }
        put(west::business(company, book, false))?;
        put(west::business(company, book, true))
    }

    fn truth(&self, book: Book) -> Truth {
        let company = &self.company;
        let mut book = book;
        let planted = std::mem::take(&mut book.planted);
        let findings = std::mem::take(&mut book.findings);
        let spans = std::mem::take(&mut book.spans);
        let (files, elements, mut totals) = book.close();
        let mut assignments: Vec<Assignment> = company
            .holdings
            .iter()
            .filter_map(|h| assignment(company, h))
            .collect();
        assignments.sort_by(|a, b| (a.node, &a.number, &a.from).cmp(&(b.node, &b.number, &b.from)));
        let mut subjects: Vec<&str> = assignments.iter().map(|a| a.person.as_str()).collect();
        subjects.sort_unstable();
        subjects.dedup();
        totals.subjects = subjects.len() as u64;
        totals.assignments = assignments.len() as u64;
        Truth {
            schema: "gdpr4k/demo-truth/1",
            seed: self.options.seed,
            persons: self.options.persons.max(people::CAST),
            days: self.options.days,
            start: company.start,
            end: company.end,
            notes: NOTES.to_vec(),
            files,
            elements,
            totals,
            assignments,
            findings,
            planted,
            spans,
        }
    }
}

const NOTES: [&str; 11] = [
    "node: empty = the default node (number_plan), west = [[node]] west",
    "START and END are one value per record, date and time together, as the layout writes them",
    "an implausible start (1970, 2099) is a value of START; oldest and newest then take the day of the file",
    "distinct is null for secrets: only presence is known",
    "O4K-FLD-CORE-DISPLAYNAME counts PERSI names (REGEN, session, LOGBK with old and new names), not XIE columns",
    "O4K-FLD-LOG-USER leaves out the accounts of [accounts] non_personal",
    "999999, blank and masked numbers are no values of a party",
    "lines is null for files without lines: archives, workbooks, recordings, captures, backups; a member of an archive is a file of its own",
    "values in free text: O4K-FLD-TEXT-*, or the element that a log, a trace or a notepad has for them; names count by their spelling, small and capital letters alike",
    "spans: columns are bytes of the line as it is in the file, 1-based, end inclusive",
    "subjects: everybody with an assignment; lines of site.toml and administrators' accounts are none",
];

fn assignment(company: &Company, holding: &people::Holding) -> Option<Assignment> {
    let shown = company.shown(holding)?;
    let moment = |at: NaiveDateTime| at.format("%Y-%m-%dT%H:%M:%S").to_string();
    let from = shown
        .from
        .map(moment)
        .or(shown.from_snapshot.map(|d| d.to_string()))?;
    let to = match (shown.open, shown.to) {
        (true, _) => None,
        (false, Some(at)) => Some(moment(at)),
        (false, None) => shown.to_snapshot.map(|d| d.to_string()),
    };
    let evidence = match (shown.from.is_some(), shown.open, shown.to.is_some()) {
        (true, false, true) => "logbk",
        (true, ..) => "logbk+snapshot",
        (false, false, true) => "snapshot+logbk",
        (false, ..) => "snapshot",
    };
    Some(Assignment {
        person: company.persons[holding.person].key.clone(),
        node: if holding.node == 0 {
            ""
        } else {
            company.nodes.0[1].id
        },
        number: holding.number.to_string(),
        from,
        to,
        evidence,
    })
}

/// The months of a period, cut at its ends.
fn months(start: NaiveDate, end: NaiveDate) -> Vec<(NaiveDate, NaiveDate)> {
    let mut out = Vec::new();
    let mut from = start;
    for day in start.iter_days().take_while(|d| *d <= end) {
        if day == end || (day + Days::new(1)).day() == 1 {
            out.push((from, day));
            from = day + Days::new(1);
        }
    }
    out
}
