use super::*;

struct Site {
    dir: tempfile::TempDir,
}

impl Site {
    fn new(entries: u64) -> Self {
        let site = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        site.append(entries, &Effects::real()).unwrap();
        site
    }

    fn keys(&self) -> PathBuf {
        self.dir.path().join("keys")
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("state/ledger.jsonl")
    }

    fn state(&self) -> State {
        State::open(&self.dir.path().join("state")).unwrap()
    }

    fn key(&self) -> SiteKey {
        SiteKey::open_or_create(&self.keys(), None, &Effects::real()).unwrap()
    }

    fn append(&self, entries: u64, effects: &Effects) -> Result<(), Error> {
        let (state, key) = (self.state(), self.key());
        let mut ledger = Ledger::open(&state, &self.keys(), &key, effects)?;
        for i in 0..entries {
            ledger.append(
                "run-finished",
                serde_json::json!({ "deleted": i, "run": format!("r{i}") }),
            )?;
        }
        Ok(())
    }

    fn check(&self) -> LedgerCheck {
        verify(&self.state(), &self.keys()).unwrap()
    }

    fn lines(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.file()).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    /// Writes the lines back and says what the check finds.
    fn with(&self, lines: &[String]) -> Vec<Fault> {
        let text: String = lines.iter().map(|l| format!("{l}\n")).collect();
        std::fs::write(self.file(), text).unwrap();
        self.check().faults
    }
}

#[test]
fn a_whole_ledger_has_no_fault() {
    let site = Site::new(3);
    let check = site.check();
    assert_eq!((check.entries, check.faults), (4, vec![]));
    assert_eq!(entries(&site.state()).unwrap()[0].kind, "ledger-begun");
    site.append(0, &Effects::real()).unwrap();
    assert_eq!(site.lines().len(), 4, "opening adds nothing");
}

#[test]
fn any_altered_byte_is_found() {
    let site = Site::new(2);
    let lines = site.lines();
    for (i, line) in lines.iter().enumerate() {
        for at in (0..line.len()).step_by(7) {
            let mut bytes = line.clone().into_bytes();
            bytes[at] = if bytes[at] == b'7' { b'8' } else { b'7' };
            let mut changed = lines.clone();
            changed[i] = String::from_utf8(bytes).unwrap();
            assert!(!site.with(&changed).is_empty(), "line {i}, byte {at}");
        }
    }
    assert_eq!(site.with(&lines), []);
}

#[test]
fn a_missing_doubled_or_moved_entry_is_found() {
    let site = Site::new(3);
    let lines = site.lines();
    let order = |line, found, expected| Fault::Order {
        line,
        found,
        expected,
    };
    for (i, changed) in [
        [0, 2, 3].as_slice(),
        &[1, 2, 3],
        &[0, 1, 1, 2, 3],
        &[0, 2, 1, 3],
        &[1, 0, 2, 3],
    ]
    .iter()
    .enumerate()
    {
        let changed: Vec<_> = changed.iter().map(|i: &usize| lines[*i].clone()).collect();
        let faults = site.with(&changed);
        assert!(
            faults.iter().any(|f| matches!(f, Fault::Order { .. })),
            "{i}: {faults:?}"
        );
        assert!(
            faults.iter().any(|f| matches!(f, Fault::Chain { .. })),
            "{i}: {faults:?}"
        );
    }
    assert!(
        site.with(&[lines[0].clone(), lines[2].clone(), lines[3].clone()])
            .contains(&order(2, 3, 2))
    );
}

#[test]
fn a_cut_end_is_found_and_never_healed_silently() {
    let site = Site::new(3);
    let lines = site.lines();
    assert_eq!(site.with(&lines[..3]), [Fault::End { known: 4, found: 3 }]);
    assert_eq!(site.with(&[]), [Fault::End { known: 4, found: 0 }]);
    site.with(&lines[..3]);
    // an older copy of the state database comes back with it
    site.state()
        .database()
        .execute("UPDATE ledger_head SET entries = 3", [])
        .unwrap();
    assert!(
        site.check()
            .faults
            .contains(&Fault::End { known: 4, found: 3 })
    );
    site.append(1, &Effects::real()).unwrap();
    assert_eq!(site.check().faults, [Fault::Gap { line: 4 }]);
    assert!(site.lines()[3].contains(r#""known":{"entries":4,"#));
}

#[test]
fn an_entry_of_another_key_is_found() {
    let site = Site::new(1);
    let other = Site::new(1);
    let (lines, others) = (site.lines(), other.lines());
    let faults = site.with(&[others[0].clone(), others[1].clone()]);
    assert!(
        faults.contains(&Fault::Signature { line: 1 })
            && faults.contains(&Fault::Signature { line: 2 })
    );
    assert_eq!(site.with(&lines), []);
}

#[test]
fn a_missing_head_is_found() {
    let site = Site::new(1);
    std::fs::remove_file(site.keys().join(HEAD)).unwrap();
    assert_eq!(
        site.check().faults,
        [Fault::HeadMissing {
            place: "keys folder"
        }]
    );
}

#[test]
fn an_append_that_is_cut_off_anywhere_heals_without_a_fault() {
    for n in 1.. {
        let site = Site::new(1);
        let effects = Effects::failing_at(n);
        let outcome = site.append(2, &effects);
        if !effects.fired() {
            outcome.unwrap();
            assert!(n > 10);
            break;
        }
        assert!(outcome.is_err());
        site.append(1, &Effects::real()).unwrap();
        let check = site.check();
        assert_eq!(check.faults, [], "effect {n}");
        assert!(
            (3..=5).contains(&check.entries),
            "effect {n}: {}",
            check.entries
        );
    }
}
