//! What a repository can keep in place of its old scripts, as docs/scripts.md shows it, run by the programs it is for.

use std::path::Path;

use crate::sandbox::{Ran, Repo, Sandbox};

/// The block of the documentation that begins with this fence and holds this text.
fn shim(fence: &str, holds: &str) -> String {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/scripts.md")).unwrap();
    let fence = format!("```{fence}\n");
    let mut blocks = page.split(fence.as_str()).skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.find(|block| block.contains(holds)).unwrap_or_else(|| panic!("no block {holds}")).to_owned()
}

/// A repository with the small tree, and the program on PATH.
fn repository(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repository("ann");
    repo.plant("");
    super::automated(&repo);
    repo.commit_all("Start");
    repo
}

fn run(repo: &Repo<'_>, program: &str, arguments: &[&str]) -> Ran {
    let binary = Path::new(env!("CARGO_BIN_EXE_taskmaster")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    repo.sandbox.run(&repo.path, program, arguments, &[("PATH", &path)])
}

pub(super) fn is_there(program: &str) -> bool {
    std::process::Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}

/// The status of a task, as the tree has it.
fn status(repo: &Repo<'_>, task: &str) -> String {
    let shown: serde_json::Value = serde_json::from_str(&repo.tm(&["--json", "show", task])).unwrap();
    shown.get("status").and_then(|status| status.as_str()).unwrap_or_else(|| panic!("{shown}")).to_owned()
}

/// The calls that pipelines make, with what they say it is about.
const METADATA: &str = r#"{"ci_run": "42", "branch": "main"}"#;

#[test]
fn a_shell_script_passes_everything_on() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox);
    repo.write("scripts/update_task_status.sh", shim("text", "exec taskmaster"));
    let call = ["scripts/update_task_status.sh", "--task-id", "18", "--status", "done"];
    let ran = run(&repo, "sh", &call);
    assert_eq!(ran.code, 3, "{ran:?}");
    let call = ["scripts/update_task_status.sh", "--task-id", "3", "--status", "testing", "--metadata", METADATA];
    let ran = run(&repo, "sh", &call);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.starts_with("task 3: pending -> "), "{ran:?}");
    assert!(repo.read(".taskmaster/context/task_003/task.md").contains("ci_run"), "{ran:?}");
}

#[test]
fn a_python_script_passes_everything_on() {
    if !is_there("python3") {
        return;
    }
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox);
    repo.write("scripts/update_task_status.py", shim("python", "execvp"));
    let call =
        ["scripts/update_task_status.py", "--task-id", "task_003", "--status", "completed", "--metadata", METADATA];
    let ran = run(&repo, "python3", &call);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(status(&repo, "3"), "done");
    assert_eq!(run(&repo, "python3", &["scripts/update_task_status.py", "--task-id", "3"]).code, 2);
}

#[test]
fn targets_of_make_report_what_became_of_them() {
    if !is_there("make") {
        return;
    }
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox);
    let makefile = format!("{}\n{}", shim("make", "task-event ="), shim("make", "test:"));
    repo.write("Makefile", makefile.replace("python scripts/run_tests.py", "sh scripts/run_tests.sh"));
    repo.write("scripts/run_tests.sh", "cat .taskmaster/context/task_003/task.md > seen\n");
    // Without a task it is the target it was.
    let ran = run(&repo, "make", &["test"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(status(&repo, "3"), "pending");
    let ran = run(&repo, "make", &["test", "TASK=3"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(repo.read("seen").contains("\nstatus: in-progress\n"), "{}", repo.read("seen"));
    assert_eq!(status(&repo, "3"), "done");
    repo.write("scripts/run_tests.sh", "false\n");
    let ran = run(&repo, "make", &["test", "TASK=2"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert_eq!(status(&repo, "2"), "failed");
    let task = repo.read(".taskmaster/context/task_002/task.md");
    assert!(task.contains("success"), "{task}");
}
