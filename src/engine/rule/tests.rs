use serde_json::{Value, json};

use super::*;
use crate::format::workflow::{self, Condition, FieldPath, Operand, Operator, Trigger};
use crate::model::{Category, Place, Severity, Span, StatusDefinition, StatusSet, Timestamp, TreePath};

/// The conditions that a list of them in YAML says.
fn conditions(yaml: &str) -> Vec<Condition> {
    let path = TreePath::new("config/workflow.yaml").unwrap();
    let text = format!("triggers: [{{name: a, event: x, actions: [log_it], conditions: {yaml}}}]");
    let (workflow, findings) = workflow::read(&path, text.as_bytes());
    assert_eq!(findings.iter().filter(|finding| finding.severity == Severity::Error).count(), 0, "{findings:?}");
    workflow.triggers[0].conditions.clone()
}

fn condition(field: &str, operator: &str, value: Value) -> Condition {
    let path = TreePath::new("config/workflow.yaml").unwrap();
    Condition::Test(workflow::Test {
        field: FieldPath::parse(field).unwrap(),
        operator: Operator::named(operator).unwrap(),
        value,
        operand: Operand::Value,
        place: Place::of(&path, b"", Span::at(0)),
    })
}

/// What became of one condition about `facts`.
fn line(facts: &dyn Facts, field: &str, operator: &str, value: Value) -> ConditionResult {
    let verdict = evaluate(&[condition(field, operator, value)], facts, &StatusSet::default());
    assert_eq!(verdict.holds, verdict.lines[0].holds);
    verdict.lines[0].clone()
}

/// Whether the condition holds for a task with that one field.
fn holds(field: &str, actual: Value, operator: &str, value: Value) -> bool {
    let mut facts = MapFacts::default();
    facts.values.insert(field.to_owned(), actual);
    line(&facts, field, operator, value).holds
}

fn status_event(old: &str, new: &str) -> MapFacts {
    MapFacts::new(json!({"field": "status", "old": old, "new": new, "status": new})).with_change(
        "status",
        json!(old),
        json!(new),
    )
}

#[test]
fn a_missing_field_makes_negative_operators_true_and_no_other() {
    for operator in Operator::ALL {
        let value = if matches!(operator, Operator::In | Operator::NotIn) { json!(["x"]) } else { json!("x") };
        for facts in [MapFacts::default(), MapFacts::new(json!({"type": null}))] {
            let line = line(&facts, "type", operator.name(), value.clone());
            assert_eq!(line.holds, operator.name().starts_with("not_"), "{}", line.condition);
            assert_eq!(line.actual, None);
        }
    }
}

#[test]
fn negative_operators_are_the_opposites_of_the_positive() {
    for (actual, value) in [(json!("a"), json!("a")), (json!("a"), json!("b")), (json!(["a"]), json!("a"))] {
        for positive in ["equals", "exists", "contains"] {
            let negative = format!("not_{positive}");
            let both = (
                holds("x", actual.clone(), positive, value.clone()),
                holds("x", actual.clone(), &negative, value.clone()),
            );
            assert_ne!(both.0, both.1, "{actual} {positive} {value}");
        }
    }
    assert!(holds("x", json!("a"), "in", json!(["b", "a"])));
    assert!(!holds("x", json!("a"), "not_in", json!(["b", "a"])));
}

#[test]
fn statuses_compare_through_their_aliases() {
    for spelling in ["done", "Done", "completed", "FINISHED"] {
        assert!(holds("status", json!(spelling), "in", json!(["done", "failed", "cancelled"])), "{spelling}");
        assert!(!holds("status", json!(spelling), "not_equals", json!("done")), "{spelling}");
    }
    assert!(!holds("status", json!("testing"), "in", json!(["done", "failed", "cancelled"])));
    assert!(holds("status", json!("Production Ready"), "equals", json!("production_ready")));
    // Only statuses: elsewhere a word is a word.
    assert!(!holds("test_result", json!("completed"), "equals", json!("done")));
    let facts = MapFacts::new(json!({"metadata": {"status": "error"}, "parent": {"status": "wip"}}));
    assert!(!line(&facts, "metadata.status", "equals", json!("failed")).holds);
    assert!(line(&facts, "parent.status", "equals", json!("in-progress")).holds);
}

#[test]
fn a_projects_own_statuses_are_used() {
    let own = StatusDefinition {
        name: "shipped".to_owned(),
        category: Category::Done,
        aliases: vec!["live".to_owned()],
        transitions: None,
    };
    let facts = MapFacts::new(json!({"status": "Live"}));
    let conditions =
        [condition("status", "equals", json!("shipped")), condition("status.category", "equals", json!("done"))];
    assert!(evaluate(&conditions, &facts, &StatusSet::new(vec![own])).holds);
    assert!(!evaluate(&conditions, &facts, &StatusSet::default()).holds);
}

#[test]
fn old_and_new_mean_the_field_of_the_event() {
    let facts = status_event("todo", "completed");
    assert!(line(&facts, "new", "equals", json!("done")).holds);
    assert!(line(&facts, "old", "equals", json!("pending")).holds);
    assert!(line(&facts, "new.category", "in", json!(["Done"])).holds);
    let other = MapFacts::new(json!({"field": "title", "new": "completed"}));
    assert!(!line(&other, "new", "equals", json!("done")).holds);
}

#[test]
fn a_category_is_the_name_of_what_a_status_is() {
    assert_eq!(
        line(&status_event("x", "canceled"), "status.category", "equals", json!("cancelled")).actual,
        Some(json!("cancelled"))
    );
    assert!(!line(&MapFacts::default(), "status.category", "equals", json!("todo")).holds);
    assert!(line(&status_event("pending", "started"), "status.category", "changed_to", json!("active")).holds);
    // Another status of the same category is no change of it.
    assert!(!line(&status_event("started", "testing"), "status.category", "changed", Value::Null).holds);
}

#[test]
fn changes_are_those_of_this_event() {
    let facts = status_event("in_progress", "done");
    assert!(line(&facts, "status", "changed", Value::Null).holds);
    assert!(line(&facts, "status", "changed_from", json!("wip")).holds);
    assert!(line(&facts, "status", "changed_from", json!(["pending", "in-progress"])).holds);
    assert!(!line(&facts, "status", "changed_from", json!("pending")).holds);
    assert!(line(&facts, "status", "changed_to", json!("completed")).holds);
    assert!(!line(&facts, "status", "changed_to", json!("in-progress")).holds);
    let title = line(&facts, "title", "changed", Value::Null);
    assert_eq!((title.holds, title.why.as_str()), (false, "this event did not change it"));
    // Another spelling of the same status is no change.
    let same = line(&status_event("done", "completed"), "status", "changed_to", json!("done"));
    assert_eq!(
        (same.holds, same.why.as_str()),
        (false, "it was `done`, it is `completed`: the same in another spelling")
    );
    let added = MapFacts::default().with_change("assignee", Value::Null, json!("ann"));
    assert!(line(&added, "assignee", "changed", Value::Null).holds);
    assert!(!line(&added, "assignee", "changed_from", json!("ann")).holds);
    assert_eq!(line(&added, "assignee", "changed_to", json!("ann")).why, "it was missing, it is `ann`");
}

#[test]
fn numbers_and_texts() {
    assert!(holds("points", json!("5"), "equals", json!(5)));
    assert!(holds("points", json!(5.0), "equals", json!(5)));
    assert!(!holds("version", json!("1.10"), "equals", json!(1.1)));
    assert!(!holds("version", json!("1.10"), "equals", json!("1.1")));
    assert!(holds("flag", json!("true"), "equals", json!(true)));
    assert!(!holds("name", json!("Ann"), "equals", json!("ann")));
    assert!(!holds("name", json!({"a": 1}), "equals", json!("a")));
}

#[test]
fn order_of_numbers_dates_and_priorities() {
    assert!(holds("points", json!("10"), "gt", json!(9)));
    assert!(holds("points", json!(9), "gte", json!("9")));
    assert!(!holds("points", json!(9), "gt", json!(9)));
    assert!(holds("points", json!(-1), "lt", json!(0.5)));
    assert!(holds("points", json!(3), "lte", json!(3)));
    assert!(holds("created", json!("2025-01-15"), "lt", json!("2025-02-01")));
    assert!(holds("created", json!("2025-01-15T10:00:00+02:00"), "lt", json!("2025-01-15T09:00:00Z")));
    assert!(holds("created", json!("2025-06-13T15:05:22EDT"), "gt", json!("2025-06-12")));
    assert!(holds("created", json!("2025-06-13T00:30:00+02:00"), "gte", json!("2025-06-13")));
    assert!(holds("priority", json!("P0"), "gt", json!("high")));
    assert!(holds("priority", json!("high"), "gte", json!("P1")));
    assert!(!holds("priority", json!("low"), "gte", json!("medium")));
    assert!(!holds("priority", json!("whenever"), "lte", json!("medium")));
    for operator in ["gt", "gte", "lt", "lte"] {
        assert!(!holds("title", json!("abc"), operator, json!("abd")), "{operator}");
        assert!(!holds("status", json!("done"), operator, json!("pending")), "{operator}");
        assert!(!holds("points", json!("nan"), operator, json!(1)), "{operator}");
    }
    let facts = MapFacts::new(json!({"title": "abc"}));
    assert_eq!(line(&facts, "title", "gt", json!(5)).why, "it is `abc`, which has no order with `5`");
}

#[test]
fn parts_of_texts_lists_and_mappings() {
    assert!(holds("title", json!("fix login"), "contains", json!("log")));
    assert!(holds("title", json!("fix login"), "starts_with", json!("fix")));
    assert!(!holds("title", json!("fix login"), "ends_with", json!("fix")));
    assert!(holds("tags", json!(["a", "b"]), "contains", json!("b")));
    assert!(!holds("tags", json!(["ab"]), "contains", json!("b")));
    assert!(holds("tags", json!(["ab"]), "not_contains", json!("b")));
    assert!(holds("extra", json!({"ci_run": 7}), "contains", json!("ci_run")));
    assert!(holds("run", json!(1874), "starts_with", json!(18)));
    assert!(!holds("tags", json!(["a"]), "starts_with", json!("a")));
}

#[test]
fn ids_and_priorities_have_many_spellings() {
    assert!(holds("dependencies", json!(["task_003", 4]), "contains", json!(3)));
    assert!(holds("dependencies", json!(["task_003", 4]), "contains", json!("task_004")));
    assert!(!holds("dependencies", json!(["18.3"]), "contains", json!(3)));
    assert!(holds("parent_task", json!("task_018"), "equals", json!(18)));
    assert!(holds("priority", json!("HIGH"), "equals", json!("P1")));
    assert!(!holds("priority", json!("whenever"), "equals", json!("medium")));
    assert!(!holds("points", json!("task_018"), "equals", json!(18)));
}

#[test]
fn a_verdict_is_a_truth_table() {
    let conditions = [
        condition("status", "in", json!(["done", "failed"])),
        condition("type", "not_equals", json!("automation")),
        condition("metadata.test", "equals", json!("all passed")),
    ];
    let facts = MapFacts::new(json!({"status": "Completed"}));
    let verdict = evaluate(&conditions, &facts, &StatusSet::default());
    assert!(!verdict.holds);
    let table: Vec<String> = verdict
        .lines
        .iter()
        .map(|line| format!("{} {} ({})", if line.holds { "+" } else { "-" }, line.condition, line.why))
        .collect();
    assert_eq!(
        table,
        [
            "+ status in [done, failed] (it is `Completed`, which means `done`)",
            "+ type not_equals automation (it is missing)",
            "- metadata.test equals \"all passed\" (it is missing)",
        ]
    );
    assert!(evaluate(&conditions[..2], &facts, &StatusSet::default()).holds);
    assert!(evaluate(&[], &MapFacts::default(), &StatusSet::default()).holds);
}

#[test]
fn the_triggers_of_an_event() {
    let text = include_str!("../../../fixtures/valid/workflow/full.yaml");
    let path = TreePath::new("config/workflow.yaml").unwrap();
    let (full, _) = workflow::read(&path, text.as_bytes());
    let names = |found: Vec<&Trigger>| found.iter().map(|trigger| trigger.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(matching(&full.triggers, "task.status.updated").collect()), ["finished"]);
    assert!(names(matching(&full.triggers, "task.created").collect()).is_empty());
    assert_eq!(names(listening(&full.triggers, "task.created").collect()), ["made by hand"]);
    assert!(names(listening(&full.triggers, "task.deleted").collect()).is_empty());

    // What a pipeline writes ends what the rule was written for.
    let finished = &full.triggers[0].conditions;
    assert!(evaluate(finished, &status_event("testing", "completed"), &full.statuses).holds);
    assert!(evaluate(finished, &status_event("testing", "failed"), &full.statuses).holds);
    assert!(!evaluate(finished, &status_event("pending", "testing"), &full.statuses).holds);
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
    ] {
        let verdict = evaluate(&conditions(&format!("[{{when: \"{text}\"}}]")), &facts, &StatusSet::default());
        assert_eq!((verdict.holds, verdict.failures().next()), (expect, None), "{text}");
    }
    insta::assert_snapshot!(table("[{when: owner == 'ann'}, {when: title > 3}]", &facts), @r"
    false
    - when: owner == 'ann' (it cannot be decided: undefined value: `owner` is undefined) FAILED
    - when: title > 3 (it is false)
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
