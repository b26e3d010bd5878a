//! The short way for the front matter most files have: lines of `key: plain words`.
//!
//! It gives exactly the tree the YAML scanner gives, or nothing; a property test holds it to that.

use crate::format::yaml::{Entry, Node, NodeKind, Style};
use crate::model::Span;

/// The tree of `source`, if every line is simple enough to be read without the YAML scanner.
pub(super) fn parse(source: &str) -> Option<Node> {
    let mut entries = Vec::with_capacity(12);
    let mut offset = 0;
    for line in source.split_inclusive('\n') {
        let bare = line.strip_suffix('\n').unwrap_or(line);
        let bare = bare.strip_suffix('\r').unwrap_or(bare).trim_end_matches(' ');
        entries.push(entry(bare, offset)?);
        offset += line.len();
    }
    let start = entries.first()?.key_span.start;
    let end = entries.last()?.value.span.end;
    Some(Node { kind: NodeKind::Mapping { entries, flow: false }, span: Span::new(start, end) })
}

fn entry(line: &str, offset: usize) -> Option<Entry> {
    let (key, rest) = line.split_once(':')?;
    if key.len() > 100 || !key.starts_with(|c: char| c.is_ascii_alphabetic()) || !key.bytes().all(is_word) {
        return None;
    }
    let start = offset + key.len() + 1;
    let value = if rest.is_empty() {
        // The scanner's way to say that there is no value: a null, before the colon.
        scalar("~", Span::at(start - 1))
    } else {
        let text = rest.strip_prefix(' ')?;
        value(text, start + 1)?
    };
    Some(Entry { key: key.to_owned(), key_span: Span::new(offset, offset + key.len()), value })
}

fn value(text: &str, at: usize) -> Option<Node> {
    let span = Span::new(at, at + text.len());
    if let Some(inside) = text.strip_prefix('[') {
        let items = items(inside.strip_suffix(']')?, at + 1)?;
        return Some(Node { kind: NodeKind::Sequence { items, flow: true }, span });
    }
    is_plain(text).then(|| scalar(text, span))
}

fn items(text: &str, at: usize) -> Option<Vec<Node>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    let mut at = at;
    let mut items = Vec::new();
    for part in text.split(',') {
        let word = part.trim_matches(' ');
        let first = word.as_bytes().first()?;
        if !first.is_ascii_alphanumeric() || !word.bytes().all(|byte| is_word(byte) || byte == b'.') {
            return None;
        }
        let start = at + part.len() - part.trim_start_matches(' ').len();
        items.push(scalar(word, Span::new(start, start + word.len())));
        at += part.len() + 1;
    }
    Some(items)
}

fn scalar(text: &str, span: Span) -> Node {
    Node { kind: NodeKind::Scalar { text: text.to_owned(), style: Style::Plain }, span }
}

/// Whether a text is a plain scalar for certain: a letter or digit first, no comment, no second key.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.iter().enumerate().all(|(at, byte)| match byte {
            b':' => bytes.get(at + 1).is_some_and(u8::is_ascii_alphanumeric),
            b'#' => false,
            byte => (0x20..0x7f).contains(byte),
        })
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::format::yaml;

    /// A line that looks like front matter; most are simple, some only nearly.
    fn line() -> impl Strategy<Value = String> {
        prop_oneof![
            8 => "[a-z_]{1,8}: [a-z0-9][a-zA-Z0-9 _.:,'\"(){}&*!?%@|>+=-]{0,12}",
            4 => "[a-z_]{1,8}: \\[([a-z0-9_.-]{1,4}(, ?[a-z0-9_.-]{1,4}){0,3})?\\]",
            2 => "[a-z]{1,4}:( null|  x| )?",
            1 => "[a-z]{1,3}: ?[ #\\[\\]'\"a-z:-]{0,8}",
            1 => "(- a|  b: c|# note||---)",
        ]
    }

    #[test]
    fn long_values_are_the_same_on_both_paths() {
        let source = format!("title: {}\nlist: [{}a]\n", "word ".repeat(600), "a, ".repeat(600));
        assert_eq!(parse(&source), yaml::parse(&source).ok());
    }

    proptest! {
        #[test]
        fn the_fast_path_is_the_slow_path(
            lines in prop::collection::vec(line(), 1..8),
            newline in prop_oneof![Just("\n"), Just("\r\n")],
            last in any::<bool>(),
        ) {
            let mut source = lines.join(newline);
            if last {
                source.push_str(newline);
            }
            if let Some(fast) = parse(&source) {
                prop_assert_eq!(Ok(fast), yaml::parse(&source));
            }
        }

        #[test]
        fn simple_lines_take_the_fast_path(
            lines in prop::collection::vec("[a-z][a-z_]{0,7}: [a-z0-9]([a-z0-9 _.-]{0,12}[a-z0-9])?", 1..8),
        ) {
            prop_assert!(parse(&lines.join("\n")).is_some());
        }
    }
}
