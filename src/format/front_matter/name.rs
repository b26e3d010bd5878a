use crate::model::{TaskId, TreePath};

/// What a file's path says about the task in it.
#[derive(Debug, Clone, Copy)]
pub struct FileName<'path> {
    /// The folder the file is in; `None` directly under `context/`.
    folder: Option<&'path str>,
    /// Which name the file has.
    kind: NameKind<'path>,
}

#[derive(Debug, Clone, Copy)]
enum NameKind<'path> {
    Task,
    Subtask(&'path str),
    Other,
}

impl<'path> FileName<'path> {
    /// Takes the path apart.
    #[must_use]
    pub fn of(path: &'path TreePath) -> Self {
        let folder = path.folder().and_then(|folder| folder.rsplit_once('/')).map(|(_, name)| name);
        let stem = path.file_name().strip_suffix(".md").unwrap_or(path.file_name());
        let kind = if stem == "task" {
            NameKind::Task
        } else if stem.len() > "subtask_".len() && stem.starts_with("subtask_") {
            NameKind::Subtask(stem)
        } else {
            NameKind::Other
        };
        Self { folder, kind }
    }

    /// Whether a file of this name is meant to be a task, whatever it holds.
    #[must_use]
    pub fn is_task(&self) -> bool {
        !matches!(self.kind, NameKind::Other)
    }

    /// The id its folder's name is.
    #[must_use]
    pub fn folder_id(&self) -> Option<TaskId> {
        TaskId::parse(self.folder?).ok()
    }

    /// The name of the subtask, `subtask_005`.
    #[must_use]
    pub fn subtask(&self) -> Option<&'path str> {
        match self.kind {
            NameKind::Subtask(stem) => Some(stem),
            _ => None,
        }
    }

    /// The id the whole path means.
    #[must_use]
    pub fn id(&self) -> Option<TaskId> {
        match self.kind {
            NameKind::Task => self.folder_id(),
            NameKind::Subtask(stem) => self.folder_id()?.child(stem).ok(),
            NameKind::Other => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_give_ids() {
        let id = |path: &str| FileName::of(&TreePath::new(path).unwrap()).id().map(|id| id.to_string());
        assert_eq!(id("context/task_018/task.md").as_deref(), Some("18"));
        assert_eq!(id("context/task_018/subtask_005.md").as_deref(), Some("18.5"));
        assert_eq!(id("context/old/audit/task.md").as_deref(), Some("audit"));
        for none in ["context/task.md", "context/task_018/notes.md", "context/a b/task.md", "context/x/subtask_.md"] {
            assert_eq!(id(none), None, "{none}");
        }
    }
}
