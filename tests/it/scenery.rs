//! What the scenes of several files have in common: the places of the small tree, and looking at a
//! repository from outside.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::sandbox::{Ran, Repo, Sandbox};

pub(crate) const ONE: &str = ".taskmaster/context/task_001/task.md";
pub(crate) const ONE_ONE: &str = ".taskmaster/context/task_001/subtask_001.md";
pub(crate) const ONE_TWO: &str = ".taskmaster/context/task_001/subtask_002.md";
pub(crate) const TWO: &str = ".taskmaster/context/task_002/task.md";
pub(crate) const THREE: &str = ".taskmaster/context/task_003/task.md";
pub(crate) const JSON: &str = ".taskmaster/tasks/tasks.json";
pub(crate) const WORKFLOW_FILE: &str = ".taskmaster/config/workflow.yaml";

/// Writes a file that can be run, and the folders it stands in.
pub(crate) fn executable(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// A script of the shell in the sandbox; gives its path.
pub(crate) fn script(sandbox: &Sandbox, name: &str, lines: &str) -> String {
    let path = sandbox.path().join(name);
    executable(&path, &format!("#!/bin/sh\n{lines}\n"));
    path.to_str().unwrap().to_owned()
}

impl Repo<'_> {
    /// Changes the status in a file's front matter, and nothing else.
    #[track_caller]
    pub(crate) fn mark(&self, path: &str, old: &str, new: &str) {
        self.replace(path, &format!("\nstatus: {old}\n"), &format!("\nstatus: {new}\n"));
    }

    /// Task 1 is set done in its front matter and committed: tasks.json, the bullet and task 2 follow.
    #[track_caller]
    pub(crate) fn finish_one(&self) -> Ran {
        self.mark(ONE, "pending", "done");
        self.commit_all("Finish one")
    }

    /// The paths that differ between two revisions.
    pub(crate) fn changed(&self, from: &str, to: &str) -> Vec<String> {
        self.git(&["diff", "--name-only", from, to]).lines().map(ToOwned::to_owned).collect()
    }

    /// Added and removed lines between two revisions, with their signs.
    pub(crate) fn lines(&self, from: &str, to: &str, path: &str) -> Vec<String> {
        let text = self.git(&["diff", "-U0", from, to, "--", path]);
        let signed = |line: &&str| {
            (line.starts_with('+') || line.starts_with('-')) && !line.starts_with("+++") && !line.starts_with("---")
        };
        text.lines().filter(signed).map(ToOwned::to_owned).collect()
    }

    pub(crate) fn message(&self, revision: &str) -> String {
        self.git(&["log", "-1", "--format=%B", revision])
    }

    pub(crate) fn id(&self, revision: &str) -> String {
        self.git(&["rev-parse", revision])
    }

    /// Which commit the branch `main` has been processed up to.
    pub(crate) fn cursor(&self) -> String {
        self.id("refs/taskmaster/cursor/main")
    }

    /// How many commits the engine has made on the checked out branch.
    pub(crate) fn engine_commits(&self) -> usize {
        self.subjects().iter().filter(|subject| subject.starts_with("chore(taskmaster): ")).count()
    }

    /// The status that a file of a revision has in its front matter.
    #[track_caller]
    pub(crate) fn status_at(&self, revision: &str, path: &str) -> String {
        let text = self.git(&["show", &format!("{revision}:{path}")]);
        status_of(&text)
    }

    /// The status that a file has in its front matter.
    #[track_caller]
    pub(crate) fn status(&self, path: &str) -> String {
        status_of(&self.read(path))
    }

    /// Runs git with the engine switched off.
    #[track_caller]
    pub(crate) fn quietly(&self, arguments: &[&str]) {
        let ran = self.sandbox.run(&self.path, "git", arguments, &[("TASKMASTER", "0")]);
        assert_eq!(ran.code, 0, "git {arguments:?}: {ran:?}");
    }

    /// Every file below the repository, its git directory included, as bytes; without the log, in which hooks
    /// that change nothing leave a line too.
    pub(crate) fn everything(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(&self.path, &self.path, &mut files);
        files
    }
}

#[track_caller]
fn status_of(text: &str) -> String {
    text.lines().find_map(|line| line.strip_prefix("status: ")).unwrap().to_owned()
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.path().ends_with(".git/taskmaster/log") {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            collect(root, &entry.path(), files);
        } else {
            let name = entry.path().strip_prefix(root).unwrap().display().to_string();
            files.insert(name, fs::read(entry.path()).unwrap_or_default());
        }
    }
}
