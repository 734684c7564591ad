//! A layout file -> [`Layout`], or every problem in it.

use gdpr4k_model::catalogue::{Catalogue, Problem};
use toml::de::DeTable;

use super::encoding::Encoding;
use super::layout::{Clusters, Fold, Layout, Mode, OnError, RecordEnd, Skip};
use super::variant;
use super::walk::Walk;

/// A layout file has at most so many bytes.
const LARGEST_FILE: usize = 1 << 20;
const MOST_RECORDS: usize = 64;
/// Longest record: SAM files and lines of known systems stay far below.
pub(super) const LONGEST_RECORD: usize = 16_384;

const KEYS: &[&str] = &[
    "name",
    "version",
    "verified",
    "source",
    "note",
    "encoding",
    "record_end",
    "record_len",
    "strip",
    "skip",
    "skip_first",
    "opens",
    "closes",
    "min_len",
    "on_error",
    "timezone",
    "dst_fold",
    "century_pivot",
    "mode",
    "record",
];

impl Layout {
    /// Reads a layout file (formats-cdr.md 2.7).
    ///
    /// `path` is only for the messages.
    ///
    /// # Errors
    /// Every problem of the file at once, sorted by line.
    pub fn parse(path: &str, text: &str, catalogue: &Catalogue) -> Result<Self, Vec<Problem>> {
        let mut walk = Walk::new(path, text);
        if text.len() > LARGEST_FILE {
            walk.problem(
                1,
                format!(
                    "file of {} bytes (expected at most {LARGEST_FILE})",
                    text.len()
                ),
                "a layout is a small file; check the path",
            );
            return Err(walk.finish());
        }
        let (root, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let line = walk.line(error.span().map_or(0, |s| s.start));
            let what = error
                .message()
                .lines()
                .next()
                .unwrap_or("TOML syntax")
                .to_owned();
            walk.problem(line, what, "mend the TOML syntax");
        }
        if !errors.is_empty() {
            return Err(walk.finish());
        }
        let layout = read(&mut walk, root.get_ref(), catalogue);
        match layout {
            Some(layout) if walk.clean() => Ok(layout),
            _ => Err(walk.finish()),
        }
    }
}

fn read(walk: &mut Walk<'_>, root: &DeTable<'_>, catalogue: &Catalogue) -> Option<Layout> {
    walk.known(root, "the layout", KEYS);
    let name = walk.string(root, "name").unwrap_or_default();
    if name.is_empty() {
        walk.problem(
            1,
            "the layout has no name (expected name = \"...\")",
            "give the layout a name",
        );
    }
    let strip = walk.strings(root, "strip");
    for (word, line) in &strip {
        if !matches!(word.as_str(), "control" | "trailing-blank") {
            walk.problem(
                *line,
                format!("strip {word:?} (expected control, trailing-blank)"),
                "remove the word",
            );
        }
    }
    let strips = |what: &str| strip.iter().any(|(w, _)| w == what);
    let mut layout = Layout {
        name,
        version: walk.number(root, "version", 1, 1_000_000).unwrap_or(1) as u64,
        verified: walk.flag(root, "verified").unwrap_or(true),
        source: walk.string(root, "source").unwrap_or_default(),
        encoding: walk
            .word(root, "encoding", Encoding::NAMES)
            .unwrap_or(Encoding::Ascii),
        record_end: walk
            .word(root, "record_end", RecordEnd::NAMES)
            .unwrap_or(RecordEnd::Auto),
        record_len: walk
            .number(root, "record_len", 0, LONGEST_RECORD)
            .unwrap_or(0),
        strip_control: strips("control"),
        on_error: walk
            .word(root, "on_error", OnError::NAMES)
            .unwrap_or(OnError::Quarantine),
        timezone: walk.string(root, "timezone"),
        dst_fold: walk
            .word(root, "dst_fold", Fold::NAMES)
            .unwrap_or(Fold::First),
        mode: walk
            .word(root, "mode", Mode::NAMES)
            .unwrap_or(Mode::SameLayout),
        skip_first: walk.number(root, "skip_first", 0, 1_000).unwrap_or(0) as u64,
        century_pivot: walk.number(root, "century_pivot", 0, 99).unwrap_or(80) as u8,
        variants: Vec::new(),
        undeclared: Vec::new(),
        skip: skip(walk, root),
        frame: frame(walk, root),
        clusters: Clusters::of(catalogue),
    };
    let _note = walk.string(root, "note");
    if let Some(zone) = &layout.timezone
        && zone.parse::<chrono_tz::Tz>().is_err()
    {
        let line = root
            .get("timezone")
            .map_or(1, |v| walk.line(v.span().start));
        walk.problem(
            line,
            "timezone is not known (expected an IANA name such as Europe/Berlin)",
            "mend the name or leave it out",
        );
    }
    let min_len = walk.number(root, "min_len", 0, LONGEST_RECORD).unwrap_or(0);
    let records = walk.tables(root, "record");
    if records.is_empty() || records.len() > MOST_RECORDS {
        walk.problem(
            1,
            format!(
                "{} [[record]] tables (expected 1 to {MOST_RECORDS})",
                records.len()
            ),
            "describe each kind of record once",
        );
        return None;
    }
    let defaults = variant::Defaults {
        min_len,
        trailing_blank: strips("trailing-blank"),
        verified: layout.verified,
        record_len: if layout.record_end == RecordEnd::None {
            layout.record_len
        } else {
            0
        },
    };
    for (table, line) in records {
        if let Some((variant, undeclared)) = variant::read(walk, table, line, &defaults, catalogue)
        {
            layout.undeclared.extend(undeclared);
            layout.variants.push(variant);
        }
    }
    super::apart::check(walk, &layout.variants);
    if layout.record_end == RecordEnd::None && walk.clean() && !layout.frameable() {
        walk.problem(
            1,
            "record_end = \"none\" needs records of known length (expected one fixed record, or several with a literal each)",
            "describe the records by columns, and tell several kinds apart by a literal",
        );
    }
    Some(layout)
}

/// Skip patterns.
fn skip(walk: &mut Walk<'_>, root: &DeTable<'_>) -> Skip {
    let mut patterns: Vec<_> = walk.strings(root, "skip").into_iter().take(100).collect();
    for key in ["opens", "closes"] {
        if let Some(pattern) = walk.string(root, key) {
            let line = root.get(key).map_or(1, |v| walk.line(v.span().start));
            patterns.push((pattern, line));
        }
    }
    lines_like(walk, patterns)
}

/// The first and the last line of a whole file: a file that has the one and not the other is incomplete.
fn frame(walk: &mut Walk<'_>, root: &DeTable<'_>) -> Option<(Skip, Skip)> {
    let [opens, closes] = ["opens", "closes"].map(|key| walk.string(root, key));
    match (opens, closes) {
        (Some(opens), Some(closes)) => Some((
            lines_like(walk, vec![(opens, 1)]),
            lines_like(walk, vec![(closes, 1)]),
        )),
        (None, None) => None,
        _ => {
            walk.problem(
                1,
                "opens without closes, or the other way round (expected both)",
                "say how a whole file begins and how it ends",
            );
            None
        }
    }
}

/// Plain beginnings are compared, the rest becomes one regular expression.
fn lines_like(walk: &mut Walk<'_>, list: Vec<(String, usize)>) -> Skip {
    let mut skip = Skip {
        first: vec![false; 256],
        ..Skip::default()
    };
    let mut patterns = Vec::new();
    let first = list.first().map_or(1, |p| p.1);
    for (pattern, line) in list {
        if walk.regex(&pattern, line).is_none() {
            continue;
        }
        match plain_start(&pattern) {
            Some(prefix) => {
                skip.first[usize::from(prefix[0])] = true;
                skip.prefixes.push(prefix);
            }
            None => patterns.push(format!("(?:{pattern})")),
        }
    }
    if !patterns.is_empty() {
        skip.regex = walk.regex(&patterns.join("|"), first);
    }
    skip
}

/// The bytes that `^abc` stands for; none where the pattern is more than a beginning.
fn plain_start(pattern: &str) -> Option<Vec<u8>> {
    let mut rest = pattern.strip_prefix('^')?.bytes();
    let mut out = Vec::new();
    while let Some(b) = rest.next() {
        match b {
            b'\\' => match rest.next()? {
                b'f' => out.push(0x0c),
                b't' => out.push(b'\t'),
                p if p.is_ascii_punctuation() => out.push(p),
                _ => return None,
            },
            b'.' | b'*' | b'+' | b'?' | b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'|' | b'^'
            | b'$' => return None,
            b => out.push(b),
        }
    }
    (!out.is_empty()).then_some(out)
}
