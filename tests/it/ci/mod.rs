//! Pipelines: what one runs, what becomes of its commits, and the file of one.

mod comments;
mod file;
mod marks;
mod merged;
mod proposals;
mod protected;
mod pushes;
mod ranges;
mod sent;
mod steps;
mod unsent;

use std::path::PathBuf;

use super::sandbox::{Ran, Repo, Sandbox};
use super::scenery::ONE;

/// Rules that leave committing to pipelines.
pub(super) const CI: &str = "workflow_config:
  mode: commit
  git: {executor: ci, canonical: main}
  triggers:
    - name: follow
      event: task.status.updated
      actions: [trigger_dependent_tasks, roll_up_parent]
    - name: deployed
      event: deployment.success
      actions: [{set_status: {status: done}}]
";

/// A bare repository that everybody shares, and Ann's clone of it.
pub(crate) fn shared<'a>(sandbox: &'a Sandbox, rules: &str) -> (PathBuf, Repo<'a>) {
    let bare = sandbox.bare("shared.git");
    let ann = sandbox.repository("ann");
    ann.plant(rules);
    ann.commit_all("Start");
    ann.git(&["remote", "add", "origin", bare.to_str().unwrap()]);
    ann.git(&["push", "-q", "-u", "origin", "main"]);
    (bare, ann)
}

/// The same, where Ann has pushed that the first task is done; with the commit before that.
pub(super) fn with_one_done<'a>(sandbox: &'a Sandbox, rules: &str) -> (PathBuf, Repo<'a>, String) {
    let (bare, ann) = shared(sandbox, rules);
    let before = ann.head();
    ann.done_one();
    ann.git(&["push", "-q"]);
    (bare, ann, before)
}

impl Repo<'_> {
    /// Runs the program as GitHub runs a step, for an event with this payload.
    pub(super) fn github(&self, arguments: &[&str], name: &str, payload: &str, more: &[(&str, &str)]) -> Ran {
        let event = self.path.join(".git/event.json");
        std::fs::write(&event, payload).unwrap();
        let mut environment = vec![
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", name),
            ("GITHUB_EVENT_PATH", event.to_str().unwrap()),
            ("GITHUB_REF_NAME", "main"),
            ("GITHUB_REF_TYPE", "branch"),
        ];
        environment.extend(more);
        self.sandbox.run(&self.path, env!("CARGO_BIN_EXE_taskmaster"), arguments, &environment)
    }

    /// The step that a push to main runs, of a pipeline that has checked this clone out.
    pub(super) fn pushed(&self, before: &str) -> Ran {
        self.github(&["ci", "run"], "push", &format!(r#"{{"before": "{before}"}}"#), &[])
    }

    /// Task 1 is done, in a commit.
    pub(super) fn done_one(&self) {
        self.mark(ONE, "pending", "done");
        self.commit_all("One is done");
    }
}
