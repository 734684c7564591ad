//! Documents: the data map and the list of findings as HTML, CSV and JSON.
//!
//! This crate renders what it is given. It asks no database, reads no file and
//! knows no clock; [`map::DataMap`] holds everything that a document says.

pub mod csv;
pub mod future;
pub mod html;
mod i18n;
pub mod json;
pub mod map;

pub use gdpr4k_model::Lang;
pub use map::{DataMap, Inputs, RuleText};

/// Why a document could not be written. A defect of gdpr4k, not of the data.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A message is missing or broken.
    #[error("message catalogue - {0} - report this as a bug")]
    Messages(String),
    /// A template is broken.
    #[error("template - {0:#} - report this as a bug")]
    Template(#[from] minijinja::Error),
    /// CSV could not be written.
    #[error("csv - {0} - report this as a bug")]
    Csv(String),
    /// JSON could not be written.
    #[error("json - {0} - report this as a bug")]
    Json(#[from] serde_json::Error),
}
