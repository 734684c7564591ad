//! The state of a site: one process at a time, private files, nothing left open.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use gdpr4k_tests::Folder;

fn mode(path: &Path) -> u32 {
    path.metadata()
        .unwrap_or_else(|e| panic!("{}: {e}", path.display()))
        .permissions()
        .mode()
        & 0o777
}

#[test]
fn a_second_process_is_turned_away_while_one_works() {
    let folder = Folder::site(&[("syslog", "big.log", "")]);
    // sparse: reading it takes seconds, writing it none
    std::fs::File::create(folder.join("big.log"))
        .unwrap()
        .set_len(4 << 30)
        .unwrap();
    let mut first = folder.call(&["scan", "-q"]).spawn();
    while !folder.join("state/state.sqlite").exists() {
        assert!(
            first.try_wait().unwrap().is_none(),
            "the first has ended too soon"
        );
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    let second = folder.scan().run();
    let busy = first.try_wait().unwrap().is_none();
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(busy, "the first has ended too soon for this test");
    assert!(second.exits(7).err().contains("another gdpr4k"));
    // the lock of a killed process is gone with it
    folder.write("big.log", "");
    let third = folder.scan().run();
    assert_eq!(third.code, Some(4), "{}", third.err());
}

#[test]
fn keys_and_state_are_private() {
    let folder = Folder::demo(20, 7);
    folder.scan().run().exits(4);
    for name in ["keys", "state"] {
        assert_eq!(mode(&folder.join(name)), 0o700, "{name}");
    }
    let keys = folder.files("keys");
    assert_eq!(keys.len(), 1, "{keys:?}");
    keys.iter()
        .for_each(|k| assert_eq!(mode(k), 0o600, "{}", k.display()));
    let state = folder.files("state");
    assert!(
        state.iter().any(|f| f.ends_with("state.sqlite")),
        "{state:?}"
    );
    assert!(
        state
            .iter()
            .all(|f| f.metadata().unwrap().len() == 0 || f.ends_with("state.sqlite")),
        "{state:?}"
    );
}

#[test]
fn a_scan_changes_no_file_of_the_site() {
    let folder = Folder::demo(20, 7);
    let read = |folder: &Folder| -> Vec<_> {
        let files = folder.files(".");
        files
            .into_iter()
            .map(|f| {
                (
                    std::fs::read(&f).unwrap(),
                    f.metadata().unwrap().modified().unwrap(),
                    f,
                )
            })
            .collect()
    };
    let before = read(&folder);
    folder.scan().run().exits(4);
    let own = |f: &Path| {
        f.starts_with(folder.join(".").join("state"))
            || f.starts_with(folder.join(".").join("keys"))
    };
    let after: Vec<_> = read(&folder).into_iter().filter(|f| !own(&f.2)).collect();
    assert!(before == after);
}

#[test]
fn with_paths_the_state_is_left_alone() {
    let folder = Folder::demo(20, 7);
    folder.scan().arg("cdr").run();
    assert!(!folder.join("state").exists() && !folder.join("keys").exists());
}

#[test]
fn a_damaged_state_or_key_is_named() {
    let folder = Folder::site(&[]);
    folder.write(
        "state/state.sqlite",
        "this is no database, but it is long enough to look like one of another program",
    );
    assert!(folder.scan().run().exits(7).err().contains("state.sqlite"));
    let folder = Folder::site(&[]);
    folder.write("keys/assignment-history.key", "no key");
    let private = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(folder.join("keys/assignment-history.key"), private).unwrap();
    let run = folder.scan().run().exits(7);
    assert!(
        run.err().contains("assignment-history.key") && !run.err().contains("no key"),
        "{}",
        run.err()
    );
}
