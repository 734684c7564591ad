//! What a crash left behind is finished or removed.

use std::path::{Path, PathBuf};

use super::quarantine::remove;
use super::{Content, content, is_temporary};
use crate::Error;
use crate::effects::Effects;
use crate::files::Source;
use crate::journal::{Journal, Kind, Operation, Progress};
use crate::place::{self, Folder};
use crate::state::State;

/// What [`recover`] found and did.
#[derive(Debug, Default)]
pub struct Recovery {
    /// Operations that were open, with the end that they have now.
    pub operations: Vec<Operation>,
    /// Temporary files that no journal knew, relative to the site folder or in the quarantine; removed.
    pub strays: Vec<String>,
}

impl Recovery {
    /// Whether everything was in order.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty() && self.strays.is_empty()
    }
}

/// Heals what an interrupted run left: call it once after [`State::open`], before anything else.
///
/// An operation whose file already is the new one is closed as done; any other is taken
/// back, and the next run does it again. Temporary files of ours that no journal knows
/// are personal data too: they are removed, unless a living process holds them.
///
/// # Errors
/// The journal cannot be read or written, or a left-over cannot be removed.
pub fn recover(
    state: &State,
    root: &Path,
    quarantine: &Path,
    effects: &Effects,
) -> Result<Recovery, Error> {
    let journal = Journal::new(state, effects);
    let mut recovery = Recovery::default();
    for mut operation in state.open_operations()? {
        operation.progress = heal(&operation, root, quarantine, effects)?;
        journal.close(operation.id, &operation.quarantine, operation.progress)?;
        recovery.operations.push(operation);
    }
    sweep(root, effects, &mut recovery.strays)?;
    if !quarantine.starts_with(root) {
        sweep(quarantine, effects, &mut recovery.strays)?;
    }
    Ok(recovery)
}

fn heal(
    operation: &Operation,
    root: &Path,
    quarantine: &Path,
    effects: &Effects,
) -> Result<Progress, Error> {
    let path = root.join(&operation.path);
    let folder = folder_of(root, &operation.path);
    let mut renamed = operation.progress == Progress::Ready;
    if let (Some((folder, _)), Kind::Replace) = (&folder, operation.kind) {
        let failed = Error::file(
            &path,
            "cannot remove what an earlier run left beside it",
            "write",
        );
        match effects.run(|| folder.unlink(&operation.temporary)) {
            Ok(()) => renamed = false,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(e) => return Err(failed(e)),
        }
    }
    let end = if renamed {
        end_of(operation, folder.as_ref(), &path)?
    } else {
        Progress::Undone
    };
    if let Some((folder, _)) = &folder {
        effects.run(|| folder.sync()).map_err(Error::file(
            folder.path(),
            "cannot flush the folder",
            "write",
        ))?;
    }
    if end == Progress::Undone {
        remove(
            quarantine,
            &[&operation.temporary, &operation.quarantine],
            effects,
        )?;
    }
    Ok(end)
}

/// How an operation ended that was about to take its last step.
fn end_of(
    operation: &Operation,
    folder: Option<&(Folder, String)>,
    path: &Path,
) -> Result<Progress, Error> {
    let file = folder.map(|(folder, name)| folder.open_file(name));
    let present = match file {
        Some(Ok(file)) => {
            let bytes = file
                .metadata()
                .map_err(Error::file(path, "cannot look at", "read"))?
                .len();
            Some(content(&Source::of(path.to_owned(), file, bytes))?)
        }
        Some(Err(e)) if e.kind() != std::io::ErrorKind::NotFound => {
            return Err(Error::file(path, "cannot open", "read")(e));
        }
        _ => None,
    };
    Ok(judge(operation, present.as_ref()))
}

fn judge(operation: &Operation, present: Option<&Content>) -> Progress {
    match (operation.kind, present) {
        (Kind::Delete, None) => Progress::Done,
        (_, Some(found)) if *found == operation.before => Progress::Undone,
        (Kind::Replace, found @ Some(_)) if found == operation.after.as_ref() => Progress::Done,
        _ => Progress::Unclear,
    }
}

fn folder_of(root: &Path, relative: &str) -> Option<(Folder, String)> {
    let (folders, name) = place::split(relative)?;
    let mut folder = Folder::root(root).ok()?;
    for part in folders {
        folder = folder.enter(part).ok()?;
    }
    Some((folder, name.to_owned()))
}

/// Removes our temporary files below a folder that nobody holds.
fn sweep(root: &Path, effects: &Effects, strays: &mut Vec<String>) -> Result<(), Error> {
    let walk = walkdir::WalkDir::new(root).follow_links(false);
    let found = walk.into_iter().filter_map(Result::ok).filter(|entry| {
        entry.file_type().is_file() && entry.file_name().to_str().is_some_and(is_temporary)
    });
    for entry in found {
        let failed = || {
            Error::file(
                entry.path(),
                "cannot remove what an earlier run left",
                "write",
            )
        };
        let in_work = std::fs::File::open(entry.path())
            .is_ok_and(|file| matches!(file.try_lock(), Err(std::fs::TryLockError::WouldBlock)));
        if in_work {
            continue;
        }
        effects
            .run(|| std::fs::remove_file(entry.path()))
            .map_err(failed())?;
        let parent = entry.path().parent().unwrap_or(root);
        effects
            .run(|| Folder::root(parent)?.sync())
            .map_err(failed())?;
        strays.push(relative(root, entry.path()));
    }
    Ok(())
}

fn relative(root: &Path, path: &Path) -> String {
    let relative: PathBuf = path.strip_prefix(root).unwrap_or(path).to_owned();
    let parts: Vec<_> = relative
        .components()
        .map(|c| c.as_os_str().to_string_lossy())
        .collect();
    parts.join("/")
}
