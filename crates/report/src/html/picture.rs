//! The picture of systems and flows as SVG: boxes in columns, numbered lines between them.

use std::fmt::Write as _;

use gdpr4k_model::Lang;
use gdpr4k_model::inventory::HolderState;

use super::escaped;
use crate::i18n::Messages;
use crate::map::{FlowState, Picture, PictureBox};

const BOX: f64 = 186.0;
const GAP: f64 = 62.0;
const SPACE: f64 = 20.0;
const LINE: f64 = 16.0;
const HEAD: f64 = 30.0;
/// Characters of a name that fit into a line of a box.
const CHARS: usize = 20;

struct Placed {
    x: f64,
    y: f64,
    height: f64,
    lines: Vec<String>,
}

/// Draws the picture; empty where there is nothing to draw.
pub(super) fn draw(picture: &Picture, lang: Lang, messages: &Messages) -> String {
    if picture.boxes.is_empty() {
        return String::new();
    }
    let columns = picture.boxes.iter().map(|b| b.column).max().unwrap_or(0) as usize + 1;
    let width = columns as f64 * (BOX + GAP) - GAP + 76.0;
    let mut placed: Vec<Placed> = Vec::new();
    let mut heights = vec![0.0_f64; columns];
    for b in &picture.boxes {
        let lines = names(b, lang, messages);
        let text = 22.0 + LINE * (lines.len() + 1) as f64;
        // Room for the ends of its lines.
        let height = text.max(13.0 * ends_at(picture, placed.len()) as f64);
        let column = usize::from(b.column);
        placed.push(Placed {
            x: 2.0 + column as f64 * (BOX + GAP),
            y: heights[column],
            height,
            lines,
        });
        heights[column] += height + SPACE;
    }
    let tallest = heights.iter().copied().fold(0.0, f64::max) - SPACE;
    for (b, place) in picture.boxes.iter().zip(&mut placed) {
        place.y += HEAD + (tallest - (heights[usize::from(b.column)] - SPACE)) / 2.0;
    }
    let height = HEAD + tallest + 6.0;
    let mut svg = String::new();
    let _ = write!(
        svg,
        "<svg class=\"picture\" viewBox=\"0 0 {width} {height:.0}\" role=\"img\" aria-labelledby=\"picture-title\">\
         <title id=\"picture-title\">{}</title>\
         <defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\"/></marker></defs>",
        escaped(&messages.word("picture-alt"))
    );
    for column in 0..columns {
        let _ = write!(
            svg,
            "<text class=\"column\" x=\"{:.0}\" y=\"14\">{}</text>",
            2.0 + column as f64 * (BOX + GAP),
            escaped(&messages.word(&format!("picture-column-{column}")))
        );
    }
    lines(&mut svg, picture, &placed);
    for (b, place) in picture.boxes.iter().zip(&placed) {
        draw_box(&mut svg, b, place, messages);
    }
    badges(&mut svg, picture, &placed);
    svg.push_str("</svg>");
    svg
}

/// The ends of lines at the fuller side of a box.
fn ends_at(picture: &Picture, at: usize) -> usize {
    let column = |i: usize| picture.boxes[i].column;
    let ends = picture.flows.iter().filter_map(|f| match at {
        _ if f.from == at => Some(f.to),
        _ if f.to == at => Some(f.from),
        _ => None,
    });
    let (left, right): (Vec<usize>, Vec<usize>) = ends.partition(|o| column(*o) < column(at));
    left.len().max(right.len())
}

fn names(b: &PictureBox, lang: Lang, messages: &Messages) -> Vec<String> {
    let first = b.systems.first().map_or("", |s| s.name.get(lang));
    if b.systems.len() == 1 {
        return wrapped(first, CHARS, 3);
    }
    let mut lines: Vec<String> = b
        .systems
        .iter()
        .take(2)
        .flat_map(|s| wrapped(s.name.get(lang), CHARS, 2))
        .collect();
    if b.systems.len() > 2 {
        let mut args = fluent_bundle::FluentArgs::new();
        args.set("count", b.systems.len() - 2);
        lines.push(messages.get("picture-more", &args).unwrap_or_default());
    }
    lines
}

fn draw_box(svg: &mut String, b: &PictureBox, p: &Placed, messages: &Messages) {
    let (class, id) = match b.state {
        HolderState::Searched => ("found", "searched"),
        HolderState::DeclaredPresent => ("declared", "declared-present"),
        HolderState::NotSearched => ("unsearched", "not-searched"),
        HolderState::DeclaredAbsent => ("unsearched", "declared-absent"),
        HolderState::Undeclared => ("unsearched", "undeclared"),
    };
    let _ = write!(
        svg,
        "<g class=\"box {class}\"><rect x=\"{:.1}\" y=\"{:.1}\" width=\"{BOX}\" height=\"{:.1}\" rx=\"6\"/>",
        p.x, p.y, p.height
    );
    for (n, line) in p.lines.iter().enumerate() {
        let _ = write!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            p.x + 11.0,
            p.y + 22.0 + LINE * n as f64,
            escaped(line)
        );
    }
    let mut state = messages.word(&format!("state-short-{id}"));
    if b.files > 0 {
        let mut args = fluent_bundle::FluentArgs::new();
        args.set("count", b.files);
        let files = messages.get("picture-files", &args).unwrap_or_default();
        state = format!("{state}, {files}");
    }
    let _ = write!(
        svg,
        "<text class=\"state\" x=\"{:.1}\" y=\"{:.1}\">{}</text></g>",
        p.x + 11.0,
        p.y + p.height - 9.0,
        escaped(&state)
    );
}

/// A cubic curve from box to box.
struct Curve([(f64, f64); 4]);

impl Curve {
    fn at(&self, t: f64) -> (f64, f64) {
        let u = 1.0 - t;
        let weights = [u * u * u, 3.0 * u * u * t, 3.0 * u * t * t, t * t * t];
        self.0
            .iter()
            .zip(weights)
            .fold((0.0, 0.0), |(x, y), (p, w)| (x + p.0 * w, y + p.1 * w))
    }
}

/// The curve of each flow. Ends are spread over the sides of a box in the order of the other ends, so that lines do not meet.
fn curves(picture: &Picture, placed: &[Placed]) -> Vec<Curve> {
    #[derive(Clone, Copy, PartialEq)]
    enum Side {
        Left,
        Right,
    }
    let column = |i: usize| picture.boxes[i].column;
    let middle = |i: usize| placed[i].y + placed[i].height / 2.0;
    // (box, side, height of the other end, flow, is start)
    let mut ends: Vec<(usize, Side, f64, usize, bool)> = Vec::new();
    for (n, flow) in picture.flows.iter().enumerate() {
        let (a, b) = (flow.from, flow.to);
        let (start, end) = match column(a).cmp(&column(b)) {
            std::cmp::Ordering::Less => (Side::Right, Side::Left),
            std::cmp::Ordering::Greater => (Side::Left, Side::Right),
            std::cmp::Ordering::Equal => (Side::Right, Side::Right),
        };
        ends.push((a, start, middle(b), n, true));
        ends.push((b, end, middle(a), n, false));
    }
    let mut points = vec![[(0.0, 0.0); 2]; picture.flows.len()];
    for (i, place) in placed.iter().enumerate() {
        for side in [Side::Left, Side::Right] {
            let mut here: Vec<_> = ends.iter().filter(|e| e.0 == i && e.1 == side).collect();
            here.sort_by(|a, b| a.2.total_cmp(&b.2).then_with(|| a.3.cmp(&b.3)));
            let n = here.len() as f64;
            for (k, end) in here.iter().enumerate() {
                let y = place.y + place.height * (k as f64 + 1.0) / (n + 1.0);
                let x = match side {
                    Side::Left => place.x,
                    Side::Right => place.x + BOX,
                };
                points[end.3][usize::from(!end.4)] = (x, y);
            }
        }
    }
    picture
        .flows
        .iter()
        .zip(points)
        .map(|(flow, [from, to])| {
            let (bend_from, bend_to) = match column(flow.from).cmp(&column(flow.to)) {
                std::cmp::Ordering::Equal => {
                    let bend = (28.0 + (to.1 - from.1).abs() * 0.13).min(78.0);
                    (bend, bend)
                }
                order => {
                    let bend = ((to.0 - from.0).abs() * 0.42).max(28.0);
                    if order == std::cmp::Ordering::Less {
                        (bend, -bend)
                    } else {
                        (-bend, bend)
                    }
                }
            };
            Curve([
                from,
                (from.0 + bend_from, from.1),
                (to.0 + bend_to, to.1),
                to,
            ])
        })
        .collect()
}

fn lines(svg: &mut String, picture: &Picture, placed: &[Placed]) {
    for (flow, Curve([a, b, c, d])) in picture.flows.iter().zip(curves(picture, placed)) {
        let class = match flow.state {
            FlowState::BothEnds => "both",
            FlowState::OneEnd => "one",
            FlowState::Described => "described",
        };
        let _ = write!(
            svg,
            "<path class=\"flow {class}\" marker-end=\"url(#tip)\" d=\"M{:.1} {:.1}C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1}\"/>",
            a.0, a.1, b.0, b.1, c.0, c.1, d.0, d.1
        );
    }
}

/// The number of each line, on the line, clear of boxes and of other numbers.
fn badges(svg: &mut String, picture: &Picture, placed: &[Placed]) {
    let mut taken: Vec<(f64, f64)> = Vec::new();
    for (flow, curve) in picture.flows.iter().zip(curves(picture, placed)) {
        let free = |(x, y): (f64, f64)| {
            let apart = taken.iter().all(|t| (t.0 - x).hypot(t.1 - y) > 19.0);
            let clear = placed.iter().all(|p| {
                x < p.x - 9.0 || x > p.x + BOX + 9.0 || y < p.y - 9.0 || y > p.y + p.height + 9.0
            });
            apart && clear
        };
        let (x, y) = (0..=18)
            .map(|n| 0.5 + f64::from(if n % 2 == 0 { n / 2 } else { -(n + 1) / 2 }) * 0.045)
            .map(|t| curve.at(t))
            .find(|p| free(*p))
            .unwrap_or_else(|| curve.at(0.5));
        taken.push((x, y));
        let _ = write!(
            svg,
            "<circle class=\"badge\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"8.5\"/><text class=\"badge-text\" x=\"{x:.1}\" y=\"{:.1}\">{}</text>",
            y + 3.6,
            flow.number
        );
    }
}

/// A text in lines of at most `width` characters; what does not fit into `max` lines ends in an ellipsis.
pub(super) fn wrapped(text: &str, width: usize, max: usize) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    let words = text.split_whitespace().flat_map(|word| {
        let long = word.chars().count() > width;
        word.split_inclusive(if long { '-' } else { ' ' })
    });
    let mut hyphen = false;
    for word in words {
        let last = lines.len() - 1;
        let long = lines[last].chars().count() + 1 + word.chars().count() > width;
        if lines[last].is_empty() {
            lines[last].push_str(word);
        } else if long {
            lines.push(word.to_owned());
        } else {
            if !hyphen {
                lines[last].push(' ');
            }
            lines[last].push_str(word);
        }
        hyphen = word.ends_with('-');
    }
    let cut = lines.len() > max;
    lines.truncate(max);
    let n = lines.len();
    for (i, line) in lines.iter_mut().enumerate() {
        let too_long = line.chars().count() > width;
        if too_long || (cut && i + 1 == n) {
            let mut short: String = line.chars().take(width.saturating_sub(1)).collect();
            short.truncate(short.trim_end_matches([' ', ',', '(']).len());
            short.push('\u{2026}');
            *line = short;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_wrapped_and_cut() {
        assert_eq!(wrapped("OpenScape 4000", 25, 3), ["OpenScape 4000"]);
        assert_eq!(
            wrapped("OpenScape 4000 Manager and its whole family", 16, 2),
            ["OpenScape 4000", "Manager and its\u{2026}"]
        );
        assert_eq!(
            wrapped("OpenScape-4000-System", 20, 2),
            ["OpenScape-4000-", "System"]
        );
        assert_eq!(
            wrapped("Verbindungsdatenerfassungsserver", 12, 2),
            ["Verbindungs\u{2026}"]
        );
    }
}
