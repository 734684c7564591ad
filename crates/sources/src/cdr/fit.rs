//! Whether a line is a record of a variant, and why not.

use super::cut::{Cut, columns, quoted, trim};
use super::layout::{Layout, Shape, Test, Variant};
use super::stamp::Read;

/// Why a line is no record of a variant; later kinds got further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Miss {
    /// The condition of the variant is not met.
    Test,
    /// Wrong number of fields.
    Count { found: usize, expected: usize },
    /// Fewer bytes than the shortest record.
    Short { found: usize, expected: usize },
    /// More bytes than the record has: two records run together, or another layout.
    Long { found: usize, expected: usize },
    /// A quote is not closed, or text follows it.
    Quote,
    /// A literal does not stand where it should; 1-based position.
    Literal { position: usize },
    /// A stamp or duration holds other bytes.
    Stamp,
}

/// Stamps and duration of a record that fits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub(super) start: Option<Read>,
    pub(super) end: Option<Read>,
    pub(super) duration: Option<u64>,
}

/// Tries every variant; the first that fits wins. `places` is room for the columns.
#[inline]
pub(super) fn fit(
    layout: &Layout,
    line: &[u8],
    places: &mut Vec<(u32, u32)>,
) -> Result<(usize, Times), Miss> {
    let mut best = Miss::Test;
    for (i, variant) in layout.variants.iter().enumerate() {
        match one(layout, variant, line, places) {
            Ok(times) => return Ok((i, times)),
            Err(miss) => best = nearer(best, miss),
        }
    }
    Err(best)
}

/// The miss that got further; of two wrong counts the closer one.
fn nearer(a: Miss, b: Miss) -> Miss {
    match (a, b) {
        (
            Miss::Count {
                found: f,
                expected: x,
            },
            Miss::Count {
                found: g,
                expected: y,
            },
        ) => {
            if g.abs_diff(y) < f.abs_diff(x) {
                b
            } else {
                a
            }
        }
        _ => a.max(b),
    }
}

/// Tries one variant.
#[inline]
pub(super) fn one(
    layout: &Layout,
    variant: &Variant,
    line: &[u8],
    places: &mut Vec<(u32, u32)>,
) -> Result<Times, Miss> {
    match &variant.shape {
        Shape::Fixed { len, min } => {
            places.clear();
            test(variant, &Cut { line, columns: &[] })?;
            if line.len() < *min {
                return Err(Miss::Short {
                    found: line.len(),
                    expected: *min,
                });
            }
            if line.len() > *len && !trim(&line[*len..]).is_empty() {
                return Err(Miss::Long {
                    found: line.len(),
                    expected: *len,
                });
            }
        }
        Shape::Delimited {
            separator,
            quote,
            trailing,
            counts,
        } => {
            match quote {
                Some(q) if memchr::memchr(*q, line).is_some() => {
                    if !quoted(line, *separator, *q, places) {
                        return Err(Miss::Quote);
                    }
                }
                _ => columns(line, *separator, places),
            }
            test(
                variant,
                &Cut {
                    line,
                    columns: places,
                },
            )?;
            if line.len() < variant.min_line {
                return Err(Miss::Short {
                    found: line.len(),
                    expected: variant.min_line,
                });
            }
            let mut found = places.len();
            if *trailing {
                // the text after the last separator is no field
                let last = places.pop();
                found = places.len();
                if last.is_none_or(|(a, b)| !trim(&line[a as usize..b as usize]).is_empty()) {
                    return Err(Miss::Count {
                        found: found + 1,
                        expected: counts.first().copied().unwrap_or(found),
                    });
                }
            }
            if !counts.is_empty() && !counts.contains(&found) {
                let expected = counts
                    .iter()
                    .copied()
                    .min_by_key(|c| c.abs_diff(found))
                    .unwrap_or(0);
                return Err(Miss::Count { found, expected });
            }
        }
    }
    let cut = Cut {
        line,
        columns: places,
    };
    for (span, literal) in &variant.literals {
        let text = cut.get(*span);
        // trailing blanks of a literal may have been stripped with those of the line
        if text != literal.as_slice()
            && !(text.len() < literal.len()
                && literal.starts_with(text)
                && trim(&literal[text.len()..]).is_empty())
        {
            let position = match *span {
                super::cut::Span::Bytes(a, _) | super::cut::Span::Columns(a, _) => a + 1,
            };
            return Err(Miss::Literal { position });
        }
    }
    let read = |stamp: &Option<super::stamp::Stamp>| {
        stamp.as_ref().map(|s| s.read(&cut, layout.century_pivot))
    };
    let (start, end) = (read(&variant.start), read(&variant.end));
    if start == Some(Read::Bad) || end == Some(Read::Bad) {
        return Err(Miss::Stamp);
    }
    let duration = match &variant.duration {
        Some(length) => length.read(&cut).map_err(|()| Miss::Stamp)?,
        None => None,
    };
    Ok(Times {
        start,
        end,
        duration,
    })
}

/// The condition of the variant, before anything is said about the shape of the line.
#[inline]
fn test(variant: &Variant, cut: &Cut<'_>) -> Result<(), Miss> {
    let met = match &variant.test {
        None => true,
        Some(Test::Length(n)) => cut.line.len() == *n,
        Some(Test::Equals(span, want)) => trim(cut.get(*span)) == want.as_slice(),
        Some(Test::Regex(span, regex)) => regex.is_match(cut.get(*span)),
    };
    if met { Ok(()) } else { Err(Miss::Test) }
}
