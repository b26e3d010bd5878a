//! The log of runs, and the short status.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use super::sandbox::{Repo, Sandbox, planted, planted_with};
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
    assert!(repo.tm(&["status"]).contains(&format!("log: {LOG}, nothing written yet\n")));
    repo.mark(ONE_ONE, "pending", "done");
    repo.commit_all("One one\n\nCloses: 1.1");
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
}

#[test]
fn from_critical_on_nothing_else_is_logged() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.plant(
        "mode: commit\nlogging: {level: CRITICAL}\ntriggers:\n  - name: diary\n    event: task.status.updated\n    actions: \
         [log_error_report, log_critical_event, {log_it: {level: Critical}}, {log_it: {level: error}}]\n",
    );
    repo.commit_all("Start");
    repo.tm(&["hooks", "install"]);
    repo.mark(THREE, "pending", "done");
    repo.commit_all("Three");
    let written: Vec<String> =
        lines(&repo).iter().map(|line| format!("{} {}", line["schema"], line["level"])).collect();
    assert_eq!(written, ["\"taskmaster.log-entry/1\" \"critical\""; 2]);
}

const DIARY: &str = "mode: commit
triggers:
  - name: diary
    event: task.status.updated
    actions: [log_status, {log_detail: {text: \"{task_id}\", level: debug}}]
";

fn with_diary<'a>(sandbox: &'a Sandbox, name: &str) -> Repo<'a> {
    let repo = sandbox.repository(name);
    repo.plant(DIARY);
    repo.commit_all("Start");
    repo.tm(&["hooks", "install"]);
    repo
}

/// How many lines actions have written, and the state of each intent with its reason, sorted.
fn written(repo: &Repo<'_>) -> (usize, Vec<String>) {
    let entries = lines(repo).iter().filter(|line| line["schema"] == "taskmaster.log-entry/1").count();
    let folder = repo.path.join(".git/taskmaster/outbox/state");
    let mut states: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| serde_json::from_slice::<Value>(&fs::read(entry.unwrap().path()).unwrap()).unwrap())
        .map(|state| ["state", "reason"].map(|key| state.get(key).unwrap().as_str().unwrap().to_owned()).join(": "))
        .collect();
    states.sort();
    (entries, states)
}

const LEFT_OUT: &str = "skipped: the settings of the log leave it out (logging)";
const SENT: &str = "sent: a line of the log";

#[test]
fn invariant_08_a_line_of_the_log_is_written_once() {
    let sandbox = Sandbox::new();
    let repo = with_diary(&sandbox, "ann");
    repo.mark(THREE, "pending", "done");
    repo.commit_all("Three");
    let once = (1, vec![SENT.to_owned(), LEFT_OUT.to_owned()]);
    assert_eq!(written(&repo), once);
    for arguments in [&["sync"][..], &["sync", "--since", "HEAD~1"], &["apply"], &["hooks", "run", "post-commit"]] {
        repo.tm(arguments);
        assert_eq!(written(&repo), once, "{arguments:?}");
    }
    let status: Value = serde_json::from_str(&repo.tm(&["status", "--json"])).unwrap();
    assert_eq!((&status["effects_sent"], &status["effects_skipped"]), (&1.into(), &1.into()));
    // What the settings leave out is not written when they change.
    let logging = "logging: {level: DEBUG}\ntriggers:\n";
    repo.replace(WORKFLOW_FILE, "triggers:\n", logging);
    repo.tm(&["sync", "--since", "HEAD~1"]);
    assert_eq!(written(&repo), once);
    repo.mark(ONE_ONE, "pending", "done");
    repo.commit_all("One one");
    assert_eq!(written(&repo).0, 3, "a new event has both");
    // A log that cannot be written.
    fs::remove_dir_all(repo.path.join(".git/taskmaster/log")).unwrap();
    repo.write(".git/taskmaster/log", "");
    repo.mark(ONE_ONE, "done", "pending");
    repo.commit_all("One one again");
    fs::remove_file(repo.path.join(".git/taskmaster/log")).unwrap();
    repo.tm(&["sync", "--since", "HEAD~1"]);
    let (left, all) = written(&repo);
    assert_eq!((left, all.len()), (0, 6));
    assert_eq!(all.iter().filter(|state| *state == "skipped: the log could not be written").count(), 2, "{all:?}");
}

#[test]
fn invariant_08_runs_at_once_write_a_line_once() {
    let sandbox = Sandbox::new();
    let repo = with_diary(&sandbox, "ann");
    repo.mark(THREE, "pending", "done");
    repo.git(&["add", "-A"]);
    repo.quietly(&["commit", "-q", "-m", "Three"]);
    let script = "for i in 1 2 3 4 5 6; do \"$0\" sync --since HEAD~1 & done; wait";
    let ran = sandbox.run(&repo.path, "sh", &["-c", script, env!("CARGO_BIN_EXE_taskmaster")], &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(written(&repo).0, 1, "{ran:?}");
}

#[test]
fn invariant_11_rewritten_history_writes_no_line_again() {
    let sandbox = Sandbox::new();
    let repo = with_diary(&sandbox, "ann");
    repo.git(&["branch", "upstream"]);
    repo.mark(THREE, "pending", "done");
    repo.commit_all("Three");
    repo.git(&["commit", "-q", "--amend", "-m", "Three, reworded"]);
    assert_eq!(written(&repo).0, 1, "amend");
    repo.git(&["switch", "-q", "upstream"]);
    repo.write("other.txt", "x");
    repo.commit_all("Other");
    repo.git(&["switch", "-q", "main"]);
    repo.git(&["rebase", "-q", "upstream"]);
    repo.tm(&["sync"]);
    assert_eq!(written(&repo).0, 1, "rebase");
    // A merge does again what its commits did, the moved ones too; with something new beside it.
    repo.git(&["switch", "-q", "upstream"]);
    repo.write("more.txt", "x");
    repo.commit_all("More");
    repo.git(&["merge", "-q", "--no-ff", "-m", "Merge", "main"]);
    repo.tm(&["sync"]);
    assert_eq!(written(&repo).0, 1, "merge");
    repo.mark(ONE_ONE, "pending", "done");
    repo.commit_all("One one");
    assert_eq!(written(&repo).0, 2, "a new event");
}

#[test]
fn effects_are_recorded_on_the_one_shared_branch() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.plant("mode: commit\ntriggers:\n  - {name: tell, event: task.status.updated, actions: [notify_all]}\n");
    repo.commit_all("Start");
    repo.tm(&["hooks", "install"]);
    let recorded =
        |repo: &Repo<'_>| fs::read_dir(repo.path.join(".git/taskmaster/outbox/intents")).map_or(0, Iterator::count);
    assert!(repo.tm(&["status"]).contains("shared branch: main\n"), "the only branch of a repository without remotes");
    repo.git(&["switch", "-q", "-c", "feature"]);
    repo.mark(THREE, "pending", "done");
    repo.commit_all("Three");
    assert_eq!(recorded(&repo), 0);
    let why = "recorded on the branch `main` only, once this arrives there";
    assert!(repo.tm(&["explain"]).ends_with(&format!("  a preview: {why}\n")));
    let explained: Value = serde_json::from_str(&repo.tm(&["explain", "--json"])).unwrap();
    assert_eq!(explained["preview"], why);
    repo.git(&["switch", "-q", "main"]);
    repo.git(&["merge", "-q", "feature"]);
    assert_eq!(recorded(&repo), 1);
    let explained: Value = serde_json::from_str(&repo.tm(&["explain", "HEAD", "--json"])).unwrap();
    assert_eq!(explained["preview"], Value::Null);
    // Where nobody can say which one it is, there is none.
    repo.git(&["branch", "-m", "main", "one"]);
    assert!(repo.tm(&["status"]).contains("no shared branch is known (set git.canonical"));
    assert!(repo.tm(&["explain"]).contains("which one that is is not known (git.canonical)"));
}

#[test]
fn a_name_that_stands_for_nothing_is_a_warning_of_the_plan() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.plant(
        "mode: commit\ntriggers:\n  - name: tell\n    event: task.status.updated\n    actions: \
         [{notify_all: {text: \"{task_title} {whoever} {other|x}\"}}]\n",
    );
    repo.commit_all("Start");
    repo.mark(THREE, "pending", "done");
    repo.commit_all("Three");
    let warning = "tell: notify_all: `{whoever}` stands for nothing and stays in the text";
    let explained = repo.tm(&["explain"]);
    assert!(explained.ends_with(&format!("\nwarnings\n  {warning}\n")), "{explained}");
    let explained: Value = serde_json::from_str(&repo.tm(&["explain", "--json"])).unwrap();
    assert_eq!(explained["plan"]["warnings"], serde_json::json!([warning]));
}

#[test]
fn every_command_that_commits_leaves_a_line() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.finish_one();
    let begin = lines(&repo).len();
    repo.tm(&["undo", "-n"]);
    repo.tm(&["undo"]);
    let undone = repo.head();
    repo.tm(&["create", "Four", "-n"]);
    repo.tm(&["create", "Four"]);
    repo.try_tm(&["create", "Five", "--parent", "99"]);
    repo.tm(&["sync", "--repair", "--prefer", "json"]);
    repo.tm(&["init", "--commit", "--recipe", "stale"]);
    let ran: Vec<(String, String)> = runs(&repo).split_off(begin);
    let expected = [
        ("undo", "committed"),
        ("create", "nothing"),
        ("create", "failed"),
        ("repair", "committed"),
        ("init", "committed"),
    ];
    assert_eq!(ran, expected.map(|(run, outcome)| (run.to_owned(), outcome.to_owned())));
    assert_eq!(lines(&repo)[begin]["commit"], undone);
    assert_eq!(lines(&repo)[begin + 4]["commit"], repo.head());
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

#[test]
fn a_log_that_is_a_link_is_left_alone() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.write("mine", "mine\n");
    std::fs::create_dir_all(repo.path.join(LOG).parent().unwrap()).unwrap();
    let _ = std::fs::remove_file(repo.path.join(LOG));
    std::os::unix::fs::symlink(repo.path.join("mine"), repo.path.join(LOG)).unwrap();
    let ran = repo.try_tm(&["set-status", "3", "done"]);
    assert_eq!((ran.code, repo.read("mine").as_str()), (0, "mine\n"), "{ran:?}");
}

#[test]
fn what_the_outbox_was_run_for_is_logged() {
    let sandbox = Sandbox::new();
    let rules = "workflow_config:\n  mode: commit\n  git: {canonical: main}\n  actions:\n    \
                 good: {run: 'true'}\n    bad: {run: 'false'}\n  triggers:\n    \
                 - {name: all, event: task.status.updated, actions: [good, bad]}\n";
    let repo = planted_with(&sandbox, rules);
    repo.mark(THREE, "pending", "done");
    repo.commit_all("Three is done");
    let shown: Value = serde_json::from_str(&repo.tm(&["allow", "-n", "--json"])).unwrap();
    repo.try_tm(&["outbox", "run", "--allow", shown["hash"].as_str().unwrap()]);
    let last = lines(&repo).pop().unwrap();
    assert_eq!(
        (&last["run"], &last["outcome"], &last["level"]),
        (&"outbox run".into(), &"carried-out".into(), &"warning".into())
    );
    assert_eq!(last["reason"], "1 effect carried out; 1 effect given up - taskmaster outbox list");
    repo.tm(&["outbox", "run"]);
    let last = lines(&repo).pop().unwrap();
    assert_eq!((&last["outcome"], &last["level"], last.get("reason")), (&"nothing".into(), &"info".into(), None));
}
