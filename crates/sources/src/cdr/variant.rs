//! One `[[record]]` of a layout file -> [`Variant`].

use gdpr4k_model::catalogue::Catalogue;
use toml::de::{DeTable, DeValue};

use super::codes::{self, Role};
use super::cut::Span;
use super::field::{self, Draft};
use super::layout::words;
use super::layout::{CodeMap, Direction, Emit, Field, FieldType, Justify, Shape, Test, Variant};
use super::read::LONGEST_RECORD;
use super::stamp::{Length, Stamp};
use super::walk::Walk;

const MOST_FIELDS: usize = 1_024;
const MOST_COLUMNS: usize = 4_096;

const KEYS: &[&str] = &[
    "id",
    "kind",
    "noise",
    "match",
    "min_len",
    "date_order",
    "direction",
    "separator",
    "quote",
    "escape",
    "trailing_separator",
    "field_count",
    "field",
];

words! {
    /// How a line is cut.
    pub(super) Kind {
        /// By columns.
        Fixed = "fixed",
        /// At separators.
        Delimited = "delimited",
    }
}
words! {
    /// What a lone stamp means.
    pub(super) DateOrder {
        /// Start of the call.
        Start = "start",
        /// End of the call.
        End = "end",
    }
}

/// What the layout says for all its records.
pub(super) struct Defaults {
    pub(super) min_len: usize,
    pub(super) trailing_blank: bool,
    pub(super) verified: bool,
    pub(super) record_len: usize,
}

pub(super) fn read(
    walk: &mut Walk<'_>,
    table: &DeTable<'_>,
    at: usize,
    defaults: &Defaults,
    catalogue: &Catalogue,
) -> Option<(Variant, Vec<String>)> {
    walk.known(table, "a [[record]]", KEYS);
    let id = walk
        .string(table, "id")
        .unwrap_or_else(|| "record".to_owned());
    let kind = walk.word(table, "kind", Kind::NAMES).unwrap_or(Kind::Fixed);
    let noise = walk.flag(table, "noise").unwrap_or(false);
    let quote = quote(walk, table, at);
    let tables = walk.tables(table, "field");
    if tables.is_empty() || tables.len() > MOST_FIELDS {
        walk.problem(
            at,
            format!(
                "record has {} fields (expected 1 to {MOST_FIELDS})",
                tables.len()
            ),
            "declare every field once",
        );
        return None;
    }
    let mut drafts: Vec<Draft> = tables
        .into_iter()
        .filter_map(|(t, line)| {
            let most = if kind == Kind::Fixed {
                LONGEST_RECORD
            } else {
                MOST_COLUMNS
            };
            field::read(
                walk,
                t,
                line,
                kind == Kind::Fixed,
                most,
                defaults.verified,
                catalogue,
            )
        })
        .collect();
    drafts.sort_by_key(|d| from(d.field.span));
    names(walk, &drafts);
    let end = cover(walk, &drafts, kind == Kind::Fixed, at);
    let min_len = walk.number(table, "min_len", 1, LONGEST_RECORD);
    let shape = match kind {
        Kind::Fixed => fixed(walk, table, at, end, min_len, defaults),
        Kind::Delimited => delimited(walk, table, at, end, quote)?,
    };
    let mut variant = Variant {
        id,
        noise,
        min_line: match (kind, noise) {
            (Kind::Delimited, false) => min_len.unwrap_or(defaults.min_len),
            _ => 0,
        },
        shape,
        fields: Vec::new(),
        at,
        test: test(walk, table, &drafts),
        literals: Vec::new(),
        blanks: Vec::new(),
        emits: Vec::new(),
        start: None,
        end: None,
        duration: None,
        direction: walk.word(table, "direction", Direction::NAMES),
        direction_maps: Vec::new(),
        answered_map: None,
        private_map: None,
        counter: None,
        parties: [None; 4],
    };
    let order = walk.word(table, "date_order", DateOrder::NAMES);
    times(walk, &mut variant, &drafts, order);
    lone_stamp(&variant, &mut drafts, catalogue);
    for d in &drafts {
        let f = &d.field;
        if let Some(literal) = &f.literal {
            variant.literals.push((f.span, literal.clone()));
        } else if f.kind == FieldType::Filler && d.fill_given {
            variant.blanks.push((f.span, f.fill));
        }
        match f.role {
            Role::Own => party(&mut variant, 0, f),
            Role::From => party(&mut variant, 1, f),
            Role::To => party(&mut variant, 2, f),
            Role::Outside => party(&mut variant, 3, f),
            Role::Counter => {
                let (a, b) = ends(f.span);
                let width = if kind == Kind::Fixed { b - a } else { 5 };
                variant.counter = Some((f.span, width.min(12)));
            }
            _ => {}
        }
        map(&mut variant, d);
    }
    emits(&mut variant, &drafts, quote);
    let undeclared = drafts
        .iter()
        .filter(|d| d.undeclared)
        .map(|d| d.field.name.clone())
        .collect();
    variant.fields = drafts.into_iter().map(|d| d.field).collect();
    Some((variant, undeclared))
}

const fn ends(span: Span) -> (usize, usize) {
    match span {
        Span::Bytes(a, b) | Span::Columns(a, b) => (a, b),
    }
}

const fn from(span: Span) -> usize {
    ends(span).0
}

fn party(variant: &mut Variant, role: usize, field: &Field) {
    if variant.parties[role].is_none() {
        variant.parties[role] = Some((field.span, field.access));
    }
}

fn names(walk: &mut Walk<'_>, drafts: &[Draft]) {
    let mut seen: Vec<(&str, usize)> = drafts
        .iter()
        .filter(|d| !d.field.name.is_empty())
        .map(|d| (d.field.name.as_str(), d.field.at))
        .collect();
    seen.sort_unstable();
    for pair in seen.windows(2) {
        if pair[0].0 == pair[1].0 {
            walk.problem(
                pair[1].1,
                format!(
                    "field {:?} is there twice (first in line {})",
                    pair[1].0, pair[0].1
                ),
                "give every field its own name",
            );
        }
    }
}

/// Every byte or column belongs to exactly one field (formats-cdr.md 2.7); gives the length of the record.
fn cover(walk: &mut Walk<'_>, drafts: &[Draft], fixed: bool, at: usize) -> usize {
    let unit = if fixed { "byte" } else { "column" };
    let mut reached = 0;
    for d in drafts {
        let (a, b) = ends(d.field.span);
        if a > reached {
            walk.problem(
                d.field.at,
                format!("{unit} {} to {a} before field {:?} belong to no field (expected every {unit} to be declared)", reached + 1, d.field.name),
                "declare them as a field, a literal, or type = \"filler\"",
            );
        } else if a < reached {
            walk.problem(
                d.field.at,
                format!("field {:?} starts at {unit} {} inside the field before it (expected {unit} {} or later)", d.field.name, a + 1, reached + 1),
                "mend cols or index: fields must not overlap",
            );
        }
        reached = reached.max(b);
    }
    if reached == 0 {
        walk.problem(
            at,
            "record has no bytes (expected fields with cols or index)",
            "declare the fields of the record",
        );
    }
    reached
}

fn fixed(
    walk: &mut Walk<'_>,
    table: &DeTable<'_>,
    at: usize,
    len: usize,
    min_len: Option<usize>,
    defaults: &Defaults,
) -> Shape {
    for key in [
        "separator",
        "quote",
        "escape",
        "trailing_separator",
        "field_count",
    ] {
        if table.contains_key(key) {
            walk.problem(
                at,
                format!("{key} in a fixed record (expected only in delimited ones)"),
                format!("remove {key}"),
            );
        }
    }
    if defaults.record_len > 0 && defaults.record_len != len {
        walk.problem(
            at,
            format!(
                "fields cover {len} bytes (expected record_len = {})",
                defaults.record_len
            ),
            "mend record_len or the fields",
        );
    }
    let given = min_len.unwrap_or(defaults.min_len);
    if given == 0 && defaults.trailing_blank {
        walk.problem(
            at,
            "strip has trailing-blank, but there is no min_len (expected the shortest length of a whole record)",
            "add min_len, so that a cut line is told from a stripped one",
        );
    }
    let min = if given == 0 { len } else { given.min(len) };
    Shape::Fixed { len, min }
}

fn quote(walk: &mut Walk<'_>, table: &DeTable<'_>, at: usize) -> Option<u8> {
    if let Some(escape) = walk.string(table, "escape")
        && escape != "double"
    {
        walk.problem(
            at,
            "escape is not known (expected double)",
            "only doubled quotes are read",
        );
    }
    match walk.string(table, "quote").as_deref() {
        None | Some("" | "none") => None,
        Some(_) => walk.byte(table, "quote"),
    }
}

fn delimited(
    walk: &mut Walk<'_>,
    table: &DeTable<'_>,
    at: usize,
    end: usize,
    quote: Option<u8>,
) -> Option<Shape> {
    let Some(separator) = walk.byte(table, "separator") else {
        if !table.contains_key("separator") {
            walk.problem(
                at,
                "delimited record without separator (expected separator = \";\")",
                "add the separator",
            );
        }
        return None;
    };
    if matches!(separator, b'\n' | b'\r' | 0) || Some(separator) == quote {
        walk.problem(at, "separator cannot be told from the quote or the record end (expected another character)", "mend separator or quote");
    }
    let trailing = walk.flag(table, "trailing_separator").unwrap_or(false);
    let any = table
        .get("field_count")
        .is_some_and(|v| v.get_ref().as_str() == Some("any"));
    let mut counts = if any {
        Vec::new()
    } else {
        walk.numbers(table, "field_count", 1, MOST_COLUMNS)
            .unwrap_or_else(|| vec![end])
    };
    counts.sort_unstable();
    counts.dedup();
    if let Some(most) = counts.last()
        && *most > end
    {
        walk.problem(at, format!("field_count {most}, but only {end} columns are declared (expected every column to be declared)"), "declare the other columns too; without a meaning they count as personal");
    }
    Some(Shape::Delimited {
        separator,
        quote,
        trailing,
        counts,
    })
}

fn test(walk: &mut Walk<'_>, table: &DeTable<'_>, drafts: &[Draft]) -> Option<Test> {
    let test = walk.table(table, "match")?;
    walk.known(
        test,
        "match",
        &["cols", "index", "field", "regex", "equals", "length"],
    );
    let line = table.get("match").map_or(1, |v| walk.line(v.span().start));
    if let Some(length) = walk.number(test, "length", 1, LONGEST_RECORD) {
        return Some(Test::Length(length));
    }
    let span = if let Some((a, b)) = walk.range(test, "cols", LONGEST_RECORD) {
        Span::Bytes(a, b)
    } else if let Some((a, b)) = walk.range(test, "index", MOST_COLUMNS) {
        Span::Columns(a, b)
    } else if let Some(DeValue::Integer(_)) = test.get("field").map(|v| v.get_ref()) {
        // `field` by its number: the column, or the n-th field of a fixed record
        let (n, _) = walk.range(test, "field", MOST_COLUMNS)?;
        let delimited = drafts
            .iter()
            .any(|d| matches!(d.field.span, Span::Columns(..)));
        match drafts.get(n) {
            _ if delimited => Span::Columns(n, n + 1),
            Some(d) => d.field.span,
            None => {
                walk.problem(
                    line,
                    format!(
                        "match names field {} (expected 1 to {})",
                        n + 1,
                        drafts.len()
                    ),
                    "say where to look",
                );
                return None;
            }
        }
    } else {
        let name = walk.string(test, "field").unwrap_or_default();
        match drafts
            .iter()
            .find(|d| d.field.name == name && !name.is_empty())
        {
            Some(d) => d.field.span,
            None => {
                walk.problem(
                    line,
                    "match names no place (expected cols, index, a declared field, or length)",
                    "say where to look",
                );
                return None;
            }
        }
    };
    if let Some(text) = walk.string(test, "equals") {
        return Some(Test::Equals(span, text.trim().as_bytes().to_vec()));
    }
    let Some(pattern) = walk.string(test, "regex") else {
        walk.problem(
            line,
            "match has no condition (expected regex or equals)",
            "say what stands there",
        );
        return None;
    };
    if let Some(word) = pattern
        .strip_prefix("^ *")
        .and_then(|p| p.strip_suffix('$'))
    {
        let word = word.strip_suffix(" *").unwrap_or(word);
        if !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Some(Test::Equals(span, word.as_bytes().to_vec()));
        }
    }
    walk.regex(&pattern, line).map(|r| Test::Regex(span, r))
}

/// Collects the fields of start, end and duration.
fn times(walk: &mut Walk<'_>, variant: &mut Variant, drafts: &[Draft], order: Option<DateOrder>) {
    let stamp = |role: Role| {
        let pieces: Vec<_> = drafts
            .iter()
            .filter(|d| d.field.role == role)
            .filter_map(|d| Some((d.field.span, d.format.clone()?)))
            .collect();
        (!pieces.is_empty()).then_some(Stamp { pieces })
    };
    variant.start = stamp(Role::Start);
    variant.end = stamp(Role::End);
    if let Some(lone) = stamp(Role::Stamp) {
        let place = if order == Some(DateOrder::Start) {
            &mut variant.start
        } else {
            &mut variant.end
        };
        if place.is_some() {
            walk.problem(
                variant.at,
                "record has two stamps of the same meaning (expected one start and one end)",
                "name them START and END in `element`",
            );
        }
        *place = Some(lone);
    }
    // an explicit date_order knows better than the name of a lone stamp
    if order == Some(DateOrder::End) && variant.end.is_none() {
        variant.end = variant.start.take();
    } else if order == Some(DateOrder::Start) && variant.start.is_none() {
        variant.start = variant.end.take();
    }
    let lengths: Vec<_> = drafts
        .iter()
        .filter(|d| d.field.role == Role::Duration)
        .collect();
    let pieces: Vec<_> = lengths
        .iter()
        .filter_map(|d| Some((d.field.span, d.format.clone()?)))
        .collect();
    if !pieces.is_empty() {
        variant.duration = Some(Length::Pieces(pieces));
    } else if let Some(d) = lengths.first() {
        variant.duration = d.length.clone();
    }
}

/// A lone stamp is a value of what it turned out to mean, whatever its code says.
fn lone_stamp(variant: &Variant, drafts: &mut [Draft], catalogue: &Catalogue) {
    let meant = match (&variant.start, &variant.end) {
        (Some(_), None) => "START",
        (None, Some(_)) => "END",
        _ => return,
    };
    let Some(meant) = codes::find(meant) else {
        return;
    };
    for field in drafts.iter_mut().map(|d| &mut d.field) {
        let coded = field.code.as_ref().is_none_or(|c| !c.contains("-FLD-"));
        if coded && matches!(field.role, Role::Start | Role::End | Role::Stamp) {
            field.element = catalogue.element(&meant.element);
            field.element_id = Some(meant.element.clone());
        }
    }
}

fn map(variant: &mut Variant, draft: &Draft) {
    let codes = &draft.map;
    if codes.is_empty() {
        return;
    }
    let span = draft.field.span;
    let find = |word: &str| {
        Direction::NAMES
            .iter()
            .find(|(n, _)| *n == word)
            .map(|(_, d)| *d)
    };
    let directions: Vec<_> = codes
        .iter()
        .filter_map(|(c, w)| Some((c.clone().into_bytes(), find(w)?)))
        .collect();
    if !directions.is_empty() {
        variant.direction_maps.push(CodeMap {
            span,
            codes: directions,
        });
    }
    let flags = |yes: &[&str], no: &[&str]| {
        let flag = |w: &str| match w {
            w if yes.contains(&w) => Some(true),
            w if no.contains(&w) => Some(false),
            _ => None,
        };
        let codes: Vec<_> = codes
            .iter()
            .filter_map(|(c, w)| Some((c.clone().into_bytes(), flag(w)?)))
            .collect();
        (!codes.is_empty()).then_some(CodeMap { span, codes })
    };
    if variant.answered_map.is_none() {
        variant.answered_map = flags(&["answered"], &["failed", "unanswered"]);
    }
    if variant.private_map.is_none() {
        variant.private_map = flags(&["private"], &[]);
    }
}

/// What is reported for a record: one value per field, and one for each stamp and duration.
fn emits(variant: &mut Variant, drafts: &[Draft], quote: Option<u8>) {
    let most = match &variant.shape {
        Shape::Delimited { counts, .. } => counts.last().copied().unwrap_or(MOST_COLUMNS),
        Shape::Fixed { .. } => 0,
    };
    let mut out: Vec<Emit> = Vec::new();
    for (i, d) in drafts.iter().enumerate() {
        let f = &d.field;
        let Some(element) = f.element else { continue };
        let mut span = f.span;
        if d.piece {
            let group: Vec<usize> = (0..drafts.len())
                .filter(|k| drafts[*k].piece && drafts[*k].field.role == f.role)
                .collect();
            if group.first() != Some(&i) {
                continue;
            }
            span = together(drafts, &group);
        } else if let Span::Columns(a, b) = span
            && b > a + 1
        {
            // several columns of one meaning: each has its own value
            for column in a..b.min(most) {
                out.push(Emit {
                    span: Span::Columns(column, column + 1),
                    element,
                    access: f.access,
                    fill: None,
                    null: f.null.clone(),
                    unverified: d.unverified,
                    quote,
                });
            }
            continue;
        }
        let strips = f.kind == FieldType::Number && f.fill != b' ' && f.justify != Justify::None;
        out.push(Emit {
            span,
            element,
            access: f.access,
            fill: strips.then_some((f.justify, f.fill)),
            null: f.null.clone(),
            unverified: d.unverified,
            quote,
        });
    }
    variant.emits = out;
}

/// The text of a stamp in several fields: from the first to the last where nothing else lies between, else the first.
fn together(drafts: &[Draft], group: &[usize]) -> Span {
    let (first, last) = (group[0], group[group.len() - 1]);
    let alone = drafts[first..=last].iter().enumerate().all(|(k, d)| {
        group.contains(&(first + k))
            || d.field.literal.is_some()
            || d.field.kind == FieldType::Filler
    });
    let (a, b) = (drafts[first].field.span, drafts[last].field.span);
    match (a, b) {
        _ if !alone => a,
        (Span::Bytes(from, _), Span::Bytes(_, to)) => Span::Bytes(from, to),
        (Span::Columns(from, _), Span::Columns(_, to)) => Span::Columns(from, to),
        _ => a,
    }
}
