use std::fmt;
use std::sync::Arc;

/// A path of one file inside a tree, relative to the tree's root, with `/` between its parts.
///
/// It never is absolute, never has an empty part, `.` or `..`, and has no control characters:
/// joining it to a root cannot leave the root.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TreePath(Arc<str>);

/// Why a text is no [`TreePath`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a path inside the tree", text.escape_debug())]
pub struct TreePathError {
    text: String,
}

impl TreePath {
    /// Checks `text`.
    ///
    /// # Errors
    /// When the text is empty, absolute, has `.`, `..` or empty parts, a backslash or a control character.
    pub fn new(text: impl Into<String>) -> Result<Self, TreePathError> {
        let text = text.into();
        let clean = text.split('/').all(|part| !matches!(part, "" | "." | ".."))
            && !text.contains(|c: char| c.is_control() || c == '\\');
        if clean { Ok(Self(text.into())) } else { Err(TreePathError { text }) }
    }

    /// A path that is written in this program.
    #[must_use]
    pub(crate) fn known(text: &'static str) -> Self {
        debug_assert!(Self::new(text).is_ok(), "{text}");
        Self(text.into())
    }

    /// The path of the rules: `config/workflow.yaml`.
    #[must_use]
    pub fn workflow() -> Self {
        Self("config/workflow.yaml".into())
    }

    /// The whole path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last part.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// The path without its last part; `None` for a file at the root.
    #[must_use]
    pub fn folder(&self) -> Option<&str> {
        self.0.rsplit_once('/').map(|(folder, _)| folder)
    }

    /// Whether tasks would be missed if this were no plain file or folder: it is read, or it is a folder
    /// in which files are.
    #[must_use]
    pub fn may_hold_tasks(&self) -> bool {
        let folder = matches!(self.as_str(), "context" | "tasks" | "config")
            || (self.0.starts_with("context/") && !self.file_name().contains('.'));
        folder || self.role().holds_tasks()
    }

    /// Whether the engine makes files below it, or in its place: tasks, or reports.
    #[must_use]
    pub fn is_made_in(&self) -> bool {
        matches!(self.as_str().split('/').next(), Some("context" | "reports"))
    }

    /// What a file at this path means to the engine.
    #[must_use]
    pub fn role(&self) -> FileRole {
        FileRole::of(&self.0)
    }
}

impl fmt::Display for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a file of the tree is for, told from its path alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileRole {
    /// `context/**/*.md`: a task with YAML front matter, or a loose note.
    TaskMarkdown,
    /// `tasks/tasks.json` or `tasks.json`.
    TasksJson,
    /// `tasks/task_001.txt`, `tasks/task_001_<tag>.txt` or `.md`: text generated from tasks.json.
    GeneratedText,
    /// `config/workflow.yaml`.
    Workflow,
    /// `state.json`: the current tag.
    State,
    /// `reports/**`: files that are generated whole. They say nothing of tasks.
    Report,
    /// `migrated/**`: what a migration has put away, as it was, and a list of it. They say nothing of tasks.
    Migrated,
    /// Anything else: it says nothing of tasks. Links to files that get other names follow in it, and nothing else does.
    Other,
}

impl FileRole {
    #[expect(clippy::case_sensitive_file_extension_comparisons, reason = "git's paths tell case apart")]
    fn of(path: &str) -> Self {
        match path {
            "tasks/tasks.json" | "tasks.json" => Self::TasksJson,
            "config/workflow.yaml" => Self::Workflow,
            "state.json" => Self::State,
            _ if path.starts_with("reports/") => Self::Report,
            _ if path.starts_with("migrated/") => Self::Migrated,
            _ if path.starts_with("context/") && path.ends_with(".md") => Self::TaskMarkdown,
            _ => {
                // The older layout has its files at the root of the tree.
                let generated = path
                    .strip_prefix("tasks/")
                    .unwrap_or(path)
                    .strip_prefix("task_")
                    .and_then(|rest| rest.strip_suffix(".txt").or_else(|| rest.strip_suffix(".md")))
                    .is_some_and(|stem| stem.starts_with(|c: char| c.is_ascii_digit()) && !stem.contains('/'));
                if generated { Self::GeneratedText } else { Self::Other }
            }
        }
    }

    /// Whether files of this role say anything of tasks or rules.
    #[must_use]
    pub fn holds_tasks(self) -> bool {
        !matches!(self, Self::Other | Self::Report | Self::Migrated)
    }

    /// Whether files of this role are read at all.
    #[must_use]
    pub fn is_read(self) -> bool {
        self != Self::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_cannot_leave_the_tree() {
        for bad in ["", "/etc/passwd", "../x", "a/../b", "a//b", "./a", "a/", "a\\b", "a\nb"] {
            assert!(TreePath::new(bad).is_err(), "{bad:?}");
        }
        assert_eq!(TreePath::new("context/task_001/task.md").unwrap().file_name(), "task.md");
    }

    #[test]
    fn folders_of_tasks_are_told_from_notes() {
        let holds = |path: &str| TreePath::new(path).unwrap().may_hold_tasks();
        assert!(holds("context") && holds("context/task_001") && holds("tasks") && holds("context/x.md"));
        assert!(!holds("docs") && !holds("context/notes.txt") && !holds("tasks/archive"));
    }

    #[test]
    fn roles_come_from_the_path() {
        let role = |path: &str| TreePath::new(path).unwrap().role();
        assert_eq!(role("context/task_018/subtask_005.md"), FileRole::TaskMarkdown);
        assert_eq!(role("tasks/tasks.json"), FileRole::TasksJson);
        assert_eq!(role("tasks.json"), FileRole::TasksJson);
        assert_eq!(role("tasks/task_001_feature-x.txt"), FileRole::GeneratedText);
        assert_eq!(role("tasks/task_001.md"), FileRole::GeneratedText);
        assert_eq!(role("task_001.txt"), FileRole::GeneratedText);
        assert_eq!(role("tasks/tasks.json.bak"), FileRole::Other);
        assert_eq!(role("docs/prd.txt"), FileRole::Other);
        assert_eq!(role("reports/2025/summary.md"), FileRole::Report);
        assert_eq!(role("migrated/tasks/tasks.json"), FileRole::Migrated);
    }
}
