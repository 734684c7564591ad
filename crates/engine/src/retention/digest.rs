//! The BLAKE3 digest of a file out of its pieces, in whatever order they come.
//!
//! The tree of BLAKE3 (specification 2.1) lets aligned pieces of 2^n KiB be hashed on
//! their own; the result is the digest that `b3sum` gives.

use std::collections::BTreeMap;

use blake3::Hasher;
use blake3::hazmat::{ChainingValue, HasherExt as _, Mode};
use blake3::hazmat::{merge_subtrees_non_root, merge_subtrees_root};
use gdpr4k_store::rewrite::Content;

/// Puts pieces of one size together. Its memory does not grow with the file.
#[derive(Debug)]
pub(super) struct Tree {
    /// Values of whole subtrees, from the left; each stands for more pieces than the next.
    stack: Vec<ChainingValue>,
    /// Pieces that are in the stack.
    taken: u64,
    waiting: BTreeMap<u64, ChainingValue>,
    bytes: u64,
    /// The digest of a file of one piece.
    alone: Option<blake3::Hash>,
}

/// A hashed piece.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    index: u64,
    bytes: u64,
    value: ChainingValue,
}

impl Tree {
    /// A tree of pieces of 2^n KiB each; only the last one may be shorter.
    pub(super) const fn new() -> Self {
        Self {
            stack: Vec::new(),
            taken: 0,
            waiting: BTreeMap::new(),
            bytes: 0,
            alone: None,
        }
    }

    /// Takes a piece in.
    pub(super) fn add(&mut self, piece: Piece) {
        self.bytes += piece.bytes;
        self.waiting.insert(piece.index, piece.value);
        while let Some(value) = self.waiting.remove(&self.taken) {
            // as many subtrees as the number of pieces has ones: the others are whole
            while self.stack.len() > self.taken.count_ones() as usize {
                self.join(merge);
            }
            self.stack.push(value);
            self.taken += 1;
        }
    }

    /// Takes in a file that is one piece: the root of its tree is made another way.
    pub(super) fn whole(&mut self, bytes: &[u8]) {
        self.bytes = bytes.len() as u64;
        self.alone = Some(blake3::hash(bytes));
    }

    /// The digest, once all pieces are there.
    pub(super) fn finish(mut self) -> Content {
        debug_assert!(self.waiting.is_empty(), "a piece is missing");
        while self.stack.len() > 2 {
            self.join(merge);
        }
        let hash = match (self.alone, self.stack.as_slice()) {
            (Some(hash), _) => hash,
            (None, [left, right]) => merge_subtrees_root(left, right, Mode::Hash),
            (None, _) => blake3::hash(b""),
        };
        Content {
            bytes: self.bytes,
            digest: format!("blake3:{}", hash.to_hex()),
        }
    }

    fn join(&mut self, merge: fn(&ChainingValue, &ChainingValue) -> ChainingValue) {
        if let (Some(right), Some(left)) = (self.stack.pop(), self.stack.pop()) {
            self.stack.push(merge(&left, &right));
        }
    }

    /// Hashes the piece that starts at an offset.
    pub(super) fn hash(piece: usize, offset: u64, bytes: &[u8]) -> Piece {
        let mut hasher = Hasher::new();
        hasher.set_input_offset(offset).update(bytes);
        Piece {
            index: offset / piece as u64,
            bytes: bytes.len() as u64,
            value: hasher.finalize_non_root(),
        }
    }
}

fn merge(left: &ChainingValue, right: &ChainingValue) -> ChainingValue {
    merge_subtrees_non_root(left, right, Mode::Hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn digest(bytes: &[u8], piece: usize, order: u64) -> Content {
        let mut tree = Tree::new();
        if bytes.len() <= piece {
            tree.whole(bytes);
            return tree.finish();
        }
        let mut pieces: Vec<Piece> = bytes
            .chunks(piece)
            .enumerate()
            .map(|(i, b)| Tree::hash(piece, (i * piece) as u64, b))
            .collect();
        // some order that is not theirs
        pieces.sort_by_key(|p| p.index.wrapping_mul(order | 1) % 7);
        pieces.into_iter().for_each(|p| tree.add(p));
        tree.finish()
    }

    proptest! {
        #[test]
        fn pieces_in_any_order_give_the_digest_of_the_whole(len in 0usize..200_000, size in 0u32..6, order in any::<u64>()) {
            let bytes: Vec<u8> = (0..len).map(|i| (i * i % 251) as u8).collect();
            let mut hasher = Hasher::new();
            hasher.update(&bytes);
            prop_assert_eq!(digest(&bytes, 1024 << size, order), Content::of(&hasher));
        }
    }
}
