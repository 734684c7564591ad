//! What the rules keep over time, as a picture: SVG without a script.

use std::fmt::Write as _;

use chrono::NaiveDate;

use crate::Lang;
use crate::i18n;

/// Records that are kept on each of some days.
#[derive(Clone, Debug, Default)]
pub struct Future {
    /// The days, in order.
    pub days: Vec<NaiveDate>,
    /// One course per kind of data, largest first or in any other order.
    pub courses: Vec<Course>,
}

/// The course of one kind of data.
#[derive(Clone, Debug, Default)]
pub struct Course {
    /// Name, as printed.
    pub name: String,
    /// Records on each day.
    pub kept: Vec<u64>,
}

const WIDTH: f64 = 900.0;
const ROW: f64 = 96.0;
const LEFT: f64 = 220.0;
const RIGHT: f64 = 90.0;
const TOP: f64 = 40.0;

/// Small multiples: one row per kind of data, each with its own height, so that small ones are seen too.
pub fn draw(future: &Future, lang: Lang) -> String {
    let title = match lang {
        Lang::En => "Records that the rules keep of today's data",
        Lang::De => "Datensätze, die die Regeln vom heutigen Bestand behalten",
    };
    let height = TOP + ROW * future.courses.len() as f64 + 40.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         role=\"img\" aria-label=\"{title}\" font-family=\"system-ui,sans-serif\">\n\
         <title>{title}</title>\n<rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#fff\"/>\n\
         <text x=\"0\" y=\"18\" font-size=\"15\" font-weight=\"600\" fill=\"#17212b\">{title}</text>\n"
    );
    let n = future.days.len().max(2) - 1;
    let x = |i: usize| LEFT + (WIDTH - LEFT - RIGHT) * i as f64 / n as f64;
    for (row, course) in future.courses.iter().enumerate() {
        let top = TOP + ROW * row as f64;
        let base = top + ROW - 30.0;
        let most = course.kept.iter().copied().max().unwrap_or(0).max(1) as f64;
        let y = |v: u64| base - (ROW - 46.0) * v as f64 / most;
        let mut path = format!("M{:.1},{base:.1}", x(0));
        let mut last = None;
        for (i, v) in course.kept.iter().enumerate() {
            // steps: between two looks nothing is guessed
            if let Some(before) = last {
                let _ = write!(path, "L{:.1},{:.1}", x(i), y(before));
            }
            let _ = write!(path, "L{:.1},{:.1}", x(i), y(*v));
            last = Some(*v);
        }
        let _ = write!(path, "L{:.1},{base:.1}Z", x(course.kept.len().max(1) - 1));
        let first = course.kept.first().copied().unwrap_or(0);
        let end = course.kept.last().copied().unwrap_or(0);
        let _ = writeln!(
            svg,
            "<text x=\"0\" y=\"{:.1}\" font-size=\"13\" font-weight=\"600\" fill=\"#17212b\">{}</text>\n\
             <text x=\"0\" y=\"{:.1}\" font-size=\"12\" fill=\"#4d5b69\">{}</text>\n\
             <path d=\"{path}\" fill=\"#0b4f6c\" fill-opacity=\"0.8\"/>\n\
             <line x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{base:.1}\" y2=\"{base:.1}\" stroke=\"#8896a3\"/>\n\
             <text x=\"{:.1}\" y=\"{base:.1}\" font-size=\"12\" fill=\"#4d5b69\">{}</text>",
            base - 18.0,
            crate::html::escaped(&course.name),
            base,
            i18n::number(i64::try_from(first).unwrap_or(i64::MAX), lang),
            WIDTH - RIGHT,
            WIDTH - RIGHT + 8.0,
            i18n::number(i64::try_from(end).unwrap_or(i64::MAX), lang),
        );
    }
    let marks = [0, n / 4, n / 2, n * 3 / 4, n];
    let mut shown = Vec::new();
    for i in marks {
        let Some(day) = future.days.get(i).filter(|_| !shown.contains(&i)) else {
            continue;
        };
        shown.push(i);
        let anchor = match i {
            0 => "start",
            i if i == n => "end",
            _ => "middle",
        };
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"12\" fill=\"#4d5b69\" text-anchor=\"{anchor}\">{}</text>",
            x(i),
            height - 16.0,
            i18n::day(*day, lang)
        );
    }
    svg + "</svg>\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_no_script_and_every_course() {
        let day = |d: &str| d.parse().unwrap();
        let future = Future {
            days: vec![day("2026-11-22"), day("2026-12-22"), day("2027-01-22")],
            courses: vec![
                Course {
                    name: "outgoing <calls>".into(),
                    kept: vec![1000, 400, 0],
                },
                Course {
                    name: "logs".into(),
                    kept: vec![3, 3, 3],
                },
            ],
        };
        for lang in [Lang::De, Lang::En] {
            let svg = draw(&future, lang);
            assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"));
            assert!(!svg.contains("script") && svg.contains("outgoing &lt;calls&gt;"));
            assert_eq!(svg.matches("<path").count(), 2);
        }
        assert!(draw(&Future::default(), Lang::En).contains("</svg>"));
    }
}
