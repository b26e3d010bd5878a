use serde_json::json;

use super::*;
use crate::format;
use crate::model::{Timestamp, TreePath};

fn task(id: &str) -> NewTask {
    NewTask {
        id: TaskId::parse(id).unwrap(),
        title: "Größe".to_owned(),
        status: "pending".to_owned(),
        priority: Some("high".to_owned()),
        dependencies: Vec::new(),
        description: None,
        fields: vec![("created_by".to_owned(), json!("taskmaster/x"))],
        moment: Some(Timestamp { seconds: 1_763_856_000, offset_minutes: 0 }),
    }
}

fn inserted(text: &str, task: &NewTask) -> String {
    let patches = insert(text.as_bytes(), task).unwrap();
    let bytes = patch::apply(text.as_bytes(), &patches).unwrap();
    let path = TreePath::new("tasks/tasks.json").unwrap();
    let (before, after) = (format::read(&path, text.as_bytes()), format::read(&path, &bytes));
    assert_eq!(after.records.len(), before.records.len() + 1);
    assert_eq!(after.diagnostics.len(), before.diagnostics.len());
    assert!(after.records.iter().any(|record| record.id == task.id));
    let back = take_out(&bytes, std::slice::from_ref(&task.id)).unwrap();
    // A list that was made for it stays, empty.
    if text.contains("\"subtasks\"") || task.id.parent().is_none() {
        assert_eq!(String::from_utf8_lossy(&back), text);
    }
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_task_has_the_keys_and_the_layout_of_the_last_one() {
    let text = "{\n  \"tasks\": [\n    {\n      \"id\": 1,\n      \"title\": \"A\",\n      \"description\": \"d\",\n      \
                \"status\": \"done\",\n      \"dependencies\": [],\n      \"priority\": \"low\",\n      \"subtasks\": [],\n      \
                \"updatedAt\": \"2025-01-15T10:00:00.000Z\"\n    }\n  ],\n  \"metadata\": {}\n}";
    insta::assert_snapshot!(inserted(text, &task("2")), @r#"
    {
      "tasks": [
        {
          "id": 1,
          "title": "A",
          "description": "d",
          "status": "done",
          "dependencies": [],
          "priority": "low",
          "subtasks": [],
          "updatedAt": "2025-01-15T10:00:00.000Z"
        },
        {
          "id": 2,
          "title": "Größe",
          "description": "",
          "status": "pending",
          "dependencies": [],
          "priority": "high",
          "subtasks": [],
          "updatedAt": "2025-11-23T00:00:00.000Z",
          "created_by": "taskmaster/x"
        }
      ],
      "metadata": {}
    }
    "#);
}

#[test]
fn every_shape_of_a_file_is_kept() {
    for (text, id, expected) in [
        (
            r#"{"tasks": []}"#,
            "1",
            r#"{"tasks": [{"id": 1, "title": "Größe", "description": "", "status": "pending", "dependencies": [], "priority": "high", "created_by": "taskmaster/x"}]}"#,
        ),
        (
            r#"{"tasks":[{"id":"1","title":"A"}]}"#,
            "2",
            r#"{"tasks":[{"id":"1","title":"A"},{"id":"2","title":"Größe","status":"pending","priority":"high","created_by":"taskmaster/x"}]}"#,
        ),
        (
            r#"[{"id": "task_001"}]"#,
            "2",
            r#"[{"id": "task_001"}, {"id": "task_002", "title": "Größe", "status": "pending", "priority": "high", "created_by": "taskmaster/x"}]"#,
        ),
        (
            "{\"x\": {\"tasks\": [\n {\"id\": 1},\n {\"id\": 2}\n]}}\n",
            "x:3",
            "{\"x\": {\"tasks\": [\n {\"id\": 1},\n {\"id\": 2},\n {\"id\": 3, \"title\": \"Größe\", \"status\": \"pending\", \"priority\": \"high\", \"created_by\": \"taskmaster/x\"}\n]}}\n",
        ),
        (
            r#"{"tasks": [{"id": 1, "subtasks": [{"id": "1.1"}]}]}"#,
            "1.2",
            r#"{"tasks": [{"id": 1, "subtasks": [{"id": "1.1"}, {"id": "1.2", "title": "Größe", "status": "pending", "priority": "high", "created_by": "taskmaster/x"}]}]}"#,
        ),
        (
            r#"{"tasks": [{"id": 1}]}"#,
            "1.1",
            r#"{"tasks": [{"id": 1, "subtasks": [{"id": 1, "title": "Größe", "description": "", "status": "pending", "dependencies": [], "priority": "high", "created_by": "taskmaster/x"}]}]}"#,
        ),
    ] {
        assert_eq!(inserted(text, &task(id)), expected);
    }
    let crlf = "\u{feff}{\r\n\t\"tasks\": [\r\n\t\t{\r\n\t\t\t\"id\": 1\r\n\t\t}\r\n\t]\r\n}\r\n";
    let text = inserted(crlf, &task("2"));
    assert!(text.starts_with(
        "\u{feff}{\r\n\t\"tasks\": [\r\n\t\t{\r\n\t\t\t\"id\": 1\r\n\t\t},\r\n\t\t{\r\n\t\t\t\"id\": 2,\r\n"
    ));
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    let empty = "{\n  \"master\": {\n    \"tasks\": [],\n    \"metadata\": {}\n  }\n}\n";
    let text = inserted(empty, &task("1"));
    assert!(text.starts_with("{\n  \"master\": {\n    \"tasks\": [\n      {\n        \"id\": 1,\n"), "{text}");
    assert!(text.ends_with("\n      }\n    ],\n    \"metadata\": {}\n  }\n}\n"), "{text}");
}

#[test]
fn dependencies_are_spelled_as_the_file_spells_them() {
    let ids = |ids: &[&str]| ids.iter().map(|id| TaskId::parse(id).unwrap()).collect::<Vec<_>>();
    let with = |id: &str, others: &[&str]| NewTask { dependencies: ids(others), ..task(id) };
    let numbers = r#"{"tasks": [{"id": 1, "dependencies": [], "subtasks": [{"id": 1, "dependencies": []}]}]}"#;
    assert!(inserted(numbers, &with("2", &["1", "1.1"])).contains(r#""dependencies": [1, "1.1"]"#));
    assert!(inserted(numbers, &with("1.2", &["1", "1.1"])).contains(r#""dependencies": ["task_1", 1]"#));
    let texts = r#"{"tasks": [{"id": 1}, {"id": 2, "dependencies": ["1"]}]}"#;
    assert!(inserted(texts, &with("3", &["1", "2"])).contains(r#""dependencies": ["1", "2"]"#));
}

#[test]
fn what_has_no_place_is_refused() {
    for (text, id) in [
        (r#"{"tasks": [{"id": 1}]}"#, "1"),
        (r#"{"tasks": [{"id": 1}]}"#, "2.1"),
        (r#"{"tasks": [{"id": 1, "subtasks": "none"}]}"#, "1.1"),
        (r#"{"tasks": [{"id": 1, "subtasks": ["text"]}]}"#, "1.1.1"),
        (r#"{"x": {"tasks": []}}"#, "1"),
        (r#"{"tasks": {"1": {}}}"#, "1"),
        ("{", "1"),
    ] {
        assert!(insert(text.as_bytes(), &task(id)).is_err(), "{text} {id}");
    }
}

#[test]
fn a_task_is_taken_out_wherever_it_stands() {
    let text = r#"{"tasks": [{"id": 1}, {"id": 2}, {"id": 3, "subtasks": [{"id": 1}]}]}"#;
    let without = |id: &str| {
        take_out(text.as_bytes(), &[TaskId::parse(id).unwrap()]).map(|bytes| String::from_utf8(bytes).unwrap())
    };
    assert_eq!(without("1").unwrap(), r#"{"tasks": [{"id": 2}, {"id": 3, "subtasks": [{"id": 1}]}]}"#);
    assert_eq!(without("2").unwrap(), r#"{"tasks": [{"id": 1}, {"id": 3, "subtasks": [{"id": 1}]}]}"#);
    assert_eq!(without("3.1").unwrap(), r#"{"tasks": [{"id": 1}, {"id": 2}, {"id": 3, "subtasks": []}]}"#);
    assert_eq!(without("4"), None);
}
