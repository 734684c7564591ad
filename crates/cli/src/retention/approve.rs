//! Approvals: signatures over a plan, or over the rules themselves.

use std::path::Path;

use gdpr4k_engine::retention::Refused;
use gdpr4k_model::retention::ApprovalMark;
use gdpr4k_policy::plan::policy_digest;
use gdpr4k_store::approve::{self, Approvals, Signers};
use gdpr4k_store::effects::Effects;
use serde_json::json;

use super::{Desk, read_plan};
use crate::approver::list_of;
use crate::books::Books;
use crate::keys::passphrase;
use crate::output::{Exit, Failure, say};

pub(super) fn approve(
    desk: &Desk<'_>,
    plan: Option<&Path>,
    name: &str,
    key: &Path,
    passphrase_file: Option<&Path>,
) -> Result<Exit, Failure> {
    let signers = Signers::read(&list_of(&desk.opened))?;
    let secret = passphrase(passphrase_file)?;
    let sign = |document: &[u8]| {
        approve::sign(
            document,
            name,
            key,
            || secret.clone(),
            &signers,
            chrono::Utc::now(),
        )
    };
    let books = desk.books()?;
    let needed = needed(desk);
    match plan {
        Some(path) => {
            let (bytes, plan) = read_plan(path)?;
            let signature = sign(&bytes)?;
            let written = approve::keep_signature(path, name, &signature, &Effects::real())?;
            books.append(
                "plan-approved",
                json!({ "plan": plan.plan, "by": name, "due": plan.totals.due }),
            )?;
            say(&format!(
                "plan {} approved by {name}: {}",
                plan.plan,
                written.display()
            ))?;
            let valid = checked(&bytes, &approve::signatures_beside(path)?, &signers)
                .valid
                .len();
            if valid < needed {
                say(&format!(
                    "{valid} of {needed} approvals; another person has to approve"
                ))?;
            } else {
                say(&format!("next: gdpr4k retention apply {}", path.display()))?;
            }
        }
        None => {
            let document = standing_document(desk)?;
            let signature = sign(document.as_bytes())?;
            let policy = standing_digest(&document);
            books.state.keep_standing(&policy, &document, &signature)?;
            books.append(
                "policy-approved",
                json!({ "policy": policy_digest(&desk.policy), "by": name, "document": policy }),
            )?;
            say(&format!(
                "the rules and limits of {} are approved by {name} for unattended runs",
                desk.opened.site.head.name
            ))?;
            match standing_of(desk, &books)? {
                Ok(_) => say("next: gdpr4k schedule systemd")?,
                Err(_) => say(&format!(
                    "{needed} approvals are needed; another person has to approve"
                ))?,
            }
        }
    }
    Ok(Exit::Done)
}

/// The approvals of a plan, or why they are too few.
pub(super) fn of_plan(
    desk: &Desk<'_>,
    path: &Path,
    bytes: &[u8],
) -> Result<Result<Vec<ApprovalMark>, Refused>, Failure> {
    let signers = Signers::read(&list_of(&desk.opened))?;
    let approvals = checked(bytes, &approve::signatures_beside(path)?, &signers);
    let (found, needed) = (approvals.valid.len(), needed(desk));
    if found < needed {
        return Ok(Err(Refused::Approval {
            found,
            needed,
            why: why(&approvals),
        }));
    }
    Ok(Ok(marks(&approvals, false)))
}

/// The standing approvals of the rules and limits that hold now, or why there are too few.
pub(super) fn standing_of(
    desk: &Desk<'_>,
    books: &Books,
) -> Result<Result<Vec<ApprovalMark>, Refused>, Failure> {
    let signers = Signers::read(&list_of(&desk.opened))?;
    let document = standing_document(desk)?;
    let kept = books.state.standing(&standing_digest(&document))?;
    let signatures: Vec<(String, String)> = kept
        .iter()
        .filter(|s| s.document == document)
        .map(|s| (format!("of {}", s.added_at), s.signature.clone()))
        .collect();
    let approvals = checked(document.as_bytes(), &signatures, &signers);
    if approvals.valid.len() < needed(desk) {
        return Ok(Err(Refused::Standing {
            why: why(&approvals),
        }));
    }
    Ok(Ok(marks(&approvals, true)))
}

fn needed(desk: &Desk<'_>) -> usize {
    usize::from(desk.opened.site.retention.approvals.max(1))
}

fn checked(document: &[u8], signatures: &[(String, String)], signers: &Signers) -> Approvals {
    approve::verify(document, signatures, signers, chrono::Utc::now())
}

fn why(approvals: &Approvals) -> String {
    let reasons: Vec<String> = approvals
        .rejected
        .iter()
        .map(|r| format!("{}: {}", r.place, r.why))
        .collect();
    match reasons.is_empty() {
        true => String::new(),
        false => format!("; not counted: {}", reasons.join("; ")),
    }
}

fn marks(approvals: &Approvals, standing: bool) -> Vec<ApprovalMark> {
    approvals
        .valid
        .iter()
        .map(|a| ApprovalMark {
            principal: a.principal.clone(),
            key: a.fingerprint.clone(),
            standing,
        })
        .collect()
}

/// What a standing approval signs: the rules, their limits, and which files they reach.
fn standing_document(desk: &Desk<'_>) -> Result<String, Failure> {
    let site = &desk.opened.site;
    let sources: Vec<_> = site
        .sources
        .iter()
        .filter(|s| s.writable)
        .map(|s| {
            json!({ "kind": s.kind.id(), "paths": s.paths, "purpose": s.purpose.id(), "node": s.node,
                    "settle_seconds": s.settle.map(|t| t.seconds) })
        })
        .collect();
    let document = json!({
        "what": "gdpr4k standing approval: unattended runs may carry out what these rules make due, inside these limits",
        "site": site.head.name,
        "pack": site.head.pack,
        "policy": policy_digest(&desk.policy),
        "catalogue": desk.catalogue.digest(),
        "max_share": site.retention.max_share,
        "max_count": site.retention.max_count,
        "approvals": site.retention.approvals,
        "small_cell_k": site.retention.small_cell_k,
        "dominance": site.retention.dominance,
        "sources": sources,
    });
    serde_json::to_string_pretty(&document).map_err(Failure::environment)
}

fn standing_digest(document: &str) -> String {
    gdpr4k_store::digest(document.as_bytes())
}
