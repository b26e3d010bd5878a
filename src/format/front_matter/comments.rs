use serde_json::Value;

use super::frame::{Frame, Framing};
use super::parse;
use crate::model::Span;

/// The comments of a front matter, each with its line in the file, counted from 1: those that have a line of their own,
/// and those behind a value.
#[must_use]
pub fn comments(file: &str) -> Vec<(usize, &str)> {
    let Framing::Closed(frame) = Framing::of(file) else { return Vec::new() };
    let Ok(said) = parse(&frame).map(|node| node.to_value()) else { return Vec::new() };
    let mut found = Vec::new();
    let mut at = frame.content.start;
    for line in frame.source().split_inclusive('\n') {
        if let Some(start) = start(&frame, at, &said) {
            let number = file.get(..at).unwrap_or_default().matches('\n').count() + 1;
            found.push((number, frame.slice(Span::new(start, frame.line_end(at))).trim_end()));
        }
        at += line.len();
    }
    found
}

/// Where the comment of a line starts. A sign may as well be a part of a text: without its comment a file says what it
/// said.
fn start(frame: &Frame<'_>, at: usize, said: &Value) -> Option<usize> {
    let line = frame.slice(Span::new(at, frame.line_end(at)));
    let is_start =
        |place: usize| line.get(..place).is_some_and(|before| before.is_empty() || before.ends_with([' ', '\t']));
    let signs = line.match_indices('#').map(|(place, _)| place).filter(|place| is_start(*place));
    signs.map(|place| at + place).find(|start| {
        let (before, rest) = (frame.text.get(..*start), frame.text.get(frame.line_end(*start)..));
        let without =
            format!("{}{}", before.unwrap_or_default().trim_end_matches([' ', '\t']), rest.unwrap_or_default());
        let Framing::Closed(without) = Framing::of(&without) else { return false };
        parse(&without).is_ok_and(|node| node.to_value() == *said)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_stand_on_lines_of_their_own_and_behind_values() {
        let file = "---\n# one\na: 1  # two\nb:\n  # three\n  - 'x # no' # four\n  - y#no\nc: |\n  # text\n  z # text\nd: \"a\n  # text\n  b\"\n---\n# Heading\n";
        assert_eq!(comments(file), [(2, "# one"), (3, "# two"), (5, "# three"), (6, "# four")]);
        assert_eq!(comments("no front matter # x\n"), []);
    }
}
