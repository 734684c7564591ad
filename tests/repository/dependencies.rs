//! Who may depend on whom: the picture of the architecture (section 3), and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use gdpr4k_tests::repository;
use serde_json::Value;

/// A crate and the crates of the workspace that it may use.
const ALLOWED: [(&str, &[&str]); 8] = [
    ("gdpr4k-model", &[]),
    ("gdpr4k-sources", &["gdpr4k-model"]),
    ("gdpr4k-policy", &["gdpr4k-model"]),
    ("gdpr4k-store", &["gdpr4k-model"]),
    ("gdpr4k-report", &["gdpr4k-model"]),
    ("gdpr4k-demo", &[]),
    (
        "gdpr4k-engine",
        &[
            "gdpr4k-model",
            "gdpr4k-sources",
            "gdpr4k-policy",
            "gdpr4k-store",
            "gdpr4k-report",
        ],
    ),
    (
        "gdpr4k",
        &[
            "gdpr4k-model",
            "gdpr4k-sources",
            "gdpr4k-policy",
            "gdpr4k-store",
            "gdpr4k-report",
            "gdpr4k-engine",
            "gdpr4k-demo",
        ],
    ),
];

/// Crates that have effects or need a clock, and the only crates that may use them.
const RESERVED: [(&str, &[&str]); 3] = [
    ("rusqlite", &["gdpr4k-store"]),
    ("rayon", &["gdpr4k-engine"]),
    ("clap", &["gdpr4k"]),
];

struct Uses {
    normal: BTreeSet<String>,
    all: BTreeSet<String>,
}

fn uses() -> BTreeMap<String, Uses> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ])
        .current_dir(repository())
        .output()
        .expect("cargo metadata");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let name = |d: &Value| d["name"].as_str().unwrap_or_default().to_owned();
    let packages = metadata["packages"].as_array().expect("packages").iter();
    packages
        .map(|p| {
            let dependencies = p["dependencies"].as_array().expect("dependencies");
            let normal = dependencies
                .iter()
                .filter(|d| d["kind"].is_null())
                .map(name)
                .collect();
            (
                name(p),
                Uses {
                    normal,
                    all: dependencies.iter().map(name).collect(),
                },
            )
        })
        .collect()
}

#[test]
fn the_crates_depend_on_each_other_as_in_the_picture() {
    let uses = uses();
    let mut bad = Vec::new();
    for (name, used) in &uses {
        if name == "gdpr4k-tests" {
            continue;
        }
        let Some((_, allowed)) = ALLOWED.iter().find(|(n, _)| n == name) else {
            bad.push(format!("{name} is not in the picture"));
            continue;
        };
        for other in used.normal.iter().filter(|u| uses.contains_key(*u)) {
            if !allowed.contains(&other.as_str()) {
                bad.push(format!("{name} uses {other}"));
            }
        }
        // tests may build what they need from the words of the domain, but not reach across
        for other in used
            .all
            .difference(&used.normal)
            .filter(|u| uses.contains_key(*u))
        {
            if other != "gdpr4k-model" || name == "gdpr4k-model" {
                bad.push(format!("the tests of {name} use {other}"));
            }
        }
    }
    for (name, _) in ALLOWED {
        if !uses.contains_key(name) {
            bad.push(format!("{name} is gone"));
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[test]
fn the_demo_is_a_leaf_that_only_the_command_line_uses() {
    let uses = uses();
    let users: Vec<&String> = uses
        .iter()
        .filter(|(_, u)| u.all.contains("gdpr4k-demo"))
        .map(|(n, _)| n)
        .collect();
    assert_eq!(users, ["gdpr4k"]);
}

#[test]
fn effects_stay_where_they_belong() {
    let uses = uses();
    for (dependency, allowed) in RESERVED {
        for (name, used) in &uses {
            assert!(
                !used.normal.contains(dependency) || allowed.contains(&name.as_str()),
                "{name} uses {dependency} (expected only {allowed:?})"
            );
        }
    }
}

/// Crates without effects touch neither files nor the clock, outside of their tests.
#[test]
fn crates_without_effects_touch_no_file_and_no_clock() {
    let words = [
        "std::fs",
        "TcpStream",
        "UdpSocket",
        "std::process",
        "SystemTime::now",
        "Instant::now",
        "Utc::now",
        "Local::now",
        "std::env::",
    ];
    let mut bad = Vec::new();
    for name in ["model", "sources", "policy", "demo"] {
        let files = crate::files::below(&format!("crates/{name}/src"), &["rs"]);
        assert!(!files.is_empty(), "{name}");
        for file in files {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with("tests") || name == "testing.rs" {
                continue;
            }
            let text = crate::files::text(&file);
            let code = text
                .split("#[cfg(test)]\nmod tests {")
                .next()
                .unwrap_or_default();
            for word in words.iter().filter(|w| code.contains(**w)) {
                bad.push(format!("{}: {word}", file.display()));
            }
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}
