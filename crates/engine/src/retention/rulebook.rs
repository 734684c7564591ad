//! Everything that decides about records, made ready once for a run.

use std::sync::Arc;

use gdpr4k_model::catalogue::{Catalogue, ClusterIx, ElementIx};
use gdpr4k_model::number::{NumberPlans, Party};
use gdpr4k_policy::Sort;
use gdpr4k_policy::holds::Holds;
use gdpr4k_policy::mask::Numbers;
use gdpr4k_policy::treat::{Protected, Rules};

use super::watch::Watch;

/// The rules of a day with all that they ask about a record.
pub(crate) struct Rulebook<'a> {
    pub(crate) catalogue: &'a Catalogue,
    /// The number plans of the site.
    pub(crate) plans: Arc<NumberPlans>,
    /// The same, with what tokens need.
    pub(crate) numbers: Numbers,
    /// Due days and stages of every cluster, for the day of the run.
    pub(crate) rules: Rules,
    /// Numbers whose calls lose their parties first.
    pub(crate) protected: Protected,
    /// Numbers that suspensions and erasure orders name.
    pub(crate) watch: Watch,
    /// Suspensions; nothing is changed without asking them.
    pub(crate) holds: Holds,
    sorts: Vec<Sort>,
}

impl<'a> Rulebook<'a> {
    pub(crate) fn new(
        catalogue: &'a Catalogue,
        plans: Arc<NumberPlans>,
        rules: Rules,
        protected: Protected,
        watch: Watch,
        holds: Holds,
    ) -> Self {
        Self {
            numbers: Numbers::new((*plans).clone()),
            sorts: catalogue.elements().map(Sort::of).collect(),
            catalogue,
            plans,
            rules,
            protected,
            watch,
            holds,
        }
    }

    /// Whether records with some numbers have to be asked about on their own.
    pub(crate) fn watches(&self) -> bool {
        !self.protected.is_empty() || !self.watch.is_empty()
    }

    /// Whether a party is protected, or suspended or erased on some day.
    pub(crate) fn is_watched(&self, party: &Party) -> bool {
        self.protected.hits(party) || self.watch.knows(party)
    }

    /// What the values of an element are.
    pub(crate) fn sort(&self, element: ElementIx) -> Sort {
        self.sorts[element.0 as usize]
    }

    /// The id of a cluster.
    pub(crate) fn cluster(&self, cluster: ClusterIx) -> &'a str {
        &self.catalogue.cluster_entry(cluster).id
    }
}
