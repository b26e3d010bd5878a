//! Files that get other names, and files that git is not to look at.

use std::fs;

use super::{RULES, Watch, commits, repository};
use crate::sandbox::{Repo, Sandbox};
use crate::scenery::{ONE, THREE, TWO};

const NEW: &str = ".taskmaster/context/task_003-three/task.md";

/// Gives the third task's folder another name, and waits until that is seen.
fn rename(repo: &Repo<'_>, watch: &mut Watch, name: &str) {
    let folder = |name: &str| repo.path.join(".taskmaster/context").join(name);
    fs::rename(folder("task_003"), folder(name)).unwrap();
    watch.until_one("left", |line| line["files"].to_string().contains(name));
}

#[test]
fn a_task_that_changes_after_its_file_got_another_name_is_committed_with_it() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    let mut watch = Watch::over(&repo, &[]);
    rename(&repo, &mut watch, "task_003-three");
    repo.mark(NEW, "pending", "done");
    watch.until_one("committed", |line| line["subject"] == "chore(taskmaster): 3 done");
    let said = watch.end();
    assert!(said.iter().all(|line| line["what"] != "refused"), "{said:#?}");
    assert_eq!(repo.dirt(), "");
}

#[test]
fn a_task_that_gets_another_number_after_its_file_got_another_name_is_gone_by_the_old_one() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    // Else the third task would still be in it.
    repo.git(&["rm", "-q", ".taskmaster/tasks/tasks.json"]);
    repo.git(&["commit", "-q", "-m", "Markdown alone"]);
    let mut watch = Watch::over(&repo, &[]);
    rename(&repo, &mut watch, "task_008");
    repo.replace(".taskmaster/context/task_008/task.md", "task_id: task_003", "task_id: task_008");
    watch.until("committed");
    let said = watch.end();
    assert_eq!(commits(&repo).last().unwrap(), "ann: chore(taskmaster): 3 deleted; 8 created", "{said:#?}");
    assert_eq!(repo.dirt(), "");
}

/// `git commit -a` would not take them either.
#[test]
fn files_that_git_is_not_to_look_at_are_left_alone() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    repo.git(&["update-index", "--skip-worktree", ONE]);
    repo.git(&["update-index", "--assume-unchanged", TWO]);
    let mut watch = Watch::over(&repo, &[]);
    repo.mark(ONE, "pending", "done");
    repo.mark(TWO, "blocked", "done");
    repo.mark(THREE, "pending", "review");
    watch.until_one("committed", |line| line["subject"] == "chore(taskmaster): 3 review");
    let said = watch.end();
    let left: Vec<_> = said.iter().filter(|line| line["reason"] == "unwatched").collect();
    assert!(serde_json::to_string(&left).unwrap().contains("task_001"), "{said:#?}");
    assert!(commits(&repo).iter().all(|commit| !commit.contains("1 ") && !commit.contains("2 ")));
}

/// Where edits are not committed, one back to what was committed is an edit as well, and not a staged one.
#[test]
fn an_edit_back_to_what_was_committed_is_one_too() {
    let sandbox = Sandbox::new();
    let back = "  - {name: back, event: task.status.updated, conditions: [{field: status, operator: in, value: [pending]}], actions: [{set_status: {status: review, task: '2'}}]}\n";
    let repo = repository(&sandbox, &format!("{RULES}{back}"));
    repo.git(&["rm", "-q", ".taskmaster/tasks/tasks.json"]);
    repo.git(&["commit", "-q", "-m", "Markdown alone"]);
    let mut watch = Watch::over(&repo, &["--commit", "never"]);
    repo.mark(THREE, "pending", "in-progress");
    watch.until_one("edited", |line| line["events"].to_string().contains("in-progress"));
    repo.mark(THREE, "in-progress", "pending");
    watch.until_one("written", |line| line["files"].to_string().contains("task_002"));
    let said = watch.end();
    assert!(said.iter().all(|line| line["what"] != "left"), "{said:#?}");
    assert_eq!(repo.status(TWO), "review");
}
