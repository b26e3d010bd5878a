//! Values of the wrong kind, and actions of the project's own.

use serde_json::json;

use super::OwnKind;
use super::tests::{read_bytes, shown};
use crate::model::{Code, Severity};

const KINDS: &str = include_str!("../../../fixtures/invalid/workflow/kinds.yaml");
const ACTIONS: &str = include_str!("../../../fixtures/invalid/workflow/actions.yaml");

#[test]
fn values_of_the_wrong_kind_are_found_everywhere() {
    let (workflow, diagnostics) = read_bytes(KINDS.as_bytes());
    insta::assert_snapshot!(shown(&diagnostics), @r##"
    4:24 error invalid-workflow: `auto_create_tasks` of `task_integration` is the number 1
        it should be `true` or `false`, without quotes
    5:20 warning invalid-workflow: `sync_interval` of `task_integration` is the text `soon`
        it should be a whole number of seconds, at least 1
    6:23 error invalid-workflow: `default_priority` of `task_integration` is a list
        it should be a text
    12:20 error invalid-workflow: `slack_webhook` of `endpoints` is a mapping
        it should be an address, best `${NAME}` of a variable where it is secret
    14:28 warning invalid-workflow: `health_check_interval` of `monitoring` is the number 0
        it should be a whole number of seconds, at least 1
    16:26 warning invalid-workflow: `task_failure_rate` of `alert_thresholds` is the number 15
        it should be a number from 0 to 1
    17:22 warning invalid-workflow: `response_time` of `alert_thresholds` is the text `fast`
        it should be a number of milliseconds, not negative
    18:23 warning invalid-workflow: `health_endpoints` of `monitoring` is the text `/health`
        it should be a list of texts
    20:18 error invalid-workflow: `retry_delay` of `execution` is the number -1
        it should be a whole number of seconds
    21:29 error invalid-workflow: `soon` of `priority_levels` is the text `first`
        it should be a whole number of steps
    23:14 error invalid-workflow: `enabled` of `notifications` is the text `yes`
        it should be `true` or `false`, without quotes
    25:31 error invalid-workflow: `events` of `channels` is the text `all`
        it should be a list of texts
    26:9 error invalid-workflow: a member of `channels` is the text `email`
        it should be a mapping, such as `{type: slack}`
    27:20 error invalid-workflow: `a` of `templates` is a list
        it should be a text, with names in braces
    29:21 warning secret-in-file: `webhook_secret` of `security` is a secret written out
        keep it in a variable of the environment, and write `${NAME}` here
    30:18 warning invalid-workflow: `allowed_ips` of `security` is the text `none`
        it should be a list of texts
    32:12 error invalid-workflow: `level` of `logging` cannot be `LOUD`
        known are DEBUG, INFO, WARNING, ERROR, CRITICAL
    33:21 error invalid-workflow: `retention_days` of `logging` is the text `forever`
        it should be a whole number of days, at least 1
    35:32 error invalid-workflow: `max_size` of `destinations` is the text `large`
        it should be a number of bytes, such as `4096` or `100MB`
    38:7 warning environment-edits: `mode` in environment `live` has no effect: an environment changes effects alone
        what is edited must be the same everywhere; write it outside `environments`
    39:7 warning environment-edits: `git` in environment `live` has no effect: an environment changes effects alone
        what is edited must be the same everywhere; write it outside `environments`
    40:26 warning environment-edits: `status_sync` in `task_integration` has no effect: an environment changes effects alone
        what is edited must be the same everywhere; write it outside `environments`
    40:65 error invalid-workflow: `notification_hooks` of `task_integration` is the text `off`
        it should be `true` or `false`, without quotes
    41:32 error invalid-workflow: `enabled` of `notifications` is the text `maybe`
        it should be `true` or `false`, without quotes
    42:7 warning environment-edits: `environments` in environment `live` has no effect: environments do not nest
        write each environment for itself
    44:34 error invalid-workflow: `enabled` of `triggers` is the text `no`
        it should be `true` or `false`, without quotes
    44:40 warning environment-edits: `conditions` in `triggers` has no effect: an environment changes effects alone
        what is edited must be the same everywhere; write it outside `environments`
    45:18 warning unknown-trigger: there is no trigger `knwon` to switch
        did you mean `known`?
    "##);
    let outside = workflow.outside(None).unwrap();
    assert!(!outside.notifications.enabled, "what is misspelt tells nobody");
    assert_eq!(workflow.outside(Some("live")).unwrap().switches.get("known"), Some(&false));
}

#[test]
fn own_actions_say_one_thing_each() {
    let (workflow, diagnostics) = read_bytes(ACTIONS.as_bytes());
    insta::assert_snapshot!(shown(&diagnostics), @r##"
    9:12 error invalid-workflow: the action `nothing` does nothing
        write one of `run:`, `webhook:`, `set:`, `create_task:` and `report:`
    12:5 error invalid-workflow: the action `both` says run and report at once
        make each an action of its own, and call them one after another
    13:29 error invalid-workflow: `timeout` of the action `late` is the text `soon`
        it should be a whole number of seconds, at least 1
    13:44 error invalid-workflow: `retries` of the action `late` is the number -1
        it should be a whole number of attempts
    13:60 error invalid-workflow: `idempotent` of the action `late` is the text `perhaps`
        it should be `true` or `false`, without quotes
    14:22 error invalid-workflow: `webhook` of the action `nowhere` has no `url`
        write the address, such as `${HOOK_URL}`
    15:49 error invalid-workflow: `method` of `webhook` of the action `odd_method` cannot be `PSOT`
        did you mean `POST`?
    16:63 error invalid-workflow: `A\r\nB` of `headers` is no header on one line
        write `Name: text`
    17:22 error invalid-workflow: `set` of the action `other_task` cannot change `id`
        it says which task this is, or names others; set other fields
    18:26 error invalid-workflow: `metadata` in `set` of the action `deep` is no single value
        write a text, a number, `true` or `false`
    19:20 error invalid-workflow: `` in `set` of the action `nameless` is not the name of a field
        write a dotted path without empty parts, such as `metadata.run`
    20:16 error invalid-workflow: `set` of the action `made` cannot change `event`
        a task that an action has made is known again by it, so that it is not made twice; set other fields
    21:17 error invalid-workflow: `set` of the action `maker` cannot change `created_by.name`
        a task that an action has made is known again by it, so that it is not made twice; set other fields
    22:24 error edit-variable: `note` in `set` of the action `secret` has a variable in it
        what is edited never depends on the environment; use names of the event: {task_title}
    23:20 error invalid-workflow: `set` of the action `empty_set` names no field
        write `field: value`
    24:20 error invalid-workflow: `report` of the action `listed` is a list
        it should be a text or a mapping
    25:23 error invalid-workflow: `create_task` of the action `text` is the text `a`
        it should be a mapping, `key: value` on lines of its own
    "##);
    assert_eq!(workflow.own_actions.keys().map(String::as_str).collect::<Vec<_>>(), ["hook", "mark", "sound"]);
    let OwnKind::Webhook(hook) = &workflow.own_actions["hook"].kind else { panic!("{workflow:?}") };
    assert_eq!((hook.method.as_str(), hook.url.as_str()), ("PUT", "${HOOK_URL}"));
    let OwnKind::Set(fields) = &workflow.own_actions["mark"].kind else { panic!("{workflow:?}") };
    assert_eq!(fields[0], ("reviewed".to_owned(), json!(true)));
}

#[test]
fn variables_are_in_nothing_that_is_edited() {
    for action in [
        "{set: {note: '${HOME}'}}",
        "{create_task: {title: '${HOME}'}}",
        "{create_task: {title: x, tags: [a, '${HOME}']}}",
        "{report: '${HOME}'}",
        "{report: {text: 'of ${HOME}'}}",
    ] {
        let (workflow, diagnostics) = read_bytes(format!("actions: {{act: {action}}}").as_bytes());
        let codes: Vec<Code> = diagnostics.iter().map(|found| found.code).collect();
        assert_eq!((codes, workflow.own_actions.len()), (vec![Code::EDIT_VARIABLE], 0), "{action}");
    }
}

#[test]
fn an_address_that_is_none_is_named_where_it_stands() {
    for (text, column) in [
        ("actions: {act: {webhook: {url: 3}}}", 32),
        ("actions: {act: {webhook: {url: 'htps:/foo bar'}}}", 32),
        ("notifications: {channels: [{type: webhook, url: not an address}]}", 49),
        ("notifications: {channels: [{type: slack, url: 'https://'}]}", 47),
        ("environments: {live: {notifications: {channels: [{type: webhook, url: here}]}}}", 71),
        ("endpoints: {slack_webhook: hooks.example.org/x}", 28),
        ("endpoints: {email_service: 'https://mail.example.org'}", 28),
        ("endpoints: {github: {repository: a/b, api: here}}", 44),
    ] {
        let (_, diagnostics) = read_bytes(text.as_bytes());
        let found: Vec<_> = diagnostics.iter().map(|one| (one.severity, one.place.as_ref().unwrap().column)).collect();
        assert_eq!(found, [(Severity::Error, column)], "{text}: {diagnostics:#?}");
    }
    for text in [
        "actions: {act: {webhook: {url: '${HOOK}/x'}}}",
        "notifications: {channels: [{type: webhook, url: 'http://127.0.0.1:8080/x'}]}",
        "logging: {destinations: [{type: external, url: there}]}",
        "endpoints: {slack_webhook: null, email_service: 'smtp://localhost:25', task_webhook: /tasks}",
    ] {
        assert_eq!(read_bytes(text.as_bytes()).1, [], "{text}");
    }
}

#[test]
fn a_time_that_nobody_means_is_named() {
    let text = "execution: {retry_delay: 315619201, workflow_timeout: 315619200}\nlogging: {retention_days: 36500}\n\
                actions:\n  act: {run: x, timeout: 99999999999}\ntriggers:\n\
                \x20 - {name: a, event: task.created, timeout: 99999999999, actions: [act]}\n";
    let (_, diagnostics) = read_bytes(text.as_bytes());
    insta::assert_snapshot!(shown(&diagnostics), @r##"
    1:26 warning absurd-time: `retry_delay` of `execution` is longer than ten years
        it counts in seconds
    2:27 warning absurd-time: `retention_days` of `logging` is longer than ten years
        it counts in days
    4:26 warning absurd-time: `timeout` of `actions` is longer than ten years
        it counts in seconds
    6:45 warning absurd-time: `timeout` of `triggers` is longer than ten years
        it counts in seconds
    "##);
    for negative in ["execution: {retry_delay: -1}", "actions: {act: {run: x, timeout: -5}}"] {
        let (_, diagnostics) = read_bytes(negative.as_bytes());
        assert_eq!(diagnostics.len(), 1, "{negative}");
    }
}
