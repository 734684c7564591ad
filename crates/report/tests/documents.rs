//! Documents made from the sample: what stands in them, what never does.

mod sample;

use gdpr4k_model::Lang;
use gdpr4k_report::{DataMap, csv, html, json};
use serde_json::Value;

const LANGS: [Lang; 2] = [Lang::De, Lang::En];

fn all_html(map: &DataMap) -> Vec<String> {
    LANGS
        .into_iter()
        .flat_map(|lang| [html::map(map, lang).unwrap(), html::findings(map, lang).unwrap()])
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
        documents.push((format!("data-map.{code}.html"), html::map(&map, lang).unwrap()));
        documents.push((format!("findings.{code}.html"), html::findings(&map, lang).unwrap()));
        documents.push((format!("data-map.{code}.csv"), csv::data_map(&map, lang).unwrap()));
        documents.push((format!("findings.{code}.csv"), csv::findings(&map, lang).unwrap()));
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
