//! A value as text, in the style of the document it goes into.

use std::fmt::Write as _;

use serde_json::Value;

use super::style::{Style, Wide};

/// Where the children of a collection stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Layout {
    /// All on the line of the collection, between brackets with this white space inside.
    Inline {
        /// Behind the opening and before the closing bracket.
        pad: String,
        /// Between two children.
        comma: String,
    },
    /// Each on a line of its own.
    Lines {
        /// The indentation of the children.
        inner: String,
        /// The indentation of the closing bracket.
        outer: String,
    },
}

impl Layout {
    /// Children on their own lines below a line with this indentation.
    pub(super) fn below(indent: &str, style: &Style) -> Self {
        Self::Lines { inner: format!("{indent}{}", style.unit), outer: indent.to_owned() }
    }
}

/// A value whose collections go on lines of their own, if `indent` says how far in; where an array
/// of that key stands on one line elsewhere, it does here.
pub(super) fn value(value: &Value, key: &str, indent: Option<&str>, style: &Style) -> String {
    match value {
        Value::String(text) => string(text, style.wide),
        Value::Array(items) => {
            let flat = style.array_is_inline(key) && !items.iter().any(|item| item.is_object() || item.is_array());
            let indent = indent.filter(|_| !flat);
            let layout = array_layout(indent, style);
            let inner = inner(&layout);
            items_in(&items.iter().map(|item| self::value(item, "", inner, style)).collect::<Vec<_>>(), &layout, style)
        }
        Value::Object(members) => {
            let layout = object_layout(indent, style);
            let inner = inner(&layout);
            let members: Vec<String> =
                members.iter().map(|(key, value)| member(key, value, inner, &style.colon, style)).collect();
            between_brackets("{", &members, "}", &layout, style)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// `"key": value`
pub(super) fn member(key: &str, value: &Value, indent: Option<&str>, colon: &str, style: &Style) -> String {
    format!("{}{colon}{}", string(key, style.wide), self::value(value, key, indent, style))
}

/// An array of items that are text already.
pub(super) fn items_in(items: &[String], layout: &Layout, style: &Style) -> String {
    between_brackets("[", items, "]", layout, style)
}

pub(super) fn array_layout(indent: Option<&str>, style: &Style) -> Layout {
    indent.map_or_else(
        || Layout::Inline { pad: style.array_pad.clone(), comma: style.comma.clone() },
        |indent| Layout::below(indent, style),
    )
}

pub(super) fn object_layout(indent: Option<&str>, style: &Style) -> Layout {
    indent.map_or_else(
        || Layout::Inline { pad: style.object_pad.clone(), comma: style.comma.clone() },
        |indent| Layout::below(indent, style),
    )
}

/// How far in the children are, if they stand on lines of their own.
pub(super) fn inner(layout: &Layout) -> Option<&str> {
    match layout {
        Layout::Lines { inner, .. } => Some(inner),
        Layout::Inline { .. } => None,
    }
}

fn between_brackets(open: &str, children: &[String], close: &str, layout: &Layout, style: &Style) -> String {
    if children.is_empty() {
        return format!("{open}{close}");
    }
    match layout {
        Layout::Inline { pad, comma } => format!("{open}{pad}{}{pad}{close}", children.join(comma)),
        Layout::Lines { inner, outer } => {
            let newline = style.newline;
            let children = children.join(&format!(",{newline}{inner}"));
            format!("{open}{newline}{inner}{children}{newline}{outer}{close}")
        }
    }
}

/// A string as `JSON.stringify` escapes it, or as a file of ASCII alone has it.
pub(super) fn string(text: &str, wide: Wide) -> String {
    let escaped = Value::from(text).to_string();
    if wide == Wide::Raw {
        return escaped;
    }
    let mut result = String::with_capacity(escaped.len());
    for character in escaped.chars() {
        if character.is_ascii() {
            result.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            // Writing to a string cannot fail.
            let _ = if wide == Wide::Upper { write!(result, "\\u{unit:04X}") } else { write!(result, "\\u{unit:04x}") };
        }
    }
    result
}
