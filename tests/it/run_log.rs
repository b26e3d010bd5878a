//! The log of runs, and the short status.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use super::sandbox::{Repo, Sandbox, planted};
use super::scenery::{JSON, ONE_ONE, THREE, TWO, WORKFLOW_FILE};

const LOG: &str = ".git/taskmaster/log/workflow.jsonl";

fn lines(repo: &Repo<'_>) -> Vec<Value> {
    repo.read(LOG)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

fn runs(repo: &Repo<'_>) -> Vec<(String, String)> {
    let text = |line: &Value, key: &str| line[key].as_str().unwrap_or_default().to_owned();
    lines(repo).iter().map(|line| (text(line, "run"), text(line, "outcome"))).collect()
}

#[test]
fn each_hook_leaves_a_line_that_says_what_it_did() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    assert!(!repo.tm(&["status"]).contains("log: "), "there is none yet");
    repo.mark(ONE_ONE, "pending", "done");
    repo.commit_all("One one");
    let names: Vec<String> = runs(&repo).into_iter().map(|(run, outcome)| format!("{run} {outcome}")).collect();
    assert_eq!(names, ["pre-commit passed", "prepare-commit-msg passed", "commit-msg passed", "post-commit committed"]);
    let line = &lines(&repo)[3];
    assert_eq!(
        (&line["schema"], &line["level"], &line["branch"]),
        (&"taskmaster.run/1".into(), &"info".into(), &"main".into())
    );
    assert_eq!(line["commit"], repo.head());
    assert_eq!(line["caused_by"], serde_json::json!([repo.id("HEAD~1")]));
    assert!(line["events"].as_array().unwrap().iter().any(|event| event["type"] == "task.status.updated"), "{line}");
    let rolled = line["triggers"].as_array().unwrap().iter().find(|trigger| trigger["trigger"] == "roll_up").unwrap();
    assert_eq!(rolled["actions"], serde_json::json!([{"action": "roll_up_parent", "result": "changed"}]));
    assert!(line["duration_ms"].is_u64() && line["time"].as_str().unwrap().contains('T'));
    assert!(repo.tm(&["status"]).contains(&format!("log: {LOG}\n")));
    let status: Value = serde_json::from_str(&repo.tm(&["status", "--json"])).unwrap();
    assert_eq!(status["log_file"], LOG);
}

#[test]
fn commands_that_change_something_are_logged_and_looks_are_not() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    for arguments in [&["list"][..], &["status"], &["sync", "-n"], &["set-status", "3", "done", "-n"], &["apply", "-n"]]
    {
        repo.tm(arguments);
    }
    assert!(!repo.path.join(LOG).exists());
    repo.tm(&["set-status", "3", "done"]);
    repo.tm(&["sync"]);
    repo.tm(&["apply"]);
    assert_eq!(repo.try_tm(&["set-status", "99", "done"]).code, 3);
    let expected =
        [("set-status", "committed"), ("sync", "up-to-date"), ("apply", "up-to-date"), ("set-status", "failed")];
    assert_eq!(runs(&repo), expected.map(|(run, outcome)| (run.to_owned(), outcome.to_owned())));
    assert_eq!(lines(&repo)[3]["errors"][0], "there is no task 99");
}

#[test]
fn a_refusal_is_logged_with_its_findings() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.replace(TWO, "[task_001]", "[task_009]");
    repo.git(&["add", "-A"]);
    assert_eq!(repo.try_git(&["commit", "-q", "-m", "Wrong"]).code, 1);
    let line = &lines(&repo)[0];
    assert_eq!((&line["level"], &line["outcome"]), (&"error".into(), &"refused".into()));
    assert!(line["errors"][0].as_str().unwrap().contains('9'), "{line}");
}

#[test]
fn actions_that_log_write_a_line_of_their_own() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.replace(
        WORKFLOW_FILE,
        "        - update_analytics\n",
        "        - log_completion\n        - log_error_report\n",
    );
    repo.commit_all("Rules");
    repo.tm(&["set-status", "3", "done"]);
    let all = lines(&repo);
    let entries: Vec<&Value> = all.iter().filter(|line| line["schema"] == "taskmaster.log-entry/1").collect();
    assert_eq!(entries.len(), 2, "{all:?}");
    assert_eq!((&entries[0]["action"], &entries[0]["level"]), (&"log_completion".into(), &"info".into()));
    assert_eq!((&entries[1]["level"], &entries[1]["task"]), (&"error".into(), &"3".into()));
    assert!(entries[0]["text"].as_str().unwrap().contains("Three"), "{:?}", entries[0]);
    repo.tm(&["sync"]);
    let again = lines(&repo).iter().filter(|line| line["schema"] == "taskmaster.log-entry/1").count();
    assert_eq!(again, 2, "once for each event");
}

#[test]
fn the_rules_file_says_how_the_log_is_kept() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let logging = "  logging:\n    level: WARNING\n    destinations:\n      - {type: file, path: ../../../evil.log}\n";
    repo.replace(WORKFLOW_FILE, "  triggers:\n", &format!("{logging}  triggers:\n"));
    repo.quietly(&["commit", "-q", "-a", "-m", "Rules"]);
    repo.tm(&["set-status", "3", "done"]);
    assert!(!repo.path.join(".git/taskmaster/log").exists(), "nothing weighty happened");
    repo.try_tm(&["set-status", "99", "done"]);
    let names: Vec<_> =
        fs::read_dir(repo.path.join(".git/taskmaster/log")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["evil.log"], "the path gives a name and nothing else");
    repo.replace(WORKFLOW_FILE, "path: ../../../evil.log", "enabled: false");
    repo.try_tm(&["set-status", "99", "done"]);
    assert_eq!(fs::read_dir(repo.path.join(".git/taskmaster/log")).unwrap().count(), 1);
    assert_eq!(repo.read(".git/taskmaster/log/evil.log").lines().count(), 1);
}

#[test]
fn a_log_that_cannot_be_written_fails_nothing() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    // A file where the folder should be: also for one who may write anywhere.
    repo.write(".git/taskmaster/log", "");
    let ran = repo.finish_one();
    assert!(ran.stderr.contains("+1 commit") && !ran.stderr.contains("left out"), "{ran:?}");
    fs::remove_file(repo.path.join(".git/taskmaster/log")).unwrap();
    let folder = repo.path.join(".git/taskmaster/log");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).unwrap();
    repo.tm(&["set-status", "3", "done"]);
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    assert!(repo.read(JSON).contains("\"done\""));
}

#[test]
fn hooks_that_run_at_once_never_tear_a_line() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let script = "for i in 1 2 3 4 5 6 7 8; do \"$0\" hooks run pre-push & done; wait";
    let ran = sandbox.run(&repo.path, "sh", &["-c", script, env!("CARGO_BIN_EXE_taskmaster")], &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(runs(&repo).len(), 8);
}

#[test]
fn the_short_status_is_silent_where_all_is_well() {
    let sandbox = Sandbox::new();
    let short = |repo: &Repo<'_>| {
        let ran = repo.try_tm(&["status", "--short"]);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
        ran.stdout
    };
    let outside = sandbox.run(sandbox.path(), env!("CARGO_BIN_EXE_taskmaster"), &["status", "--short"], &[]);
    assert_eq!((outside.code, outside.stdout.as_str(), outside.stderr.as_str()), (0, "", ""));
    let bare = sandbox.repository("ben");
    assert_eq!(short(&bare), "", "no tree");
    let repo = planted(&sandbox);
    assert_eq!(short(&repo), "");
    for (path, new) in [(THREE, "done"), (ONE_ONE, "review")] {
        repo.mark(path, "pending", new);
        repo.quietly(&["commit", "-q", "-a", "-m", "Quiet"]);
    }
    assert_eq!(short(&repo), "tm:2 waiting\n");
    repo.git(&["reset", "-q", "--hard", "HEAD~2"]);
    assert_eq!(short(&repo), "", "what was taken back does not wait");
    repo.git(&["config", "taskmaster.enabled", "false"]);
    assert_eq!(short(&repo), "tm:off\n");
}
