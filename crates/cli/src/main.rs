//! `gdpr4k`: where personal data lie in an OpenScape 4000, and how long they may.
//!
//! Arguments, progress and exit codes; every rule lives in the other crates.

mod approver;
mod args;
mod books;
mod catalogue;
mod demo;
mod explain;
mod hold;
mod init;
mod keys;
mod layout;
mod ledger;
mod output;
mod policy;
mod pseudonym;
mod quick;
mod report;
mod retention;
mod scan;
mod schedule;
mod site;

use std::process::ExitCode;

use clap::FromArgMatches as _;

use args::{Args, Command};
use output::{Exit, Failure};

fn main() -> ExitCode {
    // a panic text can carry a value of a person: only its place is shown
    std::panic::set_hook(Box::new(|info| {
        let place = info
            .location()
            .map_or_else(String::new, |l| format!(" at {}:{}", l.file(), l.line()));
        eprintln!(
            "gdpr4k - defect in the program{place} - please report this line and the command, not your data"
        );
    }));
    let args = Args::from_arg_matches(&args::command().get_matches()).unwrap_or_else(|e| e.exit());
    let level = match (args.common.quiet, args.common.verbose) {
        (true, _) => tracing::Level::ERROR,
        (false, 0) => tracing::Level::WARN,
        (false, 1) => tracing::Level::INFO,
        (false, _) => tracing::Level::DEBUG,
    };
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(std::io::stderr)
        .without_time()
        .with_target(false)
        .init();
    match std::panic::catch_unwind(|| run(&args)) {
        Ok(Ok(exit)) => exit.code(),
        Ok(Err(failure)) => {
            eprintln!("{failure}");
            failure.exit.code()
        }
        Err(_) => ExitCode::from(101),
    }
}

fn run(args: &Args) -> Result<Exit, Failure> {
    let common = &args.common;
    match &args.command {
        Command::Init(a) => init::run(a),
        Command::Demo(a) => demo::run(common, a),
        Command::Scan(a) => scan::run(common, a),
        Command::Report(a) => report::run(common, a),
        Command::Layout(a) => layout::run(common, a),
        Command::Catalogue(a) => catalogue::run(common, a),
        Command::Policy(a) => policy::run(common, a),
        Command::Retention(a) => retention::run(common, a),
        Command::Metrics(a) => retention::metrics(common, a),
        Command::Hold(a) => hold::run(common, a),
        Command::Pseudonym(a) => pseudonym::run(common, a),
        Command::Approver(a) => approver::run(common, a),
        Command::Key(a) => keys::run(common, a),
        Command::Ledger(a) => ledger::run(common, a),
        Command::Schedule(a) => schedule::run(common, a),
        Command::Explain(a) => explain::run(common, a),
        Command::Completions(a) => args::completions(a),
        Command::Man => args::man(),
    }
}
