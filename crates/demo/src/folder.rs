//! What makes the files a site folder: `site.toml`, layouts, mapping, events, protected numbers, README.

use std::fmt::Write;

use crate::DemoFile;
use crate::amo::end_of;
use crate::number::Party;
use crate::people::Company;
use crate::truth::Truth;

const LAYOUT_NORD: &str = include_str!("../files/cdr-werk-nord.toml");
const LAYOUT_WEST: &str = include_str!("../files/cdr-werk-west.toml");
const MAPPING: &str = include_str!("../files/telefonliste.toml");
const MAPPING_PM: &str = include_str!("../files/pm-werk-nord.toml");
const SITE: &str = include_str!("../files/site.toml");

/// Everything that does not depend on what was written before.
pub(crate) fn fixed(company: &Company) -> Vec<DemoFile> {
    vec![
        file(company, "site.toml", site(company)),
        file(
            company,
            "layouts/cdr-werk-nord.toml",
            LAYOUT_NORD.to_owned(),
        ),
        file(
            company,
            "layouts/cdr-werk-west.toml",
            LAYOUT_WEST.to_owned(),
        ),
        file(company, "mappings/telefonliste.toml", MAPPING.to_owned()),
        file(company, "mappings/pm-werk-nord.toml", MAPPING_PM.to_owned()),
        file(company, "events.csv", events(company)),
        file(company, "protected.csv", protected(company)),
    ]
}

fn file(company: &Company, path: &str, text: String) -> DemoFile {
    DemoFile {
        path: path.to_owned(),
        bytes: text.into_bytes(),
        modified: end_of(company.end),
    }
}

fn site(company: &Company) -> String {
    let mut lines = String::new();
    for line in &company.lines {
        let _ = write!(
            lines,
            "[[line]]\nnumber = \"{}\"                     # {}\ntype = \"{}\"\n\n",
            line.number, line.name, line.kind
        );
    }
    SITE.replace("{{nord_digits}}", &company.nodes.0[0].digits.to_string())
        .replace("{{west_digits}}", &company.nodes.0[1].digits.to_string())
        .replace("{{council}}", &company.lines[0].number.to_string())
        .replace("{{doctor}}", &company.lines[1].number.to_string())
        .replace("{{lines}}\n", lines.trim_start())
        .replace("{{end}}", &company.end.to_string())
}

fn events(company: &Company) -> String {
    let mut out = "event,key,date\n".to_owned();
    for holding in &company.holdings {
        let moved = holding.person == company.cast.mover;
        if let Some(to) = holding.to.filter(|_| !moved) {
            let _ = writeln!(
                out,
                "employment-ended,{},{}",
                company.persons[holding.person].key,
                to.at.date()
            );
        }
    }
    out
}

fn protected(company: &Company) -> String {
    let outside = Party::private(600);
    format!(
        "{},Betriebsrat\n{},Betriebsarzt\n+{},Beratung\n",
        company.lines[0].number,
        company.lines[1].number,
        company.nodes.e164(outside)
    )
}

/// The list of what is planted, for people.
pub(crate) fn readme(company: &Company, truth: &Truth) -> DemoFile {
    let mut out = format!(
        "# Beispiel GmbH: an invented site\n\n\
         Written by `gdpr4k demo --persons {} --days {} --seed {}`. Nobody in here exists: names are put together \
         from lists, stations belong to an invented company, and every outside number is one that the German \
         regulator keeps free for films and books.\n\n\
         `truth.json` says what a scan must find; it was counted while the files were written.\n\n\
         The names of the two ring elements in `amo/regenerate-ftbl-nord.txt` are assumed: the vendor does not \
         publish them.\n\n\
         Totals: {} files of sources, {} records, {} persons, {} outside numbers, {} assignments.\n\n\
         ## Planted\n\n| no. | what | where | line |\n|---|---|---|---|\n",
        truth.persons,
        truth.days,
        truth.seed,
        truth.totals.files,
        truth.totals.records,
        truth.totals.subjects,
        truth.totals.externals,
        truth.totals.assignments,
    );
    for p in &truth.planted {
        let line = p.line.map_or_else(|| "-".to_owned(), |l| l.to_string());
        let _ = writeln!(out, "| {} | {} | `{}` | {line} |", p.id, p.what, p.path);
    }
    file(company, "README.md", out)
}
