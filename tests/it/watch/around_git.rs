//! What git does while somebody watches.

use super::{RULES, Watch, commits, repository};
use crate::sandbox::{Repo, Sandbox};
use crate::scenery::{ONE, THREE, TWO};

#[test]
fn case_38_a_switch_of_ten_thousand_files_is_one_batch() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    let task = |number: usize| format!(".taskmaster/context/task_{number}/task.md");
    let text = repo.read(THREE);
    for number in 1000..11_000 {
        repo.write(&task(number), text.replace("task_003", &format!("task_{number}")));
    }
    repo.commit_all("Many");
    repo.git(&["checkout", "-q", "-b", "other"]);
    for number in 1000..11_000 {
        repo.write(&task(number), text.replace("task_003", &format!("task_{number}")).replace("pending", "review"));
    }
    repo.commit_all("All in review");
    let tips = repo.git(&["rev-parse", "main", "other"]);
    let mut watch = Watch::over(&repo, &[]);
    repo.git(&["checkout", "-q", "main"]);
    watch.until("switched");
    repo.git(&["checkout", "-q", "other"]);
    watch.until_one("switched", |line| line["branch"] == "other");
    assert_eq!(repo.git(&["rev-parse", "main", "other"]), tips);
    repo.mark(ONE, "pending", "done");
    watch.until_done();
    let said = watch.end();
    let what = |what: &str| said.iter().filter(|line| line["what"] == what).count();
    assert_eq!((what("edited"), what("committed"), what("left"), what("switched")), (1, 1, 0, 2), "{said:#?}");
    assert_eq!((repo.dirt(), repo.status(TWO)), (String::new(), "pending".to_owned()));
}

/// A rebase makes the commits that it makes without a watcher.
#[test]
fn case_07_a_rebase_is_waited_for() {
    let rebased = |watched: bool| {
        let sandbox = Sandbox::new();
        let repo = repository(&sandbox, RULES);
        repo.git(&["checkout", "-q", "-b", "side"]);
        for number in 0..20 {
            repo.write(&format!("notes/{number}.txt"), "x");
            if number == 10 {
                repo.mark(THREE, "pending", "in-progress");
            }
            repo.commit_all(&format!("Side {number}"));
        }
        repo.git(&["checkout", "-q", "main"]);
        repo.write("code.txt", "x");
        repo.commit_all("Code");
        repo.git(&["checkout", "-q", "side"]);
        let watch = watched.then(|| Watch::over(&repo, &[]));
        repo.git(&["rebase", "-q", "main"]);
        let tip = repo.head();
        if let Some(mut watch) = watch {
            repo.mark(ONE, "pending", "done");
            watch.until_done();
            let said = watch.end();
            assert_eq!(said.iter().filter(|line| line["what"] == "committed").count(), 1, "{said:#?}");
            assert_eq!((repo.status(TWO), repo.dirt()), ("pending".to_owned(), String::new()));
        }
        repo.git(&["log", "--format=%T %s", &tip])
    };
    assert_eq!(rebased(true), rebased(false));
}

/// What a person does in the middle of a rebase is the rebase's.
#[test]
fn case_17_an_edit_in_the_middle_of_a_rebase_is_part_of_it() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.mark(ONE, "pending", "review");
    repo.commit_all("Side");
    repo.git(&["checkout", "-q", "main"]);
    repo.mark(ONE, "pending", "in-progress");
    repo.commit_all("Main");
    repo.git(&["checkout", "-q", "side"]);
    let mut watch = Watch::over(&repo, &[]);
    assert_ne!(repo.try_git(&["rebase", "-q", "main"]).code, 0);
    watch.until("held");
    repo.write(ONE, repo.git(&["show", &format!("main:{ONE}")]) + "\n");
    repo.mark(ONE, "in-progress", "done");
    repo.git(&["add", "-A"]);
    repo.git(&["-c", "core.editor=true", "rebase", "--continue"]);
    watch.until("resumed");
    watch.until_one("followed", |line| line["sync"]["outcome"] == "committed");
    let said = watch.end();
    assert_eq!(said.iter().filter(|line| line["what"] == "committed").count(), 0, "{said:#?}");
    assert_eq!((repo.status(TWO), repo.dirt()), ("pending".to_owned(), String::new()));
    assert_eq!(commits(&repo)[2], "ann: Side");
}

/// One change, three that notice it: it is done once.
#[test]
fn case_26_hook_watcher_and_command_on_one_change() {
    let sandbox = Sandbox::new();
    let log =
        "  - {name: seen, event: task.status.updated, actions: [{log_seen: {text: \"{task_id} {new_status}\"}}]}\n";
    let repo = repository(&sandbox, &format!("{RULES}{log}"));
    repo.tm(&["hooks", "install"]);
    let mut watch = Watch::over(&repo, &[]);
    repo.tm(&["set-status", "1.1", "in-progress"]);
    repo.mark(THREE, "pending", "review");
    repo.git(&["commit", "-q", "-m", "By hand", "--", THREE]);
    repo.mark(ONE, "pending", "done");
    watch.until_one("committed", |line| line["subject"] == "chore(taskmaster): 1 done");
    watch.until("followed");
    watch.end();
    let lines = repo.read(".git/taskmaster/log/workflow.jsonl");
    for text in ["1.1 in-progress", "3 review", "1 done", "2 pending"] {
        let said = lines.lines().filter(|line| line.contains("log-entry") && line.contains(text)).count();
        assert_eq!(said, 1, "{text}:\n{lines}");
    }
    assert_eq!(repo.dirt(), "");
}

#[test]
fn case_11_what_is_staged_in_part_stays_staged() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    repo.write("code.txt", "x");
    repo.git(&["add", "code.txt"]);
    repo.replace(ONE, "Text that nobody touches.", "Text of mine.");
    repo.git(&["add", ONE]);
    let staged = repo.git(&["diff", "--cached"]);
    let mut watch = Watch::over(&repo, &[]);
    repo.mark(ONE, "pending", "done");
    // Which of it is to be committed has been said already.
    watch.until_one("left", |line| line["reason"] == "staged");
    assert_eq!((repo.git(&["diff", "--cached"]), repo.dirt()), (staged, format!("MM {ONE}\nA  code.txt")));
    repo.git(&["commit", "-q", "-am", "Mine"]);
    watch.until("followed");
    watch.end();
    assert_eq!((repo.dirt(), repo.status(TWO)), (String::new(), "pending".to_owned()));
}

#[test]
fn commits_by_others_are_processed_as_soon_as_they_are_there() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    let mut watch = Watch::over(&repo, &[]);
    // Nothing rings but the branch: as other libraries commit.
    repo.mark(ONE, "pending", "done");
    watch.signal("-STOP");
    repo.git(&["-c", "core.hooksPath=/dev/null", "commit", "-q", "-am", "Plumbing"]);
    watch.signal("-CONT");
    watch.until_one("followed", |line| line["sync"]["outcome"] == "committed");
    watch.end();
    assert_eq!((repo.status(TWO), repo.dirt()), ("pending".to_owned(), String::new()));
}

#[test]
fn a_tree_that_comes_and_goes_is_watched() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    repo.git(&["checkout", "-q", "--orphan", "bare"]);
    repo.git(&["rm", "-rfq", "."]);
    repo.write("readme.txt", "x");
    repo.commit_all("Nothing");
    repo.git(&["checkout", "-q", "main"]);
    let mut watch = Watch::over(&repo, &[]);
    repo.git(&["checkout", "-q", "bare"]);
    watch.until_one("held", |line| line["reason"] == "no tree");
    repo.git(&["checkout", "-q", "main"]);
    watch.until("resumed");
    repo.mark(ONE, "pending", "done");
    watch.until_done();
    watch.end();
    assert_eq!(repo.status(TWO), "pending");
    assert_eq!(of_branch(&repo, "bare"), ["Nothing"]);
}

fn of_branch(repo: &Repo<'_>, branch: &str) -> Vec<String> {
    repo.git(&["log", "--format=%s", branch]).lines().map(ToOwned::to_owned).collect()
}
