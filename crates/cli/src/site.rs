//! Opening a site: its file, its folder, its day.

use std::path::Path;

use chrono::NaiveDate;
use gdpr4k_engine::inventory::check_patterns;
use gdpr4k_model::Catalogue;
use gdpr4k_model::catalogue::Problems;
use gdpr4k_model::site::Site;
use gdpr4k_policy::Policy;
use gdpr4k_store::files::SiteFolder;

use crate::args::Common;
use crate::output::{Exit, Failure};

/// A site with its folder and the day that ages are judged by.
pub(crate) struct Opened {
    pub(crate) site: Site,
    pub(crate) folder: SiteFolder,
    pub(crate) as_of: NaiveDate,
}

/// The rules of the site. What else can be wrong with its file is told with them, all at once.
pub(crate) fn policy(
    common: &Common,
    catalogue: &Catalogue,
    opened: &Opened,
) -> Result<Policy, Failure> {
    let Site {
        head, retention, ..
    } = &opened.site;
    let policy = Policy::resolve(catalogue, &head.pack, &retention.overrides);
    let patterns = check_patterns(&opened.site).err().unwrap_or_default();
    let mut problems = match policy {
        Ok(policy) if patterns.is_empty() => return Ok(policy),
        Ok(_) => Vec::new(),
        Err(Problems(problems)) => problems,
    };
    problems.extend(patterns);
    for problem in &mut problems {
        if problem.path == "site.toml" {
            problem.path = common.site.display().to_string();
        }
        // a problem of the pack as a whole
        if problem.line <= 1 {
            problem.line = head.pack_line.max(1);
        }
    }
    problems.sort();
    Err(Problems(problems).into())
}

/// Reads the site file of the command line.
pub(crate) fn open(common: &Common) -> Result<Opened, Failure> {
    open_at(common, &common.site)
}

/// Reads a site file.
pub(crate) fn open_at(common: &Common, path: &Path) -> Result<Opened, Failure> {
    let text = std::fs::read_to_string(path).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => Failure::usage(format!(
            "{} - no site file there - name it with --site, or write one with gdpr4k init DIR",
            path.display()
        )),
        std::io::ErrorKind::InvalidData => Failure {
            exit: Exit::Invalid,
            message: format!(
                "{} - the site file is no UTF-8 text - save it as UTF-8",
                path.display()
            ),
        },
        _ => Failure::environment(format!(
            "{} - cannot read the site file ({e}) - check its rights",
            path.display()
        )),
    })?;
    let site = Site::parse(&path.display().to_string(), &text)?;
    let dir = path
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or_else(|| Path::new("."));
    let folder = SiteFolder::open(dir, site.head.timezone)?;
    let today = chrono::Utc::now()
        .with_timezone(&site.head.timezone)
        .date_naive();
    Ok(Opened {
        as_of: common.as_of.unwrap_or(today),
        site,
        folder,
    })
}
