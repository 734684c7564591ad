//! Markers in every kind of source, in every place where a value of a person stands: none may come out again,
//! whether as a message, in a log at any level, or in the state.

use gdpr4k_tests::{Folder, Run};

/// Marker names and numbers. They look like real ones, so that readers take them as values.
const NAME: &str = "Zyxkanari";
const FIRST: &str = "Qwexkanari";
const OUTSIDE: &str = "15550987123";
const EXTENSION: &str = "7391";
const PIN: &str = "884417";
const SECRET: &str = "Sx9kanari7";
const ACCOUNT: &str = "wkanari";

const MARKERS: [&str; 7] = [NAME, FIRST, OUTSIDE, EXTENSION, PIN, SECRET, ACCOUNT];

fn site() -> Folder {
    let folder = Folder::site(&[
        ("amo-regen", "amo/regen*.txt", ""),
        ("amo-session", "amo/session*.txt", ""),
        ("amo-logbk", "amo/logbk*.txt", ""),
        ("xie", "xie/*.csv", ""),
        ("directory", "people/*.csv", ""),
        ("cdr", "cdr/*.csv", "layout = \"asterisk-csv\""),
        ("cdr", "cdr/*.txt", "layout = \"auto\""),
        ("cdr", "cdr/*.own", "layout = \"layouts/own.toml\""),
        ("call-journal", "journals/*.csv", ""),
        ("assistant-log", "logs/*.csv", ""),
        ("syslog", "logs/*.log", ""),
        ("directory", "wrong/*", "mapping = \"mappings/own.toml\""),
    ]);
    let regen = format!(
        "ADD-SBCSU:{EXTENSION},OPTI,OPTIIP,1-1-1-1;\n\
         ADD-SCSU:STNO={EXTENSION},PEN=1-1-1-1,DVCFIG=ANATE,PIN={PIN};\n\
         ADD-PERSI:TYPE=NAME,STNO={EXTENSION},NAME=\"{NAME}*{FIRST}\";\n\
         ADD-PERSI:NAME,{EXTENSION},\"{NAME}*{FIRST}\",\"Zimmer {NAME}\";\n\
         ADD-ZIEL:TYPE=CFW,SRCNO={EXTENSION},CFWTYPE=CFU,DESTNO=0{OUTSIDE};\n\
         ADD-PERSI:TYPE=PIN,STNO={EXTENSION},PINTYPE=PIN1,PIN={PIN};\n\
         ADD-SSCSU:STNO={EXTENSION},SECRET=\"{SECRET}\",NAME={NAME};\n\
         ADD-NOSUCH:{NAME},{EXTENSION},{OUTSIDE};\n\
         {NAME} {FIRST} {OUTSIDE} not a command at all\n\
         ADD-PERSI:TYPE=NAME,STNO={EXTENSION},NAME=\"{NAME}*{FIRST}\n"
    );
    folder.write("amo/regen-2026-10-31.txt", &regen);
    folder.write(
        "amo/session-2026-10-31.txt",
        format!("<{regen}\nH500:  AMO PERSI STARTED\n{NAME} {OUTSIDE}\n"),
    );
    folder.write(
        "amo/logbk-2026-10-31.txt",
        format!("2026-10-30 10:11:12 {ACCOUNT}\n{regen}CHANGE-PERSI:TYPE=NAME,STNO={EXTENSION},NEWNAME=\"{FIRST}*{NAME}\";\n"),
    );
    folder.write(
        "xie/PORT.csv",
        format!(
            "extension;sip_secret;note\n{EXTENSION};{SECRET};{OUTSIDE}\n{EXTENSION};\"{SECRET}\n"
        ),
    );
    folder.write(
        "xie/PERSONS.csv",
        format!(
            "identity;last_name;first_name;email;phone;other\n\
             {PIN};{NAME};{FIRST};{NAME}@beispiel.example;{OUTSIDE};x\n{NAME};{FIRST}\n;;;;;;;;;;{OUTSIDE}\n"
        ),
    );
    folder.write(
        "xie/nohead.csv",
        format!("{NAME};{FIRST};{EXTENSION}\n{FIRST};{NAME};{OUTSIDE}\n"),
    );
    folder.write(
        "people/list.csv",
        format!("Name;Vorname;Durchwahl;Mobil;Konto\n{NAME};{FIRST};{EXTENSION};{OUTSIDE};{ACCOUNT}\n{NAME};\u{1};{EXTENSION}\n"),
    );
    folder.write(
        "people/nohead.csv",
        format!("{NAME};{FIRST};{EXTENSION};{OUTSIDE};{ACCOUNT}\n"),
    );
    folder.write(
        "cdr/a.csv",
        format!(
            "\"\",\"{EXTENSION}\",\"{OUTSIDE}\",\"x\",\"\"\"{NAME}\"\" <{EXTENSION}>\",\"a\",\"b\",\"c\",\"d\",\"2026-10-30 10:00:00\",\"2026-10-30 10:00:05\",\"2026-10-30 10:01:00\",60,55,\"ANSWERED\",\"DOCUMENTATION\",\"1\",\"{NAME}\"\n\
             {NAME},{OUTSIDE}\n\"{OUTSIDE}\n"
        ),
    );
    folder.write(
        "cdr/b.txt",
        format!("{NAME} {OUTSIDE} {EXTENSION} {PIN}\n{OUTSIDE};{NAME}\n"),
    );
    folder.write("cdr/c.own", format!("{EXTENSION};{OUTSIDE};{NAME};{PIN}\n"));
    folder.write(
        "layouts/own.toml",
        "layout = \"own\"\nmode = \"sideways\"\n",
    );
    folder.write("mappings/own.toml", "source = \"directory\"\nbroken");
    folder.write("wrong/a.csv", format!("{NAME};{OUTSIDE}\n"));
    folder.write(
        "journals/j.csv",
        format!(
            "owner;type;number;name;date;time\n{EXTENSION};missed;{OUTSIDE};{NAME};2026-10-30;10:00\n\
             {EXTENSION};{NAME};{OUTSIDE};{NAME};{NAME};{OUTSIDE}\n"
        ),
    );
    folder.write(
        "logs/activity.csv",
        format!(
            "Date;Time;User;Activity\n2026-10-30;10:00:00;{ACCOUNT};changed {NAME} on {EXTENSION} to {OUTSIDE}\n\
             {NAME};{NAME};{NAME};{NAME}\n"
        ),
    );
    folder.write(
        "logs/s.log",
        format!(
            "<34>Oct 30 10:00:00 host4000 su: {ACCOUNT} on {EXTENSION}\n\
             <34>1 2026-10-30T10:00:00Z host4000 api2hipath 1 - - -u {ACCOUNT} -p {SECRET} {NAME} {OUTSIDE}\n\
             {NAME} {FIRST} {OUTSIDE}\n<999>{NAME}\n"
        ),
    );
    folder
}

#[track_caller]
fn nothing_in(what: &str, bytes: &[u8]) {
    let plain = String::from_utf8_lossy(bytes).to_lowercase();
    for marker in MARKERS {
        assert!(
            !plain.contains(&marker.to_lowercase()),
            "marker {marker} comes out in {what}: {}",
            around(&plain, &marker.to_lowercase())
        );
        let wide: Vec<u8> = marker.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(
            !bytes.windows(wide.len()).any(|w| w == wide),
            "marker {marker} comes out in {what}, in UTF-16"
        );
    }
}

fn around<'t>(text: &'t str, marker: &str) -> &'t str {
    let at = text.find(marker).unwrap_or(0);
    let from = text[..at].char_indices().rev().nth(150).map_or(0, |c| c.0);
    let to = text[at..]
        .char_indices()
        .nth(200)
        .map_or(text.len(), |c| at + c.0);
    &text[from..to]
}

#[track_caller]
fn nothing_of(what: &str, run: &Run) {
    nothing_in(what, &run.bytes());
}

#[test]
fn no_marker_comes_out_of_a_scan() {
    let folder = site();
    let verbose = |args: &[&str]| {
        folder
            .call(args)
            .env("RUST_LOG", "trace")
            .env("RUST_BACKTRACE", "full")
            .run()
    };
    let scan = verbose(&["scan", "-vv", "--format", "json", "--as-of", "2026-11-22"]);
    let read = scan.json();
    // the markers must have been read as values, or this test looks for nothing
    for element in [
        "O4K-FLD-CORE-DISPLAYNAME",
        "O4K-FLD-XIE-SIPSECRET",
        "O4K-FLD-CDR-CALLED",
    ] {
        let elements = read["elements"].as_array().unwrap();
        assert!(
            elements
                .iter()
                .any(|e| e["element"] == element && e["records"].as_u64() > Some(0)),
            "{element} was not met"
        );
    }
    assert!(
        read["totals"]["rejected"].as_u64() > Some(0),
        "damaged lines were not met"
    );
    for (i, file) in read["files"].as_array().unwrap().iter().enumerate() {
        assert!(!file["path"].is_null(), "file {i}");
    }
    nothing_of("the JSON answer", &scan);
    nothing_of("the text answer", &verbose(&["scan", "-vv"]));
    nothing_of(
        "a scan of some files",
        &verbose(&["scan", "-vv", "cdr", "xie"]),
    );
    let mut seen = 0;
    for file in folder
        .files("state")
        .into_iter()
        .chain(folder.files("keys"))
    {
        nothing_in(&file.display().to_string(), &std::fs::read(&file).unwrap());
        seen += 1;
    }
    assert!(seen >= 2, "no state was written");
}

#[test]
fn no_marker_stays_in_the_state_of_a_killed_scan() {
    let folder = site();
    folder.scan().run();
    for wait in [2, 20, 60] {
        let mut child = folder.scan().spawn();
        std::thread::sleep(std::time::Duration::from_millis(wait));
        let _ = child.kill();
        child.wait().unwrap();
        for file in folder.files("state") {
            nothing_in(&file.display().to_string(), &std::fs::read(&file).unwrap());
        }
    }
}

#[test]
fn no_marker_comes_out_of_a_quick_look_or_a_layout_command() {
    let folder = site();
    std::fs::remove_file(folder.join("site.toml")).unwrap();
    nothing_of(
        "a quick look",
        &folder
            .call(&["scan", "-vv", "."])
            .env("RUST_LOG", "trace")
            .run(),
    );
    for file in [
        "cdr/a.csv",
        "cdr/b.txt",
        "cdr/c.own",
        "people/list.csv",
        "amo/regen-2026-10-31.txt",
    ] {
        for format in ["text", "json"] {
            nothing_of(
                "layout detect",
                &folder
                    .call(&["layout", "detect", file, "-vv", "--format", format])
                    .run(),
            );
            let check = [
                "layout",
                "check",
                file,
                "-vv",
                "--layout",
                "asterisk-csv",
                "--format",
                format,
            ];
            nothing_of("layout check", &folder.call(&check).run());
        }
        nothing_of(
            "layout from-ftbl",
            &folder.call(&["layout", "from-ftbl", file, "-vv"]).run(),
        );
    }
    let own = [
        "layout",
        "check",
        "cdr/c.own",
        "--layout",
        "layouts/own.toml",
    ];
    nothing_of("an invalid layout", &folder.call(&own).run().exits(5));
}
