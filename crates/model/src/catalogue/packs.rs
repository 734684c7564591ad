//! Reading and checking legal packs: row by row, so that one bad row does not hide the next.

use toml::de::{DeTable, DeValue};

use super::each::read_every;
use super::load::{Loader, Place, first_line, line_of};
use super::{Action, Pack, PackRule, PackSource, Selector, Stage};

/// Where a pack and its rows were declared.
pub(super) struct PackPlaces {
    head: Place,
    rules: Vec<Place>,
    sources: Vec<Place>,
}

impl Loader {
    /// Reads one pack; a pack whose head is broken is left out.
    pub(super) fn pack(&mut self, path: &str, text: &str) {
        let place = |offset: usize| Place {
            path: path.to_owned(),
            line: line_of(text, offset),
        };
        let (table, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            for error in errors {
                let at = place(error.span().map_or(0, |s| s.start));
                self.problem(&at, first_line(&error), "mend the TOML syntax");
            }
            return;
        }
        let mut head = table;
        let mut rules: Vec<(Place, PackRule)> = Vec::new();
        let mut sources: Vec<(Place, PackSource)> = Vec::new();
        for name in ["rule", "source"] {
            let Some(value) = head.get_mut().remove(name) else {
                continue;
            };
            let DeValue::Array(items) = value.into_inner() else {
                self.problem(
                    &place(0),
                    format!("key {name:?} (expected [[{name}]])"),
                    "write rows as [[rule]] and sources as [[source]]",
                );
                continue;
            };
            for item in items {
                let start = item.span().start;
                let faults = if name == "rule" {
                    let (rule, faults) = read_every(item);
                    rules.extend(rule.map(|r| (place(start), r)));
                    faults
                } else {
                    let (source, faults) = read_every(item);
                    sources.extend(source.map(|s| (place(start), s)));
                    faults
                };
                for fault in faults {
                    self.problem(
                        &place(fault.at.unwrap_or(start)),
                        fault.what,
                        "see the other packs for the form",
                    );
                }
            }
        }
        let head = toml::Spanned::new(head.span(), DeValue::Table(head.into_inner()));
        let (pack, faults) = read_every::<Pack>(head);
        for fault in faults {
            self.problem(
                &place(fault.at.unwrap_or(0)),
                fault.what,
                "see the other packs for the form",
            );
        }
        if let Some(mut pack) = pack {
            if self.catalogue.pack(&pack.id).is_some() {
                self.problem(
                    &place(0),
                    format!("pack {} is there twice", pack.id),
                    "give every pack its own id",
                );
            }
            let (rule_places, rules) = rules.into_iter().unzip();
            let (source_places, sources) = sources.into_iter().unzip();
            (pack.rules, pack.sources) = (rules, sources);
            self.catalogue.packs.push(pack);
            self.packs.push(PackPlaces {
                head: place(0),
                rules: rule_places,
                sources: source_places,
            });
        }
    }

    /// Every row is whole, and every cluster with data of persons has exactly one rule (DIN 66398, R-RET-1).
    pub(super) fn check_packs(&mut self) {
        let mut found: Vec<(Place, String, &'static str)> = Vec::new();
        for (pack, places) in self.catalogue.packs.iter().zip(&self.packs) {
            self.check_head(pack, places, &mut found);
            for (i, (rule, row)) in pack.rules.iter().zip(&places.rules).enumerate() {
                let mut wrong = |what: String, help| found.push((row.clone(), what, help));
                if pack.rules[..i].iter().any(|r| r.cluster == rule.cluster) {
                    wrong(
                        format!(
                            "cluster {} has two rules (expected exactly one, DIN 66398)",
                            rule.cluster
                        ),
                        "strike one; where both are needed, the data serve two purposes: split the cluster",
                    );
                }
                self.check_rule(pack, rule, &mut wrong);
            }
        }
        for (place, what, help) in found {
            self.problem(&place, what, help);
        }
    }

    fn check_head(
        &self,
        pack: &Pack,
        places: &PackPlaces,
        found: &mut Vec<(Place, String, &'static str)>,
    ) {
        let base = pack
            .extends
            .as_deref()
            .map(|id| (id, self.catalogue.pack(id)));
        if let Some((id, base)) = base
            && base.is_none_or(|b| b.extends.is_some())
        {
            found.push((
                places.head.clone(),
                format!(
                    "pack {id:?} that {} extends (expected a pack that extends none)",
                    pack.id
                ),
                "name a pack without extends, such as eu-base, or leave extends out",
            ));
        }
        let has = |p: &Pack, cluster: &str| p.rules.iter().any(|r| r.cluster == cluster);
        for cluster in self.catalogue.clusters.iter().filter(|c| c.personal) {
            let inherited = base.and_then(|b| b.1).is_some_and(|b| has(b, &cluster.id));
            if !has(pack, &cluster.id) && !inherited {
                found.push((
                    places.head.clone(),
                    format!(
                        "cluster {} has no rule in {} (expected exactly one, R-RET-1)",
                        cluster.id, pack.id
                    ),
                    "add a [[rule]] for it, or extend a pack that has one: extends = \"eu-base\"",
                ));
            }
        }
        let texts = [&pack.name, &pack.description]
            .into_iter()
            .chain(&pack.conditions);
        for text in texts {
            if text.en.trim().is_empty() || text.de.trim().is_empty() {
                found.push((
                    places.head.clone(),
                    format!("{} lacks a text in English or German", pack.id),
                    "fill in name, description and conditions in both languages",
                ));
            }
        }
        for (source, place) in pack.sources.iter().zip(&places.sources) {
            if !is_mark(&source.mark) {
                found.push((place.clone(), bad_mark(&source.id, &source.mark), MARK));
            }
            if !pack.rules.iter().any(|r| r.sources.contains(&source.id)) {
                found.push((
                    place.clone(),
                    format!("no row uses source {:?}", source.id),
                    "name it in the sources of a row, or take it out",
                ));
            }
        }
        if !is_mark(&pack.masking.mark) {
            found.push((
                places.head.clone(),
                bad_mark("masking", &pack.masking.mark),
                MARK,
            ));
        }
    }

    fn check_rule(
        &self,
        pack: &Pack,
        rule: &PackRule,
        wrong: &mut impl FnMut(String, &'static str),
    ) {
        let name = &rule.cluster;
        match self.catalogue.clusters.iter().find(|c| &c.id == name) {
            None => wrong(
                format!("cluster {name:?} (expected the id of a cluster)"),
                "correct the id; gdpr4k policy show lists the clusters",
            ),
            Some(c) if !c.personal => wrong(
                format!("cluster {name} holds no data of persons (expected no rule)"),
                "take the row out, or make the cluster personal",
            ),
            Some(_) => {}
        }
        for event in [&rule.starts_with, &rule.fallback.starts_with] {
            if self.catalogue.start_event(event).is_none() {
                wrong(
                    format!("start event {event:?} (expected one of deletion.toml)"),
                    "correct the id, or add a [[start_event]] to deletion.toml",
                );
            }
        }
        if let Some(event) = self.catalogue.start_event(&rule.fallback.starts_with)
            && !event.in_record
        {
            wrong(
                format!(
                    "fallback of {name} starts with {} (expected an event that every record has)",
                    event.id
                ),
                "let the fallback start with the day of the record or of the file, such as call-end or file-day",
            );
        }
        let standard = self
            .catalogue
            .standard_periods
            .iter()
            .any(|p| p.period == rule.delete_after && p.from_year_end == rule.from_year_end);
        if !standard {
            wrong(
                format!(
                    "period {} of {name} (expected a standard period of deletion.toml)",
                    rule.delete_after
                ),
                "use the next shorter standard period, or add a [[standard_period]] to deletion.toml",
            );
        }
        for source in &rule.sources {
            if !pack.sources.iter().any(|s| &s.id == source) {
                wrong(
                    format!("source {source:?} (expected a [[source]] of this pack)"),
                    "correct the id, or add the [[source]] at the end of the pack",
                );
            }
        }
        if rule.sources.is_empty() {
            wrong(
                format!("rule of {name} has no source"),
                "name at least one source; for a product proposal one with mark = \"P\"",
            );
        }
        if rule.legal_ref.trim().is_empty()
            || rule.reason.en.trim().is_empty()
            || rule.reason.de.trim().is_empty()
        {
            wrong(
                format!("rule of {name} lacks its reason or legal_ref"),
                "say in both languages why this period, and what it rests on",
            );
        }
        if !is_mark(&rule.mark) {
            wrong(bad_mark(name, &rule.mark), MARK);
        }
        let says = rule.reason.en.to_lowercase().contains("product proposal")
            && rule.reason.de.contains("Vorschlag des Produkts");
        if rule
            .mark
            .split(|c: char| !c.is_alphanumeric())
            .any(|w| w == "P")
            && !says
        {
            wrong(
                format!(
                    "mark {:?} of {name} (expected a reason that says \"product proposal\" and \"Vorschlag des Produkts\")",
                    rule.mark
                ),
                "say in reason that no legal source names the number, or correct the mark",
            );
        }
        let ends = matches!(
            rule.action,
            Action::Delete | Action::Aggregate | Action::Block
        );
        if !ends || (rule.action == Action::Block) != rule.blocked_for.is_some() {
            wrong(
                format!(
                    "rule of {name} ends with {} (expected delete, aggregate, or block with blocked_for)",
                    rule.action.id()
                ),
                "use action = \"delete\", or block with blocked_for = \"P3Y\"",
            );
        }
        for problem in stage_problems(&rule.stages) {
            wrong(
                format!("a stage of {name}: {problem}"),
                "correct the stage; see the other packs for the form",
            );
        }
    }
}

/// What is wrong with stages, each with what was expected; used for packs and for overrides of a site.
pub fn stage_problems(stages: &[Stage]) -> Vec<&'static str> {
    let mut found = Vec::new();
    for stage in stages {
        if (stage.action == Action::Cut) != stage.digits.is_some_and(|d| d > 0) {
            found.push("digits belong to cut, and to cut only (expected at least 1)");
        }
        if stage.to.is_some() && !takes(stage, Selector::Time) {
            found.push("to belongs to a generalise of time (expected hour or day)");
        }
        for field in stage.fields.iter().filter(|f| **f != Selector::Record) {
            found.extend(unfit(stage.action, *field));
        }
        if stage.fields.is_empty() {
            found.push("no fields (expected at least one)");
        }
        let whole = matches!(
            stage.action,
            Action::Delete | Action::Aggregate | Action::Block
        );
        if whole || stage.fields.contains(&Selector::Record) {
            found.push("it ends the whole record (expected the action of the rule for that)");
        }
    }
    if stages.len() > 15 {
        found.push("more stages than a rule can have (expected at most 15)");
    }
    let useless = |(i, stage): (usize, &Stage)| {
        let before = |f: &Selector| {
            let earlier = stages[..i].iter().filter(|s| s.fields.contains(f));
            earlier
                .into_iter()
                .any(|s| s.strength() >= stage.strength())
        };
        stage.fields.iter().any(before)
    };
    if stages.iter().enumerate().any(useless) {
        found.push(
            "it leaves more than an earlier one (expected every stage of a value to leave less)",
        );
    }
    let sorted = |a: &[Stage]| {
        (a[0].after.months, a[0].after.days) <= (a[1].after.months, a[1].after.days)
            || a[0].after.rough_days() <= a[1].after.rough_days()
    };
    if !stages.windows(2).all(sorted) {
        found.push("a later stage before an earlier one (expected the order of time)");
    }
    found
}

fn takes(stage: &Stage, field: Selector) -> bool {
    stage.action == Action::Generalise && stage.fields.contains(&field)
}

/// Why an action makes nothing of such values.
fn unfit(action: Action, field: Selector) -> Option<&'static str> {
    use Selector as S;
    let number = matches!(field, S::ExternalNumber | S::OwnStation);
    match action {
        _ if field == S::Credential && action != Action::Blank => {
            Some("secrets can only be blanked (expected action = \"blank\" for credential)")
        }
        Action::Cut if !number && !matches!(field, S::AccountCode | S::PersonId) => Some(
            "cut takes digits (expected external-number, own-station, account-code or person-id)",
        ),
        Action::Class if !number => {
            Some("only numbers have a class (expected external-number or own-station)")
        }
        Action::Generalise if !matches!(field, S::Time | S::Duration | S::Ip) => {
            Some("generalise takes times, durations and addresses (expected time, duration or ip)")
        }
        Action::Pseudonymise if matches!(field, S::Time | S::Duration) => {
            Some("times have no pseudonym (expected action = \"generalise\" or \"blank\")")
        }
        _ => None,
    }
}

/// Evidence marks start with V, S, M or P (law.md, section 0).
fn is_mark(mark: &str) -> bool {
    mark.split(|c: char| !c.is_alphanumeric())
        .next()
        .is_some_and(|w| matches!(w, "V" | "S" | "M" | "P"))
}

const MARK: &str =
    "write how the fact is known: V text read, S secondary source, M general knowledge, P proposal";

fn bad_mark(of: &str, mark: &str) -> String {
    format!("mark {mark:?} of {of} (expected V, S, M or P with a confidence, such as V/H)")
}
