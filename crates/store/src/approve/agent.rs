//! Signing by an ssh-agent (draft-ietf-sshm-ssh-agent): the private key never comes here.

use std::io::{Read, Write};

use ssh_key::{Algorithm, HashAlg, LineEnding, PublicKey, Signature, SshSig};

use crate::signing::Namespace;
use crate::{Error, Refusal};

const SIGN_REQUEST: u8 = 13;
const SIGN_RESPONSE: u8 = 14;
/// RSA with SHA-512; plain `ssh-rsa` means SHA-1, which is no longer accepted.
const RSA_SHA2_512: u32 = 4;

/// Signs with a key that the agent of this session holds.
pub(super) fn sign(
    public: &PublicKey,
    namespace: Namespace,
    document: &[u8],
) -> Result<String, Error> {
    let mut agent = connect()?;
    sign_by(&mut agent, public, namespace, document)
}

pub(super) fn sign_by(
    agent: &mut (impl Read + Write),
    public: &PublicKey,
    namespace: Namespace,
    document: &[u8],
) -> Result<String, Error> {
    let problem = |problem: String| Error::refused("ssh-agent", Refusal::Key { problem });
    let bad = |e: ssh_key::Error| problem(e.to_string());
    let data = SshSig::signed_data(namespace.id(), HashAlg::Sha512, document).map_err(bad)?;
    let flags = if matches!(public.algorithm(), Algorithm::Rsa { .. }) {
        RSA_SHA2_512
    } else {
        0
    };
    let mut request = vec![SIGN_REQUEST];
    put(&mut request, &public.to_bytes().map_err(bad)?);
    put(&mut request, &data);
    request.extend(flags.to_be_bytes());
    let answer = ask(agent, &request).map_err(Error::file("ssh-agent", "cannot ask", "use"))?;
    let blob = match answer.split_first() {
        Some((&SIGN_RESPONSE, rest)) => string(rest),
        _ => {
            return Err(problem(
                "the ssh-agent does not hold this key or refuses to sign with it".to_owned(),
            ));
        }
    };
    let blob =
        blob.ok_or_else(|| problem("the answer of the ssh-agent cannot be read".to_owned()))?;
    let signature = Signature::try_from(blob).map_err(bad)?;
    let signed = SshSig::new(
        public.key_data().clone(),
        namespace.id(),
        HashAlg::Sha512,
        signature,
    )
    .map_err(bad)?;
    public
        .verify(namespace.id(), document, &signed)
        .map_err(|_| problem("the signature of the ssh-agent does not fit its key".to_owned()))?;
    signed.to_pem(LineEnding::LF).map_err(bad)
}

fn put(message: &mut Vec<u8>, bytes: &[u8]) {
    // no key and no signed data comes near 4 GiB
    message.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    message.extend(bytes);
}

fn string(bytes: &[u8]) -> Option<&[u8]> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.get(..usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

fn ask(agent: &mut (impl Read + Write), request: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut message = Vec::with_capacity(request.len() + 4);
    put(&mut message, request);
    agent.write_all(&message)?;
    agent.flush()?;
    let mut length = [0u8; 4];
    agent.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length);
    if length > 256 * 1024 {
        return Err(std::io::Error::other("an answer of more than 256 KiB"));
    }
    let mut answer = vec![0u8; length as usize];
    agent.read_exact(&mut answer)?;
    Ok(answer)
}

#[cfg(unix)]
fn connect() -> Result<std::os::unix::net::UnixStream, Error> {
    let failed = |e| Error::file("SSH_AUTH_SOCK", "cannot reach an ssh-agent", "use")(e);
    let path = std::env::var_os("SSH_AUTH_SOCK")
        .ok_or_else(|| failed(std::io::ErrorKind::NotFound.into()))?;
    let agent = std::os::unix::net::UnixStream::connect(path).map_err(failed)?;
    // the agent may ask its owner first
    let patience = Some(std::time::Duration::from_secs(120));
    agent.set_read_timeout(patience).map_err(failed)?;
    Ok(agent)
}

#[cfg(windows)]
fn connect() -> Result<std::fs::File, Error> {
    let pipe = r"\\.\pipe\openssh-ssh-agent";
    std::fs::File::options()
        .read(true)
        .write(true)
        .open(pipe)
        .map_err(Error::file(pipe, "cannot reach an ssh-agent", "use"))
}
