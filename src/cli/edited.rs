//! What commands say that edit the tree: what would be written, and what came of it.

use crate::app::{Published, Refusal, Surroundings, SyncReport};
use crate::effect::{Github, Proposal};
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

/// What is done where the branch takes no pushes: in a pipeline the commits are proposed.
pub(super) fn refusal() -> Refusal {
    if Surroundings::of_process().is_ok_and(|surroundings| surroundings.is_pipeline()) {
        Refusal::Stacks
    } else {
        Refusal::Fails
    }
}

/// Opens a pull request for what a step has done and the branch did not take. Where that cannot be, the commits are there all the same.
pub(super) fn propose(output: Output, published: &mut Option<Published>, what: &str) {
    let Some(Published { branch, proposed: Some(proposed), .. }) = published else { return };
    let Some(github) = Github::of_process() else { return };
    let body = format!(
        "What steps of pipelines have done on `{}`, which takes no pushes; the last of them: `{what}`.\n\nThis pull request is \
         updated until it is merged. Merge it with its commits as they are: they say what was done already.\n",
        branch.replace('`', "'")
    );
    let title = "Tasks: what pipelines have done".to_owned();
    let proposal = Proposal { head: proposed.branch.clone(), base: branch.clone(), title, body };
    match github.propose(&proposal) {
        Ok(address) => proposed.pull_request = Some(address),
        Err(error) => output.say(&format!("no pull request was opened: {}", safe(&error.to_string()))),
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
