use serde_json::Value;

use super::settings::Word;
use super::{PatternRoom, suggest};
use crate::format::yaml::{Entry, Node, NodeKind};
use crate::model::{Code, Diagnostic, Place, Span, TreePath};

/// A value of the wrong kind, or one that contradicts itself.
pub(super) const INVALID: Code = Code::INVALID_WORKFLOW;

/// The file being read, and what was found wrong with it so far.
pub(super) struct Reader<'a> {
    path: &'a TreePath,
    bytes: &'a [u8],
    /// Where the text that was parsed begins: behind the byte order mark.
    start: usize,
    /// Where every line begins: finding a place must not cost the length of the file.
    lines: Vec<usize>,
    pub(super) diagnostics: Vec<Diagnostic>,
    errors: usize,
    /// What patterns may still take.
    pub(super) patterns: PatternRoom,
    /// How many patterns found no room, and where the first of them stands.
    roomless: (usize, Option<Place>),
}

/// A value that was written but could not be used; it has been reported.
pub(super) struct Unusable;

/// What became of a key that need not be there.
pub(super) type Optional<T> = Result<Option<T>, Unusable>;

impl<'a> Reader<'a> {
    pub(super) fn new(path: &'a TreePath, bytes: &'a [u8], start: usize) -> Self {
        let breaks = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(breaks).collect();
        Self {
            path,
            bytes,
            start,
            lines,
            diagnostics: Vec::new(),
            errors: 0,
            patterns: PatternRoom::default(),
            roomless: (0, None),
        }
    }

    /// The place of `span`, of its first line where it has several.
    pub(super) fn place(&self, span: Span) -> Place {
        let span = span.shifted(self.start);
        let number = self.lines.partition_point(|start| *start <= span.start).max(1);
        let from = self.lines.get(number - 1).copied().unwrap_or_default();
        let to = self.lines.get(number).copied().unwrap_or(self.bytes.len());
        let line = self.bytes.get(from..to).unwrap_or_default().trim_ascii_end();
        let within = Span::new(span.start - from, span.end.saturating_sub(from).min(line.len()));
        Place { line: number, ..Place::of(self.path, line, within) }
    }

    /// Where a scalar's text begins in the file, if it stands there as it is, without escapes.
    pub(super) fn offset_of(&self, span: Span, text: &str) -> Option<usize> {
        let written = self.bytes.get(self.start + span.start..self.start + span.end)?;
        let written = std::str::from_utf8(written).ok()?;
        written.find(text).map(|at| span.start + at)
    }

    pub(super) fn warn(&mut self, code: Code, span: Span, message: impl Into<String>, hint: impl Into<String>) {
        let place = self.place(span);
        self.diagnostics.push(Diagnostic::warning(code, message).at_place(Some(place)).hint(hint));
    }

    pub(super) fn error(
        &mut self,
        code: Code,
        span: Span,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Unusable {
        let place = self.place(span);
        self.errors += 1;
        self.diagnostics.push(Diagnostic::error(code, message).at_place(Some(place)).hint(hint));
        Unusable
    }

    /// A pattern for which there is no room. All of them are one finding, see [`Self::say_roomless`].
    pub(super) fn no_room(&mut self, span: Span) -> Unusable {
        self.errors += 1;
        self.roomless.0 += 1;
        if self.roomless.1.is_none() {
            self.roomless.1 = Some(self.place(span));
        }
        Unusable
    }

    /// Reports the patterns for which there was no room.
    pub(super) fn say_roomless(&mut self) {
        let (count, Some(place)) = std::mem::take(&mut self.roomless) else { return };
        let most = PatternRoom::MOST / 1024 / 1024;
        let message =
            format!("the patterns before this one need more than {most} MiB: it is left out, and {} more", count - 1);
        let hint = "write them shorter: counted repetitions such as `\\w{50}` are what makes them large";
        let finding = Diagnostic::error(Code::COSTLY_PATTERNS, message).at_place(Some(place)).hint(hint);
        self.diagnostics.push(finding);
    }

    /// How many errors there are; a part that adds one is not used.
    pub(super) fn errors(&self) -> usize {
        self.errors
    }

    /// `true` or `false`.
    pub(super) fn switch(&mut self, of: &Node, key: &str, within: &str) -> Optional<bool> {
        let Some(entry) = written(of, key) else { return Ok(None) };
        match entry.value.as_bool() {
            Some(flag) => Ok(Some(flag)),
            None => Err(self.wrong_kind(entry, within, "`true` or `false`, without quotes")),
        }
    }

    /// A text that is not empty and has no control characters but line ends.
    pub(super) fn text(&mut self, of: &Node, key: &str, within: &str) -> Optional<String> {
        let Some(entry) = written(of, key) else { return Ok(None) };
        match entry.value.text() {
            Some(text) if text.trim().is_empty() => {
                let message = format!("`{key}` of {within} is empty");
                Err(self.error(INVALID, entry.value.span, message, "write a value, or remove the key"))
            }
            Some(text) => Ok(Some(text.trim().to_owned())),
            None => Err(self.wrong_kind(entry, within, "a text")),
        }
    }

    /// A text that stays on one line: one that may end up in a commit's header or trailer.
    pub(super) fn line(&mut self, of: &Node, key: &str, within: &str) -> Optional<String> {
        match self.text(of, key, within) {
            Ok(Some(text)) if text.contains(char::is_control) => {
                let span = written(of, key).map_or(of.span, |entry| entry.value.span);
                let message = format!("`{key}` of {within} has control characters or line ends");
                Err(self.error(INVALID, span, message, "write it on one line"))
            }
            other => other,
        }
    }

    /// A whole number of at least 1.
    pub(super) fn count(&mut self, of: &Node, key: &str, within: &str, unit: &str) -> Optional<u64> {
        let Some(entry) = written(of, key) else { return Ok(None) };
        match entry.value.text().map(str::parse::<u64>) {
            Some(Ok(number)) if number > 0 => Ok(Some(number)),
            _ => Err(self.wrong_kind(entry, within, &format!("a whole number of {unit}, at least 1"))),
        }
    }

    /// One of a few words.
    pub(super) fn word<W: Word>(&mut self, of: &Node, key: &str, within: &str) -> Optional<W> {
        let Some(entry) = written(of, key) else { return Ok(None) };
        let text = entry.value.text().unwrap_or_default();
        if let Some((_, meaning)) = W::WORDS.iter().find(|(word, _)| *word == text) {
            return Ok(Some(*meaning));
        }
        let words: Vec<&str> = W::WORDS.iter().map(|(word, _)| *word).collect();
        if entry.value.text().is_none() {
            return Err(self.wrong_kind(entry, within, &format!("one of {}", words.join(", "))));
        }
        let message = format!("`{key}` of {within} cannot be `{}`", text.escape_debug());
        Err(self.error(INVALID, entry.value.span, message, suggest::hint(text, &words)))
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, of: &Node, key: &str, within: &str) -> Optional<Vec<String>> {
        let Some(entry) = written(of, key) else { return Ok(None) };
        let texts: Option<Vec<String>> = match &entry.value.kind {
            NodeKind::Sequence { items, .. } => {
                items.iter().map(|item| item.text().filter(|text| !text.is_empty()).map(str::to_owned)).collect()
            }
            _ => None,
        };
        match texts {
            Some(texts) => Ok(Some(texts)),
            None => Err(self.wrong_kind(entry, within, "a list of texts")),
        }
    }

    /// A mapping.
    pub(super) fn mapping<'n>(&mut self, of: &'n Node, key: &str, within: &str) -> Optional<&'n Node> {
        let Some(entry) = written(of, key) else { return Ok(None) };
        match &entry.value.kind {
            NodeKind::Mapping { .. } => Ok(Some(&entry.value)),
            _ => Err(self.wrong_kind(entry, within, "a mapping, `key: value` on lines of its own")),
        }
    }

    /// A list.
    pub(super) fn list<'n>(&mut self, of: &'n Node, key: &str, within: &str) -> Optional<&'n [Node]> {
        let Some(entry) = written(of, key) else { return Ok(None) };
        match &entry.value.kind {
            NodeKind::Sequence { items, .. } => Ok(Some(items)),
            _ => Err(self.wrong_kind(entry, within, "a list, each item after a `-`")),
        }
    }

    /// What a mapping should have, and does not.
    pub(super) fn missing(&mut self, span: Span, key: &str, within: &str, hint: &str) -> Unusable {
        self.error(INVALID, span, format!("{within} has no `{key}`"), hint)
    }

    pub(super) fn wrong_kind(&mut self, entry: &Entry, within: &str, wanted: &str) -> Unusable {
        let message = format!("`{}` of {within} is {}", entry.key, kind(&entry.value));
        self.error(INVALID, entry.value.span, message, format!("it should be {wanted}"))
    }
}

/// The last entry of that key; one whose value is `null` counts as not written.
pub(super) fn written<'n>(node: &'n Node, key: &str) -> Option<&'n Entry> {
    node.entries().iter().rev().find(|entry| entry.key == key).filter(|entry| !entry.value.is_null())
}

/// What a node is, in words.
pub(super) fn kind(node: &Node) -> String {
    match &node.kind {
        NodeKind::Mapping { .. } => "a mapping".to_owned(),
        NodeKind::Sequence { .. } => "a list".to_owned(),
        NodeKind::Scalar { text, .. } => match node.to_value() {
            Value::Null => "empty".to_owned(),
            Value::Bool(flag) => format!("`{flag}`"),
            Value::Number(number) => format!("the number {number}"),
            // An address may have secrets in it.
            _ if text.contains("://") => "a text".to_owned(),
            _ => format!("the text `{}`", text.escape_debug()),
        },
    }
}
