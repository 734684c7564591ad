//! Why a place in a file is personal data: rule, element, cluster, deletion rule, due day; never the value.

mod hits;
mod kinds;
mod window;

use std::cell::RefCell;
use std::rc::Rc;

use chrono::NaiveDate;
use gdpr4k_model::catalogue::{Catalogue, Problem, StartingPoint};
use gdpr4k_model::explained::{Explained, Hit};
use gdpr4k_model::site::{Site, Source, SourceKind};
use gdpr4k_policy::{EffectiveRule, Facts, Policy, due, plausible};
use gdpr4k_sources::container::{self, Limits};
use gdpr4k_sources::people::Detector;
use gdpr4k_sources::people::search::Search;
use gdpr4k_sources::{Sink, cdr};
use gdpr4k_store::files::{SiteFile, SiteFolder};

use super::discover::{Assigned, discover};
use super::readers::{Plan, Readers, file_day};
use super::scan::Job;
use super::{members, people, quick};
use hits::{Collector, Rule, Spot, Windows, settle};
use window::{Cutter, Form};

/// Hits of a file that are kept; more are counted.
const MOST: usize = 1_000_000;
/// So much of a file of call records is looked at to find its code page.
const HEAD: usize = 64 << 10;

/// What is asked.
pub struct Question<'a> {
    /// The catalogue.
    pub catalogue: &'a Catalogue,
    /// The site whose people are looked for; a quick one without people where there is none.
    pub site: &'a Site,
    /// Its folder; none without a site.
    pub folder: Option<&'a SiteFolder>,
    /// The rules.
    pub policy: &'a Policy,
    /// The day that ages are judged by.
    pub as_of: NaiveDate,
}

/// A file to explain.
pub struct Asked<'a> {
    /// The folder that it lies in: that of the site, or another one.
    pub folder: &'a SiteFolder,
    /// Path in the folder; of a member `archive.zip!/member`; of an archive or a folder, everything in it.
    pub path: String,
    /// The path as answers show it.
    pub shown: String,
    /// Lines; empty for all.
    pub lines: Vec<u64>,
}

/// Explains files.
///
/// # Errors
/// Problems of the site file or of the built-in data that leave nothing to read with.
pub fn explain(
    question: &Question<'_>,
    asked: &[Asked<'_>],
) -> Result<Vec<Explained>, Vec<Problem>> {
    let detector = detector(question, asked)?;
    let mut out = Vec::new();
    for ask in asked {
        let (site, files) = assigned(question, ask)?;
        let mut readers = Readers::new(question.catalogue, &site, ask.folder, question.as_of)?;
        for file in files {
            out.push(one(question, ask, &site, &detector, &mut readers, file));
        }
    }
    Ok(out)
}

/// The detector that knows the people of the site; without a site those of the files themselves.
fn detector(question: &Question<'_>, asked: &[Asked<'_>]) -> Result<Detector, Vec<Problem>> {
    let Question {
        catalogue,
        site,
        as_of,
        ..
    } = *question;
    let plans = site.plans();
    if let Some(folder) = question.folder {
        let mut readers = Readers::new(catalogue, site, folder, as_of)?;
        let jobs = people::sources(site, folder, &mut readers, |_| false);
        let met = people::met(catalogue, &plans, folder, &readers, &[&jobs]);
        return Ok(people::detector(site, &plans, met));
    }
    let mut all = people::Met::new(catalogue, &plans, 0);
    for ask in asked {
        let (site, files) = assigned(question, ask)?;
        let mut readers = Readers::new(catalogue, &site, ask.folder, as_of)?;
        let jobs: Vec<Job> = files
            .into_iter()
            .filter_map(|f| people::job(&site, &mut readers, f))
            .collect();
        all = all.with(people::met(
            catalogue,
            &plans,
            ask.folder,
            &readers,
            &[&jobs],
        ));
    }
    Ok(people::detector(site, &plans, all))
}

/// The files that are meant, with the site that has a source for each of them.
fn assigned(
    question: &Question<'_>,
    ask: &Asked<'_>,
) -> Result<(Site, Vec<Assigned>), Vec<Problem>> {
    let site = question.site;
    let outer = ask.path.split("!/").next().unwrap_or_default();
    let below = |path: &str| {
        path == ask.path
            || path.starts_with(&format!("{}/", ask.path))
            || path.starts_with(&format!("{}!/", ask.path))
    };
    if question
        .folder
        .is_some_and(|f| f.root() == ask.folder.root())
    {
        let found = discover(site, ask.folder, &[outer.to_owned()]).unwrap_or_default();
        if !found.files.is_empty() {
            let (files, _) = members::expand(found.files, site, ask.folder);
            let files = files
                .into_iter()
                .filter(|f| below(&f.file.path) && !f.is_archive());
            return Ok((site.clone(), files.collect()));
        }
    }
    let files: Vec<SiteFile> = if ask.folder.root().join(outer).is_dir() {
        let all = ask.folder.walk(&[]).into_iter();
        let inside = |f: &SiteFile| outer.is_empty() || f.path.starts_with(&format!("{outer}/"));
        all.filter(inside).collect()
    } else {
        vec![ask.folder.file(outer)]
    };
    let kinds = quick::kinds(question.catalogue, ask.folder, &files)?;
    let mut quick = site.clone();
    quick.sources.clear();
    let mut found = Vec::new();
    for file in files.into_iter().filter(|f| f.obstacle.is_none()) {
        let kind = kinds
            .iter()
            .find(|(path, _)| *path == file.path)
            .map_or(SourceKind::AssistantLog, |(_, kind)| *kind);
        let source = match quick.sources.iter().position(|s| s.kind == kind) {
            Some(at) => at,
            None => {
                quick.sources.push(Source::of(kind));
                quick.sources.len() - 1
            }
        };
        found.push(Assigned {
            file,
            source,
            member: None,
            archive: false,
        });
    }
    let (files, _) = members::expand(found, &quick, ask.folder);
    let files = files
        .into_iter()
        .filter(|f| below(&f.file.path) && !f.is_archive());
    let files = files.collect();
    Ok((quick, files))
}

fn one(
    question: &Question<'_>,
    ask: &Asked<'_>,
    site: &Site,
    detector: &Detector,
    readers: &mut Readers<'_>,
    assigned: Assigned,
) -> Explained {
    let source = &site.sources[assigned.source];
    let (plan, kind) = match readers.plan(source, &assigned) {
        Ok((plan, _)) => (plan, source.kind),
        // no layout fits: it is text
        Err(_) => (Plan::AssistantLog(None), SourceKind::AssistantLog),
    };
    let shown = assigned.file.path.replacen(&ask.path, &ask.shown, 1);
    let day = file_day(&assigned.file);
    let head = members::head(ask.folder, &assigned, HEAD);
    let job = Job::new(site, assigned, plan);
    let plans = site.plans();
    let services: Vec<String> = site
        .accounts
        .non_personal
        .iter()
        .map(|a| a.to_lowercase())
        .collect();
    let windows = RefCell::new(Windows::default());
    let eyes = readers.eyes(detector, job.node);
    let mut collector = Collector {
        catalogue: question.catalogue,
        plans: &plans,
        eyes,
        services: &services,
        windows: &windows,
        only: &ask.lines,
        most: MOST,
        spots: Vec::new(),
        unplaced: 0,
        more: 0,
    };
    let read = if job.plan.is_whole() {
        true
    } else {
        let form = form(readers, &job.plan, &head);
        let searched = job.plan.is_searched(eyes.texts);
        if searched {
            let mut search = Search::new(eyes, &mut collector);
            feed(ask.folder, readers, &job, form, &windows, &mut search)
        } else {
            feed(ask.folder, readers, &job, form, &windows, &mut collector)
        }
    };
    settle(&mut collector.spots);
    let judge = Judge {
        question,
        file_day: day,
    };
    let mut name_hits = Vec::new();
    if ask.lines.is_empty() {
        name_hits = judge.name(&job.file.path, eyes, &collector.spots);
    }
    Explained {
        path: shown,
        kind: kind.id().to_owned(),
        hits: collector.spots.iter().map(|s| judge.hit(s)).collect(),
        name_hits,
        unplaced: collector.unplaced,
        more: collector.more,
        read,
    }
}

/// How the bytes of a file of this plan are text.
fn form(readers: &Readers<'_>, plan: &Plan, head: &[u8]) -> Form {
    match plan {
        Plan::Cdr(layout, _) => Form::Records(
            readers
                .boundary(plan, head)
                .unwrap_or(cdr::Boundary::After(b'\n')),
            layout.table(head),
        ),
        Plan::Amo(_) => Form::Amo,
        _ => Form::Text,
    }
}

/// Reads a file window by window; whether it could be read to its end.
fn feed(
    folder: &SiteFolder,
    readers: &Readers<'_>,
    job: &Job,
    form: Form,
    windows: &RefCell<Windows>,
    sink: &mut dyn Sink,
) -> bool {
    let mut reader = readers.reader(&job.plan, &job.file, false);
    let mut cutter = Cutter::new(form);
    let mut give = |block: &[u8], last: bool| {
        let window = Rc::new(cutter.cut(block, last));
        {
            let mut windows = windows.borrow_mut();
            windows.before = std::mem::replace(&mut windows.now, Rc::clone(&window));
        }
        reader.feed(&window.fed, sink);
    };
    let outcome = match &job.member {
        None => folder.read(&job.file).is_ok_and(|source| {
            let mut buffer = Vec::new();
            let read = source.blocks(0, job.file.bytes, &mut buffer, |block| {
                give(block, false);
                true
            });
            read.is_ok()
        }),
        Some(member) => {
            let outer = job.file.path.split("!/").next().unwrap_or_default();
            folder.read(&folder.file(outer)).is_ok_and(|source| {
                let mut at = members::At::new(&source);
                let nested = Limits::default().nested;
                let read = container::read(&mut at, member, nested, &mut |block| {
                    give(block, false);
                    true
                });
                read.is_ok()
            })
        }
    };
    give(&[], true);
    reader.finish(false, sink);
    outcome
}

/// From a place to the chain behind it.
struct Judge<'a> {
    question: &'a Question<'a>,
    file_day: NaiveDate,
}

impl Judge<'_> {
    fn hit(&self, spot: &Spot) -> Hit {
        let catalogue = self.question.catalogue;
        let element = catalogue.element_entry(spot.element);
        let cluster = &catalogue.cluster_entry(spot.cluster).id;
        let (rule, score) = match spot.rule {
            Rule::Field { unverified: false } => ("field", 1.0),
            Rule::Field { unverified: true } => ("field-unverified", 0.9),
            Rule::Text(rule) => (rule.as_str(), rule.score()),
        };
        let day = spot.day.filter(|d| plausible(*d, self.question.as_of));
        let due = self
            .question
            .policy
            .rule(cluster)
            .and_then(|rule| self.due(rule, day));
        Hit {
            line: spot.line,
            start: spot.start,
            end: spot.end,
            kind: spot.kind.as_str(),
            element: element.id.clone(),
            cluster: cluster.clone(),
            category: element.kind.id(),
            rule,
            score,
            due,
        }
    }

    /// A relationship whose end nobody has told lasts.
    fn due(&self, rule: &EffectiveRule, day: Option<NaiveDate>) -> Option<NaiveDate> {
        let starts = &rule.starts_with;
        let facts = Facts {
            record_day: day,
            file_day: self.file_day,
            events: &[],
            open: !starts.in_record && starts.starting_point == StartingPoint::EndOfRelationship,
        };
        due(rule, &facts).day
    }

    /// What is found in the name of the file.
    fn name(
        &self,
        path: &str,
        eyes: gdpr4k_sources::people::search::Eyes<'_>,
        spots: &[Spot],
    ) -> Vec<Hit> {
        let from = path.rfind("!/").map_or(0, |at| at + 2);
        let cluster = spots.first().map_or(eyes.texts.fallback(), |s| s.cluster);
        let mut found = Vec::new();
        eyes.look(
            &path.as_bytes()[from..],
            None,
            cluster,
            &mut Vec::new(),
            &mut found,
        );
        let spot = |f: &gdpr4k_sources::people::search::Found<'_>| Spot {
            line: 0,
            start: f.hit.start + from as u32,
            end: f.hit.end + from as u32,
            kind: f.hit.kind,
            element: f.value.element,
            cluster,
            rule: Rule::Text(f.hit.rule),
            day: Some(self.file_day),
        };
        found.iter().map(|f| self.hit(&spot(f))).collect()
    }
}
