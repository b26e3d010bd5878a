use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::{AppError, Project, workflow_of};
use crate::engine::inventory::{ByPath, Entry, Finder, Kind, Text, by_head, by_path, look, triggers};
use crate::git::{TrackedFile, TrackedKind};
use crate::model::{Snapshot, SourceFile, TreePath};
use crate::store::{self, Bounded};

/// How much is looked at, so that no repository can make this endless.
#[derive(Debug, Clone, Copy)]
pub struct InventoryLimits {
    /// Files.
    pub files: usize,
    /// Bytes of one file.
    pub file: u64,
    /// Bytes in all.
    pub bytes: u64,
    /// Time.
    pub time: Duration,
}

impl Default for InventoryLimits {
    fn default() -> Self {
        Self { files: 20_000, file: 1024 * 1024, bytes: 64 * 1024 * 1024, time: Duration::from_secs(10) }
    }
}

/// A hook of this clone.
#[derive(Debug, Clone)]
pub struct CloneHook {
    /// As people would write it: `.git/hooks/pre-commit`.
    pub path: String,
    /// The file.
    pub file: PathBuf,
    /// Whether git would run it.
    pub executable: bool,
}

/// Everything that touches tasks, and what was not looked at.
#[derive(Debug, Clone)]
pub struct InventoryReport {
    /// In the order of the table.
    pub entries: Vec<Entry>,
    /// Hooks among them that cannot be executed, so that git does not run them.
    pub asleep: Vec<String>,
    /// Files that would have been looked at.
    pub skipped: Vec<SkippedFile>,
    /// How many files were looked at.
    pub files: usize,
    /// Which bound ended it early, if one did.
    pub stopped: Option<&'static str>,
}

/// A file that was not looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedFile {
    /// The file.
    pub path: String,
    /// Why.
    pub why: String,
}

/// What in the repository touches tasks: files that git tracks as they are in the worktree, these hooks of the clone,
/// and the rules. `commands` are the names of this program's own commands. Changes nothing.
///
/// # Errors
/// In a bare repository, or when git cannot list its files.
pub fn inventory(
    project: &Project,
    hooks: &[CloneHook],
    commands: &BTreeSet<String>,
    limits: InventoryLimits,
) -> Result<InventoryReport, AppError> {
    let mut reading = Reading::new(limits);
    for hook in hooks {
        // Whatever the folder is called, git looks for hooks there; what is not called as one is not run.
        if let Some(ByPath::Finder(finder)) = by_path(&format!("hooks/{}", name_of(&hook.path)))
            && !reading.is_over()
        {
            reading.read(&hook.path, &hook.file, finder);
        }
    }
    let tracked = project.repository.tracked_files()?;
    let mut asleep_here: BTreeSet<String> =
        hooks.iter().filter(|hook| !hook.executable).map(|hook| hook.path.clone()).collect();
    let is_known = |path: &str| hooks.iter().any(|hook| hook.path == path);
    asleep_here
        .extend(tracked.iter().filter(|file| is_asleep(file) && !is_known(&file.path)).map(|file| file.path.clone()));
    reading.all_tracked(project, &tracked);
    let Reading { began, texts, skipped, mut stopped, .. } = reading;
    let files = texts.len();
    let mut go_on = || {
        let is_in_time = began.elapsed() < limits.time;
        if !is_in_time {
            stopped = Some(OUT_OF_TIME);
        }
        is_in_time
    };
    let mut entries = look(&texts, commands, &mut go_on);
    entries.extend(rules(project)?);
    let mut asleep: Vec<String> = entries.iter().map(|entry| entry.path.clone()).collect();
    asleep.retain(|path| asleep_here.contains(path));
    asleep.dedup();
    Ok(InventoryReport { entries, asleep, skipped, files, stopped })
}

/// Whether a tracked hook is one that git would not run. Husky runs its own itself.
fn is_asleep(file: &TrackedFile) -> bool {
    let is_hook = matches!(by_path(&file.path), Some(ByPath::Finder(finder)) if finder.kind == Kind::Hook);
    is_hook && file.kind == TrackedKind::Plain && !name_of(&file.path).contains('.') && !file.path.contains(".husky/")
}

const OUT_OF_TIME: &str = "it took too long";

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The triggers of the worktree's rules.
fn rules(project: &Project) -> Result<Vec<Entry>, AppError> {
    let path = TreePath::workflow();
    let Some(bytes) = store::read(&project.on_disk(&path)?)? else { return Ok(Vec::new()) };
    let mut snapshot = Snapshot::empty();
    snapshot.files.insert(path.clone(), SourceFile::new(bytes));
    Ok(triggers(&workflow_of(&snapshot), &project.repository.full_path(&path)))
}

/// Files on their way into memory.
pub(super) struct Reading {
    limits: InventoryLimits,
    began: Instant,
    bytes: u64,
    pub(super) texts: Vec<Text>,
    pub(super) skipped: Vec<SkippedFile>,
    pub(super) stopped: Option<&'static str>,
}

impl Reading {
    /// These files of the repository, as far as anything looks at them.
    pub(super) fn of_tracked(project: &Project, files: &[TrackedFile], limits: InventoryLimits) -> Self {
        let mut reading = Self::new(limits);
        reading.all_tracked(project, files);
        reading
    }

    fn all_tracked(&mut self, project: &Project, files: &[TrackedFile]) {
        let tree = format!("{}/", project.repository.prefix());
        // What the tree says of itself is not what touches it.
        // A team's hooks are known already.
        let known: BTreeSet<String> = self.texts.iter().map(|text| text.path.clone()).collect();
        for file in files.iter().filter(|file| !file.path.starts_with(&tree) && !known.contains(&file.path)) {
            if self.is_over() {
                break;
            }
            self.tracked(file);
        }
    }

    fn new(limits: InventoryLimits) -> Self {
        Self { limits, began: Instant::now(), bytes: 0, texts: Vec::new(), skipped: Vec::new(), stopped: None }
    }

    fn is_over(&mut self) -> bool {
        self.stopped = if self.texts.len() >= self.limits.files {
            Some("there are too many files")
        } else if self.bytes >= self.limits.bytes {
            Some("the files are too large together")
        } else if self.began.elapsed() >= self.limits.time {
            Some(OUT_OF_TIME)
        } else {
            None
        };
        self.stopped.is_some()
    }

    fn tracked(&mut self, file: &TrackedFile) {
        match (by_path(&file.path), file.kind) {
            (None, _) | (_, TrackedKind::Other) | (Some(ByPath::AskBeginning), TrackedKind::Plain) => {}
            (Some(ByPath::Finder(finder)), _) => self.read(&file.path, &file.file, finder),
            (Some(ByPath::AskBeginning), TrackedKind::Executable) => {
                // Programs that were compiled are tracked too; they are no scripts, and need no word.
                if let Ok(Bounded::Text(text)) = store::read_bounded(&file.file, self.limits.file)
                    && let Some(finder) = by_head(text.as_bytes())
                {
                    self.keep(&file.path, text, finder);
                }
            }
        }
    }

    fn read(&mut self, path: &str, file: &std::path::Path, finder: &'static Finder) {
        let why = match store::read_bounded(file, self.limits.file) {
            Ok(Bounded::Text(text)) => return self.keep(path, text, finder),
            Ok(Bounded::NoFile) => return,
            Ok(Bounded::Binary) => "it is no text".to_owned(),
            Ok(Bounded::TooLarge(bytes)) => {
                format!("it has {bytes} bytes, and files of more than {} are not read", self.limits.file)
            }
            Err(error) => error.to_string(),
        };
        self.skipped.push(SkippedFile { path: path.to_owned(), why });
    }

    fn keep(&mut self, path: &str, text: String, finder: &'static Finder) {
        self.bytes += text.len() as u64;
        self.texts.push(Text { path: path.to_owned(), finder, text });
    }
}
