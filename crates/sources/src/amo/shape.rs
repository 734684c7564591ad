//! What a value looks like. Shapes check positions and stand in where no position is proven
//! (formats-amo.md 3.7, amo-params.md 3).

use super::command::{Item, items, plain};
use super::orders::Form;

/// Whether a value can be what its position says. An empty value always can.
pub(crate) fn fits(form: Form, value: &str) -> bool {
    let quoted = value.starts_with('"');
    let all = |test: &dyn Fn(&str) -> bool| {
        items(value).all(|i| match i {
            Item::One(v) => test(plain(v)),
            Item::Range(a, b) => test(plain(a)) && test(plain(b)),
        })
    };
    value.is_empty()
        || match form {
            Form::Station | Form::Destination => {
                !quoted && all(&|v| is_dialled(v) && v.len() <= 22)
            }
            Form::Digits => !quoted && all(&is_dialled),
            Form::Pen => {
                !quoted
                    && all(&|v| {
                        v.split('-')
                            .all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()))
                    })
            }
            // a name that is only a number, or looks like a port, is another position
            Form::Name => {
                all(&|v| v.is_empty() || v.bytes().any(|b| b.is_ascii_alphabetic() || b >= 0x80))
                    && (quoted || !is_enum_list(value))
            }
            Form::Word => !quoted,
            Form::Ip => is_ip(plain(value)),
            Form::Text | Form::Secret | Form::Any => true,
        }
}

/// `0&&4`, `ALL&STN`: a list that no name is.
fn is_enum_list(value: &str) -> bool {
    value.contains('&')
}

/// Digits with `*` and `#`, and the letters A to D of a key pad.
pub(crate) fn is_dialled(v: &str) -> bool {
    !v.is_empty()
        && v.bytes()
            .all(|b| matches!(b, b'0'..=b'9' | b'*' | b'#' | b'A'..=b'D'))
}

/// Digits only, three or more.
pub(crate) fn is_number(v: &str) -> bool {
    v.len() >= 3 && v.bytes().all(|b| b.is_ascii_digit())
}

/// Four parts, as ports have.
pub(crate) fn is_pen(v: &str) -> bool {
    let parts = |p: &str| !p.is_empty() && p.len() <= 3 && p.bytes().all(|b| b.is_ascii_digit());
    v.split('-').count() == 4 && v.split('-').all(parts)
}

/// A dotted quad.
pub(crate) fn is_ip(v: &str) -> bool {
    v.bytes().filter(|b| *b == b'.').count() == 3 && v.parse::<std::net::Ipv4Addr>().is_ok()
}

/// Something before and a dot after the `@`.
pub(crate) fn is_email(v: &str) -> bool {
    v.split_once('@')
        .is_some_and(|(user, host)| !user.is_empty() && host.contains('.') && !v.contains(' '))
}

/// The numbers that stand for nobody (formats-amo.md, G23 to G25).
pub(crate) fn is_nobody(v: &str) -> bool {
    matches!(v, "000000" | "999999" | "*" | "#")
}

/// A name without `*` that has a digit is a room or a function rather than a person
/// (formats-other-sources.md 3.2).
pub(crate) fn may_be_no_person(name: &str) -> bool {
    !name.contains('*') && name.bytes().any(|b| b.is_ascii_digit())
}

/// Surname and first name of `Surname*First, title, dept`, without titles; none without `*`.
pub(crate) fn parts_of_name(name: &str) -> Option<(&str, &str)> {
    let (surname, rest) = name.split_once('*')?;
    let first = rest.split([',', '*']).next().unwrap_or("");
    Some((untitled(surname), untitled(first)))
}

const TITLES: [&str; 18] = [
    "dr",
    "prof",
    "hr",
    "fr",
    "herr",
    "frau",
    "ing",
    "dipl",
    "dipl-ing",
    "dipl.-ing",
    "mag",
    "med",
    "jur",
    "phil",
    "mr",
    "mrs",
    "ms",
    "habil",
];

/// Without titles and salutations at either end.
fn untitled(part: &str) -> &str {
    let is_title = |w: &str| TITLES.contains(&w.trim_end_matches('.').to_lowercase().as_str());
    let mut part = part.trim();
    while part.contains(' ') {
        let (first, rest) = part.split_once(' ').unwrap_or((part, ""));
        if is_title(first) && !rest.is_empty() {
            part = rest.trim();
            continue;
        }
        let (rest, last) = part.rsplit_once(' ').unwrap_or(("", part));
        // "Fr" at the end is no salutation; a title behind a name has its dot
        if last.ends_with('.') && is_title(last) && !rest.is_empty() {
            part = rest.trim();
            continue;
        }
        break;
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_checked_by_what_stands_there() {
        for (form, good, bad) in [
            (Form::Station, "7801&7803&&7805", "OPTI"),
            (Form::Station, "0815", "\"0815\""),
            (Form::Pen, "1-1-49-3", "VOICE"),
            (Form::Name, "\"Muster*Erika\"", "1-1-49-3"),
            (Form::Name, "XPRESSION", "7801"),
            (Form::Ip, "10.1.2.3", "10.1.2"),
            (Form::Word, "VCE", "\"VCE\""),
        ] {
            assert!(fits(form, good) && !fits(form, bad), "{form:?}");
            assert!(fits(form, ""));
        }
    }

    #[test]
    fn titles_are_not_part_of_a_name() {
        assert_eq!(
            parts_of_name("Dr. Beispiel*Anna, Dipl.-Ing., EK3"),
            Some(("Beispiel", "Anna"))
        );
        assert_eq!(
            parts_of_name("Muster*Fr. Dr. Erika"),
            Some(("Muster", "Erika"))
        );
        assert_eq!(
            parts_of_name("von Muster*Max Dr."),
            Some(("von Muster", "Max"))
        );
        assert_eq!(parts_of_name("Empfang"), None);
        assert!(may_be_no_person("EINGANG 2") && !may_be_no_person("Müller-Muster"));
    }
}
