use std::time::Duration;

use super::{
    elsewhere, event_line, plan_changes, plan_summary as summary, plural, render_diagnostic, render_sync, safe,
};
use crate::app::{Beginning, Hold, LeftWhy, Sight};
use crate::effect::{News, Queued};
use crate::engine::action::STANDING;
use crate::engine::plan::{Plan, PlannedChange};
use crate::format::workflow::{Mode, WatchPolicy};
use crate::model::TreePath;
use crate::store::IntentState;
use crate::watch::{Polling, Scene};

/// How many files are named one by one.
const MOST_NAMED: usize = 5;

/// How many events are named one by one.
const MOST_EVENTS: usize = 20;

/// What a watcher sees and does, in lines for a person; none where it is not worth one.
#[must_use]
pub fn render(scene: &Scene<'_>) -> Vec<String> {
    match scene {
        Scene::Looked(..) => Vec::new(),
        Scene::Polls(why, every) => vec![polls(why, *every)],
        Scene::Fault(text) => vec![format!("a fault of this program: {}; watching begins anew", safe(text))],
        Scene::Sight(sight) => render_sight(sight),
        Scene::Effects(news) => render_news(news).into_iter().collect(),
    }
}

fn render_news(news: &News) -> Option<String> {
    Some(match news {
        News::Queued(queued) => {
            let parts = queued_parts(queued);
            if parts.is_empty() {
                return None;
            }
            format!("outbox: {}", parts.join(", "))
        }
        News::Settled(effect) => {
            let (intent, standing) = &**effect;
            let key = intent.key.get(..12).unwrap_or(&intent.key);
            let task = intent.task.as_ref().map_or_else(String::new, |task| format!(" {}", safe(task)));
            let what = format!("{key} {} {}{task}", safe(&intent.trigger), safe(&intent.action));
            let why = safe(&standing.reason);
            match standing.state {
                IntentState::Sent => format!("sent {what}"),
                IntentState::Dead => format!("given up {what}: {why}; taskmaster outbox show {key}"),
                IntentState::Parked => format!("left to you {what}: {why}; taskmaster outbox show {key}"),
                IntentState::Waiting if standing.not_before.is_some() => {
                    format!("tried again later: {what}: {why}")
                }
                _ => format!("{} {what}: {why}", standing.state.name()),
            }
        }
        News::Elsewhere(holder) => format!("outbox: somebody else is at it: {}", safe(holder)),
        News::Ending(count) => {
            format!("finishing {}; Ctrl-C again leaves them as they are", plural(*count, "effect", "effects"))
        }
        News::Failed(why) => format!("outbox: failed: {}; it is tried again", safe(why)),
    })
}

/// What waits, in words.
fn queued_parts(queued: &Queued) -> Vec<String> {
    let Queued { ready, later, off_branch, not_allowed, held } = *queued;
    let effects = |count| plural(count, "effect", "effects");
    let more = [
        (ready, "queued"),
        (later, "to be tried again later"),
        (off_branch, "for a commit that is not on its branch - taskmaster outbox list"),
        (held, "held back: something is missing here - taskmaster outbox list"),
        (not_allowed, "not allowed - taskmaster allow"),
    ];
    more.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{} {what}", effects(count))).collect()
}

fn render_sight(sight: &Sight) -> Vec<String> {
    let one = |line: String| vec![line];
    match sight {
        Sight::Began(beginning) => began(beginning),
        Sight::Before { files } => one(format!("edited before, and yours to commit: {}", named(files))),
        Sight::Switched { branch: Some(branch) } => one(format!("on {} now", safe(branch))),
        Sight::Switched { branch: None } => one("HEAD is on no branch now".to_owned()),
        Sight::Edited { events, files } if events.is_empty() => one(format!("saved {}", named(files))),
        Sight::Edited { events, files } => {
            let mut lines = vec![format!("saved {}", named(files))];
            lines.extend(events.iter().take(MOST_EVENTS).map(|event| format!("  {}", event_line(event))));
            if events.len() > MOST_EVENTS {
                lines.push(format!("  and {} more", events.len() - MOST_EVENTS));
            }
            lines
        }
        Sight::Unfinished { finding } => {
            let place = finding.place.as_ref();
            let place = place.map_or_else(String::new, |place| format!("{}:{}: ", place.path, place.line));
            one(format!("waiting for {place}{}", safe(&finding.message)))
        }
        Sight::Locked { file, lock } => one(format!(
            "waiting for {file}: task-master's lock {} is beside it, for ten seconds at the most",
            safe(lock)
        )),
        Sight::Refused { findings, files } => {
            let mut lines: Vec<String> = findings.iter().map(render_diagnostic).collect();
            lines.push(format!("not taken until that is mended: {}", named(files)));
            lines
        }
        Sight::Left { why, files } => one(format!("{}: {}", named(files), left(*why))),
        Sight::Committed { id, subject, findings, .. } => {
            let mut lines: Vec<String> = findings.iter().map(render_diagnostic).collect();
            lines.push(format!("committed {} {}", id.short(), safe(subject)));
            lines
        }
        Sight::Followed(report) => {
            let unsent = elsewhere(report).into_iter().collect();
            [render_sync(report), unsent, each_change(&report.plan)].concat()
        }
        Sight::Acts { mode, policy, findings } => {
            let mut lines: Vec<String> = findings.iter().map(render_diagnostic).collect();
            lines.push(format!("mode {} from here on: {}", mode.name(), acts(*mode, *policy)));
            lines
        }
        Sight::Written { plan, files } => {
            let files = plural(files.len(), "file", "files");
            [one(format!("{} - {files} written, for you to commit", summary(plan))), each_change(plan)].concat()
        }
        Sight::Would { plan, mode } if plan.changes_nothing() => {
            one(format!("nothing would follow (mode {})", mode.name()))
        }
        Sight::Would { plan, mode } => {
            let line = format!(
                "would follow: {} (mode {}: nothing is written; to act: git config taskmaster.mode commit)",
                summary(plan),
                mode.name()
            );
            [one(line), each_change(plan)].concat()
        }
        Sight::Held(Hold::Git(why)) => one(format!("waiting: {why}")),
        Sight::Held(Hold::Locked) => one(
            "waiting: git is at work (index.lock or HEAD.lock is in the git directory; where no git runs, remove it)"
                .to_owned(),
        ),
        Sight::Held(Hold::Committing) => {
            one("waiting: a git commit of yours is under way, and would fail if the branch moved meanwhile".to_owned())
        }
        Sight::Held(Hold::Writing(process)) => one(format!(
            "waiting: process {process} has a file of the tree open for writing, and would write into nothing if that were \
             replaced meanwhile"
        )),
        Sight::Held(Hold::SwitchedOff) => {
            one("waiting: the engine is switched off here; git config --unset taskmaster.enabled".to_owned())
        }
        Sight::Held(Hold::NoTree) => {
            one("waiting: there is no .taskmaster folder at the top of this repository just now".to_owned())
        }
        Sight::Resumed => one("going on".to_owned()),
        Sight::Failed(error) => {
            let hint = error.hint().map_or_else(String::new, |hint| format!(" ({})", safe(&hint)));
            one(format!("failed: {}{hint}; it is tried again", safe(&error.to_string())))
        }
    }
}

/// What a plan changes, and by which trigger. Dates, and places that only repeat a status, go without saying.
fn each_change(plan: &Plan) -> Vec<String> {
    let is_standing = |trigger: &str| STANDING.iter().any(|rule| rule.name() == trigger);
    let is_news = |change: &&PlannedChange| !change.field.starts_with("status@") && !is_standing(&change.trigger);
    let changes = plan_changes(plan.changes.iter().filter(is_news));
    let more = changes.len().saturating_sub(MOST_EVENTS);
    let mut lines: Vec<String> = changes.into_iter().take(MOST_EVENTS).map(|change| format!("  {change}")).collect();
    lines.extend((more > 0).then(|| format!("  and {more} more")));
    lines
}

fn began(beginning: &Beginning) -> Vec<String> {
    let Beginning { branch, tasks, mode, policy, catches_up } = beginning;
    let place = branch.as_ref().map_or_else(String::new, |branch| format!(" on {}", safe(branch)));
    let what = acts(*mode, *policy);
    let mut lines = vec![format!(
        "watching {}{place} (mode {}: {what}); Ctrl-C ends it",
        plural(*tasks, "task", "tasks"),
        mode.name()
    )];
    if *catches_up {
        lines.push("the watcher before this one was killed: what it had not done is done now".to_owned());
    }
    lines
}

fn acts(mode: Mode, policy: WatchPolicy) -> &'static str {
    match (mode, policy) {
        (Mode::Commit, WatchPolicy::Events) => "edits with events are committed, with what follows behind them",
        (Mode::Commit, WatchPolicy::All) => "every edit is committed, with what follows behind it",
        (Mode::Commit, WatchPolicy::Never) => "what follows from edits is written into the files, for you to commit",
        _ => "nothing is written: what would follow is said; to act: git config taskmaster.mode commit",
    }
}

fn left(why: LeftWhy) -> &'static str {
    match why {
        LeftWhy::NoEvent => "nothing can follow from this edit, and it is yours to commit",
        LeftWhy::Staged => "something of it is staged, and on its way into a commit of yours",
        LeftWhy::Unwatched => "git was told not to look at it (skip-worktree or assume-unchanged)",
        LeftWhy::Uncommitted => "as it was, and no longer committed: yours to commit",
        LeftWhy::Rules => "the rules are in force once you commit them",
        LeftWhy::Unsigned => {
            "commits must be signed and the signer did not answer: commit it yourself, or change it once more"
        }
        LeftWhy::Ended => "watching has ended before this could be taken: yours to commit",
        LeftWhy::Ignored => "git ignores it, and no commit can follow",
    }
}

fn polls(why: &Polling, every: Duration) -> String {
    let every = format!("{} s", every.as_secs_f32());
    match why {
        Polling::Asked => format!("looking every {every}"),
        Polling::Network(name) => {
            format!("this folder is on {name}, which does not tell what others write: looking every {every}")
        }
        Polling::Deaf(words) => format!("{}: looking every {every}", safe(words)),
    }
}

fn named(files: &[TreePath]) -> String {
    let names: Vec<&str> = files.iter().take(MOST_NAMED).map(TreePath::as_str).collect();
    let more = files.len().saturating_sub(MOST_NAMED);
    let rest = if more > 0 { format!(" and {}", plural(more, "more file", "more files")) } else { String::new() };
    format!("{}{rest}", names.join(", "))
}

/// The one line at the foot of a terminal, that is replaced by the next.
#[derive(Debug, Default)]
pub struct Foot {
    branch: String,
    committed: usize,
    followed: usize,
    /// Tasks, and files that wait, once they are known.
    figures: Option<(usize, usize)>,
    queued: usize,
    sent: usize,
    failed: usize,
    /// What stands there.
    drawn: Option<String>,
}

impl Foot {
    /// Other lines were written in its place.
    pub fn overwritten(&mut self) {
        self.drawn = None;
    }

    /// Counts what was done, and gives the line where another one stands there, or none.
    pub fn note(&mut self, scene: &Scene<'_>) -> Option<String> {
        match scene {
            Scene::Sight(Sight::Began(Beginning { branch, .. }) | Sight::Switched { branch }) => {
                self.branch = branch.clone().unwrap_or_else(|| "no branch".to_owned());
            }
            Scene::Sight(Sight::Committed { .. }) => self.committed += 1,
            Scene::Sight(Sight::Followed(report)) => {
                self.followed += usize::from(matches!(report.outcome, crate::app::SyncOutcome::Committed { .. }));
            }
            Scene::Looked(tasks, waiting) => {
                self.figures = Some((*tasks, *waiting));
            }
            Scene::Effects(news) => match news {
                News::Queued(Queued { ready, later, off_branch, not_allowed, held }) => {
                    self.queued = ready + later + off_branch + not_allowed + held;
                }
                News::Settled(effect) => self.note_effect(effect.1.state),
                _ => {}
            },
            _ => {}
        }
        let line = self.line(self.figures?);
        let is_new = self.drawn.as_ref() != Some(&line);
        self.drawn = Some(line.clone());
        is_new.then_some(line)
    }

    fn note_effect(&mut self, state: IntentState) {
        match state {
            IntentState::Sent => self.sent += 1,
            IntentState::Dead | IntentState::Parked => self.failed += 1,
            _ => return,
        }
        self.queued = self.queued.saturating_sub(1);
    }

    fn line(&self, (tasks, waiting): (usize, usize)) -> String {
        // What is to be seen to comes first: a narrow terminal cuts the rest.
        let mut parts = vec![safe(&self.branch).into_owned()];
        if waiting > 0 {
            parts.push(plural(waiting, "file waits", "files wait"));
        }
        let effects = [(self.failed, "failed"), (self.queued, "queued"), (self.sent, "sent")];
        parts.extend(effects.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")));
        parts.push(plural(tasks, "task", "tasks"));
        if self.committed + self.followed > 0 {
            parts.push(format!(
                "{} of yours, {} of the engine's",
                plural(self.committed, "commit", "commits"),
                self.followed
            ));
        }
        parts.join(" · ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_foot_is_drawn_again_only_where_it_is_another_or_gone() {
        let mut foot = Foot::default();
        assert_eq!(
            foot.note(&Scene::Sight(Sight::Switched { branch: Some("main".to_owned()) })),
            None,
            "nothing is known"
        );
        assert_eq!(foot.note(&Scene::Looked(3, 0)).as_deref(), Some("main · 3 tasks"));
        assert_eq!(foot.note(&Scene::Looked(3, 0)), None);
        foot.overwritten();
        assert_eq!(foot.note(&Scene::Looked(3, 0)).as_deref(), Some("main · 3 tasks"));
        assert_eq!(foot.note(&Scene::Looked(3, 1)).as_deref(), Some("main · 1 file waits · 3 tasks"));
    }
}
