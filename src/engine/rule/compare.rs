//! When two values are the same, and which of two is greater.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use crate::format::workflow::Meaning;
use crate::model::{Priority, StatusSet, TaskId, Timestamp};

/// Whether two values are one, as far as the field can tell.
///
/// A number and a text are the same if the text is how the number is written: `5` and `"5"`, not
/// `5` and `"5.0"` (a version `1.10` is not `1.1`). Texts are otherwise the same byte by byte.
pub(crate) fn same(meaning: Meaning, statuses: &StatusSet, a: &Value, b: &Value) -> bool {
    if let (Some(left), Some(right)) = (word(a), word(b)) {
        let found = match meaning {
            Meaning::Plain => false,
            Meaning::Status => statuses.same(&left, &right),
            Meaning::Category => left.eq_ignore_ascii_case(&right),
            Meaning::Priority => match (Priority::parse(&left), Priority::parse(&right)) {
                (Priority::Other(left), Priority::Other(right)) => left.eq_ignore_ascii_case(&right),
                (left, right) => left == right,
            },
            Meaning::Id => TaskId::parse(&left).is_ok_and(|left| TaskId::parse(&right) == Ok(left)),
        };
        return found || same_scalar(a, b);
    }
    match (a, b) {
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(a, b)| same(meaning, statuses, a, b))
        }
        _ => a == b,
    }
}

/// How two values are ordered; `None` where they are not.
///
/// Numbers, and texts that are numbers, by value; moments with an offset by time, dates and moments
/// without one by the calendar, and where only one side says a time of day, by the dates as they
/// are written; priorities by urgency.
pub(crate) fn order(meaning: Meaning, a: &Value, b: &Value) -> Option<Ordering> {
    let (left, right) = (word(a)?, word(b)?);
    match meaning {
        Meaning::Status | Meaning::Category => return None,
        Meaning::Priority => {
            return match (Priority::parse(&left), Priority::parse(&right)) {
                (Priority::Other(_), _) | (_, Priority::Other(_)) => None,
                (left, right) => Some(right.rank().cmp(&left.rank())),
            };
        }
        Meaning::Plain | Meaning::Id => {}
    }
    if let (Some(left), Some(right)) = (number(&left), number(&right)) {
        return order_numbers(&left, &right);
    }
    if let (Ok(left), Ok(right)) = (left.parse::<jiff::Timestamp>(), right.parse::<jiff::Timestamp>()) {
        return Some(left.cmp(&right));
    }
    if let (Some(left), Some(right)) = (civil(&left), civil(&right)) {
        return Some(left.cmp(&right));
    }
    let (left, right) = (left.get(..10)?, right.get(..10)?);
    Some(civil(left)?.cmp(&civil(right)?))
}

/// How many seconds a date lies before `moment`; less than 0 where it lies behind it, `None` where it
/// is no date. What says no offset is meant where the moment was written; a date alone is its midnight.
pub(in crate::engine) fn age(value: &Value, moment: Timestamp) -> Option<i64> {
    let text = word(value)?;
    if let Ok(then) = text.parse::<jiff::Timestamp>() {
        return Some(moment.seconds.saturating_sub(then.as_second()));
    }
    let then = civil(&text).or_else(|| civil(text.get(..10)?))?;
    let offset = jiff::tz::Offset::from_seconds(moment.offset_minutes.saturating_mul(60)).ok()?;
    let then = offset.to_timestamp(then).ok()?;
    Some(moment.seconds.saturating_sub(then.as_second()))
}

/// The text of a scalar; `None` for `null`, lists and mappings.
pub(super) fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

fn same_scalar(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(left), Value::Number(right)) => order_numbers(left, right) == Some(Ordering::Equal),
        _ => word(a) == word(b),
    }
}

fn number(text: &str) -> Option<Number> {
    let text = text.trim();
    // "inf" and "nan" are words.
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) {
        return None;
    }
    text.parse::<i64>().map(Number::from).ok().or_else(|| Number::from_f64(text.parse().ok()?))
}

fn order_numbers(a: &Number, b: &Number) -> Option<Ordering> {
    match (a.as_i64(), b.as_i64()) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => a.as_f64()?.partial_cmp(&b.as_f64()?),
    }
}

/// A date, or a date with a time of day, that says no offset.
fn civil(text: &str) -> Option<jiff::civil::DateTime> {
    text.parse().ok()
}
