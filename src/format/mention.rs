//! What a Markdown body says of tasks beside its text: bullets such as `- **ID**: task_018`.

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
    /// As it is written: one id.
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
}

/// Where the body of a file begins.
#[must_use]
pub fn body_of(text: &str) -> usize {
    match Framing::of(text) {
        Framing::Closed(Frame { body, .. }) => body,
        _ => 0,
    }
}

/// The mentions of a file's body, in order; none inside code.
#[must_use]
pub fn mentions(text: &str) -> Vec<Mention<'_>> {
    let body = body_of(text);
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
            (None, None) => bullet(line, start, &mut found),
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
        let linked = part.trim().strip_prefix('[').and_then(|rest| rest.split_once("](")).map(|(text, _)| text);
        let text = linked.unwrap_or(part).trim().trim_matches(['`', '[', ']']).trim();
        if let Some(lead) = part.find(text).filter(|_| !text.is_empty()) {
            found.push(Mention { kind, text, span: Span::new(at + lead, at + lead + text.len()) });
        }
        at += part.len() + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bullets_are_found_outside_code() {
        let text = "---\nid: 1\n---\n- **ID**: task_018 / subtask_005\n- **Dependencies:** `1`, 2.5, [task_019](../task_019/task.md)\n\
            - **Owner**: 18\n- **Blocks**: 3\n```\n- **ID**: 1\n```\n";
        let found: Vec<&str> = mentions(text)
            .into_iter()
            .map(|found| {
                assert_eq!(&text[found.span.range()], found.text);
                found.text
            })
            .collect();
        assert_eq!(found, ["task_018 / subtask_005", "1", "2.5", "task_019", "3"]);
    }
}
