//! Database dumps as text: CREATE TABLE, INSERT INTO … VALUES, COPY … FROM stdin (mysqldump, pg_dump).
//!
//! Statements are taken apart byte by byte, so a statement of many megabytes needs no memory. A line on
//! which a row begins is a record; further lines of a row are continuation, everything else is noise.

use std::borrow::Cow;
use std::collections::HashMap;

use gdpr4k_model::Finding;
use gdpr4k_model::finding::Arg;

use crate::directory::{Guess, People};
use crate::knowledge::TableKnowledge;
use crate::linebook::{Class, LineBook};
use crate::lines::decode;
use crate::origin::Origin;
use crate::record::{Account, Reader, Record, Sink};
use crate::table::{Column, Columns, Meaning, Unmapped, normalise};

/// Bytes of a statement before its values.
const MAX_HEAD: usize = 256 << 10;
/// Bytes of one value that are kept.
const MAX_VALUE: usize = 64 << 10;
/// Values of a row, columns of a table.
const MAX_COLUMNS: usize = 1024;
/// Tables that are told apart.
const MAX_TABLES: usize = 1000;

/// Reads one dump.
pub struct DumpReader<'k> {
    knowledge: &'k TableKnowledge,
    lex: Lex,
    head: Vec<u8>,
    /// The start of a comment: it may name the database product.
    note: Vec<u8>,
    /// The table that rows belong to.
    table: String,
    tables: HashMap<String, Table>,
    cells: Vec<String>,
    value: Vec<u8>,
    /// A value in quotes has been read, so an empty one is not NULL.
    quoted: bool,
    /// MySQL: a backslash escapes in every string.
    mysql: bool,
    row_line: u64,
    lines: LineBook,
    after_cr: bool,
    last: u8,
}

/// Where in the dump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lex {
    /// In a statement, before its values.
    Head,
    /// In quotes there; with the quote.
    HeadQuote(u8),
    LineComment,
    /// `/* */`; whether the last byte was a star.
    Comment(bool),
    /// Between rows of VALUES.
    Rows,
    /// In a row.
    Row,
    /// In a text of a row; whether a backslash escapes, whether the last byte was one.
    Text {
        escapes: bool,
        escaped: bool,
    },
    /// After a quote in a text: its end, or half of a doubled quote.
    Quote {
        escapes: bool,
    },
    /// In a function or an array inside of a row: so many brackets deep.
    Inner(u16),
    /// Lines of COPY.
    Copy,
}

struct Table {
    columns: Columns,
    people: People,
    known: usize,
    expected: usize,
    rows: u64,
    named: bool,
}

impl<'k> DumpReader<'k> {
    /// For one dump.
    pub fn new(knowledge: &'k TableKnowledge) -> Self {
        Self {
            knowledge,
            lex: Lex::Head,
            head: Vec::new(),
            note: Vec::new(),
            table: String::new(),
            tables: HashMap::new(),
            cells: Vec::new(),
            value: Vec::new(),
            quoted: false,
            mysql: false,
            row_line: 0,
            lines: LineBook::default(),
            after_cr: false,
            last: 0,
        }
    }

    fn byte(&mut self, b: u8, sink: &mut dyn Sink) {
        let newline = matches!(b, b'\n' | b'\r');
        if b == b'\n' && self.after_cr {
            self.after_cr = false;
            return;
        }
        self.after_cr = b == b'\r';
        self.lines.begun |= !newline;
        self.step(b, newline, sink);
        self.last = b;
        if newline {
            self.lines.end(false);
            if matches!(
                self.lex,
                Lex::Row | Lex::Text { .. } | Lex::Quote { .. } | Lex::Inner(_)
            ) {
                self.lines.now = Class::Continuation;
            }
        }
    }

    fn step(&mut self, b: u8, newline: bool, sink: &mut dyn Sink) {
        match self.lex {
            Lex::Head => self.head(b, newline, sink),
            Lex::HeadQuote(quote) => {
                self.push_head(b);
                if b == quote {
                    self.lex = Lex::Head;
                }
            }
            Lex::LineComment if newline => self.lex = Lex::Head,
            Lex::LineComment => {
                if self.note.len() < 64 {
                    self.note.push(b);
                    self.mysql |= self.note.ends_with(b"MySQL") || self.note.ends_with(b"MariaDB");
                }
            }
            Lex::Comment(true) if b == b'/' => self.lex = Lex::Head,
            Lex::Comment(_) => self.lex = Lex::Comment(b == b'*'),
            Lex::Rows => match b {
                b'(' => {
                    self.cells.clear();
                    self.value.clear();
                    self.quoted = false;
                    self.row_line = self.lines.line();
                    self.lines.now = Class::Record;
                    self.lex = Lex::Row;
                }
                b';' => self.lex = Lex::Head,
                // ON DUPLICATE KEY …, or the next statement where nothing ends this one
                b if b.is_ascii_alphabetic() => {
                    self.lex = Lex::Head;
                    self.head(b, newline, sink);
                }
                _ => {}
            },
            Lex::Row => match b {
                b'\'' => {
                    let escapes = self.mysql || matches!(self.last, b'E' | b'e');
                    self.value.clear();
                    self.quoted = true;
                    self.lex = Lex::Text {
                        escapes,
                        escaped: false,
                    };
                }
                b',' => self.cell(),
                b')' => {
                    self.cell();
                    self.row(sink);
                    self.lex = Lex::Rows;
                }
                b'(' => self.lex = Lex::Inner(1),
                _ if !self.quoted => self.keep(b),
                _ => {}
            },
            Lex::Inner(depth) => {
                self.keep(b);
                self.lex = match (b, depth) {
                    (b'(', d) => Lex::Inner(d.saturating_add(1)),
                    (b')', 1) => Lex::Row,
                    (b')', d) => Lex::Inner(d - 1),
                    (_, d) => Lex::Inner(d),
                };
            }
            Lex::Text { escapes, escaped } => {
                if escaped {
                    self.keep(match b {
                        b'n' => b'\n',
                        b't' => b'\t',
                        b => b,
                    });
                    self.lex = Lex::Text {
                        escapes,
                        escaped: false,
                    };
                } else if escapes && b == b'\\' {
                    self.lex = Lex::Text {
                        escapes,
                        escaped: true,
                    };
                } else if b == b'\'' {
                    self.lex = Lex::Quote { escapes };
                } else {
                    self.keep(b);
                }
            }
            Lex::Quote { escapes } => {
                if b == b'\'' {
                    self.keep(b);
                    self.lex = Lex::Text {
                        escapes,
                        escaped: false,
                    };
                } else {
                    self.lex = Lex::Row;
                    self.step(b, newline, sink);
                }
            }
            Lex::Copy => self.copy(b, newline, sink),
        }
    }

    fn keep(&mut self, b: u8) {
        if self.value.len() < MAX_VALUE {
            self.value.push(b);
        }
    }

    fn push_head(&mut self, b: u8) {
        if self.head.len() < MAX_HEAD {
            self.head
                .push(if b.is_ascii_whitespace() { b' ' } else { b });
        }
    }

    fn head(&mut self, b: u8, newline: bool, sink: &mut dyn Sink) {
        match b {
            // psql: \connect
            b'\\' if self.head.trim_ascii().is_empty() => {
                self.head.clear();
                self.note.clear();
                self.lex = Lex::LineComment;
            }
            b'\'' | b'"' | b'`' => {
                self.mysql |= b == b'`';
                self.push_head(b);
                self.lex = Lex::HeadQuote(b);
            }
            b'-' if self.last == b'-' => {
                self.head.pop();
                self.note.clear();
                self.lex = Lex::LineComment;
            }
            b'*' if self.last == b'/' => {
                self.head.pop();
                self.lex = Lex::Comment(false);
            }
            b';' => {
                let head = std::mem::take(&mut self.head);
                self.statement(&decode(&head), sink);
            }
            _ => self.push_head(b),
        }
        if newline && self.head.trim_ascii().eq_ignore_ascii_case(b"go") {
            self.head.clear();
        }
        // INSERT INTO t (a, b) VALUES
        let blank = newline || b.is_ascii_whitespace();
        if (blank || b == b'(') && self.lex == Lex::Head {
            let end = if b == b'(' {
                self.head.len().saturating_sub(1)
            } else {
                self.head.len()
            };
            let tail = self.head[..end].trim_ascii_end();
            let values = tail.len() >= 6 && tail[tail.len() - 6..].eq_ignore_ascii_case(b"values");
            if values
                && self.head.trim_ascii_start().get(..6).is_some_and(|w| {
                    w.eq_ignore_ascii_case(b"insert") || w.eq_ignore_ascii_case(b"replac")
                })
            {
                let head = std::mem::take(&mut self.head);
                let text = decode(&head[..end]);
                let into = text.to_lowercase().contains("into ");
                let (name, names) = table_and_columns(&text, if into { "into" } else { "insert" });
                self.open(name, names);
                self.lex = Lex::Rows;
                if b == b'(' {
                    self.row_line = self.lines.line();
                    self.lines.now = Class::Record;
                    self.cells.clear();
                    self.value.clear();
                    self.quoted = false;
                    self.lex = Lex::Row;
                }
            }
        }
    }

    /// A whole statement without rows of its own.
    fn statement(&mut self, text: &str, sink: &mut dyn Sink) {
        let text = text.trim();
        let mut words = text.split_whitespace().map(str::to_lowercase);
        match (words.next().as_deref(), words.next().as_deref()) {
            (Some("create"), Some("table" | "temporary" | "unlogged")) => {
                let (name, names) = table_and_columns(text, "table");
                self.open(name, names);
            }
            (Some("copy"), _) if text.to_lowercase().ends_with("from stdin") => {
                let (name, names) = table_and_columns(text, "copy");
                self.open(name, names);
                self.value.clear();
                self.lex = Lex::Copy;
            }
            (None, _) => {}
            (Some(word), second) if is_plain(word, second) => {}
            // UPDATE, MERGE, INSERT … SELECT or no SQL at all: may hold values
            _ => {
                self.lines.now = self.lines.now.max(Class::Rejected);
                sink.finding(Finding::new("G4K-674").at(self.lines.line()));
            }
        }
    }

    fn copy(&mut self, b: u8, newline: bool, sink: &mut dyn Sink) {
        if !newline {
            self.keep(b);
            return;
        }
        let line = std::mem::take(&mut self.value);
        if line.trim_ascii().is_empty() {
            return;
        }
        if line == b"\\." {
            self.lex = Lex::Head;
            return;
        }
        self.row_line = self.lines.line();
        self.lines.now = Class::Record;
        let text = decode(&line);
        self.cells = text
            .split('\t')
            .take(MAX_COLUMNS)
            .map(|c| {
                if c == "\\N" {
                    String::new()
                } else {
                    c.replace("\\t", "\t")
                        .replace("\\n", "\n")
                        .replace("\\\\", "\\")
                }
            })
            .collect();
        self.row(sink);
    }

    fn cell(&mut self) {
        let text = decode(&self.value).trim().to_owned();
        let null = !self.quoted && text.eq_ignore_ascii_case("null");
        if self.cells.len() < MAX_COLUMNS {
            self.cells.push(if null { String::new() } else { text });
        }
        self.value.clear();
        self.quoted = false;
    }

    /// The table of the rows that follow. Names that are given again replace those of CREATE TABLE.
    fn open(&mut self, name: String, names: Vec<String>) {
        self.table = name;
        if !names.is_empty() {
            let fits = self.tables.get(&self.table).is_some_and(|t| {
                t.named
                    && t.columns.all.len() == names.len()
                    && t.columns.all.iter().zip(&names).all(|(a, b)| a.name == *b)
            });
            if !fits && (self.tables.len() < MAX_TABLES || self.tables.contains_key(&self.table)) {
                let rows = self.tables.get(&self.table).map_or(0, |t| t.rows);
                let table = self.make(&names, true, rows);
                self.tables.insert(self.table.clone(), table);
            }
        }
    }

    fn make(&self, names: &[String], named: bool, rows: u64) -> Table {
        let knowledge = self.knowledge;
        let name = normalise(&self.table);
        let special = knowledge
            .dump_tables
            .iter()
            .find(|(w, _)| name.contains(w.as_str()));
        let mut people = People::of("dswin");
        let mut all = people.columns(knowledge, None, Guess::Yes, knowledge.dump_unknown, names);
        let known = all
            .iter()
            .filter(|c| matches!(c.meaning, Meaning::Element { .. }))
            .count();
        if let Some((_, element)) = special {
            for column in &mut all {
                if matches!(column.meaning, Meaning::Unknown { .. }) {
                    column.meaning = Meaning::Element {
                        element: *element,
                        unverified: true,
                    };
                }
            }
        }
        Table {
            expected: all.len(),
            columns: Columns { all },
            people,
            known: known + usize::from(special.is_some()),
            rows,
            named,
        }
    }

    fn row(&mut self, sink: &mut dyn Sink) {
        let cells = std::mem::take(&mut self.cells);
        if !self.tables.contains_key(&self.table) {
            // rows without names: every value counts
            let names: Vec<String> = (1..=cells.len()).map(|i| format!("column {i}")).collect();
            let table = self.make(&names, false, 0);
            if self.tables.len() >= MAX_TABLES {
                self.table = String::from("(further tables)");
            }
            self.tables.insert(self.table.clone(), table);
        }
        let line = self.row_line;
        if let Some(table) = self.tables.get_mut(&self.table) {
            if cells.len() != table.expected && table.named {
                let finding = Finding::new("G4K-671").at(line).with("found", cells.len());
                sink.finding(finding.with("expected", table.expected));
                self.lines.now = Class::Rejected;
            } else {
                while table.columns.all.len() < cells.len() {
                    table.columns.all.push(Column {
                        name: format!("column {}", table.columns.all.len() + 1),
                        meaning: Meaning::Unknown {
                            element: self.knowledge.dump_unknown,
                            seen: Default::default(),
                        },
                    });
                }
                table.rows += 1;
                let cells: Vec<Cow<'_, str>> =
                    cells.iter().map(|c| Cow::Borrowed(c.as_str())).collect();
                let mut values = Vec::with_capacity(cells.len());
                table.columns.values(&cells, &mut values);
                sink.record(&Record {
                    line,
                    day: None,
                    cluster: None,
                    values: &values,
                    origin: Origin::default(),
                });
                table.people.fact(line, &cells, sink);
            }
        }
        self.cells = cells;
        self.cells.clear();
    }
}

impl Reader for DumpReader<'_> {
    fn feed(&mut self, block: &[u8], sink: &mut dyn Sink) {
        block.iter().for_each(|b| self.byte(*b, sink));
    }

    fn finish(&mut self, growing: bool, sink: &mut dyn Sink) -> Account {
        let inside = !matches!(self.lex, Lex::Head | Lex::LineComment | Lex::Rows)
            || !self.head.trim_ascii().is_empty() && self.lex == Lex::Head;
        if self.lines.begun {
            if growing {
                self.lines.account.lines += 1;
                self.lines.account.pending += 1;
            } else {
                if self.lex == Lex::Copy {
                    self.copy(b'\n', true, sink);
                } else if inside && self.lines.now != Class::Noise {
                    self.lines.now = Class::Rejected;
                }
                self.lines.end(false);
            }
        }
        if inside && !growing {
            sink.finding(Finding::new("G4K-673").at(self.lines.line().saturating_sub(1).max(1)));
        }
        if self.lines.account.lines == 0 {
            sink.finding(Finding::new("G4K-305"));
        }
        let mut names: Vec<&String> = self.tables.keys().collect();
        names.sort();
        for name in names {
            let table = &self.tables[name];
            if table.rows == 0 {
                continue;
            }
            if table.known == 0 {
                let shown: String = name.chars().take(60).collect();
                let finding = Finding::new("G4K-672").with("table", Arg::declared(shown));
                sink.finding(
                    finding
                        .with("columns", table.expected)
                        .with("rows", table.rows),
                );
            } else {
                table.columns.report(Unmapped::Report, sink);
            }
        }
        self.lines.account
    }
}

/// Whether a statement builds the database or steers the import, and holds no value of a row.
fn is_plain(word: &str, second: Option<&str>) -> bool {
    let words = [
        "create",
        "drop",
        "alter",
        "set",
        "lock",
        "unlock",
        "use",
        "begin",
        "start",
        "commit",
        "rollback",
        "end",
        "comment",
        "grant",
        "revoke",
        "truncate",
        "analyze",
        "vacuum",
        "reindex",
        "delimiter",
        "go",
        "on",
        "returning",
        "database",
        "pragma",
    ];
    words.contains(&word)
        || (word == "update" && second == Some("statistics"))
        || (word == "select"
            && second.is_some_and(|s| s.starts_with("pg_catalog.") || s.starts_with("setval")))
}

/// The table behind a word, and the names in the brackets behind it.
fn table_and_columns(text: &str, word: &str) -> (String, Vec<String>) {
    let lower = text.to_lowercase();
    let Some(at) = lower
        .find(&format!("{word} "))
        .filter(|_| lower.len() == text.len())
    else {
        return (String::new(), Vec::new());
    };
    let rest = text[at + word.len()..].trim_start();
    let skip = ["if not exists ", "only "];
    let rest = skip.iter().fold(rest, |r, s| {
        if r.get(..s.len()).is_some_and(|h| h.eq_ignore_ascii_case(s)) {
            &r[s.len()..]
        } else {
            r
        }
    });
    let end = rest.find(['(', ' ']).unwrap_or(rest.len());
    let name = rest[..end].rsplit('.').next().unwrap_or_default();
    let name = name.trim_matches(['`', '"', '[', ']', '\'']).to_owned();
    let Some(open) = rest.find('(') else {
        return (name, Vec::new());
    };
    let mut names = Vec::new();
    let (mut depth, mut start) = (0usize, open + 1);
    for (i, c) in rest[open..].char_indices().map(|(i, c)| (open + i, c)) {
        match c {
            '(' => depth += 1,
            ')' | ',' if depth == 1 => {
                names.extend(column_name(&rest[start..i]));
                start = i + 1;
                if c == ')' {
                    break;
                }
            }
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    names.truncate(MAX_COLUMNS);
    (name, names)
}

/// The name of a column definition; none for a key or a constraint.
fn column_name(text: &str) -> Option<String> {
    let text = text.trim();
    let first = match text.chars().next()? {
        quote @ ('`' | '"') => text[1..].split(quote).next()?,
        '[' => text[1..].split(']').next()?,
        _ => text.split_whitespace().next()?,
    };
    let plain = !text.starts_with(['`', '"', '[']);
    let word = first.to_lowercase();
    let constraint = [
        "primary",
        "key",
        "unique",
        "constraint",
        "foreign",
        "index",
        "check",
        "fulltext",
        "exclude",
    ];
    (!(plain && text.contains(' ') && constraint.contains(&word.as_str())))
        .then(|| first.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Given, KNOWLEDGE, fixture};
    use proptest::prelude::*;

    fn read(bytes: &[u8]) -> Given {
        Given::read(DumpReader::new(&KNOWLEDGE), bytes)
    }

    #[test]
    fn fixtures_are_read_as_they_were() {
        for file in ["basic.sql", "postgres.sql", "dirty.sql", "empty.sql"] {
            let given = read(&fixture(&format!("sql/{file}")));
            assert!(given.account.closes());
            insta::assert_snapshot!(format!("sql_{file}"), given.summary());
        }
    }

    #[test]
    fn quotes_brackets_and_semicolons_in_a_text_are_text() {
        let given = read(b"INSERT INTO t (nachname, rufnummer, email) VALUES ('O''Hara; (x)', '2504', NULL),('K\xf6ch','2505','a@b.example');\n");
        assert_eq!(given.of("O4K-FLD-DSWIN-EMPLOYEE"), ["O'Hara; (x)", "Köch"]);
        assert_eq!(given.of("O4K-FLD-DSWIN-EMAIL"), ["a@b.example"]);
        assert_eq!(
            (
                given.account.records,
                given.account.lines,
                given.facts.len()
            ),
            (1, 1, 2)
        );
        let mysql = read(
            b"INSERT INTO `t` (`nachname`, `rufnummer`) VALUES\n('a\\'b','1'),\n('c\nd','2');\n",
        );
        assert_eq!(mysql.of("O4K-FLD-DSWIN-EMPLOYEE"), ["a'b", "c\nd"]);
        assert_eq!(
            (
                mysql.account.records,
                mysql.account.continuation,
                mysql.account.noise
            ),
            (2, 1, 1)
        );
    }

    #[test]
    fn what_is_neither_table_nor_rows_is_not_dropped_in_silence() {
        let given = read(
            b"SET x = 1;\nUPDATE p SET nachname = 'Koch'\n WHERE id = 1;\nno sql at all;\nINSERT INTO p SELECT * FROM q;\n",
        );
        let account = given.account;
        assert_eq!((account.lines, account.noise, account.rejected), (5, 2, 3));
        assert_eq!(
            given.codes(),
            [
                ("G4K-674", Some(3)),
                ("G4K-674", Some(4)),
                ("G4K-674", Some(5))
            ]
        );
    }

    #[test]
    fn statements_of_several_products_are_read() {
        for text in [
            "REPLACE INTO p (nachname, rufnummer) VALUES ('Koch','2504');\n",
            "\\connect d\nINSERT INTO p (nachname, rufnummer) VALUES ('Koch','2504') ON CONFLICT DO NOTHING;\n",
            "INSERT [dbo].[p] ([nachname], [rufnummer]) VALUES (N'Koch', N'2504')\nGO\nINSERT [dbo].[p] ([nachname], [rufnummer]) VALUES (N'Koch', N'2504')\nGO\n",
        ] {
            let given = read(text.as_bytes());
            let rows = given.account.records as usize;
            assert_eq!(
                given.of("O4K-FLD-DSWIN-EMPLOYEE"),
                vec!["Koch"; rows],
                "{text}"
            );
            assert_eq!(
                given.of("O4K-FLD-DSWIN-NUMBER"),
                vec!["2504"; rows],
                "{text}"
            );
            assert!(rows > 0 && given.account.rejected == 0, "{text}");
        }
    }

    #[test]
    fn comments_are_no_part_of_a_statement() {
        let given = read(b"-- MySQL dump\nCREATE TABLE p ( -- people\n `nachname` text, /* x; */ `rufnummer` text);\nINSERT INTO p VALUES ('Koch','2504');\n");
        assert_eq!(given.of("O4K-FLD-DSWIN-EMPLOYEE"), ["Koch"]);
        assert_eq!(given.of("O4K-FLD-DSWIN-NUMBER"), ["2504"]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_accounted_for(
            bytes in proptest::collection::vec(any::<u8>(), 0..300), headed: bool, size in 1usize..50, growing: bool,
        ) {
            let mut bytes = bytes;
            if headed {
                bytes.splice(0..0, *b"INSERT INTO t (name, email) VALUES ('");
            }
            let given = Given::read_in_blocks(DumpReader::new(&KNOWLEDGE), &bytes, size, growing);
            prop_assert!(given.account.closes());
        }

        #[test]
        fn any_statement_is_accounted_for(text in "(INSERT INTO t|COPY t \\(a\\) FROM stdin;|CREATE TABLE|\\(|\\)|'|,|;|VALUES|\n|\\\\\\.| |--|/\\*|\\*/){0,40}") {
            let given = read(text.as_bytes());
            prop_assert!(given.account.closes());
        }
    }
}
