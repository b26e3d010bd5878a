//! Task files of Backlog.md (the format of its version 1.50.1), and the same task as a file of this tree.
//!
//! Such a file is Markdown with front matter already, so that it is patched, not written anew: the keys that mean
//! something here get the names and the spellings that they have here, and every other byte stays.

use std::borrow::Cow;

use super::scalar::{Context, string, word};
use super::{Frame, Framing, duplicate_key, parse};
use crate::format::patch::{self, Patch};
use crate::format::yaml::{self, Entry, Node, NodeKind, Style};
use crate::model::{DEFAULT_TAG, Span, TaskId};

/// Keys that have another name here.
const RENAMED: [(&str, &str); 3] =
    [("created_date", "created"), ("updated_date", "updated"), ("parent_task_id", "parent_task")];

/// Keys that mean something here and nothing there: theirs get a name of their own.
const TAKEN: [&str; 3] = ["task_id", "subtask_id", "parent_task"];

/// Keys whose values may begin with a sign that YAML has for itself, without quotes.
const UNQUOTED: [&str; 2] = ["assignee", "reporter"];

/// What the settings say that an import needs: `config.yml` in the folder, or `backlog.config.yml` beside it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BacklogSettings {
    /// The statuses, from the first to the one that means finished.
    pub statuses: Vec<String>,
    /// The status of new tasks.
    pub default_status: Option<String>,
    /// What stands before the number of an id; any word of letters does, too.
    pub prefix: Option<String>,
    /// The folder, where the settings stand beside it.
    pub folder: Option<String>,
}

impl BacklogSettings {
    /// Reads a settings file; keys that an import does not need are not looked at.
    ///
    /// # Errors
    /// When it is no YAML; why.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes).map_err(|_| "it is not in UTF-8".to_owned())?;
        let root = yaml::parse(text).map_err(|error| error.message)?;
        let one = |keys: [&str; 2]| {
            let found = keys.into_iter().find_map(|key| root.get(key)?.text());
            found.map(str::trim).filter(|text| !text.is_empty()).map(ToOwned::to_owned)
        };
        let statuses = root.get("statuses").map(Node::items).unwrap_or_default();
        Ok(Self {
            statuses: statuses.iter().filter_map(Node::text).map(ToOwned::to_owned).collect(),
            default_status: one(["default_status", "defaultStatus"]),
            prefix: one(["task_prefix", "taskPrefix"]),
            folder: one(["backlog_directory", "backlogDirectory"]),
        })
    }

    /// An id without what stands before its number: `12.3` of `TASK-12.3`.
    #[must_use]
    pub fn bare<'id>(&self, id: &'id str) -> &'id str {
        let id = id.trim();
        let own = self.prefix.as_deref().and_then(|prefix| {
            let (head, rest) = id.split_at_checked(prefix.len())?;
            rest.strip_prefix('-').filter(|_| head.eq_ignore_ascii_case(prefix))
        });
        own.or_else(|| {
            let (head, rest) = id.split_once('-')?;
            let is_word = !head.is_empty() && head.bytes().all(|byte| byte.is_ascii_alphabetic());
            Some(rest).filter(|_| is_word)
        })
        .unwrap_or(id)
    }
}

/// A task file of Backlog.md.
#[derive(Debug, Clone)]
pub struct BacklogFile {
    /// The file, with quotes where YAML needs them.
    text: String,
    root: Node,
    content: Span,
    /// The id as it is written in the file, else in its name.
    pub id: String,
    /// The title.
    pub title: Option<String>,
    /// The status as it is written.
    pub status: Option<String>,
    /// What it depends on, as it is written.
    pub dependencies: Vec<String>,
    /// The task that it is part of, as it is written.
    pub parent: Option<String>,
}

/// Why a file of a task is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub message: String,
}

/// What a task says in its new place.
#[derive(Debug, Clone)]
pub struct BacklogTask<'a> {
    /// Its id.
    pub id: &'a TaskId,
    /// Whether it stands in the folder of its parent.
    pub nested: bool,
    /// Its status.
    pub status: Option<&'a str>,
    /// What it depends on, one for each that the file names.
    pub dependencies: Vec<String>,
    /// The task that it is part of.
    pub parent: Option<String>,
}

impl BacklogFile {
    /// Reads a file; `None` for a note that is no task: one without an `id`, and not named as tasks are.
    ///
    /// # Errors
    /// When it is meant to be a task and cannot be read.
    pub fn read(name: &str, bytes: &[u8]) -> Result<Option<Self>, Unread> {
        let named = named_id(name);
        let wrong = |offset: usize, message: String| {
            let before = bytes.get(..offset).unwrap_or_default();
            let line = before.split(|byte| *byte == b'\n').count();
            if named.is_some() { Err(Unread { line, message }) } else { Ok(None) }
        };
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => return wrong(error.valid_up_to(), "the file is not in UTF-8".to_owned()),
        };
        let text = quoted(text);
        let Framing::Closed(frame) = Framing::of(&text) else {
            return wrong(0, "the file has no front matter".to_owned());
        };
        if let Some(marker) = super::frame::conflict_marker(&text, frame.content) {
            return wrong(marker.start, "the file has a conflict marker".to_owned());
        }
        let root = match parse(&frame) {
            Ok(root) => root,
            Err(error) => return wrong(error.offset, format!("the front matter is not YAML: {}", error.message)),
        };
        if !root.is_null() && !matches!(root.kind, NodeKind::Mapping { flow: false, .. }) {
            return wrong(frame.content.start, "the front matter is no lines of `key: value`".to_owned());
        }
        if let Some(entry) = duplicate_key(&root) {
            let message = format!("the key `{}` is there twice", entry.key.escape_debug());
            return wrong(entry.key_span.start, message);
        }
        let one = |key: &str| root.get(key).filter(|node| !node.is_null())?.text().map(ToOwned::to_owned);
        let Some(id) = one("id").or_else(|| named.map(ToOwned::to_owned)) else { return Ok(None) };
        let needed = root.get("dependencies").map(super::read::dependencies).unwrap_or_default();
        let (title, status, parent) = (one("title"), one("status"), one("parent_task_id"));
        let dependencies = needed.into_iter().map(|(text, _)| text).filter(|text| !text.is_empty()).collect();
        let content = frame.content;
        Ok(Some(Self { text, root, content, id, title, status, dependencies, parent }))
    }

    /// The file of the same task in this tree.
    #[must_use]
    pub fn written(&self, task: &BacklogTask<'_>) -> Option<Vec<u8>> {
        let Framing::Closed(frame) = Framing::of(&self.text) else { return None };
        let mut patches = Vec::new();
        let (whole, own) = match task.id.parent().filter(|_| task.nested) {
            Some(parent) => (parent, numbered(task.id.last_segment(), "subtask")),
            None => (task.id.clone(), "null".to_owned()),
        };
        let newline = frame.newline();
        let spelled = word(&spelled(&whole), Style::Plain, Context::Block);
        let old = string(&self.id, Style::Plain, Context::Block);
        let identity = format!("task_id: {spelled}{newline}subtask_id: {own}{newline}backlog_id: {old}");
        match self.root.entry("id") {
            Some(entry) => patches.push(Patch::new(Span::new(entry.key_span.start, end_of(&frame, entry)), identity)),
            None => patches.push(Patch::new(Span::at(self.content.start), identity + newline)),
        }
        for entry in self.root.entries() {
            if TAKEN.contains(&entry.key.as_str()) {
                patches.push(Patch::new(Span::at(entry.key_span.start), "backlog_"));
            }
            let renamed = RENAMED.iter().find(|(old, new)| entry.key == *old && self.is_free(new));
            if let Some((_, new)) = renamed {
                patches.push(Patch::new(entry.key_span, *new));
            }
        }
        if let (Some(status), Some(entry)) = (task.status, self.root.entry("status"))
            && entry.value.text() != Some(status)
        {
            patches.push(Patch::new(entry.value.span, string(status, Style::Plain, Context::Block)));
        }
        if let (Some(parent), Some(entry)) = (&task.parent, self.root.entry("parent_task_id")) {
            patches.push(Patch::new(entry.value.span, word(parent, Style::Plain, Context::Block)));
        }
        if let Some(entry) = self.root.entry("dependencies") {
            patches.extend(dependencies(&entry.value, &task.dependencies));
        }
        patch::apply(self.text.as_bytes(), &patches).ok()
    }

    /// Whether a name is not there, or is made free.
    fn is_free(&self, name: &str) -> bool {
        TAKEN.contains(&name) || self.root.get(name).is_none()
    }
}

/// Behind the value; behind the colon where there is none.
fn end_of(frame: &Frame<'_>, entry: &Entry) -> usize {
    entry.value.span.end.max(frame.colon_end(entry))
}

/// Each item in its place; several in one text stay in one text.
fn dependencies(value: &Node, new: &[String]) -> Vec<Patch> {
    let (nodes, context) = match &value.kind {
        NodeKind::Sequence { items, flow: true } => (items.as_slice(), Context::Flow),
        NodeKind::Sequence { items, flow: false } => (items.as_slice(), Context::Block),
        _ => (std::slice::from_ref(value), Context::Block),
    };
    let mut rest = new.iter();
    let mut patches = Vec::new();
    for node in nodes {
        let count = super::read::dependencies(node).into_iter().filter(|(text, _)| !text.is_empty()).count();
        let items: Vec<&str> = rest.by_ref().take(count).map(String::as_str).collect();
        if count > 0 {
            patches.push(Patch::new(node.span, word(&items.join(", "), Style::Plain, context)));
        }
    }
    patches
}

/// The id as front matter has it: `task_012`, `12.3`, with its tag where that is not the usual one.
#[must_use]
pub fn spelled(id: &TaskId) -> String {
    let path = numbered(id.path(), "task");
    if id.tag() == DEFAULT_TAG { path } else { format!("{}:{path}", id.tag()) }
}

fn numbered(path: &str, kind: &str) -> String {
    let is_number = !path.is_empty() && path.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { format!("{kind}_{path:0>3}") } else { path.to_owned() }
}

/// The id in a file's name: `task-12.3` of `task-12.3 - Title.md`.
fn named_id(name: &str) -> Option<&str> {
    let stem = name.strip_suffix(".md")?;
    let (head, is_titled) = match stem.split_once(" - ") {
        Some((head, _)) => (head, true),
        None => (stem, false),
    };
    let (prefix, number) = head.split_once('-')?;
    let is_word = !prefix.is_empty() && prefix.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_id = number.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
    let is_number = number.starts_with(|c: char| c.is_ascii_digit());
    Some(head).filter(|_| is_word && is_id && !number.is_empty() && (is_titled || is_number))
}

/// The file with quotes around `@name`, which Backlog.md takes without them and YAML does not.
fn quoted(text: &str) -> String {
    let Framing::Closed(frame) = Framing::of(text) else { return text.to_owned() };
    let mut result = text.get(..frame.content.start).unwrap_or_default().to_owned();
    for line in frame.source().split_inclusive('\n') {
        result.push_str(&quoted_line(line));
    }
    result.push_str(text.get(frame.content.end..).unwrap_or_default());
    result
}

fn quoted_line(line: &str) -> Cow<'_, str> {
    let Some((key, rest)) = line.split_once(':') else { return Cow::Borrowed(line) };
    if !UNQUOTED.contains(&key.trim()) || !rest.contains('@') {
        return Cow::Borrowed(line);
    }
    let value = rest.trim();
    let end = rest.len() - rest.trim_end().len();
    let tail = rest.get(rest.len() - end..).unwrap_or_default();
    let quote = |text: &str| string(text, Style::SingleQuoted, Context::Flow);
    if value.starts_with('@') {
        return Cow::Owned(format!("{key}: {}{tail}", quote(value)));
    }
    let Some(items) = value.strip_prefix('[').and_then(|value| value.strip_suffix(']')) else {
        return Cow::Borrowed(line);
    };
    let items = items.split(',').map(str::trim).filter(|item| !item.is_empty());
    let items: Vec<String> =
        items.map(|item| if item.starts_with('@') { quote(item) } else { item.to_owned() }).collect();
    Cow::Owned(format!("{key}: [{}]{tail}", items.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(prefix: &str) -> BacklogSettings {
        BacklogSettings { prefix: Some(prefix.to_owned()), ..BacklogSettings::default() }
    }

    #[test]
    fn ids_lose_what_stands_before_their_number() {
        for (id, bare) in
            [("task-12", "12"), ("TASK-12.3", "12.3"), ("J2-7", "7"), ("7", "7"), ("back-217.02", "217.02")]
        {
            assert_eq!(settings("j2").bare(id), bare);
        }
    }

    #[test]
    fn tasks_are_told_from_notes_by_their_names() {
        assert_eq!(named_id("task-12.3 - A - b.md"), Some("task-12.3"));
        assert_eq!(named_id("BACK-7.md"), Some("BACK-7"));
        for note in ["readme.md", "my-notes.md", "12 - x.md", "task-1 - x.txt"] {
            assert_eq!(named_id(note), None, "{note}");
        }
    }

    #[test]
    fn only_what_means_something_here_is_changed() {
        let file = "\u{feff}---\r\nid: TASK-3.1 # mine\r\ntitle: 'It''s: x'\r\nstatus: To Do\r\nassignee: [@ann, bo]\r\n\
                    reporter: @cy\r\ncreated_date: '2025-06-08 10:00'\r\nlabels: []\r\ndependencies:\r\n  - task-2\r\n\
                    parent_task_id: task-3\r\ntask_id: odd\r\nordinal: 1.50\r\n---\r\n\r\nBody\r\n---\r\n\0 - **x**\n";
        let read = BacklogFile::read("task-3.1 - It.md", file.as_bytes()).unwrap().unwrap();
        assert_eq!(
            (read.id.as_str(), read.status.as_deref(), read.parent.as_deref()),
            ("TASK-3.1", Some("To Do"), Some("task-3"))
        );
        assert_eq!(read.dependencies, ["task-2"]);
        let id = TaskId::parse("3.1").unwrap();
        let task = BacklogTask {
            id: &id,
            nested: true,
            status: Some("pending"),
            dependencies: vec!["task_002".to_owned()],
            parent: Some("task_003".to_owned()),
        };
        let written = String::from_utf8(read.written(&task).unwrap()).unwrap();
        let expected = "\u{feff}---\r\ntask_id: task_003\r\nsubtask_id: subtask_001\r\nbacklog_id: TASK-3.1 # mine\r\n\
                        title: 'It''s: x'\r\nstatus: pending\r\nassignee: ['@ann', bo]\r\nreporter: '@cy'\r\n\
                        created: '2025-06-08 10:00'\r\nlabels: []\r\ndependencies:\r\n  - task_002\r\n\
                        parent_task: task_003\r\nbacklog_task_id: odd\r\nordinal: 1.50\r\n---\r\n\r\nBody\r\n---\r\n\0 - **x**\n";
        assert_eq!(written, expected);
    }

    #[test]
    fn what_cannot_be_read_says_where() {
        let unread = BacklogFile::read("task-1 - x.md", b"---\nid: task-1\ntitle: a: b\n---\n").unwrap_err();
        assert_eq!(unread.line, 3);
        assert!(BacklogFile::read("task-1 - x.md", b"No front matter").is_err());
        assert!(BacklogFile::read("readme.md", b"---\ntitle: a: b\n---\n").unwrap().is_none());
    }

    #[test]
    fn settings_are_read() {
        let text =
            "project_name: \"x\"\nstatuses: [\"To Do\", \"QA\"]\ntask_prefix: \"back\"\nbacklog_directory: \"work\"\n";
        let read = BacklogSettings::read(text.as_bytes()).unwrap();
        assert_eq!(read.statuses, ["To Do", "QA"]);
        assert_eq!((read.prefix.as_deref(), read.folder.as_deref()), (Some("back"), Some("work")));
    }
}
