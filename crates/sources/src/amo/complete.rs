//! Is the export whole? A pure judgement over what one file showed (formats-amo.md, section 4).

use std::collections::BTreeMap;

use gdpr4k_model::Finding;
use gdpr4k_model::finding::Arg;

use super::knowledge::{AmoKnowledge, Language};
use super::orders::Tier;
use super::Mode;

/// Names of AMOs that are not known are kept up to this many.
const MAX_UNKNOWN: usize = 500;

/// What one file showed.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Commands by index of the AMO.
    pub(crate) by_amo: Vec<u64>,
    /// Commands of AMOs that are not known.
    pub(crate) unknown: BTreeMap<String, u64>,
    pub(crate) commands: u64,
    pub(crate) english: u64,
    pub(crate) german: u64,
    /// Messages of the class F.
    pub(crate) errors: u64,
    /// Trailers that say "not" or "partially".
    pub(crate) not_done: u64,
    /// `H500` lines.
    pub(crate) started: u64,
    /// Trailers.
    pub(crate) ended: u64,
    /// REGENERATE or DISPLAY commands that ask for a part only.
    pub(crate) filtered: u64,
    /// The last command of the file is cut.
    pub(crate) cut: bool,
    /// 17-digit system number of the header.
    pub(crate) system: Option<String>,
    /// Lines before the first command.
    pub(crate) header: u64,
}

impl Seen {
    /// Counts a command of an AMO that is not known.
    pub(crate) fn unknown_amo(&mut self, noun: &str) {
        if let Some(n) = self.unknown.get_mut(noun) {
            *n += 1;
        } else if self.unknown.len() < MAX_UNKNOWN {
            self.unknown.insert(noun.to_owned(), 1);
        }
    }

    pub(crate) fn language(&mut self, language: Language) {
        match language {
            Language::English => self.english += 1,
            Language::German => self.german += 1,
        }
    }

    /// Takes the system number out of a header line: 17 digits, or 6 and 11 (AMO ASPIK).
    pub(crate) fn header_line(&mut self, text: &str) {
        self.header += 1;
        if self.system.is_some() || text.len() > 400 {
            return;
        }
        let mut runs = text.split(|c: char| !c.is_ascii_digit()).filter(|r| !r.is_empty()).peekable();
        while let Some(run) = runs.next() {
            if run.len() == 17 {
                self.system = Some(run.to_owned());
            } else if run.len() == 6 && runs.peek().is_some_and(|n| n.len() == 11) {
                self.system = Some(format!("{run}{}", runs.peek().unwrap_or(&"")));
            } else {
                continue;
            }
            return;
        }
    }
}

/// What the name of the file says about its scope (AMO REGEN, `.../RE/ALL`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hint {
    pub(crate) scope: Option<Scope>,
    pub(crate) execution_log: bool,
}

/// The last part of the name of a result file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    All,
    Swu,
    Ads,
    OneNoun,
}

impl Hint {
    /// Reads the words of a path.
    pub(crate) fn of(path: &str) -> Self {
        let mut hint = Self::default();
        let upper = path.to_ascii_uppercase();
        let words: Vec<&str> = upper.split(|c: char| !c.is_ascii_alphanumeric()).collect();
        for (i, word) in words.iter().enumerate() {
            let scope = match *word {
                "ALL" => Scope::All,
                "SWU" => Scope::Swu,
                "ADS" => Scope::Ads,
                "NOU" => Scope::OneNoun,
                _ => continue,
            };
            hint.scope = Some(scope);
            hint.execution_log = i > 0 && words[i - 1] == "RA";
        }
        hint
    }
}

/// Every finding about the scope of the file.
pub(crate) fn judge(seen: &Seen, hint: Hint, mode: Mode, know: &AmoKnowledge) -> Vec<Finding> {
    let mut out = Vec::new();
    for (noun, n) in &seen.unknown {
        out.push(Finding::new("G4K-204").with("amo", Arg::declared(noun)).with("count", *n));
    }
    if seen.english > 0 && seen.german > 0 && mode == Mode::Regen {
        out.push(Finding::new("G4K-216").with("english", seen.english).with("german", seen.german));
    }
    if seen.errors + seen.not_done > 0 && mode == Mode::Regen {
        out.push(Finding::new("G4K-215").with("messages", seen.errors).with("trailers", seen.not_done));
    }
    if seen.started > seen.ended {
        out.push(Finding::new("G4K-229").with("started", seen.started).with("ended", seen.ended));
    }
    if mode != Mode::Regen || seen.commands == 0 {
        return out;
    }
    if hint.execution_log {
        out.push(Finding::new("G4K-214"));
    }
    let missing = |tier: Tier| -> Vec<&str> { know.amos().filter(|a| a.tier == tier && seen.by_amo.get(a.at) == Some(&0)).map(|a| &*a.name).collect() };
    let present = |tier: Tier| know.amos().any(|a| a.tier == tier && seen.by_amo.get(a.at).is_some_and(|n| *n > 0));
    let mut must = if hint.scope == Some(Scope::Ads) { Vec::new() } else { missing(Tier::Must) };
    if hint.scope != Some(Scope::Ads) {
        for (tier, name) in [(Tier::AnyStation, "SBCSU or SCSU"), (Tier::AnyTrunk, "TACSU or TDCSU")] {
            if !present(tier) {
                must.push(name);
            }
        }
    }
    let mut signals = Vec::new();
    match hint.scope {
        Some(Scope::Swu) => signals.push("file name says SWU: accounts and charging are not covered"),
        Some(Scope::Ads) => signals.push("file name says ADS: subscribers are not covered"),
        Some(Scope::OneNoun) => signals.push("file name says NOU: a single AMO"),
        Some(Scope::All) | None => {}
    }
    if seen.filtered > 0 || seen.started > 0 {
        out.push(Finding::new("G4K-217").with("filters", seen.filtered).with("blocks", seen.started));
        signals.push("interactive output: the scope is what was asked for");
    }
    if seen.cut {
        signals.push("the last command is cut");
    }
    if !must.is_empty() {
        out.push(Finding::new("G4K-211").with("count", must.len()).with("amos", Arg::declared(must.join(", "))));
        signals.push("AMOs that every system has are missing");
    }
    let expected = missing(Tier::Expected);
    if !expected.is_empty() && hint.scope != Some(Scope::Ads) {
        out.push(Finding::new("G4K-212").with("count", expected.len()).with("amos", Arg::declared(expected.join(", "))));
    }
    if !signals.is_empty() {
        out.push(Finding::new("G4K-210").with("count", signals.len()).with("signals", Arg::declared(signals.join("; "))));
    }
    out.push(Finding::new("G4K-213"));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amo::tests::knowledge;

    #[test]
    fn names_of_result_files_tell_their_scope() {
        let of = |p: &str| (Hint::of(p).scope, Hint::of(p).execution_log);
        assert_eq!(of("amo/123456_12345678901_RE_ALL.txt"), (Some(Scope::All), false));
        assert_eq!(of("PAS:123456/12345678901/RA/SWU"), (Some(Scope::Swu), true));
        assert_eq!(of("amo/regen-2026-10-01.txt"), (None, false));
    }

    #[test]
    fn a_whole_export_is_not_called_partial_and_a_hole_is_named() {
        let know = knowledge();
        let mut seen = Seen { by_amo: vec![1; know.amos().count() + 1], commands: 9, ..Seen::default() };
        let codes = |seen: &Seen, hint| judge(seen, hint, Mode::Regen, &know).iter().map(|f| f.code).collect::<Vec<_>>();
        assert_eq!(codes(&seen, Hint::default()), ["G4K-213"]);
        let persi = know.amo("PERSI").unwrap().at;
        seen.by_amo[persi] = 0;
        seen.cut = true;
        assert_eq!(codes(&seen, Hint::default()), ["G4K-211", "G4K-210", "G4K-213"]);
        assert_eq!(codes(&seen, Hint::of("x/RE/ADS")), ["G4K-210", "G4K-213"]);
    }

    #[test]
    fn the_system_number_is_found_in_either_form() {
        for line in ["SYSTEM 12345612345678901", "PAS:123456/12345678901/RE"] {
            let mut seen = Seen::default();
            seen.header_line(line);
            assert_eq!(seen.system.as_deref(), Some("12345612345678901"), "{line}");
        }
    }
}
