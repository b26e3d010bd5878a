//! Half-finished work is waited for, without noise.

use std::fs;

use super::{RULES, Watch, commits, repository};
use crate::sandbox::Sandbox;
use crate::scenery::{JSON, ONE, THREE, TWO};

#[test]
fn a_front_matter_that_does_not_parse_yet_is_waited_for() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    let whole = repo.read(ONE).replace("\nstatus: pending\n", "\nstatus: done\n");
    let mut watch = Watch::over(&repo, &[]);
    for end in [40, 60, 80] {
        repo.write(ONE, &whole[..end]);
        if end == 40 {
            let finding = watch.until("unfinished");
            assert_eq!(finding["findings"][0]["file"], ONE.trim_start_matches(".taskmaster/"));
        }
    }
    // Another task is not kept waiting.
    repo.mark(THREE, "pending", "review");
    watch.until_one("committed", |line| line["subject"] == "chore(taskmaster): 3 review");
    assert!(commits(&repo).iter().all(|commit| !commit.contains("1 ")));
    repo.write(ONE, &whole);
    watch.until_one("committed", |line| line["subject"] == "chore(taskmaster): 1 done");
    watch.until("followed");
    let said = watch.end();
    assert_eq!((repo.status(TWO), repo.dirt()), ("pending".to_owned(), String::new()));
    assert_eq!(said.iter().filter(|line| line["what"] == "unfinished").count(), 1, "{said:#?}");
    assert!(said.iter().all(|line| line["what"] != "failed"), "{said:#?}");
}

#[test]
fn case_16_conflict_markers_are_never_committed() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    let mut watch = Watch::over(&repo, &[]);
    repo.replace(ONE, "\nstatus: pending\n", "\n<<<<<<< HEAD\nstatus: done\n=======\nstatus: review\n>>>>>>> x\n");
    watch.until("unfinished");
    repo.mark(THREE, "pending", "review");
    watch.until_done();
    assert_eq!(repo.dirt().trim(), format!("M {ONE}"));
    repo.write(ONE, repo.git(&["show", &format!("HEAD:{ONE}")]) + "\n");
    repo.mark(ONE, "pending", "done");
    watch.until_one("committed", |line| line["subject"] == "chore(taskmaster): 1 done");
    watch.end();
}

#[test]
fn broken_json_is_waited_for() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    let whole = repo.read(JSON);
    let mut watch = Watch::over(&repo, &[]);
    repo.write(JSON, &whole[..whole.len() / 2]);
    watch.until("unfinished");
    let head = repo.head();
    repo.write(JSON, whole.replacen("\"status\": \"pending\"", "\"status\": \"done\"", 1));
    watch.until_done();
    let said = watch.end();
    // No task was gone in between.
    assert!(!serde_json::to_string(&said).unwrap().contains("task.deleted"), "{said:#?}");
    assert_eq!(repo.changed(&head, "HEAD^"), [JSON]);
    assert!(repo.read(ONE).contains("\nstatus: done\n"));
}

/// A file that is gone for a moment is not deleted, and one that stays gone is.
#[test]
fn a_file_that_is_gone_for_a_moment_is_not_deleted() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    let four = ".taskmaster/context/task_004/task.md";
    repo.write(four, repo.read(THREE).replace("task_003", "task_004"));
    repo.commit_all("Four");
    let mut watch = Watch::over(&repo, &[]);
    let text = repo.read(ONE);
    fs::remove_file(repo.path.join(ONE)).unwrap();
    repo.mark(THREE, "pending", "review");
    // The watcher has looked, and the file was not there.
    watch.until_one("committed", |line| line["subject"] == "chore(taskmaster): 3 review");
    repo.write(ONE, text.replace("\nstatus: pending\n", "\nstatus: done\n"));
    watch.until_one("committed", |line| line["subject"] == "chore(taskmaster): 1 done");
    fs::remove_file(repo.path.join(four)).unwrap();
    watch.until_one("committed", |line| line["subject"] == "chore(taskmaster): 4 deleted");
    watch.end();
    assert!(!serde_json::to_string(&commits(&repo)).unwrap().contains("1 deleted"));
}

#[test]
fn a_second_watcher_says_who_has_the_worktree() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    let first = Watch::over(&repo, &[]);
    let ran = repo.try_tm(&["watch"]);
    assert_ne!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains(&format!("this worktree is watched already, by process {}", first.id())), "{ran:?}");
    // Another worktree of the same repository is another matter.
    repo.git(&["worktree", "add", "-q", "-b", "side", "../beside"]);
    let beside = crate::sandbox::Repo { sandbox: &sandbox, path: sandbox.path().join("beside") };
    let mut second = Watch::over(&beside, &[]);
    beside.mark(ONE, "pending", "done");
    second.until_done();
    second.end();
    first.end();
    assert_eq!((beside.status(TWO), repo.status(TWO)), ("pending".to_owned(), "blocked".to_owned()));
    assert_eq!(repo.subjects(), ["Start"]);
    // One that has ended leaves the worktree to the next.
    Watch::over(&repo, &[]).end();
}

#[test]
fn people_read_lines() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    let output = sandbox.path().join("output");
    let program = env!("CARGO_BIN_EXE_taskmaster");
    let mut command = crate::sandbox::sealed(sandbox.path(), &repo.path, program, &["watch"], "1760000000 +0000", &[]);
    let mut child = command.stdout(fs::File::create(&output).unwrap()).spawn().unwrap();
    let wait_for = |text: &str| {
        while !fs::read_to_string(&output).unwrap().contains(text) {
            std::thread::yield_now();
        }
    };
    wait_for("watching 5 tasks on main");
    repo.mark(ONE, "pending", "done");
    wait_for("+1 commit");
    std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(child.wait().unwrap().success());
    let said = fs::read_to_string(&output).unwrap();
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 6, "{said}");
    assert_eq!(lines[5], "  2 status blocked -> pending (ready)", "{said}");
    assert!(
        lines[1] == "saved context/task_001/task.md"
            && lines[2].ends_with("task.status.updated 1 status: pending -> done"),
        "{said}"
    );
    assert!(lines[3].starts_with("committed ") && lines[3].ends_with(" 1 done"), "{said}");
    assert!(!said.contains('\u{1b}') && !said.contains('\r'), "{said:?}");
}
