//! A layout: how one site writes its call records (formats-cdr.md 2.7).

use gdpr4k_model::catalogue::{Catalogue, ClusterIx, ElementIx};
use gdpr4k_model::number::Access;
use regex::bytes::Regex;

use super::codes::Role;
use super::cut::Span;
use super::encoding::Encoding;
use super::stamp::{Length, Stamp};

/// A validated layout. Made by [`Layout::parse`] only.
#[derive(Clone, Debug)]
pub struct Layout {
    /// Name, as `site.toml` uses it.
    pub name: String,
    /// Version of the layout.
    pub version: u64,
    /// Whether the positions were proven on a real sample.
    pub verified: bool,
    /// Where the layout comes from.
    pub source: String,
    /// Code page.
    pub encoding: Encoding,
    /// What ends a record.
    pub record_end: RecordEnd,
    /// Bytes of a record where nothing ends it; 0 where the variants say it.
    pub record_len: usize,
    /// Whether control bytes inside a record may be dropped.
    pub strip_control: bool,
    /// What to do with lines that do not fit.
    pub on_error: OnError,
    /// Zone of the stamps, if it is not that of the site.
    pub timezone: Option<String>,
    /// Which of two equal hours in October is meant.
    pub dst_fold: Fold,
    /// Whether rewritten files keep the layout.
    pub mode: Mode,
    /// Lines at the start of the file that are no records.
    pub skip_first: u64,
    /// Highest two-digit year of this century.
    pub century_pivot: u8,
    /// The kinds of records; the first that fits a line wins.
    pub variants: Vec<Variant>,
    /// Names of fields without a declared meaning: they count as personal.
    pub undeclared: Vec<String>,
    pub(super) skip: Skip,
    /// The line that begins a whole file, and the line that ends it; both are skipped lines.
    pub(super) frame: Option<(Skip, Skip)>,
    pub(super) clusters: Clusters,
}

/// One kind of record.
#[derive(Clone, Debug)]
pub struct Variant {
    /// Name in the layout.
    pub id: String,
    /// Whether such lines are block headers and the like, not records.
    pub noise: bool,
    /// How the line is cut.
    pub shape: Shape,
    /// Fields in the order of the line.
    pub fields: Vec<Field>,
    /// Line in the layout file.
    pub at: usize,
    /// Bytes that a line of a delimited record has at least; 0 = any number.
    pub(super) min_line: usize,
    pub(super) test: Option<Test>,
    pub(super) literals: Vec<(Span, Vec<u8>)>,
    pub(super) blanks: Vec<(Span, u8)>,
    pub(super) emits: Vec<Emit>,
    pub(super) start: Option<Stamp>,
    pub(super) end: Option<Stamp>,
    pub(super) duration: Option<Length>,
    pub(super) direction: Option<Direction>,
    pub(super) direction_maps: Vec<CodeMap<Direction>>,
    pub(super) answered_map: Option<CodeMap<bool>>,
    pub(super) private_map: Option<CodeMap<bool>>,
    pub(super) counter: Option<(Span, usize)>,
    /// Parties by role, for the direction: own, from, to, outside.
    pub(super) parties: [Option<(Span, Access)>; 4],
}

/// How a line is cut into fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// By columns.
    Fixed {
        /// Bytes of a whole record.
        len: usize,
        /// Bytes that must be there; trailing blanks may be missing beyond.
        min: usize,
    },
    /// At separators.
    Delimited {
        /// The separator.
        separator: u8,
        /// Quote around fields, if there is one.
        quote: Option<u8>,
        /// Whether a separator follows the last field too.
        trailing: bool,
        /// Allowed numbers of fields, sorted; empty = any.
        counts: Vec<usize>,
    },
}

/// One declared field.
#[derive(Clone, Debug)]
pub struct Field {
    /// Output name.
    pub name: String,
    /// Code as written in the layout.
    pub code: Option<String>,
    /// Where it stands.
    pub span: Span,
    /// Type.
    pub kind: FieldType,
    /// Catalogue element; none for fillers and literals.
    pub element: Option<ElementIx>,
    /// Id of the element.
    pub element_id: Option<String>,
    /// What the field does in the record.
    pub role: Role,
    /// Side where the value stands.
    pub justify: Justify,
    /// Fill byte.
    pub fill: u8,
    /// Whether the trunk access code stands in front of a number.
    pub access: Access,
    /// Whose the value is.
    pub party: Party,
    /// Planned treatment, as written.
    pub treat: Option<String>,
    /// Values that mean "nobody".
    pub null: Vec<Vec<u8>>,
    /// Exact bytes, for literals.
    pub literal: Option<Vec<u8>>,
    /// Line in the layout file.
    pub at: usize,
}

/// One place of a record that holds a value: a field, or one column of several that a field stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Index of the field in its variant.
    pub field: usize,
    /// Bytes of the field in a fixed record.
    pub width: Option<usize>,
    /// Quote that may stand around it; doubled inside it stands for itself.
    pub quote: Option<u8>,
    /// What ends it in a delimited record.
    pub separator: Option<u8>,
    pub(super) span: Span,
}

macro_rules! words {
    ($(#[$meta:meta])* $vis:vis $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $vis enum $name { $($(#[$vmeta])* $variant),+ }

        impl $name {
            pub(in crate::cdr) const NAMES: &'static [(&'static str, Self)] = &[$(($word, Self::$variant)),+];
        }
    };
}
pub(super) use words;

words! {
    /// What ends a record.
    pub RecordEnd {
        /// LF, CR LF or CR.
        Auto = "auto",
        /// CR LF.
        CrLf = "crlf",
        /// LF.
        Lf = "lf",
        /// CR.
        Cr = "cr",
        /// Nothing: records have a known length.
        None = "none",
    }
}
words! {
    /// What to do with lines that do not fit. There is deliberately no "pass through".
    pub OnError {
        /// Put them aside.
        Quarantine = "quarantine",
        /// Stop.
        Fail = "fail",
    }
}
words! {
    /// Which of two equal hours in October is meant.
    pub Fold {
        /// The first (summer time).
        First = "first",
        /// The second.
        Second = "second",
        /// Mark the record.
        Mark = "mark",
    }
}
words! {
    /// Form of rewritten files.
    pub Mode {
        /// The same layout.
        SameLayout = "same-layout",
        /// A new table.
        Normalised = "normalised",
    }
}
words! {
    /// Type of a field.
    pub FieldType {
        /// A telephone number.
        Number = "number",
        /// Text.
        Text = "text",
        /// A whole number.
        Int = "int",
        /// A number with a comma or point.
        Decimal = "decimal",
        /// A duration.
        Duration = "duration",
        /// A date.
        Date = "date",
        /// A time of day.
        Time = "time",
        /// Date and time.
        DateTime = "datetime",
        /// A code.
        Code = "code",
        /// Nothing: unused bytes.
        Filler = "filler",
    }
}
words! {
    /// Side of the value in its field.
    pub Justify {
        /// Left: filled on the right.
        Left = "left",
        /// Right: filled on the left.
        Right = "right",
        /// Neither.
        None = "none",
    }
}
words! {
    /// Whose a value is.
    pub Party {
        /// A subscriber of the site.
        Employee = "employee",
        /// Somebody outside.
        External = "external",
        /// The one or the other, by direction.
        ByDirection = "by-direction",
        /// Nobody.
        None = "none",
        /// Not said.
        Unsaid = "",
    }
}
words! {
    /// Direction of a call.
    pub Direction {
        /// From a station to the outside.
        Outgoing = "outgoing",
        /// From the outside to a station.
        Incoming = "incoming",
        /// Between stations.
        Internal = "internal",
    }
}

/// A code list in one field.
#[derive(Clone, Debug)]
pub(super) struct CodeMap<T> {
    pub(super) span: Span,
    pub(super) codes: Vec<(Vec<u8>, T)>,
}

impl<T: Copy> CodeMap<T> {
    #[inline]
    pub(super) fn get(&self, code: &[u8]) -> Option<T> {
        self.codes
            .iter()
            // codes have one byte or two: comparing them here costs less than a call
            .find(|(c, _)| c.len() == code.len() && c.iter().zip(code).all(|(a, b)| a == b))
            .map(|(_, t)| *t)
    }
}

/// A condition on a line, apart from its shape.
#[derive(Clone, Debug)]
pub(super) enum Test {
    /// The trimmed field is this.
    Equals(Span, Vec<u8>),
    /// The field, as it stands, matches.
    Regex(Span, Regex),
    /// The line has so many bytes.
    Length(usize),
}

/// One value to report.
#[derive(Clone, Debug)]
pub(super) struct Emit {
    pub(super) span: Span,
    pub(super) element: ElementIx,
    pub(super) access: Access,
    /// Fill on the left or right that is not a blank.
    pub(super) fill: Option<(Justify, u8)>,
    pub(super) null: Vec<Vec<u8>>,
    pub(super) unverified: bool,
    /// Doubled quotes inside mean one.
    pub(super) quote: Option<u8>,
}

/// Lines that are no records.
#[derive(Clone, Debug, Default)]
pub(super) struct Skip {
    /// Plain beginnings, by their first byte.
    pub(super) prefixes: Vec<Vec<u8>>,
    pub(super) first: Vec<bool>,
    pub(super) regex: Option<Regex>,
}

impl Skip {
    #[inline]
    pub(super) fn hits(&self, line: &[u8]) -> bool {
        let Some(first) = line.first() else {
            return false;
        };
        (self.first.get(usize::from(*first)) == Some(&true)
            && self.prefixes.iter().any(|p| line.starts_with(p)))
            || self.regex.as_ref().is_some_and(|r| r.is_match(line))
    }
}

/// Clusters that a record itself decides.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clusters {
    pub(super) outgoing: Option<ClusterIx>,
    pub(super) incoming: Option<ClusterIx>,
    pub(super) internal: Option<ClusterIx>,
    pub(super) failed: Option<ClusterIx>,
    pub(super) private: Option<ClusterIx>,
    pub(super) performance: Option<ClusterIx>,
}

impl Clusters {
    pub(super) fn of(catalogue: &Catalogue) -> Self {
        Self {
            outgoing: catalogue.cluster("call-detail-outgoing"),
            incoming: catalogue.cluster("call-detail-incoming"),
            internal: catalogue.cluster("call-detail-internal"),
            failed: catalogue.cluster("call-detail-failed"),
            private: catalogue.cluster("call-detail-private"),
            performance: catalogue.cluster("performance-call-detail"),
        }
    }
}

impl Variant {
    /// The places of all values, in the order of the line.
    pub fn cells(&self) -> Vec<Cell> {
        let most = match &self.shape {
            Shape::Delimited { counts, .. } => counts.last().copied(),
            Shape::Fixed { .. } => None,
        };
        let mut cells = Vec::new();
        for (i, field) in self.fields.iter().enumerate() {
            if field.element.is_none() {
                continue;
            }
            let (separator, quote) = match self.shape {
                Shape::Delimited {
                    separator, quote, ..
                } => (Some(separator), quote),
                Shape::Fixed { .. } => (None, None),
            };
            let cell = |span, width| Cell {
                field: i,
                width,
                quote,
                separator,
                span,
            };
            match field.span {
                Span::Bytes(from, to) => cells.push(cell(field.span, Some(to - from))),
                Span::Columns(from, to) if to == from + 1 || field.role.is_timed() => {
                    cells.push(cell(field.span, None));
                }
                // several columns of one meaning: each has its own value
                Span::Columns(from, to) => {
                    let columns = from..most.map_or(to, |most| to.min(most));
                    cells.extend(columns.map(|c| cell(Span::Columns(c, c + 1), None)));
                }
            }
        }
        cells
    }

    /// Bytes of a whole record of fixed width.
    pub fn width(&self) -> Option<usize> {
        match self.shape {
            Shape::Fixed { len, .. } => Some(len),
            Shape::Delimited { .. } => None,
        }
    }
}

impl Layout {
    /// The zone of the stamps, if it is not that of the site.
    pub fn zone(&self) -> Option<chrono_tz::Tz> {
        self.timezone.as_deref().and_then(|z| z.parse().ok())
    }

    /// The table to the text of a file, where it is in a code page without ASCII; `head`: its first bytes.
    pub fn table(&self, head: &[u8]) -> Option<&'static [u8; 256]> {
        self.encoding.settle(head).table()
    }

    /// Whether records can be found by their length alone, without a record end.
    pub(super) fn frameable(&self) -> bool {
        !self.variants.is_empty()
            && self
                .variants
                .iter()
                .all(|v| v.width().is_some_and(|n| n > 0))
            && (self.variants.len() == 1 || self.variants.iter().all(|v| !v.literals.is_empty()))
    }
}
