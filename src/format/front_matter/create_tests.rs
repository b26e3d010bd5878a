use serde_json::json;

use super::*;
use crate::format;
use crate::model::{FileRole, Timestamp, TreePath};

fn task(id: &str) -> NewTask {
    NewTask {
        id: TaskId::parse(id).unwrap(),
        title: "Deploy: web #2".to_owned(),
        status: "pending".to_owned(),
        priority: Some("high".to_owned()),
        dependencies: Vec::new(),
        description: Some("Look at it.\n\n- **Status**: done\n".to_owned()),
        fields: vec![("type".to_owned(), json!("automation"))],
        moment: Some(Timestamp { seconds: 1_763_856_000, offset_minutes: 0 }),
    }
}

fn created(task: &NewTask, like: Option<&str>) -> String {
    String::from_utf8(create(task, like.map(str::as_bytes))).unwrap()
}

#[test]
fn without_neighbours_a_file_is_plain() {
    insta::assert_snapshot!(created(&task("1"), None), @r#"
    ---
    task_id: task_001
    subtask_id: null
    title: 'Deploy: web #2'
    status: pending
    priority: high
    parent_task: null
    dependencies: []
    created: 2025-11-23
    updated: 2025-11-23
    type: automation
    ---

    # Deploy: web #2

    ## Metadata
    - **Status**: pending

    Look at it.

    - **Status**: done
    "#);
}

#[test]
fn keys_quotes_dates_and_line_ends_are_the_neighbours() {
    let like = "---\r\ntitle: \"One\"\r\ntask_id: 7\r\nowner: ann\r\nstatus: 'done'\r\ntype:\r\ncreated_at: 2025-01-15T10:00:00Z\r\n\
                dependencies:\r\n  - 3\r\n---\r\n\r\n# Seven\r\n";
    let mut task = NewTask { description: None, ..task("18") };
    task.dependencies = vec![TaskId::parse("3").unwrap(), TaskId::parse("4.1").unwrap()];
    let text = created(&task, Some(like));
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    insta::assert_snapshot!(text.replace('\r', ""), @r#"
    ---
    title: "Deploy: web #2"
    task_id: 18
    status: 'pending'
    type: automation
    created_at: 2025-11-23T00:00:00Z
    dependencies:
      - 3
      - 4.1
    priority: high
    ---

    # Deploy: web #2
    "#);
}

#[test]
fn a_subtask_names_its_parent() {
    let like = "---\ntask_id: task_001\nsubtask_id: subtask_002\ntitle: x\nstatus: done\nparent_task: task_001\n\
                dependencies: [subtask_001]\n---\n\n## About\n* **Status**: done ✅\n";
    let mut task = NewTask { description: None, priority: None, ..task("18.4") };
    task.dependencies = ["18.3", "2", "5.1"].map(|id| TaskId::parse(id).unwrap()).to_vec();
    insta::assert_snapshot!(created(&task, Some(like)), @r#"
    ---
    task_id: task_018
    subtask_id: subtask_004
    title: 'Deploy: web #2'
    status: pending
    parent_task: task_018
    dependencies: [subtask_003, task_002, 5.1]
    type: automation
    ---

    # Deploy: web #2

    ## About
    * **Status**: pending
    "#);
}

#[test]
fn what_is_created_is_read_back() {
    let likes = [
        None,
        Some("---\ntask_id: task_017\nsubtask_id: null\ntitle: x\nstatus: done\n---\n# x\n- **Status**: done\n"),
        Some("---\ntitle: x\n---\n"),
        Some("---\n{task_id: 1}\n---\n"),
        Some("no front matter"),
    ];
    for like in likes {
        for (id, path) in [("18", "context/task_018/task.md"), ("18.4", "context/task_018/subtask_004.md")] {
            let path = TreePath::new(path).unwrap();
            assert_eq!(path.role(), FileRole::TaskMarkdown);
            let text = created(&task(id), like);
            let reading = format::read(&path, text.as_bytes());
            assert_eq!(reading.diagnostics, [], "{like:?}\n{text}");
            let record = &reading.records[0];
            assert_eq!(record.id.to_string(), id, "{text}");
            assert_eq!(record.title.as_deref(), Some("Deploy: web #2"));
            assert!(reading.records.iter().all(|record| record.status.as_deref() == Some("pending")), "{text}");
            assert_eq!(record.fields.get("type"), Some(&json!("automation")));
        }
    }
}
