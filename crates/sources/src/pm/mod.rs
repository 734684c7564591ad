//! Reports of Performance Management: CSV, HTML and workbooks.
//!
//! Measuring objects and export formats are known (whitepaper 4.3, formats-cdr 2.6), columns are not. The
//! object is found in the heading, in the name of the key column or in the name of the file; it decides
//! whether a row is about a person. Where the object leaves that open, the row key decides
//! (formats-other-sources 7.4).

mod html;
mod rows;
mod text;

use std::borrow::Cow;

use chrono::{Days, NaiveDate};
use gdpr4k_model::Finding;
use gdpr4k_model::catalogue::ElementIx;
use gdpr4k_model::finding::Arg;
use serde::Deserialize;

use crate::container::{Bytes, workbook};
use crate::knowledge::{Ids, TableKnowledge};
use crate::origin::Origin;
use crate::record::{Fact, Reader, Record, Sink, Value};
use crate::table::{Names, clean_name, normalise};
use crate::when::When;
use rows::Trail;

pub use html::{HtmlReport, plain as plain_text};
pub use rows::{Cell, Class, Column, Markup, Report, Row, is_sum, sum_key};
pub use text::TextReport;

/// Whether rows of a measuring object are about a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Personal {
    Yes,
    No,
    /// The row key decides.
    Key,
}

/// What `schemas/sources/pm-report.toml` says.
#[derive(Debug)]
pub(crate) struct Objects {
    list: Vec<Object>,
    keys: Names<usize>,
    columns: Names<What>,
    number: ElementIx,
    name: ElementIx,
    called: ElementIx,
    /// Words in the place of a row key that stand for a sum.
    totals: Vec<String>,
    /// Words in the name of a column whose figures mean nothing when they are added up.
    averages: Vec<String>,
}

#[derive(Debug)]
struct Object {
    id: String,
    element: ElementIx,
    personal: Personal,
    titles: Vec<String>,
}

/// What a column is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum What {
    Key,
    Name,
    Called,
    Time,
    Date,
    Clock,
    #[default]
    Figure,
}

#[derive(Deserialize)]
pub(crate) struct ObjectsFile {
    object: Vec<ObjectFile>,
    column: Vec<ColumnFile>,
    number: String,
    name_of: String,
    called: String,
    totals: Vec<String>,
    averages: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ObjectFile {
    id: String,
    element: String,
    personal: Personal,
    titles: Vec<String>,
    keys: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnFile {
    what: What,
    aliases: Vec<String>,
}

impl Objects {
    pub(crate) fn new(file: ObjectsFile, ids: &mut Ids<'_>) -> Self {
        let (mut keys, mut columns) = (Names::default(), Names::default());
        let mut list = Vec::new();
        for (ix, object) in file.object.into_iter().enumerate() {
            for key in &object.keys {
                keys.add(key, ix);
            }
            list.push(Object {
                element: ids.element(&object.element),
                id: object.id,
                personal: object.personal,
                titles: object.titles.iter().map(|t| normalise(t)).collect(),
            });
        }
        for column in &file.column {
            for alias in &column.aliases {
                columns.add(alias, column.what);
            }
        }
        Self {
            list,
            keys,
            columns,
            number: ids.element(&file.number),
            name: ids.element(&file.name_of),
            called: ids.element(&file.called),
            totals: file.totals.iter().map(|t| normalise(t)).collect(),
            averages: file.averages.iter().map(|t| normalise(t)).collect(),
        }
    }

    /// The object that a heading or a file name speaks of: the longest word that fits.
    fn in_title(&self, title: &str) -> Option<usize> {
        let title = normalise(title);
        let words = self.list.iter().enumerate();
        let fits = words.flat_map(|(ix, o)| o.titles.iter().map(move |t| (t, ix)));
        fits.filter(|(t, _)| title.contains(t.as_str()))
            .max_by_key(|(t, _)| t.len())
            .map(|(_, ix)| ix)
    }
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taken {
    Record,
    /// A header, a heading, an empty row.
    Noise,
    /// More cells than the header names.
    Misfit {
        found: usize,
        expected: usize,
    },
    /// No header has come yet.
    Headless,
}

/// One table after the other.
struct Tables<'k> {
    objects: &'k Objects,
    file: Option<usize>,
    title: Option<usize>,
    columns: Vec<What>,
    object: usize,
    key: usize,
    when: When,
    /// Rows about persons, by object.
    personal: Vec<u64>,
    records: u64,
    /// First row with several cells of a table whose header has not come, and their number.
    headless: Option<(u64, u64)>,
    /// The rows with their cells, where somebody wants to rewrite them.
    trail: Option<Trail>,
}

impl<'k> Tables<'k> {
    fn new(knowledge: &'k TableKnowledge, path: &str) -> Self {
        let objects = &knowledge.pm;
        let name = path.rsplit('/').next().unwrap_or(path);
        Self {
            objects,
            file: objects.in_title(name),
            title: None,
            columns: Vec::new(),
            object: 0,
            key: 0,
            when: When::new(&knowledge.log.date_formats),
            personal: vec![0; objects.list.len()],
            records: 0,
            headless: None,
            trail: None,
        }
    }

    /// A heading above a table.
    fn heading(&mut self, text: &str) {
        if let Some(object) = self.objects.in_title(text) {
            self.title = Some(object);
        }
    }

    /// Forgets the header: a new sheet or a new table begins, or the file has ended.
    fn next_table(&mut self, sink: &mut dyn Sink) {
        self.columns.clear();
        if let Some((line, count)) = self.headless.take() {
            if let Some(trail) = &mut self.trail {
                trail.unread += count;
            }
            sink.finding(Finding::new("G4K-620").at(line).with("count", count));
        }
    }

    fn take<C: AsRef<str>>(&mut self, line: u64, cells: &[C], sink: &mut dyn Sink) -> Taken {
        let filled = cells.iter().filter(|c| !c.as_ref().trim().is_empty());
        match filled.clone().count() {
            0 => return Taken::Noise,
            1 if self.columns.is_empty()
                || cells.len() < self.columns.len()
                    && !filled.clone().any(|c| is_person(c.as_ref().trim())) =>
            {
                // one cell: a heading above a table or between two
                let text: Vec<&str> = filled.map(AsRef::as_ref).collect();
                self.heading(text[0]);
                return if self.columns.is_empty() {
                    Taken::Headless
                } else {
                    Taken::Noise
                };
            }
            _ => {}
        }
        if self.header(cells) {
            return Taken::Noise;
        }
        if self.columns.is_empty() {
            let text: Vec<&str> = filled.map(AsRef::as_ref).collect();
            self.heading(&text.join(" "));
            self.headless = Some(self.headless.map_or((line, 1), |(l, n)| (l, n + 1)));
            return Taken::Headless;
        }
        if cells.len() > self.columns.len()
            && cells[self.columns.len()..]
                .iter()
                .any(|c| !c.as_ref().trim().is_empty())
        {
            if let Some(trail) = &mut self.trail {
                trail.push(line, Class::Damaged, None, Vec::new());
            }
            return Taken::Misfit {
                found: cells.len(),
                expected: self.columns.len(),
            };
        }
        let key = self.columns.iter().position(|c| *c == What::Key);
        let key = key
            .and_then(|at| cells.get(at))
            .map(|c| normalise(c.as_ref().trim_end_matches(':')));
        if key.is_some_and(|k| self.objects.totals.contains(&k)) {
            self.follow(line, Class::Total, None, cells, &[]);
            return Taken::Noise;
        }
        self.row(line, cells, sink);
        Taken::Record
    }

    /// Whether this is a header: the name of a key column, and no cell that is a figure.
    fn header<C: AsRef<str>>(&mut self, cells: &[C]) -> bool {
        let names: Vec<String> = cells
            .iter()
            .map(|c| normalise(&clean_name(c.as_ref())))
            .collect();
        let figure = |n: &String| {
            !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit() || b",:%".contains(&b))
        };
        if names.iter().any(figure) {
            return false;
        }
        let objects = &self.objects.list;
        let mut keys: Vec<(usize, usize)> = names
            .iter()
            .enumerate()
            .filter_map(|(at, n)| Some((at, self.objects.keys.get(n)?)))
            .collect();
        // features by station: the station is the key, wherever it stands
        keys.sort_by_key(|(_, object)| objects[*object].personal != Personal::Yes);
        let Some(&(at, by_key)) = keys.first() else {
            return false;
        };
        let named = self.title.or(self.file);
        // a report on features by station is about stations, whatever its heading says
        self.object = match named {
            Some(named) if objects[named].personal != Personal::No => named,
            Some(named) if objects[by_key].personal == Personal::No => named,
            _ => by_key,
        };
        self.key = by_key;
        self.title = None;
        self.headless = None;
        self.columns = names
            .iter()
            .map(|n| self.objects.columns.get(n).unwrap_or(What::Figure))
            .collect();
        self.columns[at] = What::Key;
        for (at, object) in keys {
            if objects[object].personal == Personal::Yes {
                self.columns[at] = What::Key;
            }
        }
        if let Some(trail) = &mut self.trail {
            let averages = &self.objects.averages;
            let of_no_sum = |n: &String| averages.iter().any(|a| n.contains(a.as_str()));
            trail.averages = names.iter().map(of_no_sum).collect();
            trail.table += 1;
        }
        true
    }

    fn row<C: AsRef<str>>(&mut self, line: u64, cells: &[C], sink: &mut dyn Sink) {
        let objects = self.objects;
        let (object, key) = (&objects.list[self.object], &objects.list[self.key]);
        let cell = |what: What| {
            let at = self.columns.iter().position(|c| *c == what)?;
            cells
                .get(at)
                .map(|c| c.as_ref().trim())
                .filter(|c| !c.is_empty())
        };
        let key_text = cell(What::Key).unwrap_or_default();
        let sum = is_sum(key_text);
        let of_persons = object.personal == Personal::Yes
            || key.personal == Personal::Yes
            || object.personal == Personal::Key
                && (is_person(key_text) || cell(What::Name).is_some());
        let personal = of_persons && !sum;
        let day = self.day(cells);
        let mut elements = vec![None; cells.len()];
        let mut values = Vec::with_capacity(cells.len());
        for (at, (what, cell)) in self.columns.iter().zip(cells).enumerate() {
            let text = cell.as_ref().trim();
            if text.is_empty() {
                continue;
            }
            let is_number = is_number(text);
            let element = match what {
                What::Key if personal && is_number => objects.number,
                What::Key | What::Name if personal => objects.name,
                What::Called => objects.called,
                What::Time | What::Date | What::Clock => continue,
                // figures of an object that is about nobody here
                _ if !personal && object.personal != Personal::No => continue,
                _ => object.element,
            };
            let mut value = Value::new(element, text.as_bytes());
            value.unverified = true;
            values.push(value);
            elements[at] = Some(element);
        }
        let class = match (sum, personal) {
            (true, _) => Class::Sum,
            (false, true) => Class::Person,
            (false, false) => Class::Plain,
        };
        self.follow(line, class, day, cells, &elements);
        self.records += 1;
        self.personal[self.object] += u64::from(personal);
        sink.record(&Record {
            line,
            day,
            cluster: None,
            values: &values,
            origin: Origin::default(),
        });
    }

    /// Notes a row for those who want to rewrite it.
    fn follow<C: AsRef<str>>(
        &mut self,
        line: u64,
        class: Class,
        day: Option<NaiveDate>,
        cells: &[C],
        elements: &[Option<ElementIx>],
    ) {
        let Some(trail) = &mut self.trail else {
            return;
        };
        let cells = self.columns.iter().zip(cells).enumerate();
        let cells = cells.map(|(at, (what, text))| Cell {
            text: text.as_ref().trim().to_owned(),
            element: elements.get(at).copied().flatten(),
            column: match what {
                What::Key => Column::Key,
                What::Name => Column::Name,
                What::Called => Column::Called,
                What::Time | What::Date | What::Clock => Column::Time,
                What::Figure if trail.averages.get(at) == Some(&true) => Column::Average,
                What::Figure => Column::Figure,
            },
            places: Vec::new(),
        });
        let cells = cells.collect();
        trail.push(line, class, day, cells);
    }

    fn day<C: AsRef<str>>(&mut self, cells: &[C]) -> Option<NaiveDate> {
        let cell = |what: What| {
            let at = self.columns.iter().position(|c| *c == what)?;
            cells
                .get(at)
                .map(|c| c.as_ref().trim())
                .filter(|c| !c.is_empty())
        };
        let text: Cow<'_, str> = match (cell(What::Time), cell(What::Date), cell(What::Clock)) {
            (Some(time), ..) => time.into(),
            (None, Some(date), Some(clock)) => format!("{date} {clock}").into(),
            (None, Some(date), None) => date.into(),
            _ => return None,
        };
        self.when.read(&text).map(|t| t.date()).or_else(|| {
            // a workbook counts days from 30 December 1899
            let days: f64 = cell(What::Time).or(cell(What::Date))?.parse().ok()?;
            let days = (20_000.0..80_000.0)
                .contains(&days)
                .then_some(days as u64)?;
            NaiveDate::from_ymd_opt(1899, 12, 30)?.checked_add_days(Days::new(days))
        })
    }

    /// Says which rows are about persons, or that no table was found.
    fn report(&self, sink: &mut dyn Sink) {
        for (object, count) in self.objects.list.iter().zip(&self.personal) {
            if *count > 0 {
                let finding = Finding::new("G4K-621").with("count", *count);
                sink.finding(finding.with("object", Arg::declared(&object.id)));
            }
        }
    }
}

/// A number, or what retention has left of one: cut digits, a class, a token.
fn is_number(text: &str) -> bool {
    const CLASSES: [&str; 5] = ["internal", "local", "national", "mobile", "international"];
    let token = text.strip_prefix('z').is_some_and(|t| {
        !t.is_empty()
            && t.bytes()
                .all(|b| b.is_ascii_digit() || b.is_ascii_lowercase())
    });
    let digits = text
        .bytes()
        .all(|b| b.is_ascii_digit() || b"*#+x?".contains(&b));
    digits || token || CLASSES.contains(&text)
}

/// A station, `Surname, First`, `Surname*First` or the id of an operator.
fn is_person(key: &str) -> bool {
    let station = (2..=8).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_digit());
    let operator = key
        .strip_prefix(['A', 'a', 'T', 't'])
        .is_some_and(|n| (2..=6).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit()));
    let words: Vec<&str> = key.split([',', '*']).map(str::trim).collect();
    let name = words.len() == 2
        && words.iter().all(|w| {
            w.chars().next().is_some_and(char::is_uppercase)
                && !w.chars().any(|c| c.is_ascii_digit())
        });
    station || operator || name
}

/// Whether a file begins like a report: with a header that a measuring object has, and rows below it.
pub fn is_report(knowledge: &TableKnowledge, head: &[u8], path: &str) -> bool {
    struct Rows(u64);
    impl Sink for Rows {
        fn record(&mut self, _: &Record<'_>) {
            self.0 += 1;
        }
        fn fact(&mut self, _: Fact) {}
        fn finding(&mut self, _: Finding) {}
    }
    let mut rows = Rows(0);
    let mut reader = TextReport::new(knowledge, path);
    reader.feed(head, &mut rows);
    let account = reader.finish(true, &mut rows);
    rows.0 > 0 && account.rejected == 0
}

/// Reads a workbook; gives the number of records.
pub fn workbook_report(
    file: &mut dyn Bytes,
    knowledge: &TableKnowledge,
    path: &str,
    sink: &mut dyn Sink,
) -> u64 {
    let tables = std::cell::RefCell::new(Tables::new(knowledge, path));
    let sink = std::cell::RefCell::new(sink);
    let (mut findings, mut any) = (Vec::new(), false);
    let outcome = workbook::rows(
        file,
        &mut findings,
        &mut || tables.borrow_mut().next_table(*sink.borrow_mut()),
        &mut |(line, cells)| {
            any = true;
            let sink = &mut **sink.borrow_mut();
            if let Taken::Misfit { found, expected } = tables.borrow_mut().take(line, cells, sink) {
                let finding = Finding::new("G4K-302").at(line).with("found", found);
                sink.finding(finding.with("expected", expected));
            }
        },
    );
    let sink = sink.into_inner();
    findings.into_iter().for_each(|f| sink.finding(f));
    match outcome {
        Ok(()) if any => {}
        Ok(()) => sink.finding(Finding::new("G4K-305")),
        Err(damage) => sink.finding(damage.finding()),
    }
    let mut tables = tables.into_inner();
    tables.next_table(sink);
    tables.report(sink);
    tables.records
}

#[cfg(test)]
mod tests;
