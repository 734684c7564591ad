//! From the inventory and the rules to the data map.

use chrono::NaiveDate;
use gdpr4k_model::catalogue::Catalogue;
use gdpr4k_model::inventory::Inventory;
use gdpr4k_model::site::Site;
use gdpr4k_model::{Lang, Text};
use gdpr4k_policy::{Basis, EffectiveRule, Facts, Origin, Policy, due, sentence};
use gdpr4k_report::{DataMap, Inputs, RuleText};

/// What the documents of a site are made from.
pub struct Material<'a> {
    /// The catalogue.
    pub catalogue: &'a Catalogue,
    /// The site.
    pub site: &'a Site,
    /// Its rules.
    pub policy: &'a Policy,
    /// The inventory of the last scan.
    pub inventory: &'a Inventory,
    /// The scan before.
    pub previous: Option<&'a Inventory>,
    /// When the last scan was finished, RFC 3339.
    pub scanned_at: &'a str,
    /// When the document is made, RFC 3339.
    pub generated_at: &'a str,
    /// Version of this program.
    pub tool_version: &'a str,
}

/// Builds the data map.
pub fn data_map(material: &Material<'_>) -> DataMap {
    let inventory = material.inventory;
    let rules: Vec<RuleText> = material
        .policy
        .rules
        .iter()
        .map(|rule| {
            let oldest = inventory
                .clusters
                .iter()
                .find(|c| c.cluster == rule.cluster)
                .and_then(|c| c.oldest);
            rule_text(rule, oldest, inventory.as_of)
        })
        .collect();
    DataMap::build(&Inputs {
        catalogue: material.catalogue,
        inventory,
        site: material.site,
        rules: &rules,
        previous: material.previous,
        tool_version: material.tool_version,
        generated_at: material.generated_at,
        scanned_at: material.scanned_at,
    })
}

/// A rule in words, with what it means for the oldest record found.
fn rule_text(rule: &EffectiveRule, oldest: Option<NaiveDate>, as_of: NaiveDate) -> RuleText {
    let judged = oldest.map(|day| {
        due(
            rule,
            &Facts {
                record_day: Some(day),
                file_day: day,
                events: &[],
                open: false,
            },
        )
    });
    let by_fallback = judged.is_some_and(|d| d.basis == Basis::Fallback);
    let (period, year_end) = if by_fallback {
        (rule.fallback.delete_after, rule.fallback.from_year_end)
    } else {
        (rule.delete_after, rule.from_year_end)
    };
    RuleText {
        cluster: rule.cluster.clone(),
        sentence: Text {
            en: sentence(rule, Lang::En),
            de: sentence(rule, Lang::De),
        },
        starts_with: rule.starts_with.id.clone(),
        delete_after: rule.delete_after,
        stages: Vec::new(),
        reason: rule.reason.clone(),
        source: if rule.origin == Origin::Pack {
            rule.pack.clone()
        } else {
            "site.toml".to_owned()
        },
        legal_ref: rule.legal_ref.clone(),
        mark: rule.mark.clone(),
        justification: rule.justification.clone(),
        kept_from: oldest.and_then(|_| RuleText::kept_from(period, year_end, as_of)),
        overdue_days: judged
            .and_then(|d| d.day)
            .map(|day| (as_of - day).num_days()),
        judged_by_fallback: by_fallback,
    }
}
