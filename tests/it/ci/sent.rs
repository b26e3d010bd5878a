//! What a pipeline's runs send: once, whichever run has recorded it, and also where the one that has recorded it was lost.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::protected::{protect, unprotect};
use super::{shared, with_one_done};
use crate::outbox::server::Server;
use crate::sandbox::{Ran, Repo, Sandbox};
use crate::scenery::{THREE, script};

/// Rules that tell of each change of a status, in a file that all clones write to.
pub(super) const RULES: &str = "workflow_config:
  mode: commit
  git: {executor: ci, canonical: main}
  actions: {tell: {run: \"echo $TASKMASTER_TASK $TASKMASTER_NEW >> ../told\"}}
  triggers:
    - {name: told, event: task.status.updated, actions: [trigger_dependent_tasks, tell]}
    - name: review
      event: task.status.updated
      conditions: [{field: status, operator: equals, value: review}]
      actions: [{set_status: {status: testing}}]
";

/// The last step of a pipeline.
pub(super) fn send(clone: &Repo<'_>) -> Ran {
    let shown: Value = serde_json::from_str(&clone.tm(&["allow", "-n", "--json"])).unwrap();
    clone.try_tm(&["outbox", "run", "--wait", "--allow", shown.get("hash").unwrap().as_str().unwrap()])
}

pub(super) fn told(sandbox: &Sandbox) -> Vec<String> {
    let text = fs::read_to_string(sandbox.path().join("told")).unwrap_or_default();
    let mut lines: Vec<String> = text.lines().map(ToOwned::to_owned).collect();
    lines.sort();
    lines
}

const FIRST: [&str; 2] = ["1 done", "2 pending"];

#[test]
fn a_run_that_is_started_anew_sends_nothing_again() {
    for is_protected in [true, false] {
        let sandbox = Sandbox::new();
        let (bare, _, before) = with_one_done(&sandbox, RULES);
        if is_protected {
            protect(&sandbox);
        }
        for name in ["first", "again", "once-more"] {
            let ci = sandbox.clone(&bare, name);
            assert_eq!(ci.pushed(&before).code, 0);
            assert_eq!(send(&ci).code, 0);
            assert_eq!(told(&sandbox), FIRST, "{name}, protected: {is_protected}");
        }
    }
}

#[test]
fn of_two_runs_at_once_with_an_open_proposal_both_end_well_and_each_message_is_sent_once() {
    let sandbox = Sandbox::new();
    let (bare, ann, before) = with_one_done(&sandbox, RULES);
    protect(&sandbox);
    let first = sandbox.clone(&bare, "first");
    assert_eq!((first.pushed(&before).code, send(&first).code), (0, 0));
    unprotect(&bare);
    let middle = ann.head();
    ann.mark(THREE, "pending", "review");
    ann.commit_all("Three is to be reviewed");
    ann.git(&["push", "-q"]);
    protect(&sandbox);
    let (one, two) = (sandbox.clone(&bare, "one"), sandbox.clone(&bare, "two"));
    // The other one comes in while the proposal is pushed.
    let lines = format!(
        "grep -q taskmaster/main || exit 0\nrm -f \"$0\"\nfor name in $(git rev-parse --local-env-vars); do unset $name; done\n\
         exec {} -C {} ci run >&2",
        env!("CARGO_BIN_EXE_taskmaster"),
        two.path.display()
    );
    script(&sandbox, "one/.git/hooks/pre-push", &lines);
    let ran = one.pushed(&middle);
    assert!(ran.code == 0 && !one.path.join(".git/hooks/pre-push").exists(), "{ran:?}");
    for clone in [&one, &two] {
        let sent = send(clone);
        assert_eq!(sent.code, 0, "{sent:?}");
    }
    assert_eq!(told(&sandbox), ["1 done", "2 pending", "3 review"], "{ran:?}");
    ann.git(&["fetch", "-q"]);
    assert_eq!(ann.id("origin/taskmaster/main^"), ann.head());
}

#[test]
fn what_a_run_has_recorded_and_not_sent_the_next_one_sends() {
    for is_protected in [true, false] {
        for is_stale in [true, false] {
            let sandbox = Sandbox::new();
            let (bare, ann, before) = with_one_done(&sandbox, RULES);
            if is_protected {
                protect(&sandbox);
            }
            let first = sandbox.clone(&bare, "first");
            assert_eq!(first.pushed(&before).code, 0);
            if is_stale {
                let stale = first.try_tm(&["outbox", "run", "--wait", "--allow", &"0".repeat(64)]);
                assert_ne!(stale.code, 0, "{stale:?}");
            }
            unprotect_if(is_protected, &bare);
            ann.git(&["pull", "-q"]);
            let middle = ann.head();
            ann.write("README", "Hello\n");
            ann.commit_all("Hello");
            ann.git(&["push", "-q"]);
            if is_protected {
                protect(&sandbox);
            }
            let next = sandbox.clone(&bare, "next");
            let ran = next.pushed(&middle);
            assert!(ran.code == 0 && ran.stderr.contains("takes up 2 effects"), "{ran:?}");
            assert_eq!((send(&next).code, told(&sandbox)), (0, FIRST.map(ToOwned::to_owned).to_vec()), "{ran:?}");
            // The first one was only slow, and comes in late.
            assert_eq!((send(&first).code, told(&sandbox).len()), (0, 2), "protected: {is_protected}");
        }
    }
}

fn unprotect_if(is_protected: bool, bare: &std::path::Path) {
    if is_protected {
        unprotect(bare);
    }
}

#[test]
fn what_is_held_in_one_run_is_all_that_the_next_one_sends() {
    let sandbox = Sandbox::new();
    let rules = RULES
        .replace("  actions: {tell", "  actions: {ask: {webhook: {url: \"${HOOK}\"}}, tell")
        .replace("[trigger_dependent_tasks, tell]", "[ask, tell]");
    let (bare, _, before) = with_one_done(&sandbox, &rules);
    let server = Server::answering(&["200 OK"]);
    let first = sandbox.clone(&bare, "first");
    assert_eq!(first.pushed(&before).code, 0);
    let held = send(&first);
    // A pipeline can tell.
    assert_eq!((held.code, told(&sandbox)), (5, vec!["1 done".to_owned()]), "{held:?}");
    let again = sandbox.clone(&bare, "again");
    again.git(&["config", "taskmaster.privateAddresses", "true"]);
    let ran = again.pushed(&before);
    assert!(ran.code == 0 && ran.stderr.contains("takes up 1 effect "), "{ran:?}");
    let shown: Value = serde_json::from_str(&again.tm(&["allow", "-n", "--json"])).unwrap();
    let arguments = ["outbox", "run", "--wait", "--allow", shown["hash"].as_str().unwrap()];
    let sent = sandbox.run(&again.path, env!("CARGO_BIN_EXE_taskmaster"), &arguments, &[("HOOK", &server.url)]);
    assert_eq!((sent.code, told(&sandbox).len(), server.asked().len()), (0, 1, 1), "{sent:?}");
}

#[test]
fn a_run_that_waits_for_what_nobody_has_allowed_says_so_by_its_exit_code() {
    let sandbox = Sandbox::new();
    let (bare, _, before) = with_one_done(&sandbox, RULES);
    let ci = sandbox.clone(&bare, "ci");
    assert_eq!(ci.pushed(&before).code, 0);
    assert_eq!((ci.try_tm(&["outbox", "run"]).code, ci.try_tm(&["outbox", "run", "--wait"]).code), (0, 5));
    assert_eq!(send(&ci).code, 0);
}

#[test]
fn what_a_step_has_recorded_and_not_sent_the_next_run_sends() {
    let sandbox = Sandbox::new();
    let (bare, ann) = shared(&sandbox, RULES);
    let before = ann.head();
    ann.write("README", "Hello\n");
    ann.commit_all("Hello");
    ann.git(&["push", "-q"]);
    let one = sandbox.clone(&bare, "one");
    assert_eq!((one.pushed(&before).code, send(&one).code), (0, 0));
    let step = ["update-task-status", "--push", "--task-id", "1", "--status", "done"];
    let set = one.github(&step, "push", &format!(r#"{{"before": "{before}"}}"#), &[]);
    assert_eq!((set.code, told(&sandbox).len()), (0, 0), "{set:?}");
    let two = sandbox.clone(&bare, "two");
    assert_eq!((two.pushed(&before).code, send(&two).code), (0, 0));
    assert_eq!(told(&sandbox), FIRST);
    assert_eq!((send(&one).code, told(&sandbox).len()), (0, 2));
}

#[test]
fn a_list_that_another_run_writes_anew_as_it_is_read_is_read_again() {
    let sandbox = Sandbox::new();
    let (bare, ann, before) = with_one_done(&sandbox, RULES);
    let one = sandbox.clone(&bare, "one");
    assert_eq!((one.pushed(&before).code, send(&one).code), (0, 0));
    let middle = ann.head();
    ann.git(&["pull", "-q"]);
    ann.mark(THREE, "pending", "review");
    ann.commit_all("Three is to be reviewed");
    ann.git(&["push", "-q"]);
    let remote = PathBuf::from(format!("file://{}", bare.display()));
    let two = sandbox.clone(&remote, "two");
    // Behind the first question, where it is, it is written anew.
    let lines = format!(
        "if [ ! -e asked ]; then touch asked; elif [ ! -e written ]; then touch written
cd {}
list=refs/taskmaster/sent/main
new=$(git cat-file commit $list | sed 's/^committer .*/committer X <x@example.com> 1 +0000/' | git hash-object -t commit -w --stdin)
git update-ref $list $new
fi
exec git upload-pack \"$@\"",
        bare.display()
    );
    let program = script(&sandbox, "upload-pack", &lines);
    two.git(&["config", "remote.origin.uploadpack", &program]);
    let ran = two.pushed(&middle);
    assert!(ran.code == 0 && two.path.join("written").exists(), "{ran:?}");
    let sent = send(&two);
    assert!(sent.code == 0 && !sent.stderr.contains("cannot be said"), "{sent:?}");
    assert_eq!(told(&sandbox), ["1 done", "2 pending", "3 review"], "{ran:?}");
}

#[test]
fn a_list_that_a_step_begins_while_the_first_run_does_is_kept() {
    let sandbox = Sandbox::new();
    let (bare, ann, before) = with_one_done(&sandbox, RULES);
    let one = sandbox.clone(&bare, "one");
    let lines = "rm -f \"$0\"
list=$(git commit-tree -m taskmaster.sent/1 $(git hash-object -t tree -w --stdin </dev/null))
git push -q origin $list:refs/taskmaster/sent/main >&2";
    script(&sandbox, "one/.git/hooks/pre-push", lines);
    let ran = one.pushed(&before);
    assert!(ran.code == 0 && !one.path.join(".git/hooks/pre-push").exists(), "{ran:?}");
    assert_eq!((send(&one).code, told(&sandbox)), (0, FIRST.map(ToOwned::to_owned).to_vec()), "{ran:?}");
    // The next run says up to where all was sent.
    ann.git(&["pull", "-q"]);
    let before = ann.head();
    ann.mark(THREE, "pending", "review");
    ann.commit_all("Three is to be reviewed");
    ann.git(&["push", "-q"]);
    let two = sandbox.clone(&bare, "two");
    let ran = two.pushed(&before);
    assert_eq!((ran.code, send(&two).code, told(&sandbox).len()), (0, 0, 3), "{ran:?}");
    ann.git(&["fetch", "-q", "origin", "refs/taskmaster/sent/main"]);
    let list = ann.git(&["log", "-1", "--format=%B", "FETCH_HEAD"]);
    assert!(list.contains("up-to "), "{list}");
}
