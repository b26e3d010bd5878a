use serde_json::{Value, json};

use super::*;
use crate::format::workflow::{self, Condition, FieldPath, Operand, Operator, Trigger};
use crate::model::{Category, Place, Span, StatusDefinition, StatusSet, TreePath};

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
