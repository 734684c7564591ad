//! Findings that are one per file and kind, with a count.

use gdpr4k_model::Finding;
use gdpr4k_model::finding::Arg;

use super::layout::Layout;
use crate::Sink;

/// How often something was met, and where first.
#[derive(Debug, Default)]
pub(super) struct Tally {
    count: u64,
    first: u64,
}

impl Tally {
    pub(super) const fn add(&mut self, line: u64) {
        if self.count == 0 {
            self.first = line;
        }
        self.count += 1;
    }
}

#[derive(Debug, Default)]
pub(super) struct Tallies {
    /// Records without any stamp.
    pub(super) no_day: Tally,
    /// Records whose stamp is not believed.
    pub(super) odd_day: Tally,
    /// Direction codes that the layout does not list.
    pub(super) direction: Tally,
    /// Jumps of the running number.
    pub(super) gaps: Tally,
    /// Numbers left out in these jumps.
    pub(super) missing: u64,
    /// Fillers that hold something.
    pub(super) filler: Tally,
    /// Records in the hour that comes twice in October.
    pub(super) repeated: Tally,
    /// Bytes outside the declared code page.
    pub(super) code_page: Tally,
}

impl Tallies {
    pub(super) fn report(&self, layout: &Layout, records: u64, sink: &mut dyn Sink) {
        for (code, tally) in [
            ("G4K-111", &self.no_day),
            ("G4K-112", &self.odd_day),
            ("G4K-113", &self.direction),
            ("G4K-115", &self.filler),
            ("G4K-116", &self.code_page),
            ("G4K-122", &self.repeated),
        ] {
            if tally.count > 0 {
                sink.finding(
                    Finding::new(code)
                        .at(tally.first)
                        .with("count", tally.count),
                );
            }
        }
        if self.gaps.count > 0 {
            sink.finding(
                Finding::new("G4K-114")
                    .at(self.gaps.first)
                    .with("count", self.gaps.count)
                    .with("missing", self.missing),
            );
        }
        if records == 0 {
            return;
        }
        if !layout.undeclared.is_empty() {
            let mut names = layout
                .undeclared
                .iter()
                .take(5)
                .cloned()
                .collect::<Vec<_>>()
                .join(", ");
            if layout.undeclared.len() > 5 {
                names.push_str(", ...");
            }
            sink.finding(
                Finding::new("G4K-117")
                    .with("count", layout.undeclared.len())
                    .with("fields", Arg::declared(names))
                    .with("layout", Arg::declared(layout.name.clone())),
            );
        }
        if !layout.verified {
            sink.finding(
                Finding::new("G4K-118").with("layout", Arg::declared(layout.name.clone())),
            );
        }
    }
}
