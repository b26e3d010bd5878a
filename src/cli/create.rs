use clap::Args;
use serde_json::Value;

use super::{Context, edited};
use crate::app::{self, AppError, CreateReport, CreateRequest, DefaultParent, Keep, RunRecord};
use crate::engine::creation::TaskDraft;
use crate::model::{TaskId, TaskIdError};
use crate::ui::{Exit, safe};
use crate::wire::{self, CreateJson};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// What is to be done, in one line
    #[arg(allow_hyphen_values = true, value_parser = title)]
    title: String,
    /// The task it is a part of, in any spelling: 18, #18, `task_018`. Not given: the one that the branch is
    /// named for, where there is one: its last part begins with the number, as in task/18-login, feature/18.5,
    /// 18-login, task-18
    #[arg(long, value_name = "ID")]
    parent: Option<String>,
    /// A task of its own, whatever the branch is called
    #[arg(long, conflicts_with = "parent")]
    no_parent: bool,
    /// The tag of tasks.json it is to have
    #[arg(long, conflicts_with = "parent")]
    tag: Option<String>,
    /// How urgent it is: low, medium, high, critical, or another word that the tree's tasks have
    #[arg(long)]
    priority: Option<String>,
    /// Its status: pending, in-progress, ... in any spelling
    #[arg(long)]
    status: Option<String>,
    /// The tasks that must be finished before it
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    depends: Vec<String>,
    /// More about it, of any number of lines
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    description: Option<String>,
    /// Whose it is
    #[arg(long, value_name = "NAME")]
    assignee: Option<String>,
    /// Edit the files and leave committing to you
    #[arg(long)]
    no_commit: bool,
    /// Only say what would be done
    #[arg(short = 'n', long)]
    dry_run: bool,
}

/// A title may begin with a hyphen; a single word that does is an option that there is not.
fn title(text: &str) -> Result<String, String> {
    let is_word = !text.contains(char::is_whitespace);
    if is_word
        && text
            .strip_prefix('-')
            .is_some_and(|rest| rest.starts_with(|first: char| first == '-' || first.is_ascii_alphabetic()))
    {
        return Err("there is no such option".to_owned());
    }
    Ok(text.to_owned())
}

impl Arguments {
    fn keep(&self) -> Keep {
        match (self.dry_run, self.no_commit) {
            (true, _) => Keep::DryRun,
            (_, true) => Keep::Worktree,
            _ => Keep::Commit,
        }
    }

    fn draft(&self) -> Result<TaskDraft, TaskIdError> {
        let assignee = self.assignee.iter().map(|name| ("assignee".to_owned(), Value::String(name.clone())));
        Ok(TaskDraft {
            title: self.title.clone(),
            status: self.status.clone(),
            priority: self.priority.clone(),
            parent: self.parent.as_deref().map(TaskId::parse).transpose()?,
            tag: self.tag.clone(),
            dependencies: self.depends.iter().map(|id| TaskId::parse(id)).collect::<Result<_, _>>()?,
            description: self.description.clone(),
            fields: assignee.collect(),
            ..TaskDraft::default()
        })
    }
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    let keep = arguments.keep();
    let parent = if arguments.no_parent { DefaultParent::Nobody } else { DefaultParent::OfBranch };
    let request = CreateRequest { draft: arguments.draft()?, parent, keep, now: super::now() };
    let project = context.project()?;
    if keep == Keep::Commit {
        context.mend(&project)?;
    }
    let work = || app::create(&project, &request);
    let report = match keep {
        Keep::Commit => Context::logged(&project, "create", work, note)?,
        Keep::DryRun | Keep::Worktree => work()?,
    };
    let path = project.repository.full_path(&report.path);
    if context.json {
        context.output.data(&wire::pretty(&CreateJson::of(&report, path)));
    } else {
        say(&report, &path, keep, context);
    }
    Ok(Exit::Success)
}

fn note(record: &mut RunRecord, report: &CreateReport) {
    if let Some(sync) = &report.sync {
        record.note_sync(sync);
    }
}

fn say(report: &CreateReport, path: &str, keep: Keep, context: &Context) {
    let output = context.output;
    if let (Some(branch), Some(parent)) = (&report.named_by, &report.parent) {
        output.say(&format!("part of task {parent}, since the branch is `{}` (otherwise: --no-parent)", safe(branch)));
    }
    if keep == Keep::DryRun {
        edited::dry_run(output, &report.files, &report.plan);
        return;
    }
    output.data(&format!("{} {}\n", report.task, safe(path)));
    let commit = report
        .commit
        .as_ref()
        .map_or_else(|| "not committed".to_owned(), |commit| format!("commit {}", commit.short()));
    output.say(&format!("task {} was made ({commit})", report.task));
    edited::aftermath(output, &report.left_alone, report.sync.as_ref());
}
