//! Reports of Performance Management that are rewritten: delimited text, HTML, workbooks.
//!
//! Rows about persons go, or figures about groups take their place where the rule says so. A report is read
//! whole; one that is too large for that, or whose rows cannot be cut out, stays or goes as a whole.

mod page;
mod sums;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};

use gdpr4k_model::Finding;
use gdpr4k_model::catalogue::Action;
use gdpr4k_model::finding::Arg;
use gdpr4k_model::number::Access;
use gdpr4k_model::retention::Treatment;
use gdpr4k_policy::cells::Threshold;
use gdpr4k_policy::treat::{Order, StageName};
use gdpr4k_sources::container::Bytes;
use gdpr4k_sources::container::PackError;
use gdpr4k_sources::container::book::{Book, Obstacle, RowEdit};
use gdpr4k_sources::knowledge::TableKnowledge;
use gdpr4k_sources::marks::Marks;
use gdpr4k_sources::opaque::Opaque;
use gdpr4k_sources::pm::{Cell, Class, Column, Markup, Report, Row};

use super::counts::Counts;
use super::facts::{Buckets, Fate, FileContext, Judge, Part, RecordFacts};
use super::lines::wide::{Narrow, Widen, Width};
use super::lines::{Failure, Pen, Taken, Tools};
use super::turns::Aside;
use super::whole;
use sums::Sums;

/// A report in text or HTML is read whole up to this size.
const MAX_REPORT: usize = 64 << 20;

/// A report in memory.
struct Loaded {
    report: Report,
    body: Body,
    /// Why it is not rewritten.
    obstacle: Option<Finding>,
}

/// The bytes of a report.
enum Body {
    Text(Vec<u8>, Width),
    Book(Box<Book>),
    /// It cannot be taken apart.
    Closed,
}

/// What happens to a row.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Act {
    /// It goes.
    Remove,
    /// It goes to the quarantine.
    Damaged,
    /// Cells get new values.
    Cells(Vec<(usize, String)>),
    /// Cells get new values, and all others lose theirs.
    Sum(Vec<(usize, String)>),
}

/// Reads a report and says what it holds.
///
/// # Errors
/// It cannot be read.
pub(crate) fn census(
    file: FileContext<'_>,
    (markup, tables, threshold): (Markup, &TableKnowledge, Threshold),
    input: &mut dyn Bytes,
) -> Result<Taken, Failure> {
    let loaded = load(file, markup, tables, input)?;
    let judge = Judge::new(file);
    let mut buckets = Buckets::default();
    let (mut damaged, mut personal, mut summed) = (0, 0u64, Vec::new());
    for (at, row) in loaded.report.rows.iter().enumerate() {
        match row.class {
            Class::Damaged => damaged += 1,
            Class::Total => {}
            Class::Person | Class::Plain | Class::Sum => {
                let (facts, _) = facts(&judge, row);
                personal += u64::from(!judge.is_technical(&facts));
                if row.class == Class::Person && aggregates(&judge, &facts) {
                    summed.push(at);
                }
                buckets.add(facts);
            }
        }
    }
    let mut findings: Vec<Finding> = loaded.obstacle.into_iter().collect();
    let by_record = findings.is_empty();
    if let Body::Book(book) = &loaded.body
        && book.pictures() > 0
    {
        let finding = Finding::new("G4K-785").path(file.path);
        findings.push(finding.with("count", book.pictures()));
    }
    // nothing of it was understood: it has one day, that of the file
    if !by_record && personal == 0 {
        let mut taken = whole::census(file, Opaque::Report("report").element(tables));
        taken.findings = findings;
        return Ok(taken);
    }
    let mut census = buckets.census(&judge, if by_record { damaged } else { 0 }, by_record);
    // whether something may be said when all of them have ended
    let sums = Sums::of(&loaded.report, &summed, threshold);
    census.sums = by_record && sums.any();
    Ok(Taken { census, findings })
}

/// Writes a report anew.
///
/// # Errors
/// It cannot be read or written, or a key is missing; what was written so far is of no use.
pub(crate) fn rewrite(
    file: FileContext<'_>,
    tools: &Tools<'_>,
    (markup, tables): (Markup, &TableKnowledge),
    input: &mut dyn Bytes,
    output: &mut dyn Write,
    quarantine: &mut dyn Write,
) -> Result<Counts, Failure> {
    let mut loaded = load(file, markup, tables, input)?;
    if loaded.obstacle.is_some() {
        return Err(Failure::NotByRecord);
    }
    let mut counts = Counts::default();
    let (acts, marks) = decide(file, tools, &loaded.report, &mut counts)?;
    match &mut loaded.body {
        Body::Closed => return Err(Failure::NotByRecord),
        Body::Text(bytes, width) => {
            let (out, apart) = page::applied(markup, bytes, &loaded.report, &acts, &marks);
            Widen::new(output, *width).write(&out)?;
            Widen::new(quarantine, *width).write(&apart)?;
        }
        Body::Book(book) => {
            let (edits, apart) = page::book_edits(book, &loaded.report, &acts);
            book.rewrite(&edits, &marks)
                .map_err(|_| Failure::NotByRecord)?;
            book.write(input, output).map_err(|e| match e {
                PackError::Write(e) => Failure::Write(e),
                _ => Failure::NotByRecord,
            })?;
            quarantine
                .write_all(apart.as_bytes())
                .map_err(Failure::Write)?;
        }
    }
    Ok(counts)
}

/// What happens to the rows, by their position; and the values that go.
fn decide(
    file: FileContext<'_>,
    tools: &Tools<'_>,
    report: &Report,
    counts: &mut Counts,
) -> Result<(BTreeMap<usize, Act>, Marks), Failure> {
    let mut judge = Judge::new(file);
    let mut pen = Pen::new(tools.keys);
    let (mut acts, mut marks, mut aside) = (BTreeMap::new(), Marks::default(), Vec::new());
    // rows of persons that a sum takes the place of
    let mut ended: Vec<usize> = Vec::new();
    let mut touched: BTreeSet<u32> = BTreeSet::new();
    for (at, row) in report.rows.iter().enumerate() {
        match row.class {
            Class::Damaged => {
                aside.push(Aside {
                    line: row.line,
                    bytes: row.place.len() as u64,
                    code: "G4K-302",
                });
                acts.insert(at, Act::Damaged);
                continue;
            }
            Class::Total => continue,
            Class::Person | Class::Plain | Class::Sum => {}
        }
        let (facts, parts) = facts(&judge, row);
        let cluster = file.book.cluster(facts.cluster);
        let order = match judge.fate(&facts, tools.holds) {
            Fate::Keep | Fate::Wait => {
                counts.stays(cluster, false);
                continue;
            }
            Fate::Held => {
                counts.stays(cluster, true);
                continue;
            }
            Fate::Treat(order) => order,
        };
        counts.treated(cluster, &order, facts.day);
        touched.insert(row.table);
        if order.action == Treatment::Delete {
            mark(row, &mut marks);
            if is_end(&order) && row.class == Class::Person && aggregates(&judge, &facts) {
                ended.push(at);
            } else {
                acts.insert(at, Act::Remove);
            }
            continue;
        }
        let mut cells = Vec::new();
        for (ix, part) in &parts {
            let new = pen.with(&judge, &facts, &order, |e| e.value(part, &facts, &order))?;
            if let Some(new) = new {
                marks.add(&row.cells[*ix].text);
                cells.push((*ix, String::from_utf8_lossy(&new).into_owned()));
            }
        }
        acts.insert(at, Act::Cells(cells));
    }
    let sums = Sums::of(report, &ended, tools.threshold);
    for group in &sums.groups {
        counts.sums += u64::from(group.act.is_some());
        acts.extend(group.rows.iter().map(|at| (*at, Act::Remove)));
        if let Some(act) = &group.act {
            acts.insert(group.rows[0], act.clone());
        }
    }
    sums.totals(report, &touched, &mut acts);
    pen.count(counts, aside.len() as u64, aside);
    Ok((acts, marks))
}

const fn is_end(order: &Order) -> bool {
    matches!(order.stage, StageName::End)
}

/// Whether figures about groups take the place of a record whose rule has ended.
fn aggregates(judge: &Judge<'_>, facts: &RecordFacts) -> bool {
    let book = judge.file.book;
    let rule = book.rules.cluster(book.cluster(facts.cluster));
    rule.is_some_and(|r| r.rule().action == Action::Aggregate)
}

/// Facts and values of a row, with the positions of their cells.
fn facts<'r>(judge: &Judge<'_>, row: &'r Row) -> (RecordFacts, Vec<(usize, Part<'r>)>) {
    let filled = |c: &&Cell| !c.text.is_empty();
    let elements = row.cells.iter().filter(filled).filter_map(|c| c.element);
    let cells = row.cells.iter().enumerate();
    let parts: Vec<(usize, Part<'_>)> = cells
        .filter(|(_, c)| !c.text.is_empty())
        .filter_map(|(ix, c)| {
            let part = judge.part(c.element?, c.text.as_bytes(), Access::Plain, None)?;
            Some((ix, part))
        })
        .collect();
    let values: Vec<Part<'_>> = parts.iter().map(|(_, p)| p.clone()).collect();
    (judge.facts(None, elements, row.day, &values), parts)
}

/// Adds the values of a row that tell who it is about.
fn mark(row: &Row, marks: &mut Marks) {
    let tells = |c: &&Cell| {
        c.element.is_some() && matches!(c.column, Column::Key | Column::Name | Column::Called)
    };
    row.cells
        .iter()
        .filter(tells)
        .for_each(|c| marks.add(&c.text));
}

fn load(
    file: FileContext<'_>,
    markup: Markup,
    tables: &TableKnowledge,
    input: &mut dyn Bytes,
) -> Result<Loaded, Failure> {
    match markup {
        Markup::Text | Markup::Html => {
            let mut input: &mut dyn Read = &mut *input;
            load_page(file, markup, tables, &mut input)
        }
        Markup::Workbook => Ok(load_book(file, tables, input)),
    }
}

fn load_page(
    file: FileContext<'_>,
    markup: Markup,
    tables: &TableKnowledge,
    input: &mut dyn Read,
) -> Result<Loaded, Failure> {
    let told = |code| Finding::new(code).path(file.path);
    let mut narrow = Narrow::new(input, false);
    let (mut bytes, mut block) = (Vec::new(), Vec::new());
    loop {
        narrow.next(&mut block)?;
        bytes.extend_from_slice(&block);
        if bytes.len() > MAX_REPORT {
            let finding = told("G4K-783").with("limit", Arg::declared("64 MiB"));
            return Ok(Loaded {
                report: Report::default(),
                body: Body::Closed,
                obstacle: Some(finding),
            });
        }
        if block.is_empty() {
            break;
        }
    }
    let report = if markup == Markup::Html {
        Report::html(&bytes, tables, file.path)
    } else {
        Report::text(&bytes, tables, file.path)
    };
    let obstacle = if narrow.lost {
        Some(told("G4K-781"))
    } else if report.tangled || report.unread > 0 {
        Some(told("G4K-784").with("count", report.unread))
    } else {
        page::stands_elsewhere(markup, &bytes, &report, &marks_of(file, &report))
            .then(|| told("G4K-786"))
    };
    Ok(Loaded {
        body: Body::Text(bytes, narrow.width),
        report,
        obstacle,
    })
}

fn load_book(file: FileContext<'_>, tables: &TableKnowledge, input: &mut dyn Bytes) -> Loaded {
    let closed = |obstacle: Obstacle| Loaded {
        report: Report::default(),
        body: Body::Closed,
        obstacle: Some(told(file, obstacle)),
    };
    let book = match Book::open(input) {
        Ok(book) => book,
        Err(obstacle) => return closed(obstacle),
    };
    let report = Report::workbook(&book, tables, file.path);
    let mut obstacle = (report.unread > 0).then(|| {
        let finding = Finding::new("G4K-784").path(file.path);
        finding.with("count", report.unread)
    });
    if obstacle.is_none() {
        // whether all persons could be taken out decides, whatever is due today
        let marks = marks_of(file, &report);
        let judge = Judge::new(file);
        let personal = |r: &&Row| !judge.is_technical(&facts(&judge, r).0);
        let rows = report.rows.iter().filter(personal);
        let edits = rows.map(|r| ((r.part, r.index), RowEdit::Remove)).collect();
        let tried = Book::open(input).and_then(|mut b| b.rewrite(&edits, &marks));
        obstacle = tried.err().map(|o| told(file, o));
    }
    Loaded {
        report,
        body: Body::Book(Box::new(book)),
        obstacle,
    }
}

/// Why a workbook stays or goes as a whole.
fn told(file: FileContext<'_>, obstacle: Obstacle) -> Finding {
    let finding = |code| Finding::new(code).path(file.path);
    let part = |word: &str| finding("G4K-787").with("part", Arg::declared(word));
    match obstacle {
        Obstacle::Damaged(damage) => damage.finding().path(file.path),
        Obstacle::TooLarge => finding("G4K-783").with("limit", Arg::declared("64 MiB")),
        Obstacle::Closed => part("macros, embedded objects or a data model"),
        Obstacle::Copies => part("pivot tables or a history of changes"),
        Obstacle::Formula => part("formulas that other rows lean on"),
        Obstacle::Value => finding("G4K-786"),
    }
}

/// The values that tell persons, of all rows.
fn marks_of(file: FileContext<'_>, report: &Report) -> Marks {
    let judge = Judge::new(file);
    let mut marks = Marks::default();
    for row in &report.rows {
        if !judge.is_technical(&facts(&judge, row).0) {
            mark(row, &mut marks);
        }
    }
    marks
}
