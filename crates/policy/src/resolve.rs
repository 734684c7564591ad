//! From a legal pack and the changes of a site to one rule per cluster.

use chrono::NaiveDate;
use gdpr4k_model::Text;
use gdpr4k_model::catalogue::{
    Action, Catalogue, Cluster, Fallback, Masking, Pack, PackRule, Problem, Problems, Selector,
    Stage, StartEvent, stage_problems,
};
use gdpr4k_model::period::Period;
use gdpr4k_model::site::Override;

use crate::wider;

/// The rules that hold at a site: exactly one for every cluster with data of persons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The pack it starts from.
    pub pack: PackInfo,
    /// One rule per cluster, in the order of the catalogue.
    pub rules: Vec<EffectiveRule>,
}

/// What documents say about the pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackInfo {
    /// Id.
    pub id: String,
    /// Version.
    pub version: String,
    /// Jurisdiction.
    pub jurisdiction: String,
    /// Name.
    pub name: Text,
    /// When to use it.
    pub description: Text,
    /// By when somebody looks at it again: the earlier day of the pack and of the one it extends.
    pub review_by: NaiveDate,
    /// What the controller settles before person-level reports.
    pub conditions: Vec<Text>,
    /// Digits that reports hide.
    pub masking: Masking,
}

/// The deletion rule of one cluster, with its reasons.
#[doc(alias = "Löschregel")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectiveRule {
    /// Id of the cluster.
    pub cluster: String,
    /// Name of the cluster.
    pub name: Text,
    /// Purposes, ids of the vocabulary, the main one first.
    pub purposes: Vec<String>,
    /// Start event.
    pub starts_with: StartEvent,
    /// What holds where the start is not known, and as a ceiling where `at_latest`.
    pub fallback: Fallback,
    /// Start event of the fallback.
    pub fallback_start: StartEvent,
    /// Period from the start to `action`.
    pub delete_after: Period,
    /// Whether it counts from 31 December of the start's year.
    pub from_year_end: bool,
    /// Steps before the end, counted from the day of the record.
    pub stages: Vec<Stage>,
    /// What happens at the end: delete, aggregate or block.
    pub action: Action,
    /// How long blocked data stay until they are destroyed.
    pub blocked_for: Option<Period>,
    /// Why this period.
    pub reason: Text,
    /// Legal reference, as printed.
    pub legal_ref: String,
    /// Sources of the pack.
    pub sources: Vec<Source>,
    /// Evidence mark of the row.
    pub mark: String,
    /// Why the site deviates; empty where it gives no reason.
    pub justification: String,
    /// Id of the pack that holds the row.
    pub pack: String,
    /// What the site has changed.
    pub origin: Origin,
}

/// A source of a rule.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Source {
    /// Title.
    pub title: String,
    /// Where to read it; may be empty.
    pub url: String,
    /// Evidence mark.
    pub mark: String,
}

/// Whose rule it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// The row of the pack.
    Pack,
    /// Changed by the site, nowhere longer than the pack.
    Stricter,
    /// Changed by the site, longer than the pack, with a justification.
    Longer,
}

impl Policy {
    /// Lays the changes of a site over a pack. Places in problems are those of `site.toml`.
    ///
    /// # Errors
    /// Every problem at once: unknown pack, cluster or event, two changes of one
    /// cluster, a change without content, longer than the pack without a
    /// justification (R-25), a policy without rules.
    pub fn resolve(
        catalogue: &Catalogue,
        pack_id: &str,
        overrides: &[Override],
    ) -> Result<Self, Problems> {
        let Some(pack) = catalogue.pack(pack_id) else {
            let known: Vec<&str> = catalogue.packs().iter().map(|p| p.id.as_str()).collect();
            return Err(Problems(vec![problem(
                0,
                format!("pack {pack_id:?} (expected one of {})", known.join(", ")),
                "correct pack in [site]; gdpr4k policy packs lists them",
            )]));
        };
        let base = pack.extends.as_deref().and_then(|id| catalogue.pack(id));
        let mut problems = Vec::new();
        let mut rules = Vec::new();
        for cluster in catalogue.clusters().iter().filter(|c| c.personal) {
            match row(pack, cluster).or_else(|| row(base?, cluster)) {
                Some((pack, row)) => {
                    rules.extend(EffectiveRule::new(catalogue, pack, row, cluster))
                }
                None => problems.push(problem(
                    0,
                    format!(
                        "no rule for cluster {} in pack {pack_id} (G4K-401)",
                        cluster.id
                    ),
                    "add a [[rule]] to the pack; nothing may be kept without a rule",
                )),
            }
        }
        for (i, change) in overrides.iter().enumerate() {
            if overrides[..i].iter().any(|o| o.cluster == change.cluster) {
                problems.push(problem(
                    change.line,
                    format!(
                        "cluster {} has two overrides (expected one, G4K-402)",
                        change.cluster
                    ),
                    "merge them into one [[retention.override]]",
                ));
                continue;
            }
            let Some(rule) = rules.iter_mut().find(|r| r.cluster == change.cluster) else {
                problems.push(problem(
                    change.line,
                    format!(
                        "cluster {:?} (expected the id of a cluster with data of persons)",
                        change.cluster
                    ),
                    "see gdpr4k policy show for the ids",
                ));
                continue;
            };
            match apply(catalogue, rule, change) {
                Ok(changed) => *rule = changed,
                Err(found) => problems.extend(found),
            }
        }
        if rules.is_empty() && problems.is_empty() {
            problems.push(problem(
                0,
                format!("pack {pack_id} gives no rule at all (G4K-408)"),
                "choose another pack; an empty policy would keep everything for ever",
            ));
        }
        if !problems.is_empty() {
            problems.sort();
            return Err(Problems(problems));
        }
        let review_by = base.map_or(pack.review_by, |b| b.review_by.min(pack.review_by));
        Ok(Self {
            pack: PackInfo {
                id: pack.id.clone(),
                version: pack.version.clone(),
                jurisdiction: pack.jurisdiction.clone(),
                name: pack.name.clone(),
                description: pack.description.clone(),
                review_by,
                conditions: pack.conditions.clone(),
                masking: pack.masking.clone(),
            },
            rules,
        })
    }

    /// The rule of a cluster; none for technical data and unknown ids.
    pub fn rule(&self, cluster: &str) -> Option<&EffectiveRule> {
        self.rules.iter().find(|r| r.cluster == cluster)
    }
}

fn row<'a>(pack: &'a Pack, cluster: &Cluster) -> Option<(&'a Pack, &'a PackRule)> {
    let row = pack.rules.iter().find(|r| r.cluster == cluster.id)?;
    Some((pack, row))
}

impl EffectiveRule {
    /// The row of a pack; none where the catalogue lacks an event, which its checks rule out.
    fn new(catalogue: &Catalogue, pack: &Pack, row: &PackRule, cluster: &Cluster) -> Option<Self> {
        let source = |id: &String| pack.sources.iter().find(|s| &s.id == id);
        Some(Self {
            cluster: cluster.id.clone(),
            name: cluster.name.clone(),
            purposes: cluster.purposes.clone(),
            starts_with: catalogue.start_event(&row.starts_with)?.clone(),
            fallback: row.fallback.clone(),
            fallback_start: catalogue.start_event(&row.fallback.starts_with)?.clone(),
            delete_after: row.delete_after,
            from_year_end: row.from_year_end,
            stages: row.stages.clone(),
            action: row.action,
            blocked_for: row.blocked_for,
            reason: row.reason.clone(),
            legal_ref: row.legal_ref.clone(),
            sources: row
                .sources
                .iter()
                .filter_map(source)
                .map(|s| Source {
                    title: s.title.clone(),
                    url: s.url.clone(),
                    mark: s.mark.clone(),
                })
                .collect(),
            mark: row.mark.clone(),
            justification: String::new(),
            pack: pack.id.clone(),
            origin: Origin::Pack,
        })
    }
}

fn apply(
    catalogue: &Catalogue,
    rule: &EffectiveRule,
    change: &Override,
) -> Result<EffectiveRule, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut wrong = |what: String, help: &str| problems.push(problem(change.line, what, help));
    let cluster = &change.cluster;
    let mut new = rule.clone();
    let says_nothing = change.delete_after.is_none()
        && change.starts_with.is_none()
        && change.from_year_end.is_none()
        && change.fallback.is_none()
        && change.stages.is_none();
    if says_nothing {
        wrong(
            format!("override of {cluster} changes nothing (G4K-408)"),
            "give delete_after, starts_with, fallback or stages, or take the entry out",
        );
    }
    if let Some(id) = &change.starts_with {
        match catalogue.start_event(id) {
            Some(event) => new.starts_with = event.clone(),
            None => wrong(
                format!("start event {id:?} of {cluster} (expected one of deletion.toml)"),
                "use the id of a start event such as call-end or statement-released",
            ),
        }
    }
    new.delete_after = change.delete_after.unwrap_or(rule.delete_after);
    new.from_year_end = change.from_year_end.unwrap_or(rule.from_year_end);
    let start_changes = change.starts_with.is_some()
        || change.delete_after.is_some()
        || change.from_year_end.is_some();
    if new.starts_with.in_record
        && start_changes
        && let Some(file_day) = catalogue.start_event("file-day")
    {
        // The start is always known but for damaged stamps: the same period then counts from the file.
        new.fallback = Fallback {
            starts_with: file_day.id.clone(),
            delete_after: new.delete_after,
            from_year_end: new.from_year_end,
            at_latest: false,
        };
        new.fallback_start = file_day.clone();
    }
    if rule.starts_with.in_record && !new.starts_with.in_record {
        // The day that the pack counts from stays the one that every record has.
        new.fallback = Fallback {
            starts_with: rule.starts_with.id.clone(),
            delete_after: rule.delete_after,
            from_year_end: rule.from_year_end,
            at_latest: false,
        };
        new.fallback_start = rule.starts_with.clone();
    }
    if let Some(period) = change.fallback {
        new.fallback.delete_after = period;
    }
    if let Some(stages) = &change.stages {
        for what in stage_problems(stages) {
            wrong(
                format!("a stage of {cluster}: {what}"),
                "see the stages of gdpr4k policy show for the form",
            );
        }
        let blanked = |s: &&Stage| s.fields == [Selector::Credential];
        let said = stages
            .iter()
            .any(|s| s.fields.contains(&Selector::Credential));
        // Secrets are blanked at once, whatever a site says about the other values.
        let kept = rule
            .stages
            .iter()
            .filter(blanked)
            .filter(|_| !said)
            .cloned();
        new.stages = kept.chain(stages.iter().cloned()).collect();
        if let Some(stage) = wider::too_late(&new) {
            wrong(
                format!(
                    "a stage of {cluster} after {} never comes: the record is gone by then (expected it before the end of the rule)",
                    stage.after
                ),
                "let the stage come earlier, or take it out",
            );
        }
    }
    let justified = change
        .justification
        .as_deref()
        .map(str::trim)
        .unwrap_or_default();
    if let Some(how) = wider::longer(rule, &new).filter(|_| !says_nothing) {
        new.origin = Origin::Longer;
        if justified.is_empty() {
            wrong(
                format!(
                    "override of {cluster} keeps longer than pack {}: {how} (G4K-406)",
                    rule.pack
                ),
                "shorten it, or give a justification with its legal reference",
            );
        }
    } else {
        new.origin = Origin::Stricter;
    }
    new.justification = justified.to_owned();
    if problems.is_empty() {
        Ok(new)
    } else {
        Err(problems)
    }
}

fn problem(line: usize, what: String, help: &str) -> Problem {
    Problem {
        path: "site.toml".to_owned(),
        line: line.max(1),
        what,
        help: help.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;

    fn change(cluster: &str, period: &str) -> Override {
        Override {
            cluster: cluster.to_owned(),
            delete_after: Some(period.parse().unwrap()),
            line: 1,
            ..Override::default()
        }
    }

    fn resolve(overrides: &[Override]) -> Result<Policy, Problems> {
        Policy::resolve(&Catalogue::builtin(), "de-business-only", overrides)
    }

    #[test]
    fn every_pack_gives_exactly_one_rule_for_every_cluster_of_persons() {
        let catalogue = Catalogue::builtin();
        let personal = catalogue.clusters().iter().filter(|c| c.personal).count();
        for pack in catalogue.packs() {
            let policy = Policy::resolve(&catalogue, &pack.id, &[]).unwrap();
            assert_eq!(policy.rules.len(), personal, "{}", pack.id);
            assert!(
                policy
                    .rules
                    .iter()
                    .all(|r| !r.purposes.is_empty() && !r.sources.is_empty())
            );
            assert!(policy.rule("technical-data").is_none());
        }
        assert_eq!(catalogue.packs().len(), 10);
    }

    #[test]
    fn stricter_is_free_and_says_so() {
        let policy = resolve(&[change("call-detail-outgoing", "P2M")]).unwrap();
        let rule = policy.rule("call-detail-outgoing").unwrap();
        assert_eq!(rule.delete_after, Period::of_months(2));
        assert_eq!(rule.origin, Origin::Stricter);
        assert!(rule.fallback.at_latest);
    }

    #[test]
    fn a_start_inside_the_record_takes_the_place_of_the_ceiling() {
        let mut from_call = change("call-detail-outgoing", "P3M");
        from_call.starts_with = Some("call-end".to_owned());
        let policy = resolve(&[from_call]).unwrap();
        let rule = policy.rule("call-detail-outgoing").unwrap();
        assert_eq!(rule.fallback.starts_with, "file-day");
        assert_eq!(rule.fallback.delete_after, rule.delete_after);
        assert_eq!(rule.origin, Origin::Stricter);
    }

    #[test]
    fn longer_needs_a_justification_and_keeps_it() {
        let mut long = change("call-detail-incoming", "P30D");
        assert_snapshot!(resolve(std::slice::from_ref(&long)).unwrap_err(), @r#"
        site.toml:1 - override of call-detail-incoming keeps longer than pack de-business-only: due on 2027-01-31 (expected 2027-01-08 or earlier) (G4K-406) - shorten it, or give a justification with its legal reference
        "#);
        long.justification = Some("  \n".to_owned());
        assert!(resolve(std::slice::from_ref(&long)).is_err());
        long.justification = Some("works agreement 7".to_owned());
        let policy = resolve(&[long]).unwrap();
        let rule = policy.rule("call-detail-incoming").unwrap();
        assert_eq!(rule.origin, Origin::Longer);
        assert_eq!(rule.justification, "works agreement 7");
    }

    #[test]
    fn periods_are_compared_by_their_days_not_by_their_rough_length() {
        // 90 days and 3 months take turns: July to September has 92 days, February to April 89.
        assert!(resolve(&[change("call-detail-outgoing", "P90D")]).is_err());
        assert!(resolve(&[change("call-detail-outgoing", "P89D")]).is_ok());
        assert!(resolve(&[change("login-log", "P3M")]).is_err());
        // From the end of the year a period is longer than from the day.
        let mut year_end = change("admin-audit-log", "P1Y");
        year_end.from_year_end = Some(true);
        assert!(resolve(&[year_end]).is_err());
    }

    #[test]
    fn a_stage_taken_out_or_weakened_needs_a_justification_and_secrets_stay_blanked() {
        let catalogue = Catalogue::builtin();
        let base = Policy::resolve(&catalogue, "de-business-only", &[]).unwrap();
        let stages = &base.rule("call-detail-outgoing").unwrap().stages;
        let with = |stages: Vec<Stage>| Override {
            cluster: "call-detail-outgoing".to_owned(),
            stages: Some(stages),
            ..Override::default()
        };
        assert!(resolve(&[with(Vec::new())]).is_err());
        assert!(resolve(&[with(stages.clone())]).is_ok());
        let mut weaker = stages.clone();
        weaker[1].digits = Some(2);
        assert!(resolve(&[with(weaker)]).is_err());
        let mut earlier = stages[1..].to_vec();
        earlier[0].after = Period::ZERO;
        let policy = resolve(&[with(earlier)]).unwrap();
        let blank = &policy.rule("call-detail-outgoing").unwrap().stages[0];
        assert_eq!(blank.fields, [Selector::Credential]);
    }

    #[test]
    fn every_problem_of_the_overrides_is_reported_at_once() {
        let mut bad_start = change("error-log", "P7D");
        bad_start.starts_with = Some("full-moon".to_owned());
        bad_start.line = 20;
        let mut cut = change("call-journal", "P7D");
        cut.stages = Some(vec![Stage {
            after: Period::ZERO,
            fields: Vec::new(),
            action: Action::Cut,
            digits: None,
            to: None,
        }]);
        cut.line = 30;
        let stage = |after: &str, field: Selector, action: Action| Stage {
            after: after.parse().unwrap(),
            fields: vec![field],
            action,
            digits: (action == Action::Cut).then_some(4),
            to: None,
        };
        let late = Override {
            cluster: "call-detail-incoming".to_owned(),
            stages: Some(vec![stage(
                "P7D",
                Selector::OwnStation,
                Action::Pseudonymise,
            )]),
            line: 50,
            ..Override::default()
        };
        let useless = Override {
            cluster: "call-detail-private".to_owned(),
            stages: Some(vec![
                stage("P0D", Selector::ExternalNumber, Action::Blank),
                stage("P1D", Selector::ExternalNumber, Action::Cut),
            ]),
            line: 60,
            ..Override::default()
        };
        let unfit = Override {
            cluster: "login-log".to_owned(),
            stages: Some(vec![
                stage("P1D", Selector::Account, Action::Class),
                stage("P1D", Selector::Credential, Action::Pseudonymise),
                stage("P2D", Selector::Name, Action::Generalise),
            ]),
            line: 70,
            ..Override::default()
        };
        let overrides = [
            change("call-detail-outgoing", "P1Y"),
            change("call-detail-outgoing", "P1M"),
            change("technical-data", "P1M"),
            change("chat", "P1M"),
            bad_start,
            cut,
            late,
            useless,
            unfit,
            Override {
                cluster: "trace".to_owned(),
                line: 40,
                ..Override::default()
            },
        ];
        assert_snapshot!(resolve(&overrides).unwrap_err(), @r#"
        site.toml:1 - cluster "chat" (expected the id of a cluster with data of persons) - see gdpr4k policy show for the ids
        site.toml:1 - cluster "technical-data" (expected the id of a cluster with data of persons) - see gdpr4k policy show for the ids
        site.toml:1 - cluster call-detail-outgoing has two overrides (expected one, G4K-402) - merge them into one [[retention.override]]
        site.toml:1 - override of call-detail-outgoing keeps longer than pack de-business-only: due on 2027-07-01 (expected 2027-04-01 or earlier) (G4K-406) - shorten it, or give a justification with its legal reference
        site.toml:20 - start event "full-moon" of error-log (expected one of deletion.toml) - use the id of a start event such as call-end or statement-released
        site.toml:30 - a stage of call-journal: digits belong to cut, and to cut only (expected at least 1) - see the stages of gdpr4k policy show for the form
        site.toml:30 - a stage of call-journal: no fields (expected at least one) - see the stages of gdpr4k policy show for the form
        site.toml:40 - override of trace changes nothing (G4K-408) - give delete_after, starts_with, fallback or stages, or take the entry out
        site.toml:50 - a stage of call-detail-incoming after P7D never comes: the record is gone by then (expected it before the end of the rule) - let the stage come earlier, or take it out
        site.toml:60 - a stage of call-detail-private: it leaves more than an earlier one (expected every stage of a value to leave less) - see the stages of gdpr4k policy show for the form
        site.toml:70 - a stage of login-log: generalise takes times, durations and addresses (expected time, duration or ip) - see the stages of gdpr4k policy show for the form
        site.toml:70 - a stage of login-log: only numbers have a class (expected external-number or own-station) - see the stages of gdpr4k policy show for the form
        site.toml:70 - a stage of login-log: secrets can only be blanked (expected action = "blank" for credential) - see the stages of gdpr4k policy show for the form
        "#);
        let unknown = Policy::resolve(&Catalogue::builtin(), "mars", &[]).unwrap_err();
        assert_snapshot!(unknown, @r#"
        site.toml:1 - pack "mars" (expected one of at-employer, ch-employer, de-business-only, de-federal-authority, de-private-allowed, es-employer, eu-base, fr-employer, it-employer, uk-employer) - correct pack in [site]; gdpr4k policy packs lists them
        "#);
    }

    #[test]
    fn an_empty_policy_is_refused() {
        let head = r#"
id = "p"
version = "1"
jurisdiction = "EU"
name = { en = "p", de = "p" }
description = { en = "p", de = "p" }
review_by = "2027-11-30"
masking = { outgoing = 3, incoming = 3, own_outgoing_full = true, mark = "P" }
"#;
        let words = gdpr4k_model::schemas::text("vocabulary.toml").unwrap();
        let catalogue = Catalogue::load(&[("vocabulary.toml", words), ("packs/p.toml", head)]);
        let refused = Policy::resolve(&catalogue.unwrap(), "p", &[]).unwrap_err();
        assert_snapshot!(refused, @r#"
        site.toml:1 - pack p gives no rule at all (G4K-408) - choose another pack; an empty policy would keep everything for ever
        "#);
    }
}
