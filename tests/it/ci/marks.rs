//! Up to where a branch was processed: runs that never came about, runs of the same commits at once, steps that commit.

use std::path::PathBuf;

use super::{CI, shared};
use crate::outbox::server::Server;
use crate::outbox::{allow, effects};
use crate::sandbox::{Repo, Sandbox};
use crate::scenery::{ONE, THREE, TWO, script};

const REVIEW: &str = "    - name: review
      event: task.status.updated
      conditions: [{field: status, operator: equals, value: review}]
      actions: [{set_status: {status: testing}}]
";

/// Rules that tell of each change of a status, and edit nothing.
const TELLING: &str = "workflow_config:
  mode: commit
  git: {executor: ci, canonical: main}
  notifications: {channels: [{type: slack, url: \"${HOOK}\"}]}
  triggers:
    - {name: told, event: task.status.updated, actions: [send_notifications]}
";

fn push(repo: &Repo<'_>, message: &str) -> String {
    let before = repo.head();
    repo.commit_all(message);
    repo.git(&["push", "-q"]);
    before
}

fn waiting(repo: &Repo<'_>) -> usize {
    effects(repo).iter().filter(|effect| effect["state"] == "waiting").count()
}

/// The last step of a pipeline: what was recorded is sent.
#[track_caller]
fn send(repo: &Repo<'_>) {
    let server = Server::answering(&["200 OK"]);
    repo.git(&["config", "taskmaster.privateAddresses", "true"]);
    let shown: serde_json::Value = serde_json::from_str(&repo.tm(&["allow", "-n", "--json"])).unwrap();
    let arguments = ["outbox", "run", "--wait", "--allow", shown.get("hash").unwrap().as_str().unwrap()];
    let before = waiting(repo);
    let ran = repo.sandbox.run(&repo.path, env!("CARGO_BIN_EXE_taskmaster"), &arguments, &[("HOOK", &server.url)]);
    assert_eq!((ran.code, server.asked().len()), (0, before), "{ran:?}");
}

#[test]
fn what_a_run_was_to_do_that_never_came_about_the_next_one_does() {
    let sandbox = Sandbox::new();
    let (bare, ann) = shared(&sandbox, &format!("{CI}{REVIEW}"));
    ann.mark(ONE, "pending", "done");
    let first = push(&ann, "One is done");
    assert_eq!(sandbox.clone(&bare, "first").pushed(&first).code, 0);
    ann.git(&["pull", "-q"]);
    // Of several runs that wait for their turn the provider keeps one: this one never begins.
    ann.mark(THREE, "pending", "review");
    push(&ann, "Three is to be reviewed");
    ann.write("README", "Hello\n");
    ann.git(&["add", "-A"]);
    let third = push(&ann, "Hello");
    let ran = sandbox.clone(&bare, "third").pushed(&third);
    assert!(ran.code == 0 && ran.stderr.contains("+1 commit"), "{ran:?}");
    ann.git(&["pull", "-q"]);
    assert_eq!((ann.status(TWO), ann.status(THREE)), ("pending".to_owned(), "testing".to_owned()));
    assert_eq!(ann.engine_commits(), 2);
}

#[test]
fn what_was_sent_is_not_sent_by_the_run_behind() {
    let sandbox = Sandbox::new();
    let (bare, ann) = shared(&sandbox, TELLING);
    ann.mark(ONE, "pending", "done");
    let first = push(&ann, "One is done");
    let one = sandbox.clone(&bare, "one");
    assert_eq!((one.pushed(&first).code, waiting(&one)), (0, 1));
    send(&one);
    ann.mark(THREE, "pending", "review");
    let second = push(&ann, "Three is to be reviewed");
    // Started anew, the first run finds its commits done, and does what is new.
    let again = sandbox.clone(&bare, "again");
    assert_eq!((again.pushed(&first).code, waiting(&again)), (0, 1));
    send(&again);
    let late = sandbox.clone(&bare, "late");
    assert_eq!((late.pushed(&second).code, waiting(&late)), (0, 0));
}

#[test]
fn of_two_runs_of_the_same_commits_at_once_one_sends() {
    for rules in
        [TELLING.to_owned(), TELLING.replace("[send_notifications]", "[trigger_dependent_tasks, send_notifications]")]
    {
        let sandbox = Sandbox::new();
        let (bare, ann) = shared(&sandbox, &rules);
        ann.mark(ONE, "pending", "done");
        let first = push(&ann, "One is done");
        let (one, two) = (sandbox.clone(&bare, "one"), sandbox.clone(&bare, "two"));
        // The other one comes in while the push is under way.
        let lines = format!(
            "rm -f \"$0\"\nfor name in $(git rev-parse --local-env-vars); do unset $name; done\n\
             exec {} -C {} ci run >&2",
            env!("CARGO_BIN_EXE_taskmaster"),
            two.path.display()
        );
        script(&sandbox, "one/.git/hooks/pre-push", &lines);
        let ran = one.pushed(&first);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(ran.stderr.contains("nothing follows") || !one.path.join(".git/hooks/pre-push").exists(), "{ran:?}");
        ann.git(&["pull", "-q"]);
        let edits = usize::from(rules.contains("trigger_dependent_tasks"));
        assert_eq!(ann.engine_commits(), edits, "{:?}", ann.subjects());
        // Each change of a status is told once: the person's, and the one that follows.
        assert_eq!((waiting(&one), waiting(&two)), (0, 1 + edits), "{ran:?}");
    }
}

#[test]
fn what_a_step_has_committed_is_not_told_again() {
    let sandbox = Sandbox::new();
    let (bare, ann) = shared(&sandbox, TELLING);
    ann.mark(ONE, "pending", "done");
    let first = push(&ann, "One is done");
    let one = sandbox.clone(&bare, "one");
    assert_eq!(one.pushed(&first).code, 0);
    let step = ["update-task-status", "--push", "--task-id", "3", "--status", "testing"];
    let set = one.github(&step, "push", &format!(r#"{{"before": "{first}"}}"#), &[]);
    assert_eq!((set.code, waiting(&one)), (0, 2), "{set:?}");
    send(&one);
    ann.git(&["pull", "-q"]);
    ann.write("README", "Hello\n");
    ann.git(&["add", "-A"]);
    let third = push(&ann, "Hello");
    let next = sandbox.clone(&bare, "next");
    assert_eq!((next.pushed(&third).code, waiting(&next)), (0, 0));
}

#[test]
fn a_step_passes_over_nothing_that_was_not_processed() {
    for is_task in [true, false] {
        let sandbox = Sandbox::new();
        let (bare, ann) = shared(&sandbox, TELLING);
        ann.mark(ONE, "pending", "done");
        let first = push(&ann, "One is done");
        assert_eq!(sandbox.clone(&bare, "one").pushed(&first).code, 0);
        // The run for this push never begins.
        if is_task {
            ann.mark(THREE, "pending", "review");
        }
        ann.write("README", "Hello\n");
        ann.git(&["add", "-A"]);
        let second = push(&ann, "Hello");
        let mark = || {
            let marks = ann.git(&["ls-remote", "origin", "refs/taskmaster/processed/main"]);
            marks.split_whitespace().next().unwrap().to_owned()
        };
        let before = mark();
        let step = ["update-task-status", "--push", "--task-id", "2", "--status", "testing"];
        let two = sandbox.clone(&bare, "two");
        let set = two.github(&step, "push", &format!(r#"{{"before": "{second}"}}"#), &[]);
        assert_eq!(set.code, 0, "{set:?}");
        assert_eq!(mark(), if is_task { before } else { two.head() }, "{set:?}");
    }
}

#[test]
fn a_step_leaves_a_mark_on_commits_that_were_forced_away() {
    let sandbox = Sandbox::new();
    let (bare, ann) = shared(&sandbox, TELLING);
    ann.mark(ONE, "pending", "done");
    let first = push(&ann, "One is done");
    let one = sandbox.clone(&bare, "one");
    assert_eq!(one.pushed(&first).code, 0);
    let mark = || ann.git(&["ls-remote", "origin", "refs/taskmaster/processed/main"]);
    let before = mark();
    assert!(before.starts_with(&ann.head()), "{before}");
    ann.git(&["commit", "-q", "--amend", "-m", "One is done, in other words"]);
    ann.git(&["push", "-q", "-f"]);
    // The clone has both.
    one.git(&["fetch", "-q"]);
    one.git(&["reset", "-q", "--hard", "origin/main"]);
    let step = ["update-task-status", "--push", "--task-id", "2", "--status", "testing"];
    let set = one.github(&step, "push", &format!(r#"{{"before": "{first}"}}"#), &[]);
    assert!(set.code == 0 && set.stderr.contains("pushed "), "{set:?}");
    assert_eq!(mark(), before);
}

#[test]
fn a_remote_that_takes_no_marks_is_no_reason_to_fail() {
    let sandbox = Sandbox::new();
    let (bare, ann) = shared(&sandbox, TELLING);
    script(&sandbox, "shared.git/hooks/update", "case \"$1\" in refs/heads/*) ;; *) exit 1 ;; esac");
    ann.mark(ONE, "pending", "done");
    let first = push(&ann, "One is done");
    let one = sandbox.clone(&bare, "one");
    let ran = one.pushed(&first);
    assert_eq!((ran.code, ran.stdout.as_str(), waiting(&one)), (0, "taskmaster: 1 effect\n", 1), "{ran:?}");
    assert_eq!(ann.git(&["ls-remote", "origin", "refs/taskmaster/*"]), "");
}

/// What the hook of a clone does while its push is under way, in another clone.
fn meanwhile(sandbox: &Sandbox, clone: &Repo<'_>, other: &Repo<'_>, lines: &str) {
    let lines = format!(
        "for name in $(git rev-parse --local-env-vars); do unset $name; done\ncd {}\n{lines}",
        other.path.display()
    );
    script(sandbox, &format!("{}/.git/hooks/pre-push", clone.path.file_name().unwrap().display()), &lines);
}

#[test]
fn edits_in_the_way_of_what_another_run_has_pushed_are_kept() {
    let sandbox = Sandbox::new();
    let rules = TELLING.replace("[send_notifications]", "[trigger_dependent_tasks]");
    let (bare, ann) = shared(&sandbox, &rules);
    ann.write("README", "Hello\n");
    ann.git(&["add", "-A"]);
    push(&ann, "Hello");
    ann.mark(ONE, "pending", "done");
    let first = push(&ann, "One is done");
    let (one, two) = (sandbox.clone(&bare, "one"), sandbox.clone(&bare, "two"));
    let lines = format!(
        "'{}' ci run >&2\necho theirs > README\ngit commit -q -a -m Theirs\ngit push -q",
        env!("CARGO_BIN_EXE_taskmaster")
    );
    meanwhile(&sandbox, &one, &two, &lines);
    one.write("README", "mine\n");
    let ran = one.pushed(&first);
    assert!(ran.code == 3 && ran.stderr.contains("edits here are in the way"), "{ran:?}");
    assert_eq!(one.read("README"), "mine\n");
}

#[test]
fn a_mark_that_moves_again_and_again_is_not_waited_for() {
    let sandbox = Sandbox::new();
    let (bare, ann) = shared(&sandbox, TELLING);
    for text in ["a", "b"] {
        ann.write("README", text);
        ann.git(&["add", "-A"]);
        push(&ann, "Hello");
    }
    ann.mark(ONE, "pending", "done");
    let first = push(&ann, "One is done");
    let (one, two) = (sandbox.clone(&bare, "one"), sandbox.clone(&bare, "two"));
    let lines = "now=$(git ls-remote origin refs/taskmaster/processed/main | cut -f1)
next=$(git rev-parse HEAD~2)
[ \"$now\" != \"$next\" ] || next=$(git rev-parse HEAD~3)
git push -q -f origin $next:refs/taskmaster/processed/main >&2";
    meanwhile(&sandbox, &one, &two, lines);
    let ran = one.pushed(&first);
    assert_eq!((ran.code, one.head()), (4, ann.head()), "{ran:?}");
}

#[test]
fn what_follows_from_a_status_that_is_pushed_begins_behind_the_push() {
    let sandbox = Sandbox::new();
    let rules = "workflow_config:
  mode: commit
  git: {canonical: main}
  actions: {tell: {run: \"touch ../ran\"}}
  triggers:
    - {name: told, event: task.status.updated, actions: [tell]}
";
    let (_, ann) = shared(&sandbox, rules);
    ann.tm(&["sync"]);
    allow(&ann);
    // The push is slow; what is sent too early comes about in that time.
    let lines = "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do [ ! -e ../ran ] || touch ../early; sleep 0.1; done";
    script(&sandbox, "ann/.git/hooks/pre-push", lines);
    let ran = ann.try_tm(&["update-task-status", "--push", "--task-id", "3", "--status", "done"]);
    assert!(ran.code == 0 && ran.stderr.contains("pushed "), "{ran:?}");
    assert!(!sandbox.path().join("early").exists());
    ann.try_tm(&["outbox", "run", "--wait"]);
    assert_eq!(effects(&ann).len(), 1);
}

#[test]
fn what_a_forced_push_brings_is_done_and_nothing_of_what_it_keeps_is_done_again() {
    for is_run_lost in [false, true] {
        let sandbox = Sandbox::new();
        let (bare, ann) = shared(&sandbox, &TELLING.replace("[send", "[trigger_dependent_tasks, send"));
        let start = ann.head();
        ann.mark(THREE, "pending", "review");
        push(&ann, "Three is to be reviewed");
        let one = sandbox.clone(&bare, "one");
        assert_eq!((one.pushed(&start).code, waiting(&one)), (0, 1));
        send(&one);
        // The same in other words, and something more.
        let old = ann.head();
        ann.git(&["commit", "-q", "--amend", "-m", "Three waits for a review"]);
        ann.mark(ONE, "pending", "done");
        ann.commit_all("One is done");
        ann.git(&["push", "-q", "-f"]);
        let mut before = old.clone();
        if is_run_lost {
            ann.write("README", "Hello\n");
            ann.git(&["add", "-A"]);
            before = push(&ann, "Hello");
        }
        // Over a network nothing comes along that no branch has.
        let remote = PathBuf::from(format!("file://{}", bare.display()));
        let two = sandbox.clone(&remote, "two");
        assert_ne!(two.try_git(&["cat-file", "-e", &old]).code, 0);
        let ran = two.pushed(&before);
        assert_eq!((ran.code, waiting(&two)), (0, 2), "{is_run_lost}: {ran:?}");
        send(&two);
        ann.git(&["pull", "-q"]);
        assert_eq!((ann.status(TWO), ann.engine_commits()), ("pending".to_owned(), 1), "{is_run_lost}: {ran:?}");
        let three = sandbox.clone(&remote, "three");
        assert_eq!((three.pushed(&before).code, waiting(&three)), (0, 0), "{is_run_lost}");
    }
}

#[test]
fn a_branch_that_has_nothing_in_common_with_what_was_processed_is_said() {
    let sandbox = Sandbox::new();
    let (bare, ann) = shared(&sandbox, TELLING);
    ann.mark(ONE, "pending", "done");
    let first = push(&ann, "One is done");
    assert_eq!(sandbox.clone(&bare, "one").pushed(&first).code, 0);
    let old = ann.head();
    ann.git(&["checkout", "-q", "--orphan", "other"]);
    ann.commit_all("Begun anew");
    ann.git(&["branch", "-q", "-M", "other", "main"]);
    ann.git(&["push", "-q", "-f", "origin", "main"]);
    let ran = sandbox.clone(&bare, "two").pushed(&old);
    assert!(ran.code == 3 && ran.stderr.contains("--from REVISION"), "{ran:?}");
}
