use std::io::{self, Write as _};

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};

use super::Context;
use super::hooks::{self, ModeName};
use super::questions::{Questions, Unanswered, can_ask};
use crate::app::{self, AppError, Found, InitOutcome, InitReport, InitRequest, Keep, Layout, Project, TaskFiles};
use crate::engine::recipe::{RECIPES, Recipe};
use crate::format::workflow::Mode;
use crate::hook::{self, SharedFolder};
use crate::ui::{Exit, plural, render_patch};
use crate::wire::{self, InitJson, RecipesJson};

/// What a new rules' file begins with.
const DEFAULT_RECIPES: [&str; 2] = ["parent-done", "dependants-ready"];

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Add the rules of a recipe, to rules that are there already too; may be repeated
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(RECIPES.map(|recipe| recipe.name)))]
    recipe: Vec<String>,
    /// Print the recipes there are, or the YAML of some, and do nothing else
    #[arg(
        long, visible_alias = "list", value_name = "NAME", num_args = 0..,
        value_parser = PossibleValuesParser::new(RECIPES.map(|recipe| recipe.name))
    )]
    recipes: Option<Vec<String>>,
    /// How the sample task is written, where there is no task yet
    #[arg(long)]
    layout: Option<LayoutName>,
    /// How far the engine goes, where the rules are new [default: commit in a new tree, observe in one with tasks]
    #[arg(long)]
    mode: Option<ModeName>,
    /// Install the git hooks too
    #[arg(long)]
    hooks: bool,
    #[command(flatten)]
    end: End,
}

/// How it ends.
#[derive(Debug, Args)]
struct End {
    /// Make a commit of yours with these files alone; what you have staged stays as it is
    #[arg(long)]
    commit: bool,
    /// Ask nothing: take the defaults
    #[arg(short, long)]
    yes: bool,
    /// Only say what would be done
    #[arg(short = 'n', long)]
    dry_run: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LayoutName {
    /// A Markdown file for each task
    Markdown,
    /// All tasks in tasks.json
    Json,
}

/// What is not left to the defaults.
struct Choice {
    layout: Layout,
    mode: Mode,
    recipes: Vec<&'static Recipe>,
    hooks: Hooks,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hooks {
    Install,
    Leave,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    if let Some(names) = &arguments.recipes {
        return Ok(list(names, context));
    }
    let project = context.project()?;
    let found = app::find_start(&project)?;
    let asks = can_ask() && !arguments.end.yes && !arguments.end.dry_run && !context.json;
    let choice = if asks { ask(&project, arguments, &found) } else { Ok(defaults(arguments, &found)) };
    let choice = match choice {
        Ok(choice) => choice,
        Err(error) => {
            context.output.error(&error.to_string(), Some("give --yes to take the defaults"));
            return Ok(Exit::Failure);
        }
    };
    let keep = match (arguments.end.dry_run, arguments.end.commit) {
        (true, _) => Keep::DryRun,
        (_, true) => Keep::Commit,
        _ => Keep::Worktree,
    };
    if keep == Keep::Commit {
        context.mend(&project)?;
    }
    if arguments.mode.is_some() && found.workflow.is_some() {
        context
            .output
            .say("--mode is for new rules: yours keep theirs; for this clone: taskmaster hooks install --mode");
    }
    let request =
        InitRequest { layout: choice.layout, mode: choice.mode, recipes: choice.recipes, keep, now: super::now() };
    let work = || app::init(&project, &found, &request);
    let report = match keep {
        Keep::Commit => {
            Context::logged(&project, "init", work, |record, report| record.note_commit(report.commit.as_ref()))?
        }
        Keep::DryRun | Keep::Worktree => work()?,
    };
    if context.json {
        context.output.data(&wire::pretty(&InitJson::of(&found, &report)));
    } else {
        say(&project, &found, &request, &report, context);
        if keep == Keep::DryRun && arguments.end.commit && report.has_to_commit() {
            let which = if found.head.is_none() { "the first commit, with" } else { "a commit of yours with" };
            context.output.say(&format!("it would be {which} exactly these files"));
        }
        let asks_for_hooks = choice.hooks == Hooks::Leave && keep != Keep::DryRun && report.wrote_or_committed();
        if asks_for_hooks && !are_active(&project) {
            context.output.say("then let git ring the engine in this clone: taskmaster hooks install");
        }
    }
    if choice.hooks == Hooks::Leave || keep == Keep::DryRun {
        return Ok(Exit::Success);
    }
    match hooks::put(&project, SharedFolder::Refuse, &[], context)? {
        Err(exit) => Ok(exit),
        Ok(outcomes) if outcomes.iter().any(|outcome| outcome.kind.hint().is_some()) => {
            context.output.say("some hooks are left to do by hand: taskmaster hooks install");
            Ok(Exit::Findings)
        }
        Ok(_) => {
            context.output.say("the hooks are installed (see: taskmaster hooks status)");
            Ok(Exit::Success)
        }
    }
}

/// Whether git rings the engine in this clone already, as far as that can be told.
fn are_active(project: &Project) -> bool {
    let workdir = project.repository.workdir().map_err(AppError::from);
    let status = workdir.map(|workdir| hook::status(&hooks::git(project), workdir));
    matches!(status, Ok(Ok(status)) if status.missing().is_empty())
}

fn recipes_of(names: &[impl AsRef<str>]) -> Vec<&'static Recipe> {
    names.iter().filter_map(|name| Recipe::named(name.as_ref())).collect()
}

/// What is done where nobody is asked.
fn defaults(arguments: &Arguments, found: &Found) -> Choice {
    let given = !arguments.recipe.is_empty() || found.workflow.is_some();
    Choice {
        layout: match arguments.layout {
            Some(LayoutName::Json) => Layout::Json,
            Some(LayoutName::Markdown) | None => Layout::Markdown,
        },
        mode: arguments.mode.map_or_else(|| default_mode(found), ModeName::mode),
        recipes: if given { recipes_of(&arguments.recipe) } else { recipes_of(&DEFAULT_RECIPES) },
        hooks: if arguments.hooks { Hooks::Install } else { Hooks::Leave },
    }
}

/// Where tasks are there already, the engine only looks at first.
fn default_mode(found: &Found) -> Mode {
    if found.task_files == TaskFiles::There { Mode::Observe } else { Mode::Commit }
}

/// Asks for what the command line leaves open and is not decided by what is there. Nothing is written before the
/// last answer.
fn ask(project: &Project, arguments: &Arguments, found: &Found) -> Result<Choice, Unanswered> {
    let show = |question: &str| {
        let mut stream = io::stderr().lock();
        // Nobody can be told that standard error is gone.
        let _ = write!(stream, "{question}").and_then(|()| stream.flush());
    };
    let mut questions = Questions::new(io::stdin().lock(), &show);
    let mut choice = defaults(arguments, found);
    if arguments.layout.is_none() && found.task_files == TaskFiles::Missing {
        let word = questions.one("How are tasks written?", &["markdown", "json"], "markdown")?;
        choice.layout = if word == "json" { Layout::Json } else { Layout::Markdown };
    }
    if found.workflow.is_none() {
        if arguments.recipe.is_empty() {
            let words = RECIPES.map(|recipe| recipe.name);
            choice.recipes = recipes_of(&questions.some("Which rules?", &words, &DEFAULT_RECIPES)?);
        }
        if arguments.mode.is_none() {
            let modes = [Mode::Observe, Mode::Warn, Mode::Enforce, Mode::Commit].map(Mode::name);
            let word = questions.one("How far may it go?", &modes, choice.mode.name())?;
            choice.mode = Mode::named(word).unwrap_or(choice.mode);
        }
    }
    let asks_for_hooks = !arguments.hooks && !are_active(project);
    if asks_for_hooks && questions.one("Install the git hooks now?", &["yes", "no"], "no")? == "yes" {
        choice.hooks = Hooks::Install;
    }
    Ok(choice)
}

fn say(project: &Project, found: &Found, request: &InitRequest, report: &InitReport, context: &Context) {
    let output = context.output;
    let repository = &project.repository;
    let prefix = repository.prefix();
    let branch = found.branch.as_deref().map_or_else(|| "no branch".to_owned(), |branch| format!("branch {branch}"));
    let commits = if found.head.is_none() { ", without a commit yet" } else { "" };
    let tree = match (found.has_tree, found.workflow.is_some()) {
        (false, _) => format!("no {prefix} folder"),
        (true, true) => format!("{} in {prefix}, and rules", plural(found.tasks, "task", "tasks")),
        (true, false) => format!("{} in {prefix}, no rules", plural(found.tasks, "task", "tasks")),
    };
    output.say(&format!("found: {branch}{commits}; {tree}"));
    let written: Vec<_> = report.files.iter().filter(|file| file.is_written()).collect();
    for file in &written {
        let word = if file.outcome == InitOutcome::Created { "created" } else { "extended" };
        output.data(&format!("{word}  {}\n", repository.full_path(&file.path)));
        if request.keep == Keep::DryRun {
            // The schema is long, and for editors.
            if file.path.file_name() == app::SCHEMA_FILE {
                output.data(&format!("  {} bytes, for editors\n", file.after.len()));
            } else {
                output.data(&render_patch(&file.path, file.before.as_deref(), Some(file.after.as_slice())));
            }
        }
    }
    for file in report.files.iter().filter(|file| file.outcome == InitOutcome::Outdated) {
        let path = repository.full_path(&file.path);
        output.say(&format!("{path} is not of this version: remove it and run this again to have it renewed"));
    }
    for (recipe, added) in &report.recipes {
        if added.is_empty() {
            output.say(&format!("recipe {}: a rule of that name is there already, and stays", recipe.name));
        } else {
            output.say(&format!("recipe {}: {}", recipe.name, recipe.about));
            if !recipe.needs.is_empty() {
                output.say(&format!("  {}", recipe.needs));
            }
        }
    }
    if found.ignored {
        output.say(&format!("git ignores {prefix}: nothing in it can be committed; take it out of .gitignore"));
    }
    let uncommitted: Vec<_> = report.files.iter().filter(|file| file.outcome == InitOutcome::Uncommitted).collect();
    if written.is_empty() && report.commit.is_none() {
        if uncommitted.is_empty() || request.keep == Keep::DryRun {
            output.say("nothing to do: all of it is there");
        } else {
            output.say("nothing to write: all of it is there, and not committed yet");
            output.say(&commit_hint(found, prefix));
        }
        return;
    }
    if report.commit.is_some() {
        for file in &uncommitted {
            output.data(&format!("committed  {}\n", repository.full_path(&file.path)));
        }
    }
    let mode = report.mode.unwrap_or(Mode::Observe).name();
    output.say(&format!("mode {mode} (see: {prefix}/config/workflow.yaml)"));
    match (&report.commit, request.keep) {
        (Some(commit), _) if found.head.is_none() => {
            output.say(&format!("committed as {}, the first commit", commit.short()));
        }
        (Some(commit), _) => output.say(&format!("committed as {}", commit.short())),
        (None, Keep::DryRun) => output.say("nothing was written (dry run)"),
        _ if found.ignored => {}
        _ => output.say(&commit_hint(found, prefix)),
    }
}

/// How new files come into a commit.
fn commit_hint(found: &Found, prefix: &str) -> String {
    let first = if found.head.is_none() { "your first commit takes them along" } else { "they are yours to commit" };
    format!("{first}: git add {prefix} && git commit -m \"chore: tasks and their rules\"")
}

/// Prints the recipes, or the YAML of those that are named.
fn list(names: &[String], context: &Context) -> Exit {
    let chosen = if names.is_empty() { RECIPES.to_vec() } else { recipes_of(names) };
    if context.json {
        context.output.data(&wire::pretty(&RecipesJson::of(&chosen)));
        return Exit::Success;
    }
    for recipe in &chosen {
        if names.is_empty() {
            context.output.data(&format!("{:<17} {}\n", recipe.name, recipe.about));
            continue;
        }
        match recipe.apply(b"") {
            Ok(applied) => context.output.data(&String::from_utf8_lossy(&applied.bytes)),
            Err(error) => context.output.error(&error.to_string(), None),
        }
    }
    if names.is_empty() {
        context.output.say("add one: taskmaster init --recipe NAME; see one: taskmaster init --recipes NAME");
    }
    Exit::Success
}
