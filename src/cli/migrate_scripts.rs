//! `migrate --scripts`.

use super::Context;
use crate::app::{self, AppError, InventoryLimits, Keep, Project, ScriptsReport};
use crate::ui::{Exit, plural, render_patch, safe};
use crate::wire::{self, MigrateScriptsJson};

/// Rewrites scripts, or shows how they would be.
pub(super) fn run(keep: Keep, context: &Context) -> Result<Exit, AppError> {
    let project = context.project()?;
    if keep == Keep::Commit {
        context.mend(&project)?;
    }
    match attempt(&project, keep) {
        Ok(report) => {
            show(&report, context);
            Ok(if report.stopped.is_some() { Exit::Findings } else { Exit::Success })
        }
        Err(error) => {
            if let AppError::Dirty { paths } = &error
                && !context.json
            {
                for path in paths {
                    context.output.data(&format!("{}\n", safe(path.as_str())));
                }
            }
            Err(error)
        }
    }
}

fn attempt(project: &Project, keep: Keep) -> Result<ScriptsReport, AppError> {
    let work = || app::migrate_scripts(project, InventoryLimits::default(), keep, super::now());
    if keep == Keep::DryRun {
        return work();
    }
    Context::logged(project, "migrate", work, |record, report| record.note_commit(report.commit.as_ref()))
}

fn show(report: &ScriptsReport, context: &Context) {
    let output = context.output;
    if context.json {
        return output.data(&wire::pretty(&MigrateScriptsJson::of(report)));
    }
    if report.commit.is_none() {
        for file in &report.files {
            output.data(&render_patch(&file.path, file.before.as_deref(), file.after.as_deref()));
        }
    }
    for (path, place) in &report.by_hand {
        output.say(&format!("by hand: {}:{} {} ({})", safe(path), place.line, safe(&place.what), place.why));
    }
    for skipped in &report.skipped {
        output.say(&format!("not looked at: {} ({})", safe(&skipped.path), safe(&skipped.why)));
    }
    for path in &report.left_alone {
        output.say(&format!(
            "your changes to {} contradict that; your file was left alone (see: git diff)",
            safe(path.as_str())
        ));
    }
    let changes = plural(report.changes.len(), "place", "places");
    let files = plural(report.files.len(), "file", "files");
    output.say(&match (&report.commit, report.stopped) {
        (Some(id), _) => format!("{changes} in {files} rewritten (commit {0}; take back: git revert {0})", id.short()),
        (None, Some(why)) => format!("nothing was written: not all files were looked at, {why}"),
        (None, None) if report.files.is_empty() => "no script has an old path or an old call to rewrite".to_owned(),
        (None, None) => format!("{changes} in {files} would be rewritten"),
    });
}
