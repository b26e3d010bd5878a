//! What history says of tasks: the same in every clone, each change once, with its reason.

use super::sandbox::{Repo, Sandbox, WORKFLOW, planted};
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

/// Task 3 is done on a branch, with what follows, and the branch is replayed elsewhere; the commits
/// that the engine commit names are in another repository only. Gives the event's old id, too.
fn rebased<'a>(sandbox: &'a Sandbox, origin: &Repo<'_>) -> (Repo<'a>, String) {
    origin.git(&["switch", "-q", "-c", "feature"]);
    origin.mark(THREE, "pending", "done");
    origin.commit_all("Finish three");
    let events = origin.tm(&["events", "HEAD~1"]);
    let key = events.lines().nth(1).unwrap().trim_start().split(' ').next().unwrap().to_owned();
    origin.git(&["switch", "-q", "main"]);
    origin.write("other.txt", "x");
    origin.commit_all("Other");
    origin.quietly(&["rebase", "-q", "main", "feature"]);
    let clone = sandbox.clone(&origin.path, "bob");
    assert_eq!(clone.git(&["log", "-1", "--format=%s", "HEAD~1"]), "Finish three");
    (clone, key)
}

#[test]
fn what_follows_is_explained_after_a_rebase() {
    let sandbox = Sandbox::new();
    let origin = planted(&sandbox);
    let (repo, key) = rebased(&sandbox, &origin);
    let source = repo.id("HEAD~1");
    let told = repo.tm(&["explain", "HEAD"]);
    assert!(told.contains("3 status@tasks/tasks.json pending -> done, by status_sync for event"), "{told}");
    assert!(told.contains(&format!("\n{} Finish three\n", &source[..7])), "{told}");
    assert!(told.contains("task.status.updated 3 status: pending -> done"), "{told}");
    // The id the event had before is found where it is written.
    let by_key = repo.tm(&["explain", &key]);
    assert!(by_key.starts_with(told.lines().next().unwrap()), "{by_key}");
    let short = repo.try_tm(&["explain", &key[..5]]);
    assert!(short.code != 0 && short.stderr.contains("at least 6 digits"), "{short:?}");
    // Where nothing did the same, the engine commit still says what it lists.
    repo.git(&["checkout", "-q", "--orphan", "new", "HEAD~1"]);
    repo.quietly(&["commit", "-q", "-m", "Anew"]);
    repo.quietly(&["cherry-pick", "origin/feature"]);
    let told = repo.tm(&["explain", "HEAD"]);
    assert!(told.contains("3 status@tasks/tasks.json pending -> done, by status_sync for event"), "{told}");
    assert!(told.contains("which is not in this history any more") && !told.contains("no events"), "{told}");
}

#[test]
fn what_follows_is_taken_back_after_a_rebase() {
    let sandbox = Sandbox::new();
    let origin = planted(&sandbox);
    let (repo, key) = rebased(&sandbox, &origin);
    let events = repo.tm(&["events", "HEAD~1"]);
    let event = events.lines().nth(1).unwrap().trim_start().split(' ').next().unwrap();
    assert_ne!(event, key);
    for subject in [repo.id("HEAD~1").as_str(), event, &key] {
        let ran = repo.try_tm(&["undo", "--dry-run", subject]);
        assert!(ran.code == 0 && ran.stderr.contains("would be taken back"), "{subject}: {ran:?}");
    }
    assert_ne!(repo.try_tm(&["undo", "--dry-run", "HEAD~2"]).code, 0);
}

#[test]
fn undo_and_repair_explain_themselves() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.finish_one();
    let engine = repo.head();
    repo.tm(&["undo"]);
    let told = repo.tm(&["explain"]);
    assert!(told.contains(&format!("takes back {}:\n", &engine[..7])), "{told}");
    assert!(told.contains("\n  2 status pending -> blocked\n") && !told.contains("no events"), "{told}");
    repo.tm(&["sync", "--repair", "--prefer", "markdown"]);
    let told = repo.tm(&["explain"]);
    assert!(told.contains("brings into step:\n") && !told.contains("no events"), "{told}");
    assert!(told.contains("\n  1 status@tasks/tasks.json pending -> done\n"), "{told}");
}

#[test]
fn before_the_first_commit_there_is_nothing_to_explain() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.plant(WORKFLOW);
    let ran = repo.try_tm(&["explain", "HEAD"]);
    assert!(ran.code != 0 && ran.stderr.contains("there is no commit yet"), "{ran:?}");
}
