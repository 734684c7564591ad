//! Job 2: what is due is deleted, cut or pseudonymised, after it was shown and approved, and proved afterwards.

mod edit;
mod facts;
mod lines;
mod reports;
mod rulebook;
mod targets;
#[cfg(test)]
mod testing;
mod watch;
mod whole;
