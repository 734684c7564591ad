//! Numbers, domains and addresses in sample data and fixtures belong to nobody.

use std::path::PathBuf;

use gdpr4k_tests::repository;
use regex::bytes::Regex;

/// Ranges that the Bundesnetzagentur keeps free for films, with their area codes.
const DRAMA: [&str; 6] = [
    "3023125", "4066969", "6990009", "8999998", "2214710", "15550",
];

fn files() -> Vec<PathBuf> {
    assert!(
        repository().join("sample-data/site.toml").is_file(),
        "sample-data/site.toml is missing"
    );
    let places = ["sample-data", "tests/fixtures"];
    let files: Vec<_> = crate::files::all()
        .into_iter()
        .filter(|f| places.iter().any(|p| f.starts_with(p)))
        .collect();
    assert!(files.len() > 60, "only {} files", files.len());
    files
}

/// Every match in every file that `bad` does not let pass, by shape and place.
fn search(pattern: &str, bad: impl Fn(&str) -> bool) -> Vec<String> {
    let pattern = Regex::new(pattern).expect("a pattern");
    let mut out = Vec::new();
    for file in files() {
        let bytes = crate::files::bytes(&file);
        for (i, line) in bytes.split(|b| *b == b'\n').enumerate() {
            for found in pattern.captures_iter(line) {
                let text = found.get(1).map_or("", |m| {
                    std::str::from_utf8(m.as_bytes()).unwrap_or("not UTF-8")
                });
                if bad(text) {
                    out.push(format!("{}:{}: {text}", file.display(), i + 1));
                }
            }
        }
    }
    out
}

/// Whether digits that look like an outside number are one of a film.
fn is_drama(written: &str) -> bool {
    let bare = written.trim_start_matches(['+', '0']);
    let national = bare
        .strip_prefix("49")
        .unwrap_or(bare)
        .trim_start_matches('0');
    let local = DRAMA[..5]
        .iter()
        .map(|d| &d[if d.starts_with("221") { 3 } else { 2 }..]);
    DRAMA.iter().any(|d| national.starts_with(d)) || local.into_iter().any(|d| bare.starts_with(d))
}

fn is_date(digits: &str) -> bool {
    let part = |r: std::ops::Range<usize>| {
        digits
            .get(r)
            .and_then(|s| s.parse::<u32>().ok())
            .unwrap_or(99)
    };
    let (d, m, y) = (1..=31, 1..=12, 1970..=2100);
    let year_first = y.contains(&part(0..4)) && m.contains(&part(4..6)) && d.contains(&part(6..8));
    let day_first = d.contains(&part(0..2)) && m.contains(&part(2..4)) && y.contains(&part(4..8));
    matches!(digits.len(), 8 | 12 | 14) && (year_first || day_first)
}

#[test]
fn every_outside_number_is_one_of_a_film() {
    // an outside number as people and systems write it: +49…, 0049…, or a trunk or area zero and more
    let bad = search(
        r"(?:^|[^0-9A-Za-z.:/+-])(\+[1-9][0-9]{6,14}|00?[1-9][0-9]{7,13})(?:$|[^0-9A-Za-z.:/-])",
        |n| !is_drama(n) && !is_date(n),
    );
    assert!(bad.is_empty(), "{} numbers\n{}", bad.len(), bad.join("\n"));
}

#[test]
fn every_domain_ends_in_example() {
    let known = "de|com|org|net|eu|at|ch|fr|it|es|uk|info|io|biz|gov|edu|int";
    let mut bad = search(
        &format!(r"(?i)(?:^|[^a-z0-9.-])((?:[a-z0-9-]+\.)+(?:{known}))(?:$|[^a-z0-9.-])"),
        |_| true,
    );
    bad.extend(search(
        r"(?i)[a-z0-9._%+-]+@([a-z0-9-]+(?:\.[a-z0-9-]+)+)",
        |d| !d.ends_with(".example") && !d.bytes().all(|b| b.is_ascii_digit() || b == b'.'),
    ));
    bad.extend(search(r"(?i)https?://([a-z0-9.-]+)", |d| {
        d.contains('.') && !d.ends_with(".example")
    }));
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[test]
fn every_ip_address_is_private_or_for_documentation() {
    let allowed = [
        "10.",
        "192.0.2.",
        "198.51.100.",
        "203.0.113.",
        "127.",
        "0.0.0.0",
        "255.255.",
    ];
    let bad = search(
        r"(?:^|[^0-9.])((?:[0-9]{1,3}\.){3}[0-9]{1,3})(?:$|[^0-9.])",
        |a| {
            a.split('.').all(|p| p.parse::<u8>().is_ok())
                && !allowed.iter().any(|p| a.starts_with(p))
        },
    );
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[test]
fn the_checks_can_fail() {
    assert!(
        is_drama("+493023125123")
            && is_drama("003023125123")
            && is_drama("015550123456")
            && is_drama("023125111")
    );
    assert!(!is_drama("+493012345678") && !is_drama("01711234567"));
    assert!(is_date("31102026") && is_date("20261031101112") && !is_date("03012345"));
}
