//! JSON as a tree whose every node knows its bytes.
//!
//! Reading and editing of `tasks.json` and `state.json` stand on this one view of a document; it is
//! the only user of the JSON scanner. What is accepted is what `JSON.parse` accepts, and a BOM
//! before it: no comments, no trailing commas. Depth is bounded at 128 levels.

mod error;
mod guard;

use std::borrow::Cow;

use jsonc_parser::ast;
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use serde_json::{Map, Number, Value};

pub use error::JsonError;

use crate::model::Span;

/// A file's text, ready to be parsed; nodes borrow from it.
#[derive(Debug)]
pub struct Source<'bytes> {
    text: Cow<'bytes, str>,
    /// Bytes of the BOM.
    offset: usize,
    suspect: Option<JsonError>,
}

/// A node of the document. The spans are bytes of the file, a BOM counted.
#[derive(Debug, Clone, PartialEq)]
pub struct Node<'text> {
    /// What it is.
    pub kind: NodeKind<'text>,
    /// Its bytes: a string with its quotes, a collection with its brackets.
    pub span: Span,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeKind<'text> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number in the file's spelling: `1.10` stays `1.10`.
    Number(&'text str),
    /// A string, with escapes processed. Half a surrogate pair, which JavaScript can write, is U+FFFD.
    String(Cow<'text, str>),
    /// `[a, b]`
    Array(Vec<Node<'text>>),
    /// `{"a": b}`; duplicate keys stay.
    Object(Vec<Member<'text>>),
}

/// One `"key": value` of an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Member<'text> {
    /// The key, with escapes processed.
    pub key: Cow<'text, str>,
    /// The key's bytes with its quotes.
    pub key_span: Span,
    /// The value.
    pub value: Node<'text>,
}

impl<'bytes> Source<'bytes> {
    /// Looks at the bytes before any of them is parsed.
    ///
    /// # Errors
    /// When they are not UTF-8, or nested deeper than 128 levels.
    pub fn new(bytes: &'bytes [u8]) -> Result<Self, JsonError> {
        let text = str::from_utf8(bytes).map_err(|fault| JsonError::not_utf8(fault.valid_up_to()))?;
        let (text, offset) = text.strip_prefix('\u{feff}').map_or((text, 0), |rest| (rest, '\u{feff}'.len_utf8()));
        let guarded = guard::look(text).map_err(|fault| fault.or_conflict_markers(text).shifted(offset))?;
        Ok(Self { text: guarded.text, offset, suspect: guarded.suspect })
    }

    /// The document.
    ///
    /// # Errors
    /// When the text is not JSON. Where lines start as git marks a conflict, that is the error.
    pub fn parse(&self) -> Result<Node<'_>, JsonError> {
        let strict = ParseOptions {
            allow_comments: false,
            allow_loose_object_property_names: false,
            allow_trailing_commas: false,
            allow_missing_commas: false,
            allow_single_quoted_strings: false,
            allow_hexadecimal_numbers: false,
            allow_unary_plus_numbers: false,
            allow_bare_decimal_point_numbers: false,
            allow_non_finite_numbers: false,
            allow_extended_string_escapes: false,
        };
        let error = match parse_to_ast(&self.text, &CollectOptions::default(), &strict) {
            Ok(parsed) => match (parsed.value, &self.suspect) {
                (Some(value), None) => return Ok(node(value, self.offset)),
                (_, Some(suspect)) => suspect.clone(),
                (None, None) => JsonError::empty(),
            },
            Err(error) => {
                let error = JsonError::syntax(&error);
                // What the scanner lets pass is the cause of what it stumbles over further on.
                self.suspect.clone().filter(|suspect| suspect.span.start <= error.span.start).unwrap_or(error)
            }
        };
        Err(error.or_conflict_markers(&self.text).shifted(self.offset))
    }
}

impl<'text> Node<'text> {
    /// The members of an object; empty for anything else.
    #[must_use]
    pub fn members(&self) -> &[Member<'text>] {
        match &self.kind {
            NodeKind::Object(members) => members,
            _ => &[],
        }
    }

    /// The last member of that key: of duplicates the one `JSON.parse` keeps.
    #[must_use]
    pub fn member(&self, key: &str) -> Option<&Member<'text>> {
        self.members().iter().rev().find(|member| member.key == key)
    }

    /// The value of the last member of that key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node<'text>> {
        self.member(key).map(|member| &member.value)
    }

    /// The items of an array; `None` for anything else.
    #[must_use]
    pub fn items(&self) -> Option<&[Node<'text>]> {
        match &self.kind {
            NodeKind::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The text of a string, a number or a boolean, numbers in the file's spelling.
    #[must_use]
    pub fn scalar(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::String(text) => Some(text),
            NodeKind::Number(text) => Some(text),
            NodeKind::Bool(flag) => Some(if *flag { "true" } else { "false" }),
            NodeKind::Null | NodeKind::Array(_) | NodeKind::Object(_) => None,
        }
    }

    /// Whether it is `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.kind == NodeKind::Null
    }

    /// What it is, for messages.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match &self.kind {
            NodeKind::Null => "null",
            NodeKind::Bool(_) => "a boolean",
            NodeKind::Number(_) => "a number",
            NodeKind::String(_) => "a string",
            NodeKind::Array(_) => "a list",
            NodeKind::Object(_) => "an object",
        }
    }

    /// The node without its place; later duplicate keys win. A number no machine has stays text.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match &self.kind {
            NodeKind::Null => Value::Null,
            NodeKind::Bool(flag) => Value::Bool(*flag),
            NodeKind::Number(text) => {
                text.parse::<Number>().map_or_else(|_| Value::String((*text).to_owned()), Value::Number)
            }
            NodeKind::String(text) => Value::String(text.clone().into_owned()),
            NodeKind::Array(items) => Value::Array(items.iter().map(Self::to_value).collect()),
            NodeKind::Object(members) => {
                let pairs = members.iter().map(|member| (member.key.clone().into_owned(), member.value.to_value()));
                Value::Object(pairs.collect::<Map<_, _>>())
            }
        }
    }
}

/// Whether a text is a number as JSON writes them.
#[must_use]
pub fn is_number(text: &str) -> bool {
    fn digits(text: &str) -> Option<&str> {
        let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
        (rest.len() < text.len()).then_some(rest)
    }
    let whole = text.strip_prefix('-').unwrap_or(text);
    let is_led_by_zero = whole.starts_with('0') && whole.get(1..).is_some_and(|rest| digits(rest).is_some());
    let Some(mut rest) = digits(whole).filter(|_| !is_led_by_zero) else { return false };
    if let Some(fraction) = rest.strip_prefix('.') {
        let Some(behind) = digits(fraction) else { return false };
        rest = behind;
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let Some(behind) = digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)) else { return false };
        rest = behind;
    }
    rest.is_empty()
}

fn span(ranged: &impl Ranged, offset: usize) -> Span {
    let range = ranged.range();
    Span::new(range.start, range.end).shifted(offset)
}

fn node(value: ast::Value<'_>, offset: usize) -> Node<'_> {
    let span_of_value = span(&value, offset);
    let kind = match value {
        ast::Value::NullKeyword(_) => NodeKind::Null,
        ast::Value::BooleanLit(literal) => NodeKind::Bool(literal.value),
        ast::Value::NumberLit(literal) => NodeKind::Number(literal.value),
        ast::Value::StringLit(literal) => NodeKind::String(literal.value),
        ast::Value::Array(array) => {
            NodeKind::Array(array.elements.into_iter().map(|element| node(element, offset)).collect())
        }
        ast::Value::Object(object) => {
            NodeKind::Object(object.properties.into_iter().map(|property| member(property, offset)).collect())
        }
    };
    Node { kind, span: span_of_value }
}

fn member(property: ast::ObjectProp<'_>, offset: usize) -> Member<'_> {
    let key_span = span(&property.name, offset);
    let key = match property.name {
        ast::ObjectPropName::String(literal) => literal.value,
        ast::ObjectPropName::Word(literal) => Cow::Borrowed(literal.value),
    };
    Member { key, key_span, value: node(property.value, offset) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn error(bytes: &[u8]) -> (&'static str, usize) {
        let error = match Source::new(bytes) {
            Ok(source) => source.parse().map(|node| node.to_value()).unwrap_err(),
            Err(error) => error,
        };
        (error.code.as_str(), error.span.start)
    }

    #[test]
    fn spans_are_bytes_of_the_file() {
        let text = "\u{feff}{\"ü\": [1.10, \"\\u00e9\", {}], \"b\" : null}";
        let source = Source::new(text.as_bytes()).unwrap();
        let root = source.parse().unwrap();
        let slice = |span: Span| &text[span.range()];
        assert_eq!(slice(root.member("ü").unwrap().key_span), "\"ü\"");
        let items = root.get("ü").unwrap().items().unwrap();
        assert_eq!(slice(items[0].span), "1.10");
        assert_eq!(items[0].scalar(), Some("1.10"));
        assert_eq!(slice(items[1].span), "\"\\u00e9\"");
        assert_eq!(items[1].scalar(), Some("é"));
        assert_eq!(slice(items[2].span), "{}");
        assert_eq!(slice(root.get("b").unwrap().span), "null");
    }

    #[test]
    fn only_what_javascript_reads_is_json() {
        for (text, at) in [
            ("{\"a\": 1,}", 7),
            ("[1,]", 2),
            ("[1 2]", 2),
            ("// no\n{}", 0),
            ("{a: 1}", 1),
            ("{'a': 1}", 1),
            ("[01]", 2),
            ("[+1]", 1),
            ("[0x1]", 1),
            ("[NaN]", 1),
            ("[.5]", 1),
            ("[\"a\nb\"]", 3),
            ("[\"\\x41\"]", 2),
            ("[\u{a0}1]", 1),
            ("[\u{b}1]", 1),
            ("{} {}", 3),
            ("{\"a\"", 4),
        ] {
            assert_eq!(error(text.as_bytes()), ("invalid-json", at), "{text:?}");
        }
        assert_eq!(error(b""), ("invalid-json", 0));
        assert_eq!(error(b" \n"), ("invalid-json", 0));
    }

    #[test]
    fn broken_files_are_named_for_what_they_are() {
        let conflict = b"{\n  \"a\": 1,\n<<<<<<< HEAD\n  \"b\": 1\n=======\n  \"b\": 2\n>>>>>>> x\n}";
        assert_eq!(error(conflict), ("conflict-markers", 12));
        assert_eq!(error(b"\xef\xbb\xbf{\"a\": \"\xff\"}"), ("not-utf8", 10));
        assert_eq!(error(b"\xef\xbb\xbf{\"a\": 1,}"), ("invalid-json", 10));
        assert_eq!(error("[".repeat(10_000).as_bytes()), ("nested-too-deeply", 128));
        assert_eq!(error("{\"a\":".repeat(10_000).as_bytes()), ("nested-too-deeply", 128 * 5));
    }

    #[test]
    fn the_limit_of_depth_is_exact() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(Source::new(nested(128).as_bytes()).unwrap().parse().is_ok());
        assert!(Source::new(nested(129).as_bytes()).is_err());
        // Brackets in strings do not nest.
        assert!(Source::new(format!("[\"\\\"{}\"]", "[".repeat(500)).as_bytes()).unwrap().parse().is_ok());
    }

    #[test]
    fn half_a_surrogate_pair_is_read() {
        let text = r#"["\ud83d", "\ud83d\ude00", "\ude00x", "\\ud83d", "\ud83d\n"]"#;
        let source = Source::new(text.as_bytes()).unwrap();
        let value = source.parse().unwrap().to_value();
        assert_eq!(value, json!(["\u{fffd}", "😀", "\u{fffd}x", "\\ud83d", "\u{fffd}\n"]));
    }

    #[test]
    fn of_duplicate_keys_the_last_counts() {
        let source = Source::new(br#"{"a": 1, "b": 2, "a": 3}"#).unwrap();
        let root = source.parse().unwrap();
        assert_eq!(root.get("a").unwrap().scalar(), Some("3"));
        assert_eq!(root.to_value(), json!({"a": 3, "b": 2}));
    }
}
