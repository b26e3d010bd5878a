//! Tasks that the engine makes, beside files of the user's that no commit has.

use super::creation::{FOUR, event_of, fail_three, incidents, listed};
use super::sandbox::{Repo, Sandbox};
use super::scenery::{JSON, THREE};

const FIVE: &str = ".taskmaster/context/task_005/task.md";
const MINE: &str = "---\ntask_id: task_004\ntitle: Mine\nstatus: pending\n---\n";

/// Adds and commits everything, and looks whether both tasks are there.
fn both_stay(repo: &Repo<'_>, event: &str) {
    repo.commit_all("Mine");
    assert_eq!(repo.dirt(), "");
    assert_eq!((repo.read(FOUR).as_str(), event_of(&repo.read(FIVE))), (MINE, event));
    assert_eq!(repo.tm(&["list"]).lines().count(), 7);
}

#[test]
fn a_file_that_nobody_has_added_keeps_its_number() {
    let sandbox = Sandbox::new();
    let repo = incidents(&sandbox);
    repo.mark(THREE, "pending", "failed");
    repo.write(FOUR, MINE);
    repo.git(&["commit", "-q", "-a", "-m", "Three failed"]);
    assert_eq!(repo.subjects(), ["chore(taskmaster): 5 in-progress", "Three failed", "Start"]);
    assert_eq!(repo.changed("HEAD~1", "HEAD"), [FIVE]);
    assert_eq!(repo.read(FOUR), MINE);
    let event = event_of(&repo.read(FIVE)).to_owned();
    both_stay(&repo, &event);
    repo.tm(&["sync", "--since", "HEAD~3"]);
    assert_eq!(repo.tm(&["list"]).lines().count(), 7, "the event has its task");
}

#[test]
fn any_claim_on_disk_or_in_the_index_is_one() {
    for path in ["context/task_004/notes.md", "context/login/task.md", "tasks/task_004.txt"] {
        let sandbox = Sandbox::new();
        let repo = incidents(&sandbox);
        repo.mark(THREE, "pending", "failed");
        repo.write(&format!(".taskmaster/{path}"), MINE);
        repo.git(&["commit", "-q", "-a", "-m", "Three failed"]);
        assert_eq!(repo.changed("HEAD~1", "HEAD"), [FIVE], "{path}");
    }
    let sandbox = Sandbox::new();
    let repo = incidents(&sandbox);
    repo.mark(THREE, "pending", "failed");
    repo.write(FOUR, MINE);
    repo.git(&["add", FOUR]);
    std::fs::remove_file(repo.path.join(FOUR)).unwrap();
    repo.git(&["commit", "-q", "-m", "Three failed", "--", THREE]);
    assert_eq!(repo.changed("HEAD~1", "HEAD"), [FIVE], "it is staged, and gone from the disk");
    repo.write(FOUR, MINE);
    let event = event_of(&repo.read(FIVE)).to_owned();
    both_stay(&repo, &event);
}

#[test]
fn a_task_that_stands_in_an_edited_list_keeps_its_number() {
    let sandbox = Sandbox::new();
    let repo = listed(&sandbox);
    let three = "\"title\": \"Three\",\n      \"status\": ";
    repo.replace(JSON, &format!("{three}\"pending\""), &format!("{three}\"failed\""));
    repo.git(&["add", JSON]);
    repo.tm(&["create", "Mine", "--no-commit"]);
    repo.git(&["commit", "-q", "-m", "Three failed"]);
    let change = repo.git(&["log", "-1", "--format=%(trailers:key=Taskmaster-Change,valueonly)"]);
    assert!(change.contains(" incident 5 task "), "{change}");
    repo.commit_all("Mine");
    let list = repo.tm(&["list"]);
    assert!(list.contains("Mine") && list.contains("Incident: Three"), "{list}");
}

#[test]
fn what_is_left_of_the_same_task_is_in_nobodys_way() {
    let sandbox = Sandbox::new();
    let repo = incidents(&sandbox);
    fail_three(&repo);
    let made = repo.read(FOUR);
    // Its commit goes, its file stays, and what it follows from is written anew.
    repo.git(&["reset", "-q", "HEAD~1"]);
    repo.git(&["commit", "-q", "--amend", "-m", "Reworded"]);
    assert_eq!(repo.subjects()[0], "chore(taskmaster): 4 in-progress");
    assert_eq!((repo.read(FOUR), repo.dirt().as_str()), (made, ""));
}

#[test]
fn a_dry_run_says_that_number_too() {
    let sandbox = Sandbox::new();
    let repo = incidents(&sandbox);
    repo.write(FOUR, MINE);
    let shown = repo.tm(&["set-status", "3", "failed", "-n"]);
    assert!(shown.contains("then: 5 task (none) -> pending (incident)"), "{shown}");
    repo.mark(THREE, "pending", "failed");
    repo.git(&["config", "core.hooksPath", "nowhere"]);
    repo.git(&["commit", "-q", "-a", "-m", "Three failed"]);
    let shown = repo.tm(&["sync", "-n"]);
    assert!(shown.contains("task_005/task.md") && !shown.contains("task_004/task.md"), "{shown}");
}

/// Links, and files and folders in places that are none for them: git adds no task through them.
fn in_the_place(repo: &Repo<'_>, what: &str, path: &str) {
    let place = repo.path.join(path);
    match what {
        "a file" => std::fs::write(place, "Mine.\n").unwrap(),
        "a folder" => {
            std::fs::create_dir(&place).unwrap();
            std::fs::write(place.join("notes.txt"), "Mine.\n").unwrap();
        }
        "a link" => std::os::unix::fs::symlink(repo.sandbox.path(), place).unwrap(),
        _ => std::os::unix::fs::symlink("nowhere", place).unwrap(),
    }
}

#[test]
fn what_stands_in_a_tasks_place_keeps_its_number() {
    for what in ["a file", "a link", "a dangling link"] {
        let sandbox = Sandbox::new();
        let repo = incidents(&sandbox);
        in_the_place(&repo, what, ".taskmaster/context/task_004");
        repo.mark(THREE, "pending", "failed");
        let ran = repo.try_git(&["commit", "-q", "-a", "-m", "Three failed"]);
        assert_eq!((ran.code, repo.changed("HEAD~1", "HEAD")), (0, vec![FIVE.to_owned()]), "{what}: {ran:?}");
        assert_eq!(repo.dirt(), "?? .taskmaster/context/task_004", "{what}");
        repo.tm(&["sync", "--since", "HEAD~2"]);
        assert_eq!(repo.subjects().len(), 3, "the event has its task");
    }
}

#[test]
fn what_stands_in_a_subtasks_place_keeps_its_number() {
    for what in ["a folder", "a link", "a dangling link"] {
        let sandbox = Sandbox::new();
        let repo = sandbox.repository("ann");
        repo.plant(
            "mode: commit
triggers:
  - {name: step, event: task.status.updated, actions: [{create_task: {title: Step, parent: \"{task.id}\"}}]}
",
        );
        repo.commit_all("Start");
        repo.tm(&["hooks", "install"]);
        in_the_place(&repo, what, ".taskmaster/context/task_003/subtask_001.md");
        repo.mark(THREE, "pending", "failed");
        let ran = repo.try_git(&["commit", "-q", "-a", "-m", "Three failed"]);
        let second = ".taskmaster/context/task_003/subtask_002.md";
        assert_eq!((ran.code, repo.changed("HEAD~1", "HEAD")), (0, vec![second.to_owned()]), "{what}: {ran:?}");
        assert!(repo.dirt().lines().all(|line| line.starts_with("?? ")), "{what}: {}", repo.dirt());
    }
}

#[test]
fn where_no_folder_can_be_made_no_number_is_free() {
    let sandbox = Sandbox::new();
    let repo = incidents(&sandbox);
    repo.git(&["config", "core.hooksPath", "nowhere"]);
    repo.mark(THREE, "pending", "failed");
    repo.commit_all("Three failed");
    let (folder, elsewhere) = (repo.path.join(".taskmaster/context"), sandbox.path().join("context"));
    std::fs::rename(&folder, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &folder).unwrap();
    let ran = repo.try_tm(&["sync"]);
    assert!(ran.stderr.contains("`context` is there already"), "{ran:?}");
    assert_eq!(repo.subjects()[0], "Three failed");
}
