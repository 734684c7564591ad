//! A quick look at files without a site: what kind each one is, by its first bytes.

use std::sync::Arc;

use gdpr4k_model::catalogue::{Catalogue, Problem};
use gdpr4k_model::number::NumberPlans;
use gdpr4k_model::site::SourceKind;
use gdpr4k_sources::cdr::{self, Presets};
use gdpr4k_sources::container;
use gdpr4k_sources::forms;
use gdpr4k_sources::hints::{self, TableKind};
use gdpr4k_sources::knowledge::TableKnowledge;
use gdpr4k_sources::lines::decode;
use gdpr4k_sources::opaque::{self, Opaque};
use gdpr4k_sources::pm;
use gdpr4k_sources::wave;
use gdpr4k_store::files::{SiteFile, SiteFolder};

/// The kind of every file that can be recognised; files of no known kind are left out.
///
/// What is neither AMO text nor a table nor a log is taken for call records, and
/// the layouts decide.
///
/// # Errors
/// The built-in data are broken.
pub fn kinds(
    catalogue: &Catalogue,
    folder: &SiteFolder,
    files: &[SiteFile],
) -> Result<Vec<(String, SourceKind)>, Vec<Problem>> {
    let tables = TableKnowledge::new(catalogue).map_err(|p| p.0)?;
    let layouts = Presets::load(catalogue)?;
    let layouts: Vec<_> = layouts.all().to_vec();
    let mut head = vec![0; 16 << 10];
    let mut kinds = Vec::new();
    for file in files.iter().filter(|f| f.obstacle.is_none() && f.bytes > 0) {
        let n = folder
            .read(file)
            .and_then(|f| f.read_at(0, &mut head))
            .unwrap_or(0);
        let head = &head[..n];
        let kind = kind(&tables, head, &file.path).or_else(|| {
            let scores = cdr::detect::score(&layouts, head, &context(file));
            cdr::detect::choose(&scores).ok().map(|_| SourceKind::Cdr)
        });
        if let Some(kind) = kind {
            kinds.push((file.path.clone(), kind));
        }
    }
    Ok(kinds)
}

fn kind(tables: &TableKnowledge, head: &[u8], path: &str) -> Option<SourceKind> {
    if let Some(kind) = amo(head).or_else(|| by_content(tables, head, path)) {
        return Some(kind);
    }
    if let Some(kind) = hints::recognise(tables, head, path) {
        return Some(match kind {
            TableKind::Xie => SourceKind::Xie,
            TableKind::Directory => SourceKind::Directory,
            TableKind::CallJournal => SourceKind::CallJournal,
            TableKind::AssistantLog => SourceKind::AssistantLog,
            TableKind::Syslog => SourceKind::Syslog,
        });
    }
    if pm::is_report(tables, head, path) {
        return Some(SourceKind::PmReport);
    }
    let text = [".txt", ".csv", ".log", ".cdr", ".bf", ".dat"]
        .iter()
        .any(|e| path.to_lowercase().ends_with(e));
    let digits = head.iter().filter(|b| b.is_ascii_digit()).count();
    (text && digits * 4 > head.len()).then_some(SourceKind::Cdr)
}

/// A site that nothing is known of.
fn context(file: &SiteFile) -> cdr::Context {
    cdr::Context {
        purpose: cdr::Purpose::Accounting,
        plans: Arc::new(NumberPlans::default()),
        node: 0,
        today: file.modified.date(),
        zone: None,
    }
}

/// Files that say what they are by their first bytes or by columns that no other source has.
fn by_content(tables: &TableKnowledge, head: &[u8], path: &str) -> Option<SourceKind> {
    let text = String::from_utf8_lossy(head).to_lowercase();
    if container::is_zip(head) {
        let workbook = path.to_lowercase().ends_with(".xlsx");
        return Some(if workbook {
            SourceKind::PmReport
        } else {
            SourceKind::Idtb
        });
    }
    if wave::is_wave(head) {
        return Some(SourceKind::AcWin);
    }
    if opaque::trace(tables, path, head) == Some(Opaque::Trace { disguised: true })
        || [".pcap", ".pcapng", ".h3g"]
            .iter()
            .any(|e| path.to_lowercase().ends_with(e))
    {
        return Some(SourceKind::Trace);
    }
    if ["<html", "<!doctype html"].iter().any(|t| text.contains(t)) {
        return Some(SourceKind::PmReport);
    }
    if ["create table ", "insert into ", "copy public."]
        .iter()
        .any(|t| text.contains(t))
    {
        return Some(SourceKind::Sql);
    }
    if text.contains("[[answer]]") {
        return Some(SourceKind::Controls);
    }
    forms::recognise(tables, &["catool", "accounts"], head).and_then(|form| match form {
        "accounts" => Some(SourceKind::AssistantLog),
        // base stations and handsets are in no other table
        _ => text.contains("ipui").then_some(SourceKind::Catool),
    })
}

/// AMO text: units of the log book, a session with its frame, or the commands of a REGEN.
fn amo(head: &[u8]) -> Option<SourceKind> {
    let text = decode(head);
    let mut commands = 0;
    for line in text.lines() {
        let line = line.trim_start_matches(['<', ' ']);
        if line.starts_with('P') && line.contains(" DEV") && line.contains(" NOUN") {
            return Some(SourceKind::AmoLogbk);
        }
        if line.starts_with("H500:") {
            return Some(SourceKind::AmoSession);
        }
        let body = match line.split_once(' ') {
            Some((first, rest)) if first.len() == 2 => {
                rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ')
            }
            _ => line,
        };
        let verb = body.split('-').next().unwrap_or_default();
        let noun = body[verb.len()..]
            .trim_start_matches('-')
            .split([':', ';'])
            .next()
            .unwrap_or_default();
        let words = |w: &str, len: std::ops::RangeInclusive<usize>| {
            len.contains(&w.len())
                && w.chars()
                    .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
        };
        if words(verb, 2..=12) && words(noun, 2..=6) && body.contains([':', ';']) {
            commands += 1;
        }
    }
    (commands >= 2 || commands == 1 && text.lines().count() < 4).then_some(SourceKind::AmoRegen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amo_text_is_recognised_by_its_first_lines() {
        assert_eq!(
            amo(b"M2 1 ADD-SBCSU:7801,OPTI,DIR,1-1-49-3;\nM2 1 ADD-AUN:12,,,7801;\n"),
            Some(SourceKind::AmoRegen)
        );
        assert_eq!(
            amo(b"DIS-SDSU:ALL;\nH500:  AMO SDSU  STARTED\n"),
            Some(SourceKind::AmoSession)
        );
        assert_eq!(
            amo(b"P0816 DEV:CON3 TSN:4711 UID=7 NOUN:PERSI TYPE:END TIME:26-02-03 08:14:11\n"),
            Some(SourceKind::AmoLogbk)
        );
        assert_eq!(
            amo(b"14.03.25|09:12:44|201|4711|00:06|00:03:27|03023125014||1|||||\n"),
            None
        );
    }
}
