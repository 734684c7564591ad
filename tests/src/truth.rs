//! The scan of an invented site against the truth that was counted while the site was written.

use serde_json::Value;

/// Codes that answer an expected finding of the truth.
fn codes(kind: &str) -> &'static [&'static str] {
    match kind {
        "orphan-name" | "orphan-forwarding" | "orphan-action" => &["G4K-014"],
        "command-not-performed" => &["G4K-223"],
        "secret-in-clear" => &["G4K-312"],
        "unknown-column" => &["G4K-307"],
        "shadow-copy" => &["G4K-009"],
        "journal-over-limit" => &["G4K-320"],
        "password-on-command-line" => &["G4K-331"],
        "empty-file" => &["G4K-023"],
        "garbage-before-record" => &["G4K-110"],
        "line-cut" => &["G4K-101"],
        "lines-run-together" => &["G4K-102"],
        "future-date" | "implausible-date" => &["G4K-112"],
        "clock-jump" => &["G4K-113"],
        "archive-name-leads-out" => &["G4K-602"],
        "archive-encrypted" => &["G4K-605"],
        "recording-lies" => &["G4K-631"],
        "old-trace" => &["G4K-641"],
        "backup-generations" => &["G4K-651"],
        "unknown-measure" => &["G4K-660"],
        _ => &[],
    }
}

/// Findings that sum up a file name the first line and a count: both must fit.
const SUMMED_UP: [&str; 1] = ["G4K-112"];

/// Every difference between a scan and the truth, one per line; empty when they agree.
pub fn differences(scan: &Value, truth: &Value) -> Vec<String> {
    let mut out = Vec::new();
    files(scan, truth, &mut out);
    elements(scan, truth, &mut out);
    same_keys("totals", &scan["totals"], &truth["totals"], &mut out);
    findings(scan, truth, &mut out);
    out
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn find<'v>(items: &'v Value, key: &str, value: &Value) -> Option<&'v Value> {
    list(items).iter().find(|i| i[key] == *value)
}

fn same_keys(what: &str, scan: &Value, truth: &Value, out: &mut Vec<String>) {
    for (key, expected) in truth.as_object().into_iter().flatten() {
        if scan[key] != *expected {
            out.push(format!(
                "{what}: {key} is {} (expected {expected})",
                scan[key]
            ));
        }
    }
}

fn files(scan: &Value, truth: &Value, out: &mut Vec<String>) {
    for expected in list(&truth["files"]) {
        let path = &expected["path"];
        let Some(found) = find(&scan["files"], "path", path) else {
            out.push(format!("{path}: not in the scan"));
            continue;
        };
        for key in [
            "kind",
            "lines",
            "records",
            "continuation",
            "noise",
            "rejected",
            "pending",
            "oldest",
            "newest",
        ] {
            if found[key] != expected[key] {
                out.push(format!(
                    "{path}: {key} is {} (expected {})",
                    found[key], expected[key]
                ));
            }
        }
    }
    for found in list(&scan["files"]) {
        if find(&truth["files"], "path", &found["path"]).is_none() {
            out.push(format!("{}: not in the truth", found["path"]));
        }
    }
}

fn elements(scan: &Value, truth: &Value, out: &mut Vec<String>) {
    for expected in list(&truth["elements"]) {
        let id = &expected["element"];
        let Some(found) = find(&scan["elements"], "element", id) else {
            out.push(format!(
                "{id}: not in the scan (expected {} values)",
                expected["records"]
            ));
            continue;
        };
        if found["records"] != expected["records"] {
            out.push(format!(
                "{id}: {} values {} (expected {} {})",
                found["records"], found["by_kind"], expected["records"], expected["by_kind"]
            ));
        }
        if !expected["distinct"].is_null() && found["distinct_estimated"] == true {
            // counted exactly up to 2^18 values, then with a standard error of 0.8 %
            let of = |v: &Value| v["distinct"].as_f64().unwrap_or(0.0);
            if (of(found) / of(expected) - 1.0).abs() > 0.03 {
                out.push(format!(
                    "{id}: about {} different values (expected {})",
                    of(found),
                    of(expected)
                ));
            }
        } else if !expected["distinct"].is_null() && found["distinct"] != expected["distinct"] {
            out.push(format!(
                "{id}: {} different values (expected {})",
                found["distinct"], expected["distinct"]
            ));
        }
    }
}

fn findings(scan: &Value, truth: &Value, out: &mut Vec<String>) {
    if list(&truth["findings"]).is_empty() {
        out.push("the truth expects no finding at all".to_owned());
    }
    for expected in list(&truth["findings"]) {
        let basis = expected["basis"].as_str().unwrap_or_default();
        let kind = expected["kind"].as_str().unwrap_or_default();
        if basis.contains("not required") {
            continue;
        }
        let (path, line) = (&expected["path"], &expected["line"]);
        let codes = codes(kind);
        if codes.is_empty() {
            out.push(format!("{kind}: tests/src/truth.rs knows no code for it"));
        }
        let answers = |f: &&Value| codes.iter().any(|c| f["code"] == *c) && f["path"] == *path;
        let exact = |f: &&Value| line.is_null() || f["line"] == *line;
        let summed = |f: &&Value| {
            let alike = list(&truth["findings"]).iter().filter(|e| {
                e["path"] == *path && self::codes(e["kind"].as_str().unwrap_or_default()) == codes
            });
            SUMMED_UP.iter().any(|c| f["code"] == *c)
                && f["line"].as_u64() <= line.as_u64()
                && count(f) >= alike.count() as u64
        };
        if !list(&scan["findings"])
            .iter()
            .filter(answers)
            .any(|f| exact(&f) || summed(&f))
        {
            out.push(format!(
                "{path}: no finding {codes:?} in line {line} for {kind} ({basis})"
            ));
        }
    }
}

/// The argument `count` of a finding.
fn count(finding: &Value) -> u64 {
    let args = list(&finding["args"]).iter();
    args.filter(|a| a[0] == "count")
        .find_map(|a| a[1].as_str()?.parse().ok())
        .unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn differences_are_found() {
        let truth = json!({
            "files": [{"path": "a", "kind": "cdr", "lines": 2}],
            "elements": [{"element": "E", "records": 3, "distinct": 2}],
            "totals": {"files": 1},
            "findings": [{"kind": "line-cut", "path": "a", "line": 2, "basis": ""}],
        });
        let mut scan = json!({
            "files": [{"path": "a", "kind": "cdr", "lines": 2}],
            "elements": [{"element": "E", "records": 3, "distinct": 2}],
            "totals": {"files": 1, "more": 1},
            "findings": [{"code": "G4K-101", "path": "a", "line": 2}],
        });
        assert_eq!(differences(&scan, &truth), Vec::<String>::new());
        scan["files"][0]["lines"] = json!(3);
        scan["elements"][0]["distinct"] = json!(1);
        scan["totals"]["files"] = json!(2);
        scan["findings"][0]["line"] = json!(1);
        assert_eq!(differences(&scan, &truth).len(), 4);
    }
}
