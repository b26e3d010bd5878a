use std::fs;
use std::io::{self, Read as _};
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};

use clap::Args;

use super::Context;
use crate::ui::Exit;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Make the repository here instead of in a temporary folder; DIR must be new or empty
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// The file that the demo edits, and what it does to it.
const EDITED: &str = ".taskmaster/context/task_001/subtask_002.md";
const OLD: &str = "\nstatus: in-progress\n";
const NEW: &str = "\nstatus: done\n";

/// The sample tree.
const FILES: [(&str, &str); 9] = [
    (".taskmaster/config/workflow.yaml", include_str!("../../fixtures/sample/.taskmaster/config/workflow.yaml")),
    (
        ".taskmaster/context/task_001/subtask_001.md",
        include_str!("../../fixtures/sample/.taskmaster/context/task_001/subtask_001.md"),
    ),
    (EDITED, include_str!("../../fixtures/sample/.taskmaster/context/task_001/subtask_002.md")),
    (
        ".taskmaster/context/task_001/task.md",
        include_str!("../../fixtures/sample/.taskmaster/context/task_001/task.md"),
    ),
    (
        ".taskmaster/context/task_002/task.md",
        include_str!("../../fixtures/sample/.taskmaster/context/task_002/task.md"),
    ),
    (
        ".taskmaster/context/task_003/task.md",
        include_str!("../../fixtures/sample/.taskmaster/context/task_003/task.md"),
    ),
    (
        ".taskmaster/context/task_004/task.md",
        include_str!("../../fixtures/sample/.taskmaster/context/task_004/task.md"),
    ),
    (".taskmaster/tasks/tasks.json", include_str!("../../fixtures/sample/.taskmaster/tasks/tasks.json")),
    (".taskmaster/tests/dinner.yaml", include_str!("../../fixtures/sample/.taskmaster/tests/dinner.yaml")),
];

/// What is shown once the sample tree is there and edited: why, the program, its arguments.
const STEPS: [(&str, &str, &[&str]); 8] = [
    ("an ordinary commit; behind it, the engine's", "git", &["commit", "-am", "The dough is ready"]),
    ("what the engine committed", "git", &["show", "--stat", "--format=%an: %s"]),
    (
        "in one of the files",
        "git",
        &["show", "--format=", "-U0", "--word-diff=plain", "--", ".taskmaster/context/task_002"],
    ),
    ("who changed this task, and why", "taskmaster", &["log", "2"]),
    ("which rules matched, and which did not", "taskmaster", &["explain", "HEAD~1"]),
    ("nothing is left over", "git", &["status", "--short", "--branch"]),
    ("and back again", "taskmaster", &["undo"]),
    ("the whole history", "git", &["log", "--format=%h %an: %s"]),
];

/// Why the demo stopped.
#[derive(Debug, thiserror::Error)]
enum DemoError {
    #[error("`{}` is not empty", .0.display())]
    NotEmpty(PathBuf),
    #[error("cannot write `{}`: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("cannot run {program}: {source}")]
    Start { program: String, source: io::Error },
    #[error("`{command}` failed ({status})")]
    Failed { command: String, status: ExitStatus },
}

impl DemoError {
    fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NotEmpty(_) => Some("give a folder that does not exist yet"),
            Self::Start { program, .. } if program == "git" => Some("install git, and see that it is on PATH"),
            _ => None,
        }
    }
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Exit {
    match show(arguments, context) {
        Ok(folder) => {
            context.output.data(&format!("\nThe repository is yours to play with: {}\n", folder.display()));
            Exit::Success
        }
        Err(error) => {
            context.output.error(&crate::ui::safe(&error.to_string()), error.hint());
            Exit::Failure
        }
    }
}

fn show(arguments: &Arguments, context: &Context) -> Result<PathBuf, DemoError> {
    let binary =
        std::env::current_exe().map_err(|source| DemoError::Start { program: "taskmaster".to_owned(), source })?;
    let folder = new_folder(arguments.dir.as_deref().map(|dir| context.directory.join(dir)))?;
    let stage = Stage { folder, binary, context };
    for (path, content) in FILES {
        stage.write(path, content)?;
    }
    stage.step("a new repository with a few tasks", "git", &["init", "-q", "-b", "main"])?;
    stage.quietly("git", &["config", "commit.gpgsign", "false"])?;
    stage.step("", "git", &["add", "-A"])?;
    stage.step("", "git", &["commit", "-q", "-m", "Plan the dinner"])?;
    stage.step("the tasks", "taskmaster", &["list"])?;
    stage.step("from now on git rings the engine", "taskmaster", &["hooks", "install", "--mode", "commit"])?;
    let before = FILES.iter().find(|(path, _)| *path == EDITED).map_or("", |(_, content)| content);
    stage.write(EDITED, &before.replacen(OLD, NEW, 1))?;
    stage.step("you edit one line of one file", "git", &["diff", "-U0", "--word-diff=plain"])?;
    for (why, program, arguments) in STEPS {
        stage.step(why, program, arguments)?;
    }
    Ok(stage.folder)
}

/// An empty folder, made where there is none.
fn new_folder(wanted: Option<PathBuf>) -> Result<PathBuf, DemoError> {
    let Some(path) = wanted else {
        let temporary = tempfile::Builder::new().prefix("taskmaster-demo-").tempdir();
        return temporary
            .map(tempfile::TempDir::keep)
            .map_err(|source| DemoError::File { path: std::env::temp_dir(), source });
    };
    let fail = |source| DemoError::File { path: path.clone(), source };
    fs::create_dir_all(&path).map_err(fail)?;
    if fs::read_dir(&path).map_err(fail)?.next().is_some() {
        return Err(DemoError::NotEmpty(path));
    }
    path.canonicalize().map_err(fail)
}

/// Where the demo plays.
struct Stage<'a> {
    folder: PathBuf,
    binary: PathBuf,
    context: &'a Context,
}

impl Stage<'_> {
    fn write(&self, path: &str, content: &str) -> Result<(), DemoError> {
        let path = self.folder.join(path);
        let fail = |source| DemoError::File { path: path.clone(), source };
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(fail)?;
        }
        fs::write(&path, content).map_err(fail)
    }

    /// Prints a command as one would type it, runs it, and prints what it says.
    fn step(&self, why: &str, program: &str, arguments: &[&str]) -> Result<(), DemoError> {
        let (bold, dim) = (anstyle::Style::new().bold(), anstyle::Style::new().dimmed());
        let comment = if why.is_empty() { String::new() } else { format!("\n{dim}# {why}{dim:#}\n") };
        self.context.output.data(&format!("{comment}{bold}$ {}{bold:#}\n", typed(program, arguments)));
        let (status, said) = self.command(program, arguments)?;
        // `explain` ends with the edits, which have just been shown.
        match said.split_once("\nedits\n") {
            Some((before, _)) => self.context.output.data(&format!("{before}\n{dim}[.. the edits, as above]{dim:#}\n")),
            None => self.context.output.data(&said),
        }
        if status.success() {
            return Ok(());
        }
        Err(DemoError::Failed { command: typed(program, arguments), status })
    }

    /// Runs a command that only prepares.
    fn quietly(&self, program: &str, arguments: &[&str]) -> Result<(), DemoError> {
        let (status, said) = self.command(program, arguments)?;
        if status.success() {
            return Ok(());
        }
        self.context.output.data(&said);
        Err(DemoError::Failed { command: typed(program, arguments), status })
    }

    /// Runs a command in the repository and gives what it said, standard output and error in the order
    /// they came. No configuration, identity or repository of the user's reaches it.
    fn command(&self, program: &str, arguments: &[&str]) -> Result<(ExitStatus, String), DemoError> {
        let fail = |source| DemoError::Start { program: program.to_owned(), source };
        let mut command = if program == "git" { Command::new("git") } else { Command::new(&self.binary) };
        command.args(arguments).current_dir(&self.folder);
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("GIT_") || text == "TASKMASTER" {
                command.env_remove(&name);
            }
        }
        let home = self.folder.join(".git");
        for (name, value) in [("HOME", home.as_path()), ("XDG_CONFIG_HOME", home.as_path())] {
            command.env(name, value);
        }
        for (name, value) in [
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_CONFIG_SYSTEM", "/dev/null"),
            ("GIT_AUTHOR_NAME", "Ann"),
            ("GIT_AUTHOR_EMAIL", "ann@example.com"),
            ("GIT_COMMITTER_NAME", "Ann"),
            ("GIT_COMMITTER_EMAIL", "ann@example.com"),
            ("GIT_PAGER", "cat"),
            ("LC_ALL", "C.UTF-8"),
        ] {
            command.env(name, value);
        }
        let (mut reader, writer) = io::pipe().map_err(fail)?;
        command.stdin(Stdio::null()).stdout(writer.try_clone().map_err(fail)?).stderr(writer);
        let mut child = command.spawn().map_err(fail)?;
        // The pipe ends only when its last writer is gone, and the command holds two.
        drop(command);
        let mut said = Vec::new();
        reader.read_to_end(&mut said).map_err(fail)?;
        let status = child.wait().map_err(fail)?;
        Ok((status, String::from_utf8_lossy(&said).into_owned()))
    }
}

/// A command as one would type it.
fn typed(program: &str, arguments: &[&str]) -> String {
    let mut text = program.to_owned();
    for argument in arguments {
        let plain = argument.chars().all(|c| c.is_ascii_alphanumeric() || "-_=./~".contains(c));
        text.push_str(&if plain { format!(" {argument}") } else { format!(" '{argument}'") });
    }
    text
}
