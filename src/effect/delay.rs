use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::fmt::rfc2822;

/// The longest wait that the program chooses by itself.
const LONGEST: Duration = Duration::from_mins(15);
/// The longest wait that another side can ask for.
const LONGEST_ASKED: Duration = Duration::from_hours(24);

/// How long to wait behind the attempt of that number, from 1: any time up to `first`, twice that, four times that
/// (exponential backoff with full jitter), and never less than the other side has asked for.
pub(super) fn next(first: Duration, attempt: u64, asked: Option<Duration>) -> Duration {
    let doublings = u32::try_from(attempt.saturating_sub(1).min(20)).unwrap_or(20);
    let most = first.saturating_mul(2_u32.saturating_pow(doublings)).min(LONGEST);
    let millis = u64::try_from(most.as_millis()).unwrap_or(u64::MAX);
    let chosen = Duration::from_millis(random() % millis.saturating_add(1));
    chosen.max(asked.unwrap_or_default().min(LONGEST_ASKED))
}

/// What `Retry-After` asks for: seconds, or a date (RFC 9110, 10.2.3).
pub(super) fn asked(header: &str, now: SystemTime) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = rfc2822::parse(header).ok()?.timestamp().as_second();
    let now = now.duration_since(UNIX_EPOCH).ok()?.as_secs();
    Some(Duration::from_secs(u64::try_from(date).ok()?.saturating_sub(now)))
}

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
    }
}
