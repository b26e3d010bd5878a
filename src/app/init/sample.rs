//! The files that a new tree begins with.

use crate::format::workflow::Mode;
use crate::model::TreePath;

/// The schema of the rules' file, which stands beside it so that editors need no network and have the one of
/// this version.
pub(super) const SCHEMA: &[u8] = include_bytes!("../../../schemas/workflow.schema.json");

/// The schema's file name.
pub const SCHEMA_FILE: &str = "workflow.schema.json";

const WORKFLOW: &str = include_str!("workflow.yaml");
const MARKDOWN: &[u8] = include_bytes!("task.md");
const JSON: &[u8] = include_bytes!("tasks.json");

/// How tasks are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// A Markdown file with front matter for each.
    Markdown,
    /// All in `tasks.json`.
    Json,
}

/// The rules' file without a rule.
pub(super) fn workflow(mode: Mode) -> Vec<u8> {
    WORKFLOW.replacen("mode: observe #", &format!("mode: {} #", mode.name()), 1).into_bytes()
}

/// Whether the rules' file says that its schema stands beside it.
pub(super) fn names_schema(workflow: &[u8]) -> bool {
    workflow.windows(SCHEMA_FILE.len()).any(|bytes| bytes == SCHEMA_FILE.as_bytes())
}

pub(super) fn schema_path() -> TreePath {
    TreePath::known("config/workflow.schema.json")
}

/// The sample task.
pub(super) fn task(layout: Layout) -> (TreePath, &'static [u8]) {
    match layout {
        Layout::Markdown => (TreePath::known("context/task_001/task.md"), MARKDOWN),
        Layout::Json => (TreePath::known("tasks/tasks.json"), JSON),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::recipe::RECIPES;
    use crate::format::workflow;

    #[test]
    fn every_line_of_the_sample_is_explained() {
        let mut bytes = workflow(Mode::Commit);
        for recipe in RECIPES {
            bytes = recipe.apply(&bytes).unwrap().bytes;
        }
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(text.starts_with(&format!("# yaml-language-server: $schema=./{SCHEMA_FILE}\n")));
        for line in text.lines().filter(|line| !line.is_empty()) {
            assert!(line.contains("# "), "{line}");
        }
        let (workflow, findings) = workflow::read(&TreePath::workflow(), &bytes);
        assert!(findings.is_empty(), "{findings:?}");
        assert_eq!(workflow.mode, Some(Mode::Commit));
        assert_eq!(schema_path().file_name(), SCHEMA_FILE);
        assert!(names_schema(&bytes) && !names_schema(b"mode: warn"));
    }
}
