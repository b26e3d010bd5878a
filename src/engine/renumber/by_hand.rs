//! Places outside the tasks that name them: rules, and the cases that try them. What a number means there is for people
//! to say, so that these places are listed and left.

use crate::format::yaml::{self, Node, NodeKind};
use crate::model::{TaskId, TreePath};

/// Keys whose values are tasks.
const KEYS: [&str; 10] =
    ["task", "task_id", "tasks", "parent", "parent_task", "dependencies", "depends", "depends_on", "closes", "id"];

/// Keys of lists in which a text begins with a task, or ends with one.
const TEXTS: [&str; 2] = ["edits", "events"];

/// The places of a file of rules or of cases that name one of these tasks, each with its line and what stands there.
#[must_use]
pub fn by_hand(path: &TreePath, bytes: &[u8], tasks: &[TaskId]) -> Vec<String> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Vec::new() };
    let Ok(root) = yaml::parse(text) else { return Vec::new() };
    let mut finder = Finder { path, text, tasks, found: Vec::new() };
    finder.file(&root);
    finder.found.dedup();
    finder.found
}

struct Finder<'a> {
    path: &'a TreePath,
    text: &'a str,
    tasks: &'a [TaskId],
    found: Vec<String>,
}

impl Finder<'_> {
    /// A case that is given tasks of its own does not mean those of the tree.
    fn file(&mut self, root: &Node) {
        let has_own = |node: &Node| node.get("given").is_some_and(|given| !given.entries().is_empty());
        let Some(cases) = root.get("cases") else { return self.node(root, "", false) };
        for case in cases.items() {
            let own = if case.get("given").is_some() { has_own(case) } else { has_own(root) };
            if !own {
                self.node(case, "", false);
            }
        }
    }

    fn node(&mut self, node: &Node, key: &str, means_task: bool) {
        match &node.kind {
            NodeKind::Scalar { text, .. } => {
                let is_named = if TEXTS.contains(&key) {
                    text.split_whitespace().any(|word| self.is_meant(word))
                } else {
                    (means_task || text.contains("task")) && self.is_meant(text)
                };
                if is_named {
                    let line = self.text.get(..node.span.start).unwrap_or_default().matches('\n').count() + 1;
                    self.found.push(format!("{}:{line}: {}", self.path, text.escape_debug()));
                }
            }
            NodeKind::Sequence { items, .. } => items.iter().for_each(|item| self.node(item, key, means_task)),
            NodeKind::Mapping { entries, .. } => {
                // A condition: `{field: task.id, value: 18}`.
                let field = node.get("field").and_then(Node::text).unwrap_or_default();
                let about_task = KEYS.contains(&field.rsplit('.').next().unwrap_or_default());
                for entry in entries {
                    let means = KEYS.contains(&entry.key.as_str()) || (about_task && entry.key == "value");
                    self.node(&entry.value, &entry.key, means);
                }
            }
        }
    }

    fn is_meant(&self, text: &str) -> bool {
        TaskId::parse(text).is_ok_and(|id| self.tasks.contains(&id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        let tasks: Vec<TaskId> = ["18", "18.5"].map(|id| TaskId::parse(id).unwrap()).to_vec();
        by_hand(&TreePath::new(path).unwrap(), text.as_bytes(), &tasks)
    }

    #[test]
    fn rules_that_name_a_task_are_found() {
        let rules = "triggers:\n  - name: a 18\n    retries: 18\n    conditions:\n      - {field: task.id, value: [17, 18]}\n      - {field: points, value: 18}\n    actions:\n      - create_task: {title: x, parent: \"18.5\"}\n      - run: task_018\n";
        assert_eq!(
            found("config/workflow.yaml", rules),
            ["config/workflow.yaml:5: 18", "config/workflow.yaml:8: 18.5", "config/workflow.yaml:9: task_018"]
        );
    }

    #[test]
    fn cases_about_the_tree_are_found_and_those_with_tasks_of_their_own_are_not() {
        let cases = "cases:\n  - name: a\n    when:\n      set: {task: 18, status: done}\n    expect:\n      edits: [18 status pending -> done]\n  - name: b\n    given:\n      tasks: [{id: 18}]\n    when: {set: {task: 18, status: done}}\n";
        assert_eq!(found("tests/a.yaml", cases), ["tests/a.yaml:4: 18", "tests/a.yaml:6: 18 status pending -> done"]);
    }
}
