//! UTF-16 with a byte order mark (PowerShell, "Unicode text" of Excel) -> UTF-8; anything else passes.

use std::borrow::Cow;

use encoding_rs::{Decoder, UTF_16BE, UTF_16LE};

/// Looks at the first two bytes of a file and decodes the rest accordingly.
#[derive(Default)]
pub(crate) enum Unicode {
    /// Nothing has come yet.
    #[default]
    Start,
    /// One byte has come, and it may be half of a mark.
    Half(u8),
    /// Bytes as they are.
    Plain,
    /// UTF-16.
    Wide(Box<Decoder>),
}

impl Unicode {
    /// The next bytes.
    pub(crate) fn block<'a>(&mut self, block: &'a [u8]) -> Cow<'a, [u8]> {
        if block.is_empty() {
            return Cow::Borrowed(block);
        }
        match self {
            Self::Plain => Cow::Borrowed(block),
            Self::Wide(decoder) => {
                let room = decoder.max_utf8_buffer_length(block.len()).unwrap_or(0);
                let mut text = String::with_capacity(room);
                let _ = decoder.decode_to_string(block, &mut text, false);
                Cow::Owned(text.into_bytes())
            }
            Self::Start if block.len() == 1 && matches!(block[0], 0xff | 0xfe) => {
                *self = Self::Half(block[0]);
                Cow::Borrowed(&[])
            }
            Self::Start => {
                *self = Self::by_mark(block);
                self.block(block)
            }
            Self::Half(first) => {
                let whole: Vec<u8> = std::iter::once(*first)
                    .chain(block.iter().copied())
                    .collect();
                *self = Self::by_mark(&whole);
                Cow::Owned(self.block(&whole).into_owned())
            }
        }
    }

    /// A byte that turned out to be no mark.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        match std::mem::replace(self, Self::Plain) {
            Self::Half(byte) => vec![byte],
            _ => Vec::new(),
        }
    }

    fn by_mark(bytes: &[u8]) -> Self {
        let encoding = match bytes {
            [0xff, 0xfe, ..] => UTF_16LE,
            [0xfe, 0xff, ..] => UTF_16BE,
            _ => return Self::Plain,
        };
        Self::Wide(Box::new(encoding.new_decoder_with_bom_removal()))
    }
}
