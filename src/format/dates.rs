//! Dates in the spelling a file has.

use jiff::civil::DateTime;

use crate::model::Timestamp;

/// `moment` in the spelling of `old`: a date, or RFC 3339 with or without fractions and zone.
/// `None` where the spelling is another one; such a date is best left alone.
///
/// A zone of `Z` stays one; another offset becomes that of the moment, and a text without a zone
/// is the time where the moment was written.
#[must_use]
pub fn respell(old: &str, moment: Timestamp) -> Option<String> {
    let spelling = Spelling::of(old)?;
    let moment = match spelling.zone {
        Zone::Utc(_) => Timestamp { offset_minutes: 0, ..moment },
        Zone::None | Zone::Offset { .. } => moment,
    };
    let full = moment.rfc3339().ok()?;
    // 2025-01-15T10:00:00+02:00; years of other than four digits do not occur in files.
    let date = full.get(..10)?;
    let (Some(separator), b"T") = (spelling.separator, full.as_bytes().get(10..11)?) else {
        return spelling.separator.is_none().then(|| date.to_owned());
    };
    let mut text = format!("{date}{separator}{}", full.get(11..if spelling.seconds { 19 } else { 16 })?);
    if spelling.fraction > 0 {
        text.push('.');
        text.push_str(&"0".repeat(spelling.fraction));
    }
    match spelling.zone {
        Zone::None => {}
        Zone::Utc(sign) => text.push(sign),
        Zone::Offset { colon: true } => text.push_str(full.get(19..)?),
        Zone::Offset { colon: false } => text.push_str(&full.get(19..)?.replace(':', "")),
    }
    Some(text)
}

/// Whether `old` is before `moment`, at the precision `old` is written with. `false` where its
/// spelling is not known.
#[must_use]
pub fn is_before(old: &str, moment: Timestamp) -> bool {
    let Some(spelling) = Spelling::of(old) else { return false };
    let own_minutes = spelling.offset_minutes.unwrap_or(moment.offset_minutes);
    let Ok(now) = (Timestamp { offset_minutes: own_minutes, ..moment }).rfc3339() else { return false };
    let precision = match (spelling.separator, spelling.seconds) {
        (None, _) => 10,
        (Some(_), false) => 16,
        (Some(_), true) => 19,
    };
    let then = spelling.moment.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    matches!((then.get(..precision), now.get(..precision)), (Some(then), Some(now)) if then < now)
}

/// How a date is written, and which it is.
struct Spelling {
    moment: DateTime,
    /// Between date and time; `None` for a date alone.
    separator: Option<char>,
    seconds: bool,
    /// Digits behind the seconds.
    fraction: usize,
    zone: Zone,
    offset_minutes: Option<i32>,
}

#[derive(Clone, Copy)]
enum Zone {
    None,
    Utc(char),
    Offset { colon: bool },
}

impl Spelling {
    fn of(text: &str) -> Option<Self> {
        let date = text.get(..10).filter(|date| fits(date, "0000-00-00"))?;
        let rest = text.get(10..)?;
        let mut spelling = Self {
            moment: format!("{date}T00:00:00").parse().ok()?,
            separator: None,
            seconds: false,
            fraction: 0,
            zone: Zone::None,
            offset_minutes: None,
        };
        let Some(separator) = rest.chars().next() else { return Some(spelling) };
        if !matches!(separator, 'T' | 't' | ' ') {
            return None;
        }
        let mut rest = rest.get(1..)?;
        let minutes = rest.get(..5).filter(|minutes| fits(minutes, "00:00"))?;
        rest = rest.get(5..)?;
        let mut seconds = "00";
        if let Some(behind) = rest.strip_prefix(':') {
            seconds = behind.get(..2).filter(|digits| fits(digits, "00"))?;
            rest = behind.get(2..)?;
            spelling.seconds = true;
            if let Some(behind) = rest.strip_prefix('.') {
                spelling.fraction = behind.bytes().take_while(u8::is_ascii_digit).count();
                rest = behind.get(spelling.fraction..).filter(|_| (1..=9).contains(&spelling.fraction))?;
            }
        }
        (spelling.zone, spelling.offset_minutes) = zone(rest)?;
        spelling.separator = Some(separator);
        spelling.moment = format!("{date}T{minutes}:{seconds}").parse().ok()?;
        Some(spelling)
    }
}

fn zone(text: &str) -> Option<(Zone, Option<i32>)> {
    let sign = match text.as_bytes().first() {
        None => return Some((Zone::None, None)),
        Some(b'Z' | b'z') => {
            return (text.len() == 1).then(|| (Zone::Utc(text.chars().next().unwrap_or('Z')), Some(0)));
        }
        Some(b'+') => 1,
        Some(b'-') => -1,
        Some(_) => return None,
    };
    let digits = text.get(1..)?;
    let colon = fits(digits, "00:00");
    if !colon && !fits(digits, "0000") {
        return None;
    }
    let hours: i32 = digits.get(..2)?.parse().ok()?;
    let minutes: i32 = digits.get(digits.len() - 2..)?.parse().ok()?;
    (hours < 24 && minutes < 60).then_some((Zone::Offset { colon }, Some(sign * (hours * 60 + minutes))))
}

/// Whether a text has digits where the pattern has zeros, and the pattern's signs elsewhere.
fn fits(text: &str, pattern: &str) -> bool {
    text.len() == pattern.len()
        && text.bytes().zip(pattern.bytes()).all(|(a, b)| if b == b'0' { a.is_ascii_digit() } else { a == b })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2025-01-16T01:00:00+02:00
    const MOMENT: Timestamp = Timestamp { seconds: 1_736_982_000, offset_minutes: 120 };

    #[test]
    fn the_spelling_stays() {
        for (old, expect) in [
            ("2024-06-01", "2025-01-16"),
            ("2024-06-01T10:00:00Z", "2025-01-15T23:00:00Z"),
            ("2024-06-01T10:00:00.123Z", "2025-01-15T23:00:00.000Z"),
            ("2024-06-01T10:00:00.123456-05:00", "2025-01-16T01:00:00.000000+02:00"),
            ("2024-06-01T10:00:00+0100", "2025-01-16T01:00:00+0200"),
            ("2024-06-01T10:00:00", "2025-01-16T01:00:00"),
            ("2024-06-01 10:00", "2025-01-16 01:00"),
        ] {
            assert_eq!(respell(old, MOMENT).as_deref(), Some(expect), "{old}");
        }
    }

    #[test]
    fn other_spellings_are_left_alone() {
        for old in [
            "",
            "2024",
            "yesterday",
            "01.06.2024",
            "2024-13-01",
            "2024-06-01T",
            "2024-06-01T25:00:00Z",
            "2025-06-13T15:05:22EDT",
            "2024-06-01T10:00:00.Z",
            "2024-06-01x",
            "2024-06-01T10:00:00+99:00",
            "ü024-06-01",
        ] {
            assert_eq!(respell(old, MOMENT), None, "{old}");
            assert!(!is_before(old, MOMENT), "{old}");
        }
    }

    #[test]
    fn comparing_is_as_precise_as_the_spelling() {
        for (old, expect) in [
            ("2025-01-15", true),
            ("2025-01-16", false),
            ("2025-01-17", false),
            ("2025-01-15T22:59:59Z", true),
            ("2025-01-15T23:00:00Z", false),
            ("2025-01-15T23:00:00.500Z", false),
            ("2025-01-15T17:59:59-05:00", true),
            ("2025-01-15T18:00:00-05:00", false),
            ("2025-01-16T00:59:59", true),
            ("2025-01-16 01:00", false),
        ] {
            assert_eq!(is_before(old, MOMENT), expect, "{old}");
        }
    }
}
