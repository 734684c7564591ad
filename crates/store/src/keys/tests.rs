use super::*;
use gdpr4k_model::retention::Quarter;

struct Folders {
    dir: tempfile::TempDir,
}

impl Folders {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    fn keys(&self) -> PathBuf {
        self.dir.path().join("keys")
    }

    fn ring(&self, passphrase: Option<&str>, effects: &Effects) -> Result<KeyRing, Error> {
        KeyRing::open(
            &self.keys(),
            &self.dir.path().join("state"),
            passphrase,
            effects,
        )
    }

    fn open(&self) -> KeyRing {
        self.ring(None, &Effects::real()).unwrap()
    }

    fn bytes(&self) -> Vec<u8> {
        let files = std::fs::read_dir(self.keys()).unwrap();
        files
            .flat_map(|e| std::fs::read(e.unwrap().path()).unwrap())
            .collect()
    }
}

fn quarter(text: &str) -> Quarter {
    text.parse().unwrap()
}

#[test]
fn a_key_is_made_on_demand_and_stays() {
    let folders = Folders::new();
    let q4 = quarter("2026-Q4");
    let first = folders.open().key("accounting", q4).unwrap();
    let again = folders.open().key("accounting", q4).unwrap();
    assert_eq!(first.expose(), again.expose());
    assert_eq!(first.label(), "accounting 2026-Q4 1");
    for (domain, quarter) in [("performance", q4), ("accounting", quarter("2026-Q3"))] {
        let other = folders.open().key(domain, quarter).unwrap();
        assert_ne!(other.expose(), first.expose());
    }
    assert!(folders.open().key("../x", q4).is_err());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let path = folders.keys().join("accounting-2026-Q4.1.key");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let open = folders.open().key("accounting", q4);
        assert!(matches!(
            open,
            Err(Error::Refused {
                why: Refusal::OpenToOthers { mode: 0o640 },
                ..
            })
        ));
    }
}

#[test]
fn rotation_makes_the_next_generation_and_keeps_the_old_one() {
    let folders = Folders::new();
    let ring = folders.open();
    let q = quarter("2026-Q1");
    let first = ring.key("accounting", q).unwrap();
    let second = ring.rotate("accounting", q).unwrap();
    assert_eq!(ring.key("accounting", q).unwrap().expose(), second.expose());
    let all = ring.keys("accounting", q).unwrap();
    let found: Vec<_> = all.iter().map(PeriodKey::generation).collect();
    assert_eq!(found, [2, 1]);
    assert_eq!(all[1].expose(), first.expose());
    let current: Vec<_> = ring.status().unwrap().iter().map(|s| s.current).collect();
    assert_eq!(current, [false, true]);
}

#[test]
fn a_destroyed_key_is_gone_and_its_generation_is_never_used_again() {
    let folders = Folders::new();
    let ring = folders.open();
    let q = quarter("2026-Q1");
    let key = ring.key("accounting", q).unwrap();
    let kept = ring.key("accounting", quarter("2026-Q2")).unwrap();
    let secret = hex(key.expose()).to_string();
    let records = ring.destroy("accounting", q).unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].fingerprint.len(), 64);
    assert_eq!(records[0].check, key.check());
    let left = String::from_utf8(folders.bytes()).unwrap();
    assert!(!left.contains(&secret) && left.contains(&hex(kept.expose())[..]));
    assert!(!serde_json::to_string(&records).unwrap().contains(&secret));
    assert!(ring.keys("accounting", q).unwrap().is_empty());
    let status = ring.status().unwrap();
    assert!(status[0].destroyed_at.is_some() && status[1].destroyed_at.is_none());
    // raw records of that quarter that come back get a key of their own
    let next = ring.key("accounting", q).unwrap();
    assert_eq!(next.generation(), 2);
    assert!(
        ring.destroy("accounting", quarter("2025-Q1"))
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_destruction_that_is_cut_off_anywhere_is_finished_at_the_next_start() {
    let q = quarter("2026-Q1");
    for n in 1.. {
        let folders = Folders::new();
        let secret = hex(folders.open().key("accounting", q).unwrap().expose()).to_string();
        let effects = Effects::failing_at(n);
        let outcome = folders
            .ring(None, &effects)
            .unwrap()
            .destroy("accounting", q);
        if !effects.fired() {
            outcome.unwrap();
            assert!(n > 8);
            break;
        }
        assert!(outcome.is_err());
        let ring = folders.open();
        let left = ring.keys("accounting", q).unwrap();
        let recorded = ring
            .status()
            .unwrap()
            .iter()
            .any(|s| s.destroyed_at.is_some());
        assert_eq!(
            left.is_empty(),
            recorded,
            "effect {n}: destroyed exactly if recorded"
        );
        if recorded {
            assert!(!String::from_utf8_lossy(&folders.bytes()).contains(&secret));
        }
    }
}

#[test]
fn a_key_whose_making_is_cut_off_is_made_again() {
    let q = quarter("2026-Q1");
    for n in 1.. {
        let folders = Folders::new();
        let effects = Effects::failing_at(n);
        let outcome = folders.ring(None, &effects).unwrap().key("accounting", q);
        if !effects.fired() {
            outcome.unwrap();
            break;
        }
        assert!(outcome.is_err());
        assert_eq!(
            folders.open().key("accounting", q).unwrap().generation(),
            1,
            "effect {n}"
        );
    }
}

#[test]
fn a_passphrase_seals_every_key() {
    let folders = Folders::new();
    let q = quarter("2026-Q1");
    let real = Effects::real();
    let ring = folders.ring(Some("correct horse"), &real).unwrap();
    let key = ring.key("accounting", q).unwrap();
    let secret = hex(key.expose()).to_string();
    assert!(!String::from_utf8_lossy(&folders.bytes()).contains(&secret));
    let again = folders.ring(Some("correct horse"), &real).unwrap();
    assert_eq!(again.key("accounting", q).unwrap().expose(), key.expose());
    assert!(matches!(
        folders.ring(Some("wrong"), &real),
        Err(Error::Passphrase)
    ));
    let closed = folders.open();
    assert!(matches!(
        closed.key("accounting", q),
        Err(Error::Passphrase)
    ));
    assert!(matches!(
        closed.rotate("accounting", q),
        Err(Error::Passphrase)
    ));
    assert!(closed.status().unwrap()[0].sealed);
    // sealed for its own name only
    let from = folders.keys().join("accounting-2026-Q1.1.key");
    std::fs::copy(&from, folders.keys().join("accounting-2026-Q2.1.key")).unwrap();
    let swapped = again.key("accounting", quarter("2026-Q2"));
    assert!(matches!(swapped, Err(Error::Key { .. })));
    assert_eq!(closed.destroy("accounting", q).unwrap().len(), 1);
}

#[test]
fn keys_made_without_a_passphrase_do_not_take_one() {
    let folders = Folders::new();
    folders
        .open()
        .key("accounting", quarter("2026-Q1"))
        .unwrap();
    let late = folders.ring(Some("late"), &Effects::real());
    assert!(matches!(
        late,
        Err(Error::Refused {
            why: Refusal::PassphraseTooLate,
            ..
        })
    ));
}

#[test]
fn a_keys_folder_in_the_state_folder_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    std::fs::create_dir(&state).unwrap();
    for inside in [
        state.clone(),
        state.join("keys"),
        dir.path().join("x/../state/keys"),
    ] {
        let ring = KeyRing::open(&inside, &state, None, &Effects::real());
        assert!(
            matches!(
                ring,
                Err(Error::Refused {
                    why: Refusal::KeysInState,
                    ..
                })
            ),
            "{}",
            inside.display()
        );
        assert!(!state.join("keys").exists());
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&state, dir.path().join("link")).unwrap();
        assert!(apart(&dir.path().join("link/keys"), &state).is_err());
    }
    assert!(apart(&dir.path().join("state-keys"), &state).is_ok());
}

#[test]
fn a_damaged_or_exchanged_key_is_refused() {
    let folders = Folders::new();
    let q = quarter("2026-Q1");
    folders.open().key("accounting", q).unwrap();
    let path = folders.keys().join("accounting-2026-Q1.1.key");
    let text = std::fs::read_to_string(&path).unwrap();
    let digit = text.rfind(|c: char| c.is_ascii_hexdigit()).unwrap();
    let other = if text.as_bytes()[digit] == b'0' {
        "1"
    } else {
        "0"
    };
    for bad in [
        "",
        "key = 1",
        &[&text[..digit], other, &text[digit + 1..]].concat(),
    ] {
        std::fs::write(&path, bad).unwrap();
        assert!(
            matches!(folders.open().key("accounting", q), Err(Error::Key { .. })),
            "{bad}"
        );
        assert!(folders.open().status().unwrap()[0].problem.is_some());
    }
}
