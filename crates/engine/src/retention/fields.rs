//! The fields of a record that stages may take, as the layout of its file has them.

use gdpr4k_policy::Sort;
use gdpr4k_policy::mask::{Place, Side};
use gdpr4k_sources::cdr::layout::{FieldType, Justify, Variant};
use gdpr4k_sources::cdr::{Cell, Placed};

use super::rulebook::Rulebook;

/// A place of a record with what stages need to know about it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    pub(crate) cell: Cell,
    pub(crate) sort: Sort,
    pub(crate) place: Place,
}

/// The fields of a kind of record, in the order of the line.
pub(crate) fn fields(book: &Rulebook<'_>, variant: &Variant, node: u8) -> Vec<Field> {
    let all = variant.cells().into_iter().map(|cell| {
        let field = &variant.fields[cell.field];
        let sort = match (field.kind, field.element) {
            (FieldType::Filler, _) | (_, None) => Sort::Plain,
            (_, Some(element)) => book.sort(element),
        };
        Field {
            sort,
            place: Place {
                width: cell.width,
                fill: field.fill,
                side: if field.justify == Justify::Right {
                    Side::Right
                } else {
                    Side::Left
                },
                node,
                access: field.access,
            },
            cell,
        }
    });
    all.filter(|f| f.sort != Sort::Plain).collect()
}

impl Field {
    /// The bytes of the field in a record.
    #[inline]
    pub(crate) fn text<'a>(&self, placed: &Placed<'a>) -> &'a [u8] {
        placed.text(&self.cell)
    }

    /// Whether the same bytes are likely to come again in other records: times of day are not.
    pub(crate) const fn comes_again(&self) -> bool {
        !matches!(self.sort, Sort::Time(_))
    }
}
