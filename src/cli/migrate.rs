use std::io;

use clap::{Args, ValueEnum};

use super::questions::{Questions, can_ask};
use super::{Context, migrate_renumber, migrate_scripts};
use crate::app::{self, AppError, Keep, MigrateReport, MigrateRequest, Prefer, Source, Way};
use crate::engine::migrate::{Conflict, Refusal, TakenIds, Target, Unreadable};
use crate::ui::{Exit, Verbosity, plural, render_conflicts, render_migration, safe};
use crate::wire::{self, MigrateJson};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// How the tasks are written now
    #[arg(long, default_value = "auto")]
    from: From,
    /// How they are to be written [default: the other way]
    #[arg(long)]
    to: Option<To>,
    /// Migrate the tasks of this tag alone
    #[arg(long)]
    tag: Option<String>,
    /// Which place is right where places contradict each other [default: ask on a terminal, else refuse]
    #[arg(long)]
    prefer: Option<Preference>,
    /// Leave out what cannot be read, and list it in the commit, instead of refusing
    #[arg(long)]
    skip_unreadable: bool,
    /// What a status of an import means here that nobody knows: "QA=review"; can be given several times
    #[arg(long, value_name = "STATUS=STATUS", value_parser = parse_statuses)]
    map_status: Vec<(String, String)>,
    /// Which ids imported tasks have
    #[arg(long, default_value = "keep")]
    ids: Ids,
    /// Rewrite old paths and calls in scripts, Makefiles and pipelines instead, in a commit of yours
    #[arg(long, conflicts_with_all = ["from", "to", "tag", "prefer", "skip_unreadable", "map_status", "ids"])]
    scripts: bool,
    /// Give a task another number instead, with everything that names it; several for several, swaps too
    #[arg(long, value_name = "OLD=NEW", conflicts_with_all = ["from", "to", "tag", "prefer", "skip_unreadable", "scripts"])]
    renumber: Vec<migrate_renumber::Renumber>,
    /// Only say what would be done: the contradictions, and a diff
    #[arg(short = 'n', long)]
    dry_run: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum From {
    /// Find out
    Auto,
    /// Markdown files below context/
    Markdown,
    /// tasks/tasks.json, or tasks.json
    TasksJson,
    /// tasks/tasks.json beside the tree's folder, as older trees have it; it moves into that
    Root,
    /// Tasks of Backlog.md: backlog/, .backlog/ or the folder that backlog.config.yml names; it stays there
    Backlog,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum To {
    /// Markdown files below context/
    Markdown,
    /// tasks/tasks.json
    TasksJson,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Preference {
    /// The front matter of the Markdown file
    Markdown,
    /// tasks.json
    Json,
    /// Field by field the place that was changed by the newer commit
    Newest,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Ids {
    /// Their own; refused where one is there already
    Keep,
    /// Their own, and the next free numbers for those that are there already
    NumberOn,
}

fn parse_statuses(text: &str) -> Result<(String, String), String> {
    match text.split_once('=').map(|(from, to)| (from.trim(), to.trim())) {
        Some((from, to)) if !from.is_empty() && !to.is_empty() => Ok((from.to_owned(), to.to_owned())),
        _ => Err("write it as STATUS=STATUS: the word that is there, and a status of this tree".to_owned()),
    }
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    let keep = if arguments.dry_run { Keep::DryRun } else { Keep::Commit };
    if arguments.scripts {
        return migrate_scripts::run(keep, context);
    }
    if !arguments.renumber.is_empty() {
        return migrate_renumber::run(&arguments.renumber, keep, context);
    }
    let project = context.project()?;
    if !arguments.dry_run {
        context.mend(&project)?;
    }
    let mut request = MigrateRequest {
        from: match arguments.from {
            From::Auto => None,
            From::Markdown => Some(Source::Tree(Target::Markdown)),
            From::TasksJson => Some(Source::Tree(Target::TasksJson)),
            From::Root => Some(Source::Beside),
            From::Backlog => Some(Source::Backlog),
        },
        to: arguments.to.map(|to| match to {
            To::Markdown => Target::Markdown,
            To::TasksJson => Target::TasksJson,
        }),
        tag: arguments.tag.clone(),
        prefer: arguments.prefer.map(|prefer| match prefer {
            Preference::Markdown => Prefer::Markdown,
            Preference::Json => Prefer::Json,
            Preference::Newest => Prefer::Newest,
        }),
        unreadable: if arguments.skip_unreadable { Unreadable::Skip } else { Unreadable::Refuse },
        statuses: arguments.map_status.iter().cloned().collect(),
        taken: match arguments.ids {
            Ids::Keep => TakenIds::Refuse,
            Ids::NumberOn => TakenIds::NumberOn,
        },
        keep,
    };
    let mut result = attempt(&project, &request);
    if let Err(AppError::Migrate(Refusal::Undecided(conflicts))) = &result
        && request.prefer.is_none()
        && !context.json
        && can_ask()
    {
        request.prefer = ask(conflicts, context);
        if request.prefer.is_some() {
            result = attempt(&project, &request);
        }
    }
    if let Err(AppError::Migrate(Refusal::Statuses(unknown))) = &result
        && !context.json
        && can_ask()
        && let Some(said) = ask_statuses(&project, unknown)?
    {
        request.statuses.extend(said);
        result = attempt(&project, &request);
    }
    match result {
        Ok(report) => {
            show(&report, &request, context);
            Ok(Exit::Success)
        }
        Err(error) => {
            refuse(&error, &request, context);
            Err(error)
        }
    }
}

fn attempt(project: &app::Project, request: &MigrateRequest) -> Result<MigrateReport, AppError> {
    let work = || app::migrate(project, request, super::now());
    if request.keep == Keep::DryRun {
        return work();
    }
    Context::logged(project, "migrate", work, |record, report| record.note_commit(report.commit.as_ref()))
}

/// Asks who is right; `None` where nobody is, or nobody answers.
fn ask(conflicts: &[Conflict], context: &Context) -> Option<Prefer> {
    context.output.say(render_conflicts(conflicts, "").trim_end());
    let show = |text: &str| {
        use io::Write as _;
        let _ = write!(io::stderr(), "{text}").and_then(|()| io::stderr().flush());
    };
    let words = ["markdown", "json", "newest", "nobody"];
    match Questions::new(io::stdin().lock(), &show).one("Who is right?", &words, "nobody").ok()? {
        "markdown" => Some(Prefer::Markdown),
        "json" => Some(Prefer::Json),
        "newest" => Some(Prefer::Newest),
        _ => None,
    }
}

/// Asks what each status means; `None` where one means nothing, or nobody answers.
fn ask_statuses(
    project: &app::Project,
    unknown: &[(String, usize)],
) -> Result<Option<Vec<(String, String)>>, AppError> {
    let Some(tip) = project.repository.head()? else { return Ok(None) };
    let known = project.commit(&tip)?.board.statuses;
    let words: Vec<&str> =
        known.definitions().iter().map(|definition| definition.name.as_str()).chain(["nothing"]).collect();
    let show = |text: &str| {
        use io::Write as _;
        let _ = write!(io::stderr(), "{text}").and_then(|()| io::stderr().flush());
    };
    let mut questions = Questions::new(io::stdin().lock(), &show);
    let mut said = Vec::new();
    for (word, count) in unknown {
        let about = format!("What does `{}` mean, in {}?", safe(word), plural(*count, "task", "tasks"));
        match questions.one(&about, &words, "nothing") {
            Ok("nothing") | Err(_) => return Ok(None),
            Ok(status) => said.push((word.clone(), status.to_owned())),
        }
    }
    Ok(Some(said))
}

/// Why the side that is right is.
fn why(request: &MigrateRequest) -> &'static str {
    match request.prefer {
        Some(Prefer::Newest) => "it was changed last",
        _ => "preferred",
    }
}

fn show(report: &MigrateReport, request: &MigrateRequest, context: &Context) {
    let output = context.output;
    if context.json {
        return output.data(&wire::pretty(&MigrateJson::of(report)));
    }
    // Of what is done the table only tells; of what would be done it is what was asked for.
    let is_told = report.commit.is_none() || output.verbosity > Verbosity::Quiet;
    if !report.conflicts.is_empty() && is_told {
        output.data(&render_conflicts(&report.conflicts, why(request)));
    }
    if report.commit.is_none() {
        output.data(&render_migration(report));
    }
    for note in &report.notes {
        output.say(&safe(note));
    }
    for path in &report.left_alone {
        output.say(&format!("your changes to {path} contradict that; your file was left alone (see: git diff)"));
    }
    let tasks = plural(report.moved.len(), "task", "tasks");
    let again = if report.way == Way::Back { "back " } else { "" };
    let to = report.target.name();
    output.say(&match &report.commit {
        Some(id) => format!("migrated {tasks} {again}to {to} (commit {0}; undo: taskmaster undo {0})", id.short()),
        None => format!("{tasks} would be migrated {again}to {to}"),
    });
}

/// Says what a refusal is about; the refusal itself is said like any other failure.
fn refuse(error: &AppError, request: &MigrateRequest, context: &Context) {
    let (undecided, list): (&[Conflict], Vec<String>) = match error {
        AppError::Migrate(Refusal::Undecided(conflicts)) => (conflicts, Vec::new()),
        AppError::Migrate(refusal) => (&[], refusal.list()),
        AppError::Dirty { paths } => (&[], paths.iter().map(ToString::to_string).collect()),
        _ => return,
    };
    let output = context.output;
    if context.json {
        return output.data(&wire::pretty(&MigrateJson::refused(error.to_string(), undecided, list)));
    }
    if !undecided.is_empty() {
        output.data(&render_conflicts(undecided, why(request)));
    }
    for line in list {
        output.data(&format!("{}\n", safe(&line)));
    }
}
