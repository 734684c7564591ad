//! People in free text: numbers, names, addresses and accounts in logs, traces, notes and file names.
//!
//! One pass over a line finds anchors (figures, `@`, colons, words that the site or `schemas/sources/people.toml`
//! knows); checks around an anchor decide. The detector never says what a hit is worth: that is the caller's.

mod accounts;
mod bytes;
mod context;
mod fields;
mod kinds;
mod masks;
mod names;
mod net;
mod numbers;
mod phone;
mod places;
pub mod search;
mod site;
#[cfg(test)]
mod tests;
mod values;
mod words;

use gdpr4k_model::number::NumberPlans;

pub use kinds::{Kind, RuleId};
use masks::{Masks, classify};
use site::Site;
use words::{Cues, Words};

/// A piece of personal data in a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// First byte of the physical line, counted from 1.
    pub start: u32,
    /// Last byte, inclusive.
    pub end: u32,
    /// What it is.
    pub kind: Kind,
    /// The rule that found it.
    pub rule: RuleId,
    /// How sure the rule is, above 0 to 1.
    pub score: f32,
}

impl Hit {
    /// Id of the catalogue element that a value of this kind in free text belongs to.
    pub const fn element(&self) -> &'static str {
        self.kind.element()
    }

    /// The bytes of the line that the hit covers.
    pub fn range(&self) -> std::ops::Range<usize> {
        self.start as usize - 1..self.end as usize
    }
}

/// The people of this site, as its directory sources name them. Names may carry titles.
#[derive(Clone, Default)]
pub struct SitePeople {
    /// Surname and given name.
    pub names: Vec<(String, String)>,
    /// The same where it may be the name of a room or of a function: found only where the text carries it.
    pub doubtful: Vec<(String, String)>,
    /// Station numbers and full numbers in any notation.
    pub numbers: Vec<String>,
    /// Log-on names.
    pub accounts: Vec<String>,
}

/// What to look for.
#[derive(Clone, Debug)]
pub struct Options {
    /// Names, accounts, secrets, ids and places as well; without: numbers, stations, e-mail, IP and MAC addresses.
    pub words: bool,
    /// Accounts of the site that are no person (`[accounts] non_personal`).
    pub services: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            words: true,
            services: Vec::new(),
        }
    }
}

/// Finds personal data in lines of text. Made once per site; may be shared by threads.
pub struct Detector {
    words: Words,
    site: Site,
    plans: NumberPlans,
    node: u8,
    with_words: bool,
}

/// What the rules share while they look at one line.
struct Scan<'d, 'l> {
    detector: &'d Detector,
    node: u8,
    line: &'l [u8],
    found: &'d mut Vec<Hit>,
    /// Figures before this place are taken.
    figures: usize,
    /// Dots before this place are looked at; the same for colons and dashes.
    dots: usize,
    colons: usize,
    dashes: usize,
    /// A part of the line, and whether its words are about telephony.
    telephony: Option<(std::ops::Range<usize>, bool)>,
}

impl Detector {
    /// `node`: the node of the site whose texts these are.
    pub fn new(plans: &NumberPlans, node: u8, people: &SitePeople, options: &Options) -> Self {
        let (words, site) = site::learn(people, options, plans);
        Self {
            words,
            site,
            plans: plans.clone(),
            node,
            with_words: options.words,
        }
    }

    /// The name in a field of a directory: without titles before it and what follows it behind a comma.
    pub fn untitled(&self, text: &[u8]) -> std::ops::Range<usize> {
        let mut start = 0;
        while let Some((s, e)) = bytes::word_from(text, start) {
            let says = self.words.cues(text, s, e);
            if e == text.len() || !says.has(Cues::TITLE.with(Cues::COURTESY)) {
                break;
            }
            start = bytes::end_of(text, e, |b| b". -".contains(&b));
        }
        let turned = memchr::memchr(b'*', text).map_or(0, |i| i + 1);
        let mut end = text.len();
        if turned > start {
            // `Surname*First, title, unit`
            end = turned + bytes::end_of(&text[turned..], 0, |b| b != b',' && b != b';');
        }
        while end > start && text[end - 1] == b' ' {
            end -= 1;
        }
        start.min(end)..end
    }

    /// Adds the hits of one physical line (without its line end), in order and without overlap.
    /// The line is UTF-8 or Windows-1252, as it is in the file.
    pub fn detect(&self, line: &[u8], hits: &mut Vec<Hit>) {
        self.detect_at(self.node, line, hits);
    }

    /// The same, for a text of another node of the site.
    pub fn detect_at(&self, node: u8, line: &[u8], hits: &mut Vec<Hit>) {
        let from = hits.len();
        let mut scan = Scan {
            detector: self,
            node,
            line,
            found: hits,
            figures: envelope(line),
            dots: 0,
            colons: 0,
            dashes: 0,
            telephony: None,
        };
        scan.run();
        if hits.len() > from + 1 {
            settle(hits, from);
        }
    }
}

impl Scan<'_, '_> {
    fn run(&mut self) {
        let mut last = Masks::default();
        let mut at = 0;
        let (blocks, rest) = self.line.as_chunks::<64>();
        for block in blocks {
            last = self.block(&classify(block), &last, at);
            at += 64;
        }
        if rest.is_empty() {
            return;
        }
        // the rest, moved to the front of a block; of a long line without copying
        let masks = match self.line.last_chunk::<64>() {
            Some(block) => classify(block).behind(64 - rest.len()),
            None => {
                let mut block = [0; 64];
                block[..rest.len()].copy_from_slice(rest);
                classify(&block)
            }
        };
        self.block(&masks, &last, at);
    }

    /// Looks at 64 bytes; `last`: the masks of those before.
    #[inline]
    fn block(&mut self, m: &Masks, last: &Masks, at: usize) -> Masks {
        let top = 1_u64 << 63;
        let first_digits = m.digits & !(m.digits << 1 | last.digits >> 63);
        // at the end of the block the next figures are unknown: such runs are looked at as well
        let three = first_digits & (m.digits >> 1 | top) & (m.digits >> 2 | 0b11 << 62);
        let signed = first_digits & (m.pluses << 1 | last.pluses >> 63);
        for ix in Bits(three | signed) {
            self.figures_at(at + ix);
        }
        let between = m.dots & (m.digits << 1 | last.digits >> 63) & (m.digits >> 1 | top);
        if between != 0 {
            for ix in Bits(between) {
                self.dotted_at(at + ix);
            }
        }
        for ix in Bits(m.ats) {
            self.mail_at(at + ix);
        }
        let colons = m.colons;
        let doubled = colons & (colons << 1 | last.colons >> 63);
        let pairs = colons & colons >> 3 & colons >> 6;
        // a time has two colons; an IPv6 address has two side by side or seven
        if doubled | pairs != 0 || colons.count_ones() > 3 {
            for ix in Bits(colons) {
                self.colon_at(at + ix);
            }
        }
        let pairs = m.dashes & m.dashes >> 3 & m.dashes >> 6;
        if pairs != 0 {
            for ix in Bits(pairs) {
                self.dashed_mac(at + ix);
            }
        }
        if self.detector.with_words {
            let text = m.letters | m.dots;
            let behind_word = first_digits & (text << 2 | (last.letters | last.dots) >> 62);
            for ix in Bits(behind_word) {
                self.house_number(at + ix);
            }
            let words = m.letters & !(m.letters << 1 | last.letters >> 63);
            for ix in Bits(words) {
                let run = (!(m.letters >> ix)).trailing_zeros() as usize;
                let start = at + ix;
                let end = if ix + run >= 64 {
                    bytes::end_of(self.line, at + 64, bytes::is_letter)
                } else {
                    start + run
                };
                self.word_at(start, end.min(self.line.len()));
            }
        }
        *m
    }

    #[inline]
    fn word_at(&mut self, start: usize, end: usize) {
        if end - start < 2 || end - start > 40 {
            return;
        }
        let (start, end) = trim_quotes(self.line, start, end);
        if let Some(ix) = self.detector.words.leading(self.line, start, end) {
            self.known_word(start, end, ix);
        }
        if end - start == 2 && bytes::at(self.line, end).is_ascii_digit() {
            self.iban_at(start);
        }
    }

    fn known_word(&mut self, start: usize, end: usize, ix: words::WordIx) {
        let detector = self.detector;
        let word = detector.words.get(ix);
        let (cues, end_of_cue) = self.phrase(word, end);
        if cues.has(VALUE_CUES) {
            self.value_after(cues, start, end_of_cue);
        }
        if cues.has(NAME_CUES) {
            self.name_after(cues, start, end_of_cue);
        }
        if word.account {
            self.account_at(word, start);
        }
        if !word.surnames.is_empty() {
            self.surname_at(word, start);
        }
    }

    /// What a word says together with the words behind it.
    fn phrase(&self, word: &words::Word, end: usize) -> (Cues, usize) {
        let mut best = (word.cues, end);
        for (rest, cues) in &word.phrases {
            let mut at = end;
            let fits = rest.iter().all(|want| {
                let start = bytes::end_of(self.line, at, |b| b" -_.".contains(&b));
                if start == at || start > at + 2 {
                    return false;
                }
                let Some((s, e)) = bytes::word_from(self.line, start) else {
                    return false;
                };
                at = e;
                self.detector.words.find(self.line, s, e) == Some(*want)
            });
            if fits && at > best.1 {
                best = (*cues, at);
            }
        }
        best
    }

    /// Notes a hit of the bytes `start..end`.
    fn hit(&mut self, start: usize, end: usize, rule: RuleId, kind: Kind) {
        if start < end && end <= self.line.len() && end <= u32::MAX as usize {
            self.found.push(Hit {
                start: start as u32 + 1,
                end: end as u32,
                kind,
                rule,
                score: rule.score(),
            });
        }
    }
}

/// The end of the head of a message by RFC 5424, whose process number is no station; 0 for any other line.
fn envelope(line: &[u8]) -> usize {
    if line.first() != Some(&b'<') {
        return 0;
    }
    let head = bytes::end_of(line, 1, |b| b.is_ascii_digit());
    if !bytes::follows(line, head, ">1 ") {
        return 0;
    }
    // version, time, host, application, process
    let blanks = memchr::memchr_iter(b' ', line);
    blanks.take(5).last().unwrap_or(0)
}

const VALUE_CUES: Cues = Cues::ACCOUNT
    .with(Cues::PASSWORD)
    .with(Cues::PIN)
    .with(Cues::SECRET)
    .with(Cues::PERSONNEL)
    .with(Cues::AGENT)
    .with(Cues::DEVICE)
    .with(Cues::LOCATION)
    .with(Cues::COMMAND)
    .with(Cues::ACCOUNT_FOR)
    .with(Cues::PATH)
    .with(Cues::ADDRESS);
const NAME_CUES: Cues = Cues::COURTESY.with(Cues::TITLE).with(Cues::NAME_KEY);

/// A word without the quotes that are letters by their bytes: U+2018 to U+201F, U+00AB, U+00BB, no-break space.
fn trim_quotes(line: &[u8], mut start: usize, mut end: usize) -> (usize, usize) {
    while line[start] >= 0xc2 && end - start > 3 {
        match line[start..end] {
            [0xe2, 0x80, ..] => start += 3,
            [0xc2, ..] => start += 2,
            _ => break,
        }
    }
    while line[end - 1] >= 0x80 && end - start > 3 {
        match line[start..end] {
            [.., 0xe2, 0x80, _] => end -= 3,
            [.., 0xc2, _] => end -= 2,
            _ => break,
        }
    }
    (start, end)
}

/// One kind per place: of hits that overlap the more specific one stays, then the longer one.
fn settle(hits: &mut Vec<Hit>, from: usize) {
    hits[from..].sort_by(|a, b| {
        (b.kind.rank(), b.end - b.start, a.start).cmp(&(a.kind.rank(), a.end - a.start, b.start))
    });
    let found = hits.split_off(from);
    for hit in found {
        let free = |other: &Hit| hit.end < other.start || hit.start > other.end;
        if hits[from..].iter().all(free) {
            hits.push(hit);
        }
    }
    hits[from..].sort_by_key(|h| h.start);
}

/// The places of the bits of a mask, lowest first.
struct Bits(u64);

impl Iterator for Bits {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        if self.0 == 0 {
            return None;
        }
        let ix = self.0.trailing_zeros() as usize;
        self.0 &= self.0 - 1;
        Some(ix)
    }
}
