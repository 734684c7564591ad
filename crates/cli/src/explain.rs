//! `gdpr4k explain`

use gdpr4k_model::Catalogue;
use gdpr4k_model::catalogue::FindingText;
use serde::Serialize;

use crate::args::{Common, Explain, Format};
use crate::output::{Exit, Failure, say, say_json, wrapped};

#[derive(Serialize)]
struct Explained<'a> {
    codes: Vec<&'a FindingText>,
}

pub(crate) fn run(common: &Common, args: &Explain) -> Result<Exit, Failure> {
    let catalogue = Catalogue::builtin();
    let codes: Vec<&FindingText> = if args.list {
        catalogue.findings().iter().collect()
    } else {
        let mut codes = Vec::new();
        for code in &args.codes {
            match catalogue.finding(&code.to_uppercase()) {
                Some(text) => codes.push(text),
                None => {
                    return Err(Failure::usage(format!(
                        "{code:?} - no finding has this code - see gdpr4k explain --list"
                    )));
                }
            }
        }
        codes
    };
    match common.format {
        Format::Json => say_json("explain", &Explained { codes })?,
        Format::Text if args.list => {
            let lines: Vec<String> = codes
                .iter()
                .map(|t| format!("{}  {:<9}  {}", t.code, word(t), t.title.en))
                .collect();
            say(&lines.join("\n"))?;
        }
        Format::Text => {
            for text in codes {
                say(&format!(
                    "{} ({}): {}",
                    text.code,
                    word(text),
                    text.title.en
                ))?;
                say(&wrapped(&text.message.en, 80, "  what  "))?;
                say(&wrapped(&text.help.en, 80, "  do    "))?;
            }
        }
    }
    Ok(Exit::Done)
}

const fn word(text: &FindingText) -> &'static str {
    match text.severity {
        gdpr4k_model::Severity::Info => "info",
        gdpr4k_model::Severity::Attention => "attention",
        gdpr4k_model::Severity::Error => "error",
    }
}
