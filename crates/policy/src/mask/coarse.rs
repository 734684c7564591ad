//! Coarser values: a time to the hour or day, a duration to a bucket, an address to its network.

use std::net::IpAddr;

use gdpr4k_model::catalogue::Grain;

/// How a clock time is written in its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// Nobody says how: a clock with a colon is coarsened, anything else stays.
    ///
    /// Two digits may be an hour or a day; taking them for the one would destroy the other.
    Unsaid,
    /// With a colon: `12:34`, `2026-01-05 12:34:56.7`.
    Clock,
    /// Digits without signs, the hour from this offset on: `20260105123456` has it at 8, `hhmmss` at 0.
    Digits {
        /// Offset of the hour in the value.
        hour: usize,
    },
    /// The hour alone.
    Hour,
    /// Minutes, seconds or a fraction alone.
    BelowHour,
    /// Seconds since 1970, with what the local clock is ahead of UTC, in seconds.
    Unix {
        /// Seconds to add for the local clock.
        ahead: i32,
    },
    /// A day alone, which no grain changes.
    Day,
}

/// How a duration is written in its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// Nobody says how: with a colon it goes to its bucket, anything else stays.
    Unsaid,
    /// `h:mm:ss`, `mm:ss`.
    Clock,
    /// `hhmmss` or `mmss`.
    Digits,
    /// Whole seconds.
    Seconds,
    /// Tenths of a second.
    Tenths,
    /// Minutes alone.
    Minutes,
    /// Hours alone.
    Hours,
}

/// The value to the grain; `None` where it is that coarse already.
///
/// # Errors
/// `Err` where the value is not written that way; the caller blanks it.
pub(super) fn time(value: &[u8], written: Written, grain: Grain) -> Result<Option<Vec<u8>>, ()> {
    let zeroed = |from: usize| {
        let mut out = value.to_vec();
        out[from..]
            .iter_mut()
            .take_while(|b| b.is_ascii_digit() || matches!(b, b':' | b'.' | b','))
            .filter(|b| b.is_ascii_digit())
            .for_each(|b| *b = b'0');
        (out != value).then_some(out)
    };
    let day = grain == Grain::Day;
    match written {
        Written::Unsaid if !value.contains(&b':') => Ok(None),
        Written::Day => Ok(None),
        Written::Hour if !day => Ok(None),
        Written::Hour | Written::BelowHour => digits(value).map(|()| zeroed(0)).ok_or(()),
        Written::Digits { hour } => {
            let from = if day { hour } else { hour + 2 };
            let all = digits(value).filter(|()| from <= value.len());
            all.map(|()| zeroed(from)).ok_or(())
        }
        Written::Clock | Written::Unsaid => {
            let colon = value.iter().position(|b| *b == b':').ok_or(())?;
            let hour = value[..colon]
                .iter()
                .rev()
                .take_while(|b| b.is_ascii_digit());
            let width = hour.count();
            if width == 0 || width > 2 {
                return Err(());
            }
            Ok(zeroed(if day { colon - width } else { colon + 1 }))
        }
        Written::Unix { ahead } => {
            let text = std::str::from_utf8(value).map_err(|_| ())?;
            let at: i64 = text.parse().map_err(|_| ())?;
            let step = if day { 86_400 } else { 3_600 };
            let coarse = at - (at + i64::from(ahead)).rem_euclid(step);
            Ok((coarse != at).then(|| coarse.to_string().into_bytes()))
        }
    }
}

/// The duration to its bucket; `None` where it is a bound already.
///
/// Hours stay, minutes go down to 0, 1, 5, 15 or 30, seconds to 0 or 1: a call that
/// took place keeps a duration, so that it does not turn into a failed one.
///
/// # Errors
/// `Err` where the value is not written that way; the caller blanks it.
pub(super) fn duration(value: &[u8], length: Length) -> Result<Option<Vec<u8>>, ()> {
    let mut out = value.to_vec();
    match length {
        Length::Unsaid if !value.contains(&b':') => return Ok(None),
        Length::Hours => return digits(value).map(|()| None).ok_or(()),
        Length::Minutes => piece(&mut out, minutes)?,
        Length::Seconds | Length::Tenths => {
            let minute = if length == Length::Tenths { 600 } else { 60 };
            piece(&mut out, |n| {
                minutes(n / minute) * minute + (n % minute).min(1)
            })?;
        }
        Length::Digits => {
            let n = value.len();
            if !(4..=6).contains(&n) {
                return Err(());
            }
            piece(&mut out[n - 4..n - 2], minutes)?;
            piece(&mut out[n - 2..], |s| s.min(1))?;
            digits(value).ok_or(())?;
        }
        Length::Clock | Length::Unsaid => {
            let colons: Vec<usize> = (0..value.len()).filter(|i| value[*i] == b':').collect();
            let (from, colon) = match colons.as_slice() {
                [colon] => (0, *colon),
                [hours, colon] => (hours + 1, *colon),
                _ => return Err(()),
            };
            piece(&mut out[from..colon], minutes)?;
            let end = out[colon + 1..]
                .iter()
                .take_while(|b| b.is_ascii_digit())
                .count();
            piece(&mut out[colon + 1..colon + 1 + end], |s| s.min(1))?;
            // a fraction goes with the seconds
            out[colon + 1 + end..]
                .iter_mut()
                .filter(|b| b.is_ascii_digit())
                .for_each(|b| *b = b'0');
        }
    }
    Ok((out != value).then_some(out))
}

/// The lower bound of a bucket of minutes; whole hours are in front.
fn minutes(n: u64) -> u64 {
    n - n % 60
        + [30, 15, 5, 1]
            .into_iter()
            .find(|b| n % 60 >= *b)
            .unwrap_or(0)
}

/// Replaces a number by another one in as many digits.
fn piece(text: &mut [u8], to: impl Fn(u64) -> u64) -> Result<(), ()> {
    let n: u64 = std::str::from_utf8(text)
        .map_err(|_| ())?
        .parse()
        .map_err(|_| ())?;
    let new = format!("{:0width$}", to(n), width = text.len());
    text.copy_from_slice(new.as_bytes().get(..text.len()).ok_or(())?);
    Ok(())
}

/// The network of an address: /24 of IPv4, /48 of IPv6; `None` where it is one already.
///
/// # Errors
/// `Err` where it is no address; the caller blanks it.
pub(super) fn network(value: &[u8]) -> Result<Option<Vec<u8>>, ()> {
    let text = std::str::from_utf8(value).map_err(|_| ())?;
    // dotted quads with leading zeros, as fixed fields have them, are not parsed by the library
    let quads: Vec<&str> = text.split('.').collect();
    let quad = |q: &&str| (1..=3).contains(&q.len()) && q.parse::<u16>().is_ok_and(|n| n < 256);
    if quads.len() == 4
        && quads.iter().all(quad)
        && quads.iter().all(|q| q.bytes().all(|b| b.is_ascii_digit()))
    {
        let padded = quads.iter().all(|q| q.len() == 3);
        let last = if padded { "000" } else { "0" };
        let out = format!("{}.{}.{}.{last}", quads[0], quads[1], quads[2]);
        return Ok((out != text).then(|| out.into_bytes()));
    }
    match text.parse() {
        Ok(IpAddr::V6(address)) => {
            let mut parts = address.segments();
            parts[3..].fill(0);
            let out = std::net::Ipv6Addr::from(parts).to_string();
            let same = parts == address.segments();
            Ok((!same).then(|| out.into_bytes()))
        }
        _ => Err(()),
    }
}

fn digits(value: &[u8]) -> Option<()> {
    value.iter().all(u8::is_ascii_digit).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(result: Result<Option<Vec<u8>>, ()>) -> String {
        match result {
            Ok(Some(bytes)) => String::from_utf8(bytes).unwrap(),
            Ok(None) => "(same)".to_owned(),
            Err(()) => "(unread)".to_owned(),
        }
    }

    #[test]
    fn times_lose_what_lies_below_the_grain() {
        let hour = |v: &str, w: Written| text(time(v.as_bytes(), w, Grain::Hour));
        let day = |v: &str, w: Written| text(time(v.as_bytes(), w, Grain::Day));
        assert_eq!(
            hour("2026-01-05 12:34:56.7", Written::Clock),
            "2026-01-05 12:00:00.0"
        );
        assert_eq!(
            day("2026-01-05 12:34:56", Written::Clock),
            "2026-01-05 00:00:00"
        );
        assert_eq!(
            hour("2026-01-05T12:34:56+01:00", Written::Clock),
            "2026-01-05T12:00:00+01:00"
        );
        assert_eq!(hour("7:05", Written::Clock), "7:00");
        assert_eq!(hour("12:00", Written::Clock), "(same)");
        assert_eq!(hour("noon", Written::Clock), "(unread)");
        assert_eq!(
            hour("2026-01-05 12:34", Written::Unsaid),
            "2026-01-05 12:00"
        );
        assert_eq!(day("05", Written::Unsaid), "(same)");
        assert_eq!(
            hour("20260105123456", Written::Digits { hour: 8 }),
            "20260105120000"
        );
        assert_eq!(day("123456", Written::Digits { hour: 0 }), "000000");
        assert_eq!(hour("34", Written::BelowHour), "00");
        assert_eq!(hour("12", Written::Hour), "(same)");
        assert_eq!(day("12", Written::Hour), "00");
        assert_eq!(day("05.01.26", Written::Day), "(same)");
        // 2026-01-05 00:30 in Berlin is 23:30 UTC of the day before
        assert_eq!(
            day("1767569400", Written::Unix { ahead: 3600 }),
            "1767567600"
        );
        assert_eq!(
            hour("1767569400", Written::Unix { ahead: 3600 }),
            "1767567600"
        );
    }

    #[test]
    fn durations_go_to_their_bucket_and_never_to_nothing() {
        let to = |v: &str, l: Length| text(duration(v.as_bytes(), l));
        assert_eq!(to("00:12:34", Length::Clock), "00:05:01");
        assert_eq!(to("1:59:00", Length::Clock), "1:30:00");
        assert_eq!(to("00:00:00", Length::Clock), "(same)");
        assert_eq!(to("02:07.5", Length::Clock), "01:01.0");
        assert_eq!(to("001234", Length::Digits), "000501");
        assert_eq!(to("754", Length::Seconds), "301");
        assert_eq!(to("0000042", Length::Seconds), "0000001");
        assert_eq!(to("7200", Length::Seconds), "(same)");
        assert_eq!(to("0", Length::Seconds), "(same)");
        assert_eq!(to("3", Length::Tenths), "1");
        assert_eq!(to("37012", Length::Tenths), "36601");
        assert_eq!(to("47", Length::Minutes), "30");
        assert_eq!(to("03", Length::Hours), "(same)");
        assert_eq!(to("long", Length::Seconds), "(unread)");
        assert_eq!(to("00:12:34", Length::Unsaid), "00:05:01");
        assert_eq!(to("754", Length::Unsaid), "(same)");
    }

    #[test]
    fn buckets_are_fixed_points() {
        for seconds in 0..8_000u64 {
            for length in [Length::Seconds, Length::Tenths] {
                let value = format!("{seconds:06}");
                let coarse = duration(value.as_bytes(), length).unwrap();
                let coarse = coarse.unwrap_or(value.into_bytes());
                assert_eq!(duration(&coarse, length), Ok(None), "{seconds} {length:?}");
                assert_eq!(coarse.iter().all(|b| *b == b'0'), seconds == 0);
            }
        }
    }

    #[test]
    fn addresses_become_networks() {
        let to = |v: &str| text(network(v.as_bytes()));
        assert_eq!(to("192.0.2.55"), "192.0.2.0");
        assert_eq!(to("192.000.002.055"), "192.000.002.000");
        assert_eq!(to("192.0.2.0"), "(same)");
        assert_eq!(to("2001:db8:1:2::7"), "2001:db8:1::");
        assert_eq!(to("2001:db8:1::"), "(same)");
        assert_eq!(to("phone7.example"), "(unread)");
        assert_eq!(to("1.2.3.999"), "(unread)");
    }
}
