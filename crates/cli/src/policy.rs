//! `gdpr4k policy`

use gdpr4k_engine::inventory::in_words;
use gdpr4k_model::catalogue::Pack;
use gdpr4k_model::{Catalogue, Lang, Severity};
use gdpr4k_policy::{self as rules, Policy as Rules};
use serde::Serialize;

use crate::args::{Common, Format, Policy, PolicyCommand};
use crate::output::{Exit, Failure, say, say_json, wrapped};
use crate::site;

pub(crate) fn run(common: &Common, args: &Policy) -> Result<Exit, Failure> {
    let catalogue = Catalogue::builtin();
    match &args.command {
        PolicyCommand::Packs => packs(common, &catalogue),
        PolicyCommand::Show { pack } => show(common, &catalogue, pack.as_deref()),
        PolicyCommand::Check => check(common, &catalogue),
    }
}

#[derive(Serialize)]
struct Packs<'a> {
    notice: &'a str,
    packs: &'a [Pack],
}

fn packs(common: &Common, catalogue: &Catalogue) -> Result<Exit, Failure> {
    match common.format {
        Format::Json => say_json(
            "packs",
            &Packs {
                notice: rules::notice(Lang::En),
                packs: catalogue.packs(),
            },
        )?,
        Format::Text => {
            say(rules::packs_text(catalogue, Lang::En).trim_end())?;
            say("\nnext: gdpr4k policy show --pack ID")?;
        }
    }
    Ok(Exit::Done)
}

fn show(common: &Common, catalogue: &Catalogue, pack: Option<&str>) -> Result<Exit, Failure> {
    let (policy, lang) = match pack {
        Some(id) if catalogue.pack(id).is_none() => {
            return Err(Failure::usage(format!(
                "{id:?} - no pack has this id - see gdpr4k policy packs"
            )));
        }
        Some(pack) => (Rules::resolve(catalogue, pack, &[])?, Lang::En),
        None => {
            let opened = site::open(common)?;
            let head = &opened.site.head;
            (
                Rules::resolve(catalogue, &head.pack, &opened.site.retention.overrides)?,
                Lang::En,
            )
        }
    };
    match common.format {
        Format::Json => say_json("policy", &rules::policy_view(&policy, lang))?,
        Format::Text => say(rules::policy_text(catalogue, &policy, lang).trim_end())?,
    }
    Ok(Exit::Done)
}

fn check(common: &Common, catalogue: &Catalogue) -> Result<Exit, Failure> {
    let opened = site::open(common)?;
    let head = &opened.site.head;
    let policy = Rules::resolve(catalogue, &head.pack, &opened.site.retention.overrides)?;
    let findings = rules::policy_findings(
        catalogue,
        &policy,
        opened.as_of,
        true,
        &head.policy_reference,
    );
    let mut worst = None;
    for finding in &findings {
        let words = in_words(catalogue, finding, Lang::En);
        worst = worst.max(Some(words.severity));
        say(&wrapped(
            &format!("{} {}", words.code, words.message),
            80,
            "",
        ))?;
    }
    say(&format!(
        "the policy is valid: pack {} with {} overrides, {} rules",
        head.pack,
        opened.site.retention.overrides.len(),
        policy.rules.len()
    ))?;
    Ok(if worst >= Some(Severity::Attention) {
        Exit::Attention
    } else {
        Exit::Done
    })
}
