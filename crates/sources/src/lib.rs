//! Bytes of a source file -> records, facts and findings.
//!
//! Readers know where values sit and what they mean, never what is stored, due or
//! forbidden. They take bytes in blocks of any size, keep memory bounded, and
//! account for every physical line: it is a record, a continuation, declared
//! noise, rejected with a finding, or pending at the end of a growing file.

pub mod amo;
pub mod cdr;
pub mod container;
pub mod controls;
pub mod directory;
pub mod dump;
pub mod forms;
pub mod freelines;
mod freetext;
pub mod hints;
pub mod journal;
pub mod knowledge;
mod linebook;
pub mod lines;
pub mod log;
pub mod mapping;
pub mod marks;
pub mod opaque;
mod origin;
pub mod people;
pub mod pm;
pub mod record;
pub mod role;
pub mod syslog;
mod table;
#[cfg(test)]
mod testing;
pub mod unreadable;
pub mod wave;
mod when;
pub mod xie;
mod xml;

pub use origin::{Escaping, Origin};
pub use record::{Account, Fact, Reader, Record, Sink, Value};
