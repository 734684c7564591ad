//! Checks of the repository itself.

mod addresses;
mod codes;
mod dependencies;
mod exit_codes;
mod files;
mod fixtures;
