//! In the pipeline of a proposal nothing is recorded, whatever the proposal's own rules say of the branch.

use super::super::ci::shared;
use super::super::sandbox::{Repo, Sandbox};
use super::effects;

const BASE: &str = "workflow_config:\n  mode: commit\n  git: {canonical: main}\n  triggers: []\n";

/// What a proposal makes of them: its branch is the shared one, and each event runs something.
const PROPOSED: &str = "workflow_config:
  mode: commit
  git: {canonical: topic}
  actions:
    act: {run: \"echo ran\"}
  triggers:
    - {name: done, event: task.status.updated, actions: [act]}
    - {name: deployed, event: deployment.success, actions: [act]}
";

/// A pull request's checkout, on its branch.
fn checkout<'a>(sandbox: &'a Sandbox, proposed: &str) -> (Repo<'a>, String) {
    let (bare, ann) = shared(sandbox, BASE);
    let target = ann.head();
    ann.git(&["switch", "-q", "-c", "topic"]);
    ann.write(".taskmaster/config/workflow.yaml", proposed);
    ann.commit_all("Other rules");
    ann.git(&["push", "-q", "origin", "topic"]);
    let ci = sandbox.clone(&bare, "ci");
    ci.git(&["switch", "-q", "topic"]);
    (ci, format!(r#"{{"pull_request": {{"base": {{"sha": "{target}"}}}}}}"#))
}

const SAID: &str = "taskmaster: 1 effect is not recorded: in the pipeline of a proposal nothing is run or sent";

#[test]
fn a_proposals_own_rules_record_nothing_in_its_pipeline() {
    let of_base = [("GITHUB_BASE_REF", "main")];
    for arguments in [
        &["set-status", "3", "done"][..],
        &["update-task-status", "--task-id", "3", "--status", "done"],
        &["emit", "deployment.success", "--task", "3"],
        &["emit", "deployment.success", "--task", "3", "--no-commit"],
    ] {
        let sandbox = Sandbox::new();
        let (ci, payload) = checkout(&sandbox, PROPOSED);
        let ran = ci.github(arguments, "pull_request", &payload, &of_base);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(ran.stderr.contains(SAID), "{ran:?}");
        assert!(effects(&ci).is_empty(), "{arguments:?}: {:#?}", effects(&ci));
        // A push to that branch records what the same commands ask for.
        let ran = ci.github(&["emit", "deployment.success", "--task", "1"], "push", "{}", &[]);
        assert_eq!((ran.code, effects(&ci).len()), (0, 1), "{ran:?}");
    }
}

#[test]
fn a_sync_and_a_hook_in_the_pipeline_of_a_proposal_record_nothing() {
    let sandbox = Sandbox::new();
    let (ci, payload) = checkout(&sandbox, PROPOSED);
    let before = ci.head();
    ci.mark(super::THREE, "pending", "done");
    ci.commit_all("Three is done");
    let ran = ci.github(&["sync", "--since", &before], "pull_request", &payload, &[("GITHUB_BASE_REF", "main")]);
    assert!(ran.code == 0 && ran.stderr.contains(SAID), "{ran:?}");
    assert!(effects(&ci).is_empty());
}

#[test]
fn a_proposal_does_not_say_that_its_pipeline_acts_for_others() {
    let sandbox = Sandbox::new();
    let rules = "workflow_config:\n  mode: commit\n  git: {canonical: topic, executor: ci}\n  triggers:\n\
                 \x20   - {name: done, event: task.status.updated, actions: [trigger_dependent_tasks]}\n";
    let (ci, payload) = checkout(&sandbox, rules);
    let ran = ci.github(&["set-status", "1", "done"], "pull_request", &payload, &[("GITHUB_BASE_REF", "main")]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("would follow: 2 pending; another executor commits it"), "{ran:?}");
    assert_eq!(ci.subjects()[..2], ["chore(taskmaster): 1 done", "Other rules"], "{ran:?}");
}
