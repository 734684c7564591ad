//! Points in time, in the formats that a source or a mapping lists.

use chrono::{Datelike, NaiveDate, NaiveDateTime};

/// Reads time stamps; the format that fitted last is tried first.
pub(crate) struct When {
    formats: Vec<String>,
    last: usize,
}

impl When {
    /// Formats of `chrono` (strftime), in the order to try.
    pub(crate) fn new(formats: &[String]) -> Self {
        Self {
            formats: formats.to_vec(),
            last: 0,
        }
    }

    /// The local time as written; midnight for a date alone.
    pub(crate) fn read(&mut self, text: &str) -> Option<NaiveDateTime> {
        // a longer text is no time stamp; also keeps the cost per cell small
        if text.len() > 40 || !text.bytes().any(|b| b.is_ascii_digit()) {
            return None;
        }
        if let Some(time) = self.formats.get(self.last).and_then(|f| parse(text, f)) {
            return Some(time);
        }
        let (ix, time) = self
            .formats
            .iter()
            .enumerate()
            .find_map(|(ix, f)| Some((ix, parse(text, f)?)))?;
        self.last = ix;
        Some(time)
    }
}

fn parse(text: &str, format: &str) -> Option<NaiveDateTime> {
    let time = NaiveDateTime::parse_from_str(text, format)
        .ok()
        .or_else(|| {
            let date = format.split([' ', 'T']).next().unwrap_or(format);
            NaiveDate::parse_from_str(text, date)
                .ok()?
                .and_hms_opt(0, 0, 0)
        })?;
    // %Y also reads two digits as a year of the first century
    (1970..=2199).contains(&time.year()).then_some(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_reads_its_own_and_two_digits_are_pivoted() {
        let formats = ["%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%y %H:%M"].map(String::from);
        let mut when = When::new(&formats);
        let mut day = |t: &str| when.read(t).map(|t| t.to_string());
        assert_eq!(
            day("2026-02-03 08:14:09").as_deref(),
            Some("2026-02-03 08:14:09")
        );
        assert_eq!(
            day("03.02.2026 08:14").as_deref(),
            Some("2026-02-03 08:14:00")
        );
        assert_eq!(
            day("03.02.26 08:14").as_deref(),
            Some("2026-02-03 08:14:00")
        );
        assert_eq!(
            day("03.02.96 08:14").as_deref(),
            Some("1996-02-03 08:14:00")
        );
        assert_eq!(day("2026-02-03").as_deref(), Some("2026-02-03 00:00:00"));
        assert_eq!(day("gestern"), None);
        assert_eq!(day("2026-13-03 08:14:09"), None);
    }
}
