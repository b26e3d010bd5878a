use std::fs;
use std::path::PathBuf;

use super::{CI, shared};
use crate::sandbox::{Repo, Sandbox};
use crate::scenery::{THREE, TWO, WORKFLOW_FILE};

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

#[test]
fn a_pull_request_is_judged_from_its_base_as_that_is_now() {
    let sandbox = Sandbox::new();
    let (bare, ann) = shared(&sandbox, CI);
    let opened = ann.head();
    ann.git(&["switch", "-q", "-c", "topic"]);
    ann.mark(THREE, "pending", "in-progress");
    ann.commit_all("Three is begun");
    ann.git(&["push", "-q", "origin", "topic"]);
    let proposed = ann.head();
    // Meanwhile others free a task, and make an error.
    ann.git(&["switch", "-q", "main"]);
    ann.done_one();
    ann.replace(TWO, "dependencies: [task_001]", "dependencies: [task_001, task_099]");
    ann.commit_all("Two waits for nothing");
    ann.git(&["push", "-q"]);
    let payload = format!(r#"{{"pull_request": {{"base": {{"sha": "{opened}"}}, "head": {{"sha": "{proposed}"}}}}}}"#);
    for depth in ["full", "shallow"] {
        let remote = PathBuf::from(format!("file://{}", bare.display()));
        let ci = sandbox.clone(&remote, depth);
        if depth == "shallow" {
            // As the host has made it, and a checkout of the last commit alone gets it.
            let merged = ann.git(&["merge-tree", "--write-tree", "main", "topic"]);
            let made = ann.git(&["commit-tree", "-p", "main", "-p", "topic", "-m", "Merge", &merged]);
            ann.git(&["push", "-q", "origin", &format!("{made}:refs/pull/7/merge")]);
            fs::remove_dir_all(ci.path.join(".git")).unwrap();
            ci.git(&["init", "-q", "-b", "main"]);
            ci.git(&["remote", "add", "origin", remote.to_str().unwrap()]);
            ci.git(&["fetch", "-q", "--depth=1", "origin", "refs/pull/7/merge"]);
            ci.git(&["checkout", "-q", "-f", "FETCH_HEAD"]);
        } else {
            ci.git(&["switch", "-q", "--detach"]);
            ci.git(&["merge", "-q", "--no-ff", "-m", "Merge", "origin/topic"]);
        }
        let ran = ci.github(&["ci", "run", "--deepen"], "pull_request", &payload, &[BASE]);
        let said = "taskmaster: merging would cause nothing";
        assert!(ran.code == 0 && ran.stdout.starts_with(said), "{depth}: {ran:?}");
    }
}

#[test]
fn a_pull_request_is_judged_by_the_rules_of_its_base_as_that_is_now() {
    let sandbox = Sandbox::new();
    let (bare, ann) = shared(&sandbox, CI);
    let opened = ann.head();
    ann.git(&["switch", "-q", "-c", "topic"]);
    ann.done_one();
    ann.git(&["push", "-q", "origin", "topic"]);
    let proposed = ann.head();
    ann.git(&["switch", "-q", "main"]);
    ann.replace(WORKFLOW_FILE, "[trigger_dependent_tasks, roll_up_parent]", "[roll_up_parent]");
    ann.commit_all("Nothing is freed any more");
    ann.git(&["push", "-q"]);
    let ci = sandbox.clone(&bare, "ci");
    ci.git(&["switch", "-q", "--detach"]);
    ci.git(&["merge", "-q", "--no-ff", "-m", "Merge", "origin/topic"]);
    let payload = format!(r#"{{"pull_request": {{"base": {{"sha": "{opened}"}}, "head": {{"sha": "{proposed}"}}}}}}"#);
    let ran = ci.github(&["ci", "run"], "pull_request", &payload, &[BASE]);
    assert!(ran.code == 0 && !ran.stdout.contains("unblocks"), "{ran:?}");
}
