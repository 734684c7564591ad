//! The form of the files in `schemas/sources`.

use std::collections::HashMap;

use serde::Deserialize;

use super::{Holds, JournalLimit, JournalPhones, Residual};

/// What every file of `schemas/sources` starts with; for documents.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct XieFile {
    #[serde(rename = "kind")]
    pub(super) _kind: String,
    #[serde(rename = "verified")]
    pub(super) _verified: bool,
    #[serde(rename = "name")]
    pub(super) _name: gdpr4k_model::Text,
    #[serde(rename = "evidence")]
    pub(super) _evidence: String,
    pub(super) unknown: String,
    pub(super) request: String,
    pub(super) common: HashMap<String, String>,
    pub(super) table: Vec<TableFile>,
    #[serde(rename = "codes")]
    pub(super) _codes: HashMap<String, HashMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TableFile {
    pub(super) name: String,
    #[serde(default)]
    pub(super) also: Vec<String>,
    pub(super) columns: HashMap<String, String>,
    pub(super) station: Option<String>,
    pub(super) holds: Option<Holds>,
    #[serde(default)]
    pub(super) refers: Vec<String>,
    pub(super) pilot: Option<String>,
    #[serde(default)]
    pub(super) time: Vec<String>,
    pub(super) residual: Option<Residual>,
}

#[derive(Deserialize)]
pub(super) struct DirectoryFile {
    pub(super) unknown: String,
    pub(super) group: Vec<GroupFile>,
    pub(super) ignore: IgnoreFile,
    #[serde(default)]
    pub(super) family: HashMap<String, HashMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GroupFile {
    pub(super) canonical: String,
    pub(super) element: String,
    pub(super) external: Option<String>,
    #[serde(default)]
    pub(super) person: bool,
    pub(super) aliases: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IgnoreFile {
    pub(super) columns: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NamedColumn {
    pub(super) canonical: String,
    pub(super) aliases: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct JournalFile {
    pub(super) also: HashMap<String, String>,
    pub(super) form: FormFile,
    pub(super) limit: Vec<JournalLimit>,
    pub(super) column: Vec<NamedColumn>,
    pub(super) phone: Vec<JournalPhones>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FormFile {
    pub(super) number_digits: usize,
    pub(super) name_characters: usize,
    pub(super) date_formats: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct LogFile {
    pub(super) date_formats: Vec<String>,
    pub(super) column: Vec<NamedColumn>,
    pub(super) words: WordsFile,
    pub(super) cluster: ClusterFile,
    pub(super) element: ElementFile,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WordsFile {
    pub(super) login: Vec<String>,
    pub(super) error: Vec<String>,
    pub(super) error_file: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClusterFile {
    pub(super) activity: String,
    pub(super) login: String,
    pub(super) error: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ElementFile {
    pub(super) text: String,
    pub(super) user: String,
    pub(super) ip: String,
    pub(super) time: String,
    pub(super) service_account: String,
    pub(super) command_password: String,
}

/// The part of `people.toml` that says where people are looked for.
#[derive(Deserialize)]
pub(super) struct PeopleFile {
    pub(super) texts: SearchedFile,
    pub(super) numbers: NumbersFile,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NumbersFile {
    pub(super) areas: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchedFile {
    pub(super) logs: Vec<String>,
    pub(super) also: Vec<String>,
    pub(super) except: Vec<String>,
}

/// The elements of text without a form.
#[derive(Deserialize)]
pub(super) struct TextFile {
    pub(super) free: FreeFile,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FreeFile {
    pub(super) text: String,
    pub(super) ip: String,
    pub(super) number: String,
}

#[derive(Deserialize)]
pub(super) struct TraceFile {
    pub(super) opaque: String,
    pub(super) days: u64,
    pub(super) names: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct BackupFile {
    pub(super) element: String,
    pub(super) recovery: String,
    pub(super) report: String,
    pub(super) recording: String,
    pub(super) recovery_names: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct ControlsFile {
    pub(super) responsible: String,
    pub(super) comment: String,
    pub(super) date: String,
    pub(super) answers: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct SqlFile {
    pub(super) custom: String,
    pub(super) table: Vec<DumpTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DumpTable {
    pub(super) words: Vec<String>,
    pub(super) element: String,
}
