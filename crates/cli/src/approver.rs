//! `gdpr4k approver`: the list of those who may approve, in OpenSSH's own form.

use std::path::PathBuf;

use gdpr4k_store::approve::{self, Signer, Signers};
use gdpr4k_store::effects::Effects;
use serde::Serialize;
use serde_json::json;

use crate::args::retention::{Approver, ApproverCommand};
use crate::args::{Common, Format};
use crate::books::Books;
use crate::output::{Exit, Failure, say, say_json, table};
use crate::site::{self, Opened};

pub(crate) fn run(common: &Common, args: &Approver) -> Result<Exit, Failure> {
    let opened = site::open(common)?;
    let file = list_of(&opened);
    match &args.command {
        ApproverCommand::List => {}
        ApproverCommand::Add { name, key } => {
            let books = Books::open(&opened, None)?;
            let signer = approve::add(&file, name, key, &Effects::real())?;
            books.append(
                "approver-added",
                json!({ "name": name, "key": signer.fingerprint }),
            )?;
        }
        ApproverCommand::Remove { name } => {
            let books = Books::open(&opened, None)?;
            let keys = approve::remove(&file, name, &Effects::real())?;
            books.append("approver-removed", json!({ "name": name, "keys": keys }))?;
        }
    }
    list(common, &opened, &Signers::read(&file)?)
}

/// The allowed-signers file of a site; `allowed_signers` where the site file names none.
pub(crate) fn list_of(opened: &Opened) -> PathBuf {
    let name = opened.site.approvals.signers.as_deref();
    opened.folder.root().join(name.unwrap_or("allowed_signers"))
}

#[derive(Serialize)]
struct Listed<'a> {
    approvers: &'a [Signer],
    needed: u8,
}

fn list(common: &Common, opened: &Opened, signers: &Signers) -> Result<Exit, Failure> {
    let approvers = signers.list();
    let needed = opened.site.retention.approvals;
    match common.format {
        Format::Json => say_json("approvers", &Listed { approvers, needed })?,
        Format::Text if approvers.is_empty() => {
            say("nobody may approve yet\nnext: gdpr4k approver add NAME --key PUBKEY")?;
        }
        Format::Text => {
            let day = |d: Option<chrono::DateTime<chrono::Utc>>| {
                d.map_or_else(|| "-".to_owned(), |d| d.date_naive().to_string())
            };
            let rows: Vec<Vec<String>> = approvers
                .iter()
                .map(|s| {
                    vec![
                        s.principals.join(","),
                        s.fingerprint.clone(),
                        day(s.valid_before),
                    ]
                })
                .collect();
            say(&table(&["approver", "key", "valid until"], &rows, &[]))?;
            say(&format!("\na plan needs {needed} of them"))?;
        }
    }
    Ok(Exit::Done)
}
