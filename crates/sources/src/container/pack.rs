//! Writing a zip archive anew (APPNOTE 6.3.10): unchanged members keep their packed bytes.

use std::io::{SeekFrom, Write};

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

use super::zip::{Entry, read_at, u16_at};
use super::{Bytes, Damage};

/// Members larger than this need zip64, which is not written.
const MAX_SIZE: u64 = u32::MAX as u64 - 1;

/// What could not be done.
#[derive(Debug)]
pub enum PackError {
    /// The archive that is copied cannot be read any more.
    Read(Damage),
    /// The new one cannot be written.
    Write(std::io::Error),
    /// It would need zip64.
    TooLarge,
}

impl From<Damage> for PackError {
    fn from(damage: Damage) -> Self {
        Self::Read(damage)
    }
}

impl From<std::io::Error> for PackError {
    fn from(error: std::io::Error) -> Self {
        Self::Write(error)
    }
}

/// Writes members one after another.
pub(super) struct Packer<W> {
    out: W,
    at: u64,
    directory: Vec<u8>,
    count: u64,
}

/// Head of a member, as both its local header and the directory hold it.
struct Head<'n> {
    name: &'n [u8],
    flags: u16,
    method: u16,
    time: u32,
    crc: u32,
    packed: u64,
    size: u64,
    attributes: u32,
}

impl<W: Write> Packer<W> {
    pub(super) const fn new(out: W) -> Self {
        Self {
            out,
            at: 0,
            directory: Vec::new(),
            count: 0,
        }
    }

    /// Copies a member without unpacking it.
    pub(super) fn copy(&mut self, file: &mut dyn Bytes, entry: &Entry) -> Result<(), PackError> {
        let local = read_at(file, entry.header, 30)?;
        if !local.starts_with(b"PK\x03\x04") {
            return Err(Damage::Cut.into());
        }
        let skip = 30 + u64::from(u16_at(&local, 26)) + u64::from(u16_at(&local, 28));
        self.head(entry, entry.method, entry.crc, entry.packed, entry.size)?;
        file.seek(SeekFrom::Start(entry.header + skip))
            .map_err(|_| Damage::Cut)?;
        let mut left = entry.packed;
        let mut block = vec![0; 1 << 16];
        while left > 0 {
            let want = block.len().min(left as usize);
            match file.read(&mut block[..want]) {
                Ok(0) | Err(_) => return Err(Damage::Cut.into()),
                Ok(n) => {
                    self.out.write_all(&block[..n])?;
                    left -= n as u64;
                }
            }
        }
        self.at += entry.packed;
        Ok(())
    }

    /// Writes a member with new bytes under the name and time of an old one.
    pub(super) fn put(&mut self, entry: &Entry, bytes: &[u8]) -> Result<(), PackError> {
        let mut crc = Crc::new();
        crc.update(bytes);
        let (packed, method) = if entry.is_stored() {
            (bytes.to_vec(), 0)
        } else {
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(bytes)?;
            (encoder.finish()?, 8)
        };
        let (small, size) = (packed.len() as u64, bytes.len() as u64);
        self.head(entry, method, crc.sum(), small, size)?;
        self.out.write_all(&packed)?;
        self.at += small;
        Ok(())
    }

    fn head(
        &mut self,
        entry: &Entry,
        method: u16,
        crc: u32,
        packed: u64,
        size: u64,
    ) -> Result<(), PackError> {
        if self.at > MAX_SIZE || packed > MAX_SIZE || size > MAX_SIZE {
            return Err(PackError::TooLarge);
        }
        let head = Head {
            name: &entry.raw_name,
            // what follows the data is not copied, so sizes stand in the header
            flags: entry.flags & !0x8,
            method,
            time: entry.time,
            crc,
            packed,
            size,
            attributes: entry.attributes,
        };
        let place = self.at as u32;
        let local = head.local();
        self.out.write_all(&local)?;
        self.at += local.len() as u64;
        head.central(place, &mut self.directory);
        self.count += 1;
        Ok(())
    }

    /// Writes the directory; gives back what was written to.
    pub(super) fn finish(mut self) -> Result<W, PackError> {
        let size = self.directory.len() as u64;
        if self.count > u64::from(u16::MAX) - 1 || self.at + size > MAX_SIZE {
            return Err(PackError::TooLarge);
        }
        let mut end = b"PK\x05\x06\0\0\0\0".to_vec();
        end.extend_from_slice(&(self.count as u16).to_le_bytes());
        end.extend_from_slice(&(self.count as u16).to_le_bytes());
        end.extend_from_slice(&(size as u32).to_le_bytes());
        end.extend_from_slice(&(self.at as u32).to_le_bytes());
        end.extend_from_slice(&0u16.to_le_bytes());
        self.out.write_all(&self.directory)?;
        self.out.write_all(&end)?;
        Ok(self.out)
    }
}

impl Head<'_> {
    fn common(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&20u16.to_le_bytes());
        out.extend_from_slice(&self.flags.to_le_bytes());
        out.extend_from_slice(&self.method.to_le_bytes());
        out.extend_from_slice(&self.time.to_le_bytes());
        out.extend_from_slice(&self.crc.to_le_bytes());
        out.extend_from_slice(&(self.packed as u32).to_le_bytes());
        out.extend_from_slice(&(self.size as u32).to_le_bytes());
        out.extend_from_slice(&(self.name.len() as u16).to_le_bytes());
        out.extend_from_slice(&0u16.to_le_bytes());
    }

    fn local(&self) -> Vec<u8> {
        let mut out = b"PK\x03\x04".to_vec();
        self.common(&mut out);
        out.extend_from_slice(self.name);
        out
    }

    fn central(&self, place: u32, out: &mut Vec<u8>) {
        out.extend_from_slice(b"PK\x01\x02");
        out.extend_from_slice(&20u16.to_le_bytes());
        self.common(out);
        // comment, disk, internal attributes
        out.extend_from_slice(&[0; 6]);
        out.extend_from_slice(&self.attributes.to_le_bytes());
        out.extend_from_slice(&place.to_le_bytes());
        out.extend_from_slice(self.name);
    }
}
