//! How one scalar is written so that reading it gives exactly the value again.

use std::fmt::Write as _;

use serde_json::Value;

use crate::format::yaml::Style;

/// Where a scalar will stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Context {
    /// Behind `key: ` or `- `.
    Block,
    /// Inside brackets or braces, where commas and brackets mean something.
    Flow,
}

/// The value as YAML on one line, a text in the style `like` where it permits; lists in brackets,
/// mappings in braces.
pub(super) fn render(value: &Value, like: Style, context: Context) -> String {
    let inside = |value: &Value| render(value, Style::Plain, Context::Flow);
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => string(text, like, context),
        Value::Array(items) => format!("[{}]", items.iter().map(inside).collect::<Vec<_>>().join(", ")),
        Value::Object(entries) => {
            let entry = |(key, value): (&String, &Value)| {
                format!("{}: {}", string(key, Style::Plain, Context::Flow), inside(value))
            };
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
    }
}

/// A text that is read as a text.
pub(super) fn string(text: &str, like: Style, context: Context) -> String {
    let escapes = text.chars().any(needs_escape);
    match like {
        Style::Plain | Style::Block if is_plain(text, context) && !is_other_type(text) => text.to_owned(),
        _ if escapes => double_quoted(text),
        Style::DoubleQuoted => double_quoted(text),
        Style::Plain | Style::Block if text.contains('\'') && !text.contains(['"', '\\']) => double_quoted(text),
        _ => format!("'{}'", text.replace('\'', "''")),
    }
}

/// An id or another word whose reader looks at the text only: a number needs no quotes.
pub(super) fn word(text: &str, like: Style, context: Context) -> String {
    let plain = like == Style::Plain && is_plain(text, context) && text.parse::<f64>().is_ok();
    if plain { text.to_owned() } else { string(text, like, context) }
}

fn double_quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if needs_escape(c) => {
                let code = u32::from(c);
                // Writing to a string cannot fail.
                let _ = if code <= 0xff { write!(quoted, "\\x{code:02X}") } else { write!(quoted, "\\u{code:04X}") };
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Line breaks, what YAML calls not printable, and what no editor shows.
fn needs_escape(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Whether a text without quotes is one scalar, whatever type it then is. Stricter than YAML.
fn is_plain(text: &str, context: Context) -> bool {
    let first_fits = text.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '/' | '.' | '(' | '+' | '$'));
    let separates = |c: char| matches!(c, ',' | '[' | ']' | '{' | '}');
    first_fits
        && !text.starts_with("...")
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.chars().any(needs_escape)
        && (context == Context::Block || !text.contains(separates) && !text.contains(':'))
}

/// Whether some YAML reader, of version 1.1 or 1.2, takes the plain text for something else than
/// a text. Dates are left alone: files write them plain.
fn is_other_type(text: &str) -> bool {
    const WORDS: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    let bare = text.trim_start_matches(['+', '-']).replace('_', "");
    let lower = bare.to_ascii_lowercase();
    let radix = lower.strip_prefix("0x").or_else(|| lower.strip_prefix("0o")).or_else(|| lower.strip_prefix("0b"));
    // 12:30 is a number to base 60 in YAML 1.1.
    let sexagesimal = lower.contains(':') && lower.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b':' | b'.'));
    WORDS.contains(&lower.as_str())
        || matches!(lower.as_str(), ".inf" | ".nan")
        || lower.starts_with(|c: char| c.is_ascii_digit() || c == '.') && lower.parse::<f64>().is_ok()
        || radix.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
        || sexagesimal
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::format::yaml;

    fn plain(text: &str) -> String {
        string(text, Style::Plain, Context::Block)
    }

    #[test]
    fn quotes_are_there_only_where_needed() {
        for text in ["done", "in-progress", "2025-01-15", "2025-01-15T10:00:00Z", "100%", "a, b", "größer", "1.2.3"] {
            assert_eq!(plain(text), text);
        }
        for (text, expect) in [
            ("", "''"),
            ("no", "'no'"),
            ("Null", "'Null'"),
            ("7", "'7'"),
            ("1.10", "'1.10'"),
            ("1_000", "'1_000'"),
            ("0x1F", "'0x1F'"),
            ("12:30", "'12:30'"),
            ("a: b", "'a: b'"),
            ("a #b", "'a #b'"),
            ("- a", "'- a'"),
            ("@a", "'@a'"),
            (" a", "' a'"),
            ("it's: \\", "'it''s: \\'"),
            ("it's: x", "\"it's: x\""),
            ("a\nb\u{1b}\u{2028}", "\"a\\nb\\x1B\\u2028\""),
        ] {
            assert_eq!(plain(text), expect);
        }
        assert_eq!(string("a, b", Style::Plain, Context::Flow), "'a, b'");
        assert_eq!(string("a", Style::DoubleQuoted, Context::Block), "\"a\"");
        assert_eq!(string("a\"", Style::SingleQuoted, Context::Block), "'a\"'");
        assert_eq!(word("1.10", Style::Plain, Context::Flow), "1.10");
    }

    proptest! {
        #[test]
        fn texts_are_read_back(text in "(\\PC|[\\x00-\\x7f]|[-:#'\" ,?\\[{&*!|>%@`]){0,12}", style in 0..4_usize) {
            let style = [Style::Plain, Style::SingleQuoted, Style::DoubleQuoted, Style::Block][style];
            let block = format!("k: {}\n", string(&text, style, Context::Block));
            prop_assert_eq!(yaml::parse(&block).unwrap().get("k").unwrap().to_value(), Value::from(text.clone()));
            let flow = format!("k: [{0}, {0}]\n", string(&text, style, Context::Flow));
            let expect = Value::from(vec![text.clone(), text]);
            prop_assert_eq!(yaml::parse(&flow).unwrap().get("k").unwrap().to_value(), expect);
        }
    }
}
