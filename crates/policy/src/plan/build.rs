//! Gathers the parts of a plan.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use gdpr4k_model::catalogue::Catalogue;
use gdpr4k_model::finding::Arg;
use gdpr4k_model::retention::{
    Attention, Bucket, Census, ClusterSum, Item, OverLimit, Plan, PlannedFile, Sums, Suspended,
    Treatment,
};
use gdpr4k_model::{Finding, Lang};

use crate::due::Basis;
use crate::sentence::{end, fallback, pick, stage};
use crate::treat::{AT_ONCE, ClusterRule, Decision, Forecast, Rules, StageName};

use super::file::Judged;
use super::{Head, Limits, plan_id};

/// What the buckets of an item have in common.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    path: String,
    cluster: String,
    stage: StageName,
    action: Treatment,
}

/// What is gathered for an item.
struct Gathered {
    from: NaiveDate,
    to: NaiveDate,
    records: u64,
    /// What the end was counted from, if it is the same for all.
    basis: Option<Basis>,
    secrets: bool,
    protected: bool,
}

pub(super) struct Builder<'a> {
    head: &'a Head,
    rules: &'a Rules,
    catalogue: &'a Catalogue,
    plan: Plan,
    items: BTreeMap<Key, Gathered>,
    sums: BTreeMap<String, ClusterSum>,
    /// Records that wait, by code, file and cluster.
    waiting: BTreeMap<(&'static str, String, String), u64>,
    /// Clusters of which records are deleted by the fallback.
    by_fallback: BTreeSet<String>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(head: &'a Head, rules: &'a Rules, catalogue: &'a Catalogue) -> Self {
        Self {
            head,
            rules,
            catalogue,
            plan: Plan {
                site: head.site.clone(),
                as_of: rules.as_of(),
                policy: head.policy.clone(),
                catalogue: head.catalogue.clone(),
                context: head.context.clone(),
                ..Plan::default()
            },
            items: BTreeMap::new(),
            sums: BTreeMap::new(),
            waiting: BTreeMap::new(),
            by_fallback: BTreeSet::new(),
        }
    }

    fn sum(&mut self, cluster: &str) -> &mut ClusterSum {
        self.sums
            .entry(cluster.to_owned())
            .or_insert_with(|| ClusterSum {
                cluster: cluster.to_owned(),
                ..ClusterSum::default()
            })
    }

    pub(super) fn count(&mut self, bucket: &Bucket) {
        let sum = self.sum(&bucket.cluster);
        sum.records += bucket.records;
        sum.oldest = Some(sum.oldest.map_or(bucket.day, |o| o.min(bucket.day)));
    }

    /// Adds a bucket where its decision puts it.
    pub(super) fn add(&mut self, census: &Census, judged: &Judged<'_>, whole: bool) {
        let bucket = judged.bucket;
        match (&judged.outcome, judged.forecast) {
            (Err(ids), Forecast::Treat(..) | Forecast::Wait(_)) => {
                self.suspend(census, bucket, ids)
            }
            (Err(_), Forecast::Keep) | (Ok(Decision::Keep), _) => {
                self.sum(&bucket.cluster).kept += bucket.records;
            }
            (Ok(Decision::Wait(code)), _) => self.wait(code, census, bucket),
            (Ok(Decision::Treat(order)), _) => {
                let action = if whole {
                    Treatment::DeleteFile
                } else {
                    order.action
                };
                let key = Key {
                    path: census.path.clone(),
                    cluster: bucket.cluster.clone(),
                    stage: order.stage,
                    action,
                };
                self.item(key, judged);
            }
        }
    }

    fn item(&mut self, key: Key, judged: &Judged<'_>) {
        let bucket = judged.bucket;
        let rule = self.rules.cluster(&key.cluster);
        let unknown = rule.is_some_and(|r| !r.rule().starts_with.in_record);
        if key.stage == StageName::End && judged.basis == Basis::Fallback && unknown {
            self.by_fallback.insert(key.cluster.clone());
        }
        self.sum(&bucket.cluster).due += bucket.records;
        let item = self.items.entry(key).or_insert(Gathered {
            from: bucket.day,
            to: bucket.day,
            records: 0,
            basis: Some(judged.basis),
            secrets: false,
            protected: false,
        });
        item.from = item.from.min(bucket.day);
        item.to = item.to.max(bucket.day);
        item.records += bucket.records;
        item.basis = item.basis.filter(|b| *b == judged.basis);
        item.secrets |= bucket.pending & AT_ONCE != 0;
        item.protected |= bucket.protected;
    }

    pub(super) fn suspend(&mut self, census: &Census, bucket: &Bucket, ids: &str) {
        self.sum(&bucket.cluster).suspended += bucket.records;
        let same = |s: &&mut Suspended| {
            s.path == census.path && s.cluster == bucket.cluster && s.hold == ids
        };
        match self.plan.suspended.iter_mut().rev().find(same) {
            Some(known) => known.records += bucket.records,
            None => self.plan.suspended.push(Suspended {
                path: census.path.clone(),
                cluster: bucket.cluster.clone(),
                hold: ids.to_owned(),
                records: bucket.records,
            }),
        }
    }

    pub(super) fn wait(&mut self, code: &'static str, census: &Census, bucket: &Bucket) {
        self.sum(&bucket.cluster).attention += bucket.records;
        let key = (code, census.path.clone(), bucket.cluster.clone());
        *self.waiting.entry(key).or_default() += bucket.records;
    }

    pub(super) fn touch(&mut self, census: &Census, quarantine: u64) {
        self.plan.files.push(PlannedFile {
            path: census.path.clone(),
            bytes: census.bytes,
            digest: census.digest.clone(),
            records: census.records,
            quarantine,
        });
    }

    /// A file that is left alone: named, with the title of the finding, and not counted.
    pub(super) fn left_alone(&mut self, census: &Census, code: &str) {
        let text = self.catalogue.finding(code);
        self.plan.attention.push(Attention {
            code: code.to_owned(),
            path: census.path.clone(),
            cluster: String::new(),
            records: 0,
            message: text
                .map_or(code, |t| t.title.get(self.head.lang))
                .to_owned(),
        });
    }

    /// A finding that no record waits for.
    pub(super) fn note(&mut self, finding: Finding) {
        let message = self.message(&finding);
        self.plan.attention.push(Attention {
            code: finding.code.to_owned(),
            path: finding.path,
            cluster: String::new(),
            records: 0,
            message,
        });
    }

    fn message(&self, finding: &Finding) -> String {
        let text = self.catalogue.finding(finding.code);
        text.map_or_else(
            || finding.code.to_owned(),
            |t| t.message(finding, self.head.lang),
        )
    }

    pub(super) fn finish(mut self, limits: Limits) -> Plan {
        for ((code, path, cluster), records) in std::mem::take(&mut self.waiting) {
            let finding = Finding::new(code)
                .with("records", records)
                .with("cluster", Arg::declared(&cluster));
            let message = self.message(&finding);
            self.plan.attention.push(Attention {
                code: code.to_owned(),
                path,
                cluster,
                records,
                message,
            });
        }
        for cluster in std::mem::take(&mut self.by_fallback) {
            let Some(rule) = self.rules.cluster(&cluster).map(ClusterRule::rule) else {
                continue;
            };
            self.note(
                Finding::new("G4K-404")
                    .with("cluster", Arg::declared(&cluster))
                    .with("event", Arg::declared(&rule.starts_with.id))
                    .with("fallback", Arg::declared(&rule.fallback.starts_with))
                    .with(
                        "period",
                        Arg::declared(rule.fallback.delete_after.to_string()),
                    ),
            );
        }
        self.plan.attention.sort();
        let order = |s: &Suspended| (s.path.clone(), s.cluster.clone(), s.hold.clone());
        self.plan.suspended.sort_by_key(order);
        let (rules, lang) = (self.rules, self.head.lang);
        let items = self.items.into_iter().map(|(key, gathered)| Item {
            reason: reason(rules.cluster(&key.cluster), &key, &gathered, lang),
            path: key.path,
            cluster: key.cluster,
            stage: key.stage.to_string(),
            action: key.action,
            day_from: gathered.from,
            day_to: gathered.to,
            records: gathered.records,
        });
        self.plan.items = items.collect();
        self.plan.clusters = self.sums.into_values().collect();
        for sum in &self.plan.clusters {
            let totals = &mut self.plan.totals;
            *totals = Sums {
                records: totals.records + sum.records,
                due: totals.due + sum.due,
                kept: totals.kept + sum.kept,
                suspended: totals.suspended + sum.suspended,
                attention: totals.attention + sum.attention,
            };
            self.plan.over_limit.extend(over_limit(sum, limits));
        }
        self.plan.kept.records = self.plan.totals.kept;
        self.plan.plan = plan_id(&self.plan);
        self.plan
    }
}

/// The limits that a cluster exceeds.
pub(super) fn over_limit(sum: &ClusterSum, limits: Limits) -> Vec<OverLimit> {
    let share = limits.max_share.clamp(0.0, 1.0) * sum.records as f64;
    // a count below 2^53 is exact, and so is its floor
    let allowed = [
        ("max_share", Some(share.floor() as u64)),
        ("max_count", limits.max_count),
    ];
    let over = |(limit, allowed): (&str, Option<u64>)| {
        let allowed = allowed.filter(|a| sum.due > *a)?;
        Some(OverLimit {
            cluster: sum.cluster.clone(),
            limit: limit.to_owned(),
            due: sum.due,
            records: sum.records,
            allowed,
        })
    };
    allowed.into_iter().filter_map(over).collect()
}

/// Why an item is due, in words.
fn reason(rule: Option<&ClusterRule>, key: &Key, gathered: &Gathered, lang: Lang) -> String {
    let Some(rule) = rule.map(ClusterRule::rule) else {
        return String::new();
    };
    let mut parts: Vec<String> = Vec::new();
    match key.stage {
        StageName::End => {
            parts.push(end(rule, lang));
            let unknown = !rule.starts_with.in_record;
            match gathered.basis {
                Some(Basis::Fallback) if unknown => parts.push(format!(
                    "{} {}",
                    pick(
                        lang,
                        (
                            "the start is not known, so this holds:",
                            "der Beginn ist nicht bekannt, daher gilt:"
                        )
                    ),
                    fallback(rule, lang)
                )),
                Some(Basis::Fallback) => parts.push(
                    pick(
                        lang,
                        (
                            "without a usable stamp, so the day of the file counts",
                            "ohne brauchbaren Zeitstempel, daher gilt der Tag der Datei",
                        ),
                    )
                    .to_owned(),
                ),
                Some(Basis::Ceiling) => parts.push(
                    pick(
                        lang,
                        ("the ceiling came first", "die Obergrenze kam zuerst"),
                    )
                    .to_owned(),
                ),
                _ => {}
            }
        }
        StageName::Erasure => parts.push(
            pick(
                lang,
                (
                    "erased for a person (GDPR Art. 17)",
                    "für eine Person gelöscht (Art. 17 DSGVO)",
                ),
            )
            .to_owned(),
        ),
        StageName::Stage(n) => {
            let of_rule = usize::from(n).checked_sub(1);
            let of_rule = of_rule.and_then(|i| rule.stages.get(i));
            parts.extend(of_rule.map(|s| stage(s, lang)));
        }
        StageName::AtOnce => {}
    }
    if key.stage != StageName::End {
        let also = [
            (
                gathered.secrets,
                ("secrets blanked at once", "Geheimnisse sofort geleert"),
            ),
            (
                gathered.protected,
                (
                    "parties of calls with protected numbers blanked at once",
                    "Beteiligte an Gesprächen mit geschützten Nummern sofort geleert",
                ),
            ),
        ];
        let also = also.into_iter().filter(|(is, _)| *is);
        parts.extend(also.map(|(_, words)| pick(lang, words).to_owned()));
    }
    if !matches!(key.stage, StageName::AtOnce | StageName::Erasure) {
        parts.push(format!("{} [{}]", rule.legal_ref, rule.mark));
    }
    parts.join("; ")
}
