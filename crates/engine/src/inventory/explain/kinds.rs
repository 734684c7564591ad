//! Which kind of `explain` a value of a field is (cli.md 4, "Explain").

use std::ops::Range;

use gdpr4k_model::catalogue::{Element, Kind as Category};
use gdpr4k_model::number::{Access, NumberPlans, Party};
use gdpr4k_sources::people::{Detector, Kind};

/// The kind of a field's value; none for what is no personal data by itself (times, states, units of an
/// organisation) and for texts, which are searched.
pub(super) fn of_field(
    element: &Element,
    text: &[u8],
    access: Access,
    plans: &NumberPlans,
    node: u8,
) -> Option<Kind> {
    Some(match element.kind {
        Category::StationNumber | Category::Fax | Category::Mailbox => {
            let party = plans.normalise(node, text, access);
            let figures = text.iter().filter(|b| b.is_ascii_digit()).count();
            match party {
                Party::Nobody | Party::Service | Party::Site | Party::Token => return None,
                Party::Internal(..) if figures <= 6 => Kind::Extension,
                _ => Kind::Number,
            }
        }
        Category::Name | Category::DisplayName | Category::Delegate => Kind::Name,
        Category::Email => Kind::Email,
        Category::Ip => Kind::Ip,
        Category::DeviceId if is_mac(text) => Kind::Mac,
        Category::DeviceId => Kind::DeviceId,
        Category::Pin => Kind::Pin,
        Category::Password if element.id.contains("SECRET") => Kind::Secret,
        Category::Password => Kind::Password,
        Category::Account => Kind::Account,
        Category::HrId => Kind::PersonnelId,
        Category::AgentId => Kind::AgentId,
        Category::Address => Kind::Address,
        Category::Location => Kind::Location,
        Category::Finance if is_iban(text) => Kind::Iban,
        _ => return None,
    })
}

/// The part of a field that is the name: titles are not part of it, nor is what stands behind it.
pub(super) fn name_in(detector: &Detector, text: &[u8]) -> Range<usize> {
    let mut hits = Vec::new();
    detector.detect(text, &mut hits);
    let names: Vec<_> = hits.iter().filter(|h| h.kind == Kind::Name).collect();
    if let [only] = names.as_slice() {
        return only.range();
    }
    detector.untitled(text)
}

/// Six pairs of hexadecimal figures, with or without marks.
fn is_mac(text: &[u8]) -> bool {
    let figures = text.iter().filter(|b| b.is_ascii_hexdigit()).count();
    let marks = text.iter().filter(|b| b":-.".contains(b)).count();
    figures == 12 && marks + figures == text.len() && matches!(marks, 0 | 2 | 5)
}

/// Two letters, check digits, and the length of an account.
fn is_iban(text: &[u8]) -> bool {
    let plain: Vec<u8> = text.iter().copied().filter(|b| *b != b' ').collect();
    (15..=34).contains(&plain.len())
        && plain[..2].iter().all(u8::is_ascii_uppercase)
        && plain[2..4].iter().all(u8::is_ascii_digit)
        && plain.iter().all(u8::is_ascii_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_devices_and_accounts_are_known_by_their_form() {
        for mac in ["001ae84c2299", "00:1a:e8:4c:22:99", "001a.e84c.2299"] {
            assert!(is_mac(mac.as_bytes()), "{mac}");
        }
        assert!(!is_mac(b"1-1-49-3") && !is_mac(b"00A1B21000"));
        assert!(is_iban(b"DE89 3704 0044 0532 0130 00") && !is_iban(b"00000000"));
    }
}
