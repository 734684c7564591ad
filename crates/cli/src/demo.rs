//! `gdpr4k demo`

use gdpr4k_demo::{DemoFile, Options};

use crate::args::{Common, Demo, Format};
use crate::output::{Exit, Failure, grouped, say, say_json};

pub(crate) fn run(common: &Common, args: &Demo) -> Result<Exit, Failure> {
    let dir = &args.dir;
    if std::fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Failure::usage(format!(
            "{} - the folder is not empty - name a new one",
            dir.display()
        )));
    }
    if !common.quiet {
        eprintln!(
            "writing an invented site into {}: invented people, drama numbers, .example domains",
            dir.display()
        );
    }
    let options = Options {
        persons: args.persons,
        days: args.days,
        seed: args.seed,
        ..Options::new(args.end)
    };
    let mut put = |file: DemoFile| -> std::io::Result<()> {
        let path = dir.join(&file.path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(&path, &file.bytes)?;
        let modified = file.modified.and_utc().timestamp();
        filetime::set_file_mtime(&path, filetime::FileTime::from_unix_time(modified, 0))
    };
    let truth = gdpr4k_demo::site(&options).write(&mut put).map_err(|e| {
        Failure::environment(format!(
            "{} - cannot write ({e}) - check the rights and the room on the disk",
            dir.display()
        ))
    })?;
    match common.format {
        Format::Json => say_json("demo", &truth)?,
        Format::Text => say(&format!(
            "{} files, {} records, {} persons; README.md and truth.json say what is planted where\nnext: gdpr4k scan --site {}",
            grouped(truth.totals.files),
            grouped(truth.totals.records),
            grouped(truth.totals.subjects),
            dir.join("site.toml").display()
        ))?,
    }
    Ok(Exit::Done)
}
