//! Whatever a list holds that can be parsed: it goes there and back to the same bytes, and an edit in between is
//! that edit alone.

use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::engine::workspace::{StatusPlaces, TaskEdit, Workspace};
use crate::model::Code;

fn spelled_id() -> impl Strategy<Value = String> {
    select(vec![
        "1",
        "2",
        "3",
        "10",
        "\"1\"",
        "\"2\"",
        "\"1.1\"",
        "1.2",
        "\"task_004\"",
        "\"TASK-005\"",
        "\"b1f9-aa\"",
        "\"login\"",
        "\"007\"",
        "31.1",
        "12345678901234567890",
        "\"\\u0031\"",
    ])
    .prop_map(str::to_owned)
}

fn text() -> impl Strategy<Value = String> {
    select(vec![
        "\"\"",
        "\" \"",
        "\"plain\"",
        "\"a: b\"",
        "\"a #b\"",
        "\"- x\"",
        "\"'q' \\\"p\\\"\"",
        "\"line\\n---\\nline\"",
        "\"---\"",
        "\"## Details\\n\\nx\"",
        "\"x\\n\\n## Test Strategy\\n\\ny\"",
        "\"\\r\\n\"",
        "\"end\\n\\n\"",
        "\"\\n\\nstart\"",
        "\"- **Status**: done\"",
        "\"caf\\u00e9 \\ud83d\\ude00 \\ud83d\"",
        "\"tab\\there\\u0000\\u0085\\u2028\\ufeff\"",
        "\"null\"",
        "\"1.10\"",
        "null",
        "7",
        "1.10",
        "1e400",
        "true",
        "[1, {\"a\": null}]",
        "{\"b\": [], \"a\": {}}",
        "\"# One\\n\"",
        "\"<<<<<<< HEAD\\n=======\\n>>>>>>> x\"",
    ])
    .prop_map(str::to_owned)
}

fn status() -> impl Strategy<Value = String> {
    select(vec![
        "\"pending\"",
        "\"done\"",
        "\"Done\"",
        "\"completed\"",
        "\"in_progress\"",
        "\"odd one\"",
        "null",
        "3",
        "\"\"",
    ])
    .prop_map(str::to_owned)
}

fn dependencies() -> impl Strategy<Value = String> {
    let one = select(vec![
        "1",
        "\"1\"",
        "\"1.1\"",
        "2",
        "1.1",
        "\"task_002\"",
        "\"29.1,29.2\"",
        "\"gone\"",
        "null",
        "\"a b\"",
        "\"\"",
    ]);
    prop_oneof![
        prop::collection::vec(one, 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
        Just("null".to_owned()),
        Just("\"1\"".to_owned()),
    ]
}

fn member(
    key: &'static str,
    value: impl Strategy<Value = String> + 'static,
) -> BoxedStrategy<Option<(String, String)>> {
    prop::option::weighted(0.7, value.prop_map(move |value| (format!("\"{key}\""), value))).boxed()
}

fn task(depth: u32) -> BoxedStrategy<String> {
    let odd = select(vec![
        "\"task_id\"",
        "\"subtask_id\"",
        "\"parent_task\"",
        "\"parentId\"",
        "\"a: b\"",
        "\"\"",
        "\"<<\"",
        "\"updatedAt\"",
        "\"title\"",
        "\"---\"",
        "\"k\\n\"",
    ]);
    let extra = prop::option::of((odd.prop_map(str::to_owned), text()));
    let subtasks = if depth == 0 {
        select(vec!["[]", "null", "[\"a text\"]"]).prop_map(str::to_owned).boxed()
    } else {
        prop::collection::vec(task(depth - 1), 0..3).prop_map(|items| format!("[{}]", items.join(", "))).boxed()
    };
    let members = (
        prop::option::weighted(0.95, spelled_id().prop_map(|value| ("\"id\"".to_owned(), value))),
        member("title", text()),
        member("description", text()),
        member("details", text()),
        member("testStrategy", text()),
        member("status", status()),
        member("priority", text()),
        member("dependencies", dependencies()),
        extra,
        prop::option::of(subtasks.prop_map(|value| ("\"subtasks\"".to_owned(), value))),
    );
    members
        .prop_map(|(a, b, c, d, e, f, g, h, i, j)| {
            let all = [a, b, c, d, e, f, g, h, i, j].into_iter().flatten();
            let all: Vec<String> = all.map(|(key, value)| format!("{key}: {value}")).collect();
            format!("{{{}}}", all.join(", "))
        })
        .boxed()
}

fn list() -> impl Strategy<Value = String> {
    prop::collection::vec(task(2), 0..4).prop_map(|tasks| format!("[\n  {}\n]", tasks.join(",\n  ")))
}

fn document() -> impl Strategy<Value = String> {
    let tags = select(vec!["master", "x", "feature/y", "v1.0", "odd tag", "tasks"]);
    let tagged = prop::collection::vec((tags, list()), 1..4).prop_map(|tags| {
        let tags: Vec<String> = tags.iter().map(|(tag, list)| format!("\"{tag}\": {{\"tasks\": {list}}}")).collect();
        format!("{{{}}}", tags.join(",\t"))
    });
    let document =
        prop_oneof![tagged, list().prop_map(|list| format!("{{\"meta\": {{}}, \"tasks\": {list}}}")), list(),];
    (document, select(vec!["", "\n", "\r\n"]), select(vec!["", "\u{feff}"]))
        .prop_map(|(document, end, start)| format!("{start}{document}{end}"))
}

fn tree(text: &str, more: Option<&str>) -> Snapshot {
    let mut files = vec![("tasks/tasks.json", text)];
    files.extend(more.map(|text| ("tasks.json", text)));
    let files =
        files.into_iter().map(|(path, text)| (TreePath::known(path), SourceFile::new(text.as_bytes().to_vec())));
    Snapshot { files: files.collect(), ..Snapshot::empty() }
}

pub(super) fn bytes(snapshot: &Snapshot) -> Vec<(String, String)> {
    let text = |file: &SourceFile| String::from_utf8_lossy(file.bytes()).into_owned();
    snapshot.files.iter().map(|(path, file)| (path.to_string(), text(file))).collect()
}

proptest! {
    #[test]
    fn any_list_goes_there_and_back(text in document(), more in prop::option::weighted(0.2, document()), pick in any::<prop::sample::Index>()) {
        let statuses = StatusSet::default();
        let first = tree(&text, more.as_deref());
        let request = MigrationRequest {
            target: Target::Markdown,
            tag: None,
            winners: BTreeMap::new(),
            by_field: BTreeMap::new(),
            otherwise: Some(Side::Json),
            unreadable: Unreadable::Skip,
        };
        let migration = match forward(&first, &statuses, &request) {
            Ok(migration) => migration,
            Err(Refusal::Nothing) => return Ok(()),
            Err(refusal) => return Err(TestCaseError::fail(format!("{refusal}: {:?}\n{text}", refusal.list()))),
        };
        let there = changed(&first, &migration.changes);
        let returned = back(&there, &statuses, &MigrationRequest::to(Target::TasksJson));
        let returned = returned.map_err(|refusal| TestCaseError::fail(format!("{refusal}: {:?}\n{text}", refusal.list())))?;
        prop_assert_eq!(bytes(&changed(&there, &returned.unwrap().changes)), bytes(&first));

        // The same edit here and there.
        let board = board(&there, &statuses);
        if board.tasks.is_empty() { return Ok(()); }
        let task = &board.tasks[pick.get(&board.tasks.keys().cloned().collect::<Vec<_>>())];
        let mark = |snapshot: &Snapshot| {
            let mut workspace = Workspace::new(snapshot, &statuses);
            let home = workspace.board().tasks[&task.id].clone();
            for edit in TaskEdit::status(&home, "review", &statuses, StatusPlaces::All) {
                workspace.apply(&edit).ok()?;
            }
            Some(workspace.snapshot().clone())
        };
        let (Some(there), here) = (mark(&there), mark(&first)) else {
            return Err(TestCaseError::fail("Markdown can be edited"));
        };
        match (back(&there, &statuses, &MigrationRequest::to(Target::TasksJson)), here) {
            (Ok(returned), Some(here)) => prop_assert_eq!(bytes(&changed(&there, &returned.unwrap().changes)), bytes(&here)),
            // What is a plain text there, or has no place for it, cannot be edited here either.
            (Err(Refusal::Edit { .. }), None) => {}
            (Err(refusal), _) => return Err(TestCaseError::fail(format!("{refusal}: {:?}\n{text}", refusal.list()))),
            (Ok(_), None) => return Err(TestCaseError::fail("it cannot be edited here")),
        }
    }
}

pub(super) fn front_matter(id: &'static str, subtask: Option<&'static str>) -> impl Strategy<Value = String> {
    let title =
        select(vec!["One", "'a: b'", "\"x\\u0007y\"", "\"\"", "7", "null", "|\n  block\n  text", "Two # comment"]);
    let status = select(vec!["pending", "done", "'Done'", "production_ready", "null", "\"a: b\"", "3"]);
    let dependencies = select(vec![
        "[]",
        "[task_002, 1]",
        "[subtask_001]",
        "1",
        "\n  - 2\n  - '1.1'",
        "[18.5, gone]",
        "null",
        "[a b]",
        "none",
    ]);
    let extra = select(vec![
        "",
        "created: 2025-01-15\n",
        "tags: [a, {b: 1.10}]\n",
        "id: 9\n",
        "subtasks: [x]\n",
        "details: here\n",
        "n: 1.10\n",
        "parent_task: task_001\n",
        "# a comment\n",
        "deep:\n  a:\n    - b: c\n",
        "'odd key': ~\n",
        "priority: HIGH\n",
    ]);
    let body = select(vec![
        "",
        "\n# One\n\nText\n",
        "\n# One\n\n- **Status**: done ✅\n\n## Details\n\nd\n---\n",
        "no heading\n",
        "\n## Test Strategy\nx\n\n## Details\ny",
        "\n\n\n",
        "\n# One\r\n\r\nmixed\n",
        "\n# A\n\n<<<<<<< HEAD\n",
    ]);
    (title, status, dependencies, extra, body, any::<bool>()).prop_map(move |(title, status, dependencies, extra, body, crlf)| {
        let subtask = subtask.map(|id| format!("subtask_id: {id}\n")).unwrap_or_default();
        let text = format!(
            "---\ntask_id: {id}\n{subtask}title: {title}\nstatus: {status}\ndependencies: {dependencies}\n{extra}---\n{body}"
        );
        if crlf { text.replace('\n', "\r\n") } else { text }
    })
}

pub(super) fn has_nameless(snapshot: &Snapshot, statuses: &StatusSet) -> bool {
    board(snapshot, statuses).diagnostics.iter().any(|finding| finding.code == Code::MISSING_SUBTASK_ID)
}

pub(super) fn markdown_tree() -> impl Strategy<Value = Snapshot> {
    let file = |path: &'static str, id: &'static str, subtask: Option<&'static str>| {
        prop::option::weighted(0.7, front_matter(id, subtask).prop_map(move |text| (path.to_owned(), text)))
    };
    let files = (
        file("context/task_001/task.md", "task_001", Some("null")),
        file("context/task_001/subtask_001.md", "task_001", Some("subtask_001")),
        file("context/task_001/subtask_002.md", "1", Some("2")),
        file("context/task_002/task.md", "2", None),
        file("context/audit/task.md", "audit", None),
        file("context/x/task_001/task.md", "'x:task_001'", None),
        file("context/again/task.md", "task_002", None),
        file("context/note.md", "1.2.3", None),
        prop::option::weighted(0.3, document().prop_map(|text| ("tasks/tasks.json".to_owned(), text))),
    );
    files.prop_map(|(a, b, c, d, e, f, g, h, i)| {
        let files = [a, b, c, d, e, f, g, h, i].into_iter().flatten();
        let files = files.map(|(path, text)| (TreePath::new(path).unwrap(), SourceFile::new(text.into_bytes())));
        Snapshot { files: files.collect(), ..Snapshot::empty() }
    })
}

proptest! {
    #[test]
    fn any_files_go_there_and_back(first in markdown_tree(), to_list in any::<bool>(), json_is_right in any::<bool>()) {
        let statuses = StatusSet::default();
        let (target, other) = if to_list { (Target::TasksJson, Target::Markdown) } else { (Target::Markdown, Target::TasksJson) };
        let request = MigrationRequest {
            target,
            tag: None,
            winners: BTreeMap::new(),
            by_field: BTreeMap::new(),
            otherwise: Some(if json_is_right { Side::Json } else { Side::Markdown }),
            unreadable: Unreadable::Skip,
        };
        let migration = match forward(&first, &statuses, &request) {
            Ok(migration) => migration,
            // Whatever cannot be written is refused whole.
            Err(Refusal::Nothing | Refusal::Edit { .. } | Refusal::Taken(_)) => return Ok(()),
            // What has no id is taken for one that depends on its neighbours; `check` names it.
            Err(Refusal::NotReadBack(_)) if has_nameless(&first, &statuses) => return Ok(()),
            Err(refusal) => {
                return Err(TestCaseError::fail(format!("{refusal}: {:?}\n{:#?}", refusal.list(), bytes(&first))));
            }
        };
        let there = changed(&first, &migration.changes);
        let returned = back(&there, &statuses, &MigrationRequest::to(other));
        let returned = returned.map_err(|refusal| TestCaseError::fail(format!("{refusal}: {:?}\n{:#?}", refusal.list(), bytes(&first))))?;
        prop_assert_eq!(bytes(&changed(&there, &returned.unwrap().changes)), bytes(&first));
    }
}
