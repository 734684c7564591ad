//! Suspensions win on every path.

use super::{Site, items};

const A: &str = "2026-05-06 10:00:00;00:01:00;2;4711;003022222014;;7001";
const B: &str = "2026-05-06 11:00:00;00:01:00;2;4712;003022222015;1234;7001";
const C: &str = "2026-05-07 11:00:00;00:01:00;1;4915550123456;4711;;";

fn add(site: &Site, what: &[&str]) -> String {
    let args = [
        &[
            "hold",
            "add",
            "--reason",
            "court",
            "--case",
            "AZ 1",
            "--by",
            "legal",
            "--review",
            "2027-01-01",
        ],
        what,
        &["--format", "json"],
    ]
    .concat();
    let run = site.call(&args).run().exits(0).json();
    run["id"].as_str().expect("an id").to_owned()
}

#[test]
fn records_of_a_suspended_number_stay_byte_for_byte() {
    let site = Site::new();
    site.cdr("a.txt", &[A, B, C]);
    let id = add(&site, &["--number", "030 23125-4711"]);
    let (plan, run) = site.carry_out();
    assert_eq!(plan["totals"]["suspended"], 2, "{:#?}", items(&plan));
    assert_eq!(plan["suspended"][0]["hold"], id.as_str());
    assert_eq!(run["totals"]["suspended"], 2);
    assert_eq!(site.read("a.txt"), format!("{A}\n{C}\n"));
    // several overlap; one that is left still holds
    let second = add(&site, &["--cluster", "call-detail-outgoing"]);
    site.call(&[
        "hold", "release", &id, "--by", "legal", "--reason", "closed",
    ])
    .run()
    .exits(0);
    site.carry_out();
    assert_eq!(site.read("a.txt"), format!("{A}\n"));
    site.call(&[
        "hold", "release", &second, "--by", "legal", "--reason", "closed",
    ])
    .run()
    .exits(0);
    site.carry_out();
    assert!(!site.folder.join("cdr/a.txt").exists());
    let ledger = site
        .call(&["ledger", "show", "--format", "json"])
        .run()
        .exits(0)
        .out();
    assert!(ledger.contains(&id) && ledger.contains(&second));
    assert!(!ledger.contains("4711"), "no number in the ledger");
    site.call(&["ledger", "verify"]).run().exits(0);
}

#[test]
fn files_kinds_and_days_can_be_suspended() {
    let site = Site::new();
    site.cdr("a.txt", &[A]);
    site.cdr("b.txt", &[A, B]);
    site.cdr("c.txt", &[C]);
    add(&site, &["--path", "cdr/a.*"]);
    add(
        &site,
        &[
            "--cluster",
            "call-detail-incoming",
            "--from",
            "2026-05-07",
            "--to",
            "2026-05-07",
        ],
    );
    let (plan, _) = site.carry_out();
    assert_eq!(
        (&plan["totals"]["suspended"], &plan["totals"]["due"]),
        (&2.into(), &2.into())
    );
    assert_eq!(site.read("a.txt"), format!("{A}\n"));
    assert!(!site.folder.join("cdr/b.txt").exists());
    assert_eq!(site.read("c.txt"), format!("{C}\n"));
}

#[test]
fn a_hold_between_plan_and_apply_stops_the_plan() {
    let site = Site::new();
    site.cdr("a.txt", &[A, B]);
    site.plan();
    site.approve("anna");
    add(&site, &["--number", "4711"]);
    assert_eq!(site.apply().code, Some(6));
    assert_eq!(site.read("a.txt"), format!("{A}\n{B}\n"));
}

#[test]
fn a_hold_needs_an_end_a_reason_and_something_to_hold() {
    let site = Site::new();
    let base = [
        "hold", "add", "--reason", "court", "--case", "1", "--by", "legal",
    ];
    site.call(&[&base[..], &["--number", "4711"]].concat())
        .run()
        .exits(2);
    site.call(&[&base[..], &["--review", "2027-01-01"]].concat())
        .run()
        .exits(2);
    site.call(&[
        "hold",
        "add",
        "--number",
        "4711",
        "--review",
        "2027-01-01",
        "--case",
        "1",
        "--by",
        "x",
    ])
    .run()
    .exits(2);
    site.call(&["hold", "release", "H9", "--by", "x", "--reason", "y"])
        .run()
        .exits(2);
}

#[test]
fn a_hold_that_has_ended_holds_no_more() {
    let site = Site::new();
    site.cdr("a.txt", &[A]);
    let args = [
        "hold",
        "add",
        "--reason",
        "r",
        "--case",
        "1",
        "--by",
        "x",
        "--number",
        "4711",
        "--until",
        "2026-11-21",
    ];
    site.call(&args).run().exits(0);
    let plan = site.plan();
    assert_eq!(plan["totals"]["suspended"], 0);
}
