//! HMAC-SHA-256 (RFC 2104, FIPS 180-4) with both key blocks compressed beforehand.
//!
//! A value of up to 55 bytes then costs two compressions. The compression function is
//! that of the `sha2` crate; only the padding is done here, so that the prepared
//! states can be wiped.

use sha2::compress256;
use zeroize::Zeroize;

/// The first state of SHA-256 (FIPS 180-4, 5.3.3).
const START: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

const BLOCK: usize = 64;

/// A keyed function from bytes to 32 bytes: HMAC-SHA-256 under one key.
pub struct Prf {
    inner: [u32; 8],
    outer: [u32; 8],
}

impl Prf {
    /// Prepares a key.
    pub fn new(key: &[u8; 32]) -> Self {
        let mut block = [0x36; BLOCK];
        block.iter_mut().zip(key).for_each(|(b, k)| *b ^= k);
        let mut inner = START;
        compress(&mut inner, &block);
        // from the inner pad to the outer one
        block.iter_mut().for_each(|b| *b ^= 0x36 ^ 0x5c);
        let mut outer = START;
        compress(&mut outer, &block);
        block.zeroize();
        Self { inner, outer }
    }

    /// The code of a message.
    pub fn mac(&self, message: &[u8]) -> [u8; 32] {
        let mut state = self.inner;
        let mut rest = message;
        while let Some((block, tail)) = rest.split_first_chunk::<BLOCK>() {
            compress(&mut state, block);
            rest = tail;
        }
        finish(&mut state, rest, BLOCK + message.len());
        let digest = bytes(&state);
        state = self.outer;
        finish(&mut state, &digest, BLOCK + digest.len());
        bytes(&state)
    }
}

impl Drop for Prf {
    fn drop(&mut self) {
        self.inner.zeroize();
        self.outer.zeroize();
    }
}

fn compress(state: &mut [u32; 8], block: &[u8; BLOCK]) {
    compress256(state, std::slice::from_ref(block.into()));
}

/// The last block or two: the end of the message, one bit, zeros, the length in bits.
fn finish(state: &mut [u32; 8], tail: &[u8], length: usize) {
    let mut block = [0; BLOCK];
    block[..tail.len()].copy_from_slice(tail);
    block[tail.len()] = 0x80;
    if tail.len() >= BLOCK - 8 {
        compress(state, &block);
        block = [0; BLOCK];
    }
    block[BLOCK - 8..].copy_from_slice(&(length as u64 * 8).to_be_bytes());
    compress(state, &block);
}

fn bytes(state: &[u32; 8]) -> [u8; 32] {
    let mut out = [0; 32];
    for (chunk, word) in out.chunks_exact_mut(4).zip(state) {
        chunk.copy_from_slice(&word.to_be_bytes());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|b| format!("{b:02x}")).collect()
    }

    /// HMAC by its definition, with the hash function of the crate.
    fn by_definition(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
        let pad = |with: u8| {
            let mut block = [with; BLOCK];
            block.iter_mut().zip(key).for_each(|(b, k)| *b ^= k);
            block
        };
        let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message);
        let outer = Sha256::new().chain_update(pad(0x5c));
        outer.chain_update(inner.finalize()).finalize().into()
    }

    #[test]
    fn the_vectors_of_rfc_4231() {
        // test case 1: a key of 20 bytes is the same as one padded with zeros
        let mut key = [0; 32];
        key[..20].fill(0x0b);
        assert_eq!(
            hex(&Prf::new(&key).mac(b"Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
        let mut key = [0; 32];
        key[..4].copy_from_slice(b"Jefe");
        assert_eq!(
            hex(&Prf::new(&key).mac(b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn every_length_of_message_is_padded_as_the_standard_says() {
        let key: [u8; 32] = std::array::from_fn(|i| i as u8 * 7);
        let prf = Prf::new(&key);
        let message: Vec<u8> = (0..200u8).collect();
        for length in 0..message.len() {
            let message = &message[..length];
            assert_eq!(prf.mac(message), by_definition(&key, message), "{length}");
        }
    }
}
