//! Which reader takes which file.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDate;
use gdpr4k_model::Finding;
use gdpr4k_model::catalogue::{Catalogue, Problem};
use gdpr4k_model::finding::Arg;
use gdpr4k_model::number::NumberPlans;
use gdpr4k_model::site::{Purpose, Site, Source, SourceKind};
use gdpr4k_sources::amo::{AmoKnowledge, AmoReader, Mode};
use gdpr4k_sources::cdr::{self, Boundary, CdrReader, Layout};
use gdpr4k_sources::container::{self, Bytes};
use gdpr4k_sources::controls::ControlsReader;
use gdpr4k_sources::directory::DirectoryReader;
use gdpr4k_sources::dump::DumpReader;
use gdpr4k_sources::forms::{self, FormReader};
use gdpr4k_sources::freelines::{FreeLines, Text};
use gdpr4k_sources::journal::JournalReader;
use gdpr4k_sources::knowledge::TableKnowledge;
use gdpr4k_sources::log::AssistantLogReader;
use gdpr4k_sources::mapping::Mapping;
use gdpr4k_sources::opaque::{self, Opaque};
use gdpr4k_sources::people::Detector;
use gdpr4k_sources::people::search::{Eyes, Texts};
use gdpr4k_sources::pm::{self, HtmlReport, TextReport};
use gdpr4k_sources::role::{self, Role};
use gdpr4k_sources::syslog::SyslogReader;
use gdpr4k_sources::xie::XieReader;
use gdpr4k_sources::{Reader, Sink, wave};
use gdpr4k_store::files::{SiteFile, SiteFolder};

use super::discover::Assigned;
use super::members;

/// So much of a file is looked at to find out what it is.
const HEAD: usize = 16 << 10;

/// How a file is read.
pub(crate) enum Plan {
    Cdr(Arc<Layout>, cdr::Context),
    Amo(Mode),
    Xie(Option<Arc<Mapping>>),
    Directory(Option<Arc<Mapping>>),
    Journal(Option<Arc<Mapping>>, Option<String>),
    AssistantLog(Option<Arc<Mapping>>),
    Syslog,
    DsWin(Option<Arc<Mapping>>),
    /// A small table by the id of its form.
    Form(&'static str, Option<Arc<Mapping>>),
    /// Text without a form.
    Lines(Text),
    PmText,
    PmHtml,
    Dump,
    Controls,
    PmWorkbook,
    Recording,
    Opaque(Opaque),
    /// An archive: its members are files of their own.
    Archive,
}

impl Plan {
    /// Whether a layout says what the bytes are.
    pub(super) const fn has_layout(&self) -> bool {
        matches!(self, Self::Cdr(..))
    }

    /// Whether the file has no lines and is looked at as a whole.
    pub(crate) const fn is_whole(&self) -> bool {
        matches!(
            self,
            Self::PmWorkbook | Self::Recording | Self::Opaque(_) | Self::Archive
        )
    }

    /// Whether texts of the file are looked through for people. Call records have fields; those of a layout
    /// with a field of text are looked through as well.
    pub(super) fn is_searched(&self, texts: &Texts) -> bool {
        match self {
            Self::Cdr(layout, _) => {
                let fields = layout.variants.iter().flat_map(|v| &v.fields);
                fields.filter_map(|f| f.element).any(|e| texts.is_text(e))
            }
            _ => true,
        }
    }
}

/// Everything that readers need to know, built once per scan.
pub(crate) struct Readers<'a> {
    catalogue: &'a Catalogue,
    site: &'a Site,
    folder: &'a SiteFolder,
    plans: Arc<NumberPlans>,
    today: NaiveDate,
    amo: AmoKnowledge,
    tables: TableKnowledge,
    presets: cdr::Presets,
    layouts: HashMap<String, Result<Arc<Layout>, Finding>>,
    mappings: HashMap<String, Result<Arc<Mapping>, Finding>>,
    /// Problems of layout and mapping files of the site: exit code 5.
    pub(crate) problems: Vec<Problem>,
    /// What planning found out about files that are read all the same.
    pub(crate) notes: Vec<Finding>,
}

/// Why a file is not read.
pub(crate) struct NotRead(pub(crate) Finding);

impl<'a> Readers<'a> {
    pub(crate) fn new(
        catalogue: &'a Catalogue,
        site: &'a Site,
        folder: &'a SiteFolder,
        today: NaiveDate,
    ) -> Result<Self, Vec<Problem>> {
        Ok(Self {
            catalogue,
            site,
            folder,
            plans: Arc::new(site.plans()),
            today,
            amo: AmoKnowledge::new(catalogue, &[])
                .map_err(|problems| problems.into_iter().map(amo_problem).collect::<Vec<_>>())?,
            tables: TableKnowledge::new(catalogue).map_err(|p| p.0)?,
            presets: cdr::Presets::load(catalogue)?,
            layouts: HashMap::new(),
            mappings: HashMap::new(),
            problems: Vec::new(),
            notes: Vec::new(),
        })
    }

    /// What texts of a node are looked through with.
    pub(crate) fn eyes<'s>(&'s self, detector: &'s Detector, node: u8) -> Eyes<'s> {
        Eyes {
            detector,
            texts: self.tables.texts(),
            node,
        }
    }

    /// What the columns of tables mean.
    pub(crate) const fn tables(&self) -> &TableKnowledge {
        &self.tables
    }

    /// XIE tables that a whole export has.
    pub(crate) fn expected_tables(&self) -> impl Iterator<Item = &'static str> {
        self.tables.expected_tables()
    }

    /// The way to read a file of a source.
    pub(crate) fn plan(
        &mut self,
        source: &Source,
        assigned: &Assigned,
    ) -> Result<(Plan, Option<String>), NotRead> {
        let file = &assigned.file;
        if assigned.is_archive() {
            return Ok((Plan::Archive, None));
        }
        let mapping = match &source.mapping {
            Some(path) => Some(self.mapping(path)?),
            None => None,
        };
        let name = mapping.as_ref().map(|m| m.name.clone());
        let plan = match source.kind {
            SourceKind::Pm if mapping.is_some() => Plan::Form("pm", mapping),
            SourceKind::Cdr | SourceKind::Pm => {
                let context = self.context(source);
                let layout = self.layout(source, assigned, &context)?;
                let name = layout.name.clone();
                return Ok((Plan::Cdr(layout, context), Some(name)));
            }
            SourceKind::AmoRegen => Plan::Amo(Mode::Regen),
            SourceKind::AmoSession => Plan::Amo(Mode::Session),
            SourceKind::AmoLogbk => Plan::Amo(Mode::Logbk),
            // an XML dump has no header: the mapping says where its persons are
            SourceKind::Xie if mapping.as_ref().is_some_and(|m| m.is_xml()) => {
                Plan::Directory(mapping)
            }
            SourceKind::Xie => Plan::Xie(mapping),
            SourceKind::Directory => Plan::Directory(mapping),
            SourceKind::CallJournal => Plan::Journal(mapping, source.journal_release.clone()),
            SourceKind::AssistantLog if mapping.is_none() && self.is_form("accounts", assigned) => {
                return Ok((Plan::Form("accounts", None), Some("accounts".to_owned())));
            }
            SourceKind::AssistantLog => Plan::AssistantLog(mapping),
            SourceKind::Syslog => Plan::Syslog,
            SourceKind::DsWin => Plan::DsWin(mapping),
            SourceKind::Catool => Plan::Form("catool", mapping),
            SourceKind::Sql => Plan::Dump,
            SourceKind::Controls => Plan::Controls,
            SourceKind::Backup => Plan::Opaque(opaque::backup(&self.tables, &file.path)),
            SourceKind::Trace => {
                match opaque::trace(&self.tables, &file.path, &self.head(assigned)) {
                    Some(opaque) => Plan::Opaque(opaque),
                    None => {
                        let day = file_day(file);
                        let old = opaque::old_trace(&self.tables, day, self.today);
                        self.notes.extend(old.map(|f| f.path(file.path.clone())));
                        Plan::Lines(Text::Trace)
                    }
                }
            }
            SourceKind::PmReport => self.report(assigned),
            SourceKind::Idtb if mapping.is_some() => Plan::Form("idtb-directory", mapping),
            SourceKind::Idtb => {
                let role = role::idtb(&self.tables, &self.head(assigned));
                return self.by_role(role, Text::Idtb, file);
            }
            SourceKind::AcWin if mapping.is_some() => Plan::Form("acwin-keys", mapping),
            SourceKind::AcWin => {
                let role = role::ac_win(&self.tables, &file.path, &self.head(assigned));
                return self.by_role(role, Text::Notepad, file);
            }
        };
        Ok((plan, name))
    }

    /// A report by its first bytes.
    fn report(&self, assigned: &Assigned) -> Plan {
        let head = self.head(assigned);
        if let Some(opaque) = opaque::report(&head) {
            return Plan::Opaque(opaque);
        }
        let text = String::from_utf8_lossy(&head).to_lowercase();
        if container::is_zip(&head) {
            Plan::PmWorkbook
        } else if ["<html", "<!doctype html", "<table"]
            .iter()
            .any(|t| text.contains(t))
        {
            Plan::PmHtml
        } else {
            Plan::PmText
        }
    }

    fn by_role(
        &mut self,
        role: Role,
        text: Text,
        file: &SiteFile,
    ) -> Result<(Plan, Option<String>), NotRead> {
        match role {
            Role::Form(form) => Ok((Plan::Form(form, None), Some(form.to_owned()))),
            Role::Recording => Ok((Plan::Recording, None)),
            Role::Binary => Err(NotRead(Finding::new("G4K-617"))),
            Role::Text => {
                if text == Text::Idtb && file.bytes > 0 {
                    self.notes
                        .push(Finding::new("G4K-615").path(file.path.clone()));
                }
                Ok((Plan::Lines(text), None))
            }
        }
    }

    fn is_form(&self, form: &'static str, assigned: &Assigned) -> bool {
        forms::recognise(&self.tables, &[form], &self.head(assigned)).is_some()
    }

    /// The first bytes of a file.
    fn head(&self, assigned: &Assigned) -> Vec<u8> {
        members::head(self.folder, assigned, HEAD)
    }

    fn context(&self, source: &Source) -> cdr::Context {
        cdr::Context {
            purpose: match source.purpose {
                Purpose::Accounting if source.kind == SourceKind::Cdr => cdr::Purpose::Accounting,
                _ => cdr::Purpose::Performance,
            },
            plans: Arc::clone(&self.plans),
            node: self.site.node(&source.node),
            today: self.today,
            zone: Some(self.site.head.timezone),
        }
    }

    /// A reader for a file, or for a later part of it.
    pub(crate) fn reader(&self, plan: &Plan, file: &SiteFile, later: bool) -> Box<dyn Reader + '_> {
        match plan {
            Plan::Cdr(layout, context) => {
                let part = if later {
                    cdr::Part::Later
                } else {
                    cdr::Part::First
                };
                Box::new(CdrReader::part(Arc::clone(layout), context.clone(), part))
            }
            Plan::Amo(mode) => Box::new(AmoReader::new(&self.amo, *mode, &file.path)),
            Plan::Xie(m) => match m {
                Some(m) => Box::new(XieReader::with_mapping(
                    &self.tables,
                    &file.path,
                    self.known(m),
                )),
                None => Box::new(XieReader::new(&self.tables, &file.path)),
            },
            Plan::Directory(m) => Box::new(DirectoryReader::new(
                &self.tables,
                m.as_ref().map(|m| self.known(m)),
            )),
            Plan::Journal(m, release) => Box::new(JournalReader::new(
                &self.tables,
                m.as_ref().map(|m| self.known(m)),
                release.as_deref(),
            )),
            Plan::AssistantLog(m) => Box::new(AssistantLogReader::new(
                &self.tables,
                m.as_ref().map(|m| self.known(m)),
                &file.path,
                &self.site.accounts.non_personal,
            )),
            Plan::DsWin(m) => Box::new(DirectoryReader::of(
                &self.tables,
                m.as_ref().map(|m| self.known(m)),
                "dswin",
            )),
            Plan::Form(form, m) => {
                match FormReader::new(&self.tables, form, m.as_ref().map(|m| self.known(m))) {
                    Some(reader) => Box::new(reader),
                    None => unreachable!("forms of plans are built in"),
                }
            }
            Plan::Lines(text) => {
                Box::new(FreeLines::new(&self.tables, *text, Some(file_day(file))))
            }
            Plan::PmText => Box::new(TextReport::new(&self.tables, &file.path)),
            Plan::PmHtml => Box::new(HtmlReport::new(&self.tables, &file.path)),
            Plan::Dump => Box::new(DumpReader::new(&self.tables)),
            Plan::Controls => Box::new(ControlsReader::new(&self.tables)),
            Plan::PmWorkbook | Plan::Recording | Plan::Opaque(_) | Plan::Archive => {
                unreachable!("these are looked at as a whole")
            }
            Plan::Syslog => Box::new(SyslogReader::new(
                &self.tables,
                Some(file_day(file)),
                Some(self.site.head.timezone),
                &self.site.accounts.non_personal,
            )),
        }
    }

    /// Looks at a file without lines.
    pub(crate) fn look(
        &self,
        plan: &Plan,
        file: &SiteFile,
        bytes: &mut dyn Bytes,
        sink: &mut dyn Sink,
    ) {
        let day = file_day(file);
        match plan {
            Plan::PmWorkbook => {
                pm::workbook_report(bytes, &self.tables, &file.path, sink);
            }
            Plan::Recording => {
                wave::recording(bytes, &self.tables, &file.path, day, sink);
            }
            Plan::Opaque(what) => {
                opaque::holder(
                    *what,
                    bytes,
                    &self.tables,
                    &file.path,
                    (day, self.today),
                    sink,
                );
            }
            _ => {}
        }
    }

    /// The mapping as this collection owns it, so that a reader may borrow it.
    fn known<'s>(&'s self, mapping: &Arc<Mapping>) -> &'s Mapping {
        self.mappings
            .values()
            .filter_map(|m| m.as_ref().ok())
            .find(|m| Arc::ptr_eq(m, mapping))
            .unwrap_or_else(|| unreachable!("every plan takes its mapping from this collection"))
    }

    /// Where a file of this plan may be cut into parts.
    pub(crate) fn boundary(&self, plan: &Plan, head: &[u8]) -> Option<Boundary> {
        match plan {
            Plan::Cdr(layout, _) => Some(cdr::boundary(layout, head)),
            _ => None,
        }
    }

    /// The first place at or after `at` where a part may start; `window`: the bytes from there on.
    pub(super) fn cut(
        &self,
        plan: &Plan,
        boundary: Boundary,
        at: u64,
        window: &[u8],
    ) -> Option<u64> {
        match plan {
            Plan::Cdr(layout, _) => boundary.next(layout, at, window),
            _ => None,
        }
    }

    fn layout(
        &mut self,
        source: &Source,
        assigned: &Assigned,
        context: &cdr::Context,
    ) -> Result<Arc<Layout>, NotRead> {
        let name = source.layout.as_deref().unwrap_or("auto");
        if name == "auto" {
            return self.detect(assigned, context);
        }
        if let Some(preset) = self.presets.get(name) {
            return Ok(Arc::clone(preset));
        }
        if !self.layouts.contains_key(name) {
            let read = self.read_layout(name);
            self.layouts.insert(name.to_owned(), read);
        }
        self.layouts[name].clone().map_err(NotRead)
    }

    fn read_layout(&mut self, path: &str) -> Result<Arc<Layout>, Finding> {
        let text = self.folder.read_text(path).map_err(|_| {
            let what = "it cannot be read, and no preset has this name";
            let help = "name a layout file of the site or a built-in layout (gdpr4k layout list)";
            self.problems.push(problem(path, what, help));
            invalid(path, what)
        })?;
        Layout::parse(path, &text, self.catalogue)
            .map(Arc::new)
            .map_err(|problems| {
                let first = problems
                    .first()
                    .map_or_else(String::new, |p| format!("line {}: {}", p.line, p.what));
                self.problems.extend(problems);
                invalid(path, &first)
            })
    }

    /// The layout that fits clearly best: the presets and the layout files of the site.
    fn detect(
        &mut self,
        assigned: &Assigned,
        context: &cdr::Context,
    ) -> Result<Arc<Layout>, NotRead> {
        let sample = members::head(self.folder, assigned, cdr::detect::SAMPLE);
        let own: Vec<String> = self
            .folder
            .walk(&[])
            .into_iter()
            .filter(|f| f.path.starts_with("layouts/") && f.path.ends_with(".toml"))
            .map(|f| f.path)
            .collect();
        for path in own {
            if !self.layouts.contains_key(&path) {
                let read = self.read_layout(&path);
                self.layouts.insert(path, read);
            }
        }
        let candidates: Vec<Arc<Layout>> = self
            .layouts
            .values()
            .filter_map(|l| l.as_ref().ok())
            .chain(self.presets.all())
            .cloned()
            .collect();
        let scores = cdr::detect::score(&candidates, &sample, context);
        cdr::detect::choose(&scores).map_err(NotRead)
    }

    fn mapping(&mut self, path: &str) -> Result<Arc<Mapping>, NotRead> {
        if !self.mappings.contains_key(path) {
            let read = self
                .folder
                .read_text(path)
                .map_err(|_| {
                    let what = "it cannot be read";
                    let help = "name a mapping file of the site";
                    self.problems.push(problem(path, what, help));
                    invalid(path, what)
                })
                .and_then(|text| {
                    Mapping::parse(path, &text, &self.tables, self.catalogue)
                        .map(Arc::new)
                        .map_err(|problems| {
                            let first = problems.0.first().map_or_else(String::new, |p| {
                                format!("line {}: {}", p.line, p.what)
                            });
                            self.problems.extend(problems.0);
                            invalid(path, &first)
                        })
                });
            self.mappings.insert(path.to_owned(), read);
        }
        self.mappings[path].clone().map_err(NotRead)
    }
}

/// The day of a file: the date in its name, else that of its last change (cli.md 4, Due).
pub(crate) fn file_day(file: &SiteFile) -> NaiveDate {
    super::discover::day_in_name(&file.path).unwrap_or(file.modified.date())
}

/// What is wrong with a whole file.
fn problem(path: &str, what: &str, help: &str) -> Problem {
    Problem {
        path: path.to_owned(),
        line: 1,
        what: what.to_owned(),
        help: help.to_owned(),
    }
}

fn invalid(file: &str, problem: &str) -> Finding {
    Finding::new("G4K-012")
        .with("file", Arg::declared(file))
        .with("problem", Arg::declared(problem))
}

fn amo_problem(problem: gdpr4k_sources::amo::Problem) -> Problem {
    Problem {
        path: problem.path,
        line: problem.line,
        what: problem.text,
        help: "mend the file of AMO orders".to_owned(),
    }
}
