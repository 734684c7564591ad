//! What the unattended operation leaves: units, metrics, keys, the stop switch.

use super::Site;

const OUT: &str = "2026-08-14 10:00:00;00:01:00;2;4711;003022222014;;7001";
const NEW: &str = "2026-11-21 10:00:00;00:01:00;2;4711;003022222014;;";

#[test]
fn schedules_are_printed() {
    let site = Site::new();
    let unit = site
        .call(&["schedule", "systemd", "--at", "02:30"])
        .run()
        .exits(0)
        .out();
    for part in [
        "PrivateNetwork=yes",
        "ProtectSystem=strict",
        "OnCalendar=*-*-* 02:30:00",
        "Persistent=true",
        "retention run",
    ] {
        assert!(unit.contains(part), "{part}");
    }
    assert!(
        site.call(&["schedule", "cron"])
            .run()
            .exits(0)
            .out()
            .contains("0 3 * * *")
    );
    assert!(
        site.call(&["schedule", "windows"])
            .run()
            .exits(0)
            .out()
            .contains("<StartWhenAvailable>true")
    );
    site.call(&["schedule", "cron", "--at", "25:00"])
        .run()
        .exits(2);
}

#[test]
fn metrics_are_in_the_text_format() {
    let site = Site::new();
    site.cdr("a.txt", &[OUT, NEW]);
    site.standing();
    site.call(&["retention", "run"]).run().exits(0);
    let text = site.call(&["metrics"]).run().exits(0).out();
    for name in [
        "gdpr4k_oldest_record_age_days",
        "gdpr4k_overdue_records",
        "gdpr4k_last_success_timestamp_seconds",
        "gdpr4k_suspensions",
        "gdpr4k_ledger_intact 1",
    ] {
        assert!(text.contains(name), "{name} in\n{text}");
    }
    site.call(&["metrics", "--textfile", "gdpr4k.prom"])
        .run()
        .exits(0);
    assert_eq!(
        std::fs::read_to_string(site.folder.join("gdpr4k.prom"))
            .unwrap()
            .trim_end(),
        text.trim_end()
    );
}

#[test]
fn a_destroyed_key_takes_its_tokens_along() {
    let site = Site::new();
    site.cdr("a.txt", &[OUT, NEW]);
    site.approver("bert");
    site.carry_out();
    let token = site.read("a.txt").split(';').nth(3).unwrap().to_owned();
    let resolve = |keys: &[&str]| {
        let mut call = site.call(&[
            "pseudonym",
            "resolve",
            &token,
            "--reason",
            "police",
            "--period",
            "2026-Q3",
            "--format",
            "json",
        ]);
        for key in keys {
            call = call.arg("--key").arg(site.key(key));
        }
        call.run()
    };
    assert_eq!(resolve(&["anna"]).code, Some(6), "two keys");
    assert_eq!(resolve(&["anna", "anna"]).code, Some(6), "of two people");
    let found = resolve(&["anna", "bert"]).exits(0).json();
    assert!(
        found["candidates"]
            .as_array()
            .unwrap()
            .iter()
            .any(|c| c["number"] == "4711"),
        "{found}"
    );
    let ledger = site.call(&["ledger", "show"]).run().exits(0).out();
    assert!(ledger.contains("pseudonym-resolved") && !ledger.contains("4711"));
    let destroy = [
        "key",
        "destroy",
        "--period",
        "2026-Q3",
        "--reason",
        "period is over",
        "--by",
        "dpo",
    ];
    site.call(&destroy).run().exits(2);
    site.call(&[&destroy[..], &["--yes"]].concat())
        .run()
        .exits(0);
    assert_ne!(
        resolve(&["anna", "bert"]).code,
        Some(0),
        "nobody can resolve it any more"
    );
    site.call(&["ledger", "verify"]).run().exits(0);
}

#[test]
fn the_stop_switch_halts() {
    let site = Site::new();
    site.cdr("a.txt", &[OUT, NEW]);
    site.standing();
    site.call(&["retention", "stop"]).run().exits(0);
    let run = site
        .call(&["retention", "run", "--format", "json"])
        .run()
        .exits(6);
    assert_eq!(run.json()["outcome"], "refused");
    site.call(&["retention", "stop", "--release"])
        .run()
        .exits(0);
    site.call(&["retention", "run"]).run().exits(0);
}

#[test]
fn files_that_are_still_written_are_left() {
    let site = Site::build(
        "max_share = 1.0\n",
        "",
        "writable = true\nsettle = \"15m\"\nlayout = \"layouts/test.toml\"",
    );
    site.cdr("young.txt", &[OUT, NEW]);
    let plan = site.plan();
    assert_eq!(plan["totals"]["due"], 0);
    assert!(
        plan["attention"]
            .as_array()
            .unwrap()
            .iter()
            .any(|a| a["path"] == "cdr/young.txt")
    );
    let locked = Site::build("max_share = 1.0\n", "", "layout = \"layouts/test.toml\"");
    locked.cdr("a.txt", &[OUT]);
    assert_eq!(
        locked.plan()["totals"]["records"],
        0,
        "a source that is not writable is not planned"
    );
}

#[test]
fn keys_inside_the_state_folder_are_refused() {
    let site = Site::new();
    let path = site.folder.join("site.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(
        &path,
        text.replace("pack = ", "keys = \"state/keys\"\npack = "),
    )
    .unwrap();
    assert_eq!(site.call(&["key", "init"]).run().code, Some(5));
}
