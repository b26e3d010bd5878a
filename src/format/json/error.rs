use jsonc_parser::errors::{ParseError, ParseErrorKind};

use crate::model::{Code, Diagnostic, Span, TreePath};

/// Why bytes are no JSON document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct JsonError {
    /// The kind of finding: `invalid-json`, `not-utf8`, `conflict-markers` or `nested-too-deeply`.
    pub code: Code,
    /// What is wrong: a lower-case fragment.
    pub message: String,
    /// What to do about it.
    pub hint: &'static str,
    /// Where.
    pub span: Span,
}

const NOT_JSON: &str =
    "correct the file by hand, or take it from an earlier commit; until then none of its tasks is seen";

impl JsonError {
    /// The same as a finding about a file.
    #[must_use]
    pub fn diagnostic(&self, path: &TreePath, bytes: &[u8]) -> Diagnostic {
        Diagnostic::error(self.code, self.message.clone()).hint(self.hint).at(path, bytes, self.span)
    }

    pub(super) fn invalid(message: impl Into<String>, span: Span) -> Self {
        Self { code: Code::INVALID_JSON, message: message.into(), hint: NOT_JSON, span }
    }

    pub(super) fn empty() -> Self {
        Self::invalid("the file is empty, which is not JSON", Span::at(0))
    }

    pub(super) fn not_utf8(at: usize) -> Self {
        Self {
            code: Code::NOT_UTF8,
            message: "the file is not UTF-8".to_owned(),
            hint: "save it as UTF-8; until then nothing of it is read",
            span: Span::new(at, at + 1),
        }
    }

    pub(super) fn too_deep(at: usize, limit: usize) -> Self {
        Self {
            code: Code::NESTED_TOO_DEEPLY,
            message: format!("the file is nested deeper than {limit} levels"),
            hint: "no tool writes such a file: look where it comes from",
            span: Span::new(at, at + 1),
        }
    }

    pub(super) fn syntax(error: &ParseError) -> Self {
        let range = error.range();
        let mut message = error.kind().to_string();
        if let Some(first) = message.get_mut(..1) {
            first.make_ascii_lowercase();
        }
        let mut invalid = Self::invalid(message, Span::new(range.start, range.end));
        match error.kind() {
            ParseErrorKind::TrailingCommasNotAllowed => invalid.hint = "remove the comma before the closing bracket",
            ParseErrorKind::CommentsNotAllowed => invalid.hint = "JSON has no comments: remove it",
            ParseErrorKind::ExpectedComma => invalid.hint = "put a comma between the two values",
            _ => {}
        }
        invalid
    }

    /// Conflict markers, if the text has any: they, not what they lead to, are what is wrong. JSON
    /// has no line that starts like one, not even inside a string.
    pub(super) fn or_conflict_markers(self, text: &str) -> Self {
        const MARKERS: [&str; 4] = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"];
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            if MARKERS.iter().any(|marker| line.starts_with(marker)) {
                return Self {
                    code: Code::CONFLICT_MARKERS,
                    message: "the file has unresolved conflict markers".to_owned(),
                    hint: "resolve the conflict: keep one side of each marked part and delete the marker lines",
                    span: Span::new(at, at + line.trim_end().len()),
                };
            }
            at += line.len();
        }
        self
    }

    pub(super) fn shifted(mut self, by: usize) -> Self {
        self.span = self.span.shifted(by);
        self
    }
}
