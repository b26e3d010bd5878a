use std::borrow::Cow;

/// How a kind of file writes comments, which touch nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comments {
    /// From `#` to the end of the line.
    Hash,
    /// From `//` to the end of the line, and lines that begin with `*` or `/*`.
    Slashes,
    /// Not at all.
    None,
}

/// A line as it is meant: one that ends with a backslash goes on with the next.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// The number of its first line, counted from 1.
    pub(super) number: usize,
    /// Its text without comments; of several lines with the line ends in it.
    pub(super) text: Cow<'a, str>,
}

/// A line that is longer was written by a program, and is not read: of a script that was made small nobody wants to know.
const LONGEST: usize = 16 * 1024;

/// The lines of a text without comments.
pub(super) fn lines(text: &str, comments: Comments) -> Vec<Line<'_>> {
    let mut lines: Vec<Line<'_>> = Vec::new();
    let mut goes_on = false;
    for (at, raw) in text.lines().enumerate() {
        let line = if raw.len() > LONGEST { "" } else { without_comment(raw, comments) };
        match lines.last_mut() {
            Some(last) if goes_on => {
                let whole = last.text.to_mut();
                whole.push('\n');
                whole.push_str(line);
            }
            _ => lines.push(Line { number: at + 1, text: line.into() }),
        }
        let length = lines.last().map_or(0, |last| last.text.len());
        goes_on = comments == Comments::Hash && line.ends_with('\\') && length < LONGEST;
    }
    lines
}

/// What ends the text that begins behind this line, `<<END`.
pub(super) fn heredoc(line: &str) -> Option<String> {
    let (before, behind) = line.split_once("<<")?;
    if before.ends_with('<') || behind.starts_with('<') {
        return None;
    }
    let name = behind.trim_start_matches('-').trim_start().trim_start_matches(['"', '\'', '\\']);
    let end: String = name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    Some(end).filter(|end| end.starts_with(|c: char| c.is_alphabetic() || c == '_'))
}

/// A text of a shell with empty lines where one stands that is only printed: what `cat` is given, and nobody else gets.
pub(super) fn without_printed(text: &str) -> Cow<'_, str> {
    let is_printed = |line: &str| {
        let command = line.trim_start().trim_start_matches(['@', '-']).trim_start();
        command.starts_with("cat ") && command.contains("<<") && !command.contains(['>', '|', '`', ')'])
    };
    if !text.lines().any(is_printed) {
        return text.into();
    }
    let mut plain = String::with_capacity(text.len());
    let mut open: Option<String> = None;
    for line in text.split_inclusive('\n') {
        let Some(end) = &open else {
            open = heredoc(line).filter(|_| is_printed(line));
            plain.push_str(line);
            continue;
        };
        if line.trim() == end {
            open = None;
        }
        plain.push_str(if line.ends_with('\n') { "\n" } else { "" });
    }
    plain.into()
}

/// A text of Python with empty lines where a text stands that nothing is done with: what people write about a module,
/// a class or a function.
pub(super) fn without_docstrings(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut open: Option<&str> = None;
    let mut behind = "";
    for line in text.split_inclusive('\n') {
        let begin = line.trim_start().trim_start_matches(['r', 'R', 'u', 'U']);
        let quotes = ["\"\"\"", "\'\'\'"].into_iter().find(|quotes| begin.starts_with(quotes));
        // A text that goes on from the line before belongs to what stands there.
        let is_statement = !behind.trim_end().ends_with(['=', '(', ',', '\\', '[', '+', '{', ':'])
            || ["def ", "class ", "async "].iter().any(|key| behind.trim_start().starts_with(key))
            || behind.trim_end().ends_with("):");
        let closes = match (open, quotes) {
            (Some(quotes), _) => Some(line.contains(quotes)),
            (None, Some(quotes)) if is_statement => {
                open = Some(quotes);
                let rest = begin.strip_prefix(quotes).unwrap_or_default();
                Some(rest.contains(quotes))
            }
            _ => None,
        };
        match closes {
            Some(closes) => {
                plain.push_str(if line.ends_with('\n') { "\n" } else { "" });
                if closes {
                    open = None;
                }
            }
            None => plain.push_str(line),
        }
        if !line.trim().is_empty() {
            behind = line;
        }
    }
    plain
}

fn without_comment(line: &str, comments: Comments) -> &str {
    let begin = line.trim_start();
    match comments {
        Comments::Slashes if ["//", "/*", "* ", "*/"].iter().any(|sign| begin.starts_with(sign)) => "",
        Comments::None | Comments::Slashes => line,
        Comments::Hash if begin.starts_with('#') => "",
        Comments::Hash => {
            let mut quote = None;
            let mut before = ' ';
            for (at, c) in line.char_indices() {
                match (quote, c) {
                    (None, '#') if before.is_whitespace() => return line.get(..at).unwrap_or(line),
                    (None, '"' | '\'') => quote = Some(c),
                    (Some(open), c) if open == c && before != '\\' => quote = None,
                    _ => {}
                }
                before = c;
            }
            line
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str, comments: Comments) -> Vec<(usize, String)> {
        lines(text, comments).into_iter().map(|line| (line.number, line.text.into_owned())).collect()
    }

    #[test]
    fn docstrings_are_left_out() {
        let text = "\"\"\"a\nb\"\"\"\nx = \"\"\"c\"\"\"\ndef f():\n    r\"\"\"d\"\"\"\n    run(\n        \'\'\'e\'\'\'\n    )\n";
        let plain = "\n\nx = \"\"\"c\"\"\"\ndef f():\n\n    run(\n        \'\'\'e\'\'\'\n    )\n";
        assert_eq!(without_docstrings(text), plain);
    }

    #[test]
    fn comments_are_left_out_and_lines_go_on() {
        assert_eq!(
            texts("# a\nb # c\nd '#' \\\n  e\nf", Comments::Hash),
            [(1, String::new()), (2, "b ".to_owned()), (3, "d '#' \\\n  e".to_owned()), (5, "f".to_owned())]
        );
        assert_eq!(texts("// a\n * b\nc", Comments::Slashes)[2], (3, "c".to_owned()));
        assert_eq!(texts("# a", Comments::None), [(1, "# a".to_owned())]);
        assert_eq!(texts(&"a ".repeat(LONGEST), Comments::Hash), [(1, String::new())]);
        assert!(texts(&"a\\\n".repeat(LONGEST), Comments::Hash).len() > 2);
    }
}
