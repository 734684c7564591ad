use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;
use crate::journal::Progress;

/// A site with its state, in a folder of its own.
struct Site {
    dir: tempfile::TempDir,
}

type Files = BTreeMap<String, Vec<u8>>;

impl Site {
    fn new(files: &Files) -> Self {
        let site = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        for (path, bytes) in files {
            let path = site.root().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        site
    }

    fn root(&self) -> PathBuf {
        self.dir.path().join("site")
    }

    fn quarantine(&self) -> PathBuf {
        self.dir.path().join("site/quarantine")
    }

    fn state(&self) -> State {
        State::open(&self.dir.path().join("state")).unwrap()
    }

    fn recover(&self, effects: &Effects) -> Result<Recovery, Error> {
        recover(&self.state(), &self.root(), &self.quarantine(), effects)
    }

    /// Every file below a folder, with its content.
    fn read(folder: &Path) -> Files {
        let walk = walkdir::WalkDir::new(folder)
            .into_iter()
            .filter_map(Result::ok);
        walk.filter(|e| !e.file_type().is_dir())
            .map(|e| {
                let name = e
                    .path()
                    .strip_prefix(folder)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                (name, std::fs::read(e.path()).unwrap_or_default())
            })
            .collect()
    }

    /// The files of the site and, apart from them, those of the quarantine.
    fn look(&self) -> (Files, Vec<Vec<u8>>) {
        let (kept, files): (Files, Files) = Self::read(&self.root())
            .into_iter()
            .partition(|(path, _)| path.starts_with("quarantine/"));
        (files, kept.into_values().collect())
    }

    /// Treats every file that is still untreated; stops at the first failure, as a run does.
    fn run(&self, old: &Files, id: &str, effects: &Effects) -> Result<(), Error> {
        let state = self.state();
        let rewriter = Rewriter::new(&state, self.root(), self.quarantine(), id, effects)?;
        for (path, bytes) in old {
            let untreated = std::fs::read(self.root().join(path)).is_ok_and(|now| now == *bytes);
            if untreated {
                treat(&rewriter, path, bytes)?;
            }
        }
        Ok(())
    }
}

fn expected(bytes: &[u8]) -> Content {
    Content::of(blake3::Hasher::new().update(bytes))
}

/// What the treatment makes of a file: lower case becomes upper case, lines with `-` go,
/// lines with `!` go to the quarantine. Nothing left: the file goes.
fn treated(bytes: &[u8]) -> (Option<Vec<u8>>, Vec<u8>) {
    let (mut new, mut damaged) = (Vec::new(), Vec::new());
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        match line[0] {
            b'!' => damaged.extend_from_slice(line),
            b'-' => {}
            _ => new.extend(line.iter().map(u8::to_ascii_uppercase)),
        }
    }
    (Some(new).filter(|n| !n.is_empty()), damaged)
}

fn treat(rewriter: &Rewriter<'_>, path: &str, bytes: &[u8]) -> Result<Done<u64>, Error> {
    let expected = expected(bytes);
    let job = Job {
        path,
        expected: &expected,
        quarantine_until: NaiveDate::from_ymd_opt(2027, 2, 22).unwrap(),
    };
    let (new, damaged) = treated(bytes);
    let keep = |quarantine: &Quarantine| {
        damaged
            .split_inclusive(|b| *b == b'\n')
            .try_for_each(|line| quarantine.keep(line))
    };
    let Some(new) = new else {
        return rewriter.delete(&job, |source, quarantine| {
            keep(quarantine)?;
            Ok(Streamed {
                read: content(source)?,
                written: None,
                report: 1,
            })
        });
    };
    rewriter.replace(&job, |source, output, quarantine| {
        keep(quarantine)?;
        let half = new.len() / 2;
        output.write_at(half as u64, &new[half..])?;
        output.write_at(0, &new[..half])?;
        output.start_writing(0, new.len() as u64);
        Ok(Streamed {
            read: content(source)?,
            written: Some(super::tests::expected(&new)),
            report: 1,
        })
    })
}

fn sample() -> Files {
    [
        ("cdr/2026/a.txt", "one\n-two\n!thr ee\nfour\n"),
        ("cdr/b.txt", "-one\n!two\n"),
        ("cdr/c.txt", "one\ntwo\n"),
    ]
    .map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()))
    .into()
}

/// Every file is the old or the new one, whole; `clean`: and nothing else is there.
fn check(site: &Site, old: &Files, clean: bool, place: &str) {
    let (files, quarantine) = site.look();
    let mut kept = Vec::new();
    for (path, bytes) in old {
        let now = files.get(path);
        let (new, damaged) = treated(bytes);
        assert!(
            now == Some(bytes) || now == new.as_ref(),
            "{place}: {path} is neither old nor new"
        );
        if now != Some(bytes) && !damaged.is_empty() {
            kept.push(damaged);
        }
    }
    if clean {
        assert!(
            files.keys().all(|path| old.contains_key(path)),
            "{place}: left behind: {:?}",
            files.keys()
        );
        let (mut kept, mut quarantine) = (kept, quarantine);
        kept.sort();
        quarantine.sort();
        assert_eq!(
            quarantine, kept,
            "{place}: quarantine holds what left the files, and only that"
        );
    }
}

/// After recovery the journal agrees with the files.
fn check_journal(site: &Site, old: &Files, run: &str, place: &str) {
    let state = site.state();
    assert!(
        state.open_operations().unwrap().is_empty(),
        "{place}: open entries"
    );
    let (files, _) = site.look();
    for operation in state.operations(run).unwrap() {
        let is_old = files.get(&operation.path) == Some(&old[&operation.path]);
        let end = if is_old {
            Progress::Undone
        } else {
            Progress::Done
        };
        assert_eq!(operation.progress, end, "{place}: {}", operation.path);
    }
}

fn faults(make: impl Fn(u64) -> Effects, name: &str) -> u64 {
    let old = sample();
    for n in 1.. {
        let site = Site::new(&old);
        let effects = make(n);
        let outcome = site.run(&old, "r1", &effects);
        let place = format!("{name} {n}");
        if !effects.fired() {
            outcome.unwrap();
            return n - 1;
        }
        check(&site, &old, false, &place);
        // recovery itself may be cut off, at each of its own effects
        for m in 1.. {
            let cut = Effects::failing_at(m);
            let healed = site.recover(&cut);
            check(&site, &old, false, &format!("{place}, recovery {m}"));
            if !cut.fired() {
                healed.unwrap();
                break;
            }
        }
        check(&site, &old, true, &place);
        check_journal(&site, &old, "r1", &place);
        site.run(&old, "r2", &Effects::real()).unwrap();
        check(&site, &old, true, &place);
        let (files, _) = site.look();
        let new: Files = old
            .iter()
            .filter_map(|(path, bytes)| Some((path.clone(), treated(bytes).0?)))
            .collect();
        assert_eq!(files, new, "{place}: healed");
    }
    unreachable!()
}

#[test]
fn a_power_cut_at_any_effect_leaves_old_or_new_and_the_next_run_heals() {
    assert!(faults(Effects::failing_at, "crash") > 30);
}

#[test]
fn a_failure_of_any_single_effect_leaves_old_or_new_and_the_next_run_heals() {
    assert!(faults(Effects::failing_once, "failure") > 30);
}

#[test]
fn a_full_disk_leaves_nothing_behind_even_before_recovery() {
    let old = sample();
    let site = Site::new(&old);
    // effect 1 is the journal; from 2 to 11: new file, quarantine, writes, flushes, rename
    for n in 2..12 {
        let effects = Effects::failing_once(n);
        let error = site.run(&old, "r1", &effects).unwrap_err();
        assert!(
            matches!(error, Error::File { .. } | Error::Refused { .. }),
            "{error}"
        );
        check(&site, &old, true, &format!("failure {n}"));
        assert_eq!(site.look().0, old, "failure {n}");
        assert!(
            site.recover(&Effects::real()).unwrap().is_empty(),
            "failure {n}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn whatever_the_files_and_the_moment(
        lines in prop::collection::vec(prop::collection::vec("[-!a-z][a-z ]{0,9}\n", 1..5), 1..5),
        moment in 1_u64..60,
        once: bool,
    ) {
        let old: Files = lines.iter().enumerate()
            .map(|(i, lines)| (format!("cdr/{i}.txt"), lines.concat().into_bytes()))
            .collect();
        let site = Site::new(&old);
        let effects = if once { Effects::failing_once(moment) } else { Effects::failing_at(moment) };
        let _ = site.run(&old, "r1", &effects);
        check(&site, &old, false, "fault");
        site.recover(&Effects::real()).unwrap();
        check(&site, &old, true, "recovered");
        check_journal(&site, &old, "r1", "recovered");
        site.run(&old, "r2", &Effects::real()).unwrap();
        check(&site, &old, true, "healed");
        let (files, _) = site.look();
        prop_assert!(old.iter().all(|(path, bytes)| files.get(path) == treated(bytes).0.as_ref()));
    }
}

/// Treats one file of a site as it is prepared, and gives the refusal.
fn refusal(site: &Site, path: &str, bytes: &[u8]) -> Refusal {
    let state = site.state();
    let effects = Effects::real();
    let rewriter = Rewriter::new(&state, site.root(), site.quarantine(), "r", &effects).unwrap();
    match treat(&rewriter, path, bytes) {
        Err(Error::Refused { why, .. }) => why,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[test]
fn a_file_that_is_not_the_planned_one_is_refused_and_stays() {
    let old = sample();
    let site = Site::new(&old);
    assert_eq!(
        refusal(&site, "cdr/c.txt", b"one\nTWO\n"),
        Refusal::Changed,
        "same size"
    );
    assert_eq!(
        refusal(&site, "cdr/c.txt", b"one\n"),
        Refusal::Changed,
        "another size"
    );
    assert_eq!(refusal(&site, "../x.txt", b"one\n"), Refusal::LeadsOut);
    assert_eq!(refusal(&site, "/etc/x.txt", b"one\n"), Refusal::LeadsOut);
    assert_eq!(site.look(), (old, vec![]));
}

#[cfg(unix)]
#[test]
fn links_and_further_names_are_refused() {
    use std::os::unix::fs::symlink;
    let old = sample();
    let site = Site::new(&old);
    let root = site.root();
    std::fs::hard_link(root.join("cdr/c.txt"), root.join("cdr/d.txt")).unwrap();
    symlink(root.join("cdr/b.txt"), root.join("cdr/l.txt")).unwrap();
    symlink(root.join("cdr"), root.join("linked")).unwrap();
    assert_eq!(
        refusal(&site, "cdr/c.txt", &old["cdr/c.txt"]),
        Refusal::HardLinked { names: 2 }
    );
    assert_eq!(
        refusal(&site, "cdr/l.txt", &old["cdr/b.txt"]),
        Refusal::Link
    );
    assert_eq!(
        refusal(&site, "linked/b.txt", &old["cdr/b.txt"]),
        Refusal::Link
    );
}

#[cfg(unix)]
#[test]
fn a_file_that_is_swapped_while_it_is_rewritten_stays_as_it_is() {
    let old = sample();
    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("secret.txt");
    let swaps: [fn(&Path, &Path); 3] = [
        |file, secret| {
            std::fs::remove_file(file).unwrap();
            std::os::unix::fs::symlink(secret, file).unwrap();
        },
        |file, _| {
            std::fs::rename(file, file.with_extension("old")).unwrap();
            std::fs::write(file, "new\nnew\n").unwrap();
        },
        |file, _| {
            use std::io::Write as _;
            std::fs::File::options()
                .append(true)
                .open(file)
                .unwrap()
                .write_all(b"late\n")
                .unwrap();
        },
    ];
    for swap in swaps {
        std::fs::write(&secret, "one\ntwo\n").unwrap();
        let site = Site::new(&old);
        let state = site.state();
        let rewriter = Rewriter::new(
            &state,
            site.root(),
            site.quarantine(),
            "r",
            &Effects::real(),
        )
        .unwrap();
        let path = site.root().join("cdr/c.txt");
        let expected = expected(b"one\ntwo\n");
        let job = Job {
            path: "cdr/c.txt",
            expected: &expected,
            quarantine_until: NaiveDate::MAX,
        };
        let outcome: Result<Done<()>, Error> = rewriter.replace(&job, |source, output, _| {
            let read = content(source)?;
            output.write_at(0, b"ONE\n")?;
            swap(&path, &secret);
            Ok(Streamed {
                read,
                written: Some(super::tests::expected(b"ONE\n")),
                report: (),
            })
        });
        assert!(matches!(
            outcome,
            Err(Error::Refused {
                why: Refusal::Replaced | Refusal::Changed,
                ..
            })
        ));
        assert_eq!(std::fs::read(&secret).unwrap(), b"one\ntwo\n");
        assert!(std::fs::read(&path).is_ok_and(|now| now != b"ONE\n"));
        assert!(
            !Site::read(&site.root())
                .keys()
                .any(|name| name.contains(".gdpr4k-"))
        );
    }
}

#[cfg(unix)]
#[test]
fn owner_mode_and_attributes_stay() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let old = sample();
    let site = Site::new(&old);
    let path = site.root().join("cdr/c.txt");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    // only root may give files away
    let given = std::os::unix::fs::chown(&path, Some(65_534), Some(65_534)).is_ok();
    let attributes = rustix::fs::setxattr(
        &path,
        "user.origin",
        b"fileserver",
        rustix::fs::XattrFlags::empty(),
    )
    .is_ok();
    let before = path.metadata().unwrap();
    site.run(&old, "r1", &Effects::real()).unwrap();
    let after = path.metadata().unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"ONE\nTWO\n");
    assert_ne!(before.ino(), after.ino());
    assert_eq!(
        (before.uid(), before.gid(), before.mode()),
        (after.uid(), after.gid(), after.mode())
    );
    assert_eq!(after.mode() & 0o7777, 0o640);
    if given {
        assert_eq!(after.uid(), 65_534);
    }
    if attributes {
        let mut value = [0u8; 32];
        let n = rustix::fs::getxattr(&path, "user.origin", &mut value[..]).unwrap();
        assert_eq!(&value[..n], b"fileserver");
    }
}

#[test]
fn temporary_files_that_no_journal_knows_are_removed_unless_somebody_holds_them() {
    let old = sample();
    let site = Site::new(&old);
    let stray = site.root().join("cdr/.gdpr4k-gone-7.tmp");
    let held = site.root().join("cdr/.gdpr4k-other-1.tmp");
    std::fs::write(&stray, "one\n").unwrap();
    let holder = std::fs::File::create(&held).unwrap();
    holder.lock().unwrap();
    let recovery = site.recover(&Effects::real()).unwrap();
    assert_eq!(recovery.strays, ["cdr/.gdpr4k-gone-7.tmp"]);
    assert!(!stray.exists() && held.exists());
}

#[test]
fn a_run_that_is_no_file_name_is_refused() {
    let site = Site::new(&sample());
    let state = site.state();
    let run = Rewriter::new(
        &state,
        site.root(),
        site.quarantine(),
        "../x",
        &Effects::real(),
    );
    assert!(matches!(
        run,
        Err(Error::Refused {
            why: Refusal::Name,
            ..
        })
    ));
}
