//! What the scenes of the promises have in common: a user who acts while the engine is in the middle of its
//! commit, and what of a repository is the user's.

use std::fs;

use super::super::sandbox::{Ran, Repo};
use super::super::scenery::{executable, script};

/// A script of the user's in a hook, behind whatever stands there.
pub(super) fn hook(repo: &Repo<'_>, name: &str, lines: &str) {
    let path = repo.path.join(".git/hooks").join(name);
    let before = fs::read_to_string(&path).unwrap_or_else(|_| "#!/bin/sh\n".to_owned());
    executable(&path, &format!("{before}{lines}\n"));
}

/// The plan is made, and the commit is written; nothing is locked.
pub(super) const PLANNED: &str = "before index-lock";
/// The index is locked, and nothing is staged.
pub(super) const LOCKED: &str = "after index-lock";
/// The index is locked, and the commit is about to be staged in its copy.
pub(super) const STAGING: &str = "before index-edit";
/// Branch and worktree have moved; the index is about to follow.
pub(super) const MOVED: &str = "before index-refresh";

/// How often the user acts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Times {
    Once,
    Always,
}

/// Runs the program and lets the user do `lines` in the repository at a moment in between, a point before or
/// behind one of its steps; gives what came of the program, and how the user's doings ended, one exit code for each.
#[track_caller]
pub(super) fn meanwhile(
    repo: &Repo<'_>,
    moment: &str,
    times: Times,
    lines: &str,
    arguments: &[&str],
) -> (Ran, Vec<String>) {
    let (folder, codes) = (repo.path.display(), repo.sandbox.path().join("codes"));
    drop(fs::remove_file(&codes));
    let codes_path = codes.display();
    let guard = if times == Times::Once { format!("[ -e '{codes_path}' ] || ") } else { String::new() };
    let does = format!(
        "{guard}{{\n(unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_PREFIX; export TASKMASTER=0; cd '{folder}'\n{lines}\n\
         ) >>'{codes_path}.log' 2>&1 </dev/null\necho $? >>'{codes_path}'; }}"
    );
    let does = script(repo.sandbox, "meanwhile", &does);
    let trace = repo.sandbox.path().join("trace");
    let environment = [
        ("TASKMASTER_CRASH_TRACE", trace.to_str().unwrap()),
        ("TASKMASTER_CRASH_AT", moment),
        ("TASKMASTER_CRASH_RUN", &does),
    ];
    let ran = repo.sandbox.run(&repo.path, env!("CARGO_BIN_EXE_taskmaster"), arguments, &environment);
    let codes = fs::read_to_string(&codes).unwrap_or_else(|_| panic!("the moment `{moment}` never came: {ran:?}"));
    (ran, codes.lines().map(ToOwned::to_owned).collect())
}

/// What is the user's in a repository: commits, what is staged, what is edited.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Users {
    commits: Vec<String>,
    staged: Vec<String>,
    edited: Vec<String>,
    elsewhere: [String; 2],
    status: String,
    stashes: String,
}

impl Users {
    /// Whether the same is staged and edited, whatever was committed.
    pub(super) fn same_hands(&self, other: &Self) -> bool {
        (&self.staged, &self.edited, &self.elsewhere) == (&other.staged, &other.edited, &other.elsewhere)
    }
}

/// The same with and without the engine.
pub(super) fn users(repo: &Repo<'_>) -> Users {
    let log = repo.git(&["log", "--reverse", "--first-parent", "--format=%x00%s", "-p", "-U0", "--find-renames"]);
    // What both begin with, and what only one of them has.
    let counts = |commit: &&str| {
        !commit.is_empty() && !commit.starts_with("Start\n") && !commit.starts_with("chore(taskmaster): ")
    };
    let commits = log.split('\0').filter(counts).map(|commit| signed(commit).join("\n")).collect();
    let staged = signed(&repo.git(&["diff", "--cached", "-U0", "--", ".taskmaster"]));
    let edited = signed(&repo.git(&["diff", "-U0", "--", ".taskmaster"]));
    let elsewhere = [
        repo.git(&["diff", "--cached", "--", ".", ":!.taskmaster"]),
        repo.git(&["diff", "--submodule=short", "--", ".", ":!.taskmaster"]),
    ];
    Users { commits, staged, edited, elsewhere, status: repo.dirt(), stashes: repo.git(&["stash", "list"]) }
}

/// A difference without what depends on the lines around it: where it stands, and the names of blobs.
fn signed(diff: &str) -> Vec<String> {
    let lines = diff.lines().filter(|line| !line.starts_with("index ") && !line.starts_with("@@"));
    lines.map(ToOwned::to_owned).collect()
}

/// The patches of all engine commits.
pub(super) fn engine_patches(repo: &Repo<'_>) -> String {
    repo.git(&["log", "--format=%s", "-p", "-U0", "--grep=^chore(taskmaster): "])
}

/// How many of the branch's commits, whatever their parents, are the engine's.
pub(super) fn engine_commits_of_all(repo: &Repo<'_>) -> usize {
    repo.git(&["log", "--all", "--format=%s"]).lines().filter(|line| line.starts_with("chore(taskmaster): ")).count()
}
