use proptest::prelude::*;

use super::*;
use crate::format::edit::FieldEdit;

/// An edit of the small tree below: which task, where, which field, and the text.
type Step = (usize, usize, usize, usize, bool);

const JSON: &str = r#"{"tasks": [
  {"id": 1, "status": "pending", "updatedAt": "2025-01-01", "subtasks": [{"id": 1, "status": "done"}, "text"]},
  {"id": 2, "title": "é", "status": 5, "dependencies": [1, 9]},
  {"id": 3, "status": "pending", "status": "b\u006cocked", "updatedAt": null},
  {"id": 3, "status": "deferred"},
  {"id": 4}
]}"#;
const MARKDOWN: &str = "---\ntask_id: 2\nstatus: pending\nupdated: 2025-01-01\n---\n- **Status**: pending\n";
const MARKED: &str = "---\ntask_id: 4\nstatus: done\n---\n- **Status**: done ✅\n";

fn tree() -> Snapshot {
    let files = [
        ("tasks/tasks.json", JSON),
        ("context/task_002/task.md", MARKDOWN),
        ("context/task_004/task.md", MARKED),
        ("tasks/task_001.txt", "# Task ID: 1\n# Title: A\n# Status: pending\n"),
    ];
    let files = files.map(|(path, text)| (TreePath::new(path).unwrap(), SourceFile::new(text.as_bytes())));
    Snapshot { files: files.into_iter().collect(), ..Snapshot::empty() }
}

fn edit_of((task, place, field, text, _): Step) -> TaskEdit {
    let task = TaskId::parse(["1", "1.1", "1.2", "2", "3", "4", "7"][task]).unwrap();
    let (path, kind) = [
        ("tasks/tasks.json", RecordKind::TasksJson),
        ("tasks/tasks.json", RecordKind::TasksJson),
        ("context/task_002/task.md", RecordKind::FrontMatter),
        ("context/task_004/task.md", RecordKind::BodyBullet),
        ("tasks/task_001.txt", RecordKind::GeneratedText),
    ][place];
    let edit =
        FieldEdit::new(["status", "updatedAt", "updated"][field], ["done", "pending", "doing", "ü\"", "5"][text]);
    TaskEdit { task, path: TreePath::new(path).unwrap(), kind, edit }
}

/// A task without what moves when something above it in its file does.
fn without_spans(board: &Board) -> crate::model::Tasks {
    let mut tasks = board.tasks.clone();
    for task in tasks.values_mut() {
        let record = Arc::make_mut(&mut task.record);
        record.span = crate::model::Span::at(0);
        (record.status_span, record.dependencies_span) = (None, None);
    }
    tasks
}

/// One edit as it would be made in a tree where nothing is remembered.
fn alone(snapshot: &mut Snapshot, edit: &TaskEdit) -> Result<Option<Value>, EditError> {
    let start = snapshot.clone();
    let mut workspace = Workspace::new(&start, &StatusSet::default());
    let check_mark = workspace.check_mark(edit);
    let file = snapshot.files.get(&edit.path).ok_or(EditError::NoSuchRecord)?;
    let patches = format::edit(&edit.path, edit.kind, file.bytes(), &edit.task, &edit.edit, check_mark)?;
    if patches.is_empty() {
        return Ok(None);
    }
    let old = workspace.value(edit);
    let bytes = format::patch::apply(file.bytes(), &patches).unwrap();
    snapshot.files.insert(edit.path.clone(), SourceFile::new(bytes));
    Ok(Some(old))
}

proptest! {
    #[test]
    fn edits_together_are_the_edits_one_by_one(
        steps in prop::collection::vec((0..7_usize, 0..5_usize, 0..3_usize, 0..5_usize, any::<bool>()), 1..12)
    ) {
        let mut files = tree();
        let mut settled = format::board(&files, StatusSet::default());
        let start = files.clone();
        let mut workspace = Workspace::new(&start, &StatusSet::default());
        for step in steps {
            let edit = edit_of(step);
            prop_assert_eq!(workspace.apply(&edit), alone(&mut files, &edit), "{:?}", edit);
            workspace.refresh();
            let now = format::board(&files, StatusSet::default());
            prop_assert_eq!(without_spans(workspace.board()), without_spans(&now));
            if step.4 {
                let changes = workspace.settle().map(|settled| settled.changes).unwrap_or_default();
                prop_assert_eq!(format!("{changes:#?}"), format!("{:#?}", diff(&settled, &now)));
                settled = now;
            }
        }
        prop_assert!(workspace.snapshot().changed_files(&files).is_empty());
    }
}

#[test]
fn statuses_are_spelled_as_the_tree_spells_them() {
    let file = |id: u32, status: &str, bullet: &str| {
        let text = format!("---\ntask_id: {id}\nstatus: {status}\n---\n- **Status**: {bullet}\n");
        (format!("context/task_00{id}/task.md"), text)
    };
    let list = r#"{"tasks": [{"id": 4, "status": "completed"}, {"id": 5, "status": "pending"}]}"#;
    let files = [
        file(1, "completed", "Completed ✅"),
        file(2, "completed", "Completed ✅"),
        file(3, "in-progress", "in-progress 🔄"),
        ("tasks/tasks.json".to_owned(), list.to_owned()),
    ];
    let files = files.map(|(path, text)| (TreePath::new(path).unwrap(), SourceFile::new(text.into_bytes())));
    let snapshot = Snapshot { files: files.into_iter().collect(), ..Snapshot::empty() };
    let mut workspace = Workspace::new(&snapshot, &StatusSet::default());
    for (id, status) in [("3", "done"), ("5", "done")] {
        let board = workspace.board().clone();
        let task = &board.tasks[&TaskId::parse(id).unwrap()];
        for edit in TaskEdit::status_as_spelled(task, status, &board, StatusPlaces::All) {
            workspace.apply(&edit).unwrap();
        }
        workspace.refresh();
    }
    let text = |path: &str, workspace: &mut Workspace<'_>| {
        String::from_utf8(workspace.snapshot().bytes(&TreePath::new(path).unwrap()).unwrap().to_vec()).unwrap()
    };
    let (_, expected) = file(3, "completed", "Completed ✅");
    assert_eq!(text("context/task_003/task.md", &mut workspace), expected);
    assert_eq!(text("tasks/tasks.json", &mut workspace), list.replace("pending", "completed"));
    // A spelling that is there is kept, and one that nobody uses yet is written as it was given.
    let board = workspace.board().clone();
    let task = &board.tasks[&TaskId::parse("3").unwrap()];
    for (given, written) in [("WIP", "WIP"), ("Review", "Review")] {
        let edits = TaskEdit::status_as_spelled(task, given, &board, StatusPlaces::Home);
        assert_eq!(edits[0].edit.value, written);
    }
}
