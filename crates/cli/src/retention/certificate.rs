//! The certificate of a run: a page, the data that it says, and a signature that anybody can check.

use std::path::Path;

use gdpr4k_model::retention::{Certificate, CertifiedRule, LedgerPlace, Run, RunOutcome};
use gdpr4k_model::{Lang, Text};
use gdpr4k_policy::sentence;
use gdpr4k_report::html;
use gdpr4k_store::files::write_document;
use gdpr4k_store::signing::Namespace;
use serde::Serialize;
use serde_json::json;

use super::Desk;
use crate::ledger;
use crate::output::{Exit, Failure, VERSION, now, say, schema_id};

#[derive(Serialize)]
struct Document<'a> {
    schema: String,
    tool_version: &'a str,
    generated_at: &'a str,
    #[serde(flatten)]
    certificate: &'a Certificate,
}

pub(super) fn write(desk: &Desk<'_>, id: &str, out: &Path) -> Result<Exit, Failure> {
    let books = desk.books()?;
    let kept = match id {
        "last" => books.state.runs(50)?.into_iter().find(|r| {
            r.report
                .as_ref()
                .is_some_and(|r| r["outcome"] != RunOutcome::Refused.id())
        }),
        id => books.state.run(id)?,
    };
    let Some(report) = kept.and_then(|r| r.report) else {
        return Err(Failure::usage(format!(
            "{id} - no finished run of this id - gdpr4k ledger show lists them"
        )));
    };
    let place = |key: &str| report[key].clone();
    let (entry, hash) = (place("ledger_entry"), place("ledger_hash"));
    let run: Run = serde_json::from_value(report).map_err(Failure::environment)?;
    let check = ledger::check(&desk.opened, &books.state)?;
    let certificate = Certificate {
        site: desk.opened.site.head.name.clone(),
        controller: desk.opened.site.controller.name.clone(),
        pack: format!("{} {}", desk.policy.pack.id, desk.policy.pack.version),
        rules: rules(desk, &run),
        suspensions: desk
            .with(&books, gdpr4k_engine::retention::status)?
            .suspensions
            .len() as u64,
        ledger: LedgerPlace {
            entry: entry.as_u64().unwrap_or(0),
            hash: hash.as_str().unwrap_or_default().to_owned(),
            entries: check.entries,
            intact: check.faults.is_empty(),
            key: books.key.fingerprint(),
        },
        not_covered: not_covered(desk),
        run,
    };
    let at = now();
    let mut text = serde_json::to_vec_pretty(&Document {
        schema: schema_id("certificate"),
        tool_version: VERSION,
        generated_at: &at,
        certificate: &certificate,
    })
    .map_err(Failure::environment)?;
    text.push(b'\n');
    let signature = books.key.sign(Namespace::Certificate, &text)?;
    let signers = format!(
        "site namespaces=\"{}\" {}\n",
        Namespace::Certificate.id(),
        books.key.public_line().trim_end()
    );
    let put = |name: &str, bytes: &[u8]| write_document(&out.join(name), bytes);
    put("certificate.json", &text)?;
    put("certificate.json.sig", signature.as_bytes())?;
    put("certificate.signers", signers.as_bytes())?;
    for lang in [Lang::De, Lang::En] {
        let page = html::certificate(&certificate, &at, VERSION, lang)
            .map_err(|e| Failure::environment(format!("certificate - {e}")))?;
        put(
            &format!("certificate.{}.html", lang.code()),
            page.as_bytes(),
        )?;
    }
    books.append(
        "certificate-written",
        json!({ "run": certificate.run.run, "digest": gdpr4k_store::digest(&text) }),
    )?;
    say(&format!(
        "certificate of run {} in {}; signed with {}\nnext: open {} in a browser",
        certificate.run.run,
        out.display(),
        certificate.ledger.key,
        out.join(format!(
            "certificate.{}.html",
            desk.opened.site.head.language.code()
        ))
        .display()
    ))?;
    Ok(if certificate.ledger.intact {
        Exit::Done
    } else {
        Exit::Attention
    })
}

/// The rules of what was treated. They are those of today: a run of other rules says so by its digest.
fn rules(desk: &Desk<'_>, run: &Run) -> Vec<CertifiedRule> {
    if run.policy != gdpr4k_policy::plan::policy_digest(&desk.policy) {
        return Vec::new();
    }
    let of = |cluster: &str| desk.policy.rule(cluster);
    run.clusters
        .iter()
        .filter_map(|c| of(&c.cluster))
        .map(|rule| CertifiedRule {
            cluster: rule.cluster.clone(),
            name: rule.name.clone(),
            sentence: Text {
                en: sentence(rule, Lang::En),
                de: sentence(rule, Lang::De),
            },
        })
        .collect()
}

/// What no run of this program reaches.
fn not_covered(desk: &Desk<'_>) -> Vec<Text> {
    let text = |en: &str, de: &str| Text {
        en: en.to_owned(),
        de: de.to_owned(),
    };
    let mut all = vec![
        text(
            "backups and snapshots of the files, of this site folder and of its volume",
            "Sicherungen und Schnappschüsse der Dateien, dieses Ordners und seines Datenträgers",
        ),
        text(
            "freed blocks of the disk, and worn or spare blocks of an SSD: the file system forgets a file, the medium may not",
            "freigegebene Blöcke der Festplatte sowie verschlissene oder Reserveblöcke einer SSD: Das Dateisystem vergisst eine Datei, das Medium nicht unbedingt",
        ),
        text(
            "the buffers of the telephone system itself, its Assistant and Manager, and copies that were exported or sent before",
            "die Puffer der Telefonanlage selbst, Assistant und Manager sowie früher exportierte oder versandte Kopien",
        ),
    ];
    let locked: Vec<&str> = desk
        .opened
        .site
        .sources
        .iter()
        .filter(|s| !s.writable)
        .map(|s| s.kind.id())
        .collect();
    if !locked.is_empty() {
        let mut kinds = locked;
        kinds.sort_unstable();
        kinds.dedup();
        let kinds = kinds.join(", ");
        all.push(text(
            &format!("sources that are not writable in site.toml: {kinds}"),
            &format!("Quellen, die in site.toml nicht beschreibbar sind: {kinds}"),
        ));
    }
    all
}
