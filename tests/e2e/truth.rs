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

#[track_caller]
fn equals_the_truth(persons: u32, days: u32) {
    let folder = Folder::demo(persons, days);
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
