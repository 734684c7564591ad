//! The list of approvers: `allowed_signers` of OpenSSH (ssh-keygen(1), section ALLOWED SIGNERS).

use std::path::Path;

use chrono::{DateTime, Local, NaiveDateTime, TimeZone as _, Utc};
use serde::Serialize;
use ssh_key::{HashAlg, PublicKey};

use super::Why;
use crate::effects::Effects;
use crate::place::Folder;
use crate::signing::Namespace;
use crate::{Error, Refusal};

/// One approver's key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Signer {
    /// Line, from 1.
    pub line: usize,
    /// Names or patterns of names.
    pub principals: Vec<String>,
    /// `SHA256:` and the base64 digest of the key.
    pub fingerprint: String,
    /// Kind of the key.
    pub algorithm: String,
    /// Only for these purposes; all where none.
    pub namespaces: Option<String>,
    /// Not before.
    pub valid_after: Option<DateTime<Utc>>,
    /// Not after.
    pub valid_before: Option<DateTime<Utc>>,
    #[serde(skip)]
    key: PublicKey,
}

/// The list of approvers.
#[derive(Clone, Debug, Default)]
pub struct Signers {
    signers: Vec<Signer>,
}

impl Signers {
    /// Reads the list; a file that does not exist is an empty one.
    ///
    /// # Errors
    /// The file or a line of it cannot be read. A list with one bad line is refused as a
    /// whole: a restriction that is not understood must not be dropped.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(e) => {
                return Err(Error::file(
                    path,
                    "cannot read the list of approvers",
                    "read",
                )(e));
            }
        };
        Self::parse(&text)
            .map_err(|(line, problem)| Error::refused(path, Refusal::SignersLine { line, problem }))
    }

    /// Reads the text of a list.
    ///
    /// # Errors
    /// The line, from 1, and what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, (usize, &'static str)> {
        let mut signers = Vec::new();
        for (i, line) in text.lines().enumerate() {
            let line = line.trim();
            if !line.is_empty() && !line.starts_with('#') {
                signers.push(signer(i + 1, line).map_err(|problem| (i + 1, problem))?);
            }
        }
        Ok(Self { signers })
    }

    /// Every key of the list.
    pub fn list(&self) -> &[Signer] {
        &self.signers
    }

    /// The names under which a key may approve at a time.
    pub fn principals_of(&self, key: &PublicKey, now: DateTime<Utc>) -> Vec<String> {
        let of = self.for_approval(key).filter(|s| s.is_valid(now));
        of.flat_map(|s| s.principals.clone()).collect()
    }

    /// The name that an approval with this key stands for: one that is claimed, if the key may use it.
    pub(super) fn principal_of<'a>(
        &self,
        key: &PublicKey,
        mut claimed: impl Iterator<Item = &'a str>,
        now: DateTime<Utc>,
    ) -> Result<String, Why> {
        if self.for_approval(key).next().is_none() {
            return Err(Why::Unknown);
        }
        let names = self.principals_of(key, now);
        let used = claimed.find(|claimed| names.iter().any(|name| matches(name, claimed)));
        let used = used.map(str::to_owned).or_else(|| names.first().cloned());
        used.ok_or(Why::Expired)
    }

    fn for_approval(&self, key: &PublicKey) -> impl Iterator<Item = &Signer> {
        let data = key.key_data().clone();
        self.signers.iter().filter(move |s| {
            let purpose = s.namespaces.as_ref();
            *s.key.key_data() == data
                && purpose.is_none_or(|list| matches(list, Namespace::Approval.id()))
        })
    }
}

impl Signer {
    fn is_valid(&self, now: DateTime<Utc>) -> bool {
        self.valid_after.is_none_or(|after| now >= after)
            && self.valid_before.is_none_or(|before| now <= before)
    }
}

/// Adds an approver's key, for approvals only.
///
/// # Errors
/// The name or key cannot be used, is there already, or the file cannot be written.
pub fn add(path: &Path, name: &str, key: &Path, effects: &Effects) -> Result<Signer, Error> {
    if !is_plain(name) {
        return Err(Error::refused(path, Refusal::ApproverName));
    }
    let text =
        std::fs::read_to_string(key).map_err(Error::file(key, "cannot read the key", "read"))?;
    let problem = |problem: String| Error::refused(key, Refusal::Key { problem });
    let mut public = PublicKey::from_openssh(&text).map_err(|e| problem(e.to_string()))?;
    public.set_comment("");
    let line = public.to_openssh().map_err(|e| problem(e.to_string()))?;
    let signers = Signers::read(path)?;
    let same = |s: &&Signer| {
        s.key.key_data() == public.key_data() && s.principals.iter().any(|p| p == name)
    };
    if signers.signers.iter().any(|s| same(&s)) {
        return Err(Error::refused(path, Refusal::ApproverThere));
    }
    let mut list = read_text(path)?;
    if !list.is_empty() && !list.ends_with('\n') {
        list.push('\n');
    }
    list.push_str(&format!(
        "{name} namespaces=\"{}\" {}\n",
        Namespace::Approval.id(),
        line.trim_end()
    ));
    write(path, &list, effects)?;
    let added = Signers::read(path)?;
    added
        .signers
        .last()
        .cloned()
        .ok_or_else(|| Error::refused(path, Refusal::NoApprover))
}

/// Removes an approver: his or her lines, and the name in lines that hold several. Gives the number of keys.
///
/// # Errors
/// There is no such approver; the file cannot be read or written.
pub fn remove(path: &Path, name: &str, effects: &Effects) -> Result<usize, Error> {
    let signers = Signers::read(path)?;
    let (mut kept, mut removed) = (String::new(), 0);
    for (i, line) in read_text(path)?.split_inclusive('\n').enumerate() {
        match signers.signers.iter().find(|s| s.line == i + 1) {
            Some(signer) if signer.principals.iter().any(|p| p == name) => {
                removed += 1;
                let others: Vec<_> = signer
                    .principals
                    .iter()
                    .filter(|p| *p != name)
                    .cloned()
                    .collect();
                if let (false, Some((_, rest))) = (others.is_empty(), first_word(line.trim_start()))
                {
                    kept.push_str(&format!("{} {rest}", quoted(&others.join(","))));
                }
            }
            _ => kept.push_str(line),
        }
    }
    if removed == 0 {
        return Err(Error::refused(path, Refusal::NoApprover));
    }
    write(path, &kept, effects)?;
    Ok(removed)
}

fn read_text(path: &Path) -> Result<String, Error> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(e) => Err(Error::file(
            path,
            "cannot read the list of approvers",
            "read",
        )(e)),
    }
}

fn write(path: &Path, text: &str, effects: &Effects) -> Result<(), Error> {
    let name = super::file_name(path);
    Folder::root(super::folder_of(path))
        .and_then(|folder| folder.put_public(&name, text.as_bytes(), effects))
        .map_err(Error::file(
            path,
            "cannot write the list of approvers",
            "write",
        ))
}

fn quoted(word: &str) -> String {
    if word.contains(char::is_whitespace) {
        format!("\"{word}\"")
    } else {
        word.to_owned()
    }
}

/// Names that are safe in a list, on a command line and in a file name.
pub(super) fn is_plain(name: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || "._+@-".contains(c);
    !name.is_empty()
        && name.len() <= 128
        && !name.starts_with(['.', '-'])
        && name.chars().all(plain)
}

/// One line: principals, options, key.
fn signer(line: usize, text: &str) -> Result<Signer, &'static str> {
    let (principals, rest) =
        first_word(text).ok_or("no key (expected principals, options, key)")?;
    let principals: Vec<_> = principals.split(',').map(str::to_owned).collect();
    if principals.iter().any(String::is_empty) {
        return Err("an empty name in the principals");
    }
    let (options, key) = match PublicKey::from_openssh(rest) {
        Ok(key) => (String::new(), key),
        Err(_) => {
            let (options, rest) = options_word(rest).ok_or("no key after the options")?;
            let key = PublicKey::from_openssh(rest).map_err(|_| "no key that can be read")?;
            (options.to_owned(), key)
        }
    };
    let mut signer = Signer {
        line,
        principals,
        fingerprint: key.fingerprint(HashAlg::Sha256).to_string(),
        algorithm: key.algorithm().to_string(),
        namespaces: None,
        valid_after: None,
        valid_before: None,
        key,
    };
    let mut rest = options.as_str();
    while !rest.is_empty() {
        rest = option(rest, &mut signer)?;
    }
    Ok(signer)
}

/// Reads one option off the front.
fn option<'a>(text: &'a str, signer: &mut Signer) -> Result<&'a str, &'static str> {
    let end = text.find(['=', ',']).unwrap_or(text.len());
    let name = text[..end].to_ascii_lowercase();
    let Some(value) = text[end..].strip_prefix('=') else {
        return Err(match name.as_str() {
            "cert-authority" => "certificates are not supported (option cert-authority)",
            _ => "an option that is not known",
        });
    };
    let value = value
        .strip_prefix('"')
        .ok_or("a value of an option without quotes")?;
    let end = value.find('"').ok_or("a quote that does not end")?;
    let (value, rest) = (&value[..end], &value[end + 1..]);
    match name.as_str() {
        "namespaces" => signer.namespaces = Some(value.to_owned()),
        "valid-after" => signer.valid_after = Some(time(value)?),
        "valid-before" => signer.valid_before = Some(time(value)?),
        _ => return Err("an option that is not known"),
    }
    match rest.strip_prefix(',') {
        Some(rest) => Ok(rest),
        None if rest.is_empty() => Ok(rest),
        None => Err("text after the value of an option"),
    }
}

/// `YYYYMMDD[Z]` or `YYYYMMDDHHMM[SS][Z]`; without `Z` in the time zone of this computer.
fn time(text: &str) -> Result<DateTime<Utc>, &'static str> {
    const BAD: &str = "a time that cannot be read (expected YYYYMMDD[HHMM[SS]][Z])";
    let (digits, utc) = text
        .strip_suffix('Z')
        .map_or((text, false), |digits| (digits, true));
    let full = match digits.len() {
        8 => format!("{digits}000000"),
        12 => format!("{digits}00"),
        14 => digits.to_owned(),
        _ => return Err(BAD),
    };
    let time = NaiveDateTime::parse_from_str(&full, "%Y%m%d%H%M%S").map_err(|_| BAD)?;
    if utc {
        return Ok(time.and_utc());
    }
    let local = Local.from_local_datetime(&time).earliest().ok_or(BAD)?;
    Ok(local.with_timezone(&Utc))
}

/// The first word, which may stand in quotes, and the rest.
fn first_word(text: &str) -> Option<(&str, &str)> {
    let (word, rest) = match text.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"')?,
        None => text.split_once(char::is_whitespace)?,
    };
    Some((word, rest.trim_start()))
}

/// The first word, where blanks in quotes do not end it, and the rest.
fn options_word(text: &str) -> Option<(&str, &str)> {
    let mut inside = false;
    let end = text.find(|c: char| {
        inside ^= c == '"';
        c.is_whitespace() && !inside
    })?;
    Some((&text[..end], text[end..].trim_start()))
}

/// Whether a text is matched by a list of patterns: `*` and `?`, with `!` in front what is never matched
/// (ssh_config(5), PATTERNS).
pub(super) fn matches(list: &str, text: &str) -> bool {
    let mut found = false;
    for pattern in list.split(',') {
        match pattern.strip_prefix('!') {
            Some(never) if like(never.as_bytes(), text.as_bytes()) => return false,
            Some(_) => {}
            None => found |= like(pattern.as_bytes(), text.as_bytes()),
        }
    }
    found
}

fn like(pattern: &[u8], text: &[u8]) -> bool {
    // the place of the last `*`, and how much of the text it has taken
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == b'?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    p = at + 1;
                    t = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == b'*')
}
