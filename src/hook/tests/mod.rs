//! Hooks in real repositories, run by the real git program, with a program of ours that only
//! notes how it was called.

mod files;
mod folders;
mod managers;
mod running;

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::*;

/// A file that is open for writing in one thread while another one forks cannot be executed.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

struct Sandbox {
    root: PathBuf,
    repo: PathBuf,
    binary: PathBuf,
    _folder: tempfile::TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl Sandbox {
    /// A repository with one commit, in folders whose names are hard on shells.
    fn new() -> Self {
        let turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap().join("it's \"a\" $HOME `x`");
        let repo = root.join("the repo");
        let binary = root.join("bin dir/taskmaster");
        fs::create_dir_all(&repo).unwrap();
        fs::create_dir_all(binary.parent().unwrap()).unwrap();
        fs::create_dir_all(root.join("empty")).unwrap();
        fs::write(root.join("gitconfig"), "").unwrap();
        let sandbox = Self { root, repo, binary, _folder: folder, _turn: turn };
        sandbox.write_binary(0);
        sandbox.git(&["init", "-q", "-b", "main", "--template="]);
        sandbox.git(&["commit", "-q", "--allow-empty", "-m", "first"]);
        sandbox
    }

    fn write_binary(&self, code: u8) {
        let log = quote(&self.log_path());
        let text =
            format!("#!/bin/sh\n{{ printf '<%s>' \"$@\"; printf ' in:<%s>\\n' \"$(cat)\"; }} >>{log}\nexit {code}\n");
        executable(&self.binary, &text);
    }

    fn log_path(&self) -> PathBuf {
        self.root.join("log")
    }

    /// What the program noted since the last time.
    fn log(&self) -> String {
        let text = fs::read_to_string(self.log_path()).unwrap_or_default();
        fs::remove_file(self.log_path()).ok();
        text
    }

    fn environment(&self) -> Vec<(OsString, OsString)> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let without_ours = std::env::split_paths(&path)
            .filter(|folder| !folder.join("taskmaster").exists() && !folder.join("git-taskmaster").exists());
        let path = std::env::join_paths(without_ours).unwrap();
        let mut variables = vec![
            ("PATH".into(), path),
            ("HOME".into(), self.root.join("empty").into()),
            ("GIT_CONFIG_GLOBAL".into(), self.root.join("gitconfig").into()),
            ("GIT_CONFIG_SYSTEM".into(), "/dev/null".into()),
            ("GIT_CEILING_DIRECTORIES".into(), self.root.clone().into()),
            ("TZ".into(), "UTC".into()),
            ("LC_ALL".into(), "C".into()),
        ];
        for who in ["AUTHOR", "COMMITTER"] {
            variables.push((format!("GIT_{who}_NAME").into(), "A".into()));
            variables.push((format!("GIT_{who}_EMAIL").into(), "a@example.org".into()));
            variables.push((format!("GIT_{who}_DATE").into(), "2025-01-01T00:00:00Z".into()));
        }
        variables
    }

    fn asking(&self) -> Git {
        Git::sealed(self.environment())
    }

    fn try_git_in(&self, folder: &Path, arguments: &[&str], extra: &[(&str, &str)]) -> Output {
        Command::new("git")
            .env_clear()
            .envs(self.environment())
            .envs(extra.iter().copied())
            .current_dir(folder)
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    fn try_git(&self, arguments: &[&str]) -> Output {
        self.try_git_in(&self.repo, arguments, &[])
    }

    fn git(&self, arguments: &[&str]) -> String {
        let output = self.try_git(arguments);
        assert!(output.status.success(), "git {arguments:?}: {}", stderr(&output));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    fn commit(&self) -> Output {
        self.try_git(&["commit", "-q", "--allow-empty", "-m", "again\n\nCloses: 1"])
    }

    fn hook(&self, hook: HookName) -> PathBuf {
        self.repo.join(".git/hooks").join(hook.file_name())
    }

    fn write_hook(&self, hook: HookName, text: &str) {
        fs::create_dir_all(self.repo.join(".git/hooks")).unwrap();
        executable(&self.hook(hook), text);
    }

    fn try_install(
        &self,
        folder: &Path,
        hooks: &[HookName],
        shared: SharedFolder,
    ) -> Result<Vec<Outcome>, InstallError> {
        install(&self.asking(), folder, &self.binary, hooks, shared)
    }

    fn install(&self, hooks: &[HookName]) -> Vec<OutcomeKind> {
        kinds(self.try_install(&self.repo, hooks, SharedFolder::Refuse).unwrap())
    }

    fn uninstall(&self, hooks: &[HookName]) -> Vec<OutcomeKind> {
        kinds(uninstall(&self.asking(), &self.repo, hooks, SharedFolder::Refuse).unwrap())
    }

    fn state(&self, hook: HookName) -> HookState {
        let status = status(&self.asking(), &self.repo).unwrap();
        status.hooks.into_iter().find(|entry| entry.hook == hook).unwrap().state
    }
}

fn kinds(outcomes: Vec<Outcome>) -> Vec<OutcomeKind> {
    outcomes.into_iter().map(|outcome| outcome.kind).collect()
}

fn quote(path: &Path) -> String {
    format!("'{}'", path.to_str().unwrap().replace('\'', r"'\''"))
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn executable(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}
