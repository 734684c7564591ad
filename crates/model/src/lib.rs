//! The words of the domain: people's data, where it lies, which rule holds it.
//!
//! Nothing in this crate touches a file, a clock or a database: texts come in as
//! arguments, days as values, and what comes out is either valid or a list of
//! every problem found.

pub mod catalogue;
pub mod explained;
pub mod finding;
pub mod inventory;
pub mod number;
pub mod period;
pub mod retention;
pub mod schemas;
pub mod sealed;
pub mod site;
pub mod subject;
pub mod text;

pub use catalogue::Catalogue;
pub use finding::{Finding, Severity};
pub use sealed::Sealed;
pub use text::{Lang, Text};
