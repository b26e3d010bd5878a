//! Steps of a pipeline that commit, where the branch takes no pushes.

use super::protected::{protect, unprotect};
use super::sent::{RULES, send, told};
use super::shared;
use crate::sandbox::{Ran, Repo, Sandbox};
use crate::scenery::{ONE, THREE, script};

const DEPLOYED: &str = "    - {name: deployed, event: deployment.success, actions: [{set_status: {status: done}}]}\n";

fn step(clone: &Repo<'_>, arguments: &[&str]) -> Ran {
    clone.github(arguments, "push", "{}", &[])
}

fn status<'a>(task: &'a str, status: &'a str) -> [&'a str; 6] {
    ["update-task-status", "--push", "--task-id", task, "--status", status]
}

const EMIT: [&str; 7] = ["emit", "deployment.success", "--push", "--task", "3", "--id", "7-production"];

#[test]
fn what_steps_do_that_a_protected_branch_does_not_take_is_proposed_and_told_of_once() {
    let sandbox = Sandbox::new();
    let (bare, ann) = shared(&sandbox, &format!("{RULES}{DEPLOYED}"));
    let start = ann.head();
    ann.write("README", "Hello\n");
    ann.commit_all("Hello");
    ann.git(&["push", "-q"]);
    protect(&sandbox);
    let one = sandbox.clone(&bare, "one");
    assert_eq!(one.pushed(&start).code, 0);
    for arguments in [&status("1", "testing")[..], &EMIT[..]] {
        let ran = step(&one, arguments);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(ran.stderr.contains("main takes no pushes; pushed ") && !ran.stderr.contains("went along"), "{ran:?}");
        assert!(ran.stderr.contains("to origin/taskmaster-steps/main\n"), "{ran:?}");
    }
    assert_eq!((send(&one).code, told(&sandbox)), (0, vec!["1 testing".to_owned(), "3 done".to_owned()]));
    // A run that is started anew hands the same event in; another one goes on from there.
    let two = sandbox.clone(&bare, "two");
    let again = step(&two, &EMIT);
    assert!(again.code == 0 && again.stderr.contains("was handled already"), "{again:?}");
    unprotect(&bare);
    ann.write("README", "Hello again\n");
    ann.commit_all("Hello again");
    ann.git(&["push", "-q"]);
    protect(&sandbox);
    let three = sandbox.clone(&bare, "three");
    assert_eq!(step(&three, &status("1", "done")).code, 0);
    assert_eq!((send(&two).code, send(&three).code), (0, 0));
    let all = ["1 done", "1 testing", "2 pending", "3 done"];
    assert_eq!(told(&sandbox), all);
    ann.git(&["fetch", "-q"]);
    let shown = |path: &str| ann.git(&["show", &format!("origin/taskmaster-steps/main:{path}")]);
    assert!(shown(ONE).contains("status: done") && shown(THREE).contains("status: done"));
    assert_eq!(shown("README"), "Hello again");
    assert_eq!(ann.id("origin/main"), ann.head());
    // Merged, nothing is told again.
    unprotect(&bare);
    let before = ann.head();
    ann.git(&["merge", "-q", "--no-ff", "-m", "Merge pull request #8", "origin/taskmaster-steps/main"]);
    ann.git(&["push", "-q"]);
    let last = sandbox.clone(&bare, "last");
    let ran = last.pushed(&before);
    assert_eq!((ran.code, send(&last).code, told(&sandbox)), (0, 0, all.map(ToOwned::to_owned).to_vec()), "{ran:?}");
}

#[test]
fn of_two_steps_at_once_on_a_protected_branch_both_are_proposed() {
    let sandbox = Sandbox::new();
    let (bare, ann) = shared(&sandbox, RULES);
    protect(&sandbox);
    let (one, two) = (sandbox.clone(&bare, "one"), sandbox.clone(&bare, "two"));
    let lines = format!(
        "grep -q taskmaster-steps/main || exit 0\nrm -f \"$0\"\n\
         for name in $(git rev-parse --local-env-vars); do unset $name; done\n\
         exec {} -C {} update-task-status --push --task-id 1 --status testing >&2",
        env!("CARGO_BIN_EXE_taskmaster"),
        two.path.display()
    );
    script(&sandbox, "one/.git/hooks/pre-push", &lines);
    let ran = step(&one, &status("3", "testing"));
    assert!(ran.code == 0 && !one.path.join(".git/hooks/pre-push").exists(), "{ran:?}");
    ann.git(&["fetch", "-q"]);
    let shown = |path: &str| ann.git(&["show", &format!("origin/taskmaster-steps/main:{path}")]);
    assert!(shown(ONE).contains("status: testing") && shown(THREE).contains("status: testing"));
    assert_eq!((send(&one).code, send(&two).code), (0, 0));
    assert_eq!(told(&sandbox), ["1 testing", "3 testing"]);
}

#[test]
fn what_two_steps_contradict_each_other_in_is_left_to_people() {
    let sandbox = Sandbox::new();
    let (bare, ann) = shared(&sandbox, RULES);
    protect(&sandbox);
    assert_eq!(step(&sandbox.clone(&bare, "one"), &status("1", "testing")).code, 0);
    unprotect(&bare);
    ann.mark(ONE, "pending", "review");
    ann.commit_all("One is to be reviewed");
    ann.git(&["push", "-q"]);
    protect(&sandbox);
    let two = sandbox.clone(&bare, "two");
    let ran = step(&two, &status("3", "testing"));
    assert!(ran.code == 3 && ran.stderr.contains("merge its pull request first"), "{ran:?}");
    assert_eq!(two.dirt(), "");
}

#[test]
fn what_a_step_does_again_on_a_push_of_somebody_else_s_is_told() {
    let sandbox = Sandbox::new();
    let (bare, ann) = shared(&sandbox, RULES);
    let ci = sandbox.clone(&bare, "ci");
    ci.tm(&["sync"]);
    ann.write("README", "Hello\n");
    ann.commit_all("Hello");
    ann.git(&["push", "-q"]);
    let ran = step(&ci, &status("1", "done"));
    assert!(ran.code == 0 && ran.stderr.contains("after 1 push by somebody else"), "{ran:?}");
    assert_eq!((send(&ci).code, told(&sandbox)), (0, vec!["1 done".to_owned(), "2 pending".to_owned()]), "{ran:?}");
}
