//! Periods: how long after its start a rule takes effect.

use std::{fmt, str::FromStr};

use chrono::{Days, Months, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A calendar period in ISO 8601 form: `P0D`, `P7D`, `P3M`, `P1Y`, `P1Y6M`.
///
/// A due day is start + period in **one** addition, never month by month:
/// 31 January + 3 months is 30 April (Reg. 1182/71 Art. 3; the last day of the
/// month stands in where the month is too short).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Period {
    /// Months, years included.
    pub months: u32,
    /// Days on top of the months.
    pub days: u32,
}

impl Period {
    /// At once, whatever the age.
    pub const ZERO: Self = Self { months: 0, days: 0 };

    /// A period of days.
    pub const fn of_days(days: u32) -> Self {
        Self { months: 0, days }
    }

    /// A period of months.
    pub const fn of_months(months: u32) -> Self {
        Self { months, days: 0 }
    }

    /// The day that lies this period after `start`; the last representable day where the calendar ends.
    pub fn after(self, start: NaiveDate) -> NaiveDate {
        start
            .checked_add_months(Months::new(self.months))
            .and_then(|d| d.checked_add_days(Days::new(u64::from(self.days))))
            .unwrap_or(NaiveDate::MAX)
    }

    /// The latest start day that is due on `as_of`: every earlier start is due too.
    ///
    /// `after` never decreases with its start, so this is the one day that a
    /// fast path has to compare with.
    pub fn latest_due_start(self, as_of: NaiveDate) -> Option<NaiveDate> {
        let mut day = as_of
            .checked_sub_days(Days::new(u64::from(self.days)))?
            .checked_sub_months(Months::new(self.months))?
            .checked_add_days(Days::new(4))?;
        while self.after(day) > as_of {
            day = day.pred_opt()?;
        }
        Some(day)
    }

    /// A rough length in days, for sorting and comparing only.
    pub const fn rough_days(self) -> u32 {
        self.months * 30 + self.months / 2 + self.days
    }

    /// The period in words.
    pub fn words(self, lang: crate::Lang) -> String {
        let de = lang == crate::Lang::De;
        let unit =
            |n: u32, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
        let mut parts = Vec::new();
        let (years, months) = if self.months.is_multiple_of(12) {
            (self.months / 12, 0)
        } else {
            (0, self.months)
        };
        if years > 0 {
            parts.push(if de {
                unit(years, "Jahr", "Jahre")
            } else {
                unit(years, "year", "years")
            });
        }
        if months > 0 {
            parts.push(if de {
                unit(months, "Monat", "Monate")
            } else {
                unit(months, "month", "months")
            });
        }
        if self.days > 0 {
            parts.push(if de {
                unit(self.days, "Tag", "Tage")
            } else {
                unit(self.days, "day", "days")
            });
        }
        if parts.is_empty() {
            return (if de { "sofort" } else { "at once" }).to_owned();
        }
        parts.join(if de { " und " } else { " and " })
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("P")?;
        let (years, months) = (self.months / 12, self.months % 12);
        if years > 0 {
            write!(f, "{years}Y")?;
        }
        if months > 0 {
            write!(f, "{months}M")?;
        }
        if self.days > 0 || self.months == 0 {
            write!(f, "{}D", self.days)?;
        }
        Ok(())
    }
}

impl FromStr for Period {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("period {text:?} (expected ISO 8601 such as P7D, P3M or P1Y)");
        let mut rest = text
            .strip_prefix('P')
            .filter(|r| !r.is_empty())
            .ok_or_else(bad)?;
        let (mut months, mut days) = (0u32, 0u32);
        let mut order = 0;
        while !rest.is_empty() {
            let end = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(bad)?;
            let n: u32 = rest[..end].parse().map_err(|_| bad())?;
            if n > 12_000 {
                return Err(bad());
            }
            let rank = match rest.as_bytes()[end] {
                b'Y' => {
                    months += n * 12;
                    1
                }
                b'M' => {
                    months += n;
                    2
                }
                b'W' => {
                    days += n * 7;
                    3
                }
                b'D' => {
                    days += n;
                    4
                }
                _ => return Err(bad()),
            };
            if rank <= order {
                return Err(bad());
            }
            order = rank;
            rest = &rest[end + 1..];
        }
        Ok(Self { months, days })
    }
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn one_addition_from_the_start() {
        let three = Period::of_months(3);
        assert_eq!(three.after(day("2027-01-31")), day("2027-04-30"));
        assert_eq!("P1Y6M".parse::<Period>().unwrap().months, 18);
        assert_eq!("P90D".parse::<Period>().unwrap().to_string(), "P90D");
        for bad in ["", "P", "90", "PD", "P1D2M", "P-1D", "P1H", "P99999999D"] {
            assert!(bad.parse::<Period>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn due_days_never_come_before_the_start_and_never_decrease(
            start in -3_000i64..20_000, step in 0i64..40, months in 0u32..30, days in 0u32..400
        ) {
            let epoch = day("1990-01-01");
            let a = epoch + chrono::Duration::days(start);
            let b = a + chrono::Duration::days(step);
            let period = Period { months, days };
            prop_assert!(period.after(a) >= a);
            prop_assert!(period.after(b) >= period.after(a));
        }

        #[test]
        fn the_latest_due_start_is_the_exact_border(as_of in 0i64..20_000, months in 0u32..30, days in 0u32..400) {
            let as_of = day("1990-01-01") + chrono::Duration::days(as_of);
            let period = Period { months, days };
            let border = period.latest_due_start(as_of).unwrap();
            prop_assert!(period.after(border) <= as_of);
            prop_assert!(period.after(border.succ_opt().unwrap()) > as_of);
        }
    }
}
