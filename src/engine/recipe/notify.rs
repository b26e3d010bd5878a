use super::{Recipe, Rule};

/// Somebody is told.
pub(super) const RECIPE: Recipe = Recipe {
    name: "notify",
    about: "A message when a task is done, has failed or is blocked, with a text of the project's own.",
    needs: "Messages go to the channels of `notifications.channels`: without one nobody gets any. They are recorded on the shared branch alone (`git.canonical`), and sent where that is allowed: `taskmaster allow`.",
    rules: &[Rule {
        name: "notify",
        text: "\
- name: notify # commits and reports name the rule so
  event: task.status.updated # whenever the status of a task changes
  conditions: # all of them must hold
    - {field: new.category, operator: in, value: [done, failed, blocked]} # what people want to hear of
  actions: # what follows
    - send_notifications # with the text under notifications.templates
",
    }],
    templates: &[(
        "task_status_updated",
        "task_status_updated: \"{task_id} {task_title}: {old|new task} -> {new}\" # the text; names in braces are filled in\n",
    )],
};
