//! UTF-16 on the way in and out: in between everything is UTF-8, or Windows-1252 line by line.

use std::io::{self, Read, Write};

use encoding_rs::{Decoder, DecoderResult, UTF_16BE, UTF_16LE};

use super::Failure;

/// Bytes that are read at once.
const BLOCK: usize = 1 << 18;

/// How the characters of a file are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum Width {
    /// In bytes, as they are.
    #[default]
    Bytes,
    /// UTF-16, little end first.
    Little,
    /// UTF-16, big end first.
    Big,
}

impl Width {
    /// By the mark at the start of a file.
    pub(crate) const fn of(head: &[u8]) -> Self {
        match head {
            [0xff, 0xfe, ..] => Self::Little,
            [0xfe, 0xff, ..] => Self::Big,
            _ => Self::Bytes,
        }
    }
}

/// Reads a file in blocks of bytes that readers take.
pub(crate) struct Narrow<'r> {
    input: &'r mut dyn Read,
    pub(crate) width: Width,
    decoder: Option<Decoder>,
    block: Vec<u8>,
    begun: bool,
    ended: bool,
    strict: bool,
    /// Whether there were half characters, which cannot be written back.
    pub(crate) lost: bool,
}

impl<'r> Narrow<'r> {
    /// `strict`: half characters are a failure; else they are replaced and noted.
    pub(crate) fn new(input: &'r mut dyn Read, strict: bool) -> Self {
        Self {
            strict,
            lost: false,
            input,
            width: Width::Bytes,
            decoder: None,
            block: vec![0; BLOCK],
            begun: false,
            ended: false,
        }
    }

    /// The next bytes; empty at the end.
    pub(crate) fn next(&mut self, out: &mut Vec<u8>) -> Result<(), Failure> {
        out.clear();
        while out.is_empty() && !self.ended {
            let n = self.fill()?;
            self.ended = n == 0;
            let block = &self.block[..n];
            if !std::mem::replace(&mut self.begun, true) {
                self.width = Width::of(block);
                self.decoder = match self.width {
                    Width::Bytes => None,
                    Width::Little => Some(UTF_16LE.new_decoder_with_bom_removal()),
                    Width::Big => Some(UTF_16BE.new_decoder_with_bom_removal()),
                };
            }
            match &mut self.decoder {
                None => out.extend_from_slice(block),
                Some(decoder) => {
                    self.lost |= decode(decoder, block, self.ended, out);
                    if self.lost && self.strict {
                        return Err(Failure::Characters);
                    }
                }
            }
        }
        Ok(())
    }

    /// Fills the block as far as the file goes.
    fn fill(&mut self) -> Result<usize, Failure> {
        let mut done = 0;
        while done < self.block.len() {
            match self.input.read(&mut self.block[done..]) {
                Ok(0) => break,
                Ok(n) => done += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(Failure::Read(e)),
            }
        }
        Ok(done)
    }
}

/// Adds what a block says; whether there were half characters in it.
fn decode(decoder: &mut Decoder, mut block: &[u8], last: bool, out: &mut Vec<u8>) -> bool {
    let mut lost = false;
    loop {
        let from = out.len();
        let room = decoder
            .max_utf8_buffer_length_without_replacement(block.len())
            .unwrap_or(block.len() * 2 + 16);
        out.resize(from + room, 0);
        let (result, read, written) =
            decoder.decode_to_utf8_without_replacement(block, &mut out[from..], last);
        out.truncate(from + written);
        block = &block[read..];
        match result {
            DecoderResult::InputEmpty => return lost,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => {
                lost = true;
                out.extend_from_slice("\u{fffd}".as_bytes());
            }
        }
    }
}

/// Writes bytes that were read through a [`Narrow`] the way they were.
pub(crate) struct Widen<'w> {
    out: &'w mut dyn Write,
    width: Width,
    begun: bool,
}

impl<'w> Widen<'w> {
    pub(crate) fn new(out: &'w mut dyn Write, width: Width) -> Self {
        Self {
            out,
            width,
            begun: false,
        }
    }

    /// Writes whole characters.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        if bytes.is_empty() {
            return Ok(());
        }
        if self.width == Width::Bytes {
            return self.out.write_all(bytes).map_err(Failure::Write);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| Failure::Characters)?;
        let mut wide = Vec::with_capacity(bytes.len() * 2 + 2);
        let mark = (!std::mem::replace(&mut self.begun, true)).then_some(0xfeff);
        for unit in mark.into_iter().chain(text.encode_utf16()) {
            wide.extend(match self.width {
                Width::Big => unit.to_be_bytes(),
                Width::Little | Width::Bytes => unit.to_le_bytes(),
            });
        }
        self.out.write_all(&wide).map_err(Failure::Write)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn through(bytes: &[u8]) -> Result<(Vec<u8>, Vec<u8>), Failure> {
        let mut input = bytes;
        let mut narrow = Narrow::new(&mut input, true);
        let (mut block, mut inside, mut out) = (Vec::new(), Vec::new(), Vec::new());
        loop {
            narrow.next(&mut block)?;
            if block.is_empty() {
                break;
            }
            inside.extend_from_slice(&block);
        }
        Widen::new(&mut out, narrow.width).write(&inside)?;
        Ok((inside, out))
    }

    #[test]
    fn half_a_character_is_no_text() {
        for bytes in [
            &b"\xff\xfea"[..],
            b"\xff\xfe\x00\xd8a\x00",
            b"\xfe\xff\xdc\x00",
        ] {
            assert!(matches!(through(bytes), Err(Failure::Characters)));
        }
    }

    proptest! {
        #[test]
        fn what_goes_in_comes_out(text in "[a-zäß€\u{1f600};\r\n]{1,300}", big: bool) {
            let mut bytes = if big { vec![0xfe, 0xff] } else { vec![0xff, 0xfe] };
            bytes.extend(text.encode_utf16().flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() }));
            let (inside, out) = through(&bytes).unwrap();
            prop_assert_eq!(inside, text.as_bytes());
            prop_assert_eq!(out, bytes);
        }

        #[test]
        fn other_bytes_pass(mut bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            if Width::of(&bytes) != Width::Bytes {
                bytes.insert(0, b'x');
            }
            let (inside, out) = through(&bytes).unwrap();
            prop_assert_eq!(&inside, &bytes);
            prop_assert_eq!(out, bytes);
        }
    }
}
