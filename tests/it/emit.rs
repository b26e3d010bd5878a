//! Events from outside: `emit` hands them in, the rules act, and each is handled once.

use std::fs;

use super::sandbox::{Repo, Sandbox, planted_with};
use super::scenery::{ONE, THREE, TWO};

const RULES: &str = "workflow_config:
  mode: commit
  git: {canonical: main}
  triggers:
    - name: deployed
      event: deployment.success
      actions:
        - set_status: {status: done}
        - send_notifications
    - name: dependents
      event: task.status.updated
      conditions: [{field: new.category, operator: equals, value: done}]
      actions: [trigger_dependent_tasks]
    - name: broken
      event: deployment.failure
      actions: [create_incident_task, log_error]
    - name: told
      event: tests.failed
      actions: [send_alert]
";

fn ready(sandbox: &Sandbox) -> Repo<'_> {
    planted_with(sandbox, RULES)
}

/// The intents in the outbox.
fn intents(repo: &Repo<'_>) -> usize {
    fs::read_dir(repo.path.join(".git/taskmaster/outbox/intents")).map_or(0, Iterator::count)
}

#[test]
fn an_event_from_outside_is_carried_out_as_an_event_of_a_commit_is() {
    let sandbox = Sandbox::new();
    let repo = ready(&sandbox);
    let arguments = ["emit", "deployment.success", "--task", "1", "--id", "run 7", "--data", r#"{"url": "x"}"#];
    let ran = repo.try_tm(&arguments);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.starts_with("taskmaster: +1 commit "), "{ran:?}");
    assert_eq!(repo.status(ONE), "done");
    assert_eq!((repo.status(TWO).as_str(), repo.dirt().as_str()), ("pending", ""), "dependents follow");
    assert_eq!((repo.engine_commits(), intents(&repo)), (1, 1));
    let message = repo.message("HEAD");
    assert!(message.contains("\nFollows from the event deployment.success \"run 7\" from outside.\n"), "{message}");
    let line = message.lines().find(|line| line.starts_with("Taskmaster-Outside: ")).unwrap();
    assert!(line.starts_with("Taskmaster-Outside: deployment.success 1 run%207 "), "{line}");
    assert_eq!(line.rsplit(' ').next().unwrap().len(), 64, "{line}");
    assert_eq!(repo.tm(&["sync"]), "", "nothing follows once more");
    assert_eq!(repo.engine_commits(), 1);
}

#[test]
fn an_event_is_handled_once_for_its_name_task_and_id() {
    let sandbox = Sandbox::new();
    let repo = ready(&sandbox);
    let emit = |name: &str, task: &str, id: &str| repo.try_tm(&["emit", name, "--task", task, "--id", id]);
    assert_eq!(emit("deployment.success", "1", "a").code, 0);
    let (head, sent) = (repo.head(), intents(&repo));
    // The task is taken up again: only another event may finish it.
    repo.tm(&["set-status", "1", "pending"]);
    let again = emit("deployment.success", "task_001", "a");
    assert_eq!(again.code, 0, "{again:?}");
    let short = &head[..7];
    assert!(
        again.stderr.starts_with(&format!("deployment.success a was handled already (commit {short}")),
        "{again:?}"
    );
    assert_eq!((repo.status(ONE).as_str(), intents(&repo)), ("pending", sent));
    assert!(!repo.path.join(".git/taskmaster/outside").exists(), "the commit is enough");
    let other = repo.try_tm(&["emit", "deployment.success", "--task", "1", "--id", "a", "--data", r#"{"x": 1}"#]);
    assert!(other.stderr.contains("was handled already") && other.stderr.contains(", with other data; "), "{other:?}");
    for (task, id) in [("1", "b"), ("3", "a")] {
        assert!(emit("deployment.success", task, id).stderr.contains("+1 commit"), "{task} {id}");
    }
    assert_eq!((repo.status(ONE), repo.status(THREE)), ("done".to_owned(), "done".to_owned()));
}

#[test]
fn where_nothing_is_edited_the_clone_keeps_a_note() {
    let sandbox = Sandbox::new();
    let repo = ready(&sandbox);
    let head = repo.head();
    let ran = repo.try_tm(&["emit", "tests.failed", "--id", "9"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, "tests.failed 9: nothing is to be edited\n"), "{ran:?}");
    assert_eq!((repo.head(), intents(&repo)), (head.clone(), 1));
    let again = repo.try_tm(&["emit", "tests.failed", "--id", "9"]);
    let said = "tests.failed 9 was handled already; nothing was done\n";
    assert_eq!((again.code, again.stderr.as_str(), intents(&repo)), (0, said, 1));
    // Without an id each is another one.
    for count in [2, 3] {
        repo.tm(&["emit", "tests.failed"]);
        assert_eq!(intents(&repo), count);
    }
    assert_eq!(repo.head(), head);
}

#[test]
fn a_message_about_no_change_names_the_event() {
    let sandbox = Sandbox::new();
    let repo = ready(&sandbox);
    let shown = repo.tm(&["explain", "--event", "tests.failed", "--task", "1"]);
    assert!(shown.contains("': tests.failed\n") && !shown.contains("none -> none"), "{shown}");
}

#[test]
fn another_clone_knows_what_was_committed() {
    let sandbox = Sandbox::new();
    let ann = ready(&sandbox);
    let shared = sandbox.bare("shared.git");
    ann.git(&["remote", "add", "origin", shared.to_str().unwrap()]);
    ann.tm(&["emit", "deployment.success", "--task", "1", "--id", "a"]);
    ann.git(&["push", "-q", "-u", "origin", "main"]);
    let ben = sandbox.clone(&shared, "ben");
    let head = ben.head();
    let again = ben.try_tm(&["emit", "deployment.success", "--task", "1", "--id", "a"]);
    assert!(again.code == 0 && again.stderr.contains("was handled already (commit "), "{again:?}");
    assert_eq!(ben.head(), head);
}

#[test]
fn an_event_can_be_looked_at_and_left_uncommitted() {
    let sandbox = Sandbox::new();
    let repo = ready(&sandbox);
    let before = repo.everything();
    let shown = repo.try_tm(&["emit", "deployment.success", "--task", "3", "--id", "a", "-n"]);
    assert!(shown.code == 0 && shown.stdout.contains("+status: done"), "{shown:?}");
    assert!(shown.stderr.ends_with("nothing was written (dry run)\n"), "{shown:?}");
    assert_eq!(repo.everything(), before);
    let head = repo.head();
    repo.tm(&["emit", "deployment.success", "--task", "3", "--id", "a", "--no-commit"]);
    assert_eq!((repo.head(), repo.status(THREE).as_str()), (head, "done"));
    let again = repo.try_tm(&["emit", "deployment.success", "--task", "3", "--id", "a"]);
    assert!(again.stderr.contains("was handled already"), "{again:?}");
}

#[test]
fn log_explain_and_undo_know_the_event() {
    let sandbox = Sandbox::new();
    let repo = ready(&sandbox);
    let emitted = repo.tm(&["--json", "emit", "deployment.success", "--task", "1", "--id", "run 7"]);
    let emitted: serde_json::Value = serde_json::from_str(&emitted).unwrap();
    let event = emitted["event"].as_str().unwrap();
    let log = repo.tm(&["log", "1"]);
    assert!(log.contains(" 1 deployment.success by "), "{log}");
    assert!(log.contains(" 1 status pending -> done by deployed\n"), "{log}");
    let explained = repo.tm(&["explain"]);
    let said = "made by taskmaster for the event deployment.success from outside, id run 7; each change and why:";
    assert!(explained.contains(said), "{explained}");
    assert_eq!(repo.tm(&["explain", &event[..12]]), explained, "by the event's id, too");
    let as_json: serde_json::Value = serde_json::from_str(&repo.tm(&["--json", "explain"])).unwrap();
    assert_eq!(as_json["outside"]["id"], "run 7", "{as_json}");
    let undone = repo.try_tm(&["undo", &event[..12]]);
    assert_eq!((undone.code, repo.status(ONE).as_str(), repo.status(TWO).as_str()), (0, "pending", "blocked"));
    // What was taken back does not follow again.
    let again = repo.try_tm(&["emit", "deployment.success", "--task", "1", "--id", "run 7"]);
    assert!(again.stderr.contains("was handled already"), "{again:?}");
    assert_eq!(repo.status(ONE), "pending");
}

#[test]
fn each_event_makes_its_own_task_and_writes_its_own_line() {
    let sandbox = Sandbox::new();
    let repo = ready(&sandbox);
    let tasks = |repo: &Repo<'_>| repo.tm(&["list"]).lines().count();
    let before = tasks(&repo);
    for (id, more) in [("a", 1), ("a", 1), ("b", 2)] {
        let ran =
            repo.try_tm(&["emit", "deployment.failure", "--id", id, "--data", r#"{"error_message": "out of disk"}"#]);
        assert_eq!((ran.code, tasks(&repo)), (0, before + more), "{id}: {ran:?}");
    }
    let log = repo.read(".git/taskmaster/log/workflow.jsonl");
    assert_eq!(log.lines().filter(|line| line.contains("taskmaster.log-entry/1")).count(), 2, "{log}");
}

#[test]
fn what_is_no_event_is_refused_and_nothing_is_written() {
    let sandbox = Sandbox::new();
    let repo = ready(&sandbox);
    let head = repo.head();
    let long = "x".repeat(201);
    let cases: [(&[&str], i32, &str); 10] = [
        (&["Deployment Success"], 3, "no event is called"),
        (&["deployment.*"], 3, "it has a `*`"),
        (&["deployment.success", "--data", "[1]"], 2, "not a JSON object"),
        (&["deployment.success", "--data", "{"], 2, "not a JSON object"),
        (&["deployment.success", "--data", "x=1"], 2, "not a JSON object"),
        (&["deployment.success", "--task", "77"], 3, "there is no task 77"),
        (&["deployment.success", "--task", "x y"], 3, "x y"),
        (&["deployment.success", "--id", ""], 3, "is no id of an event"),
        (&["deployment.success", "--id", "a\nb"], 3, "is no id of an event"),
        (&["deployment.success", "--id", &long], 3, "is no id of an event"),
    ];
    for (arguments, code, said) in cases {
        let ran = repo.try_tm(&[&["emit"], arguments].concat());
        assert!(ran.code == code && ran.stderr.contains(said), "{arguments:?}: {ran:?}");
    }
    repo.git(&["switch", "-q", "--detach"]);
    let detached = repo.try_tm(&["emit", "deployment.success", "--task", "1", "--id", "a"]);
    assert!(detached.code == 4 && detached.stderr.contains("switch to a branch"), "{detached:?}");
    repo.git(&["switch", "-q", "main"]);
    assert_eq!((repo.head(), repo.dirt(), intents(&repo)), (head, String::new(), 0));
    assert!(!repo.path.join(".git/taskmaster/outside").exists());
    let empty = sandbox.repository("ben");
    assert!(empty.try_tm(&["emit", "a.b"]).stderr.contains("there is no commit yet"));
}

#[test]
fn many_at_once_are_each_handled_once() {
    let sandbox = Sandbox::new();
    let repo = ready(&sandbox);
    let script = "for i in 1 2 3 4; do
            \"$1\" emit deployment.success --task 1 --id same 2>&1 &
            \"$1\" emit deployment.failure --id $i 2>&1 &
        done
        wait";
    let ran = sandbox.run(&repo.path, "sh", &["-c", script, "sh", env!("CARGO_BIN_EXE_taskmaster")], &[]);
    assert_eq!(ran.stdout.matches("deployment.success same was handled already").count(), 3, "{ran:?}");
    assert_eq!(ran.stdout.matches("+1 commit").count(), 5, "{ran:?}");
    assert_eq!((repo.engine_commits(), repo.tm(&["list"]).lines().count(), repo.dirt().as_str()), (5, 9, ""));
    assert!(repo.tm(&["check"]).contains("0 errors"));
}

#[test]
fn what_an_event_brings_along_is_its_data_everywhere() {
    let sandbox = Sandbox::new();
    let repo = planted_with(
        &sandbox,
        "mode: commit\ngit: {canonical: main}\ntriggers:\n  - name: tested\n    event: build.over\n    conditions:\n      \
         - {field: data.runs, operator: equals, value: 5}\n      - {field: data.status, operator: equals, value: open}\n    \
         actions: [told]\n  - name: expressed\n    event: build.over\n    when: data.runs > 4 and data.nothing is not defined and \
         data.status == 'open'\n    actions: [counted]\nactions:\n  told: {set: {owner: '{data.who.name}'}}\n  \
         counted: {set: {runs: '{data.runs}'}}\n",
    );
    let data = r#"{"runs": 5, "status": "open", "who": {"name": "ben"}}"#;
    repo.tm(&["emit", "build.over", "--task", "1", "--data", data]);
    let text = repo.read(ONE);
    assert!(text.contains("\nowner: ben\n"), "a condition, and the name of a template: {text}");
    assert!(text.contains("\nruns: '5'\n") || text.contains("\nruns: \"5\"\n"), "an expression: {text}");
}

#[test]
fn names_that_other_programs_use_stand_for_the_events() {
    let sandbox = Sandbox::new();
    let repo = ready(&sandbox);
    let emitted = |name: &str| {
        let text = repo.tm(&["--json", "emit", name, "--task", "1", "--id", "a"]);
        serde_json::from_str::<serde_json::Value>(&text).unwrap()
    };
    assert_eq!(emitted("DEPLOYMENT_COMPLETE")["outside"]["type"], "deployment.success");
    assert_eq!(repo.status(ONE), "done");
    assert!(!emitted("deployment.success")["known"].is_null(), "it is the same event");
    assert!(repo.tm(&["explain", "--event", "DEPLOYMENT_COMPLETE", "--task", "3"]).contains("deployment.success"));
    // A name that the rules listen to is no other name.
    let rules = "mode: commit\ntriggers:\n  - {name: own, event: deployment_complete, actions: [{set_status: {status: done}}]}\n";
    let other = Sandbox::new();
    let repo = planted_with(&other, rules);
    repo.tm(&["emit", "deployment_complete", "--task", "3"]);
    assert_eq!(repo.status(THREE), "done");
}
