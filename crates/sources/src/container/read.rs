//! The bytes of a member: never more than the archive says, checked against its checksum.

use std::io::{Cursor, Read, SeekFrom};

use flate2::Crc;
use flate2::read::DeflateDecoder;
use gdpr4k_model::Finding;

use super::zip::{Entry, read_at, u16_at};
use super::{Bytes, Member};

/// What is wrong with an archive or a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// No list of members, or a list that does not fit the file.
    List,
    /// The data end too early or are no packed data.
    Cut,
    /// The member is larger than the archive says.
    Larger,
    /// The checksum does not fit the bytes.
    Checksum,
    /// An archive inside the archive is too large to be opened.
    Nested,
}

impl Damage {
    /// The finding, for a member that is a file of its own.
    pub const fn finding(self) -> Finding {
        Finding::new(match self {
            Self::List => "G4K-610",
            Self::Cut => "G4K-611",
            Self::Larger => "G4K-612",
            Self::Checksum => "G4K-613",
            Self::Nested => "G4K-614",
        })
    }

    /// The finding, for a member named by its place in the list.
    pub(super) fn finding_of(self, number: usize) -> Finding {
        self.finding().with("member", number)
    }
}

/// Gives the bytes of a member in blocks. `each` returns `false` to stop; then the checksum is not checked.
///
/// # Errors
/// The member is damaged or is not what the archive says; the blocks before that have been given.
pub fn read(
    file: &mut dyn Bytes,
    member: &Member,
    nested: u64,
    each: &mut dyn FnMut(&[u8]) -> bool,
) -> Result<(), Damage> {
    match &member.outer {
        None => entry(file, &member.entry, each),
        Some(outer) => {
            let bytes = all(file, outer, nested)?;
            entry(&mut Cursor::new(bytes), &member.entry, each)
        }
    }
}

/// A whole member in memory.
///
/// # Errors
/// It is larger than `limit`, damaged, or not what the archive says.
pub fn whole(file: &mut dyn Bytes, member: &Member, limit: u64) -> Result<Vec<u8>, Damage> {
    if member.bytes > limit {
        return Err(Damage::Nested);
    }
    let mut bytes = Vec::new();
    read(file, member, limit, &mut |block| {
        bytes.extend_from_slice(block);
        true
    })?;
    Ok(bytes)
}

fn all(file: &mut dyn Bytes, it: &Entry, limit: u64) -> Result<Vec<u8>, Damage> {
    if it.size > limit {
        return Err(Damage::Nested);
    }
    let mut bytes = Vec::new();
    entry(file, it, &mut |block| {
        bytes.extend_from_slice(block);
        true
    })?;
    Ok(bytes)
}

/// The expanded bytes of an entry, neither limited nor checked.
pub(super) fn unpacked<'f>(
    file: &'f mut dyn Bytes,
    it: &Entry,
) -> Result<Box<dyn Read + 'f>, Damage> {
    let local = read_at(file, it.header, 30)?;
    if !local.starts_with(b"PK\x03\x04") {
        return Err(Damage::Cut);
    }
    let skip = 30 + u64::from(u16_at(&local, 26)) + u64::from(u16_at(&local, 28));
    file.seek(SeekFrom::Start(it.header + skip))
        .map_err(|_| Damage::Cut)?;
    let packed = file.take(it.packed);
    Ok(if it.is_stored() {
        Box::new(packed)
    } else {
        Box::new(DeflateDecoder::new(packed))
    })
}

pub(super) fn entry(
    file: &mut dyn Bytes,
    it: &Entry,
    each: &mut dyn FnMut(&[u8]) -> bool,
) -> Result<(), Damage> {
    let mut source = unpacked(file, it)?;
    let (mut crc, mut done) = (Crc::new(), 0u64);
    let mut block = vec![0; 1 << 16];
    loop {
        let n = match source.read(&mut block) {
            Ok(n) => n,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => return Err(Damage::Cut),
        };
        if n == 0 {
            break;
        }
        let room = it.size - done;
        let more = n as u64 > room;
        let bytes = &block[..n.min(room as usize)];
        crc.update(bytes);
        done += bytes.len() as u64;
        if !bytes.is_empty() && !each(bytes) {
            return Ok(());
        }
        if more {
            return Err(Damage::Larger);
        }
    }
    if done < it.size {
        Err(Damage::Cut)
    } else if crc.sum() != it.crc {
        Err(Damage::Checksum)
    } else {
        Ok(())
    }
}
