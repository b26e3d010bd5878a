use super::{CI, shared};
use crate::sandbox::{Repo, Sandbox};
use crate::scenery::{THREE, WORKFLOW_FILE};

/// A pull request's checkout: the merge of the branch into main, with HEAD on no branch.
fn proposal<'a>(sandbox: &'a Sandbox, change: impl FnOnce(&Repo<'a>)) -> (Repo<'a>, String) {
    let (bare, ann) = shared(sandbox, CI);
    let target = ann.head();
    ann.git(&["switch", "-q", "-c", "topic"]);
    change(&ann);
    ann.git(&["push", "-q", "origin", "topic"]);
    let ci = sandbox.clone(&bare, "ci");
    ci.git(&["switch", "-q", "--detach"]);
    ci.git(&["merge", "-q", "--no-ff", "-m", "Merge", "origin/topic"]);
    (ci, format!(r#"{{"pull_request": {{"base": {{"sha": "{target}"}}}}}}"#))
}

const BASE: (&str, &str) = ("GITHUB_BASE_REF", "main");

#[test]
fn a_proposal_is_told_what_merging_would_cause_and_nothing_is_written() {
    let sandbox = Sandbox::new();
    let (ci, payload) = proposal(&sandbox, Repo::done_one);
    let (head, refs) = (ci.head(), ci.git(&["for-each-ref"]));
    let ran = ci.github(&["ci", "run"], "pull_request", &payload, &[BASE]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "taskmaster: merging would cause: unblocks 2\n"), "{ran:?}");
    assert_eq!((ci.head(), ci.git(&["for-each-ref"]), ci.dirt()), (head, refs, String::new()));
}

#[test]
fn a_proposal_is_judged_by_the_rules_of_its_base() {
    let sandbox = Sandbox::new();
    let (ci, payload) = proposal(&sandbox, |ann| {
        ann.done_one();
        // Its own rules would do nothing, and know a status that the base does not.
        ann.write(WORKFLOW_FILE, "workflow_config:\n  mode: commit\n  triggers: []\n");
        ann.commit_all("Other rules");
    });
    let ran = ci.github(&["ci", "run"], "pull_request", &payload, &[BASE]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "taskmaster: merging would cause: unblocks 2\n"), "{ran:?}");
}

#[test]
fn what_is_wrong_in_a_proposal_is_annotated() {
    let sandbox = Sandbox::new();
    let (ci, payload) = proposal(&sandbox, |ann| {
        ann.replace(THREE, "dependencies: []", "dependencies: [task_099]");
        ann.replace(WORKFLOW_FILE, "      event: deployment.success\n", "      event: Deployment!\n");
        ann.commit_all("Wrong");
    });
    let ran = ci.github(&["ci", "run"], "pull_request", &payload, &[BASE]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let annotated = |file: &str| ran.stdout.lines().any(|line| line.starts_with("::") && line.contains(file));
    assert!(annotated("file=.taskmaster/context/task_003/task.md"), "{ran:?}");
    assert!(annotated("file=.taskmaster/config/workflow.yaml"), "{ran:?}");
    // Without a pipeline the same range is named on the command line.
    let by_hand = ci.try_tm(&["ci", "run", "--from", "origin/main", "--check"]);
    assert!(by_hand.code == 1 && by_hand.stdout.contains(".taskmaster/context/task_003/task.md:8:"), "{by_hand:?}");
}
