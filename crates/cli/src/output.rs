//! Exit codes, messages, and the answer on standard output.

use std::fmt;
use std::io::Write as _;
use std::process::ExitCode;

use gdpr4k_model::catalogue::{Problem, Problems};
use serde::Serialize;

/// How a command ended. The numbers are the contract with scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// Done.
    Done = 0,
    /// Wrong usage.
    Usage = 2,
    /// Some data could not be read.
    Unreadable = 3,
    /// Somebody has to look: gaps, overdue data.
    Attention = 4,
    /// Catalogue, layout, mapping, policy or site file invalid.
    Invalid = 5,
    /// Refused: stale plan, limit, missing approval, hold.
    Refused = 6,
    /// The environment: locked, no room, no right.
    Environment = 7,
}

impl Exit {
    pub(crate) fn code(self) -> ExitCode {
        ExitCode::from(self as u8)
    }
}

/// Text at the end of the help of every command.
pub(crate) const EXIT_HELP: &str = "Exit codes: 0 done, 2 usage, 3 some data unreadable, 4 attention (gaps, overdue), \
5 catalogue, layout or policy invalid, 6 refused, 7 environment (locked, no space, unreadable), 101 defect, 130 interrupted. \
Several at once: the highest of 3 to 7. Treat an unknown code as a failure.";

/// A command that could not do its work.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) message: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Failure {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Usage,
            message: message.into(),
        }
    }

    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Refused,
            message: message.into(),
        }
    }

    pub(crate) fn environment(what: impl fmt::Display) -> Self {
        Self {
            exit: Exit::Environment,
            message: what.to_string(),
        }
    }
}

impl From<gdpr4k_store::Error> for Failure {
    fn from(error: gdpr4k_store::Error) -> Self {
        if error.is_refusal() {
            Self::refused(error.to_string())
        } else {
            Self::environment(error)
        }
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Self {
            exit: Exit::Invalid,
            message: problems.to_string(),
        }
    }
}

impl From<Vec<Problem>> for Failure {
    fn from(problems: Vec<Problem>) -> Self {
        Problems(problems).into()
    }
}

/// Writes to standard output; a reader that has gone away is no error.
pub(crate) fn say(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out
        .write_all(text.as_bytes())
        .and_then(|()| out.write_all(b"\n"))
        .and_then(|()| out.flush())
    {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::environment(format!(
            "standard output - cannot write ({e}) - check the disk or the pipe"
        ))),
        _ => Ok(()),
    }
}

/// A JSON answer: `schema`, `tool_version` and `generated_at`, then the keys of the document.
#[derive(Serialize)]
struct Envelope<'a, T> {
    schema: &'a str,
    tool_version: &'a str,
    generated_at: String,
    #[serde(flatten)]
    document: &'a T,
}

/// The version of this program.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The time of the run, RFC 3339 in UTC.
pub(crate) fn now() -> String {
    chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// The `$id` of a published schema.
pub(crate) fn schema_id(name: &str) -> String {
    format!("https://gdpr4k.example/schemas/{name}.schema.json")
}

/// Writes a JSON answer.
pub(crate) fn say_json<T: Serialize>(schema: &str, document: &T) -> Result<(), Failure> {
    let envelope = Envelope {
        schema: &schema_id(schema),
        tool_version: VERSION,
        generated_at: now(),
        document,
    };
    let text = serde_json::to_string_pretty(&envelope).map_err(Failure::environment)?;
    say(&text)
}

/// A number with thin groups of three: `1 234 567`.
pub(crate) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(c);
    }
    out
}

/// A table of text: the columns as wide as their content, numbers to the right.
pub(crate) fn table(head: &[&str], rows: &[Vec<String>], right: &[usize]) -> String {
    let width = |i: usize| {
        rows.iter()
            .map(|r| r[i].chars().count())
            .chain([head[i].chars().count()])
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut text = String::new();
        for (i, cell) in cells.enumerate() {
            let pad = " ".repeat(widths[i] - cell.chars().count());
            let (before, after) = if right.contains(&i) {
                (pad, String::new())
            } else {
                (String::new(), pad)
            };
            text.push_str(&format!(
                "{}{before}{cell}{after}",
                if i > 0 { "  " } else { "" }
            ));
        }
        text.trim_end().to_owned()
    };
    let mut out = vec![line(&mut head.iter().copied())];
    out.push(
        widths
            .iter()
            .map(|w| "-".repeat(*w))
            .collect::<Vec<_>>()
            .join("  "),
    );
    out.extend(rows.iter().map(|r| line(&mut r.iter().map(String::as_str))));
    out.join("\n")
}

/// Breaks a text into lines of at most `width`; `first` stands before the first, blanks of its width before the others.
pub(crate) fn wrapped(text: &str, width: usize, first: &str) -> String {
    let indent = " ".repeat(first.chars().count());
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty()
            && indent.len() + line.chars().count() + 1 + word.chars().count() > width
        {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
        .iter()
        .enumerate()
        .map(|(i, line)| format!("{}{line}", if i == 0 { first } else { &indent }))
        .collect::<Vec<_>>()
        .join("\n")
}
