//! Exit codes: the README says what the program says.

use std::path::Path;

use gdpr4k_tests::gdpr4k;
use regex::Regex;

/// Codes named in a text: `0 done`, `| 0 | done |`, `- 0: done`.
fn named(text: &str, code: &str) -> bool {
    Regex::new(&format!(r"(?m)(?:^|[\s|`*(]){code}(?:[\s|`*:,)])")).is_ok_and(|r| r.is_match(text))
}

#[test]
fn the_readme_names_every_exit_code() {
    let readme = crate::files::text(Path::new("README.md"));
    let at = readme
        .to_lowercase()
        .find("exit code")
        .expect("README.md has a part about exit codes");
    let part: String = readme[at..].chars().take(2500).collect();
    for code in ["0", "2", "3", "4", "5", "6", "7", "101", "130"] {
        assert!(
            named(&part, code),
            "exit code {code} is not in the README:\n{part}"
        );
    }
}

#[test]
fn the_help_names_the_codes_that_the_code_has() {
    let source = crate::files::text(Path::new("crates/cli/src/output.rs"));
    let list = source
        .split("enum Exit")
        .nth(1)
        .and_then(|t| t.split("\n}").next())
        .expect("enum Exit");
    let codes: Vec<u8> = Regex::new(r"= (\d+),")
        .unwrap()
        .captures_iter(list)
        .filter_map(|c| c[1].parse().ok())
        .collect();
    assert!(codes.len() >= 6, "{codes:?}");
    let help = gdpr4k(["--help"])
        .run()
        .exits(0)
        .out()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    for code in codes {
        assert!(named(&help, &code.to_string()), "{code} is not in the help");
    }
}
