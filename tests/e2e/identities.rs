//! Who is a person, who had which number, and what a file holds: small sites with what they must give,
//! worked out by hand from the definitions of the contract (section 4).

use gdpr4k_tests::Folder;
use serde_json::Value;

const STATIONS: &str = "ADD-SBCSU:7801,OPTI,DIR,1-1-49-3;\nADD-SBCSU:7802,OPTI,DIR,1-1-49-4;\n";

/// The answer of a scan of these files. The folder of a file says its source kind.
#[track_caller]
fn scan(files: &[(&str, &str)]) -> Value {
    let mut sources: Vec<(&str, &str, &str)> = Vec::new();
    for (path, _) in files {
        let (kind, pattern) = match path.split('/').next() {
            Some("regen") => ("amo-regen", "regen/*"),
            Some("logbk") => ("amo-logbk", "logbk/*"),
            Some("session") => ("amo-session", "session/*"),
            Some("xie") => ("xie", "xie/*"),
            Some("xml") => ("xie", "xml/*"),
            _ => ("directory", "directory/*"),
        };
        let more = if pattern == "xml/*" {
            "mapping = \"mappings/dump.toml\""
        } else {
            ""
        };
        if !sources.contains(&(kind, pattern, more)) && !path.starts_with("mappings/") {
            sources.push((kind, pattern, more));
        }
    }
    let folder = Folder::site(&sources);
    for (path, text) in files {
        folder.write(path, text);
    }
    let scan = folder.scan().run().json();
    for file in scan["files"].as_array().unwrap() {
        let n = |key: &str| file[key].as_u64().unwrap_or(0);
        assert_eq!(
            n("lines"),
            n("records") + n("continuation") + n("noise") + n("rejected") + n("pending"),
            "{file}"
        );
    }
    scan
}

/// Persons and assignments.
#[track_caller]
fn people(files: &[(&str, &str)]) -> (u64, u64) {
    let scan = scan(files);
    let total = |key: &str| scan["totals"][key].as_u64().unwrap();
    (total("subjects"), total("assignments"))
}

fn element<'v>(scan: &'v Value, id: &str) -> &'v Value {
    let all = scan["elements"].as_array().unwrap();
    let found = all.iter().find(|e| e["element"] == id);
    found.unwrap_or(&Value::Null)
}

fn has(scan: &Value, code: &str) -> bool {
    let all = scan["findings"].as_array().unwrap();
    all.iter().any(|f| f["code"] == code)
}

fn regen(names: &[(&str, &str)]) -> String {
    let persons = names
        .iter()
        .map(|(number, name)| format!("ADD-PERSI:STN,{number},\"{name}\";\n"));
    STATIONS.to_owned() + &persons.collect::<String>()
}

const MARCH: &str = "regen/regen-2026-03-31.txt";
const JUNE: &str = "regen/regen-2026-06-30.txt";
const OCTOBER: &str = "regen/regen-2026-10-31.txt";

#[test]
fn reuse_return_and_a_gap() {
    let anna = regen(&[("7801", "Beispiel*Anna"), ("7802", "Muster*Jan")]);
    let nora = regen(&[("7801", "Neu*Nora"), ("7802", "Muster*Jan")]);
    let nobody = regen(&[("7802", "Muster*Jan")]);
    assert_eq!(people(&[(MARCH, &anna), (OCTOBER, &nora)]), (3, 3));
    assert_eq!(
        people(&[(MARCH, &anna), (JUNE, &nora), (OCTOBER, &anna)]),
        (3, 4)
    );
    assert_eq!(
        people(&[(MARCH, &anna), (JUNE, &nobody), (OCTOBER, &anna)]),
        (2, 3)
    );
    assert!(has(&scan(&[(MARCH, &anna), (OCTOBER, &nobody)]), "G4K-020"));
}

#[test]
fn several_names_on_one_station_are_several_persons_at_once() {
    let text = STATIONS.to_owned() + "ADD-PERSI:STN,7801,\"Muster*Jan\"&\"Beispiel*Anna\";\n";
    let files = [
        (MARCH, text.as_str()),
        (JUNE, text.as_str()),
        (OCTOBER, text.as_str()),
    ];
    assert_eq!(people(&files), (2, 2));
    assert!(!has(&scan(&files), "G4K-020"));
    let switches = "domain|switch_name|extension|displayname|\nM|0001|7801|Beispiel*Anna|\nM|0002|7801|Muster*Jan|\n";
    assert_eq!(
        people(&[
            ("xie/PORT-2026-03-31.csv", switches),
            ("xie/PORT-2026-10-31.csv", switches)
        ]),
        (2, 2)
    );
}

#[test]
fn a_person_table_without_numbers_adds_who_is_not_known_by_a_number() {
    let table = "identity_num|name|christianname|email|\n1|Beispiel|Anna|a@muster.example|\n2|Zwilling|Kim|k@muster.example|\n3|Zwilling|Kim|l@muster.example|\n4|Ohne|Olga|o@muster.example|\n";
    let ports = "domain|switch_name|extension|displayname|\nM|0001|7801|Beispiel*Anna|\nM|0001|7802|Zwilling*Kim|\nM|0001|7803|Zwilling*Kim|\n";
    let persons = ("xie/PERSDAT-2026-10-31.csv", table);
    assert_eq!(people(&[persons]), (4, 0));
    assert_eq!(
        people(&[persons, ("xie/PORT-2026-10-31.csv", ports)]),
        (4, 3)
    );
    // somebody without a number, and somebody whose number is a mobile one
    let mobile = "Personalnummer;Name;Vorname;Rufnummer\n1;Still;Ole;\n2;Weit;Ida;+4915550000001\n";
    assert_eq!(people(&[("directory/p-2026-10-31.csv", mobile)]), (2, 0));
}

#[test]
fn a_chain_of_renumberings_and_a_new_holder_of_the_old_number() {
    let unit = |n: u64, kind: &str, time: &str, text: &str| {
        format!("P{n} DEV:C TSN:1 UID=7 NOUN:SCSU TYPE:{kind} TIME:{time}\n{text};\n")
    };
    let log = unit(
        1,
        "START",
        "26-04-01 08:00:00",
        "CHANGE-SCSU:STNO=7801,NEWNO=7811",
    ) + &unit(2, "END", "26-04-01 08:00:01", "CHANGE PERFORMED")
        + &unit(
            3,
            "START",
            "26-05-01 08:00:00",
            "CHANGE-SCSU:STNO=7811,NEWNO=7821",
        )
        + &unit(4, "END", "26-05-01 08:00:01", "CHANGE PERFORMED")
        + &unit(
            5,
            "START",
            "26-06-01 08:00:00",
            "ADD-PERSI:STN,7801,\"Neu*Nora\"",
        )
        + &unit(6, "END", "26-06-01 08:00:01", "ADD PERFORMED");
    let before = regen(&[("7801", "Beispiel*Anna")]);
    let after = before.replace("Beispiel*Anna", "Neu*Nora")
        + "ADD-SBCSU:7821,OPTI,DIR,1-1-49-5;\nADD-PERSI:STN,7821,\"Beispiel*Anna\";\n";
    let scan = scan(&[
        (MARCH, &before),
        (OCTOBER, &after),
        ("logbk/logbk-2026-10-31.txt", &log),
    ]);
    assert_eq!(scan["totals"]["subjects"], 2);
    assert_eq!(scan["totals"]["assignments"], 4);
    assert!(!has(&scan, "G4K-020"), "every change has its time");
}

#[test]
fn the_same_export_wrapped_by_a_terminal_is_the_same() {
    let text = STATIONS.to_owned()
        + "ADD-PERSI:TYPE=STN,STNO=7801,NAME=\"Beispielmann*Erika\",ORG=\"VERTRIEB SUED\";\n"
        + "ADD-PERSI:TYPE=STN,STNO=7802,NAME=\"Mustermann*Joerg\",ORG=\"VERTRIEB SUED\";\n";
    for width in [38, 40, 43, 46, 60] {
        let mut wrapped = String::new();
        for line in text.lines() {
            for part in line.as_bytes().chunks(width) {
                wrapped += std::str::from_utf8(part).unwrap();
                wrapped.push('\n');
            }
        }
        let scan = scan(&[(MARCH, &text), (OCTOBER, &wrapped)]);
        assert_eq!(scan["totals"]["subjects"], 2, "{width}");
        let names = element(&scan, "O4K-FLD-CORE-DISPLAYNAME");
        assert_eq!(
            (&names["records"], &names["distinct"]),
            (&4.into(), &2.into()),
            "{width}"
        );
    }
}

#[test]
fn passwords_of_the_switch_are_counted_and_a_letter_is_no_export() {
    let scan = scan(&[
        (
            "session/s-2026-10-31.txt",
            "CHANGE-PASSW:OLDONE,NEWONE,3;\n",
        ),
        (OCTOBER, "Sehr geehrte Damen und Herren,\n"),
    ]);
    let passwords = element(&scan, "O4K-FLD-ACC-PASSWORD");
    assert_eq!(
        (&passwords["records"], &passwords["secret"]),
        (&2.into(), &true.into())
    );
    assert!(has(&scan, "G4K-234"));
}

#[test]
fn an_xml_dump_of_the_interface_is_read_through_its_mapping() {
    let mapping = gdpr4k_model::schemas::text("mappings/xml-dump.example.toml").unwrap();
    let dump = "<?xml version=\"1.0\"?>\n<dump>\n<persons>\n<person id=\"1\"><surname>Beispiel</surname><given>Anna</given><phone>7801</phone></person>\n</persons>\n</dump>\n";
    let scan = scan(&[
        ("xml/persons-2026-10-31.xml", dump),
        ("mappings/dump.toml", mapping),
    ]);
    assert_eq!(scan["files"][0]["records"], 1);
    assert_eq!(scan["totals"]["subjects"], 1);
}

#[test]
fn one_statement_about_all_phones_settles_every_kind_of_phone() {
    let folder = Folder::site(&[("amo-regen", "regen/*", "")]);
    folder.write(OCTOBER, regen(&[("7801", "Beispiel*Anna")]));
    let site = std::fs::read_to_string(folder.join("site.toml")).unwrap();
    let declared = "\n[[declared]]\nsystem = \"O4K-DEV-PHONES\"\npresent = true\n";
    folder.write("site.toml", site + declared);
    let scan = folder.scan().run().json();
    assert!(!has(&scan, "G4K-027"));
    let holders = scan["holders"].as_array().unwrap();
    let state = |id: &str| {
        holders
            .iter()
            .find(|h| h["system"] == id)
            .map(|h| &h["state"])
    };
    assert_eq!(
        state("O4K-SYS-DEV-CP200-205"),
        Some(&"declared-present".into())
    );
    assert_eq!(state("O4K-SYS-DLS"), Some(&"undeclared".into()));
}
