//! What kind of source a file is, by its first bytes and its name: for a scan without a site file.

use crate::directory::person_groups;
use crate::knowledge::TableKnowledge;
use crate::lines::decode;
use crate::table::{clean_name, normalise};

/// A kind of source that this crate's table readers read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TableKind {
    /// A table or a request text of the Import/Export API.
    Xie,
    /// A person table.
    Directory,
    /// A call journal.
    CallJournal,
    /// A log of the Assistant or of the Manager.
    AssistantLog,
    /// Syslog.
    Syslog,
}

impl TableKind {
    /// The kind as `site.toml` writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Xie => "xie",
            Self::Directory => "directory",
            Self::CallJournal => "call-journal",
            Self::AssistantLog => "assistant-log",
            Self::Syslog => "syslog",
        }
    }
}

/// Guesses the kind. `head`: the first bytes, some kilobytes are enough. None: nothing of ours.
pub fn recognise(knowledge: &TableKnowledge, head: &[u8], file_name: &str) -> Option<TableKind> {
    let text = decode(head);
    let mut lines = text.split(['\n', '\r']).filter(|l| !l.trim().is_empty());
    let first = lines.next()?;
    if first.len() > 1 << 16 {
        return None;
    }
    let best = ['|', ';', ',', '\t'].map(|d| by_header(knowledge, first, d));
    let best = best.into_iter().flatten().max_by_key(|(score, _)| *score);
    if let Some((_, kind)) = best {
        return Some(kind);
    }
    let request = |l: &str| l.starts_with("#DeleteNSts") || l.starts_with("#ORDER_ID=");
    if request(first) || lines.clone().take(3).any(request) {
        return Some(TableKind::Xie);
    }
    // the last line of the head may be cut
    let heads = std::iter::once(first).chain(lines).take(5);
    let (mut known, mut all) = (0, 0);
    for line in heads {
        all += 1;
        known += usize::from(crate::syslog::is_syslog(line));
    }
    let named = file_name.to_ascii_lowercase().contains("syslog");
    (known * 2 > all || (named && known > 0)).then_some(TableKind::Syslog)
}

/// The kind that a header line speaks for, with the number of columns that it knows.
fn by_header(
    knowledge: &TableKnowledge,
    line: &str,
    delimiter: char,
) -> Option<(usize, TableKind)> {
    let names: Vec<String> = line
        .split(delimiter)
        .map(|n| normalise(&clean_name(n)))
        .filter(|n| !n.is_empty())
        .collect();
    if names.len() < 2 {
        return None;
    }
    let count = |known: &dyn Fn(&str) -> bool| names.iter().filter(|n| known(n)).count();
    let canonical = |list: &[String], ix: Option<usize>| ix.map(|ix| list[ix].clone());
    let tables = knowledge
        .xie
        .iter()
        .map(|t| count(&|n| t.columns.get(n).is_some()));
    let xie = tables.max().unwrap_or(0);
    let keyed = names.iter().any(|n| {
        matches!(
            n.as_str(),
            "switchname" | "uniquekey" | "pen" | "displayname"
        )
    });
    if xie >= 2 && xie * 2 > names.len() && keyed {
        return Some((xie, TableKind::Xie));
    }
    let people = person_groups(knowledge, &names);
    let journal = &knowledge.journal;
    let roles: Vec<String> = names
        .iter()
        .filter_map(|n| canonical(&journal.canonical, journal.columns.get(n)))
        .collect();
    let has = |roles: &[String], name: &str| roles.iter().any(|r| r == name);
    let call = has(&roles, "call.owner") || has(&roles, "call.direction");
    let timed = has(&roles, "call.time") || has(&roles, "call.date");
    if call && timed && (has(&roles, "call.peer_no") || has(&roles, "call.peer_e164")) {
        return Some((roles.len(), TableKind::CallJournal));
    }
    let log = &knowledge.log;
    let roles: Vec<String> = names
        .iter()
        .filter_map(|n| canonical(&log.canonical, log.columns.get(n)))
        .collect();
    let timed = ["audit.time", "audit.date", "audit.clock"]
        .iter()
        .any(|r| has(&roles, r));
    if timed && roles.len() >= 3 {
        return Some((roles.len(), TableKind::AssistantLog));
    }
    (people >= 2).then_some((people, TableKind::Directory))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{KNOWLEDGE, fixture};

    #[test]
    fn every_basic_fixture_is_recognised_and_other_files_are_not() {
        for kind in [
            TableKind::Xie,
            TableKind::Directory,
            TableKind::CallJournal,
            TableKind::AssistantLog,
            TableKind::Syslog,
        ] {
            let ext = if kind == TableKind::Syslog {
                "log"
            } else {
                "csv"
            };
            let bytes = fixture(&format!("{}/basic.{ext}", kind.as_str()));
            assert_eq!(recognise(&KNOWLEDGE, &bytes, "x"), Some(kind));
        }
        assert_eq!(
            recognise(&KNOWLEDGE, &fixture("xie/request.txt"), "x"),
            Some(TableKind::Xie)
        );
        for other in [
            "",
            "ADD-PERSI:TYPE=STN,STNO=2504;\n",
            "2504;2505;0302312599;20260203\n",
            "Dear Anna,\n",
        ] {
            assert_eq!(recognise(&KNOWLEDGE, other.as_bytes(), "x"), None);
        }
    }
}
