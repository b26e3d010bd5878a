//! Beside task-master, which writes the same files in its own way.

use std::fs;

use super::{RULES, Watch, commits};
use crate::sandbox::{Repo, Sandbox};

const FILE: &str = ".taskmaster/tasks/tasks.json";

/// As `JSON.stringify(x, null, 2)` writes it.
const TAGGED: &str = r#"{
  "master": {
    "tasks": [
      {
        "id": 1,
        "title": "One",
        "description": "",
        "status": "pending",
        "dependencies": [],
        "priority": "high",
        "subtasks": []
      },
      {
        "id": 2,
        "title": "Two",
        "description": "",
        "status": "blocked",
        "dependencies": [
          1
        ],
        "priority": "high",
        "subtasks": []
      }
    ],
    "metadata": {
      "created": "2025-01-01T00:00:00.000Z",
      "updated": "2025-01-01T00:00:00.000Z",
      "description": "Tasks"
    }
  }
}"#;

fn planted(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repository("ann");
    repo.write(FILE, TAGGED);
    repo.write(".taskmaster/config/workflow.yaml", RULES);
    repo.commit_all("Start");
    repo
}

/// Its other writer: ids and dependencies are texts, and keys come and go. Nothing has happened to a task, and nobody
/// brings the file back into another form.
#[test]
fn another_form_of_the_same_tasks_is_no_event_and_is_not_corrected() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let mut watch = Watch::over(&repo, &[]);
    let other = TAGGED.replace("\"id\": 1,", "\"id\": \"1\",").replace("\n          1\n", "\n          \"1\"\n");
    let other = other.replace(
        "2025-01-01T00:00:00.000Z\",\n      \"description",
        "2026-02-02T00:00:00.000Z\",\n      \"description",
    );
    repo.write(FILE, &other);
    watch.until_one("left", |line| line["reason"] == "no event");
    assert_eq!((repo.read(FILE), repo.subjects()), (other.clone(), vec!["Start".to_owned()]));
    // The next event takes the form along as it is, and what follows keeps it.
    repo.write(FILE, other.replacen("\"pending\"", "\"done\"", 1));
    watch.until_done();
    watch.end();
    assert_eq!(repo.read(FILE), other.replacen("\"pending\"", "\"done\"", 1).replacen("\"blocked\"", "\"pending\"", 1));
    assert_eq!(repo.dirt(), "");
}

/// While its lock is there it is about to write the file, or in the middle of that.
#[test]
fn its_lock_and_its_temporary_files_are_respected() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let lock = repo.path.join(format!("{FILE}.lock"));
    let mut watch = Watch::over(&repo, &[]);
    fs::create_dir(&lock).unwrap();
    repo.write(&format!("{FILE}.tmp.123"), "{");
    repo.write(FILE, TAGGED.replacen("\"pending\"", "\"in-progress\"", 1));
    repo.write(".taskmaster/context/task_003/task.md", "---\ntask_id: task_003\ntitle: Three\nstatus: pending\n---\n");
    // It has looked, and has not taken the file.
    watch.until_one("committed", |line| line["subject"] == "chore(taskmaster): 3 created");
    // What is waited for that long is said.
    watch.until_one("unfinished", |line| line["reason"] == "tasks.json.lock is beside it");
    repo.write(FILE, TAGGED.replacen("\"pending\"", "\"done\"", 1));
    fs::remove_file(repo.path.join(format!("{FILE}.tmp.123"))).unwrap();
    fs::remove_dir(&lock).unwrap();
    watch.until_one("committed", |line| line["subject"] == "chore(taskmaster): 1 done");
    watch.until("followed");
    let said = watch.end();
    assert!(commits(&repo).iter().all(|commit| !commit.contains("in-progress")), "{said:#?}");
    assert_eq!(repo.dirt(), "");
}

/// The real program, from its registry.
#[test]
fn task_master_itself_and_a_watcher_agree() {
    if std::env::var_os("TASKMASTER_NETWORK").is_none_or(|value| value != "1") {
        println!("skipped: TASKMASTER_NETWORK=1 installs task-master-ai from its registry");
        return;
    }
    let sandbox = Sandbox::new();
    let tools = sandbox.path().join("tools");
    fs::create_dir(&tools).unwrap();
    let installed =
        sandbox.run(&tools, "npm", &["install", "--silent", "--no-audit", "--no-fund", "task-master-ai"], &[]);
    assert_eq!(installed.code, 0, "{installed:?}");
    let program = tools.join("node_modules/.bin/task-master");
    let repo = planted(&sandbox);
    let mut watch = Watch::over(&repo, &[]);
    let set = |task: &str, status: &str| {
        let arguments = ["set-status", &format!("--id={task}"), &format!("--status={status}")];
        let ran =
            sandbox.run(&repo.path, program.to_str().unwrap(), &arguments, &[("TASKMASTER_SKIP_AUTO_UPDATE", "1")]);
        assert_eq!(ran.code, 0, "{ran:?}");
    };
    set("1", "in-progress");
    watch.until_done();
    set("1", "done");
    watch.until_done();
    let board = repo.tm(&["list", "--json"]);
    assert!(board.contains("\"pending\""), "{board}");
    set("2", "in-progress");
    watch.until_done();
    let said = watch.end();
    let engine = commits(&repo).into_iter().filter(|commit| commit.starts_with("taskmaster: ")).count();
    assert_eq!(engine, 1, "{:#?}\n{said:#?}", commits(&repo));
    assert!(said.iter().all(|line| line["what"] != "failed"), "{said:#?}");
}
