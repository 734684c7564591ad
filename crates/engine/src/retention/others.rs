//! Every writable file that is not a file of call records: how it is read, and what is left of it.

use std::io::{Cursor, Read, Write};

use gdpr4k_model::Finding;
use gdpr4k_model::catalogue::ElementIx;
use gdpr4k_model::retention::{Census, Quarter};
use gdpr4k_model::site::Site;
use gdpr4k_policy::cells::Threshold;
use gdpr4k_policy::holds::FileHolds;
use gdpr4k_sources::people::Detector;
use gdpr4k_sources::pm::Markup;
use gdpr4k_sources::{record::Account, wave};
use gdpr4k_store::files::{SiteFolder, Source};
use gdpr4k_store::rewrite::{Content, Output, Quarantine, Streamed};

use super::counts::Counts;
use super::facts::FileContext;
use super::keys::TokenRing;
use super::lines::{self, Failure, Taken, Tools};
use super::rulebook::Rulebook;
use super::targets::Target;
use super::{Error, reports, whole};
use crate::inventory::Progress;
use crate::inventory::members;
use crate::inventory::readers::{Plan, Readers};

/// Bytes that are written at once.
const BLOCK: usize = 1 << 18;
/// After so many bytes the system is asked to bring them to the disk.
const WRITE_BACK: u64 = 8 << 20;
/// A report is read into memory up to this size; a larger one stays or goes as a whole.
const MAX_REPORT: u64 = 128 << 20;

/// What reading such files needs besides the rules.
pub(crate) struct Means<'a> {
    pub(crate) site: &'a Site,
    pub(crate) folder: &'a SiteFolder,
    pub(crate) readers: &'a Readers<'a>,
    /// Finds people in texts.
    pub(crate) detector: &'a Detector,
}

/// A file that is not a file of call records.
pub(crate) struct Other<'a> {
    how: Means<'a>,
    book: &'a Rulebook<'a>,
    target: &'a Target,
    way: Way,
}

/// How such a file is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Line by line.
    Lines,
    /// A report with rows.
    Report(Markup),
    /// As a whole: one record of an element.
    Whole(ElementIx),
    /// As a whole, with the records of its members.
    Archive,
}

impl<'a> Other<'a> {
    /// None for a file of call records, and for a kind that is left alone.
    pub(crate) fn new(how: Means<'a>, book: &'a Rulebook<'a>, target: &'a Target) -> Option<Self> {
        let tables = how.readers.tables();
        let way = match target.plan.as_ref()? {
            Plan::Journal(..)
            | Plan::AssistantLog(_)
            | Plan::Syslog
            | Plan::Form(..)
            | Plan::Lines(_)
            | Plan::DsWin(_) => Way::Lines,
            Plan::PmText => Way::Report(Markup::Text),
            Plan::PmHtml => Way::Report(Markup::Html),
            Plan::PmWorkbook if target.file.bytes <= MAX_REPORT => Way::Report(Markup::Workbook),
            Plan::PmWorkbook => {
                Way::Whole(gdpr4k_sources::opaque::Opaque::Report("workbook").element(tables))
            }
            Plan::Opaque(what) => Way::Whole(what.element(tables)),
            Plan::Recording => Way::Whole(wave::element(tables)),
            Plan::Archive => Way::Archive,
            Plan::Cdr(..)
            | Plan::Amo(_)
            | Plan::Xie(_)
            | Plan::Directory(_)
            | Plan::Dump
            | Plan::Controls => return None,
        };
        Some(Self {
            how,
            book,
            target,
            way,
        })
    }

    /// The file, as far as its records are concerned.
    fn context(&self) -> FileContext<'_> {
        let target = self.target;
        FileContext {
            book: self.book,
            eyes: self.how.readers.eyes(self.how.detector, target.node),
            path: &target.file.path,
            kind: target.kind.id(),
            node: (target.node, &self.how.site.sources[target.source].node),
            day: target.day,
        }
    }

    /// Says what the file holds.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn census(
        &self,
        source: &Source,
        progress: Progress<'_>,
    ) -> Result<(Census, Vec<Finding>), Error> {
        let file = self.context();
        let failed = |failure| self.failed(failure);
        let (taken, content) = match self.way {
            Way::Lines => {
                let mut input = Input::new(source, progress);
                let mut reader = self.reader();
                let taken = lines::census(file, &mut *reader, &mut input, false).map_err(failed)?;
                (taken, input.content().map_err(failed)?)
            }
            Way::Report(markup) => {
                let (bytes, content) = whole_file(source, progress).map_err(failed)?;
                let tables = self.how.readers.tables();
                let how = (markup, tables, self.threshold());
                let taken = reports::census(file, how, &mut Cursor::new(bytes)).map_err(failed)?;
                (taken, content)
            }
            Way::Whole(element) => (
                whole::census(file, element),
                gdpr4k_store::rewrite::content(source)?,
            ),
            Way::Archive => (self.archive(file), gdpr4k_store::rewrite::content(source)?),
        };
        let Taken {
            mut census,
            findings,
        } = taken;
        census.bytes = content.bytes;
        census.digest = content.digest;
        Ok((census, findings))
    }

    /// Writes what is left of the file.
    ///
    /// # Errors
    /// It cannot be read or written, a key is missing, or it cannot be rewritten.
    pub(crate) fn rewrite(
        &self,
        keys: &TokenRing<'_>,
        source: &Source,
        output: &Output,
        quarantine: &Quarantine,
        progress: Progress<'_>,
    ) -> Result<Streamed<Counts>, Error> {
        let file = self.context();
        let holds: FileHolds<'_> = self.book.holds.of_file(&self.target.file.path);
        let key = |day| keys.of(Quarter::of(day));
        let tools = Tools {
            holds: &holds,
            keys: &key,
            threshold: self.threshold(),
        };
        let failed = |failure| self.failed(failure);
        let mut written = Written::new(output);
        let mut apart = Apart(quarantine);
        let (report, read) = match self.way {
            Way::Lines => {
                let mut input = Input::new(source, progress);
                let mut reader = self.reader();
                let counts = lines::rewrite(
                    file,
                    &tools,
                    &mut *reader,
                    &mut input,
                    &mut written,
                    &mut apart,
                )
                .map_err(failed)?;
                (counts, input.content().map_err(failed)?)
            }
            Way::Report(markup) => {
                let (bytes, content) = whole_file(source, progress).map_err(failed)?;
                let how = (markup, self.how.readers.tables());
                let mut input = Cursor::new(bytes);
                let counts =
                    reports::rewrite(file, &tools, how, &mut input, &mut written, &mut apart)
                        .map_err(failed)?;
                (counts, content)
            }
            Way::Whole(_) | Way::Archive => return Err(failed(Failure::NotByRecord)),
        };
        Ok(Streamed {
            read,
            written: Some(
                written
                    .content()
                    .map_err(|e| self.failed(Failure::Write(e)))?,
            ),
            report,
        })
    }

    fn reader(&self) -> Box<dyn gdpr4k_sources::Reader + '_> {
        match &self.target.plan {
            Some(plan) => self.how.readers.reader(plan, &self.target.file, false),
            None => unreachable!("a file without a way to read it is no such file"),
        }
    }

    /// What figures about groups need so that they may be said.
    const fn threshold(&self) -> Threshold {
        let retention = &self.how.site.retention;
        Threshold {
            k: retention.small_cell_k,
            dominance: retention.dominance,
        }
    }

    /// What the members of an archive hold.
    fn archive(&self, file: FileContext<'_>) -> Taken {
        let mut counter = lines::Counter::new(file);
        let mut unread = 0u64;
        for job in &self.target.members {
            let mut account = Account::default();
            let read = members::read(
                self.how.folder,
                self.how.readers,
                job,
                &mut account,
                &mut counter,
            );
            unread += u64::from(read.is_err()) + account.rejected;
        }
        counter.whole_file(unread)
    }

    fn failed(&self, failure: Failure) -> Error {
        let path = || self.target.file.path.clone();
        match failure {
            Failure::Key(error) => *error,
            Failure::NotByRecord => Error::Kind { path: path() },
            Failure::Read(cause) | Failure::Write(cause) => match cause.downcast() {
                Ok(error) => Error::Store(error),
                Err(cause) => Error::Untreated {
                    path: path(),
                    why: cause.to_string(),
                },
            },
            other => Error::Untreated {
                path: path(),
                why: other.to_string(),
            },
        }
    }
}

/// A file from its first byte to its last, with its digest.
struct Input<'s> {
    source: &'s Source,
    at: u64,
    hasher: blake3::Hasher,
    progress: Progress<'s>,
}

impl<'s> Input<'s> {
    fn new(source: &'s Source, progress: Progress<'s>) -> Self {
        Self {
            source,
            at: 0,
            hasher: blake3::Hasher::new(),
            progress,
        }
    }

    /// The content, read to its end.
    fn content(mut self) -> Result<Content, Failure> {
        std::io::copy(&mut self, &mut std::io::sink()).map_err(Failure::Read)?;
        Ok(Content::of(&self.hasher))
    }
}

impl Read for Input<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self
            .source
            .read_at(self.at, buffer)
            .map_err(std::io::Error::other)?;
        self.hasher.update(&buffer[..n]);
        self.at += n as u64;
        (self.progress)(n as u64);
        Ok(n)
    }
}

/// A file in memory.
fn whole_file(source: &Source, progress: Progress<'_>) -> Result<(Vec<u8>, Content), Failure> {
    let mut input = Input::new(source, progress);
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes).map_err(Failure::Read)?;
    Ok((bytes, input.content()?))
}

/// The new file, written from its start.
struct Written<'o> {
    output: &'o Output,
    at: u64,
    asked: u64,
    hasher: blake3::Hasher,
    block: Vec<u8>,
}

impl<'o> Written<'o> {
    fn new(output: &'o Output) -> Self {
        Self {
            output,
            at: 0,
            asked: 0,
            hasher: blake3::Hasher::new(),
            block: Vec::with_capacity(BLOCK),
        }
    }

    fn give(&mut self) -> std::io::Result<()> {
        if self.block.is_empty() {
            return Ok(());
        }
        self.output
            .write_at(self.at, &self.block)
            .map_err(std::io::Error::other)?;
        self.hasher.update(&self.block);
        self.at += self.block.len() as u64;
        self.block.clear();
        if self.at - self.asked >= WRITE_BACK {
            self.output.start_writing(self.asked, self.at - self.asked);
            self.asked = self.at;
        }
        Ok(())
    }
}

impl Written<'_> {
    fn content(&mut self) -> std::io::Result<Content> {
        self.give()?;
        Ok(Content::of(&self.hasher))
    }
}

impl Write for Written<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.block.extend_from_slice(bytes);
        if self.block.len() >= BLOCK {
            self.give()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.give()
    }
}

/// Damaged lines on their way to the quarantine.
struct Apart<'q>(&'q Quarantine);

impl Write for Apart<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.keep(bytes).map_err(std::io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
