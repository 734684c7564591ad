//! Taking values out of everything in a workbook that is not a cell.

use std::collections::{BTreeMap, BTreeSet};

use quick_xml::events::Event;

use super::part::{Element, add_text, attributes, elements, events, spliced};
use super::{Book, RowEdit, sheet};
use crate::container::Damage;
use crate::marks::Marks;

/// Why a workbook is not rewritten: it stays or goes as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// It is damaged.
    Damaged(Damage),
    /// It is too large to be kept in memory.
    TooLarge,
    /// It holds a part that cannot be looked into: macros, embedded objects, a data model.
    Closed,
    /// It holds copies of its rows in pivot tables or in a history of changes.
    Copies,
    /// Formulas of other rows lean on one that stands in a row of a person.
    Formula,
    /// A value of a row stands where it cannot be taken out: in a heading, a name of a sheet, a filter.
    Value,
}

/// Whether a part is XML.
pub(super) fn is_xml(name: &str) -> bool {
    let name = name.to_lowercase();
    [".xml", ".rels", ".vml"].iter().any(|e| name.ends_with(e))
}

/// Rows of a sheet, by their numbers.
type Rows = BTreeSet<u64>;

impl Book {
    /// Pictures inside, which nobody can look into; they stay as they are.
    pub fn pictures(&self) -> usize {
        let names = self.parts.iter().map(|p| p.entry.name.to_lowercase());
        names.filter(|n| n.starts_with("xl/media/")).count()
    }

    /// What no edit can clean, whatever it takes out.
    pub(super) fn closed(&mut self) -> Result<(), Obstacle> {
        for at in 0..self.parts.len() {
            let name = self.parts[at].entry.name.to_lowercase();
            if ["xl/pivotcache/", "xl/pivottables/", "xl/revisions/"]
                .iter()
                .any(|f| name.starts_with(f))
            {
                return Err(Obstacle::Copies);
            }
            // a picture of the first sheet
            if name.starts_with("docprops/thumbnail") {
                self.gone.insert(at);
            } else if self.parts[at].text.is_none()
                && !name.ends_with('/')
                && !["xl/media/", "xl/printersettings/"]
                    .iter()
                    .any(|f| name.starts_with(f))
            {
                return Err(Obstacle::Closed);
            }
        }
        Ok(())
    }

    /// Takes out what the edits left elsewhere, and makes sure that nothing is left.
    pub(super) fn clean(
        &mut self,
        edits: &BTreeMap<(usize, usize), RowEdit>,
        marks: &Marks,
    ) -> Result<(), Obstacle> {
        self.closed()?;
        let mut formulas = false;
        for of in 0..self.sheets.len() {
            let mine = |all: bool| -> Rows {
                let rows = edits.range((of, 0)..(of + 1, 0));
                let rows = rows.filter(|(_, e)| all || !matches!(e, RowEdit::Change(_)));
                rows.map(|((_, row), _)| self.rows[of][*row].number)
                    .collect()
            };
            let (edited, replaced) = (mine(true), mine(false));
            let at = self.sheets[of];
            let (text, has) = sheet::without_results(self.text(at)).map_err(Obstacle::Damaged)?;
            formulas |= has;
            self.set(at, text);
            self.links(at, &edited).map_err(Obstacle::Damaged)?;
            self.comments(at, &replaced, marks)
                .map_err(Obstacle::Damaged)?;
        }
        self.texts().map_err(Obstacle::Damaged)?;
        if formulas {
            self.calculate_anew().map_err(Obstacle::Damaged)?;
        }
        for at in 0..self.parts.len() {
            if self.parts[at].entry.name.starts_with("xl/charts/") {
                let text = self.text(at);
                let caches = ["numCache", "strCache", "multiLvlStrCache", "lvl"];
                let caches = elements(text, &caches).map_err(Obstacle::Damaged)?;
                let text = without(text, &caches);
                self.set(at, text);
            }
        }
        self.forget_gone().map_err(Obstacle::Damaged)?;
        self.search(marks)
    }

    /// Links of cells in these rows, with their targets.
    fn links(&mut self, at: usize, rows: &Rows) -> Result<(), Damage> {
        let text = self.text(at);
        let mut pieces = Vec::new();
        let mut targets = BTreeSet::new();
        for list in elements(text, &["hyperlinks"])? {
            let inside = list.inside(text);
            let links = elements(&text[inside.clone()], &["hyperlink"])?;
            let (gone, kept): (Vec<&Element>, Vec<&Element>) = links
                .iter()
                .partition(|l| touches(l.attribute("ref"), rows));
            targets.extend(
                gone.iter()
                    .filter_map(|l| Some(l.attribute("id")?.to_owned())),
            );
            if kept.is_empty() && !gone.is_empty() {
                pieces.push((list.place.clone(), String::new()));
                continue;
            }
            pieces.extend(gone.iter().map(|l| {
                let place = inside.start + l.place.start..inside.start + l.place.end;
                (place, String::new())
            }));
        }
        let text = spliced(text, &pieces);
        self.set(at, text);
        if let Some(rels) = self.rels(at).filter(|_| !targets.is_empty()) {
            let text = self.text(rels);
            let all = elements(text, &["Relationship"])?;
            let is_gone = |e: &Element| e.attribute("Id").is_some_and(|id| targets.contains(id));
            let gone: Vec<Element> = all.into_iter().filter(is_gone).collect();
            let text = without(text, &gone);
            self.set(rels, text);
        }
        Ok(())
    }

    /// Texts of comments on these rows, and of comments that name somebody.
    fn comments(&mut self, at: usize, rows: &Rows, marks: &Marks) -> Result<(), Damage> {
        let Some(rels) = self.rels(at) else {
            return Ok(());
        };
        let folder = folder_of(&self.parts[at].entry.name).to_owned();
        let targets: Vec<usize> = elements(self.text(rels), &["Relationship"])?
            .iter()
            .filter(|e| {
                let kind = e.attribute("Type").unwrap_or_default().to_lowercase();
                kind.ends_with("/comments") || kind.ends_with("/threadedcomment")
            })
            .filter_map(|e| self.part(&resolve(&folder, e.attribute("Target")?)))
            .collect();
        for part in targets {
            let text = self.text(part);
            let mut pieces = Vec::new();
            for comment in elements(text, &["comment", "threadedComment"])? {
                let body = &text[comment.place.clone()];
                let said = text_of(body)?;
                if !touches(comment.attribute("ref"), rows) && !marks.are_in(&said) {
                    continue;
                }
                for piece in elements(body, &["text"])? {
                    let inside = piece.inside(body);
                    // `comment` wants a text element inside, `threadedComment` plain text
                    let empty = if body[inside.clone()].contains('<') {
                        "<t/>"
                    } else {
                        ""
                    };
                    let place =
                        comment.place.start + inside.start..comment.place.start + inside.end;
                    pieces.push((place, empty.to_owned()));
                }
            }
            let text = spliced(text, &pieces);
            self.set(part, text);
        }
        Ok(())
    }

    /// Shared texts that no cell refers to any more.
    fn texts(&mut self) -> Result<(), Damage> {
        let Some(at) = self.part(sheet::TEXTS) else {
            return Ok(());
        };
        let mut used = vec![false; sheet::texts(self.text(at))?.len()];
        let mut count = 0;
        for of in &self.sheets {
            count += sheet::used_texts(self.text(*of), &mut used)?;
        }
        let text = sheet::without_unused(self.text(at), &used, count)?;
        self.set(at, text);
        Ok(())
    }

    /// The order of calculation names cells that are gone; results are worked out when the workbook is opened.
    fn calculate_anew(&mut self) -> Result<(), Damage> {
        if let Some(chain) = self.part("xl/calcChain.xml") {
            self.gone.insert(chain);
        }
        let Some(at) = self.part("xl/workbook.xml") else {
            return Ok(());
        };
        let text = self.text(at);
        let found = elements(text, &["calcPr"])?;
        let pieces = match found.first() {
            Some(said)
                if said
                    .attribute("fullCalcOnLoad")
                    .is_some_and(|v| v == "1" || v == "true") =>
            {
                return Ok(());
            }
            Some(said) => {
                let head = &text[said.head.clone()];
                let name = head[1..]
                    .split(|c: char| c.is_whitespace() || "/>".contains(c))
                    .next();
                let after = said.head.start + 1 + name.map_or(0, str::len);
                let mut pieces = Vec::new();
                if let Some(old) = head.find(" fullCalcOnLoad=") {
                    let from = said.head.start + old;
                    let len = head[old + 17..].find(['"', '\'']).map_or(0, |e| e + 18);
                    pieces.push((from..from + len, String::new()));
                }
                pieces.insert(0, (after..after, " fullCalcOnLoad=\"1\"".to_owned()));
                pieces
            }
            None => {
                let before = [
                    "definedNames",
                    "externalReferences",
                    "functionGroups",
                    "sheets",
                ];
                let ends = elements(text, &before)?.iter().map(|e| e.place.end).max();
                let Some(end) = ends else {
                    return Ok(());
                };
                let prefix = elements(text, &["sheets"])?
                    .first()
                    .map_or(String::new(), |e| {
                        let tag = text[e.head.start + 1..e.head.end]
                            .split(|c: char| c.is_whitespace() || "/>".contains(c));
                        let tag = tag.into_iter().next().unwrap_or_default();
                        tag.strip_suffix("sheets").unwrap_or_default().to_owned()
                    });
                vec![(end..end, format!("<{prefix}calcPr fullCalcOnLoad=\"1\"/>"))]
            }
        };
        let text = spliced(text, &pieces);
        self.set(at, text);
        Ok(())
    }

    /// Takes parts that are gone out of the lists of parts.
    fn forget_gone(&mut self) -> Result<(), Damage> {
        let names: Vec<String> = self
            .gone
            .iter()
            .map(|at| self.parts[*at].entry.name.to_lowercase())
            .collect();
        if names.is_empty() {
            return Ok(());
        }
        for at in 0..self.parts.len() {
            let name = self.parts[at].entry.name.clone();
            let text = self.text(at);
            let listed = if name == "[Content_Types].xml" {
                elements(text, &["Override"])?
            } else if name.ends_with(".rels") {
                elements(text, &["Relationship"])?
            } else {
                continue;
            };
            let base = name.rsplit_once("_rels/").map_or("", |(folder, _)| folder);
            let is_gone = |e: &Element| {
                let part = match (e.attribute("PartName"), e.attribute("Target")) {
                    (Some(part), _) => part.trim_start_matches('/').to_owned(),
                    (None, Some(target)) => resolve(base, target),
                    (None, None) => return false,
                };
                names.contains(&part.to_lowercase())
            };
            let gone: Vec<Element> = listed.into_iter().filter(is_gone).collect();
            let text = without(text, &gone);
            self.set(at, text);
        }
        Ok(())
    }

    /// The relations of a part.
    fn rels(&self, at: usize) -> Option<usize> {
        let name = &self.parts[at].entry.name;
        let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
        self.part(&format!("{folder}/_rels/{file}.rels"))
    }

    /// Whether one of the values stands outside of cells.
    fn search(&self, marks: &Marks) -> Result<(), Obstacle> {
        if marks.is_empty() {
            return Ok(());
        }
        for (at, part) in self.parts.iter().enumerate() {
            let name = part.entry.name.as_str();
            let Some(text) = part.text.as_deref().filter(|_| !self.gone.contains(&at)) else {
                continue;
            };
            // cells and their texts have been taken care of; styles are numbers and names of fonts
            if name.eq_ignore_ascii_case(sheet::TEXTS)
                || name == "xl/styles.xml"
                || name.starts_with("xl/theme/")
                || name == "[Content_Types].xml"
            {
                continue;
            }
            let found = if self.sheets.contains(&at) {
                in_sheet(text, marks)
            } else {
                in_part(name, text, marks)
            };
            if found.map_err(Obstacle::Damaged)? {
                return Err(Obstacle::Value);
            }
        }
        Ok(())
    }
}

/// Formulas of cells, and everything outside of them.
fn in_sheet(xml: &str, marks: &Marks) -> Result<bool, Damage> {
    let mut data = elements(xml, &["sheetData"])?;
    let Some(data) = data.pop() else {
        return in_part("", xml, marks);
    };
    for formula in elements(&xml[data.place.clone()], &["f"])? {
        let place = data.place.start + formula.place.start..data.place.start + formula.place.end;
        if marks.are_in(&text_of(&xml[place])?) {
            return Ok(true);
        }
    }
    let inside = data.inside(xml);
    in_part("", &spliced(xml, &[(inside, String::new())]), marks)
}

/// Texts and attributes of a part.
fn in_part(name: &str, xml: &str, marks: &Marks) -> Result<bool, Damage> {
    // places and ids in drawings are numbers of all kinds
    let drawn = name.starts_with("xl/charts/") || name.starts_with("xl/drawings/");
    let app = name == "docProps/app.xml";
    let (mut found, mut text, mut word) = (false, String::new(), true);
    events(xml, |event, _| {
        if let Event::Start(e) | Event::Empty(e) = event {
            for (key, value) in attributes(e) {
                let said = matches!(
                    key.as_str(),
                    "val"
                        | "name"
                        | "display"
                        | "tooltip"
                        | "title"
                        | "descr"
                        | "Target"
                        | "localSheetName"
                );
                found |= if said && !drawn {
                    marks.are_in(&value)
                } else {
                    marks.words_are_in(&value)
                };
            }
            word = !app || e.local_name().as_ref() == "lpstr";
        }
        if matches!(event, Event::Start(_) | Event::End(_) | Event::Empty(_)) {
            found |= if word {
                marks.are_in(&text)
            } else {
                marks.words_are_in(&text)
            };
            text.clear();
        } else {
            add_text(&mut text, event);
        }
        if let Event::Comment(comment) = event {
            found |= marks.are_in(comment);
        }
    })?;
    Ok(found)
}

/// The text in an element, piece by piece.
fn text_of(xml: &str) -> Result<String, Damage> {
    let mut text = String::new();
    events(xml, |event, _| {
        if matches!(event, Event::End(_)) {
            text.push('\n');
        }
        add_text(&mut text, event);
    })?;
    Ok(text)
}

fn without(xml: &str, gone: &[Element]) -> String {
    let pieces: Vec<_> = gone
        .iter()
        .map(|e| (e.place.clone(), String::new()))
        .collect();
    spliced(xml, &pieces)
}

/// Whether a reference such as `A5` or `A5:C9` has one of these rows.
fn touches(reference: Option<&str>, rows: &Rows) -> bool {
    let Some(reference) = reference else {
        return false;
    };
    let row = |cell: &str| -> Option<u64> {
        cell.trim_start_matches(|c: char| c.is_ascii_alphabetic() || c == '$')
            .parse()
            .ok()
    };
    reference.split_whitespace().any(|area| {
        let (from, to) = area.split_once(':').unwrap_or((area, area));
        match (row(from), row(to)) {
            (Some(from), Some(to)) => rows.range(from..=to.max(from)).next().is_some(),
            // whole columns
            _ => !rows.is_empty(),
        }
    })
}

fn folder_of(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The name of a part that a relation of a part in a folder leads to.
fn resolve(folder: &str, target: &str) -> String {
    if let Some(absolute) = target.strip_prefix('/') {
        return absolute.to_owned();
    }
    let mut steps: Vec<&str> = folder.split('/').filter(|s| !s.is_empty()).collect();
    for step in target.split('/') {
        match step {
            ".." => {
                steps.pop();
            }
            "." | "" => {}
            step => steps.push(step),
        }
    }
    steps.join("/")
}
