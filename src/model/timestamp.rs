use std::fmt;

use jiff::tz::{Offset, TimeZone};

/// A moment with the offset it was written in, to the second: what git stores with a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub seconds: i64,
    /// Minutes east of UTC.
    pub offset_minutes: i32,
}

/// A moment outside the years that can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{seconds} is no moment between the years -9999 and 9999")]
pub struct TimestampError {
    seconds: i64,
}

impl Timestamp {
    /// The calendar date where it was written: `2025-01-15`.
    ///
    /// # Errors
    /// When the moment is outside the years -9999 to 9999.
    pub fn date(self) -> Result<String, TimestampError> {
        Ok(self.zoned()?.strftime("%Y-%m-%d").to_string())
    }

    /// RFC 3339 with its offset: `2025-01-15T10:00:00+02:00`.
    ///
    /// # Errors
    /// As [`Timestamp::date`].
    pub fn rfc3339(self) -> Result<String, TimestampError> {
        Ok(self.zoned()?.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
    }

    /// RFC 3339 in UTC with milliseconds, as JavaScript writes it: `2025-01-15T08:00:00.000Z`.
    ///
    /// # Errors
    /// As [`Timestamp::date`].
    pub fn iso_utc_millis(self) -> Result<String, TimestampError> {
        let utc = Self { seconds: self.seconds, offset_minutes: 0 };
        Ok(utc.zoned()?.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string())
    }

    fn zoned(self) -> Result<jiff::Zoned, TimestampError> {
        let error = TimestampError { seconds: self.seconds };
        let moment = jiff::Timestamp::from_second(self.seconds).map_err(|_| error)?;
        let offset = Offset::from_seconds(self.offset_minutes.saturating_mul(60)).map_err(|_| error)?;
        Ok(moment.to_zoned(TimeZone::fixed(offset)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rfc3339() {
            Ok(text) => f.write_str(&text),
            Err(_) => write!(f, "@{}", self.seconds),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_place_they_were_written() {
        let late = Timestamp { seconds: 1_736_982_000, offset_minutes: 120 };
        assert_eq!(late.rfc3339().unwrap(), "2025-01-16T01:00:00+02:00");
        assert_eq!(late.date().unwrap(), "2025-01-16");
        assert_eq!(late.iso_utc_millis().unwrap(), "2025-01-15T23:00:00.000Z");
        assert!(Timestamp { seconds: i64::MAX, offset_minutes: 0 }.date().is_err());
    }
}
