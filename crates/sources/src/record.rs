//! What every reader gives and what takes it.

use chrono::{NaiveDate, NaiveDateTime};
use gdpr4k_model::catalogue::{ClusterIx, ElementIx};
use gdpr4k_model::number::Access;
use gdpr4k_model::{Finding, Sealed};

use crate::origin::Origin;

/// The account of a file: `lines = records + continuation + noise + rejected + pending`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Account {
    /// Physical lines, as the record end of the layout splits them.
    pub lines: u64,
    /// Records; a record of several lines counts once, at its first line.
    pub records: u64,
    /// Further lines of records.
    pub continuation: u64,
    /// Block headers, rulers, echoes, comments, blank lines.
    pub noise: u64,
    /// Lines that could not be read; each has a finding.
    pub rejected: u64,
    /// The unfinished last line of a file that still grows (0 or 1).
    pub pending: u64,
}

impl Account {
    /// Whether every line is accounted for.
    pub const fn closes(&self) -> bool {
        self.lines == self.records + self.continuation + self.noise + self.rejected + self.pending
    }

    /// Adds another account: of the next part of a file, or of another file.
    pub const fn add(&mut self, other: &Self) {
        self.lines += other.lines;
        self.records += other.records;
        self.continuation += other.continuation;
        self.noise += other.noise;
        self.rejected += other.rejected;
        self.pending += other.pending;
    }
}

/// One value met in a record. Empty values are not reported.
#[derive(Clone, Copy)]
pub struct Value<'a> {
    /// What it is.
    pub element: ElementIx,
    /// The value as it stands in the file, decoded to UTF-8 and without padding or quotes.
    /// Never inspect a secret further than "present".
    pub text: &'a [u8],
    /// For numbers: whether the trunk access code stands in front.
    pub access: Access,
    /// Whether the meaning of the position is not proven ("position unverified").
    pub unverified: bool,
}

impl<'a> Value<'a> {
    /// A value with a proven meaning and, for numbers, without access code.
    pub const fn new(element: ElementIx, text: &'a [u8]) -> Self {
        Self {
            element,
            text,
            access: Access::Plain,
            unverified: false,
        }
    }
}

/// One record with its values.
pub struct Record<'a> {
    /// First physical line, 1-based.
    pub line: u64,
    /// Site-local day from which periods run: for a call the day of its end; none for records without a time.
    pub day: Option<NaiveDate>,
    /// The cluster, where the record itself decides it (direction of a call); else that of each element.
    pub cluster: Option<ClusterIx>,
    /// The values met, in the order of the line.
    pub values: &'a [Value<'a>],
    /// Where it stands, as far as the reader says.
    pub origin: Origin<'a>,
}

/// Something that the file says about the site and that the identity model or the cross-checks need.
///
/// Values of persons are sealed. A fact is reported in addition to the record that it stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// A snapshot says that this person is on this number (AMO PERSI, XIE PORT, a person table).
    Holds {
        /// Physical line.
        line: u64,
        /// Station number as written.
        number: Sealed<String>,
        /// Name as written (`Surname*First`, `Surname, First`, `First Surname`).
        name: Sealed<String>,
        /// Personnel number (Identity Number), where the table has one.
        identity: Option<Sealed<String>>,
    },
    /// A person table has this person without a station number (formats-other-sources 2.5).
    Person {
        /// Physical line.
        line: u64,
        /// Name as written (`Surname*First`).
        name: Sealed<String>,
        /// Personnel number (Identity Number), where the table has one.
        identity: Option<Sealed<String>>,
    },
    /// A logged command gave a number to a person, at that moment (LOGBK ADD-PERSI).
    Assigned {
        /// Physical line.
        line: u64,
        /// Site-local time of the command.
        at: NaiveDateTime,
        /// Station number.
        number: Sealed<String>,
        /// Name as written.
        name: Sealed<String>,
    },
    /// A logged command changed the name on a number (LOGBK CHANGE-PERSI TYPE=NAME).
    Renamed {
        /// Physical line.
        line: u64,
        /// Site-local time of the command; none in a file without times (a macro).
        at: Option<NaiveDateTime>,
        /// Station number.
        number: Sealed<String>,
        /// Former name, where the command gives it.
        old: Option<Sealed<String>>,
        /// New name.
        new: Sealed<String>,
    },
    /// A logged command took the number away (LOGBK DELETE-PERSI, DELETE-SBCSU).
    Released {
        /// Physical line.
        line: u64,
        /// Site-local time of the command.
        at: NaiveDateTime,
        /// Station number.
        number: Sealed<String>,
    },
    /// A logged command renumbered a station (CHANGE-SDAT NEWNO, CHANGE-SCSU NEWNO).
    Renumbered {
        /// Physical line.
        line: u64,
        /// Site-local time of the command; none in a file without times.
        at: Option<NaiveDateTime>,
        /// Old station number.
        old: Sealed<String>,
        /// New station number.
        new: Sealed<String>,
    },
    /// A station exists (SBCSU, SCSU, SSCSU; XIE PORT).
    Station {
        /// Physical line.
        line: u64,
        /// Station number.
        number: Sealed<String>,
    },
    /// A range of station numbers of the number plan (WABE DAR=STN), both ends inclusive.
    StationRange {
        /// First number.
        from: Sealed<String>,
        /// Last number, of the same length.
        to: Sealed<String>,
    },
    /// A reference to a station from another object; the cross-check looks whether it exists.
    Refers {
        /// Physical line.
        line: u64,
        /// What refers: the AMO (`PERSI`, `ZIEL`, `AUN`) or the table (`CFW`, `ACTION_CONTROL`).
        from: &'static str,
        /// The number referred to.
        number: Sealed<String>,
    },
    /// The line is not one person's: shared, hot-desk, function, attendant (hunt group pilot, ACSU).
    NotPersonal {
        /// Station number.
        number: Sealed<String>,
        /// Why, in the vendor's own word (`ACSU`, `SA`).
        from: &'static str,
    },
    /// A monitoring feature is configured (silent monitoring, call trace, recording ...).
    Monitoring {
        /// Physical line.
        line: u64,
        /// Feature in the vendor's own word, for example `CASTMON`, `TRACE`, `MONSLNT`.
        feature: &'static str,
    },
    /// A noun or table was seen, for completeness checks: AMO noun, XIE table, with its number of records.
    Seen {
        /// `amo` or `xie-table`.
        kind: &'static str,
        /// Noun or table name.
        name: String,
        /// Records of it.
        records: u64,
    },
}

/// Takes what a reader finds.
pub trait Sink {
    /// A record with its values. Called once per record, in file order.
    fn record(&mut self, record: &Record<'_>);
    /// Something about the site.
    fn fact(&mut self, fact: Fact);
    /// A gap or defect, with its line.
    fn finding(&mut self, finding: Finding);
    /// A line of text that belongs to the record given next; `element`: what such text is; `known`: the
    /// values that the reader takes from it itself. Gives how many further values were found in it.
    fn text(&mut self, _line: u64, _element: ElementIx, _text: &str, _known: &[&str]) -> usize {
        0
    }

    /// A line that could not be read; it has a finding as well. Called in the order of lines and
    /// records by readers that give an [`Origin`].
    fn damaged(&mut self, _line: u64) {}
}

/// Reads one file (or one part of it), block by block.
pub trait Reader {
    /// Takes the next bytes.
    fn feed(&mut self, block: &[u8], sink: &mut dyn Sink);

    /// The file has ended. `growing`: it is still being written, so an unfinished
    /// last line is pending and not rejected.
    fn finish(&mut self, growing: bool, sink: &mut dyn Sink) -> Account;
}
