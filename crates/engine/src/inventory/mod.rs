//! Job 1: what lies where, since when, and what is wrong with it.

mod discover;
mod distinct;
mod identity;
mod names;
mod tally;

pub use identity::Assignment;
