//! What changed since the last scan.

use gdpr4k_tests::Folder;
use serde_json::Value;

/// The arguments of the one finding with this code.
fn told(scan: &Value, code: &str) -> Option<Vec<(String, String)>> {
    let found: Vec<_> = scan["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|f| f["code"] == code)
        .collect();
    assert!(found.len() <= 1, "{found:?}");
    let args = found.first()?["args"].as_array().unwrap().iter();
    Some(
        args.map(|a| {
            (
                a[0].as_str().unwrap().to_owned(),
                a[1].as_str().unwrap().to_owned(),
            )
        })
        .collect(),
    )
}

#[test]
fn files_that_came_and_went_are_counted_once() {
    let folder = Folder::demo(20, 40);
    assert_eq!(
        told(&folder.scan().run().exits(4).json(), "G4K-018"),
        None,
        "nothing to compare with"
    );
    assert_eq!(
        told(&folder.scan().run().exits(4).json(), "G4K-018"),
        None,
        "nothing has changed"
    );
    let gone = folder
        .files("cdr/nord")
        .into_iter()
        .find(|f| f.metadata().unwrap().len() > 0)
        .unwrap();
    std::fs::copy(&gone, folder.join("cdr/nord/cdr-2026-10-01a.txt")).unwrap();
    std::fs::rename(&gone, folder.join("cdr/nord/cdr-2026-10-01b.txt")).unwrap();
    let args = told(&folder.scan().run().exits(4).json(), "G4K-018").expect("a change is told");
    for (name, n) in [("new", "2"), ("gone", "1"), ("lost", "0")] {
        assert!(
            args.contains(&(name.to_owned(), n.to_owned())),
            "{name}: {args:?}"
        );
    }
    assert_eq!(
        told(&folder.scan().run().exits(4).json(), "G4K-018"),
        None,
        "it is told once"
    );
}

#[test]
fn an_element_that_is_new_is_named() {
    let folder = Folder::demo(20, 40);
    let journal = folder.files("journals").remove(0);
    let aside = folder.join("journals/aside.bak");
    std::fs::rename(&journal, &aside).unwrap();
    folder.scan().run().exits(4);
    std::fs::rename(&aside, &journal).unwrap();
    let scan = folder.scan().run().exits(4).json();
    let new = scan["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|f| f["code"] == "G4K-017");
    assert!(new.into_iter().any(|f| {
        f["message"]
            .as_str()
            .unwrap()
            .contains("O4K-FLD-JRN-NUMBER")
    }));
}
