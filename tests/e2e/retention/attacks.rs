//! Attacks by name.

use std::path::Path;

use super::{Site, items};

const OUT: &str = "2026-08-14 10:00:00;00:01:00;2;4711;003022222014;;7001";
const NEW: &str = "2026-11-21 10:00:00;00:01:00;2;4711;003022222014;;";

/// Every value of a person that is planted must be gone from files, state, plans, reports and messages.
#[test]
fn canary() {
    let site = Site::new();
    let dead = "2026-05-06 10:00:00;00:01:00;2;4799;0030222220199;987654;770077";
    let cut = "2026-11-10 10:00:00;00:01:00;2;4711;003022222014;987655;";
    let token = "2026-08-14 10:00:00;00:01:00;2;4788;003022222016;987656;770078";
    let protected = "2026-11-22 10:00:00;00:01:00;2;2100;003022222017;987657;770079";
    let damaged = "2026-11-10 10:00:00;00:01;broken 4766";
    site.cdr("a.txt", &[dead, cut, token, protected, damaged]);
    let mut spoken = Vec::new();
    for args in [
        &["retention", "plan", "-o", "out.plan.json"][..],
        &["retention", "plan", "--format", "json"],
        &["retention", "status"],
        &["retention", "simulate", "--until", "2027-03-01"],
    ] {
        let run = site
            .folder
            .call(args)
            .args(&["-vv", "--as-of", super::AS_OF])
            .run();
        assert!(
            matches!(run.code, Some(0 | 3 | 4)),
            "{args:?} {}",
            run.err()
        );
        spoken.extend(run.bytes());
    }
    site.approve("anna");
    let run = site
        .folder
        .call(&["retention", "apply", "out.plan.json"])
        .args(&["-vv", "--as-of", super::AS_OF])
        .run();
    assert!(matches!(run.code, Some(0 | 3 | 4)), "{}", run.err());
    spoken.extend(run.bytes());
    for args in [
        &["retention", "verify"][..],
        &["retention", "certificate", "last", "--out", "proof"],
        &["ledger", "show"],
        &["metrics"],
    ] {
        spoken.extend(
            site.folder
                .call(args)
                .args(&["-vv", "--as-of", super::AS_OF])
                .run()
                .bytes(),
        );
    }
    let gone = [
        "4799",
        "222220199",
        "987654",
        "770077",
        "22222014",
        "987655",
        "4788",
        "22222016",
        "987656",
        "770078",
        "22222017",
        "987657",
        "4766",
    ];
    for needle in gone {
        assert!(!contains(&spoken, needle), "{needle} was said");
        for file in site.folder.files(".") {
            let relative = file.strip_prefix(site.folder.path()).unwrap();
            // the quarantine holds damaged lines on purpose, private and with a day of deletion
            if relative.starts_with("quarantine") {
                continue;
            }
            let bytes = std::fs::read(&file).unwrap();
            assert!(
                !contains(&bytes, needle),
                "{needle} stands in {}",
                relative.display()
            );
        }
    }
    let text = site.read("a.txt");
    assert_eq!(text.lines().count(), 3, "{text}");
    assert!(
        text.lines()
            .any(|l| l == "2026-11-22 10:00:00;00:01:00;2;;;;770079"),
        "{text}"
    );
}

fn contains(bytes: &[u8], needle: &str) -> bool {
    bytes.windows(needle.len()).any(|w| w == needle.as_bytes())
}

#[test]
fn symlink_swap() {
    let site = Site::new();
    site.cdr("a.txt", &[OUT, NEW]);
    site.plan();
    site.approve("anna");
    let outside = tempfile::tempdir().unwrap();
    let target = outside.path().join("precious.txt");
    std::fs::write(&target, format!("{OUT}\n{NEW}\n")).unwrap();
    let path = site.folder.join("cdr/a.txt");
    std::fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink(&target, &path).unwrap();
    let run = site.apply();
    assert!(matches!(run.code, Some(6 | 7)), "{:?}", run.code);
    assert_eq!(
        std::fs::read_to_string(&target).unwrap(),
        format!("{OUT}\n{NEW}\n")
    );
    assert!(path.is_symlink());
}

#[test]
fn hard_link() {
    let site = Site::new();
    site.cdr("a.txt", &[OUT, NEW]);
    let other = site.folder.join("copy-of-a");
    std::fs::hard_link(site.folder.join("cdr/a.txt"), &other).unwrap();
    let run = site
        .call(&["retention", "plan", "--format", "json"])
        .run()
        .exits(4);
    let plan = run.json();
    assert_eq!(plan["totals"]["due"], 0, "{:#?}", items(&plan));
    assert!(
        !plan["attention"].as_array().unwrap().is_empty(),
        "a file with two names is said"
    );
}

#[test]
fn two_processes() {
    let site = Site::new();
    let mut lines: Vec<String> = Vec::new();
    for i in 0..200_000 {
        lines.push(format!(
            "2026-08-14 10:{:02}:{:02};00:01:00;2;{};003022222{:03};;",
            i / 60 % 60,
            i % 60,
            4000 + i % 500,
            i % 1000
        ));
    }
    site.cdr(
        "big.txt",
        &lines.iter().map(String::as_str).collect::<Vec<_>>(),
    );
    site.standing();
    let mut children: Vec<_> = (0..3)
        .map(|_| site.call(&["retention", "run", "--format", "json"]).spawn())
        .collect();
    let codes: Vec<_> = children
        .iter_mut()
        .map(|c| c.wait().unwrap().code().unwrap())
        .collect();
    assert!(codes.contains(&0), "{codes:?}");
    assert!(codes.iter().all(|c| matches!(c, 0 | 7)), "{codes:?}");
    site.call(&["retention", "verify"]).run().exits(0);
    assert_eq!(site.read("big.txt").lines().count(), 200_000);
}

#[test]
fn future_dated_and_year_1970() {
    let site = Site::new();
    // neither is believed: the day of the file, in its name, decides
    site.cdr(
        "cdr-2026-11-21.txt",
        &[
            "2031-01-01 10:00:00;00:01:00;1;4915550123456;4711;;",
            "1970-01-01 00:00:00;00:01:00;1;4915550123456;4711;;",
            NEW,
        ],
    );
    site.cdr(
        "cdr-2026-01-10.txt",
        &[
            "2031-01-01 10:00:00;00:01:00;1;4915550123456;4711;;",
            "1970-01-01 00:00:00;00:01:00;2;4711;003022222014;;",
            NEW,
        ],
    );
    let (plan, _) = site.carry_out();
    assert_eq!(plan["totals"]["due"], 2, "{:#?}", items(&plan));
    assert_eq!(site.read("cdr-2026-11-21.txt").lines().count(), 3);
    assert_eq!(site.read("cdr-2026-01-10.txt"), format!("{NEW}\n"));
}

/// Somebody who knows every extension and every number but not the key learns nothing.
#[test]
fn dictionary_and_small_numbers() {
    let tokens = |site: &Site| -> Vec<String> {
        let lines: Vec<String> = (4000..4500)
            .map(|n| format!("2026-08-14 10:00:00;00:01:00;2;{n};003022222014;;{n}"))
            .collect();
        site.cdr(
            "a.txt",
            &lines.iter().map(String::as_str).collect::<Vec<_>>(),
        );
        site.carry_out();
        site.read("a.txt")
            .lines()
            .map(|l| l.split(';').nth(3).unwrap().to_owned())
            .collect()
    };
    let (first, second) = (tokens(&Site::new()), tokens(&Site::new()));
    let mut unique = first.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), 500, "never a collision");
    let equal = first.iter().zip(&second).filter(|(a, b)| a == b).count();
    assert!(
        equal < 5,
        "{equal} of 500 tokens are the same under another key"
    );
    assert_ne!(
        first, unique,
        "the order of tokens does not tell the order of numbers"
    );
}

#[test]
fn a_read_only_folder_is_left_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let site = Site::new();
    site.cdr("a.txt", &[OUT, NEW]);
    let folder = site.folder.join("cdr");
    let set =
        |mode| std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(mode)).unwrap();
    set(0o555);
    let root = std::fs::write(folder.join("probe"), "").is_ok();
    site.plan();
    site.approve("anna");
    let run = site.apply();
    set(0o755);
    if root {
        // rights do not bind the superuser: then the run is an ordinary one
        let _ = std::fs::remove_file(folder.join("probe"));
        assert_eq!(run.code, Some(0));
        return;
    }
    assert_eq!(run.code, Some(7));
    assert_eq!(site.read("a.txt"), format!("{OUT}\n{NEW}\n"));
    assert_eq!(names(&folder), ["a.txt"]);
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn a_broken_chain_is_found() {
    let site = Site::new();
    site.cdr("a.txt", &[OUT, NEW]);
    site.carry_out();
    site.call(&["ledger", "verify"]).run().exits(0);
    let path = site
        .folder
        .files("state")
        .into_iter()
        .find(|f| {
            f.file_name()
                .is_some_and(|n| n.to_string_lossy().contains("ledger"))
        })
        .expect("a ledger file");
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.len() >= 3);
    let attacks: Vec<(&str, String)> = vec![
        ("altered", text.replacen("a.txt", "b.txt", 1)),
        (
            "missing",
            lines
                .iter()
                .enumerate()
                .filter(|(i, _)| *i != 1)
                .map(|(_, l)| format!("{l}\n"))
                .collect(),
        ),
        (
            "reordered",
            lines
                .iter()
                .enumerate()
                .map(|(i, _)| {
                    format!(
                        "{}\n",
                        lines[match i {
                            0 => 1,
                            1 => 0,
                            i => i,
                        }]
                    )
                })
                .collect(),
        ),
        (
            "cut",
            lines[..lines.len() - 1]
                .iter()
                .map(|l| format!("{l}\n"))
                .collect(),
        ),
        ("emptied", String::new()),
    ];
    for (name, attack) in attacks {
        assert_ne!(attack, text, "{name}");
        std::fs::write(&path, attack).unwrap();
        let run = site.call(&["ledger", "verify"]).run();
        assert_eq!(run.code, Some(4), "{name}: {}", run.out());
    }
    std::fs::write(&path, text).unwrap();
    site.call(&["ledger", "verify"]).run().exits(0);
}
