//! What the end-to-end tests and the benchmark share: running the real binary, and site folders to run it on.

mod program;
mod site;
mod truth;

pub use program::{Call, Run, binary, gdpr4k, repository};
pub use site::{Folder, HEAD};
pub use truth::differences;
