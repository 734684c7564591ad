//! The three jobs: inventory, retention, subject access. Wiring only: no rule, no format, no SQL.

pub mod inventory;

pub mod data_map;
mod retention;
