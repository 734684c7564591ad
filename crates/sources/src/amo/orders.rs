//! The knowledge about AMO commands as data: orders, branch values, other words, meanings.

use serde::Deserialize;
use toml::Spanned;

/// One defect of a data file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, as it was named to [`Orders::parse`].
    pub path: String,
    /// Line, 1-based; 0 where the defect has no place.
    pub line: usize,
    /// What is wrong: found, expected.
    pub text: String,
}

/// What the data files say, checked entry by entry but not yet compiled for reading.
#[derive(Clone, Debug, Default)]
pub struct Orders {
    /// Positional orders, one per AMO, action, branch and condition.
    pub orders: Vec<Order>,
    /// Values that select a branch or form a closed set.
    pub branches: Vec<Branch>,
    /// Other words for verbs, AMO names, parameters and values.
    pub aliases: Vec<Alias>,
    /// What is known about whole AMOs.
    pub amos: Vec<Amo>,
    /// What single parameters mean.
    pub parameters: Vec<Placed<Parameter>>,
    /// Parameters that say nothing about a person.
    pub config: Vec<Config>,
}

/// An entry together with the place that it stands at.
#[derive(Clone, Debug)]
pub struct Placed<T> {
    /// The file.
    pub path: String,
    /// Line, 1-based.
    pub line: usize,
    /// The entry.
    pub entry: T,
}

/// How sure an order or a word is (amo-orders.toml, head).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// The vendor prints the whole list, or the positional form.
    VendorOverview,
    /// Seen in a real dump.
    RealDump,
    /// From the keywords of an example or a sister action: weak.
    Inferred,
    /// Only the first `sure` positions and those in `proven` are certain.
    Partial,
    /// Product knowledge without a source.
    Unconfirmed,
}

/// What a command does, in one word for every language and short form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Action {
    /// Create; also what a REGEN writes.
    Add,
    /// Change; attribute AMOs regenerate so.
    Change,
    /// Take away.
    Delete,
    /// Show.
    Display,
    /// Write as commands.
    Regenerate,
    /// Anything else (EXEC, RESTART ...).
    Other,
}

/// The order of the positions of one command form.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// AMO.
    pub amo: String,
    /// Action.
    pub action: Action,
    /// Value of the branch parameter; none where the AMO has no branch.
    #[serde(rename = "type")]
    pub branch: Option<String>,
    /// Name of the branch parameter; it may stand at any position.
    pub type_param: Option<String>,
    /// A second condition, `PARAM=VALUE`.
    pub when: Option<String>,
    /// Names by position; `?` exists but has no proven name.
    pub params: Vec<String>,
    /// Parameters that may be empty.
    #[serde(default)]
    pub optional: Vec<String>,
    /// Release of the page or dump.
    pub release: String,
    /// How sure.
    pub confidence: Confidence,
    /// For partial orders: positions below this are certain.
    pub sure: Option<usize>,
    /// For partial orders: single further positions that are certain.
    #[serde(default)]
    pub proven: Vec<usize>,
    /// Page or dump.
    pub source: String,
    /// Remark.
    #[serde(default)]
    pub note: String,
}

/// A closed set of values of a parameter.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Branch {
    /// AMO.
    pub amo: String,
    /// Parameter.
    pub param: String,
    /// Action of the page.
    pub action: Action,
    /// The values.
    pub values: Vec<String>,
    /// How sure.
    pub confidence: Confidence,
    /// Page.
    pub source: String,
}

/// Which kind of word an alias replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AliasKind {
    /// Verb; `means` is an [`Action`].
    Verb,
    /// AMO name.
    Noun,
    /// Parameter.
    Param,
    /// Value of a parameter.
    Value,
}

/// Another word for the same thing.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alias {
    /// `en`, `de` or `en-US`.
    pub lang: String,
    /// What kind of word.
    pub kind: AliasKind,
    /// AMO, or `*` for every AMO.
    pub amo: String,
    /// The word as it is written.
    pub alias: String,
    /// The word that it stands for.
    pub means: String,
    /// How sure.
    pub confidence: Confidence,
    /// Page.
    pub source: String,
    /// Remark.
    #[serde(default)]
    pub note: String,
}

/// Whether a whole export has an AMO (formats-amo.md, section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// Every customer base has it.
    Must,
    /// At least one AMO of this tier is there.
    AnyStation,
    /// At least one AMO of this tier is there.
    AnyTrunk,
    /// There where people are configured; its absence may be real.
    Expected,
    /// Depends on features in use.
    Conditional,
    /// Not part of a REGEN.
    Other,
}

/// The processor that holds the data of an AMO.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Switching unit.
    #[default]
    Swu,
    /// Administration data server: accounts, charging, logs.
    Ads,
}

/// What is known about a whole AMO.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amo {
    /// AMO.
    pub name: String,
    /// Place in a whole export.
    pub tier: Tier,
    /// Processor.
    #[serde(default)]
    pub side: Side,
    /// Element of numbers whose position is not known.
    pub number: Option<String>,
    /// Element of texts whose position is not known.
    pub text: Option<String>,
    /// The same for numbers, by the branch of the command.
    #[serde(default)]
    pub branch: std::collections::BTreeMap<String, String>,
}

/// The shape that a value must have to be what its position says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// Station number, list or range.
    Station,
    /// Dialled number of up to 22 digits, `*`, `#`.
    Destination,
    /// Other number.
    Digits,
    /// Port, `ltg-ltu-slot-cct`.
    Pen,
    /// Free text.
    Text,
    /// Name of a person.
    Name,
    /// Enumeration.
    Word,
    /// IP address.
    Ip,
    /// Never looked at.
    Secret,
    /// Not checked.
    Any,
}

/// What a parameter tells beyond its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The station exists.
    Station,
    /// Refers to a station.
    Refers,
    /// A range of the number plan.
    Range,
    /// The number of an attendant console.
    Attendant,
    /// The number of a hunt group.
    Pilot,
}

/// What parameters mean.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// AMOs, or `*`.
    pub amo: Vec<String>,
    /// Names.
    pub name: Vec<String>,
    /// Shape.
    pub form: Form,
    /// Element; none for parameters that are not about a person.
    pub element: Option<String>,
    /// Element of numbers with more than seven digits.
    pub outside: Option<String>,
    /// The parameter that decides the element.
    pub by: Option<String>,
    /// Elements by the value of that parameter.
    #[serde(default)]
    pub cases: std::collections::BTreeMap<String, String>,
    /// What it tells beyond its value.
    pub fact: Option<Role>,
    /// Whether outside numbers stand with the trunk access code.
    #[serde(default)]
    pub dialled: bool,
}

/// Parameters that say nothing about a person.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// AMOs, or `*`.
    pub amo: Vec<String>,
    /// Names.
    pub name: Vec<String>,
}

/// Entries as they come from the file, each checked on its own so that every defect is reported.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(default)]
    order: Vec<Spanned<toml::Value>>,
    #[serde(default)]
    branch: Vec<Spanned<toml::Value>>,
    #[serde(default)]
    alias: Vec<Spanned<toml::Value>>,
    #[serde(default)]
    amo: Vec<Spanned<toml::Value>>,
    #[serde(default)]
    parameter: Vec<Spanned<toml::Value>>,
    #[serde(default)]
    config: Vec<Spanned<toml::Value>>,
}

impl Orders {
    /// Reads data files, `(path, text)`; an entry of a later file replaces the same entry of an earlier one.
    ///
    /// # Errors
    /// Every defect of every file, with file and line.
    pub fn parse(files: &[(&str, &str)]) -> Result<Self, Vec<Problem>> {
        let mut all = Self::default();
        let mut problems = Vec::new();
        for (path, text) in files {
            let raw: Raw = match toml::from_str(text) {
                Ok(raw) => raw,
                Err(e) => {
                    let line = e.span().map_or(0, |s| line_at(text, s.start));
                    problems.push(Problem { path: (*path).into(), line, text: e.message().to_owned() });
                    continue;
                }
            };
            let mut file = File { path, text, problems: &mut problems };
            for order in file.entries::<Order>(raw.order) {
                if file.check(&order) {
                    let order = order.entry;
                    all.orders.retain(|o| o.key() != order.key());
                    all.orders.push(order);
                }
            }
            all.branches.extend(file.entries::<Branch>(raw.branch).map(|b| b.entry));
            for alias in file.entries::<Alias>(raw.alias) {
                let known = alias.entry.kind != AliasKind::Verb || action(&alias.entry.means).is_some();
                if known {
                    all.aliases.push(alias.entry);
                } else {
                    file.problem(alias.line, format!("action {:?} (expected ADD, CHANGE, DELETE, DISPLAY, REGENERATE or OTHER)", alias.entry.means));
                }
            }
            for amo in file.entries::<Amo>(raw.amo) {
                all.amos.retain(|a| a.name != amo.entry.name);
                all.amos.push(amo.entry);
            }
            for parameter in file.entries::<Parameter>(raw.parameter) {
                if parameter.entry.by.is_none() != parameter.entry.cases.is_empty() {
                    file.problem(parameter.line, "`by` or `cases` alone (expected both or none)".into());
                } else {
                    all.parameters.push(parameter);
                }
            }
            all.config.extend(file.entries::<Config>(raw.config).map(|c| c.entry));
        }
        if problems.is_empty() { Ok(all) } else { Err(problems) }
    }
}

impl Order {
    /// What makes an order the same as another.
    fn key(&self) -> (&str, Action, Option<&str>, Option<&str>) {
        (&self.amo, self.action, self.branch.as_deref(), self.when.as_deref())
    }
}

/// The action that a word of a data file names.
pub(crate) fn action(word: &str) -> Option<Action> {
    Some(match word {
        "ADD" => Action::Add,
        "CHANGE" => Action::Change,
        "DELETE" => Action::Delete,
        "DISPLAY" => Action::Display,
        "REGENERATE" => Action::Regenerate,
        "OTHER" => Action::Other,
        _ => return None,
    })
}

struct File<'a> {
    path: &'a str,
    text: &'a str,
    problems: &'a mut Vec<Problem>,
}

impl File<'_> {
    fn problem(&mut self, line: usize, text: String) {
        self.problems.push(Problem { path: self.path.to_owned(), line, text });
    }

    fn entries<T: for<'de> Deserialize<'de>>(&mut self, raw: Vec<Spanned<toml::Value>>) -> std::vec::IntoIter<Placed<T>> {
        let mut out = Vec::with_capacity(raw.len());
        for value in raw {
            let line = line_at(self.text, value.span().start);
            match value.into_inner().try_into::<T>() {
                Ok(entry) => out.push(Placed { path: self.path.to_owned(), line, entry }),
                Err(e) => self.problem(line, e.message().to_owned()),
            }
        }
        out.into_iter()
    }

    fn check(&mut self, order: &Placed<Order>) -> bool {
        let before = self.problems.len();
        let Placed { line, entry: o, .. } = order;
        if o.params.is_empty() {
            self.problem(*line, "no params (expected at least one)".into());
        }
        if o.branch.is_some() != o.type_param.is_some() {
            self.problem(*line, "`type` or `type_param` alone (expected both or none)".into());
        }
        for name in o.type_param.iter().chain(&o.optional).chain(o.when.iter()) {
            let name = name.split('=').next().unwrap_or(name);
            if !o.params.iter().any(|p| p == name) {
                self.problem(*line, format!("{name:?} is not one of the params"));
            }
        }
        if (o.confidence == Confidence::Partial) != o.sure.is_some() {
            self.problem(*line, "`sure` belongs to confidence \"partial\" and only to it".into());
        }
        if let Some(sure) = o.sure.filter(|s| *s > o.params.len()) {
            self.problem(*line, format!("sure = {sure} (expected at most {})", o.params.len()));
        }
        if let Some(p) = o.proven.iter().find(|p| **p >= o.params.len()) {
            self.problem(*line, format!("proven position {p} (expected less than {})", o.params.len()));
        }
        self.problems.len() == before
    }
}

/// The 1-based line of a byte offset.
fn line_at(text: &str, offset: usize) -> usize {
    1 + text.as_bytes().iter().take(offset).filter(|b| **b == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
[[order]]
amo = "X"
action = "ADD"
params = ["A", "?"]
release = "V10"
confidence = "partial"
sure = 1
source = "page"
"#;

    #[test]
    fn every_defect_is_reported_with_its_line() {
        let bad = r#"[[order]]
amo = "X"
action = "MAKE"
params = ["A"]
release = "V10"
confidence = "vendor-overview"
source = "page"

[[order]]
amo = "X"
action = "ADD"
params = ["A"]
optional = ["B"]
release = "V10"
confidence = "partial"
source = "page"

[[alias]]
lang = "de"
kind = "verb"
amo = "*"
alias = "TUN"
means = "DO"
confidence = "inferred"
source = "page"
"#;
        let problems = Orders::parse(&[("a.toml", GOOD), ("b.toml", bad), ("c.toml", "= 1")]).unwrap_err();
        let places: Vec<_> = problems.iter().map(|p| (p.path.as_str(), p.line)).collect();
        assert_eq!(places, [("b.toml", 1), ("b.toml", 9), ("b.toml", 9), ("b.toml", 18), ("c.toml", 1)], "{problems:#?}");
    }

    #[test]
    fn a_later_file_replaces_the_same_order() {
        let site = GOOD.replace("sure = 1", "sure = 2");
        let orders = Orders::parse(&[("a.toml", GOOD), ("site.toml", &site)]).unwrap();
        assert_eq!(orders.orders.len(), 1);
        assert_eq!(orders.orders[0].sure, Some(2));
    }
}
