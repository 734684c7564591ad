//! Files that hold personal data and are not opened: traces, backups, recovery disks, pictures of reports.

use chrono::NaiveDate;
use gdpr4k_model::Finding;
use gdpr4k_model::catalogue::ElementIx;
use gdpr4k_model::finding::Arg;

use crate::container::{self, Bytes, Limits};
use crate::freelines::is_binary;
use crate::knowledge::TableKnowledge;
use crate::origin::Origin;
use crate::record::{Record, Sink, Value};

/// Bytes that are expanded at most to count the files of a compressed backup.
const MAX_LISTED: u64 = 256 << 20;

/// What such a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opaque {
    /// A capture or an encrypted trace; `disguised`: a capture that is not named like one.
    Trace {
        /// Recognised by its first bytes only.
        disguised: bool,
    },
    /// A backup set.
    Backup,
    /// A recovery disk or its image.
    Recovery,
    /// A report as PDF, picture or in a form that is not read, with a word for it.
    Report(&'static str),
}

impl Opaque {
    /// The element that such a file is, whatever is in it.
    pub const fn element(self, knowledge: &TableKnowledge) -> ElementIx {
        let elements = &knowledge.opaque;
        match self {
            Self::Trace { .. } => elements.trace,
            Self::Backup => elements.backup,
            Self::Recovery => elements.recovery,
            Self::Report(_) => elements.report,
        }
    }
}

/// What a trace file is: none for text, which is read line by line (formats-other-sources 7.3).
pub fn trace(knowledge: &TableKnowledge, path: &str, head: &[u8]) -> Option<Opaque> {
    let magic = [
        &b"\xa1\xb2\xc3\xd4"[..],
        b"\xd4\xc3\xb2\xa1",
        b"\xa1\xb2\x3c\x4d",
        b"\x4d\x3c\xb2\xa1",
        b"\x0a\x0d\x0d\x0a",
    ];
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    let named = knowledge
        .opaque
        .trace_names
        .iter()
        .any(|n| name.contains(n.as_str()));
    if magic.iter().any(|m| head.starts_with(m)) {
        return Some(Opaque::Trace { disguised: !named });
    }
    let sealed = head.starts_with(b"-----BEGIN PGP") || head.starts_with(b"-----BEGIN PKCS7");
    (sealed || is_binary(head)).then_some(Opaque::Trace { disguised: false })
}

/// Backup or recovery disk, by its name.
pub fn backup(knowledge: &TableKnowledge, path: &str) -> Opaque {
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    if knowledge
        .opaque
        .recovery_names
        .iter()
        .any(|n| name.contains(n.as_str()))
    {
        Opaque::Recovery
    } else {
        Opaque::Backup
    }
}

/// What kind of report a file is by its first bytes, if it is one that is not opened.
pub fn report(head: &[u8]) -> Option<Opaque> {
    let word = match head {
        [b'%', b'P', b'D', b'F', ..] => "PDF",
        [0x89, b'P', b'N', b'G', ..] | [0xff, 0xd8, 0xff, ..] | [b'G', b'I', b'F', b'8', ..] => {
            "picture"
        }
        [0xd0, 0xcf, 0x11, 0xe0, ..] => "XLS (before 2007)",
        _ => return None,
    };
    Some(Opaque::Report(word))
}

/// Days between the day of a file and today; nothing for a file of the future.
fn age(day: NaiveDate, today: NaiveDate) -> u64 {
    (today - day).num_days().max(0) as u64
}

/// Says how old a trace is, if it should be gone.
pub fn old_trace(knowledge: &TableKnowledge, day: NaiveDate, today: NaiveDate) -> Option<Finding> {
    let limit = knowledge.opaque.trace_days;
    let age = age(day, today);
    (age > limit).then(|| {
        Finding::new("G4K-641")
            .with("age", age)
            .with("limit", limit)
    })
}

/// Counts one file that is not opened; gives the number of records: 1.
///
/// `path` tells files apart and is not shown; `day`: the day of the file, site-local.
pub fn holder(
    what: Opaque,
    file: &mut dyn Bytes,
    knowledge: &TableKnowledge,
    path: &str,
    (day, today): (NaiveDate, NaiveDate),
    sink: &mut dyn Sink,
) -> u64 {
    let element = what.element(knowledge);
    sink.record(&Record {
        line: 1,
        day: Some(day),
        cluster: None,
        values: &[Value::new(element, path.as_bytes())],
        origin: Origin::default(),
    });
    match what {
        Opaque::Trace { disguised } => {
            sink.finding(Finding::new("G4K-640").with("age", age(day, today)));
            old_trace(knowledge, day, today)
                .into_iter()
                .for_each(|f| sink.finding(f));
            if disguised {
                sink.finding(Finding::new("G4K-642"));
            }
        }
        Opaque::Backup | Opaque::Recovery => {
            sink.finding(Finding::new("G4K-650"));
            if let Some(count) = listed(file) {
                sink.finding(Finding::new("G4K-652").with("count", count));
            }
        }
        Opaque::Report(kind) => {
            sink.finding(Finding::new("G4K-622").with("kind", Arg::declared(kind)))
        }
    }
    1
}

/// The number of files in a plain zip or tar; none for anything else.
fn listed(file: &mut dyn Bytes) -> Option<u64> {
    let mut head = [0; 4];
    file.seek(std::io::SeekFrom::Start(0)).ok()?;
    file.read_exact(&mut head).ok()?;
    if container::is_zip(&head) {
        return container::count(file, &Limits::default());
    }
    container::tar_members(file, MAX_LISTED).map(|(files, _)| files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Given, KNOWLEDGE, fixture};

    fn day(d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, d).expect("a day")
    }

    fn read(what: Opaque, path: &str) -> Given {
        let mut given = Given::default();
        let mut file = std::io::Cursor::new(fixture(path));
        holder(
            what,
            &mut file,
            &KNOWLEDGE,
            path,
            (day(1), day(20)),
            &mut given,
        );
        given
    }

    #[test]
    fn captures_are_known_by_name_or_by_their_first_bytes() {
        let capture = fixture("trace/basic.pcap");
        let is = |path, head: &[u8]| trace(&KNOWLEDGE, path, head);
        assert_eq!(
            is("t/a.pcap", &capture),
            Some(Opaque::Trace { disguised: false })
        );
        assert_eq!(
            is("t/a.txt", &capture),
            Some(Opaque::Trace { disguised: true })
        );
        assert_eq!(
            is("t/a.h3g", b"\x00\x01\x02\x03\x04"),
            Some(Opaque::Trace { disguised: false })
        );
        assert_eq!(is("t/a.trc", b"08:14:09 SETUP 2504\n"), None);
        assert_eq!(
            is("t/a.asc", b"-----BEGIN PGP MESSAGE-----\n"),
            Some(Opaque::Trace { disguised: false })
        );
    }

    #[test]
    fn fixtures_are_counted_and_not_opened() {
        let trace = read(Opaque::Trace { disguised: true }, "trace/basic.pcap");
        insta::assert_snapshot!("opaque_trace", trace.summary());
        for file in ["basic.tar", "dirty.tgz", "empty.bin"] {
            let given = read(backup(&KNOWLEDGE, file), &format!("backup/{file}"));
            insta::assert_snapshot!(format!("backup_{file}"), given.summary());
        }
        assert_eq!(backup(&KNOWLEDGE, "x/recovery-2026.img"), Opaque::Recovery);
        assert_eq!(report(b"%PDF-1.4"), Some(Opaque::Report("PDF")));
    }

    #[test]
    fn a_trace_of_thirty_days_is_not_old_and_one_of_thirty_one_is() {
        let old = |d| old_trace(&KNOWLEDGE, day(1), d).is_some();
        assert!(!old(NaiveDate::from_ymd_opt(2026, 12, 1).expect("a day")));
        assert!(old(NaiveDate::from_ymd_opt(2026, 12, 2).expect("a day")));
    }
}
