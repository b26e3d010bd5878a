//! What an expression asks, as far as its words tell it without an event.

use serde_json::Value;

use super::expression_words::{is_name, unquoted, words};
use super::{Expression, Operator};

/// The shape of an expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Logic<'a> {
    /// All of these.
    All(Vec<Logic<'a>>),
    /// At least one of these.
    Any(Vec<Logic<'a>>),
    /// Not this.
    Not(Box<Logic<'a>>),
    /// A name with all that follows by dots, compared with a text or whole number, or with a list of them.
    Compared {
        /// The name.
        name: &'a str,
        /// How: `equals`, `not_equals`, `in`, `not_in`, `gt`, `gte`, `lt` or `lte`.
        operator: Operator,
        /// With what.
        value: Value,
    },
    /// `true`, `false`, or another value that stands there itself.
    Constant(bool),
    /// Something else.
    Other,
}

impl Expression {
    /// What it asks.
    #[must_use]
    pub fn logic(&self) -> Logic<'_> {
        read(&words(self.as_str()))
    }
}

fn read<'a>(words: &[&'a str]) -> Logic<'a> {
    if let ["(", inside @ .., ")"] = words
        && closes_last(inside)
    {
        return read(inside);
    }
    if split(words, "if").len() > 1 {
        return Logic::Other;
    }
    for (word, made) in [("or", Logic::Any as fn(Vec<Logic<'a>>) -> Logic<'a>), ("and", Logic::All)] {
        let parts = split(words, word);
        if parts.len() > 1 {
            return made(parts.into_iter().map(read).collect());
        }
    }
    match words {
        ["not", rest @ ..] => Logic::Not(Box::new(read(rest))),
        [name, "not", "in", "[", list @ .., "]"] => among(name, Operator::NotIn, list),
        [name, "in", "[", list @ .., "]"] => among(name, Operator::In, list),
        ["true" | "True"] => Logic::Constant(true),
        ["false" | "False" | "none" | "None"] => Logic::Constant(false),
        [value] => literal(value).map_or(Logic::Other, |value| Logic::Constant(value != "" && value != 0)),
        [name, sign, value] if is_name(name) => compared(name, sign, value),
        [value, sign, name] if is_name(name) => compared(name, turned(sign), value),
        _ => Logic::Other,
    }
}

/// Whether brackets are closed by whoever opens them, so that those around them belong together.
fn closes_last(words: &[&str]) -> bool {
    let mut open = 0_usize;
    for word in words {
        match *word {
            "(" | "[" | "{" => open += 1,
            ")" | "]" | "}" => match open.checked_sub(1) {
                Some(left) => open = left,
                None => return false,
            },
            _ => {}
        }
    }
    open == 0
}

/// The parts between a word that stands outside of brackets.
fn split<'w, 'a>(words: &'w [&'a str], at: &str) -> Vec<&'w [&'a str]> {
    let mut open = 0_usize;
    let is_end = |word: &&str| {
        match *word {
            "(" | "[" | "{" => open += 1,
            ")" | "]" | "}" => open = open.saturating_sub(1),
            _ => {}
        }
        open == 0 && *word == at
    };
    words.split(is_end).collect()
}

fn compared<'a>(name: &'a str, sign: &str, value: &str) -> Logic<'a> {
    let operator = match sign {
        "==" => Operator::Equals,
        "!=" => Operator::NotEquals,
        ">" => Operator::Gt,
        ">=" => Operator::Gte,
        "<" => Operator::Lt,
        "<=" => Operator::Lte,
        _ => return Logic::Other,
    };
    match literal(value) {
        Some(value) => Logic::Compared { name, operator, value },
        None => Logic::Other,
    }
}

/// The sign that says the same with its sides the other way round.
fn turned(sign: &str) -> &str {
    match sign {
        ">" => "<",
        ">=" => "<=",
        "<" => ">",
        "<=" => ">=",
        other => other,
    }
}

fn among<'a>(name: &'a str, operator: Operator, list: &[&str]) -> Logic<'a> {
    if list.is_empty() && is_name(name) {
        return Logic::Compared { name, operator, value: Value::Array(Vec::new()) };
    }
    let items: Option<Vec<Value>> = list
        .split(|word| *word == ",")
        .map(|item| match item {
            [word] => literal(word),
            _ => None,
        })
        .collect();
    match items {
        Some(items) if is_name(name) => Logic::Compared { name, operator, value: Value::Array(items) },
        _ => Logic::Other,
    }
}

/// A text without escapes, or a whole number.
fn literal(word: &str) -> Option<Value> {
    match unquoted(word) {
        Some(text) => (!text.contains('\\')).then(|| Value::from(text)),
        None => word.parse::<i64>().ok().map(Value::from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(logic: &Logic<'_>) -> String {
        let all = |parts: &[Logic<'_>]| parts.iter().map(shown).collect::<Vec<_>>().join(", ");
        match logic {
            Logic::All(parts) => format!("all({})", all(parts)),
            Logic::Any(parts) => format!("any({})", all(parts)),
            Logic::Not(part) => format!("not({})", shown(part)),
            Logic::Compared { name, operator, value } => format!("{name} {} {value}", operator.name()),
            Logic::Constant(holds) => holds.to_string(),
            Logic::Other => "?".to_owned(),
        }
    }

    #[test]
    fn what_an_expression_asks() {
        for (text, expect) in [
            ("status == 'done'", r#"status equals "done""#),
            ("'done' != task.status", r#"task.status not_equals "done""#),
            ("3 < points", "points gt 3"),
            ("a == 1 and b in ['x', 'y'] or not c", r#"any(all(a equals 1, b in ["x","y"]), not(?))"#),
            ("(a == 1) and (b not in [2])", "all(a equals 1, b not_in [2])"),
            ("(a == 1 or b == 2) and not (c == 'and')", r#"all(any(a equals 1, b equals 2), not(c equals "and"))"#),
            ("not a == 1", "not(a equals 1)"),
            ("a|lower == 'x' and b is not none", "all(?, ?)"),
            ("a == 1 if b else c == 2", "?"),
            ("a == b", "?"),
            ("true or a", "any(true, ?)"),
            ("a and 0 and '' and none", "all(?, false, false, false)"),
            ("not 'x'", "not(true)"),
            ("a == 1.5", "?"),
            ("a == 'it\\'s'", "?"),
            ("a in [b]", "?"),
            ("a == -1", "?"),
            ("(a)|length == 1", "?"),
            ("a in []", "a in []"),
            ("a|select('eq', b and c)|list == 1", "?"),
        ] {
            assert_eq!(shown(&Expression::parse(text).unwrap().logic()), expect, "{text}");
        }
    }
}
