use std::fmt;

/// How long something may be: whole weeks, days, hours, minutes and seconds.
///
/// Written `30d`, `2w`, `12h`, `90m`, `45s` or together, `1d12h`; or as ISO 8601 has it, `P30D`,
/// `P2W`, `PT12H`, `P1DT12H`. Months and years are no lengths of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Age {
    seconds: i64,
}

/// Why a text is no [`Age`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AgeError {
    /// Nothing is written, or a unit without a number.
    #[error("a number is missing")]
    NoNumber,
    /// A number without a unit.
    #[error("a unit is missing")]
    NoUnit,
    /// A letter that is no unit, or one that stands after a smaller one.
    #[error("`{}` is no unit here", found.escape_debug())]
    Unit {
        /// The letter.
        found: char,
    },
    /// Several letters, such as `3mo`.
    #[error("a unit is one letter: w, d, h, m (minutes) or s")]
    Word,
    /// `P1M` or `P1Y`.
    #[error("months and years have no fixed length")]
    Calendar,
    /// More than a thousand years.
    #[error("it is longer than 1,000 years")]
    TooLong,
}

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const WEEK: i64 = 7 * DAY;
const LONGEST: i64 = 365_250 * DAY;

impl Age {
    /// Reads `text`.
    ///
    /// # Errors
    /// When it is not written as an age.
    pub fn parse(text: &str) -> Result<Self, AgeError> {
        let text = text.trim();
        let iso = text.strip_prefix('P');
        let mut rest = iso.unwrap_or(text);
        let (mut seconds, mut smallest, mut in_time) = (0_i64, i64::MAX, false);
        if rest.is_empty() {
            return Err(AgeError::NoNumber);
        }
        while !rest.is_empty() {
            if let Some(behind) = rest.strip_prefix('T').filter(|_| iso.is_some() && !in_time) {
                (rest, in_time) = (behind, true);
                if rest.is_empty() {
                    return Err(AgeError::NoNumber);
                }
            }
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (number, behind) = rest.split_at(digits);
            let mut letters = behind.chars();
            let unit = match (letters.next(), digits) {
                (Some(found), 0) if !found.is_ascii_alphabetic() => return Err(AgeError::Unit { found }),
                (Some(_), 0) if smallest < i64::MAX => return Err(AgeError::Word),
                (_, 0) => return Err(AgeError::NoNumber),
                (None, _) => return Err(AgeError::NoUnit),
                (Some(unit), _) => unit,
            };
            rest = letters.as_str();
            let length = match (unit, iso.is_some()) {
                ('w', false) => WEEK,
                ('d', false) => DAY,
                ('W', true) if !in_time => WEEK,
                ('D', true) if !in_time => DAY,
                ('h', false) => HOUR,
                ('m', false) => MINUTE,
                ('s', false) => 1,
                ('H', true) if in_time => HOUR,
                ('M', true) if in_time => MINUTE,
                ('S', true) if in_time => 1,
                ('M' | 'Y', true) => return Err(AgeError::Calendar),
                (found, _) => return Err(AgeError::Unit { found }),
            };
            if length >= smallest {
                return Err(AgeError::Unit { found: unit });
            }
            smallest = length;
            let part = number.parse::<i64>().ok().and_then(|number| number.checked_mul(length));
            seconds = part.and_then(|part| seconds.checked_add(part)).ok_or(AgeError::TooLong)?;
        }
        if seconds > LONGEST { Err(AgeError::TooLong) } else { Ok(Self { seconds }) }
    }

    /// Its length in seconds, from 0.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.seconds
    }

    /// An age of so many seconds; less than none is none.
    #[must_use]
    pub fn of_seconds(seconds: i64) -> Self {
        Self { seconds: seconds.max(0) }
    }
}

/// Days, hours, minutes and seconds, without those that are zero: `1d12h`.
impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.seconds;
        for (length, unit) in [(DAY, 'd'), (HOUR, 'h'), (MINUTE, 'm'), (1, 's')] {
            if rest >= length {
                write!(f, "{}{unit}", rest / length)?;
                rest %= length;
            }
        }
        if self.seconds == 0 { f.write_str("0s") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_numbers_with_units() {
        for (text, shown) in [
            ("30d", "30d"),
            ("2w", "14d"),
            ("12h", "12h"),
            ("90m", "1h30m"),
            ("1d12h", "1d12h"),
            ("P30D", "30d"),
            ("P2W", "14d"),
            ("PT12H", "12h"),
            ("P1DT12H30M", "1d12h30m"),
            ("0d", "0s"),
        ] {
            assert_eq!(Age::parse(text).map(|age| age.to_string()), Ok(shown.to_owned()), "{text}");
        }
    }

    #[test]
    fn other_texts_are_no_ages() {
        for (text, error) in [
            ("", AgeError::NoNumber),
            ("P", AgeError::NoNumber),
            ("PT", AgeError::NoNumber),
            ("d", AgeError::NoNumber),
            ("30", AgeError::NoUnit),
            ("30 d", AgeError::Unit { found: ' ' }),
            ("-3d", AgeError::Unit { found: '-' }),
            ("3D", AgeError::Unit { found: 'D' }),
            ("12h1d", AgeError::Unit { found: 'd' }),
            ("1d1d", AgeError::Unit { found: 'd' }),
            ("3mo", AgeError::Word),
            ("30days", AgeError::Word),
            ("d3", AgeError::NoNumber),
            ("P12H", AgeError::Unit { found: 'H' }),
            ("P1M", AgeError::Calendar),
            ("P1Y", AgeError::Calendar),
            ("99999999w", AgeError::TooLong),
            ("99999999999999999999d", AgeError::TooLong),
        ] {
            assert_eq!(Age::parse(text), Err(error), "{text}");
        }
    }
}
