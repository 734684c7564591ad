//! Masks on fields: examples from the contract, and the laws that every mask keeps.

use super::*;
use gdpr4k_model::number::{Access, NumberPlan, NumberPlans};
use proptest::prelude::*;
use std::sync::LazyLock;

static NUMBERS: LazyLock<Numbers> = LazyLock::new(|| {
    let node = |area: &str, main: &str, extension_length| NumberPlan {
        country: "49".into(),
        area: area.into(),
        main: main.into(),
        extension_length,
        trunk_prefix: "0".into(),
    };
    Numbers::new(NumberPlans::new([
        node("30", "23125", 4),
        node("40", "66969", 3),
    ]))
});

static KEYS: LazyLock<TokenKeys> = LazyLock::new(|| TokenKeys::new(1, &[42; 32], 4));

fn dialled() -> Place {
    Place {
        access: Access::Dialled,
        ..Place::default()
    }
}

fn fixed(width: usize, side: Side) -> Place {
    Place {
        width: Some(width),
        side,
        ..dialled()
    }
}

fn mask(fields: &[Selector], step: Step) -> Mask {
    Mask {
        fields: Selectors::new(fields),
        step,
    }
}

fn run(mask: Mask, sort: Sort, field: &str, place: &Place) -> (Outcome, String) {
    let mut out = b"|".to_vec();
    let mut masker = Masker {
        numbers: &NUMBERS,
        keys: &KEYS,
        memo: &mut Memo::new(4),
        collisions: &mut Collisions::new(100),
    };
    let outcome = apply(mask, sort, field.as_bytes(), place, &mut masker, &mut out);
    assert_eq!(
        pending(mask, sort, field.as_bytes(), place, &NUMBERS),
        outcome != Outcome::Same,
        "{mask:?} {sort:?}"
    );
    let bits = pending_of(&[(3, mask)], sort, field.as_bytes(), place, &NUMBERS);
    assert_eq!(bits != 0, outcome != Outcome::Same, "{mask:?} {sort:?}");
    let text = String::from_utf8(out.split_off(1)).unwrap();
    if outcome == Outcome::Same {
        assert!(text.is_empty());
        return (outcome, field.to_owned());
    }
    (outcome, text)
}

fn result(mask: Mask, sort: Sort, field: &str, place: &Place) -> String {
    run(mask, sort, field, place).1
}

const BOTH: &[Selector] = &[Selector::OwnStation, Selector::ExternalNumber];

#[test]
fn a_cut_takes_the_last_digits_in_place() {
    let cut =
        |n: u8, field: &str| result(mask(BOTH, Step::Cut(n)), Sort::Number, field, &dialled());
    assert_eq!(cut(3, "0015550123456"), "0015550123xxx");
    assert_eq!(cut(3, "004930 22222-014"), "004930 22222-xxx");
    assert_eq!(cut(4, "0030 22222/0-14"), "0030 2222x/x-xx");
    assert_eq!(cut(4, "471"), "xxx");
    assert_eq!(cut(4, "4711"), "xxxx");
    // withheld digits count as cut, and stay
    assert_eq!(cut(3, "0171392????"), "0171392????");
    assert_eq!(cut(6, "0171392????"), "01713xx????");
    assert_eq!(cut(3, "0015550123xxx"), "0015550123xxx");
    assert_eq!(cut(5, "0015550123xxx"), "00155501xxxxx");
    // nobody's numbers stay
    for same in [
        "0112",
        "999999",
        "*550",
        "",
        "z4k9",
        "0030231250",
        "national",
        "????",
    ] {
        assert_eq!(cut(3, same), same);
    }
    let right = Place {
        width: Some(12),
        fill: b'0',
        side: Side::Right,
        ..Place::default()
    };
    let padded = |n: u8| {
        result(
            mask(BOTH, Step::Cut(n)),
            Sort::Number,
            "000000004711",
            &right,
        )
    };
    assert_eq!(padded(3), "000000004xxx");
    assert_eq!(padded(9), "00000000xxxx");
}

#[test]
fn a_mask_takes_the_numbers_of_its_side_only() {
    let own = mask(&[Selector::OwnStation], Step::Blank);
    let outside = mask(&[Selector::ExternalNumber], Step::Blank);
    for (field, whose) in [
        ("4711", own),
        ("0030231254711", own),
        ("004066969123", own),
        ("47xx", own),
        ("0015550123456", outside),
        ("0171392????", outside),
        ("0302312xxx", outside),
        ("*31#0015550123456", outside),
    ] {
        for mask in [own, outside] {
            let blank = result(mask, Sort::Number, field, &dialled()).is_empty();
            assert_eq!(blank, mask == whose, "{field}");
        }
    }
}

#[test]
fn a_number_becomes_its_class_where_the_word_fits() {
    let class = |field: &str| result(mask(BOTH, Step::Class), Sort::Number, field, &dialled());
    for (field, word) in [
        ("4711", "internal"),
        ("004066969123", "internal"),
        ("022222014", "local"),
        ("0030 22222014", "local"),
        ("004066969999", "internal"),
        ("0089 99998123", "national"),
        ("0015550123456", "mobile"),
        ("000331700555", "international"),
        ("0015550123xxx", "mobile"),
        ("0112", "0112"),
        ("local", "local"),
    ] {
        assert_eq!(class(field), word);
    }
    let narrow = fixed(6, Side::Right);
    let class = |f: &str| result(mask(BOTH, Step::Class), Sort::Number, f, &narrow);
    assert_eq!(class("  4711"), "intern");
    assert_eq!(class("intern"), "intern");
}

#[test]
fn a_token_keeps_the_width_and_is_the_same_for_every_notation() {
    let token =
        |field: &str, place: Place| result(mask(BOTH, Step::Token), Sort::Number, field, &place);
    let one = token("4711", dialled());
    assert!(one.len() == 4 && one.starts_with('z'));
    assert_eq!(token("0030231254711", dialled()), one);
    assert_eq!(
        token("    4711", fixed(8, Side::Right)),
        format!("    {one}")
    );
    assert_eq!(
        token("4711    ", fixed(8, Side::Left)),
        format!("{one}    ")
    );
    let long = token("003022222014", dialled());
    assert_eq!(long.len(), 14);
    for other in [
        "003022222-014",
        "00049 30 22222014",
        "+49 (30) 22222 014",
        "022222014",
    ] {
        assert_eq!(token(other, dialled()), long, "{other}");
    }
    assert_ne!(token("003022222015", dialled()), long);
    // a field of nine bytes has room for eight characters after the marker
    assert_eq!(token("22222014 ", fixed(9, Side::Left)), long[..9]);
    // a last field that the line cuts short may grow up to its width
    assert_eq!(token("022222014", fixed(22, Side::Left)), long);
    // a cut number is tokenised in its cut form
    let cut = token("003022222xxx", dialled());
    assert!(cut != long && cut == token("+493022222xxx", dialled()));
    let (outcome, text) = run(
        mask(BOTH, Step::Token),
        Sort::Number,
        "42",
        &fixed(2, Side::Left),
    );
    assert_eq!((outcome, text.as_str()), (Outcome::Emptied, "  "));
}

#[test]
fn numbers_in_other_text_are_found_and_nothing_else_is() {
    let name = Sort::Speaking(Selector::Name);
    let own = &[Selector::OwnStation][..];
    let cut = |sort: Sort, field: &str| result(mask(BOTH, Step::Cut(2)), sort, field, &dialled());
    assert_eq!(cut(Sort::Device, "SIP/4711-0000002a"), "SIP/47xx-0000002a");
    assert_eq!(cut(name, "\"Erika\" <4711>"), "\"Erika\" <47xx>");
    assert_eq!(cut(name, "Raum 204, Bau 7"), "Raum 204, Bau 7");
    assert_eq!(
        cut(Sort::Device, "PJSIP/trunk-00000012"),
        "PJSIP/trunk-00000012"
    );
    assert_eq!(cut(Sort::Number, "*31#0015550123456"), "*31#00155501234xx");
    let token = result(
        mask(own, Step::Token),
        Sort::Device,
        "SIP/4711-0000002a",
        &dialled(),
    );
    let station = result(mask(own, Step::Token), Sort::Number, "4711", &dialled());
    assert_eq!(token, format!("SIP/{station}-0000002a"));
    let blank = mask(BOTH, Step::Blank);
    assert_eq!(result(blank, name, "Erika <4711>", &dialled()), "Erika <>");
    assert_eq!(
        result(blank, Sort::Device, "SIP/4711 ", &fixed(9, Side::Left)),
        "SIP/     "
    );
    // the field of a fixed layout that cannot take the longer text is emptied
    let full = run(
        mask(BOTH, Step::Token),
        Sort::Device,
        "S/0015550123456",
        &fixed(15, Side::Left),
    );
    assert_eq!(full, (Outcome::Emptied, " ".repeat(15)));
}

#[test]
fn texts_secrets_and_addresses() {
    let all: Vec<Selector> = Selector::ALL.to_vec();
    let step =
        |step: Step, sort: Sort, field: &str| result(mask(&all, step), sort, field, &dialled());
    let name = Sort::Speaking(Selector::Name);
    let token = step(Step::Token, name, "zoe");
    assert!(token.starts_with("z0z") && token.len() == 14);
    assert_eq!(step(Step::Token, name, &token), token);
    assert_eq!(step(Step::Blank, name, &token), token);
    assert_eq!(
        step(Step::Cut(2), Sort::Text(Selector::AccountCode), "8812"),
        "88xx"
    );
    assert_eq!(step(Step::Token, Sort::Secret, "1234"), "1234");
    assert_eq!(step(Step::Blank, Sort::Secret, "1234"), "");
    assert_eq!(
        result(Mask::secrets(), Sort::Secret, "1234", &fixed(4, Side::Left)),
        "    "
    );
    assert_eq!(
        result(Mask::secrets(), Sort::Number, "4711", &dialled()),
        "4711"
    );
    let hour = Step::Coarsen(Grain::Hour);
    assert_eq!(step(hour, Sort::Ip, "192.0.2.17"), "192.0.2.0");
    assert_eq!(step(hour, Sort::Ip, "phone7.example"), "");
    assert_eq!(
        step(hour, Sort::Time(Written::Clock), "12:34:56"),
        "12:00:00"
    );
    assert_eq!(
        step(hour, Sort::Duration(Length::Clock), "00:00:12"),
        "00:00:01"
    );
    assert_eq!(step(Step::Blank, Sort::Plain, "anything"), "anything");
    let only_name = mask(&[Selector::Name], Step::Token);
    assert_eq!(
        result(
            only_name,
            Sort::Text(Selector::Account),
            "muster",
            &dialled()
        ),
        "muster"
    );
}

#[test]
fn where_a_protected_number_takes_part_every_party_stands_until_it_is_blanked() {
    let stands = |sort, field: &str| party_stands(sort, field.as_bytes(), &dialled(), &NUMBERS);
    for field in [
        "4711",
        "0015550123456",
        "0112",
        "0030231250",
        "0171392????",
        "47xx",
        "*31#0015550123456",
    ] {
        assert!(stands(Sort::Number, field), "{field}");
    }
    for field in ["", "999999", "z4k9", "*550", "internal"] {
        assert!(!stands(Sort::Number, field), "{field}");
    }
    assert!(stands(Sort::Device, "SIP/4711-0000002a"));
    assert!(!stands(Sort::Device, "SIP/trunk-0000002a"));
    assert!(stands(Sort::Speaking(Selector::Name), "Erika Muster"));
    assert!(!stands(Sort::Secret, "1234"));
}

#[test]
fn a_stage_becomes_a_mask_unless_it_ends_the_record() {
    let catalogue = gdpr4k_model::Catalogue::builtin();
    for pack in catalogue.packs() {
        for rule in &pack.rules {
            assert!(
                rule.stages.iter().all(|s| Mask::of(s).is_some()),
                "{}",
                rule.cluster
            );
        }
    }
}

fn any_place() -> impl Strategy<Value = Place> {
    let width = prop::option::of(1usize..24);
    (
        width,
        prop::sample::select(vec![b' ', b'0', b'.']),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(width, fill, right, dialled)| Place {
            width,
            fill,
            side: if right { Side::Right } else { Side::Left },
            node: 0,
            access: if dialled {
                Access::Dialled
            } else {
                Access::Plain
            },
        })
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (1u8..9).prop_map(Step::Cut),
        Just(Step::Class),
        Just(Step::Token),
        Just(Step::Coarsen(Grain::Hour)),
        Just(Step::Coarsen(Grain::Day)),
        Just(Step::Blank),
    ]
}

fn any_sort() -> impl Strategy<Value = Sort> {
    let text = |s| vec![Sort::Text(s), Sort::Speaking(s)];
    let mut sorts = vec![
        Sort::Number,
        Sort::Number,
        Sort::Device,
        Sort::Secret,
        Sort::Ip,
        Sort::Plain,
    ];
    sorts.extend(text(Selector::Name));
    sorts.extend(text(Selector::AccountCode));
    for written in [
        Written::Unsaid,
        Written::Clock,
        Written::Digits { hour: 0 },
        Written::Hour,
        Written::BelowHour,
        Written::Unix { ahead: 3600 },
    ] {
        sorts.push(Sort::Time(written));
    }
    for length in [
        Length::Clock,
        Length::Digits,
        Length::Seconds,
        Length::Tenths,
        Length::Minutes,
    ] {
        sorts.push(Sort::Duration(length));
    }
    prop::sample::select(sorts)
}

/// Values of every kind, and a few that are none.
fn any_value() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9]{1,4}",
        "0?(0|00|030|\\+49)[0-9]{3,12}",
        "[0-9]{2,9}[x?]{1,4}",
        "[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?",
        "[0-9]{6,14}",
        "(SIP/|\"Erika\" <|x )[0-9]{3,11}[->][0-9a-f]{0,8}",
        "[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}",
        "[a-zA-Z0-9 .,*#+-]{0,20}",
        "z[0-9a-z]{1,13}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn twice_is_once_and_the_width_stays(
        value in any_value(), place in any_place(), sort in any_sort(), step in any_step(), some in prop::collection::vec(prop::sample::select(Selector::ALL), 1..5)
    ) {
        // a clock time filled with zeros: no layout writes one, and its zeros cannot be told from the fill
        if matches!(sort, Sort::Time(_) | Sort::Duration(_)) && place.fill != b' ' {
            return Ok(());
        }
        let mut field = Vec::new();
        if !place.write(b"", value.trim().as_bytes(), &mut field) {
            return Ok(());
        }
        if let Some(width) = place.width {
            let bare = field.clone();
            field.clear();
            place.write(&vec![0; width], &bare, &mut field);
        }
        let field = String::from_utf8(field).unwrap();
        let mask = mask(&some, step);
        let once = result(mask, sort, &field, &place);
        if let Some(width) = place.width {
            prop_assert_eq!(once.len(), width);
        }
        prop_assert_eq!(result(mask, sort, &once, &place), once.as_str());
        // what follows in any order finds a token finished
        if sort == Sort::Number && step == Step::Token && once != field {
            for step in [Step::Cut(3), Step::Class, Step::Token, Step::Blank] {
                prop_assert_eq!(result(Mask { step, ..mask }, sort, &once, &place), once.as_str());
            }
        }
    }

    #[test]
    fn a_longer_cut_covers_a_shorter_one(value in "0?[0-9]{3,14}[?]{0,3}", a in 1u8..8, b in 1u8..8) {
        let cut = |n: u8, v: &str| result(mask(BOTH, Step::Cut(n)), Sort::Number, v, &dialled());
        let both = cut(b, &cut(a, &value));
        prop_assert_eq!(&both, &cut(a.max(b), &value));
        let gone = both.bytes().rev().take_while(|c| matches!(c, b'x' | b'?')).count();
        prop_assert!(both == value || gone >= usize::from(a.max(b)).min(value.len()));
    }
}
