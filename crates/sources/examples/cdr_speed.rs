//! Measures the reading of call records beside a count of newlines over the same bytes.
//!
//! `cargo run --release -p gdpr4k-sources --example cdr_speed`

use std::hint::black_box;
use std::sync::Arc;
use std::sync::LazyLock;
use std::time::Instant;

use gdpr4k_model::Catalogue;
use gdpr4k_model::number::{NumberPlan, NumberPlans};
use gdpr4k_sources::cdr::{CdrReader, Context, Layout, Presets, Purpose};
use gdpr4k_sources::{Fact, Reader, Record, Sink};

const BLOCK: usize = 1 << 20;
const LINES: usize = 1_000_000;
const RUNS: usize = 7;

/// Counts, as cheaply as a sink can.
#[derive(Default)]
struct Count {
    records: u64,
    values: u64,
    bytes: u64,
    dated: u64,
}

impl Sink for Count {
    fn record(&mut self, record: &Record<'_>) {
        self.records += 1;
        self.dated += u64::from(record.day.is_some());
        self.values += record.values.len() as u64;
        self.bytes += record
            .values
            .iter()
            .map(|v| v.text.len() as u64)
            .sum::<u64>();
    }

    fn fact(&mut self, _fact: Fact) {}

    fn finding(&mut self, finding: gdpr4k_model::Finding) {
        panic!("{} in clean data", finding.code);
    }
}

fn main() {
    let catalogue = Catalogue::builtin();
    let columns = [
        "MSGNO",
        "DATE",
        "TIME",
        "CALLING",
        "CALLED",
        "PARTYNAME",
        "PIN",
        "ACDAGTID",
        "DURATION",
        "RING",
        "CONNTYPE",
        "UNITS",
        "COST",
        "ORIGIP",
        "TERMIP",
        "TKNOLIST",
        "ROUTCN",
        "NETTYPE",
        "SERVICE",
        "SPEED",
        "ACCTCODE",
        "COSTCENTRE",
    ];
    for mapped in [true, false] {
        let mut text = String::from(
            "name = \"speed\"\n[[record]]\nkind = \"delimited\"\nseparator = \";\"\ndate_order = \"start\"\n",
        );
        for (i, code) in columns.iter().enumerate() {
            let more = match *code {
                "DATE" => "type = \"date\"\nformat = \"%d.%m.%y\"\n",
                "TIME" => "type = \"time\"\n",
                "CONNTYPE" if mapped => {
                    "type = \"code\"\nmap = { 1 = \"incoming\", 2 = \"outgoing\", 3 = \"internal\" }\n"
                }
                "CALLED" => "access = \"plain\"\n",
                _ => "",
            };
            let code = if *code == "TIME" { "DATE" } else { code };
            text += &format!(
                "[[record.field]]\nname = \"c{i}\"\nelement = \"{code}\"\nindex = {}\n{more}",
                i + 1
            );
        }
        let layout = match Layout::parse("speed", &text, &catalogue) {
            Ok(layout) => Arc::new(layout),
            Err(problems) => panic!("{problems:?}"),
        };
        let what = if mapped {
            "delimited, 22 columns"
        } else {
            "delimited, direction by number plan"
        };
        measure(what, &layout, &delimited());
    }
    match Presets::load(&catalogue) {
        Ok(presets) => {
            if let Some(layout) = presets.get("ftbl-example-a") {
                measure("fixed, ftbl-example-a", layout, &fixed());
            }
            if let Some(layout) = presets.get("asterisk-csv") {
                measure("quoted, asterisk-csv", layout, &quoted());
            }
        }
        Err(problems) => panic!("{problems:?}"),
    }
}

fn measure(what: &str, layout: &Arc<Layout>, data: &[u8]) {
    let plan = NumberPlan {
        country: "49".into(),
        area: "30".into(),
        main: "23125".into(),
        ..NumberPlan::default()
    };
    let plans = Arc::new(NumberPlans::new([plan]));
    let (mut read, mut count) = (Vec::new(), Vec::new());
    let mut seen = Count::default();
    for _ in 0..RUNS {
        let start = Instant::now();
        black_box(
            data.chunks(BLOCK)
                .map(|b| memchr::memchr_iter(b'\n', black_box(b)).count())
                .sum::<usize>(),
        );
        count.push(start.elapsed().as_secs_f64());

        let today = chrono::NaiveDate::from_ymd_opt(2026, 11, 22).unwrap_or_default();
        let context = Context {
            purpose: Purpose::Accounting,
            plans: Arc::clone(&plans),
            node: 0,
            today,
            zone: Some(chrono_tz::Europe::Berlin),
        };
        let mut reader = CdrReader::new(Arc::clone(layout), context);
        seen = Count::default();
        let start = seconds();
        for block in data.chunks(BLOCK) {
            reader.feed(block, &mut seen);
        }
        let account = reader.finish(false, &mut seen);
        read.push(seconds() - start);
        assert!(account.closes() && account.rejected == 0 && seen.dated == account.records);
    }
    read.sort_by(f64::total_cmp);
    count.sort_by(f64::total_cmp);
    let rate = |s: f64| data.len() as f64 / 1e6 / s;
    println!(
        "{what}: {:.0} MB/s [{:.0}..{:.0}], {:.2} M lines/s, {} bytes/line, {} values; newline count {:.0} MB/s; n = {RUNS}",
        rate(read[RUNS / 2]),
        rate(read[RUNS - 1]),
        rate(read[0]),
        seen.records as f64 / 1e6 / read[RUNS / 2],
        data.len() as u64 / seen.records.max(1),
        seen.values,
        rate(count[RUNS / 2]),
    );
}

/// Seconds of this thread on a core, where the system says so (Linux), else of the clock: other work on the machine does not count.
fn seconds() -> f64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let spent = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let spent = spent.and_then(|t| t.split_whitespace().next()?.parse::<f64>().ok());
    spent.map_or_else(|| START.elapsed().as_secs_f64(), |ns| ns / 1e9)
}

fn delimited() -> Vec<u8> {
    let mut out = String::new();
    for i in 0..LINES {
        let (h, m, s) = (i / 3600 % 24, i / 60 % 60, i % 60);
        out += &format!(
            "{:05};{:02}.{:02}.25;{h:02}:{m:02}:{s:02};{:04};030231250{:02};Muster-{:05}, Erika;;;00:{m:02}:{:02};00:0{};{};{:04};0,12;10.1.{}.{};198.51.100.{};{:03};12;1;1;1;;KST {:06} Nord-West 4711\r\n",
            i % 100_000,
            1 + i / 40_000 % 28,
            1 + i / 90_000 % 12,
            i * 7919 % 10_000,
            i % 100,
            i % 20_000,
            1 + s % 59,
            i % 10,
            1 + i % 3,
            i % 9999,
            i % 250,
            i % 200,
            i % 250,
            i % 999,
            i % 999_999,
        );
    }
    out.into_bytes()
}

fn fixed() -> Vec<u8> {
    let mut out = String::new();
    for i in 0..LINES {
        let (h, m, s) = (i / 3600 % 24, i / 60 % 60, i % 60);
        out += &format!(
            "{:02}.{:02}.2025 {h:02}:{m:02}:{s:02} 00:{m:02}:{:02} {:>10} {:<22} {:>3} {:>3} 1\r\n",
            1 + i / 40_000 % 28,
            1 + i / 90_000 % 12,
            1 + s % 59,
            i * 7919 % 10_000,
            format!("00302312{:04}", i % 9999),
            i % 99,
            1 + i % 2,
        );
    }
    out.into_bytes()
}

fn quoted() -> Vec<u8> {
    let mut out = String::new();
    for i in 0..LINES / 2 {
        let (m, s) = (i / 60 % 60, i % 60);
        out += &format!(
            "\"\",\"{:04}\",\"030231250{:02}\",\"from-internal\",\"\"\"Demo User\"\" <{:04}>\",\"PJSIP/4711-{i:08x}\",\"PJSIP/trunk-{i:08x}\",\"Dial\",\"PJSIP/x@trunk,60\",\"2025-03-14 09:{m:02}:{s:02}\",\"2025-03-14 09:{m:02}:{s:02}\",\"2025-03-14 10:{m:02}:{s:02}\",213,207,\"ANSWERED\",\"DOCUMENTATION\"\n",
            i % 10_000,
            i % 100,
            i % 10_000,
        );
    }
    out.into_bytes()
}
