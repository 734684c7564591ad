//! The nouns of scheduled retention: what a file holds, what is due, what was done.
//!
//! None of them holds a value of a person: a bucket is a number of records of one
//! kind and day, a plan is a list of buckets.

mod run;

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike as _, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::catalogue::Action;

pub use run::{
    ApprovalMark, Certificate, CertifiedRule, DueLeft, FileState, LedgerPlace, Run, RunCluster,
    RunFile, RunFinding, RunOutcome, RunTotals, Verify,
};

/// What a run does to the records of a plan item (cli.md 3).
///
/// The order is that of rank: of several treatments that a record is due for, the
/// last one names its item, and the ones before it are carried out with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Treatment {
    /// A value is emptied.
    Blank,
    /// A value is coarsened: class of a number, hour or day of a time, bucket of a duration, network of an address.
    Generalise,
    /// The last digits of a number are replaced.
    Cut,
    /// A value is replaced by a keyed token.
    Pseudonymise,
    /// The record is taken out of its file.
    Delete,
    /// The file is deleted, because all its records are due or because it is due as a whole.
    DeleteFile,
}

impl Treatment {
    /// The treatment that a stage of a rule stands for; `None` for those that end a rule.
    pub const fn of_stage(action: Action) -> Option<Self> {
        match action {
            Action::Cut => Some(Self::Cut),
            Action::Class | Action::Generalise => Some(Self::Generalise),
            Action::Pseudonymise => Some(Self::Pseudonymise),
            Action::Blank => Some(Self::Blank),
            Action::Aggregate | Action::Block | Action::Delete => None,
        }
    }

    /// The word in plans and reports.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Blank => "blank",
            Self::Generalise => "generalise",
            Self::Cut => "cut",
            Self::Pseudonymise => "pseudonymise",
            Self::Delete => "delete",
            Self::DeleteFile => "delete-file",
        }
    }
}

/// So many records of one kind in one file: equal in everything that decides about them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Bucket {
    /// The cluster.
    pub cluster: String,
    /// The start day: site-local day of the record, else the day of the file.
    pub day: NaiveDate,
    /// Whether the record itself gives the day.
    pub dated: bool,
    /// Bit `n`: stage `n` of the rule of the cluster, counted from 1, would still change a value of the
    /// record, were it due; bit 0: a secret stands in it.
    pub pending: u16,
    /// Whether the record is from, to or via a protected number and a party number still stands in it.
    pub protected: bool,
    /// Ids of the suspensions by number or person that match the record; those by path, cluster and day are not listed.
    pub held: Vec<String>,
    /// Whether an erasure order of a person matches the record and its side is not blank yet.
    pub erase: bool,
    /// Records.
    pub records: u64,
}

/// What one file holds, as retention sees it; all that a plan needs to know about it.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Census {
    /// Relative to the site folder, with `/`.
    pub path: String,
    /// Source kind.
    pub kind: String,
    /// Node of the numbers.
    pub node: String,
    /// Size in bytes.
    pub bytes: u64,
    /// Digest of the content, `blake3:` and 64 hexadecimal digits.
    pub digest: String,
    /// The day of the file: date in its name, else of its last change.
    pub day: NaiveDate,
    /// Records.
    pub records: u64,
    /// Lines that could not be read.
    pub damaged: u64,
    /// Whether the file is rewritten record by record; otherwise it stays or goes as a whole.
    pub by_record: bool,
    /// Whether figures about groups take the place of records that end, so that the file stays even when all of them do.
    #[serde(default)]
    pub sums: bool,
    /// The records, sorted.
    pub buckets: Vec<Bucket>,
    /// Why the file is left alone, as a finding code; none where it may be treated.
    pub left_alone: Option<String>,
}

/// What is due on a day and why: the document that is shown, signed and carried out.
///
/// `records = due + kept + suspended + attention`, in every cluster and in total;
/// `due` is the sum of the items. Every record is in exactly one of the four.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Plan {
    /// Id: the first 16 hexadecimal digits of the SHA-256 of the rest of the document.
    pub plan: String,
    /// Name of the site.
    pub site: String,
    /// The day that it was made for, site-local.
    pub as_of: NaiveDate,
    /// Digest of the rules that held.
    pub policy: String,
    /// Digest of the catalogue that held.
    pub catalogue: String,
    /// Digest of what else decided: suspensions, events, protected numbers, erasure orders, key generations.
    pub context: String,
    /// The files that it touches.
    pub files: Vec<PlannedFile>,
    /// What is due, one entry per file, cluster, stage and treatment.
    pub items: Vec<Item>,
    /// What would be due if no suspension held it.
    pub suspended: Vec<Suspended>,
    /// What stays because its time has not come.
    pub kept: Kept,
    /// What somebody has to look at before it can be decided.
    pub attention: Vec<Attention>,
    /// Sums by cluster.
    pub clusters: Vec<ClusterSum>,
    /// Sums.
    pub totals: Sums,
    /// Limits that the plan exceeds; `apply` refuses such a plan.
    pub over_limit: Vec<OverLimit>,
}

/// A file that a plan touches.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlannedFile {
    /// Relative to the site folder, with `/`.
    pub path: String,
    /// Size in bytes when the plan was made.
    pub bytes: u64,
    /// Digest of the content that the plan was made for.
    pub digest: String,
    /// Records in it.
    pub records: u64,
    /// Damaged lines that go to the quarantine when the file is rewritten.
    pub quarantine: u64,
}

/// Records of one file that are due for the same thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Item {
    /// The file.
    pub path: String,
    /// The cluster.
    pub cluster: String,
    /// `at-once`, the 1-based number of the stage of the rule, `end`, or `erasure`.
    pub stage: String,
    /// What is done.
    pub action: Treatment,
    /// First start day.
    pub day_from: NaiveDate,
    /// Last start day.
    pub day_to: NaiveDate,
    /// Records.
    pub records: u64,
    /// Why, in words.
    pub reason: String,
}

/// Records that a suspension holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Suspended {
    /// The file.
    pub path: String,
    /// The cluster.
    pub cluster: String,
    /// Ids of the suspensions, separated by `, `.
    pub hold: String,
    /// Records.
    pub records: u64,
}

/// Records whose time has not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Kept {
    /// Records.
    pub records: u64,
}

/// Something that somebody has to look at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Attention {
    /// Code of the finding.
    pub code: String,
    /// The file, empty where it concerns the site.
    pub path: String,
    /// The cluster whose records wait for it, empty where none do.
    pub cluster: String,
    /// Records that wait for it.
    pub records: u64,
    /// The sentence.
    pub message: String,
}

/// Sums of one cluster.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClusterSum {
    /// The cluster.
    pub cluster: String,
    /// Records in files that retention looks at.
    pub records: u64,
    /// Due.
    pub due: u64,
    /// Kept because the time has not come.
    pub kept: u64,
    /// Kept because a suspension holds.
    pub suspended: u64,
    /// Undecided.
    pub attention: u64,
    /// Start day of the oldest record.
    pub oldest: Option<NaiveDate>,
}

/// Sums of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sums {
    /// Records in files that retention looks at.
    pub records: u64,
    /// Due.
    pub due: u64,
    /// Kept because the time has not come.
    pub kept: u64,
    /// Kept because a suspension holds.
    pub suspended: u64,
    /// Undecided.
    pub attention: u64,
}

/// A limit of `[retention]` that a plan exceeds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OverLimit {
    /// The cluster.
    pub cluster: String,
    /// `max_share` or `max_count`.
    pub limit: String,
    /// Records that are due.
    pub due: u64,
    /// Records of the cluster.
    pub records: u64,
    /// Records that the limit allows.
    pub allowed: u64,
}

/// A suspension: a legal hold or a restriction (GDPR Art. 17(3), 18). It always wins.
///
/// The person or number is kept sealed by the store and is not part of this noun.
#[doc(alias = "Löschsperre")]
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Suspension {
    /// Id: `H` and a running number.
    pub id: String,
    /// Case or file reference.
    pub case: String,
    /// Why.
    pub reason: String,
    /// Who asked for it.
    pub by: String,
    /// When it was entered, RFC 3339.
    pub added_at: String,
    /// Whether it concerns a person or a number; which one is sealed.
    pub by_number: bool,
    /// Only this cluster; all where none.
    pub cluster: Option<String>,
    /// Only files that match this glob; all where none.
    pub path: Option<String>,
    /// Only records from this start day on.
    pub from: Option<NaiveDate>,
    /// Only records up to this start day.
    pub to: Option<NaiveDate>,
    /// Ends by itself after this day.
    pub until: Option<NaiveDate>,
    /// Somebody looks at it again on this day; it does not end by itself.
    pub review: Option<NaiveDate>,
    /// When it was released, RFC 3339; none while it holds.
    pub released_at: Option<String>,
    /// Who released it.
    pub released_by: Option<String>,
    /// Why it was released.
    pub released_reason: Option<String>,
}

/// A calendar quarter: the period of a pseudonymisation key (cli.md 4, "Tokens").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Quarter {
    year: i32,
    number: u8,
}

impl Quarter {
    /// The quarter of a site-local day.
    pub fn of(day: NaiveDate) -> Self {
        let number = day.month0() / 3 + 1;
        Self {
            year: day.year(),
            number: u8::try_from(number).unwrap_or(1),
        }
    }

    /// The first day of the quarter.
    pub fn first_day(self) -> NaiveDate {
        let month = u32::from(self.number - 1) * 3 + 1;
        NaiveDate::from_ymd_opt(self.year, month, 1).unwrap_or(NaiveDate::MIN)
    }
}

/// `2026-Q4`.
impl fmt::Display for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-Q{}", self.year, self.number)
    }
}

/// Why a text is no quarter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoQuarter;

impl fmt::Display for NoQuarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "no quarter (expected the form 2026-Q4) - write the year, -Q and a number from 1 to 4",
        )
    }
}

impl std::error::Error for NoQuarter {}

impl FromStr for Quarter {
    type Err = NoQuarter;

    fn from_str(text: &str) -> Result<Self, NoQuarter> {
        let (year, number) = text.split_once("-Q").ok_or(NoQuarter)?;
        let digits = year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit());
        match (digits, year.parse(), number) {
            (true, Ok(year), "1" | "2" | "3" | "4") => Ok(Self {
                year,
                number: number.as_bytes()[0] - b'0',
            }),
            _ => Err(NoQuarter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarters_are_read_as_they_are_written() {
        let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
        for (day, text, first) in [
            (day(2026, 1, 1), "2026-Q1", day(2026, 1, 1)),
            (day(2026, 3, 31), "2026-Q1", day(2026, 1, 1)),
            (day(2026, 12, 31), "2026-Q4", day(2026, 10, 1)),
        ] {
            let quarter = Quarter::of(day);
            assert_eq!(quarter.to_string(), text);
            assert_eq!(text.parse(), Ok(quarter));
            assert_eq!(quarter.first_day(), first);
        }
        for bad in [
            "2026", "2026-Q5", "2026-Q0", "26-Q1", "2026-Q11", "+026-Q1", "",
        ] {
            assert_eq!(bad.parse::<Quarter>(), Err(NoQuarter), "{bad}");
        }
    }
}
