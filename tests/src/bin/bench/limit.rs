//! What nothing can beat: reading the file, and a copy of it that is on the disk.

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

/// Seconds to copy a file by two threads, and until the copy is on the disk.
pub(crate) fn copy(path: &Path) -> (f64, f64) {
    let target = path.with_extension("copy");
    let times = copied(path, &target).unwrap_or_else(|e| panic!("{}: {e}", target.display()));
    std::fs::remove_file(&target).unwrap_or_else(|e| panic!("{}: {e}", target.display()));
    times
}

fn copied(path: &Path, target: &Path) -> std::io::Result<(f64, f64)> {
    let from = File::open(path)?;
    let start = Instant::now();
    let to = File::create(target)?;
    let next = AtomicU64::new(0);
    let work = || -> std::io::Result<()> {
        let mut buffer = vec![0; BLOCK as usize];
        loop {
            let at = next.fetch_add(BLOCK, Ordering::Relaxed);
            let n = from.read_at(&mut buffer, at)?;
            if n == 0 {
                return Ok(());
            }
            to.write_all_at(&buffer[..n], at)?;
        }
    };
    std::thread::scope(|scope| {
        let threads = [scope.spawn(work), scope.spawn(work)];
        threads
            .into_iter()
            .try_for_each(|t| t.join().unwrap_or_else(|_| panic!("a thread of the copy")))
    })?;
    let copied = start.elapsed().as_secs_f64();
    to.sync_all()?;
    Ok((copied, start.elapsed().as_secs_f64()))
}
