//! `when: EXPRESSION`: what is true or false, in the syntax of Jinja. No calls, no loops, no
//! repetition: the cost of one is bounded by its length and by the values it looks at.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, LazyLock};

use minijinja::{Environment, UndefinedBehavior, filters, tests as built_in};
use serde_json::Value;

use super::expression_quoted::check_quoted;
use super::expression_words::{begins, ends, is_name, is_word, string_length, unquoted, words};
use super::{expression_order, suggest};

/// An expression, compiled.
#[derive(Clone)]
pub struct Expression {
    text: Arc<str>,
    names: Arc<BTreeSet<String>>,
    program: Arc<minijinja::Expression<'static, 'static>>,
}

/// A value as expressions see it: made once, and given to as many of them as ask.
#[derive(Debug, Clone)]
pub struct KnownValue {
    value: minijinja::Value,
    size: u64,
}

impl KnownValue {
    /// Makes `value` ready, which takes so many steps to look at once.
    #[must_use]
    pub fn new(value: Value, size: u64) -> Self {
        Self { value: given(value), size }
    }
}

/// Why a text is no expression, or why it cannot be decided.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExpressionError {
    /// What is wrong: a lower-case fragment.
    pub message: String,
    /// The bytes of the expression it is about.
    pub range: Option<Range<usize>>,
}

/// Steps one expression may take.
const FUEL: u64 = 100_000;
/// The filter behind every expression, which notes how many steps it took. Nobody can write its name.
const COUNTED: &str = "counted";
/// How deep its parts may be nested.
const DEEPEST: usize = 50;

/// Words and signs an expression may have.
const MOST_WORDS: usize = 400;
/// Of these, how many may nest what follows them: `not`, `if` and signs.
const MOST_NESTING: usize = 64;
/// Brackets that may be open at once.
const MOST_BRACKETS: usize = 16;

thread_local! {
    /// The steps of the expression that was decided last.
    static TAKEN: Cell<u64> = const { Cell::new(0) };
}

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(DEEPEST);
    environment.add_filter(COUNTED, |state: &minijinja::State<'_, '_>, value: minijinja::Value| {
        TAKEN.set(state.fuel_levels().map_or(0, |(taken, _)| taken));
        value
    });
    add_filters(&mut environment);
    add_tests(&mut environment);
    expression_order::add(&mut environment);
    environment
});

impl Expression {
    /// Characters an expression may have.
    pub const LONGEST: usize = 2_000;

    /// The filters that there are: `subtasks|length`.
    pub const FILTERS: [&str; 25] = [
        "abs",
        "count",
        "default",
        "first",
        "float",
        "int",
        "join",
        "last",
        "length",
        "list",
        "lower",
        "map",
        "max",
        "min",
        "reject",
        "rejectattr",
        "round",
        "select",
        "selectattr",
        "sort",
        "string",
        "sum",
        "trim",
        "unique",
        "upper",
    ];

    /// The tests that there are: `assignee is defined`.
    pub const TESTS: [&str; 17] = [
        "boolean",
        "defined",
        "endingwith",
        "eq",
        "ge",
        "gt",
        "in",
        "integer",
        "le",
        "lt",
        "mapping",
        "ne",
        "none",
        "number",
        "sequence",
        "startingwith",
        "string",
    ];

    /// Compiles `text`.
    ///
    /// # Errors
    /// When it is too long, is no expression, or has what expressions here do not have.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        if text.chars().count() > Self::LONGEST {
            let message = format!("it has more than {} characters", Self::LONGEST);
            return Err(ExpressionError { message, range: None });
        }
        check_words(text)?;
        check_quoted(text)?;
        let alone = ENVIRONMENT.compile_expression(text).map_err(|error| explain(&error, text))?;
        let names = alone.undeclared_variables(false).into_iter().collect();
        let ordered = expression_order::with_orders(text)
            .ok_or_else(|| ExpressionError { message: expression_order::CHAINED.to_owned(), range: None })?;
        let counted = ENVIRONMENT.compile_expression_owned(format!("({ordered})|{COUNTED}"));
        let program = counted.map_err(|error| explain(&error, text))?;
        Ok(Self { text: text.into(), names: Arc::new(names), program: Arc::new(program) })
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The names it looks at, without what follows a dot.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// The names that are compared as they are with texts, each with such a text as it is written: of `a.b == 'x'`,
    /// `'x' != a.b` and `a.b in ['x']`, and not of `a|lower == 'x'`.
    #[must_use]
    pub fn compared(&self) -> Vec<(&str, &str)> {
        let all = words(&self.text);
        let at = |at: usize| all.get(at).copied().unwrap_or_default();
        let mut found = Vec::new();
        for (first, name) in all.iter().copied().enumerate() {
            let before = first.checked_sub(1).map_or("", at);
            if !(begins(before) && (is_name(name) || unquoted(name).is_some())) {
                continue;
            }
            let (operator, second) = match (at(first + 1), at(first + 2)) {
                ("not", "in") => ("in", first + 3),
                (operator, _) => (operator, first + 2),
            };
            match operator {
                "==" | "!=" if ends(at(second + 1)) => {
                    let pair = match (unquoted(name), unquoted(at(second))) {
                        (None, Some(text)) => Some((name, text)),
                        (Some(text), None) if is_name(at(second)) => Some((at(second), text)),
                        _ => None,
                    };
                    found.extend(pair);
                }
                "in" if is_name(name) && at(second) == "[" => {
                    let list = all.get(second + 1..).unwrap_or_default();
                    let Some(length) = list.iter().position(|word| *word == "]") else { continue };
                    let (items, behind) = list.split_at(length);
                    if ends(behind.get(1).copied().unwrap_or_default()) {
                        for item in items.split(|word| *word == ",") {
                            if let [text] = item {
                                found.extend(unquoted(text).map(|text| (name, text)));
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        found
    }

    /// Whether it is true for `values`, which need to have no more than [`Expression::names`].
    ///
    /// # Errors
    /// When a name is not there, values do not fit together, or it takes too many steps.
    pub fn holds<'a>(&self, values: impl IntoIterator<Item = (&'a str, KnownValue)>) -> Result<bool, ExpressionError> {
        self.holds_in(values).0
    }

    /// The same, and how many steps it took; of one that fails, how many it may have taken.
    pub fn holds_in<'a>(
        &self,
        values: impl IntoIterator<Item = (&'a str, KnownValue)>,
    ) -> (Result<bool, ExpressionError>, u64) {
        TAKEN.set(0);
        let mut size = 1_u64;
        let mut named = Vec::new();
        for (name, given) in values {
            size = size.saturating_add(given.size);
            named.push((name, given.value));
        }
        match self.program.eval(minijinja::Value::from_pairs(named)) {
            Ok(value) => (Ok(value.is_true()), TAKEN.get()),
            Err(error) => (Err(explain(&error, &self.text)), self.at_most(size)),
        }
    }

    /// Steps that it takes at most where it fails somewhere, with values of that size: each word looks at all of
    /// them, and texts may be longer than that.
    fn at_most(&self, size: u64) -> u64 {
        let all = words(&self.text);
        let grows = all.iter().any(|word| matches!(*word, "join" | "string"));
        let words = u64::try_from(all.len()).unwrap_or(FUEL);
        if grows { FUEL } else { words.saturating_mul(size).min(FUEL) }
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Expression {}

impl std::hash::Hash for Expression {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expression({:?})", self.text)
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn given(value: Value) -> minijinja::Value {
    match value {
        Value::Null => minijinja::Value::from(()),
        Value::Bool(flag) => flag.into(),
        Value::String(text) => text.into(),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => integer.into(),
            (None, Some(float)) => float.into(),
            (None, None) => number.to_string().into(),
        },
        Value::Array(items) => items.into_iter().map(given).collect(),
        Value::Object(entries) => {
            minijinja::Value::from_pairs(entries.into_iter().map(|(key, value)| (key, given(value))))
        }
    }
}

fn explain(error: &minijinja::Error, text: &str) -> ExpressionError {
    let kind = error.kind().to_string();
    let message = match error.detail() {
        Some(detail) if error.kind() == minijinja::ErrorKind::SyntaxError => detail.to_owned(),
        Some(detail) => format!("{kind}: {detail}"),
        None => kind,
    };
    let range = error.range().map(|range| range.start.min(text.len())..range.end.min(text.len()));
    ExpressionError { message, range }
}

/// Refuses what the syntax allows and this language does not: calls, `*`, and filters or tests of
/// unknown names.
fn check_words(text: &str) -> Result<(), ExpressionError> {
    let fail = |message: String, range: Range<usize>| Err(ExpressionError { message, range: Some(range) });
    let (mut before, mut brackets, mut nesting, mut tokens) = ("", 0_usize, 0_usize, 0_usize);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let at = text.len() - rest.len();
        let length = match first {
            '\'' | '"' => string_length(rest, first),
            first if is_word(first) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            first => first.len_utf8(),
        };
        let (token, behind) = rest.split_at(length);
        rest = behind;
        let range = at..at + length;
        if token.starts_with(char::is_whitespace) {
            continue;
        }
        match first {
            '(' | '[' | '{' => brackets += 1,
            ')' | ']' | '}' => brackets = brackets.saturating_sub(1),
            _ => {}
        }
        tokens += 1;
        nesting += usize::from(matches!(token, "not" | "if" | "-" | "+"));
        if tokens > MOST_WORDS || nesting > MOST_NESTING || brackets > MOST_BRACKETS {
            return fail("it has too many parts".to_owned(), range);
        }
        let named = first.is_ascii_alphabetic() || first == '_';
        match (token, before) {
            ("*", _) => return fail("`*` is not understood here".to_owned(), range),
            ("not", "is") => continue,
            (_, "|") if named && !Expression::FILTERS.contains(&token) => {
                let hint = suggest::hint(token, &Expression::FILTERS);
                return fail(format!("there is no filter `{token}`: {hint}"), range);
            }
            (_, "is") if named && !Expression::TESTS.contains(&token) && !matches!(token, "true" | "false") => {
                let hint = suggest::hint(token, &Expression::TESTS);
                return fail(format!("there is no test `{token}`: {hint}"), range);
            }
            _ => {}
        }
        let operator = matches!(token, "and" | "or" | "not" | "in" | "is" | "if" | "else");
        let is_called = rest.trim_start().starts_with('(');
        if named && is_called && !operator && !matches!(before, "|" | "is") {
            return fail(format!("`{token}` cannot be called: there are no functions"), range);
        }
        before = token;
    }
    Ok(())
}

fn add_filters(environment: &mut Environment<'static>) {
    environment.add_filter("abs", filters::abs);
    environment.add_filter("count", filters::length);
    environment.add_filter("default", filters::default);
    environment.add_filter("first", filters::first);
    environment.add_filter("float", filters::float);
    environment.add_filter("int", filters::int);
    environment.add_filter("join", filters::join);
    environment.add_filter("last", filters::last);
    environment.add_filter("length", filters::length);
    environment.add_filter("list", filters::list);
    environment.add_filter("lower", filters::lower);
    environment.add_filter("map", filters::map);
    environment.add_filter("max", filters::max);
    environment.add_filter("min", filters::min);
    environment.add_filter("reject", filters::reject);
    environment.add_filter("rejectattr", filters::rejectattr);
    environment.add_filter("round", filters::round);
    environment.add_filter("select", filters::select);
    environment.add_filter("selectattr", filters::selectattr);
    environment.add_filter("sort", filters::sort);
    environment.add_filter("string", filters::string);
    environment.add_filter("sum", filters::sum);
    environment.add_filter("trim", filters::trim);
    environment.add_filter("unique", filters::unique);
    environment.add_filter("upper", filters::upper);
}

fn add_tests(environment: &mut Environment<'static>) {
    environment.add_test("boolean", built_in::is_boolean);
    environment.add_test("defined", built_in::is_defined);
    environment.add_test("endingwith", built_in::is_endingwith);
    environment.add_test("eq", built_in::is_eq);
    environment.add_test("in", built_in::is_in);
    environment.add_test("integer", built_in::is_integer);
    environment.add_test("mapping", built_in::is_mapping);
    environment.add_test("ne", built_in::is_ne);
    environment.add_test("none", built_in::is_none);
    environment.add_test("number", built_in::is_number);
    environment.add_test("sequence", built_in::is_sequence);
    environment.add_test("startingwith", built_in::is_startingwith);
    environment.add_test("string", built_in::is_string);
}

#[cfg(test)]
#[path = "expression_tests.rs"]
mod tests;
