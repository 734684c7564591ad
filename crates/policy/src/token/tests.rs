//! Laws of tokens, and attacks on them.

use super::*;
use gdpr4k_model::number::{Access, NumberPlan, NumberPlans, Party};
use proptest::prelude::*;

fn keys(seed: u8) -> TokenKeys {
    TokenKeys::new(u32::from(seed), &[seed; 32], 4)
}

fn station(keys: &TokenKeys, digits: &str, width: Option<usize>) -> Option<String> {
    let token = keys.station(digits.as_bytes(), width)?;
    Some(String::from_utf8(token.as_bytes().to_vec()).unwrap())
}

fn outside(keys: &TokenKeys, digits: &str, width: Option<usize>) -> Option<String> {
    let token = keys.outside(digits.as_bytes(), width)?;
    Some(String::from_utf8(token.as_bytes().to_vec()).unwrap())
}

#[test]
fn a_station_token_is_as_long_as_its_domain_needs() {
    let lengths = |longest: usize, width: Option<usize>| {
        let keys = TokenKeys::new(0, &[9; 32], longest);
        station(&keys, "7", width).map(|t| t.len())
    };
    // the marker and 1, 2, 2, 3, 4, 4 characters for stations of up to 1, 2, 3, 4, 5, 6 digits
    let of_plan: Vec<_> = (1..=6).map(|l| lengths(l, None).unwrap()).collect();
    assert_eq!(of_plan, [2, 3, 3, 4, 5, 5]);
    let of_width: Vec<_> = (0..=5).map(|w| lengths(6, Some(w))).collect();
    assert_eq!(of_width, [None, None, Some(2), Some(3), Some(4), Some(5)]);
    // two digits fill a field of two, and no token does
    assert_eq!(station(&keys(1), "42", Some(2)), None);
    assert_eq!(station(&keys(1), "4711", Some(3)), None);
}

#[test]
fn a_station_has_the_same_token_in_every_field_with_the_same_longest_station() {
    let keys = keys(1);
    let wide = station(&keys, "4711", None);
    assert_eq!(wide, station(&keys, "4711", Some(4)));
    assert_eq!(wide, station(&keys, "4711", Some(22)));
    // three digits are the longest in a field of three
    assert_ne!(station(&keys, "471", Some(3)), station(&keys, "471", None));
}

#[test]
fn no_two_stations_share_a_token_and_each_can_be_resolved() {
    let keys = keys(2);
    let mut met = std::collections::HashSet::new();
    for length in 1..=4usize {
        for n in 0..10u32.pow(length as u32) {
            let digits = format!("{n:0length$}");
            let token = station(&keys, &digits, None).unwrap();
            assert!(is_token(token.as_bytes()));
            assert!(keys.stations_of(token.as_bytes()).contains(&digits));
            assert!(met.insert(token));
        }
    }
    assert_eq!(met.len(), 11_110);
    assert!(
        keys.stations_of(b"zzzz").is_empty(),
        "outside of the domain"
    );
    assert!(keys.stations_of(b"4711").is_empty());
}

#[test]
fn a_station_beyond_the_plan_gets_a_long_token() {
    let keys = keys(3);
    assert_eq!(station(&keys, "47110", None).unwrap().len(), 14);
    assert_eq!(station(&keys, "47110", Some(5)).unwrap().len(), 5);
    assert_ne!(
        station(&keys, "4711012", None),
        outside(&keys, "4711012", None)
    );
}

#[test]
fn a_narrow_token_is_the_front_of_the_full_one() {
    let keys = keys(4);
    let full = outside(&keys, "4915550123456", None).unwrap();
    assert_eq!(full.len(), 14);
    for width in 2..14 {
        let short = outside(&keys, "4915550123456", Some(width)).unwrap();
        assert_eq!(short, full[..width]);
    }
    assert_eq!(outside(&keys, "4915550123456", Some(1)), None);
}

#[test]
fn the_memo_changes_nothing_but_the_time() {
    let (first, second) = (keys(5), keys(6));
    let mut memo = Memo::new(4);
    for round in 0..3 {
        for n in 0..200u32 {
            for digits in [
                format!("4930900{n:05}"),
                format!("00{n}"),
                format!("4915550{n:012}"),
            ] {
                for key in [&first, &second] {
                    let with = key.outside_with(&mut memo, digits.as_bytes(), Some(11));
                    assert_eq!(with, key.outside(digits.as_bytes(), Some(11)), "{round}");
                }
            }
        }
    }
}

#[test]
fn texts_carry_a_marker_that_no_name_has() {
    let keys = keys(7);
    let text = |value: &str, width| {
        let token = keys.text(Selector::Name, value.as_bytes(), width)?;
        Some(String::from_utf8(token.as_bytes().to_vec()).unwrap())
    };
    let full = text("Erika Muster", None).unwrap();
    assert!(full.starts_with("z0z") && full.len() == 14);
    for width in [None, Some(30), Some(10), Some(6), Some(5), Some(2)] {
        let token = text("Erika Muster", width).unwrap();
        assert!(is_text_token(token.as_bytes(), width), "{width:?}");
        assert_eq!(token.len(), width.unwrap_or(14).min(14));
    }
    assert_eq!(text("Erika Muster", Some(1)), None);
    for name in ["zoe", "zimmermann", "z1234567", "z0", "z0z", "Zoe"] {
        for width in [None, Some(20)] {
            assert!(!is_text_token(name.as_bytes(), width), "{name}");
        }
    }
    // the same text in two roles has two tokens
    let account = keys.text(Selector::Account, b"Erika Muster", None).unwrap();
    assert_ne!(full.as_bytes(), account.as_bytes());
}

#[test]
fn shortened_tokens_that_meet_are_counted() {
    let keys = keys(8);
    let mut check = Collisions::new(10_000);
    // 36 tokens of one character for 500 numbers: nearly all share theirs
    for n in 0..500 {
        let digits = format!("49301234{n:04}");
        let short = keys.outside(digits.as_bytes(), Some(2)).unwrap();
        let full = keys.outside(digits.as_bytes(), None).unwrap();
        check.note(keys.id(), short, full);
        check.note(keys.id(), short, full);
        check.note(keys.id(), full, full);
    }
    assert!((900..=928).contains(&check.seen().collisions), "{check:?}");
    let mut small = Collisions::new(3);
    for n in 0..100 {
        let digits = format!("49301234{n:04}");
        let short = keys.outside(digits.as_bytes(), Some(9)).unwrap();
        small.note(
            keys.id(),
            short,
            keys.outside(digits.as_bytes(), None).unwrap(),
        );
    }
    assert_eq!(
        small.seen(),
        Seen {
            collisions: 0,
            unchecked: 97
        }
    );
    small.merge(check);
    assert!(small.seen().collisions >= 900 && small.seen().unchecked > 97);
}

/// Attack `dictionary`: whoever has no key but knows how tokens are made, and has a list of all numbers.
#[test]
fn dictionary() {
    let (site, guess) = (keys(10), keys(11));
    let numbers: Vec<String> = (0..20_000).map(|n| format!("4930231{n:05}")).collect();
    let real: std::collections::HashSet<_> =
        numbers.iter().map(|n| outside(&site, n, None)).collect();
    assert_eq!(real.len(), numbers.len());
    let hits = numbers
        .iter()
        .filter(|n| real.contains(&outside(&guess, n, None)));
    assert_eq!(hits.count(), 0);
    // plain hashes and the digits in base 36 are no way in either
    for number in &numbers {
        let hash: [u8; 32] = {
            use sha2::{Digest, Sha256};
            Sha256::digest(number.as_bytes()).into()
        };
        let plain = String::from_utf8(full_token(&hash).as_bytes().to_vec()).unwrap();
        assert!(!real.contains(&Some(plain)));
    }
}

/// Attack `small_numbers`: all 10,000 stations are tried under another key; agreement is at chance level.
#[test]
fn small_numbers() {
    let (site, guess) = (keys(12), keys(13));
    let stations: Vec<String> = (0..10_000).map(|n| format!("{n:04}")).collect();
    let token = |k: &TokenKeys, s: &String| station(k, s, None);
    let hits = stations
        .iter()
        .filter(|s| token(&site, s) == token(&guess, s))
        .count();
    // one is expected; twelve would come about once in 10^9 keys
    assert!(hits < 12, "{hits}");
    // the order of the numbers does not shine through: half of the neighbours go down
    let downs = stations
        .windows(2)
        .filter(|w| token(&site, &w[0]) > token(&site, &w[1]));
    assert!((4_700..5_300).contains(&downs.count()));
    // nor do their digits: three of them at the same place are as rare as 10 in 36^3 each
    let shown = stations.iter().filter(|s| {
        let token = token(&site, s).unwrap();
        (0..=1).any(|i| token[1..].contains(&s[i..i + 3]))
    });
    assert!(shown.count() < 12);
}

fn plans() -> NumberPlans {
    NumberPlans::new([NumberPlan {
        country: "49".into(),
        area: "30".into(),
        main: "23125".into(),
        extension_length: 4,
        trunk_prefix: "0".into(),
    }])
}

proptest! {
    #[test]
    fn a_token_depends_on_key_and_value_alone(value in "[0-9]{7,15}", other in "[0-9]{7,15}", a in 0u8.., b in 0u8..) {
        let (first, again) = (keys(a), keys(a));
        prop_assert_eq!(outside(&first, &value, None), outside(&again, &value, None));
        if a != b {
            prop_assert_ne!(outside(&first, &value, None), outside(&keys(b), &value, None));
        }
        if value != other {
            prop_assert_ne!(outside(&first, &value, None), outside(&first, &other, None));
        }
    }

    #[test]
    fn a_token_is_never_a_number_of_the_site(digits in "[0-9]{1,4}", number in "[0-9]{7,15}", name in "\\PC{1,30}", width in 2usize..20, key in 0u8..4) {
        let keys = keys(key);
        let texts = [
            keys.station(digits.as_bytes(), Some(width)),
            keys.outside(number.as_bytes(), Some(width)),
            keys.text(Selector::Name, name.as_bytes(), Some(width)),
        ];
        for token in texts.into_iter().flatten() {
            for access in [Access::Dialled, Access::Plain] {
                prop_assert_eq!(plans().normalise(0, token.as_bytes(), access), Party::Token);
            }
            prop_assert!(token.as_bytes().len() <= width);
        }
    }

    #[test]
    fn no_long_run_of_the_digits_survives(number in "[0-9]{7,15}", key in 0u8..8) {
        // six digits of a number inside 13 characters by chance: below 10^-7
        let token = outside(&keys(key), &number, None).unwrap();
        for i in 0..=number.len() - 6 {
            prop_assert!(!token.contains(&number[i..i + 6]));
        }
    }
}
