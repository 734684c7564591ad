//! How fast retention rewrites a file of call records, beside a copy of the same file that is on the disk.

use std::path::{Path, PathBuf};
use std::process::Command;

use gdpr4k_tests::{Call, Folder, Run};

use super::Figures;
use super::calls::{self, Form};
use super::{limit, peers};

/// Every call up to this age is pseudonymised, every older one deleted: 30 % of the 400 days.
const DELETE_AFTER: &str = "P302D";
const AS_OF: &str = "2026-11-22";
const NEXT_DAY: &str = "2026-11-23";

const HEAD: &str = r#"
[site]
name = "Bench"
timezone = "Europe/Berlin"
pack = "de-business-only"
policy_reference = "bench"
[controller]
name = "Beispiel GmbH"
contact = "datenschutz@beispiel.example"
dpo = "Dana Schutz"
[number_plan]
country = "49"
area = "30"
main = "23125"
extension_length = 5
trunk_prefix = "0"
[approvals]
signers = "allowed_signers"
[[source]]
kind = "cdr"
paths = ["cdr/*.txt"]
writable = true
layout = "layouts/bench.toml"
[retention]
max_share = 1.0
"#;

const CLUSTERS: [&str; 4] = [
    "call-detail-outgoing",
    "call-detail-incoming",
    "call-detail-internal",
    "call-detail-failed",
];

/// A site with an approver.
struct Site {
    folder: Folder,
    key: PathBuf,
    _keys: Folder,
}

impl Site {
    fn new(form: Form) -> Self {
        let (folder, keys) = (Folder::empty(), Folder::empty());
        let mut text = HEAD.to_owned();
        for cluster in CLUSTERS {
            text.push_str(&format!(
                r#"
[[retention.override]]
cluster = "{cluster}"
starts_with = "call-end"
delete_after = "{DELETE_AFTER}"
fallback = "{DELETE_AFTER}"
justification = "the benchmark deletes 30 % of 400 days"
stages = [
  {{ after = "P1D", fields = ["ip"], action = "generalise" }},
  {{ after = "P1D", fields = ["own-station", "external-number", "name", "person-id", "account-code"], action = "pseudonymise" }},
]
"#
            ));
        }
        folder.write("site.toml", text);
        folder.write("layouts/bench.toml", calls::layout(form));
        std::fs::create_dir(folder.join("cdr")).unwrap_or_else(|e| panic!("{e}"));
        let key = keys.join("anna");
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-C", "anna", "-f"])
            .arg(&key)
            .status();
        assert!(
            made.is_ok_and(|s| s.success()),
            "ssh-keygen, of the package openssh-client, makes the key of the benchmark"
        );
        let site = Self {
            folder,
            key,
            _keys: keys,
        };
        let public = site.key.with_extension("pub");
        site.call(AS_OF, &["approver", "add", "anna", "--key"])
            .arg(&public)
            .run()
            .exits(0);
        site
    }

    fn call(&self, as_of: &str, args: &[&str]) -> Call {
        self.folder.call(args).args(&["--as-of", as_of])
    }

    fn file(&self) -> PathBuf {
        self.folder.join("cdr/calls.txt")
    }

    /// Plans; the time that reading the file took.
    fn plan(&self) -> (Run, f64) {
        let run = self
            .call(
                AS_OF,
                &[
                    "retention",
                    "plan",
                    "-o",
                    "out.plan.json",
                    "--format",
                    "json",
                    "-v",
                ],
            )
            .run();
        assert!(
            matches!(run.code, Some(0 | 4)),
            "{:?} {}",
            run.code,
            run.err()
        );
        let read = seconds(&run.err(), "counted", "seconds");
        self.call(
            AS_OF,
            &[
                "retention",
                "approve",
                "out.plan.json",
                "--as",
                "anna",
                "--key",
                "-q",
            ],
        )
        .arg(&self.key)
        .run()
        .exits(0);
        (run, read)
    }

    fn apply(&self, threads: usize) -> Run {
        let run = self
            .call(
                AS_OF,
                &[
                    "retention",
                    "apply",
                    "out.plan.json",
                    "--format",
                    "json",
                    "-v",
                ],
            )
            .env("RAYON_NUM_THREADS", &threads.to_string())
            .run();
        assert!(
            matches!(run.code, Some(0 | 4)),
            "{:?} {}",
            run.code,
            run.err()
        );
        assert_eq!(run.json()["outcome"], "done", "{}", run.err());
        run
    }
}

/// What `gdpr4k -v` says about its own time.
fn seconds(log: &str, word: &str, field: &str) -> f64 {
    let lines = log.lines().filter(|l| l.contains(word));
    let of = |l: &str| -> Option<f64> {
        let (_, rest) = l.split_once(&format!("{field}="))?;
        rest.split_whitespace().next()?.parse().ok()
    };
    let sum: Vec<f64> = lines.filter_map(of).collect();
    assert!(!sum.is_empty(), "no line with {word} and {field} in: {log}");
    sum.iter().sum()
}

/// Copies the untreated file into the site, down to the disk, so that nothing is left to be written while measuring.
fn restore(from: &Path, to: &Path) {
    std::fs::copy(from, to).unwrap_or_else(|e| panic!("{}: {e}", to.display()));
    let file = std::fs::File::open(to).and_then(|f| f.sync_all());
    file.unwrap_or_else(|e| panic!("{}: {e}", to.display()));
}

pub(crate) fn measure(records: u64, runs: usize) {
    for form in [Form::Delimited, Form::Fixed] {
        one(form, records, runs);
    }
}

#[derive(Default)]
struct Measured {
    copied: Vec<f64>,
    durable: Vec<f64>,
    counted: Vec<f64>,
    streamed: Vec<f64>,
    whole: Vec<f64>,
    ratio: Vec<f64>,
    alone: Vec<f64>,
    command: Vec<f64>,
    cpu: Vec<f64>,
    cpu_plan: Vec<f64>,
    peak: u64,
}

fn one(form: Form, records: u64, runs: usize) {
    let (site, masters) = (Site::new(form), Folder::empty());
    let master = masters.join("calls.txt");
    let bytes = calls::write(&master, form, records).unwrap_or_else(|e| panic!("{e}"));
    eprintln!("{form:?}: {records} records, {bytes} bytes; {runs} runs each");
    let mut m = Measured::default();
    let mut left = 0;
    for run in 0..=runs {
        // one after another, so that a busy moment of the machine meets all of them alike
        let (copied, durable) = limit::copy(&master);
        restore(&master, &site.file());
        let (plan, counted) = site.plan();
        let two = site.apply(2);
        assert_eq!(two.json()["verify"]["due_left"], 0);
        left = std::fs::metadata(site.file()).map_or(0, |f| f.len());
        restore(&master, &site.file());
        site.plan();
        let one = site.apply(1);
        if run == 0 {
            // the first run warms the page cache
            continue;
        }
        m.copied.push(copied);
        m.durable.push(durable);
        m.counted.push(counted);
        m.streamed
            .push(seconds(&two.err(), "rewritten", "streamed"));
        let whole = seconds(&two.err(), "rewritten", "on_disk");
        m.whole.push(whole);
        m.ratio.push(whole / durable);
        m.alone.push(seconds(&one.err(), "rewritten", "streamed"));
        m.command.push(two.wall.as_secs_f64());
        m.cpu.push(two.cpu.as_secs_f64());
        m.cpu_plan.push(plan.cpu.as_secs_f64());
        m.peak = m.peak.max(two.peak).max(one.peak);
    }
    let rate = |s: &Figures| bytes as f64 / 1e6 / s.median();
    let [
        copied,
        durable,
        counted,
        streamed,
        whole,
        ratio,
        alone,
        command,
        cpu,
        cpu_plan,
    ] = [
        m.copied, m.durable, m.counted, m.streamed, m.whole, m.ratio, m.alone, m.command, m.cpu,
        m.cpu_plan,
    ]
    .map(Figures::of);
    println!(
        "| {form:?}: {records} records, {bytes} bytes, {left} left | median [smallest..largest] | goal |\n|---|---|---|"
    );
    let row = |what: &str, figure: String, goal: &str| println!("| {what} | {figure} | {goal} |");
    row(
        "copy with 2 threads, not on the disk yet, s",
        copied.shown(2),
        "",
    );
    row("copy with 2 threads, on the disk, s", durable.shown(2), "");
    row("rewriting, on the disk, s", whole.shown(2), "");
    row(
        "the same by the copy beside it",
        ratio.shown(2),
        "at most 1.25, better 1.0",
    );
    row(
        "rewriting, on the disk, MB/s",
        format!("{:.0}", rate(&whole)),
        "at least 550",
    );
    row("rewriting, not on the disk yet, s", streamed.shown(2), "");
    row(
        "the same, MB/s",
        format!("{:.0}", rate(&streamed)),
        "at least 800",
    );
    row("the same with 1 thread, s", alone.shown(2), "");
    row(
        "2 threads by 1",
        format!("{:.2}", alone.median() / streamed.median()),
        "at least 1.7",
    );
    row("counting for the plan, s", counted.shown(2), "");
    row("the same, MB/s", format!("{:.0}", rate(&counted)), "");
    row(
        "`gdpr4k retention apply` with its check afterwards, s",
        command.shown(2),
        "",
    );
    row("the same, seconds of all cores", cpu.shown(2), "");
    row(
        "`gdpr4k retention plan`, seconds of all cores",
        cpu_plan.shown(2),
        "",
    );
    row(
        "peak memory, MiB",
        format!("{:.0}", m.peak as f64 / 1024.0),
        "at most 64",
    );
    if form == Form::Delimited {
        let sample = masters.join("sample.txt");
        let few = records.min(1_000_000);
        let sample_bytes = calls::write(&sample, form, few).unwrap_or_else(|e| panic!("{e}"));
        for peer in peers::all() {
            let (path, size) = if peer.whole {
                (&master, bytes)
            } else {
                (&sample, sample_bytes)
            };
            match peers::run(&peer, path) {
                Ok(seconds) => {
                    let by = (size as f64 / 1e6 / seconds) / rate(&streamed);
                    row(
                        &format!("{}, {:.1} MB, s", peer.name, size as f64 / 1e6),
                        format!("{seconds:.2}; {:.1} times slower", 1.0 / by),
                        peer.goal,
                    );
                }
                Err(why) => {
                    eprintln!("NOT MEASURED: {} - {why}", peer.name);
                    row(peer.name, format!("NOT MEASURED: {why}"), peer.goal);
                }
            }
        }
    }
    println!(
        "\nn = {runs}; {} processors, load {}\n",
        std::thread::available_parallelism().map_or(0, usize::from),
        std::fs::read_to_string("/proc/loadavg")
            .unwrap_or_default()
            .trim()
    );
}

/// A night in which one of 400 daily files has something due, beside the first night, which treats them all.
pub(crate) fn nightly(records: u64) {
    let site = Site::new(Form::Delimited);
    let bytes =
        calls::write_days(&site.folder.join("cdr"), records).unwrap_or_else(|e| panic!("{e}"));
    site.call(
        AS_OF,
        &[
            "retention",
            "approve",
            "--standing",
            "--as",
            "anna",
            "--key",
            "-q",
        ],
    )
    .arg(&site.key)
    .run()
    .exits(0);
    let night = |as_of: &str| {
        let run = site
            .call(as_of, &["retention", "run", "--format", "json", "-v"])
            .run();
        assert!(
            matches!(run.code, Some(0 | 4)),
            "{:?} {}",
            run.code,
            run.err()
        );
        run
    };
    let first = night(AS_OF);
    let next = night(NEXT_DAY);
    let files = |r: &Run| r.json()["files"].as_array().map_or(0, Vec::len);
    let cpu = |r: &Run| r.cpu.as_secs_f64();
    println!(
        "| {} daily files, {records} records, {bytes} bytes | files | s | seconds of all cores |\n|---|---|---|---|",
        calls::DAYS
    );
    for (what, run) in [("first night", &first), ("next night", &next)] {
        println!(
            "| {what} | {} | {:.2} | {:.2} |",
            files(run),
            run.wall.as_secs_f64(),
            cpu(run)
        );
    }
    println!(
        "\nnext by first: {:.1} % of the time (goal: at most 5 %), {:.1} % of the seconds of all cores",
        100.0 * next.wall.as_secs_f64() / first.wall.as_secs_f64(),
        100.0 * cpu(&next) / cpu(&first)
    );
}
