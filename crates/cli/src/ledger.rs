//! `gdpr4k ledger`

use gdpr4k_store::ledger::{self as book, Entry, Fault, LedgerCheck};
use gdpr4k_store::state::State;
use serde::Serialize;

use crate::args::retention::{Ledger, LedgerCommand};
use crate::args::{Common, Format};
use crate::output::{Exit, Failure, grouped, say, say_json, wrapped};
use crate::site::{self, Opened};

pub(crate) fn run(common: &Common, args: &Ledger) -> Result<Exit, Failure> {
    let opened = site::open(common)?;
    let state = State::open(&opened.folder.root().join(&opened.site.head.state))?;
    match args.command {
        LedgerCommand::Show { last } => show(common, &state, last),
        LedgerCommand::Verify => verify(common, &opened, &state),
    }
}

#[derive(Serialize)]
struct Shown<'a> {
    entries: &'a [Entry],
}

fn show(common: &Common, state: &State, last: Option<usize>) -> Result<Exit, Failure> {
    let all = book::entries(state)?;
    let from = last.map_or(0, |n| all.len().saturating_sub(n));
    let entries = &all[from..];
    match common.format {
        Format::Json => say_json("ledger", &Shown { entries })?,
        Format::Text if all.is_empty() => {
            say("the ledger is empty: nothing has been approved, run or suspended yet")?
        }
        Format::Text => {
            for e in entries {
                let facts = facts(&e.body);
                say(&wrapped(
                    &format!("{} {} {facts}", e.at, e.kind),
                    80,
                    &format!("{:>5}  ", e.n),
                ))?;
            }
            say("\nnext: gdpr4k ledger verify")?;
        }
    }
    Ok(Exit::Done)
}

/// The facts of an entry in one line; lists and tables only by their size.
fn facts(body: &serde_json::Value) -> String {
    let Some(object) = body.as_object() else {
        return String::new();
    };
    object
        .iter()
        .map(|(k, v)| match v {
            serde_json::Value::String(s) if s.len() > 48 => {
                format!("{k}={}...", s.chars().take(16).collect::<String>())
            }
            serde_json::Value::String(s) => format!("{k}={s}"),
            serde_json::Value::Array(a) => format!("{k}=({} entries)", a.len()),
            serde_json::Value::Object(o) => format!(
                "{k}=({})",
                o.iter()
                    .filter(|(_, v)| v.as_u64() != Some(0))
                    .map(|(k, v)| format!("{k}={v}"))
                    .collect::<Vec<_>>()
                    .join(" ")
            ),
            other => format!("{k}={other}"),
        })
        .collect::<Vec<_>>()
        .join(" ")
}

/// Checks the whole ledger.
pub(crate) fn check(opened: &Opened, state: &State) -> Result<LedgerCheck, Failure> {
    let keys = opened.folder.root().join(&opened.site.head.keys);
    Ok(book::verify(state, &keys)?)
}

fn verify(common: &Common, opened: &Opened, state: &State) -> Result<Exit, Failure> {
    let check = check(opened, state)?;
    match common.format {
        Format::Json => say_json("ledger-check", &check)?,
        Format::Text => {
            for fault in &check.faults {
                say(&format!("! {}", words(fault)))?;
            }
            if check.faults.is_empty() {
                say(&format!(
                    "the ledger is intact: {} entries, none altered, missing or out of order",
                    grouped(check.entries)
                ))?;
                if let Some(head) = &check.head {
                    say(&format!("last hash {}; note it elsewhere", head.hash))?;
                }
            } else {
                say(&format!(
                    "NOT INTACT: {} entries, {} faults; treat it as an incident",
                    grouped(check.entries),
                    check.faults.len()
                ))?;
            }
        }
    }
    Ok(if check.faults.is_empty() {
        Exit::Done
    } else {
        Exit::Attention
    })
}

/// A fault in words.
pub(crate) fn words(fault: &Fault) -> String {
    match fault {
        Fault::Unreadable { line } => format!("line {line} is no entry of gdpr4k"),
        Fault::Altered { line } => format!("line {line} was altered: its hash does not fit"),
        Fault::Order {
            line,
            found,
            expected,
        } => format!(
            "line {line} has number {found} (expected {expected}): entries are missing, doubled or out of order"
        ),
        Fault::Chain { line } => format!("line {line} does not continue the one before it"),
        Fault::Signature { line } => format!("line {line} is not signed by the site"),
        Fault::Gap { line } => format!("line {line} says that entries before it were lost"),
        Fault::End { known, found } => {
            format!("the end was cut off or exchanged: {found} entries (expected {known})")
        }
        Fault::HeadMissing { place } => {
            format!("the mark of the last entry is missing in the {place}")
        }
        Fault::Unfinished { line } => {
            format!(
                "line {line} has no end: its writing was interrupted; the next run completes it"
            )
        }
    }
}
