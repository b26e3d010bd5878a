use std::sync::Arc;

use super::super::json::{Node, NodeKind, Source};
use super::walk::{Entry, Problem, duplicate_key, members, walk};
use crate::model::{Code, Diagnostic, Place, Reading, Record, RecordKind, Severity, Span, TaskId, TreePath};

/// Reads a `tasks.json`: a record for each task and subtask, in the order of the file.
///
/// A file that is not JSON gives one error and no record; a task that cannot be told by its id gives
/// an error, and the others their records.
#[must_use]
pub fn read(path: &TreePath, bytes: &[u8]) -> Reading {
    let source = Source::new(bytes);
    let root = match source.as_ref().map_err(Clone::clone).and_then(Source::parse) {
        Ok(root) => root,
        Err(error) => return Reading { diagnostics: vec![error.diagnostic(path, bytes)], ..Reading::default() },
    };
    let found = walk(&root);
    let mut problems = found.problems;
    let records = found.entries.iter().map(|entry| Arc::new(record(entry, &mut problems))).collect();
    problems.sort_by_key(|problem| problem.span);
    shorten(&mut problems);
    Reading { records, diagnostics: diagnostics(path, bytes, problems), current_tag: None }
}

/// Keeps the first thousand problems and says that there are more: a file that is wrong all over
/// must not cost more to report than to read.
fn shorten(problems: &mut Vec<Problem>) {
    const MOST: usize = 1000;
    let more = problems.split_off(problems.len().min(MOST));
    if let Some(first) = more.first() {
        problems.push(Problem {
            severity: more.iter().map(|problem| problem.severity).max().unwrap_or(first.severity),
            code: Code::MORE_FINDINGS,
            message: format!("the file has more findings than these {MOST}; this is the next"),
            hint: "see to the others first",
            span: first.span,
            task: None,
        });
    }
}

fn record(entry: &Entry<'_, '_>, problems: &mut Vec<Problem>) -> Record {
    let mut record = Record::new(entry.id.clone(), RecordKind::TasksJson, entry.span);
    record.nested = entry.nested;
    record.title = entry.node.scalar().map(str::to_owned);
    let mut findings = Findings { task: &entry.id, problems };
    let counted: Vec<_> =
        members(entry.node, |lost| findings.problems.push(duplicate_key(lost, Some(&entry.id)))).collect();
    for member in counted {
        let value = &member.value;
        match &*member.key {
            "id" | "subtasks" => {}
            "title" => record.title = findings.text(value, "title", Code::TITLE_NOT_TEXT),
            "status" => {
                record.status = findings.text(value, "status", Code::STATUS_NOT_TEXT);
                record.status_span = Some(value.span);
            }
            "priority" => record.priority = findings.text(value, "priority", Code::PRIORITY_NOT_TEXT),
            "parentId" => {
                let parent = value.scalar().filter(|text| !matches!(*text, "undefined" | "null" | ""));
                record.parent = parent.filter(|_| !entry.nested).map(str::to_owned);
            }
            "dependencies" => {
                record.dependencies = findings.dependencies(value);
                record.dependencies_span = Some(value.span);
            }
            key => {
                record.fields.insert(key.to_owned(), value.to_value());
            }
        }
    }
    record
}

/// The tasks one item of `dependencies` names: some writers join several by commas.
pub(super) fn named_tasks<'doc>(item: &'doc Node<'_>) -> impl Iterator<Item = &'doc str> {
    item.scalar().unwrap_or_default().split(',').map(str::trim).filter(|text| !text.is_empty())
}

struct Findings<'a> {
    task: &'a TaskId,
    problems: &'a mut Vec<Problem>,
}

impl Findings<'_> {
    fn text(&mut self, value: &Node<'_>, field: &str, code: Code) -> Option<String> {
        match &value.kind {
            NodeKind::Null => None,
            NodeKind::String(text) => Some(text.clone().into_owned()),
            _ => {
                let message = format!("the {field} of task {} is {}, not a text", self.task, value.name());
                self.warning(code, message, "put it in quotes", value.span);
                value.scalar().map(str::to_owned)
            }
        }
    }

    fn dependencies(&mut self, value: &Node<'_>) -> Vec<String> {
        let items = match &value.kind {
            NodeKind::Null => return Vec::new(),
            NodeKind::Array(items) => items.as_slice(),
            _ => {
                let message = format!("`dependencies` of task {} is {}, not a list", self.task, value.name());
                self.warning(Code::DEPENDENCIES_NOT_A_LIST, message, "put brackets around it", value.span);
                std::slice::from_ref(value)
            }
        };
        let mut dependencies = Vec::with_capacity(items.len());
        for item in items {
            if !matches!(item.kind, NodeKind::Number(_) | NodeKind::String(_)) {
                let message = format!("a dependency of task {} is {}, not an id", self.task, item.name());
                self.warning(Code::INVALID_DEPENDENCY, message, "name a task, or remove it", item.span);
                continue;
            }
            for text in named_tasks(item) {
                if let Err(error) = TaskId::parse(text) {
                    let message = format!("a dependency of task {} is no id: {error}", self.task);
                    self.warning(Code::INVALID_DEPENDENCY, message, "name a task, or remove it", item.span);
                }
                dependencies.push(text.to_owned());
            }
        }
        dependencies
    }

    fn warning(&mut self, code: Code, message: String, hint: &'static str, span: Span) {
        let task = Some(self.task.clone());
        self.problems.push(Problem { severity: Severity::Warning, code, message, hint, span, task });
    }
}

/// Says of each problem where it is. The problems are in the order of the file, so that its lines
/// and columns are counted once, however many problems there are and however long a line is.
fn diagnostics(path: &TreePath, bytes: &[u8], problems: Vec<Problem>) -> Vec<Diagnostic> {
    /// More than an excerpt has.
    const WINDOW: usize = 1024;
    let (mut at, mut line, mut line_start, mut column) = (0, 0, 0, 0);
    let mut result = Vec::with_capacity(problems.len());
    for problem in problems {
        let span = problem.span;
        for byte in bytes.get(at..span.start).unwrap_or_default() {
            at += 1;
            if *byte == b'\n' {
                (line, line_start, column) = (line + 1, at, 0);
            } else if byte & 0xc0 != 0x80 && !(at == 1 && bytes.starts_with(b"\xef\xbb\xbf")) {
                column += 1;
            }
        }
        let window = bytes.get(line_start..bytes.len().min(line_start + WINDOW)).unwrap_or_default();
        let inside = Span::new(span.start - line_start, span.end - line_start);
        let mut place = Place::of(path, window, inside);
        (place.line, place.column) = (line + 1, column + 1);
        let mut diagnostic = Diagnostic::new(problem.severity, problem.code, problem.message).hint(problem.hint);
        diagnostic.place = Some(place);
        diagnostic.task = problem.task;
        result.push(diagnostic);
    }
    result
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
