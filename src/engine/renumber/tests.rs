use super::*;
use crate::engine::migrate::changed;

fn snapshot(files: &[(&str, &str)]) -> Snapshot {
    let files = files.iter().map(|(path, text)| (TreePath::new(*path).unwrap(), SourceFile::new(text.as_bytes())));
    Snapshot { files: files.collect(), ..Snapshot::empty() }
}

fn pairs(wanted: &[&str]) -> Vec<(TaskId, TaskId)> {
    let id = |text: &str| TaskId::parse(text).unwrap();
    wanted.iter().map(|pair| pair.split_once('=').unwrap()).map(|(old, new)| (id(old), id(new))).collect()
}

/// The files afterwards, each as its path and text; or what is in the way.
fn done(files: &[(&str, &str)], wanted: &[&str]) -> Result<Vec<(String, String)>, Vec<String>> {
    let before = snapshot(files);
    let result = renumber(&before, &BTreeSet::new(), &StatusSet::default(), &pairs(wanted));
    let result = result.map_err(|refusal| refusal.obstacles.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    let after = changed(&before, &result.changes);
    let text = |file: &SourceFile| String::from_utf8(file.bytes().to_vec()).unwrap();
    Ok(after.files.iter().map(|(path, file)| (path.to_string(), text(file))).collect())
}

/// The one file afterwards.
#[track_caller]
fn list(text: &str, wanted: &[&str]) -> String {
    done(&[("tasks/tasks.json", text)], wanted).unwrap().remove(0).1
}

const LIST: &str = "{\"master\": {\"tasks\": [\n  \
    {\"id\": 1, \"status\": \"pending\", \"dependencies\": [], \"subtasks\": [\n    \
      {\"id\": 1, \"title\": \"a\", \"parentTaskId\": 1}, {\"id\": \"1.2\", \"dependencies\": [1, \"2\", 3.1], \"parentId\": \"1\"}]},\n  \
    {\"id\": \"2\", \"dependencies\": [1, \"1.2\", 1.1,\"task_001, 3\"], \"other\": \"1\", \"n\": 1.10},\n  \
    {\"id\": 3, \"dependencies\": [ ], \"parentId\": \"undefined\", \"subtasks\": [{\"id\": 1, \"dependencies\": [\"1.1\"]}]}\n\
    ]}}";

#[test]
fn a_list_keeps_every_other_byte() {
    let expected = LIST
        .replacen("{\"id\": 1,", "{\"id\": 20,", 1)
        .replace("\"parentTaskId\": 1}", "\"parentTaskId\": 20}")
        .replace(
            "\"1.2\", \"dependencies\": [1, \"2\", 3.1], \"parentId\": \"1\"",
            "\"20.2\", \"dependencies\": [1, \"2\", 3.1], \"parentId\": \"20\"",
        )
        .replace("[1, \"1.2\", 1.1,\"task_001, 3\"]", "[20, \"20.2\", 20.1,\"task_020, 3\"]")
        .replace("[\"1.1\"]", "[\"20.1\"]");
    assert_eq!(list(LIST, &["1=20"]), expected);
    assert_eq!(list(&expected, &["20=1"]), LIST, "and back");
}

#[test]
fn numbers_are_swapped() {
    let swapped = list(LIST, &["1=3", "3=1"]);
    assert!(swapped.contains("{\"id\": 3, \"status\": \"pending\""), "{swapped}");
    assert!(swapped.contains("[3, \"3.2\", 3.1,\"task_003, 1\"]"), "{swapped}");
    assert_eq!(list(&swapped, &["1=3", "3=1"]), LIST);
    let within = list(LIST, &["1.1=1.2", "1.2=1.1"]);
    assert!(within.contains("{\"id\": 2, \"title\": \"a\""), "{within}");
    // Its `2` would be a sibling's number now.
    assert!(within.contains("{\"id\": \"1.1\", \"dependencies\": [1.2, \"task_002\", 3.1]"), "{within}");
}

#[test]
fn a_number_that_would_be_read_otherwise_is_spelled_in_full() {
    // The sibling 2 and the task 2; afterwards 7 would be a sibling.
    let text =
        r#"{"tasks": [{"id": 1, "subtasks": [{"id": 1, "dependencies": [2]}, {"id": 7}]}, {"id": 2}, {"id": 7}]}"#;
    assert_eq!(list(text, &["2=9"]), text.replace("[2]", "[9]").replace("{\"id\": 2}", "{\"id\": 9}"));
    let swapped = list(text, &["2=7", "7=2"]);
    assert!(swapped.contains("\"dependencies\": [\"task_007\"]"), "{swapped}");
    // What is not renumbered itself is spelled in full, too, where a sibling gets that number.
    let text = r#"{"tasks": [{"id": 1, "subtasks": [{"id": 1, "dependencies": [5]}, {"id": 2}]}, {"id": 5}]}"#;
    let moved = list(text, &["1.2=1.5"]);
    assert!(moved.contains("\"dependencies\": [\"task_005\"]}, {\"id\": 5}"), "{moved}");
    // A float that would lose its last digit.
    let text = r#"{"tasks": [{"id": 1, "subtasks": [{"id": 1}]}, {"id": 2, "dependencies": [1.1]}]}"#;
    assert!(list(text, &["1.1=1.10"]).contains("\"dependencies\": [\"1.10\"]"));
    assert!(list(text, &["1=audit"]).contains("{\"id\": \"audit\", \"subtasks\": [{\"id\": 1}]}"));
}

const FILES: [(&str, &str); 7] = [
    (
        "context/notes.md",
        "See [one](task_001/task.md#x), [two](task_002/task.md), task_001 and `[no](task_001/task.md)`.\n",
    ),
    ("context/task_001/notes.md", "---\ntask_id: task_001\n---\nA note of task_001.\n"),
    (
        "context/task_001/subtask_005.md",
        "---\ntask_id: \"task_001\" # mine\nsubtask_id: subtask_005\nstatus: done\nparent_task: task_001\ndependencies: [subtask_006, '2', 1.6]\n---\n\
         # Five\n- **ID**: task_001/subtask_005\n- **Parent**: task_001\n- **Status**: done\nOf task_001.\n",
    ),
    ("context/task_001/subtask_006.md", "---\ntask_id: 1\nsubtask_id: 6\nstatus: done\n---\n[five](subtask_005.md)\n"),
    (
        "context/task_001/task.md",
        "---\r\ntask_id: task_001\r\nsubtask_id: null\r\nstatus: done\r\ndependencies: []\r\n---\r\n- **ID**: `task_001`\r\n```\n- **ID**: task_001\n```\n",
    ),
    (
        "context/task_002/task.md",
        "---\ntask_id: task_002\nstatus: pending\ndependencies:\n  - task_001 # first\n  - 1.5\n---\n- **Dependencies**: task_001, 1.5\n",
    ),
    (
        "tasks/task_001.txt",
        "# Task ID: 1\n# Title: One\n# Status: done\n# Dependencies: None\n\n# Subtasks:\n## 5. Five [done]\n### Dependencies: 1.6, 2\n\n",
    ),
];

#[test]
fn files_folders_and_what_names_them_follow() {
    let after = done(&FILES, &["1=18"]).unwrap();
    let paths: Vec<&str> = after.iter().map(|(path, _)| path.as_str()).collect();
    let expected = [
        "context/notes.md",
        "context/task_002/task.md",
        "context/task_018/notes.md",
        "context/task_018/subtask_005.md",
        "context/task_018/subtask_006.md",
        "context/task_018/task.md",
        "tasks/task_018.txt",
    ];
    assert_eq!(paths, expected);
    let text = |path: &str| after.iter().find(|(other, _)| other == path).unwrap().1.as_str();
    let before = |path: &str| FILES.iter().find(|(other, _)| *other == path).unwrap().1;
    assert_eq!(
        text("context/notes.md"),
        before("context/notes.md").replacen("(task_001/", "(task_018/", 1),
        "links, and nothing else"
    );
    assert_eq!(text("context/task_018/notes.md"), "---\ntask_id: task_018\n---\nA note of task_001.\n");
    let five = before("context/task_001/subtask_005.md");
    assert_eq!(
        text("context/task_018/subtask_005.md"),
        five.replace("task_001", "task_018").replace("1.6", "18.6").replace("Of task_018", "Of task_001")
    );
    assert_eq!(
        text("context/task_018/task.md"),
        before("context/task_001/task.md").replacen("task_001", "task_018", 2)
    );
    let two = before("context/task_002/task.md").replace("task_001", "task_018").replace("1.5", "18.5");
    assert_eq!(text("context/task_002/task.md"), two);
    let generated = before("tasks/task_001.txt").replace("ID: 1", "ID: 18").replace("1.6", "18.6");
    assert_eq!(text("tasks/task_018.txt"), generated);
    let files: Vec<(&str, &str)> = after.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let back: Vec<(String, String)> = FILES.map(|(path, text)| (path.to_owned(), text.to_owned())).into();
    assert_eq!(done(&files, &["18=1"]).unwrap(), back, "and back");
}

#[test]
fn a_subtask_gets_another_number_and_folders_are_swapped() {
    let after = done(&FILES, &["1.5=1.7"]).unwrap();
    let text = |path: &str| after.iter().find(|(other, _)| other == path).unwrap().1.as_str();
    assert!(text("context/task_001/subtask_007.md").contains("subtask_id: subtask_007"));
    assert!(text("context/task_001/subtask_006.md").ends_with("[five](subtask_007.md)\n"));
    assert!(text("context/task_002/task.md").contains("  - 1.7\n"));
    assert!(text("tasks/task_001.txt").contains("## 7. Five [done]\n"));
    let swapped = done(&FILES, &["1=2", "2=1"]).unwrap();
    let text = |path: &str| swapped.iter().find(|(other, _)| other == path).unwrap().1.as_str();
    assert!(text("context/task_001/task.md").contains("  - task_002 # first\n  - 2.5\n"));
    assert!(text("context/task_002/subtask_005.md").contains("dependencies: [subtask_006, '1', 2.6]"));
}

#[test]
fn everything_that_is_in_the_way_is_listed() {
    let refused = |wanted: &[&str]| done(&FILES, wanted).unwrap_err();
    assert_eq!(refused(&["7=8", "1=2"]), ["there is no task 7", "the number 2 for task 1 is taken"]);
    assert_eq!(refused(&["1=8", "2=8"]), ["the number 8 for task 2 is taken"]);
    assert_eq!(refused(&["1=1"]), ["task 1 is given more than one number, or its own"]);
    assert_eq!(refused(&["1=x:8"]), ["task 1 cannot become x:8: the tag stays"]);
    assert_eq!(refused(&["1.5=2.5"]), ["task 1.5 cannot become 2.5: what is part of a task stays part of it"]);
    assert_eq!(refused(&["2=1.9"]), ["task 2 cannot become 1.9: what is part of a task stays part of it"]);
    let with = |path: &'static str, text: &'static str| {
        let mut files = FILES.to_vec();
        files.push((path, text));
        done(&files, &["1=8"]).unwrap_err()
    };
    assert_eq!(with("context/task_008/old.md", "x"), ["`context/task_008/old.md` is in the way"]);
    assert_eq!(with("tasks/task_008.txt", "x"), ["`tasks/task_008.txt` is in the way"]);
    assert_eq!(with("context/x/task.md", "---\ntask_id: 1\n---\n"), ["task 1 is written twice"]);
    assert_eq!(
        with("context/x/task.md", "---\ntask_id: 9\ndependencies: [8]\n---\n"),
        ["task 9 names 8, which no task is called yet and task 1 would be called"]
    );
    assert!(with("context/x/task.md", "---\ntask_id: [\n---\n")[0].starts_with("context/x/task.md:"));
    assert_eq!(
        with("context/x/task.md", "---\ntask_id: 9\ndependencies: [\"\\x31\"]\n---\n"),
        [
            "`context/x/task.md`: `dependencies` cannot be changed safely: the name is written as a block, an alias, or with escapes"
        ]
    );
    assert_eq!(
        with("context/Task_008/a.md", "x"),
        ["`context/Task_008` and `context/task_008` would differ by case alone"]
    );
}

#[test]
fn mirrors_of_both_layouts_follow_and_tags_are_apart() {
    let list = r#"{"master": {"tasks": [{"id": 1, "status": "done", "subtasks": [{"id": 5, "status": "done", "dependencies": [6]}, {"id": 6}]}]},
        "x": {"tasks": [{"id": 1}, {"id": 2, "dependencies": [1]}]}}"#;
    let mut files = FILES.to_vec();
    files.push(("tasks/tasks.json", list));
    let after = done(&files, &["1=18"]).unwrap();
    let json = &after.iter().find(|(path, _)| path == "tasks/tasks.json").unwrap().1;
    assert_eq!(*json, list.replacen("{\"id\": 1", "{\"id\": 18", 1));
    let after = done(&files, &["x:1=7"]).unwrap();
    let json = &after.iter().find(|(path, _)| path == "tasks/tasks.json").unwrap().1;
    assert!(json.ends_with("[{\"id\": 7}, {\"id\": 2, \"dependencies\": [7]}]}}"), "{json}");
    assert_eq!(after.len(), files.len());
}

#[test]
fn what_no_format_knows_is_left_to_people_with_its_line() {
    let files = [
        (
            "context/task_001/task.md",
            "---\ntask_id: 1\nrelated: [2, 'task_018']\nblocks:\n  - 18.1\npoints: 18\nsupersedes: \"18\"\nx: {see: task_018}\n---\n# A\n\n- **ID**: 1\n- **Dependencies**: 18, 2\n- **Blocked by**: `#18`\n- **Points**: 18\n",
        ),
        ("context/task_002/task.md", "---\ntask_id: 2\ndependencies: [18]\n---\n- **Dependencies**: 18\n"),
        ("context/task_018/task.md", "---\ntask_id: 18\nrelated: 18\n---\n"),
        ("context/task_018/subtask_001.md", "---\ntask_id: 18\nsubtask_id: 1\n---\n"),
        (
            "tasks/tasks.json",
            "{\"x\": {\"tasks\": [{\"id\": 1, \"relatedTasks\": [18]},\n {\"id\": 2, \"relatedTasks\": [{\"id\": \"master:18\"}, 3]}],\n \
             \"metadata\": {\"lastTask\": \"master:18\", \"count\": 18}},\n\"currentTaskId\": 18, \"total\": 18}",
        ),
    ];
    let before = snapshot(&files);
    let result = renumber(&before, &BTreeSet::new(), &StatusSet::default(), &pairs(&["18=7"])).unwrap();
    assert_eq!(
        result.by_hand,
        [
            "context/task_001/task.md:3: task_018",
            "context/task_001/task.md:5: 18.1",
            "context/task_001/task.md:7: 18",
            "context/task_001/task.md:8: task_018",
            "context/task_001/task.md:13: 18",
            "context/task_001/task.md:14: #18",
            "context/task_007/task.md:3: 18",
            "tasks/tasks.json:2: master:18",
            "tasks/tasks.json:3: master:18",
            "tasks/tasks.json:4: 18",
        ]
    );
    let two = TreePath::new("context/task_002/task.md").unwrap();
    let text = result.changes[&two].as_deref().map(String::from_utf8_lossy).unwrap();
    assert_eq!(text, "---\ntask_id: 2\ndependencies: [7]\n---\n- **Dependencies**: 7\n");
}

#[test]
fn links_of_every_form_follow() {
    let body = "[a](../task_018/task.md) [b](<../task_018/task.md>) <a href=\"../task_018/\">x</a> [c](../task_018/)\n\n\
                [r]: ../task_018/task.md\n[s]: ../task_002/task.md\n";
    let files = [
        ("context/task_001/task.md", format!("---\ntask_id: 1\n---\n{body}")),
        ("context/task_002/task.md", "---\ntask_id: 2\n---\n".to_owned()),
        ("context/task_018/task.md", "---\ntask_id: 18\n---\n".to_owned()),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let result = renumber(&snapshot(&files), &BTreeSet::new(), &StatusSet::default(), &pairs(&["18=7"])).unwrap();
    let one = TreePath::new("context/task_001/task.md").unwrap();
    let text = result.changes[&one].as_deref().map(String::from_utf8_lossy).unwrap();
    assert_eq!(text, format!("---\ntask_id: 1\n---\n{}", body.replace("task_018", "task_007")));
}
