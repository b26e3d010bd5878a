//! What a process is killed in the middle of: a repository, and what is done in it.

use std::fs;

use crate::creation::INCIDENTS;
use crate::safety::policy::Policy;
use crate::sandbox::{Repo, WORKFLOW};
use crate::scenery::{JSON, ONE, ONE_ONE, THREE, TWO, WORKFLOW_FILE, executable};

/// What is done in a repository.
#[derive(Debug, Clone, Copy)]
pub(super) enum Act {
    Git(&'static [&'static str]),
    Engine(&'static [&'static str]),
}

/// Whether the commits of an act have a date that a test can set, so that their ids are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dates {
    Set,
    Clock,
}

/// What the next run is, where the act did not commit anything; where it did, `taskmaster sync` is all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// The same again.
    Again,
    /// `taskmaster sync` whatever happened: git has done the user's own step.
    Sync,
    /// Where nothing was committed the same again; else git rings, since `sync` would do what is not to be done
    /// or says that it cannot.
    Ring,
    /// The same again, unless it was done: it makes another thing each time.
    Unless,
}

pub(super) struct Scenario {
    pub(super) name: &'static str,
    pub(super) prepare: fn(&Repo<'_>),
    pub(super) act: Act,
    pub(super) next: Next,
    pub(super) dates: Dates,
}

/// Those that a test of their own goes through, killed at every step.
pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario::new("post-commit", finished_one, Act::Git(&["commit", "-q", "-m", "Finish one"])),
    Scenario::new("post-commit-never", finished_never, Act::Git(&["commit", "-q", "-m", "Finish one"]))
        .then(Next::Ring),
    Scenario::new("post-commit-detached", detached, Act::Git(&["commit", "-q", "-m", "Finish one"])).then(Next::Ring),
    Scenario::new("quiet-commit", ready, Act::Git(&["commit", "-q", "--allow-empty", "-m", "Beside"])).then(Next::Ring),
    Scenario::new("merge", branched, Act::Git(&["merge", "-q", "--no-edit", "feature"])).then(Next::Sync),
    Scenario::new("sync", committed_one, Act::Engine(&["sync"])),
    Scenario::new("sync-list", committed_in_list, Act::Engine(&["sync"])),
    Scenario::new("sync-beside-edits", edited, Act::Engine(&["sync"])),
    Scenario::new("sync-creates", failed, Act::Engine(&["sync"])),
    Scenario::new("sync-effects", told, Act::Engine(&["sync"])),
    Scenario::new("sync-rotates", full_log, Act::Engine(&["sync"])),
    Scenario::new("apply", never_one, Act::Engine(&["apply"])),
    Scenario::new("apply-commit", never_one, Act::Engine(&["apply", "--commit"])),
    Scenario::new("repair", drifted, Act::Engine(&["sync", "--repair", "--prefer", "markdown"])).by_clock(),
    Scenario::new("set-status", ready, Act::Engine(&["set-status", "1", "done"])).by_clock(),
    Scenario::new("set-status-worktree", ready, Act::Engine(&["set-status", "1", "done", "--no-commit"])),
    Scenario::new("create", ready, Act::Engine(&["create", "New"])).by_clock(),
    Scenario::new("create-worktree", ready, Act::Engine(&["create", "New", "--no-commit"]))
        .then(Next::Unless)
        .by_clock(),
    Scenario::new("next-branch", ready, Act::Engine(&["next", "--start", "--branch"])).by_clock(),
    Scenario::new("migrate", ready, Act::Engine(&["migrate", "--to", "tasks-json"])).by_clock(),
    Scenario::new("migrate-renumber", ready, Act::Engine(&["migrate", "--renumber", "1=3", "--renumber", "3=18"]))
        .by_clock(),
    Scenario::new("migrate-scripts", scripted, Act::Engine(&["migrate", "--scripts"])).by_clock(),
    Scenario::new("migrate-older", older, Act::Engine(&["migrate", "--to", "markdown"])).by_clock(),
    Scenario::new("migrate-backlog", backlog, Act::Engine(&["migrate", "--from", "backlog"])).by_clock(),
    Scenario::new("undo", made, Act::Engine(&["undo"])).by_clock(),
    Scenario::new("undo-merge", renumbered, Act::Engine(&["undo", "--merge"])).by_clock(),
    Scenario::new("emit", listening, Act::Engine(&["emit", "deployment.success", "--task", "1", "--id", "a"]))
        .by_clock(),
    Scenario::new("emit-effects", listening, Act::Engine(&["emit", "tests.failed", "--id", "a"])),
    Scenario::new("init", unborn, Act::Engine(&["init"])),
    Scenario::new("init-commit", unborn, Act::Engine(&["init", "--commit"])).by_clock(),
    Scenario::new("hooks-install", bare_of_hooks, Act::Engine(&["hooks", "install", "--mode", "commit"])),
    Scenario::new("hooks-uninstall", ready_with_mode, Act::Engine(&["hooks", "uninstall"])),
];

/// One whose lines of the log are not what a kill leaves alone.
pub(super) const DIARY: Scenario =
    Scenario::new("diary", with_diary, Act::Git(&["commit", "-q", "-m", "Finish three"]));

/// The same for an event from outside.
pub(super) const EMIT_DIARY: Scenario =
    Scenario::new("emit-diary", with_diary_of_events, Act::Engine(&["emit", "a.b", "--task", "3", "--id", "a"]))
        .by_clock();

/// One that goes back to where it was: a step of it that is killed leaves the user on the new branch.
pub(super) const GOING_BACK: Scenario =
    Scenario::new("next-branch-back", staged_elsewhere, Act::Engine(&["next", "--start", "--branch"])).by_clock();

/// One that pushes over the push of somebody else. Killed before its push it leaves commits to be pushed, which no `sync` does.
pub(super) const PUBLISHING: Scenario =
    Scenario::new("publish", behind, Act::Engine(&["update-task-status", "--push", "--task-id=1", "--status=done"]))
        .by_clock();

impl Scenario {
    const fn new(name: &'static str, prepare: fn(&Repo<'_>), act: Act) -> Self {
        Self { name, prepare, act, next: Next::Again, dates: Dates::Set }
    }

    const fn then(self, next: Next) -> Self {
        Self { next, ..self }
    }

    const fn by_clock(self) -> Self {
        Self { dates: Dates::Clock, ..self }
    }
}

fn with_rules(repo: &Repo<'_>, rules: &str) {
    repo.plant(rules);
    repo.commit_all("Start");
    repo.tm(&["hooks", "install"]);
}

/// The remote stands inside, so that it is copied along; somebody has pushed to it.
fn behind(repo: &Repo<'_>) {
    ready(repo);
    let shared = ".git/shared.git";
    repo.git(&["clone", "-q", "--bare", ".", shared]);
    repo.git(&["config", "gc.auto", "0"]);
    repo.git(&["remote", "add", "origin", shared]);
    repo.git(&["fetch", "-q", "origin"]);
    repo.git(&["branch", "-q", "--set-upstream-to=origin/main"]);
    repo.git(&["commit", "-q", "--allow-empty", "--no-verify", "-m", "Theirs"]);
    repo.git(&["push", "-q"]);
    repo.git(&["reset", "-q", "--hard", "HEAD^"]);
    repo.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
}

fn listening(repo: &Repo<'_>) {
    ready(repo);
    let rules = "  git: {canonical: main}
  triggers:
    - {name: deployed, event: deployment.success, actions: [{set_status: {status: done}}, send_notifications]}
    - {name: told, event: tests.failed, actions: [send_alert]}
";
    repo.replace(WORKFLOW_FILE, "  triggers:\n", rules);
    repo.commit_all("Listen");
}

fn ready(repo: &Repo<'_>) {
    with_rules(repo, WORKFLOW);
}

fn scripted(repo: &Repo<'_>) {
    ready(repo);
    repo.write("scripts/report.sh", "cat scripts/prd.txt\n");
    repo.write(".taskmaster/docs/prd.txt", "What is wanted.\n");
    repo.write("Makefile", "report:\n\tcat .taskmasterconfig\n");
    repo.commit_all("Scripts");
}

fn ready_with_mode(repo: &Repo<'_>) {
    bare_of_hooks(repo);
    repo.tm(&["hooks", "install", "--mode", "commit"]);
}

fn finished_one(repo: &Repo<'_>) {
    ready(repo);
    repo.mark(ONE, "pending", "done");
    repo.git(&["add", "-A"]);
}

fn never(repo: &Repo<'_>) {
    with_rules(repo, &Policy::Never.workflow());
}

fn finished_never(repo: &Repo<'_>) {
    never(repo);
    repo.mark(ONE, "pending", "done");
    repo.git(&["add", "-A"]);
}

fn never_one(repo: &Repo<'_>) {
    finished_never(repo);
    repo.git(&["commit", "-q", "-m", "Finish one"]);
}

/// Nothing but a list of tasks.
fn finished_in_list(repo: &Repo<'_>) {
    repo.plant(WORKFLOW);
    fs::remove_dir_all(repo.path.join(".taskmaster/context")).unwrap();
    repo.commit_all("Start");
    repo.tm(&["hooks", "install"]);
    let one = "\"title\": \"One\",\n      \"status\": ";
    repo.replace(JSON, &format!("{one}\"pending\""), &format!("{one}\"done\""));
    repo.git(&["add", "-A"]);
}

fn committed_in_list(repo: &Repo<'_>) {
    finished_in_list(repo);
    repo.quietly(&["commit", "-q", "-m", "Finish one"]);
}

fn detached(repo: &Repo<'_>) {
    ready(repo);
    repo.git(&["switch", "-q", "--detach"]);
    repo.mark(ONE, "pending", "done");
    repo.git(&["add", "-A"]);
}

fn committed_one(repo: &Repo<'_>) {
    finished_one(repo);
    repo.quietly(&["commit", "-q", "-m", "Finish one"]);
}

fn branched(repo: &Repo<'_>) {
    ready(repo);
    repo.git(&["switch", "-q", "-c", "feature"]);
    repo.mark(THREE, "pending", "in-progress");
    repo.quietly(&["commit", "-qam", "Begin three"]);
    repo.git(&["switch", "-q", "main"]);
    repo.write("code.txt", "mine\n");
    repo.commit_all("Code");
}

/// The user's own edits, staged and not, in files that follow and beside them.
fn edited(repo: &Repo<'_>) {
    ready(repo);
    repo.mark(ONE, "pending", "done");
    repo.quietly(&["commit", "-qam", "Finish one"]);
    repo.replace(ONE, "title: One\n", "title: One, staged\n");
    repo.write("code.txt", "staged\n");
    repo.git(&["add", "-A"]);
    repo.write(ONE, repo.read(ONE) + "\nA note of mine.\n");
    repo.write(TWO, repo.read(TWO) + "\nAnother.\n");
    repo.write("code.txt", "staged and edited\n");
}

/// A task, a report and the overview are made.
fn failed(repo: &Repo<'_>) {
    with_rules(
        repo,
        &INCIDENTS.replace("    actions:\n", "    actions:\n      - generate_report\n      - update_project_status\n"),
    );
    repo.mark(THREE, "pending", "failed");
    repo.quietly(&["commit", "-qam", "Three failed"]);
}

fn renumbered(repo: &Repo<'_>) {
    ready(repo);
    repo.tm(&["migrate", "--renumber", "3=18"]);
    repo.replace(".taskmaster/context/task_018/task.md", "title: Three", "title: Third");
    repo.quietly(&["commit", "-qam", "Another title"]);
}

fn made(repo: &Repo<'_>) {
    failed(repo);
    repo.tm(&["sync"]);
}

fn told(repo: &Repo<'_>) {
    let trigger = "triggers:\n  - {name: tell, event: task.status.updated, actions: [notify_all]}\n";
    with_rules(repo, &format!("mode: commit\ntask_integration: {{status_sync: true}}\n{trigger}"));
    repo.mark(THREE, "pending", "done");
    repo.quietly(&["commit", "-qam", "Finish three"]);
}

/// The next line puts the log aside, and packs one that was put aside before.
fn full_log(repo: &Repo<'_>) {
    let file = "{type: file, path: workflow.jsonl, max_size: \"10KB\", max_files: 4}";
    let logging = format!("  mode: commit\n  logging: {{compress_old_logs: true, destinations: [{file}]}}\n");
    with_rules(repo, &WORKFLOW.replace("  mode: commit\n", &logging));
    for name in ["workflow.jsonl", "workflow.jsonl.1"] {
        repo.write(&format!(".git/taskmaster/log/{name}"), "{}\n".repeat(4_000));
    }
    repo.mark(ONE, "pending", "done");
    repo.quietly(&["commit", "-qam", "Finish one"]);
}

fn drifted(repo: &Repo<'_>) {
    ready(repo);
    repo.mark(ONE, "pending", "done");
    repo.mark(THREE, "pending", "in-progress");
    repo.quietly(&["commit", "-qam", "Drift"]);
    repo.git(&["update-ref", "refs/taskmaster/cursor/main", "HEAD"]);
}

fn unborn(repo: &Repo<'_>) {
    repo.write("code.txt", "mine\n");
    repo.git(&["add", "-A"]);
}

/// A script of somebody's is there already.
fn bare_of_hooks(repo: &Repo<'_>) {
    repo.plant(WORKFLOW);
    repo.commit_all("Start");
    let hook = repo.path.join(".git/hooks/post-commit");
    executable(&hook, "#!/bin/sh\necho theirs >&2\n");
}

/// A tree from when trees had no folder of their own.
fn older(repo: &Repo<'_>) {
    let list = "{\"tasks\": [{\"id\": 1, \"title\": \"One\", \"status\": \"pending\"}]}";
    repo.write("tasks/tasks.json", list);
    repo.commit_all("Start");
}

/// The tasks of another program, and no tree.
fn backlog(repo: &Repo<'_>) {
    for number in ["1", "1.1"] {
        let task = format!("---\nid: TASK-{number}\ntitle: A task\nstatus: To Do\n---\n\nText\n");
        repo.write(&format!("backlog/tasks/task-{number} - A-task.md"), task);
    }
    repo.commit_all("Start");
}

fn with_diary(repo: &Repo<'_>) {
    let trigger = "triggers:\n  - {name: diary, event: task.status.updated, actions: [log_status]}\n";
    with_rules(repo, &format!("mode: commit\ntask_integration: {{status_sync: true}}\n{trigger}"));
    repo.mark(THREE, "pending", "done");
    repo.git(&["add", "-A"]);
}

fn with_diary_of_events(repo: &Repo<'_>) {
    let trigger = "triggers:\n  - {name: diary, event: a.b, actions: [{set_status: {status: done}}, log_status]}\n";
    with_rules(repo, &format!("mode: commit\n{trigger}"));
}

/// What is staged contradicts the status that the task is to get.
fn staged_elsewhere(repo: &Repo<'_>) {
    ready(repo);
    let text = repo.read(ONE_ONE);
    repo.write(ONE_ONE, "mine alone\n");
    repo.git(&["add", "-A"]);
    repo.write(ONE_ONE, text);
}
