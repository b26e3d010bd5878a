//! The command line: one file per subcommand, arguments and printing only.

mod allow;
mod apply;
mod backtest;
mod check;
mod ci;
mod completions;
mod config;
mod create;
mod demo;
mod deny;
mod doctor;
mod edited;
mod emit;
mod events;
mod explain;
mod explained;
mod hooks;
mod init;
mod inventory;
mod list;
mod log;
mod man;
mod migrate;
mod migrate_renumber;
mod migrate_scripts;
mod next;
mod outbox;
mod questions;
mod revisions;
mod set_status;
mod show;
mod status;
mod sync;
mod test;
mod undo;
mod update_task_status;
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use clap::{Args, CommandFactory as _, Parser, Subcommand};

use crate::app::{self, AppError, Project, RunRecord, View};
use crate::hook::{self, HookName};
use crate::model::Timestamp;
use crate::ui::{ColorChoice, Exit, Output, Verbosity};
use crate::wire;

/// A git-native, file-based workflow engine: task files under .taskmaster/ are the state, git is the
/// database, commits are the log.
#[derive(Debug, Parser)]
#[command(name = "taskmaster", version, propagate_version = true, arg_required_else_help = true, max_term_width = 100)]
#[command(after_help = "New here? `taskmaster init` begins; `taskmaster demo` shows what it is for.")]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// What the help calls the options that every command understands.
const EVERYWHERE: &str = "Options of every command";

/// What every command understands.
#[derive(Debug, Clone, Args)]
struct Common {
    /// Run as if started in DIR
    #[arg(short = 'C', value_name = "DIR", global = true, help_heading = EVERYWHERE)]
    directory: Option<PathBuf>,
    /// Print JSON instead of text
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    json: bool,
    /// Say nothing but errors
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = EVERYWHERE)]
    quiet: bool,
    /// Say more
    #[arg(short, long, global = true, help_heading = EVERYWHERE)]
    verbose: bool,
    /// When to use colours
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true, help_heading = EVERYWHERE)]
    color: ColorChoice,
}

/// In the order of the help: day by day, rules, history, setting up.
#[derive(Debug, Subcommand)]
enum Command {
    /// List tasks
    List(list::Arguments),
    /// Show one task with everything that is known of it
    Show(show::Arguments),
    /// Say which task to work on next, or begin with it
    Next(next::Arguments),
    /// Make a task, in a commit of yours (your hooks do not run for it)
    Create(create::Arguments),
    /// Set a task's status everywhere it is written, in a commit of yours (your hooks do not run for it)
    SetStatus(set_status::Arguments),
    /// Do what set-status does, with long options, for scripts and pipelines
    UpdateTaskStatus(update_task_status::Arguments),
    /// Hand in an event from outside, such as a deployment: the rules act on it
    Emit(emit::Arguments),
    /// For pipelines: write one, and what one runs
    Ci(ci::Arguments),
    /// Find what is wrong with the tasks and their rules
    Check(check::Arguments),
    /// Look at the rules' file: the settings in force, what is wrong with it, its layout
    Config(config::Arguments),
    /// Explain an event or a commit: which rules match, what follows. Touches nothing
    Explain(explain::Arguments),
    /// Run the tests of the rules: .taskmaster/tests/*.yaml. Touches nothing
    Test(test::Arguments),
    /// Try rules on history: which triggers would have fired, with the old rules and the new. Touches nothing
    Backtest(backtest::Arguments),
    /// List the events of a range of commits, or of the edits in the worktree
    Events(events::Arguments),
    /// Say who or what changed which task when, and why
    Log(log::Arguments),
    /// Take back what the engine committed
    Undo(undo::Arguments),
    /// Let the rules act on the commits that are new on this branch
    Sync(sync::Arguments),
    /// Watch the files: what is saved is committed as yours, and what follows behind it
    Watch(watch::Arguments),
    /// Write what follows by the rules, where they leave that to you (`git.commit: never`)
    Apply(apply::Arguments),
    /// Allow what the rules run and send, in this clone: one version of workflow.yaml at a time
    Allow(allow::Arguments),
    /// Take back what was allowed
    Deny(deny::Arguments),
    /// Run and send what was recorded to be, and see what became of it
    Outbox(outbox::Arguments),
    /// Say how things are in this clone: hooks, mode, what waits
    Status(status::Arguments),
    /// Say what is wrong with the installation, and mend it
    Doctor(doctor::Arguments),
    /// Begin: a tree, its rules and a sample task, or what is missing of them. Overwrites nothing
    Init(init::Arguments),
    /// List what in the repository touches tasks: hooks, scripts, targets, steps, triggers. Touches nothing
    Inventory(inventory::Arguments),
    /// Write the tasks in the other layout, Markdown or tasks.json, in one commit; and back, byte for byte
    Migrate(migrate::Arguments),
    /// Install, remove and run git hooks
    Hooks(hooks::Arguments),
    /// Print what a shell needs to complete commands and options
    Completions(completions::Arguments),
    /// Print the manual page, or write one for each command
    Man(man::Arguments),
    /// Show in a scratch repository what this program is for
    Demo(demo::Arguments),
}

/// The command line as clap knows it, for the documentation.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command()
}

/// Parses the command line, does what it says, and gives the exit code.
#[must_use]
pub fn main() -> ExitCode {
    if let Some((hook, arguments)) = rung() {
        return hook::run(hook, &arguments, Output { color: ColorChoice::Auto, verbosity: Verbosity::Normal }).into();
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are data; a reader that is gone is no failure.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::Success.into() };
        }
    };
    let context = Context::new(&cli.common);
    match run(&cli.command, &context) {
        Ok(exit) => exit.into(),
        Err(error) => context.fail(&error).into(),
    }
}

/// The hook that git rings for, where the command line is what our hook scripts write: making the list of all
/// commands takes longer than a hook does that has nothing to do.
fn rung() -> Option<(HookName, Vec<String>)> {
    let words: Option<Vec<String>> = std::env::args_os().skip(1).map(|word| word.into_string().ok()).collect();
    match words?.as_slice() {
        [hooks, run, hook, rest @ ..]
            if hooks == "hooks" && run == "run" && rest.iter().all(|word| !word.starts_with('-')) =>
        {
            Some((hook.parse().ok()?, rest.to_vec()))
        }
        _ => None,
    }
}

fn run(command: &Command, context: &Context) -> Result<Exit, AppError> {
    match command {
        Command::List(arguments) => list::run(arguments, context),
        Command::Show(arguments) => show::run(arguments, context),
        Command::Next(arguments) => next::run(arguments, context),
        Command::Create(arguments) => create::run(arguments, context),
        Command::SetStatus(arguments) => set_status::run(arguments, context),
        Command::UpdateTaskStatus(arguments) => update_task_status::run(arguments, context),
        Command::Emit(arguments) => emit::run(arguments, context),
        Command::Ci(arguments) => ci::run(arguments, context),
        Command::Check(arguments) => check::run(arguments, context),
        Command::Config(arguments) => config::run(arguments, context),
        Command::Explain(arguments) => explain::run(arguments, context),
        Command::Test(arguments) => test::run(arguments, context),
        Command::Backtest(arguments) => backtest::run(arguments, context),
        Command::Events(arguments) => events::run(arguments, context),
        Command::Log(arguments) => log::run(arguments, context),
        Command::Undo(arguments) => undo::run(arguments, context),
        Command::Sync(arguments) => sync::run(arguments, context),
        Command::Watch(arguments) => watch::run(arguments, context),
        Command::Apply(arguments) => apply::run(arguments, context),
        Command::Allow(arguments) => allow::run(arguments, context),
        Command::Deny(arguments) => deny::run(arguments, context),
        Command::Outbox(arguments) => outbox::run(arguments, context),
        Command::Status(arguments) => status::run(arguments, context),
        Command::Doctor(arguments) => Ok(doctor::run(arguments, context)),
        Command::Init(arguments) => init::run(arguments, context),
        Command::Inventory(arguments) => inventory::run(arguments, context),
        Command::Migrate(arguments) => migrate::run(arguments, context),
        Command::Hooks(arguments) => hooks::run(arguments, context),
        Command::Completions(arguments) => Ok(completions::run(arguments, context)),
        Command::Man(arguments) => Ok(man::run(arguments, context)),
        Command::Demo(arguments) => Ok(demo::run(arguments, context)),
    }
}

/// What every command is run with.
struct Context {
    directory: PathBuf,
    json: bool,
    output: Output,
}

impl Context {
    fn new(common: &Common) -> Self {
        let verbosity = match (common.quiet, common.verbose) {
            (true, _) => Verbosity::Quiet,
            (_, true) => Verbosity::Verbose,
            _ => Verbosity::Normal,
        };
        Self {
            directory: common.directory.clone().unwrap_or_else(|| PathBuf::from(".")),
            json: common.json,
            output: Output { color: common.color, verbosity },
        }
    }

    fn project(&self) -> Result<Project, AppError> {
        Project::open(&self.directory)
    }

    /// Finishes a commit of the engine's that was interrupted, before another is made.
    fn mend(&self, project: &Project) -> Result<(), AppError> {
        if app::finish_interrupted(project)? {
            self.output.say(crate::ui::MENDED);
        }
        Ok(())
    }

    /// Runs a command that changes something, and writes what came of it into the log.
    fn logged<T>(
        project: &Project,
        run: &str,
        work: impl FnOnce() -> Result<T, AppError>,
        note: impl FnOnce(&mut RunRecord, &T),
    ) -> Result<T, AppError> {
        let (mut record, began) = (RunRecord::new(run, now()), Instant::now());
        let result = work();
        record.duration = began.elapsed();
        match &result {
            Ok(report) => note(&mut record, report),
            Err(error) => {
                record.outcome = "failed";
                record.errors.push(error.to_string());
            }
        }
        if record.branch.is_none() {
            record.branch = project.repository.branch().ok().flatten();
        }
        app::log_run(project, &mut record, &wire::run_lines);
        result
    }

    /// Prints an error and gives the exit code for it.
    fn fail(&self, error: &AppError) -> Exit {
        self.output.error(&crate::ui::safe(&error.to_string()), error.hint().as_deref());
        let cause = if let AppError::StaysOn { source, .. } = error { source } else { error };
        match cause {
            AppError::Deferred(_) | AppError::BranchLocked { .. } | AppError::Newer { .. } => Exit::NotNow,
            AppError::Metadata { .. } | AppError::EventData { .. } => Exit::Usage,
            _ => Exit::Failure,
        }
    }
}

/// Which state of the tree a reading command looks at.
#[derive(Debug, Clone, Args)]
struct At {
    /// Read what is staged instead of the files
    #[arg(long, conflicts_with = "at")]
    index: bool,
    /// Read a commit instead of the files
    #[arg(long, value_name = "REVISION")]
    at: Option<String>,
}

impl At {
    fn view(&self, project: &Project) -> Result<View, AppError> {
        match (&self.at, self.index) {
            (Some(revision), _) => project.commit(&project.repository.resolve(revision)?),
            (None, true) => project.index(),
            (None, false) => project.worktree(),
        }
    }
}

/// The environment that effects are planned for.
#[derive(Debug, Clone, Args)]
struct Environment {
    /// Plan effects for this environment of workflow.yaml; `TASKMASTER_ENV` and `WORKFLOW_ENVIRONMENT` do
    /// the same. What is edited is the same in all of them
    #[arg(long = "env", value_name = "NAME")]
    environment: Option<String>,
}

impl Environment {
    fn name(&self) -> Option<&str> {
        self.environment.as_deref()
    }
}

/// The clock, asked once, at the edge. The offset is UTC: a commit's date is the same moment anywhere.
fn now() -> Timestamp {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs());
    Timestamp { seconds: i64::try_from(seconds).unwrap_or_default(), offset_minutes: 0 }
}
