//! Reading a site file: every problem at once, each with its line.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::de::{DeTable, DeValue};

use super::{Head, Node, Retention, Site, Source, SourceKind, keys, quarantine, state};
use crate::Lang;
use crate::catalogue::{Problem, Problems, first_line, line_of, read_every};
use crate::number::NumberPlan;

/// Reads and checks a site file.
pub(super) fn site(path: &str, text: &str) -> Result<Site, Problems> {
    Parser {
        path,
        text,
        problems: Vec::new(),
    }
    .site()
}

struct Parser<'a> {
    path: &'a str,
    text: &'a str,
    problems: Vec<Problem>,
}

/// A station number has at most this many digits.
const LONGEST_EXTENSION: u8 = 15;

/// A longer path pattern is no path of a site.
const LONGEST_PATTERN: usize = 1024;

const TABLES: [&str; 12] = [
    "site",
    "controller",
    "number_plan",
    "node",
    "protected",
    "accounts",
    "line",
    "event",
    "approvals",
    "source",
    "declared",
    "retention",
];

impl Parser<'_> {
    fn problem(&mut self, offset: usize, what: impl Into<String>, help: &str) {
        self.problems.push(Problem {
            path: self.path.to_owned(),
            line: line_of(self.text, offset),
            what: what.into(),
            help: help.to_owned(),
        });
    }

    fn site(mut self) -> Result<Site, Problems> {
        let mut tables: BTreeMap<String, Vec<toml::Spanned<DeValue<'_>>>> = BTreeMap::new();
        match DeTable::parse_recoverable(self.text) {
            (table, errors) if errors.is_empty() => {
                for (key, value) in table.into_inner() {
                    let name = key.get_ref().to_string();
                    if !TABLES.contains(&name.as_str()) {
                        self.problem(
                            key.span().start,
                            format!("[{name}] (expected one of {})", TABLES.join(", ")),
                            "correct the name of the table",
                        );
                    }
                    let span = value.span();
                    match value.into_inner() {
                        DeValue::Array(items) => tables.entry(name).or_default().extend(items),
                        other => tables
                            .entry(name)
                            .or_default()
                            .push(toml::Spanned::new(span, other)),
                    }
                }
            }
            (_, errors) => {
                for error in errors {
                    let at = error.span().map_or(0, |s| s.start);
                    self.problem(at, first_line(&error), "mend the TOML syntax");
                }
                self.problems.sort();
                return Err(Problems(self.problems));
            }
        }
        let offsets: BTreeMap<String, Vec<usize>> = tables
            .iter()
            .map(|(k, v)| (k.clone(), v.iter().map(|i| i.span().start).collect()))
            .collect();
        let pack_line = tables
            .get("site")
            .and_then(|all| all.first()?.get_ref().as_table())
            .and_then(|t| t.iter().find(|(k, _)| k.get_ref() == "pack"))
            .map_or(0, |(k, _)| line_of(self.text, k.span().start));
        let mut head: Option<Head> = self.one(&mut tables, "site");
        if let Some(head) = &mut head {
            head.pack_line = pack_line;
        }
        if head.is_none() && !offsets.contains_key("site") {
            self.problem(
                0,
                "[site] is missing",
                "add it with name, timezone and pack; gdpr4k init writes one",
            );
        }
        let mut nodes = vec![Node {
            id: String::new(),
            plan: self.one(&mut tables, "number_plan").unwrap_or_default(),
        }];
        for (i, node) in self
            .many::<NodeTable>(&mut tables, "node")
            .into_iter()
            .enumerate()
        {
            if nodes.iter().any(|n| n.id == node.id) {
                self.problem(
                    offsets["node"][i],
                    format!("node {:?} is there twice or has no id", node.id),
                    "give every node its own id",
                );
            }
            nodes.push(Node {
                id: node.id.clone(),
                plan: node.plan(&nodes[0].plan),
            });
        }
        let mut sources: Vec<(usize, Source)> = self.many_at(&mut tables, "source");
        for (at, source) in &mut sources {
            source.line = line_of(self.text, *at);
        }
        let mut retention: Retention = self.one(&mut tables, "retention").unwrap_or_default();
        let headers = self.text.lines().zip(1..);
        let headers = headers.filter(|(l, _)| l.trim_start().starts_with("[[retention.override]]"));
        for (entry, (_, line)) in retention.overrides.iter_mut().zip(headers) {
            entry.line = line;
        }
        let site = Site {
            controller: self.one(&mut tables, "controller").unwrap_or_default(),
            nodes,
            protected: self.one(&mut tables, "protected").unwrap_or_default(),
            accounts: self.one(&mut tables, "accounts").unwrap_or_default(),
            lines: self.many(&mut tables, "line"),
            events: self.many(&mut tables, "event"),
            approvals: self.one(&mut tables, "approvals").unwrap_or_default(),
            sources: sources.iter().map(|s| s.1.clone()).collect(),
            declared: self.many(&mut tables, "declared"),
            retention,
            head: head.unwrap_or_else(|| Head {
                name: String::new(),
                timezone: Tz::UTC,
                language: Lang::En,
                pack: String::new(),
                pack_line,
                state: state(),
                keys: keys(),
                quarantine: quarantine(),
                policy_reference: String::new(),
            }),
        };
        self.check(&site, &sources, &offsets);
        if self.problems.is_empty() {
            Ok(site)
        } else {
            self.problems.sort();
            Err(Problems(self.problems))
        }
    }

    fn check(
        &mut self,
        site: &Site,
        sources: &[(usize, Source)],
        offsets: &BTreeMap<String, Vec<usize>>,
    ) {
        let at = |table: &str, i: usize| {
            offsets
                .get(table)
                .and_then(|o| o.get(i))
                .copied()
                .unwrap_or(0)
        };
        let (keys, state) = (clean(&site.head.keys), clean(&site.head.state));
        if keys == state || keys.starts_with(&format!("{state}/")) {
            self.problem(at("site", 0), "the folder of keys lies inside the state folder (R-PSN-1: keep keys apart from the data)", "name another folder for keys");
        }
        for (place, source) in sources {
            let place = *place;
            if source.paths.is_empty() {
                self.problem(
                    place,
                    "a source without paths",
                    "add paths = [\"folder/*.txt\"]",
                );
            }
            for path in source.paths.iter().filter(|p| p.len() > LONGEST_PATTERN) {
                let what = format!(
                    "a path pattern of {} bytes (expected at most {LONGEST_PATTERN})",
                    path.len()
                );
                self.problem(place, what, "use several short patterns");
            }
            for path in &source.paths {
                if path.starts_with('/')
                    || path.split('/').any(|p| p == "..")
                    || path.contains('\\')
                {
                    self.problem(
                        place,
                        format!("path {path:?} leads out of the site folder"),
                        "use a path relative to site.toml, with /",
                    );
                }
            }
            if !site.nodes.iter().any(|n| n.id == source.node) {
                self.problem(
                    place,
                    format!("node {:?} is not declared", source.node),
                    "add a [[node]] with this id",
                );
            }
            if source.layout.is_some() && !matches!(source.kind, SourceKind::Cdr | SourceKind::Pm) {
                self.problem(
                    place,
                    format!(
                        "a layout for kind {} (layouts are for cdr and pm)",
                        source.kind.id()
                    ),
                    "use mapping = \"...\" instead",
                );
            }
            if source.kind == SourceKind::Cdr && source.layout.is_none() {
                self.problem(
                    place,
                    "call records without a layout",
                    "add layout = \"auto\", the name of a preset, or the path of a layout file",
                );
            }
        }
        for (i, node) in site.nodes.iter().enumerate() {
            let (table, i) = match i {
                0 => ("number_plan", 0),
                _ => ("node", i - 1),
            };
            let plan = &node.plan;
            for (key, value) in [
                ("country", &plan.country),
                ("area", &plan.area),
                ("main", &plan.main),
                ("trunk_prefix", &plan.trunk_prefix),
            ] {
                if !value.bytes().all(|b| b.is_ascii_digit()) {
                    self.problem(
                        at(table, i),
                        format!("{key} with a character that is no digit (expected digits only)"),
                        "write it without +, blanks and brackets, such as \"49\"",
                    );
                }
            }
            if plan.extension_length > LONGEST_EXTENSION {
                self.problem(
                    at(table, i),
                    format!(
                        "extension_length {} (expected at most {LONGEST_EXTENSION})",
                        plan.extension_length
                    ),
                    "write how many digits an extension has",
                );
            }
        }
        for (i, line) in site.lines.iter().enumerate() {
            let digits = |b: u8| b.is_ascii_digit() || matches!(b, b'*' | b'#');
            if line.number.is_empty() || !line.number.bytes().all(digits) {
                self.problem(
                    at("line", i),
                    "a number with a character that no key has (expected digits, * and #)",
                    "write the extension as it is dialled inside",
                );
            }
            if !site.nodes.iter().any(|n| n.id == line.node) {
                self.problem(
                    at("line", i),
                    format!("node {:?} is not declared", line.node),
                    "add a [[node]] with this id",
                );
            }
        }
        let retention = &site.retention;
        if !(retention.max_share > 0.0 && retention.max_share <= 1.0) {
            self.problem(
                at("retention", 0),
                format!(
                    "max_share {} (expected more than 0 and at most 1)",
                    retention.max_share
                ),
                "use a share such as 0.25",
            );
        }
        if retention.small_cell_k < 3 {
            self.problem(
                at("retention", 0),
                format!(
                    "small_cell_k {} (expected 3 or more)",
                    retention.small_cell_k
                ),
                "use 5, or 10 for figures that the whole works sees",
            );
        }
        if !(retention.dominance > 0.0 && retention.dominance <= 1.0) {
            self.problem(
                at("retention", 0),
                format!(
                    "dominance {} (expected more than 0 and at most 1)",
                    retention.dominance
                ),
                "use a share such as 0.85",
            );
        }
        if retention.approvals == 0 {
            self.problem(
                at("retention", 0),
                "approvals = 0 (expected at least 1)",
                "let one person sign each plan, or approve the policy with --standing",
            );
        }
    }

    fn one<T: DeserializeOwned>(&mut self, tables: &mut Tables<'_>, name: &str) -> Option<T> {
        let mut all = self.many(tables, name);
        all.pop()
    }

    fn many<T: DeserializeOwned>(&mut self, tables: &mut Tables<'_>, name: &str) -> Vec<T> {
        self.many_at(tables, name)
            .into_iter()
            .map(|(_, item)| item)
            .collect()
    }

    /// Every `[[table]]` of a name that is valid, with its offset; the others become problems.
    fn many_at<T: DeserializeOwned>(
        &mut self,
        tables: &mut Tables<'_>,
        name: &str,
    ) -> Vec<(usize, T)> {
        let mut out = Vec::new();
        for item in tables.remove(name).unwrap_or_default() {
            let start = item.span().start;
            let (value, faults) = read_every(item);
            for fault in faults {
                self.problem(
                    fault.at.unwrap_or(start),
                    format!("[{name}]: {}", fault.what),
                    "see gdpr4k init for every key with an example",
                );
            }
            out.extend(value.map(|value| (start, value)));
        }
        out
    }
}

type Tables<'a> = BTreeMap<String, Vec<toml::Spanned<DeValue<'a>>>>;

/// `[[node]]`: what it does not say is as in `[number_plan]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NodeTable {
    id: String,
    country: Option<String>,
    area: Option<String>,
    main: Option<String>,
    extension_length: Option<u8>,
    trunk_prefix: Option<String>,
}

impl NodeTable {
    fn plan(self, base: &NumberPlan) -> NumberPlan {
        NumberPlan {
            country: self.country.unwrap_or_else(|| base.country.clone()),
            area: self.area.unwrap_or_else(|| base.area.clone()),
            main: self.main.unwrap_or_default(),
            extension_length: self.extension_length.unwrap_or(base.extension_length),
            trunk_prefix: self
                .trunk_prefix
                .unwrap_or_else(|| base.trunk_prefix.clone()),
        }
    }
}

/// A path without detours, so that two ways of writing it compare equal.
fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|p| !p.is_empty() && *p != ".") {
        match (part, parts.last()) {
            ("..", Some(last)) if *last != ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::period::Period;
    use crate::site::Settle;

    #[test]
    fn a_small_site_is_read() {
        let site = Site::parse(
            "site.toml",
            r#"
[site]
name = "Beispiel GmbH"
timezone = "Europe/Berlin"
pack = "de-business-only"
[number_plan]
country = "49"
area = "30"
main = "23125"
[[node]]
id = "west"
area = "40"
extension_length = 3
[[source]]
kind = "cdr"
layout = "auto"
paths = ["cdr/**/*.txt"]
settle = "15m"
as_of = "2026-10-01"
[[retention.override]]
cluster = "call-detail-outgoing"
delete_after = "P2M"
"#,
        )
        .unwrap();
        assert_eq!(site.nodes.len(), 2);
        assert_eq!(site.sources[0].settle, Some(Settle { seconds: 900 }));
        assert_eq!(
            site.retention.overrides[0].delete_after,
            Some(Period::of_months(2))
        );
        assert_eq!(site.retention.overrides[0].line, 20);
    }

    #[test]
    fn every_problem_of_a_site_file_is_reported_at_once() {
        let problems = Site::parse(
            "site.toml",
            r#"
[site]
name = "x"
timezone = "Europe/Berlin"
pack = "p"
keys = "state/keys"
[sites]
[[source]]
kind = "cdr"
paths = ["../x"]
node = "south"
[[source]]
kind = "cdrs"
paths = []
[retention]
max_share = 7
small_cell_k = 2
dominance = 1.5
"#,
        )
        .unwrap_err();
        insta::assert_snapshot!(problems, @r#"
        site.toml:2 - the folder of keys lies inside the state folder (R-PSN-1: keep keys apart from the data) - name another folder for keys
        site.toml:7 - [sites] (expected one of site, controller, number_plan, node, protected, accounts, line, event, approvals, source, declared, retention) - correct the name of the table
        site.toml:8 - call records without a layout - add layout = "auto", the name of a preset, or the path of a layout file
        site.toml:8 - node "south" is not declared - add a [[node]] with this id
        site.toml:8 - path "../x" leads out of the site folder - use a path relative to site.toml, with /
        site.toml:13 - [source]: unknown variant `cdrs`, expected one of `amo-regen`, `amo-session`, `amo-logbk`, `xie`, `directory`, `cdr`, `pm`, `pm-report`, `call-journal`, `idtb`, `assistant-log`, `syslog`, `trace`, `ds-win`, `sql`, `ac-win`, `catool`, `backup`, `controls` - see gdpr4k init for every key with an example
        site.toml:15 - dominance 1.5 (expected more than 0 and at most 1) - use a share such as 0.85
        site.toml:15 - max_share 7 (expected more than 0 and at most 1) - use a share such as 0.25
        site.toml:15 - small_cell_k 2 (expected 3 or more) - use 5, or 10 for figures that the whole works sees
        "#);
    }
}
