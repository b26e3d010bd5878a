//! YAML as a tree whose every node knows its bytes.
//!
//! Reading and editing of front matter and `workflow.yaml` stand on this one view of a document;
//! it is the only user of the YAML scanner. Depth is bounded by the scanner (255 levels), size by
//! a budget of nodes, so that no file can cost more than its length warrants.

use std::borrow::Cow;
use std::collections::HashMap;

use granit_parser::{Event, Options, Parser, ScalarStyle, StructureStyle};
use serde_json::{Map, Number, Value};

use crate::model::Span;

/// Nodes one document may have once its aliases are resolved, unless it has more bytes than that:
/// what is written out costs no more than it is long.
const NODE_BUDGET: usize = 200_000;

/// A node of the document.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Its bytes: a scalar with its quotes, a flow collection with its brackets, a block collection
    /// from its first entry. An empty value is an empty span.
    pub span: Span,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeKind {
    /// A scalar, with escapes processed.
    Scalar {
        /// Its text.
        text: String,
        /// How it was written.
        style: Style,
    },
    /// `[a, b]` or `- a`.
    Sequence {
        /// The items in order.
        items: Vec<Node>,
        /// Whether it is written in brackets.
        flow: bool,
    },
    /// `{a: b}` or `a: b`.
    Mapping {
        /// Keys and values in order; duplicate keys stay.
        entries: Vec<Entry>,
        /// Whether it is written in braces.
        flow: bool,
    },
}

/// One `key: value` of a mapping.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key's text; a key that is a collection is empty.
    pub key: String,
    /// The key's bytes.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

/// How a scalar was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// `'...'`.
    SingleQuoted,
    /// `"..."`.
    DoubleQuoted,
    /// `|` or `>`.
    Block,
}

/// Text that is not YAML, or more YAML than is sensible.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct YamlError {
    /// What is wrong: a lower-case fragment.
    pub message: String,
    /// The byte it was noticed at.
    pub offset: usize,
}

/// Reads the first document of `text`. An empty document is a plain empty scalar.
///
/// # Errors
/// Text that is not YAML, nested deeper than 255 levels, with an alias of nothing, or whose aliases
/// unfold to more than 200,000 nodes and more than it has bytes.
pub fn parse(text: &str) -> Result<Node, YamlError> {
    let mut options = Options::default();
    options.set_emit_comments(false);
    let parser = Parser::new_from_str_with_options(text, options);
    let mut builder = Builder { parser, text, anchors: HashMap::new(), budget: NODE_BUDGET.max(text.len()) };
    loop {
        let (event, span) = builder.next()?;
        match event {
            Event::StreamEnd | Event::DocumentEnd => {
                return Ok(Node {
                    kind: NodeKind::Scalar { text: String::new(), style: Style::Plain },
                    span: Span::at(text.len()),
                });
            }
            Event::StreamStart | Event::DocumentStart(..) => {}
            other => {
                let root = builder.node(other, span)?;
                // The rest of the document may still be broken.
                while !matches!(builder.next()?.0, Event::DocumentEnd | Event::StreamEnd) {}
                return Ok(root);
            }
        }
    }
}

impl Node {
    /// The entries of a mapping; empty for anything else.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        match &self.kind {
            NodeKind::Mapping { entries, .. } => entries,
            _ => &[],
        }
    }

    /// The first entry of that key.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The value of the first entry of that key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The items of a sequence; empty for anything else.
    #[must_use]
    pub fn items(&self) -> &[Node] {
        match &self.kind {
            NodeKind::Sequence { items, .. } => items,
            _ => &[],
        }
    }

    /// The text of a scalar.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Whether it is `null`, `~` or nothing at all.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(&self.kind, NodeKind::Scalar { text, style: Style::Plain }
            if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// `true` or `false` of a plain scalar (YAML 1.2 core schema: `yes` and `on` are words).
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match &self.kind {
            NodeKind::Scalar { text, style: Style::Plain } => match text.as_str() {
                "true" | "True" | "TRUE" => Some(true),
                "false" | "False" | "FALSE" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// The node as JSON by the YAML 1.2 core schema; dates stay text, later duplicate keys win.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match &self.kind {
            NodeKind::Sequence { items, .. } => Value::Array(items.iter().map(Self::to_value).collect()),
            NodeKind::Mapping { entries, .. } => {
                let pairs = entries.iter().map(|entry| (entry.key.clone(), entry.value.to_value()));
                Value::Object(pairs.collect::<Map<_, _>>())
            }
            NodeKind::Scalar { text, style } => {
                if *style != Style::Plain {
                    return Value::String(text.clone());
                }
                if self.is_null() {
                    return Value::Null;
                }
                if let Some(flag) = self.as_bool() {
                    return Value::Bool(flag);
                }
                plain_number(text).map_or_else(|| Value::String(text.clone()), Value::Number)
            }
        }
    }
}

/// The number a plain scalar is, where writing it again would give the same text.
fn plain_number(text: &str) -> Option<Number> {
    let looks_like = text.starts_with(|c: char| c.is_ascii_digit() || c == '-')
        && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'.' | b'e' | b'E' | b'+'));
    if !looks_like {
        return None;
    }
    let number: Number = match text.parse::<i64>() {
        Ok(integer) => integer.into(),
        Err(_) => Number::from_f64(text.parse::<f64>().ok()?)?,
    };
    (number.to_string() == text).then_some(number)
}

struct Builder<'text> {
    parser: Parser<'text, granit_parser::StrInput<'text>>,
    text: &'text str,
    anchors: HashMap<usize, (Node, usize)>,
    budget: usize,
}

impl<'text> Builder<'text> {
    fn next(&mut self) -> Result<(Event<'text>, Span), YamlError> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => {
                let offset = |marker: granit_parser::Marker| marker.byte_offset().unwrap_or(0).min(self.text.len());
                Ok((event, Span::new(offset(span.start), offset(span.end))))
            }
            Some(Err(error)) => Err(YamlError {
                message: error.info().to_lowercase(),
                offset: error.marker().byte_offset().unwrap_or(self.text.len()).min(self.text.len()),
            }),
            None => Ok((Event::StreamEnd, Span::at(self.text.len()))),
        }
    }

    fn spend(&mut self, nodes: usize, at: usize) -> Result<(), YamlError> {
        self.budget = self.budget.checked_sub(nodes).ok_or_else(|| YamlError {
            message: format!(
                "the document has more than {} nodes once its aliases are resolved",
                NODE_BUDGET.max(self.text.len())
            ),
            offset: at,
        })?;
        Ok(())
    }

    fn node(&mut self, event: Event<'text>, span: Span) -> Result<Node, YamlError> {
        self.spend(1, span.start)?;
        let before = self.budget;
        let (node, anchor) = match event {
            Event::Alias(id) => {
                let (mut node, size) = self.anchors.get(&id).cloned().ok_or_else(|| YamlError {
                    message: "alias of an unfinished node".to_owned(),
                    offset: span.start,
                })?;
                self.spend(size, span.start)?;
                node.span = span;
                return Ok(node);
            }
            Event::Scalar(text, style, anchor, _) => {
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::SingleQuoted => Style::SingleQuoted,
                    ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
                    ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
                };
                (Node { kind: NodeKind::Scalar { text: Cow::into_owned(text), style }, span }, anchor)
            }
            Event::SequenceStart(style, anchor, _) => (self.sequence(style, span)?, anchor),
            Event::MappingStart(style, anchor, _) => (self.mapping(style, span)?, anchor),
            _ => {
                return Err(YamlError { message: "a value was expected".to_owned(), offset: span.start });
            }
        };
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), before - self.budget));
        }
        Ok(node)
    }

    fn sequence(&mut self, style: StructureStyle, start: Span) -> Result<Node, YamlError> {
        let flow = style == StructureStyle::Flow;
        let mut items: Vec<Node> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::SequenceEnd) {
                let end = if flow { span.end } else { items.last().map_or(start.end, |item| item.span.end) };
                return Ok(Node { kind: NodeKind::Sequence { items, flow }, span: Span::new(start.start, end) });
            }
            items.push(self.node(event, span)?);
        }
    }

    fn mapping(&mut self, style: StructureStyle, start: Span) -> Result<Node, YamlError> {
        let flow = style == StructureStyle::Flow;
        let mut entries: Vec<Entry> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                let end = if flow { span.end } else { entries.last().map_or(start.end, |entry| entry.value.span.end) };
                return Ok(Node { kind: NodeKind::Mapping { entries, flow }, span: Span::new(start.start, end) });
            }
            let key = self.node(event, span)?;
            let (event, span) = self.next()?;
            let value = self.node(event, span)?;
            entries.push(Entry { key: key.text().unwrap_or_default().to_owned(), key_span: key.span, value });
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn value(text: &str) -> Value {
        parse(text).map_or_else(|error| json!({"error": error.message}), |node| node.to_value())
    }

    #[test]
    fn scalars_follow_the_core_schema() {
        assert_eq!(
            value("a: no\nb: 2025-01-15\nc: 18.5\nd: 1.10\ne: '7'\nf:\ng: true\nh: 007\ni: ~"),
            json!({"a": "no", "b": "2025-01-15", "c": 18.5, "d": "1.10", "e": "7", "f": null, "g": true, "h": "007",
                   "i": null})
        );
        assert_eq!(value(""), json!(null));
    }

    #[test]
    fn spans_are_bytes() {
        let text = "ü: 'ä'  # note\nlist: [a, b]\nblock:\n  - x\n  - y\n";
        let node = parse(text).unwrap();
        let slice = |node: &Node| &text[node.span.range()];
        assert_eq!(slice(node.get("ü").unwrap()), "'ä'");
        assert_eq!(slice(node.get("list").unwrap()), "[a, b]");
        assert_eq!(slice(node.get("block").unwrap()), "- x\n  - y");
        assert_eq!(slice(&node.get("block").unwrap().items()[1]), "y");
    }

    #[test]
    fn aliases_are_resolved_within_a_budget() {
        assert_eq!(value("a: &x [1, 2]\nb: *x"), json!({"a": [1, 2], "b": [1, 2]}));
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            let before = level - 1;
            let items = vec![format!("*a{before}"); 10].join(", ");
            bomb.push_str(&format!("a{level}: &a{level} [{items}]\n"));
        }
        assert!(parse(&bomb).unwrap_err().message.contains("200000 nodes"));
        assert!(parse("a: *nowhere").is_err());
    }

    #[test]
    fn deep_nesting_is_an_error() {
        assert!(parse(&"[".repeat(10_000)).is_err());
        let deep: Vec<String> = (0..10_000).map(|depth| " ".repeat(depth)).collect();
        assert!(parse(&deep.join("a:\n")).is_err());
    }
}
