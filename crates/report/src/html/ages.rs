//! The picture of ages: records by month with the limit drawn.

use std::fmt::Write as _;

use chrono::{Datelike, NaiveDate};
use fluent_bundle::FluentArgs;
use gdpr4k_model::Lang;

use super::escaped;
use crate::i18n::{self, Messages};
use crate::map::DataKind;

const WIDTH: f64 = 900.0;
/// Room for names at the left; a chart of one data kind needs none.
const LABELS: f64 = 214.0;
const ROW: f64 = 50.0;
const HEAD: f64 = 20.0;
/// Months that fit; what is older stands in one bar at the left.
const MONTHS: i32 = 48;

/// One row per data kind, on one common axis of months. Heights are relative inside a row.
pub(super) fn chart(
    kinds: &[&DataKind],
    as_of: NaiveDate,
    lang: Lang,
    messages: &Messages,
) -> String {
    let kinds: Vec<_> = kinds.iter().filter(|k| !k.time.months.is_empty()).collect();
    if kinds.is_empty() {
        return String::new();
    }
    let left = if kinds.len() == 1 { 4.0 } else { LABELS };
    let axis = Axis::new(&kinds, as_of, left);
    let height = HEAD + ROW * kinds.len() as f64 + 22.0;
    let id = if kinds.len() == 1 {
        kinds[0].id.as_str()
    } else {
        "all"
    };
    let mut svg = String::new();
    let title = messages.word("ages-title");
    let _ = write!(
        svg,
        "<svg class=\"ages\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-labelledby=\"ages-{id}\"><title id=\"ages-{id}\">{}: {}</title>\
         <defs><pattern id=\"hatch-{id}\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
         <rect width=\"5\" height=\"5\" class=\"hatch-ground\"/><rect width=\"2\" height=\"5\" class=\"hatch-line\"/></pattern></defs>",
        escaped(&title),
        escaped(&described(&kinds, lang, messages)),
    );
    axis.grid(&mut svg, height, lang, messages);
    for (n, kind) in kinds.iter().enumerate() {
        let top = HEAD + ROW * n as f64;
        row(&mut svg, kind, &axis, top, id, lang, messages);
    }
    svg.push_str("</svg>");
    svg
}

/// What the picture shows, in words.
fn described(kinds: &[&&DataKind], lang: Lang, messages: &Messages) -> String {
    let all: Vec<String> = kinds
        .iter()
        .map(|k| {
            let mut args = FluentArgs::new();
            args.set("name", k.name.get(lang));
            args.set("oldest", shown(k.time.oldest, lang));
            args.set("limit", shown(k.time.kept_from, lang));
            messages.get("ages-row", &args).unwrap_or_default()
        })
        .collect();
    all.join("; ")
}

fn shown(day: Option<NaiveDate>, lang: Lang) -> String {
    day.map_or_else(|| "\u{2013}".to_owned(), |d| i18n::day(d, lang))
}

struct Axis {
    /// Month number (year * 12 + month - 1) of the first slot.
    first: i32,
    slots: i32,
    /// Whether the first slot stands for everything older.
    folded: bool,
    left: f64,
    step: f64,
}

impl Axis {
    fn new(kinds: &[&&DataKind], as_of: NaiveDate, left: f64) -> Self {
        let last = month_of(as_of);
        let oldest = kinds
            .iter()
            .flat_map(|k| {
                let limit = k.time.kept_from.map(month_of);
                k.time
                    .months
                    .iter()
                    .filter_map(|m| month(&m.name))
                    .chain(limit)
            })
            .min()
            .unwrap_or(last);
        let first = oldest.clamp(last - MONTHS + 1, last - 11);
        let slots = last - first + 1;
        Self {
            first,
            slots,
            folded: oldest < first,
            left,
            step: (WIDTH - left - 6.0) / f64::from(slots),
        }
    }

    fn slot(&self, month: i32) -> i32 {
        (month - self.first).clamp(0, self.slots - 1)
    }

    fn x(&self, slot: i32) -> f64 {
        self.left + f64::from(slot) * self.step
    }

    fn x_of(&self, day: NaiveDate) -> f64 {
        let part = f64::from(day.day0()) / 31.0;
        let at = f64::from(month_of(day) - self.first) + part;
        self.left + at.clamp(0.0, f64::from(self.slots)) * self.step
    }

    fn grid(&self, svg: &mut String, height: f64, lang: Lang, messages: &Messages) {
        let bottom = height - 22.0;
        for slot in 0..self.slots {
            let month = self.first + slot;
            if month.rem_euclid(12) != 0 && slot != 0 {
                continue;
            }
            let x = self.x(slot);
            let near_year = slot == 0
                && (12 - month.rem_euclid(12)) % 12 * self.step as i32 % 10_000 < 64
                && month.rem_euclid(12) != 0;
            let _ = write!(
                svg,
                "<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{HEAD}\" y2=\"{bottom}\"/>"
            );
            if near_year {
                continue;
            }
            let label = if slot == 0 && self.folded {
                messages.word("ages-older")
            } else if slot == 0 {
                month_label(month, lang)
            } else {
                month.div_euclid(12).to_string()
            };
            let _ = write!(
                svg,
                "<text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                x + 2.0,
                bottom + 15.0,
                escaped(&label)
            );
        }
    }
}

fn row(
    svg: &mut String,
    kind: &DataKind,
    axis: &Axis,
    top: f64,
    id: &str,
    lang: Lang,
    messages: &Messages,
) {
    let base = top + ROW - 6.0;
    let room = ROW - 18.0;
    let mut bars = vec![0_u64; axis.slots as usize];
    for m in &kind.time.months {
        if let Some(month) = month(&m.name) {
            bars[axis.slot(month) as usize] += m.count;
        }
    }
    let most = bars.iter().copied().max().unwrap_or(1).max(1) as f64;
    let limit = kind.time.kept_from;
    if axis.left >= LABELS {
        for (n, line) in super::picture::wrapped(kind.name.get(lang), 26, 2)
            .iter()
            .enumerate()
        {
            let _ = write!(
                svg,
                "<text class=\"name\" x=\"0\" y=\"{:.1}\">{}</text>",
                top + 24.0 + 15.0 * n as f64,
                escaped(line)
            );
        }
    }
    for (slot, count) in bars.iter().enumerate().filter(|(_, n)| **n > 0) {
        let slot = slot as i32;
        let high = (*count as f64 / most * room).max(1.5);
        // The month of the limit is not past it as a whole.
        let past = limit.is_some_and(|day| axis.first + slot < month_of(day));
        let fill = if past {
            format!("fill=\"url(#hatch-{id})\" class=\"past\"")
        } else if limit.is_some() {
            "class=\"bar\"".to_owned()
        } else {
            "class=\"unjudged\"".to_owned()
        };
        let _ = write!(
            svg,
            "<rect {fill} x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{high:.1}\"/>",
            axis.x(slot) + 0.8,
            base - high,
            (axis.step - 1.6).max(0.8),
        );
    }
    let _ = write!(
        svg,
        "<line class=\"base\" x1=\"{:.1}\" x2=\"{WIDTH}\" y1=\"{base}\" y2=\"{base}\"/>",
        axis.left
    );
    if let Some(day) = limit {
        let x = axis.x_of(day);
        let mut args = FluentArgs::new();
        args.set("day", i18n::day(day, lang));
        let label = messages.get("ages-limit", &args).unwrap_or_default();
        let (anchor, at) = if x > WIDTH - 150.0 {
            ("end", x - 4.0)
        } else {
            ("start", x + 4.0)
        };
        let _ = write!(
            svg,
            "<line class=\"limit\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{:.1}\" y2=\"{base}\"/>\
             <text class=\"limit-label\" text-anchor=\"{anchor}\" x=\"{at:.1}\" y=\"{:.1}\">{}</text>",
            top + 1.0,
            top + 9.0,
            escaped(&label)
        );
    }
}

fn month(name: &str) -> Option<i32> {
    let (year, month) = name.split_once('-')?;
    Some(year.parse::<i32>().ok()? * 12 + month.parse::<i32>().ok()? - 1)
}

fn month_of(day: NaiveDate) -> i32 {
    day.year() * 12 + day.month0() as i32
}

fn month_label(month: i32, lang: Lang) -> String {
    let (year, month) = (month.div_euclid(12), month.rem_euclid(12) + 1);
    match lang {
        Lang::De => format!("{month:02}/{year}"),
        Lang::En => format!("{year}-{month:02}"),
    }
}
