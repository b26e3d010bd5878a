//! Edits by command, edits that are in the way, and taking back.

use super::sandbox::{Repo, Sandbox, WORKFLOW, planted};
use super::scenery::{JSON, ONE, THREE, TWO};

#[test]
fn case_03_set_status_takes_nothing_of_the_users_along_and_loses_nothing() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.write("staged.txt", "staged");
    repo.git(&["add", "staged.txt"]);
    repo.write("staged.txt", "and edited");
    repo.replace(TWO, "Text that nobody touches.", "Text of mine.");
    repo.write("new.txt", "new");
    repo.git(&["add", "-N", "new.txt"]);
    let (staged, edited) =
        (repo.git(&["diff", "--cached", "--", "staged.txt"]), repo.git(&["diff", "--", "staged.txt"]));
    repo.tm(&["set-status", "1", "done"]);
    assert_eq!(repo.changed("HEAD~2", "HEAD"), [ONE, TWO, JSON]);
    assert_eq!(repo.git(&["diff", "--cached", "--", "staged.txt"]), staged);
    assert_eq!(repo.git(&["diff", "--", "staged.txt"]), edited);
    assert_eq!(repo.dirt(), format!(" M {TWO}\n A new.txt\nAM staged.txt"));
    assert!(repo.read(TWO).contains("Text of mine.") && repo.status(TWO) == "pending");
    assert!(!repo.git(&["show", &format!("HEAD:{TWO}")]).contains("Text of mine."));
}

#[test]
fn the_drop_in_merges_metadata_by_key() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let arguments = ["update-task-status", "--task-id", "task_003", "--status", "in-progress", "--metadata"];
    repo.tm(&[&arguments[..], &[r#"{"ci_run": "1", "branch": "x"}"#]].concat());
    repo.tm(&["update-task-status", "--task-id", "3", "--status", "done", "--metadata", r#"{"ci_run": "2"}"#]);
    let text = repo.tm(&["show", "3", "--json"]);
    assert!(text.contains(r#""ci_run": "2""#) && text.contains(r#""branch": "x""#), "{text}");
    assert_eq!((repo.status(THREE).as_str(), repo.dirt().as_str()), ("done", ""));
    let ran = repo.try_tm(&["update-task-status", "--task-id", "3", "--status", "done", "--metadata", "[1]"]);
    assert_eq!(ran.code, 2, "{ran:?}");
}

#[test]
fn metadata_may_be_nested_in_both_layouts() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let metadata = r#"{"run": {"id": 7, "tags": ["a: b", "no", {"deep": null}]}, "plain": "x"}"#;
    repo.tm(&["set-status", "3", "review", "--metadata", metadata]);
    let show = repo.tm(&["show", "3", "--json"]);
    let value: serde_json::Value = serde_json::from_str(&show).unwrap();
    assert_eq!(value["fields"]["metadata"], serde_json::from_str::<serde_json::Value>(metadata).unwrap());
    repo.tm(&["set-status", "3", "done", "--metadata", r#"{"run": {"id": 8}}"#]);
    assert!(repo.read(THREE).contains("  run: {id: 8}\n  plain: x\n"), "{}", repo.read(THREE));
}

#[test]
fn a_task_in_no_commit_yet_is_not_committed_by_the_way() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.write(".taskmaster/context/task_004/task.md", repo.read(THREE).replace("task_003", "task_004"));
    repo.git(&["add", "-A"]);
    let ran = repo.try_tm(&["set-status", "4", "done"]);
    assert_eq!(ran.code, 3);
    assert!(ran.stderr.contains("in no commit yet") && ran.stderr.contains("--no-commit"), "{}", ran.stderr);
    assert_eq!(repo.subjects().len(), 1);
    repo.tm(&["set-status", "4", "done", "--no-commit"]);
    assert_eq!(repo.status(".taskmaster/context/task_004/task.md"), "done");
}

/// Task 2's file, which the engine edits, is edited by the user too while task 1 is committed alone.
fn beside(edit: impl Fn(&Repo<'_>)) -> (Sandbox, String, String, String) {
    let sandbox = Sandbox::new();
    let (dirt, stderr, text) = {
        let repo = planted(&sandbox);
        edit(&repo);
        repo.mark(ONE, "pending", "done");
        let ran = repo.try_git(&["commit", "-q", "-m", "Finish one", ONE]);
        assert_eq!(ran.code, 0, "{ran:?}");
        (repo.dirt(), ran.stderr, std::fs::read_to_string(repo.path.join(TWO)).unwrap_or_default())
    };
    (sandbox, dirt, stderr, text)
}

#[test]
fn case_11_edits_of_other_lines_are_merged_staged_or_not() {
    let (_sandbox, dirt, _, text) = beside(|repo| repo.replace(TWO, "Text that nobody", "Text I"));
    assert_eq!(dirt, format!(" M {TWO}"));
    assert!(text.contains("\nstatus: pending\n") && text.contains("Text I touches."));

    let (_sandbox, dirt, _, text) = beside(|repo| {
        repo.replace(TWO, "Text that nobody", "Text I");
        repo.git(&["add", TWO]);
        repo.replace(TWO, "touches.", "touch.");
    });
    assert_eq!(dirt, format!("MM {TWO}"));
    assert!(text.contains("\nstatus: pending\n") && text.contains("Text I touch."));
}

#[test]
fn case_11_a_staged_edit_of_the_same_line_defers() {
    let (_sandbox, dirt, stderr, text) = beside(|repo| {
        repo.mark(TWO, "blocked", "review");
        repo.git(&["add", TWO]);
    });
    assert_eq!(dirt, format!("M  {TWO}"));
    assert!(text.contains("\nstatus: review\n"));
    assert!(stderr.contains("1 commit waits: you have staged changes"), "{stderr}");
}

#[test]
fn case_12_an_unstaged_edit_of_the_same_line_is_left_alone() {
    let (_sandbox, dirt, stderr, text) = beside(|repo| repo.mark(TWO, "blocked", "review"));
    assert_eq!(dirt, format!(" M {TWO}"));
    assert!(text.contains("\nstatus: review\n"));
    assert!(stderr.contains("your file was left alone"), "{stderr}");
}

#[test]
fn case_11_a_staged_deletion_defers_and_stays() {
    let (_sandbox, dirt, stderr, _) = beside(|repo| {
        repo.git(&["rm", "-q", TWO]);
    });
    assert_eq!(dirt, format!("D  {TWO}"));
    assert!(stderr.contains("1 commit waits"), "{stderr}");
}

#[test]
fn a_conflict_that_a_stash_left_behind_defers() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.mark(ONE, "pending", "review");
    repo.git(&["stash", "-q"]);
    repo.mark(ONE, "pending", "in-progress");
    repo.commit_all("Begin one");
    assert_ne!(repo.try_git(&["stash", "pop"]).code, 0);
    let text = repo.read(ONE);
    let ran = repo.try_tm(&["set-status", "1", "done"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert_eq!((repo.read(ONE), repo.dirt()), (text, format!("UU {ONE}")));
}

#[cfg(unix)]
#[test]
fn the_executable_bit_is_kept() {
    use std::os::unix::fs::PermissionsExt as _;
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let file = repo.path.join(TWO);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    repo.commit_all("Executable");
    repo.finish_one();
    assert!(repo.git(&["ls-tree", "HEAD", TWO]).starts_with("100755"));
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o755);
    assert_eq!(repo.dirt(), "");
}

#[test]
fn case_04_a_sparse_checkout_without_the_tree_loses_nothing() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.write("code.txt", "x");
    repo.commit_all("Code");
    repo.git(&["sparse-checkout", "set", "--no-cone", "/code.txt"]);
    repo.tm(&["set-status", "1", "done"]);
    assert_eq!(repo.engine_commits(), 2);
    assert_eq!((repo.status_at("HEAD", TWO).as_str(), repo.dirt().as_str()), ("pending", ""));
    assert!(!repo.path.join(TWO).exists());
    assert_eq!(repo.git(&["diff", "--name-only", "--diff-filter=D", "HEAD~2", "HEAD"]), "");
}

#[test]
fn undo_takes_back_the_newest_and_it_does_not_follow_again() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.finish_one();
    let before = repo.git(&["rev-parse", "HEAD~1^{tree}"]);
    repo.tm(&["undo", "-n"]);
    assert_eq!(repo.subjects().len(), 3);
    repo.tm(&["undo"]);
    assert_eq!(repo.id("HEAD^{tree}"), before);
    assert_eq!(repo.dirt(), "");
    let ran = repo.try_tm(&["undo"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    repo.write("other.txt", "x");
    repo.commit_all("Other");
    repo.tm(&["sync"]);
    assert_eq!((repo.subjects().len(), repo.status(TWO).as_str()), (5, "blocked"));
}

#[test]
fn undo_takes_a_commit_of_either_kind_or_an_event() {
    for way in ["engine", "user", "event"] {
        let sandbox = Sandbox::new();
        let repo = planted(&sandbox);
        repo.finish_one();
        let (user, engine) = (repo.id("HEAD~1"), repo.head());
        let event = repo.message("HEAD").split("Taskmaster-Change: ").nth(1).unwrap()[..12].to_owned();
        repo.write("other.txt", "x");
        repo.commit_all("Other");
        let subject = match way {
            "engine" => &engine,
            "user" => &user,
            _ => &event,
        };
        repo.tm(&["undo", subject]);
        assert_eq!(repo.changed(&user, "HEAD"), ["other.txt"], "{way}");
        let again = repo.try_tm(&["undo", subject]);
        assert_eq!((again.code, repo.subjects().len()), (3, 5), "{way}: {again:?}");
    }
}

#[test]
fn what_was_taken_back_stays_so_through_a_rebase_and_a_merge() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.git(&["branch", "upstream"]);
    repo.git(&["switch", "-q", "-c", "feature"]);
    repo.finish_one();
    repo.tm(&["undo"]);
    repo.mark(THREE, "pending", "in-progress");
    repo.commit_all("Begin three");
    repo.git(&["switch", "-q", "upstream"]);
    repo.write("other.txt", "x");
    repo.commit_all("Other");
    repo.git(&["switch", "-q", "feature"]);
    repo.git(&["rebase", "-q", "upstream"]);
    assert_eq!((repo.status(TWO).as_str(), repo.subjects().len()), ("blocked", 7));
    repo.tm(&["sync"]);
    repo.git(&["switch", "-q", "main"]);
    repo.git(&["merge", "-q", "--no-ff", "-m", "Merge", "feature"]);
    repo.tm(&["sync"]);
    assert_eq!((repo.status(TWO).as_str(), repo.subjects()[0].as_str()), ("blocked", "Merge"));
}

#[test]
fn what_a_person_set_later_stays_so_through_a_rebase() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.git(&["switch", "-q", "-c", "feature"]);
    repo.finish_one();
    repo.mark(TWO, "pending", "blocked");
    repo.commit_all("Two waits for something else");
    repo.git(&["switch", "-q", "main"]);
    repo.write("other.txt", "x");
    repo.commit_all("Other");
    repo.git(&["switch", "-q", "feature"]);
    repo.git(&["rebase", "-q", "main"]);
    repo.tm(&["sync"]);
    assert_eq!((repo.status(TWO).as_str(), repo.subjects().len()), ("blocked", 6));
}

#[test]
fn case_34_crlf_files_are_no_eternal_modification() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.git(&["config", "core.autocrlf", "true"]);
    repo.plant(WORKFLOW);
    repo.commit_all("Start");
    repo.git(&["rm", "-q", "--cached", "-r", "."]);
    repo.git(&["reset", "-q", "--hard"]);
    assert!(repo.read(TWO).contains("\r\n"));
    repo.tm(&["hooks", "install"]);
    repo.replace(ONE, "\nstatus: pending\r\n", "\nstatus: done\r\n");
    repo.commit_all("Finish one");
    assert_eq!((repo.engine_commits(), repo.dirt().as_str()), (1, ""));
    assert!(repo.read(TWO).contains("\nstatus: pending\r\n"));
}

#[test]
fn a_staged_mode_and_assumed_files_stay_as_the_user_has_them() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.git(&["update-index", "--chmod=+x", TWO]);
    repo.git(&["update-index", "--assume-unchanged", JSON]);
    repo.replace(ONE, "\nstatus: pending\n", "\nstatus: done\n");
    repo.git(&["commit", "-q", "-m", "One", ONE]);
    assert!(repo.subjects()[0].starts_with("chore(taskmaster): "), "{:?}", repo.subjects());
    assert!(repo.git(&["ls-files", "--stage", TWO]).starts_with("100755 "));
    assert_eq!(repo.git(&["diff", "--cached", "--summary"]).trim(), format!("mode change 100644 => 100755 {TWO}"));
    assert!(repo.git(&["ls-files", "-v", JSON]).starts_with("h "));
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_linked_folder() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let outside = sandbox.path().join("outside");
    std::fs::rename(repo.path.join(".taskmaster/context/task_002"), &outside).unwrap();
    std::os::unix::fs::symlink(&outside, repo.path.join(".taskmaster/context/task_002")).unwrap();
    let before = std::fs::read(outside.join("task.md")).unwrap();
    repo.replace(ONE, "\nstatus: pending\n", "\nstatus: done\n");
    repo.git(&["commit", "-q", "-m", "One", ONE]);
    assert_eq!(std::fs::read(outside.join("task.md")).unwrap(), before);
}

#[cfg(unix)]
#[test]
fn case_45_a_request_to_end_gives_the_index_lock_back() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    // A filter that waits for ever holds the engine between the lock and the end of its commit.
    repo.replace(ONE, "\nstatus: pending\n", "\nstatus: done\n");
    repo.git(&["add", "-A"]);
    repo.git(&["-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "One"]);
    // The index is the git program's to write, which runs filters under the lock.
    repo.git(&["update-index", "--split-index"]);
    let signer = repo.path.join(".git/waits");
    std::fs::write(&signer, "#!/bin/sh\necho \"$PPID\" >&2\ntouch .git/waiting\nexec sleep 60\n").unwrap();
    repo.git(&["config", "filter.waits.clean", &format!("sh {}", signer.display())]);
    repo.write(".git/info/attributes", "*.json filter=waits\n");
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_taskmaster"))
        .arg("sync")
        .current_dir(&repo.path)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .spawn()
        .unwrap();
    while !(repo.path.join(".git/waiting").exists() || child.try_wait().unwrap().is_some()) {
        std::thread::yield_now();
    }
    assert!(repo.path.join(".git/index.lock").exists(), "it is in the middle of its commit");
    let id = child.id().to_string();
    sandbox.run(&repo.path, "kill", &["-TERM", &id], &[]);
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert!(!repo.path.join(".git/index.lock").exists());
    std::fs::remove_file(repo.path.join(".git/info/attributes")).unwrap();
    repo.tm(&["sync"]);
    repo.git(&["commit", "-q", "--allow-empty", "-m", "Mine"]);
    assert_eq!(repo.status(TWO), "pending");
    assert_eq!(repo.dirt(), "");
}

/// A filter that is slow on the way out, when the branch has moved already, is waited for: stopping
/// there would leave files that contradict the commit.
#[test]
fn a_slow_filter_behind_the_branch_is_waited_for() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.git(&["config", "filter.slow.clean", "tr Q q"]);
    repo.git(&["config", "filter.slow.smudge", "tr q Q"]);
    repo.write(".git/info/attributes", "*.md filter=slow\n");
    repo.git(&["rm", "-rq", "--cached", ".taskmaster"]);
    repo.git(&["reset", "-q", "--hard"]);
    repo.git(&["config", "filter.slow.smudge", "sleep 3; tr q Q"]);
    repo.replace(ONE, "\nstatus: pending\n", "\nstatus: done\n");
    repo.git(&["commit", "-q", "-m", "One", ONE]);
    repo.git(&["config", "filter.slow.smudge", "tr q Q"]);
    assert!(repo.subjects()[0].starts_with("chore(taskmaster): "), "{:?}", repo.subjects());
    assert_eq!(repo.dirt(), "");
    assert_eq!(repo.status(TWO), "pending");
}
