//! Call records of a large site: 22 columns, 149 bytes a line, 20,000 extensions, 2,000,000 outside numbers of which
//! few are called often and most hardly ever (Zipf), 400 days up to 31 October 2026.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

/// How records are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// At separators.
    Delimited,
    /// By columns.
    Fixed,
}

/// Code and width of every column; numbers to the right.
const COLUMNS: [(&str, usize, bool); 22] = [
    ("MSGNO", 5, true),
    ("DATE", 8, false),
    ("TIME", 8, false),
    ("CALLING", 6, true),
    ("CALLED", 22, false),
    ("PARTYNAME", 16, false),
    ("PIN", 6, false),
    ("ACDAGTID", 3, true),
    ("DURATION", 8, false),
    ("RING", 5, false),
    ("CONNTYPE", 1, false),
    ("UNITS", 3, true),
    ("COST", 5, true),
    ("ORIGIP", 15, false),
    ("TERMIP", 15, false),
    ("TKNOLIST", 3, false),
    ("ROUTCN", 2, false),
    ("NETTYPE", 1, false),
    ("SERVICE", 1, false),
    ("SPEED", 1, false),
    ("ACCTCODE", 4, false),
    ("COSTCENTRE", 9, false),
];

/// With CR and LF.
const LINE: usize = 149;

/// The days of the records.
pub(crate) const DAYS: usize = 400;

/// The layout of a file.
pub(crate) fn layout(form: Form) -> String {
    let mut text = String::from("name = \"bench\"\n[[record]]\ndate_order = \"start\"\n");
    text.push_str(match form {
        Form::Delimited => "kind = \"delimited\"\nseparator = \";\"\n",
        Form::Fixed => "kind = \"fixed\"\n",
    });
    let mut column = 0;
    for (i, (code, width, right)) in COLUMNS.iter().enumerate() {
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
        let side = if *right { "right" } else { "left" };
        let place = match form {
            Form::Delimited => format!("index = {}", i + 1),
            Form::Fixed => format!(
                "cols = [{}, {}]\njustify = \"{side}\"",
                column + 1,
                column + width
            ),
        };
        column += width;
        let _ = write!(
            text,
            "[[record.field]]\nname = \"c{i}\"\nelement = \"{code}\"\n{place}\n{more}"
        );
    }
    text
}

/// Writes the file and gives its length in bytes.
pub(crate) fn write(path: &Path, form: Form, records: u64) -> std::io::Result<u64> {
    let mut out = Out::create(path)?;
    each(records, |_, fields| out.record(form, fields))?;
    out.end()
}

/// Writes one file a day, `calls-yyyy-mm-dd.txt`, and gives their length in bytes.
pub(crate) fn write_days(folder: &Path, records: u64) -> std::io::Result<u64> {
    let (mut out, mut bytes, mut at) = (None, 0, String::new());
    each(records, |day, fields| {
        if day != at {
            bytes += out.take().map_or(Ok(0), Out::end)?;
            let (d, my) = day.split_once('.').unwrap_or_default();
            let (m, y) = my.split_once('.').unwrap_or_default();
            let path = folder.join(format!("calls-20{y}-{m}-{d}.txt"));
            out = Some(Out::create(&path)?);
            day.clone_into(&mut at);
        }
        match &mut out {
            Some(out) => out.record(Form::Delimited, fields),
            None => Ok(()),
        }
    })?;
    Ok(bytes + out.map_or(Ok(0), Out::end)?)
}

/// Gives the fields of every record, with its day, in the order of time.
fn each(
    records: u64,
    mut give: impl FnMut(&str, &[String; 22]) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let mut random = Random(4000);
    let start = days();
    for i in 0..records {
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
        let fields = [
            format!("{:05}", i % 100_000),
            day.clone(),
            format!("{h:02}:{m:02}:{s:02}"),
            extension.to_string(),
            format!("01555{outside:07}"),
            format!("Muster-{:05}, E", extension % 30_000),
            shown(pin),
            shown(agent),
            format!("00:{:02}:{s:02}", m % 20),
            format!("00:0{}", s % 10),
            (1 + random.below(3)).to_string(),
            random.below(300).to_string(),
            format!("0,{:02}", random.below(100)),
            format!("10.1.{}.{}", extension % 250, extension % 200),
            format!("198.51.100.{}", outside % 250),
            format!("{:03}", random.below(500)),
            "12".to_owned(),
            "1".to_owned(),
            "1".to_owned(),
            "1".to_owned(),
            String::new(),
            format!("KST {:04}", extension % 3000),
        ];
        give(day, &fields)?;
    }
    Ok(())
}

/// A file while it is written.
struct Out {
    file: std::io::BufWriter<std::fs::File>,
    line: String,
}

impl Out {
    fn create(path: &Path) -> std::io::Result<Self> {
        let file = std::fs::File::create(path)?;
        Ok(Self {
            file: std::io::BufWriter::with_capacity(1 << 20, file),
            line: String::with_capacity(200),
        })
    }

    fn record(&mut self, form: Form, fields: &[String; 22]) -> std::io::Result<()> {
        let line = &mut self.line;
        line.clear();
        match form {
            Form::Delimited => {
                line.push_str(&fields.join(";"));
                line.push(' ');
                let room = (LINE - 2).saturating_sub(line.len());
                line.extend(std::iter::repeat_n('x', room));
            }
            Form::Fixed => {
                for (field, (_, width, right)) in fields.iter().zip(COLUMNS) {
                    let _ = match right {
                        true => write!(line, "{field:>width$}"),
                        false => write!(line, "{field:<width$}"),
                    };
                }
            }
        }
        line.push_str("\r\n");
        self.file.write_all(line.as_bytes())
    }

    fn end(mut self) -> std::io::Result<u64> {
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        Ok(self.file.get_ref().metadata()?.len())
    }
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
    days[days.len() - DAYS..].to_vec()
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
