//! Walking a TOML file so that every problem is found at once, each with its line.

use gdpr4k_model::catalogue::Problem;
use regex::bytes::{Regex, RegexBuilder};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Problems beyond this number are only counted.
const MOST: usize = 100;
const LONGEST_PATTERN: usize = 1_000;
const REGEX_MEMORY: usize = 1 << 18;

pub(super) type Value<'t> = Spanned<DeValue<'t>>;

/// A file while it is checked.
pub(super) struct Walk<'p> {
    path: &'p str,
    /// Offset of the start of every line.
    lines: Vec<usize>,
    problems: Vec<Problem>,
    more: usize,
}

impl<'p> Walk<'p> {
    pub(super) fn new(path: &'p str, text: &str) -> Self {
        let lines =
            std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|i| i + 1));
        Self {
            path,
            lines: lines.collect(),
            problems: Vec::new(),
            more: 0,
        }
    }

    /// Line of an offset, 1-based.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.lines.partition_point(|start| *start <= offset).max(1)
    }

    pub(super) fn problem(
        &mut self,
        line: usize,
        what: impl Into<String>,
        help: impl Into<String>,
    ) {
        if self.problems.len() >= MOST {
            self.more += 1;
            return;
        }
        let (what, help) = (what.into(), help.into());
        self.problems.push(Problem {
            path: self.path.to_owned(),
            line,
            what,
            help,
        });
    }

    pub(super) const fn clean(&self) -> bool {
        self.problems.is_empty()
    }

    pub(super) fn finish(mut self) -> Vec<Problem> {
        self.problems.sort_by_key(|p| p.line);
        if self.more > 0 {
            let what = format!("{} more problems are not shown", self.more);
            let (path, help) = (self.path.to_owned(), "mend these first".to_owned());
            self.problems.push(Problem {
                path,
                line: 1,
                what,
                help,
            });
        }
        self.problems
    }

    /// Reports keys that nobody reads.
    pub(super) fn known(&mut self, table: &DeTable<'_>, place: &str, known: &[&str]) {
        for (key, _) in table {
            let name: &str = key.get_ref();
            if !known.contains(&name) {
                let line = self.line(key.span().start);
                let shown: String = name.chars().take(40).collect();
                self.problem(
                    line,
                    format!(
                        "key {shown:?} in {place} (expected one of {})",
                        known.join(", ")
                    ),
                    "remove the key or mend its name",
                );
            }
        }
    }

    fn wrong(&mut self, value: &Value<'_>, key: &str, expected: &str) {
        let line = self.line(value.span().start);
        let found = match value.get_ref() {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "a number",
            DeValue::Float(_) => "a decimal number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.problem(
            line,
            format!("{key} is {found} (expected {expected})"),
            format!("write {key} as {expected}"),
        );
    }

    pub(super) fn string(&mut self, table: &DeTable<'_>, key: &str) -> Option<String> {
        let value = table.get(key)?;
        match value.get_ref() {
            DeValue::String(s) => Some(s.to_string()),
            _ => {
                self.wrong(value, key, "a string");
                None
            }
        }
    }

    pub(super) fn flag(&mut self, table: &DeTable<'_>, key: &str) -> Option<bool> {
        let value = table.get(key)?;
        match value.get_ref() {
            DeValue::Boolean(b) => Some(*b),
            _ => {
                self.wrong(value, key, "true or false");
                None
            }
        }
    }

    /// A whole number from `low` to `high`.
    pub(super) fn number(
        &mut self,
        table: &DeTable<'_>,
        key: &str,
        low: usize,
        high: usize,
    ) -> Option<usize> {
        let value = table.get(key)?;
        self.whole(value, key, low, high)
    }

    fn whole(&mut self, value: &Value<'_>, key: &str, low: usize, high: usize) -> Option<usize> {
        let expected = format!("a number from {low} to {high}");
        match value.get_ref() {
            DeValue::Integer(n) => {
                let n = usize::from_str_radix(n.as_str(), n.radix()).ok();
                if n.is_none_or(|n| n < low || n > high) {
                    let line = self.line(value.span().start);
                    self.problem(
                        line,
                        format!("{key} is out of range (expected {expected})"),
                        format!("mend {key}"),
                    );
                    return None;
                }
                n
            }
            _ => {
                self.wrong(value, key, &expected);
                None
            }
        }
    }

    /// A list of strings, with the line of each.
    pub(super) fn strings(&mut self, table: &DeTable<'_>, key: &str) -> Vec<(String, usize)> {
        let Some(value) = table.get(key) else {
            return Vec::new();
        };
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong(value, key, "a list of strings");
            return Vec::new();
        };
        let mut out = Vec::new();
        for item in items {
            match item.get_ref() {
                DeValue::String(s) => out.push((s.to_string(), self.line(item.span().start))),
                _ => self.wrong(item, key, "a list of strings"),
            }
        }
        out
    }

    /// One number or a list of numbers.
    pub(super) fn numbers(
        &mut self,
        table: &DeTable<'_>,
        key: &str,
        low: usize,
        high: usize,
    ) -> Option<Vec<usize>> {
        let value = table.get(key)?;
        match value.get_ref() {
            DeValue::Array(items) => {
                let mut out = Vec::new();
                for item in items.iter().take(10_000) {
                    out.push(self.whole(item, key, low, high)?);
                }
                Some(out)
            }
            _ => Some(vec![self.whole(value, key, low, high)?]),
        }
    }

    /// A first and last position, 1-based and inclusive, as a half-open 0-based range.
    pub(super) fn range(
        &mut self,
        table: &DeTable<'_>,
        key: &str,
        high: usize,
    ) -> Option<(usize, usize)> {
        let list = self.numbers(table, key, 1, high)?;
        match list.as_slice() {
            [one] => Some((one - 1, *one)),
            [from, to] if from <= to => Some((from - 1, *to)),
            _ => {
                let line = table.get(key).map_or(1, |v| self.line(v.span().start));
                self.problem(
                    line,
                    format!("{key} is no range (expected [first, last])"),
                    "write first and last position, counted from 1",
                );
                None
            }
        }
    }

    pub(super) fn table<'t>(
        &mut self,
        table: &'t DeTable<'t>,
        key: &str,
    ) -> Option<&'t DeTable<'t>> {
        let value = table.get(key)?;
        match value.get_ref() {
            DeValue::Table(t) => Some(t),
            _ => {
                self.wrong(value, key, "a table");
                None
            }
        }
    }

    /// A list of tables, with the line of each.
    pub(super) fn tables<'t>(
        &mut self,
        table: &'t DeTable<'t>,
        key: &str,
    ) -> Vec<(&'t DeTable<'t>, usize)> {
        let Some(value) = table.get(key) else {
            return Vec::new();
        };
        let expected = format!("one or more [[{key}]]");
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong(value, key, &expected);
            return Vec::new();
        };
        let mut out = Vec::new();
        for item in items {
            match item.get_ref() {
                DeValue::Table(t) => out.push((t, self.line(item.span().start))),
                _ => self.wrong(item, key, &expected),
            }
        }
        out
    }

    /// One word of a closed list.
    pub(super) fn word<T: Copy>(
        &mut self,
        table: &DeTable<'_>,
        key: &str,
        names: &[(&str, T)],
    ) -> Option<T> {
        let text = self.string(table, key)?;
        let found = names
            .iter()
            .find(|(n, _)| *n == text && !n.is_empty())
            .map(|(_, t)| *t);
        if found.is_none() {
            let line = table.get(key).map_or(1, |v| self.line(v.span().start));
            let names: Vec<&str> = names
                .iter()
                .map(|(n, _)| *n)
                .filter(|n| !n.is_empty())
                .collect();
            let shown: String = text.chars().take(40).collect();
            self.problem(
                line,
                format!("{key} {shown:?} (expected {})", names.join(", ")),
                format!("choose one of the words for {key}"),
            );
        }
        found
    }

    /// One byte; `\t` is a tab.
    pub(super) fn byte(&mut self, table: &DeTable<'_>, key: &str) -> Option<u8> {
        let text = self.string(table, key)?;
        match text.as_bytes() {
            [b] if b.is_ascii() => Some(*b),
            _ => {
                let line = table.get(key).map_or(1, |v| self.line(v.span().start));
                self.problem(
                    line,
                    format!(
                        "{key} has {} bytes (expected one ASCII character)",
                        text.len()
                    ),
                    format!("write {key} as one character"),
                );
                None
            }
        }
    }

    /// A regular expression over bytes, bounded in size.
    pub(super) fn regex(&mut self, pattern: &str, line: usize) -> Option<Regex> {
        if pattern.len() > LONGEST_PATTERN {
            self.problem(
                line,
                format!(
                    "pattern of {} bytes (expected at most {LONGEST_PATTERN})",
                    pattern.len()
                ),
                "write a shorter pattern",
            );
            return None;
        }
        let built = RegexBuilder::new(pattern)
            .unicode(false)
            .size_limit(REGEX_MEMORY)
            .dfa_size_limit(REGEX_MEMORY)
            .nest_limit(20)
            .build();
        match built {
            Ok(regex) => Some(regex),
            Err(regex::Error::CompiledTooBig(_)) => {
                self.problem(
                    line,
                    "pattern grows too big (expected at most 256 KiB when made ready)",
                    "avoid large repeats",
                );
                None
            }
            Err(_) => {
                self.problem(
                    line,
                    "pattern is not a regular expression (expected Rust regex syntax)",
                    "mend the pattern; escape . | ( ) [ ] with a backslash",
                );
                None
            }
        }
    }
}
