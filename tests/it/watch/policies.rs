//! What is committed, and what is left to the user.

use super::{RULES, Watch, commits, of_the_engine, repository};
use crate::sandbox::{Repo, Sandbox};
use crate::scenery::{ONE, THREE, TWO};

/// Something whose commit shows that all before it was seen.
fn mark_the_end(repo: &Repo<'_>, watch: &mut Watch) {
    repo.mark(THREE, "pending", "review");
    watch.until_one("committed", |line| line["subject"] == "chore(taskmaster): 3 review");
    watch.until("followed");
}

fn left(watch: &Watch, reason: &str) -> Vec<String> {
    let lines = watch.said.iter().filter(|line| line["what"] == "left" && line["reason"] == reason);
    lines.flat_map(|line| line["files"].as_array().unwrap()).map(|file| file.as_str().unwrap().to_owned()).collect()
}

fn below_the_tree(path: &str) -> String {
    path.trim_start_matches(".taskmaster/").to_owned()
}

#[test]
fn an_edit_without_an_event_is_the_users() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    let mut watch = Watch::over(&repo, &[]);
    repo.replace(ONE, "Text that nobody touches.", "Text of mine.");
    watch.until("left");
    repo.replace(ONE, "Text of mine.", "More text of mine.");
    mark_the_end(&repo, &mut watch);
    assert_eq!(left(&watch, "no event"), [below_the_tree(ONE)]);
    assert_eq!((repo.dirt().trim(), commits(&repo).len()), (format!("M {ONE}").as_str(), 3));
    // With an event the file is committed as it is.
    repo.mark(ONE, "pending", "done");
    watch.until_one("committed", |line| line["subject"] == "chore(taskmaster): 1 done");
    watch.end();
    assert!(repo.git(&["show", &format!("HEAD:{ONE}")]).contains("More text of mine."));
}

#[test]
fn with_all_every_edit_is_committed() {
    for (arguments, rules) in
        [(&["--commit", "all"][..], RULES.to_owned()), (&[], format!("{RULES}git: {{watch: all}}\n"))]
    {
        let sandbox = Sandbox::new();
        let repo = repository(&sandbox, &rules);
        let mut watch = Watch::over(&repo, arguments);
        repo.replace(ONE, "Text that nobody touches.", "Text of mine.");
        assert_eq!(watch.until("committed")["subject"], format!("chore(taskmaster): edit {}", below_the_tree(ONE)));
        repo.write(".taskmaster/config/workflow.yaml", format!("{rules}# mine\n"));
        assert_eq!(watch.until("committed")["subject"], "chore(taskmaster): edit config/workflow.yaml");
        // The tasks in it have places of their own.
        std::fs::remove_file(repo.path.join(".taskmaster/tasks/tasks.json")).unwrap();
        assert_eq!(watch.until("committed")["subject"], "chore(taskmaster): remove tasks/tasks.json");
        watch.end();
        assert_eq!((repo.dirt(), of_the_engine(&repo)), (String::new(), 0));
    }
}

#[test]
fn with_never_what_follows_is_in_the_files_alone_and_nobody_is_fought() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    let head = repo.head();
    let mut watch = Watch::over(&repo, &["--commit", "never"]);
    repo.mark(ONE, "pending", "done");
    watch.until("written");
    assert_eq!((repo.status(TWO), repo.head()), ("pending".to_owned(), head.clone()));
    // The user does not want that, and nothing of before sets it again.
    repo.mark(TWO, "pending", "blocked");
    watch.until_one("edited", |line| line["files"].to_string().contains("task_002"));
    repo.mark(THREE, "pending", "done");
    watch.until_one("edited", |line| line["files"].to_string().contains("task_003"));
    assert_eq!((repo.status(TWO), repo.head()), ("blocked".to_owned(), head));
    let said = watch.end();
    assert!(said.iter().all(|line| line["what"] != "committed"), "{said:#?}");
}

#[test]
fn where_the_mode_does_not_let_it_commit_it_only_says_what_would_follow() {
    for mode in ["observe", "warn", "enforce"] {
        let sandbox = Sandbox::new();
        let repo = repository(&sandbox, &RULES.replace("mode: commit", &format!("mode: {mode}")));
        let head = repo.head();
        let mut watch = Watch::over(&repo, &[]);
        repo.mark(ONE, "pending", "done");
        let would = watch.until("would");
        assert!(would["plan"]["files"].to_string().contains("task_002"), "{would:#}");
        watch.end();
        assert_eq!((repo.head(), repo.status(TWO)), (head, "blocked".to_owned()), "{mode}");
    }
}

#[test]
fn what_is_staged_is_on_its_way_into_a_commit_of_the_users() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    let mut watch = Watch::over(&repo, &[]);
    watch.signal("-STOP");
    repo.mark(ONE, "pending", "done");
    repo.git(&["add", ONE]);
    watch.signal("-CONT");
    watch.until_one("left", |line| line["reason"] == "staged");
    mark_the_end(&repo, &mut watch);
    assert_eq!(repo.git(&["diff", "--cached", "--name-only"]), ONE);
    repo.git(&["commit", "-q", "-m", "By hand", "--", ONE]);
    watch.until_one("followed", |line| line["sync"]["outcome"] == "committed");
    watch.end();
    assert_eq!(repo.status(TWO), "pending");
    assert!(repo.subjects().contains(&"By hand".to_owned()));
}

/// Whoever takes a commit back wants to make it anew: nobody makes it for him.
#[test]
fn case_43_what_a_reset_leaves_is_not_committed_again() {
    for reset in [&["--soft"][..], &["--mixed"], &["--hard"]] {
        let sandbox = Sandbox::new();
        let repo = repository(&sandbox, RULES);
        let mut watch = Watch::over(&repo, &[]);
        repo.mark(ONE, "pending", "done");
        watch.until_done();
        repo.git(&[&["reset", "-q"], reset, &["HEAD~2"]].concat());
        mark_the_end(&repo, &mut watch);
        let said = watch.end();
        let about_three = ["ann: Start", "ann: chore(taskmaster): 3 review", "taskmaster: chore(taskmaster): 3 review"];
        assert_eq!(commits(&repo), about_three, "{reset:?}: {said:#?}");
    }
}

/// What stands there since a reset is nobody's edit, whether a watcher saw the reset or not, and however soon somebody
/// writes beside it.
#[test]
fn case_43_what_a_reset_leaves_while_nobody_watches_is_not_committed_again() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    let mut watch = Watch::over(&repo, &[]);
    repo.mark(ONE, "pending", "done");
    watch.until_done();
    let note = repo.path.join(".git/taskmaster-watch");
    while !std::fs::read_to_string(&note).unwrap().contains(&repo.head()) {
        std::thread::yield_now();
    }
    watch.kill();
    repo.git(&["reset", "-q", "HEAD~2"]);
    let mut next = Watch::over(&repo, &[]);
    next.until_one("left", |line| line["reason"] == "uncommitted");
    repo.mark(THREE, "pending", "in-progress");
    next.until_one("committed", |line| line["subject"] == "chore(taskmaster): 3 in-progress");
    next.until("followed");
    let said = next.end();
    assert_eq!(commits(&repo)[1], "ann: chore(taskmaster): 3 in-progress", "{said:#?}");
    assert!(repo.git(&["diff", "--name-only"]).contains(ONE), "{said:#?}");
}

#[test]
fn case_43_what_a_reset_leaves_is_no_edit_where_others_are_still_writing() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    // So long that the look behind the reset finds a file that is too young.
    let mut watch = Watch::over(&repo, &["--settle", "700", "--patience", "60000"]);
    repo.mark(ONE, "pending", "done");
    watch.until_done();
    watch.signal("-STOP");
    repo.git(&["reset", "-q", "HEAD~2"]);
    repo.mark(THREE, "pending", "in-progress");
    watch.signal("-CONT");
    watch.until_done();
    let said = watch.end();
    let about_three = ["ann: Start", "ann: chore(taskmaster): 3 in-progress"];
    assert_eq!(commits(&repo)[..2], about_three, "{said:#?}");
    assert!(repo.git(&["diff", "--name-only"]).contains(ONE), "{said:#?}");
}

#[test]
fn what_was_edited_before_and_is_stashed_is_the_users_when_it_comes_back() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    repo.mark(ONE, "pending", "done");
    let mut watch = Watch::over(&repo, &[]);
    repo.git(&["stash", "-q"]);
    mark_the_end(&repo, &mut watch);
    repo.git(&["stash", "pop", "-q"]);
    repo.mark(TWO, "blocked", "in-progress");
    watch.until_one("committed", |line| line["subject"] == "chore(taskmaster): 2 in-progress");
    watch.until("followed");
    let said = watch.end();
    assert_eq!(repo.dirt().trim(), format!("M {ONE}"), "{said:#?}");
}

#[test]
fn what_is_not_finished_when_watching_ends_is_the_users() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    let mut watch = Watch::over(&repo, &[]);
    let whole = repo.read(ONE);
    repo.write(ONE, "---\nstatus: done\n");
    watch.until("unfinished");
    let said = watch.end();
    assert_eq!(said.last().unwrap()["reason"], "ended", "{said:#?}");
    repo.write(ONE, whole.replace("status: pending", "status: done"));
    let next = Watch::over(&repo, &[]);
    assert_eq!(next.said[0]["beginning"]["catches_up"], false);
    next.end();
    assert_eq!((commits(&repo).len(), repo.dirt().trim()), (1, format!("M {ONE}").as_str()));
}

#[test]
fn nobody_watches_where_the_engine_is_switched_off() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    let ran = repo.sandbox.run(&repo.path, env!("CARGO_BIN_EXE_taskmaster"), &["watch"], &[("TASKMASTER", "0")]);
    assert!(ran.code == 3 && ran.stderr.contains("switched off here: TASKMASTER=0 is set"), "{ran:?}");
    let mut watch = Watch::over(&repo, &[]);
    repo.git(&["config", "taskmaster.enabled", "false"]);
    watch.until_one("held", |line| line["reason"] == "switched off");
    repo.mark(ONE, "pending", "done");
    watch.end();
    let ran = repo.try_tm(&["watch"]);
    assert!(ran.code == 3 && ran.stderr.contains("taskmaster.enabled is false"), "{ran:?}");
    assert_eq!(repo.dirt().trim(), format!("M {ONE}"));
}

#[test]
fn what_was_edited_before_is_the_users_until_it_is_saved_again() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    repo.mark(ONE, "pending", "in-progress");
    // So long that the first look finds a file that is too young.
    let mut watch = Watch::over(&repo, &["--settle", "400"]);
    mark_the_end(&repo, &mut watch);
    assert_eq!(watch.count("began"), 1, "{:#?}", watch.said);
    assert_eq!(left(&watch, "edited before"), [below_the_tree(ONE)]);
    assert_eq!(repo.dirt().trim(), format!("M {ONE}"));
    repo.mark(ONE, "in-progress", "done");
    watch.until_one("committed", |line| line["subject"] == "chore(taskmaster): 1 done");
    watch.end();
}

#[test]
fn new_rules_are_in_force_once_they_are_committed() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, &RULES.replace("trigger_dependent_tasks", "updated_date"));
    let mut watch = Watch::over(&repo, &[]);
    repo.write(".taskmaster/config/workflow.yaml", RULES);
    watch.until_one("left", |line| line["reason"] == "rules");
    repo.mark(ONE, "pending", "done");
    watch.until_done();
    assert_eq!(repo.status(TWO), "blocked");
    repo.commit_all("Rules");
    repo.mark(ONE, "done", "review");
    watch.until_one("committed", |line| line["subject"] == "chore(taskmaster): 1 review");
    repo.mark(ONE, "review", "done");
    watch.until_one("committed", |line| line["subject"] == "chore(taskmaster): 1 done");
    watch.until("followed");
    watch.end();
    assert_eq!(repo.status(TWO), "pending");
}

/// What a pre-commit hook would reject is not committed for anybody.
#[test]
fn what_may_not_be_committed_is_shown_and_waited_for() {
    let rules = format!("{RULES}statuses: {{pending: {{transitions: [review, in-progress]}}}}\n");
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, &rules);
    let mut watch = Watch::over(&repo, &[]);
    repo.mark(ONE, "pending", "done");
    let refused = watch.until("refused");
    assert!(refused["findings"].to_string().contains("may not go from pending to done"), "{refused:#}");
    mark_the_end(&repo, &mut watch);
    assert_eq!((watch.count("refused"), repo.dirt().trim()), (1, format!("M {ONE}").as_str()));
    repo.mark(ONE, "done", "in-progress");
    watch.until_one("committed", |line| line["subject"] == "chore(taskmaster): 1 in-progress");
    watch.end();
    assert_eq!(repo.dirt(), "");
}

/// What a pre-commit hook would reject is said where nothing can follow from it, too; what it would only warn of is said
/// with the commit.
#[test]
fn what_the_hooks_would_say_is_said() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    let mut watch = Watch::over(&repo, &[]);
    repo.write(".taskmaster/context/task_009/task.md", repo.read(THREE));
    let refused = watch.until("refused");
    assert!(refused["findings"].to_string().contains("duplicate-id"), "{refused:#}");
    repo.mark(ONE, "pending", "bogus");
    let committed = watch.until("committed");
    assert!(committed["findings"].to_string().contains("unknown status `bogus`"), "{committed:#}");
    watch.until("followed");
    let said = watch.end();
    assert!(!said.iter().any(|line| line["reason"] == "no event"), "{said:#?}");
}

#[test]
fn where_there_is_nothing_to_watch_that_is_said() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    let ran = repo.try_tm(&["watch"]);
    assert!(ran.code == 3 && ran.stderr.contains("taskmaster init"), "{ran:?}");
}

#[test]
fn a_file_that_git_ignores_is_left_alone() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    repo.write(".gitignore", "task_009/\n");
    repo.commit_all("Ignore");
    let mut watch = Watch::over(&repo, &[]);
    repo.write(".taskmaster/context/task_009/task.md", repo.read(THREE).replace("task_003", "task_009"));
    mark_the_end(&repo, &mut watch);
    watch.end();
    assert!(!repo.git(&["ls-tree", "-r", "--name-only", "HEAD"]).contains("task_009"));
}

#[test]
fn other_line_ends_in_the_worktree_are_no_edit_and_are_not_committed() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    repo.git(&["config", "core.autocrlf", "true"]);
    repo.git(&["rm", "-q", "--cached", "-r", "."]);
    repo.git(&["reset", "-q", "--hard"]);
    assert!(repo.read(ONE).contains("\r\n"));
    let mut watch = Watch::over(&repo, &[]);
    assert_eq!(watch.count("left"), 0);
    let text = repo.read(ONE).replace("\nstatus: pending\r\n", "\nstatus: done\r\n");
    repo.write(ONE, text);
    watch.until_done();
    let said = watch.end();
    assert!(!repo.git(&["show", &format!("HEAD:{ONE}")]).contains('\r'));
    assert_eq!((repo.dirt(), of_the_engine(&repo)), (String::new(), 1), "{said:#?}");
    assert!(repo.read(TWO).contains("\nstatus: pending\r\n"));
}

#[test]
fn an_edit_that_contradicts_what_is_staged_is_left_to_the_user() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    repo.mark(ONE, "pending", "review");
    repo.git(&["add", ONE]);
    let staged = repo.git(&["diff", "--cached"]);
    let mut watch = Watch::over(&repo, &[]);
    repo.mark(ONE, "review", "done");
    watch.until_one("left", |line| line["reason"] == "staged");
    mark_the_end(&repo, &mut watch);
    watch.end();
    assert_eq!((repo.git(&["diff", "--cached"]), repo.status(ONE)), (staged, "done".to_owned()));
    assert!(commits(&repo).iter().all(|commit| !commit.contains("1 ")));
}

/// Nobody is asked for a passphrase again and again, and nothing is committed unsigned.
#[test]
fn case_35_a_signer_that_does_not_answer_is_asked_once_for_each_edit() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    let asked = sandbox.path().join("asked");
    let signer = crate::scenery::script(&sandbox, "signer", &format!("echo x >>{}; exit 1", asked.display()));
    for (key, value) in [("commit.gpgsign", "true"), ("gpg.program", &signer), ("user.signingkey", "K")] {
        repo.git(&["config", key, value]);
    }
    let mut watch = Watch::over(&repo, &["--poll", "20"]);
    let times = || std::fs::read_to_string(&asked).unwrap().lines().count();
    repo.mark(ONE, "pending", "done");
    watch.until_one("left", |line| line["reason"] == "unsigned");
    // Many looks later.
    repo.write(".taskmaster/context/task_003/task.md", "---\n");
    watch.until("unfinished");
    assert_eq!(times(), 1);
    repo.git(&["config", "commit.gpgsign", "false"]);
    repo.mark(ONE, "done", "review");
    watch.until_one("committed", |line| line["subject"] == "chore(taskmaster): 1 review");
    watch.end();
}

#[test]
fn a_file_with_another_name_is_no_event_and_no_fault() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    let mut watch = Watch::over(&repo, &[]);
    std::fs::rename(
        repo.path.join(".taskmaster/context/task_003"),
        repo.path.join(".taskmaster/context/task_003-three"),
    )
    .unwrap();
    repo.mark(ONE, "pending", "done");
    watch.until_done();
    let three = |line: &serde_json::Value| line["files"].to_string().contains("task_003-three");
    watch.until_one("left", three);
    let said = watch.end();
    assert!(said.iter().all(|line| line["what"] != "refused"), "{said:#?}");
}
