//! Approvals: SSHSIG signatures of persons over a document, checked against `allowed_signers`.
//!
//! Both directions work with plain OpenSSH: what `ssh-keygen -Y sign -n gdpr4k` writes is
//! accepted, and what is signed here is checked by `ssh-keygen -Y verify -n gdpr4k`.

mod agent;
mod signers;
#[cfg(test)]
mod tests;

pub use signers::{Signer, Signers, add, remove};

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ssh_key::{HashAlg, PrivateKey, PublicKey};
use zeroize::Zeroizing;

use crate::effects::Effects;
use crate::keys::private;
use crate::place::Folder;
use crate::signing::{Namespace, read, sign_with};
use crate::{Error, Refusal};

/// A signature that counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Approval {
    /// The approver, as `allowed_signers` names him or her.
    pub principal: String,
    /// `SHA256:` and the base64 digest of the key.
    pub fingerprint: String,
    /// Kind of the key.
    pub algorithm: String,
}

/// A signature that does not count, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rejected {
    /// Where it stands.
    pub place: String,
    /// Why it does not count.
    pub why: Why,
}

/// Why a signature does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// No SSHSIG, or of a kind of key that cannot be checked.
    #[error("no signature that can be read")]
    Unreadable,
    /// Made for another purpose.
    #[error("made for another purpose (namespace)")]
    Namespace,
    /// The document is another one, or the signature is.
    #[error("does not belong to this document")]
    Document,
    /// The key is in no line of `allowed_signers`, or not for this purpose.
    #[error("the key is no approver's")]
    Unknown,
    /// The line of the key is not valid yet, or no longer.
    #[error("the approver's key is not valid at this time")]
    Expired,
    /// The same person or key has signed already.
    #[error("the same approver or key has signed already")]
    Again,
}

/// The signatures over a document.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize)]
pub struct Approvals {
    /// Those that count: different persons with different keys.
    pub valid: Vec<Approval>,
    /// The others.
    pub rejected: Vec<Rejected>,
}

/// Checks signatures: `(where it stands, its text)`.
pub fn verify(
    document: &[u8],
    signatures: &[(String, String)],
    signers: &Signers,
    now: DateTime<Utc>,
) -> Approvals {
    let mut approvals = Approvals::default();
    let (mut people, mut keys) = (BTreeSet::new(), BTreeSet::new());
    for (place, text) in signatures {
        match verify_one(document, place, text, signers, now) {
            Ok(a) if people.contains(&a.principal) || keys.contains(&a.fingerprint) => {
                approvals.rejected.push(Rejected {
                    place: place.clone(),
                    why: Why::Again,
                });
            }
            Ok(approval) => {
                people.insert(approval.principal.clone());
                keys.insert(approval.fingerprint.clone());
                approvals.valid.push(approval);
            }
            Err(why) => approvals.rejected.push(Rejected {
                place: place.clone(),
                why,
            }),
        }
    }
    approvals
}

fn verify_one(
    document: &[u8],
    place: &str,
    text: &str,
    signers: &Signers,
    now: DateTime<Utc>,
) -> Result<Approval, Why> {
    let signature = read(text.trim_start()).ok_or(Why::Unreadable)?;
    if signature.namespace() != Namespace::Approval.id() {
        return Err(Why::Namespace);
    }
    let public = PublicKey::from(signature.public_key().clone());
    public
        .verify(Namespace::Approval.id(), document, &signature)
        .map_err(|_| Why::Document)?;
    let principal = signers.principal_of(&public, claimed(place), now)?;
    Ok(Approval {
        principal,
        fingerprint: public.fingerprint(HashAlg::Sha256).to_string(),
        algorithm: public.algorithm().to_string(),
    })
}

/// The name that the name of a signature file claims: `PLAN.json.NAME.sig`. It only chooses
/// among the names that the key may use.
fn claimed(place: &str) -> impl Iterator<Item = &str> {
    let stem = place.strip_suffix(".sig").unwrap_or_default();
    stem.match_indices('.').map(|(at, _)| &stem[at + 1..])
}

/// Signs a document as an approver.
///
/// `key` is a private key file, or a public one whose private half an ssh-agent holds. A
/// sealed private key is opened with the passphrase, or left to the agent.
///
/// # Errors
/// The key cannot be used, others may read it, or it is not a valid one of this approver.
pub fn sign(
    document: &[u8],
    name: &str,
    key: &Path,
    passphrase: impl FnOnce() -> Option<Zeroizing<String>>,
    signers: &Signers,
    now: DateTime<Utc>,
) -> Result<String, Error> {
    let text =
        std::fs::read_to_string(key).map_err(Error::file(key, "cannot read the key", "read"))?;
    let text = Zeroizing::new(text);
    let problem = |e: ssh_key::Error| {
        Error::refused(
            key,
            Refusal::Key {
                problem: e.to_string(),
            },
        )
    };
    let own = |public: &PublicKey| {
        let named = signers
            .principals_of(public, now)
            .iter()
            .any(|p| signers::matches(p, name));
        if named {
            Ok(())
        } else {
            Err(Error::refused(key, Refusal::NotAnApprover))
        }
    };
    if !text.contains("PRIVATE KEY") {
        let public = PublicKey::from_openssh(&text).map_err(problem)?;
        own(&public)?;
        return agent::sign(&public, Namespace::Approval, document);
    }
    private(key)?;
    let mut secret = PrivateKey::from_openssh(text.as_bytes()).map_err(problem)?;
    own(secret.public_key())?;
    if secret.is_encrypted() {
        secret = match passphrase() {
            Some(passphrase) => secret
                .decrypt(passphrase.as_bytes())
                .map_err(|_| Error::Passphrase)?,
            None => return agent::sign(secret.public_key(), Namespace::Approval, document),
        };
    }
    sign_with(&secret, Namespace::Approval, document)
}

/// Writes a signature beside its document and gives the path: `PLAN.<name>.sig`.
///
/// # Errors
/// The name cannot be part of a file name; the file cannot be written.
pub fn keep_signature(
    document: &Path,
    name: &str,
    signature: &str,
    effects: &Effects,
) -> Result<PathBuf, Error> {
    if !signers::is_plain(name) {
        return Err(Error::refused(document, Refusal::ApproverName));
    }
    let file = format!("{}.{name}.sig", file_name(document));
    let path = document.with_file_name(&file);
    let failed = || Error::file(&path, "cannot write the signature", "write");
    Folder::root(folder_of(document))
        .and_then(|folder| folder.put_public(&file, signature.as_bytes(), effects))
        .map_err(failed())?;
    Ok(path)
}

/// The signatures that stand beside a document: `PLAN.sig`, as `ssh-keygen` names it, and `PLAN.*.sig`.
///
/// # Errors
/// The folder cannot be read.
pub fn signatures_beside(document: &Path) -> Result<Vec<(String, String)>, Error> {
    let folder = folder_of(document);
    let failed = || Error::file(folder, "cannot look for signatures", "read");
    let prefix = format!("{}.", file_name(document));
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed())? {
        let entry = entry.map_err(failed())?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let small = entry.metadata().is_ok_and(|m| m.len() <= 64 * 1024);
        if name.starts_with(&prefix) && name.ends_with(".sig") && small {
            // what cannot be read as text is no signature, and is reported as such
            let text = std::fs::read_to_string(entry.path()).unwrap_or_default();
            found.push((name, text));
        }
    }
    found.sort();
    Ok(found)
}

fn folder_of(document: &Path) -> &Path {
    match document.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn file_name(document: &Path) -> String {
    document
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
