//! Interrupt at any moment and run again: the result is the same.

use std::time::Duration;

use super::Site;

fn lines() -> Vec<String> {
    (0..60_000)
        .map(|i| {
            let day = ["2026-05-06", "2026-08-14", "2026-11-10", "2026-11-21"][i % 4];
            format!(
                "{day} 10:{:02}:{:02};00:01:00;2;{};003022222{:03};{};{}",
                i / 60 % 60,
                i % 60,
                4000 + i % 500,
                i % 1000,
                if i % 7 == 0 { "1234" } else { "" },
                7000 + i % 50
            )
        })
        .collect()
}

#[test]
fn kill_at_any_moment() {
    let lines = lines();
    let text: Vec<&str> = lines.iter().map(String::as_str).collect();
    let site = Site::new();
    for name in ["a.txt", "b.txt", "c.txt"] {
        site.cdr(name, &text);
    }
    let raw = site.read("a.txt");
    site.standing();
    site.call(&["retention", "run"]).run().exits(0);
    let whole = site.read("a.txt");
    assert_ne!(whole, raw);
    let mut killed = 0;
    for delay in 0..24u64 {
        for name in ["a.txt", "b.txt", "c.txt"] {
            site.folder.write(&format!("cdr/{name}"), &raw);
        }
        let mut child = site.call(&["retention", "run"]).spawn();
        std::thread::sleep(Duration::from_millis(delay * 12));
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
            killed += 1;
        }
        child.wait().unwrap();
        for name in ["a.txt", "b.txt", "c.txt"] {
            let now = site.read(name);
            assert!(
                now == raw || now == whole,
                "{name} is neither the old nor the new file"
            );
        }
        site.call(&["retention", "run"]).run().exits(0);
        let left: Vec<String> = site
            .folder
            .files("cdr")
            .iter()
            .map(|f| f.file_name().unwrap().to_string_lossy().into_owned())
            .collect();
        assert_eq!(
            left,
            ["a.txt", "b.txt", "c.txt"],
            "nothing else is left behind"
        );
        for name in ["a.txt", "b.txt", "c.txt"] {
            assert_eq!(site.read(name), whole, "{name} after the next run");
        }
    }
    assert!(killed > 3, "the runs ended before they were killed");
    site.call(&["ledger", "verify"]).run().exits(0);
    site.call(&["retention", "verify"]).run().exits(0);
}

#[test]
fn damaged_lines_are_never_passed_on_and_never_lost() {
    let site = Site::new();
    let damaged = "2026-11-10 10:00:00;00:01;4766";
    let new = "2026-11-21 10:00:00;00:01:00;2;4711;003022222014;;";
    site.cdr(
        "a.txt",
        &[
            "2026-08-14 10:00:00;00:01:00;2;4711;003022222014;;",
            damaged,
            new,
        ],
    );
    let plan = site.plan();
    assert_eq!(plan["files"][0]["quarantine"], 1);
    site.approve("anna");
    let run = site.apply();
    assert!(matches!(run.code, Some(0 | 3 | 4)), "{}", run.err());
    assert_eq!(run.json()["totals"]["quarantined"], 1);
    assert!(!site.read("a.txt").contains("4766"));
    let quarantine: Vec<_> = site.folder.files("quarantine");
    assert!(
        quarantine
            .iter()
            .any(|f| std::fs::read_to_string(f).unwrap().contains(damaged))
    );
    use std::os::unix::fs::PermissionsExt as _;
    for file in &quarantine {
        assert_eq!(
            file.metadata().unwrap().permissions().mode() & 0o777,
            0o600,
            "{}",
            file.display()
        );
    }
    // the quarantine has its own day of deletion
    site.standing();
    let later = site
        .folder
        .call(&["retention", "run", "-q", "--as-of", "2029-01-01"])
        .run();
    assert!(matches!(later.code, Some(0 | 4)), "{}", later.err());
    assert!(
        site.folder
            .files("quarantine")
            .iter()
            .all(|f| !std::fs::read_to_string(f).unwrap().contains("4766"))
    );
}
