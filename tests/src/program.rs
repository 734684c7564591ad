//! Runs the real binary and measures it.

use std::ffi::{OsStr, OsString};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;

/// The top folder of the repository.
pub fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The `gdpr4k` that was built with these tests: beside them in the target folder.
///
/// # Panics
/// There is none, or it is older than the code: the message says what to run.
pub fn binary() -> PathBuf {
    let me = std::env::current_exe().expect("the path of the test");
    let profile = me
        .ancestors()
        .find(|p| p.join("deps").is_dir())
        .expect("a target folder");
    let path = profile.join(format!("gdpr4k{}", std::env::consts::EXE_SUFFIX));
    let flag = if profile.ends_with("release") {
        " --release"
    } else {
        ""
    };
    let advice = format!(
        "run `cargo build{flag} -p gdpr4k` first, or `cargo test --workspace`, which builds it"
    );
    let Ok(built) = path.metadata().and_then(|m| m.modified()) else {
        panic!("{} - the binary is missing - {advice}", path.display());
    };
    let code = [
        "model", "sources", "policy", "store", "report", "engine", "demo", "cli",
    ]
    .map(|c| format!("crates/{c}/src"));
    let newest = code
        .iter()
        .map(|c| newest(&repository().join(c)))
        .chain([newest(&repository().join("schemas"))])
        .max();
    assert!(
        newest.is_none_or(|n| n <= built),
        "{} - the binary is older than the code - {advice}",
        path.display()
    );
    path
}

fn newest(folder: &Path) -> SystemTime {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter_map(|e| match e.file_type() {
            Ok(t) if t.is_dir() => Some(newest(&e.path())),
            _ => e.metadata().and_then(|m| m.modified()).ok(),
        })
        .max()
        .unwrap_or(SystemTime::UNIX_EPOCH)
}

/// A call of the binary, not yet made.
#[derive(Clone, Debug)]
pub struct Call {
    args: Vec<OsString>,
    dir: Option<PathBuf>,
    env: Vec<(OsString, OsString)>,
}

/// A call of `gdpr4k` with these arguments.
pub fn gdpr4k<I: AsRef<OsStr>>(args: impl IntoIterator<Item = I>) -> Call {
    Call {
        args: args.into_iter().map(|a| a.as_ref().to_owned()).collect(),
        dir: None,
        env: Vec::new(),
    }
}

impl Call {
    /// In this folder.
    #[must_use]
    pub fn dir(mut self, dir: &Path) -> Self {
        self.dir = Some(dir.to_owned());
        self
    }

    /// With one more argument.
    #[must_use]
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// With more arguments.
    #[must_use]
    pub fn args(mut self, args: &[&str]) -> Self {
        self.args.extend(args.iter().map(OsString::from));
        self
    }

    /// With an environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// Starts it with pipes for its output.
    ///
    /// # Panics
    /// It cannot be started.
    pub fn spawn(&self) -> Child {
        let mut command = Command::new(binary());
        command
            .args(&self.args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
            .env_remove("NO_COLOR")
            .env_remove("RUST_LOG")
            .envs(self.env.iter().map(|(k, v)| (k, v)));
        if let Some(dir) = &self.dir {
            command.current_dir(dir);
        }
        command.spawn().unwrap_or_else(|e| panic!("{self:?}: {e}"))
    }

    /// Runs it to its end.
    ///
    /// # Panics
    /// It cannot be started, or it was still running after ten minutes.
    pub fn run(&self) -> Run {
        let start = Instant::now();
        let mut child = self.spawn();
        let (mut out, mut err) = (child.stdout.take(), child.stderr.take());
        let (mut peak, mut cpu) = (0, Duration::ZERO);
        let mut wait = Duration::from_micros(200);
        let (status, stdout, stderr) = std::thread::scope(|scope| {
            let stdout = scope.spawn(|| drain(out.as_mut()));
            let stderr = scope.spawn(|| drain(err.as_mut()));
            let status = loop {
                peak = peak.max(high_water(child.id()).unwrap_or(0));
                cpu = cpu.max(spent(child.id()).unwrap_or_default());
                if let Some(status) = child.try_wait().expect("the state of the child") {
                    break status;
                }
                if start.elapsed() > Duration::from_secs(600) {
                    let _ = child.kill();
                    panic!("{self:?}: still running after ten minutes");
                }
                std::thread::sleep(wait);
                wait = (wait * 2).min(Duration::from_millis(5));
            };
            (
                status,
                stdout.join().expect("reading"),
                stderr.join().expect("reading"),
            )
        });
        Run {
            call: format!("{:?}", self.args),
            code: status.code(),
            stdout,
            stderr,
            wall: start.elapsed(),
            cpu,
            peak,
        }
    }
}

fn drain(pipe: Option<&mut impl std::io::Read>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        let _ = pipe.read_to_end(&mut bytes);
    }
    bytes
}

/// Most memory that a process had at any time, in KiB. Linux only.
fn high_water(process: u32) -> Option<u64> {
    let mut text = String::new();
    std::fs::File::open(format!("/proc/{process}/status"))
        .ok()?
        .read_to_string(&mut text)
        .ok()?;
    text.lines()
        .find_map(|l| l.strip_prefix("VmHWM:"))?
        .split_whitespace()
        .next()?
        .parse()
        .ok()
}

/// Time that a process has spent on cores so far. Linux only.
fn spent(process: u32) -> Option<Duration> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // the name, in brackets, may hold blanks; user and system time are the 14th and 15th field
    let (_, rest) = text.rsplit_once(')')?;
    let ticks: u64 = rest
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|t| t.parse::<u64>().ok())
        .sum();
    // a hundred a second, whatever the kernel (proc(5), sysconf(_SC_CLK_TCK) on Linux)
    Some(Duration::from_millis(ticks * 10))
}

/// What a call gave.
#[derive(Clone, Debug)]
pub struct Run {
    call: String,
    /// Exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
    /// Time from start to end.
    pub wall: Duration,
    /// Time on all cores, to the last few milliseconds; 0 where the system does not tell.
    pub cpu: Duration,
    /// Peak resident memory in KiB, read every few milliseconds; 0 where the system does not tell.
    pub peak: u64,
}

impl Run {
    /// Standard output as text.
    pub fn out(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Standard error as text.
    pub fn err(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// Checks the exit code.
    ///
    /// # Panics
    /// It is another one.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "{}\nstdout: {}\nstderr: {}",
            self.call,
            head(&self.out()),
            head(&self.err())
        );
        self
    }

    /// Standard output as JSON.
    ///
    /// # Panics
    /// It is none.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.stdout).unwrap_or_else(|e| {
            panic!(
                "{}: {e}\nstdout: {}\nstderr: {}",
                self.call,
                head(&self.out()),
                head(&self.err())
            )
        })
    }

    /// Standard output and standard error, for searches.
    pub fn bytes(&self) -> Vec<u8> {
        [self.stdout.as_slice(), b"\n", self.stderr.as_slice()].concat()
    }
}

fn head(text: &str) -> &str {
    match text.char_indices().nth(3000) {
        Some((at, _)) => &text[..at],
        None => text,
    }
}
