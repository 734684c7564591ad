//! HTML documents: one self-contained file each, without script and without anything loaded.

mod ages;
mod picture;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::NaiveDate;
use fluent_bundle::{FluentArgs, FluentValue};
use gdpr4k_model::retention::Certificate;
use gdpr4k_model::{Lang, Severity};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Serde, ValueKind};
use minijinja::{AutoEscape, Environment, ErrorKind, Value, context};

use crate::i18n::{self, Messages};
use crate::map::{DataKind, Place, places};
use crate::{DataMap, Error};

/// Templates, by the name that they include each other by.
const TEMPLATES: [(&str, &str); 7] = [
    ("page.html", include_str!("../../templates/page.html")),
    ("style.css", include_str!("../../templates/style.css")),
    ("parts.html", include_str!("../../templates/parts.html")),
    ("kind.html", include_str!("../../templates/kind.html")),
    ("map.html", include_str!("../../templates/map.html")),
    (
        "findings.html",
        include_str!("../../templates/findings.html"),
    ),
    (
        "certificate.html",
        include_str!("../../templates/certificate.html"),
    ),
];

/// Files that are listed one by one; beyond that, folders and the files that need attention.
const FILES_LISTED: usize = 120;

/// The data map as a document for data protection officers.
///
/// # Errors
/// Only a defect of gdpr4k: a broken template or message.
pub fn map(map: &DataMap, lang: Lang) -> Result<String, Error> {
    let messages = Arc::new(Messages::new(lang)?);
    let found: Vec<&DataKind> = map.kinds.iter().filter(|k| k.time.records > 0).collect();
    let charts: Vec<Value> = found
        .iter()
        .map(|k| Value::from_safe_string(ages::chart(&[k], map.head.as_of, lang, &messages)))
        .collect();
    let dated: Vec<&DataKind> = found
        .iter()
        .copied()
        .filter(|k| !k.time.months.is_empty())
        .collect();
    let numbers: BTreeMap<&str, u32> = map
        .picture
        .flows
        .iter()
        .flat_map(|line| line.flows.iter().map(|f| (f.id.as_str(), line.number)))
        .collect();
    let drawn: Vec<Vec<u32>> = found
        .iter()
        .map(|k| {
            let of = k
                .interfaces
                .iter()
                .filter_map(|f| numbers.get(f.id.as_str()));
            of.copied().collect::<BTreeSet<u32>>().into_iter().collect()
        })
        .collect();
    let extra = context! {
        charts,
        numbers,
        drawn,
        same_as => same_as(&found),
        ages => Value::from_safe_string(ages::chart(&dated, map.head.as_of, lang, &messages)),
        picture => Value::from_safe_string(picture::draw(&map.picture, lang, &messages)),
        folders => Value::from(Serde(folders(map))),
        list_files => map.files.len() <= FILES_LISTED,
        worst => map.kinds.iter().filter_map(|k| k.time.overdue_days).max().unwrap_or(0),
    };
    render("map.html", map, extra, lang, messages)
}

/// The findings as a document for those who mend them.
///
/// # Errors
/// Only a defect of gdpr4k: a broken template or message.
pub fn findings(map: &DataMap, lang: Lang) -> Result<String, Error> {
    let messages = Arc::new(Messages::new(lang)?);
    render("findings.html", map, context! {}, lang, messages)
}

/// The word of a severity, as in JSON.
pub(crate) const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Attention => "attention",
        Severity::Error => "error",
    }
}

/// For each data kind the first one before it with the same places by the documents, copies,
/// interfaces and uses: they are printed once.
fn same_as(kinds: &[&DataKind]) -> Vec<Option<usize>> {
    let tail = |k: &DataKind| (k.copies.clone(), k.interfaces.clone(), k.declared.clone());
    (0..kinds.len())
        .map(|i| {
            let mine = tail(kinds[i]);
            let empty = mine.0.is_empty() && mine.1.is_empty() && mine.2.uses.is_empty();
            (0..i).find(|&j| !empty && tail(kinds[j]) == mine)
        })
        .collect()
}

fn folders(map: &DataMap) -> Vec<Place> {
    places::group(map.files.iter())
}

/// The certificate of a run as a page: what was done, what was not reached, how to check it.
///
/// # Errors
/// Only a defect of gdpr4k: a broken template or message.
pub fn certificate(
    certificate: &Certificate,
    generated_at: &str,
    tool_version: &str,
    lang: Lang,
) -> Result<String, Error> {
    let messages = Arc::new(Messages::new(lang)?);
    let document = context! {
        c => Value::from(Serde(certificate)),
        generated_at,
        tool_version,
        treated => certificate.run.totals.treated(),
    };
    render_with("certificate.html", document, lang, messages)
}

fn render(
    template: &str,
    map: &DataMap,
    extra: Value,
    lang: Lang,
    messages: Arc<Messages>,
) -> Result<String, Error> {
    let document = context! { map => Value::from(Serde(map)), ..extra };
    render_with(template, document, lang, messages)
}

fn render_with(
    template: &str,
    document: Value,
    lang: Lang,
    messages: Arc<Messages>,
) -> Result<String, Error> {
    let mut env = Environment::new();
    env.set_auto_escape_callback(|name| match name.ends_with(".html") {
        true => AutoEscape::Html,
        false => AutoEscape::None,
    });
    env.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    env.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build()?,
    );
    env.add_function("t", move |id: &str, args: Kwargs| {
        translate(&messages, id, &args)
    });
    env.add_filter("num", move |n: i64| i18n::number(n, lang));
    env.add_filter("size", move |n: u64| i18n::bytes(n, lang));
    env.add_filter("day", move |day: Value| shown_day(&day, lang));
    env.add_filter("cap", capital);
    env.add_filter("moment", move |text: &str| moment(text, lang));
    env.add_global("lang", lang.code());
    for (name, source) in TEMPLATES {
        env.add_template(name, source)?;
    }
    Ok(env.get_template(template)?.render(document)?)
}

fn translate(messages: &Messages, id: &str, kwargs: &Kwargs) -> Result<String, minijinja::Error> {
    let mut args = FluentArgs::new();
    for name in kwargs.args() {
        let value: Value = kwargs.get(name)?;
        let value = match value.kind() {
            ValueKind::Number => FluentValue::from(i64::try_from(value).unwrap_or(i64::MAX)),
            _ => FluentValue::from(value.to_string()),
        };
        args.set(name.to_owned(), value);
    }
    messages
        .get(id, &args)
        .map_err(|e| minijinja::Error::new(ErrorKind::InvalidOperation, e.to_string()))
}

/// A day of the map in the form of the language; a dash where there is none.
fn shown_day(value: &Value, lang: Lang) -> Result<String, minijinja::Error> {
    if value.is_none() || value.is_undefined() {
        return Ok("\u{2013}".to_owned());
    }
    let text = value.to_string();
    text.parse::<NaiveDate>()
        .map(|d| i18n::day(d, lang))
        .map_err(|_| minijinja::Error::new(ErrorKind::InvalidOperation, "not a day"))
}

/// A text with a capital at its start: names of the catalogue begin as inside a sentence.
fn capital(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

/// The start of an RFC 3339 time, to the minute; anything else as it is.
fn moment(text: &str, lang: Lang) -> String {
    match chrono::DateTime::parse_from_rfc3339(text) {
        Ok(time) => format!(
            "{}, {}",
            i18n::day(time.date_naive(), lang),
            time.format("%H:%M")
        ),
        Err(_) => text.to_owned(),
    }
}

/// Text inside SVG.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}
