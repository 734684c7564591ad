//! Call journals (formats-other-sources 4.1), log exports and syslog (5.3, 5.4, 5.5).

use chrono::{Days, NaiveDate, NaiveDateTime, TimeDelta};

use crate::DemoFile;
use crate::amo::end_of;
use crate::doc::{Doc, Form};
use crate::names::Name;
use crate::number::Party;
use crate::people::{Company, Person};
use crate::rng::Rng;
use crate::told::{Kind, Place, Told};
use crate::truth::{Book, Element};
use crate::xie::current;

const FIRMS: [&str; 6] = [
    "Muster Handel",
    "Beispiel Logistik",
    "Probe Werke",
    "Anton Test KG",
    "Fa. Mustermann",
    "Schmitz Probe",
];
/// Administrators; the last two are service accounts (`[accounts] non_personal`).
const USERS: [&str; 5] = ["akoch", "mberg", "jdoe", "engr", "xieapi"];
const PERSONAL: usize = 3;

/// The journals that the switch keeps: at most 20 outgoing and 50 incoming calls per subscriber from V11R1.
pub(crate) fn journals(company: &Company, book: &mut Book) -> DemoFile {
    let mut doc = Doc::new(
        format!("journals/journal-{}.csv", company.end),
        "call-journal",
        Form::Unix,
    );
    let path = doc.path();
    doc.noise("subscriber;direction;number;number_e164;name;timestamp;state;duration");
    let mut rng = Rng::new(company.seed, 800);
    let holders: Vec<u32> = company
        .holdings
        .iter()
        .filter(|h| h.node == 0 && h.has_station(company.end))
        .map(|h| h.number)
        .take(150)
        .collect();
    let crowded = company.number_of(company.cast.home_office);
    for &own in &holders {
        let (outgoing, incoming) = if own == crowded {
            (20, 55)
        } else {
            (rng.below(9), 2 + rng.below(14))
        };
        let mut at = company.end.and_hms_opt(17, 0, 0).unwrap_or_default();
        let mut first = None;
        for i in 0..outgoing + incoming {
            at = earlier(at, &mut rng);
            let direction = if i < outgoing { "out" } else { "in" };
            let inside = rng.percent(25);
            let peer = match rng.pick(&holders) {
                &other if inside && other != own => Party::station(0, other),
                _ => Party::external(rng.rank(600)),
            };
            let name = if peer.is_external() {
                rng.pick(&FIRMS)
            } else {
                ""
            };
            let number = company.nodes.plain_text(0, peer);
            let duration = if i < outgoing {
                format!("00:{:02}:{:02}", rng.below(20), rng.below(60))
            } else {
                String::new()
            };
            let state = ["free", "busy", "call"][rng.below(3) as usize];
            doc.dated(
                at.date(),
                &format!(
                    "{own};{direction};{number};;{name};{};{state};{duration}",
                    at.format("%Y-%m-%d %H:%M:%S")
                ),
            );
            first = first.or(doc.line());
            doc.party(book, Element::JournalNumber, peer);
            doc.party(book, Element::JournalOwner, Party::station(0, own));
        }
        if own == crowded {
            book.plant(
                "journal with 75 rows of one subscriber: more than the switch keeps",
                &path,
                first,
            );
            book.find("journal-over-limit", &path, None);
        }
    }
    doc.close(book, end_of(company.end))
}

/// A time before, on a day between eight and five.
fn earlier(at: NaiveDateTime, rng: &mut Rng) -> NaiveDateTime {
    let back = at - TimeDelta::seconds(60 + i64::from(rng.below(5400)));
    let opening = back.date().and_hms_opt(8, 0, 0).unwrap_or_default();
    if back < opening {
        (back.date() - Days::new(1))
            .and_hms_opt(16, 59, 0)
            .unwrap_or_default()
    } else {
        back
    }
}

/// A user of a log row: name, and the address he comes from.
fn user(rng: &mut Rng) -> (usize, &'static str, String) {
    let at = rng.below(USERS.len() as u32) as usize;
    (at, USERS[at], format!("10.20.30.{}", 9 + at))
}

fn count_user(doc: &mut Doc, book: &mut Book, at: usize, name: &str) {
    if at < PERSONAL {
        doc.text(book, Element::LogUser, name);
    }
}

/// Somebody of Nord: number, and the name in its parts.
fn somebody(company: &Company, at: usize) -> (u32, &Person, Name) {
    let people: Vec<_> = current(company).take(400).collect();
    let (holding, index) = people[at % people.len()];
    let person = &company.persons[index];
    (holding.number, person, person.name_on(company.end))
}

/// The columns of a log row up to the user and the address.
fn row(head: &str, name: &str, ip: &str) -> Told {
    let told = Told::new(Place::Log).say(head);
    let told = if USERS[..PERSONAL].contains(&name) {
        told.field(Kind::Account, name)
    } else {
        told.say(name)
    };
    told.say(";").field(Kind::Ip, ip)
}

/// The activity log with English headings.
pub(crate) fn activity(company: &Company, book: &mut Book) -> DemoFile {
    let mut doc = Doc::new(
        format!("logs/activity-{}.csv", company.end),
        "assistant-log",
        Form::Unix,
    );
    doc.noise("date_time;level;event_type;user;client_ip;switch;application;text");
    let mut rng = Rng::new(company.seed, 810);
    for (i, at) in times(company, 90).into_iter().enumerate() {
        let (who, user, ip) = user(&mut rng);
        let stamp = at.format("%Y-%m-%d %H:%M:%S");
        let (n, person, name) = somebody(company, i * 7);
        let (action, application) = match i % 8 {
            0 | 4 => ("LOGIN", "Access Management"),
            _ => ("CHANGE", "Configuration Management"),
        };
        let told = row(&format!("{stamp};INFO;{action};"), user, &ip);
        let told = told.say(&format!(";WERKNORD;{application};"));
        let (given, surname) = (name.given, name.surname.as_str());
        let told = match i % 8 {
            0 | 4 => told.say("Session opened"),
            1 => {
                let told = told
                    .say("Station ")
                    .station(n)
                    .say(" changed, display name ");
                told.tell(Kind::Name, &format!("{surname}*{given}"))
            }
            2 => {
                let peer = Party::external(rng.rank(600));
                let number = company.nodes.dialled_text(0, peer);
                let told = told.say("Call forwarding of ").station(n).say(" set to ");
                told.number(&number, peer)
            }
            3 => {
                let email = format!("{}@beispiel.example", name.mailbox());
                let told = told.say("Mail address of ");
                let told = told.tell(Kind::Name, &format!("{surname}, {given}"));
                told.say(" is now ").tell(Kind::Email, &email)
            }
            5 => {
                let told = told.tell(Kind::Name, &format!("{given} {surname}"));
                let told = told.say(" (ext. ").station(n).say("), employee no. ");
                told.tell(Kind::Personnel, &person.key)
            }
            6 => told.say("Station ").station(n).say(" changed"),
            _ => told.say("Report exported: 2026 rows, PEN 1-1-49-3, version 10.31.5"),
        };
        doc.told(book, Some(at.date()), &told);
        count_user(&mut doc, book, who, user);
        doc.text(book, Element::LogIp, &ip);
    }
    doc.close(book, end_of(company.end))
}

/// The logbook with German headings, date and time in two columns.
pub(crate) fn protocol(company: &Company, book: &mut Book) -> DemoFile {
    let mut doc = Doc::new(
        format!("logs/protokoll-{}.csv", company.end),
        "assistant-log",
        Form::Windows,
    );
    doc.noise("Datum;Uhrzeit;Stufe;Ereignis;Benutzer;Rechner;Anlage;Anwendung;Meldung");
    let mut rng = Rng::new(company.seed, 811);
    for (i, at) in times(company, 60).into_iter().enumerate() {
        let (who, user, ip) = user(&mut rng);
        let stamp = at.format("%d.%m.%Y;%H:%M:%S");
        let told = row(&format!("{stamp};Hinweis;Änderung;"), user, &ip);
        let told = told.say(";WERKNORD;Konfiguration;");
        let (n, _, name) = somebody(company, i * 11 + 3);
        let (given, surname) = (name.given, name.surname.as_str());
        let told = match i % 5 {
            0 => {
                let told = told.say("Anzeigename der Nebenstelle ").station(n);
                let told = told.say(" geändert: ");
                told.tell(Kind::Name, &format!("{surname}, {given}"))
            }
            1 => {
                let told = told.say("Umzug von ");
                let told = told.tell(Kind::Name, &format!("{given} {surname}"));
                told.say(" nach Raum ")
                    .tell(Kind::Location, &format!("3.{:02}", i % 40))
            }
            2 => told
                .say("Gerät für Frau ")
                .tell(Kind::Name, surname)
                .say(" getauscht"),
            3 => {
                let told = told.say("Durchwahl ").station(n).say(" an ");
                let initial: String = given.chars().take(1).collect();
                told.tell(Kind::Name, &format!("{initial}. {surname}"))
                    .say(" übergeben")
            }
            _ => told.say("Nummernplan geändert, LTG 1 LTU 17, 4711 Gebührenimpulse"),
        };
        doc.told(book, Some(at.date()), &told);
        count_user(&mut doc, book, who, user);
        doc.text(book, Element::LogIp, &ip);
    }
    doc.close(book, end_of(company.end))
}

/// The error log: mostly without a user.
pub(crate) fn errors(company: &Company, book: &mut Book) -> DemoFile {
    let mut doc = Doc::new(
        format!("logs/error-{}.csv", company.end),
        "assistant-log",
        Form::Unix,
    );
    doc.noise("date_time;level;event_type;user;client_ip;switch;application;text");
    for (i, at) in times(company, 25).into_iter().enumerate() {
        let stamp = at.format("%Y-%m-%d %H:%M:%S");
        let by = i % 8 == 0;
        let (user, ip) = if by {
            (USERS[0], "10.20.30.9")
        } else {
            ("", "")
        };
        let told = row(&format!("{stamp};ERROR;APPLICATION;"), user, ip);
        let told = told.say(";WERKNORD;Collecting Agent;");
        let told = if i % 3 == 1 {
            let (n, ..) = somebody(company, i);
            let mac = format!("00:1a:e8:00:{:02x}:{:02x}", i, n % 256);
            let own = format!("10.30.0.{}", i + 1);
            let told = told.say("no answer from station ").station(n).say(", MAC ");
            let told = told.tell(Kind::Mac, &mac).say(", address ");
            told.tell(Kind::Ip, &own).say(" port 5060, cause 41")
        } else {
            told.say("Transfer failed")
        };
        doc.told(book, Some(at.date()), &told);
        doc.text(book, Element::LogUser, user);
        doc.text(book, Element::LogIp, ip);
    }
    doc.close(book, end_of(company.end))
}

/// Syslog in both envelopes; one line is an export command with its password.
pub(crate) fn syslog(company: &Company, book: &mut Book) -> DemoFile {
    let path = "logs/syslog.log";
    let mut doc = Doc::new(path, "syslog", Form::Unix);
    let mut rng = Rng::new(company.seed, 812);
    for (i, at) in times(company, 80).into_iter().enumerate() {
        let old = at.format("%b %e %H:%M:%S");
        let who = rng.below(PERSONAL as u32) as usize;
        let (user, ip) = (USERS[who], format!("10.20.30.{}", 9 + who));
        let told = Told::new(Place::Log);
        let told = match i % 4 {
            _ if i == 40 => {
                let told = told.say(&format!(
                    "<85>{old} adminpc audit[4688]: api2hipath.exe -l xieapi -p "
                ));
                let told = told.tell(Kind::Password, "not-a-real-password");
                told.say(" -h os4k.beispiel.example -o port -s * port.csv")
            }
            0 | 1 => {
                let told = told.say(&format!(
                    "<38>{old} os4k-assistant sshd[{}]: Accepted password for ",
                    2000 + i
                ));
                let told = told.tell(Kind::Account, user).say(" from ");
                told.tell(Kind::Ip, &ip).say(" port 51514 ssh2")
            }
            2 => {
                let stamp = at.format("%Y-%m-%dT%H:%M:%S");
                let told = told.say(&format!(
                    "<165>1 {stamp}Z os4k-assistant accessmgmt 412 LOGIN - user="
                ));
                let told = told.tell(Kind::Account, user).say(" from ");
                told.tell(Kind::Ip, &ip).say(" session opened")
            }
            _ => told.say(&format!(
                "<30>{old} os4k-assistant systemd[1]: Started Daily Cleanup of Temporary Directories."
            )),
        };
        doc.told(book, Some(at.date()), &told);
        if i == 40 {
            book.plant(
                "password on the command line of api2hipath",
                path,
                doc.line(),
            );
            book.find("password-on-command-line", path, doc.line());
        }
    }
    doc.close(book, end_of(company.end))
}

/// Times in order, in the last weeks of the period, between eight and four.
fn times(company: &Company, count: u64) -> Vec<NaiveDateTime> {
    let span = (company.end - company.start).num_days().clamp(0, 40) as u64;
    let first: NaiveDate = company.end - Days::new(span);
    let at = |i: u64| {
        let minutes = i * (span + 1) * 480 / count;
        let day = first + Days::new(minutes / 480);
        day.and_hms_opt(8, 0, 11).unwrap_or_default() + TimeDelta::minutes((minutes % 480) as i64)
    };
    (0..count).map(at).collect()
}
