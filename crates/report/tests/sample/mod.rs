//! An invented site with every state that a data map can show.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use gdpr4k_model::catalogue::{Entry, Pack, PackRule};
use gdpr4k_model::inventory::{
    ClusterEntry, ClusterShare, Counted, ElementEntry, FileEntry, FindingEntry, Holder,
    HolderState, Inventory, Totals,
};
use gdpr4k_model::site::Site;
use gdpr4k_model::{Catalogue, Lang, Text};
use gdpr4k_report::{DataMap, Inputs, RuleText};

/// The site file, with a name that would break careless HTML and CSV.
const SITE: &str = r#"
[site]
name = "Beispiel GmbH, Werk Nord"
timezone = "Europe/Berlin"
language = "de"
pack = "de-business-only"
[controller]
name = "Beispiel GmbH"
contact = "datenschutz@beispiel.example"
address = "Musterweg 1, 12345 Musterstadt"
dpo = "Dana Schutz"
[[source]]
kind = "amo-regen"
paths = ["amo/*.txt"]
"#;

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The rich sample, built as the engine builds it.
pub(crate) fn data_map() -> DataMap {
    build(SITE, &inventory(), Some(&previous()))
}

/// The same site under another name.
pub(crate) fn named(name: &str) -> DataMap {
    let site = SITE.replace("\"Beispiel GmbH, Werk Nord\"", &toml_string(name));
    build(&site, &inventory(), None)
}

fn toml_string(text: &str) -> String {
    format!("{:?}", text)
}

/// A site of which nothing is known yet.
pub(crate) fn nothing() -> DataMap {
    let empty = Inventory {
        as_of: day("2026-11-22"),
        site: "Leer".to_owned(),
        ..Inventory::default()
    };
    let site = "[site]\nname = \"Leer\"\ntimezone = \"UTC\"\npack = \"no-such-pack\"\n";
    build(site, &empty, None)
}

fn build(site: &str, inventory: &Inventory, previous: Option<&Inventory>) -> DataMap {
    let catalogue = Catalogue::builtin();
    let site = Site::parse("site.toml", site).unwrap();
    let rules = rules(&catalogue, &site.head.pack, inventory);
    DataMap::build(&Inputs {
        catalogue: &catalogue,
        inventory,
        site: &site,
        rules: &rules,
        previous,
        tool_version: "0.1.0",
        generated_at: "2026-11-22T09:30:00+01:00",
        scanned_at: "2026-11-22T09:12:00+01:00",
    })
}

/// Rules as the policy would word them; one cluster is left without, to show the gap.
fn rules(catalogue: &Catalogue, pack: &str, inventory: &Inventory) -> Vec<RuleText> {
    let mut rows: BTreeMap<&str, (&Pack, &PackRule)> = BTreeMap::new();
    let mut next = catalogue.pack(pack);
    while let Some(pack) = next {
        for rule in &pack.rules {
            rows.entry(&rule.cluster).or_insert((pack, rule));
        }
        next = pack.extends.as_deref().and_then(|id| catalogue.pack(id));
    }
    rows.remove("voice-recording");
    rows.remove("login-log");
    rows.values()
        .map(|(pack, rule)| rule_text(catalogue, pack, rule, inventory))
        .collect()
}

fn rule_text(catalogue: &Catalogue, pack: &Pack, r: &PackRule, inventory: &Inventory) -> RuleText {
    let event = catalogue.start_event(&r.starts_with).unwrap();
    let fallback = !event.in_record;
    let ceiling = catalogue.start_event(&r.fallback.starts_with).unwrap();
    let period = if fallback {
        r.fallback.delete_after
    } else {
        r.delete_after
    };
    let kept_from = RuleText::kept_from(period, r.from_year_end && !fallback, inventory.as_of);
    let oldest = inventory
        .clusters
        .iter()
        .find(|c| c.cluster == r.cluster)
        .and_then(|c| c.oldest);
    let name = &catalogue
        .cluster_entry(catalogue.cluster(&r.cluster).unwrap())
        .name;
    let sentence = |lang| {
        let name = name.get(lang);
        match lang {
            Lang::En => format!(
                "{name}: deleted {} after {}, at the latest {} after {}; source: {} [{}]",
                r.delete_after.words(lang),
                event.name.get(lang),
                r.fallback.delete_after.words(lang),
                ceiling.name.get(lang),
                r.legal_ref,
                r.mark
            ),
            Lang::De => format!(
                "{name}: gelöscht {} nach {}, spätestens {} nach {}; Quelle: {} [{}]",
                r.delete_after.words(lang),
                event.name.get(lang),
                r.fallback.delete_after.words(lang),
                ceiling.name.get(lang),
                r.legal_ref,
                r.mark
            ),
        }
    };
    RuleText {
        cluster: r.cluster.clone(),
        sentence: Text {
            en: sentence(Lang::En),
            de: sentence(Lang::De),
        },
        starts_with: r.starts_with.clone(),
        delete_after: r.delete_after,
        stages: Vec::new(),
        reason: r.reason.clone(),
        source: pack.id.clone(),
        legal_ref: r.legal_ref.clone(),
        mark: r.mark.clone(),
        justification: String::new(),
        kept_from,
        overdue_days: match (kept_from, oldest) {
            // The directory entry shows what cannot be judged: no leaving date is known.
            _ if r.cluster == "directory-entry" => None,
            (Some(from), Some(oldest)) => Some((from - oldest).num_days()),
            _ => None,
        },
        judged_by_fallback: fallback,
    }
}

fn counted(all: &[(&str, u64)]) -> Vec<Counted> {
    all.iter()
        .map(|(name, count)| Counted {
            name: (*name).to_owned(),
            count: *count,
        })
        .collect()
}

/// `n` months up to November 2026 with a little life in their heights.
fn months(n: i32, each: u64) -> Vec<Counted> {
    (0..n)
        .rev()
        .map(|back| {
            let month = 2026 * 12 + 10 - back;
            let swing = [94, 112, 101, 87, 120, 76, 58, 99, 117, 105, 90, 71];
            Counted {
                name: format!("{}-{:02}", month / 12, month % 12 + 1),
                count: each * swing[(month % 12) as usize] / 100,
            }
        })
        .collect()
}

fn cluster(id: &str, files: u64, months: Vec<Counted>, undated: u64) -> ClusterEntry {
    let first = |m: &Counted| day(&format!("{}-03", m.name));
    ClusterEntry {
        cluster: id.to_owned(),
        records: months.iter().map(|m| m.count).sum::<u64>() + undated,
        files,
        oldest: months.first().map(first),
        newest: months.last().map(|_| day("2026-11-21")),
        undated,
        months,
    }
}

fn element(id: &str, records: u64, distinct: u64, kinds: &[(&str, u64)]) -> ElementEntry {
    let catalogue = Catalogue::builtin();
    let Some(Entry::Field(e)) = catalogue.entry(id) else {
        panic!("{id} is not in the catalogue");
    };
    ElementEntry {
        element: id.to_owned(),
        cluster: e.cluster.clone(),
        category: e.kind.id().to_owned(),
        subject: e.subject.id().to_owned(),
        secret: e.secret,
        files: 3,
        records,
        distinct: if e.secret { 0 } else { distinct },
        distinct_estimated: distinct > 262_144,
        by_kind: counted(kinds),
        ..ElementEntry::default()
    }
}

/// An element of call records: its records decide the data kind.
fn call_element(id: &str, distinct: u64) -> ElementEntry {
    let share = |cluster: &str, records| ClusterShare {
        cluster: cluster.to_owned(),
        records,
        oldest: Some(day("2024-09-03")),
        newest: Some(day("2026-11-21")),
    };
    ElementEntry {
        by_cluster: vec![
            share("call-detail-outgoing", 812_340),
            share("call-detail-incoming", 640_112),
            share("call-detail-internal", 310_876),
            share("call-detail-private", 9_204),
        ],
        ..element(id, 1_772_532, distinct, &[("cdr", 1_772_532)])
    }
}

fn file(path: &str, kind: &str, layout: Option<&str>, lines: u64, oldest: &str) -> FileEntry {
    let noise = lines / 40;
    FileEntry {
        path: path.to_owned(),
        kind: kind.to_owned(),
        layout: layout.map(str::to_owned),
        bytes: lines * 118,
        lines: Some(lines),
        records: lines - noise,
        noise,
        oldest: Some(day(oldest)),
        newest: Some(day("2026-11-21")),
        read: true,
        purpose: (kind == "cdr").then(|| "accounting".to_owned()),
        writable: kind == "cdr",
        ..FileEntry::default()
    }
}

fn files() -> Vec<FileEntry> {
    let mut all = vec![
        file(
            "amo/regen-2026-11-20.txt",
            "amo-regen",
            None,
            48_211,
            "2026-11-20",
        ),
        file(
            "xie/persons-2026-11-18.xml",
            "xie",
            Some("xie-person"),
            9_120,
            "2026-11-18",
        ),
        file(
            "personal/verzeichnis.csv",
            "directory",
            Some("mappings/personal.toml"),
            1_288,
            "2026-11-01",
        ),
        file(
            "journal/journal-2026-11.csv",
            "call-journal",
            Some("mappings/journal.toml"),
            22_480,
            "2026-09-14",
        ),
        file(
            "assistant/logbook-2026.csv",
            "assistant-log",
            None,
            60_122,
            "2024-01-05",
        ),
        file(
            "idtb/export.zip!/calllog.csv",
            "idtb",
            None,
            8_800,
            "2025-02-11",
        ),
        file(
            "backup/assistant-2026-10-31.tar",
            "backup",
            None,
            0,
            "2026-10-31",
        ),
    ];
    all[6].lines = None;
    all[6].bytes = 2_480_000_000;
    for month in 0..27 {
        let at = 2024 * 12 + 8 + month;
        let name = format!("{}-{:02}", at / 12, at % 12 + 1);
        let path = format!("cdr/{}/cdr-{name}.txt", at / 12);
        all.push(file(
            &path,
            "cdr",
            Some("cdr-werk-nord"),
            67_000 + 431 * u64::try_from(month).unwrap(),
            &format!("{name}-03"),
        ));
    }
    all[11].rejected = 14;
    all[11].records -= 14;
    all[11].findings = 14;
    all[3].read = false;
    all
}

pub(crate) fn inventory() -> Inventory {
    let elements = elements();
    let mut files = files();
    for file in &mut files {
        let of_kind = elements
            .iter()
            .filter(|e| e.by_kind.iter().any(|k| k.name == file.kind));
        let mut clusters: Vec<String> = of_kind
            .flat_map(|e| {
                let shares = e.by_cluster.iter().map(|c| c.cluster.clone());
                shares.chain([e.cluster.clone()])
            })
            .collect();
        clusters.sort();
        clusters.dedup();
        file.clusters = clusters;
    }
    let sum = |get: fn(&FileEntry) -> u64| files.iter().map(get).sum();
    let totals = Totals {
        files: files.len() as u64,
        bytes: sum(|f| f.bytes),
        lines: sum(|f| f.lines.unwrap_or(0)),
        records: sum(|f| f.records),
        noise: sum(|f| f.noise),
        rejected: sum(|f| f.rejected),
        subjects: 1_243,
        externals: 38_417,
        assignments: 1_502,
        unread: 1,
        ..Totals::default()
    };
    Inventory {
        as_of: day("2026-11-22"),
        site: "Beispiel GmbH, Werk Nord".to_owned(),
        catalogue: "4f6a0c".repeat(10) + "d1e2",
        totals,
        files,
        elements,
        clusters: vec![
            cluster("call-detail-outgoing", 27, months(27, 30_000), 12),
            cluster("call-detail-incoming", 27, months(27, 23_700), 0),
            cluster("call-detail-internal", 27, months(27, 11_500), 0),
            cluster("call-detail-private", 27, months(27, 340), 0),
            cluster("directory-entry", 3, months(1, 1_340), 0),
            cluster("station-configuration", 2, months(1, 2_410), 0),
            cluster("station-destinations", 1, months(1, 3_912), 0),
            cluster("credentials", 2, months(1, 1_690), 0),
            cluster("charging-master-data", 2, months(1, 1_201), 0),
            cluster("call-journal", 2, months(3, 7_100), 340),
            cluster("admin-audit-log", 1, months(35, 1_650), 0),
            cluster("login-log", 1, months(35, 90), 0),
            cluster("technical-data", 3, months(2, 4_000), 0),
        ],
        findings: findings(),
        holders: holders(),
        monitoring: counted(&[("BUSYOVERRIDE", 12), ("SILENT MONITORING", 2), ("MCID", 31)]),
    }
}

fn elements() -> Vec<ElementEntry> {
    let id = |name: &str| format!("O4K-FLD-{name}");
    let people = [("amo-regen", 1_180), ("xie", 1_240), ("directory", 1_210)];
    let mut all = vec![
        element(&id("CORE-SURNAME"), 3_630, 1_021, &people),
        element(&id("CORE-FIRSTNAME"), 3_610, 402, &people),
        element(&id("CORE-DISPLAYNAME"), 1_180, 1_160, &people[..1]),
        element(&id("CM-EMAIL"), 1_240, 1_238, &people[1..2]),
        element(&id("CM-ORGUNIT"), 1_210, 64, &people[1..]),
        element(&id("CORE-STATION"), 2_410, 1_322, &people[..2]),
        element(&id("CORE-IP"), 1_088, 1_088, &people[..1]),
        element(&id("CORE-FWDDEST"), 2_004, 911, &people[..1]),
        element(&id("CORE-SPEEDDIAL"), 1_908, 1_400, &people[..1]),
        element(&id("CORE-PIN"), 1_188, 0, &people[..1]),
        element(&id("XIE-SIPSECRET"), 502, 0, &people[1..2]),
        element(&id("CM-COSTCENTER"), 1_201, 88, &people[1..2]),
        element(
            &id("JRN-NUMBER"),
            21_002,
            6_120,
            &[("call-journal", 14_200), ("idtb", 6_802)],
        ),
        element(
            &id("JRN-NAME"),
            17_500,
            2_044,
            &[("call-journal", 14_200), ("idtb", 3_300)],
        ),
        element(&id("LOG-USER"), 57_750, 18, &[("assistant-log", 57_750)]),
        element(&id("LOG-IP"), 57_750, 31, &[("assistant-log", 57_750)]),
        element(
            &id("LOG-ENTRY"),
            57_750,
            9_100,
            &[("assistant-log", 57_750)],
        ),
        element(
            &id("AUD-LOGON-FAIL"),
            3_150,
            40,
            &[("assistant-log", 3_150)],
        ),
        call_element(&id("CDR-CALLED"), 301_442),
        call_element(&id("CDR-CALLING"), 39_010),
        call_element(&id("CDR-START"), 1_401_000),
        call_element(&id("CDR-DURATION"), 9_410),
        element(&id("CDR-OTHER"), 8_000, 11, &[("cdr", 8_000)]),
    ];
    all[8].unverified = 212;
    all
}

fn findings() -> Vec<FindingEntry> {
    let catalogue = Catalogue::builtin();
    let finding = |code: &str, path: &str, line, args: &[(&str, &str)]| {
        let text = catalogue
            .finding(code)
            .unwrap_or_else(|| panic!("{code} is not in the catalogue"));
        FindingEntry {
            code: code.to_owned(),
            severity: text.severity,
            path: path.to_owned(),
            line,
            message: text.message.en.clone(),
            help: text.help.en.clone(),
            args: args
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect(),
        }
    };
    let mut all = vec![
        finding(
            "G4K-004",
            "journal/journal-2026-11.csv",
            None,
            &[("lines", "22480")],
        ),
        finding("G4K-016", "", None, &[("count", "19")]),
        finding("G4K-005", "cdr/2026/cdr-2026-11.txt", None, &[]),
    ];
    for n in 0..14 {
        let args = [("found", "88"), ("expected", "118")];
        all.push(finding(
            "G4K-101",
            "cdr/2025/cdr-2025-01.txt",
            Some(1_204 + 88 * n),
            &args,
        ));
    }
    all
}

/// Every system that the engine would name, in every state.
fn holders() -> Vec<Holder> {
    let read: BTreeMap<&str, u64> = files().iter().fold(BTreeMap::new(), |mut all, f| {
        let kind = gdpr4k_model::site::SourceKind::ALL
            .iter()
            .find(|k| k.id() == f.kind)
            .unwrap();
        *all.entry(kind.id()).or_default() += 1;
        all
    });
    let declared = |id: &str| match id {
        "O4K-SYS-DLS"
        | "O4K-SYS-UC"
        | "O4K-SYS-SFTP"
        | "O4K-SYS-DEV-OPENSTAGE60-80"
        | "O4K-SYS-DEV-CP400-600"
        | "O4K-SYS-DEV-CP200-205"
        | "O4K-SYS-AM" => Some(HolderState::DeclaredPresent),
        "O4K-SYS-BLFWIN" | "O4K-SYS-BLFSERVER" | "O4K-SYS-DEV-OPTISET" | "O4K-SYS-CATOOL" => {
            Some(HolderState::DeclaredAbsent)
        }
        _ => None,
    };
    let catalogue = Catalogue::builtin();
    let mut all = Vec::new();
    for entry in catalogue.entries() {
        let Entry::System(s) = entry else { continue };
        let context = s.reading == gdpr4k_model::catalogue::Reading::Context;
        if !s.personal_data || context || s.document != "O4K" {
            continue;
        }
        let files = s.reads.iter().filter_map(|k| read.get(k.as_str())).sum();
        let state = match (files, declared(&s.id)) {
            (1.., _) => HolderState::Searched,
            (_, Some(state)) => state,
            _ if s.reads.is_empty() => HolderState::Undeclared,
            _ => HolderState::NotSearched,
        };
        all.push(Holder {
            system: s.id.clone(),
            state,
            files,
            note: match s.id.as_str() {
                "O4K-SYS-AM" => "Gebührenserver der IT, Ansprechpartner Facility".to_owned(),
                _ => String::new(),
            },
        });
    }
    all
}

/// The scan three months before.
fn previous() -> Inventory {
    let mut old = inventory();
    old.as_of = day("2026-08-22");
    old.files.truncate(31);
    old.elements
        .retain(|e| e.element != "O4K-FLD-XIE-SIPSECRET");
    old.clusters[0].records -= 88_120;
    old.clusters[4].records -= 14;
    old
}
