use super::{Recipe, Rule};

/// A parent follows its subtasks.
pub(super) const RECIPE: Recipe = Recipe {
    name: "parent-done",
    about: "A parent is done once all its subtasks are, and in progress once one of them is started.",
    needs: "",
    rules: &[Rule {
        name: "parent_done",
        text: "\
- name: parent_done # commits and reports name the rule so
  event: task.status.updated # whenever the status of a task changes
  actions: # what follows
    - roll_up_parent # the parent's status follows its subtasks; it is never reopened
",
    }],
    templates: &[],
};
