//! Job 2: what is due is deleted, cut or pseudonymised, after it was shown and approved, and proved afterwards.

mod rulebook;
mod targets;
mod watch;
