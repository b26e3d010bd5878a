//! Slips of the keyboard in rules: what they do, and where they are told.

use serde_json::Value;

use super::sandbox::{Ran, Repo, Sandbox, WORKFLOW, planted};
use super::scenery::{THREE, WORKFLOW_FILE};

/// The tree with rules behind its own.
fn with<'a>(sandbox: &'a Sandbox, rules: &str) -> Repo<'a> {
    let repo = sandbox.repository("ann");
    repo.plant(&(WORKFLOW.to_owned() + rules));
    repo.commit_all("Start");
    repo.tm(&["hooks", "install"]);
    repo
}

/// The lines that are said of triggers that are left out.
fn told(ran: &Ran) -> usize {
    ran.stderr.lines().filter(|line| line.contains("left out")).count()
}

#[test]
fn slips_a_status_that_nobody_knows_is_not_set() {
    let sandbox = Sandbox::new();
    let rules = "    - name: slip
      event: task.status.updated
      conditions: [{field: task, operator: equals, value: 3}]
      actions:
        - set_status: {task: \"2\", status: dnoe}
        - mark
    - name: outside
      event: build.over
      actions: [set_status]
  actions:
    mark: {set: {status: fineshed}}
";
    let repo = with(&sandbox, rules);
    let before = repo.tm(&["show", "2"]);
    repo.mark(THREE, "pending", "done");
    let ran = repo.commit_all("Three");
    assert!(ran.stderr.contains("slip: set_status: there is no status `dnoe`; did you mean `done`?"), "{ran:?}");
    assert!(ran.stderr.contains("slip: mark: there is no status `fineshed`; did you mean `finished`?"), "{ran:?}");
    assert_eq!(repo.tm(&["show", "2"]), before);
    let data = |status: &str| format!("{{\"task\": \"2\", \"status\": \"{status}\"}}");
    let outside = |status: &str| repo.tm(&["explain", "--event", "build.over", "--data", &data(status)]);
    assert!(outside("dnoe").contains("failed: there is no status `dnoe`"), "{}", outside("dnoe"));
    assert!(outside("done").contains("field"), "{}", outside("done"));
    let check = repo.try_tm(&["check", "--json"]);
    let found: Value = serde_json::from_str(&check.stdout).unwrap();
    let found = found["findings"].as_array().unwrap().iter();
    let found: Vec<&str> =
        found.filter(|one| one["code"] == "unknown-status").map(|one| one["message"].as_str().unwrap()).collect();
    let expect = [
        "the action `mark` sets the unknown status `fineshed`",
        "`set_status` of trigger `slip` sets the unknown status `dnoe`",
    ];
    assert_eq!(found, expect, "{}", check.stdout);
    // What a task has already is no slip.
    repo.replace(THREE, "\nstatus: done\n", "\nstatus: dnoe\n");
    assert!(!repo.tm(&["check"]).contains("sets the unknown status `dnoe`"));
}

#[test]
fn slips_a_trigger_that_is_left_out_is_missed_where_it_would_have_been_asked() {
    let sandbox = Sandbox::new();
    let rules = "    - name: broken
      event: task.status.updated
      conditions: [{field: status, operator: equal, value: done}]
      actions: [log_it]
    - name: broken too
      event: task.*
      actions: [{log_it: 5, more: 6}]
    - name: of others
      event: deployment.success
      conditions: 5
      actions: [log_it]
";
    let repo = with(&sandbox, rules);
    repo.mark(THREE, "pending", "done");
    let ran = repo.commit_all("Three");
    let line = "taskmaster: `broken`, `broken too` are left out: they have errors; see: taskmaster config check";
    assert!(ran.stderr.lines().any(|said| said == line) && told(&ran) == 1, "{ran:?}");
    let explained = repo.tm(&["explain", "HEAD"]);
    assert!(explained.contains("broken is left out: it has an error (taskmaster config check)"), "{explained}");
    assert!(!explained.contains("of others"), "{explained}");
    let explained = repo.tm(&["explain", "--event", "deployment.success"]);
    assert!(explained.contains("of others is left out"), "{explained}");
    assert!(!explained.contains("no trigger listens to it"), "{explained}");
    let explained: Value =
        serde_json::from_str(&repo.tm(&["explain", "--event", "deployment.success", "--json"])).unwrap();
    assert_eq!(explained["plan"]["steps"][0]["rules"][0]["state"], "left-out");
    let log = repo.read(".git/taskmaster/log/workflow.jsonl");
    let last: Value = serde_json::from_str(log.lines().last().unwrap()).unwrap();
    assert_eq!(last["warnings"].as_array().unwrap().len(), 1, "{last}");
    let ran = repo.try_tm(&["set-status", "3", "review"]);
    assert!(told(&ran) == 1 && ran.code == 0, "{ran:?}");
    repo.mark(THREE, "review", "testing");
    repo.git(&["-c", "core.hooksPath=/nowhere", "commit", "-qam", "Again"]);
    let ran = repo.try_tm(&["sync"]);
    assert!(told(&ran) == 1 && ran.code == 0, "{ran:?}");
}

#[test]
fn slips_a_usual_status_keeps_its_name() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let statuses = "  statuses:\n    drafting:\n      category: active\n      aliases: [sketch, in progress]\n";
    repo.write(WORKFLOW_FILE, WORKFLOW.to_owned() + statuses);
    let found: Value = serde_json::from_str(&repo.try_tm(&["config", "check", "--json"]).stdout).unwrap();
    let one = &found["findings"][0];
    assert_eq!((&one["code"], &one["column"]), (&"duplicate-status".into(), &25.into()), "{found}");
    assert_eq!(one["hint"], "it counts as `in-progress`; remove the alias");
    let listed = repo.try_tm(&["list", "--status", "in-progress"]);
    assert_eq!(listed.code, 0, "{listed:?}");
    assert!(repo.try_tm(&["set-status", "3", "in-progress", "-n"]).stdout.contains("in-progress"));
}

#[test]
fn slips_in_messages_are_found_with_their_places() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let rules = "    - name: tell
      event: task.status.updated
      actions:
        - send_it: {template: nope}
        - send_it: {text: \"{titel} {unclosed\"}
        - generate_report: {sections: [bord]}
  notifications:
    channels:
      - {type: slak, events: [tsak_done]}
      - {type: slack, events: [task_done, tell]}
    templates: {x: \"{task_titel}\", y: 5}
  endpoints: {servre: x}
";
    repo.write(WORKFLOW_FILE, WORKFLOW.to_owned() + rules);
    let found: Value = serde_json::from_str(&repo.try_tm(&["config", "check", "--json"]).stdout).unwrap();
    let found = found["findings"].as_array().unwrap().iter().filter(|one| one["line"].is_u64());
    let found: Vec<String> = found
        .map(|one| format!("{} {} {}", one["line"].as_u64().unwrap() - 17, one["code"].as_str().unwrap(), one["hint"]))
        .collect();
    insta::assert_snapshot!(found.join("\n"), @r#"
    6 unknown-message "known are x"
    7 unknown-name "write `}` behind the name; a brace that is meant as one is `{{`"
    7 unknown-name "did you mean `{title}`?"
    8 action-parameters "write parts that a report has"
    11 unknown-message "did you mean `slack`?"
    11 unknown-message "did you mean `task_done`?"
    11 incomplete-channel "write where requests go"
    12 incomplete-channel "write the address of an incoming webhook, best in a variable"
    13 unknown-name "did you mean `{task_title}`?"
    13 invalid-workflow "it should be a text, with names in braces"
    14 unknown-key "known are task_webhook, analytics_webhook, status_webhook, deployment_webhook, notification_webhook, slack_webhook, github_webhook, email_service, github; begin a key of your own with `x-`"
    "#);
    assert!(!repo.tm(&["config", "show"]).contains("servre"));
}

#[test]
fn slips_a_second_document_is_not_read_and_null_takes_a_recipe() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.write(WORKFLOW_FILE, "---\nmode: warn\ntriggers: null\n---\nmode: commit\n");
    let ran = repo.try_tm(&["config", "check"]);
    assert!(ran.stdout.contains("a second document begins here") && ran.stdout.contains("yaml:4:1"), "{ran:?}");
    repo.write(WORKFLOW_FILE, "---\nmode: warn\ntriggers: ~\n");
    assert!(repo.tm(&["config", "check"]).ends_with("0 errors, 0 warnings\n"));
    for recipe in ["stale", "deploy"] {
        repo.tm(&["init", "--recipe", recipe]);
    }
    let rules = repo.read(WORKFLOW_FILE);
    assert!(rules.starts_with("---\nmode: warn\ntriggers:\n  - name: stale"), "{rules}");
    assert!(rules.contains("outbox\n  - name: deploy_success"), "{rules}");
}

#[test]
fn slips_in_tests_of_rules_are_told() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let tests = "cases:
  - name: a
    when: {set: {task: 3, statsu: done}}
    expect: nothing
  - name: b
    when: {set: {task: 3, status: dnoe}}
    expect: nothing
  - name: c
    when: {set: {task: 3, status: done}}
    expect: {}
";
    repo.write(".taskmaster/tests/slips.yaml", tests);
    let ran = repo.try_tm(&["test"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    for part in [
        "`set` sets the field `statsu`, which no task has",
        "did you mean `status`?",
        "there is no status `dnoe`; did you mean `done`?",
        "`expect` of case `c` expects nothing of anything",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {ran:?}");
    }
}

#[test]
fn slips_apart_a_line_of_the_log_is_readable() {
    let sandbox = Sandbox::new();
    let repo = with(&sandbox, "    - {name: note, event: system.error.critical, actions: [log_it]}\n");
    let explained =
        repo.tm(&["explain", "--event", "system.error.critical", "--data", "{\"error_message\": \"disk full\"}"]);
    assert!(explained.contains("system.error.critical: disk full"), "{explained}");
}
