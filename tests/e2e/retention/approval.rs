//! Who may let a plan happen, and what makes a plan void.

use std::process::{Command, Stdio};

use super::{Site, items};

const OLD: &str = "2026-05-06 10:00:00;00:01:00;2;4711;003022222014;;";
const NEW: &str = "2026-11-21 10:00:00;00:01:00;2;4711;003022222014;;";

fn site() -> Site {
    let site = Site::new();
    site.cdr("a.txt", &[OLD, NEW]);
    site
}

#[track_caller]
fn refused(site: &Site) {
    let before = site.read("a.txt");
    let run = site.apply();
    assert_eq!(run.code, Some(6), "{} {}", run.out(), run.err());
    assert_eq!(run.json()["outcome"], "refused");
    assert_eq!(site.read("a.txt"), before, "a refused plan touches nothing");
}

#[test]
fn a_plan_without_a_signature_is_refused() {
    let site = site();
    site.plan();
    refused(&site);
}

#[test]
fn a_signature_of_a_stranger_is_refused() {
    let site = site();
    site.plan();
    site.make_key("bert");
    let key = site.key("bert");
    site.call(&[
        "retention",
        "approve",
        "out.plan.json",
        "--as",
        "bert",
        "--key",
    ])
    .arg(&key)
    .run()
    .exits(6);
    sign(&site, "bert");
    refused(&site);
    // a key of another name is no signature of anna
    site.call(&[
        "retention",
        "approve",
        "out.plan.json",
        "--as",
        "anna",
        "--key",
    ])
    .arg(&key)
    .run()
    .exits(6);
    refused(&site);
}

/// Signs the plan with the ordinary tool.
fn sign(site: &Site, name: &str) {
    let status = Command::new("ssh-keygen")
        .args(["-q", "-Y", "sign", "-n", "gdpr4k", "-f"])
        .arg(site.key(name))
        .arg("out.plan.json")
        .current_dir(site.folder.path())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
fn a_signature_of_the_ordinary_tool_counts() {
    let site = site();
    site.plan();
    sign(&site, "anna");
    let run = site.apply();
    assert_eq!(run.code, Some(0), "{}", run.err());
    assert_eq!(site.read("a.txt"), format!("{NEW}\n"));
}

#[test]
fn our_signature_counts_for_the_ordinary_tool() {
    let site = site();
    site.plan();
    site.approve("anna");
    let signature = site
        .folder
        .files(".")
        .into_iter()
        .find(|f| f.extension().is_some_and(|e| e == "sig"))
        .expect("a signature beside the plan");
    let plan = std::fs::File::open(site.folder.join("out.plan.json")).unwrap();
    let status = Command::new("ssh-keygen")
        .args([
            "-Y",
            "verify",
            "-f",
            "allowed_signers",
            "-I",
            "anna",
            "-n",
            "gdpr4k",
            "-s",
        ])
        .arg(signature)
        .current_dir(site.folder.path())
        .stdin(plan)
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
fn two_signatures_are_two_people() {
    let site = Site::with("max_share = 1.0\napprovals = 2\n");
    site.cdr("a.txt", &[OLD, NEW]);
    site.approver("bert");
    site.plan();
    site.approve("anna");
    refused(&site);
    site.approve("anna");
    refused(&site);
    site.approve("bert");
    assert_eq!(site.apply().code, Some(0));
}

#[test]
fn an_altered_plan_is_refused() {
    let site = site();
    site.plan();
    site.approve("anna");
    let path = site.folder.join("out.plan.json");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("\"max\"", "\"min\"") + "\n").unwrap();
    refused(&site);
}

#[test]
fn a_stale_plan_is_refused() {
    let site = site();
    site.plan();
    site.approve("anna");
    site.cdr("a.txt", &[OLD, NEW, NEW]);
    refused(&site);
    // same size, another content
    let site = self::site();
    site.plan();
    site.approve("anna");
    site.cdr("a.txt", &[NEW, OLD]);
    refused(&site);
}

#[test]
fn a_plan_of_another_policy_is_refused() {
    let site = site();
    site.plan();
    site.approve("anna");
    let path = site.folder.join("site.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(
        &path,
        text + "\n[[retention.override]]\ncluster = \"call-detail-outgoing\"\ndelete_after = \"P1M\"\n",
    )
    .unwrap();
    refused(&site);
}

#[test]
fn a_plan_beyond_its_limits_is_refused() {
    let site = Site::with("max_share = 0.25\n");
    site.cdr("a.txt", &[OLD, NEW, NEW]);
    let plan = site.plan();
    assert!(
        !plan["over_limit"].as_array().unwrap().is_empty(),
        "{:#?}",
        items(&plan)
    );
    site.approve("anna");
    refused(&site);
    let site = Site::with("max_share = 1.0\nmax_count = 1\n");
    site.cdr("a.txt", &[OLD, OLD, NEW]);
    site.plan();
    site.approve("anna");
    refused(&site);
}

#[test]
fn a_standing_approval_ends_with_its_policy() {
    let site = site();
    site.call(&["retention", "run"]).run().exits(6);
    site.standing();
    let run = site
        .call(&["retention", "run", "--format", "json"])
        .run()
        .exits(0)
        .json();
    assert_eq!(run["totals"]["deleted"], 1);
    let path = site.folder.join("site.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("max_share = 1.0", "max_share = 0.9")).unwrap();
    site.cdr("b.txt", &[OLD, NEW]);
    let run = site
        .call(&["retention", "run", "--format", "json"])
        .run()
        .exits(6);
    assert_eq!(run.json()["outcome"], "refused");
}

#[test]
fn a_removed_approver_approves_no_more() {
    let site = site();
    site.plan();
    site.approve("anna");
    site.call(&["approver", "remove", "anna"]).run().exits(0);
    refused(&site);
}
