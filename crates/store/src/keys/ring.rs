//! The folder of pseudonymisation keys: made on demand, rotated, destroyed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gdpr4k_model::retention::Quarter;
use zeroize::Zeroizing;

use super::passphrase::{self, Derivation};
use super::period::{Destruction, KeyFile, KeyId, KeyStatus, PeriodKey, domain_is_plain};
use super::sealing::SealingKey;
use super::{apart, fill, from_hex, from_hex_any, hex, private, private_folder, random};
use crate::effects::Effects;
use crate::journal::now;
use crate::place::Folder;
use crate::{Error, Refusal};

/// The open folder of keys.
#[derive(Debug)]
pub struct KeyRing {
    folder: PathBuf,
    sealing: Sealing,
    effects: Effects,
}

#[derive(Debug)]
enum Sealing {
    Plain,
    Open(Box<SealingKey>),
    Closed,
}

impl KeyRing {
    /// Opens the keys of a site; makes the folder where there is none.
    ///
    /// With a passphrase and no key yet, every key will be sealed with it. Without the
    /// passphrase of a sealed ring, states can be shown and keys destroyed, not used.
    ///
    /// # Errors
    /// The folder lies in the state folder, may be written by others, or cannot be used;
    /// the passphrase is wrong, or comes too late.
    pub fn open(
        folder: &Path,
        state: &Path,
        passphrase: Option<&str>,
        effects: &Effects,
    ) -> Result<Self, Error> {
        apart(folder, state)?;
        private_folder(folder)?;
        closed_to_others(folder)?;
        let mut ring = Self {
            folder: folder.to_owned(),
            sealing: Sealing::Plain,
            effects: effects.clone(),
        };
        ring.sealing = ring.unlock(passphrase)?;
        ring.finish_destructions()?;
        Ok(ring)
    }

    /// The newest key of a quarter; made where there is none yet.
    ///
    /// # Errors
    /// The key cannot be read or written, others may read it, or its passphrase is missing.
    pub fn key(&self, domain: &str, quarter: Quarter) -> Result<PeriodKey, Error> {
        match self.newest(domain, quarter)? {
            Some(id) => self.read(&id),
            None => self.rotate(domain, quarter),
        }
    }

    /// Every key of a quarter that still exists, the newest first: for resolving tokens.
    ///
    /// # Errors
    /// As for [`KeyRing::key`].
    pub fn keys(&self, domain: &str, quarter: Quarter) -> Result<Vec<PeriodKey>, Error> {
        let ids = self.ids("key")?;
        let of = ids
            .iter()
            .filter(|id| id.domain == domain && id.quarter == quarter);
        of.rev().map(|id| self.read(id)).collect()
    }

    /// Makes a new generation; tokens made from now on differ from those of the one before.
    ///
    /// # Errors
    /// As for [`KeyRing::key`]; the domain is no lower-case word.
    pub fn rotate(&self, domain: &str, quarter: Quarter) -> Result<PeriodKey, Error> {
        if !domain_is_plain(domain) {
            return Err(Error::refused(&self.folder, Refusal::Domain));
        }
        let mut used = self.ids("key")?;
        used.extend(self.ids("destroyed")?);
        let of = used
            .iter()
            .filter(|id| id.domain == domain && id.quarter == quarter);
        let generation = of.map(|id| id.generation).max().unwrap_or(0) + 1;
        let key = PeriodKey {
            id: KeyId {
                domain: domain.to_owned(),
                quarter,
                generation,
            },
            bytes: random()?,
        };
        self.write(&key)?;
        Ok(key)
    }

    /// Destroys every generation of a quarter: tokens of that time can never be resolved again.
    ///
    /// The record is written first, then the file is overwritten, flushed and removed.
    /// Copies in backups, snapshots and worn blocks of an SSD are not reached.
    ///
    /// # Errors
    /// A file cannot be written or removed; call it again to finish.
    pub fn destroy(&self, domain: &str, quarter: Quarter) -> Result<Vec<Destruction>, Error> {
        let mut records = Vec::new();
        for id in self.ids("key")? {
            if id.domain == domain && id.quarter == quarter {
                let record = Destruction {
                    domain: id.domain.clone(),
                    period: id.quarter.to_string(),
                    generation: id.generation,
                    destroyed_at: now(),
                    fingerprint: id.fingerprint(),
                    check: self.load(&id).map(|f| f.check).unwrap_or_default(),
                };
                let text = toml::to_string(&record).map_err(|e| self.broken("record", e))?;
                self.put(&id.file("destroyed"), text.as_bytes())?;
                self.overwrite(&id.file("key"))?;
                records.push(record);
            }
        }
        Ok(records)
    }

    /// Every key and every destroyed one, sorted; nothing secret.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn status(&self) -> Result<Vec<KeyStatus>, Error> {
        let mut all: BTreeMap<KeyId, KeyStatus> = BTreeMap::new();
        for id in self.ids("destroyed")? {
            let text =
                std::fs::read_to_string(self.folder.join(id.file("destroyed"))).unwrap_or_default();
            let mut status = KeyStatus::of(&id);
            match toml::from_str::<Destruction>(&text) {
                Ok(record) => {
                    status.check = record.check;
                    status.destroyed_at = Some(record.destroyed_at);
                }
                Err(_) => {
                    status.problem = Some("the record of its destruction cannot be read".to_owned())
                }
            }
            all.insert(id, status);
        }
        for id in self.ids("key")? {
            let status = self.status_of(&id)?;
            all.insert(id, status);
        }
        Ok(all.into_values().collect())
    }

    fn status_of(&self, id: &KeyId) -> Result<KeyStatus, Error> {
        let mut status = KeyStatus::of(id);
        status.current = self.newest(&id.domain, id.quarter)?.as_ref() == Some(id);
        if let Ok(file) = self.load(id) {
            status.made_at = file.made_at;
            status.check = file.check;
            status.sealed = file.sealed.is_some();
        }
        status.problem = self.read(id).err().map(|e| e.to_string());
        Ok(status)
    }

    fn newest(&self, domain: &str, quarter: Quarter) -> Result<Option<KeyId>, Error> {
        let of = self
            .ids("key")?
            .into_iter()
            .filter(|id| id.domain == domain && id.quarter == quarter);
        Ok(of.max())
    }

    /// What the folder holds under names of this ending, sorted.
    fn ids(&self, ending: &str) -> Result<Vec<KeyId>, Error> {
        let failed = || Error::file(&self.folder, "cannot list the keys", "read");
        let mut ids = Vec::new();
        for entry in std::fs::read_dir(&self.folder).map_err(failed())? {
            let name = entry.map_err(failed())?.file_name();
            ids.extend(name.to_str().and_then(|name| KeyId::of_file(name, ending)));
        }
        ids.sort();
        Ok(ids)
    }

    fn load(&self, id: &KeyId) -> Result<KeyFile, Error> {
        let path = self.folder.join(id.file("key"));
        private(&path)?;
        let text = std::fs::read_to_string(&path).map_err(Error::file(
            &path,
            "cannot read the key",
            "read",
        ))?;
        toml::from_str(&Zeroizing::new(text)).map_err(|_| self.no_key(id))
    }

    fn read(&self, id: &KeyId) -> Result<PeriodKey, Error> {
        let file = self.load(id)?;
        let label = id.label();
        let bytes = match (&file.key, &file.sealed, &self.sealing) {
            (Some(key), None, _) => from_hex(key),
            (None, Some(sealed), Sealing::Open(seal)) => from_hex_any(sealed)
                .and_then(|sealed| seal.open_for(&sealed, label.as_bytes()))
                .and_then(|plain| Some(Zeroizing::new(plain.as_slice().try_into().ok()?))),
            (None, Some(_), _) => return Err(Error::Passphrase),
            _ => None,
        };
        let key = bytes.map(|bytes| PeriodKey {
            id: id.clone(),
            bytes,
        });
        key.filter(|key| key.check() == file.check)
            .ok_or_else(|| self.no_key(id))
    }

    fn write(&self, key: &PeriodKey) -> Result<(), Error> {
        let sealed = match &self.sealing {
            Sealing::Plain => None,
            Sealing::Open(seal) => {
                let sealed = seal.seal_for(key.bytes.as_ref(), key.label().as_bytes())?;
                Some(hex(&sealed).to_string())
            }
            Sealing::Closed => return Err(Error::Passphrase),
        };
        let file = KeyFile {
            made_at: now(),
            check: key.check(),
            key: sealed.is_none().then(|| hex(key.bytes.as_ref())),
            sealed,
        };
        let text = toml::to_string(&file).map_err(|e| self.broken("key", e))?;
        self.put(&key.id.file("key"), Zeroizing::new(text).as_bytes())
    }

    fn unlock(&self, passphrase: Option<&str>) -> Result<Sealing, Error> {
        let path = self.folder.join(passphrase::FILE);
        match (std::fs::read_to_string(&path), passphrase) {
            (Ok(text), passphrase) => {
                let derivation: Derivation = toml::from_str(&text).map_err(|_| Error::Key {
                    path,
                    expected: "the salt and parameters of the passphrase",
                })?;
                Ok(match passphrase {
                    Some(passphrase) => Sealing::Open(Box::new(derivation.open(passphrase)?)),
                    None => Sealing::Closed,
                })
            }
            (Err(e), _) if e.kind() != std::io::ErrorKind::NotFound => {
                Err(Error::file(path, "cannot read", "read")(e))
            }
            (Err(_), None) => Ok(Sealing::Plain),
            (Err(_), Some(_)) if !self.ids("key")?.is_empty() => {
                Err(Error::refused(&self.folder, Refusal::PassphraseTooLate))
            }
            (Err(_), Some(passphrase)) => {
                let (derivation, key) = Derivation::new(passphrase)?;
                let text =
                    toml::to_string(&derivation).map_err(|e| self.broken("passphrase", e))?;
                self.put(passphrase::FILE, text.as_bytes())?;
                Ok(Sealing::Open(Box::new(key)))
            }
        }
    }

    /// A destruction that was cut off after its record was written.
    fn finish_destructions(&self) -> Result<(), Error> {
        let recorded = self.ids("destroyed")?;
        let left = self
            .ids("key")?
            .into_iter()
            .filter(|id| recorded.contains(id));
        left.into_iter()
            .try_for_each(|id| self.overwrite(&id.file("key")))
    }

    /// Writes a private file: whole or not at all, and on the disk.
    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.folder.join(name);
        let failed = || Error::file(&path, "cannot write", "write");
        let folder = Folder::root(&self.folder).map_err(failed())?;
        folder
            .put_private(name, bytes, &self.effects)
            .map_err(failed())
    }

    fn overwrite(&self, name: &str) -> Result<(), Error> {
        let path = self.folder.join(name);
        let failed = || Error::file(&path, "cannot destroy the key", "write");
        let folder = Folder::root(&self.folder).map_err(failed())?;
        let file = folder.open_to_overwrite(name).map_err(failed())?;
        let length = file.metadata().map_err(failed())?.len();
        let mut noise = vec![0u8; usize::try_from(length.min(1 << 20)).unwrap_or(0)];
        fill(&mut noise)?;
        self.effects
            .write(&noise, |bytes| crate::place::write_at(&file, bytes, 0))
            .and_then(|()| self.effects.run(|| file.sync_all()))
            .and_then(|()| self.effects.run(|| folder.unlink(name)))
            .and_then(|()| self.effects.run(|| folder.sync()))
            .map_err(failed())
    }

    fn no_key(&self, id: &KeyId) -> Error {
        Error::Key {
            path: self.folder.join(id.file("key")),
            expected: "a key of gdpr4k for the domain, quarter and generation in its name",
        }
    }

    fn broken(&self, what: &'static str, cause: toml::ser::Error) -> Error {
        Error::file(self.folder.join(what), "cannot be written down", "write")(
            std::io::Error::other(cause.to_string()),
        )
    }
}

/// Whoever may write the folder may exchange the keys.
fn closed_to_others(folder: &Path) -> Result<(), Error> {
    #[cfg(unix)]
    if let Ok(meta) = folder.metadata() {
        let mode = std::os::unix::fs::PermissionsExt::mode(&meta.permissions()) & 0o777;
        if mode & 0o022 != 0 {
            return Err(Error::refused(folder, Refusal::OpenToOthers { mode }));
        }
    }
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}
