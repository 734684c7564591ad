//! The labelled corpus of `tests/corpus/`: its lines, its site, and how well a detector does on it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use gdpr4k_model::number::{NumberPlan, NumberPlans};
use gdpr4k_sources::people::{Detector, Hit, Kind, Options, SitePeople};

/// A part of the corpus: two halves from templates, and a third part that was written line by line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    Tuning,
    HeldOut,
    Fresh,
    Second,
}

impl Half {
    pub fn name(self) -> &'static str {
        match self {
            Self::Tuning => "tuning",
            Self::HeldOut => "held-out",
            Self::Fresh => "fresh",
            Self::Second => "second",
        }
    }

    fn folder(self) -> PathBuf {
        let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/corpus"));
        root.join(self.name())
    }
}

/// A line as it would be in a file, and what is labelled in it: kind, first byte, end.
pub struct Example {
    pub file: String,
    pub text: Vec<u8>,
    pub spans: Vec<(Kind, usize, usize)>,
}

/// Counts of one kind.
#[derive(Clone, Copy, Debug, Default)]
pub struct Score {
    pub right: usize,
    pub wrong: usize,
    pub missed: usize,
}

impl Score {
    pub fn add(&mut self, other: Self) {
        self.right += other.right;
        self.wrong += other.wrong;
        self.missed += other.missed;
    }

    pub fn precision(self) -> f64 {
        share(self.right, self.right + self.wrong)
    }

    pub fn recall(self) -> f64 {
        share(self.right, self.right + self.missed)
    }

    /// F measure that holds recall `beta` times as important as precision.
    pub fn f(self, beta: f64) -> f64 {
        let (p, r, b) = (self.precision(), self.recall(), beta * beta);
        if p + r == 0.0 {
            0.0
        } else {
            (1.0 + b) * p * r / (b * p + r)
        }
    }
}

fn share(part: usize, all: usize) -> f64 {
    if all == 0 {
        1.0
    } else {
        part as f64 / all as f64
    }
}

/// The examples of a half, file by file.
pub fn examples(half: Half) -> Vec<Example> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(half.folder())
        .expect("tests/corpus is there")
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|e| e == "txt"))
        .collect();
    paths.sort();
    let mut found = Vec::new();
    let mut marked = 0;
    for path in paths {
        let text = std::fs::read_to_string(&path).expect("UTF-8");
        for line in text.lines() {
            // every second line with a letter beyond ASCII is tested in Windows-1252
            marked += usize::from(!line.is_ascii());
            let western = !line.is_ascii() && marked % 2 == 1;
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            found.push(example(line, western, file.into_owned()));
        }
    }
    found
}

/// Takes the `[[kind:text]]` marks out of a line.
fn example(line: &str, western: bool, file: String) -> Example {
    let western = western && !encoding_rs::WINDOWS_1252.encode(line).2;
    let bytes = |text: &str| -> Vec<u8> {
        if western {
            encoding_rs::WINDOWS_1252.encode(text).0.into_owned()
        } else {
            text.as_bytes().to_vec()
        }
    };
    let mut text = Vec::new();
    let mut spans = Vec::new();
    let mut rest = line;
    while let Some((open, kind, body)) = mark(rest) {
        text.extend(bytes(&rest[..open]));
        let close = rest[body..].find("]]").expect("a closed mark") + body;
        let start = text.len();
        text.extend(bytes(&rest[body..close]));
        spans.push((kind, start, text.len()));
        rest = &rest[close + 2..];
    }
    text.extend(bytes(rest));
    Example { file, text, spans }
}

fn mark(text: &str) -> Option<(usize, Kind, usize)> {
    text.match_indices("[[").find_map(|(at, _)| {
        let (kind, _) = text[at + 2..].split_once(':')?;
        Some((at, Kind::parse(kind)?, at + 2 + kind.len() + 1))
    })
}

/// The detector of the site that a half belongs to; `people`: whether its directory is known.
pub fn detector(half: Half, people: bool) -> Detector {
    let plan = std::fs::read_to_string(half.folder().join("plan.toml")).expect("plan.toml");
    let plan: toml::Table = plan.parse().expect("TOML");
    let plans = plan["plan"].as_array().expect("plans");
    let plans = plans
        .iter()
        .map(|p| p.clone().try_into::<NumberPlan>().expect("a plan"));
    let plans = NumberPlans::new(plans);
    let mut site = SitePeople::default();
    let table = std::fs::read_to_string(half.folder().join("people.csv")).expect("people.csv");
    for row in table.lines().skip(1).filter(|_| people) {
        let [surname, given, number, account]: [&str; 4] = row
            .split(';')
            .collect::<Vec<_>>()
            .try_into()
            .expect("four cells");
        site.names.push((surname.to_owned(), given.to_owned()));
        site.numbers.push(number.to_owned());
        site.accounts.push(account.to_owned());
    }
    Detector::new(&plans, 0, &site, &Options::default())
}

/// Compares a detector with the labels: a hit is right when kind, start and end are.
/// `each` sees every example with the labels that were missed and the hits that are wrong.
pub fn measure(
    detector: &Detector,
    examples: &[Example],
    mut each: impl FnMut(&Example, &[(Kind, usize, usize)], &[Hit]),
) -> BTreeMap<Kind, Score> {
    let mut scores: BTreeMap<Kind, Score> = BTreeMap::new();
    for example in examples {
        let mut hits = Vec::new();
        detector.detect(&example.text, &mut hits);
        let is = |h: &Hit, s: &(Kind, usize, usize)| h.kind == s.0 && h.range() == (s.1..s.2);
        let mut missed = Vec::new();
        for span in &example.spans {
            let score = scores.entry(span.0).or_default();
            if hits.iter().any(|h| is(h, span)) {
                score.right += 1;
            } else {
                score.missed += 1;
                missed.push(*span);
            }
        }
        hits.retain(|h| !example.spans.iter().any(|s| is(h, s)));
        for hit in &hits {
            scores.entry(hit.kind).or_default().wrong += 1;
        }
        each(example, &missed, &hits);
    }
    scores
}

/// The kinds that the goal is set for.
pub fn of_the_site(scores: &BTreeMap<Kind, Score>) -> Score {
    let mut sum = Score::default();
    for kind in [Kind::Name, Kind::Number, Kind::Extension] {
        sum.add(scores.get(&kind).copied().unwrap_or_default());
    }
    sum
}
