//! The gate that every effect on the site passes: tests can make the n-th one fail.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Lets effects through, or makes one of them fail to see what is left behind.
///
/// Clones share one count.
#[derive(Clone, Debug)]
pub struct Effects {
    gate: Arc<Gate>,
}

#[derive(Debug)]
struct Gate {
    passed: AtomicU64,
    fault: Option<Fault>,
}

#[derive(Clone, Copy, Debug)]
enum Fault {
    /// From the n-th effect on nothing happens any more: a power cut.
    CrashAt(u64),
    /// The n-th effect alone fails: no room, no right.
    Once(u64),
}

impl Effects {
    /// Every effect happens.
    pub fn real() -> Self {
        Self::with(None)
    }

    /// The `n`-th effect (from 1) and every later one fail, as after a power cut.
    pub fn failing_at(n: u64) -> Self {
        Self::with(Some(Fault::CrashAt(n)))
    }

    /// Only the `n`-th effect (from 1) fails, as on a full disk or without a right.
    pub fn failing_once(n: u64) -> Self {
        Self::with(Some(Fault::Once(n)))
    }

    /// Effects asked for so far.
    pub fn count(&self) -> u64 {
        self.gate.passed.load(Ordering::Relaxed)
    }

    /// Whether a fault was planned and its turn has come.
    pub fn fired(&self) -> bool {
        match self.gate.fault {
            None => false,
            Some(Fault::CrashAt(n) | Fault::Once(n)) => self.count() >= n,
        }
    }

    /// Carries out an effect, unless it is its turn to fail.
    pub(crate) fn run<T>(&self, effect: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        match self.pass() {
            Turn::Go => effect(),
            Turn::Fail | Turn::First => Err(made_to_fail()),
        }
    }

    /// Like [`Effects::run`] for a write: the first one that fails leaves half of its bytes behind.
    pub(crate) fn write(
        &self,
        bytes: &[u8],
        write: impl FnOnce(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        match self.pass() {
            Turn::Go => write(bytes),
            Turn::First => {
                write(&bytes[..bytes.len() / 2])?;
                Err(made_to_fail())
            }
            Turn::Fail => Err(made_to_fail()),
        }
    }

    fn with(fault: Option<Fault>) -> Self {
        Self {
            gate: Arc::new(Gate {
                passed: AtomicU64::new(0),
                fault,
            }),
        }
    }

    fn pass(&self) -> Turn {
        let turn = self.gate.passed.fetch_add(1, Ordering::Relaxed) + 1;
        match self.gate.fault {
            Some(Fault::CrashAt(n) | Fault::Once(n)) if turn == n => Turn::First,
            Some(Fault::CrashAt(n)) if turn > n => Turn::Fail,
            _ => Turn::Go,
        }
    }
}

enum Turn {
    Go,
    First,
    Fail,
}

fn made_to_fail() -> io::Error {
    io::Error::other("made to fail by a test")
}
