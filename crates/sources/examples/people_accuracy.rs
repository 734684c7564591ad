//! Precision, recall, F1 and F2 of the detector of people in free text, by kind, on both halves of the corpus.
//!
//! `cargo run --release -p gdpr4k-sources --example people_accuracy`
//! With `-- --errors` also the errors on the tuning half, line by line. Those of the held-out half are never shown.

#[path = "../tests/corpus/mod.rs"]
#[allow(unreachable_pub)]
mod corpus;

use corpus::{Half, Score, detector, examples, measure, of_the_site};
use gdpr4k_sources::people::Kind;

fn main() {
    let errors = std::env::args().any(|a| a == "--errors");
    for (half, people) in [
        (Half::Tuning, true),
        (Half::HeldOut, true),
        (Half::HeldOut, false),
        (Half::Fresh, true),
        (Half::Second, true),
    ] {
        let examples = examples(half);
        let detector = detector(half, people);
        let show = errors && half != Half::HeldOut;
        let scores = measure(&detector, &examples, |example, missed, wrong| {
            if show && !(missed.is_empty() && wrong.is_empty()) {
                let text = |r: std::ops::Range<usize>| {
                    String::from_utf8_lossy(&example.text[r]).into_owned()
                };
                println!(
                    "{}: {}",
                    example.file,
                    String::from_utf8_lossy(&example.text)
                );
                for (kind, start, end) in missed {
                    println!("    missed {} {:?}", kind.as_str(), text(*start..*end));
                }
                for hit in wrong {
                    println!(
                        "    wrong {} {:?} ({})",
                        hit.kind.as_str(),
                        text(hit.range()),
                        hit.rule.as_str()
                    );
                }
            }
        });
        let spans: usize = examples.iter().map(|e| e.spans.len()).sum();
        let directory = if people {
            ""
        } else {
            ", without the site's directory"
        };
        println!(
            "\n### {}{directory}: {} lines, {spans} labelled spans\n",
            half.name(),
            examples.len()
        );
        println!("| kind | labelled | right | wrong | missed | precision | recall | F1 | F2 |");
        println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
        let mut all = Score::default();
        for kind in Kind::ALL {
            let Some(score) = scores.get(kind) else {
                continue;
            };
            all.add(*score);
            row(kind.as_str(), *score);
        }
        row("**all**", all);
        row("**names and numbers**", of_the_site(&scores));
    }
}

fn row(name: &str, s: Score) {
    println!(
        "| {name} | {} | {} | {} | {} | {:.4} | {:.4} | {:.4} | {:.4} |",
        s.right + s.missed,
        s.right,
        s.wrong,
        s.missed,
        s.precision(),
        s.recall(),
        s.f(1.0),
        s.f(2.0)
    );
}
