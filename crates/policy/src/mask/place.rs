//! Where a value stands in its record, and how another one takes its place.

use std::ops::Range;

use gdpr4k_model::number::Access;

/// On which side of a fixed field the value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Side {
    /// Left: filled on the right.
    #[default]
    Left,
    /// Right: filled on the left.
    Right,
}

/// What is known about a field, whatever its value.
///
/// Values are ASCII; a record in another code is translated before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Bytes of a fixed field; none where separators end it.
    pub width: Option<usize>,
    /// Fill byte of a fixed field.
    pub fill: u8,
    /// Side of the value in a fixed field.
    pub side: Side,
    /// Node whose number plan holds.
    pub node: u8,
    /// Whether the trunk access code stands in front of a number.
    pub access: Access,
}

impl Default for Place {
    /// A delimited field with subscriber numbers of the default node.
    fn default() -> Self {
        Self {
            width: None,
            fill: b' ',
            side: Side::Left,
            node: 0,
            access: Access::Plain,
        }
    }
}

impl Place {
    /// Where the value itself stands: without blanks around it, without fill on its free side.
    pub fn value(&self, field: &[u8]) -> Range<usize> {
        let blank = |b: &u8| matches!(*b, b' ' | b'\t' | 0);
        let mut from = field.iter().take_while(|b| blank(b)).count();
        let mut to = field.len();
        to -= field[from..].iter().rev().take_while(|b| blank(b)).count();
        if self.width.is_some() && self.fill != b' ' {
            let filled = |b: &&u8| **b == self.fill;
            match self.side {
                Side::Right => from += field[from..to].iter().take_while(filled).count(),
                Side::Left => to -= field[from..to].iter().rev().take_while(filled).count(),
            }
        }
        from..to
    }

    /// Writes a value in the place of `field`; `false`, and nothing written, where it does not fit.
    ///
    /// A fixed field keeps its length; a last field that the line cuts short may grow
    /// up to its width.
    pub(super) fn write(&self, field: &[u8], value: &[u8], out: &mut Vec<u8>) -> bool {
        let Some(width) = self.width else {
            out.extend_from_slice(value);
            return true;
        };
        if value.len() > width {
            return false;
        }
        let fill = field.len().saturating_sub(value.len());
        let padding = std::iter::repeat_n(self.fill, fill);
        match self.side {
            Side::Left => {
                out.extend_from_slice(value);
                out.extend(padding);
            }
            Side::Right => {
                out.extend(padding);
                out.extend_from_slice(value);
            }
        }
        true
    }

    /// Writes an empty field: its fill, or nothing (cli.md 4 "Blank").
    pub(super) fn blank(&self, field: &[u8], out: &mut Vec<u8>) {
        self.write(field, b"", out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed(width: usize, fill: u8, side: Side) -> Place {
        Place {
            width: Some(width),
            fill,
            side,
            ..Place::default()
        }
    }

    #[test]
    fn the_value_is_found_without_its_padding() {
        for (place, field, value) in [
            (fixed(8, b' ', Side::Right), "    4711", "4711"),
            (fixed(8, b'0', Side::Right), "00004711", "4711"),
            (fixed(8, b'*', Side::Left), "4711****", "4711"),
            (fixed(8, b'0', Side::Right), "00000000", ""),
            (fixed(8, b' ', Side::Left), "        ", ""),
            (Place::default(), " 0815 ", "0815"),
        ] {
            assert_eq!(&field[place.value(field.as_bytes())], value);
        }
    }

    #[test]
    fn a_fixed_field_keeps_its_length() {
        let written = |place: Place, field: &str, value: &str| {
            let mut out = Vec::new();
            let fits = place.write(field.as_bytes(), value.as_bytes(), &mut out);
            fits.then(|| String::from_utf8(out).unwrap())
        };
        let right = fixed(6, b' ', Side::Right);
        assert_eq!(written(right, "  4711", "z4k"), Some("   z4k".to_owned()));
        let left = fixed(6, b'.', Side::Left);
        assert_eq!(written(left, "4711..", "z4k"), Some("z4k...".to_owned()));
        assert_eq!(written(left, "4711", "z4k9"), Some("z4k9".to_owned()));
        assert_eq!(written(left, "4711", "z4k9a"), Some("z4k9a".to_owned()));
        assert_eq!(written(left, "4711..", "z4k9a77"), None);
        assert_eq!(written(left, "4711..", ""), Some("......".to_owned()));
        assert_eq!(written(Place::default(), "4711", ""), Some(String::new()));
    }
}
