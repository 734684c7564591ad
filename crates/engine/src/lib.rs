//! The three jobs: inventory, retention, subject access. Wiring only: no rule, no format, no SQL.

pub mod inventory;
pub mod retention;
pub mod subject;

pub mod data_map;
