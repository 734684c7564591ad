//! What a scan says is what was planted.

use gdpr4k_tests::{Folder, differences};

#[test]
fn a_small_site_with_a_file_a_month() {
    equals_the_truth(40, 365);
}

#[test]
fn a_middle_sized_site_with_a_file_a_day() {
    equals_the_truth(300, 60);
}

/// Sizes at the edges, seeds, and last days around the change of the clock and the year.
#[test]
fn any_size_seed_and_last_day() {
    for (persons, days, seed, end) in [
        (1, 1, 1, "2026-10-31"),
        (2, 2, 2, "2026-10-26"),
        (5, 30, 3, "2026-03-30"),
        (19, 7, 4, "2026-01-01"),
        (99, 3, 5, "2024-02-29"),
        (700, 3, 0, "2026-11-02"),
        (5, 400, u64::MAX, "2026-10-31"),
    ] {
        let seed = seed.to_string();
        let folder = Folder::demo_with(persons, days, &["--seed", &seed, "--end", end]);
        agrees(&folder);
    }
}

#[track_caller]
fn equals_the_truth(persons: u32, days: u32) {
    agrees(&Folder::demo(persons, days));
}

#[track_caller]
fn agrees(folder: &Folder) {
    let truth = std::fs::read(folder.join("truth.json")).unwrap();
    let truth = serde_json::from_slice(&truth).unwrap();
    // cut lines and overdue data are planted: attention is the highest
    let scan = folder.scan().run().exits(4).json();
    let differences = differences(&scan, &truth);
    assert!(
        differences.is_empty(),
        "{} differences\n{}",
        differences.len(),
        differences.join("\n")
    );
}

#[test]
fn a_second_scan_says_the_same() {
    let folder = Folder::demo(20, 30);
    let (mut first, mut second) = (folder.scan().run().json(), folder.scan().run().json());
    for scan in [&mut first, &mut second] {
        scan["generated_at"].take();
    }
    assert_eq!(first, second);
}
