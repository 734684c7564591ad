//! Texts of the catalogue, in the languages of the documents.

use serde::{Deserialize, Serialize};

/// A language of documents and messages.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// English, the language of messages on the terminal.
    #[default]
    En,
    /// German.
    De,
}

impl Lang {
    /// The two-letter code (ISO 639-1), as in an HTML `lang` attribute.
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
        }
    }
}

/// One text in every language.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Text {
    /// English.
    pub en: String,
    /// German.
    pub de: String,
}

impl Text {
    /// The text in one language.
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::De => &self.de,
        }
    }

    /// The same text for every language: a name that is not translated.
    pub fn same(text: &str) -> Self {
        Self {
            en: text.to_owned(),
            de: text.to_owned(),
        }
    }
}
