//! The names by which templates and channels know what has happened.

use serde_json::Value;

use super::event::{Event, plain};
use crate::model::{Category, StatusSet};

/// Events from outside that are known by more names than their own.
pub const ALSO_CALLED: &[(&str, &[&str])] = &[
    ("deployment.success", &["deployment_complete", "deployment_completed"]),
    ("deployment.failure", &["deployment_failed"]),
    ("system.error.critical", &["critical_error"]),
];

/// Names of `testing.completed` by what its `test_result` is.
pub const TEST_RESULTS: &[(&str, &[&str])] =
    &[("passed", &["test_success", "test_passed"]), ("failed", &["test_failure", "test_failed"])];

/// The names, the most fitting first: the trigger's, then those of a status (`task_failed`,
/// `task_completed` for done), then the event's own with `_` for `.`, then what else it is called.
#[must_use]
pub fn names(trigger: Option<&str>, event: &Event, statuses: &StatusSet) -> Vec<String> {
    let mut names: Vec<String> = trigger.map(ToOwned::to_owned).into_iter().collect();
    if event.is_status() {
        let new = event.new.as_ref().map(plain).unwrap_or_default();
        names.push(format!("task_{}", statuses.canonical(&new).replace(['-', ' '], "_")));
        names.push(match statuses.category(&new) {
            Category::Done => "task_completed".to_owned(),
            other => format!("task_{}", other.name()),
        });
    }
    if event.kind == "testing.completed" {
        let result = event.metadata.get("test_result").and_then(Value::as_str).unwrap_or_default();
        names.extend(listed(TEST_RESULTS, result));
    }
    names.push(event.kind.replace('.', "_"));
    names.extend(listed(ALSO_CALLED, &event.kind));
    names.push(event.kind.clone());
    let mut seen = std::collections::BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

fn listed(list: &[(&str, &[&str])], key: &str) -> Vec<String> {
    let found = list.iter().find(|(name, _)| *name == key);
    found.map(|(_, names)| names.iter().map(ToString::to_string).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::engine::event::{Origin, STATUS_UPDATED};
    use crate::model::TaskId;

    #[test]
    fn the_most_fitting_name_comes_first() {
        let statuses = StatusSet::default();
        let id = TaskId::parse("1").unwrap();
        let values = (Some(json!("review")), Some(json!("Completed")));
        let event = Event::about(STATUS_UPDATED, &id, Some("status"), values, &Origin::default());
        assert_eq!(
            names(Some("finished"), &event, &statuses),
            ["finished", "task_done", "task_completed", "task_status_updated", "task.status.updated"]
        );
        let outside = |kind: &str, data: Value| {
            let mut event = Event::of_tree(kind, (None, None), &Origin::default());
            event.metadata = data.as_object().unwrap().clone();
            names(None, &event, &statuses)
        };
        let deployed = outside("deployment.success", json!({}));
        assert_eq!(deployed[..2], ["deployment_success", "deployment_complete"]);
        assert!(outside("deployment.failure", json!({})).contains(&"deployment_failed".to_owned()));
        assert!(outside("system.error.critical", json!({})).contains(&"critical_error".to_owned()));
        assert_eq!(outside("testing.completed", json!({"test_result": "failed"}))[0], "test_failure");
        assert_eq!(outside("testing.completed", json!({}))[0], "testing_completed");
    }
}
