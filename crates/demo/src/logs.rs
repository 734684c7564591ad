//! Call journals (formats-other-sources 4.1), log exports and syslog (5.3, 5.4, 5.5).

use chrono::{Days, NaiveDate, NaiveDateTime, TimeDelta};

use crate::DemoFile;
use crate::amo::end_of;
use crate::doc::{Doc, Form};
use crate::number::Party;
use crate::people::Company;
use crate::rng::Rng;
use crate::truth::{Book, Element};

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
        let (who, name, ip) = user(&mut rng);
        let stamp = at.format("%Y-%m-%d %H:%M:%S");
        let row = if i % 4 == 0 {
            format!("{stamp};INFO;LOGIN;{name};{ip};WERKNORD;Access Management;Session opened")
        } else {
            let n = company.holdings[i % company.holdings.len()].number;
            format!(
                "{stamp};INFO;CHANGE;{name};{ip};WERKNORD;Configuration Management;Station {n} changed"
            )
        };
        doc.dated(at.date(), &row);
        count_user(&mut doc, book, who, name);
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
    for at in times(company, 60) {
        let (who, name, ip) = user(&mut rng);
        let stamp = at.format("%d.%m.%Y;%H:%M:%S");
        doc.dated(
            at.date(),
            &format!(
                "{stamp};Hinweis;Änderung;{name};{ip};WERKNORD;Konfiguration;Nummernplan geändert"
            ),
        );
        count_user(&mut doc, book, who, name);
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
        let (name, ip) = if by {
            (USERS[0], "10.20.30.9")
        } else {
            ("", "")
        };
        doc.dated(
            at.date(),
            &format!(
                "{stamp};ERROR;APPLICATION;{name};{ip};WERKNORD;Collecting Agent;Transfer failed"
            ),
        );
        doc.text(book, Element::LogUser, name);
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
        if i == 40 {
            let line = format!(
                "<85>{old} adminpc audit[4688]: api2hipath.exe -l xieapi -p not-a-real-password -h os4k.beispiel.example -o port -s * port.csv"
            );
            doc.dated(at.date(), &line);
            book.plant(
                "password on the command line of api2hipath",
                path,
                doc.line(),
            );
            book.find("password-on-command-line", path, doc.line());
            continue;
        }
        let who = rng.below(PERSONAL as u32) as usize;
        let (name, ip) = (USERS[who], format!("10.20.30.{}", 9 + who));
        let line = match i % 4 {
            0 | 1 => format!(
                "<38>{old} os4k-assistant sshd[{}]: Accepted password for {name} from {ip} port 51514 ssh2",
                2000 + i
            ),
            2 => format!(
                "<165>1 {}Z os4k-assistant accessmgmt 412 LOGIN - user={name} from {ip} session opened",
                at.format("%Y-%m-%dT%H:%M:%S")
            ),
            _ => {
                doc.dated(at.date(), &format!("<30>{old} os4k-assistant systemd[1]: Started Daily Cleanup of Temporary Directories."));
                continue;
            }
        };
        doc.dated(at.date(), &line);
        doc.text(book, Element::LogUser, name);
        doc.text(book, Element::LogIp, &ip);
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
