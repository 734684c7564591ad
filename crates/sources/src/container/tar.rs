//! The list of a tar archive, plain or with gzip: names and sizes only, nothing is unpacked.

use std::io::{Read, SeekFrom};

use flate2::read::GzDecoder;

use super::Bytes;

/// Counts the files of a plain tar or a gzip of one: number and bytes of all of them; none for anything else.
///
/// At most `limit` bytes are expanded; then the count is that of the part that was seen.
pub fn tar_members(file: &mut dyn Bytes, limit: u64) -> Option<(u64, u64)> {
    let mut head = [0; 2];
    file.seek(SeekFrom::Start(0)).ok()?;
    file.read_exact(&mut head).ok()?;
    file.seek(SeekFrom::Start(0)).ok()?;
    if head == [0x1f, 0x8b] {
        walk(&mut GzDecoder::new(file).take(limit))
    } else {
        walk(&mut file.take(limit))
    }
}

fn walk(tar: &mut dyn Read) -> Option<(u64, u64)> {
    let (mut files, mut bytes, mut first) = (0u64, 0u64, true);
    let mut block = [0u8; 512];
    loop {
        if tar.read_exact(&mut block).is_err() || block.iter().all(|b| *b == 0) {
            return (!first).then_some((files, bytes));
        }
        if !sums_up(&block) {
            return (!first).then_some((files, bytes));
        }
        first = false;
        let size = octal(&block[124..136])?;
        if matches!(block[156], b'0' | 0) {
            files += 1;
            bytes = bytes.saturating_add(size);
        }
        let padded = size.checked_add(511)? & !511;
        let skipped = std::io::copy(&mut tar.take(padded), &mut std::io::sink()).ok()?;
        if skipped < padded {
            return Some((files, bytes));
        }
    }
}

/// Whether the checksum of a header fits (ustar: sum of its bytes, with blanks for the sum itself).
fn sums_up(block: &[u8; 512]) -> bool {
    let sum: u64 = block
        .iter()
        .enumerate()
        .map(|(i, b)| u64::from(if (148..156).contains(&i) { b' ' } else { *b }))
        .sum();
    octal(&block[148..156]) == Some(sum)
}

fn octal(field: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(field).ok()?;
    let text = text.trim_matches(['\0', ' ']);
    u64::from_str_radix(text, 8).ok()
}
