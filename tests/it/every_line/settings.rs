//! The version, and the switches and defaults of `task_integration` and `execution`.

use super::{AUTOMATION, PIPELINE, made_line, plan, result, with, with_rules};
use crate::sandbox::Sandbox;
use crate::scenery::{JSON, ONE, WORKFLOW_FILE};

const RELEASE: (&str, &str) = ("deployment.success", "{\"environment\": \"production\"}");

#[test]
fn the_version_is_read_and_upgraded() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.plant(&with(AUTOMATION, "version: \"2.1\"", "version: \"9.0\""));
    let text = repo.tm(&["config", "check"]);
    assert!(text.contains("warning") && text.contains("version"), "{text}");
    repo.plant(PIPELINE);
    repo.tm(&["config", "upgrade"]);
    assert_eq!(repo.read(WORKFLOW_FILE), with(PIPELINE, "\"2.0\"", "\"2.1\""));
    assert!(repo.tm(&["config", "check"]).ends_with("\n0 errors, 0 warnings\n"));
}

#[test]
fn auto_create_tasks_lets_actions_make_tasks() {
    for (rules, action) in [(AUTOMATION, "create_deployment_task"), (PIPELINE, "create_deployment_task")] {
        let made = plan(rules, RELEASE.0, RELEASE.1, &[]);
        assert_eq!(result(&made, action).0, "made", "{made:#}");
        assert!(made["files"].as_array().unwrap().contains(&"context/task_004/task.md".into()), "{made:#}");
        let off = with(rules, "auto_create_tasks: true", "auto_create_tasks: false");
        let off = plan(&off, RELEASE.0, RELEASE.1, &[]);
        assert_eq!(
            result(&off, action),
            ("nothing".into(), "switched off by task_integration.auto_create_tasks".into())
        );
    }
}

#[test]
fn status_sync_writes_a_status_everywhere() {
    for rules in [AUTOMATION, PIPELINE] {
        for (switch, status) in [("true", "done"), ("false", "pending")] {
            let sandbox = Sandbox::new();
            let repo = with_rules(&sandbox, &with(rules, "status_sync: true", &format!("status_sync: {switch}")));
            repo.finish_one();
            let json: serde_json::Value = serde_json::from_str(&repo.read(JSON)).unwrap();
            assert_eq!(json["tasks"][0]["status"], status);
            let bullet = format!("- **Status**: {status}\n");
            assert!(repo.read(ONE).contains(&bullet), "{}", repo.read(ONE));
            assert_eq!(repo.read(ONE).contains("updated: 2025-06-15"), switch == "true");
        }
    }
}

#[test]
fn analytics_tracking_lets_actions_write_analytics() {
    for rules in [AUTOMATION, PIPELINE] {
        let off = with(rules, "analytics_tracking: true", "analytics_tracking: false");
        let off = plan(&off, "task.status.updated", "{\"old\": \"pending\", \"new\": \"done\"}", &["--task", "1"]);
        if rules == PIPELINE {
            assert_eq!(result(&off, "update_analytics").0, "nothing");
        }
    }
    let off = with(AUTOMATION, "analytics_tracking: true", "analytics_tracking: false");
    let off = plan(&off, "task.created", "{}", &["--task", "3"]);
    assert_eq!(result(&off, "create_analytics_entry").0, "nothing");
    assert_eq!(off["files"], serde_json::json!(["context/task_003/task.md"]), "its assignee alone");
}

#[test]
fn notification_hooks_let_actions_tell_somebody() {
    for (rules, action, event, data) in [
        (AUTOMATION, "notify_stakeholders", RELEASE.0, RELEASE.1),
        (PIPELINE, "send_notifications", "task.status.updated", "{\"old\": \"pending\", \"new\": \"done\"}"),
    ] {
        let task: &[&str] = if rules == PIPELINE { &["--task", "1"] } else { &[] };
        assert_eq!(result(&plan(rules, event, data, task), action).0, "effect");
        let off = with(rules, "notification_hooks: true", "notification_hooks: false");
        let (result, why) = result(&plan(&off, event, data, task), action);
        assert_eq!(result, "nothing");
        assert_eq!(why, "switched off by `task_integration.notification_hooks: false`");
    }
}

#[test]
fn default_priority_is_that_of_made_tasks() {
    assert_eq!(made_line(AUTOMATION, RELEASE.0, "{}", "priority:").unwrap(), "priority: low");
    let other = with(AUTOMATION, "default_priority: \"low\"", "default_priority: \"medium\"");
    assert_eq!(made_line(&other, RELEASE.0, "{}", "priority:").unwrap(), "priority: medium");
    // A family with a priority of its own keeps it.
    assert_eq!(made_line(AUTOMATION, "deployment.failure", "{}", "priority:").unwrap(), "priority: high");
}

#[test]
fn default_assignee_and_auto_assign_agents_give_tasks_away() {
    assert_eq!(made_line(AUTOMATION, RELEASE.0, "{}", "assignee:").unwrap(), "assignee: night_shift");
    let off = with(AUTOMATION, "auto_assign_agents: true", "auto_assign_agents: false");
    assert_eq!(made_line(&off, RELEASE.0, "{}", "assignee:"), None);
    // Tasks that people make get it by the trigger `task_made`.
    for (rules, assignee) in [(AUTOMATION, Some("night_shift")), (&off, None)] {
        let sandbox = Sandbox::new();
        let repo = with_rules(&sandbox, rules);
        let made = repo.read(ONE).replace("task_001", "task_009").replace("One", "Nine");
        repo.write(".taskmaster/context/task_009/task.md", made);
        repo.commit_all("Nine");
        let text = repo.read(".taskmaster/context/task_009/task.md");
        assert_eq!(text.lines().find_map(|line| line.strip_prefix("assignee: ")), assignee, "{text}");
    }
}

#[test]
fn priority_levels_are_words_that_triggers_may_use() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    let own = with(AUTOMATION, "priority: \"high\"", "priority: \"at_once\"");
    repo.plant(&own);
    let unknown = repo.try_tm(&["config", "check"]).stdout;
    assert!(unknown.contains("at_once"), "{unknown}");
    for level in ["critical: 1", "high: 2", "medium: 3", "low: 4"] {
        let number = level.split_once(": ").unwrap().1;
        repo.plant(&with(&own, &format!("      {level}\n"), &format!("      at_once: {number}\n")));
        let text = repo.tm(&["config", "check"]);
        // Its mails have no sender; nothing else is wrong.
        assert!(text.contains(": no sender is known") && text.ends_with("\n0 errors, 1 warning\n"), "{text}");
    }
}
