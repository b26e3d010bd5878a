//! What `config show` prints, and what it keeps to itself.

use std::fs;

use crate::sandbox::Sandbox;
use crate::scenery::{ONE, WORKFLOW_FILE};

#[test]
fn config_show_tells_what_is_in_force() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.plant(
        "mode: warn\nenvironments: {old: {}}\nworkflow_config:\n  mode: commit\n  notifications: {templates: {mine: here}}\n  \
         execution: {priority_levels: {urgent: 1}}\n  environments:\n    prod:\n      notifications: {templates: {mine: there}}\n      \
         execution: {priority_levels: {urgent: 9}}\n",
    );
    repo.commit_all("Start");
    let shown = repo.tm(&["config", "show", "mode"]);
    assert_eq!(shown, "mode = \"commit\"\n", "the one inside counts");
    let prod = |key: &str| repo.tm(&["config", "show", "--origin", "--env", "prod", key]);
    let mine = prod("notifications.templates.mine");
    assert!(mine.starts_with("notifications.templates.mine = \"there\"  # environment prod, "), "{mine}");
    let urgent = prod("execution.priority_levels.urgent");
    assert!(urgent.starts_with("execution.priority_levels.urgent = 9  # environment prod, "), "{urgent}");
    assert_eq!(repo.try_tm(&["config", "show", "--env", "old"]).code, 3);
}

#[test]
fn config_show_prints_what_is_in_force_and_names_what_is_not() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.plant(
        "mode: commit
git: {commit: sometimes}
logging: {level: LOUD}
execution: {max_concurrent_workflows: 0, retry_delay: 5}
notifications:
  channels:
    - url: https://example.org
    - {type: slack, enabled: perhaps}
actions: {bad: {set: 3}, fine: {set: {a: b}}}
triggers:
  - {name: good, event: task.created, actions: [log_info]}
  - {name: bad, event: task.created, conditions: [{field: status, operator: eqals, value: 1}], actions: [log_info]}
",
    );
    let shown = repo.try_tm(&["config", "show", "--origin"]);
    for line in [
        "mode = \"observe\"  # default",
        "git.commit = \"after\"  # default",
        "logging.level = \"INFO\"  # default",
        "logging.log_workflow_events = true  # default",
        "execution.max_concurrent_workflows = 4  # default",
        "execution.retry_delay = 5  # config/workflow.yaml:4",
        "execution.workflow_timeout = 3600  # default",
        "actions.fine.set.a = \"b\"  # config/workflow.yaml:9",
        "triggers[good].event = \"task.created\"  # config/workflow.yaml:11",
    ] {
        assert!(shown.stdout.lines().any(|found| found == line), "{line} is missing in:\n{}", shown.stdout);
    }
    for lost in ["triggers[bad]", "actions.bad", "channels[1]", "perhaps", "LOUD", "sometimes", "\"commit\""] {
        assert!(!shown.stdout.contains(lost), "{lost}: {}", shown.stdout);
    }
    for line in [
        "not in force: mode = \"commit\": the mode is `observe` until this is corrected: `commit` of `git` cannot be `sometimes` (config/workflow.yaml:1)",
        "not in force: git.commit = \"sometimes\": `commit` of `git` cannot be `sometimes` (config/workflow.yaml:2)",
        "not in force: logging.level = \"LOUD\": `level` of `logging` cannot be `LOUD` (config/workflow.yaml:3)",
        "not in force: triggers[bad]: a condition of trigger `bad` has the unknown operator `eqals` (config/workflow.yaml:12)",
    ] {
        assert!(shown.stderr.lines().any(|found| found == line), "{line} is missing in:\n{}", shown.stderr);
    }
    let json: serde_json::Value = serde_json::from_str(&repo.tm(&["--json", "config", "show"])).unwrap();
    let left_out = json["left_out"].as_array().unwrap();
    let keys: Vec<&str> = left_out.iter().map(|ignored| ignored["key"].as_str().unwrap()).collect();
    assert_eq!(
        keys,
        [
            "mode",
            "git.commit",
            "logging.level",
            "execution.max_concurrent_workflows",
            "notifications.channels[1]",
            "notifications.channels[slack].enabled",
            "actions.bad",
            "triggers[bad]"
        ]
    );
    assert_eq!((&left_out[1]["value"], &left_out[1]["line"]), (&"sometimes".into(), &2.into()));
    let of_one = repo.try_tm(&["config", "show", "triggers[bad].event"]);
    assert!(of_one.code == 0 && of_one.stdout.is_empty() && of_one.stderr.contains("triggers[bad]"), "{of_one:?}");
    repo.git(&["config", "taskmaster.mode", "commit"]);
    let local = repo.try_tm(&["config", "show", "mode"]);
    assert_eq!((local.stdout.as_str(), local.stderr.as_str()), ("mode = \"commit\"\n", ""));
}

#[test]
fn config_show_keeps_secrets_to_itself_wherever_they_are_written() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.plant(
        "actions:
  hook: {webhook: {url: 'https://u:sesame@a.b/', secret: sesame, headers: {Authorization: 'Bearer sesame', Accept: text/plain}}}
  plain: {webhook: {url: 'https://${HOST}/x', secret: '${SECRET}', headers: {Authorization: 'Bearer ${TOKEN}'}}}
endpoints:
  slack_webhook: https://hooks.slack.com/services/sesame
  email_service: smtps://ann:sesame@mail.example.org
  github: {repository: a/b, token: sesame}
notifications:
  channels:
    - {type: webhook, url: 'https://a.b/?token=sesame', secret: '${S:-sesame}'}
    - {type: slack, url: 'ftp://u:sesame@a.b/'}
environments:
  live:
    notifications: {channels: [{type: webhook, url: 'https://a.b/?key=sesame'}]}
    endpoints: {email_service: {url: 'smtps://u:sesame@a.b'}}
",
    );
    for arguments in [&["config", "show"][..], &["config", "show", "--env", "live"], &["--json", "config", "show"]] {
        let ran = repo.try_tm(arguments);
        let shown = ran.stdout + &ran.stderr;
        assert!(!shown.contains("sesame") && shown.contains("(written out, not shown)"), "{shown}");
    }
    let shown = repo.tm(&["config", "show", "actions"]);
    for line in [
        "actions.hook.webhook.headers.Accept = \"text/plain\"",
        "actions.plain.webhook.url = \"https://${HOST}/x\"  (HOST is not set)",
        "actions.plain.webhook.headers.Authorization = \"Bearer ${TOKEN}\"  (TOKEN is not set)",
    ] {
        assert!(shown.lines().any(|found| found == line), "{line} is missing in:\n{shown}");
    }
    let found = repo.try_tm(&["config", "check"]);
    let lines: Vec<&str> = found.stdout.lines().filter(|line| line.contains("secret-in-file")).collect();
    assert_eq!(lines.len(), 10, "{}", found.stdout);
}

#[test]
fn a_variable_in_what_a_call_edits_makes_the_action_fail() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.plant(
        "mode: commit
git: {canonical: main}
actions: {note: {set: {note: '{who}'}}}
triggers:
  - {name: t, event: task.status.updated, actions: [{note: {who: '${HOME}'}}, {create_task: {title: 'for ${USER}'}}, {note: {who: '{actor}'}}]}
",
    );
    repo.commit_all("Start");
    repo.tm(&["hooks", "install"]);
    repo.mark(ONE, "pending", "done");
    repo.git(&["commit", "-q", "--no-verify", "-am", "One is done"]);
    let text = repo.read(ONE);
    assert!(text.contains("note: ") && !text.contains("${"), "{text}");
    assert_eq!(repo.tm(&["list", "--automated"]).matches("for $").count(), 0);
    let explained = repo.tm(&["explain", "HEAD~1"]);
    assert_eq!(explained.matches("has a variable in it, and what is edited has none").count(), 2, "{explained}");
}

#[test]
fn config_show_prints_numbers_as_numbers() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.plant("execution: {retry_delay: '07'}\nmonitoring: {alert_thresholds: {cpu_usage: 0.80, error_rate: 0.05}}\n");
    let shown = repo.tm(&["config", "show"]);
    for line in [
        "execution.retry_delay = 7",
        "monitoring.alert_thresholds.cpu_usage = 0.8",
        "monitoring.alert_thresholds.error_rate = 0.05",
    ] {
        assert!(shown.lines().any(|found| found == line), "{line} is missing in:\n{shown}");
    }
}

#[test]
fn an_environment_that_is_no_mapping_is_none() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.plant("environments: {bad: 5, empty: , good: {logging: {level: ERROR}}}\n");
    let refused = repo.try_tm(&["config", "show", "--env", "bad"]);
    assert!(refused.code == 3 && refused.stderr.contains("there is no environment `bad`"), "{refused:?}");
    assert!(refused.stderr.contains("empty, good"), "{}", refused.stderr);
    assert_eq!(repo.try_tm(&["config", "show", "--env", "empty"]).code, 0);
}

#[test]
fn what_stands_in_the_place_of_the_rules_is_named() {
    let sandbox = Sandbox::new();
    for (folder, what) in [(false, "is a link or stands behind one"), (true, "is a folder, or no plain file")] {
        let repo = sandbox.repository(if folder { "folder" } else { "link" });
        repo.plant("mode: warn\n");
        repo.write("rules.yaml", "mode: warn\n");
        let place = repo.path.join(WORKFLOW_FILE);
        fs::remove_file(&place).unwrap();
        if folder {
            fs::create_dir(&place).unwrap();
        } else {
            std::os::unix::fs::symlink("../../rules.yaml", &place).unwrap();
        }
        for arguments in [
            &["config", "check"][..],
            &["config", "show"],
            &["config", "upgrade"],
            &["config", "check", WORKFLOW_FILE],
            &["config", "upgrade", WORKFLOW_FILE],
        ] {
            let ran = repo.try_tm(arguments);
            assert!(ran.code == 3 && ran.stdout.is_empty(), "{arguments:?}: {ran:?}");
            assert!(ran.stderr.contains(what) && ran.stderr.contains("no rules are read from it"), "{ran:?}");
        }
        let status = repo.tm(&["status"]);
        assert!(status.contains("no rules: `config/workflow.yaml` is a "), "{status}");
        assert_eq!(repo.read("rules.yaml"), "mode: warn\n");
    }
}
