//! The invented site from outside: same bytes for the same seed, a truth that fits the bytes, no real number.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::NaiveDate;
use gdpr4k_demo::{DemoFile, Options, Truth, site};

fn options(persons: u32, days: u32, seed: u64) -> Options {
    Options {
        persons,
        days,
        seed,
        end: NaiveDate::from_ymd_opt(2026, 11, 20).unwrap(),
    }
}

fn written(options: &Options) -> (BTreeMap<String, DemoFile>, Truth) {
    let mut files = BTreeMap::new();
    let truth = site(options)
        .write(&mut |file| {
            assert!(
                files.insert(file.path.clone(), file).is_none(),
                "written twice"
            );
            Ok(())
        })
        .unwrap();
    (files, truth)
}

fn digest(options: &Options) -> u64 {
    let mut hasher = DefaultHasher::new();
    site(options)
        .write(&mut |file| {
            (file.path, file.bytes, file.modified).hash(&mut hasher);
            Ok(())
        })
        .unwrap();
    hasher.finish()
}

fn text(file: &DemoFile) -> String {
    file.bytes.iter().map(|&b| char::from(b)).collect()
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    assert_eq!(digest(&options(40, 60, 7)), digest(&options(40, 60, 7)));
    assert_ne!(digest(&options(40, 60, 7)), digest(&options(40, 60, 8)));
}

#[test]
fn the_accounts_close_and_fit_the_bytes() {
    for o in [options(40, 365, 1), options(120, 30, 2), options(1, 1, 3)] {
        let (files, truth) = written(&o);
        let mut sum = 0;
        for f in &truth.files {
            let Some(lines) = f.lines else {
                assert!(files.contains_key(&f.path) && f.records == 0, "{}", f.path);
                continue;
            };
            assert_eq!(
                lines,
                f.records + f.continuation + f.noise + f.rejected + f.pending,
                "{}",
                f.path
            );
            sum += lines;
            let Some(file) = files.get(&f.path) else {
                let archive = f.path.split("!/").next().unwrap();
                assert!(files.contains_key(archive), "{}", f.path);
                continue;
            };
            let ends = file.bytes.iter().filter(|&&b| b == b'\n').count() as u64;
            let cut = u64::from(!file.bytes.is_empty() && !file.bytes.ends_with(b"\n"));
            assert_eq!(lines, ends + cut, "{}", f.path);
        }
        assert_eq!(truth.totals.lines, sum);
        let inside = |path: &str| path.contains("!/");
        let bytes: usize = truth
            .files
            .iter()
            .filter(|f| !inside(&f.path))
            .map(|f| files[&f.path].bytes.len())
            .sum();
        assert!(truth.totals.bytes > bytes as u64, "members count as well");
        for p in &truth.planted {
            let file = &files[&p.path];
            if let Some(line) = p.line {
                assert!(
                    line >= 1 && line as usize <= text(file).lines().count(),
                    "{p:?}"
                );
            }
        }
        for e in &truth.findings {
            assert!(files.contains_key(&e.path), "{e:?}");
        }
        assert!(files.contains_key("site.toml") && files.contains_key("README.md"));
        assert_eq!(files["truth.json"].bytes.last(), Some(&b'\n'));
    }
}

#[test]
fn the_sample_site_is_small_and_plants_everything() {
    let (files, truth) = written(&options(40, 365, 1));
    let bytes: usize = files.values().map(|f| f.bytes.len()).sum();
    assert!(bytes < 3_000_000, "{bytes}");
    for word in [
        "twins",
        "marriage",
        "reuse",
        "leaver",
        "shared",
        "hot-desk",
        "function",
        "attendant",
        "protected",
        "private mobile",
        "orphan name",
        "orphan CFW",
        "orphan ACTION_CONTROL",
        "SIP secrets",
        "cut last line",
        "garbage",
        "run together",
        "empty file",
        "future",
        "1970",
        "repeated hour",
        "CLIR",
        "999999",
        "unknown column",
        "journal",
        "api2hipath",
        "shadow",
        "failed",
        "masked",
        "midnight",
        "move",
    ] {
        assert!(
            truth.planted.iter().any(|p| p.what.contains(word)),
            "{word}"
        );
    }
    assert!(truth.planted.iter().all(|p| {
        p.line.is_some()
            || [
                "empty",
                "shadow",
                "archive",
                "recording",
                "capture",
                "backups",
                "in the name of a file",
            ]
            .iter()
            .any(|w| p.what.contains(w))
    }));
    assert_eq!(truth.totals.rejected, 2);
}

#[test]
fn the_site_file_is_valid_and_every_declared_file_has_a_source() {
    for o in [options(40, 60, 1), options(9000, 7, 1)] {
        let (files, truth) = written(&o);
        let site = gdpr4k_model::site::Site::parse("site.toml", &text(&files["site.toml"]))
            .expect("valid");
        assert_eq!(site.nodes.len(), 2);
        let kinds: BTreeSet<String> = site
            .sources
            .iter()
            .map(|s| format!("{:?}", s.kind))
            .collect();
        assert_eq!(kinds.len(), 19, "{kinds:?}");
        for source in &site.sources {
            for glob in &source.paths {
                let (head, tail) = glob.split_once('*').unwrap_or((glob, ""));
                let fits = |p: &str| {
                    p.starts_with(head) && p.ends_with(tail) && p.len() >= head.len() + tail.len()
                };
                assert!(truth.files.iter().any(|f| fits(&f.path)), "{glob}");
            }
            for path in source
                .layout
                .iter()
                .chain(&source.mapping)
                .filter(|p| p.contains('/'))
            {
                assert!(files.contains_key(path), "{path}");
            }
        }
        // the numbers in the files are the numbers of the plan
        let plans = site.plans();
        let port = text(&files["xie/PORT.csv"]);
        for row in port.lines().skip(1) {
            let cells: Vec<&str> = row.split('|').collect();
            let own = plans.normalise(0, cells[2].as_bytes(), gdpr4k_model::number::Access::Plain);
            let full = plans.normalise(0, cells[3].as_bytes(), gdpr4k_model::number::Access::Plain);
            assert!(
                own == full && matches!(own, gdpr4k_model::number::Party::Internal(0, _)),
                "{}",
                cells[2].len()
            );
        }
    }
}

/// Reads the call records of Nord by their columns, independently of the writer.
#[test]
fn the_truth_fits_what_the_columns_hold() {
    let (files, truth) = written(&options(40, 365, 1));
    let mut counted: BTreeMap<&str, (u64, HashSet<String>)> = BTreeMap::new();
    let mut records = 0;
    for f in &truth.files {
        if !(f.path.starts_with("cdr/nord/") || f.path.starts_with("pm-cdr/")) {
            continue;
        }
        let mut here = 0;
        for line in files[&f.path].bytes.split(|&b| b == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let line = line.strip_prefix(b"\x8A").unwrap_or(line);
            if line.len() != 150 {
                continue;
            }
            here += 1;
            let column = |from: usize, to: usize| {
                String::from_utf8(line[from - 1..to].trim_ascii().to_vec()).unwrap()
            };
            for (id, value) in [
                ("CHARGED", column(36, 41)),
                ("CALLING", column(43, 64)),
                ("CALLED", column(66, 87)),
                ("DESTINATION", column(89, 110)),
                ("PIN", column(126, 137)),
                ("ACCTCODE", column(139, 150)),
                ("START", column(1, 19)),
                ("DURATION", column(21, 28)),
                ("RING", column(30, 34)),
                ("CONNTYPE", column(119, 121)),
            ] {
                if !value.is_empty() && value != "999999" {
                    let entry = counted.entry(id).or_default();
                    entry.0 += 1;
                    entry.1.insert(value);
                }
            }
        }
        assert_eq!(here, f.records, "{}", f.path);
        records += here;
    }
    assert!(records > 10_000);
    for (id, (values, distinct)) in counted {
        let full = format!("O4K-FLD-CDR-{id}");
        let nord: u64 = truth
            .files
            .iter()
            .filter(|f| f.path.starts_with("cdr/nord/") || f.path.starts_with("pm-cdr/"))
            .filter_map(|f| f.elements.get(full.as_str()))
            .sum();
        assert_eq!(values, nord, "{id}");
        let element = truth.elements.iter().find(|e| e.element == full).unwrap();
        if id == "START" {
            // only Nord has these stamps
            assert_eq!(element.distinct, Some(distinct.len() as u64), "{id}");
        }
    }
}

#[test]
fn subjects_and_assignments_follow_the_story() {
    let (_, truth) = written(&options(40, 365, 1));
    let subjects: BTreeSet<&str> = truth
        .assignments
        .iter()
        .map(|a| a.person.as_str())
        .collect();
    // 40 at first, 2 successors, 2 joiners
    assert_eq!((truth.totals.subjects, subjects.len()), (44, 44));
    // and the one who moved has two numbers
    assert_eq!(truth.totals.assignments, 45);
    let reused = truth
        .assignments
        .iter()
        .filter(|a| a.number == "2203")
        .count();
    assert_eq!(reused, 2);
    assert!(
        truth
            .assignments
            .iter()
            .any(|a| a.evidence == "logbk+snapshot")
    );
    assert!(
        truth
            .assignments
            .iter()
            .all(|a| a.from.len() == 10 || a.from.len() == 19)
    );
}

/// Runs of seven and more digits are outside numbers from the regulator's blocks, own numbers, or known codes.
#[test]
fn no_number_and_no_domain_of_anybody_real() {
    for o in [options(40, 60, 5), options(9000, 7, 6)] {
        let (files, _) = written(&o);
        for file in files.values().filter(|f| f.path != "truth.json") {
            let text = text(file);
            for (at, run) in runs(&text) {
                let known = ["302312", "402312", "00000030231", "00000040669"].contains(&run);
                let tail = run.trim_start_matches('0');
                let tail = tail.strip_prefix("49").unwrap_or(tail);
                let drama = (tail.starts_with("6990009")
                    || tail.starts_with("8999998")
                    || tail.starts_with("2214710"))
                    && tail.len() == 10
                    || tail.starts_with("15550") && tail.len() == 11;
                let own = tail.starts_with("3023125") || tail.starts_with("4066969");
                // a masked number has four digits less; two records stand in one line without a gap
                let masked = text[at + run.len()..].starts_with('?');
                assert!(known || drama || own || masked, "{}: {run}", file.path);
            }
            for (at, _) in text.match_indices('@') {
                let host: String = text[at + 1..]
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || ".-".contains(*c))
                    .collect();
                assert!(
                    !host.contains(char::is_alphabetic) || host.ends_with(".example"),
                    "{}: {host}",
                    file.path
                );
            }
        }
    }
}

fn runs(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = 0;
    std::iter::from_fn(move || {
        loop {
            let start = rest + text[rest..].find(|c: char| c.is_ascii_digit())?;
            let len = text[start..]
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(text.len() - start);
            rest = start + len;
            if len >= 7 {
                return Some((start, &text[start..start + len]));
            }
        }
    })
}

/// `cargo test -p gdpr4k-demo --release -- --ignored`: 3,000 persons, a year.
#[test]
#[ignore = "takes seconds in a release build, minutes in a debug build"]
fn a_large_site_is_fast_and_needs_little_memory() {
    let begin = std::time::Instant::now();
    let (mut bytes, mut largest) = (0u64, 0);
    let truth = site(&options(3000, 365, 1))
        .write(&mut |file| {
            bytes += file.bytes.len() as u64;
            largest = largest.max(file.bytes.len());
            Ok(())
        })
        .unwrap();
    let rate = bytes as f64 / 1e6 / begin.elapsed().as_secs_f64();
    let peak = std::fs::read_to_string("/proc/self/status")
        .unwrap_or_default()
        .lines()
        .find(|l| l.starts_with("VmHWM"))
        .unwrap_or_default()
        .to_owned();
    eprintln!(
        "{rate:.0} MB/s, {bytes} bytes, largest {largest}, {} records, {peak}",
        truth.totals.records
    );
    assert!(rate >= 100.0, "{rate:.0} MB/s");
    assert!(largest < 20_000_000);
}

/// Every outside number of every source, normalised by the number plan of the site file.
#[test]
fn the_outside_numbers_are_counted_once_over_all_sources() {
    use gdpr4k_model::number::{Access, Party};
    let (files, truth) = written(&options(40, 365, 1));
    let site =
        gdpr4k_model::site::Site::parse("site.toml", &text(&files["site.toml"])).expect("valid");
    let plans = site.plans();
    let mut outside = HashSet::new();
    let mut meet = |node: u8, raw: &str, access: Access| {
        if let Party::External(digits) = plans.normalise(node, raw.as_bytes(), access) {
            outside.insert(digits.as_str().to_owned());
        }
    };
    for f in truth.files.iter().filter(|f| !f.path.contains("!/")) {
        let text = text(&files[&f.path]);
        for line in text.lines() {
            let cells: Vec<&str> = line.split([';', '|']).collect();
            if f.path.starts_with("cdr/nord/") {
                let line = line.trim_start_matches('\u{8A}');
                if line.len() == 150 {
                    meet(0, line[42..64].trim(), Access::Plain);
                    meet(0, line[65..87].trim(), Access::Dialled);
                    meet(0, line[88..110].trim(), Access::Dialled);
                }
            } else if f.path.starts_with("cdr/west/") && cells[0] != "Ende" {
                meet(1, cells[4], Access::Plain);
                meet(1, cells[5], Access::Dialled);
            } else if f.path.starts_with("cdr/business/") {
                meet(1, cells[6], Access::Plain);
            } else if (f.kind == "call-journal"
                || f.kind == "pm"
                || f.path.starts_with("ac-win/namenstasten"))
                && cells[0].starts_with(|c: char| c.is_ascii_digit())
            {
                meet(0, cells[2], Access::Plain);
            } else if f.path == "xie/CFW.csv" && cells[0] != "extension" {
                meet(0, cells[1], Access::Dialled);
            } else if let Some((_, to)) = line.split_once("DESTNOF=") {
                meet(0, to.trim_end_matches(';'), Access::Dialled);
            }
        }
    }
    assert_eq!(outside.len() as u64, truth.totals.externals);
}
