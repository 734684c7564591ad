//! The catalogue: the built-in knowledge about systems, data and rules, checked as strictly as code.

/// An element of the catalogue: one kind of value, for example `O4K-FLD-CDR-CALLED`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ElementIx(pub u16);

/// A cluster of PII (*Datenart*), for example `call-detail-outgoing`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClusterIx(pub u16);

/// The validated catalogue.
#[derive(Debug, Default)]
pub struct Catalogue;

impl Catalogue {
    /// Looks up an element by its id.
    pub fn element(&self, _id: &str) -> Option<ElementIx> {
        None
    }
}
