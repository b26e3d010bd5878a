//! Text that was generated from `tasks.json`: `tasks/task_001.txt`, `task_001_<tag>.txt`, `task_001.md`.
//!
//! There are two grammars, told apart by the text and not by the file's ending:
//! ```text
//! # Task ID: 1                  |  # Task ID: 1
//! # Title: T                    |  **Title:** T
//! # Status: pending             |  **Status:** pending
//! ...                           |  ...
//! ## 1. Title [done]            |  ### 1.1. Title
//! ### Dependencies: None        |  **Status:** done
//! ```
//! The details between are free text that may look like either, so a subtask counts only where its
//! heading stands behind an empty line or `# Subtasks:`, is followed by the line that always follows
//! it, has a number that no subtask before it has, and does not stand inside an
//! `<info added on ...>` block. (The numbers need not ascend: subtasks get moved.) Nothing here is
//! an error.

mod names;

use std::collections::HashSet;
use std::sync::Arc;

use super::edit::EditError;
use super::patch::{self, Patch};
use crate::model::{Reading, Record, RecordKind, Span, TaskId, TreePath};

pub use names::names;

/// The statuses the file repeats: of its task, then of its subtasks.
#[must_use]
pub fn read(path: &TreePath, bytes: &[u8]) -> Reading {
    let records = std::str::from_utf8(bytes).map(|text| scan(path, text)).unwrap_or_default();
    Reading { records: records.into_iter().map(Arc::new).collect(), ..Reading::default() }
}

/// Sets the status of a task or subtask in the text.
///
/// # Errors
/// When the text does not have that task, or the status would not be read back as it is.
pub fn edit(path: &TreePath, bytes: &[u8], id: &TaskId, status: &str) -> Result<Vec<Patch>, EditError> {
    let text = std::str::from_utf8(bytes).map_err(|_| EditError::Unreadable("it is not UTF-8".to_owned()))?;
    let records = scan(path, text);
    let at = records.iter().position(|record| record.id == *id).ok_or(EditError::NoSuchRecord)?;
    let record = records.get(at).ok_or(EditError::NoSuchRecord)?;
    if record.status.as_deref() == Some(status) {
        return Ok(Vec::new());
    }
    let span = record.status_span.ok_or(EditError::NoSuchRecord)?;
    let patches = vec![Patch::new(span, status)];
    let edited = patch::apply(bytes, &patches).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let again = edited.map(|text| scan(path, &text)).unwrap_or_default();
    let same = again.len() == records.len()
        && again.iter().zip(&records).enumerate().all(|(number, (new, old))| {
            let expected = if number == at { Some(status) } else { old.status.as_deref() };
            new.id == old.id && new.title == old.title && new.status.as_deref() == expected
        });
    if same {
        return Ok(patches);
    }
    Err(EditError::Unsafe {
        field: "status".to_owned(),
        reason: format!("`{}` would not be read back from generated text", status.escape_debug()),
    })
}

fn scan(path: &TreePath, text: &str) -> Vec<Record> {
    Scanner::of(path, text).map(Scanner::records).unwrap_or_default()
}

/// A line without its ending and trailing white space, and where it starts.
#[derive(Clone, Copy)]
struct Line<'text> {
    text: &'text str,
    start: usize,
}

impl<'text> Line<'text> {
    /// What stands behind `prefix`, trimmed.
    fn behind(self, prefix: &str) -> Option<Line<'text>> {
        let rest = self.text.strip_prefix(prefix)?;
        let value = rest.trim_start();
        Some(Line { text: value, start: self.start + self.text.len() - value.len() })
    }

    fn span(self) -> Span {
        Span::new(self.start, self.start + self.text.len())
    }
}

struct Scanner<'text> {
    lines: Vec<Line<'text>>,
    task: Record,
}

impl<'text> Scanner<'text> {
    /// A scanner for a text whose first line names the task that the file's name does.
    fn of(path: &TreePath, text: &'text str) -> Option<Self> {
        let mut start = text.len() - text.strip_prefix('\u{feff}').unwrap_or(text).len();
        let mut lines = Vec::new();
        for line in text.get(start..)?.split_inclusive('\n') {
            lines.push(Line { text: line.trim_end(), start });
            start += line.len();
        }
        let named = id_of_name(path)?;
        let written = lines.first()?.behind("# Task ID:")?;
        let id = TaskId::parse(written.text).ok()?;
        (id.path() == named.path())
            .then(|| Self { lines, task: Record::new(named, RecordKind::GeneratedText, written.span()) })
    }

    fn records(mut self) -> Vec<Record> {
        self.found().into_iter().map(|(_, record)| record).collect()
    }

    /// The records, each with the line it starts at.
    fn found(&mut self) -> Vec<(usize, Record)> {
        let header_end = self.header();
        let mut records = vec![(0, self.task.clone())];
        let mut seen = HashSet::new();
        let mut in_note = false;
        for at in header_end..self.lines.len() {
            let Some(line) = self.lines.get(at).copied() else { break };
            if in_note || line.text.starts_with("<info added on") {
                in_note = !line.text.contains("</info added on");
                continue;
            }
            let above = at.checked_sub(1).and_then(|at| self.lines.get(at)).map_or("", |line| line.text);
            if matches!(above, "" | "# Subtasks:")
                && let Some(record) = self.subtask(at, line)
                && seen.insert(record.id.clone())
            {
                records.push((at, record));
            }
        }
        records
    }

    /// Reads title and status of the task; gives the line behind the header.
    fn header(&mut self) -> usize {
        let mut at = 1;
        while let Some(line) = self.lines.get(at).copied() {
            let field =
                |name: &str| line.behind(&format!("# {name}:")).or_else(|| line.behind(&format!("**{name}:**")));
            if let Some(title) = field("Title") {
                self.task.title.get_or_insert_with(|| title.text.to_owned());
            } else if let Some(status) = field("Status") {
                if self.task.status.is_none() && !status.text.is_empty() {
                    self.task.status = Some(status.text.to_owned());
                    self.task.status_span = Some(status.span());
                }
            } else if !line.text.is_empty() && field("Dependencies").or_else(|| field("Priority")).is_none() {
                break;
            }
            at += 1;
        }
        at
    }

    /// The subtask whose heading is the line `at`.
    fn subtask(&self, at: usize, line: Line<'text>) -> Option<Record> {
        let (heading, bracketed) = match line.text.strip_prefix("### ") {
            Some(heading) => (heading, false),
            None => (line.text.strip_prefix("## ")?, true),
        };
        let (id, title) = heading.split_once(". ").or_else(|| Some((heading.strip_suffix('.')?, "")))?;
        let plain = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let child = self.task.id.child(id).ok().filter(|_| plain && bracketed != id.contains('.'))?;
        if child.parent().as_ref() != Some(&self.task.id) {
            return None;
        }
        let (title, status) = if bracketed {
            self.lines.get(at + 1)?.behind("### Dependencies:")?;
            let (title, status) = title.strip_suffix(']')?.rsplit_once('[')?;
            (title, Line { text: status, start: line.start + line.text.len() - 1 - status.len() })
        } else {
            let next = self.lines.iter().skip(at + 1).find(|line| !line.text.is_empty())?;
            (title, next.behind("**Status:**")?)
        };
        let mut record = Record::new(child, RecordKind::GeneratedText, line.span());
        record.nested = true;
        record.title = Some(title.trim().to_owned());
        if !status.text.is_empty() {
            record.status = Some(status.text.to_owned());
            record.status_span = Some(status.span());
        }
        Some(record)
    }
}

/// `1` of `task_001.txt`, `feature-x:1` of `task_001_feature-x.txt`.
#[must_use]
pub fn id_of_name(path: &TreePath) -> Option<TaskId> {
    let name = path.file_name();
    let stem = name.strip_suffix(".txt").or_else(|| name.strip_suffix(".md"))?.strip_prefix("task_")?;
    match stem.split_once('_') {
        Some((number, tag)) => TaskId::parse(&format!("{tag}:{number}")).ok(),
        None => TaskId::parse(stem).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "# Task ID: 1\n# Title: Build [x]\n# Status: in-progress\n# Dependencies: None\n# Priority: high\n\
        # Description: d\n# Details:\n# Status: done\n## 7. No subtask [done]\n\n# Test Strategy:\n\n# Subtasks:\n\
        ## 1. First [a] [done]\n### Dependencies: None\n### Description: d\n### Details:\n\
        <info added on 2025-06-11T03:23:23.184Z>\n## 2. Quoted [done]\n### Dependencies: None\n\
        </info added on 2025-06-11T03:23:23.184Z>\n\n## 2. Second [pending]\n### Dependencies: 1.1\n### Details:\n\
        ## 4. Inside [done]\n### Dependencies: None\n\n## 1. Again [done]\n### Dependencies: None\n\n";
    const NEW: &str = "# Task ID: 1\r\n\r\n**Title:** Build\r\n\r\n**Status:** done\r\n\r\n**Priority:** high\r\n\r\n\
        **Details:**\r\n\r\n**Status:** failed\r\n### 1.9. No subtask\r\n\r\ntext\r\n\r\n## Subtasks\r\n\r\n\
        ### 1.1. First\r\n\r\n**Status:** pending  \r\n**Dependencies:** None  \r\n\r\n### 2.2. Other\r\n\r\n\
        **Status:** done  \r\n\r\n### 1.10. Tenth\r\n\r\n**Status:** review  \r\n\r\n\
        ### 1.2. Second\r\n\r\n**Status:** done  \r\n";

    fn path(name: &str) -> TreePath {
        TreePath::new(format!("tasks/{name}")).unwrap()
    }

    /// Each record as `id title status`; the status is that of its span.
    fn records(name: &str, text: &str) -> Vec<String> {
        let reading = read(&path(name), text.as_bytes());
        assert!(reading.diagnostics.is_empty());
        let line = |record: &Arc<Record>| {
            let status = record.status_span.map_or("-", |span| &text[span.range()]);
            assert_eq!(record.status.as_deref().unwrap_or("-"), status);
            format!("{} {} {status}", record.id, record.title.as_deref().unwrap_or("-"))
        };
        reading.records.iter().map(line).collect()
    }

    #[test]
    fn both_grammars_are_read() {
        assert_eq!(
            records("task_001.txt", OLD),
            ["1 Build [x] in-progress", "1.1 First [a] done", "1.2 Second pending"]
        );
        assert_eq!(
            records("task_001.md", NEW),
            ["1 Build done", "1.1 First pending", "1.10 Tenth review", "1.2 Second done"]
        );
        let tagged = records("task_001_feature-x.txt", OLD);
        assert_eq!(tagged[1], "feature-x:1.1 First [a] done");
    }

    #[test]
    fn other_texts_say_nothing() {
        for (name, text) in [
            ("task_001.txt", ""),
            ("task_001.txt", "Notes\n# Task ID: 1\n# Status: done\n"),
            ("task_002.txt", OLD),
            ("task_001.txt", "# Task ID: ../1\n# Status: done\n"),
        ] {
            assert!(records(name, text).is_empty(), "{name} {text:?}");
        }
        assert!(read(&path("task_001.txt"), b"# Task ID: 1\n# Status: \xff\n").records.is_empty());
        assert_eq!(records("task_001.txt", "# Task ID: 1\n# Status:\n"), ["1 - -"]);
    }

    #[test]
    fn the_status_alone_is_changed() {
        let edited = |name: &str, text: &str, id: &str, status: &str| {
            let patches = edit(&path(name), text.as_bytes(), &TaskId::parse(id).unwrap(), status)?;
            Ok::<_, EditError>(String::from_utf8(patch::apply(text.as_bytes(), &patches).unwrap()).unwrap())
        };
        let old = |id, status| edited("task_001.txt", OLD, id, status);
        assert_eq!(old("1", "done"), Ok(OLD.replacen("in-progress", "done", 1)));
        assert_eq!(old("1.1", "review"), Ok(OLD.replacen("[a] [done]", "[a] [review]", 1)));
        assert_eq!(old("1.1", "done").as_deref(), Ok(OLD));
        let new = edited("task_001.md", NEW, "1.1", "done");
        assert_eq!(new, Ok(NEW.replacen("pending  \r\n", "done  \r\n", 1)));
        assert_eq!(old("1.7", "done"), Err(EditError::NoSuchRecord));
        assert_eq!(old("x:1", "done"), Err(EditError::NoSuchRecord));
        for bad in ["", "a\nb", "x] y [z"] {
            assert!(matches!(old("1.2", bad), Err(EditError::Unsafe { .. })), "{bad:?}");
        }
    }
}
