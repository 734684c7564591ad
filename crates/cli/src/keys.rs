//! `gdpr4k key`: pseudonymisation keys by domain and period. Never shows one.

use std::path::Path;

use gdpr4k_model::retention::Quarter;
use gdpr4k_model::site::Purpose;
use gdpr4k_store::effects::Effects;
use gdpr4k_store::keys::{Destruction, KeyRing, KeyStatus};
use serde::Serialize;
use serde_json::json;

use crate::args::retention::{Key, KeyCommand, KeyOf};
use crate::args::{Common, Format};
use crate::books::Books;
use crate::output::{Exit, Failure, say, say_json, table};
use crate::site::{self, Opened};

pub(crate) fn run(common: &Common, args: &Key) -> Result<Exit, Failure> {
    let opened = site::open(common)?;
    let file = args.passphrase_file.as_deref();
    let ring = open(&opened, file)?;
    match &args.command {
        KeyCommand::Init => init(common, &opened, &ring, file),
        KeyCommand::Status => status(common, &ring),
        KeyCommand::Rotate(of) => rotate(common, &opened, &ring, of, file),
        KeyCommand::Destroy {
            of,
            reason,
            by,
            yes,
        } => {
            if !yes {
                return Err(Failure::usage(format!(
                    "{} {} - nothing brings a destroyed key back - add --yes to destroy it",
                    of.domain,
                    of.period.as_deref().unwrap_or("(current quarter)")
                )));
            }
            destroy(common, &opened, &ring, of, (reason, by), file)
        }
    }
}

/// Opens the keys of a site.
///
/// The passphrase, where the keys have one, comes from the file that is named, else from the file in
/// `GDPR4K_PASSPHRASE_FILE`, else from the credential `gdpr4k.passphrase` of systemd.
pub(crate) fn open(opened: &Opened, file: Option<&Path>) -> Result<KeyRing, Failure> {
    let head = &opened.site.head;
    let root = opened.folder.root();
    let passphrase = passphrase(file)?;
    Ok(KeyRing::open(
        &root.join(&head.keys),
        &root.join(&head.state),
        passphrase.as_deref().map(String::as_str),
        &Effects::real(),
    )?)
}

/// A secret in memory; wiped when it goes out of use.
type Secret = zeroize::Zeroizing<String>;

/// The passphrase in a file: its first line.
pub(crate) fn passphrase(file: Option<&Path>) -> Result<Option<Secret>, Failure> {
    let named = std::env::var_os("GDPR4K_PASSPHRASE_FILE").map(std::path::PathBuf::from);
    let credential = std::env::var_os("CREDENTIALS_DIRECTORY")
        .map(|d| Path::new(&d).join("gdpr4k.passphrase"))
        .filter(|p| p.exists());
    let Some(path) = file.map(Path::to_owned).or(named).or(credential) else {
        return Ok(None);
    };
    let text = Secret::new(std::fs::read_to_string(&path).map_err(|e| {
        Failure::environment(format!(
            "{} - cannot read the passphrase ({e}) - check the file and its rights",
            path.display()
        ))
    })?);
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Err(Failure::usage(format!(
            "{} - no passphrase in its first line - write one",
            path.display()
        )));
    }
    Ok(Some(Secret::new(line.to_owned())))
}

/// The domains of a site: one for each purpose that call data are collected for.
const DOMAINS: [Purpose; 2] = [Purpose::Accounting, Purpose::Performance];

fn init(
    common: &Common,
    opened: &Opened,
    ring: &KeyRing,
    file: Option<&Path>,
) -> Result<Exit, Failure> {
    let quarter = Quarter::of(opened.as_of);
    let before = ring.status()?.len();
    for domain in DOMAINS {
        ring.key(domain.id(), quarter)?;
    }
    let books = Books::open(opened, file)?;
    let made = ring.status()?.len() - before;
    if made > 0 {
        books.append(
            "key-made",
            json!({ "period": quarter.to_string(), "keys": made }),
        )?;
    }
    status(common, ring)?;
    if common.format == Format::Text {
        say(
            "\nkeep a copy of the keys folder apart from the backup of the data, and nobody else's hands off it",
        )?;
    }
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct Keys {
    keys: Vec<KeyStatus>,
}

fn status(common: &Common, ring: &KeyRing) -> Result<Exit, Failure> {
    let keys = ring.status()?;
    let problem = keys.iter().any(|k| k.problem.is_some());
    match common.format {
        Format::Json => say_json("keys", &Keys { keys })?,
        Format::Text if keys.is_empty() => say("no keys yet\nnext: gdpr4k key init")?,
        Format::Text => {
            let state = |k: &KeyStatus| match (&k.destroyed_at, &k.problem) {
                (Some(at), _) => format!("destroyed {}", at.get(..10).unwrap_or(at)),
                (None, Some(_)) => "cannot be used".to_owned(),
                (None, None) if k.current => "in use".to_owned(),
                (None, None) => "resolves only".to_owned(),
            };
            let rows: Vec<Vec<String>> = keys
                .iter()
                .map(|k| {
                    vec![
                        k.domain.clone(),
                        k.period.clone(),
                        k.generation.to_string(),
                        state(k),
                        if k.sealed { "yes" } else { "no" }.to_owned(),
                        k.check.get(..12).unwrap_or_default().to_owned(),
                    ]
                })
                .collect();
            say(&table(
                &[
                    "domain",
                    "period",
                    "generation",
                    "state",
                    "passphrase",
                    "check",
                ],
                &rows,
                &[2],
            ))?;
            for k in keys.iter().filter(|k| k.destroyed_at.is_none()) {
                if let Some(problem) = &k.problem {
                    say(&format!("! {problem}"))?;
                }
            }
        }
    }
    Ok(if problem { Exit::Attention } else { Exit::Done })
}

fn quarter(opened: &Opened, of: &KeyOf) -> Result<Quarter, Failure> {
    match &of.period {
        None => Ok(Quarter::of(opened.as_of)),
        Some(text) => text.parse().map_err(|_| {
            Failure::usage("--period - no quarter (expected for example 2026-Q3) - correct it")
        }),
    }
}

fn rotate(
    common: &Common,
    opened: &Opened,
    ring: &KeyRing,
    of: &KeyOf,
    file: Option<&Path>,
) -> Result<Exit, Failure> {
    let quarter = quarter(opened, of)?;
    let books = Books::open(opened, file)?;
    let key = ring.rotate(&of.domain, quarter)?;
    books.append(
        "key-rotated",
        json!({ "domain": of.domain, "period": quarter.to_string(), "generation": key.generation() }),
    )?;
    if common.format == Format::Text {
        say(&format!(
            "new key {}; tokens made from now on differ from earlier ones of the same number",
            key.label()
        ))?;
        return Ok(Exit::Done);
    }
    status(common, ring)
}

#[derive(Serialize)]
struct Destroyed<'a> {
    destroyed: &'a [Destruction],
    not_covered: &'static str,
}

const NOT_COVERED: &str =
    "copies of the key in backups, snapshots and worn blocks of an SSD are not reached";

fn destroy(
    common: &Common,
    opened: &Opened,
    ring: &KeyRing,
    of: &KeyOf,
    (reason, by): (&str, &str),
    file: Option<&Path>,
) -> Result<Exit, Failure> {
    let quarter = quarter(opened, of)?;
    let books = Books::open(opened, file)?;
    let destroyed = ring.destroy(&of.domain, quarter)?;
    for record in &destroyed {
        books.append(
            "key-destroyed",
            json!({
                "domain": record.domain, "period": record.period, "generation": record.generation,
                "fingerprint": record.fingerprint, "check": record.check, "reason": reason, "by": by,
            }),
        )?;
    }
    match common.format {
        Format::Json => say_json(
            "key-destruction",
            &Destroyed {
                destroyed: &destroyed,
                not_covered: NOT_COVERED,
            },
        )?,
        Format::Text if destroyed.is_empty() => {
            say(&format!(
                "no key of {} {quarter} is left to destroy",
                of.domain
            ))?;
        }
        Format::Text => {
            for record in &destroyed {
                say(&format!(
                    "destroyed: {} {} generation {}; its tokens can never be resolved again",
                    record.domain, record.period, record.generation
                ))?;
            }
            say(&format!(
                "not covered: {NOT_COVERED}\nthe records stay personal data until nobody can single a person out of them"
            ))?;
        }
    }
    Ok(if destroyed.is_empty() {
        Exit::Attention
    } else {
        Exit::Done
    })
}
