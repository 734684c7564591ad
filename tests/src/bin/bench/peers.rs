//! What else people would take for the same job.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// A program that does the job.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    pub(crate) goal: &'static str,
    /// Whether it gets the whole file; else a million records.
    pub(crate) whole: bool,
    /// Package that it needs.
    package: Option<&'static str>,
    script: &'static str,
}

/// Those that are measured. Nothing is written down to the disk by them.
pub(crate) fn all() -> [Peer; 2] {
    [
        Peer {
            name: "DuckDB, order not kept, SHA-256 of key and value",
            goal: "at least 7 times",
            whole: true,
            package: Some("duckdb"),
            script: DUCKDB,
        },
        Peer {
            name: "Python, csv and hmac, no memo",
            goal: "at least 55 times",
            whole: false,
            package: None,
            script: PYTHON,
        },
    ]
}

/// Deletes what started before 25 January 2026, replaces five fields, cuts two addresses.
const PYTHON: &str = r#"
import csv, hashlib, hmac, sys
key = bytes(range(32))
def token(v):
    return "z" + hmac.new(key, v.encode(), hashlib.sha256).hexdigest()[:13] if v else v
def net(v):
    return v[:v.rfind(".")] + ".0" if v else v
with open(sys.argv[1], newline="") as f, open(sys.argv[2], "w", newline="") as g:
    out = csv.writer(g, delimiter=";", lineterminator="\r\n")
    for row in csv.reader(f, delimiter=";"):
        d = row[1]
        if d[6:8] + d[3:5] + d[0:2] < "260125":
            continue
        for i in (3, 4, 5, 6, 7):
            row[i] = token(row[i])
        row[13] = net(row[13])
        row[14] = net(row[14])
        out.writerow(row)
"#;

const DUCKDB: &str = r#"
import duckdb, sys
db = duckdb.connect()
db.execute("set preserve_insertion_order = false")
names = ["c%d" % i for i in range(22)]
token = lambda c: "case when %s = '' then '' else 'z' || substr(sha256('0123456789abcdef0123456789abcdef' || %s), 1, 13) end as %s" % (c, c, c)
net = lambda c: "regexp_replace(%s, '[0-9]+$', '0') as %s" % (c, c)
kept = [token(c) if i in (3, 4, 5, 6, 7) else net(c) if i in (13, 14) else c for i, c in enumerate(names)]
columns = "{" + ", ".join("'%s': 'VARCHAR'" % c for c in names) + "}"
db.execute("""copy (select %s from read_csv(?, delim = ';', header = false, quote = '', columns = %s)
  where substr(c1, 7, 2) || substr(c1, 4, 2) || substr(c1, 1, 2) >= '260125') to '%s' (delimiter ';', header false, quote '')""" % (", ".join(kept), columns, sys.argv[2]), [sys.argv[1]])
"#;

/// Seconds that a peer takes, without its start.
pub(crate) fn run(peer: &Peer, file: &Path) -> Result<f64, String> {
    let python = match peer.package {
        Some(package) => environment(package)?,
        None => PathBuf::from("python3"),
    };
    let out = file.with_extension("out");
    let timed = |script: &str| {
        let start = Instant::now();
        let ran = Command::new(&python)
            .args(["-c", script])
            .args([file, &out])
            .output()
            .map_err(|e| format!("{}: {e}", python.display()))?;
        if ran.status.success() {
            Ok(start.elapsed().as_secs_f64())
        } else {
            let text = String::from_utf8_lossy(&ran.stderr).into_owned();
            Err(text.lines().last().unwrap_or_default().to_owned())
        }
    };
    let start = timed(
        &peer
            .package
            .map_or("pass".to_owned(), |p| format!("import {p}")),
    )?;
    let whole = timed(peer.script)?;
    let _ = std::fs::remove_file(&out);
    Ok(whole - start)
}

/// A Python with a package, in a folder beside the binaries.
fn environment(package: &str) -> Result<PathBuf, String> {
    let me = std::env::current_exe().map_err(|e| e.to_string())?;
    let folder = me.with_file_name(format!("bench-python-{package}"));
    let python = folder.join("bin/python");
    let ready = |python: &Path| {
        let tried = Command::new(python)
            .args(["-c", &format!("import {package}")])
            .output();
        tried.is_ok_and(|o| o.status.success())
    };
    if ready(&python) {
        return Ok(python);
    }
    let step = |command: &mut Command| -> Result<(), String> {
        let ran = command.output().map_err(|e| e.to_string())?;
        if ran.status.success() {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&ran.stderr).into_owned();
        Err(text.lines().last().unwrap_or("it failed").to_owned())
    };
    step(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    step(Command::new(&python).args(["-m", "pip", "install", "-q", package]))?;
    if ready(&python) {
        Ok(python)
    } else {
        Err(format!("{package} cannot be imported"))
    }
}
