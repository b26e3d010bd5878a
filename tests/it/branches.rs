//! Branches that are new, renamed, or named like others.

use super::sandbox::{Sandbox, planted};
use super::scenery::{ONE, TWO};

fn one_done(repo: &super::sandbox::Repo<'_>) {
    repo.replace(ONE, "\nstatus: pending\n", "\nstatus: done\n");
}

#[test]
fn what_was_committed_detached_follows_on_the_branch_that_rescues_it() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.git(&["checkout", "-q", "--detach"]);
    one_done(&repo);
    let ran = repo.commit_all("One, detached");
    assert!(ran.stderr.contains("1 commit waits: HEAD is not on a branch"), "{ran:?}");
    repo.git(&["switch", "-q", "-c", "rescue"]);
    repo.git(&["commit", "-q", "--allow-empty", "-m", "Go on"]);
    assert_eq!(repo.status(TWO), "pending");
    assert!(repo.subjects()[0].starts_with("chore(taskmaster): "), "{:?}", repo.subjects());
}

#[test]
fn a_renamed_branch_goes_on_where_it_was() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.git(&["branch", "-m", "trunk"]);
    one_done(&repo);
    repo.commit_all("One");
    assert_eq!(repo.status(TWO), "pending");
    assert_eq!(repo.tm(&["log", "2", "-m", "1"]).lines().count(), 1);
}

#[test]
fn a_branch_may_be_named_below_one_that_is_gone() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.git(&["switch", "-q", "-c", "feature"]);
    repo.git(&["switch", "-q", "main"]);
    repo.git(&["branch", "-q", "-D", "feature"]);
    repo.git(&["switch", "-q", "-c", "feature/x"]);
    one_done(&repo);
    let ran = repo.commit_all("One");
    assert!(!ran.stderr.contains("left out"), "{ran:?}");
    assert_eq!(repo.status(TWO), "pending");
}

#[test]
fn a_branch_of_others_is_no_news_when_it_is_first_seen() {
    let sandbox = Sandbox::new();
    let origin = sandbox.bare("origin.git");
    let ann = planted(&sandbox);
    ann.git(&["remote", "add", "origin", origin.to_str().unwrap()]);
    ann.git(&["push", "-q", "origin", "main"]);
    ann.git(&["switch", "-q", "-c", "theirs"]);
    one_done(&ann);
    ann.git(&["add", "-A"]);
    ann.git(&["-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "Theirs"]);
    ann.git(&["-c", "core.hooksPath=/dev/null", "push", "-q", "origin", "theirs"]);
    let bob = sandbox.clone(&origin, "bob");
    bob.tm(&["hooks", "install"]);
    let ran = bob.try_git(&["switch", "-q", "theirs"]);
    assert_eq!(ran.stderr, "", "{ran:?}");
    bob.git(&["commit", "-q", "--allow-empty", "-m", "Mine"]);
    assert_eq!(bob.subjects()[0], "Mine");
    assert_eq!(bob.status(TWO), "blocked");
}

#[test]
fn set_status_on_a_new_branch_loses_nothing_that_waits() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    one_done(&repo);
    repo.git(&["add", "-A"]);
    repo.git(&["-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "One, unseen"]);
    repo.git(&["-c", "core.hooksPath=/dev/null", "switch", "-q", "-c", "topic"]);
    repo.tm(&["set-status", "3", "review"]);
    assert_eq!(repo.status(TWO), "pending");
}
