use super::{Recipe, Rule};

/// A parent that was done is not, once a subtask is not.
pub(super) const RECIPE: Recipe = Recipe {
    name: "reopen",
    about: "When a subtask that was done is taken up again, its parent, done until then, is in progress again.",
    needs: "",
    rules: &[Rule {
        name: "reopen",
        text: "\
- name: reopen # commits and reports name the rule so
  event: task.status.updated # whenever the status of a task changes
  conditions: # all of them must hold
    - {field: old.category, operator: equals, value: done} # it was done, whatever the project calls that
    - {field: new.category, operator: in, value: [todo, active, blocked, review]} # and is not finished in another way
    - {field: parent.status.category, operator: equals, value: done} # its parent still says done
  actions: # what follows
    - set_status: {task: parent, status: in-progress} # the parent is taken up again, too
",
    }],
    templates: &[],
};
