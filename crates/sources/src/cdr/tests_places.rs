//! [`Places`] against [`CdrReader`]: the same records, and every byte in one line.

use std::sync::Arc;

use chrono::NaiveDate;
use gdpr4k_model::catalogue::ClusterIx;
use proptest::prelude::*;

use super::classify::Classifier;
use super::encoding::Encoding;
use super::fit::fit;
use super::layout::Cell;
use super::lines::text;
use super::quick::Line as Bare;
use super::tests::{CATALOGUE, PRESETS, context, fixture, preset};
use super::*;
use crate::{Account, Fact, Reader, Record, Sink};

/// A record as both sides tell it.
#[derive(Clone, Debug, PartialEq)]
struct Told {
    day: Option<NaiveDate>,
    cluster: Option<ClusterIx>,
    values: Vec<(u16, Vec<u8>)>,
}

#[derive(Default)]
struct Heard {
    records: Vec<Told>,
    rejected: Vec<&'static str>,
}

impl Sink for Heard {
    fn record(&mut self, record: &Record<'_>) {
        self.records.push(Told {
            day: record.day,
            cluster: record.cluster,
            values: record
                .values
                .iter()
                .map(|v| (v.element.0, v.text.to_vec()))
                .collect(),
        });
    }

    fn fact(&mut self, _fact: Fact) {}

    fn finding(&mut self, finding: gdpr4k_model::Finding) {
        if matches!(
            finding.code,
            "G4K-101"
                | "G4K-102"
                | "G4K-103"
                | "G4K-104"
                | "G4K-105"
                | "G4K-106"
                | "G4K-107"
                | "G4K-108"
                | "G4K-109"
        ) {
            self.rejected.push(finding.code);
        }
    }
}

fn read(layout: &Arc<Layout>, bytes: &[u8], growing: bool) -> (Heard, Account) {
    let mut heard = Heard::default();
    let mut reader = CdrReader::new(Arc::clone(layout), context());
    reader.feed(bytes, &mut heard);
    let account = reader.finish(growing, &mut heard);
    (heard, account)
}

/// What [`Places`] says, read in blocks: each from the first line that starts in it.
fn placed(layout: &Arc<Layout>, bytes: &[u8], block: usize, growing: bool) -> (Heard, Account) {
    let form = FileForm::of(Arc::clone(layout), context(), bytes);
    let mut places = form.places();
    let (mut heard, mut account) = (Heard::default(), Account::default());
    let tail = if growing { Tail::Growing } else { Tail::End };
    let skip_to = form.skipped(bytes, true).unwrap();
    let mut reached = 0;
    let mut read = |from: usize, to: usize, tail: Tail| {
        let block = Block {
            raw: bytes,
            from,
            to,
            start: Some(0),
            skip_to,
            tail,
        };
        places.read(&block, |text, line| {
            assert_eq!(line.from, reached, "lines follow each other");
            assert!(line.to > line.from);
            reached = line.to;
            account.lines += 1;
            match line.kind {
                LineKind::Record(record) => {
                    account.records += 1;
                    heard
                        .records
                        .push(tell(layout, &form, bytes, text, &line, &record));
                }
                LineKind::Noise | LineKind::Blank => account.noise += 1,
                LineKind::Damaged(code) => {
                    account.rejected += 1;
                    heard.rejected.push(code);
                }
                LineKind::Pending => account.pending += 1,
            }
        })
    };
    if form.is_framed() {
        let (mut from, mut to) = (0, 0);
        while to < bytes.len() {
            to = (to + block).min(bytes.len());
            let more = if to == bytes.len() { tail } else { Tail::More };
            from = read(from, to, more);
        }
        assert_eq!(from, bytes.len());
    } else {
        let mut from = 0;
        for k in 1.. {
            let end = k * block;
            // the window is as small as it may be
            let to = match form
                .next_line(bytes, end, true)
                .filter(|_| end < bytes.len())
            {
                Some(next) if next < bytes.len() => next,
                _ => bytes.len(),
            };
            if to > from {
                let used = read(from, to, if to == bytes.len() { tail } else { Tail::More });
                assert_eq!(used, to);
            }
            from = to;
            if to == bytes.len() {
                break;
            }
        }
    }
    assert_eq!(reached, bytes.len(), "every byte is in a line");
    (heard, account)
}

fn tell(
    layout: &Layout,
    form: &FileForm,
    bytes: &[u8],
    read: &[u8],
    line: &Line<'_>,
    record: &Placed<'_>,
) -> Told {
    let encoding: Encoding = layout.encoding.settle(&bytes[..bytes.len().min(8192)]);
    let mut values = Vec::new();
    for emit in &layout.variants[record.variant].emits {
        let cell = Cell {
            field: 0,
            width: None,
            quote: None,
            separator: None,
            span: emit.span,
        };
        let (field, place) = (record.text(&cell), record.place(&cell));
        assert!(place.start <= place.end && place.start >= line.from && place.end <= line.to);
        // what stands at the place is the value
        let mut there = read[place].to_vec();
        if record.is_mended() {
            assert!(there.len() >= field.len());
            if layout.strip_control {
                there.retain(|b| *b >= b' ' && *b != 0x7f);
            }
        }
        assert_eq!(there, field);
        if let Some(value) = text(emit, field) {
            let mut value = encoding.decode(value).0.into_owned();
            if emit.quote == Some(b'"') {
                value = value.replace("\"\"", "\"");
            }
            values.push((emit.element.0, value.into_bytes()));
        }
    }
    let _ = form;
    Told {
        day: record.day,
        cluster: record.cluster,
        values,
    }
}

fn agree(layout: &Arc<Layout>, bytes: &[u8], block: usize, growing: bool) {
    let (heard, account) = read(layout, bytes, growing);
    let (found, counted) = placed(layout, bytes, block, growing);
    assert_eq!(heard.records, found.records, "{}", layout.name);
    assert_eq!(heard.rejected, found.rejected, "{}", layout.name);
    assert_eq!(account, counted, "{}", layout.name);
}

fn fixtures() -> Vec<String> {
    let folder = format!("{}/../../tests/fixtures/cdr", env!("CARGO_MANIFEST_DIR"));
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|n| !n.starts_with("regenerate"))
        .collect();
    names.sort();
    names
}

#[test]
fn every_fixture_gives_the_same_records_by_both_ways() {
    let mut records = 0;
    for name in fixtures() {
        let layout = preset(name.split('.').next().unwrap());
        let bytes = fixture(&name);
        for block in [1, 50, 333, 4096, usize::MAX / 4] {
            agree(&layout, &bytes, block, false);
            agree(&layout, &bytes, block, true);
        }
        records += read(&layout, &bytes, false).1.records;
        // many times over, with the first lines of the file in the middle too
        let many = bytes.repeat(20);
        agree(&layout, &many, 1000, false);
        let marked = [&b"\xef\xbb\xbf"[..], &bytes].concat();
        agree(&layout, &marked, 100, false);
    }
    assert!(records > 40);
}

/// Fixtures of a preset, some of their bytes changed.
fn damaged() -> impl Strategy<Value = (Arc<Layout>, Vec<u8>)> {
    let of = |name: &String| (preset(name.split('.').next().unwrap()), fixture(name));
    let all: Vec<_> = fixtures()
        .iter()
        .map(of)
        .filter(|(_, b)| !b.is_empty())
        .collect();
    let odd = prop_oneof![
        4 => any::<u8>(), 2 => Just(b'\n'), 2 => Just(b'\r'), 1 => Just(0x10u8), 1 => Just(0x02u8), 1 => Just(0x0cu8),
        1 => Just(b'"'), 1 => Just(b'|'), 1 => Just(b';'), 1 => Just(b','), 1 => Just(b' '), 1 => Just(0xfeu8), 2 => b'0'..=b'9',
    ];
    let edits = proptest::collection::vec((any::<prop::sample::Index>(), odd, any::<bool>()), 0..6);
    (prop::sample::select(all), 1usize..4, edits).prop_map(|((layout, bytes), times, edits)| {
        let mut bytes = bytes.repeat(times);
        for (at, byte, insert) in edits {
            let at = at.index(bytes.len());
            if insert {
                bytes.insert(at, byte);
            } else {
                bytes[at] = byte;
            }
        }
        (layout, bytes)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn damaged_files_give_the_same_records_by_both_ways((layout, bytes) in damaged(), block in 1usize..2000, growing in any::<bool>()) {
        agree(&layout, &bytes, block, growing);
    }

    #[test]
    fn any_bytes_are_told_alike(
        bytes in proptest::collection::vec(prop_oneof![3 => any::<u8>(), 1 => Just(b'\n'), 1 => Just(b'|'), 1 => Just(b'"'), 2 => Just(b' ')], 0..600),
        block in 1usize..300,
    ) {
        for layout in PRESETS.all() {
            agree(layout, &bytes, block, false);
        }
    }

    #[test]
    fn a_variant_made_ready_says_what_the_variant_says((layout, bytes) in damaged()) {
        let mut text = bytes;
        if let Some(table) = layout.encoding.settle(&text).table() {
            text.iter_mut().for_each(|b| *b = table[usize::from(*b)]);
        }
        let classifier = Classifier::new(Arc::clone(&layout));
        let (mut pairs, mut places) = (Vec::new(), Vec::new());
        for line in text.split(|b| *b == b'\n' || *b == b'\r') {
            let bare = Bare { text: line, start: 0, end: line.len(), separators: None };
            let quick = layout.variants.iter().zip(&classifier.quick).enumerate()
                .find_map(|(i, (v, q))| q.fit(v, bare, &mut pairs).map(|(_, times)| (i, format!("{times:?}"))));
            let slow = fit(&layout, line, &mut places).ok().map(|(i, times)| (i, format!("{times:?}")));
            prop_assert_eq!(quick, slow);
        }
    }
}

fn small(more: &str) -> Arc<Layout> {
    let text = format!(
        "name = \"x\"\n{more}\n[[record]]\nkind = \"delimited\"\nseparator = \";\"\n[[record.field]]\nname = \"d\"\nindex = 1\ntype = \"date\"\nformat = \"%Y-%m-%d\"\n[[record.field]]\nname = \"a\"\nindex = 2\nelement = \"CHRGEE\"\n[[record.field]]\nname = \"b\"\nindex = 3\nelement = \"DESTPTY\"\n"
    );
    Arc::new(Layout::parse("x", &text, &CATALOGUE).unwrap())
}

#[test]
fn line_ends_and_skipped_lines_are_told_alike() {
    let line = "2026-05-01;4711;003023125014";
    for end in ["auto", "crlf", "lf", "cr"] {
        for skip in [0, 1, 3] {
            let layout = small(&format!("record_end = \"{end}\"\nskip_first = {skip}"));
            for sign in ["\n", "\r\n", "\r", "\n\r", "\r\r\n", "\n\n"] {
                for last in ["", sign, "\r", "2026"] {
                    let lines: Vec<&str> = std::iter::repeat_n(line, 6).collect();
                    let text = lines.join(sign) + last;
                    for block in [1, 7, 29, 30, 31, 100, 1000] {
                        agree(&layout, text.as_bytes(), block, false);
                        agree(&layout, text.as_bytes(), block, true);
                    }
                }
            }
        }
    }
}

#[test]
fn a_line_of_more_than_a_mebibyte_is_damaged() {
    let line = "2026-05-01;4711;003023125014\n";
    let text = format!("{line}{}\n{line}", "x".repeat((1 << 20) + 1));
    agree(&small(""), text.as_bytes(), 1 << 22, false);
    let text = format!("{line}{}\n{line}", "\u{1}".repeat((1 << 20) + 1));
    agree(&small(""), text.as_bytes(), 1 << 22, false);
}

#[test]
fn private_calls_are_told_by_their_code() {
    let text = "name = \"x\"\n[[record]]\nkind = \"delimited\"\nseparator = \";\"\n[[record.field]]\nname = \"d\"\nindex = 1\ntype = \"date\"\nformat = \"%Y-%m-%d\"\n[[record.field]]\nname = \"kind\"\nindex = 2\ntype = \"code\"\nparty = \"none\"\nmap = { 1 = \"outgoing\", 2 = \"incoming\", 7 = \"private\", 9 = \"failed\" }\n[[record.field]]\nname = \"n\"\nindex = 3\nelement = \"DESTPTY\"\n";
    let layout = Arc::new(Layout::parse("x", text, &CATALOGUE).unwrap());
    let bytes = b"2026-05-01;1;0112\n2026-05-01;2;0112\n2026-05-01;7;0112\n2026-05-01;9;0112\n";
    let (heard, account) = read(&layout, bytes, false);
    let clusters: Vec<&str> = heard
        .records
        .iter()
        .map(|r| CATALOGUE.cluster_entry(r.cluster.unwrap()).id.as_str())
        .collect();
    assert_eq!(account.records, 4);
    assert_eq!(
        clusters,
        [
            "call-detail-outgoing",
            "call-detail-incoming",
            "call-detail-private",
            "call-detail-failed"
        ]
    );
    agree(&layout, bytes, 10, false);
}

#[test]
fn ascii_goes_into_every_code_page_and_back() {
    for page in [
        "ascii",
        "latin1",
        "cp850",
        "ebcdic-037",
        "ebcdic-273",
        "ebcdic-1141",
    ] {
        let layout = small(&format!("encoding = \"{page}\""));
        let form = FileForm::of(Arc::clone(&layout), context(), b"");
        let ascii: Vec<u8> = (b' '..=b'~').collect();
        let mut text = ascii.clone();
        form.encode(&mut text);
        let table = layout.encoding.table();
        let back: Vec<u8> = text
            .iter()
            .map(|b| table.map_or(*b, |t| t[usize::from(*b)]))
            .collect();
        assert_eq!(back, ascii, "{page}");
        assert_eq!(text != ascii, page.starts_with("ebcdic"));
    }
}
