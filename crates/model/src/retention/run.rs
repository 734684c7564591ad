//! What a run did, and the certificate of it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Treatment;
use crate::Text;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RunOutcome {
    /// Everything that the plan names was done.
    Done,
    /// Some files were left as they were; the findings say why.
    Partial,
    /// Nothing was touched: the plan or the approval does not hold.
    #[default]
    Refused,
    /// There was nothing to do.
    NothingDue,
}

impl RunOutcome {
    /// The word in documents.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Partial => "partial",
            Self::Refused => "refused",
            Self::NothingDue => "nothing-due",
        }
    }
}

/// The answer of `retention apply`, `run` and `verify` (cli.md 3).
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Run {
    /// Id: the start in UTC and four random characters; empty for a mere verification.
    pub run: String,
    /// Id of the plan.
    pub plan: String,
    /// The day that ages are judged by, site-local.
    pub as_of: NaiveDate,
    /// When it started, RFC 3339.
    pub started_at: String,
    /// When it ended, RFC 3339.
    pub finished_at: String,
    /// How it ended.
    pub outcome: RunOutcome,
    /// Who approved.
    pub approvals: Vec<ApprovalMark>,
    /// Digest of the rules.
    pub policy: String,
    /// Digest of the catalogue.
    pub catalogue: String,
    /// Files that were touched or that should have been.
    pub files: Vec<RunFile>,
    /// Records by what was done; every record counts once, under the furthest treatment.
    pub totals: RunTotals,
    /// The same by cluster.
    pub clusters: Vec<RunCluster>,
    /// Files that were left because something is not as the plan or safety asks for; of the others the environment failed.
    pub refused_files: u64,
    /// Files of damaged lines in the quarantine whose own day of deletion had come.
    pub quarantine_deleted: u64,
    /// What the fresh reading afterwards found.
    pub verify: Verify,
    /// What somebody has to know.
    pub findings: Vec<RunFinding>,
}

/// A signature that was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ApprovalMark {
    /// Principal of the allowed-signers file.
    pub principal: String,
    /// Fingerprint of the key, `SHA256:...`.
    pub key: String,
    /// Whether it is the standing approval of the policy, not of one plan.
    pub standing: bool,
}

/// One file of a run.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RunFile {
    /// Relative to the site folder, with `/`.
    pub path: String,
    /// As it was.
    pub before: FileState,
    /// As it is; none where the file was deleted or left as it was.
    pub after: Option<FileState>,
    /// Whether the file was deleted.
    pub deleted: bool,
    /// Why it was left as it was, in words; empty where it was treated.
    pub left: String,
}

/// State of a file.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FileState {
    /// Size.
    pub bytes: u64,
    /// Records.
    pub records: u64,
    /// Digest of the content, `blake3:` and 64 hexadecimal digits.
    pub digest: String,
}

/// Records by what was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RunTotals {
    /// Deleted, alone or with their file.
    pub deleted: u64,
    /// Pseudonymised.
    pub pseudonymised: u64,
    /// Cut.
    pub cut: u64,
    /// Generalised.
    pub generalised: u64,
    /// Blanked.
    pub blanked: u64,
    /// Kept because their time has not come.
    pub kept: u64,
    /// Kept because a suspension holds.
    pub suspended: u64,
    /// Damaged lines put into the quarantine.
    pub quarantined: u64,
}

impl RunTotals {
    /// Counts records under a treatment.
    pub const fn add(&mut self, treatment: Treatment, records: u64) {
        match treatment {
            Treatment::Delete | Treatment::DeleteFile => self.deleted += records,
            Treatment::Pseudonymise => self.pseudonymised += records,
            Treatment::Cut => self.cut += records,
            Treatment::Generalise => self.generalised += records,
            Treatment::Blank => self.blanked += records,
        }
    }

    /// Records that were changed or deleted.
    pub const fn treated(&self) -> u64 {
        self.deleted + self.pseudonymised + self.cut + self.generalised + self.blanked
    }
}

/// What was done to one kind of data.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RunCluster {
    /// The cluster.
    pub cluster: String,
    /// Records by what was done; `kept` and `suspended` too.
    pub totals: RunTotals,
    /// First start day that was treated.
    pub day_from: Option<NaiveDate>,
    /// Last start day that was treated.
    pub day_to: Option<NaiveDate>,
}

/// What a fresh reading found.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Verify {
    /// When, RFC 3339; empty where it was not done.
    pub at: String,
    /// Records that are still due; 0 after a complete run.
    pub due_left: u64,
    /// Files with records that are still due.
    pub files: Vec<DueLeft>,
}

/// A file with records that are still due.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DueLeft {
    /// Relative to the site folder, with `/`.
    pub path: String,
    /// Records.
    pub due_left: u64,
}

/// Something to know about a run.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RunFinding {
    /// Code.
    pub code: String,
    /// The file, empty where it concerns the site.
    pub path: String,
    /// The sentence.
    pub message: String,
}

/// What a certificate says about a run, and nothing that is not true.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Certificate {
    /// The run.
    pub run: Run,
    /// Name of the site.
    pub site: String,
    /// Name of the controller; empty where the site file does not say it.
    pub controller: String,
    /// Id and version of the legal pack.
    pub pack: String,
    /// The rules of the clusters that were treated, in words.
    pub rules: Vec<CertifiedRule>,
    /// Suspensions that held during the run.
    pub suspensions: u64,
    /// Where the run stands in the ledger.
    pub ledger: LedgerPlace,
    /// What the run did not reach, in words.
    pub not_covered: Vec<Text>,
}

/// The rule of a cluster in words.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CertifiedRule {
    /// The cluster.
    pub cluster: String,
    /// Its name.
    pub name: Text,
    /// The rule.
    pub sentence: Text,
}

/// A place in the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LedgerPlace {
    /// Number of the entry that ends the run.
    pub entry: u64,
    /// Its hash.
    pub hash: String,
    /// Entries when the certificate was made.
    pub entries: u64,
    /// Whether the whole ledger was found intact when the certificate was made.
    pub intact: bool,
    /// Fingerprint of the key that signs the ledger and the certificate.
    pub key: String,
}
