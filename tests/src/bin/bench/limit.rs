//! What no scan can beat: reading the file.

use std::fs::File;
use std::hint::black_box;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

const BLOCK: u64 = 1 << 20;

/// Seconds to read a file in blocks of 1 MiB by so many threads.
pub(crate) fn read(path: &Path, threads: usize) -> f64 {
    let file = File::open(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let (next, start) = (AtomicU64::new(0), Instant::now());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut buffer = vec![0; BLOCK as usize];
                loop {
                    let at = next.fetch_add(BLOCK, Ordering::Relaxed);
                    match file.read_at(&mut buffer, at) {
                        Ok(0) => break,
                        Ok(n) => black_box(&buffer[..n]),
                        Err(e) => panic!("{}: {e}", path.display()),
                    };
                }
            });
        }
    });
    start.elapsed().as_secs_f64()
}
