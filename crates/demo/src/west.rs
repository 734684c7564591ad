//! Call records of West (delimited) and of a small OpenScape Business.

use chrono::{Days, NaiveDate, NaiveDateTime, TimeDelta};

use crate::DemoFile;
use crate::amo::end_of;
use crate::calls::{Traffic, calls_of};
use crate::cdr::clock_text;
use crate::doc::{Doc, Form};
use crate::number::Party;
use crate::people::Company;
use crate::rng::Rng;
use crate::truth::{Book, Element};

/// One month of West: `;` between columns, a heading, the stamp is the end of the call.
pub(crate) fn west(
    company: &Company,
    traffic: Traffic,
    book: &mut Book,
    from: NaiveDate,
    to: NaiveDate,
) -> DemoFile {
    let mut doc = Doc::new(format!("cdr/west/cdr-{to}.csv"), "cdr", Form::Windows);
    doc.noise("Ende;Dauer;Ruf;Tln;Anrufer;Ziel;Typ;Konto");
    let mut calls = Vec::new();
    let mut day = from;
    while day <= to {
        calls_of(company, traffic, 1, day, &mut calls);
        for call in &calls {
            let end = day.and_hms_opt(0, 0, 0).unwrap_or_default()
                + TimeDelta::seconds(i64::from(call.end()));
            let mut caller = Vec::new();
            company.nodes.delivered(1, call.calling, &mut caller);
            let own = call.charged.as_station().map_or(0, |s| s.1);
            let account = if call.account > 0 {
                call.account.to_string()
            } else {
                String::new()
            };
            doc.dated(
                end.date(),
                &format!(
                    "{};{};{:02}:{:02};{own};{};{};{};{account}",
                    end.format("%d.%m.%Y %H:%M:%S"),
                    clock_text(call.duration),
                    call.ring / 60,
                    call.ring % 60,
                    String::from_utf8_lossy(&caller),
                    company.nodes.dialled_text(1, call.destination),
                    call.kind as u8,
                ),
            );
            let counts = &mut doc.counts;
            book.time(counts, Element::End, day, i64::from(call.end()));
            book.number(counts, Element::Duration, i64::from(call.duration));
            book.number(counts, Element::Ring, i64::from(call.ring));
            book.number(counts, Element::ConnType, call.kind as i64);
            book.party(counts, Element::Charged, call.charged);
            book.party(counts, Element::Calling, call.calling);
            book.party(counts, Element::Destination, call.destination);
            if call.account > 0 {
                book.number(counts, Element::Account, i64::from(call.account));
            }
        }
        day = day + Days::new(1);
    }
    doc.close(book, end_of(to))
}

/// A file in the preset `openscape-business`: 13 fields, or 14 with the first dialled station (formats-cdr 4.1).
pub(crate) fn business(company: &Company, book: &mut Book, fourteen: bool) -> DemoFile {
    let last = company.end - Days::new(if fourteen { 0 } else { 1 });
    let path = format!("cdr/business/gebuehren-{last}.txt");
    let mut doc = Doc::new(path.clone(), "cdr", Form::Windows);
    let mut rng = Rng::new(company.seed, 900 + u64::from(fourteen));
    let stations: Vec<u32> = company
        .holdings
        .iter()
        .filter(|h| h.node == 1)
        .map(|h| h.number)
        .collect();
    let mut at: NaiveDateTime = last.and_hms_opt(8, 0, 0).unwrap_or_default();
    for i in 0..60 {
        at += TimeDelta::seconds(60 + i64::from(rng.below(400)));
        let station = *rng.pick(&stations);
        let outside = Party::external(rng.rank(600));
        let mut number = company.nodes.plain_text(1, outside);
        let (mut ring, mut talk) = (Some(2 + rng.below(30)), Some(rng.rank(1024) + 2));
        let code = rng.below(3);
        if code == 0 {
            // offered to a ringing station: no durations
            (ring, talk) = (None, None);
        } else if code == 2 {
            ring = None;
        }
        let account = if rng.percent(10) {
            700_000 + rng.below(50)
        } else {
            0
        };
        if i == 20 {
            number = format!("{}????", &number[..number.len() - 4]);
        }
        let extra = match (fourteen, code) {
            (false, _) => String::new(),
            (true, 2) => format!("{number}|"),
            (true, _) => format!("{station}|"),
        };
        let ring_text = ring.map_or(String::new(), |r| format!("{:02}:{:02}", r / 60, r % 60));
        let talk_text = talk.map_or(String::new(), clock_text);
        let account_text = if account > 0 {
            account.to_string()
        } else {
            String::new()
        };
        let trunk = 201 + rng.below(4);
        let stamp = at.format("%d.%m.%y|%H:%M:%S").to_string();
        doc.dated(
            at.date(),
            &format!("{stamp}|{trunk}|{station}|{ring_text}|{talk_text}|{number}||{code}|{account_text}||||{extra}"),
        );
        if i == 20 {
            book.plant(
                "outside number masked with ?: personal, but not a whole number",
                &path,
                doc.line(),
            );
        }
        let counts = &mut doc.counts;
        book.text(counts, Element::End, &stamp);
        if let Some(ring) = ring {
            book.number(counts, Element::Ring, i64::from(ring));
        }
        if let Some(talk) = talk {
            book.number(counts, Element::Duration, i64::from(talk));
        }
        if account > 0 {
            book.number(counts, Element::Account, i64::from(account));
        }
        // columns of the preset: 4 station charged, 7 outside number, 9 information element,
        // 14 number sent (outgoing) or first station dialled (incoming)
        let own = Party::station(1, station);
        book.party(counts, Element::Charged, own);
        book.number(counts, Element::ConnType, i64::from(code));
        if i == 20 {
            book.text(counts, Element::Destination, &number);
        } else {
            book.party(counts, Element::Destination, outside);
        }
        match (fourteen, code) {
            (false, _) => {}
            (true, 2) if i == 20 => book.text(counts, Element::Called, &number),
            (true, 2) => book.party(counts, Element::Called, outside),
            (true, _) => book.party(counts, Element::Called, own),
        }
    }
    doc.close(book, end_of(last))
}
