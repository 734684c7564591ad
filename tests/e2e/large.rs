//! A site of 3,000 persons and a year against its truth. In a release build only: see `.ci/run`.

use gdpr4k_tests::{Folder, differences};

#[test]
fn a_large_site_equals_its_truth() {
    let folder = Folder::demo(3000, 365);
    let truth: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.join("truth.json")).unwrap()).unwrap();
    let run = folder.scan().run().exits(4);
    let differences = differences(&run.json(), &truth);
    eprintln!(
        "{} records, {} bytes, scan in {:?}, peak {} KiB",
        truth["totals"]["records"], truth["totals"]["bytes"], run.wall, run.peak
    );
    assert!(
        differences.is_empty(),
        "{} differences\n{}",
        differences.len(),
        differences.join("\n")
    );
    assert!(
        run.peak <= 256 << 10,
        "peak of {} KiB (expected at most 256 MiB)",
        run.peak
    );
}
