use std::sync::Arc;

use super::frame::conflict_marker;
use super::name::FileName;
use super::{Frame, Framing, duplicate_key, parse};
use crate::format::body;
use crate::format::yaml::{Entry, Node, NodeKind};
use crate::model::{Code, Diagnostic, Reading, Record, RecordKind, Span, TaskId, TreePath};

/// Reads a file of `context/`: a record of its front matter and one of the status bullet in its
/// body, or a diagnostic, or nothing at all for a loose note.
///
/// A task that cannot be read gives exactly one error and no record, so that nothing rewrites it.
#[must_use]
pub fn read(path: &TreePath, bytes: &[u8]) -> Reading {
    let mut reading = Reading::default();
    let reader = Reader { path, bytes, name: FileName::of(path) };
    match reader.read(&mut reading.diagnostics) {
        Ok(records) => reading.records = records,
        Err(error) => reading.diagnostics = vec![*error],
    }
    reading
}

struct Reader<'a> {
    path: &'a TreePath,
    bytes: &'a [u8],
    name: FileName<'a>,
}

type Outcome<T> = Result<T, Box<Diagnostic>>;

impl Reader<'_> {
    fn read(&self, findings: &mut Vec<Diagnostic>) -> Outcome<Vec<Arc<Record>>> {
        let text = match std::str::from_utf8(self.bytes) {
            Ok(text) => text,
            Err(error) if self.is_meant(&String::from_utf8_lossy(self.bytes)) => {
                let at = error.valid_up_to();
                let span = Span::new(at, at + error.error_len().unwrap_or(1));
                return Err(self.error(Code::NOT_UTF8, "the file is not UTF-8", span, "save it as UTF-8"));
            }
            Err(_) => return Ok(Vec::new()),
        };
        let framing = Framing::of(text);
        let content = if let Framing::Closed(frame) = &framing { frame.content } else { Span::at(0) };
        if let Some(marker) = conflict_marker(text, content).filter(|_| self.is_meant(text)) {
            let hint = "resolve the conflict and remove the marker lines";
            return Err(self.error(Code::CONFLICT_MARKERS, "the file has a conflict marker", marker, hint));
        }
        match framing {
            Framing::Absent => {
                let blank = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\0' | '\u{feff}')).is_empty();
                if blank && self.name.is_task() {
                    let hint = "take it from an earlier commit, or remove it";
                    return Err(self.error(Code::EMPTY_FILE, "the task's file is empty", Span::at(0), hint));
                }
                if self.name.is_task() {
                    let message = "the file is named like a task but has no front matter, so it is none";
                    let finding = Diagnostic::warning(Code::NO_FRONT_MATTER, message)
                        .at(self.path, self.bytes, Span::at(0))
                        .hint("start it with `---`, the task's fields, and `---`; or give it another name");
                    findings.push(finding);
                }
                Ok(Vec::new())
            }
            Framing::Unclosed { opening } if self.is_meant(text) => {
                let hint = "end the front matter with a line `---`";
                Err(self.error(Code::UNCLOSED_FRONT_MATTER, "the front matter has no closing line", opening, hint))
            }
            Framing::Unclosed { .. } => Ok(Vec::new()),
            Framing::Closed(frame) => self.read_frame(&frame, findings),
        }
    }

    fn read_frame(&self, frame: &Frame<'_>, findings: &mut Vec<Diagnostic>) -> Outcome<Vec<Arc<Record>>> {
        let root = match parse(frame) {
            Ok(root) => root,
            Err(error) if self.is_meant(frame.text) => {
                let message = format!("the front matter is not YAML: {}", error.message);
                let span = Span::at(error.offset.min(frame.content.end));
                let hint = "put texts with `: `, ` #` or a sign at their start in quotes";
                return Err(self.error(Code::MALFORMED_FRONT_MATTER, message, span, hint));
            }
            Err(_) => return Ok(Vec::new()),
        };
        let claims = |key: &str| root.get(key).is_some_and(|node| !node.is_null());
        if !self.name.is_task() && !claims("task_id") {
            return Ok(Vec::new());
        }
        let is_mapping = matches!(root.kind, NodeKind::Mapping { .. });
        if !is_mapping && !root.is_null() {
            let hint = "write it as lines of `key: value`";
            return Err(self.error(Code::MALFORMED_FRONT_MATTER, "the front matter is no mapping", root.span, hint));
        }
        if let Some(entry) = duplicate_key(&root) {
            let message = format!("the key `{}` is there twice", entry.key.escape_debug());
            return Err(self.error(Code::DUPLICATE_KEY, message, entry.key_span, "keep one of them"));
        }
        let Some((id, nested)) = self.id(&root, findings)? else { return Ok(Vec::new()) };
        let span = root.get("task_id").map_or(Span::at(frame.content.start), |node| node.span);
        let mut record = Record::new(id, RecordKind::FrontMatter, span);
        record.nested = nested;
        if let NodeKind::Mapping { entries, .. } = root.kind {
            for entry in entries {
                self.field(&mut record, entry, findings)?;
            }
        }
        let mut records = Vec::with_capacity(2);
        if let Some(bullet) = body::bullet(frame.text, frame.body) {
            let mut mirror = Record::new(record.id.clone(), RecordKind::BodyBullet, bullet.status_span);
            mirror.nested = record.nested;
            mirror.status = Some(frame.slice(bullet.status_span).to_owned());
            mirror.status_span = Some(bullet.status_span);
            records.push(Arc::new(mirror));
        }
        records.insert(0, Arc::new(record));
        Ok(records)
    }

    /// The id, and whether it is that of a subtask; `None` for a note about the folder's task.
    fn id(&self, root: &Node, findings: &mut Vec<Diagnostic>) -> Outcome<Option<(TaskId, bool)>> {
        let subtask_key = root.get("subtask_id");
        let (task, span) = if let Some(node) = root.get("task_id").filter(|node| !node.is_null()) {
            (self.checked(node, node.text().map(TaskId::parse))?, node.span)
        } else {
            let span = Span::at(root.span.start);
            let named = self.name.folder_id().ok_or_else(|| {
                let message = "the task has no id: no `task_id`, and the folder's name is none";
                self.error(Code::NO_TASK_ID, message, span, "add `task_id`")
            })?;
            (named, span)
        };
        let own_name = self.name.is_task();
        if !own_name && subtask_key.is_none() && self.name.folder_id().is_some_and(|id| id.path() == task.path()) {
            return Ok(None);
        }
        let (id, nested) = match (subtask_key, self.name.subtask()) {
            (Some(node), _) if !node.is_null() => (self.checked(node, node.text().map(|text| task.child(text)))?, true),
            // Where the file does not say, its name does.
            (None, Some(name)) if task.parent().is_none() => {
                let id = task.child(name).map_err(|error| {
                    self.error(Code::MALFORMED_ID, error.to_string(), Span::at(root.span.start), "add `subtask_id`")
                })?;
                (id, true)
            }
            (_, Some(_)) => {
                let nested = task.parent().is_some();
                (task, nested)
            }
            _ => (task, false),
        };
        if let Some(named) = self.name.id().filter(|named| named.path() != id.path()) {
            let message = format!("the front matter says task {id}, the path says {named}; the front matter counts");
            let finding = Diagnostic::warning(Code::ID_DIFFERS_FROM_PATH, message)
                .about(&id)
                .at(self.path, self.bytes, span)
                .hint("correct the id or move the file");
            findings.push(finding);
        }
        Ok(Some((id, nested)))
    }

    fn checked(&self, node: &Node, parsed: Option<Result<TaskId, crate::model::TaskIdError>>) -> Outcome<TaskId> {
        let message = match parsed {
            Some(Ok(id)) => return Ok(id),
            Some(Err(error)) => error.to_string(),
            None => "the id is no single word".to_owned(),
        };
        Err(self.error(Code::MALFORMED_ID, message, node.span, "an id is a number or a word, such as `task_018`"))
    }

    fn field(&self, record: &mut Record, entry: Entry, findings: &mut Vec<Diagnostic>) -> Outcome<()> {
        let Entry { key, key_span, value } = entry;
        match key.as_str() {
            "task_id" | "subtask_id" => {}
            "status" => {
                if value.text().is_none() {
                    let message = "the status is not one word";
                    return Err(self.error(Code::MALFORMED_STATUS, message, value.span, "write one status"));
                }
                if !value.is_null() {
                    record.status_span = Some(value.span);
                    record.status = into_text(value);
                }
            }
            "dependencies" => {
                record.dependencies_span = Some(if value.span.start == value.span.end { key_span } else { value.span });
                record.dependencies = self.dependencies(&value, &record.id, findings);
            }
            "title" | "priority" | "parent_task" if value.text().is_some() => {
                let span = value.span;
                let text = if value.is_null() { None } else { into_text(value) };
                if key == "title" && text.as_deref().is_some_and(|text| text.contains(char::is_control)) {
                    let message = format!("the title of task {} has a control character", record.id);
                    let finding = Diagnostic::warning(Code::CONTROL_CHARACTER, message)
                        .about(&record.id)
                        .at(self.path, self.bytes, span)
                        .hint("it is kept as it is; remove it if it is not meant");
                    findings.push(finding);
                }
                match key.as_str() {
                    "title" => record.title = text,
                    "priority" => record.priority = text,
                    _ => record.parent = text,
                }
            }
            _ => {
                let value = value.to_value();
                record.fields.insert(key, value);
            }
        }
        Ok(())
    }

    fn dependencies(&self, value: &Node, id: &TaskId, findings: &mut Vec<Diagnostic>) -> Vec<String> {
        let written = dependencies(value);
        for (text, span) in &written {
            if text.is_empty() || TaskId::parse(text).is_err() {
                let message = format!("a dependency of task {id} is no task id: `{}`", text.escape_debug());
                let finding = Diagnostic::warning(Code::MALFORMED_DEPENDENCY, message)
                    .about(id)
                    .at(self.path, self.bytes, *span)
                    .hint("name tasks by their ids, such as `[task_003, 18.5]`");
                findings.push(finding);
            }
        }
        written.into_iter().map(|(text, _)| text).filter(|text| !text.is_empty()).collect()
    }

    /// Whether the file, even where it cannot be read, is meant to be a task.
    fn is_meant(&self, text: &str) -> bool {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let in_front_matter = text.lines().skip(1).take_while(|line| !matches!(line.trim_end(), "---" | "..."));
        self.name.is_task()
            || text.starts_with("---")
                && in_front_matter
                    .take(200)
                    .any(|line| line.strip_prefix("task_id").is_some_and(|rest| rest.trim_start().starts_with(':')))
    }

    fn error(&self, code: Code, message: impl Into<String>, span: Span, hint: &str) -> Box<Diagnostic> {
        Box::new(Diagnostic::error(code, message).at(self.path, self.bytes, span).hint(hint))
    }
}

/// The dependencies one by one, in every spelling: a list, one id, or several joined by commas.
/// What is no text is an empty text.
pub(super) fn dependencies(value: &Node) -> Vec<(String, Span)> {
    let mut found = Vec::new();
    let nodes = if let NodeKind::Sequence { items, .. } = &value.kind { items } else { std::slice::from_ref(value) };
    for node in nodes {
        match node.text() {
            _ if node.is_null() => {}
            None => found.push((String::new(), node.span)),
            Some(text) if text.trim().eq_ignore_ascii_case("none") => {}
            Some(text) => {
                let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
                found.extend(parts.map(|part| (part.to_owned(), node.span)));
            }
        }
    }
    found
}

fn into_text(node: Node) -> Option<String> {
    match node.kind {
        NodeKind::Scalar { text, .. } => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
