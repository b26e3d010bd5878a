//! The tasks of a Backlog.md folder, as the last commit has them.

use super::{AppError, MigrateRequest, Project, Source, View};
use crate::engine::migrate::{Backlog, Refusal, Shelf};
use crate::format::front_matter::BacklogSettings;
use crate::model::{CommitId, TreePath};

/// Settings beside the folder; they may name it.
const BESIDE: &str = "backlog.config.yml";
/// Where the folder is where no settings name it.
const FOLDERS: [&str; 2] = ["backlog", ".backlog"];
/// Settings in the folder.
const INSIDE: [&str; 2] = ["config.yml", "config.yaml"];

/// The folder of Backlog.md that is to be imported: where that was asked for, or there is nothing else.
///
/// # Errors
/// As [`find`], and where it was asked for and is not there.
pub(super) fn wanted(
    project: &Project,
    tip: &CommitId,
    view: &View,
    request: &MigrateRequest,
) -> Result<Option<Backlog>, AppError> {
    match request.from {
        Some(Source::Backlog) => match find(project, tip)? {
            Some(found) => Ok(Some(found)),
            None => Err(Refusal::NoBacklog.into()),
        },
        // A list that cannot be read is no reason to look elsewhere.
        None if !view.snapshot.files.keys().any(|path| path.role().holds_tasks() && *path != TreePath::workflow()) => {
            find(project, tip)
        }
        _ => Ok(None),
    }
}

/// The folder beside the tree's, if a commit has one with tasks in it.
///
/// # Errors
/// When files in it have changes that no commit has, or the commit cannot be read.
fn find(project: &Project, tip: &CommitId) -> Result<Option<Backlog>, AppError> {
    let repository = &project.repository;
    let Some(beside) = repository.name_beside_tree(BESIDE) else { return Ok(None) };
    let mut unread_settings = None;
    let mut read = |path: String| -> Result<Option<BacklogSettings>, AppError> {
        let Some(bytes) = repository.committed(tip, &path)? else { return Ok(None) };
        let found = BacklogSettings::read(&bytes);
        Ok(Some(found.unwrap_or_else(|why| {
            unread_settings = Some(format!("{path}: {why}"));
            BacklogSettings::default()
        })))
    };
    let outside = read(beside)?;
    let named = outside.as_ref().and_then(|settings| settings.folder.as_deref());
    let named = named.map(|folder| folder.trim_start_matches("./").trim_end_matches('/').to_owned());
    let candidates = named.into_iter().chain(FOLDERS.map(ToOwned::to_owned));
    for folder in candidates.filter(|folder| TreePath::new(folder.as_str()).is_ok()) {
        let Some(path) = repository.name_beside_tree(&folder) else { continue };
        let folders: Vec<(Shelf, String)> =
            Shelf::ALL.into_iter().map(|shelf| (shelf, format!("{path}/{}", shelf.folder()))).collect();
        let mut files = Vec::new();
        for (shelf, folder) in &folders {
            let found = repository.files_in_folder(tip, folder, &["md"])?.unwrap_or_default();
            files.extend(found.into_iter().map(|(name, bytes)| (*shelf, name, bytes)));
        }
        if files.is_empty() {
            continue;
        }
        let paths: Vec<&str> = folders.iter().map(|(_, folder)| folder.as_str()).collect();
        let dirty = repository.changed_files(&paths)?;
        if !dirty.is_empty() {
            let paths = dirty.into_iter().filter_map(|path| TreePath::new(path.trim_end_matches('/')).ok());
            return Err(AppError::Dirty { paths: paths.collect() });
        }
        let mut settings = outside;
        for name in INSIDE {
            if settings.is_none() {
                settings = read(format!("{path}/{name}"))?;
            }
        }
        let is_read = |other: &String| {
            INSIDE.contains(&other.as_str())
                || files
                    .iter()
                    .any(|(shelf, name, _): &(Shelf, String, _)| *other == format!("{}/{name}", shelf.folder()))
        };
        let others = repository.paths_below(tip, &path)?.into_iter().filter(|other| !is_read(other)).collect();
        let settings = settings.unwrap_or_default();
        return Ok(Some(Backlog { folder: path, settings, unread_settings, files, others }));
    }
    Ok(None)
}
