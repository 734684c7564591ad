//! A rule that says itself in a sentence.

use gdpr4k_model::catalogue::{Action, Grain, Selector, Stage};
use gdpr4k_model::period::Period;
use gdpr4k_model::{Lang, Text};

use crate::resolve::{EffectiveRule, Origin};

/// What stands on every pack and report (law.md, head).
pub const fn notice(lang: Lang) -> &'static str {
    match lang {
        Lang::En => {
            "Starting point, no legal advice: the controller, its data protection officer and, where there is one, the works council confirm every row."
        }
        Lang::De => {
            "Ausgangspunkt, keine Rechtsberatung: Verantwortlicher, Datenschutzbeauftragte und, wo vorhanden, der Betriebsrat bestätigen jede Zeile."
        }
    }
}

/// The rule in one sentence: steps, end, ceiling or fallback, source with its evidence mark.
pub fn sentence(rule: &EffectiveRule, lang: Lang) -> String {
    let mut parts: Vec<String> = rule.stages.iter().map(|s| stage(s, lang)).collect();
    parts.push(end(rule, lang));
    if let Some(period) = rule.blocked_for {
        let words = period.words(lang);
        parts.push(match lang {
            Lang::En => format!("destroyed {words} after that"),
            Lang::De => format!("vernichtet {words} danach"),
        });
    }
    let mut text = format!("{}: {}", rule.name.get(lang), parts.join(", "));
    if !rule.fallback.at_latest && !rule.starts_with.in_record {
        let unknown = pick(
            lang,
            (
                "where that day is not known,",
                "wo dieser Tag unbekannt ist,",
            ),
        );
        text += &format!("; {unknown} {}", fallback(rule, lang));
    }
    text += &format!(
        "; {}: {} [{}]",
        pick(lang, ("source", "Quelle")),
        rule.legal_ref,
        rule.mark
    );
    let changed = match rule.origin {
        Origin::Pack => return text,
        Origin::Stricter => ("stricter than the pack", "strenger als das Paket"),
        Origin::Longer => ("longer than the pack", "länger als das Paket"),
    };
    text += &format!("; {}", pick(lang, changed));
    if !rule.justification.is_empty() {
        text += &format!(": {}", rule.justification);
    }
    text
}

/// The end of a rule in words: `deleted 3 months after the cost statement, at the latest 6 months after the call`.
pub(crate) fn end(rule: &EffectiveRule, lang: Lang) -> String {
    let verb = pick(lang, ending(rule.action));
    let (period, year_end) = (rule.delete_after, rule.from_year_end);
    let regular = ends(period, year_end, &rule.starts_with.name, lang);
    if !rule.fallback.at_latest {
        return format!("{verb} {regular}");
    }
    let latest = pick(lang, ("at the latest", "spätestens"));
    format!("{verb} {regular}, {latest} {}", fallback(rule, lang))
}

/// The fallback of a rule in words: `6 months after the call`.
pub(crate) fn fallback(rule: &EffectiveRule, lang: Lang) -> String {
    let f = &rule.fallback;
    ends(
        f.delete_after,
        f.from_year_end,
        &rule.fallback_start.name,
        lang,
    )
}

/// A period with its start: `3 months after the cost statement`.
fn ends(period: Period, from_year_end: bool, event: &Text, lang: Lang) -> String {
    let (words, event) = (period.words(lang), event.get(lang));
    match (lang, from_year_end) {
        (Lang::En, false) => format!("{words} after {event}"),
        (Lang::De, false) => format!("{words} nach {event}"),
        (Lang::En, true) => format!("{words} after the end of the year of {event}"),
        (Lang::De, true) => format!("{words} nach Ende des Kalenderjahres, gezählt ab {event}"),
    }
}

/// A stage in words: `last 3 digits of outside numbers cut after 7 days`.
pub(crate) fn stage(stage: &Stage, lang: Lang) -> String {
    let names: Vec<&str> = stage.fields.iter().map(|f| pick(lang, field(*f))).collect();
    let names = names.join(pick(lang, (" and ", " und ")));
    let what = match (stage.action, lang) {
        (Action::Cut, Lang::En) => {
            format!("last {} digits of {names}", stage.digits.unwrap_or(0))
        }
        (Action::Cut, Lang::De) => {
            format!("letzte {} Ziffern ({names})", stage.digits.unwrap_or(0))
        }
        _ => names,
    };
    let verb = match (stage.action, stage.to, lang) {
        (Action::Generalise, Some(Grain::Day), Lang::En) => "coarsened to the day",
        (Action::Generalise, Some(Grain::Day), Lang::De) => "auf den Tag vergröbert",
        (Action::Generalise, Some(Grain::Hour), Lang::En) => "coarsened to the hour",
        (Action::Generalise, Some(Grain::Hour), Lang::De) => "auf die Stunde vergröbert",
        _ => pick(lang, ending(stage.action)),
    };
    let after = match (stage.after == Period::ZERO, lang) {
        (true, _) => stage.after.words(lang),
        (false, Lang::En) => format!("after {}", stage.after.words(lang)),
        (false, Lang::De) => format!("nach {}", dative(&stage.after.words(lang))),
    };
    match lang {
        Lang::En => format!("{what} {verb} {after}"),
        Lang::De => format!("{what} {after} {verb}"),
    }
}

/// German periods after "nach": Tage -> Tagen.
fn dative(words: &str) -> String {
    let word = |w: &str| match w {
        "Tage" | "Monate" | "Jahre" => format!("{w}n"),
        _ => w.to_owned(),
    };
    words.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

const fn ending(action: Action) -> (&'static str, &'static str) {
    match action {
        Action::Cut => ("cut", "gekürzt"),
        Action::Class => ("replaced by its class", "durch die Klasse ersetzt"),
        Action::Pseudonymise => ("pseudonymised", "pseudonymisiert"),
        Action::Generalise => ("coarsened", "vergröbert"),
        Action::Aggregate => (
            "aggregated into figures about groups",
            "zu Werten über Gruppen zusammengefasst",
        ),
        Action::Blank => ("blanked", "geleert"),
        Action::Block => ("blocked", "gesperrt"),
        Action::Delete => ("deleted", "gelöscht"),
    }
}

const fn field(field: Selector) -> (&'static str, &'static str) {
    match field {
        Selector::ExternalNumber => ("outside numbers", "externe Nummern"),
        Selector::OwnStation => ("extension", "Nebenstelle"),
        Selector::Name => ("name", "Name"),
        Selector::Credential => ("PINs and passwords", "PINs und Kennwörter"),
        Selector::AccountCode => ("account code", "Abrechnungskennzahl"),
        Selector::PersonId => ("personnel id", "Personalkennung"),
        Selector::Time => ("clock time", "Uhrzeit"),
        Selector::Duration => ("duration", "Dauer"),
        Selector::Ip => ("IP address", "IP-Adresse"),
        Selector::Account => ("user account", "Benutzerkonto"),
        Selector::FreeText => ("free text", "Freitext"),
        Selector::Record => ("record", "Datensatz"),
    }
}

pub(crate) const fn pick(lang: Lang, words: (&'static str, &'static str)) -> &'static str {
    match lang {
        Lang::En => words.0,
        Lang::De => words.1,
    }
}
