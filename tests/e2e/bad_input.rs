//! Files that are broken, wrong or made to do harm: a clear finding, the right exit code, and the rest of the site
//! is read all the same.

use std::io::Write as _;
use std::os::unix::fs::symlink;

use gdpr4k_tests::{Folder, Run};
use serde_json::Value;

const GOOD: &str = include_str!("../fixtures/cdr/asterisk-csv.basic.csv");
const LIMIT: u64 = 256 << 10;

/// Every kind of source that has a reader, with a file name and further keys.
const KINDS: [(&str, &str, &str); 10] = [
    ("amo-regen", "bad/regen-2026-10-31.txt", ""),
    ("amo-session", "bad/session-2026-10-31.txt", ""),
    ("amo-logbk", "bad/logbk-2026-10-31.txt", ""),
    ("xie", "bad/PORT-2026-10-31.csv", ""),
    ("directory", "bad/people-2026-10-31.csv", ""),
    (
        "cdr",
        "bad/calls-2026-10-31.txt",
        "layout = \"hicom-300-serial\"",
    ),
    (
        "cdr",
        "bad/calls-2026-10-31.csv",
        "layout = \"asterisk-csv\"",
    ),
    ("call-journal", "bad/journal-2026-10-31.csv", ""),
    ("assistant-log", "bad/activity-2026-10-31.csv", ""),
    ("syslog", "bad/syslog-2026-10-31.log", ""),
];

/// A site with one good file of call records and one bad file of every kind.
fn with_bad(bytes: &[u8]) -> Folder {
    let mut sources = vec![("cdr", "good/*.csv", "layout = \"asterisk-csv\"")];
    sources.extend(KINDS);
    let folder = Folder::site(&sources);
    folder.write("good/calls.csv", GOOD);
    KINDS
        .iter()
        .for_each(|(_, path, _)| folder.write(path, bytes));
    folder
}

fn find<'v>(scan: &'v Value, list: &str, path: &str) -> Vec<&'v Value> {
    scan[list]
        .as_array()
        .unwrap()
        .iter()
        .filter(|f| f["path"] == path)
        .collect()
}

/// The scan ended as the contract says, the good file is counted, every account closes.
#[track_caller]
fn survived(run: &Run) -> Value {
    assert!(
        matches!(run.code, Some(0 | 3 | 4)),
        "{:?}: {}",
        run.code,
        run.err()
    );
    assert!(
        !run.err().contains("defect in the program"),
        "{}",
        run.err()
    );
    let scan = run.json();
    assert_eq!(
        find(&scan, "files", "good/calls.csv")[0]["records"],
        2,
        "the rest of the site is read"
    );
    for file in scan["files"].as_array().unwrap() {
        let n = |k: &str| file[k].as_u64().unwrap_or(0);
        assert_eq!(
            n("lines"),
            n("records") + n("continuation") + n("noise") + n("rejected") + n("pending"),
            "{file}"
        );
    }
    scan
}

/// Every bad file was read, and something was said about it.
#[track_caller]
fn every_bad_file_is_named(scan: &Value) {
    for (kind, path, _) in KINDS {
        assert_eq!(
            find(scan, "files", path).len(),
            1,
            "{kind}: the file is listed"
        );
        let severe = |f: &&Value| f["severity"] != "info";
        assert!(
            find(scan, "findings", path).iter().any(severe),
            "{kind}: nothing is said about {path}: {:?}",
            find(scan, "findings", path)
        );
    }
}

#[test]
fn empty_files() {
    let scan = survived(&with_bad(b"").scan().run());
    every_bad_file_is_named(&scan);
    for (_, path, _) in KINDS {
        assert!(
            find(&scan, "findings", path)
                .iter()
                .any(|f| f["code"] == "G4K-023"),
            "{path}"
        );
    }
}

#[test]
fn binary_files() {
    let mut state = 88_172_645_463_325_252u64;
    let noise: Vec<u8> = (0..200_000)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as u8
        })
        .collect();
    every_bad_file_is_named(&survived(&with_bad(&noise).scan().run()));
}

#[test]
fn nul_bytes() {
    every_bad_file_is_named(&survived(&with_bad(&[0; 5000]).scan().run()));
    let between: Vec<u8> = GOOD.bytes().flat_map(|b| [b, 0]).collect();
    survived(&with_bad(&between).scan().run());
}

#[test]
fn a_zip_that_is_called_csv() {
    let zip = [
        &b"PK\x03\x04\x14\x00\x00\x00\x08\x00"[..],
        &[0x9c; 3000],
        b"PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00",
    ]
    .concat();
    every_bad_file_is_named(&survived(&with_bad(&zip).scan().run()));
}

#[test]
fn line_ends_and_encodings_of_other_systems() {
    survived(
        &with_bad(GOOD.replace("\r\n", "\n").replace('\n', "\r").as_bytes())
            .scan()
            .run(),
    );
    let wide = |order: fn(u16) -> [u8; 2], mark: [u8; 2]| -> Vec<u8> {
        mark.into_iter()
            .chain(GOOD.encode_utf16().flat_map(order))
            .collect()
    };
    survived(&with_bad(&wide(u16::to_le_bytes, [0xff, 0xfe])).scan().run());
    survived(&with_bad(&wide(u16::to_be_bytes, [0xfe, 0xff])).scan().run());
    survived(
        &with_bad(&[b"\xef\xbb\xbf", GOOD.as_bytes()].concat())
            .scan()
            .run(),
    );
    survived(
        &with_bad(b"\xc3\x28;\xa0\xa1;\xf8\xa1\xa1\xa1\xa1\n\xff\xff;\xfe\n")
            .scan()
            .run(),
    );
}

/// A person table in UTF-16, as spreadsheets write it, is read and not merely survived.
#[test]
fn a_person_table_in_utf_16_is_read() {
    let text = "Nachname;Vorname;Rufnummer\r\nMuster;Ida;2201\r\nBeispiel;Jörg;2202\r\n";
    let wide: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(text.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let folder = Folder::site(&[("directory", "p/*.csv", "")]);
    folder.write("p/people-2026-10-31.csv", wide);
    let scan = folder.scan().run().json();
    assert_eq!(
        (&scan["totals"]["lines"], &scan["totals"]["records"]),
        (&3.into(), &2.into()),
        "{}",
        scan["findings"]
    );
}

#[test]
fn files_that_are_cut_anywhere() {
    let demo = Folder::demo(20, 10);
    for cut in [1usize, 2, 3, 7, 50] {
        for file in demo.files(".") {
            let name = file.strip_prefix(demo.path()).unwrap();
            if name.ends_with("site.toml")
                || name.ends_with("truth.json")
                || !file
                    .extension()
                    .is_some_and(|e| e == "txt" || e == "csv" || e == "log")
            {
                continue;
            }
            let bytes = std::fs::read(&file).unwrap();
            std::fs::write(
                &file,
                &bytes[..bytes.len() - bytes.len() / (cut + 8) - bytes.len().min(cut)],
            )
            .unwrap();
        }
        let run = demo.scan().run();
        assert!(
            matches!(run.code, Some(3 | 4)),
            "{:?}: {}",
            run.code,
            run.err()
        );
        for file in run.json()["files"].as_array().unwrap() {
            let n = |k: &str| file[k].as_u64().unwrap_or(0);
            assert_eq!(
                n("lines"),
                n("records") + n("continuation") + n("noise") + n("rejected") + n("pending"),
                "{file}"
            );
        }
    }
}

#[test]
fn one_line_of_300_mb_in_every_kind_of_file() {
    let folder = with_bad(b"");
    for (_, path, _) in KINDS {
        // sparse: NUL bytes without a line end
        std::fs::File::options()
            .write(true)
            .open(folder.join(path))
            .unwrap()
            .set_len(300 << 20)
            .unwrap();
    }
    let run = folder.scan().run();
    every_bad_file_is_named(&survived(&run));
    assert!(
        run.peak > 0 && run.peak <= LIMIT,
        "peak of {} KiB",
        run.peak
    );
}

#[test]
fn one_line_of_300_mb_of_text() {
    for (kind, path, more) in [KINDS[0], KINDS[3], KINDS[6], KINDS[9]] {
        let folder = Folder::site(&[
            ("cdr", "good/*.csv", "layout = \"asterisk-csv\""),
            (kind, path, more),
        ]);
        folder.write("good/calls.csv", GOOD);
        folder.write(path, "");
        let mut file = std::fs::File::create(folder.join(path)).unwrap();
        let block = "\"ADD-PERSI:NAME,2201;,".repeat(50_000);
        (0..300 << 20)
            .step_by(block.len())
            .for_each(|_| file.write_all(block.as_bytes()).unwrap());
        let run = folder.scan().run();
        let scan = survived(&run);
        assert!(
            find(&scan, "findings", path)
                .iter()
                .any(|f| f["severity"] != "info"),
            "{kind}: {:?}",
            find(&scan, "findings", path)
        );
        assert!(
            run.peak > 0 && run.peak <= LIMIT,
            "{kind}: peak of {} KiB",
            run.peak
        );
    }
}

#[test]
fn millions_of_damaged_lines_are_summed_up() {
    let mut lines = Vec::new();
    (0..300_000).for_each(|i| lines.extend_from_slice(format!("x{i}\n").as_bytes()));
    let folder = Folder::site(&[("cdr", "good/*.csv", "layout = \"asterisk-csv\""), KINDS[6]]);
    folder.write("good/calls.csv", GOOD);
    folder.write(KINDS[6].1, lines);
    let run = folder.scan().run();
    let scan = survived(&run);
    let findings = find(&scan, "findings", KINDS[6].1);
    assert_eq!(find(&scan, "files", KINDS[6].1)[0]["rejected"], 300_000);
    assert!(
        (1001..1100).contains(&findings.len()),
        "{} findings",
        findings.len()
    );
    assert!(
        findings.iter().any(|f| f["code"] == "G4K-006"),
        "one finding sums up the rest"
    );
    assert!(run.peak <= LIMIT, "peak of {} KiB", run.peak);
}

#[test]
fn links_pipes_and_folders_in_place_of_files() {
    let outside = Folder::empty();
    outside.write("secret.csv", GOOD);
    let folder = Folder::site(&[
        ("cdr", "good/*.csv", "layout = \"asterisk-csv\""),
        ("cdr", "bad/**/*.csv", "layout = \"asterisk-csv\""),
    ]);
    folder.write("good/calls.csv", GOOD);
    folder.write("bad/folder.csv/inside.txt", "x");
    symlink(outside.join("secret.csv"), folder.join("bad/out.csv")).unwrap();
    symlink("/dev/zero", folder.join("bad/zero.csv")).unwrap();
    symlink("nowhere.csv", folder.join("bad/dangling.csv")).unwrap();
    symlink("loop.csv", folder.join("bad/loop.csv")).unwrap();
    symlink(outside.path(), folder.join("bad/way")).unwrap();
    symlink("..", folder.join("bad/up")).unwrap();
    assert!(
        std::process::Command::new("mkfifo")
            .arg(folder.join("bad/pipe.csv"))
            .status()
            .unwrap()
            .success()
    );
    let _socket = std::os::unix::net::UnixListener::bind(folder.join("bad/socket.csv")).unwrap();
    let run = folder.scan().run();
    let scan = survived(&run);
    assert_eq!(
        scan["totals"]["records"], 2,
        "nothing outside of the site is read, nothing twice"
    );
    for path in [
        "bad/out.csv",
        "bad/zero.csv",
        "bad/dangling.csv",
        "bad/loop.csv",
        "bad/pipe.csv",
        "bad/socket.csv",
    ] {
        let findings = find(&scan, "findings", path);
        assert!(
            findings.iter().any(|f| f["severity"] != "info"),
            "{path}: {findings:?}"
        );
    }
}

#[test]
fn a_file_that_grows_while_it_is_read() {
    let folder = Folder::site(&[
        ("cdr", "good/*.csv", "layout = \"asterisk-csv\""),
        ("cdr", "grow/*.csv", "layout = \"asterisk-csv\""),
    ]);
    folder.write("good/calls.csv", GOOD);
    let line = GOOD.lines().next().unwrap().to_owned() + "\n";
    folder.write("grow/calls.csv", line.repeat(200_000));
    let path = folder.join("grow/calls.csv");
    let stop = std::sync::atomic::AtomicBool::new(false);
    let run = std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut file = std::fs::File::options().append(true).open(&path).unwrap();
            // half a line at a time, so that the end is mostly an unfinished one
            let (a, b) = line.split_at(line.len() / 2);
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                file.write_all(a.as_bytes()).unwrap();
                file.write_all(b.as_bytes()).unwrap();
                std::thread::sleep(std::time::Duration::from_micros(50));
            }
        });
        let run = folder.scan().run();
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        run
    });
    let scan = survived(&run);
    let file = find(&scan, "files", "grow/calls.csv")[0];
    assert_eq!(
        (&file["rejected"], file["pending"].as_u64() <= Some(1)),
        (&0.into(), true),
        "{file}"
    );
    assert!(file["records"].as_u64() >= Some(200_000), "{file}");
    assert!(
        find(&scan, "findings", "grow/calls.csv")
            .iter()
            .any(|f| f["code"] == "G4K-005"),
        "it is said that the file grows"
    );
}

#[test]
fn a_file_that_still_settles_has_a_pending_line() {
    let folder = Folder::site(&[(
        "cdr",
        "good/*.csv",
        "layout = \"asterisk-csv\"\nsettle = \"15m\"",
    )]);
    folder.write("good/calls.csv", format!("{GOOD}\"12\",\"2201"));
    let scan = folder.scan().run().json();
    assert_eq!(
        (&scan["totals"]["pending"], &scan["totals"]["rejected"]),
        (&1.into(), &0.into())
    );
    let closed = Folder::site(&[("cdr", "good/*.csv", "layout = \"asterisk-csv\"")]);
    closed.write("good/calls.csv", format!("{GOOD}\"12\",\"2201"));
    let scan = closed.scan().run().json();
    assert_eq!(
        (&scan["totals"]["pending"], &scan["totals"]["rejected"]),
        (&0.into(), &1.into())
    );
}
