//! Layout, mapping and site files that are made to do harm.

use std::time::Duration;

use gdpr4k_tests::{Folder, HEAD};

const GOOD: &str = include_str!("../fixtures/cdr/asterisk-csv.basic.csv");

/// A site whose second source is read by this layout file; the first one is read all the same.
#[track_caller]
fn layout(text: &str, why: &str) {
    let folder = Folder::site(&[
        ("cdr", "good/*.csv", "layout = \"asterisk-csv\""),
        ("cdr", "bad/*.txt", "layout = \"layouts/bad.toml\""),
    ]);
    folder.write("good/calls.csv", GOOD);
    folder.write(
        "bad/calls.txt",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\n".repeat(50),
    );
    folder.write("layouts/bad.toml", text);
    let run = folder.scan().run().exits(5);
    assert!(
        run.err().contains("layouts/bad.toml"),
        "{why}: {}",
        run.err()
    );
    assert!(!run.err().contains("defect"), "{why}: {}", run.err());
    assert!(
        run.wall < Duration::from_secs(30),
        "{why}: took {:?}",
        run.wall
    );
    assert!(run.peak <= 256 << 10, "{why}: {} KiB", run.peak);
    assert_eq!(run.json()["totals"]["records"], 2, "{why}");
    let check = folder
        .call(&[
            "layout",
            "check",
            "good/calls.csv",
            "--layout",
            "layouts/bad.toml",
        ])
        .run()
        .exits(5);
    assert!(!check.stderr.is_empty(), "{why}");
}

fn delimited(fields: &str) -> String {
    format!(
        "name = \"bad\"\nversion = 1\nrecord_end = \"auto\"\n[[record]]\nid = \"call\"\nkind = \"delimited\"\ndelimiter = \";\"\n{fields}"
    )
}

fn fixed(fields: &str) -> String {
    format!(
        "name = \"bad\"\nversion = 1\nrecord_end = \"auto\"\n[[record]]\nid = \"call\"\nkind = \"fixed\"\n{fields}"
    )
}

#[test]
fn hostile_layouts() {
    let field = |name: usize, from: usize, to: usize| {
        format!(
            "[[record.field]]\nname = \"f{name}\"\nelement = \"CHRGEE\"\ncols = [{from}, {to}]\n"
        )
    };
    layout("", "empty");
    layout("name = ", "cut");
    layout("name = [[[[[[[[[[", "brackets");
    layout(&format!("name = {}", "[".repeat(200_000)), "deep nesting");
    layout(
        &format!("name = \"{}\"", "x".repeat(3 << 20)),
        "three megabytes",
    );
    layout("\u{0}\u{1}\u{2}", "control characters");
    layout(
        &fixed(&(field(1, 1, 10) + &field(2, 5, 15))),
        "overlapping columns",
    );
    layout(&fixed(&field(1, 10, 1)), "columns backwards");
    layout(&fixed(&field(1, 0, 5)), "column 0");
    layout(&fixed(&field(1, 1, 4_000_000_000)), "four billion columns");
    layout(
        &fixed("[[record.field]]\nname = \"f\"\ncols = [-1, 9223372036854775807]\n"),
        "columns out of range",
    );
    layout(
        &fixed("[[record.field]]\nname = 7\ncols = \"1\"\n"),
        "wrong types",
    );
    layout(
        &fixed(
            &(0..10_000)
                .map(|i| field(i, 2 * i + 1, 2 * i + 2))
                .collect::<String>(),
        ),
        "10,000 fields",
    );
    layout(
        &(fixed(&field(1, 1, 10)).replace(
            "kind = \"fixed\"",
            "kind = \"fixed\"\nmatch = \"(((((a{1,100}){1,100}){1,100}){1,100}){1,100}){1,100}\"",
        )),
        "a pattern that grows when compiled",
    );
    layout(
        &(fixed(&field(1, 1, 10)).replace("kind = \"fixed\"", "kind = \"fixed\"\nmatch = \"(a\"")),
        "a broken pattern",
    );
    layout(
        &(0..10_000).fold(fixed(&field(1, 1, 5)), |t, i| {
            t + &format!(
                "[[record]]\nid = \"r{i}\"\nkind = \"fixed\"\n{}",
                field(1, 1, 5)
            )
        }),
        "10,000 variants that are alike",
    );
    layout(
        &delimited("[[record.field]]\nname = \"a\"\nelement = \"NO-SUCH\"\ncol = 1\n"),
        "an unknown element",
    );
}

/// A pattern that makes backtracking engines run forever reads a file in no time.
#[test]
fn a_pattern_cannot_run_forever() {
    let text = "name = \"own\"\nversion = 1\nrecord_end = \"auto\"\n[[record]]\nid = \"call\"\nkind = \"fixed\"\nmatch = \"^(a+)+$\"\n\
                [[record.field]]\nname = \"f\"\nelement = \"CHRGEE\"\ncols = [1, 64]\n";
    let folder = Folder::site(&[("cdr", "bad/*.txt", "layout = \"layouts/own.toml\"")]);
    folder.write("layouts/own.toml", text);
    folder.write("bad/calls.txt", (("a".repeat(63)) + "!\n").repeat(2000));
    let run = folder.scan().run();
    assert!(
        matches!(run.code, Some(3..=5)),
        "{:?} {}",
        run.code,
        run.err()
    );
    assert!(run.wall < Duration::from_secs(30), "{:?}", run.wall);
}

#[track_caller]
fn refused(site: impl AsRef<[u8]>, why: &str) -> String {
    let folder = Folder::empty();
    folder.write("good/calls.csv", GOOD);
    folder.write("site.toml", site);
    let run = folder.scan().run().exits(5);
    assert!(run.stdout.is_empty() && !run.stderr.is_empty(), "{why}");
    assert!(!run.err().contains("defect"), "{why}: {}", run.err());
    assert!(run.err().contains("site.toml"), "{why}: {}", run.err());
    assert!(
        run.wall < Duration::from_secs(30),
        "{why}: took {:?}",
        run.wall
    );
    assert!(run.peak <= 256 << 10, "{why}: {} KiB", run.peak);
    assert!(
        !folder.join("state").exists(),
        "{why}: something was written"
    );
    run.err()
}

#[test]
fn hostile_site_files() {
    let source = |line: &str| format!("{HEAD}[[source]]\nkind = \"syslog\"\n{line}\n");
    refused("", "empty");
    refused("[site", "cut");
    refused([0xff, 0xfe, b'a', 0, 0xc3, 0x28], "not UTF-8");
    refused(vec![0; 100_000], "NUL bytes");
    refused(format!("{HEAD}x = {}", "[".repeat(200_000)), "deep nesting");
    refused(
        format!(
            "{HEAD}x = {}1{}",
            "{a=".repeat(100_000),
            "}".repeat(100_000)
        ),
        "deep tables",
    );
    refused(
        "[site]\nname = 1\ntimezone = []\npack = {}\n",
        "wrong types",
    );
    refused(
        format!("{HEAD}[[source]]\nkind = \"syslog\"\npaths = \"x\"\n"),
        "a text where a list should be",
    );
    refused(
        format!("{HEAD}{}", "[[source]]\nkind = \"syslog\"\n".repeat(20_000)),
        "20,000 broken sources",
    );
    for path in [
        "../outside/*.txt",
        "/etc/passwd",
        "a/../../b",
        "..",
        "C:\\\\x",
        "\\\\\\\\host\\\\x",
    ] {
        let told = refused(source(&format!("paths = [\"{path}\"]")), path);
        assert!(told.contains("leads out"), "{path}: {told}");
    }
    refused(source("paths = [\"[\"]"), "a pattern that is none");
    refused(
        source(&format!("paths = [\"{}\"]", "{a,b}".repeat(5000))),
        "a pattern with 2^5000 branches",
    );
    refused(
        HEAD.replace("[site]", "[site]\nkeys = \"state/keys\""),
        "keys inside the state",
    );
    refused(
        HEAD.replace("[site]", "[site]\nkeys = \"x/../state/keys\""),
        "keys inside the state, round a corner",
    );
    refused(
        HEAD.replace("de-business-only", "../../etc"),
        "an unknown pack",
    );
    refused(
        HEAD.replace("extension_length = 4", "extension_length = 4000000000"),
        "a length out of range",
    );
}

#[test]
fn a_large_site_file_is_no_harm() {
    let folder = Folder::empty();
    let text = HEAD.to_owned()
        + &(0..3000)
            .map(|i| format!("[[line]]\nnumber = \"{i}\"\ntype = \"shared\"\n"))
            .collect::<String>();
    folder.write(
        "site.toml",
        text + &"# a comment that says nothing\n".repeat(100_000),
    );
    let run = folder.scan().run();
    assert!(
        matches!(run.code, Some(0 | 4)),
        "{:?} {}",
        run.code,
        run.err()
    );
    assert!(run.wall < Duration::from_secs(30), "{:?}", run.wall);
}

#[test]
fn a_layout_or_mapping_outside_of_the_site_is_not_read() {
    let outside = Folder::empty();
    outside.write("x.toml", "name = \"Xanari-canary\"\nx\n");
    for (kind, key) in [("cdr", "layout"), ("directory", "mapping")] {
        let path = outside.join("x.toml");
        for place in [
            format!(
                "../{}/x.toml",
                outside.path().file_name().unwrap().to_string_lossy()
            ),
            path.display().to_string(),
        ] {
            let folder = Folder::site(&[(kind, "a/*.csv", &format!("{key} = \"{place}\""))]);
            folder.write("a/a-2026-10-31.csv", "a;b\n");
            let run = folder.scan().run();
            assert!(matches!(run.code, Some(3..=5)), "{:?}", run.code);
            assert!(
                !String::from_utf8_lossy(&run.bytes()).contains("Xanari-canary"),
                "{key} {place}"
            );
        }
    }
}

#[test]
fn hostile_mappings() {
    for (text, why) in [
        (String::new(), "empty"),
        ("mapping = 1\nsource = []\n".to_owned(), "wrong types"),
        (format!("mapping = {}", "[".repeat(200_000)), "deep nesting"),
        ("mapping = \"m\"\nsource = \"site.directory\"\n[[field]]\ncolumn = \"a\"\nkind = \"NOTHING\"\n".to_owned(), "unknown kind"),
        (format!("mapping = \"m\"\n{}", "[[field]]\n".repeat(50_000)), "50,000 empty fields"),
    ] {
        let folder = Folder::site(&[("cdr", "good/*.csv", "layout = \"asterisk-csv\""), ("directory", "a/*.csv", "mapping = \"mappings/m.toml\"")]);
        folder.write("good/calls.csv", GOOD);
        folder.write("a/a-2026-10-31.csv", "a;b\nc;d\n");
        folder.write("mappings/m.toml", text);
        let run = folder.scan().run().exits(5);
        assert!(run.err().contains("mappings/m.toml"), "{why}: {}", run.err());
        assert_eq!(run.json()["totals"]["records"], 2, "{why}");
        assert!(run.wall < Duration::from_secs(30), "{why}: {:?}", run.wall);
    }
}

/// A listing that a layout is compiled from can be anything.
#[test]
fn hostile_listings() {
    for (name, bytes) in [
        ("empty", Vec::new()),
        ("binary", (0..=255u8).cycle().take(100_000).collect()),
        (
            "one line",
            b"ADD-FTBL:".iter().copied().cycle().take(5 << 20).collect(),
        ),
        ("calls", GOOD.as_bytes().to_vec()),
    ] {
        let folder = Folder::empty();
        folder.write("ftbl.txt", bytes);
        let run = folder.call(&["layout", "from-ftbl", "ftbl.txt"]).run();
        assert!(
            matches!(run.code, Some(2..=5)),
            "{name}: {:?} {}",
            run.code,
            run.out()
        );
        assert!(!run.err().contains("defect"), "{name}: {}", run.err());
        folder.call(&["layout", "detect", "ftbl.txt"]).run();
    }
}
