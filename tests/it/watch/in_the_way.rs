//! What keeps a watcher from acting, and whom it must not be in the way of.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{RULES, Watch, commits, of_the_engine, repository};
use crate::sandbox::{Sandbox, sealed};
use crate::scenery::{ONE, THREE, TWO, script};

/// A commit that is being written would fail if the branch moved under it.
#[cfg(target_os = "linux")]
#[test]
fn case_01_a_commit_whose_editor_is_open_is_waited_for() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    let (open, close) = (sandbox.path().join("open"), sandbox.path().join("close"));
    let (shown_open, shown_close) = (open.display(), close.display());
    let body = format!("touch {shown_open}; while [ ! -e {shown_close} ]; do sleep 0.02; done; echo Mine >\"$1\"");
    let editor = script(&sandbox, "editor", &body);
    repo.write("code.txt", "x");
    repo.git(&["add", "code.txt"]);
    let mut watch = Watch::over(&repo, &[]);
    let environment = [("GIT_EDITOR", editor.as_str())];
    let mut commit =
        sealed(sandbox.path(), &repo.path, "git", &["commit", "-q"], "1760000000 +0000", &environment).spawn().unwrap();
    while !open.exists() {
        assert!(commit.try_wait().unwrap().is_none(), "the editor is open");
    }
    repo.mark(ONE, "pending", "done");
    watch.until_one("held", |line| line["reason"] == "a git commit is under way");
    fs::write(close, "").unwrap();
    assert!(commit.wait().unwrap().success());
    watch.until_one("committed", |line| line["subject"] == "chore(taskmaster): 1 done");
    watch.until_one("followed", |line| line["sync"]["commit"].is_string());
    watch.end();
    assert_eq!(commits(&repo)[1..3], ["ann: Mine", "ann: chore(taskmaster): 1 done"]);
    assert_eq!((repo.dirt(), repo.status(TWO)), (String::new(), "pending".to_owned()));
}

/// Who writes a file piece by piece, or keeps one open to append to it, goes on in the file that everybody reads.
#[cfg(target_os = "linux")]
#[test]
fn a_file_that_somebody_has_open_for_writing_is_not_replaced() {
    use std::io::Write as _;
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    let mut watch = Watch::over(&repo, &[]);
    let whole = repo.read(ONE).replace("status: pending", "status: done");
    let (first, rest) = whole.split_at(whole.find("Text that").unwrap());
    let mut other = fs::File::options().append(true).open(repo.path.join(TWO)).unwrap();
    let mut file = fs::File::create(repo.path.join(ONE)).unwrap();
    file.write_all(first.as_bytes()).unwrap();
    watch.until_one("held", |line| line["reason"].as_str().unwrap().ends_with("is writing a file of the tree"));
    file.write_all(rest.as_bytes()).unwrap();
    drop(file);
    other.write_all(b"A line more.\n").unwrap();
    drop(other);
    watch.until_one("committed", |line| line["subject"] == "chore(taskmaster): 1 done");
    watch.until_one("followed", |line| line["sync"]["commit"].is_string());
    watch.end();
    assert!(repo.read(ONE).ends_with("Text that nobody touches.\n") && repo.status(ONE) == "done");
    assert!(repo.read(TWO).ends_with("A line more.\n") && repo.status(TWO) == "pending");
}

/// A watcher that comes while something is in the way sees what is saved from then on, and only that.
#[test]
fn case_17_what_is_saved_before_a_watcher_can_begin_is_not_from_before() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    repo.mark(THREE, "pending", "review");
    repo.git(&["checkout", "-q", "--detach"]);
    let mut watch = Watch::begun(&repo, &[], &[]);
    watch.until("held");
    repo.mark(ONE, "pending", "done");
    repo.git(&["checkout", "-q", "main"]);
    watch.until_done();
    let said = watch.end();
    let before: Vec<_> = said.iter().filter(|line| line["reason"] == "edited before").collect();
    assert!(before.len() == 1 && before[0]["files"] == serde_json::json!(["context/task_003/task.md"]), "{before:#?}");
    assert_eq!((repo.dirt(), repo.status(TWO)), (format!(" M {THREE}"), "pending".to_owned()));
}

/// Who writes other files all the time keeps nobody from finding quiet.
#[test]
fn a_busy_neighbour_is_not_waited_for() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    let mut watch = Watch::over(&repo, &["--patience", "60000"]);
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for line in 0..3_000 {
                if is_over.load(Ordering::Relaxed) {
                    return true;
                }
                for log in [".taskmaster/agent.log", ".git/other.log", "build.log"] {
                    repo.write(log, line.to_string());
                }
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
            false
        });
        repo.mark(ONE, "pending", "done");
        watch.until_done();
        is_over.store(true, Ordering::Relaxed);
        assert!(writer.join().unwrap(), "the commit came while somebody was writing");
    });
    watch.end();
}

/// What stands behind a link is not read, and what is not read is not gone.
#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_read_is_waited_for() {
    let sandbox = Sandbox::new();
    let rules = "mode: commit\ntriggers:\n  - {name: gone, event: task.deleted, actions: [{set_status: {status: review, task: '3'}}]}\n";
    let repo = repository(&sandbox, rules);
    let folder = repo.path.join(".taskmaster/context/task_001");
    for policy in ["never", "events"] {
        let mut watch = Watch::over(&repo, &["--commit", policy]);
        fs::rename(&folder, sandbox.path().join("elsewhere")).unwrap();
        std::os::unix::fs::symlink(sandbox.path().join("elsewhere"), &folder).unwrap();
        watch.until("unfinished");
        // Others are not held up.
        repo.mark(TWO, "blocked", "in-progress");
        watch.until_one("edited", |line| line["files"].to_string().contains("task_002"));
        fs::remove_file(&folder).unwrap();
        fs::rename(sandbox.path().join("elsewhere"), &folder).unwrap();
        repo.mark(TWO, "in-progress", "blocked");
        watch.until_one("edited", |line| line["events"].to_string().contains("\"new\":\"blocked\""));
        let said = watch.end();
        assert!(!serde_json::to_string(&said).unwrap().contains("task.deleted"), "{policy}: {said:#?}");
        assert_eq!((repo.status(THREE), of_the_engine(&repo)), ("pending".to_owned(), 0), "{policy}");
    }
}
