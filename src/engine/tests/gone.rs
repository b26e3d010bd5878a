//! What follows where a task is gone.

use super::*;
use crate::engine::creation::Ground;

const DELETED: &str = "notifications: {channels: [{type: slack, channel: '#a', events: [all]}]}\n\
    triggers:\n  - name: gone\n    event: task.deleted\n    actions:\n      - create_task: {title: \"Find out why {task_id} went\"}\n      \
    - set_status: {status: cancelled}\n      - notify_all: {text: \"{task_title} ({task.priority|none}) [{event_data}]\"}\n";

fn deleted(before: &Tree, after: &Tree) -> Plan {
    let rules = workflow(DELETED);
    let origin = Origin { ground: Ground::Canonical, ..origin() };
    plan(&after.snapshot(), &[Source::of(&rules, events(before, after), origin)])
}

#[test]
fn a_made_task_never_has_the_number_of_the_one_that_is_gone() {
    let list = |ids: &[u32]| {
        let tasks: Vec<_> =
            ids.iter().map(|id| json!({"id": id, "title": format!("T{id}"), "status": "pending"})).collect();
        Tree::default().with("tasks/tasks.json", &json!({ "tasks": tasks }).to_string())
    };
    let one = Tree::default().markdown("1", "pending", "[]");
    for (before, after) in [(one.clone().markdown("2", "pending", "[]"), one), (list(&[1, 2]), list(&[1]))] {
        let plan = deleted(&before, &after);
        assert_eq!(changes(&plan), ["3 task null -> pending (gone, 1)"]);
        assert_eq!(plan.warnings().collect::<Vec<_>>(), ["gone: set_status: task 2 is gone"]);
        assert_eq!(plan.effects[0].effect.text, "T2 (none) []");
        assert_eq!(plan.effects[0].effect.data["title"], "T2");
        assert_eq!(plan.effects[0].effect.missing, [""; 0]);
        let again = deleted(&before, &after.after(&plan));
        assert_eq!(changes(&again), [""; 0]);
    }
}

#[test]
fn the_number_of_a_subtask_that_is_gone_is_not_free_either() {
    let list = |subtasks: Value| {
        let tasks = json!({"tasks": [{"id": 1, "title": "A", "status": "pending", "subtasks": subtasks}]});
        Tree::default().with("tasks/tasks.json", &tasks.to_string())
    };
    let before =
        list(json!([{"id": 1, "title": "a", "status": "pending"}, {"id": 2, "title": "b", "status": "pending"}]));
    let after = list(json!([{"id": 1, "title": "a", "status": "pending"}]));
    let rules = workflow(
        "triggers:\n  - name: gone\n    event: task.deleted\n    actions: [{create_task: {title: X, parent: 1}}]\n",
    );
    let origin = Origin { ground: Ground::Canonical, ..origin() };
    let plan = plan(&after.snapshot(), &[Source::of(&rules, events(&before, &after), origin)]);
    assert_eq!(changes(&plan), ["1.3 task null -> pending (gone, 1)"]);
}

#[test]
fn conditions_see_what_a_deleted_task_was() {
    let one = Tree::default().markdown("1", "pending", "[]");
    let rule = |title: &str| {
        workflow(&format!(
            "triggers:\n  - name: gone\n    event: task.deleted\n    conditions: [{{field: title, operator: equals, value: {title}}}]\n    actions: [alert_x]\n"
        ))
    };
    let before = one.clone().markdown("2", "pending", "[]");
    let fired = |title: &str| follow(&before, &one, &rule(title)).effects.len();
    assert_eq!((fired("T2"), fired("T1")), (1, 0));
}

#[test]
fn a_named_task_that_is_not_there_is_named() {
    let rules = workflow(
        "triggers:\n  - name: a\n    event: task.status.updated\n    actions: [{set_status: {task: \"99\", status: done}}]\n",
    );
    let (before, after) =
        (Tree::default().markdown("1", "pending", "[]"), Tree::default().markdown("1", "review", "[]"));
    assert_eq!(follow(&before, &after, &rules).warnings().collect::<Vec<_>>(), ["a: set_status: there is no task 99"]);
}
