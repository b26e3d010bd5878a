//! Commits that have nothing to do with the tree: the program is not started behind them, and nothing is missed for it.

use std::fs;
use std::time::{Duration, SystemTime};

use super::sandbox::{Repo, Sandbox, planted};
use super::scenery::{ONE_ONE, THREE, executable};

const LOG: &str = ".git/taskmaster/log/workflow.jsonl";

/// How many times `post-commit` has started the program.
fn runs(repo: &Repo<'_>) -> usize {
    let log = fs::read_to_string(repo.path.join(LOG)).unwrap_or_default();
    log.lines().filter(|line| line.contains("\"run\":\"post-commit\"")).count()
}

/// A commit of another file.
fn commit_beside(repo: &Repo<'_>, text: &str) {
    repo.write("other.txt", text);
    repo.commit_all(text);
}

/// A repository in which the first commit behind the rules was looked at.
fn settled(sandbox: &Sandbox) -> Repo<'_> {
    let repo = planted(sandbox);
    commit_beside(&repo, "the first");
    assert_eq!(runs(&repo), 1);
    repo
}

fn set_done(repo: &Repo<'_>, path: &str) {
    repo.replace(path, "\nstatus: pending\n", "\nstatus: done\n");
}

#[test]
fn a_commit_that_has_nothing_of_the_tree_starts_no_program_behind_it() {
    let sandbox = Sandbox::new();
    let repo = settled(&sandbox);
    let cursor = repo.id("refs/taskmaster/cursor/main");
    for text in ["a", "b", "c"] {
        commit_beside(&repo, text);
    }
    assert_eq!((runs(&repo), repo.id("refs/taskmaster/cursor/main")), (1, cursor));
    // Nothing waits for that.
    assert_eq!(repo.tm(&["status", "--short"]), "");
    let status = repo.tm(&["status"]);
    assert!(status.contains("on main, processed up to HEAD"), "{status}");
    // What comes then is seen, once, and so is what lies between.
    set_done(&repo, ONE_ONE);
    repo.commit_all("One one");
    assert_eq!((runs(&repo), repo.subjects()[0].as_str()), (2, "chore(taskmaster): 1 in-progress; 1.1 done"));
    commit_beside(&repo, "d");
    assert_eq!(runs(&repo), 3, "behind a commit of the engine's the program is asked");
    commit_beside(&repo, "e");
    assert_eq!(runs(&repo), 3);
    assert_eq!(repo.subjects().iter().filter(|subject| subject.starts_with("chore(taskmaster)")).count(), 1);
}

#[test]
fn a_commit_that_was_given_up_says_nothing_of_the_next() {
    let sandbox = Sandbox::new();
    let repo = settled(&sandbox);
    // The task is staged first, and is no part of the commit that is given up.
    set_done(&repo, THREE);
    let earlier = SystemTime::now() - Duration::from_hours(1);
    fs::File::options().append(true).open(repo.path.join(THREE)).unwrap().set_modified(earlier).unwrap();
    repo.git(&["add", THREE]);
    // An index with nothing to be noted in it is not written by the next commit.
    repo.git(&["write-tree"]);
    repo.write("other.txt", "given up");
    assert_ne!(repo.try_git(&["commit", "-q", "-m", "", "--only", "other.txt"]).code, 0);
    repo.git(&["commit", "-q", "--no-verify", "-m", "Three"]);
    assert_eq!((runs(&repo), repo.subjects()[0].as_str()), (2, "chore(taskmaster): 3 done"));
}

#[test]
fn what_another_hook_stages_is_seen() {
    let sandbox = Sandbox::new();
    let repo = settled(&sandbox);
    let hook = repo.path.join(".git/hooks/pre-commit");
    let ours = fs::read_to_string(&hook).unwrap();
    executable(&hook, &format!("{ours}sed -i 's/^status: pending$/status: done/' {THREE} && git add {THREE}\n"));
    commit_beside(&repo, "a");
    assert_eq!((runs(&repo), repo.subjects()[0].as_str()), (2, "chore(taskmaster): 3 done"));
}

#[test]
fn a_message_that_closes_a_task_is_read() {
    let sandbox = Sandbox::new();
    let repo = settled(&sandbox);
    repo.tm(&["hooks", "uninstall", "commit-msg"]);
    repo.write("other.txt", "three");
    repo.commit_all("Work\n\nCloses: 3");
    assert_eq!((runs(&repo), repo.subjects()[0].as_str()), (2, "chore(taskmaster): 3 done"));
}

#[test]
fn a_branch_that_begins_there_has_nothing_to_do_either() {
    let sandbox = Sandbox::new();
    let repo = settled(&sandbox);
    commit_beside(&repo, "a");
    repo.git(&["switch", "-q", "-c", "side"]);
    commit_beside(&repo, "b");
    assert_eq!(runs(&repo), 1);
    // What waits there is not taken for done.
    set_done(&repo, THREE);
    repo.git(&["-c", "core.hooksPath=/dev/null", "commit", "-q", "-a", "-m", "Three"]);
    commit_beside(&repo, "c");
    assert_eq!(runs(&repo), 2);
    assert!(repo.subjects()[0].contains("3 done"), "{:?}", repo.subjects());
    repo.git(&["switch", "-q", "main"]);
    set_done(&repo, ONE_ONE);
    repo.commit_all("One one");
    assert_eq!((runs(&repo), repo.subjects()[0].as_str()), (3, "chore(taskmaster): 1 in-progress; 1.1 done"));
}
