//! The layouts that gdpr4k knows: `schemas/layouts/*.toml`.

use std::sync::Arc;

use gdpr4k_model::catalogue::{Catalogue, Problem};
use gdpr4k_model::schemas;

use super::layout::Layout;

/// All built-in layouts, by name.
#[derive(Clone, Debug, Default)]
pub struct Presets {
    layouts: Vec<Arc<Layout>>,
}

impl Presets {
    /// Loads the built-in layouts.
    ///
    /// # Errors
    /// Every problem of every file; never in a released binary, since a test loads them.
    pub fn load(catalogue: &Catalogue) -> Result<Self, Vec<Problem>> {
        let (mut layouts, mut problems) = (Vec::new(), Vec::new());
        for (path, text) in schemas::files("layouts") {
            match Layout::parse(path, text, catalogue) {
                Ok(layout) => layouts.push(Arc::new(layout)),
                Err(list) => problems.extend(list),
            }
        }
        if problems.is_empty() {
            Ok(Self { layouts })
        } else {
            Err(problems)
        }
    }

    /// One layout by its name.
    pub fn get(&self, name: &str) -> Option<&Arc<Layout>> {
        self.layouts.iter().find(|l| l.name == name)
    }

    /// All layouts, in the order of their files.
    pub fn all(&self) -> &[Arc<Layout>] {
        &self.layouts
    }

    /// The text of a built-in layout: a start for the layout of a site.
    pub fn text(name: &str) -> Option<&'static str> {
        schemas::text(&format!("layouts/{name}.toml"))
    }
}
