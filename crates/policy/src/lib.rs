//! What is due: the rule of every cluster, its day, and its sentence.
//!
//! Nothing here touches a file or a clock: days are arguments, a policy is a value
//! that exists only if every cluster with data of persons has exactly one rule.

mod calendar;
pub mod cells;
mod deadline;
mod due;
mod findings;
pub mod holds;
pub mod mask;
mod matrix;
pub mod plan;
mod resolve;
mod selector;
mod sentence;
mod show;
pub mod simulate;
pub mod status;
pub mod token;
pub mod treat;
mod wider;

pub use calendar::{Calendar, Region, regions};
pub use deadline::{Clock, Deadline, Pause, PauseKind, Standing, deadline, standing};
pub use due::{Basis, DueDay, Facts, Overdue, due, overdue, plausible, stage_day};
pub use findings::{missing_rules, overdue_finding, policy_findings, token_findings};
pub use matrix::{Matrix, MatrixRow, matrix};
pub use resolve::{EffectiveRule, Origin, PackInfo, Policy, Source};
pub use selector::{Selectors, Sort};
pub use sentence::{notice, sentence};
pub use show::{ClusterView, PolicyView, packs_text, policy_text, policy_view};
