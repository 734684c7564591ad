//! AMO text: REGEN result files, captures of sessions, macros, the log book.
//!
//! Grammar and meanings: `formats-amo.md`, `amo-params.md`, `formats-other-sources.md` 3, 5.1 and 5.5.
//! Orders, words and meanings are data (`schemas/amo/*.toml`) that a site can add to.
//!
//! # Account of lines
//! * The line that a command begins on is a record, its further lines are continuation;
//!   a line that several commands begin on is one record.
//! * The header line of a unit of the log book is a record with the values of everything
//!   in the unit and the day of its time; the text of the unit is continuation.
//! * Blank lines, rulers, comments, prompts, `H500` and trailers are noise, and so are a query
//!   that was typed (DISPLAY, REGENERATE: an echo, whose answer follows) and the
//!   header of a REGEN file (every line before its first command).
//! * A message or a line of a table that holds a value is a record of free text whose values
//!   are unverified; without a value (see the module `free`) it is noise.
//! * Rejected, each with a finding: a command that another command, a trailer or the end of
//!   the file cuts off; a line that ends like a command and does not begin like one; a line
//!   with binary zeros; a command of more than [`MAX_COMMAND`] bytes.

mod batch;
mod command;
mod complete;
mod facts;
mod framing;
mod free;
mod knowledge;
mod logbook;
mod meaning;
mod orders;
mod reader;
mod shape;
mod text;

pub use knowledge::AmoKnowledge;
pub use orders::{
    Action, Alias, AliasKind, Amo, Branch, Confidence, Config, Form, Order, Orders, Parameter,
    Placed, Problem, Role, Side, Tier,
};
pub use reader::AmoReader;

/// What kind of file is read. The text decides the rest: units of the log book are found in every kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Result file of AMO REGEN: a snapshot, judged for completeness.
    Regen,
    /// Capture of a session, or a macro.
    Session,
    /// Printout of the log book.
    Logbk,
}

/// The text of a line that is not UTF-8: Windows-1252, or the DOS code page of German captures.
/// Every byte is one character.
pub fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    text::Decoder::default().text(bytes)
}

/// A command longer than this is given up: no AMO takes more.
pub const MAX_COMMAND: usize = 256 << 10;

#[cfg(test)]
mod tests;
