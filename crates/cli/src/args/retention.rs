//! Arguments of the commands that change or protect data.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args as ClapArgs, Subcommand, ValueEnum};

/// `gdpr4k retention`
#[derive(ClapArgs)]
pub(crate) struct Retention {
    #[command(subcommand)]
    pub(crate) command: RetentionCommand,
}

/// What to do with data whose time has come.
#[derive(Subcommand)]
pub(crate) enum RetentionCommand {
    /// Say what is due and why; changes nothing in the files
    Plan {
        /// File to write the plan to; only its summary is shown if not given
        #[arg(short, long = "output", visible_alias = "out", value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Sign a plan, or the policy itself for unattended runs
    Approve {
        /// The plan
        #[arg(value_name = "FILE", required_unless_present = "standing")]
        plan: Option<PathBuf>,
        /// Sign the policy instead: `retention run` may carry out what it makes due, inside its limits
        #[arg(long, conflicts_with = "plan")]
        standing: bool,
        /// Who approves: a principal of the allowed-signers file
        #[arg(long = "as", value_name = "NAME")]
        name: String,
        /// Private key in OpenSSH form, or a public key whose private part an ssh-agent holds
        #[arg(long, value_name = "KEY")]
        key: PathBuf,
        /// File with the passphrase of the key
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
    },
    /// Carry out exactly one approved plan
    Apply {
        /// The plan
        #[arg(value_name = "FILE")]
        plan: PathBuf,
    },
    /// Plan and carry out under the standing approval: what the timer calls
    Run,
    /// Read the files afresh: nothing that is due may be left
    Verify,
    /// Oldest record of each kind of data against its limit; last and next run
    Status,
    /// What the policy keeps on future days
    Simulate {
        /// Last day
        #[arg(long, value_name = "DATE")]
        until: NaiveDate,
        /// Site file with another policy to compare with
        #[arg(long, value_name = "FILE")]
        compare: Option<PathBuf>,
        /// Write the picture (SVG) here
        #[arg(long, value_name = "FILE")]
        svg: Option<PathBuf>,
    },
    /// Signed proof of a run, to be checked offline
    Certificate {
        /// Id of the run, or `last`
        run: String,
        /// Folder to write
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Halt a running job after its current file, or allow runs again
    Stop {
        /// Allow runs again
        #[arg(long)]
        release: bool,
    },
}

/// `gdpr4k hold`
#[derive(ClapArgs)]
pub(crate) struct Hold {
    #[command(subcommand)]
    pub(crate) command: HoldCommand,
}

/// What to do with suspensions.
#[derive(Subcommand)]
pub(crate) enum HoldCommand {
    /// Suspend deletion: legal hold or restriction (GDPR Art. 17(3), 18)
    Add(HoldAdd),
    /// List suspensions; the person or number is never shown
    List {
        /// Released and ended ones too
        #[arg(long)]
        all: bool,
    },
    /// End a suspension
    Release {
        /// Id, for example H3
        id: String,
        /// Who releases it
        #[arg(long, value_name = "NAME")]
        by: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// `gdpr4k hold add`
#[derive(ClapArgs)]
#[command(group(clap::ArgGroup::new("what").required(true).multiple(true).args(["person", "number", "cluster", "path"])))]
#[command(group(clap::ArgGroup::new("end").required(true).args(["until", "review"])))]
pub(crate) struct HoldAdd {
    /// A person: an id of `subject find`, or a name or number that only one person answers to
    #[arg(long, value_name = "P", conflicts_with = "number")]
    pub(crate) person: Option<String>,
    /// A number in any notation; kept sealed
    #[arg(long, value_name = "N")]
    pub(crate) number: Option<String>,
    /// A kind of data, for example call-detail-outgoing
    #[arg(long)]
    pub(crate) cluster: Option<String>,
    /// Files, for example "cdr/nord/*.txt"
    #[arg(long, value_name = "GLOB")]
    pub(crate) path: Option<String>,
    /// First start day
    #[arg(long, value_name = "D")]
    pub(crate) from: Option<NaiveDate>,
    /// Last start day
    #[arg(long, value_name = "D")]
    pub(crate) to: Option<NaiveDate>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    /// Case or file reference
    #[arg(long, value_name = "ID")]
    pub(crate) case: String,
    /// Who asks for it
    #[arg(long, value_name = "NAME")]
    pub(crate) by: String,
    /// Ends by itself after this day
    #[arg(long, value_name = "D")]
    pub(crate) until: Option<NaiveDate>,
    /// Somebody looks at it again on this day; it does not end by itself
    #[arg(long, value_name = "D")]
    pub(crate) review: Option<NaiveDate>,
}

/// `gdpr4k approver`
#[derive(ClapArgs)]
pub(crate) struct Approver {
    #[command(subcommand)]
    pub(crate) command: ApproverCommand,
}

/// Who may approve.
#[derive(Subcommand)]
pub(crate) enum ApproverCommand {
    /// Let somebody approve
    Add {
        /// The principal, for example an e-mail address
        name: String,
        /// File with the public key in OpenSSH form, for example id_ed25519.pub
        #[arg(long, value_name = "PUBKEY")]
        key: PathBuf,
    },
    /// List who may approve
    List,
    /// Take the right away
    Remove {
        /// The principal
        name: String,
    },
}

/// `gdpr4k key`
#[derive(ClapArgs)]
pub(crate) struct Key {
    #[command(subcommand)]
    pub(crate) command: KeyCommand,
    /// File with the passphrase of the keys
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
}

/// What to do with pseudonymisation keys.
#[derive(Subcommand)]
pub(crate) enum KeyCommand {
    /// Make the keys of the site: one to sign the ledger, one per domain for the current quarter
    Init,
    /// List the keys by domain and period; never their content
    Status,
    /// Start a new key for a domain and period; the old one still opens its own tokens
    Rotate(KeyOf),
    /// Destroy every key of a domain and period: its tokens can never be resolved again
    Destroy {
        #[command(flatten)]
        of: KeyOf,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Who decided it
        #[arg(long, value_name = "NAME")]
        by: String,
        /// Needed, because nothing brings a key back
        #[arg(long)]
        yes: bool,
    },
}

/// A domain and a period.
#[derive(ClapArgs)]
pub(crate) struct KeyOf {
    /// Domain: accounting or performance
    #[arg(long, default_value = "accounting")]
    pub(crate) domain: String,
    /// Quarter, for example 2026-Q3; the current one if not given
    #[arg(long, value_name = "QUARTER")]
    pub(crate) period: Option<String>,
}

/// `gdpr4k pseudonym`
#[derive(ClapArgs)]
pub(crate) struct Pseudonym {
    #[command(subcommand)]
    pub(crate) command: PseudonymCommand,
}

/// What to do with tokens.
#[derive(Subcommand)]
pub(crate) enum PseudonymCommand {
    /// Say which number a token stands for: two approvers, a reason, and an entry in the ledger
    Resolve {
        /// The token, for example z4k9
        token: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Private keys of two different approvers
        #[arg(long, value_name = "KEY", required = true)]
        key: Vec<PathBuf>,
        /// Domain of the token
        #[arg(long, default_value = "accounting")]
        domain: String,
        /// Quarter of the record, for example 2026-Q3; every living key if not given
        #[arg(long, value_name = "QUARTER")]
        period: Option<String>,
        /// File with the passphrase of the keys
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
    },
}

/// `gdpr4k ledger`
#[derive(ClapArgs)]
pub(crate) struct Ledger {
    #[command(subcommand)]
    pub(crate) command: LedgerCommand,
}

/// What to do with the tamper-evident log.
#[derive(Subcommand)]
pub(crate) enum LedgerCommand {
    /// Show the entries
    Show {
        /// Only the last ones
        #[arg(long, value_name = "N")]
        last: Option<usize>,
    },
    /// Find any altered, missing or reordered entry
    Verify,
}

/// `gdpr4k schedule`
#[derive(ClapArgs)]
pub(crate) struct Schedule {
    /// For which scheduler
    #[arg(value_enum)]
    pub(crate) scheduler: Scheduler,
    /// Time of day
    #[arg(long, value_name = "HH:MM", default_value = "03:00")]
    pub(crate) at: String,
    /// User that the job runs as
    #[arg(long, value_name = "NAME", default_value = "gdpr4k")]
    pub(crate) user: String,
}

/// A scheduler.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scheduler {
    /// A hardened service and a timer
    Systemd,
    /// A line for crontab
    Cron,
    /// A task for the Task Scheduler (XML)
    Windows,
}

/// `gdpr4k metrics`
#[derive(ClapArgs)]
pub(crate) struct Metrics {
    /// Write here, whole or not at all, instead of to standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) textfile: Option<PathBuf>,
}
