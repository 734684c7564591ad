//! Which layout a file has: every layout is tried on a sample, with reasons a person understands.

use std::sync::Arc;

use super::cut::{Cut, Span, trim};
use super::fit::one;
use super::layout::{FieldType, Layout, Shape};
use super::reader::Context;
use super::{check, stamp};
use gdpr4k_model::Finding;
use gdpr4k_model::finding::Arg;

/// Bytes of a sample that are looked at.
pub const SAMPLE: usize = 256 * 1024;
/// A layout is certain from this score on.
const CERTAIN: f64 = 0.8;
/// The best must be better than the second by this much.
const LEAD: f64 = 0.1;

/// How well a layout fits a sample.
#[derive(Clone, Debug)]
pub struct Score {
    /// The layout.
    pub layout: Arc<Layout>,
    /// 0 (does not fit) to 1 (fits in every way).
    pub score: f64,
    /// Lines read as records.
    pub records: u64,
    /// Lines that did not fit.
    pub rejected: u64,
    /// What speaks for and against it, without any value.
    pub reasons: Vec<String>,
}

/// Tries layouts on the first bytes of a file; the best first.
pub fn score(layouts: &[Arc<Layout>], sample: &[u8], context: &Context) -> Vec<Score> {
    let sample = whole_lines(&sample[..sample.len().min(SAMPLE)]);
    let mut scores: Vec<Score> = layouts.iter().map(|l| rate(l, sample, context)).collect();
    scores.sort_by(|a, b| {
        b.score
            .total_cmp(&a.score)
            .then_with(|| a.layout.name.cmp(&b.layout.name))
    });
    let names: Vec<(String, f64)> = scores
        .iter()
        .map(|s| (s.layout.name.clone(), s.score))
        .collect();
    for (i, score) in scores.iter_mut().enumerate() {
        for (k, (name, other)) in names.iter().enumerate() {
            if k != i && score.score > 0.5 && (other - score.score).abs() < LEAD {
                score.reasons.push(format!("ambiguous with {name}"));
            }
        }
    }
    scores
}

/// The layout that `layout = "auto"` takes: only one that fits well and clearly better than the next.
///
/// # Errors
/// The finding that says why there is none.
pub fn choose(scores: &[Score]) -> Result<Arc<Layout>, Finding> {
    let none = |best: Option<&Score>| {
        let (records, lines) = best.map_or((0, 0), |s| (s.records, s.records + s.rejected));
        Finding::new("G4K-120")
            .with("records", records)
            .with("lines", lines)
    };
    let Some(best) = scores.first().filter(|s| s.score >= CERTAIN) else {
        return Err(none(scores.first()));
    };
    match scores.get(1) {
        Some(next) if best.score - next.score < LEAD => Err(Finding::new("G4K-119")
            .with("layout", Arg::declared(best.layout.name.clone()))
            .with("other", Arg::declared(next.layout.name.clone()))),
        _ => Ok(Arc::clone(&best.layout)),
    }
}

/// A sample cut at its last record end, so that a cut line does not count against a layout.
fn whole_lines(sample: &[u8]) -> &[u8] {
    if sample.len() < SAMPLE {
        return sample;
    }
    memchr::memrchr2(b'\n', b'\r', sample).map_or(sample, |i| &sample[..=i])
}

fn rate(layout: &Arc<Layout>, sample: &[u8], context: &Context) -> Score {
    let check = check(layout, sample, context.clone());
    let (records, rejected) = (check.account.records, check.account.rejected);
    let mut reasons = Vec::new();
    if records == 0 {
        reasons.push(format!("none of {rejected} lines fits"));
        return Score {
            layout: Arc::clone(layout),
            score: 0.0,
            records,
            rejected,
            reasons,
        };
    }
    let share = |n: u64, of: u64| if of == 0 { 1.0 } else { n as f64 / of as f64 };
    let fits = share(records, records + rejected);
    reasons.push(format!("{records} of {} lines fit", records + rejected));
    let dated = share(check.dated, records);
    reasons.push(format!("{} of {records} dates are plausible", check.dated));
    let typed = typed(layout, sample);
    reasons.push(format!(
        "{:.0} % of the typed fields hold what their type says",
        typed * 100.0
    ));
    let literals: usize = layout
        .variants
        .iter()
        .map(|v| {
            v.fields
                .iter()
                .filter_map(|f| f.literal.as_ref())
                .map(Vec::len)
                .sum::<usize>()
        })
        .max()
        .unwrap_or(0);
    if literals > 0 {
        reasons.push(format!(
            "{literals} bytes of fixed text matched in every record"
        ));
    }
    let unmapped = check
        .findings
        .iter()
        .filter(|f| f.code == "G4K-113")
        .count();
    let filler = check
        .findings
        .iter()
        .filter(|f| f.code == "G4K-115")
        .count();
    let mut score = fits * (0.4 + 0.6 * dated) * typed * typed;
    if unmapped > 0 {
        reasons.push("some connection codes are not known to the layout".to_owned());
        score *= 0.95;
    }
    if filler > 0 {
        reasons.push("unused columns hold data".to_owned());
        score *= 0.8;
    }
    if !layout.verified {
        reasons.push("the layout was not verified on a real sample".to_owned());
        score *= 0.95;
    }
    Score {
        layout: Arc::clone(layout),
        score,
        records,
        rejected,
        reasons,
    }
}

/// Share of typed fields that look like their type, over the first lines.
fn typed(layout: &Layout, sample: &[u8]) -> f64 {
    let mut text = sample.to_vec();
    if let Some(table) = layout.encoding.settle(sample).table() {
        text.iter_mut().for_each(|b| *b = table[usize::from(*b)]);
    }
    let (mut good, mut all) = (0u32, 0u32);
    let mut places = Vec::new();
    for line in text
        .split(|b| *b == b'\n' || *b == b'\r')
        .filter(|l| !l.is_empty())
        .take(500)
    {
        for variant in layout.variants.iter().filter(|v| !v.noise) {
            if one(layout, variant, line, &mut places).is_err() {
                continue;
            }
            let cut = Cut {
                line,
                columns: &places,
            };
            let inner = matches!(variant.shape, Shape::Delimited { .. });
            for field in &variant.fields {
                if let Span::Columns(a, b) = field.span
                    && b > a + 1
                {
                    continue;
                }
                let raw = cut.get(field.span);
                let value = trim(raw);
                if value.is_empty() || field.literal.is_some() {
                    continue;
                }
                let Some(fine) = looks(field.kind, value) else {
                    continue;
                };
                all += 1;
                // a number cut in two by wrong columns shows as blanks inside or at the wrong side
                good += u32::from(fine && (inner || !broken(value)));
            }
            break;
        }
    }
    if all == 0 {
        1.0
    } else {
        f64::from(good) / f64::from(all)
    }
}

fn looks(kind: FieldType, value: &[u8]) -> Option<bool> {
    let only = |set: &dyn Fn(u8) -> bool| Some(value.iter().all(|b| set(*b)));
    match kind {
        FieldType::Number => only(&|b| {
            b.is_ascii_digit()
                || matches!(
                    b,
                    b'*' | b'#' | b'?' | b'+' | b'x' | b'z' | b' ' | b'-' | b'/'
                )
        }),
        FieldType::Int => Some(stamp::number(value).is_some()),
        FieldType::Decimal => only(&|b| b.is_ascii_digit() || matches!(b, b',' | b'.' | b'-')),
        FieldType::Duration => only(&|b| b.is_ascii_digit() || b == b':'),
        FieldType::Code => only(&|b| b.is_ascii_graphic() || b == b' '),
        _ => None,
    }
}

fn broken(value: &[u8]) -> bool {
    memchr::memchr(b' ', value).is_some()
}
