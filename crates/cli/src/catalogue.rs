//! `gdpr4k catalogue`

use std::path::Path;

use gdpr4k_model::catalogue::{Catalogue as Knowledge, Entry, Table};
use serde::Serialize;

use crate::args::{Catalogue, CatalogueCommand, Common, Format};
use crate::output::{Exit, Failure, say, say_json, table};

pub(crate) fn run(common: &Common, args: &Catalogue) -> Result<Exit, Failure> {
    match &args.command {
        CatalogueCommand::List { table } => list(common, table.as_deref()),
        CatalogueCommand::Show { id } => show(common, id),
        CatalogueCommand::Check { dir } => check(dir.as_deref()),
    }
}

#[derive(Serialize)]
struct Listed<'a> {
    id: &'a str,
    table: &'a str,
    documents: &'a [String],
    #[serde(flatten)]
    entry: &'a Entry,
}

#[derive(Serialize)]
struct List<'a> {
    entries: Vec<Listed<'a>>,
}

fn list(common: &Common, only: Option<&str>) -> Result<Exit, Failure> {
    let knowledge = Knowledge::builtin();
    if let Some(name) = only
        && !Table::ALL.iter().any(|t| t.name() == name)
    {
        let names: Vec<&str> = Table::ALL.iter().map(|t| t.name()).collect();
        return Err(Failure::usage(format!(
            "table {name:?} - (expected one of {}) - correct the name",
            names.join(", ")
        )));
    }
    let entries: Vec<&Entry> = knowledge
        .entries()
        .iter()
        .filter(|e| only.is_none_or(|t| e.table().name() == t))
        .collect();
    match common.format {
        Format::Json => {
            let entries = entries
                .into_iter()
                .map(|e| Listed {
                    id: e.id(),
                    table: e.table().name(),
                    documents: e.documents(),
                    entry: e,
                })
                .collect();
            say_json("catalogue", &List { entries })?;
        }
        Format::Text => {
            let rows: Vec<Vec<String>> = entries
                .iter()
                .map(|e| {
                    vec![
                        e.id().to_owned(),
                        e.table().name().to_owned(),
                        short(title(e)),
                    ]
                })
                .collect();
            say(&table(&["id", "table", "what"], &rows, &[]))?;
            say(&format!(
                "\n{} entries\nnext: gdpr4k catalogue show ID",
                rows.len()
            ))?;
        }
    }
    Ok(Exit::Done)
}

fn short(text: &str) -> String {
    if text.chars().count() <= 48 {
        return text.to_owned();
    }
    text.chars().take(47).chain(['…']).collect()
}

/// The text that names an entry.
fn title(entry: &Entry) -> &str {
    match entry {
        Entry::Document(e) => &e.title,
        Entry::System(e) => &e.name.en,
        Entry::Store(e) => &e.what.en,
        Entry::Field(e) => &e.name.en,
        Entry::Flow(e) => &e.data.en,
        Entry::Use(e) => &e.purpose.en,
        Entry::Export(e) => &e.what.en,
        Entry::Backup(e) => &e.how.en,
        Entry::Retention(e) => &e.rule.en,
        Entry::Measure(e) => &e.title.en,
        Entry::PasswordRule(e) => &e.rule.en,
        Entry::DefaultAccount(e) => &e.account,
        Entry::Port(e) => &e.purpose.en,
        Entry::Requirement(e) => &e.text.en,
    }
}

#[derive(Serialize)]
struct Shown<'a> {
    table: &'a str,
    #[serde(flatten)]
    entry: &'a Entry,
}

fn show(common: &Common, id: &str) -> Result<Exit, Failure> {
    let knowledge = Knowledge::builtin();
    let Some(entry) = knowledge.entry(id) else {
        return Err(Failure::usage(format!(
            "{id:?} - no entry of the catalogue has this id - see gdpr4k catalogue list"
        )));
    };
    let shown = Shown {
        table: entry.table().name(),
        entry,
    };
    match common.format {
        Format::Json => say_json("catalogue-entry", &shown)?,
        Format::Text => {
            let mut value = serde_json::to_value(&shown).map_err(Failure::environment)?;
            for key in undocumented(entry) {
                value[key] = "not documented".into();
            }
            let mut lines = Vec::new();
            lay_out(&value, "", &mut lines);
            say(&lines.join("\n"))?;
            let documents: Vec<String> = entry
                .documents()
                .iter()
                .filter_map(|d| match knowledge.entry(d) {
                    Some(Entry::Document(d)) => {
                        Some(format!("{}, version {}, {}", d.title, d.version, d.date))
                    }
                    _ => None,
                })
                .collect();
            for document in documents {
                say(&format!("source         {document}"))?;
            }
        }
    }
    Ok(Exit::Done)
}

/// What the documents leave open about an entry: a gap is shown and not filled.
fn undocumented(entry: &Entry) -> Vec<&'static str> {
    let (port, address, encryption) = match entry {
        Entry::Port(e) => (
            e.port.is_none(),
            e.address.is_none(),
            e.encryption.is_none(),
        ),
        Entry::Flow(e) => (e.port.is_none(), false, e.encryption.is_none()),
        _ => return Vec::new(),
    };
    [
        ("port", port),
        ("address", address),
        ("encryption", encryption),
    ]
    .into_iter()
    .filter(|(_, gap)| *gap)
    .map(|(key, _)| key)
    .collect()
}

/// A JSON value as aligned lines: `key  value`.
fn lay_out(value: &serde_json::Value, prefix: &str, lines: &mut Vec<String>) {
    use serde_json::Value;
    let Value::Object(map) = value else { return };
    for (key, value) in map {
        let name = format!("{prefix}{key}");
        match value {
            Value::Object(_) => lay_out(value, &format!("{name} "), lines),
            Value::Array(items) if items.is_empty() => {}
            Value::Array(items) => {
                for item in items {
                    lines.push(format!("{name:<14} {}", plain(item)));
                }
            }
            _ => lines.push(format!("{name:<14} {}", plain(value))),
        }
    }
}

fn plain(value: &serde_json::Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn check(dir: Option<&Path>) -> Result<Exit, Failure> {
    let Some(dir) = dir else {
        let knowledge = Knowledge::builtin();
        say(&format!(
            "the built-in catalogue is valid: {} entries, {} clusters, {} packs, {} finding codes\ndigest {}",
            knowledge.entries().len(),
            knowledge.clusters().len(),
            knowledge.packs().len(),
            knowledge.findings().len(),
            knowledge.digest()
        ))?;
        return Ok(Exit::Done);
    };
    let files = gdpr4k_store::files::read_toml_tree(dir)?;
    let borrowed: Vec<(&str, &str)> = files
        .iter()
        .map(|(p, t)| (p.as_str(), t.as_str()))
        .collect();
    let knowledge = Knowledge::load(&borrowed)?;
    say(&format!(
        "{} is valid: {} entries\ndigest {}",
        dir.display(),
        knowledge.entries().len(),
        knowledge.digest()
    ))?;
    Ok(Exit::Done)
}
