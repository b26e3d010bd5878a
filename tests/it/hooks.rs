//! What the hooks refuse, what they let pass, and where they keep out of the way.

use std::fs;

use super::sandbox::{Repo, Sandbox, WORKFLOW, planted};
use super::scenery::{JSON, ONE, ONE_ONE, THREE, TWO, WORKFLOW_FILE, executable};

/// What is staged is refused with this finding, and nothing is changed by that; `--no-verify` commits it.
#[track_caller]
fn refused(edit: impl Fn(&Repo<'_>), finding: &str) {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    edit(&repo);
    repo.git(&["add", "-A"]);
    let (head, dirt) = (repo.head(), repo.dirt());
    let ran = repo.try_git(&["commit", "-q", "-m", "Wrong"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains(finding), "{finding}: {}", ran.stderr);
    assert!(ran.stderr.contains("nothing was committed") && ran.stderr.contains("--no-verify"), "{}", ran.stderr);
    assert_eq!((repo.head(), repo.dirt()), (head, dirt));
    repo.git(&["commit", "-q", "--no-verify", "-m", "Wrong"]);
    // From here on it is an older fault: one line, and no reason to refuse.
    repo.write("other.txt", "x");
    repo.replace(ONE_ONE, "Text that nobody", "Text I");
    repo.git(&["add", "other.txt", ONE_ONE]);
    let ran = repo.try_git(&["commit", "-q", "-m", "Other"]);
    assert_eq!(ran.code, 0, "{finding}: {ran:?}");
    let lines = ran.stderr.lines().filter(|line| line.contains("older error")).count();
    assert!(lines <= 1, "{}", ran.stderr);
}

#[test]
fn an_unreadable_task_is_refused() {
    refused(|repo| repo.replace(THREE, "title: Three\n", "title: [Three\n"), "task_003/task.md:");
}

#[test]
fn an_unknown_dependency_is_refused() {
    refused(|repo| repo.replace(TWO, "[task_001]", "[task_009]"), "9");
}

#[test]
fn a_dependency_cycle_is_refused() {
    refused(|repo| repo.replace(ONE, "dependencies: []", "dependencies: [task_002]"), "cycle");
}

#[test]
fn a_duplicate_id_is_refused() {
    refused(|repo| repo.write(".taskmaster/context/task_003/again.md", repo.read(THREE)), "task_003");
}

#[test]
fn case_16_conflict_markers_are_refused() {
    refused(
        |repo| {
            repo.replace(
                THREE,
                "status: pending\n",
                "<<<<<<< ours\nstatus: done\n=======\nstatus: review\n>>>>>>> theirs\n",
            );
        },
        "conflict",
    );
}

#[test]
fn case_16_conflict_markers_in_tasks_json_are_refused() {
    refused(
        |repo| repo.replace(JSON, "{\n  \"tasks\"", "<<<<<<< ours\n{\n=======\n{\n>>>>>>> theirs\n  \"tasks\""),
        "conflict",
    );
}

#[test]
fn invalid_rules_are_refused() {
    refused(|repo| repo.replace(WORKFLOW_FILE, "  triggers:\n", "  triggers: {\n"), "workflow.yaml:");
}

const STRICT: &str = "workflow_config:
  mode: commit
  statuses:
    pending: {category: todo, transitions: [in-progress]}
";

#[test]
fn a_forbidden_transition_is_refused_wherever_it_is_written() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.plant(STRICT);
    repo.commit_all("Start");
    repo.tm(&["hooks", "install"]);
    repo.mark(THREE, "pending", "done");
    repo.git(&["add", "-A"]);
    let ran = repo.try_git(&["commit", "-q", "-m", "Too fast"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("task 3 may not go from pending to done"), "{}", ran.stderr);
    assert!(ran.stderr.contains("from pending it may go to in-progress"), "{}", ran.stderr);
    repo.mark(THREE, "done", "in-progress");
    repo.commit_all("Begin three");
    let ran = repo.try_tm(&["set-status", "1", "done"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    // Amending: the step is judged from the commit before.
    repo.tm(&["set-status", "3", "done"]);
}

#[test]
fn observe_and_warn_say_it_and_let_it_pass() {
    for mode in ["observe", "warn"] {
        let sandbox = Sandbox::new();
        let repo = planted(&sandbox);
        repo.tm(&["hooks", "install", "--mode", mode]);
        repo.replace(TWO, "[task_001]", "[task_009]");
        let ran = repo.commit_all("Wrong");
        assert!(ran.stderr.contains(&format!("1 error in what you commit (mode {mode}: it passes)")), "{}", ran.stderr);
    }
}

#[test]
fn case_28_commits_of_all_and_of_one_path_check_what_they_commit() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.replace(TWO, "[task_001]", "[task_009]");
    assert_eq!(repo.try_git(&["commit", "-q", "-a", "-m", "All"]).code, 1);
    repo.git(&["add", TWO]);
    repo.mark(THREE, "pending", "done");
    // The fault is staged, and is not what is committed.
    let ran = repo.try_git(&["commit", "-q", "-m", "Three alone", THREE]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(repo.engine_commits(), 1);
    assert_eq!(repo.dirt(), format!("M  {TWO}"), "no staged reversal");
    assert_eq!(repo.try_git(&["commit", "-q", "-m", "Two", TWO]).code, 1);
}

#[test]
fn case_41_a_rebase_rewrites_engine_commits_as_they_are() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.finish_one();
    let message = repo.message("HEAD");
    let editor = [("GIT_SEQUENCE_EDITOR", "sed -i s/^pick/reword/")];
    let ran = repo.sandbox.run(&repo.path, "git", &["rebase", "-q", "-i", "--force-rebase", "HEAD~2"], &editor);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!((repo.message("HEAD"), repo.subjects().len(), repo.dirt().as_str()), (message, 3, ""));
}

#[test]
fn two_commits_in_one_second_are_no_amend() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let now = [("GIT_AUTHOR_DATE", "1760000000 +0000"), ("GIT_COMMITTER_DATE", "1760000000 +0000")];
    let commit = |message: &str| {
        repo.git(&["add", "-A"]);
        let ran = repo.sandbox.run(&repo.path, "git", &["commit", "-q", "-m", message], &now);
        assert_eq!(ran.code, 0, "{ran:?}");
    };
    repo.mark(ONE, "pending", "in-progress");
    commit("Begin one");
    repo.mark(ONE, "in-progress", "done");
    commit("Finish one");
    repo.mark(THREE, "pending", "done");
    commit("Finish three");
    assert_eq!((repo.engine_commits(), repo.status(TWO).as_str()), (3, "pending"));
}

#[test]
fn switched_off_is_off() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.replace(TWO, "[task_001]", "[task_009]");
    repo.git(&["add", "-A"]);
    repo.quietly(&["commit", "-q", "-m", "Wrong"]);
    repo.git(&["config", "taskmaster.enabled", "false"]);
    repo.replace(TWO, "[task_009]", "[task_001, task_008]");
    let ran = repo.commit_all("Wrong too");
    assert_eq!((ran.stderr.as_str(), repo.subjects().len()), ("", 3));
}

#[test]
fn case_19_hooks_in_a_linked_worktree_work_on_that_worktree() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let path = sandbox.path().join("linked");
    repo.git(&["worktree", "add", "-q", "-b", "feature", path.to_str().unwrap()]);
    let before = repo.everything();
    let linked = Repo { sandbox: &sandbox, path };
    linked.finish_one();
    assert_eq!((linked.engine_commits(), linked.status(TWO).as_str(), linked.dirt().as_str()), (1, "pending", ""));
    let after = repo.everything();
    assert_eq!(before.get(".git/index"), after.get(".git/index"));
    assert_eq!(before.get(".git/config"), after.get(".git/config"));
    assert_eq!((repo.status(TWO).as_str(), repo.dirt().as_str()), ("blocked", ""));
}

#[test]
fn case_40_paths_that_git_exports_may_be_relative() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.mark(ONE, "pending", "done");
    let places = [("GIT_DIR", ".git"), ("GIT_WORK_TREE", ".")];
    let ran = sandbox.run(&repo.path, "git", &["commit", "-q", "-a", "-m", "Finish one"], &places);
    assert_eq!(ran.code, 0);
    assert_eq!((repo.engine_commits(), repo.dirt().as_str()), (1, ""), "{}", ran.stderr);
}

#[test]
fn case_40_the_first_commit_is_the_beginning() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.tm(&["hooks", "install"]);
    repo.plant(&WORKFLOW.replace("mode: commit", "mode: enforce"));
    let ran = repo.try_tm(&["set-status", "1", "done"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    repo.commit_all("Start");
    assert_eq!((repo.subjects().len(), repo.cursor()), (1, repo.head()));
}

#[test]
fn an_ignored_tree_can_be_read_and_not_committed() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.write(".gitignore", ".taskmaster/\n");
    repo.plant(WORKFLOW);
    repo.commit_all("Start");
    repo.tm(&["hooks", "install"]);
    assert_eq!(repo.git(&["ls-files"]), ".gitignore");
    assert!(repo.tm(&["list"]).contains("Three"));
    assert!(repo.try_tm(&["check"]).stderr.contains("git ignores .taskmaster"));
    let ran = repo.try_tm(&["set-status", "3", "done"]);
    assert_eq!((ran.code, repo.status(THREE).as_str()), (3, "pending"));
    assert!(ran.stderr.contains("git ignores `.taskmaster`"), "{}", ran.stderr);
    repo.tm(&["set-status", "3", "done", "--no-commit"]);
    assert_eq!(repo.status(THREE), "done");
}

#[test]
fn a_broken_installation_lets_commits_through_with_a_warning() {
    // Somebody's stale lock on the cursor.
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.write(".git/refs/taskmaster/cursor/main.lock", "");
    let ran = repo.finish_one();
    assert!(ran.stderr.contains("taskmaster: post-commit was left out"), "{}", ran.stderr);
    assert!(repo.path.join(".git/refs/taskmaster/cursor/main.lock").exists());
    // A store that is no folder.
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.git(&["config", "core.hooksPath", ".git/hooks"]);
    drop(fs::remove_dir_all(repo.path.join(".git/taskmaster")));
    repo.write(".git/taskmaster", "no folder");
    repo.git(&["switch", "-q", "--detach"]);
    repo.git(&["switch", "-q", "main"]);
    repo.finish_one();
    // A program that is gone.
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let hook = repo.path.join(".git/hooks/pre-commit");
    let text = fs::read_to_string(&hook).unwrap().replace(env!("CARGO_BIN_EXE_taskmaster"), "/nowhere/taskmaster");
    fs::write(&hook, text).unwrap();
    let ran = repo.finish_one();
    assert!(ran.stderr.contains("taskmaster"), "{}", ran.stderr);
}

#[test]
fn case_15_somebody_elses_index_lock_is_never_removed() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.mark(ONE, "pending", "done");
    repo.git(&["add", "-A"]);
    repo.quietly(&["commit", "-q", "-m", "Finish one"]);
    repo.write(".git/index.lock", "");
    let ran = repo.try_tm(&["sync"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(repo.path.join(".git/index.lock").exists());
    fs::remove_file(repo.path.join(".git/index.lock")).unwrap();
    repo.tm(&["sync"]);
    assert_eq!((repo.engine_commits(), repo.dirt().as_str()), (1, ""));
}

/// A `git` that never ends, for the hook alone.
#[test]
fn a_hook_that_hangs_gives_up_and_leaves_no_lock() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.mark(ONE, "pending", "done");
    repo.git(&["add", "-A"]);
    repo.quietly(&["commit", "-q", "-m", "Finish one"]);
    let folder = sandbox.path().join("slow");
    fs::create_dir(&folder).unwrap();
    // A split index is the git program's to read and write.
    repo.git(&["update-index", "--split-index"]);
    executable(&folder.join("git"), "#!/bin/sh\nexec sleep 20\n");
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let program = env!("CARGO_BIN_EXE_taskmaster");
    let ran = sandbox.run(&repo.path, program, &["hooks", "run", "post-commit"], &[("PATH", &path)]);
    assert_eq!(ran.code, 0);
    assert!(ran.stderr.contains("longer than 5 seconds"), "{}", ran.stderr);
    assert!(!repo.path.join(".git/index.lock").exists());
    assert_eq!((repo.engine_commits(), repo.dirt().as_str()), (0, ""));
    repo.tm(&["sync"]);
    assert_eq!((repo.engine_commits(), repo.dirt().as_str()), (1, ""));
}

#[test]
fn a_merge_that_brings_an_error_says_so_and_succeeds() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.git(&["switch", "-q", "-c", "feature"]);
    repo.write(".taskmaster/context/task_004/task.md", "---\ntask_id: task_004\ntitle: Four\nstatus: pending\n---\n");
    repo.commit_all("Four");
    repo.git(&["switch", "-q", "main"]);
    repo.write(".taskmaster/context/task_4/task.md", "---\ntask_id: task_004\ntitle: Other\nstatus: pending\n---\n");
    repo.commit_all("Another four");
    let ran = repo.try_git(&["merge", "-q", "--no-ff", "-m", "Merge", "feature"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("taskmaster: this brought 1 error; see: taskmaster check"), "{ran:?}");
    let ran = repo.try_git(&["switch", "-q", "-c", "next"]);
    assert!(!ran.stderr.contains("brought"), "{ran:?}");
}

#[test]
fn a_subtask_whose_parent_is_gone_is_a_warning() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    std::fs::remove_file(repo.path.join(".taskmaster/context/task_001/task.md")).unwrap();
    std::fs::remove_file(repo.path.join(".taskmaster/tasks/tasks.json")).unwrap();
    let ran = repo.try_tm(&["check"]);
    let text = format!("{}{}", ran.stdout, ran.stderr);
    assert!(text.contains("task 1.1 (and 1 more) is part of task 1, which does not exist"), "{text}");
}

#[test]
fn what_no_hook_script_writes_is_a_command_line_like_any_other() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    for arguments in [["hooks", "run", "--help"].as_slice(), &["hooks", "run", "commit-msg", "--help"]] {
        assert!(repo.tm(arguments).contains("Usage: "), "{arguments:?}");
    }
    let ran = repo.try_tm(&["hooks", "run", "no-such-hook"]);
    assert!(ran.code == 2 && ran.stderr.contains("is not a hook that taskmaster uses"), "{ran:?}");
    repo.replace(THREE, "title: Three\n", "title: [Three\n");
    repo.git(&["add", "-A"]);
    assert_eq!(repo.try_tm(&["hooks", "run", "pre-commit"]).code, 1);
    let ran = repo.try_tm(&["hooks", "run", "pre-commit", "--verbose"]);
    assert_eq!(ran.code, 1, "{ran:?}");
}

#[test]
fn a_note_of_a_plain_commit_that_was_longer_or_shorter_is_replaced_whole() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let note = repo.path.join(".git/taskmaster/plain-head");
    fs::create_dir_all(note.parent().unwrap()).unwrap();
    for before in ["", "0123\n", &"0123456789abcdef\n".repeat(9)] {
        fs::write(&note, before).unwrap();
        repo.write("other.txt", before);
        repo.git(&["add", "other.txt"]);
        repo.git(&["commit", "-q", "--allow-empty", "-m", "Other"]);
        assert_eq!(fs::read_to_string(&note).unwrap(), repo.git(&["rev-parse", "HEAD"]) + "\n");
    }
}
