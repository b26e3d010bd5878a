//! Tasks under other numbers: ids, whatever names them, and the files that are called after them, all at once.
//!
//! Names keep their spelling. Where a new number would be read as another task (a bare number in a subtask can mean
//! two), that name alone is spelled in full. The result is read again: but for the numbers every task says what it said.

mod body;
mod by_hand;
mod compare;
mod numbers;
mod places;
mod refusal;
mod spelling;

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::migrate::{Changes, differences, unreadable};
use crate::format;
use crate::format::edit::EditError;
use crate::format::named::{Named, NamedFor, loose, respelled};
use crate::format::patch;
use crate::model::{
    Board, DEFAULT_TAG, FileRole, Snapshot, SnapshotLabel, SourceFile, StatusSet, Task, TaskId, TreePath,
};

use places::Places;
use spelling::{Word, spelled_like};

pub use body::Paths;
pub use by_hand::by_hand;
pub use numbers::Numbers;
pub use refusal::{Obstacle, RenumberRefusal};

/// What stands for the trigger in the audit trail of new numbers.
pub const RENUMBER: &str = "renumber";
/// The field of a change that is a task's number.
pub const NUMBER: &str = "id";

/// What new numbers change.
#[derive(Debug, Clone, PartialEq)]
pub struct Renumbering {
    /// The files that differ afterwards.
    pub changes: Changes,
    /// Every task whose number changes, with the new one.
    pub numbers: Vec<(TaskId, TaskId)>,
    /// What stands in tasks, names one of them by its old number, maybe, and is left to people: each with its file as it
    /// is called afterwards and its line.
    pub by_hand: Vec<String>,
    places: Places,
}

impl Renumbering {
    /// The folders that move with all that is in them, by where they were.
    #[must_use]
    pub fn folders(&self) -> &BTreeMap<String, String> {
        &self.places.folders
    }

    /// A Markdown file that means nothing to the engine with its links as they are to be; `None` where they stay.
    #[must_use]
    pub fn relinked(&self, paths: &Paths<'_>, path: &TreePath, bytes: &[u8]) -> Option<Vec<u8>> {
        let patches = body::relinked(path, std::str::from_utf8(bytes).ok()?, paths, &self.places);
        patch::apply(bytes, &patches).ok().filter(|_| !patches.is_empty())
    }
}

/// Names that have to be spelled in full, by the task that they stand in.
type InFull = BTreeSet<(TaskId, String)>;

/// Gives tasks other numbers: of each pair the first gets the second. Subtasks follow. `others` are the files of the tree
/// that mean nothing to the engine: links may lead to them.
///
/// # Errors
/// With everything that is in the way; nothing is done in part.
pub fn renumber(
    snapshot: &Snapshot,
    others: &BTreeSet<TreePath>,
    statuses: &StatusSet,
    wanted: &[(TaskId, TaskId)],
) -> Result<Renumbering, RenumberRefusal> {
    renumbered(&Paths { snapshot, others }, statuses, wanted).map_err(|obstacles| RenumberRefusal { obstacles })
}

fn renumbered(
    paths: &Paths<'_>,
    statuses: &StatusSet,
    wanted: &[(TaskId, TaskId)],
) -> Result<Renumbering, Vec<Obstacle>> {
    let snapshot = paths.snapshot;
    let unreadable: Vec<Obstacle> = unreadable(snapshot).into_iter().map(Obstacle::Unreadable).collect();
    if !unreadable.is_empty() {
        return Err(unreadable);
    }
    let before = boards(snapshot, statuses);
    let Some((_, whole)) = before.first() else { return Err(Vec::new()) };
    let numbers = Numbers::of(wanted, whole)?;
    let changed = numbers.changed(whole);
    let twice = compare::written_twice(whole, &changed);
    if !twice.is_empty() {
        return Err(twice);
    }
    let places = Places::of(snapshot, &numbers)?;
    let mut in_full = InFull::new();
    // A name that is spelled in full can make none of another task read otherwise, so that two rounds do.
    for _ in 0..3 {
        let after = written(paths, &before, &numbers, &places, &in_full)?;
        let different = compare::different(&before, &boards(&after, statuses), &numbers);
        let Err(different) = different else {
            let found = places.collisions(snapshot, &after);
            if !found.is_empty() {
                return Err(found);
            }
            let files = differences(snapshot, &after);
            let by_hand = left_to_people(snapshot, whole, &numbers, &places);
            return Ok(Renumbering { changes: files, numbers: changed, by_hand, places });
        };
        let known = in_full.len();
        in_full.extend(different.iter().flat_map(|id| compare::names(&before, id)));
        if in_full.len() == known {
            return Err(different.into_iter().map(Obstacle::NotReadBack).collect());
        }
    }
    Err(changed.into_iter().map(|(old, _)| Obstacle::NotReadBack(old)).collect())
}

/// The board of the whole tree, then that of each list alone: what a mirror's names mean is read there.
fn boards(snapshot: &Snapshot, statuses: &StatusSet) -> Vec<(Option<TreePath>, Board)> {
    let mut boards = vec![(None, format::board(snapshot, statuses.clone()))];
    for path in snapshot.files.keys().filter(|path| path.role() == FileRole::TasksJson) {
        let files = snapshot.files.iter().filter(|(other, _)| *other == path);
        let files = files.map(|(path, file)| (path.clone(), file.clone())).collect();
        let alone = Snapshot { files, ..Snapshot::empty() };
        boards.push((Some(path.clone()), format::board(&alone, statuses.clone())));
    }
    boards
}

/// The tree with all names respelled and all files where they are to be.
fn written(
    paths: &Paths<'_>,
    boards: &[(Option<TreePath>, Board)],
    numbers: &Numbers,
    places: &Places,
    in_full: &InFull,
) -> Result<Snapshot, Vec<Obstacle>> {
    let snapshot = paths.snapshot;
    let mut after = Snapshot { label: SnapshotLabel::Planned, ..Snapshot::empty() };
    after.problems.clone_from(&snapshot.problems);
    let mut obstacles = Vec::new();
    let Some((_, whole)) = boards.first() else { return Err(obstacles) };
    for (path, file) in &snapshot.files {
        let own = boards.iter().find(|(of, _)| of.as_ref() == Some(path)).map_or(whole, |(_, board)| board);
        let writer = Writer { path, board: own, numbers, places, in_full };
        let result = writer.file(paths, file.bytes(), whole);
        let new = places.after(path);
        match result {
            Err(obstacle) => obstacles.push(obstacle),
            Ok(_) if after.files.contains_key(&new) => obstacles.push(Obstacle::InTheWay(new)),
            Ok(bytes) if bytes == file.bytes() => {
                after.files.insert(new, file.clone());
            }
            Ok(bytes) => {
                after.files.insert(new, SourceFile::new(bytes));
            }
        }
    }
    // A folder that moves finds its new name free.
    for folder in places.folders.values().filter(|folder| !places.folders.contains_key(*folder)) {
        let taken = snapshot.files.keys().filter(|path| path.folder() == Some(folder));
        obstacles.extend(taken.map(|path| Obstacle::InTheWay(path.clone())));
    }
    if obstacles.is_empty() { Ok(after) } else { Err(obstacles) }
}

/// What names renumbered tasks in fields and bullets that no format knows.
fn left_to_people(snapshot: &Snapshot, whole: &Board, numbers: &Numbers, places: &Places) -> Vec<String> {
    let mut found = Vec::new();
    for (path, file) in &snapshot.files {
        let mut lines = Vec::new();
        for name in loose(path, file.bytes()) {
            let may_mean = match &name.task {
                Some(task) => whole.tasks.get(task).is_some_and(|task| numbers.may_mean(task, &name.written)),
                None => numbers.may_mean_in(&name.tag, &name.written),
            };
            if may_mean {
                lines.push((name.line, name.written));
            }
        }
        let task = whole.tasks.values().find(|task| task.path == *path);
        if let (FileRole::TaskMarkdown, Some(task), Ok(text)) = (path.role(), task, std::str::from_utf8(file.bytes())) {
            let left = body::left(text, task, numbers).into_iter();
            lines.extend(left.map(|(line, written)| (line, written.to_owned())));
        }
        if let (FileRole::TaskMarkdown, Ok(text)) = (path.role(), std::str::from_utf8(file.bytes())) {
            lines.extend(body::left_paths(text, places));
        }
        lines.sort_by_key(|(line, _)| *line);
        let path = places.after(path);
        found.extend(lines.into_iter().map(|(line, written)| format!("{path}:{line}: {}", written.escape_debug())));
    }
    found.dedup();
    found
}

struct Writer<'a> {
    path: &'a TreePath,
    /// What the names in this file mean.
    board: &'a Board,
    numbers: &'a Numbers,
    places: &'a Places,
    in_full: &'a InFull,
}

impl Writer<'_> {
    fn file(&self, paths: &Paths<'_>, bytes: &[u8], whole: &Board) -> Result<Vec<u8>, Obstacle> {
        let refused = |source: EditError| Obstacle::Edit { path: self.path.clone(), source };
        let bytes = respelled(self.path, bytes, &|named| self.respell(named)).map_err(refused)?;
        if self.path.role() != FileRole::TaskMarkdown {
            return Ok(bytes);
        }
        let task = whole.tasks.values().find(|task| task.path == *self.path);
        body::renamed(self.path, bytes, task, (paths, self.places, self.numbers))
    }

    fn respell(&self, named: &Named<'_>) -> Option<String> {
        let word = if self.path.role() == FileRole::TaskMarkdown { Word::Task } else { Word::None };
        let old = self.meaning(named)?;
        let new = match named.task {
            Some(_) => self.numbers.after(&old),
            // A note belongs to the folder that it is in.
            None => self.places.owner(self.path).filter(|(owner, _)| owner.path() == old.path())?.1,
        };
        let place = named.task.filter(|_| named.purpose == NamedFor::Dependency);
        if place.is_some_and(|task| self.in_full.contains(&(task.clone(), named.written.to_owned()))) {
            let text = in_full(&new, place.map_or(DEFAULT_TAG, TaskId::tag));
            return (text != named.written).then_some(text);
        }
        let text = spelled_like(named.written, &old, &new, word);
        (new != old && text != named.written).then_some(text)
    }

    /// The task that a name means.
    fn meaning(&self, named: &Named<'_>) -> Option<TaskId> {
        let own = TaskId::parse(named.written).ok();
        let Some(task) = named.task else { return own };
        let tagged = TaskId::parse_within(named.written, task.tag()).ok();
        let holder = self.board.tasks.get(task);
        match named.purpose {
            NamedFor::Own => Some(task.clone()),
            // Spelled as its text says, with the tag that it says.
            NamedFor::Whole => TaskId::parse(named.written).ok(),
            NamedFor::Parent => tagged,
            NamedFor::Dependency => holder.and_then(|holder| looked_up(holder, named.written)).or(tagged),
        }
    }
}

/// What a task's board says that a name in it means; in text that was generated, one of what it waits for.
fn looked_up(task: &Task, written: &str) -> Option<TaskId> {
    let same = task.dependencies.iter().find(|dependency| dependency.written == written);
    let sibling = || {
        let id = task.id.parent()?.child(written).ok()?;
        task.dependencies.iter().find(|dependency| dependency.id == id)
    };
    same.or_else(|| sibling().filter(|_| task.record.nested)).map(|dependency| dependency.id.clone())
}

/// A name that means one task only in a task of the tag `around`. A word could be one of a subtask's siblings.
fn in_full(id: &TaskId, around: &str) -> String {
    let is_number = id.path().bytes().all(|byte| byte.is_ascii_digit());
    let is_usual = id.tag() == DEFAULT_TAG && around == DEFAULT_TAG;
    let tag =
        if is_usual && (is_number || id.segments().count() > 1) { String::new() } else { format!("{}:", id.tag()) };
    if is_number { format!("{tag}task_{:0>3}", id.path()) } else { format!("{tag}{}", id.path()) }
}

#[cfg(test)]
mod tests;
