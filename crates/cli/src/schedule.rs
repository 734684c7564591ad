//! `gdpr4k schedule`: units that call `retention run`; printed, never installed.

use std::path::{Path, PathBuf};

use crate::args::Common;
use crate::args::retention::{Schedule, Scheduler};
use crate::output::{Exit, Failure, say};
use crate::site;

pub(crate) fn run(common: &Common, args: &Schedule) -> Result<Exit, Failure> {
    let opened = site::open(common)?;
    let (hour, minute) = time(&args.at)?;
    let exe = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("/usr/local/bin/gdpr4k"));
    let file = common.site.canonicalize().map_err(|e| {
        Failure::environment(format!(
            "{} - cannot resolve ({e}) - name the site file with --site",
            common.site.display()
        ))
    })?;
    let head = &opened.site.head;
    let root = opened.folder.root();
    let job = Job {
        exe: &exe,
        site: &file,
        root,
        keys: root.join(&head.keys),
        user: &args.user,
        hour,
        minute,
    };
    say(&match args.scheduler {
        Scheduler::Systemd => job.systemd(),
        Scheduler::Cron => job.cron(),
        Scheduler::Windows => job.windows(),
    })?;
    Ok(Exit::Done)
}

fn time(text: &str) -> Result<(u32, u32), Failure> {
    chrono::NaiveTime::parse_from_str(text, "%H:%M")
        .map(|t| (chrono::Timelike::hour(&t), chrono::Timelike::minute(&t)))
        .map_err(|_| {
            Failure::usage("--at - no time of day (expected HH:MM, for example 03:00) - correct it")
        })
}

struct Job<'a> {
    exe: &'a Path,
    site: &'a Path,
    root: &'a Path,
    keys: PathBuf,
    user: &'a str,
    hour: u32,
    minute: u32,
}

impl Job<'_> {
    fn systemd(&self) -> String {
        // a path in a unit: specifiers are escaped, blanks are quoted
        let p = |path: &Path| {
            let text = path
                .display()
                .to_string()
                .replace('\\', "\\\\")
                .replace('"', "\\\"")
                .replace('%', "%%");
            format!("\"{text}\"")
        };
        format!(
            "\
# /etc/systemd/system/gdpr4k-retention.service
[Unit]
Description=gdpr4k: retention of call and performance data
Documentation=man:gdpr4k(1)
# a run that was missed is caught up: what is due stays due
ConditionPathExists={site}

[Service]
Type=oneshot
User={user}
ExecStart={exe} --site {site} --no-progress retention run
# 4: done, somebody has to look; everything else than 0 and 4 is a failure
SuccessExitStatus=4
TimeoutStartSec=6h
Nice=10
IOSchedulingClass=idle
UMask=0077

# no network, no new rights, nothing writable but the site
PrivateNetwork=yes
RestrictAddressFamilies=AF_UNIX
IPAddressDeny=any
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=tmpfs
BindPaths={root}
ReadWritePaths={root}
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
ProtectProc=invisible
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
CapabilityBoundingSet=
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
# keys lie in {keys}; keep them out of the backup of the site

# /etc/systemd/system/gdpr4k-retention.timer
[Unit]
Description=gdpr4k: retention every night

[Timer]
OnCalendar=*-*-* {hour:02}:{minute:02}:00
Persistent=true
RandomizedDelaySec=5m

[Install]
WantedBy=timers.target

# then: systemctl daemon-reload && systemctl enable --now gdpr4k-retention.timer",
            site = p(self.site),
            exe = p(self.exe),
            root = p(self.root),
            keys = self.keys.display(),
            user = self.user,
            hour = self.hour,
            minute = self.minute,
        )
    }

    fn cron(&self) -> String {
        // % ends the command in a crontab
        let p = |path: &Path| {
            format!("'{}'", path.display().to_string().replace('\'', "'\\''")).replace('%', "\\%")
        };
        format!(
            "\
# crontab of {user}: crontab -u {user} -e
# exit code 0: done, 4: done, somebody has to look; everything else is a failure.
# cron does not catch up a night in which the machine was off; the next run does, what is due stays due.
MAILTO=root
{minute} {hour} * * * umask 077; {exe} --site {site} --no-progress --quiet retention run || [ $? -eq 4 ] || echo 'gdpr4k retention run failed: see gdpr4k retention status'",
            user = self.user,
            minute = self.minute,
            hour = self.hour,
            exe = p(self.exe),
            site = p(self.site),
        )
    }

    fn windows(&self) -> String {
        let x = |text: &str| {
            text.replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;")
                .replace('"', "&quot;")
        };
        format!(
            "\
<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<!-- schtasks /Create /TN gdpr4k-retention /XML gdpr4k-retention.xml /RU {user} -->
<Task version=\"1.2\" xmlns=\"http://schemas.microsoft.com/windows/2004/02/mit/task\">
  <RegistrationInfo>
    <Description>gdpr4k: retention of call and performance data</Description>
  </RegistrationInfo>
  <Triggers>
    <CalendarTrigger>
      <StartBoundary>2026-01-01T{hour:02}:{minute:02}:00</StartBoundary>
      <ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay>
    </CalendarTrigger>
  </Triggers>
  <Principals>
    <Principal id=\"Author\">
      <UserId>{user}</UserId>
      <LogonType>Password</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <StartWhenAvailable>true</StartWhenAvailable>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <ExecutionTimeLimit>PT6H</ExecutionTimeLimit>
    <Priority>7</Priority>
  </Settings>
  <Actions Context=\"Author\">
    <Exec>
      <Command>{exe}</Command>
      <Arguments>--site &quot;{site}&quot; --no-progress retention run</Arguments>
      <WorkingDirectory>{root}</WorkingDirectory>
    </Exec>
  </Actions>
</Task>",
            user = x(self.user),
            exe = x(&self.exe.display().to_string()),
            site = x(&self.site.display().to_string()),
            root = x(&self.root.display().to_string()),
            hour = self.hour,
            minute = self.minute,
        )
    }
}
