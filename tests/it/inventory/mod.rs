//! `taskmaster inventory`: what in a repository touches its tasks.

mod rewriting;
mod rows;
mod shaped;
mod shims;

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;
use taskmaster::app::{InventoryLimits, Project};
use taskmaster::engine::inventory::{Kind, Subject, Way};

use crate::sandbox::{Repo, Sandbox, planted};
use crate::scenery::executable;

/// Scripts, targets and a pipeline around the small tree, as projects with automation have them.
pub(super) fn automated(repo: &Repo<'_>) {
    repo.write(
        ".github/workflows/task_management_integration.yml",
        "name: Task Management Integration
on:
  push:
    branches: [main]
jobs:
  test_and_deploy:
    runs-on: ubuntu-latest
    steps:
    - name: Run tests
      run: make test
    - name: Update task status - Testing
      if: github.event.inputs.task_id
      run: |
        python scripts/update_task_status.py \\
          --task-id ${{ github.event.inputs.task_id }} \\
          --status \"testing\" \\
          --metadata '{\"ci_run\": \"${{ github.run_id }}\"}'
    - name: Update task status - Failed
      if: failure()
      run: echo failed
",
    );
    repo.write("Makefile", "test:\n\t@python scripts/run_tests.py\n\nclean:\n\trm -rf reports\n");
    repo.write("scripts/run_tests.py", "import json\n\ntasks = json.load(open('.taskmaster/tasks/tasks.json'))\n");
    repo.write("scripts/update_task_status.py", "# Sets the status of a task.\nFILE = 'tasks/tasks.json'\n");
    repo.write("scripts/deploy.py", "print('deployed')\n");
}

#[test]
fn inventory_lists_what_touches_tasks_by_kind() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.plant(
        "triggers:\n  - name: roll_up\n    event: task.status.updated\n    actions: [roll_up_parent, notify_team]\n",
    );
    automated(&repo);
    repo.write(".husky/pre-push", "npx task-master list\n");
    repo.commit_all("Start");
    // Nobody tracks this one.
    repo.write("scripts/mine.sh", "taskmaster list\n");
    let ran = repo.try_tm(&["inventory"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let rows: Vec<String> =
        ran.stdout.lines().map(|line| line.split_whitespace().collect::<Vec<&str>>().join(" ")).collect();
    let ci = ".github/workflows/task_management_integration.yml";
    let job = "test_and_deploy /";
    assert_eq!(
        rows,
        [
            "hook .husky/pre-push:1 pre-push calls task-master list",
            "script scripts/run_tests.py:3 - reads .taskmaster/tasks/tasks.json",
            "script scripts/update_task_status.py:2 - reads tasks/tasks.json",
            "target Makefile:2 test calls scripts/run_tests.py",
            &format!("ci-step {ci}:10 {job} Run tests calls make test"),
            &format!("ci-step {ci}:12 {job} Update task status - Testing reads github.event.inputs.task_id"),
            &format!(
                "ci-step {ci}:14 {job} Update task status - Testing sets-status scripts/update_task_status.py --status testing"
            ),
            &format!("ci-step {ci}:15 {job} Update task status - Testing reads github.event.inputs.task_id"),
            &format!("ci-step {ci}:18 {job} Update task status - Failed only-says its name speaks of a task's status"),
            "trigger .taskmaster/config/workflow.yaml:4 roll_up (task.status.updated) sets-status roll_up_parent: edits the tree",
            "trigger .taskmaster/config/workflow.yaml:4 roll_up (task.status.updated) calls notify_team: an effect, recorded",
        ]
    );
    assert_eq!(ran.stderr, "11 places in 6 files and the rules\n");
    assert_eq!(repo.dirt(), "?? scripts/mine.sh");
}

#[test]
fn inventory_lists_the_hooks_of_this_clone() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    executable(&repo.path.join(".git/hooks/pre-rebase"), "#!/bin/sh\ncat .taskmaster/state.json\n");
    executable(&repo.path.join(".git/hooks/update.sample"), "#!/bin/sh\ncat .taskmaster/state.json\n");
    let table = repo.tm(&["inventory"]);
    let hooks: Vec<&str> = table
        .lines()
        .filter(|line| line.starts_with("hook "))
        .map(|line| line.split_whitespace().nth(1).unwrap())
        .collect();
    assert!(hooks.iter().any(|hook| hook.starts_with(".git/hooks/pre-commit:")), "{table}");
    assert!(hooks.contains(&".git/hooks/pre-rebase:2"), "{table}");
    assert!(!table.contains("sample"), "{table}");
    // A team's folder is told as what it is, once.
    repo.git(&["config", "core.hooksPath", "tools/run"]);
    std::fs::create_dir_all(repo.path.join("tools/run")).unwrap();
    executable(&repo.path.join("tools/run/pre-commit"), "#!/bin/sh\ntask-master list\n");
    repo.git(&["add", "tools"]);
    let table = repo.tm(&["inventory"]);
    let rows: Vec<&str> = table.lines().filter(|line| line.contains("task-master list")).collect();
    assert!(rows.len() == 1 && rows[0].starts_with("hook     tools/run/pre-commit:2  "), "{table}");
    repo.git(&["config", "--unset", "core.hooksPath"]);
    // A linked worktree has the hooks of the main one.
    repo.git(&["worktree", "add", "-q", "../second", "-b", "second"]);
    let second = repo.sandbox.run(&repo.path.join("../second"), env!("CARGO_BIN_EXE_taskmaster"), &["inventory"], &[]);
    assert!(second.stdout.contains("/.git/hooks/pre-commit:"), "{second:?}");
}

#[test]
fn inventory_names_what_it_does_not_look_at() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.plant("");
    repo.write("large.sh", "# taskmaster list\n".repeat(70_000));
    repo.write("binary.sh", b"taskmaster list\0");
    executable(&repo.path.join("deploy"), "#!/bin/sh\ntaskmaster list\n");
    executable(&repo.path.join("compiled"), "taskmaster list\n\0");
    repo.write("plain", "#!/bin/sh\ntaskmaster list\n");
    std::os::unix::fs::symlink("deploy", repo.path.join("link.sh")).unwrap();
    repo.commit_all("Start");
    let ran = repo.try_tm(&["inventory"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "script  deploy:2  -  calls  taskmaster list\n"), "{ran:?}");
    assert_eq!(
        ran.stderr,
        "not looked at: binary.sh (it is no text)\n\
         not looked at: large.sh (it has 1260000 bytes, and files of more than 1048576 are not read)\n\
         1 place in 1 file and the rules\n"
    );
}

#[test]
fn inventory_bears_hostile_names() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.plant("");
    repo.write("a\"];\n\u{1b}[31m b.sh", "taskmaster list\n");
    repo.write("Mixed/MAKEFILE", "x\"y:\n\ttaskmaster next\n");
    repo.write("-C.sh", "taskmaster list\n");
    repo.commit_all("Start");
    let table = repo.tm(&["inventory"]);
    assert_eq!(table.lines().count(), 3, "{table}");
    assert!(!table.contains('\u{1b}') && table.contains("a\"]; \\u{1b}[31m b.sh:1"), "{table}");
    let chart = repo.tm(&["inventory", "--mermaid"]);
    assert!(chart.contains("[\"x#34;y<br/>Mixed/MAKEFILE\"]"), "{chart}");
    assert!(chart.contains("[\"a#34;#93;#59; #92;u#123;1b#125;#91;31m b.sh\"]"), "{chart}");
    let document: Value = serde_json::from_str(&repo.tm(&["--json", "inventory"])).unwrap();
    let paths: Vec<&str> =
        document["entries"].as_array().unwrap().iter().map(|entry| entry["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["-C.sh", "a\"];\n\u{1b}[31m b.sh", "Mixed/MAKEFILE"]);
}

#[test]
fn inventory_draws_what_calls_what() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.plant("");
    automated(&repo);
    repo.commit_all("Start");
    let chart = repo.tm(&["inventory", "--mermaid"]);
    let id = |label: &str| {
        let line = chart.lines().find(|line| line.contains(label)).unwrap_or_else(|| panic!("{label}: {chart}"));
        line.trim().split(['[', '(']).next().unwrap().to_owned()
    };
    let (step, target, script) = (id("Run tests<br/>"), id("test<br/>Makefile"), id("\"scripts/run_tests.py\""));
    assert!(chart.starts_with("flowchart LR\n"), "{chart}");
    assert!(chart.contains(&format!("  {step} -->|calls| {target}\n")), "{chart}");
    assert!(chart.contains(&format!("  {target} -->|calls| {script}\n")), "{chart}");
    let to_tree = id("([\".taskmaster/tasks/tasks.json\"])");
    assert!(chart.contains(&format!("  {script} -->|reads| {to_tree}\n")), "{chart}");
}

#[test]
fn inventory_needs_a_worktree() {
    let sandbox = Sandbox::new();
    let bare = sandbox.bare("bare.git");
    let ran = sandbox.run(&bare, env!("CARGO_BIN_EXE_taskmaster"), &["inventory"], &[]);
    assert_eq!(ran.code, 3, "{ran:?}");
}

#[test]
fn inventory_is_bounded() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.plant("");
    for name in ["a.sh", "b.sh", "c.sh"] {
        repo.write(name, "taskmaster list\n");
    }
    repo.commit_all("Start");
    let project = Project::open(&repo.path).unwrap();
    let look = |limits: InventoryLimits| {
        let commands = BTreeSet::from(["list".to_owned()]);
        let report = taskmaster::app::inventory(&project, &[], &commands, limits).unwrap();
        (report.entries.len(), report.stopped)
    };
    let all = InventoryLimits::default();
    assert_eq!(look(all), (3, None));
    assert_eq!(look(InventoryLimits { files: 2, ..all }), (2, Some("there are too many files")));
    assert_eq!(look(InventoryLimits { bytes: 20, ..all }), (2, Some("the files are too large together")));
    assert_eq!(look(InventoryLimits { time: Duration::ZERO, ..all }), (0, Some("it took too long")));
    assert_eq!(look(InventoryLimits { file: 3, ..all }), (0, None));
}

#[test]
fn inventory_names_its_words_in_the_schema() {
    let schema = std::fs::read_to_string(
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/json/inventory.schema.json"),
    )
    .unwrap();
    let kinds = Kind::ALL.map(Kind::name);
    let ways = Way::ALL.map(Way::name);
    let subjects = Subject::ALL.map(Subject::name);
    for word in kinds.iter().chain(&ways).chain(&subjects) {
        assert!(schema.contains(&format!("`{word}`")), "{word}");
    }
}
