//! What conditions let through: everything, nothing, or something.

use super::examples::{codes_on, found, trigger};

const CREATED: &str = "task.created";
const STATUS: &str = "task.status.updated";

#[test]
fn conditions_that_let_everything_through() {
    for conditions in [
        "{field: title, operator: matches, value: '.*'}",
        "{field: title, operator: matches, value: '^'}",
        "{field: title, operator: matches, value: .}",
        "{field: title, operator: matches, value: ''}",
        "{field: title, operator: matches, value: '^.*$'}",
        "{field: title, operator: contains, value: ''}",
        "{field: title, operator: starts_with, value: ''}",
        "{field: title, operator: exists}",
        "{field: id, operator: exists}",
        "{field: task.id, operator: exists}",
        "{field: status, operator: exists}",
        "{field: dependencies, operator: exists}",
        "{field: assignee, operator: matches, value: '.*'}",
        "{field: assignee, operator: ends_with, value: ''}",
        "{when: 'true'}",
        "{when: 'true or status'}",
        "{when: \"status == 'done' or 1\"}",
        "{field: status.category, operator: in, value: [todo, active, blocked, review, done, failed, cancelled]}",
        "{all: [{field: title, operator: exists}, {field: kind, operator: equals, value: a}]}",
        "{any: [{field: title, operator: exists}, {field: kind, operator: equals, value: a}]}",
        "{none: [{field: title, operator: not_exists}]}",
    ] {
        assert_eq!(codes_on(CREATED, conditions), ["matches-everything"], "{conditions}");
    }
    for conditions in [
        "{field: title, operator: matches, value: '^x*$'}",
        "{field: title, operator: matches, value: '[a-z]'}",
        "{field: title, operator: matches, value: '^.{0,40}$'}",
        "{field: title, operator: matches, value: '^[^#]'}",
        "{field: title, operator: matches, value: '\\S'}",
        "{field: assignee, operator: matches, value: .}",
        "{field: assignee, operator: matches, value: '.+'}",
        "{field: assignee, operator: exists}",
        "{field: parent.title, operator: exists}",
        "{field: subtasks.any.title, operator: exists}",
        "{field: due, operator: older_than, value: 0d}",
        "{when: 'status'}",
        "{when: \"status == 'done' or kind == 'a'\"}",
    ] {
        assert_eq!(codes_on(CREATED, conditions), [""; 0], "{conditions}");
    }
    // A status may be one that a line was taken out for: what it is then is nothing.
    for conditions in [
        "{field: status, operator: exists}",
        "{field: old_status, operator: exists}",
        "{field: new, operator: exists}",
        "{field: new_status, operator: matches, value: .}",
        "{field: status.category, operator: in, value: [todo, active, blocked, review, done, failed, cancelled]}",
        "{field: new.category, operator: in, value: [todo, active, blocked, review, done, failed, cancelled]}",
    ] {
        assert_eq!(codes_on(STATUS, conditions), [""; 0], "{conditions}");
    }
    for (event, conditions) in [
        (STATUS, "{field: task.status, operator: exists}"),
        (STATUS, "{field: title, operator: exists}"),
        (STATUS, "{field: status, operator: changed}"),
        ("task.field.updated", "{field: task.title, operator: exists}"),
        ("commit.closes", "{field: new_status, operator: not_equals, value: done}"),
    ] {
        assert_eq!(codes_on(event, conditions), ["matches-everything"], "{event} {conditions}");
    }
    for (event, conditions) in [
        ("task.field.updated", "{field: title, operator: exists}"),
        ("task.dependencies.updated", "{field: dependencies, operator: exists}"),
        ("task.priority.updated", "{field: priority, operator: changed}, {field: priority, operator: exists}"),
    ] {
        assert_eq!(codes_on(event, conditions), [""; 0], "{event} {conditions}");
    }
    // An event from outside may be about no task.
    for event in ["deployment.success", "'*'", "'task.*'", "task.deleted"] {
        assert_eq!(codes_on(event, "{field: title, operator: exists}"), [""; 0], "{event}");
    }
}

#[test]
fn conditions_that_let_nothing_through() {
    for (event, conditions) in [
        (
            CREATED,
            "{field: status.category, operator: equals, value: done}, {field: status, operator: equals, value: pending}",
        ),
        (
            CREATED,
            "{field: status.category, operator: equals, value: review}, {field: status, operator: not_equals, value: review}",
        ),
        (
            STATUS,
            "{field: new.category, operator: equals, value: done}, {field: status, operator: in, value: [pending, failed]}",
        ),
        (
            STATUS,
            "{field: new.category, operator: equals, value: done}, {field: new.category, operator: equals, value: todo}",
        ),
        (CREATED, "{when: \"status_category == 'done'\"}, {field: status, operator: equals, value: pending}"),
        (
            CREATED,
            "{field: status.category, operator: not_in, value: [todo, active, blocked, review, done, failed, cancelled]}",
        ),
        (
            STATUS,
            "{field: old_status, operator: equals, value: done}, {field: status, operator: equals, value: completed}",
        ),
        (
            STATUS,
            "{field: status, operator: changed_from, value: done}, {field: status, operator: changed_to, value: done}",
        ),
        (
            STATUS,
            "{field: status, operator: changed_from, value: done}, {field: old_status, operator: equals, value: failed}",
        ),
        (CREATED, "{field: priority, operator: gt, value: critical}"),
        (CREATED, "{field: priority, operator: lt, value: P3}"),
        (CREATED, "{field: points, operator: equals, value: 3}, {field: points, operator: gt, value: 5}"),
        (CREATED, "{field: kind, operator: equals, value: abc}, {field: kind, operator: matches, value: '^x'}"),
        (CREATED, "{field: kind, operator: in, value: [abc, abd]}, {field: kind, operator: not_contains, value: ab}"),
        (CREATED, "{field: kind, operator: starts_with, value: a}, {field: kind, operator: starts_with, value: b}"),
        (CREATED, "{field: labels, operator: contains, value: a}, {field: labels, operator: not_contains, value: a}"),
        (CREATED, "{field: title, operator: not_exists}"),
        (CREATED, "{field: title, operator: not_contains, value: ''}"),
        (CREATED, "{none: [{field: title, operator: matches, value: .}]}"),
        (CREATED, "{when: 'false'}"),
        (CREATED, "{when: \"false and status == 'done'\"}"),
        (CREATED, "{field: status, operator: changed_to, value: done}"),
        ("task.priority.updated", "{field: status, operator: changed}"),
        (STATUS, "{field: field, operator: equals, value: priority}"),
        ("task.field.updated", "{field: field, operator: in, value: [status, priority]}"),
        ("deployment.success", "{field: event, operator: equals, value: deployment.failure}"),
        (CREATED, "{field: new_status, operator: equals, value: done}"),
        ("commit.closes", "{field: old_status, operator: exists}"),
        ("commit.closes", "{when: \"new_status == 'done'\"}"),
        (CREATED, "{field: depth, operator: lt, value: 0}"),
        (CREATED, "{when: \"status in []\"}"),
        (CREATED, "{field: points, operator: equals, value: '5'}, {field: points, operator: equals, value: 6}"),
    ] {
        assert_eq!(codes_on(event, conditions), ["never-acts"], "{event} {conditions}");
    }
}

#[test]
fn conditions_that_let_something_through() {
    for (event, conditions) in [
        (
            CREATED,
            "{field: status.category, operator: equals, value: todo}, {field: status, operator: equals, value: pending}",
        ),
        (
            CREATED,
            "{field: status.category, operator: equals, value: done}, {field: status, operator: not_equals, value: failed}",
        ),
        // A status that nobody knows counts as one to do.
        (
            CREATED,
            "{field: status.category, operator: equals, value: todo}, {field: status, operator: not_equals, value: pending}",
        ),
        (
            STATUS,
            "{field: old_status, operator: equals, value: done}, {field: status, operator: equals, value: failed}",
        ),
        (
            STATUS,
            "{field: old_status, operator: in, value: [done, failed]}, {field: status, operator: in, value: [done, failed]}",
        ),
        (
            STATUS,
            "{field: status, operator: changed_from, value: done}, {field: status, operator: equals, value: failed}",
        ),
        (CREATED, "{field: priority, operator: gte, value: critical}"),
        (CREATED, "{field: points, operator: equals, value: '10'}, {field: points, operator: gt, value: 5}"),
        (CREATED, "{field: kind, operator: starts_with, value: a}, {field: kind, operator: starts_with, value: ab}"),
        (CREATED, "{field: labels, operator: contains, value: a}, {field: labels, operator: contains, value: b}"),
        (
            CREATED,
            "{none: [{field: subtasks.all.status, operator: equals, value: done}, {field: subtasks.all.status, operator: equals, value: failed}]}, {field: subtasks.all.status, operator: in, value: [done, failed]}",
        ),
        ("task.field.updated", "{field: field, operator: equals, value: points}"),
        ("task.field.updated", "{field: points, operator: changed}"),
        ("'task.*'", "{field: event, operator: equals, value: task.created}"),
        ("'*'", "{field: status, operator: changed_to, value: done}"),
        (STATUS, "{field: status, operator: not_exists}"),
        (STATUS, "{field: new_status, operator: not_exists}"),
        (STATUS, "{field: old, operator: not_exists}"),
        (
            STATUS,
            "{field: new.category, operator: not_in, value: [todo, active, blocked, review, done, failed, cancelled]}",
        ),
        (CREATED, "{field: points, operator: equals, value: '5'}, {field: points, operator: equals, value: 5.0}"),
        (CREATED, "{field: points, operator: equals, value: 5}, {field: points, operator: equals, value: '5.0'}"),
        (CREATED, "{field: new, operator: equals, value: done}"),
        ("'commit.*'", "{field: new_status, operator: equals, value: done}"),
        (STATUS, "{field: field, operator: equals, value: status}"),
    ] {
        assert_eq!(codes_on(event, conditions), [""; 0], "{event} {conditions}");
    }
}

#[test]
fn what_lets_everything_through_is_said_where_it_stands() {
    insta::assert_snapshot!(
        found(&[
            trigger("every", CREATED, "{field: title, operator: matches, value: '.*'}", "log_a"),
            trigger("there", CREATED, "{field: assignee, operator: contains, value: ''}", "log_b"),
        ].concat()),
        @r#"
        matches-everything 2: a condition of trigger `every` always holds: title matches ".*" (remove it, or correct what it compares)
        matches-everything 3: a condition of trigger `there` fits every text: `assignee contains ""` (write `exists` where it is enough that the field is there; correct it otherwise)
        "#
    );
}
