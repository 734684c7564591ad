//! Suspensions: legal holds and restrictions (GDPR Art. 17(3), 18). They always win.
//!
//! Nothing can be ordered to change without a [`Cleared`], and only the suspensions
//! give one: a path that forgets to ask does not compile.

use chrono::NaiveDate;
use gdpr4k_model::retention::Suspension;
use globset::{GlobBuilder, GlobMatcher};

/// Proof that the suspensions were asked and none holds: one for one record or bucket.
///
/// It cannot be made or copied outside of this module:
///
/// ```compile_fail
/// let cleared = gdpr4k_policy::holds::Cleared(());
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct Cleared(());

/// The suspensions that hold on a day.
#[derive(Debug, Default)]
pub struct Holds {
    active: Vec<Active>,
}

#[derive(Debug)]
struct Active {
    suspension: Suspension,
    path: Option<GlobMatcher>,
}

/// The suspensions that may concern records of one file.
#[derive(Debug)]
pub struct FileHolds<'a> {
    active: Vec<&'a Active>,
}

/// What the suspensions answer.
#[derive(Debug, PartialEq, Eq)]
pub enum Asked {
    /// These hold, by id.
    Held(Vec<String>),
    /// None holds.
    Free(Cleared),
}

/// What a suspension is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The cluster.
    pub cluster: &'a str,
    /// The start day.
    pub day: NaiveDate,
    /// Whether the record itself gives the day; a record without one may lie in any window.
    pub dated: bool,
    /// Ids of the suspensions by person or number that match it.
    pub held: &'a [String],
}

impl Holds {
    /// Those of all suspensions, released ones included, that hold on a day.
    ///
    /// # Errors
    /// The id of a suspension whose path is no glob: it cannot be asked, so nothing may go on.
    pub fn on(suspensions: &[Suspension], as_of: NaiveDate) -> Result<Self, String> {
        let mut active = Vec::new();
        for suspension in suspensions.iter().filter(|s| holds(s, as_of)) {
            let path = match &suspension.path {
                None => None,
                Some(glob) => Some(
                    GlobBuilder::new(glob)
                        .literal_separator(true)
                        .build()
                        .map_err(|_| suspension.id.clone())?
                        .compile_matcher(),
                ),
            };
            active.push(Active {
                suspension: suspension.clone(),
                path,
            });
        }
        Ok(Self { active })
    }

    /// Those that may concern records of a file.
    pub fn of_file(&self, path: &str) -> FileHolds<'_> {
        let within = |a: &&Active| a.path.as_ref().is_none_or(|p| p.is_match(path));
        FileHolds {
            active: self.active.iter().filter(within).collect(),
        }
    }

    /// How many hold.
    pub fn len(&self) -> usize {
        self.active.len()
    }

    /// Whether none holds.
    pub fn is_empty(&self) -> bool {
        self.active.is_empty()
    }

    /// Those by person or number: the reader of a file says which of its records they match.
    pub fn by_number(&self) -> impl Iterator<Item = &Suspension> {
        let all = self.active.iter().map(|a| &a.suspension);
        all.filter(|s| s.by_number)
    }
}

impl FileHolds<'_> {
    /// Whether none concerns the file, so that [`Self::ask`] clears everything.
    pub fn is_empty(&self) -> bool {
        self.active.is_empty()
    }

    /// Until when records like this are held, as far as is known today.
    pub fn until(&self, subject: &Subject<'_>) -> HeldUntil {
        let holding = self.active.iter().map(|a| &a.suspension);
        holding
            .filter(|s| concerns(s, subject))
            .map(|s| s.until.map_or(HeldUntil::Released, HeldUntil::Day))
            .max()
            .unwrap_or(HeldUntil::Free)
    }

    /// Asks about a record, or about records that are equal in all that counts.
    pub fn ask(&self, subject: &Subject<'_>) -> Asked {
        if self.active.is_empty() {
            return Asked::Free(Cleared(()));
        }
        let holding = self.active.iter().map(|a| &a.suspension);
        let holding = holding.filter(|s| concerns(s, subject));
        let ids: Vec<String> = holding.map(|s| s.id.clone()).collect();
        if ids.is_empty() {
            Asked::Free(Cleared(()))
        } else {
            Asked::Held(ids)
        }
    }
}

/// Until when records are held, for forecasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HeldUntil {
    /// No suspension holds them.
    Free,
    /// Up to and with this day.
    Day(NaiveDate),
    /// Until somebody releases it.
    Released,
}

/// Whether a suspension holds on a day: not released, and its end not past.
fn holds(suspension: &Suspension, as_of: NaiveDate) -> bool {
    suspension.released_at.is_none() && suspension.until.is_none_or(|until| as_of <= until)
}

fn concerns(suspension: &Suspension, subject: &Subject<'_>) -> bool {
    let window = !subject.dated
        || (suspension.from.is_none_or(|from| from <= subject.day)
            && suspension.to.is_none_or(|to| subject.day <= to));
    window
        && suspension
            .cluster
            .as_deref()
            .is_none_or(|c| c == subject.cluster)
        && (!suspension.by_number || subject.held.contains(&suspension.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn hold(id: &str) -> Suspension {
        Suspension {
            id: id.to_owned(),
            ..Suspension::default()
        }
    }

    fn asked(
        holds: &Holds,
        path: &str,
        cluster: &str,
        on: &str,
        dated: bool,
        held: &[&str],
    ) -> String {
        let held: Vec<String> = held.iter().map(|h| (*h).to_owned()).collect();
        let subject = Subject {
            cluster,
            day: day(on),
            dated,
            held: &held,
        };
        match holds.of_file(path).ask(&subject) {
            Asked::Held(ids) => ids.join(" "),
            Asked::Free(_) => "free".to_owned(),
        }
    }

    #[test]
    fn each_suspension_holds_what_it_names_and_nothing_else() {
        let suspensions = [
            Suspension {
                cluster: Some("trace".to_owned()),
                ..hold("H1")
            },
            Suspension {
                path: Some("cdr/2026/*.txt".to_owned()),
                from: Some(day("2026-03-01")),
                to: Some(day("2026-03-31")),
                ..hold("H2")
            },
            Suspension {
                by_number: true,
                ..hold("H3")
            },
        ];
        let holds = Holds::on(&suspensions, day("2026-11-22")).unwrap();
        assert_eq!(holds.len(), 3);
        assert_eq!(holds.by_number().count(), 1);
        let outgoing = "call-detail-outgoing";
        assert_eq!(
            asked(&holds, "t/1.log", "trace", "2026-01-01", true, &[]),
            "H1"
        );
        assert_eq!(
            asked(&holds, "cdr/2026/a.txt", outgoing, "2026-03-01", true, &[]),
            "H2"
        );
        assert_eq!(
            asked(&holds, "cdr/2026/a.txt", outgoing, "2026-04-01", true, &[]),
            "free"
        );
        // a record without a day may lie in the window
        assert_eq!(
            asked(&holds, "cdr/2026/a.txt", outgoing, "2026-04-01", false, &[]),
            "H2"
        );
        assert_eq!(
            asked(
                &holds,
                "cdr/2026/b/a.txt",
                outgoing,
                "2026-03-01",
                true,
                &[]
            ),
            "free"
        );
        assert_eq!(
            asked(
                &holds,
                "cdr/2026/a.txt",
                outgoing,
                "2026-03-31",
                true,
                &["H3"]
            ),
            "H2 H3"
        );
        assert_eq!(
            asked(&holds, "x", outgoing, "2026-03-31", true, &["H9"]),
            "free"
        );
    }

    #[test]
    fn a_suspension_ends_when_it_is_released_or_its_day_is_past() {
        let until = Suspension {
            until: Some(day("2026-06-30")),
            ..hold("H1")
        };
        let released = Suspension {
            released_at: Some("2026-05-01T10:00:00+02:00".to_owned()),
            ..hold("H2")
        };
        let review = Suspension {
            review: Some(day("2026-06-01")),
            ..hold("H3")
        };
        let all = [until, released, review];
        let on = |d: &str| {
            asked(
                &Holds::on(&all, day(d)).unwrap(),
                "x",
                "trace",
                "2026-01-01",
                true,
                &[],
            )
        };
        assert_eq!(on("2026-06-30"), "H1 H3");
        // a review that is due does not end it
        assert_eq!(on("2026-07-01"), "H3");
        let broken = Suspension {
            path: Some("cdr/[".to_owned()),
            ..hold("H4")
        };
        assert_eq!(Holds::on(&[broken], day("2026-06-30")).unwrap_err(), "H4");
    }
}
