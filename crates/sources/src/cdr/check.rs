//! `gdpr4k layout check`: what a layout makes of a file.

use std::sync::Arc;

use chrono::NaiveDate;
use gdpr4k_model::Finding;
use gdpr4k_model::catalogue::{ClusterIx, ElementIx};

use super::layout::Layout;
use super::reader::{CdrReader, Context};
use crate::{Account, Fact, Reader, Record, Sink};

/// The outcome of a check, without any value.
#[derive(Clone, Debug, Default)]
pub struct Check {
    /// Account of the lines.
    pub account: Account,
    /// All findings, in the order of the file.
    pub findings: Vec<Finding>,
    /// Lines of each `[[record]]` of the layout.
    pub variants: Vec<(String, u64)>,
    /// Values met of each element.
    pub elements: Vec<(ElementIx, u64)>,
    /// Records of each cluster.
    pub clusters: Vec<(ClusterIx, u64)>,
    /// First and last day of the records.
    pub days: Option<(NaiveDate, NaiveDate)>,
    /// Records with a day.
    pub dated: u64,
}

impl Sink for Check {
    fn record(&mut self, record: &Record<'_>) {
        if let Some(day) = record.day {
            self.dated += 1;
            self.days = Some(
                self.days
                    .map_or((day, day), |(a, b)| (a.min(day), b.max(day))),
            );
        }
        if let Some(cluster) = record.cluster {
            count(&mut self.clusters, cluster);
        }
        for value in record.values {
            count(&mut self.elements, value.element);
        }
    }

    fn fact(&mut self, _fact: Fact) {}

    fn finding(&mut self, finding: Finding) {
        self.findings.push(finding);
    }
}

fn count<T: PartialEq>(list: &mut Vec<(T, u64)>, what: T) {
    match list.iter_mut().find(|(t, _)| *t == what) {
        Some((_, n)) => *n += 1,
        None => list.push((what, 1)),
    }
}

/// Reads bytes by a layout and says what came of it. Reads them as a closed file.
pub fn check(layout: &Arc<Layout>, bytes: &[u8], context: Context) -> Check {
    let mut check = Check::default();
    let mut reader = CdrReader::new(Arc::clone(layout), context);
    reader.feed(bytes, &mut check);
    check.account = reader.finish(false, &mut check);
    let names = layout.variants.iter().map(|v| v.id.clone());
    check.variants = names.zip(reader.by_variant().iter().copied()).collect();
    check
}
