//! Whatever a tree holds that has both layouts: an edit that came while it was migrated is in it on the way back, where it
//! was made and in each place that says something of it, and nothing contradicts itself that did not before.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use super::properties::{bytes, front_matter as file, has_nameless, markdown_tree};
use super::sides::Sides;
use super::*;
use crate::engine::diff;
use crate::engine::workspace::{TaskEdit, Workspace};
use crate::format::edit::FieldEdit;
use crate::format::{front_matter, patch, tasks_json};
use crate::model::{RecordKind, Task};

/// Two tasks and a subtask, each in a file and in the list, which agree more often than not.
fn in_both() -> impl Strategy<Value = Snapshot> {
    let entry = |id: &'static str, more: &'static str| {
        let title = select(vec!["\"One\"", "\"One\"", "\"a: b\"", "\"New\"", "null"]);
        let status = select(vec!["\"pending\"", "\"pending\"", "\"done\"", "\"completed\""]);
        let others = select(vec![
            "",
            ", \"priority\": \"high\"",
            ", \"dependencies\": []",
            ", \"dependencies\": [\"18.5\", \"gone\"]",
            ", \"details\": \"here\", \"n\": 1.10",
        ]);
        let values = (title, status, others);
        values.prop_map(move |(title, status, others)| {
            format!("{{\"id\": {id}, \"title\": {title}, \"status\": {status}{others}{more}}}")
        })
    };
    let list = (entry("1", ", \"subtasks\": [SUBTASK]"), entry("1", ""), entry("2", ""))
        .prop_map(|(one, subtask, two)| format!("[\n  {},\n  {two}\n]\n", one.replace("SUBTASK", &subtask)));
    let files = (
        prop::option::weighted(0.8, file("task_001", Some("null"))),
        prop::option::weighted(0.8, file("task_001", Some("subtask_001"))),
        prop::option::weighted(0.8, file("2", None)),
        list.prop_map(Some),
    );
    files.prop_map(|(one, subtask, two, list)| {
        let paths = [
            "context/task_001/task.md",
            "context/task_001/subtask_001.md",
            "context/task_002/task.md",
            "tasks/tasks.json",
        ];
        let files = paths.into_iter().zip([one, subtask, two, list]);
        let files = files.filter_map(|(path, text)| Some((TreePath::known(path), SourceFile::new(text?.into_bytes()))));
        Snapshot { files: files.collect(), ..Snapshot::empty() }
    })
}

/// The tree in the layout of `target`; `None` where it is refused.
fn there(first: &Snapshot, target: Target, right: Side) -> Option<Snapshot> {
    let request =
        MigrationRequest { otherwise: Some(right), unreadable: Unreadable::Skip, ..MigrationRequest::to(target) };
    let migration = forward(first, &StatusSet::default(), &request).ok()?;
    Some(changed(first, &migration.changes))
}

fn is_own_file(snapshot: &Snapshot, path: &TreePath) -> bool {
    board(snapshot, &StatusSet::default()).tasks.values().any(|task| task.path == *path)
}

/// A line at the end of the front matter, or of the file, in its own line ends.
fn with_line(text: &str, line: &str, in_front_matter: bool) -> String {
    let newline = if text.starts_with("---\r\n") { "\r\n" } else { "\n" };
    if !in_front_matter {
        return format!("{text}{newline}{line}{newline}");
    }
    let end = text.match_indices(&format!("{newline}---{newline}")).next().map_or(0, |(at, _)| at + newline.len());
    format!("{}{line}{newline}{}", &text[..end], &text[end..])
}

/// What contradicts itself.
fn contradicting(snapshot: &Snapshot) -> std::collections::BTreeSet<(TaskId, &'static str)> {
    let conflicts = Sides::of(snapshot, &StatusSet::default()).conflicts(&MigrationRequest::to(Target::Markdown));
    conflicts.into_iter().map(|conflict| (conflict.task, conflict.field)).collect()
}

/// The tree with a field of a task edited in its home; taken out without a value.
fn edited(snapshot: &Snapshot, task: &Task, field: &str, value: Option<&Value>) -> Option<Snapshot> {
    let mut result = snapshot.clone();
    let bytes = snapshot.bytes(&task.path)?;
    let bytes = match (value, task.record.kind) {
        (Some(value), RecordKind::FrontMatter) => {
            let patches = front_matter::edit_written(bytes, &FieldEdit::new(field, value.clone())).ok()?;
            patch::apply(bytes, &patches).ok()?
        }
        (Some(value), kind) => {
            let edit = FieldEdit::new(field, value.clone());
            let edit = TaskEdit { task: task.id.clone(), path: task.path.clone(), kind, edit };
            let mut workspace = Workspace::new(snapshot, &StatusSet::default());
            workspace.apply(&edit).ok()?;
            workspace.snapshot().bytes(&task.path)?.to_vec()
        }
        (None, RecordKind::FrontMatter) => front_matter::without_field(bytes, field)?,
        (None, _) => tasks_json::without_field(bytes, &task.id, field)?,
    };
    result.files.insert(task.path.clone(), SourceFile::new(bytes));
    Some(result)
}

proptest! {
    #[test]
    fn a_line_that_is_new_in_a_file_that_stays_is_all_that_is_new(
        first in prop_oneof![1 => markdown_tree(), 3 => in_both()],
        json_is_right in any::<bool>(),
        pick in any::<Index>(),
        (line, in_front_matter) in select(vec![
            ("more", false),
            ("- **Owner**: ann", false),
            ("zz: 1.50", true),
            ("zz: [0x1F, 1e3]", true),
            ("zz: ~", true),
            ("# why", true),
            ("zz: 1_000 # so", true),
        ]),
    ) {
        let right = if json_is_right { Side::Json } else { Side::Markdown };
        let Some(mut there) = there(&first, Target::Markdown, right) else { return Ok(()) };
        let files: Vec<TreePath> = there.files.keys().filter(|path| first.files.contains_key(*path) && is_own_file(&first, path) && is_own_file(&there, path)).cloned().collect();
        if files.is_empty() { return Ok(()); }
        let path = pick.get(&files);
        let mut expected = first.clone();
        for snapshot in [&mut there, &mut expected] {
            let text = with_line(std::str::from_utf8(snapshot.bytes(path).unwrap()).unwrap(), line, in_front_matter);
            snapshot.files.insert(path.clone(), SourceFile::new(text.into_bytes()));
        }
        let returned = back(&there, &StatusSet::default(), &MigrationRequest::to(Target::TasksJson));
        let returned = returned.map_err(|refusal| TestCaseError::fail(format!("{refusal}: {:?}\n{:#?}", refusal.list(), bytes(&first))))?;
        prop_assert_eq!(bytes(&changed(&there, &returned.unwrap().changes)), bytes(&expected));
    }

    #[test]
    fn an_edited_field_is_in_every_place_and_contradicts_nothing(
        first in prop_oneof![1 => markdown_tree(), 3 => in_both()],
        to_list in any::<bool>(),
        json_is_right in any::<bool>(),
        pick in any::<Index>(),
        (field, value) in select(vec![
            ("title", Some(json!("Brand new"))),
            ("title", None),
            ("priority", Some(json!("urgent"))),
            ("priority", None),
            ("dependencies", Some(json!(["master:7", "x:1"]))),
            ("status", Some(json!("review"))),
            ("status", None),
            ("status", Some(Value::Null)),
            ("zz", Some(Value::Null)),
            ("zz", Some(json!(1.5))),
            ("zz", Some(json!("1.50"))),
        ]),
    ) {
        let (target, other) = if to_list { (Target::TasksJson, Target::Markdown) } else { (Target::Markdown, Target::TasksJson) };
        let right = if json_is_right { Side::Json } else { Side::Markdown };
        let Some(there) = there(&first, target, right) else { return Ok(()) };
        let statuses = StatusSet::default();
        let said = board(&there, &statuses);
        if said.tasks.is_empty() || has_nameless(&first, &statuses) { return Ok(()); }
        let task = &said.tasks[pick.get(&said.tasks.keys().cloned().collect::<Vec<_>>())];
        let Some(there) = edited(&there, task, field, value.as_ref()) else { return Ok(()) };
        let after = match back(&there, &statuses, &MigrationRequest::to(other)) {
            Ok(migration) => changed(&there, &migration.unwrap().changes),
            // A subtask that is a plain text has no fields, and what cannot be read is refused where it was edited.
            Err(Refusal::Edit { .. } | Refusal::Unreadable(_)) => return Ok(()),
            Err(refusal) => return Err(TestCaseError::fail(format!("{refusal}: {:?}\n{:#?}", refusal.list(), bytes(&first)))),
        };
        let now = board(&after, &statuses);
        let (now, wanted) = (&now.tasks[&task.id], value.filter(|value| field == "zz" || !value.is_null()));
        if field == "dependencies" {
            let ids: Vec<String> = now.dependencies.iter().map(|other| other.id.to_string()).collect();
            prop_assert_eq!(ids, ["7", "x:1"]);
        } else {
            let said = diff::field(&now.record, field).map(std::borrow::Cow::into_owned);
            // In a list that the migration had nothing to correct in, a field of one's own is where it was written.
            let is_in_list = field == "zz" && bytes(&after).iter().any(|(_, text)| text.contains("\"zz\":"));
            prop_assert!(said == wanted || is_in_list, "{said:?}: {:#?}\n{:#?}\n{:#?}", bytes(&first), bytes(&there), bytes(&after));
        }
        if wanted.is_some() {
            prop_assert!(!contradicting(&after).contains(&(task.id.clone(), field)), "{:#?}\n{:#?}", bytes(&first), bytes(&after));
        }
        let new: Vec<_> = contradicting(&after).difference(&contradicting(&first)).cloned().collect();
        prop_assert!(new.is_empty(), "{new:?}: {:#?}\n{:#?}", bytes(&first), bytes(&after));
    }
}
