//! The site file `site.toml`: what the controller says about the site.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use toml::de::{DeTable, DeValue, ValueDeserializer};

use crate::Lang;
use crate::catalogue::{Problem, Problems, first_line, line_of, words};
use crate::number::{NumberPlan, NumberPlans};
use crate::period::Period;

/// A site, as its file describes it. Paths are relative to the folder of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// Name, time zone, folders.
    pub head: Head,
    /// Art. 30(1)(a).
    pub controller: Controller,
    /// Number plans: the default node first, then those of `[[node]]`.
    pub nodes: Vec<Node>,
    /// Protected numbers.
    pub protected: Protected,
    /// Accounts that are not persons.
    pub accounts: Accounts,
    /// Lines that are not one person's.
    pub lines: Vec<Line>,
    /// Files with start events.
    pub events: Vec<EventFile>,
    /// Who signs.
    pub approvals: Approvals,
    /// Sources, in the order of the file.
    pub sources: Vec<Source>,
    /// Declared holders.
    pub declared: Vec<Declared>,
    /// Limits and overrides of retention.
    pub retention: Retention,
}

/// `[site]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Name of the site, as documents print it.
    pub name: String,
    /// IANA time zone; days of this tool are days of this zone.
    pub timezone: Tz,
    /// Default language of documents.
    #[serde(default)]
    pub language: Lang,
    /// Id of the legal pack.
    pub pack: String,
    /// Folder of the state database and the ledger.
    #[serde(default = "state")]
    pub state: String,
    /// Folder of keys; must not lie inside `state`.
    #[serde(default = "keys")]
    pub keys: String,
    /// Folder of damaged lines.
    #[serde(default = "quarantine")]
    pub quarantine: String,
    /// Reference of the written policy or works agreement on the use of the telephone system (R-PACK-2).
    #[serde(default)]
    pub policy_reference: String,
}

fn state() -> String {
    "state".to_owned()
}

fn keys() -> String {
    "keys".to_owned()
}

fn quarantine() -> String {
    "quarantine".to_owned()
}

/// `[controller]`: empty fields are reported as incomplete.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Controller {
    /// Name of the controller.
    pub name: String,
    /// Contact.
    pub contact: String,
    /// Postal address.
    pub address: String,
    /// Representative in the Union, where there is one.
    pub representative: String,
    /// Data protection officer.
    pub dpo: String,
}

/// A node of the telephone network with its number plan; the default node has the id `""`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Id, as sources name it.
    pub id: String,
    /// Its numbers.
    pub plan: NumberPlan,
}

/// `[protected]`: works council, company doctor, counselling.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Protected {
    /// Numbers in any notation.
    pub numbers: Vec<String>,
    /// A file with one number per line (first column).
    pub file: Option<String>,
}

/// `[accounts]`
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Accounts {
    /// Service accounts: not persons.
    pub non_personal: Vec<String>,
}

words! {
    /// What kind of line a number is, if it is not one person's.
    LineType {
        /// Several persons use it.
        Shared = "shared",
        /// Whoever sits there.
        HotDesk = "hot-desk",
        /// A function: reception, lift, door.
        Function = "function",
        /// An attendant console.
        Attendant = "attendant",
    }
}

/// `[[line]]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The number.
    pub number: String,
    /// Its type.
    #[serde(rename = "type")]
    pub line_type: LineType,
    /// The node, where it is not the default one.
    #[serde(default)]
    pub node: String,
}

/// `[[event]]`: a CSV file `event,key,date`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventFile {
    /// Path.
    pub file: String,
}

/// `[approvals]`
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Approvals {
    /// File in OpenSSH `allowed_signers` format.
    pub signers: Option<String>,
}

words! {
    /// The kind of a source: which reader takes its files.
    SourceKind {
        /// AMO REGEN text export.
        AmoRegen = "amo-regen",
        /// Terminal captures and macros.
        AmoSession = "amo-session",
        /// LOGBK captures.
        AmoLogbk = "amo-logbk",
        /// XIE table exports.
        Xie = "xie",
        /// Any person table, through a mapping.
        Directory = "directory",
        /// Call records.
        Cdr = "cdr",
        /// Performance management records.
        Pm = "pm",
        /// Performance management reports.
        PmReport = "pm-report",
        /// Call journals.
        CallJournal = "call-journal",
        /// iDTB zip export.
        Idtb = "idtb",
        /// Assistant activity, error and logbook exports.
        AssistantLog = "assistant-log",
        /// Syslog.
        Syslog = "syslog",
        /// Traces.
        Trace = "trace",
        /// DS-Win text export.
        DsWin = "ds-win",
        /// Live database, read only.
        Sql = "sql",
        /// AC-Win folder.
        AcWin = "ac-win",
        /// CATool export.
        Catool = "catool",
        /// Backup sets, opaque.
        Backup = "backup",
        /// Answers to the security checklist.
        Controls = "controls",
    }
}

words! {
    /// What call records are kept for.
    Purpose {
        /// Cost accounting.
        Accounting = "accounting",
        /// Performance management.
        Performance = "performance",
    }
}

/// The date of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum AsOf {
    /// In the name of the file, else its modification time.
    #[default]
    FileName,
    /// Modification time.
    Mtime,
    /// A fixed day.
    Day(chrono::NaiveDate),
}

impl<'de> Deserialize<'de> for AsOf {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        match text.as_str() {
            "file-name" => Ok(Self::FileName),
            "mtime" => Ok(Self::Mtime),
            day => day.parse().map(Self::Day).map_err(|_| {
                serde::de::Error::custom(format!(
                    "as_of {day:?} (expected file-name, mtime or a day such as 2026-10-01)"
                ))
            }),
        }
    }
}

/// `[[source]]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Which reader.
    pub kind: SourceKind,
    /// Globs, relative to the site folder.
    pub paths: Vec<String>,
    /// Layout file, name of a preset, or `auto`.
    #[serde(default)]
    pub layout: Option<String>,
    /// Mapping file.
    #[serde(default)]
    pub mapping: Option<String>,
    /// Node that the numbers belong to.
    #[serde(default)]
    pub node: String,
    /// Date of a snapshot.
    #[serde(default)]
    pub as_of: AsOf,
    /// What call records are kept for.
    #[serde(default = "accounting")]
    pub purpose: Purpose,
    /// Whether retention may rewrite or delete the files.
    #[serde(default)]
    pub writable: bool,
    /// Files that changed more recently are still being written.
    #[serde(default)]
    pub settle: Option<Settle>,
    /// Release that the journal limits follow.
    #[serde(default)]
    pub journal_release: Option<String>,
}

const fn accounting() -> Purpose {
    Purpose::Accounting
}

/// A short time span: `90s`, `15m`, `2h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settle {
    /// Seconds.
    pub seconds: u64,
}

impl<'de> Deserialize<'de> for Settle {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        let unit = |u: char| match u {
            's' => Some(1),
            'm' => Some(60),
            'h' => Some(3600),
            _ => None,
        };
        let mut chars = text.chars();
        chars
            .next_back()
            .and_then(unit)
            .and_then(|unit| {
                Some(Self {
                    seconds: chars.as_str().parse::<u64>().ok()?.checked_mul(unit)?,
                })
            })
            .ok_or_else(|| {
                serde::de::Error::custom(format!(
                    "settle {text:?} (expected a span such as 90s, 15m or 2h)"
                ))
            })
    }
}

/// `[[declared]]`: a holder that nobody can export, confirmed by a person.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declared {
    /// Id of a system of the catalogue.
    pub system: String,
    /// Whether the site has it.
    pub present: bool,
    /// Remark.
    #[serde(default)]
    pub note: String,
}

/// `[retention]`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// A run that would touch more than this share of a cluster is refused.
    pub max_share: f64,
    /// A run that would touch more than this many records of a cluster is refused.
    pub max_count: Option<u64>,
    /// Signatures a plan needs.
    pub approvals: u8,
    /// Overrides of the pack.
    #[serde(rename = "override")]
    pub overrides: Vec<Override>,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            max_share: 0.25,
            max_count: None,
            approvals: 1,
            overrides: Vec::new(),
        }
    }
}

/// `[[retention.override]]`: stricter than the pack is free; longer needs a justification.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// The cluster.
    pub cluster: String,
    /// Period to deletion.
    #[serde(default)]
    pub delete_after: Option<Period>,
    /// Start event.
    #[serde(default)]
    pub starts_with: Option<String>,
    /// Steps before deletion.
    #[serde(default)]
    pub stages: Option<Vec<crate::catalogue::Stage>>,
    /// Whether the period counts from the end of the calendar year; absent: as in the pack.
    #[serde(default)]
    pub from_year_end: Option<bool>,
    /// Another period of the fallback, from the fallback event of the pack.
    #[serde(default)]
    pub fallback: Option<Period>,
    /// Why longer than the pack.
    #[serde(default)]
    pub justification: Option<String>,
    /// Line of the entry in the site file, 1-based; 0 where it is not known.
    #[serde(skip)]
    pub line: usize,
}

impl Site {
    /// Reads and checks a site file; `path` stands in messages.
    ///
    /// # Errors
    /// Every problem at once.
    pub fn parse(path: &str, text: &str) -> Result<Self, Problems> {
        Parser {
            path,
            text,
            problems: Vec::new(),
        }
        .site()
    }

    /// The number plans, in the order of [`Site::nodes`].
    pub fn plans(&self) -> NumberPlans {
        NumberPlans::new(self.nodes.iter().map(|n| n.plan.clone()))
    }

    /// The index of a node; the default node where the id is not known.
    pub fn node(&self, id: &str) -> u8 {
        self.nodes.iter().position(|n| n.id == id).unwrap_or(0) as u8
    }
}

struct Parser<'a> {
    path: &'a str,
    text: &'a str,
    problems: Vec<Problem>,
}

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
        match DeTable::parse(self.text) {
            Ok(table) => {
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
            Err(error) => {
                let at = error.span().map_or(0, |s| s.start);
                self.problem(at, first_line(&error), "mend the TOML syntax");
                return Err(Problems(self.problems));
            }
        }
        let offsets: BTreeMap<String, Vec<usize>> = tables
            .iter()
            .map(|(k, v)| (k.clone(), v.iter().map(|i| i.span().start).collect()))
            .collect();
        let head: Option<Head> = self.one(&mut tables, "site");
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
        let sources: Vec<(usize, Source)> = self.many_at(&mut tables, "source");
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
        for (i, line) in site.lines.iter().enumerate() {
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
            match T::deserialize(ValueDeserializer::from(item)) {
                Ok(value) => out.push((start, value)),
                Err(error) => {
                    let at = error.span().map_or(start, |s| s.start);
                    self.problem(
                        at,
                        format!("[{name}]: {}", first_line(&error)),
                        "see gdpr4k init for every key with an example",
                    );
                }
            }
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
        site.toml:15 - max_share 7 (expected more than 0 and at most 1) - use a share such as 0.25
        "#);
    }
}
