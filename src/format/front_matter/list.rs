//! Changing the items of a list in the style it has: only the items that differ are touched.

use crate::format::patch::Patch;
use crate::format::yaml::{Entry, Node, NodeKind, Style};
use crate::model::Span;

use super::Frame;
use super::scalar::Context;

/// One item of the new list: its value's text for telling items apart, and how to write it.
pub(super) struct Item {
    /// What an equal item of the old list reads as.
    pub(super) text: String,
    /// The YAML for a style and a context.
    pub(super) yaml: Box<dyn Fn(Style, Context) -> String>,
}

/// Makes the list of `entry` be `new`; the error is what stands in the way.
pub(super) fn change(frame: &Frame<'_>, entry: &Entry, new: &[Item]) -> Result<Vec<Patch>, &'static str> {
    let NodeKind::Sequence { items, flow } = &entry.value.kind else { return Err("it is no list") };
    let old: Vec<Option<&str>> = items.iter().map(Node::text).collect();
    let same = |a: Option<&str>, b: &Item| a == Some(b.text.as_str());
    let head = old.iter().zip(new).take_while(|(a, b)| same(**a, b)).count();
    let shorter = old.len().min(new.len()) - head;
    let tail = old.iter().rev().zip(new.iter().rev()).take(shorter).take_while(|(a, b)| same(**a, b)).count();
    let part = Part {
        frame,
        items,
        head,
        removed: items.get(head..items.len() - tail).unwrap_or_default(),
        added: new.get(head..new.len() - tail).unwrap_or_default(),
        style: items.first().map_or(Style::Plain, style_of),
    };
    if *flow { part.flow(entry.value.span) } else { part.block(entry, new.is_empty()) }
}

struct Part<'a> {
    frame: &'a Frame<'a>,
    items: &'a [Node],
    /// How many items at the start stay.
    head: usize,
    removed: &'a [Node],
    added: &'a [Item],
    style: Style,
}

impl Part<'_> {
    fn flow(&self, brackets: Span) -> Result<Vec<Patch>, &'static str> {
        let separator = match self.items {
            [first, second, ..] => self.frame.slice(Span::new(first.span.end, second.span.start)),
            _ => ", ",
        };
        if self.frame.slice(brackets).contains('#') {
            return Err("the list has a comment or a number sign inside");
        }
        let written: Vec<String> = self.added.iter().map(|item| (item.yaml)(self.style, Context::Flow)).collect();
        let text = written.join(separator);
        let before = self.head.checked_sub(1).and_then(|at| self.items.get(at));
        let after = self.items.get(self.head + self.removed.len());
        let patch = match (self.removed, before, after) {
            ([], None, None) => Patch::new(brackets, format!("[{text}]")),
            ([], Some(before), _) => Patch::new(Span::at(before.span.end), format!("{separator}{text}")),
            ([], None, Some(after)) => Patch::new(Span::at(after.span.start), format!("{text}{separator}")),
            ([first, .., last] | [first @ last], ..) if !self.added.is_empty() => {
                Patch::new(Span::new(first.span.start, last.span.end), text)
            }
            ([.., last], Some(before), _) => Patch::new(Span::new(before.span.end, last.span.end), ""),
            ([first, ..], None, Some(after)) => Patch::new(Span::new(first.span.start, after.span.start), ""),
            (_, None, None) => Patch::new(brackets, "[]"),
        };
        Ok(vec![patch])
    }

    fn block(&self, entry: &Entry, emptied: bool) -> Result<Vec<Patch>, &'static str> {
        let first = self.items.first().ok_or("the list has no items")?;
        let line = self.frame.line_start(first.span.start);
        let prefix = self.frame.slice(Span::new(line, first.span.start));
        if prefix.trim_matches(' ') != "-" {
            return Err("an item does not stand alone on its line");
        }
        if self.items.iter().any(|item| self.frame.slice(item.span).contains('\n')) {
            return Err("an item has several lines");
        }
        let mut patches = Vec::new();
        for (old, new) in self.removed.iter().zip(self.added) {
            patches.push(Patch::new(old.span, (new.yaml)(style_of(old), Context::Block)));
        }
        for old in self.removed.iter().skip(self.added.len()) {
            let lines = Span::new(self.frame.line_start(old.span.start), self.frame.next_line(old.span.end));
            patches.push(Patch::new(lines, ""));
        }
        let newline = self.frame.newline();
        let more = self.added.get(self.removed.len()..).unwrap_or_default();
        let lines: Vec<String> =
            more.iter().map(|item| format!("{prefix}{}", (item.yaml)(self.style, Context::Block))).collect();
        if !lines.is_empty() {
            let kept = self.head + self.removed.len();
            patches.push(match kept.checked_sub(1).and_then(|at| self.items.get(at)) {
                Some(before) => {
                    let end = self.frame.line_end(before.span.end);
                    Patch::new(Span::at(end), format!("{newline}{}", lines.join(newline)))
                }
                None => Patch::new(Span::at(line), lines.join(newline) + newline),
            });
        }
        if emptied {
            patches.push(Patch::new(Span::at(self.frame.colon_end(entry)), " []"));
        }
        Ok(patches)
    }
}

fn style_of(node: &Node) -> Style {
    match &node.kind {
        NodeKind::Scalar { style, .. } => *style,
        _ => Style::Plain,
    }
}
