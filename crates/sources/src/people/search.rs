//! The detector in the stream of records: what is found in texts joins the values of their records.
//!
//! Readers report texts as they stand (messages, notes, info fields). A [`Search`] between a reader and its sink
//! looks through each of them, so that no reader knows what a person looks like.

use std::borrow::Cow;

use gdpr4k_model::Finding;
use gdpr4k_model::catalogue::{Catalogue, ClusterIx, ElementIx, Kind as Category};
use gdpr4k_model::number::Access;

use super::{Detector, Hit, Kind, RuleId};
use crate::freelines::Parts;
use crate::record::{Fact, Record, Sink, Value};

/// What stands in for a secret: in a text that is compared with others, and in a file after a run of retention.
pub const MASK: &[u8] = b"***";

/// Something found in a text.
#[derive(Clone, Copy)]
pub struct Found<'a> {
    /// The value with its element.
    pub value: Value<'a>,
    /// The cluster of the text that it stands in.
    pub cluster: ClusterIx,
    /// Kind, rule and score; the place is that in the text.
    pub hit: Hit,
    /// The text.
    pub text: &'a [u8],
    /// Where it stands, in the words of the sink ([`Finds::place`]).
    pub place: Place,
}

/// Where a text stands: none where the sink does not ask, or where the reader has copied the text.
pub type Place = Option<u64>;

/// A sink that takes what is found in texts as well.
pub trait Finds: Sink {
    /// A record with what was found in its texts.
    fn found(&mut self, record: &Record<'_>, found: &[Found<'_>]);

    /// Where these bytes of a text stand, if the sink wants to know it.
    fn place(&self, _bytes: &[u8]) -> Place {
        None
    }
}

/// Which elements are texts, and what a hit in each of them is.
#[derive(Debug)]
pub struct Texts {
    /// By element: its row of `elements`; none for what is no text.
    rows: Vec<Option<u8>>,
    /// By row and kind.
    elements: Vec<[ElementIx; Kind::ALL.len()]>,
    /// A password on a command line (formats-other-sources 5.5).
    command_password: ElementIx,
    clusters: Vec<ClusterIx>,
    areas: Vec<String>,
}

/// Elements by what the search needs them for.
pub(crate) struct Elements {
    /// The element of each kind where a source has none of its own.
    pub(crate) kinds: [ElementIx; Kind::ALL.len()],
    /// Texts of logs, and elements of accounts and addresses in them.
    pub(crate) logs: Vec<ElementIx>,
    pub(crate) user: ElementIx,
    pub(crate) ip: ElementIx,
    /// A password on a command line (formats-other-sources 5.5).
    pub(crate) command_password: ElementIx,
    /// Texts without a form.
    pub(crate) parts: Vec<Parts>,
    /// Fields of another category that hold text.
    pub(crate) also: Vec<ElementIx>,
    /// Elements of the category free text that hold something else.
    pub(crate) except: Vec<ElementIx>,
    /// Area codes that may stand behind the trunk code.
    pub(crate) areas: Vec<String>,
}

impl Texts {
    pub(crate) fn new(catalogue: &Catalogue, elements: Elements) -> Self {
        let mut texts = Self {
            rows: Vec::new(),
            elements: vec![elements.kinds],
            command_password: elements.command_password,
            clusters: Vec::new(),
            areas: elements.areas,
        };
        for element in catalogue.elements() {
            let ix = element.index;
            let text = element.kind == Category::FreeText && !elements.except.contains(&ix);
            let text = text || elements.also.contains(&ix);
            texts.rows.push(text.then_some(0));
            texts.clusters.push(catalogue.cluster_of(ix));
        }
        let mut log = elements.kinds;
        log[Kind::Account as usize] = elements.user;
        log[Kind::Ip as usize] = elements.ip;
        for text in elements.logs {
            texts.row(text, log);
        }
        for part in elements.parts {
            let mut own = elements.kinds;
            if catalogue.element_entry(part.ip).kind == Category::Ip {
                own[Kind::Ip as usize] = part.ip;
            }
            own[Kind::Number as usize] = part.number;
            own[Kind::Extension as usize] = part.number;
            texts.row(part.text, own);
        }
        texts
    }

    fn row(&mut self, text: ElementIx, elements: [ElementIx; Kind::ALL.len()]) {
        self.rows[text.0 as usize] = u8::try_from(self.elements.len()).ok();
        self.elements.push(elements);
    }

    /// The cluster of what is found in the name of a file that holds nothing.
    pub fn fallback(&self) -> ClusterIx {
        self.clusters[self.elements[0][Kind::Name as usize].0 as usize]
    }

    /// Whether an element is a text.
    pub fn is_text(&self, element: ElementIx) -> bool {
        self.rows[element.0 as usize].is_some()
    }

    /// The element of a hit in a text, or in a text of no element.
    fn element(&self, text: Option<ElementIx>, hit: &Hit) -> ElementIx {
        if hit.rule == RuleId::PasswordCommand {
            return self.command_password;
        }
        let row = text.and_then(|t| self.rows[t.0 as usize]).unwrap_or(0);
        self.elements[row as usize][hit.kind as usize]
    }
}

/// What a search looks with.
#[derive(Clone, Copy)]
pub struct Eyes<'a> {
    /// The people of the site.
    pub detector: &'a Detector,
    /// Which elements are texts.
    pub texts: &'a Texts,
    /// The node of the site whose texts these are.
    pub node: u8,
}

impl<'a> Eyes<'a> {
    /// What is found in a text as it stands in a file or in its name; `cluster` is that of the text.
    pub fn look<'t>(
        &self,
        text: &'t [u8],
        element: Option<ElementIx>,
        cluster: ClusterIx,
        hits: &mut Vec<Hit>,
        found: &mut Vec<Found<'t>>,
    ) {
        hits.clear();
        self.detector.detect_at(self.node, text, hits);
        for hit in hits.iter() {
            let bytes = &text[hit.range()];
            let mut value = Value::new(self.texts.element(element, hit), bytes);
            if hit.kind == Kind::Number {
                value.access = self.access(bytes);
            }
            found.push(Found {
                value,
                cluster,
                hit: *hit,
                text,
                place: None,
            });
        }
    }
}

impl Eyes<'_> {
    /// Whether the trunk access code stands in front of a number that starts with zeros:
    /// `000…`, and in one run of figures a trunk zero before an area or a mobile network of the country.
    fn access(&self, text: &[u8]) -> Access {
        let plan = self.detector.plans.plan(self.node);
        let german = plan.is_none_or(|p| p.country == "49" && p.trunk_prefix == "0");
        let zeros = text.iter().take_while(|b| **b == b'0').count();
        let run = text.iter().all(u8::is_ascii_digit);
        let rest = &text[zeros..];
        let inland = || {
            matches!(rest, [b'1', b'5'..=b'7', ..])
                || self
                    .texts
                    .areas
                    .iter()
                    .any(|a| rest.starts_with(a.as_bytes()))
        };
        if zeros >= 3 || zeros == 2 && run && german && inland() || text.starts_with(b"0 0") {
            Access::Dialled
        } else {
            Access::Plain
        }
    }
}

/// A sink that looks through the texts of the records on their way to another sink.
pub struct Search<'a, S: ?Sized> {
    inner: &'a mut S,
    eyes: Eyes<'a>,
    hits: Vec<Hit>,
    /// Found in lines that are no record of their own, not given yet.
    loose: Vec<Loose>,
    /// Texts with a password on a command line, and the line of the first.
    commands: (u64, u64),
}

/// A hit in a line outside of records, kept until the record that the line belongs to.
struct Loose {
    text: Vec<u8>,
    found: (ElementIx, Access, ClusterIx, Hit),
    place: Place,
}

impl<'a, S: Finds + ?Sized> Search<'a, S> {
    /// A search in front of a sink.
    pub const fn new(eyes: Eyes<'a>, inner: &'a mut S) -> Self {
        Self {
            inner,
            eyes,
            hits: Vec::new(),
            loose: Vec::new(),
            commands: (0, 0),
        }
    }

    /// The file has ended: says what is told once per file.
    pub fn done(self) {
        let (count, first) = self.commands;
        if count > 0 {
            let finding = Finding::new("G4K-331").at(first);
            let finding = finding.with("count", count).with("first", first);
            self.inner.finding(finding);
        }
    }

    fn note_command(&mut self, line: u64, hits: &[Hit]) {
        if hits.iter().any(|h| h.rule == RuleId::PasswordCommand) {
            if self.commands.0 == 0 {
                self.commands.1 = line;
            }
            self.commands.0 += 1;
        }
    }
}

impl<S: Finds + ?Sized> Sink for Search<'_, S> {
    fn record(&mut self, record: &Record<'_>) {
        let mut found: Vec<Found<'_>> = Vec::new();
        // texts with a secret in them: index of the value, and the text without it
        let mut masked: Vec<(usize, Vec<u8>)> = Vec::new();
        let mut hits = std::mem::take(&mut self.hits);
        for (ix, value) in record.values.iter().enumerate() {
            if !self.eyes.texts.is_text(value.element) {
                continue;
            }
            let own = self.eyes.texts.clusters[value.element.0 as usize];
            let cluster = record.cluster.unwrap_or(own);
            let from = found.len();
            let eyes = self.eyes;
            eyes.look(
                value.text,
                Some(value.element),
                cluster,
                &mut hits,
                &mut found,
            );
            for f in &mut found[from..] {
                f.place = self.inner.place(f.value.text);
            }
            self.note_command(record.line, &hits);
            if let Cow::Owned(text) = without_secrets(value.text, &hits) {
                masked.push((ix, text));
            }
        }
        self.hits = hits;
        let loose = std::mem::take(&mut self.loose);
        for l in &loose {
            let (element, access, cluster, hit) = l.found;
            let mut value = Value::new(element, &l.text);
            value.access = access;
            found.push(Found {
                value,
                cluster: record.cluster.unwrap_or(cluster),
                hit,
                text: &l.text,
                place: l.place,
            });
        }
        if masked.is_empty() {
            return self.inner.found(record, &found);
        }
        let mut values = record.values.to_vec();
        for (ix, text) in &masked {
            values[*ix].text = text;
        }
        let record = Record {
            values: &values,
            ..*record
        };
        self.inner.found(&record, &found);
    }

    fn fact(&mut self, fact: Fact) {
        self.inner.fact(fact);
    }

    fn finding(&mut self, finding: Finding) {
        self.inner.finding(finding);
    }

    fn damaged(&mut self, line: u64) {
        self.inner.damaged(line);
    }

    fn text(&mut self, line: u64, element: ElementIx, text: &str, known: &[&str]) -> usize {
        let mut found = Vec::new();
        let mut known = known.to_vec();
        let mut hits = std::mem::take(&mut self.hits);
        let eyes = self.eyes;
        let cluster = eyes.texts.clusters[element.0 as usize];
        eyes.look(
            text.as_bytes(),
            Some(element),
            cluster,
            &mut hits,
            &mut found,
        );
        self.note_command(line, &hits);
        self.hits = hits;
        let before = self.loose.len();
        for f in &found {
            // what the reader itself makes of the line counts once
            if let Some(at) = known.iter().position(|k| k.as_bytes() == f.value.text) {
                known.swap_remove(at);
                continue;
            }
            self.loose.push(Loose {
                text: f.value.text.to_vec(),
                found: (f.value.element, f.value.access, f.cluster, f.hit),
                place: self.inner.place(f.value.text),
            });
        }
        self.loose.len() - before
    }
}

/// A text with a mask for every secret in it: secrets are neither compared nor measured.
fn without_secrets<'t>(text: &'t [u8], hits: &[Hit]) -> Cow<'t, [u8]> {
    let secret = |h: &&Hit| matches!(h.kind, Kind::Pin | Kind::Password | Kind::Secret);
    if !hits.iter().any(|h| secret(&h)) {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut done = 0;
    for hit in hits.iter().filter(secret) {
        out.extend_from_slice(&text[done..hit.range().start]);
        out.extend_from_slice(MASK);
        done = hit.range().end;
    }
    out.extend_from_slice(&text[done..]);
    Cow::Owned(out)
}
