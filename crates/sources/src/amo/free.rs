//! Values in lines that are not commands: tables of DISPLAY, messages, wrapped text.
//!
//! The layouts are not documented, so nothing here is proven. What counts as a value:
//! a number of three digits or more, quoted text, an address, a port, `Surname*First`,
//! and the value of a `KEY=VALUE` or `KEY:VALUE` cell whose key is a known parameter.

use gdpr4k_model::number::Access;

use super::batch::Batch;
use super::command::upper;
use super::knowledge::{AmoInfo, AmoKnowledge};
use super::meaning::{MAX_STATION, Plan};
use super::shape::{is_email, is_ip, is_nobody, is_number, is_pen, parts_of_name};

/// Reports the values of a line of free text.
pub(crate) fn scan(text: &str, info: &AmoInfo, know: &AmoKnowledge, plan: &Plan, out: &mut Batch) {
    let ids = &know.ids;
    if let Some(at) = text.find("api2hipath")
        && let Some((_, after)) = text[at..].split_once(" -p ")
    {
        // the password of an account of the export interface (formats-other-sources.md 5.5)
        out.push(ids.account_password, after.split_whitespace().next().unwrap_or(""), Access::Plain, false);
    }
    let mut rest = text;
    while !rest.is_empty() {
        let (before, quoted, after) = match rest.split_once('"') {
            Some((before, tail)) => match tail.split_once('"') {
                Some((quoted, after)) => (before, Some(quoted), after),
                None => (before, Some(tail), ""),
            },
            None => (rest, None, ""),
        };
        for cell in before.split('|') {
            words(cell, info, know, plan, out);
        }
        if let Some(q) = quoted.map(str::trim).filter(|q| !q.is_empty()) {
            text_value(q, info, know, out);
        }
        rest = after;
    }
}

fn words(cell: &str, info: &AmoInfo, know: &AmoKnowledge, plan: &Plan, out: &mut Batch) {
    let mut key: Option<&str> = None;
    for word in cell.split([' ', '\t', ',', ';', '(', ')', '<', '>']).filter(|w| !w.is_empty()) {
        // KEY=VALUE, KEY =VALUE, KEY: VALUE
        let (name, value) = match word.split_once(['=']).or_else(|| word.split_once(':').filter(|(k, _)| !k.starts_with(|c: char| c.is_ascii_digit()))) {
            Some((name, value)) => (if name.is_empty() { key.unwrap_or("") } else { name }, value),
            None => (key.filter(|k| k.ends_with(['=', ':'])).map_or("", |k| k.trim_end_matches(['=', ':'])), word),
        };
        if value.is_empty() {
            key = Some(word);
            continue;
        }
        key = Some(word);
        let value = value.trim_end_matches(['.', ':']);
        let name = upper(name);
        match info.meaning(info.keyword(&name)).and_then(|m| m.element) {
            Some(element) if !name.is_empty() => out.push(element, value, Access::Plain, true),
            _ => word_value(value, know, plan, out),
        }
    }
}

fn word_value(v: &str, know: &AmoKnowledge, plan: &Plan, out: &mut Batch) {
    let ids = &know.ids;
    if is_ip(v) {
        out.push(ids.ip, v, Access::Plain, true);
    } else if is_email(v) {
        out.push(ids.email, v, Access::Plain, true);
    } else if is_pen(v) {
        out.push(ids.port, v, Access::Plain, true);
    } else if is_number(v) && !is_nobody(v) {
        let element = if plan.has(v) {
            ids.station
        } else if v.len() > MAX_STATION {
            ids.outside
        } else {
            ids.unknown
        };
        out.push(element, v, if v.len() > MAX_STATION { Access::Dialled } else { Access::Plain }, true);
    } else if is_starred_name(v) {
        let name = out.text(v).into_owned();
        name_value(&name, know, out);
    }
}

fn text_value(q: &str, info: &AmoInfo, know: &AmoKnowledge, out: &mut Batch) {
    let text = out.text(q).into_owned();
    if is_starred_name(&text) {
        name_value(&text, know, out);
    } else {
        out.push(info.text.unwrap_or(know.ids.unknown), &text, Access::Plain, true);
    }
}

fn name_value(name: &str, know: &AmoKnowledge, out: &mut Batch) {
    out.push(know.ids.display_name, name, Access::Plain, true);
    if let Some((surname, first)) = parts_of_name(name) {
        out.push(know.ids.surname, surname, Access::Plain, true);
        out.push(know.ids.first_name, first, Access::Plain, true);
    }
}

/// Letters on both sides of one `*`.
fn is_starred_name(v: &str) -> bool {
    v.split_once('*').is_some_and(|(a, b)| a.chars().any(char::is_alphabetic) && b.chars().next().is_some_and(char::is_alphabetic))
}
