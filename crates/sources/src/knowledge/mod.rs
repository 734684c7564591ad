//! What the columns of tables, journals and logs mean: the files of `schemas/sources`, with their ids resolved.

mod files;

use std::collections::HashMap;

use gdpr4k_model::catalogue::{Catalogue, ClusterIx, ElementIx, Entry, Problem, Problems};
use gdpr4k_model::schemas;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::forms::{Form, Forms, FormsFile};
use crate::freelines::{Parts, Text};
use crate::people::{Kind, search};
use crate::pm::{Objects, ObjectsFile};
use crate::table::Names;
use files::{
    BackupFile, ControlsFile, DirectoryFile, JournalFile, LogFile, NamedColumn, PeopleFile,
    SqlFile, TableFile, TextFile, TraceFile, XieFile,
};

/// Everything that the table readers know. Made once, shared by all of them.
#[derive(Debug)]
pub struct TableKnowledge {
    pub(crate) xie: Vec<XieTable>,
    pub(crate) xie_common: Names<Option<ElementIx>>,
    pub(crate) xie_unknown: ElementIx,
    pub(crate) xie_request: ElementIx,
    /// Meanings of person tables, by canonical name.
    pub(crate) groups: Vec<Group>,
    pub(crate) aliases: Names<usize>,
    pub(crate) ignored: Names<()>,
    families: HashMap<String, HashMap<String, ElementIx>>,
    pub(crate) directory_unknown: ElementIx,
    pub(crate) journal: Journal,
    pub(crate) log: Log,
    /// Which elements are texts to look through.
    searched: search::Texts,
    /// Tables known by their columns, by id.
    pub(crate) forms: Forms,
    pub(crate) pm: Objects,
    pub(crate) texts: Texts,
    pub(crate) opaque: OpaqueElements,
    pub(crate) controls: ControlElements,
    /// Tables of a database dump by words of their names.
    pub(crate) dump_tables: Vec<(String, ElementIx)>,
    pub(crate) dump_unknown: ElementIx,
}

/// Elements of text without a form.
#[derive(Debug)]
pub(crate) struct Texts {
    trace: Parts,
    notepad: Parts,
    idtb: Parts,
    dswin: Parts,
}

impl Texts {
    pub(crate) const fn of(&self, text: Text) -> Parts {
        match text {
            Text::Trace => self.trace,
            Text::Notepad => self.notepad,
            Text::Idtb => self.idtb,
            Text::DsWin => self.dswin,
        }
    }
}

/// Elements of files that are not opened.
#[derive(Debug)]
pub(crate) struct OpaqueElements {
    pub(crate) trace: ElementIx,
    pub(crate) backup: ElementIx,
    pub(crate) recovery: ElementIx,
    pub(crate) report: ElementIx,
    pub(crate) recording: ElementIx,
    /// Days after which a trace should be gone.
    pub(crate) trace_days: u64,
    pub(crate) trace_names: Vec<String>,
    pub(crate) recovery_names: Vec<String>,
}

/// Elements of the answers to the security checklist, for the catalogue's own measures.
#[derive(Debug)]
pub(crate) struct ControlElements {
    pub(crate) name: ElementIx,
    pub(crate) comment: ElementIx,
    pub(crate) date: ElementIx,
    /// Ids of all measures.
    pub(crate) measures: std::collections::HashSet<String>,
    pub(crate) answers: Vec<String>,
}

/// One XIE table.
#[derive(Debug)]
pub(crate) struct XieTable {
    pub(crate) name: &'static str,
    pub(crate) also: Vec<String>,
    pub(crate) columns: Names<Option<ElementIx>>,
    pub(crate) station: Option<String>,
    pub(crate) holds: Option<Holds>,
    pub(crate) refers: Vec<String>,
    pub(crate) pilot: Option<String>,
    pub(crate) time: Vec<String>,
    pub(crate) residual: Option<Residual>,
}

/// Which columns say who is on which number.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Holds {
    pub(crate) number: String,
    pub(crate) name: String,
}

/// Rows that stay after their station is gone.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Residual {
    pub(crate) without: String,
    pub(crate) with: String,
}

/// A meaning of a column in a person table.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) canonical: String,
    pub(crate) element: ElementIx,
    pub(crate) external: Option<ElementIx>,
    /// Counts for the rule that two of them make a person table.
    pub(crate) person: bool,
}

/// What is known about call journals.
#[derive(Debug)]
pub(crate) struct Journal {
    pub(crate) columns: Names<usize>,
    pub(crate) canonical: Vec<String>,
    /// Other canonical names of the same columns.
    pub(crate) also: HashMap<String, String>,
    pub(crate) date_formats: Vec<String>,
    pub(crate) limits: Vec<JournalLimit>,
    pub(crate) phones: Vec<JournalPhones>,
    pub(crate) number_digits: usize,
    pub(crate) name_characters: usize,
}

/// Entries that a system journal keeps per subscriber.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JournalLimit {
    /// Release, `V10` or `V11R1`.
    pub release: String,
    /// Outgoing calls.
    pub outgoing: u32,
    /// Incoming calls.
    pub incoming: u32,
    /// Both.
    pub total: u32,
    /// Where the figures come from.
    pub basis: String,
}

/// Where telephones of some models keep their journal.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JournalPhones {
    /// Release, `V10` or `V11R1`.
    pub release: String,
    /// In the system or in the telephone.
    pub journal: JournalPlace,
    /// Models, with `*` for any rest.
    pub models: Vec<String>,
    /// Where the list comes from.
    pub basis: String,
}

/// Where a journal is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JournalPlace {
    /// In the call log database of the switch.
    System,
    /// In the telephone only: nothing can be exported from the system.
    Phone,
}

/// What is known about logs and syslog.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) columns: Names<usize>,
    pub(crate) canonical: Vec<String>,
    pub(crate) date_formats: Vec<String>,
    pub(crate) login_words: Vec<String>,
    pub(crate) error_words: Vec<String>,
    pub(crate) error_file: Vec<String>,
    pub(crate) activity: ClusterIx,
    pub(crate) login: ClusterIx,
    pub(crate) error: ClusterIx,
    pub(crate) text: ElementIx,
    pub(crate) user: ElementIx,
    pub(crate) ip: ElementIx,
    pub(crate) time: ElementIx,
    pub(crate) service: ElementIx,
    pub(crate) password: ElementIx,
}

impl TableKnowledge {
    /// Reads the built-in files and resolves their ids.
    ///
    /// # Errors
    /// Every problem of every file at once.
    pub fn new(catalogue: &Catalogue) -> Result<Self, Problems> {
        let mut problems = Vec::new();
        let made = Self::make(catalogue, &mut problems);
        match made {
            Some(knowledge) if problems.is_empty() => Ok(knowledge),
            _ => Err(Problems(problems)),
        }
    }

    fn make(catalogue: &Catalogue, problems: &mut Vec<Problem>) -> Option<Self> {
        let xie: Option<XieFile> = read("sources/xie.toml", problems);
        let directory: Option<DirectoryFile> = read("sources/directory.toml", problems);
        let journal: Option<JournalFile> = read("sources/call-journal.toml", problems);
        let log: Option<LogFile> = read("sources/assistant-log.toml", problems);
        let (xie, directory, journal, log) = (xie?, directory?, journal?, log?);

        let mut ids = Ids {
            catalogue,
            problems,
            path: "sources/xie.toml",
        };
        let xie_common = ids.columns(&xie.common);
        let xie_unknown = ids.element(&xie.unknown);
        let xie_request = ids.element(&xie.request);
        let tables = xie.table.into_iter().map(|t| ids.table(t)).collect();

        ids.path = "sources/directory.toml";
        let mut aliases = Names::default();
        let mut groups = Vec::new();
        for (ix, g) in directory.group.into_iter().enumerate() {
            for alias in &g.aliases {
                aliases.add(alias, ix);
            }
            groups.push(Group {
                element: ids.element(&g.element),
                external: g.external.as_deref().map(|id| ids.element(id)),
                canonical: g.canonical,
                person: g.person,
            });
        }
        let mut ignored = Names::default();
        for name in &directory.ignore.columns {
            ignored.add(name, ());
        }
        let families = directory
            .family
            .into_iter()
            .map(|(family, map)| {
                let map = map
                    .into_iter()
                    .map(|(c, id)| (c, ids.element(&id)))
                    .collect();
                (family, map)
            })
            .collect();
        let directory_unknown = ids.element(&directory.unknown);

        ids.path = "sources/assistant-log.toml";
        let (columns, canonical) = named(log.column);
        let e = &log.element;
        let log = Log {
            columns,
            canonical,
            date_formats: log.date_formats,
            login_words: log.words.login,
            error_words: log.words.error,
            error_file: log.words.error_file,
            activity: ids.cluster(&log.cluster.activity),
            login: ids.cluster(&log.cluster.login),
            error: ids.cluster(&log.cluster.error),
            text: ids.element(&e.text),
            user: ids.element(&e.user),
            ip: ids.element(&e.ip),
            time: ids.element(&e.time),
            service: ids.element(&e.service_account),
            password: ids.element(&e.command_password),
        };
        let mut forms = Forms::new();
        for path in [
            "sources/idtb.toml",
            "sources/ac-win.toml",
            "sources/catool.toml",
            "sources/pm.toml",
            "sources/accounts.toml",
        ] {
            let file: FormsFile = read(path, ids.problems)?;
            ids.path = path;
            for form in file.form {
                forms.insert(form.id.clone(), Form::new(form, &mut ids));
            }
        }
        let file: ObjectsFile = read("sources/pm-report.toml", ids.problems)?;
        ids.path = "sources/pm-report.toml";
        let pm = Objects::new(file, &mut ids);
        let mut parts = |path: &'static str| -> Option<Parts> {
            let file: TextFile = read(path, ids.problems)?;
            ids.path = path;
            Some(Parts {
                text: ids.element(&file.free.text),
                ip: ids.element(&file.free.ip),
                number: ids.element(&file.free.number),
            })
        };
        let texts = Texts {
            trace: parts("sources/trace.toml")?,
            notepad: parts("sources/ac-win.toml")?,
            idtb: parts("sources/idtb.toml")?,
            dswin: parts("sources/ds-win.toml")?,
        };
        let file: PeopleFile = read("sources/people.toml", ids.problems)?;
        ids.path = "elements/people.toml";
        let kinds: Vec<ElementIx> = Kind::ALL.iter().map(|k| ids.element(k.element())).collect();
        ids.path = "sources/people.toml";
        let mut elements =
            |list: &[String]| -> Vec<ElementIx> { list.iter().map(|id| ids.element(id)).collect() };
        let mut logs = elements(&file.texts.logs);
        logs.push(log.text);
        let searched = search::Texts::new(
            catalogue,
            search::Elements {
                kinds: kinds.try_into().ok()?,
                logs,
                user: log.user,
                ip: log.ip,
                command_password: log.password,
                parts: vec![texts.trace, texts.notepad, texts.idtb, texts.dswin],
                also: elements(&file.texts.also),
                except: elements(&file.texts.except),
                areas: file.numbers.areas,
            },
        );
        let trace: TraceFile = read("sources/trace.toml", ids.problems)?;
        let backup: BackupFile = read("sources/backup.toml", ids.problems)?;
        let lower = |list: Vec<String>| list.iter().map(|n| n.to_lowercase()).collect();
        ids.path = "sources/backup.toml";
        let opaque = OpaqueElements {
            trace: ids.element(&trace.opaque),
            backup: ids.element(&backup.element),
            recovery: ids.element(&backup.recovery),
            report: ids.element(&backup.report),
            recording: ids.element(&backup.recording),
            trace_days: trace.days,
            trace_names: lower(trace.names),
            recovery_names: lower(backup.recovery_names),
        };
        let file: ControlsFile = read("sources/controls.toml", ids.problems)?;
        ids.path = "sources/controls.toml";
        let controls = ControlElements {
            name: ids.element(&file.responsible),
            comment: ids.element(&file.comment),
            date: ids.element(&file.date),
            measures: catalogue
                .entries()
                .iter()
                .filter_map(|e| match e {
                    Entry::Measure(m) => Some(m.id.clone()),
                    _ => None,
                })
                .collect(),
            answers: file.answers,
        };
        let file: SqlFile = read("sources/sql.toml", ids.problems)?;
        ids.path = "sources/sql.toml";
        let dump_unknown = ids.element(&file.custom);
        let dump_tables = file
            .table
            .iter()
            .flat_map(|t| t.words.iter().map(|w| (w.clone(), t.element.as_str())))
            .map(|(word, id)| (crate::table::normalise(&word), ids.element(id)))
            .collect();

        let (columns, canonical) = named(journal.column);
        let journal = Journal {
            columns,
            canonical,
            also: journal.also,
            date_formats: journal.form.date_formats,
            limits: journal.limit,
            phones: journal.phone,
            number_digits: journal.form.number_digits,
            name_characters: journal.form.name_characters,
        };
        Some(Self {
            xie: tables,
            xie_common,
            xie_unknown,
            xie_request,
            groups,
            aliases,
            ignored,
            families,
            directory_unknown,
            journal,
            log,
            searched,
            forms,
            pm,
            texts,
            opaque,
            controls,
            dump_tables,
            dump_unknown,
        })
    }

    /// Which elements are texts, and what a hit in each of them is.
    pub fn texts(&self) -> &search::Texts {
        &self.searched
    }

    /// The XIE tables that a whole export has; what is not there is a matter of rights, not of no data.
    pub fn expected_tables(&self) -> impl Iterator<Item = &'static str> {
        self.xie.iter().map(|t| t.name)
    }

    /// The limits of the system journal; an unknown release gets the highest.
    pub fn journal_limit(&self, release: Option<&str>) -> Option<&JournalLimit> {
        let limits = &self.journal.limits;
        let named = release.and_then(|r| limits.iter().find(|l| l.release == r));
        named.or_else(|| limits.iter().max_by_key(|l| l.total))
    }

    /// Which telephones keep their journal where, by release: for declared holders.
    pub fn journal_phones(&self) -> &[JournalPhones] {
        &self.journal.phones
    }

    /// The element of a canonical name, in a family (`dswin`, `idtb`, or anything else) and for a subject.
    pub(crate) fn canonical(&self, family: &str, name: &str, external: bool) -> Option<ElementIx> {
        let group = self.groups.iter().find(|g| g.canonical == name)?;
        if external && let Some(element) = group.external {
            return Some(element);
        }
        let special = self.families.get(family).and_then(|f| f.get(name));
        Some(special.copied().unwrap_or(group.element))
    }
}

fn named(list: Vec<NamedColumn>) -> (Names<usize>, Vec<String>) {
    let mut names = Names::default();
    let mut canonical = Vec::new();
    for (ix, column) in list.into_iter().enumerate() {
        for alias in &column.aliases {
            names.add(alias, ix);
        }
        canonical.push(column.canonical);
    }
    (names, canonical)
}

/// Resolves ids and collects those that do not exist.
pub(crate) struct Ids<'a> {
    catalogue: &'a Catalogue,
    problems: &'a mut Vec<Problem>,
    path: &'static str,
}

impl Ids<'_> {
    pub(crate) fn element(&mut self, id: &str) -> ElementIx {
        self.catalogue.element(id).unwrap_or_else(|| {
            self.missing(id, "element");
            ElementIx(0)
        })
    }

    fn cluster(&mut self, id: &str) -> ClusterIx {
        self.catalogue.cluster(id).unwrap_or_else(|| {
            self.missing(id, "cluster");
            ClusterIx(0)
        })
    }

    fn missing(&mut self, id: &str, what: &str) {
        let text = schemas::text(self.path).unwrap_or_default();
        let line = text
            .lines()
            .position(|l| l.contains(id))
            .map_or(1, |l| l + 1);
        self.problems.push(Problem {
            path: self.path.to_owned(),
            line,
            what: format!("{id:?} (expected an id of the catalogue)"),
            help: format!("add the {what} or correct the id"),
        });
    }

    fn columns(&mut self, map: &HashMap<String, String>) -> Names<Option<ElementIx>> {
        let mut names = Names::default();
        for (name, id) in map {
            let element = (!id.is_empty()).then(|| self.element(id));
            names.add(name, element);
        }
        names
    }

    fn table(&mut self, t: TableFile) -> XieTable {
        let columns = self.columns(&t.columns);
        XieTable {
            // made once per process: facts carry table names as static words
            name: Box::leak(t.name.into_boxed_str()),
            also: t.also,
            columns,
            station: t.station,
            holds: t.holds,
            refers: t.refers,
            pilot: t.pilot,
            time: t.time,
            residual: t.residual,
        }
    }
}

fn read<T: DeserializeOwned>(path: &'static str, problems: &mut Vec<Problem>) -> Option<T> {
    let text = schemas::text(path).unwrap_or_default();
    match toml::from_str(text) {
        Ok(file) => Some(file),
        Err(error) => {
            let at = error.span().map_or(0, |s| s.start);
            let line = 1 + text.bytes().take(at).filter(|b| *b == b'\n').count();
            problems.push(Problem {
                path: path.to_owned(),
                line,
                what: error.message().to_owned(),
                help: "see the head of the file for its form".to_owned(),
            });
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_files_resolve() {
        let knowledge = TableKnowledge::new(&Catalogue::builtin());
        let knowledge = knowledge.unwrap_or_else(|p| panic!("{p}"));
        assert_eq!(knowledge.expected_tables().count(), 12 + 1);
        assert_eq!(
            knowledge.journal_limit(Some("V10")).map(|l| l.total),
            Some(30)
        );
        assert_eq!(
            knowledge.journal_limit(Some("V9")).map(|l| l.total),
            Some(70)
        );
        assert_eq!(knowledge.journal_limit(None).map(|l| l.total), Some(70));
    }
}
