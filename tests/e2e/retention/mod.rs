//! Retention with the real binary: plan, approve, apply, verify, and what must be refused.

mod approval;
mod attacks;
mod effects;
mod faults;
mod holds;
mod kinds;
mod life;

use std::path::PathBuf;
use std::process::Command;

use gdpr4k_tests::{Call, Folder};
use serde_json::Value;

/// The day that the plans are made for.
pub(crate) const AS_OF: &str = "2026-11-22";

/// A layout with every kind of field that a stage takes.
const LAYOUT: &str = r#"
name = "test"
version = 1
verified = true
encoding = "ascii"
record_end = "lf"
strip = ["control"]
skip = ["^#"]
min_len = 10
on_error = "quarantine"
timezone = "Europe/Berlin"
century_pivot = 80
[[record]]
id = "call"
kind = "delimited"
separator = ";"
quote = "none"
field_count = [7]
date_order = "end"
  [[record.field]]
  name = "end"
  element = "END"
  index = 1
  type = "datetime"
  format = "%Y-%m-%d %H:%M:%S"
  [[record.field]]
  name = "duration"
  element = "DURATION"
  index = 2
  type = "duration"
  format = "hh:mm:ss"
  [[record.field]]
  name = "type"
  element = "CONNTYPE"
  index = 3
  type = "code"
  map = { "1" = "incoming", "2" = "outgoing", "3" = "internal" }
  party = "none"
  [[record.field]]
  name = "calling"
  element = "CALLIPTY"
  access = "plain"
  index = 4
  type = "number"
  party = "by-direction"
  [[record.field]]
  name = "destination"
  element = "DESTPTY"
  access = "dialled"
  index = 5
  type = "number"
  party = "by-direction"
  [[record.field]]
  name = "pin"
  element = "PIN"
  index = 6
  type = "text"
  party = "employee"
  [[record.field]]
  name = "account"
  element = "ACCTCODE"
  index = 7
  type = "text"
  party = "employee"
"#;

/// A site with call records in `cdr/`, its keys made and one approver.
pub(crate) struct Site {
    pub(crate) folder: Folder,
    keys: Folder,
}

impl Site {
    /// A site whose limits do not stand in the way.
    pub(crate) fn new() -> Self {
        Self::with("max_share = 1.0\n")
    }

    /// A site with these keys below `[retention]`.
    pub(crate) fn with(retention: &str) -> Self {
        Self::build(
            retention,
            "",
            "writable = true\nlayout = \"layouts/test.toml\"",
        )
    }

    /// A site with keys below `[retention]`, further tables, and keys of the source.
    pub(crate) fn build(retention: &str, tables: &str, source: &str) -> Self {
        let folder = Folder::empty();
        let text = format!(
            "{}\n[protected]\nnumbers = [\"2100\"]\n[approvals]\nsigners = \"allowed_signers\"\n{tables}\n\
             [[source]]\nkind = \"cdr\"\npaths = [\"cdr/*.txt\"]\n{source}\n[retention]\n{retention}",
            gdpr4k_tests::HEAD
        );
        folder.write("site.toml", text);
        folder.write("layouts/test.toml", LAYOUT);
        let site = Self {
            folder,
            keys: Folder::empty(),
        };
        site.approver("anna");
        site
    }

    /// Makes a key for an approver and lets her approve.
    pub(crate) fn approver(&self, name: &str) {
        self.make_key(name);
        let public = format!("{}.pub", self.key(name).display());
        self.call(&["approver", "add", name, "--key", &public])
            .run()
            .exits(0);
    }

    /// Makes a key for somebody.
    pub(crate) fn make_key(&self, name: &str) {
        let status = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-C", name, "-f"])
            .arg(self.key(name))
            .status()
            .expect("ssh-keygen, of the package openssh-client, makes the keys of these tests");
        assert!(status.success());
    }

    /// The private key of somebody.
    pub(crate) fn key(&self, name: &str) -> PathBuf {
        self.keys.join(name)
    }

    /// A call judged on [`AS_OF`].
    pub(crate) fn call(&self, args: &[&str]) -> Call {
        self.folder.call(&["-q", "--as-of", AS_OF]).args(args)
    }

    /// Writes a file of call records.
    pub(crate) fn cdr(&self, name: &str, lines: &[&str]) {
        self.folder
            .write(&format!("cdr/{name}"), lines.join("\n") + "\n");
    }

    /// Reads a file of call records.
    pub(crate) fn read(&self, name: &str) -> String {
        let path = self.folder.join(&format!("cdr/{name}"));
        std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }

    /// Makes a plan in `out.plan.json`.
    pub(crate) fn plan(&self) -> Value {
        let run = self
            .call(&[
                "retention",
                "plan",
                "-o",
                "out.plan.json",
                "--format",
                "json",
            ])
            .run();
        assert!(
            matches!(run.code, Some(0 | 3 | 4)),
            "{:?} {}",
            run.code,
            run.err()
        );
        let plan = run.json();
        partition(&plan);
        plan
    }

    /// Approves that plan.
    pub(crate) fn approve(&self, name: &str) {
        let key = self.key(name);
        self.call(&[
            "retention",
            "approve",
            "out.plan.json",
            "--as",
            name,
            "--key",
        ])
        .arg(&key)
        .run()
        .exits(0);
    }

    /// Applies that plan.
    pub(crate) fn apply(&self) -> gdpr4k_tests::Run {
        self.call(&["retention", "apply", "out.plan.json", "--format", "json"])
            .run()
    }

    /// Plans, approves and applies; the plan and the answer.
    pub(crate) fn carry_out(&self) -> (Value, Value) {
        let plan = self.plan();
        self.approve("anna");
        let run = self.apply();
        assert!(
            matches!(run.code, Some(0 | 4)),
            "{:?} {}",
            run.code,
            run.err()
        );
        (plan, run.json())
    }

    /// Signs the policy for unattended runs.
    pub(crate) fn standing(&self) {
        let key = self.key("anna");
        self.call(&[
            "retention",
            "approve",
            "--standing",
            "--as",
            "anna",
            "--key",
        ])
        .arg(&key)
        .run()
        .exits(0);
    }
}

/// `records = due + kept + suspended + attention`, due = sum of the items, in every cluster and in total.
pub(crate) fn partition(plan: &Value) {
    let n = |v: &Value| v.as_u64().unwrap_or_else(|| panic!("no number: {v}"));
    let closes = |sum: &Value| {
        assert_eq!(
            n(&sum["records"]),
            n(&sum["due"]) + n(&sum["kept"]) + n(&sum["suspended"]) + n(&sum["attention"]),
            "{sum}"
        );
    };
    closes(&plan["totals"]);
    for cluster in plan["clusters"].as_array().expect("clusters") {
        closes(cluster);
        let items = plan["items"].as_array().expect("items");
        let due: u64 = items
            .iter()
            .filter(|i| i["cluster"] == cluster["cluster"])
            .map(|i| n(&i["records"]))
            .sum();
        assert_eq!(due, n(&cluster["due"]), "{cluster}");
    }
    let due: u64 = plan["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|i| n(&i["records"]))
        .sum();
    assert_eq!(due, n(&plan["totals"]["due"]));
    assert_eq!(n(&plan["kept"]["records"]), n(&plan["totals"]["kept"]));
}

/// Items of a plan as `action cluster records`.
pub(crate) fn items(plan: &Value) -> Vec<String> {
    plan["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|i| {
            format!(
                "{} {} {} {} {}",
                i["path"].as_str().unwrap_or(""),
                i["action"].as_str().unwrap_or(""),
                i["cluster"].as_str().unwrap_or(""),
                i["stage"].as_str().unwrap_or(""),
                i["records"]
            )
        })
        .collect()
}
