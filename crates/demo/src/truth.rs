//! `truth.json`: what the site holds, counted while it is written and never read back.

use std::collections::{BTreeMap, HashSet};

use chrono::NaiveDate;
use serde::Serialize;

use crate::number::{EXTERNALS, PARTIES, Party};

/// What the site holds, as an independent person would count it from the command line contract (cli.md 4).
#[derive(Clone, Debug, Serialize)]
pub struct Truth {
    /// Identifier of the form of this document.
    pub schema: &'static str,
    /// Seed of the site.
    pub seed: u64,
    /// Persons employed on the first day: as many as asked for, and at least those whose stories are planted.
    pub persons: u32,
    /// Days of call records.
    pub days: u32,
    /// First day of call records.
    pub start: NaiveDate,
    /// Last day of call records.
    pub end: NaiveDate,
    /// Notes on how the figures are counted where the contract leaves room.
    pub notes: Vec<&'static str>,
    /// Every file that a source of `site.toml` declares.
    pub files: Vec<FileTruth>,
    /// Elements that are met, as far as their count is known exactly.
    pub elements: Vec<ElementTruth>,
    /// Sums.
    pub totals: Totals,
    /// One person on one number for one uninterrupted time, as the records show it.
    pub assignments: Vec<Assignment>,
    /// What a scan must report, without codes.
    pub findings: Vec<Expected>,
    /// What is planted where.
    pub planted: Vec<Planted>,
    /// Every value in the files that are free text or have free text, with its place.
    pub spans: Vec<Span>,
}

/// A value in a line of text, in the words of `gdpr4k explain` (cli.md 4).
#[derive(Clone, Debug, Serialize)]
pub struct Span {
    /// File.
    pub path: String,
    /// 1-based physical line.
    pub line: u64,
    /// First byte of the line as it is in the file, 1-based.
    pub start: usize,
    /// Last byte, inclusive.
    pub end: usize,
    /// Kind.
    pub kind: &'static str,
}

/// The line account of one file.
#[derive(Clone, Debug, Serialize)]
pub struct FileTruth {
    /// Path relative to the site folder; members of an archive as `archive.zip!/member`.
    pub path: String,
    /// Source kind of `site.toml`.
    pub kind: &'static str,
    /// Physical lines; none for a file without lines (an archive, a recording, a workbook).
    pub lines: Option<u64>,
    /// Records.
    pub records: u64,
    /// Further lines of records.
    pub continuation: u64,
    /// Headings, rulers, echoes, blank lines.
    pub noise: u64,
    /// Lines that cannot be read.
    pub rejected: u64,
    /// Unfinished last lines of growing files: none in an invented site.
    pub pending: u64,
    /// Day of the oldest record (end of the call), where records have a time.
    pub oldest: Option<NaiveDate>,
    /// Day of the newest record.
    pub newest: Option<NaiveDate>,
    /// The contract leaves the split into records and noise open for this file; `lines` is exact.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub split_open: bool,
    /// Values met, by element.
    pub elements: BTreeMap<&'static str, u64>,
}

impl Default for FileTruth {
    fn default() -> Self {
        Self {
            path: String::new(),
            kind: "",
            lines: Some(0),
            records: 0,
            continuation: 0,
            noise: 0,
            rejected: 0,
            pending: 0,
            oldest: None,
            newest: None,
            split_open: false,
            elements: BTreeMap::new(),
        }
    }
}

impl FileTruth {
    /// A line has been written.
    pub(crate) fn add_line(&mut self) {
        self.lines = Some(self.lines.unwrap_or(0) + 1);
    }
}

/// How often an element is met.
#[derive(Clone, Debug, Serialize)]
pub struct ElementTruth {
    /// Catalogue id.
    pub element: &'static str,
    /// Values met.
    pub records: u64,
    /// Different normalised values; none for secrets, of which only presence may be known.
    pub distinct: Option<u64>,
    /// Files with at least one value.
    pub files: u64,
    /// Values met by source kind.
    pub by_kind: BTreeMap<&'static str, u64>,
}

/// Sums over the site.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Totals {
    /// Files of declared sources.
    pub files: u64,
    /// Bytes of these files.
    pub bytes: u64,
    /// Physical lines.
    pub lines: u64,
    /// Records.
    pub records: u64,
    /// Further lines of records.
    pub continuation: u64,
    /// Headings, rulers, echoes, blank lines.
    pub noise: u64,
    /// Lines that cannot be read.
    pub rejected: u64,
    /// Unfinished last lines.
    pub pending: u64,
    /// Persons.
    pub subjects: u64,
    /// Different outside numbers over all sources.
    pub externals: u64,
    /// Assignments.
    pub assignments: u64,
}

/// One person on one number for one uninterrupted time.
#[derive(Clone, Debug, Serialize)]
pub struct Assignment {
    /// Key of the person: the identity number.
    pub person: String,
    /// Node of the site.
    pub node: &'static str,
    /// Station.
    pub number: String,
    /// Proven from: a moment (LOGBK) or the day of the first snapshot.
    pub from: String,
    /// Proven until: a moment (LOGBK), the day of the last snapshot, or none when still there.
    pub to: Option<String>,
    /// `logbk`, `snapshot`, or `begin+end` of both.
    pub evidence: &'static str,
}

/// Something a scan must report.
#[derive(Clone, Debug, Serialize)]
pub struct Expected {
    /// What it is, in words of this document.
    pub kind: &'static str,
    /// File.
    pub path: String,
    /// 1-based line, where there is one.
    pub line: Option<u64>,
    /// Where the specification asks for it.
    pub basis: &'static str,
}

/// Something planted.
#[derive(Clone, Debug, Serialize)]
pub struct Planted {
    /// Number in the list.
    pub id: u32,
    /// What it is.
    pub what: String,
    /// File.
    pub path: String,
    /// 1-based line, where there is one.
    pub line: Option<u64>,
}

/// The elements whose count the truth states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Element {
    Charged,
    Calling,
    Called,
    Destination,
    CdrPin,
    Account,
    Start,
    End,
    Duration,
    Ring,
    ConnType,
    DisplayName,
    Pin,
    Email,
    Identity,
    SipSecret,
    JournalNumber,
    JournalOwner,
    LogUser,
    LogIp,
    IdtbNumber,
    IdtbPeer,
    DswinNumber,
    SpeedDial,
    AcwinCall,
    Recording,
    HandsetNumber,
    Ipui,
    HandsetPin,
    PmStation,
    PmCalled,
    TraceContent,
    TraceIp,
    Backup,
    TraceNumber,
    NotedNumber,
    CommandPassword,
    TextName,
    TextNumber,
    TextExtension,
    TextEmail,
    TextIp,
    TextMac,
    TextIban,
    TextAccount,
    TextPin,
    TextPersonnel,
    TextLocation,
}

/// Elements that are counted.
pub(crate) const COUNTED: usize = 48;

const IDS: [&str; COUNTED] = [
    "O4K-FLD-CDR-CHARGED",
    "O4K-FLD-CDR-CALLING",
    "O4K-FLD-CDR-CALLED",
    "O4K-FLD-CDR-DESTINATION",
    "O4K-FLD-CDR-PIN",
    "O4K-FLD-CDR-ACCTCODE",
    "O4K-FLD-CDR-START",
    "O4K-FLD-CDR-END",
    "O4K-FLD-CDR-DURATION",
    "O4K-FLD-CDR-RING",
    "O4K-FLD-CDR-CONNTYPE",
    "O4K-FLD-CORE-DISPLAYNAME",
    "O4K-FLD-CORE-PIN",
    "O4K-FLD-CM-EMAIL",
    "O4K-FLD-CM-IDENTITY",
    "O4K-FLD-XIE-SIPSECRET",
    "O4K-FLD-JRN-NUMBER",
    "O4K-FLD-JRN-OWNER",
    "O4K-FLD-LOG-USER",
    "O4K-FLD-LOG-IP",
    "O4K-FLD-IDTB-NUMBER",
    "O4K-FLD-IDTB-PEER",
    "O4K-FLD-DSWIN-NUMBER",
    "O4K-FLD-ACWIN-SPEEDDIAL-NO",
    "O4K-FLD-ACWIN-CALLNUMBER",
    "O4K-FLD-ACWIN-RECORDING",
    "O4K-FLD-CORDLESS-NUMBER",
    "O4K-FLD-CORDLESS-IPUI",
    "O4K-FLD-CORDLESS-PIN",
    "O4K-FLD-PM-STATION",
    "O4K-FLD-PM-CALLED",
    "O4K-FLD-TRACE-CONTENT",
    "O4K-FLD-TRACE-IP",
    "O4K-FLD-BAK-SET",
    "O4K-FLD-TRACE-NUMBER",
    "O4K-FLD-ACWIN-NOTEDNUMBER",
    "O4K-FLD-LOG-CLPASSWORD",
    "O4K-FLD-TEXT-NAME",
    "O4K-FLD-TEXT-NUMBER",
    "O4K-FLD-TEXT-EXTENSION",
    "O4K-FLD-TEXT-EMAIL",
    "O4K-FLD-TEXT-IP",
    "O4K-FLD-TEXT-MAC",
    "O4K-FLD-TEXT-IBAN",
    "O4K-FLD-TEXT-ACCOUNT",
    "O4K-FLD-TEXT-PIN",
    "O4K-FLD-TEXT-PERSONNEL",
    "O4K-FLD-TEXT-LOCATION",
];

impl Element {
    const ALL: [Self; COUNTED] = [
        Self::Charged,
        Self::Calling,
        Self::Called,
        Self::Destination,
        Self::CdrPin,
        Self::Account,
        Self::Start,
        Self::End,
        Self::Duration,
        Self::Ring,
        Self::ConnType,
        Self::DisplayName,
        Self::Pin,
        Self::Email,
        Self::Identity,
        Self::SipSecret,
        Self::JournalNumber,
        Self::JournalOwner,
        Self::LogUser,
        Self::LogIp,
        Self::IdtbNumber,
        Self::IdtbPeer,
        Self::DswinNumber,
        Self::SpeedDial,
        Self::AcwinCall,
        Self::Recording,
        Self::HandsetNumber,
        Self::Ipui,
        Self::HandsetPin,
        Self::PmStation,
        Self::PmCalled,
        Self::TraceContent,
        Self::TraceIp,
        Self::Backup,
        Self::TraceNumber,
        Self::NotedNumber,
        Self::CommandPassword,
        Self::TextName,
        Self::TextNumber,
        Self::TextExtension,
        Self::TextEmail,
        Self::TextIp,
        Self::TextMac,
        Self::TextIban,
        Self::TextAccount,
        Self::TextPin,
        Self::TextPersonnel,
        Self::TextLocation,
    ];

    const fn is_secret(self) -> bool {
        matches!(
            self,
            Self::CdrPin
                | Self::Pin
                | Self::SipSecret
                | Self::HandsetPin
                | Self::CommandPassword
                | Self::TextPin
        )
    }
}

/// Different values of one element: small whole numbers as bits, the rest in a set.
#[derive(Debug, Default)]
struct Distinct {
    bits: Vec<u64>,
    count: u64,
    odd: HashSet<i64>,
    texts: HashSet<String>,
}

impl Distinct {
    /// Largest whole number that is kept as a bit.
    const MAX: i64 = 1 << 29;

    fn number(&mut self, n: i64) {
        if (0..Self::MAX).contains(&n) {
            let (word, bit) = ((n >> 6) as usize, 1u64 << (n & 63));
            if word >= self.bits.len() {
                self.bits.resize((word + 1).next_power_of_two(), 0);
            }
            self.count += u64::from(self.bits[word] & bit == 0);
            self.bits[word] |= bit;
        } else {
            self.odd.insert(n);
        }
    }

    fn total(&self) -> u64 {
        self.count + self.odd.len() as u64 + self.texts.len() as u64
    }
}

/// The section that asks for a finding.
fn basis(kind: &str) -> &'static str {
    match kind {
        "line-cut" | "lines-run-together" | "garbage-before-record" => "cli.md 4, lines",
        "future-date" | "implausible-date" => "cli.md 4, due",
        "clock-jump" => "formats-cdr 3, time stamps (expected, not required)",
        "empty-file" => "formats-other-sources 1, rule 7",
        "unknown-column" => "formats-other-sources 1.1, unmapped",
        "orphan-name" => "formats-amo 4, cross-checks",
        "orphan-forwarding" | "orphan-action" => "formats-other-sources 2.6 and 9",
        "secret-in-clear" => "formats-other-sources 2.4",
        "shadow-copy" => "formats-other-sources 2.7",
        "journal-over-limit" => "formats-other-sources 4.1, validation",
        "old-trace" => "formats-other-sources 7.3",
        "recording-lies" => "formats-other-sources 6, recording handling",
        "backup-generations" => "formats-other-sources 7.1",
        "archive-name-leads-out" | "archive-encrypted" => "formats-other-sources 4.2, guards",
        "unknown-measure" => "cli.md 1, controls",
        "password-on-command-line" => "formats-other-sources 5.5",
        _ => "expected, not required",
    }
}

/// Counts while the site is written.
#[derive(Debug)]
pub(crate) struct Book {
    start: NaiveDate,
    distinct: Vec<Distinct>,
    externals: Vec<u64>,
    files: Vec<FileTruth>,
    bytes: u64,
    pub(crate) planted: Vec<Planted>,
    pub(crate) findings: Vec<Expected>,
    pub(crate) spans: Vec<Span>,
}

/// Values met in one file.
pub(crate) type Counts = [u64; COUNTED];

impl Book {
    pub(crate) fn new(start: NaiveDate) -> Self {
        Self {
            start,
            distinct: (0..COUNTED).map(|_| Distinct::default()).collect(),
            externals: vec![0; (EXTERNALS as usize).div_ceil(64)],
            files: Vec::new(),
            bytes: 0,
            planted: Vec::new(),
            findings: Vec::new(),
            spans: Vec::new(),
        }
    }

    /// A party's number was met.
    pub(crate) fn party(&mut self, counts: &mut Counts, element: Element, party: Party) {
        if party.is_nobody() {
            return;
        }
        counts[element as usize] += 1;
        debug_assert!(party.index() < PARTIES);
        self.distinct[element as usize].number(i64::from(party.index()));
        self.external(party);
    }

    /// An outside number was met in any field.
    pub(crate) fn external(&mut self, party: Party) {
        if party.is_external() {
            let at = party.index();
            self.externals[(at >> 6) as usize] |= 1 << (at & 63);
        }
    }

    /// A value that is a whole number: seconds, a code.
    pub(crate) fn number(&mut self, counts: &mut Counts, element: Element, n: i64) {
        counts[element as usize] += 1;
        self.distinct[element as usize].number(n);
    }

    /// A moment: day and second of the day.
    pub(crate) fn time(
        &mut self,
        counts: &mut Counts,
        element: Element,
        day: NaiveDate,
        second: i64,
    ) {
        let seconds = ((day - self.start).num_days() + 3) * 86_400 + second;
        self.number(counts, element, seconds);
    }

    /// A value that is text.
    pub(crate) fn text(&mut self, counts: &mut Counts, element: Element, text: &str) {
        if text.is_empty() {
            return;
        }
        counts[element as usize] += 1;
        let texts = &mut self.distinct[element as usize].texts;
        if !texts.contains(text) {
            texts.insert(text.to_owned());
        }
    }

    /// A secret is present.
    pub(crate) fn secret(counts: &mut Counts, element: Element) {
        counts[element as usize] += 1;
    }

    /// The file that was closed last.
    pub(crate) fn last(&mut self) -> Option<&mut FileTruth> {
        self.files.last_mut()
    }

    /// The account of a finished file.
    pub(crate) fn file(&mut self, mut file: FileTruth, counts: &Counts, bytes: usize) {
        file.elements = Element::ALL
            .iter()
            .filter(|e| counts[**e as usize] > 0)
            .map(|e| (IDS[*e as usize], counts[*e as usize]))
            .collect();
        self.bytes += bytes as u64;
        self.files.push(file);
    }

    /// A number in the name of the file that was closed last.
    pub(crate) fn named(&mut self, element: Element, party: Party) {
        let mut counts = [0; COUNTED];
        self.party(&mut counts, element, party);
        if let Some(file) = self.files.last_mut() {
            *file.elements.entry(IDS[element as usize]).or_default() += 1;
        }
    }

    pub(crate) fn plant(&mut self, what: impl Into<String>, path: &str, line: Option<u64>) {
        let id = self.planted.len() as u32 + 1;
        self.planted.push(Planted {
            id,
            what: what.into(),
            path: path.to_owned(),
            line,
        });
    }

    pub(crate) fn find(&mut self, kind: &'static str, path: &str, line: Option<u64>) {
        self.findings.push(Expected {
            kind,
            path: path.to_owned(),
            line,
            basis: basis(kind),
        });
    }

    /// Closes the books.
    pub(crate) fn close(self) -> (Vec<FileTruth>, Vec<ElementTruth>, Totals) {
        let mut totals = Totals {
            files: self.files.len() as u64,
            bytes: self.bytes,
            ..Totals::default()
        };
        for file in &self.files {
            totals.lines += file.lines.unwrap_or(0);
            totals.records += file.records;
            totals.continuation += file.continuation;
            totals.noise += file.noise;
            totals.rejected += file.rejected;
            totals.pending += file.pending;
        }
        totals.externals = self
            .externals
            .iter()
            .map(|w| u64::from(w.count_ones()))
            .sum();
        let elements = Element::ALL
            .iter()
            .filter(|element| {
                let id = IDS[**element as usize];
                self.files.iter().any(|f| f.elements.contains_key(id))
            })
            .map(|&element| {
                let id = IDS[element as usize];
                let mut by_kind = BTreeMap::new();
                let mut files = 0;
                for file in &self.files {
                    if let Some(n) = file.elements.get(id) {
                        *by_kind.entry(file.kind).or_insert(0) += n;
                        files += 1;
                    }
                }
                ElementTruth {
                    element: id,
                    records: by_kind.values().sum(),
                    distinct: (!element.is_secret())
                        .then(|| self.distinct[element as usize].total()),
                    files,
                    by_kind,
                }
            })
            .filter(|e| e.records > 0)
            .collect();
        (self.files, elements, totals)
    }
}
