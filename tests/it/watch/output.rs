//! Who reads what a watcher says, and who does not.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use super::{RULES, Watch, of_the_engine, repository};
use crate::sandbox::{Sandbox, sealed};
use crate::scenery::{ONE, THREE, TWO};

/// The step in hand is finished where nobody reads any more.
#[test]
fn where_nobody_reads_any_more_the_step_in_hand_is_finished() {
    for arguments in [&["watch"][..], &["watch", "--json"]] {
        let sandbox = Sandbox::new();
        let repo = repository(&sandbox, RULES);
        let program = env!("CARGO_BIN_EXE_taskmaster");
        let mut command = sealed(sandbox.path(), &repo.path, program, arguments, "1760000000 +0000", &[]);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let has_begun = |line: &str| line.starts_with("watching ") || line.contains("\"began\"");
        while !has_begun(&lines.next().unwrap().unwrap()) {}
        drop(lines);
        repo.mark(ONE, "pending", "done");
        assert_eq!(child.wait().unwrap().code(), Some(0));
        assert_eq!((of_the_engine(&repo), repo.status(TWO)), (1, "pending".to_owned()));
        assert!(!repo.path.join(".git/taskmaster-watch").exists(), "it has ended by itself");
    }
}

#[test]
fn one_that_is_to_be_quiet_says_only_what_went_wrong() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, &format!("{RULES}statuses: {{review: {{transitions: [done]}}}}\n"));
    let output = sandbox.path().join("output");
    let program = env!("CARGO_BIN_EXE_taskmaster");
    let mut command = sealed(sandbox.path(), &repo.path, program, &["-q", "watch"], "1760000000 +0000", &[]);
    let mut child = command.stdout(std::fs::File::create(&output).unwrap()).spawn().unwrap();
    while !repo.path.join(".git/taskmaster-watch").exists() {
        std::thread::yield_now();
    }
    repo.mark(ONE, "pending", "done");
    while of_the_engine(&repo) == 0 {
        std::thread::yield_now();
    }
    repo.mark(THREE, "pending", "review");
    while repo.subjects()[0] != "chore(taskmaster): 3 review" {
        std::thread::yield_now();
    }
    assert_eq!(std::fs::read_to_string(&output).unwrap(), "");
    repo.mark(THREE, "review", "pending");
    while !std::fs::read_to_string(&output).unwrap().contains("not taken until that is mended") {
        std::thread::yield_now();
    }
    std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(child.wait().unwrap().success());
}

/// Whoever switches the mode, or breaks the rules, is told what is done from then on.
#[test]
fn another_mode_is_said() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    let mut watch = Watch::over(&repo, &[]);
    repo.git(&["config", "taskmaster.mode", "warn"]);
    watch.until_one("acts", |line| line["reason"] == "mode warn, commits events");
    repo.git(&["config", "--unset", "taskmaster.mode"]);
    watch.until_one("acts", |line| line["reason"] == "mode commit, commits events");
    repo.write(".taskmaster/config/workflow.yaml", "mode: [");
    repo.commit_all("Broken");
    let acts = watch.until_one("acts", |line| line["reason"] == "mode observe, commits events");
    assert_eq!(acts["findings"].as_array().unwrap().len(), 1, "{acts:#}");
    watch.end();
}

#[test]
fn where_the_repository_is_gone_it_ends_and_says_so() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    repo.git(&["worktree", "add", "-q", "-b", "side", "../beside"]);
    let beside = crate::sandbox::Repo { sandbox: &sandbox, path: sandbox.path().join("beside") };
    let watch = Watch::over(&beside, &["--poll", "20"]);
    repo.git(&["worktree", "remove", "--force", "../beside"]);
    let (code, _) = watch.wait();
    assert!(code.is_some_and(|code| code != 0), "{code:?}");
}
