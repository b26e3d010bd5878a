use std::path::Path;

use clap::{Args, Subcommand, ValueEnum};

use super::Context;
use crate::app::{self, Advance, AppError, Project, SyncRequest};
use crate::format::workflow::Mode;
use crate::hook::{self, Git, HookName, HookState, InstallError, Outcome, OutcomeKind, SharedFolder, Side};
use crate::ui::Verbosity;
use crate::ui::{Columns, Exit, odd_mode, plan_summary, plural, safe};
use crate::wire::{self, HooksJson};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Put our section into this repository's hooks
    Install {
        /// How far the engine goes in this clone; wins over the file's `mode`
        #[arg(long)]
        mode: Option<ModeName>,
        /// Write into a hooks folder that other repositories use too
        #[arg(long)]
        shared: bool,
        /// In a bare repository: process what is pushed there, where workflow.yaml says `executor: server`
        #[arg(long)]
        server: bool,
        /// These hooks only
        hooks: Vec<HookName>,
    },
    /// Take it out again; what was there before is as it was, byte for byte
    Uninstall {
        /// Take it out of a hooks folder that other repositories use too
        #[arg(long)]
        shared: bool,
        /// These hooks only
        hooks: Vec<HookName>,
    },
    /// Say which hooks are installed
    Status,
    /// What git calls; runs one hook
    Run {
        /// The hook
        hook: HookName,
        /// What git gives it
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

/// A mode at the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum ModeName {
    /// Only say what would be done
    Observe,
    /// Say what is wrong, and let it pass
    Warn,
    /// Reject commits with something wrong in them
    Enforce,
    /// The same, and commit what follows
    Commit,
}

impl ModeName {
    pub(super) fn mode(self) -> Mode {
        match self {
            Self::Observe => Mode::Observe,
            Self::Warn => Mode::Warn,
            Self::Enforce => Mode::Enforce,
            Self::Commit => Mode::Commit,
        }
    }
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    match &arguments.command {
        Command::Run { hook, arguments } => Ok(hook::run(*hook, arguments, context.output)),
        Command::Install { mode, shared, server, hooks } => {
            let side = if *server { Side::Server } else { Side::Clone };
            install(*mode, folder(*shared), side, hooks, context)
        }
        Command::Uninstall { shared, hooks } => uninstall(folder(*shared), hooks, context),
        Command::Status => status(context),
    }
}

/// Git, asked about this repository.
pub(super) fn git(project: &Project) -> Git {
    match project.repository.workdir() {
        Ok(workdir) => Git::inherited_for(project.repository.git_dir(), workdir),
        Err(_) => Git::inherited(),
    }
}

fn folder(shared: bool) -> SharedFolder {
    if shared { SharedFolder::Write } else { SharedFolder::Refuse }
}

/// The hooks that were named, or all that git runs in this repository.
fn chosen<'a>(project: &Project, hooks: &'a [HookName]) -> &'a [HookName] {
    if hooks.is_empty() { side(project).hooks() } else { hooks }
}

/// Whose hooks git runs in this repository.
pub(super) fn side(project: &Project) -> Side {
    if project.repository.is_bare() { Side::Server } else { Side::Clone }
}

/// The folder that git is asked from where the hooks are.
pub(super) fn place(project: &Project) -> &Path {
    project.repository.workdir().unwrap_or_else(|_| project.repository.git_dir())
}

fn install(
    mode: Option<ModeName>,
    shared: SharedFolder,
    wanted: Side,
    hooks: &[HookName],
    context: &Context,
) -> Result<Exit, AppError> {
    let project = context.project()?;
    if let Some((message, hint)) = misplaced(side(&project), wanted, hooks) {
        context.output.error(&message, Some(hint));
        return Ok(Exit::Failure);
    }
    let outcomes = match put(&project, shared, hooks, context)? {
        Ok(outcomes) => outcomes,
        Err(exit) => return Ok(exit),
    };
    let by_hand = print(&outcomes, context);
    if let Some(mode) = mode {
        project.repository.set_local_config("taskmaster.mode", Some(mode.mode().name()))?;
    }
    explain_mode(&project, context)?;
    Ok(if by_hand { Exit::Findings } else { Exit::Success })
}

/// Why these hooks do not belong here, and what does.
fn misplaced(side: Side, wanted: Side, hooks: &[HookName]) -> Option<(String, &'static str)> {
    let stranger = hooks.iter().find(|hook| !side.hooks().contains(hook));
    match (side, wanted, stranger) {
        (Side::Clone, Side::Server, _) => Some((
            "this repository is not bare: people work in it".to_owned(),
            "run it in the repository that is pushed to; for this one: taskmaster hooks install",
        )),
        (Side::Server, Side::Clone, _) => Some((
            "a bare repository has no files to work on".to_owned(),
            "to process what is pushed to it: taskmaster hooks install --server",
        )),
        (Side::Clone, _, Some(hook)) => Some((
            format!("git runs {hook} where one pushes to, and this repository is not bare"),
            "run it in the repository that is pushed to: taskmaster hooks install --server",
        )),
        (Side::Server, _, Some(hook)) => {
            Some((format!("git runs {hook} where one works, and this repository is bare"), "leave the name out"))
        }
        (_, _, None) => None,
    }
}

/// Puts our section into the hooks and begins processing here. Where that is refused, it has been said.
pub(super) fn put(
    project: &Project,
    shared: SharedFolder,
    hooks: &[HookName],
    context: &Context,
) -> Result<Result<Vec<Outcome>, Exit>, AppError> {
    Ok(put_quietly(project, shared, hooks)?.map_err(|error| refuse(&error, context)))
}

/// The same, and says nothing.
pub(super) fn put_quietly(
    project: &Project,
    shared: SharedFolder,
    hooks: &[HookName],
) -> Result<Result<Vec<Outcome>, InstallError>, AppError> {
    let git = git(project);
    let installed = std::env::current_exe()
        .map_err(|source| InstallError::File { what: "find", path: "taskmaster".into(), source })
        .and_then(|binary| hook::install(&git, place(project), &binary, chosen(project, hooks), shared));
    if installed.is_ok() {
        begin(project)?;
    }
    Ok(installed)
}

/// The present state is the beginning: nothing that happened before the hooks fires.
fn begin(project: &Project) -> Result<(), AppError> {
    let repository = &project.repository;
    if repository.is_bare() {
        let _turn = app::turn(project)?;
        return app::begin_pushed(project);
    }
    if let (Some(branch), Some(head)) = (repository.branch()?, repository.head()?)
        && repository.cursor(&branch)?.is_none()
    {
        repository.set_cursor(&branch, None, &head)?;
    }
    Ok(())
}

fn explain_mode(project: &Project, context: &Context) -> Result<(), AppError> {
    let output = context.output;
    if project.repository.is_bare() {
        output.say("what is pushed is processed behind the push, where its workflow.yaml says: executor: server");
        return Ok(());
    }
    if project.repository.is_tree_ignored() {
        let prefix = project.repository.prefix();
        output.say(&format!("git ignores {prefix}: nothing in it can be committed; take it out of .gitignore"));
    }
    let view = match project.worktree() {
        Ok(view) => view,
        Err(AppError::NoTree { prefix, .. }) => {
            output.say(&format!("there is no {prefix} folder yet: the hooks have nothing to do until there is one"));
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let mode = project.mode(&view.workflow);
    if let Some(text) = project.odd_mode() {
        output.say(&odd_mode(&text, mode));
    }
    let missing =
        hook::status(&git(project), place(project)).map_or_else(|_| HookName::ALL.to_vec(), |status| status.missing());
    if !missing.is_empty() {
        output.say(&not_run(&missing));
    }
    let rejects = !missing.contains(&HookName::PreCommit);
    let commits = !missing.contains(&HookName::PostCommit);
    output.say(&match (mode, rejects) {
        (Mode::Observe, _) => "mode observe: the hooks only report".to_owned(),
        (Mode::Warn, _) => "mode warn: the hooks say what is wrong, and let it pass".to_owned(),
        (Mode::Enforce, true) => "mode enforce: commits with something wrong in them are rejected".to_owned(),
        (Mode::Commit, true) if commits => {
            "mode commit: commits with something wrong in them are rejected, and what follows is committed".to_owned()
        }
        _ => format!("mode {}: it holds as far as the hooks that are there", mode.name()),
    });
    if mode == Mode::Observe {
        history(project, context)?;
        output.say("to have it done: taskmaster hooks install --mode commit");
    }
    Ok(())
}

/// What the last commits would have caused.
fn history(project: &Project, context: &Context) -> Result<(), AppError> {
    const COMMITS: usize = 30;
    let Some(head) = project.repository.head()? else { return Ok(()) };
    let chain = project.repository.first_parents(None, &head)?;
    let last = COMMITS.min(chain.len().saturating_sub(1));
    let Some(since) = chain.get(chain.len().saturating_sub(last + 1)) else { return Ok(()) };
    let report = app::sync(project, &SyncRequest { advance: Advance::Look, since: Some(since.clone()) })?;
    let commits = plural(last, "commit", "commits");
    context.output.say(&if report.plan.changes_nothing() {
        format!("nothing would follow now from the last {commits}")
    } else {
        format!(
            "from the last {commits} would follow now: {} (see: taskmaster sync -n --since {})",
            plan_summary(&report.plan),
            since.short()
        )
    });
    Ok(())
}

fn uninstall(shared: SharedFolder, hooks: &[HookName], context: &Context) -> Result<Exit, AppError> {
    let project = context.project()?;
    match hook::uninstall(&git(&project), place(&project), chosen(&project, hooks), shared) {
        Ok(outcomes) => {
            print(&outcomes, context);
            if hooks.is_empty() {
                project.repository.set_local_config("taskmaster.mode", None)?;
            }
            Ok(Exit::Success)
        }
        Err(error) => Ok(refuse(&error, context)),
    }
}

fn refuse(error: &InstallError, context: &Context) -> Exit {
    context.output.error(&safe(&error.to_string()), error.hint().as_deref());
    Exit::Failure
}

/// Prints what became of each hook; `true` where something is left to do by hand.
fn print(outcomes: &[Outcome], context: &Context) -> bool {
    if context.json {
        let rows = outcomes
            .iter()
            .map(|outcome| (outcome.hook.to_string(), outcome_text(&outcome.kind).to_owned(), outcome.kind.hint()));
        context.output.data(&wire::pretty(&HooksJson::of(rows)));
    } else if context.output.verbosity > Verbosity::Quiet {
        let mut columns = Columns::default();
        let plain = anstyle::Style::new();
        for outcome in outcomes {
            columns.row([(outcome.hook.to_string(), plain), (outcome_text(&outcome.kind).to_owned(), plain)]);
        }
        context.output.data(&columns.render());
    }
    let mut by_hand = false;
    let mut said: Vec<String> = Vec::new();
    for outcome in outcomes {
        let Some(hint) = outcome.kind.hint() else { continue };
        by_hand = true;
        let lines = match &outcome.kind {
            OutcomeKind::Managed(manager) => manager.snippet.clone(),
            OutcomeKind::Foreign { lines, .. } => lines.clone(),
            _ => String::new(),
        };
        let text = format!("{}: {hint}\n{lines}", outcome.hook);
        if !said.contains(&text) {
            context.output.say(&text);
            said.push(text);
        }
    }
    by_hand
}

fn outcome_text(kind: &OutcomeKind) -> &'static str {
    match kind {
        OutcomeKind::Created => "installed",
        OutcomeKind::Added => "added to the script that was there",
        OutcomeKind::Updated => "brought up to date",
        OutcomeKind::Unchanged => "installed already",
        OutcomeKind::Removed => "taken out; the script is as it was",
        OutcomeKind::Deleted => "deleted",
        OutcomeKind::NotInstalled => "was not installed",
        OutcomeKind::Managed(manager) if manager.present => "runs ours already",
        OutcomeKind::Managed(_)
        | OutcomeKind::Foreign { .. }
        | OutcomeKind::Linked { .. }
        | OutcomeKind::NotExecutable => "left alone",
    }
}

fn status(context: &Context) -> Result<Exit, AppError> {
    let project = context.project()?;
    let status = match hook::status(&git(&project), place(&project)) {
        Ok(status) => status,
        Err(error) => return Ok(refuse(&error, context)),
    };
    if context.json {
        let rows = status.hooks.iter().map(|hook| (hook.hook.to_string(), state_text(&hook.state), None));
        context.output.data(&wire::pretty(&HooksJson::of(rows)));
        return Ok(if status.missing().is_empty() { Exit::Success } else { Exit::Findings });
    }
    let mut columns = Columns::default();
    let plain = anstyle::Style::new();
    for hook in &status.hooks {
        columns.row([(hook.hook.to_string(), plain), (state_text(&hook.state), plain)]);
    }
    context.output.data(&columns.render());
    context.output.say(&format!("hooks folder: {}", status.folder.path.display()));
    let missing = status.missing();
    if !missing.is_empty() {
        context.output.say(&not_run(&missing));
    }
    Ok(if missing.is_empty() { Exit::Success } else { Exit::Findings })
}

fn not_run(missing: &[HookName]) -> String {
    format!("not run by git yet: {}", names(missing))
}

/// Names in a sentence: `pre-commit, pre-push`.
pub(super) fn names(hooks: &[HookName]) -> String {
    hooks.iter().map(|hook| hook.file_name()).collect::<Vec<_>>().join(", ")
}

fn state_text(state: &HookState) -> String {
    match state {
        HookState::Installed { binary_exists: true, .. } => "installed".to_owned(),
        HookState::Installed { binary, .. } => {
            format!("installed, but {} is gone (found on PATH where it is there)", binary.display())
        }
        HookState::Outdated { .. } => "installed by another version: taskmaster hooks install".to_owned(),
        HookState::Missing => "not installed".to_owned(),
        HookState::NotExecutable => "not executable, so git ignores it".to_owned(),
        HookState::Foreign { interpreter } => format!("a script for {interpreter}, without ours"),
        HookState::Managed(manager) if manager.present => format!("{} runs ours", manager.name),
        HookState::Managed(manager) => format!("in the hands of {}, without ours", manager.name),
        HookState::Linked { target } => format!("a link to {}", target.display()),
        HookState::Broken(error) => format!("broken: {error}"),
    }
}
