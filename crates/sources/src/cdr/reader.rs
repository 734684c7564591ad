//! The reader of call records.

use std::sync::Arc;

use chrono::NaiveDate;
use gdpr4k_model::number::NumberPlans;

use super::classify::Classifier;
use super::frame::Framer;
use super::layout::{Layout, RecordEnd};
use super::lines::Core;
use super::split::Splitter;
use crate::{Account, Reader, Sink};

/// What call records are collected for; it decides their cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Purpose {
    /// Charging.
    #[default]
    Accounting,
    /// Performance Management.
    Performance,
}

/// What the site says about a file of call records.
#[derive(Clone, Debug)]
pub struct Context {
    /// Purpose of the collection.
    pub purpose: Purpose,
    /// Number plans of the site.
    pub plans: Arc<NumberPlans>,
    /// Node that wrote the file.
    pub node: u8,
    /// The day of the run, site-local: a call more than two days later is not believed.
    pub today: NaiveDate,
    /// The zone of the site. Where it is not known, stamps are taken as they are written.
    pub zone: Option<chrono_tz::Tz>,
}

/// Which part of a file a reader gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Part {
    /// The whole file, or its first part.
    #[default]
    First,
    /// A later part, from a place that [`super::boundary`] allows. Lines count from 1 again.
    Later,
}

/// Reads call records by a layout.
///
/// A big file may be cut into parts (see [`super::boundary`]); each part has its own
/// reader, line numbers count from the start of the part, and accounts add up.
/// `finish(growing)` belongs to the last part only: earlier parts end with a record end.
pub struct CdrReader {
    classifier: Classifier,
    core: Core,
    state: State,
    /// Room for a block in another code page.
    room: Vec<u8>,
}

enum State {
    /// The first bytes, until code page and record end are known.
    Head(Vec<u8>),
    Lines(Splitter),
    Frames(Framer),
}

/// So many bytes decide about code page and record end.
const HEAD: usize = 8_192;

impl CdrReader {
    /// A reader of a whole file.
    pub fn new(layout: Arc<Layout>, context: Context) -> Self {
        Self::part(layout, context, Part::First)
    }

    /// A reader of one part of a file.
    pub fn part(layout: Arc<Layout>, context: Context, part: Part) -> Self {
        let state = if layout.encoding.settled() && !may_frame(&layout) {
            State::Lines(Splitter::new(layout.record_end))
        } else {
            State::Head(Vec::new())
        };
        Self {
            core: Core::new(&layout, context, part),
            classifier: Classifier::new(layout),
            state,
            room: Vec::new(),
        }
    }

    /// The layout.
    pub fn layout(&self) -> &Layout {
        &self.classifier.layout
    }

    /// Lines that each `[[record]]` of the layout took, in its order.
    pub fn by_variant(&self) -> &[u64] {
        &self.core.by_variant
    }

    /// Decides about code page and record end by the first bytes, and reads them.
    fn settle(&mut self, head: &[u8], sink: &mut dyn Sink) {
        let layout = Arc::clone(&self.classifier.layout);
        self.core.encoding = layout.encoding.settle(head);
        let mut text = head.to_vec();
        self.core.translate(&mut text);
        let framed = match layout.record_end {
            RecordEnd::None => true,
            RecordEnd::Auto => {
                layout.frameable()
                    && memchr::memchr2(b'\n', b'\r', &text).is_none()
                    && Framer::starts(&layout, &text)
            }
            _ => false,
        };
        self.state = if framed {
            State::Frames(Framer::default())
        } else {
            State::Lines(Splitter::new(layout.record_end))
        };
        self.read(&text, sink);
    }

    /// Reads bytes that are in the code page of the core already.
    fn read(&mut self, block: &[u8], sink: &mut dyn Sink) {
        let (classifier, core) = (&mut self.classifier, &mut self.core);
        core.look(&classifier.layout, block);
        match &mut self.state {
            State::Lines(splitter) => splitter.feed(block, |line, too_long| {
                core.line(classifier, line, too_long, sink);
            }),
            State::Frames(framer) => framer.feed(block, classifier, core, sink),
            State::Head(_) => {}
        }
    }
}

fn may_frame(layout: &Layout) -> bool {
    matches!(layout.record_end, RecordEnd::None)
        || (layout.record_end == RecordEnd::Auto && layout.frameable())
}

impl Reader for CdrReader {
    fn feed(&mut self, block: &[u8], sink: &mut dyn Sink) {
        if let State::Head(head) = &mut self.state {
            head.extend_from_slice(&block[..block.len().min(HEAD)]);
            if head.len() < HEAD {
                return;
            }
            let taken = block.len().min(HEAD);
            let head = std::mem::take(head);
            self.settle(&head, sink);
            if taken < block.len() {
                self.feed(&block[taken..], sink);
            }
            return;
        }
        if self.core.encoding.table().is_some() {
            let mut room = std::mem::take(&mut self.room);
            room.clear();
            room.extend_from_slice(block);
            self.core.translate(&mut room);
            self.read(&room, sink);
            self.room = room;
        } else {
            self.read(block, sink);
        }
    }

    fn finish(&mut self, growing: bool, sink: &mut dyn Sink) -> Account {
        if let State::Head(head) = &mut self.state {
            let head = std::mem::take(head);
            self.settle(&head, sink);
        }
        let (classifier, core) = (&mut self.classifier, &mut self.core);
        match &mut self.state {
            State::Lines(splitter) => {
                if let Some((rest, too_long)) = splitter.rest() {
                    // bytes of a line that began in an earlier block were not looked at
                    core.clean = false;
                    if growing {
                        core.pending();
                    } else {
                        core.line(classifier, &rest, too_long, sink);
                    }
                }
            }
            State::Frames(framer) => framer.finish(growing, classifier, core, sink),
            State::Head(_) => {}
        }
        core.finish(&classifier.layout, growing, sink)
    }
}
