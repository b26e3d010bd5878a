//! Conditions in groups, about several tasks, and as expressions.

use serde_json::{Value, json};

use super::*;
use crate::format::workflow::{self, Condition};
use crate::model::{Severity, StatusSet, Timestamp, TreePath};

/// The conditions that a list of them in YAML says.
fn conditions(yaml: &str) -> Vec<Condition> {
    let path = TreePath::new("config/workflow.yaml").unwrap();
    let text = format!("triggers: [{{name: a, event: x, actions: [log_it], conditions: {yaml}}}]");
    let (workflow, findings) = workflow::read(&path, text.as_bytes());
    assert_eq!(findings.iter().filter(|finding| finding.severity == Severity::Error).count(), 0, "{findings:?}");
    workflow.triggers[0].conditions.clone()
}

/// The truth table of conditions in YAML, members of groups further in.
fn table(yaml: &str, facts: &MapFacts) -> String {
    fn add(lines: &[ConditionResult], indent: usize, text: &mut String) {
        for line in lines {
            let mark = if line.holds { "+" } else { "-" };
            let failed = if line.failed { " FAILED" } else { "" };
            text.push_str(&format!("{}{mark} {} ({}){failed}\n", "  ".repeat(indent), line.condition, line.why));
            add(&line.members, indent + 1, text);
        }
    }
    let verdict = evaluate(&conditions(yaml), facts, &StatusSet::default());
    let mut text = format!("{}\n", verdict.holds);
    add(&verdict.lines, 0, &mut text);
    text
}

#[test]
fn groups_are_trees_and_every_line_is_decided() {
    let facts = MapFacts::new(json!({"status": "done", "type": "bug"}));
    let yaml = "[{any: [{field: type, operator: equals, value: chore}, {all: [{field: status, operator: equals, value: \
                completed}, {field: type, operator: equals, value: bug}]}]}, {none: [{field: type, operator: equals, value: \
                bug}, {field: x, operator: exists}]}]";
    insta::assert_snapshot!(table(yaml, &facts), @r"
    false
    + any (1 of 2 hold)
      - type equals chore (it is `bug`)
      + all (2 of 2 hold)
        + status equals completed (it is `done`)
        + type equals bug (it is `bug`)
    - none (1 of 2 hold)
      + type equals bug (it is `bug`)
      - x exists (it is missing)
    ");
}

#[test]
fn a_group_is_what_its_name_says() {
    let facts = MapFacts::new(json!({"a": 1}));
    for (members, all, any, none) in [("aa", true, true, false), ("ab", false, true, false), ("bb", false, false, true)]
    {
        let list: Vec<String> = members.chars().map(|name| format!("{{field: {name}, operator: exists}}")).collect();
        let holds = |kind: &str| {
            let yaml = format!("[{{{kind}: [{}]}}]", list.join(", "));
            evaluate(&conditions(&yaml), &facts, &StatusSet::default()).holds
        };
        assert_eq!((holds("all"), holds("any"), holds("none")), (all, any, none), "{members}");
    }
}

#[test]
fn what_cannot_be_decided_never_makes_a_group_hold() {
    let facts = MapFacts::new(json!({"a": 1}));
    let (so, not, broken) = ("{field: a, operator: exists}", "{field: b, operator: exists}", "{when: nowhere == 1}");
    for (yaml, holds, failed) in [
        (format!("[{broken}]"), false, true),
        (format!("[{{any: [{broken}, {so}]}}]"), true, false),
        (format!("[{{any: [{broken}, {not}]}}]"), false, true),
        (format!("[{{all: [{broken}, {so}]}}]"), false, true),
        (format!("[{{all: [{broken}, {not}]}}]"), false, false),
        (format!("[{{none: [{broken}, {not}]}}]"), false, true),
        (format!("[{{none: [{broken}, {so}]}}]"), false, false),
        (format!("[{{none: [{{none: [{broken}]}}]}}]"), false, true),
        (format!("[{{none: [{{all: [{broken}, {not}]}}]}}]"), true, false),
    ] {
        let verdict = evaluate(&conditions(&yaml), &facts, &StatusSet::default());
        assert_eq!((verdict.holds, verdict.lines[0].failed), (holds, failed), "{yaml}");
        assert_eq!(verdict.failures().count(), 1, "{yaml}");
    }
}

#[test]
fn texts_match_patterns() {
    let facts = MapFacts::new(json!({"title": "Fix Logout", "run": 1874, "tags": ["fix"]}));
    for (field, pattern, expect) in [
        ("title", "log(in|out)", false),
        ("title", "(?i)log(in|out)$", true),
        ("run", "^18[0-9]{2}$", true),
        ("tags", "fix", false),
        ("other", ".*", false),
    ] {
        let yaml = format!("[{{field: {field}, operator: matches, value: '{pattern}'}}]");
        assert_eq!(evaluate(&conditions(&yaml), &facts, &StatusSet::default()).holds, expect, "{yaml}");
    }
}

#[test]
fn ages_are_seen_from_the_event() {
    // 2025-01-16T01:00:00+02:00
    let moment = Timestamp { seconds: 1_736_982_000, offset_minutes: 120 };
    let why = |created: &str, age: &str, moment: Option<Timestamp>| {
        let facts = MapFacts { moment, ..MapFacts::new(json!({"created": created})) };
        let yaml = format!("[{{field: created, operator: older_than, value: {age}}}]");
        let line = evaluate(&conditions(&yaml), &facts, &StatusSet::default()).lines[0].clone();
        format!("{} ({})", line.holds, line.why)
    };
    let moment = Some(moment);
    insta::assert_snapshot!(
        [
            why("2025-01-14", "2d", moment),
            why("2025-01-14", "P2DT1H", moment),
            why("2025-01-15T22:00:00Z", "59m", moment),
            why("2025-01-15T22:00:00Z", "1h", moment),
            why("2025-01-15 23:00:00", "1h", moment),
            why("2025-01-15T12:00:00EDT", "1d", moment),
            why("2025-01-17", "0s", moment),
            why("yesterday", "1d", moment),
            why("2025-01-14", "1d", None),
        ]
        .join("\n"),
        @r#"
        true (it is `"2025-01-14"`, 2d1h before the event)
        false (it is `"2025-01-14"`, 2d1h before the event)
        true (it is `"2025-01-15T22:00:00Z"`, 1h before the event)
        false (it is `"2025-01-15T22:00:00Z"`, 1h before the event)
        true (it is `"2025-01-15 23:00:00"`, 2h before the event)
        true (it is `"2025-01-15T12:00:00EDT"`, 1d1h before the event)
        false (it is `"2025-01-17"`, after the event)
        false (it is `yesterday`, which is no date)
        false (it is `"2025-01-14"`, and the event has no time to compare it with)
        "#
    );
}

#[test]
fn related_tasks_are_asked_together() {
    let tasks = |statuses: &[&str]| -> Value {
        statuses.iter().enumerate().map(|(at, status)| json!({"id": at + 1, "status": status})).collect()
    };
    let facts = MapFacts::new(json!({
        "subtasks": tasks(&["done", "Completed", "cancelled", "failed"]),
        "dependencies": tasks(&["done", "complete"]),
        "parent": {"subtasks": []},
    }));
    let tests = [
        "{field: subtasks.all.status.category, operator: in, value: [done, cancelled]}",
        "{field: subtasks.any.status, operator: equals, value: error}",
        "{field: subtasks.any.status, operator: equals, value: pending}",
        "{field: subtasks.all.status, operator: not_equals, value: pending}",
        "{field: subtasks.any.owner, operator: not_exists}",
        "{field: dependencies.all.status, operator: equals, value: done}",
        "{field: parent.subtasks.all.status, operator: equals, value: done}",
        "{field: parent.subtasks.all.status, operator: not_equals, value: done}",
        "{none: [{field: parent.subtasks.any.status, operator: not_equals, value: done}]}",
    ];
    insta::assert_snapshot!(table(&format!("[{}]", tests.join(", ")), &facts), @r"
    false
    - subtasks.all.status.category in [done, cancelled] (not so for 1 of 4: 4 is `failed`)
    + subtasks.any.status equals error (so for 1 of 4: 4 is `failed`)
    - subtasks.any.status equals pending (so for none of 4: 1 is `done`, 2 is `Completed`, 3 is `cancelled`, …)
    + subtasks.all.status not_equals pending (so for all 4)
    + subtasks.any.owner not_exists (so for 4 of 4: 1 has none, 2 has none, 3 has none, …)
    + dependencies.all.status equals done (so for all 2)
    - parent.subtasks.all.status equals done (there are no subtasks)
    - parent.subtasks.all.status not_equals done (there are no subtasks)
    + none (0 of 1 hold)
      - parent.subtasks.any.status not_equals done (there are no subtasks)
    ");
}

#[test]
fn expressions_see_statuses_under_their_names() {
    let facts = MapFacts::new(json!({
        "field": "status", "old": "wip", "new": "completed", "status": "completed", "priority": "P1",
        "task": {"status": "Finished", "metadata": {"status": "raw"}},
        "subtasks": [{"id": "1.1", "status": "completed"}, {"id": "1.2", "status": "todo", "priority": "urgent"}],
    }));
    for (text, expect) in [
        ("status == 'done' and status_category == 'done'", true),
        ("old == 'in-progress' and new == 'done'", true),
        ("task.status == 'done' and task.status_category == 'done' and task.metadata.status == 'raw'", true),
        ("priority == 'high'", true),
        ("subtasks|selectattr('status', 'eq', 'done')|list|length == 1", true),
        ("subtasks|map(attribute='priority', default='low')|list == ['low', 'critical']", true),
        ("old_status is none and parent is none", true),
        ("assignee is defined", false),
        ("priority > 'medium' and priority >= 'P1' and not (priority > 'critical')", true),
        ("subtasks|selectattr('priority', 'ge', 'high')|list|length == 1", true),
    ] {
        let verdict = evaluate(&conditions(&format!("[{{when: \"{text}\"}}]")), &facts, &StatusSet::default());
        assert_eq!((verdict.holds, verdict.failures().next()), (expect, None), "{text}");
    }
    insta::assert_snapshot!(table("[{when: owner == 'ann'}, {when: title > 3}]", &facts), @r"
    false
    - when: owner == 'ann' (it cannot be decided: undefined value: `owner` is undefined) FAILED
    - when: title > 3 (it cannot be decided: invalid operation: nothing and a number have no order: ask for `is not none` before) FAILED
    ");
}

#[test]
fn the_index_finds_what_looking_at_each_trigger_finds() {
    use proptest::prelude::*;
    let pattern = "(([ab]\\.){0,3}([ab*]))";
    proptest!(|(patterns in proptest::collection::vec(pattern, 0..20), event in "([ab]\\.){0,4}[ab]")| {
        let triggers: Vec<String> = patterns
            .iter()
            .enumerate()
            .map(|(at, pattern)| format!("{{name: t{at}, event: '{pattern}', actions: [log_it]}}"))
            .collect();
        let path = TreePath::new("config/workflow.yaml").unwrap();
        let text = format!("triggers: [{}]", triggers.join(", "));
        let (workflow, findings) = workflow::read(&path, text.as_bytes());
        prop_assert_eq!(findings, []);
        let index = Index::new(&workflow.triggers);
        let fast: Vec<&str> = index.listening(&event).map(|trigger| trigger.name.as_str()).collect();
        let naive: Vec<&str> = listening(&workflow.triggers, &event).map(|trigger| trigger.name.as_str()).collect();
        prop_assert_eq!(fast, naive);
    });
}
