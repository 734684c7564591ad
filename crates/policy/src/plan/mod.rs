//! The plan: what is due on a day, from the censuses of the files. Pure and in a fixed order.

mod build;
mod file;

pub use file::main_cluster;

use gdpr4k_model::Lang;
use gdpr4k_model::catalogue::Catalogue;
use gdpr4k_model::retention::{Census, OverLimit, Plan};
use sha2::{Digest, Sha256};

use crate::holds::Holds;
use crate::resolve::Policy;
use crate::show::policy_view;
use crate::treat::Rules;
use build::Builder;
use file::File;

/// What stands at the head of a plan.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// Name of the site.
    pub site: String,
    /// Language of the reasons.
    pub lang: Lang,
    /// Digest of the rules, see [`policy_digest`].
    pub policy: String,
    /// Digest of the catalogue.
    pub catalogue: String,
    /// Digest of what else decides.
    pub context: String,
}

/// Limits of `[retention]`.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Share of a cluster that a plan may touch.
    pub max_share: f64,
    /// Records of a cluster that a plan may touch.
    pub max_count: Option<u64>,
}

/// What is due on the day of the rules.
///
/// Every record of the censuses comes into exactly one of due, kept, suspended and
/// attention; files that are left alone are named and not counted.
pub fn plan(
    head: &Head,
    censuses: &[Census],
    rules: &Rules,
    holds: &Holds,
    limits: Limits,
    catalogue: &Catalogue,
) -> Plan {
    let mut builder = Builder::new(head, rules, catalogue);
    let mut sorted: Vec<&Census> = censuses.iter().collect();
    sorted.sort_by(|a, b| a.path.cmp(&b.path));
    for census in sorted {
        match &census.left_alone {
            Some(code) => builder.left_alone(census, code),
            None => File::new(census, rules, holds).add_to(&mut builder),
        }
    }
    builder.finish(limits)
}

/// The limits that a plan exceeds.
pub fn over_limit(plan: &Plan, limits: Limits) -> Vec<OverLimit> {
    plan.clusters
        .iter()
        .flat_map(|sum| build::over_limit(sum, limits))
        .collect()
}

/// The id that a plan has by its content: the first 16 hexadecimal digits of the SHA-256
/// of its JSON with an empty id.
pub fn plan_id(plan: &Plan) -> String {
    let bare = Plan {
        plan: String::new(),
        ..plan.clone()
    };
    let json = serde_json::to_vec(&bare).unwrap_or_default();
    hex(&Sha256::digest(json)[..8])
}

/// The digest of the rules: `sha256:` and 64 hexadecimal digits.
pub fn policy_digest(policy: &Policy) -> String {
    let json = serde_json::to_vec(&policy_view(policy, Lang::En)).unwrap_or_default();
    format!("sha256:{}", hex(&Sha256::digest(json)))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests;
