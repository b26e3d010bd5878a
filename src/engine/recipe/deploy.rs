use super::{Recipe, Rule};

/// A release leaves its trace.
pub(super) const RECIPE: Recipe = Recipe {
    name: "deploy",
    about: "A deployment that worked is reported; one that failed becomes a task about the incident, and an alert.",
    needs: "The events `deployment.success` and `deployment.failure` come from outside: `taskmaster emit` hands them in. Messages go to the channels of `notifications.channels`: without one nobody gets any.",
    rules: &[
        Rule {
            name: "deploy_success",
            text: "\
- name: deploy_success # commits and reports name the rule so
  event: deployment.success # the pipeline says that it worked
  actions: # what follows
    - generate_deployment_report # what was deployed, as a file
",
        },
        Rule {
            name: "deploy_failure",
            text: "\
- name: deploy_failure # commits and reports name the rule so
  event: deployment.failure # the pipeline says that it did not work
  actions: # what follows, in this order
    - create_incident_task # a task to look into it, of high priority
    - alert_team # a message, recorded in the outbox
",
        },
    ],
    templates: &[],
};
