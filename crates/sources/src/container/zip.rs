//! The list of a zip archive (APPNOTE 6.3.10): end record, zip64 end record, central directory.

use std::io::SeekFrom;

use chrono::{NaiveDate, NaiveDateTime};

use super::{Bytes, Damage};

/// Longest comment behind the end record.
const MAX_COMMENT: u64 = 0xffff + 22;
/// Largest central directory that is read.
const MAX_DIRECTORY: u64 = 16 << 20;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// An entry of the central directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: String,
    /// The name as it stands there.
    pub(super) raw_name: Vec<u8>,
    /// General purpose flags.
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) encrypted: bool,
    pub(super) crc: u32,
    pub(super) packed: u64,
    pub(super) size: u64,
    /// Place of its local header.
    pub(super) header: u64,
    pub(super) modified: Option<NaiveDateTime>,
    /// Time and date of MS-DOS, as they stand there.
    pub(super) time: u32,
    /// External attributes.
    pub(super) attributes: u32,
}

impl Entry {
    pub(super) fn is_folder(&self) -> bool {
        self.name.ends_with('/') || (self.name.ends_with('\\') && self.size == 0)
    }

    /// A packed member that does not exist yet.
    #[cfg(test)]
    pub(super) fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            raw_name: name.as_bytes().to_vec(),
            flags: 0x800,
            method: DEFLATED,
            encrypted: false,
            crc: 0,
            packed: 0,
            size: 0,
            header: 0,
            modified: None,
            time: 0,
            attributes: 0,
        }
    }

    pub(super) const fn method_known(&self) -> bool {
        matches!(self.method, STORED | DEFLATED)
    }

    pub(super) const fn is_stored(&self) -> bool {
        self.method == STORED
    }
}

/// What the list of an archive holds.
pub(super) struct Listed {
    pub(super) entries: Vec<Entry>,
    /// Entries beyond the limit.
    pub(super) more: u64,
}

/// Reads the list.
pub(super) fn list(file: &mut dyn Bytes, limit: usize) -> Result<Listed, Damage> {
    let (entries, size, mut offset) = end(file)?;
    if size > MAX_DIRECTORY {
        return Err(Damage::List);
    }
    let directory = read_at(file, offset, size as usize)?;
    // an archive behind other bytes (a self-extractor) counts from its own start: not supported
    if entries > 0 && !directory.starts_with(b"PK\x01\x02") {
        return Err(Damage::List);
    }
    let mut listed = Listed {
        entries: Vec::new(),
        more: 0,
    };
    let mut rest = directory.as_slice();
    while rest.len() >= 46 && rest.starts_with(b"PK\x01\x02") {
        let (name, extra, comment) = (u16_at(rest, 28), u16_at(rest, 30), u16_at(rest, 32));
        let whole = 46 + usize::from(name) + usize::from(extra) + usize::from(comment);
        let Some(this) = rest.get(..whole) else {
            return Err(Damage::List);
        };
        if listed.entries.len() < limit {
            listed.entries.push(entry(this, name, extra));
        } else {
            listed.more += 1;
        }
        rest = &rest[whole..];
    }
    offset = listed.entries.len() as u64 + listed.more;
    if offset < entries {
        return Err(Damage::List);
    }
    Ok(listed)
}

/// Number of entries, size and place of the central directory.
fn end(file: &mut dyn Bytes) -> Result<(u64, u64, u64), Damage> {
    let len = file.seek(SeekFrom::End(0)).map_err(|_| Damage::Cut)?;
    let from = len.saturating_sub(MAX_COMMENT);
    let tail = read_at(file, from, (len - from) as usize)?;
    let at = memchr::memmem::rfind(&tail, b"PK\x05\x06").ok_or(Damage::List)?;
    let record = tail.get(at..at + 22).ok_or(Damage::List)?;
    let (entries, size, offset) = (u16_at(record, 10), u32_at(record, 12), u32_at(record, 16));
    if entries != u16::MAX && size != u32::MAX && offset != u32::MAX {
        return Ok((u64::from(entries), u64::from(size), u64::from(offset)));
    }
    let locator = at.checked_sub(20).and_then(|at| tail.get(at..at + 20));
    let locator = locator
        .filter(|l| l.starts_with(b"PK\x06\x07"))
        .ok_or(Damage::List)?;
    let record = read_at(file, u64_at(locator, 8), 56)?;
    if !record.starts_with(b"PK\x06\x06") {
        return Err(Damage::List);
    }
    Ok((
        u64_at(&record, 32),
        u64_at(&record, 40),
        u64_at(&record, 48),
    ))
}

fn entry(this: &[u8], name: u16, extra: u16) -> Entry {
    let flags = u16_at(this, 8);
    let bytes = &this[46..46 + usize::from(name)];
    let mut entry = Entry {
        // code page 437 without the UTF-8 flag in theory, Windows-1252 or UTF-8 in practice
        name: crate::lines::decode(bytes).into_owned(),
        method: u16_at(this, 10),
        encrypted: flags & 0x41 != 0,
        crc: u32_at(this, 16),
        packed: u64::from(u32_at(this, 20)),
        size: u64::from(u32_at(this, 24)),
        header: u64::from(u32_at(this, 42)),
        raw_name: bytes.to_vec(),
        flags,
        modified: dos_time(u16_at(this, 14), u16_at(this, 12)),
        time: u32_at(this, 12),
        attributes: u32_at(this, 38),
    };
    // zip64: only the fields that do not fit stand in the extra field, in this order
    let mut extra = &this[46 + usize::from(name)..46 + usize::from(name) + usize::from(extra)];
    while extra.len() >= 4 {
        let (id, len) = (u16_at(extra, 0), usize::from(u16_at(extra, 2)));
        let Some(mut data) = extra.get(4..4 + len) else {
            break;
        };
        if id == 1 {
            for field in [&mut entry.size, &mut entry.packed, &mut entry.header] {
                if *field == u64::from(u32::MAX) && data.len() >= 8 {
                    *field = u64_at(data, 0);
                    data = &data[8..];
                }
            }
        }
        extra = &extra[4 + len..];
    }
    entry
}

/// The name with `/`; none for a name that leads out of the archive or is no name.
pub(super) fn clean_name(name: &str) -> Option<String> {
    let name = name.replace('\\', "/");
    let drive = name.as_bytes().get(1) == Some(&b':');
    let bad = name.is_empty()
        || name.len() > 1024
        || name.starts_with('/')
        || drive
        || name.contains("!/")
        || name.chars().any(char::is_control)
        || name.split('/').any(|part| matches!(part, ".." | ""));
    (!bad).then(|| {
        let parts: Vec<&str> = name.split('/').filter(|p| *p != ".").collect();
        parts.join("/")
    })
}

fn dos_time(date: u16, time: u16) -> Option<NaiveDateTime> {
    let (d, t) = (u32::from(date), u32::from(time));
    NaiveDate::from_ymd_opt(1980 + (d >> 9) as i32, d >> 5 & 15, d & 31)?.and_hms_opt(
        t >> 11,
        t >> 5 & 63,
        (t & 31) * 2,
    )
}

/// Exactly so many bytes from a place.
pub(super) fn read_at(file: &mut dyn Bytes, at: u64, len: usize) -> Result<Vec<u8>, Damage> {
    file.seek(SeekFrom::Start(at)).map_err(|_| Damage::Cut)?;
    let mut bytes = Vec::new();
    let mut part = vec![0; len.min(1 << 16)];
    while bytes.len() < len {
        let want = part.len().min(len - bytes.len());
        match file.read(&mut part[..want]) {
            Ok(0) | Err(_) => return Err(Damage::Cut),
            Ok(n) => bytes.extend_from_slice(&part[..n]),
        }
    }
    Ok(bytes)
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}
