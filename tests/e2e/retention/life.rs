//! The whole life of a record, from full to gone, and that nothing else changes.

use super::{AS_OF, Site, items};

/// On 22 November 2026: an outgoing call of yesterday is kept, one of ten days ago is cut, one of 100 days ago is
/// pseudonymised too, one of 200 days ago is deleted; incoming ones are deleted after 7 days.
const LINES: [&str; 9] = [
    "2026-11-21 10:00:00;00:01:00;2;4711;003022222014;;",
    "2026-11-12 10:00:00;00:01:00;2;4711;003022222014;;7001",
    "2026-08-14 10:00:00;00:01:00;2;4711;003022222014;;7001",
    "2026-05-06 10:00:00;00:01:00;2;4711;003022222014;;7001",
    "2026-11-20 10:00:00;00:01:00;1;4915550123456;4711;;",
    "2026-11-15 10:00:00;00:01:00;1;4915550123456;4711;;",
    "2026-11-16 10:00:00;00:01:00;3;4711;4712;;",
    "2026-11-20 10:00:00;00:00:00;2;4711;003022222015;;",
    "2026-11-21 11:00:00;00:01:00;2;4712;003022222016;1234;",
];

#[test]
fn a_record_is_cut_then_pseudonymised_then_gone() {
    let site = Site::new();
    site.cdr("a.txt", &LINES);
    let (plan, run) = site.carry_out();
    assert_eq!(plan["totals"]["records"], 9);
    assert_eq!(plan["totals"]["due"], 5, "{:#?}", items(&plan));
    assert_eq!(run["outcome"], "done");
    assert_eq!(run["verify"]["due_left"], 0);
    let t = &run["totals"];
    assert_eq!(
        (
            &t["deleted"],
            &t["pseudonymised"],
            &t["cut"],
            &t["blanked"],
            &t["kept"]
        ),
        (&2.into(), &1.into(), &1.into(), &1.into(), &4.into()),
        "{t}"
    );
    let text = site.read("a.txt");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 7);
    assert_eq!(lines[0], LINES[0], "not due");
    assert_eq!(
        lines[1], "2026-11-12 10:00:00;00:01:00;2;4711;003022222xxx;;7001",
        "cut"
    );
    let fields: Vec<&str> = lines[2].split(';').collect();
    assert_eq!(
        (fields[0], fields[1], fields[2]),
        ("2026-08-14 10:00:00", "00:01:00", "2")
    );
    assert_eq!(fields[4], "003022222xxx", "cut before it is pseudonymised");
    // 11 110 digit strings of up to four digits need three characters of base 36
    assert!(token(fields[3], 3), "the station is a token");
    assert!(token(fields[6], 13), "the account code is a token");
    assert_eq!(lines[3], LINES[4]);
    assert_eq!(lines[4], LINES[6]);
    assert_eq!(lines[5], LINES[7]);
    assert_eq!(
        lines[6], "2026-11-21 11:00:00;00:01:00;2;4712;003022222016;;",
        "the PIN is blanked at once"
    );

    // twice is once
    let again = site.plan();
    assert_eq!(again["totals"]["due"], 0, "{:#?}", items(&again));
    site.call(&["retention", "verify"]).run().exits(0);
    site.call(&["ledger", "verify"]).run().exits(0);
    assert_eq!(site.read("a.txt"), text);
}

fn token(value: &str, characters: usize) -> bool {
    value.strip_prefix('z').is_some_and(|rest| {
        rest.len() == characters
            && rest
                .bytes()
                .all(|b| b.is_ascii_digit() || b.is_ascii_lowercase())
    })
}

#[test]
fn a_file_whose_records_are_all_due_goes_as_a_whole() {
    let site = Site::new();
    site.cdr("old.txt", &[LINES[3], LINES[5]]);
    site.cdr("new.txt", &[LINES[0]]);
    let (plan, run) = site.carry_out();
    assert!(
        items(&plan)
            .iter()
            .all(|i| i.starts_with("cdr/old.txt delete-file ")),
        "{:#?}",
        items(&plan)
    );
    assert_eq!(run["totals"]["deleted"], 2);
    let files = run["files"].as_array().unwrap();
    assert_eq!((files.len(), &files[0]["deleted"]), (1, &true.into()));
    assert!(!site.folder.join("cdr/old.txt").exists());
    assert_eq!(site.read("new.txt"), format!("{}\n", LINES[0]));
}

#[test]
fn headers_order_and_line_ends_stay() {
    let site = Site::new();
    let text = format!(
        "# heading\r\n{}\r\n\r\n# block\n{}\n{}\r\n",
        LINES[0], LINES[3], LINES[4]
    );
    site.folder.write("cdr/mixed.txt", &text);
    site.carry_out();
    assert_eq!(
        std::fs::read_to_string(site.folder.join("cdr/mixed.txt")).unwrap(),
        text.replace(&format!("{}\n", LINES[3]), "")
    );
}

#[test]
fn party_numbers_of_a_protected_call_go_first() {
    let site = Site::new();
    site.cdr(
        "p.txt",
        &[
            "2026-11-22 08:00:00;00:01:00;2;2100;003022222014;;",
            "2026-11-22 08:01:00;00:01:00;3;4711;2100;;",
            "2026-11-22 08:02:00;00:01:00;1;4915550123456;2100;;",
            "2026-11-22 08:03:00;00:01:00;2;4711;0030231252100;;",
            "2026-11-22 08:04:00;00:01:00;2;4711;003022222014;;",
        ],
    );
    let (plan, run) = site.carry_out();
    assert_eq!(plan["totals"]["due"], 4, "{:#?}", items(&plan));
    assert_eq!(run["totals"]["blanked"], 4);
    let text = site.read("p.txt");
    assert_eq!(
        text,
        "2026-11-22 08:00:00;00:01:00;2;;;;\n2026-11-22 08:01:00;00:01:00;3;;;;\n\
         2026-11-22 08:02:00;00:01:00;1;;;;\n2026-11-22 08:03:00;00:01:00;2;;;;\n\
         2026-11-22 08:04:00;00:01:00;2;4711;003022222014;;\n"
    );
}

#[test]
fn raw_records_that_come_back_are_treated_again() {
    let site = Site::new();
    site.cdr("a.txt", &LINES);
    let raw = site.read("a.txt");
    site.standing();
    site.call(&["retention", "run"]).run().exits(0);
    let treated = site.read("a.txt");
    assert_ne!(treated, raw);
    site.folder.write("cdr/a.txt", &raw);
    let run = site
        .call(&["retention", "run", "--format", "json"])
        .run()
        .exits(0)
        .json();
    assert_eq!(run["totals"]["deleted"], 2, "{run}");
    assert_eq!(site.read("a.txt"), treated, "same keys, same tokens");
    let idle = site
        .call(&["retention", "run", "--format", "json"])
        .run()
        .exits(0)
        .json();
    assert_eq!(idle["outcome"], "nothing-due");
}

#[test]
fn status_and_simulate_tell_the_future() {
    let site = Site::new();
    site.cdr("a.txt", &LINES);
    let status = site
        .call(&["retention", "status", "--format", "json"])
        .run()
        .exits(4)
        .json();
    let outgoing = status["clusters"]
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["cluster"] == "call-detail-outgoing")
        .unwrap()
        .clone();
    assert_eq!(outgoing["oldest"], "2026-05-06");
    assert!(outgoing["overdue"].as_u64().unwrap() > 0, "{outgoing}");
    let simulated = site
        .call(&[
            "retention",
            "simulate",
            "--until",
            "2027-12-31",
            "--format",
            "json",
        ])
        .run()
        .exits(0)
        .json();
    let days = simulated["days"].as_array().unwrap();
    assert_eq!(
        days.last().unwrap()["records"],
        0,
        "nothing is kept for ever"
    );
    let kept: Vec<u64> = days
        .iter()
        .map(|d| d["records"].as_u64().unwrap())
        .collect();
    assert!(kept.windows(2).all(|w| w[0] >= w[1]), "{kept:?}");
    let svg = site.folder.join("future.svg");
    site.call(&[
        "retention",
        "simulate",
        "--until",
        "2027-12-31",
        "--svg",
        "future.svg",
    ])
    .run()
    .exits(0);
    let text = std::fs::read_to_string(svg).unwrap();
    assert!(text.starts_with("<svg") && !text.contains("<script"));
    let _ = AS_OF;
}

#[test]
fn a_certificate_can_be_checked_without_us() {
    let site = Site::new();
    site.cdr("a.txt", &LINES);
    site.carry_out();
    site.call(&["retention", "certificate", "last", "--out", "proof"])
        .run()
        .exits(0);
    let proof = site.folder.join("proof");
    let json = std::fs::File::open(proof.join("certificate.json")).unwrap();
    let status = std::process::Command::new("ssh-keygen")
        .args([
            "-Y",
            "verify",
            "-f",
            "certificate.signers",
            "-I",
            "site",
            "-n",
            "gdpr4k-certificate",
            "-s",
            "certificate.json.sig",
        ])
        .current_dir(&proof)
        .stdin(json)
        .stdout(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    for lang in ["de", "en"] {
        let page = std::fs::read_to_string(proof.join(format!("certificate.{lang}.html"))).unwrap();
        for number in ["4711", "4712", "22222014", "4915550123456"] {
            assert!(
                !page.contains(number),
                "{lang}: a number stands in the certificate"
            );
        }
        assert!(page.contains("SSD"), "{lang}: says what is not covered");
    }
}
