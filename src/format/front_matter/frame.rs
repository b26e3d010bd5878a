use crate::format::yaml::Entry;
use crate::model::Span;

/// A file cut into front matter and body.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame<'text> {
    /// The whole file.
    pub(crate) text: &'text str,
    /// The YAML: from behind the opening line to the closing line.
    pub(crate) content: Span,
    /// Where the body starts: behind the closing line.
    pub(crate) body: usize,
}

/// Whether a file has front matter.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Framing<'text> {
    /// Its first line is not `---`.
    Absent,
    /// It starts with `---` and never ends it.
    Unclosed {
        /// The opening line.
        opening: Span,
    },
    /// It has.
    Closed(Frame<'text>),
}

impl<'text> Framing<'text> {
    /// Looks for a first line `---` (a byte order mark may stand before it) and the next line that
    /// is `---` or `...`. Spaces at the end of these lines do not matter.
    pub(crate) fn of(text: &'text str) -> Self {
        let start = text.len() - text.strip_prefix('\u{feff}').unwrap_or(text).len();
        let mut offset = start;
        let mut opening: Option<Span> = None;
        for line in text.get(start..).unwrap_or_default().split_inclusive('\n') {
            let span = Span::new(offset, offset + line.len());
            offset = span.end;
            let line = line.trim_end_matches(['\n', '\r', ' ', '\t']);
            match opening {
                None if line == "---" => opening = Some(Span::new(start, start + line.len())),
                None => return Self::Absent,
                Some(_) if line != "---" && line != "..." => {}
                Some(opening) => {
                    let rest = text.get(opening.end..).unwrap_or_default();
                    let first = rest.find('\n').map_or(text.len(), |at| opening.end + at + 1);
                    return Self::Closed(Frame { text, content: Span::new(first, span.start), body: span.end });
                }
            }
        }
        opening.map_or(Self::Absent, |opening| Self::Unclosed { opening })
    }
}

impl<'text> Frame<'text> {
    /// Behind the colon of an entry.
    pub(super) fn colon_end(&self, entry: &Entry) -> usize {
        let rest = self.text.get(entry.key_span.end..).unwrap_or_default();
        rest.find(':').map_or(entry.key_span.end, |at| entry.key_span.end + at + 1)
    }

    /// The YAML.
    pub(crate) fn source(&self) -> &'text str {
        self.slice(self.content)
    }

    /// The text of a span of the file.
    pub(crate) fn slice(&self, span: Span) -> &'text str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// The file's line ending, as its first line has it.
    pub(crate) fn newline(&self) -> &'static str {
        let before = self.text.get(..self.content.start).unwrap_or_default();
        if before.ends_with("\r\n") { "\r\n" } else { "\n" }
    }

    /// Where the line of `offset` starts.
    pub(crate) fn line_start(&self, offset: usize) -> usize {
        self.text.get(..offset).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1)
    }

    /// Where the line of `offset` ends, before its line ending.
    pub(crate) fn line_end(&self, offset: usize) -> usize {
        let rest = self.text.get(offset..).unwrap_or_default();
        let line = rest.split('\n').next().unwrap_or_default();
        offset + line.strip_suffix('\r').unwrap_or(line).len()
    }

    /// Where the line after that of `offset` starts.
    pub(crate) fn next_line(&self, offset: usize) -> usize {
        let rest = self.text.get(offset..).unwrap_or_default();
        rest.find('\n').map_or(self.text.len(), |at| offset + at + 1)
    }
}

/// The first conflict marker at the start of a line.
///
/// `=======` alone is also how Markdown underlines a heading, so it counts only inside the front
/// matter; in the body the other two always stand beside it.
pub(crate) fn conflict_marker(text: &str, front_matter: Span) -> Option<Span> {
    const MARKERS: [&str; 2] = ["<<<<<<< ", ">>>>>>> "];
    let source = text.get(front_matter.range()).unwrap_or_default();
    if !MARKERS.iter().any(|marker| text.contains(marker)) && !source.contains("=======") {
        return None;
    }
    let mut offset = text.len() - text.strip_prefix('\u{feff}').unwrap_or(text).len();
    for line in text.get(offset..).unwrap_or_default().split_inclusive('\n') {
        let bare = line.trim_end_matches(['\n', '\r']);
        let divider = bare == "=======" && front_matter.range().contains(&offset);
        if divider || MARKERS.iter().any(|marker| bare.starts_with(marker)) {
            return Some(Span::new(offset, offset + bare.len()));
        }
        offset += line.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(text: &str) -> Option<(&str, &str)> {
        match Framing::of(text) {
            Framing::Closed(frame) => Some((frame.source(), &text[frame.body..])),
            _ => None,
        }
    }

    #[test]
    fn front_matter_is_found_between_its_lines() {
        assert_eq!(frame("---\na: 1\n---\nx\n"), Some(("a: 1\n", "x\n")));
        assert_eq!(frame("\u{feff}---\r\na: 1\r\n...\r\nx"), Some(("a: 1\r\n", "x")));
        assert_eq!(frame("--- \n---"), Some(("", "")));
        assert_eq!(frame("---\na: ---\n --- \n---\n"), Some(("a: ---\n --- \n", "")));
        for none in ["", "\n---\n---\n", "# x\n---\na\n---\n", "----\n---\n"] {
            assert!(matches!(Framing::of(none), Framing::Absent), "{none:?}");
        }
        assert!(matches!(Framing::of("---\na: 1\n"), Framing::Unclosed { .. }));
    }

    #[test]
    fn conflict_markers_are_not_headings() {
        let marker = |text: &str| match Framing::of(text) {
            Framing::Closed(frame) => conflict_marker(text, frame.content),
            _ => conflict_marker(text, Span::at(0)),
        };
        assert_eq!(marker("---\na: 1\n---\nTitle\n=======\n  <<<<<<< x\n"), None);
        assert_eq!(marker("---\na: 1\n=======\n---\n"), Some(Span::new(9, 16)));
        assert_eq!(marker("---\na: 1\n---\n<<<<<<< HEAD\r\n"), Some(Span::new(13, 25)));
        assert_eq!(marker("<<<<<<< HEAD\n---\n"), Some(Span::new(0, 12)));
    }
}
