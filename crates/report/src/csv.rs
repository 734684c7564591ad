//! CSV documents: RFC 4180, UTF-8, ISO days, safe against formula injection.

use chrono::NaiveDate;
use gdpr4k_model::inventory::Counted;

use crate::map::{DataKind, ElementRow, Named};
use crate::{DataMap, Error, Lang};

/// `data-map.csv`: one row per data kind and kind of value; a data kind that was not found has one row without a value.
///
/// # Errors
/// Only a defect of gdpr4k.
pub fn data_map(map: &DataMap, lang: Lang) -> Result<String, Error> {
    let mut table = Table::new(&[
        "cluster",
        "cluster_name",
        "status",
        "systems",
        "places",
        "element",
        "element_name",
        "category",
        "subject",
        "secret",
        "values",
        "distinct",
        "distinct_estimated",
        "element_oldest",
        "element_newest",
        "source_kinds",
        "purposes",
        "legal_basis_proposal",
        "collected_from",
        "recipients",
        "protection",
        "rule",
        "starts_with",
        "delete_after",
        "rule_source",
        "legal_ref",
        "mark",
        "justification",
        "judged_by_fallback",
        "records",
        "undated",
        "oldest",
        "newest",
        "kept_from",
        "days_left",
        "overdue_days",
        "overdue_records",
        "declared_stores",
        "copies",
        "last_scan",
    ])?;
    for kind in &map.kinds {
        if kind.found.elements.is_empty() {
            table.row(&data_map_row(map, kind, None, lang))?;
        }
        for element in &kind.found.elements {
            table.row(&data_map_row(map, kind, Some(element), lang))?;
        }
    }
    table.finish()
}

fn data_map_row(
    map: &DataMap,
    kind: &DataKind,
    element: Option<&ElementRow>,
    lang: Lang,
) -> Vec<String> {
    let rule = kind.rule.as_ref();
    let of = |get: fn(&ElementRow) -> String| element.map(get).unwrap_or_default();
    let time = &kind.time;
    vec![
        kind.id.clone(),
        kind.name.get(lang).to_owned(),
        kind.status.id().to_owned(),
        names(&kind.found.systems, lang),
        list(kind.found.places.iter().map(|p| p.folder.as_str())),
        of(|e| e.id.clone()),
        element.map_or_else(String::new, |e| e.name.get(lang).to_owned()),
        of(|e| e.category.id.clone()),
        of(|e| e.subject.id.clone()),
        of(|e| e.secret.to_string()),
        of(|e| e.records.to_string()),
        of(|e| e.distinct.to_string()),
        of(|e| e.distinct_estimated.to_string()),
        of(|e| day(e.oldest)),
        of(|e| day(e.newest)),
        of(|e| counts(&e.kinds)),
        names(&kind.purposes, lang),
        kind.legal_basis.get(lang).to_owned(),
        kind.collected_from.get(lang).to_owned(),
        names(&kind.recipients, lang),
        kind.protection.id.clone(),
        rule.map_or_else(String::new, |r| r.sentence.get(lang).to_owned()),
        rule.map_or_else(String::new, |r| r.starts_with.id.clone()),
        rule.map_or_else(String::new, |r| r.delete_after.clone()),
        rule.map_or_else(String::new, |r| r.source.clone()),
        rule.map_or_else(String::new, |r| r.legal_ref.clone()),
        rule.map_or_else(String::new, |r| r.mark.clone()),
        rule.map_or_else(String::new, |r| r.justification.clone()),
        rule.map_or_else(String::new, |r| r.judged_by_fallback.to_string()),
        time.records.to_string(),
        time.undated.to_string(),
        day(time.oldest),
        day(time.newest),
        day(time.kept_from),
        number(time.overdue_days.map(|d| (-d).max(0))),
        number(time.overdue_days.map(|d| d.max(0))),
        number(time.overdue_records),
        list(kind.declared.stores.iter().map(|s| s.what.get(lang))),
        list(kind.copies.iter().map(|c| c.what.get(lang))),
        map.head.scanned_at.clone(),
    ]
}

/// `files.csv`: one row per file with its line account.
///
/// # Errors
/// Only a defect of gdpr4k.
pub fn files(map: &DataMap) -> Result<String, Error> {
    let mut table = Table::new(&[
        "path",
        "kind",
        "layout",
        "purpose",
        "node",
        "bytes",
        "lines",
        "records",
        "continuation",
        "noise",
        "rejected",
        "pending",
        "findings",
        "oldest",
        "newest",
        "read",
        "writable",
    ])?;
    for f in &map.files {
        table.row(&[
            f.path.clone(),
            f.kind.clone(),
            f.layout.clone().unwrap_or_default(),
            f.purpose.clone().unwrap_or_default(),
            f.node.clone(),
            f.bytes.to_string(),
            f.lines.map(|n| n.to_string()).unwrap_or_default(),
            f.records.to_string(),
            f.continuation.to_string(),
            f.noise.to_string(),
            f.rejected.to_string(),
            f.pending.to_string(),
            f.findings.to_string(),
            day(f.oldest),
            day(f.newest),
            f.read.to_string(),
            f.writable.to_string(),
        ])?;
    }
    table.finish()
}

/// `findings.csv`: one row per finding, errors first.
///
/// # Errors
/// Only a defect of gdpr4k.
pub fn findings(map: &DataMap, lang: Lang) -> Result<String, Error> {
    let mut table = Table::new(&[
        "code", "severity", "title", "path", "line", "message", "help",
    ])?;
    for group in &map.findings {
        for spot in &group.spots {
            table.row(&[
                group.code.clone(),
                crate::html::severity(group.severity).to_owned(),
                group.title.get(lang).to_owned(),
                spot.path.clone(),
                spot.line.map(|n| n.to_string()).unwrap_or_default(),
                spot.message.get(lang).to_owned(),
                group.help.get(lang).to_owned(),
            ])?;
        }
    }
    table.finish()
}

fn day(day: Option<NaiveDate>) -> String {
    day.map(|d| d.to_string()).unwrap_or_default()
}

fn number(n: Option<impl ToString>) -> String {
    n.map(|n| n.to_string()).unwrap_or_default()
}

fn list<'a>(items: impl Iterator<Item = &'a str>) -> String {
    items.collect::<Vec<_>>().join("; ")
}

fn names(all: &[Named], lang: Lang) -> String {
    list(all.iter().map(|n| n.name.get(lang)))
}

fn counts(all: &[Counted]) -> String {
    let all: Vec<_> = all
        .iter()
        .map(|c| format!("{} {}", c.name, c.count))
        .collect();
    all.join("; ")
}

struct Table(::csv::Writer<Vec<u8>>);

impl Table {
    fn new(header: &[&str]) -> Result<Self, Error> {
        let mut table = Self(
            ::csv::WriterBuilder::new()
                .terminator(::csv::Terminator::CRLF)
                .from_writer(Vec::new()),
        );
        table.0.write_record(header).map_err(broken)?;
        Ok(table)
    }

    fn row(&mut self, cells: &[String]) -> Result<(), Error> {
        self.0
            .write_record(cells.iter().map(|c| guarded(c).into_owned()))
            .map_err(broken)
    }

    fn finish(self) -> Result<String, Error> {
        let bytes = self.0.into_inner().map_err(|e| Error::Csv(e.to_string()))?;
        String::from_utf8(bytes).map_err(|e| Error::Csv(e.to_string()))
    }
}

fn broken(error: ::csv::Error) -> Error {
    Error::Csv(error.to_string())
}

/// A cell that a spreadsheet could run as a formula gets an apostrophe in front. No column of ours has negative numbers.
fn guarded(cell: &str) -> std::borrow::Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{cell}").into()
    } else {
        cell.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_disarmed() {
        for (cell, written) in [
            ("=1+1", "'=1+1"),
            ("+49", "'+49"),
            ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
            ("12", "12"),
            ("-x", "'-x"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\tx", "'\tx"),
            ("\rx", "'\rx"),
            ("x=1", "x=1"),
            ("", ""),
        ] {
            assert_eq!(guarded(cell), written, "{cell:?}");
        }
    }
}
