use serde_json::json;

use super::*;

fn reading(text: &str) -> Reading {
    read(&TreePath::new("tasks/tasks.json").unwrap(), text.as_bytes())
}

/// Each record as `id status`, a subtask with a `+` before it.
fn tasks(text: &str) -> Vec<String> {
    let reading = reading(text);
    let line = |record: &Arc<Record>| {
        let status = record.status.as_deref().unwrap_or("-");
        format!("{}{} {status}", if record.nested { "+" } else { "" }, record.id)
    };
    reading.records.iter().map(line).collect()
}

/// Each finding as `code line:column`.
fn findings(text: &str) -> Vec<String> {
    let place = |finding: &Diagnostic| {
        let place = finding.place.as_ref().unwrap();
        format!("{} {}:{}", finding.code, place.line, place.column)
    };
    reading(text).diagnostics.iter().map(place).collect()
}

#[test]
fn every_shape_is_read() {
    let list = r#"[{"id": 1, "status": "done", "subtasks": [{"id": 2, "status": "todo"}]}]"#;
    let both = ["1 done", "+1.2 todo"];
    assert_eq!(tasks(list), both);
    assert_eq!(tasks(&format!(r#"{{"tasks": {list}}}"#)), both);
    assert_eq!(tasks(&format!(r#"{{"meta": {{"version": "1"}}, "tasks": {list}}}"#)), both);
    assert_eq!(tasks(&format!(r#"{{"master": {{"tasks": {list}, "metadata": {{}}}}}}"#)), both);
    assert_eq!(
        tasks(&format!(r#"{{"master": {{"tasks": {list}}}, "empty": {{"tasks": []}}, "x/y": {{"tasks": {list}}}}}"#)),
        ["1 done", "+1.2 todo", "x/y:1 done", "+x/y:1.2 todo"]
    );
    assert_eq!(
        tasks(&format!(r#"{{"tasks": {list}, "note": {{"a": 1}}, "x": {{"tasks": {list}}}, "list": [1]}}"#)),
        ["1 done", "+1.2 todo", "x:1 done", "+x:1.2 todo"]
    );
    for empty in ["{}", "[]", r#"{"tasks": []}"#, r#"{"master": {"tasks": []}}"#] {
        assert!(tasks(empty).is_empty() && findings(empty).is_empty(), "{empty}");
    }
}

#[test]
fn every_spelling_of_an_id_is_read() {
    let text = r#"[{"id": 1}, {"id": "2"}, {"id": "2.1"}, {"id": 3.10}, {"id": "task_004"}, {"id": "TASK-005"},
        {"id": "login-form"}, {"id": "0e2b1f0a-1111-4222-8333-444455556666"},
        {"id": 31, "subtasks": [{"id": 31.10}, {"id": "31.2"}, {"id": "3"}, {"id": "slug", "subtasks": [{"id": 1}]}]}]"#;
    assert_eq!(
        tasks(text).join("|"),
        "1 -|2 -|2.1 -|3.10 -|4 -|5 -|login-form -|0e2b1f0a-1111-4222-8333-444455556666 -|31 -|+31.10 -|+31.2 -|+31.3 -|\
         +31.slug -|+31.slug.1 -"
    );
    assert!(findings(text).is_empty());
}

#[test]
fn a_task_that_cannot_be_told_is_an_error_and_the_rest_works() {
    let text = "[{\"title\": \"x\"},\n{\"id\": \"a b\"},\n{\"id\": true}, {\"id\": \"x:1\"},\n7, {\"id\": 2, \"subtasks\": [\n null, {\"id\": \"../3\"}, {\"id\": 4}]}]";
    assert_eq!(tasks(text), ["2 -", "+2.4 -"]);
    assert_eq!(
        findings(text),
        [
            "missing-id 1:2",
            "invalid-id 2:8",
            "invalid-id 3:8",
            "invalid-id 3:22",
            "not-a-task 4:1",
            "not-a-task 5:2",
            "invalid-id 5:15"
        ]
    );
    assert!(reading(text).diagnostics.iter().all(|finding| finding.severity == Severity::Error));
}

#[test]
fn subtasks_without_an_id_are_known_by_their_place() {
    let text =
        r#"[{"id": 1, "subtasks": ["first", {"title": "second"}, {"id": 3}, {"id": 5}, "fifth", {"id": null}]}]"#;
    let reading = reading(text);
    let titled: Vec<String> = reading
        .records
        .iter()
        .map(|record| format!("{} {}", record.id, record.title.as_deref().unwrap_or("-")))
        .collect();
    assert_eq!(titled, ["1 -", "1.1 first", "1.2 second", "1.3 -", "1.5 -", "1.7 fifth", "1.6 -"]);
    assert_eq!(findings(text), ["missing-subtask-id 1:34", "missing-subtask-id 1:86"]);
}

#[test]
fn fields_keep_the_spelling_of_the_file() {
    let text = r#"{"tasks": [{"id": 7, "title": "T", "status": "In_Progress", "priority": "P0", "parentId": "2",
        "dependencies": [1, "2", "task_003", 102.10, "29.1,29.2, 29.3", ""], "details": null, "metadata": {"n": 1.5},
        "subtasks": [{"id": 1, "parentId": "7", "dependencies": null}]}, {"id": 8, "parentId": "undefined"}]}"#;
    let reading = reading(text);
    let record = &reading.records[0];
    assert_eq!(record.title.as_deref(), Some("T"));
    assert_eq!(record.status.as_deref(), Some("In_Progress"));
    assert_eq!(record.priority.as_deref(), Some("P0"));
    assert_eq!(record.parent.as_deref(), Some("2"));
    assert_eq!(record.dependencies, ["1", "2", "task_003", "102.10", "29.1", "29.2", "29.3"]);
    assert_eq!(serde_json::to_value(&record.fields).unwrap(), json!({"details": null, "metadata": {"n": 1.5}}));
    assert_eq!(&text[record.span.range()], "7");
    assert_eq!(&text[record.status_span.unwrap().range()], "\"In_Progress\"");
    assert!(text[record.dependencies_span.unwrap().range()].starts_with("[1, \"2\""));
    assert_eq!(reading.records[1].parent, None);
    assert_eq!(reading.records[2].parent, None);
    assert!(reading.diagnostics.is_empty());
}

#[test]
fn what_is_of_another_kind_is_read_and_reported() {
    let text = r#"[{"id": 1, "title": 5, "status": 2, "priority": 1, "dependencies": "2,3", "subtasks": {}},
{"id": 2, "status": ["done"], "dependencies": [null, {"id": 1}, "Task 3"], "title": null, "subtasks": null},
{"id": 3, "status": null, "dependencies": 1}]"#;
    let reading = reading(text);
    assert_eq!(tasks(text), ["1 2", "2 -", "3 -"]);
    assert_eq!(reading.records[0].title.as_deref(), Some("5"));
    assert_eq!(reading.records[0].priority.as_deref(), Some("1"));
    assert_eq!(reading.records[0].dependencies, ["2", "3"]);
    assert_eq!(reading.records[1].dependencies, ["Task 3"]);
    assert_eq!(reading.records[2].dependencies, ["1"]);
    let codes: Vec<&str> = reading.diagnostics.iter().map(|finding| finding.code.as_str()).collect();
    assert_eq!(
        codes,
        [
            "title-not-text",
            "status-not-text",
            "priority-not-text",
            "dependencies-not-a-list",
            "subtasks-not-a-list",
            "status-not-text",
            "invalid-dependency",
            "invalid-dependency",
            "invalid-dependency",
            "dependencies-not-a-list"
        ]
    );
}

#[test]
fn of_duplicate_keys_the_last_counts_and_the_first_is_reported() {
    let text = "\u{feff}[{\"id\": 1, \"ü\": 1, \"status\": \"a\",\r\n \"status\": \"b\", \"ü\": 2}]";
    assert_eq!(tasks(text), ["1 b"]);
    assert_eq!(findings(text), ["duplicate-key 1:12", "duplicate-key 1:20"]);
    let span = reading(text).records[0].status_span.unwrap();
    assert_eq!(&text[span.range()], "\"b\"");
    let tag =
        r#"{"x": {"tasks": [{"id": 1}], "tasks": [{"id": 2}]}, "x": {"tasks": [{"id": 3}], "tasks": [{"id": 4}]}}"#;
    assert_eq!(tasks(tag), ["x:4 -"]);
    assert_eq!(findings(tag), ["duplicate-key 1:2", "duplicate-key 1:59"]);
}

#[test]
fn what_is_no_list_of_tasks_is_said() {
    assert_eq!(findings("\"text\""), ["not-tasks 1:1"]);
    assert_eq!(findings(r#"{"master": {"name": "x"}}"#), ["no-tasks 1:1"]);
    assert_eq!(findings(r#"{"tasks": 7}"#), ["no-tasks 1:1"]);
    assert_eq!(findings(r#"{"tasks": null}"#), ["tasks-not-a-list 1:11"]);
    assert!(findings(r#"{"tasks": [], "meta": {"tasks": 7}}"#).is_empty());
    assert_eq!(findings(r#"{"x": {"tasks": {}}}"#), ["tasks-not-a-list 1:17"]);
    assert_eq!(findings(r#"{"a b": {"tasks": []}, "x:y": {"tasks": []}, " z": {"tasks": []}}"#).len(), 3);
    assert_eq!(findings("{\"tasks\": [\n  {\"id\": 1,}\n]}"), ["invalid-json 2:11"]);
}

#[test]
fn many_findings_cost_no_more_than_the_file() {
    let text = format!("[{}1]", "{},".repeat(100_000));
    let reading = reading(&text);
    assert_eq!(reading.diagnostics.len(), 1001);
    assert_eq!(reading.diagnostics[999].place.as_ref().unwrap().column, 2999);
    assert_eq!(reading.diagnostics[1000].code.as_str(), "more-findings");
}
