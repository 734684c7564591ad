//! The command line contract: keys, exit codes, where what is written.

use gdpr4k_tests::{Folder, HEAD, gdpr4k};
use serde_json::Value;

/// Two calls, nothing wrong with them.
const CALLS: &str = include_str!("../fixtures/cdr/asterisk-csv.basic.csv");

fn clean_site() -> Folder {
    let folder = Folder::site(&[("cdr", "cdr/*.csv", "layout = \"asterisk-csv\"")]);
    folder.write("cdr/calls.csv", CALLS);
    folder
}

fn keys(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .into_iter()
        .flatten()
        .map(|(k, _)| k.as_str())
        .collect()
}

#[track_caller]
fn has_keys(value: &Value, expected: &str) {
    assert!(value.is_object(), "no object to look for {expected} in");
    let found = keys(value);
    let missing: Vec<&str> = expected
        .split(", ")
        .filter(|k| !found.contains(k))
        .collect();
    assert!(missing.is_empty(), "missing {missing:?} in {found:?}");
}

#[track_caller]
fn has_envelope(json: &Value) {
    assert!(
        json["schema"]
            .as_str()
            .is_some_and(|s| s.starts_with("https://")),
        "{:?}",
        json["schema"]
    );
    assert_eq!(json["tool_version"], env!("CARGO_PKG_VERSION"));
    let at = json["generated_at"].as_str().unwrap_or_default();
    assert!(
        at.len() == 20 && at.as_bytes()[10] == b'T' && at.ends_with('Z'),
        "{at:?}"
    );
}

#[test]
fn a_scan_has_the_keys_that_scripts_rely_on() {
    let folder = Folder::demo(20, 10);
    let scan = folder.scan().run().exits(4).json();
    has_envelope(&scan);
    has_keys(&scan, "files, elements, findings, totals");
    let file = "path, kind, layout, bytes, lines, records, continuation, noise, rejected, pending, findings, oldest, newest";
    let element = "element, cluster, category, subject, secret, files, records, distinct, distinct_estimated, oldest, newest";
    for (list, expected) in [
        ("files", file),
        ("elements", element),
        ("findings", "code, severity, path, line, message, help"),
    ] {
        let items = scan[list].as_array().unwrap();
        assert!(!items.is_empty(), "{list}");
        items.iter().for_each(|i| has_keys(i, expected));
    }
    has_keys(
        &scan["totals"],
        "files, bytes, lines, records, continuation, noise, rejected, pending, subjects, externals, assignments",
    );
    for finding in scan["findings"].as_array().unwrap() {
        assert!(
            ["info", "attention", "error"].contains(&finding["severity"].as_str().unwrap()),
            "{finding}"
        );
        for text in ["message", "help"] {
            let text = finding[text].as_str().unwrap();
            assert!(!text.is_empty() && !text.contains(['{', '}']), "{finding}");
        }
    }
    for file in scan["files"].as_array().unwrap() {
        let n = |k: &str| file[k].as_u64().unwrap_or(0);
        assert_eq!(
            n("lines"),
            n("records") + n("continuation") + n("noise") + n("rejected") + n("pending"),
            "{file}"
        );
    }
}

#[test]
fn every_json_answer_has_the_envelope() {
    let folder = clean_site();
    let calls: [&[&str]; 9] = [
        &["catalogue", "list"],
        &["catalogue", "show", "O4K-FLD-CDR-CALLED"],
        &["policy", "packs"],
        &["policy", "show"],
        &["policy", "show", "--pack", "eu-base"],
        &["layout", "list"],
        &["layout", "detect", "cdr/calls.csv"],
        &[
            "layout",
            "check",
            "cdr/calls.csv",
            "--layout",
            "asterisk-csv",
        ],
        &["explain", "--list"],
    ];
    for args in calls {
        let run = folder.call(args).arg("--format").arg("json").run();
        assert!(
            matches!(run.code, Some(0 | 4)),
            "{args:?}: {} {}",
            run.code.unwrap_or(-1),
            run.err()
        );
        has_envelope(&run.json());
    }
    let policy = folder
        .call(&["policy", "show", "--format", "json"])
        .run()
        .json();
    for cluster in policy["clusters"].as_array().unwrap() {
        has_keys(
            cluster,
            "cluster, purpose, starts_with, fallback, delete_after, stages, source, legal_ref, justification",
        );
    }
}

#[test]
fn exit_0_when_nothing_is_wrong() {
    gdpr4k(["catalogue", "check"]).run().exits(0);
    clean_site()
        .call(&["scan", "cdr", "--as-of", "2025-03-16"])
        .run()
        .exits(0);
}

#[test]
fn exit_2_for_wrong_usage() {
    let folder = clean_site();
    for args in [
        &["catalogue", "show", "O4K-FLD-NOTHING"][..],
        &["catalogue", "list", "--table", "nothing"],
        &["explain", "G4K-000"],
        &["policy", "show", "--pack", "nothing"],
        &["scan", "--site", "nowhere/site.toml"],
        &["scan", "nowhere.csv"],
        &["layout", "check", "cdr/calls.csv", "--layout", "nothing"],
        &["scan", "--as-of", "31.12.2026"],
        &["nothing"],
        &[],
    ] {
        let run = folder.call(args).run().exits(2);
        assert!(run.stdout.is_empty(), "{args:?}: {}", run.out());
        assert!(!run.stderr.is_empty(), "{args:?}");
    }
    gdpr4k(["scan"]).dir(Folder::empty().path()).run().exits(2);
}

#[test]
fn exit_3_when_a_line_cannot_be_read() {
    let folder = clean_site();
    folder.write("cdr/calls.csv", format!("{CALLS}this is no record\n"));
    let scan = folder
        .call(&["scan", "cdr", "--format", "json", "--as-of", "2025-03-16"])
        .run()
        .exits(3)
        .json();
    assert_eq!(scan["totals"]["rejected"], 1);
}

#[test]
fn exit_4_when_somebody_has_to_look() {
    let folder = clean_site();
    folder.write("cdr/empty.csv", "");
    folder
        .call(&["scan", "cdr", "--as-of", "2025-03-16"])
        .run()
        .exits(4);
}

#[test]
fn exit_5_for_an_invalid_site_file_with_all_its_problems_at_once() {
    let folder = clean_site();
    let broken = HEAD
        .replace("Europe/Berlin", "Europe/Nowhere")
        .replace("extension_length = 4", "extension_length = \"four\"")
        + "[[source]]\nkind = \"telepathy\"\npaths = [\"x/*\"]\n[[source]]\nkind = \"cdr\"\nnode = \"nowhere\"\npaths = []\n";
    folder.write("site.toml", broken);
    let run = folder.call(&["scan"]).run().exits(5);
    assert!(run.stdout.is_empty());
    for word in ["Europe/Nowhere", "number_plan", "telepathy", "\"nowhere\""] {
        assert!(run.err().contains(word), "{word} is not in {}", run.err());
    }
    assert!(
        !folder.join("state").exists(),
        "nothing is begun on an invalid site"
    );
}

#[test]
fn exit_5_for_an_invalid_layout_and_the_rest_is_read() {
    let folder = Folder::site(&[
        ("cdr", "cdr/*.csv", "layout = \"asterisk-csv\""),
        ("cdr", "other/*.txt", "layout = \"layouts/own.toml\""),
    ]);
    folder.write("cdr/calls.csv", CALLS);
    folder.write("other/a.txt", "x\n");
    folder.write(
        "layouts/own.toml",
        "layout = \"own\"\nmode = \"sideways\"\n",
    );
    let run = folder.scan().run().exits(5);
    assert!(run.err().contains("layouts/own.toml"), "{}", run.err());
    assert_eq!(run.json()["totals"]["records"], 2);
}

#[test]
fn exit_7_when_the_state_is_locked_or_in_the_way() {
    let folder = clean_site();
    folder.call(&["scan"]).run();
    let lock = std::fs::File::options()
        .write(true)
        .open(folder.join("state/lock"))
        .unwrap();
    lock.lock().unwrap();
    let run = folder.call(&["scan"]).run().exits(7);
    assert!(
        run.stdout.is_empty() && run.err().contains("another gdpr4k"),
        "{}",
        run.err()
    );
    drop(lock);
    let other = clean_site();
    other.write("state", "a file where a folder should be");
    other.call(&["scan"]).run().exits(7);
}

#[test]
fn stdout_is_the_answer_alone_and_quiet_is_quiet() {
    let folder = clean_site();
    let loud = folder.call(&["scan", "-vv", "--format", "json"]).run();
    loud.json();
    assert!(!loud.stderr.is_empty());
    let quiet = folder.call(&["scan", "-q"]).run();
    assert_eq!(quiet.err(), "");
    assert!(!quiet.stdout.is_empty());
    let text = folder.call(&["scan"]).run();
    assert!(
        text.out()
            .trim_end()
            .lines()
            .last()
            .unwrap()
            .starts_with("next: "),
        "{}",
        text.out()
    );
}

#[test]
fn no_escape_sequences_where_no_terminal_is() {
    let folder = clean_site();
    for args in [
        &["scan", "-vv"][..],
        &["scan", "--nothing"],
        &["--help"],
        &["catalogue", "show", "x"],
    ] {
        for (name, value) in [("NO_COLOR", "1"), ("TERM", "xterm-256color")] {
            let run = folder.call(args).env(name, value).run();
            assert!(!run.bytes().contains(&0x1b), "{args:?} with {name}");
        }
        let run = folder
            .call(args)
            .env("NO_COLOR", "1")
            .env("CLICOLOR_FORCE", "1")
            .run();
        assert!(!run.bytes().contains(&0x1b), "{args:?}: NO_COLOR counts");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = gdpr4k(["catalogue", "list", "--format", "json"]).spawn();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Names of the commands below a command, from its help.
fn commands(help: &str) -> Vec<String> {
    let lines = help
        .lines()
        .skip_while(|l| *l != "Commands:")
        .skip(1)
        .take_while(|l| !l.is_empty());
    let names = lines.filter(|l| l.starts_with("  ") && !l.starts_with("   "));
    names
        .filter_map(|l| l.split_whitespace().next())
        .filter(|n| *n != "help")
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_help_of_every_command_names_the_exit_codes() {
    let mut open: Vec<Vec<String>> = vec![vec![]];
    let mut seen = 0;
    while let Some(path) = open.pop() {
        let help = gdpr4k(&path).arg("--help").run().exits(0).out();
        let flat = help.split_whitespace().collect::<Vec<_>>().join(" ");
        for code in [
            "0 done",
            "2 usage",
            "3 some data unreadable",
            "4 attention",
            "5 catalogue",
            "6 refused",
            "7 environment",
            "101",
            "130",
        ] {
            assert!(flat.contains(code), "{path:?}: {code:?} is not in its help");
        }
        seen += 1;
        open.extend(
            commands(&help)
                .into_iter()
                .map(|c| [path.clone(), vec![c]].concat()),
        );
    }
    assert!(seen > 15, "only {seen} commands");
}

#[test]
fn a_site_folder_from_init_can_be_scanned() {
    let folder = Folder::empty();
    folder.call(&["init", "new"]).run().exits(0);
    let run = folder
        .call(&["scan", "--site", "new/site.toml", "--format", "json"])
        .run();
    assert!(
        matches!(run.code, Some(0 | 4)),
        "{:?} {}",
        run.code,
        run.err()
    );
    folder.call(&["init", "new"]).run().exits(2);
    folder.write("full/x", "x");
    folder.call(&["demo", "full"]).run().exits(2);
}

#[test]
fn an_interrupt_ends_it_without_a_word_about_a_defect() {
    let folder = Folder::site(&[("syslog", "big.log", "")]);
    std::fs::File::create(folder.join("big.log"))
        .unwrap()
        .set_len(8 << 30)
        .unwrap();
    let child = folder.call(&["scan"]).spawn();
    std::thread::sleep(std::time::Duration::from_millis(300));
    let id = child.id().to_string();
    assert!(
        std::process::Command::new("kill")
            .args(["-INT", &id])
            .status()
            .unwrap()
            .success()
    );
    let output = child.wait_with_output().unwrap();
    // a shell shows 130 for a program that SIGINT has ended
    assert!(
        matches!(output.status.code(), None | Some(130)),
        "{:?}",
        output.status
    );
    assert!(!String::from_utf8_lossy(&output.stderr).contains("defect"));
}
