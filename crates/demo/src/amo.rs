//! AMO texts: REGEN snapshots, a session capture, the FTBL listing.
//!
//! Orders and names follow `amo-orders.toml`; where a positional order is not proven the keyword form is written.

use chrono::{NaiveDate, NaiveDateTime};

use crate::DemoFile;
use crate::doc::{Doc, Form};
use crate::people::{Company, Holding};
use crate::told::{Kind, Place, Told};
use crate::truth::{Book, Element};

/// The last seconds of a day: a snapshot describes the end of its day.
pub(crate) fn end_of(day: NaiveDate) -> NaiveDateTime {
    day.and_hms_opt(23, 30, 0).unwrap_or_default()
}

/// A five-digit PIN that belongs to a number, never the number itself.
pub(crate) fn pin(number: u32) -> String {
    format!("{:05}", (number * 7919 + 13_577) % 100_000)
}

/// A full snapshot of Nord in positional form.
pub(crate) fn regen_nord(company: &Company, book: &mut Book, index: usize) -> DemoFile {
    let day = company.snapshots[index];
    let wrap = (index == 1).then_some(40);
    let mut doc = Doc::new(
        format!("amo/regen-nord-{day}.txt"),
        "amo-regen",
        Form::Windows,
    );
    doc.noise("PAS:302312/00000030231/RE/ALL");
    doc.noise("AMO-TEXT-APS-NO:P30252N4600A00140 RES-CODE-APS-NO:P30252N4600A00141");
    let s = |n: u32| company.special(n);
    let fixed = [
        format!("ADD-WABE:CD={}&&{},DPLN=0,DAR=STN;", s(2100), s(9990) - 1),
        "CHANGE-COSSU:TYPE=COS,COS=1,AVCE=CDRINT&CDRSTN;".to_owned(),
        "CHANGE-DIMSU:TYPE=SWU;".to_owned(),
        "CHANGE-FEASU:TYPE=A;".to_owned(),
        "CHANGE-ZAND:TYPE=ALLDATA,DISPMODE=MODE1;".to_owned(),
        "CHANGE-ZANDE:ADDR,12345,\"MUSTERPLATZ\",1;".to_owned(),
        "ADD-BCSU:MTYPE=PER;".to_owned(),
        "ADD-USER:WARTUNG1,5,LRE,3,10;".to_owned(),
        "ADD-BUEND:30,\"AMT BERLIN\",30,;".to_owned(),
        format!("ADD-RICHT:PM,1,,,{},\"VOICEMAIL\";", s(2790)),
        "ADD-TACSU:1-1-25-0,,,,,,,,,,30,,\"AMT 01      \";".to_owned(),
        "CHANGE-PERSI:COPIN,1,MOBILE,\"REISE\";".to_owned(),
        "ADD-TINFO:15,06,26,N,\"Baugruppe getauscht, Schrank 2\";".to_owned(),
    ];
    for command in fixed {
        doc.command(&format!("M2 1 {command}"), wrap);
    }
    for line in &company.lines {
        let n = line.number;
        doc.command(
            &format!("M2 1 ADD-SBCSU:{n},OPTI,DIR,1-1-97-{},;", n % 24),
            wrap,
        );
        doc.command(
            &format!("M2 1 CHANGE-SDAT:{n},DATA,,1,6,1,1,1,1,0,0;"),
            wrap,
        );
        persi(&mut doc, book, n, line.name, "ZENTRAL", None, wrap);
    }
    let here: Vec<&Holding> = company
        .holdings
        .iter()
        .filter(|h| h.node == 0 && h.holds(day))
        .collect();
    for (i, holding) in here.iter().enumerate() {
        station(&mut doc, book, company, holding, day, i, wrap);
    }
    if index + 1 == company.snapshots.len() {
        plant_last(&mut doc, book, company);
    }
    groups(&mut doc, book, company, &here, wrap);
    doc.close(book, end_of(day))
}

/// What the last snapshot of Nord shows of the planted cases.
fn plant_last(doc: &mut Doc, book: &mut Book, company: &Company) {
    let path = doc.path();
    let cast = &company.cast;
    let orphan = company.number_of(cast.orphan);
    let line = doc.line_of(&format!("ADD-PERSI:STN,{orphan},"));
    book.plant("orphan name: PERSI without a station", &path, line);
    book.find("orphan-name", &path, line);
    for twin in cast.twins {
        let line = doc.line_of(&format!("ADD-PERSI:STN,{},", company.number_of(twin)));
        book.plant("twins: one of two persons with the same name", &path, line);
    }
    let line = doc.line_of(&format!(
        "ADD-PERSI:STN,{},",
        company.number_of(cast.reuse_unlogged[1])
    ));
    book.plant(
        "number reuse that only snapshots show: another person on the number",
        &path,
        line,
    );
    let line = doc.line_of(&format!(
        "ADD-PERSI:STN,{},",
        company.number_of(cast.joiner_unlogged)
    ));
    book.plant("joiner that only snapshots show", &path, line);
    let line = doc.line_of(&format!(
        "CHANGE-LIN:STNO,{},",
        company.number_of(cast.home_office)
    ));
    book.plant("private address of a home office", &path, line);
    for shared in &company.lines {
        let line = doc.line_of(&format!("ADD-PERSI:STN,{},", shared.number));
        book.plant(format!("{} line: no person", shared.kind), &path, line);
    }
}

fn persi(
    doc: &mut Doc,
    book: &mut Book,
    number: u32,
    name: &str,
    org: &str,
    pin: Option<&str>,
    wrap: Option<usize>,
) {
    let command = match pin {
        Some(pin) => format!("M2 1 ADD-PERSI:STN,{number},\"{name}\",\"{org}\",,,{pin};"),
        None => format!("M2 1 ADD-PERSI:STN,{number},\"{name}\",\"{org}\";"),
    };
    doc.command(&command, wrap);
    doc.text(book, Element::DisplayName, name);
    if pin.is_some() {
        doc.secret(Element::Pin);
    }
}

/// The commands about one station and its person.
fn station(
    doc: &mut Doc,
    book: &mut Book,
    company: &Company,
    holding: &Holding,
    day: NaiveDate,
    i: usize,
    wrap: Option<usize>,
) {
    let n = holding.number;
    if holding.has_station(day) {
        let port = format!("1-{}-{}-{}", 1 + i / 480 % 9, 1 + i / 24 % 99, i % 24);
        let command = match i % 5 {
            0 => format!("M2 1 ADD-SCSU:{n},{port},ANATE,0,0,1,6;"),
            1 | 2 => format!("M2 1 ADD-SBCSU:{n},OPTIIP,IP2,{port},OPTIP600;"),
            3 => format!("M2 1 ADD-SBCSU:{n},S0PP,SIP,,S0PP;"),
            _ => format!("M2 1 ADD-SBCSU:{n},OPTI,DIR,{port},;"),
        };
        doc.command(&command, wrap);
        doc.command(
            &format!("M2 1 CHANGE-SDAT:{n},DATA,,1,6,1,1,1,1,0,0;"),
            wrap,
        );
        if i.is_multiple_of(9) {
            doc.command(&format!("M2 1 CHANGE-SDAT:{n},ATTRIBUT,DSSDEST;"), wrap);
        }
    }
    let person = &company.persons[holding.person];
    let secret = pin(n);
    let with_pin = n.is_multiple_of(3).then_some(secret.as_str());
    persi(
        doc,
        book,
        n,
        &person.name_on(day).display(),
        person.org,
        with_pin,
        wrap,
    );
    if holding.person == company.cast.home_office {
        doc.command(
            &format!("M2 1 CHANGE-LIN:STNO,{n},,,12345,\"Musterweg\",7;"),
            wrap,
        );
    }
    if holding.person == company.cast.forwarder {
        let mobile = company.private_mobile();
        book.external(mobile);
        let to = company.nodes.dialled_text(0, mobile);
        doc.command(
            &format!("M2 1 ADD-ZIEL:TYPE=FWD,SRCNO={n},SI=VOICE,DESTNOF={to};"),
            wrap,
        );
        let line = doc.line();
        let path = doc.path();
        if day == company.end {
            book.plant("forwarding to a private mobile", &path, line);
        }
        doc.command(
            &format!("M2 1 ADD-ACTDA:TYPE=STN,STNO={n},FEATCD=FWD,SIFWD=VOICE;"),
            wrap,
        );
    }
}

/// Groups and functions that refer to stations.
fn groups(
    doc: &mut Doc,
    book: &mut Book,
    company: &Company,
    here: &[&Holding],
    wrap: Option<usize>,
) {
    let s = |n: u32| company.special(n);
    let members: Vec<u32> = here
        .iter()
        .filter(|h| h.orphan_from.is_none())
        .map(|h| h.number)
        .take(8)
        .collect();
    let list = |from: usize, n: usize| {
        members[from..from + n]
            .iter()
            .map(u32::to_string)
            .collect::<Vec<_>>()
            .join("&")
    };
    let mobile = company.private_mobile();
    book.external(mobile);
    let outside = company.nodes.dialled_text(0, mobile);
    let attendant = s(2600);
    let commands = [
        format!("ADD-AUN:12,,,{};", list(0, 4)),
        format!("ADD-SA:VCE,{},,,CYC,{}&{outside};", s(2700), list(4, 2)),
        format!("ADD-CHESE:20,{},{};", members[6], members[7]),
        format!("ADD-HOTLN:HOTDEST,1,{};", s(2500)),
        format!("ADD-KDEV:U,ORG,EA21,STN,{};", list(2, 2)),
        format!("ADD-ACDGP:1,NORMAL,CIRC,{},,NO,,\"SERVICE\";", members[5]),
        "ADD-AGENT:AGTID=7101,ACDGRP=1;".to_owned(),
        "ADD-AGENT:AGTID=7102,ACDGRP=1;".to_owned(),
        format!("ADD-ACSU:ATNDNO={attendant};"),
        format!("ADD-VFGR:ATNDGR=1,QUEMODE=DW,ATNDNO={attendant};"),
        format!("ADD-NAVAR:1,STN,{};", s(2500)),
    ];
    for command in commands {
        doc.command(&format!("M2 1 {command}"), wrap);
    }
}

/// A snapshot of West in German keyword form.
pub(crate) fn regen_west(company: &Company, book: &mut Book, day: NaiveDate) -> DemoFile {
    let mut doc = Doc::new(format!("amo/regen-west-{day}.txt"), "amo-regen", Form::Unix);
    doc.noise("PAS:402312/00000040669/RE/ALL");
    let (first, last) = if company.nodes.0[1].digits == 3 {
        (200, 899)
    } else {
        (2000, 8999)
    };
    for command in [
        format!("EINRICHTEN-WABE:CD={first}&&{last},KZP=STN;"),
        "AENDERN-COSSU:TYP=COS,COS=1;".to_owned(),
        "AENDERN-DIMSU:TYP=SWU;".to_owned(),
        "AENDERN-FEASU:TYP=A;".to_owned(),
        "AENDERN-ZAND:TYP=ALLDATA;".to_owned(),
        "EINRICHTEN-BCSU:MTYPE=PER;".to_owned(),
        "EINRICHTEN-BUEND:TGRP=40,NAME=\"AMT HAMBURG\",NO=8;".to_owned(),
        "EINRICHTEN-TACSU:1-1-25-0,,,,,,,,,,40,,\"AMT 01      \";".to_owned(),
        "EINRICHTEN-RICHT:PM,1,,,199,\"VOICEMAIL\";".to_owned(),
    ] {
        doc.record(&command);
    }
    for holding in company
        .holdings
        .iter()
        .filter(|h| h.node == 1 && h.holds(day))
    {
        let (n, person) = (holding.number, &company.persons[holding.person]);
        let name = person.name_on(day).display();
        doc.record(&format!(
            "EINRICHTEN-SBCSU:TLNNU={n},OPT=OPTI,CONN=DIR,PEN=1-1-{}-{};",
            1 + n / 24,
            n % 24
        ));
        doc.record(&format!("AENDERN-SDAT:TLNNU={n},TYP=DATA,COS1=1,COS2=6;"));
        let org = person.org;
        doc.record(&format!(
            "EINRICHTEN-PERSI:TYP=TLN,TLNNU={n},NAME=\"{name}\",ORG=\"{org}\",PIN1={};",
            pin(n)
        ));
        doc.text(book, Element::DisplayName, &name);
        doc.secret(Element::Pin);
    }
    doc.close(book, end_of(day))
}

/// A terminal session: REGENERATE of one person, DISPLAY of a secretary group.
pub(crate) fn session(company: &Company, book: &mut Book) -> DemoFile {
    let day = company.end;
    let mut doc = Doc::new(
        format!("amo/session-{day}.txt"),
        "amo-session",
        Form::Windows,
    );
    let holding = company.holding_of(company.cast.joiner, day);
    let number = holding.map_or(0, |h| h.number);
    let person = &company.persons[company.cast.joiner];
    let name = person.name_on(day).display();
    doc.noise(&format!("<REG-PERSI:TYPE=STN,STNO={number};"));
    doc.noise("H500:  AMO PERSI STARTED");
    doc.noise("");
    doc.record(&format!(
        "ADD-PERSI:TYPE=STN,STNO={number},NAME=\"{name}\",ORG=\"{}\",PIN1={};",
        person.org,
        pin(number)
    ));
    doc.text(book, Element::DisplayName, &name);
    doc.secret(Element::Pin);
    doc.noise("");
    doc.noise("AMO-PERSI-152       PERSONAL DATA");
    doc.noise("REGENERATE COMPLETED;");
    let shown = person.name_on(day);
    let remark = Told::new(Place::Info).say("/* Umzug ");
    let remark = remark.tell(Kind::Name, &format!("{} {}", shown.given, shown.surname));
    let remark = remark
        .say(" nach Raum ")
        .tell(Kind::Location, "3.11")
        .say(" */");
    doc.told(book, None, &remark);
    let bride = company.number_of(company.cast.bride);
    doc.noise("<DISPLAY-CHESE:TYPE=GR,GRNO=20;");
    doc.noise("H500:  AMO CHESE STARTED");
    doc.noise("+------+--------+--------+--------+");
    doc.noise("| GRNO | EXEC   | SECR   | REP    |");
    doc.noise("+------+--------+--------+--------+");
    doc.record(&format!("| 20   | {number:<6} | {bride:<6} | 000000 |"));
    doc.noise("+------+--------+--------+--------+");
    doc.noise("AMO-CHESE-45        EXECUTIVE SECRETARY");
    doc.noise("DISPLAY COMPLETED;");
    doc.truth.split_open = true;
    doc.close(book, end_of(day))
}

/// `REGENERATE-FTBL` of the record format of Nord; it holds no call data.
pub(crate) fn ftbl(company: &Company, book: &mut Book) -> DemoFile {
    let mut doc = Doc::new("amo/regenerate-ftbl-nord.txt", "amo-session", Form::Windows);
    doc.noise("<REGENERATE-FTBL;");
    doc.noise("H500:  AMO FTBL  STARTED");
    doc.noise("");
    let wide = |n: usize| format!("#{}", "@".repeat(n - 1));
    let second = format!("{} {} {} {} ", wide(6), wide(22), wide(22), wide(22));
    let third = format!(
        "{} {} {} {} {}",
        wide(6),
        wide(3),
        wide(2),
        wide(12),
        wide(12)
    );
    doc.record("ADD-FTBL:1,B,FORM,1,N,\"#@.#@.#@@@ #@:#@:#@ #@:#@:#@ #@:#@ \";");
    doc.record(&format!("ADD-FTBL:1,B,FORM,2,N,\"{second}\";"));
    doc.record(&format!("ADD-FTBL:1,B,FORM,3,Y,\"{third}\";"));
    doc.record("ADD-FTBL:1,B,CTRL,1,N,CR;");
    doc.record("ADD-FTBL:1,B,CTRL,2,Y,LF;");
    // the names of the two ring elements are not published: these are assumed
    let fields = [
        ("STDAY", "0", "R"),
        ("STMONTH", "0", "R"),
        ("STYEAR", "0", "R"),
        ("STHOUR", "0", "R"),
        ("STMIN", "0", "R"),
        ("STSEC", "0", "R"),
        ("CONHOUR", "0", "R"),
        ("CONMIN", "0", "R"),
        ("CONSEC", "0", "R"),
        ("RNGMIN", "0", "R"),
        ("RNGSEC", "0", "R"),
        ("CHRGEE", " ", "R"),
        ("CALLIPTY", " ", "L"),
        ("CALLEPTY", " ", "L"),
        ("DESTPTY", " ", "L"),
        ("TKNOLIST", " ", "R"),
        ("CONNTYPE", " ", "R"),
        ("ROUTCN", " ", "R"),
        ("PIN", " ", "L"),
        ("ACCTCODE", " ", "L"),
    ];
    for (i, (element, fill, side)) in fields.iter().enumerate() {
        doc.record(&format!(
            "ADD-FTBL:1,B,FIELD,{},{element},CHAR,\"{fill}\",{side};",
            i + 1
        ));
    }
    doc.noise("");
    doc.noise("AMO-FTBL -104       FORMAT TABLES");
    doc.noise("REGENERATE COMPLETED;");
    doc.close(book, end_of(company.end))
}
