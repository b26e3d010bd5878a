use super::{Recipe, Rule};

/// What lies about is noticed.
pub(super) const RECIPE: Recipe = Recipe {
    name: "stale",
    about: "When a task in progress is reported as stale, somebody is alerted; it can also be put aside.",
    needs: "The event `task.stale` comes from outside: `taskmaster emit task.stale --task ID` hands it in. Messages go to the channels of `notifications.channels`: without one nobody gets any.",
    rules: &[Rule {
        name: "stale",
        text: "\
- name: stale # commits and reports name the rule so
  event: task.stale # a task that nobody has touched for long
  conditions: # all of them must hold
    - {field: status.category, operator: equals, value: active} # it is still said to be worked on
  actions: # what follows
    # to put the task aside, too, add the action - set_status: {status: deferred}
    - alert_assignee # a message, recorded in the outbox
",
    }],
    templates: &[],
};
