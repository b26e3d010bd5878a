//! How a document is laid out, seen from the document itself.

use std::collections::HashMap;

use super::super::json::{Node, NodeKind};
use crate::model::Span;

/// The habits of one document.
#[derive(Debug)]
pub(super) struct Style {
    pub(super) newline: &'static str,
    /// One step of indentation.
    pub(super) unit: String,
    /// Between a key and its value.
    pub(super) colon: String,
    /// Between two values on one line.
    pub(super) comma: String,
    /// Inside the braces of an object on one line.
    pub(super) object_pad: String,
    /// Inside the brackets of an array on one line.
    pub(super) array_pad: String,
    /// How characters beyond ASCII are written.
    pub(super) wide: Wide,
    /// Whether arrays stand on one line: under a key, and anywhere.
    inline_arrays: HashMap<String, bool>,
    inline_array: Option<bool>,
}

/// How characters beyond ASCII are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wide {
    /// As they are.
    Raw,
    /// `\u00e9`
    Lower,
    /// `\u00E9`
    Upper,
}

impl Style {
    pub(super) fn of(text: &str, root: &Node<'_>) -> Self {
        let mut survey = Survey { text, ..Survey::default() };
        survey.visit(root, None);
        let colon = survey.colon.unwrap_or(": ").to_owned();
        let comma = if colon.ends_with(' ') { ", " } else { "," };
        Self {
            newline: if first_line_end(text) == Some("\r\n") { "\r\n" } else { "\n" },
            unit: survey.unit.unwrap_or("  ").to_owned(),
            comma: survey.comma.unwrap_or(comma).to_owned(),
            colon,
            object_pad: survey.object_pad.unwrap_or_default().to_owned(),
            array_pad: survey.array_pad.unwrap_or_default().to_owned(),
            wide: wide(text),
            inline_arrays: survey.inline_arrays.into_iter().map(|(key, inline)| (key.to_owned(), inline)).collect(),
            inline_array: survey.inline_array,
        }
    }

    /// Whether an array under `key` would stand on one line.
    pub(super) fn array_is_inline(&self, key: &str) -> bool {
        self.inline_arrays.get(key).copied().or(self.inline_array).unwrap_or(false)
    }
}

/// The white space the line of `at` starts with.
pub(super) fn indent(text: &str, at: usize) -> &str {
    let before = text.get(..at).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = text.get(start..).unwrap_or_default().trim_start_matches('\u{feff}');
    let end = line.find(|c| c != ' ' && c != '\t').unwrap_or(line.len());
    line.get(..end).unwrap_or_default()
}

/// What stands between two places; nothing where they are in the wrong order.
pub(super) fn between(text: &str, start: usize, end: usize) -> &str {
    text.get(start..end).unwrap_or_default()
}

/// Where the first child of a collection starts.
pub(super) fn first_child(node: &Node<'_>) -> Option<usize> {
    match &node.kind {
        NodeKind::Array(items) => items.first().map(|item| item.span.start),
        NodeKind::Object(members) => members.first().map(|member| member.key_span.start),
        _ => None,
    }
}

/// Whether a collection that has children starts them on its own line.
pub(super) fn is_inline(text: &str, node: &Node<'_>) -> Option<bool> {
    first_child(node).map(|child| !between(text, node.span.start, child).contains('\n'))
}

fn first_line_end(text: &str) -> Option<&'static str> {
    let at = text.find('\n')?;
    Some(if text.get(..at).unwrap_or_default().ends_with('\r') { "\r\n" } else { "\n" })
}

/// A file of ASCII alone that escapes what is beyond goes on to do so.
fn wide(text: &str) -> Wide {
    if !text.trim_start_matches('\u{feff}').is_ascii() {
        return Wide::Raw;
    }
    let (mut escapes, mut lower, mut upper) = (false, false, false);
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let digits = rest.get(at + 2..at + 6).unwrap_or_default();
        let unit = rest.get(at + 1..at + 2).filter(|letter| *letter == "u");
        if unit.and_then(|_| u32::from_str_radix(digits, 16).ok()).is_some_and(|unit| unit > 0x7f) {
            escapes = true;
            lower |= digits.contains(|c: char| c.is_ascii_lowercase());
            upper |= digits.contains(|c: char| c.is_ascii_uppercase());
        }
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    match (escapes, lower, upper) {
        (false, ..) => Wide::Raw,
        (true, false, true) => Wide::Upper,
        // Digits alone do not say which letters; JavaScript and Python write small ones.
        _ => Wide::Lower,
    }
}

/// What is seen first of each kind on a walk through the document.
#[derive(Default)]
struct Survey<'doc> {
    text: &'doc str,
    unit: Option<&'doc str>,
    colon: Option<&'doc str>,
    comma: Option<&'doc str>,
    object_pad: Option<&'doc str>,
    array_pad: Option<&'doc str>,
    inline_arrays: HashMap<&'doc str, bool>,
    inline_array: Option<bool>,
}

impl<'doc> Survey<'doc> {
    fn visit(&mut self, node: &'doc Node<'_>, key: Option<&'doc str>) {
        match &node.kind {
            NodeKind::Array(items) => {
                self.collection(node, items.iter().map(|item| item.span));
                if items.iter().all(|item| item.items().is_none() && item.members().is_empty())
                    && let Some(inline) = is_inline(self.text, node)
                {
                    self.inline_array.get_or_insert(inline);
                    if let Some(key) = key {
                        self.inline_arrays.entry(key).or_insert(inline);
                    }
                }
                for item in items {
                    self.visit(item, None);
                }
            }
            NodeKind::Object(members) => {
                let span =
                    |member: &super::super::json::Member<'_>| Span::new(member.key_span.start, member.value.span.end);
                self.collection(node, members.iter().map(span));
                for member in members {
                    let colon = between(self.text, member.key_span.end, member.value.span.start);
                    if self.colon.is_none() && !colon.contains('\n') {
                        self.colon = Some(colon);
                    }
                    self.visit(&member.value, Some(&member.key));
                }
            }
            _ => {}
        }
    }

    fn collection(&mut self, node: &Node<'_>, mut children: impl Iterator<Item = Span>) {
        let Some(first) = children.next() else { return };
        let lead = between(self.text, node.span.start + 1, first.start);
        if lead.contains('\n') {
            if self.unit.is_none() {
                let outer = indent(self.text, node.span.start);
                self.unit = indent(self.text, first.start).strip_prefix(outer).filter(|unit| !unit.is_empty());
            }
            return;
        }
        let pad = if node.items().is_some() { &mut self.array_pad } else { &mut self.object_pad };
        pad.get_or_insert(lead);
        if let Some(second) = children.next() {
            let comma = between(self.text, first.end, second.start);
            if self.comma.is_none() && !comma.contains('\n') {
                self.comma = Some(comma);
            }
        }
    }
}
