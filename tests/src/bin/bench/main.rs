//! The benchmark.
//!
//! `scan`: how fast a scan is beside reading the same file, how much memory it takes, how fast it starts.
//! `retention`: how fast a file is rewritten beside a copy of it that is on the disk, DuckDB and Python.
//! `nightly`: what a night costs in which one file of 400 has something due.
//!
//! `cargo build --release -p gdpr4k && cargo run --release -p gdpr4k-tests --bin bench -- scan [--records N] [--runs N]`
//!
//! Prints a table; figures are medians with the smallest and the largest. No figure is a verdict.

mod calls;
mod limit;
mod peers;
mod retention;

use std::process::ExitCode;

use gdpr4k_tests::{Folder, gdpr4k};

const USAGE: &str = "usage: bench scan|retention|nightly [--records N] [--runs N]";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |name: &str, default: u64| match args.iter().position(|a| a == name) {
        Some(at) => args.get(at + 1).and_then(|n| n.parse().ok()),
        None => Some(default),
    };
    match (
        args.first().map(String::as_str),
        number("--records", 10_000_000),
        number("--runs", 7),
    ) {
        (Some(word @ ("scan" | "retention" | "nightly")), Some(records), Some(runs))
            if records > 0 && runs > 0 =>
        {
            match word {
                "scan" => scan(records, runs as usize),
                "retention" => retention::measure(records, runs as usize),
                _ => retention::nightly(records),
            }
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

/// Median, smallest and largest.
struct Figures(Vec<f64>);

impl Figures {
    fn of(mut all: Vec<f64>) -> Self {
        all.sort_by(f64::total_cmp);
        Self(all)
    }

    fn median(&self) -> f64 {
        self.0[self.0.len() / 2]
    }

    fn shown(&self, digits: usize) -> String {
        let (low, high) = (self.0[0], self.0[self.0.len() - 1]);
        format!(
            "{:.digits$} [{low:.digits$}..{high:.digits$}]",
            self.median()
        )
    }
}

fn scan(records: u64, runs: usize) {
    let folder = Folder::site(&[("cdr", "cdr/*.txt", "layout = \"layouts/bench.toml\"")]);
    let site = std::fs::read_to_string(folder.join("site.toml")).unwrap_or_default();
    folder.write(
        "site.toml",
        site.replace("extension_length = 4", "extension_length = 5"),
    );
    folder.write("layouts/bench.toml", calls::layout(calls::Form::Delimited));
    std::fs::create_dir_all(folder.join("cdr")).unwrap_or_else(|e| panic!("{e}"));
    let file = folder.join("cdr/calls-2026-10-31.txt");
    let bytes = calls::write(&file, calls::Form::Delimited, records)
        .unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    eprintln!("{records} records, {bytes} bytes; {runs} runs each");

    // one after another, so that a busy moment of the machine meets all of them alike
    let (mut one, mut two, mut wall, mut start, mut peak) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), 0);
    let rate = |seconds: f64| bytes as f64 / 1e6 / seconds;
    for run in 0..=runs {
        let (a, b) = (limit::read(&file, 1), limit::read(&file, 2));
        let scan = folder.scan().run().exits(4);
        let json = scan.json();
        assert_eq!(json["totals"]["records"], records, "every line is a record");
        assert_eq!(json["totals"]["rejected"], 0);
        if run == 0 {
            // the first run warms the page cache
            continue;
        }
        one.push(rate(a));
        two.push(rate(b));
        wall.push(scan.wall.as_secs_f64());
        peak = peak.max(scan.peak);
        for _ in 0..5 {
            start.push(
                gdpr4k(["catalogue", "check"])
                    .run()
                    .exits(0)
                    .wall
                    .as_secs_f64()
                    * 1e3,
            );
        }
    }
    let (one, two) = (Figures::of(one), Figures::of(two));
    let speed = Figures::of(wall.iter().map(|s| rate(*s)).collect());
    let (wall, start) = (Figures::of(wall), Figures::of(start));
    println!("| what | median [smallest..largest] | goal |\n|---|---|---|");
    println!(
        "| file | {records} records, {:.2} GB | |",
        bytes as f64 / 1e9
    );
    println!(
        "| read in blocks of 1 MiB, 1 thread, MB/s | {} | |",
        one.shown(0)
    );
    println!(
        "| read in blocks of 1 MiB, 2 threads, MB/s | {} | |",
        two.shown(0)
    );
    println!("| `gdpr4k scan`, s | {} | |", wall.shown(2));
    println!(
        "| `gdpr4k scan`, MB/s | {} | at least 600 |",
        speed.shown(0)
    );
    println!(
        "| million records a second | {:.2} | |",
        records as f64 / 1e6 / wall.median()
    );
    println!(
        "| share of reading with 2 threads | {:.0} % | |",
        100.0 * speed.median() / two.median()
    );
    println!(
        "| peak memory, MiB | {:.0} | at most 256 |",
        peak as f64 / 1024.0
    );
    println!(
        "| start with catalogue (`catalogue check`), ms | {} | below 30 |",
        start.shown(1)
    );
    println!(
        "\nn = {runs}, start n = {}; {} processors",
        runs * 5,
        std::thread::available_parallelism().map_or(0, usize::from)
    );
}
