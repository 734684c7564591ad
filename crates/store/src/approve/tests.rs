use std::process::{Command, Stdio};

use super::*;

const NAME: &str = "dana.schutz@werk-nord.example";

/// A folder with keys and a list of approvers.
struct Desk {
    dir: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn signers(&self) -> Signers {
        Signers::read(&self.path("allowed_signers")).unwrap()
    }

    /// A key made by us, added as an approver.
    fn approver(&self, name: &str) -> PathBuf {
        let key = self.path(&format!("key-{}", name.replace('@', "-")));
        crate::signing::SiteKey::open_or_create(&key, None, &Effects::real()).unwrap();
        add(
            &self.path("allowed_signers"),
            name,
            &key.join("site_ed25519.pub"),
            &Effects::real(),
        )
        .unwrap();
        key.join("site_ed25519")
    }

    fn sign(&self, document: &[u8], name: &str, key: &Path) -> Result<String, Error> {
        sign(document, name, key, || None, &self.signers(), Utc::now())
    }

    fn check(&self, document: &[u8], signatures: &[&str]) -> (usize, Vec<Why>) {
        let signatures: Vec<_> = signatures
            .iter()
            .map(|s| (String::new(), (*s).to_owned()))
            .collect();
        let approvals = verify(document, &signatures, &self.signers(), Utc::now());
        (
            approvals.valid.len(),
            approvals.rejected.iter().map(|r| r.why).collect(),
        )
    }
}

#[test]
fn an_approval_counts_for_its_document_once_for_each_person_and_key() {
    let desk = Desk::new();
    let (one, two) = (desk.approver(NAME), desk.approver("rat"));
    let plan = b"{\"plan\":\"1\"}";
    let first = desk.sign(plan, NAME, &one).unwrap();
    let second = desk.sign(plan, "rat", &two).unwrap();
    assert_eq!(desk.check(plan, &[&first, &second]), (2, vec![]));
    assert_eq!(desk.check(plan, &[&first, &first]), (1, vec![Why::Again]));
    assert_eq!(
        desk.check(b"{\"plan\":\"2\"}", &[&first]),
        (0, vec![Why::Document])
    );
    assert_eq!(
        desk.check(plan, &["no signature", ""]),
        (0, vec![Why::Unreadable; 2])
    );
    let foreign = Desk::new();
    let key = foreign.approver(NAME);
    let signature = foreign.sign(plan, NAME, &key).unwrap();
    assert_eq!(desk.check(plan, &[&signature]), (0, vec![Why::Unknown]));
    let ledger =
        crate::signing::SiteKey::open_or_create(one.parent().unwrap(), None, &Effects::real())
            .unwrap();
    let other = ledger.sign(Namespace::Ledger, plan).unwrap();
    assert_eq!(desk.check(plan, &[&other]), (0, vec![Why::Namespace]));
}

#[test]
fn one_key_under_two_names_counts_once() {
    let desk = Desk::new();
    let key = desk.approver(NAME);
    let list = desk.path("allowed_signers");
    let public = key.with_file_name("site_ed25519.pub");
    let there = add(&list, NAME, &public, &Effects::real());
    assert!(matches!(
        there,
        Err(Error::Refused {
            why: Refusal::ApproverThere,
            ..
        })
    ));
    add(&list, "other", &public, &Effects::real()).unwrap();
    let signature = desk.sign(b"plan", "other", &key).unwrap();
    for (place, name) in [
        ("plan.sig", NAME),
        ("plan.json.other.sig", "other"),
        ("plan.json.boss.sig", NAME),
    ] {
        let signatures = [(place.to_owned(), signature.clone())];
        let approvals = verify(b"plan", &signatures, &desk.signers(), Utc::now());
        assert_eq!(approvals.valid[0].principal, name, "{place}");
    }
    assert_eq!(
        desk.check(b"plan", &[&signature, &signature]),
        (1, vec![Why::Again])
    );
}

#[test]
fn only_a_key_of_that_approver_signs() {
    let desk = Desk::new();
    let key = desk.approver(NAME);
    let refused = desk.sign(b"plan", "rat", &key);
    assert!(matches!(
        refused,
        Err(Error::Refused {
            why: Refusal::NotAnApprover,
            ..
        })
    ));
    remove(&desk.path("allowed_signers"), NAME, &Effects::real()).unwrap();
    let refused = desk.sign(b"plan", NAME, &key);
    assert!(matches!(
        refused,
        Err(Error::Refused {
            why: Refusal::NotAnApprover,
            ..
        })
    ));
    let gone = remove(&desk.path("allowed_signers"), NAME, &Effects::real());
    assert!(matches!(
        gone,
        Err(Error::Refused {
            why: Refusal::NoApprover,
            ..
        })
    ));
}

#[test]
fn a_key_counts_in_its_time_and_for_its_purpose() {
    let desk = Desk::new();
    let key = desk.approver(NAME);
    let signature = desk.sign(b"plan", NAME, &key).unwrap();
    let public = std::fs::read_to_string(key.with_file_name("site_ed25519.pub")).unwrap();
    let cases = [
        ("", None),
        ("namespaces=\"gdpr4k\" ", None),
        ("namespaces=\"git,gdpr?k\" ", None),
        ("namespaces=\"git\" ", Some(Why::Unknown)),
        ("namespaces=\"*,!gdpr4k\" ", Some(Why::Unknown)),
        (
            "valid-after=\"20200101Z\",valid-before=\"29991231235959Z\" ",
            None,
        ),
        ("VALID-AFTER=\"29990101\" ", Some(Why::Expired)),
        (
            "namespaces=\"gdpr4k\",valid-before=\"202001010000\" ",
            Some(Why::Expired),
        ),
    ];
    for (options, expected) in cases {
        let list = format!("# approvers\n\n{NAME} {options}{public}");
        std::fs::write(desk.path("allowed_signers"), list).unwrap();
        let (valid, rejected) = desk.check(b"plan", &[&signature]);
        assert_eq!(
            (valid, rejected.first().copied()),
            (usize::from(expected.is_none()), expected),
            "{options}"
        );
    }
}

#[test]
fn a_line_that_is_not_understood_is_refused_with_its_place() {
    let desk = Desk::new();
    let key = desk.approver(NAME);
    let public = std::fs::read_to_string(key.with_file_name("site_ed25519.pub")).unwrap();
    let public = public.trim();
    for bad in [
        NAME.to_owned(),
        format!("{NAME} ssh-ed25519 AAAA"),
        format!("{NAME} cert-authority {public}"),
        format!("{NAME} verify-required=\"x\" {public}"),
        format!("{NAME} namespaces=gdpr4k {public}"),
        format!("{NAME} valid-before=\"tomorrow\" {public}"),
        format!("{NAME},, {public}"),
    ] {
        let parsed = Signers::parse(&format!("{NAME} {public}\n{bad}\n"));
        assert_eq!(
            parsed.map(|_| ()).map_err(|(line, _)| line),
            Err(2),
            "{bad}"
        );
    }
    let parsed = Signers::parse(&format!("\"a b,c\" namespaces=\"x, y\" {public}")).unwrap();
    assert_eq!(parsed.list()[0].principals, ["a b", "c"]);
    assert_eq!(parsed.list()[0].namespaces.as_deref(), Some("x, y"));
}

#[test]
fn removing_a_name_leaves_the_others_of_its_line_and_every_other_line() {
    let desk = Desk::new();
    let key = desk.approver(NAME);
    let public = std::fs::read_to_string(key.with_file_name("site_ed25519.pub")).unwrap();
    let list = desk.path("allowed_signers");
    std::fs::write(
        &list,
        format!("# ours\na,b namespaces=\"gdpr4k\" {public}c {public}"),
    )
    .unwrap();
    assert_eq!(remove(&list, "a", &Effects::real()).unwrap(), 1);
    let left = std::fs::read_to_string(&list).unwrap();
    assert_eq!(
        left,
        format!("# ours\nb namespaces=\"gdpr4k\" {public}c {public}")
    );
    assert_eq!(remove(&list, "b", &Effects::real()).unwrap(), 1);
    assert_eq!(
        std::fs::read_to_string(&list).unwrap(),
        format!("# ours\nc {public}")
    );
}

#[test]
fn names_that_do_not_fit_a_file_name_are_refused() {
    let desk = Desk::new();
    let key = desk.approver(NAME);
    for bad in ["", "../x", "a b", "a,b", "*", "-x", ".x", "a\"b", "a\nb"] {
        let added = add(
            &desk.path("allowed_signers"),
            bad,
            &key.with_file_name("site_ed25519.pub"),
            &Effects::real(),
        );
        assert!(
            matches!(
                added,
                Err(Error::Refused {
                    why: Refusal::ApproverName,
                    ..
                })
            ),
            "{bad:?}"
        );
    }
}

#[test]
fn signatures_beside_a_plan_are_found_under_both_names() {
    let desk = Desk::new();
    let key = desk.approver(NAME);
    let plan = desk.path("plan.json");
    std::fs::write(&plan, "plan").unwrap();
    let signature = desk.sign(b"plan", NAME, &key).unwrap();
    let kept = keep_signature(&plan, NAME, &signature, &Effects::real()).unwrap();
    assert_eq!(
        kept.file_name().unwrap(),
        "plan.json.dana.schutz@werk-nord.example.sig"
    );
    std::fs::write(desk.path("plan.json.sig"), &signature).unwrap();
    std::fs::write(desk.path("plan.json2.sig"), &signature).unwrap();
    let found: Vec<_> = signatures_beside(&plan)
        .unwrap()
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(
        found,
        [
            "plan.json.dana.schutz@werk-nord.example.sig",
            "plan.json.sig"
        ]
    );
}

/// Runs a command of OpenSSH; `None`, said loudly, where it is not installed.
fn openssh(program: &str, configure: impl FnOnce(&mut Command)) -> Option<std::process::Output> {
    let mut command = Command::new(program);
    configure(&mut command);
    match command.output() {
        Ok(output) => Some(output),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            eprintln!(
                "NOT TESTED against {program}: it is not installed (apt-get install openssh-client)"
            );
            None
        }
        Err(e) => panic!("{program}: {e}"),
    }
}

fn keygen(desk: &Desk, arguments: &[&str], input: Option<&str>) -> Option<std::process::Output> {
    let stdin = input.map(|name| std::fs::File::open(desk.path(name)).unwrap());
    openssh("ssh-keygen", |command| {
        command.current_dir(desk.dir.path()).args(arguments);
        command.stdin(stdin.map_or_else(Stdio::null, Stdio::from));
    })
}

/// Kinds of keys that both sides know, with what `ssh-keygen` calls them.
const KINDS: [&[&str]; 3] = [
    &["ed25519"],
    &["ecdsa", "-b", "256"],
    &["rsa", "-b", "2048"],
];

#[test]
fn ssh_keygen_and_gdpr4k_check_each_other() {
    for kind in KINDS {
        for passphrase in ["", "correct horse"] {
            let desk = Desk::new();
            let make: Vec<_> =
                [&["-q", "-f", "key", "-N", passphrase, "-C", "", "-t"], kind].concat();
            let Some(made) = keygen(&desk, &make, None) else {
                return;
            };
            assert!(made.status.success(), "{made:?}");
            let list = desk.path("allowed_signers");
            add(&list, NAME, &desk.path("key.pub"), &Effects::real()).unwrap();
            std::fs::write(desk.path("plan.json"), "{\"plan\":\"1\"}\n").unwrap();
            let plan = std::fs::read(desk.path("plan.json")).unwrap();

            let ours = sign(
                &plan,
                NAME,
                &desk.path("key"),
                || Some(Zeroizing::new(passphrase.to_owned())),
                &desk.signers(),
                Utc::now(),
            )
            .unwrap();
            std::fs::write(desk.path("ours.sig"), &ours).unwrap();
            let verify = [
                "-Y",
                "verify",
                "-f",
                "allowed_signers",
                "-I",
                NAME,
                "-n",
                "gdpr4k",
                "-s",
                "ours.sig",
            ];
            let verified = keygen(&desk, &verify, Some("plan.json")).unwrap();
            assert!(verified.status.success(), "{kind:?}: {verified:?}");
            assert_eq!(desk.check(&plan, &[&ours]), (1, vec![]), "{kind:?}");

            if passphrase.is_empty() {
                let theirs = keygen(
                    &desk,
                    &["-q", "-Y", "sign", "-f", "key", "-n", "gdpr4k", "plan.json"],
                    None,
                )
                .unwrap();
                assert!(theirs.status.success(), "{theirs:?}");
                let found = signatures_beside(&desk.path("plan.json")).unwrap();
                let texts: Vec<_> = found.iter().map(|(_, text)| text.as_str()).collect();
                assert_eq!(desk.check(&plan, &texts), (1, vec![]), "{kind:?}");
                assert_eq!(
                    desk.check(b"other", &texts),
                    (0, vec![Why::Document]),
                    "{kind:?}"
                );
            }
        }
    }
}

/// An agent of our own; ends with this value.
struct Agent {
    process: std::process::Child,
    socket: PathBuf,
}

impl Agent {
    fn start(desk: &Desk) -> Option<Self> {
        let socket = desk.path("agent");
        let started = Command::new("ssh-agent")
            .args(["-D", "-a"])
            .arg(&socket)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let process = match started {
            Ok(process) => process,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                eprintln!(
                    "NOT TESTED against ssh-agent: it is not installed (apt-get install openssh-client)"
                );
                return None;
            }
            Err(e) => panic!("ssh-agent: {e}"),
        };
        for _ in 0..200 {
            if socket.exists() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        Some(Self { process, socket })
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[cfg(unix)]
#[test]
fn an_ssh_agent_signs() {
    for kind in KINDS {
        let desk = Desk::new();
        let make: Vec<_> = [&["-q", "-f", "key", "-N", "", "-C", "", "-t"], kind].concat();
        if keygen(&desk, &make, None).is_none() {
            return;
        }
        let Some(agent) = Agent::start(&desk) else {
            return;
        };
        add(
            &desk.path("allowed_signers"),
            NAME,
            &desk.path("key.pub"),
            &Effects::real(),
        )
        .unwrap();
        let public =
            PublicKey::from_openssh(&std::fs::read_to_string(desk.path("key.pub")).unwrap())
                .unwrap();
        let ask = || {
            let mut stream = std::os::unix::net::UnixStream::connect(&agent.socket).unwrap();
            agent::sign_by(&mut stream, &public, Namespace::Approval, b"plan")
        };
        let refused = ask();
        assert!(
            matches!(
                refused,
                Err(Error::Refused {
                    why: Refusal::Key { .. },
                    ..
                })
            ),
            "an empty agent"
        );
        let added = openssh("ssh-add", |c| {
            c.arg("-q")
                .arg(desk.path("key"))
                .env("SSH_AUTH_SOCK", &agent.socket)
                .stdin(Stdio::null());
        })
        .unwrap();
        assert!(added.status.success(), "{added:?}");
        let signature = ask().unwrap();
        assert_eq!(desk.check(b"plan", &[&signature]), (1, vec![]), "{kind:?}");
    }
}
