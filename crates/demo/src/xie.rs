//! XIE table exports (formats-other-sources 2.3 and 2.4), a person table, a telephone list, a shadow copy.

use std::fmt::Write;

use chrono::TimeDelta;

use crate::DemoFile;
use crate::amo::end_of;
use crate::doc::{Doc, Form};
use crate::names::windows_1252;
use crate::number::Party;
use crate::people::{Company, Holding};
use crate::truth::{Book, Element};

const HEAD: &str = "domain|switch_name|extension|e164_num|pen|displayname|devconame|devtext|status|unique_key|node_id|info|pubnum|cust_lan_ip_addr|sip_ip_address|sip_userid|sip_secret|sip_realm|lin1|lin2|";

/// One row of PORT.
struct Port {
    number: u32,
    name: String,
    row: String,
    sip: bool,
    /// Room in the info field.
    room: String,
}

fn ports(company: &Company) -> Vec<Port> {
    let mut out = Vec::new();
    let lines = company.lines.iter().map(|l| (l.number, l.name.to_owned()));
    let people = company
        .holdings
        .iter()
        .filter(|h| h.node == 0 && h.has_station(company.end))
        .map(|h| {
            (
                h.number,
                company.persons[h.person].name_on(company.end).display(),
            )
        });
    for (i, (n, name)) in lines.chain(people).enumerate() {
        let sip = i % 7 == 5;
        let e164 = company.nodes.e164(Party::station(0, n));
        let (device, text) = if sip {
            ("SIP", "S0PP")
        } else {
            ("OPTIIP", "OS-CP600")
        };
        let ip = format!("10.30.{}.{}", i / 250, i % 250 + 1);
        let pen = if sip {
            String::new()
        } else {
            format!("1-{}-{}-{}", 1 + i / 480, 1 + i / 24 % 20, i % 24)
        };
        let user = if sip { n.to_string() } else { String::new() };
        let secret = if sip {
            format!("not-a-secret-{n}")
        } else {
            String::new()
        };
        let realm = if sip { "os4k.beispiel.example" } else { "" };
        let room = if i % 11 == 3 {
            format!("{}.{:02}", 1 + i % 5, i % 40)
        } else {
            String::new()
        };
        let info = if room.is_empty() {
            String::new()
        } else {
            format!("Raum {room}")
        };
        let row = format!(
            "MUC|0001|{n}|{e164}|{pen}|{name}|{device}|{text}|003|{}|1-1-100|{info}|{n}|{ip}||{user}|{secret}|{realm}|12345|0{:03}|",
            100_000 + i,
            i % 900
        );
        out.push(Port {
            number: n,
            name,
            row,
            sip,
            room,
        });
    }
    out
}

/// Every file of `xie/`.
pub(crate) fn tables(company: &Company, book: &mut Book) -> Vec<DemoFile> {
    let ports = ports(company);
    let at = end_of(company.end);
    let mut out = Vec::new();

    let mut doc = Doc::new("xie/PORT.csv", "xie", Form::Windows);
    doc.noise(HEAD);
    let mut first = true;
    for port in &ports {
        doc.record(&port.row);
        doc.text(book, Element::TextLocation, &port.room);
        if port.sip {
            doc.secret(Element::SipSecret);
            if first {
                book.plant(
                    "SIP secrets in clear (this is the first)",
                    "xie/PORT.csv",
                    doc.line(),
                );
                book.find("secret-in-clear", "xie/PORT.csv", doc.line());
            }
            first = false;
        }
    }
    out.push(doc.close(book, at));

    let mut doc = Doc::new("xie/PERSPORT.csv", "xie", Form::Windows);
    doc.noise("domain|switch_name|extension|connect_type|department|desk_code|");
    book.plant(
        "unknown column desk_code in a XIE table",
        "xie/PERSPORT.csv",
        Some(1),
    );
    book.find("unknown-column", "xie/PERSPORT.csv", None);
    for (holding, person) in current(company) {
        let n = holding.number;
        doc.record(&format!(
            "MUC|0001|{n}|256|{}|T{}|",
            company.persons[person].org,
            n % 40
        ));
    }
    out.push(doc.close(book, at));

    out.push(forwarding(company, book));
    out.push(persons(company, book));

    let mut doc = Doc::new("xie/PEN.csv", "xie", Form::Windows);
    doc.noise(
        "unique_key|pen|switch_name|cardtyp|status|info|domain|extension|pin_1|pin_2|lin1|lin2|",
    );
    for (i, port) in ports.iter().enumerate().take(60) {
        let n = port.number;
        doc.record(&format!(
            "{}|1-1-{}-{}|0001|SLMO|003|Dose {}|MUC|{n}|A{}|B{}|12345||",
            200_000 + i,
            1 + i / 24,
            i % 24,
            10 + i,
            i,
            i
        ));
    }
    let gone = company.number_of(company.cast.leaver);
    doc.record(&format!(
        "{}|1-1-9-1|0001|SLMO|002|Raum 3.11, frueher {gone}|MUC||A1|B1|12345||",
        200_099
    ));
    doc.text(book, Element::TextLocation, "3.11");
    doc.party(book, Element::TextExtension, Party::station(0, gone));
    book.plant(
        "room text that stays after the station was deleted",
        "xie/PEN.csv",
        doc.line(),
    );
    out.push(doc.close(book, at));

    let mut doc = Doc::new("xie/ACTION_CONTROL.csv", "xie", Form::Windows);
    doc.noise("order_id|action_id|action_status|action_error|extension|act_time_create|act_time_update|unique_key|");
    let orphan = company.number_of(company.cast.leaver);
    for (i, n) in [ports[8].number, ports[9].number, orphan]
        .into_iter()
        .enumerate()
    {
        let time = company
            .end
            .and_hms_opt(9, 10 + i as u32, 0)
            .unwrap_or_default()
            - TimeDelta::days(3);
        let (day, time) = (time.date(), time.format("%Y-%m-%d %H:%M:%S"));
        doc.dated(
            day,
            &format!(
                "OS4K{:06}|{}|067|060|{n}|{time}|{time}|{}|",
                i + 1,
                i + 1,
                300_000 + i
            ),
        );
    }
    book.plant(
        "orphan ACTION_CONTROL row: the extension is gone",
        "xie/ACTION_CONTROL.csv",
        doc.line(),
    );
    book.find("orphan-action", "xie/ACTION_CONTROL.csv", doc.line());
    out.push(doc.close(book, at));

    let mut doc = Doc::new("xie/PICKUPGRP.csv", "xie", Form::Windows);
    doc.noise("domain|switch_name|pickupgrpnum|displ|info|");
    doc.record("MUC|0001|12|1|Vertrieb|");
    out.push(doc.close(book, at));

    let mut doc = Doc::new("xie/PICKUP_SUB.csv", "xie", Form::Windows);
    doc.noise("domain|switch_name|extension|pickupgrpnum|");
    for port in &ports[8..12] {
        doc.record(&format!("MUC|0001|{}|12|", port.number));
    }
    out.push(doc.close(book, at));

    let mut doc = Doc::new("xie/SWITCH.csv", "xie", Form::Windows);
    doc.noise("unique_key|switch_name|switch_typ|version|info|country|areacode|netcode|domain|");
    doc.record("1|0001|OS4K|V10|Werk Nord|49|30||MUC|");
    out.push(doc.close(book, at));
    out
}

/// The people of Nord who are there at the end.
pub(crate) fn current(company: &Company) -> impl Iterator<Item = (&Holding, usize)> {
    let end = company.end;
    company
        .holdings
        .iter()
        .filter(move |h| h.node == 0 && h.has_station(end))
        .map(|h| (h, h.person))
}

fn forwarding(company: &Company, book: &mut Book) -> DemoFile {
    let mut doc = Doc::new("xie/CFW.csv", "xie", Form::Windows);
    doc.noise("extension|dest|domain|switch_name|activate|name|dtype|itype|service|variant|");
    let cast = &company.cast;
    let mobile = company.private_mobile();
    let dest = company.nodes.dialled_text(0, mobile);
    book.external(mobile);
    let n = company.number_of(cast.forwarder);
    let name = company.persons[cast.forwarder]
        .name_on(company.end)
        .display();
    doc.record(&format!("{n}|{dest}|MUC|0001|C56|{name}|841|j03|i90|j07|"));
    book.plant("forwarding to a private mobile", "xie/CFW.csv", doc.line());
    let boss = company.number_of(cast.twins[0]);
    let name = company.persons[cast.twins[0]]
        .name_on(company.end)
        .display();
    doc.record(&format!("{boss}|{n}|MUC|0001|i70|{name}|843|j04|i90|j07|"));
    let gone = company.number_of(cast.leaver);
    doc.record(&format!("{gone}|{n}|MUC|0001|i70||841|j04|i90|j07|"));
    book.plant(
        "orphan CFW row: the extension is gone",
        "xie/CFW.csv",
        doc.line(),
    );
    book.find("orphan-forwarding", "xie/CFW.csv", doc.line());
    doc.close(book, end_of(company.end))
}

fn persons(company: &Company, book: &mut Book) -> DemoFile {
    let mut doc = Doc::new("xie/PERSONS.csv", "xie", Form::Windows);
    doc.noise("identity_num|name|christianname|title|email|orgunit|building|room|cost_centre|mailbox|extension|info|");
    for (holding, index) in current(company) {
        let person = &company.persons[index];
        let name = person.name_on(company.end);
        let twin = if person.twin > 1 {
            person.twin.to_string()
        } else {
            String::new()
        };
        let email = format!("{}{twin}@beispiel.example", name.mailbox());
        let n = holding.number;
        let info = if index.is_multiple_of(13) {
            "Teilzeit"
        } else {
            ""
        };
        doc.record(&format!(
            "{}|{}|{}|{}|{email}|{}|B{}|{}.{:02}|{}|{n}|{n}|{info}|",
            person.key,
            name.surname,
            name.given,
            name.title,
            person.org,
            1 + index % 7,
            index % 5,
            index % 60,
            100_200 + index % 12 * 10
        ));
        doc.text(book, Element::Email, &email);
        doc.text(book, Element::Identity, &person.key);
        if company.cast.twins.contains(&index) {
            book.plant(
                "twins: same name, other identity number",
                "xie/PERSONS.csv",
                doc.line(),
            );
        }
        if company.cast.bride == index {
            book.plant("marriage: the new name", "xie/PERSONS.csv", doc.line());
        }
    }
    doc.close(book, end_of(company.end))
}

/// A telephone list of the kind that lies on many shares; read through `mappings/telefonliste.toml`.
pub(crate) fn telephone_list(company: &Company, book: &mut Book) -> DemoFile {
    let path = format!("directory/telefonliste-{}.csv", company.end);
    let mut doc = Doc::new(path, "directory", Form::Unix);
    doc.noise("Nachname;Vorname;Rufnummer;Abteilung;Raum;Bemerkung");
    for (holding, index) in current(company).take(200) {
        let person = &company.persons[index];
        let name = person.name_on(company.end);
        let (n, org) = (holding.number, person.org);
        doc.record(&format!(
            "{};{};{n};{org};{}.{:02};",
            name.surname,
            name.given,
            index % 5,
            index % 60
        ));
    }
    doc.close(book, end_of(company.end))
}

/// A copy of PORT that an export tool left on an administrator's PC: outside every declared source.
pub(crate) fn shadow(company: &Company, book: &mut Book) -> DemoFile {
    let path = format!(
        "shadow/OS4K-PORT-MUC-0001-{}.csv",
        company.end - TimeDelta::days(5)
    );
    let mut text = format!("{HEAD}\r\n");
    for port in ports(company).iter().take(12) {
        debug_assert!(!port.name.is_empty());
        let _ = write!(text, "{}\r\n", port.row);
    }
    book.plant(
        "shadow copy of PORT outside the declared sources, SIP secrets in clear",
        &path,
        None,
    );
    book.find("shadow-copy", &path, None);
    DemoFile {
        path,
        bytes: windows_1252(&text),
        modified: end_of(company.end) - TimeDelta::days(5),
    }
}
