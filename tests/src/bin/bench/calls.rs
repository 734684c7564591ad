//! Call records of a large site: 22 columns, 149 bytes a line, 20,000 extensions, 2,000,000 outside numbers of which
//! few are called often and most hardly ever (Zipf), 400 days.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

const COLUMNS: [&str; 22] = [
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

/// With CR and LF.
const LINE: usize = 149;

/// The layout of the file.
pub(crate) fn layout() -> String {
    let mut text = String::from(
        "name = \"bench\"\n[[record]]\nkind = \"delimited\"\nseparator = \";\"\ndate_order = \"start\"\n",
    );
    for (i, code) in COLUMNS.iter().enumerate() {
        let more = match *code {
            "DATE" => "type = \"date\"\nformat = \"%d.%m.%y\"\n",
            "TIME" => "type = \"time\"\n",
            "CONNTYPE" => {
                "type = \"code\"\nmap = { 1 = \"incoming\", 2 = \"outgoing\", 3 = \"internal\" }\n"
            }
            "CALLED" => "access = \"plain\"\n",
            _ => "",
        };
        // date and time of day are two columns of one stamp
        let code = if *code == "TIME" { "DATE" } else { code };
        let index = i + 1;
        let _ = write!(
            text,
            "[[record.field]]\nname = \"c{i}\"\nelement = \"{code}\"\nindex = {index}\n{more}"
        );
    }
    text
}

/// Writes the file and gives its length in bytes.
pub(crate) fn write(path: &Path, records: u64) -> std::io::Result<u64> {
    let mut out = std::io::BufWriter::with_capacity(1 << 20, std::fs::File::create(path)?);
    let mut random = Random(4000);
    let start = days();
    let mut line = String::with_capacity(200);
    for i in 0..records {
        line.clear();
        let day = &start[(i as u128 * start.len() as u128 / u128::from(records)) as usize];
        let (h, m, s) = (8 + random.below(10), random.below(60), random.below(60));
        let extension = 20_000 + random.below(20_000);
        // log-uniform ranks are Zipf with exponent 1
        let outside = (2_000_000f64.powf(random.unit()) as u64).min(1_999_999);
        let pin = if random.below(20) == 0 {
            100_000 + extension
        } else {
            0
        };
        let agent = if random.below(33) == 0 {
            1 + extension % 900
        } else {
            0
        };
        let shown = |n: u64| if n == 0 { String::new() } else { n.to_string() };
        let _ = write!(
            line,
            "{:05};{day};{h:02}:{m:02}:{s:02};{extension};01555{outside:07};Muster-{:05}, E;{};{};00:{:02}:{s:02};00:0{};{};{};0,{:02};10.1.{}.{};198.51.100.{};{:03};12;1;1;1;;KST {:04} ",
            i % 100_000,
            extension % 30_000,
            shown(pin),
            shown(agent),
            m % 20,
            s % 10,
            1 + random.below(3),
            random.below(300),
            random.below(100),
            extension % 250,
            extension % 200,
            outside % 250,
            random.below(500),
            extension % 3000,
        );
        line.extend(std::iter::repeat_n(
            'x',
            (LINE - 2).saturating_sub(line.len()),
        ));
        line.push_str("\r\n");
        out.write_all(line.as_bytes())?;
    }
    out.flush()?;
    Ok(std::fs::metadata(path)?.len())
}

/// 400 days in a row as `dd.mm.yy`, up to 31 October 2026.
fn days() -> Vec<String> {
    let lengths = |year: u32| {
        [
            31,
            if year.is_multiple_of(4) { 29 } else { 28 },
            31,
            30,
            31,
            30,
            31,
            31,
            30,
            31,
            30,
            31,
        ]
    };
    let days = [25u32, 26].into_iter().flat_map(|y| {
        let months = lengths(y).into_iter().zip(1u32..);
        months.flat_map(move |(n, m)| (1..=n).map(move |d| (y, m, d)))
    });
    let days: Vec<String> = days
        .take_while(|(y, m, _)| (*y, *m) <= (26, 10))
        .map(|(y, m, d)| format!("{d:02}.{m:02}.{y:02}"))
        .collect();
    days[days.len() - 400..].to_vec()
}

/// xorshift64*: the same file on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, n: u64) -> u64 {
        (self.next() >> 11) % n
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}
