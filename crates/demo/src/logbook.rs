//! The LOGBK capture: one header line and one text line per unit (formats-other-sources 5.1).

use chrono::{NaiveDateTime, TimeDelta};

use crate::DemoFile;
use crate::amo::{end_of, pin};
use crate::doc::{Doc, Form};
use crate::people::Company;
use crate::truth::{Book, Element};

/// One command of the logbook.
struct Command {
    at: NaiveDateTime,
    noun: &'static str,
    verb: &'static str,
    text: String,
    names: Vec<String>,
    pins: usize,
    failed: bool,
    plant: Option<&'static str>,
}

/// The logbook of Nord: what was entered, by whom, when, oldest first.
pub(crate) fn logbook(company: &Company, book: &mut Book) -> DemoFile {
    let mut commands = commands(company);
    commands.sort_by_key(|c| c.at);
    let mut doc = Doc::new(
        format!("logbk/logbk-{}.txt", company.end),
        "amo-logbk",
        Form::Windows,
    );
    let path = doc.path();
    doc.noise("DISPLAY-LOGBK:ANS=C;");
    doc.noise("H500:  AMO LOGBK STARTED");
    let mut unit = 1;
    for c in &commands {
        let mut entry = |doc: &mut Doc, kind: &str, at: NaiveDateTime, text: &str| {
            let stamp = at.format("%y-%m-%d %H:%M:%S");
            let head = format!(
                "P{unit:04} DEV:CON3 TSN:47{:02} UID=7 NOUN:{} TYPE:{kind} TIME:{stamp}",
                unit % 100,
                c.noun
            );
            doc.dated(at.date(), &head);
            doc.more(text);
            unit += 1;
        };
        entry(&mut doc, "START", c.at, &c.text);
        if let Some(what) = c.plant {
            book.plant(what, &path, doc.line());
        }
        let end = c.at + TimeDelta::seconds(2);
        if c.failed {
            entry(
                &mut doc,
                "OUTPUT",
                end,
                "F01: STATION NUMBER ALREADY EXISTS",
            );
            book.find("command-not-performed", &path, doc.line());
            entry(&mut doc, "END", end, &format!("{} NOT PERFORMED;", c.verb));
        } else {
            entry(&mut doc, "END", end, &format!("{} PERFORMED;", c.verb));
        }
        for name in &c.names {
            doc.text(book, Element::DisplayName, name);
        }
        for _ in 0..c.pins {
            doc.secret(Element::Pin);
        }
    }
    doc.noise(&format!("{} MATCHES", unit - 1));
    doc.noise("AMO-LOGBK-141       LOGBOOK OF AMO COMMANDS");
    doc.noise("DISPLAY COMPLETED;");
    doc.close(book, end_of(company.end))
}

fn commands(company: &Company) -> Vec<Command> {
    let cast = &company.cast;
    let mut out = Vec::new();
    let mut push = |at, noun, verb, text, names, pins, plant| {
        out.push(Command {
            at,
            noun,
            verb,
            text,
            names,
            pins,
            failed: false,
            plant,
        });
    };
    for holding in &company.holdings {
        let (n, person) = (holding.number, &company.persons[holding.person]);
        let moved = holding.person == cast.mover;
        if let Some(to) = holding.to.filter(|m| m.logged) {
            let plant = match holding.person {
                p if p == cast.leaver => Some("leaver: the number is not given to anybody else"),
                p if p == cast.reuse_logged[0] => Some("number reuse: the leaver"),
                _ => None,
            };
            if moved {
                let new = company
                    .holdings
                    .iter()
                    .rfind(|h| h.person == holding.person)
                    .map_or(0, |h| h.number);
                let text = format!("CHANGE-SDAT:STNO={n},TYPE=DATA,NEWNO={new};");
                let plant = Some("move: the same person on a new number");
                push(to.at, "SDAT", "CHANGE", text, vec![], 0, plant);
            } else {
                let text = format!("DELETE-PERSI:TYPE=STN,STNO={n};");
                push(to.at, "PERSI", "DELETE", text, vec![], 0, plant);
                let text = format!("DELETE-SBCSU:STNO={n};");
                push(
                    to.at + TimeDelta::seconds(40),
                    "SBCSU",
                    "DELETE",
                    text,
                    vec![],
                    0,
                    None,
                );
            }
        }
        if let Some(from) = holding.from.filter(|m| m.logged && !moved) {
            let name = person.name_on(from.at.date()).display();
            let plant = match holding.person {
                p if p == cast.reuse_logged[1] => Some("number reuse: the successor"),
                p if p == cast.joiner => Some("joiner"),
                _ => None,
            };
            let text = format!("ADD-SBCSU:STNO={n},OPT=OPTI,CONN=DIR;");
            push(
                from.at - TimeDelta::seconds(60),
                "SBCSU",
                "ADD",
                text,
                vec![],
                0,
                None,
            );
            let text = format!(
                "ADD-PERSI:TYPE=STN,STNO={n},NAME=\"{name}\",ORG=\"{}\",PIN1={};",
                person.org,
                pin(n)
            );
            push(from.at, "PERSI", "ADD", text, vec![name], 1, plant);
        }
    }
    for person in &company.persons {
        let Some((at, _)) = &person.married else {
            continue;
        };
        let old = person.name.display();
        let new = person.name_on(company.end).display();
        let n = company.number_of(cast.bride);
        let text = format!("CHANGE-PERSI:TYPE=NAME,STNO={n},OLDNAME=\"{old}\",NEWNAME=\"{new}\";");
        push(
            *at,
            "PERSI",
            "CHANGE",
            text,
            // the former name is an element of its own
            vec![new],
            0,
            Some("marriage: the same person with a new name"),
        );
    }
    // a command that failed changes nothing
    let n = company.number_of(cast.twins[0]);
    let at = company.start.and_hms_opt(11, 3, 17).unwrap_or_default();
    let name = company.persons[cast.twins[0]].name.display();
    let text = format!("ADD-PERSI:TYPE=STN,STNO={n},NAME=\"{name}\",ORG=\"IT\";");
    out.push(Command {
        at,
        noun: "PERSI",
        verb: "ADD",
        text,
        names: vec![name],
        pins: 0,
        failed: true,
        plant: Some("command that failed: it changes nothing"),
    });
    out
}
