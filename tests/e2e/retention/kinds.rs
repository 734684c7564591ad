//! Files that are not call records: journals, logs, traces, notes, recordings, reports, archives, backups.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Site, items};

/// Sources of every kind that retention may touch, and of some that it may not.
const SOURCES: &str = r#"
[[source]]
kind = "call-journal"
paths = ["journals/*.csv"]
writable = true
[[source]]
kind = "assistant-log"
paths = ["logs/*.csv"]
writable = true
[[source]]
kind = "syslog"
paths = ["logs/*.log"]
writable = true
[[source]]
kind = "trace"
paths = ["trace/*"]
writable = true
[[source]]
kind = "pm-report"
paths = ["pm-reports/*"]
writable = true
[[source]]
kind = "ac-win"
paths = ["ac-win/*"]
writable = true
[[source]]
kind = "backup"
paths = ["backup/*"]
[[source]]
kind = "xie"
paths = ["xie/*.csv"]
writable = true
"#;

/// Who is to be gone after the run: every value stands only in what is due on 22 November 2026.
const CANARIES: [&str; 8] = [
    "Canaria",
    "06990009777",
    "canaryuser",
    "203.0.113.77",
    "Canary-Secret",
    "Zeisig",
    "2777",
    "089999980777",
];

fn site() -> Site {
    let site = Site::build(
        "max_share = 1.0\n",
        SOURCES,
        "writable = true\nlayout = \"layouts/test.toml\"",
    );
    let write = |path: &str, text: &str| site.folder.write(path, text);
    write(
        "journals/journal-2026-11-20.csv",
        "subscriber;direction;number;number_e164;name;timestamp;state;duration\r\n\
         2777;in;06990009777;;\"Canaria; \"\"Eva\"\"\";2026-09-03 08:14:09;free;00:01:00\r\n\
         2504;in;08999998123;;Müller;2026-11-20 08:14:09;free;00:01:00\r\n\
         \r\n\
         2777;in;06990009777\r\n",
    );
    write(
        "logs/activity-2026-11-20.csv",
        "date_time;level;event_type;user;client_ip;switch;application;text\n\
         2025-10-03 08:14:09;INFO;CHANGE;canaryuser;203.0.113.77;WERK1;Configuration;Station changed\n\
         2026-11-20 08:15:40;INFO;CHANGE;jdoe;10.20.30.9;WERK1;Configuration;api2hipath -l xieapi -p Canary-Secret -o PORT\n",
    );
    write(
        "logs/syslog-2026-11-20.log",
        "<38>Jan  3 08:14:09 os4k sshd[1]: session opened for user canaryuser by (uid=0)\n\
         \tfrom 203.0.113.77\n\
         <38>Nov 20 08:14:09 os4k sshd[1]: session opened for user jdoe by (uid=0)\n",
    );
    write(
        "trace/trace-2026-11-20.txt",
        "2026-11-01 08:14:09 INVITE sip:+4906990009777@203.0.113.77\n2026-11-21 08:14:09 BYE\n",
    );
    site.folder
        .write("trace/old-2026-10-01.pcap", fixture("trace/basic.pcap"));
    let mut rows = String::new();
    for (no, calls) in [
        ("2777", 12),
        ("2501", 7),
        ("2502", 9),
        ("2503", 11),
        ("2504", 8),
    ] {
        rows.push_str(&format!("{no};Zeisig, Eva;01.10.2026;{calls}\n"));
    }
    write(
        "pm-reports/extensions-2026-11-20.csv",
        &format!(
            "Nebenstelle;Name;Datum;Gespräche\n{rows}2505;Dorn, Ute;20.11.2026;3\nTotal;;;50\n"
        ),
    );
    write("pm-reports/old-2026-09-01.pdf", "%PDF-1.4 Zeisig, Eva 2777");
    write("pm-reports/new-2026-11-20.pdf", "%PDF-1.4 kept");
    write(
        "pm-reports/pm-2026-11-20.html",
        "<h1>Extensions</h1><table><tr><th>Extension</th><th>Date</th></tr>\n\
         <tr><td><a href=\"tel:2777\">2777</a></td><td>2026-10-01</td></tr>\n\
         <tr><td>2504</td><td>2026-11-20</td></tr>\n</table>\n",
    );
    site.folder.write(
        "pm-reports/rich-2026-11-20.xlsx",
        fixture("pm-report/rich.xlsx"),
    );
    site.folder
        .write("ac-win/call-2026-10-01.wav", fixture("ac-win/basic.wav"));
    site.folder
        .write("ac-win/call-2026-11-20.wav", fixture("ac-win/basic.wav"));
    write("backup/set-2026-01-01.bin", "old 2777");
    write(
        "xie/PORT.csv",
        "switch_name|extension|pen\n0001|2777|1-1-1-1\n",
    );
    site
}

/// The bytes of a fixture.
fn fixture(path: &str) -> Vec<u8> {
    let path = format!("{}/fixtures/{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// Every file of the site with its bytes.
fn files(site: &Site) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut folders = vec![site.folder.join("")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path
                    .strip_prefix(site.folder.join(""))
                    .unwrap()
                    .display()
                    .to_string();
                all.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    all
}

#[test]
fn what_is_due_goes_whatever_kind_of_file_it_stands_in() {
    let site = site();
    let before = files(&site);
    let (plan, run) = site.carry_out();
    assert_eq!(run["outcome"], "done", "{run:#}");
    assert_eq!(run["verify"]["due_left"], 0, "{run:#}");
    let mut done = items(&plan);
    done.sort();
    assert_eq!(
        done,
        [
            "ac-win/call-2026-10-01.wav delete-file voice-recording end 1",
            "journals/journal-2026-11-20.csv delete call-journal end 1",
            "logs/activity-2026-11-20.csv blank admin-audit-log at-once 1",
            "logs/activity-2026-11-20.csv delete admin-audit-log end 1",
            "logs/syslog-2026-11-20.log delete login-log end 1",
            "pm-reports/extensions-2026-11-20.csv delete performance-station end 5",
            "pm-reports/old-2026-09-01.pdf delete-file performance-station end 1",
            "pm-reports/pm-2026-11-20.html delete performance-station end 1",
            "pm-reports/rich-2026-11-20.xlsx delete performance-station end 8",
            "trace/old-2026-10-01.pcap delete-file trace end 1",
            "trace/trace-2026-11-20.txt delete trace end 1",
        ]
    );

    let after = files(&site);
    // nothing of those who were due is left in any file that retention may touch, nor in state, plan and ledger
    for (name, bytes) in &after {
        let untouched = ["backup/", "xie/", "keys/", "quarantine/"];
        if untouched.iter().any(|f| name.starts_with(f)) {
            continue;
        }
        for value in CANARIES {
            let holds = bytes.windows(value.len()).any(|w| w == value.as_bytes());
            assert!(!holds, "{value} in {name}");
        }
    }
    // the damaged line lies in the quarantine, and nowhere else
    let apart: Vec<u8> = after
        .iter()
        .filter(|(n, _)| n.starts_with("quarantine/"))
        .flat_map(|(_, b)| b.clone())
        .collect();
    assert_eq!(apart, b"2777;in;06990009777\r\n");
    for gone in [
        "trace/old-2026-10-01.pcap",
        "pm-reports/old-2026-09-01.pdf",
        "ac-win/call-2026-10-01.wav",
    ] {
        assert!(!after.contains_key(gone), "{gone}");
    }
    for kept in [
        "backup/set-2026-01-01.bin",
        "xie/PORT.csv",
        "pm-reports/new-2026-11-20.pdf",
        "ac-win/call-2026-11-20.wav",
    ] {
        assert_eq!(before[kept], after[kept], "{kept}");
    }
    let text = |name: &str| String::from_utf8(after[name].clone()).unwrap();
    assert_eq!(
        text("journals/journal-2026-11-20.csv"),
        "subscriber;direction;number;number_e164;name;timestamp;state;duration\r\n\
         2504;in;08999998123;;Müller;2026-11-20 08:14:09;free;00:01:00\r\n\r\n"
    );
    assert_eq!(
        text("logs/activity-2026-11-20.csv"),
        "date_time;level;event_type;user;client_ip;switch;application;text\n\
         2026-11-20 08:15:40;INFO;CHANGE;jdoe;10.20.30.9;WERK1;Configuration;api2hipath -l xieapi -p *** -o PORT\n"
    );
    assert_eq!(
        text("logs/syslog-2026-11-20.log"),
        "<38>Nov 20 08:14:09 os4k sshd[1]: session opened for user jdoe by (uid=0)\n"
    );
    assert_eq!(
        text("trace/trace-2026-11-20.txt"),
        "2026-11-21 08:14:09 BYE\n"
    );
    assert_eq!(
        text("pm-reports/extensions-2026-11-20.csv"),
        "Nebenstelle;Name;Datum;Gespräche\nsum(5);;01.10.2026;47\n2505;Dorn, Ute;20.11.2026;3\nTotal;;;50\n"
    );

    // twice is once
    let again = site.plan();
    assert_eq!(again["totals"]["due"], 0, "{:#?}", items(&again));
    site.call(&["retention", "verify"]).run().exits(0);
    site.call(&["ledger", "verify"]).run().exits(0);
    let codes = |plan: &Value| -> Vec<String> {
        let attention = plan["attention"].as_array().unwrap();
        attention
            .iter()
            .map(|a| format!("{} {}", a["code"], a["path"]))
            .collect()
    };
    assert!(
        codes(&again)
            .iter()
            .any(|c| c.contains("G4K-802") && c.contains("xie/PORT.csv")),
        "{:?}",
        codes(&again)
    );
}

#[test]
fn a_suspension_of_a_path_keeps_other_files_too() {
    let site = site();
    let before = files(&site);
    site.call(&[
        "hold",
        "add",
        "--path",
        "**",
        "--reason",
        "inspection",
        "--case",
        "C1",
        "--by",
        "anna",
        "--review",
        "2027-01-01",
    ])
    .run()
    .exits(0);
    let plan = site.plan();
    assert_eq!(plan["totals"]["due"], 0, "{:#?}", items(&plan));
    let after = files(&site);
    for (name, bytes) in &before {
        if !name.starts_with("state/")
            && !name.starts_with("keys/")
            && !name.ends_with(".plan.json")
        {
            assert!(after[name] == *bytes, "{name}");
        }
    }
}
