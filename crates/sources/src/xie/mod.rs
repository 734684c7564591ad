//! Tables of the Import/Export (XIE) API of Assistant/Manager, as `api2hipath` writes them.
//!
//! Format: formats-other-sources 2. Which table a file is, is decided by its header
//! and its name; a person table is known by its columns alone, because the vendor
//! publishes no table name (2.5).

use std::borrow::Cow;

use gdpr4k_model::catalogue::ElementIx;
use gdpr4k_model::finding::Arg;
use gdpr4k_model::{Finding, Sealed};

use crate::directory::{Guess, People, person_groups};
use crate::knowledge::{TableKnowledge, XieTable};
use crate::mapping::Mapping;
use crate::origin::Origin;
use crate::record::{Account, Fact, Reader, Record, Sink, Value};
use crate::table::{
    Column, Columns, Format, Loose, Meaning, Row, Rows, Table, Unmapped, normalise,
};
use crate::when::When;

/// Reads one XIE export.
pub struct XieReader<'k> {
    table: Table<XieRows<'k>>,
}

impl<'k> XieReader<'k> {
    /// A reader for a file of this name; the name helps to tell tables apart.
    pub fn new(knowledge: &'k TableKnowledge, file_name: &str) -> Self {
        let rows = XieRows::new(knowledge, file_name);
        Self {
            table: Table::new(Format::default(), rows),
        }
    }

    /// A reader with a mapping of the site: names for a file without a header (`api2hipath -n`),
    /// and meanings for columns that nobody knows.
    pub fn with_mapping(
        knowledge: &'k TableKnowledge,
        file_name: &str,
        mapping: &'k Mapping,
    ) -> Self {
        let mut rows = XieRows::new(knowledge, file_name);
        rows.mapping = Some(mapping);
        Self {
            table: Table::new(mapping.format.clone(), rows),
        }
    }
}

impl Reader for XieReader<'_> {
    fn feed(&mut self, block: &[u8], sink: &mut dyn Sink) {
        self.table.feed(block, sink);
    }

    fn finish(&mut self, growing: bool, sink: &mut dyn Sink) -> Account {
        self.table.finish(growing, sink)
    }
}

/// What the file turned out to be.
enum Kind<'k> {
    Nothing,
    Known(&'k XieTable),
    /// Columns of several tables.
    Ambiguous,
    Person(People),
    /// Raw text of requests and answers.
    Request(Request),
}

/// Counts of the raw text; the day comes from the answer's head line.
#[derive(Default)]
struct Request {
    day: Option<chrono::NaiveDate>,
    refused: u64,
}

struct XieRows<'k> {
    knowledge: &'k TableKnowledge,
    mapping: Option<&'k Mapping>,
    file_name: String,
    kind: Kind<'k>,
    columns: Columns,
    at: Positions,
    when: When,
    rows: u64,
    secrets: u64,
    /// The first row with one.
    secrets_line: u64,
    secret_element: Option<ElementIx>,
    residual: u64,
    residual_line: u64,
    last_pilot: String,
}

/// Where the columns stand that facts are made of.
#[derive(Default)]
struct Positions {
    station: Option<usize>,
    holds: Option<(usize, usize)>,
    refers: Vec<usize>,
    pilot: Option<usize>,
    time: Vec<usize>,
    residual: Option<(usize, usize)>,
}

impl<'k> XieRows<'k> {
    fn new(knowledge: &'k TableKnowledge, file_name: &str) -> Self {
        Self {
            knowledge,
            mapping: None,
            file_name: file_name.to_ascii_uppercase(),
            kind: Kind::Nothing,
            columns: Columns::default(),
            at: Positions::default(),
            when: When::new(&knowledge.journal.date_formats),
            rows: 0,
            secrets: 0,
            secrets_line: 0,
            secret_element: knowledge.xie_common.get("sipsecret").flatten(),
            residual: 0,
            residual_line: 0,
            last_pilot: String::new(),
        }
    }

    /// Which table has these columns.
    fn table(&self, names: &[String]) -> Kind<'k> {
        let score = |t: &XieTable| names.iter().filter(|n| t.columns.get(n).is_some()).count();
        let enough = |known: usize| known >= 2 && known * 2 > names.len();
        let tables = &self.knowledge.xie;
        let by_name = tables
            .iter()
            .filter(|t| named(&self.file_name, t))
            .max_by_key(|t| t.name.len());
        if let Some(table) = by_name.filter(|t| enough(score(t))) {
            return Kind::Known(table);
        }
        let best = tables.iter().map(&score).max().unwrap_or(0);
        let mut winners = tables.iter().filter(|t| score(t) == best);
        let (winner, second) = (winners.next(), winners.next());
        let people = person_groups(self.knowledge, names);
        let certain = winner.filter(|_| second.is_none() && best >= 3 && enough(best));
        match certain {
            Some(table) if people < 3 || best == names.len() => Kind::Known(table),
            _ if people >= 2 => Kind::Person(People::default()),
            _ if enough(best) => match (winner, second) {
                (Some(table), None) => Kind::Known(table),
                _ => Kind::Ambiguous,
            },
            _ => {
                let common = names
                    .iter()
                    .filter(|n| self.knowledge.xie_common.get(n).is_some());
                if common.count() >= 2 {
                    Kind::Ambiguous
                } else {
                    Kind::Nothing
                }
            }
        }
    }

    fn meaning(&self, name: &str) -> Meaning {
        let element = |e: Option<ElementIx>, unverified| match e {
            Some(element) => Meaning::Element {
                element,
                unverified,
            },
            None => Meaning::Technical,
        };
        let by_site = self.mapping.and_then(|m| m.meaning(name));
        let known = match &self.kind {
            Kind::Known(table) => table.columns.get(name),
            Kind::Ambiguous => {
                let tables = &self.knowledge.xie;
                let common = self.knowledge.xie_common.get(name);
                common.or_else(|| tables.iter().find_map(|t| t.columns.get(name)))
            }
            _ => None,
        };
        match (known, by_site) {
            (Some(e), _) => element(e, false),
            (None, Some(meaning)) => meaning,
            (None, None) => Meaning::Unknown {
                element: self.knowledge.xie_unknown,
                seen: Default::default(),
            },
        }
    }

    fn positions(&mut self) {
        let Kind::Known(table) = self.kind else {
            return;
        };
        let find = |name: &String| self.columns.find(name);
        self.at = Positions {
            station: table.station.as_ref().and_then(find),
            holds: table
                .holds
                .as_ref()
                .and_then(|h| Some((find(&h.number)?, find(&h.name)?))),
            refers: table.refers.iter().filter_map(find).collect(),
            pilot: table.pilot.as_ref().and_then(find),
            time: table.time.iter().filter_map(find).collect(),
            residual: table
                .residual
                .as_ref()
                .and_then(|r| Some((find(&r.without)?, find(&r.with)?))),
        };
    }

    fn facts(&mut self, line: u64, cells: &[Cow<'_, str>], sink: &mut dyn Sink) {
        let Kind::Known(table) = self.kind else {
            return;
        };
        let cell = |ix: usize| cells.get(ix).map(|c| c.trim()).filter(|c| !c.is_empty());
        let sealed = |text: &str| Sealed::new(text.to_owned());
        if let Some(number) = self.at.station.and_then(cell) {
            sink.fact(Fact::Station {
                line,
                number: sealed(number),
            });
        }
        if let Some((number, name)) = self.at.holds
            && let (Some(number), Some(name)) = (cell(number), cell(name))
        {
            let (number, name) = (sealed(number), sealed(name));
            sink.fact(Fact::Holds {
                line,
                number,
                name,
                identity: None,
            });
        }
        for number in self.at.refers.iter().filter_map(|ix| cell(*ix)) {
            sink.fact(Fact::Refers {
                line,
                from: table.name,
                number: sealed(number),
            });
        }
        // members of a group follow each other: name the pilot once
        if let Some(pilot) = self
            .at
            .pilot
            .and_then(cell)
            .filter(|p| *p != self.last_pilot)
        {
            self.last_pilot = pilot.to_owned();
            sink.fact(Fact::NotPersonal {
                number: sealed(pilot),
                from: table.name,
            });
        }
        if let Some((without, with)) = self.at.residual
            && cell(without).is_none()
            && cell(with).is_some()
        {
            self.residual += 1;
            if self.residual == 1 {
                self.residual_line = line;
            }
        }
    }
}

/// Whether a file name has the name of the table as a word of its own.
fn named(file_name: &str, table: &XieTable) -> bool {
    std::iter::once(table.name)
        .chain(table.also.iter().map(String::as_str))
        .any(|name| {
            file_name.match_indices(name).any(|(at, _)| {
                let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
                !word(file_name[..at].chars().next_back())
                    && !word(file_name[at + name.len()..].chars().next())
            })
        })
}

impl Rows for XieRows<'_> {
    fn knows(&self, name: &str) -> bool {
        self.knowledge.xie_common.get(name).is_some()
            || self
                .knowledge
                .xie
                .iter()
                .any(|t| t.columns.get(name).is_some())
            || self.knowledge.aliases.get(name).is_some()
            || self.mapping.is_some_and(|m| m.meaning(name).is_some())
    }

    fn header(&mut self, names: &[String], sink: &mut dyn Sink) -> bool {
        let plain: Vec<String> = names.iter().map(|n| normalise(n)).collect();
        self.kind = self.table(&plain);
        self.columns.all = match &mut self.kind {
            Kind::Nothing | Kind::Request(_) => return false,
            Kind::Person(people) => {
                let unknown = self.knowledge.xie_unknown;
                people.columns(self.knowledge, self.mapping, Guess::Yes, unknown, names)
            }
            Kind::Known(_) | Kind::Ambiguous => names
                .iter()
                .zip(&plain)
                .map(|(name, plain)| Column {
                    name: name.clone(),
                    meaning: self.meaning(plain),
                })
                .collect(),
        };
        if let Some(mapping) = self.mapping.filter(|m| !m.verified) {
            mapping.not_verified(sink);
        }
        self.positions();
        true
    }

    fn row(&mut self, row: &Row<'_>, sink: &mut dyn Sink) {
        let (line, cells) = (row.line, row.cells);
        self.rows += 1;
        let mut values = Vec::with_capacity(self.columns.all.len());
        self.columns.values(cells, &mut values);
        let secret = self.secret_element;
        let secrets = values.iter().filter(|v| Some(v.element) == secret).count() as u64;
        if self.secrets == 0 && secrets > 0 {
            self.secrets_line = line;
        }
        self.secrets += secrets;
        let day = self
            .at
            .time
            .iter()
            .filter_map(|ix| cells.get(*ix))
            .find_map(|c| self.when.read(c.trim()))
            .map(|t| t.date());
        sink.record(&Record {
            line,
            day,
            cluster: None,
            values: &values,
            origin: row.origin,
        });
        if let Kind::Person(people) = &self.kind {
            people.fact(line, cells, sink);
        }
        self.facts(line, cells, sink);
    }

    fn loose(&mut self, line: u64, text: &str, sink: &mut dyn Sink) -> Loose {
        if matches!(self.kind, Kind::Nothing) && is_request(text) {
            self.kind = Kind::Request(Request::default());
        }
        let Kind::Request(request) = &mut self.kind else {
            return Loose::Rejected;
        };
        let text = text.trim();
        if text == "#@" {
            return Loose::Noise;
        }
        if let Some((_, time)) = text.strip_prefix('#').and_then(|t| t.split_once("; "))
            && let Some(time) = self.when.read(time.split('.').next().unwrap_or(time))
        {
            request.day = Some(time.date());
        }
        if text
            .strip_prefix('#')
            .and_then(|t| t.split_once(';'))
            .is_some_and(|(_, n)| n.starts_with('-'))
        {
            request.refused += 1;
        }
        let value = Value::new(self.knowledge.xie_request, text.as_bytes());
        sink.record(&Record {
            line,
            day: request.day,
            cluster: None,
            values: &[value],
            origin: Origin::default(),
        });
        Loose::Record
    }

    fn done(&mut self, sink: &mut dyn Sink) {
        self.columns
            .report(self.mapping.map_or(Unmapped::Report, |m| m.unmapped), sink);
        let name = match &self.kind {
            Kind::Known(table) => table.name,
            Kind::Person(_) => "person table",
            Kind::Ambiguous => {
                sink.finding(Finding::new("G4K-310"));
                return;
            }
            Kind::Request(request) => {
                if request.refused > 0 {
                    sink.finding(Finding::new("G4K-313").with("count", request.refused));
                }
                return;
            }
            Kind::Nothing => return,
        };
        sink.fact(Fact::Seen {
            kind: "xie-table",
            name: name.to_owned(),
            records: self.rows,
        });
        if self.residual > 0 {
            sink.finding(
                Finding::new("G4K-311")
                    .at(self.residual_line)
                    .with("count", self.residual)
                    .with("table", Arg::declared(name)),
            );
        }
        if self.secrets > 0 {
            sink.finding(
                Finding::new("G4K-312")
                    .at(self.secrets_line)
                    .with("count", self.secrets),
            );
        }
    }
}

/// Whether a line starts the raw text of a request or of an answer: `#DeleteNSts`, `#ORDER_ID=...`.
fn is_request(text: &str) -> bool {
    text.strip_prefix('#')
        .is_some_and(|t| t.starts_with(|c: char| c.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests;
