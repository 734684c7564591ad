//! The command line.

pub(crate) mod retention;

use std::path::PathBuf;

use chrono::{Datelike as _, NaiveDate};
use clap::{Args as ClapArgs, CommandFactory as _, Parser, Subcommand, ValueEnum};

use crate::output::{EXIT_HELP, Exit, Failure, say};

/// Where personal data lie in an OpenScape 4000, and how long they may.
///
/// Point it at a folder of exports: it reads them where they lie, keeps no copy of them,
/// and shows a data protection officer what is where, since when, and what is wrong with it.
#[derive(Parser)]
#[command(
    name = "gdpr4k",
    version,
    propagate_version = true,
    max_term_width = 80
)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The command line: the help of every command, however deep, ends with the exit codes.
pub(crate) fn command() -> clap::Command {
    fn with_codes(command: clap::Command) -> clap::Command {
        command.after_help(EXIT_HELP).mut_subcommands(with_codes)
    }
    with_codes(Args::command())
}

/// Options of every command.
#[derive(ClapArgs)]
pub(crate) struct Common {
    /// Site file
    #[arg(long, global = true, value_name = "FILE", default_value = "site.toml")]
    pub(crate) site: PathBuf,
    /// Form of the answer on standard output
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Day that ages are judged by, instead of today (YYYY-MM-DD)
    #[arg(long, global = true, value_name = "DATE")]
    pub(crate) as_of: Option<NaiveDate>,
    /// Say more on standard error; twice for still more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Say nothing on standard error but errors
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// No progress bar
    #[arg(long, global = true)]
    pub(crate) no_progress: bool,
}

/// Form of an answer.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// For programs; the schema is published
    Json,
}

/// What to do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Write a commented site folder
    Init(Init),
    /// Write an invented site of any size, with a list of what is planted where
    Demo(Demo),
    /// Read everything once and update the inventory
    ///
    /// With paths inside a site: read only these and change nothing in the state.
    /// With paths and no site file: a quick look that recognises the formats by itself.
    Scan(Scan),
    /// Write documents from the inventory of the last scan
    Report(Report),
    /// Layouts of call records: list, recognise, check, compile
    Layout(Layout),
    /// The built-in knowledge: systems, stores, fields, flows, measures ...
    Catalogue(Catalogue),
    /// Legal packs and the rules of the site
    Policy(Policy),
    /// Delete and pseudonymise what is due: plan, approve, apply, verify
    Retention(retention::Retention),
    /// Suspend deletion for a person, number, file or kind of data
    Hold(retention::Hold),
    /// Who may approve
    Approver(retention::Approver),
    /// Pseudonymisation keys by domain and period
    Key(retention::Key),
    /// Tokens and the numbers behind them
    Pseudonym(retention::Pseudonym),
    /// The tamper-evident log
    Ledger(retention::Ledger),
    /// Print units that call `retention run` every night
    Schedule(retention::Schedule),
    /// Figures for monitoring, in the text format of Prometheus and OpenMetrics
    Metrics(retention::Metrics),
    /// Why a place in a file is personal data and until when; or what a finding means and what to do
    ///
    /// For files: every hit with its columns, without its value, and the chain rule, element, cluster,
    /// deletion rule, due day. People are those that the site's directory sources name.
    Explain(Explain),
    /// Print a completion script
    Completions(Completions),
    /// Print the manual page
    Man,
}

/// `gdpr4k init`
#[derive(ClapArgs)]
pub(crate) struct Init {
    /// Folder to write; must not hold a site file yet
    pub(crate) dir: PathBuf,
}

/// The records of a site may reach back ten years, and no call before 1980 is believed.
fn last_day(text: &str) -> Result<NaiveDate, String> {
    let day: NaiveDate = text.parse().map_err(|_| "not a date".to_owned())?;
    if (1990..=9999).contains(&day.year()) {
        Ok(day)
    } else {
        Err("not from 1990 to 9999".to_owned())
    }
}

/// `gdpr4k demo`
#[derive(ClapArgs)]
pub(crate) struct Demo {
    /// Folder to write; must be empty or not exist
    pub(crate) dir: PathBuf,
    /// Number of people on the first day; those whose stories are planted are always there (14)
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=200_000))]
    pub(crate) persons: u32,
    /// Days of call records
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=3660))]
    pub(crate) days: u32,
    /// Same seed, same site
    #[arg(long, default_value_t = 4000)]
    pub(crate) seed: u64,
    /// Last day of the site (YYYY-MM-DD), from 1990 on
    #[arg(long, value_name = "DATE", default_value = "2026-10-31", value_parser = last_day)]
    pub(crate) end: NaiveDate,
}

/// `gdpr4k scan`
#[derive(ClapArgs)]
pub(crate) struct Scan {
    /// Files or folders
    pub(crate) paths: Vec<PathBuf>,
}

/// `gdpr4k report`
#[derive(ClapArgs)]
pub(crate) struct Report {
    /// Which document
    #[arg(value_enum)]
    pub(crate) kind: ReportKind,
    /// Folder to write
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Read everything first, as `gdpr4k scan` does
    #[arg(long)]
    pub(crate) scan: bool,
    /// Forms to write
    #[arg(long = "as", value_enum, value_delimiter = ',', value_name = "FORM", default_values_t = [ReportForm::Html, ReportForm::Json, ReportForm::Csv])]
    pub(crate) forms: Vec<ReportForm>,
    /// Languages of the documents (de, en); the language of the site if not given
    #[arg(long, value_enum, value_delimiter = ',', value_name = "LANG")]
    pub(crate) lang: Vec<DocumentLang>,
}

/// A document.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportKind {
    /// Data map: where personal data lie
    Map,
    /// Findings with what to do
    Findings,
}

/// A form of a document.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportForm {
    /// One self-contained page
    Html,
    /// For programs
    Json,
    /// For spreadsheets
    Csv,
}

/// A language of documents.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DocumentLang {
    /// German
    De,
    /// English
    En,
}

/// `gdpr4k layout`
#[derive(ClapArgs)]
pub(crate) struct Layout {
    #[command(subcommand)]
    pub(crate) command: LayoutCommand,
}

/// What to do with layouts.
#[derive(Subcommand)]
pub(crate) enum LayoutCommand {
    /// List the built-in layouts, and those of the site
    List,
    /// Score every known layout on a file and say why
    Detect {
        /// File with call records
        file: PathBuf,
    },
    /// Read a file by one layout and account for every line
    Check {
        /// File with call records
        file: PathBuf,
        /// Layout file, or name of a built-in layout
        #[arg(long)]
        layout: String,
    },
    /// Compile a layout from a REGENERATE-FTBL listing
    FromFtbl {
        /// The listing: plain text, holds no call data
        file: PathBuf,
        /// Layout file to write; standard output if not given
        #[arg(short, long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

/// `gdpr4k catalogue`
#[derive(ClapArgs)]
pub(crate) struct Catalogue {
    #[command(subcommand)]
    pub(crate) command: CatalogueCommand,
}

/// What to do with the catalogue.
#[derive(Subcommand)]
pub(crate) enum CatalogueCommand {
    /// List every entry
    List {
        /// Only one table: system, store, field, flow, use, export, backup, retention, measure, ...
        #[arg(long)]
        table: Option<String>,
    },
    /// Show one entry
    Show {
        /// Id, for example O4K-FLD-CDR-CALLED
        id: String,
    },
    /// Check the built-in catalogue, or the files of a folder in the form of schemas/
    Check {
        /// Folder
        dir: Option<PathBuf>,
    },
}

/// `gdpr4k policy`
#[derive(ClapArgs)]
pub(crate) struct Policy {
    #[command(subcommand)]
    pub(crate) command: PolicyCommand,
}

/// What to do with policies.
#[derive(Subcommand)]
pub(crate) enum PolicyCommand {
    /// List the legal packs
    Packs,
    /// Show the rules of the site, or of a pack
    Show {
        /// Show a pack instead of the site
        #[arg(long)]
        pack: Option<String>,
    },
    /// Check the policy of the site
    Check,
}

/// `gdpr4k explain`
#[derive(ClapArgs)]
pub(crate) struct Explain {
    /// Files, lines of files (FILE:LINE), or finding codes (G4K-013)
    #[arg(required_unless_present = "list", value_name = "FILE[:LINE]|CODE")]
    pub(crate) what: Vec<String>,
    /// List every finding code
    #[arg(long)]
    pub(crate) list: bool,
}

/// `gdpr4k completions`
#[derive(ClapArgs)]
pub(crate) struct Completions {
    /// Shell
    shell: clap_complete::Shell,
}

pub(crate) fn completions(args: &Completions) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command(), "gdpr4k", &mut script);
    say(String::from_utf8_lossy(&script).trim_end())?;
    Ok(Exit::Done)
}

pub(crate) fn man() -> Result<Exit, Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command())
        .render(&mut page)
        .map_err(Failure::environment)?;
    say(String::from_utf8_lossy(&page).trim_end())?;
    Ok(Exit::Done)
}
