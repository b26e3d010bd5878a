//! A sealed place to work in: its own home, no configuration but its own, a clock that moves a
//! minute with every commit, the real `git` and the real program.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use super::scenery::executable;

/// A temporary folder with a home in it; repositories are made below it.
pub struct Sandbox {
    folder: tempfile::TempDir,
    minutes: AtomicI64,
}

/// What a program did.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// A folder in memory, where nobody waits for a disk: where there is one with a gigabyte to spare in which programs
/// can be run, and nobody has said another one by `TMPDIR`.
fn memory() -> Option<&'static Path> {
    static IS_USABLE: OnceLock<bool> = OnceLock::new();
    let memory = Path::new("/dev/shm");
    let is_usable = || {
        let Ok(folder) = tempfile::tempdir_in(memory) else { return false };
        let script = folder.path().join("script");
        executable(&script, "#!/bin/sh\ndf -Pk . | awk 'NR == 2 { exit $4 < 1048576 }'\n");
        std::env::var_os("TMPDIR").is_none()
            && Command::new(script).current_dir(folder.path()).status().is_ok_and(|status| status.success())
    };
    IS_USABLE.get_or_init(is_usable).then_some(memory)
}

impl Sandbox {
    pub fn new() -> Self {
        let folder = match memory() {
            Some(memory) => tempfile::tempdir_in(memory).unwrap(),
            None => tempfile::tempdir().unwrap(),
        };
        fs::create_dir(folder.path().join("home")).unwrap();
        Self { folder, minutes: AtomicI64::new(0) }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A new repository on branch `main`, with an identity of its own.
    pub fn repository(&self, name: &str) -> Repo<'_> {
        let repo = Repo { sandbox: self, path: self.path().join(name) };
        fs::create_dir_all(&repo.path).unwrap();
        repo.git(&["init", "-q", "-b", "main"]);
        repo.identify(name);
        repo
    }

    /// A repository in which `prepare` was done: by itself the first time, and by a copy of what came of it in all
    /// sandboxes behind the first in which nothing has happened yet. The same `key` stands for the same preparation.
    pub fn prepared(&self, key: &str, prepare: impl FnOnce(&Repo<'_>)) -> Repo<'_> {
        static KNOWN: Mutex<BTreeMap<String, Arc<Prepared>>> = Mutex::new(BTreeMap::new());
        let is_first = self.minutes.load(Ordering::Relaxed) == 0;
        let known = KNOWN.lock().unwrap().get(key).cloned();
        if let Some(known) = known.filter(|_| is_first) {
            let repo = Repo { sandbox: self, path: self.path().join("ann") };
            known.restore(&repo.path);
            self.minutes.store(known.minutes, Ordering::Relaxed);
            return repo;
        }
        let repo = self.repository("ann");
        prepare(&repo);
        if is_first {
            let prepared = Prepared::of(&repo.path, self.minutes.load(Ordering::Relaxed));
            KNOWN.lock().unwrap().insert(key.to_owned(), Arc::new(prepared));
        }
        repo
    }

    /// A clone of `source`, with an identity of its own.
    pub fn clone(&self, source: &Path, name: &str) -> Repo<'_> {
        let repo = Repo { sandbox: self, path: self.path().join(name) };
        let ran =
            self.run(self.path(), "git", &["clone", "-q", source.to_str().unwrap(), repo.path.to_str().unwrap()], &[]);
        assert_eq!(ran.code, 0, "{ran:?}");
        repo.identify(name);
        repo
    }

    /// A bare repository, to push to.
    pub fn bare(&self, name: &str) -> PathBuf {
        let path = self.path().join(name);
        let ran = self.run(self.path(), "git", &["init", "-q", "--bare", "-b", "main", path.to_str().unwrap()], &[]);
        assert_eq!(ran.code, 0, "{ran:?}");
        path
    }

    /// Runs a program in the sealed environment; each run is a minute later than the one before.
    pub fn run(&self, directory: &Path, program: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
        let minutes = self.minutes.fetch_add(1, Ordering::Relaxed);
        let date = format!("{} +0000", 1_750_000_000 + minutes * 60);
        run_sealed(self.path(), directory, program, arguments, &date, environment)
    }
}

/// Runs a program in the sealed environment of the sandbox at `root`, at a date that git understands.
pub fn run_sealed(
    root: &Path,
    directory: &Path,
    program: &str,
    arguments: &[&str],
    date: &str,
    environment: &[(&str, &str)],
) -> Ran {
    let mut command = sealed(root, directory, program, arguments, date, environment);
    let output: Output = loop {
        match command.output() {
            // A program that was written a moment ago, and that a process begun meanwhile still has open.
            Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy => std::thread::yield_now(),
            ran => break ran.unwrap(),
        }
    };
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A program in the sealed environment, not begun yet.
pub fn sealed(
    root: &Path,
    directory: &Path,
    program: &str,
    arguments: &[&str],
    date: &str,
    environment: &[(&str, &str)],
) -> Command {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(directory)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", root.join("home"))
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("GIT_CEILING_DIRECTORIES", root)
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_EDITOR", "true")
        .env("GIT_AUTHOR_DATE", date)
        .env("GIT_COMMITTER_DATE", date)
        .env("TZ", "UTC")
        .env("LC_ALL", "C.UTF-8")
        .envs(profile())
        .envs(environment.iter().copied());
    command
}

/// Where the program notes which of its lines it has run, where that is measured (`docs/coverage.md`).
pub fn profile() -> Option<(&'static str, OsString)> {
    let name = "LLVM_PROFILE_FILE";
    std::env::var_os(name).map(|file| (name, file))
}

/// The files of a repository that was prepared once, and how many minutes that took.
struct Prepared {
    folders: Vec<PathBuf>,
    files: Vec<(PathBuf, Vec<u8>, fs::Permissions)>,
    minutes: i64,
}

impl Prepared {
    fn of(root: &Path, minutes: i64) -> Self {
        let mut prepared = Self { folders: vec![PathBuf::new()], files: Vec::new(), minutes };
        let mut at = 0;
        while let Some(folder) = prepared.folders.get(at).cloned() {
            at += 1;
            for entry in fs::read_dir(root.join(&folder)).unwrap() {
                let entry = entry.unwrap();
                let path = folder.join(entry.file_name());
                if entry.file_type().unwrap().is_dir() {
                    prepared.folders.push(path);
                } else {
                    let permissions = entry.metadata().unwrap().permissions();
                    prepared.files.push((path, fs::read(entry.path()).unwrap(), permissions));
                }
            }
        }
        prepared
    }

    fn restore(&self, root: &Path) {
        for folder in &self.folders {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        for (path, bytes, permissions) in &self.files {
            let path = root.join(path);
            fs::write(&path, bytes).unwrap();
            fs::set_permissions(&path, permissions.clone()).unwrap();
        }
    }
}

/// One repository of a sandbox.
pub struct Repo<'a> {
    pub sandbox: &'a Sandbox,
    pub path: PathBuf,
}

impl Repo<'_> {
    fn identify(&self, name: &str) {
        let path = self.path.join(".git/config");
        let config = fs::read_to_string(&path).unwrap();
        let identity = format!("[user]\n\tname = {name}\n\temail = {name}@example.com\n[commit]\n\tgpgsign = false\n");
        fs::write(path, config + &identity).unwrap();
        // As if git had been asked to, setting by setting.
        self.sandbox.minutes.fetch_add(3, Ordering::Relaxed);
    }

    /// Runs git, which must succeed; gives its standard output without the last line end.
    #[track_caller]
    pub fn git(&self, arguments: &[&str]) -> String {
        let ran = self.try_git(arguments);
        assert_eq!(ran.code, 0, "git {arguments:?}: {ran:?}");
        ran.stdout.trim_end_matches('\n').to_owned()
    }

    /// Runs git, whatever comes of it.
    pub fn try_git(&self, arguments: &[&str]) -> Ran {
        self.sandbox.run(&self.path, "git", arguments, &[])
    }

    /// Runs the program, which must succeed; gives its standard output.
    #[track_caller]
    pub fn tm(&self, arguments: &[&str]) -> String {
        let ran = self.try_tm(arguments);
        assert_eq!(ran.code, 0, "taskmaster {arguments:?}: {ran:?}");
        ran.stdout
    }

    /// Runs the program, whatever comes of it.
    pub fn try_tm(&self, arguments: &[&str]) -> Ran {
        self.sandbox.run(&self.path, env!("CARGO_BIN_EXE_taskmaster"), arguments, &[])
    }

    /// Writes a file, and the folders it stands in.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path.join(path)).unwrap()
    }

    /// Replaces text that stands in a file exactly once.
    #[track_caller]
    pub fn replace(&self, path: &str, old: &str, new: &str) {
        let text = self.read(path);
        assert_eq!(text.matches(old).count(), 1, "{old:?} in {path}:\n{text}");
        self.write(path, text.replace(old, new));
    }

    /// Stages everything and commits it; gives what git said.
    #[track_caller]
    pub fn commit_all(&self, message: &str) -> Ran {
        self.git(&["add", "-A"]);
        let ran = self.try_git(&["commit", "-q", "-m", message]);
        assert_eq!(ran.code, 0, "{ran:?}");
        ran
    }

    pub fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    /// The subjects of the branch's commits, newest first.
    pub fn subjects(&self) -> Vec<String> {
        self.git(&["log", "--format=%s"]).lines().map(ToOwned::to_owned).collect()
    }

    /// What `git status` finds different.
    pub fn dirt(&self) -> String {
        self.git(&["status", "--porcelain"])
    }

    /// A small tree: task 1 with subtasks 1.1 and 1.2, task 2 that waits for 1 and is blocked, task 3;
    /// in Markdown, with tasks.json as a mirror, and the rules in `workflow`.
    pub fn plant(&self, workflow: &str) {
        let markdown = |id: &str, subtask: &str, title: &str, status: &str, dependencies: &str| {
            let parent = if subtask == "null" { "null" } else { id };
            format!(
                "---\ntask_id: {id}\nsubtask_id: {subtask}\ntitle: {title}\nstatus: {status}\npriority: high\n\
                 parent_task: {parent}\ndependencies: {dependencies}\ncreated: 2025-01-15\nupdated: 2025-01-15\n---\n\n\
                 # {title}\n\n## Metadata\n- **ID**: {id}\n- **Status**: {status}\n\nText that nobody touches.\n"
            )
        };
        let tree = ".taskmaster/context";
        self.write(&format!("{tree}/task_001/task.md"), markdown("task_001", "null", "One", "pending", "[]"));
        self.write(
            &format!("{tree}/task_001/subtask_001.md"),
            markdown("task_001", "subtask_001", "One one", "pending", "[]"),
        );
        self.write(
            &format!("{tree}/task_001/subtask_002.md"),
            markdown("task_001", "subtask_002", "One two", "pending", "[subtask_001]"),
        );
        self.write(&format!("{tree}/task_002/task.md"), markdown("task_002", "null", "Two", "blocked", "[task_001]"));
        self.write(&format!("{tree}/task_003/task.md"), markdown("task_003", "null", "Three", "pending", "[]"));
        self.write(
            ".taskmaster/tasks/tasks.json",
            r#"{
  "tasks": [
    {
      "id": 1,
      "title": "One",
      "status": "pending",
      "dependencies": [],
      "subtasks": [
        {
          "id": 1,
          "title": "One one",
          "status": "pending"
        },
        {
          "id": 2,
          "title": "One two",
          "status": "pending",
          "dependencies": [
            1
          ]
        }
      ]
    },
    {
      "id": 2,
      "title": "Two",
      "status": "blocked",
      "dependencies": [
        1
      ]
    },
    {
      "id": 3,
      "title": "Three",
      "status": "pending"
    }
  ]
}"#,
        );
        self.write(".taskmaster/config/workflow.yaml", workflow);
    }
}

/// Rules that use every repository action.
pub const WORKFLOW: &str = "workflow_config:
  version: \"2.1\"
  mode: commit
  task_integration:
    status_sync: true
  triggers:
    - name: status_change
      event: task.status.updated
      conditions:
        - field: status
          operator: in
          value: [done, failed, cancelled]
      actions:
        - update_analytics
        - send_notifications
        - trigger_dependent_tasks
    - name: roll_up
      event: task.status.updated
      actions: [roll_up_parent]
";

/// A repository with the small tree, the rules above, and hooks.
pub fn planted(sandbox: &Sandbox) -> Repo<'_> {
    planted_with(sandbox, WORKFLOW)
}

/// The same with other rules.
pub fn planted_with<'a>(sandbox: &'a Sandbox, workflow: &str) -> Repo<'a> {
    sandbox.prepared(&format!("planted {workflow}"), |repo| {
        repo.plant(workflow);
        repo.commit_all("Start");
        repo.tm(&["hooks", "install"]);
    })
}

#[test]
fn the_sandbox_plants_a_tree_without_findings() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    assert_eq!(repo.tm(&["check"]), "5 tasks: 0 errors, 0 warnings\n");
    assert_eq!(repo.dirt(), "");
}
