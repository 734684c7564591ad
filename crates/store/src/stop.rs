//! The stop switch: a file in the state folder. While it is there no file is begun.
//!
//! It needs no lock, so that it can be set while a run works; `touch state/stop` does it too.

use std::path::{Path, PathBuf};

use crate::Error;
use crate::keys::private_folder;

/// Where the switch of a site is.
pub fn path(state: &Path) -> PathBuf {
    state.join("stop")
}

/// Whether it is set. What cannot be looked at counts as set.
pub fn is_set(state: &Path) -> bool {
    path(state).try_exists().unwrap_or(true)
}

/// Sets it: a run that works stops after the file that it is at.
///
/// # Errors
/// The state folder cannot be written.
pub fn set(state: &Path) -> Result<(), Error> {
    private_folder(state)?;
    let path = path(state);
    std::fs::File::create(&path)
        .and_then(|file| file.sync_all())
        .map_err(Error::file(&path, "cannot set the stop switch", "write"))
}

/// Releases it; says whether it was set.
///
/// # Errors
/// The file cannot be removed.
pub fn release(state: &Path) -> Result<bool, Error> {
    let path = path(state);
    match std::fs::remove_file(&path) {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(e) => Err(Error::file(
            &path,
            "cannot release the stop switch",
            "write",
        )(e)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_set_and_released_while_another_process_holds_the_state() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("state");
        assert!(!is_set(&state));
        let _run = crate::state::State::open(&state).unwrap();
        set(&state).unwrap();
        set(&state).unwrap();
        assert!(is_set(&state));
        assert!(release(&state).unwrap() && !release(&state).unwrap());
        assert!(!is_set(&state));
    }
}
