//! The lines of triggers: each on its own decides whether something follows.

use serde_json::Value;

use super::{AUTOMATION, PIPELINE, plan, with};

/// An event for each trigger, which makes it fire: the event, what comes with it, and its task.
const FIRING: [(&str, &str, &str, &str, &str); 8] = [
    (AUTOMATION, "task_ended", "task.status.updated", "{\"old\": \"pending\", \"new\": \"done\"}", "1"),
    (AUTOMATION, "task_made", "task.created", "{}", "3"),
    (AUTOMATION, "release_out", "deployment.success", "{}", ""),
    (AUTOMATION, "release_stuck", "deployment.failure", "{}", ""),
    (
        AUTOMATION,
        "suite_over",
        "testing.completed",
        "{\"test_result\": \"passed\", \"task\": \"3\", \"status\": \"done\"}",
        "",
    ),
    (AUTOMATION, "alarm", "system.error.critical", "{}", ""),
    (PIPELINE, "status_moved", "task.status.updated", "{\"old\": \"pending\", \"new\": \"done\"}", "1"),
    (PIPELINE, "released", "deployment.success", "{}", ""),
];

/// What became of a trigger at the first event: `fired`, or why not.
#[track_caller]
fn state(rules: &str, trigger: &str, event: &str, data: &str, task: &str) -> String {
    let task = if task.is_empty() { vec![] } else { vec!["--task", task] };
    let plan = plan(rules, event, data, &task);
    let rules = plan["steps"][0]["rules"].as_array().unwrap();
    rules.iter().find(|rule| rule["rule"] == trigger).map_or("silent".to_owned(), |rule| text(&rule["state"]))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The lines of one trigger.
fn block<'r>(rules: &'r str, trigger: &str) -> &'r str {
    let start = rules.find(&format!("    - name: \"{trigger}\"\n")).unwrap();
    let rest = &rules[start..];
    rest.find("\n\n").map_or(rest, |end| &rest[..end])
}

/// The rules with a text in one trigger replaced.
#[track_caller]
fn edited(rules: &str, trigger: &str, old: &str, new: &str) -> String {
    let before = block(rules, trigger);
    rules.replace(before, &with(before, old, new))
}

#[test]
fn triggers_are_known_by_their_names() {
    for (rules, trigger, event, data, task) in FIRING {
        assert_eq!(state(rules, trigger, event, data, task), "fired", "{trigger}");
        let renamed = edited(rules, trigger, &format!("\"{trigger}\""), "\"another\"");
        assert_eq!(state(&renamed, trigger, event, data, task), "silent", "{trigger}");
        assert_eq!(state(&renamed, "another", event, data, task), "fired", "{trigger}");
    }
}

#[test]
fn triggers_listen_to_their_events_alone() {
    for (rules, trigger, event, data, task) in FIRING {
        let other = edited(rules, trigger, &format!("event: \"{event}\""), "event: \"something.else\"");
        assert_eq!(state(&other, trigger, event, data, task), "silent", "{trigger}");
        assert_eq!(state(&other, trigger, "something.else", data, task), "fired", "{trigger}");
    }
}

#[test]
fn a_trigger_that_is_not_enabled_does_nothing() {
    for (rules, trigger, event, data, task) in FIRING.into_iter().filter(|(rules, ..)| *rules == AUTOMATION) {
        let off = edited(rules, trigger, "enabled: true", "enabled: false");
        assert_ne!(state(&off, trigger, event, data, task), "fired", "{trigger}");
    }
}

#[test]
fn each_line_of_a_condition_counts() {
    for (trigger, field, operator, value) in [
        ("task_ended", ["\"status\"", "\"assignee\""], ["\"in\"", "\"not_in\""], ["[\"done\", ", "["]),
        (
            "suite_over",
            ["\"test_result\"", "\"result\""],
            ["\"equals\"", "\"not_equals\""],
            ["\"passed\"", "\"failed\""],
        ),
        // Nobody has written the type of task 3; its title is `Three`.
        ("task_made", ["\"type\"", "\"title\""], ["\"not_equals\"", "\"equals\""], ["\"automation\"", "\"Three\""]),
    ] {
        let (rules, _, event, data, task) = FIRING.into_iter().find(|(_, name, ..)| *name == trigger).unwrap();
        let line = |key: &str, [old, new]: [&str; 2]| [format!("{key}: {old}"), format!("{key}: {new}")];
        let [field, operator, value] = [line("field", field), line("operator", operator), line("value", value)];
        let fires = |edits: &[&[String; 2]]| {
            let rules = edits.iter().fold(rules.to_owned(), |rules, [old, new]| edited(&rules, trigger, old, new));
            state(&rules, trigger, event, data, task) == "fired"
        };
        assert!(fires(&[]), "{trigger}");
        assert!(!fires(&[&operator]), "{trigger}");
        if trigger == "task_made" {
            assert!(fires(&[&field]) && fires(&[&value]) && !fires(&[&field, &value]));
        } else {
            assert!(!fires(&[&field]) && !fires(&[&value]), "{trigger}");
        }
    }
}
