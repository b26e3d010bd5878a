//! Where the files of renumbered tasks stand afterwards.

use std::collections::{BTreeMap, BTreeSet};

use super::spelling::{Word, spelled_like};
use super::{Numbers, Obstacle};
use crate::engine::migrate::collisions;
use crate::format::{self, front_matter::FileName, generated_text};
use crate::model::{FileRole, RecordKind, Snapshot, TaskId, TreePath};

/// Folders and files that get other names.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Places {
    /// Folders of tasks, by where they were.
    pub(super) folders: BTreeMap<String, String>,
    /// The last parts of files' paths, by the files as they were.
    names: BTreeMap<TreePath, String>,
}

impl Places {
    pub(super) fn of(snapshot: &Snapshot, numbers: &Numbers) -> Result<Self, Vec<Obstacle>> {
        let mut places = Self::default();
        let mut obstacles = Vec::new();
        let mut kept: BTreeMap<String, Option<String>> = BTreeMap::new();
        for (path, file) in &snapshot.files {
            let reading = file.reading(|bytes| format::read(path, bytes));
            match path.role() {
                FileRole::TaskMarkdown => {
                    let record = reading.records.iter().find(|record| record.kind == RecordKind::FrontMatter);
                    let Some(id) = record.map(|record| &record.id) else { continue };
                    let Some((folder, moved)) = places.task_file(path, id, numbers) else { continue };
                    // All that is in a folder moves together, or nothing does.
                    if *kept.entry(folder.clone()).or_insert_with(|| moved.clone()) != moved {
                        obstacles.push(Obstacle::InTheWay(path.clone()));
                    }
                    if let Some(moved) = moved {
                        places.folders.insert(folder, moved);
                    }
                }
                FileRole::GeneratedText if !reading.records.is_empty() => {
                    let Some(id) = generated_text::id_of_name(path) else { continue };
                    let new = numbers.after(&id);
                    let stem = path.file_name().split(['.']).next().unwrap_or_default();
                    let number = stem.split('_').nth(1).unwrap_or_default();
                    let spelled = spelled_like(number, &id, &new, Word::None);
                    if new != id {
                        let rest = path.file_name().get("task_".len() + number.len()..).unwrap_or_default();
                        let width = if number.starts_with('0') || number.len() >= 3 { number.len().max(3) } else { 0 };
                        places.names.insert(path.clone(), format!("task_{spelled:0>width$}{rest}"));
                    }
                }
                _ => {}
            }
        }
        if obstacles.is_empty() { Ok(places) } else { Err(obstacles) }
    }

    /// The folder of a task's file, and what it is called afterwards, where that is another name.
    fn task_file(&mut self, path: &TreePath, id: &TaskId, numbers: &Numbers) -> Option<(String, Option<String>)> {
        let name = FileName::of(path);
        name.id().filter(|named| named.path() == id.path())?;
        let owner = name.folder_id()?.with_tag(id.tag());
        let (new, new_owner) = (numbers.after(id), numbers.after(&owner));
        if let Some(stem) = name.subtask() {
            let rest = new.path().strip_prefix(new_owner.path())?.strip_prefix('.')?;
            let old_rest = id.path().strip_prefix(owner.path())?.strip_prefix('.')?;
            let (rest, old_rest) = (TaskId::parse(rest).ok()?, TaskId::parse(old_rest).ok()?);
            if rest != old_rest {
                let spelled = spelled_like(stem, &old_rest, &rest, Word::None);
                self.names.insert(path.clone(), format!("{spelled}.md"));
            }
        }
        let folder = path.folder()?;
        let (above, last) = folder.rsplit_once('/')?;
        let moved =
            (new_owner != owner).then(|| format!("{above}/{}", spelled_like(last, &owner, &new_owner, Word::Task)));
        Some((folder.to_owned(), moved))
    }

    /// Where a file stands afterwards.
    pub(super) fn after(&self, path: &TreePath) -> TreePath {
        let name = self.names.get(path).map_or_else(|| path.file_name(), String::as_str);
        let folder = path.folder().unwrap_or_default();
        // The folder itself, or one inside the folder of a task.
        let moved = folder
            .match_indices('/')
            .map(|(at, _)| at)
            .chain([folder.len()])
            .rev()
            .find_map(|end| Some((self.folders.get(folder.get(..end)?)?, folder.get(end..)?)));
        let folder = moved.map_or_else(|| folder.to_owned(), |(moved, rest)| format!("{moved}{rest}"));
        let text = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        TreePath::new(text).unwrap_or_else(|_| path.clone())
    }

    /// The paths of folders and files where they are no more.
    pub(super) fn left(&self) -> impl Iterator<Item = &str> {
        self.folders.keys().map(String::as_str).chain(self.names.keys().map(TreePath::as_str))
    }

    /// Where a folder stands afterwards.
    pub(super) fn after_folder(&self, folder: &TreePath) -> TreePath {
        let inside = TreePath::new(format!("{folder}/x")).map(|path| self.after(&path));
        let moved = inside.ok().and_then(|path| TreePath::new(path.folder()?).ok());
        moved.unwrap_or_else(|| folder.clone())
    }

    /// New names that a file system without case takes for others.
    pub(super) fn collisions(&self, before: &Snapshot, after: &Snapshot) -> Vec<Obstacle> {
        let is_new = |path: &TreePath| !before.files.contains_key(path);
        let files = collisions(after).into_iter().filter(|(one, other)| is_new(one) || is_new(other));
        let mut found: Vec<Obstacle> = files.map(|(one, other)| Obstacle::Case(one, other)).collect();
        let folders: BTreeSet<&str> = after.files.keys().filter_map(TreePath::folder).collect();
        for new in self.folders.values() {
            let other = folders.iter().find(|other| **other != new && other.to_lowercase() == new.to_lowercase());
            if let Some((one, other)) =
                other.and_then(|other| TreePath::new(*other).ok().zip(TreePath::new(new.as_str()).ok()))
            {
                found.push(Obstacle::Case(one, other));
            }
        }
        found
    }

    /// What the notes of a folder that moves belong to, before and afterwards.
    pub(super) fn owner(&self, path: &TreePath) -> Option<(TaskId, TaskId)> {
        let folder = path.folder()?;
        let id = |folder: &str| TaskId::parse(folder.rsplit('/').next()?).ok();
        Some((id(folder)?, id(self.folders.get(folder)?)?))
    }
}
