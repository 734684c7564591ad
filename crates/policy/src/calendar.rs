//! Working days: weekends and the public holidays of a region, from `schemas/holidays.toml`.

use std::collections::BTreeSet;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use gdpr4k_model::Text;
use serde::Deserialize;

const TEXT: &str = include_str!("../../../schemas/holidays.toml");

/// Which days are no working days.
#[derive(Clone, Debug, Default)]
pub struct Calendar {
    rules: Vec<Holiday>,
    own: BTreeSet<NaiveDate>,
}

/// A region with its holidays.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// Id: country, or country and state, as in ISO 3166-2.
    pub id: String,
    /// Name.
    pub name: Text,
    #[serde(default)]
    with: Vec<String>,
    days: Vec<Holiday>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Holiday {
    fixed: Option<MonthDay>,
    easter: Option<i64>,
    weekday: Option<Weekday>,
    nth: Option<i8>,
    month: Option<u32>,
    before: Option<MonthDay>,
    shift: Option<Shift>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Shift {
    Monday,
}

/// Month and day, `MM-DD`.
#[derive(Clone, Copy, Debug)]
struct MonthDay(u32, u32);

impl<'de> Deserialize<'de> for MonthDay {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        text.split_once('-')
            .and_then(|(m, d)| Some(Self(m.parse().ok()?, d.parse().ok()?)))
            .filter(|Self(m, d)| NaiveDate::from_ymd_opt(2024, *m, *d).is_some())
            .ok_or_else(|| serde::de::Error::custom("a day of the year (expected MM-DD)"))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    region: Vec<Region>,
}

/// Every region that is known.
pub fn regions() -> Vec<Region> {
    // embedded, and parsed by a test: a broken file cannot be built into a release
    toml::from_str::<File>(TEXT).map_or_else(|_| Vec::new(), |f| f.region)
}

impl Calendar {
    /// The calendar of a region with further days of the site; `None` where the region is not known.
    pub fn of(region: &str, own: impl IntoIterator<Item = NaiveDate>) -> Option<Self> {
        let all = regions();
        let find = |id: &str| all.iter().find(|r| r.id == id);
        let it = find(region)?;
        let mut rules = it.days.clone();
        for with in &it.with {
            rules.extend(find(with)?.days.clone());
        }
        Some(Self {
            rules,
            own: own.into_iter().collect(),
        })
    }

    /// Saturday, Sunday or a public holiday.
    pub fn is_free(&self, day: NaiveDate) -> bool {
        weekend(day)
            || self.own.contains(&day)
            || self
                .rules
                .iter()
                .any(|r| self.on(r, day.year()) == Some(day))
    }

    /// The day itself, or the next working day (Reg. 1182/71 Art. 3(4)).
    pub fn rolled(&self, day: NaiveDate) -> NaiveDate {
        let mut at = day;
        while self.is_free(at) {
            match at.succ_opt() {
                Some(next) => at = next,
                None => break,
            }
        }
        at
    }

    fn on(&self, rule: &Holiday, year: i32) -> Option<NaiveDate> {
        if let Some(MonthDay(month, day)) = rule.fixed {
            let day = NaiveDate::from_ymd_opt(year, month, day)?;
            return match rule.shift {
                Some(Shift::Monday) if weekend(day) => Some(self.substitute(day, year)),
                _ => Some(day),
            };
        }
        if let Some(days) = rule.easter {
            return easter(year)?.checked_add_signed(chrono::TimeDelta::days(days));
        }
        if let (Some(weekday), Some(MonthDay(month, day))) = (rule.weekday, rule.before) {
            let mut at = NaiveDate::from_ymd_opt(year, month, day)?.pred_opt()?;
            while at.weekday() != weekday {
                at = at.pred_opt()?;
            }
            return Some(at);
        }
        match (rule.weekday, rule.nth?, rule.month?) {
            (Some(weekday), n @ 1..=5, month) => {
                NaiveDate::from_weekday_of_month_opt(year, month, weekday, n.unsigned_abs())
            }
            (Some(weekday), -1, month) => (1..=5)
                .rev()
                .find_map(|n| NaiveDate::from_weekday_of_month_opt(year, month, weekday, n)),
            _ => None,
        }
    }

    /// The next day that is neither on a weekend nor another fixed day that is not moved itself,
    /// in the order of the days: of Christmas and Boxing Day on a weekend both move.
    fn substitute(&self, day: NaiveDate, year: i32) -> NaiveDate {
        let mut taken: Vec<NaiveDate> = Vec::new();
        let mut fixed: Vec<NaiveDate> = self
            .rules
            .iter()
            .filter_map(|r| r.fixed)
            .filter_map(|MonthDay(m, d)| NaiveDate::from_ymd_opt(year, m, d))
            .collect();
        fixed.sort();
        taken.extend(fixed.iter().filter(|d| !weekend(**d)));
        for it in fixed.into_iter().filter(|d| weekend(*d)) {
            let mut at = it;
            while weekend(at) || taken.contains(&at) {
                at = at + Days::new(1);
            }
            if it == day {
                return at;
            }
            taken.push(at);
        }
        day
    }
}

fn weekend(day: NaiveDate) -> bool {
    matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

/// Easter Sunday of the Gregorian calendar (anonymous algorithm, Nature 1876; Meeus, Astronomical Algorithms, ch. 8).
fn easter(year: i32) -> Option<NaiveDate> {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 19 * l) / 433;
    let month = (h + l - 7 * m + 90) / 25;
    let day = (h + l - 7 * m + 33 * month + 19) % 32;
    NaiveDate::from_ymd_opt(year, u32::try_from(month).ok()?, u32::try_from(day).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_file_of_holidays_is_whole() {
        let file: File = toml::from_str(TEXT).unwrap();
        for region in &file.region {
            let calendar =
                Calendar::of(&region.id, []).unwrap_or_else(|| panic!("{}: with", region.id));
            for year in 2020..2040 {
                for rule in &calendar.rules {
                    assert!(calendar.on(rule, year).is_some(), "{} {rule:?}", region.id);
                }
            }
        }
    }

    #[test]
    fn easter_is_where_the_almanac_has_it() {
        for (year, at) in [
            (1961, "1961-04-02"),
            (2024, "2024-03-31"),
            (2026, "2026-04-05"),
            (2027, "2027-03-28"),
            (2038, "2038-04-25"),
        ] {
            assert_eq!(easter(year).unwrap(), day(at));
        }
    }

    #[test]
    fn holidays_are_those_of_the_region() {
        let free = |region: &str, text: &str| Calendar::of(region, []).unwrap().is_free(day(text));
        assert!(free("DE-SN", "2026-11-18"), "Buß- und Bettag");
        assert!(!free("DE-BE", "2026-11-18"));
        assert!(free("DE-BE", "2027-03-08"));
        assert!(
            free("UK", "2027-12-27") && free("UK", "2027-12-28"),
            "Christmas on a Saturday: both move"
        );
        assert!(
            free("UK", "2022-12-27") && !free("UK", "2022-12-28"),
            "Christmas on a Sunday: Boxing Day stays"
        );
        assert!(free("UK", "2026-05-04") && free("UK", "2026-05-25") && free("UK", "2026-08-31"));
        assert!(Calendar::of("XX", []).is_none());
        let own = Calendar::of("CH", [day("2026-04-20")]).unwrap();
        assert!(own.is_free(day("2026-04-20")));
        assert_eq!(own.rolled(day("2026-04-18")), day("2026-04-21"));
    }
}
