//! What commands say that edit the tree: what would be written, and what came of it.

use crate::app::{Published, SyncReport};
use crate::engine::plan::{Plan, PlannedFile};
use crate::model::TreePath;
use crate::ui::{Output, plan_changes, plural, render_effects, render_patch, render_sync, safe};

/// What a dry run shows: the files, and what would follow.
pub(super) fn dry_run(output: Output, files: &[PlannedFile], plan: &Plan) {
    for file in files {
        output.data(&render_patch(&file.path, file.before.as_deref(), Some(&file.after)));
    }
    for line in plan_changes(&plan.changes) {
        output.data(&format!("then: {line}\n"));
    }
    output.data(&render_effects(plan.effects.iter().filter(|effect| !effect.inherited)));
    output.say("nothing was written (dry run)");
}

/// Files that were left to the user, and what the engine did afterwards.
pub(super) fn aftermath(output: Output, left_alone: &[TreePath], sync: Option<&SyncReport>) {
    for path in left_alone {
        output.say(&format!("your changes to {path} contradict that; your file was left alone (see: git diff)"));
    }
    for line in sync.into_iter().flat_map(render_sync) {
        output.say(&line);
    }
}

/// What was pushed, and where to.
pub(super) fn published(output: Output, published: Option<&Published>) {
    along(output, published);
    if let Some(Published { remote, branch, proposed: Some(proposed), .. }) = published {
        let place = safe(&format!("{remote}/{}", proposed.branch)).into_owned();
        let branch = safe(branch);
        output.say(&format!("{branch} takes no pushes; pushed {} to {place}", proposed.commit.short()));
        match &proposed.pull_request {
            Some(address) => output.say(&format!("pull request: {}", safe(address))),
            None => output.say(&format!("open a pull request from {} into {branch}", safe(&proposed.branch))),
        }
        return;
    }
    let Some(Published { remote, branch, commit: Some(commit), overtaken, .. }) = published else { return };
    let again = match overtaken {
        0 => String::new(),
        times => format!(", after {} by somebody else", plural(*times as usize, "push", "pushes")),
    };
    output.say(&format!("pushed {} to {}{again}", commit.short(), safe(&format!("{remote}/{branch}"))));
}

/// What went along with the push: commits of the user's own.
fn along(output: Output, published: Option<&Published>) {
    const MOST: usize = 5;
    let Some(published) = published.filter(|published| published.commit.is_some() || published.proposed.is_some())
    else {
        return;
    };
    let commits = &published.along;
    for (id, subject) in commits.iter().take(MOST) {
        output.say(&format!("{} \"{}\" was not pushed yet, and went along", id.short(), safe(subject)));
    }
    if commits.len() > MOST {
        output.say(&format!("and so did {} more", commits.len() - MOST));
    }
}
