//! A policy and the packs as text for people and as values for JSON.

use chrono::NaiveDate;
use gdpr4k_model::Lang;
use gdpr4k_model::catalogue::{
    Action, Catalogue, Fallback, Masking, Stage, StandardPeriod, StartingPoint,
};
use gdpr4k_model::period::Period;
use serde::Serialize;

use crate::matrix::matrix;
use crate::resolve::{Origin, Policy, Source};
use crate::sentence::{notice, sentence};

/// Columns of a terminal that texts fit into.
const WIDTH: usize = 80;

/// `policy show --format json`, without the keys that every document carries.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PolicyView {
    /// Id of the pack.
    pub pack: String,
    /// Version of the pack.
    pub version: String,
    /// Jurisdiction.
    pub jurisdiction: String,
    /// Name of the pack.
    pub name: String,
    /// That it is no legal advice.
    pub notice: &'static str,
    /// By when somebody looks at it again.
    pub review_by: NaiveDate,
    /// What the controller settles first.
    pub conditions: Vec<String>,
    /// Digits that reports hide.
    pub masking: Masking,
    /// One entry per cluster.
    pub clusters: Vec<ClusterView>,
}

/// The rule of one cluster.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClusterView {
    /// Id.
    pub cluster: String,
    /// Name.
    pub name: String,
    /// Main purpose, id of the vocabulary.
    pub purpose: String,
    /// All purposes.
    pub purposes: Vec<String>,
    /// Start event.
    pub starts_with: String,
    /// Abstract starting point (DIN 66398).
    pub starting_point: StartingPoint,
    /// Where the start is not known.
    pub fallback: Fallback,
    /// Period to the end of the rule, ISO 8601.
    pub delete_after: Period,
    /// Whether it counts from 31 December of the start's year.
    pub from_year_end: bool,
    /// What happens at the end.
    pub action: Action,
    /// How long blocked data stay.
    pub blocked_for: Option<Period>,
    /// Steps before the end.
    pub stages: Vec<Stage>,
    /// The titles of the sources.
    pub source: String,
    /// Sources with address and mark.
    pub sources: Vec<Source>,
    /// Legal reference.
    pub legal_ref: String,
    /// Evidence mark.
    pub mark: String,
    /// Why this period.
    pub reason: String,
    /// Why the site deviates; null where it gives no reason.
    pub justification: Option<String>,
    /// Whose rule it is.
    pub origin: Origin,
    /// Pack that holds the row.
    pub pack: String,
    /// The rule in words.
    pub sentence: String,
}

/// The policy as values for JSON.
pub fn policy_view(policy: &Policy, lang: Lang) -> PolicyView {
    let clusters = policy.rules.iter().map(|r| ClusterView {
        cluster: r.cluster.clone(),
        name: r.name.get(lang).to_owned(),
        purpose: r.purposes.first().cloned().unwrap_or_default(),
        purposes: r.purposes.clone(),
        starts_with: r.starts_with.id.clone(),
        starting_point: r.starts_with.starting_point,
        fallback: r.fallback.clone(),
        delete_after: r.delete_after,
        from_year_end: r.from_year_end,
        action: r.action,
        blocked_for: r.blocked_for,
        stages: r.stages.clone(),
        source: r
            .sources
            .iter()
            .map(|s| s.title.as_str())
            .collect::<Vec<_>>()
            .join("; "),
        sources: r.sources.clone(),
        legal_ref: r.legal_ref.clone(),
        mark: r.mark.clone(),
        reason: r.reason.get(lang).to_owned(),
        justification: (!r.justification.is_empty()).then(|| r.justification.clone()),
        origin: r.origin,
        pack: r.pack.clone(),
        sentence: sentence(r, lang),
    });
    let pack = &policy.pack;
    PolicyView {
        pack: pack.id.clone(),
        version: pack.version.clone(),
        jurisdiction: pack.jurisdiction.clone(),
        name: pack.name.get(lang).to_owned(),
        notice: notice(lang),
        review_by: pack.review_by,
        conditions: pack
            .conditions
            .iter()
            .map(|c| c.get(lang).to_owned())
            .collect(),
        masking: pack.masking.clone(),
        clusters: clusters.collect(),
    }
}

/// `policy packs`: one line per pack.
pub fn packs_text(catalogue: &Catalogue, lang: Lang) -> String {
    let head = match lang {
        Lang::En => ["pack", "for", "version", "review by", "name"],
        Lang::De => ["Paket", "für", "Version", "prüfen bis", "Name"],
    };
    let line = |c: [&str; 5]| {
        format!("{:<20} {:<3} {:<7} {:<10} {}", c[0], c[1], c[2], c[3], c[4])
            .trim_end()
            .to_owned()
            + "\n"
    };
    let mut out = line(head);
    for p in catalogue.packs() {
        let review = p.review_by.to_string();
        out += &line([
            &p.id,
            &p.jurisdiction,
            &p.version,
            &review,
            p.name.get(lang),
        ]);
    }
    out + "\n" + &wrapped(notice(lang), 0)
}

/// `policy show`: every rule in a sentence, the conditions and the matrix of deletion classes, 80 columns wide.
pub fn policy_text(catalogue: &Catalogue, policy: &Policy, lang: Lang) -> String {
    let de = lang == Lang::De;
    let pack = &policy.pack;
    let review = if de { "prüfen bis" } else { "review by" };
    let head = format!(
        "{} ({} {}), {review} {}",
        pack.name.get(lang),
        pack.id,
        pack.version,
        pack.review_by
    );
    let mut out = wrapped(&head, 0);
    out += &wrapped(notice(lang), 0);
    out += "\n";
    for rule in &policy.rules {
        out += &wrapped(&format!("- {}", sentence(rule, lang)), 2);
    }
    out += if de {
        "\nVorab zu klären\n"
    } else {
        "\nTo be settled first\n"
    };
    for condition in &pack.conditions {
        out += &wrapped(&format!("- {}", condition.get(lang)), 2);
    }
    out += "\n";
    out + &matrix_text(catalogue, policy, lang)
}

fn matrix_text(catalogue: &Catalogue, policy: &Policy, lang: Lang) -> String {
    let de = lang == Lang::De;
    let matrix = matrix(catalogue, policy);
    let mut out = wrapped(
        if de {
            "Löschklassen (DIN 66398): Zahl der Datenarten je Startzeitpunkt und Frist; * ab Ende des Kalenderjahres"
        } else {
            "Deletion classes (DIN 66398): number of clusters by starting point and period; * from the end of the calendar year"
        },
        0,
    );
    let label =
        |c: &StandardPeriod| format!("{}{}", c.period, if c.from_year_end { "*" } else { "" });
    let row = |name: &str, cells: Vec<String>| {
        let cells: String = cells.iter().map(|c| format!("{c:>6}")).collect();
        format!("{name:<20}{cells}").trim_end().to_owned() + "\n"
    };
    out += &row("", matrix.columns.iter().map(label).collect());
    let count = |cell: &Vec<String>| {
        if cell.is_empty() {
            "-".to_owned()
        } else {
            cell.len().to_string()
        }
    };
    for r in &matrix.rows {
        out += &row(
            starting_point(r.starting_point, lang),
            r.cells.iter().map(count).collect(),
        );
    }
    for r in &matrix.rows {
        out += &format!("\n{}\n", starting_point(r.starting_point, lang));
        for (column, cell) in matrix
            .columns
            .iter()
            .zip(&r.cells)
            .filter(|(_, c)| !c.is_empty())
        {
            out += &wrapped(&format!("  {:<6} {}", label(column), cell.join(", ")), 9);
        }
    }
    out
}

/// The name of a starting point, as printed.
const fn starting_point(point: StartingPoint, lang: Lang) -> &'static str {
    match (point, lang) {
        (StartingPoint::Collection, Lang::En) => "collection",
        (StartingPoint::Collection, Lang::De) => "Erhebung",
        (StartingPoint::EndOfProcess, Lang::En) => "end of process",
        (StartingPoint::EndOfProcess, Lang::De) => "Vorgangsende",
        (StartingPoint::EndOfRelationship, Lang::En) => "end of relationship",
        (StartingPoint::EndOfRelationship, Lang::De) => "Beziehungsende",
    }
}

/// A paragraph of at most 80 columns; further lines are indented. Spaces at the head stay.
fn wrapped(text: &str, indent: usize) -> String {
    let body = text.trim_start();
    let mut line = " ".repeat(text.len() - body.len());
    let mut out = String::new();
    let mut fresh = true;
    for word in body.split(' ') {
        let long = line.chars().count() + 1 + word.chars().count() > WIDTH;
        if !fresh && long {
            out += line.trim_end();
            out.push('\n');
            line = " ".repeat(indent);
            fresh = true;
        }
        if !fresh {
            line.push(' ');
        }
        line += word;
        fresh = false;
    }
    out + line.trim_end() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;

    #[test]
    fn every_pack_says_its_own_rows_in_sentences() {
        let catalogue = Catalogue::builtin();
        let rows = |id: &str, lang: Lang| {
            let policy = Policy::resolve(&catalogue, id, &[]).unwrap();
            let own = policy.rules.iter().filter(|r| r.pack == id);
            own.map(|r| sentence(r, lang) + "\n").collect::<String>()
        };
        for pack in catalogue.packs() {
            assert_snapshot!(format!("{}.en", pack.id), rows(&pack.id, Lang::En));
        }
        for id in ["eu-base", "de-business-only"] {
            assert_snapshot!(format!("{id}.de"), rows(id, Lang::De));
        }
    }

    #[test]
    fn the_terminal_texts_fit_into_80_columns() {
        let catalogue = Catalogue::builtin();
        for pack in catalogue.packs() {
            let policy = Policy::resolve(&catalogue, &pack.id, &[]).unwrap();
            for lang in [Lang::En, Lang::De] {
                for line in policy_text(&catalogue, &policy, lang).lines() {
                    assert!(line.chars().count() <= WIDTH, "{line}");
                }
            }
        }
        for line in packs_text(&catalogue, Lang::De).lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
        assert_snapshot!(packs_text(&catalogue, Lang::En));
        let policy = Policy::resolve(&catalogue, "de-business-only", &[]).unwrap();
        assert_snapshot!("policy-show", policy_text(&catalogue, &policy, Lang::En));
    }

    #[test]
    fn the_json_has_the_keys_that_scripts_rely_on() {
        let catalogue = Catalogue::builtin();
        let policy = Policy::resolve(&catalogue, "de-business-only", &[]).unwrap();
        let view = serde_json::to_value(policy_view(&policy, Lang::En)).unwrap();
        let outgoing = view["clusters"]
            .as_array()
            .unwrap()
            .iter()
            .find(|c| c["cluster"] == "call-detail-outgoing")
            .unwrap();
        assert_snapshot!(serde_json::to_string_pretty(outgoing).unwrap());
        for key in [
            "cluster",
            "purpose",
            "starts_with",
            "fallback",
            "delete_after",
            "stages",
            "source",
            "legal_ref",
            "justification",
        ] {
            assert!(outgoing.get(key).is_some(), "{key}");
        }
    }
}
