//! What is found in single lines, and what holds for any bytes.

use std::sync::LazyLock;

use gdpr4k_model::number::{NumberPlan, NumberPlans};
use proptest::prelude::*;

use super::*;

static DETECTOR: LazyLock<Detector> = LazyLock::new(|| detector(&people()));

fn detector(people: &SitePeople) -> Detector {
    let plans = NumberPlans::new([NumberPlan {
        country: "49".into(),
        area: "30".into(),
        main: "23125".into(),
        extension_length: 4,
        trunk_prefix: "0".into(),
    }]);
    let options = Options {
        services: vec!["engr".into()],
        ..Options::default()
    };
    Detector::new(&plans, 0, people, &options)
}

fn people() -> SitePeople {
    let names = [
        ("Beispiel", "Anna"),
        ("Müller", "Jörg"),
        ("Weißenfels", "Käthe"),
        ("Dr. Koch", "Uwe"),
        ("Berg", "Sabine"),
        ("von der Heide", "Hans-Peter"),
        ("O'Leary", "Siobhan"),
        ("Haas-Brenner", "Lars"),
        ("Lang", "Anna Maria"),
    ];
    SitePeople {
        names: names.map(|(s, g)| (s.to_owned(), g.to_owned())).to_vec(),
        numbers: ["4711", "4712", "2015", "+49 221 4710123"]
            .map(str::to_owned)
            .to_vec(),
        accounts: ["jdoe", "anna.beispiel", "koch"]
            .map(str::to_owned)
            .to_vec(),
        ..SitePeople::default()
    }
}

/// `kind:text` of each hit.
fn found(line: &str) -> Vec<String> {
    of_bytes(&DETECTOR, line.as_bytes())
}

fn of_bytes(detector: &Detector, line: &[u8]) -> Vec<String> {
    let mut hits = Vec::new();
    detector.detect(line, &mut hits);
    let show = |h: &Hit| {
        format!(
            "{}:{}",
            h.kind.as_str(),
            crate::lines::decode(&line[h.range()])
        )
    };
    hits.iter().map(show).collect()
}

#[track_caller]
fn check(line: &str, want: &[&str]) {
    assert_eq!(found(line), want, "in: {line}");
}

#[test]
fn numbers_in_every_notation_are_one_hit() {
    for number in [
        "+49 30 23125-4711",
        "+49 (30) 23125-4711",
        "+49 (0)30 23125-4711",
        "+4930231254711",
        "0049 30 23125 4711",
        "030/23125-4711",
        "(030) 231 25-4711",
        "(030) 23125-4711",
        "030 231254711",
        "0 30 / 23125-4711",
        "030231254711",
        "23125-4711",
        "+49.30.231254711",
        "0221 4710123",
        "0221-4710123",
        "+49 15550 123456",
        "015550 / 123456",
        "00004930231254711",
    ] {
        for line in [
            format!("bitte {number} anrufen"),
            format!("Tel.: {number}"),
            format!("({number})"),
        ] {
            if number.starts_with('(') && line.starts_with('(')
                || number.starts_with("0 3") && !line.starts_with("Tel")
            {
                continue;
            }
            if number.starts_with("0 3") || number.starts_with("0000") {
                continue;
            }
            check(&line, &[&format!("number:{number}")]);
        }
    }
}

#[test]
fn stations_are_found_by_their_words() {
    for line in [
        "Station 25037 changed",
        "Nst. 25037 gestört",
        "STNO=25037,DPLN=1",
        "extension: 25037",
        "ext.25037 busy",
        "ext25037 busy",
        "INVITE sip:25037@pbx.example SIP/2.0",
        "Teilnehmer Nr. 25037",
        "App. 25037",
    ] {
        check(line, &["extension:25037"]);
    }
    check(
        "Stationen 4711, 4712 und 4799",
        &["extension:4711", "extension:4712", "extension:4799"],
    );
    check("STNO=4711&&4719;", &["extension:4711", "extension:4719"]);
    check(
        "call from 4711 to 4799 ended",
        &["extension:4711", "extension:4799"],
    );
    check(
        "4711 -> 0221 4710123",
        &["extension:4711", "number:0221 4710123"],
    );
    check("Frau Beispiel (4711)", &["name:Beispiel", "extension:4711"]);
}

#[test]
fn the_sites_people_are_found_in_every_spelling() {
    for name in [
        "Anna Beispiel",
        "Beispiel, Anna",
        "Beispiel*Anna",
        "ANNA BEISPIEL",
        "BEISPIEL, ANNA",
        "A. Beispiel",
        "Beispiel, A.",
        "Jörg Müller",
        "Joerg Mueller",
        "JÖRG MÜLLER",
        "Mueller, Jörg",
        "Käthe Weissenfels",
        "KAETHE WEISSENFELS",
        "Weißenfels*Käthe",
        "Hans-Peter von der Heide",
        "von der Heide, Hans-Peter",
        "Siobhan O'Leary",
        "Lars Haas-Brenner",
        "Uwe Koch",
        "Koch, Uwe",
        "Beispiel",
        "Müller",
        "Anna Lang",
        "Anna Maria Lang",
    ] {
        check(
            &format!("Ticket von {name} an alle"),
            &[&format!("name:{name}")],
        );
        check(&format!("Dr. {name}"), &[&format!("name:{name}")]);
    }
    // Windows-1252
    assert_eq!(
        of_bytes(&DETECTOR, b"J\xf6rg M\xfcller"),
        ["name:Jörg Müller"]
    );
    assert_eq!(
        of_bytes(&DETECTOR, b"WEI\xdfENFELS, K\xc4THE"),
        ["name:WEIßENFELS, KÄTHE"]
    );
    check("„Müller“ sagt", &["name:Müller"]);
    check(
        "Beispiel „ und „ Beispiel",
        &["name:Beispiel", "name:Beispiel"],
    );
}

#[test]
fn surnames_that_are_ordinary_words_need_a_context() {
    for line in [
        "Der Koch kocht am Berg",
        "Konferenzraum Berg",
        "Koch-Vertrag",
        "lang und breit",
        "Koch und Küche",
        "Lang ist der Weg",
    ] {
        check(line, &[]);
    }
    check("Herr Koch hat angerufen", &["name:Koch"]);
    check("Frau Dr. Berg", &["name:Berg"]);
    check("Anruf von Berg", &["name:Berg"]);
    check("Berg (4711) meldet", &["name:Berg", "extension:4711"]);
    check("Name: Koch", &["name:Koch"]);
}

#[test]
fn a_span_has_one_kind_the_most_specific() {
    check(
        "anna.beispiel@werk.example",
        &["email:anna.beispiel@werk.example"],
    );
    check(
        "<sip:4711@192.0.2.9:5060>",
        &["extension:4711", "ip:192.0.2.9"],
    );
    check(
        "sip:+49221471 0123@trunk.example",
        &["number:+49221471 0123"],
    );
    check(
        "user=anna.beispiel from 192.0.2.1",
        &["account:anna.beispiel", "ip:192.0.2.1"],
    );
    check(
        "ADD-PERSI:STNO=25037,NAME=\"Dr. Fremd*Otto\",PIN1=00000;",
        &["extension:25037", "name:Fremd*Otto", "pin:00000"],
    );
    check(
        "From: \"Anna Beispiel\" <sip:4711@pbx.example>;tag=12345678",
        &["name:Anna Beispiel", "extension:4711"],
    );
}

#[test]
fn secrets_ids_and_places_are_found_by_their_words() {
    check(
        "api2hipath.exe -l xieadm -p Geheim1! -h 192.0.2.5 -o PORT out.csv",
        &["account:xieadm", "password:Geheim1!", "ip:192.0.2.5"],
    );
    check("password=Geheim!1 ok", &["password:Geheim!1"]);
    check(
        "Failed password for invalid user mmuster from 192.0.2.1 port 51514 ssh2",
        &["account:mmuster", "ip:192.0.2.1"],
    );
    check("Benutzer mmuster abgemeldet", &["account:mmuster"]);
    check("session opened for user engr by (uid=0)", &[]);
    check("Personalnummer 00123456", &["personnel-id:00123456"]);
    check("Agent 4711 logged on", &["agent-id:4711"]);
    check(
        "DE75 5121 0800 1245 1261 99",
        &["iban:DE75 5121 0800 1245 1261 99"],
    );
    check("DE76512108001245126199", &[]);
    check(
        "wohnt Beispielstraße 12b, 10115 Berlin seit",
        &["address:Beispielstraße 12b, 10115 Berlin"],
    );
    check("Raum 3.214 frei", &["location:3.214"]);
    check(
        "mac 00:1A:E8:00:11:22 und 00-1a-e8-00-11-22",
        &["mac:00:1A:E8:00:11:22", "mac:00-1a-e8-00-11-22"],
    );
    check("from 2001:db8::7 port 443", &["ip:2001:db8::7"]);
    check(
        "tcpdump 192.0.2.1.5060 > 192.0.2.2.5060: UDP",
        &["ip:192.0.2.1", "ip:192.0.2.2"],
    );
}

#[test]
fn technical_figures_are_no_hits() {
    for line in [
        "PEN 1-1-49-3 LTG 1 LTU 17 SLOT 121 CCT 003",
        "F2754 M4 N4711 NO ACT BPA CIRCUIT 26-02-03 08:14:09",
        "2026-02-03 08:14:09.123 INFO version 10.2.31.4 build 4711",
        "V10 R1.42.0 HotFix 4711",
        "sshd[4711]: port 4711, pid 4711, uid=4711",
        "4711 pulses, 4711 bytes, 4711 ms",
        "Serial number 0302312547, SN L30250F600",
        "00 1A 4F 0815 4711 FF 03 00 00 25 03 7F",
        "0x00004711 rc=-2147467259 crc=0x4711",
        "listening on 4711/tcp",
        "20260203 20260203081409 03.02.2026 02/03/2026",
        "trunk code 0, Kennzahl *550, Notruf 112",
        "line 4711 of 4712 in Upload.java:4711",
        "1738570449 epoch, seq 2890844526",
        "from 2015 to 2026",
        "Rechnung 4711, Seite 4711, order 4711",
        "p=4711&q=4712",
        "netmask 255.255.255.0 on lo 127.0.0.1",
        "foo::bar() std::net::Ipv4Addr",
        "http://pbx.example:4711/index.html?id=4711",
    ] {
        check(line, &[]);
    }
}

proptest! {
    #[test]
    fn any_bytes_give_spans_in_bounds_without_overlap(line in proptest::collection::vec(any::<u8>(), 0..400)) {
        sound(&line)?;
    }

    #[test]
    fn any_mixture_of_what_the_rules_look_for_is_sound(
        parts in proptest::collection::vec(proptest::sample::select(PIECES), 0..40)
    ) {
        let line: Vec<u8> = parts.concat();
        sound(&line)?;
    }

    #[test]
    fn a_line_without_people_figures_and_signs_is_empty(line in "[b-hj-z ,;]{0,200}") {
        // no word of the lists can be written so that a name or a value follows: values and names need more letters
        let mut hits = Vec::new();
        detector(&SitePeople::default()).detect(line.as_bytes(), &mut hits);
        prop_assert!(hits.iter().all(|h| matches!(h.kind, Kind::Account | Kind::Secret | Kind::Password)));
    }
}

const PIECES: &[&[u8]] = &[
    b"Anna",
    b" ",
    b"Beispiel",
    b", ",
    b"*",
    b"+49",
    b"030",
    b"23125",
    b"4711",
    b"-",
    b"/",
    b"(",
    b")",
    b"(0)",
    b".",
    b":",
    b"::",
    b"@",
    b"example",
    b"sip:",
    b"user=",
    b"\"",
    b"'",
    b"PIN1=",
    b"password",
    b"=",
    b"M\xfcller",
    "Müller".as_bytes(),
    b"\xe2\x80\x9e",
    b"\xc2\xa0",
    b"\xff",
    b"A.",
    b"von",
    b"der",
    b"Heide",
    b"Hans-",
    b"Peter",
    b"Herr ",
    b"Dr. ",
    b"Raum ",
    b"strasse 1",
    b", 10115 B",
    b"DE75",
    b"5121",
    b"00:1a:e8:00:11:22",
    b"2001:db8::1",
    b"192.0.2.1",
    b"api2hipath -p ",
    b"/home/",
    b"\\",
    b"_",
    b"<",
    b">",
    b"&&",
    b" -> ",
    b"O'",
    b"Leary",
    b"IPEI 00077 0123456 7",
    b"name=\"",
];

fn sound(line: &[u8]) -> Result<(), TestCaseError> {
    let mut hits = Vec::new();
    DETECTOR.detect(line, &mut hits);
    let mut last = 0;
    for hit in &hits {
        prop_assert!(hit.start > last, "overlap");
        prop_assert!(hit.end >= hit.start);
        prop_assert!(hit.end as usize <= line.len());
        last = hit.end;
    }
    Ok(())
}

#[test]
fn sentences_of_administrators_are_understood() {
    check(
        "Hallo, mein Apparat 25037 (Raum 2.17) ist stumm. Gruß Jörg Müller",
        &["extension:25037", "location:2.17", "name:Jörg Müller"],
    );
    check(
        "2026-02-03T08:14:09+01:00 host app: user 'mmuster' changed PIN for ext 4711",
        &["account:mmuster", "extension:4711"],
    );
    check(
        "User mmuster logged in from 192.0.2.44",
        &["account:mmuster", "ip:192.0.2.44"],
    );
    check(
        "user has no rights, user is locked, Benutzer hat keine Rechte",
        &[],
    );
    check(
        "Rückruf bei Müller unter 0221/4710-123 erbeten",
        &["name:Müller", "number:0221/4710-123"],
    );
    check(
        "Anrufer: +49 (221) 4710 123, Dauer 125 s",
        &["number:+49 (221) 4710 123"],
    );
    check(
        "CLIP 02214710123 -> 4711 (Beispiel)",
        &["number:02214710123", "extension:4711", "name:Beispiel"],
    );
    check(
        "Weiterleitung auf 0015550123456 um 08:14",
        &["number:0015550123456"],
    );
    check(
        "Mail von Anna Beispiel <a.beispiel@werk.example> an 4711",
        &[
            "name:Anna Beispiel",
            "email:a.beispiel@werk.example",
            "extension:4711",
        ],
    );
    check(
        "Name=Beispiel Anna;Tel=4711;Ort=Berlin",
        &["name:Beispiel Anna", "extension:4711"],
    );
    check("Beispiel GmbH, Herr Fremd", &["name:Fremd"]);
    check("MS Teams, Dr. med. Anna Beispiel", &["name:Anna Beispiel"]);
    check(
        "voicemail_anna_beispiel_20260203.wav",
        &["name:anna_beispiel"],
    );
    check("PIN 4711 wurde 3 mal falsch eingegeben", &["pin:4711"]);
    check("3 PIN attempts, PIN-Versuche 3 von 3", &[]);
    check("Agent-ID=4711 an Platz 12", &["agent-id:4711"]);
    check(
        "calling=4711 called=00049221471012 cause=16",
        &["extension:4711", "number:00049221471012"],
    );
    check(
        "Tel 4711, Fax 4799, Mobil 015550 123456",
        &["extension:4711", "extension:4799", "number:015550 123456"],
    );
    check("Kennwort: geheim", &["password:geheim"]);
    check("password for jdoe expired", &["account:jdoe"]);
    check("password: ********", &[]);
    check(
        "login jdoe@os4k 192.0.2.3",
        &["account:jdoe", "ip:192.0.2.3"],
    );
    check(
        "Koch, Uwe; Berg, Sabine; Lang, Anna",
        &["name:Koch, Uwe", "name:Berg, Sabine", "name:Lang, Anna"],
    );
    check(
        "Gespräch mit Hr. Berg und Fr. Lang (4712)",
        &["name:Berg", "name:Lang", "extension:4712"],
    );
    check("kuehlen Koch im Sommer am 3. Berg 4711 Meter", &[]);
}

#[test]
fn every_kind_has_an_element_of_the_catalogue() {
    for kind in Kind::ALL {
        let catalogue = &crate::testing::CATALOGUE;
        let element = catalogue
            .element(kind.element())
            .expect("an element for every kind");
        let secret = matches!(kind, Kind::Pin | Kind::Password | Kind::Secret);
        assert_eq!(
            catalogue.element_entry(element).secret,
            secret,
            "{}",
            kind.as_str()
        );
        assert_eq!(Kind::parse(kind.as_str()), Some(*kind));
    }
}
