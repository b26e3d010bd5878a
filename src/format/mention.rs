//! What a Markdown body says of tasks beside its text: bullets such as `- **ID**: task_018`, and links to files.

use super::body::opening_fence;
use super::front_matter::{Frame, Framing};
use super::named::speaks_of_tasks;
use crate::model::Span;

/// The labels of bullets whose values are ids, several joined by commas.
const LABELS: [&str; 6] = ["ID", "Task ID", "Subtask ID", "Parent", "Parent Task", "Dependencies"];

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention<'text> {
    /// Which it is.
    pub kind: MentionKind,
    /// As it is written: one id, or the target of a link without what stands behind its `#`.
    pub text: &'text str,
    /// Where that stands.
    pub span: Span,
}

/// What kind of mention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MentionKind {
    /// An id in a bullet.
    Bullet,
    /// What stands in a bullet whose label speaks of tasks, and that no format knows.
    Loose,
    /// The target of a link.
    Link,
}

/// The mentions of a file's body, in order; none inside code.
#[must_use]
pub fn mentions(text: &str) -> Vec<Mention<'_>> {
    let body = match Framing::of(text) {
        Framing::Closed(Frame { body, .. }) => body,
        _ => 0,
    };
    let mut found = Vec::new();
    let mut start = body;
    let mut fence: Option<&str> = None;
    for line in text.get(body..).unwrap_or_default().split_inclusive('\n') {
        let content = line.trim();
        match (fence, opening_fence(content)) {
            (Some(open), _) if content.starts_with(open) && content.trim_start_matches(&open[..1]).is_empty() => {
                fence = None;
            }
            (Some(_), _) => {}
            (None, Some(open)) => fence = Some(open),
            (None, None) => {
                bullet(line, start, &mut found);
                links(line, start, &mut found);
            }
        }
        start += line.len();
    }
    found
}

fn bullet<'text>(line: &'text str, start: usize, found: &mut Vec<Mention<'text>>) {
    let Some(label) = line.trim_start().strip_prefix(['-', '*', '+']).map(str::trim_start) else { return };
    let Some((name, value)) = label.strip_prefix("**").and_then(|label| label.split_once("**")) else { return };
    let (name, value) = match (name.strip_suffix(':'), value.strip_prefix(':')) {
        (Some(name), _) => (name, value),
        (None, Some(value)) => (name, value),
        (None, None) => return,
    };
    let kind = match LABELS.contains(&name) {
        true => MentionKind::Bullet,
        false if speaks_of_tasks(name) => MentionKind::Loose,
        false => return,
    };
    let mut at = start + line.len() - value.len();
    for part in value.split(',') {
        let text = part.trim().trim_matches(['`', '[', ']']).trim();
        if let Some(lead) = part.find(text).filter(|_| !text.is_empty()) {
            found.push(Mention { kind, text, span: Span::new(at + lead, at + lead + text.len()) });
        }
        at += part.len() + 1;
    }
}

/// The targets of links in a line: `[a](b)`, `[a](<b>)`, `[a]: b` and `<a href="b">`.
fn links<'text>(line: &'text str, start: usize, found: &mut Vec<Mention<'text>>) {
    let inline =
        ["](", "href=\""].into_iter().flat_map(|opens| line.match_indices(opens).map(move |(at, _)| at + opens.len()));
    let defined = line
        .trim_start()
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("]:"))
        .map(|(_, rest)| line.len() - rest.trim_start().len());
    let mut places: Vec<usize> = inline.chain(defined).collect();
    places.sort_unstable();
    for at in places {
        // A backtick before it that is not closed makes it code.
        let is_code = line.get(..at).is_some_and(|before| before.matches('`').count() % 2 == 1);
        let rest = line.get(at..).unwrap_or_default();
        let in_angles = rest.strip_prefix('<');
        let (rest, ends): (&str, &[char]) = match in_angles {
            Some(rest) => (rest, &['>', '#', '\n']),
            None => (rest, &[')', '#', ' ', '<', '>', '"', '\n', '\r']),
        };
        let end = rest.find(ends).unwrap_or(rest.len());
        if let Some(text) = rest.get(..end).filter(|text| !text.is_empty() && !is_code) {
            let from = start + at + usize::from(in_angles.is_some());
            found.push(Mention { kind: MentionKind::Link, text, span: Span::new(from, from + end) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bullets_and_links_are_found_outside_code() {
        let text = "---\nid: [a](b.md)\n---\n- **ID**: task_018\n- **Dependencies:** `1`, 2.5\n- **Owner**: 18\n- **Blocks**: 3\n\
            See [x](../task_001/task.md#top) and `[y](no.md)`, [z](<a b.md>).\n```\n[n](no.md)\n- **ID**: 1\n```\n\
            [two](a.md) [three](b.md \"t\")\n[r]: ../c.md \"t\"\n<a href=\"d/\">x</a>\n";
        let found: Vec<&str> = mentions(text)
            .into_iter()
            .map(|found| {
                assert_eq!(&text[found.span.range()], found.text);
                found.text
            })
            .collect();
        assert_eq!(
            found,
            ["task_018", "1", "2.5", "3", "../task_001/task.md", "a b.md", "a.md", "b.md", "../c.md", "d/"]
        );
    }
}
