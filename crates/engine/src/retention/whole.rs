//! Files that stay or go as a whole: PDF and pictures of reports, recordings, closed traces, archives, backups.
//!
//! Such a file counts as one record of the day of the file (date in its name, else of its last change), whatever
//! is in it. Nothing of it is opened, so neither numbers nor persons can be asked about: a suspension by number
//! does not find it, one by path, cluster or time does.

use std::collections::BTreeSet;

use gdpr4k_model::catalogue::{ClusterIx, ElementIx};

use super::facts::{Buckets, FileContext, Judge, RecordFacts};
use super::lines::Taken;

/// What a file without lines holds: one record of an element.
pub(crate) fn census(file: FileContext<'_>, element: ElementIx) -> Taken {
    let cluster = file.book.catalogue.cluster_of(element);
    of_clusters(file, &BTreeSet::from([cluster]))
}

/// What an archive holds, by the clusters of its members: one record of the cluster that ends first, so that none
/// of its data stay too long.
pub(crate) fn of_clusters(file: FileContext<'_>, clusters: &BTreeSet<ClusterIx>) -> Taken {
    let judge = Judge::new(file);
    let mut buckets = Buckets::default();
    if let Some(cluster) = clusters.iter().min_by_key(|c| (judge.rank(**c), **c)) {
        buckets.add(RecordFacts {
            cluster: *cluster,
            day: file.day,
            dated: false,
            pending: 0,
            protected: false,
            erase: false,
            held: Vec::new(),
        });
    }
    Taken {
        census: buckets.census(&judge, 0, false),
        findings: Vec::new(),
    }
}
