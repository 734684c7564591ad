//! Archives, reports, attendant console, cordless tool, traces, backups, answers and dumps
//! (formats-other-sources 4.2, 5.3, 6, 7; formats-cdr 2.6). Small files, and few.

use chrono::{Days, NaiveDateTime};

use crate::DemoFile;
use crate::amo::end_of;
use crate::doc::{Doc, Form};
use crate::names::plain_letters;
use crate::number::Party;
use crate::people::Company;
use crate::rng::Rng;
use crate::told::{Kind, Place, Told};
use crate::truth::{Book, COUNTED, Element, FileTruth};
use crate::xie::current;
use crate::zip::zip;

/// Persons in each of these files at most.
const FEW: usize = 30;

/// Everything that is not in a file of its own module.
pub(crate) fn files(company: &Company, book: &mut Book) -> Vec<DemoFile> {
    let mut out = vec![idtb(company, book), unsafe_archive(company, book)];
    out.push(records(company, book));
    out.extend(reports(company, book));
    out.extend([ds_win(company, book), dump(company, book)]);
    out.extend(ac_win(company, book));
    out.push(catool(company, book));
    out.extend(traces(company, book));
    out.extend(backups(company, book));
    out.extend([controls(company, book), accounts(company, book)]);
    out
}

/// Number, surname and given name of some persons.
fn some(company: &Company) -> Vec<(u32, String, String)> {
    let people = current(company).take(FEW).map(|(holding, index)| {
        let name = company.persons[index].name_on(company.end);
        (
            holding.number,
            name.surname.to_string(),
            name.given.to_string(),
        )
    });
    people.collect()
}

/// A file without lines.
fn whole(
    book: &mut Book,
    path: String,
    kind: &'static str,
    element: Option<Element>,
    bytes: Vec<u8>,
    modified: NaiveDateTime,
) -> DemoFile {
    let mut truth = FileTruth {
        path: path.clone(),
        kind,
        lines: None,
        ..FileTruth::default()
    };
    let mut counts = [0; COUNTED];
    if let Some(element) = element {
        truth.oldest = Some(modified.date());
        truth.newest = Some(modified.date());
        book.text(&mut counts, element, &path);
    }
    book.file(truth, &counts, bytes.len());
    DemoFile {
        path,
        bytes,
        modified,
    }
}

/// The export of the integrated telephone book: a telephone book, the enhanced call log, keys, settings.
fn idtb(company: &Company, book: &mut Book) -> DemoFile {
    let path = format!("idtb/idtb-export-{}.zip", company.end);
    let at = end_of(company.end);
    let doc = |name: &str| Doc::new(format!("{path}!/{name}"), "idtb", Form::Unix);
    let people = some(company);
    let mut phonebook = doc("phonebook.csv");
    phonebook.noise("extension;name;firstname");
    for (n, surname, given) in &people {
        phonebook.record(&format!("{n};{surname};{given}"));
        phonebook.party(book, Element::IdtbNumber, Party::station(0, *n));
    }
    let mut journal = doc("calllog.csv");
    journal.noise("subscriber;direction;number;name;timestamp;duration");
    for (i, pair) in people.windows(2).enumerate() {
        let day = company.end - Days::new(i as u64 % 5);
        let (own, other) = (pair[0].0, pair[1].0);
        journal.dated(
            day,
            &format!("{own};in;{other};{};{day} 09:14:09;00:01:10", pair[1].1),
        );
        journal.party(book, Element::IdtbPeer, Party::station(0, other));
    }
    let mut keys = doc("keys.csv");
    keys.noise("subscriber;key;label;number");
    for (i, pair) in people.windows(2).take(8).enumerate() {
        keys.record(&format!(
            "{};{};{};{}",
            pair[0].0,
            i + 1,
            pair[1].1,
            pair[1].0
        ));
        keys.party(book, Element::IdtbPeer, Party::station(0, pair[1].0));
    }
    let mut settings = doc("settings.csv");
    settings.noise("user;setting;value");
    for (n, ..) in people.iter().take(5) {
        settings.record(&format!("{n};language;de"));
    }
    let members = [phonebook, journal, keys, settings].map(|d| d.member(book));
    whole(book, path, "idtb", None, zip(&members, at), at)
}

/// An archive with a member that leads out and one that is encrypted: what is left is read.
fn unsafe_archive(company: &Company, book: &mut Book) -> DemoFile {
    let path = format!("idtb/idtb-private-{}.zip", company.end);
    let at = end_of(company.end);
    let mut doc = Doc::new(format!("{path}!/private.csv"), "idtb", Form::Unix);
    doc.noise("extension;name;firstname");
    for (n, surname, given) in some(company).iter().take(4) {
        doc.record(&format!("{n};{surname};{given}"));
        doc.party(book, Element::IdtbNumber, Party::station(0, *n));
    }
    let mut members = vec![("../outside.csv".to_owned(), b"extension;name\n".to_vec())];
    members.push(doc.member(book));
    members.push(("sealed.csv".to_owned(), vec![0x5a; 40]));
    let mut bytes = zip(&members, at);
    // bit 0 of the flags in the last entry of the list: encrypted
    if let Some(last) = bytes.windows(4).rposition(|w| w == b"PK\x01\x02") {
        bytes[last + 8] |= 1;
    }
    for (what, kind) in [
        (
            "archive member whose name leads out",
            "archive-name-leads-out",
        ),
        ("archive member that is encrypted", "archive-encrypted"),
    ] {
        book.plant(what, &path, None);
        book.find(kind, &path, None);
    }
    whole(book, path, "idtb", None, bytes, at)
}

/// Records that the Collecting Agent writes for Performance Management.
fn records(company: &Company, book: &mut Book) -> DemoFile {
    let mut doc = Doc::new(format!("pm/pm-{}.csv", company.end), "pm", Form::Unix);
    doc.noise("Call time;Extension;Destination number;Call type;Ring duration;Call duration");
    let mut rng = Rng::new(company.seed, 901);
    for (i, (n, ..)) in some(company).iter().enumerate() {
        let day = company.end - Days::new(i as u64 % 7);
        let peer = Party::external(rng.rank(600));
        let number = company.nodes.plain_text(0, peer);
        let (ring, call) = (1 + rng.below(20), 10 + rng.below(600));
        doc.dated(
            day,
            &format!("{day} 10:{:02}:00;{n};{number};1;{ring};{call}", i % 60),
        );
        doc.party(book, Element::PmStation, Party::station(0, *n));
        doc.party(book, Element::PmCalled, peer);
    }
    doc.close(book, end_of(company.end))
}

/// Reports: stations as CSV and attendants as HTML are about persons, trunk groups as a workbook are not.
fn reports(company: &Company, book: &mut Book) -> Vec<DemoFile> {
    let (end, at) = (company.end, end_of(company.end));
    let mut stations = Doc::new(
        format!("pm-reports/nebenstellen-{end}.csv"),
        "pm-report",
        Form::Unix,
    );
    stations.noise("Performance Management");
    stations.noise("Nebenstellen;;");
    stations.noise("");
    stations.noise("Nebenstelle;Datum;Gespräche");
    let mut rng = Rng::new(company.seed, 902);
    for (n, ..) in some(company) {
        stations.dated(
            end,
            &format!("{n};{};{}", end.format("%d.%m.%Y"), 1 + rng.below(40)),
        );
        stations.party(book, Element::PmStation, Party::station(0, n));
    }
    stations.noise("Summe;;");
    let mut attendants = Doc::new(
        format!("pm-reports/attendants-{end}.html"),
        "pm-report",
        Form::Unix,
    );
    attendants.noise("<html><body><h1>Attendant consoles</h1><table>");
    attendants.noise("<tr><th>Attendant</th><th>Date</th><th>Calls</th></tr>");
    for line in company.lines.iter().take(3) {
        attendants.dated(end, &format!("<tr><td>{}</td><td>{end}</td>", line.number));
        attendants.more(&format!("<td>{}</td></tr>", 5 + rng.below(90)));
        attendants.party(book, Element::PmStation, Party::station(0, line.number));
    }
    attendants.noise("</table></body></html>");
    let mut rows = String::new();
    let text = |place: &str, text: &str| {
        format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
    };
    rows += &format!(
        "<row r=\"1\">{}{}</row>",
        text("A1", "Trunk group"),
        text("B1", "Calls")
    );
    for r in 2..6 {
        rows += &format!(
            "<row r=\"{r}\"><c r=\"A{r}\"><v>{}</v></c><c r=\"B{r}\"><v>{}</v></c></row>",
            r - 1,
            100 + rng.below(900)
        );
    }
    let sheet = format!(
        "<?xml version=\"1.0\"?><worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>{rows}</sheetData></worksheet>"
    );
    let workbook = zip(
        &[("xl/worksheets/sheet1.xml".to_owned(), sheet.into_bytes())],
        at,
    );
    let truth = FileTruth {
        path: format!("pm-reports/trunk-groups-{end}.xlsx"),
        kind: "pm-report",
        lines: None,
        ..FileTruth::default()
    };
    let path = truth.path.clone();
    book.file(truth, &[0; COUNTED], workbook.len());
    let workbook = DemoFile {
        path,
        bytes: workbook,
        modified: at,
    };
    vec![
        stations.close(book, at),
        attendants.close(book, at),
        workbook,
    ]
}

/// The directory of the attendant console as text.
fn ds_win(company: &Company, book: &mut Book) -> DemoFile {
    let mut doc = Doc::new(
        format!("ds-win/ds-win-{}.txt", company.end),
        "ds-win",
        Form::Windows,
    );
    doc.noise("DirId;Nachname;Vorname;Rufnummer;Abteilung;Hobby");
    for (i, (n, surname, given)) in some(company).iter().enumerate() {
        let hobby = if i % 10 == 3 { "Schach" } else { "" };
        doc.record(&format!("{};{surname};{given};{n};Vertrieb;{hobby}", i + 1));
        doc.party(book, Element::DswinNumber, Party::station(0, *n));
    }
    let path = doc.path();
    book.plant("unknown column in the DS-Win export", &path, Some(1));
    book.find("unknown-column", &path, None);
    doc.close(book, end_of(company.end))
}

/// The same directory as a database dump.
fn dump(company: &Company, book: &mut Book) -> DemoFile {
    let mut doc = Doc::new(format!("sql/dswin-{}.sql", company.end), "sql", Form::Unix);
    doc.noise("-- MySQL dump");
    for line in [
        "CREATE TABLE `person` (",
        "  `dirid` int,",
        "  `nachname` varchar(40),",
        "  `vorname` varchar(40),",
        "  `rufnummer` varchar(20)",
        ");",
        "INSERT INTO `person` VALUES",
    ] {
        doc.noise(line);
    }
    let people = some(company);
    for (i, (n, surname, given)) in people.iter().enumerate() {
        let end = if i + 1 == people.len() { ";" } else { "," };
        let quoted = |t: &str| t.replace('\'', "\'\'");
        doc.record(&format!(
            "({},'{}','{}','{n}'){end}",
            i + 1,
            quoted(surname),
            quoted(given)
        ));
        doc.party(book, Element::DswinNumber, Party::station(0, *n));
    }
    doc.close(book, end_of(company.end))
}

/// The attendant console: recordings, name keys, call log, notepad.
fn ac_win(company: &Company, book: &mut Book) -> Vec<DemoFile> {
    let (end, at) = (company.end, end_of(company.end));
    let mut rng = Rng::new(company.seed, 903);
    let people = some(company);
    let mut keys = Doc::new("ac-win/namenstasten.csv", "ac-win", Form::Windows);
    keys.noise("Taste;Beschriftung;Rufnummer");
    let mut log = Doc::new(
        format!("ac-win/anrufliste-{end}.csv"),
        "ac-win",
        Form::Windows,
    );
    log.noise("Datum;Uhrzeit;Richtung;Rufnummer;Name;Dauer");
    for i in 0..12u32 {
        let peer = Party::external(rng.rank(600));
        let number = company.nodes.plain_text(0, peer);
        keys.record(&format!("{};Muster Handel {i};{number}", i + 1));
        keys.party(book, Element::SpeedDial, peer);
        let (n, surname, _) = &people[i as usize % people.len()];
        let day = end - Days::new(u64::from(i % 4));
        log.dated(
            day,
            &format!(
                "{};08:{:02}:00;ein;{n};{surname};00:01:00",
                day.format("%d.%m.%Y"),
                i
            ),
        );
        log.party(book, Element::AcwinCall, Party::station(0, *n));
    }
    let mut notes = Doc::new(
        format!("ac-win/notizblock-{end}.txt"),
        "ac-win",
        Form::Windows,
    );
    for told in noted(company, &people, &mut rng) {
        notes.told(book, Some(end), &told);
    }
    notes.noise("");
    notes.dated(end, "Werkstor bis 18 Uhr besetzt");
    let mut out = vec![
        keys.close(book, at),
        log.close(book, at),
        notes.close(book, at),
    ];
    // a file name that says whom the note is about
    let (_, surname, given) = &people[3 % people.len()];
    let (surname, given) = (plain_letters(surname), plain_letters(given));
    let path = format!("ac-win/notiz_{surname}_{given}_{end}.txt");
    let mut note = Doc::new(path.as_str(), "ac-win", Form::Windows);
    note.dated(end, "Bitte am Freitag abholen");
    note.text(book, Element::TextName, &format!("{surname}_{given}"));
    book.plant("name of a person in the name of a file", &path, None);
    out.push(note.close(book, at));
    for i in 0..3u64 {
        let day = end - Days::new(i);
        let path = format!("ac-win/recordings/aufnahme-{}-{}.wav", people[0].0, day);
        let lies = i == 2;
        if lies {
            book.plant(
                "recording whose header states more sound than there is",
                &path,
                None,
            );
            book.find("recording-lies", &path, None);
        }
        let recording = whole(
            book,
            path,
            "ac-win",
            Some(Element::Recording),
            wave(lies),
            end_of(day),
        );
        book.named(Element::TextExtension, Party::station(0, people[0].0));
        out.push(recording);
    }
    out
}

/// What somebody at the attendant console wrote down.
fn noted(company: &Company, people: &[(u32, String, String)], rng: &mut Rng) -> Vec<Told> {
    let told = || Told::new(Place::Notepad);
    let (n, surname, given) = &people[0];
    let peer = Party::external(rng.rank(600));
    let plain = company.nodes.plain_text(0, peer);
    let abroad = Party::external(rng.rank(600));
    let full = company.nodes.e164(abroad);
    // +49 15550 123456
    let full = format!("+{} {} {}", &full[..2], &full[2..7], &full[7..]);
    let other = &people[1 % people.len()];
    vec![
        told()
            .say("Rückruf für ")
            .tell(Kind::Name, &format!("{given} {surname}"))
            .say(" unter ")
            .number(&plain, peer),
        told()
            .say("Frau ")
            .tell(Kind::Name, "Probe")
            .say(" (Muster Handel) hat dreimal angerufen, Mobil ")
            .number(&full, abroad),
        told()
            .say("Herr ")
            .tell(Kind::Name, &other.1)
            .say(" ist bis 15.30 Uhr unter Nebenstelle ")
            .station(*n)
            .say(" erreichbar"),
        told()
            .say("Erstattung an Lieferant, IBAN ")
            .tell(Kind::Iban, "DE89 3704 0044 0532 0130 00"),
        told().say("PIN der Tiefgarage: ").tell(Kind::Pin, "48213"),
        told().say("Bestellung 2026-4711 vom 3.2., 12 Stück zu 4,50 EUR"),
    ]
}

/// A quarter of a second of silence, 8 kHz, 8 bits, mono.
fn wave(lies: bool) -> Vec<u8> {
    let sound = vec![0x80; 2000];
    let stated: u32 = if lies { 2_000_000 } else { 2000 };
    let mut out = b"RIFF".to_vec();
    out.extend((36 + stated).to_le_bytes());
    out.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    out.extend(8000u32.to_le_bytes());
    out.extend(8000u32.to_le_bytes());
    out.extend(b"\x01\0\x08\0data");
    out.extend(stated.to_le_bytes());
    out.extend(sound);
    out
}

/// The tool for cordless handsets.
fn catool(company: &Company, book: &mut Book) -> DemoFile {
    let mut doc = Doc::new(
        format!("catool/catool-{}.csv", company.end),
        "catool",
        Form::Windows,
    );
    doc.noise("Extension;Name;IPUI;AuthCode;RFP;Timestamp;Handovers");
    for (i, (n, surname, _)) in some(company).iter().take(10).enumerate() {
        let short: String = surname.to_uppercase().chars().take(10).collect();
        let ipui = format!("00A1B2{:04X}", 4096 + i);
        let pin = if i % 2 == 0 { "4711" } else { "" };
        let day = company.end - Days::new(i as u64 % 3);
        doc.dated(
            day,
            &format!(
                "{n};{short};{ipui};{pin};RFP{:02};{day} 11:00:00;{}",
                i % 4,
                i
            ),
        );
        doc.party(book, Element::HandsetNumber, Party::station(0, *n));
        doc.text(book, Element::Ipui, &ipui);
        if !pin.is_empty() {
            doc.secret(Element::HandsetPin);
        }
    }
    doc.close(book, end_of(company.end))
}

/// A trace that is text, and a capture that should be gone.
fn traces(company: &Company, book: &mut Book) -> Vec<DemoFile> {
    let end = company.end;
    let mut doc = Doc::new(format!("trace/hg3550-{end}.log"), "trace", Form::Unix);
    for (i, (n, surname, given)) in some(company).iter().take(6).enumerate() {
        let ip = format!("10.20.31.{}", 10 + i);
        let told = Told::new(Place::Trace).say(&format!("{end} 08:14:{i:02} HG3550 "));
        let told = match i % 3 {
            0 => told.say("INVITE sip:").station(*n).say("@"),
            1 => {
                let name = format!("{given} {surname}");
                let told = told.say("From: \"").tell(Kind::Name, &name).say("\" <sip:");
                told.station(*n).say("@")
            }
            _ => {
                let own = Party::station(0, *n);
                let full = format!("+{}", company.nodes.e164(own));
                told.say("To: <sip:").number(&full, own).say("@")
            }
        };
        let told = told.tell(Kind::Ip, &ip).say(match i % 3 {
            0 => " SIP/2.0",
            1 => ":5060>;tag=4711",
            _ => ";user=phone>",
        });
        doc.told(book, Some(end), &told);
    }
    let text = doc.close(book, end_of(end));
    let day = end - Days::new(60);
    let path = format!("trace/mitschnitt-{day}.pcap");
    book.plant("capture that is older than thirty days", &path, None);
    book.find("old-trace", &path, None);
    let mut bytes = b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0".to_vec();
    bytes.extend(b"\xff\xff\0\0\x01\0\0\0");
    vec![
        text,
        whole(
            book,
            path,
            "trace",
            Some(Element::TraceContent),
            bytes,
            end_of(day),
        ),
    ]
}

/// Three generations of a backup, and a recovery disk; none is opened.
fn backups(company: &Company, book: &mut Book) -> Vec<DemoFile> {
    let mut out = Vec::new();
    for weeks in [0u64, 1, 2] {
        let day = company.end - Days::new(7 * weeks);
        let path = format!("backup/assistant-{day}.bak");
        if weeks == 0 {
            book.plant("generations of backups", &path, None);
            book.find("backup-generations", &path, None);
        }
        let bytes = vec![0x42; 512];
        out.push(whole(
            book,
            path,
            "backup",
            Some(Element::Backup),
            bytes,
            end_of(day),
        ));
    }
    let day = company.end - Days::new(20);
    let path = format!("backup/recovery-{day}.img");
    let disk = whole(book, path, "backup", None, vec![0; 512], end_of(day));
    if let Some(truth) = book.last() {
        truth.oldest = Some(day);
        truth.newest = Some(day);
    }
    out.push(disk);
    out
}

/// Answers to the security checklist; one names a measure that does not exist.
fn controls(company: &Company, book: &mut Book) -> DemoFile {
    let mut doc = Doc::new("controls/controls.toml", "controls", Form::Unix);
    let path = doc.path();
    doc.noise("# answers of the yearly review");
    for (id, answer) in [
        ("O4K-MSR-TRACE-OFF", "partly"),
        ("O4K-MSR-XIE-OFF", "no"),
        ("O4K-MSR-NO-SUCH", "open"),
    ] {
        doc.noise("");
        doc.dated(company.end, "[[answer]]");
        if id.ends_with("NO-SUCH") {
            book.plant("answer to a measure that does not exist", &path, doc.line());
            book.find("unknown-measure", &path, doc.line());
        }
        for line in [
            format!("id = \"{id}\""),
            format!("answer = \"{answer}\""),
            "responsible = \"D. Schutz\"".to_owned(),
            format!("date = {}", company.end),
        ] {
            doc.more(&line);
        }
    }
    doc.close(book, end_of(company.end))
}

/// The accounts of the Assistant.
fn accounts(company: &Company, book: &mut Book) -> DemoFile {
    let path = format!("logs/accounts-{}.csv", company.end);
    let mut doc = Doc::new(path, "assistant-log", Form::Unix);
    doc.noise("Account;Description;Security profile;Password never expires");
    for (account, description, profile) in [
        ("akoch", "IT", "cust"),
        ("mberg", "IT", "cust"),
        ("jdoe", "Dienstleister", "rsta"),
    ] {
        doc.record(&format!("{account};{description};{profile};no"));
    }
    doc.close(book, end_of(company.end))
}
