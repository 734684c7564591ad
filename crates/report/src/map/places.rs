//! Where files lie: folders of one source kind with their sums.

use std::collections::BTreeMap;

use gdpr4k_model::inventory::FileEntry;

use super::Place;

/// Sums files by source kind and folder. A folder with one file is named by that file.
pub(crate) fn group<'a>(files: impl Iterator<Item = &'a FileEntry>) -> Vec<Place> {
    let mut places: BTreeMap<(&str, &str, bool), (Place, &str)> = BTreeMap::new();
    for file in files {
        let (place, _) = places
            .entry((&file.kind, folder(&file.path), file.writable))
            .or_insert_with(|| {
                let place = Place {
                    kind: file.kind.clone(),
                    writable: file.writable,
                    ..Place::default()
                };
                (place, file.path.as_str())
            });
        place.files += 1;
        place.bytes += file.bytes;
        place.lines += file.lines.unwrap_or(0);
        place.records += file.records;
        place.rejected += file.rejected;
        place.unread += u64::from(!file.read);
        place.findings += file.findings;
        if let Some(layout) = &file.layout
            && !place.layouts.contains(layout)
        {
            place.layouts.push(layout.clone());
        }
        place.oldest = [place.oldest, file.oldest].into_iter().flatten().min();
        place.newest = [place.newest, file.newest].into_iter().flatten().max();
    }
    places
        .into_iter()
        .map(|((_, folder, _), (mut place, path))| {
            place.folder = if place.files == 1 {
                path.to_owned()
            } else {
                folder.to_owned()
            };
            place.layouts.sort();
            place
        })
        .collect()
}

/// The folder of a path: up to two levels deep, an archive counts as one.
fn folder(path: &str) -> &str {
    if let Some((archive, _)) = path.split_once("!/") {
        return archive;
    }
    let dir = path.rfind('/').map_or("", |at| &path[..=at]);
    match dir.match_indices('/').nth(1) {
        Some((at, _)) => &dir[..=at],
        None => dir,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_a_folder_are_one_place() {
        let file = |path: &str, kind: &str| FileEntry {
            path: path.to_owned(),
            kind: kind.to_owned(),
            records: 2,
            read: true,
            ..FileEntry::default()
        };
        let files = [
            file("cdr/2026/05/a.txt", "cdr"),
            file("cdr/2026/06/b.txt", "cdr"),
            file("cdr/2026/06/c.txt", "pm"),
            file("idtb.zip!/x.csv", "idtb"),
            file("idtb.zip!/y.csv", "idtb"),
        ];
        let found: Vec<_> = group(files.iter())
            .into_iter()
            .map(|p| (p.kind, p.folder, p.files, p.records))
            .collect();
        let expected = [
            ("cdr", "cdr/2026/", 2, 4),
            ("idtb", "idtb.zip", 2, 4),
            ("pm", "cdr/2026/06/c.txt", 1, 2),
        ];
        assert_eq!(
            found,
            expected.map(|(k, f, n, r)| (k.to_owned(), f.to_owned(), n, r))
        );
    }
}
