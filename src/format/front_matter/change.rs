//! Where the bytes of a change go: the patches for one field, not yet proven.

use serde_json::Value;

use super::Frame;
use super::list::{self, Item};
use super::scalar::{Context, render, string, word};
use crate::format::patch::Patch;
use crate::format::yaml::{Entry, Node, NodeKind, Style};
use crate::model::Span;

type Outcome = Result<Vec<Patch>, &'static str>;

/// How texts of a field are read, and therefore written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Texts {
    /// By type: the text `5` needs quotes.
    Typed,
    /// As words: ids, which need none.
    Words,
}

/// Patches that set the field `path` of the mapping `node`, which is the root or lies inside it.
pub(super) fn set(frame: &Frame<'_>, root: &Node, path: &[String], value: &Value, texts: Texts) -> Outcome {
    Change { frame, root, value, texts }.descend(root, path)
}

struct Change<'a> {
    frame: &'a Frame<'a>,
    root: &'a Node,
    value: &'a Value,
    texts: Texts,
}

impl Change<'_> {
    fn descend(&self, mapping: &Node, path: &[String]) -> Outcome {
        let (key, rest) = path.split_first().ok_or("no field is named")?;
        let flow = matches!(mapping.kind, NodeKind::Mapping { flow: true, .. });
        let Some(entry) = mapping.entry(key) else { return self.add(mapping, flow, path) };
        if rest.is_empty() {
            return self.replace(entry, if flow { Context::Flow } else { Context::Block });
        }
        if self.frame.slice(entry.value.span).starts_with('*') {
            return Err("it is inside an alias");
        }
        match &entry.value.kind {
            NodeKind::Mapping { .. } => self.descend(&entry.value, rest),
            NodeKind::Scalar { .. } if entry.value.is_null() && !flow => self.fill(entry, rest),
            _ => Err("a key above it has a value that is no mapping"),
        }
    }

    /// Replaces the value of an entry.
    fn replace(&self, entry: &Entry, context: Context) -> Outcome {
        let old = &entry.value;
        let source = self.frame.slice(old.span);
        let alias = source.starts_with('*');
        match &old.kind {
            // A mapping in braces may give way to another one, nothing else to anything else.
            NodeKind::Mapping { flow, .. } if !(alias || *flow && self.value.is_object()) => {
                Err("its value is a mapping")
            }
            NodeKind::Sequence { items, flow } if !alias => {
                if let (Value::Array(_), false) = (self.value, items.is_empty() && !flow) {
                    return list::change(self.frame, entry, &self.items()?);
                }
                let start = if *flow { old.span.start } else { self.frame.colon_end(entry) };
                let span = self.trimmed(Span::new(start, old.span.end));
                if self.frame.slice(span).contains('#') {
                    return Err("the list has a comment or a number sign inside");
                }
                let text = self.inline(Style::Plain, context)?;
                Ok(vec![Patch::new(span, if *flow { text } else { format!(" {text}") })])
            }
            NodeKind::Scalar { style: Style::Block, .. } if !alias => {
                let colon = self.frame.colon_end(entry);
                let header = self.frame.slice(Span::new(colon, old.span.start)).trim();
                if !header.starts_with(['|', '>']) || header.contains('#') {
                    return Err("its value is a block with a comment or a tag");
                }
                let span = self.trimmed(Span::new(colon, old.span.end));
                Ok(vec![Patch::new(span, format!(" {}", self.inline(Style::Plain, context)?))])
            }
            NodeKind::Scalar { style, .. } if source.is_empty() && !alias => {
                let text = self.inline(*style, context)?;
                let at = self.frame.colon_end(entry);
                let behind = self.frame.slice(Span::new(at, self.frame.line_end(at)));
                // `key: ` has its space already, unless a comment needs one, too.
                let spaced = behind.starts_with(' ') && behind.trim_start().is_empty();
                let at = if spaced { at + 1 } else { at };
                Ok(vec![Patch::new(Span::at(at), if spaced { text } else { format!(" {text}") })])
            }
            NodeKind::Scalar { style, .. } => {
                let text = self.inline(if alias { Style::Plain } else { *style }, context)?;
                Ok(vec![Patch::new(self.trimmed(old.span), text)])
            }
            _ => Ok(vec![Patch::new(old.span, self.inline(Style::Plain, context)?)]),
        }
    }

    /// Adds the entry `path`, with the mappings on the way, behind the last one of `mapping`.
    fn add(&self, mapping: &Node, flow: bool, path: &[String]) -> Outcome {
        let last = mapping.entries().last();
        if flow {
            let text = self.flow_entry(path)?;
            let (at, text) = match last {
                Some(last) => (self.end_of(last), format!(", {text}")),
                None => (mapping.span.start + 1, text),
            };
            return Ok(vec![Patch::new(Span::at(at), text)]);
        }
        let newline = self.frame.newline();
        let Some((first, last)) = mapping.entries().first().zip(last) else {
            let lines = self.lines("", path)?;
            return Ok(vec![Patch::new(Span::at(self.frame.content.end), lines.join(newline) + newline)]);
        };
        let line = self.frame.line_start(first.key_span.start);
        let indentation = self.frame.slice(Span::new(line, first.key_span.start));
        if !indentation.trim_matches(' ').is_empty() {
            return Err("the mapping does not start on a line of its own");
        }
        let lines = self.lines(indentation, path)?;
        let ends_in_block = matches!(last.value.kind, NodeKind::Scalar { style: Style::Block, .. });
        Ok(vec![if ends_in_block && last.value.span.end >= self.frame.content.end {
            Patch::new(Span::at(self.frame.content.end), lines.join(newline) + newline)
        } else {
            let end = self.frame.line_end(self.end_of(last));
            Patch::new(Span::at(end), format!("{newline}{}", lines.join(newline)))
        }])
    }

    /// Makes a mapping of an entry that has no value.
    fn fill(&self, entry: &Entry, rest: &[String]) -> Outcome {
        let line = self.frame.line_start(entry.key_span.start);
        let indentation = self.frame.slice(Span::new(line, entry.key_span.start));
        if !indentation.trim_matches(' ').is_empty() {
            return Err("the key above it does not start a line");
        }
        let newline = self.frame.newline();
        let lines = self.lines(&format!("{indentation}{}", self.step()), rest)?;
        let colon = self.frame.colon_end(entry);
        let mut patches = Vec::new();
        let end = if self.frame.slice(entry.value.span).is_empty() {
            colon
        } else {
            patches.push(Patch::new(Span::new(colon, entry.value.span.end), ""));
            entry.value.span.end
        };
        let end = self.frame.line_end(end);
        patches.push(Patch::new(Span::at(end), format!("{newline}{}", lines.join(newline))));
        Ok(patches)
    }

    /// The lines of a new entry: its mappings, each a step further in, then its value.
    fn lines(&self, indentation: &str, path: &[String]) -> Result<Vec<String>, &'static str> {
        let (last, above) = path.split_last().ok_or("no field is named")?;
        let mut lines = Vec::with_capacity(path.len());
        let mut indentation = indentation.to_owned();
        for key in above {
            lines.push(format!("{indentation}{}:", string(key, Style::Plain, Context::Flow)));
            indentation.push_str(&self.step());
        }
        let value = self.inline(Style::Plain, Context::Block)?;
        lines.push(format!("{indentation}{}: {value}", string(last, Style::Plain, Context::Flow)));
        Ok(lines)
    }

    fn flow_entry(&self, path: &[String]) -> Result<String, &'static str> {
        let (last, above) = path.split_last().ok_or("no field is named")?;
        let value = self.inline(Style::Plain, Context::Flow)?;
        let mut text = format!("{}: {value}", string(last, Style::Plain, Context::Flow));
        for key in above.iter().rev() {
            text = format!("{}: {{{text}}}", string(key, Style::Plain, Context::Flow));
        }
        Ok(text)
    }

    /// The value on one line.
    fn inline(&self, style: Style, context: Context) -> Result<String, &'static str> {
        let is_flat = |items: &[Value]| !items.iter().any(|item| item.is_array() || item.is_object());
        if let Value::Array(values) = self.value
            && is_flat(values)
        {
            let items: Vec<String> =
                self.items()?.iter().map(|item| (item.yaml)(Style::Plain, Context::Flow)).collect();
            return Ok(format!("[{}]", items.join(", ")));
        }
        match (self.texts, self.value) {
            (Texts::Words, Value::String(text)) => Ok(word(text, style, context)),
            _ => Ok(render(self.value, style, context)),
        }
    }

    fn items(&self) -> Result<Vec<Item>, &'static str> {
        let Value::Array(values) = self.value else { return Err("the new value is no list") };
        let texts = self.texts;
        let item = |value: &Value| {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Array(_) | Value::Object(_) => return Err("an item of the new list is no text or number"),
                other => other.to_string(),
            };
            let value = value.clone();
            let yaml = move |style, context| match (texts, &value) {
                (Texts::Words, Value::String(text)) => word(text, style, context),
                (_, value) => render(value, style, context),
            };
            Ok(Item { text, yaml: Box::new(yaml) })
        };
        values.iter().map(item).collect()
    }

    /// The file's step of indentation, two spaces where it has none.
    fn step(&self) -> String {
        let own = self.root.entries().iter().find_map(|entry| {
            let first = entry.value.entries().first().map(|inner| inner.key_span.start);
            let block = matches!(entry.value.kind, NodeKind::Mapping { flow: false, .. });
            let start = first.filter(|_| block)?;
            let lead = self.frame.slice(Span::new(self.frame.line_start(start), start));
            (!lead.is_empty() && lead.trim_matches(' ').is_empty()).then(|| lead.to_owned())
        });
        own.unwrap_or_else(|| "  ".to_owned())
    }

    /// Where the value of an entry ends, or its colon where it has none.
    fn end_of(&self, entry: &Entry) -> usize {
        if self.frame.slice(entry.value.span).is_empty() {
            return self.frame.colon_end(entry);
        }
        self.trimmed(entry.value.span).end
    }

    /// The span without the white space at its end.
    fn trimmed(&self, span: Span) -> Span {
        Span::new(span.start, span.start + self.frame.slice(span).trim_end().len())
    }
}
