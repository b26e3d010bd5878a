use clap::Args;

use super::{Context, revisions};
use crate::app::{self, AppError, EventRange, Paths, Project};
use crate::ui::{Exit, event_line, safe};
use crate::wire::{self, CloudEvent};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A..B: the commits that B has and A has not; one revision: that commit alone; nothing: what the
    /// worktree has that HEAD has not
    range: Option<String>,
    /// Every commit of the range against its first parent, those of merged branches too
    #[arg(long)]
    all: bool,
    /// From the first commit on
    #[arg(long, conflicts_with = "range")]
    root: bool,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    let project = context.project()?;
    if arguments.range.is_none() && (arguments.root || arguments.all) && project.repository.head()?.is_none() {
        context.output.say("no events: there is no commit yet");
        return Ok(Exit::Success);
    }
    let range = arguments.range(&project)?;
    let mut any = false;
    let mut contradictions = false;
    app::events(&project, &range, |found| {
        any |= !found.events.is_empty();
        contradictions |= !found.conflicts.is_empty();
        if context.json {
            for event in &found.events {
                context.output.data(&wire::line(&CloudEvent::of(event)));
            }
        } else if !found.events.is_empty() {
            let bold = anstyle::Style::new().bold();
            let mut text = match &found.commit {
                Some(commit) => format!("{bold}{} {}{bold:#}\n", commit.id.short(), safe(commit.subject())),
                None => format!("{bold}worktree{bold:#}\n"),
            };
            for event in &found.events {
                text.push_str(&format!("  {}\n", event_line(event)));
            }
            context.output.data(&text);
        }
        for conflict in &found.conflicts {
            context.output.say(&format!("warning: {}", safe(&conflict.message)));
        }
    })?;
    if !any && !context.json {
        context.output.say(match range {
            EventRange::Worktree => "no events: the tasks in the worktree are as HEAD has them",
            EventRange::Commits { .. } => "no events: no task changed in these commits",
        });
    }
    Ok(if contradictions { Exit::Findings } else { Exit::Success })
}

impl Arguments {
    fn range(&self, project: &Project) -> Result<EventRange, AppError> {
        let paths = if self.all { Paths::All } else { Paths::FirstParent };
        let resolve = |text: &str| project.repository.resolve(if text.is_empty() { "HEAD" } else { text });
        Ok(match &self.range {
            None if self.root || self.all => EventRange::Commits { from: None, to: resolve("HEAD")?, paths },
            None => EventRange::Worktree,
            Some(range) => {
                if let Some((from, to)) = revisions::ends(range)? {
                    EventRange::Commits { from: Some(resolve(from)?), to: resolve(to)?, paths }
                } else {
                    let to = resolve(range)?;
                    let from = project.repository.commit(&to)?.parents.first().cloned();
                    EventRange::Commits { from, to, paths: Paths::FirstParent }
                }
            }
        })
    }
}
