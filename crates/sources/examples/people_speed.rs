//! Measures the detector of people in free text beside a count of newlines over the same bytes.
//!
//! `cargo run --release -p gdpr4k-sources --example people_speed`

use std::hint::black_box;
use std::time::Instant;

use gdpr4k_model::number::{NumberPlan, NumberPlans};
use gdpr4k_sources::people::{Detector, Options, SitePeople};

const BYTES: usize = 64 << 20;
const RUNS: usize = 7;

fn main() {
    let text = log(BYTES);
    let plans = NumberPlans::new([NumberPlan {
        country: "49".into(),
        area: "30".into(),
        main: "23125".into(),
        extension_length: 5,
        trunk_prefix: "0".into(),
    }]);
    let nobody = SitePeople::default();
    let everybody = people(20_000);
    let marks = Options {
        words: false,
        ..Options::default()
    };
    let all = Options::default();
    println!(
        "{} MiB of log lines, median of {RUNS} runs, one thread, time on the core",
        text.len() >> 20
    );
    println!(
        "newlines: {:.0} MB/s",
        median(&text, |t| memchr::memchr_iter(b'\n', t).count()).0
    );
    for (name, people, options) in [
        ("numbers, stations, e-mail, IP, MAC", &nobody, &marks),
        ("all built-in rules", &nobody, &all),
        (
            "all, with 20,000 names, numbers and accounts",
            &everybody,
            &all,
        ),
    ] {
        let before = resident();
        let start = Instant::now();
        let detector = Detector::new(&plans, 0, people, options);
        let made = start.elapsed().as_secs_f64();
        let after = resident();
        let (speed, hits) = median(&text, |t| count(&detector, t));
        println!(
            "{name}: {speed:.0} MB/s, {hits} hits, made in {:.0} ms, {} KiB",
            made * 1e3,
            after.saturating_sub(before)
        );
    }
}

fn count(detector: &Detector, text: &[u8]) -> usize {
    let mut hits = Vec::new();
    let mut sum = 0;
    let mut at = 0;
    for end in memchr::memchr_iter(b'\n', text) {
        hits.clear();
        detector.detect(&text[at..end], &mut hits);
        sum += hits.len();
        at = end + 1;
    }
    sum
}

/// MB/s of the median run, and the result.
fn median(text: &[u8], run: impl Fn(&[u8]) -> usize) -> (f64, usize) {
    let mut times = Vec::new();
    let mut result = 0;
    for _ in 0..RUNS {
        let (wall, cpu) = (Instant::now(), busy());
        result = black_box(run(black_box(text)));
        let cpu = busy() - cpu;
        times.push(if cpu > 0.0 {
            cpu
        } else {
            wall.elapsed().as_secs_f64()
        });
    }
    times.sort_by(f64::total_cmp);
    (text.len() as f64 / 1e6 / times[RUNS / 2], result)
}

/// Seconds that this process has had a core (Linux; 0 elsewhere): a busy machine does not change the figures.
fn busy() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    stat.split(' ')
        .next()
        .and_then(|n| n.parse::<f64>().ok())
        .map_or(0.0, |n| n / 1e9)
}

/// Resident memory in KiB (Linux; 0 elsewhere).
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"));
    line.and_then(|l| l.trim().split(' ').next()?.parse().ok())
        .unwrap_or(0)
}

/// A small generator of pseudo-random figures (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }
}

/// Lines of logs: most say nothing of a person, some do, as on a real machine.
fn log(bytes: usize) -> Vec<u8> {
    let mut dice = Dice(4000);
    let mut out = String::with_capacity(bytes + 256);
    while out.len() < bytes {
        let (h, m, s) = (dice.below(24), dice.below(60), dice.below(60));
        let (day, n, x) = (dice.below(28) + 1, dice.below(100_000), dice.below(254) + 1);
        let stamp = format!("2026-02-{day:02} {h:02}:{m:02}:{s:02}");
        let line = match dice.below(16) {
            0 => format!(
                "{stamp} INFO Configuration Management: Station {n:05} changed by user adm{n} from 10.20.30.{x}"
            ),
            1 => format!(
                "Feb {day:2} {h:02}:{m:02}:{s:02} os4k-assistant sshd[{n}]: Accepted password for jdoe from 10.20.30.{x} port {n} ssh2"
            ),
            2 => format!(
                "{stamp} CP: SETUP calling={n:05} called=0302312{n:05} cref={n} trunk group {x} released normally"
            ),
            3 => format!(
                "{stamp} WARN mail to anna.beispiel@werk.example could not be delivered, queue id {n:08X}, retry in {x} s"
            ),
            4 => format!(
                "{stamp} DEBUG {} Beispiel, Anna: voice mailbox opened, {x} new messages, {n} bytes used",
                "[pool-3-thread-1]"
            ),
            5..=8 => format!(
                "{stamp} DEBUG [pool-3-thread-{x}] com.example.hicom.upload.TableWriter - wrote {n} rows to table PORT in {x} ms"
            ),
            9..=11 => format!(
                "Feb {day:2} {h:02}:{m:02}:{s:02} os4k-assistant kernel: [{n}.{x:06}] eth0: link becomes ready, flow control rx/tx, queue {x}"
            ),
            12..=13 => format!(
                "{stamp} INFO scheduler: job backup-daily finished, next run tomorrow, generation {x} of 14, volume mounted at /backup"
            ),
            _ => format!(
                "{stamp} TRACE state machine: transition IDLE to ACTIVE because event TIMER expired after {n} ms, no further action required"
            ),
        };
        out.push_str(&line);
        out.push('\n');
    }
    out.into_bytes()
}

/// Invented people from syllables.
fn people(count: usize) -> SitePeople {
    let mut dice = Dice(25_037);
    let syllables = [
        "ber", "lin", "mo", "ra", "stei", "gen", "hof", "wal", "der", "kro", "ne", "schu", "mül",
        "ler", "tan", "vog", "hei", "dorf", "köp", "ke", "brun", "ach", "zie",
    ];
    let given = [
        "Anna", "Jörg", "Sabine", "Thomas", "Käthe", "Uwe", "Piotr", "Ingrid", "Lars", "Renate",
        "Günther", "Monika",
    ];
    let mut site = SitePeople::default();
    for i in 0..count {
        let parts = 2 + dice.below(2);
        let mut surname = String::new();
        for _ in 0..parts {
            surname.push_str(syllables[dice.below(syllables.len() as u64) as usize]);
        }
        let surname = surname[..1].to_uppercase() + &surname[1..];
        site.names
            .push((surname, given[dice.below(12) as usize].to_owned()));
        site.numbers.push(format!("{:05}", 20_000 + i));
        site.accounts.push(format!("user.{i}"));
    }
    site.names.push(("Beispiel".to_owned(), "Anna".to_owned()));
    site
}
