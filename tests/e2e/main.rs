//! The real binary on invented sites, on hostile sites and on broken ones.

mod accounts;
mod bad_input;
mod canary;
mod contract;
mod coverage;
mod drift;
mod explain;
mod hostile;
mod identities;
mod retention;
mod state;
mod transcripts;
mod truth;
