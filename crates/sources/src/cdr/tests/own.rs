//! Layouts as a site writes them from formats-cdr.md 2.7.

use super::*;

fn layout(head: &str, record: &str) -> Arc<Layout> {
    let text = format!("name = \"own\"\n{head}\n[[record]]\nid = \"call\"\n{record}");
    let layout = Layout::parse("own.toml", &text, &CATALOGUE);
    Arc::new(layout.unwrap_or_else(|p| panic!("{}", p[0])))
}

/// A delimited record: stamp, duration, calling, called, kind.
fn delimited(more: &str, calling: &str) -> String {
    format!(
        "kind = \"delimited\"\nseparator = \";\"\n{more}
        [[record.field]]
        index = 1
        type = \"datetime\"
        format = \"%d.%m.%Y %H:%M:%S\"
        [[record.field]]
        index = 2
        type = \"duration\"
        format = \"hh:mm:ss\"
        [[record.field]]
        index = 3
        element = \"{calling}\"
        [[record.field]]
        index = 4
        element = \"CALLEPTY\"
        type = \"number\"
        [[record.field]]
        name = \"kind\"
        index = 5
        element = \"CONNTYPE\""
    )
}

const CALL: &str = "14.03.2025 23:59:30;00:01:00;4711;003023125014;2\n";

#[test]
fn a_lone_stamp_is_a_value_of_what_date_order_says() {
    for (order, told_as) in [("start", "2025-03-15"), ("end", "2025-03-14")] {
        let record = delimited(&format!("date_order = \"{order}\""), "CALLIPTY");
        let text = told(&layout("", &record), CALL.as_bytes());
        assert!(
            text.starts_with(&format!("1 {told_as} call-detail-outgoing: ")),
            "{text}"
        );
        assert!(
            text.contains(&format!(": {} ", order.to_uppercase())),
            "{text}"
        );
    }
}

#[test]
fn a_catalogue_id_means_what_the_code_of_the_vendor_means() {
    let by_code = told(&layout("", &delimited("", "CALLIPTY")), CALL.as_bytes());
    let by_id = delimited("", "O4K-FLD-CDR-CALLING");
    assert_eq!(told(&layout("", &by_id), CALL.as_bytes()), by_code);
}

#[test]
fn match_names_a_field_by_name_or_number() {
    for field in ["\"kind\"", "5"] {
        let more = format!("match = {{ field = {field}, regex = \"^[13]$\" }}");
        let layout = layout("", &delimited(&more, "CALLIPTY"));
        let text = told(&layout, CALL.repeat(2).replacen(";2", ";1", 1).as_bytes());
        assert!(text.contains("G4K-106 at 2"), "{field}: {text}");
        assert!(text.contains("lines 2 = 1 records"), "{field}: {text}");
    }
    let text = "name = \"own\"\n[[record]]\nmatch = { field = 9, regex = \"x\" }\n\
        [[record.field]]\ncols = [1, 3]\nelement = \"CHRGEE\"";
    assert!(Layout::parse("own.toml", text, &CATALOGUE).is_err());
}

#[test]
fn a_delimited_line_below_min_len_is_damaged() {
    for (head, more) in [("min_len = 48", ""), ("", "min_len = 48")] {
        let layout = layout(head, &delimited(more, "CALLIPTY"));
        let data = format!("{CALL}14.03.2025 23:59:30;00:01:00;4711;0;2\n");
        let text = told(&layout, data.as_bytes());
        assert!(text.contains("G4K-101 at 2"), "{text}");
        assert!(
            text.contains("lines 2 = 1 records + 0 noise + 1 rejected"),
            "{text}"
        );
    }
}

#[test]
fn between_separators_a_duration_may_have_100_hours() {
    let layout = layout("", &delimited("date_order = \"start\"", "CALLIPTY"));
    let data = CALL.replace("00:01:00", "100:00:00");
    assert!(told(&layout, data.as_bytes()).starts_with("1 2025-03-19 "));
}

#[test]
fn days_are_those_of_the_site_whatever_zone_the_stamps_have() {
    // the site of these tests is in Berlin
    for (zone, stamp, day) in [
        ("", "14.03.2025 23:30:00", "2025-03-14"),
        ("Europe/Berlin", "14.03.2025 23:30:00", "2025-03-14"),
        ("UTC", "14.03.2025 22:59:59", "2025-03-14"),
        ("UTC", "14.03.2025 23:00:00", "2025-03-15"),
        ("UTC", "14.07.2025 22:00:00", "2025-07-15"),
        ("America/New_York", "14.07.2025 18:00:00", "2025-07-15"),
    ] {
        let head = match zone {
            "" => String::new(),
            zone => format!("timezone = \"{zone}\""),
        };
        let layout = layout(&head, &delimited("", "CALLIPTY"));
        let data = CALL.replace("14.03.2025 23:59:30", stamp);
        let text = told(&layout, data.as_bytes());
        assert!(
            text.starts_with(&format!("1 {day} ")),
            "{zone} {stamp}: {text}"
        );
    }
    for (offset, day) in [
        ("", "2025-03-14"),
        ("+0100", "2025-03-14"),
        ("+0300", "2025-03-14"),
        ("-0300", "2025-03-15"),
        ("Z", "2025-03-15"),
    ] {
        let record = delimited("", "CALLIPTY").replace("%H:%M:%S", "%H:%M:%S%z");
        let data = CALL.replace("23:59:30", &format!("23:59:30{offset}"));
        let text = told(&layout("", &record), data.as_bytes());
        assert!(text.starts_with(&format!("1 {day} ")), "{offset}: {text}");
    }
}

#[test]
fn what_a_layout_asks_to_mark_or_forbids_is_told() {
    let layout = |head: &str| layout(head, &delimited("", "CALLIPTY"));
    // the night of 26 October 2025: 02:30 comes twice, 03:30 once
    let twice = CALL.replace("14.03.2025 23:59:30", "26.10.2025 02:30:00");
    let once = CALL.replace("14.03.2025 23:59:30", "26.10.2025 03:30:00");
    let data = format!("{once}{twice}{twice}");
    let marked = told(&layout("dst_fold = \"mark\""), data.as_bytes());
    assert!(marked.contains("G4K-122 at 2 count=2"), "{marked}");
    assert!(!told(&layout(""), data.as_bytes()).contains("G4K-122"));
    let damaged = format!("{CALL}rubbish\n{CALL}");
    let failed = told(&layout("on_error = \"fail\""), damaged.as_bytes());
    assert!(failed.contains("G4K-123 at - count=1"), "{failed}");
    assert!(failed.contains("lines 3 = 2 records"), "{failed}");
    assert!(!told(&layout(""), damaged.as_bytes()).contains("G4K-123"));
}

#[test]
fn a_file_without_its_closing_line_is_told() {
    let head = "opens = \"^BEGIN\"\ncloses = \"^END\"";
    let layout = layout(head, &delimited("", "CALLIPTY"));
    let whole = format!("BEGIN\n{CALL}END 1\n");
    assert!(!told(&layout, whole.as_bytes()).contains("G4K-121"));
    let open = format!("BEGIN\n{CALL}");
    let text = told(&layout, open.as_bytes());
    assert!(text.contains("G4K-121 at -"), "{text}");
    assert!(text.contains("lines 2 = 1 records + 1 noise"), "{text}");
    let (growing, _) = read(&layout, open.as_bytes(), 9, true);
    assert!(growing.findings.iter().all(|f| f.code != "G4K-121"));
    // an extract without both lines is no billing file
    assert!(!told(&layout, CALL.as_bytes()).contains("G4K-121"));
    let half = "name = \"own\"\nopens = \"^A\"\n[[record]]\n[[record.field]]\ncols = [1, 3]";
    assert!(Layout::parse("own.toml", half, &CATALOGUE).is_err());
}
