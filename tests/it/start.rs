//! Beginning with a task: `next --start`, and branches that are named for one.

use super::sandbox::{Sandbox, planted};
use super::scenery::{ONE_ONE, THREE};

#[test]
fn the_next_task_is_started_in_a_commit_with_what_follows() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let ran = repo.try_tm(&["next", "--start"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "1.1 One one\n"), "{ran:?}");
    assert!(ran.stderr.starts_with("task 1.1: pending -> in-progress (commit "), "{ran:?}");
    assert_eq!(repo.subjects()[1], "chore(taskmaster): 1.1 in-progress");
    assert_eq!(repo.subjects()[0], "chore(taskmaster): 1 in-progress; 1.1 updated", "the parent follows");
    assert_eq!((repo.status(ONE_ONE).as_str(), repo.dirt().as_str()), ("in-progress", ""));
    let again = repo.try_tm(&["next", "--start"]);
    assert_eq!((again.code, again.stderr.as_str()), (0, "task 1.1 is in-progress already\n"));
}

#[test]
fn a_start_can_be_looked_at_and_left_uncommitted() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let head = repo.head();
    assert!(repo.tm(&["next", "--start", "-n"]).contains("+status: in-progress"));
    assert_eq!(repo.dirt(), "");
    repo.tm(&["next", "--start", "--no-commit"]);
    assert_eq!((repo.head(), repo.status(ONE_ONE).as_str()), (head, "in-progress"));
    for arguments in [&["next", "--no-commit"][..], &["next", "--branch"], &["next", "--start", "--at", "HEAD"]] {
        assert_eq!(repo.try_tm(arguments).code, 2, "{arguments:?}");
    }
}

#[test]
fn where_no_task_is_ready_nothing_is_started() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    for id in ["1.1", "1.2", "1", "2", "3"] {
        repo.tm(&["set-status", id, "done"]);
    }
    let head = repo.head();
    let ran = repo.try_tm(&["next", "--start", "--branch"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{ran:?}");
    assert_eq!(ran.stderr, "no task is ready: all are finished, blocked, or wait for another\n");
    assert_eq!((repo.head(), repo.git(&["branch", "--show-current"])), (head, "main".to_owned()));
    let empty = sandbox.repository("ben");
    assert!(!empty.tm(&["status"]).contains("shared branch"), "nobody misses it yet");
    empty.write(".taskmaster/config/workflow.yaml", "mode: warn\n");
    empty.commit_all("Start");
    let ran = empty.try_tm(&["next", "--start"]);
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (0, "there is no task yet; make one: taskmaster create TITLE\n"),
        "{ran:?}"
    );
}

#[test]
fn a_branch_of_its_own_names_the_task_from_then_on() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let main = repo.head();
    let ran = repo.try_tm(&["next", "--start", "--branch"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(repo.git(&["branch", "--show-current"]), "task/1.1-one-one");
    assert_eq!(repo.id("main"), main, "the branch it was started from stays");
    assert!(repo.tm(&["show"]).starts_with("1.1 One one\n"));
    repo.tm(&["set-status", "done"]);
    assert_eq!(repo.status(ONE_ONE), "done");
    // It is done there: nothing is switched and nothing is committed.
    repo.git(&["switch", "-q", "main"]);
    let refused = repo.try_tm(&["next", "--start", "--branch"]);
    assert_eq!((refused.code, repo.head()), (3, main), "{refused:?}");
    assert!(refused.stderr.contains("`task/1.1-one-one` is there already, and task 1.1 is done on it"), "{refused:?}");
    assert!(refused.stderr.contains("git switch task/1.1-one-one; or begin without"), "{refused:?}");
    assert_eq!(repo.git(&["branch", "--show-current"]), "main");
}

#[test]
fn a_branch_that_is_there_is_switched_to() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.tm(&["next", "--start", "--branch"]);
    let (branch, tip) = (repo.git(&["branch", "--show-current"]), repo.head());
    let again = repo.try_tm(&["next", "--start", "--branch"]);
    assert_eq!((again.code, repo.head()), (0, tip.clone()), "{again:?}");
    assert!(again.stderr.contains("on its branch task/1.1-one-one\ntask 1.1 is in-progress already"), "{again:?}");
    repo.git(&["switch", "-q", "main"]);
    let shown = repo.try_tm(&["next", "--start", "--branch", "-n"]);
    assert!(shown.stderr.contains("would switch to the branch task/1.1-one-one, which is there"), "{shown:?}");
    assert_eq!(repo.git(&["branch", "--show-current"]), "main");
    // An edit that git would lose is in the way.
    repo.replace(ONE_ONE, "Text that nobody touches.", "Mine.");
    let refused = repo.try_tm(&["next", "--start", "--branch"]);
    assert_eq!((refused.code, repo.git(&["branch", "--show-current"])), (3, "main".to_owned()), "{refused:?}");
    repo.git(&["checkout", "-q", "."]);
    let ran = repo.try_tm(&["next", "--start", "--branch"]);
    assert_eq!((ran.code, repo.git(&["branch", "--show-current"]), repo.head()), (0, branch, tip), "{ran:?}");
    assert!(ran.stderr.contains("on the branch task/1.1-one-one, which was there\n"), "{ran:?}");
}

#[test]
fn a_dry_run_of_a_branch_makes_none() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let before = repo.everything();
    let shown = repo.try_tm(&["next", "--start", "--branch", "-n"]);
    assert!(shown.stderr.contains("would make the branch task/1.1-one-one and switch to it\n"), "{shown:?}");
    assert!(shown.code == 0 && shown.stdout.contains("+status: in-progress"), "{shown:?}");
    assert_eq!(repo.everything(), before);
}

#[test]
fn a_hook_that_fails_behind_a_switch_stops_nothing() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.write(".git/hooks/post-checkout", "#!/bin/sh\nexit 1\n");
    let ran = repo.try_tm(&["next", "--start", "--branch"]);
    assert_eq!((ran.code, repo.git(&["branch", "--show-current"]).as_str()), (0, "task/1.1-one-one"), "{ran:?}");
    assert_eq!(repo.status(ONE_ONE), "in-progress");
}

#[test]
fn where_a_start_cannot_be_committed_head_is_where_it_was() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let state =
        || (repo.git(&["for-each-ref"]), repo.head(), repo.dirt(), repo.try_git(&["symbolic-ref", "HEAD"]).stdout);
    // A signer that fails.
    repo.git(&["config", "commit.gpgsign", "true"]);
    repo.git(&["config", "gpg.program", "false"]);
    let before = state();
    let refused = repo.try_tm(&["next", "--start", "--branch"]);
    assert_eq!((refused.code, state()), (4, before), "{refused:?}");
    assert!(refused.stderr.contains("the signer did not answer\nhint: see what the signer says"), "{refused:?}");
    repo.git(&["switch", "-q", "--detach"]);
    let before = state();
    assert_eq!((repo.try_tm(&["next", "--start", "--branch"]).code, state()), (4, before));
    repo.git(&["config", "commit.gpgsign", "false"]);
    // Another git process, which is in the way of switching back, too.
    repo.git(&["switch", "-q", "main"]);
    let before = state();
    repo.write(".git/index.lock", "");
    let refused = repo.try_tm(&["next", "--start", "--branch"]);
    std::fs::remove_file(repo.path.join(".git/index.lock")).unwrap();
    assert_eq!((refused.code, state()), (4, before), "{refused:?}");
    // Something under way.
    repo.git(&["bisect", "start"]);
    let before = state();
    assert_eq!((repo.try_tm(&["next", "--start", "--branch"]).code, state()), (4, before));
    // No commit yet.
    let unborn = sandbox.repository("ben");
    unborn.tm(&["init"]);
    let refused = unborn.try_tm(&["next", "--start", "--branch"]);
    assert_eq!((refused.code, unborn.git(&["symbolic-ref", "HEAD"]).as_str()), (4, "refs/heads/main"), "{refused:?}");
    assert!(refused.stderr.contains("there is no commit yet"), "{refused:?}");
    // From no branch a branch is made.
    repo.git(&["bisect", "reset"]);
    repo.git(&["switch", "-q", "--detach"]);
    assert_eq!(repo.try_tm(&["next", "--start", "--branch"]).code, 0);
    assert_eq!(repo.git(&["branch", "--show-current"]), "task/1.1-one-one");
}

#[test]
fn a_branch_that_is_named_for_a_task_stands_for_it() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    for (branch, title) in [("3-x", "3 Three"), ("feature/1.2", "1.2 One two"), ("task-2", "2 Two"), ("task/3", "3 T")]
    {
        repo.git(&["switch", "-q", "-c", branch]);
        assert!(repo.tm(&["show"]).starts_with(title), "{branch}");
    }
    repo.git(&["switch", "-q", "3-x"]);
    assert_eq!(repo.tm(&["next"]), "3 Three\n", "the branch's own task comes first");
    repo.tm(&["set-status", "review"]);
    assert_eq!(repo.status(THREE), "review");
}

#[test]
fn where_nothing_names_a_task_that_is_said() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let ran = repo.try_tm(&["show"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.starts_with("error: no task is named, and the branch `main` is not named for one\nhint: "));
    repo.git(&["switch", "-q", "--detach"]);
    let ran = repo.try_tm(&["set-status", "done"]);
    assert!(ran.stderr.starts_with("error: no task is named, and HEAD is on no branch\nhint: "), "{ran:?}");
}
