use super::{Code, Span, TaskId, TreePath};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Note,
    /// Works, but probably not as meant.
    Warning,
    /// Something cannot be read or contradicts itself.
    Error,
}

impl Severity {
    /// `note`, `warning` or `error`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Where in a file a finding is, with the line itself, so that it can be shown without the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: TreePath,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// The text of the line, without its end; of one of more than 200 bytes what stands around the place.
    pub excerpt: String,
    /// How many characters of the line stand before the excerpt.
    pub skipped: u32,
    /// How many characters of the line are meant, at least 1.
    pub width: u32,
}

impl Place {
    /// The place of `span` in a file whose content is `bytes`. A span beyond the end is the end.
    #[must_use]
    pub fn of(path: &TreePath, bytes: &[u8], span: Span) -> Self {
        const LONGEST: usize = 200;
        const AROUND: usize = 160;
        let start = span.start.min(bytes.len());
        let before = bytes.get(..start).unwrap_or_default();
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let rest = bytes.get(line_start..).unwrap_or_default();
        let line_end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        let line = String::from_utf8_lossy(rest.get(..line_end).unwrap_or_default());
        let line = line.trim_end_matches('\r').trim_start_matches('\u{feff}');
        let lead = String::from_utf8_lossy(bytes.get(line_start..start).unwrap_or_default());
        let column = lead.trim_start_matches('\u{feff}').chars().count() + 1;
        let end = span.end.clamp(start, line_start + line_end);
        let meant = String::from_utf8_lossy(bytes.get(start..end).unwrap_or_default()).chars().count();
        let skipped = if line.len() <= LONGEST { 0 } else { column.saturating_sub(AROUND) };
        Self {
            path: path.clone(),
            line: before.split(|byte| *byte == b'\n').count(),
            column,
            excerpt: match line.len() {
                ..=LONGEST => line.to_owned(),
                _ => line.chars().skip(skipped).take(2 * AROUND).collect(),
            },
            skipped: u32::try_from(skipped).unwrap_or(u32::MAX),
            width: u32::try_from(meant.max(1)).unwrap_or(u32::MAX),
        }
    }
}

/// One finding about the tree: what is wrong, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The kind of finding.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// Where it is, if it is in one place.
    pub place: Option<Place>,
    /// The task it is about, if it is about one.
    pub task: Option<TaskId>,
    /// What is wrong: a lower-case fragment.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// A finding of that kind, with nothing else known yet.
    pub fn new(severity: Severity, code: Code, message: impl Into<String>) -> Self {
        debug_assert!(code.finding().is_some_and(|known| known.severities.contains(&severity)), "{code}");
        Self { code, severity, place: None, task: None, message: message.into(), hint: None }
    }

    /// Shorthand for an [`Severity::Error`].
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message)
    }

    /// Shorthand for a [`Severity::Warning`].
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message)
    }

    /// Shorthand for a [`Severity::Note`].
    pub fn note(code: Code, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, code, message)
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, path: &TreePath, bytes: &[u8], span: Span) -> Self {
        self.place = Some(Place::of(path, bytes, span));
        self
    }

    /// Says which place, where it is known already.
    #[must_use]
    pub fn at_place(mut self, place: Option<Place>) -> Self {
        self.place = place;
        self
    }

    /// Says which task.
    #[must_use]
    pub fn about(mut self, task: &TaskId) -> Self {
        self.task = Some(task.clone());
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What tells it from other findings, wherever in its file it has moved to.
    #[must_use]
    pub fn identity(&self) -> (Code, Option<&TaskId>, &str, Option<&TreePath>) {
        (self.code, self.task.as_ref(), &self.message, self.place.as_ref().map(|place| &place.path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_line_column_and_excerpt() {
        let path = TreePath::new("tasks.json").unwrap();
        let place = Place::of(&path, "\u{feff}eins\r\nzwéi drei\r\n".as_bytes(), Span::new(15, 19));
        assert_eq!((place.line, place.column, place.width), (2, 6, 4));
        assert_eq!(place.excerpt, "zwéi drei");
        let end = Place::of(&path, b"a", Span::new(7, 9));
        assert_eq!((end.line, end.column, end.width), (1, 2, 1));
    }

    #[test]
    fn of_a_long_line_the_excerpt_is_what_stands_around_the_place() {
        let path = TreePath::new("tasks.json").unwrap();
        let line = format!("first\n{}here{}\n", "é".repeat(400), "b".repeat(400));
        let at = line.find("here").unwrap();
        let place = Place::of(&path, line.as_bytes(), Span::new(at, at + 4));
        assert_eq!((place.line, place.column, place.width, place.skipped), (2, 401, 4, 241));
        assert_eq!(place.excerpt, format!("{}here{}", "é".repeat(159), "b".repeat(157)));
    }
}
