//! Tests of the reader.

use super::*;
use crate::directory::DirectoryReader;
use crate::mapping::Mapping;
use crate::testing::{CATALOGUE, Given, KNOWLEDGE, fixture};
use proptest::prelude::*;
use std::sync::LazyLock;

static MAPPING: LazyLock<Mapping> = LazyLock::new(|| {
    let text =
        gdpr4k_model::schemas::text("mappings/xml-dump.example.toml").expect("it is built in");
    Mapping::parse("m", text, &KNOWLEDGE, &CATALOGUE).unwrap_or_else(|p| panic!("{p}"))
});

fn reader() -> DirectoryReader<'static> {
    DirectoryReader::new(&KNOWLEDGE, Some(&MAPPING))
}

fn dump(inner: &str) -> String {
    format!("<dump>\n<persons>\n{inner}\n</persons>\n</dump>\n")
}

#[test]
fn a_dump_is_read_through_its_mapping() {
    let bytes = fixture("directory/dump.xml");
    let given = Given::read(reader(), &bytes);
    assert!(given.account.closes());
    insta::assert_snapshot!(given.summary());
    assert_eq!(given.lines, [4, 12, 13, 13]);
    assert!(given.of("O4K-FLD-CM-INFOTEXT") == ["R & D – bis Juli"]);
    for size in [1, 2, 3, 7, 64, 1000] {
        let blocks = Given::read_in_blocks(reader(), &bytes, size, false);
        assert_eq!(blocks.summary(), given.summary(), "blocks of {size}");
        assert!(blocks.values == given.values);
    }
}

#[test]
fn windows_1252_is_read_too() {
    let bytes: Vec<u8> = dump("<person><surname>M\u{fc}ster</surname></person>\n<person><surname>Stra\u{df}e</surname></person>")
            .chars().map(|c| c as u8).collect();
    for size in [1, 5, 1000] {
        let given = Given::read_in_blocks(reader(), &bytes, size, false);
        assert!(
            given.of("O4K-FLD-CM-NAME") == ["Müster", "Straße"],
            "blocks of {size}"
        );
    }
}

#[test]
fn a_damaged_record_is_rejected_and_the_next_one_is_read() {
    let text =
        dump("<person>\n<surname>A</wrong>\n</person>\n<person><surname>B</surname></person>");
    let given = Given::read(reader(), text.as_bytes());
    assert!(given.account.closes());
    assert_eq!(given.lines, [6]);
    assert_eq!(
        given.codes(),
        [
            ("G4K-314", None),
            ("G4K-340", Some(3)),
            ("G4K-340", Some(4)),
            ("G4K-340", Some(5))
        ]
    );
    let cut = Given::read(
        reader(),
        b"<dump><persons>\n<person><surname>A</surname></person>\n<person><surn",
    );
    assert_eq!(cut.codes().last().map(|c| c.0), Some("G4K-340"));
    assert_eq!((cut.account.records, cut.account.rejected), (1, 1));
    let grows = Given::read_in_blocks(
        reader(),
        b"<dump><persons>\n<person><surname>A</surname></person>\n<person>\n<surn",
        9,
        true,
    );
    assert_eq!(
        (
            grows.account.records,
            grows.account.rejected,
            grows.account.pending
        ),
        (1, 0, 1)
    );
    assert!(grows.account.closes());
}

#[test]
fn declared_entities_are_never_used() {
    let text = format!(
        "<!DOCTYPE d [<!ENTITY a \"aaaa\">\n<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\n{}",
        dump("<person><surname>B&a;&x;</surname></person>")
    );
    let given = Given::read(reader(), text.as_bytes());
    assert!(given.of("O4K-FLD-CM-NAME") == ["B&a;&x;"]);
    assert_eq!(
        given.codes()[..2],
        [("G4K-341", Some(1)), ("G4K-341", Some(2))]
    );
    assert!(given.account.closes());
}

#[test]
fn depth_and_size_are_limited() {
    let deep = dump(&format!("<person>{}", "<a>".repeat(100_000)));
    let given = Given::read(reader(), deep.as_bytes());
    assert!(given.account.closes());
    assert_eq!(given.codes()[0].0, "G4K-314");
    assert_eq!(given.codes()[1].0, "G4K-342");
    let mut large = XmlTable::new(
        Path::parse("//a").expect("a path"),
        Vec::new(),
        Unmapped::Ignore,
        NoRows,
    );
    let mut sink = Given::default();
    for part in ["<a>", "x"]
        .iter()
        .chain(std::iter::repeat_n(&"yyyyyyyyyyyyyyyy", 200_000))
    {
        large.feed(part.as_bytes(), &mut sink);
        assert!(large.buffer.len() <= MAX_LINE + (1 << 16) + 16);
    }
    assert!(large.finish(false, &mut sink).closes());
}

struct NoRows;
impl Rows for NoRows {
    fn knows(&self, _: &str) -> bool {
        false
    }
    fn header(&mut self, _: &[String], _: &mut dyn Sink) -> bool {
        true
    }
    fn row(&mut self, _: &Row<'_>, _: &mut dyn Sink) {}
    fn done(&mut self, _: &mut dyn Sink) {}
}

#[test]
fn only_a_part_of_xpath_is_taken() {
    for good in ["/a/b", "//b", "@id", "a/@id", ".", "ns:a/text()"] {
        assert!(Path::parse(good).is_ok(), "{good}");
    }
    for bad in ["a[1]", "@a/b", "", "a//b", "count(a)", "*"] {
        assert!(Path::parse(bad).is_err(), "{bad}");
    }
}

proptest! {
    #[test]
    fn any_xml_like_text_is_accounted_for(
        text in "(<dump>|<persons>|<person>|</person>|<person/>|<surname>|</surname>|</persons>|</dump>|[ax\n\r<>&;\"'!\\[-]|<!--|-->|<\\?|\\?>|<!\\[CDATA\\[|\\]\\]>|<!DOCTYPE |é){0,60}",
        size in 1usize..40, growing: bool,
    ) {
        let given = Given::read_in_blocks(reader(), text.as_bytes(), size, growing);
        prop_assert!(given.account.closes(), "{:?}", given.account);
    }

    #[test]
    fn any_bytes_are_accounted_for(bytes in proptest::collection::vec(any::<u8>(), 0..300), size in 1usize..50, growing: bool) {
        let given = Given::read_in_blocks(reader(), &bytes, size, growing);
        prop_assert!(given.account.closes());
    }
}
