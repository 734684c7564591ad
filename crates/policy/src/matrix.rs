//! The matrix of deletion classes (DIN 66398): starting points as rows, standard periods as columns.

use gdpr4k_model::catalogue::{Catalogue, StandardPeriod, StartingPoint};
use serde::Serialize;

use crate::resolve::Policy;

/// The deletion classes in use.
#[doc(alias = "Löschklassen")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Matrix {
    /// Periods in use, short ones first; those from the end of the year last.
    pub columns: Vec<StandardPeriod>,
    /// The three starting points.
    pub rows: Vec<MatrixRow>,
    /// Periods of the site that the catalogue does not know as standard ones.
    pub not_standard: Vec<StandardPeriod>,
}

/// The deletion classes of one starting point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MatrixRow {
    /// Starting point.
    pub starting_point: StartingPoint,
    /// Clusters (ids) for each column.
    pub cells: Vec<Vec<String>>,
}

/// Sorts the clusters of a policy into their deletion classes; every cluster is in exactly one cell.
pub fn matrix(catalogue: &Catalogue, policy: &Policy) -> Matrix {
    let mut columns: Vec<StandardPeriod> = Vec::new();
    for rule in &policy.rules {
        let column = StandardPeriod {
            period: rule.delete_after,
            from_year_end: rule.from_year_end,
        };
        if !columns.contains(&column) {
            columns.push(column);
        }
    }
    columns.sort_by_key(|c| (c.from_year_end, c.period.rough_days(), c.period.days));
    let rows = StartingPoint::ALL
        .iter()
        .map(|point| MatrixRow {
            starting_point: *point,
            cells: columns
                .iter()
                .map(|c| {
                    policy
                        .rules
                        .iter()
                        .filter(|r| r.starts_with.starting_point == *point)
                        .filter(|r| {
                            r.delete_after == c.period && r.from_year_end == c.from_year_end
                        })
                        .map(|r| r.cluster.clone())
                        .collect()
                })
                .collect(),
        })
        .collect();
    let standard = catalogue.standard_periods();
    let not_standard = columns
        .iter()
        .filter(|c| !standard.contains(c))
        .cloned()
        .collect();
    Matrix {
        columns,
        rows,
        not_standard,
    }
}
