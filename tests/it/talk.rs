//! What the program says: of hooks that are missing, words that mean nothing, trees that are not there.

use std::fs;

use serde_json::Value;

use super::sandbox::{Sandbox, WORKFLOW, planted};
use super::scenery::{JSON, THREE, WORKFLOW_FILE, executable};

#[test]
fn hints_cannot_drive_the_terminal() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.replace(
        WORKFLOW_FILE,
        "  triggers:\n",
        "  statuses:\n    \"odd\\e]0;x\\a\\u2028y\": {category: todo}\n  triggers:\n",
    );
    repo.quietly(&["commit", "-q", "-a", "-m", "Odd"]);
    let ran = repo.try_tm(&["--color", "always", "set-status", "3", "zzzzzzzzzzzz"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.contains("known are") && ran.stderr.contains("odd\\u{1b}]0;x"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("\u{1b}]0") && !ran.stderr.contains('\u{2028}'), "{}", ran.stderr);
}

#[test]
fn a_bare_number_closes_the_task_of_the_current_tag() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.write(JSON, r#"{"feature": {"tasks": [{"id": 7, "title": "Seven", "status": "pending"}]}}"#);
    repo.write(".taskmaster/state.json", r#"{"currentTag": "feature"}"#);
    repo.write(WORKFLOW_FILE, WORKFLOW);
    repo.commit_all("Start");
    repo.tm(&["hooks", "install"]);
    let ran = repo.try_git(&["commit", "-q", "--allow-empty", "-m", "Work\n\nFixes: 7\nResolves: 99"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "of other people's issues nothing is said");
    assert!(repo.read(JSON).contains("pending"));
    repo.git(&["commit", "-q", "--allow-empty", "-m", "Work\n\nCloses: 7"]);
    assert!(repo.read(JSON).contains(r#""status": "done""#), "{}", repo.read(JSON));
}

#[test]
fn words_that_mean_nothing_are_said() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    for (arguments, message, hint) in [
        (&["list", "-s", "dne"][..], "there is no status `dne`", "did you mean done?"),
        (&["list", "-s", "pending,tod"], "there is no status `tod`", "did you mean todo?"),
        (&["list", "-t", "mastr"], "no task has the tag `mastr`", "did you mean master?"),
        (&["next", "-t", "elsewhere"], "no task has the tag `elsewhere`", "known are master"),
    ] {
        let ran = repo.try_tm(arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (3, ""), "{arguments:?}: {ran:?}");
        assert!(ran.stderr.contains(message) && ran.stderr.contains(hint), "{arguments:?}: {}", ran.stderr);
    }
    repo.mark(THREE, "pending", "someday");
    assert!(repo.tm(&["list", "-s", "someday"]).contains("Three"), "a word that a task uses means something");
    assert_eq!(repo.try_tm(&["list", "-s", "cancelled,Failed"]).code, 0);
}

#[test]
fn a_hook_that_does_not_run_ours_is_named() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.plant(WORKFLOW);
    repo.commit_all("Start");
    assert!(repo.tm(&["status"]).contains("hooks are not active in this clone"));
    let hook = repo.path.join(".git/hooks/pre-commit");
    executable(&hook, "#!/usr/bin/env python3\nprint('theirs')\n");
    let ran = repo.try_tm(&["hooks", "install"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("not run by git yet: pre-commit\n"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("are rejected"), "{}", ran.stderr);
    let text = repo.tm(&["status"]);
    assert!(text.contains("hooks are active only in part, mode commit: pre-commit is missing"), "{text}");
    let status: Value = serde_json::from_str(&repo.tm(&["status", "--json"])).unwrap();
    assert_eq!(
        (&status["hooks_active"], &status["hooks_missing"]),
        (&false.into(), &serde_json::json!(["pre-commit"]))
    );
    assert_eq!(repo.try_tm(&["hooks", "status"]).code, 1);
    fs::remove_file(&hook).unwrap();
    assert!(repo.try_tm(&["hooks", "install"]).stderr.contains("are rejected"));
    assert!(repo.tm(&["status"]).contains("hooks are active, mode commit"));
}

#[test]
fn what_is_deferred_is_to_be_run_again() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.finish_one();
    repo.write(".git/MERGE_HEAD", format!("{}\n", repo.head()));
    for arguments in [&["set-status", "3", "done"][..], &["undo"]] {
        let ran = repo.try_tm(arguments);
        assert_eq!(ran.code, 4, "{arguments:?}: {ran:?}");
        assert!(ran.stderr.contains("finish that first, then run this again"), "{}", ran.stderr);
    }
}

#[test]
fn the_status_of_a_repository_without_a_tree_is_told() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    let text = repo.tm(&["status"]);
    assert!(text.contains("hooks are not active") && text.contains("on main, before the first commit"), "{text}");
    assert!(text.contains("there is no .taskmaster folder yet"), "{text}");
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    fs::remove_dir_all(repo.path.join(".taskmaster")).unwrap();
    let text = repo.tm(&["status"]);
    assert!(text.contains("hooks are active") && text.contains("there is no .taskmaster folder yet"), "{text}");
    let status: Value = serde_json::from_str(&repo.tm(&["status", "--json"])).unwrap();
    assert_eq!(status["tasks"], serde_json::json!({}));
}

#[test]
fn a_mode_that_does_not_exist_is_said() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.git(&["config", "taskmaster.mode", "bogus"]);
    let message = "git config taskmaster.mode is `bogus`, which is no mode; the file's applies: commit";
    let text = repo.tm(&["status"]);
    assert!(text.contains(message) && text.contains("hooks are active, mode commit\n"), "{text}");
    let ran = repo.try_tm(&["hooks", "install"]);
    assert!(ran.stderr.contains(message), "{}", ran.stderr);
    let ran = repo.finish_one();
    assert_eq!(ran.stderr.matches(message).count(), 1, "{}", ran.stderr);
    assert_eq!(repo.engine_commits(), 1);
}

#[test]
fn tasks_that_are_no_list_do_not_disappear_silently() {
    for text in [r#"{"tasks": {"1": {"id": 1, "title": "One"}}}"#, r#"{"x": {"tasks": {"1": {"title": "One"}}}}"#] {
        let sandbox = Sandbox::new();
        let repo = sandbox.repository("ann");
        repo.write(JSON, text);
        let ran = repo.try_tm(&["check"]);
        assert_eq!(ran.code, 1, "{text}: {ran:?}");
        assert!(format!("{ran:?}").contains("`tasks` is an object, not a list"), "{text}: {ran:?}");
    }
}
