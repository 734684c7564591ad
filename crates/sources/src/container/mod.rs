//! Archives: what is in them, within limits, and the bytes of one member at a time.
//!
//! Nothing is written anywhere and no name of a member is ever used as a path, so a
//! member named `../x` does no harm; it is reported and left out all the same
//! (formats-other-sources 4.2 and 9).

pub mod book;
mod pack;
mod read;
mod tar;
pub(crate) mod workbook;
mod zip;

use std::io::{Read, Seek};

use chrono::NaiveDateTime;
use gdpr4k_model::Finding;
use gdpr4k_model::finding::Arg;

pub use pack::PackError;
pub use read::{Damage, read, whole};
pub use tar::tar_members;
use zip::Entry;

/// A file that can be read at any place; the caller opens it.
pub trait Bytes: Read + Seek {}

impl<T: Read + Seek + ?Sized> Bytes for T {}

/// What is opened at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Members of one archive, with those of archives inside of it.
    pub members: usize,
    /// Bytes of all members together, expanded.
    pub expanded: u64,
    /// How many times larger than packed a member of more than 1 MiB may become.
    pub ratio: u64,
    /// Bytes of an archive inside an archive; it is kept in memory while it is read.
    pub nested: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            members: 10_000,
            expanded: 8 << 30,
            ratio: 250,
            nested: 64 << 20,
        }
    }
}

/// A readable file in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Name in the archive, with `/`; behind the name of the archive inside and `!/` where there is one.
    pub name: String,
    /// Expanded size, as the archive says; never more is read.
    pub bytes: u64,
    /// Local time of the last change, as the archive says.
    pub modified: Option<NaiveDateTime>,
    entry: Entry,
    /// The archive inside the archive that holds it.
    outer: Option<Entry>,
}

/// Whether the first bytes are those of a zip archive.
pub fn is_zip(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06")
}

/// Gives every member of a zip archive that may be read; archives inside are opened one level deep.
///
/// Returned findings: what is left out and why. They name a member by its place in the list, because
/// a name that is meant to do harm has no place in a message.
pub fn members(
    file: &mut dyn Bytes,
    limits: &Limits,
    each: &mut dyn FnMut(Member),
) -> Vec<Finding> {
    let mut walk = Walk {
        limits: *limits,
        left: limits.expanded,
        count: 0,
        findings: Vec::new(),
    };
    walk.archive(file, None, each);
    walk.findings
}

/// The number of files that a zip archive lists; none if it is none.
pub fn count(file: &mut dyn Bytes, limits: &Limits) -> Option<u64> {
    let listed = zip::list(file, limits.members).ok()?;
    let files = listed.entries.iter().filter(|e| !e.is_folder()).count();
    Some(files as u64 + listed.more)
}

struct Walk {
    limits: Limits,
    /// Expanded bytes that may still be read.
    left: u64,
    count: usize,
    findings: Vec<Finding>,
}

impl Walk {
    fn archive(
        &mut self,
        file: &mut dyn Bytes,
        outer: Option<&Member>,
        each: &mut dyn FnMut(Member),
    ) {
        // an archive inside is unpacked again for each of its members
        let most = match outer {
            Some(outer) => {
                (self.limits.expanded / outer.bytes.max(1)).min(self.limits.members as u64) as usize
            }
            None => self.limits.members,
        };
        let listed = match zip::list(file, most) {
            Ok(listed) => listed,
            Err(damage) => {
                self.findings.push(damage.finding());
                return;
            }
        };
        if listed.more > 0 {
            self.findings.push(
                Finding::new("G4K-601")
                    .with("limit", most)
                    .with("count", listed.more),
            );
        }
        let mut seen = std::collections::HashSet::new();
        // where the data of one member ends and the next may begin
        let mut taken: Vec<(u64, u64)> = Vec::new();
        for (ix, entry) in listed.entries.into_iter().enumerate() {
            let number = ix + 1;
            if entry.is_folder() {
                continue;
            }
            self.count += 1;
            if self.count > self.limits.members {
                let finding = Finding::new("G4K-601").with("limit", self.limits.members);
                self.findings.push(finding.with("count", 1u64));
                return;
            }
            let Some(name) = zip::clean_name(&entry.name) else {
                self.findings
                    .push(Finding::new("G4K-602").with("member", number));
                continue;
            };
            if !seen.insert(name.to_lowercase()) {
                self.findings
                    .push(Finding::new("G4K-603").with("member", number));
                continue;
            }
            if let Some(finding) = self.refuse(&entry, number, &mut taken) {
                self.findings.push(finding);
                continue;
            }
            self.left -= entry.size;
            let member = Member {
                name: match outer {
                    Some(outer) => format!("{}!/{name}", outer.name),
                    None => name,
                },
                bytes: entry.size,
                modified: entry.modified,
                entry,
                outer: outer.map(|o| o.entry.clone()),
            };
            self.member(file, member, number, each);
        }
    }

    /// A file goes to the caller; an archive is opened, unless it lies in one already.
    fn member(
        &mut self,
        file: &mut dyn Bytes,
        member: Member,
        number: usize,
        each: &mut dyn FnMut(Member),
    ) {
        let lower = member.name.to_lowercase();
        // a workbook is a zip archive too, and is read as one file
        if !lower.ends_with(".zip") {
            each(member);
            return;
        }
        if member.outer.is_some() {
            self.findings
                .push(Finding::new("G4K-604").with("member", number));
            return;
        }
        match whole(file, &member, self.limits.nested) {
            Ok(bytes) if is_zip(&bytes) => {
                self.archive(&mut std::io::Cursor::new(bytes), Some(&member), each);
            }
            Ok(_) => each(member),
            Err(damage) => self.findings.push(damage.finding_of(number)),
        }
    }

    fn refuse(&self, entry: &Entry, number: usize, taken: &mut Vec<(u64, u64)>) -> Option<Finding> {
        let member = |code| Some(Finding::new(code).with("member", number));
        if entry.encrypted {
            return member("G4K-605");
        }
        let data = (entry.header, entry.header.saturating_add(entry.packed));
        if taken.iter().any(|t| data.0 < t.1 && t.0 < data.1) {
            return member("G4K-608");
        }
        taken.push(data);
        if !entry.method_known() {
            return member("G4K-607").map(|f| f.with("method", u64::from(entry.method)));
        }
        let times = entry.size / entry.packed.max(1);
        if entry.size > 1 << 20 && times > self.limits.ratio {
            return member("G4K-606")
                .map(|f| f.with("times", times).with("limit", self.limits.ratio));
        }
        if entry.size > self.left {
            return member("G4K-609")
                .map(|f| f.with("limit", Arg::declared(mebibytes(self.limits.expanded))));
        }
        None
    }
}

/// A limit in words.
fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", bytes >> 20)
}

#[cfg(test)]
mod tests;
