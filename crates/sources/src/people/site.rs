//! What a detector knows: the words of `people.toml` and the people of the site.

use std::collections::{HashMap, HashSet};

use gdpr4k_model::number::{Access, Digits, NumberPlans, Party};
use gdpr4k_model::schemas;

use super::words::{Cues, WordIx, Words, canonical, spellings};
use super::{Options, SitePeople};

/// A surname or given name as the words it is made of.
#[derive(Debug)]
pub(super) struct Name {
    pub(super) words: Box<[WordIx]>,
    /// The word that leads here: the first one of two letters or more.
    pub(super) anchor: usize,
    /// An ordinary word as well: surnames only.
    pub(super) ordinary: bool,
}

/// The site's people and the lists that are looked up by text.
#[derive(Default)]
pub(super) struct Site {
    pub(super) surnames: Vec<Name>,
    pub(super) givens: Vec<Name>,
    /// Surname and given name of one person.
    pub(super) pairs: HashSet<(u32, u32)>,
    /// Surname and first letter of the given name.
    pub(super) initials: HashSet<(u32, u8)>,
    /// Log-on names, lower case.
    pub(super) accounts: HashSet<Box<[u8]>>,
    /// Stations of the directory, as figures.
    pub(super) stations: HashSet<Box<[u8]>>,
    /// Full numbers of the directory.
    pub(super) numbers: HashSet<Digits>,
    /// Lengths of stations at this site, one bit each.
    pub(super) lengths: u32,
    pub(super) services: HashSet<Vec<u8>>,
    pub(super) stop: HashSet<Vec<u8>>,
    /// What a user does or suffers.
    pub(super) verb: HashSet<Vec<u8>>,
    pub(super) street: Vec<String>,
    /// The same as bytes of a file, in every spelling.
    pub(super) street_bytes: Vec<Vec<u8>>,
    pub(super) not_street: HashSet<Vec<u8>>,
    pub(super) opening: HashSet<Vec<u8>>,
    pub(super) joining: HashSet<Vec<u8>>,
}

/// Words that belong to the surname behind them.
const PARTICLES: [&str; 22] = [
    "von", "van", "vom", "zu", "zum", "zur", "de", "der", "den", "del", "della", "di", "da", "dos",
    "du", "la", "le", "ten", "ter", "el", "al", "mac",
];

impl SitePeople {
    /// Adds a name as a directory writes it: `Surname*First, title, unit`, `Surname, First`, `First Surname`.
    /// `own`: the line that it stands on is one person's.
    pub fn add(&mut self, name: &str, own: bool) {
        let turned = name.split_once('*').or_else(|| name.split_once(','));
        let (surname, given, sure) = match turned {
            Some((surname, rest)) => {
                let given = rest.split([',', ';', '(']).next().unwrap_or_default();
                let figures = given.chars().any(|c| c.is_ascii_digit());
                (
                    surname.to_owned(),
                    if figures { "" } else { given }.to_owned(),
                    true,
                )
            }
            None if name.chars().any(|c| c.is_ascii_digit()) => return,
            None => {
                let words: Vec<&str> = name.split_whitespace().collect();
                let particle = |w: &&str| PARTICLES.contains(&w.to_lowercase().as_str());
                let Some(last) = words.len().checked_sub(1) else {
                    return;
                };
                let before = words[..last]
                    .iter()
                    .rev()
                    .take_while(|w| particle(w))
                    .count();
                let at = last - before;
                (words[at..].join(" "), words[..at].join(" "), false)
            }
        };
        if surname.chars().filter(|c| c.is_alphabetic()).count() < 2 || surname.len() > 80 {
            return;
        }
        let list = if own && sure {
            &mut self.names
        } else {
            &mut self.doubtful
        };
        list.push((surname, given));
    }
}

/// Makes the tables. Lists longer than a site can have are used as they are: the memory grows with them only.
pub(super) fn learn(people: &SitePeople, options: &Options, plans: &NumberPlans) -> (Words, Site) {
    let mut words = Words::default();
    let mut site = Site::default();
    let data = schemas::text("sources/people.toml").and_then(|t| t.parse::<toml::Table>().ok());
    let data = data.unwrap_or_default();
    let mut titles = HashSet::new();
    let mut ordinary = HashSet::new();
    let mut known = HashSet::new();
    for (list, phrases) in lists(&data, "cues") {
        let Some(cue) = Cues::of(list) else { continue };
        for phrase in phrases {
            if cue == Cues::TITLE {
                titles.insert(phrase.to_owned());
            }
            cue_word(&mut words, phrase, cue);
        }
    }
    for (list, names) in lists(&data, "names") {
        let Some(cue) = Cues::of(list) else { continue };
        for name in names {
            cue_word(&mut words, name, cue);
            let list = if cue == Cues::GIVEN {
                &mut known
            } else {
                &mut ordinary
            };
            list.insert(name.to_owned());
        }
    }
    let texts = |area: &str, key: &str| -> Vec<String> {
        let found = lists(&data, area).find(|(k, _)| *k == key);
        found.map_or(Vec::new(), |(_, l)| {
            l.iter().map(|w| (*w).to_owned()).collect()
        })
    };
    let set = |area: &str, key: &str| -> HashSet<Vec<u8>> {
        texts(area, key)
            .into_iter()
            .map(String::into_bytes)
            .collect()
    };
    site.services = set("accounts", "service");
    site.services.extend(
        options
            .services
            .iter()
            .map(|s| s.to_lowercase().into_bytes()),
    );
    site.stop = set("accounts", "stop");
    site.verb = set("accounts", "verb");
    site.street = texts("address", "street");
    site.street_bytes = site
        .street
        .iter()
        .flat_map(|s| {
            [
                s.clone().into_bytes(),
                s.replace("ss", "ß").into_bytes(),
                encoding_rs::WINDOWS_1252
                    .encode(&s.replace("ss", "ß"))
                    .0
                    .into_owned(),
            ]
        })
        .collect();
    site.street_bytes.sort();
    site.street_bytes.dedup();
    site.not_street = set("address", "not_street");
    site.opening = set("address", "opening");
    site.joining = set("address", "joining");

    let lists = Lists {
        titles,
        ordinary,
        given: known,
    };
    names(people, &lists, &mut words, &mut site);
    accounts(people, &mut words, &mut site);
    for ix in 0..plans.len() {
        let plan = plans.plan(ix as u8);
        site.lengths |= plan.map_or(0, |p| 1 << p.extension_length.min(15));
    }
    for number in &people.numbers {
        number_of(number, plans, &mut site);
    }
    words.finish();
    (words, site)
}

/// The lists of texts in a table of the data.
fn lists<'t>(data: &'t toml::Table, area: &str) -> impl Iterator<Item = (&'t str, Vec<&'t str>)> {
    let table = data.get(area).and_then(toml::Value::as_table);
    table.into_iter().flatten().filter_map(|(key, value)| {
        let texts = value.as_array()?.iter().filter_map(toml::Value::as_str);
        Some((key.as_str(), texts.collect()))
    })
}

fn cue_word(words: &mut Words, phrase: &str, cue: Cues) {
    let mut parts = phrase.split([' ', '.', '-']).filter(|p| !p.is_empty());
    let Some(first) = parts.next() else { return };
    let mut add = |word: &str| words.add(word, &umlauts(word));
    let first = add(first);
    let rest: Vec<WordIx> = parts.map(&mut add).collect();
    if let Some(last) = rest.last() {
        words.entry(*last).tail = true;
    }
    let entry = words.entry(first);
    if rest.is_empty() {
        entry.cues = entry.cues.with(cue);
        return;
    }
    let known = entry.phrases.iter_mut().find(|(r, _)| **r == *rest);
    match known {
        Some((_, cues)) => *cues = cues.with(cue),
        None => entry.phrases.push((rest.into(), cue)),
    }
}

/// A word of the lists with `ae`, `oe`, `ue`, `ss` also as one letter. Where that is no word, nobody writes it.
fn umlauts(word: &str) -> Vec<Vec<u8>> {
    let with = word
        .replace("ae", "ä")
        .replace("oe", "ö")
        .replace("ue", "ü");
    let mut out = spellings(&with);
    out.extend(spellings(&with.replace("ss", "ß")));
    out
}

/// Words of `people.toml` that names are compared with.
struct Lists {
    titles: HashSet<String>,
    ordinary: HashSet<String>,
    given: HashSet<String>,
}

fn names(people: &SitePeople, lists: &Lists, words: &mut Words, site: &mut Site) {
    let mut surnames: HashMap<Vec<WordIx>, u32> = HashMap::new();
    let mut givens: HashMap<Vec<WordIx>, u32> = HashMap::new();
    let sure = people.names.iter().map(|n| (n, true));
    let doubtful = people.doubtful.iter().map(|n| (n, false));
    for ((surname, given), sure) in sure.chain(doubtful) {
        let surname = parts(surname, &lists.titles);
        let given = parts(given, &lists.titles);
        // `Fax Einkauf`: no given name, and perhaps no name at all
        let sure = sure
            || given
                .first()
                .is_some_and(|g| lists.given.contains(&canonical(g)));
        let Some(anchor) = surname.iter().position(|w| w.chars().count() > 1) else {
            continue;
        };
        let letters: usize = surname.iter().map(|w| w.len()).sum();
        let indices = add_all(&surname, words);
        let next = site.surnames.len() as u32;
        let s = *surnames.entry(indices.clone()).or_insert(next);
        if s == next {
            words.entry(indices[anchor]).surnames.push(s);
            site.surnames.push(Name {
                words: indices.into(),
                anchor,
                ordinary: true,
            });
        }
        // a surname of one or two letters is an ordinary word, too
        let plain =
            surname.len() == 1 && (lists.ordinary.contains(&canonical(&surname[0])) || letters < 3);
        site.surnames[s as usize].ordinary &= plain || !sure;
        let Some(first) = given.first() else { continue };
        if let Some(initial) = canonical(first).bytes().next() {
            site.initials.insert((s, initial));
        }
        // of several given names the first alone is one as well
        for count in [given.len(), 1] {
            let indices = add_all(&given[..count], words);
            let next = site.givens.len() as u32;
            let g = *givens.entry(indices.clone()).or_insert(next);
            if g == next {
                words.entry(indices[0]).givens.push(g);
                words.entry(indices[count - 1]).givens_end.push(g);
                site.givens.push(Name {
                    words: indices.into(),
                    anchor: 0,
                    ordinary: false,
                });
            }
            site.pairs.insert((s, g));
        }
    }
}

/// The words of a name without titles.
fn parts(name: &str, titles: &HashSet<String>) -> Vec<String> {
    let words = name
        .split(|c: char| !c.is_alphabetic())
        .filter(|w| !w.is_empty());
    words
        .filter(|w| !titles.contains(&canonical(w)))
        .map(str::to_owned)
        .take(6)
        .collect()
}

fn add_all(parts: &[String], words: &mut Words) -> Vec<WordIx> {
    let add = |w: &String| {
        let canonical = canonical(w);
        let mut all = spellings(w);
        // a directory in capitals has no umlauts, and the text has them
        all.extend(umlauts(&canonical));
        words.add(&canonical, &all)
    };
    parts.iter().map(add).collect()
}

fn accounts(people: &SitePeople, words: &mut Words, site: &mut Site) {
    for account in &people.accounts {
        let account = account.trim().to_lowercase();
        let letters: String = account.chars().take_while(|c| c.is_alphabetic()).collect();
        // what starts with a figure is found only where the text names it an account
        if letters.chars().count() < 2
            || account.len() < 3
            || site.services.contains(account.as_bytes())
        {
            continue;
        }
        let ix = words.add(&canonical(&letters), &spellings(&letters));
        words.entry(ix).account = true;
        site.accounts.insert(account.into_bytes().into());
    }
}

fn number_of(number: &str, plans: &NumberPlans, site: &mut Site) {
    let figures: Vec<u8> = number.bytes().filter(u8::is_ascii_digit).collect();
    match plans.normalise(0, number.trim().as_bytes(), Access::Plain) {
        Party::External(digits) if figures.len() >= 6 => {
            site.numbers.insert(digits);
        }
        Party::Internal(_, digits) => {
            site.stations.insert(digits.as_bytes().into());
            site.lengths |= 1 << digits.as_bytes().len().min(15);
        }
        _ if (2..=6).contains(&figures.len()) => {
            site.lengths |= 1 << figures.len();
            site.stations.insert(figures.into());
        }
        _ => {}
    }
}
