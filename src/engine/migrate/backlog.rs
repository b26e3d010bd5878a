//! Tasks of Backlog.md as files of the tree.
//!
//! What is in use comes under the tag that is wanted. Drafts and what was archived have numbers of their own there,
//! and may bear one that is in use again: they come under tags of their own.

use std::collections::{BTreeMap, BTreeSet};

use super::forward::{collisions, misread};
use super::markdown::path_of;
use super::staying::staying;
use super::{Changes, Converted, Migration, Refusal, Unreadable, board, differences};
use crate::format::front_matter::{self, BacklogFile, BacklogSettings, BacklogTask};
use crate::model::{Board, DEFAULT_TAG, Snapshot, SourceFile, StatusSet, TaskId};

/// A folder of Backlog.md in which tasks are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelf {
    /// Those in use.
    Tasks,
    /// Those that were finished and moved away.
    Completed,
    /// Those that are no tasks yet.
    Drafts,
    /// Those that nobody wants any more.
    Archive,
    /// Drafts that nobody wants any more.
    ArchivedDrafts,
}

impl Shelf {
    /// All of them, those in use first.
    pub const ALL: [Self; 5] = [Self::Tasks, Self::Completed, Self::Drafts, Self::Archive, Self::ArchivedDrafts];

    /// The folder, from the one of Backlog.md.
    #[must_use]
    pub fn folder(self) -> &'static str {
        match self {
            Self::Tasks => "tasks",
            Self::Completed => "completed",
            Self::Drafts => "drafts",
            Self::Archive => "archive/tasks",
            Self::ArchivedDrafts => "archive/drafts",
        }
    }

    /// The tag that its tasks come under; `None` for the one that is wanted.
    #[must_use]
    pub fn tag(self) -> Option<&'static str> {
        match self {
            Self::Tasks | Self::Completed => None,
            Self::Drafts => Some("drafts"),
            Self::Archive => Some("archive"),
            Self::ArchivedDrafts => Some("archived-drafts"),
        }
    }
}

/// What becomes of tasks whose ids are there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TakenIds {
    /// Nothing is imported.
    #[default]
    Refuse,
    /// They get the next free numbers, and so do those that name them.
    NumberOn,
}

/// How an import is wanted.
#[derive(Debug, Clone)]
pub struct ImportRequest {
    /// The tag that the tasks come under.
    pub tag: Option<String>,
    /// What statuses mean that nobody here knows: a status of this tree for each.
    pub statuses: BTreeMap<String, String>,
    /// What becomes of ids that are there already.
    pub taken: TakenIds,
    /// What becomes of what cannot be read.
    pub unreadable: Unreadable,
}

/// A folder of Backlog.md.
#[derive(Debug, Clone)]
pub struct Backlog {
    /// Its path, for people.
    pub folder: String,
    /// What its settings say.
    pub settings: BacklogSettings,
    /// Why the settings cannot be read, if so.
    pub unread_settings: Option<String>,
    /// Its files, with the names they have in their folders.
    pub files: Vec<(Shelf, String, Vec<u8>)>,
    /// The paths of all else in it, from the folder on: documents, decisions, milestones.
    pub others: Vec<String>,
}

/// Spellings that are usual there and mean nothing here.
const SPELLINGS: [(&str, &str); 3] = [("draft", "pending"), ("won't do", "cancelled"), ("wont do", "cancelled")];

struct Item {
    shelf: Shelf,
    path: String,
    id: TaskId,
    file: BacklogFile,
}

/// The tree with the tasks of a folder of Backlog.md, each in a file of its own.
///
/// # Errors
/// When not all of it can be done; nothing is in between.
pub fn import(
    snapshot: &Snapshot,
    statuses: &StatusSet,
    backlog: &Backlog,
    request: &ImportRequest,
) -> Result<Migration, Refusal> {
    let known = board(snapshot, statuses);
    let Read { mut items, mut notes, unread } = read(backlog, request);
    if !unread.is_empty() && request.unreadable == Unreadable::Refuse {
        return Err(Refusal::Unreadable(unread));
    }
    notes.splice(0..0, unread.into_iter().map(|found| format!("could not be read: {found}")));
    if items.is_empty() {
        return Err(Refusal::NoBacklog);
    }
    twice(&items)?;
    let old: Vec<TaskId> = items.iter().map(|item| item.id.clone()).collect();
    notes.extend(numbered_on(&mut items, &known, request)?);
    let new: BTreeMap<TaskId, TaskId> = old.into_iter().zip(&items).map(|(old, item)| (old, item.id.clone())).collect();
    let words = words(&items, statuses, backlog, request)?;
    for (word, status, count) in words.values() {
        if word != status {
            let tasks = if *count == 1 { "1 task".to_owned() } else { format!("{count} tasks") };
            notes.push(format!("status `{word}` becomes `{status}` in {tasks}"));
        }
    }
    let mut after = Converted::of(snapshot).snapshot;
    let ids: BTreeSet<&TaskId> = items.iter().map(|item| &item.id).collect();
    let (mut taken, mut no_place, mut expected) = (Vec::new(), Vec::new(), BTreeMap::new());
    for item in &items {
        let parent = item.id.parent();
        let nested = parent.as_ref().is_some_and(|id| ids.contains(id) || known.tasks.contains_key(id));
        let names = Names { backlog, request, new: &new };
        let needs: Vec<TaskId> = item.file.dependencies.iter().filter_map(|text| names.meant(text, item)).collect();
        for (id, text) in needs.iter().zip(&item.file.dependencies) {
            if !ids.contains(id) && !known.tasks.contains_key(id) {
                notes.push(format!("task {} depends on `{}`, which is not there", item.id, text));
            }
        }
        let status = item.file.status.as_ref().and_then(|word| words.get(word)).map(|(_, status, _)| status.as_str());
        let task = BacklogTask {
            id: &item.id,
            nested,
            status,
            dependencies: names.all(item),
            parent: item.file.parent.as_ref().and_then(|text| Some(front_matter::spelled(&names.meant(text, item)?))),
        };
        let Some((path, bytes)) = path_of(&item.id, nested).zip(item.file.written(&task)) else {
            no_place.push(item.id.clone());
            continue;
        };
        expected.insert(item.id.clone(), (item.file.title.clone(), status, needs));
        if after.files.insert(path.clone(), SourceFile::new(bytes)).is_some() {
            taken.push(path);
        }
    }
    if !no_place.is_empty() {
        return Err(Refusal::NoPlace(no_place));
    }
    if !taken.is_empty() {
        return Err(Refusal::Taken(taken));
    }
    let colliding = collisions(&after);
    if !colliding.is_empty() {
        return Err(Refusal::Collisions(colliding));
    }
    let read_back = board(&after, statuses);
    let mut different = misread(&known, &read_back);
    different.retain(|id| known.tasks.contains_key(id));
    different
        .extend(expected.iter().filter(|(id, expected)| !is_so(&read_back, id, expected)).map(|(id, _)| id.clone()));
    if !different.is_empty() {
        return Err(Refusal::NotReadBack(different));
    }
    notes.extend(staying(backlog));
    notes.push(format!("`{}` stays as it is, and nothing here reads it", backlog.folder));
    let changes: Changes = differences(snapshot, &after);
    let moved = items.into_iter().map(|item| item.id).collect();
    Ok(Migration { changes, moved, notes, conflicts: Vec::new() })
}

fn is_so(board: &Board, id: &TaskId, expected: &(Option<String>, Option<&str>, Vec<TaskId>)) -> bool {
    let (title, status, needs) = expected;
    board.tasks.get(id).is_some_and(|task| {
        let found: BTreeSet<&TaskId> = task.dependencies.iter().map(|dependency| &dependency.id).collect();
        let same_tag = needs.iter().filter(|need| need.tag() == id.tag());
        task.record.title == *title
            && task.record.status.as_deref() == *status
            && same_tag.into_iter().all(|need| found.contains(need))
    })
}

struct Read {
    items: Vec<Item>,
    notes: Vec<String>,
    unread: Vec<String>,
}

fn read(backlog: &Backlog, request: &ImportRequest) -> Read {
    let mut result = Read { items: Vec::new(), notes: Vec::new(), unread: Vec::new() };
    result.unread.extend(backlog.unread_settings.clone());
    for (shelf, name, bytes) in &backlog.files {
        let path = format!("{}/{}/{name}", backlog.folder, shelf.folder());
        let file = match BacklogFile::read(name, bytes) {
            Ok(Some(file)) => file,
            Ok(None) => {
                result.notes.push(format!("{path} is no task and stays"));
                continue;
            }
            Err(unread) => {
                result.unread.push(format!("{path}:{}: {}", unread.line, unread.message));
                continue;
            }
        };
        match TaskId::parse(backlog.settings.bare(&file.id)) {
            Ok(id) => {
                let tag = shelf.tag().or(request.tag.as_deref()).unwrap_or(DEFAULT_TAG);
                result.items.push(Item { shelf: *shelf, path, id: id.with_tag(tag), file });
            }
            Err(error) => result.unread.push(format!("{path}:1: {error}")),
        }
    }
    result.items.sort_by(|one, other| one.id.cmp(&other.id));
    result
}

fn twice(items: &[Item]) -> Result<(), Refusal> {
    let pairs = items.windows(2).filter_map(|pair| match pair {
        [one, other] if one.id == other.id => Some(format!("{}: {} and {}", one.id, one.path, other.path)),
        _ => None,
    });
    let pairs: Vec<String> = pairs.collect();
    if pairs.is_empty() { Ok(()) } else { Err(Refusal::Twice(pairs)) }
}

/// Gives new numbers to families of which a task is there already, where that is wanted.
fn numbered_on(items: &mut [Item], known: &Board, request: &ImportRequest) -> Result<Vec<String>, Refusal> {
    let taken: Vec<TaskId> =
        items.iter().map(|item| &item.id).filter(|id| known.tasks.contains_key(id)).cloned().collect();
    if taken.is_empty() {
        return Ok(Vec::new());
    }
    let top = |id: &TaskId| (id.tag().to_owned(), id.segments().next().unwrap_or_default().to_owned());
    let families: BTreeSet<(String, String)> = taken.iter().map(&top).collect();
    let is_number = |(_, family): &(String, String)| family.bytes().all(|byte| byte.is_ascii_digit());
    if request.taken == TakenIds::Refuse || !families.iter().all(is_number) {
        return Err(Refusal::TakenIds(taken));
    }
    let mut next: BTreeMap<String, u64> = BTreeMap::new();
    for id in known.tasks.keys().chain(items.iter().map(|item| &item.id)) {
        let (tag, family) = top(id);
        let number = family.parse::<u64>().unwrap_or_default();
        let last = next.entry(tag).or_default();
        *last = number.max(*last);
    }
    let mut numbers: BTreeMap<(String, String), u64> = BTreeMap::new();
    let mut families: Vec<(String, String)> = families.into_iter().collect();
    families.sort_by_key(|(tag, family)| (tag.clone(), family.parse::<u64>().unwrap_or_default()));
    for family in families {
        if let Some(last) = next.get_mut(&family.0) {
            *last = last.saturating_add(1);
            numbers.insert(family, *last);
        }
    }
    let mut notes = Vec::new();
    for item in items {
        let Some(number) = numbers.get(&top(&item.id)) else { continue };
        let segments = item.id.segments().skip(1).map(ToOwned::to_owned);
        let path: Vec<String> = std::iter::once(number.to_string()).chain(segments).collect();
        let Ok(id) = TaskId::parse(&path.join(".")) else { continue };
        let id = id.with_tag(item.id.tag());
        notes.push(format!("task {} comes as {id}", item.id));
        item.id = id;
    }
    Ok(notes)
}

/// By the word that is written: the word, the status that it becomes, and in how many tasks.
type Words = BTreeMap<String, (String, String, usize)>;

fn words(items: &[Item], statuses: &StatusSet, backlog: &Backlog, request: &ImportRequest) -> Result<Words, Refusal> {
    let (mut words, mut unknown): (Words, BTreeMap<&str, usize>) = Default::default();
    let configured = &backlog.settings;
    let same = |one: &str, other: &str| one.trim().eq_ignore_ascii_case(other.trim());
    let said = |word: &str| request.statuses.iter().find(|(from, _)| same(from, word)).map(|(_, to)| to.as_str());
    let is_first = |word: &str| {
        let first = configured.default_status.as_ref().or(configured.statuses.first());
        first.is_some_and(|first| same(first, word))
    };
    let by_place = |word: &str| {
        if is_first(word) {
            return Some("pending");
        }
        configured.statuses.last().filter(|last| same(last, word)).map(|_| "done")
    };
    let usual = |word: &str| SPELLINGS.iter().find(|(from, _)| same(from, word)).map(|(_, to)| *to);
    for item in items {
        let Some(word) = &item.file.status else { continue };
        let known = || statuses.find(word).map(|definition| definition.name.as_str());
        match said(word).or_else(known).or_else(|| usual(word)).or_else(|| by_place(word)) {
            Some(status) => {
                let status = statuses.canonical(status).to_owned();
                words.entry(word.clone()).or_insert_with(|| (word.clone(), status, 0)).2 += 1;
            }
            None => *unknown.entry(word).or_default() += 1,
        }
    }
    if unknown.is_empty() {
        return Ok(words);
    }
    let list = unknown.into_iter().map(|(word, count)| (word.to_owned(), count)).collect();
    Err(Refusal::Statuses(list))
}

/// What ids of Backlog.md mean here.
struct Names<'a> {
    backlog: &'a Backlog,
    request: &'a ImportRequest,
    /// The ids of what is imported: as they would be, and as they are.
    new: &'a BTreeMap<TaskId, TaskId>,
}

impl Names<'_> {
    /// The task that an id means in a file: one in use before an archived one.
    fn meant(&self, text: &str, item: &Item) -> Option<TaskId> {
        let id = TaskId::parse(self.backlog.settings.bare(text)).ok()?;
        let is_draft = text.trim().get(..6).is_some_and(|start| start.eq_ignore_ascii_case("draft-"));
        let usual = self.request.tag.as_deref().unwrap_or(DEFAULT_TAG);
        let first = if is_draft { Shelf::Drafts.tag().unwrap_or(usual) } else { usual };
        let archived = if is_draft { Shelf::ArchivedDrafts } else { Shelf::Archive };
        let tags = [Some(first), item.shelf.tag(), archived.tag()];
        let found = tags.into_iter().flatten().find_map(|tag| self.new.get(&id.with_tag(tag)));
        Some(found.cloned().unwrap_or_else(|| id.with_tag(first)))
    }

    fn all(&self, item: &Item) -> Vec<String> {
        let one = |text: &String| self.meant(text, item).map_or_else(|| text.clone(), |id| front_matter::spelled(&id));
        item.file.dependencies.iter().map(one).collect()
    }
}

#[cfg(test)]
mod tests;
