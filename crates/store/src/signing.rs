//! The site's own signing key, and signatures that plain `ssh-keygen -Y verify` checks.

use std::path::Path;

use rsa::signature::{RandomizedSigner as _, SignatureEncoding as _};
use ssh_key::private::{Ed25519Keypair, KeypairData, PrivateKey, RsaKeypair};
use ssh_key::{Algorithm, Cipher, HashAlg, Kdf, LineEnding, Mpint, PublicKey, Signature, SshSig};

use crate::effects::Effects;
use crate::keys::{fill, private, private_folder, random};
use crate::place::Folder;
use crate::{Error, Refusal};

/// What a signature is for: one made for one purpose is worth nothing for another
/// (SSHSIG namespace, openssh PROTOCOL.sshsig).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Namespace {
    /// The approval of a plan or of a policy, by a person.
    Approval,
    /// An entry of the ledger, by the site.
    Ledger,
    /// A certificate, by the site.
    Certificate,
}

impl Namespace {
    /// The word in the signature.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Approval => "gdpr4k",
            Self::Ledger => "gdpr4k-ledger",
            Self::Certificate => "gdpr4k-certificate",
        }
    }
}

/// The ed25519 key that signs ledger entries and certificates of a site.
pub struct SiteKey {
    key: PrivateKey,
}

impl std::fmt::Debug for SiteKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SiteKey({})", self.fingerprint())
    }
}

/// File name of the private key; `.pub` is added for the public one.
const FILE: &str = "site_ed25519";

impl SiteKey {
    /// Opens the key in the keys folder, or makes one; sealed with the passphrase where there is one.
    ///
    /// # Errors
    /// The folder cannot be used, others may read the key, it is no key, or the passphrase does not open it.
    pub fn open_or_create(
        folder: &Path,
        passphrase: Option<&str>,
        effects: &Effects,
    ) -> Result<Self, Error> {
        let path = folder.join(FILE);
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                private(&path)?;
                Self::parse(&path, &zeroize::Zeroizing::new(text), passphrase)
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                Self::create(folder, passphrase, effects)
            }
            Err(e) => Err(Error::file(&path, "cannot read the key", "read")(e)),
        }
    }

    fn parse(path: &Path, text: &str, passphrase: Option<&str>) -> Result<Self, Error> {
        let no_key = |_| Error::Key {
            path: path.to_owned(),
            expected: "an ed25519 key in OpenSSH format",
        };
        let mut key = PrivateKey::from_openssh(text).map_err(no_key)?;
        if key.is_encrypted() {
            let passphrase = passphrase.ok_or(Error::Passphrase)?;
            key = key.decrypt(passphrase).map_err(|_| Error::Passphrase)?;
        }
        Ok(Self { key })
    }

    fn create(folder: &Path, passphrase: Option<&str>, effects: &Effects) -> Result<Self, Error> {
        private_folder(folder)?;
        let seed = random()?;
        let pair = Ed25519Keypair::from_seed(&seed);
        let key = PrivateKey::new(pair.into(), "gdpr4k site key").map_err(defect)?;
        let stored = match passphrase {
            None => key.clone(),
            Some(passphrase) => {
                let mut salt = vec![0u8; 16];
                fill(&mut salt)?;
                // the check value only tells a wrong passphrase and needs no secrecy (openssh PROTOCOL.key)
                let check = u32::from_le_bytes([salt[0], salt[5], salt[10], salt[15]]);
                let kdf = Kdf::Bcrypt { salt, rounds: 24 };
                key.encrypt_with(Cipher::Aes256Ctr, kdf, check, passphrase)
                    .map_err(defect)?
            }
        };
        let private = stored.to_openssh(LineEnding::LF).map_err(defect)?;
        let made = Self { key };
        let path = folder.join(FILE);
        let failed = || Error::file(&path, "cannot write the key", "write");
        let opened = Folder::root(folder).map_err(failed())?;
        let public = format!("{}\n", made.public_line());
        opened
            .put_private(&format!("{FILE}.pub"), public.as_bytes(), effects)
            .and_then(|()| opened.put_private(FILE, private.as_bytes(), effects))
            .map_err(failed())?;
        Ok(made)
    }

    /// The public key as one line of OpenSSH: to be kept where the site's computer cannot change it.
    pub fn public_line(&self) -> String {
        self.key.public_key().to_openssh().unwrap_or_default()
    }

    /// `SHA256:` and the base64 digest of the public key, as `ssh-keygen -l` prints it.
    pub fn fingerprint(&self) -> String {
        self.key.fingerprint(HashAlg::Sha256).to_string()
    }

    /// Signs a document; the text is what `ssh-keygen -Y sign` writes.
    ///
    /// # Errors
    /// A defect.
    pub fn sign(&self, namespace: Namespace, document: &[u8]) -> Result<String, Error> {
        sign_with(&self.key, namespace, document)
    }
}

/// The public key of the site, from its file beside the private one.
///
/// # Errors
/// There is none, or it is no key.
pub fn site_public(folder: &Path) -> Result<PublicKey, Error> {
    let path = folder.join(format!("{FILE}.pub"));
    let text = std::fs::read_to_string(&path).map_err(Error::file(
        &path,
        "cannot read the key",
        "read",
    ))?;
    PublicKey::from_openssh(&text).map_err(|_| Error::Key {
        path,
        expected: "a public key in OpenSSH format",
    })
}

/// Whether a signature over a document is by this key and for this purpose.
pub fn is_signed(
    public: &PublicKey,
    namespace: Namespace,
    document: &[u8],
    signature: &str,
) -> bool {
    read(signature).is_some_and(|s| public.verify(namespace.id(), document, &s).is_ok())
}

/// Like [`is_signed`], for a signature that nobody but gdpr4k has written: not a byte may differ.
pub(crate) fn is_signed_exactly(
    public: &PublicKey,
    namespace: Namespace,
    document: &[u8],
    signature: &str,
) -> bool {
    let written = read(signature).and_then(|s| s.to_pem(LineEnding::LF).ok());
    written.is_some_and(|w| w == signature) && is_signed(public, namespace, document, signature)
}

/// The version is not signed itself, so only the one that we know counts.
pub(crate) fn read(signature: &str) -> Option<SshSig> {
    let signature = SshSig::from_pem(signature).ok()?;
    (signature.version() == SshSig::VERSION).then_some(signature)
}

pub(crate) fn sign_with(
    key: &PrivateKey,
    namespace: Namespace,
    document: &[u8],
) -> Result<String, Error> {
    let signed = match key.key_data() {
        KeypairData::Rsa(pair) => sign_rsa(pair, namespace, document),
        _ => key.sign(namespace.id(), HashAlg::Sha512, document),
    };
    signed
        .and_then(|signature| signature.to_pem(LineEnding::LF))
        .map_err(|e| {
            let problem = e.to_string();
            Error::refused("signing key", Refusal::Key { problem })
        })
}

/// ssh-key 0.6 takes the first prime of an RSA key for the second one too and cannot sign with it.
///
/// Signs with blinding: without, the time that it takes would tell about the key (RUSTSEC-2023-0071).
fn sign_rsa(
    pair: &RsaKeypair,
    namespace: Namespace,
    document: &[u8],
) -> Result<SshSig, ssh_key::Error> {
    let number = |n: &Mpint| {
        let bytes = n.as_positive_bytes().ok_or(ssh_key::Error::Crypto)?;
        Ok::<_, ssh_key::Error>(rsa::BigUint::from_bytes_be(bytes))
    };
    let primes = vec![number(&pair.private.p)?, number(&pair.private.q)?];
    let key = rsa::RsaPrivateKey::from_components(
        number(&pair.public.n)?,
        number(&pair.public.e)?,
        number(&pair.private.d)?,
        primes,
    )
    .map_err(|_| ssh_key::Error::Crypto)?;
    let data = SshSig::signed_data(namespace.id(), HashAlg::Sha512, document)?;
    let signed = rsa::pkcs1v15::SigningKey::<rsa::sha2::Sha512>::new(key)
        .try_sign_with_rng(&mut rsa::rand_core::OsRng, &data)
        .map_err(|_| ssh_key::Error::Crypto)?;
    let algorithm = Algorithm::Rsa {
        hash: Some(HashAlg::Sha512),
    };
    let signature = Signature::new(algorithm, signed.to_vec())?;
    let public = ssh_key::public::KeyData::from(pair.public.clone());
    SshSig::new(public, namespace.id(), HashAlg::Sha512, signature)
}

fn defect(cause: ssh_key::Error) -> Error {
    Error::file("signing key", "cannot make", "write")(std::io::Error::other(cause.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_made_once_private_and_opens_with_its_passphrase_only() {
        let real = Effects::real();
        for passphrase in [None, Some("correct horse")] {
            let dir = tempfile::tempdir().unwrap();
            let folder = dir.path().join("keys");
            let key = SiteKey::open_or_create(&folder, passphrase, &real).unwrap();
            let signature = key.sign(Namespace::Ledger, b"entry").unwrap();
            let again = SiteKey::open_or_create(&folder, passphrase, &real).unwrap();
            assert_eq!(again.public_line(), key.public_line());
            let public = site_public(&folder).unwrap();
            assert!(is_signed(&public, Namespace::Ledger, b"entry", &signature));
            assert!(!is_signed(&public, Namespace::Ledger, b"Entry", &signature));
            assert!(!is_signed(
                &public,
                Namespace::Certificate,
                b"entry",
                &signature
            ));
            if passphrase.is_some() {
                for wrong in [None, Some("wrong")] {
                    let opened = SiteKey::open_or_create(&folder, wrong, &real);
                    assert!(matches!(opened, Err(Error::Passphrase)));
                }
            }
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                let mode = folder.join(FILE).metadata().unwrap().permissions().mode();
                assert_eq!(mode & 0o777, 0o600);
            }
        }
    }
}
