//! The names of actions in the two files, and what each does there.

use std::collections::BTreeMap;

use serde_json::Value;
use taskmaster::engine::action::{self, Makes};

use super::{AUTOMATION, PIPELINE, plan, table, with, with_rules};
use crate::sandbox::Sandbox;
use crate::scenery::ONE;

/// What becomes of each: the word for it, and a part of the sentence.
const NAMES: [(&str, &str, &str); 23] = [
    ("update_analytics", "nothing", "git history has the event already"),
    ("send_notifications", "effect", "'One' is finished"),
    ("trigger_dependent_tasks", "changed", "fields"),
    ("generate_completion_report", "made", "reports/completion/"),
    ("assign_default_agent", "changed", "fields"),
    ("create_analytics_entry", "made", "reports/analytics/"),
    ("send_creation_notification", "effect", "Task 9 'Nine'"),
    ("create_deployment_task", "made", "task 4"),
    ("update_project_status", "made", "reports/project-status.md"),
    ("generate_deployment_report", "made", "reports/deployment/"),
    ("notify_stakeholders", "effect", "production has the new version"),
    ("create_incident_task", "made", "task 4"),
    ("alert_development_team", "effect", "production keeps the old version: no space"),
    ("generate_failure_report", "made", "reports/failure/"),
    ("trigger_rollback_workflow", "effect", "workflow.rollback.requested"),
    ("update_task_status", "changed", "fields"),
    ("trigger_deployment_workflow", "effect", "workflow.deployment.requested"),
    ("generate_test_report", "made", "reports/test/"),
    ("create_emergency_task", "made", "task 4"),
    ("alert_on_call_team", "effect", "system.error.critical"),
    ("trigger_incident_response", "effect", "workflow.incident_response.requested"),
    ("log_critical_event", "effect", "system.error.critical"),
    ("generate_report", "made", "reports/report/"),
];

/// What became of the actions of both files, each where its trigger fires.
fn outcomes() -> BTreeMap<String, (String, String)> {
    let sandbox = Sandbox::new();
    let repo = with_rules(&sandbox, AUTOMATION);
    repo.finish_one();
    let made = repo.read(ONE).replace("task_001", "task_009").replace("One", "Nine").replace(": done", ": pending");
    repo.write(".taskmaster/context/task_009/task.md", made);
    repo.commit_all("Nine");
    let mut plans = Vec::new();
    for subject in ["Finish one", "Nine"] {
        let commit = repo.git(&["log", "-1", "--format=%H", "--fixed-strings", "--grep", subject]);
        let text = repo.tm(&["explain", "--json", &commit]);
        plans.push(serde_json::from_str::<Value>(&text).unwrap()["plan"].take());
    }
    for (rules, event, data) in [
        (AUTOMATION, "deployment.success", "{\"environment\": \"production\"}"),
        (AUTOMATION, "deployment.failure", "{\"environment\": \"production\", \"error_message\": \"no space\"}"),
        (AUTOMATION, "testing.completed", "{\"test_result\": \"passed\", \"task\": \"3\", \"status\": \"done\"}"),
        (AUTOMATION, "system.error.critical", "{}"),
        (PIPELINE, "deployment.success", "{}"),
    ] {
        plans.push(plan(rules, event, data, &[]));
    }
    let mut found = BTreeMap::new();
    for plan in &plans {
        for step in plan["steps"].as_array().unwrap() {
            for action in step["rules"].as_array().unwrap().iter().flat_map(|rule| rule["actions"].as_array().unwrap())
            {
                let text = |key: &str| action[key].as_str().unwrap_or_default().to_owned();
                assert_ne!(text("result"), "failed", "{action}");
                found.entry(text("action")).or_insert((text("result"), text("detail")));
            }
        }
    }
    found
}

#[test]
fn each_of_the_names_in_use_does_what_it_should() {
    let outcomes = outcomes();
    for (name, result, detail) in NAMES {
        let (found, why) = outcomes.get(name).unwrap_or_else(|| panic!("{name} was not called"));
        assert_ne!(found, "failed", "{name}: {why}");
        assert_eq!((found.as_str(), why.contains(detail)), (result, true), "{name}: {why}");
        let makes = match result {
            "effect" => Makes::Effects,
            "nothing" => Makes::Nothing,
            _ => Makes::Edits,
        };
        // Whoever frees the next tasks, makes one or sets a field edits; the reference says so.
        assert_eq!(action::find(name).unwrap().makes(), makes, "{name}");
    }
}

/// What a workflow is asked for with is nobody's business but its own.
#[test]
fn a_workflow_is_asked_for_with_whatever_it_needs() {
    let rules = with(
        AUTOMATION,
        "        - \"trigger_rollback_workflow\"\n",
        "        - trigger_rollback_workflow: {reason: \"too slow\", steps: [1, 2]}\n",
    );
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.plant(&rules);
    // Its mails have no sender; nothing else is wrong.
    let text = repo.tm(&["config", "check"]);
    assert!(text.contains(": no sender is known") && text.ends_with("\n0 errors, 1 warning\n"), "{text}");
    let plan = plan(&rules, "deployment.failure", "{}", &[]);
    let steps = plan["steps"].as_array().unwrap();
    let asked = steps.iter().find(|step| step["event"]["type"] == "workflow.rollback.requested").unwrap();
    let metadata = &asked["event"]["data"]["metadata"];
    assert_eq!((&metadata["reason"], &metadata["steps"]), (&"too slow".into(), &serde_json::json!([1, 2])));
}

#[test]
fn every_name_in_the_files_is_in_the_list() {
    let mut named: Vec<&str> = NAMES.iter().map(|(name, ..)| *name).collect();
    let mut used: Vec<&str> =
        table::LINES.iter().filter_map(|(path, _)| path.split_once("].actions.").map(|(_, name)| name)).collect();
    named.sort_unstable();
    used.sort_unstable();
    used.dedup();
    assert_eq!(named, used);
}
