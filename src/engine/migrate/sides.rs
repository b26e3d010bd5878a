//! What the places of each task say, and how contradictions between them are decided.

use serde_json::Value;

use super::{Conflict, MigrationRequest, Refusal, Side, Target, json};
use crate::engine::diff;
use crate::engine::workspace::{StatusPlaces, TaskEdit, Workspace};
use crate::format;
use crate::format::edit::FieldEdit;
use crate::model::{Board, FileRole, RecordKind, Snapshot, StatusSet, Task, TaskId};

/// What the sides say.
pub(super) struct Sides {
    /// All together: of a task in several places the first counts.
    all: Board,
    /// Lists without the files.
    json: Board,
    /// The list beside `tasks/`, where there are two.
    older: Option<Board>,
}

impl Sides {
    pub(super) fn of(snapshot: &Snapshot, statuses: &StatusSet) -> Self {
        let mut lists = snapshot.clone();
        lists.files.retain(|path, _| path.role() != FileRole::TaskMarkdown);
        let json = format::board(&lists, statuses.clone());
        let is_list = |path: &crate::model::TreePath| path.role() == FileRole::TasksJson;
        let has_two = lists.files.keys().filter(|path| is_list(path)).count() > 1;
        lists.files.retain(|path, _| !is_list(path) || path.folder().is_none());
        let older = has_two.then(|| format::board(&lists, statuses.clone()));
        Self { all: format::board(snapshot, statuses.clone()), json, older }
    }

    pub(super) fn statuses(&self) -> &StatusSet {
        &self.all.statuses
    }

    /// The places of a task that have all of it.
    pub(super) fn whole(&self, id: &TaskId) -> Vec<(Side, &Task)> {
        let file = self.all.tasks.get(id).filter(|task| task.record.kind == RecordKind::FrontMatter);
        let entry = self.json.tasks.get(id).filter(|task| task.record.kind == RecordKind::TasksJson);
        let other = self.older.as_ref().and_then(|board| board.tasks.get(id));
        let other = other.filter(|other| entry.is_some_and(|entry| entry.path != other.path));
        let other = other.filter(|task| task.record.kind == RecordKind::TasksJson);
        let places = [(Side::Markdown, file), (Side::Json, entry), (Side::Older, other)];
        places.into_iter().filter_map(|(side, task)| Some((side, task?))).collect()
    }

    /// Every contradiction, with who is right.
    pub(super) fn conflicts(&self, request: &MigrationRequest) -> Vec<Conflict> {
        let wanted = self.all.tasks.keys().filter(|id| request.is_about(id));
        wanted.flat_map(|id| self.of_task(id, request)).collect()
    }

    /// The same contradictions, with what bullets in bodies say of a status that is decided, where it is something else
    /// than their file's front matter says: they follow.
    pub(super) fn with_bullets(&self, mut conflicts: Vec<Conflict>) -> Vec<Conflict> {
        for conflict in conflicts.iter_mut().filter(|conflict| conflict.field == "status") {
            let mirrors = self.all.tasks.get(&conflict.task).into_iter().flat_map(|task| &task.mirrors);
            let bullet =
                mirrors.filter(|mirror| mirror.kind == RecordKind::BodyBullet).find_map(|it| it.status.clone());
            let front_matter = conflict.said_by(Side::Markdown).unwrap_or_default();
            let bullet = bullet.filter(|bullet| !self.statuses().same(bullet, front_matter));
            conflict.said.extend(bullet.map(|status| (Side::Bullet, status)));
        }
        conflicts
    }

    fn of_task(&self, id: &TaskId, request: &MigrationRequest) -> Vec<Conflict> {
        let mut found = Vec::new();
        for (field, said) in self.said(id) {
            let Some(((first, home), others)) = said.split_first() else { continue };
            if others.iter().all(|(_, other)| self.same(field, home, other)) {
                continue;
            }
            // A place that has no say leaves it to the task's home.
            let winner = request
                .winner(id, field)
                .map(|wanted| said.iter().find(|(side, _)| *side == wanted).map_or(*first, |(side, _)| *side));
            found.push(Conflict { task: id.clone(), field, said, winner, why: None });
        }
        found
    }

    /// The tasks that are in any of the places.
    pub(super) fn tasks(&self) -> impl Iterator<Item = &TaskId> {
        self.all.tasks.keys()
    }

    /// The tasks that are in several places which have all of them.
    pub(super) fn in_several<'a>(&'a self, request: &'a MigrationRequest) -> impl Iterator<Item = &'a TaskId> {
        self.tasks().filter(|id| request.is_about(id) && self.whole(id).len() > 1)
    }

    /// What each place of a task says of the fields that are compared. What one does not say at all is no contradiction.
    pub(super) fn said(&self, id: &TaskId) -> [(&'static str, Vec<(Side, String)>); 4] {
        let places = self.whole(id);
        let say = |of: &dyn Fn(&Task) -> Option<String>| -> Vec<(Side, String)> {
            places.iter().filter_map(|(side, task)| Some((*side, of(task)?))).collect()
        };
        let mut status = say(&|task| task.record.status.clone());
        status.extend(self.text(id).map(|status| (Side::Text, status.to_owned())));
        [
            ("title", say(&|task| task.record.title.clone())),
            ("status", status),
            ("priority", say(&|task| task.record.priority.clone())),
            ("dependencies", say(&|task| Some(named(task)))),
        ]
    }

    fn same(&self, field: &str, one: &str, other: &str) -> bool {
        is_same(self.statuses(), field, one, other)
    }

    /// The status that generated text has for a task: of several one that differs from the task's.
    fn text(&self, id: &TaskId) -> Option<&str> {
        let task = self.all.tasks.get(id).filter(|task| task.record.kind.is_home())?;
        let texts = || task.mirrors.iter().filter(|mirror| mirror.kind == RecordKind::GeneratedText);
        let said = || texts().filter_map(|mirror| mirror.status.as_deref());
        said().find(|status| !self.statuses().same(status, task.status())).or_else(|| said().next())
    }

    /// The status that a place has for a task.
    pub(super) fn status(&self, id: &TaskId, side: Side) -> Option<String> {
        if side == Side::Text {
            return self.text(id).map(ToOwned::to_owned);
        }
        self.whole(id).into_iter().find(|(other, _)| *other == side).and_then(|(_, task)| task.record.status.clone())
    }

    /// Whether a place that has all of a task says this of a field.
    pub(super) fn says(&self, id: &TaskId, field: &str, value: Option<&Value>) -> bool {
        self.whole(id).iter().any(|(_, task)| diff::field(&task.record, field).as_deref() == value)
    }

    /// The tree with every contradiction decided: the places of the sides that were wrong say what the right one says.
    pub(super) fn decided(
        &self,
        snapshot: &Snapshot,
        target: Target,
        conflicts: &[Conflict],
    ) -> Result<Snapshot, Refusal> {
        let mut workspace = Workspace::new(snapshot, self.statuses());
        for conflict in conflicts {
            let Some(winner) = conflict.winner else { continue };
            let edits = if conflict.field == "status" {
                let home = workspace.board().tasks.get(&conflict.task).cloned();
                let status = conflict.said_by(winner).unwrap_or_default();
                home.map(|home| TaskEdit::status(&home, status, self.statuses(), StatusPlaces::All)).unwrap_or_default()
            } else {
                self.corrections(conflict, winner, target)
            };
            for edit in edits {
                match workspace.apply(&edit) {
                    Ok(_) => {}
                    // Text that cannot be corrected stays what it is: text.
                    Err(_) if edit.kind == RecordKind::GeneratedText => {}
                    Err(source) => return Err(Refusal::Edit { task: conflict.task.clone(), source }),
                }
            }
        }
        Ok(workspace.snapshot().clone())
    }

    /// The edits that give a field its right value, where it has another.
    fn corrections(&self, conflict: &Conflict, winner: Side, target: Target) -> Vec<TaskEdit> {
        let places = self.whole(&conflict.task);
        let Some((_, right)) = places.iter().find(|(side, _)| *side == winner) else { return Vec::new() };
        let home = places.first().map(|(side, _)| *side);
        let is_wrong = |side: Side| {
            // A list that goes need not be corrected first.
            let goes = target == Target::Markdown && side != Side::Markdown && Some(side) != home;
            side != winner && !goes && conflict.said_by(side) != conflict.said_by(winner)
        };
        let wrong = places.iter().filter(|(side, _)| is_wrong(*side));
        let edit = |(side, task): &(Side, &Task)| TaskEdit {
            task: conflict.task.clone(),
            path: task.path.clone(),
            kind: task.record.kind,
            edit: FieldEdit::new(conflict.field, value(right, &self.all, conflict.field, *side)),
        };
        wrong.map(edit).collect()
    }
}

/// What a task of a board says of a field that is compared, as another place has it.
pub(super) fn value(task: &Task, board: &Board, field: &str, place: Side) -> Value {
    match (field, place) {
        ("dependencies", Side::Markdown) => named_in_full(task),
        ("dependencies", _) => json::dependencies(task, board),
        ("title", _) => task.record.title.as_deref().into(),
        _ => task.record.priority.as_deref().into(),
    }
}

/// Whether two values of a field that is compared are the same but for their spelling.
pub(super) fn is_same(statuses: &StatusSet, field: &str, one: &str, other: &str) -> bool {
    let sorted = |text: &str| {
        let mut ids: Vec<String> = text.split(", ").map(ToOwned::to_owned).collect();
        ids.sort();
        ids.dedup();
        ids
    };
    match field {
        "status" => statuses.same(one, other),
        "priority" => one.trim().eq_ignore_ascii_case(other.trim()),
        "dependencies" => sorted(one) == sorted(other),
        _ => one.trim() == other.trim(),
    }
}

/// The dependencies of a list's task in spellings that mean the same in a file, be it a subtask's or not.
fn named_in_full(task: &Task) -> Value {
    let full = |written: &String| {
        let found = task.dependencies.iter().find(|dependency| dependency.written == *written);
        let Some(id) = found.map(|dependency| &dependency.id) else { return Value::String(written.clone()) };
        let is_number = id.path().bytes().all(|byte| byte.is_ascii_digit());
        Value::String(if id.tag() != task.id.tag() {
            format!("{}:{}", id.tag(), id.path())
        } else if is_number {
            format!("task_{:0>3}", id.path())
        } else if id.segments().count() == 1 {
            json::in_full(id)
        } else {
            id.path().to_owned()
        })
    };
    task.record.dependencies.iter().map(full).collect()
}

pub(super) fn named(task: &Task) -> String {
    task.dependencies.iter().map(|dependency| dependency.id.to_string()).collect::<Vec<_>>().join(", ")
}
