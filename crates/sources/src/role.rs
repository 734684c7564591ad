//! What a file of a folder or of an archive is, by its first line: for iDTB exports and AC-Win folders.

use crate::forms;
use crate::freelines::is_binary;
use crate::knowledge::TableKnowledge;
use crate::wave;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A table, with the id of its form.
    Form(&'static str),
    /// Text that is no known table.
    Text,
    /// A recording.
    Recording,
    /// Neither text nor a recording.
    Binary,
}

/// The role of a member of an iDTB export (formats-other-sources 4.2).
///
/// A call log comes before a telephone book, because both have names and numbers; keys and settings
/// before it, because they have a mark of their own.
pub fn idtb(knowledge: &TableKnowledge, head: &[u8]) -> Role {
    of(
        knowledge,
        &[
            "idtb-journal",
            "idtb-keys",
            "idtb-settings",
            "idtb-directory",
        ],
        head,
    )
}

/// The role of a file of an AC-Win folder (formats-other-sources 6).
pub fn ac_win(knowledge: &TableKnowledge, path: &str, head: &[u8]) -> Role {
    if wave::is_wave(head) || path.to_lowercase().ends_with(".wav") {
        return Role::Recording;
    }
    of(knowledge, &["acwin-calllog", "acwin-keys"], head)
}

fn of(knowledge: &TableKnowledge, forms: &[&'static str], head: &[u8]) -> Role {
    let wide = head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff");
    if is_binary(head) && !wide {
        return Role::Binary;
    }
    forms::recognise(knowledge, forms, head).map_or(Role::Text, Role::Form)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{KNOWLEDGE, fixture};

    #[test]
    fn members_are_known_by_their_columns() {
        let is = |head: &str| idtb(&KNOWLEDGE, head.as_bytes());
        assert_eq!(
            is("extension;name\n2504;Koch\n"),
            Role::Form("idtb-directory")
        );
        assert_eq!(
            is("subscriber;direction;number;name;timestamp\n"),
            Role::Form("idtb-journal")
        );
        assert_eq!(is("subscriber,key,label,number\n"), Role::Form("idtb-keys"));
        assert_eq!(is("user|setting|value\n"), Role::Form("idtb-settings"));
        assert_eq!(is("version=10\n"), Role::Text);
        assert_eq!(is(""), Role::Text);
        assert_eq!(idtb(&KNOWLEDGE, b"\x00\x01\x02\x03"), Role::Binary);
        let folder = |name: &str| ac_win(&KNOWLEDGE, name, &fixture(&format!("ac-win/{name}")));
        assert_eq!(folder("basic.wav"), Role::Recording);
        assert_eq!(folder("speeddials.csv"), Role::Form("acwin-keys"));
        assert_eq!(folder("calllog.csv"), Role::Form("acwin-calllog"));
        assert_eq!(folder("notepad.txt"), Role::Text);
    }
}
