//! Which selector of a stage takes a value: by the element of the catalogue, for numbers by the value.

use gdpr4k_model::catalogue::{Element, Kind, Selector};

use crate::mask::{Length, Written};

/// What a field holds, as far as stages are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// A telephone number: its value decides whose it is.
    Number,
    /// A text that one selector takes as a whole.
    Text(Selector),
    /// A text about a party that may hold numbers: a name as displayed, a remark.
    Speaking(Selector),
    /// A device or line, whose name may hold the number of the station.
    Device,
    /// A PIN or password.
    Secret,
    /// A clock time.
    Time(Written),
    /// A duration.
    Duration(Length),
    /// An IP address.
    Ip,
    /// Nothing that a stage takes.
    Plain,
}

/// Elements that are clock times though their kind says only "traffic" or "audit".
const TIMES: &[&str] = &[
    "O4K-FLD-CDR-START",
    "O4K-FLD-CDR-END",
    "O4K-FLD-CDR-ANSWER",
    "O4K-FLD-JRN-DATETIME",
    "O4K-FLD-LOG-DATETIME",
    "O4K-FLD-XIE-ORDERTIME",
    "O4K-FLD-AUD-SESSION-START",
    "O4K-FLD-AUD-SESSION-END",
];

/// Elements that are durations.
const DURATIONS: &[&str] = &[
    "O4K-FLD-CDR-DURATION",
    "O4K-FLD-CDR-RING",
    "O4K-FLD-CDR-QUEUETIME",
    "O4K-FLD-JRN-DURATION",
];

/// Elements of kind "account" that are codes of accounts or projects, no log-on names.
const ACCOUNT_CODES: &[&str] = &["O4K-FLD-CDR-ACCTCODE"];

impl Sort {
    /// What the values of an element are.
    ///
    /// How times and durations are written is not known here: a layout that knows says
    /// so with another [`Written`] or [`Length`], else only those with a colon are coarsened.
    pub fn of(element: &Element) -> Self {
        Self::of_parts(&element.id, element.kind, element.secret)
    }

    fn of_parts(id: &str, kind: Kind, secret: bool) -> Self {
        if secret {
            return Self::Secret;
        }
        match kind {
            Kind::Pin | Kind::Password => Self::Secret,
            Kind::StationNumber | Kind::Fax | Kind::Mailbox => Self::Number,
            Kind::Name | Kind::DisplayName | Kind::Delegate | Kind::Email => {
                Self::Speaking(Selector::Name)
            }
            Kind::Account if ACCOUNT_CODES.contains(&id) => Self::Text(Selector::AccountCode),
            Kind::Account => Self::Text(Selector::Account),
            Kind::HrId | Kind::AgentId => Self::Text(Selector::PersonId),
            Kind::FreeText | Kind::Content | Kind::Address => Self::Speaking(Selector::FreeText),
            Kind::DeviceId => Self::Device,
            Kind::Ip => Self::Ip,
            Kind::Traffic | Kind::Audit if TIMES.contains(&id) => Self::Time(Written::Unsaid),
            Kind::Traffic | Kind::Audit if DURATIONS.contains(&id) => {
                Self::Duration(Length::Unsaid)
            }
            Kind::Traffic
            | Kind::Audit
            | Kind::None
            | Kind::Org
            | Kind::Finance
            | Kind::Location
            | Kind::Licence => Self::Plain,
        }
    }
}

/// A set of selectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub struct Selectors(u16);

impl Selectors {
    /// The selectors of a stage.
    pub fn new(fields: &[Selector]) -> Self {
        Self(fields.iter().fold(0, |set, s| set | bit(*s)))
    }

    /// Whether a selector is in it.
    pub const fn contains(self, selector: Selector) -> bool {
        self.0 & bit(selector) != 0
    }

    /// Whether numbers of one side or the other are in it.
    pub const fn numbers(self) -> bool {
        self.contains(Selector::OwnStation) || self.contains(Selector::ExternalNumber)
    }
}

const fn bit(selector: Selector) -> u16 {
    1 << selector as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use gdpr4k_model::Catalogue;

    #[test]
    fn the_elements_named_here_are_in_the_catalogue() {
        let catalogue = Catalogue::builtin();
        for id in TIMES.iter().chain(DURATIONS).chain(ACCOUNT_CODES) {
            assert!(catalogue.element(id).is_some(), "{id}");
        }
    }

    #[test]
    fn every_element_of_call_records_has_its_sort() {
        let catalogue = Catalogue::builtin();
        let mut lines: Vec<String> = catalogue
            .elements()
            .filter(|e| e.id.contains("-CDR-"))
            .map(|e| format!("{} {:?}\n", e.id, Sort::of(e)))
            .collect();
        lines.sort();
        insta::assert_snapshot!(lines.concat());
    }

    #[test]
    fn selectors_are_told_apart() {
        let set = Selectors::new(&[Selector::OwnStation, Selector::Record]);
        for selector in Selector::ALL {
            let within = matches!(selector, Selector::OwnStation | Selector::Record);
            assert_eq!(set.contains(*selector), within);
        }
        assert!(set.numbers() && !Selectors::new(&[Selector::Name]).numbers());
    }
}
