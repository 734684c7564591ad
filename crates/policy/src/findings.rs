//! Gaps of a policy, and of what is kept under it, as findings G4K-401 to G4K-410.

use chrono::NaiveDate;
use gdpr4k_model::Finding;
use gdpr4k_model::catalogue::{Catalogue, ClusterIx};
use gdpr4k_model::finding::Arg;

use crate::due::{Basis, overdue};
use crate::matrix::matrix;
use crate::resolve::{EffectiveRule, Origin, Policy};
use crate::token::Seen;

/// What is open about a policy as such: stale pack, unconfirmed sources, deviations.
///
/// `live`: the site works under the policy (a standing approval exists); before that
/// an unconfirmed source is normal. `policy_reference`: the written policy on telephone use.
pub fn policy_findings(
    catalogue: &Catalogue,
    policy: &Policy,
    as_of: NaiveDate,
    live: bool,
    policy_reference: &str,
) -> Vec<Finding> {
    let mut found = Vec::new();
    let pack = &policy.pack;
    if as_of > pack.review_by {
        found.push(
            Finding::new("G4K-405")
                .with("pack", Arg::declared(&pack.id))
                .with("review_by", Arg::day(pack.review_by)),
        );
    }
    for rule in &policy.rules {
        if live && unconfirmed(&rule.mark) {
            found.push(
                Finding::new("G4K-407")
                    .with("cluster", Arg::declared(&rule.cluster))
                    .with("mark", Arg::declared(&rule.mark)),
            );
        }
        if rule.origin == Origin::Longer && rule.justification.is_empty() {
            found.push(Finding::new("G4K-406").with("cluster", Arg::declared(&rule.cluster)));
        }
    }
    for column in matrix(catalogue, policy).not_standard {
        found
            .push(Finding::new("G4K-409").with("period", Arg::declared(column.period.to_string())));
    }
    if policy_reference.trim().is_empty() {
        found.push(Finding::new("G4K-410"));
    }
    found
}

/// Clusters with data of persons that were found and have no rule (CHK-NO-RULE).
pub fn missing_rules(
    catalogue: &Catalogue,
    policy: &Policy,
    met: impl IntoIterator<Item = ClusterIx>,
) -> Vec<Finding> {
    met.into_iter()
        .map(|ix| catalogue.cluster_entry(ix))
        .filter(|c| c.personal && policy.rule(&c.id).is_none())
        .map(|c| Finding::new("G4K-401").with("cluster", Arg::declared(&c.id)))
        .collect()
}

/// What is to be said about the oldest of `records` records of a cluster: past its limit (CHK-OVERDUE),
/// and judged by the fallback where the start is not in the record (CHK-START-NULL).
pub fn overdue_finding(
    rule: &EffectiveRule,
    records: u64,
    oldest: NaiveDate,
    as_of: NaiveDate,
) -> Vec<Finding> {
    let Some(late) = overdue(rule, oldest, as_of) else {
        return Vec::new();
    };
    let cluster = || Arg::declared(&rule.cluster);
    let mut found = vec![
        Finding::new("G4K-403")
            .with("cluster", cluster())
            .with("records", records)
            .with("oldest", Arg::day(oldest))
            .with("due", Arg::day(late.due))
            .with("days", late.days.unsigned_abs()),
    ];
    if late.basis == Basis::Fallback {
        found.push(
            Finding::new("G4K-404")
                .with("cluster", cluster())
                .with("event", Arg::declared(&rule.starts_with.id))
                .with("fallback", Arg::declared(&rule.fallback.starts_with))
                .with(
                    "period",
                    Arg::declared(rule.fallback.delete_after.to_string()),
                ),
        );
    }
    found
}

/// What is to be said about the tokens of a run: shortened ones that are shared or were not
/// compared, and values that were emptied because nothing fits in their place.
pub fn token_findings(seen: Seen, emptied: u64) -> Vec<Finding> {
    let counted = [
        ("G4K-826", "collisions", seen.collisions),
        ("G4K-827", "unchecked", seen.unchecked),
        ("G4K-828", "values", emptied),
    ];
    let some = counted.into_iter().filter(|(.., n)| *n > 0);
    some.map(|(code, name, n)| Finding::new(code).with(name, n))
        .collect()
}

/// Whether a mark rests on general knowledge (M) or on a proposal (P) at least in part.
fn unconfirmed(mark: &str) -> bool {
    let kind = mark.split('/').next().unwrap_or_default();
    kind == "M" || mark.split(|c: char| !c.is_alphanumeric()).any(|w| w == "P")
}

#[cfg(test)]
mod tests {
    use super::*;
    use gdpr4k_model::Lang;

    fn said(catalogue: &Catalogue, findings: &[Finding]) -> String {
        findings
            .iter()
            .map(|f| {
                let text = catalogue.finding(f.code).unwrap().message(f, Lang::En);
                assert!(!text.contains('{'), "{text}");
                format!("{} {text}\n", f.code)
            })
            .collect()
    }

    #[test]
    fn gaps_of_a_policy_are_said_in_words() {
        let catalogue = Catalogue::builtin();
        let mut policy = Policy::resolve(&catalogue, "uk-employer", &[]).unwrap();
        let day = |d: &str| d.parse::<NaiveDate>().unwrap();
        assert!(
            policy_findings(&catalogue, &policy, day("2026-11-22"), false, "policy 3").is_empty()
        );
        policy
            .rules
            .retain(|r| ["charge-totals", "call-detail-outgoing"].contains(&r.cluster.as_str()));
        policy.rules[0].delete_after = gdpr4k_model::period::Period::of_days(5);
        policy.rules[0].origin = Origin::Longer;
        let mut found = policy_findings(&catalogue, &policy, day("2028-01-01"), true, " ");
        found.extend(missing_rules(
            &catalogue,
            &policy,
            ["trace", "technical-data"].map(|c| catalogue.cluster(c).unwrap()),
        ));
        found.extend(overdue_finding(
            &policy.rules[0],
            12,
            day("2027-01-01"),
            day("2028-01-01"),
        ));
        let seen = Seen {
            collisions: 2,
            unchecked: 0,
        };
        assert_eq!(token_findings(seen, 3).len(), 2);
        assert!(token_findings(Seen::default(), 0).is_empty());
        found.extend(token_findings(
            Seen {
                unchecked: 7,
                ..seen
            },
            3,
        ));
        insta::assert_snapshot!(said(&catalogue, &found), @r#"
        G4K-405 the rows of pack uk-employer had to be looked at by 2027-11-30
        G4K-407 the rule of call-detail-outgoing carries the evidence mark P: general knowledge or a product proposal
        G4K-406 call-detail-outgoing is kept longer than the pack says, and no justification is given
        G4K-407 the rule of charge-totals carries the evidence mark M/M: general knowledge or a product proposal
        G4K-409 period P5D is none of the standard periods of the deletion matrix
        G4K-410 no written policy on telephone use or works agreement is named (expected policy_reference in [site])
        G4K-401 cluster trace was found and has no rule (expected exactly one)
        G4K-403 call-detail-outgoing: the oldest of 12 records is of 2027-01-01 and was due on 2027-10-01, 92 days ago
        G4K-404 call-detail-outgoing starts with statement-released, whose day is not known here; judged by call-end and P9M
        G4K-826 fields are too narrow for whole tokens: 2 values share theirs with another value
        G4K-827 7 shortened tokens were not compared with the others, because there are too many
        G4K-828 3 values were emptied: what should stand there does not fit, or the value is not written as the layout says
        "#);
    }
}
