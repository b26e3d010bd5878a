//! What history says of tasks: the same in every clone, each change once, with its reason.

use super::sandbox::{Repo, Sandbox, planted};
use super::scenery::{ONE_ONE, THREE};

/// Task 1.1 is done on a branch, with what follows, and the branch is merged.
fn merged(sandbox: &Sandbox) -> Repo<'_> {
    let repo = planted(sandbox);
    repo.git(&["switch", "-q", "-c", "feature"]);
    repo.mark(ONE_ONE, "pending", "done");
    repo.commit_all("Finish its subtask");
    assert_eq!(repo.engine_commits(), 1);
    repo.git(&["switch", "-q", "main"]);
    repo.mark(THREE, "pending", "review");
    repo.commit_all("Review three");
    repo.git(&["merge", "-q", "--no-ff", "--no-edit", "feature"]);
    repo
}

#[test]
fn what_history_says_does_not_depend_on_remotes() {
    let sandbox = Sandbox::new();
    let repo = merged(&sandbox);
    let clone = sandbox.clone(&repo.path, "bob");
    let questions = [
        &["events", "--root", "--json"][..],
        &["events", "--all", "--json"],
        &["log", "--json"],
        &["explain", "HEAD", "--json"],
    ];
    let ask = || questions.map(|question| clone.tm(question));
    let with = ask();
    clone.git(&["remote", "remove", "origin"]);
    assert!(with == ask(), "the answers differ");
    assert!(with[0].contains("\"1.1\""), "{}", with[0]);
}

/// The lines of an answer without dates and ids of commits.
fn told(text: &str) -> Vec<String> {
    text.lines().map(|line| line.split(' ').skip(2).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn the_log_shows_what_merged_branches_did_once_and_why() {
    let sandbox = Sandbox::new();
    let repo = merged(&sandbox);
    let branch = &repo.git(&["rev-parse", "feature~1"])[..7];
    assert_eq!(
        told(&repo.tm(&["log", "1.1"])),
        [
            format!("1.1 updated 2025-01-15 -> 2025-06-15 by updated_date after {branch}"),
            format!("1.1 status@body pending -> done by status_sync after {branch}"),
            format!("1.1 status@tasks/tasks.json pending -> done by status_sync after {branch}"),
            "1.1 status pending -> done by ann".to_owned(),
            "1.1 created (pending) by ann".to_owned(),
        ]
    );
    let parent = told(&repo.tm(&["log", "1"]));
    let rolled = format!("1 status pending -> in-progress by roll_up after {branch}");
    assert_eq!(parent.iter().filter(|line| **line == rolled).count(), 1, "{parent:?}");
    // Newest first, the commits of both sides in the order of their dates.
    let tasks: Vec<String> = told(&repo.tm(&["log"])).iter().map(|line| line[..3].trim_end().to_owned()).collect();
    let last = |task: &str| tasks.iter().position(|found| found == task);
    assert!(last("3") < last("1.1"), "{tasks:?}");
}

#[test]
fn a_merge_in_a_range_shows_its_difference_to_the_branch() {
    let sandbox = Sandbox::new();
    let repo = merged(&sandbox);
    let found = repo.tm(&["events", "HEAD~1..HEAD"]);
    assert_eq!(found.lines().count(), 2, "{found}");
    assert!(found.contains("task.status.updated 1.1 status: pending -> done"), "{found}");
}

#[test]
fn what_a_merge_of_three_branches_lists_is_no_news() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    for (branch, path) in [("left", THREE), ("right", ONE_ONE)] {
        repo.git(&["switch", "-q", "-c", branch, "main"]);
        repo.mark(path, "pending", "done");
        repo.commit_all(branch);
        assert_eq!(repo.engine_commits(), 1);
    }
    repo.git(&["switch", "-q", "main"]);
    repo.quietly(&["merge", "-q", "--no-ff", "--no-edit", "left", "right"]);
    assert_eq!(repo.git(&["log", "-1", "--format=%P"]).split(' ').count(), 3);
    let found = repo.tm(&["events", "HEAD"]);
    assert_eq!(found.lines().count(), 3, "{found}");
    assert_eq!(found.matches("task.status.updated").count(), 2, "{found}");
}
