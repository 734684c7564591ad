//! Documents made from the sample: what stands in them, what never does.

mod sample;

use gdpr4k_model::Lang;
use gdpr4k_report::{DataMap, csv, html, json};
use serde_json::Value;

const LANGS: [Lang; 2] = [Lang::De, Lang::En];

fn all_html(map: &DataMap) -> Vec<String> {
    LANGS
        .into_iter()
        .flat_map(|lang| {
            [
                html::map(map, lang).unwrap(),
                html::findings(map, lang).unwrap(),
            ]
        })
        .collect()
}

/// Documents to look at: `REPORT_OUT=/tmp cargo test -p gdpr4k-report`.
#[test]
fn every_document_can_be_written() {
    let map = sample::data_map();
    let mut documents = vec![
        ("data-map.json".to_owned(), json::data_map(&map).unwrap()),
        ("files.csv".to_owned(), csv::files(&map).unwrap()),
    ];
    for lang in LANGS {
        let code = lang.code();
        documents.push((
            format!("data-map.{code}.html"),
            html::map(&map, lang).unwrap(),
        ));
        documents.push((
            format!("findings.{code}.html"),
            html::findings(&map, lang).unwrap(),
        ));
        documents.push((
            format!("data-map.{code}.csv"),
            csv::data_map(&map, lang).unwrap(),
        ));
        documents.push((
            format!("findings.{code}.csv"),
            csv::findings(&map, lang).unwrap(),
        ));
    }
    for (name, text) in &documents {
        assert!(text.len() > 500, "{name} is short");
        if let Some(folder) = std::env::var_os("REPORT_OUT") {
            std::fs::write(std::path::Path::new(&folder).join(name), text).unwrap();
        }
    }
}

#[test]
fn a_site_of_which_nothing_is_known_has_a_document() {
    let map = sample::nothing();
    assert!(map.notes.iter().any(|n| n.id == "no-pack"));
    for text in all_html(&map) {
        assert!(text.ends_with("</html>\n") || text.ends_with("</html>"));
    }
}

#[test]
fn a_name_with_markup_and_quotes_stays_text() {
    let evil = "<script>alert(\"1\")</script> & 'Söhne' =1+1";
    let map = sample::named(evil);
    for text in all_html(&map) {
        assert!(!text.contains("<script"), "a script got through");
        assert!(text.contains("&lt;script&gt;alert(&quot;1&quot;)"));
    }
}

#[test]
fn markup_in_the_words_of_a_finding_and_of_a_system_stays_text() {
    let mut map = sample::data_map();
    let evil = "<img src=x onerror=alert(1)>";
    map.findings[0].spots[0].path = evil.to_owned();
    map.findings[0].title.de = evil.to_owned();
    map.picture.boxes[0].systems[0].name.de = evil.to_owned();
    map.kinds[0].name.de = evil.to_owned();
    map.kinds[0].found.places[0].folder = evil.to_owned();
    map.holders[0].note = evil.to_owned();
    let text = html::map(&map, Lang::De).unwrap();
    assert!(!text.contains("<img"));
    assert!(text.matches("&lt;img").count() > 5);
}

#[test]
fn nothing_is_loaded_and_nothing_runs() {
    for text in all_html(&sample::data_map()) {
        assert!(text.contains("Content-Security-Policy\" content=\"default-src 'none'"));
        for word in [
            "<script",
            "<link",
            "<iframe",
            "<object",
            "<embed",
            "<img",
            "<form",
            "@import",
            "src=",
            "url(h",
            "url(\"",
            "url('",
            "url(/",
            "onclick",
            "javascript:",
            " style=",
        ] {
            assert!(!text.contains(word), "{word} in a document");
        }
        // Links lead to places of the same document only.
        for link in text.split("href=\"").skip(1) {
            assert!(link.starts_with('#'), "a link leads out: {:.40}", link);
        }
    }
}

#[test]
fn every_link_has_its_target_and_every_id_is_there_once() {
    for text in all_html(&sample::data_map()) {
        let ids: Vec<&str> = text
            .split(" id=\"")
            .skip(1)
            .filter_map(|t| t.split('"').next())
            .collect();
        for id in &ids {
            let times = ids.iter().filter(|i| *i == id).count();
            assert_eq!(times, 1, "id {id} is there {times} times");
        }
        for target in text.split("href=\"#").skip(1) {
            let id = target.split('"').next().unwrap();
            assert!(ids.contains(&id), "#{id} leads nowhere");
        }
    }
}

#[test]
fn documents_can_be_read_without_eyes() {
    for (lang, text) in LANGS
        .iter()
        .zip(LANGS.map(|l| html::map(&sample::data_map(), l).unwrap()))
    {
        assert!(text.contains(&format!("<html lang=\"{}\">", lang.code())));
        assert_eq!(text.matches("<h1").count(), 1);
        assert_eq!(
            text.matches("<table").count(),
            text.matches("<caption>").count()
        );
        assert_eq!(
            text.matches("<th ").count() + text.matches("<th>").count(),
            text.matches(" scope=\"").count()
        );
        assert_eq!(
            text.matches("<svg").count(),
            text.matches("role=\"img\" aria-labelledby").count()
        );
        assert!(text.contains("class=\"skip\""));
        let mut level = 1;
        for at in text
            .match_indices("<h")
            .filter_map(|(i, _)| text.as_bytes().get(i + 2))
        {
            if let n @ b'1'..=b'6' = at {
                let next = n - b'0';
                assert!(
                    next <= level + 1,
                    "a heading of level {next} below one of level {level}"
                );
                level = next;
            }
        }
    }
}

/// The verdict of the sample, in both languages: what a reader sees first.
#[test]
fn the_verdict_says_what_was_found_and_what_was_not_searched() {
    let map = sample::data_map();
    let lead = |lang| {
        let text = html::map(&map, lang).unwrap();
        let leads: Vec<String> = text
            .split("<p class=\"lead\">")
            .skip(1)
            .take(3)
            .map(|t| t.split("</p>").next().unwrap().to_owned())
            .collect();
        leads.join("\n")
    };
    insta::assert_snapshot!(lead(Lang::De), @r"
    Die durchsuchten Dateien enthalten Daten über 1.243 Personen dieses Standorts und über 38.417 externe Rufnummern, verteilt auf 13 Datenarten.
    7 Datenarten sind über ihrer Frist, die älteste um 804 Tage. Eine Datenart hat keine Löschregel. 2 Arten von Zugangsdaten liegen im Klartext.
    Nicht durchsucht sind 6 lesbare Systeme ohne Dateien und 7 vorhandene Systeme ohne Exportmöglichkeit; zu 27 weiteren Systemen hat sich niemand erklärt.
    ");
    insta::assert_snapshot!(lead(Lang::En), @r"
    The files that were searched hold data about 1 243 persons of this site and about 38 417 outside numbers, in 13 data kinds.
    7 data kinds are past their limit, the oldest by 804 days. One data kind has no deletion rule. 2 kinds of credentials lie in clear.
    Not searched: 6 readable systems without files and 7 present systems that cannot be exported; about 27 further systems nobody has made a statement.
    ");
}

/// The chain of every data kind in one line: status, ages, and how much stands behind it.
#[test]
fn data_kinds_in_short() {
    let map = sample::data_map();
    let short: Vec<String> = map
        .kinds
        .iter()
        .map(|k| {
            format!(
                "{} {} records={} overdue={:?} past={:?} systems={} places={} elements={} stores={} retention={} copies={} interfaces={}",
                k.id,
                k.status.id(),
                k.time.records,
                k.time.overdue_days,
                k.time.overdue_records,
                k.found.systems.len(),
                k.found.places.len(),
                k.found.elements.len(),
                k.declared.stores.len(),
                k.declared.retention.len(),
                k.copies.len(),
                k.interfaces.len()
            )
        })
        .collect();
    // Counts of vendor statements grow with the catalogue: the snapshot keeps to what the sample itself holds.
    let sample: Vec<&str> = short
        .iter()
        .filter(|s| !s.contains("not-found"))
        .filter_map(|s| s.split(" stores=").next())
        .collect();
    insta::assert_snapshot!(sample.join("\n"), @r"
    call-detail-incoming overdue records=609564 overdue=Some(804) past=Some(588234) systems=1 places=3 elements=4
    call-detail-internal overdue records=295780 overdue=Some(804) past=Some(285430) systems=1 places=3 elements=4
    call-detail-private overdue records=8734 overdue=Some(804) past=Some(8428) systems=1 places=3 elements=4
    admin-audit-log overdue records=54755 overdue=Some(690) past=Some(34628) systems=1 places=1 elements=3
    call-detail-outgoing overdue records=771612 overdue=Some(627) past=Some(572100) systems=1 places=3 elements=4
    call-journal overdue records=22492 overdue=Some(51) past=Some(8307) systems=1 places=2 elements=2
    credentials overdue records=1521 overdue=Some(20) past=Some(1) systems=2 places=2 elements=2
    login-log no-rule records=2973 overdue=None past=None systems=1 places=1 elements=1
    assignment-history not-judged records=1502 overdue=None past=None systems=0 places=1 elements=0
    directory-entry not-judged records=1206 overdue=None past=None systems=2 places=3 elements=5
    station-destinations within records=3520 overdue=Some(-70) past=None systems=1 places=1 elements=2
    station-configuration within records=2169 overdue=Some(-70) past=None systems=1 places=2 elements=2
    charging-master-data within records=1080 overdue=Some(-70) past=None systems=1 places=1 elements=1
    technical-data no-person records=7800 overdue=None past=None systems=1 places=3 elements=1
    ");
    for kind in map
        .kinds
        .iter()
        .filter(|k| k.personal && k.id != "assignment-history")
    {
        assert!(
            !kind.declared.stores.is_empty(),
            "{} has no store of the documents",
            kind.id
        );
    }
}

#[test]
fn the_picture_is_no_hairball() {
    let picture = sample::data_map().picture;
    assert!(
        (10..=25).contains(&picture.boxes.len()),
        "{}",
        picture.boxes.len()
    );
    for flow in &picture.flows {
        assert!(flow.from < picture.boxes.len() && flow.to < picture.boxes.len());
        assert_ne!(flow.from, flow.to);
    }
    let numbers: Vec<u32> = picture.flows.iter().map(|f| f.number).collect();
    assert_eq!(
        numbers,
        (1..=picture.flows.len() as u32).collect::<Vec<_>>()
    );
}

#[test]
fn drift_names_what_is_new() {
    let drift = sample::data_map().drift.unwrap();
    assert_eq!(drift.new_files.len(), 3);
    assert_eq!(drift.new_elements[0].id, "O4K-FLD-XIE-SIPSECRET");
    assert_eq!(drift.kinds.len(), 2);
}

#[test]
fn csv_has_a_cell_for_every_column_and_no_formula() {
    let map = sample::named("=cmd|' /C calc'!A0");
    let tables = [
        (
            csv::data_map(&map, Lang::De).unwrap(),
            map.kinds
                .iter()
                .map(|k| k.found.elements.len().max(1))
                .sum(),
        ),
        (csv::files(&map).unwrap(), map.files.len()),
        (
            csv::findings(&map, Lang::En).unwrap(),
            map.findings.iter().map(|g| g.spots.len()).sum::<usize>(),
        ),
    ];
    for (text, rows) in tables {
        assert!(text.contains("\r\n"));
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        let all: Vec<_> = reader.records().map(|r| r.unwrap()).collect();
        assert_eq!(all.len(), rows);
        for cell in all.iter().flatten() {
            assert!(
                !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
                "{cell}"
            );
        }
    }
}

#[test]
fn json_is_what_its_schema_says_and_comes_back_the_same() {
    let map = sample::data_map();
    let text = json::data_map(&map).unwrap();
    let value: Value = serde_json::from_str(&text).unwrap();
    for key in ["schema", "tool_version", "generated_at"] {
        assert!(value[key].is_string(), "{key}");
    }
    let schema = schema("data-map");
    assert_eq!(schema["$id"], value["schema"]);
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(&value)
        .map(|e| e.to_string())
        .collect();
    assert_eq!(errors, Vec::<String>::new());
    let mut broken = value.clone();
    broken["figures"]["persons"] = "many".into();
    assert!(!validator.is_valid(&broken), "the schema accepts anything");
    assert_eq!(serde_json::from_str::<DataMap>(&text).unwrap(), map);
}

#[test]
fn the_scan_schema_accepts_a_scan() {
    let schema = schema("scan");
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut value = serde_json::to_value(sample::inventory()).unwrap();
    value["schema"] = schema["$id"].clone();
    value["tool_version"] = "0.1.0".into();
    value["generated_at"] = "2026-11-22T09:30:00Z".into();
    let errors: Vec<String> = validator
        .iter_errors(&value)
        .map(|e| e.to_string())
        .collect();
    assert_eq!(errors, Vec::<String>::new());
    value["totals"]["records"] = (-1).into();
    assert!(!validator.is_valid(&value), "the schema accepts anything");
}

fn schema(name: &str) -> Value {
    let text = gdpr4k_model::schemas::text(&format!("json/{name}.schema.json")).unwrap();
    serde_json::from_str(text).unwrap()
}
