//! Tasks and files that are made in the tree in memory.

use std::collections::BTreeSet;

use super::super::creation::{CreateError, GeneratedFile, TaskDraft};
use super::super::numbering::{self, Series};
use super::super::report;
use super::{Workspace, habit, spelling};
use crate::format::new_task::NewTask;
use crate::format::{front_matter, patch, tasks_json};
use crate::model::{Board, DEFAULT_TAG, FileRole, RecordKind, Severity, SourceFile, Task, TaskId, Timestamp, TreePath};

/// A task that was made.
#[derive(Debug, Clone, PartialEq)]
pub struct MadeTask {
    /// What was written.
    pub task: NewTask,
    /// The file it is in.
    pub path: TreePath,
    /// The kind of place.
    pub kind: RecordKind,
}

/// Where a new task goes.
struct Place {
    id: TaskId,
    /// Which of its series.
    number: u64,
    kind: RecordKind,
    path: TreePath,
    /// A file whose style a new one follows.
    neighbour: Option<TreePath>,
}

impl Workspace<'_> {
    /// Makes a task with the next free number, in the layout of its neighbours; the board has it at once.
    ///
    /// # Errors
    /// When it cannot be made, or the board would not gain exactly this task. Nothing has changed then.
    pub fn make_task(&mut self, draft: &TaskDraft, moment: Option<Timestamp>) -> Result<MadeTask, CreateError> {
        self.refresh();
        self.write_out();
        let title = one_line(&draft.title);
        if title.is_empty() {
            return Err(CreateError::NoTitle);
        }
        if !title.chars().any(char::is_alphanumeric) {
            return Err(CreateError::NoWord { title });
        }
        let place = self.free_place(draft)?;
        for id in &draft.dependencies {
            self.board.tasks.get(id).ok_or_else(|| CreateError::NoSuchTask { id: id.clone() })?;
        }
        let status = spelling(draft.status.as_deref().unwrap_or("pending"), place.kind, &self.board.statuses);
        let status = habit::spelled(&status, place.kind, "", &self.board).map_or(status, ToOwned::to_owned);
        let description = draft.description.as_deref().map(without_control).filter(|text| !text.trim().is_empty());
        let task = NewTask {
            id: place.id,
            title,
            status,
            priority: draft.priority.clone(),
            dependencies: draft.dependencies.clone(),
            description,
            fields: draft.fields.clone(),
            moment,
        };
        let path = place.path;
        if let Some(path) = self.in_the_place_of_a_folder(&path) {
            return Err(CreateError::Taken { path });
        }
        let old = self.snapshot.files.get(&path).cloned();
        let edit_error = |source| CreateError::Edit { path: path.clone(), source };
        let bytes = match (place.kind, &old) {
            (RecordKind::TasksJson, Some(file)) => {
                let patches = tasks_json::insert(file.bytes(), &task).map_err(edit_error)?;
                patch::apply(file.bytes(), &patches)
                    .map_err(|error| CreateError::NotReadBack { reason: error.to_string() })?
            }
            (_, Some(_)) => return Err(CreateError::Taken { path }),
            (_, None) => {
                front_matter::create(&task, place.neighbour.as_ref().and_then(|path| self.snapshot.bytes(path)))
            }
        };
        let before = self.board.clone().into_owned();
        self.write(path.clone(), SourceFile::new(bytes));
        self.read_anew();
        let made = MadeTask { task, path, kind: place.kind };
        if let Err(reason) = gains(&before, &self.board, &made) {
            match old {
                Some(file) => self.snapshot.to_mut().files.insert(made.path.clone(), file),
                None => self.snapshot.to_mut().files.remove(&made.path),
            };
            self.read_anew();
            return Err(CreateError::NotReadBack { reason });
        }
        if made.kind == RecordKind::TasksJson {
            self.grown.insert(made.path.clone());
        }
        self.original.entry(made.path.clone()).or_insert(old);
        Ok(made)
    }

    /// Writes a generated file; whether it differs from what is there.
    ///
    /// # Errors
    /// When it is no place for one, or what stands there was not written by the engine.
    pub fn write_generated(&mut self, file: &GeneratedFile) -> Result<Written, CreateError> {
        if file.path.role() != FileRole::Report {
            return Err(CreateError::NotGenerated { path: file.path.clone() });
        }
        let itself = || Some(file.path.clone()).filter(|path| self.snapshot.blocked.contains(path));
        let beside = || self.beside.and_then(|beside| beside.blocks(&file.path)).cloned();
        if let Some(path) = self.in_the_place_of_a_folder(&file.path).or_else(itself).or_else(beside) {
            return Err(CreateError::Taken { path });
        }
        let old = self.snapshot.files.get(&file.path).cloned();
        if old.as_ref().is_some_and(|old| old.bytes() == file.bytes) {
            return Ok(Written::AsItWas);
        }
        if old.as_ref().is_some_and(|old| !report::is_generated(old.bytes())) {
            return Err(CreateError::Foreign { path: file.path.clone() });
        }
        self.write(file.path.clone(), SourceFile::new(file.bytes.as_slice()));
        let is_new = old.is_none();
        self.original.entry(file.path.clone()).or_insert(old);
        Ok(if is_new { Written::New } else { Written::Changed })
    }

    /// A file that stands where a folder of a new file would be.
    fn in_the_place_of_a_folder(&self, path: &TreePath) -> Option<TreePath> {
        let folders = std::iter::successors(path.folder(), |folder| Some(folder.rsplit_once('/')?.0));
        let mut folders = folders.filter_map(|folder| TreePath::new(folder).ok());
        folders.find(|folder| self.snapshot.files.contains_key(folder) || self.snapshot.blocked.contains(folder))
    }

    /// The next place that nothing beside the tree has.
    fn free_place(&self, draft: &TaskDraft) -> Result<Place, CreateError> {
        let mut place = self.place(draft, draft.taken)?;
        let Some(beside) = self.beside else { return Ok(place) };
        let key = numbering::key_in(&draft.fields);
        while beside.is_in_the_way(&place.id, &place.path, key.as_ref()) {
            let next = self.place(draft, place.number)?;
            if next.id == place.id {
                break;
            }
            // What is in the way of every number.
            let blocked = beside.blocks(&place.path);
            if let Some(path) = blocked.filter(|_| beside.blocks(&next.path) == blocked) {
                return Err(CreateError::Taken { path: path.clone() });
            }
            place = next;
        }
        Ok(place)
    }

    fn place(&self, draft: &TaskDraft, taken: u64) -> Result<Place, CreateError> {
        if let Some(id) = &draft.parent {
            let parent = self.board.tasks.get(id).ok_or_else(|| CreateError::NoSuchTask { id: id.clone() })?;
            return self.place_below(parent, taken);
        }
        let tag = draft.tag.clone().unwrap_or_else(|| usual_tag(&self.board));
        let of_tag = |task: &Task| task.parent.is_none() && !task.record.nested && task.id.tag() == tag;
        let any = || self.neighbour(|task| task.parent.is_none() && !task.record.nested);
        let neighbour = self.neighbour(of_tag);
        let lists = ["tasks/tasks.json", "tasks.json"].into_iter().filter_map(|path| TreePath::new(path).ok());
        let lists: Vec<TreePath> = lists.filter(|path| self.snapshot.files.contains_key(path)).collect();
        let has_list = |path: &&TreePath| {
            self.snapshot.bytes(path).is_some_and(|bytes| tasks_json::has_list(bytes, &tag)) || tag == DEFAULT_TAG
        };
        // Of two lists the one that has the tag. A tree of files alone has a folder for each.
        let list = lists.iter().find(has_list);
        let in_list = match (tag == DEFAULT_TAG, neighbour.is_some()) {
            // Where only other tags have files, this one lives where its tasks are.
            (true, false) => list.is_some() && (any().is_none() || self.has_entries(&tag)),
            (_, true) => false,
            (false, false) => !lists.is_empty() || any().is_none(),
        };
        if in_list {
            let (number, id) = self.next_number(&tag, None, taken, &Series::of(&self.snapshot, &tag, None))?;
            let path = list.cloned().ok_or(CreateError::NoSuchTag { tag })?;
            return Ok(Place { id, number, kind: RecordKind::TasksJson, path, neighbour: None });
        }
        let (number, id) = self.next_number(&tag, None, taken, &Series::default())?;
        let below = match (neighbour, tag == DEFAULT_TAG) {
            (Some(task), false) => {
                let folder = task.path.folder().and_then(|folder| folder.rsplit_once('/'));
                folder.map_or("context".to_owned(), |(below, _)| below.to_owned())
            }
            (None, false) => format!("context/{tag}"),
            (_, true) => "context".to_owned(),
        };
        let neighbour = neighbour.or_else(any);
        let like = neighbour.map(|task| task.path.clone());
        let folder = self.folder_style();
        let path = tree_path(format!("{below}/{}/task.md", spelled(folder, id.last_segment())))?;
        Ok(Place { id, number, kind: RecordKind::FrontMatter, path, neighbour: like })
    }

    /// Whether tasks at the top with this tag are in a list.
    fn has_entries(&self, tag: &str) -> bool {
        let mut tasks = self.board.tasks.values();
        tasks.any(|task| task.parent.is_none() && task.id.tag() == tag && task.record.kind == RecordKind::TasksJson)
    }

    fn place_below(&self, parent: &Task, taken: u64) -> Result<Place, CreateError> {
        let tag = parent.id.tag();
        if parent.record.kind != RecordKind::FrontMatter {
            let series = Series::of(&self.snapshot, tag, Some(&parent.id));
            let (number, id) = self.next_number(tag, Some(&parent.id), taken, &series)?;
            return Ok(Place { id, number, kind: RecordKind::TasksJson, path: parent.path.clone(), neighbour: None });
        }
        if parent.record.nested || parent.id.parent().is_some() {
            return Err(CreateError::TooDeep { parent: parent.id.clone() });
        }
        let (number, id) = self.next_number(tag, Some(&parent.id), taken, &Series::default())?;
        let sibling = self.neighbour(|task| task.record.nested && task.parent.as_ref() == Some(&parent.id));
        let other = || self.neighbour(|task| task.record.nested);
        let like = sibling.or_else(other).map_or(&parent.path, |task| &task.path);
        let stem = like.file_name().strip_prefix("subtask_").and_then(|name| name.strip_suffix(".md"));
        let style = stem.filter(|stem| !stem.starts_with('0')).map_or(("subtask_", 3), |stem| {
            ("subtask_", if stem.bytes().all(|byte| byte.is_ascii_digit()) { 0 } else { 3 })
        });
        let folder = parent.path.folder().unwrap_or("context");
        let path = tree_path(format!("{folder}/{}.md", spelled((style.0.to_owned(), style.1), id.last_segment())))?;
        Ok(Place { id, number, kind: RecordKind::FrontMatter, path, neighbour: Some(like.clone()) })
    }

    /// The next number behind `taken` that nothing in the tree and no event has, and the id with it.
    fn next_number(
        &self,
        tag: &str,
        parent: Option<&TaskId>,
        taken: u64,
        series: &Series,
    ) -> Result<(u64, TaskId), CreateError> {
        let spoken: BTreeSet<u64> = self.spoken.iter().filter_map(|id| series.number(id, tag, parent)).collect();
        let mut number = numbering::next(&self.snapshot, tag, parent, series).max(taken.saturating_add(1));
        while spoken.contains(&number) && number < u64::MAX {
            number += 1;
        }
        Ok((number, numbered(tag, parent, &series.name(number))?))
    }

    /// The last task of that sort that has a Markdown file.
    fn neighbour(&self, fits: impl Fn(&Task) -> bool) -> Option<&Task> {
        let is_markdown = |task: &&Task| task.record.kind == RecordKind::FrontMatter;
        self.board.tasks.values().rev().filter(is_markdown).find(|task| fits(task))
    }

    /// How folders of tasks are named: the word, and how many digits there are at least.
    fn folder_style(&self) -> (String, usize) {
        // A folder of a subtask's own is called as subtasks are.
        let is_one = |task: &&Task| task.record.kind == RecordKind::FrontMatter && task.id.segments().count() == 1;
        let folders = self.board.tasks.values().rev().filter(is_one);
        let names = folders.filter_map(|task| task.path.folder()?.rsplit('/').next());
        let mut style = None;
        for name in names {
            let word = name.trim_end_matches(|c: char| c.is_ascii_digit());
            let digits = name.get(word.len()..).unwrap_or_default();
            if digits.is_empty()
                || !TaskId::parse(name).is_ok_and(|id| id.path().bytes().all(|byte| byte.is_ascii_digit()))
            {
                continue;
            }
            if digits.starts_with('0') {
                return (word.to_owned(), digits.len());
            }
            style.get_or_insert_with(|| (word.to_owned(), 0));
        }
        style.unwrap_or_else(|| ("task_".to_owned(), 3))
    }
}

/// The tag that new tasks of a board have: the default one where it is in use, else the current one.
#[must_use]
pub fn usual_tag(board: &Board) -> String {
    let mut tags = board.tasks.keys().map(TaskId::tag);
    if board.tasks.is_empty() || tags.clone().any(|tag| tag == DEFAULT_TAG) {
        return DEFAULT_TAG.to_owned();
    }
    let current = board.current_tag.as_deref().filter(|current| tags.clone().any(|tag| tag == *current));
    current.or_else(|| tags.next()).unwrap_or(DEFAULT_TAG).to_owned()
}

/// What became of a generated file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It had these bytes.
    AsItWas,
    /// It was not there.
    New,
    /// It had others.
    Changed,
}

fn spelled((word, width): (String, usize), number: &str) -> String {
    format!("{word}{number:0>width$}")
}

fn tree_path(text: String) -> Result<TreePath, CreateError> {
    TreePath::new(text).map_err(|error| CreateError::NotReadBack { reason: error.to_string() })
}

fn numbered(tag: &str, parent: Option<&TaskId>, name: &str) -> Result<TaskId, CreateError> {
    let id = match parent {
        Some(parent) => parent.child(name),
        None => TaskId::parse(name).map(|id| id.with_tag(tag)),
    };
    id.map_err(|error| CreateError::NotReadBack { reason: error.to_string() })
}

/// The text on one line, without what no line has.
fn one_line(text: &str) -> String {
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

fn without_control(text: &str) -> String {
    text.replace("\r\n", "\n").chars().filter(|c| matches!(c, '\n' | '\t') || !c.is_control()).collect()
}

/// Whether a board has exactly one task more, and it says what it is to say.
fn gains(before: &Board, after: &Board, made: &MadeTask) -> Result<(), String> {
    let errors = |board: &Board| board.diagnostics.iter().filter(|finding| finding.severity == Severity::Error).count();
    if errors(after) > errors(before) {
        let news = after.diagnostics.iter().filter(|finding| finding.severity == Severity::Error);
        let mut news = news.filter(|finding| !before.diagnostics.contains(finding));
        return Err(news.next().map_or_else(|| "it would be an error".to_owned(), |finding| finding.message.clone()));
    }
    let wanted = &made.task;
    let Some(task) = after.tasks.get(&wanted.id) else { return Err(format!("there would be no task {}", wanted.id)) };
    if after.tasks.len() != before.tasks.len() + 1 || !before.tasks.keys().all(|id| after.tasks.contains_key(id)) {
        return Err("other tasks would come or go".to_owned());
    }
    let dependencies: Vec<&TaskId> = task.dependencies.iter().map(|dependency| &dependency.id).collect();
    let differs = [
        ("file", task.path != made.path || task.record.kind != made.kind),
        ("title", task.title() != wanted.title),
        ("status", task.status() != wanted.status || after.drift(task).next().is_some()),
        ("parent", task.parent != wanted.id.parent()),
        ("dependencies", !dependencies.into_iter().eq(&wanted.dependencies)),
    ];
    match differs.iter().find(|(_, differs)| *differs) {
        Some((what, _)) => Err(format!("its {what} would be another")),
        None => Ok(()),
    }
}
