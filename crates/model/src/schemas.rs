//! The files of `schemas/`, built into the binary.

use include_dir::{Dir, include_dir};

static SCHEMAS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../schemas");

/// The text of one file, by its path below `schemas/`.
pub fn text(path: &str) -> Option<&'static str> {
    SCHEMAS.get_file(path)?.contents_utf8()
}

/// Every TOML file of a folder below `schemas/` and of its subfolders: path and text, in the order of the paths.
pub fn files(folder: &str) -> Vec<(&'static str, &'static str)> {
    fn walk(dir: &'static Dir<'static>, out: &mut Vec<(&'static str, &'static str)>) {
        for file in dir.files() {
            if file.path().extension().is_some_and(|e| e == "toml")
                && let (Some(path), Some(text)) = (file.path().to_str(), file.contents_utf8())
            {
                out.push((path, text));
            }
        }
        for sub in dir.dirs() {
            walk(sub, out);
        }
    }
    let mut out = Vec::new();
    let root = if folder.is_empty() {
        Some(&SCHEMAS)
    } else {
        SCHEMAS.get_dir(folder)
    };
    if let Some(dir) = root {
        walk(dir, &mut out);
    }
    out.sort_unstable();
    out
}
