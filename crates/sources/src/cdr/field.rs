//! One `[[record.field]]` of a layout file.

use gdpr4k_model::catalogue::Catalogue;
use gdpr4k_model::number::Access;
use toml::de::{DeTable, DeValue};

use super::codes::{self, Code, Part, Role};
use super::cut::Span;
use super::layout::{Field, FieldType, Justify, Party};
use super::stamp::{Digit, Format, Length};
use super::walk::Walk;

const KEYS: &[&str] = &[
    "name", "element", "cols", "index", "literal", "justify", "fill", "type", "format", "map",
    "null", "party", "treat", "access", "verified", "note",
];

/// A field with what only the compilation of its record needs.
pub(super) struct Draft {
    pub(super) field: Field,
    pub(super) format: Option<Format>,
    pub(super) length: Option<Length>,
    pub(super) map: Vec<(String, String)>,
    /// Whether the field is a piece of a stamp or duration.
    pub(super) piece: bool,
    pub(super) fill_given: bool,
    pub(super) undeclared: bool,
    pub(super) unverified: bool,
}

pub(super) fn read(
    walk: &mut Walk<'_>,
    table: &DeTable<'_>,
    at: usize,
    fixed: bool,
    most: usize,
    verified: bool,
    catalogue: &Catalogue,
) -> Option<Draft> {
    walk.known(table, "a [[record.field]]", KEYS);
    let (key, other) = if fixed {
        ("cols", "index")
    } else {
        ("index", "cols")
    };
    if table.contains_key(other) {
        walk.problem(
            at,
            format!("field has {other} (expected {key} in this kind of record)"),
            format!("write {key} instead"),
        );
    }
    let Some((from, to)) = walk.range(table, key, most) else {
        if !table.contains_key(key) && !table.contains_key(other) {
            walk.problem(
                at,
                format!("field without a place (expected {key})"),
                format!("add {key}"),
            );
        }
        return None;
    };
    let span = if fixed {
        Span::Bytes(from, to)
    } else {
        Span::Columns(from, to)
    };
    let literal = walk.string(table, "literal");
    if let Some(text) = &literal
        && fixed
        && text.len() != to - from
    {
        walk.problem(
            at,
            format!(
                "literal of {} bytes in {} columns (expected the same)",
                text.len(),
                to - from
            ),
            "mend the literal or cols",
        );
    }
    let kind = walk.word(table, "type", FieldType::NAMES);
    let party_word = walk.string(table, "party").unwrap_or_default();
    let party = walk
        .word(table, "party", Party::NAMES)
        .unwrap_or(Party::Unsaid);
    let code = walk.string(table, "element");
    let silent = literal.is_some() || kind == Some(FieldType::Filler);
    let kind_word = walk.string(table, "type").unwrap_or_default();
    let meaning = match &code {
        _ if silent => None,
        Some(code) => codes::find(code).or_else(|| codes::by_element(code)),
        None => codes::by_type(&kind_word, &party_word),
    };
    let direct = code
        .as_deref()
        .filter(|c| c.starts_with("O4K-") || c.contains("-FLD-"));
    let element_id = (!silent).then(|| match (direct, meaning) {
        (Some(id), _) => id.to_owned(),
        (None, Some(m)) => m.element.clone(),
        (None, None) => codes::unknown().to_owned(),
    });
    let element = element_id.as_deref().and_then(|id| catalogue.element(id));
    if let (Some(id), None) = (&element_id, element) {
        walk.problem(at, format!("element {id:?} is not in the catalogue (expected an id of `catalogue list` or a code of schemas/sources/cdr.toml)"), "mend element");
    }
    let role = meaning.map_or(Role::Plain, |m| m.role);
    let kind = kind.unwrap_or(match role {
        Role::Own | Role::From | Role::To | Role::Outside => FieldType::Number,
        Role::Duration => FieldType::Duration,
        Role::Start | Role::End | Role::Stamp => FieldType::DateTime,
        _ => FieldType::Text,
    });
    let access = walk
        .word(
            table,
            "access",
            &[("dialled", Access::Dialled), ("plain", Access::Plain)],
        )
        .unwrap_or(meaning.map_or(Access::Plain, |m| m.access));
    let (format, length) = timing(walk, table, at, span, kind, meaning);
    let piece = matches!(role, Role::Start | Role::End | Role::Stamp | Role::Duration);
    treat(walk, table, at);
    let fill = fill(walk, table, at);
    let _note = walk.string(table, "note");
    let proven = walk.flag(table, "verified").unwrap_or(true) && meaning.is_none_or(|m| m.proven);
    let undeclared = !silent && meaning.is_none() && direct.is_none();
    let field = Field {
        name: walk.string(table, "name").unwrap_or_default(),
        span,
        kind,
        element,
        element_id,
        role,
        justify: walk
            .word(table, "justify", Justify::NAMES)
            .unwrap_or(Justify::None),
        fill: fill.unwrap_or(b' '),
        access,
        party,
        treat: walk.string(table, "treat"),
        null: walk
            .strings(table, "null")
            .into_iter()
            .map(|(s, _)| s.into_bytes())
            .collect(),
        literal: literal.map(String::into_bytes),
        at,
        code,
    };
    Some(Draft {
        map: map(walk, table),
        format,
        length,
        piece,
        fill_given: fill.is_some(),
        undeclared,
        unverified: !verified || !proven || undeclared,
        field,
    })
}

/// How a stamp or duration is written.
fn timing(
    walk: &mut Walk<'_>,
    table: &DeTable<'_>,
    at: usize,
    span: Span,
    kind: FieldType,
    meaning: Option<&Code>,
) -> (Option<Format>, Option<Length>) {
    let Some(meaning) = meaning else {
        return (None, None);
    };
    let timed = matches!(meaning.role, Role::Start | Role::End | Role::Stamp);
    if !timed && meaning.role != Role::Duration {
        return (None, None);
    }
    let width = match span {
        Span::Bytes(a, b) => b - a,
        Span::Columns(..) => 4,
    };
    if let Some(part) = meaning.part {
        let (digit, most) = match part {
            Part::Day => (Digit::Day, 2),
            Part::Month => (Digit::Month, 2),
            Part::Year => (Digit::Year, 4),
            Part::Hour => (Digit::Hour, 3),
            Part::Minute => (Digit::Minute, 2),
            Part::Second => (Digit::Second, 2),
            Part::Tenth => (Digit::Tenth, 1),
        };
        return (Some(Format::piece(digit, width.min(most))), None);
    }
    let pattern = walk.string(table, "format").unwrap_or_default();
    let line = table
        .get("format")
        .map_or(at, |v| walk.line(v.span().start));
    let read = if meaning.role == Role::Duration {
        Length::parse(span, &pattern).map(|l| (None, Some(l)))
    } else if pattern.is_empty() && kind == FieldType::Time {
        Ok((Some(Format::clock()), None))
    } else if pattern.is_empty() {
        Err("stamp without a format (expected for example format = \"%d.%m.%Y\")".to_owned())
    } else {
        Format::parse(&pattern).map(|f| (Some(f), None))
    };
    read.unwrap_or_else(|what| {
        walk.problem(
            line,
            what,
            "write format as %d %m %Y %y %H %M %S, or as DD.MM.YY and hh:mm:ss",
        );
        (None, None)
    })
}

fn fill(walk: &mut Walk<'_>, table: &DeTable<'_>, at: usize) -> Option<u8> {
    let text = walk.string(table, "fill")?;
    match text.as_bytes() {
        [b] => Some(*b),
        [] => None,
        _ => {
            walk.problem(
                at,
                format!("fill has {} bytes (expected one)", text.len()),
                "write the fill character",
            );
            None
        }
    }
}

/// Treatments are carried out by the retention engine; here only the word is checked.
fn treat(walk: &mut Walk<'_>, table: &DeTable<'_>, at: usize) {
    let Some(word) = walk.string(table, "treat") else {
        return;
    };
    let known = matches!(
        word.as_str(),
        "keep" | "drop" | "token" | "class" | "gen:hour" | "gen:day"
    ) || word
        .strip_prefix("cut:")
        .is_some_and(|n| matches!(n.parse::<u8>(), Ok(1..=22)));
    if !known {
        walk.problem(
            at,
            "treat is not known (expected keep, drop, token, cut:4, class, gen:hour, gen:day)",
            "mend treat",
        );
    }
}

fn map(walk: &mut Walk<'_>, table: &DeTable<'_>) -> Vec<(String, String)> {
    let Some(map) = walk.table(table, "map") else {
        return Vec::new();
    };
    let mut out = Vec::new();
    for (code, word) in map.iter().take(1_000) {
        match word.get_ref() {
            DeValue::String(w) => out.push((code.get_ref().trim().to_owned(), w.to_string())),
            _ => {
                let line = walk.line(word.span().start);
                walk.problem(
                    line,
                    "map has a value that is no string (expected code = \"word\")",
                    "write the word in quotes",
                );
            }
        }
    }
    out
}
