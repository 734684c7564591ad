//! Kinds of records must be told apart by something the layout says.

use super::cut::Span;
use super::layout::{Shape, Test, Variant};
use super::walk::Walk;

/// Reports every pair of variants where the later one could never be reached for certain lines.
pub(super) fn check(walk: &mut Walk<'_>, variants: &[Variant]) {
    for (j, later) in variants.iter().enumerate() {
        for earlier in &variants[..j] {
            if earlier.id == later.id {
                walk.problem(
                    later.at,
                    format!(
                        "record {:?} is there twice (first in line {})",
                        later.id, earlier.at
                    ),
                    "give every kind of record its own id",
                );
            }
            if !apart(earlier, later) {
                walk.problem(
                    later.at,
                    format!(
                        "record {:?} cannot be told apart from record {:?} in line {} (expected another literal, length, field count or match)",
                        later.id, earlier.id, earlier.at
                    ),
                    "add a literal field or match = { cols = [..], equals = \"..\" } to the first of them",
                );
            }
        }
    }
}

fn apart(a: &Variant, b: &Variant) -> bool {
    // the first that fits wins, so a condition on the earlier one is enough unless the later has the same
    match (&a.test, &b.test) {
        (Some(x), Some(y)) if same(x, y) => {}
        (Some(_), _) => return true,
        _ => {}
    }
    if a.literals
        .iter()
        .any(|(sa, la)| b.literals.iter().any(|(sb, lb)| differ(*sa, la, *sb, lb)))
    {
        return true;
    }
    match (&a.shape, &b.shape) {
        (Shape::Fixed { len: la, min: ma }, Shape::Fixed { len: lb, min: mb }) => {
            la < mb || lb < ma
        }
        (
            Shape::Delimited {
                separator: sa,
                counts: ca,
                ..
            },
            Shape::Delimited {
                separator: sb,
                counts: cb,
                ..
            },
        ) => {
            if sa == sb {
                !ca.is_empty() && !cb.is_empty() && ca.iter().all(|n| !cb.contains(n))
            } else {
                // cut at the wrong separator, a line is one field
                !ca.is_empty() && !ca.contains(&1)
            }
        }
        (Shape::Fixed { .. }, Shape::Delimited { .. }) => !a.literals.is_empty(),
        (Shape::Delimited { .. }, Shape::Fixed { .. }) => !a.literals.is_empty(),
    }
}

fn same(a: &Test, b: &Test) -> bool {
    match (a, b) {
        (Test::Equals(s, x), Test::Equals(t, y)) => s == t && x == y,
        (Test::Regex(s, x), Test::Regex(t, y)) => s == t && x.as_str() == y.as_str(),
        (Test::Length(x), Test::Length(y)) => x == y,
        _ => false,
    }
}

/// Whether two literals contradict each other somewhere.
fn differ(sa: Span, la: &[u8], sb: Span, lb: &[u8]) -> bool {
    match (sa, sb) {
        (Span::Columns(a, _), Span::Columns(b, _)) => a == b && la != lb,
        (Span::Bytes(a, _), Span::Bytes(b, _)) => la.iter().enumerate().any(|(i, x)| {
            (a + i)
                .checked_sub(b)
                .and_then(|k| lb.get(k))
                .is_some_and(|y| x != y)
        }),
        _ => false,
    }
}
