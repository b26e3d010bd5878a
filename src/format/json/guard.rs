//! One look at a text before it goes to the scanner: how deep it is nested, what the scanner would
//! let pass though it is not JSON, and halves of surrogate pairs, which it refuses though they are.

use std::borrow::Cow;

use super::JsonError;
use crate::model::Span;

/// Brackets that may be open at once.
const DEEPEST: usize = 128;

/// What the look found.
pub(super) struct Guarded<'text> {
    /// The text, every half of a surrogate pair replaced by an escape as long: `\ufffd`.
    pub(super) text: Cow<'text, str>,
    /// The first thing that is not JSON, but passes the scanner.
    pub(super) suspect: Option<JsonError>,
}

/// Looks once along the text. Costs no memory but for repairs, and never recurses.
///
/// # Errors
/// When more than 128 brackets are open at once.
pub(super) fn look(text: &str) -> Result<Guarded<'_>, JsonError> {
    let bytes = text.as_bytes();
    let (mut depth, mut at) = (0_usize, 0);
    let mut suspect: Option<JsonError> = None;
    let mut halves = Vec::new();
    while let Some(byte) = bytes.get(at).copied() {
        match byte {
            b'"' => {
                at = string(bytes, at + 1, &mut halves, &mut suspect);
                continue;
            }
            b'{' | b'[' => {
                depth += 1;
                if depth > DEEPEST {
                    return Err(JsonError::too_deep(at, DEEPEST));
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'\n' | b'\r' | b'\t' | b' '..=b'~' => {}
            _ if suspect.is_none() => {
                let character = text.get(at..).and_then(|rest| rest.chars().next()).unwrap_or('\u{fffd}');
                suspect = Some(JsonError::invalid(
                    format!("unexpected character `{}`", character.escape_unicode()),
                    Span::new(at, at + character.len_utf8()),
                ));
            }
            _ => {}
        }
        at += 1;
    }
    Ok(Guarded { text: repaired(text, &halves), suspect })
}

/// Walks a string from behind its opening quote to behind its closing one.
fn string(bytes: &[u8], mut at: usize, halves: &mut Vec<usize>, suspect: &mut Option<JsonError>) -> usize {
    while let Some(byte) = bytes.get(at).copied() {
        match byte {
            b'"' => return at + 1,
            b'\\' => match escape(bytes, at) {
                Some(0xd800..=0xdbff) if matches!(escape(bytes, at + 6), Some(0xdc00..=0xdfff)) => at += 12,
                Some(0xd800..=0xdfff) => {
                    halves.push(at + 2);
                    at += 6;
                }
                _ => at += 2,
            },
            0..=0x1f => {
                if suspect.is_none() {
                    let message = if matches!(byte, b'\n' | b'\r') {
                        "a string is not closed on its line".to_owned()
                    } else {
                        format!("control character {byte:#04x} in a string")
                    };
                    *suspect = Some(JsonError::invalid(message, Span::new(at, at + 1)));
                }
                at += 1;
            }
            _ => at += 1,
        }
    }
    at
}

/// The unit of a `\uXXXX` that starts at `at`.
fn escape(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0, |unit, digit| Some(unit * 16 + char::from(*digit).to_digit(16)?))
}

fn repaired<'text>(text: &'text str, halves: &[usize]) -> Cow<'text, str> {
    if halves.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut result = String::with_capacity(text.len());
    let mut from = 0;
    for half in halves {
        result.push_str(text.get(from..*half).unwrap_or_default());
        result.push_str("fffd");
        from = half + 4;
    }
    result.push_str(text.get(from..).unwrap_or_default());
    Cow::Owned(result)
}
