//! Places in XML, as mapping files write them.

/// A place in XML: element names, and at most one attribute at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    pub(super) absolute: bool,
    pub(super) steps: Vec<String>,
    pub(super) attribute: Option<String>,
}

impl Path {
    /// The part of XPath that is read: `/a/b`, `//b`, `a/b`, `@c`, `a/@c`, `.`, `a/text()`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (absolute, rest) = match text.strip_prefix("//") {
            Some(rest) => (false, rest),
            None => text
                .strip_prefix('/')
                .map_or((false, text), |rest| (true, rest)),
        };
        let mut path = Self {
            absolute,
            steps: Vec::new(),
            attribute: None,
        };
        let parts: Vec<&str> = rest.split('/').collect();
        for (i, part) in parts.iter().enumerate() {
            let last = i + 1 == parts.len();
            let name = part.strip_prefix('@').unwrap_or(part);
            let local = name.rsplit(':').next().unwrap_or(name);
            let plain = |n: &str| {
                !n.is_empty() && n.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c))
            };
            match *part {
                "." | "text()" if last => {}
                _ if !plain(local) => {
                    return Err(format!("{text:?} (expected names with / between them)"));
                }
                p if p.starts_with('@') && last => path.attribute = Some(local.to_owned()),
                p if p.starts_with('@') => {
                    return Err(format!("{text:?} (expected @attribute at the end only)"));
                }
                _ => path.steps.push(local.to_owned()),
            }
        }
        Ok(path)
    }

    /// Whether an element with these ancestors, itself last, is at this place.
    pub(super) fn is(&self, stack: &[String]) -> bool {
        stack.ends_with(&self.steps) && (!self.absolute || stack.len() == self.steps.len())
    }
}
