//! Tasks that the engine makes, where history is rewritten, merged or taken back.

use super::creation::{FOUR, INCIDENTS, event_of, fail_three, fail_three_in_the_list, incidents, listed};
use super::sandbox::Sandbox;
use super::scenery::JSON;

#[test]
fn invariant_11_rewritten_history_makes_no_second_task() {
    let sandbox = Sandbox::new();
    let repo = incidents(&sandbox);
    repo.git(&["branch", "upstream"]);
    fail_three(&repo);
    // Moved onto something else, the engine commit with it.
    repo.git(&["switch", "-q", "upstream"]);
    repo.write("other.txt", "x");
    repo.commit_all("Other");
    repo.git(&["switch", "-q", "main"]);
    repo.git(&["rebase", "-q", "upstream"]);
    repo.tm(&["sync"]);
    let subjects = ["chore(taskmaster): 4 in-progress", "Three failed", "Other", "Start"];
    assert_eq!(repo.subjects(), subjects);
    // Squashed into one, and amended.
    repo.git(&["reset", "-q", "--soft", "HEAD~2"]);
    repo.git(&["commit", "-q", "--reuse-message", "ORIG_HEAD~1"]);
    repo.git(&["commit", "-q", "--amend", "-m", "All of it"]);
    repo.tm(&["sync"]);
    assert_eq!(repo.subjects()[0], "All of it");
    assert_eq!(repo.tm(&["list"]).lines().count(), 6);
    // Where its commit goes and the source is reworded, the same task is made again.
    let repo = sandbox.repository("ben");
    repo.plant(INCIDENTS);
    repo.commit_all("Start");
    repo.tm(&["hooks", "install"]);
    fail_three(&repo);
    let made = repo.read(FOUR);
    repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
    repo.git(&["commit", "-q", "--amend", "-m", "Reworded"]);
    assert_eq!(repo.subjects(), ["chore(taskmaster): 4 in-progress", "Reworded", "Start"]);
    assert_eq!(event_of(&repo.read(FOUR)), event_of(&made));
}

#[test]
fn undo_takes_a_made_task_away_again_for_good() {
    let sandbox = Sandbox::new();
    let repo = incidents(&sandbox);
    fail_three(&repo);
    let tree = repo.id("HEAD~1^{tree}");
    let shown = repo.tm(&["undo", "-n"]);
    assert!(shown.contains("+++ /dev/null"), "{shown}");
    repo.tm(&["undo"]);
    assert_eq!((repo.id("HEAD^{tree}"), repo.dirt().as_str()), (tree, ""));
    assert!(!repo.path.join(".taskmaster/context/task_004").exists());
    repo.tm(&["sync", "--since", "HEAD~3"]);
    assert_eq!(repo.subjects().len(), 4, "what was taken back does not follow again");
    // And not in a rewritten history either.
    repo.git(&["rebase", "-q", "--force-rebase", "HEAD~3"]);
    repo.tm(&["sync"]);
    assert_eq!(repo.tm(&["list"]).lines().count(), 5);
}

#[test]
fn undo_leaves_a_made_task_that_somebody_has_worked_on() {
    let sandbox = Sandbox::new();
    let repo = incidents(&sandbox);
    fail_three(&repo);
    let engine = repo.head();
    repo.write(FOUR, repo.read(FOUR) + "\nA note.\n");
    repo.commit_all("Note");
    let ran = repo.try_tm(&["undo", &engine]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(repo.read(FOUR).contains("A note."));
}

#[test]
fn undo_takes_an_object_out_of_the_list_whatever_stands_behind_it() {
    let sandbox = Sandbox::new();
    let repo = listed(&sandbox);
    fail_three_in_the_list(&repo);
    let engine = repo.head();
    let tree = repo.id("HEAD~1^{tree}");
    repo.tm(&["undo"]);
    assert_eq!(repo.id("HEAD^{tree}"), tree);
    repo.git(&["reset", "-q", "--hard", &engine]);
    repo.tm(&["sync"]);
    repo.replace(JSON, "\n    }\n  ]", "\n    },\n    {\n      \"id\": 5,\n      \"title\": \"Five\"\n    }\n  ]");
    repo.commit_all("Five");
    repo.tm(&["undo", &engine]);
    let text = repo.read(JSON);
    assert!(!text.contains("Incident") && text.contains("Five"), "{text}");
    assert_eq!((repo.tm(&["check"]).contains("0 errors"), repo.dirt().as_str()), (true, ""));
}

#[test]
fn a_made_task_that_somebody_removes_stays_away() {
    let sandbox = Sandbox::new();
    let repo = incidents(&sandbox);
    fail_three(&repo);
    repo.git(&["rm", "-q", FOUR]);
    repo.commit_all("Not needed");
    repo.tm(&["sync", "--since", "HEAD~3"]);
    assert_eq!(repo.subjects()[0], "Not needed");
    // Nor does a branch bring it back on which it was made and taken back.
    let repo = sandbox.repository("ben");
    repo.plant(&INCIDENTS.replace("mode: commit\n", "mode: commit\ngit: {canonical: release}\n"));
    repo.commit_all("Start");
    repo.tm(&["hooks", "install"]);
    repo.git(&["switch", "-q", "-c", "release"]);
    fail_three(&repo);
    repo.tm(&["undo"]);
    assert_eq!(repo.subjects().len(), 4);
    repo.git(&["branch", "-q", "-f", "start", "HEAD~3"]);
    repo.git(&["switch", "-q", "-C", "release", "start"]);
    repo.write("other.txt", "x");
    repo.commit_all("Other");
    repo.git(&["merge", "-q", "--no-ff", "-m", "Merge", "release@{2}"]);
    repo.tm(&["sync"]);
    assert_eq!(repo.subjects()[0], "Merge");
    assert!(!repo.path.join(FOUR).exists());
}

#[test]
fn invariant_11_a_merge_of_a_branch_that_has_made_its_task_makes_no_other() {
    let sandbox = Sandbox::new();
    let repo = incidents(&sandbox);
    fail_three(&repo);
    repo.git(&["branch", "-q", "done"]);
    repo.git(&["reset", "-q", "--hard", "HEAD~2"]);
    repo.write("other.txt", "x");
    repo.commit_all("Other");
    repo.git(&["merge", "-q", "--no-ff", "-m", "Merge", "done"]);
    repo.tm(&["sync"]);
    assert_eq!(repo.subjects()[0], "Merge");
    assert_eq!(repo.tm(&["list"]).lines().count(), 6);
}
