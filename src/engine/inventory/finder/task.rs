use super::{Finder, file_name, is_yaml, no_name};
use crate::engine::inventory::Kind;
use crate::engine::inventory::line::Comments;
use crate::engine::inventory::section::of_yaml;
use crate::format::yaml::Node;

/// Files of Task.
pub(super) const FINDER: Finder = Finder {
    name: "task",
    kind: Kind::Target,
    files: "`Taskfile.yml`, `Taskfile.*.yml`",
    names: "the task of that file",
    runner: Some("task"),
    comments: Comments::Hash,
    fits: |path| is_yaml(path) && file_name(path).starts_with("taskfile."),
    sections: |text| {
        of_yaml(text, |root, sections| {
            for task in root.get("tasks").map(Node::entries).unwrap_or_default() {
                sections.add_from(&task.key, task.key_span.start, &task.value);
            }
        })
    },
    name_of: no_name,
};
