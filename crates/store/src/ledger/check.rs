//! Does the chain hold? Needs the lines, the public key and the heads, nothing else.

use serde::Serialize;
use ssh_key::PublicKey;

use super::{Entry, GAP, Head, NONE};
use crate::signing::{Namespace, is_signed_exactly};

/// What a check of the ledger found.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize)]
pub struct LedgerCheck {
    /// Lines.
    pub entries: u64,
    /// Where the chain ends.
    pub head: Option<Head>,
    /// What is wrong, in the order of the lines.
    pub faults: Vec<Fault>,
}

/// Something wrong with the ledger. Lines are numbered from 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "fault")]
pub enum Fault {
    /// The line is no entry, or not written as gdpr4k writes it.
    Unreadable {
        /// Line.
        line: u64,
    },
    /// The content does not have the hash that stands in it.
    Altered {
        /// Line.
        line: u64,
    },
    /// The number is not the one that follows: entries are missing, doubled or out of order.
    Order {
        /// Line.
        line: u64,
        /// Number found.
        found: u64,
        /// Number expected.
        expected: u64,
    },
    /// The entry does not continue the one before it.
    Chain {
        /// Line.
        line: u64,
    },
    /// The signature is not one of the site over this entry.
    Signature {
        /// Line.
        line: u64,
    },
    /// gdpr4k itself found entries missing or exchanged here, and said so.
    Gap {
        /// Line.
        line: u64,
    },
    /// The end was cut off or exchanged: a head knows of another one.
    End {
        /// Entries that the head knows of.
        known: u64,
        /// Entries found.
        found: u64,
    },
    /// A head is missing.
    HeadMissing {
        /// `state database` or `keys folder`.
        place: &'static str,
    },
    /// The last line has no end: its writing was cut off. The next run completes it.
    Unfinished {
        /// Line.
        line: u64,
    },
}

/// Checks the text of a ledger.
pub fn check(text: &str, public: &PublicKey, heads: &[Option<Head>; 2]) -> LedgerCheck {
    let mut result = LedgerCheck::default();
    let mut previous = NONE.to_owned();
    let mut number = 0;
    for (i, line) in text.split_inclusive('\n').enumerate() {
        let at = i as u64 + 1;
        let Some(line) = line.strip_suffix('\n') else {
            result.faults.push(Fault::Unfinished { line: at });
            break;
        };
        result.entries = at;
        number += 1;
        let Some(entry) = parse(line) else {
            result.faults.push(Fault::Unreadable { line: at });
            continue;
        };
        faults_of(&entry, at, number, &previous, public, &mut result.faults);
        number = entry.n;
        previous.clone_from(&entry.hash);
        result.head = Some(Head {
            entries: at,
            hash: entry.hash,
        });
    }
    for (head, place) in heads.iter().zip(["state database", "keys folder"]) {
        match head {
            None => result.faults.push(Fault::HeadMissing { place }),
            Some(known) if Some(known) != result.head.as_ref() => {
                let (known, found) = (known.entries, result.entries);
                let fault = Fault::End { known, found };
                if !result.faults.contains(&fault) {
                    result.faults.push(fault);
                }
            }
            Some(_) => {}
        }
    }
    result
}

fn faults_of(
    entry: &Entry,
    line: u64,
    number: u64,
    previous: &str,
    public: &PublicKey,
    faults: &mut Vec<Fault>,
) {
    if entry.expected_hash() != entry.hash {
        faults.push(Fault::Altered { line });
    }
    if entry.n != number {
        faults.push(Fault::Order {
            line,
            found: entry.n,
            expected: number,
        });
    }
    if entry.previous != previous {
        faults.push(Fault::Chain { line });
    }
    let signature = entry.signature_file();
    if !is_signed_exactly(public, Namespace::Ledger, entry.hash.as_bytes(), &signature) {
        faults.push(Fault::Signature { line });
    }
    if entry.kind == GAP {
        faults.push(Fault::Gap { line });
    }
}

/// An entry, if it is written exactly as gdpr4k writes it.
fn parse(line: &str) -> Option<Entry> {
    let entry: Entry = serde_json::from_str(line).ok()?;
    let written = serde_json::to_string(&entry).ok()?;
    (written == line).then_some(entry)
}
