//! What a pipeline's run has recorded and not sent, where something has changed until the next one comes: the rules, the history of
//! the branch, how much of it a clone has, or where the pipelines' work begins.

use serde_json::Value;

use super::sent::{RULES, send, told};
use super::{shared, with_one_done};
use crate::sandbox::{Repo, Sandbox};
use crate::scenery::{ONE, THREE, TWO, script};

const WORKFLOW: &str = ".taskmaster/config/workflow.yaml";

fn digest(repo: &Repo<'_>) -> String {
    let shown: Value = serde_json::from_str(&repo.tm(&["allow", "-n", "--json"])).unwrap();
    shown.get("hash").unwrap().as_str().unwrap().to_owned()
}

/// What a pipeline gets of the branch by the network, and no more.
fn fetched<'a>(sandbox: &'a Sandbox, name: &str, more: &[&str]) -> Repo<'a> {
    let url = format!("file://{}", sandbox.path().join("shared.git").display());
    let arguments = [&["clone", "-q"], more, &[&url, name]].concat();
    let ran = sandbox.run(sandbox.path(), "git", &arguments, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let repo = Repo { sandbox, path: sandbox.path().join(name) };
    repo.git(&["config", "user.name", name]);
    repo.git(&["config", "user.email", "ci@example.com"]);
    repo
}

/// Something is pushed; gives what the branch was at before.
fn push(repo: &Repo<'_>, message: &str) -> String {
    repo.git(&["pull", "-q"]);
    let before = repo.head();
    repo.write("README", message);
    repo.commit_all(message);
    repo.git(&["push", "-q"]);
    before
}

#[test]
fn what_older_rules_have_recorded_is_sent_once_both_versions_are_allowed() {
    let sandbox = Sandbox::new();
    let (bare, ann, before) = with_one_done(&sandbox, RULES);
    let old = digest(&ann);
    let first = sandbox.clone(&bare, "first");
    assert_eq!(first.pushed(&before).code, 0);
    ann.replace(WORKFLOW, "canonical: main}", "canonical: main} # changed");
    let middle = push(&ann, "Other rules");
    let new = digest(&ann);
    let next = sandbox.clone(&bare, "next");
    let ran = next.pushed(&middle);
    assert!(ran.code == 0 && ran.stderr.contains("takes up 2 effects"), "{ran:?}");
    let send = |allow: &[&str]| next.try_tm(&[&["outbox", "run", "--wait"], allow].concat());
    let ran = send(&["--allow", &new]);
    let named = format!(
        "recorded under the rules {old}, which are not those of HEAD: allow them beside those: --allow {new} --allow {old}"
    );
    assert!(ran.code == 5 && ran.stderr.contains(&named), "{ran:?}");
    // The rules of HEAD are always among them, and each is a whole digest.
    assert_eq!(send(&["--allow", &old]).code, 3);
    let ran = send(&["--allow", &format!("{new} {}", &old[..63])]);
    assert!(ran.code == 3 && ran.stderr.contains("is no digest of a configuration"), "{ran:?}");
    assert!(send(&["--allow", ""]).code != 0 && told(&sandbox).is_empty());
    // One that nothing was recorded under is in nobody's way: a variable holds several for a while.
    let ran = send(&["--allow", &format!("{old},\n{}", "0".repeat(64)), "--allow", &new]);
    assert_eq!((ran.code, told(&sandbox)), (0, vec!["1 done".to_owned(), "2 pending".to_owned()]), "{ran:?}");
}

#[test]
fn behind_a_forced_push_what_a_lost_run_has_recorded_is_taken_up_as_ever() {
    for is_whole in [true, false] {
        let sandbox = Sandbox::new();
        let (bare, ann, before) = with_one_done(&sandbox, RULES);
        let clone = |name: &str| if is_whole { sandbox.clone(&bare, name) } else { fetched(&sandbox, name, &[]) };
        let first = clone("first");
        assert_eq!((first.pushed(&before).code, send(&first).code), (0, 0));
        ann.git(&["pull", "-q"]);
        let dropped = ann.head();
        ann.git(&["reset", "-q", "--hard", &before]);
        ann.write("README", "Other\n");
        ann.commit_all("Other");
        ann.git(&["push", "-q", "--force"]);
        let forced = clone("forced");
        forced.pushed(&dropped);
        let ran = forced.try_tm(&["ci", "run", "--from", &before]);
        assert_eq!((ran.code, send(&forced).code), (0, 0), "{ran:?}");
        // Its runner dies.
        ann.mark(THREE, "pending", "review");
        let middle = push(&ann, "Three is to be reviewed");
        assert_eq!(clone("lost").pushed(&middle).code, 0);
        let middle = push(&ann, "Hello");
        let next = clone("next");
        let ran = next.pushed(&middle);
        assert!(ran.code == 0 && ran.stderr.contains("takes up 1 effect "), "{ran:?}");
        assert_eq!(send(&next).code, 0);
        assert_eq!(told(&sandbox), ["1 done", "2 pending", "3 review"], "whole: {is_whole}");
        // From then on all is as ever: what was sent is one commit.
        let last = clone("last");
        let ran = last.pushed(&middle);
        assert!(ran.code == 0 && !ran.stderr.contains("takes up"), "{ran:?}");
        last.git(&["fetch", "-q", "origin", "refs/taskmaster/sent/main"]);
        let note = last.git(&["log", "-1", "--format=%B", "FETCH_HEAD"]);
        assert!(!note.contains("sent ") && note.contains(&format!("up-to {}", next.head())), "{note}");
    }
}

#[test]
fn where_the_beginning_of_what_was_not_sent_is_cut_off_the_run_says_so() {
    let sandbox = Sandbox::new();
    let (bare, ann, before) = with_one_done(&sandbox, RULES);
    let first = sandbox.clone(&bare, "first");
    assert_eq!((first.pushed(&before).code, send(&first).code), (0, 0));
    ann.mark(THREE, "pending", "review");
    let middle = push(&ann, "Three is to be reviewed");
    assert_eq!(sandbox.clone(&bare, "lost").pushed(&middle).code, 0);
    let middle = push(&ann, "Hello");
    let shallow = fetched(&sandbox, "shallow", &["--depth", "2"]);
    let ran = shallow.pushed(&middle);
    assert!(ran.code == 3 && ran.stderr.contains("is not in this clone: it is shallow"), "{ran:?}");
    let payload = format!(r#"{{"before": "{middle}"}}"#);
    let ran = shallow.github(&["ci", "run", "--deepen"], "push", &payload, &[]);
    assert!(ran.code == 0 && ran.stderr.contains("takes up 1 effect "), "{ran:?}");
    assert_eq!(send(&shallow).code, 0);
    assert_eq!(told(&sandbox), ["1 done", "2 pending", "3 review"]);
}

#[test]
fn what_is_done_for_commits_before_the_first_mark_is_sent() {
    let sandbox = Sandbox::new();
    let (bare, ann) = shared(&sandbox, RULES);
    let before = ann.head();
    ann.mark(ONE, "pending", "done");
    ann.commit_all("One is done");
    ann.git(&["push", "-q"]);
    let middle = push(&ann, "Hello");
    // The run for the second push comes first.
    let second = fetched(&sandbox, "second", &[]);
    assert_eq!((second.pushed(&middle).code, send(&second).code, told(&sandbox).len()), (0, 0, 0));
    let first = fetched(&sandbox, "first", &[]);
    let ran = first.pushed(&before);
    assert_eq!((ran.code, send(&first).code), (0, 0), "{ran:?}");
    assert_eq!(told(&sandbox), ["1 done", "2 pending"], "{ran:?}");
    // Whoever comes behind finds that it was sent.
    for name in ["again", "tip"] {
        let clone = sandbox.clone(&bare, name);
        let ran = clone.pushed(&before);
        assert_eq!((ran.code, send(&clone).code, told(&sandbox).len()), (0, 0, 2), "{ran:?}");
    }
}

#[test]
fn of_the_first_two_runs_at_once_each_does_its_own_commits() {
    let sandbox = Sandbox::new();
    let (_, ann, before) = with_one_done(&sandbox, RULES);
    let one = fetched(&sandbox, "one", &[]);
    let middle = push(&ann, "Hello");
    let two = fetched(&sandbox, "two", &[]);
    // The one for the second push comes in while the first one's push is under way.
    let lines = format!(
        "rm -f \"$0\"\nfor name in $(git rev-parse --local-env-vars); do unset $name; done\n\
         exec {} -C {} ci run --from {middle} >&2",
        env!("CARGO_BIN_EXE_taskmaster"),
        two.path.display()
    );
    script(&sandbox, "one/.git/hooks/pre-push", &lines);
    let ran = one.pushed(&before);
    assert!(ran.code == 0 && !one.path.join(".git/hooks/pre-push").exists(), "{ran:?}");
    assert_eq!((send(&two).code, send(&one).code), (0, 0), "{ran:?}");
    assert_eq!(told(&sandbox), ["1 done", "2 pending"], "{ran:?}");
    ann.git(&["pull", "-q"]);
    assert_eq!(ann.status(TWO), "pending");
}

#[test]
fn a_clone_that_is_behind_takes_nothing_up_that_was_sent_meanwhile() {
    let sandbox = Sandbox::new();
    let (bare, ann, before) = with_one_done(&sandbox, RULES);
    let slow = fetched(&sandbox, "slow", &[]);
    ann.mark(THREE, "pending", "review");
    let middle = push(&ann, "Three is to be reviewed");
    let fast = fetched(&sandbox, "fast", &[]);
    assert_eq!((fast.pushed(&before).code, send(&fast).code), (0, 0));
    assert_eq!(told(&sandbox), ["1 done", "2 pending", "3 review"]);
    // Something is new by now that an engine's commit follows from.
    ann.git(&["pull", "-q"]);
    ann.mark(TWO, "pending", "review");
    push(&ann, "Two is to be reviewed");
    let sent = ["1 done", "2 pending", "2 review", "3 review"];
    // Its runner dies before it has sent that.
    let ran = slow.pushed(&before);
    assert_eq!(ran.code, 0, "{ran:?}");
    let last = sandbox.clone(&bare, "last");
    let ran = last.pushed(&middle);
    assert!(ran.code == 0 && ran.stderr.contains("takes up 1 effect "), "{ran:?}");
    assert_eq!((send(&last).code, told(&sandbox)), (0, sent.map(ToOwned::to_owned).to_vec()));
    let mark = last.git(&["ls-remote", "origin", "refs/taskmaster/processed/main"]);
    assert!(mark.starts_with(&last.head()), "{mark}");
}
