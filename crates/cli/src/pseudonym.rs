//! `gdpr4k pseudonym resolve`: which number a token stands for. Two approvers, a reason, and an entry in the ledger.

use std::collections::BTreeMap;

use gdpr4k_model::retention::Quarter;
use gdpr4k_policy::mask::Numbers;
use gdpr4k_policy::token::{TokenKeys, is_token};
use gdpr4k_store::approve::{self, Signers};
use serde::Serialize;
use serde_json::json;

use crate::approver::list_of;
use crate::args::retention::{Pseudonym, PseudonymCommand};
use crate::args::{Common, Format};
use crate::books::Books;
use crate::keys::{open as open_keys, passphrase};
use crate::output::{Exit, Failure, now, say, say_json, table};
use crate::site;

/// A number that a token may stand for.
#[derive(Serialize)]
struct Candidate {
    number: String,
    period: String,
    generation: u32,
}

#[derive(Serialize)]
struct Resolved<'a> {
    candidates: &'a [Candidate],
    approved_by: &'a [String],
}

pub(crate) fn run(common: &Common, args: &Pseudonym) -> Result<Exit, Failure> {
    let PseudonymCommand::Resolve {
        token,
        reason,
        key,
        domain,
        period,
        passphrase_file,
    } = &args.command;
    let opened = site::open(common)?;
    if !is_token(token.as_bytes()) {
        return Err(Failure::usage(
            "TOKEN - no token (expected z and characters of 0-9a-z) - copy it from the record",
        ));
    }
    let quarter: Option<Quarter> = match period {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| {
            Failure::usage("--period - no quarter (expected for example 2026-Q3) - correct it")
        })?),
    };
    let books = Books::open(&opened, passphrase_file.as_deref())?;
    let signers = Signers::read(&list_of(&opened))?;
    let request =
        json!({ "what": "resolve a pseudonym", "site": opened.site.head.name, "domain": domain,
                          "period": period, "reason": reason, "at": now() })
        .to_string();
    let secret = passphrase(passphrase_file.as_deref())?;
    let mut signatures = Vec::new();
    for key in key {
        // whoever the key belongs to in the list of approvers signs the request
        let names: Vec<String> = signers
            .list()
            .iter()
            .flat_map(|s| s.principals.clone())
            .collect();
        let signed = names.iter().find_map(|name| {
            approve::sign(
                request.as_bytes(),
                name,
                key,
                || secret.clone(),
                &signers,
                chrono::Utc::now(),
            )
            .ok()
        });
        signatures.extend(signed.map(|s| (key.display().to_string(), s)));
    }
    let approvals = approve::verify(
        request.as_bytes(),
        &signatures,
        &signers,
        chrono::Utc::now(),
    );
    let by: Vec<String> = approvals
        .valid
        .iter()
        .map(|a| a.principal.clone())
        .collect();
    if by.len() < 2 {
        books.append(
            "pseudonym-refused",
            json!({ "domain": domain, "period": period, "by": by }),
        )?;
        return Err(Failure::refused(format!(
            "resolve - {} valid approvers (expected 2 different ones) - give --key twice, with private keys of two approvers",
            by.len()
        )));
    }
    // the ledger knows before the answer is given, and never what it was
    books.append(
        "pseudonym-resolved",
        json!({ "domain": domain, "period": period, "by": by, "reason": reason }),
    )?;
    let ring = open_keys(&opened, passphrase_file.as_deref())?;
    let longest = Numbers::new(opened.site.plans()).longest_station();
    let mut quarters: BTreeMap<Quarter, ()> = BTreeMap::new();
    for status in ring.status()? {
        if status.domain == *domain && status.destroyed_at.is_none() {
            quarters.extend(status.period.parse().ok().map(|q: Quarter| (q, ())));
        }
    }
    let mut candidates = Vec::new();
    for (q, ()) in quarters
        .into_iter()
        .filter(|(q, ())| quarter.is_none_or(|w| w == *q))
    {
        for key in ring.keys(domain, q)? {
            let tokens = TokenKeys::new(0, key.expose(), longest);
            for number in tokens.stations_of(token.as_bytes()) {
                candidates.push(Candidate {
                    number,
                    period: q.to_string(),
                    generation: key.generation(),
                });
            }
        }
    }
    match common.format {
        Format::Json => say_json(
            "pseudonym",
            &Resolved {
                candidates: &candidates,
                approved_by: &by,
            },
        )?,
        Format::Text if candidates.is_empty() => say(
            "no living key gives an own station for this token: it stands for an outside number, a text, or its key is destroyed",
        )?,
        Format::Text => {
            let rows: Vec<Vec<String>> = candidates
                .iter()
                .map(|c| vec![c.number.clone(), c.period.clone(), c.generation.to_string()])
                .collect();
            say(&table(&["number", "period", "generation"], &rows, &[2]))?;
            say(
                "\nof the quarter of the record only one is right; the others are what other keys make of the same characters",
            )?;
        }
    }
    Ok(if candidates.is_empty() {
        Exit::Attention
    } else {
        Exit::Done
    })
}
