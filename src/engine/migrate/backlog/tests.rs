use super::*;
use crate::model::TreePath;

fn task(id: &str, status: &str, more: &str) -> Vec<u8> {
    format!("---\nid: {id}\ntitle: 'T: {id}'\nstatus: {status}\n{more}---\n\nBody of {id}\n").into_bytes()
}

fn backlog(files: &[(Shelf, &str, Vec<u8>)]) -> Backlog {
    let files = files.iter().map(|(shelf, name, bytes)| (*shelf, format!("{name} - t.md"), bytes.clone()));
    let statuses = ["Ideas", "In Progress", "QA", "Shipped"].map(ToOwned::to_owned).to_vec();
    let settings = BacklogSettings { statuses, ..BacklogSettings::default() };
    Backlog {
        folder: "backlog".to_owned(),
        settings,
        unread_settings: None,
        files: files.collect(),
        others: Vec::new(),
    }
}

fn request() -> ImportRequest {
    ImportRequest { tag: None, statuses: BTreeMap::new(), taken: TakenIds::Refuse, unreadable: Unreadable::Refuse }
}

fn text(migration: &Migration, path: &str) -> String {
    let bytes = migration.changes[&TreePath::new(path).unwrap()].clone().unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn drafts_and_the_archive_have_tags_of_their_own() {
    let source = backlog(&[
        (Shelf::Tasks, "task-1", task("TASK-1", "Ideas", "dependencies: [task-2, task-1.1, draft-1, task-4]\n")),
        (Shelf::Tasks, "task-1.1", task("TASK-1.1", "in progress", "parent_task_id: task-1\n")),
        (Shelf::Completed, "task-2", task("TASK-2", "Shipped", "")),
        (Shelf::Drafts, "draft-1", task("DRAFT-1", "Draft", "")),
        (Shelf::Archive, "task-1", task("TASK-1", "Won't Do", "")),
        (Shelf::Archive, "task-4", task("TASK-4", "To Do", "")),
    ]);
    let migration = import(&Snapshot::empty(), &StatusSet::default(), &source, &request()).unwrap();
    let paths: Vec<&str> = migration.changes.keys().map(TreePath::as_str).collect();
    assert_eq!(
        paths,
        [
            "context/archive/task_001/task.md",
            "context/archive/task_004/task.md",
            "context/drafts/task_001/task.md",
            "context/task_001/subtask_001.md",
            "context/task_001/task.md",
            "context/task_002/task.md",
        ]
    );
    assert_eq!(
        text(&migration, "context/task_001/task.md"),
        "---\ntask_id: task_001\nsubtask_id: null\nbacklog_id: TASK-1\ntitle: 'T: TASK-1'\nstatus: pending\n\
         dependencies: [task_002, 1.1, 'drafts:task_001', 'archive:task_004']\n---\n\nBody of TASK-1\n"
    );
    assert!(text(&migration, "context/task_002/task.md").contains("status: done\n"));
    assert!(text(&migration, "context/archive/task_001/task.md").contains("status: cancelled\n"));
    assert!(text(&migration, "context/task_001/subtask_001.md").contains("status: in-progress\n"));
}

#[test]
fn statuses_that_nobody_knows_are_refused_until_somebody_has_said_what_they_mean() {
    let source = backlog(&[(Shelf::Tasks, "task-1", task("TASK-1", "QA", ""))]);
    let refused = import(&Snapshot::empty(), &StatusSet::default(), &source, &request()).unwrap_err();
    assert_eq!(refused, Refusal::Statuses(vec![("QA".to_owned(), 1)]));
    let said = ImportRequest { statuses: BTreeMap::from([("qa".to_owned(), "Testing".to_owned())]), ..request() };
    let migration = import(&Snapshot::empty(), &StatusSet::default(), &source, &said).unwrap();
    assert!(text(&migration, "context/task_001/task.md").contains("status: testing\n"));
}

#[test]
fn ids_that_are_there_are_refused_or_numbered_on() {
    let source = backlog(&[
        (Shelf::Tasks, "task-1", task("TASK-1", "Done", "")),
        (Shelf::Tasks, "task-1.1", task("TASK-1.1", "Done", "")),
        (Shelf::Tasks, "task-7", task("TASK-7", "Done", "dependencies:\n  - TASK-1.1\n  - TASK-1\n")),
    ]);
    let there = "---\ntask_id: 1\ntitle: x\nstatus: done\n---\n".as_bytes().to_vec();
    let mut tree = Snapshot::empty();
    tree.files.insert(TreePath::new("context/mine/task.md").unwrap(), SourceFile::new(there));
    let refused = import(&tree, &StatusSet::default(), &source, &request()).unwrap_err();
    assert_eq!(refused.list(), ["1"]);
    let on = ImportRequest { taken: TakenIds::NumberOn, ..request() };
    let migration = import(&tree, &StatusSet::default(), &source, &on).unwrap();
    let ids: Vec<String> = migration.moved.iter().map(ToString::to_string).collect();
    assert_eq!(ids, ["8", "8.1", "7"]);
    assert!(text(&migration, "context/task_007/task.md").contains("  - 8.1\n  - task_008\n"));
}

#[test]
fn an_id_that_is_there_twice_is_refused() {
    let source = backlog(&[
        (Shelf::Tasks, "task-1", task("TASK-1", "Done", "")),
        (Shelf::Completed, "task-01", task("task-01", "Done", "")),
    ]);
    let refused = import(&Snapshot::empty(), &StatusSet::default(), &source, &request()).unwrap_err();
    assert_eq!(refused.list(), ["1: backlog/tasks/task-1 - t.md and backlog/completed/task-01 - t.md"]);
}

#[test]
fn what_cannot_be_read_is_refused_or_left_out() {
    let source = backlog(&[
        (Shelf::Tasks, "task-1", task("TASK-1", "Done", "")),
        (Shelf::Tasks, "task-2", b"---\nid: x: y\n---\n".to_vec()),
    ]);
    let refused = import(&Snapshot::empty(), &StatusSet::default(), &source, &request()).unwrap_err();
    assert!(refused.list()[0].starts_with("backlog/tasks/task-2 - t.md:2: "), "{refused:?}");
    let skip = ImportRequest { unreadable: Unreadable::Skip, ..request() };
    let migration = import(&Snapshot::empty(), &StatusSet::default(), &source, &skip).unwrap();
    assert_eq!(migration.changes.len(), 1);
}
