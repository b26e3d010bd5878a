//! Old paths and calls in scripts, targets and pipelines, as they are to be now: one commit, or nothing.

use std::collections::BTreeMap;

use super::commit::make_processed;
use super::inventory::Reading;
use super::{AppError, InventoryLimits, Keep, Project, SkippedFile, message};
use crate::engine::inventory::{ByHand, OLD_PATHS, OldPath, Rewrite, Standing, Text, rewrite};
use crate::engine::plan::Merge;
use crate::git::{Deferral, Disk, EngineCommit, FileChange, NewMode, TrackedFile};
use crate::model::{CommitId, Timestamp, TreePath};
use crate::store::{self, Bounded};

/// What was rewritten, or would be.
#[derive(Debug)]
pub struct ScriptsReport {
    /// The files that changed, or would, with their paths from the top of the repository.
    pub files: Vec<FileChange>,
    /// What changed in them, with the path of each.
    pub changes: Vec<(String, Rewrite)>,
    /// What people have to look at, with the path of each.
    pub by_hand: Vec<(String, ByHand)>,
    /// Files that would have been looked at.
    pub skipped: Vec<SkippedFile>,
    /// Which bound ended it early, if one did; nothing was committed then.
    pub stopped: Option<&'static str>,
    /// The commit; `None` for a dry run, and where there was nothing to do.
    pub commit: Option<CommitId>,
    /// Files that hold the user's own changes and could not follow.
    pub left_alone: Vec<TreePath>,
}

/// Rewrites old paths, and calls of scripts that update a status, in the files that git tracks, in one commit of the
/// user's.
///
/// # Errors
/// When one of those files has changes that no commit has, or nothing can be committed now. Nothing is written then.
pub fn migrate_scripts(
    project: &Project,
    limits: InventoryLimits,
    keep: Keep,
    now: Timestamp,
) -> Result<ScriptsReport, AppError> {
    if let Some(why) = project.repository.deferral()? {
        return Err(AppError::Deferred(why));
    }
    let (Some(branch), Some(tip)) = (project.repository.branch()?, project.repository.head()?) else {
        return Err(AppError::Deferred(Deferral::Detached));
    };
    let whole = project.whole()?;
    let mut report = plan(project, &tip, limits)?;
    let paths: Vec<&str> = report.files.iter().map(|file| file.path.as_str()).collect();
    let dirty = whole.repository.changed_files(&paths)?;
    if !dirty.is_empty() {
        let paths = dirty.into_iter().filter_map(|path| TreePath::new(path).ok()).collect();
        return Err(AppError::Dirty { paths });
    }
    if keep == Keep::Commit && report.stopped.is_none() && !report.files.is_empty() {
        let view = project.commit(&tip)?;
        let text = text(&message::subject(&view.workflow, "scripts name the tasks where they are"), &report.changes);
        let commit = EngineCommit {
            branch: &branch,
            tip: Some(&tip),
            message: &text,
            identity: &project.repository.user()?,
            time: now,
            files: &report.files,
            redo: &|_, _| None,
            disk: Disk::Follows,
        };
        let made = make_processed(&whole, &commit)?;
        (report.commit, report.left_alone) = (Some(made.id), made.left_alone);
    }
    Ok(report)
}

/// What is to change in the files as the last commit has them.
fn plan(project: &Project, tip: &CommitId, limits: InventoryLimits) -> Result<ScriptsReport, AppError> {
    let tracked = project.repository.tracked_files()?;
    let top = project.repository.workdir()?;
    let is_there = |path: &OldPath| {
        tracked.iter().any(|file: &TrackedFile| path.found_in(&file.path) == Some(0))
            || !matches!(store::read_bounded(&top.join(path.old), 0), Ok(Bounded::NoFile))
    };
    let at_new_place = |path: &OldPath| {
        let is_it = |file: &TrackedFile| match path.new.split_once("NNN") {
            None => file.path == path.new,
            Some((begin, end)) => file.path.starts_with(begin) && file.path.ends_with(end),
        };
        tracked.iter().any(is_it) || !matches!(store::read_bounded(&top.join(path.new), 0), Ok(Bounded::NoFile))
    };
    let known: BTreeMap<&'static str, Standing> = OLD_PATHS
        .iter()
        .map(|path| {
            let standing = match (is_there(path), at_new_place(path)) {
                (true, _) => Standing::Old,
                (false, true) => Standing::New,
                (false, false) => Standing::Nowhere,
            };
            (path.old, standing)
        })
        .collect();
    let is_there = |path: &OldPath| known.get(path.old).copied().unwrap_or(Standing::Nowhere);
    let reading = Reading::of_tracked(project, &tracked, limits);
    let mut report = ScriptsReport {
        files: Vec::new(),
        changes: Vec::new(),
        by_hand: Vec::new(),
        skipped: reading.skipped,
        stopped: reading.stopped,
        commit: None,
        left_alone: Vec::new(),
    };
    for text in &reading.texts {
        // The worktree's bytes say whether there is anything; the commit's are what changes.
        let here = rewrite(text, &is_there);
        if here.changes.is_empty() {
            report.by_hand.extend(here.by_hand.into_iter().map(|place| (text.path.clone(), place)));
            continue;
        }
        let left = |why| {
            let line = here.changes.first().map_or(1, |change| change.line);
            (text.path.clone(), ByHand { line, what: text.path.clone(), why })
        };
        let (Ok(path), Some(before)) =
            (TreePath::new(text.path.clone()), project.repository.committed(tip, &text.path)?)
        else {
            report.by_hand.push(left("it is in no commit yet, or has a name that nothing is written to"));
            continue;
        };
        let Ok(committed) = String::from_utf8(before.clone()) else {
            report.by_hand.push(left("it is not in UTF-8"));
            continue;
        };
        let result = rewrite(&Text { text: committed, ..text.clone() }, &is_there);
        report.by_hand.extend(result.by_hand.into_iter().map(|place| (text.path.clone(), place)));
        report.changes.extend(result.changes.into_iter().map(|change| (text.path.clone(), change)));
        let after = Some(result.text.into_bytes());
        report.files.push(FileChange {
            path,
            before: Some(before),
            after,
            merge: Merge::ByLines,
            mode: NewMode::Plain,
        });
    }
    Ok(report)
}

/// The whole message: each change in a line, as far as a message bears them.
fn text(subject: &str, changes: &[(String, Rewrite)]) -> String {
    const MOST: usize = 200;
    let mut text = format!("{subject}\n\n");
    for (path, change) in changes.iter().take(MOST) {
        let line = format!("{path}:{}: {} -> {}", change.line, change.old, change.new);
        text.push_str(&format!("- {}\n", message::clean(&line)));
    }
    if changes.len() > MOST {
        text.push_str(&format!("- and {} more\n", changes.len() - MOST));
    }
    text
}
