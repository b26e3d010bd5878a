//! The trees that are measured, made anew in a temporary folder: always the same bytes.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Failure;

/// Tasks at the top; each has [`SUBTASKS`] below it, so that there are 10,000 in all.
pub(crate) const TASKS: usize = 1_000;
/// Subtasks of each task.
pub(crate) const SUBTASKS: usize = 9;
/// Triggers where there are many.
pub(crate) const TRIGGERS: usize = 1_000;
/// Files beside the tree where there are many.
pub(crate) const OTHERS: usize = 29_000;
/// Commits behind the first one, each of which changes one status.
pub(crate) const COMMITS: usize = 1_000;

const WORKFLOW: &str = "\
workflow_config:
  task_integration:
    status_sync: true
  triggers:
    - name: \"task_status_change\"
      event: \"task.status.updated\"
      enabled: true
      conditions:
        - field: \"status\"
          operator: \"in\"
          value: [\"done\", \"failed\", \"cancelled\"]
      actions:
        - \"update_analytics\"
        - \"trigger_dependent_tasks\"
        - \"send_notifications\"
";

/// How git keeps the objects of a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Objects {
    /// In one pack, as after a clone.
    Packed,
    /// One file each, as after a first commit.
    Loose,
}

/// A folder with a home for git in it, removed at the end.
#[derive(Debug)]
pub(crate) struct Place {
    folder: PathBuf,
}

impl Place {
    pub(crate) fn new() -> Result<Self, Failure> {
        let folder = std::env::temp_dir().join(format!("taskmaster-speed-{}", std::process::id()));
        fs::create_dir_all(folder.join("home"))?;
        Ok(Self { folder })
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A command in this place's environment, which knows no configuration but a repository's own.
    pub(crate) fn command(&self, directory: &Path, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(directory)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path("home"))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("LC_ALL", "C")
            .stdin(Stdio::null());
        command
    }

    /// Runs git, which must succeed.
    pub(crate) fn git(&self, directory: &Path, arguments: &[&str]) -> Result<(), Failure> {
        let ran = self.command(directory, "git", arguments).output()?;
        if ran.status.success() {
            return Ok(());
        }
        Err(format!("git {arguments:?}: {}", String::from_utf8_lossy(&ran.stderr)).into())
    }

    /// A repository whose history is `stream`, checked out and clean.
    pub(crate) fn repository(&self, name: &str, stream: &[u8], objects: Objects) -> Result<PathBuf, Failure> {
        let path = self.path(name);
        fs::create_dir_all(&path)?;
        self.git(&path, &["init", "-q", "-b", "main"])?;
        for (key, value) in [
            ("user.name", "Speed"),
            ("user.email", "speed@example.com"),
            ("gc.auto", "0"),
            ("maintenance.auto", "false"),
            ("taskmaster.mode", "commit"),
            ("fastimport.unpackLimit", if objects == Objects::Loose { "10000000" } else { "1" }),
        ] {
            self.git(&path, &["config", key, value])?;
        }
        let mut import = self.command(&path, "git", &["fast-import", "--quiet"]).stdin(Stdio::piped()).spawn()?;
        import.stdin.take().ok_or("git fast-import has no input")?.write_all(stream)?;
        if !import.wait()?.success() {
            return Err("git fast-import failed".into());
        }
        self.git(&path, &["reset", "-q", "--hard", "main"])?;
        // Entries as old as the index itself would be read again by every git command.
        self.git(&path, &["update-index", "-q", "--really-refresh"])?;
        // What a measured program brings to the disk would wait for all of this otherwise.
        self.command(&path, "sync", &[]).status()?;
        Ok(path)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.folder)
            && error.kind() != io::ErrorKind::NotFound
        {
            eprintln!("{} is left behind: {error}", self.folder.display());
        }
    }
}

/// The file of a subtask, relative to the repository.
pub(crate) fn subtask_path(task: usize, subtask: usize) -> String {
    format!(".taskmaster/context/task_{task:04}/subtask_{subtask:03}.md")
}

fn subtask(task: usize, subtask: usize, status: &str) -> String {
    let before = if subtask == 1 { String::new() } else { format!("subtask_{:03}", subtask - 1) };
    let title = format!("Part {subtask} of the work on topic {task}");
    let mut text = format!(
        "---\ntask_id: task_{task:04}\nsubtask_id: subtask_{subtask:03}\ntitle: {title}\nstatus: {status}\n\
         priority: medium\nparent_task: task_{task:04}\ndependencies: [{before}]\ncreated: 2025-06-10\n\
         updated: 2025-06-10\n---\n\n# Subtask Overview\nWhat is to be done for topic {task}, part {subtask}.\n\n\
         ## Metadata\n- **ID**: task_{task:04} / subtask_{subtask:03}\n- **Title**: {title}\n- **Status**: {status}\n\
         - **Priority**: medium\n\n## Scope\n"
    );
    fill(&mut text);
    text
}

fn task(task: usize) -> String {
    let before = if task == 1 { String::new() } else { format!("task_{:04}", task - 1) };
    let mut text = format!(
        "---\ntask_id: task_{task:04}\ntitle: Topic {task}\nstatus: in-progress\npriority: high\n\
         dependencies: [{before}]\ncreated: 2025-06-10\nupdated: 2025-06-10\n---\n\n# Task Overview\n\
         What topic {task} is about.\n\n## Metadata\n- **ID**: task_{task:04}\n- **Status**: in-progress\n\n## Scope\n"
    );
    fill(&mut text);
    text
}

fn fill(text: &mut String) {
    let mut line = 0;
    while text.len() < 1_000 {
        line += 1;
        let _ = writeln!(text, "- [ ] Step {line}: write it down, try it out, and say what came of it");
    }
}

/// Rules under which every change of a status has a consequence beside the body's: another priority.
const WATCHED: &str = "\
workflow_config:
  task_integration:
    status_sync: true
triggers:
  - name: when_done
    event: task.status.updated
    conditions:
      - {field: new_status, operator: equals, value: done}
    actions:
      - set: {priority: low}
  - name: when_pending
    event: task.status.updated
    conditions:
      - {field: new_status, operator: equals, value: pending}
    actions:
      - set: {priority: high}
";

/// So many task files of 1 KB, a multiple of ten, in one commit.
pub(crate) fn watched_history(tasks: usize) -> Vec<u8> {
    let mut stream = Vec::new();
    commit(&mut stream, 0, "all tasks");
    file(&mut stream, ".taskmaster/config/workflow.yaml", WATCHED);
    for at in 1..=tasks / (SUBTASKS + 1) {
        file(&mut stream, &format!(".taskmaster/context/task_{at:04}/task.md"), &task(at));
        for part in 1..=SUBTASKS {
            file(&mut stream, &subtask_path(at, part), &subtask(at, part, "pending"));
        }
    }
    stream
}

/// 10,000 task files of 1 KB, and [`COMMITS`] commits that each change the status of one.
pub(crate) fn markdown_history() -> Vec<u8> {
    history_under(WORKFLOW)
}

/// The same under [`TRIGGERS`] triggers, all of which listen to what the commits do.
pub(crate) fn history_under_many_triggers() -> Vec<u8> {
    let mut workflow = WORKFLOW.to_owned();
    for at in 1..TRIGGERS {
        let _ = write!(
            workflow,
            "    - name: \"rule {at}\"\n      event: \"task.status.updated\"\n      conditions:\n        \
             - {{field: new_status, operator: in, value: [done, failed]}}\n        - any:\n            \
             - {{field: priority, operator: equals, value: critical}}\n            \
             - {{field: title, operator: matches, value: \"^Release [0-9]+ of {at}$\"}}\n            \
             - {{field: parent.subtasks.all.status.category, operator: equals, value: done}}\n        \
             - {{field: created, operator: older_than, value: 30d}}\n      actions: [update_analytics]\n"
        );
    }
    history_under(&workflow)
}

fn history_under(workflow: &str) -> Vec<u8> {
    let mut stream = Vec::new();
    commit(&mut stream, 0, "all tasks");
    file(&mut stream, ".taskmaster/config/workflow.yaml", workflow);
    for at in 1..=TASKS {
        file(&mut stream, &format!(".taskmaster/context/task_{at:04}/task.md"), &task(at));
        for part in 1..=SUBTASKS {
            file(&mut stream, &subtask_path(at, part), &subtask(at, part, "pending"));
        }
    }
    for at in 1..=COMMITS {
        commit(&mut stream, at, "one status");
        file(&mut stream, &subtask_path(at, 1), &subtask(at, 1, "in-progress"));
    }
    stream
}

/// 1,000 task files among 29,000 others.
pub(crate) fn large_history() -> Vec<u8> {
    let mut stream = Vec::new();
    commit(&mut stream, 0, "all files");
    file(&mut stream, ".taskmaster/config/workflow.yaml", WORKFLOW);
    for at in 1..=TASKS / 10 {
        file(&mut stream, &format!(".taskmaster/context/task_{at:04}/task.md"), &task(at));
        for part in 1..=SUBTASKS {
            file(&mut stream, &subtask_path(at, part), &subtask(at, part, "pending"));
        }
    }
    for at in 0..OTHERS {
        file(&mut stream, &format!("src/{:03}/{:03}.txt", at / 100, at % 100), &format!("{at}\n"));
    }
    stream
}

/// One tasks.json with 10,000 tasks.
pub(crate) fn json_history() -> Vec<u8> {
    let mut text = String::from("{\n  \"master\": {\n    \"tasks\": [\n");
    for at in 1..=TASKS {
        let _ = write!(
            text,
            "      {{\n        \"id\": {at},\n        \"title\": \"Topic {at}\",\n        \"description\": \"What topic \
             {at} is about\",\n        \"status\": \"in-progress\",\n        \"priority\": \"high\",\n        \
             \"dependencies\": [],\n        \"subtasks\": ["
        );
        for part in 1..=SUBTASKS {
            let _ = write!(
                text,
                "\n          {{\n            \"id\": {part},\n            \"title\": \"Part {part} of the work on topic \
                 {at}\",\n            \"description\": \"What is to be done\",\n            \"details\": \"Write it down, \
                 try it out, and say what came of it\",\n            \"status\": \"pending\",\n            \
                 \"dependencies\": []\n          }}{}",
                if part == SUBTASKS { "" } else { "," }
            );
        }
        text.push_str("\n        ]\n      }");
        text.push_str(if at == TASKS { "\n" } else { ",\n" });
    }
    text.push_str("    ]\n  }\n}\n");
    let mut stream = Vec::new();
    commit(&mut stream, 0, "all tasks");
    file(&mut stream, ".taskmaster/tasks/tasks.json", &text);
    stream
}

fn commit(stream: &mut Vec<u8>, at: usize, message: &str) {
    let time = 1_750_000_000 + at * 60;
    let text = format!(
        "commit refs/heads/main\ncommitter Speed <speed@example.com> {time} +0000\ndata {}\n{message}\n",
        message.len()
    );
    stream.extend_from_slice(text.as_bytes());
}

fn file(stream: &mut Vec<u8>, path: &str, content: &str) {
    stream.extend_from_slice(format!("M 100644 inline {path}\ndata {}\n{content}\n", content.len()).as_bytes());
}

/// Changes the status of a subtask on disk, in its front matter and in its body.
pub(crate) fn set_status(repository: &Path, at: usize, part: usize, from: &str, to: &str) -> Result<(), Failure> {
    set_home_status(repository, at, part, from, to)?;
    replace(repository, at, part, &format!("- **Status**: {from}\n"), &format!("- **Status**: {to}\n"))
}

/// The same in its front matter alone, so that the body has to follow.
pub(crate) fn set_home_status(repository: &Path, at: usize, part: usize, from: &str, to: &str) -> Result<(), Failure> {
    replace(repository, at, part, &format!("\nstatus: {from}\n"), &format!("\nstatus: {to}\n"))
}

fn replace(repository: &Path, at: usize, part: usize, from: &str, to: &str) -> Result<(), Failure> {
    let path = repository.join(subtask_path(at, part));
    let text = fs::read_to_string(&path)?;
    let edited = text.replace(from, to);
    if edited == text {
        return Err(format!("{} does not have {from:?}", path.display()).into());
    }
    Ok(fs::write(path, edited)?)
}

/// A hook that ends at once.
pub(crate) fn empty_hook(repository: &Path, name: &str) -> Result<(), Failure> {
    let path = repository.join(".git/hooks").join(name);
    fs::create_dir_all(repository.join(".git/hooks"))?;
    fs::write(&path, "#!/bin/sh\nexit 0\n")?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}
