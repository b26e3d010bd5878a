use serde_json::Value;

use super::scalar::{Context, render, string, word};
use super::{Frame, Framing, parse};
use crate::format::body;
use crate::format::dates;
use crate::format::new_task::{DATES, NewTask, respell};
use crate::format::yaml::{Entry, Node, NodeKind, Style};
use crate::model::{DEFAULT_TAG, TaskId};

/// What a task file looks like where there is none to go by.
const PLAIN: &str = "---\ntask_id: task_000\nsubtask_id: null\ntitle: x\nstatus: pending\npriority: medium\n\
parent_task: null\ndependencies: []\ncreated: 2025-01-15\nupdated: 2025-01-15\n---\n\n# x\n\n## Metadata\n\
- **Status**: pending\n";

/// The spelling of an id where the neighbours have none.
const PLAIN_ID: &str = "task_000";

/// The file of a new task, in the style of a neighbour where there is one that can be read.
#[must_use]
pub fn create(task: &NewTask, neighbour: Option<&[u8]>) -> Vec<u8> {
    let written = neighbour.and_then(|bytes| std::str::from_utf8(bytes).ok()).and_then(|text| write(task, text));
    written.or_else(|| write(task, PLAIN)).unwrap_or_default().into_bytes()
}

fn write(task: &NewTask, like: &str) -> Option<String> {
    let Framing::Closed(frame) = Framing::of(like) else { return None };
    let root = parse(&frame).ok()?;
    if !matches!(root.kind, NodeKind::Mapping { flow: false, .. }) {
        return None;
    }
    let writer = Writer { task, frame: &frame, root: &root, ids: Ids::of(task, &root) };
    let mut lines = vec!["---".to_owned()];
    lines.extend(writer.fields());
    lines.push("---".to_owned());
    lines.extend(writer.body());
    let newline = frame.newline();
    Some(lines.join(newline) + newline)
}

struct Writer<'a> {
    task: &'a NewTask,
    frame: &'a Frame<'a>,
    root: &'a Node,
    ids: Ids,
}

impl Writer<'_> {
    /// The keys of the neighbour in its order, then what it does not have.
    fn fields(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for entry in self.root.entries() {
            if let Some(value) = self.value(entry) {
                let key = self.frame.slice(entry.key_span);
                lines.push(if value.starts_with(['\n', '\r']) || value.is_empty() {
                    format!("{key}:{value}")
                } else {
                    format!("{key}: {value}")
                });
            }
        }
        let has = |key: &str| self.root.get(key).is_some();
        let task = self.task;
        let mut add = |key: &str, value: Option<Value>| {
            if let Some(value) = value.filter(|_| !has(key)) {
                lines.push(format!("{key}: {}", render(&value, Style::Plain, Context::Block)));
            }
        };
        add("title", Some(task.title.as_str().into()));
        add("status", Some(task.status.as_str().into()));
        add("priority", task.priority.as_deref().map(Into::into));
        let dependencies: Vec<String> = task.dependencies.iter().map(|id| self.ids.of_other(id, task)).collect();
        add("dependencies", Some(dependencies).filter(|list| !list.is_empty()).map(Into::into));
        for (key, value) in &task.fields {
            add(key, Some(value.clone()));
        }
        lines
    }

    /// What the new task has under a key of the neighbour's; `None` where it has no such key.
    fn value(&self, entry: &Entry) -> Option<String> {
        let style = if let NodeKind::Scalar { style, .. } = &entry.value.kind { *style } else { Style::Plain };
        let null = || match self.frame.slice(entry.value.span) {
            written if entry.value.is_null() => written.to_owned(),
            _ => "null".to_owned(),
        };
        let id = |text: &str| word(text, style, Context::Block);
        let task = self.task;
        match entry.key.as_str() {
            "task_id" => Some(id(&self.ids.task)),
            "subtask_id" => Some(self.ids.subtask.as_deref().map_or_else(null, id)),
            "parent_task" => Some(self.ids.subtask.as_deref().map_or_else(null, |_| id(&self.ids.task))),
            "title" => Some(string(&task.title, style, Context::Block)),
            "status" => Some(string(&task.status, style, Context::Block)),
            "priority" => task.priority.as_deref().map(|text| string(text, style, Context::Block)),
            "dependencies" => Some(self.dependencies(&entry.value)),
            key => match task.field(key) {
                Some(value) => Some(render(value, style, Context::Block)),
                None if DATES.contains(&key) => {
                    let date = dates::respell(entry.value.text()?, task.moment?)?;
                    Some(match style {
                        Style::SingleQuoted | Style::DoubleQuoted => string(&date, style, Context::Block),
                        Style::Plain | Style::Block => date,
                    })
                }
                None => None,
            },
        }
    }

    fn dependencies(&self, like: &Node) -> String {
        let ids = self
            .task
            .dependencies
            .iter()
            .map(|id| word(&self.ids.of_other(id, self.task), Style::Plain, Context::Flow));
        let ids: Vec<String> = ids.collect();
        let block = matches!(&like.kind, NodeKind::Sequence { items, flow: false } if !items.is_empty());
        if block && !ids.is_empty() {
            let newline = self.frame.newline();
            return ids.iter().flat_map(|id| [newline, "  - ", id]).collect();
        }
        format!("[{}]", ids.join(", "))
    }

    /// A heading, the status where the neighbour repeats it, and the description.
    fn body(&self) -> Vec<String> {
        let task = self.task;
        let mut lines = vec![String::new(), format!("# {}", task.title)];
        let description = task.description.as_deref().unwrap_or_default();
        let bullet = body::bullet(self.frame.text, self.frame.body);
        // Without one, a description that has such a line would be taken for the status.
        if bullet.is_some() || description.contains("**Status") {
            let (heading, label) = bullet.map_or((None, None), |bullet| self.bullet_style(bullet.status_span.start));
            lines.push(String::new());
            lines.push(heading.unwrap_or("## Metadata").to_owned());
            lines.push(format!("{}{}", label.unwrap_or("- **Status**: "), task.status));
        }
        if !description.trim().is_empty() {
            lines.push(String::new());
            lines.extend(description.trim().lines().map(|line| line.trim_end().to_owned()));
        }
        lines
    }

    /// The heading above the neighbour's bullet, and the bullet up to the status.
    fn bullet_style(&self, status: usize) -> (Option<&str>, Option<&str>) {
        let text = self.frame.text;
        let start = self.frame.line_start(status);
        let above = text.get(self.frame.body..start).unwrap_or_default();
        let heading = above.lines().rev().find(|line| line.starts_with('#'));
        let label = text
            .get(start..status)
            .filter(|label| matches!(*label, "- **Status**: " | "* **Status**: " | "- **Status:** "));
        (heading.filter(|heading| heading.starts_with("##")).map(str::trim_end), label)
    }
}

/// How the ids of the new task are spelled.
struct Ids {
    /// The task's own, or that of the task it is part of.
    task: String,
    /// The subtask's.
    subtask: Option<String>,
    /// How others are.
    like: (String, String),
}

impl Ids {
    fn of(task: &NewTask, root: &Node) -> Self {
        let text = |key: &str| root.get(key).filter(|node| !node.is_null()).and_then(Node::text).unwrap_or_default();
        // Of a task with a tag the id begins with that.
        let own = text("task_id");
        let own = own.rsplit_once(':').map_or(own, |(_, own)| own);
        let whole = task.id.parent();
        let outer = whole.as_ref().unwrap_or(&task.id);
        let sub_like = match text("subtask_id") {
            like if !like.is_empty() => like.to_owned(),
            _ => match respell("0", own, PLAIN_ID) {
                like if like.starts_with("task") => format!("sub{like}"),
                like => like,
            },
        };
        let like =
            if respell("0", own, PLAIN_ID).len() > 1 || own.is_empty() { own.to_owned() } else { "0".to_owned() };
        let last = task.id.last_segment();
        let subtask = whole.as_ref().map(|_| respell(last, &sub_like, "0"));
        let own = respell(outer.path(), own, PLAIN_ID);
        let tag = Some(task.id.tag()).filter(|tag| *tag != DEFAULT_TAG);
        let own = tag.map_or_else(|| own.clone(), |tag| format!("{tag}:{own}"));
        Self { task: own, subtask, like: (like, sub_like) }
    }

    /// The id of another task, as a dependency of this one names it.
    fn of_other(&self, other: &TaskId, task: &NewTask) -> String {
        let (own, sub) = &self.like;
        match other.parent() {
            Some(parent)
                if task.id.parent().as_ref() == Some(&parent) && !sub.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                respell(other.last_segment(), sub, "subtask_000")
            }
            Some(_) => other.path().to_owned(),
            // A bare number in a subtask would mean a sibling.
            None if task.id.parent().is_some() && own.bytes().all(|byte| byte.is_ascii_digit()) => {
                respell(other.path(), PLAIN_ID, PLAIN_ID)
            }
            None => respell(other.path(), own, PLAIN_ID),
        }
    }
}

#[cfg(test)]
#[path = "create_tests.rs"]
mod tests;
