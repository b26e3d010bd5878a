use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::civil::DateTime;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;

/// The longest wait that the program chooses by itself.
const LONGEST: Duration = Duration::from_mins(15);
/// The longest wait that another side can ask for.
pub(super) const LONGEST_ASKED: Duration = Duration::from_hours(24);

/// How long to wait behind the attempt of that number, from 1: any time up to `first`, twice that, four times that
/// (exponential backoff with full jitter), and never less than the other side has asked for.
pub(super) fn next(first: Duration, attempt: u64, asked: Option<Duration>) -> Duration {
    let doublings = u32::try_from(attempt.saturating_sub(1).min(20)).unwrap_or(20);
    let most = first.saturating_mul(2_u32.saturating_pow(doublings)).min(LONGEST);
    let millis = u64::try_from(most.as_millis()).unwrap_or(u64::MAX);
    let chosen = Duration::from_millis(random() % millis.saturating_add(1));
    chosen.max(asked.unwrap_or_default().min(LONGEST_ASKED))
}

/// What `Retry-After` asks for: seconds, or a date (RFC 9110, 10.2.3). Whoever waits sets a bound to it.
pub(super) fn asked(header: &str, now: SystemTime) -> Option<Duration> {
    let header = header.trim();
    if !header.is_empty() && header.bytes().all(|byte| byte.is_ascii_digit()) {
        // More than can be counted is long.
        return Some(Duration::from_secs(header.parse().unwrap_or(u64::MAX)));
    }
    let now = now.duration_since(UNIX_EPOCH).ok()?.as_secs();
    let date = date(header, i64::try_from(now).ok()?)?;
    Some(Duration::from_secs(u64::try_from(date).unwrap_or_default().saturating_sub(now)))
}

/// A date in one of the three forms of HTTP (RFC 9110, 5.6.7), in seconds since 1970.
fn date(text: &str, now: i64) -> Option<i64> {
    if let Ok(date) = rfc2822::parse(text) {
        return Some(date.timestamp().as_second());
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let read = |form: &str, text: &str| {
        Some(DateTime::strptime(form, text).ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
    };
    // That of C's `asctime` says no zone: it is UTC.
    if let Some(date) = read("%a %b %d %H:%M:%S %Y", &words.join(" ")) {
        return Some(date);
    }
    // That of RFC 850 has two digits of the year, which is none of more than fifty years from now. Only with the year
    // it could be said whether the day of the week is right.
    let (_, day) = text.split_once(',')?;
    let date = read("%d-%b-%y %H:%M:%S GMT", day.trim())?;
    Some(if now - date > FIFTY_YEARS { date + CENTURY } else { date })
}

/// In seconds.
const FIFTY_YEARS: i64 = CENTURY / 2;
/// The years from 2001 to 2100, in seconds.
const CENTURY: i64 = 36_525 * 24 * 3600;

/// The system's clock, in milliseconds since 1970.
pub(super) fn now() -> u64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}

/// A number that differs each time: the standard library seeds its hash tables so.
fn random() -> u64 {
    RandomState::new().hash_one(now())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end() {
        let second = Duration::from_secs(1);
        for _ in 0..100 {
            assert!(next(second, 1, None) <= second);
            assert!(next(second, 3, None) <= 4 * second);
            assert!(next(second, 1_000, None) <= LONGEST);
            assert!(next(second, 1, Some(7 * second)) == 7 * second);
        }
        assert_eq!(next(second, 1, Some(Duration::MAX)), LONGEST_ASKED);
        let many: std::collections::BTreeSet<Duration> = (0..50).map(|_| next(second, 10, None)).collect();
        assert!(many.len() > 10, "{many:?}");
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = UNIX_EPOCH + Duration::from_secs(784_111_700);
        assert_eq!(asked(" 120 ", now), Some(Duration::from_mins(2)));
        assert_eq!(asked("Sun, 06 Nov 1994 08:49:37 GMT", now), Some(Duration::from_secs(77)));
        assert_eq!(asked("Sun, 06 Nov 1994 08:00:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(asked("soon", now), None);
        assert_eq!(asked("-5", now), None);
        assert_eq!(asked("", now), None);
    }

    #[test]
    fn retry_after_knows_each_form_of_a_date_and_has_a_bound() {
        let now = UNIX_EPOCH + Duration::from_secs(784_111_700);
        for date in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(asked(date, now), Some(Duration::from_secs(77)), "{date}");
        }
        assert_eq!(asked("Sun Nov 16 08:49:37 1924", now), Some(Duration::ZERO), "long past");
        // In 2026 a year 70 is one to come, and 94 is one that was.
        let later = UNIX_EPOCH + Duration::from_secs(1_793_000_000);
        assert!(asked("Thursday, 06-Nov-70 08:49:37 GMT", later).is_some_and(|wait| wait > LONGEST_ASKED));
        assert_eq!(asked("Sunday, 06-Nov-94 08:49:37 GMT", later), Some(Duration::ZERO));
        for endless in ["99999999999999999999", "18446744073709551615", "Thu, 31 Dec 9998 23:59:59 GMT"] {
            let wait = asked(endless, now);
            assert!(wait.is_some(), "{endless}");
            assert_eq!(next(Duration::from_secs(1), 1, wait), LONGEST_ASKED, "{endless}");
        }
    }
}
