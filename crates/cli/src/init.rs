//! `gdpr4k init`

use crate::args::Init;
use crate::output::{Exit, Failure, say};

/// The commented site file: every key, with an example.
const SITE: &str = include_str!("../templates/site.toml");

pub(crate) fn run(args: &Init) -> Result<Exit, Failure> {
    let dir = &args.dir;
    let file = dir.join("site.toml");
    if file.exists() {
        return Err(Failure::usage(format!(
            "{} - there is a site file already - name another folder",
            file.display()
        )));
    }
    let failed = |e: std::io::Error| {
        Failure::environment(format!(
            "{} - cannot write ({e}) - check the rights and the room on the disk",
            dir.display()
        ))
    };
    for folder in [
        "amo", "xie", "cdr", "journals", "logs", "layouts", "mappings",
    ] {
        std::fs::create_dir_all(dir.join(folder)).map_err(failed)?;
    }
    std::fs::write(&file, SITE).map_err(failed)?;
    say(&format!(
        "{} written; put the exports into its folders and adapt the file\nnext: gdpr4k scan --site {}",
        file.display(),
        file.display()
    ))?;
    Ok(Exit::Done)
}
