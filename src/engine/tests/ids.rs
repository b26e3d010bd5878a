//! Ids of made tasks, in the style of their neighbours.

use super::*;
use crate::engine::creation::TaskDraft;
use crate::engine::workspace::Workspace;

/// The list of tasks with one more: below `parent`, waiting for `needs`.
fn made(tasks: &Value, parent: Option<&str>, needs: &[&str]) -> Value {
    let id = |text: &str| TaskId::parse(text).unwrap();
    let tree = Tree::default().with("tasks/tasks.json", &json!({ "tasks": tasks }).to_string());
    let snapshot = tree.snapshot();
    let mut workspace = Workspace::new(&snapshot, &StatusSet::default());
    let draft = TaskDraft {
        title: "New".to_owned(),
        parent: parent.map(id),
        dependencies: needs.iter().map(|text| id(text)).collect(),
        ..TaskDraft::default()
    };
    workspace.make_task(&draft, origin().time).unwrap();
    let list: Value = serde_json::from_slice(&workspace.changed()[0].after).unwrap();
    let top = list["tasks"].as_array().unwrap();
    let of = |task: &Value| task["subtasks"].as_array().and_then(|tasks| tasks.last().cloned());
    let found = if parent.is_some() { top.iter().rev().find_map(of) } else { top.last().cloned() };
    found.filter(|task| task["title"] == "New").unwrap()
}

fn listed(ids: &[Value]) -> Value {
    ids.iter().map(|id| json!({"id": id, "title": "T", "status": "pending", "dependencies": []})).collect()
}

#[test]
fn a_word_before_the_number_goes_on() {
    for (ids, expected) in [
        (json!(["setup-1", "setup-2"]), json!("setup-3")),
        (json!(["T1", "T2"]), json!("T3")),
        (json!(["T-1", "T-2"]), json!("T-3")),
        (json!(["a1", "a2", "a3"]), json!("a4")),
        (json!(["auth-001", "auth-002"]), json!("auth-003")),
        (json!(["auth-001", "auth-9"]), json!("auth-10")),
        (json!(["b8"]), json!("b9")),
        (json!(["setup-7", "login"]), json!("setup-8")),
        (json!(["login"]), json!("1")),
        (json!(["TASK-001", "TASK-002"]), json!("TASK-003")),
        (json!(["setup-1", 4]), json!(5)),
        (json!([1, 2]), json!(3)),
        (json!(["1", "2"]), json!("3")),
        (json!(["v1-2"]), json!("1")),
    ] {
        assert_eq!(made(&listed(ids.as_array().unwrap()), None, &[])["id"], expected, "{ids}");
    }
    let below = json!([{"id": "b8", "title": "T", "status": "pending", "subtasks": [{"id": "s1", "title": "x", "status": "pending"}]}]);
    assert_eq!(made(&below, Some("b8"), &[])["id"], "s2");
}

#[test]
fn what_it_waits_for_is_written_as_it_is_called_there() {
    for (ids, needs, expected) in [
        (json!(["TASK-001"]), "1", json!(["TASK-001"])),
        (json!(["1", "2"]), "1", json!(["1"])),
        (json!([1, 2]), "1", json!([1])),
        (json!(["setup-1", "setup-2"]), "setup-2", json!(["setup-2"])),
    ] {
        assert_eq!(made(&listed(ids.as_array().unwrap()), None, &[needs])["dependencies"], expected, "{ids}");
    }
    let with = |id: &str, needs: Value| json!([{"id": "TASK-001", "title": "A"}, {"id": id, "title": "B", "dependencies": needs}]);
    for (needs, expected) in
        [(json!(["TASK-001"]), json!(["TASK-001"])), (json!(["1"]), json!(["1"])), (json!([1]), json!([1]))]
    {
        assert_eq!(made(&with("TASK-002", needs.clone()), None, &["1"])["dependencies"], expected, "{needs}");
    }
}

#[test]
fn a_subtask_is_called_as_its_siblings() {
    let below = |parent: Value, ids: Value| -> Value {
        let subtasks: Value =
            ids.as_array().unwrap().iter().map(|id| json!({"id": id, "title": "s", "dependencies": []})).collect();
        json!([{"id": parent, "title": "B", "subtasks": subtasks}])
    };
    for (parent, ids, expected) in [
        (json!("TASK-002"), json!(["TASK-002.1"]), json!("TASK-002.2")),
        (json!("TASK-002"), json!(["2.1"]), json!("2.2")),
        (json!(2), json!(["2.1"]), json!("2.2")),
        (json!(2), json!(["2.01"]), json!("2.02")),
        (json!(2), json!([1]), json!(2)),
        (json!(2), json!(["1"]), json!("2")),
        (json!(2), json!(["2.s1"]), json!("2.s2")),
    ] {
        let tasks = below(parent, ids.clone());
        assert_eq!(made(&tasks, Some("2"), &[])["id"], expected, "{ids}");
    }
    let other = json!([
        {"id": "TASK-002", "title": "B", "subtasks": []},
        {"id": "TASK-001", "title": "A", "subtasks": [{"id": "TASK-001.1", "title": "s", "status": "done"}]},
    ]);
    let tree = made(&json!([other[1], other[0]]), Some("2"), &[]);
    assert_eq!(tree["id"], "TASK-002.1");
    assert_eq!(
        made(&below(json!("TASK-002"), json!(["TASK-002.1"])), Some("2"), &["2.1"])["dependencies"],
        json!(["TASK-002.1"])
    );
    assert_eq!(made(&below(json!(2), json!(["1"])), Some("2"), &["2.1"])["dependencies"], json!(["1"]));
    assert_eq!(made(&below(json!(2), json!([1])), Some("2"), &["2.1"])["dependencies"], json!([1]));
}
