use super::{Recipe, Rule};

/// Whoever waited is told.
pub(super) const RECIPE: Recipe = Recipe {
    name: "dependants-ready",
    about: "When a task is done, the blocked tasks that waited for it alone become pending.",
    needs: "",
    rules: &[Rule {
        name: "dependants_ready",
        text: "\
- name: dependants_ready # commits and reports name the rule so
  event: task.status.updated # whenever the status of a task changes
  conditions: # all of them must hold
    - {field: new.category, operator: equals, value: done} # it is done now, whatever the project calls that
  actions: # what follows
    - trigger_dependent_tasks # blocked -> pending, where nothing else holds a task back
",
    }],
    templates: &[],
};
