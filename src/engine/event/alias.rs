//! Other names of events, which programs use that call this one.

use super::{
    CREATED, DELETED, DEPENDENCIES_SATISFIED, DEPENDENCIES_UPDATED, FIELD_UPDATED, PRIORITY_UPDATED, STATUS_UPDATED,
};

/// Every other name with the event it stands for, for code and documentation. Capitals do not count.
pub const ALIASES: &[(&str, &str)] = &[
    ("task_created", CREATED),
    ("task_deleted", DELETED),
    ("task_updated", FIELD_UPDATED),
    ("task_status_sync", STATUS_UPDATED),
    ("task_status_changed", STATUS_UPDATED),
    ("task_status_change", STATUS_UPDATED),
    ("task_status_updated", STATUS_UPDATED),
    ("task_priority_changed", PRIORITY_UPDATED),
    ("task_dependencies_changed", DEPENDENCIES_UPDATED),
    ("task_dependencies_satisfied", DEPENDENCIES_SATISFIED),
    ("deployment_complete", "deployment.success"),
    ("deployment_success", "deployment.success"),
    ("deployment_failure", "deployment.failure"),
    ("deployment_failed", "deployment.failure"),
    ("testing_completed", "testing.completed"),
];

/// The event that a name stands for: itself, where it is no other name.
#[must_use]
pub fn canonical(name: &str) -> &str {
    ALIASES.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(name)).map_or(name, |(_, event)| *event)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_capitals_is_the_same() {
        assert_eq!(canonical("TASK_CREATED"), "task.created");
        assert_eq!(canonical("task_status_sync"), "task.status.updated");
        assert_eq!(canonical("deployment.started"), "deployment.started");
    }

    #[test]
    fn no_name_stands_for_another_one() {
        for (alias, event) in ALIASES {
            assert_eq!(canonical(event), *event);
            assert_eq!(ALIASES.iter().filter(|(other, _)| other == alias).count(), 1, "{alias}");
        }
    }
}
