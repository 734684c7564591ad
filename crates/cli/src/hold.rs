//! `gdpr4k hold`: suspensions. The person or number is sealed and never shown again.

use gdpr4k_engine::retention::canonical;
use gdpr4k_engine::subject;
use gdpr4k_model::number::Access;
use gdpr4k_model::retention::Suspension;
use gdpr4k_model::{Catalogue, Sealed};
use gdpr4k_store::holds::{Held, Hold as Kept};
use gdpr4k_store::keys::SealingKey;
use serde::Serialize;
use serde_json::json;

use crate::args::retention::{Hold, HoldAdd, HoldCommand};
use crate::args::{Common, Format};
use crate::books::Books;
use crate::output::{Exit, Failure, now, say, say_json, table};
use crate::site::{self, Opened};

pub(crate) fn run(common: &Common, args: &Hold) -> Result<Exit, Failure> {
    let opened = site::open(common)?;
    let books = Books::open(&opened, None)?;
    let key = SealingKey::open_or_create(&books.keys)?;
    match &args.command {
        HoldCommand::Add(add) => {
            let held = held(&opened, &books, &key, add)?;
            let suspension = checked(add)?;
            let hold = books.state.add_hold(Kept { suspension, held }, &key)?;
            let s = hold.suspension;
            books.append(
                "hold-added",
                json!({ "id": s.id, "case": s.case, "by_number": s.by_number, "cluster": s.cluster, "path": s.path,
                        "from": s.from, "to": s.to, "until": s.until, "review": s.review }),
            )?;
            match common.format {
                Format::Json => say_json("hold", &s)?,
                Format::Text => say(&format!(
                    "suspension {} entered: nothing that it names is changed or deleted until it ends\nnext: gdpr4k retention plan",
                    s.id
                ))?,
            }
            Ok(Exit::Done)
        }
        HoldCommand::List { all } => list(common, &opened, &books, &key, *all),
        HoldCommand::Release { id, by, reason } => {
            let known = books.state.holds(&key)?;
            if !known.iter().any(|h| h.suspension.id == *id) {
                return Err(Failure::usage(format!(
                    "{id} - no suspension has this id - see gdpr4k hold list --all"
                )));
            }
            let s = books.state.release_hold(id, &now(), by, reason, &key)?;
            books.append("hold-released", json!({ "id": s.id, "by": by }))?;
            match common.format {
                Format::Json => say_json("hold", &s)?,
                Format::Text => say(&format!(
                    "suspension {id} released; what it held is due again by its rule\nnext: gdpr4k retention plan"
                ))?,
            }
            Ok(Exit::Done)
        }
    }
}

/// Whom the suspension is for, in the one form that records are compared with.
fn held(
    opened: &Opened,
    books: &Books,
    key: &SealingKey,
    add: &HoldAdd,
) -> Result<Option<Held>, Failure> {
    if let Some(number) = &add.number {
        let party = opened
            .site
            .plans()
            .normalise(0, number.trim().as_bytes(), Access::Plain);
        return canonical(&party)
            .map(|text| Some(Held::Number(Sealed::new(text))))
            .ok_or_else(|| {
                Failure::usage(
                    "--number - no number of a person (expected an extension or a number in any notation) - correct it",
                )
            });
    }
    let Some(query) = &add.person else {
        return Ok(None);
    };
    let id = subject::person_of(&books.state, &books.keys, key, &opened.site, query).map_err(
        |e| match e {
            subject::Error::Store(e) => e.into(),
            other => Failure::usage(format!("--person - {other}")),
        },
    )?;
    Ok(Some(Held::Person(Sealed::new(id))))
}

fn checked(add: &HoldAdd) -> Result<Suspension, Failure> {
    if let Some(cluster) = &add.cluster
        && Catalogue::builtin().cluster(cluster).is_none()
    {
        return Err(Failure::usage(format!(
            "--cluster {cluster:?} - no kind of data has this id - see gdpr4k policy show"
        )));
    }
    if let Some(glob) = &add.path
        && gdpr4k_store::files::globs([glob.as_str()]).is_err()
    {
        return Err(Failure::usage(format!(
            "--path {glob:?} - no pattern - * stays inside a folder, ** does not"
        )));
    }
    if let (Some(from), Some(to)) = (add.from, add.to)
        && from > to
    {
        return Err(Failure::usage(format!(
            "--from {from} --to {to} - an empty time - exchange the days"
        )));
    }
    let empty = |t: &str| t.trim().is_empty();
    if empty(&add.reason) || empty(&add.case) || empty(&add.by) {
        return Err(Failure::usage(
            "--reason, --case, --by - one of them is empty - a suspension says why, for which case and who asked",
        ));
    }
    Ok(Suspension {
        case: add.case.clone(),
        reason: add.reason.clone(),
        by: add.by.clone(),
        added_at: now(),
        cluster: add.cluster.clone(),
        path: add.path.clone(),
        from: add.from,
        to: add.to,
        until: add.until,
        review: add.review,
        ..Suspension::default()
    })
}

#[derive(Serialize)]
struct Listed<'a> {
    holds: &'a [Suspension],
}

fn list(
    common: &Common,
    opened: &Opened,
    books: &Books,
    key: &SealingKey,
    all: bool,
) -> Result<Exit, Failure> {
    let as_of = opened.as_of;
    let active = |s: &Suspension| s.released_at.is_none() && s.until.is_none_or(|u| as_of <= u);
    let holds: Vec<Suspension> = books
        .state
        .holds(key)?
        .into_iter()
        .map(|h| h.suspension)
        .filter(|s| all || active(s))
        .collect();
    let late = |s: &Suspension| active(s) && s.review.is_some_and(|r| r < as_of);
    match common.format {
        Format::Json => say_json("holds", &Listed { holds: &holds })?,
        Format::Text if holds.is_empty() => say("no suspension holds")?,
        Format::Text => {
            let day = |d: Option<chrono::NaiveDate>| d.map(|d| d.to_string());
            let rows: Vec<Vec<String>> = holds
                .iter()
                .map(|s| {
                    let what = [
                        s.by_number.then(|| "a person or number".to_owned()),
                        s.cluster.clone(),
                        s.path.clone(),
                    ];
                    let state = match (&s.released_at, s.until, s.review) {
                        (Some(at), ..) => format!("released {}", at.get(..10).unwrap_or(at)),
                        (_, Some(until), _) if until < as_of => format!("ended {until}"),
                        (_, Some(until), _) => format!("until {until}"),
                        (_, _, Some(review)) if review < as_of => format!("REVIEW PAST {review}"),
                        (_, _, review) => format!("review {}", day(review).unwrap_or_default()),
                    };
                    vec![
                        s.id.clone(),
                        s.case.clone(),
                        what.into_iter().flatten().collect::<Vec<_>>().join(", "),
                        state,
                        s.by.clone(),
                    ]
                })
                .collect();
            say(&table(&["id", "case", "holds", "state", "by"], &rows, &[]))?;
        }
    }
    Ok(if holds.iter().any(late) {
        Exit::Attention
    } else {
        Exit::Done
    })
}
