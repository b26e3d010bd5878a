//! `<`, `<=`, `>` and `>=` in expressions. The language itself orders anything, kinds of values by their kind: a text is
//! greater than every number. Here that cannot be decided, and priorities are ordered by urgency, as in conditions.

use std::cmp::Ordering;
use std::fmt::Write as _;

use minijinja::value::ValueKind;
use minijinja::{Environment, Error, ErrorKind, Value};

use super::expression_words::words;
use crate::model::Priority;

/// A comparison that asks for an order: its sign, and the filter that does it. Nobody can write the filters' names.
struct Order {
    sign: &'static str,
    filter: &'static str,
    fits: fn(Ordering) -> bool,
}

/// Comparisons of one value with another, in the same way: whether they are to be the same.
const EQUALITIES: [(&str, &str, bool); 2] = [("==", "compared_eq", true), ("!=", "compared_ne", false)];

const ORDERS: [Order; 4] = [
    Order { sign: "<", filter: "ordered_lt", fits: Ordering::is_lt },
    Order { sign: "<=", filter: "ordered_le", fits: Ordering::is_le },
    Order { sign: ">", filter: "ordered_gt", fits: Ordering::is_gt },
    Order { sign: ">=", filter: "ordered_ge", fits: Ordering::is_ge },
];

/// What is said where the middle of a chain of comparisons has one in itself.
pub(super) const CHAINED: &str = "it compares a comparison: join them with `and`";

/// Adds the filters that order and compare, and the tests.
pub(super) fn add(environment: &mut Environment<'static>) {
    for (_, filter, wanted) in EQUALITIES {
        environment.add_filter(filter, move |a: &Value, b: &Value| same(a, b).map(|same| same == wanted));
    }
    for order in ORDERS {
        let fits = order.fits;
        environment.add_filter(order.filter, move |a: &Value, b: &Value| ordered(a, b).map(fits));
        // Of many tasks those are looked for that have the value at all.
        environment.add_test(order.filter.trim_start_matches("ordered_"), move |a: &Value, b: &Value| {
            let is_missing = |value: &Value| value.is_undefined() || value.is_none();
            if is_missing(a) || is_missing(b) { Ok(false) } else { ordered(a, b).map(fits) }
        });
    }
}

/// Whether two values are one, as `points == 4` asks. A number and a text are never; nobody means to ask that.
fn same(a: &Value, b: &Value) -> Result<bool, Error> {
    for value in [a, b].into_iter().filter(|value| value.is_undefined()) {
        // It says by which name.
        value.get_attr("")?;
    }
    let (left, right) = (kind(a), kind(b));
    if matches!((left, right), ("a text", "a number") | ("a number", "a text")) {
        let message = format!("{left} and {right} are never the same: write `|int` or `|float` behind the text");
        return Err(Error::new(ErrorKind::InvalidOperation, message));
    }
    Ok(a == b)
}

/// How two values are ordered, as `points > 4` asks.
fn ordered(a: &Value, b: &Value) -> Result<Ordering, Error> {
    for value in [a, b].into_iter().filter(|value| value.is_undefined()) {
        // It says by which name.
        value.get_attr("")?;
    }
    let (left, right) = (kind(a), kind(b));
    if left != right || left == "nothing" {
        let hint = match (left, right) {
            ("a text", "a number") | ("a number", "a text") => ": write `|int` or `|float` behind the text",
            ("nothing", _) | (_, "nothing") => ": ask for `is not none` before",
            _ => "",
        };
        return Err(Error::new(ErrorKind::InvalidOperation, format!("{left} and {right} have no order{hint}")));
    }
    if let (Some(one), Some(other)) = (a.as_str(), b.as_str()) {
        return match (Priority::parse(one), Priority::parse(other)) {
            (Priority::Other(_), Priority::Other(_)) => Ok(one.cmp(other)),
            (Priority::Other(odd), _) | (_, Priority::Other(odd)) => {
                let odd: String = odd.chars().take(40).collect();
                let message = format!("`{}` is no priority that has an order", odd.escape_debug());
                Err(Error::new(ErrorKind::InvalidOperation, message))
            }
            (one, other) => Ok(other.rank().cmp(&one.rank())),
        };
    }
    Ok(a.cmp(b))
}

fn kind(value: &Value) -> &'static str {
    match value.kind() {
        ValueKind::Undefined | ValueKind::None => "nothing",
        ValueKind::Bool => "true or false",
        ValueKind::Number => "a number",
        ValueKind::String => "a text",
        ValueKind::Seq | ValueKind::Iterable => "a list",
        ValueKind::Map => "a mapping",
        _ => "something else",
    }
}

/// `text` with every comparison of two values made by a filter; `None` where that cannot be done.
pub(super) fn with_orders(text: &str) -> Option<String> {
    if !text.contains(['<', '>', '=']) {
        return Some(text.to_owned());
    }
    let words = words(text);
    let (part, rest) = level(&words);
    rest.is_empty().then_some(part?)
}

/// The words up to the end of a bracket, with orders made, and those behind.
fn level<'w, 't>(words: &'w [&'t str]) -> (Option<String>, &'w [&'t str]) {
    let mut whole = String::new();
    let mut chain = Chain::default();
    let (mut rest, mut before) = (words, "");
    while let Some((word, behind)) = rest.split_first() {
        rest = behind;
        let next = behind.first().copied().unwrap_or_default();
        // `is not in x` and `is in x` are tests.
        let is_tested = matches!(before, "is" | "is not");
        before = if before == "is" && *word == "not" { "is not" } else { word };
        match *word {
            ")" | "]" | "}" => {
                let Some(made) = chain.made() else { return (None, rest) };
                let _ = write!(whole, "{made} {word}");
                return (Some(whole), rest);
            }
            "(" | "[" | "{" => {
                let (inner, behind) = level(rest);
                rest = behind;
                let Some(inner) = inner else { return (None, rest) };
                chain.push(&format!("{word}{inner}"));
            }
            "not" if next == "in" && !is_tested => {
                rest = behind.get(1..).unwrap_or_default();
                chain.compare("not in");
            }
            "in" | "==" | "!=" | "<" | "<=" | ">" | ">=" if !is_tested => chain.compare(word),
            "and" | "or" | "if" | "else" | "," | ":" | "=" => {
                let Some(made) = std::mem::take(&mut chain).made() else { return (None, rest) };
                let _ = write!(whole, "{made} {word} ");
            }
            "not" if before == "not" => {
                let Some(made) = std::mem::take(&mut chain).made() else { return (None, rest) };
                let _ = write!(whole, "{made} not ");
            }
            word => chain.push(word),
        }
    }
    let Some(made) = chain.made() else { return (None, rest) };
    whole.push_str(&made);
    (Some(whole), rest)
}

/// Values that are compared, one after another.
#[derive(Default)]
struct Chain {
    done: Vec<(String, String)>,
    operand: String,
}

impl Chain {
    fn push(&mut self, word: &str) {
        // `//` is one sign, and `1e-3` one number.
        let last = self.operand.rsplit(' ').next().unwrap_or_default();
        let is_power = last.starts_with(|c: char| c.is_ascii_digit()) && last.ends_with(['e', 'E']);
        let is_one = matches!((word, last), ("/", "/")) || (is_power && matches!(word, "-" | "+"));
        if !self.operand.is_empty() && !is_one && !last.ends_with(['-', '+']) {
            self.operand.push(' ');
        }
        self.operand.push_str(word);
    }

    fn compare(&mut self, sign: &str) {
        self.done.push((std::mem::take(&mut self.operand), sign.to_owned()));
    }

    /// The comparisons as text; `None` where the middle one of three values would be looked at twice over and over.
    fn made(&self) -> Option<String> {
        let filter = |sign: &str| {
            let order = ORDERS.iter().find(|order| order.sign == sign).map(|order| order.filter);
            order.or_else(|| EQUALITIES.iter().find(|(equal, ..)| *equal == sign).map(|(_, filter, _)| *filter))
        };
        if !self.done.iter().any(|(_, sign)| filter(sign).is_some()) {
            let mut text = String::new();
            for (operand, sign) in &self.done {
                let _ = write!(text, "{operand} {sign} ");
            }
            return Some(text + &self.operand);
        }
        let middle = self.done.get(1..).unwrap_or_default();
        if middle.iter().any(|(operand, _)| operand.contains("|ordered_") || operand.contains("|compared_")) {
            return None;
        }
        let rights = middle.iter().map(|(operand, _)| operand).chain([&self.operand]);
        let pairs = self.done.iter().zip(rights).map(|((left, sign), right)| match filter(sign) {
            Some(filter) => format!("({left})|{filter}({right})"),
            None => format!("({left}) {sign} ({right})"),
        });
        let pairs: Vec<String> = pairs.collect();
        Some(if pairs.len() == 1 { pairs.concat() } else { format!("({})", pairs.join(" and ")) })
    }
}
