//! Call data records: the layout of the site, and reading by it (formats-cdr.md).

mod apart;
mod cells;
mod check;
mod classify;
pub mod codes;
mod cut;
pub mod detect;
mod encoding;
mod ends;
mod field;
mod fit;
mod frame;
pub mod ftbl;
mod index;
mod judge;
pub mod layout;
mod lines;
mod pattern;
pub mod places;
mod presets;
mod quick;
mod read;
mod reader;
mod split;
mod stamp;
mod tables;
mod tally;
mod variant;
mod walk;

pub use check::{Check, check};
pub use gdpr4k_model::catalogue::Problem as LayoutProblem;
pub use layout::{Cell, Layout};
pub use places::{Block, FileForm, Line, LineKind, Placed, Places, Tail};
pub use presets::Presets;
pub use reader::{CdrReader, Context, Part, Purpose};
pub use split::{Boundary, boundary};

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_places;
