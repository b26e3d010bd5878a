use super::super::named::{Named, NamedFor, Respell};
use super::super::patch::Patch;
use super::{Line, Scanner};
use crate::model::{TaskId, TreePath};

/// The patches that respell the names of tasks: in the first line, in the headings of subtasks, and in the lines of
/// dependencies.
#[must_use]
pub fn names(path: &TreePath, bytes: &[u8], respell: &Respell<'_>) -> Vec<Patch> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Vec::new() };
    let Some(mut scanner) = Scanner::of(path, text) else { return Vec::new() };
    let found = scanner.found();
    let mut patches = Vec::new();
    for (at, record) in &found {
        let Some(line) = scanner.lines.get(*at).copied() else { continue };
        let own = match at {
            0 => line.behind("# Task ID:"),
            _ => line.behind("### ").or_else(|| line.behind("## ")).map(|heading| Line {
                text: heading.text.split_once(". ").map_or_else(|| heading.text.trim_end_matches('.'), |(id, _)| id),
                ..heading
            }),
        };
        patches.extend(own.and_then(|own| patch(&record.id, own, NamedFor::Own, respell)));
        let list = scanner.dependencies(*at);
        patches.extend(list.into_iter().filter_map(|one| patch(&record.id, one, NamedFor::Dependency, respell)));
    }
    patches
}

fn patch(task: &TaskId, name: Line<'_>, purpose: NamedFor, respell: &Respell<'_>) -> Option<Patch> {
    let new = respell(&Named { task: Some(task), purpose, written: name.text })?;
    Some(Patch::new(name.span(), new))
}

impl<'text> Scanner<'text> {
    /// The names in the first line of dependencies behind line `at`, before any line that belongs to something else.
    fn dependencies(&self, at: usize) -> Vec<Line<'text>> {
        let behind = self.lines.iter().skip(at + 1).filter(|line| !line.text.is_empty());
        for line in behind {
            let labels = ["# Dependencies:", "### Dependencies:", "**Dependencies:**"];
            match labels.iter().find_map(|label| line.behind(label)) {
                Some(list) => return split(list),
                None if is_header(line.text) => {}
                None => break,
            }
        }
        Vec::new()
    }
}

/// The names of a list. What stands behind a name says how that task is getting on.
fn split(list: Line<'_>) -> Vec<Line<'_>> {
    let mut names = Vec::new();
    let mut start = list.start;
    for part in list.text.split(',') {
        let lead = part.len() - part.trim_start().len();
        let name = part.trim_start().split(char::is_whitespace).next().unwrap_or_default();
        names.push(Line { text: name, start: start + lead });
        start += part.len() + 1;
    }
    names
}

/// Whether a line may stand between the first one and the dependencies.
fn is_header(text: &str) -> bool {
    ["# Title:", "# Status:", "# Priority:", "**Title:**", "**Status:**", "**Priority:**"]
        .iter()
        .any(|label| text.starts_with(label))
}
