//! A bench for the tests of single files: a census, a plan, the file after it, and the laws that always hold.

use std::fmt::Write as _;
use std::io::Cursor;
use std::sync::{Arc, LazyLock};

use chrono::NaiveDate;
use gdpr4k_model::Catalogue;
use gdpr4k_model::catalogue::{Action, Selector, Stage};
use gdpr4k_model::number::{NumberPlan, NumberPlans};
use gdpr4k_model::retention::{Plan, Suspension};
use gdpr4k_model::site::Override;
use gdpr4k_policy::Policy;
use gdpr4k_policy::cells::Threshold;
use gdpr4k_policy::holds::Holds;
use gdpr4k_policy::plan::{Head, Limits, plan};
use gdpr4k_policy::token::TokenKeys;
use gdpr4k_policy::treat::{Events, Protected, Rules};
use gdpr4k_sources::Reader;
use gdpr4k_sources::knowledge::TableKnowledge;
use gdpr4k_sources::people::search::Eyes;
use gdpr4k_sources::people::{Detector, Options, SitePeople};
use gdpr4k_sources::pm::Markup;

use super::Error;
use super::counts::Counts;
use super::facts::FileContext;
use super::lines::{self, Taken, Tools};
use super::reports;
use super::rulebook::Rulebook;
use super::watch::{Held, Watch};

pub(super) static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::builtin);
pub(super) static TABLES: LazyLock<TableKnowledge> =
    LazyLock::new(|| TableKnowledge::new(&CATALOGUE).unwrap_or_else(|p| panic!("{p}")));

/// What a site asks where it says nothing.
const THRESHOLD: Threshold = Threshold {
    k: 5,
    dominance: 0.85,
};

pub(super) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// The bytes of a fixture.
pub(super) fn fixture(path: &str) -> Vec<u8> {
    let path = format!("{}/../../tests/fixtures/{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// A stage, such as `P7D external-number cut 3`.
pub(super) fn stage(text: &str) -> Stage {
    let words: Vec<&str> = text.split(' ').collect();
    let pick = |word: &str| Selector::ALL.iter().find(|s| s.id() == word).copied();
    let action = Action::ALL.iter().find(|a| a.id() == words[2]).copied();
    Stage {
        after: words[0].parse().unwrap(),
        fields: words[1]
            .split(',')
            .map(|w| pick(w).unwrap_or_else(|| panic!("{w}")))
            .collect(),
        action: action.unwrap_or_else(|| panic!("{text}")),
        digits: words.get(3).and_then(|n| n.parse().ok()),
        to: None,
    }
}

/// Everything that decides, for one day.
pub(super) struct Bench {
    as_of: NaiveDate,
    overrides: Vec<Override>,
    protected: Vec<&'static str>,
    suspensions: Vec<Suspension>,
    held: Vec<(&'static str, Held)>,
    no_keys: bool,
}

/// What came of a file.
pub(super) struct Outcome {
    pub(super) taken: Taken,
    pub(super) plan: Plan,
    /// None where the plan leaves the file alone or deletes it.
    pub(super) new: Option<(Vec<u8>, Vec<u8>, Counts)>,
    /// Why it could not be rewritten.
    pub(super) failure: Option<lines::Failure>,
}

impl Bench {
    pub(super) fn on(as_of: &str) -> Self {
        Self {
            as_of: day(as_of),
            overrides: Vec::new(),
            protected: Vec::new(),
            suspensions: Vec::new(),
            held: Vec::new(),
            no_keys: false,
        }
    }

    /// Other stages for a cluster.
    pub(super) fn stages(mut self, cluster: &str, stages: &[&str]) -> Self {
        self.overrides.push(Override {
            cluster: cluster.to_owned(),
            stages: Some(stages.iter().map(|s| stage(s)).collect()),
            justification: Some("a test".to_owned()),
            line: 1,
            ..Override::default()
        });
        self
    }

    /// No key is there.
    pub(super) fn without_keys(mut self) -> Self {
        self.no_keys = true;
        self
    }

    pub(super) fn protect(mut self, number: &'static str) -> Self {
        self.protected.push(number);
        self
    }

    pub(super) fn hold(mut self, suspension: Suspension) -> Self {
        self.suspensions.push(suspension);
        self
    }

    /// A suspension of a number, in its canonical form.
    pub(super) fn hold_number(mut self, number: &'static str) -> Self {
        let id = format!("H{}", self.suspensions.len() + 1);
        self.suspensions.push(Suspension {
            id: id.clone(),
            by_number: true,
            ..Suspension::default()
        });
        self.held.push((
            number,
            Held {
                id,
                from: None,
                to: None,
            },
        ));
        self
    }

    /// Runs a file that is read line by line.
    pub(super) fn lines(
        &self,
        path: &str,
        file_day: &str,
        bytes: &[u8],
        reader: &dyn Fn() -> Box<dyn Reader>,
    ) -> Outcome {
        self.run(
            path,
            file_day,
            bytes,
            &|file, bytes| lines::census(file, &mut *reader(), &mut &bytes[..], false),
            &|file, tools, bytes| {
                let (mut out, mut apart) = (Vec::new(), Vec::new());
                let counts = lines::rewrite(
                    file,
                    tools,
                    &mut *reader(),
                    &mut &bytes[..],
                    &mut out,
                    &mut apart,
                )?;
                Ok((out, apart, counts))
            },
        )
    }

    /// Runs a report.
    pub(super) fn report(
        &self,
        path: &str,
        file_day: &str,
        bytes: &[u8],
        markup: Markup,
    ) -> Outcome {
        self.run(
            path,
            file_day,
            bytes,
            &|file, bytes| {
                let how = (markup, &*TABLES, THRESHOLD);
                reports::census(file, how, &mut Cursor::new(bytes))
            },
            &|file, tools, bytes| {
                let (mut out, mut apart) = (Vec::new(), Vec::new());
                let how = (markup, &*TABLES);
                let counts = reports::rewrite(
                    file,
                    tools,
                    how,
                    &mut Cursor::new(bytes),
                    &mut out,
                    &mut apart,
                )?;
                Ok((out, apart, counts))
            },
        )
    }

    #[allow(
        clippy::type_complexity,
        reason = "what is tested, named where it is used"
    )]
    fn run(
        &self,
        path: &str,
        file_day: &str,
        bytes: &[u8],
        census: &dyn Fn(FileContext<'_>, &[u8]) -> Result<Taken, lines::Failure>,
        rewrite: &dyn Fn(
            FileContext<'_>,
            &Tools<'_>,
            &[u8],
        ) -> Result<(Vec<u8>, Vec<u8>, Counts), lines::Failure>,
    ) -> Outcome {
        let node = NumberPlan {
            country: "49".to_owned(),
            area: "30".to_owned(),
            main: "23125".to_owned(),
            extension_length: 4,
            trunk_prefix: "0".to_owned(),
        };
        let plans = Arc::new(NumberPlans::new([node]));
        let options = Options {
            services: vec!["engr".to_owned(), "xieapi".to_owned()],
            ..Options::default()
        };
        let detector = Detector::new(&plans, 0, &SitePeople::default(), &options);
        let policy = Policy::resolve(&CATALOGUE, "de-business-only", &self.overrides)
            .unwrap_or_else(|p| panic!("{p}"));
        let (protected, wrong) = Protected::new(&plans, self.protected.iter().copied());
        assert!(wrong.is_empty());
        let mut watch = Watch::default();
        for (number, held) in &self.held {
            watch.hold(number, held.clone());
        }
        let holds = Holds::on(&self.suspensions, self.as_of).unwrap();
        let book = Rulebook::new(
            &CATALOGUE,
            Arc::clone(&plans),
            Rules::compile(&policy, self.as_of, Events::default()),
            protected,
            watch,
            holds,
        );
        let file = FileContext {
            book: &book,
            eyes: Eyes {
                detector: &detector,
                texts: TABLES.texts(),
                node: 0,
            },
            path,
            kind: "test",
            node: (0, ""),
            day: day(file_day),
        };
        let planned = |taken: &Taken| {
            let limits = Limits {
                max_share: 1.0,
                max_count: None,
            };
            let censuses = [taken.census.clone()];
            plan(
                &Head::default(),
                &censuses,
                &book.rules,
                &book.holds,
                limits,
                &CATALOGUE,
            )
        };
        let keys = |day: NaiveDate| {
            let quarter = day.format("%Y%m").to_string();
            let id: u32 = quarter.parse().unwrap_or(0) / 3;
            if self.no_keys {
                return Err(Error::Untreated {
                    path: String::new(),
                    why: "no key".to_owned(),
                });
            }
            Ok(Arc::new(TokenKeys::new(id, &[id as u8; 32], 4)))
        };
        let of_file = book.holds.of_file(path);
        let tools = Tools {
            holds: &of_file,
            keys: &keys,
            threshold: THRESHOLD,
        };
        let taken = census(file, bytes).unwrap_or_else(|e| panic!("{e}"));
        for finding in &taken.findings {
            assert!(
                CATALOGUE.finding(finding.code).is_some(),
                "{} is not documented",
                finding.code
            );
        }
        let plan = planned(&taken);
        let deleted = plan.items.iter().any(|i| i.action.id() == "delete-file");
        let mut outcome = Outcome {
            taken,
            plan,
            new: None,
            failure: None,
        };
        if outcome.plan.files.is_empty() || deleted {
            return outcome;
        }
        let (out, apart, counts) = match rewrite(file, &tools, bytes) {
            Ok(done) => done,
            Err(failure) if self.no_keys => {
                outcome.failure = Some(failure);
                return outcome;
            }
            Err(failure) => panic!("{failure}"),
        };
        agrees(&outcome.plan, &counts);
        // a fresh reading finds nothing due, and a second run changes nothing
        let again = census(file, &out).unwrap_or_else(|e| panic!("{e}"));
        let left = planned(&again);
        assert_eq!(left.items, [], "something is still due");
        assert_eq!(again.census.damaged, 0);
        let (second, nothing, none) = rewrite(file, &tools, &out).unwrap_or_else(|e| panic!("{e}"));
        assert!(second == out, "a second run changes the file");
        assert!(nothing.is_empty() && none.left() == none.kept + none.suspended);
        if path.ends_with(".xlsx") {
            // a row of results of formulas is none until they are worked out again
            assert!(counts.left() >= none.left());
        } else {
            assert_eq!(counts.left(), none.left());
        }
        outcome.new = Some((out, apart, counts));
        outcome
    }
}

/// What was done is what the plan says.
fn agrees(plan: &Plan, counts: &Counts) {
    assert!(counts.agrees(plan, &plan.files[0].path), "{counts:?}");
    assert_eq!(plan.totals.kept + plan.totals.attention, counts.kept);
    assert_eq!(plan.totals.suspended, counts.suspended);
    assert_eq!(plan.files[0].quarantine, counts.quarantined);
    let aside = counts.aside.len() as u64;
    assert_eq!(aside, counts.quarantined.min(1_000));
    assert!(
        counts
            .aside
            .iter()
            .all(|a| a.bytes > 0 && !a.code.is_empty())
    );
}

impl Outcome {
    /// The new file as text.
    pub(super) fn text(&self) -> String {
        let (out, ..) = self.new.as_ref().expect("it was rewritten");
        String::from_utf8_lossy(out).into_owned()
    }

    /// Plan, counts and texts.
    pub(super) fn show(&self) -> String {
        let mut said = String::new();
        for bucket in &self.taken.census.buckets {
            let _ = writeln!(
                said,
                "{} {}{} pending {:b}{}{} {}: {}",
                bucket.cluster,
                bucket.day,
                if bucket.dated { "" } else { " (file)" },
                bucket.pending,
                if bucket.protected { " protected" } else { "" },
                if bucket.erase { " erase" } else { "" },
                bucket.held.join(","),
                bucket.records
            );
        }
        let _ = writeln!(
            said,
            "by record {}, damaged {}",
            self.taken.census.by_record, self.taken.census.damaged
        );
        for finding in &self.taken.findings {
            let text = CATALOGUE
                .finding(finding.code)
                .map(|t| t.message(finding, gdpr4k_model::Lang::En));
            let _ = writeln!(said, "{}: {}", finding.code, text.unwrap_or_default());
        }
        for item in &self.plan.items {
            let _ = writeln!(
                said,
                "{} {} {} {}",
                item.cluster,
                item.stage,
                item.action.id(),
                item.records
            );
        }
        match &self.new {
            None => said.push_str("not rewritten\n"),
            Some((out, apart, counts)) => {
                let Counts {
                    kept,
                    suspended,
                    sums,
                    emptied,
                    ..
                } = counts;
                let _ = writeln!(
                    said,
                    "left {}, kept {kept}, suspended {suspended}, sums {sums}, emptied {emptied}",
                    counts.left()
                );
                let _ = writeln!(said, "---\n{}---\n{}", shown(out), shown(apart));
            }
        }
        said
    }
}

/// Bytes as text, with line ends that can be seen.
fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes)
        .replace('\r', "\\r")
        .replace('\u{feff}', "\\ufeff")
}
