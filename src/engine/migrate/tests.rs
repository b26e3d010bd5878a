use super::*;

const JSON: &str = r#"{
  "master": {
    "tasks": [
      {
        "id": 1,
        "title": "Title: with # hostile - signs",
        "description": "First\n---\nsecond",
        "status": "done",
        "dependencies": [],
        "priority": "high",
        "details": "",
        "weight": 1.10,
        "subtasks": [
          { "id": 1, "title": "Inner", "status": "pending", "dependencies": [] },
          { "id": 2, "title": "Other", "status": "pending", "dependencies": [1], "details": null }
        ]
      },
      { "id": "2", "title": "Caf\u00e9", "status": "in-progress", "dependencies": [1, "1.2"] }
    ],
    "metadata": { "created": "2025-01-15" }
  },
  "x": { "tasks": [{ "id": 1, "title": "", "status": "pending" }] }
}"#;

fn snapshot(files: &[(&str, &str)]) -> Snapshot {
    let files =
        files.iter().map(|(path, text)| (TreePath::new(*path).unwrap(), SourceFile::new(text.as_bytes().to_vec())));
    Snapshot { files: files.collect(), ..Snapshot::empty() }
}

fn request(target: Target) -> MigrationRequest {
    MigrationRequest::to(target)
}

fn there(snapshot: &Snapshot, request: &MigrationRequest) -> Snapshot {
    let migration = forward(snapshot, &StatusSet::default(), request).unwrap();
    changed(snapshot, &migration.changes)
}

fn back_to(snapshot: &Snapshot, target: Target) -> Snapshot {
    let migration = back(snapshot, &StatusSet::default(), &request(target)).unwrap().unwrap();
    changed(snapshot, &migration.changes)
}

fn files(snapshot: &Snapshot) -> Vec<(String, String)> {
    let text = |path: &TreePath| String::from_utf8(snapshot.bytes(path).unwrap().to_vec()).unwrap();
    snapshot.files.keys().map(|path| (path.to_string(), text(path))).collect()
}

fn text(snapshot: &Snapshot, path: &str) -> String {
    String::from_utf8(snapshot.bytes(&TreePath::new(path).unwrap()).unwrap().to_vec()).unwrap()
}

fn edit(snapshot: &mut Snapshot, path: &str, old: &str, new: &str) {
    let before = text(snapshot, path);
    assert_eq!(before.matches(old).count(), 1, "{before}");
    snapshot.files.insert(TreePath::new(path).unwrap(), SourceFile::new(before.replace(old, new).into_bytes()));
}

const MARKDOWN: [(&str, &str); 3] = [
    (
        "context/task_001/task.md",
        "---\ntask_id: task_001\nsubtask_id: null\ntitle: One\nstatus: done\nextra: [a, {b: 1.10}]\n---\n\n# One\n\n\
         - **Status**: done ✅\n\nText\n---\nmore\n",
    ),
    (
        "context/task_001/subtask_001.md",
        "---\ntask_id: task_001\nsubtask_id: subtask_001\ntitle: Sub\nstatus: pending\ndependencies: [task_002]\n---\n",
    ),
    ("context/task_002/task.md", "---\r\ntask_id: 2\r\ntitle: 'Two'\r\nstatus: 'todo'\r\n---\r\nBody\r\n"),
];

#[test]
fn a_tasks_json_goes_there_and_back_byte_for_byte() {
    let first = snapshot(&[("tasks/tasks.json", JSON)]);
    let there = there(&first, &request(Target::Markdown));
    let paths: Vec<&str> = there.files.keys().map(TreePath::as_str).collect();
    assert_eq!(
        paths,
        [
            "context/task_001/subtask_001.md",
            "context/task_001/subtask_002.md",
            "context/task_001/task.md",
            "context/task_002/task.md",
            "context/x/task_001/task.md",
            "migrated/manifest.json",
            "migrated/tasks/tasks.json",
        ]
    );
    assert_eq!(
        text(&there, "context/task_001/task.md"),
        "---\ntask_id: task_001\nsubtask_id: null\ntitle: 'Title: with # hostile - signs'\nstatus: done\n\
         priority: high\ndependencies: []\nweight: 1.1\n---\n\n# Title: with # hostile - signs\n\nFirst\n---\nsecond\n"
    );
    assert_eq!(files(&back_to(&there, Target::TasksJson)), files(&first));
    assert!(back(&there, &StatusSet::default(), &request(Target::Markdown)).unwrap().is_none());
    let twice = forward(&there, &StatusSet::default(), &request(Target::Markdown));
    assert_eq!(twice, Err(Refusal::Already("markdown")));
}

#[test]
fn markdown_goes_there_and_back_byte_for_byte() {
    let first = snapshot(&MARKDOWN);
    let there = there(&first, &request(Target::TasksJson));
    let json = text(&there, "tasks/tasks.json");
    assert!(json.contains("\"task_002\"") || json.contains("\"dependencies\": [\n"), "{json}");
    let paths: Vec<&str> =
        there.files.keys().map(TreePath::as_str).filter(|path| !path.starts_with("migrated/")).collect();
    assert_eq!(paths, ["tasks/tasks.json"]);
    assert_eq!(files(&back_to(&there, Target::Markdown)), files(&first));
}

#[test]
fn what_was_edited_in_markdown_is_one_line_in_json() {
    let first = snapshot(&[("tasks/tasks.json", JSON)]);
    let mut there = there(&first, &request(Target::Markdown));
    edit(&mut there, "context/task_002/task.md", "status: in-progress", "status: done");
    edit(&mut there, "context/task_001/task.md", "First\n", "Changed\n");
    edit(&mut there, "context/task_001/task.md", "priority: high", "priority: low");
    let expected =
        JSON.replace("\"in-progress\"", "\"done\"").replace("First\\n", "Changed\\n").replace("\"high\"", "\"low\"");
    assert_eq!(files(&back_to(&there, Target::TasksJson)), [("tasks/tasks.json".to_owned(), expected)]);
}

#[test]
fn what_was_made_and_removed_in_markdown_is_so_in_json() {
    let first = snapshot(&[("tasks/tasks.json", JSON)]);
    let mut there = there(&first, &request(Target::Markdown));
    let new = "---\ntask_id: task_003\ntitle: New\nstatus: pending\ndependencies: [task_001]\n---\n\n# New\n\nWhat\n";
    there.files.insert(TreePath::new("context/task_003/task.md").unwrap(), SourceFile::new(new.as_bytes().to_vec()));
    there.forget(&TreePath::new("context/task_001/subtask_001.md").unwrap());
    edit(&mut there, "context/task_001/subtask_002.md", "dependencies: [1]", "dependencies: []");
    let back = back_to(&there, Target::TasksJson);
    let board = board(&back, &StatusSet::default());
    let ids: Vec<String> = board.tasks.keys().map(ToString::to_string).collect();
    assert_eq!(ids, ["1", "1.2", "2", "3", "x:1"]);
    assert!(!back.files.keys().any(|path| path.as_str().starts_with("context/")));
    let made = &board.tasks[&TaskId::parse("3").unwrap()];
    assert_eq!(made.dependencies[0].id.to_string(), "1");
    assert_eq!(made.record.fields.get("description").unwrap(), "What");
}

#[test]
fn what_was_edited_in_json_is_so_in_markdown() {
    let first = snapshot(&MARKDOWN);
    let mut there = there(&first, &request(Target::TasksJson));
    edit(&mut there, "tasks/tasks.json", "\"title\": \"Two\"", "\"title\": \"Three\"");
    edit(&mut there, "tasks/tasks.json", "\"status\": \"done\"", "\"status\": \"review\"");
    edit(&mut there, "tasks/tasks.json", "\"Body\"", "\"Other\"");
    let back = files(&back_to(&there, Target::Markdown));
    let text = |path: &str| back.iter().find(|(name, _)| name == path).unwrap().1.clone();
    assert_eq!(
        text("context/task_001/task.md"),
        MARKDOWN[0].1.replace(": done ✅", ": review").replace(": done", ": review")
    );
    assert_eq!(text("context/task_001/subtask_001.md"), MARKDOWN[1].1);
    assert_eq!(text("context/task_002/task.md"), MARKDOWN[2].1.replace("Two", "Three").replace("Body", "Other"));
}

fn mixed() -> Snapshot {
    let json = "{\"tasks\": [{\"id\": 1, \"title\": \"One\", \"status\": \"pending\"}, {\"id\": 9, \
                \"title\": \"Nine\", \"status\": \"pending\"}]}";
    let mut files = MARKDOWN.to_vec();
    files.push(("tasks/tasks.json", json));
    files.push(("tasks/task_001.txt", "# Task ID: 1\n# Title: One\n# Status: pending\n"));
    files.push(("context/README.md", "A note\n"));
    snapshot(&files)
}

#[test]
fn contradictions_are_refused_until_somebody_has_said_who_is_right() {
    let first = mixed();
    for target in [Target::Markdown, Target::TasksJson] {
        let refused = forward(&first, &StatusSet::default(), &request(target)).unwrap_err();
        assert_eq!(refused.list(), ["1 status: markdown says `done`, tasks.json `pending`, generated text `pending`"]);
        for side in [Side::Markdown, Side::Json] {
            let decided = MigrationRequest { otherwise: Some(side), ..request(target) };
            let there = there(&first, &decided);
            let status = board(&there, &StatusSet::default()).tasks[&TaskId::parse("1").unwrap()].status().to_owned();
            assert_eq!(status, if side == Side::Markdown { "done" } else { "pending" }, "{target:?}");
            assert!(text(&there, "tasks/task_001.txt").ends_with(&format!("Status: {status}\n")));
            let other = if target == Target::Markdown { Target::TasksJson } else { Target::Markdown };
            assert_eq!(files(&back_to(&there, other)), files(&first), "{target:?} {side:?}");
        }
    }
}

#[test]
fn a_task_that_stood_in_both_takes_its_new_status_to_both() {
    let first = mixed();
    let decided = MigrationRequest { otherwise: Some(Side::Markdown), ..request(Target::Markdown) };
    let mut there = there(&first, &decided);
    edit(&mut there, "context/task_001/task.md", "status: done", "status: review");
    let back = back_to(&there, Target::TasksJson);
    assert!(
        text(&back, "tasks/tasks.json")
            .starts_with("{\"tasks\": [{\"id\": 1, \"title\": \"One\", \"status\": \"review\"}")
    );
    assert!(text(&back, "context/task_001/task.md").contains("status: review"));
}

#[test]
fn one_tag_is_migrated_alone() {
    let first = snapshot(&[("tasks/tasks.json", JSON)]);
    let mut there = there(&first, &MigrationRequest { tag: Some("x".to_owned()), ..request(Target::Markdown) });
    assert_eq!(
        text(&there, "tasks/tasks.json"),
        JSON.replace("[{ \"id\": 1, \"title\": \"\", \"status\": \"pending\" }]", "[]")
    );
    assert_eq!(files(&back_to(&there, Target::TasksJson)), files(&first));
    edit(&mut there, "tasks/tasks.json", "in-progress", "done");
    edit(&mut there, "context/x/task_001/task.md", "status: pending", "status: done");
    let expected = JSON
        .replace("in-progress", "done")
        .replace("\"title\": \"\", \"status\": \"pending\"", "\"title\": \"\", \"status\": \"done\"");
    assert_eq!(text(&back_to(&there, Target::TasksJson), "tasks/tasks.json"), expected);
}

#[test]
fn what_cannot_be_read_is_refused_or_stays() {
    let first = snapshot(&[("tasks/tasks.json", JSON), ("tasks.json", "{\"tasks\": [}")]);
    let refused = forward(&first, &StatusSet::default(), &request(Target::Markdown)).unwrap_err();
    assert!(matches!(&refused, Refusal::Unreadable(list) if list.len() == 1), "{refused:?}");
    let skip = MigrationRequest { unreadable: Unreadable::Skip, ..request(Target::Markdown) };
    let there = there(&first, &skip);
    assert_eq!(text(&there, "tasks.json"), "{\"tasks\": [}");
    assert_eq!(files(&back_to(&there, Target::TasksJson)), files(&first));
}

#[test]
fn names_that_differ_by_case_are_refused() {
    let json = r#"{"tasks": [{"id": "Login", "title": "A"}, {"id": "login", "title": "B"}]}"#;
    let refused = forward(&snapshot(&[("tasks/tasks.json", json)]), &StatusSet::default(), &request(Target::Markdown));
    assert_eq!(refused.unwrap_err().list(), ["context/Login/task.md and context/login/task.md"]);
}

#[test]
fn a_word_that_a_subtask_waits_for_is_named_in_full() {
    let subtask = "---\ntask_id: 1\nsubtask_id: 1\ntitle: One\nstatus: pending\ndependencies: []\n---\n";
    let first = snapshot(&[
        ("context/task_001/subtask_001.md", subtask),
        ("tasks/tasks.json", "[\n  {\"id\": \"1.1\", \"dependencies\": [\"gone\"]}\n]"),
    ]);
    for (target, other) in [(Target::TasksJson, Target::Markdown), (Target::Markdown, Target::TasksJson)] {
        let right = MigrationRequest { otherwise: Some(Side::Json), ..request(target) };
        let there = there(&first, &right);
        let board = board(&there, &StatusSet::default());
        let task = &board.tasks[&TaskId::parse("1.1").unwrap()];
        assert_eq!(task.dependencies[0].id, TaskId::parse("gone").unwrap());
        assert_eq!(files(&back_to(&there, other)), files(&first));
    }
}

#[test]
fn a_name_in_a_list_means_the_same_where_a_sibling_comes_to_stand_beside_it() {
    let part = |number: u32| {
        format!("---\ntask_id: 1\nsubtask_id: {number}\ntitle: One\nstatus: pending\ndependencies: []\n---\n")
    };
    let first = snapshot(&[
        ("context/task_001/subtask_001.md", &part(1)),
        ("context/task_001/subtask_002.md", &part(2)),
        ("tasks/tasks.json", r#"{"master": {"tasks": [{"id": "1", "subtasks": [{"id": "2", "dependencies": "1"}]}]}}"#),
    ]);
    let there = there(&first, &MigrationRequest { otherwise: Some(Side::Json), ..request(Target::TasksJson) });
    let board = board(&there, &StatusSet::default());
    assert_eq!(board.tasks[&TaskId::parse("1.2").unwrap()].dependencies[0].id, TaskId::parse("1").unwrap());
    assert_eq!(files(&back_to(&there, Target::Markdown)), files(&first));
}

#[test]
fn an_entry_of_a_list_keeps_its_meaning_when_a_sibling_comes() {
    let list = "[\n  {\"id\": \"1\", \"subtasks\": [{\"id\": \"2\", \"dependencies\": \"1\"}]}\n]";
    let sibling = "---\ntask_id: task_001\nsubtask_id: subtask_001\ntitle: One\nstatus: pending\ndependencies: \n  - 2\n  - '1.1'\n---\n";
    let two = "---\ntask_id: 2\ntitle: One\nstatus: pending\ndependencies: []\n---\n";
    let files_of =
        [("context/task_001/subtask_001.md", sibling), ("context/task_002/task.md", two), ("tasks/tasks.json", list)];
    let first = snapshot(&files_of);
    let there = there(&first, &request(Target::TasksJson));
    assert_eq!(files(&back_to(&there, Target::Markdown)), files(&first));
}
