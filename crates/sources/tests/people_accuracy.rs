//! The accuracy on the held-out half of the corpus does not fall below what the project promises.

#[allow(dead_code, unreachable_pub)]
mod corpus;

use corpus::{Half, detector, examples, measure, of_the_site};
use gdpr4k_sources::people::Kind;

/// F2 on names, numbers and stations of the site.
const SITE_FLOOR: f64 = 0.98;
/// Precision over all kinds: hard negatives are not hit.
const PRECISION_FLOOR: f64 = 0.98;

#[test]
fn held_out_names_and_numbers_reach_the_goal() {
    let scores = measure(
        &detector(Half::HeldOut, true),
        &examples(Half::HeldOut),
        |_, _, _| {},
    );
    let site = of_the_site(&scores);
    assert!(site.right + site.missed > 1_000, "the corpus is there");
    assert!(site.f(2.0) >= SITE_FLOOR, "F2 {:.4}: {site:?}", site.f(2.0));
    let mut all = corpus::Score::default();
    scores.values().for_each(|s| all.add(*s));
    assert!(
        all.precision() >= PRECISION_FLOOR,
        "precision {:.4}",
        all.precision()
    );
}

#[test]
fn the_corpus_is_as_large_and_as_mixed_as_promised() {
    let all = [Half::Tuning, Half::HeldOut].map(examples);
    let spans: usize = all.iter().flatten().map(|e| e.spans.len()).sum();
    assert!(spans >= 3_000, "{spans} labelled spans");
    let negatives = all.iter().flatten().filter(|e| e.spans.is_empty()).count();
    assert!(negatives >= 250, "{negatives} lines without a span");
    for half in &all {
        for kind in Kind::ALL {
            let has = half.iter().any(|e| e.spans.iter().any(|s| s.0 == *kind));
            assert!(has, "no {} in a half", kind.as_str());
        }
    }
}

#[test]
fn without_a_directory_no_hard_negative_is_hit() {
    let quiet: Vec<_> = [Half::Tuning, Half::HeldOut]
        .into_iter()
        .flat_map(examples)
        .filter(|e| e.spans.is_empty())
        .collect();
    let scores = measure(&detector(Half::HeldOut, false), &quiet, |_, _, _| {});
    let wrong: usize = scores.values().map(|s| s.wrong).sum();
    assert!(
        wrong * 50 <= quiet.len(),
        "{wrong} hits in {} lines",
        quiet.len()
    );
}
